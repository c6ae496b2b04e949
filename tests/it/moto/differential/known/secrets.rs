//! Secrets Manager.

use evenkeel::sandbox::secrets_manager::Secret;
use serde_json::Value;

use super::super::Difference;
use super::{After, Known, Scene, always};

pub(super) const KNOWN: &[Known] = &[
    Known {
        row: "M71",
        operation: "DescribeSecret",
        member: "SecretVersionsToStages",
        sandbox: "-",
        moto: "*",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M71",
        operation: "ListSecrets",
        member: "SecretList[].VersionIdsToStages",
        sandbox: "-",
        moto: "*",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M72",
        operation: "ListSecretVersionIds",
        member: "Versions[].KmsKeyIds",
        sandbox: "[\"DefaultEncryptionKey\"]",
        moto: "-",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M165",
        operation: "ListSecretVersionIds",
        member: "Versions",
        sandbox: "*",
        moto: "*",
        after: After::Same,
        when: lists_what_has_no_label,
    },
    Known::member("M166", "DescribeSecret", "RotationLambdaARN", ["arn:*", "-"]),
    Known::member("M166", "ListSecrets", "SecretList[].RotationLambdaARN", ["arn:*", "-"]),
    Known {
        row: "M166",
        operation: "CancelRotateSecret",
        member: "error",
        sandbox: "-",
        moto: "InvalidRequestException",
        after: After::OnlyHere,
        when: has_function,
    },
    Known {
        row: "M73",
        operation: "ListSecretVersionIds",
        member: "error",
        sandbox: "ResourceNotFoundException: *",
        moto: "no code",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M73",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "ResourceNotFoundException: *",
        moto: "no code",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M76",
        operation: "PutSecretValue",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M76",
        operation: "UpdateSecret",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M76",
        operation: "TagResource",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M76",
        operation: "UntagResource",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M76",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M76",
        operation: "PutResourcePolicy",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M76",
        operation: "DeleteResourcePolicy",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M76",
        operation: "GetResourcePolicy",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "-",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M76",
        operation: "PutSecretValue",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "ResourceExistsException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M76",
        operation: "UpdateSecret",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "ResourceExistsException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M76",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "InvalidParameterException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M76",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "no code",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M77",
        operation: "UpdateSecret",
        member: "error",
        sandbox: "ResourceExistsException: *",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M78",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "InvalidParameterException: You can't remove staging label AWSCURRENT*",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M87",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "ResourceNotFoundException: *",
        moto: "InvalidParameterException",
        after: After::Apart,
        when: takes_off_first,
    },
    Known {
        row: "M79",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "ResourceNotFoundException: *",
        moto: "InvalidParameterException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M80",
        operation: "CreateSecret",
        member: "VersionId",
        sandbox: "*",
        moto: "*",
        after: After::Same,
        when: names_another_version,
    },
    Known {
        row: "M81",
        operation: "CreateSecret",
        member: "error",
        sandbox: "ResourceExistsException: *",
        moto: "-",
        after: After::Apart,
        when: is_pending,
    },
    Known {
        row: "M81",
        operation: "PutSecretValue",
        member: "error",
        sandbox: "ResourceExistsException: *",
        moto: "-",
        after: After::Apart,
        when: is_pending,
    },
    Known {
        row: "M81",
        operation: "PutSecretValue",
        member: "VersionStages",
        sandbox: "*AWSPENDING*",
        moto: "*",
        after: After::Apart,
        when: is_pending,
    },
    Known {
        row: "M82",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "-",
        moto: "InvalidParameterException",
        after: After::OnlyHere,
        when: stays_where_it_is,
    },
    Known {
        row: "M83",
        operation: "CreateSecret",
        member: "error",
        sandbox: "InvalidRequestException: *already scheduled for deletion.",
        moto: "ResourceExistsException",
        after: After::Same,
        when: always,
    },
    Known {
        row: "M83",
        operation: "CreateSecret",
        member: "error",
        sandbox: "InvalidRequestException: *already scheduled for deletion.",
        moto: "-",
        after: After::Apart,
        when: always,
    },
    Known {
        row: "M84",
        operation: "UpdateSecretVersionStage",
        member: "error",
        sandbox: "InvalidParameterException: The parameter RemoveFromVersionId can't be empty.*",
        moto: "-",
        after: After::Apart,
        when: is_no_label_of_aws,
    },
    Known {
        row: "M86",
        operation: "GetSecretValue",
        member: "error",
        sandbox: "InvalidRequestException: *marked for deletion.",
        moto: "ResourceNotFoundException",
        after: After::Same,
        when: always,
    },
];

/// The secret that the input names, as the sandbox holds it.
fn secret<'a>(scene: &'a Scene<'_>) -> Option<&'a Secret> {
    let named = scene.input["SecretId"].as_str().or(scene.input["Name"].as_str())?;
    let name = named.rsplit_once(":secret:").map_or(named, |(_, name)| name);
    scene.world.secrets.get(name)
}

/// moto lists the same, and versions without labels, which were not asked for.
fn lists_what_has_no_label(scene: &Scene<'_>) -> bool {
    let versions = |side: &Value| -> Vec<(Value, Value)> {
        let all = side.as_array().into_iter().flatten();
        all.map(|version| (version["VersionId"].clone(), version["VersionStages"].clone())).collect()
    };
    let Difference { sandbox, moto, .. } = scene.difference;
    let mut labelled = versions(moto);
    labelled.retain(|(_, stages)| !stages.is_null());
    scene.input["IncludeDeprecated"] != true && labelled == versions(sandbox)
}

/// The secret's rotation was set up with a function.
fn has_function(scene: &Scene<'_>) -> bool {
    secret(scene).is_some_and(|held| held.rotation.as_ref().is_some_and(|rotation| !rotation.lambda.is_empty()))
}

/// Each side names a version that the secret has: the sandbox that of the token, moto the current one.
fn names_another_version(scene: &Scene<'_>) -> bool {
    let token = &scene.input["ClientRequestToken"];
    scene.difference.sandbox == *token
        && secret(scene).is_some_and(|held| held.current() == scene.difference.moto.as_str())
}

/// The version of the token is AWSPENDING.
fn is_pending(scene: &Scene<'_>) -> bool {
    let token = scene.input["ClientRequestToken"].as_str().unwrap_or_default();
    secret(scene).and_then(|held| held.with_label("AWSPENDING")).is_some_and(|(id, _)| id == token)
}

/// AWSCURRENT goes where it is.
fn stays_where_it_is(scene: &Scene<'_>) -> bool {
    let to = scene.input["MoveToVersionId"].as_str();
    scene.input["VersionStage"] == "AWSCURRENT" && secret(scene).is_some_and(|held| held.current() == to)
}

/// moto looks only after AWSCURRENT.
fn is_no_label_of_aws(scene: &Scene<'_>) -> bool {
    scene.input["VersionStage"] != "AWSCURRENT"
}

/// The label is on the version that it is to be taken from, and the one that it is to go to is not there.
fn takes_off_first(scene: &Scene<'_>) -> bool {
    let (label, from, to) = ("VersionStage", "RemoveFromVersionId", "MoveToVersionId");
    let [label, from, to] = [label, from, to].map(|member| scene.input[member].as_str().unwrap_or_default());
    secret(scene)
        .is_some_and(|held| held.with_label(label).is_some_and(|(id, _)| id == from) && !held.versions.contains_key(to))
}
