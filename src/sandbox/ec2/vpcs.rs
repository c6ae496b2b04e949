//! `DescribeVpcs` and `DescribeVpcAttribute`.
//!
//! Ledger: O14.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::filters::{Kind, Paged, Seen, listed};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    vpc_id: Vec<String>,
    #[serde(flatten)]
    paged: Paged,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    vpc_id: String,
    attribute: String,
}

const KIND: Kind = Kind { set: "vpcSet", what: "vpc ID", missing: "InvalidVpcID.NotFound" };

pub(super) fn describe_vpcs(world: &mut World, input: &Value) -> Outcome {
    let Input { vpc_id, paged } = parse(input)?;
    let owner = &world.place().account;
    let all = world.network.vpcs.iter().map(|(id, vpc)| Seen {
        id,
        tags: &vpc.tags,
        values: Box::new(move |name| {
            let value = match name {
                "vpc-id" => id.clone(),
                "cidr" | "cidr-block-association.cidr-block" => vpc.cidr.clone(),
                "is-default" | "isDefault" => vpc.is_default.to_string(),
                "owner-id" => owner.clone(),
                "state" => "available".to_owned(),
                _ => return None,
            };
            Some(vec![value])
        }),
        view: json!({
            "vpcId": id,
            "ownerId": owner,
            "state": "available",
            "cidrBlock": vpc.cidr,
            "cidrBlockAssociationSet": [{
                "associationId": id.replacen("vpc-", "vpc-cidr-assoc-", 1),
                "cidrBlock": vpc.cidr,
                "cidrBlockState": {"state": "associated"},
            }],
            "dhcpOptionsId": "dopt-default",
            "instanceTenancy": "default",
            "isDefault": vpc.is_default,
        }),
    });
    listed(KIND, &vpc_id, &paged, all.collect())
}

/// One attribute a call: AWS takes no two.
pub(super) fn describe_vpc_attribute(world: &mut World, input: &Value) -> Outcome {
    let Attribute { vpc_id, attribute } = parse(input)?;
    let vpc = world.network.vpcs.get(&vpc_id).ok_or_else(|| fault::not_found(KIND.missing, KIND.what, &vpc_id))?;
    let value = match attribute.as_str() {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        // The other one of the API model: metrics of addresses, which are off.
        _ => false,
    };
    Ok(json!({"vpcId": vpc_id, attribute: {"value": value}}))
}
