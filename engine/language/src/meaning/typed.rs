//! Values of types as texts (R4): which canonical texts comparisons leave, as lists of patterns.
//!
//! A key that is compared as a number and as a text holds the canonical text of a number. What comparisons leave of the numbers is
//! an interval without some points, and the texts of an interval are a list: those that differ from the bound's text at some place
//! and go on as they like, the longer, the shorter ones, and the bound's own. So tests of types become tests of texts.

use super::atom::{Form, Relation, Test};
use super::pattern::{List, Pattern, Set};
use crate::value::{Decimal, Instant, Network, to_base64};

/// How many patterns may tell the bytes of addresses apart; beyond, bytes that may be any are read as digits.
const EXACT: usize = 5_000;

impl Form {
    /// The values of the form that pass some tests as marked, as far as these are comparisons of types: the texts that are in
    /// every list marked so and in none of the others. `None`: there are none.
    ///
    /// Exact for texts, numbers, dates and addresses of version 4. Of addresses of version 6 and bytes it leaves texts that are
    /// no values: whether one word is, [`Form::has`] tells.
    pub fn left(&self, tests: &[(&Test, bool)]) -> Option<Vec<(List, bool)>> {
        // A value of one type fails the comparisons of all others.
        if tests
            .iter()
            .any(|(test, holds)| *holds && !self.suits(test))
        {
            return None;
        }
        let (mut numbers, mut dates, mut networks, mut bytes) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (test, holds) in tests {
            match test {
                Test::Number(relation, bound) => numbers.push((*relation, bound, *holds)),
                Test::Date(relation, bound) => dates.push((*relation, bound, *holds)),
                Test::Address(network) => networks.push((*network, *holds)),
                Test::Bytes(own) => {
                    bytes.push((List::whole([Pattern::text(&to_base64(own))]), *holds))
                }
                Test::In(_) | Test::Tied { .. } => {}
            }
        }
        match self {
            Form::Text { within, except } => {
                Some(vec![(within.clone(), true), (except.clone(), false)])
            }
            Form::Number => in_order(
                numbers,
                vec![decimals()],
                Decimal::canonical,
                decimals_beyond,
            ),
            Form::Date => in_order(
                dates,
                vec![days(), clocks()],
                Instant::canonical,
                instants_beyond,
            ),
            Form::Bytes => {
                bytes.push((List::whole([Pattern::default().many(Set::Any)]), true));
                Some(bytes)
            }
            Form::Address => {
                let marked = |mark| {
                    networks
                        .iter()
                        .filter(move |(_, holds)| *holds == mark)
                        .map(|(own, _)| *own)
                };
                let left = Network::left(
                    &marked(true).collect::<Vec<_>>(),
                    &marked(false).collect::<Vec<_>>(),
                );
                (!left.is_empty()).then(|| vec![(addresses(&left), true)])
            }
        }
    }
}

/// The texts that comparisons leave of an order in which there is always one more value between two.
fn in_order<T: Ord>(
    tests: Vec<(Relation, &T, bool)>,
    shapes: Vec<List>,
    canonical: fn(&T) -> String,
    beyond: fn(&str, bool) -> Vec<Pattern>,
) -> Option<Vec<(List, bool)>> {
    let mut bounds: Vec<&T> = tests.iter().map(|(_, bound, _)| *bound).collect();
    bounds.sort_unstable();
    bounds.dedup();
    // Place 2k is the gap before bound k, place 2k + 1 the bound itself; within a gap all comparisons come out alike.
    let placed = tests.iter().map(|(relation, bound, holds)| {
        let own = 2 * bounds.partition_point(|other| other < bound) + 1;
        (*relation, own, *holds)
    });
    let placed: Vec<(Relation, usize, bool)> = placed.collect();
    let passes = |place: &usize| {
        let mut tests = placed.iter();
        tests.all(|(relation, own, holds)| relation.holds(place, own) == *holds)
    };
    let places: Vec<usize> = (0..=2 * bounds.len()).filter(passes).collect();
    let (first, last) = (*places.first()?, *places.last()?);
    let mut lists: Vec<(List, bool)> = shapes.into_iter().map(|list| (list, true)).collect();
    // The bounds around what is left; bounds that are not left themselves are taken out.
    let around = [
        (first.checked_sub(1).map(|place| bounds[place / 2]), true),
        (bounds.get(last / 2).copied(), false),
    ];
    for (bound, up) in around {
        lists.extend(bound.map(|bound| (List::whole(beyond(&canonical(bound), up)), true)));
    }
    let gone = (0..bounds.len()).filter(|k| !places.contains(&(2 * k + 1)));
    let gone: Vec<Pattern> = gone.map(|k| Pattern::text(&canonical(bounds[k]))).collect();
    lists.extend((!gone.is_empty()).then(|| (List::whole(gone), false)));
    if let ([place], 1) = (places.as_slice(), first % 2) {
        lists = vec![(
            List::whole([Pattern::text(&canonical(bounds[place / 2]))]),
            true,
        )];
    }
    Some(lists)
}

