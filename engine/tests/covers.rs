//! Holds findings against their definition on small random policies: every irreducible finding under `All`, and the first of
//! all smallest covers with its evidence by default.
//!
//! The policies have the shapes of the recorded ones: overlapping patterns of `aws:PrincipalArn`, nested blocks of
//! `aws:SourceIp`, patterns of `aws:SourceArn`, in Allow and Deny, plainly, negated and with `IfExists`. Each key has few
//! values that its tests can tell apart, so all requests are listed, and a plain reading of the conditions says what each
//! label holds and which requests are allowed.

#![expect(
    clippy::print_stderr,
    reason = "counts of what was rejected are of interest"
)]

#[allow(dead_code, reason = "the unit tests share the file")]
#[path = "support/dice.rs"]
mod dice;

use dice::{Dice, rounds};
use keyaki_engine::Limits;
use keyaki_engine::finding::{Analysis, Held, Minimality, Place, Selection, Tree, analyze};
use keyaki_engine::proof::{Texts, findings_document, smallest};
use keyaki_engine::question::{NoOtherAccess, Question};
use keyaki_engine::resource::{Configuration, Organization, Resource, S3Bucket, ZoneOfTrust};
use keyaki_language::Policy;
use keyaki_language::policy::AccountId;
use keyaki_language::request::{ContextValue, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A value without the common beginning: no test of its key holds it.
const ELSEWHERE: &str = "elsewhere";

/// A key with its values, written without what they have in common.
struct Key {
    name: &'static str,
    operators: [&'static str; 3],
    beginning: &'static str,
    tests: &'static [&'static str],
    values: LazyLock<Vec<String>>,
}

static KEYS: [Key; 3] = [
    Key {
        name: "aws:PrincipalArn",
        operators: ["StringLike", "StringNotLike", "StringLikeIfExists"],
        beginning: "arn:aws:iam::123456789012:user/",
        tests: &["abc", "*bc", "a*c", "ab*", "*b*", "abc1", "*"],
        values: LazyLock::new(|| told_apart(0)),
    },
    Key {
        name: "aws:SourceArn",
        operators: ["ArnLike", "ArnNotLike", "ArnLikeIfExists"],
        beginning: "arn:aws:s3:::",
        tests: &["abc", "*bc", "a*c", "a*", "xyz"],
        values: LazyLock::new(|| told_apart(1)),
    },
    Key {
        name: "aws:SourceIp",
        operators: ["IpAddress", "NotIpAddress", "IpAddressIfExists"],
        beginning: "",
        tests: &[
            "200.10.10.10/32",
            "200.10.10.10/31",
            "200.10.10.8/30",
            "10.0.0.0/8",
        ],
        values: LazyLock::new(|| {
            let ends = [
                "200.10.10.10",
                "200.10.10.11",
                "200.10.10.8",
                "10.0.0.1",
                "99.0.0.1",
            ];
            ends.map(str::to_owned).to_vec()
        }),
    },
];

/// One short text for each way in which texts pass and fail the tests of a key, and one without the common beginning.
fn told_apart(key: usize) -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut from = 0;
    for _ in 0..5 {
        let until = texts.len();
        for at in from..until {
            for letter in "abc1xyz".chars() {
                texts.push(format!("{}{letter}", texts[at]));
            }
        }
        from = until;
    }
    texts[0] = ELSEWHERE.to_owned();
    let mut seen = BTreeSet::new();
    texts.retain(|text| {
        let passes = |test: &&'static str| KEYS[key].holds(test, text);
        seen.insert(KEYS[key].tests.iter().map(passes).collect::<Vec<bool>>())
    });
    texts
}

