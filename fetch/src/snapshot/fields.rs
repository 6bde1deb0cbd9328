//! A JSON document taken apart by its schema: each node knows its pointer, and unknown members are errors.

use keyaki_language::json::{Json, JsonValue, Member, push_pointer};
use keyaki_language::policy::AccountId;
use keyaki_language::span::Spanned;
use keyaki_language::{DocumentError, Policy};

/// A node and its JSON pointer.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    json: &'a Json<'a>,
    at: String,
}

/// A node that is an object with known members.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    node: Node<'a>,
    members: &'a [Member<'a>],
}

impl<'a> Node<'a> {
    pub(super) fn root(json: &'a Json) -> Self {
        Self {
            json,
            at: String::new(),
        }
    }

    /// An error at this node.
    pub(super) fn error(&self, code: &'static str, message: impl Into<String>) -> DocumentError {
        DocumentError::new(code, message, self.at.as_str(), self.json.span)
    }

    fn expected(&self, what: &str) -> DocumentError {
        self.error(
            "wrong-type",
            format!("expected {what}, found {}", self.json.type_name()),
        )
    }

    fn child(&self, step: &str, json: &'a Json) -> Self {
        let mut at = self.at.clone();
        push_pointer(&mut at, step);
        Self { json, at }
    }

    /// This node as an object that has no members but `known` ones.
    pub(super) fn fields(&self, known: &[&str]) -> Result<Fields<'a>, DocumentError> {
        let members = self
            .json
            .as_object()
            .ok_or_else(|| self.expected("an object"))?;
        for Member { key, value } in members {
            if !known.contains(&&*key.value) {
                let hint = format!("the members here are `{}`", known.join("`, `"));
                let error = self
                    .child(&key.value, value)
                    .error("unknown-member", format!("unknown member `{}`", key.value));
                return Err(error.with_hint(hint));
            }
        }
        Ok(Fields {
            node: self.clone(),
            members,
        })
    }

    /// The members of this node, whatever they are called.
    pub(super) fn members(
        &self,
    ) -> Result<impl Iterator<Item = (&'a str, Node<'a>)> + use<'a>, DocumentError> {
        let members = self
            .json
            .as_object()
            .ok_or_else(|| self.expected("an object"))?;
        let parent = self.clone();
        Ok(members.iter().map(
            move |Member {
                      key: Spanned { value: key, .. },
                      value,
                  }| (key.as_ref(), parent.child(key, value)),
        ))
    }

    pub(super) fn items(&self) -> Result<impl Iterator<Item = Node<'a>> + use<'a>, DocumentError> {
        let items = self
            .json
            .as_array()
            .ok_or_else(|| self.expected("a list"))?;
        let parent = self.clone();
        Ok(items
            .iter()
            .enumerate()
            .map(move |(index, item)| parent.child(&index.to_string(), item)))
    }

    pub(super) fn text(&self) -> Result<&'a str, DocumentError> {
        self.json.as_str().ok_or_else(|| self.expected("a string"))
    }

    /// A string that is not empty.
    pub(super) fn name(&self) -> Result<&'a str, DocumentError> {
        match self.text()? {
            "" => Err(self.error(
                "empty-text",
                "an empty string stands where something must be named",
            )),
            text => Ok(text),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, DocumentError> {
        self.json
            .as_bool()
            .ok_or_else(|| self.expected("`true` or `false`"))
    }

    pub(super) fn count(&self) -> Result<u64, DocumentError> {
        match &self.json.value {
            JsonValue::Number(digits) => digits.parse().ok(),
            _ => None,
        }
        .ok_or_else(|| self.expected("a number of things, 0 or more"))
    }

    pub(super) fn texts(&self) -> Result<Vec<String>, DocumentError> {
        self.items()?
            .map(|item| item.name().map(str::to_owned))
            .collect()
    }

    pub(super) fn account(&self) -> Result<AccountId, DocumentError> {
        let text = self.text()?;
        AccountId::parse(text).ok_or_else(|| {
            self.error("bad-account", format!("`{text}` is not an account id"))
                .with_hint("an account id has twelve digits, written as a string")
        })
    }

    /// A policy document: an object, or a string of JSON.
    pub(super) fn policy(&self) -> Result<Policy, DocumentError> {
        Policy::from_json(self.json, &self.at)
    }

    /// The text of a policy document: the string, or the object written without spaces.
    pub(super) fn document_text(&self) -> String {
        match self.json.as_str() {
            Some(text) => text.to_owned(),
            None => self.json.to_string(),
        }
    }

    /// Checks that a document stands here, as an object or a string, without reading it.
    pub(super) fn is_document(&self) -> Result<(), DocumentError> {
        match self.json.value {
            JsonValue::Object(_) | JsonValue::String(_) => Ok(()),
            _ => Err(self.expected("a policy document")),
        }
    }

    /// A policy document, or an empty string where there is none.
    pub(super) fn policy_if_any(&self) -> Result<Option<Policy>, DocumentError> {
        match self.json.as_str() {
            Some("") => Ok(None),
            _ => self.policy().map(Some),
        }
    }

    /// Checks a `schemaVersion`.
    pub(super) fn schema_version(&self) -> Result<(), DocumentError> {
        let version = self.count()?;
        if version == u64::from(super::SCHEMA_VERSION) {
            return Ok(());
        }
        let hint = format!("this program reads version {}", super::SCHEMA_VERSION);
        Err(self
            .error(
                "schema-version",
                format!("schema version `{version}` is not known"),
            )
            .with_hint(hint))
    }
}

impl<'a> Fields<'a> {
    /// The node of the object itself.
    pub(super) fn node(&self) -> &Node<'a> {
        &self.node
    }

    /// A member that must be there.
    pub(super) fn required(&self, name: &str) -> Result<Node<'a>, DocumentError> {
        self.optional(name).ok_or_else(|| {
            self.node
                .error("missing-member", format!("the member `{name}` is missing"))
        })
    }

    /// A member that may be left out or null.
    pub(super) fn optional(&self, name: &str) -> Option<Node<'a>> {
        let member = self
            .members
            .iter()
            .find(|member| member.key.value == name)?;
        match member.value.value {
            JsonValue::Null => None,
            _ => Some(self.node.child(name, &member.value)),
        }
    }
}
