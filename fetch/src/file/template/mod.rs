//! CloudFormation and SAM templates.
//!
//! `evaluate` works out the intrinsic functions; what only a deployment knows becomes an unknown part of a text
//! (`super::unknown`). A condition that cannot be decided is decided both ways: a resource that depends on one has
//! several *readings*, each a record of its own that says which it is. `names` knows what `Ref` and `GetAtt` give for
//! the resources of the template. `records` joins resources with the policies that stand apart.
//! (AWS CloudFormation User Guide, "Template reference"; AWS SAM Developer Guide, "AWS SAM resources and properties".)

mod evaluate;
mod foreach;
mod identities;
mod names;
mod nested;
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
    let made = resources.is_some_and(|it| {
        let makes = |name: &str| name.starts_with(foreach::KEY) || name == "Fn::Transform";
        it.iter().any(|member| makes(member.name())) || document.get("Transform").is_some()
    });
    typed || made || document.get("AWSTemplateFormatVersion").is_some()
}

/// Makes records of a template's resources.
pub(super) fn read(document: &Json, text: &str, options: &Options, sheet: &mut Sheet) {
    let included = nested::included(document, &sheet.file);
    // What is brought in may name accounts as well.
    let brought = included.as_ref().map(|all| format!("{text}\n{all}"));
    // A template's ARNs are of others' resources as often as of its own.
    let owner = Owner::new(
        options,
        &Said::default(),
        brought.as_deref().unwrap_or(text),
    );
    let document = included.as_ref().unwrap_or(document);
    let expanded = foreach::expanded(document, &Stack::new(document, &owner));
    let stack = Stack::new(expanded.as_ref().unwrap_or(document), &owner);
    records::write(&stack, sheet);
}
