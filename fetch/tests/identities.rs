//! What identities of templates and plans may do stands in their records, as a live collection has it.

use keyaki_fetch::Snapshot;
use keyaki_fetch::file::Options;
use keyaki_language::json::{self, Json};

/// The records of a file by their ARNs, each checked, and the codes of what is not analysed.
fn read(name: &str, text: &str) -> (Vec<(String, Json<'static>)>, Vec<String>) {
    let snapshot =
        Snapshot::from_reader(name, text.as_bytes(), &Options::default()).expect("it is a file");
    let (mut records, mut codes) = (Vec::new(), Vec::new());
    for line in snapshot.resources {
        match line {
            Ok(line) => {
                line.parse().expect("each record can be read");
                let record = json::parse_bytes(line.bytes())
                    .expect("a record is JSON")
                    .into_owned();
                let arn = record
                    .text_of("resourceArn")
                    .expect("it has an ARN")
                    .to_owned();
                records.push((arn, record));
            }
            Err(error) => codes.push(format!(
                "{} {}",
                error.document().code(),
                error.address().unwrap_or("-")
            )),
        }
    }
    (records, codes)
}

/// A member of the configuration of the record with this ARN, as text.
fn member(records: &[(String, Json<'static>)], arn: &str, name: &str) -> String {
    let (_, record) = records
        .iter()
        .find(|(known, _)| known == arn)
        .unwrap_or_else(|| panic!("no record of {arn}"));
    let configuration = record
        .get("configuration")
        .and_then(Json::as_object)
        .expect("it has one");
    configuration[0]
        .value
        .get(name)
        .map_or_else(|| "-".to_owned(), Json::to_string)
}

const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Data: {Type: AWS::S3::Bucket}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']
      PermissionsBoundary: !Ref Wide
      Tags: [{Key: team, Value: a}]
      Policies:
        - PolicyName: own
          PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:*', Resource: [!GetAtt Data.Arn, !Sub 'arn:aws:s3:::${Stage}']}]}
  Wide:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: wide
      Roles: [!Ref Reader, elsewhere]
      PolicyDocument: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}
  Maybe:
    Type: AWS::IAM::Policy
    Condition: IsProd
    Properties:
      PolicyName: maybe
      Roles: [reader]
      Groups: [!Ref Team]
      PolicyDocument: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}
  Team: {Type: AWS::IAM::Group}
  Person: {Type: AWS::IAM::User, Properties: {UserName: person, Groups: [!Ref Team]}}
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - AmazonS3ReadOnlyAccess
        - Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]
"#;

