//! Values: whether another version is due, and whether it may be made now. Compares ids, and never sees a value.

use std::collections::BTreeMap;
use std::time::Duration;

use super::action::Call;
use super::draft::{Draft, NewStep, drifted};
use super::envelope;
use super::held::Because;
use super::question::Question;
use super::secret::{ReadableSecret, digest, own_tags, text};
use super::secret_steps::forbidden;
use super::step::{Change, Ref, Shown, StepId, Why};
use crate::model::arn::Arn;
use crate::model::deletion::DELETION;
use crate::model::id::{Name, ResourceId, Stage, VersionId};
use crate::model::observed::Seen;
use crate::model::path::Path;
use crate::model::secret::{ObservedSecret, Secret, label};
use crate::model::secret_rotation::Rotation;
use crate::model::secret_value::{Encrypted, ValueSource, WritePolicy};
use crate::model::secret_version::SecretVersion;
use crate::model::tags::{self, APPLIED, Digest, GENERATION, Mark};
use crate::model::time::Timestamp;

/// As many versions in as long: "do not call PutSecretValue at a sustained rate of more than once every 10 minutes" (API
/// reference), and Secrets Manager removes no version that is younger than a day, of about a hundred that it keeps.
const MOST_VERSIONS: [(usize, Duration); 2] = [(6, Duration::from_hours(1)), (90, Duration::from_hours(24))];

/// Plans a secret that does not exist, with its value. Its readers take what the step yields.
pub(super) fn create(
    draft: &mut Draft<'_>,
    target: &ResourceId,
    secret: &Secret,
    value: &ValueSource,
) -> Option<ReadableSecret> {
    if let Some(because) = envelope::forbids_secret(draft.desired, &draft.observed.scope, secret) {
        draft.hold(target, because, Vec::new());
        return None;
    }
    let version = value.version(&secret.secret_name);
    let mut tags = secret.tags.clone().unwrap_or_default();
    let shown = |value: &str| Some(Shown::Value(value.into()));
    let mut changes = vec![draft.change(target, Path::of("secretName"), None, shown(secret.secret_name.as_str()))];
    changes.extend(secret.description.iter().map(|words| text(draft, target, "description", None, Some(words))));
    changes.extend(secret.kms_key_id.iter().map(|key| text(draft, target, "kmsKeyId", None, Some(key.as_str()))));
    let own = own_tags(draft, target, secret);
    // Whose it is goes without saying.
    let told = tags.iter().chain(own.iter().filter(|(key, _)| *key == DELETION));
    changes.extend(told.map(|(key, value)| draft.change(target, Path::of("tags").element(key), None, shown(value))));
    changes.push(version_change(draft, target, None, &version));
    tags.extend(own);
    tags.extend(value.generation().map(|number| (GENERATION.to_owned(), number.to_string())));
    let Secret { secret_name, description, kms_key_id, .. } = secret;
    let call = Call::CreateSecret {
        name: secret_name.clone(),
        description: description.clone(),
        kms_key_id: kms_key_id.clone(),
        tags,
        value: value.clone(),
        version: version.clone(),
    };
    let step = draft.push(target, NewStep { call, why: Why::Missing, changes, needs: Vec::new() })?;
    // What is set afterwards is a change of its own: until then the mark must not say that it was applied.
    let later = later(secret);
    let done = if later.is_empty() { digest(secret) } else { Digest::unknown() };
    let stamp = draft.new_stamp(APPLIED, done);
    draft.stamp(target, &stamp);
    if !later.is_empty() {
        draft.note(target, format!("set once it is there: {}", later.join(", ")));
    }
    Some(ReadableSecret {
        name: secret.secret_name.clone(),
        arn: Ref::From(step),
        stages: [(Stage::current(), version)].into(),
        keys: secret.kms_key_id.iter().filter(|key| key.is_customers()).cloned().collect(),
        exact: true,
        made: Some(step),
    })
}

/// What a secret is not created with.
fn later(secret: &Secret) -> Vec<&'static str> {
    let on = matches!(secret.rotation, Some(Rotation::On(_)));
    let copies = secret.replicas.as_ref().is_some_and(|replicas| !replicas.is_empty());
    let policy = secret.resource_policy.as_ref().is_some_and(|policy| !policy.is_empty());
    let all = [("rotation", on), ("replicas", copies), ("resourcePolicy", policy)];
    all.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| name).collect()
}

/// The labels as they will be, and the step that moves them, where one does.
pub(super) struct Written {
    pub(super) stages: BTreeMap<Stage, VersionId>,
    pub(super) made: Option<StepId>,
}

/// Plans the next version of a secret that exists, where one is due.
pub(super) fn write(
    draft: &mut Draft<'_>,
    target: &ResourceId,
    name: &Name,
    secret: &Secret,
    live: &ObservedSecret,
) -> Written {
    let mut written = Written { stages: live.stages.clone(), made: None };
    let Some((value, version)) = due(secret, live) else { return written };
    let current = live.stages.get(&Stage::current());
    let changes = vec![version_change(draft, target, current, &version)];
    if let Some(because) = forbidden(draft, secret, live) {
        // With the rest of the secret it is said there.
        if current.is_none() {
            draft.hold(target, because, changes);
        }
        return written;
    }
    let mark = Mark::read(&live.tags, APPLIED);
    let next = match next(draft, &Due { name, secret, live, value, version: &version, mark: mark.as_ref() }) {
        Ok(Some(call)) => call,
        Ok(None) => return written,
        Err(because) => {
            draft.hold(target, because, changes);
            return written;
        }
    };
    let why = match current {
        None => Why::Missing,
        Some(_) if !tags::is_ours(&live.tags, &draft.desired.installation) => Why::Adopted,
        Some(_) => drifted(mark.as_ref(), &digest(secret)),
    };
    written.made = draft.push(target, NewStep { call: next, why, changes, needs: Vec::new() });
    if written.made.is_some() {
        label(&mut written.stages, &Stage::current(), &version);
    }
    written
}

