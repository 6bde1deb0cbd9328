//! `keyaki fetch` with real parts: the real command and the real SDK over HTTP, against an emulator that another client filled
//! and looks into, behind a proxy that makes things go wrong; and against a stub where the emulator would be too slow.
//!
//! Where the emulator is not installed the tests that need it say so and end.

#![expect(
    clippy::print_stderr,
    reason = "tests say what they skip and what they measured"
)]

mod http;
mod modelled;
mod moto;
mod people;
mod proxy;
mod stub;
mod wire;

use crate::moto::Moto;
use crate::proxy::{Fault, Proxy, Schedule, calm, mixed, stormy};
use crate::stub::Stub;
use keyaki_fetch::Snapshot;
use keyaki_fetch::live::operations::{OPERATIONS, Part, print_policy, table};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A folder that is not there yet.
fn fresh(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("keyaki-live-{}-{name}", std::process::id()));
    // It is there only if an earlier process of this number left it.
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn keyaki(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyaki"));
    command
        .args(arguments)
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", std::env::temp_dir().join("nobody's home"));
    command
}

fn fetch(url: &str, out: &Path, more: &[&str]) -> Command {
    let out = out.to_str().expect("folders of tests are UTF-8");
    let mut command = keyaki(&["fetch", "--out", out, "--endpoint-url", url, "--pause", "5"]);
    command.args(["--regions", stub::REGIONS]).args(more);
    command
}

