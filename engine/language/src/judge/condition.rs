//! Condition blocks: one operator on one key, for the values that one request holds (S20 to S42).

use super::matching::{Case, Context, Held, arn_matches, held, pattern_matches, template_matches};
use super::truth::{Reason, Truth};
use crate::json::push_pointer;
use crate::policy::{Comparison, Condition, Operator, Quantifier, Version, is_unknown, told};
use crate::template::{Template, Variables, Wildcards};
use crate::value::{Address, Decimal, Instant, Network, base64};
use std::cmp::Ordering;

/// Whether a condition holds; `statement` is the JSON pointer of its statement.
pub(super) fn holds(condition: &Condition, context: &Context, statement: &str) -> Truth {
    let operator = condition.operator;
    let value = held(context, &condition.key.value);
    if operator.comparison == Comparison::Null {
        return null(condition, value, statement);
    }
    // S24: a negated operator is the negation of the OR over its values (S21).
    let test = |text: &str| {
        Truth::any(
            (0..condition.values.len()).map(|i| compare(condition, i, text, context, statement)),
        )
        .negate_if(operator.negated)
    };
    match (operator.quantifier, value) {
        // S25, S29; S27 for the set operators: all of none, none of none.
        (_, Held::Absent) => Truth::from(match operator.quantifier {
            Quantifier::Single => operator.if_exists || operator.negated,
            Quantifier::ForAllValues => true,
            Quantifier::ForAnyValue => operator.if_exists,
        }),
        (Quantifier::Single, Held::One(text)) => test(text),
        // S26: a many-valued key that is there, without a set operator.
        (Quantifier::Single, Held::Many(_)) => Truth::False,
        // S27, and S28: the empty string counts as no value.
        (Quantifier::ForAllValues, value) => Truth::all(members(value).map(test)),
        // S28: a key with only empty values is absent here too, so `IfExists` is true of it (S29).
        (Quantifier::ForAnyValue, value) if members(value).next().is_none() => {
            Truth::from(operator.if_exists)
        }
        (Quantifier::ForAnyValue, value) => Truth::any(members(value).map(test)),
    }
}

/// The values that a set operator sees (S28).
fn members(value: Held<'_>) -> impl Iterator<Item = &str> {
    let (one, many): (Option<&str>, &[String]) = match value {
        Held::Absent => (None, &[]),
        Held::One(text) => (Some(text), &[]),
        Held::Many(texts) => (None, texts),
    };
    one.into_iter()
        .chain(many.iter().map(String::as_str))
        .filter(|text| !text.is_empty())
}

/// `Null` (S30): a key that holds only empty values is absent here (S28).
fn null(condition: &Condition, value: Held, statement: &str) -> Truth {
    let absent = members(value).next().is_none();
    Truth::any(condition.values.iter().enumerate().map(|(i, wanted)| {
        match wanted.value.to_ascii_lowercase().as_str() {
            "true" => Truth::from(absent),
            "false" => Truth::from(!absent),
            _ => undefined(condition, i, "is neither true nor false", statement),
        }
    }))
}

