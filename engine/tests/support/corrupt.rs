//! Ways to corrupt a certificate, and ways to make its claim false.

use super::dice::Dice;
use keyaki_language::digest;
use keyaki_language::json;

// Corrupted values own their strings.
type Json = json::Json<'static>;
type JsonValue = json::JsonValue<'static>;
type Member = json::Member<'static>;

/// The kinds of corruption.
pub(crate) const KINDS: [&str; 28] = [
    "lemma removed",
    "literal removed",
    "sign flipped",
    "name exchanged",
    "lemma index changed",
    "lemma index dropped",
    "statement index changed",
    "statement removed",
    "case removed",
    "case narrowed",
    "cases reordered",
    "depth changed",
    "pinned value changed",
    "pinned choice removed",
    "kind dropped",
    "kind moved",
    "proof removed",
    "documents exchanged",
    "document of another claim",
    "character changed under the digest",
    "character changed, digest recomputed",
    "policy type changed",
    "question changed",
    "zone changed",
    "access changed",
    "resource type changed",
    "member duplicated",
    "unknown member",
];

fn member<'j>(json: &'j mut Json, name: &str) -> Option<&'j mut Json> {
    match &mut json.value {
        JsonValue::Object(members) => members
            .iter_mut()
            .find(|m| m.key.value == name)
            .map(|m| &mut m.value),
        _ => None,
    }
}

fn members(json: &mut Json) -> Option<&mut Vec<Member>> {
    match &mut json.value {
        JsonValue::Object(members) => Some(members),
        _ => None,
    }
}

fn items(json: &mut Json) -> Option<&mut Vec<Json>> {
    match &mut json.value {
        JsonValue::Array(items) => Some(items),
        _ => None,
    }
}

fn pick<'j>(dice: &mut Dice, items: &'j mut [Json]) -> Option<&'j mut Json> {
    let count = items.len();
    (count > 0).then(|| &mut items[dice.below(count)])
}

fn remove(dice: &mut Dice, items: &mut Vec<Json>) -> Option<()> {
    let count = items.len();
    (count > 0).then(|| {
        items.remove(dice.below(count));
    })
}

fn set(json: &mut Json, text: &str) {
    json.value = JsonValue::String(text.to_owned().into());
}

/// All values that pass a test, anywhere below.
fn below<'j>(json: &'j mut Json, wanted: &dyn Fn(&Json) -> bool, out: &mut Vec<&'j mut Json>) {
    if wanted(json) {
        out.push(json);
        return;
    }
    match &mut json.value {
        JsonValue::Array(items) => items.iter_mut().for_each(|item| below(item, wanted, out)),
        JsonValue::Object(members) => members
            .iter_mut()
            .for_each(|m| below(&mut m.value, wanted, out)),
        _ => {}
    }
}

fn is_literal(json: &Json) -> bool {
    json.as_str()
        .is_some_and(|text| text.starts_with(['+', '-']) && text.len() > 2)
}

/// Every list with the name, in proofs, statements and pinned choices that are not empty.
fn lists<'j>(json: &'j mut Json, name: &str, out: &mut Vec<&'j mut Vec<Json>>) {
    match &mut json.value {
        JsonValue::Array(list) => list.iter_mut().for_each(|item| lists(item, name, out)),
        JsonValue::Object(members) => {
            for m in members {
                if m.key.value != name || m.value.as_array().is_none() {
                    lists(&mut m.value, name, out);
                } else if let JsonValue::Array(list) = &mut m.value.value
                    && !list.is_empty()
                {
                    out.push(list);
                }
            }
        }
        _ => {}
    }
}

fn one_list<'j>(
    dice: &mut Dice,
    json: &'j mut Json,
    name: &str,
    wanted: &dyn Fn(&Json) -> bool,
) -> Option<&'j mut Vec<Json>> {
    let mut all = Vec::new();
    lists(json, name, &mut all);
    all.retain(|list| wanted(&list[0]));
    let count = all.len();
    (count > 0).then(|| all.swap_remove(dice.below(count)))
}

/// Removes an item of such a list.
fn removed(
    dice: &mut Dice,
    json: &mut Json,
    name: &str,
    wanted: &dyn Fn(&Json) -> bool,
) -> Option<()> {
    let list = one_list(dice, json, name, wanted)?;
    remove(dice, list)
}

