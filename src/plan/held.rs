//! What is not done, and why: a plan never skips silently.

use std::fmt;

use super::step::Change;
use crate::model::desired::Origin;
use crate::model::failure::Failure;
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;

/// A resource that is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The resource.
    pub target: ResourceId,
    /// Why.
    pub because: Because,
    /// Where the cause lies: the resource itself, or the one that it waits for.
    pub root: ResourceId,
    /// Where its manifest stands; absent where it has none any more.
    pub at: Option<Origin>,
    /// What would change, as far as it is known.
    pub changes: Vec<Change>,
}

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// It could not be read; the reason.
    Unreadable(String),
    /// It exists without this installation's tags; the owner, where another installation's are there.
    NotOurs(Option<String>),
    /// It needs a resource that is held itself.
    WaitingOn(ResourceId),
    /// Its manifest has errors.
    InvalidManifest,
    /// The same content is being rolled out, or a rollback is under way.
    RolloutInProgress(String),
    /// This content was rolled out and failed.
    RolloutFailed {
        /// How, and which rollout.
        failure: Failure,
        /// What is said of it.
        what: String,
    },
    /// Its own last write may not be visible yet.
    CoolingDown {
        /// When it must be.
        until: Timestamp,
    },
    /// Its last step failed, and the next attempt waits.
    BackingOff {
        /// When it is tried again.
        until: Timestamp,
        /// What it failed of.
        why: String,
    },
    /// A secret's version is younger than the service's debounce.
    Debouncing {
        /// When it will be old enough.
        until: Timestamp,
    },
    /// As many services are being redeployed as may be at once.
    WaitingForSlot(usize),
    /// A service of a lower wave is not done.
    WaitingForWave(ResourceId),
    /// Its role was widened a moment ago, and IAM takes time to spread that.
    Settling {
        /// When it should have spread; absent in the plan that widens the role.
        until: Option<Timestamp>,
    },
    /// Its manifest says `suspend: true`.
    Suspended,
    /// Its manifest says `driftPolicy: Detect`, and it was changed by hand.
    DriftDetected,
    /// Its manifest says `onSecretChange: Hold`.
    SecretChangeHeld,
    /// It keeps a pinned version that has lost its last stage, and that Secrets Manager may remove.
    PinnedVersionDeprecated(String),
    /// The operator's envelope does not allow this.
    OutsideEnvelope(String),
    /// No configuration is given that allows this.
    ForbiddenByPolicy(String),
    /// ECS cannot inject the secret.
    SecretUnusable(String),
    /// Secrets Manager is rotating the secret, or could not finish.
    RotationInProgress,
    /// As many versions of the secret were made lately as Secrets Manager keeps up with.
    TooManyVersions {
        /// When there is room for another one.
        until: Timestamp,
        /// How many, and since when.
        why: String,
    },
    /// Secrets Manager could not copy the secret to another Region.
    ReplicationFailed(String),
    /// It should exist already, and does not.
    NotFound(String),
    /// A newer commit was applied.
    NewerCommitApplied(String),
    /// Nobody wants it any more, and something still uses it: what.
    InUse(String),
    /// The field can only be set at creation.
    Immutable(String),
    /// evenkeel does not manage such a thing.
    Unsupported(String),
}

