//! Sets of strings: linear patterns, and the search for a string that some match and others do not.
//!
//! Every set of strings that the policy language can name is a finite union of *linear patterns*: a row of
//! one-letter classes with, between them, optional loops over a class. `logs/*` is the row `l o g s /` with a
//! loop over every letter at its end; an ARN pattern loops over every letter but `:` in its first five
//! parts; an account number is twelve digits. Position `i` of a row means that the first `i` classes have
//! been read, so a row of `m` classes is an automaton with `m + 1` states that needs no construction.
//!
//! [`find_in`] decides whether some string lies in all of one list of sets and in none of another. Lists are looked up, fixed
//! beginnings narrow down which rows can meet, and what is left is walked by [`crate::domain::product`] in
//! tuples (one position for each positive row, the set of reachable positions of all negative rows) over
//! the letters that the rows can tell apart. A positive row is never determinised, so
//! `*a` followed by sixteen `?` costs eighteen positions and not 2^17 states.
//!
//! *Exact.* Letters with equal columns in all rows are interchangeable, and one letter stands for each
//! distinct column over all of Unicode, so no string is overlooked. *Terminates.* There are finitely many tuples
//! and none is expanded twice. There is no bound on the length of a string and no clipped alphabet.
//!
//! [`find_on`] has the text accepted by a [`Machine`] as well, whose state is one more part of the tuple.

use crate::domain::heads::Heads;
use crate::domain::machine::{Anything, Machine};
use crate::domain::product;
use crate::domain::steps::Steps;
use crate::domain::unions;
use crate::domain::words::Words;
use crate::hash::{Quick, QuickMap};
use keyaki_language::policy::RESERVED;
use std::borrow::Cow;
use std::cell::{Cell, LazyCell, OnceCell, RefCell};
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock};

/// Separates the parts of a principal's text; no name, path or ARN holds it.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// Letters from here on stand for "some other character" in witnesses and are part of no resource.
pub(crate) const FRESH: char = '\u{10ff00}';

/// Characters from here up to [`FRESH`] are reserved (`Policy::reserved`). They stand for the unknown value of a policy variable (see `region::ties`): one for each
/// variable and each class of letters that the value is confined to at its place.
pub(crate) const HOLE: char = *RESERVED.start();

/// Whether the character stands for the value of a variable.
pub(crate) const fn is_hole(c: char) -> bool {
    HOLE <= c && c < FRESH
}

/// Whether there are letters for a variable of that number; beyond them, several share one.
pub(crate) fn has_letters(variable: usize) -> bool {
    (variable + 1) * Class::ALL.len() <= FRESH as usize - HOLE as usize
}

/// The letter for the value of a variable where it stands among letters of a class.
pub(crate) fn hole(variable: usize, class: Class) -> char {
    u32::try_from(variable * Class::ALL.len() + class as usize)
        .ok()
        .and_then(|at| char::from_u32(HOLE as u32 + at))
        .filter(|c| is_hole(*c))
        .unwrap_or(HOLE)
}

/// The variable whose value a letter stands for, and the class that it is confined to.
pub(crate) fn variable_of(letter: char) -> Option<(usize, Class)> {
    is_hole(letter).then(|| {
        let at = (letter as u32 - HOLE as u32) as usize;
        (at / Class::ALL.len(), Class::ALL[at % Class::ALL.len()])
    })
}

/// A named class of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// Every character.
    Any,
    /// Every character but `:`.
    NotColon,
    /// Every character but the separator of a principal's text.
    NotSeparator,
    /// Neither `:` nor the separator.
    NotColonSeparator,
    /// Neither `/` nor the separator.
    NotSlashSeparator,
    /// `0` to `9`.
    Digit,
    /// The service part of an action, a label of a service's name: `a`-`z`, `0`-`9`, `-`.
    Label,
    /// Labels and the dots between them.
    LabelDot,
    /// The name part of an action: `a`-`z`, `0`-`9`, `_`, `-`.
    ActionName,
    /// A name in IAM: letters, digits and `+=,.@_-`.
    Name,
    /// A path in IAM: `!` to `~`.
    Graphic,
    /// What a resource's ARN may hold: printable ASCII, and whatever else is written in a document. (The search asks for no
    /// other characters than these.)
    Printable,
    /// The same without `:`.
    PrintableNotColon,
    /// `0`-`9`, `a`-`f`.
    Hex,
}

impl Class {
    /// All classes, in order.
    const ALL: [Class; 14] = [
        Class::Any,
        Class::NotColon,
        Class::NotSeparator,
        Class::NotColonSeparator,
        Class::NotSlashSeparator,
        Class::Digit,
        Class::Label,
        Class::LabelDot,
        Class::ActionName,
        Class::Name,
        Class::Graphic,
        Class::Printable,
        Class::PrintableNotColon,
        Class::Hex,
    ];

    /// Whether the class holds a character.
    ///
    /// Only the loops of plain text read the value of a variable whole; every other class could cut it.
    #[inline]
    pub(crate) fn contains(self, c: char) -> bool {
        if c.is_ascii() {
            return Self::ASCII[self as usize] >> c as u32 & 1 == 1;
        }
        self.has(c)
    }

    /// For each class a bit for each ASCII character that it holds: most are asked for these.
    const ASCII: [u128; 14] = {
        let mut out = [0; 14];
        let mut at = 0;
        while at < 14 {
            let mut c = 0;
            while c < 128 {
                if Self::ALL[at].has(c as u8 as char) {
                    out[at] |= 1 << c;
                }
                c += 1;
            }
            at += 1;
        }
        out
    };

    /// What [`Class::contains`] looks up.
    const fn has(self, c: char) -> bool {
        if is_hole(c) {
            return matches!(self, Class::Any | Class::NotSeparator);
        }
        match self {
            Class::Any => true,
            Class::NotColon => c != ':',
            Class::NotSeparator => c != SEPARATOR,
            Class::NotColonSeparator => c != ':' && c != SEPARATOR,
            Class::NotSlashSeparator => c != '/' && c != SEPARATOR,
            Class::Digit => c.is_ascii_digit(),
            Class::Label => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
            Class::LabelDot => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.',
            Class::ActionName => {
                c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
            }
            Class::Name => {
                c.is_ascii_alphanumeric() || matches!(c, '+' | '=' | ',' | '.' | '@' | '_' | '-')
            }
            Class::Graphic => c.is_ascii_graphic(),
            Class::Printable => (c < FRESH || c > *RESERVED.end()) && c != SEPARATOR,
            Class::PrintableNotColon => c != ':' && Class::Printable.has(c),
            Class::Hex => c.is_ascii_digit() || matches!(c, 'a'..='f'),
        }
    }

    /// Whether the class surely holds every character of another; false is no promise.
    fn holds_class(self, other: Class) -> bool {
        use Class::{
            ActionName, Any, Digit, Graphic, Hex, Label, LabelDot, Name, NotColon,
            NotColonSeparator, NotSeparator, NotSlashSeparator, Printable, PrintableNotColon,
        };
        let plain = matches!(other, Digit | Hex | Label | LabelDot | ActionName);
        self == other
            || match self {
                Any => true,
                NotSeparator => !matches!(other, Any | NotColon),
                NotColon => plain || matches!(other, Name | NotColonSeparator | PrintableNotColon),
                NotColonSeparator => plain || matches!(other, Name | PrintableNotColon),
                Printable => plain || matches!(other, Name | Graphic | PrintableNotColon),
                NotSlashSeparator | Graphic | PrintableNotColon => plain || other == Name,
                Name => plain,
                LabelDot => matches!(other, Digit | Hex | Label),
                ActionName => matches!(other, Digit | Hex | Label),
                Label => matches!(other, Digit | Hex),
                Hex => other == Digit,
                Digit => false,
            }
    }

    /// Whether the class surely holds every character that a letter may be.
    fn holds_letter(self, letter: Letter) -> bool {
        match letter {
            Letter::Char(c) => self.contains(c),
            Letter::Fold(c) => self.contains(c) && self.contains(c.to_ascii_uppercase()),
            Letter::Of(class) => self.holds_class(class),
        }
    }

    /// The class that holds what both hold, for the pairs that framing needs.
    fn within(self, outer: Class) -> Class {
        match (self, outer) {
            (Class::Any, outer) => outer,
            (Class::NotColon, Class::NotSeparator | Class::NotColonSeparator) => {
                Class::NotColonSeparator
            }
            (Class::NotColon, Class::Any | Class::NotColon) => Class::NotColon,
            // A digit, a name and a label are neither colon nor slash nor separator.
            (Class::NotColon, Class::Digit | Class::Name | Class::NotSlashSeparator) => outer,
            (inner, _) => inner,
        }
    }
}

/// One letter of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Letter {
    /// This character.
    Char(char),
    /// This lower-case ASCII letter or its upper-case form.
    Fold(char),
    /// Any character of the class.
    Of(Class),
}

impl Letter {
    /// Whether the letter surely may be every character that another may be.
    fn holds(self, other: Letter) -> bool {
        match (self, other) {
            (own, Letter::Char(c)) => own.accepts(c),
            (own, Letter::Fold(c)) => own.accepts(c) && own.accepts(c.to_ascii_uppercase()),
            (Letter::Of(own), Letter::Of(class)) => own.holds_class(class),
            (Letter::Char(_) | Letter::Fold(_), Letter::Of(_)) => false,
        }
    }

    /// Whether the letter may be this character.
    #[inline]
    pub(crate) fn accepts(self, c: char) -> bool {
        match self {
            Letter::Char(own) => own == c,
            Letter::Fold(own) => own == c.to_ascii_lowercase(),
            Letter::Of(class) => !is_hole(c) && class.contains(c),
        }
    }
}

/// A linear pattern: letters in a row, with an optional loop before each and after the last.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    letters: Vec<Letter>,
    /// One more than `letters`: the loop at each position.
    loops: Vec<Option<Class>>,
    /// How many letters stand before the first loop, all of them plain characters.
    prefix: usize,
    /// Those letters as a text: where rows are compared, most comparisons end in it.
    head: Box<str>,
    /// Whether no loop and no class occurs: the row is one string.
    literal: bool,
    /// The account in the fifth part of every string of the row, where parts end at colons, plus one; zero if it is not the same in all.
    account: u64,
}

/// Builds a [`Row`] letter by letter.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowBuilder {
    letters: Vec<Letter>,
    loops: Vec<Option<Class>>,
    pending: Option<Class>,
}

impl RowBuilder {
    pub(crate) fn letter(&mut self, letter: Letter) -> &mut Self {
        self.letters.push(letter);
        self.loops.push(self.pending.take());
        self
    }

    /// A builder with room for that many letters.
    pub(crate) fn with_capacity(letters: usize) -> Self {
        Self {
            letters: Vec::with_capacity(letters),
            loops: Vec::with_capacity(letters + 1),
            pending: None,
        }
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.letters.reserve(text.len());
        self.loops.reserve(text.len() + 1);
        for c in text.chars() {
            self.letter(Letter::Char(c));
        }
        self
    }

    pub(crate) fn letter_char(&mut self, c: char) -> &mut Self {
        self.letter(Letter::Char(c))
    }

    /// A loop; two in a row are one, and the wider wins (they are equal wherever it happens).
    pub(crate) fn many(&mut self, class: Class) -> &mut Self {
        self.pending = Some(match self.pending {
            Some(Class::Any) | None => class,
            Some(other) if class == Class::Any => other.within(class),
            Some(other) => other,
        });
        self
    }

    /// One or more of a class.
    pub(crate) fn some(&mut self, class: Class) -> &mut Self {
        self.letter(Letter::Of(class)).many(class)
    }

