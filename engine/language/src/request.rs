//! One concrete call, in the form that answers, witnesses and certificates share.
//!
//! The wire form is that of `SEMANTICS.md`, part 2. Reading it checks its shape ([`Request::from_json`]);
//! [`Request::complete`] then fills in what follows from the principal and the resource, and refuses a
//! context that contradicts them, so that nobody judges a call that cannot be made.
//!
//! ```
//! use keyaki_language::{Request, json};
//! let json = json::parse(
//!     r#"{"principal":"arn:aws:iam::111122223333:user/ops/Ann","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}"#,
//! )?;
//! let mut request = Request::from_json(&json, "")?;
//! request.complete()?;
//! assert_eq!(request.action, "s3:getobject");
//! assert!(request.context.contains_key("aws:username"));
//! # Ok::<(), keyaki_language::DocumentError>(())
//! ```

use crate::DocumentError;
use crate::json::{Json, JsonValue, push_pointer};
use crate::policy::AccountId;
use crate::reader::{Identity, IdentityArn, condition_text, is_origin_access_identity, nearest};
use crate::span::Span;
use crate::value::Instant;
use std::collections::BTreeMap;

/// One call: who, which action, on which resource, in which context.
///
/// Keys of `context` are in lower case. Keys that follow from the principal (`aws:PrincipalArn`, …) are
/// filled in by [`Request::complete`]; a request that contradicts them is refused there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who calls.
    pub principal: Caller,
    /// The action in lower case, such as `s3:getobject`.
    pub action: String,
    /// The resource's ARN.
    pub resource: String,
    /// The caller's account where its text does not say: that of a canonical id, for one.
    pub principal_account: Option<AccountId>,
    /// The resource's account where the ARN does not say.
    pub resource_account: Option<AccountId>,
    /// Condition keys, in lower case; a key that is not here is absent.
    pub context: BTreeMap<String, ContextValue>,
}

/// The value of a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue {
    /// A string in the wire form: a single-valued key.
    One(String),
    /// A list in the wire form: a many-valued key. An empty list is an absent key (S22).
    Many(Vec<String>),
}

/// Who calls, by kind (rule R1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// Nobody in particular: an unsigned call.
    Anonymous,
    /// An account's root user.
    Root {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
    },
    /// An IAM user.
    User {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Path with its slashes, `/` at least.
        path: String,
        /// Name.
        name: String,
    },
    /// A session of a role.
    Session {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// The role's path with its slashes, `/` at least.
        path: String,
        /// The role's name.
        role: String,
        /// The session's name; `None` where a role's ARN was given as the caller.
        session: Option<String>,
    },
    /// A federated user, made by a user of the account.
    FederatedUser {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Name.
        name: String,
    },
    /// An AWS service, or a CloudFront origin access identity.
    Service(String),
    /// A SAML or OIDC identity, named by its provider.
    Federated(String),
    /// An account known by its canonical id only.
    Canonical(String),
}

const FIELDS: [&str; 7] = [
    "principal",
    "principalType",
    "action",
    "resource",
    "principalAccount",
    "resourceAccount",
    "context",
];

