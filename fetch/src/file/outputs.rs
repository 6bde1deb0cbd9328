//! Outputs of the AWS CLI: one of them, or a folder of them.
//!
//! What an output is about stands in it as often as not. Where it does not, the file's name tells: it holds the
//! operation (`get-bucket-policy`) and the resource, or stands in a folder that is called like the resource
//! (`reports/get-bucket-policy.json`); folders may be called like accounts and Regions. A name is believed only where
//! the policy does not speak of another resource. (AWS CLI Command Reference, the page of each operation.)

use super::decode::decoded;
use super::draft::{self, Draft, Sheet, Type};
use super::names::tail;
use super::owner::{nobody, partition_of};
use super::policy::{is_policy, line};
use super::s3;
use super::tree::{self as json, Json, JsonValue};
use super::unknown::piece;
use super::{Fate, MAX_DEPTH, MAX_SIZE, Options};
use crate::snapshot::{RecordError, SnapshotError, Spot, Subject};
use keyaki_language::policy::AccountId;
use memchr::memmem;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The code of a file of no kind that is known.
const UNSUPPORTED: &str = "unsupported-output";

/// How deep folders may stand in each other.
const FOLDERS: usize = 16;

/// The operations whose names files have.
const OPERATIONS: [&str; 22] = [
    "get-bucket-ownership-controls",
    "get-public-access-block",
    "get-function-url-config",
    "list-function-url-configs",
    "get-layer-version-policy",
    "get-access-point-policy",
    "get-repository-policy",
    "get-topic-attributes",
    "get-queue-attributes",
    "get-resource-policy",
    "describe-file-system-policy",
    "get-bucket-policy-status",
    "get-bucket-policy",
    "get-bucket-acl",
    "get-key-policy",
    "get-role",
    "list-roles",
    "list-grants",
    "get-policy",
    "get-account-authorization-details",
    "get-table-policy",
    "get-table-bucket-policy",
];

/// What is known of where an output comes from.
#[derive(Clone, Debug, Default)]
struct From {
    operation: Option<&'static str>,
    name: Option<String>,
    account: Option<String>,
    region: Option<String>,
    /// An account number that none of the files names.
    nobody: String,
}

/// A resource, and what outputs say of it.
#[derive(Debug, Default)]
struct Parts {
    policy: Option<(Json, Spot)>,
    acl: Option<(Json, Spot)>,
    block: Option<Json>,
    ownership: Option<Json>,
    grants: Vec<(Json, Spot)>,
    urls: Vec<Json>,
    /// The file that was read first.
    first: Option<(String, Spot)>,
}

/// Which resource: type, ARN, account, Region.
type Key = (&'static str, String, String, String);

/// What all files of a folder say.
#[derive(Debug, Default)]
struct Pile {
    parts: BTreeMap<Key, Parts>,
    kinds: BTreeMap<&'static str, Type>,
    account_block: Option<Json>,
    /// An account number that none of the files names.
    nobody: String,
}

/// Reads a folder.
pub(super) fn read(folder: &Path, options: &Options) -> Result<Sheet, SnapshotError> {
    let mut files = Vec::new();
    walk(folder, 0, &mut files)?;
    files.sort();
    let mut sheet = Sheet::new(&folder.display().to_string());
    let names = |file: &PathBuf, number: &str| {
        let is_small = fs::metadata(file).is_ok_and(|it| it.len() <= MAX_SIZE as u64);
        is_small
            && fs::read(file).is_ok_and(|bytes| memmem::find(&bytes, number.as_bytes()).is_some())
    };
    let mut pile = Pile {
        nobody: nobody(|number| files.iter().any(|file| names(file, number))),
        ..Pile::default()
    };
    for file in &files {
        one_file(folder, file, options, &mut pile, &mut sheet);
    }
    // Where nothing is of a kind that is known the folder is not one of outputs.
    let is_strange = |line: &Result<_, RecordError>| {
        line.as_ref()
            .is_err_and(|error| error.document().code() == UNSUPPORTED)
    };
    if sheet.found.is_empty() && pile.parts.is_empty() && sheet.lines.iter().all(is_strange) {
        return Err(SnapshotError::new(folder, "no `.jsonl` file of resources, and no file that could be made into one").with_hint(
            "a snapshot is a folder with `resources.jsonl`, `organization.json` and `manifest.json`; outputs of the AWS CLI end in `.json`",
        ));
    }
    write(pile, &mut sheet);
    Ok(sheet)
}

fn walk(folder: &Path, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), SnapshotError> {
    let cannot = |error| SnapshotError::new(folder, format!("cannot list the folder: {error}"));
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let extension = path
            .extension()
            .and_then(|it| it.to_str())
            .unwrap_or_default();
        if path.is_dir() && depth < FOLDERS {
            walk(&path, depth + 1, out)?;
        } else if is_read(&path, extension) && path.is_file() {
            out.push(path);
        }
    }
    Ok(())
}

