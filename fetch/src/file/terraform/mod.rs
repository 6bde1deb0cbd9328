//! Terraform: a plan or a state as `terraform show -json` writes it.
//!
//! A plan has both sides: `prior_state` is before, `planned_values` is after. Policies stand in resources of their own
//! and are joined to what they are about by the name that they give, and where that is not known before the apply, by
//! the references in `configuration`. What is joined to nothing in the plan is about a resource outside of it, and is
//! analysed by itself. (HashiCorp, "JSON Output Format"; the arguments of each type from the documentation of the
//! AWS provider.)

mod document;
mod identities;
mod instance;
mod records;
mod shares;

use super::draft::Sheet;
use super::owner::{Owner, Said};
use super::tree::Json;
use super::{Options, Side};
use instance::Instances;

/// Whether a document is a plan or a state.
pub(super) fn is_it(document: &Json) -> bool {
    let has = |name: &str| document.get(name).is_some();
    has("planned_values")
        || (has("format_version")
            && (has("values") || has("resource_changes") || has("prior_state")))
        || (has("terraform_version")
            && (has("values") || has("resource_changes") || has("resources")))
}

/// Whether a document tells what was before.
pub(super) fn has_before(document: &Json) -> bool {
    document.get("resource_changes").is_some() || document.get("prior_state").is_some()
}

/// Reads one side.
pub(super) fn read(document: &Json, text: &str, options: &Options, sheet: &mut Sheet) {
    let instances = match options.side {
        Side::After => Instances::after(document),
        Side::Before => Instances::before(document),
    };
    let mut said = Said::default();
    say(document, &instances, &mut said);
    let owner = Owner::new(options, &said, text);
    records::write(&instances, &owner, sheet);
    shares::write(&instances, &owner, sheet);
}

/// What the file says of account and Region: ARNs of resources that exist, the caller's identity, the provider.
fn say(document: &Json, instances: &Instances<'_>, said: &mut Said) {
    let before = Instances::before(document);
    for instance in before.all.iter().chain(&instances.all) {
        let text = |name: &str| instance.values.get(name).and_then(Json::as_str);
        match (instance.is_data, instance.kind) {
            (true, "aws_caller_identity") => {
                if let Some(account) = text("account_id") {
                    said.caller(account);
                }
            }
            (true, "aws_region") => {
                if let Some(region) = text("region").or_else(|| text("id")) {
                    said.in_region(region);
                }
            }
            (false, kind) if kind.starts_with("aws_") => {
                if let Some(arn) = text("arn") {
                    said.arn(arn);
                }
            }
            _ => {}
        }
    }
    let providers = document
        .get("configuration")
        .and_then(|it| it.get("provider_config"));
    for provider in providers.and_then(Json::as_object).into_iter().flatten() {
        let region = provider
            .value
            .get("expressions")
            .and_then(|it| it.get("region"));
        let is_aws = provider.value.get("name").and_then(Json::as_str) == Some("aws");
        if let Some(region) = region
            .and_then(|it| it.get("constant_value"))
            .and_then(Json::as_str)
            && is_aws
        {
            said.in_region(region);
        }
    }
}