impl Request {
    /// Reads the wire form; `at` is the JSON pointer under which the value stands.
    ///
    /// # Errors
    ///
    /// `wrong-type`, `unknown-field`, `missing-field`, `duplicate-key` (context keys that differ in case
    /// only), and `bad-principal`, `ambiguous-principal`, `bad-action`, `bad-resource`, `bad-account`.
    pub fn from_json(value: &Json, at: &str) -> Result<Self, DocumentError> {
        let members = value
            .as_object()
            .ok_or_else(|| wrong_type("a request", "an object", value, at.to_owned()))?;
        for member in members {
            let name = member.name();
            if !FIELDS.contains(&name) {
                let message = format!("unknown field `{name}` of a request");
                let error =
                    DocumentError::new("unknown-field", message, under(at, name), member.key.span);
                return Err(match nearest(name, FIELDS.into_iter()) {
                    Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
        }
        let required = |name: &str| {
            text_field(value, name, at)?.ok_or_else(|| {
                let message = format!("a request needs `{name}`");
                DocumentError::new("missing-field", message, at, value.span)
            })
        };
        let (principal, principal_span) = required("principal")?;
        let kind = text_field(value, "principalType", at)?;
        let (action, action_span) = required("action")?;
        let (resource, resource_span) = required("resource")?;
        let principal = match kind {
            None => Caller::parse(principal, None),
            Some((kind, span)) => {
                let kind = CallerKind::parse(kind).ok_or_else(|| {
                    let message = format!("unknown principal type `{kind}`");
                    DocumentError::new("bad-principal", message, under(at, "principalType"), span)
                        .with_hint(
                            "one of `AWS`, `Service`, `Federated`, `CanonicalUser`, `Anonymous`",
                        )
                })?;
                Caller::parse(principal, Some(kind))
            }
        }
        .map_err(|fault| fault.at(under(at, "principal"), principal_span))?;
        let action = action.to_ascii_lowercase();
        if !is_action(&action) {
            let message = format!("`{action}` is no action");
            return Err(DocumentError::new(
                "bad-action",
                message,
                under(at, "action"),
                action_span,
            )
            .with_hint("an action is `service:Name`, without wildcards"));
        }
        if !is_resource(resource) {
            let message = format!("`{resource}` is no resource");
            return Err(DocumentError::new(
                "bad-resource",
                message,
                under(at, "resource"),
                resource_span,
            )
            .with_hint("a resource is an ARN of six parts: `arn:aws:s3:::bucket/key`"));
        }
        Ok(Self {
            principal,
            action,
            resource: resource.to_owned(),
            principal_account: account_field(value, "principalAccount", at)?,
            resource_account: account_field(value, "resourceAccount", at)?,
            context: read_context(value, at)?,
        })
    }

    /// The wire form: fields in their order, context keys sorted.
    pub fn to_json(&self) -> Json<'_> {
        let mut members = vec![
            ("principal", Json::from(self.principal.text())),
            ("principalType", Json::from(self.principal.kind_name())),
            ("action", Json::from(self.action.as_str())),
            ("resource", Json::from(self.resource.as_str())),
        ];
        if let Some(account) = self.principal_account {
            members.push(("principalAccount", Json::from(account.to_string())));
        }
        if let Some(account) = self.resource_account {
            members.push(("resourceAccount", Json::from(account.to_string())));
        }
        let context = self.context.iter().map(|(key, value)| {
            let value = match value {
                ContextValue::One(text) => Json::from(text.as_str()),
                ContextValue::Many(texts) => {
                    Json::array(texts.iter().map(|text| Json::from(text.as_str())))
                }
            };
            (key.as_str(), value)
        });
        members.push(("context", Json::object(context)));
        Json::object(members)
    }

    /// The resource's account: from its ARN, or as it was given.
    pub fn owner(&self) -> Option<AccountId> {
        let colons = self
            .resource
            .bytes()
            .enumerate()
            .filter(|(_, b)| *b == b':');
        let mut colons = colons.map(|(at, _)| at).skip(3);
        let part = colons.next().map(|start| {
            let end = colons.next().unwrap_or(self.resource.len());
            &self.resource[start + 1..end]
        });
        part.and_then(AccountId::parse).or(self.resource_account)
    }

    /// Fills in the keys that follow from the principal and the resource's account.
    ///
    /// A session takes its role's path from `aws:PrincipalArn` where that is given, else the path is `/`.
    /// Keys that the principal leaves free stay as they are. Completing twice changes nothing.
    ///
    /// # Errors
    ///
    /// A key that cannot have its value with this principal (`contradicts-principal`), with this resource
    /// (`contradicts-resource`), or beside the other clock key (`contradicts-time`).
    pub fn complete(&mut self) -> Result<(), DocumentError> {
        // An empty list is an absent key (S22).
        self.context
            .retain(|_, value| *value != ContextValue::Many(Vec::new()));
        self.take_path()?;
        self.complete_accounts()?;
        let caller = self.principal.clone();
        let account = caller.account().map(|a| a.to_string());
        match &caller {
            Caller::Canonical(_) => {
                self.fix("aws:principalisawsservice", "false")?;
                self.forbid(&["aws:principalservicename", "aws:principalservicenameslist"])?;
            }
            Caller::Service(name) => {
                self.forbid(&ORGANIZATION_KEYS)?;
                self.forbid(&IDENTITY_KEYS)?;
                self.fix("aws:principalisawsservice", "true")?;
                self.fix("aws:principalservicename", name)?;
                self.complete_service_names(name)?;
            }
            Caller::Anonymous | Caller::Federated(_) => {
                self.forbid(&ORGANIZATION_KEYS)?;
                self.forbid(&IDENTITY_KEYS)?;
                self.forbid(&SERVICE_KEYS)?;
                if caller == Caller::Anonymous {
                    self.fix("aws:principalaccount", "anonymous")?;
                    self.fix("aws:principaltype", "Anonymous")?;
                    self.fix("aws:userid", "anonymous")?;
                }
            }
            Caller::Root { .. }
            | Caller::User { .. }
            | Caller::Session { .. }
            | Caller::FederatedUser { .. } => {
                let account = account.unwrap_or_default();
                self.fix("aws:principalarn", &identity_arn(&caller))?;
                self.fix("aws:principalaccount", &account)?;
                self.fix("kms:calleraccount", &account)?;
                self.fix("aws:principalisawsservice", "false")?;
                self.forbid(&["aws:principalservicename", "aws:principalservicenameslist"])?;
                self.complete_organization()?;
            }
        }
        match &caller {
            Caller::Root { account, .. } => {
                self.fix("aws:principaltype", "Account")?;
                self.fix("aws:userid", &account.to_string())?;
                self.forbid(&["aws:username"])?;
            }
            Caller::User { name, .. } => {
                self.fix("aws:principaltype", "User")?;
                self.fix("aws:username", name)?;
            }
            Caller::Session { session, .. } => {
                self.fix("aws:principaltype", "AssumedRole")?;
                self.forbid(&["aws:username"])?;
                if let Some(session) = session {
                    self.check_session_name(session)?;
                }
            }
            Caller::FederatedUser { account, name, .. } => {
                self.fix("aws:principaltype", "FederatedUser")?;
                self.fix("aws:userid", &format!("{account}:{name}"))?;
                self.forbid(&["aws:username"])?;
            }
            Caller::Anonymous
            | Caller::Service(_)
            | Caller::Federated(_)
            | Caller::Canonical(_) => {}
        }
        let untagged = match &caller {
            Caller::Root { .. } | Caller::Anonymous | Caller::Service(_) | Caller::Federated(_) => {
                true
            }
            Caller::User { .. }
            | Caller::Session { .. }
            | Caller::FederatedUser { .. }
            | Caller::Canonical(_) => false,
        };
        let tag = self
            .context
            .keys()
            .find(|key| key.starts_with("aws:principaltag/"));
        if untagged && let Some(tag) = tag {
            return Err(self.must_be_absent(tag));
        }
        self.check_clock()
    }

    /// Takes the path of a session's role from `aws:PrincipalArn`.
    fn take_path(&mut self) -> Result<(), DocumentError> {
        let Some(ContextValue::One(arn)) = self.context.get("aws:principalarn") else {
            return Ok(());
        };
        if let Caller::Session {
            path,
            session: Some(_),
            ..
        } = &mut self.principal
            && path == "/"
            && let Some(IdentityArn {
                identity: Identity::Role { path: written, .. },
                ..
            }) = IdentityArn::parse(arn)
        {
            // Whether the rest is that of the caller is asked when the key is compared.
            written.clone_into(path);
        }
        Ok(())
    }

    fn complete_accounts(&mut self) -> Result<(), DocumentError> {
        if let (Some(given), Some(own)) = (self.principal_account, self.principal.account())
            && given != own
        {
            let message =
                format!("`principalAccount` is `{given}`, the caller's account is `{own}`");
            return Err(DocumentError::new(
                "contradicts-principal",
                message,
                "/principalAccount",
                Span::default(),
            ));
        }
        if let (Some(given), None) = (self.principal_account, self.principal.account())
            && let Some(ContextValue::One(key)) = self.context.get("aws:principalaccount")
            && *key != given.to_string()
        {
            return Err(self.contradiction("aws:principalaccount", &format!("`{given}`")));
        }
        let Some(owner) = self.owner() else {
            return Ok(());
        };
        if let Some(given) = self.resource_account
            && given != owner
        {
            let message =
                format!("`resourceAccount` is `{given}`, the resource's account is `{owner}`");
            return Err(DocumentError::new(
                "contradicts-resource",
                message,
                "/resourceAccount",
                Span::default(),
            ));
        }
        let owner = ContextValue::One(owner.to_string());
        match self.context.get("aws:resourceaccount") {
            Some(given) if *given != owner => {
                let message = "`aws:resourceaccount` is not the resource's account";
                let at = under("/context", "aws:resourceaccount");
                Err(DocumentError::new(
                    "contradicts-resource",
                    message,
                    at,
                    Span::default(),
                ))
            }
            Some(_) => Ok(()),
            None => {
                self.context.insert("aws:resourceaccount".to_owned(), owner);
                Ok(())
            }
        }
    }

    /// The organization of an account's identity: known by its id, or by the paths, which begin with it.
    fn complete_organization(&mut self) -> Result<(), DocumentError> {
        let Some(paths) = self.context.get("aws:principalorgpaths") else {
            return Ok(());
        };
        let ContextValue::Many(paths) = paths else {
            return Err(self.contradiction("aws:principalorgpaths", "a list"));
        };
        let id_of = |path: &str| path.split_once('/').map(|(id, _)| id.to_owned());
        let id = match self.context.get("aws:principalorgid") {
            Some(ContextValue::One(id)) => Some(id.clone()),
            Some(ContextValue::Many(_)) => {
                return Err(self.contradiction("aws:principalorgid", "one value"));
            }
            None => paths.first().and_then(|path| id_of(path)),
        };
        if id.is_none() || paths.iter().any(|path| id_of(path) != id) {
            let wanted = "paths of the organization that `aws:principalorgid` names";
            return Err(self.contradiction("aws:principalorgpaths", wanted));
        }
        if let Some(id) = id {
            self.fix("aws:principalorgid", &id)?;
        }
        Ok(())
    }

    fn complete_service_names(&mut self, name: &str) -> Result<(), DocumentError> {
        let key = "aws:principalservicenameslist";
        match self.context.get(key) {
            None => {
                self.context
                    .insert(key.to_owned(), ContextValue::Many(vec![name.to_owned()]));
                Ok(())
            }
            Some(ContextValue::Many(names)) if names.iter().any(|n| n == name) => Ok(()),
            Some(_) => Err(self.contradiction(key, &format!("a list that holds `{name}`"))),
        }
    }

    /// The unique id of a role is not known, but what follows its colon is the session's name.
    fn check_session_name(&self, session: &str) -> Result<(), DocumentError> {
        match self.context.get("aws:userid") {
            None => Ok(()),
            Some(ContextValue::One(id))
                if id.strip_suffix(session).is_some_and(|s| s.ends_with(':')) =>
            {
                Ok(())
            }
            Some(_) => {
                Err(self.contradiction("aws:userid", &format!("a text that ends in `:{session}`")))
            }
        }
    }

    /// `aws:CurrentTime` and `aws:EpochTime` are one instant (R3).
    fn check_clock(&self) -> Result<(), DocumentError> {
        let instant = |key| match self.context.get(key) {
            Some(ContextValue::One(text)) => Instant::parse(text),
            Some(ContextValue::Many(_)) | None => None,
        };
        match (instant("aws:currenttime"), instant("aws:epochtime")) {
            (Some(current), Some(epoch)) if current != epoch => Err(DocumentError::new(
                "contradicts-time",
                "`aws:currenttime` and `aws:epochtime` are different instants",
                under("/context", "aws:epochtime"),
                Span::default(),
            )
            .with_hint("leave one of the two out")),
            _ => Ok(()),
        }
    }

    /// Writes the one value that a key can have.
    fn fix(&mut self, key: &str, value: &str) -> Result<(), DocumentError> {
        match self.context.get(key) {
            None => {
                self.context
                    .insert(key.to_owned(), ContextValue::One(value.to_owned()));
                Ok(())
            }
            Some(ContextValue::One(given)) if given == value => Ok(()),
            Some(_) => Err(self.contradiction(key, &format!("`{value}`"))),
        }
    }

    fn forbid(&self, keys: &[&str]) -> Result<(), DocumentError> {
        match keys.iter().find(|key| self.context.contains_key(**key)) {
            None => Ok(()),
            Some(key) => Err(self.must_be_absent(key)),
        }
    }

    #[cold]
    fn must_be_absent(&self, key: &str) -> DocumentError {
        let message = format!(
            "`{key}` does not exist for the caller `{}`",
            self.principal.text()
        );
        let at = under("/context", key);
        DocumentError::new("contradicts-principal", message, at, Span::default())
            .with_hint("leave the key out")
    }

    #[cold]
    fn contradiction(&self, key: &str, wanted: &str) -> DocumentError {
        let caller = self.principal.text();
        let message = format!("`{key}` must be {wanted} for the caller `{caller}`");
        let at = under("/context", key);
        DocumentError::new("contradicts-principal", message, at, Span::default())
            .with_hint("leave the key out, it follows from the caller")
    }
}

/// Keys about the caller's organization; only identities of an account have one.
const ORGANIZATION_KEYS: [&str; 2] = ["aws:principalorgid", "aws:principalorgpaths"];

/// Keys that only identities of an account have.
const IDENTITY_KEYS: [&str; 3] = ["aws:principalarn", "aws:username", "kms:calleraccount"];

/// Keys that only accounts' identities and services have.
const SERVICE_KEYS: [&str; 3] = [
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
];

/// `aws:PrincipalArn` of an account's identity: for a session, its role's.
fn identity_arn(caller: &Caller) -> String {
    match caller {
        Caller::Session {
            partition,
            account,
            path,
            role,
            ..
        } => {
            format!("arn:{partition}:iam::{account}:role{path}{role}")
        }
        _ => caller.text(),
    }
}

fn under(at: &str, step: &str) -> String {
    let mut pointer = at.to_owned();
    push_pointer(&mut pointer, step);
    pointer
}

fn wrong_type(what: &str, wanted: &str, found: &Json, at: String) -> DocumentError {
    let message = format!("{what} must be {wanted}, found {}", found.type_name());
    DocumentError::new("wrong-type", message, at, found.span)
}

fn text_field<'a>(
    request: &'a Json,
    name: &str,
    at: &str,
) -> Result<Option<(&'a str, Span)>, DocumentError> {
    match request.get(name) {
        None => Ok(None),
        Some(field) => match field.as_str() {
            Some(text) => Ok(Some((text, field.span))),
            None => Err(wrong_type(
                &format!("`{name}`"),
                "a string",
                field,
                under(at, name),
            )),
        },
    }
}

fn account_field(request: &Json, name: &str, at: &str) -> Result<Option<AccountId>, DocumentError> {
    match text_field(request, name, at)? {
        None => Ok(None),
        Some((text, span)) => AccountId::parse(text).map(Some).ok_or_else(|| {
            let message = format!("`{text}` is no account");
            DocumentError::new("bad-account", message, under(at, name), span)
                .with_hint("an account is a string of twelve digits")
        }),
    }
}

fn read_context(request: &Json, at: &str) -> Result<BTreeMap<String, ContextValue>, DocumentError> {
    let mut context = BTreeMap::new();
    let Some(object) = request.get("context") else {
        return Ok(context);
    };
    let at = under(at, "context");
    let members = object
        .as_object()
        .ok_or_else(|| wrong_type("`context`", "an object", object, at.clone()))?;
    for member in members {
        let written = member.name();
        let here = || under(&at, written);
        let one = |item: &Json, at: String| {
            condition_text(item)
                .ok_or_else(|| wrong_type(&format!("a value of `{written}`"), "a string", item, at))
        };
        let value = match &member.value.value {
            JsonValue::Array(items) => ContextValue::Many(
                items
                    .iter()
                    .enumerate()
                    .map(|(i, item)| one(item, under(&here(), &i.to_string())))
                    .collect::<Result<_, _>>()?,
            ),
            _ => ContextValue::One(one(&member.value, here())?),
        };
        if context
            .insert(written.to_ascii_lowercase(), value)
            .is_some()
        {
            let message = format!("the key `{written}` stands twice, in different letter case");
            return Err(
                DocumentError::new("duplicate-key", message, here(), member.key.span)
                    .with_hint("keys of a request do not differ in case alone"),
            );
        }
    }
    Ok(context)
}

/// Whether a text in lower case is an action (R2).
fn is_action(text: &str) -> bool {
    let part = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b))
    };
    text.split_once(':')
        .is_some_and(|(service, name)| part(service, b"-") && part(name, b"-_"))
}