    /// Exactly `count` of a class.
    pub(crate) fn times(&mut self, class: Class, count: usize) -> &mut Self {
        for _ in 0..count {
            self.letter(Letter::Of(class));
        }
        self
    }

    /// Appends a row whose classes are narrowed to `within`; a plain character outside it makes the row empty.
    ///
    /// Returns whether the result can match anything.
    pub(crate) fn row(&mut self, row: &Row, within: Class) -> bool {
        for (letter, class) in row.letters.iter().zip(&row.loops) {
            if let Some(class) = class {
                self.many(class.within(within));
            }
            match letter {
                Letter::Char(c) if is_hole(*c) => {
                    let (variable, class) = variable_of(*c).expect("a letter for a variable");
                    self.letter(Letter::Char(hole(variable, class.within(within))))
                }
                Letter::Char(c) if !within.contains(*c) => return false,
                Letter::Fold(c)
                    if !within.contains(*c) && !within.contains(c.to_ascii_uppercase()) =>
                {
                    return false;
                }
                Letter::Char(_) => self.letter(*letter),
                Letter::Fold(c) => {
                    match (within.contains(*c), within.contains(c.to_ascii_uppercase())) {
                        (true, true) => self.letter(*letter),
                        (true, false) => self.letter(Letter::Char(*c)),
                        _ => self.letter(Letter::Char(c.to_ascii_uppercase())),
                    }
                }
                Letter::Of(class) => self.letter(Letter::Of(class.within(within))),
            };
        }
        if let Some(class) = row.loops[row.letters.len()] {
            self.many(class.within(within));
        }
        true
    }

    pub(crate) fn build(&mut self) -> Row {
        self.loops.push(self.pending.take());
        let letters = std::mem::take(&mut self.letters);
        let loops = std::mem::take(&mut self.loops);
        let prefix = letters
            .iter()
            .zip(&loops)
            .take_while(|(l, g)| g.is_none() && matches!(l, Letter::Char(_)))
            .count();
        let literal = prefix == letters.len() && loops[prefix].is_none();
        let account = fixed_account(&letters, &loops);
        let mut head = String::with_capacity(prefix);
        head.extend(letters[..prefix].iter().map(|letter| match letter {
            Letter::Char(c) => *c,
            Letter::Fold(_) | Letter::Of(_) => unreachable!("the prefix holds plain characters"),
        }));
        Row {
            letters,
            loops,
            prefix,
            head: head.into_boxed_str(),
            literal,
            account,
        }
    }
}

/// The account that every string of a row has as its fifth part, plus one; zero if that is not known.
///
/// Patterns of ARNs mostly begin alike, with a partition that may be any, and differ in the account. Whether two of them can meet
/// is a comparison of two numbers.
fn fixed_account(letters: &[Letter], loops: &[Option<Class>]) -> u64 {
    // Three colons and one more before the account, and twelve digits.
    if letters.len() < 4 + 12 {
        return 0;
    }
    let (mut colons, mut digits, mut account) = (0, 0, 0);
    for (letter, class) in letters.iter().zip(loops) {
        // A loop in the account, or one that can read a colon: the parts are not known.
        if class.is_some_and(|class| colons == 4 || class.contains(':')) {
            return 0;
        }
        match letter {
            Letter::Char(':') if colons == 4 => {
                return if digits == 12 { account + 1 } else { 0 };
            }
            Letter::Char(':') => colons += 1,
            Letter::Char(c) if colons == 4 => match c.to_digit(10) {
                Some(digit) if digits < 12 => {
                    account = 10 * account + u64::from(digit);
                    digits += 1;
                }
                _ => return 0,
            },
            // The value of a variable may be anything.
            Letter::Char(c) if is_hole(*c) => return 0,
            Letter::Of(class) if colons == 4 || class.contains(':') => return 0,
            Letter::Fold(_) if colons == 4 => return 0,
            Letter::Char(_) | Letter::Of(_) | Letter::Fold(_) => {}
        }
    }
    0
}

/// The account in the fifth part of a text, plus one; zero if that part is no account.
pub(crate) fn account_in(text: &str) -> u64 {
    let mut parts = text.splitn(6, ':').skip(4);
    match (parts.next(), parts.next()) {
        (Some(own), Some(_)) if own.len() == 12 && own.bytes().all(|b| b.is_ascii_digit()) => {
            let digits = own.bytes().map(|b| u64::from(b - b'0'));
            1 + digits.fold(0, |account, digit| 10 * account + digit)
        }
        _ => 0,
    }
}

/// Where the fifth part of every string of a row begins and ends, if that is the same for all: as many letters as an account has, or a loop alone.
fn open_account(letters: &[Letter], loops: &[Option<Class>]) -> Option<Range<usize>> {
    let mut colons = 0;
    let mut start = 0;
    for (at, letter) in letters.iter().enumerate() {
        let reads_colon = |class: Class| class.contains(':');
        if loops[at].is_some_and(reads_colon) {
            return None;
        }
        match letter {
            Letter::Char(':') if colons == 4 => {
                let fixed = loops[start..=at].iter().all(Option::is_none);
                return match at - start {
                    0 if loops[at].is_some() => Some(start..at),
                    12 if fixed => Some(start..at),
                    _ => None,
                };
            }
            Letter::Char(':') => {
                colons += 1;
                start = at + 1;
            }
            // The value of a variable may be anything.
            Letter::Char(c) if is_hole(*c) => return None,
            Letter::Of(class) if reads_colon(*class) => return None,
            Letter::Char(_) | Letter::Of(_) | Letter::Fold(_) => {}
        }
    }
    None
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head
            && self.letters[self.prefix..] == other.letters[other.prefix..]
            && self.loops[self.prefix..] == other.loops[other.prefix..]
    }
}

impl Eq for Row {}

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.head.hash(state);
        self.letters[self.prefix..].hash(state);
        self.loops[self.prefix..].hash(state);
    }
}

impl Row {
    /// The row of one string.
    pub(crate) fn literal(text: &str) -> Self {
        RowBuilder::default().text(text).build()
    }

    /// The row of one string without regard to ASCII case.
    pub(crate) fn folded(text: &str) -> Self {
        let mut row = RowBuilder::default();
        for c in text.chars() {
            row.letter(if c.is_ascii_alphabetic() {
                Letter::Fold(c.to_ascii_lowercase())
            } else {
                Letter::Char(c)
            });
        }
        row.build()
    }

    /// Every string over a class.
    pub(crate) fn all(class: Class) -> Self {
        RowBuilder::default().many(class).build()
    }

    /// Whether the row is one string.
    pub(crate) fn is_literal(&self) -> bool {
        self.literal
    }

    /// Whether the row reads another row symbol by symbol, its loops those of the other.
    ///
    /// True is a promise that every string of the other is one of this row; false is none, because strings are not
    /// looked at. It is what most patterns of one list come to that lie in a pattern of another.
    fn covers(&self, other: &Row) -> bool {
        if !other.head.starts_with(&*self.head) {
            // A longer beginning reads what the other has in its place only where that is the same letter for letter.
            return false;
        }
        if self.is_beginning() {
            return true;
        }
        if self.accounts_differ(other) {
            return false;
        }
        if self.letters.len() > other.letters.len() {
            return self == other;
        }
        if self.letters.len() >= 64 {
            return self == other || self.covers_at_length(other);
        }
        let mut states = 1u64;
        for (at, letter) in other.letters.iter().enumerate() {
            if let Some(class) = other.loops[at] {
                states = self.through_loop(states, class);
            }
            let mut next = 0;
            let mut rest = states;
            while rest != 0 {
                let at = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if self.loops[at].is_some_and(|class| class.holds_letter(*letter)) {
                    next |= 1 << at;
                }
                if self.letters.get(at).is_some_and(|own| own.holds(*letter)) {
                    next |= 1 << (at + 1);
                }
            }
            if next == 0 {
                return false;
            }
            states = next;
        }
        if let Some(class) = other.loops[other.letters.len()] {
            states = self.through_loop(states, class);
        }
        states >> self.letters.len() & 1 == 1
    }

    /// The same for any length, with a bit a place in as many words as it takes.
    fn covers_at_length(&self, other: &Row) -> bool {
        // A letter that is spelt is read from the same letter, so all of them must be there: most pairs of a list end here.
        if self.spelled() & !other.spelled() != 0 {
            return false;
        }
        let words = self.letters.len() / 64 + 1;
        let mut reads: Vec<(Letter, Vec<u64>)> = Vec::new();
        let mut stays: Vec<(Class, Vec<u64>)> = Vec::new();
        let mut states = vec![0; words];
        let mut next = vec![0; words];
        states[0] = 1;
        for (at, letter) in other.letters.iter().enumerate() {
            if let Some(class) = other.loops[at] {
                self.through_loop_at_length(&mut states, class, &mut stays);
            }
            let masks = match reads.iter().position(|(known, _)| known == letter) {
                Some(known) => &reads[known].1,
                None => {
                    reads.push((*letter, self.masks_of(*letter, words)));
                    &reads[reads.len() - 1].1
                }
            };
            let (stay, go) = masks.split_at(words);
            product::shift(&states, stay, go, &mut next);
            if next.iter().all(|word| *word == 0) {
                return false;
            }
            std::mem::swap(&mut states, &mut next);
        }
        if let Some(class) = other.loops[other.letters.len()] {
            self.through_loop_at_length(&mut states, class, &mut stays);
        }
        product::contains(&states, self.letters.len())
    }

    /// At which places every character that a letter may be is read by a loop, and then at which by the row's own letter.
    fn masks_of(&self, letter: Letter, words: usize) -> Vec<u64> {
        let mut masks = vec![0; 2 * words];
        for (at, class) in self.loops.iter().enumerate() {
            if class.is_some_and(|class| class.holds_letter(letter)) {
                product::set(&mut masks, at);
            }
            if self.letters.get(at).is_some_and(|own| own.holds(letter)) {
                product::set(&mut masks[words..], at);
            }
        }
        masks
    }

    fn through_loop_at_length(
        &self,
        states: &mut [u64],
        class: Class,
        known: &mut Vec<(Class, Vec<u64>)>,
    ) {
        if known.iter().all(|(own, _)| *own != class) {
            let mut stay = vec![0; states.len()];
            for (at, own) in self.loops.iter().enumerate() {
                if own.is_some_and(|own| own.holds_class(class)) {
                    product::set(&mut stay, at);
                }
            }
            known.push((class, stay));
        }
        for (_, stay) in known.iter().filter(|(own, _)| *own == class) {
            states
                .iter_mut()
                .zip(stay)
                .for_each(|(word, stay)| *word &= stay);
        }
    }

    /// Which characters the row spells, several of them a bit.
    fn spelled(&self) -> u64 {
        self.letters.iter().fold(0, |bits, letter| match letter {
            Letter::Char(c) => bits | 1 << (*c as u32 % 64),
            Letter::Fold(_) | Letter::Of(_) => bits,
        })
    }

