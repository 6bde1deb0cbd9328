//! Records while they are made: a type, a name, documents, and where each of them stands.

use super::policy::{Own, Trouble, settle, settle_identity};
use super::tree::{Json, JsonValue, Member};
use super::unknown::{shown, shown_in};
use super::{Fate, Found};
use crate::snapshot::{Line, Origin, Place, RecordError, Spot, Subject};
use std::sync::Arc;

/// A type of resource: its CloudFormation name, its member of a record's `configuration`, the kind of its policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) member: &'static str,
    pub(super) kind: &'static str,
}

macro_rules! types {
    ($($constant:ident = $name:literal, $member:literal, $kind:literal;)*) => {
        $(pub(super) const $constant: Type = Type { name: $name, member: $member, kind: $kind };)*
    };
}

types! {
    BUCKET = "AWS::S3::Bucket", "s3Bucket", "s3-bucket";
    DIRECTORY_BUCKET = "AWS::S3Express::DirectoryBucket", "s3ExpressDirectoryBucket", "s3-bucket";
    ROLE = "AWS::IAM::Role", "iamRole", "iam-role-trust";
    KEY = "AWS::KMS::Key", "kmsKey", "kms-key";
    FUNCTION = "AWS::Lambda::Function", "lambdaFunction", "lambda-function";
    LAYER = "AWS::Lambda::LayerVersion", "lambdaLayerVersion", "lambda-layer";
    QUEUE = "AWS::SQS::Queue", "sqsQueue", "sqs-queue";
    TOPIC = "AWS::SNS::Topic", "snsTopic", "sns-topic";
    SECRET = "AWS::SecretsManager::Secret", "secretsManagerSecret", "secretsmanager-secret";
    REPOSITORY = "AWS::ECR::Repository", "ecrRepository", "ecr-repository";
    FILE_SYSTEM = "AWS::EFS::FileSystem", "efsFileSystem", "efs-file-system";
    TABLE = "AWS::DynamoDB::Table", "dynamodbTable", "dynamodb-table";
    USER = "AWS::IAM::User", "iamUser", "identity";
    GROUP = "AWS::IAM::Group", "iamGroup", "identity";
    MANAGED_POLICY = "AWS::IAM::ManagedPolicy", "iamManagedPolicy", "identity";
    DATABASE_SNAPSHOT = "AWS::RDS::DBSnapshot", "rdsDbSnapshot", "rds-snapshot";
    CLUSTER_SNAPSHOT = "AWS::RDS::DBClusterSnapshot", "rdsDbClusterSnapshot", "rds-snapshot";
    VOLUME_SNAPSHOT = "AWS::EC2::Snapshot", "ebsSnapshot", "ebs-snapshot";
    STREAM = "AWS::DynamoDB::Stream", "dynamodbStream", "dynamodb-stream";
}

/// The type of this CloudFormation name, if it can let anybody in.
pub(super) fn type_of(name: &str) -> Option<Type> {
    const ALL: [Type; 15] = [
        BUCKET,
        DIRECTORY_BUCKET,
        ROLE,
        KEY,
        FUNCTION,
        LAYER,
        QUEUE,
        TOPIC,
        SECRET,
        REPOSITORY,
        FILE_SYSTEM,
        TABLE,
        STREAM,
        DATABASE_SNAPSHOT,
        CLUSTER_SNAPSHOT,
    ];
    ALL.into_iter().find(|one| one.name == name)
}

/// What a file came to.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) file: Arc<str>,
    /// What stands before the addresses of a nested stack, with a dot.
    pub(super) within: String,
    pub(super) lines: Vec<Result<Line, RecordError>>,
    pub(super) found: Vec<Found>,
}

