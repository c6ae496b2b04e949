//! Copies of a secret in other Regions: made, given another key and removed, never put over a secret that is there.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Call;
use super::draft::Draft;
use super::held::Because;
use super::secret::{Subject, same_key};
use super::secret_steps::{NewCall, Part};
use super::step::{Change, Shown, Why};
use crate::model::arn::Scope;
use crate::model::id::{KeyId, Region};
use crate::model::partition;
use crate::model::path::Path;
use crate::model::secret::ReplicaStatus;

/// What is to be done about the copies. `retry`: may what failed be tried again?
///
/// A copy that someone made a secret of its own is one no longer: it is in no list of copies, so it is never removed, and
/// making it again fails at its name.
pub(super) fn parts(draft: &mut Draft<'_>, subject: &Subject<'_>, retry: bool) -> Vec<Part> {
    let Subject { target, secret, live, .. } = subject;
    let Some(wanted) = &secret.replicas else { return Vec::new() };
    if let Some(why) = no_place(&draft.observed.scope, wanted) {
        return vec![Part::Held(Because::Unsupported(why), Vec::new())];
    }
    let mut parts: Vec<Part> =
        wanted.iter().filter_map(|(region, key)| other_key(draft, subject, region, key.as_ref())).collect();
    let retry = retry && !parts.iter().any(Part::is_held) && may_retry(draft, subject);
    let mut add: BTreeMap<Region, Option<KeyId>> = BTreeMap::new();
    let mut made: Vec<Change> = Vec::new();
    for (region, key) in wanted {
        match live.replicas.get(region).map(|has| &has.status) {
            None => {}
            // It was never made, so nothing is lost by another attempt. One is made for every change of the manifest: that
            // the key is the right one now, only Secrets Manager can say.
            Some(ReplicaStatus::Failed(_)) if retry => {}
            Some(ReplicaStatus::Failed(why)) => {
                let what = format!("{region}: {}", why.trim_end_matches('.'));
                parts.push(Part::Held(Because::ReplicationFailed(what), Vec::new()));
                continue;
            }
            Some(ReplicaStatus::InSync | ReplicaStatus::InProgress | ReplicaStatus::Other(_)) => continue,
        }
        let after = key.as_ref().map_or("aws/secretsmanager", KeyId::as_str);
        made.push(draft.change(target, place(region), None, Some(Shown::Value(after.into()))));
        add.insert(region.clone(), key.clone());
    }
    let gone: BTreeSet<Region> = live.replicas.keys().filter(|region| !wanted.contains_key(region)).cloned().collect();
    let removed = |region| {
        let key = customers(live.replicas.get(region).and_then(|has| has.kms_key_id.as_ref()))
            .map_or("aws/secretsmanager", KeyId::as_str);
        draft.change(target, place(region), Some(Shown::Value(key.into())), None)
    };
    let failed = |region| matches!(live.replicas.get(region).map(|has| &has.status), Some(ReplicaStatus::Failed(_)));
    let retried = (subject.is_marked() && add.keys().all(failed)).then_some(Why::Retried);
    let mut calls = Vec::new();
    if !gone.is_empty() {
        let changes = gone.iter().map(removed).collect();
        let call = Call::RemoveRegionsFromReplication { secret: live.arn.clone(), regions: gone };
        calls.push(NewCall::new(call, changes));
    }
    if !add.is_empty() {
        let call = Call::ReplicateSecretToRegions { secret: live.arn.clone(), replicas: add };
        calls.push(NewCall { why: retried, ..NewCall::new(call, made) });
    }
    if !calls.is_empty() {
        parts.push(Part::Calls(calls));
    }
    parts
}

/// Where a copy cannot be.
fn no_place(home: &Scope, wanted: &BTreeMap<Region, Option<KeyId>>) -> Option<String> {
    let Scope { partition, account: _, region: home } = home;
    if wanted.contains_key(home) {
        return Some(format!("`replicas` names {home}, where the secret itself is: leave it out"));
    }
    wanted.keys().find_map(|region| {
        let theirs = partition::of(region.as_str()).filter(|theirs| *theirs != partition.as_str())?;
        Some(format!(
            "`replicas` names {region}, which is of the partition {theirs}, and {home} is of {partition}: leave it out"
        ))
    })
}

fn place(region: &Region) -> Path {
    Path::of("replicas").element(region.as_str())
}

/// A copy that is there with another key. Its Region takes nothing else of it, so that is a call of its own, after those that
/// read the copy there may use the key.
///
/// What the primary states is enough where nothing was changed since: in doubt its own Region says which key it has, for the
/// primary may go on stating the one that it was made with (E12).
fn other_key(draft: &mut Draft<'_>, subject: &Subject<'_>, region: &Region, key: Option<&KeyId>) -> Option<Part> {
    let Subject { target, live, readership, .. } = subject;
    let (wanted, has) = (key?, live.replicas.get(region)?);
    let is_stated = same_key(wanted, customers(has.kms_key_id.as_ref()));
    let is_settled = match has.status {
        ReplicaStatus::Failed(_) => true,
        // It is being made with that key.
        ReplicaStatus::InProgress => is_stated,
        ReplicaStatus::InSync | ReplicaStatus::Other(_) => is_stated && subject.is_marked(),
    };
    if is_settled {
        return None;
    }
    let copy = live.arn.in_region(region);
    let path = place(region).member("kmsKeyId");
    let has = match draft.key_of_copy(&copy) {
        Ok(Some(has)) => has.as_ref(),
        // It is not there yet, or no longer.
        Ok(None) => return None,
        Err(because) => {
            let change = draft.change(target, path, shown(has.kms_key_id.as_ref()), shown(Some(wanted)));
            return Some(Part::Held(because, if is_stated { Vec::new() } else { vec![change] }));
        }
    };
    if same_key(wanted, customers(has)) {
        return None;
    }
    let change = draft.change(target, path, shown(has), shown(Some(wanted)));
    let readers = readership.of_copy(draft, &copy);
    if let Some(because) = readers.keep_the_key(live) {
        return Some(Part::Held(because, vec![change]));
    }
    let (secret, region) = (live.arn.clone(), region.clone());
    let mut call = NewCall::new(Call::UpdateReplica { secret, region, kms_key_id: wanted.clone() }, vec![change]);
    call.settles = !readers.granting.is_empty();
    call.after = readers.granting;
    Some(Part::Calls(vec![call]))
}

/// The customer's key; the Region's own is stated as an alias.
fn customers(key: Option<&KeyId>) -> Option<&KeyId> {
    key.filter(|key| key.is_customers())
}

fn shown(key: Option<&KeyId>) -> Option<Shown> {
    key.map(|key| Shown::Value(key.as_str().into()))
}

/// Once for every change of the manifest, and once for every new time in the annotation.
fn may_retry(draft: &Draft<'_>, subject: &Subject<'_>) -> bool {
    let at = subject.mark.as_ref().map(|mark| mark.at);
    let asked = subject.secret.retry_after.filter(|asked| *asked <= draft.observed.at);
    !subject.is_marked() || asked.is_some_and(|asked| at.is_none_or(|at| asked > at))
}
