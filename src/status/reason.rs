//! The closed list of reasons: one word each, with what a person can do about it.
//!
//! Those of holds and steps have the names that plans give them; `docs/operations.md` lists them all.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::plan::held::Because;
use crate::plan::step::Why;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident: $advice:literal,)*) => {
        /// Why a condition is what it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What a person can do; empty where there is nothing to do.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

reasons! {
    /// It is as its manifest says.
    Succeeded: "",
    /// ECS runs no task of the service, though it should.
    NoTasksRunning: "look at the service's stopped tasks and events: ECS starts tasks that do not stay",
    /// A call to AWS failed.
    StepFailed: "the message has AWS's words; it is tried again, later each time",

    // Of steps.
    /// It does not exist.
    Missing: "`evenkeel apply` makes it",
    /// The manifest changed.
    Changed: "`evenkeel diff` shows the change, `evenkeel apply` makes it",
    /// It was changed by hand.
    Drifted: "`evenkeel diff` shows what was changed; put it into Git to keep it",
    /// A secret has a new version.
    SecretRotated: "`evenkeel apply` rolls it out",
    /// It failed, and is tried again.
    Retried: "watch its rollout",
    /// Its rollout takes longer than it may, and is stopped.
    Overdue: "find out why its tasks do not come up (`evenkeel explain`), then mend the manifest; give it a circuit breaker",
    /// Nothing wants it any longer.
    NoLongerDesired: "",
    /// It is taken over.
    Adopted: "`evenkeel diff` shows what that changes",

    // Of holds.
    /// AWS did not say what is there.
    Unreadable: "do what the message says, or wait",
    /// It does not carry this installation's tags.
    NotOurs: "take it over with that annotation, or give the manifest another name",
    /// It needs something that is held itself.
    WaitingOn: "look at the root cause",
    /// Its manifest has errors.
    InvalidManifest: "`evenkeel check` shows them",
    /// ECS is deploying.
    RolloutInProgress: "wait; `evenkeel apply --wait` follows it",
    /// Its rollout failed.
    RolloutFailed: "find out why its tasks stopped (`evenkeel explain`, or their logs), then mend the manifest",
    /// Reads may still show the state before.
    CoolingDown: "wait 30 seconds",
    /// Its last step failed.
    BackingOff: "mend what the message says, or wait: it is tried again, after ten minutes at most",
    /// The secret may change again.
    Debouncing: "wait, or lower rollout.debounce",
    /// Others are being redeployed.
    WaitingForSlot: "wait, or raise rollouts.maxConcurrent",
    /// A lower wave goes first.
    WaitingForWave: "look at the service of the lower wave",
    /// The source has said nothing good since the start.
    WaitingForSource: "look at the source (`evenkeel get`): nothing is carried out, or to be carried out, until it is good",
    /// IAM spreads new permissions.
    Settling: "wait; rollouts.settle says how long",
    /// Its manifest says so.
    Suspended: "set suspend: false, or remove it",
    /// It was changed by hand, and stays so.
    DriftDetected: "put the change into Git, or set driftPolicy: Correct; `evenkeel diff` shows it",
    /// Its manifest says so.
    SecretChangeHeld: "`evenkeel apply --only` rolls it out",
    /// A version that it pins may go away.
    PinnedVersionDeprecated: "let the service be redeployed: set rollout.onSecretChange: Redeploy",
    /// The operator does not allow it.
    OutsideEnvelope: "widen the envelope of the configuration, or change the manifest",
    /// The operator does not allow it.
    ForbiddenByPolicy: "name the principal in envelope.secretPolicyPrincipals, or change the manifest",
    /// ECS could not inject it.
    SecretUnusable: "create or restore the secret, or that stage of it",
    /// A version is being made.
    RotationInProgress: "wait; where its rotation has failed, take the label AWSPENDING off",
    /// Too many versions were made lately.
    TooManyVersions: "wait; find out who writes the secret again and again",
    /// A copy failed.
    ReplicationFailed: "mend what the message says, then set the annotation evenkeel.dev/retry to the present time",
    /// It should exist already.
    NotFound: "create it",
    /// Someone else is ahead.
    NewerCommitApplied: "bring the source up to date; after a rewritten history name the commit in source.git.rewindFrom",
    /// Nobody wants it any more, and something still uses it.
    InUse: "end that use, or put its manifest back",
    /// It can only be set at creation.
    Immutable: "decide which of the two is right; nothing is changed until then",
    /// evenkeel does not manage this.
    Unsupported: "the message says what",

    // Of sources.
    /// The folder cannot be read.
    FolderUnreadable: "look at the folder and its permissions",
    /// The server does not answer.
    SourceUnreachable: "look at the network and the credential; what was read last stays in force",
    /// There is no such branch, tag or commit.
    NoSuchRef: "correct source.git.ref",
    /// The commit has no such folder.
    NoSuchPath: "correct source.git.path",
    /// The head does not contain what was applied.
    HistoryRewritten: "to accept that, name the commit in source.git.rewindFrom",
    /// The commit, or the folder, has no manifest at all.
    NoManifests: "correct source.git.path or source.dir; what was read last stays in force",
    /// The commit's folder has more than manifests can be.
    TooMuch: "correct source.git.path, or take out what is no manifest; what was read last stays in force",
    /// Nobody who may sign has signed.
    NotSigned: "sign the commit, or add the signer to the allowed ones",
    /// Marks that may be there cannot be read.
    AppliedUnknown: "allow the read that the message names, or wait: nothing is changed until then",
    /// There is no credential.
    NoCredential: "put the token where source.git.auth says",
    /// Git does not work here.
    GitFailed: "the message has git's words",
}

impl Reason {
    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text)
    }

    /// Is it the reason of a step: something is to be done, and nothing stands in its way? Not [`Self::Overdue`]: that step
    /// stops a rollout, which has failed.
    pub fn is_of_a_step(self) -> bool {
        matches!(
            self,
            Self::Missing
                | Self::Changed
                | Self::Drifted
                | Self::SecretRotated
                | Self::Retried
                | Self::NoLongerDesired
                | Self::Adopted
        )
    }

    /// Does a guard forbid it, so that a person must decide? Exit code 5.
    pub fn is_guard(self) -> bool {
        matches!(self, Self::NotOurs | Self::OutsideEnvelope | Self::ForbiddenByPolicy | Self::NewerCommitApplied)
    }
}

