//! Numbers, instants, addresses and bytes that must also read as certain texts.
//!
//! A policy may compare one key as a number and as a text. The key then holds a number in canonical form (R4), and
//! string operators see that form. Which numbers an interval holds is told by a [`machine`](crate::domain::machine)
//! that reads canonical texts; the search for a text walks it together with the patterns, so that the answer
//! "there is none" is a promise.
//!
//! Where nothing but single values is excluded, some simple value of the interval does, and it reads better.

use crate::domain::address::AddressSet;
use crate::domain::machine::{
    Addresses, Base64, Between, Decimals, Family, Instants, Limit, Machine,
};
use crate::domain::order::{Interval, Relation};
use crate::domain::steps::Steps;
use crate::domain::text::{Row, TextSet, find_on};
use keyaki_language::value::{Decimal, Instant, to_base64};

/// How many simple values are tried before patterns are searched.
const TRIES: usize = 16;

/// The addresses of version 6 that hold one of version 4 and are written with its dots.
const MAPPED: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);

/// Finds a text that one of the machines accepts, within some sets and outside others.
///
/// `simple` are values of the same kind that read well, and none of `missing`, the texts taken out.
fn pick<M: Machine>(
    machines: impl FnOnce() -> Vec<M>,
    simple: impl Iterator<Item = String>,
    missing: impl Iterator<Item = String>,
    within: &[&TextSet],
    outside: &[&TextSet],
    steps: &mut Steps,
) -> Option<String> {
    if within.is_empty() {
        let tries = if outside.iter().all(|set| set.rows().is_empty()) {
            usize::MAX
        } else {
            TRIES
        };
        let found = simple
            .take(tries)
            .find(|text| !outside.iter().any(|set| set.contains(text)));
        if found.is_some() {
            return found;
        }
    }
    let missing = TextSet::new(missing.map(|text| Row::literal(&text)));
    let outside: Vec<&TextSet> = outside.iter().copied().chain([&missing]).collect();
    machines()
        .iter()
        .find_map(|machine| find_on(machine, within, &outside, steps))
}

/// A number of the interval in canonical form.
pub(crate) fn number(
    interval: &Interval,
    within: &[&TextSet],
    outside: &[&TextSet],
    steps: &mut Steps,
) -> Option<String> {
    if interval.is_empty() {
        return None;
    }
    let [low, high] = interval.ends().map(|end| {
        end.map(|(value, included)| {
            let text = value.canonical();
            let (negative, digits) = text
                .strip_prefix('-')
                .map_or((false, text.as_str()), |digits| (true, digits));
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            (
                negative,
                Limit {
                    whole: whole.to_owned(),
                    fraction: fraction.to_owned(),
                    included,
                },
            )
        })
    });
    // Each sign is an interval of magnitudes; below zero the ends change places.
    let of_sign = |end: &Option<(bool, Limit)>, negative| {
        end.clone()
            .filter(|(own, _)| *own == negative)
            .map(|(_, limit)| limit)
    };
    let magnitudes = |negative, low: &_, high: &_| Decimals {
        negative,
        magnitude: Between {
            low: of_sign(low, negative),
            high: of_sign(high, negative),
        },
    };
    let machines = || {
        let mut machines = Vec::new();
        if high.as_ref().is_none_or(|(negative, _)| !negative) {
            machines.push(magnitudes(false, &low, &high));
        }
        if low.as_ref().is_none_or(|(negative, _)| *negative) {
            machines.push(magnitudes(true, &high, &low));
        }
        machines
    };
    let simple = interval.values().map(|value| value.canonical());
    pick(
        machines,
        simple,
        interval.missing().iter().map(Decimal::canonical),
        within,
        outside,
        steps,
    )
}

