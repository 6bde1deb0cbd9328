//! The sample organization and generated ones are read whole.

use keyaki_corpus::{generate::Options, sample};
use keyaki_engine::resource::{Configuration, Resource};
use keyaki_fetch::snapshot::schema;
use keyaki_fetch::{NotAnalysed, Snapshot};
use keyaki_language::json::{self, Json};
use keyaki_language::policy::AccountId;
use std::collections::{BTreeMap, BTreeSet};

fn sample_snapshot() -> Snapshot<'static> {
    Snapshot::from_memory(
        sample::RESOURCES,
        Some(sample::ORGANIZATION),
        Some(sample::MANIFEST),
    )
    .expect("the sample is sound")
}

fn count_types(resources: &[Resource]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for resource in resources {
        *counts
            .entry(resource.configuration.type_name())
            .or_default() += 1;
    }
    counts
}

#[test]
fn every_record_of_the_sample_is_read() {
    let resources: Vec<Resource> = sample_snapshot()
        .resources
        .records()
        .collect::<Result<_, _>>()
        .expect("every record is sound");
    let counts = count_types(&resources);
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [
            ("AWS::IAM::Role", 56),
            ("AWS::KMS::Key", 26),
            ("AWS::Lambda::Function", 29),
            ("AWS::Lambda::LayerVersion", 4),
            ("AWS::S3::Bucket", 57),
            ("AWS::SQS::Queue", 29),
        ]
    );
    let arns: BTreeSet<&str> = resources
        .iter()
        .map(|resource| resource.arn.as_str())
        .collect();
    assert_eq!(arns.len(), resources.len());
    let regions: BTreeSet<&str> = resources
        .iter()
        .map(|resource| resource.region.as_str())
        .collect();
    assert_eq!(
        regions.into_iter().collect::<Vec<_>>(),
        ["", "ap-northeast-1", "eu-central-1", "us-east-1"]
    );
}

#[test]
fn the_sample_organization_has_its_paths_and_levels() {
    let snapshot = sample_snapshot();
    let organization = &snapshot.organization;
    assert_eq!(organization.accounts.len(), 10);
    assert_eq!(
        organization.management_account,
        AccountId::parse("100000000001")
    );

    let data = &organization.accounts[&AccountId::parse("410000000002").expect("twelve digits")];
    assert_eq!(
        data.membership.paths,
        ["o-momiji7k2q/r-mj01/ou-mj01-workload1/ou-mj01-production/"]
    );
    // Root, Workloads, Production, the account; FullAWSAccess counts on each.
    assert_eq!(
        data.scps.iter().map(Vec::len).collect::<Vec<_>>(),
        [2, 2, 1, 1]
    );
    assert_eq!(
        data.rcps.iter().map(Vec::len).collect::<Vec<_>>(),
        [2, 1, 1, 2]
    );

    for resource in snapshot.resources.records() {
        let resource = resource.expect("every record is sound");
        assert!(
            organization.accounts.contains_key(&resource.account),
            "{}",
            resource.arn
        );
    }
}

#[test]
fn the_gaps_of_the_sample_are_not_analysed() {
    let gaps: Vec<NotAnalysed> = sample_snapshot()
        .manifest
        .gaps
        .iter()
        .map(NotAnalysed::from)
        .collect();
    assert_eq!(gaps.len(), 2);
    assert_eq!(
        gaps[0].message,
        "`kms:GetKeyPolicy` answered `AccessDeniedException`"
    );
    assert_eq!(
        (gaps[1].resource.as_deref(), gaps[1].region.as_deref()),
        (None, Some("ap-northeast-1"))
    );
}