fn run(mut command: Command, status: i32) -> Output {
    let output = command.output().expect("it can be started");
    assert_eq!(
        output.status.code(),
        Some(status),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Records by type and ARN.
type Records = BTreeMap<(String, String), Value>;

/// A snapshot's records.
fn records(folder: &Path) -> Records {
    let snapshot = Snapshot::open(folder).expect("it is a snapshot");
    let mut records = BTreeMap::new();
    for line in snapshot.resources {
        let line = line.expect("it can be read");
        line.parse().expect("it is a record");
        let value: Value = serde_json::from_slice(line.bytes()).expect("it is JSON");
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let old = records.insert((text("resourceType"), text("resourceArn")), value);
        assert_eq!(old, None, "a resource stands there twice");
    }
    records
}

fn manifest(folder: &Path) -> Value {
    let text = fs::read(folder.join("manifest.json")).expect("there is a manifest");
    serde_json::from_slice(&text).expect("it is JSON")
}

/// Service and operation of each gap, with the error.
fn gaps(folder: &Path) -> Vec<(String, String, String)> {
    let manifest = manifest(folder);
    let text = |gap: &Value, name: &str| gap[name].as_str().unwrap_or_default().to_owned();
    let gaps = manifest["gaps"].as_array().expect("it has gaps").iter();
    gaps.map(|gap| {
        (
            text(gap, "service"),
            text(gap, "operation"),
            text(gap, "error"),
        )
    })
    .collect()
}

/// Every file of a snapshot but for the time in its manifest.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        let name = path
            .file_name()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        let content = if name == "manifest.json" {
            let mut manifest = manifest(folder);
            manifest["collectedAt"] = Value::Null;
            manifest.to_string().into_bytes()
        } else {
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        files.insert(name, content);
    }
    files
}

/// What a snapshot says, but for when roles were used: the emulator notes each time that a run goes in.
fn said(folder: &Path) -> (Records, Value, Option<Vec<u8>>) {
    let mut records = records(folder);
    for record in records.values_mut() {
        if let Some(role) = record["configuration"]["iamRole"].as_object_mut() {
            role.remove("lastUsed");
        }
    }
    let mut manifest = manifest(folder);
    manifest["collectedAt"] = Value::Null;
    (
        records,
        manifest,
        fs::read(folder.join("organization.json")).ok(),
    )
}

/// What the emulator cannot answer, or not so that the SDK understands it.
const BEYOND_MOTO: [(&str, &str); 3] = [
    ("s3control", "ListAccessPoints"),
    ("s3control", "ListMultiRegionAccessPoints"),
    ("ec2", "GetSnapshotBlockPublicAccessState"),
];

/// Whether a gap is there because the emulator cannot answer.
fn beyond_moto(gap: &Value) -> bool {
    let is =
        |service: &str, operation: &str| gap["service"] == service && gap["operation"] == operation;
    // It takes the label of a stream for the name of a table.
    let of_stream = gap["resourceType"] == "AWS::DynamoDB::Stream"
        && gap["error"] == "ResourceNotFoundException"
        && is("dynamodb", "GetResourcePolicy");
    of_stream
        || BEYOND_MOTO
            .iter()
            .any(|(service, operation)| is(service, operation))
}

/// A value with all policies as objects, as the seeding script tells them.
fn with_objects(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('{') => {
            serde_json::from_str(text).expect("it is JSON")
        }
        Value::Array(items) => items.iter().map(with_objects).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), with_objects(value)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn what_another_client_sees_is_in_the_snapshot_and_nothing_else() {
    for seed in [1, 2] {
        let Some(moto) = Moto::start() else { return };
        let seen = moto.seed(seed, 2);
        let proxy = Proxy::start(&moto.url, calm());
        let folder = fresh(&format!("seeded-{seed}"));
        run(fetch(&proxy.url, &folder, &["--organization"]), 3);

        let manifest = manifest(&folder);
        let gaps = manifest["gaps"].as_array().expect("a list");
        let unknown: Vec<&Value> = gaps.iter().filter(|gap| !beyond_moto(gap)).collect();
        assert_eq!(unknown, Vec::<&Value>::new());

        let collected = records(&folder);
        let known = keyaki_fetch::live::types();
        let mut expected = BTreeSet::new();
        for resource in seen["resources"].as_array().expect("a list") {
            let text = |name: &str| resource[name].as_str().expect("a text").to_owned();
            if !known.contains(&text("type").as_str()) {
                continue;
            }
            let key = (text("type"), text("arn"));
            if resource["unreadable"] == true {
                // It was found, and is told to be missing.
                assert!(
                    gaps.iter().any(|gap| gap["resourceArn"] == key.1.as_str()),
                    "{}",
                    key.1
                );
                continue;
            }
            let record = collected
                .get(&key)
                .unwrap_or_else(|| panic!("{} is missing", key.1));
            assert_eq!(record["resourceOwnerAccount"], resource["account"]);
            assert_eq!(record["region"], resource["region"], "{}", key.1);
            let configuration = record["configuration"]
                .as_object()
                .and_then(|members| members.values().next())
                .expect("one member");
            let mut configuration = with_objects(configuration);
            // The emulator has it, and tells it to nobody who asks for one role.
            configuration
                .as_object_mut()
                .expect("an object")
                .remove("lastUsed");
            assert_eq!(configuration, resource["configuration"], "{}", key.1);
            expected.insert(key);
        }
        let more: Vec<_> = collected
            .keys()
            .filter(|key| !expected.contains(*key))
            .collect();
        assert_eq!(more, Vec::<&(String, String)>::new());
        let seen_types: BTreeSet<&str> = expected.iter().map(|(kind, _)| kind.as_str()).collect();
        let unseen: Vec<&str> = known
            .into_iter()
            .filter(|kind| !seen_types.contains(kind))
            .collect();
        assert_eq!(
            unseen,
            ["AWS::DynamoDB::Stream", "AWS::S3Express::DirectoryBucket"],
            "only of these the emulator knows nothing"
        );
        let versions = expected.iter().filter(|(_, arn)| {
            arn.contains(":function:")
                && arn
                    .rsplit(':')
                    .next()
                    .is_some_and(|end| end.parse::<u32>().is_ok())
        });
        assert!(versions.count() > 0, "no numbered version has a policy");

        organization(&folder, &seen["organization"]);
        no_secret(&folder, &seen["secrets"]);
        every_call_is_in_the_table(&proxy);
        findings_are_those_of_the_seed(&folder, &seen["resources"]);
    }
}

fn organization(folder: &Path, seen: &Value) {
    let text = fs::read(folder.join("organization.json")).expect("it was written");
    let written: Value = serde_json::from_slice(&text).expect("it is JSON");
    assert_eq!(written["id"], seen["id"]);
    assert_eq!(written["managementAccount"], seen["managementAccount"]);
    let accounts: BTreeMap<String, Value> = written["accounts"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|account| {
            (
                account["id"].as_str().expect("an id").to_owned(),
                account["unit"].clone(),
            )
        })
        .collect();
    assert_eq!(
        serde_json::to_value(accounts).expect("texts"),
        seen["accounts"]
    );
    let mut policies = serde_json::Map::new();
    for policy in written["policies"].as_array().expect("a list") {
        let mut policy = with_objects(policy);
        let members = policy.as_object_mut().expect("an object");
        members.remove("name");
        let id = members.remove("id").expect("an id");
        policies.insert(id.as_str().expect("a text").to_owned(), policy);
    }
    assert_eq!(Value::Object(policies), seen["policies"]);
}

/// No secret of the seed stands in any file, packed or unpacked.
fn no_secret(folder: &Path, secrets: &Value) {
    let mut text = String::new();
    for content in bytes(folder).values() {
        text.push_str(&String::from_utf8_lossy(content));
    }
    for record in records(folder).values() {
        text.push_str(&record.to_string());
    }
    let secrets = secrets.as_array().expect("a list");
    assert!(!secrets.is_empty());
    for secret in secrets {
        assert!(
            !text.contains(secret.as_str().expect("a text")),
            "{secret} stands in the snapshot"
        );
    }
    assert!(
        !text.contains("testing"),
        "the credentials stand in the snapshot"
    );
    assert!(
        !text.contains("Environment"),
        "a function's environment stands in the snapshot"
    );
}

/// What goes over the wire is in the table, and what the table has for these types goes over the wire.
fn every_call_is_in_the_table(proxy: &Proxy) {
    let seen: BTreeSet<(String, String)> = proxy
        .seen()
        .into_iter()
        .map(|call| (call.service, call.operation))
        .collect();
    let types = keyaki_fetch::live::types();
    let mut table = BTreeSet::new();
    for operation in OPERATIONS {
        // Regions were named; access points exist in the replayed exchanges only.
        let elsewhere = operation.name == "ListRegions"
            || operation.name.contains("AccessPoint") && operation.name.starts_with("Get")
            || operation.name == "ListAccessPointsForDirectoryBuckets";
        let name = (operation.service.to_owned(), operation.name.to_owned());
        let of_a_type = types.iter().any(|name| operation.part.serves(name));
        let of_no_type = !matches!(operation.part, Part::Type(_) | Part::Types(_));
        if !elsewhere && (of_a_type || of_no_type) {
            table.insert(name);
        }
    }
    let missing: Vec<_> = table.difference(&seen).collect();
    assert_eq!(
        missing,
        Vec::<&(String, String)>::new(),
        "in the table and never called"
    );
    let unknown: Vec<_> = seen.difference(&table).collect();
    assert_eq!(
        unknown,
        Vec::<&(String, String)>::new(),
        "called and not in the table"
    );
}

/// Buckets and queues that the seed opened to a stranger have a finding, and those that it did not have none.
fn findings_are_those_of_the_seed(folder: &Path, resources: &Value) {
    let scan = run(
        keyaki(&[
            "scan",
            folder.to_str().expect("UTF-8"),
            "--format",
            "jsonl",
            "--only-type",
            "AWS::SQS::Queue",
        ]),
        1,
    );
    let found: BTreeSet<String> = String::from_utf8(scan.stdout)
        .expect("UTF-8")
        .lines()
        .filter_map(|line| {
            let line: Value = serde_json::from_str(line).expect("it is JSON");
            line["finding"]["resource"]
                .as_str()
                .or(line["resource"].as_str())
                .map(str::to_owned)
        })
        .collect();
    let mut open = BTreeSet::new();
    for resource in resources.as_array().expect("a list") {
        let account = resource["account"].as_str().expect("a text");
        let policy = &resource["configuration"]["queuePolicy"];
        let own = format!("arn:aws:iam::{account}:root");
        if resource["type"] == "AWS::SQS::Queue"
            && !policy.is_null()
            && policy["Statement"][0]["Principal"]["AWS"] != own.as_str()
        {
            open.insert(resource["arn"].as_str().expect("a text").to_owned());
        }
    }
    assert!(!open.is_empty());
    assert_eq!(found, open);
}

/// The seeds of a test's schedules; with `KEYAKI_SEEDS=20` twenty that no run has seen but for those.
fn seeds(usual: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let more = std::env::var("KEYAKI_SEEDS").ok();
    match more.and_then(|count| count.parse::<u64>().ok()) {
        Some(count) => usual.start + 1000..usual.start + 1000 + count,
        None => usual,
    }
}

#[test]
fn faults_that_pass_leave_no_trace() {
    let Some(moto) = Moto::start() else { return };
    moto.seed(3, 2);
    let calm_folder = fresh("calm");
    run(fetch(&moto.url, &calm_folder, &["--organization"]), 3);
    for seed in seeds(0..3) {
        let proxy = Proxy::start(&moto.url, stormy(seed, 0));
        let folder = fresh(&format!("storm-{seed}"));
        run(fetch(&proxy.url, &folder, &["--organization"]), 3);
        assert_eq!(said(&folder), said(&calm_folder), "seed {seed}");
    }
}

#[test]
fn what_is_denied_is_in_the_manifest_and_nothing_else_is() {
    let Some(moto) = Moto::start() else { return };
    moto.seed(4, 2);
    let calm_folder = fresh("allowed");
    run(fetch(&moto.url, &calm_folder, &["--organization"]), 3);
    let (all, ..) = said(&calm_folder);
    for seed in seeds(10..13) {
        let proxy = Proxy::start(&moto.url, stormy(seed, 12));
        let folder = fresh(&format!("denied-{seed}"));
        run(fetch(&proxy.url, &folder, &["--organization"]), 3);

        // Each call that was denied is one gap, and each gap by denial is one such call.
        let mut denied: Vec<(String, String)> = proxy
            .seen()
            .into_iter()
            .filter(|call| call.denied)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|call| (call.service, call.operation))
            .collect();
        denied.sort();
        let mut told: Vec<(String, String)> = gaps(&folder)
            .into_iter()
            .filter(|(_, _, error)| error.starts_with("AccessDenied"))
            .map(|(service, operation, _)| (service, operation))
            .collect();
        told.sort();
        assert_eq!(told, denied, "seed {seed}");
        assert!(!denied.is_empty(), "seed {seed} denies nothing");

        // What is there is as it would be, and what is not there is explained.
        let (found, ..) = said(&folder);
        let gaps = manifest(&folder)["gaps"]
            .as_array()
            .expect("a list")
            .clone();
        for (key, record) in &found {
            let whole = &all[key];
            if record != whole {
                // Without an account's Block Public Access, a bucket counts as open.
                let account = &record["resourceOwnerAccount"];
                let explained = gaps.iter().any(|gap| {
                    gap["operation"] == "GetPublicAccessBlock" && &gap["account"] == account
                });
                assert!(explained, "{} differs", key.1);
            }
        }
        for ((kind, arn), record) in &all {
            if found.contains_key(&(kind.clone(), arn.clone())) {
                continue;
            }
            let explained = gaps.iter().any(|gap| {
                let names_it = gap["resourceArn"]
                    .as_str()
                    .is_some_and(|named| arn.starts_with(named));
                let list = gap["resourceArn"].is_null()
                    && gap["account"] == record["resourceOwnerAccount"]
                    && (gap["resourceType"] == kind.as_str() || gap["resourceType"].is_null());
                names_it
                    || list
                    || gap["operation"] == "AssumeRole"
                        && gap["account"] == record["resourceOwnerAccount"]
            });
            assert!(explained, "{arn} is missing without a word");
        }
    }
}

