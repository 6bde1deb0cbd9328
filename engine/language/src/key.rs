//! What is known of condition keys themselves: how many values they hold, and of what type (S23, R3).

/// How many values a condition key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// One.
    One,
    /// Any number.
    Many,
    /// Not known: many-valued in a question that uses a set operator on the key.
    Unknown,
}

/// The arity of a key, given in lower case (S23).
///
/// The facts are those of the global condition keys page and of the service authorization reference.
pub fn arity(key: &str) -> Arity {
    // Sorted, for the reader and for the binary search.
    const MANY: &[&str] = &[
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:vpceorgpaths",
        "dynamodb:attributes",
        "dynamodb:leadingkeys",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "kms:resourcealiases",
        "s3:requestobjecttagkeys",
        "sts:transitivetagkeys",
    ];
    if MANY.binary_search(&key).is_ok() || key.starts_with("route53:changeresourcerecordsets") || key.ends_with(":amr") {
        Arity::Many
    } else if key.starts_with("aws:") {
        Arity::One
    } else {
        Arity::Unknown
    }
}

/// Whether the key holds an account number, twelve digits (R3).
pub fn is_account(key: &str) -> bool {
    matches!(
        key,
        "aws:principalaccount" | "aws:sourceaccount" | "aws:resourceaccount" | "aws:vpceaccount" | "kms:calleraccount" | "s3:resourceaccount"
    )
}
