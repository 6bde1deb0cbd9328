//! What roles, users and groups of a template may do: policies that stand in them, beside them, or are attached to them.
//!
//! They let in nobody from outside, so a comparison that is not decided makes no reading of its own: what depends on it is unknown in
//! the record. SAM gives a function without a role one of its own, whose policies are the function's. What is attached to an
//! identity outside of the template makes no record, since a record says all that there is of its subject; it is named.
//! (AWS CloudFormation User Guide, the types of `AWS::IAM`; AWS SAM Developer Guide, "AWS::Serverless::Function", `Policies`.)

use super::super::draft::{self, Draft, Sheet, Type};
use super::super::policy::is_policy;
use super::super::tree::{Json, JsonValue};
use super::super::unknown::is_open;
use super::evaluate::{Stack, text_of};
use crate::snapshot::Spot;

/// What a type says of identities: under which properties it names roles, users and groups.
pub(super) fn links(kind: &str) -> &'static [(&'static str, Type)] {
    match kind {
        "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => &[
            ("Roles", draft::ROLE),
            ("Users", draft::USER),
            ("Groups", draft::GROUP),
        ],
        "AWS::IAM::RolePolicy" => &[("RoleName", draft::ROLE)],
        "AWS::IAM::UserPolicy" => &[("UserName", draft::USER)],
        "AWS::IAM::GroupPolicy" => &[("GroupName", draft::GROUP)],
        "AWS::IAM::UserToGroupAddition" => &[("Users", draft::USER)],
        _ => &[],
    }
}

/// Whether SAM makes a role for a resource of this type that names none.
pub(super) fn has_own_role(kind: &str) -> bool {
    matches!(
        kind,
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine"
    )
}

/// The texts of a property that holds one or a list of them.
pub(super) fn texts(stack: &Stack<'_>, resource: &Json, name: &str) -> Vec<String> {
    match stack.property(resource, name) {
        None => Vec::new(),
        Some(Json {
            value: JsonValue::Array(items),
            ..
        }) => items.iter().map(|item| told(stack, item, name)).collect(),
        Some(one) => vec![told(stack, &one, name)],
    }
}

/// A text, or an unknown one.
fn told(stack: &Stack<'_>, value: &Json, name: &str) -> String {
    text_of(value).unwrap_or_else(|| stack.piece(name))
}

/// Puts what an identity of the template may do into its record.
pub(super) fn put(
    stack: &Stack<'_>,
    own: (&str, &Json),
    attached: &[(&str, &Json)],
    draft: &mut Draft<'_>,
) {
    stack.leniently(|| put_leniently(stack, own, attached, draft));
}

fn put_leniently(
    stack: &Stack<'_>,
    (id, resource): (&str, &Json),
    attached: &[(&str, &Json)],
    draft: &mut Draft<'_>,
) {
    let is_own = |name: &str| is_own(stack, name);
    let kind = stack.kind(resource);
    if has_own_role(kind) {
        of_sam(stack, id, resource, draft);
    } else {
        let policies = stack.property(resource, "Policies");
        for policy in items(stack, policies.as_ref(), "Policies") {
            inline(&policy, draft, &is_own);
        }
        for arn in texts(stack, resource, "ManagedPolicyArns") {
            draft.attach(&arn, &is_own);
        }
    }
    if let Some(boundary) = stack.property(resource, "PermissionsBoundary") {
        draft.bound(&told(stack, &boundary, "PermissionsBoundary"), &is_own);
    }
    for group in texts(stack, resource, "Groups") {
        draft.join(&group);
    }
    tags(stack, resource, draft);
    for (id, one) in attached {
        // Whether it is made is not known: neither is what it says here.
        let made = stack.is_made(one);
        if made == Some(false) {
            continue;
        }
        let name = |property: &str| {
            let name = stack.property(one, property);
            name.as_ref()
                .and_then(text_of)
                .unwrap_or_else(|| (*id).to_owned())
        };
        match stack.kind(one) {
            "AWS::IAM::ManagedPolicy" if made.is_none() => {
                draft.attach(&stack.piece(&format!("{id} if it is made")), &is_own);
            }
            "AWS::IAM::ManagedPolicy" => draft.attach(&stack.arn(id, one), &is_own),
            "AWS::IAM::UserToGroupAddition" => draft.join(&name("GroupName")),
            _ => {
                let document = stack
                    .property(one, "PolicyDocument")
                    .filter(|_| made.is_some());
                let document =
                    document.unwrap_or_else(|| stack.piece(&format!("{id}.PolicyDocument")).into());
                draft.inline(&name("PolicyName"), &document, &is_own);
            }
        }
    }
}

