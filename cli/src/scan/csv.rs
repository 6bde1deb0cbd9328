//! The report for spreadsheets, after RFC 4180.
//!
//! A cell that a spreadsheet would take for a formula is given a leading apostrophe: names in policies
//! are written by people we need not trust.

use super::report::{FindingRow, Report, Tail, name, pairs, place, source, statement};
use super::since::Change;
use std::io::{self, Write};

/// `--format csv`.
#[derive(Debug)]
pub(crate) struct Csv {
    /// With a last column that says what changed since the older snapshot.
    pub(crate) compares: bool,
}

const HEAD: [&str; 19] = [
    "kind",
    "id",
    "access",
    "resource",
    "resourceType",
    "resourceOwnerAccount",
    "region",
    "principalType",
    "principal",
    "action",
    "condition",
    "sources",
    "statements",
    "code",
    "message",
    "consoleUrl",
    "file",
    "line",
    "address",
];

impl Report for Csv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.row(out, HEAD.map(str::to_owned), "change")
    }

    fn finding(&mut self, out: &mut dyn Write, found: &FindingRow<'_>) -> io::Result<()> {
        let FindingRow {
            subject,
            finding,
            site,
            change,
        } = found;
        let sources: Vec<String> = finding
            .sources
            .iter()
            .map(|one| match source(one) {
                (name, Some((_, detail))) => format!("{name} {detail}"),
                (name, None) => name.to_owned(),
            })
            .collect();
        self.row(
            out,
            [
                "finding".to_owned(),
                finding.id.clone(),
                found.access().to_owned(),
                subject.arn.to_owned(),
                subject.resource_type.to_owned(),
                subject.account.clone(),
                subject.region.to_owned(),
                finding.principal.0.clone(),
                finding.principal.1.clone(),
                finding.actions.join("; "),
                found.condition(),
                sources.join("; "),
                found.statements(),
                String::new(),
                finding.removed_by.clone().unwrap_or_default(),
                subject.console().unwrap_or_default(),
                site.file.clone(),
                line(site.line),
                site.address.clone(),
            ],
            change.map_or("", Change::word),
        )
    }

    fn end(&mut self, out: &mut dyn Write, tail: &Tail) -> io::Result<()> {
        for advisory in &tail.advisories {
            let mut cells = [const { String::new() }; 19];
            cells[0] = "advisory".to_owned();
            cells[3].clone_from(&advisory.resource);
            cells[4] = advisory.resource_type.to_owned();
            cells[5].clone_from(&advisory.account);
            cells[12] = statement(&advisory.statement);
            cells[13] = advisory.code.to_owned();
            cells[14].clone_from(&advisory.message);
            cells[15] = advisory.console.clone().unwrap_or_default();
            cells[16].clone_from(&advisory.site.file);
            cells[17] = line(advisory.site.line);
            cells[18].clone_from(&advisory.site.address);
            self.row(out, cells, "")?;
        }
        for missing in &tail.not_analysed {
            let mut cells = [const { String::new() }; 19];
            cells[0] = "notAnalysed".to_owned();
            cells[3] = name(missing);
            cells[4] = missing.resource_type.clone().unwrap_or_default();
            cells[5] = missing.account.clone().unwrap_or_default();
            cells[6] = missing.region.clone().unwrap_or_default();
            cells[13].clone_from(&missing.code);
            cells[14] = format!("{} ({} {})", missing.message, place(missing), missing.at);
            cells[16].clone_from(&missing.file);
            cells[17] = line(missing.line.unwrap_or_default());
            cells[18] = missing.address.clone().unwrap_or_default();
            self.row(out, cells, "")?;
        }
        for past in tail.since.iter().flat_map(|since| &since.gone) {
            let mut cells = [const { String::new() }; 19];
            cells[0] = "gone".to_owned();
            cells[1].clone_from(&past.id);
            cells[2] = if past.is_public { "public" } else { "external" }.to_owned();
            cells[3].clone_from(&past.resource);
            cells[4] = past.resource_type.to_owned();
            cells[5].clone_from(&past.account);
            cells[6].clone_from(&past.region);
            cells[7].clone_from(&past.principal.0);
            cells[8].clone_from(&past.principal.1);
            cells[9] = past.actions.join("; ");
            cells[10] = pairs(&past.condition);
            cells[14] = past.gone.words().to_owned();
            self.row(out, cells, past.gone.word())?;
        }
        Ok(())
    }
}

impl Csv {
    fn row<const N: usize>(
        &self,
        out: &mut dyn Write,
        cells: [String; N],
        change: &str,
    ) -> io::Result<()> {
        let change = self.compares.then_some(change);
        let cells: Vec<String> = cells
            .iter()
            .map(String::as_str)
            .chain(change)
            .map(cell)
            .collect();
        write!(out, "{}\r\n", cells.join(","))
    }
}

/// A line's number; nothing where it is not known.
fn line(line: u64) -> String {
    if line == 0 {
        String::new()
    } else {
        line.to_string()
    }
}

fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    if guard.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_hold_no_formula() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"x\""), "\"say \"\"x\"\"\"");
        for start in ["=", "+", "-", "@"] {
            assert_eq!(cell(&format!("{start}1")), format!("\"'{start}1\""));
        }
    }
}
