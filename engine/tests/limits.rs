//! A limit of steps ends searches for texts, and what was cut off is never an answer.

use keyaki_engine::question::{NoNewAccess, Question};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

fn policy(element: &str, globs: &[&str]) -> Policy {
    let globs = globs.join(r#"",""#);
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{{"{element}":{{"aws:referer":["{globs}"]}}}}}}}}"#
    );
    Policy::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Whether all that matches `new` matches one of `old`.
fn inside(new: (&str, &[&str]), old: &[&str]) -> Question {
    Question::NoNewAccess(NoNewAccess {
        policy_type: PolicyType::Identity,
        new: policy(new.0, new.1),
        existing: policy("StringLike", old),
    })
}

/// Questions that need a search, with their answers; the third asks for one member of a key with many values.
fn questions() -> Vec<(Question, bool)> {
    let digits: Vec<String> = (0..10).map(|digit| format!("*{digit}???")).collect();
    let digits: Vec<&str> = digits.iter().map(String::as_str).collect();
    vec![
        (inside(("StringLike", &["ab*b*b*b"]), &["a*b*b*b"]), true),
        (inside(("StringLike", &["a*b*b*b"]), &["ab*b*b*b"]), false),
        (
            inside(("ForAnyValue:StringLike", &["*a*b*c?"]), &["*a*c?"]),
            true,
        ),
        (inside(("StringLike", &["*a???"]), &["*a*", "*b??"]), true),
        (inside(("StringLike", &["*x*0???"]), &digits), true),
        (inside(("StringLike", &["*x*y???"]), &digits), false),
    ]
}

#[test]
fn what_a_limit_of_steps_cuts_off_is_undecided() {
    for (at, (question, holds)) in questions().iter().enumerate() {
        let mut cut = 0;
        for steps in (0..2_000).chain([20_000, 200_000]) {
            let limits = Limits {
                steps,
                ..Limits::default()
            };
            match question.decide(&limits).verdict {
                Verdict::Holds(_) => assert!(*holds, "question {at} within {steps} steps"),
                Verdict::Fails(_) => assert!(!*holds, "question {at} within {steps} steps"),
                Verdict::Undecided(reason) => {
                    assert_eq!(reason.code, "limit", "question {at}: {}", reason.message);
                    assert!(question.prove(&limits).proof.is_none());
                    cut += 1;
                }
            }
        }
        assert!(cut < 2_002, "question {at} is decided within many steps");
        // A first guess answers some questions that fail; those that hold take a search.
        assert!(cut > 0 || !holds, "question {at} takes steps");
    }
}

/// The letters that stand for the values of variables while a question is decided: a document may spell them, too.
#[test]
fn letters_for_private_use_are_never_said_to_let_nobody_in() {
    for letter in ['\u{10f000}', '\u{10f123}', '\u{10ff00}', '\u{10fffe}'] {
        let text = letter.to_string();
        let question = Question::NoNewAccess(NoNewAccess {
            policy_type: PolicyType::Identity,
            new: policy("StringLike", &[&text]),
            existing: policy("StringLike", &["??*"]),
        });
        match question.decide(&Limits::default()).verdict {
            Verdict::Fails(Some(_)) | Verdict::Undecided(_) => {}
            other => panic!("{letter:?}: {other:?}"),
        }
        let question = inside(("StringLike", &[&text]), &["?"]);
        match question.decide(&Limits::default()).verdict {
            Verdict::Undecided(_) => {}
            other => panic!("{letter:?}: {other:?}"),
        }
        assert!(question.prove(&Limits::default()).proof.is_none());
    }
    // Their neighbours are letters as others are.
    for letter in ["\u{100001}", "\u{10efff}", "\u{10ffff}"] {
        let question = inside(("StringLike", &[letter]), &["?"]);
        let verdict = question.decide(&Limits::default()).verdict;
        assert!(
            matches!(verdict, Verdict::Holds(_)),
            "{letter:?}: {verdict:?}"
        );
    }
}

/// S42: each variable whose key may be absent doubles the cases of a many-valued key's values, and so does each default of a pattern. Too many are
/// not decided: neither are they tried one by one, nor does anything follow from them.
#[test]
fn s42_too_many_cases_of_variables_are_not_decided() {
    let read = |text: String| Policy::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let statement = |rest: &str| {
        read(format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*",{rest}}}}}"#
        ))
    };
    let values = |range: std::ops::Range<usize>| {
        let values: Vec<String> = range
            .map(|at| format!(r#""{at}-${{aws:RequestTag/t{at}}}-*""#))
            .collect();
        statement(&format!(
            r#""Resource":"*","Condition":{{"ForAllValues:StringLike":{{"aws:TagKeys":[{}]}}}}"#,
            values.join(",")
        ))
    };
    let path = |count: usize| {
        let parts: Vec<String> = (0..count)
            .map(|at| format!("${{aws:RequestTag/t{at}, 'd{at}'}}"))
            .collect();
        statement(&format!(
            r#""Resource":"arn:aws:s3:::bucket/{}""#,
            parts.join("/")
        ))
    };
    let everything = statement(r#""Resource":"arn:aws:s3:::bucket/*""#);
    let ask = |new: &Policy, existing: &Policy| {
        let question = Question::NoNewAccess(NoNewAccess {
            policy_type: PolicyType::Identity,
            new: new.clone(),
            existing: existing.clone(),
        });
        question.decide(&Limits::default()).verdict
    };
    // Few are decided.
    assert!(matches!(
        ask(&values(0..4), &values(1..4)),
        Verdict::Fails(_)
    ));
    assert!(matches!(
        ask(&values(0..4), &values(0..4)),
        Verdict::Holds(_)
    ));
    assert!(matches!(ask(&path(4), &everything), Verdict::Holds(_)));
    // Of many, the same is the same, and nothing else follows.
    for count in [20, 64, 200] {
        assert!(matches!(
            ask(&values(0..count), &values(0..count)),
            Verdict::Holds(_)
        ));
        for (new, existing) in [
            (values(0..count), values(1..count)),
            (values(1..count), values(0..count)),
            (path(count), everything.clone()),
            (everything.clone(), path(count)),
        ] {
            match ask(&new, &existing) {
                Verdict::Undecided(reason) => {
                    assert_eq!(reason.code, "limit", "{}", reason.message)
                }
                // Whatever the path may be, it is not everything.
                Verdict::Fails(_) if new == everything => {}
                other => panic!("{count}: {other:?}"),
            }
        }
    }
}
