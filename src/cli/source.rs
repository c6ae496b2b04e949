//! The source that a configuration names: settings, credentials, and a folder for what is fetched.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::{CliError, environment};
use crate::daemon::source::git::{
    Address, Allowed, GitSettings, GitSource, Mode, PASSED_ON, Signers, Token, TokenFrom, Wanted,
};
use crate::daemon::source::{FolderSource, Source};
use crate::manifest::Period;
use crate::manifest::config::{AuthSpec, ConfigSpec, GitSpec, SourceSpec, VerifySpec};
use crate::model::id::Commit;

/// Between two looks at a folder.
const FOLDER: Duration = Duration::from_secs(5);

/// A source, and how often to look at it.
pub(super) struct Configured {
    pub(super) source: Source,
    pub(super) interval: Duration,
    /// What was fetched stands in it, and goes with it.
    pub(super) folder: Option<TempDir>,
}

/// What the configuration names; what is fetched goes into the folder, or one that is made for it.
pub(super) fn configured(config: &ConfigSpec, folder: Option<PathBuf>) -> Result<Configured, CliError> {
    match &config.source {
        Some(SourceSpec { dir: Some(dir), git: _ }) => {
            let source = Source::Folder(FolderSource::new(PathBuf::from(dir)).watched());
            Ok(Configured { source, interval: FOLDER, folder: None })
        }
        Some(SourceSpec { git: Some(git), dir: None }) => {
            let (cache, own) = if let Some(named) = folder {
                (named, None)
            } else {
                let own = private()?;
                (own.path().to_owned(), Some(own))
            };
            let source = Source::Git(Box::new(GitSource::new(settings(git, cache)?)));
            let interval = git.interval.map_or(GitSpec::INTERVAL, |Period(interval)| interval);
            Ok(Configured { source, interval, folder: own })
        }
        Some(SourceSpec { git: None, dir: None }) | None => Err(CliError::NoSource),
    }
}

/// What [`configured`] would refuse; nothing is made.
pub(super) fn refuse_unusable(config: &ConfigSpec) -> Result<(), CliError> {
    match &config.source {
        Some(SourceSpec { dir: Some(_), git: _ }) => Ok(()),
        Some(SourceSpec { git: Some(git), dir: None }) => settings(git, PathBuf::new()).map(drop),
        Some(SourceSpec { git: None, dir: None }) | None => Err(CliError::NoSource),
    }
}

/// What of a source is wrong wherever it is used: that needs no credentials and no files.
pub(super) fn refuse_unaddressed(config: &ConfigSpec) -> Result<(), CliError> {
    match &config.source {
        Some(SourceSpec { git: Some(git), dir: None }) => address(&git.url).map(drop),
        _ => Ok(()),
    }
}

fn address(url: &str) -> Result<Address, CliError> {
    Address::parse(url).map_err(|why| CliError::Setting(format!("source.git.url: {why}")))
}

/// Git obeys what stands in a repository, so nobody else may have made this one, or write into it.
fn private() -> Result<TempDir, CliError> {
    let mut folder = tempfile::Builder::new();
    folder.prefix("evenkeel-").permissions(Permissions::from_mode(0o700));
    folder.tempdir().map_err(CliError::StateDir)
}

fn settings(git: &GitSpec, cache: PathBuf) -> Result<GitSettings, CliError> {
    let GitSpec { url, r#ref, path, interval: _, auth, rewind_from, verify } = git;
    let wanted = match r#ref {
        None => Wanted::Branch(None),
        Some(named) => match (&named.branch, &named.tag, &named.commit) {
            (branch, None, None) => Wanted::Branch(branch.clone()),
            (None, Some(tag), None) => Wanted::Tag(tag.clone()),
            (None, None, Some(commit)) => Wanted::Commit(Commit::new(commit)),
            _ => return Err(CliError::Setting("source.git.ref takes one of branch, tag and commit".to_owned())),
        },
    };
    Ok(GitSettings {
        address: address(url)?,
        wanted,
        path: path.clone().unwrap_or_default(),
        token: auth.as_ref().map(token).transpose()?,
        rewind_from: rewind_from.iter().flatten().map(Commit::new).collect::<BTreeSet<_>>(),
        signers: verify.as_ref().map(signers).transpose()?.flatten(),
        cache,
        environment: passed_on(),
    })
}

fn token(auth: &AuthSpec) -> Result<TokenFrom, CliError> {
    let wrong = |text: String| CliError::Setting(format!("source.git.auth: {text}"));
    match (&auth.token_env, &auth.token_file) {
        (Some(name), None) => {
            let token = environment::text(name).and_then(|text| Token::new(&text));
            let token = token.ok_or_else(|| wrong(format!("{} holds no token", environment::called(name))))?;
            Ok(TokenFrom::Variable { name: name.clone(), token })
        }
        (None, Some(file)) => Ok(TokenFrom::File(PathBuf::from(file))),
        _ => Err(wrong("takes exactly one of tokenEnv and tokenFile".to_owned())),
    }
}

fn signers(verify: &VerifySpec) -> Result<Option<Signers>, CliError> {
    let mode = match verify.mode.as_str() {
        "Head" => Mode::Head,
        "EveryCommit" => Mode::EveryCommit,
        _ => return Ok(None),
    };
    let wrong = |text: String| CliError::Setting(format!("source.git.verify: {text}"));
    let allowed = match (&verify.allowed_signers, &verify.allowed_signers_env) {
        (Some(file), None) => {
            let file = PathBuf::from(file);
            let real = file.canonicalize();
            Allowed::File(real.map_err(|source| CliError::Read { path: file.display().to_string(), source })?)
        }
        (None, Some(name)) => {
            let lines = environment::text(name);
            let lines =
                lines.ok_or_else(|| wrong(format!("{} holds no allowed signers", environment::called(name))))?;
            Allowed::Lines(lines.to_string())
        }
        (None, None) => {
            return Err(wrong(format!("mode {} needs allowedSigners or allowedSignersEnv", verify.mode)));
        }
        (Some(_), Some(_)) => return Err(wrong("takes one of allowedSigners and allowedSignersEnv".to_owned())),
    };
    Ok(Some(Signers { mode, allowed }))
}

fn passed_on() -> Vec<(String, OsString)> {
    PASSED_ON.into_iter().filter_map(|name| Some((name.to_owned(), environment::variable(name)?))).collect()
}