fn any() -> Pattern {
    Pattern::default().many(Set::Any)
}

fn digits(first: u8, last: u8) -> Pattern {
    Pattern::default().times(Set::Digits(first, last), 1)
}

/// Each of some patterns with each of others behind it.
fn each(heads: &[Pattern], tails: &[Pattern]) -> Vec<Pattern> {
    heads
        .iter()
        .flat_map(|head| tails.iter().map(|tail| head.clone().with(tail)))
        .collect()
}

fn texts(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::text(text)).collect()
}

/// What stands behind the point: the last digit is none to leave out.
fn fraction() -> Pattern {
    Pattern::text(".").many(Set::Digit).with(&digits(1, 9))
}

/// The canonical texts of decimals.
fn decimals() -> List {
    let large = digits(1, 9).many(Set::Digit);
    let large = [large.clone(), large.with(&fraction())];
    let small = [Pattern::text("0").with(&fraction())];
    let signed = each(&texts(&["", "-"]), &[large.as_slice(), &small].concat());
    List::whole(texts(&["0"]).into_iter().chain(signed))
}

/// The canonical texts of instants, as to the day.
fn days() -> List {
    let many = [
        Pattern::text("0").with(&digits(1, 9)),
        Pattern::text("1").with(&digits(0, 2)),
    ];
    let longer = [
        texts(&["01"]),
        vec![Pattern::text("0").with(&digits(3, 9)), many[1].clone()],
    ]
    .concat();
    let longest = texts(&["01", "03", "05", "07", "08", "10", "12"]);
    let short = [
        many[0].clone(),
        Pattern::text("1").times(Set::Digit, 1),
        Pattern::text("2").with(&digits(0, 8)),
    ];
    let dash = texts(&["-"]);
    let month = |months: &[Pattern], days: &[Pattern]| each(&each(months, &dash), days);
    let all = [
        month(&many, &short),
        month(&longer, &texts(&["29", "30"])),
        month(&longest, &texts(&["31"])),
    ]
    .concat();
    let year = [Pattern::default().times(Set::Digit, 4).then("-")];
    // Every fourth year is a leap year, of the full centuries every fourth.
    let fourth = |out: &str| {
        (0..100)
            .step_by(4)
            .map(|n| format!("{n:02}"))
            .filter(|n| n != out)
            .collect::<Vec<_>>()
    };
    let leap = fourth("00")
        .into_iter()
        .map(|n| Pattern::default().times(Set::Digit, 2).then(&n));
    let leap = leap.chain(fourth("").into_iter().map(|n| Pattern::text(&n).then("00")));
    let leap = leap.map(|year| year.then("-02-29"));
    List::whole(each(
        &each(&year, &all)
            .into_iter()
            .chain(leap)
            .collect::<Vec<_>>(),
        &[Pattern::text("T").with(&any())],
    ))
}

