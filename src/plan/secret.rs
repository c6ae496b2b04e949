//! Secrets: whether they can be read, and their metadata. Knows no value.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::draft::{Draft, id};
use super::held::Because;
use super::readers::Readership;
use super::role::Roles;
use super::step::{Change, Ref, Shown, StepId};
use super::{secret_steps, secret_value};
use crate::model::arn::Arn;
use crate::model::deletion::DELETION;
use crate::model::desired::Desired;
use crate::model::id::{KeyId, Kind, Name, ResourceId, SecretName, Stage, VersionId};
use crate::model::observed::seen;
use crate::model::path::Path;
use crate::model::secret::{ObservedSecret, Secret};
use crate::model::secret_rotation::{Rotation, RotationSettings};
use crate::model::tags::{self, APPLIED, Digest, Mark, Tags};

/// What readers of a secret need to know of it.
pub(super) struct ReadableSecret {
    pub(super) name: SecretName,
    pub(super) arn: Ref<Arn>,
    /// As this plan leaves them.
    pub(super) stages: BTreeMap<Stage, VersionId>,
    /// The customer's keys that its versions are or will be encrypted with.
    pub(super) keys: BTreeSet<KeyId>,
    /// Was it read for itself?
    pub(super) exact: bool,
    /// The step of this plan that makes it, or the version that its readers take.
    pub(super) made: Option<StepId>,
}

/// The secrets that can be read, by manifest name; where one cannot, its readers wait.
pub(super) type Secrets = BTreeMap<Name, Option<ReadableSecret>>;

/// Looks at every secret, and plans the versions that are due: their readers take them in the same plan.
pub(super) fn look(draft: &mut Draft<'_>) -> Secrets {
    let desired = draft.desired;
    desired.secrets.iter().map(|(name, secret)| (name.clone(), look_at(draft, name, secret))).collect()
}

fn look_at(draft: &mut Draft<'_>, name: &Name, secret: &Secret) -> Option<ReadableSecret> {
    let target = id(Kind::Secret, name);
    let desired = draft.desired;
    let live = match seen(&draft.observed.secrets, name) {
        Err(why) => {
            draft.hold(&target, Because::Unreadable(why.to_owned()), Vec::new());
            return None;
        }
        Ok(None) if secret.value.is_some() => {
            return secret.value.as_ref().and_then(|value| secret_value::create(draft, &target, secret, value));
        }
        Ok(None) => {
            let why = format!("{} does not exist, and someone else has to create it", secret.secret_name);
            draft.hold(&target, Because::SecretUnusable(why), Vec::new());
            return None;
        }
        Ok(Some(live)) => live,
    };
    if is_restorable(desired, secret, live) {
        return None;
    }
    if live.deleted.is_some() {
        draft.hold(&target, Because::SecretUnusable("it is scheduled for deletion".to_owned()), Vec::new());
        return None;
    }
    let secret_value::Written { stages, made } = secret_value::write(draft, &target, name, secret, live);
    if !stages.contains_key(&Stage::current()) {
        if !draft.touches(&target) {
            let why = "it has no version with the stage AWSCURRENT yet".to_owned();
            draft.hold(&target, Because::SecretUnusable(why), Vec::new());
        }
        return None;
    }
    let keys = [&live.kms_key_id, &secret.kms_key_id].into_iter().flatten().filter(|key| key.is_customers()).cloned();
    let (arn, keys) = (Ref::Known(live.arn.clone()), keys.collect());
    Some(ReadableSecret { name: secret.secret_name.clone(), arn, stages, keys, exact: live.exact, made })
}

/// Plans the metadata of the secrets that are more than references.
pub(super) fn plan_metadata(draft: &mut Draft<'_>, readership: &Readership<'_>) {
    let desired = draft.desired;
    let (roles, secrets) = (readership.roles(), readership.secrets());
    for (name, secret) in desired.secrets.iter().filter(|(_, secret)| !secret.is_reference()) {
        let live = seen(&draft.observed.secrets, name).ok().flatten();
        let usable = secrets.get(name).is_some_and(Option::is_some);
        if let Some(live) = live.filter(|live| usable || is_restorable(desired, secret, live)) {
            let (target, digest, mark) = (&id(Kind::Secret, name), digest(secret), Mark::read(&live.tags, APPLIED));
            secret_steps::plan(draft, &Subject { target, name, secret, live, roles, readership, digest, mark });
        }
    }
}

/// One secret that is more than a reference, as it should be and as it is.
pub(super) struct Subject<'s> {
    pub(super) target: &'s ResourceId,
    pub(super) name: &'s Name,
    pub(super) secret: &'s Secret,
    pub(super) live: &'s ObservedSecret,
    pub(super) roles: &'s Roles,
    pub(super) readership: &'s Readership<'s>,
    pub(super) digest: Digest,
    pub(super) mark: Option<Mark>,
}

