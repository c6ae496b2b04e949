//! What ECS fills in and where order means nothing: the tables behind canonical form.
//!
//! A member equal to its default is taken away on both sides, so AWS's defaults never show. Each row names its source
//! in `docs/aws-behaviour.md`.

use super::document::Rules;

/// For the content of a task definition.
pub static TASK_DEFINITION: Rules = Rules {
    keyed: &[
        ("containerDefinitions", &["name"]),
        ("containerDefinitions[].environment", &["name"]),
        ("containerDefinitions[].secrets", &["name"]),
        ("containerDefinitions[].logConfiguration.secretOptions", &["name"]),
        ("containerDefinitions[].portMappings", &["containerPort", "containerPortRange"]),
        ("containerDefinitions[].mountPoints", &["containerPath"]),
        ("containerDefinitions[].volumesFrom", &["sourceContainer"]),
        ("containerDefinitions[].ulimits", &["name"]),
        ("containerDefinitions[].extraHosts", &["hostname"]),
        ("containerDefinitions[].systemControls", &["namespace"]),
        ("containerDefinitions[].resourceRequirements", &["type"]),
        ("containerDefinitions[].dependsOn", &["containerName"]),
        ("containerDefinitions[].linuxParameters.devices", &["hostPath"]),
        ("containerDefinitions[].linuxParameters.tmpfs", &["containerPath"]),
        ("volumes", &["name"]),
        ("inferenceAccelerators", &["deviceName"]),
        ("proxyConfiguration.properties", &["name"]),
    ],
    sets: &[
        "requiresCompatibilities",
        "placementConstraints",
        "containerDefinitions[].dockerSecurityOptions",
        "containerDefinitions[].linuxParameters.capabilities.add",
        "containerDefinitions[].linuxParameters.capabilities.drop",
        "containerDefinitions[].restartPolicy.ignoredExitCodes",
    ],
    defaults: &[
        ("networkMode", "\"bridge\""),
        ("containerDefinitions[].cpu", "0"),
        ("containerDefinitions[].essential", "true"),
        ("containerDefinitions[].privileged", "false"),
        ("containerDefinitions[].readonlyRootFilesystem", "false"),
        ("containerDefinitions[].disableNetworking", "false"),
        ("containerDefinitions[].interactive", "false"),
        ("containerDefinitions[].pseudoTerminal", "false"),
        ("containerDefinitions[].versionConsistency", "\"enabled\""),
        ("containerDefinitions[].portMappings[].protocol", "\"tcp\""),
        ("containerDefinitions[].portMappings[].hostPort", "0"),
        ("containerDefinitions[].mountPoints[].readOnly", "false"),
        ("containerDefinitions[].volumesFrom[].readOnly", "false"),
        ("containerDefinitions[].healthCheck.interval", "30"),
        ("containerDefinitions[].healthCheck.timeout", "5"),
        ("containerDefinitions[].healthCheck.retries", "3"),
        ("containerDefinitions[].linuxParameters.initProcessEnabled", "false"),
        ("containerDefinitions[].restartPolicy.restartAttemptPeriod", "300"),
        ("volumes[].configuredAtLaunch", "false"),
        ("volumes[].efsVolumeConfiguration.rootDirectory", "\"/\""),
        ("volumes[].efsVolumeConfiguration.transitEncryption", "\"DISABLED\""),
        ("volumes[].efsVolumeConfiguration.authorizationConfig.iam", "\"DISABLED\""),
        ("enableFaultInjection", "false"),
    ],
};

/// For the content of a service.
pub static SERVICE: Rules = Rules {
    keyed: &[
        ("capacityProviderStrategy", &["capacityProvider"]),
        ("loadBalancers", &["targetGroupArn", "loadBalancerName"]),
        ("serviceRegistries", &["registryArn"]),
        ("serviceConnectConfiguration.services", &["portName"]),
        ("serviceConnectConfiguration.logConfiguration.secretOptions", &["name"]),
        ("volumeConfigurations", &["name"]),
        ("vpcLatticeConfigurations", &["targetGroupArn"]),
        ("tags", &["key"]),
    ],
    sets: &[
        "networkConfiguration.awsvpcConfiguration.subnets",
        "networkConfiguration.awsvpcConfiguration.securityGroups",
        "placementConstraints",
        "deploymentConfiguration.alarms.alarmNames",
        "deploymentConfiguration.lifecycleHooks[].lifecycleStages",
    ],
    defaults: &[
        ("schedulingStrategy", "\"REPLICA\""),
        ("deploymentController.type", "\"ECS\""),
        ("platformVersion", "\"LATEST\""),
        ("propagateTags", "\"NONE\""),
        ("enableECSManagedTags", "false"),
        ("enableExecuteCommand", "false"),
        ("healthCheckGracePeriodSeconds", "0"),
        ("networkConfiguration.awsvpcConfiguration.assignPublicIp", "\"DISABLED\""),
        ("capacityProviderStrategy[].base", "0"),
        ("capacityProviderStrategy[].weight", "0"),
        ("serviceConnectConfiguration.enabled", "false"),
        ("deploymentConfiguration.strategy", "\"ROLLING\""),
        ("deploymentConfiguration.bakeTimeInMinutes", "0"),
        ("deploymentConfiguration.deploymentCircuitBreaker.enable", "false"),
        ("deploymentConfiguration.deploymentCircuitBreaker.rollback", "false"),
        ("deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask", "true"),
        (
            "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration",
            r#"{"type":"BOUNDED_PERCENT","value":50}"#,
        ),
        ("deploymentConfiguration.alarms.enable", "false"),
        ("deploymentConfiguration.alarms.rollback", "false"),
        ("deploymentConfiguration.lifecycleHooks[].targetType", "\"AWS_LAMBDA\""),
    ],
};

/// The bounds of a rolling deployment where none are written: minimum healthy percent, maximum percent.
pub fn deployment_bounds(daemon: bool) -> (i64, i64) {
    if daemon { (0, 100) } else { (100, 200) }
}
