//! The command line: arguments, settings, one file a verb. The only module that prints or reads the environment.

mod address;
mod adopt;
mod annotations;
mod apply;
mod args;
mod ask;
mod check;
mod config_args;
#[cfg(feature = "sandbox")]
mod demo;
mod diagnostics;
mod diff;
mod editor;
mod environment;
mod excerpt;
mod exit;
mod failure;
mod files;
mod follow;
mod get;
mod healthcheck;
mod help;
mod init;
mod live;
mod log;
mod memory;
mod mistyped;
mod offspring;
#[cfg(feature = "otlp")]
mod otlp;
mod out;
mod preflight;
mod reload;
mod run;
#[cfg(feature = "sandbox")]
mod sandbox;
mod secret_args;
mod secret_encrypt;
mod secret_get;
#[cfg(feature = "sandbox")]
mod serve;
mod source;
mod status;
mod stop;
#[cfg(feature = "sandbox")]
mod surroundings;
mod waiting;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cloud::fault::{Fault, FaultKind};
use crate::manifest::config::ConfigSpec;
use crate::manifest::diagnostic::closest;
use crate::manifest::{Checked, Loaded, SourceFile, load_files};
use crate::model::desired::{Desired, Origin};
use crate::model::id::ResourceId;
use args::{Cli, ExplainArgs, Format, GetArgs, InitArgs, InitWhat, ManifestArgs, PlanArgs, TreeArgs, Verb};
use exit::Exit;
use out::Out;
use secret_args::SecretVerb;

