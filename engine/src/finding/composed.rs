//! A document and everything that narrows it, as one document: what a certificate can be about where a policy alone allows more
//! than anybody gets.
//!
//! Behind the statements of one policy stand Denies, each with the rule that makes it one:
//!
//! | what narrows | Denies |
//! |---|---|
//! | RCPs of the resource's account (M2) | theirs, word for word, but for service-linked roles, and on keys but for `kms:RetireGrant` |
//! | SCPs of an account that the policy names (M2) | theirs, with that account as principal, but for service-linked roles |
//! | `RestrictPublicBuckets`, if the policy is public (M6) | everybody but services and the owner's account; that it is public, a witness of Q4 shows |
//! | the other policy of an access point (M6) | those of its Denies that are about every resource a call can have |
//! | the call itself: through an access point, from a VPC, or to the bucket (M6) | all calls that are others |
//!
//! An account that a policy names and that is not of the organization does not have its id either, which RCPs like to ask for. A Deny says that, too.
//!
//! What cannot be written so is left out (an SCP that allows little, say). So the composed document allows everything that the policies
//! together allow to callers from outside, and maybe more: where it lets in nobody, or nobody but the findings, so do they. What control policies
//! do not bind, no finding of a scan names (Q3); a certificate does, as further statements beside the findings ([`Composed::spared`]).

use crate::finding::analyze::control_policies;
use crate::finding::mine::{accounts_in, scps_of};
use crate::finding::route::{DIRECTORY_POINT_KEYS, POINT_KEYS, PointKeys};
use crate::finding::{Analysis, Source};
use crate::resource::{Configuration, ControlPolicy, Organization, Resource, S3AccessPoint};
use keyaki_language::Policy;
use keyaki_language::json::{self, Json, JsonValue, Member};
use keyaki_language::policy::{AccountId, Effect, Listing, Statement, Version};
use std::sync::Arc;

/// Which of a resource's documents is composed with what narrows it.
#[derive(Clone, Copy, Debug)]
pub enum Own<'t> {
    /// A policy of the resource.
    Policy(&'t str),
    /// What its grants amount to, and the policies whose Denies bind them.
    Grants(&'t str, &'t [String]),
    /// The policy of an access point, and that of its bucket.
    AccessPoint {
        /// The access point's ARN.
        arn: &'t str,
        /// Its policy.
        policy: &'t str,
        /// The bucket's.
        bucket: &'t str,
    },
}

/// A document with what narrows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    /// The document's text.
    pub text: String,
    /// The documents whose statements stand in it beside the one that is asked about: a name for people, and the text.
    pub of: Vec<(String, String)>,
    /// Denies that stand in no document, for people.
    pub with: Vec<String>,
    /// Access that control policies do not take away (M2), though no finding names it: for people, and as a statement.
    pub spared: Vec<(&'static str, Json<'static>)>,
    /// Documents that must be public for it to be true (Q4): the text, and the type of the resource.
    pub public: Vec<(String, &'static str)>,
}

/// A document of a resource with everything that narrows it, in up to two ways, each enough for itself: an access point's policy with the
/// Denies of its bucket's, and the other way round. Empty where nothing narrows it. `Err` says what cannot be one document.
pub fn composed(
    resource: &Resource,
    organization: &Organization,
    analysis: &Analysis,
    own: Own,
) -> Result<Vec<Composed>, String> {
    let mut ways = Vec::new();
    // What rests on the policy being public comes last: it needs more evidence.
    for restricted in [false, true] {
        match own {
            Own::Policy(text) => {
                let mut way = Draft::of(text)?;
                if restricted && !way.restrict(resource, analysis, None, text) {
                    continue;
                }
                if text.to_ascii_lowercase().contains("dataaccesspoint") {
                    way.leave_out_own_points(resource);
                }
                way.control_policies(resource, organization, false)?;
                ways.push(way);
            }
            Own::Grants(..) if restricted => {}
            Own::Grants(text, policies) => {
                let mut way = Draft::of(text)?;
                for policy in policies {
                    way.denies_of("policy", policy, |_| Some(None))?;
                }
                way.control_policies(resource, organization, false)?;
                ways.push(way);
            }
            Own::AccessPoint {
                arn,
                policy,
                bucket,
            } => {
                let Some((point, keys)) = access_point(resource, arn) else {
                    continue;
                };
                let through = Through {
                    point,
                    keys,
                    own_patterns: [arn.to_owned(), format!("{arn}/*")],
                    bucket_patterns: [resource.arn.clone(), format!("{}/*", resource.arn)],
                };
                for first in [true, false] {
                    let (text, other) = match first {
                        true => (policy, bucket),
                        false => (bucket, policy),
                    };
                    let mut way = Draft::of(text)?;
                    let point = Some((point, policy));
                    if restricted && !way.restrict(resource, analysis, point, bucket) {
                        continue;
                    }
                    way.through(&through, other, first)?;
                    way.control_policies(resource, organization, !first)?;
                    ways.push(way);
                }
            }
        }
    }
    let done = ways.into_iter().filter(|own| !own.denies.is_empty());
    done.map(Draft::finish).collect()
}

