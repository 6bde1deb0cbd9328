//! Patterns as data: what a policy's texts and a caller's texts are compared with.
//!
//! A [`Pattern`] is a row of letters with a loop before each and after the last: `logs/*` is `l o g s /` and a loop. A [`List`] is
//! a union of patterns on a part of a text, its [`Window`]: the account of a caller's ARN, the name behind its last slash.

use crate::policy::RESERVED;
use std::collections::BTreeSet;

/// Stands between a role's ARN and its session in a caller's text; no name holds it.
pub const SEPARATOR: char = '\u{1f}';

/// The first of the letters that stand for the unknown value of a policy variable; they are no characters of real texts.
pub const HOLE: char = *RESERVED.start();

/// Whether a letter stands for the unknown value of a variable.
pub fn is_hole(letter: char) -> bool {
    RESERVED.contains(&letter)
}

/// The letter for a variable's value wherever it stands, from its letter among the first five parts of an ARN.
pub fn wide(letter: char) -> char {
    char::from_u32(u32::from(letter) & !1).unwrap_or(letter)
}

/// The letter for a variable's value among the first five parts of an ARN, where one with a colon matches nothing (S44).
pub fn narrow(letter: char) -> char {
    char::from_u32(u32::from(letter) | 1).unwrap_or(letter)
}

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Set {
    /// Every character, and the value of a variable.
    Any,
    /// Any one character; the value of a variable is none.
    One,
    /// All but the listed ones.
    Not(&'static str),
    /// One character.
    Char(char),
    /// A lower-case ASCII letter and its upper-case form.
    Fold(char),
    /// `0` to `9`.
    Digit,
    /// Digits from the first to the second.
    Digits(u8, u8),
    /// `0` to `9`, `a` to `f`.
    Hex,
    /// `a-z`, `0-9`, and the listed ones.
    Lower(&'static str),
    /// The characters of a name in IAM.
    Name,
    /// `!` to `~`, the characters of a path in IAM.
    Graphic,
}

impl Set {
    /// Whether the set has a character.
    pub fn has(self, c: char) -> bool {
        match self {
            Set::Any => true,
            Set::One => !is_hole(c),
            // The value of a variable may hold any character, so only what reads all of them reads it whole.
            _ if is_hole(c) => self == Set::Char(c),
            Set::Not(out) => !out.contains(c),
            Set::Char(own) => own == c,
            Set::Fold(own) => own == c.to_ascii_lowercase(),
            Set::Digit => c.is_ascii_digit(),
            Set::Digits(first, last) => c
                .to_digit(10)
                .is_some_and(|digit| (u32::from(first)..=u32::from(last)).contains(&digit)),
            Set::Hex => c.is_ascii_digit() || ('a'..='f').contains(&c),
            Set::Lower(more) => c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c),
            Set::Name => c.is_ascii_alphanumeric() || "+=,.@_-".contains(c),
            Set::Graphic => c.is_ascii_graphic(),
        }
    }

    /// Whether every character of another set is in this one.
    pub fn covers(self, other: Set) -> bool {
        match other {
            Set::Char(c) => self.has(c),
            Set::Fold(c) => self.has(c) && self.has(c.to_ascii_uppercase()),
            _ => {
                let all = ('\0'..='\u{80}').chain([HOLE]);
                self == other
                    || self == Set::Any
                    || all.into_iter().all(|c| self.has(c) || !other.has(c))
            }
        }
    }

    /// Whether some character is in both sets. (No class tells two characters apart that are not ASCII.)
    pub fn meets(self, other: Set) -> bool {
        match (self, other) {
            (Set::Char(c), set) | (set, Set::Char(c)) => set.has(c),
            _ => ('\0'..='\u{80}').any(|c| self.has(c) && other.has(c)),
        }
    }
}

/// The position of a pattern that has read a letter it does not have.
const NOWHERE: usize = usize::MAX;

/// Letters with loops before, between and behind them. Sets are kept as numbers, so that equal patterns are soon seen to be equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pattern {
    letters: Vec<u32>,
    /// Each loop with the number of letters before it, in that order.
    loops: Vec<(usize, u32)>,
}

