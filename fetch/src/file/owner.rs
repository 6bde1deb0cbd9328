//! Whose resources a file is about: account, Region and partition, which templates hardly ever say.
//!
//! What the options say wins; then what the file says in the ARNs of its own resources. If neither does, the owner is a
//! number that the file names nowhere, so that no account that is named can be it, and the Region is not known.

use super::Options;
use super::unknown::{is_open, piece};
use keyaki_language::policy::AccountId;
use std::collections::BTreeSet;

/// Account, Region and partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Twelve digits.
    pub(super) account: String,
    /// A Region, or an unknown part.
    pub(super) region: String,
    /// `aws`, `aws-cn`, ….
    pub(super) partition: String,
}

impl Owner {
    /// From the options, what the file says of its own resources, and its text.
    pub(super) fn new(options: &Options, said: &Said, text: &str) -> Self {
        let account = match (options.account, said.account()) {
            (Some(account), _) => account.to_string(),
            (None, Some(account)) => account.to_owned(),
            (None, None) => nobody(|number| text.contains(number)),
        };
        let region = options.region.as_deref().or_else(|| said.region());
        let partition = match region {
            Some(region) => partition_of(region).to_owned(),
            None => written_partition(text).to_owned(),
        };
        Self {
            account,
            region: region.map_or_else(|| piece("Region"), str::to_owned),
            partition,
        }
    }
}

/// What the ARNs of a file's own resources say.
#[derive(Debug, Default)]
pub(super) struct Said {
    accounts: BTreeSet<String>,
    regions: BTreeSet<String>,
}

impl Said {
    /// Takes note of an own resource's ARN.
    pub(super) fn arn(&mut self, arn: &str) {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        if let &["arn", _, _, region, account, _] = parts.as_slice()
            && !is_open(arn)
        {
            if AccountId::parse(account).is_some() {
                self.accounts.insert(account.to_owned());
            }
            if !region.is_empty() {
                self.regions.insert(region.to_owned());
            }
        }
    }

    /// Takes note of the caller's account.
    pub(super) fn caller(&mut self, account: &str) {
        if AccountId::parse(account).is_some() {
            self.accounts.insert(account.to_owned());
        }
    }

    /// Takes note of a Region.
    pub(super) fn in_region(&mut self, region: &str) {
        self.regions.insert(region.to_owned());
    }

    fn account(&self) -> Option<&str> {
        only(&self.accounts)
    }

    fn region(&self) -> Option<&str> {
        only(&self.regions)
    }
}

/// The one member of a set of one.
fn only(set: &BTreeSet<String>) -> Option<&str> {
    set.first().filter(|_| set.len() == 1).map(String::as_str)
}

/// The smallest account number that a file does not name: whoever is named is somebody else.
pub(super) fn nobody(is_named: impl Fn(&str) -> bool) -> String {
    (0_u64..)
        .map(|number| format!("{number:012}"))
        .find(|number| !is_named(number))
        .expect("a file cannot hold every account")
}

/// The partition of a Region (AWS General Reference, "Partitions").
pub(super) fn partition_of(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    let found = PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("aws", |(_, partition)| partition)
}

/// The partition that all ARNs of a file are of; `aws` where there are none or several.
fn written_partition(text: &str) -> &'static str {
    const OTHERS: [&str; 6] = [
        "aws-cn",
        "aws-us-gov",
        "aws-iso",
        "aws-iso-b",
        "aws-iso-e",
        "aws-iso-f",
    ];
    if text.contains("arn:aws:") {
        return "aws";
    }
    let mut written = OTHERS
        .iter()
        .filter(|name| text.contains(&format!("arn:{name}:")));
    match (written.next(), written.next()) {
        (Some(one), None) => one,
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_win_over_what_is_said_and_nothing_said_is_nobody() {
        let mut said = Said::default();
        let text = "000000000000 arn:aws-cn:s3:::x";
        let owner = Owner::new(&Options::default(), &said, text);
        assert_eq!(
            (owner.account.as_str(), owner.partition.as_str()),
            ("000000000001", "aws-cn")
        );
        assert!(is_open(&owner.region));
        said.arn("arn:aws:sqs:eu-west-1:111122223333:q");
        let owner = Owner::new(&Options::default(), &said, text);
        assert_eq!(
            (owner.account.as_str(), owner.region.as_str()),
            ("111122223333", "eu-west-1")
        );
        let options = Options {
            account: AccountId::parse("444455556666"),
            region: Some("us-gov-west-1".to_owned()),
            ..Options::default()
        };
        let owner = Owner::new(&options, &said, text);
        assert_eq!(
            (owner.account.as_str(), owner.partition.as_str()),
            ("444455556666", "aws-us-gov")
        );
        // Two accounts are none.
        said.caller("444455556666");
        assert_eq!(
            Owner::new(&Options::default(), &said, text).account,
            "000000000001"
        );
    }
}
