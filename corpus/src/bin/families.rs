//! Writes families of hard questions as batch lines; see `--help`.

use keyaki_corpus::families::{ALL, Family};
use keyaki_corpus::full;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

const HELP: &str = "\
Writes hard questions as lines for `keyaki batch`. The id of a line is FAMILY/SIZE/NAME/VERDICT,
so its last part is the answer that is right. The same options give the same bytes on any machine.

usage: families [FAMILY]... [--size N] [--seed N] [--curve] [--full] [--list]

  FAMILY      a number such as F1 or a name such as interleaved-stars; all if none is named
  --size N    instead of each family's usual size
  --seed N    what is drawn (1)
  --curve     sizes 2, 4, 8, … up to the usual one, and beyond it for exponential families
  --full      instead of families: documents at the service's size limits; --size says how many of a kind
  --list      families, their usual sizes, and what the sizes count
  --help      this text

examples:
  families | keyaki batch
  families pigeons --curve | keyaki batch --timing
";

fn main() -> ExitCode {
    let done = Command::read(std::env::args().skip(1)).and_then(|command| {
        let mut out = BufWriter::new(io::stdout().lock());
        command
            .run(&mut out)
            .and_then(|()| out.flush())
            .or_else(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Ok(()),
                _ => Err(format!("cannot write: {error}")),
            })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nobody is left to be told if standard error is closed too.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::from(2)
        }
    }
}

/// What the command line asks for.
#[derive(Debug)]
enum Command {
    Help,
    List,
    Full {
        documents: u32,
        seed: u64,
    },
    Write {
        families: Vec<&'static Family>,
        sizes: Sizes,
        seed: u64,
    },
}

/// Which sizes of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sizes {
    Usual,
    Curve,
    One(u32),
}

impl Command {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut families, mut sizes, mut seed) = (Vec::new(), Sizes::Usual, 1);
        let mut full = false;
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| {
                        format!("`{argument}` needs a number\nhint: see `families --help`")
                    })
            };
            match argument.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--list" => return Ok(Self::List),
                "--full" => full = true,
                "--curve" => sizes = Sizes::Curve,
                "--seed" => seed = value()?,
                "--size" => {
                    let size = value()?;
                    sizes = Sizes::One(u32::try_from(size).map_err(|_| {
                        format!("`{size}` is too large a size\nhint: see `families --list`")
                    })?);
                }
                name => families.push(
                    ALL.iter()
                        .find(|family| {
                            family.name == name || family.number.eq_ignore_ascii_case(name)
                        })
                        .ok_or_else(|| {
                            format!("unknown family `{name}`\nhint: see `families --list`")
                        })?,
                ),
            }
        }
        if full {
            let documents = match sizes {
                Sizes::One(documents) => documents,
                Sizes::Usual | Sizes::Curve => 3,
            };
            return Ok(Self::Full { documents, seed });
        }
        if families.is_empty() {
            families = ALL.iter().collect();
        }
        Ok(Self::Write {
            families,
            sizes,
            seed,
        })
    }

    fn run(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Help => out.write_all(HELP.as_bytes()),
            Self::List => ALL.iter().try_for_each(|family| {
                let Family {
                    number,
                    name,
                    size,
                    counts,
                    ..
                } = family;
                writeln!(out, "{number:<4}{name:<20}{size:>5}  {counts}")
            }),
            Self::Full { documents, seed } => {
                (*seed..*seed + u64::from(*documents)).try_for_each(|seed| {
                    let prefix = format!("full/{seed}");
                    full::KINDS
                        .iter()
                        .flat_map(|kind| kind.questions(seed))
                        .chain([full::layers(seed)])
                        .try_for_each(|question| writeln!(out, "{}", question.line_under(&prefix)))
                })
            }
            Self::Write {
                families,
                sizes,
                seed,
            } => families.iter().try_for_each(|family| {
                let sizes = match sizes {
                    Sizes::Usual => vec![family.size],
                    Sizes::Curve => family.curve(),
                    Sizes::One(size) => vec![(*size).clamp(1, family.most)],
                };
                sizes.iter().try_for_each(|size| {
                    family
                        .questions(*size, *seed)
                        .iter()
                        .try_for_each(|question| writeln!(out, "{}", question.line(family, *size)))
                })
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &str) -> Result<String, String> {
        let command = Command::read(line.split_whitespace().map(str::to_owned))?;
        let mut out = Vec::new();
        command.run(&mut out).expect("memory takes it");
        Ok(String::from_utf8(out).expect("lines are UTF-8"))
    }

    #[test]
    fn families_are_found_by_number_and_name() {
        let by_number = written("f9 --size 3").expect("a family");
        assert_eq!(Ok(&by_number), written("word-ends --size 3").as_ref());
        assert!(
            by_number
                .lines()
                .all(|line| line.starts_with("{\"id\":\"F9/3/"))
        );
    }

    #[test]
    fn a_curve_ends_in_the_usual_size_or_beyond() {
        let curve = written("pigeons --curve").expect("a family");
        assert!(curve.contains("\"F11/2/") && curve.contains("\"F11/8/"));
    }

    #[test]
    fn errors_teach() {
        for line in ["nonsense", "--size", "--seed x", "--size 5000000000"] {
            let error = written(line).expect_err(line);
            assert!(error.contains("\nhint: "), "{error}");
        }
    }
}
