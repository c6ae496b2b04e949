//! The grammar of `valueFrom`: a secret by its ARN, or a parameter by its name or ARN.

use super::super::node::Node;
use super::arns::{self, PARAMETER, SECRET};
use super::{Findings, containers};

/// BC PutParameter.Name.
const MOST_LEVELS: usize = 15;

/// Where such a text stands, in a task definition and in a service.
const PLACES: [&str; 3] = [
    "containerDefinitions[].secrets[].valueFrom",
    "containerDefinitions[].logConfiguration.secretOptions[].valueFrom",
    "serviceConnectConfiguration.logConfiguration.secretOptions[].valueFrom",
];

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    for place in PLACES.iter().flat_map(|path| spec.at(path)) {
        if let Some(text) = place.text().filter(|text| !text.is_empty()) {
            value_from(text, place, found);
        }
    }
    for pin in spec.at("serviceConnectConfiguration.logConfiguration.secretOptions[].valueFrom.secretRef.pin") {
        let help = "a service has no place to record a version in: its agent follows the stage";
        found.wrong(&pin.span, "`pin` has no place here", help);
    }
    for place in
        containers(spec).iter().flat_map(|container| container.at("repositoryCredentials.credentialsParameter"))
    {
        registry(place, found);
    }
}

/// Source: ECS-SM, and the public agent's parser: 7 fields, or 10.
fn value_from(text: &str, place: &Node, found: &mut Findings<'_>) {
    let fields: Vec<&str> = text.split(':').collect();
    if !text.starts_with("arn:") {
        return parameter_name(text, place, found);
    }
    if fields.get(2) == Some(&"ssm") {
        if arns::arn(text, &PARAMETER, &place.span, found) && fields.len() > 6 {
            let help = "name the parameter alone: what ECS does with a version is not documented";
            found.doubt(&place.span, "ECS documents no key and no version of a parameter", help);
        }
        return;
    }
    if fields.get(2).is_some_and(|service| *service != "secretsmanager") {
        let help = "the ARN of a secret (secretsmanager) or of a parameter (ssm)";
        return found.wrong(&place.span, "this ARN names neither a secret nor a parameter", help);
    }
    if !arns::arn(text, &SECRET, &place.span, found) {
        return;
    }
    let arn = fields[..7].join(":");
    match fields[7..] {
        [_, stage, version] if !stage.is_empty() && !version.is_empty() => {
            let help = "leave the stage out to pin the version, or the version to follow the stage";
            return found.wrong(&place.span, "a version stage and a version id exclude each other", help);
        }
        // The id of a version is 32 to 64 characters (SM-API, SecretVersionIdType).
        [_, _, version] if !version.is_empty() && !(32..=64).contains(&version.len()) => {
            let help = "the id of a version has 32 to 64 characters; a stage stands one field before it";
            return found.wrong(&place.span, "the last field is no id of a version", help);
        }
        [] | [_, _, _] => {}
        [key, ..] => {
            let message = format!(
                "an ARN of a secret has 7 fields, or 10 with JSON key, stage and version id: this has {}",
                fields.len()
            );
            let help = if fields.len() == 8 {
                format!("for the key `{key}` end it with two more colons: `…:{key}::`")
            } else {
                "write `ARN:KEY:STAGE:VERSION`, with each colon, and no colon in the key".to_owned()
            };
            return found.wrong(&place.span, message, help);
        }
    }
    suffix(&arn, place, found);
}

/// Sources differ on whether ECS finds a secret without its suffix (SM user guide, troubleshooting; aws-cdk #18555).
fn suffix(arn: &str, place: &Node, found: &mut Findings<'_>) {
    let bytes = arn.as_bytes();
    let whole = bytes.len() > 7
        && bytes[bytes.len() - 7] == b'-'
        && bytes[bytes.len() - 6..].iter().all(u8::is_ascii_alphanumeric);
    if !whole {
        let help = "give the full ARN, which ends in a hyphen and six characters; or a Secret, by `secretRef`";
        found.doubt(&place.span, "this is part of the ARN of a secret, and tasks may be denied to read it", help);
    }
}

/// Source: API model, Secret.valueFrom; SSM user guide, sysman-parameter-name-constraints.
fn parameter_name(text: &str, place: &Node, found: &mut Findings<'_>) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if !text.chars().all(allowed) {
        let help = "for a Secret of these manifests write `secretRef: {name: …}`; for another, its ARN";
        let message = "a text that is no ARN names an SSM parameter, in letters, digits and any of _.-/";
        return found.wrong(&place.span, message, help);
    }
    if let Some(message) = no_parameter(text) {
        found.wrong(&place.span, message, "write it as in `/shop/db/password`: up to 15 levels, each with a name");
    }
}

/// Why no parameter has such a name. Source: BC PutParameter.Name. AWS's own names begin with `/aws/`.
fn no_parameter(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let levels = text.strip_prefix('/').unwrap_or(text).split('/');
    if levels.clone().any(str::is_empty) {
        return Some("a level of a parameter's name is empty");
    }
    if levels.count() > MOST_LEVELS {
        return Some("a parameter's name has at most 15 levels");
    }
    let reserved = ["aws", "ssm"].into_iter().any(|prefix| lower.starts_with(prefix));
    reserved.then_some("no parameter's name begins with `aws` or `ssm`")
}

/// The whole secret: by ARN without a suffix, or by name (API model, RepositoryCredentials; `agent/asm`).
fn registry(place: &Node, found: &mut Findings<'_>) {
    if let Some(reference) = place.get("secretRef") {
        for part in ["key", "stage", "pin"].iter().filter_map(|part| reference.key(part)) {
            let message = format!("`{}` has no place here: a registry's credentials are a whole secret", part.text);
            found.wrong(&part.span, message, "the secret is JSON with `username` and `password`; leave it out");
        }
    }
    let Some(text) = place.text().filter(|text| text.starts_with("arn:")) else { return };
    if arns::arn(text, &SECRET, &place.span, found) && text.split(':').count() > 7 {
        let help = "end the ARN after the secret's name: the secret is JSON with `username` and `password`";
        found.wrong(&place.span, "a registry's credentials are a whole secret", help);
    }
}
