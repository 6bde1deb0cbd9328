//! One resource, everything on it that can grant, against a zone of trust.

use crate::finding::cover::{Place, place};
use crate::finding::label::{Axis, axes};
use crate::finding::mine::{Found, Miner, Node, Query, meets_scps};
use crate::finding::route::{Route, routes};
use crate::finding::{Advisory, Analysis, Finding, FindingStatement, Selection, Source};
use crate::region::lower::{Facts, Organizations, action_set};
use crate::resource::{
    Configuration, ControlPolicy, Organization, Resource, ResourcePolicyType, ZoneOfTrust,
};
use crate::{Limits, Stats};
use keyaki_language::policy::{
    Effect, Listing, Policy, PrincipalClause, PrincipalEntry, Statement,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What analyses of one snapshot share: made once, used for every resource.
#[derive(Clone, Debug)]
pub struct Analyzer<'a> {
    organization: &'a Organization,
    places: Option<Arc<Organizations>>,
    selection: Selection,
    limits: Limits,
}

impl<'a> Analyzer<'a> {
    /// Prepares analyses with what is known of the organization.
    pub fn new(organization: &'a Organization, selection: Selection, limits: Limits) -> Self {
        let places = (!organization.accounts.is_empty()).then(|| {
            let places = organization
                .accounts
                .iter()
                .map(|(account, own)| (*account, Some(own.membership.clone())));
            Arc::new(Organizations::new(places, vec![organization.id.clone()]))
        });
        Self {
            organization,
            places,
            selection,
            limits,
        }
    }

    /// Analyzes one resource: everything on it that can grant, against the zone of trust. The resource's own account is
    /// always inside.
    pub fn analyze(&self, resource: &Resource, zone: &ZoneOfTrust) -> Analysis {
        self.analyze_counted(resource, zone, &mut Stats::default())
    }

    /// [`Analyzer::analyze`], which adds the work that it took to `stats`.
    pub fn analyze_counted(
        &self,
        resource: &Resource,
        zone: &ZoneOfTrust,
        stats: &mut Stats,
    ) -> Analysis {
        let mut analysis = Analysis::default();
        let rcps = rcps(resource, self.organization);
        for route in routes(resource) {
            self.route(resource, zone, &route, &rcps, &mut analysis, stats);
        }
        merge(&mut analysis.findings);
        for finding in &mut analysis.findings {
            finding.id = stable_id(&resource.arn, finding);
        }
        analysis.findings.sort_by(|a, b| {
            (&a.principal, &a.condition, &a.sources).cmp(&(&b.principal, &b.condition, &b.sources))
        });
        let mut seen = Vec::new();
        for reason in analysis.undecided.drain(..) {
            if !seen.contains(&reason) {
                seen.push(reason);
            }
        }
        analysis.undecided = seen;
        analysis
    }

    fn facts(&self, resource: &Resource) -> Facts {
        Facts {
            resource_account: Some(resource.account),
            organizations: self.places.clone(),
        }
    }

    fn route(
        &self,
        resource: &Resource,
        zone: &ZoneOfTrust,
        route: &Route,
        rcps: &[&Policy],
        analysis: &mut Analysis,
        stats: &mut Stats,
    ) {
        let facts = self.facts(resource);
        let axes = axes_of(route);
        // What the resource itself lets in, before the organization's policies take anything away.
        let without: &[&Policy] = &[];
        let nobody = Organization::default();
        let mut open = Miner::new(
            route,
            zone,
            without,
            &nobody,
            facts.clone(),
            &axes,
            &self.limits,
        );
        self.advise(resource, route, &mut open, analysis);
        if !open.lets_in() {
            analysis.undecided.append(&mut open.undecided);
            open.tell(stats);
            return;
        }
        // M6: where the policy is public, `RestrictPublicBuckets` leaves services and the owner's account only. A policy that
        // is public only if something undefined is read so does not count: that would hide access on a doubt.
        if route.restrict_public
            && !route.never_public
            && open.is_public(&vec![None; axes.len()])
            && open.undecided.is_empty()
        {
            open.tell(stats);
            return;
        }
        let narrows = !rcps.is_empty() || meets_scps(route, self.organization);
        let miner_with = |organization| {
            Miner::new(
                route,
                zone,
                rcps,
                organization,
                facts.clone(),
                &axes,
                &self.limits,
            )
        };
        let mut narrowed = narrows.then(|| miner_with(self.organization));
        let miner = narrowed.as_mut().unwrap_or(&mut open);
        let nodes = match self.selection {
            Selection::All => miner.all(),
            Selection::MinimumCover => {
                let cover = miner.cover(&route.source);
                analysis.minimality.extend(cover.minimality);
                cover.nodes
            }
        };
        for node in &nodes {
            analysis
                .findings
                .extend(finding(route, &axes, miner, node, None));
        }
        analysis.undecided.append(&mut miner.undecided);
        if self.selection == Selection::All && narrows {
            let mut by_rcps = miner_with(&nobody);
            for node in open.all() {
                let left = narrowed
                    .as_mut()
                    .is_some_and(|miner| miner.witness(&node).is_some());
                if !left && !nodes.contains(&node) {
                    let by = if by_rcps.witness(&node).is_none() {
                        "a resource control policy of the organization"
                    } else {
                        "a service control policy of the caller's account"
                    };
                    let removed = finding(route, &axes, &mut open, &node, Some(by.to_owned()));
                    analysis.findings.extend(removed);
                }
            }
            by_rcps.tell(stats);
        }
        analysis.undecided.append(&mut open.undecided);
        for miner in narrowed.iter().chain([&open]) {
            miner.tell(stats);
        }
    }

