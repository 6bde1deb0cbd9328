//! Families of hard questions, each family as a whole: guards against shapes that grow faster than they must.

use criterion::{Criterion, criterion_group, criterion_main};
use keyaki_corpus::families::ALL;
use std::time::Duration;

fn families(c: &mut Criterion) {
    let mut group = c.benchmark_group("families");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    for family in ALL {
        let questions = keyaki_benches::family(family);
        let name = format!("{}/{}/{}", family.number, family.name, family.size);
        group.bench_function(name, |b| {
            b.iter(|| questions.iter().for_each(keyaki_benches::Expected::decide));
        });
    }
    group.finish();
}

criterion_group!(benches, families);
criterion_main!(benches);