impl From<&Because> for Reason {
    fn from(because: &Because) -> Self {
        match because {
            Because::Unreadable(_) => Self::Unreadable,
            Because::NotOurs(_) => Self::NotOurs,
            Because::WaitingOn(_) => Self::WaitingOn,
            Because::InvalidManifest => Self::InvalidManifest,
            Because::RolloutInProgress(_) => Self::RolloutInProgress,
            Because::RolloutFailed { .. } => Self::RolloutFailed,
            Because::CoolingDown { .. } => Self::CoolingDown,
            Because::BackingOff { .. } => Self::BackingOff,
            Because::Debouncing { .. } => Self::Debouncing,
            Because::WaitingForSlot(_) => Self::WaitingForSlot,
            Because::WaitingForWave(_) => Self::WaitingForWave,
            Because::Settling { .. } => Self::Settling,
            Because::Suspended => Self::Suspended,
            Because::DriftDetected => Self::DriftDetected,
            Because::SecretChangeHeld => Self::SecretChangeHeld,
            Because::PinnedVersionDeprecated(_) => Self::PinnedVersionDeprecated,
            Because::OutsideEnvelope(_) => Self::OutsideEnvelope,
            Because::ForbiddenByPolicy(_) => Self::ForbiddenByPolicy,
            Because::SecretUnusable(_) => Self::SecretUnusable,
            Because::RotationInProgress => Self::RotationInProgress,
            Because::TooManyVersions { .. } => Self::TooManyVersions,
            Because::ReplicationFailed(_) => Self::ReplicationFailed,
            Because::NotFound(_) => Self::NotFound,
            Because::NewerCommitApplied(_) => Self::NewerCommitApplied,
            Because::InUse(_) => Self::InUse,
            Because::Immutable(_) => Self::Immutable,
            Because::Unsupported(_) => Self::Unsupported,
        }
    }
}

impl From<&Why> for Reason {
    fn from(why: &Why) -> Self {
        match why {
            Why::Missing => Self::Missing,
            Why::Changed => Self::Changed,
            Why::Drifted => Self::Drifted,
            Why::SecretRotated(_) => Self::SecretRotated,
            Why::Retried => Self::Retried,
            Why::Overdue => Self::Overdue,
            Why::NoLongerDesired => Self::NoLongerDesired,
            Why::Adopted => Self::Adopted,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("no reason: {text}")))
    }
}
