//! **Modelled**: what the emulator lacks, or answers in a shape of its own, told as the services document it.
//!
//! The exchanges go over HTTP to the real SDK, but no server of AWS or of anybody else has said them; they are written from
//! the pages "ListAccessPoints", "GetAccessPoint", "GetAccessPointPolicy", "ListMultiRegionAccessPoints" and
//! "GetMultiRegionAccessPointPolicy" of the S3 API reference, "ListRegions" of the Account Management reference, and
//! "ListAliases", "GetPolicy" and "GetFunctionUrlConfig" of the Lambda reference.

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
            "lambda:GetPolicy" if request.query.contains("Qualifier=open") => (
                JSON,
                format!(r#"{{"Policy":"{}"}}"#, POLICY.replace('"', "\\\"")),
            ),
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
