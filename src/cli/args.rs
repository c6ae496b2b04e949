//! The command line as typed: nothing is read, opened or decided here.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use super::config_args::ConfigArgs;
#[cfg(feature = "sandbox")]
use super::sandbox::conditions_and_readings;
use super::secret_args::SecretVerb;
use crate::manifest::diagnostic::closest;
use crate::model::id::{ClusterName, Kind, Name, ResourceId, ServiceName};
#[cfg(feature = "sandbox")]
use crate::sandbox::{Condition, ReadAs};

/// Keeps Amazon ECS on an even keel: secrets, execution roles, task definitions and services as Git says.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version, propagate_version = true, max_term_width = 100, after_help = BEGIN)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What `--help` says last.
const BEGIN: &str = "Begin with `evenkeel demo`: it needs no account. For what runs already, `evenkeel init service CLUSTER/NAME -d DIR` \
writes manifests and `evenkeel diff -f DIR` shows that nothing differs.

Exit codes: 0 yes, or nothing to do; 1 it worked, and the answer is no; 2 bad usage, configuration or manifest; 3 it failed, \
or something could not be read; 4 a rollout failed; 5 a guard holds it, or nobody agreed; 130 interrupted.";

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Play the whole story in a sandbox: no account, no configuration
    #[cfg(feature = "sandbox")]
    Demo,
    /// Check manifests; with --aws also what they take for granted of the account
    #[command(long_about = CHECK)]
    Check(CheckArgs),
    /// Show what would change, and change nothing
    Diff(DiffArgs),
    /// Bring AWS to what the manifests say
    Apply(ApplyArgs),
    /// Show how everything is, a line for each resource
    Get(GetArgs),
    /// Show what each service needs, and where the cause lies of what is not ready
    Tree(TreeArgs),
    /// Explain one resource: why it is as it is, what is in force, what to do
    Explain(ExplainArgs),
    /// Write manifests for what is there, in which nothing differs; writes nothing to AWS
    Init(InitArgs),
    /// Take over what exists: set the tags that say whose it is, and nothing else
    Adopt(AdoptArgs),
    /// Keep AWS at what the source says, until told to end
    Run(RunArgs),
    /// Ask a daemon whether it is well: for a container's health check
    Healthcheck(HealthcheckArgs),
    /// Read the value of a secret, or encrypt one for Git
    #[command(subcommand)]
    Secret(SecretVerb),
    /// Serve a sandbox on a loopback port, for the AWS CLI and SDKs (AWS_ENDPOINT_URL)
    #[cfg(feature = "sandbox")]
    #[command(after_long_help = conditions_and_readings())]
    Sandbox(SandboxArgs),
    /// Print a JSON Schema for editors
    Schema(SchemaArgs),
    /// Print a completion script
    Completions(CompletionArgs),
    /// Print the manual page
    Man,
}

/// Options of every verb.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Format of the output
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Text, help_heading = "Global options")]
    pub(crate) output: Format,
    /// Work on a sandbox instead of AWS; its state is kept in FILE [default: .evenkeel/sandbox.json]
    #[cfg(feature = "sandbox")]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ".evenkeel/sandbox.json",
        help_heading = "Global options"
    )]
    pub(crate) sandbox: Option<PathBuf>,
    /// How many times faster than real time the sandbox runs [default: 1, of demo 40]. Of a served one its time is ahead
    /// of its clients': what waits for an age, as debouncing does, waits for as long as it is
    #[cfg(feature = "sandbox")]
    #[arg(
        long,
        global = true,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=100_000),
        help_heading = "Global options"
    )]
    pub(crate) speed: Option<u32>,
    /// Let calls of the sandbox meet faults, always the same ones for a seed: throttling, errors of AWS, lost requests
    /// and replies, stale answers, small pages, denied access, expired credentials
    #[cfg(feature = "sandbox")]
    #[arg(long, global = true, value_name = "SEED", help_heading = "Global options")]
    pub(crate) chaos: Option<u64>,
    /// Let the sandbox read otherwise what no source settles about AWS; `evenkeel sandbox --help` lists what
    #[cfg(feature = "sandbox")]
    #[arg(long = "reading", global = true, value_name = "NAME=VALUE", help_heading = "Global options")]
    pub(crate) readings: Vec<ReadAs>,
    /// Let the sandbox enforce rates, judge callers, lag or lose events; `evenkeel sandbox --help` lists what
    #[cfg(feature = "sandbox")]
    #[arg(long = "condition", global = true, value_name = "NAME=VALUE", help_heading = "Global options")]
    pub(crate) conditions: Vec<Condition>,
    /// No colours, also on a terminal
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_color: bool,
    /// Say more on stderr; twice: every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one object a line.
    Json,
    /// For a comment on a pull request: `diff` and `apply`; the other verbs print text.
    Markdown,
    /// Findings as annotations of GitHub Actions: `check`; the other verbs print text.
    Github,
}

