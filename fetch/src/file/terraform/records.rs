//! From instances to records: each resource with what is attached to it.

use super::super::draft::{self, Draft, Sheet, Type};
use super::super::kinds::{self, Carrier};
use super::super::names::tail;
use super::super::owner::Owner;
use super::super::policy::{as_name, is_policy};
use super::super::s3::{self, canned};
use super::super::tree::{self as json, Json, JsonValue};
use super::super::unknown::{is_open, piece, shown};
use super::super::{Fate, lambda};
use super::document;
use super::identities::{self, link};
use super::instance::{Attribute, Instance, Instances, POLICY_DOCUMENT, blocks};
use crate::snapshot::Spot;
use keyaki_language::policy::AccountId;
use std::collections::BTreeMap;

/// A type that holds policies: of which provider type, what names it, and which attributes hold its name, ARN or address.
struct Holder {
    kind: Type,
    types: &'static [&'static str],
    name: &'static str,
}

const HOLDERS: [Holder; 15] = [
    Holder {
        kind: draft::BUCKET,
        types: &["aws_s3_bucket"],
        name: "bucket",
    },
    Holder {
        kind: draft::DIRECTORY_BUCKET,
        types: &["aws_s3_directory_bucket"],
        name: "bucket",
    },
    Holder {
        kind: draft::ROLE,
        types: &["aws_iam_role"],
        name: "name",
    },
    Holder {
        kind: draft::KEY,
        types: &[
            "aws_kms_key",
            "aws_kms_replica_key",
            "aws_kms_external_key",
            "aws_kms_replica_external_key",
        ],
        name: "key_id",
    },
    Holder {
        kind: draft::FUNCTION,
        types: &["aws_lambda_function", "aws_lambda_alias"],
        name: "function_name",
    },
    Holder {
        kind: draft::LAYER,
        types: &["aws_lambda_layer_version"],
        name: "layer_name",
    },
    Holder {
        kind: draft::QUEUE,
        types: &["aws_sqs_queue"],
        name: "name",
    },
    Holder {
        kind: draft::TOPIC,
        types: &["aws_sns_topic"],
        name: "name",
    },
    Holder {
        kind: draft::SECRET,
        types: &["aws_secretsmanager_secret"],
        name: "name",
    },
    Holder {
        kind: draft::REPOSITORY,
        types: &["aws_ecr_repository"],
        name: "name",
    },
    Holder {
        kind: draft::FILE_SYSTEM,
        types: &["aws_efs_file_system"],
        name: "id",
    },
    Holder {
        kind: draft::TABLE,
        types: &["aws_dynamodb_table"],
        name: "name",
    },
    Holder {
        kind: draft::USER,
        types: &["aws_iam_user"],
        name: "name",
    },
    Holder {
        kind: draft::GROUP,
        types: &["aws_iam_group"],
        name: "name",
    },
    Holder {
        kind: draft::MANAGED_POLICY,
        types: &["aws_iam_policy"],
        name: "name",
    },
];

/// What stands apart and belongs to a holder, and the attribute that says to which.
const ATTACHED: [(&str, &str, Type); 19] = [
    ("aws_s3_bucket_policy", "bucket", draft::BUCKET),
    ("aws_s3_bucket_public_access_block", "bucket", draft::BUCKET),
    ("aws_s3_bucket_acl", "bucket", draft::BUCKET),
    ("aws_s3_bucket_ownership_controls", "bucket", draft::BUCKET),
    ("aws_s3_access_point", "bucket", draft::BUCKET),
    (
        "aws_s3control_access_point_policy",
        "access_point_arn",
        draft::BUCKET,
    ),
    ("aws_kms_key_policy", "key_id", draft::KEY),
    ("aws_kms_grant", "key_id", draft::KEY),
    ("aws_lambda_permission", "function_name", draft::FUNCTION),
    ("aws_lambda_function_url", "function_name", draft::FUNCTION),
    (
        "aws_lambda_layer_version_permission",
        "layer_name",
        draft::LAYER,
    ),
    ("aws_sqs_queue_policy", "queue_url", draft::QUEUE),
    ("aws_sns_topic_policy", "arn", draft::TOPIC),
    (
        "aws_secretsmanager_secret_policy",
        "secret_arn",
        draft::SECRET,
    ),
    ("aws_ecr_repository_policy", "repository", draft::REPOSITORY),
    (
        "aws_efs_file_system_policy",
        "file_system_id",
        draft::FILE_SYSTEM,
    ),
    ("aws_dynamodb_resource_policy", "resource_arn", draft::TABLE),
    (
        "aws_sqs_queue_redrive_allow_policy",
        "queue_url",
        draft::QUEUE,
    ),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        "bucket",
        draft::BUCKET,
    ),
];

