//! Templates that a template names: nested stacks, and what `AWS::Include` brings in.
//!
//! A nested stack whose template is a file beside the one that names it is read with the parameters that it is given; its
//! resources are called `Nested.Bucket`. Only files in the template's own folder are opened, since a template may be a stranger's.
//! What stands elsewhere, behind an address, or cannot be read, is named.
//! (AWS CloudFormation User Guide, "AWS::CloudFormation::Stack", "AWS::Include transform"; AWS SAM Developer Guide,
//! "AWS::Serverless::Application".)

use super::super::draft::Sheet;
use super::super::tree::{self as json, Json, JsonValue, Member};
use super::super::{MAX_DEPTH, MAX_SIZE, unknown, yaml};
use super::evaluate::{Stack, text_of};
use super::{foreach, is_it, records};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// How deep stacks may stand in each other.
const DEPTH: usize = 8;

/// How many nested stacks are read for one file.
const MOST: usize = 200;

/// The property that names the template of a resource of this type.
pub(super) fn names_template(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::CloudFormation::Stack" => Some("TemplateURL"),
        "AWS::Serverless::Application" => Some("Location"),
        _ => None,
    }
}

/// Reads a nested stack; why not, where it is not read.
pub(super) fn read(
    stack: &Stack<'_>,
    id: &str,
    resource: &Json,
    property: &str,
    sheet: &mut Sheet,
) -> Result<(), String> {
    let location = stack.leniently(|| stack.property(resource, property));
    let location = location
        .as_ref()
        .and_then(text_of)
        .ok_or("where the template of the nested stack stands is not known")?;
    if stack.within.matches('.').count() >= DEPTH {
        return Err(format!("more than {DEPTH} stacks stand in each other"));
    }
    if stack.nested.get() >= MOST {
        return Err(format!("more than {MOST} stacks stand in this one"));
    }
    let (file, text) = open(&sheet.file, &location)?;
    stack.nested.set(stack.nested.get() + 1);
    let document = parse(&text).map_err(|why| format!("`{file}`: {why}"))?;
    if !is_it(&document) {
        return Err(format!("`{file}` is no template"));
    }
    if text.contains(stack.owner.account.as_str()) {
        // Whoever that number is there, it must not be taken for the owner.
        return Err(format!(
            "`{file}` names the account {}; scan it by itself",
            stack.owner.account
        ));
    }
    let given = stack.leniently(|| stack.property(resource, "Parameters"));
    let given = given.as_ref().and_then(Json::as_object).unwrap_or_default();
    let pairs = given
        .iter()
        .map(|it| (it.name().to_owned(), it.value.clone()));
    let mut inner = Stack::new(&document, stack.owner);
    inner.given = pairs.collect();
    inner.within = format!("{}{id}.", stack.within);
    inner.nested = stack.nested.clone();
    let within = inner.within.clone();
    let expanded = foreach::expanded(&document, &inner);
    if let Some(expanded) = &expanded {
        let given = std::mem::take(&mut inner.given);
        inner = Stack::new(expanded, stack.owner);
        inner.given = given;
        inner.within.clone_from(&within);
        inner.nested = stack.nested.clone();
    }
    let outer = (
        std::mem::replace(&mut sheet.file, file.as_str().into()),
        std::mem::replace(&mut sheet.within, within),
    );
    records::write(&inner, sheet);
    (sheet.file, sheet.within) = outer;
    Ok(())
}

/// The template with what `AWS::Include` brings in from files beside it; `None` where nothing is.
pub(super) fn included(template: &Json, file: &str) -> Option<Json> {
    let mut any = false;
    let out = include(template, file, &mut any, 0);
    any.then_some(out)
}

