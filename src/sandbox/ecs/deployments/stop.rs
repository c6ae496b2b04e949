//! `StopServiceDeployment`.
//!
//! Ledger: V34, V35.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ServiceDeploymentStatus;
use crate::sandbox::agenda::Event;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    service_deployment_arn: String,
    stop_type: Option<String>,
}

pub(in crate::sandbox::ecs) fn stop_service_deployment(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let requested = match input.stop_type.as_deref() {
        None | Some("ROLLBACK") => ServiceDeploymentStatus::RollbackRequested,
        Some(_) => ServiceDeploymentStatus::StopRequested,
    };
    let (now, turn) = (world.now(), world.now() + world.ecs.pace.deployment);
    let arn = input.service_deployment_arn;
    let not_found = || {
        AwsError::new(
            "ServiceDeploymentNotFoundException",
            "The service deployment ARN that you specified doesn't exist.",
        )
    };
    let deployment = world.ecs.service_deployments.get_mut(&arn).ok_or_else(not_found)?;
    match deployment.status {
        ServiceDeploymentStatus::Pending | ServiceDeploymentStatus::InProgress => {
            deployment.due = turn;
            deployment.turn(requested, now);
        }
        // Already on its way: it goes on.
        ServiceDeploymentStatus::StopRequested
        | ServiceDeploymentStatus::RollbackRequested
        | ServiceDeploymentStatus::RollbackInProgress => {}
        ServiceDeploymentStatus::Successful
        | ServiceDeploymentStatus::Stopped
        | ServiceDeploymentStatus::RollbackSuccessful
        | ServiceDeploymentStatus::RollbackFailed => {
            return Err(AwsError::new("ConflictException", "The service deployment is not in progress."));
        }
    }
    let service = world.ecs.services.values().find(|service| service.ongoing.as_ref() == Some(&arn));
    let key = service.map(|service| service.key.clone()).ok_or_else(fault::no_such_service)?;
    world.at(turn, Event::ServiceTurn(key));
    Ok(json!({"serviceDeploymentArn": arn}))
}
