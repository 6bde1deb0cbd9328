//! The report for a pull request or a page of notes.

use super::report::{FindingRow, Report, Tail, name, place};
use super::since::Since;
use std::io::{self, Write};

/// `--format markdown`.
#[derive(Debug, Default)]
pub(crate) struct Markdown {
    begun: bool,
}

impl Report for Markdown {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# Access from outside the zone of trust\n")
    }

    fn finding(&mut self, out: &mut dyn Write, row: &FindingRow<'_>) -> io::Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            writeln!(
                out,
                "| access | resource | who | may | if | by | where | finding |\n|---|---|---|---|---|---|---|---|"
            )?;
        }
        let resource = match row.subject.console() {
            Some(link) => format!("[{}]({link})", escape(row.subject.arn)),
            None => escape(row.subject.arn),
        };
        let access = match &row.finding.removed_by {
            Some(by) => format!("removed: {}", escape(by)),
            None if row.finding.is_public => "**public**".to_owned(),
            None => "external".to_owned(),
        };
        let access = match row.change {
            Some(change) => format!("{access} ({})", change.word()),
            None => access,
        };
        writeln!(
            out,
            "| {access} | {resource} | {} | {} | {} | {} | {} | {} |",
            escape(&row.who()),
            escape(&row.finding.actions.join(", ")),
            escape(&row.condition()),
            escape(&row.statements()),
            escape(&row.site.words()),
            escape(&row.finding.id)
        )
    }

    fn end(&mut self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        if !self.begun {
            writeln!(out, "No findings.")?;
        }
        if !tail.advisories.is_empty() {
            writeln!(
                out,
                "\n## Advisories\n\n| resource | risk | where | code |\n|---|---|---|---|"
            )?;
            for row in &tail.advisories {
                writeln!(
                    out,
                    "| {} | {} | {} | {} |",
                    escape(&row.resource),
                    escape(&row.message),
                    escape(&row.site.words()),
                    row.code
                )?;
            }
        }
        if !tail.not_analysed.is_empty() {
            writeln!(
                out,
                "\n## Not analysed\n\nNever to be read as safe.\n\n| what | why | where |\n|---|---|---|"
            )?;
            for missing in &tail.not_analysed {
                let place = place(missing);
                writeln!(
                    out,
                    "| {} | {} | {} |",
                    escape(&name(missing)),
                    escape(&missing.message),
                    escape(&place)
                )?;
            }
        }
        if let Some(since) = &tail.since {
            gone(out, since)?;
        }
        writeln!(
            out,
            "\n## Summary\n\n| resource type | resources | public | cross-account | advisories | not analysed |\n|---|--:|--:|--:|--:|--:|"
        )?;
        let total = ("**total**".to_owned(), tail.summary.total());
        let types = tail
            .summary
            .types
            .iter()
            .map(|(name, counts)| (escape(name), *counts));
        for (name, counts) in types.chain([total]) {
            writeln!(
                out,
                "| {name} | {} | {} | {} | {} | {} |",
                counts.resources,
                counts.public,
                counts.cross_account,
                counts.advisories,
                counts.not_analysed
            )?;
        }
        if !tail.summary.policies.is_empty() {
            writeln!(
                out,
                "\nPolicies found: {}.",
                escape(&tail.summary.policies())
            )?;
        }
        Ok(())
    }
}

/// What the older snapshot had and this one has not.
fn gone(out: &mut dyn Write, since: &Since) -> io::Result<()> {
    writeln!(
        out,
        "\n## Since the older snapshot\n\n{} new, {} changed, {} unchanged, {} resolved, {} unknown.",
        since.new,
        since.changed,
        since.unchanged,
        since.resolved(),
        since.unknown()
    )?;
    if !since.gone.is_empty() {
        writeln!(
            out,
            "\n| was found | who | may | now | finding |\n|---|---|---|---|---|"
        )?;
    }
    for row in &since.gone {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            escape(&row.resource),
            escape(&row.who()),
            escape(&row.actions.join(", ")),
            row.gone.words(),
            escape(&row.id)
        )?;
    }
    for (head, names) in [
        ("Resources that are gone", &since.resources_gone),
        (
            "Not analysed this time, never to be read as safe",
            &since.resources_not_analysed,
        ),
    ] {
        if !names.is_empty() {
            writeln!(out, "\n{head}:\n")?;
        }
        for name in names {
            writeln!(out, "- {}", escape(name))?;
        }
    }
    Ok(())
}

/// Text that stays in its cell and means nothing to Markdown or HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::paint::plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '~' | '#' | '!' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_cell() {
        assert_eq!(escape("a|b*<i>\n"), "a\\|b\\*&lt;i&gt;\\\\u{a}");
    }
}
