//! Files that are compressed by gzip, as AWS Config delivers them.

use flate2::Compression;
use flate2::write::GzEncoder;
use keyaki_fetch::Snapshot;
use keyaki_fetch::file::Options;
use std::io::Write;

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(text.as_bytes())
        .expect("it is packed in memory");
    encoder.finish().expect("it is packed in memory")
}

/// How many records a stream has, and how many lines that are none.
fn count(name: &str, bytes: &[u8]) -> (usize, usize) {
    let read = Snapshot::from_reader(name, bytes, &Options::default()).expect("it can be read");
    let (records, errors): (Vec<_>, Vec<_>) = read.resources.records().partition(Result::is_ok);
    (records.len(), errors.len())
}

const ITEM: &str = r#"{"resourceType":"AWS::SQS::Queue","resourceId":"q","ARN":"arn:aws:sqs:eu-west-1:111122223333:q","awsAccountId":"111122223333","awsRegion":"eu-west-1","configuration":{"QueueArn":"arn:aws:sqs:eu-west-1:111122223333:q","Policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\"}}"}}"#;

#[test]
fn every_kind_of_file_may_be_compressed() {
    let record = r#"{"resourceArn":"arn:aws:sqs:eu-west-1:111122223333:q","resourceType":"AWS::SQS::Queue","resourceOwnerAccount":"111122223333","region":"eu-west-1","configuration":{"sqsQueue":{}}}"#;
    let template = "Resources: {T: {Type: AWS::SNS::Topic}}";
    let export = format!(
        r#"{{"configSnapshotId":"x","configurationItems":[{}]}}"#,
        vec![ITEM; 5000].join(",")
    );
    for (name, text, records) in [
        ("r.jsonl.gz", record, 1),
        ("t.yaml.gz", template, 1),
        ("export.json.gz", export.as_str(), 5000),
        // A name tells nothing by itself.
        ("<stdin>", export.as_str(), 5000),
    ] {
        assert_eq!(count(name, &packed(text)), (records, 0), "{name}");
    }
    // Several streams one after the other are one file (RFC 1952, section 2.2).
    let (begin, end) = export.split_at(export.len() / 2);
    let joined = [packed(begin), packed(end)].concat();
    assert_eq!(count("export.json.gz", &joined), (5000, 0));
}

#[test]
fn what_is_cut_off_is_an_error() {
    let export = format!(
        r#"{{"configSnapshotId":"x","configurationItems":[{}]}}"#,
        vec![ITEM; 50_000].join(",")
    );
    let whole = packed(&export);
    let (_, errors) = count("export.json.gz", &whole[..whole.len() - 2000]);
    assert!(errors > 0);
    let short = &packed("Resources: {T: {Type: AWS::SNS::Topic}}")[..30];
    let error =
        Snapshot::from_reader("t.yaml.gz", short, &Options::default()).expect_err("it is cut off");
    assert!(error.to_string().contains("cannot unpack"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("not whole")));
}
