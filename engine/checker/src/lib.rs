mod certificate;
mod claim;
mod logic;
mod text;
mod theory;

pub use certificate::{Proved, Rejection, verify};
