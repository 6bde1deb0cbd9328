//! Patterns as data: what a policy's texts and a caller's texts are compared with.
//!
//! A [`Pattern`] is a row of letters with a loop before each and after the last: `logs/*` is `l o g s /` and a loop. A [`List`] is
//! a union of patterns on a part of a text, its [`Window`]: the account of a caller's ARN, the name behind its last slash.

use std::collections::BTreeSet;

/// Stands between a role's ARN and its session in a caller's text; no name holds it.
pub const SEPARATOR: char = '\u{1f}';

/// The first of the letters that stand for the unknown value of a policy variable; they are no characters of real texts.
pub const HOLE: char = '\u{10f000}';

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
            Set::One => c < HOLE,
            // The value of a variable may hold any character, so only what reads all of them reads it whole.
            _ if c >= HOLE => self == Set::Char(c),
            Set::Not(out) => !out.contains(c),
            Set::Char(own) => own == c,
            Set::Fold(own) => own == c.to_ascii_lowercase(),
            Set::Digit => c.is_ascii_digit(),
            Set::Hex => c.is_ascii_digit() || ('a'..='f').contains(&c),
            Set::Lower(more) => c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c),
            Set::Name => c.is_ascii_alphanumeric() || "+=,.@_-".contains(c),
            Set::Graphic => c.is_ascii_graphic(),
        }
    }
}

/// The position of a pattern that has read a letter it does not have.
const NOWHERE: usize = usize::MAX;

/// Letters with a loop before each; `last` is the loop behind them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pattern {
    steps: Vec<(Option<Set>, Set)>,
    last: Option<Set>,
}

impl Pattern {
    /// The pattern of one text.
    pub fn text(text: &str) -> Self {
        Self::default().then(text)
    }

    /// Appends a text.
    pub fn then(mut self, text: &str) -> Self {
        text.chars().for_each(|c| self.letter(Set::Char(c)));
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
        self.steps.push((
            self.last.take(),
            if set == Set::Any { Set::One } else { set },
        ));
    }

    /// Two loops in a row are one: wherever it happens, one of them reads what both read.
    pub fn star(&mut self, set: Set) {
        if self.last.is_none() || set == Set::Any {
            self.last = Some(set);
        }
    }

    /// Appends a pattern.
    pub fn append(&mut self, other: &Pattern) {
        for (before, letter) in &other.steps {
            before.iter().for_each(|set| self.star(*set));
            self.letter(*letter);
        }
        other.last.iter().for_each(|set| self.star(*set));
    }

    /// The pattern with something else in the place of each letter for a variable.
    pub fn fill(&self, put: &dyn Fn(char) -> Pattern) -> Pattern {
        let mut out = Pattern::default();
        for (before, letter) in &self.steps {
            before.iter().for_each(|set| out.star(*set));
            match letter {
                Set::Char(c) if *c >= HOLE => out.append(&put(*c)),
                set => out.letter(*set),
            }
        }
        self.last.iter().for_each(|set| out.star(*set));
        out
    }

    /// The letters for variables in the pattern.
    pub fn holes(&self) -> impl Iterator<Item = char> + '_ {
        self.steps.iter().filter_map(|(_, letter)| match letter {
            Set::Char(c) if *c >= HOLE => Some(*c),
            _ => None,
        })
    }

    /// The letters of the pattern.
    pub fn chars(&self) -> impl Iterator<Item = Set> + '_ {
        self.steps.iter().map(|(_, letter)| *letter)
    }

    /// What stands before each place at which the pattern can read a character.
    pub fn heads(&self, c: char) -> Vec<Pattern> {
        let reads = |set: Option<Set>| set.is_some_and(|set| set.has(c));
        let cut = |i: usize| Pattern {
            steps: self.steps[..i].to_vec(),
            last: self.stays(i),
        };
        (0..=self.len())
            .filter(|i| reads(self.stays(*i)) || reads(self.goes(*i)))
            .map(cut)
            .collect()
    }

    /// How many letters a text of the pattern has at least.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// The pattern in words: its characters, `?` for a set and `*` for a loop.
    pub fn outline(&self) -> String {
        let mut out = String::new();
        for (before, letter) in &self.steps {
            out.extend(before.map(|_| '*'));
            out.push(match letter {
                Set::Char(c) | Set::Fold(c) => *c,
                _ => '?',
            });
        }
        out.extend(self.last.map(|_| '*'));
        out
    }

    /// The plain characters before the first loop or set.
    pub fn beginning(&self) -> String {
        let letter = |(before, set): &(Option<Set>, Set)| match (before, set) {
            (None, Set::Char(c)) => Some(*c),
            _ => None,
        };
        self.steps.iter().map_while(letter).collect()
    }

    /// Whether the pattern matches every text.
    pub fn is_everything(&self) -> bool {
        self.steps.is_empty() && self.last == Some(Set::Any)
    }

    /// Whether a text differs from the pattern before its first loop or set.
    fn begins_unlike(&self, text: &str) -> bool {
        let mut letters = text.chars();
        let steps = self.steps.iter().take_while(|(before, _)| before.is_none());
        steps
            .map(|(_, set)| set)
            .any(|set| letters.next().is_none_or(|c| !set.has(c)))
    }

    /// Whether there is but one text of the pattern.
    pub fn is_word(&self) -> bool {
        let spelled =
            |(before, set): &(Option<Set>, Set)| before.is_none() && matches!(set, Set::Char(_));
        self.last.is_none() && self.steps.iter().all(spelled)
    }

    /// The only text of the pattern, if there is but one.
    pub fn word(&self) -> Option<String> {
        let letter = |(before, set): &(Option<Set>, Set)| match (before, set) {
            (None, Set::Char(c)) => Some(*c),
            _ => None,
        };
        self.last
            .is_none()
            .then(|| self.steps.iter().map(letter).collect::<Option<String>>())?
    }

    /// The loop at a position.
    pub fn stays(&self, at: usize) -> Option<Set> {
        self.steps.get(at).map_or(self.last, |(before, _)| *before)
    }

    /// The letter behind a position.
    pub fn goes(&self, at: usize) -> Option<Set> {
        self.steps.get(at).map(|(_, letter)| *letter)
    }

    /// The positions that a letter leads to. A part that may begin anew goes on from nowhere.
    pub fn after(&self, at: usize, c: char, anew: bool) -> Vec<usize> {
        let reads = |set: Option<Set>| at != NOWHERE && set.is_some_and(|set| set.has(c));
        let go = reads(self.goes(at)).then(|| at + 1);
        let stay = reads(self.stays(at)).then_some(at);
        let nowhere = (anew && go.is_none() && stay.is_none()).then_some(NOWHERE);
        go.into_iter().chain(stay).chain(nowhere).collect()
    }
}

/// The part of a text that a list looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
