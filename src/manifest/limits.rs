//! Bounds of ECS's fields that the API model states in its documentation alone, put into the schemas.
//!
//! They reach `check`, the published schemas and the CustomResourceDefinitions alike. Where nothing else is named, the
//! source is the API model's text of that field (`docs/aws-behaviour.md`, ECS-API).

use serde_json::Value;

use super::advice;
use super::explain::WORDS;
use crate::model::id::Kind;

/// Where, which keywords as JSON, and in words what a pattern takes.
type Limit = (&'static str, &'static str, &'static str);

const NAME: &str = r#"{"pattern": "^[A-Za-z0-9_-]+$", "minLength": 1, "maxLength": 255}"#;
/// The name of a port, which is also a name in Cloud Map.
const PORT_NAME: &str = r#"{"pattern": "^[a-z0-9_][a-z0-9_-]*$", "minLength": 1, "maxLength": 64}"#;
/// A name that tasks reach others by.
const DNS_NAME: &str = r#"{"pattern": "^[a-z0-9_.][a-z0-9_.-]*$", "maxLength": 127}"#;
/// ECS developer guide, task definition parameters: both forms, and that ECS turns them into numbers.
const CPU: &str = r#"{"pattern": "^([0-9]+|[0-9]*\\.?[0-9]+ *[vV][cC][pP][uU])$"}"#;
const MEMORY: &str = r#"{"pattern": "^([0-9]+|[0-9]*\\.?[0-9]+ *[gG][bB])$"}"#;

const CAPABILITY: &str = r#"{
    "enum": [
        "ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH",
        "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN",
        "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID",
        "SETPCAP", "SETUID", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT",
        "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM"
    ]
}"#;
/// Some options have a value behind them, as in `mode=1777`.
const MOUNT_OPTION: &str = concat!(
    r#"{"pattern": "^(defaults|ro|rw|suid|nosuid|dev|nodev|exec|noexec|sync|async|dirsync|remount|mand|nomand|atime|"#,
    "noatime|diratime|nodiratime|bind|rbind|unbindable|runbindable|private|rprivate|shared|rshared|",
    "slave|rslave|relatime|norelatime|strictatime|nostrictatime|mode|uid|gid|nr_inodes|nr_blocks|",
    r#"mpol)(=.*)?$"}"#,
);

/// A union of AWS's.
const ONE_MEMBER: &str = r#"{"minProperties": 1}"#;

/// 50, less the tags of evenkeel's own (`model::tags`).
const TAGS: &str = r#"{"maxItems": 46}"#;
const TAG_KEY: &str = r#"{"pattern": "^[\\p{L}\\p{N}\\p{Z}_.:/=+@-]+$"}"#;
const TAG_VALUE: &str = r#"{"pattern": "^[\\p{L}\\p{N}\\p{Z}_.:/=+@-]*$"}"#;

const SECRET: &[Limit] = &[(
    "tags",
    r#"{
        "maxProperties": 46,
        "propertyNames": {
            "minLength": 1,
            "maxLength": 128,
            "pattern": "^[\\p{L}\\p{N}\\p{Z}_.:/=+@-]+$",
            "patternErrorMessage": "takes letters, digits, spaces and any of _.:/=+@-"
        },
        "additionalProperties": {
            "type": "string",
            "maxLength": 256,
            "pattern": "^[\\p{L}\\p{N}\\p{Z}_.:/=+@-]*$",
            "patternErrorMessage": "takes letters, digits, spaces and any of _.:/=+@-"
        }
    }"#,
    "",
)];

/// evenkeel's own unions.
const EXACTLY_ONE: &str = r#"{"minProperties": 1, "maxProperties": 1}"#;

const EXECUTION_ROLE: &[Limit] = &[("grants[]", EXACTLY_ONE, "")];

