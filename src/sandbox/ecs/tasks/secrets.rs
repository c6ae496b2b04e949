//! The secrets and parameters of a task, read at its start.
//!
//! What a container gets is passed on with its value, and kept by who needs it.
//!
//! Ledger: K1, K2, K3, K4, K5, K6, K10, K60, K100, K105, O102.

use serde_json::Value;

use super::InjectedSecret;
use super::context::Session;
use super::reach::To;
use super::startup::{INITIALISATION, RETRIED};
use crate::sandbox::ecs::blueprint::Blueprint;
use crate::sandbox::ecs::task_definitions::{SecretsManagerRef, ValueFrom};
use crate::sandbox::kms::Opens;
use crate::sandbox::place::Arn;
use crate::sandbox::plaintext::Plaintext;
use crate::sandbox::readings::Reading;
use crate::sandbox::secrets_manager::{self, ResourcePolicy, Secret, Which, choose};
use crate::sandbox::{ssm, tags};

const KEY_DENIED: &str = "AccessDeniedException: Access to KMS is not allowed";

/// What a container gets. No `Debug`: it holds a value.
pub(super) struct Injected {
    pub(super) secret: InjectedSecret,
    /// What the container sees; `None` for what it does not: registry
    /// credentials, and members of JSON that are no texts.
    pub(super) value: Option<Plaintext>,
}

/// A version of a secret that a task may read.
struct Opened<'a> {
    secret: &'a Secret,
    version: &'a str,
    value: &'a Plaintext,
}

/// Reads everything that the containers' secrets, log options and private
/// registries name.
pub(super) fn read_all(session: &mut Session<'_>, blueprint: &Blueprint) -> Result<Vec<Injected>, String> {
    let mut injected = Vec::new();
    for container in &blueprint.container_definitions {
        if let Some(credentials) = &container.repository_credentials {
            let (source, version) = registry_credentials(session, &credentials.credentials_parameter)?;
            let name = "repositoryCredentials".to_owned();
            let container = container.name.clone();
            let secret = InjectedSecret { container, name, source, version: Some(version), key: None };
            injected.push(Injected { secret, value: None });
        }
    }
    for (container, reference) in blueprint.references() {
        let (source, version, key, value) = match ValueFrom::parse(&reference.value_from)? {
            ValueFrom::SecretsManager(wanted) => {
                let (source, version, value) = secret(session, wanted)?;
                (source, Some(version), wanted.key.map(str::to_owned), value)
            }
            ValueFrom::Parameter(name) => {
                let (source, value) = parameter(session, name)?;
                (source, None, None, value)
            }
        };
        let (container, name) = (container.name.clone(), reference.name.clone());
        injected.push(Injected { secret: InjectedSecret { container, name, source, version, key }, value });
    }
    Ok(injected)
}

/// ARN, version id and value of a secret, once everything about it holds.
fn secret(
    session: &mut Session<'_>,
    wanted: SecretsManagerRef<'_>,
) -> Result<(String, String, Option<Plaintext>), String> {
    let which = Which { id: wanted.version, stage: wanted.stage };
    let context = format!("{INITIALISATION} unable to retrieve secret from asm: {RETRIED}");
    if wanted.key.or(wanted.stage).or(wanted.version).is_some() && session.platform_is_before_1_4() {
        // Before 1.4.0 the whole reference is taken for a name ([K100]).
        let message = "ValidationException: Invalid name. Must be a valid name containing alphanumeric characters, or \
                       any of the following: -/_+=.@!";
        return Err(format!("{context} failed to fetch secret {} from secrets manager: {message}", wanted.arn));
    }
    reach(session, wanted.arn)?;
    let opened = open(session, wanted.arn, which)
        .map_err(|fault| format!("{context} failed to fetch secret {} from secrets manager: {fault}", wanted.arn))?;
    let value = match wanted.key {
        None => Some(opened.value.clone()),
        Some(key) => {
            let members = json_object(opened.value);
            let member = members.as_ref().and_then(|members| members.get(key)).ok_or_else(|| {
                format!("{context} retrieved secret from Secrets Manager did not contain json key {key}")
            })?;
            member.as_str().map(|text| Plaintext::Text(text.to_owned()))
        }
    };
    Ok((opened.secret.arn.clone(), opened.version.to_owned(), value))
}

