//! `PutRolePermissionsBoundary`, `DeleteRolePermissionsBoundary`.
//!
//! Ledger: I8.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Iam, fault};
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    role_name: String,
    permissions_boundary: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    role_name: String,
}

pub(super) fn put_role_permissions_boundary(world: &mut World, input: &Value) -> Outcome {
    let input: Put = parse(input)?;
    world.iam.find(&input.role_name)?;
    check(&world.iam, &input.permissions_boundary)?;
    let now = world.now();
    world.iam.edit(&input.role_name, now)?.boundary = Some(input.permissions_boundary);
    Ok(json!({}))
}

pub(super) fn delete_role_permissions_boundary(world: &mut World, input: &Value) -> Outcome {
    let input: Named = parse(input)?;
    if world.iam.find(&input.role_name)?.boundary.is_none() {
        if world.readings.is_other(Reading::BoundaryThatIsNone) {
            return Ok(json!({}));
        }
        return Err(fault::no_such_entity(format!("Role {} has no permissions boundary.", input.role_name)));
    }
    let now = world.now();
    world.iam.edit(&input.role_name, now)?.boundary = None;
    Ok(json!({}))
}

/// Only a managed policy that exists can bound a role.
pub(super) fn check(iam: &Iam, arn: &str) -> Result<(), AwsError> {
    if iam.policies.contains_key(arn) {
        return Ok(());
    }
    Err(fault::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable.")))
}
