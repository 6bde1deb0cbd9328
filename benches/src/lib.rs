//! Benches of Keyaki by theme; see `benches/README.md` for how to run them and `benches/record` for results.
//!
//! What the benches share: reading generated batch lines into questions, so that none of them depends on the command.

use keyaki_corpus::families::{ALL, Expect, Family};
use keyaki_engine::question::{
    NoExternalAccess, NoNewAccess, NoPublicAccess, Question, Satisfiable,
};
use keyaki_engine::resource::ZoneOfTrust;
use keyaki_engine::{Limits, Verdict};
use keyaki_language::Policy;
use keyaki_language::json::{self, Json};
use keyaki_language::policies::PolicyType;

/// A question and the verdict that it must get.
#[derive(Debug)]
pub struct Expected {
    /// Its id, such as `F1/3/one-letter-more-key/holds`.
    pub id: String,
    /// What is asked.
    pub question: Question,
    /// The right answer.
    pub expect: Expect,
}

impl Expected {
    /// Decides, and panics where the verdict is not the right one: a wrong answer cannot be a fast one.
    pub fn decide(&self) {
        let verdict = self.question.decide(&Limits::default()).verdict;
        let right = match self.expect {
            Expect::Holds => matches!(verdict, Verdict::Holds(_)),
            Expect::Fails => matches!(verdict, Verdict::Fails(_)),
            Expect::Decided => !matches!(verdict, Verdict::Undecided(_)),
        };
        assert!(right, "{} got {verdict:?}", self.id);
    }
}

/// The questions of a family at its usual size, without those that `open.txt` lists.
pub fn family(family: &Family) -> Vec<Expected> {
    const OPEN: &str = include_str!("../open.txt");
    family
        .questions(family.size, 1)
        .iter()
        .filter(|question| {
            let id = format!("{}/{}/{}", family.number, family.size, question.name);
            OPEN.lines().all(|line| line != id)
        })
        .map(|question| read(&question.line(family, family.size), question.expect))
        .collect()
}

/// The questions of all families.
pub fn families() -> Vec<Expected> {
    ALL.iter().flat_map(family).collect()
}

/// Reads a generated line.
///
/// # Panics
///
/// Where the line is not one of those that `keyaki-corpus` generates.
pub fn read(line: &str, expect: Expect) -> Expected {
    let json = json::parse(line).expect("the generator writes JSON");
    let text = |name: &str| {
        json.get(name)
            .and_then(Json::as_str)
            .unwrap_or_else(|| panic!("`{name}` is missing"))
            .to_owned()
    };
    let document = |name: &str| {
        let value = json
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` is missing"));
        Policy::from_json(value, "").expect("the generator writes policies")
    };
    let policy_type = || match text("policyType").as_str() {
        "IDENTITY_POLICY" => PolicyType::Identity,
        "RESOURCE_POLICY" => PolicyType::Resource,
        "SERVICE_CONTROL_POLICY" => PolicyType::ServiceControl,
        "RESOURCE_CONTROL_POLICY" => PolicyType::ResourceControl,
        other => panic!("unknown policy type {other}"),
    };
    let question = match text("question").as_str() {
        "no-new-access" => Question::NoNewAccess(NoNewAccess {
            policy_type: policy_type(),
            existing: document("existingPolicyDocument"),
            new: document("newPolicyDocument"),
        }),
        "satisfiable" => Question::Satisfiable(Satisfiable {
            policy_type: policy_type(),
            policy: document("policyDocument"),
        }),
        "no-public-access" => Question::NoPublicAccess(NoPublicAccess {
            resource_type: text("resourceType"),
            policy: document("policyDocument"),
        }),
        "no-external-access" => Question::NoExternalAccess(NoExternalAccess {
            resource_type: text("resourceType"),
            policy: document("policyDocument"),
            zone: ZoneOfTrust {
                organization: Some("o-abc123def4".to_owned()),
                ..ZoneOfTrust::default()
            },
        }),
        other => panic!("no bench for {other}"),
    };
    Expected {
        id: text("id"),
        question,
        expect,
    }
}
