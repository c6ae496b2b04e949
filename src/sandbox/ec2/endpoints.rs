//! `DescribeVpcEndpoints`.
//!
//! Ledger: O14.

use serde::Deserialize;
use serde_json::{Value, json};

use super::filters::{Kind, Paged, Seen, listed};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    vpc_endpoint_id: Vec<String>,
    #[serde(flatten)]
    paged: Paged,
}

const KIND: Kind = Kind { set: "vpcEndpointSet", what: "Vpc Endpoint Id", missing: "InvalidVpcEndpointId.NotFound" };

pub(super) fn describe_vpc_endpoints(world: &mut World, input: &Value) -> Outcome {
    let Input { vpc_endpoint_id, paged } = parse(input)?;
    let owner = &world.place().account;
    let groups = &world.network.security_groups;
    let name_of = |id: &String| groups.get(id).map_or("", |group| group.name.as_str());
    let all = world.network.endpoints.iter().map(|(id, endpoint)| Seen {
        id,
        tags: &endpoint.tags,
        values: Box::new(move |name| {
            let value = match name {
                "vpc-endpoint-id" => id.clone(),
                "vpc-id" => endpoint.vpc.clone(),
                "service-name" => endpoint.service.clone(),
                "vpc-endpoint-type" => endpoint.r#type.clone(),
                "vpc-endpoint-state" => endpoint.state.clone(),
                _ => return None,
            };
            Some(vec![value])
        }),
        view: json!({
            "vpcEndpointId": id,
            "vpcEndpointType": endpoint.r#type,
            "vpcId": endpoint.vpc,
            "serviceName": endpoint.service,
            "state": endpoint.state,
            "policyDocument": endpoint.policy,
            "routeTableIdSet": endpoint.route_tables,
            "subnetIdSet": endpoint.subnets,
            "groupSet": endpoint.groups.iter().map(|group| json!({"groupId": group, "groupName": name_of(group)})).collect::<Vec<_>>(),
            "privateDnsEnabled": endpoint.private_dns,
            "requesterManaged": false,
            "networkInterfaceIdSet": [],
            "dnsEntrySet": [],
            "ownerId": owner,
        }),
    });
    listed(KIND, &vpc_endpoint_id, &paged, all.collect())
}
