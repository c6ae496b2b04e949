//! EC2: subnets, security groups, VPCs with their route tables and endpoints.

use serde_json::{Value, json};

use super::Surveyor;
use crate::aws::wire::EC2;
use crate::aws::xml::items;
use crate::cloud::fault::Fault;
use crate::model::network::{Endpoint, Route, RouteTable, Rule, SecurityGroup, Subnet, Vpc};
use crate::model::observed::Seen;

/// More than any VPC has, at a thousand a page.
const MOST_PAGES: usize = 100;

impl Surveyor<'_> {
    pub(super) async fn subnet(&self, id: &str) -> Seen<Subnet> {
        // A filter, and not the id itself: then what is missing is no error.
        self.one("DescribeSubnets", "subnetSet", &[("subnet-id", id)], |subnet| {
            Some(Subnet {
                vpc: needed(subnet, "vpcId")?,
                block: text(subnet, "cidrBlock"),
                free: needed(subnet, "availableIpAddressCount")?.parse().ok()?,
            })
        })
        .await
    }

    pub(super) async fn group(&self, id: &str) -> Seen<SecurityGroup> {
        self.one("DescribeSecurityGroups", "securityGroupInfo", &[("group-id", id)], |group| {
            Some(SecurityGroup {
                vpc: needed(group, "vpcId")?,
                ingress: items(group, "ipPermissions").map(rule).collect(),
                egress: items(group, "ipPermissionsEgress").map(rule).collect(),
            })
        })
        .await
    }

    pub(super) async fn vpc(&self, id: &str) -> Seen<Vpc> {
        match Box::pin(self.whole_vpc(id)).await {
            Ok(vpc) => Seen::Present(vpc),
            Err(fault) if fault.code.as_deref() == Some("InvalidVpcID.NotFound") => Seen::Absent,
            Err(fault) => Seen::Unreadable(fault.in_full()),
        }
    }

    async fn whole_vpc(&self, id: &str) -> Result<Vpc, Fault> {
        let of_vpc = [("vpc-id", id)];
        let of_default = [("vpc-id", id), ("group-name", "default")];
        let (dns_support, dns_hostnames, tables, endpoints, groups) = tokio::try_join!(
            self.attribute(id, "enableDnsSupport"),
            self.attribute(id, "enableDnsHostnames"),
            self.list("DescribeRouteTables", "routeTableSet", &of_vpc),
            self.list("DescribeVpcEndpoints", "vpcEndpointSet", &of_vpc),
            self.list("DescribeSecurityGroups", "securityGroupInfo", &of_default),
        )?;
        Ok(Vpc {
            dns_support,
            dns_hostnames,
            tables: tables.iter().map(table).collect(),
            endpoints: endpoints.iter().map(endpoint).collect(),
            default_group: groups.first().map(|group| text(group, "groupId")),
        })
    }

    /// One attribute a call: EC2 takes no two.
    async fn attribute(&self, vpc: &str, name: &'static str) -> Result<bool, Fault> {
        let input = json!({"VpcId": vpc, "Attribute": name});
        let region = &self.aws.scope.region;
        let answer = self.aws.read(&EC2, region, "DescribeVpcAttribute", &input).await?;
        match answer.get(name).map(|value| text(value, "value")).as_deref() {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(self.aws.unclear("ec2:DescribeVpcAttribute", format!("it does not say what {name} is"))),
        }
    }

    async fn one<T>(
        &self,
        operation: &'static str,
        set: &str,
        filters: &[(&str, &str)],
        read: impl Fn(&Value) -> Option<T>,
    ) -> Seen<T> {
        match self.list(operation, set, filters).await {
            Ok(found) => match found.first().map(read) {
                None => Seen::Absent,
                Some(Some(found)) => Seen::Present(found),
                Some(None) => {
                    let why = "the answer does not say all of it";
                    Seen::Unreadable(self.aws.unclear(&format!("ec2:{operation}"), why).in_full())
                }
            },
            Err(fault) => Seen::Unreadable(fault.in_full()),
        }
    }

    async fn list(&self, operation: &'static str, set: &str, filters: &[(&str, &str)]) -> Result<Vec<Value>, Fault> {
        let filter = |(name, value): &(&str, &str)| json!({"Name": name, "Value": [value]});
        let filters: Vec<Value> = filters.iter().map(filter).collect();
        let mut found = Vec::new();
        let mut input = json!({"Filter": filters});
        for _ in 0..MOST_PAGES {
            let answer = self.aws.read(&EC2, &self.aws.scope.region, operation, &input).await?;
            found.extend(items(&answer, set).cloned());
            match text(&answer, "nextToken") {
                token if token.is_empty() => return Ok(found),
                token => input["NextToken"] = token.into(),
            }
        }
        Err(self.aws.unclear(&format!("ec2:{operation}"), format!("it has more than {MOST_PAGES} pages")))
    }
}

fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What no answer leaves out.
fn needed(value: &Value, member: &str) -> Option<String> {
    Some(text(value, member)).filter(|text| !text.is_empty())
}

fn texts(value: &Value, list: &str, member: Option<&str>) -> std::collections::BTreeSet<String> {
    let of = |item: &Value| match member {
        Some(member) => text(item, member),
        None => item.as_str().unwrap_or_default().to_owned(),
    };
    items(value, list).map(of).filter(|text| !text.is_empty()).collect()
}

fn rule(value: &Value) -> Rule {
    let port = |member: &str| text(value, member).parse().ok();
    let mut peers = texts(value, "ipRanges", Some("cidrIp"));
    peers.extend(texts(value, "prefixListIds", Some("prefixListId")));
    Rule {
        protocol: text(value, "ipProtocol"),
        ports: port("fromPort").zip(port("toPort")).filter(|(first, _)| *first >= 0),
        peers,
        groups: texts(value, "groups", Some("groupId")),
    }
}

fn table(value: &Value) -> RouteTable {
    let associations = || items(value, "associationSet");
    RouteTable {
        id: text(value, "routeTableId"),
        is_main: associations().any(|association| text(association, "main") == "true"),
        subnets: texts(value, "associationSet", Some("subnetId")),
        routes: items(value, "routeSet").map(route).collect(),
    }
}

fn route(value: &Value) -> Route {
    const TARGETS: [&str; 10] = [
        "gatewayId",
        "natGatewayId",
        "transitGatewayId",
        "vpcPeeringConnectionId",
        "networkInterfaceId",
        "instanceId",
        "localGatewayId",
        "carrierGatewayId",
        "egressOnlyInternetGatewayId",
        "coreNetworkArn",
    ];
    const DESTINATIONS: [&str; 3] = ["destinationCidrBlock", "destinationPrefixListId", "destinationIpv6CidrBlock"];
    let first = |members: &[&str]| {
        members.iter().map(|member| text(value, member)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    Route {
        destination: first(&DESTINATIONS),
        target: first(&TARGETS),
        is_blackhole: text(value, "state") == "blackhole",
    }
}

fn endpoint(value: &Value) -> Endpoint {
    Endpoint {
        id: text(value, "vpcEndpointId"),
        service: text(value, "serviceName"),
        is_interface: text(value, "vpcEndpointType") == "Interface",
        is_available: text(value, "state").eq_ignore_ascii_case("available"),
        private_dns: text(value, "privateDnsEnabled") == "true",
        subnets: texts(value, "subnetIdSet", None),
        groups: texts(value, "groupSet", Some("groupId")),
        tables: texts(value, "routeTableIdSet", None),
    }
}