/// Whether a text is an ARN of six parts whose partition, service and last part are not empty (R2), or the
/// `*` that stands for the resource of actions that have none.
fn is_resource(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    parts.len() == 6
        && parts[0] == "arn"
        && [parts[1], parts[2], parts[5]]
            .iter()
            .all(|part| !part.is_empty())
}

/// `principalType`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CallerKind {
    Aws,
    Service,
    Federated,
    CanonicalUser,
    Anonymous,
}

impl CallerKind {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "AWS" => CallerKind::Aws,
            "Service" => CallerKind::Service,
            "Federated" => CallerKind::Federated,
            "CanonicalUser" => CallerKind::CanonicalUser,
            "Anonymous" => CallerKind::Anonymous,
            _ => return None,
        })
    }
}

/// Why a text is no caller.
struct CallerFault {
    code: &'static str,
    message: String,
    hint: &'static str,
}

impl CallerFault {
    fn at(self, at: String, span: Span) -> DocumentError {
        DocumentError::new(self.code, self.message, at, span).with_hint(self.hint)
    }
}

impl Caller {
    /// Reads the `principal` text of the wire form, with its type if that was given.
    fn parse(text: &str, kind: Option<CallerKind>) -> Result<Self, CallerFault> {
        let bad = |hint| CallerFault {
            code: "bad-principal",
            message: format!(
                "`{text}` is no caller{}",
                if kind.is_some() { " of this type" } else { "" }
            ),
            hint,
        };
        let Some(kind) = kind.map_or_else(|| guess_kind(text), |kind| Ok(Some(kind)))? else {
            return Err(bad(
                "give an ARN, a service, a provider, a canonical id or `anonymous`, or say \
                            `principalType`",
            ));
        };
        let plain = !text.is_empty() && !text.contains(['*', '?']);
        match kind {
            CallerKind::Anonymous if text == "anonymous" => Ok(Caller::Anonymous),
            CallerKind::Anonymous => Err(bad("the anonymous caller is written `anonymous`")),
            CallerKind::Aws => Caller::identity(text).ok_or_else(|| {
                bad(
                    "an identity is `arn:aws:iam::ACCOUNT:root`, `:user/NAME` or \
                                    `:role/NAME`, or an `sts` ARN of a session or federated user",
                )
            }),
            CallerKind::Service if plain => Ok(Caller::Service(text.to_owned())),
            CallerKind::Federated if plain => Ok(Caller::Federated(text.to_owned())),
            // Policies may name a canonical id of any form, and answers name what policies name (R1a).
            CallerKind::CanonicalUser if plain => Ok(Caller::Canonical(text.to_owned())),
            CallerKind::Service | CallerKind::Federated | CallerKind::CanonicalUser => {
                Err(bad("a caller has a name without wildcards"))
            }
        }
    }

