//! ECS's own fields as a person would write them: without what ECS fills in, but with what the schema cannot do without.

use serde_json::{Map, Value, json};

use super::super::schema;
use crate::model::arn::Arn;
use crate::model::document::{Document, Rules};
use crate::model::id::{Kind, Name, Stage};
use crate::model::path::Path;
use crate::model::revision::Revision;
use crate::model::rules::{SERVICE, TASK_DEFINITION};
use crate::model::secret_source::{Place, SecretSource, Slot};
use crate::model::service::{ObservedService, ServiceFields};

/// The content of a task definition, the containers without which a task ends before the others.
pub(super) fn content(live: &Document) -> Document {
    let mut content = live.to_value();
    complete(&mut content, &schema::spec(Kind::TaskDefinition), &Path::root(), &TASK_DEFINITION);
    if let Some(containers) = content.get_mut("containerDefinitions").and_then(Value::as_array_mut) {
        containers.sort_by_key(|container| container.get("essential").is_some_and(|essential| *essential == false));
    }
    Revision::written(content)
}

const REBALANCING: &str = "availabilityZoneRebalancing";

/// The fields of a service that have something to say. How many tasks run is left to whoever scales them.
pub(super) fn service(live: &ObservedService) -> ServiceFields {
    let members = live.fields.canonical().members();
    let said =
        members.filter(|(name, value)| !["desiredCount", REBALANCING].contains(name) && !is_linked_role(name, value));
    let mut said: Map<String, Value> = said.map(|(name, value)| (name.to_owned(), value.clone())).collect();
    // What ECS does where nothing is said is not what it did before it could: off is said, and on is not.
    let off = live.fields.written(REBALANCING).filter(|word| *word == "DISABLED");
    said.extend(off.filter(|_| !live.fields.is_daemon()).map(|word| (REBALANCING.to_owned(), word.clone())));
    let mut fields = Value::Object(said);
    complete(&mut fields, &schema::spec(Kind::Service), &Path::root(), &SERVICE);
    ServiceFields::new(if let Value::Object(fields) = fields { fields } else { Map::new() })
}

const LOG_OPTIONS: &str = "/serviceConnectConfiguration/logConfiguration/secretOptions";

/// The secrets that Service Connect's agent logs with.
pub(super) fn log_secrets(fields: &Document) -> Vec<SecretSource<Arn>> {
    let fields = fields.to_value();
    let options = fields.pointer(LOG_OPTIONS).and_then(Value::as_array);
    let texts = options.into_iter().flatten().filter_map(|option| option.get("valueFrom")?.as_str());
    texts.map(|text| SecretSource::parse(text, None)).collect()
}

/// The same fields with references to manifests in place of those of these secrets that `name` knows, as far as that says
/// the same to the letter.
pub(super) fn refer(
    fields: &ServiceFields,
    mut name: impl FnMut(&Slot, &SecretSource<Arn>) -> Option<(Name, Option<String>, Option<Stage>)>,
) -> ServiceFields {
    let mut written = Value::Object(fields.all_written().clone());
    let options = written.pointer_mut(LOG_OPTIONS).and_then(Value::as_array_mut);
    for option in options.into_iter().flatten() {
        let Some(text) = option.get("valueFrom").and_then(Value::as_str) else { continue };
        let source = SecretSource::parse(text, None);
        let slot = Slot { container: String::new(), place: Place::LogOption(String::new()) };
        let Some((name, key, stage)) = name(&slot, &source).filter(|_| source.to_string() == text) else { continue };
        let mut reference = json!({"name": name});
        reference.as_object_mut().into_iter().for_each(|members| {
            members.extend(key.clone().map(|key| ("key".to_owned(), key.into())));
            members.extend(stage.as_ref().map(|stage| ("stage".to_owned(), stage.as_str().into())));
        });
        option["valueFrom"] = json!({"secretRef": reference});
    }
    match written {
        Value::Object(written) => ServiceFields::new(written),
        _ => fields.clone(),
    }
}

/// ECS takes its own role where none is given, and states it all the same.
fn is_linked_role(name: &str, value: &Value) -> bool {
    let linked = |role: &str| role.contains("aws-service-role/") || role.starts_with("AWSServiceRole");
    name == "role" && value.as_str().is_some_and(linked)
}

/// Puts back the defaults of members that must be written.
fn complete(value: &mut Value, schema: &Value, at: &Path, rules: &Rules) {
    match value {
        Value::Object(members) => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            for name in required.filter_map(Value::as_str) {
                if members.contains_key(name) {
                    continue;
                }
                let list = schema.pointer(&format!("/properties/{name}/type")).is_some_and(|kind| kind == "array");
                let empty = list.then(|| Value::Array(Vec::new()));
                if let Some(default) = rules.default_at(&at.member(name)).or(empty) {
                    members.insert(name.to_owned(), default);
                }
            }
            for (name, value) in members {
                let member = schema.get("properties").and_then(|properties| properties.get(name));
                if let Some(schema) = member.or_else(|| schema.get("additionalProperties")) {
                    complete(value, schema, &at.member(name), rules);
                }
            }
        }
        Value::Array(elements) => {
            let inside = at.element("");
            for element in elements {
                complete(element, schema.get("items").unwrap_or(&Value::Null), &inside, rules);
            }
        }
        _ => {}
    }
}