#[test]
fn a_page_of_html_is_a_gap() {
    let Some(moto) = Moto::start() else { return };
    moto.seed(5, 0);
    let html: Box<Schedule> = Box::new(|name, _, _| match name {
        "sqs:GetQueueAttributes"
        | "s3:ListBuckets"
        | "kms:ListKeys"
        | "iam:GetAccountAuthorizationDetails" => Fault::Html,
        _ => Fault::None,
    });
    let proxy = Proxy::start(&moto.url, html);
    let folder = fresh("html");
    run(fetch(&proxy.url, &folder, &["--attempts", "2"]), 3);
    let told: BTreeSet<(String, String)> = gaps(&folder)
        .into_iter()
        .map(|(service, operation, _)| (service, operation))
        .collect();
    for (service, operation) in [
        ("sqs", "GetQueueAttributes"),
        ("s3", "ListBuckets"),
        ("kms", "ListKeys"),
        ("iam", "GetAccountAuthorizationDetails"),
    ] {
        assert!(
            told.contains(&(service.to_owned(), operation.to_owned())),
            "{service}:{operation} passed for an answer"
        );
    }
    let lost = [
        "AWS::SQS::Queue",
        "AWS::S3::Bucket",
        "AWS::KMS::Key",
        "AWS::IAM::Role",
    ];
    assert!(
        records(&folder)
            .keys()
            .all(|(kind, _)| !lost.contains(&kind.as_str()))
    );
}

