//! What can be said on the command line.

use crate::paint::Choice;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "keyaki",
    version,
    about = "Proves who can reach what in AWS",
    after_help = "Exit status: 0 nothing found, 1 something found, 2 the work could not be done, 3 something is undecided.\n\n\
        Examples:\n  keyaki scan                                       the sample organization\n  \
        keyaki scan snapshot/ --format html > report.html\n  \
        keyaki fetch --out snapshot                       your account, to be scanned\n  \
        keyaki check no-new-access old.json new.json\n  \
        keyaki batch < questions.jsonl\n  \
        keyaki verify evidence.json"
)]
pub(crate) struct Arguments {
    /// When to use colour; `NO_COLOR` is honoured.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub(crate) color: Choice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find access from outside the zone of trust in a snapshot
    Scan(Scan),
    /// Collect a snapshot from AWS accounts
    Fetch(Fetch),
    /// Decide one question about a policy
    Check(Check),
    /// Tell which of two policies allows more
    Compare(Compare),
    /// Count the requests that a policy allows, and the addresses that it lets in
    Count(Count),
    /// Judge one request against policies
    Evaluate(Evaluate),
    /// Answer questions from standard input, one JSON object a line
    Batch(Batch),
    /// Check certificates and witnesses, without the search that made them
    Verify(Verify),
    /// Write questions from standard input in a form that other programs can answer
    Export(Export),
    /// Tell what a finding means and what would close it
    Explain(Explain),
    /// Write a completion script for a shell
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading on a terminal.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// One row a finding, for spreadsheets.
    Csv,
    /// Tables for a pull request.
    Markdown,
    /// One page that needs nothing else.
    Html,
}

/// `keyaki scan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keyaki scan\n  keyaki scan snapshot/ --zone organization\n  \
    keyaki scan a.jsonl b.jsonl --zone 111122223333,o-abc123def4 --format json\n  \
    keyaki scan snapshot/ --only-type AWS::S3::Bucket --public-only\n  \
    keyaki scan today/ --previous yesterday/ --cache keyaki.cache\n  \
    terraform show -json tfplan > plan.json && keyaki scan plan.json --only-new --format markdown\n  \
    keyaki scan template.yaml --previous deployed.yaml --account 111122223333 --region eu-central-1\n  \
    aws iam get-account-authorization-details | keyaki scan -\n\n\
    Exit status: 1 if there is a finding, else 3 if something was not analysed, else 0.\nAdvisories do not count."
)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) source: Source,
    /// How to write the report
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: Format,
    /// Report findings that are public only
    #[arg(long)]
    pub(crate) public_only: bool,
    /// Write a certificate for every policy whose findings, or lack of them, can be proved; an empty folder, or none yet
    #[arg(long, value_name = "DIR")]
    pub(crate) certificates: Option<PathBuf>,
    /// An older snapshot or template: tells of each finding whether it is new, changed or unchanged, and which ones went. A
    /// resource that is not analysed this time never counts as gone. A Terraform plan is compared with what it says is there now
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,
    /// Report findings that are new or changed only; they alone decide between exit status 0 and 1. For a Terraform plan, or
    /// with `--previous`
    #[arg(long)]
    pub(crate) only_new: bool,
    /// A file that remembers what each record came to, so that unchanged records are not solved again. It may be
    /// deleted at any time; another version of keyaki does not use it. Guard it like the program: who can write it can
    /// hide findings
    #[arg(long, value_name = "FILE")]
    pub(crate) cache: Option<PathBuf>,
    /// Print to standard error what the cache knew, what the engine did and where the time went
    #[arg(long)]
    pub(crate) stats: bool,
}

