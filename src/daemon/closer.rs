//! A closer look at rollouts that do not go well: of what their tasks stopped, and what ECS's history says.
//!
//! Asked when something has happened, and not in every pass. No plan depends on it. What was seen stays until the rollout is
//! over: ECS forgets its stopped tasks within an hour.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};

use crate::cloud::{Closer, Inspect, Watch};
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name};
use crate::model::observed::{Observed, Seen};
use crate::model::service::{Deployment, ObservedService, Service, ServiceDeployment};
use crate::model::task::Task;
use crate::plan::held::Because;
use crate::plan::step::Plan;

/// Services that are looked at at once: a bad day for all of them is no reason to ask for everything in one moment.
const AT_ONCE: usize = 4;

/// What was seen closer so far, and what of.
#[derive(Default)]
pub(super) struct Eye {
    known: BTreeMap<Name, Trouble>,
    seen: Closer,
}

/// What makes a service worth a look. While it is the same, there is nothing new to see.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trouble {
    deployment: Option<String>,
    failed_tasks: i64,
    state: Option<String>,
    held: bool,
}

impl Eye {
    /// What is to be seen of these services now.
    pub(super) async fn look<C: Watch + Inspect>(
        &mut self,
        cloud: &C,
        desired: &Desired,
        observed: &Observed,
        plan: &Plan,
    ) -> &Closer {
        let failed = |because: &Because| matches!(because, Because::RolloutFailed { .. });
        let held: BTreeSet<&Name> = plan
            .held()
            .iter()
            .filter(|held| held.target.kind == Kind::Service && failed(&held.because))
            .map(|held| &held.target.name)
            .collect();
        let mut troubles = BTreeMap::new();
        let mut asked = Vec::new();
        for (name, service) in &desired.services {
            let Some(live) = observed.services.get(name).and_then(Seen::present) else { continue };
            let Some(trouble) = trouble(live, held.contains(name)) else { continue };
            // Nobody says when a pause is over.
            if self.known.get(name) != Some(&trouble) || is_paused(live) {
                asked.push(look_at(cloud, name, service, live));
            }
            troubles.insert(name, trouble);
        }
        let answers: Vec<Answer<'_>> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        let asked: BTreeSet<&Name> = answers.iter().map(|answer| answer.name).collect();
        self.known.retain(|name, _| troubles.contains_key(name));
        let Closer { versions: _, deployments, outdated, stopped } = &mut self.seen;
        deployments.retain(|name, _| troubles.contains_key(name));
        outdated.retain(|name, _| troubles.contains_key(name));
        stopped.retain(|name, _| troubles.contains_key(name));
        for Answer { name, deployments: history, stopped: tasks } in answers {
            let whole = history.present().is_some() && tasks.present().is_some();
            // What was seen is not forgotten because it cannot be read now, nor tasks because ECS forgets them.
            let is_news = tasks.present().is_some_and(|tasks| !tasks.is_empty());
            if is_news || stopped.get(name).is_none_or(|known| known.present().is_none()) {
                stopped.insert(name.clone(), tasks);
            }
            let is_known = deployments.get(name).is_some_and(|known| known.present().is_some());
            match history {
                Seen::Unreadable(why) if is_known => drop(outdated.insert(name.clone(), why)),
                history => {
                    outdated.remove(name);
                    deployments.insert(name.clone(), history);
                }
            }
            if let Some(trouble) = troubles.remove(name).filter(|_| whole) {
                self.known.insert(name.clone(), trouble);
            }
        }
        // What was not asked for here, the planner may have: then its look is the newest.
        let kept = deployments.iter().filter(|(name, known)| !asked.contains(name) && known.present().is_some());
        for (name, _) in kept {
            match observed.histories.get(name) {
                Some(Seen::Unreadable(why)) => drop(outdated.insert(name.clone(), why.clone())),
                Some(Seen::Present(_)) => drop(outdated.remove(name)),
                Some(Seen::Absent) | None => {}
            }
        }
        &self.seen
    }
}

struct Answer<'a> {
    name: &'a Name,
    deployments: Seen<Vec<ServiceDeployment>>,
    stopped: Seen<Vec<Task>>,
}

async fn look_at<'a, C: Watch + Inspect>(
    cloud: &C,
    name: &'a Name,
    service: &Service,
    live: &ObservedService,
) -> Answer<'a> {
    let deployments = cloud.deployments(&service.cluster, live).await;
    let stopped = cloud.tasks(&service.cluster, live, true, &BTreeSet::new()).await;
    Answer { name, deployments, stopped }
}

/// Nothing where all goes well.
fn trouble(live: &ObservedService, held: bool) -> Option<Trouble> {
    let primary = live.primary();
    let failed_tasks = live.deployments.iter().map(|deployment| deployment.failed_tasks).max().unwrap_or_default();
    let has_failed = |deployment: &Deployment| deployment.rollout_state.as_deref() == Some("FAILED");
    let bad = held || failed_tasks > 0 || live.deployments.iter().any(has_failed) || is_paused(live);
    bad.then(|| Trouble {
        deployment: primary.map(|primary| primary.id.clone()),
        failed_tasks,
        state: primary.and_then(|primary| primary.rollout_state.clone()),
        held,
    })
}

/// May its rollout be waiting for a person, by a hook?
fn is_paused(live: &ObservedService) -> bool {
    let waits = |hook: &serde_json::Value| hook.get("targetType").is_some_and(|kind| kind == "PAUSE");
    live.hooks().iter().any(waits) && live.is_rolling()
}
