//! The one place where calls are made: each names its entry in the table, waits for its turn, and fails as a [`Failure`].

use super::lane::{LANE, Lane};
use super::operations::Operation;
use super::progress::Progress;
use super::session::Session;
use super::since::Since;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// A call that was made in vain, after all its repetitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) operation: &'static Operation,
    pub(super) resource: Option<String>,
    pub(super) region: String,
    pub(super) code: String,
    pub(super) message: String,
    /// Whether it is our credentials that are the matter, so that nothing else would go better.
    pub(super) expired: bool,
}

/// How long a message of a failure may be.
const LONGEST_MESSAGE: usize = 300;

impl Failure {
    /// What an answer lacks, though the service said that all is well.
    pub(super) fn incomplete(
        operation: &'static Operation,
        region: &str,
        resource: Option<&str>,
        what: &str,
    ) -> Self {
        Self {
            operation,
            resource: resource.map(str::to_owned),
            region: region.to_owned(),
            code: "IncompleteAnswer".to_owned(),
            message: format!("the answer has no {what}"),
            expired: false,
        }
    }

    fn new<E>(
        operation: &'static Operation,
        region: &str,
        resource: Option<&str>,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let (code, message) = describe(error);
        let expired = EXPIRED.contains(&code.as_str());
        Self {
            operation,
            resource: resource.map(str::to_owned),
            region: region.to_owned(),
            code,
            message: shorten(&message),
            expired,
        }
    }
}

/// What services and providers answer to credentials that are past their time.
const EXPIRED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "CredentialsError",
];

fn describe<E>(error: &SdkError<E, HttpResponse>) -> (String, String)
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let chain = || causes(error.source());
    if let Some(refused) = chain().find_map(|error| error.downcast_ref::<Refused>()) {
        return (refused.code.clone(), refused.message.clone());
    }
    if let Some(error) = chain().find_map(|error| error.downcast_ref::<CredentialsError>()) {
        let cause = causes(Some(error)).last();
        return (
            "CredentialsError".to_owned(),
            cause.map_or_else(String::new, ToString::to_string),
        );
    }
    let innermost = || {
        chain()
            .last()
            .map_or_else(|| error.to_string(), ToString::to_string)
    };
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            match service.err().code() {
                Some(code) => (
                    code.to_owned(),
                    service.err().message().unwrap_or_default().to_owned(),
                ),
                // An answer in another language, such as a page of HTML.
                None => unreadable(status, &innermost()),
            }
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            unreadable(status, &innermost())
        }
        SdkError::TimeoutError(_) => ("Timeout".to_owned(), "no answer in time".to_owned()),
        SdkError::DispatchFailure(_) => ("NoConnection".to_owned(), innermost()),
        _ => ("BadRequest".to_owned(), innermost()),
    }
}

fn unreadable(status: u16, why: &str) -> (String, String) {
    (
        "UnreadableAnswer".to_owned(),
        format!("HTTP {status}: {why}"),
    )
}

fn causes<'a>(
    first: Option<&'a (dyn Error + 'static)>,
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = first;
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// One line, not too long.
fn shorten(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Why a role could not be assumed, carried through the SDK's own error.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub(super) struct Refused {
    pub(super) code: String,
    pub(super) message: String,
}

/// How many calls may be under way at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Width {
    pub(super) all: usize,
    pub(super) account: usize,
    pub(super) service: usize,
}

/// Who waits for whom: a call holds a place of its service in its Region, of its account, and of the whole run.
///
/// The three are always taken in this order, so nobody waits in a circle.
#[derive(Debug)]
pub(super) struct Gate {
    width: Width,
    all: Arc<Semaphore>,
    account: Semaphore,
    lanes: Mutex<BTreeMap<(&'static str, String), Arc<Lane>>>,
    progress: Arc<Progress>,
}

impl Gate {
    pub(super) fn new(width: Width, all: Arc<Semaphore>, progress: Arc<Progress>) -> Self {
        Self {
            width,
            all,
            account: Semaphore::new(width.account),
            lanes: Mutex::default(),
            progress,
        }
    }

    fn lane(&self, service: &'static str, region: &str) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (service, region.to_owned());
        let lane = || Arc::new(Lane::new(self.width.service, Arc::clone(&self.progress)));
        Arc::clone(lanes.entry(key).or_insert_with(lane))
    }
}

/// An account in a Region: where calls go.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) session: Arc<Session>,
    /// Where requests go; for what has no Region, the partition's first.
    pub(super) region: String,
    pub(super) gate: Arc<Gate>,
    pub(super) since: Arc<Since>,
}

impl At {
    pub(super) fn account(&self) -> &str {
        &self.session.account
    }

    /// The same account in another Region.
    pub(super) fn in_region(&self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    /// The configuration of a client.
    pub(super) fn config(&self) -> SdkConfig {
        self.session.config(&self.region)
    }

    /// Makes one call.
    pub(super) async fn call<T, E>(
        &self,
        operation: &'static Operation,
        resource: Option<&str>,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let lane = self.gate.lane(operation.service, &self.region);
        // Nobody closes a gate, so each of the three lets in everybody sooner or later.
        let _service = lane.enter().await;
        let _account = self.gate.account.acquire().await;
        let _all = self.gate.all.acquire().await;
        LANE.scope(Arc::clone(&lane), call)
            .await
            .map_err(|error| Failure::new(operation, &self.region, resource, &error))
    }

    /// The next page of a list; `None` after the last.
    pub(super) async fn next<T, E>(
        &self,
        operation: &'static Operation,
        resource: Option<&str>,
        pages: &mut aws_smithy_async::future::pagination_stream::PaginationStream<
            Result<T, SdkError<E, HttpResponse>>,
        >,
    ) -> Result<Option<T>, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.call(operation, resource, async {
            pages.next().await.transpose()
        })
        .await
    }

    /// An answer that says something is missing.
    pub(super) fn incomplete(
        &self,
        operation: &'static Operation,
        resource: Option<&str>,
        what: &str,
    ) -> Failure {
        Failure::incomplete(operation, &self.region, resource, what)
    }
}

/// What services answer where there is nothing: no failure, but the answer.
pub(super) fn or_none<T>(answer: Result<T, Failure>, codes: &[&str]) -> Result<Option<T>, Failure> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(failure) if codes.contains(&failure.code.as_str()) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// How often a call is made again: the SDK's standard mode, pauses that double and a budget of repetitions for each client.
///
/// How many calls are under way adapts to what the service bears (`lane.rs`). The SDK's adaptive mode was tried: after one
/// throttled answer a client with little traffic had less capacity than a repetition costs, and stood still for minutes.
pub(super) fn retries(attempts: u32, pause: std::time::Duration) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(pause)
}

/// A client of the SDK for a place.
///
/// Each has a budget of repetitions of its own: the SDK's own would be one for a service in all accounts and Regions,
/// so that one account that is throttled would use up what another needs.
macro_rules! client {
    ($sdk:ident, $at:expr) => {{
        let config = $at.config();
        let partition = $sdk::config::retry::RetryPartition::custom("keyaki").build();
        $sdk::Client::from_conf(
            $sdk::config::Builder::from(&config)
                .retry_partition(partition)
                .interceptor($crate::live::lane::Watch)
                .build(),
        )
    }};
}
pub(super) use client;
