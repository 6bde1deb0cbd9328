//! Links into the AWS console, to the page of a resource's permissions.

use super::report::Subject;

/// The link, where the type has a page and the ARN a name.
pub(crate) fn link(subject: &Subject<'_>) -> Option<String> {
    let mut parts = subject.arn.splitn(6, ':').skip(1);
    let (partition, _, arn_region, account, rest) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    );
    let region = encode(if arn_region.is_empty() {
        subject.region
    } else {
        arn_region
    });
    let domain = match partition {
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    Some(match subject.resource_type {
        "AWS::S3::Bucket" => {
            let region = if region.is_empty() {
                String::new()
            } else {
                format!("region={region}&")
            };
            let host = if partition == "aws" {
                "s3.console.aws.amazon.com".to_owned()
            } else {
                domain.to_owned()
            };
            format!(
                "https://{host}/s3/buckets/{}?{region}tab=permissions",
                encode(rest)
            )
        }
        "AWS::IAM::Role" => {
            let name = rest.rsplit('/').next()?;
            format!(
                "https://{domain}/iam/home#/roles/details/{}?section=trust_relationships",
                encode(name)
            )
        }
        "AWS::KMS::Key" => {
            let id = rest.strip_prefix("key/")?;
            format!(
                "https://{region}.{domain}/kms/home?region={region}#/kms/keys/{}",
                encode(id)
            )
        }
        "AWS::Lambda::Function" => {
            let name = rest.split(':').nth(1)?;
            format!(
                "https://{region}.{domain}/lambda/home?region={region}#/functions/{}?tab=configure",
                encode(name)
            )
        }
        "AWS::Lambda::LayerVersion" => {
            let mut words = rest.split(':').skip(1);
            let (name, version) = (words.next()?, words.next()?);
            format!(
                "https://{region}.{domain}/lambda/home?region={region}#/layers/{}/versions/{}",
                encode(name),
                encode(version)
            )
        }
        "AWS::SQS::Queue" => {
            let suffix = if partition == "aws-cn" { ".cn" } else { "" };
            let url = format!("https://sqs.{region}.amazonaws.com{suffix}/{account}/{rest}");
            format!(
                "https://{region}.{domain}/sqs/v3/home?region={region}#/queues/{}",
                encode(&url)
            )
        }
        "AWS::SNS::Topic" => format!(
            "https://{region}.{domain}/sns/v3/home?region={region}#/topic/{}",
            encode(subject.arn)
        ),
        "AWS::SecretsManager::Secret" => {
            // The name, without the six letters that the service adds.
            let name = rest.strip_prefix("secret:")?.rsplit_once('-')?.0;
            format!(
                "https://{region}.{domain}/secretsmanager/secret?name={}&region={region}",
                encode(name)
            )
        }
        "AWS::ECR::Repository" => format!(
            "https://{region}.{domain}/ecr/repositories/private/{account}/{}/permissions?region={region}",
            encode(rest.strip_prefix("repository/")?)
        ),
        "AWS::EFS::FileSystem" => format!(
            "https://{region}.{domain}/efs/home?region={region}#/file-systems/{}?tabId=policy",
            encode(rest.strip_prefix("file-system/")?)
        ),
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::Stream" => {
            let name = rest.strip_prefix("table/")?.split('/').next()?;
            format!(
                "https://{region}.{domain}/dynamodbv2/home?region={region}#table?name={}&tab=permissions",
                encode(name)
            )
        }
        "AWS::EC2::Snapshot" => format!(
            "https://{region}.{domain}/ec2/home?region={region}#SnapshotDetails:snapshotId={}",
            encode(rest.strip_prefix("snapshot/")?)
        ),
        "AWS::RDS::DBSnapshot" | "AWS::RDS::DBClusterSnapshot" => {
            let (_, name) = rest.split_once(':')?;
            format!(
                "https://{region}.{domain}/rds/home?region={region}#db-snapshot:id={}",
                encode(name)
            )
        }
        _ => return None,
    })
}

/// Percent-encodes what is not unreserved, so that no name can leave its place in the link.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arn: &str, resource_type: &'static str, region: &str) -> Option<String> {
        link(&Subject {
            arn,
            resource_type,
            account: String::new(),
            region,
        })
    }

    #[test]
    fn each_type_has_its_page() {
        let cases = [
            (
                "arn:aws:s3:::logs",
                "AWS::S3::Bucket",
                "https://s3.console.aws.amazon.com/s3/buckets/logs?region=us-east-1&tab=permissions",
            ),
            (
                "arn:aws:iam::111122223333:role/ops/Admin",
                "AWS::IAM::Role",
                "https://console.aws.amazon.com/iam/home#/roles/details/Admin?section=trust_relationships",
            ),
            (
                "arn:aws:kms:eu-west-1:111122223333:key/0a-1b",
                "AWS::KMS::Key",
                "https://eu-west-1.console.aws.amazon.com/kms/home?region=eu-west-1#/kms/keys/0a-1b",
            ),
            (
                "arn:aws:lambda:eu-west-1:111122223333:function:f",
                "AWS::Lambda::Function",
                "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/f?tab=configure",
            ),
            (
                "arn:aws:sqs:eu-west-1:111122223333:q",
                "AWS::SQS::Queue",
                "https://eu-west-1.console.aws.amazon.com/sqs/v3/home?region=eu-west-1#/queues/https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F111122223333%2Fq",
            ),
            (
                "arn:aws:sns:eu-west-1:111122223333:t",
                "AWS::SNS::Topic",
                "https://eu-west-1.console.aws.amazon.com/sns/v3/home?region=eu-west-1#/topic/arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3At",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-b-AbCdEf",
                "AWS::SecretsManager::Secret",
                "https://eu-west-1.console.aws.amazon.com/secretsmanager/secret?name=a-b&region=eu-west-1",
            ),
            (
                "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/1",
                "AWS::DynamoDB::Stream",
                "https://eu-west-1.console.aws.amazon.com/dynamodbv2/home?region=eu-west-1#table?name=t&tab=permissions",
            ),
            (
                "arn:aws:ec2:eu-west-1::snapshot/snap-1",
                "AWS::EC2::Snapshot",
                "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#SnapshotDetails:snapshotId=snap-1",
            ),
        ];
        for (arn, resource_type, expected) in cases {
            assert_eq!(
                of(arn, resource_type, "us-east-1").as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn a_name_cannot_leave_its_place() {
        let found = of("arn:aws:s3:::a\"><script>", "AWS::S3::Bucket", "").expect("it has a page");
        assert_eq!(
            found,
            "https://s3.console.aws.amazon.com/s3/buckets/a%22%3E%3Cscript%3E?tab=permissions"
        );
        assert_eq!(of("nonsense", "AWS::S3::Bucket", ""), None);
    }
}
