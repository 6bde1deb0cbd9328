//! A server that answers at once: any number of accounts, each with the same resources, so that all time is the collector's.
//!
//! It notes how often each request came, since none may be made twice.

use crate::http::{Request, answer};
use crate::wire::operation;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The Regions that resources stand in, half of them in each.
pub(crate) const REGIONS: &str = "eu-central-1,us-east-1";

/// How many of each there are in an account, both Regions together.
pub(crate) const BUCKETS: usize = 100;
pub(crate) const ROLES: usize = 150;
pub(crate) const KEYS: usize = 50;
pub(crate) const FUNCTIONS: usize = 50;
pub(crate) const QUEUES: usize = 150;
pub(crate) const RESOURCES: usize = BUCKETS + ROLES + KEYS + FUNCTIONS + QUEUES;

/// A running server; it lives as long as the test.
pub(crate) struct Stub {
    pub(crate) url: String,
    asked: Arc<Mutex<BTreeMap<String, u32>>>,
}

/// Answers of a test's own: status, kind and body for an operation, where it has one.
pub(crate) type Own = dyn Fn(&str, &Request) -> Option<(u16, &'static str, String)> + Send + Sync;

impl Stub {
    /// Starts one, whose answers take that long.
    pub(crate) fn start(pause: Duration) -> Self {
        Self::telling(pause, Box::new(|_, _| None))
    }

    /// Starts one with answers of the test's own.
    pub(crate) fn telling(pause: Duration, own: Box<Own>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        );
        let asked = Arc::new(Mutex::new(BTreeMap::new()));
        let shared = Arc::new((Arc::clone(&asked), own));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that is killed breaks its connections, which is no failure of the server.
                thread::spawn(move || serve(connection, &shared.0, &*shared.1, pause).ok());
            }
        });
        Self { url, asked }
    }

    /// How many requests came.
    pub(crate) fn count(&self) -> u64 {
        let asked = self.asked.lock().expect("no thread panics");
        asked.values().map(|times| u64::from(*times)).sum()
    }

    /// Each request with how often it came.
    pub(crate) fn asked(&self) -> BTreeMap<String, u32> {
        self.asked.lock().expect("no thread panics").clone()
    }
}

fn serve(
    mut client: TcpStream,
    asked: &Mutex<BTreeMap<String, u32>>,
    own: &Own,
    pause: Duration,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client.try_clone()?);
    while let Some(request) = Request::read(&mut reader)? {
        let (service, name, _) = operation(&request);
        let key = format!(
            "{} {} {service}:{name} {}?{} {}",
            request.key(),
            request.region(),
            request.path,
            request.query,
            request.text()
        );
        *asked
            .lock()
            .expect("no thread panics")
            .entry(key)
            .or_default() += 1;
        if !pause.is_zero() {
            thread::sleep(pause);
        }
        let name = format!("{service}:{name}");
        let (status, kind, body) = own(&name, &request).unwrap_or_else(|| told(&name, &request));
        answer(&mut client, status, kind, "", &body, false)?;
    }
    Ok(())
}

/// The account that a key is of: a role's key is its account.
fn account(request: &Request) -> &str {
    match request.key() {
        "testing" => "000000000000",
        key => key,
    }
}

pub(crate) const JSON: &str = "application/x-amz-json-1.1";
pub(crate) const XML: &str = "text/xml";

