//! Instances of resources: their values, what is not known of them, and what they refer to.

use super::super::tree::{Json, JsonValue};
use super::super::unknown::piece;
use std::collections::HashMap;

/// The data source that makes policies.
pub(super) const POLICY_DOCUMENT: &str = "aws_iam_policy_document";

/// One instance of a resource or a data source.
#[derive(Clone, Debug)]
pub(super) struct Instance<'a> {
    /// `module.a["k"].aws_s3_bucket.b[0]`.
    pub(super) address: String,
    /// The module's address; empty for the root.
    pub(super) module: String,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    /// The part in brackets, as it is written.
    pub(super) index: Option<String>,
    pub(super) is_data: bool,
    pub(super) values: &'a Json,
    /// `after_unknown`: `true` in the place of what is not known.
    unknown: Option<&'a Json>,
    /// Whether the file has the configuration.
    has_configuration: bool,
    /// What it says of the attributes.
    expressions: Option<&'a Json>,
    pub(super) line: u64,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub(super) enum Attribute<'a> {
    Known(&'a Json),
    /// It has a value that is known after the apply.
    Unknown,
    Absent,
}

/// All instances of one side.
#[derive(Debug)]
pub(super) struct Instances<'a> {
    pub(super) all: Vec<Instance<'a>>,
    configuration: Option<&'a Json>,
}

impl<'a> Instance<'a> {
    pub(super) fn attribute(&self, name: &str) -> Attribute<'a> {
        match self.values.get(name) {
            Some(value) if !is_empty(value) => Attribute::Known(value),
            _ if self.is_unknown(name) => Attribute::Unknown,
            _ => Attribute::Absent,
        }
    }

    /// Whether all of an attribute is known after the apply only.
    pub(super) fn is_unknown(&self, name: &str) -> bool {
        self.unknown
            .and_then(|unknown| unknown.get(name))
            .is_some_and(|value| value.as_bool() == Some(true))
    }

    /// `after_unknown` of an attribute.
    pub(super) fn unknown_of(&self, name: &str) -> Option<&'a Json> {
        self.unknown.and_then(|unknown| unknown.get(name))
    }

    /// Whether the configuration gives an attribute a value; yes where there is no configuration.
    pub(super) fn is_configured(&self, name: &str) -> bool {
        !self.has_configuration
            || self
                .expressions
                .is_some_and(|expressions| expressions.get(name).is_some())
    }

    /// A text, an unknown one as an unknown part of this name.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.attribute(name) {
            Attribute::Known(value) => match &value.value {
                JsonValue::String(text) | JsonValue::Number(text) => Some(text.to_string()),
                _ => None,
            },
            Attribute::Unknown => Some(piece(&format!("{}.{name}", self.address))),
            Attribute::Absent => None,
        }
    }

    /// A text that is known.
    pub(super) fn known_text(&self, name: &str) -> Option<&'a str> {
        self.values
            .get(name)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
    }

    /// The blocks of a name: one object, or a list of them.
    pub(super) fn blocks(&self, name: &str) -> Vec<&'a Json> {
        blocks(self.values, name)
    }

    /// The flag of this name; `None` also where it is not known.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.values.get(name).and_then(Json::as_bool)
    }
}

