//! A task definition as a task reads it: the members that decide what it does.
//!
//! Ledger: K2, K10.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::sandbox::place::Place;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Blueprint {
    pub(super) execution_role_arn: Option<String>,
    pub(super) task_role_arn: Option<String>,
    #[serde(default)]
    pub(super) container_definitions: Vec<Container>,
    #[serde(default)]
    pub(super) requires_compatibilities: Vec<String>,
    pub(super) network_mode: Option<String>,
    pub(super) cpu: Option<String>,
    pub(super) memory: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Container {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) image: String,
    pub(super) essential: Option<bool>,
    #[serde(default)]
    pub(super) secrets: Vec<SecretRef>,
    pub(super) log_configuration: Option<LogConfiguration>,
    pub(super) repository_credentials: Option<RepositoryCredentials>,
    #[serde(default)]
    pub(super) environment_files: Vec<EnvironmentFile>,
    pub(super) health_check: Option<Check>,
    #[serde(default)]
    pub(super) port_mappings: Vec<PortMapping>,
    pub(super) memory: Option<i64>,
    pub(super) memory_reservation: Option<i64>,
    #[serde(default)]
    pub(super) depends_on: Vec<Dependency>,
}

/// A container that another waits for, and until when.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency {
    pub(super) container_name: String,
    pub(super) condition: String,
}

/// A container's own health check, as far as it says when.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    interval: Option<u32>,
    retries: Option<u32>,
    start_period: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecretRef {
    pub(super) name: String,
    pub(super) value_from: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogConfiguration {
    pub(super) log_driver: String,
    #[serde(default)]
    pub(super) options: Map<String, Value>,
    #[serde(default)]
    pub(super) secret_options: Vec<SecretRef>,
}

impl LogConfiguration {
    /// What its driver cannot do without, as ECS says it.
    pub(super) fn lack(&self) -> Option<&'static str> {
        let lacks = |option: &&str| !self.options.contains_key(*option);
        let short = self.log_driver == "awslogs" && ["awslogs-group", "awslogs-region"].iter().any(lacks);
        short.then_some("Log driver awslogs requires options: awslogs-group, awslogs-region")
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepositoryCredentials {
    pub(super) credentials_parameter: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct EnvironmentFile {
    pub(super) value: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PortMapping {
    pub(super) container_port: Option<i64>,
    pub(super) host_port: Option<i64>,
    container_port_range: Option<String>,
}

impl PortMapping {
    /// Can this port of the container be reached by it?
    pub(super) fn maps(&self, port: Option<i64>) -> bool {
        let range = self.container_port_range.as_deref().and_then(|range| range.split_once('-'));
        let ends = range.and_then(|(low, high)| Some((low.parse::<i64>().ok()?, high.parse::<i64>().ok()?)));
        port.is_some() && self.container_port == port
            || ends.zip(port).is_some_and(|((low, high), port)| (low..=high).contains(&port))
    }
}

impl Blueprint {
    /// Reads what has been validated before; what cannot be read does nothing.
    pub(super) fn of(content: &Value) -> Self {
        Self::deserialize(content).unwrap_or(Self {
            execution_role_arn: None,
            task_role_arn: None,
            container_definitions: Vec::new(),
            requires_compatibilities: Vec::new(),
            network_mode: None,
            cpu: None,
            memory: None,
        })
    }

    /// All references to secrets and parameters, with their container.
    pub(super) fn references(&self) -> impl Iterator<Item = (&Container, &SecretRef)> {
        self.container_definitions.iter().flat_map(|container| {
            let options = container.log_configuration.iter().flat_map(|log| &log.secret_options);
            container.secrets.iter().chain(options).map(move |reference| (container, reference))
        })
    }

    pub(super) fn is_for_fargate(&self) -> bool {
        self.requires_compatibilities.iter().any(|launch| launch == "FARGATE")
    }

    pub(super) fn is_awsvpc(&self) -> bool {
        self.network_mode.as_deref() == Some("awsvpc")
    }
}

impl Check {
    /// Of the API: a check every 30 seconds, and three in a row.
    pub(super) const USUAL_INTERVAL: u32 = 30;
    /// Likewise.
    pub(super) const USUAL_RETRIES: u32 = 3;

    /// Seconds between two checks.
    pub(super) fn interval(self) -> u32 {
        self.interval.unwrap_or(Self::USUAL_INTERVAL)
    }

    /// As many in a row must fail.
    pub(super) fn retries(self) -> u32 {
        self.retries.unwrap_or(Self::USUAL_RETRIES)
    }

    /// Seconds in which none counts that fails.
    pub(super) fn start_period(self) -> u32 {
        self.start_period.unwrap_or(0)
    }
}

impl Container {
    /// ECS's default is essential.
    pub(super) fn is_essential(&self) -> bool {
        self.essential.unwrap_or(true)
    }

    /// The repository in ECR that the image comes from.
    pub(super) fn ecr(&self) -> Option<EcrRepository<'_>> {
        EcrRepository::of(&self.image)
    }
}

impl<'a> EcrRepository<'a> {
    /// What the name of an image says; `None` where it is no repository of ECR.
    pub(super) fn of(image: &'a str) -> Option<Self> {
        let (host, path) = image.split_once('/')?;
        let mut labels = host.split('.');
        let (account, dkr, ecr, region) = (labels.next()?, labels.next()?, labels.next()?, labels.next()?);
        let is_ecr = dkr == "dkr" && ecr == "ecr" && account.bytes().all(|byte| byte.is_ascii_digit());
        let (tagged, digest) = path.split_once('@').map_or((path, None), |(tagged, digest)| (tagged, Some(digest)));
        let (name, tag) = tagged.split_once(':').map_or((tagged, None), |(name, tag)| (name, Some(tag)));
        is_ecr.then_some(Self { account, region, name, tag, digest })
    }

    /// Is it of the sandbox's account and Region? Nobody knows what others have.
    pub(super) fn is_of(&self, place: &Place) -> bool {
        self.account == place.account && self.region == place.region
    }
}

/// Where an image in ECR lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct EcrRepository<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) name: &'a str,
    pub(super) tag: Option<&'a str>,
    pub(super) digest: Option<&'a str>,
}
