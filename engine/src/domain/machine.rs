//! Canonical texts as machines: each reads a text letter by letter and keeps only what the rest depends on.
//!
//! The numbers of an interval, its instants, the addresses of some ranges and all bytes have canonical texts (R4),
//! and in each case these texts are a regular language. A [`Machine`] spells that language out with a small state, and
//! [`crate::domain::text::find_on`] walks it together with the patterns that the text must match and must not match.
//!
//! *Finite.* A number of any length is compared with a bound while it is read: how many digits it has so far, up
//! to those of the bound, and how these compare ([`Track`]). Instants compare as numbers of fourteen digits with a
//! fraction, the groups of an address one by one as long as all earlier ones equal those of the range's end.
//!
//! *Exact.* Nothing is sampled and nothing is cut off: a machine accepts precisely the canonical texts.

use std::cmp::Ordering;
use std::hash::Hash;

/// A finite automaton over characters whose states are computed as they are reached.
pub(crate) trait Machine {
    /// What the machine remembers of the letters read.
    type State: Clone + Eq + Hash;

    /// Every letter that the machine can read; `None` if it cannot tell any letter from another.
    fn letters(&self) -> Option<&str>;

    /// The states before the first letter.
    fn start(&self) -> Vec<Self::State>;

    /// Adds the states after one more letter.
    fn step(&self, state: &Self::State, letter: char, next: &mut Vec<Self::State>);

    /// Whether the text may end here.
    fn accepts(&self, state: &Self::State) -> bool;

    /// Whether the machine accepts every text, so that texts may be looked for from their end.
    fn reads_all(&self) -> bool {
        false
    }

    /// Whether the machine accepts a text.
    fn reads(&self, text: &str) -> bool {
        let mut states = self.start();
        for letter in text.chars() {
            let mut next = Vec::new();
            for state in &states {
                self.step(state, letter, &mut next);
            }
            states = next;
        }
        states.iter().any(|state| self.accepts(state))
    }
}

/// The machine that accepts every text.
pub(crate) struct Anything;

impl Machine for Anything {
    type State = ();

    fn letters(&self) -> Option<&str> {
        None
    }

    fn start(&self) -> Vec<()> {
        vec![()]
    }

    fn step(&self, (): &(), _: char, next: &mut Vec<()>) {
        next.push(());
    }

    fn accepts(&self, (): &()) -> bool {
        true
    }

    fn reads_all(&self) -> bool {
        true
    }

    fn reads(&self, _text: &str) -> bool {
        true
    }
}

/// One end of an interval, as the digits of its canonical text without sign and separators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The digits before the point.
    pub(crate) whole: String,
    /// The digits after the point, without zeros at the end.
    pub(crate) fraction: String,
    /// Whether the end itself belongs to the interval.
    pub(crate) included: bool,
}

impl Limit {
    fn whole(&self, track: Track, digit: char) -> Track {
        let Track::Whole(count, order) = track else {
            return track;
        };
        let Some(own) = self.whole.as_bytes().get(count) else {
            return Track::Settled(Ordering::Greater);
        };
        match order.then(u32::from(digit).cmp(&u32::from(*own))) {
            // As many digits and greater, and with more digits greater still.
            Ordering::Greater if count + 1 == self.whole.len() => Track::Settled(Ordering::Greater),
            order => Track::Whole(count + 1, order),
        }
    }

    /// The digits before the point have all been read.
    fn point(&self, track: Track) -> Track {
        match track {
            Track::Whole(count, _) if count < self.whole.len() => Track::Settled(Ordering::Less),
            Track::Whole(_, Ordering::Equal) => Track::Fraction(0),
            Track::Whole(_, order) => Track::Settled(order),
            Track::Fraction(_) | Track::Settled(_) => track,
        }
    }

    fn fraction(&self, track: Track, digit: char) -> Track {
        let Track::Fraction(count) = track else {
            return track;
        };
        // Beyond the limit's digits a zero makes no difference, but canonical fractions do not end in one.
        match self
            .fraction
            .as_bytes()
            .get(count)
            .map_or(Ordering::Greater, |own| {
                u32::from(digit).cmp(&u32::from(*own))
            }) {
            Ordering::Equal => Track::Fraction(count + 1),
            order => Track::Settled(order),
        }
    }

