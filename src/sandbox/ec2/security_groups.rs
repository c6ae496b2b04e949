//! `DescribeSecurityGroups`.
//!
//! Ledger: O14.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Rule;
use super::filters::{Kind, Paged, Seen, listed};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    group_id: Vec<String>,
    #[serde(default)]
    group_name: Vec<String>,
    #[serde(flatten)]
    paged: Paged,
}

const KIND: Kind = Kind { set: "securityGroupInfo", what: "security group", missing: "InvalidGroup.NotFound" };

pub(super) fn describe_security_groups(world: &mut World, input: &Value) -> Outcome {
    let Input { group_id, group_name, paged } = parse(input)?;
    let place = world.place();
    let named = |name: &String| group_name.is_empty() || group_name.contains(name);
    let all = world.network.security_groups.iter().filter(|(_, group)| named(&group.name)).map(|(id, group)| Seen {
        id,
        tags: &group.tags,
        values: Box::new(move |name| {
            let value = match name {
                "group-id" => id.clone(),
                "group-name" => group.name.clone(),
                "vpc-id" => group.vpc.clone(),
                "description" => group.description.clone(),
                _ => return None,
            };
            Some(vec![value])
        }),
        view: json!({
            "groupId": id,
            "groupName": group.name,
            "groupDescription": group.description,
            "securityGroupArn": place.arn("ec2", &format!("security-group/{id}")),
            "ownerId": place.account,
            "vpcId": group.vpc,
            "ipPermissions": group.ingress.iter().map(|rule| view(&place.account, rule)).collect::<Vec<_>>(),
            "ipPermissionsEgress": group.egress.iter().map(|rule| view(&place.account, rule)).collect::<Vec<_>>(),
        }),
    });
    listed(KIND, &group_id, &paged, all.collect())
}

fn view(account: &str, rule: &Rule) -> Value {
    let mut view = json!({
        "ipProtocol": rule.protocol,
        "ipRanges": rule.cidrs.iter().map(|cidr| json!({"cidrIp": cidr})).collect::<Vec<_>>(),
        "groups": rule.groups.iter().map(|group| json!({"groupId": group, "userId": account})).collect::<Vec<_>>(),
        "ipv6Ranges": [],
        "prefixListIds": [],
    });
    if let Some((first, last)) = rule.ports {
        view["fromPort"] = json!(first);
        view["toPort"] = json!(last);
    }
    view
}
