//! Where a container's secret comes from: the grammar of `valueFrom`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::id::{Stage, VersionId};
use super::path::{Path, Segment};

/// The Docker label of a container that says for which versions its revision was made.
pub const VERSIONS_LABEL: &str = "evenkeel.dev/secret-versions";

/// A place of a task definition that can name a secret. As text it is its [`path`](Self::path).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The container.
    pub container: String,
    /// Where in the container.
    pub place: Place,
}

/// The three places of a container that take a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An environment variable.
    Environment(String),
    /// An option of the log driver.
    LogOption(String),
    /// The credentials of a private registry; always the whole secret, never pinned.
    Registry,
}

impl Slot {
    /// The path in ECS's own words.
    pub fn path(&self) -> Path {
        let container = Path::of("containerDefinitions").element(&self.container);
        match &self.place {
            Place::Environment(name) => container.member("secrets").element(name),
            Place::LogOption(name) => container.member("logConfiguration").member("secretOptions").element(name),
            Place::Registry => container.member("repositoryCredentials"),
        }
    }

    /// The slot at a path.
    fn at(path: &Path) -> Option<Self> {
        use Segment::{Element, Member};
        let [Member(list), Element(container), rest @ ..] = path.segments() else { return None };
        let member = |segment: &Segment, name: &str| matches!(segment, Member(member) if member == name);
        let place = match rest {
            [secrets, Element(name)] if member(secrets, "secrets") => Place::Environment(name.clone()),
            [log, options, Element(name)] if member(log, "logConfiguration") && member(options, "secretOptions") => {
                Place::LogOption(name.clone())
            }
            [credentials] if member(credentials, "repositoryCredentials") => Place::Registry,
            _ => return None,
        };
        (list == "containerDefinitions").then(|| Self { container: container.clone(), place })
    }

    /// The name under which [`VERSIONS_LABEL`] keeps this slot's version: a name of its own, whatever variables are called.
    fn label(&self) -> String {
        match &self.place {
            Place::Environment(name) => escaped(name),
            Place::LogOption(name) => format!("log/{}", escaped(name)),
            Place::Registry => "registry/".to_owned(),
        }
    }
}

impl Serialize for Slot {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.path())
    }
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = Path::deserialize(deserializer)?;
        Self::at(&path).ok_or_else(|| serde::de::Error::custom(format!("`{path}` is no place of a secret")))
    }
}

/// Which version of a secret a container reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// Exactly this one, whatever happens to the secret.
    Pinned(VersionId),
    /// The one that carries the stage when the container starts; the id is the one that the revision was made for.
    Follows(Option<VersionId>),
}

impl Version {
    /// The version that the revision was made for, if it says so.
    pub fn id(&self) -> Option<&VersionId> {
        match self {
            Self::Pinned(id) => Some(id),
            Self::Follows(id) => id.as_ref(),
        }
    }
}

/// What a slot names. The parameter is how the secret is named: `Ref<Arn>` as planned, `Arn` as observed and sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SecretSource<R> {
    /// A secret of Secrets Manager.
    Secret {
        /// The secret.
        arn: R,
        /// A key of its JSON object; absent: the whole text.
        key: Option<String>,
        /// The staging label to follow; absent: `AWSCURRENT`.
        stage: Option<Stage>,
        /// Which version.
        version: Version,
    },
    /// An SSM parameter, by name or ARN, or any other text that ECS takes.
    Other(String),
}

impl<R> SecretSource<R> {
    /// The version that its revision was made for, if it says so.
    pub fn version(&self) -> Option<&VersionId> {
        match self {
            Self::Secret { version, .. } => version.id(),
            Self::Other(_) => None,
        }
    }

    /// Replaces the reference.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn try_map<S, E>(&self, f: impl Fn(&R) -> Result<S, E>) -> Result<SecretSource<S>, E> {
        Ok(match self {
            Self::Secret { arn, key, stage, version } => {
                SecretSource::Secret { arn: f(arn)?, key: key.clone(), stage: stage.clone(), version: version.clone() }
            }
            Self::Other(text) => SecretSource::Other(text.clone()),
        })
    }
}

impl SecretSource<Arn> {
    /// Reads a `valueFrom`, with the version that the container's label gives for it.
    ///
    /// An ARN of Secrets Manager has 7 colon-separated fields, or 10 with JSON key, stage and version id
    /// (the agent's own parser; see `docs/aws-behaviour.md`). Everything else is kept as it is.
    pub fn parse(value_from: &str, recorded: Option<VersionId>) -> Self {
        let fields: Vec<&str> = value_from.split(':').collect();
        if fields.len() < 7 || fields[0] != "arn" || fields[2] != "secretsmanager" {
            return Self::Other(value_from.to_owned());
        }
        let text = |index: usize| fields.get(index).filter(|field| !field.is_empty()).map(|field| (*field).to_owned());
        if fields.len() != 7 && fields.len() != 10 {
            return Self::Other(value_from.to_owned());
        }
        let version = text(9).map_or(Version::Follows(recorded), |id| Version::Pinned(VersionId::new(id)));
        // An explicit `AWSCURRENT` is what ECS reads anyway.
        let implied = |stage: &String| matches!(version, Version::Follows(_)) && stage == Stage::CURRENT;
        let stage = text(8).filter(|stage| !implied(stage)).map(Stage::new);
        Self::Secret { arn: Arn::new(fields[..7].join(":")), key: text(7), stage, version }
    }
}

impl fmt::Display for SecretSource<Arn> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Secret { arn, key, stage, version } = self else {
            let Self::Other(text) = self else { return Ok(()) };
            return f.write_str(text);
        };
        let pinned = match version {
            Version::Pinned(id) => id.as_str(),
            Version::Follows(_) => "",
        };
        let (key, stage) = (key.as_deref().unwrap_or(""), stage.as_ref().map_or("", Stage::as_str));
        if key.is_empty() && stage.is_empty() && pinned.is_empty() {
            return write!(f, "{arn}");
        }
        write!(f, "{arn}:{key}:{stage}:{pinned}")
    }
}

/// A name without what separates entries and kinds of places in the label.
fn escaped(name: &str) -> String {
    name.chars().fold(String::new(), |text, c| match c {
        ' ' => text + "%20",
        '%' => text + "%25",
        '/' => text + "%2F",
        '=' => text + "%3D",
        c => text + c.encode_utf8(&mut [0; 4]),
    })
}

/// The label of one container: the versions of its followed secrets, or `None` where there are none.
pub(super) fn write_label(slots: &BTreeMap<Slot, SecretSource<Arn>>, container: &str) -> Option<String> {
    let of_container = slots.iter().filter(|(slot, _)| slot.container == container);
    let entries: Vec<String> = of_container
        .filter_map(|(slot, source)| match source {
            SecretSource::Secret { version: Version::Follows(Some(id)), .. } => Some(format!("{}={id}", slot.label())),
            _ => None,
        })
        .collect();
    (!entries.is_empty()).then(|| entries.join(" "))
}

/// The version that a label gives for a slot.
pub(super) fn read_label(label: Option<&str>, slot: &Slot) -> Option<VersionId> {
    let name = slot.label();
    let entries = label?.split(' ').filter_map(|entry| entry.rsplit_once('='));
    entries.filter(|(slot, _)| *slot == name).map(|(_, id)| VersionId::new(id)).next()
}
