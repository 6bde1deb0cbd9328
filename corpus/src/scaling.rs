//! Bucket policies on which the number of findings grows with the number of statements.
//!
//! The shapes on which Access Analyzer was timed: `n` Allow statements with equal principal, action and resource, whose
//! `aws:SourceArn` values are pairwise disjoint and whose `aws:PrincipalArn` patterns pairwise overlap. Each
//! statement is a finding of its own, although the labels of the two keys make `n²` products. With
//! nested blocks of `aws:SourceIp` there is a chain of labels besides.

use std::fmt::Write;

/// Which keys the statements of a scaling policy have a condition on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Principal, action, resource, `aws:PrincipalArn` and `aws:SourceArn`.
    Five,
    /// The same and `aws:SourceIp`.
    Six,
}

/// The bucket that the policies are about.
pub const BUCKET: &str = "arn:aws:s3:::bucket";

/// A bucket policy of `count` statements.
pub fn policy(count: usize, keys: Keys) -> String {
    let patterns = patterns(count);
    let mut out = String::from(r#"{"Version":"2012-10-17","Statement":["#);
    for (at, pattern) in patterns.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let address = match keys {
            Keys::Five => String::new(),
            Keys::Six => format!(r#","IpAddress":{{"aws:SourceIp":"{}"}}"#, block(at)),
        };
        write!(
            out,
            r#"{comma}{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"s3:ListBucket","Resource":"{BUCKET}","Condition":{{"StringLike":{{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/{pattern}"}},"ArnLike":{{"aws:SourceArn":"arn:aws:s3:::name{}"}}{address}}}}}"#,
            at + 1
        )
        .expect("writing to a string does not fail");
    }
    out.push_str("]}");
    out
}

/// `count` patterns that overlap pairwise, none inside another: the parts of one word, in the `i`-th pattern the `i`-th part is `*`.
///
/// Up to 26 the parts are the letters of the alphabet; beyond that they are pairs of letters and digits, so that no part occurs twice.
pub fn patterns(count: usize) -> Vec<String> {
    const SIGNS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    assert!(count <= 36 * 36, "there are 1,296 pairs of signs");
    let part = |at: usize| match count {
        0..=26 => char::from(SIGNS[at]).to_string(),
        _ => [SIGNS[at / 36], SIGNS[at % 36]]
            .map(char::from)
            .iter()
            .collect(),
    };
    let with_star = |star: usize| {
        let parts = (0..count).map(|at| if at == star { "*".to_owned() } else { part(at) });
        parts.collect()
    };
    (0..count).map(with_star).collect()
}

/// The `at`-th block of a nest, each twice as large as the one before: 32 blocks of version 4, then 128 of version 6, then from
/// the first again.
fn block(at: usize) -> String {
    match at % 160 {
        narrow @ 0..32 => format!("200.10.10.10/{}", 32 - narrow),
        narrow => format!("2001:db8::10/{}", 128 - (narrow - 32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pattern matches the common word, and no word that lacks another pattern's part.
    #[test]
    fn patterns_overlap_and_none_lies_inside_another() {
        for count in [1, 2, 15, 26, 27, 100, 1000] {
            let patterns = patterns(count);
            let matches = |pattern: &str, text: &str| {
                let (head, tail) = pattern.split_once('*').expect("one star");
                text.len() >= head.len() + tail.len()
                    && text.starts_with(head)
                    && text.ends_with(tail)
            };
            let word: String = {
                let (head, _) = patterns[count - 1].split_once('*').expect("one star");
                let (_, tail) = patterns[0].split_once('*').expect("one star");
                let width = if count <= 26 { 1 } else { 2 };
                let last = &tail[tail.len() - width * usize::from(count > 1)..];
                format!("{head}{last}")
            };
            for (at, pattern) in patterns.iter().enumerate() {
                assert!(count == 1 || matches(pattern, &word), "{pattern} {word}");
                let own = pattern.replace('*', "");
                let others = patterns
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != at);
                for (_, other) in others.step_by(1 + count / 50) {
                    assert!(!matches(other, &own), "{own} {other}");
                }
            }
        }
    }

    /// The text is what the shape says.
    #[test]
    fn a_policy_of_two_statements() {
        let text = policy(2, Keys::Six);
        for part in [
            "user/*b\"",
            "user/a*\"",
            ":::name1\"",
            ":::name2\"",
            "10/32\"",
            "10/31\"",
        ] {
            assert_eq!(text.matches(part).count(), 1, "{part} in {text}");
        }
    }
}
