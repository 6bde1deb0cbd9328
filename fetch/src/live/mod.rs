//! Live collection: from AWS accounts to a snapshot, by the official SDK.
//!
//! A run is a set of *units*: a type of resource in a Region of an account. Units of an account run side by side, several
//! accounts at a time; each call waits for its turn (`call.rs`). What is found goes through one channel to one writer
//! (`writer.rs`), and from there into a folder that can be left at any moment (`store.rs`). A call that failed after all its
//! repetitions becomes a gap of the manifest, and a resource that a gap is about has no record: nothing passes for clean
//! because it was not read.
//!
//! | to see… | open |
//! |---|---|
//! | which operations are called, and with what permissions | [`operations`] |
//! | how a call is made and what a failure is | `call.rs` |
//! | what the types have in common | `collect.rs` |
//! | one type | `s3.rs`, `iam.rs`, `kms.rs`, `lambda.rs`, `sqs.rs` and so on |
//! | accounts, units and control policies | `organization.rs` |
//!
//! The time of a run is that of its answers; memory holds the lists of the accounts under way and a few hundred records.

#![cfg_attr(
    not(all(
        feature = "organizations",
        feature = "s3",
        feature = "iam",
        feature = "secrets",
        feature = "snapshots"
    )),
    allow(
        dead_code,
        unused_mut,
        reason = "a build of some services leaves unused what the others share"
    )
)]

mod call;
mod collect;
#[cfg(feature = "s3")]
mod directory;
#[cfg(feature = "dynamodb")]
mod dynamodb;
#[cfg(feature = "ecr")]
mod ecr;
#[cfg(feature = "efs")]
mod efs;
mod failure;
#[cfg(feature = "iam")]
mod iam;
#[cfg(feature = "kms")]
mod kms;
#[cfg(feature = "lambda")]
mod lambda;
mod lane;
pub mod operations;
#[cfg(feature = "organizations")]
mod organization;
mod profiles;
mod progress;
#[cfg(feature = "snapshots")]
mod query;
mod regions;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "secrets")]
mod secrets;
mod session;
mod since;
#[cfg(feature = "snapshots")]
mod snapshots;
#[cfg(feature = "sns")]
mod sns;
#[cfg(feature = "sqs")]
mod sqs;
mod store;
mod writer;

pub use failure::LiveError;
pub use progress::Progress;

use self::call::{At, Failure, Gate, Width};
use self::collect::{Collect, Out, Scope, Stop, gap};
#[cfg(not(feature = "organizations"))]
use self::operations::GET_CALLER_IDENTITY;
use self::session::Session;
use self::since::Since;
use self::store::{Finished, Plan, Store};
use self::writer::{Message, Unit};
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// All types that this build can collect, by name.
fn collectors() -> BTreeMap<&'static str, &'static dyn Collect> {
    let all: &[&'static dyn Collect] = &[
        #[cfg(feature = "s3")]
        &s3::Buckets,
        #[cfg(feature = "s3")]
        &directory::DirectoryBuckets,
        #[cfg(feature = "snapshots")]
        &snapshots::Volumes,
        #[cfg(feature = "snapshots")]
        &snapshots::OF_DATABASES,
        #[cfg(feature = "snapshots")]
        &snapshots::OF_CLUSTERS,
        #[cfg(feature = "iam")]
        &iam::ROLES,
        #[cfg(feature = "iam")]
        &iam::Users,
        #[cfg(feature = "iam")]
        &iam::GROUPS,
        #[cfg(feature = "iam")]
        &iam::MANAGED_POLICIES,
        #[cfg(feature = "kms")]
        &kms::Keys,
        #[cfg(feature = "lambda")]
        &lambda::Functions,
        #[cfg(feature = "lambda")]
        &lambda::Layers,
        #[cfg(feature = "sqs")]
        &sqs::Queues,
        #[cfg(feature = "sns")]
        &sns::Topics,
        #[cfg(feature = "secrets")]
        &secrets::Secrets,
        #[cfg(feature = "ecr")]
        &ecr::Repositories,
        #[cfg(feature = "efs")]
        &efs::FileSystems,
        #[cfg(feature = "dynamodb")]
        &dynamodb::Tables,
        #[cfg(feature = "dynamodb")]
        &dynamodb::Streams,
    ];
    all.iter()
        .map(|collector| (collector.resource_type(), *collector))
        .collect()
}

