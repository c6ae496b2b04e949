//! The wire: requests and responses as bytes, in the protocols of the services.
//!
//! Knows the protocols (awsJson, awsQuery, ec2Query, and rpcv2Cbor as another
//! spelling of awsJson). Knows no operation and no state.

pub(crate) mod cbor;
mod error;
pub(crate) mod json;
pub(crate) mod query;
mod refuse;
mod route;
mod service;
mod xml;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use error::AwsError;
pub(crate) use route::{Routed, route};
pub(crate) use service::Protocol;
pub use service::Service;

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

/// Writes down how an operation ended.
pub(crate) fn respond(service: Service, operation: &str, outcome: &Outcome, request_id: &str) -> Response {
    match service.protocol() {
        Protocol::Json { content_type, .. } => json::respond(content_type, outcome, request_id),
        Protocol::Query { version } => xml::respond(service, version, operation, outcome, request_id),
        Protocol::Ec2 { version } => xml::respond_ec2(version, operation, outcome, request_id),
    }
}

/// Reads a validated input into the type that an operation works with.
///
/// Validation has gone before, so a failure is a gap between the two; the
/// message names no content, because the content may be a secret.
pub(crate) fn parse<T: DeserializeOwned>(input: &Value) -> Result<T, AwsError> {
    T::deserialize(input).map_err(|_| AwsError::new("SerializationException", "the request cannot be read"))
}
