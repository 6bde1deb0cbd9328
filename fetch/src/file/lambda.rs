//! Permissions of functions as the statements that `AddPermission` makes of them. (AWS Lambda API Reference, "AddPermission".)

use super::tree::{Json, JsonValue};
use super::unknown::is_open;
use keyaki_language::policy::AccountId;

/// The arguments of one call; texts may have unknown parts.
#[derive(Debug, Default)]
pub(super) struct Permission {
    pub(super) sid: Option<String>,
    pub(super) action: Option<String>,
    pub(super) principal: Option<String>,
    pub(super) source_arn: Option<String>,
    pub(super) source_account: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) url_auth_type: Option<String>,
    pub(super) event_source_token: Option<String>,
    pub(super) via_url: Option<bool>,
}

impl Permission {
    /// The statement in the function's policy. A permission for a version or an alias counts as one for the function.
    pub(super) fn statement(&self, function: &str) -> Json {
        let mut members = Vec::new();
        members.extend(
            self.sid
                .as_deref()
                .map(|sid| ("Sid", Json::from(sid.to_owned()))),
        );
        members.push(("Effect", "Allow".into()));
        members.extend(
            self.principal
                .as_deref()
                .map(|who| ("Principal", principal(who))),
        );
        members.push((
            "Action",
            self.action
                .as_deref()
                .unwrap_or("lambda:InvokeFunction")
                .to_owned()
                .into(),
        ));
        members.push(("Resource", function.to_owned().into()));
        let mut equal = Vec::new();
        let texts = [
            ("AWS:SourceAccount", &self.source_account),
            ("lambda:EventSourceToken", &self.event_source_token),
            ("aws:PrincipalOrgID", &self.organization),
            ("lambda:FunctionUrlAuthType", &self.url_auth_type),
        ];
        equal.extend(
            texts
                .into_iter()
                .filter_map(|(key, text)| Some((key, Json::from(text.clone()?)))),
        );
        let mut conditions = Vec::new();
        if let Some(via) = self.via_url {
            let key = Json::object([("lambda:InvokedViaFunctionUrl", JsonValue::Bool(via).into())]);
            conditions.push(("Bool", key));
        }
        if !equal.is_empty() {
            conditions.push(("StringEquals", Json::object(equal)));
        }
        if let Some(source) = self.source_arn.as_deref() {
            conditions.push((
                "ArnLike",
                Json::object([("AWS:SourceArn", Json::from(source.to_owned()))]),
            ));
        }
        if !conditions.is_empty() {
            members.push(("Condition", Json::object(conditions)));
        }
        Json::object(members)
    }
}

/// The statement of a layer's policy. (AWS Lambda API Reference, "AddLayerVersionPermission".)
pub(super) fn layer_statement(
    sid: Option<String>,
    action: Option<String>,
    who: Option<String>,
    organization: Option<String>,
    layer: &str,
) -> Json {
    Permission {
        sid,
        action: action.or(Some("lambda:GetLayerVersion".to_owned())),
        principal: who,
        organization,
        ..Permission::default()
    }
    .statement(layer)
}

/// A service, `*`, an account or an ARN.
fn principal(who: &str) -> Json {
    if who == "*" {
        return "*".into();
    }
    if AccountId::parse(who).is_some() {
        return Json::object([("AWS", Json::from(format!("arn:aws:iam::{who}:root")))]);
    }
    let is_service = who.contains(".amazonaws.com")
        || who.contains(".amazon.com")
        || (who.contains('.') && !is_open(who) && !who.starts_with("arn:"));
    let kind = if is_service { "Service" } else { "AWS" };
    Json::object([(kind, Json::from(who.to_owned()))])
}
