//! One caller as one text, and how its keys are read off that text.
//!
//! Everything that follows from a caller's identity (its ARN, account, name, session) is a function of one text, and
//! every test of such a key is a test of that text. So the keys that follow from the caller need no dimensions
//! and no equations of their own: `aws:PrincipalAccount` equals `111122223333` iff the text has the form
//! `arn:…:…::111122223333:…`. For role sessions the text is the role's ARN and the unique id with the session's
//! name, kept apart by a separator that no name holds: `arn:aws:iam::…:role/ops/Admin␟AROA…:alice`.
//!
//! A question is asked once for each kind, because which keys exist depends on it (rule R3, table of derived keys).

use crate::domain::scalar::{Form, Universe};
use crate::domain::text::{Class, Row, RowBuilder, SEPARATOR, TextSet};
use keyaki_language::policy::PrincipalEntry;
use keyaki_language::request::Caller;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The kinds of caller (R1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Session,
    User,
    FederatedUser,
    Root,
    Canonical,
    Federated,
    Service,
    Anonymous,
}

impl Kind {
    /// All kinds, those that people meet most first.
    pub(crate) const ALL: [Kind; 8] = [
        Kind::Session,
        Kind::User,
        Kind::FederatedUser,
        Kind::Root,
        Kind::Canonical,
        Kind::Federated,
        Kind::Service,
        Kind::Anonymous,
    ];

    /// The kind's name in certificates.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Session => "session",
            Kind::User => "user",
            Kind::FederatedUser => "federated-user",
            Kind::Root => "root",
            Kind::Canonical => "canonical",
            Kind::Federated => "federated",
            Kind::Service => "service",
            Kind::Anonymous => "anonymous",
        }
    }

    /// Whether callers of the kind belong to an account whose number is known.
    pub(crate) fn has_account(self) -> bool {
        match self {
            Kind::Session | Kind::User | Kind::FederatedUser | Kind::Root => true,
            Kind::Canonical | Kind::Federated | Kind::Service | Kind::Anonymous => false,
        }
    }

    /// The name of the dimension that holds the caller's text.
    pub(crate) fn dimension_name(self) -> &'static str {
        match self {
            Kind::Session => "principal (role session)",
            Kind::User => "principal (user)",
            Kind::FederatedUser => "principal (federated user)",
            Kind::Root => "principal (root user)",
            Kind::Canonical => "principal (canonical id)",
            Kind::Federated => "principal (federated)",
            Kind::Service => "principal (service)",
            Kind::Anonymous => "principal (anonymous)",
        }
    }
}

/// How a key's value is read off the caller's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Frame {
    /// The whole text: a service, a provider, a canonical id.
    Whole,
    /// The ARN that `aws:PrincipalArn` holds.
    Arn,
    /// The account.
    Account,
    /// The last part of a user's ARN.
    UserName,
    /// What follows the separator of a session: `AROA…:session`.
    UserId,
    /// The account, a colon and the name of a federated user.
    FederatedUserId,
}

/// How a key follows from a caller's kind (table of derived keys).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derived {
    /// Never there.
    Absent,
    /// Always this.
    Fixed(&'static str),
    /// Read off the caller's text.
    Framed(Frame),
    /// A list that holds the service's name and possibly more.
    ServiceNames,
    /// Any value, or absent.
    Free,
}

