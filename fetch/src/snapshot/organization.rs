//! `organization.json`: accounts, the units they stand in, and the control policies above them.
//!
//! Every account gets its organization path and its levels, the root first and the account last. Two
//! policies are built in: `p-FullAWSAccess`, which must be listed wherever it is attached, because a
//! level without any service control policy would deny everything and AWS allows no such level; and
//! `p-RCPFullAWSAccess`, which AWS attaches everywhere by itself.

use super::fields::Node;
use keyaki_engine::resource::{ControlPolicy, Organization, OrganizationAccount};
use keyaki_language::DocumentError;
use keyaki_language::json::Json;
use keyaki_language::policies::Membership;
use keyaki_language::policy::AccountId;
use std::collections::BTreeMap;
use std::sync::Arc;

const FULL_ACCESS: &str = "p-FullAWSAccess";
const FULL_ACCESS_TEXT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const RCP_FULL_ACCESS: &str = "p-RCPFullAWSAccess";
const RCP_FULL_ACCESS_TEXT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// Units can stand this deep in AWS (five levels); a little more is let pass, a cycle is not.
const DEEPEST: usize = 16;

/// Reads `organization.json`.
///
/// # Errors
///
/// Besides those of JSON and of policy documents: `unknown-parent`, `too-many-levels` (or a cycle),
/// `duplicate-id`, `unknown-target`, `missing-document`, `level-without-policy`, `contradiction`.
pub fn read_organization(json: &Json) -> Result<Organization, DocumentError> {
    let fields = Node::root(json).fields(&[
        "schemaVersion",
        "id",
        "managementAccount",
        "roots",
        "units",
        "accounts",
        "policies",
    ])?;
    fields.required("schemaVersion")?.schema_version()?;
    let id = fields.optional("id").map_or(Ok(""), |node| node.text())?;
    let list = |name: &str| -> Result<Vec<Node<'_>>, DocumentError> {
        fields
            .optional(name)
            .map_or(Ok(Vec::new()), |node| Ok(node.items()?.collect()))
    };

    let mut tree = Tree {
        organization: id,
        places: BTreeMap::new(),
    };
    for root in list("roots")? {
        let root = root.fields(&["id", "name"])?;
        tree.add(&root.required("id")?, None)?;
    }
    let units = list("units")?;
    for unit in &units {
        let unit = unit.fields(&["id", "name", "parent", "path"])?;
        tree.add(&unit.required("id")?, Some(unit.required("parent")?))?;
    }
    let accounts = list("accounts")?;
    for account in &accounts {
        let account = account.fields(&["id", "name", "unit"])?;
        account.required("id")?.account()?;
        let parent = match account.optional("unit") {
            None if id.is_empty() => None,
            None => Some(account.required("unit")?),
            Some(unit) => Some(unit),
        };
        tree.add(&account.required("id")?, parent)?;
    }
    for unit in &units {
        let unit = unit.fields(&["id", "name", "parent", "path"])?;
        let chain = tree.chain(&unit.required("id")?)?;
        if let Some(path) = unit.optional("path") {
            let found = tree.path(&chain);
            if path.text()? != found {
                return Err(path.error(
                    "contradiction",
                    format!("the parents make the path `{found}`"),
                ));
            }
        }
    }

    let service_control = Attachments::read(&list("policies")?, "SERVICE_CONTROL_POLICY", &tree)?;
    let resource_control = Attachments::read(&list("policies")?, "RESOURCE_CONTROL_POLICY", &tree)?;

    let mut organization = Organization {
        id: id.to_owned(),
        management_account: fields
            .optional("managementAccount")
            .map(|node| node.account())
            .transpose()?,
        accounts: BTreeMap::new(),
    };
    for account in &accounts {
        let fields = account.fields(&["id", "name", "unit"])?;
        let node = fields.required("id")?;
        let chain = tree.chain(&node)?;
        let name = fields
            .optional("name")
            .map_or(Ok(""), |name| name.text())?
            .to_owned();
        let membership = if id.is_empty() {
            Membership::default()
        } else {
            // The account itself is the last link of the chain, and no part of its path.
            let paths = vec![tree.path(&chain[..chain.len() - 1])];
            Membership {
                organization: id.to_owned(),
                paths,
            }
        };
        let scps = service_control.levels(&chain, &node)?;
        let rcps = resource_control.levels(&chain, &node)?;
        organization.accounts.insert(
            node.account()?,
            OrganizationAccount {
                name,
                membership,
                scps,
                rcps,
            },
        );
    }
    check_management(&organization, &fields.optional("managementAccount"))?;
    Ok(organization)
}

fn check_management(
    organization: &Organization,
    node: &Option<Node<'_>>,
) -> Result<(), DocumentError> {
    let unlisted = |account: &AccountId| !organization.accounts.contains_key(account);
    match (node, organization.management_account.filter(unlisted)) {
        (Some(node), Some(account)) => Err(node.error(
            "contradiction",
            format!("the management account `{account}` is not among the accounts"),
        )),
        _ => Ok(()),
    }
}

/// Who stands in whom.
struct Tree<'a> {
    organization: &'a str,
    /// Each root, unit and account with its parent.
    places: BTreeMap<&'a str, Option<Node<'a>>>,
}

