//! What a list for one part of a caller's text says of another part: a user's ARN tells its name, and any ARN its account.

use super::pattern::{List, NOT_COLON, Pattern, Place, SEPARATOR, Seen, Set, Window};

/// How many patterns a cut has at most.
const MOST: usize = 64;

impl List {
    /// A list that holds what another part of a caller's text can be, where this one holds its own part. `None` where it would say
    /// nothing, and of lists with variables.
    ///
    /// The text is that of a caller in an account: an ARN, and if it is a role's a separator and a session behind it. Only of a user's
    /// text is the name asked for, which stands behind its last slash, and only of a role's the session.
    pub fn cut(&self, to: Window) -> Option<List> {
        if self.window == to || self.holes().next().is_some() {
            return None;
        }
        let mut out: Vec<Pattern> = Vec::new();
        for own in &self.patterns {
            for piece in pieces(own, self.window, to)? {
                if !out.contains(&piece) {
                    out.push(piece);
                }
            }
            if out.len() > MOST {
                return None;
            }
        }
        Some(List::whole(out))
    }

    /// What being in the list, or not, says of a part of the text; with `fold` of that part without regard to case.
    pub fn says(&self, holds: bool, of: Window, fold: bool) -> Option<(List, bool)> {
        if self.window == of && !fold {
            return Some((self.clone(), holds));
        }
        let own = holds
            .then(|| {
                if self.window == of {
                    Some(List::whole(self.patterns.iter().cloned()))
                } else {
                    self.cut(of)
                }
            })
            .flatten()?;
        Some((if fold { own.folded() } else { own }, true))
    }

    /// A list that holds the texts of this one, whatever their letters' case; of letters that are no characters of ASCII the case stays.
    fn folded(&self) -> List {
        let fold = |set: Set| match set {
            Set::Char(c) if c.is_ascii_alphabetic() => Set::Fold(c.to_ascii_lowercase()),
            Set::Hex | Set::Lower(_) => Set::One,
            other => other,
        };
        let each = |own: &Pattern| {
            let mut out = Pattern::default();
            for at in 0..=own.len() {
                own.stays(at).into_iter().for_each(|set| {
                    out.star(if fold(set) == Set::One {
                        Set::Any
                    } else {
                        fold(set)
                    })
                });
                own.goes(at)
                    .into_iter()
                    .for_each(|set| out.letter(fold(set)));
            }
            out
        };
        List::whole(self.patterns.iter().map(each))
    }
}

/// What the part can be in a text with this pattern in another part.
fn pieces(own: &Pattern, from: Window, to: Window) -> Option<Vec<Pattern>> {
    let any = || Pattern::default().many(Set::Any);
    match (from, to) {
        (Window::Whole, Window::AccountAndName) => {
            own.word().map(|text| vec![Pattern::text(&part(&text, to))])
        }
        (Window::Whole, Window::Arn) => Some(own.until(0, SEPARATOR)),
        (Window::Whole, Window::Session) => own.behind(SEPARATOR),
        (Window::Whole | Window::Arn, Window::Name) => own.behind('/'),
        (Window::Whole | Window::Arn, Window::Account) => {
            let head = own.beginning();
            let (last, _) = head.char_indices().filter(|(_, c)| *c == ':').nth(3)?;
            Some(own.until(head[..=last].chars().count(), ':'))
        }
        (Window::Account, Window::Whole | Window::Arn) => {
            let head = (0..4).fold(Pattern::default(), |head, _| head.many(NOT_COLON).then(":"));
            Some(vec![head.with(own).then(":").with(&any())])
        }
        (Window::Name, Window::Whole | Window::Arn) => Some(vec![any().then("/").with(own)]),
        _ => None,
    }
}

/// A part of a text.
pub fn part(text: &str, window: Window) -> String {
    let (mut out, mut place) = (String::new(), Place::default());
    for c in text.chars() {
        match place.seen(window, c) {
            Seen::Skip => {}
            Seen::Read => out.push(c),
            Seen::Restart => out.clear(),
        }
        place = place.after(c);
    }
    out
}

impl Pattern {
    /// What the pattern's texts have from a letter on up to the first of a character, or the end.
    fn until(&self, from: usize, end: char) -> Vec<Pattern> {
        let reads = |set: Option<Set>| set.is_some_and(|set| set.has(end));
        let (mut out, mut own) = (Vec::new(), Pattern::default());
        for at in from..=self.len() {
            self.stays(at).into_iter().for_each(|set| own.star(set));
            if reads(self.stays(at)) || reads(self.goes(at)) || at == self.len() {
                out.push(own.clone());
            }
            if self.goes(at) == Some(Set::Char(end)) {
                break;
            }
            self.goes(at).into_iter().for_each(|set| own.letter(set));
        }
        out
    }

