//! What ECS refuses of a new service: what it runs on, where it is placed, what it names, how it is deployed.

use super::table::{CONNECT, DEPLOYMENT, Refused};

pub(super) const SETTINGS: &[Refused] = &[
    // What it runs on.
    (
        "Specifying both a launch type and capacity provider strategy is not supported",
        &[(PROVIDERS, r#"[{"capacityProvider": "FARGATE", "weight": 1}]"#)],
    ),
    ("MANAGED_INSTANCES are chosen by a capacity provider strategy", &[("/launchType", r#""MANAGED_INSTANCES""#)]),
    ("The platform version foo does not exist.", &[("/platformVersion", r#""foo""#)]),
    (
        "The platform version must be null when specifying an EC2 launch type.",
        &[("/launchType", r#""EC2""#), ("/platformVersion", r#""1.4.0""#)],
    ),
    (
        "The scheduling strategy DAEMON does not support a capacity provider strategy.",
        &[LAUNCH, DAEMON, NO_COUNT, (PROVIDERS, r#"[{"capacityProvider": "big", "weight": 1}]"#)],
    ),
    (
        "capacityProviderStrategy can have at most 20 items.",
        &[
            LAUNCH,
            (
                PROVIDERS,
                r#"[{"capacityProvider": "p0", "weight": 1}, {"capacityProvider": "p1", "weight": 1},
                {"capacityProvider": "p2", "weight": 1}, {"capacityProvider": "p3", "weight": 1},
                {"capacityProvider": "p4", "weight": 1}, {"capacityProvider": "p5", "weight": 1},
                {"capacityProvider": "p6", "weight": 1}, {"capacityProvider": "p7", "weight": 1},
                {"capacityProvider": "p8", "weight": 1}, {"capacityProvider": "p9", "weight": 1},
                {"capacityProvider": "p10", "weight": 1}, {"capacityProvider": "p11", "weight": 1},
                {"capacityProvider": "p12", "weight": 1}, {"capacityProvider": "p13", "weight": 1},
                {"capacityProvider": "p14", "weight": 1}, {"capacityProvider": "p15", "weight": 1},
                {"capacityProvider": "p16", "weight": 1}, {"capacityProvider": "p17", "weight": 1},
                {"capacityProvider": "p18", "weight": 1}, {"capacityProvider": "p19", "weight": 1},
                {"capacityProvider": "p20", "weight": 1}]"#,
            ),
        ],
    ),
    (
        "The capacity provider FARGATE is given more than once.",
        &[LAUNCH, (PROVIDERS, r#"[{"capacityProvider": "FARGATE", "weight": 1}, {"capacityProvider": "FARGATE"}]"#)],
    ),
    (
        "A capacity provider strategy cannot contain a mix of capacity providers.",
        &[LAUNCH, (PROVIDERS, r#"[{"capacityProvider": "FARGATE", "weight": 1}, {"capacityProvider": "big"}]"#)],
    ),
    (
        "Only one capacity provider in a strategy can have a base defined.",
        &[
            LAUNCH,
            (
                PROVIDERS,
                r#"[{"capacityProvider": "FARGATE", "weight": 1, "base": 1}, {"capacityProvider": "FARGATE_SPOT", "base": 1}]"#,
            ),
        ],
    ),
    (
        "At least one capacity provider must have a weight greater than zero.",
        &[LAUNCH, (PROVIDERS, r#"[{"capacityProvider": "FARGATE"}, {"capacityProvider": "FARGATE_SPOT"}]"#)],
    ),
    // Where it is placed.
    (
        "On Fargate placementConstraints can have no items.",
        &[("/placementConstraints", r#"[{"type": "distinctInstance"}]"#)],
    ),
    (
        "On Fargate placementStrategy can have no items.",
        &[
            LAUNCH,
            (PROVIDERS, r#"[{"capacityProvider": "FARGATE", "weight": 1}]"#),
            (STRATEGY, r#"[{"type": "spread", "field": "instanceId"}]"#),
        ],
    ),
    (
        "placementStrategy can have at most 5 items.",
        &[
            INSTANCES,
            (
                STRATEGY,
                r#"[{"type": "random"}, {"type": "random"}, {"type": "random"}, {"type": "random"}, {"type": "random"},
                    {"type": "random"}]"#,
            ),
        ],
    ),
    (
        "The scheduling strategy DAEMON does not support a placement strategy.",
        &[INSTANCES, DAEMON, NO_COUNT, (STRATEGY, r#"[{"type": "random"}]"#)],
    ),
    (
        "The placement constraint distinctInstance takes no expression.",
        &[INSTANCES, ("/placementConstraints", r#"[{"type": "distinctInstance", "expression": "a"}]"#)],
    ),
    (
        "The placement strategy binpack goes by the field cpu or memory.",
        &[INSTANCES, (STRATEGY, r#"[{"type": "binpack", "field": "disk"}]"#)],
    ),
    // What it names.
    (
        "A load balancer must have a targetGroupArn or a loadBalancerName.",
        &[(BALANCERS, r#"[{"containerName": "web", "containerPort": 80}]"#)],
    ),
    (
        "Classic Load Balancers are not supported when networkMode 'awsvpc' is specified.",
        &[(BALANCERS, r#"[{"loadBalancerName": "web", "containerName": "web", "containerPort": 80}]"#)],
    ),
    (
        "A role is for a service with a load balancer and without awsvpc.",
        &[("/role", r#""arn:aws:iam::123456789012:role/balancer""#)],
    ),
    (
        "Multiple service registries for each service are not supported.",
        &[(
            REGISTRIES,
            r#"[{"registryArn": "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1"},
                {"registryArn": "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-2"}]"#,
        )],
    ),
    (
        "A service registry can have a port or a containerPort, not both.",
        &[(
            REGISTRIES,
            r#"[{"registryArn": "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1", "port": 80, "containerName": "web", "containerPort": 80}]"#,
        )],
    ),
    (
        "The container wbe does not exist in the task definition.",
        &[(
            REGISTRIES,
            r#"[{"registryArn": "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1", "containerName": "wbe", "containerPort": 80}]"#,
        )],
    ),
    (
        "The task definition has no port mapping with the name htp.",
        &[(CONNECT, r#"{"enabled": true, "services": [{"portName": "htp"}]}"#)],
    ),
    (
        "The task definition has no port mapping with the name htp.",
        &[(
            "/vpcLatticeConfigurations",
            r#"[{"roleArn": "arn:aws:iam::123456789012:role/lattice", "targetGroupArn": "arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-0123456789abcdef0", "portName": "htp"}]"#,
        )],
    ),
    (
        "Service Connect names the port http more than once.",
        &[
            ("/definition/containerDefinitions/0/portMappings", r#"[{"containerPort": 80, "name": "http"}]"#),
            (CONNECT, r#"{"enabled": true, "services": [{"portName": "http"}, {"portName": "http"}]}"#),
        ],
    ),
    (
        "The task definition has no volume data that is configuredAtLaunch.",
        &[(
            VOLUMES,
            r#"[{"name": "data", "managedEBSVolume": {"roleArn": "arn:aws:iam::123456789012:role/ebs", "sizeInGiB": 1}}]"#,
        )],
    ),
    (
        "A managedEBSVolume must have a sizeInGiB or a snapshotId.",
        &[
            ("/definition/volumes", r#"[{"name": "data", "configuredAtLaunch": true}]"#),
            (VOLUMES, r#"[{"name": "data", "managedEBSVolume": {"roleArn": "arn:aws:iam::123456789012:role/ebs"}}]"#),
        ],
    ),
    // How it is deployed.
    (
        "canaryConfiguration is only valid when the deployment strategy is CANARY.",
        &[(DEPLOYMENT, r#"{"strategy": "LINEAR", "canaryConfiguration": {"canaryPercent": 20}}"#)],
    ),
    (
        "stepPercent must be between 3 and 100.",
        &[(DEPLOYMENT, r#"{"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 1}}"#)],
    ),
    (
        "A lifecycle hook of a Lambda function must have a hookTargetArn.",
        &[(
            DEPLOYMENT,
            r#"{"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, "lifecycleHooks": [{"lifecycleStages": ["PRE_SCALE_UP"]}]}"#,
        )],
    ),
];

const LAUNCH: (&str, &str) = ("/launchType", "null");
const INSTANCES: (&str, &str) = ("/launchType", r#""EC2""#);
const DAEMON: (&str, &str) = ("/schedulingStrategy", r#""DAEMON""#);
const NO_COUNT: (&str, &str) = ("/desiredCount", "null");
const PROVIDERS: &str = "/capacityProviderStrategy";
const STRATEGY: &str = "/placementStrategy";
const BALANCERS: &str = "/loadBalancers";
const REGISTRIES: &str = "/serviceRegistries";
const VOLUMES: &str = "/volumeConfigurations";
