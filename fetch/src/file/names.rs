//! The name of a resource in what refers to it: a name, an ARN or an address.

use super::draft::{self, Type};

/// The name in a text that refers to a resource of this type.
pub(super) fn tail(kind: Type, text: &str) -> String {
    let rest = match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, _, _, _, rest] => *rest,
        _ => text,
    };
    let after = |prefix: &str| rest.strip_prefix(prefix).unwrap_or(rest);
    let until = |text: &str, stop: char| text.split(stop).next().unwrap_or_default().to_owned();
    match kind {
        // A partial ARN (`123456789012:function:name`) and a version or alias behind the name are taken, too.
        draft::FUNCTION => {
            let rest = rest.rsplit_once("function:").map_or(rest, |(_, rest)| rest);
            until(rest, ':')
        }
        draft::LAYER => until(after("layer:"), ':'),
        draft::QUEUE => rest.rsplit('/').next().unwrap_or(rest).to_owned(),
        draft::KEY => after("key/").to_owned(),
        draft::SECRET => after("secret:").to_owned(),
        draft::REPOSITORY => after("repository/").to_owned(),
        draft::FILE_SYSTEM => after("file-system/").to_owned(),
        draft::TABLE | draft::STREAM => until(after("table/"), '/'),
        draft::DIRECTORY_BUCKET => after("bucket/").to_owned(),
        draft::ROLE | draft::USER | draft::GROUP | draft::MANAGED_POLICY => {
            rest.rsplit('/').next().unwrap_or(rest).to_owned()
        }
        _ => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_arns_and_addresses() {
        for (kind, text, name) in [
            (draft::FUNCTION, "f", "f"),
            (draft::FUNCTION, "f:live", "f"),
            (draft::FUNCTION, "111122223333:function:f:1", "f"),
            (
                draft::FUNCTION,
                "arn:aws:lambda:us-east-1:111122223333:function:f:live",
                "f",
            ),
            (
                draft::QUEUE,
                "https://sqs.us-east-1.amazonaws.com/111122223333/q",
                "q",
            ),
            (draft::QUEUE, "arn:aws:sqs:us-east-1:111122223333:q", "q"),
            (draft::KEY, "arn:aws:kms:us-east-1:111122223333:key/k", "k"),
            (
                draft::LAYER,
                "arn:aws:lambda:us-east-1:111122223333:layer:l:3",
                "l",
            ),
            (
                draft::TABLE,
                "arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/x",
                "t",
            ),
            (draft::BUCKET, "arn:aws:s3:::b", "b"),
        ] {
            assert_eq!(tail(kind, text), name, "{text}");
        }
    }
}
