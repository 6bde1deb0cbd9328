//! What `Ref` and `Fn::GetAtt` give for the resources of a template: names and ARNs, unknown where AWS makes them.

use super::super::tree::Json;
use super::super::unknown::is_open;
use super::evaluate::{Stack, text_of};

/// How the ARN of a type is made: the service, whether it names Region and account, and what stands before the name.
struct Shape {
    kind: &'static str,
    /// The property with the name; empty where AWS makes it.
    name: &'static str,
    service: &'static str,
    regional: bool,
    prefix: &'static str,
    /// What `Ref` gives.
    reference: Reference,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reference {
    Name,
    Arn,
    Url,
}

macro_rules! shapes {
    ($($kind:literal $name:literal $service:literal $regional:literal $prefix:literal $reference:ident;)*) => {
        &[$(Shape { kind: $kind, name: $name, service: $service, regional: $regional, prefix: $prefix, reference: Reference::$reference },)*]
    };
}

/// (AWS CloudFormation User Guide, "Return values" of each type; Service Authorization Reference, "Resource types".)
const SHAPES: &[Shape] = shapes! {
    "AWS::IAM::Role" "RoleName" "iam" false "role/" Name;
    "AWS::IAM::User" "UserName" "iam" false "user/" Name;
    "AWS::IAM::Group" "GroupName" "iam" false "group/" Name;
    "AWS::IAM::ManagedPolicy" "ManagedPolicyName" "iam" false "policy/" Arn;
    "AWS::IAM::OIDCProvider" "" "iam" false "oidc-provider/" Arn;
    "AWS::IAM::SAMLProvider" "Name" "iam" false "saml-provider/" Arn;
    "AWS::IAM::InstanceProfile" "InstanceProfileName" "iam" false "instance-profile/" Name;
    "AWS::Lambda::Function" "FunctionName" "lambda" true "function:" Name;
    "AWS::Serverless::Function" "FunctionName" "lambda" true "function:" Name;
    "AWS::Lambda::LayerVersion" "LayerName" "lambda" true "layer:" Arn;
    "AWS::Serverless::LayerVersion" "LayerName" "lambda" true "layer:" Arn;
    "AWS::SQS::Queue" "QueueName" "sqs" true "" Url;
    "AWS::SNS::Topic" "TopicName" "sns" true "" Arn;
    "AWS::KMS::Key" "" "kms" true "key/" Name;
    "AWS::KMS::ReplicaKey" "" "kms" true "key/" Name;
    "AWS::KMS::Alias" "AliasName" "kms" true "" Name;
    "AWS::SecretsManager::Secret" "Name" "secretsmanager" true "secret:" Arn;
    "AWS::ECR::Repository" "RepositoryName" "ecr" true "repository/" Name;
    "AWS::EFS::FileSystem" "" "elasticfilesystem" true "file-system/" Name;
    "AWS::DynamoDB::Table" "TableName" "dynamodb" true "table/" Name;
    "AWS::DynamoDB::GlobalTable" "TableName" "dynamodb" true "table/" Name;
    "AWS::Serverless::SimpleTable" "TableName" "dynamodb" true "table/" Name;
    "AWS::S3Express::DirectoryBucket" "BucketName" "s3express" true "bucket/" Name;
    "AWS::Events::Rule" "Name" "events" true "rule/" Name;
    "AWS::Events::EventBus" "Name" "events" true "event-bus/" Name;
    "AWS::Logs::LogGroup" "LogGroupName" "logs" true "log-group:" Name;
    "AWS::StepFunctions::StateMachine" "StateMachineName" "states" true "stateMachine:" Arn;
    "AWS::Serverless::StateMachine" "Name" "states" true "stateMachine:" Arn;
    "AWS::CloudFront::Distribution" "" "cloudfront" false "distribution/" Name;
    "AWS::CloudWatch::Alarm" "AlarmName" "cloudwatch" true "alarm:" Name;
    "AWS::CloudTrail::Trail" "TrailName" "cloudtrail" true "trail/" Name;
    "AWS::Kinesis::Stream" "Name" "kinesis" true "stream/" Name;
    "AWS::KinesisFirehose::DeliveryStream" "DeliveryStreamName" "firehose" true "deliverystream/" Name;
    "AWS::CodeBuild::Project" "Name" "codebuild" true "project/" Name;
    "AWS::CodePipeline::Pipeline" "Name" "codepipeline" true "" Name;
    "AWS::CodeCommit::Repository" "" "codecommit" true "" Name;
    "AWS::Cognito::UserPool" "" "cognito-idp" true "userpool/" Name;
    "AWS::ECS::Cluster" "ClusterName" "ecs" true "cluster/" Name;
    "AWS::IoT::TopicRule" "RuleName" "iot" true "rule/" Name;
    "AWS::SES::ReceiptRuleSet" "RuleSetName" "ses" true "receipt-rule-set/" Name;
    "AWS::Scheduler::ScheduleGroup" "Name" "scheduler" true "schedule-group/" Name;
};

fn shape(kind: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.kind == kind)
}

