//! Who is named: principal clauses against one caller (S11 to S16, M7).
//!
//! It matters not only whether a resource policy names a caller but *how*: by its account (delegation), by the
//! role behind a session, or itself. [`Naming`] keeps the three apart for the table of M3.

use super::truth::{Reason, Truth};
use crate::policy::{Effect, Listing, PrincipalClause, PrincipalEntry, Statement, why_undefined};
use crate::request::{Caller, Request};

/// How a statement names the caller; more than one may hold.
pub(super) struct Naming {
    /// Itself, or everyone: no policy of the caller is asked.
    pub(super) direct: Truth,
    /// Through the role or user behind its session: boundary and session policies are asked.
    pub(super) indirect: Truth,
    /// Through its account: the whole identity side is asked.
    pub(super) delegated: Truth,
}

impl Naming {
    fn nobody() -> Self {
        Self {
            direct: Truth::False,
            indirect: Truth::False,
            delegated: Truth::False,
        }
    }

    pub(super) fn direct(direct: Truth) -> Self {
        Self {
            direct,
            ..Self::nobody()
        }
    }

    fn indirect(indirect: Truth) -> Self {
        Self {
            indirect,
            ..Self::nobody()
        }
    }

    pub(super) fn delegated(delegated: Truth) -> Self {
        Self {
            delegated,
            ..Self::nobody()
        }
    }

    /// At least one of two namings.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            direct: self.direct.or(other.direct),
            indirect: self.indirect.or(other.indirect),
            delegated: self.delegated.or(other.delegated),
        }
    }

    /// The naming, where something else holds too.
    pub(super) fn and(self, other: &Truth) -> Self {
        Self {
            direct: self.direct.and(other.clone()),
            indirect: self.indirect.and(other.clone()),
            delegated: self.delegated.and(other.clone()),
        }
    }

    /// Whether the caller is named at all.
    pub(super) fn any(self) -> Truth {
        self.direct.or(self.indirect).or(self.delegated)
    }

    /// Nobody yet; for folding with [`Naming::or`].
    pub(super) fn none() -> Self {
        Self::nobody()
    }
}

/// What a principal clause is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Identity policies, boundaries, session policies, SCPs: no principal (S6).
    Unnamed,
    /// Resource policies and RCPs.
    Named,
    /// Endpoint policies: an account is its root user alone (M7).
    Endpoint,
}

/// How a statement names the caller; `at` is the statement's JSON pointer.
pub(super) fn naming(
    statement: &Statement,
    reading: Reading,
    request: &Request,
    has_boundary: bool,
    at: &str,
) -> Naming {
    if reading == Reading::Unnamed {
        return Naming::direct(Truth::True);
    }
    // S6: a resource policy must say who.
    let Some(clause) = &statement.principal else {
        let message =
            "a statement of a resource policy without `Principal` has no documented meaning";
        return Naming::direct(Truth::Unknown(Reason::new("undefined", message, at)));
    };
    match (clause.listing, statement.effect) {
        (Listing::Listed, _) => clause
            .entries
            .iter()
            .map(|entry| entry_names(&entry.value, reading, request, at))
            .fold(Naming::nobody(), Naming::or),
        // S16: whoever is not listed, like `*` without them.
        (Listing::NotListed, Effect::Allow) => {
            let listed = clause
                .entries
                .iter()
                .map(|entry| entry_names(&entry.value, reading, request, at).any());
            Naming::direct(Truth::any(listed).negate())
        }
        (Listing::NotListed, Effect::Deny) => {
            Naming::direct(escapes(clause, request, has_boundary, at).negate())
        }
    }
}

/// How one entry names the caller.
pub(super) fn entry_names(
    entry: &PrincipalEntry,
    reading: Reading,
    request: &Request,
    at: &str,
) -> Naming {
    let caller = &request.principal;
    match (entry, caller) {
        // S11
        (PrincipalEntry::Everyone, _) => Naming::direct(Truth::True),
        // S14
        (PrincipalEntry::Nobody(_), _) => Naming::nobody(),
        // S2
        (PrincipalEntry::Undefined(text), _) => Naming::direct(undefined(text, at)),
        // M7: in an endpoint policy the root user alone; elsewhere S13.
        (PrincipalEntry::Account { .. }, _) if reading == Reading::Endpoint => {
            let is_root = matches!(caller, Caller::Root { .. });
            Naming::direct(Truth::from(is_root && is_account_of(entry, request)))
        }
        (PrincipalEntry::Account { .. }, _) => {
            Naming::delegated(Truth::from(is_account_of(entry, request)))
        }
        (PrincipalEntry::User { .. }, Caller::FederatedUser { .. }) => {
            Naming::indirect(made_by(entry, caller, at))
        }
        (PrincipalEntry::Role { .. }, Caller::Session { .. }) => {
            Naming::indirect(Truth::from(is_same(entry, caller)))
        }
        // S15: a canonical id is an account whose number is not known, so naming it is delegation (part 2).
        (PrincipalEntry::CanonicalUser(_), Caller::Canonical(_)) => {
            Naming::delegated(Truth::from(is_same(entry, caller)))
        }
        _ => Naming::direct(Truth::from(is_same(entry, caller))),
    }
}

