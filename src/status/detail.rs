//! What is in force of each resource, as far as it was seen: what `explain` shows. Names, ids and times, never a value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::detail_role::{self, RoleDetail};
use super::detail_secret::{self, SecretDetail};
use super::detail_service::{self, SecretRead, ServiceDetail};
use super::detail_task_definition::{self, TaskDefinitionDetail};
use super::moment::Moment;
use super::report::Pass;
use super::rollout;
use crate::model::arn::Arn;
use crate::model::id::{Commit, Kind, Name, ResourceId};
use crate::model::observed::Seen;
use crate::model::tags::{APPLIED, Mark, Tags};
use crate::plan::Needed;

/// What is in force, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
#[expect(missing_docs, reason = "the variants are the manifest kinds themselves")]
pub enum Detail {
    Secret(SecretDetail),
    ExecutionRole(RoleDetail),
    TaskDefinition(TaskDefinitionDetail),
    Service(ServiceDetail),
}

/// evenkeel's last change, as the object's mark says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// When, to the second.
    pub at: Moment,
    /// From which commit; null for folders.
    pub commit: Option<Commit>,
}

impl Detail {
    /// What is in force, in a word: a revision, or the id of a version.
    pub fn revision(&self) -> Option<&str> {
        match self {
            Self::Secret(secret) => secret.current.as_ref().map(crate::model::id::VersionId::as_str),
            Self::ExecutionRole(_) => None,
            Self::TaskDefinition(definition) => definition.revisions.first().map(|first| first.revision.as_str()),
            Self::Service(service) => Some(&service.revision),
        }
    }

    /// Since when it is in force.
    pub fn since(&self) -> Option<Moment> {
        let applied = |applied: &Option<Applied>| applied.as_ref().map(|applied| applied.at);
        match self {
            Self::Secret(secret) => secret.since(),
            Self::ExecutionRole(role) => applied(&role.applied),
            Self::TaskDefinition(definition) => definition.revisions.first().and_then(|first| applied(&first.applied)),
            Self::Service(service) => service.deployments.first().map(|primary| primary.began),
        }
    }
}

/// What all details are made from, gathered once.
pub(super) struct Gathered<'a> {
    pub(super) pass: Pass<'a>,
    /// What each role needs, and because of whom.
    pub(super) needed: BTreeMap<Name, Needed>,
    /// What each service reads.
    pub(super) reads: BTreeMap<&'a Name, Vec<SecretRead>>,
    /// The services that read each secret, by its name and theirs.
    pub(super) readers: BTreeMap<Name, Vec<(&'a Name, SecretRead)>>,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(pass: Pass<'a>) -> Self {
        let needed = crate::plan::granted(pass.desired, pass.observed);
        let by_arn: BTreeMap<&Arn, &Name> =
            pass.observed.secrets.iter().filter_map(|(name, secret)| Some((&secret.present()?.arn, name))).collect();
        let reads: BTreeMap<&Name, Vec<SecretRead>> =
            pass.desired.services.keys().map(|name| (name, detail_service::reads(pass, name, &by_arn))).collect();
        let mut readers: BTreeMap<Name, Vec<(&Name, SecretRead)>> = BTreeMap::new();
        for (service, reads) in &reads {
            for read in reads {
                if let Some(secret) = &read.secret {
                    readers.entry(secret.name.clone()).or_default().push((*service, read.clone()));
                }
            }
        }
        Self { pass, needed, reads, readers }
    }
}

/// What is in force of one; nothing where it is not there, or nothing is known of it.
pub(super) fn of(gathered: &Gathered<'_>, id: &ResourceId) -> Option<Detail> {
    Some(match id.kind {
        Kind::Secret => Detail::Secret(detail_secret::of(gathered, &id.name)?),
        Kind::ExecutionRole => Detail::ExecutionRole(detail_role::of(gathered, &id.name)?),
        Kind::TaskDefinition => Detail::TaskDefinition(detail_task_definition::of(gathered.pass, &id.name)?),
        Kind::Service => Detail::Service(detail_service::of(gathered, &id.name)?),
    })
}

/// What is said of something that is as it should be.
pub(super) fn in_force(pass: Pass<'_>, id: &ResourceId) -> String {
    let Pass { desired, observed, .. } = pass;
    let name = &id.name;
    match id.kind {
        Kind::Secret => {
            let current = observed.secrets.get(name).and_then(Seen::present);
            let current = current.and_then(|secret| secret.stages.get(&crate::model::id::Stage::current()));
            current.map_or_else(|| "is there".to_owned(), |id| format!("version {id} is current"))
        }
        Kind::ExecutionRole => "grants what is needed".to_owned(),
        Kind::TaskDefinition => match detail_task_definition::newest(pass, name) {
            Some(arn) => format!("{} is in force", rollout::revision(&arn)),
            None => "is registered".to_owned(),
        },
        Kind::Service => {
            let live = observed.services.get(name).and_then(Seen::present);
            let counts = live.and_then(|live| live.primary()).filter(|primary| primary.desired > 0);
            let revision = live.map(|live| rollout::revision(&live.task_definition)).unwrap_or_default();
            match counts {
                Some(primary) => format!("{revision}: {} of {} tasks run", primary.running, primary.desired),
                None if desired.services.contains_key(name) => format!("{revision} is in force"),
                None => String::new(),
            }
        }
    }
}

/// The last change that the object's tags tell of.
pub(super) fn applied(tags: &Tags) -> Option<Applied> {
    applied_by(tags, APPLIED)
}

/// The same, by a tag of the installation's own.
pub(super) fn applied_by(tags: &Tags, tag: &str) -> Option<Applied> {
    let Mark { digest: _, versions: _, commit, at } = Mark::read(tags, tag)?;
    Some(Applied { at: at.into(), commit })
}