impl Sheet {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.into(),
            within: String::new(),
            lines: Vec::new(),
            found: Vec::new(),
        }
    }

    /// An address of a resource here.
    fn address(&self, address: &str) -> String {
        match address {
            "" => self.within.trim_end_matches('.').to_owned(),
            address => format!("{}{address}", self.within),
        }
    }

    pub(super) fn place(&self, line: u64) -> Place {
        Place {
            file: self.file.clone(),
            line,
        }
    }

    /// Says that something is not analysed.
    pub(super) fn not_analysed(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        hint: Option<&str>,
        spot: &Spot,
        resource_type: Option<&str>,
    ) {
        let subject = Subject {
            address: self.address(&spot.address),
            resource_type: resource_type.map(str::to_owned),
            ..Subject::default()
        };
        let error = RecordError::in_file(self.place(spot.line), code, message, hint, subject);
        // Readings of one template may say the same.
        if !self
            .lines
            .iter()
            .any(|line| line.as_ref().is_err_and(|known| *known == error))
        {
            self.lines.push(Err(error));
        }
    }

    /// Takes note of a policy.
    pub(super) fn found(&mut self, kind: &str, spot: &Spot, fate: Fate) {
        let found = Found {
            kind: kind.to_owned(),
            address: self.address(&spot.address),
            line: spot.line,
            fate,
        };
        self.found.push(found);
    }

    /// Adds a line, unless the same one is there already from another reading.
    pub(super) fn take(&mut self, line: Result<Line, RecordError>) {
        let is_there = match &line {
            Ok(line) => self.lines.iter().any(|known| {
                known
                    .as_ref()
                    .is_ok_and(|known| known.place == line.place && known.bytes() == line.bytes())
            }),
            Err(error) => self
                .lines
                .iter()
                .any(|known| known.as_ref().is_err_and(|known| known == error)),
        };
        if !is_there {
            self.lines.push(line);
        }
    }

    /// Says what is wrong with a resource of which there can be no record.
    pub(super) fn refuse(&mut self, draft: Draft<'_>) {
        let (resource, account) = (shown(&draft.arn).into_owned(), draft.account.to_owned());
        for (spot, trouble) in draft.troubles {
            let subject = Subject {
                address: self.address(&spot.address),
                resource: Some(resource.clone()),
                resource_type: Some(draft.kind.name.to_owned()),
                account: Some(account.clone()),
                region: Some(shown(&draft.region).into_owned()).filter(|region| !region.is_empty()),
            };
            let line = if trouble.line == 0 {
                spot.line
            } else {
                trouble.line
            };
            self.lines.push(Err(RecordError::in_file(
                self.place(line),
                trouble.code,
                trouble.message,
                None,
                subject,
            )));
        }
    }

    /// Adds a record.
    pub(super) fn add(&mut self, draft: Draft<'_>) {
        let kind = draft.kind;
        let (line, troubles) = draft.finish(self);
        for (spot, trouble) in troubles {
            let spot = Spot {
                line: if trouble.line == 0 {
                    spot.line
                } else {
                    trouble.line
                },
                ..spot
            };
            let hint = "a resource whose policy is not known is never clean; deploy it and scan it there, or give the values";
            self.not_analysed(
                trouble.code,
                trouble.message,
                Some(hint),
                &spot,
                Some(kind.name),
            );
        }
        let Some(line) = line else { return };
        self.lines.push(Ok(line));
    }
}

