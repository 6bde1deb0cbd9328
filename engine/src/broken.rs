//! Faults on purpose: steps of the search that a test breaks, so that it can see wrong answers caught.
//!
//! Only the feature `broken` compiles them in, and nothing that is shipped turns it on; without it [`on`] is always false and the
//! compiler drops what it guards. A fault is set for one thread.

/// A step that goes wrong.
#[cfg_attr(
    not(feature = "broken"),
    expect(unreachable_pub, reason = "it is told to the test alone")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Adding a literal to what is assumed of a key fails though there is a value.
    Contradiction,
    /// A part of a disjunction is taken for refuted though it is not.
    Refuted,
    /// The last part of a disjunction is not tried.
    Branch,
    /// One kind of caller is left out.
    Kind,
    /// The last Allow statement is not asked for.
    Statement,
    /// Two kinds of callers are taken for alike though they are not.
    Alike,
    /// A condition's negation is lost.
    Negation,
}

#[cfg(feature = "broken")]
mod switch {
    use super::Fault;
    use std::cell::Cell;

    thread_local! {
        static FAULT: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    /// Sets the fault of this thread.
    pub fn set(fault: Option<Fault>) {
        FAULT.set(fault);
    }

    pub(crate) fn on(fault: Fault) -> bool {
        FAULT.get() == Some(fault)
    }
}

#[cfg(feature = "broken")]
pub(crate) use switch::on;
#[cfg(feature = "broken")]
pub use switch::set;

/// Never.
#[cfg(not(feature = "broken"))]
pub(crate) fn on(_: Fault) -> bool {
    false
}