#[test]
fn credentials_that_end_half_way_end_the_run_which_then_goes_on() {
    let Some(moto) = Moto::start() else { return };
    moto.seed(6, 2);
    let calm_folder = fresh("lasting");
    run(fetch(&moto.url, &calm_folder, &["--organization"]), 3);
    let folder = fresh("expired");
    let expired: Box<Schedule> = Box::new(|name, asked, _| match name {
        "kms:GetKeyPolicy" if asked % 3 == 0 => Fault::Expired,
        _ => Fault::None,
    });
    let proxy = Proxy::start(&moto.url, expired);
    let output = run(fetch(&proxy.url, &folder, &["--organization"]), 2);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("ExpiredToken") && told.contains("what was collected is kept"),
        "{told}"
    );
    assert!(
        gaps(&folder)
            .iter()
            .any(|(service, _, error)| service == "keyaki" && error.starts_with("ExpiredToken"))
    );
    // Who scans it all the same is told that it is not whole.
    let scan = keyaki(&["scan", folder.to_str().expect("UTF-8")])
        .output()
        .expect("it can be started");
    assert_ne!(scan.status.code(), Some(0));

    run(fetch(&moto.url, &folder, &["--organization"]), 3);
    assert_eq!(said(&folder), said(&calm_folder));
}

/// Accounts of the stub.
fn accounts(count: usize) -> String {
    (1..=count)
        .map(|n| format!("{n:012}"))
        .collect::<Vec<_>>()
        .join(",")
}

fn fetch_stub(stub: &Stub, out: &Path, count: usize) -> Command {
    fetch(
        &stub.url,
        out,
        &["--role-name", "Audit", "--accounts", &accounts(count)],
    )
}

fn wait(child: &mut Child) -> i32 {
    child
        .wait()
        .expect("it can be waited for")
        .code()
        .unwrap_or(-1)
}

