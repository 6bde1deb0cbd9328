//! Numbers and instants: an interval without finitely many points.
//!
//! Decimals of any length are dense in every interval, so a conjunction of comparisons is an interval from
//! which finitely many points are taken out, and it is empty only if the interval is empty or a single
//! excluded point. Instants are ordered the same way by their seconds since 1970.
//!
//! *Exact*: comparisons are exact, no rounding happens. *Terminates*: [`Interval::pick`] tries bounds first and then
//! points `low + 10^-k`; only finitely many are excluded and some `k` fits below the upper bound.

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
        let tighter = self.low.as_ref().is_none_or(|low| *value > low.value || (*value == low.value && !included));
        if tighter {
            self.low = Some(Bound { value: value.clone(), included });
        }
    }

    fn lower(&mut self, value: &Decimal, included: bool) {
        let tighter = self.high.as_ref().is_none_or(|high| *value < high.value || (*value == high.value && !included));
        if tighter {
            self.high = Some(Bound { value: value.clone(), included });
        }
    }

    /// Whether the interval, its missing points aside, is one point.
    pub(crate) fn single(&self) -> Option<&Decimal> {
        let (low, high) = (self.low.as_ref()?, self.high.as_ref()?);
        (low.included && high.included && low.value == high.value).then_some(&low.value)
    }

    /// Whether the interval holds a value.
    pub(crate) fn contains(&self, value: &Decimal) -> bool {
        self.low.as_ref().is_none_or(|low| *value > low.value || (low.included && *value == low.value))
            && self.high.as_ref().is_none_or(|high| *value < high.value || (high.included && *value == high.value))
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

    /// Values of the interval, simple ones first, without end unless the interval is a point or empty.
    pub(crate) fn values(&self) -> impl Iterator<Item = Decimal> + '_ {
        let empty = self.is_empty();
        let base = match (&self.low, &self.high) {
            (Some(low), _) => Some((low.value.clone(), true)),
            (None, Some(high)) => Some((high.value.clone(), false)),
            (None, None) => Some((Decimal::from_integer(0), true)),
        };
        let (base, upward) = base.expect("one of the three arms applies");
        let single = self.single().is_some();
        let first = std::iter::once(base.clone());
        let high = self.high.as_ref().map(|h| h.value.clone());
        // Whole steps away from the base first, then ever smaller ones: some of them fit below the other end.
        let whole_base = base.clone();
        let whole = (1..=1000).map(move |n| whole_base.plus(n, 0, upward));
        let fine = (1..).map(move |k| base.plus(1, k, upward));
        first
            .chain(high)
            .chain(whole.chain(fine).take(if single { 0 } else { usize::MAX }))
            .take(if empty { 0 } else { usize::MAX })
            .filter(|value| self.contains(value))
    }
}
