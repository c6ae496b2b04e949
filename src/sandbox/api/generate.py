#!/usr/bin/env python3
"""Writes the input and output shapes of the operations that the sandbox offers, and their errors.

Source: the service models inside the installed botocore. Only structure is
taken (members, types, required, enum, bounds, patterns), no documentation.
Members have the names that they have on the wire, which are others in EC2.
Errors have the code of the wire, and the HTTP status where the model says one.
The output depends on nothing but botocore's version and this file.

    python generate.py            # writes ecs.json, iam.json, ... beside itself
    python generate.py --check    # fails where they are not up to date
"""

import json
import pathlib
import sys

import botocore
import botocore.loaders

OPERATIONS = {
    "secretsmanager": """
        CancelRotateSecret CreateSecret DeleteResourcePolicy DeleteSecret DescribeSecret
        GetResourcePolicy GetSecretValue ListSecretVersionIds ListSecrets PutResourcePolicy
        PutSecretValue RemoveRegionsFromReplication ReplicateSecretToRegions RestoreSecret
        RotateSecret StopReplicationToReplica TagResource UntagResource UpdateSecret
        UpdateSecretVersionStage
    """,
    "iam": """
        AttachRolePolicy CreatePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary
        DeleteRolePolicy DetachRolePolicy GetAccountAuthorizationDetails GetPolicy
        GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies
        ListRoleTags PutRolePermissionsBoundary PutRolePolicy SimulateCustomPolicy
        SimulatePrincipalPolicy TagRole UntagRole UpdateAssumeRolePolicy
    """,
    "ecs": """
        CreateCluster CreateService DeleteService DeregisterTaskDefinition DescribeClusters
        DescribeServiceDeployments DescribeServiceRevisions DescribeServices
        DescribeTaskDefinition DescribeTasks ListClusters ListServiceDeployments
        ListServices ListTagsForResource ListTaskDefinitions ListTasks RegisterTaskDefinition
        StopServiceDeployment TagResource UntagResource UpdateService
    """,
    "sts": "GetCallerIdentity",
    "kms": """
        CancelKeyDeletion CreateAlias CreateKey Decrypt DeleteAlias DescribeKey DisableKey Encrypt GenerateDataKey
        EnableKey GetKeyPolicy ListAliases PutKeyPolicy ScheduleKeyDeletion
    """,
    "sqs": """
        ChangeMessageVisibility CreateQueue DeleteMessage DeleteMessageBatch DeleteQueue
        GetQueueAttributes GetQueueUrl ReceiveMessage SendMessage SetQueueAttributes
    """,
    "events": """
        DeleteRule DescribeRule ListRules ListTargetsByRule PutEvents PutRule PutTargets
        RemoveTargets TestEventPattern
    """,
    "resourcegroupstaggingapi": "GetResources",
    "ssm": "DeleteParameter DescribeParameters GetParameter GetParameters PutParameter",
    "logs": "CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy",
    "ec2": """
        DescribeRouteTables DescribeSecurityGroups DescribeSubnets DescribeVpcAttribute
        DescribeVpcEndpoints DescribeVpcs
    """,
    "ecr": "CreatePullThroughCacheRule CreateRepository DescribeImages DescribePullThroughCacheRules PutImage",
}

# Where a member's shape is not what AWS's own text on it says: the text lists attributes of messages, the shape those of
# queues.
CORRECTED = {
    "sqs": {("ReceiveMessageRequest", "AttributeNames"): "MessageSystemAttributeList"},
}

# Texts of requests whose enumeration the service looks after by itself, with a code of its own.
OPEN = {"sqs": {"QueueAttributeName"}}

# Bounds and patterns keep their names; everything else that a model may say of
# a shape must be listed here, so that a new trait is looked at by a person.
KEPT = {"enum", "min", "max", "pattern", "required", "sensitive", "union", "document"}
IGNORED = {"box", "documentation", "deprecated", "deprecatedMessage", "deprecatedSince", "wrapper"}
# XML attributes and namespaces do not occur in what is offered; a name of a list is always the service's own.
IGNORED_MEMBER = {"shape", "documentation", "idempotencyToken", "box", "flattened", "contextParam"} | IGNORED
NAMES = {"locationName", "queryName"}


