//! Who of the manifests asks for what a task did not find, where ECS's own words do not name it.

use serde_json::Value;

use crate::model::cause::Cause;
use crate::model::desired::Desired;
use crate::model::id::Name;
use crate::model::secret_source::{Place, SecretSource, Slot};
use crate::model::task_definition::{SecretUse, TaskDefinition};

/// What it is, and for what it is wanted; nothing where the cause names it.
pub(super) fn asked_for(desired: &Desired, service: &Name, cause: &Cause) -> Vec<String> {
    let service = desired.services.get(service);
    let Some(definition) = service.and_then(|service| desired.task_definitions.get(&service.task_definition)) else {
        return Vec::new();
    };
    match cause {
        Cause::NoKey { key } => {
            let secrets = definition.secrets.iter();
            secrets.filter_map(|(slot, used)| Some(format!("{}, for {}", with_key(used, key)?, name(slot)))).collect()
        }
        Cause::NoLogGroup => log_groups(definition),
        _ => Vec::new(),
    }
}

/// The secret, where it is this key of it that is asked for.
fn with_key(used: &SecretUse, wanted: &str) -> Option<String> {
    match used {
        SecretUse::Declared { secret, key, .. } => {
            key.as_ref().filter(|key| *key == wanted).map(|_| format!("Secret/{secret}"))
        }
        SecretUse::Raw(text) => match SecretSource::parse(text, None) {
            SecretSource::Secret { arn, key: Some(key), .. } if key == wanted => Some(arn.to_string()),
            SecretSource::Secret { .. } | SecretSource::Other(_) => None,
        },
    }
}

fn name(slot: &Slot) -> String {
    let Slot { container, place } = slot;
    match place {
        Place::Environment(name) | Place::LogOption(name) => format!("{name} of {container}"),
        Place::Registry => format!("the registry of {container}"),
    }
}

fn log_groups(definition: &TaskDefinition) -> Vec<String> {
    let containers = definition.content.member("containerDefinitions").and_then(Value::as_array);
    let group = |container: &Value| {
        let group = container.pointer("/logConfiguration/options/awslogs-group")?.as_str()?;
        Some(format!("{group}, for {}", container.get("name")?.as_str()?))
    };
    containers.into_iter().flatten().filter_map(group).collect()
}
