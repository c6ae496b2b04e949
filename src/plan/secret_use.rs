//! What a place of a task definition that names a secret comes to: which secret, which version, and how it is pinned.

use super::draft::id;
use super::secret::Secrets;
use super::step::Ref;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{Kind, Name, ResourceId, Stage};
use crate::model::secret::Secret;
use crate::model::secret_source::{Place, SecretSource, Slot, Version};
use crate::model::task_definition::{Pinning, SecretUse, TaskDefinition};

/// Why a place of a secret cannot be filled in.
pub(super) enum Obstacle {
    Held(ResourceId),
    NoSuchStage(Name, Stage),
}

/// What a place names, as the manifest and the secret say.
pub(super) fn source(
    desired: &Desired,
    td: &TaskDefinition,
    slot: &Slot,
    used: &SecretUse,
    secrets: &Secrets,
) -> Result<SecretSource<Ref<Arn>>, Obstacle> {
    let (secret, key, stage, pin) = match used {
        SecretUse::Raw(text) => {
            let parsed = SecretSource::parse(text, None);
            let Ok(source) = parsed.try_map(|arn| Ok::<_, std::convert::Infallible>(Ref::Known(arn.clone())));
            return Ok(source);
        }
        SecretUse::Declared { secret, key, stage, pin } => (secret, key, stage, pin),
    };
    let Some(Some(readable)) = secrets.get(secret) else {
        return Err(Obstacle::Held(id(Kind::Secret, secret)));
    };
    let followed = stage.clone().unwrap_or_else(Stage::current);
    let Some(version) = readable.stages.get(&followed).cloned() else {
        return Err(Obstacle::NoSuchStage(secret.clone(), followed));
    };
    let usual = desired.secrets.get(secret).map_or(Pinning::Current, Secret::pinning);
    let said = || stage.clone().filter(|stage| *stage != Stage::current());
    let (stage, version) = match td.pins(slot, *pin, usual) {
        // ECS takes a stage or a version id, never both.
        Pinning::VersionId => (None, Version::Pinned(version)),
        Pinning::Current => (said(), Version::Follows(Some(version))),
        Pinning::Unwatched => (said(), Version::Follows(None)),
    };
    let key = key.clone().filter(|_| slot.place != Place::Registry);
    Ok(SecretSource::Secret { arn: readable.arn.clone(), key, stage, version })
}
