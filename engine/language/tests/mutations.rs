//! No input reaches a panic: documents and requests with bytes changed, cut and doubled are read or
//! refused, and what is refused says where.

use keyaki_language::json::{self, Json};
use keyaki_language::{DocumentError, Policy, Request};

const POLICY: &str = r#"{"Version":"2012-10-17","Id":"é","Statement":[{"Sid":"a","Effect":"Allow",
"Principal":{"AWS":["*","arn:aws:iam::111122223333:user/p/Ann"],"Service":"s3.amazonaws.com"},
"NotAction":["s3:Get*","sqs:\u00e9?"],"Resource":"arn:aws:s3:::b/${aws:username, 'x'}*",
"Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a",1,true]},"Null":{"k":"true"}}}]}"#;

const REQUEST: &str = r#"{"principal":"arn:aws:sts::111122223333:assumed-role/Admin/alice","principalType":"AWS",
"action":"s3:getobject","resource":"arn:aws:s3:::b/k","principalAccount":"111122223333","resourceAccount":"444455556666",
"context":{"aws:principalarn":"arn:aws:iam::111122223333:role/ops/Admin","aws:principalorgpaths":["o-a/r-1/"],"aws:epochtime":12}}"#;

/// Each text that differs from the given one in one byte, one cut or one doubled byte.
fn neighbours(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let changes = b"\"\\{}[]:,$*?a0-/ \n\x00\x7f\x80\xc3\xff";
    (0..text.len()).flat_map(move |at| {
        let bytes = text.as_bytes();
        let changed = changes.iter().map(move |change| {
            let mut copy = bytes.to_vec();
            copy[at] = *change;
            copy
        });
        let without = [&bytes[..at], &bytes[at + 1..]].concat();
        let doubled = [&bytes[..at], &bytes[at..=at], &bytes[at..]].concat();
        changed.chain([bytes[..at].to_vec(), without, doubled])
    })
}

fn is_placed(error: &DocumentError, length: usize) {
    let span = error.span();
    assert!(span.start.line >= 1 && span.start.column >= 1, "{error}");
    assert!(
        span.start <= span.end && span.end.offset as usize <= length,
        "{error}"
    );
    assert!(
        error.at().is_empty() || error.at().starts_with('/'),
        "{error}"
    );
    assert!(
        !error.message().is_empty() && !error.message().ends_with('.'),
        "{error}"
    );
}

fn check<T>(text: &str, read: impl Fn(&Json) -> Result<T, DocumentError>) {
    assert!(read(&json::parse(text).expect("the text itself is sound")).is_ok());
    let (mut sound, mut refused) = (0, 0);
    for bytes in neighbours(text) {
        match json::parse_bytes(&bytes).and_then(|json| read(&json)) {
            Ok(_) => sound += 1,
            Err(error) => {
                is_placed(&error, bytes.len());
                refused += 1;
            }
        }
    }
    assert!(
        sound > 100 && refused > 100,
        "{sound} sound, {refused} refused"
    );
}

#[test]
fn no_change_of_a_document_panics() {
    check(POLICY, |json| Policy::from_json(json, ""));
}

#[test]
fn no_change_of_a_request_panics() {
    check(REQUEST, |json| {
        let mut request = Request::from_json(json, "")?;
        if request.complete().is_ok() {
            // What was completed is read back as it is.
            let again = Request::from_json(&request.to_json(), "").expect("the wire form is read");
            assert_eq!(again.to_json(), request.to_json());
            let mut completed = again;
            completed.complete().expect("it was completed before");
            assert_eq!(completed, request);
        }
        Ok(())
    });
}
