//! Callers: their kinds, the texts they have, and the keys that follow from them (R1, table of derived keys).
//!
//! A caller is one text. For a role session it is the role's ARN, a separator, and the unique id with the session's name:
//! `arn:aws:iam::111122223333:role/ops/Admin␟AROA…:kim`. A key that follows from a caller is a part of that text.

use super::atom::Form;
use super::pattern::{List, Pattern, SEPARATOR, Set, Window};
use crate::Policy;
use crate::policy::PrincipalEntry;
use std::collections::BTreeSet;

/// A kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A session of a role.
    Session,
    /// An IAM user.
    User,
    /// A federated user.
    FederatedUser,
    /// An account's root user.
    Root,
    /// A canonical id.
    Canonical,
    /// A SAML or OIDC identity.
    Federated,
    /// An AWS service.
    Service,
    /// Nobody known.
    Anonymous,
}

impl Kind {
    /// All of them: a certificate must deal with each.
    pub const ALL: [(Kind, &'static str); 8] = [
        (Kind::Session, "session"),
        (Kind::User, "user"),
        (Kind::FederatedUser, "federated-user"),
        (Kind::Root, "root"),
        (Kind::Canonical, "canonical"),
        (Kind::Federated, "federated"),
        (Kind::Service, "service"),
        (Kind::Anonymous, "anonymous"),
    ];

    /// Whether callers of the kind belong to an account whose number is known.
    pub fn has_account(self) -> bool {
        self <= Kind::Root
    }
}

/// How a key follows from a caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Derived {
    /// Never there.
    Absent,
    /// Always this.
    Fixed(&'static str),
    /// A part of the caller's text.
    Part(Window),
    /// A list that holds the service's name and possibly more.
    ServiceNames,
    /// Any value, or absent.
    Free,
}

/// The table of derived keys; a key that is not in it is free. The second member tells whether it is.
pub fn derived(kind: Kind, key: &str) -> (Derived, bool) {
    use Derived::{Absent, Fixed, Free, Part, ServiceNames};
    use Kind::{Anonymous, Canonical, Federated, FederatedUser, Root, Service, Session, User};
    let how = match (key, kind) {
        ("aws:principalarn", Session) => Part(Window::Arn),
        ("aws:principalarn", User | FederatedUser | Root) => Part(Window::Whole),
        ("aws:principalaccount", Session | User | FederatedUser | Root) => Part(Window::Account),
        ("aws:principalaccount", Anonymous) => Fixed("anonymous"),
        ("aws:principalaccount", Service | Federated) => Free,
        ("kms:calleraccount", Session | User | FederatedUser | Root) => Part(Window::Account),
        ("aws:principalorgid" | "aws:principalorgpaths", Session | User | FederatedUser | Root) => {
            Free
        }
        ("aws:principaltype", Root) => Fixed("Account"),
        ("aws:principaltype", User) => Fixed("User"),
        ("aws:principaltype", Session) => Fixed("AssumedRole"),
        ("aws:principaltype", FederatedUser) => Fixed("FederatedUser"),
        ("aws:principaltype", Anonymous) => Fixed("Anonymous"),
        ("aws:principaltype", Service | Federated) => Free,
        ("aws:username", User) => Part(Window::Name),
        ("aws:userid", Root) => Part(Window::Account),
        ("aws:userid", Session) => Part(Window::Session),
        ("aws:userid", FederatedUser) => Part(Window::AccountAndName),
        ("aws:userid", Anonymous) => Fixed("anonymous"),
        ("aws:userid", User | Service | Federated) => Free,
        ("aws:principalisawsservice", Root | User | Session | FederatedUser | Canonical) => {
            Fixed("false")
        }
        ("aws:principalisawsservice", Service) => Fixed("true"),
        ("aws:principalservicename", Service) => Part(Window::Whole),
        ("aws:principalservicenameslist", Service) => ServiceNames,
        ("aws:principalservicename" | "aws:principalservicenameslist", _) => Absent,
        (
            "aws:principalarn"
            | "aws:principalaccount"
            | "kms:calleraccount"
            | "aws:principalorgid"
            | "aws:principalorgpaths"
            | "aws:principaltype"
            | "aws:username"
            | "aws:userid"
            | "aws:principalisawsservice",
            kind,
        ) => {
            if kind == Canonical {
                Free
            } else {
                Absent
            }
        }
        _ if key.starts_with("aws:principaltag/") => match kind {
            User | Session | FederatedUser | Canonical => Free,
            Root | Service | Anonymous | Federated => Absent,
        },
        _ => return (Free, false),
    };
    (how, true)
}

/// The list of texts whose part in the window matches one of the patterns; patterns that cannot be such a part are left out.
pub fn part(window: Window, patterns: &[Pattern]) -> List {
    let spelled = |pattern: &Pattern, out: &dyn Fn(char) -> bool| {
        pattern.chars().any(|set| match set {
            Set::Char(c) => !super::pattern::is_hole(c) && out(c),
            Set::Fold(c) => out(c) && out(c.to_ascii_uppercase()),
            _ => false,
        })
    };
    let can = |pattern: &&Pattern| match window {
        Window::Whole => true,
        Window::Arn | Window::Session => !spelled(pattern, &|c| c == SEPARATOR),
        Window::Account => !spelled(pattern, &|c| !c.is_ascii_digit()),
        Window::Name => !spelled(pattern, &|c| c == '/' || c == SEPARATOR),
        // The value of a variable may hold the colon.
        Window::AccountAndName => {
            let apart = |head: &Pattern| !spelled(head, &|c| !c.is_ascii_digit());
            !spelled(pattern, &|c| c == SEPARATOR)
                && (pattern.holes().next().is_some() || pattern.heads(':').iter().any(apart))
        }
    };
    List {
        window,
        patterns: patterns.iter().filter(can).cloned().collect(),
    }
}

/// The callers of a kind that an entry of a principal clause names (S11 to S15).
pub fn entry(kind: Kind, entry: &PrincipalEntry) -> List {
    let whole = |text: &str| List::whole([Pattern::text(text)]);
    match (kind, entry) {
        (
            Kind::Session | Kind::User | Kind::FederatedUser | Kind::Root,
            PrincipalEntry::Account { account, .. },
        ) => part(Window::Account, &[Pattern::text(&account.to_string())]),
        (
            Kind::User,
            PrincipalEntry::User {
                partition,
                account,
                path,
                name,
            },
        ) => whole(&format!("arn:{partition}:iam::{account}:user{path}{name}")),
        (
            Kind::Session,
            PrincipalEntry::Role {
                partition,
                account,
                path,
                name,
            },
        ) => part(
            Window::Arn,
            &[Pattern::text(&format!(
                "arn:{partition}:iam::{account}:role{path}{name}"
            ))],
        ),
        (
            Kind::Session,
            PrincipalEntry::Session {
                partition,
                account,
                role,
                session,
            },
        ) => {
            // The role's path is not part of a session's ARN.
            let head = format!("arn:{partition}:iam::{account}:role/");
            let end = |head: Pattern| {
                head.then(role)
                    .then(&SEPARATOR.to_string())
                    .many(Set::Not("\u{1f}"))
                    .then(":")
                    .then(session)
            };
            List::whole([
                end(Pattern::text(&head)),
                end(Pattern::text(&head).many(Set::Not("\u{1f}")).then("/")),
            ])
        }
        (
            Kind::FederatedUser,
            PrincipalEntry::FederatedUser {
                partition,
                account,
                name,
            },
        ) => whole(&format!(
            "arn:{partition}:sts::{account}:federated-user/{name}"
        )),
        (Kind::Service, PrincipalEntry::Service(text))
        | (Kind::Federated, PrincipalEntry::Federated(text))
        | (Kind::Canonical, PrincipalEntry::CanonicalUser(text)) => whole(text),
        _ => List::whole([]),
    }
}

/// Every text that a caller of the kind can have; what the documents name is possible as well (R1a).
pub fn universe(kind: Kind, documents: &[&Policy]) -> Form {
    let clauses = documents
        .iter()
        .flat_map(|d| &d.statements)
        .filter_map(|s| s.principal.as_ref());
    let entries: Vec<&PrincipalEntry> = clauses
        .flat_map(|clause| &clause.entries)
        .map(|e| &e.value)
        .collect();
    let mut partitions = BTreeSet::from(["aws", "aws-cn", "aws-us-gov"]);
    for entry in &entries {
        match entry {
            PrincipalEntry::Account {
                partition: Some(p), ..
            }
            | PrincipalEntry::User { partition: p, .. }
            | PrincipalEntry::Role { partition: p, .. }
            | PrincipalEntry::Session { partition: p, .. }
            | PrincipalEntry::FederatedUser { partition: p, .. } => partitions.extend([p.as_str()]),
            _ => {}
        }
    }
    let mut except = Vec::new();
    let arn = |p: &str, service: &str, rest: &str| {
        Pattern::text(&format!("arn:{p}:{service}::"))
            .times(Set::Digit, 12)
            .then(rest)
    };
    let mut patterns: Vec<Pattern> = match kind {
        Kind::Anonymous => vec![Pattern::text("anonymous")],
        Kind::Canonical => vec![Pattern::default().times(Set::Hex, 64)],
        Kind::Service => {
            except.push(Pattern::default().many(Set::Any).then("..").many(Set::Any));
            let label = Pattern::default()
                .times(Set::Lower("-"), 1)
                .many(Set::Lower("-."));
            [".amazonaws.com", ".amazonaws.com.cn"]
                .map(|end| label.clone().then(end))
                .into()
        }
        Kind::Federated => [
            "accounts.google.com",
            "cognito-identity.amazonaws.com",
            "graph.facebook.com",
            "www.amazon.com",
        ]
        .map(Pattern::text)
        .into(),
        Kind::Session | Kind::User | Kind::FederatedUser | Kind::Root => Vec::new(),
    };
    for p in partitions {
        match kind {
            Kind::Root => patterns.push(arn(p, "iam", ":root")),
            Kind::FederatedUser => patterns.push(arn(p, "sts", ":federated-user/").some(Set::Name)),
            Kind::Federated => patterns.extend(
                [":saml-provider/", ":oidc-provider/"]
                    .map(|rest| arn(p, "iam", rest).some(Set::Graphic)),
            ),
            Kind::User | Kind::Session => {
                let head = arn(
                    p,
                    "iam",
                    if kind == Kind::User {
                        ":user/"
                    } else {
                        ":role/"
                    },
                );
                patterns.extend([
                    head.clone().some(Set::Name),
                    head.some(Set::Graphic).then("/").some(Set::Name),
                ]);
            }
            Kind::Canonical | Kind::Service | Kind::Anonymous => {}
        }
    }
    // Roles and sessions are named apart: any named role may have any session, and any role a named session.
    let mut sessions = vec![Pattern::default().times(Set::Name, 1).some(Set::Name)];
    for entry in entries {
        match (kind, entry) {
            (
                Kind::Session,
                PrincipalEntry::Role {
                    partition,
                    account,
                    path,
                    name,
                },
            ) => patterns.push(Pattern::text(&format!(
                "arn:{partition}:iam::{account}:role{path}{name}"
            ))),
            (
                Kind::Session,
                PrincipalEntry::Session {
                    partition,
                    account,
                    role,
                    session,
                },
            ) => {
                patterns.push(Pattern::text(&format!(
                    "arn:{partition}:iam::{account}:role/{role}"
                )));
                sessions.push(Pattern::text(session));
            }
            (Kind::Canonical, PrincipalEntry::CanonicalUser(text))
                if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) => {}
            (Kind::Session, _) | (_, PrincipalEntry::Account { .. }) => {}
            (kind, other) => patterns.extend(self::entry(kind, other).patterns),
        }
    }
    if kind == Kind::Session {
        let id = Pattern::text(&SEPARATOR.to_string())
            .many(Set::Not(":\u{1f}"))
            .then(":");
        let with = |role: &Pattern| {
            sessions
                .iter()
                .map(|session| {
                    [role, &id, session]
                        .into_iter()
                        .fold(Pattern::default(), |mut all, part| {
                            all.append(part);
                            all
                        })
                })
                .collect::<Vec<_>>()
        };
        patterns = patterns.iter().flat_map(with).collect();
    }
    let mut seen = Vec::new();
    patterns.retain(|p| {
        !seen.contains(p) && {
            seen.push(p.clone());
            true
        }
    });
    Form::Text {
        within: List::whole(patterns),
        except: List::whole(except),
    }
}
