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