/// A resource and what is attached to it.
pub(super) struct Group<'a, 'b> {
    pub(super) kind: Type,
    pub(super) own: Option<&'b Instance<'a>>,
    /// The name, with its unknown parts.
    pub(super) name: String,
    /// An ARN that is known.
    arn: Option<String>,
    pub(super) attached: Vec<&'b Instance<'a>>,
    pub(super) instances: &'b Instances<'a>,
}

/// Makes records of all instances.
pub(super) fn write(instances: &Instances<'_>, owner: &Owner, sheet: &mut Sheet) {
    let mut groups: Vec<Group<'_, '_>> = Vec::new();
    // Where an instance's group stands.
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, instance) in instances
        .all
        .iter()
        .enumerate()
        .filter(|(_, one)| !one.is_data)
    {
        if instance.kind == "aws_lambda_alias" {
            continue;
        }
        if let Some(holder) = HOLDERS
            .iter()
            .find(|holder| holder.types.contains(&instance.kind))
        {
            places.insert(at, groups.len());
            groups.push(Group {
                kind: holder.kind,
                own: Some(instance),
                name: name_of(instance, holder),
                arn: instance.known_text("arn").map(str::to_owned),
                attached: Vec::new(),
                instances,
            });
        }
    }
    for instance in instances.all.iter().filter(|one| !one.is_data) {
        if let Some(link) = link(instance.kind) {
            let targets = link.targets(instance, instances, &places, &groups, sheet);
            if targets.is_empty() {
                // It is found, if not a part of any record.
                other(instance, sheet);
            }
            for at in targets {
                groups[at].attached.push(instance);
            }
            continue;
        }
        let Some((_, attribute, kind)) = ATTACHED.iter().find(|(name, ..)| *name == instance.kind)
        else {
            other(instance, sheet);
            continue;
        };
        let holder = HOLDERS
            .iter()
            .find(|holder| holder.kind == *kind)
            .expect("each attached type has a holder");
        if let Some((name, arn)) = stream(instance, instances) {
            groups.push(Group {
                kind: draft::STREAM,
                own: None,
                name,
                arn,
                attached: vec![instance],
                instances,
            });
            continue;
        }
        let at = target(instance, attribute, holder, instances, &places, &groups);
        let group = match at {
            Ok(at) => at,
            Err((name, arn)) => {
                let known = groups.iter().position(|group| {
                    group.own.is_none() && group.kind == *kind && group.name == name
                });
                known.unwrap_or_else(|| {
                    groups.push(Group {
                        kind: *kind,
                        own: None,
                        name,
                        arn,
                        attached: Vec::new(),
                        instances,
                    });
                    groups.len() - 1
                })
            }
        };
        groups[group].attached.push(instance);
    }
    let account_block = instances
        .all
        .iter()
        .filter(|one| !one.is_data && one.kind == "aws_s3_account_public_access_block")
        .find(|one| {
            one.known_text("account_id")
                .is_none_or(|id| id == owner.account)
        });
    for group in &groups {
        // What says nothing about access makes no resource.
        let silent = [
            "aws_sqs_queue_redrive_allow_policy",
            "aws_s3_bucket_server_side_encryption_configuration",
        ];
        if group.own.is_none() && group.attached.iter().all(|one| silent.contains(&one.kind)) {
            continue;
        }
        record(group, &groups, &places, owner, account_block, sheet);
    }
}

/// The name and the ARN of the stream that a table's policy is about, if it is about one.
fn stream(instance: &Instance<'_>, instances: &Instances<'_>) -> Option<(String, Option<String>)> {
    if instance.kind != "aws_dynamodb_resource_policy" {
        return None;
    }
    if let Some(arn) = instance.known_text("resource_arn") {
        let (_, name) = arn
            .split_once("table/")
            .filter(|_| arn.contains("/stream/"))?;
        return Some((name.to_owned(), Some(arn.to_owned())));
    }
    let [_, _, of] = instances.made_of(instance, "resource_arn")?;
    let table = instances.referred(instance, "resource_arn", &["aws_dynamodb_table"]);
    let table = table.and_then(|at| instances.all[at].text("name"));
    let table = table.unwrap_or_else(|| piece(&instance.address));
    (of == "stream_arn").then(|| (format!("{table}/stream/{}", piece("label")), None))
}