#[test]
fn what_is_planted_stands_in_the_sample_and_in_its_readme() {
    let readme = include_str!("../../corpus/sample/README.md");
    let resources: Vec<Resource> = sample_snapshot()
        .resources
        .records()
        .collect::<Result<_, _>>()
        .expect("every record is sound");
    let arns: BTreeSet<&str> = resources
        .iter()
        .map(|resource| resource.arn.as_str())
        .collect();
    let mut planted = 0;
    for line in sample::PLANTED.lines() {
        let entry = json::parse(line).expect("planted.jsonl is JSON");
        let text = |name: &str| {
            entry
                .get(name)
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (resource, expect, who) = (text("resource"), text("expect"), text("who"));
        assert!(
            arns.contains(resource.as_str()),
            "{resource} is no resource"
        );
        assert!(
            ["public", "external", "advisory", "quiet"].contains(&expect.as_str()),
            "{expect}"
        );
        assert_eq!(
            who.is_empty(),
            ["advisory", "quiet"].contains(&expect.as_str()),
            "{resource}"
        );
        let who = if who.is_empty() {
            String::new()
        } else {
            format!("`{who}`")
        };
        let row = format!("| `{resource}` | {expect} | {who} | {} |", text("story"));
        assert!(readme.contains(&row), "the table lacks {row}");
        planted += 1;
    }
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| `arn:"))
        .count();
    assert_eq!(planted, rows);
}

/// Every name of `properties` in a schema.
fn properties(schema: &Json, found: &mut BTreeSet<String>) {
    for member in schema.as_object().unwrap_or_default() {
        if member.key.value == "properties" {
            found.extend(
                member
                    .value
                    .as_object()
                    .unwrap_or_default()
                    .iter()
                    .map(|inner| inner.name().to_owned()),
            );
        }
        properties(&member.value, found);
    }
    for item in schema.as_array().unwrap_or_default() {
        properties(item, found);
    }
}

/// Every member name of a document, but not of policy documents and maps with free keys.
fn members(json: &Json, found: &mut BTreeSet<String>) {
    const FREE: [&str; 4] = [
        "document",
        "accessPoints",
        "encryptionContextEquals",
        "encryptionContextSubset",
    ];
    for member in json.as_object().unwrap_or_default() {
        found.insert(member.name().to_owned());
        if !(FREE.contains(&member.name())
            || member.key.value.ends_with("Policy")
            || member.key.value == "default")
        {
            members(&member.value, found);
        }
    }
    for item in json.as_array().unwrap_or_default() {
        members(item, found);
    }
}

#[test]
fn the_schemas_name_every_member_of_the_sample() {
    for (schema, documents) in [
        (
            schema::RESOURCE,
            sample::RESOURCES.lines().collect::<Vec<_>>(),
        ),
        (schema::ORGANIZATION, vec![sample::ORGANIZATION]),
        (schema::MANIFEST, vec![sample::MANIFEST]),
    ] {
        let mut known = BTreeSet::new();
        properties(&json::parse(schema).expect("a schema is JSON"), &mut known);
        let mut used = BTreeSet::new();
        for document in documents {
            members(
                &json::parse(document).expect("the sample is JSON"),
                &mut used,
            );
        }
        let unknown: Vec<_> = used.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(known.contains("schemaVersion"));
    }
}

#[test]
fn a_generated_organization_is_read_whole() {
    for (accounts, seed) in [(1, 1), (30, 2), (700, 3)] {
        let options = Options::new(accounts, 3_000, seed).expect("in range");
        let text = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
            let mut bytes = Vec::new();
            write(&mut bytes).expect("memory takes it");
            String::from_utf8(bytes).expect("it is text")
        };
        let resources = text(&|out| options.write_resources(out));
        let organization = text(&|out| options.write_organization(out));
        let manifest = text(&|out| options.write_manifest(out));
        let snapshot = Snapshot::from_memory(resources, Some(&organization), Some(&manifest))
            .expect("a sound snapshot");
        assert_eq!(snapshot.organization.accounts.len(), accounts as usize);

        let resources: Vec<Resource> = snapshot
            .resources
            .records()
            .collect::<Result<_, _>>()
            .expect("every record is sound");
        assert_eq!(resources.len(), 3_000);
        assert_eq!(count_types(&resources).len(), 6);
        let with_access_points = |resource: &&Resource| matches!(&resource.configuration, Configuration::S3Bucket(bucket) if !bucket.access_points.is_empty());
        assert!(resources.iter().filter(with_access_points).count() > 0);
        for resource in &resources {
            assert!(
                snapshot
                    .organization
                    .accounts
                    .contains_key(&resource.account)
            );
        }
    }
}