/// The sets that are no single characters; a set's place among them is part of its number.
const CLASSES: [Set; 14] = [
    Set::Any,
    Set::One,
    Set::Digit,
    Set::Hex,
    Set::Name,
    Set::Graphic,
    NOT_COLON,
    Set::Not("\u{1f}"),
    Set::Not(":\u{1f}"),
    NO_SLASH,
    Set::Lower("-"),
    Set::Lower("-."),
    Set::Lower("_-"),
    Set::Lower(":"),
];

/// Every character but a colon: what a wildcard in the first five parts of an ARN reads.
pub const NOT_COLON: Set = Set::Not(":");

/// Every character that a user's name can have.
pub const NO_SLASH: Set = Set::Not("/\u{1f}");

/// Numbers below are characters, from here on folded letters, and from [`CLASS`] on classes.
const FOLD: u32 = 0x11_0000;
const CLASS: u32 = 0x22_0000;
/// From here on digits from one to another.
const DIGITS: u32 = 0x22_0100;

impl Set {
    fn number(self) -> u32 {
        match self {
            Set::Char(c) => c as u32,
            Set::Fold(c) => FOLD + c as u32,
            Set::Digits(first, last) => DIGITS + 16 * u32::from(first) + u32::from(last),
            class => {
                let at = CLASSES.iter().position(|own| *own == class);
                CLASS + u32::try_from(at.expect("every class is listed")).expect("few classes")
            }
        }
    }

    fn of(number: u32) -> Self {
        let letter = |number| char::from_u32(number).expect("it was a character");
        match number {
            0..FOLD => Set::Char(letter(number)),
            FOLD..CLASS => Set::Fold(letter(number - FOLD)),
            CLASS..DIGITS => CLASSES[(number - CLASS) as usize],
            _ => {
                let [.., first, last] =
                    [(number - DIGITS) / 16, (number - DIGITS) % 16].map(|digit| digit as u8);
                Set::Digits(first, last)
            }
        }
    }
}

impl Pattern {
    /// The pattern of one text.
    pub fn text(text: &str) -> Self {
        Self::default().then(text)
    }

    /// Appends a text.
    pub fn then(mut self, text: &str) -> Self {
        self.letters.extend(text.chars().map(|c| c as u32));
        self
    }

    /// Appends a loop.
    pub fn many(mut self, set: Set) -> Self {
        self.star(set);
        self
    }

    /// Appends `count` letters of a set.
    pub fn times(mut self, set: Set, count: usize) -> Self {
        (0..count).for_each(|_| self.letter(set));
        self
    }

    /// Appends one letter of a set or more.
    pub fn some(self, set: Set) -> Self {
        self.times(set, 1).many(set)
    }

    /// Appends a letter.
    pub fn letter(&mut self, set: Set) {
        let one = if set == Set::Any { Set::One } else { set };
        self.letters.push(one.number());
    }

    /// Appends a loop. Two in a row are one: wherever it happens, one of them reads what both read.
    pub fn star(&mut self, set: Set) {
        match self.loops.last_mut() {
            Some((at, own)) if *at == self.letters.len() => {
                if set == Set::Any {
                    *own = set.number();
                }
            }
            _ => self.loops.push((self.letters.len(), set.number())),
        }
    }

    /// Appends a pattern.
    pub fn append(&mut self, other: &Pattern) {
        for at in 0..=other.len() {
            other.stays(at).into_iter().for_each(|set| self.star(set));
            other.goes(at).into_iter().for_each(|set| self.letter(set));
        }
    }

    /// The pattern with another behind it.
    pub fn with(mut self, other: &Pattern) -> Self {
        self.append(other);
        self
    }

