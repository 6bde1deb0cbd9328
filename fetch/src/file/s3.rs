//! What ACLs amount to. (Amazon S3 User Guide, "Access control list (ACL) overview", "Canned ACL".)

use super::tree::Json;

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

/// The group of this name, as the SDKs name groups or by its address.
pub(super) fn group(name: &str) -> Option<&'static str> {
    match name {
        "AllUsers" | ALL_USERS => Some(ALL_USERS),
        "AuthenticatedUsers" | AUTHENTICATED => Some(AUTHENTICATED),
        "LogDelivery" | LOG_DELIVERY => Some(LOG_DELIVERY),
        _ => None,
    }
}

/// A grant as records hold it.
pub(super) fn grant(id: Option<&str>, uri: Option<&str>, permission: &str) -> Json {
    let grantee = match (id, uri) {
        (Some(id), _) => ("id", Json::from(id.to_owned())),
        (None, uri) => ("uri", Json::from(uri.unwrap_or_default().to_owned())),
    };
    Json::object([
        ("permission", Json::from(permission.to_owned())),
        ("grantee", Json::object([grantee])),
    ])
}

/// The grants of a canned ACL beside the owner's own, by the name of the API or of CloudFormation; `None` where it is not known
/// to whom they go.
pub(super) fn canned(name: &str) -> Option<Vec<Json>> {
    let name: String = name
        .chars()
        .filter(|c| *c != '-')
        .collect::<String>()
        .to_ascii_lowercase();
    let to = |uri: &str, permissions: &[&str]| {
        permissions
            .iter()
            .map(|it| grant(None, Some(uri), it))
            .collect()
    };
    Some(match name.as_str() {
        "private" | "bucketownerread" | "bucketownerfullcontrol" => Vec::new(),
        "publicread" => to(ALL_USERS, &["READ"]),
        "publicreadwrite" => to(ALL_USERS, &["READ", "WRITE"]),
        "authenticatedread" => to(AUTHENTICATED, &["READ"]),
        "logdeliverywrite" => to(LOG_DELIVERY, &["WRITE", "READ_ACP"]),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canned_acls_go_by_both_names() {
        assert_eq!(
            canned("PublicRead"),
            Some(vec![grant(None, Some(ALL_USERS), "READ")])
        );
        assert_eq!(canned("public-read-write"), canned("PublicReadWrite"));
        assert_eq!(canned("aws-exec-read"), None);
    }
}