/// The canonical texts of instants, as to the time of day.
fn clocks() -> List {
    let day = Pattern::default()
        .times(Set::Digit, 4)
        .then("-")
        .times(Set::Digit, 2)
        .then("-")
        .times(Set::Digit, 2);
    let hours = [
        digits(0, 1).times(Set::Digit, 1),
        Pattern::text("2").with(&digits(0, 3)),
    ];
    let sixty = Pattern::text(":").with(&digits(0, 5)).times(Set::Digit, 1);
    let ends = [Pattern::text("Z"), fraction().then("Z")];
    let minutes = each(
        &each(&[day.then("T")], &hours),
        &[sixty.clone().with(&sixty)],
    );
    List::whole(each(&minutes, &ends))
}

/// What differs from a text for the first time in a digit from a place on, which is larger, or smaller; behind it a tail.
fn turned(text: &str, from: usize, up: bool, tail: impl Fn(&str) -> Pattern) -> Vec<Pattern> {
    let places = text.bytes().enumerate().skip(from);
    let turn = |(at, c): (usize, u8)| {
        let digit = c.checked_sub(b'0').filter(|digit| *digit < 10)?;
        let (first, last) = if up {
            (digit + 1, 9)
        } else {
            (0, digit.checked_sub(1)?)
        };
        (first <= last).then(|| {
            Pattern::text(&text[..at])
                .with(&digits(first, last))
                .with(&tail(&text[at + 1..]))
        })
    };
    places.filter_map(turn).collect()
}

/// Any text with digits where this one has them.
fn of_shape(text: &str) -> Pattern {
    text.chars()
        .fold(Pattern::default(), |out, c| match c.is_ascii_digit() {
            true => out.times(Set::Digit, 1),
            false => out.then(&c.to_string()),
        })
}

/// A whole part with the same or a larger fraction, or with the same or a smaller one.
fn fractions(whole: &str, fraction: &str, up: bool, end: &str) -> Vec<Pattern> {
    let own = format!("{whole}.{fraction}");
    let mut out = turned(&own, whole.len() + 1, up, |_| any());
    if up {
        out.push(Pattern::text(&own).times(Set::Digit, 1).with(&any()));
    }
    let shorter = if up { fraction.len() } else { 0 };
    out.extend((shorter..=fraction.len()).map(|digits| match digits {
        0 => Pattern::text(whole).then(end),
        _ => Pattern::text(&own[..=whole.len() + digits]).then(end),
    }));
    out
}

/// What the texts of decimals from one on, or up to one, are among all texts of decimals.
fn decimals_beyond(text: &str, up: bool) -> Vec<Pattern> {
    let (sign, magnitude) = text
        .strip_prefix('-')
        .map_or(("", text), |magnitude| ("-", magnitude));
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let count = whole.len();
    // Below zero what is larger has the smaller digits.
    let grow = up == sign.is_empty();
    let ends = [Pattern::default(), Pattern::text(".").with(&any())];
    let mut out = each(&turned(whole, 0, grow, of_shape), &ends);
    out.extend(fractions(whole, fraction, grow, ""));
    match grow {
        true => out.push(Pattern::default().times(Set::Digit, count + 1).with(&any())),
        false => out.extend(
            (1..count).flat_map(|n| each(&[Pattern::default().times(Set::Digit, n)], &ends)),
        ),
    }
    out = each(&[Pattern::text(sign)], &out);
    match (up, sign) {
        (true, "-") => out.push(Pattern::default().times(Set::Digit, 1).with(&any())),
        (false, "") => out.push(Pattern::text("-").with(&any())),
        _ => {}
    }
    out
}

/// What the texts of instants from one on, or up to one, are among all texts of instants.
fn instants_beyond(text: &str, up: bool) -> Vec<Pattern> {
    let text = text.trim_end_matches('Z');
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut out = turned(whole, 0, up, |_| any());
    out.extend(fractions(whole, fraction, up, "Z"));
    out
}

/// The canonical texts of the addresses of some blocks; of version 6, and where that takes too many patterns, others as well.
fn addresses(blocks: &[Network]) -> List {
    let texts = |exact| {
        let of_block = |block: &Network| match block {
            Network::V4 { first, last } => quads(&first.to_be_bytes(), &last.to_be_bytes(), exact),
            Network::V6 { first, last } => groups(*first, *last, exact),
        };
        blocks.iter().flat_map(of_block).collect::<Vec<_>>()
    };
    let exact = texts(true);
    List::whole(if exact.len() > EXACT {
        texts(false)
    } else {
        exact
    })
}