impl Key {
    /// Whether a test holds a value, both without their common beginning.
    fn holds(&self, test: &str, value: &str) -> bool {
        if value == ELSEWHERE {
            return false;
        }
        if self.beginning.is_empty() {
            let (block, bits) = test.split_once('/').expect("a block");
            let number = |text: &str| {
                let parts = text
                    .split('.')
                    .map(|part| part.parse::<u64>().expect("a number"));
                parts.fold(0, |all, part| all * 256 + part)
            };
            let low = 32 - bits.parse::<u32>().expect("a number");
            return number(block) >> low == number(value) >> low;
        }
        fn matches(pattern: &[u8], text: &[u8]) -> bool {
            match pattern.split_first() {
                None => text.is_empty(),
                Some((b'*', rest)) => (0..=text.len()).any(|from| matches(rest, &text[from..])),
                Some((own, rest)) => text.first() == Some(own) && matches(rest, &text[1..]),
            }
        }
        matches(test.as_bytes(), value.as_bytes())
    }
}

/// What a statement asks of one key: the operator's place, and the tests.
type Asked = Option<(usize, Vec<&'static str>)>;

struct Statement {
    allow: bool,
    asked: [Asked; 3],
}

impl Statement {
    fn draw(dice: &mut Dice) -> Self {
        let asked = [0, 1, 2].map(|key: usize| {
            if dice.once_in(if key == 0 { 5 } else { 2 }) {
                return None;
            }
            let operator = [0, 0, 0, 1, 2][dice.below(5)];
            let tests = (0..1 + usize::from(dice.once_in(4)))
                .map(|_| *dice.pick(KEYS[key].tests))
                .collect();
            Some((operator, tests))
        });
        Self {
            allow: !dice.once_in(3),
            asked,
        }
    }

    fn text(&self) -> String {
        let conditions: Vec<String> = self
            .asked
            .iter()
            .zip(&KEYS)
            .filter_map(|(asked, key)| {
                let (operator, tests) = asked.as_ref()?;
                let values: Vec<String> = tests
                    .iter()
                    .map(|test| format!(r#""{}{test}""#, key.beginning))
                    .collect();
                let (operator, name) = (key.operators[*operator], key.name);
                Some(format!(
                    r#""{operator}":{{"{name}":[{}]}}"#,
                    values.join(",")
                ))
            })
            .collect();
        format!(
            r#"{{"Effect":"{}","Principal":{{"AWS":"*"}},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket","Condition":{{{}}}}}"#,
            if self.allow { "Allow" } else { "Deny" },
            conditions.join(",")
        )
    }

    fn applies(&self, request: &[Option<&str>; 3]) -> bool {
        (0..3).all(|key| match (&self.asked[key], request[key]) {
            (None, _) => true,
            (Some((operator, _)), None) => *operator != 0,
            (Some((operator, tests)), Some(value)) => {
                tests.iter().any(|test| KEYS[key].holds(test, value)) == (*operator != 1)
            }
        })
    }
}

/// For each key a label, or none.
type Node = [Option<&'static str>; 3];

fn holds(node: &Node, request: &[Option<&str>; 3]) -> bool {
    (0..3).all(|key| match (node[key], request[key]) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(test), Some(value)) => KEYS[key].holds(test, value),
    })
}

/// Whether label `a` is inside label `b` of a key; `None` is everything.
fn inside(key: usize, a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(a), Some(b)) => KEYS[key]
            .values
            .iter()
            .all(|value| !KEYS[key].holds(a, value) || KEYS[key].holds(b, value)),
    }
}

