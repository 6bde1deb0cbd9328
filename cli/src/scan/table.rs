//! The report for a terminal.
//!
//! Each finding is a short block, so nothing has to be known of the findings after it and no name is cut
//! off: who, what they may do, under which condition, which statement lets them, and where to change it.

use super::report::{FindingRow, Report, Tail, name, place, statement};
use super::since::Change;
use crate::paint::{Paint, plain};
use crate::words::count;
use std::io::{self, Write};

/// `--format table`.
#[derive(Debug)]
pub(crate) struct Table {
    paint: Paint,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self {
            paint: Paint::stdout(),
        }
    }
}

impl Report for Table {
    fn begin(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn finding(&mut self, out: &mut dyn Write, row: &FindingRow<'_>) -> io::Result<()> {
        let paint = self.paint;
        let access = format!("{:<8}", row.access());
        let access = match row.access() {
            "public" => paint.bad(&access),
            "external" => paint.doubtful(&access),
            _ => paint.dim(&access),
        };
        writeln!(
            out,
            "{access}  {}  {}",
            paint.bold(&plain(row.subject.arn)),
            paint.dim(row.subject.resource_type)
        )?;
        let mut field = |label: &str, text: &str| match text {
            "" => Ok(()),
            _ => writeln!(
                out,
                "          {} {}",
                paint.dim(&format!("{label:<9}")),
                plain(text)
            ),
        };
        field("who", &row.who())?;
        field("may", &row.finding.actions.join(", "))?;
        field("if", &row.condition())?;
        field("by", &row.statements())?;
        field("at", &row.site.words())?;
        field("but", row.finding.removed_by.as_deref().unwrap_or_default())?;
        field("finding", &row.finding.id)?;
        field("since", row.change.map_or("", Change::word))?;
        field("console", &row.subject.console().unwrap_or_default())?;
        writeln!(out)
    }

    fn end(&mut self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        let paint = self.paint;
        if !tail.advisories.is_empty() {
            writeln!(
                out,
                "{}",
                paint.bold("Advisories: risks that are no access from outside")
            )?;
            for row in &tail.advisories {
                writeln!(out, "{:<8}  {}", "advisory", plain(&row.resource))?;
                writeln!(
                    out,
                    "          {} ({}, {}, {})",
                    plain(&row.message),
                    row.code,
                    plain(&statement(&row.statement)),
                    plain(&row.site.words())
                )?;
            }
            writeln!(out)?;
        }
        if !tail.not_analysed.is_empty() {
            writeln!(
                out,
                "{}",
                paint.bold("Not analysed: never to be read as safe")
            )?;
            for missing in &tail.not_analysed {
                writeln!(out, "{:<8}  {}", "unknown", plain(&name(missing)))?;
                let at = if missing.at.is_empty() {
                    String::new()
                } else {
                    format!(" at {}", missing.at)
                };
                let place = place(missing);
                let text = format!("{} ({}, {place}{at})", missing.message, missing.code);
                writeln!(out, "          {}", plain(&text))?;
                if let Some(hint) = &missing.hint {
                    writeln!(out, "          hint: {}", plain(hint))?;
                }
            }
            writeln!(out)?;
        }
        self.gone(out, tail)?;
        self.summary(out, tail)
    }
}

impl Table {
    /// What the older snapshot had and this one has not.
    fn gone(&self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        let Some(since) = &tail.since else {
            return Ok(());
        };
        if !since.gone.is_empty() {
            let head = "Found in the older snapshot, not in this one";
            writeln!(out, "{}", self.paint.bold(head))?;
        }
        for row in &since.gone {
            writeln!(out, "{:<8}  {}", "", plain(&row.resource))?;
            let text = format!("{} may {}", row.who(), row.actions.join(", "));
            writeln!(out, "          {} (finding {})", plain(&text), row.id)?;
            writeln!(out, "          {}", row.gone.words())?;
        }
        for (head, names) in [
            ("Resources that are gone", &since.resources_gone),
            (
                "Resources that were analysed before and not, or not wholly, this time: never to be read as safe",
                &since.resources_not_analysed,
            ),
        ] {
            if names.is_empty() {
                continue;
            }
            writeln!(out, "{}", self.paint.bold(head))?;
            for name in names {
                writeln!(out, "          {}", plain(name))?;
            }
        }
        writeln!(
            out,
            "Since the older snapshot: {} new, {} changed, {} unchanged, {} resolved, {} unknown\n",
            since.new,
            since.changed,
            since.unchanged,
            since.resolved(),
            since.unknown()
        )
    }

    fn summary(&self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        let summary = &tail.summary;
        let width = summary
            .types
            .keys()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or(0)
            .max("Resource type".len());
        let removed = summary.total().removed > 0;
        let mut head = format!(
            "{:<width$}  {:>9}  {:>6}  {:>13}",
            "Resource type", "resources", "public", "cross-account"
        );
        if removed {
            head.push_str(&format!("  {:>7}", "removed"));
        }
        head.push_str(&format!("  {:>10}  {:>12}", "advisories", "not analysed"));
        writeln!(out, "{}", self.paint.bold(&head))?;
        let total = ("total".to_owned(), summary.total());
        let types = summary
            .types
            .iter()
            .map(|(name, counts)| (name.clone(), *counts));
        for (name, counts) in types.chain([total]) {
            write!(
                out,
                "{:<width$}  {:>9}  {:>6}  {:>13}",
                plain(&name),
                counts.resources,
                counts.public,
                counts.cross_account
            )?;
            if removed {
                write!(out, "  {:>7}", counts.removed)?;
            }
            writeln!(
                out,
                "  {:>10}  {:>12}",
                counts.advisories, counts.not_analysed
            )?;
        }
        if !summary.policies.is_empty() {
            writeln!(out, "\nPolicies found: {}", plain(&summary.policies()))?;
        }
        let total = summary.total();
        writeln!(
            out,
            "\n{}, {} ({} public), {} not analysed",
            count(total.resources, "resource"),
            count(summary.findings(), "finding"),
            total.public,
            tail.not_analysed.len()
        )
    }
}
