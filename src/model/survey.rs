//! What was seen of the account for a preflight: what a task meets when it starts, and evenkeel does not manage.
//!
//! Questions and answers; which are asked is decided elsewhere. A secret's value is not part of the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::arn::Arn;
use super::id::{ClusterName, KeyId, Region, SecretName, VersionId};
use super::image::Image;
use super::network::{SecurityGroup, Subnet, Vpc};
use super::observed::{Seen, UNASKED};
use super::policy::Policy;
use super::role::ObservedRole;
use super::secret::ObservedSecret;
use super::secret_policy::ResourcePolicy;

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// A cluster.
    Cluster(ClusterName),
    /// A subnet.
    Subnet(String),
    /// A security group.
    Group(String),
    /// A VPC.
    Vpc(String),
    /// A secret that no manifest declares.
    Secret(SecretName),
    /// The versions of a secret, those without a label included.
    Versions(Arn),
    /// The resource policy of a secret.
    ResourcePolicy(Arn),
    /// What a value is, without the value: only where that was asked for.
    Content(Reading),
    /// An SSM parameter of this account, by its name.
    Parameter(String, Region),
    /// A KMS key, in a Region.
    Key(KeyId, Region),
    /// A role that no manifest declares.
    Role(Arn),
    /// May a role do something?
    Permission(Attempt),
    /// An image in ECR.
    Image(Image),
    /// The prefixes of the pull-through caches of the account's registry in a Region.
    Caches(Region),
    /// A log group.
    LogGroup(Region, String),
}

/// An answer, of the kind that its question asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are those of the questions")]
pub enum Answer {
    Cluster(Seen<Cluster>),
    Subnet(Seen<Subnet>),
    Group(Seen<SecurityGroup>),
    Vpc(Seen<Vpc>),
    Secret(Box<Seen<ObservedSecret>>),
    Versions(Seen<BTreeSet<VersionId>>),
    ResourcePolicy(Seen<ResourcePolicy>),
    Content(Seen<Content>),
    Parameter(Seen<Parameter>),
    Key(Seen<Key>),
    Role(Box<Seen<ObservedRole>>),
    Permission(Seen<BTreeMap<String, Decision>>),
    Image(Seen<()>),
    Caches(Seen<BTreeSet<String>>),
    LogGroup(Seen<()>),
}

/// Which value is meant, and the JSON keys that it should have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// The secret.
    pub secret: Arn,
    /// A staging label; absent: `AWSCURRENT`, unless there is a version.
    pub stage: Option<String>,
    /// A version id.
    pub version: Option<VersionId>,
    /// The JSON keys.
    pub keys: BTreeSet<String>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes.
    Binary,
    /// Text that is no JSON object.
    Text,
    /// A JSON object, and what stands under the keys that were asked for.
    Object(BTreeMap<String, Member>),
}

/// What stands under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// Nothing.
    Missing,
    /// A text.
    Text,
    /// Something else: a number, a list, null.
    Other,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// `ACTIVE`, `INACTIVE` and the like.
    pub status: String,
    /// The capacity providers of its default strategy: of services that name neither a strategy nor a launch type.
    pub providers: Vec<String>,
}

/// An SSM parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The key of a `SecureString`.
    pub key: Option<KeyId>,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its ARN.
    pub arn: Arn,
    /// `Enabled`, `Disabled`, `PendingDeletion` and the like.
    pub state: String,
    /// Does AWS manage it?
    pub of_aws: bool,
    /// Its aliases; unreadable where only they could not be read.
    pub aliases: Seen<BTreeSet<String>>,
    /// Who may use it; unreadable where only that could not be read.
    pub policy: Seen<Policy>,
}

/// Something that a role wants to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt {
    /// The role, with all that it has; absent where it does not exist yet, or loses some of it.
    pub role: Option<Arn>,
    /// Policies beside that, as JSON text.
    pub added: Vec<String>,
    /// Managed policies beside that.
    pub attached: BTreeSet<Arn>,
    /// The boundary, where it is not that of the role.
    pub boundary: Option<Arn>,
    /// The actions.
    pub actions: Vec<String>,
    /// The resource.
    pub resource: String,
    /// Condition keys and their values.
    pub context: BTreeMap<String, Vec<String>>,
}