    /// The positions that can read any run over a class and stay where they are.
    fn through_loop(&self, states: u64, class: Class) -> u64 {
        let mut stay = 0;
        let mut rest = states;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if self.loops[at].is_some_and(|own| own.holds_class(class)) {
                stay |= 1 << at;
            }
        }
        stay
    }

    /// Whether the row loops over everything at both ends, so that anything may stand around its strings.
    fn floats(&self) -> bool {
        self.loops[0] == Some(Class::Any) && self.loops[self.letters.len()] == Some(Class::Any)
    }

    /// Whether the row holds every string.
    fn is_everything(&self) -> bool {
        self.letters.is_empty() && self.loops[0] == Some(Class::Any)
    }

    /// Whether the row holds every string with its fixed beginning.
    fn is_beginning(&self) -> bool {
        self.prefix == self.letters.len() && self.loops[self.prefix] == Some(Class::Any)
    }

    /// The row as a pattern for people: its characters, `?` for a class and `*` for a loop.
    pub(crate) fn outline(&self) -> String {
        let mut out = String::new();
        for (letter, class) in self.letters.iter().zip(&self.loops) {
            if class.is_some() {
                out.push('*');
            }
            out.push(match letter {
                Letter::Char(c) | Letter::Fold(c) => *c,
                Letter::Of(_) => '?',
            });
        }
        if self.loops[self.letters.len()].is_some() {
            out.push('*');
        }
        out
    }

    /// The plain characters before the first class or loop.
    pub(crate) fn fixed_beginning(&self) -> &str {
        &self.head
    }

    /// The plain characters behind the last class or loop, from the end on.
    pub(crate) fn fixed_end(&self) -> String {
        let places = (0..self.letters.len()).rev();
        places
            .take_while(|at| self.loops[at + 1].is_none())
            .map_while(|at| match self.letters[at] {
                Letter::Char(c) => Some(c),
                Letter::Fold(_) | Letter::Of(_) => None,
            })
            .collect()
    }

    fn digest(&self) -> u64 {
        let mut hash = Quick::default();
        self.hash(&mut hash);
        hash.finish()
    }

    /// The account in the fifth part of every string, plus one; zero if that is not known.
    pub(crate) fn account(&self) -> u64 {
        self.account
    }

    /// How many letters a string of the row has at least.
    pub(crate) fn len(&self) -> usize {
        self.letters.len()
    }

    /// The letters and the loop before each, then the last loop.
    pub(crate) fn parts(&self) -> (&[Letter], &[Option<Class>]) {
        (&self.letters, &self.loops)
    }

    /// A cheap proof that no string matches both: the fixed beginnings differ, or the fixed ends.
    pub(crate) fn surely_disjoint(&self, other: &Row) -> bool {
        if !self.head.starts_with(&*other.head) && !other.head.starts_with(&*self.head) {
            return true;
        }
        self.accounts_differ(other)
            || (self.literal && other.letters.len() > self.letters.len())
            || (other.literal && self.letters.len() > other.letters.len())
            || self.ends_apart(other)
    }

    /// The strings of the row whose fifth part is an account (plus one), if that part is known to be twelve letters or a loop alone.
    ///
    /// All of them are in what is given, which may hold others where the row's own letters or its loop do not read the account.
    fn with_account(&self, account: u64) -> Option<Row> {
        let place = open_account(&self.letters, &self.loops)?;
        let mut row = RowBuilder::with_capacity(self.letters.len() + 12);
        for (at, letter) in self.letters.iter().enumerate() {
            if at == place.end {
                row.text(&format!("{:012}", account - 1));
            }
            if place.contains(&at) {
                continue;
            }
            if let Some(class) = self.loops[at].filter(|_| at != place.end) {
                row.many(class);
            }
            row.letter(*letter);
        }
        if let Some(class) = self.loops[self.letters.len()] {
            row.many(class);
        }
        Some(row.build())
    }

    /// Whether the accounts of both rows are known and not the same.
    fn accounts_differ(&self, other: &Row) -> bool {
        self.account != other.account && self.account != 0 && other.account != 0
    }

    /// The letters before the first loop that are plain characters, or such of either case, in lower case.
    fn folded_head(&self) -> String {
        let mut out = self.head.to_ascii_lowercase();
        let rest = self.letters.iter().zip(&self.loops).skip(self.prefix);
        out.extend(rest.map_while(|(letter, before)| match (letter, before) {
            (Letter::Char(c) | Letter::Fold(c), None) => Some(c.to_ascii_lowercase()),
            _ => None,
        }));
        out
    }

    /// Whether the letters behind the last loops differ.
    fn ends_apart(&self, other: &Row) -> bool {
        let (mut own, mut others) = (self.letters.len(), other.letters.len());
        while own > 0 && others > 0 && self.loops[own].is_none() && other.loops[others].is_none() {
            own -= 1;
            others -= 1;
            let apart = match (self.letters[own], other.letters[others]) {
                (Letter::Char(c), letter) | (letter, Letter::Char(c)) => !letter.accepts(c),
                (Letter::Fold(one), Letter::Fold(other)) => one != other,
                (Letter::Of(_), _) | (_, Letter::Of(_)) => false,
            };
            if apart {
                return true;
            }
        }
        false
    }

    /// The row of the same texts read from their ends.
    fn turned(&self) -> Row {
        let mut row = RowBuilder::with_capacity(self.letters.len());
        for at in (0..=self.letters.len()).rev() {
            if let Some(class) = self.loops[at] {
                row.many(class);
            }
            if let Some(before) = at.checked_sub(1) {
                row.letter(self.letters[before]);
            }
        }
        row.build()
    }

    /// Whether the row matches a string.
    pub(crate) fn matches(&self, text: &str) -> bool {
        // The fixed beginning first: most comparisons end here.
        let Some(rest) = text.strip_prefix(&*self.head) else {
            return false;
        };
        if self.prefix == self.letters.len() {
            return match self.loops[self.prefix] {
                None => rest.is_empty(),
                Some(Class::Any) => true,
                Some(class) => rest.chars().all(|c| class.contains(c)),
            };
        }
        // What stands behind the last loop is read by nothing else, so it is compared from the end.
        let last = (self.prefix..=self.letters.len())
            .rev()
            .find(|at| self.loops[*at].is_some());
        let mut chars = rest.chars();
        let tail = &self.letters[last.unwrap_or(self.prefix)..];
        let ends = |letter: &Letter| chars.next_back().is_some_and(|c| letter.accepts(c));
        if !tail.iter().rev().all(ends) {
            return false;
        }
        let rest = chars.as_str();
        let Some(last) = last else {
            return rest.is_empty();
        };
        let letters = &self.letters[self.prefix..last];
        let loops = &self.loops[self.prefix..=last];
        match (letters, loops) {
            ([], [Some(Class::Any)]) => true,
            // Each letter takes a byte or more.
            _ if rest.len() < letters.len() => false,
            _ if letters.len() < 64 => matches_word(letters, loops, rest),
            _ => matches_long(letters, loops, rest),
        }
    }

    /// All ways to cut the row in two at the first occurrence of a character that its first half never holds.
    ///
    /// The result is every pair (what stands before the character, what stands after it).
    pub(crate) fn split_at(&self, c: char, before: Class) -> Vec<(Row, Row)> {
        let mut out = Vec::new();
        for at in 0..=self.letters.len() {
            // The character is read by the loop at this position…
            if self.loops[at].is_some_and(|class| class.contains(c)) {
                let mut head = RowBuilder::default();
                let mut tail = RowBuilder::default();
                if head.row(&self.slice(0, at, true), before) {
                    tail.row(&self.slice(at, self.letters.len(), true), Class::Any);
                    out.push((head.build(), tail.build()));
                }
            }
            // …or by the letter that follows.
            if at < self.letters.len() && self.letters[at].accepts(c) {
                let mut head = RowBuilder::default();
                let mut tail = RowBuilder::default();
                if head.row(&self.slice(0, at, true), before) {
                    tail.row(&self.slice(at + 1, self.letters.len(), true), Class::Any);
                    out.push((head.build(), tail.build()));
                }
            }
        }
        out
    }

    /// The letters `from..to` with their loops, the loop at `to` included.
    fn slice(&self, from: usize, to: usize, _inclusive: bool) -> Row {
        let mut row = RowBuilder::default();
        for at in from..to {
            if let Some(class) = self.loops[at] {
                row.many(class);
            }
            row.letter(self.letters[at]);
        }
        if let Some(class) = self.loops[to] {
            row.many(class);
        }
        row.build()
    }

    /// Two strings of the row, for a first try: loops empty, and loops filled with one letter.
    fn samples(&self) -> [String; 2] {
        let mut short = String::with_capacity(self.letters.len());
        let mut filled = String::with_capacity(self.letters.len() + 8);
        for (at, letter) in self.letters.iter().enumerate() {
            if let Some(class) = self.loops[at] {
                filled.push(representative(class));
            }
            let c = match letter {
                Letter::Char(c) | Letter::Fold(c) => *c,
                Letter::Of(class) => representative(*class),
            };
            short.push(c);
            filled.push(c);
        }
        if let Some(class) = self.loops[self.letters.len()] {
            filled.push(representative(class));
        }
        [short, filled]
    }
}

/// Whether letters and loops match a text; the positions reached are the bits of a word.
fn matches_word(letters: &[Letter], loops: &[Option<Class>], text: &str) -> bool {
    let mut states = 1u64;
    for c in text.chars() {
        let mut next = 0;
        while states != 0 {
            let at = states.trailing_zeros() as usize;
            states &= states - 1;
            if loops[at].is_some_and(|class| class.contains(c)) {
                next |= 1 << at;
            }
            if letters.get(at).is_some_and(|letter| letter.accepts(c)) {
                next |= 1 << (at + 1);
            }
        }
        if next == 0 {
            return false;
        }
        states = next;
    }
    states >> letters.len() & 1 == 1
}

/// The same for any length; the positions reached are listed.
fn matches_long(letters: &[Letter], loops: &[Option<Class>], text: &str) -> bool {
    let mut states = vec![0];
    let mut next: Vec<usize> = Vec::new();
    for c in text.chars() {
        for at in states.drain(..) {
            // Positions come in ascending order, so the last one added is the only one that can repeat.
            if loops[at].is_some_and(|class| class.contains(c)) && next.last() != Some(&at) {
                next.push(at);
            }
            if letters.get(at).is_some_and(|letter| letter.accepts(c)) {
                next.push(at + 1);
            }
        }
        if next.is_empty() {
            return false;
        }
        std::mem::swap(&mut states, &mut next);
    }
    states.last() == Some(&letters.len())
}

/// A letter of a class that reads well.
fn representative(class: Class) -> char {
    match class {
        Class::Digit => '9',
        Class::Hex => 'e',
        Class::Any
        | Class::NotColon
        | Class::NotSeparator
        | Class::NotColonSeparator
        | Class::NotSlashSeparator
        | Class::Label
        | Class::LabelDot
        | Class::ActionName
        | Class::Name
        | Class::Graphic
        | Class::Printable
        | Class::PrintableNotColon => 'x',
    }
}

/// A set of strings: a union of single strings and of rows.
///
/// Sets are shared and never change: a clone is a pointer, and equal sets are told apart from others by a digest.
#[derive(Clone, Debug)]
pub(crate) struct TextSet(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    words: Words,
    rows: Arc<Rows>,
    digest: u64,
}

/// Rows that are more than one string, none twice.
#[derive(Debug)]
struct Rows {
    list: Vec<Row>,
    /// An index of the rows' fixed beginnings, where there are many rows.
    heads: Option<Heads>,
    /// What it orders them by if letters of either case stand in some of them: the beginnings in lower case, these letters included.
    folded: Option<Vec<String>>,
    /// An index of their fixed ends, made where their beginnings do not tell them apart.
    tails: OnceLock<Tails>,
    digest: u64,
}

/// An index of the fixed ends of rows, and of the rows themselves.
#[derive(Debug)]
struct Tails {
    ends: Vec<String>,
    index: Heads,
    /// The rows with a digest.
    same: QuickMap<u64, Vec<usize>>,
}

impl Tails {
    fn new(list: &[Row]) -> Self {
        let ends: Vec<String> = list.iter().map(Row::fixed_end).collect();
        let index = Heads::new(ends.len(), |at| &ends[at]);
        let mut same: QuickMap<u64, Vec<usize>> = QuickMap::default();
        for (at, row) in list.iter().enumerate() {
            same.entry(row.digest()).or_default().push(at);
        }
        Self { ends, index, same }
    }
}