    /// Reads the ARN of an account's identity. A role's ARN is a session of it without a name.
    fn identity(text: &str) -> Option<Self> {
        let arn = IdentityArn::parse(text)?;
        let partition = arn.partition.to_owned();
        let account = arn.account;
        Some(match arn.identity {
            Identity::Root => Caller::Root { partition, account },
            Identity::User { path, name } => Caller::User {
                partition,
                account,
                path: path.to_owned(),
                name: name.to_owned(),
            },
            Identity::Role { path, name } => {
                let (path, role) = (path.to_owned(), name.to_owned());
                Caller::Session {
                    partition,
                    account,
                    path,
                    role,
                    session: None,
                }
            }
            Identity::Session { role, session } => {
                let (role, session) = (role.to_owned(), Some(session.to_owned()));
                Caller::Session {
                    partition,
                    account,
                    path: "/".to_owned(),
                    role,
                    session,
                }
            }
            Identity::FederatedUser { name } => Caller::FederatedUser {
                partition,
                account,
                name: name.to_owned(),
            },
        })
    }

    /// The caller's account, where its kind has one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Caller::Root { account, .. }
            | Caller::User { account, .. }
            | Caller::Session { account, .. }
            | Caller::FederatedUser { account, .. } => Some(*account),
            Caller::Anonymous
            | Caller::Service(_)
            | Caller::Federated(_)
            | Caller::Canonical(_) => None,
        }
    }

    /// `principalType` of the wire form.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Caller::Anonymous => "Anonymous",
            Caller::Root { .. }
            | Caller::User { .. }
            | Caller::Session { .. }
            | Caller::FederatedUser { .. } => "AWS",
            Caller::Service(_) => "Service",
            Caller::Federated(_) => "Federated",
            Caller::Canonical(_) => "CanonicalUser",
        }
    }

    /// The `principal` text of the wire form.
    pub fn text(&self) -> String {
        match self {
            Caller::Anonymous => "anonymous".to_owned(),
            Caller::Root { partition, account } => format!("arn:{partition}:iam::{account}:root"),
            Caller::User {
                partition,
                account,
                path,
                name,
            } => format!("arn:{partition}:iam::{account}:user{path}{name}"),
            Caller::Session {
                partition,
                account,
                role,
                session: Some(session),
                ..
            } => {
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
            }
            Caller::Session {
                partition,
                account,
                path,
                role,
                session: None,
            } => format!("arn:{partition}:iam::{account}:role{path}{role}"),
            Caller::FederatedUser {
                partition,
                account,
                name,
            } => format!("arn:{partition}:sts::{account}:federated-user/{name}"),
            Caller::Service(name) | Caller::Federated(name) | Caller::Canonical(name) => {
                name.clone()
            }
        }
    }
}

