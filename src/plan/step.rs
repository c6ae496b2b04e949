//! A plan as data: what will be called, in which order, and why.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::action::{Action, Call};
use super::derive;
use super::held::{Because, Held};
use crate::model::arn::{Arn, Scope};
use crate::model::desired::Origin;
use crate::model::id::{Name, ResourceId};
use crate::model::inventory::Named;
use crate::model::path::Path;

/// Everything that one pass will do, and everything that it will not do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a plan does nothing until it is shown or executed"]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) held: Vec<Held>,
    pub(super) repairs: Vec<Repair>,
    pub(super) notes: Vec<Note>,
    pub(super) left: Vec<Left>,
    pub(super) unlisted: Vec<String>,
}

impl Plan {
    /// The steps with their ids; each comes after all that it needs.
    pub fn steps(&self) -> impl Iterator<Item = (StepId, &Step)> {
        self.steps.iter().enumerate().map(|(index, step)| (StepId(index), step))
    }

    /// One step.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.0)
    }

    /// The ARN of the secret that a step makes, as far as it can be told.
    pub fn to_come(&self, id: StepId, scope: &Scope) -> Option<Arn> {
        match &self.step(id)?.action.call {
            Call::CreateSecret { name, .. } => Some(derive::to_come(name, scope)),
            _ => None,
        }
    }

    /// What is not done, and why.
    pub fn held(&self) -> &[Held] {
        &self.held
    }

    /// Marks of earlier changes to be written again, because a crash lost them: no change of anything.
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    /// What a person should know although it neither changes nor waits.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// What nobody wants any more, and what stays all the same: neither a change nor a failure.
    pub fn left(&self) -> &[Left] {
        &self.left
    }

    /// What could not be listed: nobody knows whether it is still wanted.
    pub fn unlisted(&self) -> &[String] {
        &self.unlisted
    }

    /// Could everything be read, as far as it was looked for?
    pub fn is_complete(&self) -> bool {
        self.unlisted.is_empty() && !self.held.iter().any(|held| matches!(held.because, Because::Unreadable(_)))
    }

    /// Is there nothing to change? Something may still be held.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Names a step of one plan. Minted by the plan's builder alone, so a step can only need an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId(pub(super) usize);

impl StepId {
    /// As people see it: counted from 1.
    pub fn number(self) -> usize {
        self.0 + 1
    }
}

impl Serialize for StepId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.number() as u64)
    }
}

/// A value that is known now, or that an earlier step of the same plan yields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Ref<T> {
    /// Known now.
    Known(T),
    /// Known after that step.
    From(StepId),
}

impl<T> Ref<T> {
    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::From(_) => None,
        }
    }
}

/// One call to AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The resource that it is for.
    pub target: ResourceId,
    /// The steps that must have succeeded before.
    pub needs: Vec<StepId>,
    /// The call.
    pub action: Action<Ref<Arn>>,
    /// Why it is made.
    pub why: Why,
    /// What it changes, field by field.
    pub changes: Vec<Change>,
    /// What a person should look at twice.
    pub risk: BTreeSet<Risk>,
    /// Left to a later pass, for this reason; only [`Because::Settling`] does that.
    pub deferred: Option<Because>,
}

/// A mark to be written again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The resource.
    pub target: ResourceId,
    /// The call that writes it.
    pub action: Action<Arn>,
}

/// Why a step is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It does not exist.
    Missing,
    /// The manifests changed.
    Changed,
    /// Someone changed it by hand.
    Drifted,
    /// These secrets have new versions.
    SecretRotated(BTreeSet<Name>),
    /// It was rolled out before and failed, and its manifest allows another attempt.
    Retried,
    /// A rollout takes longer than it may, and nothing else would end it.
    Overdue,
    /// Nothing wants or uses it any longer.
    NoLongerDesired,
    /// It is taken over, as its manifest asks.
    Adopted,
}

impl Why {
    /// The word of the JSON output.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "Missing",
            Self::Changed => "Changed",
            Self::Drifted => "Drifted",
            Self::SecretRotated(_) => "SecretRotated",
            Self::Retried => "Retried",
            Self::Overdue => "Overdue",
            Self::NoLongerDesired => "NoLongerDesired",
            Self::Adopted => "Adopted",
        }
    }
}

/// One field that a step changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub path: Path,
    /// What it is; absent where there is nothing.
    pub before: Option<Shown>,
    /// What it will be; absent where nothing will be.
    pub after: Option<Shown>,
    /// Where that is written.
    pub at: Option<Origin>,
}

/// One side of a change. Never a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A value.
    Value(Value),
    /// Known after that step.
    After(StepId),
}

impl From<&Ref<Arn>> for Shown {
    fn from(arn: &Ref<Arn>) -> Self {
        match arn {
            Ref::Known(arn) => Self::Value(arn.as_str().into()),
            Ref::From(step) => Self::After(*step),
        }
    }
}

/// What a person should look at twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Running tasks are replaced.
    Redeploy,
    /// Something is taken away.
    Delete,
    /// A role may do more than before.
    WidensAccess,
    /// The image's tag is resolved again, and may name another image by now.
    ImageMayChange,
    /// The deployment may leave no task running for a while.
    ZeroHealthy,
}

impl Risk {
    /// The word of the JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redeploy => "redeploy",
            Self::Delete => "delete",
            Self::WidensAccess => "widensAccess",
            Self::ImageMayChange => "imageMayChange",
            Self::ZeroHealthy => "zeroHealthy",
        }
    }
}

/// Something that nobody wants any more, and that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The resource, by the name that its manifest had.
    pub target: ResourceId,
    /// What it is.
    pub arn: Arn,
    /// Why it stays.
    pub because: Stays,
    /// The manifest that names another object in its place by now: a service in another cluster, for example.
    pub heir: Option<ResourceId>,
    /// Are there manifests that could not be read, and of which one may name it?
    pub unsure: bool,
}

impl Left {
    /// All of it in a sentence without its subject.
    pub fn message(&self) -> String {
        let Self { target: _, arn, because, heir, unsure } = self;
        match heir {
            None if *unsure => format!("is in no manifest that could be read, and stays: {because}"),
            None => format!("is in no manifest any more, and stays: {because}"),
            Some(heir) => format!("is {}, which {heir} named before, and stays: {because}", thing(arn)),
        }
    }
}

/// What an ARN is of, as people know it.
fn thing(arn: &Arn) -> String {
    match Named::of(arn) {
        Some(Named::Service(cluster, service)) => format!("the service {service} in the cluster {cluster}"),
        Some(Named::Revision(family, _)) => format!("the family {family}"),
        Some(Named::Role(role)) => format!("the role {role}"),
        Some(Named::Secret) => format!("the secret {}", arn.secret_name()),
        None => arn.to_string(),
    }
}

/// Why something stays that nobody wants any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stays {
    /// Nothing is deleted, unless the configuration says so.
    PruneOff,
    /// Its manifest did not ask for its deletion.
    Retained,
    /// It was there before evenkeel took it over, and may have other users.
    Adopted,
}

impl Stays {
    /// The word of the JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::PruneOff => "PruneOff",
            Self::Retained => "Retained",
            Self::Adopted => "Adopted",
        }
    }
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PruneOff => "prune.enabled is false",
            Self::Retained => "deletionPolicy was Retain",
            Self::Adopted => "evenkeel took over what others had made",
        })
    }
}

/// A remark on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The resource.
    pub target: ResourceId,
    /// The remark.
    pub text: String,
}
