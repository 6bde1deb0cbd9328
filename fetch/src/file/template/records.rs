//! From the resources of a template to records: each with the policies that stand apart, once for each reading.

use super::super::draft::{self, Draft, Sheet, Type};
use super::super::kinds::{self, Carrier};
use super::super::lambda;
use super::super::names::tail;
use super::super::policy::{is_policy, line};
use super::super::s3::canned;
use super::super::tree::{self as json, Json, JsonValue, Member};
use super::super::unknown::{is_open, shown};
use super::super::{Fate, Found, MAX_DEPTH};
use super::evaluate::{Stack, text_of};
use super::foreach;
use super::identities::{self, has_own_role, links, texts};
use super::nested::{self, names_template};
use crate::snapshot::Spot;
use keyaki_language::span::{Span, Spanned};
use std::collections::BTreeMap;

/// How many comparisons a resource may depend on that cannot be decided: sixteen readings.
const CHOICES: usize = 4;

/// Types that hold policies.
fn holder(kind: &str) -> Option<Type> {
    Some(match kind {
        "AWS::S3::Bucket" => draft::BUCKET,
        "AWS::S3Express::DirectoryBucket" => draft::DIRECTORY_BUCKET,
        "AWS::IAM::Role" => draft::ROLE,
        "AWS::KMS::Key" | "AWS::KMS::ReplicaKey" => draft::KEY,
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => draft::FUNCTION,
        "AWS::Lambda::LayerVersion" | "AWS::Serverless::LayerVersion" => draft::LAYER,
        "AWS::SQS::Queue" => draft::QUEUE,
        "AWS::SNS::Topic" => draft::TOPIC,
        "AWS::SecretsManager::Secret" => draft::SECRET,
        "AWS::ECR::Repository" => draft::REPOSITORY,
        "AWS::EFS::FileSystem" => draft::FILE_SYSTEM,
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" | "AWS::Serverless::SimpleTable" => {
            draft::TABLE
        }
        "AWS::IAM::User" => draft::USER,
        "AWS::IAM::Group" => draft::GROUP,
        "AWS::IAM::ManagedPolicy" => draft::MANAGED_POLICY,
        _ => return None,
    })
}

/// What stands apart: the type that it belongs to and the property that says to which.
fn attached(kind: &str) -> Option<(Type, &'static str)> {
    Some(match kind {
        "AWS::S3::BucketPolicy" => (draft::BUCKET, "Bucket"),
        "AWS::S3::AccessPoint" => (draft::BUCKET, "Bucket"),
        "AWS::S3Express::BucketPolicy" => (draft::DIRECTORY_BUCKET, "Bucket"),
        "AWS::SQS::QueuePolicy" => (draft::QUEUE, "Queues"),
        "AWS::SQS::QueueInlinePolicy" => (draft::QUEUE, "Queue"),
        "AWS::SNS::TopicPolicy" => (draft::TOPIC, "Topics"),
        "AWS::SNS::TopicInlinePolicy" => (draft::TOPIC, "TopicArn"),
        "AWS::Lambda::Permission" => (draft::FUNCTION, "FunctionName"),
        "AWS::Lambda::Url" => (draft::FUNCTION, "TargetFunctionArn"),
        "AWS::Lambda::LayerVersionPermission" => (draft::LAYER, "LayerVersionArn"),
        "AWS::SecretsManager::ResourcePolicy" => (draft::SECRET, "SecretId"),
        _ => return None,
    })
}

/// A resource, named or outside of the template, and what is attached to it.
struct Group<'a> {
    kind: Type,
    own: Option<(&'a str, &'a Json)>,
    name: String,
    /// An ARN that the template spells.
    arn: Option<String>,
    attached: Vec<(&'a str, &'a Json)>,
}

/// Makes records of all resources.
pub(super) fn write(stack: &Stack<'_>, sheet: &mut Sheet) {
    for group in groups(stack, sheet) {
        // What is attached to an identity makes no readings.
        let attached = Some(&group.attached).filter(|_| !is_identity(group.kind));
        let parts = group.own.iter().chain(attached.into_iter().flatten());
        let mut conditions = unmet(stack, parts.map(|(_, resource)| *resource));
        for turned in turned(stack, &group) {
            if !conditions.contains(&turned) {
                conditions.push(turned);
            }
        }
        if conditions.len() > TURNS
            && let Some((id, resource)) = group.own.or_else(|| group.attached.first().copied())
        {
            conditions.truncate(TURNS);
            let message = format!(
                "the resource depends on more than {TURNS} conditions: not every reading is analysed"
            );
            let hint = "give the parameters the defaults of the deployment, and scan the processed template";
            let spot = spot(id, resource);
            sheet.not_analysed("too-many-readings", message, Some(hint), &spot, None);
        }
        for condition in std::iter::once(None).chain(conditions.into_iter().map(Some)) {
            stack.force(condition);
            readings(stack, condition, sheet, |stack, reading, sheet| {
                record(stack, &group, reading, sheet)
            });
        }
        stack.force(None);
    }
    for Member { key, value } in stack.resources() {
        let (id, kind) = (&*key.value, stack.kind(value));
        if id.starts_with(foreach::KEY) {
            let spot = Spot {
                address: id.to_owned(),
                line: u64::from(key.span.start.line),
            };
            let hint = "give the list as the parameter's default, or process the template first: `aws cloudformation get-template --template-stage Processed`";
            sheet.not_analysed(
                "unsupported-function",
                "resources made by `Fn::ForEach` over a list that is not known, or too long, are not analysed",
                Some(hint),
                &spot,
                None,
            );
            continue;
        }
        stack.force(unmet(stack, std::iter::once(value)).first().copied());
        readings(stack, None, sheet, |stack, _, sheet| {
            if exists(stack, value) {
                other(stack, id, kind, value, sheet);
            }
        });
        stack.force(None);
        untaken(stack, id, kind, value, sheet);
    }
    transforms(stack.template, "", sheet, 0);
    if stack.gave_up() {
        let message = "functions and names of the template refer to each other so often that not all of it is worked out";
        let hint = "scan the processed template: `aws cloudformation get-template --template-stage Processed`";
        let spot = spot("Resources", stack.template);
        sheet.not_analysed("too-much-work", message, Some(hint), &spot, None);
    }
}