impl Because {
    /// The word of the JSON output and of conditions.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "Unreadable",
            Self::NotOurs(_) => "NotOurs",
            Self::WaitingOn(_) => "WaitingOn",
            Self::InvalidManifest => "InvalidManifest",
            Self::RolloutInProgress(_) => "RolloutInProgress",
            Self::RolloutFailed { .. } => "RolloutFailed",
            Self::CoolingDown { .. } => "CoolingDown",
            Self::BackingOff { .. } => "BackingOff",
            Self::Debouncing { .. } => "Debouncing",
            Self::WaitingForSlot(_) => "WaitingForSlot",
            Self::WaitingForWave(_) => "WaitingForWave",
            Self::Settling { .. } => "Settling",
            Self::Suspended => "Suspended",
            Self::DriftDetected => "DriftDetected",
            Self::SecretChangeHeld => "SecretChangeHeld",
            Self::PinnedVersionDeprecated(_) => "PinnedVersionDeprecated",
            Self::OutsideEnvelope(_) => "OutsideEnvelope",
            Self::ForbiddenByPolicy(_) => "ForbiddenByPolicy",
            Self::SecretUnusable(_) => "SecretUnusable",
            Self::RotationInProgress => "RotationInProgress",
            Self::TooManyVersions { .. } => "TooManyVersions",
            Self::ReplicationFailed(_) => "ReplicationFailed",
            Self::NotFound(_) => "NotFound",
            Self::NewerCommitApplied(_) => "NewerCommitApplied",
            Self::InUse(_) => "InUse",
            Self::Immutable(_) => "Immutable",
            Self::Unsupported(_) => "Unsupported",
        }
    }

    /// Does it end without anyone doing anything?
    pub fn ends_by_itself(&self) -> bool {
        matches!(
            self,
            Self::RolloutInProgress(_)
                | Self::RotationInProgress
                | Self::CoolingDown { .. }
                | Self::BackingOff { .. }
                | Self::Debouncing { .. }
                | Self::TooManyVersions { .. }
                | Self::WaitingForSlot(_)
                | Self::WaitingForWave(_)
                | Self::Settling { .. }
        )
    }

    /// When it ends by itself, where that is known.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::CoolingDown { until }
            | Self::BackingOff { until, .. }
            | Self::Debouncing { until }
            | Self::TooManyVersions { until, .. } => Some(*until),
            Self::Settling { until } => *until,
            _ => None,
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "could not be read: {why}"),
            Self::NotOurs(None) => f.write_str(
                "exists and does not carry this installation's tags; `evenkeel adopt` takes it over, and so does the \
                 annotation evenkeel.dev/adopt: \"true\"",
            ),
            Self::NotOurs(Some(owner)) => {
                write!(f, "is managed by the installation `{owner}`; `evenkeel adopt --from {owner}` takes it over")
            }
            Self::WaitingOn(root) => write!(f, "waits for {root}"),
            Self::InvalidManifest => f.write_str("its manifest has errors"),
            Self::RolloutInProgress(what)
            | Self::RolloutFailed { failure: _, what }
            | Self::NotFound(what)
            | Self::ForbiddenByPolicy(what)
            | Self::Unsupported(what) => f.write_str(what),
            Self::CoolingDown { .. } => {
                f.write_str("was written moments ago, and reads may still show the state before")
            }
            Self::BackingOff { why, .. } => write!(f, "its last step failed, and is tried again later: {why}"),
            Self::Debouncing { .. } => f.write_str("waits in case the secret changes again"),
            Self::WaitingForSlot(limit) => {
                write!(
                    f,
                    "as many services are being redeployed, or cannot be read, as rollouts.maxConcurrent allows: {limit}"
                )
            }
            Self::WaitingForWave(root) => write!(f, "waits for {root} of a lower wave"),
            Self::Settling { .. } => f.write_str("waits for IAM to spread the role's new permissions"),
            Self::Suspended => f.write_str("its manifest says suspend: true"),
            Self::DriftDetected => f.write_str("was changed by hand, and its driftPolicy is Detect"),
            Self::SecretChangeHeld => {
                f.write_str("a secret has a new version, and onSecretChange is Hold: `apply --only` rolls it out")
            }
            Self::PinnedVersionDeprecated(secret) => write!(
                f,
                "keeps a version of Secret/{secret} that has lost its last stage; Secrets Manager may remove it"
            ),
            Self::OutsideEnvelope(what) => write!(f, "{what} is outside the envelope of the configuration"),
            Self::SecretUnusable(why) => write!(f, "cannot be injected: {why}"),
            Self::RotationInProgress => f.write_str(
                "is being rotated: a version carries AWSPENDING and not AWSCURRENT. Where its rotation has failed, take that \
                 label off",
            ),
            Self::TooManyVersions { until: _, why } => {
                write!(f, "{why}, and Secrets Manager is made for one in ten minutes: the next one waits")
            }
            Self::ReplicationFailed(what) => {
                write!(f, "could not be copied to {what}; once that is mended, set the annotation evenkeel.dev/retry to the present time to try again")
            }
            Self::NewerCommitApplied(commit) => write!(f, "was last applied from {commit}, which this commit does not contain"),
            Self::InUse(what) => write!(f, "is in no manifest any more, and stays for as long as {what}"),
            Self::Immutable(field) => write!(
                f,
                "{field} can only be set at creation, and evenkeel replaces nothing: change the manifest back, or delete \
                 it yourself"
            ),
        }
    }
}
