//! The files of a commit's folder, as blobs.

use std::collections::BTreeMap;

use super::command::Repository;
use crate::daemon::source::SourceError;
use crate::manifest::MAX_BYTES;
use crate::manifest::files::{Files, is_manifest};
use crate::model::id::Commit;

/// A folder of a commit.
pub(super) struct Tree<'t> {
    pub(super) repository: &'t Repository,
    pub(super) commit: &'t Commit,
    /// Without slashes at its ends; empty for all of it.
    pub(super) path: &'t str,
}

/// Something in the folder that may hold manifests.
pub(super) struct Entry {
    name: String,
    what: What,
}

/// What there is in the folder.
pub(super) struct Listed {
    pub(super) manifests: Vec<Entry>,
    /// What a manifest may name.
    pub(super) others: Vec<Entry>,
}

impl Entry {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

enum What {
    Blob(String),
    Link,
}

/// Of one commit.
const MOST_FILES: usize = 10_000;

/// Of all manifests of a commit together: those of a thousand applications are a few.
const MOST_MEBIBYTES: usize = 32;

impl Tree<'_> {
    /// Everything, hidden files and folders left out.
    pub(super) async fn list(&self) -> Result<Listed, SourceError> {
        let path = self.path.trim_matches('/');
        let below = format!("{}:{path}", self.commit);
        let kind = self.repository.run(&["cat-file", "-t", &below], &[]).await.unwrap_or_default();
        if kind.trim_ascii() != b"tree" {
            return Err(SourceError::NoSuchPath { commit: self.commit.clone(), path: path.to_owned() });
        }
        let listed = self.repository.run(&["ls-tree", "-r", "-z", "--full-tree", &below], &[]).await?;
        let mut listed_files = Listed { manifests: Vec::new(), others: Vec::new() };
        for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
            let line = String::from_utf8_lossy(line);
            let Some((about, name)) = line.split_once('\t') else { continue };
            let mut about = about.split(' ');
            let (mode, _, object) = (about.next().unwrap_or_default(), about.next(), about.next().unwrap_or_default());
            if name.split('/').any(|part| part.starts_with('.')) {
                continue;
            }
            let entries = if is_manifest(name) { &mut listed_files.manifests } else { &mut listed_files.others };
            let name = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            entries.push(match mode {
                "100644" | "100755" | "100664" => Entry { name, what: What::Blob(object.to_owned()) },
                "120000" => Entry { name, what: What::Link },
                // A submodule is another repository.
                _ => continue,
            });
        }
        let count = listed_files.manifests.len();
        if count > MOST_FILES {
            return Err(self.too_much(format!("{count} manifests, more than the {MOST_FILES} that are read,")));
        }
        Ok(listed_files)
    }

    /// The blobs that have not been fetched yet.
    pub(super) async fn missing(&self, entries: &[Entry]) -> Result<Vec<String>, SourceError> {
        let sizes = self.sizes(entries).await?;
        Ok(sizes.into_iter().filter(|(_, size)| size.is_none()).map(|(object, _)| object).collect())
    }

    /// The files. Of one that is too large only that much is kept as says so.
    pub(super) async fn read(&self, entries: Vec<Entry>) -> Result<Files, SourceError> {
        let contents = self.contents(&entries).await?;
        let mut files = Files::default();
        for Entry { name, what } in entries {
            match what {
                What::Link => files.cannot(&name, "is a link, and no link is followed", "put the file itself there"),
                What::Blob(object) => files.take(name, found(&contents, &object)),
            }
        }
        Ok(files)
    }

    /// The bytes of encrypted files, by name.
    pub(super) async fn encrypted(&self, entries: Vec<Entry>) -> Result<Encrypted, SourceError> {
        let contents = self.contents(&entries).await?;
        let bytes = |what: What| match what {
            What::Link => Err("is a link, and no link is followed".to_owned()),
            What::Blob(object) => Ok(found(&contents, &object)),
        };
        Ok(entries.into_iter().map(|Entry { name, what }| (name, bytes(what))).collect())
    }

    fn too_much(&self, what: String) -> SourceError {
        SourceError::TooMuch { commit: self.commit.clone(), what }
    }

    /// The blobs that are not too large.
    async fn contents(&self, entries: &[Entry]) -> Result<BTreeMap<String, Vec<u8>>, SourceError> {
        let broken = |why: &str| SourceError::Git { command: "cat-file".to_owned(), why: why.to_owned() };
        let mut asked = Vec::new();
        let mut total = 0;
        for (object, size) in self.sizes(entries).await? {
            match size {
                Some(size) if size <= MAX_BYTES => {
                    total += size;
                    asked.push(object);
                }
                Some(_) => {}
                None => return Err(broken("the server left out a file")),
            }
        }
        if total > MOST_MEBIBYTES << 20 {
            let what = format!("{} MiB of manifests, more than the {MOST_MEBIBYTES} that are read,", total >> 20);
            return Err(self.too_much(what));
        }
        let answer =
            self.repository.run(&["cat-file", "--batch"], lines(asked.iter().map(String::as_str)).as_bytes()).await?;
        blobs(&answer).ok_or_else(|| broken("an answer that cannot be read"))
    }

    async fn sizes(&self, entries: &[Entry]) -> Result<Vec<(String, Option<usize>)>, SourceError> {
        let objects = entries.iter().filter_map(|entry| match &entry.what {
            What::Blob(object) => Some(object.as_str()),
            What::Link => None,
        });
        let asked = lines(objects);
        let answer = self.repository.run(&["cat-file", "--batch-check=%(objectname) %(objectsize)"], asked.as_bytes());
        let answer = answer.await?;
        let answer = String::from_utf8_lossy(&answer);
        let each = |line: &str| {
            let (object, size) = line.split_once(' ').unwrap_or((line, ""));
            (object.to_owned(), size.parse().ok())
        };
        Ok(answer.lines().map(each).collect())
    }
}

/// Encrypted files by name, or why they cannot be read.
type Encrypted = BTreeMap<String, Result<Vec<u8>, String>>;

/// What is not among the blobs was too large for them.
fn found(contents: &BTreeMap<String, Vec<u8>>, object: &str) -> Vec<u8> {
    contents.get(object).cloned().unwrap_or_else(|| vec![b' '; MAX_BYTES + 1])
}

/// Names of objects, as Git reads them.
pub(super) fn lines<'l>(objects: impl Iterator<Item = &'l str>) -> String {
    objects.flat_map(|object| [object, "\n"]).collect()
}

/// What `cat-file --batch` answered: a line on each blob, its bytes, and a line feed.
fn blobs(mut answer: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    while !answer.is_empty() {
        let end = answer.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&answer[..end]).ok()?;
        let mut words = line.split(' ');
        let (object, _, size) = (words.next()?, words.next()?, words.next()?.parse::<usize>().ok()?);
        let bytes = answer.get(end + 1..end + 1 + size)?;
        found.insert(object.to_owned(), bytes.to_vec());
        answer = answer.get(end + 2 + size..)?;
    }
    Some(found)
}
