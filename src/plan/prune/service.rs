//! Services first, each with its tasks. ECS lets the last ones drain.

use super::super::action::Call;
use super::super::draft::{Draft, NewStep};
use super::super::gate::{foreign_controller, leaving};
use super::super::held::Because;
use super::super::step::{Shown, Why};
use super::orphans::{Orphans, heir};
use super::{behind, wait_for};
use crate::model::deployment::Deployment;
use crate::model::envelope::matches_any;
use crate::model::id::{ClusterName, Kind, ResourceId};
use crate::model::inventory::Named;
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

/// What has to run before anything is taken away: the service that has taken over the manifest, under another name; else any
/// that is new in the cluster, for it may be the same one by the name of another manifest.
fn successor(draft: &Draft<'_>, live: &ObservedService) -> Option<ResourceId> {
    let desired = draft.desired;
    if let Some(heir) = heir(desired, &live.tags, Kind::Service) {
        let runs = seen(&draft.observed.services, &heir.name).ok().flatten().is_some_and(is_rolled_out);
        return (!runs || draft.touches(&heir)).then_some(heir);
    }
    let Some(Named::Service(cluster, _)) = Named::of(&live.arn) else { return None };
    // However many releases were tried on it meanwhile.
    let is_new = |name| match seen(&draft.observed.services, name) {
        Ok(Some(live)) => !live.deployments.is_empty() && !live.deployments.iter().any(Deployment::is_completed),
        Ok(None) | Err(_) => true,
    };
    let mut beside = desired.services.iter().filter(|(_, wanted)| wanted.cluster == cluster && !wanted.suspend);
    beside.find(|(name, _)| is_new(name)).map(|(name, _)| ResourceId::new(Kind::Service, name))
}

fn is_rolled_out(live: &ObservedService) -> bool {
    live.primary().is_none_or(Deployment::is_completed)
}

fn one(draft: &mut Draft<'_>, id: &ResourceId, live: &ObservedService) {
    let Some(Named::Service(cluster, service)) = Named::of(&live.arn) else { return };
    if let Some(because) = forbidden(draft, &cluster, live) {
        return draft.hold(id, because, Vec::new());
    }
    let running = Some(live.desired_count()).filter(|count| *count > 0).map(|count| Shown::Value(count.into()));
    let tasks = running.map(|count| draft.change(id, Path::of("desiredCount"), Some(count), None));
    let gone = draft.change(id, Path::of("service"), Some(Shown::Value(live.arn.as_str().into())), None);
    let changes = tasks.into_iter().chain([gone]).collect();
    let owner = draft.desired.installation.clone();
    let call = Call::DeleteService { cluster, service, arn: live.arn.clone(), owner };
    draft.push(id, NewStep { call, why: Why::NoLongerDesired, changes, needs: Vec::new() });
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
