//! Counts against what they must be: closed forms, all requests of a small universe, and addresses one by one.

#![cfg(feature = "count")]

#[allow(dead_code, reason = "the unit tests share the file")]
#[path = "support/dice.rs"]
mod dice;

use dice::{Dice, rounds};
use keyaki_engine::Limits;
use keyaki_engine::count::{addresses, requests, shares};
use keyaki_language::judge::{Decision, allows};
use keyaki_language::policies::PolicyType;
use keyaki_language::{Facts, Policy, Request, json};

fn policy(statements: &[String]) -> Policy {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    );
    Policy::read(&text).expect("a valid policy")
}

fn request(text: &str) -> Request {
    let value = json::parse(text).expect("a JSON object");
    Request::from_json(&value, "").expect("a valid request")
}

fn statement(effect: &str, action: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}","Condition":{{{condition}}}}}"#
    )
}

fn count(policy: &Policy, length: u32) -> String {
    requests(
        PolicyType::Identity,
        policy,
        None,
        length,
        &Limits::default(),
    )
    .map_or_else(|reason| reason.message, |number| number.to_string())
}

#[test]
fn a_resource_under_a_bucket_has_as_many_names_as_letters_fit() {
    let own = policy(&[statement("Allow", "s3:GetObject", "arn:aws:s3:::b/*", "")]);
    // `arn:aws:s3:::b/` has 15 characters; with 17 there are the empty name, 95 and 95² more.
    assert_eq!(count(&own, 17), (1 + 95 + 95 * 95).to_string());
    assert_eq!(count(&own, 14), "0");
    // Twice the same is once.
    let twice = [0, 1].map(|_| statement("Allow", "s3:GetObject", "arn:aws:s3:::b/*", ""));
    assert_eq!(count(&policy(&twice), 17), count(&own, 17));
    // A Deny takes its part away.
    let denied = statement("Deny", "*", "arn:aws:s3:::b/?", "");
    let less = [twice[0].clone(), denied];
    assert_eq!(count(&policy(&less), 17), (1 + 95 * 95).to_string());
}

