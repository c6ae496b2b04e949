//! `DescribeRouteTables`.
//!
//! Ledger: O14.

use serde::Deserialize;
use serde_json::{Value, json};

use super::filters::{Kind, Paged, Seen, listed};
use super::{Route, RouteTable};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    route_table_id: Vec<String>,
    #[serde(flatten)]
    paged: Paged,
}

const KIND: Kind = Kind { set: "routeTableSet", what: "routeTable ID", missing: "InvalidRouteTableID.NotFound" };

pub(super) fn describe_route_tables(world: &mut World, input: &Value) -> Outcome {
    let Input { route_table_id, paged } = parse(input)?;
    let owner = &world.place().account;
    let all = world.network.route_tables.iter().map(|(id, table)| Seen {
        id,
        tags: &table.tags,
        values: Box::new(move |name| {
            let routes = || table.routes.iter();
            Some(match name {
                "route-table-id" | "association.route-table-id" => vec![id.clone()],
                "vpc-id" => vec![table.vpc.clone()],
                "association.main" => vec![table.is_main.to_string()],
                "association.subnet-id" => table.subnets.iter().cloned().collect(),
                "route.destination-cidr-block" => routes().map(|route| route.destination.clone()).collect(),
                "route.gateway-id" => {
                    routes().filter(|route| member(route) == "gatewayId").map(|route| route.target.clone()).collect()
                }
                "route.nat-gateway-id" => {
                    routes().filter(|route| member(route) == "natGatewayId").map(|route| route.target.clone()).collect()
                }
                _ => return None,
            })
        }),
        view: json!({
            "routeTableId": id,
            "vpcId": table.vpc,
            "ownerId": owner,
            "associationSet": associations(id, table),
            "propagatingVgwSet": [],
            "routeSet": table.routes.iter().map(view).collect::<Vec<_>>(),
        }),
    });
    listed(KIND, &route_table_id, &paged, all.collect())
}

fn associations(id: &str, table: &RouteTable) -> Vec<Value> {
    let one = |of: &str| {
        json!({
            "routeTableAssociationId": of.replacen("subnet-", "rtbassoc-", 1).replacen("rtb-", "rtbassoc-", 1),
            "routeTableId": id,
            "main": of == id,
            "associationState": {"state": "associated"},
        })
    };
    let of_subnets = table.subnets.iter().map(|subnet| {
        let mut view = one(subnet);
        view["subnetId"] = json!(subnet);
        view
    });
    table.is_main.then(|| one(id)).into_iter().chain(of_subnets).collect()
}

fn view(route: &Route) -> Value {
    let destination = match route.destination.as_str() {
        list if list.starts_with("pl-") => "destinationPrefixListId",
        block if block.contains(':') => "destinationIpv6CidrBlock",
        _ => "destinationCidrBlock",
    };
    json!({
        destination: route.destination,
        member(route): route.target,
        "origin": if route.target == "local" { "CreateRouteTable" } else { "CreateRoute" },
        "state": if route.is_blackhole { "blackhole" } else { "active" },
    })
}

/// The member that names a target.
fn member(route: &Route) -> &'static str {
    match route.target.split('-').next() {
        Some("nat") => "natGatewayId",
        Some("tgw") => "transitGatewayId",
        Some("pcx") => "vpcPeeringConnectionId",
        Some("eni") => "networkInterfaceId",
        Some("eigw") => "egressOnlyInternetGatewayId",
        _ => "gatewayId",
    }
}
