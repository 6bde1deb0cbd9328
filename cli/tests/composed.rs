//! `keyaki scan --certificates` where something beside the policy keeps callers out: the certificate is about both, and about nothing else.

mod common;

use common::{folder, keyaki, parse, text};
use keyaki_language::digest;
use keyaki_language::json::Json;
use std::fs;
use std::path::PathBuf;

const EVERYONE_READS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;
const POINT: &str = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";

/// An RCP that lets in callers of one organization, and services.
fn perimeter(organization: &str, actions: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":{actions},"Resource":"*","Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"{organization}"}},"BoolIfExists":{{"aws:PrincipalIsAWSService":"false"}}}}}}]}}"#
    )
}

/// An organization of two accounts with one control policy at its root, or none.
fn organization(policy: Option<(&str, &str)>) -> String {
    let mut policies = vec![
        r#"{"id":"p-FullAWSAccess","type":"SERVICE_CONTROL_POLICY","targets":["r-1","111122223333","444455556666"]}"#.to_owned(),
    ];
    policies.extend(policy.map(|(kind, document)| {
        format!(
            r#"{{"id":"p-own","name":"own","type":"{kind}","document":{document},"targets":["r-1"]}}"#
        )
    }));
    format!(
        r#"{{"schemaVersion":1,"id":"o-a","roots":[{{"id":"r-1","name":"Root"}}],"accounts":[{{"id":"111122223333","name":"own","unit":"r-1"}},{{"id":"444455556666","name":"sister","unit":"r-1"}}],"policies":[{}]}}"#,
        policies.join(",")
    )
}

fn record(arn: &str, resource_type: &str, configuration: &str) -> String {
    format!(
        r#"{{"resourceArn":"{arn}","resourceType":"{resource_type}","resourceOwnerAccount":"111122223333","region":"eu-west-1","configuration":{configuration}}}"#
    )
}

/// A bucket with its policy, its `RestrictPublicBuckets`, and further members.
fn bucket(policy: &str, restricted: bool, more: &str) -> String {
    let configuration = format!(
        r#"{{"s3Bucket":{{"bucketPolicy":{policy},"bucketPublicAccessBlock":{{"ignorePublicAcls":false,"restrictPublicBuckets":{restricted}}},"objectOwnership":"BucketOwnerEnforced"{more}}}}}"#
    );
    record("arn:aws:s3:::b", "AWS::S3::Bucket", &configuration)
}

/// A document that another was composed of: its name and its digest.
type Part = (String, String);

/// What a scan wrote.
struct Written {
    folder: PathBuf,
    /// The scan's exit status: 1 where there are findings.
    status: i32,
    entries: Vec<Json<'static>>,
}

impl Written {
    fn entry(&self, end: &str) -> &Json<'static> {
        let mut entries = self.entries.iter();
        let found = entries.find(|entry| text(entry, "at").ends_with(end));
        found.unwrap_or_else(|| panic!("no entry for {end}"))
    }

    /// The evidence for a document, which is accepted, and what checking it says.
    fn evidence(&self, end: &str) -> (String, String) {
        let entry = self.entry(end);
        let path = self.folder.join(text(entry, "certificate"));
        let run = keyaki(&["verify", &path.display().to_string()], "");
        assert_eq!((run.status, run.err.as_str()), (0, ""), "{}", run.out);
        let evidence = fs::read_to_string(path).expect("evidence was written");
        (evidence, run.out)
    }

    /// The names of what a document was composed of, and what else narrows it; none if its certificate is of the document itself.
    fn composed(&self, end: &str) -> Option<(Vec<Part>, Vec<String>)> {
        let entry = self.entry(end);
        let of = entry.get("composedOf")?.as_array().expect("a list");
        let with = entry.strings_of("with").expect("a list of texts");
        let part = |json: &Json| {
            (
                text(json, "name").to_owned(),
                text(json, "digest").to_owned(),
            )
        };
        Some((of.iter().map(part).collect(), with))
    }
}

