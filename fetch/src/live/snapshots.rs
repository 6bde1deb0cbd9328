//! Snapshots of volumes (EBS) and of databases (RDS, and whatever shares its API): one list a Region, one call a snapshot.
//!
//! Of databases, snapshots that were made by hand alone are listed: no other can be shared (RDS User Guide, "Sharing a DB snapshot").

use super::call::{At, Failure};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::{
    DESCRIBE_CLUSTER_SNAPSHOT_ATTRIBUTES, DESCRIBE_CLUSTER_SNAPSHOTS,
    DESCRIBE_DB_SNAPSHOT_ATTRIBUTES, DESCRIBE_DB_SNAPSHOTS, DESCRIBE_SNAPSHOT_ATTRIBUTE,
    DESCRIBE_SNAPSHOTS, GET_SNAPSHOT_BLOCK, Operation,
};
use super::query::{Client, Element, Service};
use serde_json::{Value, json};

static EC2: Service = Service {
    name: "ec2",
    version: "2016-11-15",
    holders: &["snapshotSet", "createVolumePermission", "item"],
};

/// Snapshots of volumes.
pub(super) struct Volumes;

impl Collect for Volumes {
    fn resource_type(&self) -> &'static str {
        "AWS::EC2::Snapshot"
    }

    fn member(&self) -> &'static str {
        "ebsSnapshot"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = Client::new(at, &EC2);
            let (mut after, mut block, mut first) = (None, None, true);
            loop {
                let mut form = vec![
                    ("Owner.1", "self".to_owned()),
                    ("MaxResults", "1000".to_owned()),
                ];
                form.extend(after.take().map(|token| ("NextToken", token)));
                let call = client.ask("DescribeSnapshots", form);
                let page = match at.call(&DESCRIBE_SNAPSHOTS, None, call).await {
                    Ok(page) => page,
                    Err(failure) => return out.fail(failure),
                };
                let Some(list) = page.child("snapshotSet") else {
                    return out.fail(at.incomplete(&DESCRIBE_SNAPSHOTS, None, "list"));
                };
                let items: Vec<Element> = list.all("item").cloned().collect();
                if !items.is_empty() && std::mem::take(&mut first) {
                    block = match public_sharing(at, &client).await {
                        Ok(state) => Some(state),
                        Err(failure) => {
                            // Left out it counts as allowed, which hides nothing.
                            out.fail(failure)?;
                            None
                        }
                    };
                }
                out.each(items, |item| volume(at, &client, item, block.as_deref()))
                    .await?;
                after = page.text("nextToken").map(str::to_owned);
                if after.is_none() {
                    return Ok(());
                }
            }
        })
    }
}

/// What the account, or a declarative policy of its organization, says of public sharing in the Region.
async fn public_sharing(at: &At, client: &Client) -> Result<String, Failure> {
    let call = client.ask("GetSnapshotBlockPublicAccessState", Vec::new());
    let answer = at.call(&GET_SNAPSHOT_BLOCK, None, call).await?;
    answer
        .text("state")
        .map(str::to_owned)
        .ok_or_else(|| at.incomplete(&GET_SNAPSHOT_BLOCK, None, "state"))
}

