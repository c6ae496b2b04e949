//! A linter of plans: what must be true of every plan, whatever it was made from. For tests, and for whoever doubts.
//!
//! Looks at a plan from outside, with an eye of its own for what differs. Knows nothing of how the plan came about.

mod access;
mod destroys;
mod differs;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::action::Call;
use super::held::Because;
use super::step::{Plan, Ref, Risk, Step, StepId};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{Kind, ResourceId};
use crate::model::observed::{Observed, seen};
use crate::model::service::{ObservedService, triggers_deployment};
use crate::model::task_definition::RoleUse;

/// Something that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// A step needs one that does not come before it.
    NeedsLater(StepId, StepId),
    /// A step uses what another yields, and does not need it.
    Unfed(StepId, StepId),
    /// A step for something that could not be read.
    Unread(StepId),
    /// A step for something that is not ours.
    NotOurs(StepId),
    /// A service is told to run another revision than the one that the plan registers for it.
    OtherRevision(StepId, StepId),
    /// A step that starts tasks does not wait for one that lets them start.
    Ungranted(StepId, StepId),
    /// A step that starts tasks right after their role was widened is not left for later.
    Unsettled(StepId),
    /// A revision is registered whose tasks the role does not let start.
    Lacking(StepId, String),
    /// A permission is taken away that a revision in use needs, or may need.
    TakenAway(StepId, String),
    /// Something is deleted that must stay, or of which nobody knows enough.
    Destroys(StepId, String),
    /// A resource that differs, or of which nothing is known, has neither a step nor a hold.
    Forgotten(ResourceId),
    /// Two steps make the same call.
    Twice(StepId, StepId),
    /// The mark of something is repaired that has a step or a hold of its own.
    RepairedBeside(ResourceId),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = |id: &StepId| id.number();
        match self {
            Self::NeedsLater(step, other) => write!(f, "step {} needs {}, which comes later", n(step), n(other)),
            Self::Unfed(step, other) => {
                write!(f, "step {} uses what {} yields, and does not need it", n(step), n(other))
            }
            Self::Unread(step) => write!(f, "step {} is for something that could not be read", n(step)),
            Self::NotOurs(step) => write!(f, "step {} is for something that is not ours", n(step)),
            Self::OtherRevision(step, other) => {
                write!(f, "step {} deploys another revision than {}'s", n(step), n(other))
            }
            Self::Ungranted(step, other) => write!(f, "step {} starts tasks without waiting for {}", n(step), n(other)),
            Self::Unsettled(step) => write!(f, "step {} starts tasks before IAM has spread their permissions", n(step)),
            Self::Lacking(step, what) => write!(f, "step {} registers what cannot start without: {what}", n(step)),
            Self::TakenAway(step, what) => write!(f, "step {} takes away what is in use: {what}", n(step)),
            Self::Destroys(step, what) => write!(f, "step {} deletes what must stay: {what}", n(step)),
            Self::Forgotten(resource) => write!(f, "{resource} has neither a step nor a hold"),
            Self::Twice(first, second) => write!(f, "steps {} and {} make the same call", n(first), n(second)),
            Self::RepairedBeside(resource) => write!(f, "the mark of {resource} is repaired beside something else"),
        }
    }
}

/// Everything that is wrong with a plan.
pub fn check(desired: &Desired, observed: &Observed, plan: &Plan) -> BTreeSet<Finding> {
    let look = Look { desired, observed, plan };
    let mut found = BTreeSet::new();
    for (id, step) in plan.steps() {
        look.edges(id, step, &mut found);
        if destroys::concerns(&look, step) {
            destroys::check(&look, id, step, &mut found);
        } else {
            look.ownership(id, step, &mut found);
        }
        look.start(id, step, &mut found);
        access::check(&look, id, step, &mut found);
        let twin = plan.steps().find(|(other, twin)| *other < id && twin.action.call == step.action.call);
        found.extend(twin.map(|(other, _)| Finding::Twice(other, id)));
    }
    let chosen = |id: &ResourceId| desired.only.as_ref().is_none_or(|only| only.contains(id));
    let differing = differs::resources(&look).into_iter().filter(chosen);
    found.extend(differing.filter(|id| !look.touches(id)).map(Finding::Forgotten));
    let repaired = plan.repairs().iter().map(|repair| &repair.target).filter(|target| look.touches(target));
    found.extend(repaired.cloned().map(Finding::RepairedBeside));
    found
}

struct Look<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    plan: &'a Plan,
}

