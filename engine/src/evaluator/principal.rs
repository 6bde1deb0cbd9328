//! Who is named, and how (S11 to S16, M7), in truth values without reasons.

use super::request::Prepared;
use super::trit::Trit;
use keyaki_language::policy::{Effect, Listing, PrincipalClause, PrincipalEntry};
use keyaki_language::request::Caller;

/// How statements name the caller; more than one may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Naming {
    /// Itself, or everyone.
    pub(super) direct: Trit,
    /// Through the role or user behind its session.
    pub(super) indirect: Trit,
    /// Through its account.
    pub(super) delegated: Trit,
}

impl Naming {
    pub(super) const NOBODY: Self = Self {
        direct: Trit::False,
        indirect: Trit::False,
        delegated: Trit::False,
    };

    fn direct(direct: Trit) -> Self {
        Self {
            direct,
            ..Self::NOBODY
        }
    }

    fn indirect(indirect: Trit) -> Self {
        Self {
            indirect,
            ..Self::NOBODY
        }
    }

    fn delegated(delegated: Trit) -> Self {
        Self {
            delegated,
            ..Self::NOBODY
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            direct: self.direct.or(other.direct),
            indirect: self.indirect.or(other.indirect),
            delegated: self.delegated.or(other.delegated),
        }
    }

    pub(super) fn and(self, other: Trit) -> Self {
        Self {
            direct: self.direct.and(other),
            indirect: self.indirect.and(other),
            delegated: self.delegated.and(other),
        }
    }

    pub(super) fn any(self) -> Trit {
        self.direct.or(self.indirect).or(self.delegated)
    }
}

/// What a principal clause is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Identity policies, boundaries, session policies, SCPs: no principal (S6).
    Unnamed,
    /// Resource policies and RCPs.
    Named,
    /// Endpoint policies: an account is its root user alone (M7).
    Endpoint,
}

/// The caller of a request, as clauses see it.
#[derive(Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) prepared: &'a Prepared<'a>,
    /// The caller has a permissions boundary (S16).
    pub(super) has_boundary: bool,
}

