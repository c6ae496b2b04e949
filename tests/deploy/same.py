"""Reads deploy/terraform as HCL and deploy/cloudformation as YAML, and prints what both say in the same words.

Neither is carried out: a parameter, or what only exists once something is made, is `<its name>` on both sides.
`<Log.Arn>` is a log group's ARN without the `:*` that CloudFormation's has at its end.
"""

import json
import pathlib
import re
import sys

import hcl2
import yaml

ROOT = pathlib.Path(sys.argv[1])
# What `!Ref` means.
REF = {
    "AWS::EC2::SecurityGroup": "Id",
    "AWS::ECS::TaskDefinition": "Arn",
    "AWS::IAM::ManagedPolicy": "Arn",
    "AWS::Logs::LogGroup": "Name",
    "AWS::SQS::Queue": "Url",
}
# What some members are called in CloudFormation and elsewhere.
DATA = {
    "aws_caller_identity.account_id": "AccountId",
    "aws_partition.dns_suffix": "URLSuffix",
    "aws_partition.partition": "Partition",
    "aws_region.id": "Region",
}


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


class Template:
    """CloudFormation."""

    def __init__(self, path):
        class Loader(yaml.SafeLoader):
            pass

        def tagged(loader, tag, node):
            if isinstance(node, yaml.ScalarNode):
                return {tag: loader.construct_scalar(node)}
            return {tag: loader.construct_sequence(node, deep=True)}

        Loader.add_multi_constructor("!", tagged)
        self.raw = yaml.load(path.read_text(encoding="utf-8"), Loader)

    def named(self, name):
        if name.startswith("AWS::"):
            return f"<{name.removeprefix('AWS::')}>"
        made = self.raw["Resources"].get(name.split(".")[0])
        if made is None:
            return f"<{name}>"
        if "." not in name:
            name = f"{name}.{REF[made['Type']]}"
        return f"<{name}>:*" if name == "Log.Arn" else f"<{name}>"

    def value(self, node):
        if isinstance(node, list):
            return [self.value(each) for each in node]
        if not isinstance(node, dict):
            return node
        if set(node) == {"Sub"}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: self.named(found[1]), node["Sub"])
        if set(node) in ({"Ref"}, {"GetAtt"}):
            return self.named(next(iter(node.values())))
        if set(node) == {"If"}:
            condition, there, gone = node["If"]
            given = self.given(condition)
            if gone == {"Ref": "AWS::NoValue"}:
                [variable] = given
                return optional(variable, self.value(there))
            return either(given, self.value(there), self.value(gone))
        if set(node) == {"Join"}:
            return joined(*map(self.value, node["Join"]))
        return {key: self.value(each) for key, each in node.items()}

    def given(self, condition):
        """The parameters of which one must be given for that."""
        told = self.raw["Conditions"][condition]
        if "Or" in told:
            return [variable for each in told["Or"] for variable in self.given(each["Condition"])]
        [given, nothing] = told["Not"][0]["Equals"]
        assert nothing == "", told
        return [self.value(given)]

    def of(self, name):
        return self.value(self.raw["Resources"][name]["Properties"])

    def names(self, kind):
        return [name for name, made in self.raw["Resources"].items() if made["Type"] == kind]


