//! Families of hard questions: shapes that hurt engines of some kind, in any size, with the answer known by
//! construction.
//!
//! A family is a function from a size and a stream of draws to questions, so a slow shape can be followed along its
//! curve. Families grow by every case that somebody finds; none is narrowed because an engine is slow on it.
//!
//! ```
//! use keyaki_corpus::families::{ALL, Expect};
//!
//! let family = ALL.iter().find(|family| family.name == "interleaved-stars").expect("it is listed");
//! let questions = family.questions(3, 1);
//! assert_eq!(questions[0].expect, Expect::Holds);
//! assert!(questions[0].line(family, 3).starts_with(r#"{"id":"F1/3/"#));
//! ```

mod absence_ladders;
mod account_digits;
mod account_prefixes;
mod action_globs;
mod address_nests;
mod address_texts;
mod all_blocks_but_one;
mod any_value_negations;
mod arn_and_text;
mod beside_denies;
mod boxes;
mod case_and_lists;
mod case_and_stars;
mod common_ends;
mod copies;
pub(crate) mod document;
mod either_end;
mod excepted_accounts;
mod first_letters;
mod guarded_values;
mod holes_and_absence;
mod if_exists_chain;
mod instants_and_text;
mod interleaved_stars;
mod intervals;
mod letter_case;
mod letter_places;
mod long_lists;
mod long_prefixes;
mod many_lists;
mod named_accounts;
mod named_callers;
mod near_duplicates;
mod not_addresses;
mod not_resources;
mod numbers_and_text;
mod one_cut_a_key;
mod overlap;
mod own_ends;
mod own_intervals;
mod paired_cuts;
mod parity;
mod pigeons;
mod planted_clauses;
mod presence;
mod run_behind_star;
mod runs;
mod set_operators;
mod seven_stars;
mod short_common_text;
mod tag_chains;
mod unicode;
mod variables;
mod word_ends;

use crate::generate::draw::Draw;

/// The verdict that a question must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing new is allowed; or, of *satisfiable*, something is allowed.
    Holds,
    /// The contrary.
    Fails,
    /// Not known by construction: anything but `Undecided`.
    Decided,
}

impl Expect {
    /// As answers spell it.
    pub fn name(self) -> &'static str {
        match self {
            Expect::Holds => "holds",
            Expect::Fails => "fails",
            Expect::Decided => "decided",
        }
    }

    fn holds_if(holds: bool) -> Self {
        if holds { Expect::Holds } else { Expect::Fails }
    }
}

/// One question of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked, in kebab-case; unique in its family.
    pub name: String,
    /// The right answer.
    pub expect: Expect,
    /// The members of the batch line behind `id`.
    members: String,
}

impl Question {
    pub(crate) fn new(name: String, expect: Expect, members: String) -> Self {
        Self {
            name,
            expect,
            members,
        }
    }

    /// A line for `keyaki batch`. The `id` is `FAMILY/SIZE/NAME/VERDICT`.
    pub fn line(&self, family: &Family, size: u32) -> String {
        self.line_under(&format!("{}/{size}", family.number))
    }

    /// A line whose `id` is `PREFIX/NAME/VERDICT`.
    pub fn line_under(&self, prefix: &str) -> String {
        let Self {
            name,
            expect,
            members,
        } = self;
        format!("{{\"id\":\"{prefix}/{name}/{}\",{members}}}", expect.name())
    }
}

/// How the work of deciding a family may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// A small power of the size: a good engine decides the usual size in milliseconds.
    Tame,
    /// The shape contains an NP-hard problem. It is followed along its curve until a limit answers.
    Exponential,
}

/// A shape that is hard for some engine.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// `F1`, `F2`, …; never given to another family.
    pub number: &'static str,
    /// The name of its file.
    pub name: &'static str,
    /// What the size counts.
    pub counts: &'static str,
    /// The size that is usually asked.
    pub size: u32,
    /// The largest size that makes sense.
    pub most: u32,
    /// What to expect of larger sizes.
    pub growth: Growth,
    make: fn(u32, &mut Draw) -> Vec<Question>,
}