fn scan(name: &str, organization: &str, records: &[String], more: &[&str]) -> Written {
    let folder = folder(name);
    let snapshot = folder.join("snapshot");
    fs::create_dir_all(&snapshot).expect("the folder can be made");
    fs::write(snapshot.join("organization.json"), organization).expect("a file");
    fs::write(snapshot.join("resources.jsonl"), records.join("\n")).expect("a file");
    let evidence = folder.join("evidence");
    let [from, to] = [&snapshot, &evidence].map(|path| path.display().to_string());
    let mut arguments = vec!["scan", &from, "--certificates", &to];
    arguments.extend(more);
    let run = keyaki(&arguments, "");
    assert!(run.status < 2 && run.err.is_empty(), "{}", run.err);
    let index = fs::read_to_string(evidence.join("index.jsonl")).expect("an index");
    Written {
        folder: evidence,
        status: run.status,
        entries: index.lines().map(parse).collect(),
    }
}

/// Evidence with a text in its documents changed, and the digests with them.
fn changed(evidence: &str, from: &str, to: &str) -> String {
    let json = parse(evidence);
    let certificates = json
        .as_array()
        .map_or(vec![&json], |list| list.iter().collect());
    let mut out = evidence.to_owned();
    for own in certificates {
        let claim = own.get("claim").expect("evidence has a claim");
        for document in claim.list_of("documents").expect("a list") {
            let old = text(document, "text");
            let new = old.replace(from, to);
            let quoted = |text: &str| Json::from(text.to_owned()).to_string();
            out = out
                .replace(&quoted(old), &quoted(&new))
                .replace(&digest::of(old), &digest::of(&new));
        }
    }
    assert_ne!(out, evidence, "`{from}` stands in no document");
    out
}

fn verified(evidence: &str) -> i32 {
    keyaki(&["verify", "-"], evidence).status
}

