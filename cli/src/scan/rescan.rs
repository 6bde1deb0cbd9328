//! `--previous` and `--cache`: what a scan needs of the one before it.
//!
//! The older snapshot is looked at like any other, in the order of its records; what its records came to stays in the
//! memo, so that a record that stands in both is solved once, or not at all where the cache knows it.

use super::memo::{Key, Memo};
use super::report::{FindingRow, Subject};
use super::since::{Before, Change, Since};
use super::work::Phase;
use super::{Looked, Survey};
use crate::args::Scan;
use crate::failure::{Failure, Stop};
use crate::paint::plain;
use keyaki_fetch::{NotAnalysed, Snapshot};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The older snapshot and the cache, where they were asked for.
#[derive(Debug, Default)]
pub(super) struct Rescan {
    before: Option<Before>,
    cache: Option<PathBuf>,
    /// The chunks of the snapshot that is looked at, in its order: of the newer one, they go into the cache.
    keys: Vec<Key>,
    /// Chunks that the survey's memo does not have yet.
    fresh: Memo,
}

impl Rescan {
    /// Loads the cache and looks at the older snapshot.
    pub(super) fn new(options: &Scan, survey: &mut Survey) -> Result<Self, Stop> {
        let mut rescan = Self {
            cache: options.cache.clone(),
            ..Self::default()
        };
        let files = &options.source.snapshots;
        let plans = options.previous.is_none() && Self::says_before(files, survey);
        if options.only_new && options.previous.is_none() && !plans {
            return Err(Failure::new("there is nothing to tell what is new by")
                .with_hint("name an older snapshot or template with `--previous`, or scan a Terraform plan")
                .into());
        }
        if options.previous.is_none() && options.cache.is_none() && !plans {
            return Ok(rescan);
        }
        let load = || options.cache.as_deref().map_or_else(Memo::default, load);
        survey.memo = Some(survey.work.time(Phase::Load, load));
        if options.previous.is_some() || plans {
            survey.keeps = true;
            let mut before = Before::default();
            let see = |looked: Looked<'_>| {
                match looked {
                    Looked::At {
                        subject, analysis, ..
                    } => before.keep(&subject, &analysis.findings),
                    Looked::Chunk(key, text) => {
                        if text.is_none() {
                            before.remembered.push(key);
                        }
                        rescan.keep(key, text);
                    }
                    Looked::Policies(_) | Looked::Quiet(..) | Looked::Away(_) | Looked::Portion => {
                    }
                }
                Ok(())
            };
            match &options.previous {
                Some(previous) => survey.each(std::slice::from_ref(previous), see)?,
                None => survey.each_before(files, see)?,
            }
            if options.public_only {
                before.keep_public_only();
            }
            rescan.before = Some(before);
            rescan.settle(survey);
            rescan.keys.clear();
        }
        survey.keeps = options.cache.is_some();
        Ok(rescan)
    }

    /// Whether every file says what was before, as a Terraform plan does. Of some that do and some that do not, nothing is compared:
    /// all of the others would seem to be new.
    fn says_before(files: &[PathBuf], survey: &Survey) -> bool {
        let says = |file: &PathBuf| match file.as_path() == Path::new("-") {
            true => survey.says_before(),
            false => Snapshot::says_before(file),
        };
        !files.is_empty() && files.iter().all(says)
    }

    /// Whether findings are compared with older ones.
    pub(super) fn compares(&self) -> bool {
        self.before.is_some()
    }

    /// Takes note of a resource of the newer snapshot.
    pub(super) fn see(&mut self, subject: &Subject<'_>) {
        if let Some(before) = &mut self.before {
            before.see(subject);
        }
    }

    /// What became of a finding, if there is an older snapshot.
    pub(super) fn compare(&mut self, row: &FindingRow<'_>, is_shown: bool) -> Option<Change> {
        let before = self.before.as_mut()?;
        Some(before.compare(row, is_shown))
    }

    /// Keeps what a chunk came to.
    pub(super) fn keep(&mut self, key: Key, text: Option<String>) {
        self.keys.push(key);
        if let Some(text) = text {
            self.fresh.put(key, &text);
        }
    }

    /// What is not there any more, if there is an older snapshot.
    pub(super) fn finish(
        &mut self,
        survey: &Survey,
        not_analysed: &[NotAnalysed],
    ) -> Option<Since> {
        let mut before = self.before.take()?;
        if let Some(memo) = &survey.memo {
            before.see_quiet(memo, &self.keys);
        }
        Some(before.finish(not_analysed))
    }

    /// Writes the cache. The report is out already, so a failure is a note.
    pub(super) fn save(mut self, survey: &mut Survey) {
        self.settle(survey);
        if let (Some(path), Some(memo)) = (&self.cache, &survey.memo) {
            let save = || memo.save(path, &self.keys);
            if let Err(error) = survey.work.time(Phase::Save, save) {
                note(path, &format!("was not written: {error}"));
            }
        }
    }

    /// Gives what was kept to the survey.
    fn settle(&mut self, survey: &mut Survey) {
        if let Some(memo) = &mut survey.memo {
            memo.absorb(std::mem::take(&mut self.fresh));
        }
    }
}

/// A cache that cannot be used is as good as none.
fn load(path: &Path) -> Memo {
    Memo::load(path).unwrap_or_else(|why| {
        note(
            path,
            &format!("is not used, and will be written anew: {why}"),
        );
        Memo::default()
    })
}

fn note(path: &Path, what: &str) {
    let name = plain(&path.display().to_string()).into_owned();
    let _ = writeln!(io::stderr(), "note: the cache `{name}` {what}");
}
