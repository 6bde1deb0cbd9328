//! One resource: its type, its shape, its record.
//!
//! A *shape* is what a statement is for (a service that delivers, a sister account that reads, a
//! mistake), and a table says how often each one is drawn. The tables are the whole statistics; a
//! change of the mix is a change of a number here. Weights count against the sum of their table.

use super::Options;
use super::draw::Draw;
use std::fmt::Write;

/// Regions of every organization.
pub(super) const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "ap-northeast-1"];

/// Outside accounts that organizations deal with.
const PARTNERS: u32 = 24;

const TEAMS: [&str; 16] = [
    "orders", "billing", "search", "media", "fraud", "ledger", "notify", "catalog", "identity",
    "reports", "mobile", "routing", "stock", "pricing", "support", "insight",
];
const PARTS: [&str; 16] = [
    "api", "worker", "events", "exports", "intake", "archive", "replica", "cache", "uploads",
    "dead", "jobs", "sync", "models", "audit", "backup", "stage",
];

#[derive(Clone, Copy)]
enum Type {
    Role,
    Bucket,
    Key,
    Function,
    Layer,
    Queue,
}

const TYPES: &[(u32, Type)] = &[
    (400, Type::Role),
    (230, Type::Function),
    (190, Type::Bucket),
    (90, Type::Queue),
    (70, Type::Key),
    (20, Type::Layer),
];

/// What one trust statement is for. Nine of ten trust policies have a single statement.
#[derive(Clone, Copy)]
enum Trust {
    Service,
    ServiceFromAccount,
    TwoServices,
    SisterAccount,
    SisterAccountWithMfa,
    SisterRole,
    Organization,
    Directory,
    Pod,
    Repository,
    PartnerWithExternalId,
    // From here on: exposures.
    PartnerWithoutExternalId,
    AnyRepository,
    AnyRepositoryByPattern,
    Guest,
    NamedAnywhere,
    Everyone,
}

const TRUSTS: &[(u32, Trust)] = &[
    (5600, Trust::Service),
    (600, Trust::ServiceFromAccount),
    (300, Trust::TwoServices),
    (1200, Trust::SisterAccount),
    (350, Trust::SisterAccountWithMfa),
    (600, Trust::SisterRole),
    (150, Trust::Organization),
    (300, Trust::Directory),
    (450, Trust::Pod),
    (200, Trust::Repository),
    (120, Trust::PartnerWithExternalId),
    (60, Trust::PartnerWithoutExternalId),
    (15, Trust::AnyRepository),
    (15, Trust::AnyRepositoryByPattern),
    (20, Trust::Guest),
    (10, Trust::NamedAnywhere),
    (10, Trust::Everyone),
];

const TRUSTED_SERVICES: &[(u32, &str)] = &[
    (40, "lambda"),
    (18, "ec2"),
    (14, "ecs-tasks"),
    (6, "cloudformation"),
    (5, "codebuild"),
    (5, "states"),
    (4, "events"),
    (4, "monitoring.rds"),
    (3, "glue"),
    (3, "firehose"),
    (2, "apigateway"),
    (2, "config"),
];

/// What a bucket's main statement is for.
#[derive(Clone, Copy)]
enum Share {
    Nobody,
    OwnRole,
    SisterAccount,
    Organization,
    Distribution,
    OriginIdentity,
    Delivery,
    LogDelivery,
    Endpoint,
    AccessPoints,
    Partner,
    // From here on: exposures.
    Office,
    PartnerRolePattern,
    Website,
    WideRange,
    EveryoneButOne,
    NamedAnywhere,
    EndpointIfExists,
    PathsOfNobody,
}

const SHARES: &[(u32, Share)] = &[
    (3600, Share::Nobody),
    (1200, Share::OwnRole),
    (1300, Share::SisterAccount),
    (600, Share::Organization),
    (900, Share::Distribution),
    (350, Share::OriginIdentity),
    (1000, Share::Delivery),
    (400, Share::LogDelivery),
    (250, Share::Endpoint),
    (150, Share::AccessPoints),
    (120, Share::Partner),
    (20, Share::Office),
    (15, Share::PartnerRolePattern),
    (60, Share::Website),
    (6, Share::WideRange),
    (6, Share::EveryoneButOne),
    (10, Share::NamedAnywhere),
    (8, Share::EndpointIfExists),
    (5, Share::PathsOfNobody),
];

/// What a statement of a key policy is for, beside the one that lets the account delegate.
#[derive(Clone, Copy)]
enum Use {
    Administrators,
    OwnRoles,
    Attachments,
    ThroughService,
    Trail,
    LogGroups,
    Service,
    SisterAccount,
    Organization,
    Partner,
    // From here on: exposures.
    Everyone,
    EveryoneThroughService,
}