/// What follows from the definition for some statements.
struct Expected {
    allowed: Vec<[Option<&'static str>; 3]>,
    /// The irreducible nodes inside no other, in byte order of what they say.
    candidates: Vec<Node>,
}

fn said(node: &Node) -> BTreeMap<String, String> {
    let labels = node.iter().zip(&KEYS);
    labels
        .filter_map(|(label, key)| {
            Some((
                key.name.to_owned(),
                format!("{}{}", key.beginning, (*label)?),
            ))
        })
        .collect()
}

fn expected(statements: &[Statement]) -> Expected {
    let mut allowed = Vec::new();
    let values = |key: usize| {
        let values = KEYS[key].values.iter().map(|value| Some(value.as_str()));
        values.chain([None]).collect::<Vec<_>>()
    };
    for name in values(0) {
        for source in values(1) {
            for address in values(2) {
                let request = [name, source, address];
                let some = |allow: bool| {
                    statements
                        .iter()
                        .any(|s| s.allow == allow && s.applies(&request))
                };
                if some(true) && !some(false) {
                    allowed.push(request);
                }
            }
        }
    }
    let labels: Vec<Vec<Option<&'static str>>> = (0..3)
        .map(|key| {
            let named = statements.iter().filter_map(|s| s.asked[key].as_ref());
            let named: BTreeSet<&'static str> =
                named.flat_map(|(_, tests)| tests.iter().copied()).collect();
            named.into_iter().map(Some).chain([None]).collect()
        })
        .collect();
    let mut irreducible: Vec<Node> = Vec::new();
    for a in &labels[0] {
        for b in &labels[1] {
            for c in &labels[2] {
                let node = [*a, *b, *c];
                let below: Vec<(usize, Option<&'static str>)> = (0..3)
                    .flat_map(|key| labels[key].iter().map(move |label| (key, *label)))
                    .filter(|(key, label)| *label != node[*key] && inside(*key, *label, node[*key]))
                    .collect();
                let generic = |request: &[Option<&str>; 3]| {
                    holds(&node, request)
                        && !below.iter().any(|(key, label)| {
                            let mut child = node;
                            child[*key] = *label;
                            holds(&child, request)
                        })
                };
                if allowed.iter().any(generic) {
                    irreducible.push(node);
                }
            }
        }
    }
    let within = |a: &Node, b: &Node| a != b && (0..3).all(|key| inside(key, a[key], b[key]));
    let mut candidates: Vec<Node> = irreducible
        .iter()
        .filter(|node| !irreducible.iter().any(|other| within(node, other)))
        .copied()
        .collect();
    candidates.sort_by_key(said);
    Expected {
        allowed,
        candidates,
    }
}

impl Expected {
    /// The first of all smallest covers, by trying all choices of one, two, … candidates in order.
    fn first_smallest(&self) -> Vec<usize> {
        fn choose(own: &Expected, from: usize, more: usize, chosen: &mut Vec<usize>) -> bool {
            if more == 0 {
                let covered = |request: &[Option<&str>; 3]| {
                    chosen.iter().any(|at| holds(&own.candidates[*at], request))
                };
                return own.allowed.iter().all(covered);
            }
            (from..own.candidates.len()).any(|at| {
                chosen.push(at);
                let found = choose(own, at + 1, more - 1, chosen);
                if !found {
                    chosen.pop();
                }
                found
            })
        }
        (0..=self.candidates.len())
            .find_map(|size| {
                let mut chosen = Vec::new();
                choose(self, 0, size, &mut chosen).then_some(chosen)
            })
            .expect("all candidates cover everything")
    }
}

fn document(statements: &[Statement]) -> String {
    let texts: Vec<String> = statements.iter().map(Statement::text).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        texts.join(",")
    )
}

/// A policy whose requests each lie in two of its findings, neighbours on a circle: for an odd one every smallest cover needs one
/// finding more than there are requests apart.
fn circle(dice: &mut Dice) -> String {
    let names = &["a", "b", "c", "d", "e", "f", "g"][..[3, 5, 7][dice.below(3)]];
    let statement = |at: usize| {
        let user = |name: &str| format!("arn:aws:iam::123456789012:user/*{name}*");
        let (one, other) = (user(names[at]), user(names[(at + 1) % names.len()]));
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket","Condition":{{"StringLike":{{"aws:PrincipalArn":"{one}"}},"ArnLike":{{"aws:PrincipalArn":"{other}"}}}}}}"#
        )
    };
    let mut texts: Vec<String> = (0..names.len()).map(statement).collect();
    texts.extend((0..dice.below(3)).map(|_| Statement::draw(dice).text()));
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        texts.join(",")
    )
}