/// The certificate with one thing changed; `None` where it has no such thing.
pub(crate) fn corrupt(
    kind: &str,
    certificate: &str,
    other: &str,
    dice: &mut Dice,
) -> Option<String> {
    let mut json = json::parse(certificate)
        .expect("a certificate is JSON")
        .into_owned();
    if kind == "member duplicated" {
        // The writer takes no key twice, so this is done in the text.
        let name = dice.pick(&[
            "\"claim\":",
            "\"proofs\":",
            "\"kinds\":",
            "\"statement\":",
            "\"text\":",
            "\"policyType\":",
        ]);
        let places: Vec<usize> = certificate.match_indices(*name).map(|(at, _)| at).collect();
        let at = *(!places.is_empty()).then(|| dice.pick(&places))?;
        return Some(format!(
            "{}{name}1,{}",
            &certificate[..at],
            &certificate[at..]
        ));
    }
    let is_list = |json: &Json| json.as_array().is_some();
    let proofs = member(&mut json, "proofs")?;
    match kind {
        "lemma removed" => removed(dice, proofs, "lemmas", &is_list)?,
        "literal removed" => {
            let lemmas = one_list(dice, proofs, "lemmas", &is_list)?;
            let lemma = items(pick(dice, lemmas)?)?;
            remove(dice, lemma)?;
        }
        "sign flipped" => {
            let mut all = Vec::new();
            below(proofs, &is_literal, &mut all);
            let count = all.len();
            let literal = (count > 0).then(|| all.swap_remove(dice.below(count)))?;
            let text = literal.as_str()?;
            let flipped = format!(
                "{}{}",
                if text.starts_with('+') { "-" } else { "+" },
                &text[1..]
            );
            set(literal, &flipped);
        }
        "name exchanged" => {
            let mut all = Vec::new();
            below(proofs, &is_literal, &mut all);
            let names: Vec<String> = all
                .iter()
                .filter_map(|l| l.as_str().map(|t| t[1..].to_owned()))
                .collect();
            let count = all.len();
            let literal = (count > 0).then(|| all.swap_remove(dice.below(count)))?;
            let text = format!("{}{}", &literal.as_str()?[..1], dice.pick(&names));
            set(literal, &text);
        }
        "lemma index changed" | "lemma index dropped" => {
            let used = one_list(dice, proofs, "lemmas", &|json| !is_list(json))?;
            if kind == "lemma index dropped" {
                remove(dice, used)?;
            } else {
                let number = dice.below(used.len() + 2).to_string();
                pick(dice, used)?.value = JsonValue::Number(number.into());
            }
        }
        "statement index changed" => {
            let statements = one_list(dice, proofs, "statements", &|_| true)?;
            let number = dice.below(statements.len() + 2).to_string();
            member(pick(dice, statements)?, "statement")?.value = JsonValue::Number(number.into());
        }
        "statement removed" => removed(dice, proofs, "statements", &|_| true)?,
        "case removed" => removed(dice, proofs, "cases", &|_| true)?,
        "cases reordered" => {
            let cases = one_list(dice, proofs, "cases", &|_| true)?;
            let (a, b) = (dice.below(cases.len()), dice.below(cases.len()));
            cases.swap(a, b);
        }
        "case narrowed" => {
            let cases = one_list(dice, proofs, "cases", &|_| true)?;
            let formula = items(pick(dice, cases)?)?.get_mut(1)?;
            match member(formula, "or").is_some() {
                true => remove(dice, items(member(formula, "or")?)?)?,
                false => {
                    let own = formula.clone();
                    *formula = match member(formula, "and") {
                        Some(parts) => {
                            let parts = items(parts)?;
                            let extra = dice.pick(parts).clone();
                            Json::object([("and", Json::array([own, negated(&extra)]))])
                        }
                        None => Json::object([("and", Json::array([own.clone(), negated(&own)]))]),
                    };
                }
            }
        }
        "depth changed" => {
            let cases = one_list(dice, proofs, "cases", &|_| true)?;
            let number = dice.below(4).to_string();
            items(pick(dice, cases)?)?.first_mut()?.value = JsonValue::Number(number.into());
        }
        "pinned value changed" => {
            let pinned = one_list(dice, proofs, "pinned", &|_| true)?;
            let pins = members(member(pick(dice, pinned)?, "pins")?)?;
            let count = pins.len();
            let pin = (count > 0).then(|| &mut pins[dice.below(count)])?;
            match dice.below(3) {
                0 => pin.value.value = JsonValue::Null,
                1 => set(
                    &mut pin.value,
                    dice.pick::<&str>(&["", "x", "a:", "a", "*", "111122223333"]),
                ),
                _ => {
                    pin.key.value = dice
                        .pick::<&str>(&[
                            "aws:username",
                            "aws:principaltag/x",
                            "s3:prefix",
                            "aws:principalaccount",
                        ])
                        .to_string()
                        .into()
                }
            }
        }
        "pinned choice removed" => removed(dice, proofs, "pinned", &|_| true)?,
        "kind dropped" => removed(dice, proofs, "kinds", &|_| true)?,
        "kind moved" => {
            let kinds = one_list(dice, proofs, "kinds", &|_| true)?;
            let count = kinds.len();
            let kind = kinds.remove(dice.below(count));
            let proof = pick(dice, items(proofs)?)?;
            items(member(proof, "kinds")?)?.push(kind);
        }
        "proof removed" => remove(dice, items(proofs)?)?,
        _ => corrupt_claim(kind, member(&mut json, "claim")?, other, dice)?,
    }
    Some(json.to_string())
}

