//! Evidence written by hand, and what the checker says of it: each rule of reading and of proof in the smallest certificate that needs it.
//!
//! What an engine makes is held against the checker in `engine/tests`; here stands what no engine would write.

use keyaki_checker::{Rejection, verify};
use keyaki_language::{digest, json};

/// The parts of evidence, as text.
struct Evidence {
    question: &'static str,
    policy_type: &'static str,
    /// Further members of the claim, each with a comma before it.
    more: &'static str,
    documents: Vec<(&'static str, String)>,
}

fn of(question: &'static str, documents: &[(&'static str, &str)]) -> Evidence {
    let documents = documents.iter().map(|(name, statements)| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        (*name, text)
    });
    Evidence { question, policy_type: "RESOURCE_POLICY", more: "", documents: documents.collect() }
}

impl Evidence {
    fn with(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    fn claim(&self) -> String {
        let documents = self.documents.iter().map(|(name, text)| {
            let (digest, text) = (digest::of(text), text.replace('"', "\\\""));
            format!(r#"{{"name":"{name}","digest":"{digest}","text":"{text}"}}"#)
        });
        format!(
            r#"{{"question":"{}","policyType":"{}","documents":[{}]{}}}"#,
            self.question,
            self.policy_type,
            documents.collect::<Vec<_>>().join(","),
            self.more
        )
    }

    /// What the checker says of a certificate with these members beside the claim.
    fn proved(&self, members: &str) -> Result<String, Rejection> {
        let claim = self.claim();
        let text = format!(r#"{{"format":"keyaki-certificate/1","claim":{claim},{members}}}"#);
        verify(&text).map(|proved| proved.sentence)
    }

    fn shown(&self, request: &str) -> Result<String, Rejection> {
        let claim = self.claim();
        let text = format!(r#"{{"format":"keyaki-witness/1","claim":{claim},"request":{request}}}"#);
        verify(&text).map(|proved| proved.sentence)
    }

    /// The digest of a document, as sentences name it.
    fn id(&self, at: usize) -> String {
        digest::of(&self.documents[at].1)
    }
}

#[track_caller]
fn unreadable(says: Result<String, Rejection>) {
    assert!(matches!(says, Err(Rejection::Unreadable(_))), "{says:?}");
}

#[track_caller]
fn unproved(says: Result<String, Rejection>) {
    assert!(matches!(says, Err(Rejection::Unproved(_))), "{says:?}");
}

/// A statement of a resource policy about one account.
fn about(effect: &str, account: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Principal":{{"AWS":"{account}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#
    )
}

const ZONE: &str = r#","zoneOfTrust":{"accounts":["111122223333"]}"#;
const EVE: &str =
    r#"{"principal":"arn:aws:iam::444455556666:root","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}"#;
const KIM: &str =
    r#"{"principal":"arn:aws:iam::777788889999:root","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}"#;
const NOTHING: &str = r#""proofs":[]"#;

#[test]
fn sentences_say_what_was_proved_and_of_which_documents() {
    let deny = about("Deny", "444455556666");
    let one = [("policy", deny.as_str())];
    let empty = of("unsatisfiable", &one);
    let own = empty.id(0);
    assert_eq!(empty.proved(NOTHING), Ok(format!("{own} allows nothing")));
    let kept = of("not-granted", &one).with(r#","access":[{"actions":["s3:*"]}]"#);
    assert_eq!(kept.proved(NOTHING), Ok(format!("{own} allows nothing of the listed access")));
    let inner = of("no-external-access", &one).with(ZONE);
    assert_eq!(inner.proved(NOTHING), Ok(format!("{own} lets in nobody from outside the zone of trust")));
    let hidden = of("no-public-access", &one).with(r#","resourceType":"AWS::S3::Bucket""#);
    assert_eq!(hidden.proved(NOTHING), Ok(format!("{own} is not public on a resource of type AWS::S3::Bucket")));
    let allow = about("Allow", "444455556666");
    let pair = of("no-new-access", &[("new", &deny), ("existing", &allow)]);
    let (new, existing) = (pair.id(0), pair.id(1));
    assert_eq!(pair.proved(NOTHING), Ok(format!("{new} allows nothing that {existing} does not")));
    let list = of("no-other-access", &[("policy", &deny), ("findings", &allow)]).with(ZONE);
    assert_eq!(list.proved(NOTHING), Ok(format!("{new} lets in nobody else from outside than {existing}")));
    // What is proved of a policy can be shown of another one not to be so.
    let open = of("unsatisfiable", &[("policy", &allow)]);
    assert_eq!(open.shown(EVE), Ok(format!("it is not true that {existing} allows nothing")));
    unproved(open.shown(KIM));
    unproved(open.proved(NOTHING));
}

#[test]
fn the_documents_are_those_of_the_question() {
    let deny = about("Deny", "444455556666");
    let named = |question, names: &[&'static str], more| {
        let documents: Vec<_> = names.iter().map(|name| (*name, deny.as_str())).collect();
        of(question, &documents).with(more).proved(NOTHING)
    };
    assert!(named("no-new-access", &["new", "existing"], "").is_ok());
    assert!(named("no-other-access", &["policy", "findings"], ZONE).is_ok());
    for (question, names, more) in [
        ("no-new-access", &["new"][..], ""),
        ("no-new-access", &["existing", "new"], ""),
        ("no-new-access", &["new", "existing", "existing"], ""),
        ("no-other-access", &["policy"], ZONE),
        ("no-other-access", &[], ZONE),
        ("no-other-access", &["findings", "policy"], ZONE),
        ("unsatisfiable", &[], ""),
        ("unsatisfiable", &["policy", "findings"], ""),
        ("unsatisfiable", &["new"], ""),
    ] {
        unreadable(named(question, names, more));
    }
}

#[test]
fn only_a_resource_policy_has_an_outside() {
    let deny = about("Deny", "444455556666");
    let zone = of("no-external-access", &[("policy", &deny)]).with(ZONE);
    assert!(zone.proved(NOTHING).is_ok());
    let own = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}"#;
    let identity = |question| Evidence { policy_type: "IDENTITY_POLICY", ..of(question, &[("policy", own)]) };
    assert!(identity("unsatisfiable").proved(NOTHING).is_ok());
    unreadable(identity("no-external-access").with(ZONE).proved(NOTHING));
}

/// What is said of cases for a claim that needs one: four statements allow what another does, by two keys.
fn quartered(cases: &str) -> Result<String, Rejection> {
    let statement = |conditions: &str| {
        let rest = r#""Action":"s3:GetObject","Resource":"*""#;
        format!(r#"{{"Effect":"Allow","Principal":"*",{rest}{conditions}}}"#)
    };
    let quarters = ["Equals", "NotEquals"].into_iter().flat_map(|a| {
        let quarter = move |b| match (a, b) {
            ("Equals", "Equals") => r#","Condition":{"StringEquals":{"x:a":"1","x:b":"1"}}"#.to_owned(),
            ("NotEquals", "NotEquals") => r#","Condition":{"StringNotEquals":{"x:a":"1","x:b":"1"}}"#.to_owned(),
            _ => format!(r#","Condition":{{"String{a}":{{"x:a":"1"}},"String{b}":{{"x:b":"1"}}}}"#),
        };
        ["Equals", "NotEquals"].map(|b| statement(&quarter(b)))
    });
    let existing = quarters.collect::<Vec<_>>().join(",");
    let claim = of("no-new-access", &[("new", &statement("")), ("existing", &existing)]);
    let kinds = r#""session","user","federated-user","root","canonical","federated","service","anonymous""#;
    claim.proved(&format!(
        r#""proofs":[{{"kinds":[{kinds}],"lemmas":[],"statements":[{{"statement":0,"cases":[{cases}]}}]}}]"#
    ))
}

#[test]
fn cases_have_their_depths() {
    let case = |depth: usize, of: &str| format!("[{depth},{of}]");
    let own = r#""+existing/0/Condition/0""#;
    unproved(quartered(""));
    assert!(quartered(&case(1, own)).is_ok());
    unproved(quartered(&case(0, own)));
    unproved(quartered(&case(2, own)));
    // What is assumed and closed is over; what stands behind it at another depth is no case.
    let all = r#"{"and":[]}"#;
    unproved(quartered(&[case(1, all), case(1, own)].join(",")));
    assert!(quartered(&[case(1, all), case(2, own)].join(",")).is_ok());
    unproved(quartered(&[case(1, all), case(3, own)].join(",")));
    unproved(quartered(&format!("[1,{own},{own}]")));
    unproved(quartered(r#"[1,"+existing/9/Condition/0"]"#));
}

#[test]
fn cases_stand_in_each_other_a_thousand_deep() {
    let nested = |depth: usize| {
        let all = (1..depth).map(|depth| format!(r#"[{depth},{{"and":[]}}]"#));
        let own = format!(r#"[{depth},"+existing/0/Condition/0"]"#);
        quartered(&all.chain([own]).collect::<Vec<_>>().join(","))
    };
    assert!(nested(1_000).is_ok());
    unproved(nested(1_001));
}

#[test]
fn kinds_of_caller_are_known_and_stand_once() {
    let deny = about("Deny", "444455556666");
    let claim = of("unsatisfiable", &[("policy", &deny)]);
    let proof = |kinds: &str| format!(r#"{{"kinds":[{kinds}],"lemmas":[],"statements":[]}}"#);
    let all = |proofs: &[&str]| {
        let proofs: Vec<String> = proofs.iter().map(|kinds| proof(kinds)).collect();
        claim.proved(&format!(r#""proofs":[{}]"#, proofs.join(",")))
    };
    assert!(all(&[r#""user","root""#, r#""session""#]).is_ok());
    unreadable(all(&[r#""user","nobody""#]));
    unreadable(all(&[r#""user","root""#, r#""session","root""#]));
    unreadable(all(&[r#""user",1"#]));
}

#[test]
fn each_proof_is_read_though_another_is_about_the_same() {
    // Root users and users are the same to this policy, and one proof for both is looked at once.
    let never = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"x:a":"1","X:b":"2"},"StringNotEquals":{"x:a":"1"}}}"#;
    let claim = of("unsatisfiable", &[("policy", never)]);
    let proof = |kinds: &str, lemmas: &str| {
        format!(r#"{{"kinds":[{kinds}],"lemmas":[{lemmas}],"statements":[{{"statement":0,"lemmas":[0]}}]}}"#)
    };
    let kinds = r#""session","user","federated-user","root","canonical","federated","service""#;
    let lemma = r#"["+policy/0/Condition/0","-policy/0/Condition/2"]"#;
    let with = |other: &str| {
        let proofs = [proof(kinds, lemma), proof(r#""anonymous""#, other)].join(",");
        claim.proved(&format!(r#""proofs":[{proofs}]"#))
    };
    assert!(with(lemma).is_ok());
    unproved(with(r#"["+policy/0/Condition/0"]"#));
}

/// A policy that lets in two accounts, a list of findings and one of candidates, each by accounts.
fn minimum(findings: &[&str], candidates: &[&str], evidence: &str) -> Result<String, Rejection> {
    let list = |accounts: &[&str]| {
        let statements: Vec<String> = accounts.iter().map(|own| about("Allow", own)).collect();
        statements.join(",")
    };
    let (policy, findings) = (list(&["444455556666", "777788889999"]), list(findings));
    let candidates = list(candidates);
    of("no-other-access", &[("policy", &policy), ("findings", &findings), ("candidates", &candidates)])
        .with(ZONE)
        .proved(&format!(r#""proofs":[],"minimum":{evidence}"#))
}

#[test]
fn a_list_of_findings_is_the_smallest() {
    let (one, other) = ("444455556666", "777788889999");
    let both = [one, other];
    let with = |tree: &str| {
        let evidence = format!(r#"{{"requests":[{EVE},{KIM}],"tree":{tree}}}"#);
        minimum(&both, &both, &evidence)
    };
    let sentence = with("[0,1]").expect("no candidate holds both requests");
    assert!(sentence.contains("and no smaller list covers it: fewer than 2 of the 2 findings in "), "{sentence}");
    // One request needs one finding only, the same twice is one, and there is no third.
    unproved(with("[0]"));
    unproved(with("[]"));
    unproved(with("[0,0]"));
    unreadable(with("[0,2]"));
    // The same as a tree: one finding for the first request, then none is left for the second.
    assert!(with(r#"{"request":0,"choices":[[1]]}"#).is_ok());
    unproved(with(r#"{"request":0,"choices":[[0]]}"#));
    unproved(with(r#"{"request":0,"choices":[[]]}"#));
    unproved(with(r#"{"request":0,"choices":[]}"#));
    unproved(with(r#"{"request":0,"choices":[[1],[1]]}"#));
    unproved(with(r#"{"request":0,"choices":[{"request":0,"choices":[[1]]}]}"#));
    unproved(with(r#"{"request":0,"choices":[{"request":1,"choices":[[]]}]}"#));
    // Requests that the policy does not allow, or from inside, show nothing.
    let stranger = EVE.replace("444455556666", "999988887777");
    let evidence = format!(r#"{{"requests":[{EVE},{stranger}],"tree":[0,1]}}"#);
    unproved(minimum(&both, &both, &evidence));
}

#[test]
fn a_candidate_may_hold_more_requests_than_one() {
    let (one, other, all) = ("444455556666", "777788889999", "*");
    let requests = format!(r#""requests":[{EVE},{KIM}]"#);
    let with = |findings: &[&str], candidates: &[&str], tree: &str| {
        minimum(findings, candidates, &format!(r#"{{{requests},"tree":{tree}}}"#))
    };
    // "Everyone" among the candidates holds both, so two findings are not shown to be needed.
    let three = [one, other, all];
    unproved(with(&[one, other], &three, "[0,1]"));
    unproved(with(&[one, other], &three, r#"{"request":0,"choices":[[1],[1]]}"#));
    unproved(with(&[one, other], &three, r#"{"request":0,"choices":[[1],[]]}"#));
    // One finding is the least there can be as long as something is let in.
    assert!(with(&[all], &three, "[0]").is_ok());
    assert!(with(&[all], &three, r#"{"request":0,"choices":[[],[]]}"#).is_err());
    unproved(with(&[all], &three, "[]"));
}

#[test]
fn candidates_and_their_evidence_belong_together() {
    let own = about("Allow", "444455556666");
    let (policy, findings) = (("policy", own.as_str()), ("findings", own.as_str()));
    let least = format!(r#""proofs":[],"minimum":{{"requests":[{EVE}],"tree":[0]}}"#);
    let list = of("no-other-access", &[policy, findings]).with(ZONE);
    assert!(list.proved(NOTHING).is_ok());
    unreadable(list.proved(&least));
    let whole = of("no-other-access", &[policy, findings, ("candidates", own.as_str())]).with(ZONE);
    assert!(whole.proved(&least).is_ok());
    unreadable(whole.proved(NOTHING));
}

#[test]
fn false_claims_that_were_accepted_once_are_rejected() {
    let lines = include_str!("../../../benches/checker/false.jsonl").lines();
    let evidence = lines.map(|line| json::parse(line).expect("each line is JSON"));
    let certificates: Vec<_> = evidence.filter_map(|line| line.get("certificate").map(ToString::to_string)).collect();
    assert!(certificates.len() >= 10);
    for certificate in certificates {
        assert!(matches!(verify(&certificate), Err(Rejection::Unproved(_))), "{certificate}");
    }
}

/// What is said of lemmas about a policy of one statement with these conditions: that it allows nothing.
fn void(conditions: &str, lemmas: &[&str]) -> Result<String, Rejection> {
    let own = format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{{{conditions}}}}}"#
    );
    // `+0.1` is the second atom of the first condition.
    let literal = |short: &str| {
        let (sign, name) = short.split_at(1);
        let (condition, atom) = name.split_once('.').expect("a condition and an atom");
        format!(r#""{sign}policy/0/Condition/{condition}#{atom}""#)
    };
    let lemma = |own: &&str| format!("[{}]", own.split(' ').map(literal).collect::<Vec<_>>().join(","));
    let written: Vec<String> = lemmas.iter().map(lemma).collect();
    let used: Vec<String> = (0..lemmas.len()).map(|at| at.to_string()).collect();
    let kinds = r#""session","user","federated-user","root","canonical","federated","service","anonymous""#;
    of("unsatisfiable", &[("policy", &own)]).proved(&format!(
        r#""proofs":[{{"kinds":[{kinds}],"lemmas":[{}],"statements":[{{"statement":0,"lemmas":[{}]}}]}}]"#,
        written.join(","),
        used.join(",")
    ))
}

/// Conditions that contradict each other, with the lemmas that say so, and conditions alike in all but one word that do not.
#[track_caller]
fn contradiction(conditions: &str, lemmas: &[&str], twins: &[&str]) {
    let says = void(conditions, lemmas);
    assert!(says.is_ok(), "{conditions}: {says:?}");
    for twin in twins {
        let says = void(twin, lemmas);
        let why = match &says {
            Err(Rejection::Unproved(why)) => why.as_str(),
            _ => "",
        };
        assert!(why.ends_with(" is no contradiction"), "{twin}: {says:?}");
    }
}

#[test]
fn s42_a_variable_is_what_its_key_is() {
    contradiction(
        r#""StringEquals":{"x:a":"${x:b}"},"StringNotEquals":{"x:a":"1"},"StringLike":{"x:b":"1"}"#,
        &["+0.0 +0.1 -1.0 +2.0"],
        &[r#""StringEquals":{"x:a":"${x:b}"},"StringNotEquals":{"x:a":"1"},"StringLike":{"x:b":"2"}"#],
    );
    contradiction(
        r#""StringLike":{"x:a":"${x:b}*","x:b":"b*"},"StringNotLike":{"x:a":"b*"}"#,
        &["+0.0 +0.1 +1.0 -2.0"],
        &[
            r#""StringLike":{"x:a":"${x:b}*","x:b":"c*"},"StringNotLike":{"x:a":"b*"}"#,
            r#""StringLike":{"x:a":"${x:c}*","x:b":"b*"},"StringNotLike":{"x:a":"b*"}"#,
            r#""StringLike":{"x:a":"${x:b}*","x:b":"b*"},"StringNotLike":{"x:c":"b*"}"#,
        ],
    );
    // Two keys that are the same variable, and one key that is two.
    contradiction(
        r#""StringEquals":{"x:a":"${x:b}","x:b":"${x:c}"},"StringLike":{"x:a":"1*","x:c":"2*"}"#,
        &["+0.0 +0.1 +1.0 +1.1 +2.0 +3.0"],
        &[
            r#""StringEquals":{"x:a":"${x:b}","x:b":"${x:c}"},"StringLike":{"x:a":"1*","x:c":"1*"}"#,
            r#""StringEquals":{"x:a":"${x:b}","x:b":"${x:d}"},"StringLike":{"x:a":"1*","x:c":"2*"}"#,
        ],
    );
}

#[test]
fn s42_variables_are_told_apart() {
    // Two variables whose values differ, and one of two names.
    let with = |other: &str| {
        format!(
            r#""StringLike":{{"x:a":"${{x:b}}*","x:d":"${{x:{other}}}*","x:b":"1","x:c":"2"}},"StringNotLike":{{"x:d":"1*"}}"#
        )
    };
    contradiction(&with("b"), &["+0.0 +0.1 +1.1 +2.0 -4.0"], &[]);
    let says = void(&with("c"), &["+0.0 +0.1 +1.0 +1.1 +2.0 +3.0 -4.0"]);
    assert!(matches!(says, Err(Rejection::Unproved(_))), "{says:?}");
    contradiction(
        r#""StringEquals":{"x:a":"${x:b}"},"StringLike":{"x:c":"${x:a}1","x:b":"2"},"StringNotLike":{"x:c":"2*"}"#,
        &["+0.0 +0.1 +1.0 +1.1 +2.0 -3.0"],
        &[
            r#""StringEquals":{"x:a":"${x:b}"},"StringLike":{"x:c":"${x:a}1","x:b":"3"},"StringNotLike":{"x:c":"2*"}"#,
            r#""StringEquals":{"x:a":"${x:b}"},"StringLike":{"x:c":"${x:d}1","x:b":"2"},"StringNotLike":{"x:c":"2*"}"#,
        ],
    );
}

#[test]
fn s42_a_text_of_one_value_is_the_value_of_its_own_variable() {
    contradiction(
        r#""StringLike":{"x:a":"${x:b}1","x:c":"${x:a}2"},"StringEquals":{"x:b":"1"},"StringNotEquals":{"x:c":"112"}"#,
        &["+0.0 +0.1 +1.0 +1.1 +2.0 -3.0"],
        &[
            r#""StringLike":{"x:a":"${x:b}1","x:c":"${x:a}2"},"StringEquals":{"x:b":"1"},"StringNotEquals":{"x:c":"113"}"#,
            r#""StringLike":{"x:a":"${x:b}1","x:c":"${x:d}2"},"StringEquals":{"x:b":"1"},"StringNotEquals":{"x:c":"112"}"#,
        ],
    );
}

#[test]
fn s44_a_part_of_an_arn_is_the_value_of_the_variable_there() {
    contradiction(
        r#""ArnLike":{"x:a":"arn:aws:s3:${x:b}::k"},"StringLike":{"x:c":"${x:b}2","x:a":"arn:aws:s3:eu:*"},"StringNotEquals":{"x:c":"eu2"}"#,
        &["+0.0 +0.1 +1.1 +2.0 -3.0"],
        &[
            r#""ArnLike":{"x:a":"arn:aws:s3:${x:b}::k"},"StringLike":{"x:c":"${x:b}2","x:a":"arn:aws:s3:eu:*"},"StringNotEquals":{"x:c":"eu3"}"#,
            r#""ArnLike":{"x:a":"arn:aws:s3:${x:b}::k"},"StringLike":{"x:c":"${x:b}2","x:a":"arn:aws:s3:e?:*"},"StringNotEquals":{"x:c":"eu2"}"#,
            r#""ArnLike":{"x:a":"arn:aws:s3:${x:b}::k"},"StringLike":{"x:c":"${x:b}2","x:d":"arn:aws:s3:eu:*"},"StringNotEquals":{"x:c":"eu2"}"#,
        ],
    );
}

#[test]
fn parts_of_a_caller_are_told_apart() {
    // The number of a user's account begins with 1, and its name does not: one is no reason against the other.
    let own = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{"StringLike":{"aws:PrincipalAccount":"1*"},"StringNotLike":{"aws:username":"1*"},"Null":{"aws:username":"false"}}}"#;
    let proof = |lemma: &str| {
        format!(r#""proofs":[{{"kinds":["user"],"lemmas":[[{lemma}]],"statements":[{{"statement":0,"lemmas":[0]}}]}}]"#)
    };
    let says =
        of("unsatisfiable", &[("policy", own)]).proved(&proof(r#""+policy/0/Condition/0","-policy/0/Condition/1""#));
    let why = matches!(&says, Err(Rejection::Unproved(why)) if why.starts_with("callers of kind user: ") && why.ends_with(" is no contradiction"));
    assert!(why, "{says:?}");
}

#[test]
fn s44_a_text_that_an_arn_is_not_says_nothing_of_its_parts() {
    no_contradiction(
        r#""ArnLike":{"x:a":"arn:aws:s3:${x:b}::k"},"StringLike":{"x:c":"${x:b}2"},"StringNotLike":{"x:a":"arn:aws:s3:eu:*"},"StringNotEquals":{"x:c":"eu2"}"#,
        "+0.0 +0.1 +1.1 -2.0 -3.0",
    );
}

#[test]
fn r4_few_words_of_a_number_are_looked_at_one_by_one() {
    contradiction(
        r#""NumericLessThan":{"x:n":"2"},"StringEquals":{"x:n":["1","2"]},"StringNotEquals":{"x:n":"1"}"#,
        &["+0.0 +1.0 -2.0"],
        &[
            r#""NumericLessThan":{"x:n":"3"},"StringEquals":{"x:n":["1","2"]},"StringNotEquals":{"x:n":"1"}"#,
            r#""NumericLessThan":{"x:n":"2"},"StringEquals":{"x:n":["1","0"]},"StringNotEquals":{"x:n":"1"}"#,
        ],
    );
}

#[test]
fn s42_a_variable_of_few_values_is_each_of_them() {
    contradiction(
        r#""StringLike":{"x:a":"${x:b}1"},"StringEquals":{"x:b":["1","2","3"]},"StringNotEquals":{"x:a":["11","21","31"]}"#,
        &["+0.0 +0.1 +1.0 -2.0"],
        &[
            r#""StringLike":{"x:a":"${x:b}1"},"StringEquals":{"x:b":["1","2","3"]},"StringNotEquals":{"x:a":["11","21","32"]}"#,
            r#""StringLike":{"x:a":"${x:b}1"},"StringEquals":{"x:b":["1","2","4"]},"StringNotEquals":{"x:a":["11","21","31"]}"#,
        ],
    );
}

#[test]
fn s42_a_variable_is_the_part_of_a_text_that_it_stands_for() {
    contradiction(
        r#""StringLike":{"x:a":"k/${x:b}/z"},"StringEquals":{"x:a":"k/1/z"},"StringNotEquals":{"x:b":"1"}"#,
        &["+0.0 +0.1 +1.0 -2.0"],
        &[
            r#""StringLike":{"x:a":"k/${x:b}/z"},"StringEquals":{"x:a":"k/1/z"},"StringNotEquals":{"x:b":"2"}"#,
            r#""StringLike":{"x:a":"k/${x:b}/z"},"StringEquals":{"x:c":"k/1/z"},"StringNotEquals":{"x:b":"1"}"#,
        ],
    );
}

#[test]
fn s42_values_do_not_grow_in_a_circle() {
    contradiction(
        r#""StringLike":{"x:a":"p${x:b}","x:b":"q${x:a}"}"#,
        &["+0.0 +0.1 +1.0 +1.1"],
        &[
            r#""StringLike":{"x:a":"p${x:b}","x:b":"q${x:c}"}"#,
            r#""StringLike":{"x:a":"p${x:b}","x:b":"*${x:c}"}"#,
            r#""StringLike":{"x:a":"*${x:b}","x:b":"*${x:a}"}"#,
        ],
    );
}

#[test]
fn s42_no_value_is_unlike_itself() {
    contradiction(r#""StringNotEquals":{"x:a":"${x:a}"},"Null":{"x:a":"false"}"#, &["-0.0 +1.0", "-0.1 +1.0"], &[]);
    contradiction(
        r#""StringNotEquals":{"x:a":"${x:b}"},"StringEquals":{"x:a":"1","x:b":"1"}"#,
        &["-0.0 +2.0", "-0.1 +1.0 +2.0"],
        &[
            r#""StringNotEquals":{"x:a":"${x:b}"},"StringEquals":{"x:a":"1","x:b":"2"}"#,
            r#""StringNotEquals":{"x:a":"${x:b}"},"StringEquals":{"x:c":"1","x:b":"1"}"#,
        ],
    );
}

#[test]
fn s27_where_every_member_is_the_value_it_is_what_some_member_is() {
    let with = |every: &str, some: &str, value: &str| {
        format!(
            r#"{every}:{{"aws:TagKeys":"${{x:b}}"}},{some}:{{"aws:TagKeys":"1"}},"StringNotEquals":{{"x:b":"{value}"}}"#
        )
    };
    let (every, some) = (r#""ForAllValues:StringEquals""#, r#""ForAnyValue:StringEquals""#);
    let lemmas = ["-0.1 +1.0", "+0.0 -0.2 +1.0 -2.0"];
    contradiction(&with(every, some, "1"), &lemmas, &[&with(every, some, "2")]);
    // What is so known of the variable counts elsewhere.
    let with = |every: &str, value: &str, some: &str, out: &str| {
        let every = format!(r#""{every}":{{"aws:TagKeys":{value}}}"#);
        format!(r#"{every},{some},"StringLike":{{"x:a":"${{x:b}}2"}},"StringNotLike":{{"x:a":"{out}"}}"#)
    };
    let (every, value) = ("ForAllValues:StringEquals", r#""${x:b}""#);
    let some = r#""ForAnyValue:StringLike":{"aws:TagKeys":"1*"}"#;
    let layer = r#""ForAnyValue:StringLike":{"lambda:Layer":"1*"}"#;
    contradiction(
        &with(every, value, some, "1*"),
        &["+0.0 -0.2 +1.0 +2.1 -3.0"],
        &[&with(every, value, some, "2*"), &with(every, value, layer, "1*")],
    );
}

#[test]
fn s44_a_value_with_a_colon_is_no_part_of_an_arn() {
    contradiction(
        r#""ArnLike":{"x:a":"arn:aws:s3:${x:b}::k"},"StringLike":{"x:b":"*:*"}"#,
        &["+0.0 +0.1 +1.0"],
        &[r#""ArnLike":{"x:a":"arn:aws:s3:${x:b}::k"},"StringLike":{"x:b":"*u*"}"#],
    );
    contradiction(
        r#""ArnLike":{"x:a":"arn:aws:s3:::${x:b}"},"StringEquals":{"x:b":"u:v"},"StringNotLike":{"x:a":"*u:v"}"#,
        &["+0.0 +0.1 +1.0 -2.0"],
        &[r#""ArnLike":{"x:a":"arn:aws:s3:::${x:b}"},"StringEquals":{"x:b":"u:v"},"StringNotLike":{"x:a":"*u:w"}"#],
    );
}

/// Lemmas whose literals hold together.
#[track_caller]
fn no_contradiction(conditions: &str, lemma: &str) {
    let says = void(conditions, &[lemma]);
    let why = match &says {
        Err(Rejection::Unproved(why)) => why.as_str(),
        _ => "",
    };
    assert!(why.ends_with(" is no contradiction"), "{conditions}: {says:?}");
}

#[test]
fn s27_members_say_nothing_else_of_a_variable() {
    let tied = r#""StringLike":{"x:a":"${x:b}2"},"StringEquals":{"x:a":"32"}"#;
    // No member is 1, and every member is the variable: the variable need not be 1.
    no_contradiction(
        &format!(
            r#""ForAllValues:StringEquals":{{"aws:TagKeys":"${{x:b}}"}},"ForAllValues:StringNotEquals":{{"aws:TagKeys":"1"}},{tied}"#
        ),
        "+0.0 -0.2 -1.0 +2.1 +3.0",
    );
    // Some member is 1, and no member is the variable.
    no_contradiction(
        &format!(
            r#""ForAllValues:StringNotEquals":{{"aws:TagKeys":"${{x:b}}"}},"ForAnyValue:StringEquals":{{"aws:TagKeys":"1"}},{tied}"#
        ),
        "-0.1 +1.0 +2.0 +2.1 +3.0",
    );
    // Some member is 1, and some member is the variable.
    no_contradiction(
        &format!(
            r#""ForAnyValue:StringEquals":{{"aws:TagKeys":"${{x:b}}"}},"ForAnyValue:StringLike":{{"aws:TagKeys":"1"}},{tied}"#
        ),
        "+0.1 +1.0 +2.0 +2.1 +3.0",
    );
}
