//! Writes sources in which every mutant waits behind a switch: `keyaki-mutants SOURCES COPY MUTANTS`.
//!
//! `cargo mutants` compiles the program anew for each mutant, which takes most of the time. Here all of them are compiled at once, as in
//! Untch, Offutt and Harrold, "Mutation analysis using mutant schemata" (ISSTA 1993): `a < b` becomes a choice between `a < b` and what
//! may stand in its place, and `crate::mutant::on` says which. MUTANTS is the list of `cargo mutants --list --json`, each with an `id`;
//! the files that it names are read below SOURCES and written below COPY. What cannot be switched (mutants of constants, of `let` chains,
//! fields left out) is printed, a list of ids.
//!
//! Operands are evaluated once and in order whatever is on. Each alternative stands between comments with its id, so that `run` finds
//! those that do not compile and leaves them out.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Bytes of a source.
type Range = std::ops::Range<usize>;

/// One of the list.
#[derive(Clone)]
struct Mutant {
    id: u64,
    genre: String,
    replacement: String,
    start: usize,
}

/// A place that mutants change.
struct Place {
    range: Range,
    what: What,
    of: Vec<Mutant>,
}

enum What {
    /// The beginning of a body, which may return at once.
    Body,
    /// Two operands and the operator.
    Binary(Range, Range, String),
    /// An operand and the operator before it.
    Unary(Range, &'static str),
    /// The end of a pattern, behind which a guard may take the arm away.
    Pattern,
    /// A guard, which may be another or take the arm away.
    Guard,
}

struct Finder<'m> {
    mutants: &'m [Mutant],
    places: Vec<Place>,
    /// How many constants the walk is in.
    constants: usize,
}

fn range(of: &impl Spanned) -> Range {
    of.span().byte_range()
}

/// Whether an operand is a part of a `let` chain.
fn has_let(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(own) => has_let(&own.left) || has_let(&own.right),
        _ => false,
    }
}