/// The table of derived keys. `None`: the key does not follow from the caller.
pub(crate) fn derived(kind: Kind, key: &str) -> Option<Derived> {
    use Derived::{Absent, Fixed, Framed, Free, ServiceNames};
    use Kind::{Anonymous, Canonical, Federated, FederatedUser, Root, Service, Session, User};
    // Most keys follow from nobody, and this is asked for each of them time and again.
    if !["aws:principal", "aws:user", "kms:caller"]
        .iter()
        .any(|head| key.starts_with(head))
    {
        return None;
    }
    Some(match key {
        "aws:principalarn" => match kind {
            Session | User | FederatedUser | Root => Framed(Frame::Arn),
            Service | Anonymous | Federated => Absent,
            Canonical => Free,
        },
        "aws:principalaccount" => match kind {
            Session | User | FederatedUser | Root => Framed(Frame::Account),
            Anonymous => Fixed("anonymous"),
            Service | Federated | Canonical => Free,
        },
        "kms:calleraccount" => match kind {
            Session | User | FederatedUser | Root => Framed(Frame::Account),
            Service | Anonymous | Federated => Absent,
            Canonical => Free,
        },
        "aws:principalorgid" | "aws:principalorgpaths" => match kind {
            Session | User | FederatedUser | Root | Canonical => Free,
            Service | Anonymous | Federated => Absent,
        },
        "aws:principaltype" => match kind {
            Root => Fixed("Account"),
            User => Fixed("User"),
            Session => Fixed("AssumedRole"),
            FederatedUser => Fixed("FederatedUser"),
            Anonymous => Fixed("Anonymous"),
            Service | Federated | Canonical => Free,
        },
        "aws:username" => match kind {
            User => Framed(Frame::UserName),
            Root | Session | FederatedUser | Service | Anonymous | Federated => Absent,
            Canonical => Free,
        },
        "aws:userid" => match kind {
            Root => Framed(Frame::Account),
            Session => Framed(Frame::UserId),
            FederatedUser => Framed(Frame::FederatedUserId),
            Anonymous => Fixed("anonymous"),
            User | Service | Federated | Canonical => Free,
        },
        "aws:principalisawsservice" => match kind {
            Root | User | Session | FederatedUser | Canonical => Fixed("false"),
            Service => Fixed("true"),
            Anonymous | Federated => Absent,
        },
        "aws:principalservicename" => match kind {
            Service => Framed(Frame::Whole),
            Root | User | Session | FederatedUser | Anonymous | Federated | Canonical => Absent,
        },
        "aws:principalservicenameslist" => match kind {
            Service => ServiceNames,
            Root | User | Session | FederatedUser | Anonymous | Federated | Canonical => Absent,
        },
        _ if key.starts_with("aws:principaltag/") => match kind {
            User | Session | FederatedUser | Canonical => Free,
            Root | Service | Anonymous | Federated => Absent,
        },
        _ => return None,
    })
}

/// Whether a key follows from the caller for some kind.
pub(crate) fn is_derived(key: &str) -> bool {
    derived(Kind::User, key).is_some()
}

/// The texts of the caller for which the framed key lies in `set`.
pub(crate) fn framed(kind: Kind, frame: Frame, set: &TextSet) -> TextSet {
    TextSet::new(set.all_rows().flat_map(|row| frame_row(kind, frame, &row)))
}

fn frame_row(kind: Kind, frame: Frame, row: &Row) -> Vec<Row> {
    let mut out = RowBuilder::default();
    match frame {
        Frame::Whole => vec![row.clone()],
        Frame::Arn => {
            if !out.row(row, Class::NotSeparator) {
                return Vec::new();
            }
            if kind == Kind::Session {
                out.letter_char(SEPARATOR).many(Class::NotSeparator);
            }
            vec![out.build()]
        }
        Frame::Account => {
            out.text("arn:")
                .many(Class::NotColon)
                .text(":")
                .many(Class::NotColon)
                .text("::");
            if !out.row(row, Class::Digit) {
                return Vec::new();
            }
            vec![out.text(":").many(Class::Any).build()]
        }
        Frame::UserName => {
            let head = |out: &mut RowBuilder| {
                out.text("arn:")
                    .many(Class::NotColon)
                    .text(":iam::")
                    .times(Class::Digit, 12)
                    .text(":user/");
            };
            let mut rows = Vec::new();
            head(&mut out);
            if out.row(row, Class::NotSlashSeparator) {
                rows.push(out.build());
                let mut deep = RowBuilder::default();
                head(&mut deep);
                deep.many(Class::Any).text("/");
                deep.row(row, Class::NotSlashSeparator);
                rows.push(deep.build());
            }
            rows
        }
        Frame::UserId => {
            out.many(Class::NotSeparator).letter_char(SEPARATOR);
            if out.row(row, Class::NotSeparator) {
                vec![out.build()]
            } else {
                Vec::new()
            }
        }
        Frame::FederatedUserId => row
            .split_at(':', Class::Digit)
            .into_iter()
            .filter_map(|(account, name)| {
                let mut out = RowBuilder::default();
                out.text("arn:").many(Class::NotColon).text(":sts::");
                if !out.row(&account, Class::Digit) {
                    return None;
                }
                out.text(":federated-user/");
                out.row(&name, Class::NotSeparator).then(|| out.build())
            })
            .collect(),
    }
}

