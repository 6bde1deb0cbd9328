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

/// A statement on every object whose tag `k` passes a condition.
fn tagged(effect: &str, operator: &str, key: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    format!(
        r#"{{"Effect":"{effect}","Action":"s3:GetObject","Resource":"*","Condition":{{"{operator}":{{"{key}":[{}]}}}}}}"#,
        values.join(",")
    )
}

fn long_lists(c: &mut Criterion) {
    const TAG: &str = "aws:RequestTag/k";
    let one = |text: String| vec![text];
    // One list of 800 actions against 80 lists of ten: guards the walk along a list, which must not begin anew for each of them.
    let action = |n: usize| format!(r#""ec2:Action{n:03}""#);
    let actions = |from: usize, to: usize| {
        let list: Vec<String> = (from..to).map(action).collect();
        format!(
            r#"{{"Effect":"Allow","Action":[{}],"Resource":"*"}}"#,
            list.join(",")
        )
    };
    let tens: Vec<String> = (0..80).map(|n| actions(10 * n, 10 * n + 10)).collect();
    bench(
        c,
        "no_new_access/list_against_lists/holds",
        &no_new_access(&tens.join(","), &actions(0, 800)),
        true,
    );
    // A hundred patterns against a hundred wider ones: guards the look for one that covers another before any product is walked.
    let globs: Vec<String> = (0..100)
        .map(|n| format!("{}*{}*a*b*c*d*e*{}", n % 7, n % 11, n))
        .collect();
    let wider: Vec<String> = globs
        .iter()
        .map(|glob| tagged("Allow", "StringLike", TAG, &one(glob.replace("a*", "*"))))
        .collect();
    bench(
        c,
        "no_new_access/hundred_globs_in_wider_ones/holds",
        &no_new_access(
            &wider.join(","),
            &tagged("Allow", "StringLike", TAG, &globs),
        ),
        true,
    );
    // Sixty blocks of addresses, each cut out by a Deny of its own, and the last quarter of the network with them.
    let blocks: Vec<String> = (0..64)
        .map(|n| {
            tagged(
                "Deny",
                "IpAddress",
                "aws:SourceIp",
                &one(format!("10.{}.0.0/14", 4 * n)),
            )
        })
        .collect();
    let network = tagged(
        "Allow",
        "IpAddress",
        "aws:SourceIp",
        &one("10.0.0.0/8".to_owned()),
    );
    let cut = format!("{network},{}", blocks.join(","));
    bench(
        c,
        "no_new_access/network_cut_into_blocks/holds",
        &no_new_access(&allow("s3:PutObject", "*"), &cut),
        true,
    );
    // Two hundred Deny statements that each cut one key: guards the search against a choice for each.
    let cuts: Vec<String> = (0..200)
        .map(|n| {
            let key = format!("aws:RequestTag/k{n}");
            tagged("Deny", "StringNotEquals", &key, &one("v".to_owned()))
        })
        .collect();
    let all = allow("s3:GetObject", "*");
    let cut = format!("{all},{}", cuts.join(","));
    bench(
        c,
        "no_new_access/two_hundred_denies/holds",
        &no_new_access(&cut, &cut),
        true,
    );
    bench(
        c,
        "no_new_access/two_hundred_denies/fails",
        &no_new_access(&cut, &format!("{all},{}", cuts[1..].join(","))),
        false,
    );
}

criterion_group!(benches, questions, long_lists);
criterion_main!(benches);
