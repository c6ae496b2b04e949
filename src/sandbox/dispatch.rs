//! From a request to a response: which operation, is it well formed, run it.
//!
//! Ledger: W4, W8.

use serde_json::Value;

use super::api::{self, Model};
use super::journal::Call;
use super::wire::query::Lists;
use super::wire::{self, AwsError, Effect, Outcome, Protocol, Request, Response, Service};
use super::world::World;
use super::{caller, ec2, ecr, ecs, events, iam, kms, logs, secrets_manager, sqs, ssm, sts, tagging};

/// An operation that the sandbox plays.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    pub(crate) run: fn(&mut World, &Value) -> Outcome,
}

/// An operation that only looks.
pub(crate) const fn reads(name: &'static str, run: fn(&mut World, &Value) -> Outcome) -> Operation {
    Operation { name, effect: Effect::Reads, run }
}

/// An operation that can change something.
pub(crate) const fn writes(name: &'static str, run: fn(&mut World, &Value) -> Outcome) -> Operation {
    Operation { name, effect: Effect::Writes, run }
}

/// Everything that the sandbox offers of a service.
pub(crate) fn operations(service: Service) -> &'static [Operation] {
    match service {
        Service::SecretsManager => secrets_manager::OPERATIONS,
        Service::Iam => iam::OPERATIONS,
        Service::Ecs => ecs::OPERATIONS,
        Service::Sts => sts::OPERATIONS,
        Service::Kms => kms::OPERATIONS,
        Service::Sqs => sqs::OPERATIONS,
        Service::Events => events::OPERATIONS,
        Service::Tagging => tagging::OPERATIONS,
        Service::Ssm => ssm::OPERATIONS,
        Service::Logs => logs::OPERATIONS,
        Service::Ec2 => ec2::OPERATIONS,
        Service::Ecr => ecr::OPERATIONS,
    }
}

/// Can this request change anything? An unknown operation cannot.
pub(crate) fn effect(request: &Request) -> Effect {
    find(request).map_or(Effect::Reads, |operation| operation.effect)
}

/// Answers a request in a world that has been brought up to date.
pub(super) fn answer(world: &mut World, request: &Request) -> Response {
    let mut subject = None;
    let outcome = run(world, request, &mut subject);
    let outcome = if cfg!(debug_assertions) { fitting(request, outcome) } else { outcome };
    let call = Call {
        service: request.service,
        operation: request.operation.clone(),
        subject,
        effect: effect(request),
        error: outcome.as_ref().err().map(|error| error.code.to_owned()),
    };
    if call.effect == Effect::Writes && call.error.is_none() {
        world.furnished.written();
    }
    let now = world.now();
    world.journal.call(now, call);
    let request_id = world.next_request_id();
    wire::respond(request.service, &request.operation, &outcome, &request_id)
}

/// An answer that AWS could not give is a fault of the sandbox, and says so: a refusal too.
fn fitting(request: &Request, outcome: Outcome) -> Outcome {
    let unfit = |what: String| Err(AwsError::new("InternalFailure", what).with_status(500));
    let Request { service, operation, .. } = request;
    let output = match outcome {
        Ok(output) => output,
        Err(error) if api::is_known(*service, api::model(*service), operation, &error) => return Err(error),
        Err(AwsError { code, status, .. }) => {
            return unfit(format!(
                "the sandbox refuses {operation} with {code} ({status}), which its API does not list"
            ));
        }
    };
    let misfits = api::misfits(*service, api::model(*service), operation, &output);
    if misfits.is_empty() {
        return Ok(output);
    }
    unfit(format!("the sandbox's answer to {operation} does not fit the API: {}", misfits.join("; ")))
}

fn run(world: &mut World, request: &Request, subject: &mut Option<String>) -> Outcome {
    let operation = find(request).ok_or_else(|| not_offered(request))?;
    world.throttle(request.service, operation.name)?;
    let model = api::model(request.service);
    let input = match request.service.protocol() {
        Protocol::Json { .. } => wire::json::decode(&request.body)?,
        Protocol::Query { .. } => form(model, Lists::Wrapped, operation, &request.body)?,
        Protocol::Ec2 { .. } => form(model, Lists::Flat, operation, &request.body)?,
    };
    *subject = subject_of(&input);
    api::validate(request.service, model, operation.name, &input)?;
    api::refuse_left_out(request.service, operation.name, &input)?;
    caller::check(world, request.service, operation.name, &input)?;
    if request.service.is_global() || request.region == world.place().region {
        let changes_services = request.service == Service::Ecs && operation.effect == Effect::Writes;
        let before = changes_services.then(|| world.ecs.before_a_write()).flatten();
        let outcome = (operation.run)(world, &input)?;
        if let Some(before) = before {
            let now = world.now();
            world.ecs.after_a_write(&before, now);
        }
        secrets_manager::announce(world);
        tagging::untagged(world, request.service, operation.name, &input);
        if input.get("DryRun").is_some_and(|flag| flag == true) {
            Err(would_be_done(request.service))
        } else {
            Ok(outcome)
        }
    } else {
        run_elsewhere(world, request, operation, &input)
    }
}

/// What a dry run ends with that nothing is in the way of. Those that offer one change nothing ([W10]).
fn would_be_done(service: Service) -> AwsError {
    if service == Service::Ec2 {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return AwsError::new("DryRunOperation", message).with_status(412);
    }
    AwsError::new("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
}

fn form(model: &Model, lists: Lists, operation: &Operation, body: &[u8]) -> Outcome {
    wire::query::decode(model, lists, operation.name, wire::query::form(body)?)
}

/// In every Region but its own a world is empty, but for copies of secrets, and stays so.
fn run_elsewhere(world: &mut World, request: &Request, operation: &Operation, input: &Value) -> Outcome {
    let region = &request.region;
    match operation.effect {
        _ if request.service == Service::SecretsManager => {
            secrets_manager::run_elsewhere(world, operation, region, input)
        }
        Effect::Reads => (operation.run)(&mut world.empty_region(region), input),
        Effect::Writes => Err(one_region(world, operation, region)),
    }
}

/// What is not done in another Region.
pub(crate) fn one_region(world: &World, operation: &Operation, region: &str) -> AwsError {
    let home = &world.place().region;
    let message = format!("the sandbox has one Region, {home}: {} in {region} is refused", operation.name);
    AwsError::new("AccessDeniedException", message)
}

fn find(request: &Request) -> Option<&'static Operation> {
    operations(request.service).iter().find(|operation| operation.name == request.operation)
}

fn not_offered(request: &Request) -> AwsError {
    let Request { service, operation, .. } = request;
    let message = format!("the sandbox does not offer {}:{operation}", service.signing_name());
    match service.protocol() {
        Protocol::Json { .. } => AwsError::new("UnknownOperationException", message),
        Protocol::Query { .. } | Protocol::Ec2 { .. } => AwsError::new("InvalidAction", message),
    }
}

/// The member that says what a request is about, whichever the service.
fn subject_of(input: &Value) -> Option<String> {
    const SUBJECTS: [&str; 20] = [
        "SecretId",
        "Name",
        "RoleName",
        "PolicyName",
        "PolicyArn",
        "service",
        "serviceName",
        "family",
        "familyPrefix",
        "taskDefinition",
        "serviceDeploymentArn",
        "resourceArn",
        "QueueName",
        "QueueUrl",
        "Rule",
        "KeyId",
        "logGroupName",
        "cluster",
        "repositoryName",
        "PolicySourceArn",
    ];
    SUBJECTS.iter().find_map(|name| input.get(name)?.as_str()).map(str::to_owned)
}
