"""Reads deploy/examples/rds-web as CloudFormation and as HCL, and prints what both say in the same words."""

import collections
import json
import pathlib
import re
import sys

import hcl2
import yaml

ROOT = pathlib.Path(sys.argv[1])
# Routes and the attachment of a gateway are parts of other resources in Terraform.
KINDS = {
    "aws_vpc": "AWS::EC2::VPC",
    "aws_internet_gateway": "AWS::EC2::InternetGateway",
    "aws_subnet": "AWS::EC2::Subnet",
    "aws_route_table": "AWS::EC2::RouteTable",
    "aws_route_table_association": "AWS::EC2::SubnetRouteTableAssociation",
    "aws_security_group": "AWS::EC2::SecurityGroup",
    "aws_vpc_endpoint": "AWS::EC2::VPCEndpoint",
    "aws_lb": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "aws_lb_target_group": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "aws_lb_listener": "AWS::ElasticLoadBalancingV2::Listener",
    "aws_db_subnet_group": "AWS::RDS::DBSubnetGroup",
    "aws_db_instance": "AWS::RDS::DBInstance",
    "aws_secretsmanager_secret_rotation": "AWS::SecretsManager::RotationSchedule",
    "aws_ecs_cluster": "AWS::ECS::Cluster",
    "aws_cloudwatch_log_group": "AWS::Logs::LogGroup",
    "aws_ecr_repository": "AWS::ECR::Repository",
}


def plain(value):
    """Texts without the quotes that the parser keeps."""
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value[1:-1] if isinstance(value, str) and re.fullmatch(r'".*"', value, re.S) else value


class Loader(yaml.SafeLoader):
    pass


def tagged(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        return f"!{tag} {loader.construct_scalar(node)}"
    return loader.construct_sequence(node, deep=True)


Loader.add_multi_constructor("!", tagged)
template = yaml.load((ROOT / "cloudformation.yaml").read_text(encoding="utf-8"), Loader)
module = plain(hcl2.loads((ROOT / "terraform/main.tf").read_text(encoding="utf-8")))

made = template["Resources"].values()
endpoints = [each["Properties"] for each in made if each["Type"] == "AWS::EC2::VPCEndpoint"]
database = template["Resources"]["Database"]["Properties"]
groups = [each["Properties"] for each in made if each["Type"] == "AWS::EC2::SecurityGroup"]
left = {
    "kinds": collections.Counter(each["Type"] for each in made if not re.search("Route$|GatewayAttachment$", each["Type"])),
    "outputs": sorted(template["Outputs"]),
    "endpoints": sorted(each["ServiceName"].split("}.")[1] for each in endpoints),
    "ports": sorted(rule["FromPort"] for each in groups for rule in each["SecurityGroupIngress"]),
    "database": [database["ManageMasterUserPassword"], database["PubliclyAccessible"], database["Engine"], database["MasterUsername"]],
    "rotation": template["Parameters"]["RotateEvery"]["Default"],
    "dns": [template["Resources"]["Vpc"]["Properties"][name] for name in ("EnableDnsSupport", "EnableDnsHostnames")],
}

resources = [(kind, body) for block in module["resource"] for kind, named in block.items() for body in named.values()]
local = next(block["endpoints"] for block in module["locals"] if "endpoints" in block)
named = re.findall(r'"([a-z.]+)"', str(local)) or re.findall(r"'([a-z.]+)'", str(local))


def times(body):
    return len(named) if "for_each" in body else int(body.get("count", 1))


kinds = collections.Counter()
for kind, body in resources:
    kinds[KINDS[kind]] += times(body)
of = {kind: body for kind, body in resources}
database = of["aws_db_instance"]
gateway = [body["service_name"].rsplit(".", 1)[1] for kind, body in resources if kind == "aws_vpc_endpoint" and "for_each" not in body]
right = {
    "kinds": kinds,
    "outputs": sorted(name for block in module["output"] for name in block),
    "endpoints": sorted(named + gateway),
    "ports": sorted(rule["from_port"] for kind, body in resources if kind == "aws_security_group" for rule in body["ingress"]),
    "database": [database["manage_master_user_password"], database["publicly_accessible"], database["engine"], database["username"]],
    "rotation": next(block["rotate_every"]["default"] for block in module["variable"] if "rotate_every" in block),
    "dns": [of["aws_vpc"]["enable_dns_support"], of["aws_vpc"]["enable_dns_hostnames"]],
}
print(json.dumps({"cloudformation": left, "terraform": right}))
