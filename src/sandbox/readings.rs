//! What no source settles: where the other reading of a row that the ledger
//! marks UNCONFIRMED would show, a world can be switched to it.
//!
//! Ledger: W9.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The readings: name, row of the ledger, what the sandbox does and what it
/// does when it is switched, and of what.
macro_rules! readings {
    ($($reading:ident: $name:literal, [$row:literal], $usual:literal or $other:literal, $about:literal;)+) => {
        /// Something that no source settles, with two answers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reading {
            $(#[doc = concat!("[", $row, "] ", $about, ": ", $usual, ", or ", $other, ".")] $reading,)+
        }

        impl Reading {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$reading),+];

            /// As people write it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$reading => $name),+ }
            }

            /// The row of the ledger whose other reading it is.
            pub fn row(self) -> &'static str {
                match self { $(Self::$reading => $row),+ }
            }

            /// What the sandbox does, and what it does when it is switched.
            pub fn values(self) -> [&'static str; 2] {
                match self { $(Self::$reading => [$usual, $other]),+ }
            }

            /// What it is about.
            pub fn about(self) -> &'static str {
                match self { $(Self::$reading => $about),+ }
            }
        }
    };
}

readings! {
    UpdateToken: "update-token", ["S10"], "always" or "with-value",
        "a token that is taken is refused by UpdateSecret";
    AnotherKey: "another-key", ["S11"], "no-version" or "version",
        "what another key of a secret makes";
    MovedToItself: "moved-to-itself", ["S13"], "accepted" or "refused",
        "AWSCURRENT moved to the version that has it, without RemoveFromVersionId";
    DeletedDate: "deleted-date", ["S20"], "asked" or "due",
        "the DeletedDate of a secret: when its deletion was asked for, or when it will happen";
    EndOfWindow: "end-of-window", ["S21"], "exact" or "a-day-late",
        "when a secret is gone after its recovery window";
    DeletedAgain: "deleted-again", ["S23"], "refused" or "planned-anew",
        "DeleteSecret of a secret that waits for its deletion";
    SecretsOrder: "secrets-order", ["S28"], "newest-first" or "oldest-first",
        "ListSecrets without a SortOrder";
    DescribeSecret: "describe-secret", ["S30"], "newest" or "late",
        "DescribeSecret, where lists of secrets lag";
    CancelWithoutRotation: "cancel-without-rotation", ["S34"], "refused" or "accepted",
        "CancelRotateSecret of a secret without rotation";
    PolicyOfDeleted: "policy-of-deleted", ["S36"], "refused" or "read",
        "GetResourcePolicy of a secret that waits for its deletion";
    ForeignActions: "foreign-actions", ["S43"], "refused" or "accepted",
        "actions of other services in the policy of a secret";
    MissingKey: "missing-key", ["S60"], "failure" or "denied",
        "a secret whose key is not there: DecryptionFailure and EncryptionFailure, or AccessDeniedException";
    KeyWithoutValue: "key-without-value", ["S60"], "not-asked" or "asked",
        "the key, when a secret is made without a value";
    UnreadableVersions: "unreadable-versions", ["S61"], "refused" or "left",
        "another key for a secret whose old key cannot be used";
    KeyOfACopy: "key-of-a-copy", ["S63"], "stated" or "as-made",
        "the key of a copy in the ReplicationStatus of its primary, once it was changed in the copy's Region";
    IamReads: "iam-reads", ["I16"], "newest" or "late",
        "what is read of roles, where authorisation lags";
    SourceOfExecutionRole: "source-of-execution-role", ["I17"], "stated" or "absent",
        "aws:SourceArn and aws:SourceAccount when the execution role is assumed";
    NewSecrets: "new-secrets", ["I19"], "with-characters" or "by-name",
        "CreateSecret is judged by an ARN with six characters to come, or by one without";
    FamiliesInPolicies: "families-in-policies", ["I20"], "any" or "each",
        "RegisterTaskDefinition is judged as * or as its family";
    BoundaryThatIsNone: "boundary-that-is-none", ["M94"], "refused" or "accepted",
        "DeleteRolePermissionsBoundary of a role without one";
    InactiveRevisions: "inactive-revisions", ["T2"], "kept" or "forgotten",
        "INACTIVE revisions that no service uses";
    MoreDefaults: "more-defaults", ["T4"], "absent" or "filled",
        "networkMode and runtimePlatform that were not sent";
    ContainerOrder: "container-order", ["T5"], "kept" or "reversed",
        "the order of containers";
    BrokenReferences: "broken-references", ["T9"], "refused" or "registered",
        "a valueFrom that cannot be read";
    UnchangedTaskDefinition: "unchanged-task-definition", ["V3"], "nothing" or "deploys",
        "UpdateService with the task definition in force";
    UnchangedSettings: "unchanged-settings", ["V4"], "deploy" or "nothing",
        "UpdateService with a triggering member as it is";
    DeploymentConfiguration: "deployment-configuration", ["V5"], "merged" or "replaced",
        "a deploymentConfiguration that is sent in part";
    BakeTime: "bake-time", ["V18"], "any" or "not-rolling",
        "bakeTimeInMinutes holds for these strategies";
    RollbackOf: "rollback-of", ["V22"], "revision" or "task-definition",
        "what goes back: everything that a service revision holds, or the task definition alone";
    InterruptedRollback: "interrupted-rollback", ["V28"], "stopped" or "failed",
        "the status of a rollback that a newer deployment interrupts";
    FailingRollback: "failing-rollback", ["V29"], "ends" or "goes-on",
        "a rollback whose tasks fail as often as a rollout's may";
    PartialArn: "partial-arn", ["K4"], "as-sent" or "resolved",
        "a partial ARN of a secret is judged as it was sent, or as the ARN that it stands for";
    ParametersThrough: "parameters-through", ["K6"], "ssm" or "nobody",
        "kms:ViaService when a task's parameter is decrypted";
    EventAtCreation: "event-at-creation", ["B1"], "told" or "untold",
        "Secret Label Updated when a secret is made with a value";
    DeletedService: "deleted-service", ["M106"], "refused" or "accepted",
        "DeleteService of a service that is INACTIVE";
}