#[test]
fn a_run_that_is_killed_at_any_moment_ends_the_same() {
    let stub = Stub::start(Duration::ZERO);
    let undisturbed = fresh("undisturbed");
    let begin = Instant::now();
    run(fetch_stub(&stub, &undisturbed, 3), 0);
    let (whole, requests) = (begin.elapsed().as_micros() as u64, stub.count());
    let expected = bytes(&undisturbed);
    assert_eq!(records(&undisturbed).len(), 3 * stub::RESOURCES);
    let mut killed = 0;
    for folder_number in 0..25 {
        let folder = fresh(&format!("killed-{folder_number}"));
        for kill in 0..4 {
            let mut child = fetch_stub(&stub, &folder, 3)
                .stderr(Stdio::null())
                .spawn()
                .expect("it can be started");
            let chance = mixed(folder_number * 4 + kill);
            if kill < 3 {
                // Far enough from the end that the run is there still, however quick it is.
                let last = stub.count() + chance % (requests / 4);
                while stub.count() < last && child.try_wait().expect("it can be asked").is_none() {
                    thread::sleep(Duration::from_micros(200));
                }
            } else {
                thread::sleep(Duration::from_micros(chance % whole));
            }
            child.kill().expect("a child can be killed");
            killed += i32::from(wait(&mut child) == -1);
        }
        let finished = (1..=3)
            .filter(|n| folder.join(format!("{n:012}.jsonl.zst")).exists())
            .count();
        if folder.join("manifest.json").exists() && finished < 3 {
            // Who scans it all the same is told that it is not whole.
            assert!(
                gaps(&folder)
                    .iter()
                    .any(|(service, _, error)| service == "keyaki" && error == "Unfinished")
            );
        }
        let left = folder.join(".fetch").exists() || folder.join(".fetch-ended").exists();
        if !folder.join("manifest.json").exists() || left {
            run(fetch_stub(&stub, &folder, 3), 0);
        }
        assert_eq!(bytes(&folder), expected, "folder {folder_number}");
        fs::remove_dir_all(&folder).expect("it can be removed");
    }
    assert!(
        killed > 50,
        "only {killed} of 100 runs were still there to be killed"
    );
}

#[test]
fn two_runs_cannot_share_a_folder() {
    let stub = Stub::start(Duration::from_millis(5));
    let folder = fresh("shared");
    let mut first = fetch_stub(&stub, &folder, 2)
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be started");
    while !folder.join(".fetch/plan.json").exists() {
        thread::sleep(Duration::from_millis(1));
    }
    let second = run(fetch_stub(&stub, &folder, 2), 2);
    assert!(String::from_utf8_lossy(&second.stderr).contains("another run writes to"));
    assert_eq!(wait(&mut first), 0);
    let third = run(fetch_stub(&stub, &folder, 2), 2);
    assert!(String::from_utf8_lossy(&third.stderr).contains("not empty"));
    assert_eq!(records(&folder).len(), 2 * stub::RESOURCES);
}

#[test]
fn a_full_disk_is_told_and_the_run_goes_on_when_there_is_room() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: this system has no device that is always full");
        return;
    }
    let stub = Stub::start(Duration::ZERO);
    let (whole, folder) = (fresh("roomy"), fresh("full"));
    run(fetch_stub(&stub, &whole, 2), 0);
    fs::create_dir(&folder).expect("it can be made");
    // The run's own folder tells it that these were left by a run of its own.
    fs::create_dir(folder.join(".fetch")).expect("it can be made");
    File::create(folder.join(".fetch/lock")).expect("it can be made");
    let full = folder.join("000000000002.jsonl.zst.new");
    std::os::unix::fs::symlink("/dev/full", &full).expect("it can be made");
    let output = run(fetch_stub(&stub, &folder, 2), 2);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("No space left on device") && told.contains("goes on where it was"),
        "{told}"
    );
    fs::remove_file(&full).expect("it can be removed");
    run(fetch_stub(&stub, &folder, 2), 0);
    assert_eq!(bytes(&folder), bytes(&whole));
}

