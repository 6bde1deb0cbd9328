//! Closed lists that the question of being public (Q4) rests on.
//!
//! Which keys outsiders cannot set as they like, which of a condition's values are fixed, and which ARNs the resources of a
//! type have. These are readings of AWS's pages, not sets: what a fixed value stands for is told by its operator as ever.

use crate::policy::{Comparison, Condition, PrincipalEntry, Version, is_unknown_arn};
use crate::template::{Piece, Template, Variables, Wildcards};
use crate::value::Network;

/// Whether an entry of a principal clause names somebody fixed.
pub fn is_fixed_principal(entry: &PrincipalEntry) -> bool {
    match entry {
        PrincipalEntry::Everyone | PrincipalEntry::Nobody(_) => false,
        PrincipalEntry::Undefined(text) => is_unknown_arn(text),
        // A public identity provider lets in anybody who has an account there.
        PrincipalEntry::Federated(provider) => provider.starts_with("arn:"),
        PrincipalEntry::Account { .. }
        | PrincipalEntry::User { .. }
        | PrincipalEntry::Role { .. }
        | PrincipalEntry::Session { .. }
        | PrincipalEntry::FederatedUser { .. }
        | PrincipalEntry::Service(_)
        | PrincipalEntry::CanonicalUser(_) => true,
    }
}

/// Whether a key, in lower case, is one that outsiders cannot set freely, for a resource of this type.
pub fn is_trusted(key: &str, resource_type: Option<&str>) -> bool {
    match key {
        "s3:dataaccesspointarn" => resource_type != Some("AWS::S3::AccessPoint"),
        "aws:principalarn"
        | "aws:principalaccount"
        | "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:sourcearn"
        | "aws:sourceaccount"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:sourceowner"
        | "aws:sourcevpc"
        | "aws:sourcevpcarn"
        | "aws:sourcevpce"
        | "aws:vpceaccount"
        | "aws:vpceorgid"
        | "aws:vpceorgpaths"
        | "aws:sourceip"
        | "aws:userid"
        | "kms:calleraccount"
        | "s3:dataaccesspointaccount"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id"
        | "lambda:eventsourcetoken" => true,
        // The audience of an identity provider is an application that somebody registered there.
        // SAML's audience is AWS itself.
        "saml:aud" => false,
        _ => key.ends_with(":aud") || key.ends_with(":app_id"),
    }
}

/// The values of a condition that are fixed, in document order: no wildcard and no variable, or an ARN whose account is twelve
/// digits, or a block of addresses that is not too broad. Empty where the key is not trusted.
pub fn fixed_values<'c>(condition: &'c Condition, resource_type: Option<&str>) -> Vec<&'c str> {
    if !is_trusted(&condition.key.value, resource_type) {
        return Vec::new();
    }
    let values = condition.values.iter().map(|value| value.value.as_str());
    values.filter(|text| is_fixed(condition, text)).collect()
}

fn is_fixed(condition: &Condition, text: &str) -> bool {
    match condition.operator.comparison {
        // Blocks broader than /8 (version 4) or /32 (version 6) restrict nobody.
        Comparison::IpAddress => match Network::parse(text) {
            Some(Network::V4 { first, last }) => last - first < 1 << 24,
            Some(Network::V6 { first, last }) => last - first < 1 << 96,
            None => false,
        },
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::ArnLike => is_fixed_text(condition, text),
        Comparison::NumericEquals
        | Comparison::NumericLessThan
        | Comparison::NumericLessThanEquals
        | Comparison::NumericGreaterThan
        | Comparison::NumericGreaterThanEquals
        | Comparison::DateEquals
        | Comparison::DateLessThan
        | Comparison::DateLessThanEquals
        | Comparison::DateGreaterThan
        | Comparison::DateGreaterThanEquals
        | Comparison::Bool
        | Comparison::BinaryEquals
        | Comparison::Null => false,
    }
}

