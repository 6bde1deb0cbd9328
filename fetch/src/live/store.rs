//! Where a run writes: a folder that can be left at any moment and gone on with.
//!
//! ```text
//! snapshot/
//!   manifest.json             says `Unfinished` until the run has ended
//!   organization.json
//!   111122223333.jsonl.zst    an account whose work is done, sorted by type and ARN
//!   .fetch/                   renamed, which is one step, and removed when the run has ended
//!     lock                    held by the run, freed by the system when it ends, however it ends
//!     plan.json               what the run is about; another run cannot go on with it
//!     444455556666.spool      an account under way
//!     111122223333.done       its gaps and Regions
//! ```
//!
//! A *unit* is a type in a Region of an account. The spool holds its records as they come, and after the last a line with
//! their number, their SHA-256 and the gaps: only then is the unit done. What follows the last line break of a spool, and
//! records of a unit that was not done, count for nothing; the unit is read again. Order in the spool is chance;
//! sorting is done once, when an account is finished, so a run that was killed ends with the bytes of one that was not.
//!
//! A snapshot in one file, `NAME.jsonl.zst`, is such a folder called `NAME.jsonl.zst.part` until all is read. Then its files,
//! which need not be unpacked for that, are put one behind the other and moved to the place at once; only then the folder goes.

use super::failure::LiveError;
use crate::snapshot::compressed::{NOTE, NOTE_MAGIC};
use crate::snapshot::{MANIFEST, ORGANIZATION, has_compressed_records};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How hard records are compressed: zstd's own default.
const LEVEL: i32 = 3;

/// The folder of a run, and its lock.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    work: PathBuf,
    /// The one file that the folder becomes.
    packed: Option<PathBuf>,
    _lock: File,
}

/// What the run found about who and what, before it read anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// What was asked for, in one text.
    pub(super) asked: String,
    /// When the run began.
    pub(super) started: String,
    /// The accounts, in order.
    pub(super) accounts: Vec<String>,
    /// What could not be read of the organization.
    pub(super) gaps: Vec<Value>,
}

/// What is known of an account whose work is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Finished {
    pub(super) records: u64,
    pub(super) regions: BTreeSet<String>,
    pub(super) gaps: Vec<Value>,
}

impl Store {
    /// Takes the folder for this run alone; with it comes the plan of a run that did not end.
    ///
    /// `None` where a run was killed after it had ended, while it cleared away.
    pub(super) fn open(out: &Path, asked: &str) -> Result<Option<(Self, Option<Plan>)>, LiveError> {
        let packed = has_compressed_records(out).then(|| out.to_owned());
        let folder = &match &packed {
            Some(file) => beside(file, ".part"),
            None => out.to_owned(),
        };
        let (work, ended) = (folder.join(".fetch"), folder.join(".fetch-ended"));
        let taken = |error| LiveError::write(folder, &error);
        if let Some(file) = packed.as_ref().filter(|file| file.exists()) {
            if !work.join("packed").exists() && !ended.exists() {
                return Err(LiveError::Occupied {
                    folder: file.clone(),
                });
            }
            // The run was about to move the file to its place, and there it is: it had ended.
            remove(folder).map_err(taken)?;
            return Ok(None);
        }
        if ended.exists() {
            fs::remove_dir_all(&ended).map_err(taken)?;
            return Ok(None);
        }
        let began = work.join("plan.json").exists();
        if !began && holds_something(folder).map_err(taken)? {
            return Err(LiveError::Occupied {
                folder: folder.to_owned(),
            });
        }
        fs::create_dir_all(&work).map_err(taken)?;
        let lock = File::create(work.join("lock")).map_err(taken)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LiveError::Locked {
                    folder: folder.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(taken(error)),
        }
        let store = Self {
            folder: folder.to_owned(),
            work,
            packed,
            _lock: lock,
        };
        // Another run may have ended between the first look and the lock.
        let plan = store.plan()?;
        match plan {
            Some(plan) if plan.asked != asked => Err(LiveError::OtherPlan {
                folder: store.folder,
                asked: plan.asked,
            }),
            Some(plan) => Ok(Some((store, Some(plan)))),
            None if began => Err(LiveError::Occupied {
                folder: store.folder,
            }),
            None => Ok(Some((store, None))),
        }
    }