/// A managed policy of the account.
pub(super) fn managed(stack: &Stack<'_>, (id, resource): (&str, &Json), draft: &mut Draft<'_>) {
    stack.leniently(|| {
        let document = stack.property(resource, "PolicyDocument");
        let document =
            document.unwrap_or_else(|| stack.piece(&format!("{id}.PolicyDocument")).into());
        draft.document(&document, &|name| is_own(stack, name));
    });
}

/// Whether an unknown part is the name of one of the template's own resources, or its Region.
fn is_own(stack: &Stack<'_>, name: &str) -> bool {
    name == "Region" || stack.named(name).is_some()
}

/// The items of a list; of something else that is not known, one unknown item.
fn items(stack: &Stack<'_>, value: Option<&Json>, name: &str) -> Vec<Json> {
    match value.map(|value| &value.value) {
        None => Vec::new(),
        Some(JsonValue::Array(items)) => items.clone(),
        Some(JsonValue::Object(_)) => value.cloned().into_iter().collect(),
        Some(_) => vec![stack.piece(name).into()],
    }
}

/// `PolicyName` and `PolicyDocument`.
fn inline(policy: &Json, draft: &mut Draft<'_>, is_own: &dyn Fn(&str) -> bool) {
    let name = policy.get("PolicyName").and_then(text_of);
    let document = policy.get("PolicyDocument").unwrap_or(policy);
    draft.inline(name.as_deref().unwrap_or("inline"), document, is_own);
}

fn tags(stack: &Stack<'_>, resource: &Json, draft: &mut Draft<'_>) {
    let tags = stack.property(resource, "Tags");
    let list = tags.as_ref().and_then(Json::as_array).unwrap_or_default();
    let pair = |tag: &Json| {
        Some((
            text_of(tag.get("Key")?)?,
            Json::from(text_of(tag.get("Value")?)?),
        ))
    };
    let known = list
        .iter()
        .filter_map(pair)
        .filter(|(key, value)| !is_open(key) && value.as_str().is_some_and(|text| !is_open(text)));
    let tags = Json::object(known);
    draft.tag(tags.as_object().unwrap_or_default());
}

/// The policies of a function or a state machine, which SAM puts into the role that it makes.
fn of_sam(stack: &Stack<'_>, id: &str, resource: &Json, draft: &mut Draft<'_>) {
    let is_own = |name: &str| is_own(stack, name);
    let partition = &stack.owner.partition;
    if stack.kind(resource) == "AWS::Serverless::Function" {
        let basic = "service-role/AWSLambdaBasicExecutionRole";
        draft.attach(&format!("arn:{partition}:iam::aws:policy/{basic}"), &is_own);
    }
    let policies = stack.property(resource, "Policies");
    let list = match policies.as_ref().map(|policies| &policies.value) {
        Some(JsonValue::String(_)) => policies.clone().into_iter().collect(),
        _ => items(stack, policies.as_ref(), "Policies"),
    };
    for (at, policy) in list.iter().enumerate() {
        match &policy.value {
            JsonValue::String(text) if text.starts_with("arn:") || is_open(text) => {
                draft.attach(text, &is_own);
            }
            // A managed policy by its name, whose path only AWS knows.
            JsonValue::String(text) => draft.attach(&stack.piece(text), &is_own),
            _ if is_policy(policy) => {
                draft.inline(&format!("{id}RolePolicy{at}"), policy, &is_own);
            }
            // A template of policies is SAM's own.
            _ => draft.inline(
                &format!("{id}RolePolicy{at}"),
                &stack.piece(&format!("{id} policy template {at}")).into(),
                &is_own,
            ),
        }
    }
}

/// Names what an attachment is about and does not stand in the template.
pub(super) fn stray(id: &str, kind: &str, targets: &[String], spot: &Spot, sheet: &mut Sheet) {
    let names: Vec<String> = targets
        .iter()
        .map(|target| format!("`{}`", super::super::unknown::shown(target)))
        .collect();
    let message = format!(
        "`{id}` is about identities that do not stand in the template: {}",
        names.join(", ")
    );
    let hint = "it lets in nobody from outside by itself; collect the account with `keyaki fetch` to have it";
    sheet.not_analysed(
        "unresolved-attachment",
        message,
        Some(hint),
        spot,
        Some(kind),
    );
}
