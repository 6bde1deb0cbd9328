//! The report as one page that needs nothing else: no script, font or picture is loaded.
//!
//! Rows are written as they come; the summary is written last and shown first. Every text is escaped, and
//! the page's own policy forbids any script but its own.

use super::report::{FindingRow, Report, Tail, name, place, statement};
use super::since::Since;
use std::io::{self, Write};

/// `--format html`.
#[derive(Debug)]
pub(crate) struct Html;

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Access from outside the zone of trust</title>
<style>
:root { color-scheme: light dark; --line: #8886; --bad: #b3261e; --warn: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --warn: #ffc46b; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; display: flex; flex-direction: column; }
h1 { order: 0; } #summary { order: 1; } #filter { order: 2; } main { order: 3; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { position: sticky; top: 0; background: Canvas; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.public { color: var(--bad); font-weight: 700; } .external { color: var(--warn); font-weight: 600; }
code { font: 13px/1.4 ui-monospace, monospace; }
#filter { margin: 1rem 0; display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; }
input[type=search] { font: inherit; padding: .3rem .5rem; min-width: 20rem; }
</style>
</head>
<body>
<h1>Access from outside the zone of trust</h1>
<div id="filter">
<label>Show only rows with <input type="search" id="words"></label>
<label><input type="checkbox" id="public"> public only</label>
<span id="shown" aria-live="polite"></span>
</div>
<main>
<h2>Findings</h2>
<table id="findings"><thead><tr><th>Access</th><th>Resource</th><th>Who</th><th>May</th><th>If</th><th>By</th><th>Where</th><th>Finding</th></tr></thead><tbody>
"#;

const SCRIPT: &str = r##"<script>
const rows = Array.from(document.querySelectorAll("#findings tbody tr"));
const texts = rows.map(row => row.textContent.toLowerCase());
const words = document.getElementById("words"), only = document.getElementById("public"), shown = document.getElementById("shown");
function filter() {
  const wanted = words.value.toLowerCase().split(/\s+/);
  let count = 0;
  rows.forEach((row, i) => {
    row.hidden = !(wanted.every(word => texts[i].includes(word)) && (!only.checked || row.dataset.access === "public"));
    if (!row.hidden) count++;
  });
  shown.textContent = count + " of " + rows.length + " findings";
}
words.addEventListener("input", filter);
only.addEventListener("change", filter);
filter();
</script>
"##;

impl Report for Html {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(HEAD.as_bytes())
    }

    fn finding(&mut self, out: &mut dyn Write, row: &FindingRow<'_>) -> io::Result<()> {
        let access = row.access();
        let removed = row
            .finding
            .removed_by
            .as_ref()
            .map_or_else(String::new, |by| format!(": {}", escape(by)));
        let change = row
            .change
            .map_or_else(String::new, |change| format!("<br>{}", change.word()));
        let resource = escape(row.subject.arn);
        let resource = match row.subject.console() {
            Some(link) => format!(
                "<a href=\"{}\" rel=\"noreferrer\">{resource}</a>",
                escape(&link)
            ),
            None => resource,
        };
        writeln!(
            out,
            "<tr data-access=\"{access}\"><td class=\"{access}\">{access}{removed}{change}</td><td><code>{resource}</code><br>{} of {}</td>\
             <td><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
            escape(row.subject.resource_type),
            escape(&row.subject.account),
            escape(&row.who()),
            escape(&row.finding.actions.join(", ")),
            escape(&row.condition()),
            escape(&row.statements()),
            escape(&row.site.words()),
            escape(&row.finding.id)
        )
    }

    fn end(&mut self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        writeln!(out, "</tbody></table>")?;
        if !tail.advisories.is_empty() {
            writeln!(
                out,
                "<h2>Advisories</h2>\n<table><thead><tr><th>Resource</th><th>Risk</th><th>By</th><th>Where</th></tr></thead><tbody>"
            )?;
            for row in &tail.advisories {
                let by = statement(&row.statement);
                let (resource, message) = (escape(&row.resource), escape(&row.message));
                writeln!(
                    out,
                    "<tr><td><code>{resource}</code></td><td>{message}</td><td>{}</td><td>{}</td></tr>",
                    escape(&by),
                    escape(&row.site.words())
                )?;
            }
            writeln!(out, "</tbody></table>")?;
        }
        if !tail.not_analysed.is_empty() {
            writeln!(
                out,
                "<h2>Not analysed</h2>\n<p>Never to be read as safe.</p>"
            )?;
            writeln!(
                out,
                "<table><thead><tr><th>What</th><th>Why</th><th>Where</th></tr></thead><tbody>"
            )?;
            for missing in &tail.not_analysed {
                let (name, message, place) = (
                    escape(&name(missing)),
                    escape(&missing.message),
                    escape(&place(missing)),
                );
                writeln!(
                    out,
                    "<tr><td><code>{name}</code></td><td>{message}</td><td>{place}</td></tr>"
                )?;
            }
            writeln!(out, "</tbody></table>")?;
        }
        if let Some(since) = &tail.since {
            gone(out, since)?;
        }
        writeln!(out, "</main>\n<section id=\"summary\">")?;
        writeln!(
            out,
            "<table><thead><tr><th>Resource type</th><th class=\"n\">Resources</th><th class=\"n\">Public</th>\
             <th class=\"n\">Cross-account</th><th class=\"n\">Advisories</th><th class=\"n\">Not analysed</th></tr></thead><tbody>"
        )?;
        let total = ("total".to_owned(), tail.summary.total());
        let types = tail
            .summary
            .types
            .iter()
            .map(|(name, counts)| (escape(name), *counts));
        for (name, counts) in types.chain([total]) {
            write!(out, "<tr><td>{name}</td>")?;
            for number in [
                counts.resources,
                counts.public,
                counts.cross_account,
                counts.advisories,
                counts.not_analysed,
            ] {
                write!(out, "<td class=\"n\">{number}</td>")?;
            }
            writeln!(out, "</tr>")?;
        }
        if !tail.summary.policies.is_empty() {
            writeln!(
                out,
                "</tbody></table>\n<p>Policies found: {}</p>\n<table><tbody>",
                escape(&tail.summary.policies())
            )?;
        }
        writeln!(
            out,
            "</tbody></table>\n</section>\n{SCRIPT}</body>\n</html>"
        )
    }
}

