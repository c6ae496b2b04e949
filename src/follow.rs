//! Follows rollouts to their end, several services at once. Reads only, seldom, and no more than is needed: services ten at
//! a time, tasks only of services whose tasks have news or are being watched.
//!
//! Decides nothing: what a look means is `status::rollout`'s to say. Knows no terminal: it tells a [`Viewer`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cloud::Watch;
use crate::cloud::clock::Clock;
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name};
use crate::model::observed::{Observed, Seen, UNASKED};
use crate::model::time::Timestamp;
use crate::plan::held::Because;
use crate::plan::patience;
use crate::plan::step::Plan;
use crate::status::rollout::{Event, Rollout, State, revision};

/// Between two looks.
pub const PAUSE: Duration = Duration::from_secs(5);

/// Services whose running tasks are looked at in one round; the others have their turn in the next ones.
const WATCHED: usize = 5;

/// All rollouts, by manifest name.
pub type Rollouts = BTreeMap<Name, Rollout>;

/// Is told of everything as it happens.
pub trait Viewer {
    /// Does anyone look at single tasks?
    fn wants_tasks(&self) -> bool;
    /// Something happened.
    fn happened(&self, name: &Name, rollout: &Rollout, event: &Event, now: Timestamp);
    /// A round is over.
    fn seen(&self, rollouts: &Rollouts, now: Timestamp);
}

/// Follows these services until each rollout is over, or for as long as `limit` says; where it says nothing, each for as
/// long as its manifest lets a rollout take.
pub async fn follow(
    cloud: &impl Watch,
    clock: Clock,
    desired: &Desired,
    names: &BTreeSet<Name>,
    limit: Option<Duration>,
    viewer: &impl Viewer,
) -> Rollouts {
    let begun = clock.now();
    let mut rollouts: Rollouts = names.iter().map(|name| (name.clone(), Rollout::default())).collect();
    let mut turn = 0;
    loop {
        let going: BTreeSet<Name> =
            rollouts.iter().filter(|(_, rollout)| !rollout.state.is_over()).map(|(name, _)| name.clone()).collect();
        if going.is_empty() {
            return rollouts;
        }
        let seen = cloud.services(desired, &going).await;
        let now = clock.now();
        let is_last = limit.is_some_and(|limit| now.since(begun) >= limit);
        let mut watched = BTreeSet::new();
        if viewer.wants_tasks() {
            watched.extend(going.iter().cycle().skip(turn).take(WATCHED.min(going.len())));
            turn = (turn + WATCHED) % going.len();
        }
        for name in &going {
            let Some(rollout) = rollouts.get_mut(name) else { continue };
            let unasked = Seen::Unreadable(UNASKED.to_owned());
            let found = seen.get(name).unwrap_or(&unasked);
            let allowed = match (limit, desired.services.get(name), found) {
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
                    let stopped = cloud.tasks(cluster, service, true, rollout.known_stopped()).await;
                    // Why comes before what follows from it.
                    events.splice(0..0, rollout.see_stopped(&stopped));
                }
                if watched.contains(name) && rollout.state == State::Rolling {
                    rollout.see_tasks(&cloud.tasks(cluster, service, false, &BTreeSet::new()).await);
                }
            }
            for event in &events {
                viewer.happened(name, rollout, event, now);
            }
        }
        viewer.seen(&rollouts, now);
        if rollouts.values().any(|rollout| !rollout.state.is_over()) {
            clock.sleep(PAUSE).await;
        }
    }
}

/// Services that the plan holds because their rollout failed, though nobody saw it fail: when, and what of.
pub async fn explain(cloud: &impl Watch, desired: &Desired, observed: &Observed, plan: &Plan, rollouts: &mut Rollouts) {
    for held in plan.held().iter().filter(|held| matches!(held.because, Because::RolloutFailed { .. })) {
        let name = &held.target.name;
        let seen = rollouts.get_mut(name).filter(|rollout| rollout.state.is_failure());
        let known = seen.as_ref().is_some_and(|rollout| rollout.ended.is_some() || !rollout.was_unseen());
        let live = observed.services.get(name).and_then(Seen::present).filter(|_| held.target.kind == Kind::Service);
        let cluster = desired.services.get(name).map(|service| &service.cluster);
        let (Some(service), Some(cluster)) = (live.filter(|_| !known), cluster) else { continue };
        let Seen::Present(history) = cloud.history(cluster, service).await else { continue };
        let ended_badly = history.iter().find(|deployment| deployment.status != "SUCCESSFUL");
        let Some(failed) = ended_badly else { continue };
        if let Some(seen) = seen {
            seen.ended = failed.finished_at.filter(|_| revision(&failed.task_definition) == seen.to);
            continue;
        }
        let mut rollout = Rollout::failed_unseen(failed, service);
        rollout.explain(&cloud.tasks(cluster, service, true, &BTreeSet::new()).await);
        rollouts.insert(name.clone(), rollout);
    }
}
