//! Texts of a container that have a grammar (API model, each member's "Valid
//! values" and its own text).
//!
//! Ledger: T35.

use std::net::IpAddr;

use serde_json::Value;

use super::at;
use crate::sandbox::ecs::fault;
use crate::sandbox::place::Arn;
use crate::sandbox::wire::AwsError;

/// Where a text stands, is it one, and what is said where it is none.
type Rule = (&'static str, fn(&str) -> bool, &'static str);

const RULES: [Rule; 4] = [
    ("dockerSecurityOptions[]", is_security_option, "Invalid option of dockerSecurityOptions"),
    ("credentialSpecs[]", is_credential_spec, "Invalid credential spec of a container"),
    (
        "firelensConfiguration.options.config-file-type",
        |text| ["file", "s3"].contains(&text),
        "Invalid config-file-type of a log router",
    ),
    (
        "extraHosts[].ipAddress",
        |text| text == "host-gateway" || text.parse::<IpAddr>().is_ok(),
        "Invalid ipAddress of an extra host",
    ),
];

pub(super) fn check(content: &Value) -> Result<(), AwsError> {
    for (path, is_one, words) in RULES {
        let mut texts = at(content, &format!("containerDefinitions[].{path}")).into_iter().filter_map(Value::as_str);
        if let Some(other) = texts.find(|text| !is_one(text)) {
            return Err(fault::client(format!("{words}: {other}")));
        }
    }
    Ok(())
}

/// Docker takes the first with a value, too.
fn is_security_option(text: &str) -> bool {
    if ["no-new-privileges", "no-new-privileges:true", "no-new-privileges:false"].contains(&text) {
        return true;
    }
    let known =
        |(name, value): (&str, &str)| ["apparmor", "label", "credentialspec"].contains(&name) && !value.is_empty();
    text.split_once(':').is_some_and(known)
}

/// An object in S3, or a parameter.
fn is_credential_spec(text: &str) -> bool {
    let Some(("credentialspec" | "credentialspecdomainless", arn)) = text.split_once(':') else { return false };
    Arn::parse(arn).is_some_and(|arn| match arn.service {
        "s3" => arn.resource.split_once('/').is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty()),
        "ssm" => arn.resource.starts_with("parameter/"),
        _ => false,
    })
}
