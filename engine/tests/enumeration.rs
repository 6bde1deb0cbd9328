//! Holds whole questions against enumeration: the engine, which reasons about all requests at once, against the judge,
//! which reads one concrete request and knows no sets.
//!
//! Small random policies speak only of a small universe: a few callers of every kind, actions, resources, and values of two or
//! three keys. Every request of that universe is judged under them. What the judge finds, the engine may not miss; what
//! the engine finds (usually a request outside of the universe), the judge has to confirm; and the engine may leave
//! open only what AWS leaves undefined.

#[allow(dead_code, reason = "the unit tests share the file")]
#[path = "support/dice.rs"]
mod dice;

use dice::Dice;
use keyaki_engine::question::{
    Access, Compare, NoNewAccess, NotGranted, Question, Relation, Satisfiable,
};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::judge::{Decision, allows};
use keyaki_language::policies::PolicyType;
use keyaki_language::{Facts, Policy, Request, json};

/// A key: the tests that policies make of it, and the values that requests have, each as JSON.
struct Key {
    /// Keys, in the order of the values of `values`; more than one where a variable ties them.
    names: &'static [&'static str],
    /// Operators with key and values, each a member of `Condition`.
    tests: &'static [&'static str],
    /// For each name its values; an empty text is absence.
    values: &'static [&'static [&'static str]],
}

