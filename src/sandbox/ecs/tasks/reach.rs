//! What a task on Fargate reaches from its network interface. Only in a closed world.
//!
//! Names must resolve. Where an interface endpoint has a service's name, all of
//! it goes there; a gateway endpoint is a route; everything else leaves by the
//! default route. Not here: network ACLs, peers, policies of endpoints, IPv6.
//!
//! Ledger: K101, K102.

use super::Task;
use crate::sandbox::cidr::Block;
use crate::sandbox::ec2::{Endpoint, Rule, SecurityGroup, Subnet};
use crate::sandbox::ecs::services::{awsvpc, listed};
use crate::sandbox::world::World;

const HTTPS: u16 = 443;
/// Where every service of AWS is, as far as security groups can tell.
const AWS: &str = "198.51.100.7/32";

/// Where a task wants to.
#[derive(Clone, Copy)]
pub(super) enum To<'a> {
    /// A service of the Region, by the end of its endpoint's name: `secretsmanager`, `ecr.api`.
    Service(&'a str),
    /// Anywhere else.
    Internet,
}

/// Why nothing comes back; Go's words for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    NoName,
    Timeout,
}

impl Lost {
    pub(super) fn words(self, host: &str) -> String {
        match self {
            Self::NoName => format!("dial tcp: lookup {host} on 169.254.169.253:53: no such host"),
            Self::Timeout => format!("dial tcp 198.51.100.7:443: i/o timeout ({host})"),
        }
    }
}

struct Here<'a> {
    world: &'a World,
    id: &'a str,
    subnet: &'a Subnet,
    groups: Vec<(&'a String, &'a SecurityGroup)>,
    public: bool,
}

/// Does the task get there?
pub(super) fn check(world: &World, task: &Task, to: To<'_>) -> Result<(), Lost> {
    match here(world, task) {
        Some(here) if world.closed && task.launch.fargate => here.check(to),
        _ => Ok(()),
    }
}

/// A task stands in one of its service's subnets, by its id.
fn here<'a>(world: &'a World, task: &Task) -> Option<Here<'a>> {
    let service = world.ecs.services.get(&task.service)?;
    let network = awsvpc(&service.settings)?;
    let mut subnets = listed(network, "subnets");
    subnets.sort_unstable();
    let turn = task.id.to_string().bytes().map(usize::from).sum::<usize>() % subnets.len().max(1);
    let (id, subnet) = world.network.subnets.get_key_value(*subnets.get(turn)?)?;
    let wanted = listed(network, "securityGroups");
    let is_own = |id: &str, group: &SecurityGroup| match wanted.as_slice() {
        [] => group.vpc == subnet.vpc && group.name == "default",
        wanted => wanted.contains(&id),
    };
    let groups = world.network.security_groups.iter().filter(|(id, group)| is_own(id, group)).collect();
    let public = network.get("assignPublicIp").is_some_and(|assigned| assigned == "ENABLED");
    Some(Here { world, id, subnet, groups, public })
}

impl Here<'_> {
    fn check(&self, to: To<'_>) -> Result<(), Lost> {
        let network = &self.world.network;
        let vpc = network.vpcs.get(&self.subnet.vpc).ok_or(Lost::Timeout)?;
        if !vpc.dns_support {
            return Err(Lost::NoName);
        }
        if let To::Service(service) = to {
            let name = format!("com.amazonaws.{}.{service}", self.world.place().region);
            let endpoints = network.endpoints.values().filter(|endpoint| {
                endpoint.vpc == self.subnet.vpc
                    && endpoint.service == name
                    && endpoint.state.eq_ignore_ascii_case("available")
            });
            let private = |endpoint: &&Endpoint| endpoint.r#type == "Interface" && endpoint.private_dns;
            if let Some(endpoint) = endpoints.clone().find(private).filter(|_| vpc.dns_hostnames) {
                return self.through(endpoint);
            }
            let table = self.route_table();
            let gateway = |endpoint: &Endpoint| {
                endpoint.r#type == "Gateway" && table.is_some_and(|(id, _)| endpoint.route_tables.contains(id))
            };
            if endpoints.clone().any(gateway) && self.leaves(true) {
                return Ok(());
            }
        }
        self.outside()
    }

    /// Both security groups let it pass.
    fn through(&self, endpoint: &Endpoint) -> Result<(), Lost> {
        let network = &self.world.network;
        let blocks = endpoint.subnets.iter().filter_map(|id| network.subnets.get(id)).map(|subnet| &subnet.cidr);
        let mut blocks = blocks.collect::<Vec<_>>();
        blocks.push(&self.subnet.cidr);
        let to_it = |rule: &Rule| {
            rule.groups.iter().any(|group| endpoint.groups.contains(group))
                || rule.cidrs.iter().any(|cidr| blocks.iter().all(|block| contains(cidr, block)))
        };
        let out = self.groups.iter().flat_map(|(_, group)| &group.egress).any(|rule| opens(rule) && to_it(rule));
        let from_it = |rule: &Rule| {
            rule.groups.iter().any(|group| self.groups.iter().any(|(id, _)| *id == group))
                || rule.cidrs.iter().any(|cidr| contains(cidr, &self.subnet.cidr))
        };
        let theirs = endpoint.groups.iter().filter_map(|id| network.security_groups.get(id));
        let into = theirs.flat_map(|group| &group.ingress).any(|rule| opens(rule) && from_it(rule));
        if out && into { Ok(()) } else { Err(Lost::Timeout) }
    }

    fn outside(&self) -> Result<(), Lost> {
        let routes = self.route_table().map(|(_, table)| table.routes.as_slice()).unwrap_or_default();
        // What lies behind another gateway is not played: every route that leads away leads there.
        let stays = |target: &str| target == "local" || target.starts_with("vpce-");
        let mut away = routes.iter().filter(|route| !route.is_blackhole && !stays(&route.target));
        let leads_out = away.any(|route| !route.target.starts_with("igw-") || self.public);
        if leads_out && self.leaves(false) { Ok(()) } else { Err(Lost::Timeout) }
    }

    /// May anything leave on 443 to where AWS is? By a prefix list as well, where a gateway stands for one.
    fn leaves(&self, by_list: bool) -> bool {
        let there = |cidr: &String| contains(cidr, AWS) || by_list && cidr.starts_with("pl-");
        self.groups.iter().flat_map(|(_, group)| &group.egress).any(|rule| opens(rule) && rule.cidrs.iter().any(there))
    }

    fn route_table(&self) -> Option<(&String, &crate::sandbox::ec2::RouteTable)> {
        let tables = &self.world.network.route_tables;
        let own = tables.iter().find(|(_, table)| table.subnets.contains(self.id));
        own.or_else(|| tables.iter().find(|(_, table)| table.is_main && table.vpc == self.subnet.vpc))
    }
}

fn opens(rule: &Rule) -> bool {
    let protocol = rule.protocol == "-1" || rule.protocol == "tcp";
    protocol && rule.ports.is_none_or(|(first, last)| (first..=last).contains(&HTTPS))
}

/// Is `inner` inside `outer`? Both are blocks.
fn contains(outer: &str, inner: &str) -> bool {
    Block::parse(outer).zip(Block::parse(inner)).is_some_and(|(outer, inner)| outer.covers(inner))
}
