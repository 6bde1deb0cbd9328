//! What an older snapshot still tells.
//!
//! A record is taken over only where a service says that its resource has not changed in any way since that snapshot was
//! begun, and says so where it costs less than reading it: in a list. Of what is collected, Secrets Manager alone does
//! (`LastChangedDate`, "modified in any way"). The others, and why not:
//!
//! | service | what it tells | why it does not serve |
//! |---|---|---|
//! | IAM | nothing of policies | one list holds everything, so there is nothing to spare |
//! | S3, S3 Express | when a bucket was made | neither policy, ACL, Block Public Access nor access points change it |
//! | KMS | nothing | |
//! | Lambda | `LastModified`, `RevisionId` of a function | nothing says that a permission changes them; the policy's `RevisionId` comes with it |
//! | SQS | `LastModifiedTimestamp` | it is an attribute, asked for by the call that brings the policy |
//! | SNS, ECR, EFS | nothing, or when it was made | |
//! | DynamoDB | `RevisionId` of a policy | it comes with the policy |
//! | EBS, RDS | when a snapshot was made | sharing it later leaves no trace in the list |

use super::failure::LiveError;
use crate::snapshot::Snapshot;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The types whose services tell of changes.
const TYPES: [&str; 1] = ["AWS::SecretsManager::Secret"];

/// How far the service's clock and ours may be apart, in seconds.
const MARGIN: i64 = 300;

/// Records of an older snapshot; nothing, where there is none.
#[derive(Debug, Default)]
pub(super) struct Since {
    begun: i64,
    configurations: BTreeMap<String, Value>,
}

impl Since {
    pub(super) fn open(folder: &Path) -> Result<Self, LiveError> {
        let unusable = |message: String| LiveError::Since {
            folder: folder.to_owned(),
            message,
        };
        let snapshot = Snapshot::open(folder).map_err(|error| unusable(error.to_string()))?;
        let begun = snapshot
            .manifest
            .collected_at
            .as_deref()
            .and_then(|text| DateTime::from_str(text, Format::DateTime).ok())
            .ok_or_else(|| {
                unusable("its manifest does not say when it was collected".to_owned())
            })?;
        let mut configurations = BTreeMap::new();
        // A line that cannot be read is a resource that is read again.
        for line in snapshot.resources.flatten() {
            let Ok(mut record) = serde_json::from_slice::<Value>(line.bytes()) else {
                continue;
            };
            if !TYPES.iter().any(|name| record["resourceType"] == *name) {
                continue;
            }
            let member = record["configuration"]
                .as_object_mut()
                .and_then(|members| members.values_mut().next())
                .map(Value::take);
            if let (Some(arn), Some(configuration)) = (record["resourceArn"].as_str(), member) {
                configurations.insert(arn.to_owned(), configuration);
            }
        }
        Ok(Self {
            begun: begun.secs(),
            configurations,
        })
    }

    /// The configuration of a resource that was last changed then, if it is known still.
    pub(super) fn unchanged(&self, arn: &str, changed: Option<&DateTime>) -> Option<Value> {
        let known = self.configurations.get(arn)?;
        (changed?.secs() + MARGIN < self.begun).then(|| known.clone())
    }
}
