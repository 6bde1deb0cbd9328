//! Sets of values of one condition key, one file a kind.
//!
//! | kind | file | form |
//! |---|---|---|
//! | text | [`text`] | unions of linear patterns: lists of [`words`], rows found by their [`heads`], searched in their [`product`] or all at once ([`unions`]) |
//! | numbers and instants | [`order`] | an interval without some points |
//! | addresses | [`address`] | sorted disjoint ranges, one universe a family |
//! | these read as text too | [`canonical`] | canonical forms, each one read by a [`machine`] |
//! | texts within texts | [`nested`] | patterns in which the language of another key stands |
//! | any of these in one key | [`scalar`] | a conjunction of tests, solved for one value |
//!
//! The work of all searches is counted, and may be limited ([`steps`]).

pub(crate) mod address;
pub(crate) mod canonical;
pub(crate) mod heads;
pub(crate) mod machine;
pub(crate) mod nested;
pub(crate) mod order;
pub(crate) mod product;
pub(crate) mod scalar;
pub(crate) mod steps;
pub(crate) mod text;
pub(crate) mod unions;
pub(crate) mod words;

#[cfg(test)]
#[path = "../../tests/support/dice.rs"]
pub(crate) mod dice;
