//! The wire: requests and responses as bytes, in the protocols of the services.
//!
//! Knows the protocols (awsJson and awsQuery). Knows no operation and no state.

mod error;
pub(crate) mod json;
pub(crate) mod query;
mod route;
mod xml;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use error::AwsError;
pub(crate) use route::route;

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
}

/// Whether an operation can change anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It only looks.
    Reads,
    /// It can change something.
    Writes,
}

/// A request, split from HTTP. No `Debug`: the body may hold a secret value.
#[derive(Clone)]
pub struct Request {
    /// Who is asked.
    pub service: Service,
    /// What for, in AWS's spelling.
    pub operation: String,
    /// The Region of the signature's credential scope.
    pub region: String,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// A response, before HTTP. No `Debug`: the body may hold a secret value.
#[derive(Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// HTTP headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// How an operation ends: its output, or AWS's refusal.
pub(crate) type Outcome = Result<Value, AwsError>;

/// How a service's bytes are to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Json,
    /// awsQuery, with the API version that names the XML namespace.
    Query {
        version: &'static str,
    },
}

impl Service {
    /// The name in endpoints and credential scopes.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::SecretsManager => "secretsmanager",
            Self::Iam => "iam",
            Self::Ecs => "ecs",
            Self::Sts => "sts",
        }
    }

    /// All services.
    pub const ALL: [Self; 4] = [Self::SecretsManager, Self::Iam, Self::Ecs, Self::Sts];

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::SecretsManager | Self::Ecs => Protocol::Json,
            Self::Iam => Protocol::Query { version: "2010-05-08" },
            Self::Sts => Protocol::Query { version: "2011-06-15" },
        }
    }

    /// IAM and STS answer alike wherever they are called.
    pub(crate) fn is_global(self) -> bool {
        match self {
            Self::Iam | Self::Sts => true,
            Self::SecretsManager | Self::Ecs => false,
        }
    }
}

/// Writes down how an operation ended.
pub(crate) fn respond(service: Service, operation: &str, outcome: &Outcome, request_id: &str) -> Response {
    match service.protocol() {
        Protocol::Json => json::respond(outcome, request_id),
        Protocol::Query { version } => xml::respond(service, version, operation, outcome, request_id),
    }
}

/// Reads a validated input into the type that an operation works with.
///
/// Validation has gone before, so a failure is a gap between the two; the
/// message names no content, because the content may be a secret.
pub(crate) fn parse<T: DeserializeOwned>(input: &Value) -> Result<T, AwsError> {
    T::deserialize(input).map_err(|_| AwsError::new("SerializationException", "the request cannot be read"))
}
