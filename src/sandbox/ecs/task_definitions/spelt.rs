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

const RULES: [Rule; 3] = [
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

/// An object in S3, a parameter, or a file of the instance.
fn is_credential_spec(text: &str) -> bool {
    if text.strip_prefix("credentialspec:file://").is_some_and(|file| !file.is_empty()) {
        return true;
    }
    let Some(("credentialspec" | "credentialspecdomainless", arn)) = text.split_once(':') else { return false };
    Arn::parse(arn).is_some_and(|arn| match arn.service {
        "s3" => arn.resource.split_once('/').is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty()),
        "ssm" => arn.resource.starts_with("parameter/"),
        _ => false,
    })
}
