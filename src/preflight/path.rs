//! The way from a task's network interface to an AWS service: an interface endpoint that has the service's name, a gateway in
//! the route table, or the default route.
//!
//! Not looked at: network ACLs, policies of endpoints, what lies behind a NAT gateway or a transit gateway, where other routes
//! than the default one lead, IPv6.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::model::id::Region;
use crate::model::network::{Endpoint, Route, RouteTable, Rule, SecurityGroup, Subnet, Vpc, contains};

const HTTPS: i64 = 443;
const EVERYWHERE: &str = "0.0.0.0/0";

/// Where a task wants to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// A service of the Region, by the end of its endpoint's name.
    Service(&'static str),
    /// A service of another Region: endpoints lead nowhere else.
    Region(&'static str, String),
    /// S3, for files; their buckets may be in any Region.
    Files,
    /// A registry outside AWS.
    Image(String),
}

/// Where a task stands.
pub(super) struct Stand<'a> {
    pub(super) region: &'a Region,
    pub(super) vpc: &'a Vpc,
    pub(super) id: &'a str,
    pub(super) subnet: &'a Subnet,
    pub(super) groups: &'a BTreeSet<String>,
    /// Every security group that is named anywhere, as far as it is there.
    pub(super) known: &'a BTreeMap<String, &'a SecurityGroup>,
    pub(super) public: bool,
}

/// How it ends.
pub(super) enum Way {
    Open,
    Closed { why: String, help: String },
    Unsure(String),
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |service: &str| match service {
            "secretsmanager" => "Secrets Manager",
            "ssm" => "Parameter Store",
            "ecr.api" => "ECR (ecr.api)",
            "ecr.dkr" => "ECR (ecr.dkr)",
            "s3" => "S3 (the layers of images in ECR)",
            _ => "CloudWatch Logs",
        };
        match self {
            Self::Service(service) => f.write_str(name(service)),
            Self::Region(service, region) => write!(f, "{} in {region}", name(service)),
            Self::Files => f.write_str("S3 (files)"),
            Self::Image(image) => write!(f, "the registry of {image}"),
        }
    }
}

pub(super) fn find(stand: &Stand<'_>, to: &To) -> Way {
    let Stand { region, vpc, .. } = stand;
    let service = match to {
        To::Service(service) => service,
        To::Files => "s3",
        To::Region(..) | To::Image(_) => return outside(stand, to, None),
    };
    let name = format!("com.amazonaws.{region}.{service}");
    let endpoints =
        || vpc.endpoints.iter().filter(|endpoint| endpoint.service.ends_with(&name) && endpoint.is_available);
    let interface = endpoints().find(|endpoint| endpoint.is_interface && endpoint.private_dns && vpc.dns_hostnames);
    if let Some(endpoint) = interface {
        return through(stand, endpoint);
    }
    let table = table(stand);
    let in_table = |endpoint: &&Endpoint| table.is_some_and(|table| endpoint.tables.contains(&table.id));
    let gateway = endpoints().find(|endpoint| !endpoint.is_interface && in_table(endpoint));
    if let Some(gateway) = gateway {
        let to_list = |rule: &Rule| rule.peers.iter().any(|peer| peer == EVERYWHERE || peer.starts_with("pl-"));
        if egress(stand).any(|rule| rule.opens(HTTPS) && to_list(rule)) {
            return Way::Open;
        }
        if egress(stand).any(|rule| rule.opens(HTTPS) && rule.peers.iter().any(|peer| !is_private(peer))) {
            return Way::Unsure("the security groups let TCP 443 out to some addresses only".to_owned());
        }
        return no_egress(stand, &format!("the gateway endpoint {}", gateway.id));
    }
    outside(stand, to, endpoints().next().map(|endpoint| (endpoint, vpc.dns_hostnames)))
}

fn egress<'a>(stand: &'a Stand<'_>) -> impl Iterator<Item = &'a Rule> {
    stand.groups.iter().filter_map(|id| stand.known.get(id)).flat_map(|group| &group.egress)
}

fn no_egress(stand: &Stand<'_>, to: &str) -> Way {
    let groups: Vec<&str> = stand.groups.iter().map(String::as_str).collect();
    Way::Closed {
        why: format!("no rule of {} lets TCP 443 out to {to}", groups.join(", ")),
        help: "let the task's security group send TCP 443".to_owned(),
    }
}