/// The way to Secrets Manager ([K101]).
fn reach(session: &Session<'_>, secret: &str) -> Result<(), String> {
    session.reach(To::Service("secretsmanager")).map_err(|lost| {
        let host = format!("secretsmanager.{}.amazonaws.com", session.world.place().region);
        format!(
            "{INITIALISATION} unable to retrieve secret from asm: There is a connection issue between the task and AWS \
             Secrets Manager. Check your task network configuration. failed to fetch secret {secret} from secrets \
             manager: RequestCanceled: request context canceled caused by: context deadline exceeded: {}",
            lost.words(&host)
        )
    })
}

/// The secret of a private registry: a whole one, with a user and a password.
fn registry_credentials(session: &mut Session<'_>, parameter: &str) -> Result<(String, String), String> {
    let context = format!("{INITIALISATION} unable to retrieve private registry auth from asm: {RETRIED}");
    reach(session, parameter)?;
    let opened = open(session, parameter, Which::default())
        .map_err(|fault| format!("{context} failed to fetch secret {parameter} from secrets manager: {fault}"))?;
    let members = json_object(opened.value).unwrap_or(Value::Null);
    if ["username", "password"].iter().all(|member| members.get(member).is_some_and(Value::is_string)) {
        return Ok((opened.secret.arn.clone(), opened.version.to_owned()));
    }
    Err(format!("{context} the secret {parameter} does not hold a username and a password"))
}

/// Everything between a role and a value: the permission on the secret, the
/// secret, its version, and the permission on its key.
fn open<'a>(session: &mut Session<'a>, id: &str, which: Which<'_>) -> Result<Opened<'a>, String> {
    let world = session.world;
    let place = world.place();
    let found = world.secrets.find(id);
    // Authorisation goes by the ARN that was sent. A partial one is no ARN
    // that a policy with the full ARN covers (facts 1.1).
    let resource = match (&found, Arn::parse(id)) {
        (Ok(secret), Some(_)) if world.readings.is_other(Reading::PartialArn) => secret.arn.clone(),
        (_, Some(_)) => id.to_owned(),
        (Ok(secret), None) => secret.arn.clone(),
        (Err(_), None) => place.arn("secretsmanager", &format!("secret:{id}")),
    };
    let mut context = vec![("secretsmanager:SecretId".to_owned(), vec![resource.clone()])];
    let named = [("VersionId", which.id), ("VersionStage", which.stage)];
    context.extend(
        named.iter().filter_map(|(key, value)| Some((format!("secretsmanager:{key}"), vec![(*value)?.to_owned()]))),
    );
    if let Ok(secret) = &found {
        for tag in &secret.tags {
            context.extend(["aws:ResourceTag", "secretsmanager:ResourceTag"].map(|of| tags::condition(of, tag)));
        }
    }
    let policy = found.as_ref().ok().and_then(|secret| secret.policy.as_ref());
    session.allow_guarded("secretsmanager:GetSecretValue", &resource, &context, policy.map(ResourcePolicy::guard))?;
    let secret = found.map_err(|fault| fault.to_string())?;
    let (version, held, value) = choose(secret, which).map_err(|fault| fault.to_string())?;
    if let Some(key) = &held.key {
        let context = [("SecretARN", secret.arn.as_str()), ("SecretVersionId", version)];
        decrypt(session, key, "secretsmanager", &context).map_err(|fault| match fault {
            NoKey::Missing if world.readings.is_other(Reading::MissingKey) => KEY_DENIED.to_owned(),
            NoKey::Disabled | NoKey::PendingDeletion | NoKey::Missing => secrets_manager::not_decrypted().to_string(),
            NoKey::Denied(_) => KEY_DENIED.to_owned(),
        })?;
    }
    Ok(Opened { secret, version, value })
}

