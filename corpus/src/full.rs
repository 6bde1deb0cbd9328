//! Documents as large as the service takes them, filled with statements of the shapes that public policies have.
//!
//! The tables say how often each shape was counted: in 215 bucket policies, 69 key policies, 181 trust policies,
//! 117 service control policies, 15 resource control policies and 818 managed policies, with near-duplicates counted
//! at most three times. Names are invented, so that the documents are no copies of anything.

use crate::families::document::{Clause, allow, deny, document, list};
use crate::families::{Expect, Question};
use crate::generate::draw::Draw;

/// A kind of document and its mix of shapes.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// In kebab-case.
    pub name: &'static str,
    /// The most bytes that the service takes, white space aside.
    pub limit: usize,
    policy_type: &'static str,
    /// For the questions that are about a resource.
    resource_type: Option<&'static str>,
    /// Deny statements in a thousand.
    deny: u32,
    /// `NotAction` in a thousand.
    not_action: u32,
    principals: Table<Who>,
    actions: Table<u32>,
    action_forms: Table<Form>,
    resources: Table<&'static [&'static str]>,
    conditions: Table<u32>,
    tests: Table<(&'static str, &'static str)>,
    services: &'static [&'static str],
}

type Table<T> = &'static [(u32, T)];

/// Whom a statement names.
#[derive(Clone, Copy, Debug)]
enum Who {
    Nobody,
    Everyone,
    Service,
    Account,
    Role,
    User,
    Canonical,
    Provider,
}

/// How an action is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Name,
    Beginning,
    Service,
    Any,
}

