//! What `apply` waits for: holds that end by themselves, and with `--wait` rollouts, for as long as `--timeout` says.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use super::apply::{PAUSE, Run};
use super::args::Format;
use super::diff::{Pass, object};
use super::exit::Exit;
use super::follow::{Follower, any_under_way, ends_with_a_rollout, under_way};
use super::stop::Stop;
use crate::follow::{Rollouts, Until, answer, within};
use crate::model::id::Name;
use crate::model::observed::Observed;
use crate::model::time::Timestamp;
use crate::plan::held::{Because, Held};
use crate::plan::step::Plan;

/// How long holds that end by themselves are waited out, all together.
const PATIENCE: Duration = Duration::from_mins(2);

/// Rollouts are followed.
pub(super) struct Wait {
    /// What `--timeout` says.
    limit: Option<Duration>,
    /// When that is over: it begins with the first step.
    deadline: Cell<Option<Timestamp>>,
    /// What the last passes left to rollouts under way, if anything: when to plan again.
    until: RefCell<Option<Until>>,
}

impl Wait {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, deadline: Cell::new(None), until: RefCell::default() }
    }
}

impl Run<'_> {
    /// Passes, then the rollouts that they started, and again where the end of one lets others begin.
    pub(super) async fn rollouts(&self, stop: &Stop) -> Exit {
        let mut follower = Follower::new(self.desired, self.aws, self.out);
        let calls_before: u64 = self.aws.calls().values().sum();
        loop {
            let before = self.steps.get();
            let known = self.begun.borrow().clone();
            let exit = self.passes(stop).await;
            // What failed, or could not be read, does not keep from following what was begun beside it.
            let is_over = exit == Exit::Failed && self.steps.get() == before && !follower.is_under_way();
            if self.silent.get() {
                follower.show();
                self.last_object(&follower);
                self.said.borrow_mut().extend(follower.say(|_| true));
                let is_failed = follower.has_failed();
                let is_left = self.leave_unseen(|name, is_new| is_new || follower.is_rolling(name), &known);
                return if is_failed || is_left { Exit::RolloutFailed } else { Exit::Failed };
            }
            if self.declined.get() || matches!(exit, Exit::Interrupted | Exit::Usage) {
                follower.show();
                self.last_object(&follower);
                return exit;
            }
            if is_over {
                follower.show();
                self.last_object(&follower);
                self.said.borrow_mut().extend(follower.say(|_| true));
                return exit;
            }
            self.begin();
            let left_to_rollouts = self.wait.as_ref().and_then(|wait| wait.until.take());
            let until = Until { limit: self.left(), ..left_to_rollouts.clone().unwrap_or_default() };
            let begun = self.begun.borrow().clone();
            if let Some((_, plan)) = &*self.last.borrow() {
                follower.keep_back(plan);
            }
            let Some(ended) = follower.round(&until, &begun, stop).await else {
                follower.leave();
                self.last_object(&follower);
                return self.stopped();
            };
            let moved = ended.moved || self.steps.get() > before;
            let has_time = !self.is_time_over();
            if ended.goes_on && moved && has_time {
                follower.pause();
                self.said.borrow_mut().extend(follower.say(|name| ended.again.contains(name)));
                *self.last.borrow_mut() = ended.look;
                continue;
            }
            follower.leave();
            if let Some((observed, plan)) = ended.look {
                // What was too long to be waited for is no hold, and nobody has said it.
                let is_too_long = exit == Exit::No && plan.held().is_empty();
                let is_untold = left_to_rollouts.is_some() || (!plan.is_empty() && (!has_time || is_too_long));
                // The objects of the passes are older than how the rollouts ended.
                if is_untold || (moved && self.format == Format::Json) {
                    self.show_what_is_left(&plan, &observed, has_time, follower.rollouts());
                }
                *self.last.borrow_mut() = Some((observed, plan));
            } else {
                self.last_object(&follower);
                if self.leave_unseen(|name, is_new| is_new && follower.is_unseen(name), &known) {
                    self.said.borrow_mut().extend(follower.say(|_| true));
                    return Exit::RolloutFailed;
                }
            }
            self.said.borrow_mut().extend(follower.say(|_| true));
            if ended.exit == Exit::Yes {
                self.converged(calls_before);
                return ended.exit;
            }
            return ended.exit.worse(exit);
        }
    }

    /// AWS has gone silent: says of what was begun, and nobody saw the end of, that nobody did. What was begun since `known`
    /// is new. Is there any?
    fn leave_unseen(&self, is_unseen: impl Fn(&Name, bool) -> bool, known: &BTreeSet<Name>) -> bool {
        let begun = self.begun.borrow();
        let unseen = begun.iter().filter(|name| is_unseen(name, !known.contains(*name)));
        let unseen: Vec<String> = unseen.map(|name| format!("Service/{name}")).collect();
        if unseen.is_empty() {
            return false;
        }
        let line = format!("nobody could see how what was begun ended: {}", unseen.join(", "));
        self.out.tell(&line);
        self.said.borrow_mut().push(line);
        true
    }

    /// Where nobody looks once more: the last plan, and how far the rollouts were.
    fn last_object(&self, follower: &Follower<'_>) {
        if let Some((observed, plan)) = &*self.last.borrow()
            && self.format == Format::Json
            && follower.has_moved()
        {
            object(
                &Pass { desired: self.desired, observed, plan, aws: self.aws, execution: None },
                follower.rollouts(),
            );
        }
    }

    /// The time that `--timeout` sets begins, unless it has begun.
    pub(super) fn begin(&self) {
        if let Some(wait) = &self.wait
            && wait.deadline.get().is_none()
        {
            wait.deadline.set(wait.limit.map(|limit| self.clock.now() + limit));
        }
    }

    /// What a look gives, unless AWS is silent for long after that time is over.
    pub(super) async fn answered<T>(&self, look: impl Future<Output = T>) -> Option<T> {
        within(self.clock, self.left().map(|left| left + answer(self.clock)), look).await
    }

    /// What is left of it; `None` where there is no end of it.
    fn left(&self) -> Option<Duration> {
        let deadline = self.wait.as_ref()?.deadline.get()?;
        Some(deadline.since(self.clock.now()))
    }

    pub(super) fn is_time_over(&self) -> bool {
        !self.has_time_for(Duration::from_millis(1))
    }

    pub(super) fn has_time_for(&self, duration: Duration) -> bool {
        self.left().is_none_or(|left| left >= duration)
    }

    /// Is all that this plan holds left to rollouts that are followed? Says so.
    pub(super) fn is_left_to_rollouts(&self, plan: &Plan) -> bool {
        let is_left = self.wait.as_ref().is_some_and(|wait| wait.until.borrow().is_some());
        let is_for_a_person = matches!(self.format, Format::Text | Format::Github);
        let by_itself: Vec<&Held> = plan.held().iter().filter(|held| held.because.ends_by_itself()).collect();
        let ends = |held: &Held| match &held.because {
            Because::WaitingOn(other) => by_itself.iter().any(|held| held.target == *other),
            because => because.ends_by_itself(),
        };
        let Some(first) = by_itself.first() else { return false };
        if !is_left || !is_for_a_person || !plan.held().iter().all(ends) {
            return false;
        }
        let more = by_itself.len() - 1;
        let more = if more > 0 { format!(" ({more} more wait)") } else { String::new() };
        let line = format!("waiting: {} {}{more}", first.target, first.because);
        if self.read.borrow_mut().insert(line.clone()) {
            self.out.mention(&line);
        }
        true
    }

    /// What rollouts were to let go on: nothing was said of it yet.
    fn show_what_is_left(&self, plan: &Plan, observed: &Observed, has_time: bool, rollouts: &Rollouts) {
        let is_nothing = plan.is_empty() && plan.held().is_empty();
        if !(has_time || is_nothing) {
            self.say_that_time_is_over();
        }
        match self.format {
            Format::Json => {
                object(&Pass { desired: self.desired, observed, plan, aws: self.aws, execution: None }, rollouts);
            }
            Format::Text | Format::Github if !is_nothing => self.plan(observed, plan),
            Format::Text | Format::Github | Format::Markdown => {}
        }
    }

    /// Once.
    fn say_that_time_is_over(&self) {
        let line = "the time that --timeout sets is over before what waits can begin";
        if self.read.borrow_mut().insert(line.to_owned()) {
            self.out.mention(line);
        }
    }

    /// Waits for what ends by itself, `later` steps among it; false where nothing does, or not soon enough, or where
    /// rollouts are followed meanwhile.
    pub(super) async fn wait(
        &self,
        plan: &Plan,
        observed: &Observed,
        later: bool,
        waited: &mut Duration,
        stop: &Stop,
    ) -> bool {
        let mut soon: Vec<_> = plan.held().iter().filter(|held| held.because.ends_by_itself()).collect();
        if let Some(wait) = &self.wait {
            let rolling = under_way(self.desired, observed);
            if !rolling.is_empty() {
                if later || !soon.is_empty() {
                    let ends = soon.iter().filter_map(|held| held.because.until());
                    let next = ends.chain(later.then_some(observed.at)).min();
                    let wake = next.map(|next| next.max(observed.at + PAUSE));
                    *wait.until.borrow_mut() = Some(Until { limit: None, wake, first_of: rolling });
                }
                return false;
            }
            if !any_under_way(self.desired, observed) {
                // No rollout will end.
                soon.retain(|held| !ends_with_a_rollout(&held.because));
            }
        }
        let waits = soon.iter().map(|held| held.because.until().map_or(PAUSE, |until| until.since(observed.at)));
        let next = waits.chain(later.then_some(PAUSE)).min().map(|next| next.max(Duration::from_secs(1)));
        self.begin();
        let Some(next) = next.filter(|next| *waited + *next <= PATIENCE) else { return false };
        if !self.has_time_for(next) {
            self.say_that_time_is_over();
            return false;
        }
        if let Some(held) = soon.first()
            && self.format != Format::Json
        {
            self.out.mention(&format!("waiting up to {}s: {} {}", next.as_secs(), held.target, held.because));
        }
        *waited += next;
        tokio::select! {
            () = self.clock.sleep(next) => {}
            () = stop.happens() => {}
        }
        true
    }
}