/// Whether a file of a folder is looked at, by its name. One that is compressed is named, and read by itself alone.
fn is_read(path: &Path, extension: &str) -> bool {
    matches!(extension, "json" | "yaml" | "yml" | "template")
        || path.to_str().is_some_and(|path| path.ends_with(".json.gz"))
}

/// One file of a folder: an output, or any other kind that is known.
fn one_file(root: &Path, file: &Path, options: &Options, pile: &mut Pile, sheet: &mut Sheet) {
    let name = file.display().to_string();
    let outer = std::mem::replace(&mut sheet.file, name.as_str().into());
    let refused = |sheet: &mut Sheet, code, message: String, hint: Option<&str>| {
        let error = RecordError::in_file(sheet.place(0), code, message, hint, Subject::default());
        sheet.lines.push(Err(error));
    };
    let is_large = fs::metadata(file).is_ok_and(|it| it.len() > MAX_SIZE as u64);
    match fs::read(file) {
        _ if name.ends_with(".gz") => refused(
            sheet,
            UNSUPPORTED,
            "a compressed file in a folder is not read".to_owned(),
            Some("scan it by itself"),
        ),
        _ if is_large => refused(
            sheet,
            "too-large",
            format!("the file has more than {MAX_SIZE} bytes"),
            Some("scan it by itself"),
        ),
        Err(error) => refused(sheet, "read-failed", format!("cannot read: {error}"), None),
        Ok(bytes) => match json::parse_bytes_within(&bytes, MAX_SIZE, MAX_DEPTH) {
            Ok(document)
                if take(
                    &document,
                    &told(Some(root), file, &pile.nobody),
                    options,
                    pile,
                    sheet,
                ) => {}
            parsed => match super::read_document(&name, &bytes, options) {
                Ok(other) => {
                    sheet.lines.extend(other.lines);
                    sheet.found.extend(other.found);
                }
                Err(error) => {
                    let hint = error.hint().map(str::to_owned);
                    let code = if parsed.is_ok() {
                        UNSUPPORTED
                    } else {
                        "unreadable-file"
                    };
                    let message = error
                        .document()
                        .map_or_else(|| error.message().to_owned(), ToString::to_string);
                    refused(sheet, code, message, hint.as_deref());
                }
            },
        },
    }
    sheet.file = outer;
}

/// Reads one output; whether it is one.
pub(super) fn read_one(document: &Json, file: &Path, options: &Options, sheet: &mut Sheet) -> bool {
    let text = document.to_string();
    let nobody = nobody(|number| text.contains(number));
    let mut pile = Pile::default();
    let from = told(None, file, &nobody);
    let taken = take(document, &from, options, &mut pile, sheet);
    if taken {
        write(pile, sheet);
    }
    taken
}

