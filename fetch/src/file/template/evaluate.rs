//! Intrinsic functions, worked out as far as a template allows.

use super::super::MAX_DEPTH;
use super::super::owner::Owner;
use super::super::tree::{Json, JsonValue, Member};
use super::super::unknown::{NO_VALUE, is_open, is_wholly_open, names, piece, short, shown};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

/// How many steps one evaluation may take: functions refer to each other, so that few lines can be much work.
const STEPS: usize = 200_000;

/// How many steps all evaluations of a template may take together: each resource is worked out several times.
const ALL_STEPS: usize = 8_000_000;

/// How many bytes a text may have that is put together.
const LONGEST: usize = 1 << 17;

/// How deep functions may refer to each other.
const CALLS: usize = 64;

/// A template and what is known of its deployment.
#[derive(Debug)]
pub(super) struct Stack<'a> {
    pub(super) template: &'a Json,
    pub(super) owner: &'a Owner,
    /// What a nested stack is given for its parameters.
    pub(super) given: Vec<(String, Json)>,
    /// What stands before the names of a nested stack, with a dot.
    pub(super) within: String,
    /// How many nested stacks were read, in all of a file's.
    pub(super) nested: Rc<Cell<usize>>,
    /// What undecided comparisons are taken to be in this reading.
    assumed: RefCell<Vec<(String, bool)>>,
    /// The first comparison that was met and is not among them.
    open: RefCell<Option<String>>,
    /// A condition that is taken to hold or not, whatever the defaults say.
    forced: RefCell<Option<(String, bool)>>,
    /// Parameters whose defaults are not believed then.
    loose: RefCell<BTreeSet<String>>,
    /// Offsets of the policy documents that were met.
    met: RefCell<BTreeSet<u32>>,
    steps: Cell<usize>,
    all_steps: Cell<usize>,
    gave_up: Cell<bool>,
    calls: Cell<usize>,
    /// Whether a comparison that is not decided makes a value unknown, and no reading of its own.
    lenient: Cell<bool>,
    /// Whether one was met since this was last cleared.
    doubt: Cell<bool>,
}

impl<'a> Stack<'a> {
    pub(super) fn new(template: &'a Json, owner: &'a Owner) -> Self {
        Self {
            template,
            owner,
            given: Vec::new(),
            within: String::new(),
            nested: Rc::default(),
            assumed: RefCell::default(),
            open: RefCell::default(),
            forced: RefCell::default(),
            loose: RefCell::default(),
            met: RefCell::default(),
            steps: Cell::new(0),
            all_steps: Cell::new(0),
            gave_up: Cell::new(false),
            calls: Cell::new(0),
            lenient: Cell::new(false),
            doubt: Cell::new(false),
        }
    }

    /// An unknown part of this name, which is the stack's own.
    pub(super) fn piece(&self, name: &str) -> String {
        piece(&format!("{}{name}", self.within))
    }