/// Names what a macro, or an `AWS::Include` that cannot be followed, would put into the template.
fn transforms(value: &Json, path: &str, sheet: &mut Sheet, depth: usize) {
    /// Transforms whose work is done here, or that make no resources of their own.
    const KNOWN: [&str; 3] = [
        "AWS::Serverless",
        "AWS::LanguageExtensions",
        "AWS::SecretsManager",
    ];
    if depth > MAX_DEPTH {
        return;
    }
    match &value.value {
        JsonValue::Array(items) => {
            items
                .iter()
                .for_each(|item| transforms(item, path, sheet, depth + 1));
        }
        JsonValue::Object(members) => {
            for member in members {
                let at_top = depth == 0 && member.name() == "Transform";
                if !at_top && member.name() != "Fn::Transform" {
                    let inner = match (depth, member.name()) {
                        (0, "Metadata") => continue,
                        (0, _) => String::new(),
                        (1, name) => name.to_owned(),
                        _ => path.to_owned(),
                    };
                    transforms(&member.value, &inner, sheet, depth + 1);
                    continue;
                }
                let list = member
                    .value
                    .as_array()
                    .unwrap_or(std::slice::from_ref(&member.value));
                for one in list {
                    let name = one
                        .as_str()
                        .or_else(|| one.get("Name")?.as_str())
                        .unwrap_or("?");
                    if at_top && KNOWN.iter().any(|known| name.starts_with(known)) {
                        continue;
                    }
                    let spot = Spot {
                        address: if path.is_empty() {
                            member.name().to_owned()
                        } else {
                            path.to_owned()
                        },
                        line: line(one),
                    };
                    let message = format!("what the transform `{name}` brings in is not analysed");
                    let hint = "put the file beside the template, or process the template first: \
                                `aws cloudformation get-template --template-stage Processed`";
                    sheet.not_analysed("unsupported-function", message, Some(hint), &spot, None);
                }
            }
        }
        _ => {}
    }
}

/// Groups by the names that the template gives, with every undecided condition taken for true.
fn groups<'a>(stack: &Stack<'a>, sheet: &mut Sheet) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    stack.assume(&[]);
    for Member { key, value } in stack.resources() {
        if let Some(kind) = holder(stack.kind(value)) {
            let name = stack.name(&key.value, value);
            groups.push(Group {
                kind,
                own: Some((&key.value, value)),
                name,
                arn: None,
                attached: Vec::new(),
            });
        }
        if has_own_role(stack.kind(value)) {
            groups.push(Group {
                kind: draft::ROLE,
                own: Some((&key.value, value)),
                name: stack.piece(&format!("{}Role", key.value)),
                arn: None,
                attached: Vec::new(),
            });
        }
    }
    for Member { key, value } in stack.resources() {
        let (id, of) = (&*key.value, stack.kind(value));
        let mut strays = Vec::new();
        for (property, kind) in links(of) {
            stack.assume(&[]);
            for target in stack.leniently(|| texts(stack, value, property)) {
                let name = tail(*kind, &target);
                let fits = |group: &&mut Group<'_>| group.kind == *kind && group.name == name;
                match groups.iter_mut().find(fits) {
                    Some(group) => group.attached.push((id, value)),
                    None => strays.push(target),
                }
            }
        }
        if !strays.is_empty() {
            identities::stray(id, of, &strays, &spot(id, value), sheet);
        }
    }
    for Member { key, value } in stack.resources() {
        let Some((kind, property)) = attached(stack.kind(value)) else {
            continue;
        };
        stack.assume(&[]);
        let targets = match stack.property(value, property) {
            None => vec![stack.piece(&key.value)],
            Some(Json {
                value: JsonValue::Array(items),
                ..
            }) => items
                .iter()
                .map(|item| text_of(item).unwrap_or_else(|| stack.piece(&key.value)))
                .collect(),
            Some(one) => vec![text_of(&one).unwrap_or_else(|| stack.piece(&key.value))],
        };
        for target in targets {
            let name = tail(kind, &target);
            // A secret's ARN ends in six letters that its name has not.
            let fits = |group: &Group<'_>| {
                group.kind == kind
                    && (group.name == name
                        || (kind == draft::SECRET
                            && group.own.is_some_and(|(id, _)| {
                                name == format!("{}-{}", group.name, stack.piece(id))
                            })))
            };
            let at = groups.iter().position(fits).unwrap_or_else(|| {
                let arn = Some(target.clone())
                    .filter(|arn| arn.starts_with("arn:") && kind != draft::FUNCTION);
                groups.push(Group {
                    kind,
                    own: None,
                    name,
                    arn,
                    attached: Vec::new(),
                });
                groups.len() - 1
            });
            if !groups[at].attached.iter().any(|(id, _)| *id == key.value) {
                groups[at].attached.push((&key.value, value));
            }
        }
    }
    groups
}