/// What the path of a file tells.
fn told(root: Option<&Path>, file: &Path, nobody: &str) -> From {
    let inner = root.and_then(|root| file.strip_prefix(root).ok());
    let stem = file
        .file_stem()
        .and_then(|it| it.to_str())
        .unwrap_or_default();
    let folders: Vec<&str> = inner
        .and_then(Path::parent)
        .into_iter()
        .flat_map(Path::components)
        .filter_map(|it| it.as_os_str().to_str())
        .collect();
    let mut from = From {
        nobody: nobody.to_owned(),
        ..From::default()
    };
    let mut name = stem.to_owned();
    for part in std::iter::once(stem).chain(folders.iter().rev().copied()) {
        let lower = part.to_ascii_lowercase();
        let operation = OPERATIONS
            .iter()
            .find(|operation| lower.contains(*operation));
        if let (None, Some(operation)) = (from.operation, operation) {
            from.operation = Some(operation);
            if part == stem {
                let at = lower.find(operation).unwrap_or_default();
                // The service may stand before the operation, as on the command line.
                let before = part[..at].trim_end_matches(['-', '_', '.', ' ']);
                let is_service = [
                    "aws",
                    "s3api",
                    "kms",
                    "lambda",
                    "sqs",
                    "sns",
                    "iam",
                    "ecr",
                    "efs",
                    "secretsmanager",
                    "dynamodb",
                    "s3control",
                ]
                .contains(&before);
                let after = part[at + operation.len()..].trim_start_matches(['-', '_', '.', ' ']);
                name = match (before, after) {
                    ("", after) => after.to_owned(),
                    (_, after) if is_service => after.to_owned(),
                    (before, _) => before.to_owned(),
                };
            }
        }
        if AccountId::parse(part).is_some() {
            from.account.get_or_insert(part.to_owned());
        } else if is_region(part) {
            from.region.get_or_insert(part.to_owned());
        }
    }
    let is_name = |part: &&str| {
        !part.is_empty()
            && AccountId::parse(part).is_none()
            && !is_region(part)
            && !OPERATIONS.iter().any(|it| part.contains(it))
    };
    let parent = folders.last().copied().filter(is_name).map(str::to_owned);
    from.name = Some(name).filter(|name| is_name(&name.as_str())).or(parent);
    from
}