    fn plan(&self) -> Result<Option<Plan>, LiveError> {
        let path = self.work.join("plan.json");
        let Some(value) = read_json(&path)? else {
            return Ok(None);
        };
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let accounts = texts(&value["accounts"]);
        match (text("asked"), text("started"), value["gaps"].as_array()) {
            (Some(asked), Some(started), Some(gaps)) => Ok(Some(Plan {
                asked,
                started,
                accounts,
                gaps: gaps.clone(),
            })),
            _ => Err(LiveError::broken(&path)),
        }
    }

    /// Begins: from here on the run can be gone on with.
    pub(super) fn begin(&self, plan: &Plan, organization: Option<&str>) -> Result<(), LiveError> {
        if let Some(text) = organization {
            self.replace(&self.folder.join(ORGANIZATION), text.as_bytes())?;
        }
        let value = json!({"asked": plan.asked, "started": plan.started, "accounts": plan.accounts, "gaps": plan.gaps});
        self.replace(&self.work.join("plan.json"), value.to_string().as_bytes())
    }

    /// Writes a file beside its place and moves it there, so that the place holds either all of it or what it held.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), LiveError> {
        let new = path.with_extension("new");
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, path)
        };
        write().map_err(|error| LiveError::write(path, &error))
    }

    pub(super) fn write_manifest(&self, manifest: &Value) -> Result<(), LiveError> {
        let text =
            serde_json::to_string_pretty(manifest).expect("a tree of texts can be written") + "\n";
        self.replace(&self.folder.join(MANIFEST), text.as_bytes())
    }

    /// Ends: what is left is a snapshot like any other.
    pub(super) fn end(self) -> Result<(), LiveError> {
        if let Some(file) = &self.packed {
            self.pack(file)
                .map_err(|error| LiveError::write(file, &error))?;
            return fs::rename(&self.work, self.folder.join(".fetch-ended"))
                .and_then(|()| remove(&self.folder))
                .map_err(|error| LiveError::write(&self.folder, &error));
        }
        let ended = self.folder.join(".fetch-ended");
        // At once, so that at no moment a part of what a run needs is left.
        fs::rename(&self.work, &ended)
            .and_then(|()| fs::remove_dir_all(&ended))
            .map_err(|error| LiveError::write(&self.work, &error))
    }

    /// Makes one file of the folder: notes with what is no record, and the files of the accounts in the order of their names.
    fn pack(&self, file: &Path) -> io::Result<()> {
        let new = beside(file, ".new");
        let mut to = BufWriter::with_capacity(1 << 16, File::create(&new)?);
        for name in [MANIFEST, ORGANIZATION] {
            let text = match fs::read(self.folder.join(name)) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let packed = zstd::encode_all(text.as_slice(), LEVEL)?;
            let title = format!("{NOTE}{name}\n");
            let length = u32::try_from(title.len() + packed.len())
                .map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
            to.write_all(&NOTE_MAGIC)?;
            to.write_all(&length.to_le_bytes())?;
            to.write_all(title.as_bytes())?;
            to.write_all(&packed)?;
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if has_compressed_records(&path) {
                files.push(path);
            }
        }
        files.sort();
        for path in files {
            io::copy(&mut File::open(path)?, &mut to)?;
        }
        to.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        File::create(self.work.join("packed"))?.sync_all()?;
        fs::rename(&new, file)
    }

    /// The folder of the snapshot.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn records_of(&self, account: &str) -> PathBuf {
        self.folder.join(format!("{account}.jsonl.zst"))
    }

    fn spool_of(&self, account: &str) -> PathBuf {
        self.work.join(format!("{account}.spool"))
    }

    fn done_of(&self, account: &str) -> PathBuf {
        self.work.join(format!("{account}.done"))
    }

    /// What was found of an account, if its work is done.
    pub(super) fn finished(&self, account: &str) -> Result<Option<Finished>, LiveError> {
        let path = self.done_of(account);
        if !self.records_of(account).exists() {
            return Ok(None);
        }
        let Some(value) = read_json(&path)? else {
            return Ok(None);
        };
        match (value["records"].as_u64(), value["gaps"].as_array()) {
            (Some(records), Some(gaps)) => Ok(Some(Finished {
                records,
                regions: texts(&value["regions"]).into_iter().collect(),
                gaps: gaps.clone(),
            })),
            _ => Err(LiveError::broken(&path)),
        }
    }

    /// The spool of an account, ready to be gone on with, and the units that are done.
    pub(super) fn spool(&self, account: &str) -> Result<Spool, LiveError> {
        let path = self.spool_of(account);
        Spool::open(&path).map_err(|error| LiveError::write(&path, &error))
    }

    /// Makes the sorted file of an account from its spool.
    pub(super) fn finish(
        &self,
        account: &str,
        spool: Spool,
        regions: &[String],
    ) -> Result<Finished, LiveError> {
        let path = spool.path.clone();
        let failed = |error| LiveError::write(&self.records_of(account), &error);
        let mut gaps = spool
            .into_gaps()
            .map_err(|error| LiveError::write(&path, &error))?;
        gaps.sort_by_cached_key(Value::to_string);
        let records = self.sort(account, &path).map_err(failed)?;
        let regions: BTreeSet<String> = regions.iter().cloned().collect();
        let value = json!({"records": records, "regions": regions, "gaps": gaps});
        self.replace(&self.done_of(account), value.to_string().as_bytes())?;
        fs::rename(self.unsorted(account), self.records_of(account)).map_err(failed)?;
        // Last, since until here everything could be made again from it.
        fs::remove_file(&path).map_err(failed)?;
        Ok(Finished {
            records,
            regions,
            gaps,
        })
    }

    fn unsorted(&self, account: &str) -> PathBuf {
        self.folder.join(format!("{account}.jsonl.zst.new"))
    }

    /// Copies the records of a spool in order, compressed. In memory is where each stands, not what it says.
    fn sort(&self, account: &str, spool: &Path) -> io::Result<u64> {
        let places = places(spool)?;
        let mut from = File::open(spool)?;
        let file = File::create(self.unsorted(account))?;
        let mut to = zstd::Encoder::new(BufWriter::with_capacity(1 << 16, file), LEVEL)?;
        to.include_checksum(true)?;
        let mut line = Vec::new();
        for Place { at, length } in places.values() {
            line.resize(*length, 0);
            from.seek(SeekFrom::Start(*at))?;
            from.read_exact(&mut line)?;
            to.write_all(&line)?;
        }
        to.finish()?
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        Ok(places.len() as u64)
    }
}

