//! Last the secrets, where their manifests asked for that: scheduled, so that it can be taken back.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::action::Call;
use super::super::draft::{Draft, NewStep};
use super::super::envelope;
use super::super::held::Because;
use super::super::step::{Shown, Why};
use super::mentions::Thing;
use super::orphans::Orphans;
use super::{behind, wait_for};
use crate::model::deletion::DeletionPolicy;
use crate::model::id::{Family, Kind, ResourceId};
use crate::model::path::Path;
use crate::model::policy::Permission;
use crate::model::secret::ObservedSecret;
use crate::model::secret_source::SecretSource;

pub(super) fn plan(draft: &mut Draft<'_>, orphans: &Orphans<'_>, families: &BTreeSet<Family>) {
    for (id, live) in &orphans.secrets {
        if let Some(root) = waits_for(orphans, live) {
            wait_for(draft, id, root);
        } else if let Err(because) = one(draft, id, live, families) {
            draft.hold(id, because, Vec::new());
        }
    }
}

/// The family or the role without a manifest that still reads it, or a role that cannot be read and may.
fn waits_for<'p>(orphans: &'p Orphans<'_>, live: &ObservedSecret) -> Option<&'p ResourceId> {
    let reads = |source: &SecretSource<_>| matches!(source, SecretSource::Secret { arn, .. } if *arn == live.arn);
    let mut families = orphans.families.iter();
    let family = families.find(|(_, of)| of.revisions.values().any(|one| one.revision.secrets.values().any(reads)));
    let about = |permission: &Permission| permission.resource.starts_with(live.arn.without_random_characters());
    let mut roles = orphans.roles.iter();
    let role = roles.find(|(_, role)| role.inline.values().any(|inline| inline.policy.permissions().iter().any(about)));
    let mut unread = orphans.unread.iter().map(|(id, _)| id);
    let role = role.map(|(id, _)| id).or_else(|| unread.find(|id| id.kind == Kind::ExecutionRole));
    family.map(|(id, _)| id).or(role)
}

fn one(
    draft: &mut Draft<'_>,
    id: &ResourceId,
    live: &ObservedSecret,
    families: &BTreeSet<Family>,
) -> Result<(), Because> {
    let DeletionPolicy::ScheduleDeletion { days } = DeletionPolicy::read(&live.tags) else { return Ok(()) };
    if !envelope::allows_secret_of(draft.desired, &draft.observed.scope, &live.arn) {
        return Err(Because::OutsideEnvelope(format!("the secret {}", live.arn.secret_name())));
    }
    if let Some(because) = behind(draft, &live.tags) {
        return Err(because);
    }
    if let Some(service) = &live.owning_service {
        return Err(Because::Unsupported(format!("it is managed by the AWS service {service}, which deletes it")));
    }
    if let Some(primary) = live.copied_from() {
        return Err(Because::Unsupported(format!(
            "it is a copy of the secret in {primary}, and is deleted from there"
        )));
    }
    if !live.replicas.is_empty() {
        let regions: Vec<&str> = live.replicas.keys().map(crate::model::id::Region::as_str).collect();
        return Err(Because::InUse(format!("it has copies in {}: take those away first", regions.join(", "))));
    }
    if let Some(user) = Thing::Secret(&live.arn).user(draft, families)? {
        return Err(Because::InUse(user));
    }
    let after = Shown::Value(Value::from(format!("scheduled, in {days} days")));
    let changes = vec![
        draft.change(id, Path::of("deletion"), None, Some(after)),
        draft.change(id, Path::of("secret"), Some(Shown::Value(live.arn.as_str().into())), None),
    ];
    let owner = draft.desired.installation.clone();
    let call = Call::DeleteSecret { secret: live.arn.clone(), days, owner };
    draft.push(id, NewStep { call, why: Why::NoLongerDesired, changes, needs: Vec::new() });
    Ok(())
}
