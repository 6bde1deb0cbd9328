//! Reading a snapshot never panics, and whatever is read can be analysed.
//!
//! An input is three texts with a line of `==` between them: the records, the organization, the manifest.
#![no_main]

use keyaki_engine::Limits;
use keyaki_engine::finding::{Analyzer, Selection};
use keyaki_engine::resource::ZoneOfTrust;
use keyaki_fetch::Snapshot;
use keyaki_fetch::snapshot::parse_record;
use keyaki_language::policy::AccountId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        // Whatever the answer, it is one; the reader of lines below reads the same.
        let _ = parse_record(text);
    }
    let mut parts = bytes.splitn(3, |byte| *byte == 0x1e);
    let records = parts.next().unwrap_or_default();
    let text = |part: Option<&[u8]>| part.map(|p| String::from_utf8_lossy(p).into_owned());
    let (organization, manifest) = (text(parts.next()), text(parts.next()));
    let snapshot = Snapshot::from_memory(records, organization.as_deref(), manifest.as_deref());
    let Ok(snapshot) = snapshot else {
        return;
    };
    let organization = snapshot.organization.clone();
    let selection = Selection::default();
    let analyzer = Analyzer::new(
        &organization,
        selection,
        Limits {
            branches: 200,
            ..Limits::default()
        },
    );
    let zone = ZoneOfTrust {
        accounts: AccountId::parse("111122223333").into_iter().collect(),
        ..ZoneOfTrust::default()
    };
    for resource in snapshot.resources.records().flatten().take(4) {
        let one = analyzer.analyze(&resource, &zone);
        let two = analyzer.analyze(&resource, &zone);
        assert_eq!(format!("{one:?}"), format!("{two:?}"));
    }
});