/// A text without wildcard and variable, or an ARN whose account is twelve digits.
fn is_fixed_text(condition: &Condition, text: &str) -> bool {
    let template = fixed_template(condition, text);
    if template.has_variable() {
        return false;
    }
    if template.literal().is_some() {
        return true;
    }
    // The account is the fifth part; with wildcards before it that could cross a colon, nothing is fixed.
    let parts: Vec<&[Piece]> = template
        .pieces
        .splitn(6, |piece| *piece == Piece::Char(':'))
        .collect();
    let digit = |piece: &Piece| matches!(piece, Piece::Char(c) if c.is_ascii_digit());
    let wild = |piece: &Piece| matches!(piece, Piece::One | Piece::Many);
    let crossing = condition.operator.comparison == Comparison::StringLike
        && parts.iter().take(5).any(|part| part.iter().any(wild));
    parts.len() == 6 && parts[4].len() == 12 && parts[4].iter().all(digit) && !crossing
}

/// The template of a value of a text operator.
pub fn fixed_template(condition: &Condition, text: &str) -> Template {
    let wildcards = match condition.operator.comparison {
        Comparison::StringLike | Comparison::ArnLike => Wildcards::Active,
        _ => Wildcards::Literal,
    };
    let variables = match condition.version {
        Version::V2012 => Variables::Active,
        Version::V2008 => Variables::Literal,
    };
    Template::parse(text, wildcards, variables)
}

/// The ARNs that resources of a type have, as a resource pattern. `None` where that is not known or says nothing: a trust policy
/// is about its role, whatever its ARN, and an unknown type is not narrowed, which is the safe side.
pub fn resource_pattern(resource_type: &str) -> Option<String> {
    let (service, last) = match resource_type {
        "AWS::S3::Bucket" => ("s3::", "*"),
        "AWS::S3::AccessPoint" => ("s3:*:*", "accesspoint/*"),
        "AWS::S3::Glacier" => ("glacier:*:*", "vaults/*"),
        "AWS::S3Express::DirectoryBucket" => ("s3express:*:*", "bucket/*"),
        "AWS::S3Express::AccessPoint" => ("s3express:*:*", "accesspoint/*"),
        "AWS::S3Outposts::Bucket" => ("s3-outposts:*:*", "outpost/*/bucket/*"),
        "AWS::S3Outposts::AccessPoint" => ("s3-outposts:*:*", "outpost/*/accesspoint/*"),
        "AWS::S3Tables::TableBucket" => ("s3tables:*:*", "bucket/*"),
        "AWS::S3Tables::Table" => ("s3tables:*:*", "bucket/*/table/*"),
        "AWS::DynamoDB::Table" => ("dynamodb:*:*", "table/*"),
        "AWS::DynamoDB::Stream" => ("dynamodb:*:*", "table/*/stream/*"),
        "AWS::EFS::FileSystem" => ("elasticfilesystem:*:*", "file-system/*"),
        "AWS::OpenSearchService::Domain" => ("es:*:*", "domain/*"),
        "AWS::Kinesis::Stream" => ("kinesis:*:*", "stream/*"),
        "AWS::Kinesis::StreamConsumer" => ("kinesis:*:*", "*/consumer/*"),
        "AWS::KMS::Key" => ("kms:*:*", "key/*"),
        "AWS::Lambda::Function" => ("lambda:*:*", "function:*"),
        "AWS::Lambda::LayerVersion" => ("lambda:*:*", "layer:*"),
        "AWS::SecretsManager::Secret" => ("secretsmanager:*:*", "secret:*"),
        "AWS::SNS::Topic" => ("sns:*:*", "*"),
        "AWS::SQS::Queue" => ("sqs:*:*", "*"),
        "AWS::ApiGateway::RestApi" => ("execute-api:*:*", "*"),
        "AWS::CodeArtifact::Domain" => ("codeartifact:*:*", "domain/*"),
        "AWS::Backup::BackupVault" => ("backup:*:*", "backup-vault:*"),
        "AWS::CloudTrail::Dashboard" => ("cloudtrail:*:*", "dashboard/*"),
        "AWS::CloudTrail::EventDataStore" => ("cloudtrail:*:*", "eventdatastore/*"),
        "AWS::ECR::Repository" => ("ecr:*:*", "repository/*"),
        _ => return None,
    };
    Some(format!("arn:*:{service}:{last}"))
}
