//! What lets others in without a policy: snapshots that are shared, and types of sharing that are not analysed.
//! (AWS provider, `aws_snapshot_create_volume_permission`, `aws_db_snapshot`, `aws_db_cluster_snapshot`.)

use super::super::draft::{self, Draft, Sheet};
use super::super::owner::Owner;
use super::super::tree::{Json, JsonValue};
use super::super::unknown::piece;
use super::instance::{Attribute, Instance, Instances};
use super::records::spot;

/// Why something that shares is not analysed, if the type is one that does.
pub(super) fn why(instance: &Instance<'_>) -> Option<&'static str> {
    let is_set = |name: &str| !matches!(instance.attribute(name), Attribute::Absent);
    match instance.kind {
        "aws_ami_launch_permission" => Some("who may start instances of the image"),
        "aws_ram_principal_association" => Some("whom AWS Resource Access Manager shares with"),
        "aws_ram_resource_share_accepter" => None,
        "aws_cloudwatch_event_permission" => Some("who may put events on the bus"),
        "aws_vpc_endpoint_service_allowed_principal" => {
            Some("who may connect to the endpoint service")
        }
        "aws_vpc_endpoint_service" if is_set("allowed_principals") => {
            Some("who may connect to the endpoint service")
        }
        "aws_redshift_endpoint_authorization" => Some("which account may reach the cluster"),
        "aws_redshift_data_share_authorization" => Some("whom data are shared with"),
        "aws_lakeformation_permissions" => Some("whom data are shared with"),
        "aws_ssm_document" if is_set("permissions") => Some("whom the document is shared with"),
        "aws_servicecatalog_portfolio_share" => Some("whom the portfolio is shared with"),
        "aws_appstream_image_permissions" => Some("whom the image is shared with"),
        "aws_s3_object" | "aws_s3_bucket_object" | "aws_s3_object_copy" if opens(instance) => {
            Some("who may reach the object by its ACL")
        }
        "aws_signer_signing_profile_permission" => Some("who may sign with the profile"),
        "aws_opensearchserverless_access_policy" => Some("whom the collection is opened to"),
        _ => None,
    }
}

/// Whether an object's own ACL may let in others than its owner and the bucket's. (Amazon S3 User Guide, "Access control list (ACL)
/// overview".)
fn opens(object: &Instance<'_>) -> bool {
    let grants = match object.attribute("grant") {
        Attribute::Absent => false,
        Attribute::Known(grants) => grants.as_array().is_none_or(|it| !it.is_empty()),
        _ => true,
    };
    let acl = match object.attribute("acl") {
        Attribute::Absent => false,
        Attribute::Known(acl) => !matches!(
            acl.as_str(),
            Some("" | "private" | "bucket-owner-read" | "bucket-owner-full-control")
        ),
        // A provider that works out an ACL that nobody wrote takes `private`.
        _ => object.is_configured("acl"),
    };
    grants || acl
}

/// Makes records of snapshots that are shared.
pub(super) fn write(instances: &Instances<'_>, owner: &Owner, sheet: &mut Sheet) {
    for one in instances.all.iter().filter(|one| !one.is_data) {
        match one.kind {
            "aws_db_snapshot" => database(one, draft::DATABASE_SNAPSHOT, owner, sheet),
            "aws_db_cluster_snapshot" => database(one, draft::CLUSTER_SNAPSHOT, owner, sheet),
            "aws_snapshot_create_volume_permission" => volume(one, instances, owner, sheet),
            _ => {
                if let Some(why) = why(one) {
                    let message = format!("{why} is not analysed");
                    sheet.not_analysed(
                        "unsupported-type",
                        message,
                        None,
                        &spot(one),
                        Some(one.kind),
                    );
                }
            }
        }
    }
}

fn database(one: &Instance<'_>, kind: draft::Type, owner: &Owner, sheet: &mut Sheet) {
    let (attribute, word) = match kind {
        draft::DATABASE_SNAPSHOT => ("db_snapshot_identifier", "snapshot"),
        _ => ("db_cluster_snapshot_identifier", "cluster-snapshot"),
    };
    let name = one.text(attribute).unwrap_or_else(|| piece(&one.address));
    let arn = format!(
        "arn:{}:rds:{}:{}:{word}:{name}",
        owner.partition, owner.region, owner.account
    );
    let mut draft = Draft::new(kind, arn, &owner.account, &owner.region, spot(one));
    let accounts = match one.attribute("shared_accounts") {
        Attribute::Known(value) => value.as_array().unwrap_or_default().to_vec(),
        Attribute::Unknown if one.is_configured("shared_accounts") => {
            draft.trouble(
                "unknown-share",
                "whom the snapshot is shared with is not known before the apply",
                &spot(one),
            );
            Vec::new()
        }
        Attribute::Unknown | Attribute::Absent => Vec::new(),
    };
    if !accounts.is_empty() {
        let list = Json::object([("accountIds", Json::array(accounts))]);
        draft.set("attributes", Json::object([("restore", list)]));
    }
    key(one, &mut draft);
    sheet.add(draft);
}

fn volume(one: &Instance<'_>, instances: &Instances<'_>, owner: &Owner, sheet: &mut Sheet) {
    let known = one.known_text("snapshot_id");
    let kinds = [
        "aws_ebs_snapshot",
        "aws_ebs_snapshot_copy",
        "aws_ebs_snapshot_import",
    ];
    let own = match known {
        Some(id) => instances
            .all
            .iter()
            .find(|it| kinds.contains(&it.kind) && it.known_text("id") == Some(id)),
        None => instances
            .referred(one, "snapshot_id", &kinds)
            .map(|at| &instances.all[at]),
    };
    let id = known.map(str::to_owned);
    let id = id.unwrap_or_else(|| piece(&own.map_or(&one.address, |own| &own.address).clone()));
    let arn = format!(
        "arn:{}:ec2:{}::snapshot/{id}",
        owner.partition, owner.region
    );
    let mut draft = Draft::new(
        draft::VOLUME_SNAPSHOT,
        arn,
        &owner.account,
        &owner.region,
        spot(one),
    );
    match one.known_text("account_id") {
        Some("all") => draft.set("groups", Json::array([Json::from("all")])),
        Some(account) => draft.set("userIds", Json::array([Json::from(account.to_owned())])),
        None => draft.trouble(
            "unknown-share",
            "whom the snapshot is shared with is not known before the apply",
            &spot(one),
        ),
    }
    if let Some(own) = own {
        key(own, &mut draft);
    }
    sheet.add(draft);
}

/// A snapshot that is encrypted says by which key.
fn key(one: &Instance<'_>, draft: &mut Draft<'_>) {
    let encrypted = ["encrypted", "storage_encrypted"]
        .iter()
        .any(|it| one.flag(it) == Some(true));
    match one.values.get("kms_key_id").map(|key| &key.value) {
        Some(JsonValue::String(key)) if !key.is_empty() => {
            draft.set("kmsKeyId", Json::from(key.clone().into_owned()));
        }
        _ if encrypted => draft.set("kmsKeyId", "known after the apply".into()),
        _ => {}
    }
}
