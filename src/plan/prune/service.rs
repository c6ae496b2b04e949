//! Services first: their tasks are stopped, then they are deleted. ECS lets the last tasks drain.

use serde_json::json;

use super::super::action::Call;
use super::super::draft::{Draft, NewStep};
use super::super::gate::{foreign_controller, leaving};
use super::super::held::Because;
use super::super::step::{Risk, Shown, Why};
use super::orphans::Orphans;
use super::{behind, wait_for};
use crate::model::envelope::matches_any;
use crate::model::id::{ClusterName, ResourceId};
use crate::model::inventory::{Named, resource_of};
use crate::model::observed::seen;
use crate::model::path::Path;
use crate::model::service::ObservedService;

pub(super) fn plan(draft: &mut Draft<'_>, orphans: &Orphans<'_>) {
    for (id, live) in &orphans.services {
        match successor(draft, live) {
            Some(successor) => wait_for(draft, id, &successor),
            None => one(draft, id, live),
        }
    }
}

/// The service that has taken over its manifest, under another name, and does not run yet: nothing is taken away before.
fn successor(draft: &Draft<'_>, live: &ObservedService) -> Option<ResourceId> {
    let id = resource_of(&live.tags).filter(|id| draft.desired.services.contains_key(&id.name))?;
    let runs = seen(&draft.observed.services, &id.name).ok().flatten().is_some_and(|successor| {
        let state = successor.primary().and_then(|primary| primary.rollout_state.as_deref());
        state.is_none_or(|state| state == "COMPLETED")
    });
    (!runs || draft.touches(&id)).then_some(id)
}

fn one(draft: &mut Draft<'_>, id: &ResourceId, live: &ObservedService) {
    let Some(Named::Service(cluster, service)) = Named::of(&live.arn) else { return };
    if let Some(because) = forbidden(draft, &cluster, live) {
        return draft.hold(id, because, Vec::new());
    }
    let mut needs = Vec::new();
    let scheduling = live.fields.written("schedulingStrategy").and_then(serde_json::Value::as_str);
    // One task on each instance is no number that could be lowered: those are deleted as they are.
    if live.desired_count() > 0 && scheduling != Some("DAEMON") {
        let before = Shown::Value(live.desired_count().into());
        let call = Call::UpdateService {
            cluster: cluster.clone(),
            service: service.clone(),
            arn: live.arn.clone(),
            from: live.task_definition.clone(),
            task_definition: None,
            fields: [("desiredCount".to_owned(), json!(0))].into_iter().collect(),
        };
        let changes = vec![draft.change(id, Path::of("desiredCount"), Some(before), Some(Shown::Value(0.into())))];
        let step = NewStep { call, why: Why::NoLongerDesired, changes, needs: Vec::new() };
        let Some(step) = draft.push(id, step) else { return };
        draft.step_mut(step).risk.insert(Risk::Delete);
        needs.push(step);
    }
    let owner = draft.desired.installation.clone();
    let changes = vec![draft.change(id, Path::of("service"), Some(Shown::Value(live.arn.as_str().into())), None)];
    let call = Call::DeleteService { cluster, service, arn: live.arn.clone(), owner };
    draft.push(id, NewStep { call, why: Why::NoLongerDesired, changes, needs });
}

fn forbidden(draft: &Draft<'_>, cluster: &ClusterName, live: &ObservedService) -> Option<Because> {
    if let Some(why) = leaving(live) {
        return Some(Because::RolloutInProgress(why));
    }
    if let Some(envelope) = &draft.desired.policy.envelope
        && !matches_any(&envelope.clusters, cluster.as_str())
    {
        return Some(Because::OutsideEnvelope(format!("the cluster {cluster}")));
    }
    foreign_controller(&live.fields).or_else(|| behind(draft, &live.tags))
}