/// `keyaki fetch`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keyaki fetch --out snapshot\n  keyaki fetch --out snapshot --profile audit --regions eu-central-1,us-east-1\n  \
    keyaki fetch --out snapshot --organization --role-name Audit\n  \
    keyaki fetch --print-policy --organization --role-name Audit\n\n\
    Credentials come from where the AWS command line takes them. A run that was killed or has run out of credentials goes on\n\
    where it was when the same command is given again.\n\
    Exit status: 0 all was read, 3 some of it was not, which the manifest tells and `keyaki scan` shows, 2 nothing could be done."
)]
pub(crate) struct Fetch {
    /// The folder to write: not there yet, empty, or left by a run that did not end. Or one compressed file, `NAME.jsonl.zst`; until the
    /// run ends what was read is in a folder beside it, `NAME.jsonl.zst.part`
    #[arg(
        long,
        value_name = "DIR|NAME.jsonl.zst",
        required_unless_present = "print_policy"
    )]
    pub(crate) out: Option<PathBuf>,
    /// A profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Read these accounts, with commas between, each through the role
    #[arg(
        long,
        value_name = "ID,ID…",
        value_delimiter = ',',
        requires = "role_name"
    )]
    pub(crate) accounts: Vec<String>,
    /// Read all accounts of the organization, each through the role, and its control policies; needs to be called from its
    /// management account or a delegated administrator's
    #[arg(long, conflicts_with = "accounts")]
    pub(crate) organization: bool,
    /// The role to assume in each account; the account of the credentials themselves is read without
    /// [default with --organization: OrganizationAccountAccessRole]
    #[arg(long, value_name = "NAME")]
    pub(crate) role_name: Option<String>,
    /// The external id that the role asks for
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Regions, with commas between; `all` are those that are enabled in each account
    #[arg(
        long,
        value_name = "REGION,…",
        value_delimiter = ',',
        default_value = "all"
    )]
    pub(crate) regions: Vec<String>,
    /// Types, such as `AWS::S3::Bucket`, with commas between; `all` are those that this build knows
    #[arg(
        long,
        value_name = "TYPE,…",
        value_delimiter = ',',
        default_value = "all"
    )]
    pub(crate) types: Vec<String>,
    /// An older snapshot: what a service says has not changed since is not read again, which only Secrets Manager does
    #[arg(long, value_name = "SNAPSHOT")]
    pub(crate) since: Option<PathBuf>,
    /// Print the least policy that this command needs, and do nothing else
    #[arg(long)]
    pub(crate) print_policy: bool,
    /// Send requests there instead of to AWS; the variable `AWS_ENDPOINT_URL` does the same
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// How often a call is made before it counts as failed
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) attempts: u32,
    /// The first pause before a call is made again, in milliseconds; it doubles each time
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pub(crate) pause: u64,
}

/// Which resources are analysed, and against which zone of trust.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// Snapshots, Terraform plans and states (`terraform show -json`), CloudFormation and SAM templates, AWS Config exports,
    /// `aws iam get-account-authorization-details`, folders of what `aws … get-…-policy` prints, or `-`; the kind is recognised.
    /// The sample organization if none is named
    #[arg(value_name = "FILE")]
    pub(crate) snapshots: Vec<PathBuf>,
    /// Who is trusted: `account` (each resource's own), `organization`, or account ids, organization
    /// ids, provider ARNs and canonical ids, with commas between. A resource's own account is always trusted.
    /// Without it: the organization if the snapshot has one, else each resource's own account
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// The account that owns the resources of a plan, a template or an output that does not say it. Without it: what the file says
    /// of its own resources, else a number that it does not name
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Their Region; without it what the file says, else unknown
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Analyse resources of this type only, such as `AWS::S3::Bucket`; may be given again
    #[arg(long, value_name = "TYPE")]
    pub(crate) only_type: Vec<String>,
    /// Report every irreducible finding, not a smallest set of them, and what control policies took away
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) work: Work,
}

/// How much work, and on how many threads.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Work {
    /// Threads; all cores if left out
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// How much work on one question.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Limit {
    /// Branches of the search for one question, before it is called undecided; each allows 25 steps of searches for a text
    #[arg(long, value_name = "BRANCHES")]
    pub(crate) limit: Option<u64>,
}

