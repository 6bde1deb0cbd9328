//! Statements, documents and batch lines, written as compact JSON.

use super::{Expect, Question};
use std::collections::BTreeMap;

/// A statement in the making: every action on every resource until it is narrowed.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    effect: &'static str,
    principal: Option<(&'static str, String)>,
    action: (&'static str, Vec<String>),
    resource: (&'static str, Vec<String>),
    conditions: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// A statement that lets in.
pub(crate) fn allow() -> Clause {
    Clause::new("Allow")
}

/// A statement that shuts out.
pub(crate) fn deny() -> Clause {
    Clause::new("Deny")
}

impl Clause {
    fn new(effect: &'static str) -> Self {
        let all = || vec!["*".to_owned()];
        Self {
            effect,
            principal: None,
            action: ("Action", all()),
            resource: ("Resource", all()),
            conditions: BTreeMap::new(),
        }
    }

    /// For these principals, as the JSON value of the element; makes the document a resource policy.
    pub(crate) fn by(self, json: impl Into<String>) -> Self {
        Self {
            principal: Some(("Principal", json.into())),
            ..self
        }
    }

    /// For all principals but these.
    pub(crate) fn not_by(self, json: impl Into<String>) -> Self {
        Self {
            principal: Some(("NotPrincipal", json.into())),
            ..self
        }
    }

    /// `Action`.
    pub(crate) fn doing<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        Self {
            action: ("Action", texts(patterns)),
            ..self
        }
    }

    /// `NotAction`.
    pub(crate) fn not_doing<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        Self {
            action: ("NotAction", texts(patterns)),
            ..self
        }
    }

    /// `Resource`.
    pub(crate) fn on<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        Self {
            resource: ("Resource", texts(patterns)),
            ..self
        }
    }

    /// `NotResource`.
    pub(crate) fn not_on<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        Self {
            resource: ("NotResource", texts(patterns)),
            ..self
        }
    }

    /// One more condition. An operator and a key can meet once in a statement.
    pub(crate) fn when<T: Into<String>>(
        mut self,
        operator: &str,
        key: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let before = self
            .conditions
            .entry(operator.to_owned())
            .or_default()
            .insert(key.to_owned(), texts(values));
        assert!(before.is_none(), "{operator} on {key} is said twice");
        self
    }

    /// Whether the operator and the key have met.
    pub(crate) fn tests(&self, operator: &str, key: &str) -> bool {
        self.conditions
            .get(operator)
            .is_some_and(|keys| keys.contains_key(key))
    }

    fn write(&self) -> String {
        let mut out = format!("{{\"Effect\":\"{}\"", self.effect);
        if let Some((name, json)) = &self.principal {
            out.push_str(&format!(",\"{name}\":{json}"));
        }
        for (name, values) in [&self.action, &self.resource] {
            // Trust policies have no resource.
            if values.is_empty() {
                continue;
            }
            out.push_str(&format!(",\"{name}\":{}", list(values)));
        }
        if !self.conditions.is_empty() {
            let operators: Vec<String> = self
                .conditions
                .iter()
                .map(|(operator, keys)| format!("{}:{}", quoted(operator), keyed(keys)))
                .collect();
            out.push_str(&format!(",\"Condition\":{{{}}}", operators.join(",")));
        }
        out.push('}');
        out
    }
}

fn keyed(keys: &BTreeMap<String, Vec<String>>) -> String {
    let members: Vec<String> = keys
        .iter()
        .map(|(key, values)| format!("{}:{}", quoted(key), list(values)))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn texts<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(Into::into).collect()
}

/// A document of version 2012-10-17.
pub(crate) fn document(clauses: &[Clause]) -> String {
    let statements: Vec<String> = clauses.iter().map(Clause::write).collect();
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}",
        statements.join(",")
    )
}

/// Identity policies name nobody, resource policies somebody in each statement.
fn policy_type(clauses: &[Clause]) -> &'static str {
    if clauses.iter().any(|clause| clause.principal.is_some()) {
        "RESOURCE_POLICY"
    } else {
        "IDENTITY_POLICY"
    }
}

/// Whether `new` allows nothing beyond `old`.
pub(crate) fn inside(name: &str, new: &[Clause], old: &[Clause], expect: Expect) -> Question {
    Question {
        name: name.to_owned(),
        expect,
        members: format!(
            "\"question\":\"no-new-access\",\"policyType\":\"{}\",\"existingPolicyDocument\":{},\"newPolicyDocument\":{}",
            policy_type(new),
            document(old),
            document(new)
        ),
    }
}

/// Whether a document allows anything.
pub(crate) fn satisfiable(name: &str, clauses: &[Clause], expect: Expect) -> Question {
    Question {
        name: name.to_owned(),
        expect,
        members: format!(
            "\"question\":\"satisfiable\",\"policyType\":\"{}\",\"policyDocument\":{}",
            policy_type(clauses),
            document(clauses)
        ),
    }
}

/// A JSON list of texts.
pub(crate) fn list(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", quoted.join(","))
}

/// A JSON text.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_written_in_full() {
        let clause = deny()
            .by("\"*\"")
            .not_doing(["s3:Get*"])
            .not_on(["arn:aws:s3:::b"])
            .when("StringLike", "s3:prefix", ["a\"b\\", "\u{1}"]);
        assert_eq!(
            clause.write(),
            r#"{"Effect":"Deny","Principal":"*","NotAction":["s3:Get*"],"NotResource":["arn:aws:s3:::b"],"Condition":{"StringLike":{"s3:prefix":["a\"b\\","\u0001"]}}}"#
        );
    }
}