/// How many rows are looked at before an index of their ends is asked; few where tests have small sets.
const LOOKS: usize = if cfg!(test) { 2 } else { 16 };

/// From how many rows on a set keeps an index of them: below, looking at all is as quick.
const MANY: usize = 6;

/// Collects the strings and rows of a [`TextSet`].
#[derive(Debug, Default)]
pub(crate) struct TextSetBuilder {
    words: Words,
    rows: Vec<Row>,
}

impl TextSetBuilder {
    /// Makes room for some words of so many bytes together.
    pub(crate) fn reserve(&mut self, words: usize, bytes: usize) {
        self.words.reserve(words, bytes);
    }

    /// Adds one string.
    pub(crate) fn word(&mut self, word: &str) {
        self.words.push(word);
    }

    /// Adds one string with its ASCII letters in lower case.
    pub(crate) fn word_lower(&mut self, word: &str) {
        self.words.push_lower(word);
    }

    /// Adds one string, letter by letter.
    pub(crate) fn word_chars(&mut self, word: impl Iterator<Item = char>) {
        self.words.push_chars(word);
    }

    /// Adds the strings of a row.
    pub(crate) fn row(&mut self, row: Row) {
        if row.is_literal() {
            self.words.push(&row.head);
        } else {
            self.rows.push(row);
        }
    }

    /// Whether nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.rows.is_empty()
    }

    /// The union of what was added.
    pub(crate) fn build(self) -> TextSet {
        static NO_ROWS: LazyLock<Arc<Rows>> = LazyLock::new(|| Arc::new(Rows::new(Vec::new())));
        let rows = if self.rows.is_empty() {
            NO_ROWS.clone()
        } else {
            Arc::new(Rows::new(self.rows))
        };
        TextSet::of_parts(self.words, rows)
    }
}

impl Rows {
    fn new(mut list: Vec<Row>) -> Self {
        // Of rows that are equal the first stays. A long list is looked up by digest: all of its rows may begin alike.
        let mut known: QuickMap<u64, Vec<usize>> = QuickMap::default();
        let repeated: Vec<bool> = (0..list.len())
            .filter(|_| list.len() > 1)
            .map(|at| {
                if list.len() <= MANY {
                    return list[..at].contains(&list[at]);
                }
                let same = known.entry(list[at].digest()).or_default();
                let repeated = same.iter().any(|earlier| list[*earlier] == list[at]);
                if !repeated {
                    same.push(at);
                }
                repeated
            })
            .collect();
        if repeated.contains(&true) {
            let mut repeated = repeated.into_iter();
            list.retain(|_| repeated.next() == Some(false));
        }
        let either = |row: &Row| matches!(row.letters.get(row.prefix), Some(Letter::Fold(_)));
        let folded = (list.len() > MANY && list.iter().any(either))
            .then(|| list.iter().map(Row::folded_head).collect::<Vec<_>>());
        let heads = (list.len() > MANY).then(|| {
            Heads::new(list.len(), |at| match &folded {
                Some(folded) => &folded[at],
                None => &list[at].head,
            })
        });
        let mut hash = Quick::default();
        list.hash(&mut hash);
        Self {
            list,
            heads,
            folded,
            tails: OnceLock::new(),
            digest: hash.finish(),
        }
    }

    /// What the index orders a row by.
    fn head(&self, at: usize) -> &str {
        match &self.folded {
            Some(folded) => &folded[at],
            None => &self.list[at].head,
        }
    }

    /// Whether one of the rows covers a row.
    ///
    /// What stands behind the last loop and class of a row is read by nothing but itself, so a row that covers another ends as that one does, or
    /// sooner.
    fn cover(&self, row: &Row) -> bool {
        let tails = self.tails.get_or_init(|| Tails::new(&self.list));
        let same = tails.same.get(&row.digest());
        if same.is_some_and(|same| same.iter().any(|at| self.list[*at] == *row)) {
            return true;
        }
        tails
            .index
            .beginning(&row.fixed_end(), |at| &tails.ends[at])
            .any(|at| row.head.starts_with(&*self.list[at].head) && self.list[at].covers(row))
    }
}

impl Default for TextSet {
    fn default() -> Self {
        static EMPTY: LazyLock<TextSet> = LazyLock::new(|| TextSetBuilder::default().build());
        EMPTY.clone()
    }
}

impl PartialEq for TextSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.digest == other.0.digest
                && self.0.words == other.0.words
                && (Arc::ptr_eq(&self.0.rows, &other.0.rows)
                    || self.0.rows.list == other.0.rows.list))
    }
}

impl Eq for TextSet {}

impl Hash for TextSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.digest.hash(state);
    }
}

impl TextSet {
    /// The union of rows.
    pub(crate) fn new(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut set = TextSetBuilder::default();
        rows.into_iter().for_each(|row| set.row(row));
        set.build()
    }

    /// The set of one string.
    pub(crate) fn word(text: impl AsRef<str>) -> Self {
        let mut set = TextSetBuilder::default();
        set.word(text.as_ref());
        set.build()
    }

    fn of_parts(mut words: Words, rows: Arc<Rows>) -> Self {
        words.sort();
        let mut hash = Quick::default();
        words.hash(&mut hash);
        hash.write_u64(rows.digest);
        Self(Arc::new(Parts {
            words,
            rows,
            digest: hash.finish(),
        }))
    }

    /// The union with some strings; the rows are shared.
    pub(crate) fn with_words<'w>(&self, more: impl Iterator<Item = &'w str>) -> Self {
        let mut words = self.0.words.clone();
        more.for_each(|word| words.push(word));
        Self::of_parts(words, self.0.rows.clone())
    }

    /// The single strings, sorted.
    pub(crate) fn words(&self) -> &Words {
        &self.0.words
    }

    /// The rows that are more than one string.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.0.rows.list
    }

    /// Whether the set names nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.words().is_empty() && self.rows().is_empty()
    }

    /// Whether the set holds every string.
    pub(crate) fn is_everything(&self) -> bool {
        // The row of everything has no fixed beginning, so a look at those that begin the empty text finds it.
        self.rows_beginning("").any(Row::is_everything)
    }

    /// Whether the set holds a string.
    pub(crate) fn contains(&self, text: &str) -> bool {
        if self.rows().len() <= MANY {
            return self.words().contains(text) || self.rows().iter().any(|row| row.matches(text));
        }
        let account = LazyCell::new(|| account_in(text));
        let meets = |row: &&Row| row.account == 0 || row.account == *account;
        self.words().contains(text)
            || self
                .rows_beginning(text)
                .filter(meets)
                .any(|row| row.matches(text))
    }

    /// Whether one of the set's rows covers a row.
    ///
    /// True is a promise that the set holds every string of the row; false is none.
    fn plainly_holds(&self, row: &Row) -> bool {
        if self.0.rows.heads.is_none() {
            return self.rows().iter().any(|own| own.covers(row));
        }
        let key = match &self.0.rows.folded {
            Some(_) => Cow::Owned(row.folded_head()),
            None => Cow::Borrowed(&*row.head),
        };
        let mut near = self.rows_below(&row.head, &key);
        near.by_ref().take(LOOKS).any(|own| own.covers(row))
            || near
                .next()
                .is_some_and(|own| own.covers(row) || self.0.rows.cover(row))
    }

    /// Whether the set plainly holds every string that begins in some way; false is no promise.
    fn plainly_holds_beginning(&self, head: &str) -> bool {
        let holds = |row: &Row| row.is_beginning() && head.starts_with(&*row.head);
        match self.0.rows.heads {
            None => self.rows().iter().any(holds),
            Some(_) => self.rows_beginning(head).any(Row::is_beginning),
        }
    }

    /// Whether the set plainly holds every string of another; false is no promise.
    pub(crate) fn plainly_holds_all(&self, other: &TextSet) -> bool {
        other.words().iter().all(|word| self.contains(word))
            && other.rows().iter().all(|row| self.plainly_holds(row))
    }

    /// The rows whose fixed beginning begins a text.
    fn rows_beginning<'s>(&'s self, text: &'s str) -> impl Iterator<Item = &'s Row> {
        self.rows_below(text, &self.key(text))
    }

    /// How the index spells a text.
    fn key<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.0.rows.folded {
            Some(_) => Cow::Owned(text.to_ascii_lowercase()),
            None => Cow::Borrowed(text),
        }
    }

    /// The rows whose fixed beginning begins a text; by the index those that begin a key.
    fn rows_below<'s>(
        &'s self,
        text: &'s str,
        key: &str,
    ) -> impl Iterator<Item = &'s Row> + use<'s> {
        let rows = &*self.0.rows;
        let (index, all) = match &rows.heads {
            Some(heads) => (Some(heads.beginning(key, |at| rows.head(at))), 0),
            None => (None, rows.list.len()),
        };
        let listed = rows.list[..all].iter();
        index
            .into_iter()
            .flatten()
            .map(|at| &rows.list[at])
            .chain(listed)
            .filter(move |row| text.starts_with(&*row.head))
    }

    /// The rows whose fixed beginning begins a text or goes on from it, in order. All others have no string that begins so.
    fn rows_meeting(&self, text: &str) -> Vec<&Row> {
        let rows = &*self.0.rows;
        let meets = |row: &&Row| row.head.starts_with(text) || text.starts_with(&*row.head);
        let Some(heads) = &rows.heads else {
            return rows.list.iter().filter(meets).collect();
        };
        let (key, head) = (self.key(text), |at: usize| rows.head(at));
        let mut found: Vec<usize> = heads
            .beginning(&key, head)
            .chain(heads.beyond(&key, head))
            .collect();
        found.sort_unstable();
        let found = found.into_iter().map(|at| &rows.list[at]);
        found.filter(meets).collect()
    }

    /// All alternatives as rows.
    pub(crate) fn all_rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.words()
            .iter()
            .map(Row::literal)
            .chain(self.rows().iter().cloned())
    }
}

/// Finds a string in every set of `positive` and in none of `negative`.
///
/// At least one positive set is needed: the dimension's own universe. `steps` counts the work; `None` is a promise unless they are out.
///
/// # Cost
///
/// One product search for each choice of rows from the positive sets that is not refuted by its fixed
/// beginnings; single strings are tested, not searched.
pub(crate) fn find_in(
    positive: &[&TextSet],
    negative: &[&TextSet],
    steps: &mut Steps,
) -> Option<String> {
    debug_assert!(!positive.is_empty());
    find_on(&Anything, positive, negative, steps)
}

/// Finds a text that a machine accepts, in every set of `positive` (there may be none) and in none of `negative`.
pub(crate) fn find_on<M: Machine>(
    machine: &M,
    positive: &[&TextSet],
    negative: &[&TextSet],
    steps: &mut Steps,
) -> Option<String> {
    let wanted = Wanted {
        machine,
        positive,
        negative,
        looked: Cell::new(0),
        joint: OnceCell::new(),
        refused: RefCell::default(),
    };
    let fits = |text: &str| wanted.fits(text);
    // Any set without rows is a short list: test it and be done.
    if let Some(list) = positive
        .iter()
        .filter(|p| p.rows().is_empty())
        .min_by_key(|p| p.words().len())
    {
        let found = list.words().iter().find(|word| fits(word));
        return found.map(str::to_owned);
    }
    // Otherwise a string is either one of somebody's words, or lies in a row of each.
    for set in positive {
        if let Some(word) = set.words().iter().find(|word| fits(word)) {
            return Some(word.to_owned());
        }
    }
    let mut order: Vec<&TextSet> = positive.to_vec();
    order.sort_by_key(|set| set.rows().len());
    order.dedup();
    in_turn(&wanted, &order, steps)
}

