//! Numbers and instants: an interval without finitely many points.
//!
//! Decimals of any length are dense in every interval, so a conjunction of comparisons is an interval from
//! which finitely many points are taken out, and it is empty only if the interval is empty or a single
//! excluded point. Instants are ordered the same way by their seconds since 1970.
//!
//! *Exact*: comparisons are exact, no rounding happens. [`Interval::values`] gives some simple values, bounds first and
//! then points `low + 10^-k`; where none fits, the search of [`crate::domain::canonical`] decides.

use keyaki_language::value::Decimal;

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
            (Relation::Equal, false) => self.without.push(value.clone()),
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
        self.low
            .as_ref()
            .is_none_or(|low| *value > low.value || (low.included && *value == low.value))
            && self
                .high
                .as_ref()
                .is_none_or(|high| *value < high.value || (high.included && *value == high.value))
            && !self.without.contains(value)
    }

    /// Whether no value is left.
    fn is_empty(&self) -> bool {
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
        let whole = (1..=1000).map(move |n| step(&whole_base, n, 0, upward));
        let fine = (1..=FINEST).map(move |k| step(&base, 1, k, upward));
        first
            .chain(high)
            .chain(whole.chain(fine).take(if single { 0 } else { usize::MAX }))
            .take(if empty { 0 } else { usize::MAX })
            .filter(|value| self.contains(value))
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
    let fraction = if instant.fraction().is_empty() {
        "0"
    } else {
        instant.fraction()
    };
    add(
        &decimal(&instant.seconds().to_string()),
        &decimal(&format!("0.{fraction}")),
    )
}
