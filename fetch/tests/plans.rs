//! What plans say in their many ways comes to the findings that it should.

mod support;

use keyaki_fetch::Snapshot;
use keyaki_fetch::file::Options;

/// A resource: its address, its values, what is known after the apply, and what its attributes refer to.
type Made<'a> = (&'a str, &'a str, &'a str, &'a str);

fn plan(resources: &[Made<'_>]) -> String {
    let (mut planned, mut changes, mut configured) = (Vec::new(), Vec::new(), Vec::new());
    for (address, values, unknown, expressions) in resources {
        let (kind, name) = address.split_once('.').expect("an address has a dot");
        planned.push(format!(
            r#"{{"address":"{address}","mode":"managed","type":"{kind}","name":"{name}","values":{{{values}}}}}"#
        ));
        changes.push(format!(
            r#"{{"address":"{address}","change":{{"actions":["create"],"before":null,"after":{{{values}}},"after_unknown":{{{unknown}}}}}}}"#
        ));
        configured.push(format!(
            r#"{{"address":"{address}","expressions":{{{expressions}}}}}"#
        ));
    }
    format!(
        r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[{}]}}}},"resource_changes":[{}],"configuration":{{"root_module":{{"resources":[{}]}}}}}}"#,
        planned.join(",\n"),
        changes.join(",\n"),
        configured.join(",\n")
    )
}

/// What the plan of some resources comes to.
fn scan(resources: &[Made<'_>]) -> Vec<String> {
    let plan = plan(resources);
    let read = Snapshot::from_reader("plan.json", plan.as_bytes(), &Options::default());
    support::outcome(read.expect("it is a plan"))
}

const NOTHING: [&str; 0] = [];

const PARTNER: &str = r#""policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":\"*\",\"Resource\":\"*\"}}""#;

const FUNCTION: Made<'_> = (
    "aws_lambda_function.f",
    r#""function_name":"f""#,
    r#""arn":true"#,
    "",
);

#[test]
fn a_public_url_has_its_permission_from_the_provider() {
    let url = (
        "aws_lambda_function_url.u",
        r#""function_name":"f","authorization_type":"NONE""#,
        "",
        "",
    );
    assert_eq!(
        scan(&[FUNCTION, url]),
        ["public arn:aws:lambda:{Region}:000000000000:function:f AWS *"]
    );
    let url = (
        "aws_lambda_function_url.u",
        r#""function_name":"f","authorization_type":"AWS_IAM""#,
        "",
        "",
    );
    assert_eq!(scan(&[FUNCTION, url]), NOTHING);
}

#[test]
fn a_source_of_the_plan_is_of_its_account() {
    let rule = (
        "aws_cloudwatch_event_rule.r",
        r#""name":"r""#,
        r#""arn":true"#,
        "",
    );
    let permission = |references: &'static str| {
        (
            "aws_lambda_permission.p",
            r#""function_name":"f","action":"lambda:InvokeFunction","principal":"events.amazonaws.com""#,
            r#""source_arn":true"#,
            references,
        )
    };
    let own = r#""source_arn":{"references":["aws_cloudwatch_event_rule.r.arn","aws_cloudwatch_event_rule.r"]}"#;
    assert_eq!(scan(&[FUNCTION, rule, permission(own)]), NOTHING);
    // Whatever two references come to is not known.
    let two = r#""source_arn":{"references":["aws_cloudwatch_event_rule.r.arn","aws_cloudwatch_event_rule.r","var.x"]}"#;
    let arn = "arn:aws:lambda:{Region}:000000000000:function:f";
    assert_eq!(
        scan(&[FUNCTION, rule, permission(two)]),
        [format!("undefined {arn}")]
    );
}

