//! What roles, users and groups may do: policies that stand in them, beside them, or are attached to them by name.
//!
//! They let in nobody from outside, so what is not known of them stays unknown and stops nothing. What is attached to an identity
//! outside of the file makes no record, since a record says all that there is of its subject; it is named.
//! (AWS provider, `aws_iam_role_policy`, `aws_iam_policy_attachment`, `aws_iam_group_membership` and their like.)

use super::super::decode::decoded;
use super::super::draft::{self, Draft, Sheet, Type};
use super::super::policy::is_policy;
use super::super::tree::Json;
use super::super::unknown::piece;
use super::document;
use super::instance::{Attribute, Instance, Instances, POLICY_DOCUMENT};
use super::records::{Group, arn_of, spot};
use crate::file::Fate;
use crate::file::owner::Owner;
use std::collections::{BTreeMap, BTreeSet};

/// What says something of identities, and under which attributes it names them.
pub(super) struct Link {
    kind: &'static str,
    /// Attributes that name roles, users or groups.
    to: &'static [(&'static str, Type)],
}

const LINKS: [Link; 11] = [
    Link {
        kind: "aws_iam_role_policy",
        to: &[("role", draft::ROLE)],
    },
    Link {
        kind: "aws_iam_role_policy_attachment",
        to: &[("role", draft::ROLE)],
    },
    Link {
        kind: "aws_iam_role_policy_attachments_exclusive",
        to: &[("role_name", draft::ROLE)],
    },
    Link {
        kind: "aws_iam_user_policy",
        to: &[("user", draft::USER)],
    },
    Link {
        kind: "aws_iam_user_policy_attachment",
        to: &[("user", draft::USER)],
    },
    Link {
        kind: "aws_iam_user_policy_attachments_exclusive",
        to: &[("user_name", draft::USER)],
    },
    Link {
        kind: "aws_iam_group_policy",
        to: &[("group", draft::GROUP)],
    },
    Link {
        kind: "aws_iam_group_policy_attachment",
        to: &[("group", draft::GROUP)],
    },
    Link {
        kind: "aws_iam_policy_attachment",
        to: &[
            ("roles", draft::ROLE),
            ("users", draft::USER),
            ("groups", draft::GROUP),
        ],
    },
    Link {
        kind: "aws_iam_user_group_membership",
        to: &[("user", draft::USER)],
    },
    Link {
        kind: "aws_iam_group_membership",
        to: &[("users", draft::USER)],
    },
];

/// What an instance of this type says of identities.
pub(super) fn link(kind: &str) -> Option<&'static Link> {
    LINKS.iter().find(|link| link.kind == kind)
}

impl Link {
    /// The groups that an instance is about; whatever is about none in the file is named.
    pub(super) fn targets(
        &self,
        instance: &Instance<'_>,
        instances: &Instances<'_>,
        places: &BTreeMap<usize, usize>,
        groups: &[Group<'_, '_>],
        sheet: &mut Sheet,
    ) -> Vec<usize> {
        let mut out = BTreeSet::new();
        let mut strange: Vec<String> = Vec::new();
        for (attribute, kind) in self.to {
            let types: &[&str] = match *kind {
                draft::ROLE => &["aws_iam_role"],
                draft::USER => &["aws_iam_user"],
                _ => &["aws_iam_group"],
            };
            for name in texts(instance, attribute) {
                let at = groups.iter().position(|group| {
                    group.kind == *kind
                        && (group.name == name
                            || group.own.is_some_and(|own| {
                                ["id", "arn"]
                                    .iter()
                                    .any(|it| own.known_text(it) == Some(&name))
                            }))
                });
                match at {
                    Some(at) => drop(out.insert(at)),
                    None => strange.push(format!("`{name}`")),
                }
            }
            if has_unknown(instance, attribute) {
                let found = instances.referred_each(instance, attribute, types);
                let found: Vec<usize> = found
                    .iter()
                    .filter_map(|at| places.get(at))
                    .copied()
                    .collect();
                if found.is_empty() {
                    strange.push(format!("what `{attribute}` will name"));
                }
                out.extend(found);
            }
        }
        if !strange.is_empty() {
            let message = format!(
                "`{}` is about identities that do not stand in the file: {}",
                instance.kind,
                strange.join(", ")
            );
            let hint = "it lets in nobody from outside by itself; collect the account with `keyaki fetch` to have it";
            sheet.not_analysed(
                "unresolved-attachment",
                message,
                Some(hint),
                &spot(instance),
                Some(instance.kind),
            );
        }
        out.into_iter().collect()
    }
}