#[test]
fn a_list_narrowed_by_an_rcp_is_proved_with_it() {
    let rcp = perimeter("o-a", r#""s3:*""#);
    let records = [bucket(EVERYONE_READS, false, "")];
    let with = |name: &str, rcp: &str| {
        let organization = organization(Some(("RESOURCE_CONTROL_POLICY", rcp)));
        scan(name, &organization, &records, &[])
    };
    let written = with("composed_rcp", &rcp);
    assert_eq!(written.status, 0);
    let (of, says) = written.composed("bucketPolicy").expect("it is composed");
    let named = "resource control policy p-own".to_owned();
    assert_eq!(of, [(named, digest::of(&rcp))]);
    assert_eq!(
        says,
        ["service-linked roles: what control policies do not bind"]
    );
    let (evidence, out) = written.evidence("bucketPolicy");
    assert!(
        out.contains("lets in nobody else from outside than"),
        "{out}"
    );

    // Another RCP under the old digest, under its own, and none of the RCP at all.
    assert_eq!(verified(&evidence.replace("o-a", "o-b")), 2);
    assert_eq!(
        verified(&changed(&evidence, r#"ID":"o-a"#, r#"ID":"o-b"#)),
        1
    );
    assert_eq!(
        verified(&changed(
            &evidence,
            r#"{"Effect":"Deny","Principal":"*""#,
            r#"{"Effect":"Deny","Principal":{"AWS":"999988887777"}"#
        )),
        1
    );
    // The findings without what the RCP does not bind.
    let less = changed(
        &evidence,
        r#""ArnLike":{"aws:PrincipalArn":"arn:*:iam::*:role/aws-service-role/*"}"#,
        r#""ArnLike":{"aws:PrincipalArn":"arn:*:iam::*:role/aws-service-role/x"}"#,
    );
    assert_eq!(verified(&less), 1);

    // An RCP that leaves everybody in: a finding, and the certificate says so of the policy itself.
    for (name, rcp) in [
        ("composed_rcp_other", perimeter("o-a", r#""sqs:*""#)),
        (
            "composed_rcp_of_others",
            perimeter("o-b", r#""s3:PutObject""#),
        ),
    ] {
        let written = with(name, &rcp);
        assert_eq!(written.status, 1);
        assert_eq!(written.composed("bucketPolicy"), None);
        written.evidence("bucketPolicy");
    }
    let written = scan("composed_rcp_none", &organization(None), &records, &[]);
    assert_eq!(
        (written.status, written.composed("bucketPolicy")),
        (1, None)
    );
}

#[test]
fn m6_a_list_narrowed_by_block_public_access_is_proved_with_it() {
    let organization = organization(None);
    let written = scan(
        "composed_restricted",
        &organization,
        &[bucket(EVERYONE_READS, true, "")],
        &[],
    );
    assert_eq!(written.status, 0);
    let (of, with) = written.composed("bucketPolicy").expect("it is composed");
    assert_eq!((of.len(), with.len()), (0, 1));
    assert!(with[0].starts_with("RestrictPublicBuckets"), "{with:?}");
    let (evidence, out) = written.evidence("bucketPolicy");
    assert_eq!(out.matches("accepted").count(), 2, "{out}");
    let own = digest::of(EVERYONE_READS);
    assert!(
        out.contains(&format!("it is not true that {own} is not public")),
        "{out}"
    );
    // The owner is another account, or services are no exception any more, or outsiders are.
    assert_eq!(
        verified(&changed(&evidence, "111122223333", "999988887777")),
        1
    );
    assert_eq!(verified(&changed(&evidence, r#""Deny""#, r#""Allow""#)), 1);
    // A policy that is not public, in the witness.
    let named = changed(
        &evidence,
        r#""Allow","Principal":"*""#,
        r#""Allow","Principal":{"AWS":"999988887777"}"#,
    );
    assert_eq!(verified(&named), 1);

    // The switch is off; the policy is not public: what it lets in is a finding, and its certificate is of the policy itself.
    let partner = EVERYONE_READS.replace(r#""*","Action"#, r#"{"AWS":"999988887777"},"Action"#);
    for (name, record) in [
        ("composed_unrestricted", bucket(EVERYONE_READS, false, "")),
        ("composed_not_public", bucket(&partner, true, "")),
    ] {
        let written = scan(name, &organization, &[record], &[]);
        assert_eq!(
            (written.status, written.composed("bucketPolicy")),
            (1, None)
        );
        written.evidence("bucketPolicy");
    }
}

#[test]
fn m6_an_access_point_is_proved_with_its_bucket() {
    let through = |condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{{"StringEquals":{{"s3:DataAccessPointAccount":"111122223333"{condition}}}}}}}]}}"#
        )
    };
    let point = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"{POINT}/object/*"}}]}}"#
    );
    let points = |restricted: bool| {
        format!(
            r#","accessPoints":{{"{POINT}":{{"accessPointPolicy":{point},"publicAccessBlock":{{"ignorePublicAcls":false,"restrictPublicBuckets":{restricted}}},"networkOrigin":{{"internetConfiguration":{{}}}}}}}}"#
        )
    };
    let organization = organization(None);
    // The bucket lets in its organization alone, through access points: that is proved of its policy.
    let own = bucket(
        &through(r#","aws:PrincipalOrgID":"o-a""#),
        false,
        &points(false),
    );
    let written = scan("composed_point", &organization, &[own], &[]);
    assert_eq!(written.status, 0);
    let (_, with) = written.composed("accessPointPolicy").expect("composed");
    assert!(
        with.contains(&format!("only calls through {POINT}")),
        "{with:?}"
    );
    let (evidence, _) = written.evidence("accessPointPolicy");
    assert_eq!(
        verified(&changed(&evidence, r#"ID":"o-a"#, r#"ID":"o-b"#)),
        1
    );

    // It lets in anybody through access points: a finding there, and none for calls to the bucket itself.
    let own = bucket(&through(""), false, &points(false));
    let written = scan("composed_point_open", &organization, &[own], &[]);
    assert_eq!(
        (written.status, written.composed("accessPointPolicy")),
        (1, None)
    );
    written.evidence("accessPointPolicy");

    // Both policies are public, and Block Public Access of the access point is on. The bucket's own may let in access points of other
    // accounts, which nothing here keeps out.
    let open = through("").replace(
        r#""StringEquals":{"s3:DataAccessPointAccount":"111122223333"}"#,
        r#""Null":{"s3:DataAccessPointArn":"false"}"#,
    );
    let own = bucket(&open, false, &points(true));
    let written = scan("composed_point_restricted", &organization, &[own], &[]);
    let (_, with) = written.composed("accessPointPolicy").expect("composed");
    assert!(with[0].starts_with("RestrictPublicBuckets"), "{with:?}");
    let (_, out) = written.evidence("accessPointPolicy");
    assert_eq!(out.matches("accepted").count(), 3, "{out}");
    let why = text(written.entry("bucketPolicy"), "none");
    assert!(why.contains("the document alone allows more"), "{why}");
    let own = bucket(&open, false, &points(false));
    let written = scan("composed_point_unrestricted", &organization, &[own], &[]);
    assert_eq!(
        (written.status, written.composed("accessPointPolicy")),
        (1, None)
    );

    // The bucket leaves it to access points, and these let in nobody from outside.
    let role = r#"{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"s3:Get"#;
    let own = points(false).replace(r#""*","Action":"s3:Get"#, role);
    let own = bucket(&through(""), false, &own);
    let written = scan("composed_point_inside", &organization, &[own], &[]);
    assert_eq!(written.status, 0);
    assert_eq!(written.composed("accessPointPolicy"), None);
    let (_, with) = written.composed("bucketPolicy").expect("composed");
    assert!(
        with[0].starts_with("no calls through access points of"),
        "{with:?}"
    );
    let (evidence, _) = written.evidence("bucketPolicy");
    // Calls through access points of another account are not left out.
    let other = r#""s3:dataaccesspointaccount":"111122223333""#;
    assert_eq!(
        verified(&changed(&evidence, other, &other.replace("1111", "9999"))),
        1
    );
}

#[test]
fn m2_what_no_rcp_binds_on_a_key_is_named() {
    let key = r#"{"kmsKey":{"keyPolicies":{"default":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}}}}"#;
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/0000";
    let rcp = perimeter("o-a", r#"["s3:*","kms:*"]"#);
    let organization = organization(Some(("RESOURCE_CONTROL_POLICY", &rcp)));
    let written = scan(
        "composed_key",
        &organization,
        &[record(arn, "AWS::KMS::Key", key)],
        &[],
    );
    let (_, with) = written.composed("default").expect("composed");
    assert_eq!(
        with,
        [
            "service-linked roles: what control policies do not bind",
            "kms:RetireGrant: what control policies do not bind"
        ]
    );
    let (evidence, _) = written.evidence("default");
    assert_eq!(
        verified(&changed(&evidence, "kms:RetireGrant", "kms:CreateGrant")),
        0,
        "renamed on both sides it is the same proof"
    );
    let finding = r#""Principal":"*","Action":"kms:RetireGrant""#;
    assert_eq!(
        verified(&changed(
            &evidence,
            finding,
            &finding.replace("Retire", "Create")
        )),
        1
    );
}

#[test]
fn m2_a_list_narrowed_by_an_scp_is_proved_with_it() {
    let sister = EVERYONE_READS.replace(
        r#""*","Action"#,
        r#"{"AWS":"arn:aws:iam::444455556666:role/app"},"Action"#,
    );
    let scp = |actions: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"{actions}","Resource":"*"}}]}}"#
        )
    };
    let records = [bucket(&sister, false, "")];
    let look = |name, actions: &str| {
        let scp = scp(actions);
        let organization = organization(Some(("SERVICE_CONTROL_POLICY", &scp)));
        scan(name, &organization, &records, &["--zone", "account"])
    };
    let written = look("composed_scp", "s3:*");
    assert_eq!(written.status, 0);
    let (of, _) = written.composed("bucketPolicy").expect("composed");
    assert_eq!(of[0].0, "service control policy of 444455556666 p-own");
    let (evidence, _) = written.evidence("bucketPolicy");
    let denied = r#""Action":"s3:*""#;
    assert_eq!(
        verified(&changed(&evidence, denied, r#""Action":"s3:P*""#)),
        1
    );
    let written = look("composed_scp_other", "s3:Put*");
    assert_eq!(
        (written.status, written.composed("bucketPolicy")),
        (1, None)
    );
}

#[test]
fn s40_documents_of_two_versions_that_spell_variables_are_not_composed() {
    let old = EVERYONE_READS.replace("2012-10-17", "2008-10-17");
    let rcp = perimeter("o-a", r#""s3:*""#);
    let organization = organization(Some(("RESOURCE_CONTROL_POLICY", &rcp)));
    let spelled = bucket(&old.replace("b/*", "b/${aws:username}"), false, "");
    let written = scan("composed_versions", &organization, &[spelled], &[]);
    let why = text(written.entry("bucketPolicy"), "none");
    assert!(why.contains("two versions"), "{why}");
    // Without variables the version means nothing.
    let plain = bucket(&old, false, "");
    let written = scan("composed_old", &organization, &[plain], &[]);
    written.composed("bucketPolicy").expect("composed");
    written.evidence("bucketPolicy");
}