    /// How what was read compares with the limit, if the text ends here.
    fn order(&self, track: Track) -> Ordering {
        match self.point(track) {
            Track::Fraction(count) => count.cmp(&self.fraction.len()),
            Track::Settled(order) => order,
            Track::Whole(..) => unreachable!("no digit before the point is left"),
        }
    }
}

/// How the digits read so far compare with those of a [`Limit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Track {
    /// So many digits before the point, no more than the limit has, and how they compare with as many of the limit's.
    Whole(usize, Ordering),
    /// Everything is equal up to so many digits after the point.
    Fraction(usize),
    /// Whatever follows.
    Settled(Ordering),
}

impl Track {
    const START: Track = Track::Whole(0, Ordering::Equal);

    /// The track where both numbers have as many digits before the point: the first difference decides.
    fn of_one_length(self) -> Self {
        match self {
            Track::Whole(_, order) if order != Ordering::Equal => Track::Settled(order),
            track => track,
        }
    }
}

/// An interval of unsigned numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Between {
    /// The lower end.
    pub(crate) low: Option<Limit>,
    /// The upper end.
    pub(crate) high: Option<Limit>,
}

/// The [`Track`]s against both ends.
pub(crate) type Tracks = (Track, Track);

impl Between {
    fn start(&self) -> Tracks {
        (
            if self.low.is_some() {
                Track::START
            } else {
                Track::Settled(Ordering::Greater)
            },
            if self.high.is_some() {
                Track::START
            } else {
                Track::Settled(Ordering::Less)
            },
        )
    }

    /// Moves both tracks; `None` where the interval can no longer be met.
    fn advance(
        &self,
        (low, high): Tracks,
        work: impl Fn(&Limit, Track) -> Track,
    ) -> Option<Tracks> {
        let low = self.low.as_ref().map_or(low, |limit| work(limit, low));
        let high = self.high.as_ref().map_or(high, |limit| work(limit, high));
        (low != Track::Settled(Ordering::Less) && high != Track::Settled(Ordering::Greater))
            .then_some((low, high))
    }

    fn whole(&self, tracks: Tracks, digit: char) -> Option<Tracks> {
        self.advance(tracks, |limit, track| limit.whole(track, digit))
    }

    fn point(&self, tracks: Tracks) -> Option<Tracks> {
        self.advance(tracks, Limit::point)
    }

    fn fraction(&self, tracks: Tracks, digit: char) -> Option<Tracks> {
        self.advance(tracks, |limit, track| limit.fraction(track, digit))
    }

    /// Whether the number read lies in the interval.
    fn admits(&self, (low, high): Tracks) -> bool {
        let inside = |limit: &Option<Limit>, track, outside| {
            limit.as_ref().is_none_or(|limit| match limit.order(track) {
                Ordering::Equal => limit.included,
                order => order != outside,
            })
        };
        inside(&self.low, low, Ordering::Less) && inside(&self.high, high, Ordering::Greater)
    }
}

/// The decimals of one sign, zero being positive, in an interval of magnitudes.
pub(crate) struct Decimals {
    /// Whether the numbers are below zero.
    pub(crate) negative: bool,
    /// Their magnitudes.
    pub(crate) magnitude: Between,
}

/// Which part of a decimal was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// Nothing, and a sign must follow.
    Sign,
    /// Nothing but the sign.
    First,
    /// A zero before the point, the only digit there.
    Zero,
    /// Digits before the point.
    Whole,
    /// The point, or a zero after it.
    Unfinished,
    /// A digit after the point that is not zero.
    Fraction,
}

impl Machine for Decimals {
    type State = (Part, Tracks);

    fn letters(&self) -> Option<&str> {
        Some("0123456789.-")
    }

