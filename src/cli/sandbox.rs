//! A sandbox for people: opened from its state file, and furnished with what the manifests take for granted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::CliError;
use super::args::{Common, Verb};
use super::out::Out;
use super::world::now;
use crate::aws::SharedHttpClient;
use crate::cloud::clock::Clock;
use crate::model::desired::Desired;
use crate::model::id::Name;
use crate::model::tags::Digest;
use crate::model::task_definition::SecretUse;
use crate::model::time::Timestamp;
use crate::render::counted::named;
use crate::sandbox::chaos::{Chaos, Faults};
use crate::sandbox::secrets_manager::create_owned;
use crate::sandbox::{
    CONDITIONS, Condition, Furnished, Millis, ReadAs, Reading, Request, Response, Sandbox, Service, StateError, World,
};

/// The account and Region of every sandbox.
pub(crate) const ACCOUNT: &str = "123456789012";
/// The Region of every sandbox.
pub(crate) const REGION: &str = "eu-west-1";

/// How a sandbox is played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Playing<'a> {
    /// How many times faster than real time.
    pub(crate) speed: u32,
    /// The seed of the faults that calls meet.
    pub(crate) chaos: Option<u64>,
    /// What is to be read otherwise than it has been, or again as usual.
    pub(crate) readings: &'a [ReadAs],
    /// What is switched on, or off again.
    pub(crate) conditions: &'a [Condition],
}

/// Options that only a sandbox has need one. Faults are told as they happen, so nothing else may draw on stderr.
pub(crate) fn options(verb: &Verb, common: &Common, out: Out) -> Result<Out, CliError> {
    let (demo, served) = (matches!(verb, Verb::Demo), matches!(verb, Verb::Sandbox(_)));
    if common.sandbox.is_none() && common.chaos.is_some() && !served {
        return Err(CliError::NeedsSandbox("--chaos"));
    }
    if common.sandbox.is_none() && !common.readings.is_empty() && !served {
        return Err(CliError::NeedsSandbox("--reading"));
    }
    if common.sandbox.is_none() && !common.conditions.is_empty() && !served {
        return Err(CliError::NeedsSandbox("--condition"));
    }
    if common.sandbox.is_none() && common.speed.is_some() && !demo && !served {
        return Err(CliError::NeedsSandbox("--speed"));
    }
    Ok(Out { live: out.live && common.chaos.is_none(), ..out })
}

/// Opens a sandbox. One in which nobody has made anything is furnished with the clusters and the external secrets that the
/// manifests take for granted, to the end, should it have been stopped on the way; later those are made by nobody, and a
/// misspelt name is as wrong as it is in an account.
pub(crate) fn open(
    path: &Path,
    playing: Playing<'_>,
    desired: &Desired,
    out: Out,
) -> Result<(Clock, SharedHttpClient), CliError> {
    let Playing { speed, chaos, readings, conditions } = playing;
    let (clock, sandbox) = resumed(path, speed)?;
    read_as(&sandbox, readings, out).map_err(CliError::Sandbox)?;
    if sandbox.with_world(|world| world.furnished) == Furnished::NoMore {
        super::surroundings::write_down(&sandbox, desired);
        let lacking = Lacking::of(&sandbox, desired).map_err(CliError::Sandbox)?;
        if !lacking.is_empty() {
            let line = format!(
                "the sandbox in {} lacks {lacking}, and only a new one is furnished: make it there through `evenkeel \
                 sandbox`, or begin anew with --sandbox=FILE",
                path.display()
            );
            out.say(&line);
        }
    } else {
        let made = furnish(&sandbox, desired)?;
        if !made.is_empty() {
            out.say(&format!("a new sandbox in {}, furnished with {made}", path.display()));
        }
    }
    put_under(&sandbox, conditions, out)?;
    let client = match chaos {
        Some(seed) => SharedHttpClient::new(bad_day(&sandbox, clock, seed, out)),
        None => SharedHttpClient::new(sandbox.http_client()),
    };
    Ok((clock, client))
}

/// A sandbox from its file. Its clock goes on from where it was, should it have run ahead of real time.
pub(crate) fn resumed(path: &Path, speed: u32) -> Result<(Clock, Sandbox), CliError> {
    let mut clock = Clock::starting_at(now(), speed);
    let go_on = |left: Option<Millis>| {
        let left = left.map(|left| Timestamp::from_millis(left.0));
        clock = Clock::starting_at(left.map_or(now(), |left| left.max(now())), speed);
        clock_of(clock)
    };
    let sandbox = Sandbox::resume(path, go_on, world).map_err(CliError::Sandbox)?;
    Ok((clock, sandbox))
}