#[test]
fn modelled_access_points_aliases_and_regions_are_read() {
    let stub = Stub::telling(Duration::ZERO, modelled::exchanges());
    let folder = fresh("modelled");
    let out = folder.to_str().expect("UTF-8");
    run(
        keyaki(&[
            "fetch",
            "--out",
            out,
            "--endpoint-url",
            &stub.url,
            "--regions",
            "all",
        ]),
        0,
    );
    assert_eq!(
        manifest(&folder)["regions"],
        serde_json::json!(["eu-central-1", "us-east-1"])
    );
    let records = records(&folder);
    let bucket = |n: u32| {
        let key = (
            "AWS::S3::Bucket".to_owned(),
            format!("arn:aws:s3:::bucket-000000000000-{n}"),
        );
        records[&key]["configuration"]["s3Bucket"]["accessPoints"].clone()
    };
    let block = serde_json::json!({
        "blockPublicAcls": true, "ignorePublicAcls": true, "blockPublicPolicy": false, "restrictPublicBuckets": false
    });
    let regional = serde_json::json!({
        "arn:aws:s3:eu-central-1:000000000000:accesspoint/outside":
            {"accessPointPolicy": modelled::POLICY, "publicAccessBlock": block, "networkOrigin": {"internetConfiguration": {}}},
        "arn:aws:s3:eu-central-1:000000000000:accesspoint/inside":
            {"accessPointPolicy": null, "publicAccessBlock": block, "networkOrigin": {"vpcConfiguration": {"vpcId": "vpc-1"}}},
    });
    assert_eq!(bucket(0), regional);
    let everywhere = serde_json::json!({
        "arn:aws:s3::000000000000:accesspoint/mabc.mrap": {"accessPointPolicy": modelled::POLICY, "publicAccessBlock": null},
    });
    assert_eq!(bucket(1), everywhere);
    assert_eq!(bucket(99), everywhere);
    assert_eq!(bucket(2), Value::Null);

    let function = |alias: &str| {
        let arn = format!("arn:aws:lambda:eu-central-1:000000000000:function:f0{alias}");
        records
            .get(&("AWS::Lambda::Function".to_owned(), arn))
            .map(|record| record["configuration"]["lambdaFunction"].clone())
    };
    assert_eq!(
        function(":open"),
        Some(serde_json::json!({"functionPolicy": modelled::POLICY}))
    );
    let url = serde_json::json!([{"authType": "NONE", "functionUrl": "https://x.lambda-url.eu-central-1.on.aws/"}]);
    assert_eq!(
        function(":web"),
        Some(serde_json::json!({"functionUrls": url}))
    );
    assert_eq!(function(":bare"), None);
    // Of versions, one that has a policy is a record, whatever page it stands on.
    assert_eq!(
        function(":3"),
        Some(serde_json::json!({"functionPolicy": modelled::POLICY}))
    );
    assert_eq!((function(":1"), function(":2")), (None, None));
    assert_eq!(function(":$LATEST"), None);
    assert!(function("").is_some());
}