    /// The letters of the pattern.
    pub fn chars(&self) -> impl Iterator<Item = Set> + '_ {
        self.letters.iter().map(|number| Set::of(*number))
    }

    /// What stands before each place at which the pattern can read a character.
    pub fn heads(&self, c: char) -> Vec<Pattern> {
        let reads = |set: Option<Set>| set.is_some_and(|set| set.has(c));
        let cut = |i: usize| Pattern {
            letters: self.letters[..i].to_vec(),
            loops: self
                .loops
                .iter()
                .copied()
                .filter(|(at, _)| *at <= i)
                .collect(),
        };
        let places = (0..=self.len()).filter(|i| reads(self.stays(*i)) || reads(self.goes(*i)));
        places.map(cut).collect()
    }

    /// How many letters a text of the pattern has at least.
    #[expect(clippy::len_without_is_empty, reason = "a pattern is no container")]
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// The pattern in words: its characters, `?` for a set and `*` for a loop.
    pub fn outline(&self) -> String {
        let mut out = String::new();
        for at in 0..=self.len() {
            out.extend(self.stays(at).map(|_| '*'));
            out.extend(self.goes(at).map(|set| match set {
                Set::Char(c) | Set::Fold(c) => c,
                _ => '?',
            }));
        }
        out
    }

    /// The plain characters before the first loop or set.
    pub fn beginning(&self) -> String {
        let fixed = self.loops.first().map_or(self.len(), |(at, _)| *at);
        let plain = self.letters[..fixed]
            .iter()
            .map_while(|number| char::from_u32(*number));
        plain.collect()
    }

    /// Whether the pattern matches every text.
    pub fn is_everything(&self) -> bool {
        self.letters.is_empty() && self.stays(0) == Some(Set::Any)
    }

    /// Whether a text differs from the pattern before its first loop.
    fn begins_unlike(&self, text: &str) -> bool {
        let fixed = self.loops.first().map_or(self.len(), |(at, _)| *at);
        let mut letters = text.chars();
        let own = self.letters[..fixed].iter().map(|number| Set::of(*number));
        own.into_iter()
            .any(|set| letters.next().is_none_or(|c| !set.has(c)))
    }

    /// The pattern with a text in the place of each letter for a variable.
    pub fn fill(&self, text: impl Fn(char) -> String) -> Pattern {
        let mut out = Pattern::default();
        for at in 0..=self.len() {
            self.stays(at).into_iter().for_each(|set| out.star(set));
            match self.goes(at) {
                Some(Set::Char(c)) if is_hole(c) => out = out.then(&text(c)),
                letter => letter.into_iter().for_each(|set| out.letter(set)),
            }
        }
        out
    }

    /// The letters for variables in the pattern.
    pub fn holes(&self) -> impl Iterator<Item = char> + '_ {
        let letters = self
            .letters
            .iter()
            .filter_map(|number| char::from_u32(*number));
        letters.filter(|c| is_hole(*c))
    }

    /// Whether there is but one text of the pattern.
    pub fn is_word(&self) -> bool {
        let plain = |number: &u32| char::from_u32(*number).is_some_and(|c| !is_hole(c));
        self.loops.is_empty() && self.letters.iter().all(plain)
    }

    /// The only text of the pattern, if there is but one.
    pub fn word(&self) -> Option<String> {
        self.is_word().then(|| self.beginning())
    }

    /// The loop at a position.
    pub fn stays(&self, at: usize) -> Option<Set> {
        let own = self.loops.iter().find(|(own, _)| *own >= at)?;
        (own.0 == at).then(|| Set::of(own.1))
    }

    /// The letter behind a position.
    pub fn goes(&self, at: usize) -> Option<Set> {
        self.letters.get(at).map(|number| Set::of(*number))
    }

    /// The loops and letters of the pattern.
    pub fn sets(&self) -> impl Iterator<Item = Set> + '_ {
        (0..=self.len()).flat_map(|i| self.stays(i).into_iter().chain(self.goes(i)))
    }

    /// Whether a letter leads to no position, in a window that does not begin anew.
    pub fn stops(&self, at: usize, c: char, window: Window) -> bool {
        let reads = |set: Option<Set>| set.is_some_and(|set| set.has(c));
        window != Window::Name && !reads(self.goes(at)) && !reads(self.stays(at))
    }

    /// The positions that a letter leads to. A part that may begin anew goes on from nowhere.
    pub fn after(&self, at: usize, c: char, anew: bool) -> Vec<usize> {
        let reads = |set: Option<Set>| at != NOWHERE && set.is_some_and(|set| set.has(c));
        let mut out = Vec::new();
        out.extend(reads(self.goes(at)).then(|| at + 1));
        out.extend(reads(self.stays(at)).then_some(at));
        out.extend((anew && out.is_empty()).then_some(NOWHERE));
        out
    }
}

/// The part of a text that a list looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// All of it.
    Whole,
    /// What stands before the separator: a caller's ARN.
    Arn,
    /// The fifth part of the ARN.
    Account,
    /// What follows the last slash.
    Name,
    /// What follows the separator.
    Session,
    /// The account, a colon, and the name behind the first slash of the last part.
    AccountAndName,
}

