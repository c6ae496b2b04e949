//! What ECS refuses of the parts of a task definition: what Fargate and the network modes do not have, ports, volumes, limits.

use super::table::{FILES, HEALTH, INSTANCES, LINUX, LOGS, PORTS, ROLE, Refused};

pub(super) const PARTS: &[Refused] = &[
    ("Role is not valid", &[("/taskRoleArn", r#""arn:aws:s3:::somewhere-else""#)]),
    (
        "Private repository authentication requires that the task definition specify a value for executionRoleArn.",
        &[
            (ROLE, "null"),
            (
                "/containerDefinitions/0/repositoryCredentials",
                r#"{"credentialsParameter": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub-AbCdEf"}"#,
            ),
        ],
    ),
    (
        "Environment files require that the task definition specify a value for executionRoleArn.",
        &[(ROLE, "null"), (FILES, r#"[{"type": "s3", "value": "arn:aws:s3:::config/one.env"}]"#)],
    ),
    (
        "Environment variable name cannot be null or blank.",
        &[("/containerDefinitions/0/environment", r#"[{"value": "a"}]"#)],
    ),
    // Fargate.
    (
        "Fargate compatible task definitions do not support placementConstraints",
        &[("/placementConstraints", r#"[{"type": "memberOf", "expression": "a"}]"#)],
    ),
    (
        "Fargate compatible task definitions do not support inferenceAccelerators",
        &[("/inferenceAccelerators", r#"[{"deviceName": "a", "deviceType": "eia1.medium"}]"#)],
    ),
    (
        "Fargate compatible task definitions do not support dnsServers",
        &[("/containerDefinitions/0/dnsServers", r#"["10.0.0.1"]"#)],
    ),
    (
        "Fargate compatible task definitions do not support dnsSearchDomains",
        &[("/containerDefinitions/0/dnsSearchDomains", r#"["shop.local"]"#)],
    ),
    (
        "Fargate compatible task definitions do not support devices",
        &[(LINUX, r#"{"devices": [{"hostPath": "/dev/a"}]}"#)],
    ),
    ("Fargate compatible task definitions do not support sharedMemorySize", &[(LINUX, r#"{"sharedMemorySize": 64}"#)]),
    ("Fargate compatible task definitions do not support maxSwap", &[(LINUX, r#"{"maxSwap": 64}"#)]),
    ("Fargate compatible task definitions do not support swappiness", &[(LINUX, r#"{"swappiness": 60}"#)]),
    (
        "Fargate requires that the 'disableNetworking' setting be 'false'.",
        &[("/containerDefinitions/0/disableNetworking", "true")],
    ),
    (
        "Fargate compatible task definitions do not support log driver journald",
        &[(LOGS, r#"{"logDriver": "journald"}"#)],
    ),
    (
        "Log driver awslogs requires on Fargate the option: awslogs-stream-prefix",
        &[(LOGS, r#"{"logDriver": "awslogs", "options": {"awslogs-group": "a", "awslogs-region": "eu-west-1"}}"#)],
    ),
    (
        "Fargate supports for a log router the config-file-type 'file' alone.",
        &[(
            "/containerDefinitions/0/firelensConfiguration",
            r#"{"type": "fluentbit", "options": {"config-file-type": "s3", "config-file-value": "arn:aws:s3:::config/a"}}"#,
        )],
    ),
    ("Windows containers on Fargate need at least 1024 CPU units.", &[WINDOWS]),
    (
        "Windows containers on Fargate do not support pidMode.",
        &[WINDOWS, ("/cpu", r#""1024""#), ("/memory", r#""2048""#), ("/pidMode", r#""task""#)],
    ),
    // Texts with a grammar.
    (
        "Invalid credential spec of a container: arn:aws:s3:::specs/gmsa.json",
        &[("/containerDefinitions/0/credentialSpecs", r#"["arn:aws:s3:::specs/gmsa.json"]"#)],
    ),
    (
        "Invalid credential spec of a container: credentialspec:arn:aws:s3:::specs",
        &[("/containerDefinitions/0/credentialSpecs", r#"["credentialspec:arn:aws:s3:::specs"]"#)],
    ),
    (
        "Invalid config-file-type of a log router: nope",
        &[(
            "/containerDefinitions/0/firelensConfiguration",
            r#"{"type": "fluentbit", "options": {"config-file-type": "nope", "config-file-value": "/a"}}"#,
        )],
    ),
    (
        "Invalid ipAddress of an extra host: 10.0.0.999",
        &[INSTANCES, BRIDGE, (HOSTS, r#"[{"hostname": "a", "ipAddress": "10.0.0.999"}]"#)],
    ),
    // Network modes.
    ("When networkMode=awsvpc, 'hostname' is not supported.", &[("/containerDefinitions/0/hostname", r#""web""#)]),
    (
        "When networkMode=awsvpc, 'extraHosts' is not supported.",
        &[(HOSTS, r#"[{"hostname": "a", "ipAddress": "10.0.0.1"}]"#)],
    ),
    ("When networkMode=awsvpc, 'links' is not supported.", &[("/containerDefinitions/0/links", r#"["web:a"]"#)]),
    ("When networkMode=none, 'portMappings' is not supported.", &[INSTANCES, ("/networkMode", r#""none""#)]),
    (
        "When networkMode=host, 'containerPortRange' is not supported.",
        &[INSTANCES, ("/networkMode", r#""host""#), (PORTS, r#"[{"containerPortRange": "80-90"}]"#)],
    ),
    // Ports.
    (
        "The names of port mappings must be unique: http",
        &[(PORTS, r#"[{"containerPort": 80, "name": "http"}, {"containerPort": 81, "name": "http"}]"#)],
    ),
    ("The name of a port mapping is not valid: '-http'", &[(PORTS, r#"[{"containerPort": 80, "name": "-http"}]"#)]),
    ("A port mapping must have a containerPort or a containerPortRange.", &[(PORTS, r#"[{"protocol": "tcp"}]"#)]),
    (
        "A port mapping with a containerPortRange cannot have a hostPort.",
        &[(PORTS, r#"[{"containerPortRange": "80-90", "hostPort": 80}]"#)],
    ),
    ("The containerPortRange is not valid: '90-80'", &[(PORTS, r#"[{"containerPortRange": "90-80"}]"#)]),
    (
        "The port 80/tcp is mapped more than once.",
        &[(
            "/containerDefinitions",
            r#"[{"name": "web", "image": "web", "portMappings": [{"containerPort": 80}]},
                {"name": "side", "image": "side", "portMappings": [{"containerPort": 80}]}]"#,
        )],
    ),
    (
        "The port 80/tcp is mapped more than once.",
        &[
            INSTANCES,
            BRIDGE,
            (PORTS, r#"[{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]"#),
        ],
    ),
    // Volumes.
    ("The name of a volume is not valid: 'a b'", &[(VOLUMES, r#"[{"name": "a b"}]"#)]),
    ("The names of volumes must be unique: a", &[(VOLUMES, r#"[{"name": "a"}, {"name": "a"}]"#)]),
    (
        "The volume 'a' can be of one kind alone.",
        &[
            INSTANCES,
            (
                VOLUMES,
                r#"[{"name": "a", "host": {"sourcePath": "/a"}, "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]"#,
            ),
        ],
    ),
    (
        "Only one volume can be configuredAtLaunch.",
        &[(VOLUMES, r#"[{"name": "a", "configuredAtLaunch": true}, {"name": "b", "configuredAtLaunch": true}]"#)],
    ),
    (
        "EFS authorization by IAM or an access point requires transitEncryption ENABLED.",
        &[(
            VOLUMES,
            r#"[{"name": "a", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "authorizationConfig": {"iam": "ENABLED"}}}]"#,
        )],
    ),
    (
        "With an EFS access point the rootDirectory must be omitted or '/'.",
        &[(
            VOLUMES,
            r#"[{"name": "a", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/x", "transitEncryption": "ENABLED", "authorizationConfig": {"accessPointId": "fsap-1"}}}]"#,
        )],
    ),
    (
        "Two volumes are mounted at '/a'.",
        &[
            (VOLUMES, r#"[{"name": "a"}, {"name": "b"}]"#),
            (
                "/containerDefinitions/0/mountPoints",
                r#"[{"sourceVolume": "a", "containerPath": "/a"}, {"sourceVolume": "b", "containerPath": "/a"}]"#,
            ),
        ],
    ),
    // Limits, sizes, other containers.
    (
        "Only one container in a task can specify NeuronDevice resources.",
        &[
            INSTANCES,
            (
                "/containerDefinitions",
                r#"[{"name": "web", "image": "web", "resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]},
                    {"name": "side", "image": "side", "resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]}]"#,
            ),
        ],
    ),
    (
        "The cpuArchitecture ARM64 is supported for Linux tasks alone.",
        &[
            INSTANCES,
            (PLATFORM, r#"{"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "ARM64"}"#),
        ],
    ),
    (
        "The ulimit 'nofile' is given more than once.",
        &[(
            LIMITS,
            r#"[{"name": "nofile", "softLimit": 1, "hardLimit": 2}, {"name": "nofile", "softLimit": 1, "hardLimit": 2}]"#,
        )],
    ),
    (
        "The soft limit of the ulimit 'nofile' is above its hard limit.",
        &[(LIMITS, r#"[{"name": "nofile", "softLimit": 3, "hardLimit": 2}]"#)],
    ),
    (
        "Invalid 'swappiness' setting for container 'web'. It should be at most 100.",
        &[INSTANCES, (LINUX, r#"{"swappiness": 200}"#)],
    ),
    (
        "placementConstraints can have at most 10 items.",
        &[
            INSTANCES,
            (
                "/placementConstraints",
                r#"[{"type": "memberOf", "expression": "a"}, {"type": "memberOf", "expression": "b"},
                    {"type": "memberOf", "expression": "c"}, {"type": "memberOf", "expression": "d"},
                    {"type": "memberOf", "expression": "e"}, {"type": "memberOf", "expression": "f"},
                    {"type": "memberOf", "expression": "g"}, {"type": "memberOf", "expression": "h"},
                    {"type": "memberOf", "expression": "i"}, {"type": "memberOf", "expression": "j"},
                    {"type": "memberOf", "expression": "k"}]"#,
            ),
        ],
    ),
    (
        "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
        &[(
            "/containerDefinitions",
            r#"[{"name": "web", "image": "web", "memoryReservation": 300}, {"name": "side", "image": "side", "memoryReservation": 300}]"#,
        )],
    ),
    (
        "Invalid 'links' setting. Unknown container: 'side'",
        &[INSTANCES, BRIDGE, ("/containerDefinitions/0/links", r#"["side:a"]"#)],
    ),
    (
        "Invalid 'volumesFrom' setting. A container has its own volumes already.",
        &[("/containerDefinitions/0/volumesFrom", r#"[{"sourceContainer": "web"}]"#)],
    ),
    (
        "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be",
        &[(LOGS, r#"{"logDriver": "awsfirelens"}"#)],
    ),
    ("The health check has no command after CMD-SHELL.", &[(HEALTH, r#"{"command": ["CMD-SHELL"]}"#)]),
];

const VOLUMES: &str = "/volumes";
const HOSTS: &str = "/containerDefinitions/0/extraHosts";
const LIMITS: &str = "/containerDefinitions/0/ulimits";
const PLATFORM: &str = "/runtimePlatform";
const BRIDGE: (&str, &str) = ("/networkMode", "null");
const WINDOWS: (&str, &str) =
    (PLATFORM, r#"{"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}"#);
