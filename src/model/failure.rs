//! How a rollout failed. ECS says it in words alone: they are searched here, and nowhere else.

use super::deployment::ServiceDeployment;
use super::time::Timestamp;

/// A rollout that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How.
    pub how: How,
    /// When it was asked for, where ECS's history says so: tells one failure from the next.
    pub began: Option<Timestamp>,
}

/// How a rollout failed, out of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// ECS's circuit breaker ended it.
    CircuitBreaker,
    /// An alarm ended it.
    Alarm,
    /// It took longer than it may.
    Overdue,
    /// ECS went back because someone asked for it.
    RolledBack,
    /// ECS does not say.
    Failed,
}

impl How {
    /// The word of metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CircuitBreaker => "CircuitBreaker",
            Self::Alarm => "Alarm",
            Self::Overdue => "Overdue",
            Self::RolledBack => "RolledBack",
            Self::Failed => "Failed",
        }
    }

    fn in_words(words: Option<&str>) -> Option<Self> {
        let says = |text: &str| words.is_some_and(|words| words.contains(text));
        let breaker = says("circuit breaker").then_some(Self::CircuitBreaker);
        breaker.or(says("alarm").then_some(Self::Alarm))
    }
}

impl Failure {
    /// Of a deployment of ECS's history that failed, or that takes too long.
    pub fn of(deployment: &ServiceDeployment) -> Self {
        let how = How::in_words(deployment.reason.as_deref()).unwrap_or(if !deployment.has_failed() {
            How::Overdue
        } else if deployment.triggered {
            // Of alarms the reason always speaks.
            How::CircuitBreaker
        } else {
            How::RolledBack
        });
        Self { how, began: Some(deployment.created_at) }
    }

    /// Of a deployment in force that failed, by ECS's words on it.
    pub fn in_place(words: Option<&str>) -> Self {
        Self { how: How::in_words(words).unwrap_or(How::Failed), began: None }
    }

    /// Of a deployment in force that takes too long.
    pub fn overdue() -> Self {
        Self { how: How::Overdue, began: None }
    }

    /// The same, as the newest deployment of ECS's history tells it: what is in force is of that one.
    #[must_use]
    pub fn told_by(self, newest: &ServiceDeployment) -> Self {
        if newest.status == "SUCCESSFUL" {
            return self;
        }
        let told = Self::of(newest);
        let says_more = matches!(told.how, How::CircuitBreaker | How::Alarm) || self.how == How::Failed;
        let how = if newest.has_failed() && says_more { told.how } else { self.how };
        Self { how, ..told }
    }
}
