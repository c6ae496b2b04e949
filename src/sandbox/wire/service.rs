//! The services that the sandbox plays, and how each is spoken to.
//!
//! Ledger: W4.

use serde::{Deserialize, Serialize};

/// A service that the sandbox plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// AWS Secrets Manager.
    SecretsManager,
    /// AWS Identity and Access Management.
    Iam,
    /// Amazon Elastic Container Service.
    Ecs,
    /// AWS Security Token Service.
    Sts,
    /// AWS Key Management Service.
    Kms,
    /// Amazon Simple Queue Service.
    Sqs,
    /// Amazon EventBridge.
    Events,
    /// AWS Resource Groups Tagging.
    Tagging,
    /// AWS Systems Manager: parameters.
    Ssm,
    /// Amazon CloudWatch Logs: groups.
    Logs,
    /// Amazon EC2: networks.
    Ec2,
    /// Amazon ECR: images.
    Ecr,
}

/// How a service's bytes are to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// awsJson, with what stands before the operation in `x-amz-target`.
    Json { target: &'static str, content_type: &'static str },
    /// awsQuery, with the API version that names the XML namespace.
    Query { version: &'static str },
    /// ec2Query, likewise.
    Ec2 { version: &'static str },
}

const JSON_1_0: &str = "application/x-amz-json-1.0";
const JSON_1_1: &str = "application/x-amz-json-1.1";

impl Service {
    /// All services.
    pub const ALL: [Self; 12] = [
        Self::SecretsManager,
        Self::Iam,
        Self::Ecs,
        Self::Sts,
        Self::Kms,
        Self::Sqs,
        Self::Events,
        Self::Tagging,
        Self::Ssm,
        Self::Logs,
        Self::Ec2,
        Self::Ecr,
    ];

    /// The name in endpoints and credential scopes.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::SecretsManager => "secretsmanager",
            Self::Iam => "iam",
            Self::Ecs => "ecs",
            Self::Sts => "sts",
            Self::Kms => "kms",
            Self::Sqs => "sqs",
            Self::Events => "events",
            Self::Tagging => "tagging",
            Self::Ssm => "ssm",
            Self::Logs => "logs",
            Self::Ec2 => "ec2",
            Self::Ecr => "ecr",
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        let json = |target| Protocol::Json { target, content_type: JSON_1_1 };
        match self {
            Self::SecretsManager => json("secretsmanager"),
            Self::Ecs => json("AmazonEC2ContainerServiceV20141113"),
            Self::Kms => json("TrentService"),
            Self::Sqs => Protocol::Json { target: "AmazonSQS", content_type: JSON_1_0 },
            Self::Events => json("AWSEvents"),
            Self::Tagging => json("ResourceGroupsTaggingAPI_20170126"),
            Self::Ssm => json("AmazonSSM"),
            Self::Logs => json("Logs_20140328"),
            Self::Ecr => json("AmazonEC2ContainerRegistry_V20150921"),
            Self::Iam => Protocol::Query { version: "2010-05-08" },
            Self::Sts => Protocol::Query { version: "2011-06-15" },
            Self::Ec2 => Protocol::Ec2 { version: "2016-11-15" },
        }
    }

    /// The service of a credential scope.
    pub(crate) fn by_signing_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.signing_name() == name)
    }

    /// The service whose operations are called with this before their names.
    pub(crate) fn by_target(target: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|service| matches!(service.protocol(), Protocol::Json { target: own, .. } if own == target))
    }

    /// IAM and STS answer alike wherever they are called.
    pub(crate) fn is_global(self) -> bool {
        matches!(self, Self::Iam | Self::Sts)
    }
}
