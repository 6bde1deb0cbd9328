//! A text with a given beginning and a given end, of a given length: it exists if the end overlaps the beginning at
//! exactly that place.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let size = size.max(8) as usize;
    // A beginning and an end that share many letters: both are repetitions of a short word with few faults.
    let front: Vec<char> = (0..size)
        .map(|at| if at % 7 == 3 { 'b' } else { 'a' })
        .collect();
    let mut back = front.clone();
    back[size - 1] = draw.pick(&['b', 'c']);
    let fits = |length: usize| {
        let shared = 2 * size - length;
        front[size - shared..] == back[..shared]
    };
    let text = |letters: &[char]| letters.iter().collect::<String>();
    let begins = format!("{}*", text(&front));
    let ends = format!("*{}", text(&back));
    let of_length = |length: usize| {
        vec![
            allow().when("StringLike", TEXT, [begins.as_str()]),
            deny().when("StringNotLike", TEXT, [ends.as_str()]),
            deny().when("StringNotLike", TEXT, ["?".repeat(length)]),
        ]
    };
    let shortest = (size..=2 * size)
        .find(|length| fits(*length))
        .unwrap_or(2 * size);
    let longer: Clause = allow().when("StringLike", TEXT, [format!("{}*", "?".repeat(shortest))]);
    let both = [
        allow().when("StringLike", TEXT, [begins.as_str()]),
        deny().when("StringNotLike", TEXT, [ends.as_str()]),
    ];
    let too_long: Clause = allow().when(
        "StringLike",
        TEXT,
        [format!("{}*", "?".repeat(shortest + 1))],
    );
    let mut questions = vec![
        inside("at-least-the-shortest", &both, &[longer], Expect::Holds),
        inside("at-least-one-more", &both, &[too_long], Expect::Fails),
    ];
    for step in 0..8 {
        let length = size + step * size / 8;
        questions.push(satisfiable(
            &format!("length-{length}"),
            &of_length(length),
            Expect::holds_if(fits(length)),
        ));
    }
    questions.push(satisfiable(
        "side-by-side",
        &of_length(2 * size),
        Expect::Holds,
    ));
    questions.push(satisfiable(
        "one-apart",
        &of_length(2 * size + 1),
        Expect::Holds,
    ));
    questions
}
