//! What the inline policy of a role should say: what is wanted, plus what is in use.
//!
//! A permission goes away only when no ACTIVE revision of the managed families and no running task needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::derive;
use super::draft::Draft;
use super::envelope;
use super::held::Because;
use super::question::Question;
use super::role::{Wanted, may_narrow};
use super::secret::Secrets;
use super::step::{Ref, StepId};
use super::task_definition::Resolved;
use super::users::Users;
use crate::model::arn::{Arn, Scope};
use crate::model::connect_secrets::referred_to;
use crate::model::desired::Desired;
use crate::model::grant::{Grant, PolicyBody};
use crate::model::id::{KeyId, Name, ResourceId};
use crate::model::observed::{Observed, seen};
use crate::model::policy::{Permission, Policy};
use crate::model::policy_size::{MOST_INLINE, size};
use crate::model::revision::Revision;
use crate::model::role::{ExecutionRole, ObservedRole, policy_name};
use crate::model::secret_source::SecretSource;
use crate::model::service::ServiceFields;
use crate::model::tags;

/// A revision in use that names a role.
struct InUse {
    revision: Revision<Ref<Arn>>,
    /// Does it carry this installation's tags?
    ours: bool,
}

/// The customer's keys that manifests give to copies of secrets, by the ARNs that these have.
fn copies(desired: &Desired, secrets: &Secrets) -> BTreeMap<Ref<Arn>, BTreeSet<KeyId>> {
    let mut keys = BTreeMap::<_, BTreeSet<KeyId>>::new();
    for (name, secret) in &desired.secrets {
        let Some(arn) = secrets.get(name).and_then(|secret| secret.as_ref()?.arn.known()) else { continue };
        for (region, key) in secret.replicas.iter().flatten() {
            let key = key.iter().filter(|key| key.is_customers()).cloned();
            keys.entry(Ref::Known(arn.in_region(region))).or_default().extend(key);
        }
    }
    keys
}

/// Turns revisions into grants, with what is known of the secrets' keys.
pub(super) struct Coverage<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    users: Rc<Users<'a>>,
    scope: &'a Scope,
    keys: BTreeMap<Ref<Arn>, BTreeSet<KeyId>>,
}

impl<'a> Coverage<'a> {
    pub(super) fn new(draft: &Draft<'a>, secrets: &Secrets) -> Self {
        let (desired, observed) = (draft.desired, draft.observed);
        let mut keys = copies(desired, secrets);
        for secret in secrets.values().flatten() {
            keys.entry(secret.arn.clone()).or_default().extend(secret.keys.iter().cloned());
        }
        Self { desired, observed, users: draft.users.clone(), scope: &observed.scope, keys }
    }

    pub(super) fn grants(&self, revision: &Revision<Ref<Arn>>) -> BTreeSet<Grant<Ref<Arn>>> {
        derive::grants(derive::of_revision(revision, self.scope, |arn| self.keys.get(arn).cloned().unwrap_or_default()))
    }

    pub(super) fn grants_of_service(&self, fields: &ServiceFields) -> BTreeSet<Grant<Ref<Arn>>> {
        derive::grants(derive::of_service(fields, self.scope, |arn| self.keys.get(arn).cloned().unwrap_or_default()))
    }

    /// What the manifests want of a role.
    pub(super) fn wanted(&self, name: &Name, role: &ExecutionRole, resolved: &BTreeMap<Name, Resolved>) -> Wanted {
        let mut wanted = Wanted { grants: BTreeSet::new(), complete: true };
        for (user, _) in self.users.of_role(name) {
            let services = self.users.services(user).map(|(_, service)| service);
            wanted.complete &= services.clone().all(|service| referred_to(&service.fields).is_empty());
            wanted.grants.extend(services.flat_map(|service| self.grants_of_service(&service.fields)));
            match resolved.get(user) {
                Some(user) => {
                    wanted.grants.extend(self.grants(&user.revision));
                    wanted.complete &= user.blocked.is_none();
                }
                None => wanted.complete = false,
            }
        }
        let broken = |id: &ResourceId| id.kind == crate::model::id::Kind::TaskDefinition;
        wanted.complete &= !self.desired.unknown && !self.desired.broken.keys().any(broken);
        wanted.grants.extend(role.grants.iter().flat_map(|grant| derive::extra(grant, self.scope)));
        wanted
    }

