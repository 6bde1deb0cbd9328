//! What a policy document is made of.
//!
//! The tree keeps the words as they were written; what they *mean* is told by [`crate::judge`] for one
//! request, and by the engine for all of them. Order is document order throughout.

use crate::DocumentError;
use crate::span::{Span, Spanned};
use crate::template::{Piece, Template, Variables};
use std::borrow::Cow;
use std::fmt;

/// A whole policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The language version; policy variables exist in 2012-10-17 only (S40).
    pub version: Version,
    /// `Id`, which has no effect on access.
    pub id: Option<Spanned<String>>,
    /// At least one statement, in document order.
    pub statements: Vec<Statement>,
    /// The whole document.
    pub span: Span,
    /// Whether some text of the document holds a letter of [`RESERVED`].
    pub reserved: bool,
}

/// Letters for private use that those who decide put in the place of unknown values. Where a document spells one of them itself,
/// they can promise nothing.
pub const RESERVED: std::ops::RangeInclusive<char> = '\u{10f000}'..='\u{10fffe}';

/// Whether a text holds a letter of [`RESERVED`].
pub fn is_reserved(text: &str) -> bool {
    // Nearly all texts are short and ASCII: eight bytes are looked at together.
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let words = words.iter().fold(0, |all, w| all | u64::from_le_bytes(*w));
    let rest = rest.iter().fold(0, |all, b| all | b);
    let ascii = words & 0x8080_8080_8080_8080 == 0 && rest < 0x80;
    !ascii && text.chars().any(|c| RESERVED.contains(&c))
}

/// Whether some text in a value holds a letter of [`RESERVED`].
pub fn holds_reserved(value: &crate::json::Json) -> bool {
    use crate::json::JsonValue;
    match &value.value {
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) => false,
        JsonValue::String(text) => is_reserved(text),
        JsonValue::Array(values) => values.iter().any(holds_reserved),
        JsonValue::Object(members) => members
            .iter()
            .any(|member| is_reserved(&member.key.value) || holds_reserved(&member.value)),
    }
}

/// What a text begins with, or holds, of which not all is known, as in a template before it is deployed (S45). A name and `}` follow.
pub const UNKNOWN: &str = "${keyaki:unknown ";

/// Whether a text is not known (S45).
pub fn is_unknown(text: &str) -> bool {
    text.contains(UNKNOWN)
}

/// A text for messages: what is not known of it stands in braces.
///
/// ```
/// use keyaki_language::policy::told;
/// assert_eq!(told("${keyaki:unknown arn:aws:iam::|Account|:root}"), "arn:aws:iam::{Account}:root");
/// assert_eq!(told("AWS:${keyaki:unknown Partner}"), "AWS:{Partner}");
/// ```
pub fn told(text: &str) -> Cow<'_, str> {
    if !is_unknown(text) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(UNKNOWN);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, known) = part.split_once('}').unwrap_or((part, ""));
        // Of a text that is known in part each other part is not.
        let open = if name.contains('|') { 1 } else { 0 };
        for (at, piece) in name.split('|').enumerate() {
            if at % 2 == open {
                out.extend(["{", piece, "}"]);
            } else {
                out.push_str(piece);
            }
        }
        out.push_str(known);
    }
    Cow::Owned(out)
}

/// Whether the text of a principal of the form [`PrincipalEntry::Undefined`] is an ARN of which a part is not known (S45): somebody's, since
/// the ARN of a principal may have no wildcards.
pub fn is_unknown_arn(principal: &str) -> bool {
    let text = principal.strip_prefix("AWS:").unwrap_or("");
    is_unknown(text)
        && text
            .strip_prefix(UNKNOWN)
            .unwrap_or(text)
            .starts_with("arn:")
}

impl ResourcePattern {
    /// Why a pattern of the form [`ResourceForm::Short`] has no meaning, for messages.
    pub fn why_short(&self) -> String {
        let why = if is_unknown(&self.text) {
            "is not known"
        } else {
            "is no full ARN"
        };
        format!("the resource `{}` {why}", told(&self.text))
    }
}

/// Whether a text says one thing in one version of the language and another in the other: `${` begins a variable in one alone (S40).
pub fn has_versions(text: &str) -> bool {
    text.contains("${") && !is_unknown(text)
}