/// The texts of an attribute that holds one or a list of them.
fn texts(instance: &Instance<'_>, attribute: &str) -> Vec<String> {
    let Attribute::Known(value) = instance.attribute(attribute) else {
        return Vec::new();
    };
    let items = value.as_array().unwrap_or(std::slice::from_ref(value));
    let texts = items.iter().filter_map(Json::as_str);
    texts
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether something of an attribute is known after the apply only.
fn has_unknown(instance: &Instance<'_>, attribute: &str) -> bool {
    instance.unknown_of(attribute).is_some_and(|open| {
        open.as_bool() == Some(true)
            || open
                .as_array()
                .is_some_and(|items| items.iter().any(|item| item.as_bool() == Some(true)))
    })
}

/// Puts what a group's identity may do into its record.
pub(super) fn put(
    group: &Group<'_, '_>,
    all: &[Group<'_, '_>],
    places: &BTreeMap<usize, usize>,
    owner: &Owner,
    draft: &mut Draft<'_>,
    sheet: &mut Sheet,
) {
    let instances = group.instances;
    let is_own =
        |name: &str| name == "Region" || instances.all.iter().any(|one| one.address == name);
    if let Some(own) = group.own {
        for (at, block) in own.blocks("inline_policy").into_iter().enumerate() {
            let text = |name: &str| {
                block
                    .get(name)
                    .and_then(Json::as_str)
                    .filter(|it| !it.is_empty())
            };
            let open = own.unknown_of("inline_policy").and_then(Json::as_array);
            let is_open = open.and_then(|it| it.get(at)?.get("policy")?.as_bool()) == Some(true);
            if let Some(policy) = text("policy") {
                sheet.found("identity", &spot(own), Fate::Identity);
                draft.inline(
                    text("name").unwrap_or("inline"),
                    &Json::from(policy.to_owned()),
                    &is_own,
                );
            } else if is_open {
                sheet.found("identity", &spot(own), Fate::Unknown);
                let policy = piece(&format!("{}.inline_policy", own.address));
                draft.inline(text("name").unwrap_or("inline"), &policy.into(), &is_own);
            }
        }
        for arn in arns(own, "managed_policy_arns", all, places, owner, instances) {
            draft.attach(&arn, &is_own);
        }
        for arn in arns(own, "permissions_boundary", all, places, owner, instances)
            .into_iter()
            .take(1)
        {
            draft.bound(&arn, &is_own);
        }
        let tags = own.blocks("tags_all").into_iter().chain(own.blocks("tags"));
        draft.tag(tags.filter_map(Json::as_object).next().unwrap_or_default());
    }
    for one in &group.attached {
        match one.kind {
            "aws_iam_role_policy" | "aws_iam_user_policy" | "aws_iam_group_policy" => {
                let name = one
                    .text("name")
                    .unwrap_or_else(|| piece(&format!("{}.name", one.address)));
                let (document, fate) = document_of(one, "policy", instances);
                count(&document, fate, one, sheet);
                if let Some(document) = document {
                    draft.inline(&name, &document, &is_own);
                }
            }
            "aws_iam_user_group_membership" => {
                for name in texts(one, "groups") {
                    draft.join(&name);
                }
                if has_unknown(one, "groups") {
                    for at in instances.referred_each(one, "groups", &["aws_iam_group"]) {
                        draft.join(&instances.all[at].text("name").unwrap_or_default());
                    }
                }
            }
            "aws_iam_group_membership" => {
                if let Some(name) = named(one, "group", "aws_iam_group", instances) {
                    draft.join(&name);
                }
            }
            _ => {
                for attribute in ["policy_arn", "policy_arns"] {
                    for arn in arns(one, attribute, all, places, owner, instances) {
                        draft.attach(&arn, &is_own);
                    }
                }
            }
        }
    }
}

/// The one name that an attribute holds or will hold.
fn named(
    one: &Instance<'_>,
    attribute: &str,
    kind: &str,
    instances: &Instances<'_>,
) -> Option<String> {
    let at = || instances.referred(one, attribute, &[kind]);
    match one.attribute(attribute) {
        Attribute::Known(value) => value.as_str().map(str::to_owned),
        Attribute::Unknown => match at() {
            Some(at) => instances.all[at].text("name"),
            None => one.text(attribute),
        },
        Attribute::Absent => None,
    }
}

/// The ARNs of managed policies in an attribute; of those that the file makes, the ones they get.
fn arns(
    one: &Instance<'_>,
    attribute: &str,
    all: &[Group<'_, '_>],
    places: &BTreeMap<usize, usize>,
    owner: &Owner,
    instances: &Instances<'_>,
) -> Vec<String> {
    let mut out = texts(one, attribute);
    // What the provider fills in where the configuration says nothing is no attachment of this file.
    if !has_unknown(one, attribute) || !one.is_configured(attribute) {
        return out;
    }
    let found = instances.referred_each(one, attribute, &["aws_iam_policy"]);
    let made = found
        .iter()
        .filter_map(|at| places.get(at))
        .map(|at| arn_of(&all[*at], owner).0);
    let before = out.len();
    out.extend(made);
    if out.len() == before {
        out.push(piece(&format!("{}.{attribute}", one.address)));
    }
    out
}

/// The document in an attribute, and what becomes of it.
pub(super) fn document_of(
    one: &Instance<'_>,
    attribute: &str,
    instances: &Instances<'_>,
) -> (Option<Json>, Fate) {
    match one.attribute(attribute) {
        Attribute::Known(value) => (Some(value.clone()), Fate::Identity),
        Attribute::Absent => (None, Fate::Unknown),
        Attribute::Unknown => {
            let source = instances.referred(one, attribute, &[POLICY_DOCUMENT]);
            match source.and_then(|at| document::made(&instances.all[at])) {
                // Its text is not there yet, if all that it is made of is.
                Some(made) => (Some(made), Fate::Unknown),
                None => (
                    Some(piece(&format!("{}.{attribute}", one.address)).into()),
                    Fate::Unknown,
                ),
            }
        }
    }
}

/// Counts a policy, if it is one.
fn count(document: &Option<Json>, fate: Fate, one: &Instance<'_>, sheet: &mut Sheet) {
    if fate == Fate::Unknown || document.as_ref().is_some_and(|it| is_policy(&decoded(it))) {
        sheet.found("identity", &spot(one), fate);
    }
}

/// A managed policy of the account.
pub(super) fn managed(group: &Group<'_, '_>, draft: &mut Draft<'_>, sheet: &mut Sheet) {
    let Some(own) = group.own else { return };
    let instances = group.instances;
    let is_own =
        |name: &str| name == "Region" || instances.all.iter().any(|one| one.address == name);
    let (document, fate) = document_of(own, "policy", instances);
    count(&document, fate, own, sheet);
    draft.document(
        &document.unwrap_or_else(|| piece(&format!("{}.policy", own.address)).into()),
        &is_own,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_is_of_one_type() {
        let kinds: BTreeSet<&str> = LINKS.iter().map(|link| link.kind).collect();
        assert_eq!(kinds.len(), LINKS.len());
        assert!(
            LINKS
                .iter()
                .all(|it| it.kind.starts_with("aws_iam_") && !it.to.is_empty())
        );
    }
}