/// The types that this build can collect.
pub fn types() -> Vec<&'static str> {
    collectors().into_keys().collect()
}

/// What a run is about.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the snapshot; it is empty, not there, or holds a run that did not end. Or, with a name that ends in
    /// `.jsonl.zst`, one file, which is not there; until the run ends, a folder beside it has `.part` behind that name.
    pub out: PathBuf,
    /// A profile of the AWS configuration; the default chain of credentials decides if left out.
    pub profile: Option<String>,
    /// Which accounts.
    pub accounts: Accounts,
    /// What roles ask for from whoever assumes them.
    pub external_id: Option<String>,
    /// Which Regions; all that are enabled if empty.
    pub regions: Vec<String>,
    /// Which types; all that this build can collect if empty.
    pub types: Vec<String>,
    /// An older snapshot, of which is taken over what services say has not changed.
    pub since: Option<PathBuf>,
    /// Where requests go instead of AWS.
    pub endpoint_url: Option<String>,
    /// How often a call is made before it counts as failed.
    pub attempts: u32,
    /// The first pause before a call is made again; it doubles each time.
    pub pause: Duration,
    /// How long an answer may take.
    pub patience: Duration,
    /// How many accounts are read at a time.
    pub accounts_at_a_time: usize,
}

impl Options {
    /// The account of the default credentials, all Regions and types.
    pub fn new(out: impl Into<PathBuf>) -> Self {
        Self {
            out: out.into(),
            profile: None,
            accounts: Accounts::Own,
            external_id: None,
            regions: Vec::new(),
            types: Vec::new(),
            since: None,
            endpoint_url: None,
            attempts: 8,
            pause: Duration::from_millis(500),
            patience: Duration::from_secs(60),
            accounts_at_a_time: 16,
        }
    }

    /// What makes two runs the same, in words that a command line would use.
    fn asked(&self, own: &str) -> String {
        let accounts = match &self.accounts {
            Accounts::Own => format!("account {own}"),
            Accounts::Listed { role, accounts } => {
                format!("--role-name {role} --accounts {}", accounts.join(","))
            }
            Accounts::Organization { role } => {
                format!("--organization --role-name {role} as {own}")
            }
        };
        let regions = if self.regions.is_empty() {
            "all".to_owned()
        } else {
            self.regions.join(",")
        };
        let types: Vec<&str> = self.chosen().into_keys().collect();
        let since = self
            .since
            .as_ref()
            .map_or_else(String::new, |since| format!(" --since {}", since.display()));
        format!(
            "{accounts} --regions {regions} --types {}{since}",
            types.join(",")
        )
    }

    fn chosen(&self) -> BTreeMap<&'static str, &'static dyn Collect> {
        let mut all = collectors();
        if !self.types.is_empty() {
            all.retain(|name, _| self.types.iter().any(|chosen| chosen == name));
        }
        all
    }
}

/// Which accounts a run is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accounts {
    /// The one that the credentials belong to.
    Own,
    /// These, each through a role of this name.
    Listed {
        /// The role's name, with its path if it has one.
        role: String,
        /// The accounts.
        accounts: Vec<String>,
    },
    /// All of the organization, each through a role of this name.
    Organization {
        /// The role's name, with its path if it has one.
        role: String,
    },
}

impl Accounts {
    fn role(&self) -> Option<&str> {
        match self {
            Self::Own => None,
            Self::Listed { role, .. } | Self::Organization { role } => Some(role),
        }
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Accounts; 0 where an earlier run had read all of them.
    pub accounts: u64,
    /// Records in the snapshot.
    pub records: u64,
    /// Calls that were made in vain.
    pub gaps: u64,
    /// The same by operation and error, most of them first.
    pub failed: Vec<Failed>,
    /// Requests that this run made, repetitions included.
    pub requests: u64,
    /// How many of them were answered that there are too many.
    pub throttled: u64,
}

/// Calls of one operation that were made in vain for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Service and operation, as `kms:ListGrants`.
    pub operation: String,
    /// The error's code.
    pub error: String,
    /// How many calls.
    pub times: u64,
}

/// How many calls may be under way. Services allow some tens a second, so more would only be throttled.
const WIDTH: Width = Width {
    all: 64,
    account: 32,
    service: 8,
};