    /// Does the role allow all of this already, as far as its inline policies say?
    pub(super) fn is_granted(&self, grants: &BTreeSet<Grant<Ref<Arn>>>, live: &ObservedRole) -> bool {
        let body = PolicyBody { grants: grants.clone(), kept: BTreeSet::new() };
        let resolved = known(&body);
        let all: Policy = live.inline.values().flat_map(|inline| inline.policy.permissions()).cloned().collect();
        resolved.grants.len() == grants.len() && all.covers(&resolved.to_policy(self.scope))
    }

    /// Does the policy differ from what the role has?
    pub(super) fn differs(&self, body: &PolicyBody<Ref<Arn>>, live: &Policy) -> bool {
        let resolved = known(body);
        let policy = resolved.to_policy(self.scope);
        resolved.grants.len() != body.grants.len() || policy != *live
    }

    /// Must it be brief, to stand beside the other policies of the role, which share its limit? Or why IAM would not take it
    /// at all.
    pub(super) fn must_be_brief(
        &self,
        draft: &Draft<'_>,
        body: &PolicyBody<Ref<Arn>>,
        live: Option<&ObservedRole>,
    ) -> Result<bool, Because> {
        let own = policy_name(&self.desired.installation);
        let others = live.into_iter().flat_map(|live| &live.inline).filter(|(name, _)| **name != own);
        let others: usize = others.map(|(_, inline)| inline.written).sum();
        let body = expected(body, |step| draft.plan().to_come(step, self.scope));
        if size(&body.to_json(self.scope)) + others <= MOST_INLINE {
            return Ok(false);
        }
        let own = size(&body.to_brief_json(self.scope));
        if own + others <= MOST_INLINE {
            return Ok(true);
        }
        let policy = body.to_policy(self.scope);
        let count = policy.permissions().iter().map(|it| &it.resource).collect::<BTreeSet<_>>().len();
        let beside = if others > 0 { format!(" beside {others} of others") } else { String::new() };
        Err(Because::Unsupported(format!(
            "its policy would have {own} characters for {count} resources{beside}, and IAM takes {MOST_INLINE} in all inline \
             policies of a role: give some of the task definitions another role, or keep more keys in one secret"
        )))
    }

    /// What the inline policy should say, given what it says now.
    pub(super) fn body(
        &self,
        draft: &mut Draft<'_>,
        target: &ResourceId,
        name: &Name,
        role: &ExecutionRole,
        live: &ObservedRole,
        wanted: Wanted,
    ) -> PolicyBody<Ref<Arn>> {
        let Wanted { grants, complete } = wanted;
        let mut body = PolicyBody { grants, kept: BTreeSet::new() };
        let has = live.inline_policy(&policy_name(&self.desired.installation));
        let mut unwanted = has.without(&known(&body).to_policy(self.scope));
        if may_narrow(draft, role, live) {
            // What is denied is nobody's permission: whatever is in use, it goes.
            unwanted =
                unwanted.permissions().iter().filter(|permission| permission.effect != "Deny").cloned().collect();
        }
        if unwanted.is_empty() {
            return body;
        }
        if !complete || !may_narrow(draft, role, live) {
            body.kept.extend(unwanted.permissions().iter().cloned());
            return body;
        }
        match self.in_use(draft, name, &live.arn) {
            Ok(revisions) => {
                for InUse { revision, ours } in revisions {
                    // What is not ours, or outside the envelope by now, is kept and never added.
                    let (added, kept): (BTreeSet<_>, BTreeSet<_>) = self
                        .grants(&revision)
                        .into_iter()
                        .partition(|grant| ours && envelope::allows(self.desired, self.scope, grant));
                    body.kept.extend(self.needed_of(&unwanted, kept, &revision));
                    body.grants.extend(added);
                }
                let services =
                    self.desired.services.keys().filter_map(|name| self.observed.services.get(name)?.present());
                let needed = services.flat_map(|live| self.grants_of_service(&live.fields)).collect();
                let needs = known(&PolicyBody { grants: needed, kept: BTreeSet::new() }).to_policy(self.scope);
                body.kept.extend(unwanted.permissions().intersection(needs.permissions()).cloned());
            }
            Err(because) => {
                body.kept.extend(unwanted.permissions().iter().cloned());
                draft.hold(target, because, Vec::new());
            }
        }
        body
    }

