//! `keyaki count`: how many requests a policy allows, and how many addresses it lets in.
//!
//! Counts stand beside a verdict and are none: exact integers, written as decimal strings, with their logarithm to base 2.

use crate::Status;
use crate::args::{self, AnswerFormat};
use crate::check::{kind_of, known_type};
use crate::failure::{Failure, Stop};
use crate::input::read_policy;
use crate::paint::{Paint, plain};
use keyaki_engine::count::{Addresses, Number, Shares, addresses, allow_statements, requests};
use keyaki_engine::finding::{Analyzer, Finding, Selection};
use keyaki_engine::resource::{
    Configuration, KmsKey, Organization, Resource, ResourcePolicyType, S3Bucket, ZoneOfTrust,
};
use keyaki_engine::{Limits, Reason};
use keyaki_language::Policy;
use keyaki_language::json::write_string;
use keyaki_language::policy::AccountId;
use std::io::{self, Write};

/// The version of the JSON that this command writes.
const SCHEMA_VERSION: u32 = 1;

/// The counts of one policy.
struct Counts {
    requests: Result<Number, Reason>,
    addresses: Result<Addresses, Reason>,
    /// For each Allow statement from how many addresses it lets somebody in.
    statements: Vec<(usize, Result<Addresses, Reason>)>,
    /// For each finding of the resource, if one was named.
    findings: Option<Vec<(Finding, Result<Addresses, Reason>)>>,
}

/// Runs `keyaki count`.
pub(crate) fn run(options: &args::Count) -> Result<Status, Stop> {
    let file = read_policy(&options.policy)?;
    let kind = kind_of(options.policy_type, &[&file])?;
    let resource_type = options
        .resource_type
        .as_deref()
        .map(known_type)
        .transpose()?;
    let resource_type = resource_type.as_deref();
    let (policy, limits) = (&file.policy, options.limit.limits());
    let of = |statement| addresses(kind, policy, resource_type, statement, &limits);
    let counts = Counts {
        requests: requests(kind, policy, resource_type, options.max_length, &limits),
        addresses: of(None),
        statements: allow_statements(policy)
            .map(|index| (index, of(Some(index))))
            .collect(),
        findings: match (&options.resource, &options.account) {
            (Some(arn), Some(account)) => Some(findings(policy, arn, account, limits)?),
            _ => None,
        },
    };
    let mut out = String::new();
    match options.format {
        AnswerFormat::Json => write(&mut out, &counts, policy, options.max_length),
        AnswerFormat::Text => tell(&mut out, &counts, policy, options.max_length),
    }
    io::stdout().write_all(out.as_bytes())?;
    Ok(if counts.requests.is_ok() && counts.addresses.is_ok() {
        Status::Clean
    } else {
        Status::Undecided
    })
}

/// A finding, and the addresses that it lets in, or why they were not counted.
type FindingAddresses = (Finding, Result<Addresses, Reason>);

/// The findings of a resource with this policy and nothing else on it.
fn findings(
    policy: &Policy,
    arn: &str,
    account: &str,
    limits: Limits,
) -> Result<Vec<FindingAddresses>, Stop> {
    let account = AccountId::parse(account).ok_or_else(|| {
        Failure::new(format!("`{}` is no account id", plain(account))).with_hint("twelve digits")
    })?;
    let policy = policy.clone();
    let configuration = match arn.split(':').nth(2) {
        Some("s3") => Configuration::S3Bucket(S3Bucket {
            policy: Some(policy),
            bucket_owner_enforced: true,
            ..S3Bucket::default()
        }),
        Some("sqs") => Configuration::ResourcePolicy(ResourcePolicyType::SqsQueue, Some(policy)),
        Some("kms") => Configuration::KmsKey(KmsKey {
            policies: vec![policy],
            grants: Vec::new(),
        }),
        _ => {
            return Err(Failure::new(format!(
                "`{}` is the ARN of no bucket, queue or key",
                plain(arn)
            ))
            .with_hint("such as `arn:aws:s3:::name`")
            .into());
        }
    };
    let resource = Resource {
        arn: arn.to_owned(),
        account,
        region: arn.split(':').nth(3).unwrap_or_default().to_owned(),
        configuration,
    };
    let zone = ZoneOfTrust {
        accounts: vec![account],
        ..ZoneOfTrust::default()
    };
    let organization = Organization::default();
    let analyzer = Analyzer::new(&organization, Selection::MinimumCover, limits);
    let analysis = analyzer.analyze(&resource, &zone);
    let counted = analysis.findings.into_iter().map(|finding| {
        let addresses = analyzer.addresses(&resource, &zone, &finding);
        (finding, addresses)
    });
    Ok(counted.collect())
}

