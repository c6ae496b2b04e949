//! Follows rollouts to their end, and says of those that failed why.

use std::collections::BTreeSet;

use super::exit::Exit;
use super::live::Live;
use super::out::Out;
use super::stop::Stop;
use crate::aws::Aws;
use crate::cloud::Observe as _;
use crate::follow::{Followed, Rollouts, Until, answer, explain, follow, keep_back, within};
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::{Observed, Seen};
use crate::model::service::ObservedService;
use crate::plan::held::Because;
use crate::plan::step::{Plan, Risk, Step};
use crate::render::rollouts::ending;
use crate::status::rollout::{Event, Rollout, State};

/// What one `apply` follows, round after round, in one table.
pub(super) struct Follower<'a> {
    desired: &'a Desired,
    aws: &'a Aws,
    out: Out,
    live: Live,
    rollouts: Rollouts,
}

/// How a round ended.
pub(super) struct Ended {
    pub(super) exit: Exit,
    /// Was anything under way?
    pub(super) moved: bool,
    /// Is anything under way still, or can anything be done now that could not be done before?
    pub(super) goes_on: bool,
    /// Services that failed and are tried again now: the end of that counts.
    pub(super) again: BTreeSet<Name>,
    /// What there is, and what would be done; none where AWS did not answer.
    pub(super) look: Option<(Observed, Plan)>,
}

impl<'a> Follower<'a> {
    pub(super) fn new(desired: &'a Desired, aws: &'a Aws, out: Out) -> Self {
        let rollouts = chosen(desired).cloned().map(|name| (name, Rollout::default())).collect();
        Self { desired, aws, out, live: Live::new(out, aws.clock()), rollouts }
    }

    pub(super) fn rollouts(&self) -> &Rollouts {
        &self.rollouts
    }

    /// Was anything under way, or had failed, at any look?
    pub(super) fn has_moved(&self) -> bool {
        self.rollouts.values().any(|rollout| !matches!(rollout.state, State::Unseen | State::Settled))
    }

    /// Was anything under way when it was looked at last?
    pub(super) fn is_under_way(&self) -> bool {
        self.rollouts.values().any(|rollout| rollout.state.is_under_way())
    }

    /// Was this one?
    pub(super) fn is_rolling(&self, name: &Name) -> bool {
        self.rollouts.get(name).is_some_and(|rollout| rollout.state.is_under_way())
    }

    pub(super) fn is_unseen(&self, name: &Name) -> bool {
        self.rollouts.get(name).is_some_and(|rollout| rollout.state == State::Unseen)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.rollouts.values().any(|rollout| rollout.state.is_failure())
    }

    /// What the plan leaves undone is not told as what is wanted.
    pub(super) fn keep_back(&mut self, plan: &Plan) {
        keep_back(&mut self.rollouts, plan);
    }

    /// Waits until no rollout of the manifests' services is under way, or for as long as `until` says. Services that were
    /// written meanwhile are `begun`. `None` where someone asked to stop.
    pub(super) async fn round(&mut self, until: &Until, begun: &BTreeSet<Name>, stop: &Stop) -> Option<Ended> {
        let Self { desired, aws, live, rollouts, .. } = self;
        let clock = aws.clock();
        let end = until.limit.map(|limit| clock.now() + limit + answer(clock));
        let moved = tokio::select! {
            moved = follow(*aws, aws.clock(), desired, rollouts, until, &*live) => Some(moved),
            () = live.tick() => None,
            () = stop.happens() => None,
        }?;
        let Followed { moved, unanswered } = moved;
        let left = || end.map(|end| end.since(clock.now()));
        let observed = if unanswered { None } else { within(clock, left(), aws.observe(desired)).await };
        let Some(observed) = observed else { return Some(self.unanswered(moved)) };
        let plan = crate::plan::plan(desired, &observed);
        let explained = explain(*aws, desired, &observed, &plan, rollouts);
        // What nobody answers is not explained.
        let found = within(clock, left(), explained).await.unwrap_or_default();
        Some(self.conclude(moved, begun, found, observed, plan))
    }

    /// AWS has gone silent: what was seen last is all there is to say.
    fn unanswered(&self, moved: bool) -> Ended {
        self.live.leave();
        self.out.tell("AWS does not answer any more: what is said of rollouts is what was seen last");
        let exit = if self.has_failed() { Exit::RolloutFailed } else { Exit::Failed };
        Ended { exit, moved, goes_on: false, again: BTreeSet::new(), look: None }
    }