/// The kinds, with their tables.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "bucket",
        limit: 20_480,
        policy_type: "RESOURCE_POLICY",
        resource_type: Some("AWS::S3::Bucket"),
        deny: 337,
        not_action: 0,
        principals: &[
            (168, Who::Everyone),
            (134, Who::Service),
            (41, Who::Account),
            (20, Who::Role),
            (40, Who::User),
            (4, Who::Canonical),
        ],
        actions: &[(275, 1), (39, 2), (11, 3), (6, 4), (1, 5), (2, 10), (1, 20)],
        action_forms: &[
            (333, Form::Name),
            (37, Form::Beginning),
            (65, Form::Service),
            (23, Form::Any),
        ],
        resources: &[
            (244, &["arn:aws:s3:::#/*"]),
            (89, &["arn:aws:s3:::#", "arn:aws:s3:::#/*"]),
            (40, &["arn:aws:s3:::#/logs/#/*"]),
            (3, &["*"]),
            (1, &["arn:aws:s3:::#/${aws:username}/*"]),
        ],
        conditions: &[(140, 0), (161, 1), (32, 2), (2, 3)],
        tests: &[
            (50, ("Bool", "aws:SecureTransport")),
            (24, ("StringEquals", "s3:x-amz-acl")),
            (19, ("StringEquals", "aws:SourceAccount")),
            (16, ("StringNotEquals", "s3:x-amz-server-side-encryption")),
            (16, ("ArnLike", "aws:SourceArn")),
            (14, ("StringEquals", "aws:SourceArn")),
            (8, ("StringEquals", "aws:PrincipalOrgID")),
            (7, ("StringEquals", "s3:DataAccessPointAccount")),
            (7, ("ArnEquals", "aws:PrincipalArn")),
            (7, ("IpAddress", "aws:SourceIp")),
            (6, ("Null", "s3:x-amz-server-side-encryption")),
            (5, ("StringNotEquals", "aws:PrincipalOrgID")),
            (5, ("ArnNotEquals", "aws:PrincipalArn")),
            (4, ("ArnLike", "aws:PrincipalArn")),
            (
                4,
                (
                    "StringNotEquals",
                    "s3:x-amz-server-side-encryption-aws-kms-key-id",
                ),
            ),
            (3, ("ForAnyValue:StringNotEquals", "aws:CalledVia")),
            (2, ("Bool", "aws:PrincipalIsAWSService")),
            (2, ("StringLike", "aws:PrincipalArn")),
            (2, ("StringEquals", "aws:SourceVpce")),
            (2, ("StringNotEqualsIfExists", "aws:SourceVpc")),
            (2, ("StringEquals", "s3:ExistingObjectTag/environment")),
            (1, ("StringLike", "aws:userid")),
            (1, ("NotIpAddress", "aws:SourceIp")),
        ],
        services: &["s3"],
    },
    Kind {
        name: "key",
        limit: 32_768,
        policy_type: "RESOURCE_POLICY",
        resource_type: Some("AWS::KMS::Key"),
        deny: 9,
        not_action: 9,
        principals: &[
            (83, Who::Account),
            (56, Who::Service),
            (54, Who::Role),
            (30, Who::Everyone),
            (14, Who::User),
        ],
        actions: &[
            (93, 1),
            (20, 2),
            (10, 3),
            (12, 4),
            (51, 5),
            (5, 6),
            (6, 12),
            (18, 15),
        ],
        action_forms: &[
            (425, Form::Name),
            (368, Form::Beginning),
            (45, Form::Service),
        ],
        resources: &[
            (213, &["*"]),
            (2, &["arn:aws:kms:eu-west-1:111122223333:key/*"]),
        ],
        conditions: &[(167, 0), (26, 1), (17, 2), (3, 3), (2, 4)],
        tests: &[
            (19, ("StringEquals", "kms:ViaService")),
            (15, ("StringEquals", "kms:CallerAccount")),
            (9, ("StringEquals", "aws:PrincipalOrgID")),
            (4, ("Null", "kms:EncryptionContext:aws:cloudtrail:arn")),
            (4, ("Bool", "kms:GrantIsForAWSResource")),
            (4, ("ArnLike", "aws:PrincipalArn")),
            (
                4,
                ("StringEqualsIgnoreCase", "kms:RecipientAttestation:PCR0"),
            ),
            (
                3,
                ("StringLike", "kms:EncryptionContext:aws:cloudtrail:arn"),
            ),
            (3, ("ForAllValues:StringEquals", "kms:GrantOperations")),
            (2, ("StringLike", "kms:EncryptionContext:SecretARN")),
            (2, ("StringLike", "aws:PrincipalArn")),
            (2, ("ArnLike", "kms:EncryptionContext:aws:logs:arn")),
            (1, ("StringLike", "kms:ViaService")),
            (1, ("ArnLike", "aws:SourceArn")),
        ],
        services: &["kms"],
    },
    Kind {
        name: "trust",
        limit: 10_240,
        policy_type: "RESOURCE_POLICY",
        resource_type: Some("AWS::IAM::Role"),
        deny: 10,
        not_action: 0,
        principals: &[
            (178, Who::Service),
            (19, Who::Account),
            (16, Who::User),
            (13, Who::Provider),
            (3, Who::Role),
            (4, Who::Everyone),
        ],
        actions: &[(195, 1), (5, 2)],
        action_forms: &[(204, Form::Name), (1, Form::Any)],
        resources: &[(1, &[])],
        conditions: &[(162, 0), (20, 1), (16, 2), (2, 4)],
        tests: &[
            (7, ("StringEquals", "aws:SourceAccount")),
            (7, ("ArnLike", "aws:PrincipalArn")),
            (6, ("StringEquals", "aws:PrincipalOrgID")),
            (5, ("ArnLike", "aws:SourceArn")),
            (
                3,
                ("StringEquals", "token.actions.githubusercontent.com:aud"),
            ),
            (3, ("StringEquals", "aws:PrincipalArn")),
            (3, ("StringEquals", "SAML:aud")),
            (3, ("StringLike", "token.actions.githubusercontent.com:sub")),
            (2, ("StringEquals", "aws:SourceArn")),
            (2, ("StringEquals", "sts:ExternalId")),
            (2, ("StringEquals", "cognito-identity.amazonaws.com:aud")),
            (5, ("StringLike", "aws:RequestTag/project")),
            (1, ("Bool", "aws:MultiFactorAuthPresent")),
            (
                1,
                (
                    "ForAnyValue:StringLike",
                    "cognito-identity.amazonaws.com:amr",
                ),
            ),
            (1, ("ForAllValues:StringEquals", "sts:TransitiveTagKeys")),
        ],
        services: &["sts"],
    },
    Kind {
        name: "service-control",
        limit: 5_120,
        policy_type: "SERVICE_CONTROL_POLICY",
        resource_type: None,
        deny: 1000,
        not_action: 189,
        principals: &[(1, Who::Nobody)],
        actions: &[
            (48, 1),
            (19, 2),
            (6, 3),
            (9, 4),
            (6, 5),
            (6, 6),
            (10, 8),
            (8, 13),
            (29, 40),
        ],
        action_forms: &[
            (569, Form::Name),
            (34, Form::Beginning),
            (2663, Form::Service),
            (7, Form::Any),
        ],
        resources: &[
            (94, &["*"]),
            (38, &["arn:aws:iam::*:role/#*"]),
            (20, &["arn:aws:s3:::#/*"]),
            (20, &["arn:aws:ec2:*:*:#/*"]),
            (15, &["arn:aws:sns:eu-west-1:111122223333:#"]),
            (12, &["arn:aws:logs:*:*:log-group:#-*-#"]),
        ],
        conditions: &[(37, 0), (93, 1), (12, 2), (5, 3), (1, 6)],
        tests: &[
            (55, ("ArnNotLike", "aws:PrincipalArn")),
            (
                9,
                (
                    "StringNotEqualsIfExists",
                    "aws:PrincipalTag/exclude-resource",
                ),
            ),
            (3, ("ArnLike", "aws:PrincipalArn")),
            (3, ("BoolIfExists", "aws:MultiFactorAuthPresent")),
            (2, ("StringNotEqualsIfExists", "aws:ResourceOrgID")),
            (
                2,
                (
                    "StringNotEqualsIfExists",
                    "aws:PrincipalTag/exclude-network",
                ),
            ),
            (2, ("ForAnyValue:StringNotLike", "ses:Recipients")),
            (2, ("StringEquals", "ses:ApiVersion")),
            (2, ("Null", "s3:x-amz-server-side-encryption")),
            (2, ("Bool", "ec2:Public")),
            (2, ("Bool", "ec2:AssociatePublicIpAddress")),
            (2, ("StringNotEqualsIgnoreCase", "ec2:ResourceTag/owner")),
            (2, ("StringNotEquals", "ec2:MetadataHttpTokens")),
            (2, ("Null", "lambda:VpcIds")),
            (2, ("StringNotLike", "ec2:InstanceType")),
            (1, ("StringNotEquals", "aws:RequestedRegion")),
            (1, ("ForAnyValue:StringLike", "aws:TagKeys")),
            (
                1,
                (
                    "NumericGreaterThanEquals",
                    "iam:ServiceSpecificCredentialAgeDays",
                ),
            ),
        ],
        services: &[
            "s3",
            "ec2",
            "iam",
            "kms",
            "lambda",
            "sns",
            "sqs",
            "rds",
            "logs",
            "config",
            "guardduty",
            "organizations",
            "sts",
            "ecs",
            "eks",
            "dynamodb",
            "route53",
            "cloudtrail",
            "cloudfront",
            "ses",
        ],
    },
    Kind {
        name: "resource-control",
        limit: 5_120,
        policy_type: "RESOURCE_CONTROL_POLICY",
        resource_type: None,
        deny: 1000,
        not_action: 0,
        principals: &[(1, Who::Everyone)],
        actions: &[
            (31, 1),
            (1, 2),
            (1, 4),
            (2, 5),
            (1, 6),
            (1, 7),
            (2, 11),
            (1, 17),
        ],
        action_forms: &[(41, Form::Name), (54, Form::Service)],
        resources: &[
            (38, &["*"]),
            (1, &["arn:aws:s3:::#"]),
            (1, &["arn:aws:s3:::#/*"]),
        ],
        conditions: &[(6, 1), (24, 2), (3, 3), (2, 4), (1, 5)],
        tests: &[
            (6, ("BoolIfExists", "aws:PrincipalIsAWSService")),
            (4, ("StringNotEqualsIfExists", "aws:PrincipalAccount")),
            (
                3,
                (
                    "StringNotEqualsIfExists",
                    "aws:ResourceTag/exclude-identity",
                ),
            ),
            (3, ("StringNotEqualsIfExists", "aws:SourceOrgID")),
            (2, ("StringNotEqualsIfExists", "aws:PrincipalOrgID")),
            (2, ("StringNotEqualsIfExists", "aws:SourceAccount")),
            (2, ("Null", "aws:SourceAccount")),
            (2, ("Bool", "aws:PrincipalIsAWSService")),
            (2, ("NotIpAddressIfExists", "aws:SourceIp")),
            (
                2,
                (
                    "StringNotEqualsIfExists",
                    "aws:PrincipalTag/exclude-network",
                ),
            ),
            (2, ("BoolIfExists", "aws:ViaAWSService")),
            (2, ("ArnNotLikeIfExists", "aws:PrincipalArn")),
            (2, ("StringEquals", "aws:PrincipalTag/include-network")),
            (2, ("BoolIfExists", "aws:SecureTransport")),
            (2, ("ArnNotLike", "aws:PrincipalArn")),
            (
                17,
                (
                    "StringNotLikeIfExists",
                    "token.actions.githubusercontent.com:sub",
                ),
            ),
            (17, ("Null", "token.actions.githubusercontent.com:sub")),
            (1, ("StringNotEqualsIfExists", "aws:SourceVpc")),
            (
                1,
                (
                    "ForAllValues:StringNotLikeIfExists",
                    "aws:PrincipalOrgPaths",
                ),
            ),
        ],
        services: &["s3", "sts", "kms", "sqs", "secretsmanager"],
    },
    Kind {
        name: "identity",
        limit: 6_144,
        policy_type: "IDENTITY_POLICY",
        resource_type: None,
        deny: 6,
        not_action: 1,
        principals: &[(1, Who::Nobody)],
        actions: &[
            (2283, 1),
            (817, 2),
            (398, 3),
            (253, 4),
            (188, 5),
            (126, 6),
            (106, 7),
            (77, 8),
            (58, 9),
            (90, 11),
            (188, 30),
        ],
        action_forms: &[
            (29148, Form::Name),
            (1862, Form::Beginning),
            (344, Form::Service),
            (3, Form::Any),
        ],
        resources: &[
            (2225, &["*"]),
            (1200, &["arn:aws:s3:::#/*"]),
            (1200, &["arn:aws:ec2:*:*:#/*"]),
            (500, &["arn:aws:iam::*:role/#*"]),
            (500, &["arn:aws:logs:*:*:log-group:/aws/#/*"]),
            (300, &["arn:aws:ec2:*:*:#/*", "arn:aws:ec2:*:*:#/*"]),
            (15, &["arn:aws:s3:::#/${aws:username}/*"]),
            (13, &["arn:aws:sns:eu-west-1:111122223333:#"]),
        ],
        conditions: &[(2683, 0), (1458, 1), (412, 2), (107, 3), (35, 4)],
        tests: &[
            (370, ("StringEquals", "aws:ResourceAccount")),
            (157, ("ForAnyValue:StringEquals", "aws:CalledVia")),
            (125, ("StringEquals", "iam:PassedToService")),
            (119, ("StringLike", "kms:ViaService")),
            (81, ("StringEquals", "iam:AWSServiceName")),
            (68, ("StringEquals", "ec2:CreateAction")),
            (66, ("ForAllValues:StringEquals", "aws:TagKeys")),
            (66, ("StringEquals", "aws:ResourceTag/project")),
            (63, ("Bool", "aws:ViaAWSService")),
            (50, ("StringLike", "iam:AWSServiceName")),
            (50, ("StringEquals", "aws:ResourceTag/created-by")),
            (50, ("StringEquals", "aws:RequestTag/created-by")),
            (40, ("StringEquals", "cloudwatch:namespace")),
            (37, ("StringEquals", "aws:RequestedRegion")),
            (35, ("StringLike", "aws:ResourceTag/kind")),
            (32, ("ForAllValues:StringLike", "aws:TagKeys")),
            (31, ("StringLike", "iam:PassedToService")),
            (30, ("Null", "aws:ResourceTag/managed")),
            (27, ("StringEquals", "aws:CalledViaLast")),
            (26, ("StringLike", "aws:RequestTag/kind")),
        ],
        services: &[
            "s3",
            "ec2",
            "iam",
            "kms",
            "lambda",
            "sns",
            "sqs",
            "rds",
            "logs",
            "cloudwatch",
            "ecs",
            "eks",
            "glue",
            "dynamodb",
        ],
    },
];

