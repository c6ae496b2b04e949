//! What a container names of its task definition must be there, and what it
//! names elsewhere must be of the right kind (API model, the member's own text).
//!
//! Ledger: T36, T18, T19, T32.

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

const MOST_ENVIRONMENT_FILES: usize = 10;

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    let known = |path: &str, wanted: &str| at(content, path).iter().any(|name| name.as_str() == Some(wanted));
    let unknown = |path: &str, known_at: &str| {
        let names = at(content, path).into_iter().filter_map(Value::as_str);
        names.filter(|name| !known(known_at, name)).map(str::to_owned).next()
    };
    if let Some(name) = unknown("containerDefinitions[].mountPoints[].sourceVolume", "volumes[].name") {
        return Err(fault::client(format!("Unknown volume '{name}'.")));
    }
    let containers = "containerDefinitions[].name";
    if let Some(name) = unknown("containerDefinitions[].volumesFrom[].sourceContainer", containers) {
        return Err(fault::client(format!("Invalid 'volumesFrom' setting. Unknown container: '{name}'")));
    }
    let linked = at(content, "containerDefinitions[].links[]").into_iter().filter_map(Value::as_str);
    let mut linked = linked.filter_map(|link| link.split(':').next()).filter(|name| !name.is_empty());
    if let Some(name) = linked.find(|name| !known(containers, name)) {
        return Err(fault::client(format!("Invalid 'links' setting. Unknown container: '{name}'")));
    }
    for container in at(content, "containerDefinitions[]") {
        if at(container, "volumesFrom[].sourceContainer").contains(&&container["name"]) {
            return Err(fault::client("Invalid 'volumesFrom' setting. A container has its own volumes already."));
        }
    }
    if let Some(name) = unknown("proxyConfiguration.containerName", containers) {
        return Err(fault::client(format!("Proxy container [{name}] does not exist")));
    }
    let drivers = at(content, "containerDefinitions[].logConfiguration.logDriver");
    if drivers.iter().any(|driver| *driver == "awsfirelens")
        && at(content, "containerDefinitions[].firelensConfiguration").is_empty()
    {
        return Err(fault::client(
            "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be \
             configured in one of the containers.",
        ));
    }
    environment_files(content)?;
    health_checks(content)
}

fn environment_files(content: &Value) -> Result<(), AwsError> {
    let many = |files: &&Value| files.as_array().is_some_and(|files| files.len() > MOST_ENVIRONMENT_FILES);
    if at(content, "containerDefinitions[].environmentFiles").iter().any(many) {
        return Err(fault::client(
            "The maximum number of environment files was exceeded. Specify ten or less and try again.",
        ));
    }
    for file in at(content, "containerDefinitions[].environmentFiles[].value").into_iter().filter_map(Value::as_str) {
        if !file.starts_with("arn:") {
            return Err(fault::client("Invalid arn syntax."));
        }
        if !file.to_ascii_lowercase().ends_with(".env") {
            return Err(fault::client("The file must have a .env file extension."));
        }
    }
    Ok(())
}

fn health_checks(content: &Value) -> Result<(), AwsError> {
    let commands = at(content, "containerDefinitions[].healthCheck.command");
    if commands.iter().any(|command| command.get(0).is_none()) {
        return Err(fault::client("The health check command must start with CMD or CMD-SHELL."));
    }
    if commands.iter().any(|command| command[0] == "CMD-SHELL" && command.get(1).is_none()) {
        return Err(fault::client("The health check has no command after CMD-SHELL."));
    }
    Ok(())
}