impl Stack<'_> {
    /// The type of a resource.
    pub(super) fn kind<'r>(&self, resource: &'r Json) -> &'r str {
        resource
            .get("Type")
            .and_then(Json::as_str)
            .unwrap_or_default()
    }

    /// The name that a resource gets.
    pub(super) fn name(&self, id: &str, resource: &Json) -> String {
        let property = match self.kind(resource) {
            "AWS::S3::Bucket" => "BucketName",
            kind => shape(kind).map_or("", |shape| shape.name),
        };
        let given = Some(property).filter(|name| !name.is_empty());
        let given = given
            .and_then(|name| self.property(resource, name))
            .and_then(|value| text_of(&value));
        given
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| self.piece(id))
    }

    /// The ARN that a resource gets.
    pub(super) fn arn(&self, id: &str, resource: &Json) -> String {
        let owner = self.owner;
        let (partition, region, account) = (&owner.partition, &owner.region, &owner.account);
        let name = self.name(id, resource);
        let kind = self.kind(resource);
        if kind == "AWS::S3::Bucket" {
            return format!("arn:{partition}:s3:::{name}");
        }
        let Some(shape) = shape(kind) else {
            // Whatever it is, it is the owner's.
            let service = kind
                .split("::")
                .nth(1)
                .unwrap_or("unknown")
                .to_ascii_lowercase();
            return format!(
                "arn:{partition}:{service}:{region}:{account}:{}",
                self.piece(id)
            );
        };
        let region = if shape.regional { region.as_str() } else { "" };
        let path = match shape.service {
            "iam" => self
                .property(resource, "Path")
                .and_then(|path| text_of(&path))
                .filter(|path| path.len() > 1 && path.starts_with('/') && path.ends_with('/'))
                .map_or_else(String::new, |path| path[1..].to_owned()),
            _ => String::new(),
        };
        let mut arn = format!(
            "arn:{partition}:{}:{region}:{account}:{}{path}{name}",
            shape.service, shape.prefix
        );
        match shape.service {
            // AWS adds six letters.
            "secretsmanager" if !is_open(&name) => arn.push_str(&format!("-{}", self.piece(id))),
            "lambda" if shape.prefix == "layer:" => {
                arn.push_str(&format!(":{}", self.piece("version")))
            }
            _ => {}
        }
        arn
    }

    /// What `Ref` gives for a resource.
    pub(super) fn referred(&self, id: &str, resource: &Json) -> String {
        match self.kind(resource) {
            kind @ ("AWS::Lambda::Alias" | "AWS::Lambda::Version") => {
                let function = self
                    .property(resource, "FunctionName")
                    .and_then(|name| text_of(&name));
                let name = super::super::names::tail(
                    super::super::draft::FUNCTION,
                    &function.unwrap_or_else(|| self.piece(id)),
                );
                let qualifier = match kind {
                    "AWS::Lambda::Alias" => self
                        .property(resource, "Name")
                        .and_then(|name| text_of(&name)),
                    _ => None,
                };
                let owner = self.owner;
                let qualifier = qualifier.unwrap_or_else(|| self.piece(id));
                format!(
                    "arn:{}:lambda:{}:{}:function:{name}:{qualifier}",
                    owner.partition, owner.region, owner.account
                )
            }
            kind => match shape(kind).map(|shape| shape.reference) {
                Some(Reference::Arn) => self.arn(id, resource),
                Some(Reference::Url) => self.url(id, resource),
                Some(Reference::Name) => self.name(id, resource),
                None if kind == "AWS::S3::Bucket" => self.name(id, resource),
                None if kind.ends_with("Topic")
                    || kind == "AWS::ElasticLoadBalancingV2::LoadBalancer" =>
                {
                    self.arn(id, resource)
                }
                None => self.piece(id),
            },
        }
    }

    /// What `Fn::GetAtt` gives.
    pub(super) fn attribute_of(&self, id: &str, resource: &Json, attribute: &str) -> String {
        let kind = self.kind(resource);
        match (kind, attribute) {
            ("AWS::Lambda::Alias" | "AWS::Lambda::Version", _) => self.referred(id, resource),
            ("AWS::CloudFront::CloudFrontOriginAccessIdentity", "S3CanonicalUserId") => {
                origin_access_identity(self.piece(id))
            }
            ("AWS::CloudFormation::Stack" | "AWS::Serverless::Application", _) => {
                self.piece(&format!("{id}.{attribute}"))
            }
            _ if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" => {
                self.piece(&format!("{id}.{attribute}"))
            }
            ("AWS::Logs::LogGroup", "Arn") => format!("{}:*", self.arn(id, resource)),
            ("AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable", "StreamArn") => {
                format!("{}/stream/{}", self.arn(id, resource), self.piece("label"))
            }
            (_, "Arn" | "TopicArn" | "RepositoryArn" | "UserPoolArn" | "KeyArn") => {
                self.arn(id, resource)
            }
            ("AWS::SecretsManager::Secret", "Id") => self.arn(id, resource),
            (_, "QueueName" | "TopicName" | "KeyId" | "FileSystemId") => self.name(id, resource),
            (_, "QueueUrl") => self.url(id, resource),
            ("AWS::Cognito::UserPool", "ProviderName") => {
                format!(
                    "cognito-idp.{}.amazonaws.com/{}",
                    self.owner.region,
                    self.piece(id)
                )
            }
            _ => self.piece(&format!("{id}.{attribute}")),
        }
    }

    fn url(&self, id: &str, resource: &Json) -> String {
        let owner = self.owner;
        format!(
            "https://sqs.{}.amazonaws.com/{}/{}",
            owner.region,
            owner.account,
            self.name(id, resource)
        )
    }

    /// Whether an unknown part is the name of a resource of a type whose names have no colon.
    pub(super) fn has_plain_name(&self, part: &str) -> bool {
        self.named(part).is_some_and(|resource| {
            let kind = self.kind(resource);
            kind == "AWS::S3::Bucket" || shape(kind).is_some()
        })
    }

    /// What SAM makes beside what the template names: the role of a function or state machine, versions and aliases.
    pub(super) fn generated(&self, id: &str, attribute: &str) -> Option<String> {
        let owner = self.owner;
        let of_sam = |name: &str| {
            self.resource(name)
                .filter(|it| self.kind(it).starts_with("AWS::Serverless::"))
        };
        if let Some(base) = id.strip_suffix("Role")
            && of_sam(base).is_some()
        {
            return Some(match attribute {
                "Arn" => format!(
                    "arn:{}:iam::{}:role/{}",
                    owner.partition,
                    owner.account,
                    self.piece(id)
                ),
                _ => self.piece(id),
            });
        }
        // `Function.Alias`, `Function.Version`, as `Ref` has them.
        let (base, what) = id.split_once('.')?;
        let function = of_sam(base)?;
        let arn = self.arn(base, function);
        matches!(what, "Alias" | "Version").then(|| format!("{arn}:{}", self.piece(what)))
    }
}

/// The canonical id of an origin access identity, as a policy holds it once it is stored.
fn origin_access_identity(id: String) -> String {
    format!("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {id}")
}