impl<'a> Tree<'a> {
    fn add(&mut self, node: &Node<'a>, parent: Option<Node<'a>>) -> Result<(), DocumentError> {
        let id = node.name()?;
        match self.places.insert(id, parent) {
            None => Ok(()),
            Some(_) => Err(node.error("duplicate-id", format!("`{id}` is listed twice"))),
        }
    }

    /// The ids from the root down to this one.
    fn chain(&self, node: &Node<'a>) -> Result<Vec<&'a str>, DocumentError> {
        let mut chain = vec![node.name()?];
        while let Some(Some(parent)) = self.places.get(chain[chain.len() - 1]) {
            let id = parent.name()?;
            // An account's id is a number; nothing stands in an account.
            if !self.places.contains_key(id) || AccountId::parse(id).is_some() {
                let error = parent.error(
                    "unknown-parent",
                    format!("`{id}` is neither a root nor a unit"),
                );
                return Err(error.with_hint("list it under `roots` or `units`"));
            }
            if chain.len() > DEEPEST {
                return Err(parent.error(
                    "too-many-levels",
                    format!("`{id}` has too many levels above it, or stands in itself"),
                ));
            }
            chain.push(id);
        }
        chain.reverse();
        Ok(chain)
    }

    /// `o-…/r-…/ou-…/`.
    fn path(&self, chain: &[&str]) -> String {
        format!("{}/{}/", self.organization, chain.join("/"))
    }
}

/// The policies of one type, by what they are attached to; empty while the type is not in use.
struct Attachments<'a> {
    full: Option<Arc<ControlPolicy>>,
    kind: &'static str,
    by_target: BTreeMap<&'a str, Vec<Arc<ControlPolicy>>>,
}

impl<'a> Attachments<'a> {
    fn read(
        policies: &[Node<'a>],
        kind: &'static str,
        tree: &Tree<'a>,
    ) -> Result<Self, DocumentError> {
        let mut attachments = Self {
            full: None,
            kind,
            by_target: BTreeMap::new(),
        };
        for node in policies {
            let fields = node.fields(&["id", "name", "type", "document", "targets"])?;
            let type_node = fields.required("type")?;
            match type_node.text()? {
                "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY" => {}
                other => {
                    let error = type_node.error(
                        "unknown-value",
                        format!("policies of type `{other}` are not known here"),
                    );
                    return Err(error.with_hint(
                        "leave out what is neither a service nor a resource control policy",
                    ));
                }
            }
            if type_node.text()? != kind {
                continue;
            }
            let id = fields.required("id")?.name()?;
            let built_in = match (id, kind) {
                (FULL_ACCESS, "SERVICE_CONTROL_POLICY") => Some(FULL_ACCESS_TEXT),
                (RCP_FULL_ACCESS, "RESOURCE_CONTROL_POLICY") => Some(RCP_FULL_ACCESS_TEXT),
                _ => None,
            };
            let policy = match (fields.optional("document"), built_in) {
                (Some(document), _) => ControlPolicy {
                    id: id.to_owned(),
                    policy: document.policy()?,
                    text: document.document_text(),
                },
                (None, Some(text)) => ControlPolicy::read(id, text)?,
                (None, None) => {
                    let error = node.error(
                        "missing-document",
                        format!("the policy `{id}` has no document"),
                    );
                    return Err(error.with_hint(format!(
                        "only `{FULL_ACCESS}` and `{RCP_FULL_ACCESS}` are built in"
                    )));
                }
            };
            let policy = Arc::new(policy);
            if kind == "RESOURCE_CONTROL_POLICY" && attachments.full.is_none() {
                attachments.full = Some(Arc::new(ControlPolicy::read(
                    RCP_FULL_ACCESS,
                    RCP_FULL_ACCESS_TEXT,
                )?));
            }
            for target in fields.required("targets")?.items()? {
                let id_of_target = target.name()?;
                let Some((&known, _)) = tree.places.get_key_value(id_of_target) else {
                    let error = target.error(
                        "unknown-target",
                        format!(
                            "`{id_of_target}` is no root, unit or account of this organization"
                        ),
                    );
                    return Err(error.with_hint("list it under `roots`, `units` or `accounts`"));
                };
                // What AWS attaches everywhere is added to each level below.
                if id != RCP_FULL_ACCESS {
                    attachments
                        .by_target
                        .entry(known)
                        .or_default()
                        .push(policy.clone());
                } else {
                    attachments.by_target.entry(known).or_default();
                }
            }
        }
        Ok(attachments)
    }

    /// The policies of each level of a chain; none at all while the type is not in use.
    fn levels(
        &self,
        chain: &[&str],
        account: &Node<'_>,
    ) -> Result<Vec<Vec<Arc<ControlPolicy>>>, DocumentError> {
        if self.by_target.is_empty() {
            return Ok(Vec::new());
        }
        let level = |id: &&str| {
            let attached = self.by_target.get(id).map_or(&[][..], Vec::as_slice);
            let policies: Vec<Arc<ControlPolicy>> =
                self.full.iter().chain(attached).cloned().collect();
            if policies.is_empty() {
                let error = account.error(
                    "level-without-policy",
                    format!("no policy of type `{}` is attached to `{id}`", self.kind),
                );
                return Err(error.with_hint(format!(
                    "AWS keeps at least one there: list `{id}` among the targets of `{FULL_ACCESS}`"
                )));
            }
            Ok(policies)
        };
        chain.iter().map(level).collect()
    }
}