impl Window {
    /// What the part of a caller's text can be, where that says something: an account has twelve digits, a name no slash (R1).
    pub fn values(self) -> Option<List> {
        match self {
            Window::Account => Some(List::whole([Pattern::default().times(Set::Digit, 12)])),
            Window::Name => Some(List::whole([Pattern::default().many(NO_SLASH)])),
            Window::AccountAndName => {
                let account = Pattern::default().times(Set::Digit, 12);
                Some(List::whole([account.then(":").many(Set::Any)]))
            }
            Window::Whole | Window::Arn | Window::Session => None,
        }
    }

    /// Whether no text is in a pattern here and in another there, seen from their beginnings, or from their ends. False says nothing.
    pub fn are_apart(self, one: &Pattern, (window, other): (Window, &Pattern)) -> bool {
        let from_start = |window| matches!(window, Window::Whole | Window::Arn);
        if self != window && !(from_start(self) && from_start(window)) {
            return false;
        }
        let unknown = |letter| matches!(letter, Set::Char(c) if is_hole(c));
        let common = one.len().min(other.len());
        // Letter by letter from an end, as long as neither pattern has a loop.
        let differ = |back: bool| {
            for i in 0..common {
                let at = |own: &Pattern| if back { own.len() - 1 - i } else { i };
                let loops = |own: &Pattern| own.stays(at(own) + usize::from(back)).is_some();
                let (Some(a), Some(b)) = (one.goes(at(one)), other.goes(at(other))) else {
                    return false;
                };
                if loops(one) || loops(other) || unknown(a) || unknown(b) {
                    return false;
                }
                if !a.meets(b) {
                    return true;
                }
            }
            false
        };
        differ(false) || self == window && differ(true)
    }
}

/// How much of a text has been read, as far as windows ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    colons: u8,
    slash: bool,
    separator: bool,
}

/// What a letter is to a window.
#[derive(PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Skip,
    /// A letter of the part.
    Read,
    /// The part begins anew behind this letter.
    Restart,
}

impl Place {
    /// The place behind a letter.
    pub fn after(mut self, c: char) -> Self {
        self.slash |= c == '/' && self.colons == 5;
        self.separator |= c == SEPARATOR;
        self.colons += u8::from(c == ':' && self.colons < 5);
        self
    }

    /// All places that a text can lead to.
    pub fn all() -> Vec<Self> {
        let mut out = Vec::new();
        for separator in [false, true] {
            for colons in 0..=5 {
                for slash in [false, true] {
                    out.extend((colons == 5 || !slash).then_some(Self {
                        colons,
                        slash,
                        separator,
                    }));
                }
            }
        }
        out
    }

    /// The positions of a pattern in a window that a letter leads to.
    pub fn read(self, window: Window, pattern: &Pattern, at: usize, c: char) -> Vec<usize> {
        match self.seen(window, c) {
            Seen::Skip => vec![at],
            Seen::Restart => vec![0],
            Seen::Read => pattern.after(at, c, window == Window::Name),
        }
    }

    /// What a letter is to a window.
    pub fn seen(self, window: Window, c: char) -> Seen {
        let inside = match window {
            Window::Whole => true,
            Window::Arn => !self.separator && c != SEPARATOR,
            Window::Account => self.colons == 4 && c != ':',
            Window::Name if self.colons == 5 && c == '/' => return Seen::Restart,
            Window::Name => self.slash,
            Window::Session => self.separator,
            Window::AccountAndName => self.colons == 4 || self.slash,
        };
        if inside { Seen::Read } else { Seen::Skip }
    }
}

/// A union of patterns on a part of the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct List {
    /// The part that the patterns look at.
    pub window: Window,
    /// The patterns.
    pub patterns: Vec<Pattern>,
}

impl List {
    /// A list over the whole text.
    pub fn whole(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        Self {
            window: Window::Whole,
            patterns: patterns.into_iter().collect(),
        }
    }