/// ARN and value of an SSM parameter, once it may be read.
fn parameter(session: &mut Session<'_>, given: &str) -> Result<(String, Option<Plaintext>), String> {
    let world = session.world;
    let (name, selector) = ssm::named(given);
    let arn = ssm::arn(world.place(), name);
    let context = format!("{INITIALISATION} unable to retrieve secrets from ssm: {RETRIED}");
    session.reach(To::Service("ssm")).map_err(|lost| {
        let host = format!("ssm.{}.amazonaws.com", world.place().region);
        format!(
            "{INITIALISATION} unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. \
             There is a connection issue between the task and AWS Systems Manager Parameter Store. Check your task \
             network configuration. RequestError: send request failed caused by: {}",
            lost.words(&host)
        )
    })?;
    // `/a` and `a` at the root are written alike in an ARN.
    let bare = name.trim_start_matches('/');
    let spellings = [name.to_owned(), bare.to_owned(), format!("/{bare}")];
    let stored = spellings.iter().find_map(|name| world.ssm.parameters().get(name));
    let tagged = stored.into_iter().flat_map(|held| &held.tags);
    let conditions: Vec<_> =
        tagged.flat_map(|tag| ["aws:ResourceTag", "ssm:resourceTag"].map(|of| tags::condition(of, tag))).collect();
    session.allow("ssm:GetParameters", &arn, &conditions).map_err(|fault| format!("{context} {fault}"))?;
    let around = || {
        let held = spellings.iter().find_map(|name| world.surroundings.parameters.get(name))?;
        Some((held.kms_key_id.as_deref(), Some(&held.value)))
    };
    let held = stored.map(|held| (held.customers_key(), held.value())).or_else(around);
    // Tasks are given the newest version: which other ones they may ask for, no source says.
    let held = held.filter(|_| selector.is_none());
    let (key, value) = held.ok_or_else(|| format!("{context} invalid parameters: {}", spelt(name, selector)))?;
    if let Some(key) = key {
        let arn_of_key = world.key(key).arn;
        decrypt(session, key, "ssm", &[("PARAMETER_ARN", &arn)]).map_err(|fault| match fault {
            NoKey::Disabled => format!("{context} KMSInvalidStateException: {arn_of_key} is disabled."),
            NoKey::PendingDeletion => {
                format!("{context} KMSInvalidStateException: {arn_of_key} is pending deletion.")
            }
            NoKey::Missing => format!("{context} InvalidKeyId: Key '{key}' does not exist"),
            NoKey::Denied(fault) => format!("{context} {fault}"),
        })?;
    }
    Ok((arn, value.cloned()))
}

/// A name with its selector again.
fn spelt(name: &str, selector: Option<&str>) -> String {
    selector.map_or_else(|| name.to_owned(), |selector| format!("{name}:{selector}"))
}

/// `kms:Decrypt` on a customer's key, through `service` (facts 2.1).
fn decrypt(
    session: &mut Session<'_>,
    key: &str,
    service: &str,
    encryption_context: &[(&str, &str)],
) -> Result<(), NoKey> {
    let (place, given) = (session.world.place(), key);
    let key = session.world.key(key);
    let mut context = session.world.key_context(given, encryption_context);
    if service != "ssm" || !session.world.readings.is_other(Reading::ParametersThrough) {
        context.push(("kms:ViaService".to_owned(), vec![format!("{service}.{}.amazonaws.com", place.region)]));
    }
    match session.world.key_policy(given) {
        Opens::Disabled => Err(NoKey::Disabled),
        Opens::PendingDeletion => Err(NoKey::PendingDeletion),
        Opens::Missing => Err(NoKey::Missing),
        Opens::By(policy) => session.allow_key(&key.arn, &policy, &context).map_err(NoKey::Denied),
        Opens::Presumed => session.allow("kms:Decrypt", &key.arn, &context).map_err(NoKey::Denied),
    }
}

/// Why a key does not open.
enum NoKey {
    Disabled,
    PendingDeletion,
    Missing,
    Denied(String),
}

fn json_object(value: &Plaintext) -> Option<Value> {
    let members: Value = serde_json::from_str(value.text()?).ok()?;
    members.is_object().then_some(members)
}