class Module:
    """Terraform."""

    def __init__(self, folder):
        self.folder, self.locals, self.resources, self.variables = folder, {}, {}, {}
        for path in sorted(folder.glob("*.tf")):
            with path.open(encoding="utf-8") as file:
                parsed = bare(hcl2.load(file))
            for block in parsed.get("locals", []):
                self.locals.update(block)
            for block in parsed.get("resource", []):
                for kind, made in block.items():
                    self.resources.update({f"{kind}.{name}": body for name, body in made.items()})
            for block in parsed.get("variable", []):
                self.variables.update(block)

    def of(self, name):
        """What a resource says of itself; how often it is made, and after what, is looked at apart."""
        told = {key: each for key, each in self.resources[name].items() if key not in ("count", "depends_on", "for_each")}
        return self.value(told)

    def value(self, node):
        if isinstance(node, list):
            return [self.value(each) for each in node]
        if isinstance(node, dict):
            return {key: self.value(each) for key, each in node.items()}
        if not isinstance(node, str):
            return node
        if node.startswith("${"):
            return self.expression(node.removeprefix("${").removesuffix("}"))
        return re.sub(r"\$\{([^}]+)\}", lambda found: self.expression(found[1]), unquoted(node))

    def expression(self, text):
        """A reference, or one of the few functions that the module needs; anything else is an error."""
        if call := re.fullmatch(r"jsonencode\((.*)\)", text):
            return self.expression(call[1])
        if found := re.fullmatch(r"compact\(\[(.*)\]\)", text):
            return [self.where_given(value, value) for value in map(self.expression, found[1].split(", "))]
        if found := re.fullmatch(r'\[for (\w+) in ([\w.]+) : \1 if \1\.(\w+) != ""\]', text):
            return [self.where_given(each[found[3]], each) for each in self.expression(found[2])]
        if listed := re.fullmatch(r"\[(.*)\]", text):
            return [self.expression(listed[1])]
        if call := re.fullmatch(r'templatefile\("\$\{path\.module\}/([^"]+)", (.*)\)', text):
            return json.loads(self.template((self.folder / call[1]).read_text(encoding="utf-8"), self.expression(call[2])))
        if call := re.fullmatch(r"merge\((.*), \{(\w+) = (.*)\}\)", text):
            return {**self.expression(call[1]), call[2]: self.expression(call[3])}
        if call := re.fullmatch(r'join\((".*"), (.*)\)', text):
            return joined(json.loads(call[1]), self.expression(call[2]))
        if choice := re.fullmatch(r'local\.(\w+) \? "(.*)" : "(.*)"', text):
            return either(self.given(self.locals[choice[1]]), choice[2], choice[3])
        head, *rest = text.split(".")
        if head == "local":
            value = self.value(self.locals[rest[0]])
            for member in rest[1:]:
                value = value[member]
            return value
        if head == "var":
            assert rest[0] in self.variables, text
            return f"<{camel(rest[0])}>"
        if head == "data":
            return f"<{DATA[rest[0] + '.' + rest[2]]}>"
        assert re.fullmatch(r"\w+\.\w+(\[0\])?\.(arn|id|name|url)", text), text
        kind, name, member = text.replace("[0]", "").split(".")
        assert f"{kind}.{name}" in self.resources, text
        return f"<{camel(name)}.{member.capitalize()}>"

    def given(self, condition):
        """The variables of which one must be given for that."""
        found = [re.fullmatch(r'(var\.\w+) != ""', each) for each in condition.removeprefix("${").removesuffix("}").split(" || ")]
        return [self.expression(each[1]) for each in found]

    def where_given(self, variable, value):
        """What is left out where a variable is empty; one without a default never is."""
        empty = {f"<{camel(name)}>" for name, made in self.variables.items() if made.get("default") == '""'}
        return optional(variable, value) if variable in empty else value

    @staticmethod
    def template(text, names):
        """As Terraform does: a name that is not given is an error."""
        return re.sub(r"\$\{([^}]+)\}", lambda found: names[found[1]], text)


def bare(node):
    """Without the marks that the parser leaves, and the quotes of names."""
    if isinstance(node, list):
        return [bare(each) for each in node]
    if isinstance(node, dict):
        return {unquoted(key): bare(each) for key, each in node.items() if key not in ("__is_block__", "__comments__")}
    return node


def unquoted(text):
    return json.loads(text) if text.startswith('"') else text


def optional(variable, value):
    """What stands there where a variable is given."""
    return {"where": variable, "value": value}


def either(variables, there, gone):
    """What stands there where one of the variables is given, and where none is."""
    return {"where one of": variables, "value": there, "else": gone}


def joined(between, listed):
    return {"joined by": between, "listed": listed}


def lower(node):
    """CloudFormation's names of members as ECS writes them."""
    if isinstance(node, list):
        return [lower(each) for each in node]
    if isinstance(node, dict):
        return {key[:1].lower() + key[1:]: lower(each) for key, each in node.items()}
    return node


def default(value):
    """An empty list is an empty text, and `true` a word, to CloudFormation."""
    return json.dumps(value) if isinstance(value, bool) else value or ""


