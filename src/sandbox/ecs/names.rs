//! Identifiers of ECS, and how a request may spell them.
//!
//! Ledger: V8.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::fault;
use crate::sandbox::place::Arn;
use crate::sandbox::wire::AwsError;

/// A service: `cluster/name`, which is also the end of its ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceKey(String);

/// A task: 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub(crate) String);

impl ServiceKey {
    /// The service `name` of `cluster`.
    pub fn new(cluster: &str, name: &str) -> Self {
        Self(format!("{cluster}/{name}"))
    }

    /// The name of the cluster.
    pub fn cluster(&self) -> &str {
        self.0.split_once('/').map_or("", |(cluster, _)| cluster)
    }

    /// The name of the service.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name behind a cluster's name or ARN; absent is `default`.
pub(super) fn cluster_name(given: Option<&str>) -> &str {
    let given = given.unwrap_or("default");
    Arn::parse(given).and_then(|arn| arn.resource.strip_prefix("cluster/")).unwrap_or(given)
}

/// The name behind a service's or a task's name or ARN. A long ARN names a
/// cluster, which must be the one that the request is about.
pub(super) fn name_in_cluster<'a>(kind: &str, given: &'a str, cluster: &str) -> Result<&'a str, AwsError> {
    let Some(arn) = Arn::parse(given) else {
        return Ok(given);
    };
    let rest = arn.resource.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.ok_or_else(|| fault::invalid(format!("{given} is not the ARN of a {kind}")))?;
    match rest.split_once('/') {
        Some((of, _)) if of != cluster => {
            Err(fault::invalid(format!("Identifier is for {of}. Your cluster is {cluster}")))
        }
        Some((_, name)) => Ok(name),
        None => Ok(rest),
    }
}
