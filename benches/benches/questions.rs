//! One question at a time: small policies, many statements, and shapes that are hard for automata.
//!
//! Each bench asserts its verdict, so a wrong answer cannot be a fast one.

use criterion::{Criterion, criterion_group, criterion_main};
use keyaki_engine::question::{NoNewAccess, Question};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;
use std::hint::black_box;

fn identity(statements: &str) -> Policy {
    Policy::read(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
    .expect("a valid policy")
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
}

fn no_new_access(existing: &str, new: &str) -> Question {
    Question::NoNewAccess(NoNewAccess {
        policy_type: PolicyType::Identity,
        existing: identity(existing),
        new: identity(new),
    })
}

fn bench(c: &mut Criterion, name: &str, question: &Question, holds: bool) {
    c.bench_function(name, |b| {
        b.iter(|| {
            let answer = black_box(question).decide(&Limits::default());
            assert_eq!(matches!(answer.verdict, Verdict::Holds(_)), holds, "{name}");
        });
    });
}

fn questions(c: &mut Criterion) {
    // The common case: one statement against one, refuted by fixed beginnings.
    bench(
        c,
        "no_new_access/one_statement/holds",
        &no_new_access(
            &allow("s3:*", "*"),
            &allow("s3:GetObject", "arn:aws:s3:::b/*"),
        ),
        true,
    );
    bench(
        c,
        "no_new_access/one_statement/fails",
        &no_new_access(&allow("s3:Get*", "*"), &allow("s3:PutObject", "*")),
        false,
    );
    // Many statements: guards the quadratic loop over statements.
    let many: Vec<String> = (0..100)
        .map(|n| allow("s3:GetObject", &format!("arn:aws:s3:::bucket-{n}/*")))
        .collect();
    bench(
        c,
        "no_new_access/hundred_statements/holds",
        &no_new_access(&many.join(","), &many.join(",")),
        true,
    );
    // A run of `?` behind a star: guards against determinising.
    let run = format!("arn:aws:s3:::*a{}", "?".repeat(16));
    bench(
        c,
        "no_new_access/star_and_run/holds",
        &no_new_access(&allow("s3:GetObject", &run), &allow("s3:GetObject", &run)),
        true,
    );
    let longer = format!("arn:aws:s3:::*a{}", "?".repeat(17));
    bench(
        c,
        "no_new_access/star_and_run/fails",
        &no_new_access(
            &allow("s3:GetObject", &run),
            &allow("s3:GetObject", &longer),
        ),
        false,
    );
    bench(
        c,
        "no_new_access/interleaved_stars/fails",
        &no_new_access(
            &allow("s3:GetObject", "arn:aws:s3:::ab*b*b*b"),
            &allow("s3:GetObject", "arn:aws:s3:::a*b*b*b"),
        ),
        false,
    );
}

criterion_group!(benches, questions);
criterion_main!(benches);