/// An access point of a resource by its ARN, with the keys of calls through it.
fn access_point<'r>(resource: &'r Resource, arn: &str) -> Option<(&'r S3AccessPoint, PointKeys)> {
    let (points, keys) = match &resource.configuration {
        Configuration::S3Bucket(bucket) => (&bucket.access_points, POINT_KEYS),
        Configuration::S3DirectoryBucket(bucket) => (&bucket.access_points, DIRECTORY_POINT_KEYS),
        _ => return None,
    };
    let point = points.iter().find(|point| point.arn == arn)?;
    Some((point, keys))
}

/// A call through an access point.
struct Through<'t> {
    point: &'t S3AccessPoint,
    keys: PointKeys,
    own_patterns: [String; 2],
    bucket_patterns: [String; 2],
}

/// A document that is being composed.
struct Draft {
    version: Version,
    /// Whether versions differ. That matters where something is spelled like a variable.
    mixed: bool,
    statements: Vec<Json<'static>>,
    denies: Vec<Json<'static>>,
    of: Vec<(String, String)>,
    with: Vec<String>,
    spared: Vec<(&'static str, Json<'static>)>,
    public: Vec<(String, &'static str)>,
    named: Vec<AccountId>,
}

impl Draft {
    fn of(text: &str) -> Result<Self, String> {
        let (policy, statements) = read(text)?;
        Ok(Self {
            version: policy.version,
            mixed: false,
            statements,
            denies: Vec::new(),
            of: Vec::new(),
            with: Vec::new(),
            spared: Vec::new(),
            public: Vec::new(),
            named: accounts_in([&policy].into_iter()).into_iter().collect(),
        })
    }

    /// Adds Denies of another document. `resource` says of each what to put for its resources, or that it is left out.
    fn denies_of(
        &mut self,
        name: &str,
        text: &str,
        resource: impl Fn(&Statement) -> Option<Option<&'static str>>,
    ) -> Result<(), String> {
        let (policy, statements) = read(text)?;
        let before = self.denies.len();
        for (statement, mut json) in policy.statements.iter().zip(statements) {
            if statement.effect != Effect::Deny {
                continue;
            }
            if let Some(instead) = resource(statement) {
                if let Some(pattern) = instead {
                    set(&mut json, "Resource", Json::from(pattern));
                }
                self.denies.push(json);
            }
        }
        self.used(name, text, &policy, before);
        self.named.extend(accounts_in([&policy].into_iter()));
        Ok(())
    }

    /// Notes a document if anything of it was taken.
    fn used(&mut self, name: &str, text: &str, policy: &Policy, before: usize) {
        if self.denies.len() > before {
            self.mixed |= policy.version != self.version;
            self.of.push((name.to_owned(), text.to_owned()));
        }
    }