const WORDS: [&str; 16] = [
    "orders", "billing", "search", "media", "fraud", "ledger", "notify", "catalog", "reports",
    "mobile", "routing", "stock", "pricing", "support", "audit", "archive",
];
const VERBS: [&str; 12] = [
    "Get", "Put", "List", "Describe", "Create", "Delete", "Update", "Tag", "Enable", "Disable",
    "Encrypt", "Decrypt",
];
const NOUNS: [&str; 16] = [
    "Object",
    "ObjectAcl",
    "Key",
    "Instance",
    "Policy",
    "Role",
    "Function",
    "Topic",
    "Queue",
    "Snapshot",
    "Volume",
    "Alias",
    "Grant",
    "Trail",
    "Bucket",
    "Tags",
];

impl Kind {
    /// A document that no further statement would fit into.
    fn fill(&self, draw: &mut Draw) -> Vec<Clause> {
        let mut clauses = Vec::new();
        let mut refused = 0;
        // The first statement that is too long may be a long one; a few more are tried.
        while refused < 4 {
            clauses.push(self.statement(draw, clauses.is_empty()));
            if document(&clauses).len() > self.limit {
                clauses.pop();
                refused += 1;
            }
        }
        clauses
    }

    fn statement(&self, draw: &mut Draw, first: bool) -> Clause {
        // Somebody must be let in, or no question is one. Control policies take away from full access.
        if first && self.deny == 1000 {
            return match principal(draw.weighted(self.principals), draw) {
                Some(principal) => allow().by(principal),
                None => allow(),
            };
        }
        let mut clause = if draw.chance(self.deny) && !first {
            deny()
        } else {
            allow()
        };
        if let Some(principal) = principal(draw.weighted(self.principals), draw) {
            clause = clause.by(principal);
        }
        let count = draw.weighted(self.actions);
        let actions: Vec<String> = (0..count).map(|_| self.action(draw)).collect();
        clause = if draw.chance(self.not_action) {
            clause.not_doing(actions)
        } else {
            clause.doing(actions)
        };
        let resources = draw.weighted(self.resources);
        clause = clause.on(resources
            .iter()
            .map(|resource| named(resource, draw))
            .collect::<Vec<_>>());
        for _ in 0..draw.weighted(self.conditions) {
            let (operator, key) = draw.weighted(self.tests);
            if !clause.tests(operator, key) {
                let count = if draw.chance(70) {
                    2 + draw.below(3)
                } else {
                    1
                };
                let values: Vec<String> = (0..count).map(|_| value(operator, key, draw)).collect();
                clause = clause.when(operator, key, values);
            }
        }
        clause
    }