#[test]
fn modelled_directory_buckets_streams_and_blocked_snapshots_are_read() {
    let stub = Stub::telling(Duration::ZERO, modelled::express_streams_and_snapshots());
    let folder = fresh("express");
    let types = "AWS::S3Express::DirectoryBucket,AWS::DynamoDB::Stream,AWS::EC2::Snapshot";
    run(fetch(&stub.url, &folder, &["--types", types]), 0);
    let told: BTreeMap<String, Value> = records(&folder)
        .into_iter()
        .map(|((_, arn), record)| (arn, record["configuration"].clone()))
        .collect();
    let policy = modelled::POLICY;
    let point = "arn:aws:s3express:us-east-1:000000000000:accesspoint/reader--use1-az4--xa-s3";
    let block = serde_json::json!({
        "blockPublicAcls": true, "ignorePublicAcls": true, "blockPublicPolicy": false, "restrictPublicBuckets": false
    });
    let shared = |state: &str, key: Option<&str>| {
        let mut shared = serde_json::json!({"userIds": ["444455556666"], "groups": ["all"], "blockPublicAccess": state});
        if let Some(key) = key {
            shared["kmsKeyId"] = key.into();
        }
        serde_json::json!({"ebsSnapshot": shared})
    };
    let key = Some("arn:aws:kms:k");
    let bucket = "arn:aws:s3express:us-east-1:000000000000:bucket";
    let stream = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream";
    let stream_policy = policy.replace("s3:GetObject", "dynamodb:GetRecords");
    let expected = BTreeMap::from([
        (
            format!("{bucket}/fast--use1-az4--x-s3"),
            serde_json::json!({"s3ExpressDirectoryBucket": {"bucketPolicy": policy, "accessPoints": {point: {
                "accessPointPolicy": policy, "publicAccessBlock": block, "networkOrigin": {"internetConfiguration": {}}}}}}),
        ),
        (
            format!("{bucket}/plain--use1-az4--x-s3"),
            serde_json::json!({"s3ExpressDirectoryBucket": {}}),
        ),
        (
            format!("{stream}/2026-01-01T00:00:00.000"),
            serde_json::json!({"dynamodbStream": {"streamPolicy": stream_policy}}),
        ),
        (
            format!("{stream}/2026-02-01T00:00:00.000"),
            serde_json::json!({"dynamodbStream": {}}),
        ),
        (
            "arn:aws:ec2:eu-central-1::snapshot/snap-1".to_owned(),
            shared("block-new-sharing", None),
        ),
        (
            "arn:aws:ec2:eu-central-1::snapshot/snap-2".to_owned(),
            shared("block-new-sharing", key),
        ),
        (
            "arn:aws:ec2:us-east-1::snapshot/snap-1".to_owned(),
            shared("block-all-sharing", None),
        ),
        (
            "arn:aws:ec2:us-east-1::snapshot/snap-2".to_owned(),
            shared("block-all-sharing", key),
        ),
    ]);
    assert_eq!(told, expected);
    // Public is the one that is neither encrypted nor blocked.
    let scan = run(
        keyaki(&[
            "scan",
            folder.to_str().expect("UTF-8"),
            "--format",
            "jsonl",
            "--only-type",
            "AWS::EC2::Snapshot",
        ]),
        1,
    );
    let text = String::from_utf8(scan.stdout).expect("UTF-8");
    let public: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(r#""isPublic":true"#))
        .collect();
    assert_eq!(public.len(), 1, "{text}");
    assert!(public[0].contains("eu-central-1::snapshot/snap-1"));
}

/// A snapshot in one file says what the folder says, and is there at once or not at all.
#[test]
fn one_file_is_whole_whenever_the_run_is_killed() {
    let stub = Stub::start(Duration::ZERO);
    let folder = fresh("as-folder");
    run(fetch_stub(&stub, &folder, 3), 0);
    let requests = stub.count();
    let home = fresh("as-file");
    fs::create_dir(&home).expect("it can be made");
    let file = home.join("all.jsonl.zst");
    run(fetch_stub(&stub, &file, 3), 0);
    let whole = fs::read(&file).expect("it was written");
    assert_eq!(
        fs::read_dir(&home).expect("a folder").count(),
        1,
        "the folder of the run is left"
    );
    assert_eq!(records(&file), records(&folder));
    let told = run(fetch_stub(&stub, &file, 3), 2);
    assert!(String::from_utf8_lossy(&told.stderr).contains("not empty"));
    let opened = Snapshot::open(&file).expect("it is a snapshot");
    assert_eq!(opened.manifest.records, Some(3 * stub::RESOURCES as u64));

    // The time of the run stands in the manifest, which is the first of all, so the rest must be the same bytes.
    let after_manifest = |bytes: &[u8]| {
        let length = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")) as usize;
        bytes[8 + length..].to_vec()
    };
    let mut killed = 0;
    for seed in 0..20 {
        let home = fresh(&format!("killed-file-{seed}"));
        fs::create_dir(&home).expect("it can be made");
        let file = home.join("all.jsonl.zst");
        for kill in 0..3 {
            let mut child = fetch_stub(&stub, &file, 3)
                .stderr(Stdio::null())
                .spawn()
                .expect("it can be started");
            let chance = mixed(1000 + seed * 3 + kill);
            // Twice somewhere in the middle, and once when all is asked for, while it is sorted, packed and moved.
            let last = match kill {
                2 => stub.count() + requests,
                _ => stub.count() + chance % (requests / 3),
            };
            while stub.count() < last && child.try_wait().expect("it can be asked").is_none() {
                let packing = home.join("all.jsonl.zst.new").exists()
                    || home.join("all.jsonl.zst.part/.fetch/packed").exists();
                if packing && chance.is_multiple_of(2) {
                    break;
                }
                thread::sleep(Duration::from_micros(50));
            }
            child.kill().expect("a child can be killed");
            killed += i32::from(wait(&mut child) == -1);
            if file.exists() {
                assert_eq!(
                    after_manifest(&fs::read(&file).expect("it is there")),
                    after_manifest(&whole)
                );
            }
        }
        if !file.exists() || home.join("all.jsonl.zst.part").exists() {
            run(fetch_stub(&stub, &file, 3), 0);
        }
        assert_eq!(
            after_manifest(&fs::read(&file).expect("it is there")),
            after_manifest(&whole),
            "file {seed}"
        );
        assert!(!home.join("all.jsonl.zst.part").exists());
        fs::remove_dir_all(&home).expect("it can be removed");
    }
    assert!(
        killed > 30,
        "only {killed} of 60 runs were still there to be killed"
    );
}

#[test]
fn who_asks_too_much_asks_less_and_gets_the_same() {
    let calm_stub = Stub::start(Duration::ZERO);
    let calm_folder = fresh("unthrottled");
    run(fetch_stub(&calm_stub, &calm_folder, 2), 0);
    // Queues of an account in a Region bear two calls at a time; whoever makes a third is refused.
    let under_way: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let refused = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&refused);
    let stub = Stub::telling(
        Duration::ZERO,
        Box::new(move |name, request| {
            if name != "sqs:GetQueueAttributes" {
                return None;
            }
            let place = format!("{} {}", request.key(), request.region());
            let count = |change: fn(&mut u64)| {
                let mut under_way = under_way.lock().expect("no thread panics");
                let own = under_way.entry(place.clone()).or_default();
                change(own);
                *own
            };
            let at_a_time = count(|own| *own += 1);
            thread::sleep(Duration::from_millis(2));
            count(|own| *own -= 1);
            if at_a_time <= 2 {
                return None;
            }
            counted.fetch_add(1, SeqCst);
            let body = r#"{"__type":"ThrottlingException","message":"slow down"}"#;
            Some((400, stub::JSON, body.to_owned()))
        }),
    );
    let folder = fresh("throttled");
    let output = run(fetch_stub(&stub, &folder, 2), 0);
    assert_eq!(bytes(&folder), bytes(&calm_folder));
    let refused = refused.load(SeqCst);
    assert_eq!(
        stub.count(),
        calm_stub.count() + refused,
        "each refused call is made again, and no other"
    );
    let told = String::from_utf8_lossy(&output.stderr);
    let (requests, throttled) = (stub.count(), refused);
    assert!(
        told.contains(&format!(
            "by {requests} requests, {throttled} of them throttled"
        )),
        "{told}"
    );
    assert!(refused > 0, "nothing was throttled");
    // Of 300 calls about queues, at first eight at a time in each of four lanes.
    assert!(refused < 300, "{refused} calls were throttled");
}