#[test]
fn a_grant_to_a_role_of_the_plan_is_inside() {
    let key = (
        "aws_kms_key.k",
        r#""description":"d""#,
        r#""key_id":true,"policy":true,"arn":true"#,
        "",
    );
    let role = (
        "aws_iam_role.r",
        r#""name":"r","assume_role_policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}}""#,
        r#""arn":true"#,
        "",
    );
    let grant = |values: &'static str, references: &'static str| {
        (
            "aws_kms_grant.g",
            values,
            r#""key_id":true,"grantee_principal":true"#,
            references,
        )
    };
    let refers = r#""key_id":{"references":["aws_kms_key.k.key_id","aws_kms_key.k"]},"grantee_principal":{"references":["aws_iam_role.r.arn","aws_iam_role.r"]}"#;
    assert_eq!(
        scan(&[key, role, grant(r#""operations":["Decrypt"]"#, refers)]),
        NOTHING
    );
    let nobody = r#""key_id":{"references":["aws_kms_key.k.key_id","aws_kms_key.k"]},"grantee_principal":{"references":["var.who"]}"#;
    assert_eq!(
        scan(&[key, role, grant(r#""operations":["Decrypt"]"#, nobody)]),
        ["unknown-grant aws_kms_grant.g"]
    );
}

#[test]
fn a_policy_of_a_stream_is_not_the_tables() {
    let table = (
        "aws_dynamodb_table.t",
        r#""name":"t""#,
        r#""arn":true,"stream_arn":true"#,
        "",
    );
    for (attribute, arn) in [("stream_arn", "table/t/stream/{label}"), ("arn", "table/t")] {
        let refers = format!(
            r#""resource_arn":{{"references":["aws_dynamodb_table.t.{attribute}","aws_dynamodb_table.t"]}}"#
        );
        let policy = (
            "aws_dynamodb_resource_policy.p",
            PARTNER,
            r#""resource_arn":true"#,
            refers.as_str(),
        );
        assert_eq!(
            scan(&[table, policy]),
            [format!(
                "external arn:aws:dynamodb:{{Region}}:000000000000:{arn} AWS 444455556666"
            )]
        );
    }
}

#[test]
fn what_is_shared_without_a_policy_is_found_or_named() {
    assert_eq!(
        scan(&[
            (
                "aws_snapshot_create_volume_permission.v",
                r#""snapshot_id":"snap-1","account_id":"444455556666""#,
                "",
                ""
            ),
            (
                "aws_db_snapshot.d",
                r#""db_snapshot_identifier":"d","shared_accounts":["all"]"#,
                "",
                ""
            ),
            (
                "aws_db_cluster_snapshot.own",
                r#""db_cluster_snapshot_identifier":"own""#,
                "",
                ""
            ),
            (
                "aws_ami_launch_permission.a",
                r#""image_id":"ami-1","group":"all""#,
                "",
                ""
            ),
            (
                "aws_ram_principal_association.r",
                r#""principal":"444455556666""#,
                "",
                ""
            ),
        ]),
        [
            "external arn:aws:ec2:{Region}::snapshot/snap-1 AWS 444455556666",
            "public arn:aws:rds:{Region}:000000000000:snapshot:d AWS *",
            "unsupported-type aws_ami_launch_permission.a",
            "unsupported-type aws_ram_principal_association.r",
        ]
    );
}

#[test]
fn what_lets_others_in_without_a_policy_is_named() {
    let object = r#""bucket":"b","key":"k""#;
    let acl = |acl: &str| format!(r#"{object},"acl":"{acl}""#);
    let (public, private) = (acl("public-read"), acl("private"));
    let signer = r#""profile_name":"p","action":"signer:StartSigningJob","principal":"*""#;
    let data = r#""name":"n","type":"data","policy":"[{\"Rules\":[],\"Principal\":[\"arn:aws:iam::444455556666:root\"]}]""#;
    let refers = r#""acl":{"references":["var.acl"]}"#;
    let granted = format!(r#"{object},"grant":[{{"type":"Group","permissions":["READ"]}}]"#);
    let ungranted = format!(r#"{object},"grant":[]"#);
    assert_eq!(
        scan(&[
            ("aws_s3_object.public", &public, "", ""),
            ("aws_s3_object.private", &private, "", ""),
            ("aws_s3_object.silent", object, r#""acl":true"#, ""),
            ("aws_s3_bucket_object.open", object, r#""acl":true"#, refers),
            ("aws_s3_object_copy.granted", &granted, "", ""),
            ("aws_s3_object_copy.ungranted", &ungranted, "", ""),
            ("aws_signer_signing_profile_permission.p", signer, "", ""),
            ("aws_opensearchserverless_access_policy.d", data, "", ""),
            (
                "aws_oam_sink_policy.s",
                "",
                r#""policy":true"#,
                r#""policy":{"references":["var.policy"]}"#
            ),
        ]),
        [
            "unsupported-type aws_oam_sink_policy.s",
            "unsupported-type aws_s3_object.public",
            "unsupported-type aws_s3_bucket_object.open",
            "unsupported-type aws_s3_object_copy.granted",
            "unsupported-type aws_signer_signing_profile_permission.p",
            "unsupported-type aws_opensearchserverless_access_policy.d",
        ]
    );
}