    fn action(&self, draw: &mut Draw) -> String {
        let service = draw.pick(self.services);
        let (verb, noun) = (draw.pick(&VERBS), draw.pick(&NOUNS));
        match draw.weighted(self.action_forms) {
            Form::Name if service == "sts" => "sts:AssumeRole".to_owned(),
            Form::Name => format!("{service}:{verb}{noun}"),
            Form::Beginning => format!("{service}:{verb}*"),
            Form::Service => format!("{service}:*"),
            Form::Any => "*".to_owned(),
        }
    }

    /// Questions about one full document: all must be decided, and some answers are known.
    pub fn questions(&self, seed: u64) -> Vec<Question> {
        let mut draw = Draw::new(seed, self.limit as u64);
        let this = self.fill(&mut draw);
        let other = self.fill(&mut draw);
        let mut moved = this.clone();
        moved.reverse();
        let mut fewer = this.clone();
        fewer.remove(draw.below(this.len() as u32) as usize);
        let pair = |name: &str, new: &[Clause], old: &[Clause], expect| {
            let members = format!(
                "\"question\":\"no-new-access\",\"policyType\":\"{}\",\"existingPolicyDocument\":{},\"newPolicyDocument\":{}",
                self.policy_type,
                document(old),
                document(new)
            );
            Question::new(format!("{}-{name}", self.name), expect, members)
        };
        let alone = |question: &str, more: &str| {
            let members = format!(
                "\"question\":\"{question}\",{more},\"policyDocument\":{}",
                document(&this)
            );
            Question::new(
                format!("{}-{question}", self.name),
                Expect::Decided,
                members,
            )
        };
        let typed = format!("\"policyType\":\"{}\"", self.policy_type);
        let mut questions = vec![
            alone("satisfiable", &typed),
            pair("another-order", &moved, &this, Expect::Holds),
            pair("one-less", &fewer, &this, Expect::Decided),
            pair("one-more", &this, &fewer, Expect::Decided),
            pair("another-document", &other, &this, Expect::Decided),
        ];
        if let Some(resource_type) = self.resource_type {
            let of = format!("\"resourceType\":\"{resource_type}\"");
            let zone = "\"zoneOfTrust\":{\"accounts\":[\"111122223333\"],\"organization\":\"o-abc123def4\"}";
            questions.push(alone("no-public-access", &of));
            questions.push(alone("no-external-access", &format!("{of},{zone}")));
        }
        questions
    }
}

