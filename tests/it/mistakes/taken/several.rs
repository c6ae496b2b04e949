//! Files with several mistakes: what is mended one after the other, and what the sandbox says before each.

/// The beginning of a refusal, and what mends it: the number of the document with a pointer into it, and what stands there,
/// null for nothing.
type Mend = (&'static str, &'static [(&'static str, &'static str)]);

pub(super) struct Several {
    pub(super) name: &'static str,
    /// How many of its errors are evenkeel's own: no request says them.
    pub(super) ours: usize,
    pub(super) mends: &'static [Mend],
}

pub(super) const SEVERAL: &[Several] = &[
    Several {
        name: "extra-host",
        ours: 0,
        mends: &[
            (
                "Invalid ipAddress of an extra host: db.shop.example.com",
                &[("0/spec/containerDefinitions/0/extraHosts/0/ipAddress", r#""10.0.0.1""#)],
            ),
            (
                "Invalid ipAddress of an extra host: 10.0.0.999",
                &[("0/spec/containerDefinitions/0/extraHosts/1/ipAddress", r#""10.0.0.9""#)],
            ),
        ],
    },
    Several {
        name: "fargate-defaults",
        ours: 0,
        mends: &[
            (
                "Fargate compatible task definitions do not support dockerVolumeConfiguration",
                &[("0/spec/volumes/0/dockerVolumeConfiguration", "null")],
            ),
            (
                "Fargate compatible task definitions do not support dockerVolumeConfiguration",
                &[("0/spec/volumes/1/dockerVolumeConfiguration", "null")],
            ),
            (
                "Fargate compatible task definitions do not support swappiness",
                &[("0/spec/containerDefinitions/0/linuxParameters", "null")],
            ),
        ],
    },
    Several {
        name: "fargate-dns",
        ours: 0,
        mends: &[
            (
                "Fargate compatible task definitions do not support dnsServers",
                &[("0/spec/containerDefinitions/0/dnsServers", "null")],
            ),
            (
                "Fargate compatible task definitions do not support dnsSearchDomains",
                &[("0/spec/containerDefinitions/0/dnsSearchDomains", "null")],
            ),
            (
                "Fargate requires that the 'disableNetworking' setting be 'false'.",
                &[("0/spec/containerDefinitions/0/disableNetworking", "null")],
            ),
        ],
    },
    Several {
        name: "fargate-without-sizes",
        ours: 0,
        mends: &[
            ("Fargate requires that 'cpu' be defined at the task level.", &[("0/spec/cpu", r#""256""#)]),
            ("Fargate requires that 'memory' be defined at the task level.", &[("0/spec/memory", r#""512""#)]),
        ],
    },
    Several {
        name: "health-check-bounds",
        ours: 0,
        mends: &[
            (
                "Health check interval must be greater than or equal to",
                &[("0/spec/containerDefinitions/0/healthCheck/interval", "10")],
            ),
            (
                "Health check retries must be less than or equal to",
                &[("0/spec/containerDefinitions/0/healthCheck/retries", "3")],
            ),
        ],
    },
    Several {
        name: "linux-words",
        ours: 0,
        mends: &[
            (
                "Invalid capability: NOPE",
                &[("0/spec/containerDefinitions/0/linuxParameters/capabilities/add", r#"["KILL"]"#)],
            ),
            (
                "Invalid capability: CAP_CHOWN",
                &[("0/spec/containerDefinitions/0/linuxParameters/capabilities/drop", r#"["CHOWN"]"#)],
            ),
            (
                "Invalid mount option for tmpfs: nope",
                &[("0/spec/containerDefinitions/0/linuxParameters/tmpfs/0/mountOptions", r#"["ro", "mode=1777"]"#)],
            ),
        ],
    },
    Several {
        name: "many-mistakes",
        ours: 2,
        mends: &[
            (
                "unknown member containerDefinitions[0].imagee",
                &[
                    ("1/spec/containerDefinitions/0/imagee", "null"),
                    ("1/spec/containerDefinitions/0/image", r#""shop/web:1""#),
                ],
            ),
            ("1 validation error detected: Value at 'networkMode'", &[("1/spec/networkMode", r#""bridge""#)]),
            ("The secret name must be unique and not shared", &[("1/spec/containerDefinitions/0/environment", "null")]),
            (
                "Cannot depend on container log because it does not exist",
                &[("1/spec/containerDefinitions/0/dependsOn", "null")],
            ),
            ("Invalid 'memory' setting for task.", &[("1/spec/memory", r#""512""#)]),
            ("unknown member launchTyp", &[("0/spec/launchTyp", "null")]),
            ("desiredCount", &[("0/spec/desiredCount", "1")]),
            ("TaskDefinition not found.", &[("0/spec/taskDefinitionRef/name", r#""web""#)]),
        ],
    },
    Several {
        name: "memory-not-whole",
        ours: 0,
        mends: &[
            (
                "containerDefinitions[0].memory must be a whole number",
                &[("0/spec/containerDefinitions/0/memory", "128")],
            ),
            (
                "containerDefinitions[1].memory must be a whole number",
                &[("0/spec/containerDefinitions/1/memory", "64")],
            ),
        ],
    },
    Several {
        name: "names-of-kubernetes",
        ours: 3,
        mends: &[
            ("unknown member name", &[("1/spec/name", "null")]),
            ("unknown member name", &[("2/spec/name", "null")]),
        ],
    },
    Several {
        name: "number-too-large",
        ours: 1,
        mends: &[
            (
                "deploymentConfiguration.maximumPercent must be a whole number",
                &[("0/spec/deploymentConfiguration", "null")],
            ),
            ("desiredCount", &[("0/spec/desiredCount", "1")]),
        ],
    },
    Several {
        name: "pasted-tags",
        ours: 1,
        mends: &[(
            "aws: prefixed tag key names are not allowed for external use",
            &[("0/spec/tags/1", r#"{"key": "stack", "value": "shop"}"#)],
        )],
    },
    Several {
        name: "resource-neuron",
        ours: 0,
        mends: &[
            (
                "When the type is NeuronDevice, the value must be ALL.",
                &[("0/spec/containerDefinitions/0/resourceRequirements/0/value", r#""ALL""#)],
            ),
            (
                "Specify a sharing strategy only when the type is GPU.",
                &[(
                    "0/spec/containerDefinitions/0/resourceRequirements/1",
                    r#"{"type": "NeuronDevice", "value": "ALL"}"#,
                )],
            ),
            (
                "Only one container in a task can specify NeuronDevice resources.",
                &[("0/spec/containerDefinitions/0/resourceRequirements", "null")],
            ),
        ],
    },
    Several {
        name: "resource-without-value",
        ours: 0,
        mends: &[
            (
                "You must specify a value for a resource requirement",
                &[("0/spec/containerDefinitions/0/resourceRequirements/0/value", r#""1""#)],
            ),
            (
                "You must specify a value for a resource requirement",
                &[("0/spec/containerDefinitions/0/resourceRequirements/1/value", r#""eia""#)],
            ),
        ],
    },
    Several {
        name: "secret-with-a-value",
        ours: 2,
        mends: &[(
            "unknown member containerDefinitions[0].logConfiguration.secretOptions[0].value",
            &[("0/spec/containerDefinitions/0/logConfiguration/secretOptions", "null")],
        )],
    },
    Several {
        name: "service-bounds",
        ours: 0,
        mends: &[
            (
                "minimumHealthyPercent must be at most 100",
                &[("0/spec/deploymentConfiguration/minimumHealthyPercent", "100")],
            ),
            ("maximumPercent must be at least 100", &[("0/spec/deploymentConfiguration/maximumPercent", "200")]),
        ],
    },
    Several {
        name: "service-connect-alias",
        ours: 0,
        mends: &[
            (
                "1 validation error detected: Value at 'serviceConnectConfiguration.containerConfigurations[0]'",
                &[("0/spec/serviceConnectConfiguration/containerConfigurations", "null")],
            ),
            (
                "The DNS name that you provided is invalid.",
                &[("0/spec/serviceConnectConfiguration/services/0/clientAliases/0/dnsName", r#""web""#)],
            ),
            (
                "Invalid port of a client alias: 0",
                &[("0/spec/serviceConnectConfiguration/services/0/clientAliases/0/port", "80")],
            ),
        ],
    },
    Several {
        name: "service-daemon",
        ours: 0,
        mends: &[
            (
                "The scheduling strategy DAEMON does not support a capacity provider strategy.",
                &[("0/spec/capacityProviderStrategy", "null")],
            ),
            (
                "The scheduling strategy DAEMON does not support a placement strategy.",
                &[("0/spec/placementStrategy", "null")],
            ),
            (
                "The daemon scheduling strategy does not support values above 100 for maximumPercent",
                &[("0/spec/deploymentConfiguration/maximumPercent", "100")],
            ),
        ],
    },
    Several {
        name: "service-network-ids",
        ours: 0,
        mends: &[
            (
                "Error retrieving subnet information for [sg-1]",
                &[("0/spec/networkConfiguration/awsvpcConfiguration/subnets", r#"["subnet-a"]"#)],
            ),
            (
                "Error retrieving security group information for [subnet-a]",
                &[("0/spec/networkConfiguration/awsvpcConfiguration/securityGroups", r#"["sg-1"]"#)],
            ),
        ],
    },
    Several {
        name: "service-placement-without-words",
        ours: 0,
        mends: &[
            (
                "The placement strategy binpack goes by the field cpu or memory.",
                &[("0/spec/placementStrategy/0/field", r#""cpu""#)],
            ),
            (
                "The placement strategy binpack goes by the field cpu or memory.",
                &[("0/spec/placementStrategy/1/field", r#""memory""#)],
            ),
        ],
    },
    Several {
        name: "size-not-whole",
        ours: 0,
        mends: &[
            ("Invalid 'cpu' setting for task.", &[("0/spec/cpu", r#""256""#)]),
            ("Invalid 'memory' setting for task.", &[("0/spec/memory", r#""512""#)]),
        ],
    },
    Several {
        name: "text-instead-of-small-map",
        ours: 0,
        mends: &[
            (
                "containerDefinitions[0].dependsOn[0] must be an object",
                &[("0/spec/containerDefinitions/0/dependsOn", "null")],
            ),
            (
                "containerDefinitions[0].environment[0] must be an object",
                &[("0/spec/containerDefinitions/0/environment", "null")],
            ),
            (
                "containerDefinitions[0].ulimits[0] must be an object",
                &[("0/spec/containerDefinitions/0/ulimits", "null")],
            ),
        ],
    },
    Several {
        name: "variable-as-a-key",
        ours: 5,
        mends: &[
            (
                "unknown member containerDefinitions[0].environment[2].valu",
                &[("0/spec/containerDefinitions/0/environment/2", r#"{"name": "C", "value": "c"}"#)],
            ),
            (
                "Environment variable name cannot be null or blank.",
                &[("0/spec/containerDefinitions/0/environment/0", r#"{"name": "A", "value": "a"}"#)],
            ),
        ],
    },
];
