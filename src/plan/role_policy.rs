//! What the inline policy of a role should say: what is wanted, plus what is in use.
//!
//! A permission goes away only when no ACTIVE revision of the managed families and no running task needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::copies::Copies;
use super::derive;
use super::draft::{Draft, id};
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
use crate::model::id::{KeyId, Kind, Name, ResourceId};
use crate::model::observed::{Observed, Seen, seen};
use crate::model::policy::{Permission, Policy};
use crate::model::policy_size::{MOST_INLINE, size};
use crate::model::revision::Revision;
use crate::model::role::{ExecutionRole, ObservedRole, RoleMode, policy_name};
use crate::model::service::ServiceFields;
use crate::model::tags;

/// A revision in use that names a role.
struct InUse {
    revision: Revision<Ref<Arn>>,
    /// Does it carry this installation's tags?
    ours: bool,
}

/// Turns revisions into grants, with what is known of the secrets' keys.
pub(super) struct Coverage<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    users: Rc<Users<'a>>,
    scope: &'a Scope,
    /// The customer's keys that secrets are or will be under.
    keys: BTreeMap<Ref<Arn>, BTreeSet<KeyId>>,
    /// Those of which it is known which key they have.
    known: BTreeSet<Arn>,
    /// Those of which it should be, and is not.
    unread: BTreeMap<Arn, Because>,
}

impl<'a> Coverage<'a> {
    pub(super) fn new(draft: &mut Draft<'a>, secrets: &Secrets, resolved: &BTreeMap<Name, Resolved>) -> Self {
        let (desired, observed) = (draft.desired, draft.observed);
        let users = draft.users.clone();
        let mut coverage = Self {
            desired,
            observed,
            users,
            scope: &observed.scope,
            keys: BTreeMap::new(),
            known: BTreeSet::new(),
            unread: BTreeMap::new(),
        };
        let Copies { keys, read, unread } = Copies::look(draft, coverage.named(resolved));
        coverage.known =
            secrets.values().flatten().filter_map(|secret| secret.arn.known().cloned()).chain(read).collect();
        coverage.keys = keys.into_iter().map(|(copy, keys)| (Ref::Known(copy), keys)).collect();
        for secret in secrets.values().flatten() {
            coverage.keys.entry(secret.arn.clone()).or_default().extend(secret.keys.iter().cloned());
        }
        coverage.unread = unread;
        coverage
    }

    /// The ARNs by which secrets are read with roles that are managed.
    fn named(&self, resolved: &BTreeMap<Name, Resolved>) -> BTreeSet<Arn> {
        let managed = self.desired.roles.iter().filter(|(_, role)| role.mode != RoleMode::Observe);
        let users = managed.flat_map(|(role, _)| self.users.of_role(role)).map(|(user, _)| user);
        let grants = |user| {
            let services = self.users.services(user).flat_map(|(_, service)| self.grants_of_service(&service.fields));
            resolved.get(user).into_iter().flat_map(|user| self.grants(&user.revision)).chain(services)
        };
        read(&users.flat_map(grants).collect()).cloned().collect()
    }

    pub(super) fn grants(&self, revision: &Revision<Ref<Arn>>) -> BTreeSet<Grant<Ref<Arn>>> {
        derive::grants(derive::of_revision(revision, self.scope, |arn| self.keys.get(arn).cloned().unwrap_or_default()))
    }

    pub(super) fn grants_of_service(&self, fields: &ServiceFields) -> BTreeSet<Grant<Ref<Arn>>> {
        derive::grants(derive::of_service(fields, self.scope, |arn| self.keys.get(arn).cloned().unwrap_or_default()))
    }

    /// What the manifests want of a role.
    pub(super) fn wanted(
        &self,
        draft: &mut Draft<'_>,
        name: &Name,
        role: &ExecutionRole,
        resolved: &BTreeMap<Name, Resolved>,
    ) -> Wanted {
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
        let broken = |broken: &ResourceId| broken.kind == Kind::TaskDefinition;
        wanted.complete &= !self.desired.unknown && !self.desired.broken.keys().any(broken);
        for because in read(&wanted.grants).filter_map(|arn| self.unread.get(arn)) {
            wanted.complete = false;
            draft.hold(&id(Kind::ExecutionRole, name), because.clone(), Vec::new());
        }
        wanted.grants.extend(derive::imports(&role.grants, &wanted.grants));
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
                    let mut needed = self.grants(&revision);
                    needed.extend(derive::imports(&role.grants, &needed));
                    let any_key = self.has_unknown_key(&needed);
                    let (added, kept): (BTreeSet<_>, BTreeSet<_>) =
                        needed.into_iter().partition(|grant| ours && envelope::allows(self.desired, self.scope, grant));
                    body.kept.extend(self.needed_of(&unwanted, kept, any_key));
                    body.grants.extend(added);
                }
                let services =
                    self.desired.services.keys().filter_map(|name| self.observed.services.get(name)?.present());
                for service in services {
                    let needed = self.grants_of_service(&service.fields);
                    let running = self.observed.revisions.get(&service.task_definition).and_then(Seen::present);
                    let role = running.and_then(|running| running.revision.execution_role.as_ref());
                    let any_key = role == Some(&live.arn) && self.has_unknown_key(&needed);
                    body.kept.extend(self.needed_of(&unwanted, needed, any_key));
                }
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

    /// Is it not known which key a secret among these has? So it is of one that no manifest declares.
    fn has_unknown_key(&self, needed: &BTreeSet<Grant<Ref<Arn>>>) -> bool {
        read(needed).any(|arn| !arn.as_str().ends_with(derive::ANY_SIX) && !self.known.contains(arn))
    }

    /// Those of the permissions that are needed. Where a key is not known, every key that is granted may be the one.
    fn needed_of(&self, of: &Policy, needed: BTreeSet<Grant<Ref<Arn>>>, any_key: bool) -> Vec<Permission> {
        let body = PolicyBody { grants: needed, kept: BTreeSet::new() };
        let needs = known(&body).to_policy(self.scope);
        let keep = |p: &&Permission| {
            needs.permissions().contains(*p) || (any_key && p.action.as_str().eq_ignore_ascii_case("kms:Decrypt"))
        };
        of.permissions().iter().filter(keep).cloned().collect()
    }
}

/// The secrets that are read, as far as their ARNs are known.
fn read(grants: &BTreeSet<Grant<Ref<Arn>>>) -> impl Iterator<Item = &Arn> {
    grants.iter().filter_map(|grant| match grant {
        Grant::ReadSecret(arn) => arn.known(),
        _ => None,
    })
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
