//! One record: a line of JSON becomes a [`Resource`], or an error that says what is wrong with it.
//!
//! The shape is Access Analyzer's `Configuration` union, with a few members of ours. Unknown members are
//! errors, since one might grant something; a resource that is not understood is *not analysed*, and a
//! member that contradicts another (an ARN of another account) is an error too, since one of the two
//! would have to be believed.

use super::configuration::{TYPES, Type};
use super::fields::Node;
use super::lines::Place;
use keyaki_engine::resource::Resource;
use keyaki_language::DocumentError;
use keyaki_language::json::{self, Json};
use keyaki_language::policy::AccountId;
use keyaki_language::span::Span;
use std::{fmt, io};

/// A record that could not be read, with as much as is known of the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    document: DocumentError,
    place: Option<Place>,
    address: Option<String>,
    resource: Option<String>,
    resource_type: Option<String>,
    account: Option<String>,
    region: Option<String>,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.document.fmt(f)?;
        self.0
            .place
            .as_ref()
            .map_or(Ok(()), |place| write!(f, " in {place}"))
    }
}

impl std::error::Error for RecordError {}

impl RecordError {
    /// Code, message, JSON pointer and hint.
    pub fn document(&self) -> &DocumentError {
        &self.0.document
    }

    /// File and line, where the record came from a file.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// What the file calls it, where the record was made from a template or a plan.
    pub fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// The resource's ARN, if it could be read.
    pub fn resource(&self) -> Option<&str> {
        self.0.resource.as_deref()
    }

    /// The resource's type, if it could be read.
    pub fn resource_type(&self) -> Option<&str> {
        self.0.resource_type.as_deref()
    }

    /// The owner, if it could be read.
    pub fn account(&self) -> Option<&str> {
        self.0.account.as_deref()
    }

    /// The Region, if it could be read.
    pub fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    fn new(document: DocumentError) -> Self {
        Self(Box::new(Inner {
            document,
            place: None,
            address: None,
            resource: None,
            resource_type: None,
            account: None,
            region: None,
        }))
    }

    fn bare(code: &'static str, message: impl Into<String>, hint: &str) -> Self {
        Self::new(DocumentError::new(code, message, "", Span::default()).with_hint(hint))
    }

    pub(crate) fn unreadable(error: &io::Error) -> Self {
        Self::bare(
            "read-failed",
            format!("cannot read further: {error}"),
            "the rest of the file is not analysed",
        )
    }

    pub(crate) fn too_long(longest: usize) -> Self {
        Self::bare(
            "line-too-long",
            format!("the line has more than {longest} bytes"),
            "a record is one resource on one line, and policies are far smaller",
        )
    }

    pub(super) fn miscounted(expected: u64, found: u64) -> Self {
        Self::bare(
            "record-count",
            format!("the manifest announces {expected} records, but there are {found}"),
            "a file was cut off, added or left out; collect again",
        )
    }

    /// Something in a file that cannot be made a record.
    pub(crate) fn in_file(
        place: Place,
        code: &'static str,
        message: impl Into<String>,
        hint: Option<&str>,
        subject: Subject,
    ) -> Self {
        let document = DocumentError::new(code, message, "", Span::default());
        Self(Box::new(Inner {
            document: match hint {
                Some(hint) => document.with_hint(hint),
                None => document,
            },
            place: Some(place),
            address: Some(subject.address).filter(|address| !address.is_empty()),
            resource: subject.resource,
            resource_type: subject.resource_type,
            account: subject.account,
            region: subject.region,
        }))
    }

    /// The same error, about what the file calls so.
    pub(super) fn of(mut self, address: &str) -> Self {
        if !address.is_empty() {
            self.0.address = Some(address.to_owned());
        }
        self
    }

    pub(crate) fn standing_at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// The same error in a last line without a line break: if it is no JSON, then the file was cut off.
    pub(super) fn of_last_line(self) -> Self {
        match self.0.document.code() {
            "json-syntax" | "invalid-utf8" => {
                let document = DocumentError::new(
                    "record-truncated",
                    format!(
                        "the last line breaks off in the middle of a record: {}",
                        self.0.document.message()
                    ),
                    self.0.document.at(),
                    self.0.document.span(),
                );
                let document = document.with_hint("the file was cut off; collect again");
                Self(Box::new(Inner {
                    document,
                    ..*self.0
                }))
            }
            _ => self,
        }
    }
}