    /// What they have behind the last of a character; `None` if they have none.
    fn behind(&self, last: char) -> Option<Vec<Pattern>> {
        let reads = |set: Option<Set>| set.is_some_and(|set| set.has(last));
        let mut out = Vec::new();
        for from in (0..=self.len()).rev() {
            let before = from.checked_sub(1).and_then(|at| self.goes(at));
            if reads(self.stays(from)) || reads(before) {
                let mut own = Pattern::default();
                for at in from..=self.len() {
                    self.stays(at).into_iter().for_each(|set| own.star(set));
                    self.goes(at).into_iter().for_each(|set| own.letter(set));
                }
                out.push(own);
            }
            if before == Some(Set::Char(last)) {
                break;
            }
        }
        (!out.is_empty()).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Patterns of a few letters, with loops or without.
    fn patterns(letters: &[Set], most: usize) -> Vec<Pattern> {
        let mut out = vec![Pattern::default()];
        let mut from = 0;
        for _ in 0..most {
            let to = out.len();
            for at in from..to {
                for set in letters {
                    out.push(out[at].clone().times(*set, 1));
                    out.push(out[at].clone().many(Set::Any).times(*set, 1));
                    out.push(out[at].clone().times(*set, 1).many(Set::Not(":")));
                }
            }
            from = to;
        }
        out
    }

    #[test]
    fn what_a_text_has_in_another_part_is_in_the_cut() {
        let rests = [
            "user/b",
            "user/a/b",
            "user/b:b",
            "user/a/ab",
            "role/b\u{1f}a:b",
            "role/a/b\u{1f}b:a",
            "root",
        ];
        let accounts = ["1", "12", ""];
        let texts: Vec<String> = accounts
            .iter()
            .flat_map(|account| {
                rests
                    .iter()
                    .map(move |rest| format!("a::::{account}:{rest}"))
            })
            .collect();
        let windows = [
            Window::Whole,
            Window::Arn,
            Window::Account,
            Window::Name,
            Window::Session,
            Window::AccountAndName,
        ];
        let heads = [
            "a::::",
            "",
            "a::::1:",
            "a::::1:user/",
            "a::::1:role/b\u{1f}",
        ];
        let letters = [
            Set::Char('/'),
            Set::Char('b'),
            Set::One,
            Set::Char(':'),
            Set::Char('1'),
            Set::Char(SEPARATOR),
        ];
        let tails = patterns(&letters, 2);
        let whole: Vec<Pattern> = heads
            .iter()
            .flat_map(|head| {
                let plain = tails.iter().map(|tail| Pattern::text(head).with(tail));
                plain.chain(
                    tails
                        .iter()
                        .map(|tail| Pattern::text(head).with(tail).many(Set::Any)),
                )
            })
            .collect();
        let (mut held, mut narrow) = (0, 0);
        for from in windows {
            for own in if matches!(from, Window::Whole | Window::Arn) {
                &whole
            } else {
                &tails
            } {
                let list = List {
                    window: from,
                    patterns: vec![own.clone()],
                };
                let own_texts: Vec<&String> = texts.iter().filter(|text| list.has(text)).collect();
                for to in windows {
                    let Some(cut) = list.cut(to) else { continue };
                    for text in &own_texts {
                        let is_user = text.contains(":user/");
                        let is_role = text.contains(SEPARATOR);
                        let asked = |window| match window {
                            Window::Name => is_user,
                            Window::Session => is_role,
                            _ => true,
                        };
                        if asked(from) && asked(to) {
                            assert!(
                                cut.has(&part(text, to)),
                                "{from:?} {to:?} {own:?} {text:?} {cut:?}"
                            );
                            held += 1;
                        }
                    }
                    narrow += texts
                        .iter()
                        .filter(|text| !cut.has(&part(text, to)))
                        .count();
                }
            }
        }
        assert!(
            held > 10_000 && narrow > 10_000,
            "{held} held, {narrow} told apart"
        );
    }

    #[test]
    fn without_regard_to_case_a_list_says_what_it_says_in_either() {
        let sets = [
            Set::Char('a'),
            Set::Char('B'),
            Set::Fold('a'),
            Set::Hex,
            Set::Lower("-"),
            Set::Name,
            Set::Char('1'),
            Set::Not(":"),
        ];
        let texts = [
            "", "a", "A", "b", "B", "aB", "Ab", "1a", "A1", "-b", "-B", "ba", "BA", ":", "Aa1",
        ];
        let mut told = 0;
        for own in patterns(&sets, 2) {
            let list = List::whole([own]);
            let (folded, _) = list
                .says(true, Window::Whole, true)
                .expect("it says something");
            for text in texts.iter().filter(|text| list.has(text)) {
                let same = texts
                    .iter()
                    .filter(|other| other.eq_ignore_ascii_case(text));
                same.for_each(|other| assert!(folded.has(other), "{list:?} {text} {other}"));
            }
            told += texts.iter().filter(|text| !folded.has(text)).count();
            assert_eq!(
                list.says(false, Window::Whole, true),
                None,
                "what is left out may stand there in another case"
            );
        }
        assert!(told > 1_000, "{told}");
    }

    #[test]
    fn a_users_arn_tells_its_name_and_any_arn_its_account() {
        let list = |window, text: &str| List {
            window,
            patterns: vec![Pattern::text(text)],
        };
        let user = list(Window::Whole, "arn:aws:iam::444455556666:user/a/ab");
        assert_eq!(
            user.cut(Window::Name),
            Some(List::whole([Pattern::text("ab")]))
        );
        assert_eq!(
            user.cut(Window::Account),
            Some(List::whole([Pattern::text("444455556666")]))
        );
        let federated = list(
            Window::Whole,
            "arn:aws:sts::111122223333:federated-user/bob",
        );
        assert_eq!(
            federated.cut(Window::AccountAndName),
            Some(List::whole([Pattern::text("111122223333:bob")]))
        );
        let like = Pattern::text("arn:aws:iam::4444")
            .many(NOT_COLON)
            .then(":user/")
            .many(Set::Any)
            .then("/ab");
        let like = List {
            window: Window::Arn,
            patterns: vec![like],
        };
        assert_eq!(
            like.cut(Window::Name),
            Some(List::whole([Pattern::text("ab")]))
        );
        assert_eq!(
            like.cut(Window::Account),
            Some(List::whole([Pattern::text("4444").many(NOT_COLON)]))
        );
    }
}