impl Limit {
    /// For the engine.
    pub(crate) fn limits(self) -> keyaki_engine::Limits {
        self.limit
            .map_or_else(keyaki_engine::Limits::default, |branches| {
                keyaki_engine::Limits::of_branches(branches)
            })
    }
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// For people.
    Text,
    /// As `keyaki batch` writes it.
    Json,
}

/// How the commands with one answer give it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Answering {
    /// How to write the answer; `json` is the line that `keyaki batch` would write
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: AnswerFormat,
    /// Write evidence to this file: a certificate of what holds, a witness of what fails; `keyaki verify` checks both
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Print to standard error what the engine did
    #[arg(long)]
    pub(crate) stats: bool,
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// What kind of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyType {
    /// Identity policy, permissions boundary or session policy.
    #[value(alias = "IDENTITY_POLICY")]
    Identity,
    /// Resource policy, role trust policy or VPC endpoint policy.
    #[value(alias = "RESOURCE_POLICY")]
    Resource,
    /// Service control policy.
    #[value(alias = "SERVICE_CONTROL_POLICY")]
    Scp,
    /// Resource control policy.
    #[value(alias = "RESOURCE_CONTROL_POLICY")]
    Rcp,
}

/// `keyaki check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(subcommand)]
    pub(crate) question: CheckQuestion,
}

/// The questions about a policy. `-` reads standard input.
#[derive(Debug, Subcommand)]
pub(crate) enum CheckQuestion {
    /// Does the new policy allow nothing that the existing one does not?
    #[command(
        after_help = "Example:\n  keyaki check no-new-access old.json new.json --policy-type resource\n\n\
        Exit status: 0 it holds, 1 it fails, 2 a policy cannot be read, 3 undecided."
    )]
    NoNewAccess {
        /// The reference.
        existing: PathBuf,
        /// The candidate.
        new: PathBuf,
        /// What kind both policies are; told by whether a statement names a principal if left out
        #[arg(long, value_enum)]
        policy_type: Option<PolicyType>,
        #[command(flatten)]
        answering: Answering,
    },
    /// Does the policy grant none of these actions on none of these resources?
    #[command(
        after_help = "Example:\n  keyaki check not-granted policy.json --action s3:PutObject --resource 'arn:aws:s3:::b/*'\n\n\
        Exit status: 0 it holds, 1 it fails, 2 the policy cannot be read, 3 undecided."
    )]
    NotGranted {
        /// The policy.
        policy: PathBuf,
        /// An action, `*` and `?` allowed; any action if left out
        #[arg(long, value_name = "ACTION", num_args = 1.., required_unless_present = "resource")]
        action: Vec<String>,
        /// A resource, `*` and `?` allowed; any resource if left out
        #[arg(long, value_name = "ARN", num_args = 1..)]
        resource: Vec<String>,
        /// What kind the policy is; told by whether a statement names a principal if left out
        #[arg(long, value_enum)]
        policy_type: Option<PolicyType>,
        #[command(flatten)]
        answering: Answering,
    },
    /// Is the policy not public?
    #[command(
        after_help = "Example:\n  keyaki check no-public-access policy.json --resource-type AWS::S3::Bucket\n\n\
        Exit status: 0 it holds, 1 it fails, 2 the policy cannot be read, 3 undecided."
    )]
    NoPublicAccess {
        /// The resource's policy.
        policy: PathBuf,
        /// The CloudFormation name of the resource's type
        #[arg(long, value_name = "TYPE")]
        resource_type: String,
        #[command(flatten)]
        answering: Answering,
    },
    /// Does the policy let in nobody from outside the zone of trust?
    #[command(
        after_help = "Example:\n  keyaki check no-external-access policy.json --resource-type AWS::SQS::Queue --zone 111122223333,o-abc123def4\n\n\
        Exit status: 0 it holds, 1 it fails, 2 the policy cannot be read, 3 undecided."
    )]
    NoExternalAccess {
        /// The resource's policy.
        policy: PathBuf,
        /// The CloudFormation name of the resource's type
        #[arg(long, value_name = "TYPE")]
        resource_type: String,
        /// Who is trusted: account ids, organization ids, provider ARNs and canonical ids, with commas between
        #[arg(long, value_name = "ID,ID…")]
        zone: String,
        #[command(flatten)]
        answering: Answering,
    },
}

