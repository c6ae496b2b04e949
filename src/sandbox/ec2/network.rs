//! The nouns of a network.
//!
//! Ledger: O14.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::sandbox::tags::Tags;

/// Everything by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// VPCs.
    pub vpcs: BTreeMap<String, Vpc>,
    /// Subnets.
    pub subnets: BTreeMap<String, Subnet>,
    /// Security groups.
    pub security_groups: BTreeMap<String, SecurityGroup>,
    /// Route tables.
    pub route_tables: BTreeMap<String, RouteTable>,
    /// VPC endpoints.
    pub endpoints: BTreeMap<String, Endpoint>,
}

/// A VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vpc {
    /// Such as `172.31.0.0/16`.
    pub cidr: String,
    /// Made by AWS.
    pub is_default: bool,
    /// `enableDnsSupport`.
    pub dns_support: bool,
    /// `enableDnsHostnames`.
    pub dns_hostnames: bool,
    /// Tags.
    pub tags: Tags,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subnet {
    /// Id of its VPC.
    pub vpc: String,
    /// Such as `172.31.0.0/20`.
    pub cidr: String,
    /// Such as `eu-west-1a`.
    pub availability_zone: String,
    /// Addresses that are left.
    pub available_addresses: u32,
    /// `mapPublicIpOnLaunch`.
    pub public_addresses: bool,
    /// Tags.
    pub tags: Tags,
}

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityGroup {
    /// Id of its VPC.
    pub vpc: String,
    /// Name, unique in the VPC.
    pub name: String,
    /// Free text.
    pub description: String,
    /// What may come in.
    pub ingress: Vec<Rule>,
    /// What may go out.
    pub egress: Vec<Rule>,
    /// Tags.
    pub tags: Tags,
}

/// A rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// `tcp`, `udp`, or `-1` for all.
    pub protocol: String,
    /// First and last port; `None` is every port.
    pub ports: Option<(u16, u16)>,
    /// Addresses.
    pub cidrs: Vec<String>,
    /// Ids of security groups.
    pub groups: Vec<String>,
}

/// A route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTable {
    /// Id of its VPC.
    pub vpc: String,
    /// Whether subnets use it that have none of their own.
    pub is_main: bool,
    /// Ids of the subnets that use it.
    pub subnets: BTreeSet<String>,
    /// Where to.
    pub routes: Vec<Route>,
    /// Tags.
    pub tags: Tags,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// A block of addresses, or the id of a prefix list.
    pub destination: String,
    /// `local`, `igw-…`, `vpce-…`, `nat-…`, `tgw-…`, `pcx-…`.
    pub target: String,
    /// Its target is gone.
    pub is_blackhole: bool,
}

/// A VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Id of its VPC.
    pub vpc: String,
    /// Such as `com.amazonaws.eu-west-1.secretsmanager`.
    pub service: String,
    /// `Interface` or `Gateway`.
    pub r#type: String,
    /// `available`, `pending` …
    pub state: String,
    /// Whether the service's own name leads to it.
    pub private_dns: bool,
    /// Ids of the subnets that an interface stands in.
    pub subnets: Vec<String>,
    /// Ids of the security groups of an interface.
    pub groups: Vec<String>,
    /// Ids of the route tables that a gateway is in.
    pub route_tables: Vec<String>,
    /// JSON.
    pub policy: String,
    /// Tags.
    pub tags: Tags,
}