fn analysis(statements: &[Statement], selection: Selection) -> Analysis {
    analysis_of(&document(statements), selection)
}

fn analysis_of(policy: &str, selection: Selection) -> Analysis {
    let resource = Resource {
        arn: "arn:aws:s3:::bucket".to_owned(),
        account: AccountId::parse("444455556666").expect("twelve digits"),
        region: "us-east-1".to_owned(),
        configuration: Configuration::S3Bucket(S3Bucket {
            policy: Some(Policy::read(policy).expect("a valid policy")),
            ..S3Bucket::default()
        }),
    };
    let zone = ZoneOfTrust {
        accounts: vec![resource.account],
        ..ZoneOfTrust::default()
    };
    analyze(
        &resource,
        &zone,
        &Organization::default(),
        selection,
        &Limits::default(),
    )
}

/// The values of a request that labels are about; a value outside of a key's common beginning has no label.
fn read(request: &Request) -> [Option<String>; 3] {
    [0, 1, 2].map(
        |key: usize| match request.context.get(&KEYS[key].name.to_ascii_lowercase())? {
            ContextValue::One(text) => text.strip_prefix(KEYS[key].beginning).map(str::to_owned),
            ContextValue::Many(_) => panic!("{} has one value", KEYS[key].name),
        },
    )
}

/// Checks evidence as a reader would, by what its parts mean: which candidates hold each request, that no other finding does, and
/// that fewer than the chosen ones do not hold all requests.
fn check(evidence: &Minimality, expected: &Expected) {
    let places: Vec<&Node> = evidence
        .candidates
        .iter()
        .map(|place| {
            let named = expected
                .candidates
                .iter()
                .find(|n| said(n) == place.condition);
            named.unwrap_or_else(|| panic!("{place:?} is no finding"))
        })
        .collect();
    for Held { request, by } in &evidence.requests {
        let values = read(request);
        let values = [0, 1, 2].map(|key: usize| values[key].as_deref());
        let holders: BTreeSet<&Node> = by.iter().map(|at| places[*at]).collect();
        let wanted: BTreeSet<&Node> = expected
            .candidates
            .iter()
            .filter(|node| holds(node, &values))
            .collect();
        assert_eq!(holders, wanted, "{request:?}");
    }
    if let Some(fewer) = evidence.cover.len().checked_sub(1) {
        assert!(fewer_fail(&evidence.tree, &evidence.requests, &[], fewer));
    }
}

/// Whether a tree shows that `more` findings besides those chosen leave a request out.
fn fewer_fail(tree: &Tree, requests: &[Held], chosen: &[usize], more: usize) -> bool {
    let open = |at: &usize| !requests[*at].by.iter().any(|own| chosen.contains(own));
    match tree {
        Tree::Apart(apart) => {
            let all: Vec<usize> = apart
                .iter()
                .flat_map(|at| requests[*at].by.clone())
                .collect();
            let distinct: BTreeSet<&usize> = all.iter().collect();
            apart.len() > more && apart.iter().all(open) && distinct.len() == all.len()
        }
        Tree::Choose { request, choices } => {
            let tried: Vec<usize> = choices.iter().map(|(own, _)| *own).collect();
            let fails = |(own, below): &(usize, Tree)| {
                fewer_fail(below, requests, &[chosen, &[*own]].concat(), more - 1)
            };
            more > 0 && open(request) && tried == requests[*request].by && choices.iter().all(fails)
        }
    }
}

