//! **Modelled**: what the emulator lacks, or answers in a shape of its own, told as the services document it.
//!
//! The exchanges go over HTTP to the real SDK, but no server of AWS or of anybody else has said them; they are written from
//! the pages "ListAccessPoints", "GetAccessPoint", "GetAccessPointPolicy", "ListMultiRegionAccessPoints" and
//! "GetMultiRegionAccessPointPolicy" of the S3 API reference, "ListRegions" of the Account Management reference, and
//! "ListFunctions", "ListAliases", "GetPolicy" and "GetFunctionUrlConfig" of the Lambda reference; for what follows below,
//! "ListDirectoryBuckets" and "ListAccessPointsForDirectoryBuckets" of the S3 API reference, "ListStreams" and "GetResourcePolicy"
//! of the DynamoDB references, and "GetSnapshotBlockPublicAccessState" of the EC2 reference.

use crate::http::Request;
use crate::stub::{JSON, Own, XML};

/// Two pages of access points in one Region, a multi-Region access point, an alias with a policy and one with a URL.
pub(crate) fn exchanges() -> Box<Own> {
    Box::new(|name, request| {
        let (kind, body) = match name {
            "s3control:ListAccessPoints" => (XML, access_points(request)),
            "s3control:GetAccessPoint" => (XML, access_point()),
            "s3control:GetAccessPointPolicy" if request.path.contains("/inside/") => {
                let error =
                    "<Error><Code>NoSuchAccessPointPolicy</Code><Message>none</Message></Error>";
                return Some((
                    404,
                    XML,
                    format!("<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"),
                ));
            }
            "s3control:GetAccessPointPolicy" => (
                XML,
                format!(
                    "<GetAccessPointPolicyResult><Policy>{}</Policy></GetAccessPointPolicyResult>",
                    escaped(POLICY)
                ),
            ),
            "s3control:ListMultiRegionAccessPoints" => (XML, MULTI_REGION.to_owned()),
            "s3control:GetMultiRegionAccessPointPolicy" => {
                let policy = escaped(POLICY);
                let inner = format!(
                    "<Established><Policy>{policy}</Policy></Established><Proposed><Policy>{{}}</Policy></Proposed>"
                );
                (
                    XML,
                    format!(
                        "<GetMultiRegionAccessPointPolicyResult><Policy>{inner}</Policy></GetMultiRegionAccessPointPolicyResult>"
                    ),
                )
            }
            "account:ListRegions" => (JSON, regions(request)),
            "lambda:ListFunctions" if request.region() == "eu-central-1" => {
                assert!(request.query.contains("FunctionVersion=ALL"));
                let version = |version: &str| {
                    format!(
                        r#"{{"FunctionName":"f0","Version":"{version}","FunctionArn":"arn:aws:lambda:eu-central-1:000000000000:function:f0:{version}"}}"#
                    )
                };
                // Versions of a function may stand on another page than the function.
                let body = if request.query.contains("Marker=more") {
                    format!(r#"{{"Functions":[{},{}]}}"#, version("2"), version("3"))
                } else {
                    format!(
                        r#"{{"Functions":[{},{}],"NextMarker":"more"}}"#,
                        version("$LATEST"),
                        version("1")
                    )
                };
                (JSON, body)
            }
            "lambda:ListAliases" if request.path.contains("/f0/") => {
                let alias = |name| format!(r#"{{"Name":"{name}","FunctionVersion":"1"}}"#);
                (
                    JSON,
                    format!(
                        r#"{{"Aliases":[{},{},{}]}}"#,
                        alias("bare"),
                        alias("open"),
                        alias("web")
                    ),
                )
            }
            "lambda:GetPolicy"
                if request.query.contains("Qualifier=open")
                    || request.query.contains("Qualifier=3") =>
            {
                (
                    JSON,
                    format!(r#"{{"Policy":"{}"}}"#, POLICY.replace('"', "\\\"")),
                )
            }
            "lambda:GetFunctionUrlConfig" if request.query.contains("Qualifier=web") => {
                let body = r#"{"AuthType":"NONE","FunctionUrl":"https://x.lambda-url.eu-central-1.on.aws/","FunctionArn":"a","CreationTime":"t"}"#;
                (JSON, body.to_owned())
            }
            "lambda:GetPolicy" if request.query.contains("Qualifier=") => {
                return Some((
                    404,
                    JSON,
                    r#"{"__type":"ResourceNotFoundException","Message":"none"}"#.to_owned(),
                ));
            }
            _ => return None,
        };
        Some((200, kind, body))
    })
}

/// Two pages of directory buckets in one Region, two access points, streams of two tables, and snapshots in two Regions, one of which
/// blocks all public sharing.
pub(crate) fn express_streams_and_snapshots() -> Box<Own> {
    Box::new(|name, request| {
        let here = request.region() == "us-east-1";
        let text = request.text();
        let (kind, body) = match name {
            "s3:ListDirectoryBuckets" if here => {
                let bucket = |name| format!("<Bucket><Name>{name}--use1-az4--x-s3</Name></Bucket>");
                let body = if request.query.contains("continuation-token=more") {
                    format!("<Buckets>{}</Buckets>", bucket("plain"))
                } else {
                    format!(
                        "<Buckets>{}</Buckets><ContinuationToken>more</ContinuationToken>",
                        bucket("fast")
                    )
                };
                (
                    XML,
                    format!(
                        "<ListAllMyDirectoryBucketsResult>{body}</ListAllMyDirectoryBucketsResult>"
                    ),
                )
            }
            "s3:GetBucketPolicy" if request.service() == "s3express" => {
                assert_eq!(
                    request.path.trim_matches('/').split("--").nth(2),
                    Some("x-s3")
                );
                if request.path.contains("plain") {
                    let none = "<Error><Code>NoSuchBucketPolicy</Code></Error>";
                    return Some((404, XML, none.to_owned()));
                }
                (JSON, POLICY.to_owned())
            }
            "s3control:ListAccessPointsForDirectoryBuckets" => {
                let point = |name: &str| {
                    format!(
                        "<AccessPoint><Name>{name}</Name><NetworkOrigin>Internet</NetworkOrigin><Bucket>fast--use1-az4--x-s3</Bucket>\
                         <AccessPointArn>arn:aws:s3express:us-east-1:000000000000:accesspoint/{name}</AccessPointArn></AccessPoint>"
                    )
                };
                let list = point("reader--use1-az4--xa-s3");
                let root = "ListAccessPointsForDirectoryBucketsResult";
                (
                    XML,
                    format!("<{root}><AccessPointList>{list}</AccessPointList></{root}>"),
                )
            }
            "s3control:GetAccessPoint" => (XML, access_point()),
            "s3control:GetAccessPointPolicy" => {
                let root = "GetAccessPointPolicyResult";
                (
                    XML,
                    format!("<{root}><Policy>{}</Policy></{root}>", escaped(POLICY)),
                )
            }
            "dynamodbstreams:ListStreams" if here => {
                let stream = |label: &str| {
                    format!(
                        r#"{{"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/{label}","TableName":"t","StreamLabel":"{label}"}}"#
                    )
                };
                let (old, new) = ("2026-01-01T00:00:00.000", "2026-02-01T00:00:00.000");
                let body = if text.contains("ExclusiveStartStreamArn") {
                    format!(r#"{{"Streams":[{}]}}"#, stream(new))
                } else {
                    format!(
                        r#"{{"Streams":[{}],"LastEvaluatedStreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/{old}"}}"#,
                        stream(old)
                    )
                };
                (JSON, body)
            }
            "dynamodb:GetResourcePolicy" if text.contains("2026-01") => {
                let policy = POLICY
                    .replace('"', "\\\"")
                    .replace("s3:GetObject", "dynamodb:GetRecords");
                (JSON, format!(r#"{{"Policy":"{policy}","RevisionId":"1"}}"#))
            }
            "dynamodb:GetResourcePolicy" => {
                let none = r#"{"__type":"com.amazonaws.dynamodb.v20120810#PolicyNotFoundException","message":"none"}"#;
                return Some((400, JSON, none.to_owned()));
            }
            "ec2:DescribeSnapshots" => {
                assert!(text.contains("Owner.1=self") && text.contains("Version=2016-11-15"));
                let item = |id: &str, encrypted: bool| {
                    let key = if encrypted {
                        "<kmsKeyId>arn:aws:kms:k</kmsKeyId>"
                    } else {
                        ""
                    };
                    format!(
                        "<item><snapshotId>{id}</snapshotId><encrypted>{encrypted}</encrypted>{key}\
                         <tagSet><item><key>snapshotId</key><value>no</value></item></tagSet></item>"
                    )
                };
                let body = if text.contains("NextToken=mo%2Fre") {
                    format!("<snapshotSet>{}</snapshotSet>", item("snap-2", true))
                } else {
                    format!(
                        "<snapshotSet>{}</snapshotSet><nextToken>mo/re</nextToken>",
                        item("snap-1", false)
                    )
                };
                let root = "DescribeSnapshotsResponse";
                (
                    XML,
                    format!(
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>1</requestId>{body}</{root}>"
                    ),
                )
            }
            "ec2:DescribeSnapshotAttribute" => {
                let id = if text.contains("snap-1") {
                    "snap-1"
                } else {
                    "snap-2"
                };
                let list =
                    "<item><group>all</group></item><item><userId>444455556666</userId></item>";
                let root = "DescribeSnapshotAttributeResponse";
                (
                    XML,
                    format!(
                        "<{root}><requestId>1</requestId><snapshotId>{id}</snapshotId><createVolumePermission>{list}</createVolumePermission></{root}>"
                    ),
                )
            }
            "ec2:GetSnapshotBlockPublicAccessState" => {
                let (state, by) = if here {
                    ("block-all-sharing", "declarative-policy")
                } else {
                    ("block-new-sharing", "account")
                };
                let root = "GetSnapshotBlockPublicAccessStateResponse";
                (
                    XML,
                    format!(
                        "<{root}><requestId>1</requestId><state>{state}</state><managedBy>{by}</managedBy></{root}>"
                    ),
                )
            }
            _ => return None,
        };
        Some((200, kind, body))
    })
}

/// Two secrets, one of which was changed after any snapshot ("ListSecrets" and "GetResourcePolicy" of the reference).
pub(crate) fn secrets() -> Box<Own> {
    Box::new(|name, request| {
        let region = request.region();
        let arn = |name| format!("arn:aws:secretsmanager:{region}:000000000000:secret:{name}");
        match name {
            "secretsmanager:ListSecrets" => {
                let secret = |name, changed: u64| {
                    format!(
                        r#"{{"ARN":"{}","Name":"{name}","LastChangedDate":{changed}.5}}"#,
                        arn(name)
                    )
                };
                Some((
                    200,
                    JSON,
                    format!(
                        r#"{{"SecretList":[{},{}]}}"#,
                        secret("old", 1_600_000_000),
                        secret("new", 4_000_000_000)
                    ),
                ))
            }
            "secretsmanager:GetResourcePolicy" => {
                let name = if request.text().contains("old") {
                    "old"
                } else {
                    "new"
                };
                let policy = POLICY
                    .replace('"', "\\\"")
                    .replace("s3:GetObject", "secretsmanager:*");
                Some((
                    200,
                    JSON,
                    format!(
                        r#"{{"ARN":"{}","Name":"{name}","ResourcePolicy":"{policy}"}}"#,
                        arn(name)
                    ),
                ))
            }
            _ => None,
        }
    })
}

/// The policy of everything that has one here.
pub(crate) const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}"#;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

fn access_points(request: &Request) -> String {
    let bucket = "bucket-000000000000-0";
    if request.region() != "eu-central-1" {
        return "<ListAccessPointsResult><AccessPointList/></ListAccessPointsResult>".to_owned();
    }
    let point = |name: &str, origin: &str| {
        format!(
            "<AccessPoint><Name>{name}</Name>{origin}<Bucket>{bucket}</Bucket>\
             <AccessPointArn>arn:aws:s3:eu-central-1:000000000000:accesspoint/{name}</AccessPointArn>\
             <Alias>{name}-alias-s3alias</Alias><BucketAccountId>000000000000</BucketAccountId></AccessPoint>"
        )
    };
    let (point, next) = if request.query.contains("nextToken=more") {
        let vpc = "<NetworkOrigin>VPC</NetworkOrigin><VpcConfiguration><VpcId>vpc-1</VpcId></VpcConfiguration>";
        (point("inside", vpc), "")
    } else {
        (
            point("outside", "<NetworkOrigin>Internet</NetworkOrigin>"),
            "<NextToken>more</NextToken>",
        )
    };
    format!(
        "<ListAccessPointsResult><AccessPointList>{point}</AccessPointList>{next}</ListAccessPointsResult>"
    )
}

fn access_point() -> String {
    let block = "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
                 <BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets>";
    format!(
        "<GetAccessPointResult><Name>n</Name><Bucket>b</Bucket><NetworkOrigin>Internet</NetworkOrigin>\
         <PublicAccessBlockConfiguration>{block}</PublicAccessBlockConfiguration></GetAccessPointResult>"
    )
}

const MULTI_REGION: &str = "<ListMultiRegionAccessPointsResult><AccessPoints><AccessPoint><Name>both</Name>\
    <Alias>mabc.mrap</Alias><CreatedAt>2026-01-01T00:00:00Z</CreatedAt><Status>READY</Status><Regions>\
    <Region><Bucket>bucket-000000000000-1</Bucket><Region>eu-central-1</Region></Region>\
    <Region><Bucket>bucket-000000000000-99</Bucket><Region>us-east-1</Region></Region></Regions></AccessPoint></AccessPoints>\
    </ListMultiRegionAccessPointsResult>";

fn regions(request: &Request) -> String {
    let region =
        |name| format!(r#"{{"RegionName":"{name}","RegionOptStatus":"ENABLED_BY_DEFAULT"}}"#);
    if request.text().contains("more") {
        format!(r#"{{"Regions":[{}]}}"#, region("us-east-1"))
    } else {
        format!(
            r#"{{"NextToken":"more","Regions":[{}]}}"#,
            region("eu-central-1")
        )
    }
}