/// What a text is looked for.
struct Wanted<'w, M> {
    machine: &'w M,
    positive: &'w [&'w TextSet],
    negative: &'w [&'w TextSet],
    /// How many rows were held against the negative sets.
    looked: Cell<usize>,
    /// The rows of all negative sets, once many rows are held against many sets.
    joint: OnceCell<TextSet>,
    /// Which rows of the positive sets were refused, by their address: each is chosen after many others.
    refused: RefCell<QuickMap<*const Row, bool>>,
}

impl<M: Machine> Wanted<'_, M> {
    /// Whether a negative set plainly holds every string of a row; false is no promise.
    fn refuses(&self, row: &Row) -> bool {
        self.looked.set(self.looked.get() + 1);
        if self.negative.len() < LOOKS || self.looked.get() < LOOKS {
            return self.negative.iter().any(|set| set.plainly_holds(row));
        }
        let rows = || self.negative.iter().flat_map(|set| set.rows());
        let joint = self.joint.get_or_init(|| TextSet::new(rows().cloned()));
        joint.plainly_holds(row)
    }

    /// The same for a row of a positive set.
    fn refuses_own(&self, row: &Row) -> bool {
        if self.negative.len() <= MANY {
            return self.refuses(row);
        }
        let address = std::ptr::from_ref(row);
        if let Some(known) = self.refused.borrow().get(&address) {
            return *known;
        }
        let refused = self.refuses(row);
        self.refused.borrow_mut().insert(address, refused);
        refused
    }

    /// Whether a negative set plainly holds whatever two rows share of which one says the account and the other leaves it open; false is no promise.
    fn refuses_narrowed(&self, chosen: &[&Row], row: &Row) -> bool {
        let refuses = |open: &Row, account: u64| {
            account != 0
                && open.account == 0
                && open
                    .with_account(account)
                    .is_some_and(|own| self.refuses(&own))
        };
        !self.negative.is_empty()
            && chosen
                .iter()
                .any(|own| refuses(own, row.account) || refuses(row, own.account))
    }

    fn fits(&self, text: &str) -> bool {
        // Negative sets first: most candidates fall there, and most of these sets are lists, which are looked up quickly.
        !self.negative.iter().any(|n| n.contains(text)) && self.is_inside(text)
    }

    /// Whether the machine and the positive sets have the text.
    fn is_inside(&self, text: &str) -> bool {
        self.positive.iter().all(|p| p.contains(text)) && self.machine.reads(text)
    }
}

/// How many steps each way of searching has before another is tried; few where tests ask small questions.
const SHARE: u64 = if cfg!(test) { 12 } else { 2048 };

/// How many times as many steps the first way has where there are few choices.
const PATIENCE: u64 = if cfg!(test) { 1 } else { 16 };

/// Up to how many choices of one row of each set are few.
const FEW: usize = 256;

/// From how many on they are hopeless, unless the rows of most are plainly apart.
const HOPELESS: usize = 1 << 30;

/// Tries the ways to search for a text in turn, each for some steps, and then each for more.
///
/// Each way is quick where another takes a number of steps that is exponential: a choice of one row of each set where few rows
/// meet, all rows at once where many do, and all rows from their ends where the beginnings leave everything open. Whichever ends
/// first is right, so nothing is lost but a part of the work.
fn in_turn<M: Machine>(wanted: &Wanted<M>, sets: &[&TextSet], steps: &mut Steps) -> Option<String> {
    let machine = wanted.machine;
    let mut meeting = None;
    let mut share = SHARE;
    // Where there is little to choose, one row of each is mostly best.
    let choices = sets.iter().fold(1usize, |choices, set| {
        choices.saturating_mul(set.rows().len())
    });
    let (first, others) = if choices <= FEW {
        (PATIENCE, 1)
    } else if choices < HOPELESS {
        (2, 1)
    } else {
        (1, 4)
    };
    loop {
        let mut own = steps.share(share.saturating_mul(first));
        let found = choose(wanted, sets, &mut Vec::new(), &mut own);
        steps.take(&own);
        if found.is_some() || !own.is_out() || steps.is_out() {
            return found;
        }
        let meeting: &Meeting = meeting.get_or_insert_with(|| Meeting::new(wanted, sets));
        for backwards in [false, true] {
            if backwards && !machine.reads_all() {
                continue;
            }
            let mut own = steps.share(share.saturating_mul(others));
            let found = meeting.search(machine, backwards, &mut own);
            steps.take(&own);
            if found.is_some() || !own.is_out() || steps.is_out() {
                return found;
            }
        }
        share = share.saturating_mul(4);
    }
}

/// The rows of some sets, without those that plainly meet no row of another.
struct Meeting {
    unions: Vec<Vec<Row>>,
    against: Vec<Row>,
    /// From the beginning and from the end.
    searches: [OnceCell<unions::Search>; 2],
}

impl Meeting {
    fn new<M: Machine>(wanted: &Wanted<M>, sets: &[&TextSet]) -> Self {
        let Wanted {
            machine, negative, ..
        } = wanted;
        // A set of one row is known to hold the text, so others can be held against it.
        let sure: Vec<&Row> = sets
            .iter()
            .filter_map(|set| match set.rows() {
                [only] => Some(only),
                _ => None,
            })
            .collect();
        let meets = |row: &&Row| !sure.iter().any(|own| own.surely_disjoint(row));
        let open = |row: &&Row| meets(row) && !wanted.refuses_own(row);
        let words = negative
            .iter()
            .flat_map(|set| set.words().iter())
            .filter(|word| machine.reads(word) && sets.iter().all(|set| set.contains(word)))
            .map(Row::literal);
        let mut unions: Vec<Vec<Row>> = sets
            .iter()
            .filter(|set| set.rows().len() > 1)
            .map(|set| set.rows().iter().filter(open).cloned().collect())
            .collect();
        match joined_ends(&sure) {
            Some(rows) => unions.extend(rows.into_iter().map(|row| vec![row.into_owned()])),
            // No text is in a union of no rows.
            None => unions.push(Vec::new()),
        }
        Self {
            unions,
            against: negative
                .iter()
                .flat_map(|set| set.rows())
                .filter(meets)
                .cloned()
                .chain(words)
                .collect(),
            searches: [const { OnceCell::new() }; 2],
        }
    }

    fn search<M: Machine>(
        &self,
        machine: &M,
        backwards: bool,
        steps: &mut Steps,
    ) -> Option<String> {
        let search = self.searches[usize::from(backwards)].get_or_init(|| {
            let turned = backwards.then(|| self.turned());
            let Self {
                unions, against, ..
            } = turned.as_ref().unwrap_or(self);
            let unions: Vec<Vec<&Row>> = unions.iter().map(|rows| rows.iter().collect()).collect();
            let against: Vec<&Row> = against.iter().collect();
            unions::Search::new(machine, &unions, &against)
        });
        let found = search.run(machine, steps)?;
        Some(if backwards {
            found.chars().rev().collect()
        } else {
            found
        })
    }

    /// The same, to be read from the end.
    fn turned(&self) -> Self {
        Self {
            unions: self
                .unions
                .iter()
                .map(|rows| rows.iter().map(Row::turned).collect())
                .collect(),
            against: self.against.iter().map(Row::turned).collect(),
            searches: [const { OnceCell::new() }; 2],
        }
    }
}

/// Chooses one row of each set in turn; a choice whose fixed beginnings contradict each other is dropped at once, and so is one
/// that lies in a negative set.
fn choose<'s, M: Machine>(
    wanted: &Wanted<M>,
    sets: &[&'s TextSet],
    chosen: &mut Vec<&'s Row>,
    steps: &mut Steps,
) -> Option<String> {
    let Some((set, rest)) = sets.split_first() else {
        return find(wanted, chosen, steps);
    };
    let longest = longest_head(chosen);
    for row in set.rows_meeting(longest) {
        // Rows are compared letter by letter; many long ones take their time.
        let letters = 1 + row.letters.len() as u64 / 64;
        let each = if chosen.len() > MANY { letters } else { 1 };
        if !steps.spend(1 + chosen.len() as u64 * each) {
            return None;
        }
        if chosen.iter().any(|other| other.surely_disjoint(row))
            || wanted.refuses_own(row)
            || wanted.refuses_narrowed(chosen, row)
        {
            continue;
        }
        chosen.push(row);
        let found = choose(wanted, rest, chosen, steps);
        chosen.pop();
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The longest fixed beginning of some rows: every string of all of them begins so.
fn longest_head<'r>(rows: &[&'r Row]) -> &'r str {
    let heads = rows.iter().map(|row| &*row.head);
    heads.max_by_key(|head| head.len()).unwrap_or_default()
}

/// Finds a string that matches every chosen row and lies in no negative set.
fn find<M: Machine>(wanted: &Wanted<M>, positive: &[&Row], steps: &mut Steps) -> Option<String> {
    let Wanted { machine, .. } = wanted;
    let chosen = positive;
    // Tries with the letters of many rows take their time.
    let letters = || positive.iter().map(|row| 2 * row.letters.len() as u64);
    if positive.len() > MANY && !steps.spend(letters().sum()) {
        return None;
    }
    let joined;
    let mut positive = positive;
    let refs: Vec<&Row>;
    if positive.len() > 2 {
        joined = joined_ends(positive)?;
        refs = joined.iter().map(|row| &**row).collect();
        positive = &refs;
    }
    // Of many negative sets most have nothing to do with the rows that were chosen.
    let apart = |set: &TextSet| match set.rows() {
        [own] => set.words().is_empty() && positive.iter().any(|row| own.surely_disjoint(row)),
        _ => false,
    };
    let many = wanted.negative.len() > MANY;
    let near: Vec<&TextSet>;
    let negative: &[&TextSet] = if many {
        let sets = wanted.negative.iter().copied();
        near = sets.filter(|set| !apart(set)).collect();
        &near
    } else {
        wanted.negative
    };
    let fits = |text: &str| {
        // What is in all of the chosen rows is in all positive sets, and outside of the sets that were left out.
        let outside = |sets: &[&TextSet]| !sets.iter().any(|set| set.contains(text));
        // The chosen rows first: a guess mostly fails one of them, and negative sets may be many.
        if chosen.iter().all(|row| row.matches(text)) {
            machine.reads(text) && outside(negative)
        } else {
            wanted.is_inside(text) && outside(wanted.negative)
        }
    };
    // A negative set that holds everything, or whatever begins as all our strings do, leaves nothing.
    let head = longest_head(positive);
    if negative.iter().any(|set| set.plainly_holds_beginning(head)) {
        return None;
    }
    // Nor does a letter that the machine never reads.
    if let Some(letters) = machine.letters() {
        let readable = |letter: &Letter| letters.chars().any(|c| letter.accepts(c));
        if !positive.iter().all(|row| row.letters.iter().all(readable)) {
            return None;
        }
    }
    for row in positive {
        for sample in row.samples() {
            if fits(&sample) {
                return Some(sample);
            }
        }
    }
    if positive.len() > 1
        && let Some(text) = weave(positive).filter(|text| fits(text))
    {
        return Some(text);
    }
    if positive.len() > 2
        && let Some(text) = strung(positive).filter(|text| fits(text))
    {
        return Some(text);
    }
    if positive.len() > 1
        && let Some(text) = lined_up(positive).filter(|text| fits(text))
    {
        return Some(text);
    }
    // Only negatives that meet every positive row can matter.
    let words: Vec<Row> = negative
        .iter()
        .flat_map(|set| {
            let words = set.words();
            let near = words.beginning_with(head).map(|at| words.get(at));
            near.filter(|word| positive.iter().all(|p| p.matches(word)))
        })
        .map(Row::literal)
        .collect();
    let against: Vec<&Row> = negative
        .iter()
        .flat_map(|set| set.rows_meeting(head))
        .chain(&words)
        .filter(|n| !positive.iter().any(|p| p.surely_disjoint(n)))
        .collect();
    product::search(*machine, positive, &against, steps)
}