#[derive(Debug, Args)]
pub(crate) struct ManifestArgs {
    /// A manifest, a folder of them, or - for standard input; repeatable
    #[arg(short, long = "file", value_name = "DIR|FILE|-", required = true)]
    pub(crate) file: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) manifests: ManifestArgs,
    /// Ask the account too whether tasks would start: secrets, permissions, images, log groups, roles, networks. Nothing is
    /// written and no value is read
    #[arg(long)]
    pub(crate) aws: bool,
    /// Look into the secrets' values for JSON keys, and whether they are text: needs secretsmanager:GetSecretValue
    #[arg(long, requires = "aws")]
    pub(crate) values: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// What `check --help` says first.
const CHECK: &str = "Check manifests; with --aws also what they take for granted of the account

Without --aws nobody is asked: every mistake of every file, with line and column. With --aws, everything for which ECS \
would fail to start a task is looked at before anything is deployed, and told with ECS's own message and what to do. A \
role that the next apply makes or widens is judged as it will be.

Exit code 0: nothing is wrong; 1: a task would not start; 2: the manifests have errors; 3: something could not be read, \
the rest is shown all the same.";

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    pub(crate) manifests: ManifestArgs,
    #[command(flatten)]
    pub(crate) shared: PlanArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) manifests: ManifestArgs,
    #[command(flatten)]
    pub(crate) shared: PlanArgs,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Follow the rollouts to their end; where one fails, say why and exit with 4
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long --wait may take; by default each rollout may take what its manifest says (rollout.timeout)
    #[arg(long, value_name = "DURATION", requires = "wait", value_parser = super::config_args::parse_timeout)]
    pub(crate) timeout: Option<crate::manifest::Period>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    #[command(subcommand)]
    pub(crate) what: InitWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InitWhat {
    /// Services, with their task definitions, execution roles and secrets
    Service(InitServiceArgs),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("chosen").required(true).multiple(true).args(["services", "all"]))]
