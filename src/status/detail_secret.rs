//! A secret: its versions and their labels, who reads which of them, and when it is rotated.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::detail::{Applied, Gathered, applied};
use super::moment::Moment;
use super::rollout;
use super::words;
use crate::model::arn::Arn;
use crate::model::id::{Kind, Name, ResourceId, Stage, VersionId};
use crate::model::observed::Seen;
use crate::model::secret::ObservedSecret;

/// What is in force of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretDetail {
    /// The ARN.
    pub arn: Arn,
    /// The version that carries AWSCURRENT.
    pub current: Option<VersionId>,
    /// Its versions: those with a label, and where they were listed the others too, newest first.
    pub versions: Vec<VersionDetail>,
    /// Why the others are not known, where someone asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions_unreadable: Option<String>,
    /// Who reads it, and which version.
    pub readers: Vec<Reader>,
    /// How it is rotated; null where that was never set up.
    pub rotation: Option<RotationDetail>,
    /// When it was last rotated.
    pub last_rotated: Option<Moment>,
    /// When it is due next.
    pub next_rotation: Option<Moment>,
    /// When its deletion was scheduled.
    pub deleted: Option<Moment>,
    /// evenkeel's last change; null for a secret that is only referred to.
    pub applied: Option<Applied>,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionDetail {
    /// Its id.
    pub id: VersionId,
    /// Its labels.
    pub stages: BTreeSet<Stage>,
    /// When it was made, where that is known.
    pub created: Option<Moment>,
}

/// One place that reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reader {
    /// The service.
    pub service: ResourceId,
    /// The revision that it runs, as `family:number`.
    pub revision: String,
    /// The place in it.
    pub place: String,
    /// The version that the revision was made for, where it says so.
    pub version: Option<VersionId>,
    /// Is it the one that the stage is on now? Null where either is not known.
    pub up_to_date: Option<bool>,
}

/// How it is rotated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RotationDetail {
    /// Is it on?
    pub enabled: bool,
    /// When, as `rate(…)` or `cron(…)`.
    pub schedule: Option<String>,
    /// The function.
    pub lambda_arn: Option<Arn>,
}

impl SecretDetail {
    /// When the current version was made.
    pub(super) fn since(&self) -> Option<Moment> {
        let current = self.current.as_ref()?;
        self.versions.iter().find(|version| version.id == *current)?.created
    }
}

pub(super) fn of(gathered: &Gathered<'_>, name: &Name) -> Option<SecretDetail> {
    let pass = gathered.pass;
    let secret = pass.observed.secrets.get(name)?.present()?;
    let listed = pass.closer.versions.get(name);
    let rotation = secret.rotation.as_ref().map(|rotation| RotationDetail {
        enabled: rotation.enabled,
        schedule: rotation.schedule.as_ref().map(|schedule| schedule.as_str().to_owned()),
        lambda_arn: rotation.lambda_arn.clone(),
    });
    let reader = |(service, read): &(&Name, super::detail_service::SecretRead)| {
        let live = pass.observed.services.get(service).and_then(Seen::present)?;
        Some(Reader {
            service: ResourceId::new(Kind::Service, service),
            revision: rollout::revision(&live.task_definition),
            place: read.place.clone(),
            version: read.version.clone(),
            up_to_date: read.up_to_date(),
        })
    };
    Some(SecretDetail {
        arn: secret.arn.clone(),
        current: secret.stages.get(&Stage::current()).cloned(),
        versions: versions(gathered, name, secret),
        versions_unreadable: words::unreadable(listed),
        readers: gathered.readers.get(name).into_iter().flatten().filter_map(reader).collect(),
        rotation,
        last_rotated: secret.last_rotated.map(Moment),
        next_rotation: secret.next_rotation.map(Moment),
        deleted: secret.deleted.map(Moment),
        applied: applied(&secret.tags),
    })
}

/// The labels are those of the exact read; a list of versions gives their dates, and the versions without a label.
fn versions(gathered: &Gathered<'_>, name: &Name, secret: &ObservedSecret) -> Vec<VersionDetail> {
    let listed = gathered.pass.closer.versions.get(name).and_then(Seen::present).into_iter().flatten();
    let mut all: BTreeMap<VersionId, VersionDetail> = listed
        .map(|version| {
            let created = version.created.map(Moment);
            (version.id.clone(), VersionDetail { id: version.id.clone(), stages: BTreeSet::new(), created })
        })
        .collect();
    let date = gathered.pass.observed.version_dates.get(name).and_then(Seen::present).copied();
    for (stage, id) in &secret.stages {
        let entry = all.entry(id.clone()).or_insert_with(|| VersionDetail {
            id: id.clone(),
            stages: BTreeSet::new(),
            created: date.filter(|_| *stage == Stage::current()).map(Moment),
        });
        entry.stages.insert(stage.clone());
    }
    let mut all: Vec<VersionDetail> = all.into_values().collect();
    let is_current = |version: &VersionDetail| version.stages.contains(&Stage::current());
    all.sort_by_key(|version| std::cmp::Reverse((version.created, is_current(version), version.stages.len())));
    all
}
