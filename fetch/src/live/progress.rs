//! How far a run is, for whoever watches.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a run; they may be read at any time.
#[derive(Debug, Default)]
pub struct Progress {
    pub(super) accounts: AtomicU64,
    pub(super) accounts_done: AtomicU64,
    pub(super) records: AtomicU64,
    pub(super) gaps: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) throttled: AtomicU64,
}

impl Progress {
    /// How many accounts there are; 0 until that is known.
    pub fn accounts(&self) -> u64 {
        self.accounts.load(Ordering::Relaxed)
    }

    /// How many of them are done.
    pub fn accounts_done(&self) -> u64 {
        self.accounts_done.load(Ordering::Relaxed)
    }

    /// How many records were written in this run.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// How many requests were made in this run, repetitions included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many of them were answered that there are too many.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// How many calls failed in this run.
    pub fn gaps(&self) -> u64 {
        self.gaps.load(Ordering::Relaxed)
    }
}