impl Finder<'_> {
    /// Notes a place if there are mutants of a genre that begin at `start`.
    fn note(&mut self, genre: &str, start: usize, range: Range, what: What) {
        let of: Vec<Mutant> =
            self.mutants.iter().filter(|own| own.genre == genre && own.start == start).cloned().collect();
        if !of.is_empty() && self.constants == 0 {
            self.places.push(Place { range, what, of });
        }
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block, walk: impl FnOnce(&mut Self)) {
        let constant = usize::from(signature.constness.is_some());
        self.constants += constant;
        if let Some(first) = body.stmts.first() {
            let start = range(first).start;
            self.note("FnValue", start, start..start, What::Body);
        }
        walk(self);
        self.constants -= constant;
    }

    fn constant(&mut self, walk: impl FnOnce(&mut Self)) {
        self.constants += 1;
        walk(self);
        self.constants -= 1;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_type(&mut self, _: &'ast syn::Type) {}

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constant(|own| visit::visit_item_const(own, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.constant(|own| visit::visit_item_static(own, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.constant(|own| visit::visit_impl_item_const(own, item));
    }

    fn visit_variant(&mut self, item: &'ast syn::Variant) {
        self.constant(|own| visit::visit_variant(own, item));
    }

    fn visit_expr_repeat(&mut self, expr: &'ast syn::ExprRepeat) {
        self.visit_expr(&expr.expr);
        self.constant(|own| own.visit_expr(&expr.len));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block, |own| visit::visit_item_fn(own, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block, |own| visit::visit_impl_item_fn(own, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        match &item.default {
            Some(body) => self.function(&item.sig, body, |own| visit::visit_trait_item_fn(own, item)),
            None => visit::visit_trait_item_fn(self, item),
        }
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        if !has_let(&expr.left) && !has_let(&expr.right) {
            let operator = expr.op.span().source_text().unwrap_or_default();
            let what = What::Binary(range(&expr.left), range(&expr.right), operator);
            self.note("BinaryOperator", range(&expr.op).start, range(expr), what);
        }
        visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_unary(&mut self, expr: &'ast syn::ExprUnary) {
        let operator = if matches!(expr.op, syn::UnOp::Neg(_)) { "-" } else { "!" };
        let what = What::Unary(range(&expr.expr), operator);
        self.note("UnaryOperator", range(&expr.op).start, range(expr), what);
        visit::visit_expr_unary(self, expr);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let start = range(arm).start;
        match &arm.guard {
            None => {
                let end = range(&arm.pat).end;
                self.note("MatchArm", start, end..end, What::Pattern);
            }
            Some((_, guard)) if !has_let(guard) => {
                let own = range(&**guard);
                self.note("MatchArm", start, own.clone(), What::Guard);
                self.note("MatchArmGuard", own.start, own, What::Guard);
            }
            Some(_) => {}
        }
        visit::visit_arm(self, arm);
    }
}

struct Writer<'t> {
    text: &'t str,
    /// By where they begin, what holds others before them.
    places: Vec<Place>,
}

fn on(mutant: &Mutant) -> String {
    format!("crate::mutant::on({})", mutant.id)
}

/// `if on { … } else ` for each mutant, each alternative between comments.
fn choices(of: &[Mutant], alternative: impl Fn(&Mutant) -> String) -> String {
    let choice = |own: &Mutant| {
        let (on, id, then) = (on(own), own.id, alternative(own));
        format!("if {on} {{ /*<{id}*/ {then} /*{id}>*/ }} else ")
    };
    of.iter().map(choice).collect()
}

impl Writer<'_> {
    /// Some bytes of the source with the places in them, of which the first that counts is `from`.
    fn render(&self, bytes: Range, from: usize) -> String {
        let mut out = String::new();
        let mut at = bytes.start;
        for next in from..self.places.len() {
            let own = &self.places[next].range;
            if own.start < at || own.end > bytes.end {
                continue;
            }
            out.push_str(&self.text[at..own.start]);
            out.push_str(&self.place(next));
            at = own.end;
        }
        out.push_str(&self.text[at..bytes.end]);
        out
    }

    fn place(&self, at: usize) -> String {
        let Place { range, what, of } = &self.places[at];
        let inner = |bytes: &Range| self.render(bytes.clone(), at + 1);
        let ids: Vec<String> = of.iter().map(|own| own.id.to_string()).collect();
        let (ids, first) = (ids.join(","), on(&of[0]));
        let written = match what {
            What::Body => {
                let early = |own: &Mutant| format!("return {};", own.replacement);
                return format!("{}{{}} ", choices(of, early));
            }
            What::Pattern => format!(" if !{first} "),
            What::Guard => {
                let own = format!("({})", inner(range));
                let turned = of.iter().fold(own, |own, mutant| match mutant.replacement.as_str() {
                    "true" => format!("({} || {own})", on(mutant)),
                    _ => format!("(!{} && {own})", on(mutant)),
                });
                return turned;
            }
            What::Unary(operand, operator) => {
                let plain = choices(of, |_| "__own".to_owned());
                format!("(match {} {{ __own => {plain}{{ {operator}__own }} }})", inner(operand))
            }
            What::Binary(left, right, operator) => {
                let (left, right) = (inner(left), inner(right));
                match operator.as_str() {
                    "&&" => {
                        format!("({{ let __own: bool = {left}; if __own ^ {first} {{ {right} }} else {{ __own }} }})")
                    }
                    "||" => {
                        format!("({{ let __own: bool = {left}; if __own ^ !{first} {{ {right} }} else {{ __own }} }})")
                    }
                    "==" | "!=" if of.len() == 1 => format!("({first} ^ ({left} {operator} {right}))"),
                    "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                        let other = choices(of, |own| format!("__one {} __other", own.replacement));
                        format!(
                            "(match (&({left}), &({right})) {{ (__one, __other) => {other}{{ __one {operator} __other }} }})"
                        )
                    }
                    assigned if assigned.ends_with('=') => {
                        let other = choices(of, |own| format!("{left} {} __own;", own.replacement));
                        format!("(match {right} {{ __own => {other}{{ {left} {operator} __own; }} }})")
                    }
                    _ => {
                        let other = choices(of, |own| format!("__one {} __other", own.replacement));
                        format!(
                            "(match ({left}, {right}) {{ (__one, __other) => {other}{{ __one {operator} __other }} }})"
                        )
                    }
                }
            }
        };
        format!("/*[{ids}*/{written}/*{ids}]*/")
    }
}

/// The bytes at which the lines of a text begin.
fn lines(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// The mutants of one file.
fn mutants(text: &str, items: &[&Value]) -> Option<Vec<Mutant>> {
    let lines = lines(text);
    let read = |item: &&Value| {
        let start = &item["span"]["start"];
        let line = lines.get(start["line"].as_u64()? as usize - 1)?;
        let column = text[*line..].char_indices().nth(start["column"].as_u64()? as usize - 1)?;
        let texts = |name: &str| item[name].as_str().map(str::to_owned);
        let (genre, replacement) = (texts("genre")?, texts("replacement")?);
        Some(Mutant { id: item["id"].as_u64()?, genre, replacement, start: line + column.0 })
    };
    items.iter().map(read).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [sources, copy, list] = &arguments[..] else { return Err("keyaki-mutants SOURCES COPY MUTANTS".into()) };
    let list: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(list)?)?;
    let mut files: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for item in &list {
        files.entry(item["file"].as_str().ok_or("a mutant has no file")?).or_default().push(item);
    }
    let mut left = BTreeSet::new();
    for (file, items) in files {
        let text = std::fs::read_to_string(Path::new(sources).join(file))?;
        let mutants = mutants(&text, &items).ok_or("the list is not one of `cargo mutants --list --json` with ids")?;
        left.extend(mutants.iter().map(|own| own.id));
        let mut finder = Finder { mutants: &mutants, places: Vec::new(), constants: 0 };
        finder.visit_file(&syn::parse_file(&text)?);
        let mut places: Vec<Place> = Vec::new();
        for place in finder.places {
            // An arm and its guard are one place.
            match places.iter_mut().find(|own| own.range == place.range && !place.range.is_empty()) {
                Some(own) if matches!(own.what, What::Guard) && matches!(place.what, What::Guard) => {
                    own.of.extend(place.of);
                }
                _ => places.push(place),
            }
        }
        for place in &places {
            left.retain(|id| place.of.iter().all(|own| own.id != *id));
        }
        places.sort_by_key(|own| (own.range.start, !own.range.is_empty(), usize::MAX - own.range.end));
        let writer = Writer { text: &text, places };
        std::fs::write(Path::new(copy).join(file), writer.render(0..text.len(), 0))?;
    }
    println!("{}", serde_json::to_string(&left)?);
    Ok(())
}
