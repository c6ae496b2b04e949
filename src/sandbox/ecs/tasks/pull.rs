//! Images, environment files and log streams of a task at its start.
//!
//! Ledger: O128, K7, K8, K9, K11, K102, K104.

use serde_json::Value;

use super::context::Session;
use super::reach::To;
use super::startup::{INITIALISATION, RETRIED};
use crate::sandbox::ecs::blueprint::{Blueprint, Container, EcrRepository};
use crate::sandbox::ecs::names::TaskId;
use crate::sandbox::world::World;

/// One token for all images that come from ECR.
pub(super) fn registry_login(session: &mut Session<'_>, blueprint: &Blueprint) -> Result<(), String> {
    if blueprint.container_definitions.iter().any(|container| container.ecr().is_some()) {
        let host = format!("api.ecr.{}.amazonaws.com", session.world.place().region);
        session.reach(To::Service("ecr.api")).map_err(|lost| {
            format!(
                "{INITIALISATION} The task cannot pull registry auth from Amazon ECR: There is a connection issue between \
                 the task and Amazon ECR. Check your task network configuration. RequestError: send request failed \
                 caused by: Post \"https://{host}/\": {}",
                lost.words(&host)
            )
        })?;
        session
            .allow("ecr:GetAuthorizationToken", "*", &[])
            .map_err(|fault| format!("{INITIALISATION} unable to retrieve ecr registry auth: {RETRIED} {fault}"))?;
    }
    Ok(())
}

/// Pulls every image, from ECR with the role's permissions.
pub(super) fn images(session: &mut Session<'_>, blueprint: &Blueprint) -> Result<(), String> {
    for container in &blueprint.container_definitions {
        let ways: &[To<'_>] = match container.ecr() {
            Some(_) => &[To::Service("ecr.dkr"), To::Service("s3")],
            None => &[To::Internet],
        };
        for way in ways {
            let host = container.image.split('/').next().unwrap_or_default();
            session
                .reach(*way)
                .map_err(|lost| cannot_pull(container, &format!("failed to do request: {}", lost.words(host))))?;
        }
        if let Some(EcrRepository { account, region, name, .. }) = container.ecr() {
            let repository = format!("arn:aws:ecr:{region}:{account}:repository/{name}");
            for action in ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"] {
                session.allow(action, &repository, &[]).map_err(|fault| cannot_pull(container, &fault))?;
            }
            for action in imports(session.world, container) {
                session.allow(action, &repository, &[]).map_err(|fault| cannot_pull(container, &fault))?;
            }
        }
    }
    images_exist(session.world, blueprint)
}

pub(super) fn images_exist(world: &World, blueprint: &Blueprint) -> Result<(), String> {
    let exists = |container: &&Container| {
        world.surroundings.images.of(&container.image).exists
            && (!world.closed || container.ecr().is_none_or(|repository| is_kept(world, repository)))
    };
    match blueprint.container_definitions.iter().find(|container| !exists(container)) {
        Some(container) => Err(cannot_pull(container, "not found")),
        None => Ok(()),
    }
}

/// Environment files in S3. Every file exists.
pub(super) fn environment_files(session: &mut Session<'_>, blueprint: &Blueprint) -> Result<(), String> {
    for file in blueprint.container_definitions.iter().flat_map(|container| &container.environment_files) {
        let bucket = file.value.split('/').next().unwrap_or(&file.value);
        for (action, resource) in [("s3:GetBucketLocation", bucket), ("s3:GetObject", file.value.as_str())] {
            session.allow(action, resource, &[]).map_err(|fault| {
                format!(
                    "ResourceInitializationError: failed to download env files: file download command: non empty error \
                     stream: {RETRIED} {fault}"
                )
            })?;
        }
    }
    Ok(())
}

/// The streams of the awslogs driver.
///
/// On AWS a task without `logs:PutLogEvents` runs and loses its logs; here it
/// does not start, so that a missing permission is noticed.
pub(super) fn logs(session: &mut Session<'_>, blueprint: &Blueprint, id: &TaskId) -> Result<(), String> {
    for container in &blueprint.container_definitions {
        let Some(log) = container.log_configuration.as_ref().filter(|log| log.log_driver == "awslogs") else {
            continue;
        };
        let option = |name: &str| log.options.get(name).and_then(Value::as_str);
        let group = option("awslogs-group").unwrap_or_default();
        let region = option("awslogs-region").unwrap_or(&session.world.place().region);
        let arn = format!("arn:aws:logs:{region}:{}:log-group:{group}", session.world.place().account);
        let stream = format!("{}/{}/{id}", option("awslogs-stream-prefix").unwrap_or("ecs"), container.name);
        let context =
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times:";
        session.reach(To::Service("logs")).map_err(|lost| {
            let host = format!("logs.{region}.amazonaws.com");
            format!(
                "{context} failed to create Cloudwatch log stream: RequestError: send request failed caused by: Post \
                 \"https://{host}/\": {} : exit status 1",
                lost.words(&host)
            )
        })?;
        let stream = format!("{arn}:log-stream:{stream}");
        let denied = |fault: String| format!("{context} failed to create Cloudwatch log stream: {fault}");
        session.allow("logs:CreateLogStream", &stream, &[]).map_err(denied)?;
        // The driver makes the group when it has heard that there is none.
        if is_missing(session.world, group) && !session.groups_made.iter().any(|made| made == group) {
            if !option("awslogs-create-group").is_some_and(is_yes) {
                return Err(format!(
                    "{context} failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group \
                     does not exist. : exit status 1"
                ));
            }
            session
                .allow("logs:CreateLogGroup", &format!("{arn}:log-stream:"), &[])
                .map_err(|fault| format!("{context} failed to create Cloudwatch log group: {fault}"))?;
            session.groups_made.push(group.to_owned());
        }
        session.allow("logs:PutLogEvents", &stream, &[]).map_err(denied)?;
    }
    Ok(())
}

/// What else a pull through a cache takes ([O128]): in a closed world alone is an image known not to be there.
fn imports(world: &World, container: &Container) -> &'static [&'static str] {
    let own = container.ecr().filter(|repository| world.closed && repository.is_of(world.place()));
    match own {
        Some(EcrRepository { name, tag, digest, .. })
            if world.cache_rules.fill(name) && !world.ecr.has(name, tag, digest) =>
        {
            let is_there = world.ecr.repositories.contains_key(name);
            let both = &["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"];
            if is_there { &both[..1] } else { both }
        }
        _ => &[],
    }
}

fn is_kept(world: &World, repository: EcrRepository<'_>) -> bool {
    let EcrRepository { account: _, region: _, name, tag, digest } = repository;
    !repository.is_of(world.place()) || world.ecr.has(name, tag, digest) || world.cache_rules.fill(name)
}

/// In a closed world a group exists that somebody made, in any other one that nobody called missing.
fn is_missing(world: &World, group: &str) -> bool {
    if world.closed {
        !world.logs.groups.contains_key(group)
    } else {
        world.surroundings.missing_log_groups.contains(group)
    }
}

fn cannot_pull(container: &Container, why: &str) -> String {
    let host = container.image.split_once('/').map_or("", |(host, _)| host);
    // Without a host in its name an image is on Docker Hub.
    let hub = if host.contains('.') { "" } else { "docker.io/library/" };
    let image = format!("{hub}{}", container.image);
    format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: \
         {image}: {why}"
    )
}

/// A flag as the driver reads it, with Go's `strconv.ParseBool`.
fn is_yes(text: &str) -> bool {
    ["1", "t", "T", "true", "TRUE", "True"].contains(&text)
}
