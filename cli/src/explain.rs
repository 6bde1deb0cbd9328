//! `keyaki explain`: what a finding means, and what would close it.

use crate::Status;
use crate::args::Explain;
use crate::failure::{Failure, Stop};
use crate::paint::{Paint, plain};
use crate::scan::report::{self, FindingRow, Site, Subject};
use crate::scan::{Looked, Survey};
use crate::words;
use keyaki_engine::finding::{Finding, FindingStatement, Source};
use keyaki_fetch::snapshot::Line;
use keyaki_language::json::{self, Json};
use std::io::{self, Write};

/// Runs `keyaki explain`.
pub(crate) fn run(options: &Explain) -> Result<Status, Stop> {
    let wanted = options.id.to_ascii_lowercase();
    if wanted.is_empty() {
        return Err(Failure::new("the id of a finding is empty")
            .with_hint("`keyaki scan` shows the ids")
            .into());
    }
    let survey = Survey::new(&options.source)?;
    let mut found: Vec<(String, String)> = Vec::new();
    let mut exact = None;
    survey.each(&options.source.snapshots, |looked| {
        if let Looked::At {
            subject,
            line,
            analysis,
            ..
        } = looked
        {
            for finding in &analysis.findings {
                let id = finding.id.to_ascii_lowercase();
                if id.starts_with(&wanted) {
                    let text = tell(&subject, finding, line);
                    if id == wanted {
                        exact = Some(text.clone());
                    }
                    found.push((finding.id.clone(), text));
                }
            }
        }
        Ok(())
    })?;
    let text = match (exact, found.as_slice()) {
        (Some(text), _) => text,
        (None, [(_, text)]) => text.clone(),
        (None, []) => {
            return Err(Failure::new(format!(
                "no finding has an id that begins with `{}`",
                plain(&options.id)
            ))
            .with_hint(
                "name the same snapshots and the same `--zone` and `--all` as in `keyaki scan`",
            )
            .into());
        }
        (None, several) => {
            let ids: Vec<&str> = several.iter().take(8).map(|(id, _)| id.as_str()).collect();
            return Err(Failure::new(format!(
                "{} findings have an id that begins with `{}`",
                several.len(),
                plain(&options.id)
            ))
            .with_hint(format!("give more of the id: {}", ids.join(", ")))
            .into());
        }
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Status::Clean)
}

fn tell(subject: &Subject<'_>, finding: &Finding, line: &Line) -> String {
    let paint = Paint::stdout();
    let site = Site::of_finding(line, finding);
    let row = FindingRow {
        subject,
        finding,
        site: &site,
        change: None,
    };
    let mut out = format!(
        "{}\n",
        paint.bold(&format!("Finding {}", plain(&finding.id)))
    );
    out.push_str(&format!(
        "  {} ({}, account {})\n",
        plain(subject.arn),
        subject.resource_type,
        subject.account
    ));
    let access = match (&finding.removed_by, finding.is_public) {
        (Some(by), _) => format!("granted, but taken away by {}", plain(by)),
        (None, true) => {
            "public: whoever it is, no trusted fact about the caller is asked for".to_owned()
        }
        (None, false) => "from outside the zone of trust, but not public".to_owned(),
    };
    out.push_str(&format!(
        "  {access}\n  written at {}\n",
        plain(&site.words())
    ));
    out.push_str(&format!("\n{}\n", paint.bold("Who may do what")));
    out.push_str(&format!(
        "  {} may {}\n",
        plain(&row.who()),
        plain(&finding.actions.join(", "))
    ));
    if !finding.condition.is_empty() {
        out.push_str(&format!("  if {}\n", plain(&row.condition())));
    }
    out.push_str(&format!("\n{}\n", paint.bold("A request that gets in")));
    out.push_str(&words::request(&finding.witness, "  "));
    let record = json::parse_bytes(line.bytes()).ok();
    for statement in &finding.statements {
        let title = format!("Let in by {}", report::statement(statement));
        out.push_str(&format!("\n{}\n", paint.bold(&plain(&title))));
        if let Some(text) = record
            .as_ref()
            .and_then(|record| text_of(record, finding, statement))
        {
            out.push_str(&format!("  {}\n", words::pretty(&text, "  ")));
        }
    }
    out.push_str(&format!("\n{}\n", paint.bold("What would close it")));
    for advice in advice(subject, finding) {
        out.push_str(&format!("  - {}\n", plain(&advice)));
    }
    if let Some(link) = subject.console() {
        out.push_str(&format!("\n  {link}\n"));
    }
    out
}