/// The generation that the secret's tag should record and does not, though its value was made: a crash came in between, or
/// the value was there before.
pub(super) fn unrecorded(draft: &Draft<'_>, name: &Name, secret: &Secret, live: &ObservedSecret) -> Option<u32> {
    let value = secret.value.as_ref()?;
    let generation = value.generation()?;
    if live.tags.get(GENERATION).and_then(|number| number.parse().ok()).is_some_and(|made: u32| made >= generation) {
        return None;
    }
    let listed = draft.observed.versions.get(name).and_then(Seen::present);
    let version = value.version(&secret.secret_name);
    let made = live.generation() >= generation || listed.is_some_and(|versions| is_among(versions, &version));
    made.then_some(generation)
}

/// The version that a pass makes current, as far as the secret itself tells.
pub fn next_version(secret: &Secret, live: &ObservedSecret) -> Option<VersionId> {
    due(secret, live).filter(|_| others_write(secret, live).is_none()).map(|(_, version)| version)
}

/// The version that should be made or be current, and is not.
fn due<'s>(secret: &'s Secret, live: &ObservedSecret) -> Option<(&'s ValueSource, VersionId)> {
    let value = secret.value.as_ref()?;
    let version = value.version(&secret.secret_name);
    let current = live.stages.get(&Stage::current());
    let is_due = match value {
        ValueSource::Generate(generate) => live.generation() < generate.generation,
        ValueSource::Encrypted(Encrypted { write: WritePolicy::Enforce, .. }) => current != Some(&version),
        ValueSource::Encrypted(Encrypted { write: WritePolicy::Seed, .. }) => current.is_none(),
    };
    is_due.then_some((value, version))
}

struct Due<'d> {
    name: &'d Name,
    secret: &'d Secret,
    live: &'d ObservedSecret,
    value: &'d ValueSource,
    version: &'d VersionId,
    mark: Option<&'d Mark>,
}

/// The call that makes the version current; none where it was made already and only its record is missing.
fn next(draft: &mut Draft<'_>, due: &Due<'_>) -> Result<Option<Call<Ref<Arn>>>, Because> {
    let Due { name, secret, live, value, version, mark } = *due;
    if !live.exact {
        return Err(draft.confirm(Question::ExactSecret(name.clone())));
    }
    if let Some(because) = draft.is_behind(mark).or_else(|| others_write(secret, live)) {
        return Err(because);
    }
    if let Some(because) = draft.is_stale(mark, &digest(secret)) {
        return Err(because);
    }
    let versions = draft.ask(Question::Versions(name.clone()), &draft.observed.versions)?;
    let versions = versions.map_or(&[][..], Vec::as_slice);
    let secret = live.arn.clone();
    if is_among(versions, version) {
        let (stage, from) = (Stage::current(), live.stages.get(&Stage::current()).cloned());
        let back = Call::UpdateSecretVersionStage { secret, stage, from, to: version.clone() };
        return Ok(value.generation().is_none().then_some(back));
    }
    match too_many(versions, draft.observed.at) {
        Some(because) => Err(because),
        None => Ok(Some(Call::PutSecretValue { secret, value: value.clone(), version: version.clone() })),
    }
}

/// Whoever rotates a secret writes its value, and knows what else has to change with it.
fn others_write(secret: &Secret, live: &ObservedSecret) -> Option<Because> {
    let unsupported = |who: &str| {
        let why = format!("{who} its value, which is never overwritten: leave `value` out, or write `external: {{}}`");
        Some(Because::Unsupported(why))
    };
    if let Some(partner) = &live.partner {
        return unsupported(&format!("{partner} writes"));
    }
    if !live.stages.contains_key(&Stage::current()) {
        return live.is_rotating().then_some(Because::RotationInProgress);
    }
    let on = live.rotation.as_ref().is_some_and(|rotation| rotation.enabled);
    if on || matches!(secret.rotation, Some(Rotation::On(_))) {
        return unsupported("rotation writes");
    }
    live.is_rotating().then_some(Because::RotationInProgress)
}

fn is_among(versions: &[SecretVersion], id: &VersionId) -> bool {
    versions.iter().any(|version| version.id == *id)
}

/// A version that no label holds is removed only when it is a day old, so one write after another fills the secret up.
fn too_many(versions: &[SecretVersion], at: Timestamp) -> Option<Because> {
    MOST_VERSIONS.into_iter().find_map(|(most, within)| {
        let created = versions.iter().filter_map(|version| version.created);
        let mut recent: Vec<Timestamp> = created.filter(|created| *created + within > at).collect();
        recent.sort_unstable();
        let first = *recent.get(recent.len().checked_sub(most)?)?;
        let hours = within.as_secs() / 3600;
        let since = if hours == 1 { "the last hour".to_owned() } else { format!("the last {hours} hours") };
        let why = format!("{} versions of it were made in {since}", recent.len());
        Some(Because::TooManyVersions { until: first + within, why })
    })
}

fn version_change(draft: &Draft<'_>, target: &ResourceId, before: Option<&VersionId>, after: &VersionId) -> Change {
    let shown = |id: &VersionId| Shown::Value(id.as_str().into());
    draft.change(target, Path::of("value").member("version"), before.map(shown), Some(shown(after)))
}
