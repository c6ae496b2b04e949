//! `CreateSecret`.
//!
//! Ledger: S1, S4, S5, S6, S18, S60.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::put_value::{check_size, given_value, is_filled};
use super::secret::{CURRENT, Sealed, Secret};
use super::{fault, key, replicas};
use crate::sandbox::readings::Reading;
use crate::sandbox::tags::{self, Tag, Tags};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: String,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    add_replica_regions: Vec<replicas::New>,
    #[serde(default)]
    force_overwrite_replica_secret: bool,
}

pub(super) fn create_secret(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    if !input.name.bytes().all(fault::is_name_byte) {
        return Err(fault::invalid_name());
    }
    create(world, input, None)
}

/// As the service does that owns the secret: the name begins with that of the service and a `!`, which no caller may write.
pub(crate) fn create_owned(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let service = input.name.split_once('!').map(|(service, _)| service.to_owned());
    create(world, input, service)
}

fn create(world: &mut World, input: Input, owning_service: Option<String>) -> Outcome {
    let (asked, overwrites) = (&input.add_replica_regions, input.force_overwrite_replica_secret);
    let copies = replicas::check(asked, overwrites, &world.place().region, &BTreeMap::new())?;
    let tags = tags::merged(&Tags::new(), &input.tags).map_err(|fault| fault::tags(&fault))?;
    let value = given_value(input.secret_string, input.secret_binary)?;
    if let Some(value) = &value {
        check_size(value)?;
    }
    let now = world.now();

    if let Some(existing) = world.secrets.get(&input.name) {
        if existing.deletion.is_some() {
            return Err(fault::invalid_request(
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            ));
        }
        if let Some(token) = input.client_request_token.as_ref().filter(|token| is_filled(existing, token)) {
            key::open(world, &input.name, token)?;
        }
        let existing = world.secrets.find(&input.name)?;
        let made_by_this_token = input.client_request_token.as_ref().and_then(|token| {
            let version = existing.versions.get(token)?;
            (version.value == value).then_some(token)
        });
        return match made_by_this_token {
            Some(token) => Ok(json!({"ARN": existing.arn, "Name": existing.name, "VersionId": token})),
            None => {
                Err(fault::exists(format!("The operation failed because the secret {} already exists.", input.name)))
            }
        };
    }

    let most = world.quotas.secrets;
    if world.secrets.all().len() >= most {
        return Err(fault::limit(format!("You have reached the limit of {most} secrets in this Region.")));
    }
    let suffix = world.random().letters_and_digits(6);
    let mut secret = Secret {
        arn: world.place().arn("secretsmanager", &format!("secret:{}-{suffix}", input.name)),
        name: input.name,
        description: input.description,
        kms_key_id: input.kms_key_id.filter(|key| !is_account_key(key)),
        tags,
        versions: BTreeMap::new(),
        created: now,
        changed: now,
        accessed: None,
        deletion: None,
        owning_service,
        rotation: None,
        replicas: copies.clone(),
        copy_of: None,
        policy: None,
        told_labels: BTreeMap::new(),
    };
    let mut output = json!({"ARN": secret.arn, "Name": secret.name});
    if value.is_none() && world.readings.is_other(Reading::KeyWithoutValue) {
        key::seal(world, secret.kms_key_id.as_deref(), &secret.arn, "RequestToValidateKeyAccess")?;
    }
    if let Some(value) = value {
        let token = input.client_request_token.unwrap_or_else(|| world.random().uuid());
        let key = key::seal(world, secret.kms_key_id.as_deref(), &secret.arn, &token)?;
        secret.add_version(&token, Sealed { value, key }, &BTreeSet::from([CURRENT.to_owned()]), now);
        output["VersionId"] = json!(token);
    }
    if !copies.is_empty() {
        output["ReplicationStatus"] = json!(replicas::shown(&secret));
    }
    if world.readings.is_other(Reading::EventAtCreation) {
        secret.say_nothing_of_its_labels();
    }
    let name = secret.name.clone();
    world.secrets.secrets.insert(&name, secret, now);
    world.secrets.touched.insert(name.clone());
    replicas::begin(world, &name, &copies);
    Ok(output)
}

/// Secrets that use the account's own key show no `KmsKeyId` (facts 3.6).
pub(super) fn is_account_key(key: &str) -> bool {
    key.is_empty() || key == "alias/aws/secretsmanager" || key.ends_with(":alias/aws/secretsmanager")
}
