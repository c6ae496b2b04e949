//! Where the value of a secret comes from: a rule, or a ciphertext; and which version it will be. Never a value.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::id::{SecretName, VersionId};
use super::kms::KmsFile;
use super::password::PasswordRules;
use super::sops::SopsFile;
use super::tags::Digest;

/// Where a value comes from that evenkeel writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum ValueSource {
    /// It is made once for each generation.
    Generate(Generate),
    /// It stands beside the manifest, encrypted.
    Encrypted(Encrypted),
}

/// The generation of a generated value whose manifest names none.
pub const FIRST_GENERATION: u32 = 1;

/// A rule by which a value is made.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Generate {
    /// What the password is made of.
    pub rules: PasswordRules,
    /// Absent: the password alone is the value.
    pub json: Option<Template>,
    /// From 1; a higher number than the one that was made last makes the next value.
    pub generation: u32,
}

/// A JSON object that takes the password in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Template {
    /// The other members.
    pub members: Map<String, Value>,
    /// The member that holds the password.
    pub key: String,
}

/// A ciphertext.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Encrypted {
    /// For which secret.
    pub secret: SecretName,
    /// When it is written.
    pub write: WritePolicy,
    /// The file, as its manifest names it: a path from the manifest's own folder.
    #[serde(skip)]
    pub path: String,
    /// The file, as people know it.
    pub file: String,
    /// What of the file makes up the value, digested: another digest is another version.
    pub digest: Digest,
    /// The keys of the value, where the format shows them.
    pub keys: Option<BTreeSet<String>>,
    /// The file itself.
    #[serde(skip)]
    pub ciphertext: Ciphertext,
}

/// A file that was read as what it is said to be.
#[derive(Clone, PartialEq, Eq)]
pub enum Ciphertext {
    /// All bytes of one that `age` made.
    Age(Arc<[u8]>),
    /// One for a key of KMS.
    Kms(Arc<KmsFile>),
    /// One of SOPS.
    Sops(Arc<SopsFile>),
}

/// How a value is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A file of the program `age`.
    Age,
    /// By a data key that a key of KMS wraps.
    Kms,
    /// A file of SOPS, for keys of age or KMS.
    Sops,
}

/// When an encrypted value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WritePolicy {
    /// Whenever the secret's current version is another one.
    #[default]
    Enforce,
    /// Only where the secret has no current version.
    Seed,
}

impl ValueSource {
    /// The id of the version that holds the value: Secrets Manager takes the ClientRequestToken of a write for it. Derived
    /// from what is in Git, so that a write that is repeated makes no second version, and nobody compares values.
    pub fn version(&self, secret: &SecretName) -> VersionId {
        let digest = match self {
            Self::Generate(Generate { rules: _, json: _, generation }) => {
                Digest::of(&("evenkeel.dev/generate", secret, generation))
            }
            Self::Encrypted(Encrypted { digest, .. }) => Digest::of(&("evenkeel.dev/encrypted", secret, digest)),
        };
        VersionId::new(digest.as_str())
    }

    /// The number that the secret's tag records.
    pub fn generation(&self) -> Option<u32> {
        match self {
            Self::Generate(generate) => Some(generate.generation),
            Self::Encrypted(_) => None,
        }
    }

    /// The version that is wanted for as long as the manifest stays as it is; `None` where others may write the next one.
    pub fn enforced(&self, secret: &SecretName) -> Option<VersionId> {
        match self {
            Self::Encrypted(Encrypted { write: WritePolicy::Seed, .. }) => None,
            Self::Generate(_) | Self::Encrypted(_) => Some(self.version(secret)),
        }
    }

    /// The keys of the JSON object that the value is; `None` where that is not known, empty where it is none.
    pub fn keys(&self) -> Option<BTreeSet<String>> {
        match self {
            Self::Generate(Generate { json: None, .. }) => Some(BTreeSet::new()),
            Self::Generate(Generate { json: Some(Template { members, key }), .. }) => {
                Some(members.keys().chain([key]).cloned().collect())
            }
            Self::Encrypted(encrypted) => encrypted.keys.clone(),
        }
    }
}

impl Ciphertext {
    /// How it is encrypted.
    pub fn format(&self) -> Format {
        match self {
            Self::Age(_) => Format::Age,
            Self::Kms(_) => Format::Kms,
            Self::Sops(_) => Format::Sops,
        }
    }
}

impl Format {
    /// The word of a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Kms => "kms",
            Self::Sops => "sops",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The members of a template are part of a value, and not shown.
impl fmt::Debug for Generate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rules, json, generation } = self;
        let key = json.as_ref().map(|template| &template.key);
        f.debug_struct("Generate")
            .field("rules", rules)
            .field("key", &key)
            .field("generation", generation)
            .finish_non_exhaustive()
    }
}

/// Bytes that nobody can read are not shown.
impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secret, write, path: _, file, digest, keys, ciphertext } = self;
        f.debug_struct("Encrypted")
            .field("format", &ciphertext.format())
            .field("secret", secret)
            .field("write", write)
            .field("file", file)
            .field("digest", digest)
            .field("keys", keys)
            .finish_non_exhaustive()
    }
}
