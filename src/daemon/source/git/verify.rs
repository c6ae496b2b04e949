//! Who signed: SSH signatures, checked by Git itself against a file of allowed signers. Nothing of the machine's keyrings
//! counts.

use std::path::{Path, PathBuf};

use super::command::Repository;
use crate::daemon::source::SourceError;
use crate::model::id::Commit;

/// Who may sign, and what they must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signers {
    /// Which commits.
    pub mode: Mode,
    /// The operator's, not the repository's.
    pub allowed: Allowed,
}

/// Who is allowed to sign, as `ssh-keygen` reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A file, read for each check.
    File(PathBuf),
    /// The lines of one.
    Lines(String),
}

/// Which commits must be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The one whose files are read: whoever signs it answers for all that is in it.
    Head,
    /// Each one since the commit in force; after a start, since those that were applied last, and in any case the head.
    EveryCommit,
}

/// Commits that one command checks.
const BATCH: usize = 100;

/// Checks the head, and the commits that are new since all of these.
pub(super) async fn verify(
    repository: &Repository,
    signers: &Signers,
    since: &[Commit],
    head: &Commit,
) -> Result<(), SourceError> {
    let allowed = &allowed(repository, &signers.allowed)?;
    let mut commits = vec![head.to_string()];
    if signers.mode == Mode::EveryCommit && !since.is_empty() {
        let without = since.iter().flat_map(|commit| ["^", commit.as_str(), "\n"]);
        let revisions: String = [head.as_str(), "\n"].into_iter().chain(without).collect();
        let listed = repository.run(&["rev-list", "--stdin"], revisions.as_bytes()).await?;
        let new = String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect::<Vec<_>>();
        commits.extend(new.into_iter().filter(|commit| *commit != head.as_str()));
    }
    for batch in commits.chunks(BATCH) {
        if check(repository, allowed, batch).await.is_ok() {
            continue;
        }
        // One of them is not: which, and why.
        for commit in batch {
            check(repository, allowed, std::slice::from_ref(commit)).await?;
        }
    }
    Ok(())
}

/// The file of allowed signers: lines are written into one, beside what they are about.
fn allowed(repository: &Repository, allowed: &Allowed) -> Result<PathBuf, SourceError> {
    match allowed {
        Allowed::File(file) => Ok(file.clone()),
        Allowed::Lines(lines) => {
            let file = repository.folder().join("allowed_signers");
            let command = || "verify-commit".to_owned();
            std::fs::write(&file, format!("{lines}\n"))
                .map_err(|error| SourceError::Git { command: command(), why: error.to_string() })?;
            Ok(file)
        }
    }
}

async fn check(repository: &Repository, allowed: &Path, commits: &[String]) -> Result<(), SourceError> {
    let allowed = format!("gpg.ssh.allowedSignersFile={}", allowed.display());
    let mut args = vec![
        "-c",
        &allowed,
        // Signatures of any other kind are checked by nobody, and so are not believed.
        "-c",
        "gpg.program=false",
        "-c",
        "gpg.openpgp.program=false",
        "-c",
        "gpg.x509.program=false",
        "verify-commit",
    ];
    args.extend(commits.iter().map(String::as_str));
    let checked = repository.run(&args, &[]).await;
    checked.map(drop).map_err(|failure| SourceError::NotSigned {
        commit: Commit::new(commits.first().map(String::as_str).unwrap_or_default()),
        // Of a commit without any signature git says nothing at all.
        why: if failure.is_silent() { "it has no signature".to_owned() } else { failure.words },
    })
}
