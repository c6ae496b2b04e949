//! A Git repository as a source. Commits and folders are fetched in full, files as they are needed, into a bare repository
//! of our own; files are read as blobs. There is no checkout, so no hook, filter, submodule or link is ever followed.
//!
//! Remembers the commit that is in force, as long as the process lives. Knows nothing of manifests but their names.

mod address;
mod command;
mod token;
mod tree;
mod upkeep;
mod verify;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::applied::Applied;
use super::{CommitInfo, Looked, Snapshot, SourceError};
use crate::manifest::ciphertexts::mentioned;
use crate::manifest::files::Files;
use crate::model::id::Commit;
use command::{Failure, Repository};
use tree::Listed;

pub use address::{Address, AddressError};
pub use command::PASSED_ON;
pub use token::{Token, TokenFrom};
pub use verify::{Allowed, Mode, Signers};

/// What is fetched last of all.
const HEAD: &str = "refs/evenkeel/head";

/// Nothing is followed, tidied or taken along that was not asked for.
const FETCH: [&str; 7] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--recurse-submodules=no",
    "--filter=blob:none",
];

/// Files are missing from commits that we have: a server that is told of those may think that we have the files too.
const OFFERING_NOTHING: [&str; 2] = ["-c", "fetch.negotiationAlgorithm=noop"];

/// How long one command may take.
const LIMIT: Duration = Duration::from_mins(5);

/// Where to fetch from, and what to believe.
pub struct GitSettings {
    /// The repository.
    pub address: Address,
    /// What of it.
    pub wanted: Wanted,
    /// The folder in it; empty for all of it.
    pub path: String,
    /// How to sign in; absent where SSH does that, or nobody need.
    pub token: Option<TokenFrom>,
    /// Commits that count as contained after a rewritten history.
    pub rewind_from: BTreeSet<Commit>,
    /// Which commits are believed.
    pub signers: Option<Signers>,
    /// A folder of our own, which may be lost at any time.
    pub cache: PathBuf,
    /// The process's environment: of it, [`PASSED_ON`] is used.
    pub environment: Vec<(String, OsString)>,
}

/// A branch, a tag or a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The head of a branch; `None` for the server's own choice.
    Branch(Option<String>),
    /// What a tag names.
    Tag(String),
    /// That commit and no other.
    Commit(Commit),
}

/// A repository that is looked at again and again.
pub struct GitSource {
    settings: GitSettings,
    repository: Repository,
    ready: bool,
    /// The commit that is in force.
    last: Option<Commit>,
    /// While nobody has said from which commit on all must be signed.
    start: Option<Start>,
}

/// After a start: what was applied before it is not known here.
struct Start {
    applied: Applied,
    /// The commit that was told of, and that nothing is carried out from yet.
    shown: Option<Commit>,
}

impl GitSource {
    /// Nothing is fetched yet.
    pub fn new(settings: GitSettings) -> Self {
        let GitSettings { address, cache, environment, .. } = &settings;
        let repository = Repository::new(cache.join("source.git"), address, environment, LIMIT);
        let every = settings.signers.as_ref().is_some_and(|signers| signers.mode == Mode::EveryCommit);
        let applied = if settings.rewind_from.is_empty() { Applied::default() } else { Applied::of_all() };
        let start = every.then_some(Start { applied, shown: None });
        Self { settings, repository, ready: false, last: None, start }
    }

    /// Waits until there is something new to be done with what was fetched.
    pub(super) async fn heard(&self) {
        match &self.start {
            Some(start) if start.shown.is_some() => start.applied.told().await,
            _ => std::future::pending().await,
        }
    }

    /// Fetches, and reads what is new.
    ///
    /// # Errors
    /// Why there is nothing new to believe; the commit in force stays.
    pub async fn look(&mut self) -> Result<Looked, SourceError> {
        self.prepare().await?;
        let token = self.settings.token.as_ref().map(TokenFrom::read).transpose()?;
        if let Err(error) = self.fetch(token.as_ref()).await {
            upkeep::sweep(self.repository.folder());
            self.ready = self.is_whole().await;
            return Err(error);
        }
        let looked = self.read(token.as_ref()).await;
        match &looked {
            // What was fetched is not whole: the next look begins anew.
            Err(SourceError::Git { .. }) => self.ready = false,
            // Nor is what cannot be gathered.
            Ok(Looked::Moved(_)) => self.ready = upkeep::gather(&self.repository).await.is_ok(),
            Err(SourceError::Unreachable { .. }) => upkeep::sweep(self.repository.folder()),
            _ => {}
        }
        looked
    }

