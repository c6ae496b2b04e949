//! Which resources a resource needs, as its manifest says: the edges of the tree.

use std::collections::BTreeSet;

use crate::model::connect_secrets::referred_to;
use crate::model::desired::Desired;
use crate::model::id::{Kind, ResourceId};
use crate::model::task_definition::{RoleUse, SecretUse};

/// Nearest in the chain first: a service's task definition, then its role, then secrets. Of a manifest with errors, what it
/// names as far as that can be read.
pub(super) fn of(desired: &Desired, id: &ResourceId) -> Vec<ResourceId> {
    let mut needs: BTreeSet<ResourceId> = BTreeSet::new();
    if let Some(named) = desired.broken.get(id) {
        needs.extend(named.iter().cloned());
    }
    match id.kind {
        Kind::Secret | Kind::ExecutionRole => {}
        Kind::TaskDefinition => {
            let Some(definition) = desired.task_definitions.get(&id.name) else { return nearest_first(needs) };
            if let Some(RoleUse::Declared(role)) = &definition.execution_role {
                needs.insert(ResourceId::new(Kind::ExecutionRole, role));
            }
            needs.extend(definition.secrets.values().filter_map(|used| match used {
                SecretUse::Declared { secret, .. } => Some(ResourceId::new(Kind::Secret, secret)),
                SecretUse::Raw(_) => None,
            }));
        }
        Kind::Service => {
            let Some(service) = desired.services.get(&id.name) else { return nearest_first(needs) };
            needs.insert(ResourceId::new(Kind::TaskDefinition, &service.task_definition));
            needs.extend(referred_to(&service.fields).iter().map(|secret| ResourceId::new(Kind::Secret, secret)));
        }
    }
    nearest_first(needs)
}

fn nearest_first(needs: BTreeSet<ResourceId>) -> Vec<ResourceId> {
    let mut needs: Vec<ResourceId> = needs.into_iter().collect();
    needs.sort_by(|a, b| b.kind.cmp(&a.kind).then_with(|| a.name.cmp(&b.name)));
    needs
}
