//! Snapshots: what was collected from AWS, as files.
//!
//! A snapshot is a folder with `organization.json`, `manifest.json` and any number of `*.jsonl` files of
//! resources, or `*.jsonl.zst` where they are compressed, which are read in the order of their names. A single `.jsonl` file, a stream, or bytes in
//! memory serve as well; there is then no organization beside them unless it is given. A single `.jsonl.zst` file that was
//! collected holds its organization and manifest itself.
//!
//! Resources stream: [`Lines`] hands out one raw line after the other, and [`Line::parse`] reads one,
//! on any thread. The organization is read at once, since each resource may ask for its account.

pub(crate) mod compressed;
mod configuration;
mod fields;
mod lines;
mod manifest;
mod not_analysed;
mod organization;
mod record;
pub mod schema;

pub use configuration::{type_name, type_names};
pub use lines::{LONGEST_LINE, Line, Lines, Origin, Place, Records, Spot};
pub use manifest::{Gap, Manifest};
pub use not_analysed::NotAnalysed;
pub use organization::read_organization;
pub(crate) use record::Subject;
pub use record::{RecordError, parse_record};

use crate::file::{self, Options, Side};
use keyaki_engine::resource::Organization;
use keyaki_language::{DocumentError, json};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

/// The schema version of all snapshot formats.
pub const SCHEMA_VERSION: u32 = 1;

/// What was collected, and what could not be read.
pub(crate) const MANIFEST: &str = "manifest.json";

/// Accounts, units and control policies.
pub(crate) const ORGANIZATION: &str = "organization.json";

/// A snapshot, its resources not read yet.
#[derive(Debug)]
pub struct Snapshot<'a> {
    /// What `organization.json` says; empty where there is none.
    pub organization: Organization,
    /// What `manifest.json` says; empty where there is none.
    pub manifest: Manifest,
    /// The resources, one a line.
    pub resources: Lines<'a>,
    /// The policies that were found in a file that is no snapshot, whatever became of them; none where the file streams.
    pub policies: Vec<file::Found>,
}

/// A snapshot that cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} in `{file}`")]
pub struct SnapshotError {
    file: String,
    message: String,
    document: Option<Box<DocumentError>>,
    hint: Option<String>,
}

impl SnapshotError {
    /// The file or folder.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What is wrong inside the document, where a document was read.
    pub fn document(&self) -> Option<&DocumentError> {
        self.document.as_deref()
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn new(path: &Path, message: impl Into<String>) -> Self {
        Self {
            file: path.display().to_string(),
            message: message.into(),
            document: None,
            hint: None,
        }
    }

    pub(crate) fn in_document(file: impl Into<String>, error: DocumentError) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self {
            file: file.into(),
            message: error.to_string(),
            document: Some(Box::new(error)),
            hint,
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Snapshot<'static> {
    /// Opens a snapshot: a folder, a file, or `-` for standard input. Whatever else `crate::file` knows is made into one.
    ///
    /// The organization and the manifest are read; the files of resources are opened one by one later.
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        Self::open_with(path, &Options::default())
    }

    /// The same, with what a file does not say by itself.
    pub fn open_with(path: &Path, options: &Options) -> Result<Self, SnapshotError> {
        if path.as_os_str() == "-" {
            let stdin = BufReader::with_capacity(1 << 17, std::io::stdin());
            return Self::from_reader("standard input", stdin, options);
        }
        let metadata = fs::metadata(path).map_err(|error| {
            SnapshotError::new(path, format!("cannot read the snapshot: {error}")).with_hint(
                "give a folder with `resources.jsonl`, a `.jsonl` file, or `-` for standard input",
            )
        })?;
        if metadata.is_dir() && holds_records(path) {
            return Self::open_folder(path);
        }
        if has_compressed_records(path) {
            return Self::open_packed(path);
        }
        file::open(path, options)
    }

    /// Whether a file says what stands before the change that it describes. This reads it.
    pub fn says_before(path: &Path) -> bool {
        path.as_os_str() != "-" && path.is_file() && file::has_before(path)
    }

    /// What stands before the change that a file describes, where it says that: a Terraform plan does.
    pub fn open_before(path: &Path, options: &Options) -> Result<Option<Self>, SnapshotError> {
        if !Self::says_before(path) {
            return Ok(None);
        }
        let options = Options {
            side: Side::Before,
            ..options.clone()
        };
        file::open(path, &options).map(Some)
    }

    /// A snapshot in one file: organization and manifest stand before the records, if at all.
    fn open_packed(path: &Path) -> Result<Self, SnapshotError> {
        let notes = compressed::notes(path)
            .map_err(|error| SnapshotError::new(path, format!("cannot read: {error}")))?;
        let file = |name: &str| format!("{}, {name}", path.display());
        let manifest = match notes.get(MANIFEST) {
            Some(text) => read_with(&file(MANIFEST), text, manifest::read)?,
            None => Manifest::default(),
        };
        let organization = match notes.get(ORGANIZATION) {
            Some(text) => read_with(&file(ORGANIZATION), text, read_organization)?,
            None => Organization::default(),
        };
        let resources = Lines::from_files(vec![path.to_owned()]).expecting(manifest.records);
        Ok(Self {
            organization,
            manifest,
            resources,
            policies: Vec::new(),
        })
    }

    fn open_folder(folder: &Path) -> Result<Self, SnapshotError> {
        let unreadable =
            |error| SnapshotError::new(folder, format!("cannot list the folder: {error}"));
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if has_records(&path) && path.is_file() {
                files.push(path);
            }
        }
        if files.is_empty() {
            return Err(SnapshotError::new(folder, "no `.jsonl` file of resources")
                .with_hint("a snapshot is a folder with `resources.jsonl`, `organization.json` and `manifest.json`"));
        }
        files.sort();

        let manifest = match read_if_present(&folder.join(MANIFEST))? {
            Some((file, text)) => read_with(&file, &text, manifest::read)?,
            None => Manifest::default(),
        };
        let organization = match read_if_present(&folder.join(ORGANIZATION))? {
            Some((file, text)) => read_with(&file, &text, read_organization)?,
            None => Organization::default(),
        };
        let resources = Lines::from_files(files).expecting(manifest.records);
        Ok(Self {
            organization,
            manifest,
            resources,
            policies: Vec::new(),
        })
    }
}