impl Who<'_> {
    /// How a clause names the caller.
    pub(super) fn naming(
        &self,
        clause: Option<&PrincipalClause>,
        effect: Effect,
        reading: Reading,
    ) -> Naming {
        if reading == Reading::Unnamed {
            return Naming::direct(Trit::True);
        }
        // S6: a resource policy must say who.
        let Some(clause) = clause else {
            return Naming::direct(Trit::Unknown);
        };
        let entries = clause.entries.iter().map(|entry| &entry.value);
        match (clause.listing, effect) {
            (Listing::Listed, _) => entries.fold(Naming::NOBODY, |naming, entry| {
                naming.or(self.named_by(entry, reading))
            }),
            // S16: whoever is not listed, like `*` without them.
            (Listing::NotListed, Effect::Allow) => Naming::direct(
                Trit::any(entries.map(|entry| self.named_by(entry, reading).any())).negate(),
            ),
            (Listing::NotListed, Effect::Deny) => Naming::direct(self.escapes(clause).negate()),
        }
    }

    fn caller(&self) -> &Caller {
        &self.prepared.request.principal
    }

    /// How one entry names the caller.
    fn named_by(&self, entry: &PrincipalEntry, reading: Reading) -> Naming {
        match (entry, self.caller()) {
            // S11
            (PrincipalEntry::Everyone, _) => Naming::direct(Trit::True),
            // S14
            (PrincipalEntry::Nobody(_), _) => Naming::NOBODY,
            // S2
            (PrincipalEntry::Undefined(_), _) => Naming::direct(Trit::Unknown),
            // M7: in an endpoint policy the root user alone; elsewhere S13.
            (PrincipalEntry::Account { .. }, caller) if reading == Reading::Endpoint => {
                let is_root = matches!(caller, Caller::Root { .. });
                Naming::direct((is_root && self.is_account(entry)).into())
            }
            (PrincipalEntry::Account { .. }, _) => Naming::delegated(self.is_account(entry).into()),
            (PrincipalEntry::User { .. }, Caller::FederatedUser { .. }) => {
                Naming::indirect(self.made_by(entry))
            }
            (PrincipalEntry::Role { .. }, Caller::Session { .. }) => {
                Naming::indirect(self.is_same(entry).into())
            }
            // S15
            (PrincipalEntry::CanonicalUser(_), Caller::Canonical(_)) => {
                Naming::delegated(self.is_same(entry).into())
            }
            _ => Naming::direct(self.is_same(entry).into()),
        }
    }

    /// Whether an entry is the account of the caller (S13).
    fn is_account(&self, entry: &PrincipalEntry) -> bool {
        matches!(entry, PrincipalEntry::Account { account, .. } if self.prepared.account == Some(*account))
    }

    /// Whether an entry names this identity, or the role behind this session.
    fn is_same(&self, entry: &PrincipalEntry) -> bool {
        use PrincipalEntry as Entry;
        match (entry, self.caller()) {
            (
                Entry::User {
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
            )
            | (
                Entry::Role {
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
            ) => account == a && name == n && path == q && partition == p,
            // The role's path is no part of a session's ARN (S13).
            (
                Entry::Session {
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
            ) => account == a && session == s && role == r && partition == p,
            (
                Entry::FederatedUser {
                    partition,
                    account,
                    name,
                },
                Caller::FederatedUser {
                    partition: p,
                    account: a,
                    name: n,
                },
            ) => account == a && name == n && partition == p,
            // S15
            (Entry::Service(name), Caller::Service(n))
            | (Entry::Federated(name), Caller::Federated(n))
            | (Entry::CanonicalUser(name), Caller::Canonical(n)) => name == n,
            _ => false,
        }
    }

    /// Whether a user made a federated session: known only where the account differs (S13).
    fn made_by(&self, entry: &PrincipalEntry) -> Trit {
        match (entry, self.caller()) {
            (
                PrincipalEntry::User {
                    partition, account, ..
                },
                Caller::FederatedUser {
                    partition: p,
                    account: a,
                    ..
                },
            ) if partition == p && account == a => Trit::Unknown,
            _ => Trit::False,
        }
    }

    /// Whether the caller escapes a Deny with `NotPrincipal`: every identity of its chain must be listed (S16).
    fn escapes(&self, clause: &PrincipalClause) -> Trit {
        use PrincipalEntry as Entry;
        let some = |test: &dyn Fn(&Entry) -> Trit| {
            Trit::any(clause.entries.iter().map(|entry| match &entry.value {
                Entry::Everyone => Trit::True,
                Entry::Undefined(_) => Trit::Unknown,
                entry => test(entry),
            }))
        };
        let account = || some(&|entry| self.is_account(entry).into());
        // The entries of one form that name the caller.
        let same = |form: fn(&Entry) -> bool| {
            some(&|entry| Trit::from(form(entry) && self.is_same(entry)))
        };
        let user = |entry: &Entry| matches!(entry, Entry::User { .. });
        let role = |entry: &Entry| matches!(entry, Entry::Role { .. });
        let session =
            |entry: &Entry| matches!(entry, Entry::Session { .. } | Entry::FederatedUser { .. });
        match self.caller() {
            Caller::Root { .. } => account(),
            // An identity with a permissions boundary never escapes.
            Caller::User { .. } | Caller::Session { .. } | Caller::FederatedUser { .. }
                if self.has_boundary =>
            {
                Trit::False
            }
            Caller::User { .. } => account().and(same(user)),
            Caller::Session { .. } => account().and(same(role)).and(same(session)),
            Caller::FederatedUser { .. } => account()
                .and(some(&|entry| self.made_by(entry)))
                .and(same(session)),
            Caller::Anonymous
            | Caller::Service(_)
            | Caller::Federated(_)
            | Caller::Canonical(_) => {
                some(&|entry| Trit::from(self.is_same(entry) || self.is_account(entry)))
            }
        }
    }
}
