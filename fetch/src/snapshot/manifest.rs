//! `manifest.json`: what was collected, when, and what could not be read.

use super::fields::Node;
use keyaki_language::DocumentError;
use keyaki_language::json::Json;

/// What `manifest.json` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// When it was collected, as written.
    pub collected_at: Option<String>,
    /// Which program collected it.
    pub collector: Option<String>,
    /// The Regions that were looked at.
    pub regions: Vec<String>,
    /// The resource types that were looked at.
    pub resource_types: Vec<String>,
    /// How many records there are in all files; a snapshot with fewer has lost some.
    pub records: Option<u64>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// One call that the collector made in vain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The resource, if the call was about one.
    pub resource: Option<String>,
    /// The type of what is missing.
    pub resource_type: Option<String>,
    /// The service, such as `kms`.
    pub service: String,
    /// The operation, such as `GetKeyPolicy`.
    pub operation: String,
    /// The account.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// The error code that came back.
    pub error: String,
    /// What was said about it.
    pub message: Option<String>,
    /// Its JSON pointer in the manifest.
    pub at: String,
}

/// Reads the document.
pub(super) fn read(json: &Json) -> Result<Manifest, DocumentError> {
    let fields = Node::root(json).fields(&[
        "schemaVersion",
        "collectedAt",
        "collector",
        "regions",
        "resourceTypes",
        "records",
        "gaps",
    ])?;
    fields.required("schemaVersion")?.schema_version()?;
    let text = |name: &str| {
        fields
            .optional(name)
            .map(|node| node.text().map(str::to_owned))
            .transpose()
    };
    let texts = |name: &str| {
        fields
            .optional(name)
            .map_or(Ok(Vec::new()), |node| node.texts())
    };
    let gaps = match fields.optional("gaps") {
        Some(node) => node
            .items()?
            .enumerate()
            .map(|(index, item)| gap(index, &item))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(Manifest {
        collected_at: text("collectedAt")?,
        collector: text("collector")?,
        regions: texts("regions")?,
        resource_types: texts("resourceTypes")?,
        records: fields
            .optional("records")
            .map(|node| node.count())
            .transpose()?,
        gaps,
    })
}

fn gap(index: usize, node: &Node<'_>) -> Result<Gap, DocumentError> {
    let fields = node.fields(&[
        "resourceArn",
        "resourceType",
        "service",
        "operation",
        "account",
        "region",
        "error",
        "message",
    ])?;
    let required = |name: &str| fields.required(name)?.name().map(str::to_owned);
    let optional = |name: &str| {
        fields
            .optional(name)
            .map(|node| node.text().map(str::to_owned))
            .transpose()
    };
    Ok(Gap {
        resource: optional("resourceArn")?,
        resource_type: optional("resourceType")?,
        service: required("service")?,
        operation: required("operation")?,
        account: fields
            .optional("account")
            .map(|node| node.account().map(|account| account.to_string()))
            .transpose()?,
        region: optional("region")?,
        error: required("error")?,
        message: optional("message")?,
        at: format!("/gaps/{index}"),
    })
}