fn sid(policy: &Policy, index: usize) -> Option<&str> {
    let sid = policy.statements.get(index)?.sid.as_ref()?;
    Some(sid.value.as_str()).filter(|sid| !sid.is_empty())
}

// ---- for people -----------------------------------------------------------------------------------------------

fn tell(out: &mut String, counts: &Counts, policy: &Policy, length: u32) {
    let paint = Paint::stdout();
    out.push_str(&format!(
        "{}: {}\n",
        paint.bold(&format!(
            "requests with texts of at most {length} characters"
        )),
        or_reason(&counts.requests, in_words)
    ));
    let lets_in = |found: &Result<Addresses, Reason>| or_reason(found, addresses_in_words);
    out.push_str(&format!(
        "{}: {}\n",
        paint.bold("addresses"),
        lets_in(&counts.addresses)
    ));
    if counts.statements.len() > 1 {
        for (index, found) in &counts.statements {
            let name =
                sid(policy, *index).map_or_else(String::new, |sid| format!(" `{}`", plain(sid)));
            out.push_str(&format!("  statement {index}{name}: {}\n", lets_in(found)));
        }
    }
    for (finding, found) in counts.findings.iter().flatten() {
        let conditions = finding.condition.iter();
        let conditions: Vec<String> = conditions
            .map(|(key, value)| format!(", {key} = {value}"))
            .collect();
        out.push_str(&format!(
            "  finding {} = {}{}: {}\n",
            finding.principal.0,
            plain(&finding.principal.1),
            plain(&conditions.concat()),
            lets_in(found)
        ));
    }
}

/// What `compare --count` says.
pub(crate) fn tell_shares(out: &mut String, shares: &Result<Shares, Reason>, length: u32) {
    let shares = match shares {
        Ok(shares) => shares,
        Err(reason) => {
            out.push_str(&format!("\n{} ({})\n", plain(&reason.message), reason.code));
            return;
        }
    };
    out.push_str(&format!(
        "\n{}\n",
        Paint::stdout().bold(&format!(
            "requests with texts of at most {length} characters"
        ))
    ));
    for (title, number) in [
        ("the existing policy allows", &shares.existing),
        ("the new policy allows", &shares.new),
        ("both allow", &shares.both),
        ("only the new policy allows", &shares.only_new),
        ("only the existing policy allows", &shares.only_existing),
    ] {
        let share = match number.per_million(&shares.existing) {
            Some(share) if title.starts_with("only") || title.starts_with("both") => {
                format!(", {} % of the existing access", percent(&share))
            }
            _ => String::new(),
        };
        out.push_str(&format!("  {title}: {}{share}\n", in_words(number)));
    }
}

/// Millionths as a percentage with four digits after the point; the rest is cut off.
fn percent(millionths: &Number) -> String {
    let digits = format!("{:0>5}", millionths.to_string());
    let (whole, rest) = digits.split_at(digits.len() - 4);
    format!("{whole}.{rest}")
}

fn or_reason<T>(found: &Result<T, Reason>, words: impl Fn(&T) -> String) -> String {
    match found {
        Ok(found) => words(found),
        Err(reason) => format!("{} ({})", plain(&reason.message), reason.code),
    }
}