/// Collects, or goes on with a run that did not end.
///
/// When it returns well the folder is a whole snapshot; gaps are in its manifest. After an error the folder can be gone on
/// with by the same options, and its manifest says that it is not whole.
///
/// # Errors
///
/// Only what no part of the run can do without: the folder, our own credentials, and the list of accounts.
pub fn collect(options: &Options, progress: &Arc<Progress>) -> Result<Summary, LiveError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| LiveError::write(&options.out, &error))?;
    runtime.block_on(run(options, progress))
}

async fn run(options: &Options, progress: &Arc<Progress>) -> Result<Summary, LiveError> {
    // Whoever we are has calls of his own, so that a call that waits for a role's credentials never waits for itself.
    let base = || {
        let all = Arc::new(Semaphore::new(WIDTH.all));
        Arc::new(Gate::new(WIDTH, all, Arc::clone(progress)))
    };
    let own = Session::own(options, base).await?;
    let since = match &options.since {
        Some(folder) => Since::open(folder)?,
        None => Since::default(),
    };
    let asked = options.asked(&own.account);
    let Some((store, begun)) = Store::open(&options.out, &asked)? else {
        return ended(&options.out);
    };
    let home = At {
        region: own.home().to_owned(),
        session: Arc::new(own),
        gate: base(),
        since: Arc::new(since),
    };
    let plan = match begun {
        Some(plan) => plan,
        None => begin(options, &store, &home, asked).await?,
    };
    progress
        .accounts
        .store(plan.accounts.len() as u64, Ordering::Relaxed);

    let mut finished = BTreeMap::new();
    for account in &plan.accounts {
        if let Some(known) = store.finished(account)? {
            progress.accounts_done.fetch_add(1, Ordering::Relaxed);
            finished.insert(account.clone(), known);
        }
    }
    let left: Vec<Arc<str>> = plan
        .accounts
        .iter()
        .filter(|account| !finished.contains_key(*account))
        .map(|account| account.as_str().into())
        .collect();

    let (sender, receiver) = mpsc::channel(writer::WAITING);
    let store = Arc::new(store);
    let writing = {
        let (store, progress) = (Arc::clone(&store), Arc::clone(progress));
        tokio::task::spawn_blocking(move || writer::write(&store, receiver, &progress))
    };
    let stopped = read_all(options, &home, &left, sender, progress).await;
    finished.extend(writing.await.expect("the writer does not panic")?);

    match stopped {
        Ok(()) => end(options, store, &plan, &finished, progress),
        Err(Stop::Credentials(failure)) => {
            let code = failure.code.clone();
            let waiting = plan
                .accounts
                .iter()
                .filter(|account| !finished.contains_key(*account));
            let gaps: Vec<Value> = waiting
                .map(|account| json!({"service": "keyaki", "operation": "fetch", "account": account, "error": code}))
                .collect();
            store.write_manifest(&manifest(options, &plan, &finished, gaps))?;
            Err(failure.into())
        }
        Err(Stop::Writer) => {
            unreachable!("the writer ends early with an error only, which was told above")
        }
    }
}

/// Finds out about the accounts, and notes the plan.
async fn begin(
    options: &Options,
    store: &Store,
    home: &At,
    asked: String,
) -> Result<Plan, LiveError> {
    let mut organization: Option<String> = None;
    let mut gaps = Vec::new();
    let mut accounts = match &options.accounts {
        Accounts::Own => vec![home.account().to_owned()],
        Accounts::Listed { accounts, .. } => accounts.clone(),
        #[cfg(feature = "organizations")]
        Accounts::Organization { .. } => {
            let read = organization::read(home).await?;
            gaps = read.gaps;
            organization = Some(read.text);
            read.accounts
        }
        #[cfg(not(feature = "organizations"))]
        Accounts::Organization { .. } => {
            return Err(Failure::incomplete(
                &GET_CALLER_IDENTITY,
                "",
                None,
                "organization: this build cannot read one",
            )
            .into());
        }
    };
    accounts.sort();
    accounts.dedup();
    let plan = Plan {
        asked,
        started: now(),
        accounts,
        gaps,
    };
    let unfinished = json!({"service": "keyaki", "operation": "fetch", "error": "Unfinished"});
    store.write_manifest(&manifest(
        options,
        &plan,
        &BTreeMap::new(),
        vec![unfinished],
    ))?;
    store.begin(&plan, organization.as_deref())?;
    Ok(plan)
}

