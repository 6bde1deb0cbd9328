//! Writes a generated organization into a folder; see `--help`.

use keyaki_corpus::generate::Options;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Writes a snapshot of an invented organization: organization.json, manifest.json, resources.jsonl.
The same options give the same bytes on any machine.

usage: generate [--accounts N] [--resources N] [--seed N] --out DIR

  --accounts N    accounts of the organization, 1 to 50000 (100)
  --resources N   resources, one a line (10000)
  --seed N        what is drawn (1)
  --out DIR       folder to write to; it is made if it is missing
  --help          this text

examples:
  generate --out snapshot
  generate --accounts 1000 --resources 1000000 --seed 1 --out large
";

fn main() -> ExitCode {
    let done = match Command::read(std::env::args().skip(1)) {
        Ok(Command::Help) => io::stdout()
            .write_all(HELP.as_bytes())
            .map_err(|error| error.to_string()),
        Ok(Command::Generate(options, folder)) => write(&options, &folder),
        Err(message) => Err(message),
    };
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
#[derive(Debug, PartialEq)]
enum Command {
    Help,
    Generate(Options, PathBuf),
}

impl Command {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut accounts, mut resources, mut seed, mut folder) = (100, 10_000, 1, None);
        while let Some(argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            let mut value = || {
                value.clone().or_else(|| arguments.next()).ok_or_else(|| {
                    format!("`{name}` needs a value\nhint: see `generate --help` for examples")
                })
            };
            match name.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--accounts" => accounts = number(&name, &value()?)?,
                "--resources" => resources = number(&name, &value()?)?,
                "--seed" => seed = number(&name, &value()?)?,
                "--out" => folder = Some(PathBuf::from(value()?)),
                _ => {
                    return Err(format!(
                        "unknown argument `{name}`\nhint: see `generate --help`"
                    ));
                }
            }
        }
        let folder = folder
            .ok_or("no folder to write to\nhint: add `--out DIR`, such as `--out snapshot`")?;
        Ok(Self::Generate(
            Options::new(accounts, resources, seed)?,
            folder,
        ))
    }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    let plain = text.replace('_', "");
    plain.parse().map_err(|_| {
        format!(
            "`{text}` is no number that `{name}` takes\nhint: write digits, such as `{name} 1000`"
        )
    })
}

fn write(options: &Options, folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder)
        .map_err(|error| format!("cannot make the folder `{}`: {error}", folder.display()))?;
    let file = |name: &str, write: &dyn Fn(&mut BufWriter<File>) -> io::Result<()>| {
        let path = folder.join(name);
        File::create(&path)
            .and_then(|file| {
                let mut out = BufWriter::with_capacity(1 << 16, file);
                write(&mut out)?;
                out.flush()
            })
            .map_err(|error| format!("cannot write `{}`: {error}", path.display()))
    };
    file("organization.json", &|out| options.write_organization(out))?;
    file("resources.jsonl", &|out| options.write_resources(out))?;
    // Last, so that a folder with a manifest is a complete one.
    file("manifest.json", &|out| options.write_manifest(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        Command::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn both_ways_to_give_a_value_are_read() {
        let expected =
            Options::new(3, 1_000, 7).map(|options| Command::Generate(options, "d".into()));
        assert_eq!(
            read("--accounts 3 --resources=1_000 --seed 7 --out d"),
            expected
        );
        assert_eq!(read("--accounts 3 --help"), Ok(Command::Help));
    }

    #[test]
    fn errors_teach() {
        for (line, message) in [
            ("", "no folder to write to"),
            ("--out", "`--out` needs a value"),
            (
                "--accounts x --out d",
                "`x` is no number that `--accounts` takes",
            ),
            ("--accounts 0 --out d", "`0` accounts are out of range"),
            ("--many 3", "unknown argument `--many`"),
        ] {
            let error = read(line).expect_err(line);
            assert!(
                error.starts_with(message) && error.contains("\nhint: "),
                "{error}"
            );
        }
    }
}
