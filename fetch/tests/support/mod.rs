//! What tests of files share.

use keyaki_engine::Limits;
use keyaki_engine::finding::{Analyzer, Selection};
use keyaki_engine::resource::{Organization, ZoneOfTrust};
use keyaki_fetch::Snapshot;

/// `public resource AWS who` of each finding, then `code address` of whatever is not analysed or not decided.
pub(crate) fn outcome(snapshot: Snapshot<'_>) -> Vec<String> {
    let nobody = Organization::default();
    let analyzer = Analyzer::new(&nobody, Selection::MinimumCover, Limits::default());
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for record in snapshot.resources.records() {
        let resource = match record {
            Ok(resource) => resource,
            Err(error) => {
                missing.push(format!(
                    "{} {}",
                    error.document().code(),
                    error.address().unwrap_or("-")
                ));
                continue;
            }
        };
        let zone = ZoneOfTrust {
            accounts: vec![resource.account],
            ..ZoneOfTrust::default()
        };
        let analysis = analyzer.analyze(&resource, &zone);
        for finding in analysis.findings {
            let word = if finding.is_public {
                "public"
            } else {
                "external"
            };
            let (kind, who) = &finding.principal;
            found.push(format!("{word} {} {kind} {who}", resource.arn));
        }
        missing.extend(
            analysis
                .undecided
                .iter()
                .map(|it| format!("{} {}", it.code, resource.arn)),
        );
    }
    found.extend(missing);
    found
}
