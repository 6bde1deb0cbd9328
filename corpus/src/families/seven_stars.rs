//! Many globs with seven stars each in one key: as Allow against Deny, as old against new, and twenty in conjunction.
//!
//! Words between the stars are drawn from three letters, so that globs overlap; which text belongs to one glob alone is
//! found by trying.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, matches, shuffle};
use crate::generate::draw::Draw;
use std::collections::BTreeSet;

const STARS: usize = 7;

/// How many globs are asked together.
const TOGETHER: usize = 20;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let globs = globs(size as usize, draw);
    let mut moved = globs.clone();
    shuffle(&mut moved, draw);
    let narrower: Vec<String> = globs.iter().map(|glob| narrowed(glob, draw)).collect();
    let mut without = globs.clone();
    without.remove(size as usize / 2);
    let allow_against_deny = |allowed: &[String], denied: &[String]| {
        vec![
            key(allowed),
            deny().when("StringLike", TEXT, denied.to_vec()),
        ]
    };
    let apart = |globs: &[String]| -> Vec<Clause> {
        globs
            .iter()
            .map(|glob| key(std::slice::from_ref(glob)))
            .collect()
    };
    let mut questions = vec![
        inside(
            "another-order",
            &[key(&moved)],
            &[key(&globs)],
            Expect::Holds,
        ),
        inside(
            "each-narrowed",
            &[key(&narrower)],
            &[key(&globs)],
            Expect::Holds,
        ),
        inside(
            "each-widened",
            &[key(&globs)],
            &[key(&narrower)],
            Expect::Fails,
        ),
        inside(
            "one-left-out",
            &[key(&globs)],
            &[key(&without)],
            Expect::Fails,
        ),
        inside(
            "a-statement-each",
            &apart(&moved),
            &apart(&globs),
            Expect::Holds,
        ),
        inside(
            "a-statement-each-and-one-left-out",
            &apart(&globs),
            &apart(&without),
            Expect::Fails,
        ),
        satisfiable(
            "allow-against-deny",
            &allow_against_deny(&globs, &moved),
            Expect::Fails,
        ),
        satisfiable(
            "narrowed-against-deny",
            &allow_against_deny(&narrower, &globs),
            Expect::Fails,
        ),
        satisfiable(
            "allow-against-narrowed",
            &allow_against_deny(&globs, &narrower),
            Expect::Holds,
        ),
        satisfiable(
            "allow-against-all-but-one",
            &allow_against_deny(&globs, &without),
            Expect::Holds,
        ),
    ];
    // Globs that begin and end in a star can always be met at once, one after the other.
    let open: Vec<String> = globs
        .iter()
        .take(TOGETHER)
        .map(|glob| {
            format!(
                "*{}*",
                glob.split('*')
                    .skip(1)
                    .take(STARS - 1)
                    .collect::<Vec<_>>()
                    .join("*")
            )
        })
        .collect();
    let mut together: Vec<Clause> = vec![allow()];
    together.extend(
        open.iter()
            .map(|glob| deny().when("StringNotLike", TEXT, [glob.as_str()])),
    );
    questions.push(satisfiable("together", &together, Expect::Holds));
    questions.push(inside(
        "together-in-each",
        &together,
        &apart(&open[..1]),
        Expect::Holds,
    ));
    questions.push(inside(
        "together-in-another",
        &together,
        &apart(&["#*".to_owned()]),
        Expect::Fails,
    ));
    together.push(deny().when("StringLike", TEXT, ["*a*", "*b*", "*c*"]));
    questions.push(satisfiable(
        "together-without-letters",
        &together,
        Expect::Fails,
    ));
    questions
}

/// Globs each of which has a text of its own: its stars replaced by a character that no glob holds.
fn globs(count: usize, draw: &mut Draw) -> Vec<String> {
    let mut globs: BTreeSet<String> = BTreeSet::new();
    while globs.len() < count {
        let words: Vec<String> = (0..=STARS).map(|_| word(draw)).collect();
        let own = words.join("#");
        let glob = words.join("*");
        let apart = globs
            .iter()
            .all(|other| !matches(other, &own) && !matches(&glob, &other.replace('*', "#")));
        if apart {
            globs.insert(glob);
        }
    }
    let mut globs: Vec<String> = globs.into_iter().collect();
    shuffle(&mut globs, draw);
    globs
}

fn word(draw: &mut Draw) -> String {
    (0..=draw.below(3))
        .map(|_| draw.pick(&['a', 'b', 'c']))
        .collect()
}

/// The same glob with more said beside each star.
fn narrowed(glob: &str, draw: &mut Draw) -> String {
    glob.chars()
        .map(|c| match c {
            '*' => draw.pick(&["*a*", "b*", "*c", "?*", "*"]).to_owned(),
            c => c.to_string(),
        })
        .collect::<String>()
        .replacen('*', "*a*", 1)
}

fn key(globs: &[String]) -> Clause {
    allow().when("StringLike", TEXT, globs.to_vec())
}