/// Whether a text is a Region's name by its shape.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3
        && parts.len() <= 4
        && parts[0].len() == 2
        && parts
            .last()
            .is_some_and(|last| last.len() == 1 && last.bytes().all(|b| b.is_ascii_digit()))
        && parts[..parts.len() - 1]
            .iter()
            .all(|part| part.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Takes an output to the pile; whether it is one.
fn take(
    document: &Json,
    from: &From,
    options: &Options,
    pile: &mut Pile,
    sheet: &mut Sheet,
) -> bool {
    let get = |name: &str| document.get(name);
    let text = |name: &str| get(name).and_then(Json::as_str);
    let spot = Spot {
        address: String::new(),
        line: line(document),
    };
    let file = sheet.file.to_string();
    let mut put = |kind: Type, arn: String, set: &mut dyn FnMut(&mut Parts)| {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let own = |at: usize| {
            parts
                .get(at)
                .copied()
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
        };
        let account = own(4).unwrap_or_else(|| owner(from, options));
        let region = own(3)
            .or_else(|| region(from, options))
            .unwrap_or_else(|| piece("Region"));
        let region = if kind == draft::ROLE {
            String::new()
        } else {
            region
        };
        pile.kinds.insert(kind.name, kind);
        let entry = pile
            .parts
            .entry((kind.name, arn.clone(), account, region))
            .or_default();
        entry
            .first
            .get_or_insert_with(|| (file.clone(), spot.clone()));
        set(entry);
    };
    let made = |kind: Type, name: &str| arn_of(kind, name, from, options);

    // Roles say everything themselves.
    let roles = get("Roles").and_then(Json::as_array).unwrap_or_default();
    let role = get("Role").filter(|role| role.get("AssumeRolePolicyDocument").is_some());
    let list: Vec<&Json> = roles
        .iter()
        .chain(role)
        .filter(|role| role.get("AssumeRolePolicyDocument").is_some())
        .collect();
    if !list.is_empty() {
        for role in list {
            let (Some(arn), Some(trust)) = (
                role.get("Arn").and_then(Json::as_str),
                role.get("AssumeRolePolicyDocument"),
            ) else {
                continue;
            };
            let at = Spot {
                address: String::new(),
                line: line(role),
            };
            put(draft::ROLE, arn.to_owned(), &mut |parts| {
                parts.policy = Some((decoded(trust), at.clone()))
            });
        }
        return true;
    }
    if let Some(attributes) = get("Attributes") {
        let policy = attributes.get("Policy").cloned();
        let text = |name: &str| attributes.get(name).and_then(Json::as_str);
        let (kind, arn) = match (text("QueueArn"), text("TopicArn")) {
            (Some(arn), _) => (draft::QUEUE, Some(arn.to_owned())),
            (_, Some(arn)) => (draft::TOPIC, Some(arn.to_owned())),
            _ if from.operation == Some("get-topic-attributes") => (
                draft::TOPIC,
                from.name.as_deref().map(|name| made(draft::TOPIC, name)),
            ),
            _ => (
                draft::QUEUE,
                from.name.as_deref().map(|name| made(draft::QUEUE, name)),
            ),
        };
        let Some(arn) = arn else {
            return nameless(kind, &spot, sheet);
        };
        let policy = policy.map(|policy| (decoded(&policy), spot.clone()));
        put(kind, arn, &mut |parts| parts.policy = policy.clone());
        return true;
    }
    if let (Some(arn), Some(_)) = (text("ARN"), text("Name")) {
        let policy = get("ResourcePolicy").map(|policy| (decoded(policy), spot.clone()));
        put(draft::SECRET, arn.to_owned(), &mut |parts| {
            parts.policy = policy.clone()
        });
        return true;
    }
    if let (Some(name), Some(policy)) = (text("repositoryName"), get("policyText")) {
        let registry = text("registryId").map(str::to_owned);
        let from = From {
            account: registry.or_else(|| from.account.clone()),
            ..from.clone()
        };
        let arn = arn_of(draft::REPOSITORY, name, &from, options);
        put(draft::REPOSITORY, arn, &mut |parts| {
            parts.policy = Some((decoded(policy), spot.clone()))
        });
        return true;
    }
    if let (Some(id), Some(policy)) = (text("FileSystemId"), get("Policy")) {
        put(
            draft::FILE_SYSTEM,
            made(draft::FILE_SYSTEM, id),
            &mut |parts| parts.policy = Some((decoded(policy), spot.clone())),
        );
        return true;
    }
    let urls = get("FunctionUrlConfigs")
        .and_then(Json::as_array)
        .unwrap_or_default();
    let url = Some(document).filter(|it| it.get("FunctionUrl").is_some());
    let urls: Vec<&Json> = urls.iter().chain(url).collect();
    if !urls.is_empty() || get("FunctionUrlConfigs").is_some() {
        for url in urls {
            let (Some(arn), Some(kind)) = (
                url.get("FunctionArn").and_then(Json::as_str),
                url.get("AuthType"),
            ) else {
                continue;
            };
            let arn = unqualified(arn);
            let entry = Json::object([("authType", kind.clone())]);
            put(draft::FUNCTION, arn, &mut |parts| {
                parts.urls.push(entry.clone())
            });
        }
        return true;
    }
    if let Some(grants) = get("Grants").and_then(Json::as_array) {
        if get("Owner").is_some() {
            let Some(name) = from.name.as_deref() else {
                return nameless(draft::BUCKET, &spot, sheet);
            };
            put(draft::BUCKET, made(draft::BUCKET, name), &mut |parts| {
                parts.acl = Some((document.clone(), spot.clone()))
            });
            return true;
        }
        for grant in grants {
            let key = grant
                .get("KeyId")
                .and_then(Json::as_str)
                .unwrap_or_default();
            let arn = if key.starts_with("arn:") {
                key.to_owned()
            } else {
                made(draft::KEY, key)
            };
            let at = Spot {
                address: String::new(),
                line: line(grant),
            };
            put(draft::KEY, arn, &mut |parts| {
                parts.grants.push((grant.clone(), at.clone()))
            });
        }
        return true;
    }
    if let Some(block) = get("PublicAccessBlockConfiguration") {
        let is_account =
            file.contains("s3control") || from.name.as_deref().is_none_or(|name| name == "account");
        if is_account && from.operation.is_some() {
            pile.account_block = Some(block.clone());
            return true;
        }
        let Some(name) = from.name.as_deref() else {
            return nameless(draft::BUCKET, &spot, sheet);
        };
        put(draft::BUCKET, made(draft::BUCKET, name), &mut |parts| {
            parts.block = Some(block.clone())
        });
        return true;
    }
    if let Some(controls) = get("OwnershipControls") {
        let Some(name) = from.name.as_deref() else {
            return nameless(draft::BUCKET, &spot, sheet);
        };
        put(draft::BUCKET, made(draft::BUCKET, name), &mut |parts| {
            parts.ownership = Some(controls.clone())
        });
        return true;
    }
    let Some(policy) = get("Policy")
        .or_else(|| get("policy"))
        .map(decoded)
        .or_else(|| Some(document.clone()).filter(is_policy))
    else {
        return false;
    };
    if !is_policy(&policy) {
        return false;
    }
    match about(&policy, from, options) {
        About::Known(kind, arn) => put(kind, arn, &mut |parts| {
            parts.policy = Some((policy.clone(), spot.clone()))
        }),
        About::Nameless(kind) => return nameless(kind, &spot, sheet),
        About::Unsupported(what) => {
            sheet.found(&what, &spot, Fate::Unsupported);
            sheet.not_analysed(
                "unsupported-output",
                format!("a policy of {what} is not analysed"),
                None,
                &spot,
                None,
            );
        }
    }
    true
}

/// The account that the path tells, or the options; where neither does, a number that no file names, so that whoever is named is from
/// outside: that may report the account's own access, and hides nobody's.
fn owner(from: &From, options: &Options) -> String {
    let given = || options.account.map(|account| account.to_string());
    from.account
        .clone()
        .or_else(given)
        .unwrap_or_else(|| from.nobody.clone())
}

fn region(from: &From, options: &Options) -> Option<String> {
    from.region.clone().or_else(|| options.region.clone())
}

/// A policy of a resource that nothing names.
fn nameless(kind: Type, spot: &Spot, sheet: &mut Sheet) -> bool {
    sheet.found(kind.kind, spot, Fate::Unsupported);
    let hint = "call the file like the operation and the resource, such as `get-bucket-policy-NAME.json`, or its folder like the resource";
    let message = "neither the output nor the file's name tells which resource it is about";
    sheet.not_analysed(
        "nameless-output",
        message,
        Some(hint),
        spot,
        Some(kind.name),
    );
    true
}

fn arn_of(kind: Type, name: &str, from: &From, options: &Options) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    let account = owner(from, options);
    let region = region(from, options);
    let partition = region.as_deref().map_or("aws", partition_of);
    let region = region.unwrap_or_else(|| piece("Region"));
    let (service, prefix) = match kind {
        draft::BUCKET => return format!("arn:{partition}:s3:::{name}"),
        draft::KEY => ("kms", "key/"),
        draft::FUNCTION => ("lambda", "function:"),
        draft::TOPIC => ("sns", ""),
        draft::QUEUE => ("sqs", ""),
        draft::REPOSITORY => ("ecr", "repository/"),
        draft::FILE_SYSTEM => ("elasticfilesystem", "file-system/"),
        draft::SECRET => ("secretsmanager", "secret:"),
        _ => ("dynamodb", "table/"),
    };
    format!(
        "arn:{partition}:{service}:{region}:{account}:{prefix}{}",
        tail(kind, name)
    )
}

