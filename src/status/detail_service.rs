//! A service: the deployment in force, those of before, the secrets that its tasks read, and of what tasks stopped.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::detail::{Applied, Gathered, applied};
use super::moment::Moment;
use super::report::Pass;
use super::rollout;
use super::words;
use crate::model::arn::Arn;
use crate::model::cause;
use crate::model::id::{ClusterName, Kind, Name, ResourceId, ServiceName, Stage, VersionId};
use crate::model::observed::Seen;
use crate::model::secret_source::{SecretSource, Version};
use crate::model::service::{Deployment, ServiceDeployment};
use crate::model::task::Task;

/// What is in force of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDetail {
    /// The ARN.
    pub arn: Arn,
    /// The cluster.
    pub cluster: ClusterName,
    /// Its name in ECS.
    pub service_name: ServiceName,
    /// The revision that it was last told to run, as `family:number`.
    pub revision: String,
    /// The deployments under way and the one in force, the newest first.
    pub deployments: Vec<DeploymentDetail>,
    /// Those of before, newest first; null where nobody looked.
    pub past: Option<Vec<PastDeployment>>,
    /// Why the newest look at them saw nothing, if so: those that are named were seen by one before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past_unreadable: Option<String>,
    /// The secrets that its tasks read.
    pub secrets: Vec<SecretRead>,
    /// Of what tasks stopped within the last hour, as far as anyone looked.
    pub stopped: Vec<StoppedTasks>,
    /// evenkeel's last change.
    pub applied: Option<Applied>,
}

/// A deployment under way or in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentDetail {
    /// ECS's id.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`; null behind other deployment controllers.
    pub rollout_state: Option<String>,
    /// The revision that it runs.
    pub revision: String,
    /// Tasks that it should run.
    pub desired: i64,
    /// Tasks that run.
    pub running: i64,
    /// Tasks that are starting.
    pub pending: i64,
    /// Tasks that did not come up.
    pub failed: i64,
    /// When it began.
    pub began: Moment,
}

/// A deployment of ECS's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PastDeployment {
    /// When it was asked for.
    pub began: Moment,
    /// ECS's status, for example `ROLLBACK_SUCCESSFUL`.
    pub status: String,
    /// ECS's own words.
    pub reason: Option<String>,
    /// The revision that it was to bring.
    pub revision: String,
}

/// A secret that the tasks of a revision read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretRead {
    /// Its manifest; null where it has none, and is not watched.
    pub secret: Option<ResourceId>,
    /// Its ARN, or the text that names it: a parameter, for example.
    pub source: String,
    /// The place in the revision.
    pub place: String,
    /// The key of its JSON object; null for the whole text.
    pub key: Option<String>,
    /// The label that is followed; null for AWSCURRENT.
    pub stage: Option<Stage>,
    /// The version that the revision was made for, where it says so.
    pub version: Option<VersionId>,
    /// Is it read by that id, whatever happens to the secret?
    pub pinned: bool,
    /// The version that carries the label now.
    pub current: Option<VersionId>,
    /// When that was made, where that is known.
    pub current_since: Option<Moment>,
}

/// Tasks that stopped, by cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoppedTasks {
    /// The revision that they ran.
    pub revision: String,
    /// Why they stopped.
    pub cause: String,
    /// What a person can do about it.
    pub advice: Option<String>,
    /// How many.
    pub tasks: usize,
}

impl SecretRead {
    /// Was the revision made for the version that the label is on now?
    pub fn up_to_date(&self) -> Option<bool> {
        Some(self.version.as_ref()? == self.current.as_ref()?)
    }
}

pub(super) fn of(gathered: &Gathered<'_>, name: &Name) -> Option<ServiceDetail> {
    let pass = gathered.pass;
    let wanted = pass.desired.services.get(name)?;
    let live = pass.observed.services.get(name)?.present()?;
    let history = history(pass, name);
    let mut deployments: Vec<DeploymentDetail> = live.deployments.iter().map(deployment).collect();
    deployments.sort_by_key(|deployment| (deployment.status != "PRIMARY", std::cmp::Reverse(deployment.began)));
    Some(ServiceDetail {
        arn: live.arn.clone(),
        cluster: wanted.cluster.clone(),
        service_name: wanted.service_name.clone(),
        revision: rollout::revision(&live.task_definition),
        deployments,
        past_unreadable: unreadable(pass, name),
        past: history.map(|history| history.into_iter().take(10).map(past).collect()),
        secrets: gathered.reads.get(name).cloned().unwrap_or_default(),
        stopped: stopped(pass, name),
        applied: applied(&live.tags),
    })
}

/// The secrets that the tasks of a service read, by the revision that it runs.
pub(super) fn reads(pass: Pass<'_>, name: &Name, by_arn: &BTreeMap<&Arn, &Name>) -> Vec<SecretRead> {
    let live = pass.observed.services.get(name).and_then(Seen::present);
    let revision = live.and_then(|live| pass.observed.revisions.get(&live.task_definition)).and_then(Seen::present);
    let Some(revision) = revision else { return Vec::new() };
    let read = |(slot, source): (&crate::model::secret_source::Slot, &SecretSource<Arn>)| {
        let place = slot.path().to_string();
        match source {
            SecretSource::Other(text) => SecretRead {
                secret: None,
                source: text.clone(),
                place,
                key: None,
                stage: None,
                version: None,
                pinned: false,
                current: None,
                current_since: None,
            },
            SecretSource::Secret { arn, key, stage, version } => {
                let name = by_arn.get(arn).copied();
                let seen = name.and_then(|name| pass.observed.secrets.get(name)).and_then(Seen::present);
                let label = stage.clone().unwrap_or_else(Stage::current);
                let current = seen.and_then(|secret| secret.stages.get(&label)).cloned();
                SecretRead {
                    secret: name.map(|name| ResourceId::new(Kind::Secret, name)),
                    source: arn.to_string(),
                    place,
                    key: key.clone(),
                    stage: stage.clone(),
                    version: version.id().cloned(),
                    pinned: matches!(version, Version::Pinned(_)),
                    current_since: name.and_then(|name| made(pass, name, current.as_ref()?)),
                    current,
                }
            }
        }
    };
    revision.revision.secrets.iter().map(read).collect()
}