/// The blocks of a name in a value.
pub(super) fn blocks<'a>(value: &'a Json, name: &str) -> Vec<&'a Json> {
    match value.get(name) {
        Some(value) => match &value.value {
            JsonValue::Array(items) => items
                .iter()
                .filter(|item| item.as_object().is_some())
                .collect(),
            JsonValue::Object(_) => vec![value],
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
}

fn is_empty(value: &Json) -> bool {
    match &value.value {
        JsonValue::Null => true,
        JsonValue::String(text) => text.is_empty(),
        JsonValue::Array(items) => items.is_empty(),
        _ => false,
    }
}

impl<'a> Instances<'a> {
    /// After the apply, or what is now if it is a state.
    pub(super) fn after(document: &'a Json) -> Self {
        let mut all = Vec::new();
        let values = document
            .get("planned_values")
            .or_else(|| document.get("values"));
        match values.and_then(|values| values.get("root_module")) {
            Some(root) => module(root, "", &mut all, 0),
            None => changes(document, "after", &mut all),
        }
        // A state file, as it is stored.
        stored(document, &mut all);
        let mut unknown = HashMap::new();
        for change in list(document, "resource_changes") {
            let address = change.get("address").and_then(Json::as_str);
            let after = change.get("change").and_then(|it| it.get("after_unknown"));
            if let (Some(address), Some(after)) = (address, after) {
                unknown.insert(address, after);
            }
        }
        for instance in &mut all {
            instance.unknown = unknown.get(instance.address.as_str()).copied();
        }
        // Data sources that are read already stand in the prior state.
        let prior = document
            .get("prior_state")
            .and_then(|it| it.get("values"))
            .and_then(|it| it.get("root_module"));
        if let Some(prior) = prior {
            let mut before = Vec::new();
            module(prior, "", &mut before, 0);
            all.extend(before.into_iter().filter(|instance| instance.is_data));
        }
        let configuration = document.get("configuration");
        let mut expressions = HashMap::new();
        if let Some(root) = configuration.and_then(|it| it.get("root_module")) {
            configured(root, &mut Vec::new(), &mut expressions);
        }
        for instance in &mut all {
            let mut path: Vec<String> = module_names(&instance.module)
                .into_iter()
                .map(str::to_owned)
                .collect();
            path.push(format!("{}.{}", instance.kind, instance.name));
            instance.has_configuration = configuration.is_some();
            instance.expressions = expressions.get(&path).copied();
        }
        Self { all, configuration }
    }

    /// Before it.
    pub(super) fn before(document: &'a Json) -> Self {
        let mut all = Vec::new();
        let prior = document.get("prior_state").and_then(|it| it.get("values"));
        match prior.and_then(|values| values.get("root_module")) {
            Some(root) => module(root, "", &mut all, 0),
            None => changes(document, "before", &mut all),
        }
        Self {
            all,
            configuration: document.get("configuration"),
        }
    }

    /// The instance that an attribute refers to, the first one of these types.
    pub(super) fn referred(
        &self,
        from: &Instance<'_>,
        attribute: &str,
        kinds: &[&str],
    ) -> Option<usize> {
        let (root, expression) = self.expression(from, attribute)?;
        let index = from.index.as_deref();
        self.follow(root, expression, &from.module, index, kinds, 0)
    }

    /// All instances of these types that an attribute refers to, in the order in which it does. A reference without an index to
    /// something that has several instances is one to all of them.
    pub(super) fn referred_each(
        &self,
        from: &Instance<'_>,
        attribute: &str,
        kinds: &[&str],
    ) -> Vec<usize> {
        let mut out = Vec::new();
        let Some((root, expression)) = self.expression(from, attribute) else {
            return out;
        };
        let index = from.index.as_deref();
        for reference in references(expression) {
            let found = self.step(root, reference, &from.module, index, kinds, 0);
            let all = match found {
                Some(found) => vec![found],
                None => self.all_of(reference, &from.module, kinds),
            };
            out.extend(
                all.into_iter()
                    .filter(|at| !out.contains(at))
                    .collect::<Vec<_>>(),
            );
        }
        out
    }

    /// The one attribute of a resource that an attribute is made of, if it is made of one alone: type, name with index, attribute.
    pub(super) fn made_of(&self, from: &Instance<'_>, attribute: &str) -> Option<[&'a str; 3]> {
        let (_, expression) = self.expression(from, attribute)?;
        let whole = references(expression).filter_map(|reference| {
            let steps = split(reference);
            let &[kind, name, of] = steps.as_slice() else {
                // What is no attribute of a resource beside its own resource is something else.
                return (steps.len() != 2 || !kind_like(steps[0])).then_some(None);
            };
            Some(kind_like(kind).then_some([kind, name, of]))
        });
        let all: Option<Vec<[&str; 3]>> = whole.collect();
        let all = all?;
        let first = *all.first()?;
        all.iter().all(|one| *one == first).then_some(first)
    }

    /// Every instance of a resource of the module, whatever its index.
    fn all_of(&self, reference: &str, module: &str, kinds: &[&str]) -> Vec<usize> {
        let steps = split(reference);
        let [kind, name, ..] = steps.as_slice() else {
            return Vec::new();
        };
        let fits = |one: &Instance<'_>| {
            !one.is_data && one.kind == *kind && one.name == cut(name).0 && one.module == module
        };
        (0..self.all.len())
            .filter(|at| kinds.contains(kind) && fits(&self.all[*at]))
            .collect()
    }

    /// The root module of the configuration, and what it says of an attribute.
    fn expression(&self, from: &Instance<'_>, attribute: &str) -> Option<(&'a Json, &'a Json)> {
        let root = self.configuration?.get("root_module")?;
        let own = descend(root, &module_names(&from.module))?;
        let kind_and_name = format!("{}.{}", from.kind, from.name);
        let resource = list(own, "resources").iter().find(|resource| {
            resource.get("address").and_then(Json::as_str) == Some(kind_and_name.as_str())
        })?;
        Some((root, resource.get("expressions")?.get(attribute)?))
    }

    fn follow(
        &self,
        root: &'a Json,
        expression: &Json,
        module: &str,
        index: Option<&str>,
        kinds: &[&str],
        depth: usize,
    ) -> Option<usize> {
        // Modules call each other in a tree; what is deeper goes round.
        if depth > 32 {
            return None;
        }
        references(expression).find_map(|it| self.step(root, it, module, index, kinds, depth))
    }

    /// What one reference leads to.
    fn step(
        &self,
        root: &'a Json,
        reference: &str,
        module: &str,
        index: Option<&str>,
        kinds: &[&str],
        depth: usize,
    ) -> Option<usize> {
        let mut steps = split(reference).into_iter();
        let (first, second, third) = (steps.next()?, steps.next()?, steps.next());
        match (first, second) {
            ("data", kind) if kinds.contains(&kind) => {
                let (name, own) = cut(third?);
                self.choose(kind, name, module, literal(own).or(index))
            }
            (kind, name) if kinds.contains(&kind) => {
                let (name, own) = cut(name);
                self.choose(kind, name, module, literal(own).or(index))
            }
            ("var", name) => {
                let (parent, call, call_index) = parent(module)?;
                let config = descend(root, &module_names(parent))?;
                let call = config.get("module_calls")?.get(call)?;
                let expression = call.get("expressions")?.get(cut(name).0)?;
                let index = call_index.or(index);
                self.follow(root, expression, parent, index, kinds, depth + 1)
            }
            ("module", name) => {
                let (name, own) = cut(name);
                let config = descend(root, &module_names(module))?;
                let inner = config.get("module_calls")?.get(name)?.get("module")?;
                let output = inner
                    .get("outputs")?
                    .get(cut(third?).0)?
                    .get("expression")?;
                let dot = if module.is_empty() { "" } else { "." };
                let with = |index: &str| format!("{module}{dot}module.{name}{index}");
                let address = literal(own)
                    .map(with)
                    .or_else(|| index.map(with).filter(|address| self.has_module(address)))
                    .unwrap_or_else(|| with(""));
                self.follow(root, output, &address, index, kinds, depth + 1)
            }
            _ => None,
        }
    }

    fn has_module(&self, address: &str) -> bool {
        self.all.iter().any(|instance| instance.module == address)
    }

    /// The instance of a resource that has this index, or the only one there is.
    fn choose(&self, kind: &str, name: &str, module: &str, index: Option<&str>) -> Option<usize> {
        let fits = |instance: &Instance<'_>| {
            instance.is_data == (kind == POLICY_DOCUMENT)
                && instance.kind == kind
                && instance.name == name
                && instance.module == module
        };
        let all: Vec<usize> = (0..self.all.len())
            .filter(|at| fits(&self.all[*at]))
            .collect();
        let same = all
            .iter()
            .find(|at| index.is_some() && self.all[**at].index.as_deref() == index);
        same.or_else(|| all.first().filter(|_| all.len() == 1))
            .copied()
    }
}