impl Subject<'_> {
    /// Was this desired state applied before?
    pub(super) fn is_marked(&self) -> bool {
        self.mark.as_ref().is_some_and(|mark| mark.digest == self.digest)
    }
}

/// Scheduled for deletion, and ours to bring back: its manifest still wants it. Nobody else's is, and none that is only
/// referred to.
fn is_restorable(desired: &Desired, secret: &Secret, live: &ObservedSecret) -> bool {
    live.deleted.is_some() && !secret.is_reference() && tags::is_ours(&live.tags, &desired.installation)
}

/// Of the fields that are managed, each by its name: a field that evenkeel learns to manage later changes no digest.
pub(super) fn digest(secret: &Secret) -> Digest {
    let Secret {
        secret_name: _,
        description,
        kms_key_id,
        tags,
        value: _,
        rotation,
        replicas,
        resource_policy,
        deletion_policy,
        adopt: _,
        retry_after: _,
    } = secret;
    let rotation = rotation.as_ref().map(|rotation| match rotation {
        Rotation::Off => json!({}),
        Rotation::On(RotationSettings { lambda_arn, schedule, window, rotate_immediately: _ }) => {
            json!({"lambdaArn": lambda_arn, "schedule": schedule, "window": window})
        }
    });
    let policy = resource_policy.as_ref().map(|policy| json!([policy.version(), policy.permissions()]));
    let fields: BTreeMap<&str, Value> = [
        ("description", description.as_ref().map(|text| json!(text))),
        ("kmsKeyId", kms_key_id.as_ref().map(|key| json!(key))),
        ("tags", tags.as_ref().map(|tags| json!(tags))),
        ("value", secret.enforced().map(|version| json!(version))),
        ("rotation", rotation),
        ("replicas", replicas.as_ref().map(|replicas| json!(replicas))),
        ("resourcePolicy", policy),
        ("deletionPolicy", deletion_policy.tag().map(|tag| json!(tag))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    Digest::of(&fields)
}

/// `alias/x` is how people write what AWS may state as the alias's ARN, and a bare id what it may state as the key's ARN.
pub fn same_key(wanted: &KeyId, live: Option<&KeyId>) -> bool {
    let Some(live) = live else { return !wanted.is_customers() };
    let short = |key: &KeyId| {
        let id = key.as_str();
        let at = id.rfind("alias/").or_else(|| id.rfind("key/").map(|at| at + "key/".len()));
        id[at.unwrap_or(0)..].to_owned()
    };
    wanted == live || short(wanted) == short(live)
}

/// All tags that the secret should have, less the mark.
pub(super) fn wanted_tags(draft: &Draft<'_>, target: &ResourceId, secret: &Secret, live: &ObservedSecret) -> Tags {
    let user = secret.tags.clone().unwrap_or_else(|| tags::of_the_user(&live.tags));
    user.into_iter().chain(own_tags(draft, target, secret)).collect()
}

/// Those of them that are evenkeel's: a secret is made with them.
pub(super) fn own_tags(draft: &Draft<'_>, target: &ResourceId, secret: &Secret) -> Tags {
    let deletion = secret.deletion_policy.tag().map(|value| (DELETION.to_owned(), value));
    tags::ownership(&draft.desired.installation, target).into_iter().chain(deletion).collect()
}

/// What has to be set and what has to go. Tags of AWS and other `evenkeel.dev/` tags stay; what is said of a deletion is
/// the manifest's alone.
pub(super) fn tag_changes(live: &Tags, wanted: &Tags) -> (Tags, BTreeSet<String>) {
    let set = wanted.iter().filter(|(key, value)| live.get(*key) != Some(value));
    let said = live.contains_key(DELETION).then(|| DELETION.to_owned());
    let unset = tags::of_the_user(live).into_keys().chain(said).filter(|key| !wanted.contains_key(key));
    (set.map(|(key, value)| (key.clone(), value.clone())).collect(), unset.collect())
}

pub(super) fn tag_differences(
    draft: &Draft<'_>,
    target: &ResourceId,
    live: &Tags,
    set: &Tags,
    unset: &BTreeSet<String>,
) -> (Vec<Change>, Vec<Change>) {
    let path = |key: &str| Path::of("tags").element(key);
    let shown = |value: &String| Shown::Value(value.as_str().into());
    let added =
        set.iter().map(|(key, value)| draft.change(target, path(key), live.get(key).map(shown), Some(shown(value))));
    let removed = unset.iter().map(|key| draft.change(target, path(key), live.get(key).map(shown), None));
    (added.collect(), removed.collect())
}

pub(super) fn text(
    draft: &Draft<'_>,
    target: &ResourceId,
    member: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Change {
    let shown = |text: &str| Shown::Value(text.into());
    draft.change(target, Path::of(member), before.map(shown), after.map(shown))
}
