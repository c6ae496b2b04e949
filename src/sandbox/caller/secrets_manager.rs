//! What calls of Secrets Manager need: the secret. What they need of its key is asked when a value is sealed or opened.
//!
//! Ledger: I19, I24.

use serde_json::Value;

use super::{Asked, given, request_tags, with_tagging};
use crate::sandbox::place::Arn;
use crate::sandbox::readings::Reading;
use crate::sandbox::secrets_manager::judged_elsewhere;
use crate::sandbox::world::World;

pub(super) fn asked<'a>(world: &'a World, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    let action = format!("secretsmanager:{operation}");
    let tags = request_tags(input);
    if operation == "ListSecrets" {
        return vec![Asked::on(&action, "*")];
    }
    let place = world.place();
    if operation == "CreateSecret" {
        let name = given(input, "Name").unwrap_or_default();
        // The six characters are not known yet; a policy that asks for them is met (UNCONFIRMED).
        let by_name = world.readings.is_other(Reading::NewSecrets);
        let arn = place.arn("secretsmanager", &format!("secret:{name}{}", if by_name { "" } else { "-??????" }));
        let main = Asked::on(&action, &arn).with("secretsmanager:Name", name).with_request_tags(&tags);
        return with_tagging(main, "secretsmanager:TagResource", &tags);
    }
    let id = given(input, "SecretId").unwrap_or_default();
    let found = world.secrets.find(id).ok().or_else(|| judged_elsewhere(world, id));
    // Facts 1.1: judged by the ARN that was sent, a name by the ARN that it stands for.
    let arn = match (found, Arn::parse(id)) {
        (_, Some(_)) => id.to_owned(),
        (Some(secret), None) => secret.arn.clone(),
        (None, None) => place.arn("secretsmanager", &format!("secret:{id}")),
    };
    let mut main = Asked::on(&action, &arn).with("secretsmanager:SecretId", &arn).with_request_tags(&tags);
    for (key, member) in [
        ("VersionId", "VersionId"),
        ("VersionStage", "VersionStage"),
        ("RotationLambdaARN", "RotationLambdaARN"),
        ("KmsKeyId", "KmsKeyId"),
    ] {
        if let Some(value) = given(input, member) {
            main = main.with(format!("secretsmanager:{key}"), value);
        }
    }
    if let Some(block) = input.get("BlockPublicPolicy").and_then(Value::as_bool) {
        main = main.with("secretsmanager:BlockPublicPolicy", &block.to_string());
    }
    if let Some(days) = input.get("RecoveryWindowInDays").and_then(Value::as_i64) {
        main = main.with("secretsmanager:RecoveryWindowInDays", &days.to_string());
    }
    if let Some(forced) = input.get("ForceDeleteWithoutRecovery").and_then(Value::as_bool) {
        main = main.with("secretsmanager:ForceDeleteWithoutRecovery", &forced.to_string());
    }
    if let Some(secret) = found {
        main = main.with_resource_tags("secretsmanager", &secret.tags);
        main.guard = secret.policy.as_ref().map(crate::sandbox::secrets_manager::ResourcePolicy::guard);
    }
    // Who sets a rotation up may invoke its function, though Secrets Manager does that.
    let function = given(input, "RotationLambdaARN").filter(|_| operation == "RotateSecret");
    [main].into_iter().chain(function.map(|arn| Asked::on("lambda:InvokeFunction", arn))).collect()
}
