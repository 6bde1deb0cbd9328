//! Certificates and their checker.
//!
//! The room is kept so that Cargo itself holds the rule: this crate depends on `keyaki-language`
//! alone, and never on the search. Certificates are the subject of the next milestone; until then
//! the evidence of a *no* is its witness, which the judge of `keyaki-language` replays.