/// 4,000 random policies of two to four statements: all findings, and the cover with its evidence.
#[test]
fn findings_are_what_their_definition_says() {
    let mut dice = Dice::new(2020);
    let mut large = 0;
    for _ in 0..rounds(4_000) {
        let statements: Vec<Statement> = (0..2 + dice.below(3))
            .map(|_| Statement::draw(&mut dice))
            .collect();
        let expected = expected(&statements);
        let shown = || statements.iter().map(Statement::text).collect::<Vec<_>>();
        let conditions = |analysis: &Analysis| {
            assert!(analysis.undecided.is_empty(), "{:?}", analysis.undecided);
            let findings = analysis.findings.iter();
            findings.map(|f| f.condition.clone()).collect::<Vec<_>>()
        };
        let all = conditions(&analysis(&statements, Selection::All));
        let wanted: Vec<_> = expected.candidates.iter().map(said).collect();
        assert_eq!(all, wanted, "{:#?}", shown());
        let cover = analysis(&statements, Selection::MinimumCover);
        if expected.candidates.len() <= 14 {
            let first = expected.first_smallest();
            let wanted: Vec<_> = first
                .iter()
                .map(|at| said(&expected.candidates[*at]))
                .collect();
            assert_eq!(conditions(&cover), wanted, "{:#?}", shown());
            large = large.max(wanted.len());
        }
        let evidence = cover.minimality.first();
        assert_eq!(
            evidence.is_some(),
            !expected.allowed.is_empty(),
            "{:#?}",
            shown()
        );
        if let Some(evidence) = evidence {
            assert_eq!(evidence.cover.len(), cover.findings.len());
            check(evidence, &expected);
        }
    }
    assert!(large >= 4, "the largest cover had {large} findings");
}

/// A certificate of a cover and its minimality, of findings by their places among the candidates.
fn certificate(
    policy: &str,
    evidence: &Minimality,
    cover: &[usize],
    candidates: &[usize],
) -> Option<String> {
    let read = |text: &str| Policy::read(text).expect("a valid policy");
    let own = read(policy);
    let said = |places: &[usize]| {
        let places = places.iter().map(|at| &evidence.candidates[*at]);
        findings_document(
            &own,
            places.map(|place| (&place.principal, &place.condition)),
            &[],
        )
    };
    let (findings, candidates) = (said(cover)?, said(candidates)?);
    let question = NoOtherAccess {
        policy: own.clone(),
        zone: ZoneOfTrust {
            accounts: vec![AccountId::parse("444455556666").expect("twelve digits")],
            ..ZoneOfTrust::default()
        },
        findings: read(&findings),
    };
    let answer = Question::NoOtherAccess(question.clone()).prove(&Limits::default());
    let texts = Texts {
        policy,
        existing: Some(&findings),
    };
    Some(smallest(
        &question,
        texts,
        &answer.proof?,
        &candidates,
        evidence,
    ))
}

/// Ways to spoil the evidence that a cover is smallest.
const SPOILED: [&str; 7] = [
    "branch dropped",
    "request dropped from a family",
    "request of a family exchanged",
    "request of a choice exchanged",
    "request dropped",
    "request replaced by another",
    "tree cut to a family",
];

fn trees<'t>(tree: &'t mut Tree, families: bool, out: &mut Vec<&'t mut Tree>) {
    match tree {
        Tree::Apart(_) if families => out.push(tree),
        Tree::Apart(_) => {}
        Tree::Choose { .. } if !families => out.push(tree),
        Tree::Choose { choices, .. } => {
            for (_, below) in choices {
                trees(below, families, out);
            }
        }
    }
}

fn spoil(kind: &str, evidence: &mut Minimality, dice: &mut Dice) -> Option<()> {
    let count = evidence.requests.len();
    let other = dice.below(count);
    let family = kind.contains("family") && !kind.starts_with("tree");
    let mut found = Vec::new();
    trees(&mut evidence.tree, family, &mut found);
    let tree = match kind {
        "request dropped" => {
            evidence.requests.remove(other);
            return Some(());
        }
        "request replaced by another" => {
            let own = evidence.requests[dice.below(count)].clone();
            evidence.requests[other] = own;
            return Some(());
        }
        _ if found.is_empty() => return None,
        _ => {
            let at = dice.below(found.len());
            found.swap_remove(at)
        }
    };
    match (kind, tree) {
        ("branch dropped", Tree::Choose { choices, .. }) if !choices.is_empty() => {
            choices.remove(dice.below(choices.len()));
        }
        ("request of a choice exchanged", Tree::Choose { request, .. }) => *request = other,
        ("tree cut to a family", tree) => *tree = Tree::Apart(vec![other]),
        ("request dropped from a family", Tree::Apart(own)) if !own.is_empty() => {
            own.remove(dice.below(own.len()));
        }
        ("request of a family exchanged", Tree::Apart(own)) if !own.is_empty() => {
            let at = dice.below(own.len());
            own[at] = other;
        }
        _ => return None,
    }
    Some(())
}