/// Reads accounts, several at a time.
async fn read_all(
    options: &Options,
    home: &At,
    accounts: &[Arc<str>],
    sender: mpsc::Sender<Message>,
    progress: &Arc<Progress>,
) -> Result<(), Stop> {
    let all = Arc::new(Semaphore::new(WIDTH.all));
    let mut reading = stream::iter(accounts)
        .map(|account| {
            let (options, home, account, sender) = (
                options.clone(),
                home.clone(),
                Arc::clone(account),
                sender.clone(),
            );
            let gate = Arc::new(Gate::new(WIDTH, Arc::clone(&all), Arc::clone(progress)));
            // A task of its own, so that accounts share the cores.
            Aborting(tokio::spawn(async move {
                read_account(&options, &home, account, gate, sender).await
            }))
        })
        .buffer_unordered(options.accounts_at_a_time.max(1));
    while let Some(read) = reading.next().await {
        read?;
    }
    Ok(())
}

/// A task that ends when nobody waits for it any more.
struct Aborting(tokio::task::JoinHandle<Result<(), Stop>>);

impl Future for Aborting {
    type Output = Result<(), Stop>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0)
            .poll(context)
            .map(|ended| ended.expect("a task neither panics nor is ended by others"))
    }
}

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn read_account(
    options: &Options,
    home: &At,
    account: Arc<str>,
    gate: Arc<Gate>,
    sender: mpsc::Sender<Message>,
) -> Result<(), Stop> {
    let refused = |failure: Failure| {
        if failure.expired {
            Err(Stop::Credentials(failure))
        } else {
            Ok(gap(&failure, &account, None))
        }
    };
    let session = match options.accounts.role() {
        // Nobody needs a role to go where he is.
        Some(role) if *account != *home.account() => {
            match Session::assume(
                home,
                &account,
                role,
                options.external_id.as_deref(),
                &options.regions,
            )
            .await
            {
                Ok(session) => session,
                Err(failure) => return give_up(account.clone(), refused(failure)?, sender).await,
            }
        }
        _ => home.session.limited_to(&options.regions),
    };
    let at = At {
        region: session.home().to_owned(),
        session: Arc::new(session),
        gate,
        since: Arc::clone(&home.since),
    };
    let mut gaps = Vec::new();
    let regions = match options.regions.as_slice() {
        [] => match regions::enabled(&at).await {
            Ok(regions) => regions,
            Err(failure) => {
                gaps.push(refused(failure)?);
                regions::known(&at.session.partition)
            }
        },
        some => some.to_vec(),
    };
    let chosen = options.chosen();
    let mut units = BTreeMap::new();
    for (name, collector) in &chosen {
        match collector.scope() {
            Scope::Account => drop(units.insert(format!("/{name}"), (at.clone(), *collector))),
            Scope::Region => {
                for region in &regions {
                    units.insert(
                        format!("{region}/{name}"),
                        (at.in_region(region), *collector),
                    );
                }
            }
        }
    }
    let names = units
        .keys()
        .map(|name| Unit {
            account: Arc::clone(&account),
            name: name.as_str().into(),
        })
        .collect();
    let left = first(&account, names, &gaps, &sender).await?;
    let under_way = left.into_iter().filter_map(|unit| {
        let (at, collector) = units.get(&*unit.name)?;
        let out = Out::new(unit, *collector, sender.clone());
        Some(async move {
            collector.collect(at, &out).await?;
            out.done().await
        })
    });
    // Each has a client of its own, and more units than calls would only wait.
    let mut under_way = stream::iter(under_way).buffer_unordered(WIDTH.account);
    while let Some(ended) = under_way.next().await {
        ended?;
    }
    sender
        .send(Message::Finish { account, regions })
        .await
        .map_err(|_| Stop::Writer)
}

/// What a unit is called that is no type, but what is known of the account itself.
const ACCOUNT: &str = "/";

/// Begins an account: which of its units are not done? Gaps of the account itself are a unit of their own.
async fn first(
    account: &Arc<str>,
    mut units: Vec<Unit>,
    gaps: &[Value],
    sender: &mpsc::Sender<Message>,
) -> Result<Vec<Unit>, Stop> {
    let (answer, answered) = oneshot::channel();
    units.push(Unit {
        account: Arc::clone(account),
        name: ACCOUNT.into(),
    });
    sender
        .send(Message::Begin {
            account: Arc::clone(account),
            units,
            answer,
        })
        .await
        .map_err(|_| Stop::Writer)?;
    let mut left = answered.await.map_err(|_| Stop::Writer)?;
    if let Some(place) = left.iter().position(|unit| &*unit.name == ACCOUNT) {
        let unit = left.remove(place);
        sender
            .send(Message::Done {
                unit,
                gaps: gaps.to_vec(),
            })
            .await
            .map_err(|_| Stop::Writer)?;
    }
    Ok(left)
}