impl Family {
    /// The questions of a size; equal seeds give equal questions.
    pub fn questions(&self, size: u32, seed: u64) -> Vec<Question> {
        (self.make)(
            size.clamp(1, self.most),
            &mut Draw::new(seed, u64::from(size)),
        )
    }

    /// The sizes 2, 4, 8, … and the usual one.
    pub fn curve(&self) -> Vec<u32> {
        let mut sizes: Vec<u32> = (1..=16)
            .map(|power| 1 << power)
            .filter(|size| *size < self.size)
            .collect();
        sizes.push(self.size);
        if self.growth == Growth::Exponential {
            sizes.extend([2 * self.size, 4 * self.size]);
        }
        sizes.retain(|size| *size <= self.most);
        sizes
    }
}

macro_rules! families {
    ($($number:literal $file:ident $name:literal $size:literal..=$most:literal $counts:literal $growth:ident;)*) => {
        /// All families in the order of their numbers.
        pub const ALL: &[Family] = &[$(Family {
            number: $number,
            name: $name,
            counts: $counts,
            size: $size,
            most: $most,
            growth: Growth::$growth,
            make: $file::questions,
        }),*];
    };
}

families! {
    "F1" interleaved_stars "interleaved-stars" 3..=64 "stars" Tame;
    "F2" run_behind_star "run-behind-star" 16..=64 "question marks" Tame;
    "F3" seven_stars "seven-stars" 100..=400 "globs" Tame;
    "F4" address_nests "address-nests" 60..=128 "nested blocks" Tame;
    "F5" set_operators "set-operators" 40..=400 "constraints" Tame;
    "F6" variables "variables" 3..=8 "variables in one resource" Tame;
    "F7" one_cut_a_key "one-cut-a-key" 200..=1000 "Deny statements" Tame;
    "F8" account_digits "account-digits" 10..=10 "digits without which an account id must do" Tame;
    "F9" word_ends "word-ends" 8..=64 "question marks" Tame;
    "F10" letter_case "letter-case" 6..=8 "letters, each in both cases" Tame;
    "F11" pigeons "pigeons" 4..=12 "holes" Exponential;
    "F12" not_resources "not-resources" 20..=200 "statements" Tame;
    "F13" arn_and_text "arn-and-text" 500..=1500 "letters of a name" Tame;
    "F14" long_prefixes "long-prefixes" 1000..=4000 "letters of a beginning" Tame;
    "F15" unicode "unicode" 60..=200 "patterns" Tame;
    "F16" presence "presence" 12..=16 "keys, each absent or present" Tame;
    "F17" parity "parity" 8..=32 "keys in a sum" Exponential;
    "F18" if_exists_chain "if-exists-chain" 100..=1000 "links" Tame;
    "F19" instants_and_text "instants-and-text" 12..=12 "months" Tame;
    "F20" numbers_and_text "numbers-and-text" 12..=40 "powers of ten" Tame;
    "F21" boxes "boxes" 6..=9 "keys of two values" Tame;
    "F22" first_letters "first-letters" 1..=2 "letters that are spelt out" Tame;
    "F23" overlap "overlap" 200..=1000 "letters of either end" Tame;
    "F24" planted_clauses "planted-clauses" 20..=80 "Boolean keys" Exponential;
    "F25" short_common_text "short-common-text" 3..=12 "globs in conjunction" Exponential;
    "F26" named_callers "named-callers" 200..=1000 "roles" Tame;
    "F27" address_texts "address-texts" 16..=64 "blocks" Tame;
    "F28" paired_cuts "paired-cuts" 200..=1000 "Deny statements" Tame;
    "F29" common_ends "common-ends" 100..=200 "patterns of a list" Tame;
    "F30" intervals "intervals" 200..=1000 "points" Tame;
    "F31" runs "runs" 100..=300 "question marks" Tame;
    "F32" either_end "either-end" 16..=48 "letters from an end" Tame;
    "F33" action_globs "action-globs" 100..=200 "globs of actions" Tame;
    "F34" near_duplicates "near-duplicates" 1000..=2000 "statements" Tame;
    "F35" excepted_accounts "excepted-accounts" 200..=1000 "accounts" Tame;
    "F36" not_addresses "not-addresses" 30..=30 "nested blocks" Tame;
    "F37" any_value_negations "any-value-negations" 40..=200 "statements" Tame;
    "F38" case_and_stars "case-and-stars" 40..=200 "letters" Tame;
    "F39" named_accounts "named-accounts" 200..=2000 "statements" Tame;
    "F40" beside_denies "beside-denies" 500..=2000 "statements" Tame;
    "F41" own_intervals "own-intervals" 500..=2000 "statements" Tame;
    "F42" own_ends "own-ends" 500..=2000 "statements" Tame;
    "F43" all_blocks_but_one "all-blocks-but-one" 60..=230 "Deny statements" Tame;
    "F44" guarded_values "guarded-values" 6..=24 "variables whose keys may be absent" Exponential;
    "F45" case_and_lists "case-and-lists" 200..=1000 "words" Tame;
    "F46" absence_ladders "absence-ladders" 100..=1000 "keys" Tame;
    "F47" letter_places "letter-places" 60..=200 "places of a text" Tame;
    "F48" long_lists "long-lists" 1000..=5000 "patterns of a list" Tame;
    "F49" copies "copies" 2000..=10000 "copies of a statement" Tame;
    "F50" tag_chains "tag-chains" 200..=1000 "keys" Tame;
    "F51" account_prefixes "account-prefixes" 2..=3 "digits that are spelt out" Tame;
    "F52" holes_and_absence "holes-and-absence" 100..=500 "intervals" Tame;
    "F53" many_lists "many-lists" 40..=200 "beginnings of a member" Tame;
}