fn include(value: &Json, file: &str, any: &mut bool, depth: usize) -> Json {
    if depth > MAX_DEPTH {
        return value.clone();
    }
    let made = match &value.value {
        JsonValue::Array(items) => JsonValue::Array(
            items
                .iter()
                .map(|item| include(item, file, any, depth + 1))
                .collect(),
        ),
        JsonValue::Object(members) => {
            let mut out: Vec<Member> = Vec::new();
            for member in members {
                let at_top = depth == 0 && member.name() == "Transform";
                let brought = (at_top || member.name() == "Fn::Transform")
                    .then(|| brings(&member.value, file))
                    .flatten();
                match brought {
                    Some(Json {
                        value: JsonValue::Object(more),
                        ..
                    }) => {
                        *any = true;
                        let is_new =
                            |it: &Member| members.iter().all(|own| own.name() != it.name());
                        out.extend(more.into_iter().filter(is_new));
                    }
                    // A value that stands alone takes the place of all of it.
                    Some(other) if members.len() == 1 => {
                        *any = true;
                        return other;
                    }
                    _ => out.push(Member {
                        key: member.key.clone(),
                        value: include(&member.value, file, any, depth + 1),
                    }),
                }
            }
            JsonValue::Object(out)
        }
        other => other.clone(),
    };
    Json {
        value: made,
        span: value.span,
    }
}

/// What one `AWS::Include` brings in, every node of it at the place that asks for it.
fn brings(transform: &Json, file: &str) -> Option<Json> {
    if transform.get("Name").and_then(Json::as_str) != Some("AWS::Include") {
        return None;
    }
    let location = transform.get("Parameters")?.get("Location")?.as_str()?;
    let (_, text) = open(file, location).ok()?;
    let mut brought = parse(&text).ok()?;
    place(&mut brought, transform);
    Some(brought)
}

/// Gives every node a place in the file that asks for it.
fn place(node: &mut Json, at: &Json) {
    node.span = at.span;
    match &mut node.value {
        JsonValue::Array(items) => items.iter_mut().for_each(|item| place(item, at)),
        JsonValue::Object(members) => members
            .iter_mut()
            .for_each(|member| place(&mut member.value, at)),
        _ => {}
    }
}

/// The text of a file in the folder of another, and its name.
fn open(beside: &str, location: &str) -> Result<(String, String), String> {
    if unknown::is_open(location) {
        return Err(format!(
            "`{}` is not known before it is deployed",
            unknown::shown(location)
        ));
    }
    let path = Path::new(location);
    let inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if location.contains("://") || !inside {
        return Err(format!(
            "`{location}` stands outside of the template's folder"
        ));
    }
    let path: PathBuf = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    let folder = Path::new(beside).parent().unwrap_or(Path::new(""));
    let path = folder.join(path);
    let name = path.display().to_string();
    let failed = |error: std::io::Error| format!("`{name}`: {error}");
    let size = fs::metadata(&path).map_err(failed)?;
    if !size.is_file() || size.len() > MAX_SIZE as u64 {
        return Err(format!("`{name}` is no file, or too large"));
    }
    // A link may lead anywhere.
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let real = fs::canonicalize(&path).map_err(failed)?;
    if !real.starts_with(fs::canonicalize(folder).map_err(failed)?) {
        return Err(format!("`{name}` leads out of the template's folder"));
    }
    let bytes = fs::read(&path).map_err(failed)?;
    let bytes = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&bytes)
        .to_vec();
    let text = String::from_utf8(bytes).map_err(|_| format!("`{name}` is not UTF-8"))?;
    if unknown::is_spelled(&text) {
        return Err(format!("`{name}` holds a letter between U+E000 and U+E002"));
    }
    Ok((name, text))
}

/// JSON or YAML.
fn parse(text: &str) -> Result<Json, String> {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(document) = json::parse_bytes_within(text.as_bytes(), MAX_SIZE, MAX_DEPTH)
    {
        return Ok(document);
    }
    let parsed = yaml::parse(text).map_err(|error| error.to_string())?;
    match parsed.doubled.first() {
        None => Ok(parsed.document),
        Some(doubled) => Err(format!("a key is written twice at {}", doubled.at)),
    }
}