    /// From how many addresses somebody is let in by the access that a finding of the resource is about.
    ///
    /// An error says why they are not counted.
    #[cfg(feature = "count")]
    pub fn addresses(
        &self,
        resource: &Resource,
        zone: &ZoneOfTrust,
        finding: &Finding,
    ) -> Result<crate::count::Addresses, crate::Reason> {
        use crate::count::Origins;
        let rcps = rcps(resource, self.organization);
        let routes = routes(resource);
        let own = routes
            .iter()
            .filter(|route| finding.sources.contains(&route.source));
        let axes: Vec<(&Route, Vec<Axis>)> = own.map(|route| (route, axes_of(route))).collect();
        let mut miners: Vec<(Miner, Node)> = Vec::new();
        for (route, axes) in &axes {
            // A way in that does not know the finding's labels has no part in it.
            if let Some(node) = node_of(axes, finding) {
                let miner = Miner::new(
                    route,
                    zone,
                    &rcps,
                    self.organization,
                    self.facts(resource),
                    axes,
                    &self.limits,
                );
                miners.push((miner, node));
            }
        }
        let documents: Vec<&Policy> = miners
            .iter()
            .flat_map(|(miner, _)| miner.documents.iter().copied())
            .collect();
        let origins = Origins::new(&documents)?;
        origins.tally(&mut |origin| {
            for (miner, node) in &mut miners {
                let found = miner.find(&Query {
                    inside: Some(node),
                    also: Some(&|lowering| origins.formula(lowering, origin)),
                    ..Query::default()
                });
                if let Some(reason) = miner.undecided.first() {
                    return Err(reason.clone());
                }
                if found.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Risks that are no findings of the real service: a service that may be made to act for anybody, a principal that
    /// was deleted, a Deny that leaves out whom it lists.
    fn advise(
        &self,
        resource: &Resource,
        route: &Route,
        miner: &mut Miner,
        analysis: &mut Analysis,
    ) {
        for (at, (document, policy)) in route.allow.iter().enumerate() {
            for (index, statement) in policy.statements.iter().enumerate() {
                let mut advise = |code, message: String, witness| {
                    let statement = FindingStatement {
                        document: document.clone(),
                        index,
                        sid: sid(statement),
                    };
                    let advisory = Advisory {
                        code,
                        message,
                        statement,
                        witness,
                    };
                    if !analysis.advisories.contains(&advisory) {
                        analysis.advisories.push(advisory);
                    }
                };
                if let Some(id) = deleted_principal(statement) {
                    advise(
                        "deleted-principal",
                        format!(
                            "`{id}` is the id of an identity that was deleted; it matches nobody, and the statement can go"
                        ),
                        None,
                    );
                }
                let not_listed = |clause: &PrincipalClause| clause.listing == Listing::NotListed;
                if statement.effect == Effect::Deny
                    && statement.principal.as_ref().is_some_and(not_listed)
                {
                    advise(
                        "deny-not-principal",
                        "a Deny with `NotPrincipal` spares a caller only if its account is listed too, and never one with a permissions boundary; `ArnNotEquals` on `aws:PrincipalArn` says what is meant".to_owned(),
                        None,
                    );
                }
                // A role's trust policy names services that act for the role's own account.
                let trust = matches!(resource.configuration, Configuration::IamRole(_));
                if trust || statement.effect == Effect::Deny || !names_service(statement) {
                    continue;
                }
                let query = Query {
                    statement: Some((at, index)),
                    confused_deputy: true,
                    ..Query::default()
                };
                if let Some(Found { request, .. }) = miner.find(&query) {
                    let message = format!(
                        "`{}` may act here on behalf of any account; a condition on `aws:SourceAccount`, `aws:SourceArn` with an account, or `aws:SourceOrgID` closes it",
                        request.principal.text()
                    );
                    advise("confused-deputy", message, Some(request));
                }
            }
        }
    }
}

/// The resource control policies that apply to the resource (M2).
pub(crate) fn control_policies<'o>(
    resource: &Resource,
    organization: &'o Organization,
) -> impl Iterator<Item = &'o ControlPolicy> {
    let in_scope = match resource.configuration {
        Configuration::S3Bucket(_)
        | Configuration::IamRole(_)
        | Configuration::KmsKey(_)
        | Configuration::ResourcePolicy(
            ResourcePolicyType::SqsQueue
            | ResourcePolicyType::Secret
            | ResourcePolicyType::EcrRepository
            | ResourcePolicyType::DynamoDbTable
            | ResourcePolicyType::DynamoDbStream,
            _,
        ) => true,
        // Not among the services with resource control policies.
        Configuration::LambdaFunction(_)
        | Configuration::S3DirectoryBucket(_)
        | Configuration::ResourcePolicy(
            ResourcePolicyType::LambdaLayerVersion
            | ResourcePolicyType::SnsTopic
            | ResourcePolicyType::EfsFileSystem,
            _,
        )
        | Configuration::Snapshot(..)
        | Configuration::Identity(_) => false,
    };
    let binds = in_scope && organization.management_account != Some(resource.account);
    let account = binds.then(|| organization.accounts.get(&resource.account));
    let levels = account.flatten().into_iter().flat_map(|own| &own.rcps);
    levels.flatten().map(Arc::as_ref)
}

/// What these say.
fn rcps<'o>(resource: &Resource, organization: &'o Organization) -> Vec<&'o Policy> {
    control_policies(resource, organization)
        .map(|own| &own.policy)
        .collect()
}

