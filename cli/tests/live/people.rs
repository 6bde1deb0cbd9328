//! What people are told who begin, mistype, or may not do what they ask for.

use super::*;

#[test]
fn accounts_are_read_through_a_role_and_an_external_id() {
    let Some(moto) = Moto::start() else { return };
    let seen = moto.seed(7, 2);
    let accounts: BTreeSet<&str> = seen["resources"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|resource| resource["account"].as_str())
        .collect();
    assert_eq!(accounts.len(), 3);
    let list = accounts.iter().copied().collect::<Vec<_>>().join(",");
    let proxy = Proxy::start(&moto.url, calm());
    let folder = fresh("listed");
    let more = [
        "--accounts",
        &list,
        "--role-name",
        "Audit",
        "--external-id",
        "o/ur s",
        "--types",
        "AWS::SQS::Queue",
    ];
    run(fetch(&proxy.url, &folder, &more), 0);
    let queues =
        |resources: &mut dyn Iterator<Item = String>| resources.collect::<BTreeSet<String>>();
    let found = queues(&mut records(&folder).into_keys().map(|(_, arn)| arn));
    let made = seen["resources"].as_array().expect("a list").iter();
    let made = made.filter(|resource| resource["type"] == "AWS::SQS::Queue");
    let made =
        queues(&mut made.map(|resource| resource["arn"].as_str().expect("a text").to_owned()));
    assert_eq!(found, made);
    assert!(!folder.join("organization.json").exists());
    // Each foreign account once, with what the role asks for.
    let assumed = proxy.bodies("sts:AssumeRole");
    assert_eq!(assumed.len(), 2);
    for body in assumed {
        assert!(
            body.contains("ExternalId=o%2Fur+s") || body.contains("ExternalId=o%2Fur%20s"),
            "{body}"
        );
        assert!(body.contains("%3Arole%2FAudit"), "{body}");
    }

    // An account that lets nobody in is told, with what may be the matter; the others are read.
    let refusing: Box<Schedule> = Box::new(|name, _, _| match name {
        "sts:AssumeRole" => Fault::Denied,
        _ => Fault::None,
    });
    let proxy = Proxy::start(&moto.url, refusing);
    let folder = fresh("refused");
    let output = run(fetch(&proxy.url, &folder, &more), 3);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("2 × sts:AssumeRole: AccessDenied (these accounts have no role `Audit`"),
        "{told}"
    );
    let owners: BTreeSet<String> = records(&folder)
        .into_values()
        .map(|record| {
            record["resourceOwnerAccount"]
                .as_str()
                .expect("a text")
                .to_owned()
        })
        .collect();
    assert_eq!(owners, BTreeSet::from(["123456789012".to_owned()]));
}

/// What a new user meets, and what is said to him.
#[test]
fn each_way_to_fail_names_its_cure() {
    let home = fresh("home");
    fs::create_dir_all(home.join(".aws")).expect("it can be made");
    let write = |name: &str, text: &str| {
        fs::write(home.join(".aws").join(name), text).expect("it can be written")
    };
    write(
        "config",
        "[default]\nregion = eu-central-1\n[profile audit]\nregion = eu-central-1\n[profile sso]\nsso_session = s\nsso_account_id = 1\n\
         sso_role_name = r\n[sso-session s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-central-1\n",
    );
    write(
        "credentials",
        "[build]\naws_access_key_id = a\naws_secret_access_key = b\n",
    );
    let bare = |arguments: &[&str]| {
        let mut command = keyaki(arguments);
        for variable in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
            command.env_remove(variable);
        }
        command.env("HOME", &home);
        command
    };
    let out = fresh("of a new user");
    let out = out.to_str().expect("UTF-8");
    let said = |command: Command| {
        let output = run(command, 2);
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(
            told.starts_with("error: ") && told.contains("\nhint: "),
            "{told}"
        );
        assert!(told.len() < 700, "too long to be read: {told}");
        told
    };
    let told = said(bare(&["fetch", "--out", out, "--profile", "adit"]));
    assert!(
        told.contains("no profile `adit`")
            && told.contains("there are `audit`, `build`, `default`, `sso`"),
        "{told}"
    );
    let mut command = bare(&["fetch", "--out", out]);
    command.env("AWS_PROFILE", "adit");
    let told = said(command);
    assert!(told.contains("no profile `adit`"), "{told}");
    let told = said(bare(&["fetch", "--out", out]));
    assert!(
        told.contains("no credentials") && told.contains("--profile"),
        "{told}"
    );
    let told = said(bare(&["fetch", "--out", out, "--profile", "sso"]));
    assert!(told.contains("aws sso login --profile sso"), "{told}");
    let told = said(bare(&["fetch", "--out", out, "--profile", "audit"]));
    assert!(
        told.contains("aws sts get-caller-identity --profile audit"),
        "{told}"
    );

    // What services say.
    let refusing = |code: &'static str, of: &'static str| {
        Stub::telling(
            Duration::ZERO,
            Box::new(move |name, _| {
                let json = format!(r#"{{"__type":"{code}","message":"no"}}"#);
                let xml = format!(
                    "<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
                );
                if name.starts_with("sts:") && name.starts_with(of) {
                    Some((403, stub::XML, xml))
                } else {
                    name.starts_with(of).then_some((400, stub::JSON, json))
                }
            }),
        )
    };
    for (code, of, cure) in [
        (
            "InvalidClientTokenId",
            "sts:",
            "does not know the access key",
        ),
        ("ExpiredToken", "sts:", "log in"),
        (
            "AWSOrganizationsNotInUseException",
            "organizations:",
            "leave out `--organization`",
        ),
        (
            "AccessDeniedException",
            "organizations:",
            "management account",
        ),
    ] {
        let stub = refusing(code, of);
        let mut command = keyaki(&[
            "fetch",
            "--out",
            out,
            "--organization",
            "--endpoint-url",
            &stub.url,
            "--pause",
            "5",
        ]);
        command.env_remove("AWS_REGION");
        let told = said(command);
        assert!(told.contains(code) && told.contains(cure), "{code}: {told}");
    }
    // Without a Region in the configuration it works all the same.
    let stub = Stub::start(Duration::ZERO);
    let mut command = fetch(&stub.url, Path::new(out), &[]);
    command.env_remove("AWS_REGION");
    run(command, 0);
}

#[test]
fn a_terminal_is_told_how_far_it_is() {
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: there is no `script` to make a terminal with");
        return;
    }
    let stub = Stub::start(Duration::from_millis(4));
    let folder = fresh("watched");
    let command = fetch_stub(&stub, &folder, 3);
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| format!("'{}'", word.to_str().expect("UTF-8")))
        .collect();
    let output = Command::new("script")
        .args(["-qec", &words.join(" "), "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .output()
        .expect("it can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains(" of 3 accounts, ") && text.contains(" a second"),
        "{text}"
    );
    assert!(text.contains("1500 resources of 3 accounts in"), "{text}");
}
