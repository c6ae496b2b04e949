//! Where manifests come from: a folder, or a Git repository. A source that fails says why, and what was last good stays in
//! force.
//!
//! Knows nothing of what the files mean.

pub mod applied;
pub mod folder;
pub mod git;
mod watch;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::manifest::files::Files;
use crate::model::id::Commit;
use crate::model::time::Timestamp;
use crate::status::reason::Reason;
use applied::Applied;
use watch::Watch;

pub use crate::status::report::CommitInfo;

/// One state of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit; absent for folders.
    pub commit: Option<CommitInfo>,
    /// Every commit that this one contains, itself included, and those that were named as if.
    pub lineage: BTreeSet<Commit>,
    /// The files.
    pub files: Files,
    /// Had the commit to be signed by someone who may?
    pub verified: bool,
    /// Where to say what was applied before: until then, and until the source has looked again, nothing is carried out.
    pub asks: Option<Applied>,
    /// Is it all that there is? A commit is; a folder may be on its way until its files have stood still.
    pub settled: bool,
}

/// What a look at a source found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// What it found before.
    Unchanged,
    /// Which files there are changed a moment ago: others may be on their way. Worth another look after [`SETTLED`].
    Settling,
    /// What it found before, and by now that is all.
    Settled,
    /// Something else.
    Moved(Snapshot),
}

/// Why a source yields nothing new. The text never holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The folder cannot be read.
    #[error("the folder {folder} cannot be read: {why}")]
    Folder {
        /// Its path.
        folder: String,
        /// The operating system's words.
        why: String,
    },
    /// The server does not answer, or refuses.
    #[error("{url} cannot be fetched: {why}")]
    Unreachable {
        /// The repository.
        url: String,
        /// Git's own words.
        why: String,
    },
    /// There is no such branch, tag or commit.
    #[error("{url} has no {wanted}")]
    NoSuchRef {
        /// The repository.
        url: String,
        /// For example `branch main`.
        wanted: String,
    },
    /// The commit has no such folder.
    #[error("commit {commit} has no folder {path}")]
    NoSuchPath {
        /// The commit.
        commit: Commit,
        /// The configured path.
        path: String,
    },
    /// There is nothing in it. What was good stays in force: nobody empties a source on purpose without saying so.
    #[error("there are no manifests in {0}")]
    NoManifests(String),
    /// More than a task has memory for. What was good stays in force.
    #[error("commit {commit} has {what} in its folder: source.git.path names the folder of the manifests")]
    TooMuch {
        /// The commit.
        commit: Commit,
        /// How much, and how much there may be.
        what: String,
    },
    /// The new head does not contain the commit that was in force, or any that was applied before the start.
    #[error(
        "the history was rewritten: {to} does not contain {from}; to accept that, name {from} in source.git.rewindFrom"
    )]
    Rewritten {
        /// In force, or applied.
        from: Commit,
        /// The head.
        to: Commit,
    },
    /// A commit is not signed by anyone who may sign.
    #[error("commit {commit} is not signed by an allowed signer: {why}")]
    NotSigned {
        /// The commit.
        commit: Commit,
        /// Git's own words.
        why: String,
    },
    /// The credential cannot be had.
    #[error("the token cannot be read from {from}: {why}")]
    NoToken {
        /// A file or a variable.
        from: String,
        /// What is wrong.
        why: String,
    },
    /// Git itself does not work here.
    #[error("git {command} failed: {why}")]
    Git {
        /// The subcommand.
        command: String,
        /// Its own words.
        why: String,
    },
}