pub(super) fn spot(instance: &Instance<'_>) -> Spot {
    Spot {
        address: instance.address.clone(),
        line: instance.line,
    }
}

fn name_of(instance: &Instance<'_>, holder: &Holder) -> String {
    let kinds_of_name = [holder.name, "id", "name"];
    let known = kinds_of_name
        .iter()
        .find_map(|name| instance.known_text(name));
    match known {
        Some(name) => tail(holder.kind, name),
        None => piece(&instance.address),
    }
}

/// Which group something is attached to, or the name and ARN of a resource outside of the file.
fn target(
    instance: &Instance<'_>,
    attribute: &str,
    holder: &Holder,
    instances: &Instances<'_>,
    places: &BTreeMap<usize, usize>,
    groups: &[Group<'_, '_>],
) -> Result<usize, (String, Option<String>)> {
    let known = instance.known_text(attribute);
    if let Some(text) = known {
        let name = match holder.kind {
            draft::BUCKET if instance.kind == "aws_s3control_access_point_policy" => {
                let point = groups.iter().position(|group| {
                    group.attached.iter().any(|one| {
                        one.kind == "aws_s3_access_point" && one.known_text("arn") == Some(text)
                    })
                });
                return point.ok_or_else(|| (piece(&instance.address), None));
            }
            kind => tail(kind, text),
        };
        let same = |group: &Group<'_, '_>| {
            group.kind == holder.kind
                && (group.name == name
                    || group.own.is_some_and(|own| {
                        ["id", "arn", "url", "name", holder.name]
                            .iter()
                            .any(|field| own.known_text(field) == Some(text))
                    }))
        };
        if let Some(at) = groups.iter().position(same) {
            return Ok(at);
        }
        let arn = Some(text.to_owned())
            .filter(|text| text.starts_with("arn:") && holder.kind != draft::FUNCTION);
        return Err((name, arn));
    }
    let mut kinds: Vec<&str> = holder.types.to_vec();
    if instance.kind == "aws_s3control_access_point_policy" {
        kinds.push("aws_s3_access_point");
    }
    let mut at = instances.referred(instance, attribute, &kinds);
    // An alias and an access point lead on to what they are of.
    for (kind, field) in [
        ("aws_lambda_alias", "function_name"),
        ("aws_s3_access_point", "bucket"),
    ] {
        if let Some(between) = at
            .map(|at| &instances.all[at])
            .filter(|one| one.kind == kind)
        {
            let target = target(between, field, holder, instances, places, groups);
            match target {
                Ok(group) => return Ok(group),
                Err(_) => at = None,
            }
        }
    }
    at.and_then(|at| places.get(&at))
        .copied()
        .ok_or_else(|| (piece(&instance.address), None))
}

