//! Task definitions of every kind, each part with the calls that ECS makes for it as the execution role. Written from AWS's
//! documents: the planner has no say in it.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Where an installation works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) partition: &'static str,
    pub(super) region: &'static str,
    pub(super) elsewhere: &'static str,
    /// The end of a host's name, and of one that is dual-stack.
    pub(super) domain: &'static str,
    pub(super) dual: &'static str,
}

pub(super) const HOMES: [Home; 3] = [
    Home { partition: "aws", region: "eu-west-1", elsewhere: "us-east-1", domain: "amazonaws.com", dual: "on.aws" },
    Home {
        partition: "aws-cn",
        region: "cn-north-1",
        elsewhere: "cn-northwest-1",
        domain: "amazonaws.com.cn",
        dual: "on.amazonwebservices.com.cn",
    },
    Home {
        partition: "aws-us-gov",
        region: "us-gov-west-1",
        elsewhere: "us-gov-east-1",
        domain: "amazonaws.com",
        dual: "on.aws",
    },
];
pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const STRANGER: &str = "999999999999";

/// A call that ECS makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) action: String,
    pub(super) resource: String,
    /// Condition keys in lower case, and their values.
    pub(super) context: Vec<(String, Vec<String>)>,
}

/// Whose something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Ours,
    OtherRegion,
    OtherAccount,
}