#[test]
fn absence_is_one_value() {
    let with = |condition: &str| {
        policy(&[statement(
            "Allow",
            "s3:GetObject",
            "arn:aws:s3:::b/k",
            condition,
        )])
    };
    for (condition, wanted) in [
        ("", "1"),
        (r#""Bool":{"aws:SecureTransport":"true"}"#, "1"),
        (r#""BoolIfExists":{"aws:SecureTransport":"true"}"#, "2"),
        // An empty text counts as no value (S30), so there are two ways to have none.
        (r#""Null":{"aws:SecureTransport":"true"}"#, "2"),
        (r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#, "16777216"),
        (
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            "1",
        ),
        (
            r#""StringNotEquals":{"aws:SourceAccount":"111122223333"}"#,
            "1000000000000",
        ),
    ] {
        assert_eq!(count(&with(condition), 20), wanted, "{condition}");
    }
}

#[test]
fn what_is_not_counted_is_said() {
    for (condition, word) in [
        (
            r#""StringEquals":{"s3:prefix":"${aws:username}"}"#,
            "variables",
        ),
        (r#""NumericLessThan":{"s3:max-keys":"10"}"#, "numbers"),
        (r#""ForAnyValue:StringEquals":{"aws:TagKeys":"a"}"#, "many"),
        (r#""NumericEquals":{"s3:max-keys":"ten"}"#, "number"),
        (r#""StringEquals":{"s3:prefix":"é"}"#, "ASCII"),
        (
            r#""StringLike":{"s3:prefix":"*a????????????????????"}"#,
            "limit",
        ),
    ] {
        let own = policy(&[statement("Allow", "s3:ListBucket", "*", condition)]);
        let said = count(&own, 64);
        assert!(said.contains(word), "{condition}: {said}");
    }
}

#[test]
fn what_two_policies_share_is_counted_once() {
    let allow = |resource: &str| policy(&[statement("Allow", "s3:GetObject", resource, "")]);
    let found = shares(
        PolicyType::Identity,
        &allow("arn:aws:s3:::b/a?"),
        &allow("arn:aws:s3:::b/?b"),
        20,
        &Limits::default(),
    )
    .expect("two small policies");
    assert_eq!(found.existing.to_string(), "95");
    assert_eq!(found.new.to_string(), "95");
    assert_eq!(found.both.to_string(), "1");
    assert_eq!(found.only_new.to_string(), "94");
    assert_eq!(found.only_existing.to_string(), "94");
    assert_eq!(found.both.per_million(&found.existing), Some(10_526.into()));
    assert_eq!(found.both.log2(), Some(0.0));
}

/// 400 random policies about the last two characters of a resource and two keys, against the judge on all their requests.
#[test]
fn requests_are_those_that_the_judge_allows() {
    let mut dice = Dice::new(1095);
    let conditions = [
        "",
        r#""Bool":{"aws:SecureTransport":"true"}"#,
        r#""BoolIfExists":{"aws:SecureTransport":"false"}"#,
        r#""StringEquals":{"s3:prefix":"a"}"#,
        r#""StringLike":{"s3:prefix":"?"}"#,
        r#""StringNotLike":{"s3:prefix":["a*",""]}"#,
        r#""StringEqualsIfExists":{"s3:prefix":"b"}"#,
        r#""Null":{"s3:prefix":"true"}"#,
    ];
    let bases = [
        "arn:a:s:::",
        "arn:a:s:::a",
        "arn:a:s:::?",
        "arn:a:s:::a*",
        "arn:a:s:::*b",
    ];
    let letters: Vec<char> = (' '..='~').collect();
    // Beyond these letters no document spells any, so one stands for all the others.
    let few = ['a', 'b', 'x'];
    let weight = |c: char| {
        if c == 'x' {
            letters.len() as u128 - 2
        } else {
            1
        }
    };
    let words = |longest: usize| -> Vec<(String, u128)> {
        let mut all = vec![(String::new(), 1)];
        let mut from = 0;
        for _ in 0..longest {
            let until = all.len();
            for at in from..until {
                for c in few {
                    let (text, own) = all[at].clone();
                    all.push((format!("{text}{c}"), own * weight(c)));
                }
            }
            from = until;
        }
        all
    };
    // With eleven characters the resource has one after its colons, a prefix eleven; so a bound of its own is not needed for the prefix
    // when all its classes are counted by length.
    let length = 12;
    let prefixes = [("", 1u128), ("a", 1), ("b", 1)];
    let power = |base: u128, times: u32| (1..=times).map(|n| base.pow(n)).sum::<u128>();
    let a_more = power(95, length - 1);
    let others = power(95, length) - 2 - a_more;
    for _ in 0..rounds(400) {
        let statements: Vec<String> = (0..1 + dice.below(3))
            .map(|_| {
                let effect = if dice.once_in(3) { "Deny" } else { "Allow" };
                let (first, second) = (*dice.pick(&conditions), *dice.pick(&conditions));
                let one = first.split(':').next() == second.split(':').next();
                let both = match (first, second) {
                    (first, "") => first.to_owned(),
                    ("", second) => second.to_owned(),
                    (first, _) if one => first.to_owned(),
                    (first, second) => format!("{first},{second}"),
                };
                let resource = *dice.pick(&bases[1..]);
                statement(effect, "s:a", resource, &both)
            })
            .collect();
        let own = policy(&statements);
        let mentions = |key: &str| statements.iter().any(|s| s.contains(key));
        let mut plain = 0u128;
        for (name, ways) in words(2).into_iter().filter(|(name, _)| !name.is_empty()) {
            let transports: &[Option<&str>] = if mentions("aws:SecureTransport") {
                &[None, Some("true"), Some("false")]
            } else {
                &[None]
            };
            for transport in transports {
                let mut values: Vec<(Option<String>, u128)> = vec![(None, 1)];
                if mentions("s3:prefix") {
                    values.extend(prefixes.map(|(text, ways)| (Some(text.to_owned()), ways)));
                    values.push((Some("ax".to_owned()), a_more));
                    values.push((Some("x".to_owned()), 93));
                    values.push((Some("xx".to_owned()), others - 93));
                }
                for (prefix, more) in values {
                    let mut context = Vec::new();
                    if let Some(value) = transport {
                        context.push(format!(r#""aws:SecureTransport":"{value}""#));
                    }
                    if let Some(value) = prefix {
                        context.push(format!(r#""s3:prefix":"{value}""#));
                    }
                    let request = request(&format!(
                        r#"{{"principal":"arn:aws:iam::111122223333:user/u","action":"s:a","resource":"arn:a:s:::{name}","context":{{{}}}}}"#,
                        context.join(",")
                    ));
                    let facts = Facts::default();
                    if allows(&own, PolicyType::Identity, &request, &facts) == Decision::Allowed {
                        plain += ways * more;
                    }
                }
            }
        }
        assert_eq!(count(&own, length), plain.to_string(), "{statements:#?}");
    }
}

/// 300 random policies about addresses, against the judge on an address of every range between their blocks.
#[test]
fn addresses_are_those_that_the_judge_lets_in() {
    let mut dice = Dice::new(4_6);
    let blocks: [(&str, u32, u32); 6] = [
        ("10.0.0.0/8", 10 << 24, 24),
        ("10.1.0.0/16", 10 << 24 | 1 << 16, 16),
        ("10.1.2.3/32", 10 << 24 | 1 << 16 | 2 << 8 | 3, 0),
        ("10.1.2.2/31", 10 << 24 | 1 << 16 | 2 << 8 | 2, 1),
        ("200.0.0.0/6", 200 << 24, 26),
        ("0.0.0.0/1", 0, 31),
    ];
    for _ in 0..rounds(300) {
        let statements: Vec<String> = (0..1 + dice.below(4))
            .map(|_| {
                let effect = if dice.once_in(3) { "Deny" } else { "Allow" };
                let operator = *dice.pick(&[
                    "IpAddress",
                    "IpAddress",
                    "NotIpAddress",
                    "IpAddressIfExists",
                ]);
                let (one, two) = (dice.pick(&blocks).0, dice.pick(&blocks).0);
                let action = *dice.pick(&["s3:GetObject", "s3:PutObject", "s3:*"]);
                let condition = format!(r#""{operator}":{{"aws:SourceIp":["{one}","{two}"]}}"#);
                statement(effect, action, "arn:aws:s3:::b/k", &condition)
            })
            .collect();
        let own = policy(&statements);
        let mut begins: Vec<u64> = vec![0, 1 << 32];
        for (_, first, bits) in blocks {
            begins.extend([u64::from(first), u64::from(first) + (1 << bits)]);
        }
        begins.sort_unstable();
        begins.dedup();
        let lets_in = |context: &str| {
            ["s3:getobject", "s3:putobject", "s3:x"].iter().any(|action| {
                let request = request(&format!(
                    r#"{{"principal":"arn:aws:iam::111122223333:user/u","action":"{action}","resource":"arn:aws:s3:::b/k","context":{{{context}}}}}"#
                ));
                allows(&own, PolicyType::Identity, &request, &Facts::default()) == Decision::Allowed
            })
        };
        let address = |text: &str| lets_in(&format!(r#""aws:SourceIp":"{text}""#));
        let mut plain = 0u64;
        for pair in begins.windows(2) {
            let parts: Vec<String> = (0..4)
                .map(|at| (pair[0] >> (24 - 8 * at) & 255).to_string())
                .collect();
            if address(&parts.join(".")) {
                plain += pair[1] - pair[0];
            }
        }
        let found = addresses(PolicyType::Identity, &own, None, None, &Limits::default())
            .expect("addresses are counted");
        assert_eq!(found.v4.to_string(), plain.to_string(), "{statements:#?}");
        let six = if address("2001:db8::1") {
            "340282366920938463463374607431768211456"
        } else {
            "0"
        };
        assert_eq!(found.v6.to_string(), six, "{statements:#?}");
        assert_eq!(found.absent, lets_in(""), "{statements:#?}");
    }
}
