//! Numbers and instants: an interval without finitely many points.
//!
//! Decimals of any length are dense in every interval, so a conjunction of comparisons is an interval from
//! which finitely many points are taken out, and it is empty only if the interval is empty or a single
//! excluded point. Instants are ordered the same way by their seconds since 1970.
//!
//! *Exact*: comparisons are exact, no rounding happens. [`Interval::values`] gives some simple values, bounds first and
//! then points `low + 10^-k`; where none fits, the search of [`crate::domain::canonical`] decides.

use crate::hash::QuickSet;
use keyaki_language::value::Decimal;
use std::cell::LazyCell;

/// How a request's value relates to a policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Relation {
    /// The same.
    Equal,
    /// Smaller or earlier.
    Less,
    /// Smaller, earlier or the same.
    LessEqual,
    /// Greater or later.
    Greater,
    /// Greater, later or the same.
    GreaterEqual,
}

impl Relation {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 5] = [
        Self::Equal,
        Self::Less,
        Self::LessEqual,
        Self::Greater,
        Self::GreaterEqual,
    ];

    /// Whether `value` stands in this relation to `bound`.
    pub(crate) fn holds<T: Ord>(self, value: &T, bound: &T) -> bool {
        match self {
            Relation::Equal => value == bound,
            Relation::Less => value < bound,
            Relation::LessEqual => value <= bound,
            Relation::Greater => value > bound,
            Relation::GreaterEqual => value >= bound,
        }
    }
}

/// How many places after the point [`Interval::values`] goes.
const FINEST: u32 = 100;

/// Up to how many points taken out are looked through one by one.
const FEW: usize = 8;

/// One end of an interval.
#[derive(Clone, Debug)]
struct Bound {
    value: Decimal,
    /// Whether the end itself belongs to the interval.
    included: bool,
}

/// An interval of decimals without some points.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interval {
    low: Option<Bound>,
    high: Option<Bound>,
    without: Vec<Decimal>,
}

impl Interval {
    /// Narrows by one comparison or its negation.
    pub(crate) fn narrow(&mut self, relation: Relation, value: &Decimal, holds: bool) {
        match (relation, holds) {
            (Relation::Equal, true) => {
                self.raise(value, true);
                self.lower(value, true);
            }
            // Ends come closer only, so a point beyond one stays there.
            (Relation::Equal, false) if self.is_between(value) => self.without.push(value.clone()),
            (Relation::Equal, false) => {}
            (Relation::Less, true) | (Relation::GreaterEqual, false) => self.lower(value, false),
            (Relation::LessEqual, true) | (Relation::Greater, false) => self.lower(value, true),
            (Relation::Greater, true) | (Relation::LessEqual, false) => self.raise(value, false),
            (Relation::GreaterEqual, true) | (Relation::Less, false) => self.raise(value, true),
        }
    }

    fn raise(&mut self, value: &Decimal, included: bool) {
        let tighter = self
            .low
            .as_ref()
            .is_none_or(|low| *value > low.value || (*value == low.value && !included));
        if tighter {
            self.low = Some(Bound {
                value: value.clone(),
                included,
            });
        }
    }

    fn lower(&mut self, value: &Decimal, included: bool) {
        let tighter = self
            .high
            .as_ref()
            .is_none_or(|high| *value < high.value || (*value == high.value && !included));
        if tighter {
            self.high = Some(Bound {
                value: value.clone(),
                included,
            });
        }
    }

    /// Whether the interval, its missing points aside, is one point.
    pub(crate) fn single(&self) -> Option<&Decimal> {
        let (low, high) = (self.low.as_ref()?, self.high.as_ref()?);
        (low.included && high.included && low.value == high.value).then_some(&low.value)
    }

    /// Whether the interval holds a value.
    pub(crate) fn contains(&self, value: &Decimal) -> bool {
        self.is_between(value) && !self.without.contains(value)
    }

    /// Whether a value lies between the ends.
    fn is_between(&self, value: &Decimal) -> bool {
        self.low
            .as_ref()
            .is_none_or(|low| *value > low.value || (low.included && *value == low.value))
            && self
                .high
                .as_ref()
                .is_none_or(|high| *value < high.value || (high.included && *value == high.value))
    }

    /// Whether no value is left.
    pub(crate) fn is_empty(&self) -> bool {
        if let Some(point) = self.single() {
            return self.without.contains(point);
        }
        match (&self.low, &self.high) {
            (Some(low), Some(high)) => low.value >= high.value,
            _ => false,
        }
    }

    /// Both ends, each with whether it belongs to the interval.
    pub(crate) fn ends(&self) -> [Option<(&Decimal, bool)>; 2] {
        [&self.low, &self.high].map(|end| end.as_ref().map(|bound| (&bound.value, bound.included)))
    }