/// The texts of some bytes, dots between them, from one row of bytes to another.
fn quads(first: &[u8], last: &[u8], exact: bool) -> Vec<Pattern> {
    let ([low, from @ ..], [high, to @ ..]) = (first, last) else {
        return vec![Pattern::default()];
    };
    let (zeros, full) = (vec![0; from.len()], vec![255; from.len()]);
    let dot = if from.is_empty() { "" } else { "." };
    let one = |byte: &u8, from: &[u8], to: &[u8]| {
        each(
            &[Pattern::text(&format!("{byte}{dot}"))],
            &quads(from, to, exact),
        )
    };
    if low == high {
        return one(low, from, to);
    }
    let (mut least, mut most, mut out) = (usize::from(*low), usize::from(*high), Vec::new());
    if from != zeros {
        out.extend(one(low, from, &full));
        least += 1;
    }
    if to != full {
        out.extend(one(high, &zeros, to));
        most -= 1;
    }
    let bytes = match (exact, least, most) {
        (false, 0, 255) => vec![Pattern::default().times(Set::Digit, 1).many(Set::Digit)],
        _ => numbers(least, most),
    };
    out.extend(each(
        &each(&bytes, &[Pattern::text(dot)]),
        &quads(&zeros, &full, exact),
    ));
    out
}

/// The texts of the numbers from one to another, up to 999.
fn numbers(least: usize, most: usize) -> Vec<Pattern> {
    // Tens from one to another with the last digits from one to another; whole tens of one hundred are kept together.
    let mut rows: Vec<(usize, usize, u8, u8)> = Vec::new();
    for ten in least / 10..=most / 10 {
        let digit = |number: usize| u8::try_from(number % 10).expect("one digit");
        let (first, last) = (digit(least.max(10 * ten)), digit(most.min(10 * ten + 9)));
        match rows.last_mut() {
            Some((from, to, 0, 9))
                if *from > 0 && *from / 10 == ten / 10 && (first, last) == (0, 9) =>
            {
                *to = ten
            }
            _ if least <= most => rows.push((ten, ten, first, last)),
            _ => {}
        }
    }
    let text = |number: usize| {
        Pattern::text(&if number > 0 {
            number.to_string()
        } else {
            String::new()
        })
    };
    let row = |(from, to, first, last): (usize, usize, u8, u8)| match from == to {
        true => text(from).with(&digits(first, last)),
        false => text(from / 10)
            .with(&digits((from % 10) as u8, (to % 10) as u8))
            .with(&digits(first, last)),
    };
    rows.into_iter().map(row).collect()
}

