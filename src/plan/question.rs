//! What must still be read before a plan can be made. The observer answers, and asks the planner again.

use std::collections::BTreeSet;

use crate::model::arn::Arn;
use crate::model::id::{Family, Name};

/// A read that is only worth its call where the plan depends on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// The secret itself: so far it was seen in a list, which may be old.
    ExactSecret(Name),
    /// When the secret's current version was made.
    VersionDate(Name),
    /// The secret's versions, those without any label included.
    Versions(Name),
    /// The secret's resource policy.
    ResourcePolicy(Name),
    /// The key of a copy of a secret, as the Region of the copy states it.
    KeyOfCopy(Arn),
    /// Which revisions in use name the role.
    InUse(Name),
    /// The newest ACTIVE revision of the task definition's family.
    Newest(Name),
    /// The deployments of the service.
    History(Name),
    /// The tasks of the service that have stopped within the last hour.
    StoppedTasks(Name),
    /// Something of the inventory that no manifest names: the thing itself.
    Remnant(Arn),
    /// The ACTIVE revisions of a family, each for itself.
    Active(Family),
    /// Who uses which revisions; of these families also those that a service would go back to.
    Uses(BTreeSet<Family>),
    /// Every revision that could still be started.
    Startable,
}

impl Question {
    /// The manifest that it is about, where it is about one.
    pub fn about(&self) -> Option<&Name> {
        match self {
            Self::ExactSecret(name)
            | Self::VersionDate(name)
            | Self::Versions(name)
            | Self::ResourcePolicy(name)
            | Self::InUse(name)
            | Self::Newest(name)
            | Self::History(name)
            | Self::StoppedTasks(name) => Some(name),
            Self::KeyOfCopy(_) | Self::Remnant(_) | Self::Active(_) | Self::Uses(_) | Self::Startable => None,
        }
    }

    /// What a plan says that has to do without the answer.
    pub(super) fn unanswered(&self) -> String {
        let what = match self {
            Self::ExactSecret(_) => "the secret was seen in a list only",
            Self::VersionDate(_) => "the age of the secret's version",
            Self::Versions(_) => "the secret's versions",
            Self::ResourcePolicy(_) => "the secret's resource policy",
            Self::KeyOfCopy(_) => "the key of the secret's copy",
            Self::InUse(_) => "which revisions in use name the role",
            Self::Newest(_) => "the newest revision of the family",
            Self::History(_) => "the service's deployments",
            Self::StoppedTasks(_) => "the service's stopped tasks",
            Self::Remnant(_) => "the thing itself",
            Self::Active(_) => "the family's revisions",
            Self::Uses(_) => "who uses the revisions",
            Self::Startable => "which revisions could still be started",
        };
        format!("not looked at: {what}")
    }
}