/// `keyaki compare`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  keyaki compare old.json new.json\n\n\
    Exit status: 0 equivalent or narrower, 1 wider or incomparable, 2 a policy cannot be read, 3 undecided.")]
pub(crate) struct Compare {
    /// The reference.
    pub(crate) existing: PathBuf,
    /// The candidate.
    pub(crate) new: PathBuf,
    /// What kind both policies are; told by whether a statement names a principal if left out
    #[arg(long, value_enum)]
    pub(crate) policy_type: Option<PolicyType>,
    /// Count, too: how much each policy allows, and how much only one of them does
    #[arg(long)]
    pub(crate) count: bool,
    /// With `--count`: texts have at most this many characters
    #[arg(long, value_name = "N", default_value_t = MAX_LENGTH, requires = "count")]
    pub(crate) max_length: u32,
    #[command(flatten)]
    pub(crate) answering: Answering,
}

/// How long the texts of a counted request are, where nothing else is said.
const MAX_LENGTH: u32 = 128;

/// `keyaki count`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  keyaki count policy.json --resource-type AWS::S3::Bucket --max-length 80\n\n\
    What is counted: a request is one choice of a value for the caller, the action, the resource and each condition key, as\n\
    far as the policy mentions them. Texts have at most N characters, of the 95 printable ones; account numbers have twelve\n\
    digits, addresses are those of both families, and a key's absence is one value. An address counts if some request from\n\
    there is allowed. Policy variables, keys with many values, numbers, dates and binary values are not counted, and the\n\
    answer says so. A count decides nothing: whether a policy is public, `keyaki check no-public-access` tells.\n\n\
    Exit status: 0 counted, 2 the policy cannot be read, 3 not counted."
)]
pub(crate) struct Count {
    /// The policy; `-` reads standard input
    pub(crate) policy: PathBuf,
    /// What kind the policy is; told by whether a statement names a principal if left out
    #[arg(long, value_enum)]
    pub(crate) policy_type: Option<PolicyType>,
    /// Count resources of this type only: its CloudFormation name
    #[arg(long, value_name = "TYPE")]
    pub(crate) resource_type: Option<String>,
    /// Count the addresses of each finding, too, as if the policy were this bucket's, queue's or key's own: its ARN
    #[arg(long, value_name = "ARN", requires = "account")]
    pub(crate) resource: Option<String>,
    /// With `--resource`: the account of the resource, which alone is trusted
    #[arg(long, value_name = "ACCOUNT", requires = "resource")]
    pub(crate) account: Option<String>,
    /// Texts have at most this many characters
    #[arg(long, value_name = "N", default_value_t = MAX_LENGTH)]
    pub(crate) max_length: u32,
    /// How to write the answer
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: AnswerFormat,
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// `keyaki evaluate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keyaki evaluate request.json --identity user.json --resource-policy bucket.json\n  \
    keyaki evaluate request.json --identity role.json --scp root.json --scp unit.json,full.json\n  \
    keyaki evaluate whole.json        {\"request\":{…},\"policies\":{…},\"facts\":{…}}\n\n\
    A request:\n  {\"principal\":\"arn:aws:iam::111122223333:user/Ann\",\"action\":\"s3:GetObject\",\n   \
    \"resource\":\"arn:aws:s3:::b/k\",\"resourceAccount\":\"111122223333\",\"context\":{\"aws:SourceIp\":\"203.0.113.9\"}}\n\n\
    Exit status: 0 allowed, 1 denied, 2 a file cannot be read, 3 undecided."
)]
pub(crate) struct Evaluate {
    /// The request, or an object with `request`, `policies` and `facts`
    pub(crate) request: PathBuf,
    /// Identity policies of the caller
    #[arg(long, value_name = "POLICY", value_delimiter = ',')]
    pub(crate) identity: Vec<PathBuf>,
    /// The resource's own policy
    #[arg(long, value_name = "POLICY")]
    pub(crate) resource_policy: Option<PathBuf>,
    /// Permissions boundaries
    #[arg(long, value_name = "POLICY", value_delimiter = ',')]
    pub(crate) boundary: Vec<PathBuf>,
    /// Session policies
    #[arg(long, value_name = "POLICY", value_delimiter = ',')]
    pub(crate) session: Vec<PathBuf>,
    /// One level of service control policies, root first; files of one level with commas between
    #[arg(long, value_name = "POLICY,…")]
    pub(crate) scp: Vec<String>,
    /// One level of resource control policies, root first; files of one level with commas between
    #[arg(long, value_name = "POLICY,…")]
    pub(crate) rcp: Vec<String>,
    /// Policies of the VPC endpoint
    #[arg(long, value_name = "POLICY", value_delimiter = ',')]
    pub(crate) vpc_endpoint: Vec<PathBuf>,
    /// What policies do not say, as in a batch line
    #[arg(long, value_name = "FACTS")]
    pub(crate) facts: Option<PathBuf>,
    /// How to write the answer; `json` is the line that `keyaki batch` would write
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: AnswerFormat,
}

