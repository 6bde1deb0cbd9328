//! `--stats`: what a scan did, and where its time went.

use keyaki_engine::Stats;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A part of the work. Each is timed on the thread that does it, so what is done on several threads counts once for each.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// Reading the cache.
    Load,
    /// Reading records.
    Read,
    /// Digests of chunks and records.
    Digest,
    /// What the memo knows of them.
    Remember,
    /// Parsing and analysing records.
    Examine,
    /// Comparing, and writing the report.
    Report,
    /// Writing the cache.
    Save,
}

const PHASES: [(Phase, &str); 7] = [
    (Phase::Load, "reading the cache"),
    (Phase::Read, "reading records"),
    (Phase::Digest, "digests"),
    (Phase::Remember, "looking up"),
    (Phase::Examine, "analysing"),
    (Phase::Report, "comparing and reporting"),
    (Phase::Save, "writing the cache"),
];

/// Counts and times, if they were asked for.
#[derive(Debug, Default)]
pub(super) struct Work {
    is_wanted: bool,
    /// Nanoseconds by phase.
    spent: [AtomicU64; PHASES.len()],
    pub(super) chunks: AtomicU64,
    /// Chunks that the memo knew, whole.
    pub(super) known_chunks: AtomicU64,
    /// Records of other chunks that it knew.
    pub(super) known_records: AtomicU64,
    pub(super) analysed: AtomicU64,
    engine: Mutex<Stats>,
}

impl Work {
    pub(super) fn new(is_wanted: bool) -> Self {
        Self {
            is_wanted,
            ..Self::default()
        }
    }

    /// Does something, and takes its time.
    pub(super) fn time<T>(&self, phase: Phase, run: impl FnOnce() -> T) -> T {
        if !self.is_wanted {
            return run();
        }
        let start = Instant::now();
        let done = run();
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.spent[phase as usize].fetch_add(nanoseconds, Ordering::Relaxed);
        done
    }

    /// Counts more of something.
    pub(super) fn count(&self, counter: &AtomicU64, more: usize) {
        if self.is_wanted {
            counter.fetch_add(more as u64, Ordering::Relaxed);
        }
    }

    /// Adds what one analysis took.
    pub(super) fn add(&self, stats: &Stats) {
        if self.is_wanted {
            let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
            engine.add(stats);
        }
    }

    /// All of it as text, if it was asked for.
    pub(super) fn report(&self) -> Option<String> {
        if !self.is_wanted {
            return None;
        }
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut out = format!(
            "cache: {} of {} chunks known whole, {} records of the others\nanalysed: {} records\n",
            count(&self.known_chunks),
            count(&self.chunks),
            count(&self.known_records),
            count(&self.analysed),
        );
        out.push_str(&work(
            &self.engine.lock().unwrap_or_else(PoisonError::into_inner),
        ));
        out.push_str("seconds, summed over threads:\n");
        for (phase, name) in PHASES {
            let spent = Duration::from_nanos(count(&self.spent[phase as usize]));
            let _ = writeln!(out, "  {name:<24}{:>12.6}", spent.as_secs_f64());
        }
        Some(out)
    }
}

/// The engine's work as text.
pub(crate) fn work(stats: &Stats) -> String {
    let Stats {
        repeated,
        searches,
        keys,
        atoms,
        states,
        hits,
        solves,
        steps,
        branches,
        closed,
    } = stats;
    format!(
        "work: {repeated} statements refuted word for word, {searches} searches\n\
         \x20     {keys} keys with {atoms} tests, {states} conjunctions met, {hits} met again\n\
         \x20     {solves} solved, {steps} steps, {branches} branches, {closed} closed\n"
    )
}