/// What the canonical text of every address of a block of version 6 matches: the groups before the first that is zero or not
/// fixed, and behind them as many others as there can be, around `::` or without it (RFC 5952: it stands for two groups or more);
/// or behind `::` or `::ffff:` an address of version 4. Where that may not be exact anything of letters, digits and colons.
fn groups(first: u128, last: u128, exact: bool) -> Vec<Pattern> {
    let group = |bits: u128, at: u32| (bits >> (112 - 16 * at)) & 0xffff;
    let fixed =
        (0..8).take_while(|at| group(first, *at) == group(last, *at) && group(first, *at) > 0);
    let fixed: Vec<String> = fixed.map(|at| format!("{:x}", group(first, at))).collect();
    if fixed.len() == 8 {
        return vec![Pattern::text(&fixed.join(":"))];
    }
    let row = |from: usize, to: usize| {
        (from..to).fold(Pattern::default(), |row, at| {
            let row = if at > from { row.then(":") } else { row };
            match fixed.get(at) {
                Some(own) => row.then(own),
                None => row.times(Set::Hex, 1).many(Set::Hex),
            }
        })
    };
    let mut out = Vec::new();
    if fixed.is_empty() {
        out = each(
            &texts(&["::", "::ffff:"]),
            &quads(&[0; 4], &[255; 4], exact),
        );
    }
    if exact {
        out.push(row(0, 8));
        let around = (fixed.len()..=6)
            .flat_map(|before| (0..=6 - before).map(move |behind| (before, behind)));
        out.extend(
            around.map(|(before, behind)| row(0, before).then("::").with(&row(8 - behind, 8))),
        );
    } else {
        let head = match fixed.len() {
            0 => Pattern::default().many(Set::Hex),
            fixed => row(0, fixed),
        };
        out.push(head.then(":").many(Set::Lower(":")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Address;

    /// A small deterministic generator (xorshift).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % bound as u64) as usize
        }
    }

    /// A text with a character or two put in, taken out or exchanged.
    fn spoiled(dice: &mut Dice, text: &str) -> String {
        let mut out: Vec<char> = text.chars().collect();
        for _ in 0..1 + dice.below(2) {
            let (at, other) = (
                dice.below(out.len() + 1),
                b"0123456789.-:TZa"[dice.below(16)] as char,
            );
            match dice.below(3) {
                0 => out.insert(at, other),
                1 if at < out.len() => drop(out.remove(at)),
                _ if at < out.len() => out[at] = other,
                _ => {}
            }
        }
        out.into_iter().collect()
    }

    /// Draws tests and texts of a form: what `left` says of a text is what the tests say. `exact`: of every text, else of values alone.
    fn check(
        form: &Form,
        texts: &[String],
        test: impl Fn(&mut Dice) -> Test,
        exact: impl Fn(&str) -> bool,
    ) {
        let mut dice = Dice(7);
        let (mut inside, mut outside) = (0, 0);
        for _ in 0..2_000 {
            let tests: Vec<(Test, bool)> = (0..dice.below(4))
                .map(|_| (test(&mut dice), dice.below(3) > 0))
                .collect();
            let marked: Vec<(&Test, bool)> =
                tests.iter().map(|(test, holds)| (test, *holds)).collect();
            let left = form.left(&marked);
            for _ in 0..20 {
                let own = &texts[dice.below(texts.len())];
                let text = if dice.below(2) == 0 {
                    own.clone()
                } else {
                    spoiled(&mut dice, own)
                };
                let passes = form.has(&text)
                    && tests
                        .iter()
                        .all(|(test, holds)| test.passes_as_type(&text) == Some(*holds));
                let listed = left
                    .iter()
                    .any(|lists| lists.iter().all(|(list, holds)| list.has(&text) == *holds));
                assert!(listed || !passes, "{text} is left out under {tests:?}");
                assert!(
                    passes || !listed || !exact(&text),
                    "{text} is left under {tests:?}"
                );
                if passes {
                    inside += 1;
                } else {
                    outside += 1;
                }
            }
        }
        assert!(
            inside > 2_000 && outside > 2_000,
            "{inside} inside, {outside} outside"
        );
    }

    const RELATIONS: [Relation; 5] = [
        Relation::Equal,
        Relation::Less,
        Relation::LessEqual,
        Relation::Greater,
        Relation::GreaterEqual,
    ];

    #[test]
    fn numbers_between_bounds_are_their_texts() {
        let wholes = ["0", "1", "7", "9", "10", "12", "99", "100", "109", "1000"];
        let texts: Vec<String> = wholes
            .iter()
            .flat_map(|whole| {
                ["", ".5", ".05", ".9", ".91", ".909", ".001"]
                    .map(|fraction| format!("{whole}{fraction}"))
            })
            .flat_map(|text| [format!("-{text}"), text])
            .filter(|text| text != "-0")
            .collect();
        let test = |dice: &mut Dice| {
            let bound = Decimal::parse(&texts[dice.below(texts.len())]).expect("a number");
            Test::Number(RELATIONS[dice.below(5)], bound)
        };
        check(&Form::Number, &texts, test, |_| true);
    }

    #[test]
    fn instants_between_bounds_are_their_texts() {
        let days = [
            "0000-02-29",
            "1900-02-28",
            "2000-02-29",
            "2023-12-31",
            "2024-02-29",
            "2024-11-30",
            "9999-10-01",
        ];
        let texts: Vec<String> = days
            .iter()
            .flat_map(|day| {
                ["00:00:00", "09:59:59", "19:00:09", "23:59:59"].map(|time| format!("{day}T{time}"))
            })
            .flat_map(|text| ["", ".5", ".05", ".909"].map(|fraction| format!("{text}{fraction}Z")))
            .collect();
        let test = |dice: &mut Dice| {
            let bound = Instant::parse(&texts[dice.below(texts.len())]).expect("an instant");
            Test::Date(RELATIONS[dice.below(5)], bound)
        };
        check(&Form::Date, &texts, test, |_| true);
        for year in [1900, 2000, 2022, 2024] {
            for (month, last) in [(1, 31), (2, 29), (4, 30), (9, 30), (12, 31)] {
                for day in 0..=last + 1 {
                    let text = format!("{year}-{month:02}-{day:02}T00:00:00Z");
                    let lists = Form::Date.left(&[]).expect("there are instants");
                    let listed = lists.iter().all(|(list, holds)| list.has(&text) == *holds);
                    assert_eq!(listed, Form::Date.has(&text), "{text}");
                }
            }
        }
    }

    #[test]
    fn addresses_of_blocks_are_their_texts() {
        let mut texts: Vec<String> = Vec::new();
        for bytes in [
            [10, 0, 0, 0],
            [10, 20, 0, 9],
            [10, 20, 30, 40],
            [10, 255, 255, 255],
            [199, 9, 100, 250],
            [0, 0, 0, 0],
        ] {
            texts.push(Address::V4(u32::from_be_bytes(bytes)).canonical());
            texts.push(Address::V4(u32::from_be_bytes(bytes) ^ 0x100).canonical());
        }
        for six in [
            "::",
            "::1",
            "2001:db8::",
            "2001:db8:0:1::2",
            "2001:db8:1:2:3:4:5:6",
            "::ffff:10.0.0.1",
            "fe80::1",
        ] {
            texts.push(Address::parse(six).expect("an address").canonical());
        }
        let test = |dice: &mut Dice| {
            let text = &texts[dice.below(texts.len())];
            let bits = if text.contains(':') {
                [0, 16, 32, 64, 128]
            } else {
                [0, 8, 15, 23, 32]
            };
            Test::Address(
                Network::parse(&format!("{text}/{}", bits[dice.below(5)])).expect("a block"),
            )
        };
        check(&Form::Address, &texts, test, |text| !text.contains(':'));
        // Of version 6 what is left may have zeros in front and long groups, and nothing else that no address has.
        let all = List::whole(groups(0, u128::MAX, true));
        let some = List::whole(groups(0x2001_0db8 << 96, (0x2001_0db9 << 96) - 1, true));
        let letters = ['0', '2', 'a', 'g', ':'];
        let short = (0..=6u32).flat_map(|length| (0..5usize.pow(length)).map(move |n| (length, n)));
        for (length, n) in short {
            let letter = |at| letters[n / 5usize.pow(at) % 5];
            let text: String = (0..length).map(letter).collect();
            let value = text.parse::<std::net::Ipv6Addr>().is_ok();
            let long = text.split(':').any(|group| group.len() > 4);
            assert!(long || all.has(&text) == value, "{text}");
            let tail = format!("2001:db8:{text}");
            let value = tail.parse::<std::net::Ipv6Addr>().is_ok();
            // With `::` for one group alone it is an address, but not its canonical text.
            let one = tail.split(':').filter(|group| !group.is_empty()).count() == 7;
            assert!(long || one || some.has(&tail) == value, "{tail}");
        }
        for least in 0..256 {
            for most in least..256 {
                let list = List::whole(numbers(least, most));
                let listed: Vec<usize> = (0..300).filter(|n| list.has(&n.to_string())).collect();
                assert_eq!(listed, (least..=most).collect::<Vec<_>>());
                assert!(!list.has("00") && !list.has("01"), "{least} to {most}");
            }
        }
    }
}
