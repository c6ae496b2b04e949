//! What stands around: log groups, images, tags, the network that a Region begins with, who is calling.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{Move, one_of, tag, with};

const NAMES: [&str; 2] = ["diff-0", "diff-1"];

const VPC: &[&str] =
    &["vpcSet.vpcId", "vpcSet.cidrBlock", "vpcSet.isDefault", "vpcSet.state", "vpcSet.instanceTenancy"];
const SUBNETS: &[&str] = &[
    "subnetSet.vpcId",
    "subnetSet.cidrBlock",
    "subnetSet.availabilityZone",
    "subnetSet.defaultForAz",
    "subnetSet.mapPublicIpOnLaunch",
    "subnetSet.state",
];
const GROUPS: &[&str] = &[
    "securityGroupInfo.groupName",
    "securityGroupInfo.vpcId",
    "securityGroupInfo.ownerId",
    "securityGroupInfo.ipPermissionsEgress.ipProtocol",
    "securityGroupInfo.ipPermissionsEgress.ipRanges",
];
const TABLES: &[&str] =
    &["routeTableSet.vpcId", "routeTableSet.routeSet.destinationCidrBlock", "routeTableSet.routeSet.state"];
const REPOSITORY: &[&str] =
    &["repository.repositoryArn", "repository.repositoryName", "repository.registryId", "repository.repositoryUri"];
const PUT: &[&str] = &["image.repositoryName", "image.registryId", "image.imageId.imageTag"];
const IMAGES: &[&str] = &["imageDetails.repositoryName", "imageDetails.registryId", "imageDetails.imageTags"];
const LOGS: &[&str] = &["logGroups.logGroupName", "logGroups.arn", "logGroups.retentionInDays", "logGroups.kmsKeyId"];

pub(super) fn opening() -> Vec<Move> {
    vec![
        vpcs(json!({"Filter.1.Name": "is-default", "Filter.1.Value.1": "true"})).keeping("vpc", "/vpcSet/0/vpcId"),
        caller(),
    ]
}

pub(super) fn next(chance: &mut Rng) -> Move {
    match chance.u8(0..4) {
        0 => logs(chance),
        1 => images(chance),
        2 => tags(chance),
        _ => network(chance),
    }
}

pub(super) fn closing() -> Vec<Move> {
    let mut looks: Vec<Move> = NAMES.iter().map(|name| described(json!({"repositoryName": name}))).collect();
    looks.push(Move::new(Service::Logs, "DescribeLogGroups", json!({})).showing(LOGS));
    looks.push(resources(json!({})));
    looks
}

fn logs(chance: &mut Rng) -> Move {
    let name = one_of(chance, &NAMES);
    let group = json!({"logGroupName": name});
    let (operation, input) = match chance.u8(0..10) {
        0..=2 => ("CreateLogGroup", with(group, json!({"tags": {"k0": "v"}}))),
        3 => ("DeleteLogGroup", group),
        4..=6 => ("PutRetentionPolicy", with(group, json!({"retentionInDays": one_of(chance, &[1, 30, 2922, 31])}))),
        7 => ("DescribeLogGroups", json!({"logGroupNamePrefix": name})),
        8 => ("DescribeLogGroups", json!({"logGroupNamePattern": "f-"})),
        _ => ("DescribeLogGroups", json!({})),
    };
    let shown = if operation == "DescribeLogGroups" { LOGS } else { &[] };
    Move::new(Service::Logs, operation, input).showing(shown)
}

fn images(chance: &mut Rng) -> Move {
    let repository = json!({"repositoryName": one_of(chance, &NAMES)});
    let id = json!({"imageTag": one_of(chance, &["1", "2"])});
    match chance.u8(0..8) {
        0..=1 => Move::new(Service::Ecr, "CreateRepository", repository).showing(REPOSITORY),
        2..=4 => {
            let input = with(with(repository, id), json!({"imageManifest": manifest(chance)}));
            Move::new(Service::Ecr, "PutImage", input).showing(PUT)
        }
        5..=6 => described(with(repository, json!({"imageIds": [id]}))),
        _ => described(repository),
    }
}

fn tags(chance: &mut Rng) -> Move {
    let (key, value) = (one_of(chance, &["k0", "k1"]), one_of(chance, &["v", "w"]));
    let name = one_of(chance, &NAMES);
    match chance.u8(0..8) {
        0..=1 => {
            let input = json!({"Name": name, "SecretString": "one", "Tags": [tag(["Key", "Value"], key, value)]});
            Move::new(Service::SecretsManager, "CreateSecret", input).showing(&["Name"])
        }
        2 => {
            let input = json!({"SecretId": name, "Tags": [tag(["Key", "Value"], key, value)]});
            Move::new(Service::SecretsManager, "TagResource", input)
        }
        3 => Move::new(Service::SecretsManager, "UntagResource", json!({"SecretId": name, "TagKeys": [key]})),
        4 => resources(json!({"TagFilters": [{"Key": key}]})),
        5 => resources(json!({"TagFilters": [{"Key": key, "Values": [value]}]})),
        6 => resources(
            json!({"ResourceTypeFilters": [one_of(chance, &["secretsmanager", "secretsmanager:secret", "ecs"])]}),
        ),
        _ => resources(json!({})),
    }
}

fn network(chance: &mut Rng) -> Move {
    let of_vpc =
        json!({"Filter.1.Name": "vpc-id", "Filter.1.Value.1": one_of(chance, &["<vpc>", "<vpc>", "vpc-none"])});
    let ec2 = |operation, input| Move::new(Service::Ec2, operation, input);
    match chance.u8(0..12) {
        0 => vpcs(of_vpc),
        1 => vpcs(json!({"VpcId.1": one_of(chance, &["<vpc>", "vpc-0123456789abcdef0"])})),
        2..=3 => ec2("DescribeSubnets", of_vpc).showing(SUBNETS),
        4 => ec2("DescribeSubnets", json!({"SubnetId.1": "subnet-0123456789abcdef0"})),
        5 => ec2("DescribeSecurityGroups", of_vpc).showing(GROUPS),
        6 => ec2("DescribeSecurityGroups", json!({"GroupId.1": "sg-0123456789abcdef0"})),
        7 => ec2("DescribeRouteTables", of_vpc).showing(TABLES),
        8 => ec2("DescribeVpcEndpoints", of_vpc).showing(&["vpcEndpointSet"]),
        9..=10 => {
            let attribute = one_of(chance, &["enableDnsSupport", "enableDnsHostnames"]);
            let id = one_of(chance, &["<vpc>", "<vpc>", "vpc-0123456789abcdef0"]);
            let shown = &["vpcId", "enableDnsSupport", "enableDnsHostnames"];
            ec2("DescribeVpcAttribute", json!({"VpcId": id, "Attribute": attribute})).showing(shown)
        }
        _ => caller(),
    }
}

fn vpcs(input: Value) -> Move {
    Move::new(Service::Ec2, "DescribeVpcs", input).showing(VPC)
}

fn caller() -> Move {
    Move::new(Service::Sts, "GetCallerIdentity", json!({})).showing(&["Account"])
}

fn described(input: Value) -> Move {
    Move::new(Service::Ecr, "DescribeImages", input).showing(IMAGES)
}

fn resources(input: Value) -> Move {
    Move::new(Service::Tagging, "GetResources", input).showing(&["ResourceTagMappingList.Tags"])
}

/// As Docker pushes it.
fn manifest(chance: &mut Rng) -> String {
    let layer = format!("sha256:{:0>64}", chance.u8(0..2));
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 7, "digest": layer},
        "layers": [],
    })
    .to_string()
}