/// Ends an account that let nobody in.
async fn give_up(account: Arc<str>, gap: Value, sender: mpsc::Sender<Message>) -> Result<(), Stop> {
    first(&account, Vec::new(), &[gap], &sender).await?;
    sender
        .send(Message::Finish {
            account,
            regions: Vec::new(),
        })
        .await
        .map_err(|_| Stop::Writer)
}

/// What the manifest of a run that has ended says.
fn ended(out: &Path) -> Result<Summary, LiveError> {
    let Ok(snapshot) = crate::snapshot::Snapshot::open(out) else {
        return Err(LiveError::broken(out));
    };
    let gaps = snapshot.manifest.gaps.iter();
    Ok(Summary {
        records: snapshot.manifest.records.unwrap_or(0),
        gaps: snapshot.manifest.gaps.len() as u64,
        failed: counted(gaps.map(|gap| {
            (
                gap.service.as_str(),
                gap.operation.as_str(),
                gap.error.as_str(),
            )
        })),
        ..Summary::default()
    })
}

fn summary(manifest: &Value, accounts: usize, progress: &Progress) -> Summary {
    let gaps = manifest["gaps"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |gap: &'_ Value, name: &str| gap[name].as_str().unwrap_or_default().to_owned();
    let parts: Vec<[String; 3]> = gaps
        .iter()
        .map(|gap| ["service", "operation", "error"].map(|name| text(gap, name)))
        .collect();
    Summary {
        accounts: accounts as u64,
        records: manifest["records"].as_u64().unwrap_or(0),
        gaps: gaps.len() as u64,
        requests: progress.requests(),
        throttled: progress.throttled(),
        failed: counted(parts.iter().map(|[service, operation, error]| {
            (service.as_str(), operation.as_str(), error.as_str())
        })),
    }
}

/// Failed calls by operation and error, most of them first.
fn counted<'a>(gaps: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> Vec<Failed> {
    let mut counts: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for gap in gaps {
        *counts.entry(gap).or_default() += 1;
    }
    let mut failed: Vec<Failed> = counts
        .into_iter()
        .map(|((service, operation, error), times)| Failed {
            operation: format!("{service}:{operation}"),
            error: error.to_owned(),
            times,
        })
        .collect();
    failed.sort_by_key(|failed| std::cmp::Reverse(failed.times));
    failed
}

fn end(
    options: &Options,
    store: Arc<Store>,
    plan: &Plan,
    finished: &BTreeMap<String, Finished>,
    progress: &Progress,
) -> Result<Summary, LiveError> {
    let manifest = manifest(options, plan, finished, Vec::new());
    store.write_manifest(&manifest)?;
    Arc::into_inner(store)
        .expect("the writer has ended")
        .end()?;
    Ok(summary(&manifest, plan.accounts.len(), progress))
}

fn manifest(
    options: &Options,
    plan: &Plan,
    finished: &BTreeMap<String, Finished>,
    more: Vec<Value>,
) -> Value {
    let regions: BTreeSet<&String> = finished
        .values()
        .flat_map(|account| &account.regions)
        .collect();
    let types: Vec<&str> = options.chosen().into_keys().collect();
    let records: u64 = finished.values().map(|account| account.records).sum();
    let gaps: Vec<&Value> = plan
        .gaps
        .iter()
        .chain(finished.values().flat_map(|account| &account.gaps))
        .chain(&more)
        .collect();
    json!({
        "schemaVersion": crate::snapshot::SCHEMA_VERSION,
        "collectedAt": plan.started,
        "collector": concat!("keyaki ", env!("CARGO_PKG_VERSION")),
        "regions": regions,
        "resourceTypes": types,
        "records": records,
        "gaps": gaps,
    })
}

/// The time, as manifests have it.
fn now() -> String {
    let now = aws_smithy_types::DateTime::from(SystemTime::now());
    let now = aws_smithy_types::DateTime::from_secs(now.secs());
    now.fmt(aws_smithy_types::date_time::Format::DateTime)
        .expect("this year can be written")
}