#[test]
fn identities_of_a_template_have_their_policies() {
    let (records, codes) = read("template.yaml", TEMPLATE);
    let reader = "arn:aws:iam::000000000000:role/reader";
    assert_eq!(
        member(&records, reader, "attachedManagedPolicies"),
        r#"["arn:aws:iam::000000000000:policy/wide","arn:aws:iam::aws:policy/ReadOnlyAccess"]"#
    );
    assert_eq!(
        member(&records, reader, "permissionsBoundary"),
        r#""arn:aws:iam::000000000000:policy/wide""#
    );
    assert_eq!(member(&records, reader, "tags"), r#"{"team":"a"}"#);
    let inline = member(&records, reader, "inlinePolicies");
    // The template's own bucket by its name, a parameter as what is not known; a policy that may not be made wholly so.
    assert!(
        inline.contains(r#""arn:aws:s3:::{Data}","${keyaki:unknown arn:aws:s3:::|Stage|}""#),
        "{inline}"
    );
    assert!(
        inline.contains(r#""maybe":"${keyaki:unknown |Maybe.PolicyDocument|}""#),
        "{inline}"
    );
    assert_eq!(
        records.iter().filter(|(arn, _)| arn == reader).count(),
        1,
        "no readings of a role for what is attached"
    );
    let team = "arn:aws:iam::000000000000:group/{Team}";
    assert!(member(&records, team, "inlinePolicies").contains("maybe"));
    assert_eq!(
        member(&records, "arn:aws:iam::000000000000:user/person", "groups"),
        r#"["{Team}"]"#
    );
    let wide = member(
        &records,
        "arn:aws:iam::000000000000:policy/wide",
        "document",
    );
    assert!(wide.contains(r#""Action":"*""#), "{wide}");
    // SAM makes a role for the function.
    let job = "arn:aws:iam::000000000000:role/{JobRole}";
    assert!(member(&records, job, "trustPolicy").contains("lambda.amazonaws.com"));
    assert!(
        member(&records, job, "attachedManagedPolicies").contains("AWSLambdaBasicExecutionRole")
    );
    assert!(member(&records, job, "inlinePolicies").contains("JobRolePolicy1"));
    assert_eq!(codes, ["unresolved-attachment Wide"]);
}

#[test]
fn identities_of_a_plan_have_their_policies() {
    let resource = |address: &str, values: &str| {
        let (kind, name) = address.split_once('.').expect("an address has a dot");
        format!(
            r#"{{"address":"{address}","mode":"managed","type":"{kind}","name":"{name}","values":{values}}}"#
        )
    };
    let all = r#"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}"#;
    let trust = r#"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}}"#;
    let resources = [
        resource("aws_iam_role.r", &format!(r#"{{"name":"r","path":"/p/","assume_role_policy":"{trust}","inline_policy":[{{"name":"in","policy":"{all}"}}]}}"#)),
        resource("aws_iam_role_policy.apart", &format!(r#"{{"name":"apart","policy":"{all}"}}"#)),
        resource("aws_iam_role_policy.later", r#"{"name":"later","role":"r"}"#),
        resource("aws_iam_policy.m", &format!(r#"{{"name":"m","policy":"{all}"}}"#)),
        resource("aws_iam_role_policy_attachment.a", r#"{"role":"r"}"#),
        resource("aws_iam_policy_attachment.many", r#"{"roles":["r"],"users":["u"],"groups":["stranger"],"policy_arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#),
        resource("aws_iam_user.u", r#"{"name":"u"}"#),
        resource("aws_iam_group.g", r#"{"name":"g"}"#),
        resource("aws_iam_group_membership.in", r#"{"group":"g","users":["u"]}"#),
        resource("aws_iam_group_policy.g", &format!(r#"{{"group":"g","name":"gp","policy":"{all}"}}"#)),
    ]
    .join(",\n");
    let plan = format!(
        r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[{resources}]}}}},
"resource_changes":[
 {{"address":"aws_iam_role_policy.apart","change":{{"actions":["create"],"after_unknown":{{"role":true}}}}}},
 {{"address":"aws_iam_role_policy.later","change":{{"actions":["create"],"after_unknown":{{"policy":true}}}}}},
 {{"address":"aws_iam_role_policy_attachment.a","change":{{"actions":["create"],"after_unknown":{{"policy_arn":true}}}}}}],
"configuration":{{"root_module":{{"resources":[
 {{"address":"aws_iam_role_policy.apart","expressions":{{"role":{{"references":["aws_iam_role.r.id","aws_iam_role.r"]}}}}}},
 {{"address":"aws_iam_role_policy_attachment.a","expressions":{{"policy_arn":{{"references":["aws_iam_policy.m.arn","aws_iam_policy.m"]}}}}}}]}}}}}}"#
    );
    let (records, codes) = read("plan.json", &plan);
    let role = "arn:aws:iam::000000000000:role/p/r";
    let inline = member(&records, role, "inlinePolicies");
    for name in [
        r#""in":{"#,
        r#""apart":{"#,
        r#""later":"${keyaki:unknown |aws_iam_role_policy.later.policy|}""#,
    ] {
        assert!(inline.contains(name), "{name}: {inline}");
    }
    assert_eq!(
        member(&records, role, "attachedManagedPolicies"),
        r#"["arn:aws:iam::000000000000:policy/m","arn:aws:iam::aws:policy/ReadOnlyAccess"]"#
    );
    let user = "arn:aws:iam::000000000000:user/u";
    assert_eq!(member(&records, user, "groups"), r#"["g"]"#);
    assert!(member(&records, user, "attachedManagedPolicies").contains("ReadOnlyAccess"));
    assert!(
        member(
            &records,
            "arn:aws:iam::000000000000:group/g",
            "inlinePolicies"
        )
        .contains("gp")
    );
    assert!(member(&records, "arn:aws:iam::000000000000:policy/m", "document").contains("Allow"));
    assert_eq!(
        codes,
        ["unresolved-attachment aws_iam_policy_attachment.many"]
    );
}