/// The endpoint has the service's name, so nothing goes any other way: both security groups must let it pass.
fn through(stand: &Stand<'_>, endpoint: &Endpoint) -> Way {
    // The interface has an address in one of its subnets; those of other subnets are not known here.
    let beside = endpoint.subnets.contains(stand.id) && endpoint.subnets.len() == 1;
    let to_it = |rule: &Rule| {
        rule.groups.iter().any(|group| endpoint.groups.contains(group))
            || rule.peers.iter().any(|peer| peer == EVERYWHERE || covers_vpc(peer, stand, beside))
    };
    let partly = |rule: &Rule| rule.peers.iter().any(|peer| !peer.starts_with("pl-"));
    let out: Vec<&Rule> = egress(stand).filter(|rule| rule.opens(HTTPS)).collect();
    if !out.iter().any(|rule| to_it(rule)) {
        if out.iter().any(|rule| partly(rule)) {
            let why = format!("which addresses the endpoint {} has is not looked at", endpoint.id);
            return Way::Unsure(why);
        }
        return no_egress(stand, &format!("the endpoint {}", endpoint.id));
    }
    let theirs = endpoint.groups.iter().filter_map(|id| stand.known.get(id)).flat_map(|group| &group.ingress);
    let from_it = |rule: &Rule| {
        rule.groups.iter().any(|group| stand.groups.contains(group))
            || rule.peers.iter().any(|peer| peer == EVERYWHERE || contains(peer, &stand.subnet.block))
    };
    if theirs.clone().any(|rule| rule.opens(HTTPS) && from_it(rule)) {
        return Way::Open;
    }
    let lists = theirs.clone().any(|rule| rule.opens(HTTPS) && rule.peers.iter().any(|peer| peer.starts_with("pl-")));
    if lists {
        return Way::Unsure(format!("prefix lists in the security groups of {} are not looked at", endpoint.id));
    }
    let groups: Vec<&str> = endpoint.groups.iter().map(String::as_str).collect();
    Way::Closed {
        why: format!(
            "the interface endpoint {} has that name, and no rule of its security groups ({}) lets TCP 443 in from there",
            endpoint.id,
            groups.join(", ")
        ),
        help: format!("let the endpoint's security group take TCP 443 from {}", stand.subnet.block),
    }
}

/// A block that holds the task's own subnet holds the endpoint only where that stands there too.
fn covers_vpc(peer: &str, stand: &Stand<'_>, beside: bool) -> bool {
    let wide =
        peer.split_once('/').and_then(|(_, length)| length.parse::<u32>().ok()).is_some_and(|length| length <= 16);
    contains(peer, &stand.subnet.block) && (beside || wide)
}

/// By the default route; `unused` is an endpoint that would do, but for its names.
fn outside(stand: &Stand<'_>, to: &To, unused: Option<(&Endpoint, bool)>) -> Way {
    let Some(table) = table(stand) else {
        return Way::Unsure(format!("the route table of {} was not found", stand.id));
    };
    // The default route leads nowhere: is there another way, or an endpoint?
    let closed = |why: String, help: &str| match unused {
        _ if let Some(Route { destination, target, is_blackhole: _ }) = another(table, to) => {
            Way::Unsure(format!("whether {target}, to which {destination} is sent, is a way there is not looked at"))
        }
        Some((endpoint, hostnames)) if endpoint.is_interface => {
            let lack = if hostnames {
                format!("the interface endpoint {} does not have that name: its private DNS is off", endpoint.id)
            } else {
                "interface endpoints have no names: the VPC's enableDnsHostnames is off".to_owned()
            };
            Way::Closed {
                why: format!("{why}, and {lack}"),
                help: "turn on private DNS of the endpoint, and enableDnsSupport and enableDnsHostnames of the VPC"
                    .to_owned(),
            }
        }
        _ => Way::Closed { why, help: help.to_owned() },
    };
    let id = &table.id;
    let endpoints = "add a NAT gateway to the route table, or interface endpoints (a gateway endpoint for S3)";
    let Some(route) = table.routes.iter().find(|route| route.destination == EVERYWHERE) else {
        return closed(format!("its route table {id} has no default route"), endpoints);
    };
    if route.is_blackhole {
        return closed(format!("the default route of {id} leads to {}, which is gone", route.target), endpoints);
    }
    if route.target.starts_with("igw-") && !stand.public {
        let why = format!(
            "the default route of {id} leads to the internet gateway {}, and tasks have no public address",
            route.target
        );
        return closed(why, "set assignPublicIp: ENABLED, or use a subnet with a NAT gateway or endpoints");
    }
    if !egress(stand).any(|rule| rule.opens(HTTPS) && rule.peers.iter().any(|peer| peer == EVERYWHERE)) {
        if egress(stand).any(|rule| rule.opens(HTTPS) && !rule.peers.is_empty()) {
            return Way::Unsure("the security groups let TCP 443 out to some addresses only".to_owned());
        }
        return no_egress(stand, "the internet");
    }
    if route.target.starts_with("igw-") || route.target.starts_with("nat-") {
        Way::Open
    } else {
        Way::Unsure(format!("what lies behind {} is not looked at", route.target))
    }
}

/// A route to some addresses that may be a way there as well: to endpoints that a hub keeps for others, by half of all addresses,
/// over IPv6. A public registry has no private address.
fn another<'a>(table: &'a RouteTable, to: &To) -> Option<&'a Route> {
    table.routes.iter().find(|route| {
        let Route { destination, target, is_blackhole } = *route;
        let stays = target == "local" || target.starts_with("vpce-") && destination.starts_with("pl-");
        let too_far = matches!(to, To::Image(_)) && is_private(destination);
        !is_blackhole && !stays && !too_far && destination != EVERYWHERE
    })
}

/// Lies the whole block in addresses that are nobody's on the internet?
fn is_private(block: &str) -> bool {
    const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
    PRIVATE.iter().any(|private| contains(private, block))
}

fn table<'a>(stand: &Stand<'a>) -> Option<&'a RouteTable> {
    let tables = &stand.vpc.tables;
    tables.iter().find(|table| table.subnets.contains(stand.id)).or_else(|| tables.iter().find(|table| table.is_main))
}