    fn start(&self) -> Vec<Self::State> {
        vec![(
            if self.negative {
                Part::Sign
            } else {
                Part::First
            },
            self.magnitude.start(),
        )]
    }

    fn step(&self, (part, tracks): &Self::State, letter: char, next: &mut Vec<Self::State>) {
        let (tracks, between) = (*tracks, &self.magnitude);
        let after = match (part, letter) {
            (Part::Sign, '-') => Some((Part::First, Some(tracks))),
            (Part::First, '0') => Some((Part::Zero, between.whole(tracks, letter))),
            (Part::First | Part::Whole, '0'..='9') => {
                Some((Part::Whole, between.whole(tracks, letter)))
            }
            (Part::Zero | Part::Whole, '.') => Some((Part::Unfinished, between.point(tracks))),
            (Part::Unfinished | Part::Fraction, '0') => {
                Some((Part::Unfinished, between.fraction(tracks, letter)))
            }
            (Part::Unfinished | Part::Fraction, '1'..='9') => {
                Some((Part::Fraction, between.fraction(tracks, letter)))
            }
            _ => None,
        };
        if let Some((part, Some(tracks))) = after {
            next.push((part, tracks));
        }
    }

    fn accepts(&self, (part, tracks): &Self::State) -> bool {
        let ends = match part {
            Part::Zero => !self.negative,
            Part::Whole | Part::Fraction => true,
            Part::Sign | Part::First | Part::Unfinished => false,
        };
        ends && self.magnitude.admits(*tracks)
    }
}

/// The instants of an interval, its ends being numbers of fourteen digits, `YYYYMMDDhhmmss`, and a fraction.
pub(crate) struct Instants(pub(crate) Between);

/// Where the digits of an instant stand, and the letters between them.
const SHAPE: &[u8; 19] = b"0000-00-00T00:00:00";

/// What a machine remembers of an instant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Moment {
    part: Clock,
    /// The first digit of the pair that is being read; years are two pairs.
    tens: Option<u8>,
    /// What the pairs to come depend on: whether a century or a year is a leap year, how many days a month has.
    calendar: u8,
    tracks: Tracks,
}

/// Which part of an instant was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Clock {
    /// So many letters of [`SHAPE`].
    Shape(u8),
    /// The point, or a zero after it.
    Unfinished,
    /// A digit after the point that is not zero.
    Fraction,
    /// The final `Z`.
    Zone,
}

/// What has to be known of the first digit of a pair, at a place of [`SHAPE`]; `None` if no date has it.
fn tens(place: u8, digit: u8) -> Option<u8> {
    match place {
        // Only whether the pair is zero and whether it is a multiple of four matters.
        0 | 2 if digit > 0 => Some(2 - digit % 2),
        5 => (digit < 2).then_some(digit),
        8 => (digit < 4).then_some(digit),
        11 => (digit < 3).then_some(digit),
        14 | 17 => (digit < 6).then_some(0),
        _ => Some(digit),
    }
}

/// What follows from a pair of digits that ends at a place of [`SHAPE`]; `None` if no date has it.
fn pair(place: u8, calendar: u8, value: u8) -> Option<u8> {
    match place {
        1 => Some(u8::from(value.is_multiple_of(4))),
        3 if value == 0 => Some(calendar),
        3 => Some(u8::from(value.is_multiple_of(4))),
        6 => match value {
            2 => Some(28 + calendar),
            4 | 6 | 9 | 11 => Some(30),
            1..=12 => Some(31),
            _ => None,
        },
        9 => (1..=calendar).contains(&value).then_some(0),
        12 => (value < 24).then_some(0),
        _ => (value < 60).then_some(0),
    }
}

