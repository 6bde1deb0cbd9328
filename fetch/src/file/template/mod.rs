//! CloudFormation and SAM templates.
//!
//! `evaluate` works out the intrinsic functions; what only a deployment knows becomes an unknown part of a text
//! (`super::unknown`). A condition that cannot be decided is decided both ways: a resource that depends on one has
//! several *readings*, each a record of its own that says which it is. `names` knows what `Ref` and `GetAtt` give for
//! the resources of the template. `records` joins resources with the policies that stand apart.
//! (AWS CloudFormation User Guide, "Template reference"; AWS SAM Developer Guide, "AWS SAM resources and properties".)

mod evaluate;
mod identities;
mod names;
mod records;

use super::Options;
use super::draft::Sheet;
use super::owner::{Owner, Said};
use super::tree::Json;
use evaluate::Stack;

/// Whether a document is a template.
pub(super) fn is_it(document: &Json) -> bool {
    let resources = document.get("Resources").and_then(Json::as_object);
    let typed = resources.is_some_and(|resources| {
        resources.iter().any(|resource| {
            resource
                .value
                .get("Type")
                .and_then(Json::as_str)
                .is_some_and(|name| name.contains("::"))
        })
    });
    typed || document.get("AWSTemplateFormatVersion").is_some()
}

/// Makes records of a template's resources.
pub(super) fn read(document: &Json, text: &str, options: &Options, sheet: &mut Sheet) {
    // A template's ARNs are of others' resources as often as of its own.
    let owner = Owner::new(options, &Said::default(), text);
    let stack = Stack::new(document, &owner);
    records::write(&stack, sheet);
}
