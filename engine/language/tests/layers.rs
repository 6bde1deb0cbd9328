//! All policies of one request together: the rules M1 to M7 of `SEMANTICS.md`, by number.

#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use keyaki_language::json;
use keyaki_language::judge::{Decision, evaluate_explained};

const ANN: &str = "arn:aws:iam::111122223333:user/Ann";
const EVE: &str = "arn:aws:iam::444455556666:user/Eve";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const RUN: &str = "arn:aws:sts::111122223333:assumed-role/App/run1";
const BOB: &str = "arn:aws:sts::111122223333:federated-user/Bob";
const CANONICAL: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const EVENTS: &str = "events.amazonaws.com";

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:orders";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234";
const TARGET: &str = "arn:aws:iam::111122223333:role/Target";
const OBJECT: &str = "arn:aws:s3:::reports/may.csv";

const ALL: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const NONE: &str = r#"{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}"#;
const DENY: &str = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

const YES: &str = "allowed";
const NO: &str = "no";
const DENIED: &str = "denied";

/// A resource policy that lets one principal element in.
fn lets_in(principal: &str) -> String {
    format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":"*","Resource":"*"}}}}"#
    )
}

/// A resource policy that shuts everyone out.
fn shuts_out() -> String {
    r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#.to_owned()
}