/// Each smallest cover has a certificate that is accepted. One that is spoiled is rejected, or shows what is true all the same; lists
/// that are longer than need be are rejected whatever the tree, and so are candidates of which fewer do.
#[test]
fn a_smallest_cover_has_a_certificate_and_no_other_has() {
    let mut dice = Dice::new(2026);
    let (mut accepted, mut spoiled, mut longer, mut wider) = (0, 0, 0, 0);
    let mut rejected: BTreeMap<&str, usize> = BTreeMap::new();
    for round in 0..rounds(900) {
        let policy = if round % 3 == 0 {
            circle(&mut dice)
        } else {
            let count = 3 + dice.below(5);
            let statements: Vec<Statement> =
                (0..count).map(|_| Statement::draw(&mut dice)).collect();
            document(&statements)
        };
        let cover = analysis_of(&policy, Selection::MinimumCover);
        let Some(evidence) = cover.minimality.first() else {
            continue;
        };
        let all: Vec<usize> = (0..evidence.candidates.len()).collect();
        let own = certificate(&policy, evidence, &evidence.cover, &all).expect("it is a cover");
        let verified = keyaki_checker::verify(&own).unwrap_or_else(|why| panic!("{why:?}: {own}"));
        assert!(verified.sentence.contains("no smaller list covers it"));
        accepted += 1;
        for turn in 0..8 {
            let kind = SPOILED[(round + turn) % SPOILED.len()];
            let mut changed = evidence.clone();
            if spoil(kind, &mut changed, &mut dice).is_none() || changed == *evidence {
                continue;
            }
            let text =
                certificate(&policy, &changed, &evidence.cover, &all).expect("it is a cover");
            spoiled += 1;
            // The claim is as it was, so that it is true.
            if keyaki_checker::verify(&text).is_err() {
                *rejected.entry(kind).or_default() += 1;
            }
        }
        // One finding more: some list that is smaller covers everything.
        if let Some(more) = all.iter().find(|at| !evidence.cover.contains(at)) {
            let mut cover = evidence.cover.clone();
            cover.push(*more);
            let mut changed = evidence.clone();
            for kind in ["", "tree cut to a family", "request of a family exchanged"] {
                let _ = spoil(kind, &mut changed, &mut dice);
                let text = certificate(&policy, &changed, &cover, &all).expect("it is a cover");
                longer += 1;
                assert!(keyaki_checker::verify(&text).is_err(), "{text}");
            }
        }
        // A finding of everything among the candidates: where it takes two findings, it alone would do.
        if evidence.cover.len() > 1 {
            let mut changed = evidence.clone();
            changed.candidates.push(Place {
                principal: ("AWS".to_owned(), "*".to_owned()),
                condition: BTreeMap::new(),
            });
            let all: Vec<usize> = (0..changed.candidates.len()).collect();
            let text =
                certificate(&policy, &changed, &evidence.cover, &all).expect("it is a cover");
            wider += 1;
            assert!(keyaki_checker::verify(&text).is_err(), "{text}");
        }
    }
    eprintln!(
        "{accepted} accepted; {spoiled} spoiled, rejected: {rejected:?}; {longer} longer, {wider} wider lists, all rejected"
    );
    assert!(accepted > rounds(600) && longer > rounds(300) && wider > rounds(300));
    assert!(SPOILED.iter().all(|kind| rejected.contains_key(kind)));
}
