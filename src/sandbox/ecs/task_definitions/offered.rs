//! What Fargate does not have of what a task definition can say.
//!
//! Ledger: T22, T25.

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::wire::AwsError;

/// Members that a task on Fargate cannot have.
const NOT_OFFERED: [&str; 12] = [
    "ipcMode",
    "inferenceAccelerators[]",
    "placementConstraints[]",
    "volumes[].host.sourcePath",
    "volumes[].dockerVolumeConfiguration",
    "containerDefinitions[].dockerSecurityOptions[]",
    "containerDefinitions[].dnsServers[]",
    "containerDefinitions[].dnsSearchDomains[]",
    "containerDefinitions[].linuxParameters.devices[]",
    "containerDefinitions[].linuxParameters.sharedMemorySize",
    "containerDefinitions[].linuxParameters.maxSwap",
    "containerDefinitions[].linuxParameters.swappiness",
];

const LOG_DRIVERS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];

/// CPU units that a task of Windows containers has at least.
const LEAST_OF_WINDOWS: i64 = 1_024;

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    for path in NOT_OFFERED {
        if !at(content, path).is_empty() {
            let member = path.trim_end_matches("[]").rsplit('.').next().unwrap_or(path);
            return Err(fault::client(format!("Fargate compatible task definitions do not support {member}")));
        }
    }
    for member in ["privileged", "disableNetworking"] {
        if at(content, &format!("containerDefinitions[].{member}")).contains(&&Value::Bool(true)) {
            return Err(fault::client(format!("Fargate requires that the '{member}' setting be 'false'.")));
        }
    }
    let texts = |path: &str| at(content, path).into_iter().filter_map(Value::as_str);
    let mut added = texts("containerDefinitions[].linuxParameters.capabilities.add[]");
    if let Some(capability) = added.find(|capability| *capability != "SYS_PTRACE") {
        return Err(fault::client(format!("{capability} is not allowed on Fargate.")));
    }
    if texts("containerDefinitions[].resourceRequirements[].type").any(|kind| kind == "GPU") {
        return Err(fault::client("Tasks using the Fargate launch type do not support GPU resource requirements"));
    }
    if texts("pidMode").any(|mode| mode != "task") {
        return Err(fault::client(
            "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is \
             'task'.",
        ));
    }
    for timeout in ["startTimeout", "stopTimeout"] {
        let seconds = at(content, &format!("containerDefinitions[].{timeout}"));
        if seconds.into_iter().filter_map(Value::as_i64).any(|seconds| !(2..=120).contains(&seconds)) {
            return Err(fault::client(format!("On Fargate '{timeout}' should be between 2 and 120 seconds.")));
        }
    }
    windows(content)?;
    logs(content)
}

fn windows(content: &Value) -> Result<(), AwsError> {
    if !super::is_windows(content) {
        return Ok(());
    }
    if content.get("pidMode").is_some() {
        return Err(fault::client("Windows containers on Fargate do not support pidMode."));
    }
    let cpu = content["cpu"].as_str().and_then(|cpu| cpu.parse::<i64>().ok());
    if cpu.is_some_and(|cpu| cpu < LEAST_OF_WINDOWS) {
        return Err(fault::client(format!(
            "Windows containers on Fargate need at least {LEAST_OF_WINDOWS} CPU units."
        )));
    }
    Ok(())
}

fn logs(content: &Value) -> Result<(), AwsError> {
    for log in at(content, "containerDefinitions[].logConfiguration") {
        let driver = log["logDriver"].as_str().unwrap_or_default();
        if !LOG_DRIVERS.contains(&driver) {
            return Err(fault::client(format!(
                "Fargate compatible task definitions do not support log driver {driver}"
            )));
        }
        if driver == "awslogs" && log.pointer("/options/awslogs-stream-prefix").is_none() {
            return Err(fault::client("Log driver awslogs requires on Fargate the option: awslogs-stream-prefix"));
        }
    }
    let from = at(content, "containerDefinitions[].firelensConfiguration.options.config-file-type");
    if from.iter().any(|from| *from == "s3") {
        return Err(fault::client("Fargate supports for a log router the config-file-type 'file' alone."));
    }
    Ok(())
}