const TEXT: Key = Key {
    names: &["s3:prefix"],
    tests: &[
        r#""StringEquals":{"s3:prefix":"a"}"#,
        r#""StringEquals":{"s3:prefix":["a","ab"]}"#,
        r#""StringNotEquals":{"s3:prefix":["a",""]}"#,
        r#""StringNotEquals":{"s3:prefix":"ab"}"#,
        r#""StringLike":{"s3:prefix":"a*"}"#,
        r#""StringLike":{"s3:prefix":["?","*b"]}"#,
        r#""StringNotLike":{"s3:prefix":"*b"}"#,
        r#""StringEqualsIgnoreCase":{"s3:prefix":"AB"}"#,
        r#""StringNotEqualsIgnoreCase":{"s3:prefix":"A"}"#,
        r#""StringEqualsIfExists":{"s3:prefix":"ab"}"#,
        r#""StringNotLikeIfExists":{"s3:prefix":"?"}"#,
        r#""StringLikeIfExists":{"s3:prefix":"a?"}"#,
        r#""Null":{"s3:prefix":"true"}"#,
        r#""Null":{"s3:prefix":"false"}"#,
        r#""StringEquals":{"s3:prefix":[]}"#,
    ],
    values: &[&["", r#""""#, r#""a""#, r#""ab""#, r#""B""#, r#""Ab""#]],
};

const ADDRESS: Key = Key {
    names: &["aws:sourceip"],
    tests: &[
        r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#,
        r#""IpAddress":{"aws:SourceIp":["10.1.0.0/16","2001:db8::/32"]}"#,
        r#""IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/9"]}"#,
        r#""NotIpAddress":{"aws:SourceIp":"10.1.0.0/16"}"#,
        r#""NotIpAddress":{"aws:SourceIp":["10.1.2.3","::/0"]}"#,
        r#""NotIpAddress":{"aws:SourceIp":["0.0.0.0/0"]}"#,
        r#""IpAddressIfExists":{"aws:SourceIp":"10.1.2.3"}"#,
        r#""NotIpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}"#,
        r#""Null":{"aws:SourceIp":"true"}"#,
        r#""Null":{"aws:SourceIp":["false","true"]}"#,
    ],
    values: &[&[
        "",
        r#""10.1.2.3""#,
        r#""10.1.0.0""#,
        r#""10.200.0.1""#,
        r#""192.168.0.1""#,
        r#""2001:db8::1""#,
        r#""::1""#,
    ]],
};

const MANY: Key = Key {
    names: &["aws:tagkeys"],
    tests: &[
        r#""ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}"#,
        r#""ForAllValues:StringLike":{"aws:TagKeys":"a*"}"#,
        r#""ForAllValues:StringNotEquals":{"aws:TagKeys":["a","c"]}"#,
        r#""ForAnyValue:StringEquals":{"aws:TagKeys":"a"}"#,
        r#""ForAnyValue:StringEquals":{"aws:TagKeys":["b","c"]}"#,
        r#""ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}"#,
        r#""ForAnyValue:StringLike":{"aws:TagKeys":"?"}"#,
        r#""ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"b"}"#,
        r#""ForAllValues:StringEqualsIgnoreCase":{"aws:TagKeys":["A"]}"#,
        r#""StringEquals":{"aws:TagKeys":"a"}"#,
        r#""StringNotEquals":{"aws:TagKeys":"a"}"#,
        r#""Null":{"aws:TagKeys":"true"}"#,
        r#""Null":{"aws:TagKeys":"false"}"#,
    ],
    values: &[&[
        "",
        r#"["a"]"#,
        r#"["b"]"#,
        r#"["a","b"]"#,
        r#"["c"]"#,
        r#"["a","c"]"#,
        r#"["a","A"]"#,
        r#"[""]"#,
    ]],
};

const BOOLEAN: Key = Key {
    names: &["aws:multifactorauthpresent"],
    tests: &[
        r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#,
        r#""Bool":{"aws:MultiFactorAuthPresent":false}"#,
        r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"False"}"#,
        r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}"#,
        r#""Bool":{"aws:MultiFactorAuthPresent":["true","false"]}"#,
        r#""Null":{"aws:MultiFactorAuthPresent":"true"}"#,
    ],
    values: &[&["", r#""true""#, r#""false""#]],
};

const NUMBER: Key = Key {
    names: &["s3:max-keys"],
    tests: &[
        r#""NumericLessThan":{"s3:max-keys":"10"}"#,
        r#""NumericLessThanEquals":{"s3:max-keys":10}"#,
        r#""NumericGreaterThan":{"s3:max-keys":["5","10.5"]}"#,
        r#""NumericGreaterThanEquals":{"s3:max-keys":"10"}"#,
        r#""NumericEquals":{"s3:max-keys":["5.0","10"]}"#,
        r#""NumericNotEquals":{"s3:max-keys":"10"}"#,
        r#""NumericLessThanIfExists":{"s3:max-keys":"5"}"#,
        r#""Null":{"s3:max-keys":false}"#,
    ],
    values: &[&[
        "",
        r#""5""#,
        r#""7.25""#,
        r#""10""#,
        r#""10.25""#,
        r#""11""#,
        r#""-1""#,
    ]],
};

const DATE: Key = Key {
    names: &["aws:currenttime"],
    tests: &[
        r#""DateGreaterThan":{"aws:CurrentTime":"2024-01-01T00:00:00Z"}"#,
        r#""DateLessThan":{"aws:CurrentTime":"2024-06-01"}"#,
        r#""DateLessThanEquals":{"aws:CurrentTime":"1704067200"}"#,
        r#""DateNotEquals":{"aws:CurrentTime":"2024-01-01T01:00:00+01:00"}"#,
        r#""DateEquals":{"aws:CurrentTime":["2024-01-01T00:00:00Z","2024-06-01"]}"#,
        r#""Null":{"aws:CurrentTime":"true"}"#,
    ],
    values: &[&[
        "",
        r#""2023-12-31T23:59:59Z""#,
        r#""2024-01-01T00:00:00Z""#,
        r#""2024-03-01T00:00:00Z""#,
        r#""2024-06-01T00:00:00Z""#,
    ]],
};

const SOURCE: Key = Key {
    names: &["aws:sourcearn"],
    tests: &[
        r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}"#,
        r#""ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:*:t"}"#,
        r#""ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:*:t*"}"#,
        r#""StringLike":{"aws:SourceArn":"arn:aws:sns:*:t"}"#,
        r#""StringEquals":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:t"}"#,
        r#""ArnLikeIfExists":{"aws:SourceArn":"arn:*:s?s:*:111122223333:*"}"#,
        r#""Null":{"aws:SourceArn":"true"}"#,
    ],
    values: &[&[
        "",
        r#""arn:aws:sns:eu-west-1:111122223333:t""#,
        r#""arn:aws:sqs:eu-west-1:111122223333:q""#,
        r#""arn:aws:sns::444455556666:t:t""#,
        r#""arn:aws:sns:t""#,
    ]],
};

const NAME: Key = Key {
    names: &[],
    tests: &[
        r#""StringEquals":{"aws:username":"Ann"}"#,
        r#""StringNotLike":{"aws:username":"A*"}"#,
        r#""StringLikeIfExists":{"aws:username":"?ob"}"#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/*"}"#,
        r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/ops/Admin"}"#,
        r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:*/ops/*"}"#,
        r#""StringLike":{"aws:PrincipalArn":"arn:aws:*/A*n"}"#,
        r#""StringEquals":{"aws:PrincipalAccount":"111122223333"}"#,
        r#""StringNotEquals":{"aws:PrincipalAccount":"111122223333"}"#,
        r#""StringEquals":{"aws:PrincipalType":["User","AssumedRole"]}"#,
        r#""StringLike":{"aws:userid":"*:alice"}"#,
        r#""Bool":{"aws:PrincipalIsAWSService":"true"}"#,
        r#""BoolIfExists":{"aws:PrincipalIsAWSService":"false"}"#,
        r#""Null":{"aws:PrincipalArn":"true"}"#,
        r#""Null":{"aws:username":"false"}"#,
        r#""StringEquals":{"aws:PrincipalServiceName":"sns.amazonaws.com"}"#,
    ],
    values: &[],
};

const VARIABLE: Key = Key {
    names: &["aws:principaltag/team", "s3:prefix"],
    tests: &[
        r#""StringEquals":{"s3:prefix":"${aws:PrincipalTag/team}"}"#,
        r#""StringNotEquals":{"s3:prefix":"${aws:PrincipalTag/team}"}"#,
        r#""StringLike":{"s3:prefix":"${aws:PrincipalTag/team}/*"}"#,
        r#""StringLike":{"s3:prefix":"${aws:PrincipalTag/team, 'a'}*"}"#,
        r#""StringNotLike":{"s3:prefix":"${aws:PrincipalTag/team}/*"}"#,
        r#""StringEqualsIfExists":{"s3:prefix":["${aws:PrincipalTag/team}","a"]}"#,
        r#""StringLike":{"s3:prefix":"${aws:username}/*"}"#,
        r#""StringEquals":{"aws:PrincipalTag/team":"a"}"#,
        r#""StringNotEquals":{"aws:PrincipalTag/team":["a","b"]}"#,
        r#""StringEquals":{"s3:prefix":["a","a/x"]}"#,
        r#""StringLike":{"s3:prefix":"${*}*"}"#,
        r#""Null":{"aws:PrincipalTag/team":"true"}"#,
        r#""Null":{"s3:prefix":"true"}"#,
    ],
    values: &[
        &["", r#""a""#, r#""b""#, r#""*""#],
        &["", r#""a""#, r#""a/x""#, r#""b""#, r#""*/x""#, r#""Ann/x""#],
    ],
};

const KEYS: [&Key; 9] = [
    &TEXT, &ADDRESS, &MANY, &BOOLEAN, &NUMBER, &DATE, &SOURCE, &NAME, &VARIABLE,
];

const ACTIONS: [&str; 3] = ["s3:getobject", "s3:putobject", "sns:publish"];
const RESOURCES: [&str; 4] = [
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/Ann",
    "arn:aws:s3:::b/a/x",
    "arn:aws:sns:eu-west-1:111122223333:t",
];
/// The first four belong to an account and are no root users: identity policies concern them.
const CALLERS: [&str; 10] = [
    "arn:aws:iam::111122223333:user/Ann",
    "arn:aws:iam::111122223333:user/ops/Bob",
    "arn:aws:sts::111122223333:assumed-role/Admin/alice",
    "arn:aws:sts::444455556666:federated-user/fed",
    "arn:aws:iam::444455556666:user/Ann",
    "arn:aws:iam::111122223333:root",
    "sns.amazonaws.com",
    "accounts.google.com",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "anonymous",
];

const ACTION_PATTERNS: [&str; 9] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:Get*",
    "s3:?etObject",
    "S3:*",
    "*",
    "sns:Publish",
    "s*:p*",
    "s3:*Object",
];
const RESOURCE_PATTERNS: [&str; 11] = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/?",
    "arn:aws:s3:::*/*",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:s3:::b/${aws:PrincipalTag/team}/*",
    "arn:aws:sns:*:111122223333:*",
    "arn:aws:s*",
    "arn:*:sns:*:*:t",
    "arn:aws:s3:::b/A*",
];
const PRINCIPALS: [&str; 12] = [
    r#""*""#,
    r#"{"AWS":"*"}"#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":"arn:aws:iam::444455556666:root"}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:user/Ann","arn:aws:iam::111122223333:user/ops/Bob"]}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:role/ops/Admin"}"#,
    r#"{"AWS":["arn:aws:sts::111122223333:assumed-role/Admin/alice","444455556666"]}"#,
    r#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/Admin","arn:aws:sts::111122223333:assumed-role/Admin/alice"]}"#,
    r#"{"AWS":["111122223333","arn:aws:iam::111122223333:user/Ann"]}"#,
    r#"{"Service":["sns.amazonaws.com","s3.amazonaws.com"]}"#,
    r#"{"Federated":"accounts.google.com","CanonicalUser":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#,
    r#"{"AWS":"arn:aws:sts::444455556666:federated-user/fed"}"#,
];

/// The members of `access`, and whether a request is one of them.
type Listed = (
    Option<&'static [&'static str]>,
    Option<&'static [&'static str]>,
    fn(&Request) -> bool,
);

const LISTED: [Listed; 4] = [
    (Some(&["s3:Get*"]), None, |r| r.action.starts_with("s3:get")),
    (None, Some(&["arn:aws:s3:::b/*"]), |r| {
        r.resource.starts_with("arn:aws:s3:::b/")
    }),
    (
        Some(&["s3:PutObject", "sns:*"]),
        Some(&["arn:aws:s3:::b/k", "arn:aws:sns:*:*:t"]),
        |r| {
            r.action != "s3:getobject"
                && (r.resource.ends_with("b/k") || r.resource.ends_with(":t"))
        },
    ),
    (Some(&["*:publish"]), None, |r| {
        r.action.ends_with(":publish")
    }),
];

fn list(dice: &mut Dice, patterns: &[&str]) -> String {
    let count = 1 + dice.below(2);
    let items: Vec<String> = (0..count)
        .map(|_| format!("{:?}", dice.pick(patterns)))
        .collect();
    format!("[{}]", items.join(","))
}

fn statement(dice: &mut Dice, policy_type: PolicyType, keys: &[&Key]) -> String {
    let not = |dice: &mut Dice, times| if dice.once_in(times) { "Not" } else { "" };
    let effect = if dice.once_in(3) { "Deny" } else { "Allow" };
    let mut out = format!(
        r#"{{"Effect":"{effect}","{}Action":{}"#,
        not(dice, 6),
        list(dice, &ACTION_PATTERNS)
    );
    out += &format!(
        r#","{}Resource":{}"#,
        not(dice, 6),
        list(dice, &RESOURCE_PATTERNS)
    );
    if policy_type == PolicyType::Resource {
        let everyone = dice.once_in(2);
        let named = if everyone {
            PRINCIPALS[0]
        } else {
            *dice.pick(&PRINCIPALS)
        };
        out += &format!(
            r#","{}Principal":{named}"#,
            if everyone { "" } else { not(dice, 5) }
        );
    }
    // Two members of one operator would be one member twice, so the second takes another operator or is left out.
    let mut conditions: Vec<&str> = Vec::new();
    for _ in 0..dice.below(4) {
        let key = *dice.pick(keys);
        let test = *dice.pick(key.tests);
        let operator = |test: &str| {
            test.split(':')
                .take_while(|part| !part.starts_with('{'))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        if conditions
            .iter()
            .all(|other| operator(other) != operator(test))
        {
            conditions.push(test);
        }
    }
    out += &format!(r#","Condition":{{{}}}}}"#, conditions.join(","));
    out
}

fn policy(dice: &mut Dice, policy_type: PolicyType, keys: &[&Key]) -> String {
    let count = 1 + dice.below(3);
    let statements: Vec<String> = (0..count)
        .map(|_| statement(dice, policy_type, keys))
        .collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

/// A policy near to another: one statement taken away or put in, or the same again.
fn neighbour(dice: &mut Dice, text: &str, policy_type: PolicyType, keys: &[&Key]) -> String {
    let end = text.len() - "]}".len();
    match dice.below(4) {
        0 => policy(dice, policy_type, keys),
        1 => text.replacen(r#""Effect":"Deny""#, r#""Effect":"Allow""#, 1),
        _ => format!("{},{}]}}", &text[..end], statement(dice, policy_type, keys)),
    }
}

/// Every request of the universe that a question about these keys can be about.
fn universe(policy_type: PolicyType, keys: &[&Key]) -> Vec<Request> {
    let mut contexts = vec![Vec::new()];
    for key in keys {
        for (name, values) in key.names.iter().zip(key.values) {
            let member = |value: &&str| (!value.is_empty()).then(|| format!(r#""{name}":{value}"#));
            contexts = contexts
                .iter()
                .flat_map(|context: &Vec<String>| {
                    values
                        .iter()
                        .map(|value| context.iter().cloned().chain(member(value)).collect())
                })
                .collect();
        }
    }
    let callers = if policy_type == PolicyType::Identity {
        &CALLERS[..4]
    } else {
        &CALLERS[..]
    };
    let mut out = Vec::new();
    for caller in callers {
        for action in ACTIONS {
            for resource in RESOURCES {
                for context in &contexts {
                    let mut members = context.clone();
                    if caller.contains("assumed-role") {
                        members.push(r#""aws:principalarn":"arn:aws:iam::111122223333:role/ops/Admin","aws:userid":"AROAX:alice""#.to_owned());
                    }
                    let text = format!(
                        r#"{{"principal":"{caller}","action":"{action}","resource":"{resource}","context":{{{}}}}}"#,
                        members.join(",")
                    );
                    let value = json::parse(&text).expect("sound JSON");
                    let mut request = Request::from_json(&value, "").expect("a sound request");
                    // A caller without tags has no request with a tag.
                    if request.complete().is_ok() {
                        out.push(request);
                    }
                }
            }
        }
    }
    out
}

/// A policy, and what the judge says of every request of the universe.
struct Judged {
    policy_type: PolicyType,
    text: String,
    policy: Policy,
    decisions: Vec<Decision>,
}

impl Judged {
    fn new(policy_type: PolicyType, text: String, requests: &[Request]) -> Self {
        let policy = Policy::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let decisions = requests
            .iter()
            .map(|r| allows(&policy, policy_type, r, &Facts::default()))
            .collect();
        Self {
            policy_type,
            text,
            policy,
            decisions,
        }
    }

    fn allows(&self, request: &Request) -> bool {
        allows(&self.policy, self.policy_type, request, &Facts::default()) == Decision::Allowed
    }

    /// Whether the judge has let the request of that number in.
    fn allowed(&self, at: usize) -> bool {
        self.decisions[at] == Decision::Allowed
    }

    /// Whether the judge has turned the request of that number away: not if it was undecided.
    fn denied(&self, at: usize) -> bool {
        matches!(
            self.decisions[at],
            Decision::ImplicitlyDenied | Decision::ExplicitlyDenied
        )
    }
}

/// How many questions were asked, and how many of them the engine says it does not decide yet.
#[derive(Default)]
struct Tally {
    asked: usize,
}

impl Tally {
    /// Holds one verdict, *holds* meaning that there is no such request, against what enumeration found.
    fn check(
        &mut self,
        (name, policies): (&str, &[&Judged]),
        verdict: &Verdict,
        found: Option<&Request>,
        confirmed: impl Fn(&Request) -> bool,
    ) {
        let told = || {
            let texts: Vec<&str> = policies.iter().map(|judged| judged.text.as_str()).collect();
            format!(
                "{name} of\n{}\nis {verdict:?}\nenumeration found {found:?}",
                texts.join("\n")
            )
        };
        self.asked += 1;
        match verdict {
            Verdict::Holds(_) => assert!(found.is_none(), "missed: {}", told()),
            Verdict::Fails(Some(witness)) => {
                assert!(confirmed(witness), "not confirmed: {}", told())
            }
            Verdict::Fails(None) => panic!("no witness: {}", told()),
            // Only what AWS leaves undefined may be left open.
            Verdict::Undecided(reason) => assert!(
                matches!(reason.code, "undefined" | "federated-parent"),
                "undecided: {}",
                told()
            ),
        }
    }
}

/// What one policy allows: anything, and something that is listed.
fn check_alone(tally: &mut Tally, judged: &Judged, requests: &[Request]) {
    let limits = Limits::default();
    let (policy_type, policy) = (judged.policy_type, &judged.policy);
    let find = |is_listed: &dyn Fn(&Request) -> bool| {
        (0..requests.len())
            .find(|&at| judged.allowed(at) && is_listed(&requests[at]))
            .map(|at| &requests[at])
    };
    let answer = Question::Satisfiable(Satisfiable {
        policy_type,
        policy: policy.clone(),
    })
    .decide(&limits);
    let turned = match answer.verdict {
        Verdict::Holds(witness) => Verdict::Fails(witness),
        Verdict::Fails(_) => Verdict::Holds(None),
        undecided @ Verdict::Undecided(_) => undecided,
    };
    tally.check(
        ("satisfiable, turned,", &[judged]),
        &turned,
        find(&|_| true),
        |r| judged.allows(r),
    );
    for (actions, resources, is_listed) in &LISTED {
        let owned = |patterns: &Option<&[&str]>| {
            patterns.map(|list| list.iter().map(|&text| text.to_owned()).collect())
        };
        let access = vec![Access {
            actions: owned(actions),
            resources: owned(resources),
        }];
        let answer = Question::NotGranted(NotGranted {
            policy_type,
            policy: policy.clone(),
            access,
        })
        .decide(&limits);
        let confirmed = |r: &Request| judged.allows(r) && is_listed(r);
        tally.check(
            ("not granted", &[judged]),
            &answer.verdict,
            find(is_listed),
            confirmed,
        );
    }
}

/// What one policy allows and another does not, both ways.
fn check_pair(tally: &mut Tally, old: &Judged, new: &Judged, requests: &[Request]) {
    let limits = Limits::default();
    let policy_type = old.policy_type;
    let find = |one: &Judged, other: &Judged| {
        (0..requests.len())
            .find(|&at| one.allowed(at) && other.denied(at))
            .map(|at| &requests[at])
    };
    let (only_new, only_old) = (find(new, old), find(old, new));
    let (existing, policy) = (old.policy.clone(), new.policy.clone());
    let compared = Compare {
        policy_type,
        existing: existing.clone(),
        new: policy.clone(),
    }
    .decide(&limits);
    let is_new = |r: &Request| new.allows(r) && !old.allows(r);
    let is_old = |r: &Request| old.allows(r) && !new.allows(r);
    if let Some(reason) = compared.reason {
        assert_eq!(compared.relation, Relation::Undecided);
        tally.check(
            ("comparison", &[old, new]),
            &Verdict::Undecided(reason),
            None,
            |_| false,
        );
        // One of the two directions may well be decided.
        let answer = Question::NoNewAccess(NoNewAccess {
            policy_type,
            existing,
            new: policy,
        })
        .decide(&limits);
        tally.check(
            ("no new access", &[old, new]),
            &answer.verdict,
            only_new,
            is_new,
        );
        return;
    }
    let expected = match (&compared.only_new, &compared.only_existing) {
        (None, None) => Relation::Equivalent,
        (None, Some(_)) => Relation::Narrower,
        (Some(_), None) => Relation::Wider,
        (Some(_), Some(_)) => Relation::Incomparable,
    };
    assert_eq!(compared.relation, expected);
    let one_way = |witness| {
        if let Some(request) = witness {
            Verdict::Fails(Some(request))
        } else {
            Verdict::Holds(None)
        }
    };
    tally.check(
        ("no new access", &[old, new]),
        &one_way(compared.only_new),
        only_new,
        is_new,
    );
    tally.check(
        ("no new access", &[new, old]),
        &one_way(compared.only_existing),
        only_old,
        is_old,
    );
}

/// For every pair of keys some policies: each alone, and each with every other.
fn enumerate(policy_type: PolicyType, seed: u64, count: usize) -> Tally {
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    for (at, first) in KEYS.iter().enumerate() {
        for second in &KEYS[at..] {
            // Both speak of `s3:prefix`, with values of their own.
            let mut keys = vec![*first];
            let same_key = first.names == TEXT.names && second.names == VARIABLE.names;
            if !std::ptr::eq(*first, *second) && !same_key {
                keys.push(second);
            }
            let requests = universe(policy_type, &keys);
            let mut policies: Vec<Judged> = Vec::new();
            for _ in 0..count {
                let text = match policies.last() {
                    Some(last) => neighbour(&mut dice, &last.text, policy_type, &keys),
                    None => policy(&mut dice, policy_type, &keys),
                };
                policies.push(Judged::new(policy_type, text, &requests));
            }
            for (at, new) in policies.iter().enumerate() {
                check_alone(&mut tally, new, &requests);
                policies[..at]
                    .iter()
                    .for_each(|old| check_pair(&mut tally, old, new, &requests));
            }
        }
    }
    tally
}

/// 14,400 questions about identity policies (45 pairs of keys, with 16 policies each) against every request of the universe.
#[test]
fn questions_about_identity_policies_agree_with_enumeration() {
    let tally = enumerate(
        PolicyType::Identity,
        1,
        if cfg!(debug_assertions) { 5 } else { 16 },
    );
    assert!(tally.asked > 1000, "only {} questions", tally.asked);
}

/// 6,300 questions about resource policies (45 pairs of keys, with 10 policies each) against every request of the universe.
#[test]
fn questions_about_resource_policies_agree_with_enumeration() {
    let tally = enumerate(
        PolicyType::Resource,
        2,
        if cfg!(debug_assertions) { 3 } else { 10 },
    );
    assert!(tally.asked > 1000, "only {} questions", tally.asked);
}