    /// Only a plan says whether what came to its end is what the manifests want.
    fn conclude(
        &mut self,
        moved: bool,
        begun: &BTreeSet<Name>,
        found: Vec<(Name, Vec<Event>)>,
        observed: Observed,
        plan: Plan,
    ) -> Ended {
        let Self { aws, live, rollouts, .. } = self;
        let now = aws.clock().now();
        for (name, events) in found.into_iter().filter(|(name, _)| begun.contains(name)) {
            if let Some(rollout) = rollouts.get(&name) {
                live.found(&name, rollout, &events, now);
            }
        }
        keep_back(rollouts, &plan);
        crate::follow::Viewer::seen(live, rollouts, now);
        let states = || rollouts.values().map(|rollout| &rollout.state);
        let mut exit = if plan.is_empty() && plan.held().is_empty() { Exit::Yes } else { Exit::No };
        exit = Exit::of_holds(&plan).map_or(exit, |held| exit.worse(held));
        if states().any(State::is_failure) {
            exit = exit.worse(Exit::RolloutFailed);
        }
        if states().any(|state| matches!(state, State::Unreadable(_))) {
            exit = exit.worse(Exit::Failed);
        }
        let is_failed = |name: &Name| rollouts.get(name).is_some_and(|rollout| rollout.state.is_failure());
        let tried_again = |step: &Step| {
            step.risk.contains(&Risk::Redeploy) && step.target.kind == Kind::Service && is_failed(&step.target.name)
        };
        let again: BTreeSet<Name> =
            plan.steps().filter(|(_, step)| tried_again(step)).map(|(_, step)| step.target.name.clone()).collect();
        let waits = plan.held().iter().any(|held| held.because.ends_by_itself());
        let can_go_on = plan.steps().any(|(_, step)| step.deferred.is_none());
        let goes_on = self.is_under_way()
            || can_go_on
            || !again.is_empty()
            || (matches!(exit, Exit::Yes | Exit::No) && (!plan.is_empty() || waits));
        Ended { exit, moved, goes_on, again, look: Some((observed, plan)) }
    }

    /// Takes the table away until the next round.
    pub(super) fn pause(&self) {
        self.live.clear();
    }

    /// Draws the table again below what was said since, and leaves it there.
    pub(super) fn show(&self) {
        self.live.draw();
        self.live.leave();
    }

    /// Leaves the table where it is.
    pub(super) fn leave(&self) {
        self.live.leave();
    }

    /// Says of those that failed why; the same without colours, a line each.
    pub(super) fn say(&self, is_meant: impl Fn(&Name) -> bool) -> Vec<String> {
        let (now, scope) = (self.aws.clock().now(), self.aws.scope());
        let for_a_comment = crate::render::style::Style { color: false, width: usize::MAX, ..self.out.aside };
        let mut said = Vec::new();
        for (name, rollout) in self.rollouts.iter().filter(|(name, _)| is_meant(name)) {
            for line in ending(name, rollout, self.desired, scope, now, self.out.aside) {
                self.out.say(&line);
            }
            said.extend(ending(name, rollout, self.desired, scope, now, for_a_comment));
        }
        said
    }
}

/// The services that this `apply` is about.
fn chosen(desired: &Desired) -> impl Iterator<Item = &Name> {
    let is_chosen =
        |name: &&Name| desired.only.as_ref().is_none_or(|only| only.contains(&ResourceId::new(Kind::Service, name)));
    desired.services.keys().filter(is_chosen)
}

/// Those of them whose rollout was under way.
pub(super) fn under_way(desired: &Desired, observed: &Observed) -> BTreeSet<Name> {
    chosen(desired).filter(|name| is_rolling(observed, name)).cloned().collect()
}

/// Was any service's?
pub(super) fn any_under_way(desired: &Desired, observed: &Observed) -> bool {
    desired.services.keys().any(|name| is_rolling(observed, name))
}

fn is_rolling(observed: &Observed, name: &Name) -> bool {
    observed.services.get(name).and_then(Seen::present).is_some_and(ObservedService::is_rolling)
}

/// Is it the end of a rollout that ends it?
pub(super) fn ends_with_a_rollout(because: &Because) -> bool {
    matches!(because, Because::RolloutInProgress(_) | Because::WaitingForSlot(_) | Because::WaitingForWave(_))
}
