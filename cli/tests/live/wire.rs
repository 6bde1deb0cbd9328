//! Which operation a request is, told from what goes over the wire alone.
//!
//! Written from the services' documentation and not from the collector's table, so that one can be held against the other.

use crate::http::{Request, answer};
use std::io::{self, Write};

/// How a service writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Json,
    Query,
    S3,
    S3Control,
    Rest,
}

/// Service and operation, as the manifest names them, and the protocol.
pub(crate) fn operation(request: &Request) -> (String, String, Protocol) {
    let target = request.header("x-amz-target");
    if let Some((prefix, name)) = target.split_once('.') {
        let service = match prefix {
            "AWSOrganizationsV20161128" => "organizations",
            "TrentService" => "kms",
            "AmazonSQS" => "sqs",
            "secretsmanager" => "secretsmanager",
            "AmazonEC2ContainerRegistry_V20150921" => "ecr",
            "DynamoDB_20120810" => "dynamodb",
            "DynamoDBStreams_20120810" => "dynamodbstreams",
            other => panic!("a service that nobody knows: {other}"),
        };
        return (service.to_owned(), name.to_owned(), Protocol::Json);
    }
    let service = request.service();
    if let Some(name) = request
        .text()
        .split('&')
        .find_map(|part| part.strip_prefix("Action="))
    {
        return (service.to_owned(), name.to_owned(), Protocol::Query);
    }
    let steps: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let asks = |what: &str| {
        request
            .query
            .split('&')
            .any(|part| part.split('=').next() == Some(what))
    };
    let (service, name, protocol) = match (service, steps.as_slice()) {
        ("s3", ["v20180820", "configuration", "publicAccessBlock"]) => {
            ("s3control", "GetPublicAccessBlock", Protocol::S3Control)
        }
        ("s3", ["v20180820", "accesspoint"]) => {
            ("s3control", "ListAccessPoints", Protocol::S3Control)
        }
        ("s3", ["v20180820", "accesspoint", _]) => {
            ("s3control", "GetAccessPoint", Protocol::S3Control)
        }
        ("s3", ["v20180820", "accesspoint", _, "policy"]) => {
            ("s3control", "GetAccessPointPolicy", Protocol::S3Control)
        }
        ("s3express", ["v20180820", "accesspointfordirectory"]) => (
            "s3control",
            "ListAccessPointsForDirectoryBuckets",
            Protocol::S3Control,
        ),
        ("s3express", ["v20180820", "accesspoint", _]) => {
            ("s3control", "GetAccessPoint", Protocol::S3Control)
        }
        ("s3express", ["v20180820", "accesspoint", _, "policy"]) => {
            ("s3control", "GetAccessPointPolicy", Protocol::S3Control)
        }
        ("s3express", [""]) => ("s3", "ListDirectoryBuckets", Protocol::S3),
        ("s3express", [_]) if asks("policy") => ("s3", "GetBucketPolicy", Protocol::S3),
        ("s3", ["v20180820", "mrap", "instances"]) => (
            "s3control",
            "ListMultiRegionAccessPoints",
            Protocol::S3Control,
        ),
        ("s3", ["v20180820", "mrap", "instances", _, "policy"]) => (
            "s3control",
            "GetMultiRegionAccessPointPolicy",
            Protocol::S3Control,
        ),
        ("s3", [""]) => ("s3", "ListBuckets", Protocol::S3),
        ("s3", [_]) if asks("policy") => ("s3", "GetBucketPolicy", Protocol::S3),
        ("s3", [_]) if asks("acl") => ("s3", "GetBucketAcl", Protocol::S3),
        ("s3", [_]) if asks("ownershipControls") => {
            ("s3", "GetBucketOwnershipControls", Protocol::S3)
        }
        ("s3", [_]) if asks("publicAccessBlock") => ("s3", "GetPublicAccessBlock", Protocol::S3),
        ("s3", [_]) if asks("location") => ("s3", "GetBucketLocation", Protocol::S3),
        ("lambda", [_, "functions"]) => ("lambda", "ListFunctions", Protocol::Rest),
        ("lambda", [_, "functions", _, "aliases"]) => ("lambda", "ListAliases", Protocol::Rest),
        ("lambda", [_, "functions", _, "policy"]) => ("lambda", "GetPolicy", Protocol::Rest),
        ("lambda", [_, "functions", _, "url"]) => {
            ("lambda", "GetFunctionUrlConfig", Protocol::Rest)
        }
        ("lambda", [_, "layers"]) => ("lambda", "ListLayers", Protocol::Rest),
        ("lambda", [_, "layers", _, "versions"]) => ("lambda", "ListLayerVersions", Protocol::Rest),
        ("lambda", [_, "layers", _, "versions", _, "policy"]) => {
            ("lambda", "GetLayerVersionPolicy", Protocol::Rest)
        }
        ("elasticfilesystem", [_, "file-systems"]) => {
            ("elasticfilesystem", "DescribeFileSystems", Protocol::Rest)
        }
        ("elasticfilesystem", [_, "file-systems", _, "policy"]) => (
            "elasticfilesystem",
            "DescribeFileSystemPolicy",
            Protocol::Rest,
        ),
        ("account", ["listRegions"]) => ("account", "ListRegions", Protocol::Rest),
        other => panic!("a request that nobody knows: {other:?} {}", request.query),
    };
    (service.to_owned(), name.to_owned(), protocol)
}

impl Protocol {
    /// Answers that a call may not be made.
    pub(crate) fn deny(self, to: &mut impl Write) -> io::Result<()> {
        let code = if matches!(self, Self::Json | Self::Rest) {
            "AccessDeniedException"
        } else {
            "AccessDenied"
        };
        self.refuse(to, 403, code)
    }

    /// Answers that too many calls were made.
    pub(crate) fn throttle(self, to: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Json => self.refuse(to, 400, "ThrottlingException"),
            Self::Query => self.refuse(to, 400, "Throttling"),
            Self::S3 | Self::S3Control => self.refuse(to, 503, "SlowDown"),
            Self::Rest => self.refuse(to, 429, "TooManyRequestsException"),
        }
    }

    pub(crate) fn refuse(self, to: &mut impl Write, status: u16, code: &str) -> io::Result<()> {
        let inner = format!("<Code>{code}</Code><Message>said the proxy</Message>");
        match self {
            Self::Json => {
                let body = format!(r#"{{"__type":"{code}","message":"said the proxy"}}"#);
                answer(to, status, "application/x-amz-json-1.1", "", &body, true)
            }
            Self::Rest => {
                let extra = format!("x-amzn-errortype: {code}\r\n");
                answer(
                    to,
                    status,
                    "application/json",
                    &extra,
                    r#"{"message":"said the proxy"}"#,
                    true,
                )
            }
            Self::Query | Self::S3Control => {
                let body = format!(
                    "<ErrorResponse><Error>{inner}</Error><RequestId>1</RequestId></ErrorResponse>"
                );
                answer(to, status, "text/xml", "", &body, true)
            }
            Self::S3 => answer(
                to,
                status,
                "application/xml",
                "",
                &format!("<Error>{inner}</Error>"),
                true,
            ),
        }
    }
}