impl Instants {
    /// The state after a letter of [`SHAPE`].
    fn shape(&self, state: &Moment, at: u8, letter: char) -> Option<Moment> {
        let part = Clock::Shape(at + 1);
        if SHAPE[usize::from(at)] != b'0' {
            return (letter == char::from(SHAPE[usize::from(at)])).then(|| Moment {
                part,
                ..state.clone()
            });
        }
        let digit = u8::try_from(letter.to_digit(10)?).ok()?;
        let tracks = self.0.advance(state.tracks, |limit, track| {
            limit.whole(track, letter).of_one_length()
        })?;
        match state.tens {
            None => Some(Moment {
                part,
                tens: Some(tens(at, digit)?),
                calendar: state.calendar,
                tracks,
            }),
            Some(tens) => Some(Moment {
                part,
                tens: None,
                calendar: pair(at, state.calendar, tens * 10 + digit)?,
                tracks,
            }),
        }
    }
}

impl Machine for Instants {
    type State = Moment;

    fn letters(&self) -> Option<&str> {
        Some("0123456789-:.TZ")
    }

    fn start(&self) -> Vec<Moment> {
        vec![Moment {
            part: Clock::Shape(0),
            tens: None,
            calendar: 0,
            tracks: self.0.start(),
        }]
    }

    fn step(&self, state: &Moment, letter: char, next: &mut Vec<Moment>) {
        let after = |part, tracks| Moment {
            part,
            tracks,
            ..state.clone()
        };
        next.extend(match (state.part, letter) {
            (Clock::Shape(at), _) if usize::from(at) < SHAPE.len() => self.shape(state, at, letter),
            (Clock::Shape(_) | Clock::Fraction, 'Z') => Some(after(Clock::Zone, state.tracks)),
            (Clock::Shape(_), '.') => self
                .0
                .point(state.tracks)
                .map(|tracks| after(Clock::Unfinished, tracks)),
            (Clock::Unfinished | Clock::Fraction, '0') => self
                .0
                .fraction(state.tracks, letter)
                .map(|tracks| after(Clock::Unfinished, tracks)),
            (Clock::Unfinished | Clock::Fraction, '1'..='9') => self
                .0
                .fraction(state.tracks, letter)
                .map(|tracks| after(Clock::Fraction, tracks)),
            _ => None,
        });
    }

    fn accepts(&self, state: &Moment) -> bool {
        state.part == Clock::Zone && self.0.admits(state.tracks)
    }
}

/// The addresses of one family in some ranges.
///
/// An address is four decimal or eight hexadecimal groups. RFC 5952 leaves out the longest run of two or more zero
/// groups, the first of several. The machine guesses, at the `::`, how many groups are missing; the runs before must
/// be shorter and those after no longer.
pub(crate) struct Addresses {
    family: Family,
    /// For each range and group the ends between which the group lies, by which of the range's own ends still matter.
    ranges: Vec<Vec<[Between; 4]>>,
}

/// How addresses are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Dotted.
    Four,
    /// As RFC 5952 writes them, but not those of [`Family::Mapped`].
    Six,
    /// Version 4 inside version 6: `::ffff:` and the last 32 bits dotted. Ranges are those of version 4.
    Mapped,
}

impl Family {
    /// What every text begins with.
    fn beginning(self) -> &'static str {
        if self == Family::Mapped {
            "::ffff:"
        } else {
            ""
        }
    }

    /// How many groups there are, and how many bits each has.
    fn groups(self) -> (u8, u32) {
        if self == Family::Six { (8, 16) } else { (4, 8) }
    }

    fn limit(self, group: u128) -> Option<Limit> {
        let whole = if self == Family::Six {
            format!("{group:x}")
        } else {
            group.to_string()
        };
        Some(Limit {
            whole,
            fraction: String::new(),
            included: true,
        })
    }

    fn separator(self) -> char {
        if self == Family::Six { ':' } else { '.' }
    }
}

/// Whether the `::` of an address was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Gap {
    /// Not yet.
    Before,
    /// Its first colon was.
    Half,
    /// It was.
    After,
}

/// What a machine remembers of an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Groups {
    /// How many letters of the family's beginning were read.
    begun: usize,
    range: usize,
    /// Whether all groups so far equal those of the range's first address.
    low: bool,
    /// Whether all groups so far equal those of the range's last address.
    high: bool,
    /// The group that is being read.
    group: u8,
    /// How its digits compare; `None` before the first.
    tracks: Option<Tracks>,
    /// Whether its first digit is zero.
    zero: bool,
    /// How many zero groups stand directly before.
    zeros: u8,
    /// The longest run of zero groups before the `::`; after it, how many are missing.
    most: u8,
    gap: Gap,
}

