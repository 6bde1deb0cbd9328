//! Files compressed by zstd, read frame by frame.
//!
//! Reading is done in Rust alone, so that a build without the collector needs no C compiler. The collector, which needs one
//! for the SDK's cryptography anyway, writes with the original library: two hands, each checking the other in the tests.
//!
//! A snapshot in one file has its organization and its manifest in *notes*: frames at its beginning that other programs skip
//! (RFC 8878, section 3.1.2), so that `zstd -d` gives the records and nothing else. A note is a line that names it and a
//! frame with what it says.

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Whether a file's name says that it is compressed.
pub(super) fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "zst")
}

/// What several frames hold, one after the other. A checksum that does not fit is an error, like a file that breaks off.
pub(super) struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            inside: false,
        }
    }

    /// Goes into the next frame; false at the end of the file.
    fn enter(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                // A frame that other programs keep notes in.
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.source).take(length.into());
                    if io::copy(&mut skipped, &mut io::sink())? < length.into() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(damaged(error)),
            }
        }
        Ok(false)
    }

    fn leave(&mut self) -> io::Result<()> {
        self.inside = false;
        let (said, found) = (
            self.decoder.get_checksum_from_data(),
            self.decoder.get_calculated_checksum(),
        );
        match (said, found) {
            (Some(said), Some(found)) if said != found => {
                Err(damaged("its checksum is not that of what it holds"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside && !self.enter()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let some = BlockDecodingStrategy::UptoBytes(1 << 16);
                self.decoder
                    .decode_blocks(&mut self.source, some)
                    .map_err(damaged)?;
            }
            match self.decoder.read(buffer)? {
                0 if !buffer.is_empty() => self.leave()?,
                read => return Ok(read),
            }
        }
    }
}

/// How the first line of a note begins; the name of what it says follows.
pub(crate) const NOTE: &str = "keyaki: ";

/// The number that a note's frame begins with.
pub(crate) const NOTE_MAGIC: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();

/// How long all notes may be together, packed and unpacked.
const LONGEST_NOTES: u64 = 256 << 20;

/// The notes at the beginning of a file, by name; those of other programs are passed over.
pub(super) fn notes(path: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut source = BufReader::with_capacity(1 << 16, File::open(path)?);
    let (mut notes, mut left) = (BTreeMap::new(), LONGEST_NOTES);
    loop {
        let mut head = [0; 8];
        match source.read_exact(&mut head) {
            Ok(()) if head[..4] == NOTE_MAGIC => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            // Records, or the end.
            _ => return Ok(notes),
        }
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]).into();
        let too_long = || damaged("what stands before its records is too long");
        left = left.checked_sub(length).ok_or_else(too_long)?;
        let mut note = Vec::new();
        if (&mut source).take(length).read_to_end(&mut note)? < length as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some(end) = note
            .iter()
            .position(|byte| *byte == b'\n')
            .filter(|_| note.starts_with(NOTE.as_bytes()))
        else {
            continue;
        };
        let name = String::from_utf8_lossy(&note[NOTE.len()..end]).into_owned();
        let mut said = Vec::new();
        Frames::new(&note[end + 1..])
            .take(left + 1)
            .read_to_end(&mut said)?;
        left = left.checked_sub(said.len() as u64).ok_or_else(too_long)?;
        notes.insert(name, said);
    }
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn packed(text: &str) -> Vec<u8> {
        compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        Frames::new(bytes).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn frames_are_read_one_after_the_other_and_notes_skipped() {
        let note = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let bytes = [packed("one\n"), note, packed(""), packed("two\n")].concat();
        assert_eq!(read(&bytes).expect("it is whole"), "one\ntwo\n");
        assert_eq!(read(&[]).expect("nothing is no error"), "");
    }

    #[test]
    fn what_breaks_off_is_an_error() {
        let text = "a line\n".repeat(1000);
        let bytes = packed(&text);
        for end in 1..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
    }
}
