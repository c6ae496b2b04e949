//! Follows rollouts to their end, and says of those that failed why.

use std::collections::BTreeSet;
use std::time::Duration;

use super::exit::Exit;
use super::live::Live;
use super::out::Out;
use super::stop::Stop;
use crate::aws::Aws;
use crate::cloud::Observe as _;
use crate::follow::{Rollouts, explain, follow};
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::Observed;
use crate::plan::step::{Plan, Risk, Step};
use crate::render::rollouts::ending;
use crate::status::rollout::State;

/// How it ended.
pub(super) struct Ended {
    pub(super) exit: Exit,
    /// Was anything under way?
    pub(super) followed: bool,
    /// Is there anything to do now that could not be done before?
    pub(super) goes_on: bool,
    /// What is to be said of failures, without colours, a line each.
    pub(super) said: Vec<String>,
    pub(super) observed: Observed,
    pub(super) plan: Plan,
}

/// Waits until no rollout of the manifests' services is under way. `None` where someone asked to stop.
pub(super) async fn to_the_end(
    desired: &Desired,
    aws: &Aws,
    limit: Option<Duration>,
    stop: &Stop,
    out: Out,
) -> Option<Ended> {
    let names = chosen(desired);
    let rollouts = {
        let live = Live::new(out, aws.clock());
        tokio::select! {
            rollouts = follow(aws, aws.clock(), desired, &names, limit, &live) => Some(rollouts),
            () = live.tick() => None,
            () = stop.happens() => None,
        }
    };
    conclude(rollouts?, desired, aws, out).await.into()
}

/// The services that this `apply` is about.
fn chosen(desired: &Desired) -> BTreeSet<Name> {
    let is_chosen =
        |name: &&Name| desired.only.as_ref().is_none_or(|only| only.contains(&ResourceId::new(Kind::Service, name)));
    desired.services.keys().filter(is_chosen).cloned().collect()
}

/// Looks once more: only a plan says whether what came to its end is what the manifests want.
async fn conclude(mut rollouts: Rollouts, desired: &Desired, aws: &Aws, out: Out) -> Ended {
    let observed = aws.observe(desired).await;
    let plan = crate::plan::plan(desired, &observed);
    explain(aws, desired, &observed, &plan, &mut rollouts).await;
    let now = aws.clock().now();
    let mut said = Vec::new();
    for (name, rollout) in &rollouts {
        for line in ending(name, rollout, &observed.scope, now, out.aside) {
            out.say(&line);
        }
        let for_a_comment = crate::render::style::Style { color: false, width: usize::MAX, ..out.aside };
        said.extend(ending(name, rollout, &observed.scope, now, for_a_comment));
    }
    let states = || rollouts.values().map(|rollout| &rollout.state);
    let mut exit = if plan.is_empty() && plan.held().is_empty() { Exit::Yes } else { Exit::No };
    exit = Exit::of_holds(&plan).map_or(exit, |held| exit.worse(held));
    if states().any(State::is_failure) {
        exit = exit.worse(Exit::RolloutFailed);
    }
    if states().any(|state| matches!(state, State::Unreadable(_))) {
        exit = exit.worse(Exit::Failed);
    }
    // What failed may be tried once more: then the end of that counts.
    let is_failed = |name: &Name| rollouts.get(name).is_some_and(|rollout| rollout.state.is_failure());
    let tried_again = |step: &Step| {
        step.risk.contains(&Risk::Redeploy) && step.target.kind == Kind::Service && is_failed(&step.target.name)
    };
    let again = plan.steps().any(|(_, step)| tried_again(step));
    let waits = plan.held().iter().any(|held| held.because.ends_by_itself());
    Ended {
        exit,
        followed: states().any(|state| *state != State::Settled),
        goes_on: again || (matches!(exit, Exit::Yes | Exit::No) && (!plan.is_empty() || waits)),
        said,
        observed,
        plan,
    }
}