/// Sets what is to be read otherwise, and says what is by now: a state file keeps it.
pub(crate) fn read_as(sandbox: &Sandbox, readings: &[ReadAs], out: Out) -> Result<(), StateError> {
    let others: Vec<String> = sandbox.with_world(|world| {
        for reading in readings {
            world.readings.set(*reading);
        }
        world.readings.others().map(|reading| ReadAs { reading, other: true }.to_string()).collect()
    });
    if !others.is_empty() {
        out.say(&format!("the sandbox reads otherwise: {}", others.join(", ")));
    }
    if readings.is_empty() { Ok(()) } else { sandbox.save() }
}

/// Switches conditions on or off, and says which are on by now: a state file keeps them.
pub(crate) fn put_under(sandbox: &Sandbox, conditions: &[Condition], out: Out) -> Result<(), CliError> {
    let on: Vec<String> = sandbox.with_world(|world| {
        for condition in conditions {
            if let Condition::Caller(Some(role)) = condition
                && world.iam.role(role).is_none()
            {
                return Err(CliError::NoCaller(role.clone()));
            }
            condition.clone().set(world);
        }
        Ok(Condition::unusual(world).iter().map(ToString::to_string).collect())
    })?;
    if !on.is_empty() {
        out.say(&format!("conditions of the sandbox: {}", on.join(", ")));
    }
    if conditions.is_empty() { Ok(()) } else { sandbox.save().map_err(CliError::Sandbox) }
}

/// Every condition and every reading, for `--help`.
pub(crate) fn conditions_and_readings() -> String {
    let mut text = "Conditions: --condition NAME=VALUE, the usual value first; a state file keeps them\n".to_owned();
    for [name, values, about] in CONDITIONS {
        let _ = write!(text, "\n  {name}={values}\n      {about}");
    }
    text + "\n\n" + &readings()
}

/// Every reading, for `--help`.
fn readings() -> String {
    let mut text =
        "Readings: what no source settles about AWS, --reading NAME=VALUE, the usual value first\n".to_owned();
    for reading in Reading::ALL {
        let [usual, other] = reading.values();
        let _ = write!(text, "\n  {}={usual}|{other}\n      {} ({})", reading.name(), reading.about(), reading.row());
    }
    text.push_str("\n\nThe letters and numbers are rows of docs/aws-behaviour.md.");
    text
}

/// Faults before a sandbox, told as they happen.
pub(crate) fn bad_day(sandbox: &Sandbox, clock: Clock, seed: u64, out: Out) -> Chaos {
    let chaos = Chaos::new(SharedHttpClient::new(sandbox.http_client()), clock_of(clock));
    chaos.follow(Faults::bad_day(seed));
    chaos.tell(move |operation, fate| out.say(&format!("chaos: {operation}: {}", fate.words())));
    chaos
}

/// A new world; its chance depends on the time.
pub(crate) fn world(now: Millis) -> World {
    World::new(ACCOUNT, REGION, now.0.unsigned_abs(), now)
}

/// evenkeel's clock, as the sandbox wants one.
pub(crate) fn clock_of(clock: Clock) -> crate::sandbox::Clock {
    Arc::new(move || Millis(clock.now().as_millis()))
}

/// What to do about a state file that cannot be used.
pub(super) fn instead(error: &StateError) -> &'static str {
    match error {
        StateError::InUse { path: _ } => "wait for that process, or end it; or name another file",
        StateError::Read { path: _, source: _ } | StateError::Write { path: _, source: _ } => {
            "let it be read and written, in a folder that is there; or name another file"
        }
        StateError::Malformed { path: _, line: _, column: _ } | StateError::OtherFormat { path: _, found: _ } => {
            "delete it to begin anew, or name another file"
        }
    }
}

/// What the sandbox answered to a call that we made ourselves.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox refuses {operation} of {name}: {why}")]
pub(crate) struct Refused {
    operation: String,
    name: String,
    why: String,
}

impl Refused {
    fn new(operation: &str, name: &str, why: &str) -> Self {
        Self { operation: operation.to_owned(), name: name.to_owned(), why: why.to_owned() }
    }
}

/// What someone else would have made, and is not there: clusters, and secrets whose value evenkeel does not write.
pub(crate) struct Lacking {
    clusters: Vec<String>,
    /// By manifest name, with the names that they have in AWS.
    secrets: Vec<(Name, String)>,
}

impl Lacking {
    fn of(sandbox: &Sandbox, desired: &Desired) -> Result<Self, StateError> {
        let mut clusters: BTreeSet<&str> = desired.services.values().map(|service| service.cluster.as_str()).collect();
        sandbox.with_world(|world| clusters.retain(|name| !world.ecs.clusters().contains_key(*name)));
        let mut secrets = Vec::new();
        let external = desired.secrets.iter().filter(|(_, secret)| secret.arn().is_none() && secret.value.is_none());
        for (name, secret) in external {
            let secret = secret.secret_name.as_str();
            let described = answer(sandbox, Service::SecretsManager, "DescribeSecret", &json!({"SecretId": secret}))?;
            // Any other answer is about a secret that is there: it waits for its deletion, or is not for everyone to see.
            if String::from_utf8_lossy(&described.body).contains("ResourceNotFoundException") {
                secrets.push((name.clone(), secret.to_owned()));
            }
        }
        Ok(Self { clusters: clusters.into_iter().map(str::to_owned).collect(), secrets })
    }