/// A record that is being made.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) kind: Type,
    /// With its unknown parts.
    pub(super) arn: String,
    pub(super) account: &'a str,
    /// With its unknown parts; empty for global resources.
    pub(super) region: String,
    /// Where the resource stands.
    pub(super) spot: Spot,
    /// Which reading of a template this is.
    pub(super) reading: String,
    /// What public access hangs on that the file does not say.
    caveat: String,
    members: Vec<(&'static str, Json)>,
    documents: Vec<(String, Spot, Vec<Spot>)>,
    troubles: Vec<(Spot, Trouble)>,
    own_policies: Vec<(String, Json)>,
    attached: Vec<Json>,
    groups: Vec<Json>,
    /// What carries policies of which nothing is known.
    pub(super) unknown: Vec<Spot>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(kind: Type, arn: String, account: &'a str, region: &str, spot: Spot) -> Self {
        Self {
            kind,
            arn,
            account,
            region: region.to_owned(),
            spot,
            reading: String::new(),
            caveat: String::new(),
            members: Vec::new(),
            documents: Vec::new(),
            troubles: Vec::new(),
            own_policies: Vec::new(),
            attached: Vec::new(),
            groups: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Whose policies are settled.
    pub(super) fn own(&self) -> Own<'_> {
        Own {
            arn: &self.arn,
            account: self.account,
        }
    }

    /// Says that the file has nothing about a bucket's Block Public Access (rule M6): what is public without it is reported, since a bucket
    /// may be older than the default of April 2023, and the finding says so. (Amazon S3 User Guide, "Default settings for new S3
    /// buckets FAQ"; Access Analyzer API Reference, "S3PublicAccessBlockConfiguration".)
    pub(super) fn leaves_block_open(&mut self) {
        self.caveat = "if Block Public Access, which new buckets have on, is off".to_owned();
    }

    /// All four switches on, as an access point has them that says nothing (the same pages).
    pub(super) fn closed_block() -> Json {
        let on = || JsonValue::Bool(true).into();
        Json::object([
            ("ignorePublicAcls", on()),
            ("restrictPublicBuckets", on()),
            ("blockPublicAcls", on()),
            ("blockPublicPolicy", on()),
        ])
    }

    /// Sets a member of the configuration.
    pub(super) fn set(&mut self, member: &'static str, value: Json) {
        match self.members.iter_mut().find(|(name, _)| *name == member) {
            Some((_, known)) => *known = value,
            None => self.members.push((member, shown_in(&value))),
        }
    }

    /// Whether a member of the configuration is set, or was tried.
    pub(super) fn has(&self, member: &str) -> bool {
        self.members.iter().any(|(name, _)| *name == member)
    }

    /// A policy of the resource; `spot` is what carries it. Whether it could be told.
    pub(super) fn policy(&mut self, member: &'static str, document: &Json, spot: &Spot) -> bool {
        match self.settled("policy", document, spot) {
            Some(policy) => {
                self.set(member, policy);
                true
            }
            None => false,
        }
    }

    /// A policy that is put somewhere else in the configuration, under the name that findings use.
    pub(super) fn settled(&mut self, name: &str, document: &Json, spot: &Spot) -> Option<Json> {
        match settle(document, self.own()) {
            Ok(settled) => {
                let lines = settled.lines.iter().map(|line| Spot {
                    address: spot.address.clone(),
                    line: if *line == 0 { spot.line } else { *line },
                });
                self.documents
                    .push((name.to_owned(), spot.clone(), lines.collect()));
                Some(settled.document)
            }
            Err(trouble) => {
                self.troubles.push((spot.clone(), trouble));
                None
            }
        }
    }

    /// A policy that says what the identity may do, under its name. `is_own` tells the unknown parts that name resources of the file.
    pub(super) fn inline(&mut self, name: &str, document: &Json, is_own: &dyn Fn(&str) -> bool) {
        let document = settle_identity(document, is_own);
        self.own_policies.push((shown(name).into_owned(), document));
    }

    /// The ARN of a managed policy that is attached.
    pub(super) fn attach(&mut self, arn: &str, is_own: &dyn Fn(&str) -> bool) {
        let arn = settle_identity(&Json::from(arn.to_owned()), is_own);
        if !self.attached.contains(&arn) {
            self.attached.push(arn);
        }
    }

    /// The ARN of the policy that bounds what the identity may do.
    pub(super) fn bound(&mut self, arn: &str, is_own: &dyn Fn(&str) -> bool) {
        let arn = settle_identity(&Json::from(arn.to_owned()), is_own);
        self.set("permissionsBoundary", arn);
    }

    /// The document of a managed policy.
    pub(super) fn document(&mut self, document: &Json, is_own: &dyn Fn(&str) -> bool) {
        let document = settle_identity(document, is_own);
        self.set("document", document);
    }

    /// Tags, those that are known to be texts.
    pub(super) fn tag(&mut self, tags: &[Member]) {
        let texts = tags.iter().filter_map(|tag| {
            let value = tag.value.as_str()?.to_owned();
            Some((shown(&tag.key.value).into_owned(), Json::from(value)))
        });
        let tags: Vec<(String, Json)> = texts.collect();
        if !tags.is_empty() && self.kind != GROUP {
            self.set("tags", Json::object(tags));
        }
    }

    /// A group that the user is in.
    pub(super) fn join(&mut self, group: &str) {
        let group = Json::from(shown(group).into_owned());
        if !self.groups.contains(&group) {
            self.groups.push(group);
        }
    }

    /// Statements that stand apart, each at a place of its own, as one policy.
    pub(super) fn statements(&mut self, member: &'static str, statements: Vec<(Json, Spot)>) {
        let spots: Vec<Spot> = statements.iter().map(|(_, spot)| spot.clone()).collect();
        let list = Json::array(statements.into_iter().map(|(statement, _)| statement));
        let document = Json::object([("Version", Json::from("2012-10-17")), ("Statement", list)]);
        if let Some(policy) = self.settled("policy", &document, &self.spot.clone()) {
            if let Some((_, _, lines)) = self.documents.last_mut() {
                *lines = spots;
            }
            self.set(member, policy);
        }
    }

    /// Where something without statements stands.
    pub(super) fn stands(&mut self, name: &str, spot: &Spot) {
        self.documents
            .push((name.to_owned(), spot.clone(), Vec::new()));
    }

    /// Something about the resource that is not known.
    pub(super) fn trouble(&mut self, code: &'static str, message: impl Into<String>, spot: &Spot) {
        let trouble = Trouble {
            code,
            message: message.into(),
            line: spot.line,
        };
        self.troubles.push((spot.clone(), trouble));
    }

    /// Puts the policy of a key where records have it; without one AWS gives a key its default policy, which lets the account's own
    /// policies decide. (AWS KMS Developer Guide, "Default key policy".)
    pub(super) fn wrap_key_policy(&mut self, account: &str, partition: &str) {
        let given = self
            .members
            .iter()
            .position(|(name, _)| *name == "keyPolicies")
            .map(|at| self.members.remove(at).1);
        let policy = given.unwrap_or_else(|| {
            let root = format!("arn:{partition}:iam::{account}:root");
            let statement = Json::object([
                ("Effect", Json::from("Allow")),
                ("Principal", Json::object([("AWS", Json::from(root))])),
                ("Action", "kms:*".into()),
                ("Resource", "*".into()),
            ]);
            Json::object([
                ("Version", Json::from("2012-10-17")),
                ("Statement", statement),
            ])
        });
        self.set("keyPolicies", Json::object([("default", policy)]));
    }

    /// What the identity may do, as live records have it: the same names in one order, each policy once.
    fn put_identity(&mut self) {
        let mut attached = std::mem::take(&mut self.attached);
        attached.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        if !attached.is_empty() {
            self.set("attachedManagedPolicies", Json::array(attached));
        }
        let mut named: Vec<(String, Json)> = Vec::new();
        for (name, document) in std::mem::take(&mut self.own_policies) {
            // Of two of one name the later one stands in AWS, and which that is a file does not say: both are kept.
            let taken = |name: &str| named.iter().any(|(known, _)| known == name);
            let free = (2..).map(|at| format!("{name} {at}"));
            let name = std::iter::once(name.clone())
                .chain(free)
                .find(|name| !taken(name));
            named.extend(name.map(|name| (name, document)));
        }
        if !named.is_empty() {
            self.set("inlinePolicies", Json::object(named));
        }
        let mut groups = std::mem::take(&mut self.groups);
        groups.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        if !groups.is_empty() {
            self.set("groups", Json::array(groups));
        }
    }

    /// No record where the one policy that a role must have is not known.
    fn finish(mut self, sheet: &Sheet) -> (Option<Line>, Vec<(Spot, Trouble)>) {
        self.put_identity();
        if self.kind == ROLE && !self.has("trustPolicy") {
            return (None, self.troubles);
        }
        let configuration = Json::object(self.members);
        let record = Json::object([
            ("resourceArn", Json::from(shown(&self.arn).into_owned())),
            ("resourceType", self.kind.name.into()),
            ("resourceOwnerAccount", self.account.to_owned().into()),
            ("region", shown(&self.region).into_owned().into()),
            (
                "configuration",
                Json::object([(self.kind.member, configuration)]),
            ),
        ]);
        let address = |spot: Spot| Spot {
            address: sheet.address(&spot.address),
            line: spot.line,
        };
        let documents = self.documents.into_iter().map(|(name, spot, lines)| {
            (
                name,
                address(spot),
                lines.into_iter().map(address).collect(),
            )
        });
        let origin = Origin {
            address: sheet.address(&self.spot.address),
            reading: self.reading,
            caveat: self.caveat,
            documents: documents.collect(),
        };
        let place = sheet.place(self.spot.line);
        let line = Line::made(place, record.to_string().into_bytes(), origin);
        (Some(line), self.troubles)
    }
}
