//! What each type of resource has in common: where its list is, and how records and failures are handed on.

use super::call::{At, Failure};
use super::operations::Operation;
use super::writer::{Message, Unit};
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc::Sender;

/// A type of resource, and how it is read.
pub(super) trait Collect: Sync {
    /// Its CloudFormation name.
    fn resource_type(&self) -> &'static str;

    /// Its member in a record's configuration.
    fn member(&self) -> &'static str;

    /// Whether each Region has a list of its own.
    fn scope(&self) -> Scope;

    /// Reads all resources of the account, in the Region if each has its list.
    ///
    /// A failed call becomes a gap, and the rest is read all the same. An error is only what ends the run.
    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a>;
}

/// A unit of work under way.
pub(super) type Collecting<'a> = Pin<Box<dyn Future<Output = Result<(), Stop>> + Send + 'a>>;

/// Where a type has its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// One in each Region.
    Region,
    /// One an account.
    Account,
}

/// Why a unit cannot be ended, now.
#[derive(Debug)]
pub(super) enum Stop {
    /// Our credentials are past their time.
    Credentials(Failure),
    /// Nobody writes any more; the writer says why.
    Writer,
}

/// A resource that was read in full.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) arn: String,
    pub(super) region: String,
    pub(super) configuration: Value,
}

/// All calls about one resource that were made in vain. A resource with one of them has no record.
#[derive(Debug, Default)]
pub(super) struct Failures(pub(super) Vec<Failure>);

impl From<Failure> for Failures {
    fn from(failure: Failure) -> Self {
        Self(vec![failure])
    }
}

impl Failures {
    /// The value, or what to keep in mind of it.
    pub(super) fn take<T>(&mut self, answer: Result<T, Failure>) -> Option<T> {
        answer.map_err(|failure| self.0.push(failure)).ok()
    }

    /// Nothing, if nothing failed.
    pub(super) fn check(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// How many resources of a unit are read at a time; how many calls that makes, the gates decide.
const AT_A_TIME: usize = 16;

/// Where a unit puts what it found.
#[derive(Debug)]
pub(super) struct Out {
    unit: Unit,
    resource_type: &'static str,
    member: &'static str,
    sender: Sender<Message>,
    gaps: Mutex<Vec<Value>>,
}

impl Out {
    pub(super) fn new(unit: Unit, collector: &dyn Collect, sender: Sender<Message>) -> Self {
        let (resource_type, member) = (collector.resource_type(), collector.member());
        Self {
            unit,
            resource_type,
            member,
            sender,
            gaps: Mutex::default(),
        }
    }

    /// Notes what could not be read.
    pub(super) fn fail(&self, failure: Failure) -> Result<(), Stop> {
        self.fail_of(self.resource_type, failure)
    }

    /// The same, where what is missing is of another type.
    pub(super) fn fail_of(&self, resource_type: &str, failure: Failure) -> Result<(), Stop> {
        if failure.expired {
            return Err(Stop::Credentials(failure));
        }
        let gap = gap(&failure, &self.unit.account, Some(resource_type));
        self.gaps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(gap);
        Ok(())
    }

    /// Hands on a record.
    pub(super) async fn record(&self, record: Record) -> Result<(), Stop> {
        let line = json!({
            "resourceArn": record.arn,
            "resourceType": self.resource_type,
            "resourceOwnerAccount": &*self.unit.account,
            "region": record.region,
            "configuration": {self.member: record.configuration},
        })
        .to_string();
        let message = Message::Record {
            unit: self.unit.clone(),
            arn: record.arn,
            line,
        };
        self.sender.send(message).await.map_err(|_| Stop::Writer)
    }

    /// Hands on records, each made by a few calls, several at a time.
    pub(super) async fn each<T, F>(
        &self,
        items: impl IntoIterator<Item = T>,
        read: impl Fn(T) -> F,
    ) -> Result<(), Stop>
    where
        F: Future<Output = Result<Option<Record>, Failures>>,
    {
        let mut answers = stream::iter(items).map(read).buffer_unordered(AT_A_TIME);
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(Some(record)) => self.record(record).await?,
                Ok(None) => {}
                Err(Failures(failures)) => failures
                    .into_iter()
                    .try_for_each(|failure| self.fail(failure))?,
            }
        }
        Ok(())
    }

    /// Says that the unit is done.
    pub(super) async fn done(self) -> Result<(), Stop> {
        let gaps = self
            .gaps
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        self.sender
            .send(Message::Done {
                unit: self.unit,
                gaps,
            })
            .await
            .map_err(|_| Stop::Writer)
    }
}

/// A gap as the manifest has it.
pub(super) fn gap(failure: &Failure, account: &str, resource_type: Option<&str>) -> Value {
    let Operation { service, name, .. } = failure.operation;
    let mut gap = json!({
        "service": service,
        "operation": name,
        "account": account,
        "region": failure.region,
        "error": failure.code,
    });
    let parts = [
        ("resourceArn", failure.resource.as_deref()),
        ("resourceType", resource_type),
        ("message", Some(failure.message.as_str())),
    ];
    for (name, part) in parts {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            gap[name] = part.into();
        }
    }
    gap
}
