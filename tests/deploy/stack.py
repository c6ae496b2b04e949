"""Makes the stack of deploy/cloudformation on moto, and prints what became of it: kinds of resources, policies, and
what the container is told. With every parameter, and what is left of its secrets without those that can be left out."""

import ast
import json
import sys

import boto3
from moto import mock_aws

ACCOUNT, REGION = "123456789012", "eu-west-1"

# Lines of a file of allowed signers.
SIGNERS = [f'{name}@example.com namespaces="git" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{name}' for name in ("ann", "bob")]

AGE = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:evenkeel/age-identity-AbCdEf"


def secrets(session, made):
    """What the container is injected, and what its execution role may read."""
    task = session.client("ecs").describe_task_definition(taskDefinition="evenkeel-prod")["taskDefinition"]
    role = made["ExecutionRole"]["PhysicalResourceId"]
    policy = session.client("iam").get_role_policy(RoleName=role, PolicyName="start")["PolicyDocument"]
    # moto gives what the stack has put as Python prints it.
    policy = ast.literal_eval(policy) if isinstance(policy, str) else policy
    may = [each["Resource"] for each in policy["Statement"] if each["Action"] == "secretsmanager:GetSecretValue"]
    pairs = task["containerDefinitions"][0]["secrets"]
    # Of what CloudFormation takes out of a list (AWS::NoValue), moto leaves a None.
    return [{pair["name"]: pair["valueFrom"] for pair in pairs if pair}, *([one for one in each if one] for each in may)]


def doors(session, made):
    """Who is let in to the task, and where it listens."""
    group = made["SecurityGroup"]["PhysicalResourceId"]
    [group] = session.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    who = [
        [rule["IpProtocol"], rule["FromPort"], rule["ToPort"]]
        + [each["CidrIp"] for each in rule["IpRanges"]]
        + [each["GroupId"] for each in rule["UserIdGroupPairs"]]
        for rule in group["IpPermissions"]
    ]
    return [who, environment(session)["EVENKEEL_HTTP_LISTEN"]]


def environment(session):
    task = session.client("ecs").describe_task_definition(taskDefinition="evenkeel-prod")["taskDefinition"]
    return {pair["name"]: pair["value"] for pair in task["containerDefinitions"][0]["environment"]}


def others(session):
    """A security group of others in that network."""
    network = session.client("ec2").describe_subnets()["Subnets"][0]["VpcId"]
    return session.client("ec2").create_security_group(GroupName="bastion", Description="-", VpcId=network)["GroupId"]


def make(session, more):
    network = session.client("ec2").describe_subnets()["Subnets"][:2]
    session.client("ecs").create_cluster(clusterName="prod")
    parameters = {
        "Image": "evenkeel:0.1.0",
        "Cluster": "prod",
        "VpcId": network[0]["VpcId"],
        "SubnetIds": ",".join(subnet["SubnetId"] for subnet in network),
        "EndpointClients": "172.31.0.0/16",
        "RouteTableIds": session.client("ec2").describe_route_tables()["RouteTables"][0]["RouteTableId"],
        "RepositoryUrl": "https://git.example.com/acme/infra.git",
        "TokenSecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:evenkeel/token-AbCdEf",
        **more,
    }
    stacks = session.client("cloudformation")
    stacks.create_stack(
        StackName="evenkeel",
        TemplateBody=open(sys.argv[1], encoding="utf-8").read(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    status = stacks.describe_stacks(StackName="evenkeel")["Stacks"][0]["StackStatus"]
    made = stacks.list_stack_resources(StackName="evenkeel")["StackResourceSummaries"]
    return status, {each["LogicalResourceId"]: each for each in made}


with mock_aws():
    session = boto3.Session("key", "secret", region_name=REGION)
    made = make(session, {})[1]
    without, closed = secrets(session, made), doors(session, made)

opened = {}
for name in ("StatusClients", "StatusSecurityGroupId"):
    with mock_aws():
        session = boto3.Session("key", "secret", region_name=REGION)
        bastion = others(session)
        made = make(session, {name: bastion if name.endswith("Id") else "10.0.0.0/16"})[1]
        opened[name] = json.loads(json.dumps(doors(session, made)).replace(bastion, "bastion"))

with mock_aws():
    session = boto3.Session("key", "secret", region_name=REGION)
    given = {"VerifyMode": "EveryCommit", "AllowedSigners": ",".join(SIGNERS), "RewindFrom": ",".join(("1" * 40, "2" * 40))}
    make(session, given)
    signed = environment(session)

# What is outside the envelope until it is named, by parameter.
WIDER = {
    "KmsKeys": "alias/orders,alias/web",
    "ParameterNames": "/orders/*",
    "Buckets": "orders-config",
    "PullThrough": "ecr-public/*",
    "ManagedPolicyArns": f"arn:aws:iam::{ACCOUNT}:policy/tracing",
    "SecretPolicyPrincipals": f"arn:aws:iam::{ACCOUNT}:role/reporting",
}
with mock_aws():
    session = boto3.Session("key", "secret", region_name=REGION)
    make(session, WIDER)
    wider = environment(session)

with mock_aws():
    session = boto3.Session("key", "secret", region_name=REGION)
    status, made = make(session, {"AgeIdentitySecretArn": AGE})
    iam = session.client("iam")

    def policy(name):
        arn = made[name]["PhysicalResourceId"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]

    endpoints = session.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    task = session.client("ecs").describe_task_definition(taskDefinition="evenkeel-prod")["taskDefinition"]
    container = task["containerDefinitions"][0]
    print(
        json.dumps(
            {
                "status": status,
                "resources": sorted(each["ResourceType"] for each in made.values()),
                "policies": {name: policy(name) for name in ("Boundary", "ControllerPolicy", "ReadOnlyPolicy")},
                "endpoints": sorted(each["ServiceName"] for each in endpoints),
                "environment": environment(session),
                "signed": signed,
                "signers": SIGNERS,
                "wider": wider,
                "doors": {"closed": closed, **opened},
                "readonly": container["readonlyRootFilesystem"],
                "secrets": secrets(session, made),
                "withoutAge": without,
            }
        )
    )