    /// The letters for variables in the patterns.
    pub fn holes(&self) -> impl Iterator<Item = char> + '_ {
        self.patterns.iter().flat_map(Pattern::holes)
    }

    /// The letter of a list that is a variable's value and nothing else.
    pub fn value(&self) -> Option<char> {
        let [pattern] = self.patterns.as_slice() else {
            return None;
        };
        pattern
            .holes()
            .next()
            .filter(|c| pattern.outline() == c.to_string())
    }

    /// The only text of the list, if that is spelled.
    pub fn word(&self) -> Option<String> {
        let [pattern] = self.patterns.as_slice() else {
            return None;
        };
        pattern.word()
    }

    /// The list with texts in the place of the letters for variables; `None` where one has no text.
    pub fn fill(&self, text: impl Fn(char) -> Option<String>) -> Option<List> {
        let known = self.holes().all(|c| text(c).is_some());
        let fill = |pattern: &Pattern| pattern.fill(|c| text(c).unwrap_or_default());
        known.then(|| List {
            window: self.window,
            patterns: self.patterns.iter().map(fill).collect(),
        })
    }

    /// What a value is in, if it stands in a text of one pattern here behind plain letters, a colon behind it, and the text is of
    /// another list of one pattern: that one's letters up to its next colon, if what reads these reads no colon.
    pub fn piece(&self, letter: char, other: &List) -> Option<List> {
        let ([own], [other]) = (self.patterns.as_slice(), other.patterns.as_slice()) else {
            return None;
        };
        let text = own.beginning();
        let (head, behind) = text.split_once(letter)?;
        let plain = behind.starts_with(':') && !head.contains(is_hole);
        other.beginning().strip_prefix(head).filter(|_| plain)?;
        let mut piece = Pattern::default();
        for at in head.chars().count()..other.len() {
            let sets = [other.stays(at), other.goes(at)];
            if sets[0].is_none() && sets[1] == Some(Set::Char(':')) {
                return Some(List::whole([piece]));
            }
            let reads = |set: &Set| set.has(':') || matches!(set, Set::Char(c) if is_hole(*c));
            if sets.iter().flatten().any(reads) {
                return None;
            }
            sets[0].into_iter().for_each(|set| piece.star(set));
            sets[1].into_iter().for_each(|set| piece.letter(set));
        }
        None
    }

    /// Whether a word is not in the list, whatever the values of variables.
    pub fn lacks(&self, word: &str) -> bool {
        self.holes().next().is_none() && !self.has(word)
    }

    /// Whether each pattern spells its one text.
    pub fn is_words(&self) -> bool {
        self.patterns.iter().all(Pattern::is_word)
    }

    /// Whether a text is in the list.
    pub fn has(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| {
            if self.window == Window::Whole && pattern.begins_unlike(text) {
                return false;
            }
            let mut at = BTreeSet::from([0]);
            let mut place = Place::default();
            for c in text.chars() {
                match place.seen(self.window, c) {
                    Seen::Skip => {}
                    Seen::Restart => at = BTreeSet::from([0]),
                    Seen::Read => {
                        at = at
                            .iter()
                            .flat_map(|i| pattern.after(*i, c, false))
                            .collect()
                    }
                }
                if at.is_empty() && self.window != Window::Name {
                    return false;
                }
                place = place.after(c);
            }
            at.contains(&pattern.len())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_are_apart_have_no_text_in_common() {
        let parts: Vec<Pattern> = ["a", "ab", "b", ""]
            .iter()
            .flat_map(|text| {
                let text = Pattern::text(text);
                let more = [
                    text.clone().times(Set::Digits(1, 3), 1),
                    text.clone().times(Set::Fold('a'), 1),
                ];
                more.into_iter()
                    .flat_map(|own| {
                        let ended = Pattern::default().many(Set::Any).with(&own);
                        [own.clone().many(Set::Any), own.then("2"), ended]
                    })
                    .chain([text])
            })
            .collect();
        let letters = ['a', 'b', 'A', '2', '3'];
        let mut texts = vec![String::new()];
        for length in 0..4 {
            let longer: Vec<String> = texts
                .iter()
                .filter(|text| text.len() == length)
                .cloned()
                .collect();
            texts.extend(
                longer
                    .iter()
                    .flat_map(|text| letters.iter().map(move |c| format!("{text}{c}"))),
            );
        }
        let mut apart = 0;
        for one in &parts {
            for other in &parts {
                let both = |text: &&String| {
                    List::whole([one.clone()]).has(text) && List::whole([other.clone()]).has(text)
                };
                if Window::Whole.are_apart(one, (Window::Whole, other)) {
                    apart += 1;
                    assert_eq!(texts.iter().find(both), None, "{one:?} {other:?}");
                }
            }
        }
        assert!(apart > 100, "{apart} pairs");
    }
}
