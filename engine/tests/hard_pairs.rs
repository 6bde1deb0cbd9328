//! Pairs of constructs on one coordinate that are easy to get wrong, each with one answer on either side.

use keyaki_engine::question::{NoNewAccess, Question, Satisfiable};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::Policy;
use keyaki_language::policies::PolicyType;

fn policy(statements: &str) -> Policy {
    Policy::read(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#
    ))
    .expect("a valid policy")
}

/// An Allow of everything under a condition block.
fn under(condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{{{condition}}}}}"#
    )
}

/// A Deny of everything under a condition block.
fn denied(condition: &str) -> String {
    format!(r#"{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{{condition}}}}}"#)
}

#[derive(Debug, PartialEq)]
enum Says {
    Yes,
    No,
    Open,
}

fn says(verdict: &Verdict) -> Says {
    match verdict {
        Verdict::Holds(_) => Says::Yes,
        Verdict::Fails(_) => Says::No,
        Verdict::Undecided(_) => Says::Open,
    }
}

fn satisfiable(statements: &str) -> Says {
    let question = Question::Satisfiable(Satisfiable {
        policy_type: PolicyType::Identity,
        policy: policy(statements),
    });
    says(&question.decide(&Limits::default()).verdict)
}

/// Whether every request of `narrow` is one of `wide`.
fn inside(narrow: &str, wide: &str) -> Says {
    let question = Question::NoNewAccess(NoNewAccess {
        policy_type: PolicyType::Identity,
        existing: policy(wide),
        new: policy(narrow),
    });
    says(&question.decide(&Limits::default()).verdict)
}

#[test]
fn string_like_and_arn_like_on_one_key() {
    // The star of ArnLike stays in its part, that of StringLike does not.
    let arn = under(r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}"#);
    let text = under(r#""StringLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}"#);
    assert_eq!(inside(&arn, &text), Says::Yes);
    assert_eq!(inside(&text, &arn), Says::No);
    let both = r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:t"},"StringLike":{"aws:SourceArn":"*:a:b:*"}"#;
    assert_eq!(satisfiable(&under(both)), Says::Yes);
    let six = r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:t"},"StringLike":{"aws:SourceArn":"*:a:b:c:*"}"#;
    assert_eq!(satisfiable(&under(six)), Says::No);
}

#[test]
fn an_account_id_without_some_digits() {
    let without = |digits: &str| {
        let patterns: Vec<String> = digits.chars().map(|d| format!("\"*{d}*\"")).collect();
        let deny = denied(&format!(
            r#""StringLike":{{"aws:PrincipalAccount":[{}]}}"#,
            patterns.join(",")
        ));
        let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        satisfiable(&format!("{allow},{deny}"))
    };
    assert_eq!(without("012345678"), Says::Yes);
    assert_eq!(without("0123456789"), Says::No);
}

#[test]
fn two_variables_in_one_resource_from_two_layers() {
    let allow =
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}/*"}"#;
    let other = |tag: &str, more: &str| {
        format!(
            r#"{{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::b/${{aws:PrincipalTag/{tag}}}/*"}}{more}"#
        )
    };
    // The tag may be the user's name.
    assert_eq!(
        satisfiable(&format!("{allow},{}", other("team", ""))),
        Says::Yes
    );
    // Not if the first step of the path cannot serve both.
    let apart = format!(
        ",{},{}",
        denied(r#""StringNotEquals":{"aws:PrincipalTag/team":["a","b/c"]}"#),
        denied(r#""StringNotEquals":{"aws:username":["x","y"]}"#)
    );
    assert_eq!(
        satisfiable(&format!("{allow},{}", other("team", &apart))),
        Says::No
    );
    // With both variables unbounded: no if no first step serves both, yes if one does.
    let unbounded = |tag: &str, name: &str| {
        let apart = format!(
            ",{},{}",
            denied(&format!(
                r#""StringNotLike":{{"aws:PrincipalTag/team":"{tag}"}}"#
            )),
            denied(&format!(r#""StringLike":{{"aws:username":"{name}"}}"#))
        );
        satisfiable(&format!("{allow},{}", other("team", &apart)))
    };
    assert_eq!(unbounded("x/*", "x*"), Says::No);
    assert_eq!(unbounded("x/*", "x?*"), Says::Yes);
    assert_eq!(unbounded("x*", "x*"), Says::No);
    assert_eq!(unbounded("x*", "x"), Says::Yes);
    // The same name in both layers is the same value.
    let allow_team = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/*"}"#;
    assert_eq!(inside(allow_team, allow_team), Says::Yes);
    assert_eq!(inside(allow_team, allow), Says::No);
}

/// An Allow of one resource under a condition block.
fn on(resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{resource}","Condition":{{{condition}}}}}"#
    )
}

/// A Deny of all resources but one.
fn elsewhere(resource: &str) -> String {
    format!(r#"{{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::{resource}"}}"#)
}

#[test]
fn three_variables_in_one_resource() {
    let three = on(
        "b/${aws:PrincipalTag/a}/${aws:PrincipalTag/b}/${aws:PrincipalTag/c}",
        r#""StringLike":{"aws:PrincipalTag/a":"a*","aws:PrincipalTag/b":"b?","aws:PrincipalTag/c":"*c"}"#,
    );
    assert_eq!(
        satisfiable(&format!("{three},{}", elsewhere("b/a*/b?/*c"))),
        Says::Yes
    );
    assert_eq!(
        satisfiable(&format!("{three},{}", elsewhere("b/b*"))),
        Says::No
    );
    assert_eq!(
        satisfiable(&format!("{three},{}", elsewhere("b/*d"))),
        Says::No
    );
}

#[test]
fn the_same_variable_twice() {
    let twice = on("b/${aws:PrincipalTag/a}/${aws:PrincipalTag/a}", "");
    assert_eq!(
        satisfiable(&format!("{twice},{}", elsewhere("b/x/x"))),
        Says::Yes
    );
    assert_eq!(
        satisfiable(&format!("{twice},{}", elsewhere("b/x/y"))),
        Says::No
    );
    // `v/v` never has two letters.
    assert_eq!(
        satisfiable(&format!("{twice},{}", elsewhere("b/??"))),
        Says::No
    );
}

#[test]
fn a_variable_in_resource_and_condition() {
    let home = |condition: &str| on("b/${aws:username}", condition);
    let tag = r#""StringEquals":{"aws:PrincipalTag/t":"${aws:username}"}"#;
    let wide = on("b/${aws:PrincipalTag/t}", "");
    assert_eq!(inside(&home(tag), &wide), Says::Yes);
    assert_eq!(inside(&home(""), &wide), Says::No);
    let folded = r#""StringEqualsIgnoreCase":{"aws:PrincipalTag/t":"${aws:username}"}"#;
    assert_eq!(inside(&home(folded), &wide), Says::No);
    assert_eq!(inside(&home(tag), &home(folded)), Says::Yes);
    assert_eq!(inside(&home(folded), &home(tag)), Says::No);
    let both = |name: &str| {
        format!(r#"{folded},"StringEquals":{{"aws:PrincipalTag/t":"Ann","aws:username":"{name}"}}"#)
    };
    assert_eq!(satisfiable(&home(&both("aNN"))), Says::Yes);
    assert_eq!(satisfiable(&home(&both("Bob"))), Says::No);
}

#[test]
fn negated_ties_and_defaults() {
    let not = |more: &str| {
        on(
            "b/${aws:PrincipalTag/t, 'team'}",
            &format!(r#""StringNotLike":{{"aws:PrincipalTag/t":"${{aws:username}}*"}}{more}"#),
        )
    };
    assert_eq!(satisfiable(&not("")), Says::Yes);
    let absent = r#","Null":{"aws:PrincipalTag/t":"true"}"#;
    assert_eq!(
        satisfiable(&format!("{},{}", not(absent), elsewhere("b/team"))),
        Says::Yes
    );
    assert_eq!(
        satisfiable(&format!("{},{}", not(absent), elsewhere("b/other"))),
        Says::No
    );
    let same = r#","StringEquals":{"aws:username":"${aws:PrincipalTag/t}"}"#;
    assert_eq!(satisfiable(&not(same)), Says::No);
}

#[test]
fn bool_and_string_equals_on_one_key() {
    let pair = |text: &str| {
        satisfiable(&under(&format!(
            r#""Bool":{{"aws:SecureTransport":"True"}},"StringEquals":{{"aws:SecureTransport":"{text}"}}"#
        )))
    };
    assert_eq!(pair("true"), Says::Yes);
    assert_eq!(pair("True"), Says::No);
    assert_eq!(pair("false"), Says::No);
}

#[test]
fn for_all_values_with_a_variable_and_null() {
    let all = r#""ForAllValues:StringEquals":{"aws:TagKeys":"${aws:PrincipalTag/k}"}"#;
    // No tag keys at all satisfy ForAllValues.
    assert_eq!(
        satisfiable(&under(&format!(
            r#"{all},"Null":{{"aws:TagKeys":"true","aws:PrincipalTag/k":"true"}}"#
        ))),
        Says::Yes
    );
    // With tag keys the variable must have a value.
    assert_eq!(
        satisfiable(&under(&format!(
            r#"{all},"Null":{{"aws:TagKeys":"false","aws:PrincipalTag/k":"true"}}"#
        ))),
        Says::No
    );
    assert_eq!(
        satisfiable(&under(&format!(
            r#"{all},"Null":{{"aws:TagKeys":"false","aws:PrincipalTag/k":"false"}}"#
        ))),
        Says::Yes
    );
}

#[test]
fn a_path_against_globs_on_the_principals_arn() {
    let like = |pattern: &str| {
        under(&format!(
            r#""StringLike":{{"aws:PrincipalArn":"arn:aws:iam::111122223333:{pattern}"}}"#
        ))
    };
    // A path may itself read as a role's name and more.
    assert_eq!(inside(&like("role/ops/*"), &like("role/*")), Says::Yes);
    assert_eq!(inside(&like("role/*"), &like("role/ops/*")), Says::No);
    assert_eq!(inside(&like("*/Admin"), &like("*Admin")), Says::Yes);
    assert_eq!(inside(&like("*Admin"), &like("*/Admin")), Says::No);
    // Roles and users are told apart even behind a star.
    let neither = format!(
        "{},{}",
        like("*/Admin"),
        denied(r#""StringLike":{"aws:PrincipalArn":["*:role/*","*:user/*"]}"#)
    );
    assert_eq!(satisfiable(&neither), Says::No);
}

#[test]
fn one_or_more_letters_read_from_either_end() {
    let like = |pattern: &str| under(&format!(r#""StringLike":{{"s3:prefix":"{pattern}"}}"#));
    assert_eq!(inside(&like("?*"), &like("*?")), Says::Yes);
    assert_eq!(inside(&like("*?"), &like("?*")), Says::Yes);
    assert_eq!(inside(&like("*"), &like("?*")), Says::No);
    assert_eq!(inside(&like("ab*b*b*b"), &like("a*b*b*b")), Says::Yes);
    assert_eq!(inside(&like("a*b*b*b"), &like("ab*b*b*b")), Says::No);
    let run = |count: usize| like(&format!("*a{}", "?".repeat(count)));
    assert_eq!(inside(&run(16), &run(16)), Says::Yes);
    assert_eq!(inside(&run(17), &run(16)), Says::No);
}

#[test]
fn an_undefined_atom_that_matters_and_one_that_does_not() {
    let undefined = under(r#""NumericEquals":{"s3:max-keys":"ten"}"#);
    assert_eq!(satisfiable(&undefined), Says::Open);
    // Something else allows anyway.
    let anyway = format!(
        "{undefined},{}",
        under(r#""Bool":{"aws:SecureTransport":"true"}"#)
    );
    assert_eq!(satisfiable(&anyway), Says::Yes);
    // A document is inside itself, whatever its undefined parts mean.
    assert_eq!(inside(&undefined, &undefined), Says::Yes);
    // Nothing is allowed anyway.
    let nothing = format!(r#"{undefined},{{"Effect":"Deny","Action":"*","Resource":"*"}}"#);
    assert_eq!(satisfiable(&nothing), Says::No);
}

/// S44: in an ARN's first five parts a value with a colon matches nothing, under `StringLike` it may. Search and checker once took both
/// for one value, and so this for empty: but `arn:aws:s3:a:::z` under the tag `a:` is a request of it.
#[test]
fn a_value_with_a_colon_in_an_arn_and_in_a_text() {
    let like = r#""StringLike":{"aws:SourceArn":"arn:aws:s3:${aws:PrincipalTag/x}::*"}"#;
    let unlike = r#""ArnNotLike":{"aws:SourceArn":"arn:aws:s3:${aws:PrincipalTag/x}::*"}"#;
    assert_ne!(satisfiable(&under(&format!("{like},{unlike}"))), Says::No);
    // The sixth part is whatever follows: there both say the same.
    let like = r#""StringLike":{"aws:SourceArn":"arn:aws:s3:::${aws:PrincipalTag/x}"}"#;
    let unlike = r#""ArnNotLike":{"aws:SourceArn":"arn:aws:s3:::${aws:PrincipalTag/x}"}"#;
    assert_eq!(satisfiable(&under(&format!("{like},{unlike}"))), Says::No);
}

/// A key that follows from the caller has no meaning as a number. Search and checker once took all such tests for one and the same.
#[test]
fn two_tests_without_a_meaning_say_nothing_of_each_other() {
    let low = under(r#""NumericLessThan":{"aws:PrincipalAccount":"5"}"#);
    let high = under(r#""NumericGreaterThan":{"aws:PrincipalAccount":"7"}"#);
    assert_eq!(inside(&low, &low), Says::Yes);
    assert_eq!(inside(&low, &high), Says::Open);
}