/// Whether one value of the request satisfies one value of the policy, negation aside.
fn compare(
    condition: &Condition,
    index: usize,
    text: &str,
    context: &Context,
    statement: &str,
) -> Truth {
    let wanted = condition.values[index].value.as_str();
    // S40: variables are of version 2012-10-17, and of String and Arn operators.
    let variables = match condition.version {
        Version::V2008 => Variables::Literal,
        Version::V2012 => Variables::Active,
    };
    let string = |wildcards, case| {
        if !wanted.contains("${") {
            return Truth::from(match (wildcards, case) {
                (Wildcards::Active, case) => pattern_matches(wanted, text, case),
                (Wildcards::Literal, Case::Exact) => wanted == text,
                (Wildcards::Literal, Case::Folded) => wanted.eq_ignore_ascii_case(text),
            });
        }
        let template = Template::parse(wanted, wildcards, variables);
        Truth::from(template_matches(&template, text, context, case))
    };
    let no_meaning = |why| undefined(condition, index, why, statement);
    if is_unknown(wanted) {
        // S45
        return no_meaning("is not known");
    }
    let number = |holds: fn(Ordering) -> bool| {
        ordered(Decimal::parse(wanted), Decimal::parse(text), holds)
            .unwrap_or_else(|| no_meaning("is no number"))
    };
    let date = |holds: fn(Ordering) -> bool| {
        ordered(Instant::parse(wanted), Instant::parse(text), holds)
            .unwrap_or_else(|| no_meaning("is no date"))
    };
    match condition.operator.comparison {
        // S32: only `StringLike` has wildcards.
        Comparison::StringEquals => string(Wildcards::Literal, Case::Exact),
        // S31
        Comparison::StringEqualsIgnoreCase => string(Wildcards::Literal, Case::Folded),
        Comparison::StringLike => string(Wildcards::Active, Case::Exact),
        // S34
        Comparison::ArnLike => {
            if text.split(':').count() < 6 {
                return Truth::False;
            }
            match <[Template; 6]>::try_from(Template::parse_parts(wanted, variables)) {
                Ok(parts) => Truth::from(arn_matches(&parts, text, context)),
                Err(_) => no_meaning("is no full ARN"),
            }
        }
        // S35
        Comparison::NumericEquals => number(Ordering::is_eq),
        Comparison::NumericLessThan => number(Ordering::is_lt),
        Comparison::NumericLessThanEquals => number(Ordering::is_le),
        Comparison::NumericGreaterThan => number(Ordering::is_gt),
        Comparison::NumericGreaterThanEquals => number(Ordering::is_ge),
        // S36
        Comparison::DateEquals => date(Ordering::is_eq),
        Comparison::DateLessThan => date(Ordering::is_lt),
        Comparison::DateLessThanEquals => date(Ordering::is_le),
        Comparison::DateGreaterThan => date(Ordering::is_gt),
        Comparison::DateGreaterThanEquals => date(Ordering::is_ge),
        // S37
        Comparison::IpAddress => match Network::parse(wanted) {
            None => no_meaning("is no address and no block of addresses"),
            Some(network) => Truth::from(Address::parse(text).is_some_and(|a| network.contains(a))),
        },
        // S38, S40: a variable has no agreed meaning here either.
        Comparison::Bool => match wanted.to_ascii_lowercase().as_str() {
            "true" | "false" => Truth::from(text.eq_ignore_ascii_case(wanted)),
            _ => no_meaning("is neither true nor false"),
        },
        // S39
        Comparison::BinaryEquals => match base64(wanted) {
            None => no_meaning("is no base64"),
            Some(bytes) => Truth::from(base64(text) == Some(bytes)),
        },
        // Read by `null`; it has no comparison of values.
        Comparison::Null => Truth::False,
    }
}

/// Compares a value of the request with one of the policy, read as the same type.
///
/// `None` where the policy's text is not of the type (S2); false where the request's is not (R4).
fn ordered<T: Ord>(
    wanted: Option<T>,
    given: Option<T>,
    holds: fn(Ordering) -> bool,
) -> Option<Truth> {
    let wanted = wanted?;
    Some(Truth::from(
        given.is_some_and(|given| holds(given.cmp(&wanted))),
    ))
}

/// A value without a meaning under its operator (S2).
fn undefined(condition: &Condition, index: usize, why: &str, statement: &str) -> Truth {
    let name = operator_name(condition.operator);
    let mut at = format!("{statement}/Condition");
    push_pointer(&mut at, &name);
    push_pointer(&mut at, &condition.key.value);
    let value = &condition.values[index].value;
    Truth::Unknown(Reason::new(
        "undefined",
        format!("the value `{}` of `{name}` {why}", told(value)),
        at,
    ))
}

/// The operator in AWS's spelling.
fn operator_name(operator: Operator) -> String {
    let set = match operator.quantifier {
        Quantifier::Single => "",
        Quantifier::ForAllValues => "ForAllValues:",
        Quantifier::ForAnyValue => "ForAnyValue:",
    };
    let (plain, negated) = match operator.comparison {
        Comparison::StringEquals => ("StringEquals", "StringNotEquals"),
        Comparison::StringEqualsIgnoreCase => {
            ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
        }
        Comparison::StringLike => ("StringLike", "StringNotLike"),
        Comparison::NumericEquals => ("NumericEquals", "NumericNotEquals"),
        Comparison::NumericLessThan => ("NumericLessThan", ""),
        Comparison::NumericLessThanEquals => ("NumericLessThanEquals", ""),
        Comparison::NumericGreaterThan => ("NumericGreaterThan", ""),
        Comparison::NumericGreaterThanEquals => ("NumericGreaterThanEquals", ""),
        Comparison::DateEquals => ("DateEquals", "DateNotEquals"),
        Comparison::DateLessThan => ("DateLessThan", ""),
        Comparison::DateLessThanEquals => ("DateLessThanEquals", ""),
        Comparison::DateGreaterThan => ("DateGreaterThan", ""),
        Comparison::DateGreaterThanEquals => ("DateGreaterThanEquals", ""),
        Comparison::Bool => ("Bool", ""),
        Comparison::BinaryEquals => ("BinaryEquals", ""),
        Comparison::IpAddress => ("IpAddress", "NotIpAddress"),
        Comparison::ArnLike => ("ArnLike", "ArnNotLike"),
        Comparison::Null => ("Null", ""),
    };
    let base = if operator.negated { negated } else { plain };
    let suffix = if operator.if_exists { "IfExists" } else { "" };
    format!("{set}{base}{suffix}")
}
