//! The beginning of a service deployment: a new service revision, a new
//! PRIMARY, and the end of whatever was under way.
//!
//! Ledger: V12, V13, V16, V19, V21, V28.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::{
    BreakerState, ContainerImage, Deployment, MonitorStatus, RolloutState, ServiceDeployment, ServiceDeploymentStatus,
    ServiceRevision, end, rollback,
};
use crate::sandbox::agenda::Event;
use crate::sandbox::ecs::announce;
use crate::sandbox::ecs::names::ServiceKey;
use crate::sandbox::ecs::services::OF_A_REVISION;
use crate::sandbox::readings::Reading;
use crate::sandbox::world::World;

/// Service deployments are shown for 90 days (facts 4.5).
const SHOWN: Duration = Duration::from_hours(90 * 24);

/// Starts a service deployment to what the service is set to now.
pub(in crate::sandbox::ecs) fn begin(world: &mut World, key: &ServiceKey) {
    supersede(world, key);
    let now = world.now();
    let number = world.random().digits(19);
    let nanoid = world.random().letters_and_digits(21);
    let place = world.place().clone();
    let Some(service) = world.ecs.services.get(key) else {
        return;
    };
    let cluster = place.arn("ecs", &format!("cluster/{}", key.cluster()));
    let revision = ServiceRevision {
        arn: place.arn("ecs", &format!("service-revision/{key}/{number}")),
        service: service.arn.clone(),
        cluster: cluster.clone(),
        task_definition: service.task_definition.clone(),
        settings: OF_A_REVISION
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), service.settings.get(*name)?.clone())))
            .collect(),
        images: images(world, &service.task_definition),
        created: now,
    };
    let breaker = service.breaker();
    let deployment = Deployment {
        id: format!("ecs-svc/{number}"),
        revision: revision.arn.clone(),
        task_definition: revision.task_definition.clone(),
        rollout: RolloutState::InProgress,
        reason: format!("ECS deployment ecs-svc/{number} in progress."),
        created: now,
        updated: now,
        failed_tasks: 0,
        not_before: None,
        said_impaired: false,
        said_stuck: false,
        healthy_since: None,
        not_completed_before: None,
    };
    let starts = now + world.ecs.pace.deployment;
    let sources = service.deployments.iter().map(|deployment| deployment.revision.clone()).collect();
    let service_deployment = ServiceDeployment {
        arn: place.arn("ecs", &format!("service-deployment/{key}/{nanoid}")),
        service: service.arn.clone(),
        cluster,
        status: ServiceDeploymentStatus::Pending,
        status_reason: None,
        created: now,
        started: None,
        finished: None,
        stopped: None,
        updated: now,
        due: starts,
        sources,
        target: revision.arn.clone(),
        configuration: service.settings.get("deploymentConfiguration").cloned().unwrap_or(Value::Null),
        breaker: BreakerState {
            status: if breaker.enable { MonitorStatus::Monitoring } else { MonitorStatus::Disabled },
            failures: 0,
            threshold: breaker.threshold.of(service.desired_count),
        },
        rollback: None,
        alarms: Vec::new(),
        paused: None,
        counts: BTreeMap::new(),
    };
    let service_arn = service.arn.clone();
    if let Some(service) = world.ecs.services.get_mut(key) {
        service.ongoing = Some(service_deployment.arn.clone());
        service.deployments.insert(0, deployment);
        service.steady = false;
    }
    world.ecs.service_deployments.retain(|_, old| old.service != service_arn || now.since(old.created) <= SHOWN);
    world.ecs.revisions.insert(revision.arn.clone(), revision);
    world.ecs.service_deployments.insert(service_deployment.arn.clone(), service_deployment);
    world.at(starts, Event::ServiceTurn(key.clone()));
    announce::deployment(world, key, "INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS");
}

/// Moves the ongoing service deployment on, where it only waited for time.
pub(in crate::sandbox::ecs) fn start_when_due(world: &mut World, key: &ServiceKey) {
    let now = world.now();
    let Some(ongoing) = world.ecs.ongoing_mut(key).filter(|ongoing| ongoing.due <= now) else {
        return;
    };
    match ongoing.status {
        ServiceDeploymentStatus::Pending => {
            ongoing.started = Some(now);
            ongoing.turn(ServiceDeploymentStatus::InProgress, now);
        }
        ServiceDeploymentStatus::RollbackRequested => rollback::roll_back(
            world,
            key,
            "Service deployment rolled back because of a user-requested stop.",
            rollback::Cause::Request,
        ),
        ServiceDeploymentStatus::StopRequested => end::stop(world, key, "Service deployment stopped on request."),
        ServiceDeploymentStatus::InProgress
        | ServiceDeploymentStatus::RollbackInProgress
        | ServiceDeploymentStatus::Successful
        | ServiceDeploymentStatus::Stopped
        | ServiceDeploymentStatus::RollbackSuccessful
        | ServiceDeploymentStatus::RollbackFailed => {}
    }
}

/// Forgets what a deleted service did; ECS does so too.
pub(in crate::sandbox::ecs) fn forget_history(world: &mut World, key: &ServiceKey) {
    if let Some(service) = world.ecs.services.get_mut(key) {
        service.ongoing = None;
        service.deployments.clear();
        let arn = service.arn.clone();
        world.ecs.service_deployments.retain(|_, deployment| deployment.service != arn);
        world.ecs.revisions.retain(|_, revision| revision.service != arn);
    }
}

/// A newer service deployment stops the one under way. What it has started
/// becomes ACTIVE and drains.
fn supersede(world: &mut World, key: &ServiceKey) {
    let fails = world.readings.is_other(Reading::InterruptedRollback);
    end::close(world, key, |ongoing, now| {
        if fails && ongoing.status == ServiceDeploymentStatus::RollbackInProgress {
            ongoing.turn(ServiceDeploymentStatus::RollbackFailed, now);
            return;
        }
        ongoing.stopped = Some(now);
        ongoing.status_reason = Some("Service deployment stopped because a newer one was requested.".to_owned());
        ongoing.turn(ServiceDeploymentStatus::Stopped, now);
    });
    let tasks = &world.ecs.tasks;
    if let Some(service) = world.ecs.services.get_mut(key) {
        let live = &service.live_tasks;
        let has_tasks = |deployment: &Deployment| {
            live.iter().filter_map(|id| tasks.get(id)).any(|task| task.revision == deployment.revision)
        };
        // The last completed one stays: it is where a rollback goes.
        service.deployments.retain(|deployment| deployment.rollout == RolloutState::Completed || has_tasks(deployment));
    }
}

/// Tags are resolved to digests once for each service revision (facts 4.3).
fn images(world: &World, task_definition: &str) -> Vec<ContainerImage> {
    let containers = world.ecs.blueprint(task_definition).map(|blueprint| blueprint.container_definitions);
    containers
        .into_iter()
        .flatten()
        .map(|container| {
            let digest = world.digest_of(&container.image);
            let behaviour = digest.is_some().then(|| world.surroundings.images.of(&container.image));
            ContainerImage { container: container.name, image: container.image, digest, behaviour }
        })
        .collect()
}

impl ContainerImage {
    pub(super) fn view(&self) -> Value {
        let mut view = json!({"containerName": self.container, "image": self.image});
        if let Some(digest) = &self.digest {
            view["imageDigest"] = json!(digest);
        }
        view
    }
}