/// The same texts with fewer rows: those that say how a text begins, and nothing else, are one row, and so are those that say how it ends,
/// and those that say each letter of it.
///
/// `None` if two of them contradict each other: a promise. A row is kept by itself where its letters cannot be joined with the others'.
fn joined_ends<'r>(rows: &[&'r Row]) -> Option<Vec<Cow<'r, Row>>> {
    let (mut out, mut heads, mut tails, mut wholes) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let [inner @ .., last] = row.loops.as_slice() else {
            unreachable!("a row has a loop more than letters");
        };
        let (first, rest) = (row.loops[0], &row.loops[1..]);
        if row.letters.is_empty() {
            out.push(Cow::Borrowed(*row));
        } else if *last == Some(Class::Any) && inner.iter().all(Option::is_none) {
            heads.push(*row);
        } else if first == Some(Class::Any) && rest.iter().all(Option::is_none) {
            tails.push(*row);
        } else if row.loops.iter().all(Option::is_none) {
            wholes.push(*row);
        } else {
            out.push(Cow::Borrowed(*row));
        }
    }
    if wholes
        .iter()
        .any(|row| row.letters.len() != wholes[0].letters.len())
    {
        return None;
    }
    for (rows, (before, behind)) in [
        (heads, (false, true)),
        (tails, (true, false)),
        (wholes, (false, false)),
    ] {
        let mut joined: Vec<Letter> = Vec::new();
        for row in rows {
            let own: Vec<Letter> = if before {
                row.letters.iter().rev().copied().collect()
            } else {
                row.letters.clone()
            };
            match joined_letters(&joined, &own) {
                Joint::Empty => return None,
                Joint::Letters(letters) => joined = letters,
                Joint::Unknown => out.push(Cow::Borrowed(row)),
            }
        }
        if joined.is_empty() {
            continue;
        }
        let mut row = RowBuilder::with_capacity(joined.len());
        if before {
            joined.reverse();
            row.many(Class::Any);
        }
        for letter in joined {
            row.letter(letter);
        }
        if behind {
            row.many(Class::Any);
        }
        out.push(Cow::Owned(row.build()));
    }
    Some(out)
}

/// What two runs of letters that begin at the same place come to.
enum Joint {
    /// No text has both.
    Empty,
    Letters(Vec<Letter>),
    /// No run of letters is the same as both.
    Unknown,
}

fn joined_letters(one: &[Letter], other: &[Letter]) -> Joint {
    let mut out = Vec::with_capacity(one.len().max(other.len()));
    for (own, others) in one.iter().zip(other) {
        if own.holds(*others) {
            out.push(*others);
        } else if others.holds(*own) {
            out.push(*own);
        } else {
            return match (own, others) {
                (Letter::Char(_), _) | (_, Letter::Char(_)) => Joint::Empty,
                (Letter::Fold(one), Letter::Fold(other)) if one != other => Joint::Empty,
                _ => Joint::Unknown,
            };
        }
    }
    let longer = if one.len() > other.len() { one } else { other };
    out.extend_from_slice(&longer[out.len()..]);
    Joint::Letters(out)
}

/// The strings of rows that may stand anywhere one after the other, inside the string of the one row that may not.
fn strung(rows: &[&Row]) -> Option<String> {
    let mut fixed = rows.iter().filter(|row| !row.floats());
    let outer = fixed.next();
    if fixed.next().is_some() {
        return None;
    }
    let mut text = String::new();
    let mut tail = String::new();
    if let Some(outer) = outer {
        let gap = outer.loops.iter().position(|l| *l == Some(Class::Any))?;
        let [short, _] = outer.samples();
        let cut = short
            .char_indices()
            .nth(gap)
            .map_or(short.len(), |(at, _)| at);
        text.push_str(&short[..cut]);
        tail.push_str(&short[cut..]);
    }
    for row in rows.iter().filter(|row| row.floats()) {
        let [short, _] = row.samples();
        text.push_str(&short);
    }
    text.push_str(&tail);
    Some(text)
}

/// What some rows spell behind their fixed beginnings, one after the other behind the longest beginning.
///
/// A guess: right where anything may stand before and behind what each row spells.
fn lined_up(rows: &[&Row]) -> Option<String> {
    let mut text = longest_head(rows).to_owned();
    for row in rows {
        if row.loops[row.prefix] == Some(Class::Any) {
            let [short, _] = row.samples();
            text.push_str(short.strip_prefix(&*row.head)?);
        }
    }
    Some(text)
}