impl Addresses {
    /// The addresses of a family in any of the ranges, each the first and the last address.
    pub(crate) fn new(family: Family, ranges: &[(u128, u128)]) -> Self {
        let (count, bits) = family.groups();
        let mask = (1 << bits) - 1;
        // Of hexadecimal groups there are all up to four digits, and `g` is greater than each of these.
        let open = match family {
            Family::Six => Some(Limit {
                whole: "gggg".to_owned(),
                fraction: String::new(),
                included: true,
            }),
            Family::Four | Family::Mapped => family.limit(mask),
        };
        let groups = |&(low, high): &(u128, u128)| {
            let ends = |place| {
                let (low, high) = (
                    family.limit((low >> (place * bits)) & mask),
                    family.limit((high >> (place * bits)) & mask),
                );
                [
                    Between {
                        low: None,
                        high: open.clone(),
                    },
                    Between {
                        low: low.clone(),
                        high: open.clone(),
                    },
                    Between {
                        low: None,
                        high: high.clone(),
                    },
                    Between { low, high },
                ]
            };
            (0..u32::from(count)).rev().map(ends).collect()
        };
        Self {
            family,
            ranges: ranges.iter().map(groups).collect(),
        }
    }

    /// The ends between which the group of a state lies.
    fn between(&self, state: &Groups) -> &Between {
        &self.ranges[state.range][usize::from(state.group)]
            [usize::from(state.low) + 2 * usize::from(state.high)]
    }

    fn digit(&self, state: &Groups, digit: char) -> Option<Groups> {
        let between = self.between(state);
        match state.tracks {
            None => Some(Groups {
                tracks: Some(between.whole(between.start(), digit)?),
                zero: digit == '0',
                ..state.clone()
            }),
            // No group but zero begins with a zero.
            Some(_) if state.zero => None,
            Some(tracks) => Some(Groups {
                tracks: Some(between.whole(tracks, digit)?),
                ..state.clone()
            }),
        }
    }

    /// The state before the next group.
    fn finish(&self, state: &Groups) -> Option<Groups> {
        let tracks = state.tracks?;
        let between = self.between(state);
        if !between.admits(tracks) {
            return None;
        }
        let equal = |limit: &Option<Limit>, track| {
            limit
                .as_ref()
                .is_some_and(|limit| limit.order(track) == Ordering::Equal)
        };
        let low = state.low && equal(&between.low, tracks.0);
        let high = state.high && equal(&between.high, tracks.1);
        let zeros = if state.zero && self.family == Family::Six {
            state.zeros + 1
        } else {
            0
        };
        let group = state.group + 1;
        let (zeros, most) = match state.gap {
            Gap::After if zeros > state.most => return None,
            // The groups to come cannot make a longer run.
            Gap::After if zeros + (8 - group) <= state.most => (0, 8),
            _ => (zeros, state.most.max(zeros)),
        };
        Some(Groups {
            // Ranges whose ends no longer matter are alike.
            range: if low || high { state.range } else { 0 },
            low,
            high,
            group,
            tracks: None,
            zero: false,
            zeros,
            most,
            ..state.clone()
        })
    }

    /// The states after the first colon of a `::` in front of the state's group, one for each number of missing groups.
    fn omit(&self, state: &Groups, next: &mut Vec<Groups>) {
        let mut after = state.clone();
        for missing in 1..=8 - state.group {
            let Some(zero) = self.digit(&after, '0').and_then(|zero| self.finish(&zero)) else {
                return;
            };
            after = zero;
            // One group is not left out, and a run as long as an earlier one is not either.
            if missing >= 2 && missing > state.most {
                next.push(Groups {
                    zeros: missing,
                    most: missing,
                    gap: Gap::Half,
                    ..after.clone()
                });
            }
        }
    }
}

impl Machine for Addresses {
    type State = Groups;

