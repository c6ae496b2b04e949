//! Follows rollouts to their end, several services at once. Reads only, seldom, and no more than is needed: services ten at
//! a time, tasks only of services whose tasks have news or are being watched.
//!
//! Decides nothing: what a look means is `status::rollout`'s to say. Knows no terminal: it tells a [`Viewer`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cloud::Watch;
use crate::cloud::clock::Clock;
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::{Observed, Seen, UNASKED};
use crate::model::time::Timestamp;
use crate::plan::held::{Because, Held};
use crate::plan::patience;
use crate::plan::step::Plan;
use crate::status::rollout::{Event, KeptBack, Rollout, State};

/// Between two looks.
pub const PAUSE: Duration = Duration::from_secs(5);

/// How long after the end of its time AWS may still take to answer: a look at a thousand services takes most of it. A clock
/// that runs fast makes nobody answer faster.
pub fn answer(clock: Clock) -> Duration {
    Duration::from_mins(1) * clock.speed()
}

/// Where the end is near.
const SHORTEST: Duration = Duration::from_millis(100);

/// Services whose running tasks are looked at in one round; the others have their turn in the next ones.
const WATCHED: usize = 5;

/// All rollouts, by manifest name.
pub type Rollouts = BTreeMap<Name, Rollout>;

/// When to come back, though not all are over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Until {
    /// So long after the beginning; those under way are given up then. Where it says nothing, each may take as long as its
    /// manifest lets a rollout take.
    pub limit: Option<Duration>,
    /// Something else can go on then.
    pub wake: Option<Timestamp>,
    /// Something else waits for the end of any of these.
    pub first_of: BTreeSet<Name>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Did anything move?
    pub moved: bool,
    /// Did AWS not answer any more, when the time was over?
    pub unanswered: bool,
}

/// Is told of everything as it happens.
pub trait Viewer {
    /// Does anyone look at single tasks?
    fn wants_tasks(&self) -> bool;
    /// Something happened.
    fn happened(&self, name: &Name, rollout: &Rollout, event: &Event, now: Timestamp);
    /// A round is over.
    fn seen(&self, rollouts: &Rollouts, now: Timestamp);
}

/// Follows these services until each rollout is over, or for as long as `until` says. What was seen of them before counts:
/// nothing is told twice.
pub async fn follow(
    cloud: &impl Watch,
    clock: Clock,
    desired: &Desired,
    rollouts: &mut Rollouts,
    until: &Until,
    viewer: &impl Viewer,
) -> Followed {
    let begun = clock.now();
    let answer = |now: Timestamp| until.limit.map(|limit| (begun + limit + answer(clock)).since(now));
    rollouts.values_mut().for_each(Rollout::look_again);
    let not_over = |rollouts: &Rollouts| -> BTreeSet<Name> {
        rollouts.iter().filter(|(_, rollout)| !rollout.state.is_over()).map(|(name, _)| name.clone()).collect()
    };
    let mut awaited: BTreeSet<Name> = not_over(rollouts).intersection(&until.first_of).cloned().collect();
    // Another rollout may have begun of what is over.
    let mut going: BTreeSet<Name> = rollouts.keys().cloned().collect();
    let (mut turn, mut moved) = (0, false);
    while !going.is_empty() {
        let Some(seen) = within(clock, answer(clock.now()), cloud.services(desired, &going)).await else {
            let now = clock.now();
            for name in &going {
                let Some(rollout) = rollouts.get_mut(name).filter(|rollout| rollout.state.is_under_way()) else {
                    continue;
                };
                for event in rollout.give_up(now) {
                    viewer.happened(name, rollout, &event, now);
                }
            }
            viewer.seen(rollouts, now);
            return Followed { moved, unanswered: true };
        };
        let now = clock.now();
        let is_last = until.limit.is_some_and(|limit| now.since(begun) >= limit);
        let mut watched = BTreeSet::new();
        if viewer.wants_tasks() {
            watched.extend(going.iter().cycle().skip(turn).take(WATCHED.min(going.len())));
            turn = (turn + WATCHED) % going.len();
        }
        for name in &going {
            let Some(rollout) = rollouts.get_mut(name) else { continue };
            let unasked = Seen::Unreadable(UNASKED.to_owned());
            let found = seen.get(name).unwrap_or(&unasked);
            let allowed = match (until.limit, desired.services.get(name), found) {
                (None, Some(service), Seen::Present(live)) => patience(service, live),
                _ => Duration::MAX,
            };
            let mut events = rollout.see(now, found, allowed);
            if is_last && !rollout.state.is_over() {
                events.extend(rollout.give_up(now));
            }
            let cluster = desired.services.get(name).map(|service| &service.cluster);
            if let (Seen::Present(service), Some(cluster)) = (found, cluster) {
                if rollout.has_news_of_stopped() {
                    let stopped = cloud.tasks(cluster, service, true, rollout.known_stopped());
                    if let Some(stopped) = within(clock, answer(now), stopped).await {
                        // Why comes before what follows from it.
                        events.splice(0..0, rollout.see_stopped(&stopped));
                    }
                }
                if watched.contains(name) && rollout.state == State::Rolling {
                    let none = BTreeSet::new();
                    if let Some(tasks) = within(clock, answer(now), cloud.tasks(cluster, service, false, &none)).await {
                        rollout.see_tasks(&tasks);
                    }
                }
            }
            for event in &events {
                viewer.happened(name, rollout, event, now);
            }
            moved |= rollout.state.is_under_way() || !(events.is_empty() || rollout.state == State::Settled);
        }
        viewer.seen(rollouts, now);
        going = not_over(rollouts);
        let is_enough = awaited.iter().any(|name| !going.contains(name)) || until.wake.is_some_and(|wake| now >= wake);
        if going.is_empty() || is_enough {
            break;
        }
        awaited.extend(going.intersection(&until.first_of).cloned());
        let ends = [until.limit.map(|limit| begun + limit), until.wake];
        let next = ends.into_iter().flatten().map(|end| end.since(now)).min().map_or(PAUSE, |left| left.min(PAUSE));
        clock.sleep(next.max(SHORTEST)).await;
    }
    Followed { moved, unanswered: false }
}

