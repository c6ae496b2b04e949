//! The account and the Region of a world, and the ARNs in them.

use serde::{Deserialize, Serialize};

/// Where a world is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The 12 digits of the account.
    pub account: String,
    /// The Region, such as `eu-west-1`.
    pub region: String,
}

impl Place {
    /// The ARN of a resource in this Region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// The ARN of a resource of a service that has no Regions.
    pub fn global_arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}::{}:{resource}", self.account)
    }

    /// The ARN of a role that may be given by its name alone.
    pub(crate) fn role_arn(&self, given: &str) -> String {
        if given.starts_with("arn:") { given.to_owned() } else { self.global_arn("iam", &format!("role/{given}")) }
    }
}

/// What the sandbox reads of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) service: &'a str,
    /// Empty for a service that has no Regions.
    pub(crate) region: &'a str,
    /// Everything behind the account.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `arn:partition:service:region:account:resource`.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", _, service, region, _, resource] if !resource.is_empty() => {
                Some(Self { service, region, resource })
            }
            _ => None,
        }
    }
}