/// An instant of the interval, in canonical form. Instants are those of the years 0000 to 9999.
pub(crate) fn date(
    interval: &Interval,
    within: &[&TextSet],
    outside: &[&TextSet],
    steps: &mut Steps,
) -> Option<String> {
    let mut interval = interval.clone();
    interval.narrow(
        Relation::GreaterEqual,
        &Decimal::from(Instant::FIRST_SECOND),
        true,
    );
    interval.narrow(
        Relation::Less,
        &Decimal::from(Instant::LAST_SECOND + 1),
        true,
    );
    if interval.is_empty() {
        return None;
    }
    let limit = |end: Option<(&Decimal, bool)>| {
        end.and_then(|(value, included)| Some((Instant::from_epoch(value)?, included)))
            .map(|(instant, included)| {
                let text = instant.canonical();
                let whole = text.chars().take(19).filter(char::is_ascii_digit).collect();
                Limit {
                    whole,
                    fraction: instant.fraction().to_owned(),
                    included,
                }
            })
    };
    let [low, high] = interval.ends();
    // What is left between the ends may lie wholly outside of the calendar.
    if low.is_some_and(|(value, _)| *value >= Decimal::from(Instant::LAST_SECOND + 1))
        || high.is_some_and(|(value, _)| *value < Decimal::from(Instant::FIRST_SECOND))
    {
        return None;
    }
    let machine = Instants(Between {
        low: limit(low),
        high: limit(high),
    });
    let text = |value: &Decimal| Instant::from_epoch(value).map(|instant| instant.canonical());
    let simple = interval.values().filter_map(|value| text(&value));
    pick(
        || vec![machine],
        simple,
        interval.missing().iter().filter_map(text),
        within,
        outside,
        steps,
    )
}

/// An address of the set in canonical form.
pub(crate) fn address(
    set: &AddressSet,
    within: &[&TextSet],
    outside: &[&TextSet],
    steps: &mut Steps,
) -> Option<String> {
    if set.four().is_empty() && set.six().is_empty() {
        return None;
    }
    let machines = || {
        let clip = |first: u128, last: u128| {
            let clipped = move |&(low, high): &(u128, u128)| (low.max(first), high.min(last));
            set.six()
                .iter()
                .map(clipped)
                .filter(|(low, high)| low <= high)
        };
        let plain: Vec<(u128, u128)> = clip(0, MAPPED.0 - 1)
            .chain(clip(MAPPED.1 + 1, u128::MAX))
            .collect();
        let mapped: Vec<(u128, u128)> = clip(MAPPED.0, MAPPED.1)
            .map(|(low, high)| (low - MAPPED.0, high - MAPPED.0))
            .collect();
        vec![
            Addresses::new(Family::Four, set.four()),
            Addresses::new(Family::Six, &plain),
            Addresses::new(Family::Mapped, &mapped),
        ]
    };
    pick(
        machines,
        set.addresses().map(|address| address.canonical()),
        std::iter::empty(),
        within,
        outside,
        steps,
    )
}

