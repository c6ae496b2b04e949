//! What calls of KMS need: the key, by its own policy and the caller's; an
//! alias besides, by the caller's alone. AWS's own keys are judged likewise.
//!
//! Ledger: I22, O102.

use serde_json::Value;

use super::{Asked, given, request_tags, with_tagging};
use crate::sandbox::kms::key_of;
use crate::sandbox::world::World;

pub(super) fn asked<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let action = format!("kms:{operation}");
    let tags = request_tags(input);
    let mut asked = match operation {
        "CreateKey" => {
            let main = Asked::on(&action, "*").with_request_tags(&tags);
            return with_tagging(main, "kms:TagResource", &tags);
        }
        "ListAliases" => return vec![Asked::on(&action, "*")],
        "CreateAlias" | "DeleteAlias" => {
            let alias = given(input, "AliasName").unwrap_or_default();
            vec![Asked::on(&action, &world.place().arn("kms", alias))]
        }
        _ => Vec::new(),
    };
    if let Some(key) = key(operation, input) {
        asked.push(on_key(world, &action, &key, input));
    }
    asked
}

/// What a request says of its key: an id, an ARN or an alias; a ciphertext names its own.
fn key(operation: &str, input: &Value) -> Option<String> {
    match operation {
        "CreateAlias" => given(input, "TargetKeyId").map(str::to_owned),
        "DeleteAlias" => given(input, "AliasName").map(str::to_owned),
        "Decrypt" if given(input, "KeyId").is_none() => key_of(given(input, "CiphertextBlob")?),
        _ => given(input, "KeyId").map(str::to_owned),
    }
}

fn on_key<'a>(world: &'a World, action: &str, given_as: &str, input: &Value) -> Asked<'a> {
    let sealed_with = input.get("EncryptionContext").and_then(Value::as_object);
    let sealed_with: Vec<(&str, &str)> =
        sealed_with.into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    let mut asked = Asked::on(action, &world.key(given_as).arn);
    asked.extra.extend(world.key_context(given_as, &sealed_with));
    if let Some(alias) = given_as.split_once("alias/").map(|(_, name)| format!("alias/{name}")) {
        asked = asked.with("kms:RequestAlias", &alias);
    }
    Asked { key_policy: world.policy_of_key(given_as), ..asked }
}