/// The labels of a way in.
fn axes_of(route: &Route) -> Vec<Axis> {
    let policies = route.allow.iter().chain(&route.deny);
    axes(policies.map(|(_, policy)| policy.as_ref()))
}

/// The node that a finding describes; `None` if the axes do not have its labels.
#[cfg(feature = "count")]
fn node_of(axes: &[Axis], finding: &Finding) -> Option<Node> {
    let mut node = vec![None; axes.len()];
    let everyone = ("AWS".to_owned(), "*".to_owned());
    for (at, axis) in axes.iter().enumerate() {
        let says = |label: usize| {
            let mut own = vec![None; axes.len()];
            own[at] = Some(label);
            place(axes, &own)
        };
        let wanted = |label: &usize| match axis.key {
            None => says(*label).principal == finding.principal,
            Some(key) => says(*label).condition.get(key) == finding.condition.get(key),
        };
        let silent = match axis.key {
            None => finding.principal == everyone,
            Some(key) => !finding.condition.contains_key(key),
        };
        if !silent {
            node[at] = Some((0..axis.labels.len()).find(wanted)?);
        }
    }
    let described = place(axes, &node);
    (described.principal == finding.principal && described.condition == finding.condition)
        .then_some(node)
}

/// The unique id of a deleted identity among the principals of a statement.
fn deleted_principal(statement: &Statement) -> Option<&str> {
    let entries = statement
        .principal
        .iter()
        .flat_map(|clause| &clause.entries);
    entries
        .filter_map(|entry| match &entry.value {
            PrincipalEntry::Nobody(text) => Some(text.as_str()),
            _ => None,
        })
        .find(|text| {
            text.len() >= 16
                && text
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        })
}

/// Analyzes one resource: everything on it that can grant, against the zone of trust.
///
/// For many resources make one [`Analyzer`] and use it for all.
pub fn analyze(
    resource: &Resource,
    zone: &ZoneOfTrust,
    organization: &Organization,
    selection: Selection,
    limits: &Limits,
) -> Analysis {
    Analyzer::new(organization, selection, *limits).analyze(resource, zone)
}