/// What is known of something that cannot be made a record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub(crate) address: String,
    pub(crate) resource: Option<String>,
    pub(crate) resource_type: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
}

/// Reads one record of `resources.jsonl`.
///
/// # Errors
///
/// Besides those of JSON and of policy documents: `unsupported-type`, `missing-member`,
/// `unknown-member`, `wrong-type`, `bad-account`, `bad-arn`, `contradiction`, `unknown-value`.
pub fn parse_record(line: &str) -> Result<Resource, RecordError> {
    parse_bytes(line.as_bytes())
}

pub(super) fn parse_bytes(line: &[u8]) -> Result<Resource, RecordError> {
    let json = json::parse_bytes(line).map_err(RecordError::new)?;
    resource(&json).map_err(|document| {
        let member = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
        RecordError(Box::new(Inner {
            document,
            place: None,
            address: None,
            resource: member("resourceArn"),
            resource_type: member("resourceType"),
            account: member("resourceOwnerAccount"),
            region: member("region"),
        }))
    })
}

fn resource(json: &Json) -> Result<Resource, DocumentError> {
    let record = Node::root(json);
    let fields = record.fields(&[
        "schemaVersion",
        "resourceArn",
        "resourceType",
        "resourceOwnerAccount",
        "region",
        "configuration",
    ])?;
    if let Some(version) = fields.optional("schemaVersion") {
        version.schema_version()?;
    }
    let type_node = fields.required("resourceType")?;
    let name = type_node.text()?;
    let kind = TYPES.iter().find(|kind| kind.name == name).ok_or_else(|| {
        let hint = format!(
            "the types that are analysed are {}",
            TYPES.map(|kind| format!("`{}`", kind.name)).join(", ")
        );
        type_node
            .error(
                "unsupported-type",
                format!("resources of type `{name}` are not analysed"),
            )
            .with_hint(hint)
    })?;

    let account = fields.required("resourceOwnerAccount")?.account()?;
    let arn = fields.required("resourceArn")?;
    let arn_region = check_arn(kind, &arn, account)?;
    let region = match fields.optional("region") {
        Some(node) => {
            let region = node.text()?;
            if !(region.is_empty() || arn_region.is_empty() || region == arn_region) {
                return Err(node.error(
                    "contradiction",
                    format!("the Region `{region}` is not the ARN's, `{arn_region}`"),
                ));
            }
            if region.is_empty() {
                arn_region
            } else {
                region
            }
        }
        None => arn_region,
    };

    let configuration = fields.required("configuration")?.fields(&[kind.member])?;
    Ok(Resource {
        arn: arn.text()?.to_owned(),
        account,
        region: region.to_owned(),
        configuration: (kind.read)(&configuration.required(kind.member)?)?,
    })
}

/// Checks that an ARN is one of the type and the account; its Region comes back.
fn check_arn<'a>(kind: &Type, node: &Node<'a>, owner: AccountId) -> Result<&'a str, DocumentError> {
    let text = node.text()?;
    let bad = || {
        let (name, service, prefix) = (kind.name, kind.arn.service, kind.arn.prefix);
        node.error("bad-arn", format!("`{text}` is not the ARN of a resource of type `{name}`"))
            .with_hint(format!("such an ARN looks like `arn:aws:{service}:REGION:ACCOUNT:{prefix}NAME`, its global parts empty"))
    };
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", partition, service, region, account, rest] = parts.as_slice() else {
        return Err(bad());
    };
    if partition.is_empty() || service != kind.arn.service || !kind.arn.fits(rest) {
        return Err(bad());
    }
    // Some ARNs hold no account, or `aws` where AWS itself is the owner.
    if kind.arn.account != Some(account) && AccountId::parse(account) != Some(owner) {
        return Err(node.error(
            "contradiction",
            format!("the ARN is not one of the owner `{owner}`"),
        ));
    }
    Ok(region)
}
