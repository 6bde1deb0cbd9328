//! Checks certificates without trusting the search that made them.
//!
//! A certificate says that some set of requests is empty, and why. `FORMAT.md` beside this crate specifies it. This crate depends on
//! `keyaki-language` alone: the reader of documents, the rules of `SEMANTICS.md` as formulas ([`keyaki_language::meaning`]), and
//! nothing of the engine. It is meant to be read from top to bottom in an hour:
//!
//! | file | what to convince oneself of |
//! |---|---|
//! | `claim` | the formula is that of the question: Allow of one document, and everything that narrows it |
//! | `certificate` | every kind of caller and every Allow statement is dealt with, and nothing is believed unread |
//! | `logic` | closing: from goals and lemmas follows a contradiction |
//! | `theory` | a lemma is a contradiction: on one coordinate no value satisfies its literals |
//! | `text` | no text is in some lists of patterns and in none of others |
//! | `minimum` | a list of findings is the smallest that can be chosen from the candidates |
//!
//! # Why it is sound
//!
//! Suppose a request were in the set. It has a caller of one of the eight kinds, and [`verify`] goes through all of them. It is allowed, so
//! some Allow statement of the first document applies: some `A(i)` holds of it, and so does the rest, which is what the claim adds. Each atom is
//! true or false of the request, the undefined ones (S2) as one likes.
//!
//! * *Closing.* Every goal holds of the request. A conjunction holds if its parts do; a disjunction all of whose parts but one are false holds through that
//!   one. A lemma's literals do not all hold. So whatever is learned is true of the request, and a contradiction cannot be met.
//! * *Cases.* If a case holds of the request, its branch has only true goals and cannot close. So in a closed tree no case holds of it, the negations are
//!   true goals, and the end cannot close either.
//! * *Pins.* If the request has the pinned values, it is in the set that the pinned claim describes, whose tree cannot close. If not, "not pins" is a true goal.
//! * *Lemmas.* One coordinate of the request has one value (a text, absence, a set of texts). It satisfies the literals that hold of it, so no lemma that [`verify`]
//!   accepts can consist of such literals: absent keys fail all tests; of a many-valued key that has a member with `T` and no member with `U`, that member is a
//!   value with `T` and not `U`; texts are walked letter by letter from either end, with the positions that
//!   all patterns can have, and a node is passed over only for one with no fewer inner positions and no more refusals. The positions themselves
//!   ([`keyaki_language::meaning::machine`]) are held against [`List::has`](keyaki_language::meaning::pattern::List::has) by tests.
//!   A tied test is weakened to what it implies for whatever values its variables have: what literals say of a key they say of the variable, of equal values
//!   one letter is enough, and where variables have one known value each, what the pattern then says of a key is said of the variable that the key is elsewhere.
//! * *Minimality.* A list that covers what the policy lets in has for each of the requests a candidate that holds it. At each node of the tree these can be chosen
//!   no further: a request must still be met and each candidate that holds it is tried, or more requests are left than may be chosen for, no two met by one.
//!
//! So a set with a certificate that is accepted has no request. What remains to be trusted is the meaning of documents as formulas, which tests hold against the judge,
//! and the universes: a formula over more requests than there can be is proved all the same.
//!
//! # Example
//!
//! ```
//! let rejected = keyaki_checker::verify("{}");
//! assert!(matches!(rejected, Err(keyaki_checker::Rejection::Unreadable(_))));
//! ```

mod certificate;
mod claim;
mod logic;
mod minimum;
mod text;
mod theory;

pub use certificate::{Proved, Rejection, verify};
