//! A generator of organizations: snapshots of any size that look like real ones.
//!
//! Each resource is drawn from its own stream of numbers, seeded by the seed and the resource's index.
//! So the same options give the same bytes anywhere, nothing but one line stands in memory, and a prefix
//! of a large snapshot is a small one. What is drawn, and how often, is told by the tables in
//! `resource.rs`; they follow what public policies look like (see `corpus/README.md`).
//!
//! ```
//! let options = keyaki_corpus::generate::Options::new(10, 100, 1)?;
//! let mut resources = Vec::new();
//! options.write_resources(&mut resources)?;
//! assert_eq!(String::from_utf8(resources)?.lines().count(), 100);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod draw;
mod organization;
mod resource;

use std::io::{self, Write};

/// The most accounts that a generated organization can have.
pub const MOST_ACCOUNTS: u32 = 50_000;

/// What to generate: equal options give equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    accounts: u32,
    resources: u64,
    seed: u64,
}

impl Options {
    /// An organization of so many accounts and resources. The error says which number is out of range.
    pub fn new(accounts: u32, resources: u64, seed: u64) -> Result<Self, String> {
        if accounts == 0 || accounts > MOST_ACCOUNTS {
            return Err(format!(
                "`{accounts}` accounts are out of range\nhint: give a number from 1 to {MOST_ACCOUNTS}"
            ));
        }
        Ok(Self {
            accounts,
            resources,
            seed,
        })
    }

    /// Writes `organization.json`: accounts in units, service and resource control policies.
    pub fn write_organization(&self, out: &mut impl Write) -> io::Result<()> {
        organization::write(self, out)
    }

    /// Writes `manifest.json`.
    pub fn write_manifest(&self, out: &mut impl Write) -> io::Result<()> {
        let regions = resource::REGIONS
            .map(|region| format!("\"{region}\""))
            .join(", ");
        writeln!(
            out,
            "{{\n  \"schemaVersion\": 1,\n  \"collectedAt\": \"2026-09-01T00:00:00Z\",\n  \"collector\": \"generated, seed {}\",\n  \
             \"regions\": [{regions}],\n  \"records\": {},\n  \"gaps\": []\n}}",
            self.seed, self.resources
        )
    }

    /// Writes `resources.jsonl`, one record a line.
    pub fn write_resources(&self, out: &mut impl Write) -> io::Result<()> {
        let mut line = String::new();
        for index in 0..self.resources {
            line.clear();
            resource::write(self, index, &mut line);
            line.push('\n');
            out.write_all(line.as_bytes())?;
        }
        Ok(())
    }

    /// The id of the account at a place; ids of different places differ.
    fn account(&self, place: u32) -> String {
        format!(
            "{:012}",
            200_000_000_000 + u64::from(place) * 7_919_003 + self.seed % 7_919_003
        )
    }

    /// The id of the organization.
    fn organization(&self) -> String {
        format!("o-{:013x}", draw::mix(self.seed) >> 12)
    }
}
