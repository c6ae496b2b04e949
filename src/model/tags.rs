//! What evenkeel writes on the objects it owns: there is no database.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::id::{Commit, Installation, ResourceId};
use super::time::Timestamp;

/// Tags as AWS keeps them.
pub type Tags = BTreeMap<String, String>;

/// Who manages the object.
pub const INSTALLATION: &str = "evenkeel.dev/installation";
/// `Kind/name` of the manifest behind the object.
pub const RESOURCE: &str = "evenkeel.dev/resource";
/// The [`Mark`] of the last change.
pub const APPLIED: &str = "evenkeel.dev/applied";
/// The generation of a secret's value that was made last.
pub const GENERATION: &str = "evenkeel.dev/generation";
/// Present on objects that existed before evenkeel took them over.
pub const ADOPTED: &str = "evenkeel.dev/adopted";

/// The tags that say whose an object is.
pub fn ownership(installation: &Installation, resource: &ResourceId) -> Tags {
    [(INSTALLATION.to_owned(), installation.to_string()), (RESOURCE.to_owned(), resource.to_string())].into()
}

/// Does the object carry this installation's tags?
pub fn is_ours(tags: &Tags, installation: &Installation) -> bool {
    tags.get(INSTALLATION).is_some_and(|owner| owner == installation.as_str())
}

/// The installation that manages the object, as its tags say.
pub fn owner(tags: &Tags) -> Option<&String> {
    tags.get(INSTALLATION)
}

/// May this installation change the object: it is its own, or nobody's and its manifest says to take it over? What another
/// installation owns is taken by a person alone: two manifests that both ask for it would take it from each other for ever.
pub fn may_change(tags: &Tags, installation: &Installation, adopt: bool) -> bool {
    is_ours(tags, installation) || (adopt && owner(tags).is_none())
}

/// The tags that belong to the user: without evenkeel's and without those that AWS reserves.
pub fn of_the_user(tags: &Tags) -> Tags {
    let theirs = |key: &str| !key.starts_with("evenkeel.dev/") && !key.starts_with("aws:");
    tags.iter().filter(|(key, _)| theirs(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// SHA-256 of what was written, in hexadecimal. Never of a secret's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Of the JSON text of a value whose maps are ordered. [`unknown`](Self::unknown) for what JSON cannot say.
    pub fn of(value: &impl Serialize) -> Self {
        let Ok(text) = serde_json::to_vec(value) else { return Self::unknown() };
        Self(Sha256::digest(text).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
    }

    /// Stands for what is not known.
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// The hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a change leaves behind, less the time that the executor adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The tag: [`APPLIED`], or one of the installation's own where others manage the object too.
    pub tag: String,
    /// Digest of the desired fields.
    pub digest: Digest,
    /// The commit that they came from.
    pub commit: Option<Commit>,
    /// Digest of the versions of secrets with which a service was told to run; absent where it reads none in a version.
    pub versions: Option<Digest>,
}

impl Stamp {
    /// The mark of this change at this time.
    pub fn at(&self, time: Timestamp) -> Mark {
        let Self { tag: _, digest, versions, commit } = self.clone();
        Mark { digest, versions, commit, at: time }
    }
}

/// The value of a stamp's tag: `v1:<digest>:<commit or ->:<unix seconds>`, of a service that reads secrets in versions
/// `v1:<digest>.<digest of the versions>:…`: note 0020 says why they stand there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Digest of the fields written.
    pub digest: Digest,
    /// The commit that they came from.
    pub commit: Option<Commit>,
    /// Digest of the versions of secrets with which a service was told to run; absent where that is not known.
    pub versions: Option<Digest>,
    /// When, to the second.
    pub at: Timestamp,
}

impl Mark {
    /// Reads the mark from one of an object's tags; `None` where there is none or one of another scheme.
    pub fn read(tags: &Tags, tag: &str) -> Option<Self> {
        let mut fields = tags.get(tag)?.split(':');
        let (scheme, digest, commit, seconds) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        if scheme != "v1" || fields.next().is_some() {
            return None;
        }
        let (digest, versions) = match digest.split_once('.') {
            Some((digest, versions)) => (digest, Some(Digest(versions.to_owned()))),
            None => (digest, None),
        };
        Some(Self {
            digest: Digest(digest.to_owned()),
            versions,
            commit: (commit != "-").then(|| Commit::new(commit)),
            at: Timestamp::from_secs(seconds.parse().ok()?),
        })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digest, versions, commit, at } = self;
        let versions = versions.iter().fold(String::new(), |text, versions| text + "." + versions.as_str());
        let commit = commit.as_ref().map_or("-", Commit::as_str);
        write!(f, "v1:{}{versions}:{commit}:{}", digest.as_str(), at.as_secs())
    }
}
