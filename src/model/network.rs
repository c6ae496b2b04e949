//! The network that a task stands in, as EC2 states it. Knows nothing of where a task wants to.

use std::collections::BTreeSet;

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Id of its VPC.
    pub vpc: String,
    /// Its IPv4 block; empty where it has none.
    pub block: String,
    /// IPv4 addresses that are left.
    pub free: i64,
}

/// A VPC, with its route tables and endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// `enableDnsSupport`.
    pub dns_support: bool,
    /// `enableDnsHostnames`.
    pub dns_hostnames: bool,
    /// Its route tables.
    pub tables: Vec<RouteTable>,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Id of the security group that counts where none is named.
    pub default_group: Option<String>,
}

/// A route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    /// Its id.
    pub id: String,
    /// Do subnets use it that have none of their own?
    pub is_main: bool,
    /// The subnets that use it.
    pub subnets: BTreeSet<String>,
    /// Where to.
    pub routes: Vec<Route>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// A block of addresses, or the id of a prefix list.
    pub destination: String,
    /// `local`, `igw-…`, `nat-…`, `tgw-…`, `vpce-…` and the like.
    pub target: String,
    /// Is its target gone?
    pub is_blackhole: bool,
}

/// A VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// For example `com.amazonaws.eu-west-1.secretsmanager`.
    pub service: String,
    /// Is it an interface, and not a gateway?
    pub is_interface: bool,
    /// Can it be used?
    pub is_available: bool,
    /// Does the service's own name lead to it?
    pub private_dns: bool,
    /// The subnets that an interface stands in.
    pub subnets: BTreeSet<String>,
    /// The security groups of an interface.
    pub groups: BTreeSet<String>,
    /// The route tables that a gateway stands in.
    pub tables: BTreeSet<String>,
}

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Id of its VPC.
    pub vpc: String,
    /// What may come in.
    pub ingress: Vec<Rule>,
    /// What may go out.
    pub egress: Vec<Rule>,
}

/// A rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `tcp`, `udp`, or `-1` for all.
    pub protocol: String,
    /// First and last port; absent: every port.
    pub ports: Option<(i64, i64)>,
    /// IPv4 blocks, and ids of prefix lists.
    pub peers: BTreeSet<String>,
    /// Ids of security groups.
    pub groups: BTreeSet<String>,
}

impl Rule {
    /// Does it let TCP through on this port?
    pub fn opens(&self, port: i64) -> bool {
        (self.protocol == "-1" || self.protocol == "tcp" || self.protocol == "6")
            && self.ports.is_none_or(|(first, last)| (first..=last).contains(&port))
    }
}

/// Is the IPv4 block `inner` inside `outer`? What is no block is in none.
pub fn contains(outer: &str, inner: &str) -> bool {
    let (Some((outer, short)), Some((inner, long))) = (block(outer), block(inner)) else { return false };
    let mask = u32::MAX.checked_shl(32 - short).unwrap_or(0);
    short <= long && outer & mask == inner & mask
}

fn block(text: &str) -> Option<(u32, u32)> {
    let (address, length) = text.split_once('/')?;
    let mut parts = address.split('.').map(str::parse::<u8>);
    let mut next = || parts.next()?.ok();
    let address = u32::from_be_bytes([next()?, next()?, next()?, next()?]);
    let length = length.parse().ok().filter(|length| *length <= 32)?;
    (parts.next().is_none()).then_some((address, length))
}