/// A file or folder beside another one, which has its name with something behind it.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Removes the folder of a run, what tells that it is one last, if nobody else has done so.
fn remove(folder: &Path) -> io::Result<()> {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return gone(Err(error)),
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            gone(fs::remove_file(path))?;
        }
    }
    gone(fs::remove_dir_all(folder))
}

fn holds_something(folder: &Path) -> io::Result<bool> {
    // A run that was killed before it had a plan.
    if folder.join(".fetch/lock").exists() {
        return Ok(false);
    }
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn read_json(path: &Path) -> Result<Option<Value>, LiveError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|_| LiveError::broken(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LiveError::write(path, &error)),
    }
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// Where the records of a spool stand that count, by type and ARN. A resource that a list named twice counts once.
fn places(spool: &Path) -> io::Result<BTreeMap<(String, String), Place>> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(spool)?);
    let mut places = BTreeMap::new();
    let mut open: BTreeMap<String, Vec<(String, Place)>> = BTreeMap::new();
    let mut at = 0;
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        match Entry::read(&line) {
            Some(Entry::Record { unit, arn, record }) => {
                let place = Place {
                    at: at + (line.len() - record) as u64,
                    length: record,
                };
                open.entry(unit.to_owned())
                    .or_default()
                    .push((arn.to_owned(), place));
            }
            Some(Entry::Again { unit }) => drop(open.remove(unit)),
            Some(Entry::Done { unit, .. }) => {
                let (_, resource_type) = unit.split_once('/').unwrap_or(("", unit));
                for (arn, place) in open.remove(unit).unwrap_or_default() {
                    places.insert((resource_type.to_owned(), arn), place);
                }
            }
            None => {}
        }
        at += line.len() as u64;
        line.clear();
    }
    Ok(places)
}

/// Where a record stands, its line break included.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: u64,
    length: usize,
}

