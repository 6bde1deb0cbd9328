//! Patterns in four readings: the judge's, the formulas', the search's, and that of `regex-automata`.
//!
//! An input is a text and two patterns over few letters. One condition allows what the first matches, another what the second
//! does; what the search says of the two must fit what the oracle says of the text and of the witness.
#![no_main]

use keyaki_engine::proof::{Texts, certificate};
use keyaki_engine::question::{NoNewAccess, Question};
use keyaki_engine::{Limits, Verdict};
use keyaki_language::judge::{Decision, allows};
use keyaki_language::meaning::pattern::{List, Pattern, Set};
use keyaki_language::policies::PolicyType;
use keyaki_language::request::ContextValue;
use keyaki_language::{Facts, Policy, Request, json};
use libfuzzer_sys::fuzz_target;
use regex_automata::meta::Regex;

const LETTERS: [char; 16] = [
    'a', 'b', 'a', 'b', '*', '?', '*', '?', '*', ':', '/', '.', '\\', 'é', '\n', 'A',
];

/// The texts of an input: letters up to an end each, at most `most`, so that a search stays small.
fn texts(bytes: &[u8], most: usize) -> [String; 3] {
    let mut pieces = bytes.split(|byte| *byte >= 0xf0);
    [(); 3].map(|()| {
        let piece = pieces.next().unwrap_or_default();
        let letters = piece.iter().take(most);
        letters
            .map(|byte| LETTERS[usize::from(byte & 15)])
            .collect()
    })
}

fn oracle(glob: &str) -> Regex {
    let mut regex = String::from(r"(?s)\A");
    for c in glob.chars() {
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            c => regex.push_str(&format!(r"\x{{{:x}}}", u32::from(c))),
        }
    }
    regex.push_str(r"\z");
    Regex::new(&regex).expect("a regex")
}

fn list(glob: &str) -> List {
    let mut pattern = Pattern::default();
    for c in glob.chars() {
        match c {
            '*' => pattern.star(Set::Any),
            '?' => pattern.letter(Set::One),
            c => pattern.letter(Set::Char(c)),
        }
    }
    List::whole([pattern])
}

fn document(glob: &str) -> String {
    let mut value = String::new();
    json::write_string(&mut value, glob);
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringLike":{{"x:k":{value}}}}}}}]}}"#
    )
}

fn judged(policy: &Policy, text: &str) -> bool {
    let request = r#"{"principal":"arn:aws:iam::111122223333:user/Ann","action":"s3:GetObject","resource":"arn:aws:s3:::b/k","context":{}}"#;
    let json = json::parse(request).expect("JSON");
    let mut request = Request::from_json(&json, "").expect("a request");
    request.complete().expect("a whole request");
    let value = ContextValue::One(text.to_owned());
    request.context.insert("x:k".to_owned(), value);
    let decision = allows(policy, PolicyType::Identity, &request, &Facts::default());
    decision == Decision::Allowed
}

fuzz_target!(|bytes: &[u8]| {
    let [text, new, existing] = texts(bytes, 40);
    let regexes = [oracle(&new), oracle(&existing)];
    let documents = [document(&new), document(&existing)];
    let policies = [0, 1].map(|i| Policy::read(&documents[i]).expect("a policy"));
    let wanted = [0, 1].map(|i| regexes[i].is_match(text.as_str()));
    for (i, glob) in [&new, &existing].into_iter().enumerate() {
        assert_eq!(
            list(glob).has(&text),
            wanted[i],
            "formula: {glob:?} on {text:?}"
        );
        assert_eq!(
            judged(&policies[i], &text),
            wanted[i],
            "judge: {glob:?} on {text:?}"
        );
    }

    let [one, two] = policies;
    let question = Question::NoNewAccess(NoNewAccess {
        policy_type: PolicyType::Identity,
        new: one,
        existing: two,
    });
    let answer = question.prove(&Limits {
        branches: 1_000,
        ..Limits::default()
    });
    match answer.verdict {
        Verdict::Holds(_) => {
            assert!(
                !wanted[0] || wanted[1],
                "{new:?} in {existing:?}, but not {text:?}"
            );
            let texts = Texts {
                policy: &documents[0],
                existing: Some(&documents[1]),
            };
            let proof = answer.proof.expect("what holds has a proof");
            let checked = keyaki_checker::verify(&certificate(&question, texts, &proof));
            assert!(checked.is_ok(), "{new:?} in {existing:?}: {checked:?}");
        }
        Verdict::Fails(request) => {
            let request = request.expect("a failing claim has a witness");
            let Some(ContextValue::One(value)) = request.context.get("x:k") else {
                panic!("{new:?} not in {existing:?} without the key: {request:?}");
            };
            let [in_new, in_existing] = [0, 1].map(|i| regexes[i].is_match(value.as_str()));
            assert!(
                in_new && !in_existing,
                "{value:?} of {new:?} and {existing:?}"
            );
        }
        Verdict::Undecided(why) => panic!("{new:?} in {existing:?}: {why:?}"),
    }
});
