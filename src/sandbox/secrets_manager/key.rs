//! What Secrets Manager does with the KMS key of a secret, in the caller's
//! name: it encrypts a version under it and opens it again.
//!
//! A version stays under the key that it was written with, whatever key the
//! secret has by now. The account's own key is everyone's, and always there.
//!
//! Ledger: S60, S61, S62, I21.

use super::fault;
use super::secret::{CURRENT, PENDING, PREVIOUS, Secret, Version};
use crate::sandbox::caller::may_use_key;
use crate::sandbox::kms::Opens;
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::AwsError;
use crate::sandbox::world::World;

const SERVICE: &str = "secretsmanager";

/// Encrypts a new version under a secret's key; what the version remembers of it.
pub(super) fn seal(world: &mut World, key: Option<&str>, arn: &str, version: &str) -> Result<Option<String>, AwsError> {
    let Some(key) = key else { return Ok(None) };
    let context = [("SecretARN", arn), ("SecretVersionId", version)];
    let actions = ["kms:GenerateDataKey", "kms:Decrypt"];
    check(world, key, &actions, &context, fault::not_encrypted)?;
    Ok(Some(world.key_of_ciphertext(key)))
}

/// Opens a version of a secret.
pub(super) fn open(world: &mut World, secret: &str, version: &str) -> Result<(), AwsError> {
    let Some((key, arn, is_current)) = world.secrets.get(secret).and_then(|secret| {
        let key = secret.versions.get(version)?.key.clone()?;
        let present = secret.kms_key_id.as_ref().map(|present| world.key_of_ciphertext(present));
        let is_present = present.as_ref() == Some(&key);
        Some((key, secret.arn.clone(), is_present))
    }) else {
        return Ok(());
    };
    let context = [("SecretARN", arn.as_str()), ("SecretVersionId", version)];
    check(world, &key, &["kms:Decrypt"], &context, fault::not_decrypted).map_err(|error| match error.code {
        "AccessDeniedException" if !is_current => fault::another_key_denied(),
        _ => error,
    })
}

/// Another key has come: what has one of AWS's labels is encrypted anew, if the caller may `kms:Encrypt` under it.
pub(super) fn encrypt_anew(world: &mut World, secret: &str, key: Option<&str>) -> Result<(), AwsError> {
    let Some(held) = world.secrets.get(secret) else { return Ok(()) };
    let arn = held.arn.clone();
    let is_labelled =
        |version: &Version| [CURRENT, PENDING, PREVIOUS].iter().any(|label| version.stages.contains(*label));
    let labelled = held.versions.iter().filter(|(_, version)| is_labelled(version) && version.value.is_some());
    let ids: Vec<String> = labelled.map(|(id, _)| id.clone()).collect();
    if let Some(key) = key
        && !may_use_key(world, SERVICE, key, &["kms:Encrypt"], &[("SecretARN", &arn)])
    {
        return Ok(());
    }
    let leaves = world.readings.is_other(Reading::UnreadableVersions);
    let mut sealed = Vec::new();
    for id in ids {
        match open(world, secret, &id) {
            Err(error) if error.code == "DecryptionFailure" && leaves => continue,
            opened => opened?,
        }
        sealed.push((seal(world, key, &arn, &id)?, id));
    }
    let now = world.now();
    let secret: &mut Secret = world.secrets.edit(secret, now)?;
    for (key, id) in sealed {
        if let Some(version) = secret.versions.get_mut(&id) {
            version.key = key;
        }
    }
    Ok(())
}

/// Is the key in a state in which it works? For who is not judged: rotation functions, copies.
pub(super) fn works(world: &World, key: &str) -> bool {
    match world.key_policy(key) {
        Opens::By(_) | Opens::Presumed => true,
        Opens::Disabled | Opens::PendingDeletion | Opens::Missing => false,
    }
}

/// Can the key do it, and may the caller?
fn check(
    world: &mut World,
    key: &str,
    actions: &[&str],
    context: &[(&str, &str)],
    failure: fn() -> AwsError,
) -> Result<(), AwsError> {
    match world.key_policy(key) {
        Opens::By(_) | Opens::Presumed => {}
        Opens::Missing if world.readings.is_other(Reading::MissingKey) => return Err(fault::key_denied()),
        Opens::Disabled | Opens::PendingDeletion | Opens::Missing => return Err(failure()),
    }
    if may_use_key(world, SERVICE, key, actions, context) { Ok(()) } else { Err(fault::key_denied()) }
}
