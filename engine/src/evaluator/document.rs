//! Documents and their statements, compiled (S1, S17 to S19).

use super::condition::{Condition, contains};
use super::glob::{ArnGlob, Case, Glob};
use super::principal::{Naming, Reading, Who};
use super::request::Keys;
use super::trit::Trit;
use keyaki_language::Policy;
use keyaki_language::policy;
use keyaki_language::policy::{
    ActionClause, Effect, Listing, PrincipalClause, ResourceClause, ResourceForm,
};
use keyaki_language::template::{Template, Variables, Wildcards};

/// A compiled document, its statements parted by effect.
#[derive(Debug)]
pub(super) struct Document {
    allow: Box<[Statement]>,
    deny: Box<[Statement]>,
}

impl Document {
    pub(super) fn new(policy: &Policy, keys: &mut Keys) -> Self {
        let mut of = |effect| {
            let statements = policy.statements.iter().filter(|s| s.effect == effect);
            statements.map(|s| Statement::new(s, keys)).collect()
        };
        Self {
            allow: of(Effect::Allow),
            deny: of(Effect::Deny),
        }
    }

    /// Whether a Deny of the document applies.
    pub(super) fn denies(&self, who: &Who<'_>, reading: Reading) -> Trit {
        Trit::any(self.deny.iter().map(|s| s.naming(who, reading).any()))
    }

    /// Whether an Allow of the document applies.
    pub(super) fn allows(&self, who: &Who<'_>, reading: Reading) -> Trit {
        Trit::any(self.allow.iter().map(|s| s.naming(who, reading).any()))
    }

    /// How the Allow statements name the caller.
    pub(super) fn grants(&self, who: &Who<'_>) -> Naming {
        let namings = self.allow.iter().map(|s| s.naming(who, Reading::Named));
        namings.fold(Naming::NOBODY, Naming::or)
    }
}

/// A compiled statement.
#[derive(Debug)]
struct Statement {
    effect: Effect,
    action: Actions,
    principal: Option<PrincipalClause>,
    resource: Option<Resources>,
    conditions: Box<[Condition]>,
}

impl Statement {
    fn new(statement: &policy::Statement, keys: &mut Keys) -> Self {
        Self {
            effect: statement.effect,
            action: Actions::new(&statement.action, keys),
            principal: statement.principal.clone(),
            resource: statement
                .resource
                .as_ref()
                .map(|clause| Resources::new(clause, keys)),
            conditions: statement
                .conditions
                .iter()
                .map(|condition| Condition::new(condition, keys))
                .collect(),
        }
    }

    /// How the statement names the caller, if it applies (S1): cheap tests first, and none after one that fails.
    fn naming(&self, who: &Who<'_>, reading: Reading) -> Naming {
        if !self.action.hold(who) {
            return Naming::NOBODY;
        }
        let resource = self.resource.as_ref().map_or(Trit::True, |r| r.hold(who));
        if resource == Trit::False {
            return Naming::NOBODY;
        }
        let naming = who.naming(self.principal.as_ref(), self.effect, reading);
        if naming == Naming::NOBODY {
            return naming;
        }
        let values = &who.prepared.values;
        let conditions = Trit::all(self.conditions.iter().map(|c| c.holds(values)));
        naming.and(resource.and(conditions))
    }
}

/// `Action` or `NotAction`, in lower case (S17).
#[derive(Debug)]
struct Actions {
    listed: bool,
    /// Whole names, sorted.
    names: Box<[Box<str>]>,
    globs: Box<[Glob]>,
}

impl Actions {
    fn new(clause: &ActionClause, keys: &mut Keys) -> Self {
        let mut names = Vec::new();
        let mut globs = Vec::new();
        for pattern in &clause.patterns {
            let text = pattern.value.to_ascii_lowercase();
            // S40: `${` opens no variable in an action.
            let template = Template::parse(&text, Wildcards::Active, Variables::Literal);
            match Glob::of(&template, keys) {
                Glob::Plain(name) => names.push(name),
                glob => globs.push(glob),
            }
        }
        names.sort_unstable();
        Self {
            listed: clause.listing == Listing::Listed,
            names: names.into(),
            globs: globs.into(),
        }
    }

    fn hold(&self, who: &Who<'_>) -> bool {
        let prepared = who.prepared;
        let action = &*prepared.action;
        let found = contains(&self.names, action)
            || self
                .globs
                .iter()
                .any(|glob| glob.matches(action, &prepared.values, Case::Exact));
        found == self.listed
    }
}

/// `Resource` or `NotResource` (S18, S19).
#[derive(Debug)]
struct Resources {
    listed: bool,
    any: bool,
    /// A pattern without a meaning is among them.
    short: bool,
    patterns: Box<[ArnGlob]>,
}

impl Resources {
    fn new(clause: &ResourceClause, keys: &mut Keys) -> Self {
        let has = |form: ResourceForm| clause.patterns.iter().any(|p| p.value.form == form);
        let patterns = clause.patterns.iter().filter_map(|pattern| {
            let parts = pattern.value.parts()?;
            Some(ArnGlob::of(&parts, keys))
        });
        Self {
            patterns: patterns.collect(),
            listed: clause.listing == Listing::Listed,
            any: has(ResourceForm::Any),
            short: has(ResourceForm::Short),
        }
    }

    fn hold(&self, who: &Who<'_>) -> Trit {
        let prepared = who.prepared;
        let found = self.any
            || prepared.arn.as_ref().is_some_and(|arn| {
                self.patterns
                    .iter()
                    .any(|pattern| pattern.matches(arn, &prepared.values))
            });
        let found = match (found, self.short) {
            (true, _) => Trit::True,
            (false, true) => Trit::Unknown,
            (false, false) => Trit::False,
        };
        found.negate_if(!self.listed)
    }
}
