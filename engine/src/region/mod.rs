//! Sets of requests as formulas.
//!
//! A request is a point with one coordinate a [`Dimension`]: the caller, the action, the resource, and one for
//! each condition key that the question mentions. An [`Atom`] tests one coordinate, a [`Formula`] combines atoms.
//! A statement is a conjunction, a policy a difference of unions; no set of requests is ever listed.
//!
//! | to… | open |
//! |---|---|
//! | see coordinates and tests | [`space`] |
//! | combine them | [`formula`] |
//! | turn documents into formulas | [`lower`] |
//! | decide patterns with policy variables | [`variable`] |
//! | see what variables say across keys | [`ties`] |
//! | find values for them, or refute them | [`values`] |
//! | see how one caller's keys follow from it | [`caller`] |

pub(crate) mod caller;
pub(crate) mod formula;
pub(crate) mod lower;
pub(crate) mod space;
pub(crate) mod ties;
pub(crate) mod values;
pub(crate) mod variable;