/// A line of a spool: parts with tabs between, which neither a name of a unit, nor an ARN, nor JSON on one line has.
enum Entry<'a> {
    Record {
        unit: &'a str,
        arn: &'a str,
        record: usize,
    },
    /// The unit begins again; what it wrote so far counts for nothing.
    Again { unit: &'a str },
    Done {
        unit: &'a str,
        records: u64,
        digest: &'a str,
        gaps: &'a str,
    },
}

impl<'a> Entry<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let mut parts = line.splitn(5, '\t');
        match (
            parts.next()?,
            parts.next()?,
            parts.next(),
            parts.next(),
            parts.next(),
        ) {
            ("record", unit, Some(arn), Some(record), None) => Some(Self::Record {
                unit,
                arn,
                record: record.len() + 1,
            }),
            ("again", unit, None, None, None) => Some(Self::Again { unit }),
            ("done", unit, Some(records), Some(digest), Some(gaps)) => Some(Self::Done {
                unit,
                records: records.parse().ok()?,
                digest,
                gaps,
            }),
            _ => None,
        }
    }
}

/// The records of an account as they come.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    file: BufWriter<File>,
    open: BTreeMap<String, Tally>,
    done: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Tally {
    records: u64,
    digest: Sha256,
}

impl Tally {
    fn add(&mut self, arn: &str, record: &str) {
        self.records += 1;
        self.digest.update(arn.as_bytes());
        self.digest.update(record.as_bytes());
    }

