//! `keyaki scan --previous` and `--cache`, on the sample organization changed in several ways.

mod common;

use common::{Run, folder, keyaki, parse, text};
use keyaki_corpus::sample::{MANIFEST, ORGANIZATION, RESOURCES};
use keyaki_language::json::Json;
use std::fs;
use std::path::{Path, PathBuf};

/// A queue with one statement, by its principal and actions.
fn queue(name: &str, principal: &str, actions: &str) -> String {
    format!(
        r#"{{"resourceArn":"arn:aws:sqs:us-east-1:111122223333:{name}","resourceType":"AWS::SQS::Queue","resourceOwnerAccount":"111122223333","region":"us-east-1","configuration":{{"sqsQueue":{{"queuePolicy":{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":{actions},"Resource":"*"}}}}}}}}}}"#
    )
}

const EVERYONE: &str = r#""*""#;
const OWN: &str = r#"{"AWS":"111122223333"}"#;

/// A snapshot without an organization.
fn snapshot(folder: &Path, name: &str, records: &[String]) -> String {
    let path = folder.join(name);
    fs::write(&path, records.join("\n") + "\n").expect("the file can be written");
    path.display().to_string()
}

/// The sample organization on disk, one of its texts changed.
fn sample(folder: &Path, name: &str, change: impl Fn(&str, &str) -> String) -> String {
    let path = folder.join(name);
    fs::create_dir_all(&path).expect("the folder can be made");
    for (file, content) in [
        ("resources.jsonl", RESOURCES),
        ("organization.json", ORGANIZATION),
        ("manifest.json", MANIFEST),
    ] {
        fs::write(path.join(file), change(file, content)).expect("the file can be written");
    }
    path.display().to_string()
}

fn since(new: &str, old: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["scan", new, "--previous", old];
    arguments.extend(more);
    keyaki(&arguments, "")
}

fn report(new: &str, old: &str) -> Json<'static> {
    parse(&since(new, old, &["--format", "json"]).out)
}

/// new, changed, unchanged, resolved, unknown
fn counts(report: &Json) -> [String; 5] {
    let changes = report.get("changes").expect("there is an older snapshot");
    ["new", "changed", "unchanged", "resolved", "unknown"]
        .map(|name| changes.get(name).expect("it is counted").to_string())
}

fn names(report: &Json, list: &str) -> Vec<String> {
    let changes = report.get("changes").expect("there is an older snapshot");
    let list = changes.get(list).and_then(Json::as_array);
    let items = list.expect("a list").iter();
    items
        .map(|item| item.as_str().expect("a name").to_owned())
        .collect()
}

fn gone(report: &Json) -> Vec<(String, String)> {
    let list = report.get("gone").and_then(Json::as_array);
    let items = list.expect("a list").iter();
    items
        .map(|item| {
            (
                text(item, "resource").to_owned(),
                text(item, "reason").to_owned(),
            )
        })
        .collect()
}