fn negated(formula: &Json) -> Json {
    match formula.as_str() {
        Some(text) if text.starts_with('+') => Json::from(format!("-{}", &text[1..])),
        Some(text) => Json::from(format!("+{}", &text[1..])),
        None => formula.clone(),
    }
}

/// The types of resources whose policies can be public.
const RESOURCE_TYPES: [&str; 5] = [
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::KMS::Key",
    "AWS::IAM::AssumeRolePolicyDocument",
    "AWS::Lambda::Function",
];

fn corrupt_claim(kind: &str, claim: &mut Json, other: &str, dice: &mut Dice) -> Option<()> {
    match kind {
        "documents exchanged" => exchange(claim)?,
        "document of another claim" => {
            let other = json::parse(other)
                .expect("a certificate is JSON")
                .into_owned();
            let theirs = other.get("claim")?.get("documents")?.as_array()?;
            let theirs = dice.pick(theirs);
            let own = pick(dice, items(member(claim, "documents")?)?)?;
            for name in ["digest", "text"] {
                *member(own, name)? = theirs.get(name)?.clone();
            }
        }
        "character changed under the digest" | "character changed, digest recomputed" => {
            let own = pick(dice, items(member(claim, "documents")?)?)?;
            let text = character(dice, own.get("text")?.as_str()?);
            if kind == "character changed, digest recomputed" {
                write_document(own, &text)?;
            } else {
                set(member(own, "text")?, &text);
            }
        }
        "policy type changed" => set(
            member(claim, "policyType")?,
            dice.pick::<&str>(&[
                "IDENTITY_POLICY",
                "RESOURCE_POLICY",
                "SERVICE_CONTROL_POLICY",
                "RESOURCE_CONTROL_POLICY",
                "POLICY",
            ]),
        ),
        "question changed" => {
            let name = *dice.pick(&[
                "unsatisfiable",
                "no-public-access",
                "no-external-access",
                "not-granted",
                "no-new-access",
            ]);
            set(member(claim, "question")?, name);
            let more = match name {
                "no-public-access" => Some(("resourceType", r#""AWS::S3::Bucket""#)),
                "no-external-access" => Some(("zoneOfTrust", r#"{"accounts":["111122223333"]}"#)),
                "not-granted" => Some(("access", r#"[{"actions":["s3:GetObject"]}]"#)),
                _ => None,
            };
            if let Some((name, value)) = more
                && member(claim, name).is_none()
            {
                let value = json::parse(value).expect("JSON").into_owned();
                let own = Json::object([(name, value)]);
                members(claim)?.extend(own.as_object()?.iter().cloned());
            }
        }
        "zone changed" => {
            let zone = member(claim, "zoneOfTrust")?;
            match dice.below(3) {
                0 => {
                    let name = *dice.pick(&["accounts", "federated", "canonicalUsers"]);
                    remove(dice, items(member(zone, name)?)?)?;
                }
                1 => {
                    let accounts = items(member(zone, "accounts")?)?;
                    set(pick(dice, accounts)?, "999999999999");
                }
                _ => set(member(zone, "organization")?, "o-b"),
            }
        }
        "access changed" => {
            let entry = pick(dice, items(member(claim, "access")?)?)?;
            let name = *dice.pick(&["actions", "resources"]);
            match dice.below(3) {
                0 => members(entry)?.retain(|m| m.key.value != name),
                1 => set(pick(dice, items(member(entry, name)?)?)?, "*"),
                _ => {
                    let text = pick(dice, items(member(entry, name)?)?)?;
                    let changed = character(dice, text.as_str()?);
                    set(text, &changed);
                }
            }
        }
        "resource type changed" => set(
            member(claim, "resourceType")?,
            dice.pick::<&str>(&RESOURCE_TYPES),
        ),
        "unknown member" => {
            let own = Json::object([("note", Json::from("x"))]);
            let own = own.as_object()?.to_vec();
            match dice.below(2) {
                0 => members(claim)?.extend(own),
                _ => members(pick(dice, items(member(claim, "documents")?)?)?)?.extend(own),
            }
        }
        other => panic!("`{other}` is no kind of corruption"),
    }
    Some(())
}

fn write_document(document: &mut Json, text: &str) -> Option<()> {
    set(member(document, "text")?, text);
    set(member(document, "digest")?, &digest::of(text));
    Some(())
}

fn exchange(claim: &mut Json) -> Option<()> {
    let documents = items(member(claim, "documents")?)?;
    let [one, two] = documents.as_mut_slice() else {
        return None;
    };
    for name in ["digest", "text"] {
        let (first, second) = (one.get(name)?.clone(), two.get(name)?.clone());
        *member(one, name)? = second;
        *member(two, name)? = first;
    }
    Some(())
}

/// A text with one character dropped or put in the place of another.
fn character(dice: &mut Dice, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.is_empty() {
        return "*".to_owned();
    }
    let at = dice.below(letters.len());
    match dice.below(4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, *dice.pick(&['*', '?', 'a', ':', '/'])),
        _ => letters[at] = *dice.pick(&['*', '?', 'a', 'A', 'x', '1', '0', ':', '/']),
    }
    letters.into_iter().collect()
}

/// A certificate whose claim may have become false: the proof is that of the true one.
pub(crate) fn falsify(certificate: &str, dice: &mut Dice) -> Option<(&'static str, String)> {
    let mut json = json::parse(certificate)
        .expect("a certificate is JSON")
        .into_owned();
    let claim = member(&mut json, "claim")?;
    let kind = *dice.pick(&[
        "exchanged",
        "Deny deleted",
        "Allow deleted",
        "pattern widened",
        "condition deleted",
        "value changed",
        "effect turned",
    ]);
    if kind == "exchanged" {
        exchange(claim)?;
        return Some((kind, json.to_string()));
    }
    let document = pick(dice, items(member(claim, "documents")?)?)?;
    let mut policy = json::parse(document.get("text")?.as_str()?)
        .ok()?
        .into_owned();
    let list = member(&mut policy, "Statement")?;
    if list.as_array().is_none() {
        *list = Json::array([list.clone()]);
    }
    let statements = items(list)?;
    let effect = |json: &Json| json.get("Effect").and_then(Json::as_str).map(str::to_owned);
    let wanted = match kind {
        "Deny deleted" => Some("Deny"),
        "Allow deleted" => Some("Allow"),
        _ => None,
    };
    if let Some(wanted) = wanted {
        let own: Vec<usize> = (0..statements.len())
            .filter(|at| effect(&statements[*at]).as_deref() == Some(wanted))
            .collect();
        if own.is_empty() || statements.len() == 1 {
            return None;
        }
        statements.remove(*dice.pick(&own));
    } else {
        let statement = pick(dice, statements)?;
        match kind {
            "pattern widened" => {
                let name = *dice.pick(&[
                    "Action",
                    "Resource",
                    "NotAction",
                    "NotResource",
                    "Principal",
                ]);
                let value = member(statement, name)?;
                *value = Json::from("*");
            }
            "condition deleted" => members(statement)?.retain(|m| m.key.value != "Condition"),
            "effect turned" => {
                let turned = if effect(statement)? == "Allow" {
                    "Deny"
                } else {
                    "Allow"
                };
                set(member(statement, "Effect")?, turned);
            }
            _ => {
                let name =
                    *dice.pick(&["Action", "Resource", "Condition", "Condition", "Principal"]);
                let part = member(statement, name)?;
                let mut all = Vec::new();
                below(part, &|json| json.as_str().is_some(), &mut all);
                let count = all.len();
                let text = (count > 0).then(|| all.swap_remove(dice.below(count)))?;
                let changed = character(dice, text.as_str()?);
                set(text, &changed);
            }
        }
    }
    write_document(document, &policy.to_string())?;
    Some((kind, json.to_string()))
}