/// The expressions of all resources of a module and of those it calls, by their names.
fn configured<'a>(
    module: &'a Json,
    path: &mut Vec<String>,
    out: &mut HashMap<Vec<String>, &'a Json>,
) {
    if path.len() > super::super::MAX_DEPTH {
        return;
    }
    for resource in list(module, "resources") {
        if let (Some(address), Some(expressions)) = (
            resource.get("address").and_then(Json::as_str),
            resource.get("expressions"),
        ) {
            let mut key = path.clone();
            key.push(address.to_owned());
            out.insert(key, expressions);
        }
    }
    for call in module
        .get("module_calls")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
    {
        if let Some(inner) = call.value.get("module") {
            path.push(call.name().to_owned());
            configured(inner, path, out);
            path.pop();
        }
    }
}

/// Whether a step of a reference is a type of the AWS provider.
fn kind_like(step: &str) -> bool {
    step.starts_with("aws_")
}

/// What an expression refers to.
fn references<'j>(expression: &'j Json) -> impl Iterator<Item = &'j str> + use<'j> {
    list(expression, "references")
        .iter()
        .filter_map(Json::as_str)
}

fn list<'a>(value: &'a Json, name: &str) -> &'a [Json] {
    value.get(name).and_then(Json::as_array).unwrap_or_default()
}

/// The resources of a module and of those it calls.
fn module<'a>(module_: &'a Json, address: &str, out: &mut Vec<Instance<'a>>, depth: usize) {
    if depth > super::super::MAX_DEPTH {
        return;
    }
    for resource in list(module_, "resources") {
        out.extend(instance(resource, resource.get("values"), address));
    }
    for child in list(module_, "child_modules") {
        let address = child
            .get("address")
            .and_then(Json::as_str)
            .unwrap_or_default();
        module(child, address, out, depth + 1);
    }
}