/// All layers full at once: one request against five levels of five service control policies, as many resource control
/// policies, a full bucket policy and two full identity policies.
pub fn layers(seed: u64) -> Question {
    let mut draw = Draw::new(seed, 5);
    let kind = |name: &str| {
        KINDS
            .iter()
            .find(|kind| kind.name == name)
            .expect("it is listed above")
    };
    let mut one = |name: &str| document(&kind(name).fill(&mut draw));
    let mut levels = |name: &str| -> String {
        let levels: Vec<String> = (0..5)
            .map(|_| {
                let policies: Vec<String> = (0..5).map(|_| one(name)).collect();
                format!("[{}]", policies.join(","))
            })
            .collect();
        format!("[{}]", levels.join(","))
    };
    let (scps, rcps) = (levels("service-control"), levels("resource-control"));
    let (resource, identity, second) = (one("bucket"), one("identity"), one("identity"));
    let request = r#"{"principal":"arn:aws:sts::111122223333:assumed-role/Reader/kim","action":"s3:GetObject","resource":"arn:aws:s3:::orders-7/logs/a","resourceAccount":"111122223333","context":{"aws:SecureTransport":"true"}}"#;
    let members = format!(
        "\"question\":\"evaluate\",\"request\":{request},\"policies\":{{\"identity\":[{identity},{second}],\"resource\":{resource},\"scps\":{scps},\"rcps\":{rcps}}}"
    );
    Question::new("all-layers".to_owned(), Expect::Decided, members)
}

