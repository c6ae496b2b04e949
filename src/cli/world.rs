//! Where a verb works: on AWS, or on a sandbox.

use std::path::PathBuf;
use std::sync::Arc;

use crate::aws::{ANSWER_WITHIN, Aws, LEAKY_VARIABLES, Settings, SharedHttpClient};
use crate::cloud::clock::Clock;
use crate::manifest::config::{AgeSpec, ConfigSpec};
use crate::model::desired::Desired;
use crate::model::time::Timestamp;
use crate::values::Vault;
use crate::values::age::IdentitiesFrom;

use super::args::Common;
use super::out::Out;
use super::{CliError, environment};

/// Connects to what the settings name.
pub(crate) async fn connect(
    common: &Common,
    config: &ConfigSpec,
    desired: &Desired,
    out: Out,
) -> Result<Aws, CliError> {
    refuse_leaky_variables()?;
    let (clock, stand_in) = stand_in(common, desired, out)?;
    let settings = Settings {
        clock,
        // A sandbox in memory need not be spared.
        scale: if stand_in.is_some() { 0.0 } else { config.scale() },
        // In real time, however fast the clock runs.
        answer_within: ANSWER_WITHIN * clock.speed(),
        bulk_roles: config.bulk_roles(),
        installation: config.installation(),
        region: config.aws.region.clone(),
        values: Arc::new(vault(config)),
        stand_in,
    };
    let aws = Aws::connect(settings).await.map_err(CliError::Connect)?;
    refuse_other_places(&aws, config)?;
    Ok(aws)
}

/// What decrypts values: the keys are read when there is something to decrypt.
fn vault(config: &ConfigSpec) -> Vault {
    let AgeSpec { identity_file, identity_env, recipients: _ } = &config.age;
    let file = identity_file.iter().map(|path| IdentitiesFrom::File(PathBuf::from(path)));
    let name = identity_env.as_deref().unwrap_or(AgeSpec::IDENTITY_ENV);
    let variable = match environment::text(name) {
        Some(text) => Some(IdentitiesFrom::Variable { name: name.to_owned(), text }),
        // Whoever decrypts nothing needs none.
        None => identity_env.is_some().then(|| IdentitiesFrom::Nothing { variable: environment::called(name) }),
    };
    Vault { identities: file.chain(variable).collect() }
}

/// The clock to work by, and what stands in for AWS, where something does.
#[cfg(feature = "sandbox")]
fn stand_in(common: &Common, desired: &Desired, out: Out) -> Result<(Clock, Option<SharedHttpClient>), CliError> {
    let Some(path) = &common.sandbox else { return Ok((Clock::starting_at(now(), 1), None)) };
    let playing = super::sandbox::Playing {
        speed: common.speed.unwrap_or(1),
        chaos: common.chaos,
        readings: &common.readings,
        conditions: &common.conditions,
    };
    super::sandbox::open(path, playing, desired, out).map(|(clock, client)| (clock, Some(client)))
}

#[cfg(not(feature = "sandbox"))]
#[expect(clippy::unnecessary_wraps, reason = "the shape of the other build")]
fn stand_in(_: &Common, _: &Desired, _: Out) -> Result<(Clock, Option<SharedHttpClient>), CliError> {
    Ok((Clock::starting_at(now(), 1), None))
}

/// The configuration may tie an installation to one account and Region.
fn refuse_other_places(aws: &Aws, config: &ConfigSpec) -> Result<(), CliError> {
    let scope = aws.scope();
    let other = |allowed: Option<&String>, found: &str| allowed.is_some_and(|allowed| allowed != found);
    if other(config.aws.account_id.as_ref(), scope.account.as_str())
        || other(config.aws.region.as_ref(), scope.region.as_str())
    {
        let place = |account: &str, region: &str| format!("account {account} in {region}");
        let allowed_account = config.aws.account_id.as_deref().unwrap_or("any");
        let allowed_region = config.aws.region.as_deref().unwrap_or("any Region");
        return Err(CliError::WrongPlace {
            found: place(scope.account.as_str(), scope.region.as_str()),
            allowed: place(allowed_account, allowed_region),
        });
    }
    Ok(())
}

/// With these variables the SDK prints request and response bodies.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub(crate) fn refuse_leaky_variables() -> Result<(), CliError> {
    let set = LEAKY_VARIABLES.into_iter().find(|name| std::env::var_os(name).is_some());
    match set {
        Some(name) => Err(CliError::Connect(crate::aws::ConnectError::LeakyVariable(name))),
        None => Ok(()),
    }
}

/// The time of day.
#[expect(clippy::disallowed_methods, reason = "the command line is where the clock starts")]
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