/// The ARN of a group's resource, its account and Region.
pub(super) fn arn_of(group: &Group<'_, '_>, owner: &Owner) -> (String, String, String) {
    let arn = group.arn.as_deref();
    let parts: Vec<&str> = arn.map_or_else(Vec::new, |arn| arn.splitn(6, ':').collect());
    let own = |at: usize| parts.get(at).copied().filter(|part| !part.is_empty());
    let set_region = group
        .own
        .or(group.attached.first().copied())
        .and_then(|one| one.known_text("region"));
    let account = own(4)
        .filter(|text| AccountId::parse(text).is_some())
        .unwrap_or(&owner.account)
        .to_owned();
    let region = own(3).or(set_region).unwrap_or(&owner.region).to_owned();
    let partition = own(1).unwrap_or(&owner.partition);
    let name = &group.name;
    let path = group
        .own
        .and_then(|own| own.known_text("path"))
        .filter(|path| path.starts_with('/') && path.ends_with('/'))
        .unwrap_or("/");
    let regional = |service: &str, rest: String| {
        (
            format!("arn:{partition}:{service}:{region}:{account}:{rest}"),
            region.clone(),
        )
    };
    let (made, region) = match group.kind {
        draft::BUCKET => (format!("arn:{partition}:s3:::{name}"), region.clone()),
        draft::DIRECTORY_BUCKET => regional("s3express", format!("bucket/{name}")),
        draft::ROLE | draft::USER | draft::GROUP | draft::MANAGED_POLICY => {
            let word = match group.kind {
                draft::ROLE => "role",
                draft::USER => "user",
                draft::GROUP => "group",
                _ => "policy",
            };
            (
                format!("arn:{partition}:iam::{account}:{word}{path}{name}"),
                String::new(),
            )
        }
        draft::KEY => regional("kms", format!("key/{name}")),
        draft::FUNCTION => regional("lambda", format!("function:{name}")),
        draft::LAYER => {
            let version = group.own.and_then(|own| own.text("version"));
            let version = version.or_else(|| {
                group
                    .attached
                    .iter()
                    .find_map(|one| one.text("version_number"))
            });
            regional(
                "lambda",
                format!(
                    "layer:{name}:{}",
                    version.unwrap_or_else(|| piece("version"))
                ),
            )
        }
        draft::QUEUE => regional("sqs", name.clone()),
        draft::TOPIC => regional("sns", name.clone()),
        draft::SECRET => regional("secretsmanager", format!("secret:{name}")),
        draft::REPOSITORY => regional("ecr", format!("repository/{name}")),
        draft::FILE_SYSTEM => regional("elasticfilesystem", format!("file-system/{name}")),
        _ => regional("dynamodb", format!("table/{name}")),
    };
    let arn = arn
        .filter(|arn| arn.starts_with("arn:") && group.kind != draft::FUNCTION)
        .map_or(made, str::to_owned);
    (arn, account, region)
}

fn record(
    group: &Group<'_, '_>,
    all: &[Group<'_, '_>],
    places: &BTreeMap<usize, usize>,
    owner: &Owner,
    account_block: Option<&Instance<'_>>,
    sheet: &mut Sheet,
) {
    let (arn, account, region) = arn_of(group, owner);
    let first = group
        .own
        .or(group.attached.first().copied())
        .expect("a group has a member");
    let mut draft = Draft::new(group.kind, arn, &account, &region, spot(first));
    let mut found = Vec::new();
    let others = Others {
        all,
        places,
        owner,
        instances: group.instances,
    };
    match group.kind {
        draft::BUCKET => bucket(group, account_block, &mut draft, &mut found, sheet),
        draft::KEY => key(group, &account, &others, &mut draft, &mut found),
        draft::FUNCTION => function(group, &others, &mut draft, &mut found),
        draft::LAYER => layer(group, &mut draft, &mut found),
        draft::ROLE => {
            policy_of(
                group,
                &mut draft,
                "trustPolicy",
                &["assume_role_policy"],
                &mut found,
            );
            identities::put(group, all, places, owner, &mut draft, sheet);
        }
        draft::USER | draft::GROUP => {
            identities::put(group, all, places, owner, &mut draft, sheet);
        }
        draft::MANAGED_POLICY => identities::managed(group, &mut draft, sheet),
        kind => {
            let member = match kind {
                draft::QUEUE => "queuePolicy",
                draft::TOPIC => "topicPolicy",
                draft::SECRET => "secretPolicy",
                draft::REPOSITORY => "repositoryPolicy",
                draft::FILE_SYSTEM => "fileSystemPolicy",
                draft::TABLE => "tablePolicy",
                draft::STREAM => "streamPolicy",
                _ => "bucketPolicy",
            };
            policy_of(group, &mut draft, member, &["policy"], &mut found);
        }
    }
    for spot in found {
        sheet.found(group.kind.kind, &spot, Fate::Record);
    }
    for spot in std::mem::take(&mut draft.unknown) {
        sheet.found(group.kind.kind, &spot, Fate::Unknown);
    }
    sheet.add(draft);
}

/// The other resources of the file, which are the owner's.
struct Others<'a, 'b, 'c> {
    all: &'c [Group<'a, 'b>],
    places: &'c BTreeMap<usize, usize>,
    owner: &'c Owner,
    instances: &'b Instances<'a>,
}