/// The kind of caller that a text names, if it can be only one; an error if it can be two.
fn guess_kind(text: &str) -> Result<Option<CallerKind>, CallerFault> {
    if text == "anonymous" {
        return Ok(Some(CallerKind::Anonymous));
    }
    if is_origin_access_identity(text) {
        return Ok(Some(CallerKind::Service));
    }
    if text.starts_with("arn:") {
        let last = text.splitn(6, ':').nth(5).unwrap_or_default();
        let provider = last.starts_with("saml-provider/") || last.starts_with("oidc-provider/");
        return Ok(Some(if provider {
            CallerKind::Federated
        } else {
            CallerKind::Aws
        }));
    }
    if is_canonical_id(text) {
        return Ok(Some(CallerKind::CanonicalUser));
    }
    // Cognito names its identity provider like a service, and is both.
    if text == "cognito-identity.amazonaws.com" {
        return Err(CallerFault {
            code: "ambiguous-principal",
            message: format!("`{text}` is a service and an identity provider"),
            hint: "say `principalType`: `Service` or `Federated`",
        });
    }
    if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") {
        return Ok(Some(CallerKind::Service));
    }
    let is_domain = text.contains('.') && !text.contains(|c: char| c.is_whitespace() || c == ':');
    Ok(is_domain.then_some(CallerKind::Federated))
}

