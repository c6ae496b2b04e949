//! Is the role there, and may ECS's tasks assume it? As it is, or as the next apply makes it.

use std::collections::{BTreeMap, BTreeSet};

use super::Inquiry;
use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::next::Next;
use super::policy::{self, Context, Request, Tri, Who};
use super::startup::Startup;
use super::words;
use crate::model::arn::Arn;
use crate::model::grant::PolicyBody;
use crate::model::id::{KeyId, Kind, Name, ResourceId};
use crate::model::observed::{Observed, seen};
use crate::model::path::Path;
use crate::model::policy::Policy;
use crate::model::role::{ObservedRole, RoleMode};
use crate::model::survey::Question;
use crate::model::tags::Tags;
use crate::model::task_definition::RoleUse;
use crate::plan::action::Call;
use crate::plan::derive;
use crate::plan::expected;
use crate::plan::held::{Because as Reason, Held};
use crate::plan::step::{Plan, Ref};

const TASKS: &str = "ecs-tasks.amazonaws.com";

/// The execution role, as far as permissions depend on it.
#[derive(Clone)]
pub(super) struct Judged {
    pub(super) arn: Arn,
    /// Does the next apply do anything to it?
    pub(super) planned: bool,
    /// Does evenkeel grant it what is derived?
    managed: bool,
    /// Where the role is named.
    pub(super) site: Site,
    pub(super) policies: Policies,
    /// Will it have a permissions boundary?
    pub(super) bounded: bool,
    pub(super) tags: Tags,
}

/// The policies of a role by the time that its tasks start.
#[derive(Clone, Default)]
pub(super) struct Policies {
    /// The role, where all that it has stays; what follows is beside it then, else it is all that there is.
    pub(super) role: Option<Arn>,
    /// The role as it is, whatever it loses.
    pub(super) live: Option<Arn>,
    /// As JSON text.
    pub(super) added: Vec<String>,
    pub(super) attached: BTreeSet<Arn>,
    pub(super) boundary: Option<Arn>,
}

/// What the next apply does to a role.
#[derive(Default)]
struct Planned {
    /// Does it do anything?
    any: bool,
    creates: bool,
    trust: Option<Policy>,
    /// Inline policies that it writes, as JSON text, or deletes.
    inline: BTreeMap<String, Option<String>>,
    attached: BTreeSet<Arn>,
    detached: BTreeSet<Arn>,
    boundary: Option<Arn>,
}

/// Looks at the task's role and at the execution role; the latter, where it can be judged further.
pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) -> Option<Judged> {
    task_role(draft, startup);
    let (manifest, path) = match startup.definition.execution_role.as_ref()? {
        RoleUse::Declared(name) => (Some(name), Path::of("executionRoleRef")),
        RoleUse::Raw(_) => (None, Path::of("executionRoleArn")),
    };
    let site = draft.site(&startup.target, path, &startup.affected);
    let inquiry = draft.inquiry;
    let planned = manifest.map_or_else(Planned::default, |name| planned(inquiry.plan, inquiry.observed, name));
    let scope = &inquiry.observed.scope;
    let (live, arn) = match (manifest, &startup.definition.execution_role) {
        (Some(name), _) => {
            let role = inquiry.desired.roles.get(name)?;
            let read = seen(&inquiry.observed.roles, name);
            let arn = match read {
                Ok(Some(live)) => live.arn.clone(),
                _ => scope.iam(&format!("role{}{}", role.path, role.role_name)),
            };
            (draft.known(&site, &format!("the role {}", role.role_name), read), arn)
        }
        (None, Some(RoleUse::Raw(given))) => {
            let arn = scope.role(given.as_str());
            (foreign(draft, &site, &arn), arn)
        }
        (None, _) => return None,
    };
    let live = match live {
        Known::There(live) => {
            trusts(draft, &site, &arn, planned.trust.as_ref().unwrap_or(&live.trust), planned.trust.is_some(), startup);
            Some(live)
        }
        Known::Gone if planned.creates => {
            if let Some(trust) = &planned.trust {
                trusts(draft, &site, &arn, trust, true, startup);
            }
            None
        }
        Known::Gone => {
            missing(draft, &site, &arn, manifest);
            return None;
        }
        Known::Nothing => return None,
    };
    let tags = live.map(|live| live.tags.clone()).unwrap_or_default();
    let managed = manifest.is_some_and(|name| is_managed(inquiry, name));
    let bounded = planned.boundary.is_some() || live.is_some_and(|live| live.permissions_boundary.is_some());
    Some(Judged { planned: planned.any, managed, site, policies: planned.policies(live), bounded, arn, tags })
}

