//! What facts add to a request: organizations of known accounts, and the second name of the clock (R3, R5).

use super::matching::{Context, Held, held};
use crate::policies::Facts;
use crate::policy::AccountId;
use crate::request::{Caller, ContextValue, Request};
use crate::value::Instant;
use std::borrow::Cow;

/// The request with every key that facts settle. What the request says itself is left as it is.
pub(super) fn completed<'a>(request: &'a Request, facts: &Facts) -> Cow<'a, Request> {
    let told = |key: &&str| request.context.contains_key(*key);
    if facts.organizations.is_empty() && !CLOCK.iter().any(told) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    let owner = owner(&request);
    let context = &mut request.context;
    if let Some(account) = request.principal.account() {
        add_organization(
            context,
            facts,
            account,
            "aws:principalorgid",
            "aws:principalorgpaths",
        );
    }
    if let Some(account) = owner {
        add_organization(
            context,
            facts,
            account,
            "aws:resourceorgid",
            "aws:resourceorgpaths",
        );
    }
    add_clock(context);
    Cow::Owned(request)
}

/// The resource's account: from the ARN, as given, or as a condition key says.
pub(super) fn owner(request: &Request) -> Option<AccountId> {
    let from_key = |key| match held(&request.context, key) {
        Held::One(text) => AccountId::parse(text),
        Held::Absent | Held::Many(_) => None,
    };
    request
        .owner()
        .or_else(|| from_key("aws:resourceaccount"))
        .or_else(|| from_key("s3:resourceaccount"))
}

/// The caller's account, where it is known.
pub(super) fn caller_account(request: &Request) -> Option<AccountId> {
    match request.principal {
        Caller::Canonical(_) => request.principal_account,
        _ => request.principal.account(),
    }
}

fn add_organization(
    context: &mut Context,
    facts: &Facts,
    account: AccountId,
    id: &str,
    paths: &str,
) {
    let Some(Some(membership)) = facts.organizations.get(&account) else {
        return;
    };
    context
        .entry(id.to_owned())
        .or_insert_with(|| ContextValue::One(membership.organization.clone()));
    if !membership.paths.is_empty() {
        context
            .entry(paths.to_owned())
            .or_insert_with(|| ContextValue::Many(membership.paths.clone()));
    }
}

const CLOCK: [&str; 2] = ["aws:currenttime", "aws:epochtime"];

/// `aws:CurrentTime` and `aws:EpochTime` are one instant (R3): one gives the other.
fn add_clock(context: &mut Context) {
    let [current, epoch] = CLOCK;
    let instant = |key| match held(context, key) {
        Held::One(text) => Instant::parse(text),
        Held::Absent | Held::Many(_) => None,
    };
    match (instant(current), instant(epoch)) {
        // Before 1970 the fraction counts up from the second below, which no decimal of these digits says.
        (Some(now), None)
            if !context.contains_key(epoch)
                && (now.seconds() >= 0 || now.fraction().is_empty()) =>
        {
            let seconds = format!("{}.{}", now.seconds(), now.fraction());
            let seconds = seconds.trim_end_matches('.').to_owned();
            context.insert(epoch.to_owned(), ContextValue::One(seconds));
        }
        (None, Some(now)) if !context.contains_key(current) => {
            context.insert(current.to_owned(), ContextValue::One(now.canonical()));
        }
        _ => {}
    }
}