fn told(name: &str, request: &Request) -> (u16, &'static str, String) {
    let (account, region) = (account(request), request.region());
    let half = |count: usize| {
        if region == "us-east-1" {
            count / 2..count
        } else {
            0..count / 2
        }
    };
    let policy = |action: &str, resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"{action}","Resource":"{resource}"}}]}}"#
        )
    };
    let quoted = |text: String| text.replace('"', "\\\"");
    let list = |items: Vec<String>| items.join(",");
    match name {
        "sts:GetCallerIdentity" => {
            let inner =
                format!("<Account>{account}</Account><Arn>arn:aws:iam::{account}:user/stub</Arn>");
            (200, XML, wrapped("GetCallerIdentity", &inner))
        }
        "sts:AssumeRole" => {
            let account = request
                .text()
                .split("iam%3A%3A")
                .nth(1)
                .and_then(|rest| rest.get(..12))
                .unwrap_or_default();
            let inner = format!(
                "<Credentials><AccessKeyId>{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            );
            (200, XML, wrapped("AssumeRole", &inner))
        }
        "iam:GetAccountAuthorizationDetails" => {
            let mut inner = String::from("<IsTruncated>false</IsTruncated>");
            if request.text().contains("=Role") {
                inner.push_str("<RoleDetailList>");
                let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22\
                             Principal%22%3A%7B%22Service%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
                for n in 0..ROLES {
                    let _ = write!(
                        inner,
                        "<member><Path>/</Path><RoleName>role-{n}</RoleName><RoleId>AROA{n}</RoleId>\
                         <Arn>arn:aws:iam::{account}:role/role-{n}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
                         <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></member>"
                    );
                }
                inner.push_str("</RoleDetailList>");
            }
            (200, XML, wrapped("GetAccountAuthorizationDetails", &inner))
        }
        "s3:ListBuckets" => {
            let mut inner = String::new();
            for n in 0..BUCKETS {
                let region = if n < BUCKETS / 2 {
                    "eu-central-1"
                } else {
                    "us-east-1"
                };
                let _ = write!(
                    inner,
                    "<Bucket><Name>bucket-{account}-{n}</Name><BucketRegion>{region}</BucketRegion></Bucket>"
                );
            }
            (
                200,
                XML,
                format!(
                    "<ListAllMyBucketsResult><Buckets>{inner}</Buckets></ListAllMyBucketsResult>"
                ),
            )
        }
        "s3:GetBucketPolicy" => (
            200,
            JSON,
            policy(
                "s3:GetObject",
                &format!("arn:aws:s3:::{}/*", request.path.trim_matches('/')),
            ),
        ),
        "s3:GetBucketAcl" => (
            200,
            XML,
            format!("<AccessControlPolicy><Owner><ID>{account}</ID></Owner></AccessControlPolicy>"),
        ),
        "s3:GetBucketOwnershipControls" => (
            404,
            XML,
            "<Error><Code>OwnershipControlsNotFoundError</Code></Error>".to_owned(),
        ),
        "s3:GetPublicAccessBlock" => (
            404,
            XML,
            "<Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error>".to_owned(),
        ),
        "s3control:GetPublicAccessBlock" => {
            let error = "<Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error>";
            (404, XML, format!("<ErrorResponse>{error}</ErrorResponse>"))
        }
        "s3control:ListAccessPoints" => (200, XML, "<ListAccessPointsResult/>".to_owned()),
        "s3control:ListMultiRegionAccessPoints" => {
            (200, XML, "<ListMultiRegionAccessPointsResult/>".to_owned())
        }
        "kms:ListKeys" => {
            let arn = |n| {
                format!(r#"{{"KeyId":"{n}","KeyArn":"arn:aws:kms:{region}:{account}:key/{n}"}}"#)
            };
            (
                200,
                JSON,
                format!(r#"{{"Keys":[{}]}}"#, list(half(KEYS).map(arn).collect())),
            )
        }
        "kms:GetKeyPolicy" => (
            200,
            JSON,
            format!(r#"{{"Policy":"{}"}}"#, quoted(policy("kms:*", "*"))),
        ),
        "kms:ListGrants" => (200, JSON, r#"{"Grants":[]}"#.to_owned()),
        "lambda:ListFunctions" => {
            let arn = |n| {
                format!(
                    r#"{{"FunctionName":"f{n}","Version":"$LATEST","FunctionArn":"arn:aws:lambda:{region}:{account}:function:f{n}:$LATEST","Environment":{{"Variables":{{"A":"b"}}}}}}"#
                )
            };
            (
                200,
                JSON,
                format!(
                    r#"{{"Functions":[{}]}}"#,
                    list(half(FUNCTIONS).map(arn).collect())
                ),
            )
        }
        "lambda:ListAliases" => (200, JSON, r#"{"Aliases":[]}"#.to_owned()),
        "lambda:GetPolicy" => (
            200,
            JSON,
            format!(
                r#"{{"Policy":"{}"}}"#,
                quoted(policy("lambda:InvokeFunction", "*"))
            ),
        ),
        "lambda:GetFunctionUrlConfig" => (
            404,
            JSON,
            r#"{"__type":"ResourceNotFoundException","Message":"none"}"#.to_owned(),
        ),
        "lambda:ListLayers" => (200, JSON, r#"{"Layers":[]}"#.to_owned()),
        "sqs:ListQueues" => {
            let url = |n| format!(r#""http://127.0.0.1/{account}/queue-{n}""#);
            (
                200,
                JSON,
                format!(
                    r#"{{"QueueUrls":[{}]}}"#,
                    list(half(QUEUES).map(url).collect())
                ),
            )
        }
        "sqs:GetQueueAttributes" => {
            let queue = request
                .text()
                .split('"')
                .find(|part| part.contains("/queue-"))
                .unwrap_or_default();
            let arn = format!(
                "arn:aws:sqs:{region}:{account}:{}",
                queue.rsplit('/').next().unwrap_or_default()
            );
            let policy = quoted(policy("sqs:SendMessage", &arn));
            (
                200,
                JSON,
                format!(r#"{{"Attributes":{{"QueueArn":"{arn}","Policy":"{policy}"}}}}"#),
            )
        }
        // The types that an account has none of.
        "s3:ListDirectoryBuckets" => (200, XML, "<ListAllMyDirectoryBucketsResult/>".to_owned()),
        "ec2:DescribeSnapshots" => {
            let none = "<DescribeSnapshotsResponse><snapshotSet/></DescribeSnapshotsResponse>";
            (200, XML, none.to_owned())
        }
        "rds:DescribeDBSnapshots" => (200, XML, wrapped("DescribeDBSnapshots", "<DBSnapshots/>")),
        "rds:DescribeDBClusterSnapshots" => {
            let none = "<DBClusterSnapshots/>";
            (200, XML, wrapped("DescribeDBClusterSnapshots", none))
        }
        "sns:ListTopics" => (200, XML, wrapped("ListTopics", "<Topics/>")),
        other if other.contains("List") || other.contains("Describe") => {
            (200, JSON, "{}".to_owned())
        }
        other => panic!("nobody should ask for {other}"),
    }
}

fn wrapped(operation: &str, inner: &str) -> String {
    format!(
        "<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
    )
}
