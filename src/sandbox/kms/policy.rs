//! `GetKeyPolicy` and `PutKeyPolicy`: every key has one policy, `default`.
//!
//! Ledger: O8, O102.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{fault, key_itself};
use crate::sandbox::place::Place;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    key_id: String,
    policy_name: Option<String>,
    policy: Option<String>,
}

pub(super) fn get_key_policy(world: &mut World, input: &Value) -> Outcome {
    let Input { key_id, policy_name, .. } = parse(input)?;
    check_name(policy_name.as_deref())?;
    Ok(json!({"Policy": key_itself(world, &key_id)?.policy, "PolicyName": "default"}))
}

pub(super) fn put_key_policy(world: &mut World, input: &Value) -> Outcome {
    let Input { key_id, policy_name, policy } = parse(input)?;
    check_name(policy_name.as_deref())?;
    let policy = checked(policy.unwrap_or_default())?;
    let found = key_itself(world, &key_id)?;
    if found.of_aws {
        return Err(fault::unsupported("changes of the keys of AWS, nor does AWS"));
    }
    let id = found.id.clone();
    if let Some(key) = world.kms.keys.get_mut(&id) {
        key.policy = policy;
    }
    Ok(json!({}))
}

fn check_name(name: Option<&str>) -> Result<(), AwsError> {
    match name {
        None | Some("default") => Ok(()),
        Some(_) => Err(AwsError::new("NotFoundException", "No such policy exists")),
    }
}

/// An object with statements, each with an effect and a principal.
pub(super) fn checked(text: String) -> Result<String, AwsError> {
    let malformed = |message: &str| AwsError::new("MalformedPolicyDocumentException", message);
    let document: Value =
        serde_json::from_str(&text).map_err(|_| malformed("The new key policy is not valid JSON."))?;
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        single @ Value::Object(_) => std::slice::from_ref(single),
        _ => &[],
    };
    let complete = |statement: &Value| {
        (statement["Effect"] == "Allow" || statement["Effect"] == "Deny")
            && (statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some())
            && (statement.get("Action").is_some() || statement.get("NotAction").is_some())
    };
    if statements.is_empty() || !statements.iter().all(complete) {
        return Err(malformed("A statement of a key policy has an effect, a principal and actions."));
    }
    Ok(text)
}

/// As it is judged: KMS takes any text for the id of a statement, and it decides nothing.
pub(super) fn judged(policy: &str) -> Value {
    let mut document: Value = serde_json::from_str(policy).unwrap_or_default();
    for statement in document.get_mut("Statement").and_then(Value::as_array_mut).into_iter().flatten() {
        statement.as_object_mut().map(|members| members.remove("Sid"));
    }
    document
}

/// What a key gets that is made without a policy.
pub(super) fn default(place: &Place) -> String {
    let statement = json!({
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": place.global_arn("iam", "root")},
        "Action": "kms:*",
        "Resource": "*",
    });
    json!({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}).to_string()
}
