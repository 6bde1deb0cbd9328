//! Counting: how many requests a policy allows, and how many addresses it lets in.
//!
//! A count is information beside a verdict and decides nothing: a policy that lets in one stranger may be worse than one
//! that lets in a million addresses. What is counted is defined in `SEMANTICS.md`, part 6: a request is one choice of a value for each
//! coordinate that the documents mention, texts have at most a given number of printable characters, and a key's absence is one value.
//!
//! *Requests.* The tests that documents make of a coordinate cut its values into classes that no test tells apart
//! (`classes.rs`), each with its exact size. Then the formula is counted coordinate by coordinate: for each class the tests become
//! true or false, classes that leave the same formula are one, and a formula that was counted before is not
//! counted again (`diagram.rs`). This is exact inclusion and exclusion by a decision diagram (Bryant, "Graph-based algorithms
//! for Boolean function manipulation", IEEE Transactions on Computers 1986) with classes as its edges, so overlapping
//! statements are counted once.
//!
//! *Addresses.* Blocks cut the addresses into ranges; for each set of blocks that ranges lie in, one search says whether a
//! request from there is allowed (`addresses.rs`). So addresses are counted for every policy that is decided.
//!
//! *Not counted*, and said so: policy variables, many-valued keys, numbers, dates and binary values, texts beyond printable ASCII, and
//! whatever is undefined. *Cost*: a class needs a deterministic automaton of its tests, and a diagram may grow with the product
//! of its coordinates; both are exponential by nature, and the limit of steps ends them with a reason.

mod addresses;
mod classes;
mod diagram;
mod requests;

pub(crate) use addresses::Origins;
pub use addresses::{Addresses, addresses, allow_statements};
pub use requests::{Shares, requests, shares};

use crate::Reason;
use num_bigint::BigUint;
use std::fmt;

/// How many, exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(BigUint);

impl Number {
    /// The logarithm to base 2; `None` of zero.
    pub fn log2(&self) -> Option<f64> {
        let bits = self.0.bits();
        let shift = bits.saturating_sub(64);
        let top = (&self.0 >> shift).iter_u64_digits().next()?;
        Some((top as f64).log2() + shift as f64)
    }

    /// How many in a million of `whole` this is, rounded down; `None` if the whole is zero.
    pub fn per_million(&self, whole: &Number) -> Option<Number> {
        (whole.0 != BigUint::ZERO).then(|| Number(&self.0 * 1_000_000u32 / &whole.0))
    }

    /// What is left when another number is taken away; zero if it is not smaller.
    fn without(&self, other: &Number) -> Number {
        if other.0 >= self.0 {
            return Number::default();
        }
        Number(&self.0 - &other.0)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u128> for Number {
    fn from(number: u128) -> Self {
        Number(BigUint::from(number))
    }
}

/// Why something was not counted.
pub(crate) fn not_counted(message: impl Into<String>) -> Reason {
    Reason {
        code: "not-counted",
        message: format!("not counted: {}", message.into()),
        at: String::new(),
    }
}

/// Work that may still be done.
#[derive(Debug)]
struct Steps(u64);

impl Steps {
    fn take(&mut self, steps: u64) -> Result<(), Reason> {
        match self.0.checked_sub(steps) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(Reason {
                code: "limit",
                message: "the limit of steps was reached while counting".to_owned(),
                at: String::new(),
            }),
        }
    }
}