    /// The points taken out.
    pub(crate) fn missing(&self) -> &[Decimal] {
        &self.without
    }

    /// Some values of the interval, simple ones first: a first try, not all of them.
    pub(crate) fn values(&self) -> impl Iterator<Item = Decimal> + '_ {
        let empty = self.is_empty();
        let (base, upward) = match (&self.low, &self.high) {
            (Some(low), _) => (low.value.clone(), true),
            (None, Some(high)) => (high.value.clone(), false),
            (None, None) => (decimal("0"), true),
        };
        let single = self.single().is_some();
        let first = std::iter::once(base.clone());
        let high = self.high.as_ref().map(|h| h.value.clone());
        // Whole steps away from the base first, then ever smaller ones: some of them fit below the other end.
        let whole_base = base.clone();
        let within = |value: &Decimal| self.high.as_ref().is_none_or(|h| *value <= h.value);
        // Sums of integers of usual size are those of the machine.
        let small: Option<i64> = base.canonical().parse().ok();
        let small = small.filter(|base| base.abs() < 1 << 60);
        let whole = (1..=1000)
            .map(move |n| match small {
                Some(base) if upward => Decimal::from(base + i64::from(n)),
                Some(base) => Decimal::from(base - i64::from(n)),
                None => step(&whole_base, n, 0, upward),
            })
            .take_while(within);
        let missing = LazyCell::new(|| self.without.iter().collect::<QuickSet<_>>());
        let fine = (1..=FINEST).map(move |k| step(&base, 1, k, upward));
        first
            .chain(high)
            .chain(whole.chain(fine).take(if single { 0 } else { usize::MAX }))
            .take(if empty { 0 } else { usize::MAX })
            .filter(move |value| {
                if self.without.len() > FEW {
                    self.is_between(value) && !missing.contains(value)
                } else {
                    self.contains(value)
                }
            })
    }
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).expect("the text of a decimal")
}

/// `value` and `count` times ten to the power of minus `places`, more or less.
fn step(value: &Decimal, count: u32, places: u32, upward: bool) -> Decimal {
    add(
        value,
        &decimal(&format!(
            "{}{count}e-{places}",
            if upward { "" } else { "-" }
        )),
    )
}

/// The exact sum of two decimals.
fn add(a: &Decimal, b: &Decimal) -> Decimal {
    let (a, b) = (a.canonical(), b.canonical());
    let cut = |text: &str| {
        let (negative, text) = text
            .strip_prefix('-')
            .map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        (negative, whole.to_owned(), fraction.to_owned())
    };
    let (a_negative, a_whole, a_fraction) = cut(&a);
    let (b_negative, b_whole, b_fraction) = cut(&b);
    // Both as digits of one length, counted in the smaller unit.
    let places = a_fraction.len().max(b_fraction.len());
    let width = a_whole.len().max(b_whole.len()) + 1;
    let digits = |whole: &str, fraction: &str| -> Vec<u8> {
        format!("{whole:0>width$}{fraction:0<places$}")
            .bytes()
            .map(|b| b - b'0')
            .collect()
    };
    let (x, y) = (digits(&a_whole, &a_fraction), digits(&b_whole, &b_fraction));
    let (sum, negative) = if a_negative == b_negative {
        (combine(&x, &y, |x, y, carry| x + y + carry), a_negative)
    } else if x >= y {
        (combine(&x, &y, |x, y, borrow| x - y - borrow), a_negative)
    } else {
        (combine(&y, &x, |y, x, borrow| y - x - borrow), b_negative)
    };
    let text: String = sum.iter().map(|d| char::from(b'0' + d)).collect();
    let (whole, fraction) = text.split_at(width);
    decimal(&format!(
        "{}{whole}.{fraction}",
        if negative { "-" } else { "" }
    ))
}

/// Works digit by digit from the right; `work` gets the carry of the last digit, a borrow counting as one.
fn combine(x: &[u8], y: &[u8], work: impl Fn(i8, i8, i8) -> i8) -> Vec<u8> {
    let mut carry = 0;
    let mut out: Vec<u8> = x
        .iter()
        .zip(y)
        .rev()
        .map(|(x, y)| {
            let digit = work(
                i8::try_from(*x).expect("a digit"),
                i8::try_from(*y).expect("a digit"),
                carry,
            );
            carry = i8::from(!(0..10).contains(&digit));
            u8::try_from(digit.rem_euclid(10)).expect("a digit")
        })
        .collect();
    out.reverse();
    out
}