def wire_name(member, target, protocol, sent):
    """How a member is written: EC2 capitalises names in requests and has others in answers."""
    if protocol == "ec2" and sent:
        location = target.get("locationName", member)
        return target.get("queryName", location[0].upper() + location[1:])
    # SQS keeps names of the XML that it once spoke.
    return target.get("locationName", member) if protocol != "json" else member


def reduced(name, shape, protocol, sent):
    """The part of a shape that validation needs, and the shapes it names."""
    kind = shape["type"]
    unknown = set(shape) - KEPT - IGNORED - {"type", "members", "member", "key", "value"} - {"flattened"}
    assert not unknown, f"{name}: unknown traits {unknown}"
    out, named = {"type": kind}, []
    if kind == "structure" and not shape.get("document"):
        for member, target in shape["members"].items():
            extra = set(target) - IGNORED_MEMBER - NAMES
            assert not extra, f"{name}.{member}: unknown traits {extra}"
        names = {m: wire_name(m, t, protocol, sent) for m, t in shape["members"].items()}
        out["members"] = {names[m]: suffixed(t["shape"], sent) for m, t in sorted(shape["members"].items())}
        named += [t["shape"] for t in shape["members"].values()]
    elif kind == "list":
        out["member"] = suffixed(shape["member"]["shape"], sent)
        named.append(shape["member"]["shape"])
    elif kind == "map":
        out["key"], out["value"] = (suffixed(shape[part]["shape"], sent) for part in ("key", "value"))
        named += [shape[part]["shape"] for part in ("key", "value")]
    elif shape.get("document"):
        out["type"] = "document"
    out.update({trait: shape[trait] for trait in sorted(KEPT) if trait in shape and trait != "document"})
    if "required" in out and protocol == "ec2":
        out["required"] = [names[m] for m in out["required"]]
    return out, named


def suffixed(name, sent):
    """Answers have shapes of their own: EC2's members have other names there."""
    return name if sent else name + "<"


def refusals(model, operation):
    """What an operation may be refused with: the code, and the status or none."""
    named = [error["shape"] for error in model["operations"][operation].get("errors", [])]
    errors = {name: model["shapes"][name].get("error", {}) for name in named}
    return {error.get("code", name): error.get("httpStatusCode") for name, error in sorted(errors.items())}


def model_of(service, operations):
    """The offered operations of a service and every shape that they reach."""
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    for (shape, member), target in CORRECTED.get(service, {}).items():
        model["shapes"][shape]["members"][member]["shape"] = target
    protocol = model["metadata"]["protocols"][-1]
    shapes = {}

    def reach(name, sent):
        waiting = [name]
        while waiting:
            name = waiting.pop()
            if suffixed(name, sent) not in shapes:
                shapes[suffixed(name, sent)], named = reduced(name, model["shapes"][name], protocol, sent)
                if sent and name in OPEN.get(service, ()):
                    del shapes[name]["enum"]
                waiting += named

    inputs, outputs, errors = {}, {}, {}
    for operation in sorted(operations.split()):
        inputs[operation] = model["operations"][operation]["input"]["shape"]
        reach(inputs[operation], True)
        if "output" in model["operations"][operation]:
            name = model["operations"][operation]["output"]["shape"]
            reach(name, False)
            outputs[operation] = suffixed(name, False)
        errors[operation] = refusals(model, operation)
    return inputs, outputs, errors, shapes


def main():
    here = pathlib.Path(__file__).parent
    for service, operations in OPERATIONS.items():
        inputs, outputs, errors, shapes = model_of(service, operations)
        lines = ["{", f' "botocore": "{botocore.__version__}",', f' "operations": {json.dumps(inputs)},']
        lines += [f' "outputs": {json.dumps(outputs)},', ' "errors": {']
        lines += [",\n".join(f"  {json.dumps(n)}: {json.dumps(e)}" for n, e in errors.items()), " },", ' "shapes": {']
        rows = [f"  {json.dumps(n)}: {json.dumps(s, ensure_ascii=True)}" for n, s in sorted(shapes.items())]
        lines += [",\n".join(rows), " }", "}"]
        path, text = here / f"{service}.json", "\n".join(lines) + "\n"
        if "--check" not in sys.argv:
            path.write_text(text, encoding="ascii")
        elif path.read_text(encoding="ascii") != text:
            sys.exit(f"not up to date: {path}; run src/sandbox/api/generate.py")


if __name__ == "__main__":
    main()