/// Whether an entry is the account of the caller.
fn is_account_of(entry: &PrincipalEntry, request: &Request) -> bool {
    let PrincipalEntry::Account { account, .. } = entry else {
        return false;
    };
    // An account's number is its own in all partitions, so `…:root` and the number alone say the same (S13).
    let own = match &request.principal {
        Caller::Canonical(_) => request.principal_account,
        caller => caller.account(),
    };
    own == Some(*account)
}

/// Whether an entry names this identity, or the role behind this session.
fn is_same(entry: &PrincipalEntry, caller: &Caller) -> bool {
    match (entry, caller) {
        (
            PrincipalEntry::User {
                partition,
                account,
                path,
                name,
            },
            Caller::User {
                partition: p,
                account: a,
                path: q,
                name: n,
            },
        ) => partition == p && account == a && path == q && name == n,
        (
            PrincipalEntry::Role {
                partition,
                account,
                path,
                name,
            },
            Caller::Session {
                partition: p,
                account: a,
                path: q,
                role: n,
                ..
            },
        ) => partition == p && account == a && path == q && name == n,
        // The role's path is no part of a session's ARN (S13).
        (
            PrincipalEntry::Session {
                partition,
                account,
                role,
                session,
            },
            Caller::Session {
                partition: p,
                account: a,
                role: r,
                session: Some(s),
                ..
            },
        ) => partition == p && account == a && role == r && session == s,
        (
            PrincipalEntry::FederatedUser {
                partition,
                account,
                name,
            },
            Caller::FederatedUser {
                partition: p,
                account: a,
                name: n,
            },
        ) => partition == p && account == a && name == n,
        // S15
        (PrincipalEntry::Service(name), Caller::Service(n))
        | (PrincipalEntry::Federated(name), Caller::Federated(n))
        | (PrincipalEntry::CanonicalUser(name), Caller::Canonical(n)) => name == n,
        _ => false,
    }
}

/// Whether a user made a federated session: it is not part of a request, so it is known only where the
/// account already differs (S13).
fn made_by(entry: &PrincipalEntry, caller: &Caller, at: &str) -> Truth {
    match (entry, caller) {
        (
            PrincipalEntry::User {
                partition,
                account,
                path,
                name,
            },
            Caller::FederatedUser {
                partition: p,
                account: a,
                ..
            },
        ) if partition == p && account == a => {
            let parent = format!("arn:{partition}:iam::{account}:user{path}{name}");
            let message = format!("whether `{parent}` made the federated session is not known");
            Truth::Unknown(Reason::new(
                "federated-parent",
                message,
                format!("{at}/Principal"),
            ))
        }
        _ => Truth::False,
    }
}

/// Whether a caller escapes a Deny with `NotPrincipal`: every identity of its chain must be listed (S16).
fn escapes(clause: &PrincipalClause, request: &Request, has_boundary: bool, at: &str) -> Truth {
    let caller = &request.principal;
    let some = |test: &dyn Fn(&PrincipalEntry) -> Truth| {
        Truth::any(clause.entries.iter().map(|entry| match &entry.value {
            PrincipalEntry::Everyone => Truth::True,
            PrincipalEntry::Undefined(text) => undefined(text, at),
            entry => test(entry),
        }))
    };
    let account = || some(&|entry| Truth::from(is_account_of(entry, request)));
    let user = || {
        some(&|entry| {
            Truth::from(matches!(entry, PrincipalEntry::User { .. }) && is_same(entry, caller))
        })
    };
    let role = || {
        some(&|entry| {
            Truth::from(matches!(entry, PrincipalEntry::Role { .. }) && is_same(entry, caller))
        })
    };
    let session = || {
        some(&|entry| {
            let own = matches!(
                entry,
                PrincipalEntry::Session { .. } | PrincipalEntry::FederatedUser { .. }
            );
            Truth::from(own && is_same(entry, caller))
        })
    };
    let parent = || some(&|entry| made_by(entry, caller, at));
    match caller {
        Caller::Root { .. } => account(),
        // An identity with a permissions boundary never escapes.
        Caller::User { .. } | Caller::Session { .. } | Caller::FederatedUser { .. }
            if has_boundary =>
        {
            Truth::False
        }
        Caller::User { .. } => account().and(user()),
        Caller::Session { .. } => account().and(role()).and(session()),
        Caller::FederatedUser { .. } => account().and(parent()).and(session()),
        Caller::Anonymous | Caller::Service(_) | Caller::Federated(_) | Caller::Canonical(_) => {
            some(&|entry| Truth::from(is_same(entry, caller) || is_account_of(entry, request)))
        }
    }
}

fn undefined(text: &str, at: &str) -> Truth {
    let message = why_undefined(text);
    Truth::Unknown(Reason::new("undefined", message, format!("{at}/Principal")))
}