/// The resources of `resource_changes`, on one side.
fn changes<'a>(document: &'a Json, side: &str, out: &mut Vec<Instance<'a>>) {
    for change in list(document, "resource_changes") {
        let values = change
            .get("change")
            .and_then(|it| it.get(side))
            .filter(|it| it.as_object().is_some());
        if values.is_some() {
            let module = change
                .get("module_address")
                .and_then(Json::as_str)
                .unwrap_or_default();
            out.extend(instance(change, values, module));
        }
    }
}

/// The resources of a state file as Terraform stores it (version 4).
fn stored<'a>(document: &'a Json, out: &mut Vec<Instance<'a>>) {
    for resource in list(document, "resources") {
        let module = resource
            .get("module")
            .and_then(Json::as_str)
            .unwrap_or_default();
        for one in list(resource, "instances") {
            let values = one.get("attributes");
            let key = one
                .get("index_key")
                .map_or_else(String::new, |key| format!("[{key}]"));
            let made = instance(resource, values, module);
            out.extend(made.map(|made| Instance {
                address: format!("{}{key}", made.address),
                index: Some(key).filter(|key| !key.is_empty()),
                ..made
            }));
        }
    }
}

fn instance<'a>(
    resource: &'a Json,
    values: Option<&'a Json>,
    module: &str,
) -> Option<Instance<'a>> {
    let text = |name: &str| resource.get(name).and_then(Json::as_str);
    let (kind, name) = (text("type")?, text("name")?);
    let dot = if module.is_empty() { "" } else { "." };
    let address =
        text("address").map_or_else(|| format!("{module}{dot}{kind}.{name}"), str::to_owned);
    let index = cut(split(&address).last()?).1.map(str::to_owned);
    Some(Instance {
        address,
        module: module.to_owned(),
        kind,
        name,
        index,
        is_data: text("mode") == Some("data"),
        values: values?,
        unknown: None,
        has_configuration: false,
        expressions: None,
        line: u64::from(resource.span.start.line),
    })
}

/// An address at its dots, those in brackets left alone.
fn split(address: &str) -> Vec<&str> {
    let (mut out, mut from, mut quoted, mut deep) = (Vec::new(), 0, false, 0_usize);
    for (at, c) in address.char_indices() {
        match c {
            '"' if deep > 0 => quoted = !quoted,
            '[' if !quoted => deep += 1,
            ']' if !quoted => deep = deep.saturating_sub(1),
            '.' if deep == 0 => {
                out.push(&address[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(&address[from..]);
    out
}

/// An index that is a number or a text, and not `each.key` or another expression.
fn literal(index: Option<&str>) -> Option<&str> {
    index.filter(|index| {
        index
            .strip_prefix('[')
            .is_some_and(|rest| rest.starts_with(|c: char| c == '"' || c.is_ascii_digit()))
    })
}

/// A step without its index, and the index with its brackets.
fn cut(step: &str) -> (&str, Option<&str>) {
    match step.find('[') {
        Some(at) => (&step[..at], Some(&step[at..])),
        None => (step, None),
    }
}

/// The names of the modules of an address, outermost first.
fn module_names(address: &str) -> Vec<&str> {
    split(address)
        .into_iter()
        .filter(|step| !step.is_empty() && *step != "module")
        .map(|step| cut(step).0)
        .collect()
}

/// The address of the module that calls this one, the call's name, and its index.
fn parent(address: &str) -> Option<(&str, &str, Option<&str>)> {
    let steps = split(address);
    let last = *steps.last().filter(|step| !step.is_empty())?;
    let (name, index) = cut(last);
    let rest = address.len().checked_sub(last.len() + "module.".len())?;
    Some((address[..rest].trim_end_matches('.'), name, index))
}

fn descend<'a>(root: &'a Json, names: &[&str]) -> Option<&'a Json> {
    names.iter().try_fold(root, |module, name| {
        module.get("module_calls")?.get(name)?.get("module")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        assert_eq!(
            split("module.a[\"x.y\"].aws_s3_bucket.b[0]"),
            ["module", "a[\"x.y\"]", "aws_s3_bucket", "b[0]"]
        );
        assert_eq!(module_names("module.a[\"x.y\"].module.b"), ["a", "b"]);
        assert_eq!(
            parent("module.a[\"x.y\"].module.b[1]"),
            Some(("module.a[\"x.y\"]", "b", Some("[1]")))
        );
        assert_eq!(parent("module.a"), Some(("", "a", None)));
        assert_eq!(parent(""), None);
    }
}