def of_template(cf):
    queue, poison, rule, task, service = (cf.of(name) for name in ("Queue", "Poison", "NewVersions", "TaskDefinition", "Service"))
    deployment, network = service["DeploymentConfiguration"], service["NetworkConfiguration"]["AwsvpcConfiguration"]
    controller, execution = cf.of("ControllerRole"), cf.of("ExecutionRole")
    rules = {"egress": cf.of("SecurityGroup")["SecurityGroupEgress"], "ingress": cf.of("EndpointSecurityGroup")["SecurityGroupIngress"]}
    endpoints = [cf.of(name) for name in cf.names("AWS::EC2::VPCEndpoint")]
    for name in ("ExecutionRole", "TaskDefinition", "Service"):
        assert cf.raw["Resources"][name]["Condition"] == "HasService", name
    opened = [(cf.raw["Resources"][name]["Condition"], cf.of(name)) for name in cf.names("AWS::EC2::SecurityGroupIngress")]
    return {
        "parameters": {name: default(made.get("Default", "-")) for name, made in cf.raw["Parameters"].items()},
        "patterns": {name: made["AllowedPattern"] for name, made in cf.raw["Parameters"].items() if "AllowedPattern" in made},
        "policies": {
            cf.of(name)["ManagedPolicyName"]: cf.of(name)["PolicyDocument"] for name in cf.names("AWS::IAM::ManagedPolicy")
        },
        "controller": [controller["RoleName"], controller["AssumeRolePolicyDocument"], controller["ManagedPolicyArns"]],
        "execution": [execution["AssumeRolePolicyDocument"], execution["Policies"][0]["PolicyDocument"]],
        "log": [cf.of("Log")["LogGroupName"], cf.of("Log")["RetentionInDays"], cf.raw["Resources"]["Log"]["DeletionPolicy"] == "Retain"],
        "queue": [
            queue[name]
            for name in ("QueueName", "SqsManagedSseEnabled", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout")
            + ("MessageRetentionPeriod", "RedrivePolicy")
        ],
        "poison": [poison[name] for name in ("QueueName", "SqsManagedSseEnabled", "MessageRetentionPeriod")],
        "queuePolicy": cf.of("QueuePolicy")["PolicyDocument"],
        "rule": [rule["Name"], rule["EventPattern"], [target["Arn"] for target in rule["Targets"]]],
        "container": lower({**task["ContainerDefinitions"][0]}),
        "task": [task["Family"], task["Cpu"], task["Memory"], task["NetworkMode"], task["RequiresCompatibilities"]]
        + [task["ExecutionRoleArn"], task["TaskRoleArn"], task["Volumes"][0]["Name"]]
        + [task["RuntimePlatform"]["CpuArchitecture"], task["RuntimePlatform"]["OperatingSystemFamily"]],
        "service": [service["ServiceName"], service["Cluster"], service["LaunchType"], service["TaskDefinition"]]
        + [service["DesiredCount"], deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]]
        + [deployment["DeploymentCircuitBreaker"]["Enable"], deployment["DeploymentCircuitBreaker"]["Rollback"]]
        + [service["AvailabilityZoneRebalancing"]]
        + [network["Subnets"], network["SecurityGroups"], network["AssignPublicIp"] == "ENABLED"],
        "rules": {
            way: [[rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["CidrIp"]] for rule in listed]
            for way, listed in rules.items()
        },
        "status": [
            [cf.given(condition), rule["GroupId"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"]]
            + [rule.get("CidrIp"), rule.get("SourceSecurityGroupId")]
            for condition, rule in opened
        ],
        "endpoints": sorted(
            [each["VpcEndpointType"], each["ServiceName"], each.get("PrivateDnsEnabled", False), each.get("SubnetIds", "-")]
            + [each.get("SecurityGroupIds", []), each.get("RouteTableIds", "-")]
            for each in endpoints
        ),
        "outputs": {name: cf.value(made["Value"]) for name, made in cf.raw["Outputs"].items()},
    }


def of_module(tf, outputs):
    queue, poison = tf.of("aws_sqs_queue.queue"), tf.of("aws_sqs_queue.poison")
    rule, target = tf.of("aws_cloudwatch_event_rule.new_versions"), tf.of("aws_cloudwatch_event_target.queue")
    task, service = tf.of("aws_ecs_task_definition.task_definition"), tf.of("aws_ecs_service.service")
    platform, network, breaker = task["runtime_platform"][0], service["network_configuration"][0], service["deployment_circuit_breaker"][0]
    controller = tf.of("aws_iam_role.controller_role")
    rules = {
        "egress": tf.of("aws_security_group.security_group")["egress"],
        "ingress": tf.of("aws_security_group.endpoint_security_group")["ingress"],
    }
    for name in ("aws_iam_role.execution_role", "aws_iam_role_policy.execution", "aws_ecs_task_definition.task_definition", "aws_ecs_service.service"):
        assert tf.resources[name]["count"] == "${var.own_service ? 1 : 0}", name
    attached = tf.of("aws_iam_role_policy_attachment.controller")
    assert attached["role"] == "<ControllerRole.Name>"
    assert tf.of("aws_sqs_queue_policy.queue_policy")["queue_url"] == "<Queue.Url>"
    assert tf.of("aws_iam_role_policy.execution")["role"] == "<ExecutionRole.Id>"
    assert target["rule"] == "<NewVersions.Name>"
    each_of, gateway = tf.resources["aws_vpc_endpoint.interface"], tf.resources["aws_vpc_endpoint.s3"]
    assert each_of["for_each"] == "${local.has_endpoints ? toset(local.endpoint_names) : toset([])}"
    assert tf.locals["has_endpoints"] == '${var.endpoint_clients != ""}'
    assert gateway["count"] == "${length(var.route_table_ids) > 0 ? 1 : 0}"
    interface = [
        ["Interface", tf.value(each_of["service_name"].replace("${each.key}", name)), each_of["private_dns_enabled"]]
        + [tf.value(each_of["subnet_ids"]), tf.value(each_of["security_group_ids"]), "-"]
        for name in tf.value(tf.locals["endpoint_names"])
    ]
    s3 = ["Gateway", tf.value(gateway["service_name"]), False, "-", [], tf.value(gateway["route_table_ids"])]
    policies = [tf.of(name) for name in tf.resources if name.startswith("aws_iam_policy.")]
    opened = [name for name in tf.resources if name.startswith("aws_vpc_security_group_ingress_rule.")]
    opened = [(tf.resources[name]["count"].replace(" ? 1 : 0", ""), tf.of(name)) for name in opened]
    return {
        "parameters": {camel(name): default(tf.value(made.get("default", "-"))) for name, made in tf.variables.items()},
        "patterns": {
            camel(name): found[1].replace("\\\\", "\\")
            for name, made in tf.variables.items()
            for check in made.get("validation", [])
            if (found := re.search(r'regex\("(.*)", var\.' + name, check["condition"]))
        },
        "policies": {policy["name"]: policy["policy"] for policy in policies},
        "controller": [controller["name"], controller["assume_role_policy"], [attached["policy_arn"]]],
        "execution": [tf.of("aws_iam_role.execution_role")["assume_role_policy"], tf.of("aws_iam_role_policy.execution")["policy"]],
        "log": [tf.of("aws_cloudwatch_log_group.log")[name] for name in ("name", "retention_in_days", "skip_destroy")],
        "queue": [
            queue[name]
            for name in ("name", "sqs_managed_sse_enabled", "receive_wait_time_seconds", "visibility_timeout_seconds")
            + ("message_retention_seconds", "redrive_policy")
        ],
        "poison": [poison[name] for name in ("name", "sqs_managed_sse_enabled", "message_retention_seconds")],
        "queuePolicy": tf.of("aws_sqs_queue_policy.queue_policy")["policy"],
        "rule": [rule["name"], rule["event_pattern"], [target["arn"]]],
        "container": task["container_definitions"][0],
        "task": [task[name] for name in ("family", "cpu", "memory", "network_mode", "requires_compatibilities")]
        + [task["execution_role_arn"], task["task_role_arn"], task["volume"][0]["name"]]
        + [platform["cpu_architecture"], platform["operating_system_family"]],
        "service": [service[name] for name in ("name", "cluster", "launch_type", "task_definition", "desired_count")]
        + [service["deployment_minimum_healthy_percent"], service["deployment_maximum_percent"]]
        + [breaker["enable"], breaker["rollback"], service["availability_zone_rebalancing"]]
        + [network["subnets"], network["security_groups"], network["assign_public_ip"]],
        "rules": {
            way: [[rule["protocol"], rule["from_port"], rule["to_port"], rule["cidr_blocks"][0]] for rule in listed]
            for way, listed in rules.items()
        },
        "status": [
            [tf.given(count), rule["security_group_id"], rule["ip_protocol"], rule["from_port"], rule["to_port"]]
            + [rule.get("cidr_ipv4"), rule.get("referenced_security_group_id")]
            for count, rule in opened
        ],
        "endpoints": sorted([*interface, s3]),
        "outputs": outputs,
    }


with (ROOT / "terraform/outputs.tf").open(encoding="utf-8") as file:
    OUTPUTS = bare(hcl2.load(file))["output"]
MODULE = Module(ROOT / "terraform")
OUTPUTS = {camel(name): MODULE.value(body["value"]) for block in OUTPUTS for name, body in block.items()}
print(
    json.dumps(
        {
            "cloudformation": of_template(Template(ROOT / "cloudformation/evenkeel.yaml")),
            "terraform": of_module(MODULE, OUTPUTS),
        }
    )
)