/// The texts of callers that an entry of a principal clause names, for this kind (S11 to S15).
///
/// `Everyone`, `Nobody` and `Undefined` are not sets of texts and give the empty set.
pub(crate) fn entry_texts(kind: Kind, entry: &PrincipalEntry) -> TextSet {
    let mut row = RowBuilder::default();
    let rows = match (kind, entry) {
        // An account's number is its own in all partitions, so `…:root` and the number alone say the same.
        (
            Kind::Session | Kind::User | Kind::FederatedUser | Kind::Root,
            PrincipalEntry::Account { account, .. },
        ) => {
            row.text("arn:")
                .many(Class::NotColon)
                .text(":")
                .many(Class::NotColon)
                .text("::")
                .text(&account.to_string())
                .text(":")
                .many(Class::Any);
            vec![row.build()]
        }
        (
            Kind::User,
            PrincipalEntry::User {
                partition,
                account,
                path,
                name,
            },
        ) => {
            vec![Row::literal(&format!(
                "arn:{partition}:iam::{account}:user{path}{name}"
            ))]
        }
        (
            Kind::Session,
            PrincipalEntry::Role {
                partition,
                account,
                path,
                name,
            },
        ) => {
            row.text(&format!("arn:{partition}:iam::{account}:role{path}{name}"))
                .letter_char(SEPARATOR)
                .many(Class::NotSeparator);
            vec![row.build()]
        }
        (
            Kind::Session,
            PrincipalEntry::Session {
                partition,
                account,
                role,
                session,
            },
        ) => {
            let mut deep = RowBuilder::default();
            row.text(&format!("arn:{partition}:iam::{account}:role/{role}"));
            deep.text(&format!("arn:{partition}:iam::{account}:role/"))
                .many(Class::NotSeparator)
                .text(&format!("/{role}"));
            for row in [&mut row, &mut deep] {
                row.letter_char(SEPARATOR)
                    .many(Class::NotSeparator)
                    .text(":")
                    .text(session);
            }
            vec![row.build(), deep.build()]
        }
        (
            Kind::FederatedUser,
            PrincipalEntry::FederatedUser {
                partition,
                account,
                name,
            },
        ) => {
            vec![Row::literal(&format!(
                "arn:{partition}:sts::{account}:federated-user/{name}"
            ))]
        }
        (Kind::Service, PrincipalEntry::Service(text))
        | (Kind::Federated, PrincipalEntry::Federated(text))
        | (Kind::Canonical, PrincipalEntry::CanonicalUser(text)) => vec![Row::literal(text)],
        _ => Vec::new(),
    };
    TextSet::new(rows)
}

/// The partitions that there are, whether or not a document names them.
const OWN: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

/// What the documents at hand name beyond the ordinary universe (R1a).
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    partitions: BTreeSet<String>,
    services: BTreeSet<String>,
    federated: BTreeSet<String>,
    canonical: BTreeSet<String>,
    users: BTreeSet<String>,
    /// Role ARNs, and session names.
    roles: BTreeSet<String>,
    sessions: BTreeSet<String>,
    federated_users: BTreeSet<String>,
}

