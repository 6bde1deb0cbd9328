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
    /// No profile of that name is configured.
    #[error("there is no profile `{name}`")]
    NoProfile {
        /// The name that was given.
        name: String,
        /// The profiles that there are.
        known: Vec<String>,
    },
    /// A call that everything depends on was made in vain.
    #[error("no credentials: {message}")]
    NoCredentials {
        /// What was said about it.
        message: String,
        /// The profile that was to have them.
        profile: Option<String>,
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

/// What services answer to keys that they do not know.
const WRONG_KEYS: [&str; 5] = [
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "AuthFailure",
];

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
            Self::NoProfile { known, .. } if known.is_empty() => {
                "no profile is configured at all: `aws configure` or `aws configure sso` makes one".to_owned()
            }
            Self::NoProfile { known, .. } => format!("there are `{}`", known.join("`, `")),
            Self::NoCredentials { message, profile } => {
                let named = profile.as_ref().map_or_else(String::new, |name| format!(" --profile {name}"));
                if message.to_ascii_lowercase().contains("sso") {
                    format!("`aws sso login{named}` logs in; then give the same command again: what was collected is kept")
                } else if profile.is_some() {
                    format!("`aws sts get-caller-identity{named}` shows whether the profile works; then give the same command again")
                } else {
                    "name a profile with `--profile` or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned()
                }
            }
            Self::Refused { code, .. } if code == "AWSOrganizationsNotInUseException" => {
                "the account of these credentials is in no organization: leave out `--organization`, or use those of a management account".to_owned()
            }
            Self::Refused { service, code, .. } if *service == "organizations" && code.starts_with("AccessDenied") => {
                "only its management account and delegated administrators may read an organization: use credentials of one of them, with \
                 the permissions that `keyaki fetch --print-policy --organization` prints"
                    .to_owned()
            }
            Self::Refused { code, .. } if WRONG_KEYS.contains(&code.as_str()) => {
                "AWS does not know the access key, or its secret is another one: look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which come \
                 before a profile, or at the profile; and whether the clock is right"
                    .to_owned()
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
