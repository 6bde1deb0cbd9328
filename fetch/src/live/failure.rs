//! Why a run could not be made, or not to its end.

use super::call::Failure;
use std::io;
use std::path::{Path, PathBuf};

/// Why a run could not be made, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// A file or folder could not be written or read.
    #[error("cannot write `{file}`: {message}", file = .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// The system's word.
        message: String,
    },
    /// A file of an earlier run is not what a run writes.
    #[error("`{file}` is not what a run wrote", file = .file.display())]
    Broken {
        /// The file.
        file: PathBuf,
    },
    /// Another run writes there at this moment.
    #[error("another run writes to `{folder}`", folder = .folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds something else already.
    #[error("`{folder}` is not empty, and not a run to go on with", folder = .folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds a run that did not end and was asked for something else.
    #[error("`{folder}` holds an unfinished run of something else", folder = .folder.display())]
    OtherPlan {
        /// The folder.
        folder: PathBuf,
        /// What that run was asked for.
        asked: String,
    },
    /// The older snapshot cannot be used.
    #[error("`{folder}` cannot be gone on from: {message}", folder = .folder.display())]
    Since {
        /// The folder.
        folder: PathBuf,
        /// Why.
        message: String,
    },
    /// A call that everything depends on was made in vain.
    #[error("`{service}:{operation}` answered `{code}`: {message}")]
    Refused {
        /// The service.
        service: &'static str,
        /// The operation.
        operation: &'static str,
        /// The error's code.
        code: String,
        /// What was said about it.
        message: String,
        /// Whether our credentials are the matter.
        credentials: bool,
    },
}

impl LiveError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Write { .. } => {
                "mend that and give the same command again: it goes on where it was".to_owned()
            }
            Self::Broken { .. } | Self::Occupied { .. } => "name another folder".to_owned(),
            Self::Since { .. } => "leave out `--since`: everything is read then".to_owned(),
            Self::Locked { .. } => "wait for it, or name another folder".to_owned(),
            Self::OtherPlan { asked, .. } => {
                format!("go on with it ({asked}), or name another folder")
            }
            Self::Refused {
                credentials: true, ..
            } => "log in, or look whether the profile is the right one, and give the same command again: what was collected is kept".to_owned(),
            Self::Refused { code, .. } if code == "NoConnection" || code == "Timeout" => {
                "look after the network or `--endpoint-url`, and give the same command again: what was collected is kept".to_owned()
            }
            Self::Refused { .. } => {
                "`keyaki fetch --print-policy` prints the permissions that are needed".to_owned()
            }
        }
    }

    pub(super) fn write(file: &Path, error: &io::Error) -> Self {
        Self::Write {
            file: file.to_owned(),
            message: error.to_string(),
        }
    }

    pub(super) fn broken(file: &Path) -> Self {
        Self::Broken {
            file: file.to_owned(),
        }
    }
}

impl From<Failure> for LiveError {
    fn from(failure: Failure) -> Self {
        Self::Refused {
            service: failure.operation.service,
            operation: failure.operation.name,
            code: failure.code,
            message: failure.message,
            credentials: failure.expired,
        }
    }
}
