//! Who reads a secret, or a copy of one, and with which role: a new key is granted to them before anything is encrypted with
//! it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, id};
use super::held::Because;
use super::role::Roles;
use super::role_policy::Coverage;
use super::secret::Secrets;
use super::step::{Ref, StepId};
use super::task_definition::Resolved;
use crate::model::arn::Arn;
use crate::model::grant::Grant;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::{Seen, seen};
use crate::model::secret::ObservedSecret;
use crate::model::task_definition::RoleUse;
use crate::model::time::Timestamp;

/// What a new key waits for.
#[derive(Default)]
pub(super) struct Readers {
    /// The steps that let them use it.
    pub(super) granting: Vec<StepId>,
    /// Why one of them may not be able to.
    blocked: Option<Because>,
    /// A role was widened a moment ago: until when IAM may take to spread that.
    settling: Option<Timestamp>,
}

impl Readers {
    fn add_role(&mut self, draft: &Draft<'_>, roles: &Roles, role: &Name) {
        // Of a role whose manifest has errors nobody knows what it may do.
        let Some(outlook) = roles.get(role) else { return self.wait(id(Kind::ExecutionRole, role)) };
        self.granting.extend(&outlook.granting);
        if let Some(root) = &outlook.blocked {
            self.wait(root.clone());
        }
        self.settling = self.settling.max(outlook.settling(draft));
    }

    fn wait(&mut self, root: ResourceId) {
        self.blocked.get_or_insert(Because::WaitingOn(root));
    }

    fn sorted(mut self) -> Self {
        self.granting.sort_unstable();
        self.granting.dedup();
        self
    }

    /// Why the secret is not encrypted with another key now: with one that a reader may not use, it could not be read. A new
    /// key encrypts what a rotation has under way anew.
    pub(super) fn keep_the_key(&self, live: &ObservedSecret) -> Option<Because> {
        let blocked = self.blocked.clone();
        let blocked = blocked.or_else(|| self.settling.map(|until| Because::Settling { until: Some(until) }));
        blocked.or_else(|| live.is_rotating().then_some(Because::RotationInProgress))
    }
}

/// The roles that read each secret. Found out where a key changes, and not before.
pub(super) struct Readership<'a> {
    roles: &'a Roles,
    secrets: &'a Secrets,
    resolved: &'a BTreeMap<Name, Resolved>,
    coverage: &'a Coverage<'a>,
    by_arn: OnceCell<BTreeMap<Arn, BTreeSet<Name>>>,
}

impl<'a> Readership<'a> {
    pub(super) fn new(
        roles: &'a Roles,
        secrets: &'a Secrets,
        resolved: &'a BTreeMap<Name, Resolved>,
        coverage: &'a Coverage<'a>,
    ) -> Self {
        Self { roles, secrets, resolved, coverage, by_arn: OnceCell::new() }
    }

    pub(super) fn roles(&self) -> &'a Roles {
        self.roles
    }

    pub(super) fn secrets(&self) -> &'a Secrets {
        self.secrets
    }

    /// Those of a secret.
    pub(super) fn of(&self, draft: &Draft<'_>, name: &Name, arn: &Arn) -> Readers {
        let mut readers = Readers::default();
        self.add_named(draft, name, &mut readers);
        self.add_by_arn(draft, arn, &mut readers);
        readers.sorted()
    }

    /// Those of a copy: the manifests that name it by its ARN, as an external secret or where ECS takes one.
    pub(super) fn of_copy(&self, draft: &Draft<'_>, copy: &Arn) -> Readers {
        let desired = draft.desired;
        let mut readers = Readers::default();
        // A manifest with errors may name it: no other says which ARNs it names.
        if let Some(broken) = desired.broken.keys().find(|id| id.kind != Kind::ExecutionRole) {
            readers.wait(broken.clone());
        }
        if desired.unknown {
            let why = "a document of which not even kind and name can be read may name the copy".to_owned();
            readers.blocked.get_or_insert(Because::Unreadable(why));
        }
        for (name, secret) in &desired.secrets {
            let live = seen(&draft.observed.secrets, name).ok().flatten();
            if secret.arn().as_ref() != Some(copy) && live.is_none_or(|live| live.arn != *copy) {
                continue;
            }
            self.add_named(draft, name, &mut readers);
            // Of a secret that cannot be read, its readers are granted nothing.
            let is_read = draft.users.of_secret(name).next().is_some();
            if is_read && !self.secrets.get(name).is_some_and(Option::is_some) {
                readers.wait(id(Kind::Secret, name));
            }
        }
        self.add_by_arn(draft, copy, &mut readers);
        readers.sorted()
    }

    fn add_named(&self, draft: &Draft<'_>, name: &Name, readers: &mut Readers) {
        // A reader whose manifest has errors may not be granted the new key.
        let secret = id(Kind::Secret, name);
        if let Some((broken, _)) = draft.desired.broken.iter().find(|(_, named)| named.contains(&secret)) {
            readers.wait(broken.clone());
        }
        for (_, td) in draft.users.of_secret(name) {
            if let Some(RoleUse::Declared(role)) = &td.execution_role {
                readers.add_role(draft, self.roles, role);
            }
        }
    }

    fn add_by_arn(&self, draft: &Draft<'_>, arn: &Arn, readers: &mut Readers) {
        for role in self.by_arn.get_or_init(|| self.find(draft)).get(arn).into_iter().flatten() {
            readers.add_role(draft, self.roles, role);
        }
    }

    /// Who reads by which ARN: what manifests want, and what is in use.
    fn find(&self, draft: &Draft<'_>) -> BTreeMap<Arn, BTreeSet<Name>> {
        let Draft { desired, observed, .. } = draft;
        let mut by_arn = BTreeMap::<Arn, BTreeSet<Name>>::new();
        let mut read = |role: &Name, grants: BTreeSet<Grant<Ref<Arn>>>| {
            for grant in grants {
                if let Grant::ReadSecret(Ref::Known(arn)) = grant {
                    by_arn.entry(arn).or_default().insert(role.clone());
                }
            }
        };
        for (name, td) in &desired.task_definitions {
            let Some(RoleUse::Declared(role)) = &td.execution_role else { continue };
            if let Some(resolved) = self.resolved.get(name) {
                read(role, self.coverage.grants(&resolved.revision));
            }
            for (_, service) in draft.users.services(name) {
                read(role, self.coverage.grants_of_service(&service.fields));
            }
        }
        let live = |name| Some((&observed.roles.get(name)?.present()?.arn, name));
        let roles: BTreeMap<&Arn, &Name> = desired.roles.keys().filter_map(live).collect();
        let services = desired.services.keys().filter_map(|name| observed.services.get(name)?.present());
        let in_use: BTreeSet<&Arn> = observed.in_use.values().filter_map(Seen::present).flatten().collect();
        for arn in services.clone().map(|service| &service.task_definition).chain(in_use) {
            let Some(seen) = observed.revisions.get(arn).and_then(Seen::present) else { continue };
            let Some(role) = seen.revision.execution_role.as_ref().and_then(|role| roles.get(role)) else { continue };
            let Ok(revision) = seen.revision.try_map(|arn| Ok::<_, std::convert::Infallible>(Ref::Known(arn.clone())));
            read(role, self.coverage.grants(&revision));
            for service in services.clone().filter(|service| service.task_definition == *arn) {
                read(role, self.coverage.grants_of_service(&service.fields));
            }
        }
        by_arn
    }
}
