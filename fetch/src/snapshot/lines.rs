//! Raw lines of a snapshot, one at a time, from one file after the other.
//!
//! Reading and understanding are apart, so that one thread can read and many can understand. A line
//! knows its place, and whether the file went on behind it: a record that breaks off in the last line is
//! a file that was cut off, which is worth saying plainly. Records that were made from other files
//! (`crate::file`) come the same way, and know the address of what they were made from.

use super::compressed::{Frames, is_compressed};
use super::record::{RecordError, parse_bytes};
use keyaki_engine::resource::Resource;
use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Arc;

/// How many bytes a line may have: 16 MiB.
pub const LONGEST_LINE: usize = 16 << 20;

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Where something stands in a file that is no snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// What the file calls it: a Terraform address, a logical id; empty where it has no name.
    pub address: String,
    /// The line, from 1; 0 where it is not known.
    pub line: u64,
}

/// What a record was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The resource's address in the file; empty where it has none.
    pub address: String,
    /// Which of the readings of a template this is, such as `if IsProd`; empty where there is one.
    pub reading: String,
    /// What public access hangs on beside what is analysed, since the file does not say it; empty where it hangs on nothing.
    pub caveat: String,
    /// Where each document and its statements stand, under the names that findings use (`policy`, `acl`, an access point's ARN).
    pub documents: Vec<(String, Spot, Vec<Spot>)>,
}

/// One line that has been read but not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub place: Place,
    bytes: Vec<u8>,
    ended: bool,
    origin: Option<Arc<Origin>>,
    form: Form,
}

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A record of a snapshot.
    Record,
    /// An item of AWS Config, made a record when its turn comes.
    ConfigurationItem,
}

impl Line {
    /// A record that was made from a file.
    pub(crate) fn made(place: Place, bytes: Vec<u8>, origin: Origin) -> Self {
        Self {
            place,
            bytes,
            ended: true,
            origin: Some(Arc::new(origin)),
            form: Form::Record,
        }
    }

    /// An item of AWS Config.
    pub(crate) fn configuration_item(place: Place, bytes: Vec<u8>) -> Self {
        Self {
            place,
            bytes,
            ended: true,
            origin: None,
            form: Form::ConfigurationItem,
        }
    }

    /// Whether it holds a record already.
    pub fn is_record(&self) -> bool {
        self.form == Form::Record
    }

    /// The line as records of a snapshot: itself, or made from what it holds. None where it is about nothing that can grant access.
    /// This is work for many threads.
    pub fn into_records(self) -> Vec<Result<Self, RecordError>> {
        match self.form {
            Form::Record => vec![Ok(self)],
            Form::ConfigurationItem => crate::file::configuration_item(&self.place, &self.bytes),
        }
    }

    /// Its bytes, without the line break.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it was made from, if it is not a snapshot's own.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    /// Where a statement of one of its documents stands, or the document, or the resource: whatever is known.
    pub fn spot(&self, document: &str, statement: Option<usize>) -> Spot {
        let resource = || Spot {
            address: self
                .origin
                .as_ref()
                .map_or_else(String::new, |origin| origin.address.clone()),
            line: self.place.line,
        };
        let Some((_, whole, statements)) = self
            .origin
            .iter()
            .flat_map(|origin| &origin.documents)
            .find(|(name, ..)| name == document)
        else {
            return resource();
        };
        statement
            .and_then(|index| statements.get(index))
            .unwrap_or(whole)
            .clone()
    }

    /// Reads the record. The error names this place.
    pub fn parse(&self) -> Result<Resource, RecordError> {
        parse_bytes(&self.bytes).map_err(|error| {
            let error = error.standing_at(self.place.clone());
            match &self.origin {
                Some(origin) => error.of(&origin.address),
                None if self.ended => error,
                None => error.of_last_line(),
            }
        })
    }
}

/// The lines of a snapshot that are not blank; an error is a line that could not be handed out.
///
/// After an error it goes on with the next line, or the next file if the file cannot be read further.
pub struct Lines<'a> {
    waiting: VecDeque<PathBuf>,
    current: Option<Current<'a>>,
    longest: usize,
    handed_out: u64,
    expected: Option<u64>,
    made: Option<Box<dyn Iterator<Item = Result<Line, RecordError>> + Send + 'a>>,
}