impl Others<'_, '_, '_> {
    /// A text that is known, or the ARN of a resource of the file that it is made of, or an unknown part.
    fn arn_in(&self, one: &Instance<'_>, attribute: &str) -> Option<String> {
        let plain = one.text(attribute)?;
        if !is_open(&plain) {
            return Some(plain);
        }
        Some(self.own_arn(one, attribute).unwrap_or(plain))
    }

    /// The ARN that an attribute is made of. Whatever stands behind it in the text, it is a resource of the owner's; of a type that
    /// makes no record its account is all that matters.
    fn own_arn(&self, one: &Instance<'_>, attribute: &str) -> Option<String> {
        let [kind, name, of] = self.instances.made_of(one, attribute)?;
        if !of.ends_with("arn") {
            return None;
        }
        let at = self.instances.referred(one, attribute, &[kind]);
        if let Some(group) = at
            .and_then(|at| self.places.get(&at))
            .map(|at| &self.all[*at])
        {
            return Some(arn_of(group, self.owner).0);
        }
        let service = match kind.trim_start_matches("aws_") {
            kind if kind.starts_with("cloudwatch_event") => "events",
            kind if kind.starts_with("api") => "execute-api",
            kind if kind.starts_with("cloudwatch_log") => "logs",
            kind if kind.starts_with("sfn") => "states",
            kind if kind.starts_with("cognito") => "cognito-idp",
            kind if kind.starts_with("lb") || kind.starts_with("alb") => "elasticloadbalancing",
            // What has no account in its ARN says nothing about one.
            kind if kind.starts_with("s3") || kind.starts_with("route53") => return None,
            kind => kind.split('_').next().unwrap_or(kind),
        };
        let Owner {
            account,
            region,
            partition,
        } = self.owner;
        let name = piece(&format!("{kind}.{name}"));
        Some(format!(
            "arn:{partition}:{service}:{region}:{account}:{name}"
        ))
    }
}

/// The policy of a group: the one that stands apart, else the resource's own.
fn policy_of(
    group: &Group<'_, '_>,
    draft: &mut Draft<'_>,
    member: &'static str,
    names: &[&str],
    found: &mut Vec<Spot>,
) {
    let carriers: Vec<&Instance<'_>> = group
        .attached
        .iter()
        .copied()
        .filter(|one| {
            one.kind.ends_with("_policy")
                && !one.kind.contains("access_point")
                && !one.kind.contains("redrive")
        })
        .chain(group.own)
        .collect();
    let mut set = false;
    for carrier in carriers {
        for name in names {
            let spot = spot(carrier);
            match carrier.attribute(name) {
                Attribute::Absent => continue,
                // What the apply computes of the same policy that stands apart says nothing new.
                Attribute::Unknown if set => continue,
                Attribute::Unknown if is_computed(carrier, name) => continue,
                Attribute::Unknown => {
                    let source = group.instances.referred(carrier, name, &[POLICY_DOCUMENT]);
                    let made = source.and_then(|at| document::made(&group.instances.all[at]));
                    match made {
                        Some(made) => {
                            draft.policy(member, &made, &spot);
                            found.push(spot);
                        }
                        None => {
                            let text = piece(&format!("{}.{name}", carrier.address));
                            draft.policy(member, &Json::from(text), &spot);
                            draft.unknown.push(spot);
                        }
                    }
                }
                // The resource's own attribute shows what stands apart, as it is before the apply.
                Attribute::Known(_)
                    if set && group.own.is_some_and(|own| own.address == carrier.address) =>
                {
                    found.push(spot);
                    continue;
                }
                Attribute::Known(value) => {
                    if set {
                        draft.trouble(
                            "two-policies",
                            "a second policy for the same resource: which one stands is not known",
                            &spot,
                        );
                    } else {
                        draft.policy(member, value, &spot);
                    }
                    found.push(spot);
                }
            }
            set = true;
        }
    }
}

/// Attributes that the provider fills in where the configuration has none: nothing is said of a policy there.
fn is_computed(carrier: &Instance<'_>, name: &str) -> bool {
    name == "policy"
        && matches!(
            carrier.kind,
            "aws_s3_bucket"
                | "aws_sqs_queue"
                | "aws_sns_topic"
                | "aws_secretsmanager_secret"
                | "aws_kms_key"
                | "aws_kms_replica_key"
                | "aws_kms_external_key"
        )
        && !carrier.is_configured(name)
}

