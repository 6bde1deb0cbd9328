//! One statement, one request: principal, action, resource and every condition must match (S1).

use super::condition;
use super::matching::{Case, arn_matches, pattern_matches, plain_arn_matches};
use super::principal::{Naming, Reading, naming};
use super::truth::{Reason, Truth};
use crate::policy::{
    ActionClause, Effect, Listing, Policy, ResourceClause, ResourceForm, Statement,
};
use crate::request::Request;
use crate::template::Variables;

/// A document in its place: how its principals are read, and the pointer under which it stands.
#[derive(Clone)]
pub(super) struct Document<'a> {
    pub(super) policy: &'a Policy,
    pub(super) reading: Reading,
    pub(super) at: String,
}

impl Document<'_> {
    /// JSON pointer of a statement.
    pub(super) fn pointer(&self, index: usize) -> String {
        format!("{}/Statement/{index}", self.at)
    }
}

/// The request, and what else of it bears on statements.
pub(super) struct Scene<'a> {
    pub(super) request: &'a Request,
    /// The caller has a permissions boundary (S16).
    pub(super) has_boundary: bool,
}

impl Scene<'_> {
    /// Whether a statement applies (S1).
    pub(super) fn applies(&self, document: &Document, index: usize) -> Truth {
        self.naming(document, index).any()
    }

    /// How an applying statement names the caller; nobody if it does not apply.
    pub(super) fn naming(&self, document: &Document, index: usize) -> Naming {
        let Some(statement) = document.policy.statements.get(index) else {
            return Naming::none();
        };
        // Most statements are about other actions, and need no pointer.
        if !concerns_action(&statement.action, &self.request.action) {
            return Naming::none();
        }
        let at = document.pointer(index);
        let rest = self.concerns(statement, &at);
        if rest.is_false() {
            return Naming::none();
        }
        naming(
            statement,
            document.reading,
            self.request,
            self.has_boundary,
            &at,
        )
        .and(&rest)
    }

    /// Resource and conditions.
    fn concerns(&self, statement: &Statement, at: &str) -> Truth {
        // S2, S19: without Resource, every resource; a trust policy is about its role.
        let resource = match &statement.resource {
            None => Truth::True,
            Some(clause) => self.concerns_resource(clause, at),
        };
        if resource.is_false() {
            return resource;
        }
        // S21: all of them.
        let context = &self.request.context;
        let conditions = statement
            .conditions
            .iter()
            .map(|c| condition::holds(c, context, at));
        resource.and(Truth::all(conditions))
    }

    /// S18, S19.
    fn concerns_resource(&self, clause: &ResourceClause, at: &str) -> Truth {
        let listed = Truth::any(
            clause
                .patterns
                .iter()
                .map(|pattern| match &pattern.value.form {
                    ResourceForm::Any => Truth::True,
                    ResourceForm::Parts(Variables::Literal) => Truth::from(plain_arn_matches(
                        &pattern.value.text,
                        &self.request.resource,
                    )),
                    ResourceForm::Parts(Variables::Active) => {
                        let parts = pattern.value.parts();
                        let (arn, context) = (&self.request.resource, &self.request.context);
                        Truth::from(parts.is_some_and(|parts| arn_matches(&parts, arn, context)))
                    }
                    ResourceForm::Short => {
                        let message = pattern.value.why_short();
                        let element = match clause.listing {
                            Listing::Listed => "Resource",
                            Listing::NotListed => "NotResource",
                        };
                        Truth::Unknown(Reason::new("undefined", message, format!("{at}/{element}")))
                    }
                }),
        );
        listed.negate_if(clause.listing == Listing::NotListed)
    }

    /// Whether a statement of this effect applies in one of the documents.
    pub(super) fn some(&self, documents: &[Document], effect: Effect) -> Truth {
        Truth::any(documents.iter().flat_map(|document| {
            with_effect(document.policy, effect).map(|index| self.applies(document, index))
        }))
    }

    /// How the Allow statements of a document name the caller.
    pub(super) fn grants(&self, document: &Document) -> Naming {
        with_effect(document.policy, Effect::Allow)
            .map(|index| self.naming(document, index))
            .fold(Naming::none(), Naming::or)
    }
}

/// Indices of the statements of an effect.
fn with_effect(policy: &Policy, effect: Effect) -> impl Iterator<Item = usize> {
    let statements = policy.statements.iter().enumerate();
    statements
        .filter(move |(_, s)| s.effect == effect)
        .map(|(index, _)| index)
}

/// S17, S19: without regard to case, over the whole name.
fn concerns_action(clause: &ActionClause, action: &str) -> bool {
    // S40: `${` opens no variable in an action.
    let listed = clause
        .patterns
        .iter()
        .any(|pattern| pattern_matches(&pattern.value, action, Case::Folded));
    match clause.listing {
        Listing::Listed => listed,
        Listing::NotListed => !listed,
    }
}
