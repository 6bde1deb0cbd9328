//! Scanning a generated snapshot, reading included: guards the work done once for each resource.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keyaki_corpus::generate::Options;
use keyaki_engine::Limits;
use keyaki_engine::finding::{Analyzer, Selection};
use keyaki_engine::resource::ZoneOfTrust;
use keyaki_fetch::Snapshot;
use std::time::Duration;

const RESOURCES: u64 = 1_000;

fn scan(organization: &str, resources: &str) -> usize {
    let snapshot = Snapshot::from_memory(resources, Some(organization), None)
        .expect("the generator writes snapshots");
    let zone = ZoneOfTrust {
        organization: Some(snapshot.organization.id.clone()),
        ..ZoneOfTrust::default()
    };
    let analyzer = Analyzer::new(
        &snapshot.organization,
        Selection::MinimumCover,
        Limits::default(),
    );
    snapshot
        .resources
        .map(|line| {
            let resource = line.expect("a line").parse().expect("a record");
            let analysis = analyzer.analyze(&resource, &zone);
            assert!(analysis.undecided.is_empty(), "everything is decided");
            analysis.findings.len()
        })
        .sum()
}

fn snapshot(c: &mut Criterion) {
    let options = Options::new(50, RESOURCES, 1).expect("in range");
    let written = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut bytes = Vec::new();
        write(&mut bytes).expect("memory takes it");
        String::from_utf8(bytes).expect("the generator writes UTF-8")
    };
    let organization = written(&|out| options.write_organization(out));
    let resources = written(&|out| options.write_resources(out));
    let findings = scan(&organization, &resources);
    assert!(findings > 0, "the generator plants exposures");
    let mut group = c.benchmark_group("snapshot");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(3))
        .throughput(Throughput::Elements(RESOURCES));
    group.bench_function("scan/1000_resources", |b| {
        b.iter(|| assert_eq!(scan(&organization, &resources), findings));
    });
    group.finish();
}

criterion_group!(benches, snapshot);
criterion_main!(benches);
