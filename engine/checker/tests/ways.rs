//! Lists of patterns against all short texts: where some text is in both lists and in none that is refused, no lemma may say otherwise.
//!
//! There are too many choices of a pattern of each list for choosing to end first, so the walks over sets of positions are heard as well,
//! from either end; what they pass over must not be the way to a text.

use keyaki_checker::{Rejection, verify};
use keyaki_language::digest;

/// Dice, the same throws on every machine: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }
}

const LETTERS: [char; 3] = ['a', 'b', 'c'];

/// Whether a text matches a pattern, read as plainly as can be.
fn matches(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => matches(rest, text),
        (Some(('*', rest)), Some((_, behind))) => matches(rest, text) || matches(pattern, behind),
        (Some((own, rest)), Some((letter, behind))) => (*own == '?' || own == letter) && matches(rest, behind),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// All texts of at most so many letters.
fn texts(longest: usize) -> Vec<Vec<char>> {
    let mut out = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..longest {
        let behind = out.len();
        for at in from..behind {
            out.extend(LETTERS.map(|letter| [out[at].as_slice(), &[letter]].concat()));
        }
        from = behind;
    }
    out
}

/// A pattern between a beginning and an end.
fn pattern(dice: &mut Dice, ends: [&str; 2]) -> Vec<char> {
    let length = 1 + dice.below(4);
    let middle = (0..length).map(|_| *dice.pick(&['a', 'b', 'c', '?', '*', '*']));
    ends[0].chars().chain(middle).chain(ends[1].chars()).collect()
}

/// What the checker says of the lemma that no text is in both of two lists and in none that is refused.
fn says(one: &[Vec<char>], other: &[Vec<char>], refused: &[Vec<char>]) -> Result<(), Rejection> {
    let list = |patterns: &[Vec<char>]| {
        let texts = patterns.iter().map(|own| format!(r#""{}""#, own.iter().collect::<String>()));
        texts.collect::<Vec<_>>().join(",")
    };
    let (one, other, refused) = (list(one), list(other), list(refused));
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{{"StringLike":{{"x:a":[{one}]}},"StringLikeIfExists":{{"x:a":[{other}]}},"StringNotLike":{{"x:a":[{refused}]}}}}}}]}}"#
    );
    let (digest, text) = (digest::of(&text), text.replace('"', "\\\""));
    let claim = format!(
        r#"{{"question":"unsatisfiable","policyType":"RESOURCE_POLICY","documents":[{{"name":"policy","digest":"{digest}","text":"{text}"}}]}}"#
    );
    let lemmas = r##"["+policy/0/Condition/0","+policy/0/Condition/1","-policy/0/Condition/2"],["+policy/0/Condition/0","-policy/0/Condition/1#1"]"##;
    let kinds = r#""session","user","federated-user","root","canonical","federated","service","anonymous""#;
    let proof = format!(r#"{{"kinds":[{kinds}],"lemmas":[{lemmas}],"statements":[{{"statement":0,"lemmas":[0,1]}}]}}"#);
    verify(&format!(r#"{{"format":"keyaki-certificate/1","claim":{claim},"proofs":[{proof}]}}"#)).map(drop)
}

#[test]
fn a_lemma_of_long_lists_is_refuted_by_any_short_text() {
    let texts = texts(7);
    let mut dice = Dice(7);
    let (mut held, mut refuted) = (0, 0);
    for _ in 0..200 {
        // Most pairs have no text in common, because they end, or begin, in different letters.
        let turned = dice.below(2) == 0;
        let ends = |own: &'static str| if turned { [own, ""] } else { ["", own] };
        let few = 1 + dice.below(6);
        let mut lists = [Vec::new(), Vec::new()];
        for (list, own) in lists.iter_mut().zip(["a", "b"]) {
            list.extend((0..32).map(|_| pattern(&mut dice, ends(own))));
            list.extend((0..few).map(|_| pattern(&mut dice, ends("c"))));
        }
        let many = dice.below(24);
        let mut refused: Vec<_> = (0..many).map(|_| pattern(&mut dice, ["", ""])).collect();
        refused.retain(|own| own.len() > 2);
        refused.push(vec!['b', 'b']);
        let [one, other] = lists;
        let some = |list: &[Vec<char>], text: &[char]| list.iter().any(|own| matches(own, text));
        let text = texts.iter().find(|text| some(&one, text) && some(&other, text) && !some(&refused, text));
        let says = says(&one, &other, &refused);
        match text {
            Some(text) => {
                refuted += 1;
                let why = matches!(&says, Err(Rejection::Unproved(why)) if why.ends_with(" is no contradiction"));
                assert!(why, "{text:?} is in {one:?} and {other:?}, not in {refused:?}: {says:?}");
            }
            None => held += usize::from(says.is_ok()),
        }
    }
    assert!(refuted > 10 && held > 10, "{refuted} refuted by a text, {held} proved");
}