    fn is_empty(&self) -> bool {
        let Self { clusters, secrets } = self;
        clusters.is_empty() && secrets.is_empty()
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clusters, secrets } = self;
        let some = |thing: &str, names: Vec<&str>| match names.len() {
            0 => None,
            1 => Some(format!("the {thing} {}", names[0])),
            _ => Some(format!("the {thing}s {}", named(names.into_iter()))),
        };
        let clusters = some("cluster", clusters.iter().map(String::as_str).collect());
        let secrets = some("secret", secrets.iter().map(|(_, secret)| secret.as_str()).collect());
        f.write_str(&clusters.into_iter().chain(secrets).collect::<Vec<_>>().join(" and "))
    }
}

/// Makes what it lacks, and says what. What tasks find without anybody's doing is written down too.
pub(crate) fn furnish(sandbox: &Sandbox, desired: &Desired) -> Result<Lacking, CliError> {
    super::surroundings::write_down(sandbox, desired);
    let lacking = Lacking::of(sandbox, desired).map_err(CliError::Sandbox)?;
    let is_begun = sandbox.with_world(|world| world.furnished == Furnished::Begun);
    // Whose manifests take nothing for granted has not furnished it.
    if lacking.is_empty() && !is_begun {
        return Ok(lacking);
    }
    furnished(sandbox, Furnished::Begun)?;
    let Lacking { clusters, secrets } = &lacking;
    for cluster in clusters {
        call(sandbox, Service::Ecs, "CreateCluster", cluster, &json!({"clusterName": cluster}))?;
    }
    let mut keys = used_keys(desired);
    for (name, secret) in secrets {
        let keys = keys.remove(name).unwrap_or_default();
        let body = json!({"Name": secret, "SecretString": made_up(&keys, 1), "ClientRequestToken": token(name, 1)});
        if !secret.contains('!') {
            call(sandbox, Service::SecretsManager, "CreateSecret", secret, &body)?;
            continue;
        }
        let made = sandbox.with_world(|world| create_owned(world, &body));
        made.map_err(|why| Refused::new("CreateSecret", secret, &why.message)).map_err(CliError::Furnish)?;
    }
    furnished(sandbox, Furnished::NoMore)?;
    Ok(lacking)
}

/// Says how far it is furnished; what is killed after this knows it.
fn furnished(sandbox: &Sandbox, how_far: Furnished) -> Result<(), CliError> {
    sandbox.with_world(|world| world.furnished = how_far);
    sandbox.save().map_err(CliError::Sandbox)
}

/// A value with the keys that containers read; worth nothing outside a sandbox.
pub(crate) fn made_up(keys: &BTreeSet<String>, version: u32) -> String {
    if keys.is_empty() {
        return format!("sandbox-value-{version}");
    }
    let pairs: BTreeMap<&str, String> =
        keys.iter().map(|key| (key.as_str(), format!("sandbox-{key}-{version}"))).collect();
    json!(pairs).to_string()
}

/// The id of a made-up version.
pub(crate) fn token(name: &Name, version: u32) -> String {
    Digest::of(&(name, version)).as_str().to_owned()
}

/// Calls the sandbox as some other tool would.
pub(crate) fn call(
    sandbox: &Sandbox,
    service: Service,
    operation: &str,
    name: &str,
    body: &Value,
) -> Result<(), CliError> {
    let Response { status, body, headers: _ } = answer(sandbox, service, operation, body).map_err(CliError::Sandbox)?;
    if status == 200 {
        return Ok(());
    }
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let said: Vec<&str> =
        ["__type", "message", "Message"].iter().filter_map(|member| answer[*member].as_str()).collect();
    let why = if said.is_empty() { format!("status {status}") } else { said.join(": ") };
    Err(CliError::Furnish(Refused::new(operation, name, &why)))
}

fn answer(sandbox: &Sandbox, service: Service, operation: &str, body: &Value) -> Result<Response, StateError> {
    let request = Request {
        service,
        operation: operation.to_owned(),
        region: REGION.to_owned(),
        body: body.to_string().into_bytes(),
    };
    sandbox.call(&request)
}

fn used_keys(desired: &Desired) -> BTreeMap<Name, BTreeSet<String>> {
    let mut keys: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
    for used in desired.task_definitions.values().flat_map(|td| td.secrets.values()) {
        if let SecretUse::Declared { secret, key: Some(key), .. } = used {
            keys.entry(secret.clone()).or_default().insert(key.clone());
        }
    }
    keys
}