/// The ARN of a function without version or alias.
fn unqualified(arn: &str) -> String {
    arn.splitn(8, ':').take(7).collect::<Vec<_>>().join(":")
}

enum About {
    Known(Type, String),
    Nameless(Type),
    Unsupported(String),
}

/// Which resource a bare policy is about: by the operation, else by its actions; by the file's name, else by its resources.
fn about(policy: &Json, from: &From, options: &Options) -> About {
    let services = services(policy);
    let only = |name: &str| services.len() == 1 && services[0] == name;
    let kind = match from.operation {
        Some("get-bucket-policy") => draft::BUCKET,
        Some("get-key-policy") => draft::KEY,
        Some("describe-file-system-policy") => draft::FILE_SYSTEM,
        Some(
            "get-layer-version-policy"
            | "get-access-point-policy"
            | "get-table-policy"
            | "get-table-bucket-policy",
        ) => {
            return About::Unsupported(format!("`{}`", from.operation.unwrap_or_default()));
        }
        _ if only("s3") => draft::BUCKET,
        _ if only("kms") => draft::KEY,
        _ if only("lambda") => draft::FUNCTION,
        _ if only("dynamodb") => draft::TABLE,
        _ if only("sqs") => draft::QUEUE,
        _ if only("sns") => draft::TOPIC,
        _ if only("secretsmanager") => draft::SECRET,
        _ if only("ecr") => draft::REPOSITORY,
        _ if only("elasticfilesystem") => draft::FILE_SYSTEM,
        _ => return About::Unsupported(format!("the service `{}`", services.join(", "))),
    };
    let named = named(policy, kind);
    let fits = |name: &str| named.is_empty() || named.iter().any(|arn| tail(kind, arn) == name);
    match (from.name.as_deref(), named.as_slice()) {
        // Where the policy names its resource in full, that is an ARN with everything in it.
        (_, [one]) if kind != draft::BUCKET && from.name.as_deref().is_none_or(&fits) => {
            About::Known(kind, one.clone())
        }
        (Some(name), _) if fits(name) => About::Known(kind, arn_of(kind, name, from, options)),
        (_, [one]) => About::Known(kind, one.clone()),
        _ => About::Nameless(kind),
    }
}

