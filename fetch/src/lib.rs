//! Gathers what is to be judged, and says what could not be gathered.
//!
//! A [`Snapshot`] holds an organization, a manifest and a stream of resources. Nothing is dropped in
//! silence: a record that cannot be read and a call that the collector was refused both become
//! [`NotAnalysed`]. Plans, templates, exports and outputs are made into snapshots ([`mod@file`]).
//!
//! ```
//! use keyaki_fetch::Snapshot;
//!
//! let line = r#"{"resourceArn":"arn:aws:sqs:us-east-1:111122223333:jobs","resourceType":"AWS::SQS::Queue",
//!     "resourceOwnerAccount":"111122223333","region":"us-east-1","configuration":{"sqsQueue":{}}}"#.replace('\n', " ");
//! let snapshot = Snapshot::from_memory(line, None, None)?;
//! let queues: Vec<_> = snapshot.resources.records().collect::<Result<_, _>>()?;
//! assert_eq!(queues[0].configuration.type_name(), "AWS::SQS::Queue");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to… | open |
//! |---|---|
//! | read a folder, a file, a stream or bytes | [`Snapshot`] |
//! | say whose resources a plan or a template is about | [`file::Options`], [`Snapshot::open_with`] |
//! | know what stands before a plan | [`Snapshot::open_before`] |
//! | count the policies of a file | [`file::policies`] |
//! | take its lines apart on several threads | [`snapshot::Lines`], [`snapshot::Line::parse`] |
//! | read one record | [`snapshot::parse_record`] |
//! | see the formats as JSON Schemas | [`snapshot::schema`] |

pub mod file;
#[cfg(feature = "live")]
pub mod live;
pub mod snapshot;

pub use snapshot::{NotAnalysed, Snapshot, SnapshotError};