    fn letters(&self) -> Option<&str> {
        Some(match self.family {
            Family::Four => "0123456789.",
            Family::Six => "0123456789abcdef:",
            Family::Mapped => "0123456789.:f",
        })
    }

    fn start(&self) -> Vec<Groups> {
        let start = |range| Groups {
            begun: 0,
            range,
            low: true,
            high: true,
            group: 0,
            tracks: None,
            zero: false,
            zeros: 0,
            most: 0,
            gap: Gap::Before,
        };
        (0..self.ranges.len()).map(start).collect()
    }

    fn step(&self, state: &Groups, letter: char, next: &mut Vec<Groups>) {
        let (count, _) = self.family.groups();
        let beginning = self.family.beginning().as_bytes();
        let can_omit = self.family == Family::Six && state.gap == Gap::Before;
        if let Some(own) = beginning.get(state.begun) {
            if letter == char::from(*own) {
                next.push(Groups {
                    begun: state.begun + 1,
                    ..state.clone()
                });
            }
        } else if state.gap == Gap::Half {
            if letter == ':' {
                next.push(Groups {
                    gap: Gap::After,
                    ..state.clone()
                });
            }
        } else if letter == self.family.separator() {
            if let Some(after) = self.finish(state) {
                // A group in front of the `::` that is zero would have been left out too.
                if can_omit && !state.zero {
                    self.omit(&after, next);
                }
                // A run of zeros that was read needs a longer one that is left out, behind another group.
                let needed = if after.most < 2 {
                    0
                } else {
                    after.most + 1 + u8::from(after.zeros > 0)
                };
                if after.group < count && (after.gap == Gap::After || after.group + needed <= 8) {
                    next.push(after);
                }
            } else if can_omit && state.group == 0 && state.tracks.is_none() {
                self.omit(state, next);
            }
        } else if state.group < count
            && letter.is_digit(if self.family == Family::Six { 16 } else { 10 })
        {
            next.extend(self.digit(state, letter));
        }
    }

    fn accepts(&self, state: &Groups) -> bool {
        let (count, _) = self.family.groups();
        match (state.gap, state.tracks) {
            (Gap::Half, _) => false,
            (_, None) => state.group == count,
            (gap, Some(_)) => self
                .finish(state)
                .is_some_and(|end| end.group == count && (gap == Gap::After || end.most < 2)),
        }
    }
}

/// All bytes, as padded base64 without stray bits.
pub(crate) struct Base64;

/// Where in a group of four letters a text in base64 stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Quad {
    /// After so many digits of the group; whether the last one's unused bits are zero, so that padding may follow.
    Digits(u8, bool),
    /// In the padding, of which so much is missing.
    Padding(u8),
}

impl Machine for Base64 {
    type State = Quad;

    fn letters(&self) -> Option<&str> {
        Some("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    }

    fn start(&self) -> Vec<Quad> {
        vec![Quad::Digits(0, false)]
    }

    fn step(&self, state: &Quad, letter: char, next: &mut Vec<Quad>) {
        let digit = self
            .letters()
            .and_then(|letters| letters.find(letter))
            .filter(|digit| *digit < 64);
        next.extend(match (*state, letter, digit) {
            (Quad::Digits(2, true), '=', _) => Some(Quad::Padding(1)),
            (Quad::Digits(3, true), '=', _) | (Quad::Padding(1), '=', _) => Some(Quad::Padding(0)),
            (Quad::Digits(0, _), _, Some(_)) => Some(Quad::Digits(1, false)),
            (Quad::Digits(1, _), _, Some(digit)) => Some(Quad::Digits(2, digit.is_multiple_of(16))),
            (Quad::Digits(2, _), _, Some(digit)) => Some(Quad::Digits(3, digit.is_multiple_of(4))),
            (Quad::Digits(..), _, Some(_)) => Some(Quad::Digits(0, false)),
            _ => None,
        });
    }

    fn accepts(&self, state: &Quad) -> bool {
        matches!(state, Quad::Digits(0, _) | Quad::Padding(0))
    }
}