impl Named {
    /// Takes note of one entry of a principal clause.
    pub(crate) fn note(&mut self, entry: &PrincipalEntry) {
        let mut partition = None;
        match entry {
            PrincipalEntry::Everyone | PrincipalEntry::Nobody(_) | PrincipalEntry::Undefined(_) => {
            }
            PrincipalEntry::Account { partition: p, .. } => partition = p.as_ref(),
            PrincipalEntry::User {
                partition: p,
                account,
                path,
                name,
            } => {
                partition = Some(p);
                self.users
                    .insert(format!("arn:{p}:iam::{account}:user{path}{name}"));
            }
            PrincipalEntry::Role {
                partition: p,
                account,
                path,
                name,
            } => {
                partition = Some(p);
                self.roles
                    .insert(format!("arn:{p}:iam::{account}:role{path}{name}"));
            }
            PrincipalEntry::Session {
                partition: p,
                account,
                role,
                session,
            } => {
                partition = Some(p);
                self.roles
                    .insert(format!("arn:{p}:iam::{account}:role/{role}"));
                self.sessions.insert(session.clone());
            }
            PrincipalEntry::FederatedUser {
                partition: p,
                account,
                name,
            } => {
                partition = Some(p);
                self.federated_users
                    .insert(format!("arn:{p}:sts::{account}:federated-user/{name}"));
            }
            PrincipalEntry::Service(text) => {
                self.services.insert(text.clone());
            }
            PrincipalEntry::Federated(text) => {
                self.federated.insert(text.clone());
            }
            PrincipalEntry::CanonicalUser(text) => {
                // R1: a canonical id has 64 hex digits; whatever else stands there names nobody.
                if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
                    self.canonical.insert(text.clone());
                }
            }
        }
        self.partitions.extend(partition.cloned());
    }

    fn partitions(&self) -> impl Iterator<Item = &str> {
        OWN.into_iter().chain(
            self.partitions
                .iter()
                .map(String::as_str)
                .filter(|p| !OWN.contains(p)),
        )
    }

    /// The universe of callers of one kind (R1).
    ///
    /// What documents name is mostly a few words beside the ordinary callers, whose rows are made once and shared.
    pub(crate) fn universe(&self, kind: Kind) -> Universe {
        static ORDINARY: LazyLock<[Universe; 8]> =
            LazyLock::new(|| Kind::ALL.map(|kind| Named::default().universe_anew(kind).prepared()));
        let none = BTreeSet::new();
        let words = match kind {
            Kind::User => &self.users,
            Kind::FederatedUser => &self.federated_users,
            Kind::Service => &self.services,
            Kind::Federated => &self.federated,
            Kind::Canonical => &self.canonical,
            Kind::Session | Kind::Root | Kind::Anonymous => &none,
        };
        let session = kind == Kind::Session;
        if self.partitions().count() > OWN.len() || (session && !self.sessions.is_empty()) {
            return self.universe_anew(kind);
        }
        if session && !self.roles.is_empty() {
            let role = |role: &String| session_row(RowBuilder::default().text(role), None);
            return ORDINARY[kind as usize].with_rows(self.roles.iter().map(role));
        }
        ORDINARY[kind as usize].with_words(words.iter().map(String::as_str))
    }

    fn universe_anew(&self, kind: Kind) -> Universe {
        let mut rows = Vec::new();
        let mut except = TextSet::default();
        let words = |rows: &mut Vec<Row>, words: &BTreeSet<String>| {
            rows.extend(words.iter().map(|w| Row::literal(w)))
        };
        match kind {
            Kind::Anonymous => rows.push(Row::literal("anonymous")),
            Kind::Root => {
                for partition in self.partitions() {
                    rows.push(
                        RowBuilder::default()
                            .text(&format!("arn:{partition}:iam::"))
                            .times(Class::Digit, 12)
                            .text(":root")
                            .build(),
                    );
                }
            }
            Kind::User => {
                for partition in self.partitions() {
                    rows.extend(iam_rows(partition, "user", &mut |row| row.build()));
                }
                words(&mut rows, &self.users);
            }
            Kind::Session => {
                let names: Vec<Option<&str>> = std::iter::once(None)
                    .chain(self.sessions.iter().map(|s| Some(s.as_str())))
                    .collect();
                for partition in self.partitions() {
                    for name in &names {
                        rows.extend(iam_rows(partition, "role", &mut |row| {
                            session_row(row, *name)
                        }));
                    }
                }
                for role in &self.roles {
                    for name in &names {
                        rows.push(session_row(RowBuilder::default().text(role), *name));
                    }
                }
            }
            Kind::FederatedUser => {
                for partition in self.partitions() {
                    rows.push(
                        RowBuilder::default()
                            .text(&format!("arn:{partition}:sts::"))
                            .times(Class::Digit, 12)
                            .text(":federated-user/")
                            .some(Class::Name)
                            .build(),
                    );
                }
                words(&mut rows, &self.federated_users);
            }
            Kind::Service => {
                for ending in [".amazonaws.com", ".amazonaws.com.cn"] {
                    rows.push(
                        RowBuilder::default()
                            .letter(crate::domain::text::Letter::Of(Class::Label))
                            .many(Class::LabelDot)
                            .text(ending)
                            .build(),
                    );
                }
                except = TextSet::new([RowBuilder::default()
                    .many(Class::Any)
                    .text("..")
                    .many(Class::Any)
                    .build()]);
                words(&mut rows, &self.services);
            }
            Kind::Federated => {
                for provider in [
                    "accounts.google.com",
                    "cognito-identity.amazonaws.com",
                    "graph.facebook.com",
                    "www.amazon.com",
                ] {
                    rows.push(Row::literal(provider));
                }
                for partition in self.partitions() {
                    for provider in ["saml-provider", "oidc-provider"] {
                        let text = format!(":{provider}/");
                        rows.push(
                            RowBuilder::default()
                                .text(&format!("arn:{partition}:iam::"))
                                .times(Class::Digit, 12)
                                .text(&text)
                                .some(Class::Graphic)
                                .build(),
                        );
                    }
                }
                words(&mut rows, &self.federated);
            }
            Kind::Canonical => {
                rows.push(RowBuilder::default().times(Class::Hex, 64).build());
                words(&mut rows, &self.canonical);
            }
        }
        Universe::new(vec![Form::Text {
            within: TextSet::new(rows),
            except,
        }])
    }
}

