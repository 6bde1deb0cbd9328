//! From JSON to [`crate::Policy`].
use crate::{DocumentError, Policy};
pub(crate) fn read_policy(_text: &str) -> Result<Policy, DocumentError> { todo!() }
pub(crate) fn policy_from_json(_value: &crate::json::Json, _at: &str) -> Result<Policy, DocumentError> { todo!() }