/// What the record says where a statement, an ACL grant, a KMS grant or a function URL stands.
fn text_of<'r>(
    record: &'r Json<'r>,
    finding: &Finding,
    statement: &FindingStatement,
) -> Option<Json<'r>> {
    let configuration = &record.get("configuration")?.as_object()?.first()?.value;
    let item = |list: &'r Json<'r>, index: usize| list.as_array()?.get(index).cloned();
    let number = |text: &str| text.rsplit(' ').next().and_then(|word| word.parse().ok());
    let policy = match statement.document.as_str() {
        // The engine counts the grants to others than the owner; here the grantee tells them apart.
        "acl" => {
            let lets_in = |grant: &&Json| {
                let id = grant.get("grantee").and_then(|grantee| grantee.get("id"));
                id.and_then(Json::as_str).unwrap_or("*") == finding.principal.1
            };
            let grants = configuration.get("bucketAclGrants")?.as_array()?;
            return Some(Json::array(grants.iter().filter(lets_in).cloned()));
        }
        grant if grant.starts_with("grant") => {
            return item(
                configuration.get("grants")?,
                number(grant).unwrap_or(statement.index),
            );
        }
        url if url.starts_with("url") => {
            return item(
                configuration.get("functionUrls")?,
                number(url).unwrap_or(statement.index),
            );
        }
        "policy" => [
            "bucketPolicy",
            "trustPolicy",
            "queuePolicy",
            "functionPolicy",
            "layerPolicy",
        ]
        .iter()
        .find_map(|name| configuration.get(name))
        .or_else(|| {
            Some(
                &configuration
                    .get("keyPolicies")?
                    .as_object()?
                    .first()?
                    .value,
            )
        })?,
        point => {
            let arn = point
                .split_whitespace()
                .find(|word| word.starts_with("arn:"))?;
            configuration
                .get("accessPoints")?
                .get(arn)?
                .get("accessPointPolicy")?
        }
    };
    let policy = match policy.as_str() {
        Some(text) => &json::parse(text).ok()?,
        None => policy,
    };
    let statements = policy.get("Statement")?;
    match statements.as_array() {
        Some(list) => list.get(statement.index).cloned(),
        None => (statement.index == 0).then(|| statements.clone()),
    }
}

/// What would close the access, the surest first.
fn advice(subject: &Subject<'_>, finding: &Finding) -> Vec<String> {
    let (kind, who) = (finding.principal.0.as_str(), finding.principal.1.as_str());
    let document = |name: &str| {
        finding
            .statements
            .iter()
            .any(|statement| statement.document.starts_with(name))
    };
    let has_policy = finding
        .sources
        .iter()
        .any(|source| !matches!(source, Source::BucketAcl))
        && !document("grant")
        && !document("url");
    let mut advice = Vec::new();
    if finding.removed_by.is_some() {
        advice.push("nothing has to be done while the control policy stays; the grant below it is better removed too".to_owned());
    }
    if finding.sources.contains(&Source::BucketAcl) {
        advice.push("set Object Ownership to `bucket owner enforced`, which disables ACLs, or remove the grant".to_owned());
        if finding.is_public {
            advice.push("turn on `IgnorePublicAcls` of Block Public Access".to_owned());
        }
    }
    if document("grant") {
        advice.push(
            "revoke the grant (`aws kms revoke-grant`) if its grantee no longer needs the key"
                .to_owned(),
        );
    }
    if document("url") {
        advice.push("set the function URL's auth type to `AWS_IAM`, and name the callers in the function's policy".to_owned());
    }
    if has_policy {
        match (kind, who) {
            ("AWS", "*") => {
                advice.push("name the accounts, roles or users in `Principal` that need the access, in place of `*`".to_owned());
                advice.push("or ask for your organization: `\"Condition\": {\"StringEquals\": {\"aws:PrincipalOrgID\": \"o-…\"}}`".to_owned());
                if subject.resource_type != "AWS::IAM::Role" {
                    advice.push(
                        "or, where only an AWS service shall call, name the service and add `aws:SourceAccount` or `aws:SourceArn`".to_owned(),
                    );
                }
            }
            ("AWS", _) => {
                advice.push(format!(
                    "remove `{who}` from `Principal` if it need not have the access"
                ));
                advice.push(format!(
                    "if it is expected, trust it: `--zone …,{}`",
                    account_in(who).unwrap_or("ACCOUNT")
                ));
                if subject.resource_type == "AWS::IAM::Role" {
                    advice.push("if it is a third party, ask for an external id: `\"StringEquals\": {\"sts:ExternalId\": \"…\"}`".to_owned());
                }
            }
            ("Federated", provider) => {
                if provider.contains("saml-provider/") {
                    advice.push(
                        "ask for the audience, `SAML:aud`, and for the groups that shall sign in"
                            .to_owned(),
                    );
                } else {
                    let name = provider
                        .rsplit_once("oidc-provider/")
                        .map_or(provider, |(_, name)| name);
                    advice.push(format!("fix the audience and the subject: `\"StringEquals\": {{\"{name}:aud\": \"…\", \"{name}:sub\": \"…\"}}`"));
                    advice.push("let no wildcard in the subject stand for a whole organization or repository that is not yours".to_owned());
                }
                advice.push("if everyone of the provider is expected, trust the provider: `--zone …,PROVIDER-ARN`".to_owned());
            }
            ("CanonicalUser", _) => {
                advice.push(
                    "replace the canonical id by the role that needs the access, or remove it"
                        .to_owned(),
                );
            }
            _ => advice.push(format!(
                "remove `{who}` from `Principal` if it need not have the access"
            )),
        }
        if subject.resource_type == "AWS::S3::Bucket" && finding.is_public {
            advice.push("turn on `RestrictPublicBuckets` of Block Public Access: AWS services and the owner's account stay".to_owned());
        }
    }
    advice
}

/// The account of an ARN, or an account id itself.
fn account_in(principal: &str) -> Option<&str> {
    if principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(principal);
    }
    principal
        .split(':')
        .nth(4)
        .filter(|account| !account.is_empty())
}
