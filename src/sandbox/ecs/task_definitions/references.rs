//! The grammar of `valueFrom` (facts 1.1, 1.2).
//!
//! Ledger: T9.

use crate::sandbox::place::Arn;

/// What a `valueFrom` points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox::ecs) enum ValueFrom<'a> {
    SecretsManager(SecretsManagerRef<'a>),
    /// An SSM parameter, by name or by ARN.
    Parameter(&'a str),
}

/// A secret, and which part of which version of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox::ecs) struct SecretsManagerRef<'a> {
    /// The ARN without key, stage and version; it may lack the suffix.
    pub(in crate::sandbox::ecs) arn: &'a str,
    pub(in crate::sandbox::ecs) key: Option<&'a str>,
    pub(in crate::sandbox::ecs) stage: Option<&'a str>,
    pub(in crate::sandbox::ecs) version: Option<&'a str>,
}

impl<'a> ValueFrom<'a> {
    /// Reads a `valueFrom`, or says what is wrong with it.
    pub(in crate::sandbox::ecs) fn parse(text: &'a str) -> Result<Self, String> {
        let Some(arn) = Arn::parse(text) else {
            return if text.is_empty() || text.starts_with("arn:") {
                Err("Invalid ARN in valueFrom.".to_owned())
            } else {
                Ok(Self::Parameter(text))
            };
        };
        match arn.service {
            "ssm" => Ok(Self::Parameter(text)),
            "secretsmanager" => secret(text, arn).map(Self::SecretsManager),
            other => Err(format!("valueFrom names a resource of {other}, not of secretsmanager or ssm.")),
        }
    }
}

/// 7 fields name a secret, 10 also its parts; nothing in between.
fn secret<'a>(text: &'a str, arn: Arn<'a>) -> Result<SecretsManagerRef<'a>, String> {
    let parts: Vec<&str> = arn.resource.split(':').collect();
    let given = |part: &'a str| Some(part).filter(|part| !part.is_empty());
    let (key, stage, version) = match parts.as_slice() {
        ["secret", id] if !id.is_empty() => (None, None, None),
        ["secret", id, key, stage, version] if !id.is_empty() => (given(key), given(stage), given(version)),
        _ => {
            return Err("an invalid ARN format for the AWS Secrets Manager secret was specified. \
                        Specify a valid ARN and try again."
                .to_owned());
        }
    };
    if stage.is_some() && version.is_some() {
        return Err("valueFrom names both a version stage and a version id.".to_owned());
    }
    let tail = if parts.len() == 2 { 0 } else { parts[2..].iter().map(|part| part.len() + 1).sum() };
    Ok(SecretsManagerRef { arn: &text[..text.len() - tail], key, stage, version })
}