/// Whether a statement names a service that acts on behalf of resources of others, by its own name.
fn names_service(statement: &Statement) -> bool {
    statement.principal.as_ref().is_some_and(|clause| {
        // An origin access identity is a principal of one's own.
        clause.listing == Listing::Listed
            && clause.entries.iter().any(
                |e| matches!(&e.value, PrincipalEntry::Service(name) if !name.starts_with("arn:")),
            )
    })
}

fn sid(statement: &Statement) -> Option<String> {
    statement
        .sid
        .as_ref()
        .map(|sid| sid.value.clone())
        .filter(|sid| !sid.is_empty())
}

/// Describes a node as a finding; `None` if nothing is allowed in it.
fn finding(
    route: &Route,
    axes: &[Axis],
    miner: &mut Miner,
    node: &Node,
    removed_by: Option<String>,
) -> Option<Finding> {
    let inside = Query {
        inside: Some(node),
        ..Query::default()
    };
    let at = miner.witness(node)?;
    let witness = miner.point(at).request.clone();
    // Statements of the first policy that a request already shows.
    let shown: BTreeSet<usize> = miner.points_in(node).map(|point| point.statement).collect();
    let mut statements = Vec::new();
    let mut actions: Vec<String> = Vec::new();
    for (at, (document, policy)) in route.allow.iter().enumerate() {
        for (index, statement) in policy
            .statements
            .iter()
            .enumerate()
            .filter(|(_, s)| s.effect == Effect::Allow)
        {
            let query = Query {
                statement: Some((at, index)),
                ..inside.clone()
            };
            let known = at == 0 && shown.contains(&index);
            if !known && !miner.shows(&query) {
                continue;
            }
            statements.push(FindingStatement {
                document: document.clone(),
                index,
                sid: sid(statement),
            });
            // The actions are those of the first policy: an access point's own, where there are two.
            if at > 0 {
                continue;
            }
            let patterns: Vec<&str> = statement
                .action
                .patterns
                .iter()
                .map(|p| p.value.as_str())
                .collect();
            if statement.action.listing == Listing::NotListed {
                actions.push(format!("not:{}", patterns.join(",")));
                continue;
            }
            for pattern in &patterns {
                if actions.iter().any(|a| a == pattern) {
                    continue;
                }
                let set = action_set(std::iter::once(*pattern));
                let query = Query {
                    action: Some(&set),
                    ..query.clone()
                };
                if patterns.len() == 1 || miner.shows(&query) {
                    actions.push((*pattern).to_owned());
                }
            }
        }
    }
    let is_public = !route.never_public && miner.is_public(node);
    let Place {
        principal,
        condition,
    } = place(axes, node);
    Some(Finding {
        id: String::new(),
        principal,
        actions,
        condition,
        is_public,
        sources: vec![route.source.clone()],
        statements,
        witness,
        removed_by,
    })
}

/// Findings with equal principal and condition are one, with all their sources.
fn merge(findings: &mut Vec<Finding>) {
    let mut merged: Vec<Finding> = Vec::new();
    for finding in findings.drain(..) {
        let same = |other: &&mut Finding| {
            other.principal == finding.principal
                && other.condition == finding.condition
                && other.removed_by == finding.removed_by
        };
        match merged.iter_mut().find(same) {
            Some(other) => {
                for source in finding.sources {
                    if !other.sources.contains(&source) {
                        other.sources.push(source);
                    }
                }
                for action in finding.actions {
                    if !other.actions.contains(&action) {
                        other.actions.push(action);
                    }
                }
                for statement in finding.statements {
                    if !other.statements.contains(&statement) {
                        other.statements.push(statement);
                    }
                }
                other.is_public |= finding.is_public;
            }
            None => merged.push(finding),
        }
    }
    *findings = merged;
}

/// A name that stays the same as long as resource, principal, condition and sources do (FNV-1a, 128 bits).
fn stable_id(resource: &str, finding: &Finding) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let mut eat = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash =
                (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    };
    eat(resource);
    eat(&finding.principal.0);
    eat(&finding.principal.1);
    for (key, value) in &finding.condition {
        eat(key);
        eat(value);
    }
    for source in &finding.sources {
        match source {
            Source::Policy => eat("POLICY"),
            Source::BucketAcl => eat("BUCKET_ACL"),
            Source::AccessPoint(arn) => eat(arn),
            Source::AccessPointAccount(account) => eat(account),
        }
    }
    format!("{hash:032x}")
}
