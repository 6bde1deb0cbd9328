//! Documents at the service's size limits: reading them, and each question about them.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keyaki_corpus::full::KINDS;
use std::hint::black_box;
use std::time::Duration;

fn full(c: &mut Criterion) {
    let mut group = c.benchmark_group("full");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    for kind in KINDS {
        let questions = kind.questions(1);
        // The parser reads at hundreds of megabytes a second, or documents of this size would be felt.
        let lines: Vec<(String, _)> = questions
            .iter()
            .map(|question| (question.line_under("full"), question.expect))
            .collect();
        let bytes: usize = lines.iter().map(|(line, _)| line.len()).sum();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(format!("parse/{}", kind.name), |b| {
            b.iter(|| {
                for (line, expect) in &lines {
                    assert!(!keyaki_benches::read(black_box(line), *expect).id.is_empty());
                }
            });
        });
        group.throughput(Throughput::Elements(1));
        for (question, (line, expect)) in questions.iter().zip(&lines) {
            let read = keyaki_benches::read(line, *expect);
            group.bench_function(format!("decide/{}", question.name), |b| {
                b.iter(|| read.decide())
            });
        }
    }
    group.finish();
}

criterion_group!(benches, full);
criterion_main!(benches);