impl Look<'_> {
    /// A kept version that may vanish is said beside whatever else is done.
    fn touches(&self, id: &ResourceId) -> bool {
        let says = |because: &Because| !matches!(because, Because::PinnedVersionDeprecated(_));
        self.plan.steps().any(|(_, step)| step.target == *id)
            || self.plan.held().iter().any(|held| held.target == *id && says(&held.because))
    }

    fn edges(&self, id: StepId, step: &Step, found: &mut BTreeSet<Finding>) {
        found.extend(step.needs.iter().filter(|need| **need >= id).map(|need| Finding::NeedsLater(id, *need)));
        let before = self.before(step);
        let mut unfed = BTreeSet::new();
        // The call is mapped only to look at its references.
        let _same = step.action.call.try_map(|reference| reference.known().cloned().ok_or(reference.clone())).map_err(
            |reference| match reference {
                Ref::From(source) if !before.contains(&source) => unfed.insert(source),
                Ref::From(_) | Ref::Known(_) => false,
            },
        );
        found.extend(unfed.into_iter().map(|source| Finding::Unfed(id, source)));
    }

    /// All steps that have succeeded when this one is begun.
    fn before(&self, step: &Step) -> BTreeSet<StepId> {
        let mut all = BTreeSet::new();
        let mut next = step.needs.clone();
        while let Some(need) = next.pop() {
            if all.insert(need) {
                next.extend(self.plan.step(need).into_iter().flat_map(|step| &step.needs));
            }
        }
        all
    }

    fn ownership(&self, id: StepId, step: &Step, found: &mut BTreeSet<Finding>) {
        let Observed { secrets, roles, services, .. } = self.observed;
        let name = &step.target.name;
        let unread = match step.target.kind {
            Kind::Secret => seen(secrets, name).is_err(),
            Kind::ExecutionRole => seen(roles, name).is_err(),
            Kind::Service => seen(services, name).is_err(),
            Kind::TaskDefinition => match &step.action.call {
                Call::TagTaskDefinition { revision, .. } | Call::UntagTaskDefinition { revision, .. } => {
                    seen(&self.observed.revisions, revision).is_err()
                }
                _ => seen(&self.observed.newest, name).is_err(),
            },
        };
        if unread {
            found.insert(Finding::Unread(id));
        }
        let foreign = |because: &Because| matches!(because, Because::NotOurs(_));
        if self.plan.held().iter().any(|held| held.target == step.target && foreign(&held.because)) {
            found.insert(Finding::NotOurs(id));
        }
    }

    /// What starts tasks comes after the registration of what they run and after everything that lets them start.
    fn start(&self, id: StepId, step: &Step, found: &mut BTreeSet<Finding>) {
        let Some(service) = self.desired.services.get(&step.target.name).filter(|_| self.starts_tasks(step)) else {
            return;
        };
        let before = self.before(step);
        let td = ResourceId::new(Kind::TaskDefinition, &service.task_definition);
        let registers = |step: &Step| matches!(step.action.call, Call::RegisterTaskDefinition { .. });
        for (registration, _) in self.plan.steps().filter(|(_, step)| step.target == td && registers(step)) {
            match &step.action.call {
                Call::CreateService { task_definition, .. }
                | Call::UpdateService { task_definition: Some(task_definition), .. }
                    if *task_definition != Ref::From(registration) =>
                {
                    found.insert(Finding::OtherRevision(id, registration));
                }
                _ => {}
            }
        }
        let declared = self.desired.task_definitions.get(&service.task_definition);
        let Some(RoleUse::Declared(role)) = declared.and_then(|td| td.execution_role.as_ref()) else { return };
        let role = ResourceId::new(Kind::ExecutionRole, role);
        let grants = |step: &Step| {
            step.target == role
                && (step.risk.contains(&Risk::WidensAccess) || matches!(step.action.call, Call::CreateRole { .. }))
        };
        let granting: Vec<StepId> = self.plan.steps().filter(|(_, step)| grants(step)).map(|(id, _)| id).collect();
        found.extend(granting.iter().filter(|g| !before.contains(g)).map(|g| Finding::Ungranted(id, *g)));
        if !granting.is_empty() && !self.desired.policy.settle.is_zero() && step.deferred.is_none() {
            found.insert(Finding::Unsettled(id));
        }
    }

    fn starts_tasks(&self, step: &Step) -> bool {
        let live = seen(&self.observed.services, &step.target.name).ok().flatten();
        match &step.action.call {
            Call::CreateService { .. } => true,
            Call::UpdateService { task_definition, fields, .. } => {
                let more = |count: i64| count > live.map_or(0, ObservedService::desired_count);
                task_definition.is_some()
                    || fields.keys().any(|name| triggers_deployment(name))
                    || fields.get("desiredCount").and_then(Value::as_i64).is_some_and(more)
            }
            _ => false,
        }
    }
}

/// The ARN of a role as a call names it.
fn known(role: Option<&Ref<Arn>>) -> Option<&Arn> {
    role.and_then(Ref::known)
}
