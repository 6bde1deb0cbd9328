//! Decides a fixed set of questions once, for counting instructions (`benches/compare.sh`).
//!
//! `count THEME`, where THEME is `families`, `full` or `parse`. Nothing is timed and nothing is drawn anew, so two runs
//! of one program execute the same instructions, hash seeds aside.

use keyaki_corpus::full::KINDS;
use std::process::ExitCode;

/// Families that take seconds are left to the timed benches.
const SLOW: [&str; 3] = ["F14/", "F16/", "F24/"];

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("families") => keyaki_benches::families()
            .iter()
            .filter(|expected| SLOW.iter().all(|slow| !expected.id.starts_with(slow)))
            .for_each(keyaki_benches::Expected::decide),
        Some("full") => full(true),
        Some("parse") => full(false),
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}

/// Documents at the size limits: read, and decided where that is wanted.
fn full(decide: bool) {
    for kind in KINDS {
        for question in kind.questions(1) {
            let read = keyaki_benches::read(&question.line_under("full"), question.expect);
            if decide {
                read.decide();
            }
        }
    }
}