/// Why a principal of the form [`PrincipalEntry::Undefined`] has no meaning, for messages.
pub fn why_undefined(principal: &str) -> String {
    let why = if is_unknown(principal) {
        "is not known"
    } else {
        "has no documented meaning"
    };
    format!("the principal `{}` {why}", told(principal))
}

impl Policy {
    /// Reads a document from JSON text. Errors are those of rule S2.
    ///
    /// ```
    /// let policy = keyaki_language::Policy::read(
    ///     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#,
    /// )?;
    /// assert_eq!(policy.statements.len(), 1);
    /// # Ok::<(), keyaki_language::DocumentError>(())
    /// ```
    pub fn read(text: &str) -> Result<Self, DocumentError> {
        crate::reader::read_policy(text)
    }

    /// Reads a document that is already parsed JSON: an object, or a string that holds JSON text.
    ///
    /// `at` is the JSON pointer under which the value stands; pointers in errors continue it.
    pub fn from_json(value: &crate::json::Json, at: &str) -> Result<Self, DocumentError> {
        crate::reader::policy_from_json(value, at)
    }
}

/// `Version`; absent means 2008-10-17.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// 2008-10-17, or no `Version` at all: no policy variables.
    V2008,
    /// 2012-10-17.
    V2012,
}

/// One clause: an effect over principals, actions, resources and conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `Sid`, if any.
    pub sid: Option<Spanned<String>>,
    /// Whether the statement lets in or shuts out.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; absent in identity policies.
    pub principal: Option<PrincipalClause>,
    /// `Action` or `NotAction`.
    pub action: ActionClause,
    /// `Resource` or `NotResource`; may be absent in resource policies.
    pub resource: Option<ResourceClause>,
    /// Every (operator, key) pair of the `Condition` block, in document order; all must hold.
    pub conditions: Vec<Condition>,
    /// The statement object.
    pub span: Span,
}

/// `Effect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Lets in.
    Allow,
    /// Shuts out, whatever else allows.
    Deny,
}

/// Whether a clause names what it concerns or what it leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listing {
    /// `Principal`, `Action`, `Resource`.
    Listed,
    /// `NotPrincipal`, `NotAction`, `NotResource`.
    NotListed,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalClause {
    /// Which of the two.
    pub listing: Listing,
    /// At least one entry.
    pub entries: Vec<Spanned<PrincipalEntry>>,
    /// The element's value.
    pub span: Span,
}

/// An account number, always twelve digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl AccountId {
    /// Reads exactly twelve ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| Self(text.parse().expect("twelve digits fit in 64 bits")))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

/// One entry of a principal clause, read once (rules S11 to S15).
///
/// `partition` is the ARN's second part. A bare account id has no partition and matches in each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalEntry {
    /// `"*"` or `{"AWS":"*"}` (S11).
    Everyone,
    /// Twelve digits or `arn:P:iam::A:root`: every identity of the account, as delegation (S13).
    Account {
        /// The ARN's partition, if an ARN was written.
        partition: Option<String>,
        /// The account.
        account: AccountId,
    },
    /// `arn:P:iam::A:user/path/name`.
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
    /// `arn:P:iam::A:role/path/name`: every session of that role.
    Role {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Path with its slashes, `/` at least.
        path: String,
        /// Name.
        name: String,
    },
    /// `arn:P:sts::A:assumed-role/Role/Session`: that one session; the role's path is not part of it.
    Session {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Role name.
        role: String,
        /// Session name.
        session: String,
    },
    /// `arn:P:sts::A:federated-user/Name`.
    FederatedUser {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Name.
        name: String,
    },
    /// `{"Service":"…"}`, or a CloudFront origin access identity written as an ARN under `AWS` (S14).
    Service(String),
    /// `{"Federated":"…"}`: a SAML or OIDC provider ARN, or a public provider's name.
    Federated(String),
    /// `{"CanonicalUser":"…"}`.
    CanonicalUser(String),
    /// A unique id (`AIDA…`, `AROA…`) or an ARN with a wildcard: matches nobody (S14).
    Nobody(String),
    /// What AWS gives no meaning, such as a wildcard under `Service`, or what is not known (S45): a free Boolean (S2). The text is
    /// `TYPE:value`.
    Undefined(String),
}