impl<'a> Snapshot<'a> {
    /// A snapshot in memory: the texts of `resources.jsonl`, `organization.json` and `manifest.json`.
    pub fn from_memory(
        resources: impl AsRef<[u8]> + Send + 'a,
        organization: Option<&str>,
        manifest: Option<&str>,
    ) -> Result<Self, SnapshotError> {
        let organization = match organization {
            Some(text) => read_with("organization.json", text.as_bytes(), read_organization)?,
            None => Organization::default(),
        };
        let manifest = match manifest {
            Some(text) => read_with("manifest.json", text.as_bytes(), manifest::read)?,
            None => Manifest::default(),
        };
        let resources = Lines::from_reader("resources.jsonl", std::io::Cursor::new(resources))
            .expecting(manifest.records);
        Ok(Self {
            organization,
            manifest,
            resources,
            policies: Vec::new(),
        })
    }

    /// A stream of any kind, such as standard input; `name` is what errors call it.
    pub fn from_reader(
        name: &str,
        reader: impl BufRead + Send + 'a,
        options: &Options,
    ) -> Result<Self, SnapshotError> {
        file::from_reader(name, reader, options)
    }

    /// The same, and what a plan says of the time before it, which cannot be read from a stream a second time.
    ///
    /// # Errors
    ///
    /// Those of [`Snapshot::from_reader`].
    pub fn both_from_reader(
        name: &str,
        reader: impl BufRead + Send + 'a,
        options: &Options,
    ) -> Result<(Self, Option<Self>), SnapshotError> {
        file::both_from_reader(name, reader, options)
    }

    /// A stream of records alone.
    pub fn from_records(name: &str, reader: impl BufRead + Send + 'a) -> Self {
        Self {
            organization: Organization::default(),
            manifest: Manifest::default(),
            resources: Lines::from_reader(name, reader),
            policies: Vec::new(),
        }
    }
}

/// Whether a folder holds files of records.
fn holds_records(folder: &Path) -> bool {
    let own = [MANIFEST, ORGANIZATION]
        .iter()
        .any(|name| folder.join(name).is_file());
    own || fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| has_records(&entry.path())))
    })
}

/// Whether a file's name says that it holds records, compressed or not.
fn has_records(path: &Path) -> bool {
    let is_plain = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "jsonl")
    };
    is_plain(path) || has_compressed_records(path)
}

pub(crate) fn has_compressed_records(path: &Path) -> bool {
    compressed::is_compressed(path)
        && path.file_stem().is_some_and(|stem| {
            Path::new(stem)
                .extension()
                .is_some_and(|extension| extension == "jsonl")
        })
}

fn read_if_present(path: &Path) -> Result<Option<(String, Vec<u8>)>, SnapshotError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some((path.display().to_string(), bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SnapshotError::new(path, format!("cannot read: {error}"))),
    }
}

fn read_with<T>(
    file: &str,
    bytes: &[u8],
    read: impl FnOnce(&json::Json) -> Result<T, DocumentError>,
) -> Result<T, SnapshotError> {
    json::parse_bytes(bytes)
        .and_then(|document| read(&document))
        .map_err(|error| SnapshotError::in_document(file, error))
}