/// What AWS answers, unless that takes longer than this.
pub async fn within<T>(clock: Clock, longest: Option<Duration>, answer: impl Future<Output = T>) -> Option<T> {
    let Some(longest) = longest else { return Some(answer.await) };
    tokio::select! {
        answer = answer => Some(answer),
        () = clock.sleep(longest) => None,
    }
}

/// Marks the services of which this plan has something left: what is in force there is not what the manifests want.
pub fn keep_back(rollouts: &mut Rollouts, plan: &Plan) {
    let ends = |held: &&Held| {
        let root = |other: &Held| other.target == held.root && other.because.ends_by_itself();
        held.because.ends_by_itself() || plan.held().iter().any(root)
    };
    for (name, rollout) in rollouts {
        let service = ResourceId::new(Kind::Service, name);
        let held: Vec<&Held> = plan.held().iter().filter(|held| held.target == service).collect();
        let has_steps = plan.steps().any(|(_, step)| step.target == service);
        rollout.kept_back = if held.iter().all(ends) {
            (has_steps || !held.is_empty()).then_some(KeptBack::Waits)
        } else {
            Some(KeptBack::Held)
        };
    }
}

/// Services that the plan holds because their rollout failed, though nobody saw it fail, or no task said why: when, and what
/// of. Says what was to be told of those that nobody saw.
pub async fn explain(
    cloud: &impl Watch,
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
    rollouts: &mut Rollouts,
) -> Vec<(Name, Vec<Event>)> {
    let mut found = Vec::new();
    for held in plan.held().iter().filter(|held| matches!(held.because, Because::RolloutFailed { .. })) {
        let name = &held.target.name;
        let seen = rollouts.get_mut(name).filter(|rollout| rollout.state.is_failure());
        let known = seen.as_ref().is_some_and(|rollout| !rollout.needs_history());
        let live = observed.services.get(name).and_then(Seen::present).filter(|_| held.target.kind == Kind::Service);
        let cluster = desired.services.get(name).map(|service| &service.cluster);
        let (Some(service), Some(cluster)) = (live.filter(|_| !known), cluster) else { continue };
        let Seen::Present(history) = cloud.history(cluster, service).await else { continue };
        let ended_badly = history.iter().find(|deployment| deployment.status != "SUCCESSFUL");
        let Some(failed) = ended_badly else { continue };
        if let Some(seen) = seen {
            seen.recall(failed);
            continue;
        }
        let mut rollout = Rollout::failed_unseen(failed, service);
        found.push((name.clone(), rollout.explain(&cloud.tasks(cluster, service, true, &BTreeSet::new()).await)));
        rollouts.insert(name.clone(), rollout);
    }
    found
}
