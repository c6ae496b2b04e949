//! A task definition: which of its revisions are in force, and where.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::detail::{Applied, applied};
use super::report::Pass;
use super::rollout;
use crate::model::arn::Arn;
use crate::model::id::{Family, Kind, Name, ResourceId};
use crate::model::observed::Seen;

/// What is in force of a task definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskDefinitionDetail {
    /// The family.
    pub family: Family,
    /// The revisions that services run, newest first; then the newest ACTIVE one, where someone looked and none runs it.
    pub revisions: Vec<RevisionDetail>,
}

/// One revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionDetail {
    /// `family:number`.
    pub revision: String,
    /// The services that run it.
    pub services: BTreeSet<ResourceId>,
    /// The images, by container.
    pub images: BTreeMap<String, String>,
    /// The role with which ECS starts its tasks.
    pub execution_role: Option<Arn>,
    /// evenkeel's registration; null for a revision of someone else's.
    pub applied: Option<Applied>,
}

pub(super) fn of(pass: Pass<'_>, name: &Name) -> Option<TaskDefinitionDetail> {
    let definition = pass.desired.task_definitions.get(name)?;
    let mut arns: Vec<Arn> = running(pass, name).map(|(_, arn)| arn.clone()).collect();
    arns.sort_by_key(|arn| std::cmp::Reverse(arn.revision()));
    arns.dedup();
    arns.extend(pass.observed.newest.get(name).and_then(Seen::present).filter(|arn| !arns.contains(arn)).cloned());
    if arns.is_empty() {
        return None;
    }
    let revision = |arn: &Arn| {
        let seen = pass.observed.revisions.get(arn).and_then(Seen::present);
        let images = seen.into_iter().flat_map(|seen| seen.revision.containers());
        RevisionDetail {
            revision: rollout::revision(arn),
            services: running(pass, name)
                .filter(|(_, runs)| *runs == arn)
                .map(|(service, _)| ResourceId::new(Kind::Service, service))
                .collect(),
            images: images.map(|container| (container.name().to_owned(), container.image().to_owned())).collect(),
            execution_role: seen.and_then(|seen| seen.revision.execution_role.clone()),
            applied: seen.and_then(|seen| applied(&seen.tags)),
        }
    };
    Some(TaskDefinitionDetail { family: definition.family.clone(), revisions: arns.iter().map(revision).collect() })
}

/// The newest revision that any of its services runs; where none does, the family's newest, if someone looked.
pub(super) fn newest(pass: Pass<'_>, name: &Name) -> Option<Arn> {
    let live = running(pass, name).map(|(_, arn)| arn).max_by_key(|arn| arn.revision());
    live.or_else(|| pass.observed.newest.get(name)?.present()).cloned()
}

fn running<'a>(pass: Pass<'a>, name: &'a Name) -> impl Iterator<Item = (&'a Name, &'a Arn)> {
    let users = pass.desired.services.iter().filter(move |(_, service)| service.task_definition == *name);
    users.filter_map(move |(user, _)| Some((user, &pass.observed.services.get(user)?.present()?.task_definition)))
}