/// The conditions of resources that do not hold with the parameters' defaults. What depends on one is read as if it held, too: a
/// deployment may give other values.
fn unmet<'a>(stack: &Stack<'_>, resources: impl Iterator<Item = &'a Json>) -> Vec<(&'a str, bool)> {
    let mut out = Vec::new();
    for name in resources.filter_map(|resource| resource.get("Condition")?.as_str()) {
        stack.assume(&[]);
        if !stack.condition(name) && !out.contains(&(name, true)) {
            out.push((name, true));
        }
    }
    out
}

/// How many conditions of one resource and what is attached to it are read the other way round than the defaults have them.
const TURNS: usize = 64;

/// The conditions that choose something in a resource and are decided by the parameters' defaults, turned: a deployment may give other
/// values. What comes of one that bears on no access is the same record, and is dropped.
fn turned<'a>(stack: &Stack<'_>, group: &Group<'a>) -> Vec<(&'a str, bool)> {
    let mut names = Vec::new();
    match group.kind {
        draft::USER | draft::GROUP | draft::MANAGED_POLICY => {}
        draft::ROLE => {
            let trust = group
                .own
                .and_then(|(_, own)| own.get("Properties")?.get("AssumeRolePolicyDocument"));
            trust
                .into_iter()
                .for_each(|trust| choices(trust, &mut names, 0));
        }
        _ => {
            for (_, resource) in group.own.iter().chain(&group.attached) {
                let properties = resource.get("Properties");
                properties
                    .into_iter()
                    .for_each(|it| choices(it, &mut names, 0));
            }
        }
    }
    let mut out = Vec::new();
    for name in names {
        stack.assume(&[]);
        let holds = stack.condition(name);
        if stack.open().is_none() {
            out.push((name, !holds));
        }
    }
    out
}

/// The conditions of `Fn::If` in a value, in order.
fn choices<'a>(value: &'a Json, out: &mut Vec<&'a str>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match &value.value {
        JsonValue::Array(items) => items.iter().for_each(|item| choices(item, out, depth + 1)),
        JsonValue::Object(members) => {
            for member in members {
                if member.name() == "Fn::If"
                    && let Some(name) = member.value.as_array().and_then(|it| it.first()?.as_str())
                    && !out.contains(&name)
                {
                    out.push(name);
                }
                choices(&member.value, out, depth + 1);
            }
        }
        _ => {}
    }
}

/// Policies in branches that the parameters' defaults do not take.
fn untaken(stack: &Stack<'_>, id: &str, kind: &str, resource: &Json, sheet: &mut Sheet) {
    let Some(properties) = resource.get("Properties") else {
        return;
    };
    let mut documents = Vec::new();
    collect(properties, &mut documents);
    // A document inside a text has no place of its own to be known by; its function was worked out.
    let untaken = |document: &&Json| document.as_str().is_none() && !stack.has_met(document);
    for document in documents.into_iter().filter(untaken) {
        let place = at(id, document, resource);
        let (word, fate) = match (kinds::cloudformation(kind), holder(kind), attached(kind)) {
            (_, Some(draft::ROLE), _) | (Some(Carrier::Identity), ..) => {
                ("identity", Fate::Identity)
            }
            (Some(Carrier::Resource(word) | Carrier::Guard(word)), ..) => (word, Fate::Untaken),
            (_, Some(holder), _) | (_, _, Some((holder, _))) => (holder.kind, Fate::Untaken),
            _ => ("identity", Fate::Identity),
        };
        sheet.found(word, &place, fate);
        if fate == Fate::Untaken {
            let message = "the policy stands in a branch that the parameters' defaults do not take";
            let hint = "give the parameters other defaults to have it analysed";
            sheet.not_analysed("untaken-branch", message, Some(hint), &place, Some(kind));
        }
    }
}