#[test]
fn findings_appear_change_stay_and_go() {
    let folder = folder("since");
    let send = r#""sqs:SendMessage""#;
    let both = r#"["sqs:SendMessage","sqs:ReceiveMessage"]"#;
    let old = snapshot(
        &folder,
        "old.jsonl",
        &[
            queue("stays", EVERYONE, send),
            queue("widens", EVERYONE, send),
            queue("closes", EVERYONE, send),
            queue("vanishes", EVERYONE, send),
            queue("opens", OWN, send),
        ],
    );
    let new = snapshot(
        &folder,
        "new.jsonl",
        &[
            queue("stays", EVERYONE, send),
            queue("widens", EVERYONE, both),
            queue("closes", OWN, send),
            queue("opens", EVERYONE, send),
            queue("fresh", EVERYONE, send),
        ],
    );
    let told = report(&new, &old);
    assert_eq!(counts(&told), ["2", "1", "1", "2", "0"]);
    let findings = told
        .get("findings")
        .and_then(Json::as_array)
        .expect("a list");
    let changes: Vec<(&str, &str)> = findings
        .iter()
        .map(|f| {
            (
                text(f, "resource").rsplit(':').next().expect("a name"),
                text(f, "change"),
            )
        })
        .collect();
    assert_eq!(
        changes,
        [
            ("stays", "unchanged"),
            ("widens", "changed"),
            ("opens", "new"),
            ("fresh", "new")
        ]
    );
    let arn = |name: &str| format!("arn:aws:sqs:us-east-1:111122223333:{name}");
    assert_eq!(
        gone(&told),
        [
            (arn("closes"), "resolved".to_owned()),
            (arn("vanishes"), "resource-gone".to_owned())
        ]
    );
    assert_eq!(names(&told, "resourcesGone"), [arn("vanishes")]);
    // Every format tells what went, and by its word what came.
    for format in ["table", "jsonl", "csv", "markdown", "html"] {
        let run = since(&new, &old, &["--format", format]);
        assert_eq!(run.status, 1, "{}", run.err);
        for word in ["new", "changed", "unchanged", "closes", "vanishes"] {
            assert!(run.out.contains(word), "{format} does not tell `{word}`");
        }
    }
    // The other way round what went has come.
    assert_eq!(counts(&report(&old, &new)), ["2", "1", "1", "2", "0"]);
    assert_eq!(counts(&report(&old, &old)), ["0", "0", "4", "0", "0"]);
}