fn account(draw: &mut Draw) -> String {
    format!("{:012}", 111_122_223_333 + u64::from(draw.skewed(12)) * 101)
}

fn word(draw: &mut Draw) -> String {
    format!("{}-{}", draw.pick(&WORDS), draw.skewed(200))
}

/// A name for each `#` of a pattern.
fn named(pattern: &str, draw: &mut Draw) -> String {
    let name = word(draw);
    pattern.replace('#', &name)
}

/// The JSON value of the element.
fn principal(who: Who, draw: &mut Draw) -> Option<String> {
    let aws = |text: String| format!("{{\"AWS\":{}}}", list(&[text]));
    Some(match who {
        Who::Nobody => return None,
        Who::Everyone => draw.pick(&["\"*\"", "{\"AWS\":\"*\"}"]).to_owned(),
        Who::Service => {
            let name = draw.pick(&[
                "lambda",
                "logging.s3",
                "cloudtrail",
                "cloudfront",
                "delivery.logs",
                "events",
                "ec2",
                "config",
            ]);
            format!("{{\"Service\":\"{name}.amazonaws.com\"}}")
        }
        Who::Account => aws(format!("arn:aws:iam::{}:root", account(draw))),
        Who::Role => aws(format!(
            "arn:aws:iam::{}:role/{}",
            account(draw),
            word(draw)
        )),
        Who::User => {
            let account = account(draw);
            aws(if draw.chance(500) {
                account
            } else {
                format!("arn:aws:iam::{account}:user/{}", word(draw))
            })
        }
        Who::Canonical => format!("{{\"CanonicalUser\":\"{:064x}\"}}", u128::from(draw.bits())),
        Who::Provider => {
            format!(
                "{{\"Federated\":\"arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com\"}}",
                account(draw)
            )
        }
    })
}

