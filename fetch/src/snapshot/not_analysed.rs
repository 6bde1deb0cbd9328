//! What a run has to admit: resources that exist, or may exist, and were not judged.

use super::manifest::Gap;
use super::record::RecordError;

/// Something that was not analysed, and why. Never the same as safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotAnalysed {
    /// What the file calls it: a Terraform address or a logical id.
    pub address: Option<String>,
    /// The resource's ARN, if one could be read.
    pub resource: Option<String>,
    /// Its type, if one could be read.
    pub resource_type: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// A stable name of the reason, such as `unsupported-type` or `not-collected`.
    pub code: String,
    /// The reason.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The file that says so.
    pub file: String,
    /// The line in it, from 1; `None` for the whole file.
    pub line: Option<u64>,
    /// JSON pointer of the node; empty for the whole record.
    pub at: String,
}

impl From<RecordError> for NotAnalysed {
    fn from(error: RecordError) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            address: text(error.address()),
            resource: text(error.resource()),
            resource_type: text(error.resource_type()),
            account: text(error.account()),
            region: text(error.region()),
            code: error.document().code().to_owned(),
            message: error.document().message().to_owned(),
            hint: text(error.document().hint()),
            file: error
                .place()
                .map_or_else(String::new, |place| place.file.to_string()),
            line: error
                .place()
                .map(|place| place.line)
                .filter(|&line| line > 0),
            at: error.document().at().to_owned(),
        }
    }
}

impl From<&Gap> for NotAnalysed {
    fn from(gap: &Gap) -> Self {
        let answered = format!(
            "`{}:{}` answered `{}`",
            gap.service, gap.operation, gap.error
        );
        Self {
            address: None,
            resource: gap.resource.clone(),
            resource_type: gap.resource_type.clone(),
            account: gap.account.clone(),
            region: gap.region.clone(),
            code: "not-collected".to_owned(),
            message: match &gap.message {
                Some(message) => format!("{answered}: {message}"),
                None => answered,
            },
            hint: Some("let the collector read it, then collect again".to_owned()),
            file: "manifest.json".to_owned(),
            line: None,
            at: gap.at.clone(),
        }
    }
}