/// Which readings are switched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Readings(BTreeSet<Reading>);

impl Readings {
    /// Is it read the other way?
    pub fn is_other(&self, reading: Reading) -> bool {
        self.0.contains(&reading)
    }

    /// Reads it one way or the other.
    pub fn set(&mut self, ReadAs { reading, other }: ReadAs) {
        if other {
            self.0.insert(reading)
        } else {
            self.0.remove(&reading)
        };
    }

    /// Those that are read the other way.
    pub fn others(&self) -> impl Iterator<Item = Reading> {
        self.0.iter().copied()
    }
}

/// One reading, and which of its two it is to be: `NAME=VALUE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAs {
    /// What is read.
    pub reading: Reading,
    /// Not as usual.
    pub other: bool,
}

/// Why a text is no reading.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReading {
    /// No reading has this name.
    #[error("there is no reading `{0}`; there are: {names}", names = Names)]
    Name(String),
    /// It has other values.
    #[error("`{name}` is `{a}` or `{b}`, not `{given}`", name = .reading.name(), a = .reading.values()[0], b = .reading.values()[1])]
    Value {
        /// The reading.
        reading: Reading,
        /// What was given.
        given: String,
    },
}

impl FromStr for ReadAs {
    type Err = NoReading;

    fn from_str(text: &str) -> Result<Self, NoReading> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let reading = Reading::ALL.iter().copied().find(|reading| reading.name() == name);
        let reading = reading.ok_or_else(|| NoReading::Name(name.to_owned()))?;
        let position = reading.values().iter().position(|known| *known == value);
        let position = position.ok_or_else(|| NoReading::Value { reading, given: value.to_owned() })?;
        Ok(Self { reading, other: position == 1 })
    }
}

impl fmt::Display for ReadAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.reading.name(), self.reading.values()[usize::from(self.other)])
    }
}

/// The names of all readings.
struct Names;

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Reading::ALL.iter().map(|reading| reading.name()).collect::<Vec<_>>().join(", "))
    }
}
