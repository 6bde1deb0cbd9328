//! Patterns, and whether some text is in all of some lists of patterns and in none of others.
//!
//! A [`Pattern`] is a row of letters with a loop before each and after the last: `logs/*` is `l o g s /` and a loop. Position
//! `i` of a pattern means that `i` letters have been read. [`empty`] walks texts letter by letter; what it remembers of a
//! text is one position for each positive pattern and the set of all positions of the negative ones. A tuple whose negative
//! set contains that of a tuple already seen is passed over: what is refused there is refused here. Letters that all
//! patterns treat alike are tried once, so the walk ends, and it leaves no text out.
//!
//! A list may look at a part of the text only, its [`Window`]: the account of a caller's ARN, the name behind its last slash.

use std::collections::{BTreeSet, HashMap};

/// Stands between a role's ARN and its session in a caller's text; no name holds it.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// The first of the letters that stand for the unknown value of a policy variable; they are no characters of real texts.
pub(crate) const HOLE: char = '\u{10f000}';

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Set {
    Any,
    /// Any one character; the value of a variable is none.
    One,
    /// All but the listed ones.
    Not(&'static str),
    Char(char),
    /// A lower-case ASCII letter and its upper-case form.
    Fold(char),
    Digit,
    Hex,
    /// `a-z`, `0-9`, and the listed ones.
    Lower(&'static str),
    /// The characters of a name in IAM.
    Name,
    /// `!` to `~`, the characters of a path in IAM.
    Graphic,
}

impl Set {
    pub(crate) fn has(self, c: char) -> bool {
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
pub(crate) struct Pattern {
    steps: Vec<(Option<Set>, Set)>,
    last: Option<Set>,
}

impl Pattern {
    pub(crate) fn text(text: &str) -> Self {
        Self::default().then(text)
    }

    /// Appends a text.
    pub(crate) fn then(mut self, text: &str) -> Self {
        text.chars().for_each(|c| self.letter(Set::Char(c)));
        self
    }

    /// Appends a loop.
    pub(crate) fn many(mut self, set: Set) -> Self {
        self.star(set);
        self
    }

    /// Appends `count` letters of a set.
    pub(crate) fn times(mut self, set: Set, count: usize) -> Self {
        (0..count).for_each(|_| self.letter(set));
        self
    }

    /// Appends one letter of a set or more.
    pub(crate) fn some(self, set: Set) -> Self {
        self.times(set, 1).many(set)
    }

    pub(crate) fn letter(&mut self, set: Set) {
        self.steps.push((self.last.take(), if set == Set::Any { Set::One } else { set }));
    }

    /// Two loops in a row are one: wherever it happens, one of them reads what both read.
    pub(crate) fn star(&mut self, set: Set) {
        if self.last.is_none() || set == Set::Any {
            self.last = Some(set);
        }
    }

    /// Appends a pattern.
    pub(crate) fn append(&mut self, other: &Pattern) {
        for (before, letter) in &other.steps {
            before.iter().for_each(|set| self.star(*set));
            self.letter(*letter);
        }
        other.last.iter().for_each(|set| self.star(*set));
    }

    /// The pattern with something else in the place of each letter for a variable.
    pub(crate) fn fill(&self, put: &dyn Fn(char) -> Pattern) -> Pattern {
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
    pub(crate) fn holes(&self) -> impl Iterator<Item = char> + '_ {
        self.steps.iter().filter_map(|(_, letter)| match letter {
            Set::Char(c) if *c >= HOLE => Some(*c),
            _ => None,
        })
    }

    /// How many letters a text of the pattern has at least.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.steps.is_empty() && self.last == Some(Set::Any)
    }

    /// The only text of the pattern, if there is but one.
    pub(crate) fn word(&self) -> Option<String> {
        let letter = |(before, set): &(Option<Set>, Set)| match (before, set) {
            (None, Set::Char(c)) => Some(*c),
            _ => None,
        };
        self.last.is_none().then(|| self.steps.iter().map(letter).collect::<Option<String>>())?
    }

    /// The loop at a position.
    fn stays(&self, at: usize) -> Option<Set> {
        self.steps.get(at).map_or(self.last, |(before, _)| *before)
    }

    /// The letter behind a position.
    fn goes(&self, at: usize) -> Option<Set> {
        self.steps.get(at).map(|(_, letter)| *letter)
    }

    /// The positions that a letter leads to. A part that may begin anew goes on from nowhere.
    fn after(&self, at: usize, c: char, anew: bool) -> Vec<usize> {
        let reads = |set: Option<Set>| at != NOWHERE && set.is_some_and(|set| set.has(c));
        let go = reads(self.goes(at)).then(|| at + 1);
        let stay = reads(self.stays(at)).then_some(at);
        let nowhere = (anew && go.is_none() && stay.is_none()).then_some(NOWHERE);
        go.into_iter().chain(stay).chain(nowhere).collect()
    }

    /// Whether no text is in both, seen from their beginnings alone. False says nothing.
    fn begins_apart(&self, other: &Pattern) -> bool {
        for ((loop_a, a), (loop_b, b)) in self.steps.iter().zip(&other.steps) {
            match (loop_a, a, loop_b, b) {
                (None, Set::Char(a), None, Set::Char(b)) if a == b => {}
                (None, Set::Char(a), None, b) => return !b.has(*a),
                (None, a, None, Set::Char(b)) => return !a.has(*b),
                _ => return false,
            }
        }
        false
    }

    /// The loops and letters of the pattern.
    fn sets(&self) -> impl Iterator<Item = Set> + '_ {
        let steps = self.steps.iter();
        steps.flat_map(|(before, letter)| before.iter().copied().chain([*letter])).chain(self.last)
    }
}

/// The part of a text that a list looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Window {
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
struct Place {
    colons: u8,
    slash: bool,
    separator: bool,
}

/// What a letter is to a window.
#[derive(PartialEq, Eq)]
enum Seen {
    Skip,
    Read,
    /// The part begins anew behind this letter.
    Restart,
}

impl Place {
    fn after(mut self, c: char) -> Self {
        self.slash |= c == '/' && self.colons == 5;
        self.separator |= c == SEPARATOR;
        self.colons += u8::from(c == ':' && self.colons < 5);
        self
    }

    fn seen(self, window: Window, c: char) -> Seen {
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
pub(crate) struct List {
    pub(crate) window: Window,
    pub(crate) patterns: Vec<Pattern>,
}

impl List {
    /// A list over the whole text.
    pub(crate) fn whole(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        Self { window: Window::Whole, patterns: patterns.into_iter().collect() }
    }

    /// Whether a text is in the list.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| {
            let mut at = BTreeSet::from([0]);
            let mut place = Place::default();
            for c in text.chars() {
                match place.seen(self.window, c) {
                    Seen::Skip => {}
                    Seen::Restart => at = BTreeSet::from([0]),
                    Seen::Read => at = at.iter().flat_map(|i| pattern.after(*i, c, false)).collect(),
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

/// Whether no text is in every list of `inside` and in no list of `outside`. `false` also where `effort` steps did not suffice.
pub(crate) fn empty(inside: &[&List], outside: &[&List], effort: &mut u64) -> bool {
    let words = |list: &&&List| list.window == Window::Whole && list.patterns.iter().all(|p| p.word().is_some());
    if let Some(list) = inside.iter().find(words) {
        // A list of words is a list of candidates. A word that an outer list spells out is refused at once.
        let spelled: BTreeSet<String> = outside.iter().filter(|l| l.window == Window::Whole).flat_map(|l| l.patterns.iter().filter_map(Pattern::word)).collect();
        let fits = |word: &String| {
            !spelled.contains(word) && inside.iter().all(|l| l.has(word)) && !outside.iter().any(|l| l.has(word))
        };
        return !list.patterns.iter().filter_map(Pattern::word).any(|word| fits(&word));
    }
    let mut order: Vec<&List> = inside.to_vec();
    order.sort_by_key(|list| list.patterns.len());
    choose(&order, &mut Vec::new(), outside, effort)
}

/// One pattern of each list of `inside` in turn.
fn choose<'l>(lists: &[&'l List], chosen: &mut Vec<(Window, &'l Pattern)>, outside: &[&'l List], effort: &mut u64) -> bool {
    let Some((list, rest)) = lists.split_first() else {
        return Walk::new(chosen, outside).is_empty(effort);
    };
    list.patterns.iter().all(|pattern| {
        if chosen.iter().any(|(window, other)| *window == list.window && other.begins_apart(pattern)) {
            return true;
        }
        chosen.push((list.window, pattern));
        let empty = choose(rest, chosen, outside, effort);
        chosen.pop();
        empty
    })
}

/// One walk: a pattern of each inner list against all patterns of the outer ones.
struct Walk<'l> {
    inside: &'l [(Window, &'l Pattern)],
    /// Each with the number of its first position among all.
    outside: Vec<(Window, &'l Pattern, usize)>,
    /// One for each way in which the patterns treat a letter.
    letters: Vec<char>,
    words: usize,
}

/// What is remembered of a text: where it is, a position a positive pattern, the positions of all negative ones.
type Node = (Place, Vec<usize>, Vec<u64>);

impl<'l> Walk<'l> {
    fn new(inside: &'l [(Window, &'l Pattern)], outside: &[&'l List]) -> Self {
        let mut count = 0;
        let mut negative = Vec::new();
        for list in outside {
            for pattern in &list.patterns {
                if !inside.iter().any(|(window, own)| *window == list.window && own.begins_apart(pattern)) {
                    negative.push((list.window, pattern, count));
                    count += pattern.len() + 1;
                }
            }
        }
        let all = || inside.iter().map(|(_, p)| *p).chain(negative.iter().map(|(_, p, _)| *p));
        // Every character that is spelled out, in both cases where case is folded, and those that windows look at.
        let mut spelled = BTreeSet::from([':', '/', SEPARATOR]);
        let mut classes: Vec<Set> = Vec::new();
        for set in all().flat_map(Pattern::sets) {
            match set {
                Set::Char(c) => spelled.extend([c]),
                Set::Fold(c) => spelled.extend([c, c.to_ascii_uppercase()]),
                class if !classes.contains(&class) => classes.push(class),
                _ => {}
            }
        }
        // Of all others one for each choice of classes. No class tells two characters apart that are not ASCII.
        let mut letters: Vec<char> = spelled.iter().copied().collect();
        let foreign = ('\u{a1}'..).find(|c| !spelled.contains(c)).expect("there are more letters than patterns spell");
        let mut columns = BTreeSet::new();
        for c in (' '..='\u{7f}').chain('\0'..' ').chain([foreign]).filter(|c| !spelled.contains(c)) {
            if columns.insert(classes.iter().map(|class| class.has(c)).collect::<Vec<_>>()) {
                letters.push(c);
            }
        }
        Self { inside, outside: negative, letters, words: count.div_ceil(64) }
    }

    fn is_empty(&self, effort: &mut u64) -> bool {
        let mut against = vec![0; self.words];
        self.outside.iter().for_each(|(_, _, first)| against[first / 64] |= 1 << (first % 64));
        let mut seen: HashMap<(Place, Vec<usize>), Vec<Vec<u64>>> = HashMap::new();
        let mut open: Vec<Node> = Vec::new();
        self.visit((Place::default(), vec![0; self.inside.len()], against), &mut seen, &mut open);
        while let Some((place, at, against)) = open.pop() {
            if *effort == 0 || self.accepts(&at, &against) {
                return false;
            }
            *effort -= 1;
            for c in &self.letters {
                let mut next = vec![Vec::with_capacity(at.len())];
                for ((window, pattern), i) in self.inside.iter().zip(&at) {
                    let places = match place.seen(*window, *c) {
                        Seen::Skip => vec![*i],
                        Seen::Restart => vec![0],
                        Seen::Read => pattern.after(*i, *c, *window == Window::Name),
                    };
                    let with = |tuple: &Vec<usize>, i: usize| tuple.iter().copied().chain([i]).collect();
                    next = next.iter().flat_map(|tuple| places.iter().map(move |i| with(tuple, *i))).collect();
                }
                if next.is_empty() {
                    continue;
                }
                let against = self.advance(place, &against, *c);
                for at in next {
                    self.visit((place.after(*c), at, against.clone()), &mut seen, &mut open);
                }
            }
        }
        true
    }

    /// Takes a tuple to look at, unless one that is refused less was taken already.
    fn visit(&self, node: Node, seen: &mut HashMap<(Place, Vec<usize>), Vec<Vec<u64>>>, open: &mut Vec<Node>) {
        let known = seen.entry((node.0, node.1.clone())).or_default();
        if !known.iter().any(|less| less.iter().zip(&node.2).all(|(a, b)| a & !b == 0)) {
            known.push(node.2.clone());
            open.push(node);
        }
    }

    fn accepts(&self, at: &[usize], against: &[u64]) -> bool {
        let refused = |(_, pattern, first): &(Window, &Pattern, usize)| bit(against, first + pattern.len());
        self.inside.iter().zip(at).all(|((_, pattern), i)| *i == pattern.len()) && !self.outside.iter().any(refused)
    }

    fn advance(&self, place: Place, against: &[u64], c: char) -> Vec<u64> {
        let mut next = vec![0; against.len()];
        let mut set = |at: usize| next[at / 64] |= 1 << (at % 64);
        for (window, pattern, first) in &self.outside {
            match place.seen(*window, c) {
                Seen::Skip => (0..=pattern.len()).filter(|i| bit(against, first + i)).for_each(|i| set(first + i)),
                Seen::Restart => set(*first),
                Seen::Read => {
                    for i in (0..=pattern.len()).filter(|i| bit(against, first + i)) {
                        if pattern.stays(i).is_some_and(|s| s.has(c)) {
                            set(first + i);
                        }
                        if pattern.goes(i).is_some_and(|s| s.has(c)) {
                            set(first + i + 1);
                        }
                    }
                }
            }
        }
        next
    }
}

fn bit(words: &[u64], at: usize) -> bool {
    words[at / 64] >> (at % 64) & 1 == 1
}
