//! No evidence makes the checker panic, and what it accepts is true.
//!
//! An input is a certificate or a witness as it is; or, behind a byte that begins no text, throws: a random question's certificate, corrupted
//! up to three times. A claim that is accepted is decided anew by the search.
#![no_main]

#[allow(dead_code, reason = "tests share the file")]
#[path = "../../tests/support/claims.rs"]
mod claims;
#[allow(dead_code, reason = "tests share the file")]
#[path = "../../tests/support/corrupt.rs"]
mod corrupt;
#[allow(dead_code, reason = "targets share the file")]
#[path = "../support/dice.rs"]
mod dice;
#[allow(dead_code, reason = "tests share the file")]
#[path = "../../tests/support/policies.rs"]
mod policies;

use claims::{Says, decide, question_of};
use corrupt::{KINDS, corrupt, falsify};
use dice::Dice;
use keyaki_language::json;
use keyaki_language::policies::PolicyType;
use libfuzzer_sys::fuzz_target;

/// Begins an input that is throws; no text in UTF-8 begins so.
const THROWS: u8 = 0xff;

fuzz_target!(|bytes: &[u8]| {
    let evidence = match bytes.split_first() {
        Some((&THROWS, throws)) => corrupted(&mut Dice::of(throws)),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned),
    };
    let Some(evidence) = evidence else {
        return;
    };
    if keyaki_checker::verify(&evidence).is_err() {
        return;
    }
    let json = json::parse(&evidence).expect("what is accepted is JSON");
    let format = json.get("format").and_then(json::Json::as_str);
    let question = json.get("claim").and_then(question_of);
    let question = question.expect("what is accepted asks a question");
    // A witness says that the claim fails, so the search finds one as well or leaves it open.
    let lie = match format {
        Some("keyaki-witness/1") => Says::True,
        _ => Says::False,
    };
    assert_ne!(decide(&question), lie, "accepted: {evidence}");
});

/// The certificate of a random question, changed in a few places or with another claim.
fn corrupted(dice: &mut Dice) -> Option<String> {
    let own = certificate(dice)?;
    let other = certificate(dice).unwrap_or_else(|| own.clone());
    let mut changed = own;
    for _ in 0..1 + dice.below(3) {
        // A member that stands twice ends it: that is no JSON any more.
        if json::parse(&changed).is_err() {
            break;
        }
        changed = if dice.once_in(4) {
            falsify(&changed, dice)?.1
        } else {
            let kind = *dice.pick(&KINDS);
            corrupt(kind, &changed, &other, dice)?
        };
    }
    Some(changed)
}

fn certificate(dice: &mut Dice) -> Option<String> {
    let own = *dice.pick(&[
        PolicyType::Resource,
        PolicyType::Identity,
        PolicyType::ServiceControl,
    ]);
    claims::any(dice, own)?.certificate()
}