/// The services of the actions of a policy, each once.
fn services(policy: &Json) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for action in texts_of(policy, &["Action", "NotAction"]) {
        let service = action
            .split(':')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if service != "*" && !out.contains(&service) {
            out.push(service);
        }
    }
    out
}

/// The resources of a type that a policy names without a wildcard in the name, each once: buckets by their own ARN.
fn named(policy: &Json, kind: Type) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for text in texts_of(policy, &["Resource"]) {
        let arn = match kind {
            draft::BUCKET => text.split('/').next().unwrap_or_default().to_owned(),
            draft::FUNCTION => unqualified(&text),
            draft::TABLE => text.split("/index/").next().unwrap_or_default().to_owned(),
            _ => text,
        };
        let is_arn = arn.starts_with("arn:") && arn.split(':').count() >= 6;
        if is_arn && !arn.contains(['*', '?', '$']) && !out.contains(&arn) {
            out.push(arn);
        }
    }
    out
}

/// The texts under these members of all statements.
fn texts_of(policy: &Json, names: &[&str]) -> Vec<String> {
    let statements = match policy.get("Statement").map(|it| &it.value) {
        Some(JsonValue::Array(items)) => items.as_slice(),
        Some(JsonValue::Object(_)) => policy
            .get("Statement")
            .map_or(&[][..], std::slice::from_ref),
        _ => &[],
    };
    let mut out = Vec::new();
    for value in statements
        .iter()
        .flat_map(|it| names.iter().filter_map(|name| it.get(name)))
    {
        match &value.value {
            JsonValue::String(text) => out.push(text.to_string()),
            JsonValue::Array(items) => {
                out.extend(items.iter().filter_map(Json::as_str).map(str::to_owned))
            }
            _ => {}
        }
    }
    out
}

