//! Secrets: whether they can be read, and their metadata. Knows no value.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{Action, Call};
use super::draft::{Draft, NewStep, drifted, id};
use super::envelope;
use super::held::Because;
use super::question::Question;
use super::role::Roles;
use super::step::{Change, Shown, StepId, Why};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{KeyId, Kind, Name, ResourceId, Stage, VersionId};
use crate::model::observed::seen;
use crate::model::path::Path;
use crate::model::secret::{ObservedSecret, Secret};
use crate::model::tags::{self, APPLIED, Digest, Mark, Tags};
use crate::model::task_definition::{RoleUse, SecretUse, TaskDefinition};
use crate::model::time::Timestamp;

/// What readers of a secret need to know of it.
pub(super) struct ReadableSecret {
    pub(super) arn: Arn,
    pub(super) stages: BTreeMap<Stage, VersionId>,
    /// The customer's keys that its versions are or will be encrypted with.
    pub(super) keys: BTreeSet<KeyId>,
    /// Was it read for itself?
    pub(super) exact: bool,
}

/// The secrets that can be read, by manifest name; where one cannot, its readers wait.
pub(super) type Secrets = BTreeMap<Name, Option<ReadableSecret>>;

/// Looks at every secret; plans nothing yet.
pub(super) fn look(draft: &mut Draft<'_>) -> Secrets {
    let desired = draft.desired;
    desired.secrets.iter().map(|(name, secret)| (name.clone(), look_at(draft, name, secret))).collect()
}

fn look_at(draft: &mut Draft<'_>, name: &Name, secret: &Secret) -> Option<ReadableSecret> {
    let target = id(Kind::Secret, name);
    let live = match seen(&draft.observed.secrets, name) {
        Err(why) => {
            draft.hold(&target, Because::Unreadable(why.to_owned()), Vec::new());
            return None;
        }
        Ok(None) => {
            let why = format!("{} does not exist, and someone else has to create it", secret.secret_name);
            draft.hold(&target, Because::SecretUnusable(why), Vec::new());
            return None;
        }
        Ok(Some(live)) => live,
    };
    if let Some(why) = unusable(live) {
        draft.hold(&target, Because::SecretUnusable(why), Vec::new());
        return None;
    }
    let keys = [&live.kms_key_id, &secret.kms_key_id].into_iter().flatten().filter(|key| is_customers(key)).cloned();
    Some(ReadableSecret { arn: live.arn.clone(), stages: live.stages.clone(), keys: keys.collect(), exact: live.exact })
}

/// Plans the metadata of the secrets that are more than references.
pub(super) fn plan_metadata(draft: &mut Draft<'_>, secrets: &Secrets, roles: &Roles) {
    let desired = draft.desired;
    for (name, secret) in desired.secrets.iter().filter(|(_, secret)| !secret.is_reference()) {
        let live = seen(&draft.observed.secrets, name).ok().flatten();
        if let (Some(live), Some(Some(_))) = (live, secrets.get(name)) {
            let readers = Readers::of(desired, name, roles);
            plan_one(draft, &id(Kind::Secret, name), name, (secret, live), &readers);
        }
    }
}

/// The roles that read a secret: a new key is granted to them before the secret is encrypted with it.
struct Readers {
    granting: Vec<StepId>,
    blocked: Option<ResourceId>,
    /// A role was widened a moment ago: until when IAM may take to spread that.
    settling: Option<Timestamp>,
}

impl Readers {
    fn of(desired: &Desired, name: &Name, roles: &Roles) -> Self {
        let reads = |td: &&TaskDefinition| {
            td.secrets.values().any(|used| matches!(used, SecretUse::Declared { secret, .. } if secret == name))
        };
        // A reader whose manifest has errors may not be granted the new key.
        let secret = id(Kind::Secret, name);
        let broken = desired.broken.iter().find(|(_, named)| named.contains(&secret)).map(|(id, _)| id.clone());
        let mut readers = Self { granting: Vec::new(), blocked: broken, settling: None };
        for td in desired.task_definitions.values().filter(reads) {
            let Some(RoleUse::Declared(role)) = &td.execution_role else { continue };
            if let Some(outlook) = roles.get(role) {
                readers.granting.extend(&outlook.granting);
                readers.blocked = readers.blocked.or_else(|| outlook.blocked.clone());
                readers.settling = readers.settling.max(outlook.settling);
            }
        }
        readers.granting.sort_unstable();
        readers.granting.dedup();
        readers
    }
}

fn unusable(live: &ObservedSecret) -> Option<String> {
    if live.deleted.is_some() {
        return Some("it is scheduled for deletion".to_owned());
    }
    (!live.stages.contains_key(&Stage::current())).then(|| "it has no version with the stage AWSCURRENT yet".to_owned())
}

/// The account's own key needs no grant: everyone in the account may use it through Secrets Manager.
pub(super) fn is_customers(key: &KeyId) -> bool {
    !key.as_str().ends_with("alias/aws/secretsmanager")
}

