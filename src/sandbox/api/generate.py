#!/usr/bin/env python3
"""Writes the input shapes of the operations that the sandbox offers.

Source: the service models inside the installed botocore. Only structure is
taken (members, types, required, enum, bounds, patterns), no documentation.
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
        RotateSecret TagResource UntagResource UpdateSecret UpdateSecretVersionStage
    """,
    "iam": """
        AttachRolePolicy CreatePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary
        DeleteRolePolicy DetachRolePolicy GetAccountAuthorizationDetails GetPolicy GetRole
        GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoleTags
        PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy
    """,
    "ecs": """
        CreateCluster CreateService DeleteService DeregisterTaskDefinition DescribeClusters
        DescribeServiceDeployments DescribeServiceRevisions DescribeServices
        DescribeTaskDefinition DescribeTasks ListClusters ListServiceDeployments
        ListServices ListTagsForResource ListTaskDefinitions ListTasks RegisterTaskDefinition
        StopServiceDeployment TagResource UntagResource UpdateService
    """,
    "sts": "GetCallerIdentity",
}

# Bounds and patterns keep their names; everything else that a model may say of
# a shape must be listed here, so that a new trait is looked at by a person.
KEPT = {"enum", "min", "max", "pattern", "required", "sensitive", "union", "document"}
IGNORED = {"box", "documentation", "deprecated", "deprecatedMessage", "deprecatedSince"}
IGNORED_MEMBER = {"shape", "documentation", "idempotencyToken", "box"} | IGNORED


def reduced(name, shape):
    """The part of a shape that validation needs, and the shapes it names."""
    kind = shape["type"]
    unknown = set(shape) - KEPT - IGNORED - {"type", "members", "member", "key", "value"}
    assert not unknown, f"{name}: unknown traits {unknown}"
    out, named = {"type": kind}, []
    if kind == "structure" and not shape.get("document"):
        for member, target in shape["members"].items():
            extra = set(target) - IGNORED_MEMBER
            assert not extra, f"{name}.{member}: unknown traits {extra}"
        out["members"] = {m: t["shape"] for m, t in sorted(shape["members"].items())}
        named += out["members"].values()
    elif kind == "list":
        out["member"] = shape["member"]["shape"]
        named.append(out["member"])
    elif kind == "map":
        out["key"], out["value"] = shape["key"]["shape"], shape["value"]["shape"]
        named += [out["key"], out["value"]]
    elif shape.get("document"):
        out["type"] = "document"
    out.update({trait: shape[trait] for trait in sorted(KEPT) if trait in shape and trait != "document"})
    return out, named


def model_of(service, operations):
    """The offered operations of a service and every shape that they reach."""
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    inputs = {o: model["operations"][o]["input"]["shape"] for o in sorted(operations.split())}
    shapes, waiting = {}, list(inputs.values())
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name], named = reduced(name, model["shapes"][name])
            waiting += named
    return inputs, shapes


def main():
    here = pathlib.Path(__file__).parent
    for service, operations in OPERATIONS.items():
        inputs, shapes = model_of(service, operations)
        lines = ["{", f' "botocore": "{botocore.__version__}",', f' "operations": {json.dumps(inputs)},', ' "shapes": {']
        rows = [f"  {json.dumps(n)}: {json.dumps(s, ensure_ascii=True)}" for n, s in sorted(shapes.items())]
        lines += [",\n".join(rows), " }", "}"]
        path, text = here / f"{service}.json", "\n".join(lines) + "\n"
        if "--check" not in sys.argv:
            path.write_text(text, encoding="ascii")
        elif path.read_text(encoding="ascii") != text:
            sys.exit(f"not up to date: {path}; run src/sandbox/api/generate.py")


if __name__ == "__main__":
    main()
