//! The formats of a snapshot as JSON Schemas (draft 2020-12), for collectors and editors.
//!
//! They say the shape. What a shape cannot say (an ARN that contradicts its account, a unit without a
//! parent) only the reader checks.

/// One line of `resources.jsonl`.
pub const RESOURCE: &str = include_str!("../../schemas/resource.schema.json");

/// `organization.json`.
pub const ORGANIZATION: &str = include_str!("../../schemas/organization.schema.json");

/// `manifest.json`.
pub const MANIFEST: &str = include_str!("../../schemas/manifest.schema.json");