/// What the older snapshot had and this one has not.
fn gone(out: &mut dyn Write, since: &Since) -> io::Result<()> {
    writeln!(
        out,
        "<h2>Since the older snapshot</h2>\n<p>{} new, {} changed, {} unchanged, {} resolved, {} unknown</p>",
        since.new,
        since.changed,
        since.unchanged,
        since.resolved(),
        since.unknown()
    )?;
    if !since.gone.is_empty() {
        writeln!(
            out,
            "<table><thead><tr><th>Was found</th><th>Who</th><th>May</th><th>Now</th><th>Finding</th></tr></thead><tbody>"
        )?;
        for row in &since.gone {
            writeln!(
                out,
                "<tr><td><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td><td>{}</td><td><code>{}</code></td></tr>",
                escape(&row.resource),
                escape(&row.who()),
                escape(&row.actions.join(", ")),
                row.gone.words(),
                escape(&row.id)
            )?;
        }
        writeln!(out, "</tbody></table>")?;
    }
    for (head, names) in [
        ("Resources that are gone", &since.resources_gone),
        (
            "Resources that were not analysed this time: never to be read as safe",
            &since.resources_not_analysed,
        ),
    ] {
        if names.is_empty() {
            continue;
        }
        writeln!(out, "<h3>{head}</h3>\n<ul>")?;
        for name in names {
            writeln!(out, "<li><code>{}</code></li>", escape(name))?;
        }
        writeln!(out, "</ul>")?;
    }
    Ok(())
}

/// Text that means nothing to HTML, in an element or in a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::paint::plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            escape("<img src=x onerror='a(\"&\")'>"),
            "&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;"
        );
    }
}