/// Why a verb could not do its work. The source is never repeated in the text: `main` prints the chain.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("could not read {path}")]
    Read { path: String, source: std::io::Error },
    #[error("could not write {path}")]
    Write { path: String, source: std::io::Error },
    #[error("not all of the data could be written to standard output")]
    Lost(#[source] std::io::Error),
    #[error("{0} is there already, and nothing was written: --force writes over it")]
    WouldOverwrite(String),
    #[error("no manifests in {0}")]
    NoManifests(String),
    #[error("the configuration has errors")]
    Config(Checked),
    #[error("`{kind}` is no manifest kind{}", suggestion.map_or_else(
        || ": Secret, ExecutionRole, TaskDefinition, Service or Config".to_owned(),
        |it| format!("; did you mean {it}?"),
    ))]
    NoSuchKind { kind: String, suggestion: Option<&'static str> },
    #[error("there is no manifest of {what}{}", suggestion.as_ref().map(|it| format!("; did you mean {it}?")).unwrap_or_default())]
    NoManifestOf { what: String, suggestion: Option<String> },
    #[error("could not read the value of {secret}")]
    Value { secret: String, at: Option<Origin>, source: Box<Fault> },
    #[error("{secret}: {why}")]
    NoMember { secret: String, why: String },
    #[error("the value is binary: write it to a file with --to, or print it with --base64")]
    Binary,
    #[error("nothing was encrypted: {0}")]
    Given(String),
    #[error("nothing was encrypted")]
    Encrypt(#[source] crate::values::age::AgeError),
    #[error("could not get a data key from KMS")]
    DataKey(#[source] Box<Fault>),
    #[error("could not ask the daemon")]
    Ask(#[source] ask::AskError),
    #[error("could not connect to AWS")]
    Connect(#[source] crate::aws::ConnectError),
    #[error("the credentials are for {found}, and the configuration allows {allowed} alone")]
    WrongPlace { found: String, allowed: String },
    #[cfg(feature = "sandbox")]
    #[error("{0} is for a sandbox: give --sandbox too")]
    NeedsSandbox(&'static str),
    #[cfg(feature = "sandbox")]
    #[error("could not use the sandbox")]
    Sandbox(#[source] crate::sandbox::StateError),
    #[cfg(feature = "sandbox")]
    #[error("could not make what the manifests take for granted")]
    Furnish(#[source] sandbox::Refused),
    #[error("nothing to run: the configuration names no source (source.git.url or source.dir)")]
    NoSource,
    #[error("{0}")]
    Setting(String),
    #[error("could not make a folder for what is fetched: name one with --state-dir")]
    StateDir(#[source] std::io::Error),
    #[error("could not serve the daemon's state: http.listen names where")]
    Listen(#[source] crate::daemon::http::SocketError),
    #[error("{0} task has ended, so nothing would be done any more")]
    TaskEnded(&'static str),
    #[cfg(feature = "sandbox")]
    #[error("could not serve the sandbox")]
    Socket(#[source] crate::sandbox::SocketError),
    #[cfg(feature = "sandbox")]
    #[error("caller={0}: there is no such role in the sandbox")]
    NoCaller(String),
    #[error("could not start")]
    Start(#[source] std::io::Error),
}

impl CliError {
    /// Of what there is no manifest among these; perhaps another one was meant.
    fn no_manifest_of(what: &ResourceId, known: impl IntoIterator<Item = ResourceId>) -> Self {
        let known: Vec<String> = known.into_iter().map(|id| id.to_string()).collect();
        Self::no_manifest(what.to_string(), &known)
    }

    /// The same of what may be no name that a manifest can have.
    fn no_manifest(what: String, known: &[String]) -> Self {
        let near = closest(&what, known.iter().map(String::as_str)).map(str::to_owned);
        Self::NoManifestOf { what, suggestion: near }
    }

    /// What to do about it, where its cause does not know that.
    fn advice(&self) -> Option<String> {
        match self {
            Self::Value { secret: _, at, source } if source.kind == FaultKind::NotFound => Some(match at {
                Some(at) => format!("create it, or correct its name at {at}; or ask for a version that it has"),
                None => "create it, or correct its name, or ask for a version that it has; the name of a manifest is looked up \
                         with -f"
                    .to_owned(),
            }),
            #[cfg(feature = "sandbox")]
            Self::Sandbox(error) => Some(sandbox::instead(error).to_owned()),
            #[cfg(feature = "sandbox")]
            Self::NoCaller(_) => {
                Some("make it there through `evenkeel sandbox FILE`, then serve FILE again with the condition".to_owned())
            }
            #[cfg(feature = "sandbox")]
            Self::Furnish(_) => Some(
                "leave it out of the manifests, or make it there yourself, through `evenkeel sandbox`; or begin anew with \
                 another file"
                    .to_owned(),
            ),
            Self::NoManifests(_) => {
                Some("name files that hold some; of a folder, its .yaml, .yml and .json files are read".to_owned())
            }
            Self::Lost(_) => Some("do not use what is there of it: make room, and run it again".to_owned()),
            _ => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Read { .. }
            | Self::WouldOverwrite(_)
            | Self::NoManifests(_)
            | Self::Config(_)
            | Self::NoSuchKind { .. }
            | Self::NoManifestOf { .. }
            | Self::WrongPlace { .. }
            | Self::NoSource
            | Self::Binary
            | Self::Given(_)
            | Self::Encrypt(_)
            | Self::Setting(_) => Exit::Usage,
            #[cfg(feature = "sandbox")]
            Self::NeedsSandbox(_) | Self::NoCaller(_) => Exit::Usage,
            Self::Connect(error) if error.is_about_settings() => Exit::Usage,
            #[cfg(feature = "sandbox")]
            Self::Socket(crate::sandbox::SocketError::NotLoopback(_)) => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    memory::leave_no_picture();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(mut error) => {
            mistyped::advise(&mut error);
            let _gone = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Yes.into() };
        }
    };
    let full = match &cli.verb {
        Verb::Diff(args) => args.shared.full,
        Verb::Apply(args) => args.shared.full,
        Verb::Adopt(args) => args.full,
        Verb::Get(GetArgs { look, .. })
        | Verb::Tree(TreeArgs { look, .. })
        | Verb::Explain(ExplainArgs { look, .. }) => look.full,
        _ => false,
    };
    let out = Out::detect(cli.common.no_color, full).beside_a_log(cli.common.verbose > 0);
    let daemon = matches!(cli.verb, Verb::Run(_));
    if let Some(wrong) = log::to_stderr(cli.common.verbose, daemon) {
        out.say(&format!("{} {wrong}", out.aside.calm("warning:")));
    }
    let ended = run(cli, out);
    #[cfg(feature = "otlp")]
    otlp::flush();
    let failed = |error: CliError| {
        if !(daemon && log::is_for_programs() && failure::logged(&error)) {
            failure::say(&error, out);
        }
        error.exit()
    };
    let exit = ended.unwrap_or_else(failed);
    let lost = Out::lost().map(|source| failed(CliError::Lost(source)));
    lost.map_or(exit, |lost| exit.worse(lost)).into()
}

fn run(cli: Cli, out: Out) -> Result<Exit, CliError> {
    let Cli { verb, common } = cli;
    #[cfg(feature = "sandbox")]
    let out = sandbox::options(&verb, &common, out)?;
    match verb {
        Verb::Schema(args) => help::schema(&args.kind, args.crd),
        Verb::Completions(args) => Ok(help::completions(args.shell)),
        Verb::Man => Ok(help::man()),
        Verb::Healthcheck(args) => healthcheck::healthcheck(&args, out),
        Verb::Check(args) if args.aws => {
            let config = args.config.resolve()?;
            on_runtime(preflight::preflight(args, common, config, out))
        }
        Verb::Check(args) => check::check(&args, common.output, out),
        Verb::Secret(SecretVerb::Get(args)) => {
            let config = args.config.resolve()?;
            on_runtime(secret_get::get(args, common, config, out))
        }
        Verb::Secret(SecretVerb::Encrypt(args)) => {
            let config = args.config.resolve()?;
            on_runtime(secret_encrypt::encrypt(args, common, config, out))
        }
        #[cfg(feature = "sandbox")]
        Verb::Demo => on_runtime(demo::demo(common.speed, out.on_stdout())),
        #[cfg(feature = "sandbox")]
        Verb::Sandbox(args) => on_runtime(serve::serve(args, &common, out)),
        Verb::Diff(args) => {
            let config = args.config.resolve()?;
            on_runtime(diff::diff(args, common, config, out))
        }
        Verb::Apply(args) => {
            let config = args.config.resolve()?;
            on_runtime(apply::apply(args, common, config, out))
        }
        Verb::Init(InitArgs { what: InitWhat::Service(args) }) => {
            let config = args.config.resolve()?;
            on_runtime(init::init(args, common, config, out))
        }
        Verb::Adopt(args) => {
            let config = args.config.resolve()?;
            on_runtime(adopt::adopt(args, common, config, out))
        }
        Verb::Run(args) => {
            let config = args.config.resolve()?;
            on_runtime(run::run(args, common, config, out))
        }
        Verb::Get(GetArgs { what, look }) => {
            let config = look.config.resolve()?;
            on_runtime(status::get(what, look, common, config, out))
        }
        Verb::Tree(TreeArgs { what, look }) => {
            let config = look.config.resolve()?;
            on_runtime(status::tree(what, look, common, config, out))
        }
        Verb::Explain(ExplainArgs { what, look }) => {
            let config = look.config.resolve()?;
            on_runtime(status::explain(what, look, common, config, out))
        }
    }
}

fn on_runtime(work: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::Start)?;
    let ended = runtime.block_on(work);
    // A name may still be looked up, on another thread: nobody wants to know any more.
    runtime.shutdown_background();
    ended
}

/// Reads manifests. `None` where they have errors, which are then printed, and nobody asked to go on without them.
fn load(
    manifests: &ManifestArgs,
    plan: &PlanArgs,
    config: &ConfigSpec,
    format: Format,
    out: Out,
) -> Result<Option<Loaded>, CliError> {
    let mut loaded = load_all(manifests, config, format, out)?;
    if loaded.checked.has_errors() && !plan.keep_going {
        return Ok(None);
    }
    if !plan.only.is_empty() {
        refuse_unknown(&plan.only, &loaded.desired)?;
        loaded.desired.only = Some(plan.only.iter().cloned().collect());
    }
    Ok(Some(loaded))
}

/// Reads manifests, and goes on without those that have errors; what is wrong is printed.
fn load_all(manifests: &ManifestArgs, config: &ConfigSpec, format: Format, out: Out) -> Result<Loaded, CliError> {
    let (_, loaded) = read_all(manifests, config)?;
    let Checked { found, shown } = &loaded.checked;
    if !found.is_empty() {
        match format {
            Format::Text | Format::Markdown => out.say(&diagnostics::text(found, shown, out.aside)),
            Format::Json => out.say(diagnostics::json(found).trim_end()),
            Format::Github => out.say(annotations::github(found, shown).trim_end()),
        }
    }
    Ok(loaded)
}

/// Reads manifests, and says nothing: the files, and what they ask for.
fn read_all(manifests: &ManifestArgs, config: &ConfigSpec) -> Result<(Vec<SourceFile>, Loaded), CliError> {
    let files = files::read(&manifests.file)?;
    let read = files.read.clone();
    let mut loaded = load_files(config.installation(), files);
    refuse_nothing(manifests, &loaded)?;
    loaded.desired.policy = config.policy();
    Ok((read, loaded))
}

/// An error where files hold nothing but comments: of nothing there is nothing to say.
fn refuse_nothing(manifests: &ManifestArgs, loaded: &Loaded) -> Result<(), CliError> {
    let Loaded { desired, checked } = loaded;
    let nothing = desired.ids().next().is_none() && desired.broken.is_empty() && checked.found.is_empty();
    let name = |path: &std::path::PathBuf| match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.display().to_string(),
    };
    let names = || manifests.file.iter().map(name).collect::<Vec<_>>().join(", ");
    if nothing { Err(CliError::NoManifests(names())) } else { Ok(()) }
}

/// An error where one of these has no manifest.
fn refuse_unknown(chosen: &[ResourceId], desired: &Desired) -> Result<(), CliError> {
    let unknown = chosen.iter().find(|id| !desired.declares(id));
    unknown.map_or(Ok(()), |unknown| Err(CliError::no_manifest_of(unknown, desired.ids())))
}
