//! Moves after which moto holds something else, though both answer alike: what is seen of such a secret from then on is put
//! down to that.

use evenkeel::sandbox::World;
use evenkeel::sandbox::secrets_manager::Secret;
use serde_json::Value;

/// A moved AWSCURRENT does not move the value that is served.
pub(super) const CURRENT: &str = "M70";
/// A version that is no longer the current one loses its other labels.
pub(super) const LABELS: &str = "M75";

/// AWSCURRENT that is moved to where it is takes AWSPREVIOUS away.
pub(super) const TO_ITSELF: &str = "M88";

/// A version that a rotation has begun counts as the current one, without its labels.
pub(super) const ROTATED: &str = "M125";

/// A version with which a function was only tested stays.
pub(super) const TESTED: &str = "M14";

/// The version of a token that is AWSPENDING is written again.
pub(super) const PENDING: &str = "M81";

/// The secret of which that is so from now on, and the row that says why.
pub(in super::super) fn begins(
    operation: &str,
    input: &Value,
    before: &World,
    after: &World,
) -> Option<(String, &'static str)> {
    let token = input["ClientRequestToken"].as_str().unwrap_or_default();
    let is_pending = |held: &Secret| held.with_label("AWSPENDING").is_some_and(|(id, _)| id == token);
    let created = input["Name"].as_str().filter(|_| operation == "CreateSecret");
    if let Some(name) = created.filter(|name| before.secrets.get(name).is_some_and(is_pending)) {
        return Some((name.to_owned(), PENDING));
    }
    if operation == "RotateSecret" {
        let row = if input["RotateImmediately"] == false { TESTED } else { ROTATED };
        return Some((input["SecretId"].as_str().unwrap_or_default().to_owned(), row));
    }
    if operation == "UpdateSecretVersionStage" && input["VersionStage"] == "AWSCURRENT" {
        let id = input["SecretId"].as_str().unwrap_or_default();
        let to_itself = |held: &Secret| held.current() == input["MoveToVersionId"].as_str();
        let named = before.secrets.all().iter().find(|(name, held)| id.ends_with(name.as_str()) && to_itself(held));
        if let Some((name, _)) = named {
            return Some((name.clone(), TO_ITSELF));
        }
    }
    after.secrets.all().iter().find_map(|(name, now)| {
        let held = before.secrets.get(name)?;
        let left = held.current().filter(|id| now.current() != Some(*id))?;
        if operation == "UpdateSecretVersionStage" {
            return Some((name.clone(), CURRENT));
        }
        has_more_labels(held, left).then(|| (name.clone(), LABELS))
    })
}

/// Is this answer one of that secret's?
pub(in super::super) fn reaches(name: &str, operation: &str, input: &Value) -> bool {
    operation == "ListSecrets"
        || [&input["SecretId"], &input["Name"]].iter().any(|id| id.as_str().is_some_and(|id| id.ends_with(name)))
}

fn has_more_labels(secret: &Secret, id: &str) -> bool {
    secret.versions.get(id).is_some_and(|version| version.stages.iter().any(|label| label != "AWSCURRENT"))
}