fn aws(arn: &str) -> String {
    lets_in(&format!(r#"{{"AWS":"{arn}"}}"#))
}

/// A call, the policies that meet in it, and facts.
#[derive(Clone)]
struct Call {
    request: String,
    policies: Vec<String>,
    facts: Vec<String>,
}

fn call(principal: &str, action: &str, resource: &str) -> Call {
    Call {
        request: format!(
            r#""principal":"{principal}","action":"{action}","resource":"{resource}""#
        ),
        policies: Vec::new(),
        facts: Vec::new(),
    }
}

/// Sends a message to the queue of 111122223333.
fn send(principal: &str) -> Call {
    call(principal, "sqs:SendMessage", QUEUE)
}

fn decrypt(principal: &str) -> Call {
    call(principal, "kms:Decrypt", KEY)
}

/// Reads an object of a bucket of 111122223333.
fn get(principal: &str) -> Call {
    call(principal, "s3:GetObject", OBJECT).field(r#""resourceAccount":"111122223333""#)
}

impl Call {
    fn field(mut self, field: &str) -> Self {
        self.request = format!("{},{field}", self.request);
        self
    }

    fn context(self, context: &str) -> Self {
        self.field(&format!(r#""context":{context}"#))
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.policies.push(format!(r#""{name}":{value}"#));
        self
    }

    fn identity(self, document: &str) -> Self {
        self.with("identity", &format!("[{document}]"))
    }

    fn boundary(self, document: &str) -> Self {
        self.with("boundary", &format!("[{document}]"))
    }

    fn session(self, document: &str) -> Self {
        self.with("session", &format!("[{document}]"))
    }

    fn resource(self, document: &str) -> Self {
        self.with("resource", document)
    }

    fn fact(mut self, name: &str, value: &str) -> Self {
        self.facts.push(format!(r#""{name}":{value}"#));
        self
    }

    #[track_caller]
    fn is(&self, wanted: &str) {
        let object = |members: &[String]| format!("{{{}}}", members.join(","));
        let request = format!("{{{}}}", self.request);
        let decision = support::judge(&request, &object(&self.policies), &object(&self.facts));
        let found = match decision {
            Decision::Allowed => YES,
            Decision::ImplicitlyDenied => NO,
            Decision::ExplicitlyDenied => DENIED,
            Decision::Undecided(reason) => reason.code,
        };
        assert_eq!(
            found,
            wanted,
            "{request} {} {}",
            self.policies.join(","),
            self.facts.join(",")
        );
    }
}

#[test]
fn m1_a_deny_anywhere_denies() {
    let open = send(RUN).identity(ALL).resource(&aws(RUN));
    open.is(YES);
    open.clone().boundary(DENY).is(DENIED);
    open.clone().session(DENY).is(DENIED);
    open.clone()
        .with("scps", &format!("[[{ALL},{DENY}]]"))
        .is(DENIED);
    open.clone()
        .with("rcps", &format!("[[{}]]", shuts_out()))
        .is(DENIED);
    open.clone()
        .with(
            "vpcEndpoint",
            &format!("[{},{}]", lets_in(r#""*""#), shuts_out()),
        )
        .is(DENIED);
    send(RUN).identity(DENY).resource(&aws(RUN)).is(DENIED);
    send(RUN).identity(ALL).resource(&shuts_out()).is(DENIED);
}

#[test]
fn m1_a_deny_of_a_policy_that_does_not_concern_the_caller() {
    send(EVENTS)
        .identity(DENY)
        .boundary(DENY)
        .session(DENY)
        .resource(&lets_in(r#"{"Service":"events.amazonaws.com"}"#))
        .is(YES);
    send(ROOT).identity(DENY).boundary(DENY).is(YES);
}

#[test]
fn m2_each_scp_level_must_allow() {
    let open = send(ANN).identity(ALL);
    open.clone()
        .with("scps", &format!("[[{ALL}],[{ALL}]]"))
        .is(YES);
    open.clone()
        .with("scps", &format!("[[{ALL}],[{NONE}]]"))
        .is(NO);
    open.clone()
        .with("scps", &format!("[[{NONE},{ALL}],[{ALL}]]"))
        .is(YES);
    open.clone().with("scps", &format!("[[{ALL}],[]]")).is(NO);
    open.clone().with("scps", "[]").is(YES);
    send(ANN)
        .resource(&aws(ANN))
        .with("scps", &format!("[[{NONE}]]"))
        .is(NO);
    send(ANN).with("scps", &format!("[[{ALL}]]")).is(NO);
}

#[test]
fn m2_whom_scps_concern() {
    let deny = |call: Call| call.with("scps", &format!("[[{DENY}]]"));
    let star = lets_in(r#""*""#);
    for caller in [ANN, RUN, ROOT, BOB] {
        deny(send(caller).resource(&star)).is(DENIED);
    }
    for caller in [EVENTS, "anonymous", "accounts.google.com"] {
        deny(send(caller).resource(&star)).is(YES);
    }
    deny(
        send(ANN)
            .resource(&star)
            .fact("managementAccount", r#""111122223333""#),
    )
    .is(YES);
    deny(
        send(ANN)
            .resource(&star)
            .fact("managementAccount", r#""777788889999""#),
    )
    .is(DENIED);
    deny(send(RUN).resource(&star).fact("serviceLinkedRole", "true")).is(YES);
    let linked = r#"{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/App"}"#;
    deny(send(RUN).resource(&star).context(linked)).is(YES);
    deny(
        send(ANN)
            .resource(&star)
            .fact("organizations", r#"{"111122223333":null}"#),
    )
    .is(YES);
}

#[test]
fn m2_whom_rcps_concern() {
    let deny = |call: Call| call.with("rcps", &format!("[[{}]]", shuts_out()));
    let star = lets_in(r#""*""#);
    for caller in [
        ANN,
        RUN,
        ROOT,
        BOB,
        EVENTS,
        "anonymous",
        "accounts.google.com",
    ] {
        deny(send(caller).resource(&star)).is(DENIED);
    }
    deny(send(EVE).identity(ALL).resource(&star)).is(DENIED);
    deny(
        send(EVENTS)
            .resource(&star)
            .fact("managementAccount", r#""111122223333""#),
    )
    .is(YES);
    deny(
        send(EVE)
            .identity(ALL)
            .resource(&star)
            .fact("managementAccount", r#""444455556666""#),
    )
    .is(DENIED);
    deny(send(RUN).resource(&star).fact("serviceLinkedRole", "true")).is(YES);
    deny(send(ANN).resource(&star).fact("rcpExempt", "true")).is(YES);
    deny(
        call(
            ANN,
            "sns:Publish",
            "arn:aws:sns:us-east-1:111122223333:news",
        )
        .identity(ALL),
    )
    .is(YES);
    deny(decrypt(ANN).resource(&star)).is(DENIED);
    deny(call(ANN, "kms:RetireGrant", KEY).resource(&star)).is(YES);
    deny(call(ANN, "sts:AssumeRole", TARGET).resource(&star)).is(DENIED);
}

#[test]
fn m2_rcps_only_deny() {
    let other = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}"#;
    send(ANN)
        .identity(ALL)
        .with("rcps", &format!("[[{other}],[]]"))
        .is(YES);
    send("anonymous")
        .with("rcps", &format!("[[{other}]]"))
        .is(NO);
}

#[test]
fn m3_same_account_either_side_is_enough() {
    send(ANN).identity(ALL).is(YES);
    send(ANN).resource(&aws(ANN)).is(YES);
    send(ANN).identity(NONE).resource(&aws(ANN)).is(YES);
    send(ANN).identity(ALL).resource(&aws(EVE)).is(YES);
    send(ANN).identity(NONE).resource(&aws(EVE)).is(NO);
    send(ANN).is(NO);
}

#[test]
fn m3_identity_boundary_and_session_must_agree() {
    send(RUN).identity(ALL).boundary(ALL).session(ALL).is(YES);
    send(RUN).identity(ALL).boundary(NONE).session(ALL).is(NO);
    send(RUN).identity(ALL).boundary(ALL).session(NONE).is(NO);
    send(RUN).identity(NONE).boundary(ALL).session(ALL).is(NO);
    send(RUN).identity(ALL).with("boundary", "[]").is(NO);
    send(RUN).identity(ALL).with("session", "[]").is(NO);
    send(RUN).identity(ALL).with("boundary", "null").is(YES);
}

#[test]
fn m3_table_session_and_federated_user_arn() {
    for (caller, arn) in [(RUN, RUN), (BOB, BOB)] {
        let named = send(caller).resource(&aws(arn));
        named.is(YES);
        named.clone().boundary(NONE).is(YES);
        named.clone().session(NONE).is(YES);
        named
            .clone()
            .with("boundary", "[]")
            .with("session", "[]")
            .is(YES);
    }
}

#[test]
fn m3_table_role_arn() {
    let named = send(RUN).resource(&aws("arn:aws:iam::111122223333:role/App"));
    named.is(YES);
    named.clone().boundary(NONE).is(NO);
    named.clone().session(NONE).is(NO);
    named.clone().boundary(ALL).session(ALL).is(YES);
}

#[test]
fn m3_table_user_arn() {
    let named = send(ANN).resource(&aws(ANN));
    named.is(YES);
    named.clone().boundary(NONE).is(YES);
    // A federated session: whether Ann made it is not known.
    let made = send(BOB).resource(&aws(ANN));
    made.is(NO);
    made.clone().session(ALL).is("federated-parent");
    made.clone().session(NONE).is(NO);
    made.clone().session(ALL).boundary(NONE).is(NO);
    made.clone().session(ALL).identity(ALL).is(YES);
}

#[test]
fn m3_table_everyone() {
    for star in [r#""*""#, r#"{"AWS":"*"}"#] {
        let named = send(RUN).resource(&lets_in(star));
        named.is(YES);
        named.clone().boundary(NONE).session(NONE).is(YES);
        send(ANN).resource(&lets_in(star)).boundary(NONE).is(YES);
        send(BOB).resource(&lets_in(star)).is(YES);
    }
    let narrowed = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
        "Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/App"}}}}"#;
    send(RUN)
        .resource(narrowed)
        .boundary(NONE)
        .session(NONE)
        .is(YES);
    send(ANN).resource(narrowed).is(NO);
}

#[test]
fn m3_table_account() {
    for account in ["111122223333", "arn:aws:iam::111122223333:root"] {
        send(RUN).resource(&aws(account)).is(NO);
        let with = send(RUN).resource(&aws(account)).identity(ALL);
        with.is(YES);
        with.clone().boundary(NONE).is(NO);
        with.clone().session(NONE).is(NO);
    }
}

#[test]
fn m3_the_best_naming_counts() {
    let both = r#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/App"]}"#;
    send(RUN).resource(&lets_in(both)).is(YES);
    send(RUN).resource(&lets_in(both)).boundary(NONE).is(NO);
    let session = r#"{"AWS":["arn:aws:sts::111122223333:assumed-role/App/run1","arn:aws:iam::111122223333:role/App"]}"#;
    send(RUN).resource(&lets_in(session)).boundary(NONE).is(YES);
}

#[test]
fn m3a_the_root_user_of_the_account() {
    send(ROOT).is(YES);
    send(ROOT).resource(&aws(ANN)).is(YES);
    send(ROOT).resource(&shuts_out()).is(DENIED);
    send(ROOT).with("scps", &format!("[[{NONE}]]")).is(NO);
    send(ROOT).with("vpcEndpoint", "[]").is(NO);
}

#[test]
fn m3a_a_bucket_owners_root_keeps_the_bucket_policy() {
    let owner = |caller: &str, action: &str| {
        call(caller, action, "arn:aws:s3:::reports")
            .field(r#""resourceAccount":"111122223333""#)
            .resource(&shuts_out())
    };
    for action in [
        "s3:GetBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
    ] {
        owner(ROOT, action).is(YES);
        owner(ANN, action).identity(ALL).is(DENIED);
        owner("arn:aws:iam::444455556666:root", action).is(DENIED);
    }
    owner(ROOT, "s3:ListBucket").is(DENIED);
    owner(ROOT, "s3:PutBucketPolicy")
        .with("scps", &format!("[[{DENY}]]"))
        .is(DENIED);
}

#[test]
fn m3a_federated_users_and_role_sessions_without_session_policy() {
    send(BOB).identity(ALL).is(NO);
    send(BOB).identity(ALL).session(ALL).is(YES);
    send(BOB)
        .identity(ALL)
        .resource(&aws("111122223333"))
        .is(NO);
    send(RUN).identity(ALL).is(YES);
}

#[test]
fn m4_other_account_needs_both_sides() {
    for named in [EVE, "444455556666", "*"] {
        send(EVE).identity(ALL).resource(&aws(named)).is(YES);
        send(EVE).identity(NONE).resource(&aws(named)).is(NO);
        send(EVE)
            .identity(ALL)
            .boundary(NONE)
            .resource(&aws(named))
            .is(NO);
        send(EVE).resource(&aws(named)).is(NO);
    }
    send(EVE).identity(ALL).is(NO);
    send(EVE).identity(ALL).resource(&aws(ANN)).is(NO);
    let session = "arn:aws:sts::444455556666:assumed-role/Batch/n1";
    send(session)
        .identity(ALL)
        .session(NONE)
        .resource(&aws(session))
        .is(NO);
    send(session)
        .identity(ALL)
        .session(ALL)
        .resource(&aws(session))
        .is(YES);
}

#[test]
fn m4_root_user_of_another_account() {
    let root = "arn:aws:iam::444455556666:root";
    send(root).resource(&aws("444455556666")).is(YES);
    send(root).resource(&aws("111122223333")).is(NO);
    send(root).is(NO);
    send(root)
        .resource(&aws(root))
        .with("scps", &format!("[[{NONE}]]"))
        .is(NO);
}

#[test]
fn m4_callers_without_an_identity_side() {
    send(EVENTS)
        .resource(&lets_in(r#"{"Service":"events.amazonaws.com"}"#))
        .is(YES);
    send(EVENTS).is(NO);
    send("anonymous").resource(&lets_in(r#""*""#)).is(YES);
    send("anonymous").identity(ALL).is(NO);
    let saml = "arn:aws:iam::111122223333:saml-provider/Corp";
    send(saml)
        .resource(&lets_in(&format!(r#"{{"Federated":"{saml}"}}"#)))
        .is(YES);
    send(saml).resource(&aws("111122223333")).is(NO);
}

#[test]
fn m4_a_canonical_id_is_an_account_by_delegation() {
    let named = lets_in(&format!(r#"{{"CanonicalUser":"{CANONICAL}"}}"#));
    send(CANONICAL).identity(ALL).resource(&named).is(YES);
    send(CANONICAL).resource(&named).is(NO);
    send(CANONICAL)
        .identity(ALL)
        .resource(&aws("111122223333"))
        .is(NO);
    send(CANONICAL)
        .field(r#""principalAccount":"444455556666""#)
        .identity(ALL)
        .resource(&aws("444455556666"))
        .is(YES);
    // Of the resource's own account, as far as a request says so: both sides count, and being named is delegation all the same.
    let own = send(CANONICAL).field(r#""principalAccount":"111122223333""#);
    own.clone().identity(ALL).is(YES);
    own.clone().resource(&named).is(NO);
    own.identity(ALL).resource(&named).is(YES);
}

#[test]
fn m4_get_caller_identity_needs_nothing() {
    let me = call(ANN, "sts:GetCallerIdentity", TARGET);
    me.is(YES);
    me.clone()
        .identity(DENY)
        .with("scps", &format!("[[{DENY}]]"))
        .is(YES);
}

#[test]
fn m4_a_resource_whose_account_is_not_known() {
    let get = |caller: &str| call(caller, "s3:GetObject", OBJECT);
    // Nothing stands on the bucket: the account's own, as far as anyone can tell.
    get(ANN).identity(ALL).is(YES);
    get(ANN).resource(&aws(ANN)).is("resource-account");
    get(ANN).identity(ALL).resource(&aws(ANN)).is(YES);
    get(ANN)
        .identity(ALL)
        .resource(&aws(EVE))
        .is("resource-account");
    get(ANN).resource(&aws(EVE)).is(NO);
    get(ANN)
        .resource(&aws(ANN))
        .context(r#"{"aws:ResourceAccount":"111122223333"}"#)
        .is(YES);
    get("anonymous").resource(&lets_in(r#""*""#)).is(YES);
}

#[test]
fn m5_keys_need_their_policy() {
    decrypt(ANN).identity(ALL).is(NO);
    decrypt(ANN)
        .identity(ALL)
        .resource(&aws("arn:aws:iam::111122223333:user/Admin"))
        .is(NO);
    decrypt(ANN)
        .identity(ALL)
        .resource(&aws("111122223333"))
        .is(YES);
    decrypt(ANN)
        .identity(NONE)
        .resource(&aws("111122223333"))
        .is(NO);
    decrypt(ANN)
        .identity(ALL)
        .boundary(NONE)
        .resource(&aws("111122223333"))
        .is(NO);
    decrypt(ANN).resource(&aws(ANN)).is(YES);
    decrypt(RUN)
        .resource(&aws("arn:aws:iam::111122223333:role/App"))
        .session(NONE)
        .is(NO);
    decrypt(ROOT).is(NO);
    decrypt(ROOT).resource(&aws("111122223333")).is(YES);
    decrypt(EVE)
        .identity(ALL)
        .resource(&aws("444455556666"))
        .is(YES);
    decrypt(EVE).resource(&aws(EVE)).is(NO);
    // Not on a key.
    call(
        ANN,
        "kms:CreateAlias",
        "arn:aws:kms:us-east-1:111122223333:alias/x",
    )
    .identity(ALL)
    .is(YES);
    // On a key, and of another service.
    call(ANN, "tag:TagResources", KEY).identity(ALL).is(YES);
}

#[test]
fn m5_grants() {
    let grant = |grantee: &str, operation: &str, constraints: &str| {
        format!(
            r#"[{{"granteePrincipal":"{grantee}","operations":["{operation}"],"constraints":{constraints}}}]"#
        )
    };
    let by = |caller: &str, grants: &str| decrypt(caller).fact("kmsGrants", grants);
    by(ANN, &grant(ANN, "Decrypt", "{}")).is(YES);
    by(ANN, &grant(ANN, "Encrypt", "{}")).is(NO);
    by(ANN, &grant(EVE, "Decrypt", "{}")).is(NO);
    by(
        RUN,
        &grant("arn:aws:iam::111122223333:role/App", "Decrypt", "{}"),
    )
    .is(YES);
    by(RUN, &grant(RUN, "Decrypt", "{}")).is(YES);
    by(
        "dynamodb.amazonaws.com",
        &grant("dynamodb.amazonaws.com", "Decrypt", "{}"),
    )
    .is(YES);
    by(ANN, &grant(ANN, "Decrypt", "{}"))
        .resource(&shuts_out())
        .is(DENIED);
    by(ANN, &grant(ANN, "Decrypt", "{}"))
        .identity(DENY)
        .is(DENIED);
    let equals = grant(
        ANN,
        "Decrypt",
        r#"{"encryptionContextEquals":{"Dept":"it"}}"#,
    );
    let subset = grant(
        ANN,
        "Decrypt",
        r#"{"encryptionContextSubset":{"dept":"it"}}"#,
    );
    let one = r#"{"kms:EncryptionContext:dept":"it"}"#;
    let two = r#"{"kms:EncryptionContext:dept":"it","kms:EncryptionContext:site":"x"}"#;
    by(ANN, &equals).context(one).is(YES);
    by(ANN, &equals).context(two).is(NO);
    by(ANN, &equals).is(NO);
    by(ANN, &subset).context(two).is(YES);
    by(ANN, &subset)
        .context(r#"{"kms:EncryptionContext:dept":"IT"}"#)
        .is(NO);
    // A constraint on the encryption context leaves other operations alone.
    let describe = grant(
        ANN,
        "DescribeKey",
        r#"{"encryptionContextEquals":{"dept":"it"}}"#,
    );
    call(ANN, "kms:DescribeKey", KEY)
        .fact("kmsGrants", &describe)
        .is(YES);
    let source = grant(
        "dynamodb.amazonaws.com",
        "Decrypt",
        r#"{"sourceArn":"arn:aws:dynamodb:*:111122223333:table/*"}"#,
    );
    by("dynamodb.amazonaws.com", &source).is(NO);
    by("dynamodb.amazonaws.com", &source)
        .context(r#"{"aws:SourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/t"}"#)
        .is(YES);
}

#[test]
fn m5_role_trust() {
    let assume = |caller: &str| call(caller, "sts:AssumeRole", TARGET);
    assume(ANN).identity(ALL).is(NO);
    assume(ANN)
        .identity(ALL)
        .resource(&aws("111122223333"))
        .is(YES);
    assume(ANN).resource(&aws("111122223333")).is(NO);
    assume(ANN).resource(&aws(ANN)).is(YES);
    assume(ANN).identity(ALL).resource(&aws(EVE)).is(NO);
    assume(EVE)
        .identity(ALL)
        .resource(&aws("444455556666"))
        .is(YES);
    assume(EVE).resource(&aws(EVE)).is(NO);
    assume("ec2.amazonaws.com")
        .resource(&lets_in(r#"{"Service":"ec2.amazonaws.com"}"#))
        .is(YES);
    call(ANN, "sts:TagSession", TARGET).identity(ALL).is(NO);
    call(
        "accounts.google.com",
        "sts:AssumeRoleWithWebIdentity",
        TARGET,
    )
    .resource(&lets_in(r#"{"Federated":"accounts.google.com"}"#))
    .is(YES);
    // Other actions on a role are as everywhere.
    call(ANN, "iam:GetRole", TARGET).identity(ALL).is(YES);
}

#[test]
fn m6_block_public_access_and_policies() {
    let restricted = |caller: &str, public: &str| {
        get(caller)
            .resource(&lets_in(r#""*""#))
            .fact("blockPublicAccess", r#"{"restrictPublicBuckets":true}"#)
            .fact("publicPolicy", public)
    };
    restricted("anonymous", "true").is(NO);
    restricted("anonymous", "false").is(YES);
    restricted("anonymous", "null").is("public-policy");
    restricted(EVE, "true").identity(ALL).is(NO);
    restricted(ANN, "true").is(YES);
    restricted(EVENTS, "true").is(YES);
    get("anonymous")
        .fact("blockPublicAccess", r#"{"restrictPublicBuckets":true}"#)
        .is(NO);
    get("anonymous")
        .resource(&lets_in(r#""*""#))
        .fact("blockPublicAccess", r#"{"ignorePublicAcls":true}"#)
        .is(YES);
}

#[test]
fn m6_acls() {
    let everyone = r#"{"uri":"http://acs.amazonaws.com/groups/global/AllUsers"}"#;
    let signed = r#"{"uri":"http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}"#;
    let id = format!(r#"{{"id":"{CANONICAL}"}}"#);
    let acl = |call: Call, grantee: &str, permission: &str| {
        call.fact(
            "aclGrants",
            &format!(r#"[{{"grantee":{grantee},"permission":"{permission}"}}]"#),
        )
    };
    acl(get("anonymous"), everyone, "READ").is(YES);
    acl(get("anonymous"), everyone, "WRITE").is(NO);
    acl(get("anonymous"), everyone, "FULL_CONTROL").is(YES);
    acl(get("anonymous"), signed, "READ").is(NO);
    acl(get(EVE).identity(ALL), signed, "READ").is(YES);
    acl(get(EVE), signed, "READ").is(NO);
    acl(get(CANONICAL).identity(ALL), &id, "READ").is(YES);
    acl(get(CANONICAL), &id, "READ").is(NO);
    acl(get(EVE).identity(ALL), &id, "READ").is(NO);
    acl(get("anonymous"), everyone, "READ")
        .fact("bucketOwnerEnforced", "true")
        .is(NO);
    acl(get("anonymous"), everyone, "READ")
        .fact("blockPublicAccess", r#"{"ignorePublicAcls":true}"#)
        .is(NO);
    acl(get(EVE).identity(ALL), signed, "READ")
        .fact("blockPublicAccess", r#"{"ignorePublicAcls":true}"#)
        .is(NO);
    acl(get(CANONICAL).identity(ALL), &id, "READ")
        .fact("blockPublicAccess", r#"{"ignorePublicAcls":true}"#)
        .is(YES);
    acl(get("anonymous"), everyone, "READ")
        .resource(&shuts_out())
        .is(DENIED);
    let logs = r#"{"uri":"http://acs.amazonaws.com/groups/s3/LogDelivery"}"#;
    acl(get("logging.s3.amazonaws.com"), logs, "READ").is(YES);
    acl(get("logging.s3.amazonaws.com"), logs, "WRITE").is(NO);
    acl(get("ec2.amazonaws.com"), logs, "READ").is(NO);
    acl(get("anonymous"), logs, "READ").is(NO);
}

#[test]
fn m6_acl_permissions_and_their_actions() {
    let everyone = r#"{"uri":"http://acs.amazonaws.com/groups/global/AllUsers"}"#;
    for (permission, actions) in [
        (
            "READ",
            &[
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:ListBucketMultipartUploads",
                "s3:GetObject",
                "s3:GetObjectVersion",
            ][..],
        ),
        ("WRITE", &["s3:PutObject"]),
        (
            "READ_ACP",
            &[
                "s3:GetBucketAcl",
                "s3:GetObjectAcl",
                "s3:GetObjectVersionAcl",
            ],
        ),
        (
            "WRITE_ACP",
            &[
                "s3:PutBucketAcl",
                "s3:PutObjectAcl",
                "s3:PutObjectVersionAcl",
            ],
        ),
    ] {
        let ask = |action: &str, permission: &str| {
            call("anonymous", action, OBJECT).fact(
                "aclGrants",
                &format!(r#"[{{"grantee":{everyone},"permission":"{permission}"}}]"#),
            )
        };
        for action in actions {
            ask(action, permission).is(YES);
            ask(action, "FULL_CONTROL").is(YES);
        }
        ask("s3:PutBucketPolicy", permission).is(NO);
        ask("s3:DeleteBucket", "FULL_CONTROL").is(NO);
    }
}

#[test]
fn m6_access_points() {
    let arn = "arn:aws:s3:us-east-1:111122223333:accesspoint/shared";
    let through = |caller: &str, policy: &str, vpc: &str| {
        call(caller, "s3:GetObject", &format!("{arn}/object/k"))
            .fact("accessPoint", &format!(r#"{{"arn":"{arn}"{policy}{vpc}}}"#))
    };
    let allows = format!(r#","policy":{}"#, aws("444455556666"));
    through(EVE, &allows, "")
        .identity(ALL)
        .resource(&aws("444455556666"))
        .is(YES);
    through(EVE, &allows, "").identity(ALL).is(NO);
    through(EVE, "", "")
        .identity(ALL)
        .resource(&aws("444455556666"))
        .is(NO);
    through(EVE, &allows, "")
        .resource(&aws("444455556666"))
        .is(NO);
    through(ANN, "", "").identity(ALL).is(YES);
    through(ANN, &format!(r#","policy":{}"#, shuts_out()), "")
        .identity(ALL)
        .is(DENIED);
    let vpc = r#","vpc":"vpc-1""#;
    through(ANN, "", vpc).identity(ALL).is(NO);
    through(ANN, "", vpc)
        .identity(ALL)
        .context(r#"{"aws:SourceVpc":"vpc-1"}"#)
        .is(YES);
    through(ANN, "", vpc)
        .identity(ALL)
        .context(r#"{"aws:SourceVpc":"vpc-2"}"#)
        .is(NO);
    through(ROOT, "", "").is(YES);
}

#[test]
fn m7_endpoint_policies() {
    let through = |caller: &str, principal: &str| {
        get(caller).with("vpcEndpoint", &format!("[{}]", lets_in(principal)))
    };
    through(ANN, r#""*""#).identity(ALL).is(YES);
    through(ANN, r#""*""#).is(NO);
    through(ROOT, r#"{"AWS":"111122223333"}"#).is(YES);
    through(ANN, r#"{"AWS":"111122223333"}"#)
        .identity(ALL)
        .is(NO);
    through(RUN, r#"{"AWS":"arn:aws:iam::111122223333:root"}"#)
        .identity(ALL)
        .is(NO);
    get(ANN).identity(ALL).with("vpcEndpoint", "[]").is(NO);
    get(ANN).identity(ALL).with("vpcEndpoint", "null").is(YES);
    get("anonymous")
        .resource(&lets_in(r#""*""#))
        .with("vpcEndpoint", "[]")
        .is(NO);
    let ours = r#"[{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
        "Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}}}]"#;
    get(ANN).identity(ALL).with("vpcEndpoint", ours).is(YES);
    get(EVE)
        .identity(ALL)
        .resource(&aws("444455556666"))
        .with("vpcEndpoint", ours)
        .is(NO);
}

#[test]
fn s16_a_permissions_boundary_never_escapes_not_principal() {
    let open = |list: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}},
            {{"Effect":"Deny","NotPrincipal":{{"AWS":[{list}]}},"Action":"*","Resource":"*"}}]}}"#
        )
    };
    let ann = open(r#""111122223333","arn:aws:iam::111122223333:user/Ann""#);
    send(ANN).resource(&ann).is(YES);
    send(ANN).resource(&ann).boundary(ALL).is(DENIED);
    let run = open(
        r#""111122223333","arn:aws:iam::111122223333:role/App","arn:aws:sts::111122223333:assumed-role/App/run1""#,
    );
    send(RUN).resource(&run).is(YES);
    send(RUN).resource(&run).boundary(ALL).is(DENIED);
    send(ROOT).resource(&ann).boundary(ALL).is(YES);
}

#[test]
fn r5_organizations_that_are_known_are_used() {
    let member = r#"{"111122223333":{"organization":"o-abc","paths":["o-abc/r-1/ou-1/"]}}"#;
    let narrowed = |condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
        )
    };
    let id = narrowed(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#);
    let path = narrowed(r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abc/r-1/*"}}"#);
    let same = narrowed(r#"{"StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}}"#);
    for document in [&id, &path, &same] {
        send(ANN)
            .identity(document)
            .fact("organizations", member)
            .is(YES);
        send(ANN).identity(document).is(NO);
        send(ANN)
            .identity(document)
            .fact("organizations", r#"{"111122223333":null}"#)
            .is(NO);
    }
    send(ANN)
        .identity(&id)
        .context(r#"{"aws:PrincipalOrgID":"o-abc"}"#)
        .is(YES);
}

#[test]
fn m1_what_applied_is_told() {
    let request =
        format!(r#"{{"principal":"{ANN}","action":"sqs:SendMessage","resource":"{QUEUE}"}}"#);
    let policies = format!(
        r#"{{"identity":[{ALL}],"resource":{{"Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"{EVE}"}},"Action":"*"}},
            {{"Sid":"no","Effect":"Deny","Principal":"*","Action":"*"}}]}}}}"#
    );
    let request = json::parse(&request).expect("sound");
    let request = support::request_of(&request).expect("sound");
    let policies = json::parse(&policies).expect("sound");
    let policies = support::policies_of(&policies).expect("sound");
    let evaluation = evaluate_explained(&request, &policies, &keyaki_language::Facts::default());
    assert_eq!(evaluation.decision, Decision::ExplicitlyDenied);
    let told: Vec<_> = evaluation
        .applied
        .iter()
        .map(|a| (a.document.as_str(), a.index, a.sid.as_deref()))
        .collect();
    assert_eq!(
        told,
        [("/identity/0", 0, None), ("/resource", 1, Some("no"))]
    );
}
