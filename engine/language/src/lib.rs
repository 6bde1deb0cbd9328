//! AWS policies, requests, and what they mean.
//!
//! This crate reads a policy document ([`Policy::read`]), keeps the place of every node, and judges
//! one concrete [`Request`] ([`evaluate`], [`judge::allows`]). It knows no sets and searches for
//! nothing: it is the plain reading of `SEMANTICS.md` against which everything else is held.
//!
//! | to… | open |
//! |---|---|
//! | read JSON with places | [`json`] |
//! | see what a document is made of | [`policy`], [`template`] |
//! | read numbers, dates, addresses | [`value`] |
//! | know what kind a condition key is | [`key`] |
//! | write down one call | [`request`] |
//! | say which policies meet | [`policies`] |
//! | know what Q4 trusts | [`trust`] |
//! | judge it | [`judge`] |

pub mod digest;
pub mod error;
pub mod json;
pub mod judge;
pub mod key;
pub mod meaning;
pub mod policies;
pub mod policy;
mod reader;
pub mod request;
pub mod span;
pub mod template;
pub mod trust;
pub mod value;

pub use error::DocumentError;
pub use judge::evaluate;
pub use policies::{Facts, Policies};
pub use policy::{Policy, Statement};
pub use request::Request;