const TASK_DEFINITION: &[Limit] = &[
    ("tags", TAGS, ""),
    ("tags[].key", TAG_KEY, advice::TAG),
    ("tags[].value", TAG_VALUE, advice::TAG),
    // ECS developer guide, task definition parameters: both are required.
    ("containerDefinitions[]", r#"{"required": ["name", "image"]}"#, ""),
    ("containerDefinitions[].environment[]", r#"{"required": ["name"]}"#, ""),
    ("containerDefinitions[].environment[].name", r#"{"minLength": 1}"#, ""),
    ("cpu", CPU, "is a number of CPU units such as 256, or of vCPUs such as `0.25 vCPU`"),
    ("memory", MEMORY, "is a number of MiB such as 512, or of GB such as `0.5 GB`"),
    // The quota of containers of one task definition (ECS developer guide, service quotas).
    ("containerDefinitions", r#"{"minItems": 1, "maxItems": 10}"#, ""),
    // One of each word.
    ("requiresCompatibilities", r#"{"maxItems": 4}"#, ""),
    ("placementConstraints", r#"{"maxItems": 10}"#, ""),
    ("placementConstraints[].expression", r#"{"maxLength": 2000}"#, ""),
    ("ephemeralStorage.sizeInGiB", r#"{"minimum": 21, "maximum": 200}"#, ""),
    ("volumes[].name", NAME, advice::NAME),
    ("volumes[].efsVolumeConfiguration.transitEncryptionPort", r#"{"minimum": 0, "maximum": 65535}"#, ""),
    ("containerDefinitions[].name", NAME, advice::NAME),
    // The reference says which characters an image takes; a digest is sha256 and 64 hexadecimal digits.
    (
        "containerDefinitions[].image",
        r#"{"minLength": 1, "pattern": "^[A-Za-z0-9_.:/#-]{1,255}(@sha256:[A-Fa-f0-9]{64})?$"}"#,
        "is a repository with a tag or `@sha256:` and 64 hexadecimal digits: letters, digits and any of -_.:/#",
    ),
    ("containerDefinitions[].cpu", r#"{"minimum": 0}"#, ""),
    ("containerDefinitions[].memory", r#"{"minimum": 4}"#, ""),
    ("containerDefinitions[].memoryReservation", r#"{"minimum": 4}"#, ""),
    ("containerDefinitions[].portMappings[].containerPort", r#"{"minimum": 1, "maximum": 65535}"#, ""),
    ("containerDefinitions[].portMappings[].hostPort", r#"{"minimum": 0, "maximum": 65535}"#, ""),
    ("containerDefinitions[].portMappings[].name", PORT_NAME, advice::PORT_NAME),
    (
        "containerDefinitions[].portMappings[].containerPortRange",
        r#"{"pattern": "^[0-9]{1,5}-[0-9]{1,5}$"}"#,
        "is two ports such as 8000-8010",
    ),
    ("containerDefinitions[].restartPolicy.ignoredExitCodes", r#"{"maxItems": 50}"#, ""),
    ("containerDefinitions[].restartPolicy.restartAttemptPeriod", r#"{"minimum": 60, "maximum": 1800}"#, ""),
    ("containerDefinitions[].environmentFiles", r#"{"maxItems": 10}"#, ""),
    (
        "containerDefinitions[].environmentFiles[].value",
        r#"{"pattern": "^arn:[a-z-]+:s3:::[^/]+/.*\\.env$"}"#,
        "is the ARN of an object in S3 that ends in .env: `arn:aws:s3:::BUCKET/KEY.env`",
    ),
    ("containerDefinitions[].linuxParameters.swappiness", r#"{"minimum": 0, "maximum": 100}"#, ""),
    ("containerDefinitions[].linuxParameters.capabilities.add[]", CAPABILITY, ""),
    ("containerDefinitions[].linuxParameters.capabilities.drop[]", CAPABILITY, ""),
    (
        "containerDefinitions[].linuxParameters.tmpfs[].mountOptions[]",
        MOUNT_OPTION,
        "is an option of a tmpfs mount, such as ro, noexec or mode=1777",
    ),
    ("containerDefinitions[].resourceRequirements[].sharingStrategy", ONE_MEMBER, ""),
    ("containerDefinitions[].linuxParameters.maxSwap", r#"{"minimum": 0}"#, ""),
    ("containerDefinitions[].startTimeout", r#"{"minimum": 0}"#, ""),
    ("containerDefinitions[].stopTimeout", r#"{"minimum": 0}"#, ""),
    ("containerDefinitions[].healthCheck.command", r#"{"minItems": 1}"#, ""),
    ("containerDefinitions[].healthCheck.interval", r#"{"minimum": 5, "maximum": 300}"#, ""),
    ("containerDefinitions[].healthCheck.timeout", r#"{"minimum": 2, "maximum": 60}"#, ""),
    ("containerDefinitions[].healthCheck.retries", r#"{"minimum": 1, "maximum": 10}"#, ""),
    ("containerDefinitions[].healthCheck.startPeriod", r#"{"minimum": 0, "maximum": 300}"#, ""),
    ("containerDefinitions[].credentialSpecs", r#"{"maxItems": 1}"#, ""),
    (
        "containerDefinitions[].credentialSpecs[]",
        r#"{"pattern": "^credentialspec(:file://.+|(domainless)?:arn:[a-z-]+:(s3:::[^/]+/.+|ssm:[a-z0-9-]+:[0-9]{12}:parameter/.+))$"}"#,
        "is `credentialspec:ARN` or `credentialspecdomainless:ARN`, of an object in S3 or of a parameter, or `credentialspec:file://FILE`",
    ),
    // Docker takes its own word for the address of the host. What is no address all the same is found by `checks`.
    (
        "containerDefinitions[].extraHosts[].ipAddress",
        r#"{"pattern": "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+|host-gateway)$"}"#,
        "is an IP address such as 10.0.0.1, or `host-gateway`",
    ),
];

const SERVICE: &[Limit] = &[
    ("tags", TAGS, ""),
    ("tags[].key", TAG_KEY, advice::TAG),
    ("tags[].value", TAG_VALUE, advice::TAG),
    ("volumeConfigurations[].managedEBSVolume.tagSpecifications[].tags[].key", TAG_KEY, advice::TAG),
    ("volumeConfigurations[].managedEBSVolume.tagSpecifications[].tags[].value", TAG_VALUE, advice::TAG),
    ("desiredCount", r#"{"minimum": 0}"#, ""),
    // ECS developer guide, Fargate platform versions.
    (
        "platformVersion",
        r#"{"pattern": "^(LATEST|[0-9]+\\.[0-9]+\\.[0-9]+)$"}"#,
        "is `LATEST` or a version such as 1.4.0",
    ),
    ("healthCheckGracePeriodSeconds", r#"{"minimum": 0}"#, ""),
    ("capacityProviderStrategy", r#"{"maxItems": 20}"#, ""),
    ("placementConstraints", r#"{"maxItems": 10}"#, ""),
    ("placementConstraints[].expression", r#"{"maxLength": 2000}"#, ""),
    ("placementStrategy", r#"{"maxItems": 5}"#, ""),
    ("serviceRegistries", r#"{"maxItems": 1}"#, ""),
    ("loadBalancers", r#"{"maxItems": 5}"#, ""),
    ("networkConfiguration.awsvpcConfiguration.subnets", r#"{"minItems": 1, "maxItems": 16}"#, ""),
    ("networkConfiguration.awsvpcConfiguration.securityGroups", r#"{"maxItems": 5}"#, ""),
    ("networkConfiguration.awsvpcConfiguration.subnets[]", r#"{"pattern": "^subnet-."}"#, advice::SUBNET),
    ("networkConfiguration.awsvpcConfiguration.securityGroups[]", r#"{"pattern": "^sg-."}"#, advice::GROUP),
    ("loadBalancers[].containerPort", r#"{"minimum": 1, "maximum": 65535}"#, ""),
    ("serviceRegistries[].port", r#"{"minimum": 0, "maximum": 65535}"#, ""),
    ("serviceRegistries[].containerPort", r#"{"minimum": 0, "maximum": 65535}"#, ""),
    ("serviceConnectConfiguration.services[].portName", PORT_NAME, advice::PORT_NAME),
    ("serviceConnectConfiguration.services[].discoveryName", PORT_NAME, advice::PORT_NAME),
    ("serviceConnectConfiguration.services[].clientAliases", r#"{"maxItems": 1}"#, ""),
    ("serviceConnectConfiguration.services[].clientAliases[].dnsName", DNS_NAME, advice::DNS_NAME),
    ("serviceConnectConfiguration.services[].clientAliases[].port", r#"{"minimum": 1, "maximum": 65535}"#, ""),
    ("serviceConnectConfiguration.containerConfigurations[]", ONE_MEMBER, ""),
    // The widest of what the kinds of volumes take.
    ("volumeConfigurations[].managedEBSVolume.sizeInGiB", r#"{"minimum": 1, "maximum": 16384}"#, ""),
    ("volumeConfigurations[].managedEBSVolume.iops", r#"{"minimum": 100, "maximum": 256000}"#, ""),
    ("volumeConfigurations[].managedEBSVolume.throughput", r#"{"minimum": 1, "maximum": 1000}"#, ""),
    ("deploymentConfiguration.minimumHealthyPercent", r#"{"minimum": 0, "maximum": 100}"#, ""),
    ("deploymentConfiguration.maximumPercent", r#"{"minimum": 100}"#, ""),
    ("deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.value", r#"{"minimum": 1}"#, ""),
    ("deploymentConfiguration.bakeTimeInMinutes", r#"{"minimum": 0}"#, ""),
    ("deploymentConfiguration.linearConfiguration.stepPercent", r#"{"minimum": 3, "maximum": 100}"#, ""),
    ("deploymentConfiguration.linearConfiguration.stepBakeTimeInMinutes", r#"{"minimum": 0, "maximum": 1440}"#, ""),
    ("deploymentConfiguration.canaryConfiguration.canaryPercent", r#"{"minimum": 0.1, "maximum": 100}"#, ""),
    ("deploymentConfiguration.canaryConfiguration.canaryBakeTimeInMinutes", r#"{"minimum": 0, "maximum": 1440}"#, ""),
];

/// Puts the bounds into the schema of `spec`.
pub(super) fn put(kind: Kind, spec: &mut Value) {
    let limits = match kind {
        Kind::TaskDefinition => TASK_DEFINITION,
        Kind::Service => SERVICE,
        Kind::Secret => SECRET,
        Kind::ExecutionRole => EXECUTION_ROLE,
    };
    for (path, keywords, words) in limits {
        let place = spec.pointer_mut(&pointer(path)).and_then(Value::as_object_mut);
        debug_assert!(place.is_some(), "{path} is no field of {kind}");
        let keywords = serde_json::from_str(keywords);
        debug_assert!(keywords.is_ok(), "what is said of {path} is no JSON");
        let (Some(place), Ok(Value::Object(keywords))) = (place, keywords) else { continue };
        place.extend(keywords);
        if !words.is_empty() {
            place.insert(WORDS.to_owned(), (*words).into());
        }
    }
}

/// `a[].b` in a schema.
pub(super) fn pointer(path: &str) -> String {
    path.split('.').fold(String::new(), |pointer, part| {
        let (name, items) = part.strip_suffix("[]").map_or((part, ""), |name| (name, "/items"));
        format!("{pointer}/properties/{name}{items}")
    })
}