impl SourceError {
    /// Is it the same trouble of the same commit, in whatever words?
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.reason() == other.reason() && self.commit() == other.commit()
    }

    fn commit(&self) -> Option<&Commit> {
        match self {
            Self::NoSuchPath { commit, .. }
            | Self::TooMuch { commit, .. }
            | Self::NotSigned { commit, .. }
            | Self::Rewritten { to: commit, .. } => Some(commit),
            Self::Folder { .. }
            | Self::Unreachable { .. }
            | Self::NoSuchRef { .. }
            | Self::NoManifests(_)
            | Self::NoToken { .. }
            | Self::Git { .. } => None,
        }
    }

    /// The reason of a condition.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Folder { .. } => Reason::FolderUnreadable,
            Self::Unreachable { .. } => Reason::SourceUnreachable,
            Self::NoSuchRef { .. } => Reason::NoSuchRef,
            Self::NoSuchPath { .. } => Reason::NoSuchPath,
            Self::NoManifests(_) => Reason::NoManifests,
            Self::TooMuch { .. } => Reason::TooMuch,
            Self::Rewritten { .. } => Reason::HistoryRewritten,
            Self::NotSigned { .. } => Reason::NotSigned,
            Self::NoToken { .. } => Reason::NoCredential,
            Self::Git { .. } => Reason::GitFailed,
        }
    }
}

/// A source that can be looked at again and again.
pub enum Source {
    /// A folder.
    Folder(FolderSource),
    /// A repository.
    Git(Box<git::GitSource>),
}

impl Source {
    /// Looks whether anything is new.
    ///
    /// # Errors
    /// Nothing can be said; what was found before stays good.
    pub async fn look(&mut self, now: Timestamp) -> Result<Looked, SourceError> {
        match self {
            Self::Folder(folder) => folder.look(now),
            Self::Git(git) => git.look().await,
        }
    }

    /// Something is heard to have changed: it is worth a look before its time. Never, where nobody tells.
    pub(super) async fn heard(&self) {
        match self {
            Self::Folder(FolderSource { watch: Some(watch), .. }) => watch.heard().await,
            Self::Git(git) => git.heard().await,
            Self::Folder(_) => std::future::pending().await,
        }
    }
}

/// A folder, read as a whole each time: its files have no revision.
pub struct FolderSource {
    folder: PathBuf,
    /// What was told last, and whether it was said to be all.
    last: Option<(Files, bool)>,
    /// Which files the last look found, and since when it is these.
    standing: Option<(BTreeSet<String>, Timestamp)>,
    watch: Option<Watch>,
}

/// How long a folder must have the same files before they are all that there is: whoever copies it, or takes another branch,
/// has some away for a moment, and with prune on what they name would go.
pub const SETTLED: Duration = Duration::from_secs(10);

impl FolderSource {
    /// Nothing is read yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, last: None, standing: None, watch: None }
    }

    /// The same, and listens for changes where the system tells of them.
    #[must_use]
    pub fn watched(self) -> Self {
        Self { watch: Watch::new(&self.folder), ..self }
    }

    /// What is new is told at once, for only deletions have to wait until it is all; but files that were told of and are gone
    /// stay until then.
    fn look(&mut self, now: Timestamp) -> Result<Looked, SourceError> {
        // Only what stands still from one look to the next settles: a look that fails begins it anew.
        let standing = self.standing.take();
        let folder = || self.folder.display().to_string();
        let files = folder::read(&self.folder)
            .map_err(|error| SourceError::Folder { folder: folder(), why: error.to_string() })?;
        if files.is_empty() {
            return Err(SourceError::NoManifests(folder()));
        }
        let names = files.names();
        let since = standing.filter(|(before, _)| *before == names).map_or(now, |(_, since)| since);
        let settled = now.since(since) >= SETTLED;
        let some_are_gone = self.last.as_ref().is_some_and(|(last, _)| !last.names().is_subset(&names));
        self.standing = Some((names, since));
        match &mut self.last {
            Some((last, true)) if *last == files => return Ok(Looked::Unchanged),
            Some((last, all)) if *last == files => {
                *all = settled;
                return Ok(if settled { Looked::Settled } else { Looked::Settling });
            }
            _ if some_are_gone && !settled => return Ok(Looked::Settling),
            _ => {}
        }
        self.last = Some((files.clone(), settled));
        let lineage = BTreeSet::new();
        Ok(Looked::Moved(Snapshot { commit: None, lineage, files, verified: false, asks: None, settled }))
    }
}