struct Current<'a> {
    reader: Box<dyn BufRead + Send + 'a>,
    place: Place,
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.current.as_ref().map(|current| &current.place);
        f.debug_struct("Lines")
            .field("at", &place)
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl<'a> Lines<'a> {
    /// The lines of files, in the order given. They are opened when their turn comes.
    pub fn from_files(files: Vec<PathBuf>) -> Self {
        Self {
            waiting: files.into(),
            current: None,
            longest: LONGEST_LINE,
            handed_out: 0,
            expected: None,
            made: None,
        }
    }

    /// The lines of a reader, which errors call `name`.
    pub fn from_reader(name: &str, reader: impl BufRead + Send + 'a) -> Self {
        let current = Current {
            reader: Box::new(reader),
            place: Place {
                file: name.into(),
                line: 0,
            },
        };
        Self {
            current: Some(current),
            ..Self::from_files(Vec::new())
        }
    }

    /// Lines that are made from something else.
    pub(crate) fn from_made(
        made: impl Iterator<Item = Result<Line, RecordError>> + Send + 'a,
    ) -> Self {
        Self {
            made: Some(Box::new(made)),
            ..Self::from_files(Vec::new())
        }
    }

    /// Says how many lines there must be; another number is an error at the end.
    #[must_use]
    pub fn expecting(mut self, records: Option<u64>) -> Self {
        self.expected = records;
        self
    }

    /// Sets how many bytes a line may have, in place of [`LONGEST_LINE`].
    #[must_use]
    pub fn with_longest_line(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// Reads each line as a record.
    pub fn records(self) -> Records<'a> {
        Records(self, VecDeque::new())
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<Line, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(made) = &mut self.made {
            return made.next();
        }
        loop {
            let Some(current) = &mut self.current else {
                let Some(path) = self.waiting.pop_front() else {
                    return self.check_count().map(Err);
                };
                match File::open(&path) {
                    Ok(file) => {
                        let place = Place {
                            file: path.display().to_string().into(),
                            line: 0,
                        };
                        let file = BufReader::with_capacity(1 << 16, file);
                        let reader: Box<dyn BufRead + Send> = if is_compressed(&path) {
                            Box::new(BufReader::with_capacity(1 << 16, Frames::new(file)))
                        } else {
                            Box::new(file)
                        };
                        self.current = Some(Current { reader, place });
                    }
                    Err(error) => {
                        let place = Place {
                            file: path.display().to_string().into(),
                            line: 0,
                        };
                        return Some(Err(RecordError::unreadable(&error).standing_at(place)));
                    }
                }
                continue;
            };

            current.place.line += 1;
            match read_line(&mut *current.reader, self.longest) {
                Ok(Read::Nothing) => self.current = None,
                Ok(Read::TooLong) => {
                    self.handed_out += 1;
                    return Some(Err(
                        RecordError::too_long(self.longest).standing_at(current.place.clone())
                    ));
                }
                Ok(Read::Line { bytes, .. }) if bytes.trim_ascii().is_empty() => {}
                Ok(Read::Line { bytes, ended }) => {
                    self.handed_out += 1;
                    return Some(Ok(Line {
                        place: current.place.clone(),
                        bytes,
                        ended,
                        origin: None,
                        form: Form::Record,
                    }));
                }
                Err(error) => {
                    let place = current.place.clone();
                    self.current = None;
                    return Some(Err(RecordError::unreadable(&error).standing_at(place)));
                }
            }
        }
    }
}

impl Lines<'_> {
    fn check_count(&mut self) -> Option<RecordError> {
        let expected = self.expected.take()?;
        (expected != self.handed_out).then(|| {
            let place = Place {
                file: "manifest.json".into(),
                line: 0,
            };
            RecordError::miscounted(expected, self.handed_out).standing_at(place)
        })
    }
}

/// The records of a snapshot, in order. See [`Lines::records`].
#[derive(Debug)]
pub struct Records<'a>(Lines<'a>, VecDeque<Result<Line, RecordError>>);

impl Iterator for Records<'_> {
    type Item = Result<Resource, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(made) = self.1.pop_front() {
                return Some(made.and_then(|line| line.parse()));
            }
            match self.0.next()? {
                Err(error) => return Some(Err(error)),
                Ok(line) => self.1.extend(line.into_records()),
            }
        }
    }
}

enum Read {
    Line { bytes: Vec<u8>, ended: bool },
    TooLong,
    Nothing,
}

/// Reads up to the next line break. Of a line that is too long only its first part is ever held.
fn read_line(reader: &mut dyn BufRead, longest: usize) -> io::Result<Read> {
    let mut bytes = Vec::new();
    let mut too_long = false;
    loop {
        let chunk = match reader.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = memchr::memchr(b'\n', chunk);
        let taken = &chunk[..end.unwrap_or(chunk.len())];
        let nothing_left = chunk.is_empty();
        too_long |= bytes.len() + taken.len() > longest;
        if too_long {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(taken);
        }
        let consumed = taken.len() + usize::from(end.is_some());
        reader.consume(consumed);
        if end.is_none() && !nothing_left {
            continue;
        }
        return Ok(match (too_long, nothing_left && bytes.is_empty()) {
            (true, _) => Read::TooLong,
            (false, true) => Read::Nothing,
            (false, false) => {
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
                Read::Line {
                    bytes,
                    ended: end.is_some(),
                }
            }
        });
    }
}
