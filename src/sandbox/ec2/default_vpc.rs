//! The network that AWS makes in every Region of a new account.
//!
//! Ledger: O14.

use std::collections::{BTreeMap, BTreeSet};

use super::network::{Network, Route, RouteTable, Rule, SecurityGroup, Subnet, Vpc};
use crate::sandbox::place::Place;
use crate::sandbox::surroundings::hex_digest;
use crate::sandbox::tags::Tags;

const EVERYWHERE: &str = "0.0.0.0/0";

impl Network {
    /// One VPC with three public subnets. Ids depend on the place alone.
    pub(crate) fn new(place: &Place) -> Self {
        let id = |kind: &str, of: &str| {
            let digest = hex_digest(&format!("{kind} {of} {} {}", place.account, place.region));
            format!("{kind}-{}", &digest[..17])
        };
        let (vpc, group, gateway) = (id("vpc", "default"), id("sg", "default"), id("igw", "default"));
        let subnets = ["a", "b", "c"].iter().zip([0, 16, 32]).map(|(zone, third)| {
            let subnet = Subnet {
                vpc: vpc.clone(),
                cidr: format!("172.31.{third}.0/20"),
                availability_zone: format!("{}{zone}", place.region),
                available_addresses: 4091,
                public_addresses: true,
                tags: Tags::new(),
            };
            (id("subnet", zone), subnet)
        });
        let rule = |cidrs: &[&str], groups: &[&String]| Rule {
            protocol: "-1".to_owned(),
            ports: None,
            cidrs: cidrs.iter().map(|cidr| (*cidr).to_owned()).collect(),
            groups: groups.iter().map(|group| (*group).clone()).collect(),
        };
        let route = |destination: &str, target: &str| Route {
            destination: destination.to_owned(),
            target: target.to_owned(),
            is_blackhole: false,
        };
        let default_group = SecurityGroup {
            vpc: vpc.clone(),
            name: "default".to_owned(),
            description: "default VPC security group".to_owned(),
            ingress: vec![rule(&[], &[&group])],
            egress: vec![rule(&[EVERYWHERE], &[])],
            tags: Tags::new(),
        };
        let main = RouteTable {
            vpc: vpc.clone(),
            is_main: true,
            subnets: BTreeSet::new(),
            routes: vec![route("172.31.0.0/16", "local"), route(EVERYWHERE, &gateway)],
            tags: Tags::new(),
        };
        let default = Vpc {
            cidr: "172.31.0.0/16".to_owned(),
            is_default: true,
            dns_support: true,
            dns_hostnames: true,
            tags: Tags::new(),
        };
        Self {
            subnets: subnets.collect(),
            security_groups: BTreeMap::from([(group.clone(), default_group)]),
            route_tables: BTreeMap::from([(id("rtb", "main"), main)]),
            vpcs: BTreeMap::from([(vpc, default)]),
            endpoints: BTreeMap::new(),
        }
    }
}
