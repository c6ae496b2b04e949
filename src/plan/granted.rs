//! What each role is given, and because of whom. For people who ask: no plan depends on it.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, id};
use super::role_policy::Coverage;
use super::role_policy::known;
use super::step::Ref;
use super::{connect_secrets, derive, secret, task_definition};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::grant::{Grant, PolicyBody};
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::Observed;
use crate::model::policy::Permission;

/// The permissions of one role, each with the manifests that need it.
pub type Needed = BTreeMap<Permission, BTreeSet<ResourceId>>;

/// The permissions that the manifests need of each role, by manifest name, as far as everything in them is known.
pub fn granted(desired: &Desired, observed: &Observed) -> BTreeMap<Name, Needed> {
    let desired = &*connect_secrets::resolved(desired, observed);
    let mut draft = Draft::new(desired, observed);
    let secrets = secret::look(&mut draft);
    let resolved = task_definition::resolve_all(&mut draft, &secrets);
    let coverage = Coverage::new(&mut draft, &secrets, &resolved);
    let mut roles = BTreeMap::new();
    for (name, role) in &desired.roles {
        let mut needed = Needed::new();
        let mut need = |grants: BTreeSet<Grant<Ref<Arn>>>, whose: ResourceId| {
            let body = PolicyBody { grants, kept: BTreeSet::new() };
            for permission in known(&body).to_policy(&observed.scope).permissions() {
                needed.entry(permission.clone()).or_default().insert(whose.clone());
            }
        };
        for (user, _) in draft.users.of_role(name) {
            if let Some(resolved) = resolved.get(user) {
                let mut grants = coverage.grants(&resolved.revision);
                grants.extend(derive::imports(&role.grants, &grants));
                need(grants, id(Kind::TaskDefinition, user));
            }
            for (service, wanted) in draft.users.services(user) {
                need(coverage.grants_of_service(&wanted.fields), id(Kind::Service, service));
            }
        }
        let own = role.grants.iter().flat_map(|grant| derive::extra(grant, &observed.scope)).collect();
        need(own, id(Kind::ExecutionRole, name));
        roles.insert(name.clone(), needed);
    }
    roles
}
