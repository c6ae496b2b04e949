//! `PutResourcePolicy`, `GetResourcePolicy`, `DeleteResourcePolicy`.
//!
//! Ledger: S41, S42.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{fault, open_for_writing, policy_text};
use crate::sandbox::iam::Guard;
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

/// A resource policy, and whom the ARNs in it mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourcePolicy {
    /// The document as it is answered.
    pub document: Value,
    /// The ids of the roles that it names, by ARN.
    pub roles: std::collections::BTreeMap<String, String>,
}

impl ResourcePolicy {
    /// As IAM judges by it.
    pub(crate) fn guard(&self) -> Guard<'_> {
        let Self { document, roles } = self;
        Guard { document, roles }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    #[serde(default)]
    resource_policy: String,
    #[serde(default)]
    block_public_policy: bool,
}

pub(super) fn put_resource_policy(world: &mut World, input: &Value) -> Outcome {
    let Input { secret_id, resource_policy, block_public_policy } = parse(input)?;
    let name = world.secrets.find_writable(&secret_id)?;
    let policy = policy_text::read(world, &resource_policy)?;
    if block_public_policy && policy_text::is_public(&policy.document) {
        return Err(fault::public_policy());
    }
    let secret = open_for_writing(world, &name)?;
    secret.policy = Some(policy);
    Ok(json!({"ARN": secret.arn, "Name": secret.name}))
}

pub(super) fn get_resource_policy(world: &mut World, input: &Value) -> Outcome {
    let Input { secret_id, .. } = parse(input)?;
    let secret = world.secrets.find(&secret_id)?;
    if secret.deletion.is_some() && !world.readings.is_other(Reading::PolicyOfDeleted) {
        return Err(fault::marked_for_deletion());
    }
    let mut output = json!({"ARN": secret.arn, "Name": secret.name});
    if let Some(ResourcePolicy { document, roles }) = &secret.policy {
        // Facts 2.3: whoever was deleted is shown by id, also where another has the name by now.
        let gone = roles.iter().filter(|(arn, id)| !world.iam.roles().values().any(|r| r.arn == **arn && r.id == **id));
        let text = gone
            .fold(document.to_string(), |text, (arn, id)| text.replace(&format!("\"{arn}\""), &format!("\"{id}\"")));
        output["ResourcePolicy"] = json!(text);
    }
    Ok(output)
}

pub(super) fn delete_resource_policy(world: &mut World, input: &Value) -> Outcome {
    let Input { secret_id, .. } = parse(input)?;
    let secret = open_for_writing(world, &secret_id)?;
    secret.policy = None;
    Ok(json!({"ARN": secret.arn, "Name": secret.name}))
}