fn plan_one(
    draft: &mut Draft<'_>,
    target: &ResourceId,
    name: &Name,
    (secret, live): (&Secret, &ObservedSecret),
    readers: &Readers,
) {
    let Secret { secret_name: _, description, kms_key_id, tags: _, adopt } = secret;
    let ours = tags::is_ours(&live.tags, &draft.desired.installation);
    if let Some(what) = envelope::forbids_secret(draft.desired, secret) {
        draft.hold(target, Because::OutsideEnvelope(what), Vec::new());
        return;
    }
    if !ours && !adopt {
        draft.hold(target, Because::NotOurs(live.tags.get(tags::INSTALLATION).cloned()), Vec::new());
        return;
    }
    if let Some(service) = &live.owning_service {
        let why = format!("it is managed by the AWS service {service}: remove the fields that would change it");
        draft.hold(target, Because::Unsupported(why), Vec::new());
        return;
    }

    let describe = description.as_ref().filter(|wanted| live.description.as_deref().unwrap_or("") != wanted.as_str());
    let key = kms_key_id.as_ref().filter(|wanted| !same_key(wanted, live.kms_key_id.as_ref()));
    let wanted_tags = wanted_tags(draft, target, secret, live);
    let (set, unset) = tag_changes(&live.tags, &wanted_tags);
    let digest = digest(secret);
    let mark = Mark::read(&live.tags, APPLIED);
    if describe.is_none() && key.is_none() && set.is_empty() && unset.is_empty() {
        if mark.is_some_and(|mark| mark.digest != digest) {
            let stamp = draft.new_stamp(APPLIED, digest);
            let call = Call::TagSecret { secret: live.arn.clone(), tags: Tags::new() };
            draft.repair(target, Action { call, stamp: Some(stamp) });
        }
        return;
    }
    if !live.exact {
        let because = draft.confirm(Question::ExactSecret(name.clone()));
        draft.hold(target, because, Vec::new());
        return;
    }
    if let Some(because) = draft.is_stale(mark.as_ref(), &digest) {
        draft.hold(target, because, Vec::new());
        return;
    }

    let why = if ours { drifted(mark.as_ref(), &digest) } else { Why::Adopted };
    let arn = &live.arn;
    let mut needs = Vec::new();
    let (tagged, untagged) = tag_differences(draft, target, &live.tags, &set, &unset);
    if !set.is_empty() {
        let call = Call::TagSecret { secret: arn.clone(), tags: set };
        needs.extend(draft.push(target, NewStep { call, why: why.clone(), changes: tagged, needs: needs.clone() }));
    }
    let key_change = key.map(|after| {
        let before = live.kms_key_id.as_ref().map(KeyId::as_str);
        text(draft, target, "kmsKeyId", before, Some(after.as_str()))
    });
    // Encrypted with a key that a reader may not use, the secret could not be read.
    let waits = readers.blocked.clone().map(Because::WaitingOn);
    let waits = waits.or_else(|| readers.settling.map(|until| Because::Settling { until: Some(until) }));
    let blocked = waits.filter(|_| key.is_some());
    if let Some(because) = &blocked {
        draft.hold(target, because.clone(), key_change.iter().cloned().collect());
    }
    let key = key.filter(|_| blocked.is_none());
    if describe.is_some() || key.is_some() {
        let mut changes = Vec::new();
        if let Some(after) = describe {
            changes.push(text(draft, target, "description", live.description.as_deref(), Some(after)));
        }
        changes.extend(key_change.filter(|_| key.is_some()));
        let call = Call::UpdateSecret { secret: arn.clone(), description: describe.cloned(), kms_key_id: key.cloned() };
        let granting = readers.granting.iter().filter(|_| key.is_some());
        let step = NewStep { call, why: why.clone(), changes, needs: granting.chain(&needs).copied().collect() };
        if let Some(step) = draft.push(target, step) {
            if key.is_some() && !readers.granting.is_empty() && !draft.desired.policy.settle.is_zero() {
                draft.step_mut(step).deferred = Some(Because::Settling { until: None });
            }
            needs.push(step);
        }
    }
    if !unset.is_empty() {
        let call = Call::UntagSecret { secret: arn.clone(), keys: unset };
        draft.push(target, NewStep { call, why, changes: untagged, needs });
    }
    if blocked.is_none() {
        let stamp = draft.new_stamp(APPLIED, digest);
        draft.stamp(target, &stamp);
    }
}

fn digest(secret: &Secret) -> Digest {
    let Secret { secret_name: _, description, kms_key_id, tags, adopt: _ } = secret;
    Digest::of(&(description, kms_key_id, tags))
}

/// `alias/x` is how people write what AWS may state as the alias's ARN, and a bare id what it may state as the key's ARN.
fn same_key(wanted: &KeyId, live: Option<&KeyId>) -> bool {
    let Some(live) = live else { return !is_customers(wanted) };
    let short = |key: &KeyId| {
        let id = key.as_str();
        let at = id.rfind("alias/").or_else(|| id.rfind("key/").map(|at| at + "key/".len()));
        id[at.unwrap_or(0)..].to_owned()
    };
    wanted == live || short(wanted) == short(live)
}

/// All tags that the secret should have, less the mark.
fn wanted_tags(draft: &Draft<'_>, target: &ResourceId, secret: &Secret, live: &ObservedSecret) -> Tags {
    let user = secret.tags.clone().unwrap_or_else(|| tags::of_the_user(&live.tags));
    user.into_iter().chain(tags::ownership(&draft.desired.installation, target)).collect()
}

/// What has to be set and what has to go. Tags of AWS and other `evenkeel.dev/` tags stay.
pub(super) fn tag_changes(live: &Tags, wanted: &Tags) -> (Tags, BTreeSet<String>) {
    let set = wanted.iter().filter(|(key, value)| live.get(*key) != Some(value));
    let unset = tags::of_the_user(live).into_keys().filter(|key| !wanted.contains_key(key));
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
