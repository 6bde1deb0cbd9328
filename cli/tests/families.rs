//! Every question of the families of hard questions, asked through `keyaki batch`. Witnesses are replayed by the engine.

mod common;

use common::{keyaki, parse, text};
use keyaki_corpus::families::{ALL, Expect};
use keyaki_corpus::full;

/// Questions that are not asked here, with the reasons.
const OPEN: &str = include_str!("../../benches/open.txt");

#[test]
fn every_question_has_the_answer_it_was_made_for() {
    let mut lines = String::new();
    let mut expected: Vec<(String, Expect)> = Vec::new();
    let listed: Vec<&str> = OPEN
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let mut open = Vec::new();
    for family in ALL {
        for question in family.questions(family.size, 1) {
            let id = format!("{}/{}/{}", family.number, family.size, question.name);
            if listed.contains(&id.as_str()) {
                open.push(id);
                continue;
            }
            lines.push_str(&question.line(family, family.size));
            lines.push('\n');
            expected.push((id, question.expect));
        }
    }
    assert_eq!(
        open.len(),
        listed.len(),
        "what is open is a question of some family: {open:?}"
    );
    let run = keyaki(&["batch"], &lines);
    assert_ne!(run.status, 2, "no line is an error: {}", run.err);
    let answers: Vec<&str> = run.out.lines().collect();
    assert_eq!(answers.len(), expected.len(), "{}", run.err);
    let wrong: Vec<String> = expected
        .iter()
        .zip(answers)
        .filter(|((_, expect), answer)| {
            let answer = parse(answer);
            answer.get("verdict").and_then(|verdict| verdict.as_str()) != Some(expect.name())
        })
        .map(|((id, expect), answer)| format!("{id}: expected {}, got {answer}", expect.name()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Small sizes of every family, several draws: what is right at one size and seed must be right at others.
#[test]
fn small_sizes_have_the_answers_they_were_made_for() {
    let mut lines = String::new();
    for seed in 2..5 {
        for family in ALL {
            // Account ids need ten digits, and two letters are spelt out at most.
            for size in [2, 3].into_iter().filter(|size| *size < family.size) {
                for question in family.questions(size, seed) {
                    lines.push_str(&question.line(family, size));
                    lines.push('\n');
                }
            }
        }
    }
    let run = keyaki(&["batch"], &lines);
    assert_ne!(run.status, 2, "no line is an error: {}", run.err);
    let mut asked = 0;
    for answer in run.out.lines() {
        let answer = parse(answer);
        let id = text(&answer, "id");
        let verdict = text(&answer, "verdict");
        // The resource's account and equal unbounded variables, as above.
        let known = id.starts_with("F8/") || id.contains("/all-equal-and-turned/");
        assert!(
            id.ends_with(verdict) || known && verdict == "undecided",
            "{answer}"
        );
        asked += 1;
    }
    assert_eq!(asked, lines.lines().count(), "{}", run.err);
}

/// Documents at the service's size limits: nothing is left open.
#[test]
fn full_documents_are_decided() {
    let questions: Vec<_> = full::KINDS
        .iter()
        .flat_map(|kind| kind.questions(1))
        .chain([full::layers(1)])
        .collect();
    let lines: String = questions
        .iter()
        .map(|question| format!("{}\n", question.line_under("full/1")))
        .collect();
    let run = keyaki(&["batch"], &lines);
    let answers: Vec<&str> = run.out.lines().collect();
    assert_eq!(answers.len(), questions.len(), "{}", run.err);
    for (question, answer) in questions.iter().zip(answers) {
        let answer = parse(answer);
        let verdict = answer
            .get("verdict")
            .or(answer.get("decision"))
            .and_then(|verdict| verdict.as_str())
            .unwrap_or_else(|| panic!("{answer}"));
        match question.expect {
            Expect::Decided => assert_ne!(verdict.to_lowercase(), "undecided", "{answer}"),
            expect => assert_eq!(verdict, expect.name(), "{answer}"),
        }
    }
}
