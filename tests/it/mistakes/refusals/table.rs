//! What ECS refuses of a task definition and of a new service, each with the fields that make it do so.

/// The beginning of a refusal, and what is laid over fields that are taken: a pointer and what stands there, null for
/// nothing.
pub(super) type Refused = (&'static str, &'static [(&'static str, &'static str)]);

pub(super) const DEFINITIONS: &[Refused] = &[
    ("Family contains invalid characters", &[("/family", r#""a.b""#)]),
    ("Container list cannot be empty.", &[("/containerDefinitions", "[]")]),
    ("Container.name should not be null or empty.", &[("/containerDefinitions/0/name", r#""""#)]),
    ("Container.name contains invalid characters.", &[("/containerDefinitions/0/name", r#""a b""#)]),
    ("Container.image should not be null or empty.", &[("/containerDefinitions/0/image", "null")]),
    (
        "Container names must be unique",
        &[("/containerDefinitions", r#"[{"name": "web", "image": "web"}, {"name": "web", "image": "web"}]"#)],
    ),
    ("At least one container must be essential.", &[("/containerDefinitions/0/essential", "false")]),
    ("Role is not valid", &[("/executionRoleArn", r#""arn:aws:s3:::somewhere-else""#)]),
    ("Invalid ARN in valueFrom.", &[(SECRETS, r#"[{"name": "A", "valueFrom": "arn:aws:secretsmanager"}]"#)]),
    ("valueFrom names a resource of s3", &[(SECRETS, r#"[{"name": "A", "valueFrom": "arn:aws:s3:::bucket"}]"#)]),
    (
        "an invalid ARN format for the AWS Secrets Manager secret was specified.",
        &[(
            SECRETS,
            r#"[{"name": "A", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:k"}]"#,
        )],
    ),
    (
        "valueFrom names both a version stage and a version id.",
        &[(
            SECRETS,
            r#"[{"name": "A", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:k:AWSCURRENT:11111111-2222-3333-4444-555555555555"}]"#,
        )],
    ),
    (
        "The secret name must be unique and not shared",
        &[(SECRETS, r#"[{"name": "A", "valueFrom": "a"}]"#), (ENVIRONMENT, r#"[{"name": "A", "value": "b"}]"#)],
    ),
    (
        "Duplicate secret names found",
        &[(SECRETS, r#"[{"name": "A", "valueFrom": "a"}, {"name": "A", "valueFrom": "b"}]"#)],
    ),
    (
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        &[(ROLE, "null"), (SECRETS, r#"[{"name": "A", "valueFrom": "a"}]"#)],
    ),
    (
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        &[
            (ROLE, "null"),
            (LOGS, r#"{"logDriver": "splunk", "secretOptions": [{"name": "splunk-token", "valueFrom": "a"}]}"#),
        ],
    ),
    (
        "Fargate requires task definition to have execution role ARN to support ECR images.",
        &[(ROLE, "null"), ("/containerDefinitions/0/image", r#""123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1""#)],
    ),
    (
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        &[
            (ROLE, "null"),
            (
                LOGS,
                r#"{"logDriver": "awslogs", "options": {"awslogs-group": "a", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}}"#,
            ),
        ],
    ),
    ("Log driver awslogs requires options", &[(LOGS, r#"{"logDriver": "awslogs"}"#)]),
    ("Fargate only supports network mode", &[("/networkMode", "null")]),
    ("Fargate requires that 'cpu' be defined", &[("/cpu", "null")]),
    ("Invalid 'memory' setting for task.", &[("/memory", r#""much""#)]),
    ("No Fargate configuration exists", &[("/memory", r#""4096""#)]),
    (
        "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
        &[("/requiresCompatibilities", "null"), ("/memory", "null")],
    ),
    (
        "Health check interval must be greater than or equal to the minimum allowed value 5",
        &[(HEALTH, r#"{"command": ["CMD", "a"], "interval": 1}"#)],
    ),
    (
        "Health check retries must be less than or equal to the maximum allowed value 10",
        &[(HEALTH, r#"{"command": ["CMD", "a"], "retries": 99}"#)],
    ),
    ("Health check timeout must be less than or equal to", &[(HEALTH, r#"{"command": ["CMD", "a"], "timeout": 61}"#)]),
    (
        "Health check startPeriod must be less than or equal to",
        &[(HEALTH, r#"{"command": ["CMD", "a"], "startPeriod": 999}"#)],
    ),
    ("The health check command must start with CMD or CMD-SHELL.", &[(HEALTH, r#"{"command": []}"#)]),
    (
        "Cannot depend on container side because it does not exist",
        &[(DEPENDS, r#"[{"containerName": "side", "condition": "START"}]"#)],
    ),
    (
        "Container dependencies should not have a cycle",
        &[(DEPENDS, r#"[{"containerName": "web", "condition": "START"}]"#)],
    ),
    (
        "Container dependencies should not have a cycle",
        &[(
            "/containerDefinitions",
            r#"[{"name": "web", "image": "web", "dependsOn": [{"containerName": "side", "condition": "START"}]},
                {"name": "side", "image": "side", "dependsOn": [{"containerName": "web", "condition": "START"}]}]"#,
        )],
    ),
    (
        "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
        &[(
            "/containerDefinitions",
            r#"[{"name": "web", "image": "web", "dependsOn": [{"containerName": "side", "condition": "SUCCESS"}]},
                {"name": "side", "image": "side"}]"#,
        )],
    ),
    (
        "A dependency container with HEALTHY condition must have health check configured",
        &[(
            "/containerDefinitions",
            r#"[{"name": "web", "image": "web", "dependsOn": [{"containerName": "side", "condition": "HEALTHY"}]},
                {"name": "side", "image": "side"}]"#,
        )],
    ),
    (
        "Unknown volume 'data'.",
        &[("/containerDefinitions/0/mountPoints", r#"[{"sourceVolume": "data", "containerPath": "/data"}]"#)],
    ),
    (
        "Invalid 'volumesFrom' setting. Unknown container: 'side'",
        &[("/containerDefinitions/0/volumesFrom", r#"[{"sourceContainer": "side"}]"#)],
    ),
    ("Proxy container [envoy] does not exist", &[("/proxyConfiguration", r#"{"containerName": "envoy"}"#)]),
    ("Invalid arn syntax.", &[(FILES, r#"[{"type": "s3", "value": "one.env"}]"#)]),
    (
        "The file must have a .env file extension.",
        &[(FILES, r#"[{"type": "s3", "value": "arn:aws:s3:::config/one.txt"}]"#)],
    ),
    ("Invalid 'memory' setting for container 'web'. It should be at least 4.", &[(MEMORY, "3")]),
    (
        "Invalid 'memoryReservation' setting for container 'web'. It should be at least 4.",
        &[("/containerDefinitions/0/memoryReservation", "0")],
    ),
    (
        "Invalid setting for container 'web'. 'memory' must be greater than or equal to 'memoryReservation'.",
        &[(MEMORY, "64"), ("/containerDefinitions/0/memoryReservation", "128")],
    ),
    ("The 'memory' setting for container 'web' is greater than for the task.", &[(MEMORY, "1024")]),
    (
        "The 'memory' setting for container 'web' is greater than for the task.",
        &[(MEMORY, "1024"), ("/containerDefinitions/0/memoryReservation", "128")],
    ),
    (
        "Invalid 'containerPort' setting for container 'web'. It should be at most 65535.",
        &[(PORTS, r#"[{"containerPort": 70000}]"#)],
    ),
    (
        "Invalid 'hostPort' setting for container 'web'. It should be at least 0.",
        &[(PORTS, r#"[{"containerPort": 80, "hostPort": -1}]"#)],
    ),
    (
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        &[(PORTS, r#"[{"containerPort": 80, "hostPort": 8080}]"#)],
    ),
    ("EphemeralStorage size should be at least 21", &[("/ephemeralStorage", r#"{"sizeInGiB": 20}"#)]),
    ("EphemeralStorage size should be at most 200", &[("/ephemeralStorage", r#"{"sizeInGiB": 500}"#)]),
    ("Fargate compatible task definitions do not support ipcMode", &[("/ipcMode", r#""task""#)]),
    (
        "Fargate compatible task definitions do not support sourcePath",
        &[("/volumes", r#"[{"name": "a", "host": {"sourcePath": "/a"}}]"#)],
    ),
    (
        "Fargate compatible task definitions do not support dockerVolumeConfiguration",
        &[("/volumes", r#"[{"name": "a", "dockerVolumeConfiguration": {"driver": "local"}}]"#)],
    ),
    (
        "Fargate compatible task definitions do not support dockerSecurityOptions",
        &[("/containerDefinitions/0/dockerSecurityOptions", r#"["no-new-privileges"]"#)],
    ),
    ("Fargate requires that the 'privileged' setting be 'false'.", &[("/containerDefinitions/0/privileged", "true")]),
    ("NET_ADMIN is not allowed on Fargate.", &[(LINUX, r#"{"capabilities": {"add": ["NET_ADMIN"]}}"#)]),
    ("Tasks using the Fargate launch type do not support GPU", &[(RESOURCES, r#"[{"type": "GPU", "value": "1"}]"#)]),
    ("Tasks using the Fargate launch type do not support pidMode 'host'.", &[("/pidMode", r#""host""#)]),
    (
        "On Fargate 'stopTimeout' should be between 2 and 120 seconds.",
        &[("/containerDefinitions/0/stopTimeout", "500")],
    ),
    ("The sum of all container 'cpu' values cannot be greater", &[("/containerDefinitions/0/cpu", "512")]),
    ("Invalid capability: NOPE", &[INSTANCES, (LINUX, r#"{"capabilities": {"add": ["NOPE"]}}"#)]),
    ("Invalid capability: CAP_KILL", &[(LINUX, r#"{"capabilities": {"drop": ["CAP_KILL"]}}"#)]),
    (
        "Invalid mount option for tmpfs: nope",
        &[(LINUX, r#"{"tmpfs": [{"containerPath": "/a", "size": 1, "mountOptions": ["ro", "nope"]}]}"#)],
    ),
    ("You must specify a value for a resource requirement", &[INSTANCES, (RESOURCES, r#"[{"type": "GPU"}]"#)]),
    (
        "Specify either value or sharingStrategy, but not both.",
        &[
            INSTANCES,
            (RESOURCES, r#"[{"type": "GPU", "value": "1", "sharingStrategy": {"nvidiaMps": {"memory": 1}}}]"#),
        ],
    ),
    (
        "Specify a sharing strategy only when the type is GPU.",
        &[
            INSTANCES,
            (
                RESOURCES,
                r#"[{"type": "NeuronDevice", "value": "ALL", "sharingStrategy": {"nvidiaMps": {"memory": 1}}}]"#,
            ),
        ],
    ),
    (
        "When the type is NeuronDevice, the value must be ALL.",
        &[INSTANCES, (RESOURCES, r#"[{"type": "NeuronDevice", "value": "1"}]"#)],
    ),
];

pub(super) const SERVICES: &[Refused] = &[
    ("Invalid service name", &[("/serviceName", r#""a b""#)]),
    ("desiredCount can not be less than 0.", &[("/desiredCount", "-1")]),
    (
        "Task definition does not support launch_type FARGATE.",
        &[("/definition/requiresCompatibilities", "null"), ("/definition/cpu", r#""300""#)],
    ),
    (
        "the sandbox does not offer the deployment controller CODE_DEPLOY",
        &[("/deploymentController", r#"{"type": "CODE_DEPLOY"}"#)],
    ),
    (
        "The scheduling strategy DAEMON is not supported for the launch type FARGATE.",
        &[("/schedulingStrategy", r#""DAEMON""#), ("/desiredCount", "null")],
    ),
    ("deploymentConfiguration can not have negative numbers.", &[(DEPLOYMENT, r#"{"maximumPercent": -1}"#)]),
    (
        "Both maximumPercent and minimumHealthyPercent cannot be 100",
        &[(DEPLOYMENT, r#"{"maximumPercent": 100, "minimumHealthyPercent": 100}"#)],
    ),
    (
        "thresholdConfiguration.value must be at least 1.",
        &[(
            DEPLOYMENT,
            r#"{"deploymentCircuitBreaker": {"enable": true, "rollback": true, "thresholdConfiguration": {"type": "COUNT", "value": 0}}}"#,
        )],
    ),
    (
        "Network Configuration is not valid for the given networkMode",
        &[
            ("/definition/networkMode", "null"),
            ("/definition/requiresCompatibilities", "null"),
            ("/launchType", "null"),
        ],
    ),
    (NO_NETWORK, &[("/networkConfiguration", "null")]),
    ("subnets can not be empty.", &[(SUBNETS, "[]")]),
    (
        "subnets can have at most 16 items.",
        &[(
            SUBNETS,
            r#"["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", "s16", "s17"]"#,
        )],
    ),
    (
        "securityGroups can have at most 5 items.",
        &[("/networkConfiguration/awsvpcConfiguration/securityGroups", r#"["g1", "g2", "g3", "g4", "g5", "g6"]"#)],
    ),
    ("load balancers can have at most 5 items.", &[("/loadBalancers", "[{}, {}, {}, {}, {}, {}]")]),
    (
        "The container wbe does not exist in the task definition.",
        &[(
            "/loadBalancers",
            r#"[{"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/1", "containerName": "wbe", "containerPort": 80}]"#,
        )],
    ),
    (
        "The container web did not have a container port 81 defined.",
        &[(
            "/loadBalancers",
            r#"[{"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/1", "containerName": "web", "containerPort": 81}]"#,
        )],
    ),
    ("healthCheckGracePeriodSeconds can not be less than 0.", &[("/healthCheckGracePeriodSeconds", "-5")]),
    (
        "The daemon scheduling strategy does not support values above 100 for maximumPercent",
        &[
            ("/schedulingStrategy", r#""DAEMON""#),
            ("/desiredCount", "null"),
            ("/launchType", r#""EC2""#),
            (DEPLOYMENT, r#"{"maximumPercent": 200}"#),
        ],
    ),
    (
        "Assign public IP is not supported for this launch type.",
        &[("/launchType", r#""EC2""#), ("/networkConfiguration/awsvpcConfiguration/assignPublicIp", r#""ENABLED""#)],
    ),
    ("minimumHealthyPercent must be at most 100", &[(DEPLOYMENT, r#"{"minimumHealthyPercent": 101}"#)]),
    ("maximumPercent must be at least 100", &[(DEPLOYMENT, r#"{"maximumPercent": 50, "minimumHealthyPercent": 60}"#)]),
    (
        "The service couldn't be created because Availability Zone Rebalancing does not support maximumPercent <= 100 %",
        &[
            ("/availabilityZoneRebalancing", r#""ENABLED""#),
            (DEPLOYMENT, r#"{"maximumPercent": 100, "minimumHealthyPercent": 0}"#),
        ],
    ),
    (
        "The service couldn't be created because Availability Zone Rebalancing does not support DAEMON",
        &[
            ("/availabilityZoneRebalancing", r#""ENABLED""#),
            ("/schedulingStrategy", r#""DAEMON""#),
            ("/desiredCount", "null"),
            ("/launchType", r#""EC2""#),
        ],
    ),
    (
        "The DNS name that you provided is invalid.",
        &[
            ("/definition/containerDefinitions/0/portMappings", r#"[{"containerPort": 80, "name": "http"}]"#),
            (
                CONNECT,
                r#"{"enabled": true, "services": [{"portName": "http", "clientAliases": [{"dnsName": "Bad Name", "port": 80}]}]}"#,
            ),
        ],
    ),
    (
        "Invalid port of a client alias: 0",
        &[
            ("/definition/containerDefinitions/0/portMappings", r#"[{"containerPort": 80, "name": "http"}]"#),
            (CONNECT, r#"{"enabled": true, "services": [{"portName": "http", "clientAliases": [{"port": 0}]}]}"#),
        ],
    ),
    ("Error retrieving subnet information for [sg-1]: The subnet ID 'sg-1' is not valid", &[(SUBNETS, r#"["sg-1"]"#)]),
    (
        "Error retrieving security group information for [subnet-1]: The security group ID 'subnet-1' is not valid",
        &[("/networkConfiguration/awsvpcConfiguration/securityGroups", r#"["subnet-1"]"#)],
    ),
];

pub(super) const ROLE: &str = "/executionRoleArn";
const SECRETS: &str = "/containerDefinitions/0/secrets";
const ENVIRONMENT: &str = "/containerDefinitions/0/environment";
pub(super) const LOGS: &str = "/containerDefinitions/0/logConfiguration";
pub(super) const HEALTH: &str = "/containerDefinitions/0/healthCheck";
const DEPENDS: &str = "/containerDefinitions/0/dependsOn";
pub(super) const FILES: &str = "/containerDefinitions/0/environmentFiles";
const MEMORY: &str = "/containerDefinitions/0/memory";
pub(super) const PORTS: &str = "/containerDefinitions/0/portMappings";
pub(super) const LINUX: &str = "/containerDefinitions/0/linuxParameters";
const RESOURCES: &str = "/containerDefinitions/0/resourceRequirements";
pub(super) const CONNECT: &str = "/serviceConnectConfiguration";
/// On instances there is more than on Fargate.
pub(super) const INSTANCES: (&str, &str) = ("/requiresCompatibilities", "null");
pub(super) const DEPLOYMENT: &str = "/deploymentConfiguration";
const SUBNETS: &str = "/networkConfiguration/awsvpcConfiguration/subnets";

/// No error but a warning: an absent field is not managed, and a service that is there already has one.
pub(super) const NO_NETWORK: &str = "Network Configuration must be provided";