/// A value that the operator can read and the key may have.
fn value(operator: &str, key: &str, draw: &mut Draw) -> String {
    let like = operator.contains("Like");
    let star = if like { "*" } else { "" };
    let name = key.to_ascii_lowercase();
    if operator.starts_with("Bool") || operator == "Null" {
        return draw.pick(&["true", "false"]).to_owned();
    }
    if operator.contains("IpAddress") {
        return format!("203.0.{}.0/{}", draw.below(256), 20 + draw.below(9));
    }
    if operator.starts_with("Numeric") {
        return draw.below(400).to_string();
    }
    if name == "aws:principalarn" {
        return format!(
            "arn:aws:iam::{}:role/{}{star}",
            if like { "*".into() } else { account(draw) },
            word(draw)
        );
    }
    if name.ends_with("arn") || name.ends_with("key-id") {
        return format!(
            "arn:aws:{}:eu-west-1:{}:{}{star}",
            draw.pick(&["s3", "sns", "cloudtrail", "logs"]),
            account(draw),
            word(draw)
        );
    }
    if name.ends_with("account") {
        return account(draw);
    }
    if name.ends_with("orgpaths") {
        return format!("o-abc123def4/r-ab12/ou-{}/*", draw.below(40));
    }
    if name.ends_with("orgid") {
        return draw.pick(&["o-abc123def4", "o-zyx987wvu6"]).to_owned();
    }
    if name.contains("service") || name.contains("calledvia") {
        return format!(
            "{}.{}amazonaws.com",
            draw.pick(&["s3", "ec2", "rds", "lambda", "glue"]),
            if like { "*." } else { "" }
        );
    }
    if name.ends_with(":sub") {
        return format!(
            "repo:momiji/{}:{}",
            word(draw),
            if like { "*" } else { "ref:refs/heads/main" }
        );
    }
    format!("{}{star}", word(draw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_full_and_not_too_long() {
        for kind in KINDS {
            for seed in 1..4 {
                let size = document(&kind.fill(&mut Draw::new(seed, 0))).len();
                assert!(size <= kind.limit, "{} has {size} bytes", kind.name);
                assert!(
                    size > kind.limit * 9 / 10,
                    "{} has only {size} bytes",
                    kind.name
                );
            }
        }
    }

    #[test]
    fn equal_seeds_give_equal_questions() {
        for kind in KINDS {
            assert_eq!(kind.questions(3), kind.questions(3));
        }
        assert_eq!(layers(3), layers(3));
    }
}
