//! The seams: how the world is read and changed. Knows no SDK; `aws` implements it, tests may too.

pub mod clock;
pub mod events;
pub mod execution;
pub mod fault;
pub mod host;
pub mod plaintext;
pub mod traffic;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Commit, Installation, Name, Region, ServiceName};
use crate::model::observed::{Observed, Seen};
use crate::model::secret::ObservedSecret;
use crate::model::secret_value::ValueSource;
use crate::model::secret_version::SecretVersion;
use crate::model::service::{ObservedService, ServiceDeployment};
use crate::model::survey::{Answer, Question};
use crate::model::task::Task;
use crate::plan::action::Action;
use fault::Fault;
use plaintext::Plaintext;
use zeroize::Zeroizing;

pub use execution::{Execution, Outcome};

/// Reads the world. All that `diff` is ever given.
pub trait Observe {
    /// Looks at everything that the manifests name. Never fails: what cannot be read is part of the answer.
    fn observe(&self, desired: &Desired) -> impl Future<Output = Observed> + Send;

    /// The same with fewer calls: in bulk, and exactly only these secrets and what seems to differ.
    fn sweep(&self, desired: &Desired, exactly: &BTreeSet<Name>) -> impl Future<Output = Observed> + Send;
}

/// Looks at what ECS does by itself, with as few calls as that takes.
pub trait Watch {
    /// These of the manifests' services: one call for ten of a cluster.
    fn services(
        &self,
        desired: &Desired,
        names: &BTreeSet<Name>,
    ) -> impl Future<Output = BTreeMap<Name, Seen<ObservedService>>> + Send;

    /// The tasks of a service that run or start, or those that have stopped within the last hour, less those that are known
    /// already: two calls for a hundred.
    fn tasks(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
        stopped: bool,
        known: &BTreeSet<Arn>,
    ) -> impl Future<Output = Seen<Vec<Task>>> + Send;

    /// The newest deployments of a service, newest first: three calls.
    fn history(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
    ) -> impl Future<Output = Seen<Vec<ServiceDeployment>>> + Send;
}

/// Looks closer at single things, for a person who asks about them and for the daemon's status: no plan depends on it.
pub trait Inspect {
    /// The versions of a secret, newest first, those without any label included: one call for a hundred.
    fn versions(&self, secret: &ObservedSecret) -> impl Future<Output = Seen<Vec<SecretVersion>>> + Send;

    /// The newest ten deployments of a service, successful ones too, newest first: three calls.
    fn deployments(
        &self,
        cluster: &ClusterName,
        service: &ObservedService,
    ) -> impl Future<Output = Seen<Vec<ServiceDeployment>>> + Send;
}

/// Looks for what an installation has left on its objects, whether a manifest names them or not.
pub trait Recall {
    /// The commits in its marks: of services and secrets; where none of those has one, of roles; at last of revisions.
    /// Those that were found count though the list breaks off. The `whole` is all of these lists, each to its end.
    ///
    /// # Errors
    /// What cannot be listed, and why.
    fn recall(&self, installation: &Installation, whole: bool)
    -> impl Future<Output = Result<Recalled, String>> + Send;
}

/// What an installation has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recalled {
    /// The commits from which objects were last applied.
    pub commits: BTreeSet<Commit>,
    /// Roles that may have a mark could not be listed: nothing lists them but the bulk read.
    pub without_roles: bool,
}

/// What was seen closer, by manifest name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closer {
    /// The versions of secrets.
    pub versions: BTreeMap<Name, Seen<Vec<SecretVersion>>>,
    /// The deployments of services, newest first.
    pub deployments: BTreeMap<Name, Seen<Vec<ServiceDeployment>>>,
    /// Why the newest look at them saw nothing, where those of one before are kept.
    pub outdated: BTreeMap<Name, String>,
    /// The tasks of services that have stopped within the last hour.
    pub stopped: BTreeMap<Name, Seen<Vec<Task>>>,
}

/// Looks at what a task meets when it starts and evenkeel does not manage: only for `check --aws`.
pub trait Survey {
    /// Answers each question. Never fails: what cannot be read is an answer too. A value is only looked at where a
    /// question is about one, and never leaves.
    fn survey(&self, asked: &BTreeSet<Question>) -> impl Future<Output = Vec<(Question, Answer)>> + Send;
}

/// Looks at what no manifest names yet.
pub trait Browse {
    /// The names of all services of a cluster: one call for a hundred.
    fn services_of(&self, cluster: &ClusterName) -> impl Future<Output = Seen<BTreeSet<ServiceName>>> + Send;
}

/// Changes the world, one call at a time.
pub trait Apply {
    /// Makes one call and leaves its mark.
    fn apply(&self, action: &Action<Arn>) -> impl Future<Output = Result<Receipt, Fault>> + Send;
}

/// Turns a rule or a ciphertext into a value, at the moment in which it is written.
pub trait Values: Send + Sync {
    /// The value, for a secret of this installation: part of what keys of KMS are used with. The fault says what of the
    /// source is wrong, and nothing of what is in it.
    fn reveal<'v>(
        &'v self,
        source: &'v ValueSource,
        installation: &'v Installation,
        keys: &'v dyn Keys,
    ) -> Later<'v, Plaintext>;
}

/// An answer that comes later, boxed: whoever gives it is not known by its type.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// What a key of KMS is used with: who else decrypts must say the same.
pub type Context = BTreeMap<String, String>;

/// Keys that never leave KMS.
pub trait Keys: Send + Sync {
    /// Unwraps a data key. `region` is the key's, where that is another one than ours.
    fn unwrap<'k>(
        &'k self,
        wrapped: &'k [u8],
        context: &'k Context,
        region: Option<&'k Region>,
    ) -> Later<'k, Zeroizing<Vec<u8>>>;
}

/// A data key, and what KMS has made of it. No Debug: it holds a key.
pub struct DataKey {
    /// The ARN of the key that wrapped it.
    pub key_id: String,
    /// Itself.
    pub plain: Zeroizing<Vec<u8>>,
    /// Wrapped.
    pub wrapped: Vec<u8>,
}

/// What a call yields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The ARN of what was made, where the call makes something.
    pub arn: Option<Arn>,
    /// AWS's id of the request, for its support.
    pub request_id: Option<String>,
    /// The marks that were written beside it.
    pub marks: Vec<Sent>,
    /// Nothing was sent: it was so already.
    pub unsent: bool,
}

impl Receipt {
    /// Of a call that was not needed any more.
    pub fn unsent() -> Self {
        Self { unsent: true, ..Self::default() }
    }
}

/// One of several calls that belong to one action, which worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The service and operation, for example `iam:TagRole`.
    pub operation: String,
    /// AWS's id of the request.
    pub request_id: Option<String>,
}