pub(crate) struct InitServiceArgs {
    /// The services; many at once
    #[arg(value_name = "CLUSTER/NAME", value_parser = super::init::parse_service)]
    pub(crate) services: Vec<(ClusterName, ServiceName)>,
    /// All services of this cluster; repeatable
    #[arg(long, value_name = "CLUSTER")]
    pub(crate) all: Vec<String>,
    /// Write files into this folder, one for each application; without it, all of it to standard output
    #[arg(short, long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long, requires = "dir")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("chosen").required(true).args(["what", "all"]))]
pub(crate) struct AdoptArgs {
    /// What to take over
    #[arg(value_name = "KIND/NAME", value_parser = parse_resource)]
    pub(crate) what: Vec<ResourceId>,
    /// Everything that exists and has no owner
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) manifests: ManifestArgs,
    /// Also take what this installation owns
    #[arg(long, value_name = "INSTALLATION")]
    pub(crate) from: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show every field, whole
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Look and log, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// A folder for what can be fetched again; by default one of its own among the temporary ones
    #[arg(long, value_name = "DIR", env = "EVENKEEL_STATE_DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HealthcheckArgs {
    /// What to ask; 200 is well [default: /livez where the configuration says that the daemon listens]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Only this resource and what it needs; repeatable
    #[arg(long, value_name = "KIND/NAME", value_parser = parse_resource)]
    pub(crate) only: Vec<ResourceId>,
    /// Go on without the documents that have errors
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Show every field, whole
    #[arg(long)]
    pub(crate) full: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// Only these: a kind, or KIND/NAME
    #[arg(value_name = "KIND[/NAME]", value_parser = parse_selection)]
    pub(crate) what: Vec<Selection>,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// Only what these need
    #[arg(value_name = "KIND/NAME", value_parser = parse_resource)]
    pub(crate) what: Vec<ResourceId>,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The resource, for example Service/web
    #[arg(value_name = "KIND/NAME", value_parser = parse_resource)]
    pub(crate) what: ResourceId,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// Where a status comes from.
#[derive(Debug, Args)]
pub(crate) struct LookArgs {
    /// A manifest, a folder of them, or - for standard input; repeatable
    #[arg(
        short,
        long = "file",
        value_name = "DIR|FILE|-",
        required_unless_present = "daemon",
        conflicts_with = "daemon"
    )]
    pub(crate) file: Vec<PathBuf>,
    /// Ask a running daemon on this machine instead of AWS, for example http://127.0.0.1:8080
    #[arg(long, value_name = "URL", value_parser = super::ask::parse_address)]
    pub(crate) daemon: Option<std::net::SocketAddr>,
    /// Cut nothing, and show ids and ARNs whole
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// Resources of a kind, or one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    Kind(Kind),
    One(ResourceId),
}

#[cfg(feature = "sandbox")]
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Where to listen: an address of the loopback interface; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4566", value_parser = parse_address)]
    pub(crate) listen: std::net::SocketAddr,
    /// Keep its state in this file; without it the sandbox is gone at the end
    pub(crate) state_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Secret, ExecutionRole, TaskDefinition, Service or Config
    pub(crate) kind: String,
    /// A CustomResourceDefinition instead, as JSON
    #[arg(long)]
    pub(crate) crd: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

fn parse_resource(text: &str) -> Result<ResourceId, String> {
    ResourceId::parse(text).ok_or_else(|| format!("`{text}` is no KIND/NAME {}", such_as(text)))
}

/// What may be meant, or what it looks like: a kind has one spelling, and a name another one.
fn such_as(text: &str) -> String {
    let meant = text.split_once('/').and_then(|(kind, name)| {
        let kind = Kind::parse(closest(kind, Kind::ALL.map(Kind::as_str))?)?;
        Some(ResourceId::new(kind, &Name::parse(name)?))
    });
    meant.map_or_else(|| "such as Service/web".to_owned(), |meant| format!("(did you mean {meant}?)"))
}

#[cfg(feature = "sandbox")]
fn parse_address(text: &str) -> Result<std::net::SocketAddr, String> {
    super::address::parse(text).ok_or_else(|| format!("`{text}` is no ADDRESS:PORT such as 127.0.0.1:4566"))
}

fn parse_selection(text: &str) -> Result<Selection, String> {
    let kind = || Kind::parse(text).map(Selection::Kind);
    ResourceId::parse(text).map(Selection::One).or_else(kind).ok_or_else(|| {
        let kinds = Kind::ALL.map(Kind::as_str);
        match closest(text, kinds) {
            Some(kind) if !text.contains('/') => format!("`{text}` is no kind (did you mean {kind}?)"),
            _ => format!("`{text}` is no kind ({}) and no KIND/NAME {}", kinds.join(", "), such_as(text)),
        }
    })
}