    /// Is our own repository in order, as far as a moment tells?
    async fn is_whole(&self) -> bool {
        let Some(last) = &self.last else { return true };
        self.repository.run(&["cat-file", "-e", &format!("{last}^{{tree}}")], &[]).await.is_ok()
    }

    async fn prepare(&mut self) -> Result<(), SourceError> {
        if self.ready {
            return Ok(());
        }
        let folder = self.repository.folder().to_owned();
        let local = |why: std::io::Error| SourceError::Git { command: "init".to_owned(), why: why.to_string() };
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(local)?;
        }
        std::fs::create_dir_all(&folder).map_err(local)?;
        self.git(&["init", "--quiet", "--bare", "--template="], &[]).await?;
        let url = self.settings.address.as_str();
        for (key, value) in [
            ("remote.origin.url", url),
            ("remote.origin.promisor", "true"),
            ("remote.origin.partialclonefilter", "blob:none"),
        ] {
            self.git(&["config", key, value], &[]).await?;
        }
        self.ready = true;
        Ok(())
    }

    async fn fetch(&self, token: Option<&Token>) -> Result<(), SourceError> {
        let (from, named) = match &self.settings.wanted {
            Wanted::Branch(Some(branch)) => (format!("refs/heads/{branch}"), format!("branch {branch}")),
            Wanted::Branch(None) => ("HEAD".to_owned(), "branch of its own choice".to_owned()),
            Wanted::Tag(tag) => (format!("refs/tags/{tag}"), format!("tag {tag}")),
            Wanted::Commit(commit) => (commit.to_string(), format!("commit {commit}")),
        };
        let refspec = format!("+{from}:{HEAD}");
        self.ask_server(&[], &["origin", &refspec], &[], token).await.map_err(|Failure { command: _, words }| {
            let url = self.settings.address.to_string();
            let missing = ["couldn't find remote ref", "not our ref", "no matching remote head"];
            if missing.iter().any(|text| words.contains(text)) {
                SourceError::NoSuchRef { url, wanted: named }
            } else {
                SourceError::Unreachable { url, why: words }
            }
        })
    }

    async fn read(&mut self, token: Option<&Token>) -> Result<Looked, SourceError> {
        let head = self.git(&["rev-parse", "--verify", "--quiet", &format!("{HEAD}^{{commit}}")], &[]).await?;
        let head = Commit::new(String::from_utf8_lossy(&head).trim());
        // Looked at once: the answer may come at any moment.
        let applied = self.start.as_ref().and_then(|start| start.applied.commits());
        let shown = self.start.as_ref().and_then(|start| start.shown.as_ref()).filter(|_| applied.is_none());
        if self.last.as_ref().or(shown) == Some(&head) {
            return Ok(Looked::Unchanged);
        }
        let contained = self.contained(&head).await?;
        let accepted = self.accepted().await;
        let lineage: BTreeSet<Commit> = contained.union(&accepted).cloned().collect();
        if let Some(from) = self.last.as_ref().filter(|from| !lineage.contains(*from)) {
            return Err(SourceError::Rewritten { from: from.clone(), to: head });
        }
        if let Some(signers) = &self.settings.signers {
            let since = self.since(&contained, &accepted, applied.as_ref(), &head)?;
            verify::verify(&self.repository, signers, &since, &head).await?;
        }
        let files = self.files(&head, token).await?;
        if files.is_empty() {
            return Err(SourceError::NoManifests(format!("commit {head}")));
        }
        let commit = Some(self.describe(&head).await?);
        match &mut self.start {
            Some(start) if applied.is_none() => start.shown = Some(head),
            _ => (self.start, self.last) = (None, Some(head)),
        }
        let asks = self.start.as_ref().map(|start| start.applied.clone());
        let verified = self.settings.signers.is_some();
        Ok(Looked::Moved(Snapshot { commit, lineage, files, verified, asks, settled: true }))
    }

    /// The commits after which all must be signed: the one in force, or those that were last applied before the start. None
    /// where nothing was, where that is not known yet, and where all that is known is of the history that the operator gave up.
    ///
    /// One of those that were applied is enough: which was in force is not known, and law 9 holds what was applied from the
    /// others. To refuse a head that lacks any would have each commit that is left in a mark named, for as long as it is.
    fn since(
        &self,
        contained: &BTreeSet<Commit>,
        accepted: &BTreeSet<Commit>,
        applied: Option<&BTreeSet<Commit>>,
        head: &Commit,
    ) -> Result<Vec<Commit>, SourceError> {
        let none = BTreeSet::new();
        let applied = applied.unwrap_or(&none);
        let known: BTreeSet<Commit> = applied.intersection(contained).cloned().collect();
        // What a named commit contains says nothing of the history that came instead; what was applied from that does.
        let fresh: BTreeSet<Commit> = known.difference(accepted).cloned().collect();
        let since = match applied.first() {
            _ if !fresh.is_empty() => fresh,
            _ if !applied.is_disjoint(&self.settings.rewind_from) => none,
            // Nothing says from where on this history had to be signed.
            Some(from) if known.is_empty() => {
                return Err(SourceError::Rewritten { from: from.clone(), to: head.clone() });
            }
            _ => known,
        };
        Ok(self.last.iter().cloned().chain(since).collect())
    }

    async fn contained(&self, head: &Commit) -> Result<BTreeSet<Commit>, SourceError> {
        let all = self.git(&["rev-list", head.as_str()], &[]).await?;
        Ok(String::from_utf8_lossy(&all).lines().map(Commit::new).collect())
    }

    /// The commits that the configuration names, and what they contain, which is only known where it was fetched once.
    async fn accepted(&self) -> BTreeSet<Commit> {
        let mut accepted = self.settings.rewind_from.clone();
        for commit in &self.settings.rewind_from {
            if let Ok(older) = self.repository.run(&["rev-list", commit.as_str(), "--"], &[]).await {
                accepted.extend(String::from_utf8_lossy(&older).lines().map(Commit::new));
            }
        }
        accepted
    }

    async fn describe(&self, commit: &Commit) -> Result<CommitInfo, SourceError> {
        let said = self.git(&["log", "-1", "--format=%an <%ae>%n%s", commit.as_str(), "--"], &[]).await?;
        let said = String::from_utf8_lossy(&said);
        let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(200).collect::<String>();
        let mut lines = said.lines().map(clean);
        let (author, subject) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        Ok(CommitInfo { id: commit.clone(), author, subject })
    }

    async fn files(&self, commit: &Commit, token: Option<&Token>) -> Result<Files, SourceError> {
        let tree = tree::Tree { repository: &self.repository, commit, path: &self.settings.path };
        let Listed { manifests, others } = tree.list().await?;
        self.fetch_missing(&tree, &manifests, token).await?;
        let mut files = tree.read(manifests).await?;
        // What is encrypted is fetched only where a manifest names it.
        let named = mentioned(&files.read);
        let others: Vec<_> = others.into_iter().filter(|entry| named.contains(entry.name())).collect();
        self.fetch_missing(&tree, &others, token).await?;
        let mut encrypted = tree.encrypted(others).await?;
        files.set_apart(|name| encrypted.remove(name).unwrap_or_else(|| Err("does not exist".to_owned())));
        Ok(files)
    }

    async fn fetch_missing(
        &self,
        tree: &tree::Tree<'_>,
        entries: &[tree::Entry],
        token: Option<&Token>,
    ) -> Result<(), SourceError> {
        let missing = tree.missing(entries).await?;
        if !missing.is_empty() {
            let wanted = tree::lines(missing.iter().map(String::as_str));
            let asked = self.ask_server(&OFFERING_NOTHING, &["--stdin", "origin"], wanted.as_bytes(), token).await;
            asked.map_err(|Failure { command: _, words }| SourceError::Unreachable {
                url: self.settings.address.to_string(),
                why: words,
            })?;
        }
        Ok(())
    }

    async fn git(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>, SourceError> {
        self.repository.run(args, input).await.map_err(SourceError::from)
    }

    /// Fetches commits, folders or files.
    async fn ask_server(
        &self,
        settings: &[&str],
        what: &[&str],
        input: &[u8],
        token: Option<&Token>,
    ) -> Result<(), Failure> {
        let server = self.settings.address.server();
        let args: Vec<&str> = settings.iter().chain(&FETCH).chain(what).copied().collect();
        self.repository.run_with(&args, input, server.as_deref().zip(token)).await.map(drop)
    }
}

impl From<Failure> for SourceError {
    fn from(Failure { command, words }: Failure) -> Self {
        Self::Git { command, why: words }
    }
}