fn bucket(
    group: &Group<'_, '_>,
    account_block: Option<&Instance<'_>>,
    draft: &mut Draft<'_>,
    found: &mut Vec<Spot>,
    sheet: &mut Sheet,
) {
    policy_of(group, draft, "bucketPolicy", &["policy"], found);
    let attached = |kind: &str| {
        group
            .attached
            .iter()
            .copied()
            .filter(|one| one.kind == kind)
            .collect::<Vec<_>>()
    };
    if attached("aws_s3_bucket_public_access_block").is_empty() {
        draft.leaves_block_open();
    }
    for block in attached("aws_s3_bucket_public_access_block") {
        draft.set("bucketPublicAccessBlock", public_access_block(block.values));
    }
    if let Some(block) = account_block {
        draft.set(
            "accountPublicAccessBlock",
            public_access_block(block.values),
        );
    }
    for controls in attached("aws_s3_bucket_ownership_controls") {
        let rule = controls
            .blocks("rule")
            .into_iter()
            .find_map(|rule| rule.get("object_ownership")?.as_str());
        if let Some(rule) = rule {
            draft.set("objectOwnership", rule.to_owned().into());
        }
    }
    let mut grants = Vec::new();
    for carrier in attached("aws_s3_bucket_acl").into_iter().chain(group.own) {
        let spot = spot(carrier);
        if let Some(name) = carrier.known_text("acl") {
            match canned(name) {
                Some(more) => grants.extend(more),
                None => draft.trouble(
                    "unsupported-acl",
                    format!("the canned ACL `{name}` is not analysed"),
                    &spot,
                ),
            }
        } else if carrier.is_unknown("acl")
            && carrier.kind == "aws_s3_bucket_acl"
            && carrier.is_configured("acl")
        {
            draft.trouble(
                "unknown-acl",
                "the ACL is not known before the apply",
                &spot,
            );
        }
        let policies = carrier.blocks("access_control_policy");
        let blocks_of = policies.iter().flat_map(|policy| blocks(policy, "grant"));
        for grant in blocks_of.chain(carrier.blocks("grant")) {
            acl_grant(grant, &mut grants, draft, &spot);
        }
        if !grants.is_empty() {
            draft.stands("acl", &spot);
            break;
        }
    }
    if !grants.is_empty() {
        draft.set("bucketAclGrants", Json::array(grants));
    }
    let mut points = Vec::new();
    for point in attached("aws_s3_access_point") {
        let apart = group.attached.iter().copied().find(|one| {
            one.kind == "aws_s3control_access_point_policy"
                && one.known_text("access_point_arn") == point.known_text("arn")
        });
        points.extend(access_point(point, apart, draft, sheet));
    }
    if !points.is_empty() {
        draft.set("accessPoints", Json::object(points));
    }
}