#[test]
fn what_is_not_analysed_has_not_gone() {
    let folder = folder("unknown");
    let open = |name| queue(name, EVERYONE, r#""sqs:SendMessage""#);
    let old = snapshot(&folder, "old.jsonl", &[open("a"), open("b")]);
    // Its record is there, but cannot be read.
    let broken = open("a").replace("queuePolicy", "queuePolitics");
    let told = report(
        &snapshot(&folder, "broken.jsonl", &[broken, open("b")]),
        &old,
    );
    assert_eq!(counts(&told), ["0", "0", "1", "0", "1"]);
    assert_eq!(gone(&told)[0].1, "not-analysed");
    assert_eq!(names(&told, "resourcesNotAnalysed").len(), 1);
    // A record without a name may be it.
    let told = report(
        &snapshot(&folder, "cut.jsonl", &["{".to_owned(), open("b")]),
        &old,
    );
    assert_eq!(counts(&told), ["0", "0", "1", "0", "1"]);
    assert!(names(&told, "resourcesGone").is_empty());
    let told = report(&snapshot(&folder, "less.jsonl", &[open("b")]), &old);
    assert_eq!(counts(&told), ["0", "0", "1", "1", "0"]);
}

#[test]
fn public_access_that_is_public_no_longer_is_told() {
    let folder = folder("public");
    let (public, closed) = (
        queue("q", EVERYONE, r#""sqs:SendMessage""#),
        queue("q", r#"{"AWS":"999988887777"}"#, r#""sqs:SendMessage""#),
    );
    let old = snapshot(
        &folder,
        "old.jsonl",
        &[
            public,
            queue("r", r#"{"AWS":"999988887777"}"#, r#""sqs:SendMessage""#),
        ],
    );
    let new = snapshot(&folder, "new.jsonl", &[closed]);
    let run = since(&new, &old, &["--public-only", "--format", "json"]);
    let told = parse(&run.out);
    // The other queue was not public, so it is no concern here.
    assert_eq!(counts(&told), ["0", "0", "0", "1", "0"]);
    assert_eq!(run.status, 0);
}

/// Runs with a cache; gives the report and what was said on standard error.
fn cached(new: &str, old: &str, cache: &Path) -> (String, String) {
    let cache = cache.display().to_string();
    let run = since(new, old, &["--format", "jsonl", "--cache", &cache]);
    assert_eq!(run.status, 1, "{}", run.err);
    (run.out, run.err)
}

/// The records in a cache file. The line of a chunk has no tab, and that of a record which is to be solved again ends in `?`.
fn entries(cache: &Path) -> Vec<String> {
    let text = fs::read_to_string(cache).expect("it was written");
    text.lines()
        .filter(|line| line.contains('\t'))
        .map(str::to_owned)
        .collect()
}

struct Samples {
    old: String,
    new: String,
    cache: PathBuf,
    plain: String,
}

/// The sample, and the sample with the first record left out.
fn samples(name: &str) -> Samples {
    let folder = folder(name);
    let old = sample(&folder, "old", |_, text| text.to_owned());
    let new = sample(&folder, "new", |file, text| match file {
        "resources.jsonl" => text.split_once('\n').expect("there are more").1.to_owned(),
        _ => text.to_owned(),
    });
    let plain = since(&new, &old, &["--format", "jsonl"]).out;
    Samples {
        old,
        new,
        cache: folder.join("scan.cache"),
        plain,
    }
}

#[test]
fn a_cache_changes_no_answer_and_may_be_deleted() {
    let Samples {
        old,
        new,
        cache,
        plain,
    } = samples("cache");
    for _ in 0..2 {
        let (out, err) = cached(&new, &old, &cache);
        assert!(out == plain, "the first run writes it, the second uses it");
        assert_eq!(err, "");
    }
    let kept = entries(&cache);
    assert!(kept.len() > 100, "only {} outcomes are kept", kept.len());
    fs::remove_file(&cache).expect("it is there");
    assert!(cached(&new, &old, &cache).0 == plain);
    assert_eq!(entries(&cache), kept);
    // It holds the newest snapshot alone, and nothing half written stays beside it.
    cached(&old, &old, &cache);
    assert_eq!(entries(&cache).len(), kept.len() + 1);
    let beside = fs::read_dir(cache.parent().expect("a folder")).expect("a folder");
    assert_eq!(beside.count(), 3, "old, new and the cache");
}

#[test]
fn a_cache_is_what_is_used() {
    // The proof that unchanged records are not solved again: an outcome that was tampered with shows.
    let Samples {
        old, new, cache, ..
    } = samples("used");
    cached(&new, &old, &cache);
    let text = fs::read_to_string(&cache).expect("it was written");
    let body = &text[..text.len() - 65];
    let changed = body.replacen("\"kind\":\"AWS\"", "\"kind\":\"XYZ\"", 1);
    assert_ne!(changed, body);
    let sum = blake3::hash(changed.as_bytes()).to_hex();
    fs::write(&cache, format!("{changed}{sum}\n")).expect("it can be written");
    let (out, err) = cached(&new, &old, &cache);
    assert_eq!(err, "");
    assert!(out.contains("\"principal\":{\"XYZ\":"));
}

#[test]
fn a_cache_that_is_damaged_or_of_another_version_is_not_used() {
    let Samples {
        old,
        new,
        cache,
        plain,
    } = samples("damaged");
    cached(&new, &old, &cache);
    let sound = fs::read(&cache).expect("it was written");
    let text = String::from_utf8(sound.clone()).expect("it is text");
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    let other_version = text.replacen(env!("CARGO_PKG_VERSION"), "0.0.9", 1);
    let other_format = text.replacen("cache 3 ", "cache 2 ", 1);
    let damaged: [&[u8]; 7] = [
        b"",
        b"no cache\n",
        &flipped,
        &sound[..sound.len() - 100],
        &sound[..sound.len() - 1],
        other_version.as_bytes(),
        other_format.as_bytes(),
    ];
    for bytes in damaged {
        fs::write(&cache, bytes).expect("it can be written");
        let (out, err) = cached(&new, &old, &cache);
        assert!(out == plain);
        assert!(
            err.starts_with("note: ") && err.contains("is not used"),
            "{err}"
        );
        assert!(fs::read(&cache).expect("it was written anew") == sound);
    }
}

#[test]
fn another_organization_or_zone_is_another_question() {
    let Samples { old, cache, .. } = samples("organization");
    let folder = cache.parent().expect("a folder").to_owned();
    cached(&old, &old, &cache);
    let before = entries(&cache);
    // A service control policy changes: what every record came to is asked anew.
    let other = sample(&folder, "other", |file, text| match file {
        "organization.json" => {
            let changed = text.replacen("\"Deny\"", "\"Allow\"", 1);
            assert_ne!(changed, text, "a policy denies something");
            changed
        }
        _ => text.to_owned(),
    });
    let plain = since(&other, &old, &["--format", "jsonl"]).out;
    assert!(cached(&other, &old, &cache).0 == plain);
    let keys =
        |lines: &[String]| -> Vec<String> { lines.iter().map(|l| l[..64].to_owned()).collect() };
    let (then, now) = (keys(&before), keys(&entries(&cache)));
    assert_eq!(then.len(), now.len());
    assert!(now.iter().all(|key| !then.contains(key)));
    // Another zone of trust, another question.
    let path = cache.display().to_string();
    let account = since(
        &old,
        &old,
        &["--format", "jsonl", "--cache", &path, "--zone", "account"],
    );
    let alone = since(&old, &old, &["--format", "jsonl", "--zone", "account"]);
    assert!(account.out == alone.out);
}

#[test]
fn threads_change_no_byte_of_report_or_cache() {
    let Samples {
        old, new, cache, ..
    } = samples("threads");
    let path = cache.display().to_string();
    let run = |threads: &str| {
        let more = ["--format", "json", "--threads", threads, "--cache", &path];
        let _ = fs::remove_file(&cache);
        (
            since(&new, &old, &more).out,
            fs::read(&cache).expect("it was written"),
        )
    };
    assert!(run("1") == run("5"));
}

#[test]
fn a_cache_serves_a_scan_alone() {
    let Samples { new, cache, .. } = samples("alone");
    let path = cache.display().to_string();
    let scan = |more: &[&str]| {
        let mut arguments = vec!["scan", &new, "--format", "json"];
        arguments.extend(more);
        keyaki(&arguments, "").out
    };
    let plain = scan(&[]);
    assert!(!plain.contains("\"changes\""), "there is no older snapshot");
    assert!(scan(&["--cache", &path]) == plain);
    assert!(scan(&["--cache", &path]) == plain);
}

/// A snapshot of so many queues, every seventh open to another account.
fn queues(folder: &Path, name: &str, change: impl Fn(usize) -> Option<String>) -> String {
    let records: Vec<String> = (0..4_000).filter_map(change).collect();
    snapshot(folder, name, &records)
}

fn plain_queue(index: usize) -> Option<String> {
    let principal = match index % 7 {
        0 => r#"{"AWS":"999988887777"}"#,
        _ => r#"{"AWS":"111122223333"}"#,
    };
    Some(queue(
        &format!("q{index}"),
        principal,
        r#""sqs:SendMessage""#,
    ))
}

#[test]
fn chunks_change_no_answer() {
    let folder = folder("chunks");
    let old = queues(&folder, "old", plain_queue);
    let cache = folder.join("scan.cache");
    // One goes that was open and two that were not, one comes in between, one changes its place, one is opened.
    let new = queues(&folder, "new", |index| match index {
        700 | 1_801 => None,
        2_000 => Some(format!(
            "{}\n{}",
            plain_queue(3_999)?,
            queue("extra", r#""*""#, r#""sqs:SendMessage""#)
        )),
        3_001 => Some(queue(
            "q3001",
            r#"{"AWS":"999988887777"}"#,
            r#""sqs:SendMessage""#,
        )),
        3_999 => None,
        _ => plain_queue(index),
    });
    let json = |cache: &[&str]| since(&new, &old, &[&["--format", "json"], cache].concat());
    let plain = json(&[]);
    let path = cache.display().to_string();
    let with = ["--cache", path.as_str()];
    let of_old = || {
        let run = since(&old, &old, &["--format", "json", "--cache", &path]);
        assert_eq!(run.status, 1, "{}", run.err);
    };
    assert_eq!(json(&with).out, plain.out, "nothing is remembered yet");
    assert_eq!(
        json(&with).out,
        plain.out,
        "the newer snapshot is remembered"
    );
    of_old();
    assert_eq!(
        json(&with).out,
        plain.out,
        "the older snapshot is remembered"
    );
    let chunks = |text: &str| {
        text.lines()
            .filter(|line| line.len() < 80 && !line.contains('\t'))
            .count()
    };
    let text = fs::read_to_string(&cache).expect("it was written");
    assert!(chunks(&text) > 4, "only {} chunks", chunks(&text));

    let report = keyaki_language::json::parse(&plain.out).expect("a report");
    assert_eq!(
        names(&report, "resourcesGone"),
        ["q1801", "q2000", "q700"].map(|name| format!("arn:aws:sqs:us-east-1:111122223333:{name}"))
    );
}

#[test]
fn a_chunk_that_lost_a_record_in_the_cache_hides_nothing() {
    let Samples {
        old, new, cache, ..
    } = samples("lost");
    let (whole, _) = cached(&new, &old, &cache);
    let text = fs::read_to_string(&cache).expect("it was written");
    // The first record goes, and the length of its chunk and the digest of the file say so.
    let mut lines = text.split_inclusive('\n');
    let header = lines.next().expect("a header");
    let (chunk, first) = (
        lines.next().expect("a chunk"),
        lines.next().expect("a record"),
    );
    let (key, length) = chunk.trim_end().split_once(' ').expect("key and length");
    let length: usize = length.parse().expect("a number");
    let rest = &text[header.len() + chunk.len() + first.len()..text.len() - 65];
    let body = format!("{header}{key} {}\n{rest}", length - first.len());
    let sum = blake3::hash(body.as_bytes()).to_hex();
    fs::write(&cache, format!("{body}{sum}\n")).expect("it can be written");
    let (out, err) = cached(&new, &old, &cache);
    assert_eq!((out.as_str(), err.as_str()), (whole.as_str(), ""));
}

#[test]
fn stats_tell_what_the_cache_knew_and_what_was_done() {
    let folder = folder("stats");
    let old = queues(&folder, "old", plain_queue);
    let new = queues(&folder, "new", |index| match index {
        2_500 => Some(queue("q2500", EVERYONE, r#""sqs:SendMessage""#)),
        _ => plain_queue(index),
    });
    let cache = folder.join("scan.cache").display().to_string();
    let scan = |file: &str| {
        let run = keyaki(
            &[
                "scan", file, "--format", "jsonl", "--cache", &cache, "--stats",
            ],
            "",
        );
        assert!(!run.out.contains("analysed:"), "they go to standard error");
        run.err
    };
    let line = |report: &str, name: &str| {
        let found = report.lines().find(|line| line.starts_with(name));
        found
            .unwrap_or_else(|| panic!("no {name} in {report}"))
            .to_owned()
    };
    let first = scan(&old);
    assert_eq!(line(&first, "analysed:"), "analysed: 4000 records");
    assert!(line(&first, "cache: 0 of ").ends_with("whole, 0 records of the others"));
    assert!(!line(&first, "work:").ends_with(" 0 searches"), "{first}");
    assert!(first.contains("  digests  "), "{first}");
    let second = scan(&new);
    assert_eq!(line(&second, "analysed:"), "analysed: 1 records");
    let known: Vec<u64> = line(&second, "cache:")
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let [whole, chunks, records] = known[..] else {
        panic!("{second}")
    };
    assert_eq!(whole, chunks - 1, "one chunk changed");
    assert!(records > 0, "the others of its records are known");
    let plain = keyaki(&["scan", &new, "--format", "jsonl"], "");
    assert_eq!(plain.err, "", "nothing is told unasked");
}
