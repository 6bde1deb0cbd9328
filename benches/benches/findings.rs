//! Findings of policies that grow: how long the smallest cover takes, with its evidence.
//!
//! Every bench asserts the number of findings, and that they are known to be as few as can be.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use keyaki_corpus::scaling::{BUCKET, Keys, policy};
use keyaki_engine::Limits;
use keyaki_engine::finding::{Analysis, Selection, analyze};
use keyaki_engine::resource::{Configuration, Organization, Resource, S3Bucket, ZoneOfTrust};
use keyaki_language::Policy;
use keyaki_language::policy::AccountId;
use std::hint::black_box;
use std::time::Duration;

fn bucket(text: &str) -> Resource {
    Resource {
        arn: BUCKET.to_owned(),
        account: AccountId::parse("444455556666").expect("twelve digits"),
        region: "us-east-1".to_owned(),
        configuration: Configuration::S3Bucket(S3Bucket {
            policy: Some(Policy::read(text).expect("a valid policy")),
            ..S3Bucket::default()
        }),
    }
}

fn analysis(resource: &Resource, selection: Selection) -> Analysis {
    let zone = ZoneOfTrust {
        accounts: vec![resource.account],
        ..ZoneOfTrust::default()
    };
    analyze(
        resource,
        &zone,
        &Organization::default(),
        selection,
        &Limits::default(),
    )
}

/// `n` statements, `n` findings, known to be smallest; guards against looking at products of labels.
fn cover(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("findings/cover");
    for (keys, name, counts) in [
        (Keys::Five, "5_keys", &[1, 10, 15, 100, 1000][..]),
        (Keys::Six, "6_keys", &[1, 10, 15, 32, 100, 1000][..]),
    ] {
        for count in counts {
            if *count >= 1000 {
                group.sample_size(10);
                group.measurement_time(Duration::from_secs(20));
            }
            let resource = bucket(&policy(*count, keys));
            group.bench_with_input(BenchmarkId::new(name, count), &resource, |b, resource| {
                b.iter(|| {
                    let found = analysis(black_box(resource), Selection::MinimumCover);
                    assert_eq!(found.findings.len(), *count);
                    assert_eq!(found.minimality.len(), 1);
                    assert!(found.undecided.is_empty());
                    found
                });
            });
        }
    }
    group.finish();
}

/// The same policies with every irreducible finding, as the real service reports: `n²` of them.
fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("findings/all");
    group.sample_size(10);
    for count in [1usize, 10, 15] {
        let resource = bucket(&policy(count, Keys::Five));
        group.bench_with_input(
            BenchmarkId::new("5_keys", count),
            &resource,
            |b, resource| {
                b.iter(|| {
                    let found = analysis(black_box(resource), Selection::All);
                    assert_eq!(found.findings.len(), count * count);
                    found
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, cover, all);
criterion_main!(benches);
