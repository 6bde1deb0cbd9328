//! Reading a document never panics, and what was read is stable: written down again, it is read as the same.
#![no_main]

use keyaki_language::json;
use keyaki_language::judge::check_policy;
use keyaki_language::policies::PolicyType;
use keyaki_language::{Policy, Request};
use libfuzzer_sys::fuzz_target;

const TYPES: [PolicyType; 4] = [
    PolicyType::Identity,
    PolicyType::Resource,
    PolicyType::ServiceControl,
    PolicyType::ResourceControl,
];

fuzz_target!(|bytes: &[u8]| {
    let parsed = json::parse_bytes(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        assert!(parsed.is_err(), "bytes that are no text were read");
        return;
    };
    let policy = Policy::read(text);
    let Ok(json) = parsed else {
        assert!(policy.is_err(), "a policy in what is no JSON: {text}");
        return;
    };
    // Places differ between the text and what is written anew, so what is written is compared.
    let written = json.to_string();
    let again = json::parse(&written).expect("what was written can be read");
    assert_eq!(again.to_string(), written, "written differently: {text}");

    match (policy, Policy::read(&written)) {
        (Ok(read), Ok(again)) => {
            assert_eq!(Policy::read(&written), Ok(again.clone()));
            assert_eq!(read.statements.len(), again.statements.len(), "{text}");
            for policy_type in TYPES {
                let [one, two] = [&read, &again].map(|p| check_policy(p, policy_type).is_ok());
                assert_eq!(one, two, "checked differently: {text}");
            }
        }
        (Err(one), Err(two)) => {
            assert_eq!((one.code(), one.at()), (two.code(), two.at()), "{text}")
        }
        (one, two) => panic!("read as {one:?} and as {two:?}: {text}"),
    }
    if let Ok(request) = Request::from_json(&json, "") {
        let again = Request::from_json(&request.to_json(), "");
        assert_eq!(again.as_ref(), Ok(&request), "{text}");
    }
});