/// Does something once for each way in which undecided comparisons may come out.
fn readings(
    stack: &Stack<'_>,
    condition: Option<(&str, bool)>,
    sheet: &mut Sheet,
    make: impl Fn(&Stack<'_>, &str, &mut Sheet),
) {
    let mut waiting: Vec<Vec<(String, bool)>> = vec![Vec::new()];
    let mut made: Vec<Sheet> = Vec::new();
    let mut cut = None;
    while let Some(assumed) = waiting.pop() {
        stack.assume(&assumed);
        let mut own = Sheet {
            file: sheet.file.clone(),
            within: sheet.within.clone(),
            lines: Vec::new(),
            found: Vec::new(),
        };
        make(stack, &words(condition, &assumed), &mut own);
        match stack.open() {
            Some(what) if assumed.len() < CHOICES => {
                for holds in [false, true] {
                    let mut more = assumed.clone();
                    more.push((what.clone(), holds));
                    waiting.push(more);
                }
            }
            open => {
                cut = cut.or(open);
                made.push(own);
            }
        }
    }
    // A policy that stands in several readings is one policy.
    let mut most: BTreeMap<(String, String, u64), Vec<Found>> = BTreeMap::new();
    for Sheet { found, .. } in &made {
        let mut counts: BTreeMap<(String, String, u64), Vec<Found>> = BTreeMap::new();
        for one in found {
            counts
                .entry((one.kind.clone(), one.address.clone(), one.line))
                .or_default()
                .push(one.clone());
        }
        for (key, all) in counts {
            let known = most.entry(key).or_default();
            if known.len() < all.len() {
                *known = all;
            }
        }
    }
    for (key, all) in most {
        let known = sheet
            .found
            .iter()
            .filter(|one| (&one.kind, &one.address, one.line) == (&key.0, &key.1, key.2))
            .count();
        sheet.found.extend(all.into_iter().skip(known));
    }
    let first_line = made.iter().flat_map(|sheet| &sheet.lines).find_map(|line| {
        line.as_ref().ok().map(|line| {
            (
                line.place.clone(),
                line.origin().cloned().unwrap_or_default(),
            )
        })
    });
    for Sheet { lines, .. } in made {
        for line in lines {
            sheet.take(line);
        }
    }
    if let (Some(what), Some((place, origin))) = (cut, first_line) {
        let spot = Spot {
            address: origin.address,
            line: place.line,
        };
        let message = format!(
            "the resource depends on more than {CHOICES} comparisons that cannot be decided, `{what}` among them: not every reading is analysed"
        );
        sheet.not_analysed(
            "too-many-readings",
            message,
            Some("give the parameters defaults, or `--account` and `--region`"),
            &spot,
            None,
        );
    }
}

/// `if {Stage} is prod, not if {Size} is 2`.
fn words(condition: Option<(&str, bool)>, assumed: &[(String, bool)]) -> String {
    let one = |what: &str, holds: bool| format!("{} {what}", if holds { "if" } else { "unless" });
    let forced = condition.map(|(name, holds)| one(name, holds));
    forced
        .into_iter()
        .chain(assumed.iter().map(|(what, holds)| one(what, *holds)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether a resource is made in this reading.
fn exists(stack: &Stack<'_>, resource: &Json) -> bool {
    resource
        .get("Condition")
        .and_then(Json::as_str)
        .is_none_or(|name| stack.condition(name))
}

fn spot(id: &str, resource: &Json) -> Spot {
    Spot {
        address: id.to_owned(),
        line: line(resource),
    }
}

fn record(stack: &Stack<'_>, group: &Group<'_>, reading: &str, sheet: &mut Sheet) {
    let own = group.own.filter(|(_, resource)| exists(stack, resource));
    let attached: Vec<(&str, &Json)> = group
        .attached
        .iter()
        .copied()
        .filter(|(_, resource)| is_identity(group.kind) || exists(stack, resource))
        .collect();
    let Some((id, first)) = own.or_else(|| attached.first().copied()) else {
        return;
    };
    if group.own.is_some() && own.is_none() {
        // What is attached to a resource that is not made is not made either, or the deployment fails.
        return;
    }
    let is_of_sam = group.kind == draft::ROLE && has_own_role(stack.kind(first));
    if is_of_sam && stack.property(first, "Role").is_some() {
        return;
    }
    let owner = stack.owner;
    let (arn, region) = arn_of(stack, group);
    let account = arn
        .split(':')
        .nth(4)
        .filter(|text| !text.is_empty() && !is_open(text))
        .unwrap_or(&owner.account)
        .to_owned();
    let mut draft = Draft::new(group.kind, arn, &account, &region, spot(id, first));
    draft.reading = reading.to_owned();
    let mut found = Vec::new();
    let resource = own.map(|(_, resource)| resource);
    let one = |draft: &mut Draft<'_>, member: &'static str, name: &str, found: &mut Vec<Spot>| {
        policy_of(stack, resource, id, name, member, draft, found);
        for (id, apart) in &attached {
            let name = if stack.kind(apart) == "AWS::SecretsManager::ResourcePolicy" {
                "ResourcePolicy"
            } else {
                "PolicyDocument"
            };
            if !matches!(
                stack.kind(apart),
                "AWS::S3::AccessPoint" | "AWS::Lambda::Permission" | "AWS::Lambda::Url"
            ) {
                policy_of(stack, Some(apart), id, name, member, draft, found);
            }
        }
    };
    match group.kind {
        draft::BUCKET => {
            one(&mut draft, "bucketPolicy", "", &mut found);
            bucket(stack, resource, id, &attached, &mut draft, sheet);
        }
        draft::KEY => {
            one(&mut draft, "keyPolicies", "KeyPolicy", &mut found);
            draft.wrap_key_policy(&account, &owner.partition);
        }
        draft::ROLE => {
            policy_of(
                stack,
                resource,
                id,
                "AssumeRolePolicyDocument",
                "trustPolicy",
                &mut draft,
                &mut found,
            );
            if is_of_sam && found.is_empty() {
                let service = match stack.kind(first) {
                    "AWS::Serverless::Function" => "lambda.amazonaws.com",
                    _ => "states.amazonaws.com",
                };
                draft.set("trustPolicy", service_trust(service));
            }
            identities::put(stack, (id, first), &attached, &mut draft);
        }
        draft::USER | draft::GROUP => identities::put(stack, (id, first), &attached, &mut draft),
        draft::MANAGED_POLICY => identities::managed(stack, (id, first), &mut draft),
        draft::QUEUE => one(&mut draft, "queuePolicy", "", &mut found),
        draft::TOPIC => one(&mut draft, "topicPolicy", "", &mut found),
        draft::SECRET => one(&mut draft, "secretPolicy", "", &mut found),
        draft::REPOSITORY => one(
            &mut draft,
            "repositoryPolicy",
            "RepositoryPolicyText",
            &mut found,
        ),
        draft::FILE_SYSTEM => one(
            &mut draft,
            "fileSystemPolicy",
            "FileSystemPolicy",
            &mut found,
        ),
        draft::TABLE => {
            let nested = resource.and_then(|resource| stack.property(resource, "ResourcePolicy"));
            if let Some(document) = nested
                .as_ref()
                .and_then(|policy| policy.get("PolicyDocument"))
            {
                stack.meet(document);
                found.push(spot(id, first));
                draft.policy("tablePolicy", document, &at(id, document, first));
            }
            stream(stack, resource, id, first, reading, &draft, sheet);
        }
        draft::FUNCTION => function(stack, own, &attached, &mut draft, &mut found),
        draft::LAYER => layer(stack, &attached, &mut draft, &mut found),
        _ => one(&mut draft, "bucketPolicy", "", &mut found),
    }
    for spot in found {
        sheet.found(group.kind.kind, &spot, Fate::Record);
    }
    sheet.add(draft);
}

/// Whether records of a type say what identities may do.
fn is_identity(kind: Type) -> bool {
    matches!(
        kind,
        draft::ROLE | draft::USER | draft::GROUP | draft::MANAGED_POLICY
    )
}

/// The trust policy of a role that SAM makes.
fn service_trust(service: &'static str) -> Json {
    let statement = Json::object([
        ("Effect", Json::from("Allow")),
        (
            "Principal",
            Json::object([("Service", Json::from(service))]),
        ),
        ("Action", "sts:AssumeRole".into()),
    ]);
    Json::object([
        ("Version", Json::from("2012-10-17")),
        ("Statement", Json::array([statement])),
    ])
}

/// Where a document stands: at its own line, if it has one.
fn at(id: &str, document: &Json, resource: &Json) -> Spot {
    let own = line(document);
    Spot {
        address: id.to_owned(),
        line: if own == 0 { line(resource) } else { own },
    }
}

fn policy_of(
    stack: &Stack<'_>,
    resource: Option<&Json>,
    id: &str,
    name: &str,
    member: &'static str,
    draft: &mut Draft<'_>,
    found: &mut Vec<Spot>,
) {
    let Some(resource) = resource.filter(|_| !name.is_empty()) else {
        return;
    };
    let Some(document) = stack.property(resource, name) else {
        return;
    };
    stack.meet(&document);
    let spot = at(id, &document, resource);
    if draft.has(member) {
        draft.trouble(
            "two-policies",
            "a second policy for the same resource: which one stands is not known",
            &spot,
        );
    } else {
        draft.policy(member, &document, &spot);
    }
    found.push(spot);
}

/// The ARN and the Region of a group's resource.
fn arn_of(stack: &Stack<'_>, group: &Group<'_>) -> (String, String) {
    let owner = stack.owner;
    let region = owner.region.clone();
    if let Some((id, resource)) = group.own {
        let role = (group.kind == draft::ROLE && has_own_role(stack.kind(resource)))
            .then(|| stack.generated(&format!("{id}Role"), "Arn"))
            .flatten();
        let arn = role.unwrap_or_else(|| stack.arn(id, resource));
        let region = if is_identity(group.kind) {
            String::new()
        } else {
            region
        };
        return (arn, region);
    }
    if let Some(arn) = &group.arn {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let own = parts.get(3).copied().unwrap_or_default().to_owned();
        let region = if group.kind == draft::BUCKET {
            region
        } else {
            own
        };
        return (arn.clone(), region);
    }
    let (partition, account, name) = (&owner.partition, &owner.account, &group.name);
    let (service, prefix) = match group.kind {
        draft::BUCKET => return (format!("arn:{partition}:s3:::{name}"), region),
        draft::DIRECTORY_BUCKET => ("s3express", "bucket/"),
        draft::FUNCTION => ("lambda", "function:"),
        draft::LAYER => ("lambda", "layer:"),
        draft::QUEUE => ("sqs", ""),
        draft::TOPIC => ("sns", ""),
        draft::SECRET => ("secretsmanager", "secret:"),
        _ => ("kms", "key/"),
    };
    (
        format!("arn:{partition}:{service}:{region}:{account}:{prefix}{name}"),
        region,
    )
}

fn bucket(
    stack: &Stack<'_>,
    resource: Option<&Json>,
    id: &str,
    attached: &[(&str, &Json)],
    draft: &mut Draft<'_>,
    sheet: &mut Sheet,
) {
    let block = resource.and_then(|it| stack.property(it, "PublicAccessBlockConfiguration"));
    match (block, resource) {
        (Some(block), Some(resource)) => {
            let block = public_access_block(&block, draft, &spot(id, resource));
            draft.set("bucketPublicAccessBlock", block);
        }
        _ => draft.leaves_block_open(),
    }
    if let Some(resource) = resource {
        let place = spot(id, resource);
        let controls = stack.property(resource, "OwnershipControls");
        let rule = controls.as_ref().and_then(|it| {
            it.get("Rules")?
                .as_array()?
                .first()?
                .get("ObjectOwnership")
                .and_then(text_of)
        });
        match rule {
            Some(rule) if !is_open(&rule) => draft.set("objectOwnership", rule.into()),
            // ACLs are in force then.
            Some(_) | None => {}
        }
        if let Some(acl) = stack
            .property(resource, "AccessControl")
            .and_then(|acl| text_of(&acl))
        {
            match canned(&acl) {
                Some(grants) if !grants.is_empty() => {
                    draft.stands("acl", &place);
                    draft.set("bucketAclGrants", Json::array(grants));
                }
                Some(_) => {}
                None => draft.trouble(
                    "unsupported-acl",
                    format!("the canned ACL `{}` is not analysed", shown(&acl)),
                    &place,
                ),
            }
        }
    }
    let mut points = Vec::new();
    for (id, point) in attached
        .iter()
        .filter(|(_, it)| stack.kind(it) == "AWS::S3::AccessPoint")
    {
        let name = stack
            .property(point, "Name")
            .and_then(|name| text_of(&name))
            .unwrap_or_else(|| stack.piece(id));
        let owner = stack.owner;
        let arn = format!(
            "arn:{}:s3:{}:{}:accesspoint/{name}",
            owner.partition, owner.region, owner.account
        );
        let mut members = Vec::new();
        if let Some(document) = stack.property(point, "Policy") {
            stack.meet(&document);
            let place = at(id, &document, point);
            sheet.found("s3-access-point", &place, Fate::Record);
            let outer = std::mem::replace(&mut draft.arn, arn.clone());
            let settled = draft.settled(&shown(&arn), &document, &place);
            draft.arn = outer;
            members.extend(settled.map(|policy| ("accessPointPolicy", policy)));
        }
        let block = stack.property(point, "PublicAccessBlockConfiguration");
        let block = block.map_or_else(Draft::closed_block, |block| {
            public_access_block(&block, draft, &spot(id, point))
        });
        members.push(("publicAccessBlock", block));
        let vpc = stack.property(point, "VpcConfiguration");
        if let Some(vpc) = vpc
            .as_ref()
            .and_then(|vpc| vpc.get("VpcId"))
            .and_then(text_of)
        {
            let vpc = Json::object([("vpcId", Json::from(shown(&vpc).into_owned()))]);
            members.push(("networkOrigin", Json::object([("vpcConfiguration", vpc)])));
        }
        points.push((shown(&arn).into_owned(), Json::object(members)));
    }
    if !points.is_empty() {
        draft.set("accessPoints", Json::object(points));
    }
}

/// A switch that is not known is off, and said.
fn public_access_block(block: &Json, draft: &mut Draft<'_>, place: &Spot) -> Json {
    let mut flag = |name: &str| {
        let value = block.get(name).and_then(text_of).unwrap_or_default();
        if is_open(&value) || block.as_str().is_some() {
            draft.trouble(
                "unknown-setting",
                format!("`{name}` is not known before it is deployed"),
                place,
            );
        }
        JsonValue::Bool(value.eq_ignore_ascii_case("true")).into()
    };
    Json::object([
        ("ignorePublicAcls", flag("IgnorePublicAcls")),
        ("restrictPublicBuckets", flag("RestrictPublicBuckets")),
        ("blockPublicAcls", flag("BlockPublicAcls")),
        ("blockPublicPolicy", flag("BlockPublicPolicy")),
    ])
}

/// The stream of a table, where it has a policy of its own.
fn stream(
    stack: &Stack<'_>,
    resource: Option<&Json>,
    id: &str,
    first: &Json,
    reading: &str,
    table: &Draft<'_>,
    sheet: &mut Sheet,
) {
    let settings = resource.and_then(|resource| stack.property(resource, "StreamSpecification"));
    let policy = settings
        .as_ref()
        .and_then(|it| it.get("ResourcePolicy")?.get("PolicyDocument"));
    let Some(document) = policy else { return };
    stack.meet(document);
    let place = at(id, document, first);
    let arn = format!("{}/stream/{}", table.arn, stack.piece("label"));
    let mut draft = Draft::new(
        draft::STREAM,
        arn,
        table.account,
        &table.region,
        spot(id, first),
    );
    draft.reading = reading.to_owned();
    draft.policy("streamPolicy", document, &place);
    sheet.found(draft::STREAM.kind, &place, Fate::Record);
    sheet.add(draft);
}

fn function(
    stack: &Stack<'_>,
    own: Option<(&str, &Json)>,
    attached: &[(&str, &Json)],
    draft: &mut Draft<'_>,
    found: &mut Vec<Spot>,
) {
    let mut statements = Vec::new();
    let mut urls = Vec::new();
    let mut url = |kind: Option<String>, draft: &mut Draft<'_>, place: &Spot| match kind {
        Some(kind) if !is_open(&kind) => urls.push(Json::object([("authType", Json::from(kind))])),
        _ => draft.trouble(
            "unknown-url",
            "how the function URL authorizes is not known before it is deployed",
            place,
        ),
    };
    for (id, one) in attached {
        let text = |name: &str| stack.property(one, name).and_then(|value| text_of(&value));
        let place = spot(id, one);
        if stack.kind(one) == "AWS::Lambda::Url" {
            url(text("AuthType"), draft, &place);
            continue;
        }
        let permission = lambda::Permission {
            sid: Some((*id).to_owned()),
            action: text("Action"),
            principal: text("Principal"),
            source_arn: text("SourceArn"),
            source_account: text("SourceAccount"),
            organization: text("PrincipalOrgID"),
            url_auth_type: text("FunctionUrlAuthType"),
            event_source_token: text("EventSourceToken"),
            via_url: text("InvokedViaFunctionUrl").and_then(|text| text.parse().ok()),
        };
        found.push(place.clone());
        statements.push((permission.statement(&draft.arn), place));
    }
    // SAM makes the permission of a public URL itself. (AWS SAM Developer Guide, "FunctionUrlConfig".)
    if let Some((id, resource)) = own
        && let Some(settings) = stack.property(resource, "FunctionUrlConfig")
    {
        let place = at(id, &settings, resource);
        let kind = settings.get("AuthType").and_then(text_of);
        if kind.as_deref() == Some("NONE") {
            let permission = lambda::Permission {
                sid: Some(format!("{id}UrlPublicPermissions")),
                action: Some("lambda:InvokeFunctionUrl".to_owned()),
                principal: Some("*".to_owned()),
                url_auth_type: kind.clone(),
                ..lambda::Permission::default()
            };
            statements.push((permission.statement(&draft.arn), place.clone()));
        }
        url(kind, draft, &place);
    }
    // So it does for events. Those of a skill alone name no source: any skill may call, if no id is given. (AWS SAM Developer Guide,
    // "AlexaSkill".)
    if let Some((id, resource)) = own
        && let Some(events) = stack.property(resource, "Events")
    {
        for Member { key, value } in events.as_object().unwrap_or_default() {
            if value.get("Type").and_then(Json::as_str) != Some("AlexaSkill") {
                continue;
            }
            let permission = lambda::Permission {
                sid: Some(format!("{id}{}Permission", key.value)),
                action: Some("lambda:InvokeFunction".to_owned()),
                principal: Some("alexa-appkit.amazon.com".to_owned()),
                event_source_token: value
                    .get("Properties")
                    .and_then(|it| text_of(it.get("SkillId")?)),
                ..lambda::Permission::default()
            };
            statements.push((permission.statement(&draft.arn), at(id, value, resource)));
        }
    }
    if !statements.is_empty() {
        draft.statements("functionPolicy", statements);
    }
    if !urls.is_empty() {
        draft.set("functionUrls", Json::array(urls));
    }
}

fn layer(
    stack: &Stack<'_>,
    attached: &[(&str, &Json)],
    draft: &mut Draft<'_>,
    found: &mut Vec<Spot>,
) {
    let mut statements = Vec::new();
    for (id, one) in attached {
        let text = |name: &str| stack.property(one, name).and_then(|value| text_of(&value));
        let place = spot(id, one);
        found.push(place.clone());
        let statement = lambda::layer_statement(
            Some((*id).to_owned()),
            text("Action"),
            text("Principal"),
            text("OrganizationId"),
            &draft.arn,
        );
        statements.push((statement, place));
    }
    if !statements.is_empty() {
        draft.statements("layerPolicy", statements);
    }
}

/// Policies that stand in no property that was read: of identities, of types that are not analysed, of types not known.
fn other(stack: &Stack<'_>, id: &str, kind: &str, resource: &Json, sheet: &mut Sheet) {
    let carrier = kinds::cloudformation(kind);
    let read: &[&str] = match kind {
        "AWS::IAM::Role" => &["AssumeRolePolicyDocument"],
        "AWS::KMS::Key" | "AWS::KMS::ReplicaKey" => &["KeyPolicy"],
        "AWS::ECR::Repository" => &["RepositoryPolicyText"],
        "AWS::EFS::FileSystem" => &["FileSystemPolicy"],
        "AWS::DynamoDB::Table" => &["ResourcePolicy", "StreamSpecification"],
        kind if has_own_role(kind)
            && resource
                .get("Properties")
                .is_none_or(|it| it.get("Role").is_none()) =>
        {
            &["AssumeRolePolicyDocument"]
        }
        kind if attached(kind).is_some() => return,
        _ => &[],
    };
    // Who writes a policy into a role, a user, a group, or into SAM's short form of a role, says what identities may do.
    let is_identity = carrier == Some(Carrier::Identity)
        || kind == "AWS::IAM::Role"
        || (kind.starts_with("AWS::Serverless::") && carrier.is_none());
    let mut why = elsewhere(kind, resource).map(str::to_owned);
    let mut hint = None;
    if let Some(property) = names_template(kind) {
        hint = Some("put its template beside this one, or scan it, too");
        why = nested::read(stack, id, resource, property, sheet)
            .err()
            .map(|why| format!("the resources of the nested stack are not analysed: {why}"));
    }
    if let Some(why) = why {
        sheet.not_analysed(
            "unsupported-type",
            why,
            hint,
            &spot(id, resource),
            Some(kind),
        );
    }
    let Some(properties) = resource.get("Properties") else {
        return;
    };
    let value = stack.value(properties);
    if kind == "AWS::Serverless::Api"
        && value
            .get("Auth")
            .is_some_and(|auth| auth.get("ResourcePolicy").is_some())
    {
        let message = format!("the policy in `Auth` of `{kind}` {}", kinds::why(carrier));
        sheet.not_analysed(
            "unsupported-type",
            message,
            None,
            &spot(id, resource),
            Some(kind),
        );
    }
    // A resource may be a policy itself, as that of an event bus.
    let whole = is_policy(&value).then(|| Member {
        key: Spanned::new("Statement".into(), Span::default()),
        value: value.clone(),
    });
    let members = whole.as_slice();
    let members = if members.is_empty() {
        value.as_object().unwrap_or_default()
    } else {
        members
    };
    for member in members
        .iter()
        .filter(|member| !read.contains(&member.name()))
    {
        let name = member.name();
        let mut documents = Vec::new();
        collect(&member.value, &mut documents);
        let open = [
            "Policy",
            "PolicyDocument",
            "ResourcePolicy",
            "AccessPolicies",
            "AccessPolicy",
            "DestinationPolicy",
            "Policies",
        ];
        if documents.is_empty()
            && open.contains(&name)
            && carrier.is_some()
            && member.value.as_str().is_some_and(is_open)
        {
            documents.push(&member.value);
        }
        for document in documents {
            stack.meet(document);
            let place = at(id, document, resource);
            // SAM's functions have trust policies under the name that roles have.
            let found = match (is_identity, carrier) {
                (true, _) if name == "AssumeRolePolicyDocument" => {
                    ("iam-role-trust".to_owned(), false)
                }
                (true, _) => ("identity".to_owned(), true),
                (false, Some(Carrier::Resource(kind) | Carrier::Guard(kind))) => {
                    (kind.to_owned(), false)
                }
                (false, _) => (
                    format!("other-{}", kind.to_ascii_lowercase().replace("::", "-")),
                    false,
                ),
            };
            match found {
                (kind, true) => sheet.found(&kind, &place, Fate::Identity),
                (word, false) => {
                    sheet.found(&word, &place, Fate::Unsupported);
                    let message =
                        format!("the policy in `{name}` of `{kind}` {}", kinds::why(carrier));
                    sheet.not_analysed("unsupported-type", message, None, &place, Some(kind));
                }
            }
        }
    }
}

/// Why what a resource grants does not stand in the template.
fn elsewhere(kind: &str, resource: &Json) -> Option<&'static str> {
    let has = |name: &str| {
        resource
            .get("Properties")
            .is_some_and(|it| it.get(name).is_some())
    };
    match kind {
        "AWS::Events::EventBusPolicy" if has("Principal") => {
            Some("who may put events on the bus is not analysed")
        }
        "AWS::RAM::ResourceShare" if has("Principals") => {
            Some("whom AWS Resource Access Manager shares with is not analysed")
        }
        "AWS::EC2::VPCEndpointServicePermissions" => {
            Some("who may connect to the endpoint service is not analysed")
        }
        "AWS::Redshift::EndpointAuthorization" => {
            Some("which account may reach the cluster is not analysed")
        }
        "AWS::LakeFormation::Permissions" | "AWS::LakeFormation::PrincipalPermissions" => {
            Some("whom data are shared with is not analysed")
        }
        "AWS::ServiceCatalog::PortfolioShare" => {
            Some("whom the portfolio is shared with is not analysed")
        }
        "AWS::Signer::ProfilePermission" => Some("who may sign with the profile is not analysed"),
        "AWS::OpenSearchServerless::AccessPolicy" => {
            Some("whom the collection is opened to is not analysed")
        }
        "AWS::Serverless::Connector" => {
            Some("the policies that SAM makes of a connector are not analysed")
        }
        "AWS::CloudFormation::Macro" | "AWS::CloudFormation::StackSet" => {
            Some("what is made from this stands in no template here")
        }
        // SAM takes connectors as an attribute of their source, too.
        _ if resource.get("Connectors").is_some() => {
            Some("the policies that SAM makes of a connector are not analysed")
        }
        _ => None,
    }
}

/// The policy documents in a value, outermost first.
fn collect<'a>(value: &'a Json, out: &mut Vec<&'a Json>) {
    match &value.value {
        JsonValue::Object(_) if is_policy(value) => out.push(value),
        JsonValue::Object(members) => members
            .iter()
            .for_each(|member| collect(&member.value, out)),
        JsonValue::Array(items) => items.iter().for_each(|item| collect(item, out)),
        JsonValue::String(text)
            if text.contains("\"Statement\"")
                && json::parse(text).is_ok_and(|it| is_policy(&it)) =>
        {
            out.push(value)
        }
        _ => {}
    }
}
