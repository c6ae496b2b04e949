//! One service's rollout, from one look to the next: where it is, what has happened, how it ended.
//!
//! Judged by the deployment that was first seen under way, never by "stable": a service is stable after a rollback too.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use super::rollout_state::{Event, KeptBack, State};
use crate::model::arn::Arn;
use crate::model::cause::{self, Cause};
use crate::model::observed::Seen;
use crate::model::service::{Deployment, ObservedService, ServiceDeployment};
use crate::model::task::Task;
use crate::model::time::Timestamp;

/// Looks that may fail, or find nothing, one after the other.
const PATIENCE: usize = 3;

/// A rollout, as far as it has been seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// Where it is.
    pub state: State,
    /// The revision that it brings, as `family:number`.
    pub to: String,
    /// The revision that it goes back to, or that took its place.
    pub instead: Option<String>,
    /// Tasks that it should run.
    pub desired: i64,
    /// Tasks that run.
    pub running: i64,
    /// Tasks that are starting.
    pub pending: i64,
    /// Tasks of it that did not come up, as ECS counts them.
    pub failed: i64,
    /// Its tasks that run or start, where they were looked at.
    pub tasks: Vec<Task>,
    /// Why tasks of it stopped, and how many of each.
    pub causes: BTreeMap<Cause, usize>,
    /// What ECS lacks to go on with it, in its own words, as it said last.
    pub lacks: Option<String>,
    /// Why it ended, in ECS's own words, where no task says it: an alarm, or someone who stopped it.
    pub reason: Option<String>,
    /// Is what the manifests want of it not begun?
    pub kept_back: Option<KeptBack>,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it was over; absent too where that was before the first look, and nothing says when.
    pub ended: Option<Timestamp>,
    deployment: Option<String>,
    /// The deployment that was in force, or on its way to it, at the last look.
    primary: Option<String>,
    stopped: BTreeSet<Arn>,
    unread: usize,
    missing: usize,
    has_news_of_stopped: bool,
    /// It failed before the first look.
    was_unseen: bool,
    /// When the way back was first seen: the deployment that ECS goes back to may be an old one.
    turned: Option<Timestamp>,
}

impl Rollout {
    /// Takes in a look at the service.
    pub fn see(&mut self, now: Timestamp, seen: &Seen<ObservedService>, limit: Duration) -> Vec<Event> {
        let service = match seen {
            Seen::Present(service) if service.status == "ACTIVE" => service,
            // What was just made may not be shown yet; what never was has no rollout to follow.
            Seen::Present(_) | Seen::Absent if self.state == State::Unseen => {
                self.missing += 1;
                if self.missing >= PATIENCE {
                    // Nothing happened, so nobody is told of it.
                    self.state = State::Settled;
                }
                return Vec::new();
            }
            Seen::Present(_) | Seen::Absent => return self.enter(State::Gone, now),
            Seen::Unreadable(why) => {
                self.unread += 1;
                let lost = self.unread >= PATIENCE;
                return if lost { self.enter(State::Unreadable(why.clone()), now) } else { Vec::new() };
            }
        };
        self.unread = 0;
        let Some(primary) = service.primary() else { return self.enter(State::Settled, now) };
        let is_known = self.primary.as_ref() == Some(&primary.id);
        if is_known && self.state.is_over() && self.state != State::Overdue {
            return Vec::new();
        }
        let was_overdue = self.state == State::Overdue;
        let mut events = Vec::new();
        let followed = service.deployments.iter().find(|other| Some(&other.id) == self.deployment.as_ref());
        match self.deployment.as_deref() {
            None => match failed_before(primary, &service.deployments) {
                // A way back was under way before anyone looked.
                Some(failed) => self.follow(failed),
                None => self.follow(primary),
            },
            Some(id) if id != primary.id && !is_known && !is_way_back(primary, followed, self.began) => {
                if self.state.is_over() {
                    // The next one; one that is over by now was under way, as it is news.
                    self.follow(failed_before(primary, &service.deployments).unwrap_or(primary));
                    self.state = if primary.is_in_progress() { State::Unseen } else { State::Rolling };
                } else {
                    events.push(Event::Superseded(self.to.clone()));
                    self.follow(primary);
                    self.state = State::Rolling;
                }
            }
            Some(_) => {}
        }
        self.primary = Some(primary.id.clone());
        let before = (self.state.clone(), self.desired, self.running, self.pending, self.failed);
        if let Some(followed) = service.deployments.iter().find(|other| Some(&other.id) == self.deployment.as_ref()) {
            self.has_news_of_stopped |= followed.failed_tasks > self.failed;
            self.count(followed);
        }
        if Some(&primary.id) == self.deployment.as_ref() {
            self.lacks.clone_from(&service.lacks);
            events.extend(self.forward(service, primary, now));
        } else {
            self.instead = Some(revision(&primary.task_definition));
            events.extend(match primary.rollout_state.as_deref() {
                Some("IN_PROGRESS") => self.enter(State::RollingBack, now),
                Some("FAILED") => {
                    self.enter(State::Failed(format!("the way back failed too: {}", words(primary))), now)
                }
                _ => self.enter(State::RolledBack, now),
            });
        }
        // The way back has its own time.
        let began = if self.state == State::RollingBack { Some(*self.turned.get_or_insert(now)) } else { self.began };
        let late = began.is_some_and(|began| now.since(began) > limit);
        if late && matches!(self.state, State::Rolling | State::RollingBack) {
            events.extend(self.enter(State::Overdue, now));
        }
        if was_overdue && self.state == State::Overdue {
            // It was told.
            return Vec::new();
        }
        let after = (self.state.clone(), self.desired, self.running, self.pending, self.failed);
        if events.is_empty() && before != after {
            events.push(Event::Progress);
        }
        events
    }