/// A role's session: the separator, a unique id without a colon, a colon, the session's name of two letters at least.
fn session_row(row: &mut RowBuilder, name: Option<&str>) -> Row {
    row.letter_char(SEPARATOR)
        .many(Class::NotColonSeparator)
        .text(":");
    match name {
        Some(name) => row.text(name),
        None => row
            .letter(crate::domain::text::Letter::Of(Class::Name))
            .some(Class::Name),
    };
    row.build()
}

/// `arn:P:iam::A:TYPE/name` and `arn:P:iam::A:TYPE/path/name`.
fn iam_rows(
    partition: &str,
    kind: &str,
    finish: &mut impl FnMut(&mut RowBuilder) -> Row,
) -> [Row; 2] {
    let head = |row: &mut RowBuilder| {
        row.text(&format!("arn:{partition}:iam::"))
            .times(Class::Digit, 12)
            .text(&format!(":{kind}/"));
    };
    let mut flat = RowBuilder::default();
    head(&mut flat);
    flat.some(Class::Name);
    let mut deep = RowBuilder::default();
    head(&mut deep);
    deep.some(Class::Graphic).text("/").some(Class::Name);
    [finish(&mut flat), finish(&mut deep)]
}

/// Reads the caller back from the text that a model gave.
pub(crate) fn caller_of(kind: Kind, text: &str) -> (Caller, Option<String>) {
    use keyaki_language::policy::AccountId;
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let partition = || parts[1].to_owned();
    let account =
        || AccountId::parse(parts[4]).expect("the universe of callers has twelve digits there");
    let path_and_name = |rest: &str| {
        let cut = rest
            .rfind('/')
            .expect("the universe of callers has a slash there");
        (rest[..=cut].to_owned(), rest[cut + 1..].to_owned())
    };
    match kind {
        Kind::Anonymous => (Caller::Anonymous, None),
        Kind::Service => (Caller::Service(text.to_owned()), None),
        Kind::Federated => (Caller::Federated(text.to_owned()), None),
        Kind::Canonical => (Caller::Canonical(text.to_owned()), None),
        Kind::Root => (
            Caller::Root {
                partition: partition(),
                account: account(),
            },
            None,
        ),
        Kind::FederatedUser => {
            let name = parts[5].trim_start_matches("federated-user/").to_owned();
            (
                Caller::FederatedUser {
                    partition: partition(),
                    account: account(),
                    name,
                },
                None,
            )
        }
        Kind::User => {
            let (path, name) = path_and_name(parts[5].strip_prefix("user").expect("a user's ARN"));
            (
                Caller::User {
                    partition: partition(),
                    account: account(),
                    path,
                    name,
                },
                None,
            )
        }
        Kind::Session => {
            let (role, id) = parts[5]
                .split_once(SEPARATOR)
                .expect("a session's text has a separator");
            let (path, role) = path_and_name(role.strip_prefix("role").expect("a role's ARN"));
            let session = id
                .rsplit_once(':')
                .expect("a session's id has a colon")
                .1
                .to_owned();
            (
                Caller::Session {
                    partition: partition(),
                    account: account(),
                    path,
                    role,
                    session: Some(session),
                },
                Some(id.to_owned()),
            )
        }
    }
}
