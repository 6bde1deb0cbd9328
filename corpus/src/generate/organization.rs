//! `organization.json`: a root, units of two levels, the accounts in them, and a few control policies.

use super::Options;
use super::draw::mix;
use std::io::{self, Write};

/// Accounts that stand together in one unit.
const ACCOUNTS_A_UNIT: u32 = 24;
/// Units of the second level that stand together in one of the first.
const UNITS_A_UNIT: u32 = 6;

/// Writes the whole document.
pub(super) fn write(options: &Options, out: &mut impl Write) -> io::Result<()> {
    let tag = format!("{:04x}", mix(options.seed) & 0xffff);
    let root = format!("r-{tag}");
    let unit = |level: u32, number: u32| format!("ou-{tag}-{level}{number:07x}");
    let lower = options.accounts.div_ceil(ACCOUNTS_A_UNIT);
    let upper = lower.div_ceil(UNITS_A_UNIT);
    let account_unit = |place: u32| {
        if place == 0 {
            root.clone()
        } else {
            unit(2, place / ACCOUNTS_A_UNIT)
        }
    };

    writeln!(
        out,
        "{{\n\"schemaVersion\": 1,\n\"id\": \"{}\",\n\"managementAccount\": \"{}\",",
        options.organization(),
        options.account(0)
    )?;
    writeln!(
        out,
        "\"roots\": [{{\"id\": \"{root}\", \"name\": \"Root\"}}],\n\"units\": ["
    )?;
    for number in 0..upper {
        writeln!(
            out,
            "{{\"id\": \"{}\", \"name\": \"division-{number}\", \"parent\": \"{root}\"}},",
            unit(1, number)
        )?;
    }
    for number in 0..lower {
        let comma = if number + 1 < lower { "," } else { "" };
        let parent = unit(1, number / UNITS_A_UNIT);
        writeln!(
            out,
            "{{\"id\": \"{}\", \"name\": \"team-{number}\", \"parent\": \"{parent}\"}}{comma}",
            unit(2, number)
        )?;
    }
    writeln!(out, "],\n\"accounts\": [")?;
    for place in 0..options.accounts {
        let comma = if place + 1 < options.accounts {
            ","
        } else {
            ""
        };
        let name = if place == 0 {
            "management".to_owned()
        } else {
            format!("account-{place}")
        };
        writeln!(
            out,
            "{{\"id\": \"{}\", \"name\": \"{name}\", \"unit\": \"{}\"}}{comma}",
            options.account(place),
            account_unit(place)
        )?;
    }
    writeln!(out, "],\n\"policies\": [")?;

    // Every level needs a service control policy that allows (else it would deny everything).
    writeln!(
        out,
        "{{\"id\": \"p-FullAWSAccess\", \"name\": \"FullAWSAccess\", \"type\": \"SERVICE_CONTROL_POLICY\", \"targets\": [\"{root}\""
    )?;
    for number in 0..upper {
        write!(out, ", \"{}\"", unit(1, number))?;
    }
    for number in 0..lower {
        write!(out, ", \"{}\"", unit(2, number))?;
    }
    for place in 0..options.accounts {
        write!(out, ", \"{}\"", options.account(place))?;
    }
    writeln!(out, "]}},")?;

    let every_third: Vec<String> = (0..upper)
        .filter(|number| number % 3 == 0)
        .map(|number| unit(1, number))
        .collect();
    let some_teams: Vec<String> = (0..lower)
        .filter(|number| number % 7 == 3)
        .map(|number| unit(2, number))
        .collect();
    let organization = options.organization();
    let policies = [
        (
            "p-keeptrail01",
            "keep-the-trail",
            "SERVICE_CONTROL_POLICY",
            r#"{"Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail","organizations:LeaveOrganization"],"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/organization-admin"}}}"#.to_owned(),
            vec![root.clone()],
        ),
        (
            "p-regions0001",
            "regions",
            "SERVICE_CONTROL_POLICY",
            r#"{"Effect":"Deny","NotAction":["iam:*","sts:*","organizations:*","cloudfront:*","route53:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1","us-east-1"]}}}"#.to_owned(),
            every_third,
        ),
        (
            "p-tls00000001",
            "tls-only",
            "RESOURCE_CONTROL_POLICY",
            r#"{"Effect":"Deny","Principal":"*","Action":["s3:*","sqs:*","kms:*"],"Resource":"*","Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}}"#.to_owned(),
            vec![root.clone()],
        ),
        (
            "p-perimeter01",
            "perimeter",
            "RESOURCE_CONTROL_POLICY",
            format!(
                r#"{{"Effect":"Deny","Principal":"*","Action":["s3:*","sqs:*","kms:*","sts:AssumeRole"],"Resource":"*","Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"{organization}"}},"BoolIfExists":{{"aws:PrincipalIsAWSService":"false"}}}}}}"#
            ),
            some_teams,
        ),
    ];
    for (number, (id, name, kind, statement, targets)) in policies.iter().enumerate() {
        let comma = if number + 1 < policies.len() { "," } else { "" };
        let targets: Vec<String> = targets
            .iter()
            .map(|target| format!("\"{target}\""))
            .collect();
        writeln!(
            out,
            "{{\"id\": \"{id}\", \"name\": \"{name}\", \"type\": \"{kind}\", \"document\": {{\"Version\":\"2012-10-17\",\"Statement\":[{statement}]}}, \
             \"targets\": [{}]}}{comma}",
            targets.join(", ")
        )?;
    }
    writeln!(out, "]\n}}")
}