/// An instant as seconds since 1970.
pub(crate) fn seconds(instant: &keyaki_language::value::Instant) -> Decimal {
    let whole = Decimal::from(instant.seconds());
    if instant.fraction().is_empty() {
        return whole;
    }
    add(&whole, &decimal(&format!("0.{}", instant.fraction())))
}

#[cfg(test)]
mod tests {
    //! Holds intervals against points of a grid and the gaps between them, sums against integers.

    use super::*;
    use crate::domain::dice::{Dice, rounds};
    use keyaki_language::value::Instant;

    /// A number of hundredths.
    fn hundredths(number: i128) -> Decimal {
        decimal(&format!("{number}e-2"))
    }

    /// 1,000,000 random conjunctions of up to six comparisons with numbers of a grid, against all points of the grid, one
    /// inside each gap and one beyond each end: which of them belong, and whether there is any value at all.
    #[test]
    fn an_interval_holds_what_passes_every_comparison() {
        let grid: Vec<i128> = vec![-1000, -150, -100, -2, 0, 2, 30, 100, 104, 2000];
        let mut points: Vec<i128> = grid.iter().flat_map(|g| [*g, *g + 1]).collect();
        points.push(-1001);
        let bounds: Vec<Decimal> = grid.iter().map(|g| hundredths(*g)).collect();
        let points: Vec<(i128, Decimal)> = points.into_iter().map(|p| (p, hundredths(p))).collect();
        let mut dice = Dice::new(11);
        for _ in 0..rounds(1_000_000) {
            let mut interval = Interval::default();
            let mut tests = Vec::new();
            for _ in 0..dice.below(7) {
                let at = dice.below(grid.len());
                let (relation, holds) = (*dice.pick(&Relation::ALL), !dice.once_in(3));
                interval.narrow(relation, &bounds[at], holds);
                tests.push((relation, at, holds));
            }
            let passes = |p: i128| {
                tests
                    .iter()
                    .all(|(relation, at, holds)| relation.holds(&p, &grid[*at]) == *holds)
            };
            for (point, value) in &points {
                assert_eq!(
                    interval.contains(value),
                    passes(*point),
                    "{value:?} under {tests:?}"
                );
            }
            let found = interval.values().next();
            assert_eq!(
                found.is_some(),
                points.iter().any(|(p, _)| passes(*p)),
                "{tests:?} found {found:?}"
            );
            if let Some(value) = found {
                let right = |(relation, at, holds): &(Relation, usize, bool)| {
                    relation.holds(&value, &bounds[*at]) == *holds
                };
                assert!(tests.iter().all(right), "{value:?} under {tests:?}");
            }
        }
    }

    /// 1,000,000 random sums of numbers with up to twelve digits and four places, against integers.
    #[test]
    fn a_sum_is_that_of_integers() {
        let mut dice = Dice::new(12);
        let scaled = |dice: &mut Dice| -> i128 {
            let size = 10usize.pow(u32::try_from(dice.below(13)).expect("a small number"));
            let number = i128::try_from(dice.below(size)).expect("a small number");
            if dice.once_in(2) { -number } else { number }
        };
        for _ in 0..rounds(1_000_000) {
            let (a, b) = (scaled(&mut dice), scaled(&mut dice));
            let (a_places, b_places) = (dice.below(5), dice.below(5));
            let up = |number: i128, places: usize| {
                number * 10i128.pow(u32::try_from(4 - places).expect("up to four places"))
            };
            let sum = add(
                &decimal(&format!("{a}e-{a_places}")),
                &decimal(&format!("{b}e-{b_places}")),
            );
            let expected = decimal(&format!("{}e-4", up(a, a_places) + up(b, b_places)));
            assert_eq!(sum, expected, "{a}e-{a_places} + {b}e-{b_places}");
        }
    }

    /// 500,000 random pairs of instants, before and after 1970: their seconds give them back and are in their order.
    #[test]
    fn seconds_are_in_the_order_of_instants() {
        let mut dice = Dice::new(13);
        let instant = |dice: &mut Dice| {
            let near = i64::try_from(dice.below(7)).expect("a small number") - 3;
            let years = 31_556_952 * (i64::try_from(dice.below(100)).expect("a small number") - 50);
            let fraction = *dice.pick(&["", "5", "25", "000001", "999", "1"]);
            Instant::new(if dice.once_in(2) { near } else { near + years }, fraction)
                .expect("an instant of our time")
        };
        for _ in 0..rounds(500_000) {
            let (one, other) = (instant(&mut dice), instant(&mut dice));
            let (a, b) = (seconds(&one), seconds(&other));
            assert_eq!(a.cmp(&b), one.cmp(&other), "{one:?} {other:?}");
            assert_eq!(Instant::from_epoch(&a), Some(one));
        }
    }
}