/// A string that matches all rows, if walking them together finds one at the first try.
///
/// At each step a letter is taken that some row spells at its place and all others can read; a row goes on where it can. No
/// choice is taken back, so nothing found means nothing.
fn weave(rows: &[&Row]) -> Option<String> {
    let mut at = vec![0usize; rows.len()];
    let mut text = String::new();
    while rows
        .iter()
        .zip(&at)
        .any(|(row, at)| *at < row.letters.len())
    {
        let goes = |index: usize, c: char| {
            rows[index]
                .letters
                .get(at[index])
                .is_some_and(|letter| letter.accepts(c))
        };
        let reads = |index: usize, c: char| {
            goes(index, c) || rows[index].loops[at[index]].is_some_and(|class| class.contains(c))
        };
        let spelled = rows
            .iter()
            .zip(&at)
            .filter_map(|(row, at)| row.letters.get(*at))
            .map(|letter| match letter {
                Letter::Char(c) | Letter::Fold(c) => *c,
                Letter::Of(class) => representative(*class),
            });
        // Many rows spell the same few letters.
        let mut tried = Vec::new();
        let c = spelled.into_iter().find(|c| {
            let new = !tried.contains(c);
            if new {
                tried.push(*c);
            }
            new && (0..rows.len()).all(|index| reads(index, *c))
        })?;
        for (row, at) in rows.iter().zip(&mut at) {
            let goes = row.letters.get(*at).is_some_and(|letter| letter.accepts(c));
            *at += usize::from(goes);
        }
        text.push(c);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    //! Holds rows and searches against plainer ways to say the same: a recursive matcher, regular expressions, deterministic
    //! automata, and all short strings.

    use super::*;
    use crate::domain::dice::{Dice, rounds};
    use regex_automata::meta::Regex;
    use std::collections::HashSet;

    /// One character for each kind that the random rows can tell apart.
    const ALPHABET: [char; 10] = ['a', 'b', 'A', 'B', ':', '0', '9', 'e', 'z', '/'];
    const CLASSES: [Class; 5] = [
        Class::Any,
        Class::NotColon,
        Class::Digit,
        Class::Hex,
        Class::Name,
    ];
    /// The classes of rows that are cut or framed.
    const FRAMED: [Class; 3] = [Class::Any, Class::NotColon, Class::Digit];

    fn letter(dice: &mut Dice, classes: &[Class]) -> Letter {
        match dice.below(8) {
            0 => Letter::Of(*dice.pick(classes)),
            1 => Letter::Of(Class::Any),
            2 => Letter::Fold(*dice.pick(&['a', 'b'])),
            _ => Letter::Char(*dice.pick(&['a', 'a', 'b', ':', '0'])),
        }
    }

    fn gap(dice: &mut Dice, classes: &[Class], row: &mut RowBuilder) {
        match dice.below(8) {
            0 | 1 => row.many(Class::Any),
            2 => row.many(*dice.pick(classes)),
            _ => row,
        };
    }

    fn row_over(dice: &mut Dice, classes: &[Class], longest: usize) -> Row {
        let mut row = RowBuilder::default();
        for _ in 0..dice.below(longest + 1) {
            gap(dice, classes, &mut row);
            row.letter(letter(dice, classes));
        }
        gap(dice, classes, &mut row);
        row.build()
    }

    fn row(dice: &mut Dice, longest: usize) -> Row {
        row_over(dice, &CLASSES, longest)
    }

    fn set(dice: &mut Dice, longest: usize) -> TextSet {
        let count = *dice.pick(&[1, 1, 1, 1, 2, 2, 2, 3]);
        TextSet::new((0..count).map(|_| row(dice, longest)))
    }

    fn sets(dice: &mut Dice, least: usize, most: usize) -> Vec<TextSet> {
        let count = least
            + dice
                .below(most - least + 1)
                .min(dice.below(most - least + 1));
        (0..count).map(|_| set(dice, 4)).collect()
    }

    fn string(dice: &mut Dice, longest: usize) -> String {
        (0..dice.below(longest + 1))
            .map(|_| *dice.pick(&ALPHABET))
            .collect()
    }

    /// The plain reading of a row: at each position the loop may take a character, or the letter may.
    fn reads(letters: &[Letter], loops: &[Option<Class>], text: &[char]) -> bool {
        let looped = |text: &[char]| {
            loops[0].is_some_and(|class| class.contains(text[0]))
                && reads(letters, loops, &text[1..])
        };
        match (letters, text) {
            ([], []) => true,
            (_, []) => false,
            ([], text) => looped(text),
            ([first, rest @ ..], text) => {
                (first.accepts(text[0]) && reads(rest, &loops[1..], &text[1..])) || looped(text)
            }
        }
    }

    fn row_reads(row: &Row, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let (letters, loops) = row.parts();
        reads(letters, loops, &chars)
    }

    fn set_reads(set: &TextSet, text: &str) -> bool {
        set.all_rows().any(|row| row_reads(&row, text))
    }

    fn expression_of(class: Class) -> &'static str {
        match class {
            Class::Any => "(?s:.)",
            Class::NotColon => "[^:]",
            Class::Digit => "[0-9]",
            Class::Hex => "[0-9a-f]",
            Class::Name => r"[0-9A-Za-z+=,.@_\-]",
            other => unreachable!("no random row holds {other:?}"),
        }
    }

    fn expression(row: &Row) -> String {
        let (letters, loops) = row.parts();
        let mut out = String::from(r"\A");
        for (at, class) in loops.iter().enumerate() {
            if let Some(class) = class {
                out += &format!("{}*", expression_of(*class));
            }
            match letters.get(at) {
                Some(Letter::Char(c)) => out.push(*c),
                Some(Letter::Fold(c)) => out += &format!("(?i-u:{c})"),
                Some(Letter::Of(class)) => out += expression_of(*class),
                None => out += r"\z",
            }
        }
        out
    }

    /// Every set determinized at once: bit `i` of a state is one position of one row.
    struct Automaton {
        start: u128,
        /// For each character of the alphabet: the positions that it loops at, and those that it leaves.
        columns: Vec<(u128, u128)>,
        /// For each set the positions at which one of its rows ends.
        ends: Vec<u128>,
        /// For each positive set all of its positions.
        places: Vec<u128>,
    }

    impl Automaton {
        fn new(positive: &[&TextSet], negative: &[&TextSet]) -> Self {
            let mut made = Self {
                start: 0,
                columns: vec![(0, 0); ALPHABET.len()],
                ends: Vec::new(),
                places: Vec::new(),
            };
            let mut base = 0;
            for (index, set) in positive.iter().chain(negative).enumerate() {
                let (mut ends, first) = (0, base);
                for row in set.all_rows() {
                    made.start |= 1 << base;
                    let (letters, loops) = row.parts();
                    for (at, class) in loops.iter().enumerate() {
                        for (column, c) in made.columns.iter_mut().zip(ALPHABET) {
                            column.0 |= u128::from(class.is_some_and(|class| class.contains(c)))
                                << (base + at);
                            column.1 |=
                                u128::from(letters.get(at).is_some_and(|letter| letter.accepts(c)))
                                    << (base + at);
                        }
                    }
                    base += loops.len();
                    ends |= 1 << (base - 1);
                }
                assert!(base < 128, "the rows fit in a state");
                made.ends.push(ends);
                if index < positive.len() {
                    made.places.push((1 << base) - (1 << first));
                }
            }
            made
        }

        fn accepts(&self, state: u128) -> bool {
            self.ends
                .iter()
                .enumerate()
                .all(|(at, ends)| (state & ends != 0) == (at < self.places.len()))
        }

        /// Whether some string is accepted: every reachable state in which no positive set has died is looked at.
        fn is_satisfiable(&self) -> bool {
            let mut seen = HashSet::from([self.start]);
            let mut open = vec![self.start];
            while let Some(state) = open.pop() {
                if self.accepts(state) {
                    return true;
                }
                for (stay, go) in &self.columns {
                    let next = (state & stay) | ((state & go) << 1);
                    if self.places.iter().all(|place| next & place != 0) && seen.insert(next) {
                        open.push(next);
                    }
                }
            }
            false
        }
    }

    /// Every character of Unicode's first plane behaves in the random rows as one of the alphabet does.
    #[test]
    fn a_class_holds_the_characters_that_are_written_here() {
        let digits = "0123456789";
        let small = "abcdefghijklmnopqrstuvwxyz";
        let all: Vec<char> = ('\0'..='\u{7f}')
            .chain(['é', '漢', '\u{10ffff}', FRESH, HOLE])
            .collect();
        let but = |out: &str| {
            all.iter()
                .filter(|c| !out.contains(**c) && **c != HOLE)
                .collect::<String>()
        };
        let print = but("\u{1f}").replace([FRESH, HOLE], "");
        let graphic: String = ('!'..='~').collect();
        let name = format!("{digits}{small}{}+=,.@_-", small.to_uppercase());
        let wanted = [
            (Class::Any, all.iter().collect()),
            (Class::NotColon, but(":")),
            (Class::NotSeparator, but("\u{1f}") + &HOLE.to_string()),
            (Class::NotColonSeparator, but(":\u{1f}")),
            (Class::NotSlashSeparator, but("/\u{1f}")),
            (Class::Digit, digits.to_owned()),
            (Class::Label, format!("{digits}{small}-")),
            (Class::LabelDot, format!("{digits}{small}-.")),
            (Class::ActionName, format!("{digits}{small}-_")),
            (Class::Name, name),
            (Class::Graphic, graphic),
            (Class::Printable, print.clone()),
            (Class::PrintableNotColon, print.replace(':', "")),
            (Class::Hex, format!("{digits}abcdef")),
        ];
        assert_eq!(wanted.each_ref().map(|(class, _)| *class), Class::ALL);
        for (class, own) in &wanted {
            for c in &all {
                assert_eq!(class.contains(*c), own.contains(*c), "{class:?} {c:?}");
            }
            for (other, others) in &wanted {
                let inside = others.chars().all(|c| own.contains(c));
                assert!(
                    !class.holds_class(*other) || inside,
                    "{class:?} holds {other:?}"
                );
            }
        }
    }

    /// 20,000 random patterns with four colons and digits behind them: whose account is known has it in all of its strings.
    #[test]
    fn a_known_account_stands_in_every_string_of_a_pattern() {
        let mut dice = Dice::new(78);
        let classes = [Class::Any, Class::NotColon, Class::Digit, Class::Name];
        let mut known = 0;
        for _ in 0..rounds(20_000) {
            let mut own = RowBuilder::default();
            let digits = *dice.pick(&[11, 12, 12, 12, 12, 13]);
            for at in 0..digits + 7 {
                if dice.below(24) == 0 {
                    own.many(*dice.pick(&classes));
                }
                own.letter(match at {
                    0 | 1 | 3 | 4 => Letter::Char(':'),
                    2 if dice.once_in(4) => letter(&mut dice, &classes),
                    2 => Letter::Char('a'),
                    at if at == digits + 5 => Letter::Char(':'),
                    at if at > 5 && dice.below(60) == 0 => letter(&mut dice, &classes),
                    at => Letter::Char(char::from(b'0' + (at % 10) as u8)),
                });
            }
            let own = own.build();
            known += usize::from(own.account > 0);
            for sample in own.samples() {
                let there = account_in(&sample);
                assert!(
                    own.account == 0 || own.account == there,
                    "{own:?} and `{sample}`"
                );
            }
        }
        assert!(known > rounds(2_000), "only {known} are known");
        for (text, account) in [
            ("a:b:c:d:123456789012:e", 123_456_789_013),
            ("::::000000000000:", 1),
            ("::::000000000000", 0),
            (":::000000000000:", 0),
            ("::::00000000000a:", 0),
            ("::::0000000000000:", 0),
            ("::::------------:", 0),
        ] {
            assert_eq!(account_in(text), account, "{text}");
            assert_eq!(Row::literal(text).account, account, "{text}");
        }
    }

    /// 4,000 random lists that are long enough to be indexed, against a look at every row.
    #[test]
    fn an_indexed_list_finds_the_rows_that_a_look_at_all_finds() {
        let mut dice = Dice::new(77);
        let (mut held, mut covered, mut folded) = (0, 0, 0);
        for _ in 0..rounds(4_000) {
            let list: Vec<Row> = (0..MANY + 1 + dice.below(8))
                .map(|_| row(&mut dice, 5))
                .collect();
            let set = TextSet::new(list.iter().cloned());
            folded += usize::from(set.0.rows.folded.is_some());
            for _ in 0..8 {
                let text = string(&mut dice, 5);
                let has = list.iter().any(|row| row.matches(&text));
                assert_eq!(set.contains(&text), has, "{list:?} at `{text}`");
                held += usize::from(has);
                let meeting = set.rows_meeting(&text);
                for row in set.rows() {
                    let begins = row.samples().iter().any(|sample| sample.starts_with(&text));
                    let found = meeting.contains(&row);
                    assert!(
                        found || !begins && !row.matches(&text),
                        "{row:?} meets `{text}`"
                    );
                }
                let own = row(&mut dice, 4);
                let covers = set.rows().iter().any(|row| row.covers(&own));
                assert_eq!(set.plainly_holds(&own), covers, "{list:?} covers {own:?}");
                covered += usize::from(covers);
                let beginning = set
                    .rows()
                    .iter()
                    .any(|row| row.is_beginning() && text.starts_with(&*row.head));
                assert_eq!(
                    set.plainly_holds_beginning(&text),
                    beginning,
                    "{list:?} begins `{text}`"
                );
            }
        }
        assert!(
            held > rounds(4_000) && covered > rounds(4_000) && folded > rounds(2_000),
            "{held} {covered} {folded}"
        );
    }

    #[test]
    fn the_alphabet_stands_for_all_characters() {
        let mut letters: Vec<Letter> = CLASSES.into_iter().map(Letter::Of).collect();
        letters.extend(['a', 'b', ':', '0'].map(Letter::Char));
        letters.extend(['a', 'b'].map(Letter::Fold));
        let column =
            |c: char| -> Vec<bool> { letters.iter().map(|letter| letter.accepts(c)).collect() };
        let known: HashSet<Vec<bool>> = ALPHABET.into_iter().map(column).collect();
        assert_eq!(known.len(), ALPHABET.len());
        assert!(('\0'..='\u{ffff}').all(|c| known.contains(&column(c))));
    }

    /// 1,000,000 random questions of up to three sets inside and three outside, each set of up to three rows, against the
    /// product of deterministic automata, which needs no bound on the length of a string.
    #[test]
    fn a_search_finds_a_string_where_there_is_one() {
        let mut dice = Dice::new(1);
        let mut found_some = 0;
        let all = rounds(1_000_000);
        for round in 0..all {
            let (positive, negative) = (sets(&mut dice, 1, 3), sets(&mut dice, 0, 3));
            let (positive, negative): (Vec<&TextSet>, Vec<&TextSet>) =
                (positive.iter().collect(), negative.iter().collect());
            // Now and then with few steps, which must not turn what is there into nothing.
            let mut steps = Steps::within(if round % 4 == 0 {
                dice.below(64) as u64
            } else {
                u64::MAX
            });
            let found = find_in(&positive, &negative, &mut steps);
            match &found {
                Some(text) => {
                    found_some += 1;
                    let right = positive.iter().all(|set| set_reads(set, text))
                        && !negative.iter().any(|set| set_reads(set, text));
                    assert!(
                        right,
                        "round {round}: `{text}` for {positive:?} without {negative:?}"
                    );
                }
                None if steps.is_out() => {}
                None => {
                    let satisfiable = Automaton::new(&positive, &negative).is_satisfiable();
                    assert!(
                        !satisfiable,
                        "round {round}: nothing found for {positive:?} without {negative:?}"
                    );
                }
            }
        }
        assert!(
            found_some > all / 10 && found_some < all / 10 * 9,
            "both answers are common: {found_some} of {all}"
        );
    }

    /// The automata themselves, and the search, against all 5,461 strings of up to six of four characters: 4,000 questions.
    #[test]
    fn automata_and_searches_agree_with_all_short_strings() {
        let mut strings = vec![String::new()];
        let mut last = strings.clone();
        for _ in 0..6 {
            last = last
                .iter()
                .flat_map(|text| ['a', 'b', ':', 'z'].map(|c| format!("{text}{c}")))
                .collect();
            strings.extend(last.iter().cloned());
        }
        let mut dice = Dice::new(2);
        for round in 0..rounds(4_000) {
            let (positive, negative) = (sets(&mut dice, 1, 3), sets(&mut dice, 0, 3));
            let (positive, negative): (Vec<&TextSet>, Vec<&TextSet>) =
                (positive.iter().collect(), negative.iter().collect());
            let fits = |text: &String| {
                positive.iter().all(|set| set_reads(set, text))
                    && !negative.iter().any(|set| set_reads(set, text))
            };
            let satisfiable = Automaton::new(&positive, &negative).is_satisfiable();
            if let Some(text) = strings.iter().find(|text| fits(text)) {
                assert!(
                    satisfiable,
                    "round {round}: the automata overlook `{text}` for {positive:?} without {negative:?}"
                );
            }
            let found = find_in(&positive, &negative, &mut Steps::default());
            assert_eq!(
                found.is_some(),
                satisfiable,
                "round {round}: {positive:?} without {negative:?}"
            );
        }
    }

    /// 40,000 random rows with 25 strings each, a million pairs, against a recursive matcher; a tenth of them against a
    /// regular expression too.
    #[test]
    fn a_row_matches_what_the_plain_reading_and_a_regular_expression_match() {
        let mut dice = Dice::new(3);
        for round in 0..rounds(40_000) {
            let row = row(&mut dice, 6);
            let regex = (round % 10 == 0)
                .then(|| Regex::new(&expression(&row)).expect("a sound expression"));
            for at in 0..25 {
                let text = if at < 2 {
                    row.samples()[at].clone()
                } else {
                    string(&mut dice, 6)
                };
                let matches = row.matches(&text);
                assert_eq!(matches, row_reads(&row, &text), "{row:?} on `{text}`");
                if let Some(regex) = &regex {
                    assert_eq!(matches, regex.is_match(&text), "{row:?} on `{text}`");
                }
            }
            assert!(
                row.samples().iter().all(|text| row.matches(text)),
                "{row:?}"
            );
        }
    }

    /// 1,000,000 random pairs of rows: what is called disjoint has no string in common.
    #[test]
    fn rows_called_disjoint_are() {
        let mut dice = Dice::new(4);
        let mut disjoint = 0;
        let all = rounds(1_000_000);
        for _ in 0..all {
            let (one, other) = (row(&mut dice, 4), row(&mut dice, 4));
            if one.surely_disjoint(&other) {
                disjoint += 1;
                let (one, other) = (TextSet::new([one]), TextSet::new([other]));
                assert!(
                    !Automaton::new(&[&one, &other], &[]).is_satisfiable(),
                    "{one:?} and {other:?}"
                );
            }
        }
        assert!(
            disjoint > all / 20,
            "the proof is found often enough to be tested: {disjoint} of {all}"
        );
    }

    /// 1,000,000 random pairs of rows: what covers another holds all its strings.
    #[test]
    fn a_row_holds_what_it_covers() {
        let mut dice = Dice::new(7);
        let mut covered = 0;
        let all = rounds(1_000_000);
        for _ in 0..all {
            let (one, other) = (row(&mut dice, 3), row(&mut dice, 4));
            if one.covers(&other) {
                covered += 1;
                let (one, other) = (TextSet::new([one]), TextSet::new([other]));
                assert!(
                    !Automaton::new(&[&other], &[&one]).is_satisfiable(),
                    "{one:?} and {other:?}"
                );
            }
        }
        assert!(
            covered > all / 100,
            "found often enough: {covered} of {all}"
        );
    }

    /// 100,000 random patterns of ARNs, with ten texts each: a text that a row matches has the row's account and ends as the row does.
    #[test]
    fn every_string_of_a_row_has_its_account_and_its_end() {
        let mut dice = Dice::new(8);
        let accounts = [
            "000000000001",
            "000000000002",
            "00000000000",
            "0000000000012",
            "a00000000001",
            "",
        ];
        let parts = ["", "a", "b:", "iam"];
        let (mut known, mut matched) = (0, 0);
        for _ in 0..rounds(100_000) {
            let mut row = RowBuilder::default();
            let loops = [
                Class::NotColon,
                Class::NotColonSeparator,
                Class::Digit,
                Class::Any,
            ];
            for part in 0..6 {
                if part > 0 {
                    row.text(":");
                }
                match (part, dice.below(8)) {
                    (_, 0) => row.many(*dice.pick(&loops)),
                    (4, 1) => row
                        .times(Class::Digit, 11)
                        .text(dice.pick::<&str>(&["", "1"])),
                    (4, _) => row.text(dice.pick::<&str>(&accounts)),
                    (_, 1) => row.letter(Letter::Of(*dice.pick(&loops))),
                    _ => row.text(dice.pick::<&str>(&parts)),
                };
            }
            let row = row.build();
            known += usize::from(row.account() != 0);
            for _ in 0..10 {
                let mut text = String::new();
                for part in 0..6 {
                    if part > 0 {
                        text.push(':');
                    }
                    text.push_str(if part == 4 {
                        dice.pick::<&str>(&accounts)
                    } else {
                        dice.pick::<&str>(&parts)
                    });
                }
                if row_reads(&row, &text) {
                    matched += 1;
                    assert!(
                        row.account() == 0 || row.account() == account_in(&text),
                        "{row:?} on `{text}`"
                    );
                    let end: String = row.fixed_end().chars().rev().collect();
                    assert!(text.ends_with(&end), "{row:?} on `{text}`");
                }
                assert_eq!(
                    row.matches(&text),
                    row_reads(&row, &text),
                    "{row:?} on `{text}`"
                );
                let many: Vec<Row> = (0..=MANY)
                    .map(|at| {
                        RowBuilder::default()
                            .text("-")
                            .times(Class::Any, at)
                            .build()
                    })
                    .collect();
                let set = TextSet::new(many.into_iter().chain([row.clone()]));
                assert_eq!(
                    set.contains(&text),
                    row_reads(&row, &text),
                    "{row:?} on `{text}`"
                );
            }
        }
        assert!(
            known > 1000 && matched > 100,
            "{known} accounts known, {matched} texts matched"
        );
    }

    /// Whatever one class is said to hold of another, over characters of all classes and their neighbours.
    #[test]
    fn a_class_holds_the_characters_of_the_classes_that_it_is_said_to_hold() {
        let letters = (0..0x300).filter_map(char::from_u32).chain([
            HOLE,
            hole(1, Class::NotColon),
            FRESH,
            '\u{10ffff}',
        ]);
        let letters: Vec<char> = letters.collect();
        let mut held = 0;
        for one in Class::ALL {
            for other in Class::ALL {
                let all = letters
                    .iter()
                    .all(|c| !other.contains(*c) || one.contains(*c));
                assert!(all || !one.holds_class(other), "{one:?} and {other:?}");
                held += usize::from(one.holds_class(other));
            }
        }
        assert!(held > 60, "most that is held is said: {held}");
    }

    /// 100,000 random lists: an index of ends finds what a look at all rows finds.
    #[test]
    fn rows_that_cover_are_found_by_their_ends() {
        let mut dice = Dice::new(47);
        let mut held = 0;
        let rounds = rounds(100_000);
        for _ in 0..rounds {
            let list: Vec<Row> = (0..2 + dice.below(12)).map(|_| row(&mut dice, 4)).collect();
            let own = if dice.once_in(4) {
                dice.pick(&list).clone()
            } else {
                row(&mut dice, 5)
            };
            let set = TextSet::new(list);
            let plainly = set.rows().iter().any(|row| row.covers(&own));
            assert_eq!(set.plainly_holds(&own), plainly, "{own:?} in {set:?}");
            held += usize::from(plainly);
        }
        assert!(
            held > rounds / 20 && held < rounds,
            "both are common: {held}"
        );
    }

    /// 100,000 random ARN patterns whose account is open, narrowed to one: every string with that account is left.
    #[test]
    fn a_narrowed_row_has_the_strings_of_its_account() {
        let mut dice = Dice::new(48);
        let mut narrowed = 0;
        for _ in 0..rounds(100_000) {
            let mut row = RowBuilder::default();
            row.text("a");
            for part in 0..5 {
                row.text(":");
                match (part, dice.below(4)) {
                    (3, 0) => row.many(*dice.pick(&CLASSES)),
                    (3, 1) => row.times(*dice.pick(&CLASSES), 12),
                    (3, 2) => row.text("12345678901").letter(Letter::Of(Class::Digit)),
                    (3, _) => row.many(Class::Digit).letter(letter(&mut dice, &CLASSES)),
                    (_, 0) => row.many(*dice.pick(&[Class::NotColon, Class::NotColon, Class::Any])),
                    (_, 1) => row.letter(letter(&mut dice, &FRAMED)),
                    _ => row.text("b"),
                };
            }
            let row = row.build();
            let digits: String = "12345678901"
                .chars()
                .chain([*dice.pick(&['0', '9'])])
                .collect();
            let account = 1 + digits.parse::<u64>().expect("digits");
            let Some(own) = row.with_account(account) else {
                continue;
            };
            narrowed += 1;
            // Strings that the row may have: its own, with the account in the place of the fifth part.
            for _ in 0..4 {
                let gap = |dice: &mut Dice| string(dice, 2).replace(':', "");
                let text = format!(
                    "a:{}:{}:{}:{digits}:{}",
                    dice.pick(&["b", "", "a"]),
                    gap(&mut dice),
                    dice.pick(&["b", "", "0"]),
                    gap(&mut dice)
                );
                assert!(
                    !row_reads(&row, &text) || row_reads(&own, &text),
                    "{text} of {row:?} in {own:?}"
                );
            }
            for sample in row.samples() {
                let parts: Vec<&str> = sample.splitn(6, ':').collect();
                let text = [&parts[..4], &[digits.as_str()], &parts[5..]]
                    .concat()
                    .join(":");
                assert!(
                    !row_reads(&row, &text) || row_reads(&own, &text),
                    "{text} of {row:?} in {own:?}"
                );
            }
        }
        assert!(
            narrowed > rounds(100_000) / 20,
            "some are narrowed: {narrowed}"
        );
    }

    /// 20,000 random searches with a list against many: two rows are put aside together only where nothing is left of both.
    #[test]
    fn rows_refused_for_their_account_share_nothing() {
        let mut dice = Dice::new(49);
        let accounts = ["123456789010", "123456789019"];
        let (mut refused, rounds) = (0, rounds(20_000));
        let arn = |dice: &mut Dice, open: bool| {
            let mut row = RowBuilder::default();
            row.text("a:");
            match dice.below(3) {
                0 => row.many(Class::NotColon),
                1 => row.many(Class::Name),
                _ => row.text("b"),
            };
            row.text(":::");
            if open {
                match dice.below(2) {
                    0 => row.times(Class::Digit, 12),
                    _ => row.many(Class::NotColon),
                };
            } else {
                row.text(dice.pick::<&str>(&accounts));
            }
            row.text(":");
            match dice.below(3) {
                0 => row.many(Class::Any),
                1 => row.text("b"),
                _ => row.text("b").many(Class::Name),
            };
            row.build()
        };
        for _ in 0..rounds {
            let (one, other) = (arn(&mut dice, true), arn(&mut dice, false));
            let out = TextSet::new([arn(&mut dice, false), arn(&mut dice, false)]);
            let [own, others] = [&one, &other].map(|row| TextSet::new([row.clone()]));
            let wanted = Wanted {
                machine: &Anything,
                positive: &[&own, &others],
                negative: &[&out],
                looked: Cell::new(0),
                joint: OnceCell::new(),
                refused: RefCell::default(),
            };
            if wanted.refuses_narrowed(&[&one], &other) {
                refused += 1;
                let against: Vec<&Row> = out.rows().iter().collect();
                let mut steps = Steps::default();
                let found = product::search(&Anything, &[&one, &other], &against, &mut steps);
                assert_eq!(found, None, "{one:?} and {other:?} without {out:?}");
            }
        }
        assert!(
            refused > rounds / 100 && refused < rounds,
            "some are refused: {refused}"
        );
    }

    /// 40,000 random rows with 24 strings each, a million pairs: the halves of every cut at the first colon.
    #[test]
    fn a_cut_row_matches_halves_of_what_it_matched() {
        let mut dice = Dice::new(5);
        for _ in 0..rounds(40_000) {
            let row = row_over(&mut dice, &FRAMED, 5);
            for before in [Class::NotColon, Class::Digit] {
                let cuts = row.split_at(':', before);
                for _ in 0..12 {
                    let (head, tail) = (string(&mut dice, 3), string(&mut dice, 3));
                    let whole = format!("{head}:{tail}");
                    let expected =
                        head.chars().all(|c| before.contains(c)) && row_reads(&row, &whole);
                    let cut = cuts
                        .iter()
                        .any(|(first, second)| row_reads(first, &head) && row_reads(second, &tail));
                    assert_eq!(
                        cut, expected,
                        "{row:?} on `{whole}`, before the colon {before:?}"
                    );
                }
            }
        }
    }

    /// 100,000 random rows with ten strings each, a million pairs: a row narrowed to a class and put between a head and a
    /// tail, against the row on the middle alone.
    #[test]
    fn a_framed_row_matches_framed_strings_of_the_class() {
        let mut dice = Dice::new(6);
        for _ in 0..rounds(100_000) {
            let row = row_over(&mut dice, &FRAMED, 4);
            let outer = [
                Class::Any,
                Class::NotColon,
                Class::Digit,
                Class::NotSeparator,
                Class::NotColonSeparator,
                Class::NotSlashSeparator,
            ];
            let within = *dice.pick(&outer);
            let mut framed = RowBuilder::default();
            framed.text("x<");
            let possible = framed.row(&row, within);
            let framed = framed.text(">y").build();
            for at in 0..10 {
                let text = if at < 2 {
                    row.samples()[at].clone()
                } else {
                    string(&mut dice, 4)
                };
                // The last class frames names of users, which hold no colon.
                if within == Class::NotSlashSeparator && text.contains(':') {
                    continue;
                }
                let expected = text.chars().all(|c| within.contains(c)) && row_reads(&row, &text);
                let matches = possible && row_reads(&framed, &format!("x<{text}>y"));
                assert_eq!(matches, expected, "{row:?} within {within:?} on `{text}`");
            }
        }
    }
}