    /// The resource of the stack whose name an unknown part is.
    pub(super) fn named(&self, part: &str) -> Option<&'a Json> {
        self.resource(part.strip_prefix(self.within.as_str())?)
    }

    /// Begins a reading.
    pub(super) fn assume(&self, assumed: &[(String, bool)]) {
        *self.assumed.borrow_mut() = assumed.to_vec();
        *self.open.borrow_mut() = None;
        self.steps.set(0);
    }

    /// Takes a condition to hold or not from now on, or none.
    pub(super) fn force(&self, condition: Option<(&str, bool)>) {
        let mut loose = BTreeSet::new();
        if let Some((name, _)) = condition {
            self.asked(name, &mut loose, 0);
        }
        *self.loose.borrow_mut() = loose;
        *self.forced.borrow_mut() = condition.map(|(name, holds)| (name.to_owned(), holds));
    }

    /// The parameters that a condition asks for and that are empty by default: if it comes out otherwise than it does with the defaults,
    /// they are something, and what is not known.
    fn asked(&self, condition: &str, out: &mut BTreeSet<String>, depth: usize) {
        fn names<'j>(value: &'j Json, out: &mut Vec<(bool, &'j str)>, depth: usize) {
            match &value.value {
                JsonValue::Array(items) if depth < MAX_DEPTH => {
                    items.iter().for_each(|item| names(item, out, depth + 1));
                }
                JsonValue::Object(members) if depth < MAX_DEPTH => {
                    for member in members {
                        match (member.name(), member.value.as_str()) {
                            ("Ref", Some(name)) => out.push((false, name)),
                            ("Condition", Some(name)) => out.push((true, name)),
                            _ => names(&member.value, out, depth + 1),
                        }
                    }
                }
                _ => {}
            }
        }
        let definition = self
            .template
            .get("Conditions")
            .and_then(|all| all.get(condition));
        let Some(definition) = definition.filter(|_| depth < 8) else {
            return;
        };
        let mut found = Vec::new();
        names(definition, &mut found, 0);
        for (is_condition, name) in found {
            let parameter = self
                .template
                .get("Parameters")
                .and_then(|all| all.get(name));
            let default = parameter.and_then(|it| it.get("Default")).and_then(text_of);
            if is_condition {
                self.asked(name, out, depth + 1);
            } else if default.is_some_and(|text| text.is_empty()) {
                out.insert(name.to_owned());
            }
        }
    }

    /// Takes note of a policy document.
    pub(super) fn meet(&self, document: &Json) {
        self.met.borrow_mut().insert(document.span.start.offset);
    }

    /// Whether a document, or one around it, was met.
    pub(super) fn has_met(&self, document: &Json) -> bool {
        self.met.borrow().contains(&document.span.start.offset)
    }

    /// Works something out without readings of its own: what depends on a comparison that is not decided is unknown.
    pub(super) fn leniently<T>(&self, work: impl FnOnce() -> T) -> T {
        let outer = self.lenient.replace(true);
        let out = work();
        self.lenient.set(outer);
        out
    }

    /// Whether a resource is made, `None` where that is not decided and no reading of its own is wanted.
    pub(super) fn is_made(&self, resource: &Json) -> Option<bool> {
        match resource.get("Condition").and_then(Json::as_str) {
            Some(name) => self.sure(|| self.condition(name)),
            None => Some(true),
        }
    }

    /// A comparison, if it is decided.
    fn sure(&self, compare: impl FnOnce() -> bool) -> Option<bool> {
        let outer = self.doubt.replace(false);
        let holds = compare();
        let doubtful = self.doubt.replace(outer);
        (!doubtful || !self.lenient.get()).then_some(holds)
    }

    /// A comparison that this reading met and knows nothing about.
    pub(super) fn open(&self) -> Option<String> {
        self.open.borrow().clone()
    }

    /// Whether an evaluation took more steps than it may.
    fn is_exhausted(&self) -> bool {
        let exhausted = self.steps.get() > STEPS || self.all_steps.get() > ALL_STEPS;
        self.gave_up.set(self.gave_up.get() || exhausted);
        exhausted
    }

    /// Whether something was too much to work out: what was read of the template may not be all of it.
    pub(super) fn gave_up(&self) -> bool {
        self.gave_up.get()
    }

    /// Takes so many steps.
    fn take_steps(&self, count: usize) {
        self.steps.set(self.steps.get().saturating_add(count));
        self.all_steps
            .set(self.all_steps.get().saturating_add(count));
    }

    /// A text that was put together, if it is not too long. What is long is work, too.
    fn put_together(&self, text: String) -> Option<String> {
        self.take_steps(text.len() / 64);
        (text.len() <= LONGEST).then_some(text)
    }

    /// The resources, by logical id.
    pub(super) fn resources(&self) -> &'a [Member] {
        self.template
            .get("Resources")
            .and_then(Json::as_object)
            .unwrap_or_default()
    }

    pub(super) fn resource(&self, id: &str) -> Option<&'a Json> {
        self.template.get("Resources")?.get(id)
    }

    /// A property of a resource, worked out; of one of SAM's types with what `Globals` says of it.
    pub(super) fn property(&self, resource: &Json, name: &str) -> Option<Json> {
        let global = self.global(resource, name);
        let own = self.own_property(resource, name);
        let (own, global) = match (own, global) {
            (Some(own), Some(global)) => (own, global),
            (own, global) => return own.or(global),
        };
        // A map of the resource takes what it lacks from `Globals`, a list follows its list, everything else wins.
        // (AWS SAM Developer Guide, "Globals section of the AWS SAM template".)
        Some(match (&own.value, &global.value) {
            (JsonValue::Object(members), JsonValue::Object(more)) => {
                let lacks = |member: &&Member| members.iter().all(|it| it.name() != member.name());
                let all = members.iter().chain(more.iter().filter(lacks)).cloned();
                Json {
                    value: JsonValue::Object(all.collect()),
                    span: own.span,
                }
            }
            (JsonValue::Array(items), JsonValue::Array(more)) => Json {
                value: JsonValue::Array(more.iter().chain(items).cloned().collect()),
                span: own.span,
            },
            _ => own,
        })
    }

    /// What `Globals` says of a property of the resource's type.
    fn global(&self, resource: &Json, name: &str) -> Option<Json> {
        let kind = resource.get("Type").and_then(Json::as_str)?;
        let kind = kind.strip_prefix("AWS::Serverless::")?;
        let value = self.template.get("Globals")?.get(kind)?.get(name)?;
        Some(self.value(value)).filter(is_there)
    }

    fn own_property(&self, resource: &Json, name: &str) -> Option<Json> {
        let properties = resource.get("Properties")?;
        if let Some(value) = properties.get(name) {
            return Some(self.value(value)).filter(is_there);
        }
        // All properties may come from one function.
        if function(properties).is_some() {
            return self.value(properties).get(name).cloned();
        }
        None
    }

    /// A value with its functions worked out.
    pub(super) fn value(&self, node: &Json) -> Json {
        self.at_depth(node, 0)
    }

    fn at_depth(&self, node: &Json, depth: usize) -> Json {
        self.take_steps(1);
        if depth > MAX_DEPTH || self.is_exhausted() {
            return with(self.piece("too much to work out"), node);
        }
        match &node.value {
            JsonValue::Object(members) => match function(node) {
                Some((name, argument)) => self.call(name, argument, node, depth + 1),
                None => {
                    let members = members.iter().map(|member| Member {
                        key: member.key.clone(),
                        value: self.at_depth(&member.value, depth + 1),
                    });
                    let kept = members.filter(|member| member.value.as_str() != Some(NO_VALUE));
                    Json {
                        value: JsonValue::Object(kept.collect()),
                        span: node.span,
                    }
                }
            },
            JsonValue::Array(items) => {
                let items = items.iter().map(|item| self.at_depth(item, depth + 1));
                let kept = items.filter(|item| item.as_str() != Some(NO_VALUE));
                Json {
                    value: JsonValue::Array(kept.collect()),
                    span: node.span,
                }
            }
            JsonValue::String(text) if text.contains("{{resolve:") => {
                with(self.dynamic(text), node)
            }
            _ => node.clone(),
        }
    }

    fn call(&self, name: &str, argument: &Json, node: &Json, depth: usize) -> Json {
        if self.calls.get() > CALLS {
            return with(self.piece("functions that refer to each other"), node);
        }
        self.calls.set(self.calls.get() + 1);
        let value = self.called(name, argument, node, depth);
        self.calls.set(self.calls.get() - 1);
        value.unwrap_or_else(|| with(self.piece(&format!("{name} {}", brief(argument))), node))
    }

    /// `None` where nothing is known of the result.
    fn called(&self, name: &str, argument: &Json, node: &Json, depth: usize) -> Option<Json> {
        let arguments = || match &argument.value {
            JsonValue::Array(items) => Some(items.as_slice()),
            _ => None,
        };
        match name {
            "Ref" => Some(spread(self.reference(argument.as_str()?), node)),
            "Fn::GetAtt" => {
                let (id, attribute) = match arguments() {
                    Some([id, attribute]) => {
                        (id.as_str()?.to_owned(), self.text(attribute, depth)?)
                    }
                    _ => {
                        let (id, attribute) = argument.as_str()?.split_once('.')?;
                        (id.to_owned(), attribute.to_owned())
                    }
                };
                Some(with(self.attribute(&id, &attribute), node))
            }
            "Fn::Sub" => {
                let (text, given) = match arguments() {
                    Some([text]) => (text, None),
                    Some([text, given]) => (text, Some(given)),
                    Some(_) => return None,
                    None => (argument, None),
                };
                let text = self.substitute(text.as_str()?, given, depth);
                Some(with(self.put_together(text)?, node))
            }
            "Fn::Join" => {
                let [between, list] = arguments()? else {
                    return None;
                };
                let between = self.text(between, depth)?;
                let items = self.at_depth(list, depth);
                let texts: Option<Vec<String>> = items.as_array()?.iter().map(text_of).collect();
                Some(with(self.put_together(texts?.join(&between))?, node))
            }
            "Fn::Select" => {
                let [index, list] = arguments()? else {
                    return None;
                };
                let index: usize = self.text(index, depth)?.trim().parse().ok()?;
                let items = self.at_depth(list, depth);
                items.as_array()?.get(index).cloned()
            }
            "Fn::Split" => {
                let [between, text] = arguments()? else {
                    return None;
                };
                let (between, text) = (self.text(between, depth)?, self.text(text, depth)?);
                // What is not known may hold the separator, unless it is a name that AWS gives or Region.
                let holds_none = |part: &str| part == "Region" || self.has_plain_name(part);
                let is_told =
                    !is_open(&text) || (between == ":" && names(&text).into_iter().all(holds_none));
                if !is_told || between.is_empty() {
                    return None;
                }
                let items = text
                    .split(between.as_str())
                    .map(|item| Json::from(item.to_owned()))
                    .collect();
                Some(Json {
                    value: JsonValue::Array(items),
                    span: node.span,
                })
            }
            "Fn::FindInMap" => self.find_in_map(arguments()?, depth),
            "Fn::If" => {
                let [condition, yes, no] = arguments()? else {
                    return None;
                };
                let name = condition.as_str()?;
                let chosen = if self.sure(|| self.condition(name))? {
                    yes
                } else {
                    no
                };
                Some(self.at_depth(chosen, depth))
            }
            "Fn::ToJsonString" => {
                let value = self.at_depth(argument, depth);
                Some(with(value.to_string(), node))
            }
            "Fn::Length" => {
                let length = self.at_depth(argument, depth).as_array()?.len();
                Some(Json {
                    value: JsonValue::Number(length.to_string().into()),
                    span: node.span,
                })
            }
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => Some(Json {
                value: JsonValue::Bool(self.sure(|| self.decide(node, depth))?),
                span: node.span,
            }),
            "Fn::ImportValue" => {
                let name = self.at_depth(argument, depth);
                Some(with(self.piece(&format!("import {}", brief(&name))), node))
            }
            _ => None,
        }
    }

    /// What a parameter is given, or its default; unknown without one, and where Systems Manager gives the value.
    fn parameter_value(&self, name: &str, parameter: &Json) -> Json {
        let kind = parameter
            .get("Type")
            .and_then(Json::as_str)
            .unwrap_or_default();
        if self.loose.borrow().contains(name) {
            return self.piece(name).into();
        }
        let given = self.given.iter().find(|(known, _)| known == name);
        let value = given
            .map(|(_, value)| value)
            .or_else(|| parameter.get("Default"));
        let Some(text) = value.and_then(text_of) else {
            return match value.filter(|value| value.as_array().is_some()) {
                Some(list) => list.clone(),
                None => self.piece(name).into(),
            };
        };
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            return self.piece(name).into();
        }
        if kind != "CommaDelimitedList" && !kind.starts_with("List<") {
            return text.into();
        }
        if is_wholly_open(&text) {
            return text.into();
        }
        Json::array(
            text.split(',')
                .map(|item| Json::from(item.trim().to_owned())),
        )
    }

    /// A text with `{{resolve:…}}` taken for unknown parts.
    fn dynamic(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{resolve:") {
            out.push_str(&rest[..at]);
            let end = rest[at..].find("}}").map_or(rest.len(), |end| at + end + 2);
            out.push_str(&self.piece(rest[at..end].trim_matches(['{', '}'])));
            rest = &rest[end..];
        }
        out.push_str(rest);
        out
    }

    /// A text; `None` where it is a list or an object.
    fn text(&self, node: &Json, depth: usize) -> Option<String> {
        text_of(&self.at_depth(node, depth))
    }

    /// What `Ref` gives.
    fn reference(&self, name: &str) -> Json {
        let owner = self.owner;
        let text = match name {
            "AWS::AccountId" => owner.account.clone(),
            "AWS::Region" => owner.region.clone(),
            "AWS::Partition" => owner.partition.clone(),
            "AWS::URLSuffix" if owner.partition == "aws-cn" => "amazonaws.com.cn".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::NoValue" => NO_VALUE.to_owned(),
            name if name.starts_with("AWS::") => self.piece(name),
            name => {
                if let Some(parameter) = self
                    .template
                    .get("Parameters")
                    .and_then(|all| all.get(name))
                {
                    return self.parameter_value(name, parameter);
                }
                return match self.resource(name) {
                    Some(resource) => self.referred(name, resource).into(),
                    None => self
                        .generated(name, "Ref")
                        .unwrap_or_else(|| self.piece(name))
                        .into(),
                };
            }
        };
        text.into()
    }

    fn attribute(&self, id: &str, attribute: &str) -> String {
        match self.resource(id) {
            Some(resource) => self.attribute_of(id, resource, attribute),
            None => self
                .generated(id, attribute)
                .unwrap_or_else(|| self.piece(&format!("{id}.{attribute}"))),
        }
    }

    fn substitute(&self, text: &str, given: Option<&Json>, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            out.push_str(&rest[..at]);
            let Some(end) = rest[at..].find('}') else {
                rest = &rest[at..];
                break;
            };
            let name = rest[at + 2..at + end].trim();
            rest = &rest[at + end + 1..];
            if let Some(plain) = name.strip_prefix('!') {
                out.push_str(&format!("${{{plain}}}"));
                continue;
            }
            let own = given.and_then(|given| given.get(name));
            let value = match own {
                Some(value) => self.text(value, depth),
                None => match name.split_once('.') {
                    Some((id, attribute)) => Some(self.attribute(id, attribute)),
                    None => text_of(&self.reference(name)),
                },
            };
            let value = value.filter(|value| value != NO_VALUE);
            out.push_str(&value.unwrap_or_else(|| self.piece(name)));
        }
        out.push_str(rest);
        if out.contains("{{resolve:") {
            self.dynamic(&out)
        } else {
            out
        }
    }

    fn find_in_map(&self, arguments: &[Json], depth: usize) -> Option<Json> {
        let [map, first, second, rest @ ..] = arguments else {
            return None;
        };
        let keys = [
            self.text(map, depth)?,
            self.text(first, depth)?,
            self.text(second, depth)?,
        ];
        let mut found = self.template.get("Mappings");
        if !keys.iter().any(|key| is_open(key)) {
            for key in &keys {
                found = found.and_then(|value| value.get(key));
            }
            if let Some(found) = found {
                return Some(self.at_depth(found, depth));
            }
        }
        if rest.is_empty()
            && let Some(alike) = self.alike(&keys)
        {
            return Some(alike);
        }
        let default = rest.first()?.get("DefaultValue")?;
        // Of a key that is not known it is not known either whether the map has it.
        (!keys.iter().any(|key| is_open(key))).then(|| self.at_depth(default, depth))
    }

    /// What all values have in common that a map has under keys of which one or both are not known.
    fn alike(&self, keys: &[String; 3]) -> Option<Json> {
        let map = self.template.get("Mappings")?.get(&keys[0])?.as_object()?;
        let fits = |key: &str, member: &Member| is_open(key) || member.name() == key;
        let mut texts = Vec::new();
        for first in map.iter().filter(|member| fits(&keys[1], member)) {
            for second in first
                .value
                .as_object()?
                .iter()
                .filter(|it| fits(&keys[2], it))
            {
                texts.push(text_of(&second.value)?);
            }
        }
        let first = texts.first()?;
        if texts.iter().all(|text| text == first) {
            return Some(first.clone().into());
        }
        let same = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
            a.zip(b).take_while(|(a, b)| a == b).count()
        };
        let least = texts.iter().map(|text| text.chars().count()).min()?;
        let begins = texts
            .iter()
            .map(|it| same(&mut first.chars(), &mut it.chars()))
            .min()?;
        let ends = texts
            .iter()
            .map(|it| same(&mut first.chars().rev(), &mut it.chars().rev()))
            .min()?;
        let ends = ends.min(least - begins);
        let all = first.chars().count();
        let head: String = first.chars().take(begins).collect();
        let tail: String = first.chars().skip(all - ends).collect();
        let middle = self.piece(&format!(
            "{} {} {}",
            keys[0],
            shown(&keys[1]),
            shown(&keys[2])
        ));
        Some(format!("{head}{middle}{tail}").into())
    }

    /// Whether a condition of the template holds in this reading.
    pub(super) fn condition(&self, name: &str) -> bool {
        if let Some((forced, holds)) = &*self.forced.borrow()
            && forced == name
        {
            return *holds;
        }
        let definition = self
            .template
            .get("Conditions")
            .and_then(|all| all.get(name));
        match definition {
            Some(definition) if self.calls.get() <= CALLS => {
                self.calls.set(self.calls.get() + 1);
                let holds = self.decide(definition, 0);
                self.calls.set(self.calls.get() - 1);
                holds
            }
            // Not defined, or defined by itself.
            _ => self.assumed_of(format!("condition {name}")),
        }
    }

    fn decide(&self, node: &Json, depth: usize) -> bool {
        self.take_steps(1);
        if depth > MAX_DEPTH || self.is_exhausted() {
            return true;
        }
        let several = |argument: &Json| argument.as_array().map(<[Json]>::to_vec);
        match function(node) {
            Some(("Condition", argument)) if argument.as_str().is_some() => {
                self.condition(argument.as_str().unwrap_or_default())
            }
            Some(("Fn::Not", argument)) => match several(argument).as_deref() {
                Some([one]) => !self.decide(one, depth + 1),
                _ => self.assumed_of(brief(node)),
            },
            Some(("Fn::And", argument)) => match several(argument) {
                Some(all) => all.iter().all(|one| self.decide(one, depth + 1)),
                None => self.assumed_of(brief(node)),
            },
            Some(("Fn::Or", argument)) => match several(argument) {
                Some(all) => all.iter().any(|one| self.decide(one, depth + 1)),
                None => self.assumed_of(brief(node)),
            },
            Some(("Fn::Equals", argument)) => match several(argument).as_deref() {
                Some([a, b]) => {
                    self.equal(&self.at_depth(a, depth + 1), &self.at_depth(b, depth + 1))
                }
                _ => self.assumed_of(brief(node)),
            },
            _ => match &node.value {
                JsonValue::Bool(value) => *value,
                JsonValue::String(text) if text == "true" || text == "false" => text == "true",
                _ => self.assumed_of(brief(node)),
            },
        }
    }

    fn equal(&self, a: &Json, b: &Json) -> bool {
        match (text_of(a), text_of(b)) {
            (Some(a), Some(b)) if a == b => true,
            (Some(a), Some(b)) if !is_open(&a) && !is_open(&b) => false,
            _ => self.assumed_of(format!("{} is {}", brief(a), brief(b))),
        }
    }

    /// What a comparison that cannot be decided is taken to be.
    fn assumed_of(&self, what: String) -> bool {
        // Braces and colons may stand in what people read; long words are cut, with a digest.
        let what = if what.chars().count() > 120 {
            short(&what)
        } else {
            what
        };
        let known = self
            .assumed
            .borrow()
            .iter()
            .find(|(known, _)| *known == what)
            .map(|(_, holds)| *holds);
        known.unwrap_or_else(|| {
            if self.lenient.get() {
                self.doubt.set(true);
                return true;
            }
            self.open.borrow_mut().get_or_insert(what);
            true
        })
    }
}

