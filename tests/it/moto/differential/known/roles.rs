//! IAM.

use serde_json::Value;

use super::{After, Known, Scene, always};

pub(super) const KNOWN: &[Known] = &[
    Known {
        row: "M90",
        operation: "CreatePolicy",
        member: "Policy.PermissionsBoundaryUsageCount",
        sandbox: "0",
        moto: "-",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M90",
        operation: "GetPolicy",
        member: "Policy.PermissionsBoundaryUsageCount",
        sandbox: "*",
        moto: "-",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M91",
        operation: "AttachRolePolicy",
        member: "error",
        sandbox: "-",
        moto: "NoSuchEntity",
        after: After::OnlyHere,
        when: is_of_aws,
    },
    Known {
        row: "M91",
        operation: "GetPolicy",
        member: "error",
        sandbox: "-",
        moto: "NoSuchEntity",
        after: After::Same,
        when: is_of_aws,
    },
    Known {
        row: "M91",
        operation: "GetPolicyVersion",
        member: "error",
        sandbox: "-",
        moto: "NoSuchEntity",
        after: After::Same,
        when: is_of_aws,
    },
    Known {
        row: "M92",
        operation: "GetRole",
        member: "Role.PermissionsBoundary.PermissionsBoundaryType",
        sandbox: "Policy",
        moto: "PermissionsBoundaryPolicy",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M92",
        operation: "GetAccountAuthorizationDetails",
        member: "RoleDetailList[].PermissionsBoundary.PermissionsBoundaryType",
        sandbox: "Policy",
        moto: "PermissionsBoundaryPolicy",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M93",
        operation: "GetPolicy",
        member: "Policy.AttachmentCount",
        sandbox: "*",
        moto: "*",
        after: After::Same,
        when: counts_more,
    },
    Known {
        row: "M94",
        operation: "DeleteRolePermissionsBoundary",
        member: "error",
        sandbox: "NoSuchEntity: Role * has no permissions boundary.",
        moto: "-",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M95",
        operation: "PutRolePermissionsBoundary",
        member: "error",
        sandbox: "NoSuchEntity: Scope ARN: *",
        moto: "-",
        after: After::Apart,
        when: always,
    },
];

/// A policy that AWS keeps for every account.
fn is_of_aws(scene: &Scene<'_>) -> bool {
    scene.input["PolicyArn"].as_str().is_some_and(|arn| arn.starts_with("arn:aws:iam::aws:policy/"))
}

/// moto counts an attachment for each call that makes it.
fn counts_more(scene: &Scene<'_>) -> bool {
    let count = |side: &Value| side.as_str().and_then(|text| text.parse::<u32>().ok());
    count(&scene.difference.sandbox) < count(&scene.difference.moto)
}