const USES: &[(u32, Use)] = &[
    (2200, Use::Administrators),
    (2400, Use::OwnRoles),
    (1000, Use::Attachments),
    (1500, Use::ThroughService),
    (300, Use::Trail),
    (400, Use::LogGroups),
    (900, Use::Service),
    (700, Use::SisterAccount),
    (450, Use::Organization),
    (60, Use::Partner),
    (8, Use::Everyone),
    (12, Use::EveryoneThroughService),
];

/// How many statements a key policy has beside the first.
const KEY_STATEMENTS: &[(u32, u32)] = &[(20, 0), (36, 1), (14, 2), (10, 3), (10, 4), (10, 5)];

/// What a function's permission is for.
#[derive(Clone, Copy)]
enum Invoke {
    Nobody,
    Source,
    ServiceOfAccount,
    SisterAccount,
    SisterRole,
    Organization,
    // From here on: exposures.
    Partner,
    ServiceOfAnyone,
    PublicUrl,
    Everyone,
}

const INVOKES: &[(u32, Invoke)] = &[
    (4500, Invoke::Nobody),
    (3900, Invoke::Source),
    (600, Invoke::ServiceOfAccount),
    (350, Invoke::SisterAccount),
    (200, Invoke::SisterRole),
    (120, Invoke::Organization),
    (30, Invoke::Partner),
    (200, Invoke::ServiceOfAnyone),
    (40, Invoke::PublicUrl),
    (15, Invoke::Everyone),
];

/// Services that invoke functions, with the resource part of their source ARN.
const SOURCES: &[(u32, (&str, &str))] = &[
    (27, ("apigateway", "execute-api:{r}:{a}:{id}/*/*/*")),
    (18, ("events", "events:{r}:{a}:rule/{name}")),
    (12, ("sns", "sns:{r}:{a}:{name}")),
    (6, ("iot", "iot:{r}:{a}:rule/{name}")),
    (6, ("logs", "logs:{r}:{a}:log-group:/{name}/*:*")),
    (4, ("cognito-idp", "cognito-idp:{r}:{a}:userpool/{r}_{id}")),
];

/// What a queue's main statement is for.
#[derive(Clone, Copy)]
enum Send {
    Nobody,
    Topic,
    Rule,
    Bucket,
    OwnRole,
    SisterAccount,
    Organization,
    // From here on: exposures.
    Partner,
    ServiceOfAnyone,
    EveryoneFromSource,
    EveryoneFromAnySource,
    Everyone,
}

const SENDS: &[(u32, Send)] = &[
    (3500, Send::Nobody),
    (2200, Send::Topic),
    (1500, Send::Rule),
    (700, Send::Bucket),
    (800, Send::OwnRole),
    (600, Send::SisterAccount),
    (250, Send::Organization),
    (40, Send::Partner),
    (200, Send::ServiceOfAnyone),
    (120, Send::EveryoneFromSource),
    (15, Send::EveryoneFromAnySource),
    (25, Send::Everyone),
];

/// Writes the record of the resource at an index, without a line break.
pub(super) fn write(options: &Options, index: u64, line: &mut String) {
    let mut draw = Draw::new(options.seed, index);
    let kind = draw.weighted(TYPES);
    let account = options.account(draw.skewed(options.accounts));
    let region = REGIONS[draw.skewed(REGIONS.len() as u32) as usize];
    let name = format!("{}-{}-{index}", draw.pick(&TEAMS), draw.pick(&PARTS));
    let mut one = One {
        options,
        draw,
        account,
        region,
        name,
    };
    match kind {
        Type::Role => one.role(line),
        Type::Bucket => one.bucket(line),
        Type::Key => one.key(line),
        Type::Function => one.function(line),
        Type::Layer => one.layer(line),
        Type::Queue => one.queue(line),
    }
}

/// A resource on its way.
struct One<'a> {
    options: &'a Options,
    draw: Draw,
    account: String,
    region: &'static str,
    name: String,
}