/// What IAM says about one action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// May it?
    pub allowed: bool,
    /// Does a policy deny it in so many words?
    pub denied: bool,
    /// Does the boundary leave room for it?
    pub within_boundary: Option<bool>,
    /// Does the organization?
    pub within_organization: Option<bool>,
    /// Condition keys of its policies that were not given.
    pub missing: BTreeSet<String>,
}

/// Everything that was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surveyed(BTreeMap<Question, Answer>);

macro_rules! lookups {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),+) -> $variant:ident, $of:ty;)*) => {
        $($(#[$doc])*
        pub fn $name(&self, $($arg: &$type),+) -> Result<Option<&$of>, &str> {
            match self.0.get(&Question::$variant($(own($arg)),+)) {
                Some(Answer::$variant(seen)) => read(seen),
                _ => Err(UNASKED),
            }
        })*
    };
}

/// What is asked for, as a question keeps it.
fn own<T: ToOwned + ?Sized>(part: &T) -> T::Owned {
    part.to_owned()
}

fn read<T>(seen: &Seen<T>) -> Result<Option<&T>, &str> {
    match seen {
        Seen::Present(thing) => Ok(Some(thing)),
        Seen::Absent => Ok(None),
        Seen::Unreadable(why) => Err(why),
    }
}

impl Surveyed {
    /// Keeps an answer.
    pub fn insert(&mut self, question: Question, answer: Answer) {
        self.0.insert(question, answer);
    }

    /// Is the account part of an organization? The simulator says so with some of what it is asked about a role.
    pub fn is_in_organization(&self) -> Option<bool> {
        let of_role = |(question, answer): (&Question, &Answer)| match (question, answer) {
            (Question::Permission(Attempt { role: Some(_), .. }), Answer::Permission(Seen::Present(decisions))) => {
                Some(decisions.values().any(|decision| decision.within_organization.is_some()))
            }
            _ => None,
        };
        self.0.iter().filter_map(of_role).reduce(|any, one| any || one)
    }

    /// Was this asked?
    pub fn has(&self, question: &Question) -> bool {
        self.0.contains_key(question)
    }

    lookups! {
        /// A cluster.
        cluster(name: ClusterName) -> Cluster, Cluster;
        /// A subnet.
        subnet(id: str) -> Subnet, Subnet;
        /// A security group.
        group(id: str) -> Group, SecurityGroup;
        /// A VPC.
        vpc(id: str) -> Vpc, Vpc;
        /// A secret.
        secret(id: SecretName) -> Secret, ObservedSecret;
        /// The versions of a secret.
        versions(secret: Arn) -> Versions, BTreeSet<VersionId>;
        /// The resource policy of a secret.
        resource_policy(secret: Arn) -> ResourcePolicy, ResourcePolicy;
        /// What a value is.
        content(reading: Reading) -> Content, Content;
        /// A parameter.
        parameter(name: str, region: Region) -> Parameter, Parameter;
        /// A key.
        key(id: KeyId, region: Region) -> Key, Key;
        /// A role.
        role(arn: Arn) -> Role, ObservedRole;
        /// What IAM says, by action.
        permission(attempt: Attempt) -> Permission, BTreeMap<String, Decision>;
        /// An image.
        image(image: Image) -> Image, ();
        /// Pull-through caches.
        caches(region: Region) -> Caches, BTreeSet<String>;
        /// A log group.
        log_group(region: Region, name: str) -> LogGroup, ();
    }
}

/// A policy document of a key, as AWS gives it.
pub fn policy_of(text: &str) -> Seen<Policy> {
    match serde_json::from_str::<Value>(text) {
        Ok(document) => Seen::Present(Policy::read(&document)),
        Err(_) => Seen::Unreadable("its policy is no JSON".to_owned()),
    }
}