/// A number; a long one by its logarithm first.
fn in_words(number: &Number) -> String {
    let digits = number.to_string();
    match number.log2() {
        Some(log2) if digits.len() > 20 => format!("2^{log2:.2} = {digits}"),
        _ => digits,
    }
}

fn addresses_in_words(found: &Addresses) -> String {
    format!(
        "{} of version 4, {} of version 6; without an address: {}",
        in_words(&found.v4),
        in_words(&found.v6),
        if found.absent { "yes" } else { "no" }
    )
}

// ---- for programs ---------------------------------------------------------------------------------------------

fn write(out: &mut String, counts: &Counts, policy: &Policy, length: u32) {
    out.push_str(&format!(
        "{{\"schemaVersion\":{SCHEMA_VERSION},\"maxLength\":{length},\"requests\":"
    ));
    write_or_reason(out, &counts.requests, write_number);
    out.push_str(",\"addresses\":");
    write_or_reason(out, &counts.addresses, write_addresses);
    out.push_str(",\"statements\":[");
    for (at, (index, found)) in counts.statements.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        out.push_str(&format!("{comma}{{\"index\":{index}"));
        if let Some(sid) = sid(policy, *index) {
            out.push_str(",\"sid\":");
            write_string(out, sid);
        }
        out.push_str(",\"addresses\":");
        write_or_reason(out, found, write_addresses);
        out.push('}');
    }
    out.push(']');
    if let Some(findings) = &counts.findings {
        out.push_str(",\"findings\":[");
        for (at, (finding, found)) in findings.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            out.push_str(&format!(
                "{comma}{{\"id\":\"{}\",\"principal\":{{",
                finding.id
            ));
            write_string(out, &finding.principal.0);
            out.push(':');
            write_string(out, &finding.principal.1);
            out.push_str("},\"condition\":{");
            for (at, (key, value)) in finding.condition.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write_string(out, key);
                out.push(':');
                write_string(out, value);
            }
            out.push_str("},\"addresses\":");
            write_or_reason(out, found, write_addresses);
            out.push('}');
        }
        out.push(']');
    }
    out.push_str("}\n");
}

/// The member `counts` of a comparison.
pub(crate) fn write_shares(out: &mut String, shares: &Result<Shares, Reason>) {
    out.push_str(",\"counts\":");
    write_or_reason(out, shares, |out, shares| {
        let numbers = [
            ("existing", &shares.existing),
            ("new", &shares.new),
            ("both", &shares.both),
            ("onlyNew", &shares.only_new),
            ("onlyExisting", &shares.only_existing),
        ];
        for (at, (name, number)) in numbers.into_iter().enumerate() {
            out.push_str(if at == 0 { "{" } else { "," });
            out.push_str(&format!("\"{name}\":"));
            write_number(out, number);
        }
        if let Some(share) = shares.only_new.per_million(&shares.existing) {
            out.push_str(&format!(",\"onlyNewPerMillionOfExisting\":\"{share}\""));
        }
        out.push('}');
    });
}

fn write_or_reason<T>(
    out: &mut String,
    found: &Result<T, Reason>,
    write: impl Fn(&mut String, &T),
) {
    match found {
        Ok(found) => write(out, found),
        Err(reason) => {
            out.push_str("{\"reason\":{\"code\":");
            write_string(out, reason.code);
            out.push_str(",\"message\":");
            write_string(out, &reason.message);
            out.push_str("}}");
        }
    }
}

fn write_number(out: &mut String, number: &Number) {
    out.push_str(&format!("{{\"count\":\"{number}\""));
    if let Some(log2) = number.log2() {
        out.push_str(&format!(",\"log2\":{log2:.4}"));
    }
    out.push('}');
}

fn write_addresses(out: &mut String, found: &Addresses) {
    out.push_str("{\"ipv4\":");
    write_number(out, &found.v4);
    out.push_str(",\"ipv6\":");
    write_number(out, &found.v6);
    out.push_str(&format!(",\"absent\":{}}}", found.absent));
}