/// Bytes in canonical base64.
pub(crate) fn bytes(
    equal: &[&Vec<u8>],
    unequal: &[&Vec<u8>],
    within: &[&TextSet],
    outside: &[&TextSet],
    steps: &mut Steps,
) -> Option<String> {
    if let Some(only) = equal.first() {
        let text = to_base64(only);
        let fits = equal.iter().all(|other| other == only) && !unequal.contains(only);
        return (fits
            && within.iter().all(|set| set.contains(&text))
            && !outside.iter().any(|set| set.contains(&text)))
        .then_some(text);
    }
    let simple = (0u32..)
        .map(u32::to_be_bytes)
        .filter(|bytes| !unequal.iter().any(|other| other.as_slice() == bytes))
        .map(|bytes| to_base64(&bytes));
    pick(
        || vec![Base64],
        simple,
        unequal.iter().map(|bytes| to_base64(bytes)),
        within,
        outside,
        steps,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dice::{Dice, rounds};
    use crate::domain::text::{Class, Letter, RowBuilder};
    use keyaki_language::value::{Address, Network, base64};

    fn glob(pattern: &str) -> TextSet {
        let mut row = RowBuilder::default();
        for c in pattern.chars() {
            match c {
                '*' => row.many(Class::Any),
                '?' => row.letter(Letter::Of(Class::Any)),
                _ => row.letter(Letter::Char(c)),
            };
        }
        TextSet::new([row.build()])
    }

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).expect(text)
    }

    fn instant(text: &str) -> Instant {
        Instant::parse(text).expect(text)
    }

    /// One random question: tests of the kind, and patterns that the text must and must not match.
    struct Case<T> {
        tests: Vec<(T, bool)>,
        within: Vec<String>,
        outside: Vec<String>,
    }

    impl<T> Case<T> {
        /// Draws tests and patterns from texts of the kind. A planted text makes all of them hold of it.
        fn draw(
            dice: &mut Dice,
            texts: &[String],
            test: impl Fn(&mut Dice) -> T,
            passes: impl Fn(&T, &str) -> bool,
        ) -> (Self, Option<String>) {
            let planted = (dice.below(2) == 0).then(|| dice.pick(texts).clone());
            let mut case = Self {
                tests: Vec::new(),
                within: Vec::new(),
                outside: Vec::new(),
            };
            for _ in 0..dice.below(4) {
                let test = test(dice);
                let wanted = planted
                    .as_ref()
                    .map_or_else(|| dice.below(3) > 0, |text| passes(&test, text));
                case.tests.push((test, wanted));
            }
            for _ in 0..1 + dice.below(3) {
                let source = match &planted {
                    Some(text) if dice.below(2) == 0 => text.clone(),
                    _ => dice.pick(texts).clone(),
                };
                let pattern = blur(dice, &source);
                let inside = planted
                    .as_ref()
                    .map_or_else(|| dice.below(3) > 0, |text| glob(&pattern).contains(text));
                if inside {
                    &mut case.within
                } else {
                    &mut case.outside
                }
                .push(pattern);
            }
            (case, planted)
        }
    }

    /// Replaces some letters of a text by wildcards and sometimes by one another.
    fn blur(dice: &mut Dice, text: &str) -> String {
        let mut out: Vec<char> = text.chars().collect();
        for _ in 0..1 + dice.below(3) {
            let at = dice.below(out.len() + 1);
            let until = (at + dice.below(4)).min(out.len());
            match dice.below(8) {
                0 if at < out.len() => out[at] = '?',
                1 if at < out.len() => out[at] = *dice.pick(&['0', '1', '9', '.', 'a']),
                2 => drop(out.splice(at.., ['*'])),
                3 => drop(out.splice(..at, ['*'])),
                _ => drop(out.splice(at..until, ['*'])),
            }
        }
        out.into_iter().collect()
    }

    /// Solves a case and holds the answer against the planted text and against every text of a grid.
    fn check<T: std::fmt::Debug>(
        (case, planted): (Case<T>, Option<String>),
        grid: &[String],
        passes: impl Fn(&T, &str) -> bool,
        canonical: impl Fn(&str) -> bool,
        solve: impl Fn(&[(T, bool)], &[&TextSet], &[&TextSet]) -> Option<String>,
    ) {
        let sets =
            |patterns: &[String]| -> Vec<TextSet> { patterns.iter().map(|p| glob(p)).collect() };
        let (within, outside) = (sets(&case.within), sets(&case.outside));
        let (within, outside): (Vec<&TextSet>, Vec<&TextSet>) =
            (within.iter().collect(), outside.iter().collect());
        let reads = |text: &str| {
            within.iter().all(|set| set.contains(text))
                && !outside.iter().any(|set| set.contains(text))
        };
        let fits = |text: &str| {
            case.tests
                .iter()
                .all(|(test, wanted)| passes(test, text) == *wanted)
                && reads(text)
        };
        let story = || {
            format!(
                "{:?} within {:?} outside {:?}",
                case.tests, case.within, case.outside
            )
        };
        match solve(&case.tests, &within, &outside) {
            Some(text) => assert!(canonical(&text) && fits(&text), "{text}: {}", story()),
            None => {
                assert_eq!(planted, None, "{}", story());
                assert_eq!(grid.iter().find(|text| fits(text)), None, "{}", story());
            }
        }
    }

    fn solve_number(
        tests: &[((Relation, Decimal), bool)],
        within: &[&TextSet],
        outside: &[&TextSet],
    ) -> Option<String> {
        let mut interval = Interval::default();
        for ((relation, bound), wanted) in tests {
            interval.narrow(*relation, bound, *wanted);
        }
        number(&interval, within, outside, &mut Steps::default())
    }

    fn solve_date(
        tests: &[((Relation, Instant), bool)],
        within: &[&TextSet],
        outside: &[&TextSet],
    ) -> Option<String> {
        let mut interval = Interval::default();
        for ((relation, bound), wanted) in tests {
            interval.narrow(*relation, &crate::domain::order::seconds(bound), *wanted);
        }
        date(&interval, within, outside, &mut Steps::default())
    }

    fn solve_address(
        tests: &[(Network, bool)],
        within: &[&TextSet],
        outside: &[&TextSet],
    ) -> Option<String> {
        let mut set = AddressSet::all();
        for (network, wanted) in tests {
            set.narrow(network, *wanted);
        }
        address(&set, within, outside, &mut Steps::default())
    }

    fn solve_bytes(
        tests: &[(Vec<u8>, bool)],
        within: &[&TextSet],
        outside: &[&TextSet],
    ) -> Option<String> {
        let marked = |mark| {
            tests
                .iter()
                .filter(|(_, wanted)| *wanted == mark)
                .map(|(bytes, _)| bytes)
                .collect::<Vec<_>>()
        };
        bytes(
            &marked(true),
            &marked(false),
            within,
            outside,
            &mut Steps::default(),
        )
    }

    fn every(count: usize, texts: &[String]) -> Vec<String> {
        texts.iter().step_by(count).cloned().collect()
    }

    #[test]
    fn numbers_as_enumerated() {
        let mut texts: Vec<String> = Vec::new();
        for whole in 0..100 {
            for fraction in 0..100 {
                let text = decimal(&format!("{whole}.{fraction:02}")).canonical();
                texts.extend([format!("-{text}"), text]);
            }
        }
        texts.retain(|text| text != "-0");
        let few: Vec<String> = texts
            .iter()
            .filter(|text| text.len() <= 3 || text.starts_with("-9."))
            .cloned()
            .collect();
        let passes = |(relation, bound): &(Relation, Decimal), text: &str| {
            relation.holds(&decimal(text), bound)
        };
        let mut dice = Dice::new(3);
        for round in 0..rounds(250_000) {
            let source = if round % 4 == 0 { &texts } else { &few };
            let case = Case::draw(
                &mut dice,
                source,
                |dice| {
                    (
                        *dice.pick(&Relation::ALL),
                        decimal(dice.pick::<String>(source)),
                    )
                },
                passes,
            );
            check(
                case,
                if round % 500 == 0 { &texts } else { &few },
                passes,
                |text| decimal(text).canonical() == text,
                solve_number,
            );
        }
    }

    #[test]
    fn instants_as_enumerated() {
        let mut texts = Vec::new();
        for year in ["0000", "1900", "1969", "2000", "2023", "2024", "9999"] {
            let first = instant(year).seconds();
            for day in 0..366 {
                for clock in ["", "5", "05"] {
                    let seconds = first + day * 86_400 + if day % 3 == 0 { 86_399 } else { 0 };
                    texts.extend(Instant::new(seconds, clock).map(|instant| instant.canonical()));
                }
            }
        }
        let few = every(37, &texts);
        let passes = |(relation, bound): &(Relation, Instant), text: &str| {
            relation.holds(&instant(text), bound)
        };
        let mut dice = Dice::new(5);
        for round in 0..rounds(250_000) {
            let source = if round % 4 == 0 { &texts } else { &few };
            let case = Case::draw(
                &mut dice,
                source,
                |dice| {
                    (
                        *dice.pick(&Relation::ALL),
                        instant(dice.pick::<String>(source)),
                    )
                },
                passes,
            );
            check(
                case,
                if round % 500 == 0 { &texts } else { &few },
                passes,
                |text| instant(text).canonical() == text,
                solve_date,
            );
        }
    }

    #[test]
    fn addresses_as_enumerated() {
        let mut texts: Vec<String> = (0..=255).map(|last| format!("10.0.0.{last}")).collect();
        for zeros in 0..256_u32 {
            let groups = |digits: u128| {
                (0..8).fold(0, |sum, place| {
                    (sum << 16) | if zeros >> place & 1 == 1 { 0 } else { digits }
                })
            };
            texts.extend(
                [groups(1), groups(0x2db8), groups(0xffff)]
                    .map(|bits| Address::V6(bits).canonical()),
            );
        }
        texts.extend(
            [
                "0.0.0.0",
                "1.2.3.4",
                "9.99.199.249",
                "255.255.255.255",
                "::ffff:10.0.0.1",
                "::ffff:0.0.0.0",
                "2001:db8::1",
                "2001:db8:0:1::",
            ]
            .map(str::to_owned),
        );
        let few = every(11, &texts);
        let passes = |network: &Network, text: &str| {
            Address::parse(text).is_some_and(|address| network.contains(address))
        };
        let mut dice = Dice::new(7);
        for round in 0..rounds(250_000) {
            let source = if round % 4 == 0 { &texts } else { &few };
            let network = |dice: &mut Dice| {
                let text = dice.pick(source);
                let bits = dice.below(if text.contains(':') { 129 } else { 33 });
                Network::parse(&format!("{text}/{bits}")).expect("a block")
            };
            let case = Case::draw(&mut dice, source, network, passes);
            let canonical = |text: &str| {
                Address::parse(text).is_some_and(|address| address.canonical() == text)
            };
            check(
                case,
                if round % 500 == 0 { &texts } else { &few },
                passes,
                canonical,
                solve_address,
            );
        }
    }

    #[test]
    fn bytes_as_enumerated() {
        let mut texts = vec![String::new()];
        for first in 0..=255 {
            texts.push(to_base64(&[first]));
            texts.extend(
                (0..=255)
                    .step_by(15)
                    .map(|second| to_base64(&[first, second])),
            );
        }
        let few = every(29, &texts);
        let passes = |bytes: &Vec<u8>, text: &str| base64(text).is_some_and(|own| own == *bytes);
        let mut dice = Dice::new(11);
        for round in 0..rounds(250_000) {
            let source = if round % 4 == 0 { &texts } else { &few };
            let case = Case::draw(
                &mut dice,
                source,
                |dice| base64(dice.pick::<String>(source)).expect("base64"),
                passes,
            );
            let canonical = |text: &str| base64(text).is_some_and(|own| to_base64(&own) == text);
            check(
                case,
                if round % 500 == 0 { &texts } else { &few },
                passes,
                canonical,
                solve_bytes,
            );
        }
    }

    #[test]
    fn a_number_that_begins_with_nine() {
        let pattern = glob("9.*");
        let solve =
            |relation, bound| solve_number(&[((relation, decimal(bound)), true)], &[&pattern], &[]);
        assert_eq!(solve(Relation::Less, "10").as_deref(), Some("9.1"));
        assert_eq!(solve(Relation::Less, "9"), None);
        assert_eq!(solve(Relation::GreaterEqual, "10"), None);
        assert!(solve(Relation::Greater, "9.9999999").is_some());
        // No canonical number ends in a zero after the point, begins with one, or is minus zero.
        for pattern in ["*.*0", "0?", "-0", "00*", "*.", "+*", "*e*", "-0.0*0"] {
            assert_eq!(solve_number(&[], &[&glob(pattern)], &[]), None, "{pattern}");
        }
        // Bounds as long as a policy can write them, and closer together than any simple value tells.
        let [tiny, huge] = ["1e-10000", "1e10000"].map(decimal);
        assert!(
            solve_number(
                &[
                    ((Relation::Greater, decimal("0")), true),
                    ((Relation::Less, tiny), true)
                ],
                &[],
                &[]
            )
            .is_some()
        );
        assert!(solve_number(&[((Relation::Greater, huge), true)], &[&glob("*7*")], &[]).is_some());
    }

    #[test]
    fn a_date_of_the_calendar() {
        for (pattern, possible) in [
            ("2024-02-30*", false),
            ("2024-02-29*", true),
            ("2023-02-29*", false),
            ("1900-02-29*", false),
            ("2000-02-29*", true),
            ("??00-02-29T*", true),
            ("?100-02-29T*", false),
            ("*-04-31T*", false),
            ("*T24:*", false),
            ("*:60Z", false),
            ("*.*0Z", false),
            ("*.5Z", true),
            ("*Z?", false),
        ] {
            assert_eq!(
                solve_date(&[], &[&glob(pattern)], &[]).is_some(),
                possible,
                "{pattern}"
            );
        }
        let late = ((Relation::Greater, instant("9999-12-31T23:59:59Z")), true);
        assert!(solve_date(std::slice::from_ref(&late), &[], &[&glob("*.?Z")]).is_some());
        assert_eq!(solve_date(&[late], &[], &[&glob("*.*Z")]), None);
        let early = ((Relation::Less, instant("0000-01-01")), true);
        assert_eq!(solve_date(&[early], &[&glob("*")], &[]), None);
    }

    #[test]
    fn an_address_of_a_block() {
        let solve = |blocks: &[(&str, bool)], patterns: &[&str]| {
            let tests: Vec<(Network, bool)> = blocks
                .iter()
                .map(|(block, wanted)| (Network::parse(block).expect(block), *wanted))
                .collect();
            let sets: Vec<TextSet> = patterns.iter().map(|pattern| glob(pattern)).collect();
            solve_address(&tests, &sets.iter().collect::<Vec<_>>(), &[])
        };
        assert!(
            solve(
                &[("10.0.0.0/24", true), ("10.0.0.128/25", false)],
                &["10.0.0.*"]
            )
            .is_some()
        );
        assert_eq!(
            solve(
                &[("10.0.0.0/24", true), ("10.0.0.128/25", false)],
                &["10.0.0.2?5"]
            ),
            None
        );
        assert_eq!(solve(&[("10.0.0.0/8", true)], &["*.256*"]), None);
        assert!(solve(&[("2001:db8::/32", true)], &["2001:db8::*"]).is_some());
        assert!(solve(&[("2001:db8::/32", true)], &["*:*:*:*:*:*:*:*"]).is_some());
        assert_eq!(solve(&[("2001:db8::/32", true)], &["2001:db9*"]), None);
        for pattern in [
            "*::*::*",
            "*:0:0:*:*",
            "*::0:0:*",
            "::ffff:?:?",
            "*:00*",
            "*A*",
            "*:::*",
            "1:2:3:4:5:6:7::",
            "::ffff:a00:1",
        ] {
            let possible = matches!(pattern, "*:0:0:*:*");
            assert_eq!(solve(&[], &[pattern]).is_some(), possible, "{pattern}");
        }
        assert_eq!(
            solve(&[("::ffff:10.0.0.0/104", true)], &["*:10.0.0.1"]).as_deref(),
            Some("::ffff:10.0.0.1")
        );
        assert_eq!(solve(&[("::/0", true)], &["::"]).as_deref(), Some("::"));
    }

    #[test]
    fn bytes_that_begin_with_letters() {
        let pattern = glob("QU*");
        let is = |text: &str| (text.as_bytes().to_vec(), true);
        assert_eq!(
            solve_bytes(&[is("AB")], &[&pattern], &[]).as_deref(),
            Some("QUI=")
        );
        assert_eq!(solve_bytes(&[is("BA")], &[&pattern], &[]), None);
        assert_eq!(
            solve_bytes(
                &[(b"A".to_vec(), false)],
                &[&glob("QQ*"), &glob("*=")],
                &[&glob("*=="), &glob("QQ?=")]
            )
            .map(|text| text.len()),
            Some(8)
        );
        for pattern in ["*=?", "A", "*===", "?B==", "=*", "*-*"] {
            let possible = pattern == "*=?";
            assert_eq!(
                solve_bytes(&[], &[&glob(pattern)], &[]).is_some(),
                possible,
                "{pattern}"
            );
        }
    }
}
