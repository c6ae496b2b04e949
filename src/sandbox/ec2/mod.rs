//! EC2: the network that tasks stand in, to be read.
//!
//! A Region begins with its default VPC, as on AWS; everything else a test or
//! a demonstration puts there. Only a closed world judges traffic by it.
//!
//! Ledger: O14.

mod default_vpc;
mod endpoints;
mod fault;
mod filters;
mod network;
mod route_tables;
mod security_groups;
mod subnets;
mod vpcs;

use super::dispatch::{Operation, reads};

pub use network::{Endpoint, Network, Route, RouteTable, Rule, SecurityGroup, Subnet, Vpc};

pub(crate) const OPERATIONS: &[Operation] = &[
    reads("DescribeRouteTables", route_tables::describe_route_tables),
    reads("DescribeSecurityGroups", security_groups::describe_security_groups),
    reads("DescribeSubnets", subnets::describe_subnets),
    reads("DescribeVpcAttribute", vpcs::describe_vpc_attribute),
    reads("DescribeVpcEndpoints", endpoints::describe_vpc_endpoints),
    reads("DescribeVpcs", vpcs::describe_vpcs),
];