    fn forward(&mut self, service: &ObservedService, primary: &Deployment, now: Timestamp) -> Vec<Event> {
        let state = match primary.rollout_state.as_deref() {
            Some("COMPLETED") => None,
            Some("FAILED") => Some(State::Failed(words(primary))),
            Some(_) => Some(State::Rolling),
            // Behind a Classic Load Balancer and under other controllers ECS states none.
            None => {
                let steady =
                    service.deployments.len() == 1 && primary.running == primary.desired && primary.pending == 0;
                (!steady).then_some(State::Rolling)
            }
        };
        let first = self.state == State::Unseen;
        let events = self.enter(state.unwrap_or(if first { State::Settled } else { State::Completed }), now);
        if first && self.state.is_failure() {
            // It was over before, and this look does not say since when.
            self.was_unseen = true;
            self.ended = None;
        }
        events
    }

    /// Another round of looks begins: what could not be seen, or was not there, may be by now. What is over stays so until
    /// another deployment begins.
    pub fn look_again(&mut self) {
        (self.unread, self.missing) = (0, 0);
        let was_nothing = self.state == State::Settled && self.deployment.is_none();
        if was_nothing || matches!(self.state, State::Unreadable(_) | State::Gone) {
            let Self { stopped, kept_back, .. } = std::mem::take(self);
            *self = Self { kept_back, stopped, ..Self::default() };
        }
    }

    /// Takes in the tasks that run or start.
    pub fn see_tasks(&mut self, tasks: &Seen<Vec<Task>>) {
        let tasks = tasks.present().into_iter().flatten();
        self.tasks = tasks.filter(|task| task.started_by == self.deployment).cloned().collect();
    }

    /// Takes in tasks that have stopped. Those of other deployments tell nothing about this one.
    pub fn see_stopped(&mut self, tasks: &Seen<Vec<Task>>) -> Vec<Event> {
        let Seen::Present(tasks) = tasks else { return Vec::new() };
        self.has_news_of_stopped = false;
        let mut events = Vec::new();
        for task in tasks {
            let known = !self.stopped.insert(task.arn.clone());
            let of_this = match &task.started_by {
                Some(id) => Some(id) == self.deployment.as_ref(),
                None => revision(&task.task_definition) == self.to,
            };
            if let Some(cause) = cause::of(task).filter(|_| of_this && !known) {
                *self.causes.entry(cause.clone()).or_default() += 1;
                events.push(Event::TaskStopped(task.id().to_owned(), cause));
            }
        }
        events
    }

    /// Would a look at stopped tasks tell anything new?
    pub fn has_news_of_stopped(&self) -> bool {
        self.has_news_of_stopped
    }

    /// Stopped tasks that need not be described again.
    pub fn known_stopped(&self) -> &BTreeSet<Arn> {
        &self.stopped
    }

    /// Nobody waits any longer.
    pub fn give_up(&mut self, now: Timestamp) -> Vec<Event> {
        self.has_news_of_stopped = true;
        if self.state == State::Unseen && self.missing > 0 {
            // It was never there: nothing happened.
            self.state = State::Settled;
            return Vec::new();
        }
        self.enter(State::Overdue, now)
    }

    /// The cause of most failures.
    pub fn cause(&self) -> Option<(&Cause, usize)> {
        self.causes.iter().max_by_key(|(_, count)| **count).map(|(cause, count)| (cause, *count))
    }