    /// A Deny for everybody, under one condition.
    fn deny(&mut self, conditions: &[(&'static str, &str, &str)]) {
        let mut statement = statement("Deny", "*");
        for (operator, key, value) in conditions {
            let block = Json::object([((*key).to_owned(), Json::from((*value).to_owned()))]);
            condition(&mut statement, operator, block);
        }
        self.denies.push(statement);
    }

    /// Calls through access points of the bucket's own account are left out: each has its own document.
    fn leave_out_own_points(&mut self, resource: &Resource) {
        let (service, [arn, account, _]) = match &resource.configuration {
            Configuration::S3Bucket(_) => ("s3", POINT_KEYS),
            Configuration::S3DirectoryBucket(_) => ("s3express", DIRECTORY_POINT_KEYS),
            _ => return,
        };
        let owner = resource.account.to_string();
        let points = format!("arn:*:{service}:*:{owner}:accesspoint/*");
        self.deny(&[("StringEquals", account, &owner)]);
        self.deny(&[("ArnLike", arn, &points)]);
        self.with
            .push("no calls through access points of the bucket's own account, which have entries of their own".to_owned());
    }

    /// Only calls through an access point, and its other policy's Denies (M6). `first`: the access point's own policy is asked about.
    fn through(&mut self, through: &Through, other: &str, first: bool) -> Result<(), String> {
        let arn = through.point.arn.as_str();
        let (name, patterns) = match first {
            true => ("bucket policy", &through.bucket_patterns),
            false => (arn, &through.own_patterns),
        };
        self.denies_of(name, other, |statement| {
            is_about_all(statement, patterns).then_some(Some("*"))
        })?;
        let [own, account, origin] = through.keys;
        self.deny(&[("StringNotEquals", own, arn)]);
        if let Some(number) = arn.split(':').nth(4) {
            self.deny(&[("StringNotEquals", account, number)]);
        }
        let from = match through.point.vpc {
            Some(_) => "VPC",
            None => "Internet",
        };
        self.deny(&[("StringNotEquals", origin, from)]);
        self.with.push(format!("only calls through {arn}"));
        if let Some(vpc) = &through.point.vpc {
            self.deny(&[("StringNotEquals", "aws:SourceVpc", vpc)]);
            self.with.push(format!("only calls from {vpc}"));
        }
        Ok(())
    }

    /// What `RestrictPublicBuckets` leaves of a public policy (M6), where a scan found nothing else: services and the owner's account. False
    /// where it is not on.
    fn restrict(
        &mut self,
        resource: &Resource,
        analysis: &Analysis,
        point: Option<(&S3AccessPoint, &str)>,
        policy: &str,
    ) -> bool {
        let (by_bucket, kinds) = match &resource.configuration {
            Configuration::S3Bucket(bucket) => (
                bucket.block_public_access.restrict_public_buckets
                    || bucket.account_block_public_access.restrict_public_buckets,
                ["AWS::S3::Bucket", "AWS::S3::AccessPoint"],
            ),
            Configuration::S3DirectoryBucket(_) => (
                true,
                [
                    "AWS::S3Express::DirectoryBucket",
                    "AWS::S3Express::AccessPoint",
                ],
            ),
            _ => return false,
        };
        let by_point =
            |(point, _): &(&S3AccessPoint, &str)| point.block_public_access.restrict_public_buckets;
        // An access point of VPC origin is never public (Q4).
        let never = point.is_some_and(|(point, _)| point.vpc.is_some());
        if never || !(by_bucket || point.as_ref().is_some_and(by_point)) {
            return false;
        }
        // Where the way in has findings, the scan did not take it to be public.
        let own = |source: &Source| match (source, point) {
            (Source::Policy | Source::AccessPointAccount(_), None) => true,
            (Source::AccessPoint(arn), Some((point, _))) => *arn == point.arn,
            _ => false,
        };
        let mut findings = analysis.findings.iter();
        if findings.any(|finding| finding.removed_by.is_none() && finding.sources.iter().any(own)) {
            return false;
        }
        let owner = resource.account.to_string();
        let no_service = ("BoolIfExists", "aws:PrincipalIsAWSService", "false");
        self.deny(&[
            ("StringNotEquals", "aws:PrincipalAccount", &owner),
            no_service,
        ]);
        // Providers and canonical ids have no account that is known.
        self.deny(&[("Null", "aws:PrincipalArn", "true"), no_service]);
        self.with.push(
            "RestrictPublicBuckets, since the policy is public: only services and the owner's account"
                .to_owned(),
        );
        self.public.push((policy.to_owned(), kinds[0]));
        if let Some((_, policy)) = point {
            self.public.push((policy.to_owned(), kinds[1]));
        }
        true
    }

    /// Adds what control policies deny (M2). `elsewhere`: the document's statements are not about the resource that control policies see.
    fn control_policies(
        &mut self,
        resource: &Resource,
        organization: &Organization,
        elsewhere: bool,
    ) -> Result<(), String> {
        let key = matches!(resource.configuration, Configuration::KmsKey(_));
        let mut bound = false;
        let mut retire = false;
        for own in control_policies(resource, organization) {
            bound |= self.control(
                own,
                "resource control policy",
                elsewhere,
                |json, statement| {
                    if key {
                        let (sound, changed) = spare_retiring(json, statement);
                        retire |= changed;
                        return sound;
                    }
                    true
                },
            )?;
        }
        let named = std::mem::take(&mut self.named);
        let mut strangers = Vec::new();
        for account in named {
            if !organization.accounts.contains_key(&account) {
                strangers.push(account);
                continue;
            }
            if account == resource.account || organization.management_account == Some(account) {
                continue;
            }
            let levels: Vec<&Vec<Arc<ControlPolicy>>> = scps_of(organization, account).collect();
            for own in levels.into_iter().flatten() {
                let name = format!("service control policy of {account}");
                bound |= self.control(own, &name, elsewhere, |json, _| {
                    let who = Json::object([("AWS", Json::from(account.to_string()))]);
                    set(json, "Principal", who);
                    true
                })?;
            }
        }
        // All accounts of the organization are known (R5), so no other has its id.
        if bound && !strangers.is_empty() && !organization.id.is_empty() {
            let accounts = strangers.iter().map(|own| Json::from(own.to_string()));
            let mut strange = statement("Deny", "*");
            set(
                &mut strange,
                "Principal",
                Json::object([("AWS", Json::array(accounts))]),
            );
            let id = Json::from(organization.id.clone());
            let block = Json::object([("aws:PrincipalOrgID", id)]);
            condition(&mut strange, "StringEquals", block);
            self.denies.push(strange);
            let id = &organization.id;
            let names: Vec<String> = strangers.iter().map(ToString::to_string).collect();
            let names = names.join(", ");
            self.with
                .push(format!("accounts that are not of {id}: {names}"));
        }
        if bound {
            let roles = Json::object([("aws:PrincipalArn", Json::from(SERVICE_LINKED_ROLES))]);
            let mut linked = statement("Allow", "*");
            condition(&mut linked, "ArnLike", roles);
            self.spared.push(("service-linked roles", linked));
        }
        if retire {
            self.spared.push((RETIRE, statement("Allow", RETIRE)));
        }
        Ok(())
    }

    /// Adds the Denies of one control policy, each changed as it must be; says whether there were any.
    fn control(
        &mut self,
        own: &ControlPolicy,
        kind: &str,
        elsewhere: bool,
        mut change: impl FnMut(&mut Json<'static>, &Statement) -> bool,
    ) -> Result<bool, String> {
        let (_, statements) = read(&own.text)?;
        let before = self.denies.len();
        for (statement, mut json) in own.policy.statements.iter().zip(statements) {
            let here = !elsewhere || is_about_all(statement, &[]);
            if statement.effect == Effect::Deny
                && here
                && change(&mut json, statement)
                && spare_linked(&mut json)
                && !self.denies.contains(&json)
            {
                self.denies.push(json);
            }
        }
        self.used(
            &format!("{kind} {}", own.id),
            &own.text,
            &own.policy,
            before,
        );
        Ok(self.denies.len() > before)
    }

    fn finish(self) -> Result<Composed, String> {
        let all: Vec<Json> = self.statements.into_iter().chain(self.denies).collect();
        let statements = Json::array(all);
        let mut version = self.version;
        if self.mixed {
            if statements.to_string().contains("${") {
                return Err(
                    "the policy and what narrows it are of two versions, and `${` means something in one of them alone"
                        .to_owned(),
                );
            }
            version = Version::V2012;
        }
        let version = match version {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        };
        let document = [("Version", Json::from(version)), ("Statement", statements)];
        Ok(Composed {
            text: Json::object(document).to_string(),
            of: self.of,
            with: self.with,
            spared: self.spared,
            public: self.public,
        })
    }
}

/// The ARNs that `aws:PrincipalArn` has for service-linked roles.
const SERVICE_LINKED_ROLES: &str = "arn:*:iam::*:role/aws-service-role/*";

/// What no RCP can deny (M2).
const RETIRE: &str = "kms:RetireGrant";

/// A document and its statements as they stand.
fn read(text: &str) -> Result<(Policy, Vec<Json<'static>>), String> {
    let policy = Policy::read(text).map_err(|error| error.to_string())?;
    let json = json::parse(text).map_err(|error| error.to_string())?;
    // A string that holds a document is one as well.
    let inner = json.as_str().map(json::parse);
    let json = match &inner {
        Some(inner) => inner.as_ref().map_err(ToString::to_string)?,
        None => &json,
    };
    let statements: Vec<Json> = match json.get("Statement") {
        Some(Json {
            value: JsonValue::Array(items),
            ..
        }) => items.iter().cloned().map(Json::into_owned).collect(),
        Some(one) => vec![one.clone().into_owned()],
        None => Vec::new(),
    };
    match statements.len() == policy.statements.len() {
        true => Ok((policy, statements)),
        false => Err("the statements of the document cannot be told apart".to_owned()),
    }
}

/// Whether a statement is plainly about every resource that some patterns hold together.
fn is_about_all(statement: &Statement, patterns: &[String]) -> bool {
    let Some(resource) = &statement.resource else {
        return true;
    };
    let has = |text: &str| {
        let mut own = resource.patterns.iter();
        own.any(|pattern| pattern.value.text == text)
    };
    resource.listing == Listing::Listed
        && (has("*") || (!patterns.is_empty() && patterns.iter().all(|text| has(text))))
}

/// Gives a statement an element, in the place of that one or its `Not…` twin.
fn set(statement: &mut Json<'static>, name: &'static str, value: Json<'static>) {
    let plain = |name: &str| name.strip_prefix("Not").unwrap_or(name).to_owned();
    if let JsonValue::Object(members) = &mut statement.value {
        members.retain(|member| plain(member.name()) != plain(name));
        members.extend(own_members([(name, value)]));
    }
}

fn own_members<'t>(members: [(&'static str, Json<'t>); 1]) -> Vec<Member<'t>> {
    match Json::object(members).value {
        JsonValue::Object(members) => members,
        _ => Vec::new(),
    }
}

/// Adds a condition to a statement that has none with that operator.
fn condition<'t>(statement: &mut Json<'t>, operator: &'static str, block: Json<'t>) {
    let JsonValue::Object(members) = &mut statement.value else {
        return;
    };
    let own = own_members([(operator, block)]);
    let conditions = members.iter_mut().find(|m| m.name() == "Condition");
    match conditions.map(|member| &mut member.value.value) {
        Some(JsonValue::Object(blocks)) => blocks.extend(own),
        _ => members.extend(own_members([("Condition", JsonValue::Object(own).into())])),
    }
}

/// Makes a Deny one for everybody but service-linked roles. False if there is no room for it.
fn spare_linked(statement: &mut Json<'static>) -> bool {
    let taken = |operator: &str| {
        let blocks = statement.get("Condition").and_then(Json::as_object);
        let mut blocks = blocks.into_iter().flatten();
        blocks.any(|own| own.name().eq_ignore_ascii_case(operator))
    };
    let operators = ["ArnNotLike", "ArnNotEquals", "StringNotLike"];
    let Some(operator) = operators.into_iter().find(|operator| !taken(operator)) else {
        return false;
    };
    let roles = Json::object([("aws:PrincipalArn", Json::from(SERVICE_LINKED_ROLES))]);
    condition(statement, operator, roles);
    true
}

/// Takes `kms:RetireGrant` from the actions of a Deny on a key, whose actions are all of KMS: whether it can be, and whether it was there.
fn spare_retiring(json: &mut Json<'static>, statement: &Statement) -> (bool, bool) {
    let own = RETIRE.to_ascii_lowercase();
    let patterns = statement.action.patterns.iter();
    let texts: Vec<String> = patterns.map(|p| p.value.to_ascii_lowercase()).collect();
    let list = |texts: Vec<&str>| Json::array(texts.into_iter().map(|t| Json::from(t.to_owned())));
    if statement.action.listing == Listing::NotListed {
        let mut patterns: Vec<&str> = texts.iter().map(String::as_str).collect();
        patterns.push(RETIRE);
        set(json, "NotAction", list(patterns));
        return (true, true);
    }
    // Up to the first wildcard: what begins otherwise is another action.
    let may_be = |text: &str| match text.find(['*', '?']) {
        Some(at) => own.starts_with(&text[..at]),
        None => text == own,
    };
    if !texts.iter().any(|text| may_be(text)) {
        return (true, false);
    }
    if texts.iter().any(|text| text == "*" || text == "kms:*") {
        set(json, "NotAction", list(vec![RETIRE]));
        return (true, true);
    }
    let kept: Vec<&str> = texts
        .iter()
        .map(String::as_str)
        .filter(|text| *text != own)
        .collect();
    if kept.is_empty() || kept.iter().any(|text| may_be(text)) {
        return (false, false);
    }
    set(json, "Action", list(kept));
    (true, true)
}

/// A statement about everybody and an action.
fn statement(effect: &'static str, action: &'static str) -> Json<'static> {
    Json::object([
        ("Effect", Json::from(effect)),
        ("Principal", Json::from("*")),
        ("Action", Json::from(action)),
        ("Resource", Json::from("*")),
    ])
}