async fn volume(
    at: &At,
    client: &Client,
    item: Element,
    block: Option<&str>,
) -> Result<Option<Record>, Failures> {
    let id = item
        .text("snapshotId")
        .ok_or_else(|| at.incomplete(&DESCRIBE_SNAPSHOTS, None, "id of a snapshot"))?;
    let arn = format!(
        "arn:{}:ec2:{}::snapshot/{id}",
        at.session.partition, at.region
    );
    let form = vec![
        ("SnapshotId", id.to_owned()),
        ("Attribute", "createVolumePermission".to_owned()),
    ];
    let call = client.ask("DescribeSnapshotAttribute", form);
    let answer = at
        .call(&DESCRIBE_SNAPSHOT_ATTRIBUTE, Some(&arn), call)
        .await?;
    let lacks = |what| at.incomplete(&DESCRIBE_SNAPSHOT_ATTRIBUTE, Some(&arn), what);
    // A snapshot that is not shared has an empty list, or none, so an answer that was lost must not pass for one.
    if answer.text("snapshotId") != Some(id) {
        return Err(lacks("id of the snapshot").into());
    }
    let (mut accounts, mut groups) = (Vec::new(), Vec::new());
    let list = answer.child("createVolumePermission");
    for entry in list.into_iter().flat_map(|list| list.all("item")) {
        match (entry.text("userId"), entry.text("group")) {
            (Some(account), None) => accounts.push(account),
            (None, Some(group)) => groups.push(group),
            _ => return Err(lacks("account or group of a permission").into()),
        }
    }
    accounts.sort_unstable();
    groups.sort_unstable();
    let mut configuration = json!({});
    if !accounts.is_empty() {
        configuration["userIds"] = accounts.into();
    }
    if !groups.is_empty() {
        configuration["groups"] = groups.into();
    }
    key(&mut configuration, &item, ["encrypted", "kmsKeyId"])
        .ok_or_else(|| at.incomplete(&DESCRIBE_SNAPSHOTS, Some(&arn), "word about encryption"))?;
    if let Some(state) = block {
        configuration["blockPublicAccess"] = state.into();
    }
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}

/// Notes the key of what is encrypted; `None` where it is not said whether it is.
fn key(configuration: &mut Value, item: &Element, [encrypted, name]: [&str; 2]) -> Option<()> {
    if item.text(encrypted)? == "true" {
        // Whatever the key is, what is encrypted cannot be public.
        configuration["kmsKeyId"] = item.text(name).unwrap_or("unknown").into();
    }
    Some(())
}

/// Snapshots of databases: of single ones, or of clusters.
pub(super) struct Databases {
    name: &'static str,
    member: &'static str,
    list: &'static Operation,
    attributes: &'static Operation,
    /// How answers call the list, an entry of it, its name and its ARN.
    entries: &'static str,
    entry: &'static str,
    id: &'static str,
    arn: &'static str,
    encrypted: &'static str,
    /// How answers call the result of a list, and of attributes with what stands in it.
    results: &'static str,
    attributes_in: [&'static str; 4],
}

pub(super) static OF_DATABASES: Databases = Databases {
    name: "AWS::RDS::DBSnapshot",
    member: "rdsDbSnapshot",
    list: &DESCRIBE_DB_SNAPSHOTS,
    attributes: &DESCRIBE_DB_SNAPSHOT_ATTRIBUTES,
    entries: "DBSnapshots",
    entry: "DBSnapshot",
    id: "DBSnapshotIdentifier",
    arn: "DBSnapshotArn",
    encrypted: "Encrypted",
    results: "DescribeDBSnapshotsResult",
    attributes_in: [
        "DescribeDBSnapshotAttributesResult",
        "DBSnapshotAttributesResult",
        "DBSnapshotAttributes",
        "DBSnapshotAttribute",
    ],
};

pub(super) static OF_CLUSTERS: Databases = Databases {
    name: "AWS::RDS::DBClusterSnapshot",
    member: "rdsDbClusterSnapshot",
    list: &DESCRIBE_CLUSTER_SNAPSHOTS,
    attributes: &DESCRIBE_CLUSTER_SNAPSHOT_ATTRIBUTES,
    entries: "DBClusterSnapshots",
    entry: "DBClusterSnapshot",
    id: "DBClusterSnapshotIdentifier",
    arn: "DBClusterSnapshotArn",
    encrypted: "StorageEncrypted",
    results: "DescribeDBClusterSnapshotsResult",
    attributes_in: [
        "DescribeDBClusterSnapshotAttributesResult",
        "DBClusterSnapshotAttributesResult",
        "DBClusterSnapshotAttributes",
        "DBClusterSnapshotAttribute",
    ],
};

static RDS: Service = Service {
    name: "rds",
    version: "2014-10-31",
    holders: &[
        "DescribeDBSnapshotsResult",
        "DBSnapshots",
        "DBSnapshot",
        "DescribeDBSnapshotAttributesResult",
        "DBSnapshotAttributesResult",
        "DBSnapshotAttributes",
        "DBSnapshotAttribute",
        "DescribeDBClusterSnapshotsResult",
        "DBClusterSnapshots",
        "DBClusterSnapshot",
        "DescribeDBClusterSnapshotAttributesResult",
        "DBClusterSnapshotAttributesResult",
        "DBClusterSnapshotAttributes",
        "DBClusterSnapshotAttribute",
        "AttributeValues",
    ],
};

impl Collect for Databases {
    fn resource_type(&self) -> &'static str {
        self.name
    }