/// `keyaki batch`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  keyaki batch --stats < questions.jsonl > answers.jsonl\n\n\
    A question:\n  {\"id\":1,\"question\":\"no-new-access\",\"policyType\":\"IDENTITY_POLICY\",\n   \
    \"existingPolicyDocument\":{…},\"newPolicyDocument\":{…}}\n\n\
    With \"certificate\":true an answer that holds carries its certificate.\n\
    Questions: no-new-access, not-granted, no-public-access, no-external-access, satisfiable, compare, evaluate.\n\
    Exit status: 2 if a line had an error, else 3 if one is undecided, else 0."
)]
pub(crate) struct Batch {
    /// Tell at the end, on standard error, what was asked, what is undecided and where the work went
    #[arg(long)]
    pub(crate) stats: bool,
    /// Add `micros`, the time of each answer, to the answers
    #[arg(long)]
    pub(crate) timing: bool,
    #[command(flatten)]
    pub(crate) work: Work,
}

/// `keyaki verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keyaki check no-new-access old.json new.json --certificate evidence.json\n  \
    keyaki verify evidence.json\n  keyaki batch < questions.jsonl | keyaki verify -\n\n\
    A file holds one certificate or witness, a list of them, one a line, or answers of `keyaki batch` that carry certificates.\n\
    Exit status: 0 all accepted, 1 one rejected, 2 one unreadable."
)]
pub(crate) struct Verify {
    /// Files of evidence, or `-`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// `keyaki export`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  keyaki export --smtlib < questions.jsonl | z3 -in\n  keyaki export --smtlib --out scripts < questions.jsonl\n\n\
    Exit status: 3 if a question could not be written, else 0."
)]
pub(crate) struct Export {
    /// SMT-LIB 2 with the theory of strings: satisfiable where a request breaks the claim
    #[arg(long, required = true)]
    pub(crate) smtlib: bool,
    /// A folder for one file a script, named by the number of its line; else all go to standard output, with `(reset)` between
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// `keyaki explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  keyaki explain 3f2a\n  keyaki explain 3f2a91c0 snapshot/ --zone organization"
)]
pub(crate) struct Explain {
    /// The finding's id, or the beginning of it
    #[arg(value_name = "FINDING_ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) source: Source,
}