fn is_canonical_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    const ROOT: &str = "arn:aws:iam::111122223333:root";
    const USER: &str = "arn:aws:iam::111122223333:user/ops/Ann";
    const ROLE: &str = "arn:aws:iam::111122223333:role/ops/Admin";
    const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/Admin/alice";
    const FEDERATED_USER: &str = "arn:aws:sts::111122223333:federated-user/Bob";

    fn read(text: &str) -> Result<Request, DocumentError> {
        Request::from_json(
            &json::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")),
            "",
        )
    }

    /// A request of the given caller with the given members of its context.
    fn call(principal: &str, context: &str) -> Request {
        let text = format!(
            "{{\"principal\":\"{principal}\",\"action\":\"s3:GetObject\",\"resource\":\"arn:aws:s3:::b/k\",\"context\":{{{context}}}}}"
        );
        read(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    fn completed(principal: &str, context: &str) -> Request {
        let mut request = call(principal, context);
        request
            .complete()
            .unwrap_or_else(|e| panic!("{principal} {context}: {e}"));
        let once = request.clone();
        request
            .complete()
            .expect("completing twice changes nothing");
        assert_eq!(request, once);
        request
    }

    /// The context of a completed request as JSON text.
    fn context(principal: &str, given: &str) -> String {
        completed(principal, given)
            .to_json()
            .get("context")
            .expect("it is written")
            .to_string()
    }

    fn contradiction(principal: &str, given: &str, key: &str) {
        let mut request = call(principal, given);
        let error = request.complete().expect_err(given);
        assert_eq!(
            (error.code(), error.at()),
            ("contradicts-principal", under("/context", key).as_str()),
            "{error}"
        );
        assert!(error.hint().is_some());
    }

    /// Checks code, pointer and column of the error that a text gives.
    fn fault(text: &str, code: &str, at: &str, column: u32) -> DocumentError {
        let error = read(text).expect_err(text);
        assert_eq!((error.code(), error.at()), (code, at), "{text}\n{error}");
        assert_eq!(
            (error.span().start.line, error.span().start.column),
            (1, column),
            "{text}\n{error}"
        );
        error
    }

    fn caller(text: &str) -> Caller {
        call(text, "").principal
    }

    #[test]
    fn the_wire_form_is_read_and_written() {
        let text = r#"{"principal":"arn:aws:iam::111122223333:user/ops/Ann","principalType":"AWS","action":"s3:getobject","resource":"arn:aws:s3:::b/k:é","principalAccount":"111122223333","resourceAccount":"444455556666","context":{"aws:sourceip":"203.0.113.9","aws:tagkeys":["team","cost"]}}"#;
        let request = read(text).unwrap();
        assert_eq!(request.to_json().to_string(), text);
        assert_eq!(
            request.context["aws:tagkeys"],
            ContextValue::Many(vec!["team".into(), "cost".into()])
        );
        let shuffled = r#"{"context":{"AWS:TagKeys":["team","cost"],"aws:SourceIP":"203.0.113.9"},"resourceAccount":"444455556666","principalAccount":"111122223333","resource":"arn:aws:s3:::b/k:é","action":"S3:GetObject","principal":"arn:aws:iam::111122223333:user/ops/Ann"}"#;
        assert_eq!(read(shuffled).unwrap(), request);
    }

    #[test]
    fn s21_numbers_and_booleans_of_the_context_stand_for_their_text() {
        let request = call(ROOT, "\"a\":true,\"b\":1.50,\"c\":[false,2]");
        assert_eq!(request.context["a"], ContextValue::One("true".into()));
        assert_eq!(request.context["b"], ContextValue::One("1.50".into()));
        assert_eq!(
            request.context["c"],
            ContextValue::Many(vec!["false".into(), "2".into()])
        );
    }

    #[test]
    fn r1_callers_are_known_by_their_text() {
        let account = AccountId::parse("111122223333").unwrap();
        let partition = || "aws".to_owned();
        let id = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
        let origin = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE";
        let session = |path: &str, session: Option<&str>| Caller::Session {
            partition: partition(),
            account,
            path: path.into(),
            role: "Admin".into(),
            session: session.map(str::to_owned),
        };
        assert_eq!(caller("anonymous"), Caller::Anonymous);
        assert_eq!(
            caller(ROOT),
            Caller::Root {
                partition: partition(),
                account
            }
        );
        assert_eq!(
            caller(USER),
            Caller::User {
                partition: partition(),
                account,
                path: "/ops/".into(),
                name: "Ann".into()
            }
        );
        assert_eq!(caller(ROLE), session("/ops/", None));
        assert_eq!(caller(SESSION), session("/", Some("alice")));
        assert_eq!(
            caller(FEDERATED_USER),
            Caller::FederatedUser {
                partition: partition(),
                account,
                name: "Bob".into()
            }
        );
        for service in [
            "s3.amazonaws.com",
            "ec2.cn-north-1.amazonaws.com.cn",
            origin,
        ] {
            assert_eq!(caller(service), Caller::Service(service.into()));
        }
        for provider in [
            "accounts.google.com",
            "arn:aws:iam::111122223333:saml-provider/X",
            "arn:aws:iam::111122223333:oidc-provider/a.b/c",
        ] {
            assert_eq!(caller(provider), Caller::Federated(provider.into()));
        }
        assert_eq!(caller(id), Caller::Canonical(id.into()));
        for text in [
            "anonymous",
            ROOT,
            USER,
            ROLE,
            SESSION,
            FEDERATED_USER,
            origin,
            "accounts.google.com",
            id,
        ] {
            assert_eq!(caller(text).text(), text);
        }
    }

    #[test]
    fn r1_what_is_no_caller_is_an_error() {
        for text in [
            "",
            "*",
            "Ann",
            "arn:aws:iam::1:root",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:s3:::b",
            "111122223333",
            "accounts google.com",
            "accounts:google.com",
        ] {
            let wire = format!(
                "{{\"principal\":\"{text}\",\"action\":\"a:b\",\"resource\":\"arn:a:b:::c\"}}"
            );
            let error = fault(&wire, "bad-principal", "/principal", 14);
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn the_principal_type_is_needed_where_a_text_fits_two() {
        let wire = |kind: &str| {
            format!(
                "{{\"principal\":\"cognito-identity.amazonaws.com\",{kind}\"action\":\"a:b\",\"resource\":\"arn:a:b:::c\"}}"
            )
        };
        fault(&wire(""), "ambiguous-principal", "/principal", 14);
        let name = || "cognito-identity.amazonaws.com".to_owned();
        assert_eq!(
            read(&wire("\"principalType\":\"Service\","))
                .unwrap()
                .principal,
            Caller::Service(name())
        );
        assert_eq!(
            read(&wire("\"principalType\":\"Federated\","))
                .unwrap()
                .principal,
            Caller::Federated(name())
        );
        fault(
            &wire("\"principalType\":\"AWS\","),
            "bad-principal",
            "/principal",
            14,
        );
        fault(
            &wire("\"principalType\":\"Anonymous\","),
            "bad-principal",
            "/principal",
            14,
        );
        fault(
            &wire("\"principalType\":\"aws\","),
            "bad-principal",
            "/principalType",
            63,
        );
        for (kind, text) in [
            ("Service", "*.amazonaws.com"),
            ("Service", "s?.amazonaws.com"),
            ("Service", ""),
            ("Federated", "*.example.com"),
            ("Federated", ""),
            ("CanonicalUser", "0123*"),
            ("CanonicalUser", ""),
        ] {
            let wire = format!(
                r#"{{"principal":"{text}","principalType":"{kind}","action":"a:b","resource":"arn:a:b:::c"}}"#
            );
            let error = fault(&wire, "bad-principal", "/principal", 14);
            let said = format!("`{text}` is no caller of this type");
            assert_eq!(error.message(), said);
        }
        // Answers name what policies name, also an id of another form.
        assert_eq!(
            read(&wire("\"principalType\":\"CanonicalUser\","))
                .unwrap()
                .principal,
            Caller::Canonical(name())
        );
    }

    #[test]
    fn r2_actions_and_resources_have_a_form() {
        for action in [
            "", "s3", "s3:", ":get", "s3:Get*", "s3:a:b", "s 3:a", "S3.x:a",
        ] {
            let wire = format!(
                "{{\"principal\":\"anonymous\",\"action\":\"{action}\",\"resource\":\"arn:a:b:::c\"}}"
            );
            fault(&wire, "bad-action", "/action", 35);
        }
        for resource in [
            "",
            "**",
            "b/k",
            "arn:aws:s3::b",
            "arn::s3:::b",
            "arn:aws::::b",
            "arn:aws:s3:::",
            "urn:aws:s3:::b",
        ] {
            let wire = format!(
                "{{\"principal\":\"anonymous\",\"action\":\"a:b\",\"resource\":\"{resource}\"}}"
            );
            fault(&wire, "bad-resource", "/resource", 52);
        }
    }

    #[test]
    fn shape_errors_name_their_place() {
        fault("[]", "wrong-type", "", 1);
        let error = fault("{\"principle\":\"x\"}", "unknown-field", "/principle", 2);
        assert_eq!(error.hint(), Some("did you mean `principal`?"));
        fault(
            "{\"something else\":\"x\"}",
            "unknown-field",
            "/something else",
            2,
        );
        let error = fault(
            "{\"principal\":\"anonymous\",\"resource\":\"x\"}",
            "missing-field",
            "",
            1,
        );
        assert_eq!(error.message(), "a request needs `action`");
        fault("{\"principal\":null}", "wrong-type", "/principal", 14);
        let rest = "\"principal\":\"anonymous\",\"action\":\"a:b\",\"resource\":\"arn:a:b:::c\"";
        let with = |more: &str| format!("{{{more},{rest}}}");
        fault(
            &with("\"resourceAccount\":\"12\""),
            "bad-account",
            "/resourceAccount",
            20,
        );
        fault(
            &with("\"principalAccount\":111122223333"),
            "wrong-type",
            "/principalAccount",
            21,
        );
        fault(&with("\"context\":[]"), "wrong-type", "/context", 12);
        fault(
            &with("\"context\":{\"a/b\":null}"),
            "wrong-type",
            "/context/a~1b",
            19,
        );
        fault(
            &with("\"context\":{\"a\":[\"x\",{}]}"),
            "wrong-type",
            "/context/a/1",
            22,
        );
    }

    #[test]
    fn s20_keys_that_differ_in_case_only_are_an_error() {
        let text = "{\"context\":{\"aws:PrincipalTag/A\":\"1\",\"aws:PrincipalTag/a\":\"2\"},\"principal\":\"anonymous\",\"action\":\"a:b\",\"resource\":\"arn:a:b:::c\"}";
        fault(text, "duplicate-key", "/context/aws:PrincipalTag~1a", 38);
    }

    #[test]
    fn s22_an_empty_list_is_an_absent_key() {
        assert!(
            !completed(USER, "\"aws:tagkeys\":[]")
                .context
                .contains_key("aws:tagkeys")
        );
        completed("anonymous", "\"aws:principalorgpaths\":[]");
    }

    #[test]
    fn derived_keys_of_each_kind() {
        assert_eq!(
            context(ROOT, ""),
            r#"{"aws:principalaccount":"111122223333","aws:principalarn":"arn:aws:iam::111122223333:root","aws:principalisawsservice":"false","aws:principaltype":"Account","aws:userid":"111122223333","kms:calleraccount":"111122223333"}"#
        );
        assert_eq!(
            context(USER, ""),
            r#"{"aws:principalaccount":"111122223333","aws:principalarn":"arn:aws:iam::111122223333:user/ops/Ann","aws:principalisawsservice":"false","aws:principaltype":"User","aws:username":"Ann","kms:calleraccount":"111122223333"}"#
        );
        assert_eq!(
            context(SESSION, ""),
            r#"{"aws:principalaccount":"111122223333","aws:principalarn":"arn:aws:iam::111122223333:role/Admin","aws:principalisawsservice":"false","aws:principaltype":"AssumedRole","kms:calleraccount":"111122223333"}"#
        );
        assert_eq!(
            context(FEDERATED_USER, ""),
            r#"{"aws:principalaccount":"111122223333","aws:principalarn":"arn:aws:sts::111122223333:federated-user/Bob","aws:principalisawsservice":"false","aws:principaltype":"FederatedUser","aws:userid":"111122223333:Bob","kms:calleraccount":"111122223333"}"#
        );
        assert_eq!(
            context("s3.amazonaws.com", ""),
            r#"{"aws:principalisawsservice":"true","aws:principalservicename":"s3.amazonaws.com","aws:principalservicenameslist":["s3.amazonaws.com"]}"#
        );
        assert_eq!(
            context("anonymous", ""),
            r#"{"aws:principalaccount":"anonymous","aws:principaltype":"Anonymous","aws:userid":"anonymous"}"#
        );
        assert_eq!(context("accounts.google.com", ""), "{}");
        assert_eq!(
            context(&"a".repeat(64), ""),
            r#"{"aws:principalisawsservice":"false"}"#
        );
    }

    #[test]
    fn derived_keys_that_contradict_are_errors() {
        let canonical = "a".repeat(64);
        for (principal, given, key) in [
            (ROOT, "\"aws:userid\":\"x\"", "aws:userid"),
            (ROOT, "\"aws:username\":\"x\"", "aws:username"),
            (
                ROOT,
                "\"aws:principaltag/team\":\"x\"",
                "aws:principaltag/team",
            ),
            (USER, "\"aws:username\":\"Bob\"", "aws:username"),
            (USER, "\"aws:username\":[\"Ann\"]", "aws:username"),
            (
                USER,
                "\"aws:principalaccount\":\"444455556666\"",
                "aws:principalaccount",
            ),
            (
                USER,
                "\"aws:principaltype\":\"Account\"",
                "aws:principaltype",
            ),
            (
                USER,
                "\"aws:principalservicename\":\"x\"",
                "aws:principalservicename",
            ),
            (
                USER,
                "\"aws:principalisawsservice\":\"true\"",
                "aws:principalisawsservice",
            ),
            (
                USER,
                "\"kms:calleraccount\":\"444455556666\"",
                "kms:calleraccount",
            ),
            (SESSION, "\"aws:username\":\"x\"", "aws:username"),
            (SESSION, "\"aws:userid\":\"AROAEXAMPLE:bob\"", "aws:userid"),
            (SESSION, "\"aws:userid\":\"alice\"", "aws:userid"),
            (
                SESSION,
                "\"aws:principalarn\":\"arn:aws:iam::444455556666:role/Admin\"",
                "aws:principalarn",
            ),
            (
                SESSION,
                "\"aws:principalarn\":\"arn:aws:iam::111122223333:role/Other\"",
                "aws:principalarn",
            ),
            (
                ROLE,
                "\"aws:principalarn\":\"arn:aws:iam::111122223333:role/dev/Admin\"",
                "aws:principalarn",
            ),
            (FEDERATED_USER, "\"aws:userid\":\"x\"", "aws:userid"),
            (
                "s3.amazonaws.com",
                "\"aws:principalarn\":\"x\"",
                "aws:principalarn",
            ),
            (
                "s3.amazonaws.com",
                "\"aws:principalorgid\":\"o-a\"",
                "aws:principalorgid",
            ),
            (
                "s3.amazonaws.com",
                "\"aws:principaltag/a\":\"x\"",
                "aws:principaltag/a",
            ),
            (
                "s3.amazonaws.com",
                "\"aws:principalservicename\":\"x\"",
                "aws:principalservicename",
            ),
            (
                "s3.amazonaws.com",
                "\"aws:principalservicenameslist\":[\"x\"]",
                "aws:principalservicenameslist",
            ),
            (
                "s3.amazonaws.com",
                "\"aws:principalservicenameslist\":\"s3.amazonaws.com\"",
                "aws:principalservicenameslist",
            ),
            (
                "anonymous",
                "\"aws:principalaccount\":\"111122223333\"",
                "aws:principalaccount",
            ),
            (
                "anonymous",
                "\"aws:principalisawsservice\":\"false\"",
                "aws:principalisawsservice",
            ),
            (
                "accounts.google.com",
                "\"aws:username\":\"x\"",
                "aws:username",
            ),
            (
                "accounts.google.com",
                "\"aws:principaltag/a\":\"x\"",
                "aws:principaltag/a",
            ),
            (
                &canonical,
                "\"aws:principalisawsservice\":\"true\"",
                "aws:principalisawsservice",
            ),
            (
                &canonical,
                "\"aws:principalservicename\":\"x\"",
                "aws:principalservicename",
            ),
        ] {
            contradiction(principal, given, key);
        }
    }

    #[test]
    fn derived_keys_that_are_free_stay_as_given() {
        let canonical = "a".repeat(64);
        for (principal, given) in [
            (USER, r#""aws:userid":"AIDAX""#),
            (USER, r#""aws:principaltag/a":"1""#),
            (SESSION, r#""aws:userid":"AROAEXAMPLE:alice""#),
            ("s3.amazonaws.com", r#""aws:userid":"x""#),
            (
                "s3.amazonaws.com",
                r#""aws:principalservicenameslist":["a","s3.amazonaws.com"]"#,
            ),
            (
                "accounts.google.com",
                r#""aws:principalaccount":"111122223333""#,
            ),
            (&canonical, r#""aws:principalorgid":"o-a""#),
            (&canonical, r#""aws:username":"x""#),
        ] {
            assert!(
                context(principal, given).contains(given),
                "{principal} {given}"
            );
        }
    }

    #[test]
    fn a_session_takes_the_path_of_its_role_from_the_context() {
        let request = completed(SESSION, &format!("\"aws:PrincipalArn\":\"{ROLE}\""));
        let Caller::Session { path, .. } = &request.principal else {
            panic!("it is a session")
        };
        assert_eq!(path, "/ops/");
        assert_eq!(request.principal.text(), SESSION);
    }

    #[test]
    fn organization_paths_begin_with_the_organization() {
        let paths = r#""aws:principalorgpaths":["o-a/r-1/ou-2/"]"#;
        assert!(context(USER, paths).contains(r#""aws:principalorgid":"o-a""#));
        completed(USER, &format!("{paths},\"aws:principalorgid\":\"o-a\""));
        completed(USER, "\"aws:principalorgid\":\"o-a\"");
        contradiction(
            USER,
            &format!("{paths},\"aws:principalorgid\":\"o-b\""),
            "aws:principalorgpaths",
        );
        contradiction(
            USER,
            r#""aws:principalorgpaths":["o-a/r-1/","o-b/r-1/"]"#,
            "aws:principalorgpaths",
        );
        contradiction(
            USER,
            r#""aws:principalorgpaths":["o-ab"]"#,
            "aws:principalorgpaths",
        );
        contradiction(
            USER,
            r#""aws:principalorgpaths":"o-a/r-1/""#,
            "aws:principalorgpaths",
        );
        contradiction(
            USER,
            &format!("{paths},\"aws:principalorgid\":[\"o-a\"]"),
            "aws:principalorgid",
        );
    }

    #[test]
    fn r3_the_resource_account_is_known_from_its_arn_or_as_given() {
        let mut request = call(USER, "");
        assert_eq!(request.owner(), None);
        request.resource_account = AccountId::parse("444455556666");
        request.complete().unwrap();
        assert_eq!(
            request.context["aws:resourceaccount"],
            ContextValue::One("444455556666".into())
        );
        request.resource = "arn:aws:sqs:us-east-1:111122223333:q".to_owned();
        let error = request.complete().unwrap_err();
        assert_eq!(
            (error.code(), error.at()),
            ("contradicts-resource", "/resourceAccount")
        );
        request.resource_account = None;
        let error = request.complete().unwrap_err();
        assert_eq!(
            (error.code(), error.at()),
            ("contradicts-resource", "/context/aws:resourceaccount")
        );
        request.context.remove("aws:resourceaccount");
        request.complete().unwrap();
        assert_eq!(
            request.context["aws:resourceaccount"],
            ContextValue::One("111122223333".into())
        );
    }

    #[test]
    fn the_principal_account_agrees_with_the_caller() {
        let mut request = call(USER, "");
        request.principal_account = AccountId::parse("111122223333");
        request.complete().unwrap();
        request.principal_account = AccountId::parse("444455556666");
        let error = request.complete().unwrap_err();
        assert_eq!(
            (error.code(), error.at()),
            ("contradicts-principal", "/principalAccount")
        );
        let mut request = call(
            "accounts.google.com",
            "\"aws:principalaccount\":\"111122223333\"",
        );
        request.principal_account = AccountId::parse("444455556666");
        let error = request.complete().unwrap_err();
        assert_eq!(
            (error.code(), error.at()),
            ("contradicts-principal", "/context/aws:principalaccount")
        );
    }

    #[test]
    fn r3_the_clock_keys_are_one_instant() {
        completed(
            USER,
            r#""aws:currenttime":"2024-02-29T00:00:00Z","aws:epochtime":"1709164800""#,
        );
        let mut request = call(
            USER,
            r#""aws:currenttime":"2024-02-29T00:00:00Z","aws:epochtime":"1709164801""#,
        );
        let error = request.complete().unwrap_err();
        assert_eq!(
            (error.code(), error.at()),
            ("contradicts-time", "/context/aws:epochtime")
        );
    }
}