#[test]
fn modelled_secrets_that_were_not_changed_are_not_read_again() {
    let read = |since: &[&str], folder: &Path| {
        let stub = Stub::telling(Duration::ZERO, modelled::secrets());
        run(fetch(&stub.url, folder, since), 0);
        stub.asked()
            .keys()
            .filter(|request| request.contains("GetResourcePolicy"))
            .count()
    };
    let (first, second) = (fresh("first"), fresh("second"));
    assert_eq!(read(&[], &first), 4);
    assert_eq!(
        read(&["--since", first.to_str().expect("UTF-8")], &second),
        2
    );
    assert_eq!(said(&second), said(&first));
}

/// With `KEYAKI_ACCOUNTS=200` it is the measurement of `benches/record`: 100,000 resources.
#[test]
fn no_request_is_made_twice_and_memory_does_not_grow_with_the_number_of_accounts() {
    let count = std::env::var("KEYAKI_ACCOUNTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(20);
    let stub = Stub::start(Duration::ZERO);
    let folder = fresh("scale");
    let begin = Instant::now();
    let mut child = fetch_stub(&stub, &folder, count)
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be started");
    let mut peak = 0;
    while child.try_wait().expect("it can be asked").is_none() {
        peak = memory(child.id()).max(peak);
        thread::sleep(Duration::from_millis(10));
    }
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(wait(&mut child), 0);
    let asked = stub.asked();
    let requests: u32 = asked.values().sum();
    eprintln!(
        "{} resources of {count} accounts: {requests} requests, {seconds:.1} s, {} MB at most",
        count * stub::RESOURCES,
        peak >> 10
    );
    assert_eq!(manifest(&folder)["records"], count * stub::RESOURCES);
    let twice: Vec<_> = asked.iter().filter(|(_, times)| **times > 1).collect();
    assert_eq!(twice, Vec::<(&String, &u32)>::new());
    assert!(peak < 300 << 10, "{peak} KiB");
    fs::remove_dir_all(&folder).expect("it can be removed");
}

/// The most memory that a process had, in KiB; 0 where nobody tells.
fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

#[test]
fn the_printed_policy_allows_what_is_called_and_no_more() {
    let printed = run(
        keyaki(&[
            "fetch",
            "--print-policy",
            "--types",
            "AWS::SQS::Queue,AWS::S3::Bucket",
        ]),
        0,
    );
    let policy: Value = serde_json::from_slice(&printed.stdout).expect("it is JSON");
    let mut allowed = BTreeSet::new();
    for statement in policy["Statement"].as_array().expect("a list") {
        let actions = statement["Action"].as_array().expect("a list");
        allowed.extend(
            actions
                .iter()
                .map(|action| action.as_str().expect("a text").to_owned()),
        );
    }
    let needed: BTreeSet<String> = OPERATIONS
        .iter()
        .filter(|operation| {
            operation.part.serves("AWS::SQS::Queue")
                || operation.part.serves("AWS::S3::Bucket")
                || operation.name == "ListRegions"
        })
        .flat_map(|operation| {
            operation
                .permissions
                .iter()
                .map(|permission| (*permission).to_owned())
        })
        .collect();
    assert_eq!(allowed, needed);
    let with_role = print_policy(&["AWS::SQS::Queue"], Some("Audit"), true);
    assert!(
        with_role.contains("arn:*:iam::*:role/Audit")
            && with_role.contains("organizations:ListRoots")
    );
}

#[test]
fn the_table_in_the_readme_is_the_one_in_the_code() {
    let readme = include_str!("../../../fetch/README.md");
    assert!(readme.contains(&table()), "the new one is\n{}", table());
}
