//! The secrets that Service Connect's agent logs with: options of its log driver, each a text that ECS takes or a reference to
//! the manifest of a secret.
//!
//! A service has no place to record a version in, so such a secret is followed by its stage, and not watched.

use serde_json::{Map, Value};

use super::arn::Arn;
use super::id::{Name, Stage};
use super::path::Path;
use super::secret_source::{SecretSource, Version};
use super::service::ServiceFields;

const OPTIONS: &str = "/logConfiguration/secretOptions";

/// The options, each with the field that it is.
pub fn options(fields: &ServiceFields) -> impl Iterator<Item = (Path, &Value)> {
    let connect = fields.written("serviceConnectConfiguration");
    let options = connect.and_then(|connect| connect.pointer(OPTIONS)?.as_array());
    let list = Path::of("serviceConnectConfiguration").member("logConfiguration").member("secretOptions");
    options.into_iter().flatten().map(move |option| {
        let name = option.get("name").and_then(Value::as_str).unwrap_or_default();
        (list.element(name), option)
    })
}

/// The manifests that are referred to, as far as they are not named by their ARN yet.
pub fn referred_to(fields: &ServiceFields) -> Vec<Name> {
    let name = |option: &Value| Name::parse(option.pointer("/valueFrom/secretRef/name")?.as_str()?);
    options(fields).filter_map(|(_, option)| name(option)).collect()
}

/// The fields with the ARN of each secret in place of its reference, as far as that is known.
#[must_use]
pub fn named(fields: &ServiceFields, arn: impl Fn(&Name) -> Option<Arn>) -> ServiceFields {
    let mut written: Map<String, Value> = fields.all_written().clone();
    let connect = written.get_mut("serviceConnectConfiguration");
    let options = connect.and_then(|connect| connect.pointer_mut(OPTIONS)?.as_array_mut());
    for option in options.into_iter().flatten() {
        let Some(reference) = option.pointer("/valueFrom/secretRef") else { continue };
        let text = |member: &str| reference.get(member).and_then(Value::as_str).map(str::to_owned);
        let Some(arn) = text("name").as_deref().and_then(Name::parse).and_then(|name| arn(&name)) else { continue };
        let stage = text("stage").map(Stage::new).filter(|stage| *stage != Stage::current());
        let source = SecretSource::Secret { arn, key: text("key"), stage, version: Version::Follows(None) };
        option["valueFrom"] = source.to_string().into();
    }
    ServiceFields::new(written)
}