/// Makes records of the pile.
fn write(pile: Pile, sheet: &mut Sheet) {
    let outer = sheet.file.clone();
    for ((name, arn, account, region), parts) in pile.parts {
        let kind = pile.kinds[name];
        let (file, spot) = parts.first.clone().expect("a resource comes from a file");
        sheet.file = file.as_str().into();
        let partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
        let mut draft = Draft::new(kind, arn, &account, &region, spot.clone());
        let member = match kind {
            draft::BUCKET => "bucketPolicy",
            draft::KEY => "keyPolicies",
            draft::ROLE => "trustPolicy",
            draft::FUNCTION => "functionPolicy",
            draft::QUEUE => "queuePolicy",
            draft::TOPIC => "topicPolicy",
            draft::SECRET => "secretPolicy",
            draft::REPOSITORY => "repositoryPolicy",
            draft::FILE_SYSTEM => "fileSystemPolicy",
            _ => "tablePolicy",
        };
        match &parts.policy {
            Some((policy, spot)) => {
                sheet.found(kind.kind, spot, Fate::Record);
                draft.policy(member, policy, spot);
            }
            // Queues, topics and secrets say that they have none; of others only the output itself would.
            None if matches!(kind, draft::QUEUE | draft::TOPIC | draft::SECRET) => {}
            None => draft.trouble(
                "not-collected",
                "no output holds the policy of this resource, or that it has none",
                &spot,
            ),
        }
        rest(
            kind,
            parts,
            pile.account_block.as_ref(),
            &account,
            &partition,
            &mut draft,
        );
        sheet.add(draft);
    }
    sheet.file = outer;
}

fn rest(
    kind: Type,
    parts: Parts,
    account_block: Option<&Json>,
    account: &str,
    partition: &str,
    draft: &mut Draft<'_>,
) {
    match kind {
        draft::BUCKET => {
            for (member, block) in [
                ("bucketPublicAccessBlock", parts.block.as_ref()),
                ("accountPublicAccessBlock", account_block),
            ] {
                if let Some(block) = block {
                    let flag = |name: &str| {
                        JsonValue::Bool(block.get(name).and_then(Json::as_bool) == Some(true))
                            .into()
                    };
                    let names = [
                        ("ignorePublicAcls", "IgnorePublicAcls"),
                        ("restrictPublicBuckets", "RestrictPublicBuckets"),
                        ("blockPublicAcls", "BlockPublicAcls"),
                        ("blockPublicPolicy", "BlockPublicPolicy"),
                    ];
                    draft.set(
                        member,
                        Json::object(names.map(|(to, name)| (to, flag(name)))),
                    );
                }
            }
            let rules = parts.ownership.as_ref().and_then(|it| {
                it.get("Rules")?
                    .as_array()?
                    .first()?
                    .get("ObjectOwnership")?
                    .as_str()
            });
            if let Some(rule) = rules {
                draft.set("objectOwnership", rule.to_owned().into());
            }
            if let Some((acl, spot)) = &parts.acl {
                self::acl(acl, spot, draft);
            }
        }
        draft::KEY => {
            draft.wrap_key_policy(account, partition);
            let mut grants = Vec::new();
            for (grant, spot) in &parts.grants {
                draft.stands(&format!("grant {}", grants.len()), spot);
                grants.push(self::grant(grant));
            }
            if !grants.is_empty() {
                draft.set("grants", Json::array(grants));
            }
        }
        draft::FUNCTION if !parts.urls.is_empty() => {
            draft.set("functionUrls", Json::array(parts.urls))
        }
        _ => {}
    }
}