/// The key of a family whose texts are about one key.
const TEXT: &str = "s3:prefix";

/// One of many keys with a single free text each.
fn tag(index: u32) -> String {
    format!("aws:RequestTag/t{index}")
}

/// Whether a text matches a glob: the plain greedy way, for generators that must know.
fn matches(glob: &str, text: &str) -> bool {
    let glob: Vec<char> = glob.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut g, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match glob.get(g) {
            Some('*') => {
                back = Some((g, t));
                g += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                g += 1;
                t += 1;
            }
            // The last star takes one letter more.
            _ => match back {
                Some((star, start)) => {
                    back = Some((star, start + 1));
                    g = star + 1;
                    t = start + 1;
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|c| *c == '*')
}

/// Puts a list into an order that is drawn.
fn shuffle<T>(items: &mut [T], draw: &mut Draw) {
    for end in (1..items.len()).rev() {
        items.swap(end, draw.below(end as u32 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_and_names_are_those_of_one_family() {
        let numbers: BTreeSet<&str> = ALL.iter().map(|family| family.number).collect();
        let names: BTreeSet<&str> = ALL.iter().map(|family| family.name).collect();
        assert_eq!((numbers.len(), names.len()), (ALL.len(), ALL.len()));
    }

    #[test]
    fn equal_seeds_give_equal_questions_with_names_of_their_own() {
        for family in ALL {
            let questions = family.questions(family.size, 7);
            assert_eq!(questions, family.questions(family.size, 7));
            let names: BTreeSet<&str> = questions.iter().map(|q| q.name.as_str()).collect();
            assert_eq!(names.len(), questions.len(), "{}", family.name);
            let both: BTreeSet<&str> = questions.iter().map(|q| q.expect.name()).collect();
            assert_eq!(
                both.len(),
                2,
                "{} has both answers to tell apart",
                family.name
            );
        }
    }

    #[test]
    fn the_plain_matcher() {
        for (glob, text, expected) in [
            ("a*b*c", "axbxbxc", true),
            ("a*b*c", "axcxb", false),
            ("*?", "", false),
            ("?*", "é", true),
            ("*ab", "aab", true),
            ("", "", true),
            ("**", "", true),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }
}