    fn digest(self) -> String {
        self.digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl Spool {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut open, mut done, mut dirty) = (
            BTreeMap::<String, Tally>::new(),
            BTreeMap::new(),
            BTreeSet::new(),
        );
        let mut end = 0;
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            match Entry::read(&line) {
                Some(Entry::Record { unit, arn, record }) => {
                    let record = std::str::from_utf8(&line[line.len() - record..line.len() - 1])
                        .unwrap_or_default();
                    open.entry(unit.to_owned()).or_default().add(arn, record);
                    dirty.insert(unit.to_owned());
                }
                Some(Entry::Again { unit }) => {
                    open.remove(unit);
                    dirty.remove(unit);
                }
                Some(Entry::Done {
                    unit,
                    records,
                    digest,
                    gaps,
                }) => {
                    let tally = open.remove(unit).unwrap_or_default();
                    // A power cut may have kept this line and lost one before it.
                    if tally.records == records && tally.digest() == digest {
                        done.insert(unit.to_owned(), gaps.to_owned());
                        dirty.remove(unit);
                    } else {
                        dirty.insert(unit.to_owned());
                    }
                }
                None => break,
            }
            end += line.len() as u64;
            line.clear();
        }
        let mut file = reader.into_inner();
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        let mut spool = Self {
            path: path.to_owned(),
            file: BufWriter::with_capacity(1 << 16, file),
            open: BTreeMap::new(),
            done,
        };
        for unit in dirty {
            writeln!(spool.file, "again\t{unit}")?;
        }
        spool.file.flush()?;
        Ok(spool)
    }

    /// Whether a unit is done.
    pub(super) fn is_done(&self, unit: &str) -> bool {
        self.done.contains_key(unit)
    }

    /// Adds a record; `record` is one line of JSON.
    pub(super) fn add(&mut self, unit: &str, arn: &str, record: &str) -> io::Result<()> {
        debug_assert!(
            !arn.contains(['\t', '\n']) && !record.contains(['\t', '\n']),
            "a record is one line without tabs"
        );
        if !self.open.contains_key(unit) {
            self.open.insert(unit.to_owned(), Tally::default());
        }
        if let Some(tally) = self.open.get_mut(unit) {
            tally.add(arn, record);
        }
        writeln!(self.file, "record\t{unit}\t{arn}\t{record}")
    }

    /// Says that a unit is done. When this has returned, a killed run has kept it.
    pub(super) fn done(&mut self, unit: &str, gaps: &[Value]) -> io::Result<()> {
        let tally = self.open.remove(unit).unwrap_or_default();
        let (records, digest) = (tally.records, tally.digest());
        let gaps = Value::from(gaps).to_string();
        writeln!(self.file, "done\t{unit}\t{records}\t{digest}\t{gaps}")?;
        self.file.flush()?;
        self.done.insert(unit.to_owned(), gaps);
        Ok(())
    }

    fn into_gaps(mut self) -> io::Result<Vec<Value>> {
        self.file.flush()?;
        let mut all = Vec::new();
        for gaps in self.done.values() {
            match serde_json::from_str(gaps) {
                Ok(Value::Array(gaps)) => all.extend(gaps),
                _ => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "gaps that cannot be read again",
                    ));
                }
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("keyaki-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn open(folder: &Path, asked: &str) -> (Store, Option<Plan>) {
        Store::open(folder, asked)
            .expect("it is free")
            .expect("it has not ended")
    }

    fn plan() -> Plan {
        Plan {
            asked: "all".to_owned(),
            started: "then".to_owned(),
            accounts: vec!["111122223333".to_owned()],
            gaps: Vec::new(),
        }
    }

    fn queue(name: &str) -> (String, String) {
        let arn = format!("arn:aws:sqs:us-east-1:111122223333:{name}");
        let record = json!({
            "resourceArn": arn, "resourceType": "AWS::SQS::Queue", "resourceOwnerAccount": "111122223333",
            "configuration": {"sqsQueue": {}}
        });
        (arn, record.to_string())
    }

    const UNIT: &str = "us-east-1/AWS::SQS::Queue";

    #[test]
    fn a_spool_cut_anywhere_is_gone_on_with_and_ends_the_same() {
        let folder = folder("cut");
        let (store, _) = open(&folder, "all");
        store.begin(&plan(), None).expect("it can be written");
        let write = |spool: &mut Spool| {
            for unit in [UNIT, "eu-west-1/AWS::SQS::Queue"] {
                if !spool.is_done(unit) {
                    for name in ["b", "a"] {
                        let (arn, record) = queue(&format!("{name}{}", &unit[..2]));
                        spool.add(unit, &arn, &record).expect("it can be written");
                    }
                    spool
                        .done(unit, &[json!({"service": "sqs"})])
                        .expect("it can be written");
                }
            }
        };
        let mut spool = store.spool("111122223333").expect("it can be opened");
        write(&mut spool);
        drop(spool);
        let path = store.spool_of("111122223333");
        let whole = fs::read(&path).expect("it was written");
        let mut results = BTreeSet::new();
        for end in (0..=whole.len()).rev() {
            fs::write(&path, &whole[..end]).expect("it can be written");
            let mut spool = store.spool("111122223333").expect("it can be opened");
            write(&mut spool);
            let finished = store
                .finish("111122223333", spool, &[])
                .expect("it can be finished");
            assert_eq!(
                (finished.records, finished.gaps.len()),
                (4, 2),
                "cut at {end}"
            );
            results.insert(fs::read(store.records_of("111122223333")).expect("it was written"));
        }
        assert_eq!(results.len(), 1);
        store.end().expect("it can be removed");
        let snapshot = Snapshot::open(&folder).expect("it is a snapshot");
        let arns: Vec<String> = snapshot
            .resources
            .records()
            .map(|record| record.expect("it is a record").arn)
            .collect();
        let name = |arn: &String| arn.rsplit(':').next().map(str::to_owned);
        assert_eq!(
            arns.iter().filter_map(name).collect::<Vec<_>>(),
            ["aeu", "aus", "beu", "bus"]
        );
        let _ = fs::remove_dir_all(&folder);
    }

    #[test]
    fn one_file_holds_what_the_folder_held_whenever_packing_stopped() {
        let folder = folder("packed");
        fs::create_dir_all(&folder).expect("it can be made");
        let file = folder.join("all.jsonl.zst");
        let manifest = json!({"schemaVersion": 1, "collectedAt": "2026-11-30T00:00:00Z", "records": 2, "gaps": [
            {"service": "kms", "operation": "ListKeys", "account": "111122223333", "region": "eu-central-1", "error": "AccessDenied"}]});
        let organization = r#"{"schemaVersion":1,"id":"o-1","roots":[{"id":"r-1"}],"accounts":[{"id":"111122223333","unit":"r-1"}]}"#;
        let (store, none) = open(&file, "all");
        assert_eq!(none, None);
        store
            .begin(&plan(), Some(organization))
            .expect("it can be written");
        let mut spool = store.spool("111122223333").expect("it can be opened");
        for name in ["b", "a"] {
            let (arn, record) = queue(name);
            spool.add(UNIT, &arn, &record).expect("it can be written");
        }
        spool.done(UNIT, &[]).expect("it can be written");
        store
            .finish("111122223333", spool, &[])
            .expect("it can be finished");
        store.write_manifest(&manifest).expect("it can be written");

        // Stopped before, within and after the move: the run goes on and ends the same.
        fs::write(beside(&file, ".new"), "half").expect("it can be written");
        drop(store);
        assert!(!file.exists());
        let (store, known) = open(&file, "all");
        assert_eq!(known, Some(plan()));
        store.pack(&file).expect("it can be packed");
        let bytes = fs::read(&file).expect("it was written");
        drop(store);
        assert!(matches!(Store::open(&file, "all"), Ok(None)));
        assert!(!beside(&file, ".part").exists());
        assert!(matches!(
            Store::open(&file, "all"),
            Err(LiveError::Occupied { .. })
        ));
        assert_eq!(fs::read(&file).expect("it is there"), bytes);

        let snapshot = Snapshot::open(&file).expect("it is a snapshot");
        assert_eq!(snapshot.manifest.gaps.len(), 1);
        assert_eq!(snapshot.manifest.records, Some(2));
        assert_ne!(
            snapshot.organization,
            keyaki_engine::resource::Organization::default()
        );
        let arns: Vec<String> = snapshot
            .resources
            .records()
            .map(|record| record.expect("it is a record").arn)
            .collect();
        assert_eq!(arns.len(), 2);
        assert!(arns[0].ends_with(":a") && arns[1].ends_with(":b"));

        // Cut anywhere it is no whole snapshot.
        for end in 1..bytes.len() {
            fs::write(&file, &bytes[..end]).expect("it can be written");
            let whole = Snapshot::open(&file).is_ok_and(|snapshot| {
                snapshot.manifest.records == Some(2)
                    && snapshot.resources.records().all(|record| record.is_ok())
            });
            assert!(!whole, "cut at {end}");
        }
        let _ = fs::remove_dir_all(&folder);
    }

    #[test]
    fn a_line_that_was_lost_before_the_end_of_its_unit_is_noticed() {
        let folder = folder("lost");
        let (store, _) = open(&folder, "all");
        let mut spool = store.spool("111122223333").expect("it can be opened");
        let (arn, record) = queue("a");
        spool.add(UNIT, &arn, &record).expect("it can be written");
        spool.done(UNIT, &[]).expect("it can be written");
        let path = store.spool_of("111122223333");
        let text = fs::read_to_string(&path).expect("it was written");
        assert!(
            store
                .spool("111122223333")
                .expect("it can be opened")
                .is_done(UNIT)
        );
        fs::write(&path, text.replace("2222", "3333")).expect("it can be written");
        assert!(
            !store
                .spool("111122223333")
                .expect("it can be opened")
                .is_done(UNIT)
        );
        let _ = fs::remove_dir_all(&folder);
    }

    #[test]
    fn a_folder_serves_one_run_at_a_time_and_one_plan() {
        let folder = folder("lock");
        let (store, none) = open(&folder, "all");
        assert_eq!(none, None);
        assert!(matches!(
            Store::open(&folder, "all"),
            Err(LiveError::Locked { .. })
        ));
        store.begin(&plan(), None).expect("it can be written");
        drop(store);
        assert!(matches!(
            Store::open(&folder, "else"),
            Err(LiveError::OtherPlan { .. })
        ));
        let (store, known) = open(&folder, "all");
        assert_eq!(known, Some(plan()));
        store.write_manifest(&json!({})).expect("it can be written");
        store.end().expect("it can be removed");
        assert!(matches!(
            Store::open(&folder, "all"),
            Err(LiveError::Occupied { .. })
        ));
        // Killed while it cleared away.
        fs::create_dir(folder.join(".fetch-ended")).expect("it can be made");
        assert!(matches!(Store::open(&folder, "all"), Ok(None)));
        assert!(!folder.join(".fetch-ended").exists());
        let _ = fs::remove_dir_all(&folder);
    }
}