/// `Action` or `NotAction`: globs over the whole action name, without regard to ASCII case (S17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionClause {
    /// Which of the two.
    pub listing: Listing,
    /// At least one, as written; `*` and `?` are wildcards.
    pub patterns: Vec<Spanned<String>>,
    /// The element's value.
    pub span: Span,
}

/// `Resource` or `NotResource` (S18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceClause {
    /// Which of the two.
    pub listing: Listing,
    /// At least one.
    pub patterns: Vec<Spanned<ResourcePattern>>,
    /// The element's value.
    pub span: Span,
}

/// One resource pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourcePattern {
    /// As it was written.
    pub text: String,
    /// What it stands for.
    pub form: ResourceForm,
}

impl ResourcePattern {
    /// The six parts, if the pattern has them. They are cut when they are asked for, since most patterns are plain texts
    /// that nobody needs in parts.
    pub fn parts(&self) -> Option<[Template; 6]> {
        let ResourceForm::Parts(variables) = self.form else {
            return None;
        };
        let mut parts = Template::parse_parts(&self.text, variables);
        parts.resize_with(6, || Template {
            pieces: vec![Piece::Many],
        });
        parts.try_into().ok()
    }

    /// Whether a variable stands in some part.
    pub fn has_variable(&self) -> bool {
        self.form == ResourceForm::Parts(Variables::Active)
            && Template::parse_parts(&self.text, Variables::Active)
                .iter()
                .any(Template::has_variable)
    }
}

/// How a resource pattern matches (S18).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResourceForm {
    /// `*` alone: every resource.
    Any,
    /// Six parts, matched one by one; a wildcard crosses no colon in the first five, and the sixth is
    /// whatever follows the fifth colon. A shorter pattern that ends in `*` is completed with `*`.
    /// Variables are active only where the text holds `${` and the version has variables.
    Parts(Variables),
    /// Fewer than six parts and no final `*`, or a text that is not known (S45): no documented meaning, a free Boolean.
    Short,
}

/// One (operator, key) pair of a `Condition` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator, with its prefix and suffix.
    pub operator: Operator,
    /// The operator's name in the document.
    pub operator_span: Span,
    /// The key in lower case (S20); the span is the key's in the document.
    pub key: Spanned<String>,
    /// The alternatives (S21), booleans and numbers as their text. Empty only where an empty list was written.
    pub values: Vec<Spanned<String>>,
    /// The policy's version, which says whether `${` begins a variable (S40).
    pub version: Version,
}

/// A condition operator: `ForAllValues:` or `ForAnyValue:`, a comparison, `IfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// The set operator before it.
    pub quantifier: Quantifier,
    /// What is compared, and how.
    pub comparison: Comparison,
    /// Whether the sense is turned round (`…Not…`, S24).
    pub negated: bool,
    /// Whether it ends in `IfExists` (S25).
    pub if_exists: bool,
}

/// The set operator before a condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// None written: the key is read as single-valued.
    Single,
    /// `ForAllValues:`.
    ForAllValues,
    /// `ForAnyValue:`.
    ForAnyValue,
}

/// A comparison without its negation: `NumericNotEquals` is `NumericEquals`, negated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// Exact text.
    StringEquals,
    /// Text without regard to ASCII case (S31).
    StringEqualsIgnoreCase,
    /// Text with `*` and `?` (S32).
    StringLike,
    /// Equal numbers (S35).
    NumericEquals,
    /// The request's number is smaller.
    NumericLessThan,
    /// The request's number is smaller or equal.
    NumericLessThanEquals,
    /// The request's number is greater.
    NumericGreaterThan,
    /// The request's number is greater or equal.
    NumericGreaterThanEquals,
    /// The same instant (S36).
    DateEquals,
    /// The request's instant is earlier.
    DateLessThan,
    /// The request's instant is earlier or the same.
    DateLessThanEquals,
    /// The request's instant is later.
    DateGreaterThan,
    /// The request's instant is later or the same.
    DateGreaterThanEquals,
    /// `true` or `false` (S38).
    Bool,
    /// Equal bytes after base64 (S39).
    BinaryEquals,
    /// An address in a block (S37).
    IpAddress,
    /// An ARN, part by part; `ArnEquals` is the same operator (S34).
    ArnLike,
    /// Whether the key is absent (S30).
    Null,
}