/// One thing in a container of its own. The number makes it another of its kind.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// In a variable, or in an option of the log driver; with what follows the ARN.
    Secret(Whose, u8, bool, &'static str),
    /// Declared by a manifest, with one of the keys.
    Declared(u8),
    RegistryByArn(Whose, u8),
    RegistryByName(u8),
    /// By its name, with a slash in front or not; in a variable or in an option of the log driver.
    Parameter(&'static str, u8, bool),
    ParameterByArn(Whose, u8),
    /// Stands for a secret.
    Reference(u8),
    /// In ECR, by tag, digest, both, or neither; in its usual host, the one for FIPS, the dual-stack one.
    Image(Whose, u8, &'static str, &'static str),
    /// With what `awslogs-create-group` says.
    Logs(Whose, u8, Option<&'static str>),
    EnvironmentFile(u8),
    RouterFile(u8),
    SpecInS3(u8),
    SpecInParameter(u8),
    FileServer(Whose, u8),
    /// So many of them in one container.
    Parameters(u8),
}

const DIGEST: &str = "@sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// How the secret of a manifest is encrypted: not at all, by an id, by an ARN, by an alias.
pub(super) const KEYS: [Option<&str>; 4] = [None, Some("id"), Some("arn"), Some("alias")];

pub(super) fn parts() -> impl Strategy<Value = Vec<Part>> {
    let whose = || select(vec![Whose::Ours, Whose::OtherRegion, Whose::OtherAccount]);
    let other = || select(vec![Whose::Ours, Whose::OtherRegion]);
    let part = prop_oneof![
        3 => (whose(), 0..4_u8, any::<bool>(), select(vec!["", ":key::", "::AWSPREVIOUS:"]))
            .prop_map(|(whose, n, option, rest)| Part::Secret(whose, n, option, rest)),
        3 => (0..4_u8).prop_map(Part::Declared),
        1 => (whose(), 0..4_u8).prop_map(|(whose, n)| Part::RegistryByArn(whose, n)),
        1 => (0..4_u8).prop_map(Part::RegistryByName),
        2 => (select(vec!["/shop/", "shop"]), 0..4_u8, any::<bool>()).prop_map(|(p, n, option)| Part::Parameter(p, n, option)),
        1 => (whose(), 0..4_u8).prop_map(|(whose, n)| Part::ParameterByArn(whose, n)),
        1 => (0..4_u8).prop_map(Part::Reference),
        3 => (whose(), 0..4_u8, select(vec!["", ":1", DIGEST, ":1@sha256:0000000000000000000000000000000000000000000000000000000000000000"]), select(vec!["dkr.ecr", "dkr.ecr-fips", "dkr-ecr"]))
            .prop_map(|(whose, n, tag, host)| Part::Image(whose, n, tag, host)),
        2 => (other(), 0..4_u8, select(vec![None, Some("true"), Some("1"), Some("T"), Some("false"), Some("yes")]))
            .prop_map(|(whose, n, made)| Part::Logs(whose, n, made)),
        1 => (0..4_u8).prop_map(Part::EnvironmentFile),
        1 => (0..4_u8).prop_map(Part::RouterFile),
        1 => (0..4_u8).prop_map(Part::SpecInS3),
        1 => (0..4_u8).prop_map(Part::SpecInParameter),
        1 => (whose(), 0..4_u8).prop_map(|(whose, n)| Part::FileServer(whose, n)),
    ];
    vec(part, 0..6)
}

impl Home {
    pub(super) fn arn(&self, whose: Whose, service: &str, resource: &str) -> String {
        let region = if whose == Whose::OtherRegion { self.elsewhere } else { self.region };
        let account = if whose == Whose::OtherAccount { STRANGER } else { ACCOUNT };
        format!("arn:{}:{service}:{region}:{account}:{resource}", self.partition)
    }

    pub(super) fn secret(&self, whose: Whose, name: &str) -> String {
        self.arn(whose, "secretsmanager", &format!("secret:{name}-AbCdEf"))
    }

    fn object(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition)
    }

    /// Id of the key of a declared secret, and its alias.
    pub(super) fn key(&self, n: u8) -> (String, String) {
        (
            self.arn(Whose::Ours, "kms", &format!("key/0f0f0f0f-1111-2222-3333-44444444444{n}")),
            format!("alias/shop-{n}"),
        )
    }
}

impl Part {
    /// The container that it stands in, as ECS has it, and a volume beside it. A declared secret stands there by its ARN.
    pub(super) fn content(&self, home: &Home, number: usize) -> (Value, Option<Value>) {
        let name = format!("c{number}");
        let mut container = json!({"name": name, "image": "example.com/app:1", "memory": 64});
        let mut volume = None;
        let mut read = |option: bool, value_from: String| {
            if option {
                container["logConfiguration"] = json!({"logDriver": "splunk", "options": {"splunk-url": "https://example.com"},
                    "secretOptions": [{"name": "splunk-token", "valueFrom": value_from}]});
            } else {
                container["secrets"] = json!([{"name": "A", "valueFrom": value_from}]);
            }
        };
        match self {
            Self::Secret(whose, n, option, rest) => read(*option, home.secret(*whose, &format!("raw/{n}")) + rest),
            Self::Declared(n) => read(false, home.secret(Whose::Ours, &format!("declared/{n}"))),
            Self::Parameter(prefix, n, option) => read(*option, format!("{prefix}{n}")),
            Self::ParameterByArn(whose, n) => read(false, home.arn(*whose, "ssm", &format!("parameter/far/{n}"))),
            Self::Reference(n) => read(false, format!("/aws/reference/secretsmanager/ref/{n}")),
            Self::RegistryByArn(whose, n) => {
                let credentials = home.secret(*whose, &format!("registry/{n}"));
                container["repositoryCredentials"] = json!({"credentialsParameter": credentials});
            }
            Self::RegistryByName(n) => {
                container["repositoryCredentials"] = json!({"credentialsParameter": format!("named/{n}")});
            }
            Self::Image(whose, n, tag, host) => {
                let arn = home.arn(*whose, "ecr", "");
                let fields: Vec<&str> = arn.split(':').collect();
                let end = if *host == "dkr-ecr" { home.dual } else { home.domain };
                container["image"] = format!("{}.{host}.{}.{end}/team/app-{n}{tag}", fields[4], fields[3]).into();
            }
            Self::Logs(whose, n, made) => {
                let arn = home.arn(*whose, "logs", "");
                let region = arn.split(':').nth(3).unwrap();
                let mut options = json!({"awslogs-group": format!("/ecs/{n}"), "awslogs-region": region, "awslogs-stream-prefix": "p"});
                if let Some(made) = made {
                    options["awslogs-create-group"] = json!(made);
                }
                container["logConfiguration"] = json!({"logDriver": "awslogs", "options": options});
            }
            Self::EnvironmentFile(n) => {
                container["environmentFiles"] =
                    json!([{"type": "s3", "value": home.object(&format!("files-{n}/a/b.env"))}]);
            }
            Self::RouterFile(n) => {
                let options =
                    json!({"config-file-type": "s3", "config-file-value": home.object(&format!("router-{n}/a.conf"))});
                container["firelensConfiguration"] = json!({"type": "fluentbit", "options": options});
            }
            Self::SpecInS3(n) => {
                let object = home.object(&format!("specs-{n}/a.json"));
                container["credentialSpecs"] = json!([format!("credentialspecdomainless:{object}")]);
            }
            Self::SpecInParameter(n) => {
                let arn = home.arn(Whose::Ours, "ssm", &format!("parameter/specs/{n}"));
                container["credentialSpecs"] = json!([format!("credentialspec:{arn}")]);
            }
            Self::FileServer(whose, n) => {
                let authorization = json!({"credentialsParameter": home.secret(*whose, &format!("files/{n}")), "domain": "example.com"});
                let server =
                    json!({"fileSystemId": "fs-1", "rootDirectory": "share", "authorizationConfig": authorization});
                volume = Some(json!({"name": name, "fsxWindowsFileServerVolumeConfiguration": server}));
            }
            Self::Parameters(count) => {
                let one =
                    |n: u8| json!({"name": format!("A{n}"), "valueFrom": format!("/shop/of-a-rather-long-name/{n}")});
                container["secrets"] = (0..*count).map(one).collect();
            }
        }
        (container, volume)
    }

    /// What ECS does for it.
    pub(super) fn calls(&self, home: &Home, number: usize) -> Vec<Call> {
        let call = |action: &str, resource: String| {
            let mut context = Vec::new();
            if action.starts_with("secretsmanager") {
                context.push(("secretsmanager:secretid".to_owned(), vec![resource.clone()]));
            }
            Call { action: action.to_owned(), resource, context }
        };
        let value = |arn: String| call("secretsmanager:GetSecretValue", arn);
        let parameter =
            |whose: Whose, name: &str| call("ssm:GetParameters", home.arn(whose, "ssm", &format!("parameter/{name}")));
        let file = |bucket: &str, key: &str| {
            vec![
                call("s3:GetObject", home.object(&format!("{bucket}/{key}"))),
                call("s3:GetBucketLocation", home.object(bucket)),
            ]
        };
        match self {
            Self::Secret(whose, n, _, _) => vec![value(home.secret(*whose, &format!("raw/{n}")))],
            Self::Declared(n) => {
                let secret = home.secret(Whose::Ours, &format!("declared/{n}"));
                let (key, alias) = home.key(*n);
                let domain = if home.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
                let context = vec![
                    ("kms:viaservice".to_owned(), vec![format!("secretsmanager.{}.{domain}", home.region)]),
                    ("kms:resourcealiases".to_owned(), vec![alias]),
                    ("kms:encryptioncontext:secretarn".to_owned(), vec![secret.clone()]),
                ];
                let decrypt = Call { action: "kms:Decrypt".to_owned(), resource: key, context };
                let decrypt = KEYS[usize::from(*n)].map(|_| decrypt);
                std::iter::once(value(secret)).chain(decrypt).collect()
            }
            Self::RegistryByArn(whose, n) => vec![value(home.secret(*whose, &format!("registry/{n}")))],
            Self::RegistryByName(n) => vec![value(home.secret(Whose::Ours, &format!("named/{n}")))],
            Self::Parameter(prefix, n, _) => {
                vec![parameter(Whose::Ours, format!("{prefix}{n}").trim_start_matches('/'))]
            }
            Self::ParameterByArn(whose, n) => vec![parameter(*whose, &format!("far/{n}"))],
            Self::Reference(n) => vec![
                parameter(Whose::Ours, &format!("aws/reference/secretsmanager/ref/{n}")),
                value(home.secret(Whose::Ours, &format!("ref/{n}"))),
            ],
            Self::Image(whose, n, _, _) => {
                let repository = || home.arn(*whose, "ecr", &format!("repository/team/app-{n}"));
                vec![
                    call("ecr:GetAuthorizationToken", "*".to_owned()),
                    call("ecr:BatchCheckLayerAvailability", repository()),
                    call("ecr:GetDownloadUrlForLayer", repository()),
                    call("ecr:BatchGetImage", repository()),
                ]
            }
            Self::Logs(whose, n, made) => {
                let group = home.arn(*whose, "logs", &format!("log-group:/ecs/{n}"));
                let stream = format!("{group}:log-stream:p/c{number}/0123456789abcdef");
                let mut calls = vec![call("logs:CreateLogStream", stream.clone()), call("logs:PutLogEvents", stream)];
                // What Go's ParseBool takes for true.
                if made.is_some_and(|made| ["true", "1", "T"].contains(&made)) {
                    calls.push(call("logs:CreateLogGroup", format!("{group}:log-stream:")));
                }
                calls
            }
            Self::EnvironmentFile(n) => file(&format!("files-{n}"), "a/b.env"),
            Self::RouterFile(n) => file(&format!("router-{n}"), "a.conf"),
            Self::SpecInS3(n) => file(&format!("specs-{n}"), "a.json"),
            Self::SpecInParameter(n) => vec![parameter(Whose::Ours, &format!("specs/{n}"))],
            Self::FileServer(whose, n) => {
                let find = call("fsx:DescribeFileSystems", "*".to_owned());
                vec![find, value(home.secret(*whose, &format!("files/{n}")))]
            }
            Self::Parameters(count) => {
                (0..*count).map(|n| parameter(Whose::Ours, &format!("shop/of-a-rather-long-name/{n}"))).collect()
            }
        }
    }
}

/// All calls for these parts.
pub(super) fn calls(home: &Home, parts: &[Part]) -> BTreeSet<Call> {
    parts.iter().enumerate().flat_map(|(number, part)| part.calls(home, number)).collect()
}