fn acl(acl: &Json, spot: &Spot, draft: &mut Draft<'_>) {
    if let Some(owner) = acl
        .get("Owner")
        .and_then(|owner| owner.get("ID"))
        .and_then(Json::as_str)
    {
        draft.set("ownerCanonicalId", owner.to_owned().into());
    }
    let mut grants = Vec::new();
    for grant in acl
        .get("Grants")
        .and_then(Json::as_array)
        .unwrap_or_default()
    {
        let text = |name: &str| {
            grant
                .get("Grantee")
                .and_then(|it| it.get(name))
                .and_then(Json::as_str)
        };
        let permission = grant
            .get("Permission")
            .and_then(Json::as_str)
            .unwrap_or_default();
        match (text("ID"), text("URI")) {
            (None, None) => draft.trouble(
                "unsupported-acl",
                "a grantee of the ACL is neither a canonical id nor a group",
                spot,
            ),
            (id, uri) => grants.push(s3::grant(id, uri, permission)),
        }
    }
    if !grants.is_empty() {
        draft.stands("acl", spot);
        draft.set("bucketAclGrants", Json::array(grants));
    }
}

/// A grant of a key, as records hold it.
fn grant(grant: &Json) -> Json {
    let mut members = Vec::new();
    for (from, to) in [
        ("GranteePrincipal", "granteePrincipal"),
        ("RetiringPrincipal", "retiringPrincipal"),
        ("Operations", "operations"),
        ("IssuingAccount", "issuingAccount"),
    ] {
        members.extend(grant.get(from).map(|value| (to, value.clone())));
    }
    let constraints = grant.get("Constraints").map(|constraints| {
        let names = [
            ("EncryptionContextEquals", "encryptionContextEquals"),
            ("EncryptionContextSubset", "encryptionContextSubset"),
            ("SourceArn", "sourceArn"),
        ];
        Json::object(
            names
                .into_iter()
                .filter_map(|(from, to)| Some((to, constraints.get(from)?.clone()))),
        )
    });
    members.extend(constraints.map(|constraints| ("constraints", constraints)));
    Json::object(members)
}

#[cfg(test)]
mod tests {
    use super::super::lambda;
    use super::*;

    #[test]
    fn paths_tell_operation_and_name() {
        for (path, operation, name, account, region) in [
            (
                "r/get-bucket-policy-reports.json",
                Some("get-bucket-policy"),
                Some("reports"),
                None,
                None,
            ),
            (
                "r/reports/get-bucket-policy.json",
                Some("get-bucket-policy"),
                Some("reports"),
                None,
                None,
            ),
            (
                "r/reports.get-bucket-acl.json",
                Some("get-bucket-acl"),
                Some("reports"),
                None,
                None,
            ),
            (
                "r/get-key-policy/k-1.json",
                Some("get-key-policy"),
                Some("k-1"),
                None,
                None,
            ),
            (
                "r/111122223333/eu-west-1/s3api get-bucket-policy x.json",
                Some("get-bucket-policy"),
                Some("x"),
                Some("111122223333"),
                Some("eu-west-1"),
            ),
            (
                "r/get-public-access-block.json",
                Some("get-public-access-block"),
                None,
                None,
                None,
            ),
        ] {
            let from = told(Some(Path::new("r")), Path::new(path), "000000000000");
            assert_eq!(
                (
                    from.operation,
                    from.name.as_deref(),
                    from.account.as_deref(),
                    from.region.as_deref()
                ),
                (operation, name, account, region),
                "{path}"
            );
        }
    }

    #[test]
    fn a_permission_is_what_the_output_of_lambda_holds() {
        let statement = lambda::Permission {
            principal: Some("s3.amazonaws.com".to_owned()),
            ..lambda::Permission::default()
        }
        .statement("arn:aws:lambda:eu-west-1:111122223333:function:f");
        let policy = Json::object([("Statement", Json::array([statement]))]);
        match about(&policy, &From::default(), &Options::default()) {
            About::Known(kind, arn) => assert_eq!(
                (kind, arn.as_str()),
                (
                    draft::FUNCTION,
                    "arn:aws:lambda:eu-west-1:111122223333:function:f"
                )
            ),
            _ => panic!("the function is named"),
        }
    }
}
