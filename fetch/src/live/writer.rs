//! The one who writes: all records come through one channel, which is short, so that nobody reads faster than is written.

use super::failure::LiveError;
use super::progress::Progress;
use super::store::{Finished, Spool, Store};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::{mpsc, oneshot};

/// How many records may wait to be written.
pub(super) const WAITING: usize = 256;

/// A type in a Region of an account, or in all of it.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) account: Arc<str>,
    /// `eu-central-1/AWS::SQS::Queue`; nothing stands before the slash where there is one list an account.
    pub(super) name: Arc<str>,
}

/// What is sent to the writer.
#[derive(Debug)]
pub(super) enum Message {
    /// An account is begun; the units that are done already come back.
    Begin {
        account: Arc<str>,
        units: Vec<Unit>,
        answer: oneshot::Sender<Vec<Unit>>,
    },
    /// A record.
    Record {
        unit: Unit,
        arn: String,
        line: String,
    },
    /// A unit is done.
    Done { unit: Unit, gaps: Vec<Value> },
    /// An account is done.
    Finish {
        account: Arc<str>,
        regions: Vec<String>,
    },
}

/// Writes until all senders are gone, or until something cannot be written.
pub(super) fn write(
    store: &Store,
    mut messages: mpsc::Receiver<Message>,
    progress: &Progress,
) -> Result<BTreeMap<String, Finished>, LiveError> {
    let mut spools: BTreeMap<Arc<str>, Spool> = BTreeMap::new();
    let mut finished = BTreeMap::new();
    while let Some(message) = messages.blocking_recv() {
        match message {
            Message::Begin {
                account,
                units,
                answer,
            } => {
                let spool = store.spool(&account)?;
                let left = units
                    .into_iter()
                    .filter(|unit| !spool.is_done(&unit.name))
                    .collect();
                spools.insert(account, spool);
                // Who asked may have stopped.
                let _ = answer.send(left);
            }
            Message::Record { unit, arn, line } => {
                let failed = |error| LiveError::write(store.folder(), &error);
                if let Some(spool) = spools.get_mut(&unit.account) {
                    spool.add(&unit.name, &arn, &line).map_err(failed)?;
                }
                progress.records.fetch_add(1, Ordering::Relaxed);
            }
            Message::Done { unit, gaps } => {
                let failed = |error| LiveError::write(store.folder(), &error);
                if let Some(spool) = spools.get_mut(&unit.account) {
                    spool.done(&unit.name, &gaps).map_err(failed)?;
                }
                progress
                    .gaps
                    .fetch_add(gaps.len() as u64, Ordering::Relaxed);
            }
            Message::Finish { account, regions } => {
                if let Some(spool) = spools.remove(&account) {
                    finished.insert(
                        account.to_string(),
                        store.finish(&account, spool, &regions)?,
                    );
                }
                progress.accounts_done.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(finished)
}