impl Judged {
    /// With the grants for a secret that can only be read later: the same apply makes them then.
    pub(super) fn granted(&self, draft: &Draft<'_>, next: &Next) -> Option<Self> {
        let Next { secret, live, .. } = next;
        let scope = &draft.inquiry.observed.scope;
        let keys = [Some(secret), live.as_ref()].into_iter().flatten().filter_map(|secret| secret.kms_key_id.clone());
        let keys = keys.filter(KeyId::is_customers).collect();
        let grants = derive::of_secret(&Ref::Known(secret.arn.clone()), scope, keys).into_iter().collect();
        let body = expected(&PolicyBody { grants, kept: BTreeSet::new() }, |_| None).to_json(scope);
        let mut role = self.clone();
        role.policies.added.push(body.to_string());
        self.managed.then_some(Self { planned: true, ..role })
    }
}

/// Does evenkeel grant a role what is derived, when its turn comes?
fn is_managed(inquiry: Inquiry<'_>, name: &Name) -> bool {
    let target = ResourceId::new(Kind::ExecutionRole, name);
    let mut held = inquiry.plan.held().iter().filter(|held| held.target == target);
    // Where it cannot be read who uses it, it is not narrowed, and widened all the same.
    let stays = |held: &Held| !held.because.ends_by_itself() && !matches!(held.because, Reason::Unreadable(_));
    let declared = inquiry.desired.roles.get(name);
    declared.is_some_and(|role| role.mode != RoleMode::Observe) && !held.any(stays)
}

/// The role that the containers themselves have.
fn task_role<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    let Some(given) = startup.text("taskRoleArn") else { return };
    let site = draft.site(&startup.target, Path::of("taskRoleArn"), &startup.affected);
    let arn = draft.inquiry.observed.scope.role(given);
    match foreign(draft, &site, &arn) {
        Known::There(live) => trusts(draft, &site, &arn, &live.trust, false, startup),
        Known::Gone => missing(draft, &site, &arn, None),
        Known::Nothing => {}
    }
}

/// A role that evenkeel does not manage.
fn foreign<'a>(draft: &mut Draft<'a>, site: &Site, arn: &Arn) -> Known<&'a ObservedRole> {
    let what = format!("the role {arn}");
    if arn.account() != draft.inquiry.observed.scope.account.as_str() {
        draft.unsure(site, &what, "it is of another account");
        return Known::Nothing;
    }
    draft.look(site, &what, Question::Role(arn.clone()), |seen| seen.role(arn))
}

fn missing(draft: &mut Draft<'_>, site: &Site, arn: &Arn, manifest: Option<&Name>) {
    let target = manifest.map(|name| ResourceId::new(Kind::ExecutionRole, name));
    let hold = draft.inquiry.plan.held().iter().find(|held| Some(&held.target) == target.as_ref());
    let help = match hold {
        Some(_) => "evenkeel does not create it: `evenkeel diff` says what holds it",
        None => "create it, or correct its name; a role that was made again under another path has another ARN",
    };
    let because =
        Because { message: format!("there is no role {arn}"), ecs: words::role(arn.as_str()), help: help.to_owned() };
    draft.find(site, Code::RoleMissing, false, because);
}

