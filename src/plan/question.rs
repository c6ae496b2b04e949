//! What must still be read before a plan can be made. The observer answers, and asks the planner again.

use crate::model::id::Name;

/// A read that is only worth its call where the plan depends on it. Each names a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// The secret itself: so far it was seen in a list, which may be old.
    ExactSecret(Name),
    /// When the secret's current version was made.
    VersionDate(Name),
    /// The secret's resource policy.
    ResourcePolicy(Name),
    /// Which revisions in use name the role.
    InUse(Name),
    /// The newest ACTIVE revision of the task definition's family.
    Newest(Name),
    /// The deployments of the service.
    History(Name),
    /// The tasks of the service that have stopped within the last hour.
    StoppedTasks(Name),
}

impl Question {
    /// The manifest that it is about.
    pub fn about(&self) -> &Name {
        match self {
            Self::ExactSecret(name)
            | Self::VersionDate(name)
            | Self::ResourcePolicy(name)
            | Self::InUse(name)
            | Self::Newest(name)
            | Self::History(name)
            | Self::StoppedTasks(name) => name,
        }
    }

    /// What a plan says that has to do without the answer.
    pub(super) fn unanswered(&self) -> String {
        let what = match self {
            Self::ExactSecret(_) => "the secret was seen in a list only",
            Self::VersionDate(_) => "the age of the secret's version",
            Self::ResourcePolicy(_) => "the secret's resource policy",
            Self::InUse(_) => "which revisions in use name the role",
            Self::Newest(_) => "the newest revision of the family",
            Self::History(_) => "the service's deployments",
            Self::StoppedTasks(_) => "the service's stopped tasks",
        };
        format!("not looked at: {what}")
    }
}
