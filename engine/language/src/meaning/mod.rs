//! Documents as formulas: the rules of `SEMANTICS.md` for all requests at once, as data.
//!
//! The judge reads a policy for one request. This module writes down what it would say for any: which atoms (tests of one
//! coordinate of a request) must hold for a statement to apply. It decides nothing: no set is intersected and nothing is
//! searched for. Checkers of certificates build what a certificate claims from it; the engine has a reading of its own, so that the two
//! are held against each other, and both against the judge.
//!
//! | file | what |
//! |---|---|
//! | [`pattern`] | texts with loops, and the part of a text that they look at |
//! | [`machine`] | many patterns read side by side, from either end |
//! | [`atom`] | tests of one coordinate |
//! | `typed` | the texts of numbers, instants, addresses that comparisons leave |
//! | [`formula`] | and, or, not |
//! | [`caller`] | kinds of callers, their texts, the keys that follow from them |
//! | [`document`] | when a statement applies |
//! | `evaluate` | what a formula says of one request; for tests |

pub mod atom;
pub mod caller;
pub mod cut;
pub mod document;
mod evaluate;
pub mod formula;
pub mod machine;
pub mod pattern;
mod typed;

pub use atom::{Atom, Atoms};
pub use caller::Kind;
pub use document::{Meaning, Pins};
pub use formula::Formula;