    /// A deployment that was over, and had failed, before anyone could follow it.
    pub fn failed_unseen(failed: &ServiceDeployment, live: &ObservedService) -> Self {
        Self {
            state: State::RolledBack,
            to: revision(&failed.task_definition),
            instead: Some(revision(&live.task_definition)),
            began: Some(failed.created_at),
            ended: failed.finished_at,
            reason: failed.reason.clone(),
            was_unseen: true,
            primary: live.primary().map(|primary| primary.id.clone()),
            desired: live.primary().map_or(0, |primary| primary.desired),
            ..Self::default()
        }
    }

    /// Is nothing under way of it, though the manifests want something else?
    pub fn is_kept_back(&self) -> bool {
        self.state == State::Settled && self.kept_back.is_some()
    }

    /// Did it fail before anyone looked?
    pub fn was_unseen(&self) -> bool {
        self.was_unseen
    }

    /// Does ECS go back, for as long as that has taken?
    pub fn is_on_its_way_back(&self) -> bool {
        self.turned.is_some() && matches!(self.state, State::RollingBack | State::Overdue)
    }

    /// Would ECS's history tell when it failed, or why?
    pub fn needs_history(&self) -> bool {
        let why = !self.causes.is_empty() || self.lacks.is_some() || self.reason.is_some();
        (self.was_unseen && self.ended.is_none()) || (self.state == State::RolledBack && !why)
    }

    /// Takes in what ECS's history says of the newest deployment that failed.
    pub fn recall(&mut self, failed: &ServiceDeployment) {
        if revision(&failed.task_definition) == self.to {
            self.ended = self.ended.or(failed.finished_at);
            self.reason.clone_from(&failed.reason);
        }
    }

    /// Takes in the stopped tasks of the revision, whatever deployment they were of: what was to be told of it, had
    /// anyone looked.
    pub fn explain(&mut self, tasks: &Seen<Vec<Task>>) -> Vec<Event> {
        let mut events = Vec::new();
        let of_it = |task: &&Task| revision(&task.task_definition) == self.to;
        for task in tasks.present().into_iter().flatten().filter(of_it) {
            if let Some(cause) = cause::of(task) {
                *self.causes.entry(cause.clone()).or_default() += 1;
                events.push(Event::TaskStopped(task.id().to_owned(), cause));
            }
        }
        events.push(Event::Entered);
        events
    }

    fn follow(&mut self, deployment: &Deployment) {
        let Self { state: _, unread: _, stopped, kept_back, .. } = std::mem::take(self);
        *self = Self {
            deployment: Some(deployment.id.clone()),
            to: revision(&deployment.task_definition),
            began: Some(deployment.created_at),
            stopped,
            kept_back,
            ..Self::default()
        };
        self.count(deployment);
    }

    fn count(&mut self, deployment: &Deployment) {
        let Deployment { desired, running, pending, failed_tasks, .. } = deployment;
        (self.desired, self.running, self.pending) = (*desired, *running, *pending);
        // ECS begins to count anew when one comes up; what failed has failed.
        self.failed = self.failed.max(*failed_tasks);
        self.has_news_of_stopped |= self.causes.is_empty() && *failed_tasks > 0;
    }

    fn enter(&mut self, state: State, now: Timestamp) -> Vec<Event> {
        if self.state == state {
            return Vec::new();
        }
        if state.is_over() {
            self.ended = Some(now);
        }
        // Those of a deployment that is left behind are not looked at any more.
        if state.is_over() || state == State::RollingBack {
            self.tasks.clear();
        }
        self.has_news_of_stopped |= state.is_failure() || state == State::RollingBack;
        self.state = state;
        vec![Event::Entered]
    }
}

/// Does ECS say so, or did the deployment begin before the one that it takes the place of?
fn is_way_back(primary: &Deployment, followed: Option<&Deployment>, began: Option<Timestamp>) -> bool {
    let says = |deployment: &Deployment| deployment.reason.as_deref().is_some_and(|reason| reason.contains("roll"));
    let failed = followed.is_some_and(|followed| followed.rollout_state.as_deref() == Some("FAILED"));
    (says(primary) && failed) || began.is_some_and(|began| primary.created_at < began)
}

/// What a deployment under way goes back from, if it does.
fn failed_before<'d>(primary: &Deployment, all: &'d [Deployment]) -> Option<&'d Deployment> {
    let is_back =
        primary.is_in_progress() && primary.reason.as_deref().is_some_and(|reason| reason.contains("rolling back"));
    let failed = |other: &&Deployment| other.id != primary.id && other.rollout_state.as_deref() == Some("FAILED");
    all.iter().filter(|_| is_back).filter(failed).max_by_key(|other| other.created_at)
}

fn words(deployment: &Deployment) -> String {
    deployment.reason.as_deref().unwrap_or("ECS gives no reason").trim_end_matches('.').to_owned()
}

/// `family:number`.
pub fn revision(task_definition: &Arn) -> String {
    task_definition.resource().trim_start_matches("task-definition/").to_owned()
}
