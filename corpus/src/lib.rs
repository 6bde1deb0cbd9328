//! What engines are held against: a sample organization and organizations of any size.
//!
//! This crate knows no engine. [`sample`] is a small organization with planted exposures, embedded so
//! that a program can show something without a file. [`generate`] writes snapshots that look like real
//! ones, as large as wanted and equal for equal seeds. [`families`] are questions that hurt.
//!
//! | to… | open |
//! |---|---|
//! | show or test a first scan | [`sample`] |
//! | make a large snapshot | [`mod@generate`] |
//! | make a policy with many findings | [`scaling`] |
//! | ask hard questions | [`families`] |
//! | ask about documents at the size limits | [`full`] |

pub mod families;
pub mod full;
pub mod generate;
pub mod scaling;

/// The sample organization, Momiji Logistics; its story is in `sample/README.md`.
pub mod sample {
    /// `resources.jsonl`: one resource a line.
    pub const RESOURCES: &str = include_str!("../sample/resources.jsonl");

    /// `organization.json`: accounts, units, service and resource control policies.
    pub const ORGANIZATION: &str = include_str!("../sample/organization.json");

    /// `manifest.json`: what was collected, and what could not be read.
    pub const MANIFEST: &str = include_str!("../sample/manifest.json");

    /// `planted.jsonl`: what a scan must and must not find, one resource a line, with the members
    /// `resource`, `expect` (`public`, `external`, `advisory`, `quiet`), `who` and `story`.
    pub const PLANTED: &str = include_str!("../sample/planted.jsonl");
}