    /// The revisions in use that name the role, each with whether it is this installation's.
    fn in_use(&self, draft: &mut Draft<'_>, name: &Name, role: &Arn) -> Result<Vec<InUse>, Because> {
        let arns = draft.ask(Question::InUse(name.clone()), &self.observed.in_use)?;
        // A service may stand on a revision that is INACTIVE, and run no task just now.
        let mut arns: BTreeSet<&Arn> = arns.into_iter().flatten().collect();
        for name in self.desired.services.keys() {
            let live = seen(&self.observed.services, name);
            let live = live.map_err(|why| Because::Unreadable(format!("what Service/{name} runs: {why}")))?;
            arns.extend(live.map(|live| &live.task_definition));
        }
        let mut revisions = Vec::new();
        for arn in arns {
            let seen =
                seen(&self.observed.revisions, arn).map_err(|why| Because::Unreadable(format!("{arn}: {why}")))?;
            if let Some(revision) = seen.filter(|seen| seen.revision.execution_role.as_ref() == Some(role)) {
                let planned =
                    revision.revision.try_map(|arn| Ok::<_, std::convert::Infallible>(Ref::Known(arn.clone())));
                let Ok(planned) = planned;
                let ours = tags::is_ours(&revision.tags, &self.desired.installation);
                revisions.push(InUse { revision: planned, ours });
            }
        }
        Ok(revisions)
    }

    /// Those of the permissions that a revision needs. Of a secret that no manifest declares, the key is not known: then
    /// every key that is granted may be the one.
    fn needed_of(
        &self,
        of: &Policy,
        needed: BTreeSet<Grant<Ref<Arn>>>,
        revision: &Revision<Ref<Arn>>,
    ) -> Vec<Permission> {
        let body = PolicyBody { grants: needed, kept: BTreeSet::new() };
        let needs = known(&body).to_policy(self.scope);
        let unknown_key = revision.secrets.values().any(|source| match source {
            SecretSource::Secret { arn, .. } => !self.keys.contains_key(arn),
            SecretSource::Other(_) => false,
        });
        let keep = |p: &&Permission| {
            needs.permissions().contains(*p) || (unknown_key && p.action.as_str().eq_ignore_ascii_case("kms:Decrypt"))
        };
        of.permissions().iter().filter(keep).cloned().collect()
    }
}

/// The part of a policy whose references are known already.
pub(super) fn known(body: &PolicyBody<Ref<Arn>>) -> PolicyBody<Arn> {
    expected(body, |_| None)
}

/// The same with what the plan makes, as far as it can be told what ARN that will have.
pub fn expected(body: &PolicyBody<Ref<Arn>>, to_come: impl Fn(StepId) -> Option<Arn>) -> PolicyBody<Arn> {
    let arn = |reference: &Ref<Arn>| match reference {
        Ref::Known(arn) => Ok(arn.clone()),
        Ref::From(step) => to_come(*step).ok_or(()),
    };
    let grants = body.grants.iter().filter_map(|grant| grant.try_map(arn).ok());
    PolicyBody { grants: grants.collect(), kept: body.kept.clone() }
}