/// When a version was made, as far as anyone looked.
fn made(pass: Pass<'_>, secret: &Name, id: &VersionId) -> Option<Moment> {
    let listed = pass.closer.versions.get(secret).and_then(Seen::present).into_iter().flatten();
    let listed = listed.filter(|version| version.id == *id).find_map(|version| version.created);
    let current = pass.observed.secrets.get(secret)?.present()?.stages.get(&Stage::current());
    let date = pass.observed.version_dates.get(secret).and_then(Seen::present).filter(|_| current == Some(id));
    listed.or(date.copied()).map(Moment)
}

fn deployment(deployment: &Deployment) -> DeploymentDetail {
    let Deployment {
        id,
        status,
        task_definition,
        rollout_state,
        reason: _,
        failed_tasks,
        desired,
        running,
        pending,
        created_at,
    } = deployment;
    DeploymentDetail {
        id: id.clone(),
        status: status.clone(),
        rollout_state: rollout_state.clone(),
        revision: rollout::revision(task_definition),
        desired: *desired,
        running: *running,
        pending: *pending,
        failed: *failed_tasks,
        began: (*created_at).into(),
    }
}

fn past(deployment: &ServiceDeployment) -> PastDeployment {
    let ServiceDeployment {
        arn: _,
        status,
        reason,
        created_at,
        finished_at: _,
        task_definition,
        fields: _,
        triggered: _,
        paused: _,
    } = deployment;
    PastDeployment {
        began: (*created_at).into(),
        status: status.clone(),
        reason: reason.clone(),
        revision: rollout::revision(task_definition),
    }
}

/// Of what most tasks of a revision stopped, as far as anyone looked.
pub(super) fn cause(pass: Pass<'_>, name: &Name, revision: &str) -> Option<String> {
    let first = stopped(pass, name).into_iter().find(|stopped| stopped.revision == revision)?;
    let tasks = if first.tasks == 1 { "task" } else { "tasks" };
    Some(format!("{} ({} {tasks})", first.cause, first.tasks))
}

/// The deployments of a service, newest first, as far as anyone looked. What this pass saw of one is newer than what a closer
/// look may have left long ago; that goes further back.
pub(super) fn history<'p>(pass: Pass<'p>, name: &Name) -> Option<Vec<&'p ServiceDeployment>> {
    let looks = histories(pass, name).into_iter().flatten().filter_map(Seen::present);
    let mut known: Option<BTreeMap<&Arn, &ServiceDeployment>> = None;
    for look in looks {
        let known = known.get_or_insert_default();
        for deployment in look {
            known.entry(&deployment.arn).or_insert(deployment);
        }
    }
    let mut history: Vec<&ServiceDeployment> = known?.into_values().collect();
    history.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at));
    Some(history)
}

/// Why the newest look at them saw nothing, if so. A closer one comes after that of its pass, and whoever keeps it says what
/// has become outdated since.
pub(super) fn unreadable(pass: Pass<'_>, name: &Name) -> Option<String> {
    let [this, closer] = histories(pass, name);
    if this.is_some_and(|seen| seen.present().is_some()) {
        return None;
    }
    let outdated = pass.closer.outdated.get(name).cloned();
    outdated.or_else(|| words::unreadable(closer.or(this)))
}

/// The newest look first.
fn histories<'p>(pass: Pass<'p>, name: &Name) -> [Option<&'p Seen<Vec<ServiceDeployment>>>; 2] {
    [pass.observed.histories.get(name), pass.closer.deployments.get(name)]
}

fn stopped(pass: Pass<'_>, name: &Name) -> Vec<StoppedTasks> {
    let looks = [pass.observed.stopped_tasks.get(name), pass.closer.stopped.get(name)];
    let tasks = looks.into_iter().flatten().filter_map(Seen::present).flatten();
    // In both it is the same task.
    let tasks: BTreeMap<&Arn, &Task> = tasks.map(|task| (&task.arn, task)).collect();
    let mut causes: BTreeMap<(String, cause::Cause), usize> = BTreeMap::new();
    for task in tasks.into_values() {
        if let Some(cause) = cause::of(task) {
            *causes.entry((rollout::revision(&task.task_definition), cause)).or_default() += 1;
        }
    }
    let mut stopped: Vec<StoppedTasks> = causes
        .into_iter()
        .map(|((revision, cause), tasks)| StoppedTasks {
            revision,
            cause: cause.to_string(),
            advice: cause.advice().map(str::to_owned),
            tasks,
        })
        .collect();
    stopped.sort_by_key(|stopped| std::cmp::Reverse(stopped.tasks));
    stopped
}
