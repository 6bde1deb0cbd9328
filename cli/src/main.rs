//! The `keyaki` command.
//!
//! Answers go to standard output and everything else to standard error. The exit status is the answer
//! for programs: 2 if the work could not be done, else 1 if something was found, else 3 if something is
//! undecided or was not analysed, else 0. A closed pipe ends the run quietly with 0.
//!
//! | to see… | open |
//! |---|---|
//! | what can be said on the command line | [`args`] |
//! | the wire format of questions and answers | [`batch`] |
//! | how a snapshot is scanned and reported | [`scan`] |
//! | collecting, and how far it is | [`fetch`] |
//! | one question at a time | [`check`], [`compare`], [`evaluate`], [`count`] |
//! | evidence, and checking it | [`evidence`] |
//! | questions for other solvers | [`export`] |
//! | how a finding is told to people | [`explain`], [`words`] |

mod args;
mod batch;
mod check;
mod compare;
mod count;
mod evaluate;
mod evidence;
mod explain;
mod export;
mod failure;
mod fetch;
mod input;
mod paint;
mod scan;
mod words;

use crate::args::{Arguments, Command};
use crate::failure::{Stop, report};
use clap::{CommandFactory, Parser};
use std::io::{self, Write};
use std::process::ExitCode;

/// Decisions make many small lists for a short time.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing was found.
    Clean,
    /// Something was found.
    Found,
    /// The work could not be done.
    Failed,
    /// Something is undecided or was not analysed, and nothing was found.
    Undecided,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(match status {
            Status::Clean => 0,
            Status::Found => 1,
            Status::Failed => 2,
            Status::Undecided => 3,
        })
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers and end with 0; a pipe that is closed already is not our concern.
            let _ = error.print();
            return if error.use_stderr() {
                Status::Failed
            } else {
                Status::Clean
            }
            .into();
        }
    };
    paint::choose(arguments.color);
    let status = run(arguments.command).and_then(|status| {
        io::stdout().flush()?;
        Ok(status)
    });
    match status {
        Ok(status) => status.into(),
        Err(Stop::ClosedPipe) => Status::Clean.into(),
        Err(Stop::Failure(failure)) => {
            report(&failure);
            Status::Failed.into()
        }
    }
}

fn run(command: Command) -> Result<Status, Stop> {
    match command {
        Command::Scan(options) => scan::run(&options),
        Command::Fetch(options) => fetch::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Count(options) => count::run(&options),
        Command::Evaluate(options) => evaluate::run(&options),
        Command::Batch(options) => batch::run(&options),
        Command::Verify(options) => evidence::run(&options),
        Command::Export(options) => export::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "keyaki", &mut script);
            io::stdout().write_all(&script)?;
            Ok(Status::Clean)
        }
    }
}
