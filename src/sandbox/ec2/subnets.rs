//! `DescribeSubnets`.
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
    subnet_id: Vec<String>,
    #[serde(flatten)]
    paged: Paged,
}

const KIND: Kind = Kind { set: "subnetSet", what: "subnet ID", missing: "InvalidSubnetID.NotFound" };

pub(super) fn describe_subnets(world: &mut World, input: &Value) -> Outcome {
    let Input { subnet_id, paged } = parse(input)?;
    let place = world.place();
    let all = world.network.subnets.iter().map(|(id, subnet)| {
        let is_default = world.network.vpcs.get(&subnet.vpc).is_some_and(|vpc| vpc.is_default);
        Seen {
            id,
            tags: &subnet.tags,
            values: Box::new(move |name| {
                let value = match name {
                    "subnet-id" => id.clone(),
                    "vpc-id" => subnet.vpc.clone(),
                    "availability-zone" | "availabilityZone" => subnet.availability_zone.clone(),
                    "cidr-block" | "cidr" | "cidrBlock" => subnet.cidr.clone(),
                    "default-for-az" | "defaultForAz" => is_default.to_string(),
                    "map-public-ip-on-launch" => subnet.public_addresses.to_string(),
                    "state" => "available".to_owned(),
                    _ => return None,
                };
                Some(vec![value])
            }),
            view: json!({
                "subnetId": id,
                "subnetArn": place.arn("ec2", &format!("subnet/{id}")),
                "vpcId": subnet.vpc,
                "ownerId": place.account,
                "state": "available",
                "cidrBlock": subnet.cidr,
                "availabilityZone": subnet.availability_zone,
                "availableIpAddressCount": subnet.available_addresses,
                "defaultForAz": is_default,
                "mapPublicIpOnLaunch": subnet.public_addresses,
                "assignIpv6AddressOnCreation": false,
                "ipv6CidrBlockAssociationSet": [],
            }),
        }
    });
    listed(KIND, &subnet_id, &paged, all.collect())
}