impl One<'_> {
    fn sister(&mut self) -> String {
        self.options
            .account(self.draw.skewed(self.options.accounts))
    }

    fn partner(&mut self) -> String {
        format!(
            "{:012}",
            900_000_000_000 + u64::from(self.draw.skewed(PARTNERS)) * 1_000_003
        )
    }

    fn own_role(&mut self) -> String {
        role(
            &self.account,
            self.draw.pick(&[
                "deployer",
                "application",
                "service/worker",
                "operator",
                "etl",
            ]),
        )
    }

    fn id(&mut self) -> String {
        format!("{:010x}", self.draw.bits() >> 24)
    }

    fn organization_condition(&self) -> String {
        condition(
            "StringEquals",
            "aws:PrincipalOrgID",
            &self.options.organization(),
        )
    }

    fn account_condition(&self) -> String {
        condition("StringEquals", "aws:SourceAccount", &self.account)
    }

    fn record(&self, line: &mut String, arn: &str, kind: &str, region: &str, configuration: &str) {
        let account = &self.account;
        write!(
            line,
            r#"{{"resourceArn":"{arn}","resourceType":"{kind}","resourceOwnerAccount":"{account}","region":"{region}","configuration":{configuration}}}"#
        )
        .expect("a string takes whatever is written to it");
    }

    fn role(&mut self, line: &mut String) {
        let count = if self.draw.chance(930) { 1 } else { 2 };
        let statements: Vec<String> = (0..count).map(|_| self.trust()).collect();
        let arn = role(&self.account, &self.name);
        let configuration = format!(r#"{{"iamRole":{{"trustPolicy":{}}}}}"#, policy(&statements));
        self.record(line, &arn, "AWS::IAM::Role", "", &configuration);
    }

    fn trust(&mut self) -> String {
        const ASSUME: &str = "sts:AssumeRole";
        const WEB: &str = "sts:AssumeRoleWithWebIdentity";
        const GITHUB: &str = "token.actions.githubusercontent.com";
        let repository_condition = |operator: &str, subject: &str| {
            let audience = format!(r#""StringEquals":{{"{GITHUB}:aud":"sts.amazonaws.com"}}"#);
            match operator {
                "" => format!("{{{audience}}}"),
                "StringEquals" => format!(
                    r#"{{"StringEquals":{{"{GITHUB}:aud":"sts.amazonaws.com","{GITHUB}:sub":"{subject}"}}}}"#
                ),
                _ => format!(r#"{{{audience},"{operator}":{{"{GITHUB}:sub":"{subject}"}}}}"#),
            }
        };
        let github = federated(&format!(
            "arn:aws:iam::{}:oidc-provider/{GITHUB}",
            self.account
        ));
        match self.draw.weighted(TRUSTS) {
            Trust::Service => allow(
                &service(self.draw.weighted(TRUSTED_SERVICES)),
                ASSUME,
                "",
                "",
            ),
            Trust::ServiceFromAccount => allow(
                &service(self.draw.weighted(TRUSTED_SERVICES)),
                ASSUME,
                "",
                &self.account_condition(),
            ),
            Trust::TwoServices => allow(
                r#"{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]}"#,
                ASSUME,
                "",
                "",
            ),
            Trust::SisterAccount => allow(&aws(&root(&self.sister())), ASSUME, "", ""),
            Trust::SisterAccountWithMfa => allow(
                &aws(&root(&self.sister())),
                ASSUME,
                "",
                &condition("Bool", "aws:MultiFactorAuthPresent", "true"),
            ),
            Trust::SisterRole => allow(&aws(&role(&self.sister(), "deployer")), ASSUME, "", ""),
            Trust::Organization => allow(&aws("*"), ASSUME, "", &self.organization_condition()),
            Trust::Directory => allow(
                &federated(&format!(
                    "arn:aws:iam::{}:saml-provider/directory",
                    self.account
                )),
                "sts:AssumeRoleWithSAML",
                "",
                &condition(
                    "StringEquals",
                    "SAML:aud",
                    "https://signin.aws.amazon.com/saml",
                ),
            ),
            Trust::Pod => {
                let cluster = format!(
                    "oidc.eks.{}.amazonaws.com/id/{:032X}",
                    self.region,
                    self.draw.bits()
                );
                let subject = format!(
                    "system:serviceaccount:{}:{}",
                    self.draw.pick(&TEAMS),
                    self.draw.pick(&PARTS)
                );
                allow(
                    &federated(&format!(
                        "arn:aws:iam::{}:oidc-provider/{cluster}",
                        self.account
                    )),
                    WEB,
                    "",
                    &format!(
                        r#"{{"StringEquals":{{"{cluster}:sub":"{subject}","{cluster}:aud":"sts.amazonaws.com"}}}}"#
                    ),
                )
            }
            Trust::Repository => {
                let subject = format!("repo:example/{}:ref:refs/heads/main", self.name);
                allow(
                    &github,
                    WEB,
                    "",
                    &repository_condition("StringEquals", &subject),
                )
            }
            Trust::PartnerWithExternalId => {
                let external = condition("StringEquals", "sts:ExternalId", &self.id());
                allow(&aws(&root(&self.partner())), ASSUME, "", &external)
            }
            Trust::PartnerWithoutExternalId => allow(&aws(&root(&self.partner())), ASSUME, "", ""),
            Trust::AnyRepository => allow(&github, WEB, "", &repository_condition("", "")),
            Trust::AnyRepositoryByPattern => allow(
                &github,
                WEB,
                "",
                &repository_condition("StringLike", "repo:*"),
            ),
            Trust::Guest => {
                const COGNITO: &str = "cognito-identity.amazonaws.com";
                let id = self.id();
                let pool = format!("{}:{id}", self.region);
                allow(
                    &federated(COGNITO),
                    WEB,
                    "",
                    &condition("StringEquals", &format!("{COGNITO}:aud"), &pool),
                )
            }
            Trust::NamedAnywhere => allow(
                &aws("*"),
                ASSUME,
                "",
                &condition(
                    "ArnLike",
                    "aws:PrincipalArn",
                    "arn:aws:iam::*:role/support-*",
                ),
            ),
            Trust::Everyone => allow(&aws("*"), ASSUME, "", ""),
        }
    }

    fn bucket(&mut self, line: &mut String) {
        let bucket = format!("arn:aws:s3:::{}", self.name);
        let objects = format!("{bucket}/*");
        let both = format!("{bucket}\",\"{objects}");
        let share = self.draw.weighted(SHARES);
        let mut statements: Vec<String> = self
            .share(share, &bucket, &objects, &both)
            .into_iter()
            .collect();
        if self.draw.chance(500) {
            statements.push(deny(
                "s3:*",
                &both,
                &condition("Bool", "aws:SecureTransport", "false"),
            ));
        }
        if self.draw.chance(90) {
            let unencrypted = condition(
                "StringNotEquals",
                "s3:x-amz-server-side-encryption",
                "aws:kms",
            );
            statements.push(deny("s3:PutObject", &objects, &unencrypted));
            let silent = condition("Null", "s3:x-amz-server-side-encryption", "true");
            statements.push(deny("s3:PutObject", &objects, &silent));
        }

        let owner = format!(
            "{:016x}{:048x}",
            self.draw.bits(),
            self.account.parse::<u64>().unwrap_or_default()
        );
        let mut acl = format!(r#"{{"permission":"FULL_CONTROL","grantee":{{"id":"{owner}"}}}}"#);
        let old = self.draw.chance(100);
        if old && self.draw.chance(50) {
            let group = self
                .draw
                .pick(&["AllUsers", "AllUsers", "AuthenticatedUsers"]);
            acl += &format!(
                r#",{{"permission":"READ","grantee":{{"uri":"http://acs.amazonaws.com/groups/global/{group}"}}}}"#
            );
        }
        // Whoever shares with everyone has usually switched the block off first; not always.
        let open = matches!(share, Share::Website) || old;
        let blocked = self.draw.chance(if open { 250 } else { 850 });
        let account_blocked = self.draw.chance(if open { 50 } else { 250 });
        let ownership = if old {
            "ObjectWriter"
        } else {
            "BucketOwnerEnforced"
        };
        let access_points = if matches!(share, Share::AccessPoints) {
            self.access_points()
        } else {
            String::new()
        };
        let policy = if statements.is_empty() {
            String::new()
        } else {
            format!(r#""bucketPolicy":{},"#, policy(&statements))
        };
        let configuration = format!(
            r#"{{"s3Bucket":{{{policy}"bucketAclGrants":[{acl}],"bucketPublicAccessBlock":{},{access_points}"accountPublicAccessBlock":{},"objectOwnership":"{ownership}","ownerCanonicalId":"{owner}"}}}}"#,
            block(blocked),
            block(account_blocked),
        );
        self.record(
            line,
            &bucket,
            "AWS::S3::Bucket",
            self.region,
            &configuration,
        );
    }

    fn share(&mut self, share: Share, bucket: &str, objects: &str, both: &str) -> Option<String> {
        const GET: &str = "s3:GetObject";
        const READ: &str = "s3:GetObject\",\"s3:ListBucket";
        Some(match share {
            Share::Nobody => return None,
            Share::OwnRole => allow(
                &aws(&self.own_role()),
                "s3:GetObject\",\"s3:PutObject\",\"s3:ListBucket",
                both,
                "",
            ),
            Share::SisterAccount => allow(&aws(&root(&self.sister())), READ, both, ""),
            Share::Organization => allow("\"*\"", GET, objects, &self.organization_condition()),
            Share::Distribution => {
                let id = self.id().to_uppercase();
                let source = format!("arn:aws:cloudfront::{}:distribution/E{id}", self.account);
                allow(
                    &service("cloudfront"),
                    GET,
                    objects,
                    &condition("StringEquals", "AWS:SourceArn", &source),
                )
            }
            Share::OriginIdentity => {
                let id = self.id().to_uppercase();
                allow(
                    &aws(&format!(
                        "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E{id}"
                    )),
                    GET,
                    objects,
                    "",
                )
            }
            Share::Delivery => {
                let name = self.draw.pick(&[
                    "cloudtrail",
                    "config",
                    "delivery.logs",
                    "guardduty",
                    "macie",
                ]);
                allow(
                    &service(name),
                    "s3:GetBucketAcl\",\"s3:PutObject",
                    &format!("{bucket}\",\"{bucket}/AWSLogs/{}/*", self.account),
                    &self.account_condition(),
                )
            }
            Share::LogDelivery => {
                let organization = condition(
                    "StringEquals",
                    "aws:SourceOrgID",
                    &self.options.organization(),
                );
                allow(
                    &service("logging.s3"),
                    "s3:PutObject",
                    objects,
                    &organization,
                )
            }
            Share::Endpoint => {
                let id = self.id();
                allow(
                    "\"*\"",
                    GET,
                    objects,
                    &condition(
                        "StringEquals",
                        "aws:SourceVpce",
                        &format!("vpce-0123456{id}"),
                    ),
                )
            }
            Share::AccessPoints => allow(
                &aws("*"),
                "s3:*",
                both,
                &condition("StringEquals", "s3:DataAccessPointAccount", &self.account),
            ),
            Share::Partner => allow(&aws(&root(&self.partner())), READ, both, ""),
            Share::Office => {
                let range = format!("203.0.113.{}/28", self.draw.below(16) * 16);
                allow(
                    "\"*\"",
                    GET,
                    objects,
                    &condition("IpAddress", "aws:SourceIp", &range),
                )
            }
            Share::PartnerRolePattern => {
                let pattern = format!("arn:aws:iam::{}:role/sync-*", self.partner());
                allow(
                    "\"*\"",
                    READ,
                    both,
                    &condition("ArnLike", "aws:PrincipalArn", &pattern),
                )
            }
            Share::Website => allow("\"*\"", GET, objects, ""),
            Share::WideRange => allow(
                "\"*\"",
                GET,
                objects,
                r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
            ),
            Share::EveryoneButOne => {
                let principal = aws(&self.own_role());
                format!(
                    r#"{{"Effect":"Allow","NotPrincipal":{principal},"Action":"{GET}","Resource":"{objects}"}}"#
                )
            }
            Share::NamedAnywhere => allow(
                "\"*\"",
                GET,
                objects,
                &condition(
                    "ArnLike",
                    "aws:PrincipalArn",
                    "arn:aws:iam::*:role/deployer",
                ),
            ),
            Share::EndpointIfExists => {
                let id = self.id();
                allow(
                    "\"*\"",
                    GET,
                    objects,
                    &condition(
                        "StringEqualsIfExists",
                        "aws:SourceVpce",
                        &format!("vpce-0123456{id}"),
                    ),
                )
            }
            Share::PathsOfNobody => {
                let paths = format!("{}/*", self.options.organization());
                allow(
                    "\"*\"",
                    GET,
                    objects,
                    &condition("ForAllValues:StringLike", "aws:PrincipalOrgPaths", &paths),
                )
            }
        })
    }

    fn access_points(&mut self) -> String {
        let count = 1 + self.draw.skewed(4);
        let points: Vec<String> = (0..count)
            .map(|number| {
                let arn = format!("arn:aws:s3:{}:{}:accesspoint/{}-{number}", self.region, self.account, self.name);
                let (principal, origin) = match self.draw.below(10) {
                    0 => (aws(&root(&self.partner())), r#"{"internetConfiguration":{}}"#),
                    1..=3 => ("\"*\"".to_owned(), r#"{"vpcConfiguration":{"vpcId":"vpc-0a1b2c3d4e5f60718"}}"#),
                    4..=6 => (aws(&root(&self.sister())), r#"{"internetConfiguration":{}}"#),
                    _ => (aws(&self.own_role()), r#"{"internetConfiguration":{}}"#),
                };
                let policy = policy(&[allow(&principal, "s3:GetObject", &format!("{arn}/object/*"), "")]);
                let block = block(true);
                format!(r#""{arn}":{{"accessPointPolicy":{policy},"publicAccessBlock":{block},"networkOrigin":{origin}}}"#)
            })
            .collect();
        format!(r#""accessPoints":{{{}}},"#, points.join(","))
    }

    fn key(&mut self, line: &mut String) {
        let mut statements = vec![allow(&aws(&root(&self.account)), "kms:*", "*", "")];
        for _ in 0..self.draw.weighted(KEY_STATEMENTS) {
            let statement = self.key_use();
            statements.push(statement);
        }
        let grants = if self.draw.chance(150) {
            let count = 1 + self.draw.below(3);
            let grants: Vec<String> = (0..count).map(|_| self.grant()).collect();
            format!(r#","grants":[{}]"#, grants.join(","))
        } else {
            String::new()
        };
        let bits = (self.draw.bits(), self.draw.bits());
        let id = format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            bits.0 >> 32,
            bits.0 >> 16 & 0xffff,
            bits.0 & 0xfff,
            bits.1 >> 52,
            bits.1 & 0xffff_ffff_ffff
        );
        let arn = format!("arn:aws:kms:{}:{}:key/{id}", self.region, self.account);
        let configuration = format!(
            r#"{{"kmsKey":{{"keyPolicies":{{"default":{}}}{grants}}}}}"#,
            policy(&statements)
        );
        self.record(line, &arn, "AWS::KMS::Key", self.region, &configuration);
    }

    fn key_use(&mut self) -> String {
        const CRYPT: &str = "kms:Encrypt\",\"kms:Decrypt\",\"kms:ReEncrypt*\",\"kms:GenerateDataKey*\",\"kms:DescribeKey";
        match self.draw.weighted(USES) {
            Use::Administrators => allow(
                &aws(&role(&self.account, "key-administrator")),
                "kms:Create*\",\"kms:Describe*\",\"kms:Enable*\",\"kms:List*\",\"kms:Put*\",\"kms:ScheduleKeyDeletion",
                "*",
                "",
            ),
            Use::OwnRoles => allow(&aws(&self.own_role()), CRYPT, "*", ""),
            Use::Attachments => allow(
                &aws(&self.own_role()),
                "kms:CreateGrant\",\"kms:ListGrants\",\"kms:RevokeGrant",
                "*",
                &condition("Bool", "kms:GrantIsForAWSResource", "true"),
            ),
            Use::ThroughService => {
                let via = format!(
                    "{}.{}.amazonaws.com",
                    self.draw
                        .pick(&["s3", "sqs", "rds", "ec2", "secretsmanager"]),
                    self.region
                );
                let account = &self.account;
                let both = format!(
                    r#"{{"StringEquals":{{"kms:CallerAccount":"{account}","kms:ViaService":"{via}"}}}}"#
                );
                allow(&aws("*"), CRYPT, "*", &both)
            }
            Use::Trail => {
                let trails = format!("arn:aws:cloudtrail:*:{}:trail/*", self.account);
                let context = condition(
                    "StringLike",
                    "kms:EncryptionContext:aws:cloudtrail:arn",
                    &trails,
                );
                allow(
                    &service("cloudtrail"),
                    "kms:GenerateDataKey*",
                    "*",
                    &context,
                )
            }
            Use::LogGroups => {
                let groups = format!("arn:aws:logs:{}:{}:log-group:*", self.region, self.account);
                let context = condition("ArnLike", "kms:EncryptionContext:aws:logs:arn", &groups);
                allow(
                    &service(&format!("logs.{}", self.region)),
                    CRYPT,
                    "*",
                    &context,
                )
            }
            Use::Service => {
                let name = self
                    .draw
                    .pick(&["sns", "events", "s3", "cloudwatch", "delivery.logs"]);
                let account = self.account_condition();
                let condition = if self.draw.chance(600) {
                    account.as_str()
                } else {
                    ""
                };
                allow(
                    &service(name),
                    "kms:Decrypt\",\"kms:GenerateDataKey*",
                    "*",
                    condition,
                )
            }
            Use::SisterAccount => allow(&aws(&root(&self.sister())), CRYPT, "*", ""),
            Use::Organization => allow(
                &aws("*"),
                "kms:Decrypt\",\"kms:DescribeKey",
                "*",
                &self.organization_condition(),
            ),
            Use::Partner => allow(
                &aws(&root(&self.partner())),
                "kms:Decrypt\",\"kms:DescribeKey",
                "*",
                "",
            ),
            Use::Everyone => allow(&aws("*"), CRYPT, "*", ""),
            Use::EveryoneThroughService => {
                let via = format!("s3.{}.amazonaws.com", self.region);
                allow(
                    &aws("*"),
                    CRYPT,
                    "*",
                    &condition("StringEquals", "kms:ViaService", &via),
                )
            }
        }
    }

    fn grant(&mut self) -> String {
        let grantee = match self.draw.below(100) {
            0..=1 => role(&self.partner(), "restore"),
            2..=15 => role(&self.sister(), "application"),
            _ => self.own_role(),
        };
        let operations = self.draw.pick(&[
            r#""Decrypt""#,
            r#""Encrypt","Decrypt""#,
            r#""Decrypt","GenerateDataKey","CreateGrant","DescribeKey""#,
        ]);
        let constraints = if self.draw.chance(300) {
            format!(
                r#","constraints":{{"encryptionContextSubset":{{"team":"{}"}}}}"#,
                self.draw.pick(&TEAMS)
            )
        } else {
            String::new()
        };
        let issuer = root(&self.account);
        format!(
            r#"{{"granteePrincipal":"{grantee}","operations":[{operations}],"issuingAccount":"{issuer}"{constraints}}}"#
        )
    }

    fn function(&mut self, line: &mut String) {
        const INVOKE: &str = "lambda:InvokeFunction";
        let arn = format!(
            "arn:aws:lambda:{}:{}:function:{}",
            self.region, self.account, self.name
        );
        let count = if self.draw.chance(930) { 1 } else { 2 };
        let mut statements = Vec::new();
        let mut urls = String::new();
        for _ in 0..count {
            statements.push(match self.draw.weighted(INVOKES) {
                Invoke::Nobody => continue,
                Invoke::Source => {
                    let (name, source) = self.draw.weighted(SOURCES);
                    let source = source
                        .replace("{r}", self.region)
                        .replace("{a}", &self.account)
                        .replace("{id}", &self.id())
                        .replace("{name}", &self.name);
                    allow(
                        &service(name),
                        INVOKE,
                        &arn,
                        &condition("ArnLike", "AWS:SourceArn", &format!("arn:aws:{source}")),
                    )
                }
                Invoke::ServiceOfAccount => {
                    let name = self.draw.pick(&["s3", "config", "secretsmanager", "ses"]);
                    allow(
                        &service(name),
                        INVOKE,
                        &arn,
                        &condition("StringEquals", "AWS:SourceAccount", &self.account),
                    )
                }
                Invoke::SisterAccount => allow(&aws(&root(&self.sister())), INVOKE, &arn, ""),
                Invoke::SisterRole => {
                    allow(&aws(&role(&self.sister(), "application")), INVOKE, &arn, "")
                }
                Invoke::Organization => {
                    allow("\"*\"", INVOKE, &arn, &self.organization_condition())
                }
                Invoke::Partner => allow(&aws(&root(&self.partner())), INVOKE, &arn, ""),
                Invoke::ServiceOfAnyone => allow(
                    &service(self.draw.pick(&["s3", "sns", "events", "apigateway"])),
                    INVOKE,
                    &arn,
                    "",
                ),
                Invoke::PublicUrl => {
                    urls = r#""functionUrls":[{"authType":"NONE"}]"#.to_owned();
                    let open = condition("StringEquals", "lambda:FunctionUrlAuthType", "NONE");
                    allow("\"*\"", "lambda:InvokeFunctionUrl", &arn, &open)
                }
                Invoke::Everyone => allow("\"*\"", INVOKE, &arn, ""),
            });
        }
        let policy = if statements.is_empty() {
            String::new()
        } else {
            format!(r#""functionPolicy":{}"#, policy(&statements))
        };
        let comma = if policy.is_empty() || urls.is_empty() {
            ""
        } else {
            ","
        };
        let configuration = format!(r#"{{"lambdaFunction":{{{policy}{comma}{urls}}}}}"#);
        self.record(
            line,
            &arn,
            "AWS::Lambda::Function",
            self.region,
            &configuration,
        );
    }

    fn layer(&mut self, line: &mut String) {
        let version = 1 + self.draw.skewed(40);
        let arn = format!(
            "arn:aws:lambda:{}:{}:layer:{}:{version}",
            self.region, self.account, self.name
        );
        let statement = match self.draw.below(100) {
            0..=59 => None,
            60..=79 => Some(allow(
                &aws(&root(&self.sister())),
                "lambda:GetLayerVersion",
                &arn,
                "",
            )),
            80..=95 => Some(allow(
                "\"*\"",
                "lambda:GetLayerVersion",
                &arn,
                &self.organization_condition(),
            )),
            96..=97 => Some(allow(
                &aws(&root(&self.partner())),
                "lambda:GetLayerVersion",
                &arn,
                "",
            )),
            _ => Some(allow("\"*\"", "lambda:GetLayerVersion", &arn, "")),
        };
        let policy = statement.map_or(String::new(), |statement| {
            format!(r#""layerPolicy":{}"#, policy(&[statement]))
        });
        let configuration = format!(r#"{{"lambdaLayerVersion":{{{policy}}}}}"#);
        self.record(
            line,
            &arn,
            "AWS::Lambda::LayerVersion",
            self.region,
            &configuration,
        );
    }

    fn queue(&mut self, line: &mut String) {
        const SEND: &str = "sqs:SendMessage";
        let arn = format!("arn:aws:sqs:{}:{}:{}", self.region, self.account, self.name);
        let source = |service: &str, rest: &str| {
            format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
        };
        let topic = condition("ArnEquals", "aws:SourceArn", &source("sns", &self.name));
        let rule = condition(
            "ArnEquals",
            "aws:SourceArn",
            &source("events", &format!("rule/{}", self.name)),
        );
        let mut statements = Vec::new();
        let main = match self.draw.weighted(SENDS) {
            Send::Nobody => None,
            Send::Topic => Some(allow(&service("sns"), SEND, &arn, &topic)),
            Send::Rule => Some(allow(&service("events"), SEND, &arn, &rule)),
            Send::Bucket => {
                let account = &self.account;
                let both = format!(
                    r#"{{"ArnLike":{{"aws:SourceArn":"arn:aws:s3:::{}"}},"StringEquals":{{"aws:SourceAccount":"{account}"}}}}"#,
                    self.name
                );
                Some(allow(&service("s3"), SEND, &arn, &both))
            }
            Send::OwnRole => Some(allow(&aws(&self.own_role()), "sqs:*", &arn, "")),
            Send::SisterAccount => Some(allow(&aws(&root(&self.sister())), SEND, &arn, "")),
            Send::Organization => Some(allow("\"*\"", SEND, &arn, &self.organization_condition())),
            Send::Partner => Some(allow(
                &aws(&root(&self.partner())),
                "sqs:ReceiveMessage\",\"sqs:DeleteMessage",
                &arn,
                "",
            )),
            Send::ServiceOfAnyone => Some(allow(
                &service(self.draw.pick(&["sns", "events", "s3"])),
                SEND,
                &arn,
                "",
            )),
            Send::EveryoneFromSource => Some(allow(&aws("*"), SEND, &arn, &topic)),
            Send::EveryoneFromAnySource => Some(allow(
                &aws("*"),
                SEND,
                &arn,
                &condition("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:*"),
            )),
            Send::Everyone => Some(allow("\"*\"", SEND, &arn, "")),
        };
        statements.extend(main);
        if self.draw.chance(120) {
            statements.push(deny(
                "sqs:*",
                &arn,
                &condition("Bool", "aws:SecureTransport", "false"),
            ));
        }
        let policy = if statements.is_empty() {
            String::new()
        } else {
            format!(r#""queuePolicy":{}"#, policy(&statements))
        };
        let configuration = format!(r#"{{"sqsQueue":{{{policy}}}}}"#);
        self.record(line, &arn, "AWS::SQS::Queue", self.region, &configuration);
    }
}

/// An Allow statement. `actions` and `resources` may hold several, with `","` between them; an empty text leaves the element out.
fn allow(principal: &str, actions: &str, resources: &str, condition: &str) -> String {
    statement("Allow", principal, actions, resources, condition)
}

/// A Deny statement for everyone.
fn deny(actions: &str, resources: &str, condition: &str) -> String {
    statement("Deny", "\"*\"", actions, resources, condition)
}

fn statement(
    effect: &str,
    principal: &str,
    actions: &str,
    resources: &str,
    condition: &str,
) -> String {
    let list = |name: &str, items: &str| match items {
        "" => String::new(),
        _ if items.contains('"') => format!(r#","{name}":["{items}"]"#),
        _ => format!(r#","{name}":"{items}""#),
    };
    let action = list("Action", actions);
    let resource = list("Resource", resources);
    let condition = if condition.is_empty() {
        String::new()
    } else {
        format!(r#","Condition":{condition}"#)
    };
    format!(r#"{{"Effect":"{effect}","Principal":{principal}{action}{resource}{condition}}}"#)
}

/// A policy as a string of JSON, the way AWS hands it out.
fn policy(statements: &[String]) -> String {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    );
    format!("\"{}\"", text.replace('"', "\\\""))
}

/// A Condition block of one operator, one key and one value.
fn condition(operator: &str, key: &str, value: &str) -> String {
    format!(r#"{{"{operator}":{{"{key}":"{value}"}}}}"#)
}

fn aws(principal: &str) -> String {
    format!(r#"{{"AWS":"{principal}"}}"#)
}

fn service(name: &str) -> String {
    format!(r#"{{"Service":"{name}.amazonaws.com"}}"#)
}

fn federated(provider: &str) -> String {
    format!(r#"{{"Federated":"{provider}"}}"#)
}

fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}

fn role(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

fn block(on: bool) -> String {
    format!(r#"{{"ignorePublicAcls":{on},"restrictPublicBuckets":{on}}}"#)
}