/// Whether a value is one, and not taken away.
fn is_there(value: &Json) -> bool {
    value.as_str() != Some(NO_VALUE) && value.value != JsonValue::Null
}

/// The function that an object is, if it is one.
fn function(node: &Json) -> Option<(&str, &Json)> {
    match node.as_object()? {
        [only] => {
            let name = only.name();
            // `Condition` alone is a function among conditions, and an element of a statement with an object elsewhere.
            let is_function = name == "Ref"
                || name.starts_with("Fn::")
                || (name == "Condition" && only.value.as_str().is_some());
            is_function.then_some((name, &only.value))
        }
        _ => None,
    }
}

/// A scalar as a text.
pub(super) fn text_of(value: &Json) -> Option<String> {
    match &value.value {
        JsonValue::String(text) | JsonValue::Number(text) => Some(text.to_string()),
        JsonValue::Bool(value) => Some(value.to_string()),
        JsonValue::Null | JsonValue::Array(_) | JsonValue::Object(_) => None,
    }
}

/// A value in words, for names and readings.
fn brief(value: &Json) -> String {
    match &value.value {
        JsonValue::String(text) => shown(text).into_owned(),
        _ => shown(&value.to_string()).into_owned(),
    }
}

fn with(text: String, node: &Json) -> Json {
    Json {
        value: JsonValue::String(text.into()),
        span: node.span,
    }
}

fn spread(value: Json, node: &Json) -> Json {
    Json {
        value: value.value,
        span: node.span,
    }
}