/// Does the trust policy let a task of these services assume it? With what ECS says of itself: the account and the task.
fn trusts(draft: &mut Draft<'_>, site: &Site, role: &Arn, trust: &Policy, planned: bool, startup: &Startup<'_>) {
    let scope = &draft.inquiry.observed.scope;
    let cluster = startup.services.first().map_or("default", |running| running.service.cluster.as_str());
    let task = scope.arn("ecs", &format!("task/{cluster}/{}", "0".repeat(32)));
    let context = Context::from([
        ("aws:sourceaccount".to_owned(), vec![scope.account.to_string()]),
        ("aws:sourcearn".to_owned(), vec![task.to_string()]),
    ]);
    let who = Who::Service(TASKS);
    let said = policy::judge(trust, Request { who, action: "sts:AssumeRole", resource: None, context: &context });
    match (said.denies, said.allows) {
        (Tri::No, Tri::Yes) => {}
        (Tri::Yes, _) | (_, Tri::No) => {
            let conditions = trust.permissions().iter().any(|permission| {
                permission.principal.contains(TASKS) && permission.effect == "Allow" && !permission.condition.is_empty()
            });
            let help = if conditions {
                format!(
                    "let its conditions hold: aws:SourceAccount is {}, aws:SourceArn is {} (a single cluster cannot be named)",
                    scope.account,
                    scope.arn("ecs", "*")
                )
            } else {
                format!("let {TASKS} do sts:AssumeRole in its trust policy")
            };
            let message = format!("the role {role} does not let ECS's tasks assume it");
            let because = Because { message, ecs: words::role(role.as_str()), help };
            draft.find(site, Code::RoleNotTrusted, planned, because);
        }
        _ => {
            let what = format!("whether the trust policy of {role} lets ECS's tasks assume it");
            draft.unsure(site, &what, said.why());
        }
    }
}

fn planned(plan: &Plan, observed: &Observed, name: &Name) -> Planned {
    let target = ResourceId::new(Kind::ExecutionRole, name);
    let mut planned = Planned::default();
    for (_, step) in plan.steps().filter(|(_, step)| step.target == target) {
        planned.any |= !matches!(step.action.call, Call::TagRole { .. });
        match &step.action.call {
            Call::CreateRole { trust, permissions_boundary, .. } => {
                planned.creates = true;
                planned.trust = Some(Policy::read(trust));
                planned.boundary.clone_from(permissions_boundary);
            }
            Call::UpdateAssumeRolePolicy { trust, .. } => planned.trust = Some(Policy::read(trust)),
            Call::PutRolePermissionsBoundary { boundary, .. } => planned.boundary = Some(boundary.clone()),
            Call::AttachRolePolicy { policy, .. } => drop(planned.attached.insert(policy.clone())),
            Call::DetachRolePolicy { policy, .. } => drop(planned.detached.insert(policy.clone())),
            Call::DeleteRolePolicy { policy, .. } => drop(planned.inline.insert(policy.clone(), None)),
            Call::PutRolePolicy { policy, body, .. } => {
                let scope = &observed.scope;
                let text = expected(body, |step| plan.to_come(step, scope)).to_json(scope).to_string();
                planned.inline.insert(policy.clone(), Some(text));
            }
            _ => {}
        }
    }
    planned
}

impl Planned {
    /// Where something goes or is replaced, the role as it is says too much.
    fn policies(self, live: Option<&ObservedRole>) -> Policies {
        let Self { any: _, creates: _, trust: _, inline, mut attached, detached, mut boundary } = self;
        let lost = |live: &&ObservedRole| {
            !detached.is_disjoint(&live.attached) || inline.keys().any(|name| live.inline.contains_key(name))
        };
        let role = live.filter(|live| !lost(live)).map(|live| live.arn.clone());
        let mut added = Vec::new();
        if let (Some(live), None) = (live, &role) {
            let kept = live.inline.iter().filter(|(name, it)| !inline.contains_key(*name) && !it.policy.is_empty());
            added.extend(kept.map(|(_, it)| it.policy.to_json().to_string()));
            attached.extend(live.attached.difference(&detached).cloned());
            boundary = boundary.or_else(|| live.permissions_boundary.clone());
        }
        added.extend(inline.into_values().flatten());
        Policies { role, live: live.map(|live| live.arn.clone()), added, attached, boundary }
    }
}