fn acl_grant(grant: &Json, grants: &mut Vec<Json>, draft: &mut Draft<'_>, spot: &Spot) {
    let text = |value: &Json, name: &str| {
        value
            .get(name)
            .and_then(Json::as_str)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    let grantee = blocks(grant, "grantee").into_iter().next().unwrap_or(grant);
    let (id, uri) = (text(grantee, "id"), text(grantee, "uri"));
    let one = text(grant, "permission");
    let several = grant
        .get("permissions")
        .and_then(Json::as_array)
        .unwrap_or_default();
    let permissions: Vec<String> = several
        .iter()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .chain(one)
        .collect();
    if id.is_none() && uri.is_none() {
        draft.trouble(
            "unsupported-acl",
            "a grantee of the ACL is neither a canonical id nor a group",
            spot,
        );
        return;
    }
    for permission in permissions {
        grants.push(s3::grant(id.as_deref(), uri.as_deref(), &permission));
    }
}

fn public_access_block(values: &Json) -> Json {
    let flag =
        |name: &str| JsonValue::Bool(values.get(name).and_then(Json::as_bool) == Some(true)).into();
    Json::object([
        ("ignorePublicAcls", flag("ignore_public_acls")),
        ("restrictPublicBuckets", flag("restrict_public_buckets")),
        ("blockPublicAcls", flag("block_public_acls")),
        ("blockPublicPolicy", flag("block_public_policy")),
    ])
}

fn access_point(
    point: &Instance<'_>,
    apart: Option<&Instance<'_>>,
    draft: &mut Draft<'_>,
    sheet: &mut Sheet,
) -> Option<(String, Json)> {
    let spot = spot(point);
    let name = point.text("name").unwrap_or_else(|| piece(&point.address));
    let parts: Vec<String> = draft.arn.splitn(6, ':').map(str::to_owned).collect();
    let partition = parts.get(1).map_or("aws", String::as_str);
    let arn = format!(
        "arn:{partition}:s3:{}:{}:accesspoint/{name}",
        draft.region, draft.account
    );
    let mut members = Vec::new();
    for carrier in apart.into_iter().chain([point]) {
        let document = match carrier.attribute("policy") {
            Attribute::Known(value) => value.clone(),
            Attribute::Unknown if carrier.is_configured("policy") => {
                piece(&format!("{}.policy", carrier.address)).into()
            }
            Attribute::Unknown | Attribute::Absent => continue,
        };
        if document.as_str() == Some("{}") {
            continue;
        }
        sheet.found("s3-access-point", &spot, Fate::Record);
        let outer = std::mem::replace(&mut draft.arn, arn.clone());
        let settled = draft.settled(&shown(&arn), &document, &spot);
        draft.arn = outer;
        members.extend(settled.map(|policy| ("accessPointPolicy", policy)));
        break;
    }
    let block = point.blocks("public_access_block_configuration");
    let block = block
        .first()
        .map_or_else(Draft::closed_block, |block| public_access_block(block));
    members.push(("publicAccessBlock", block));
    let vpc = point
        .blocks("vpc_configuration")
        .into_iter()
        .find_map(|vpc| vpc.get("vpc_id")?.as_str());
    if let Some(vpc) = vpc {
        let vpc = Json::object([(
            "vpcConfiguration",
            Json::object([("vpcId", Json::from(vpc.to_owned()))]),
        )]);
        members.push(("networkOrigin", vpc));
    }
    Some((shown(&arn).into_owned(), Json::object(members)))
}

fn key(
    group: &Group<'_, '_>,
    account: &str,
    others: &Others<'_, '_, '_>,
    draft: &mut Draft<'_>,
    found: &mut Vec<Spot>,
) {
    policy_of(group, draft, "keyPolicies", &["policy"], found);
    draft.wrap_key_policy(account, &others.owner.partition);
    let mut grants = Vec::new();
    for grant in group
        .attached
        .iter()
        .filter(|one| one.kind == "aws_kms_grant")
    {
        let spot = spot(grant);
        let grantee = others
            .arn_in(grant, "grantee_principal")
            .map(|who| as_name(&who));
        let Some(grantee) = grantee.filter(|who| who.starts_with("arn:") || !who.starts_with('='))
        else {
            draft.trouble(
                "unknown-grant",
                "whom the grant is for is not known before the apply",
                &spot,
            );
            continue;
        };
        let operations: Vec<Json> = grant
            .values
            .get("operations")
            .and_then(Json::as_array)
            .unwrap_or_default()
            .to_vec();
        let mut members = vec![
            ("granteePrincipal", Json::from(grantee)),
            ("operations", Json::array(operations)),
        ];
        members.extend(
            grant
                .known_text("retiring_principal")
                .map(|who| ("retiringPrincipal", Json::from(who.to_owned()))),
        );
        let constraints: Vec<(&str, Json)> = [
            ("encryption_context_equals", "encryptionContextEquals"),
            ("encryption_context_subset", "encryptionContextSubset"),
        ]
        .into_iter()
        .filter_map(|(from, to)| {
            let block = grant
                .blocks("constraints")
                .into_iter()
                .find_map(|block| block.get(from))?;
            block.as_object().filter(|members| !members.is_empty())?;
            Some((to, block.clone()))
        })
        .collect();
        if !constraints.is_empty() {
            members.push(("constraints", Json::object(constraints)));
        }
        draft.stands(&format!("grant {}", grants.len()), &spot);
        grants.push(Json::object(members));
    }
    if !grants.is_empty() {
        draft.set("grants", Json::array(grants));
    }
}

fn function(
    group: &Group<'_, '_>,
    others: &Others<'_, '_, '_>,
    draft: &mut Draft<'_>,
    found: &mut Vec<Spot>,
) {
    let mut statements = Vec::new();
    for one in group
        .attached
        .iter()
        .filter(|one| one.kind == "aws_lambda_permission")
    {
        let text = |name: &str| one.text(name);
        let permission = lambda::Permission {
            sid: text("statement_id"),
            action: text("action"),
            principal: others.arn_in(one, "principal"),
            source_arn: others.arn_in(one, "source_arn"),
            source_account: text("source_account"),
            organization: text("principal_org_id"),
            url_auth_type: text("function_url_auth_type"),
            event_source_token: text("event_source_token"),
            via_url: one.flag("invoked_via_function_url"),
        };
        let spot = spot(one);
        found.push(spot.clone());
        statements.push((permission.statement(&draft.arn), spot));
    }
    let mut urls = Vec::new();
    for url in group
        .attached
        .iter()
        .filter(|one| one.kind == "aws_lambda_function_url")
    {
        match url.text("authorization_type") {
            Some(kind) if !is_open(&kind) => {
                // The provider makes the permission of a public URL itself.
                if kind == "NONE" {
                    let permission = lambda::Permission {
                        sid: Some("FunctionURLAllowPublicAccess".to_owned()),
                        action: Some("lambda:InvokeFunctionUrl".to_owned()),
                        principal: Some("*".to_owned()),
                        url_auth_type: Some(kind.clone()),
                        ..lambda::Permission::default()
                    };
                    statements.push((permission.statement(&draft.arn), spot(url)));
                }
                urls.push(Json::object([("authType", Json::from(kind))]));
            }
            _ => draft.trouble(
                "unknown-url",
                "how the function URL authorizes is not known before the apply",
                &spot(url),
            ),
        }
    }
    if !statements.is_empty() {
        draft.statements("functionPolicy", statements);
    }
    if !urls.is_empty() {
        draft.set("functionUrls", Json::array(urls));
    }
}

fn layer(group: &Group<'_, '_>, draft: &mut Draft<'_>, found: &mut Vec<Spot>) {
    let mut statements = Vec::new();
    for one in &group.attached {
        let text = |name: &str| one.text(name);
        let spot = spot(one);
        found.push(spot.clone());
        let statement = lambda::layer_statement(
            text("statement_id"),
            text("action"),
            text("principal"),
            text("organization_id"),
            &draft.arn,
        );
        statements.push((statement, spot));
    }
    if !statements.is_empty() {
        draft.statements("layerPolicy", statements);
    }
}

/// A type that is not analysed: its policies are found and named.
fn other(instance: &Instance<'_>, sheet: &mut Sheet) {
    let is_holder = HOLDERS
        .iter()
        .any(|holder| holder.types.contains(&instance.kind));
    if is_holder || !instance.kind.starts_with("aws_") {
        return;
    }
    let carrier = kinds::terraform(instance.kind);
    let spot = spot(instance);
    for member in instance.values.as_object().into_iter().flatten() {
        let name = member.name();
        let is_document = match &member.value.value {
            JsonValue::String(text) => {
                text.contains("Statement") && json::parse(text).is_ok_and(|it| is_policy(&it))
            }
            JsonValue::Object(_) => is_policy(&member.value),
            _ => false,
        };
        // A list of settings may hold policies a level below.
        let inner = match &member.value.value {
            JsonValue::Array(items) => items
                .iter()
                .filter_map(Json::as_object)
                .flatten()
                .filter(|it| {
                    it.value.as_str().is_some_and(|text| {
                        text.contains("Statement")
                            && json::parse(text).is_ok_and(|it| is_policy(&it))
                    })
                })
                .count(),
            _ => 0,
        };
        for _ in 0..inner + usize::from(is_document) {
            name_it(instance, carrier, name, true, &spot, sheet);
        }
    }
    if let Some(carrier) = carrier {
        for name in [
            "policy",
            "policy_document",
            "access_policies",
            "access_policy",
            "resource_policy",
            "inline_policy",
        ] {
            if instance.is_unknown(name)
                && instance.values.get(name).and_then(Json::as_str).is_none()
                && instance.is_configured(name)
            {
                name_it(instance, Some(carrier), name, false, &spot, sheet);
            }
        }
    }
}

fn name_it(
    instance: &Instance<'_>,
    carrier: Option<Carrier>,
    attribute: &str,
    is_known: bool,
    spot: &Spot,
    sheet: &mut Sheet,
) {
    let kind = match carrier {
        Some(Carrier::Identity) => {
            sheet.found(
                "identity",
                spot,
                if is_known {
                    Fate::Identity
                } else {
                    Fate::Unknown
                },
            );
            return;
        }
        Some(Carrier::Guard(kind) | Carrier::Resource(kind)) => kind.to_owned(),
        None => format!("other-{}", instance.kind),
    };
    sheet.found(
        &kind,
        spot,
        if is_known {
            Fate::Unsupported
        } else {
            Fate::Unknown
        },
    );
    let message = format!(
        "the policy in `{attribute}` of `{}` {}",
        instance.kind,
        kinds::why(carrier)
    );
    sheet.not_analysed("unsupported-type", message, None, spot, Some(instance.kind));
}