    fn member(&self) -> &'static str {
        self.member
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = Client::new(at, &RDS);
            let mut after = None;
            loop {
                let mut form = vec![
                    ("SnapshotType", "manual".to_owned()),
                    ("MaxRecords", "100".to_owned()),
                ];
                form.extend(after.take().map(|marker| ("Marker", marker)));
                let call = client.ask(self.list.name, form);
                let page = match at.call(self.list, None, call).await {
                    Ok(page) => page,
                    Err(failure) => return out.fail(failure),
                };
                let results = page.child(self.results);
                let Some((results, list)) =
                    results.and_then(|results| Some((results, results.child(self.entries)?)))
                else {
                    return out.fail(at.incomplete(self.list, None, "list"));
                };
                let items: Vec<Element> = list.all(self.entry).cloned().collect();
                out.each(items, |item| self.snapshot(at, &client, item))
                    .await?;
                after = results.text("Marker").map(str::to_owned);
                if after.is_none() {
                    return Ok(());
                }
            }
        })
    }
}

impl Databases {
    async fn snapshot(
        &self,
        at: &At,
        client: &Client,
        item: Element,
    ) -> Result<Option<Record>, Failures> {
        let (Some(id), Some(arn)) = (item.text(self.id), item.text(self.arn)) else {
            return Err(at
                .incomplete(self.list, None, "name or ARN of a snapshot")
                .into());
        };
        let call = client.ask(self.attributes.name, vec![(self.id, id.to_owned())]);
        let answer = at.call(self.attributes, Some(arn), call).await?;
        let lacks = |what| at.incomplete(self.attributes, Some(arn), what);
        let [outer, result, entries, entry] = self.attributes_in;
        let result = answer.child(outer).and_then(|outer| outer.child(result));
        let result = result.ok_or_else(|| lacks("result"))?;
        if result.text(self.id) != Some(id) {
            return Err(lacks("name of the snapshot").into());
        }
        let mut attributes = json!({});
        let list = result.child(entries);
        for attribute in list.into_iter().flat_map(|list| list.all(entry)) {
            let name = attribute
                .text("AttributeName")
                .ok_or_else(|| lacks("name of an attribute"))?;
            // No other lets anybody in.
            if name != "restore" {
                continue;
            }
            let values = attribute.child("AttributeValues");
            let mut values: Vec<&str> = values
                .into_iter()
                .flat_map(|values| values.all("AttributeValue"))
                .map(Element::own_text)
                .collect();
            values.sort_unstable();
            if !values.is_empty() {
                attributes[name] = json!({"accountIds": values});
            }
        }
        let mut configuration = json!({});
        if attributes != json!({}) {
            configuration["attributes"] = attributes;
        }
        key(&mut configuration, &item, [self.encrypted, "KmsKeyId"])
            .ok_or_else(|| at.incomplete(self.list, Some(arn), "word about encryption"))?;
        Ok(Some(Record {
            arn: arn.to_owned(),
            region: at.region.clone(),
            configuration,
        }))
    }
}
