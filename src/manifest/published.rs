//! Schemas as they are published: JSON Schema for editors, CustomResourceDefinitions for Kubernetes' tools.
//!
//! Both come from the schema that documents are checked against, opened for what a manifest may write more shortly.

use serde_json::{Map, Value, json};

use super::between::there;
use super::config_rules::{self, LISTEN, QUEUE};
use super::explain::WORDS;
use super::kinds::{Period, REGION};
use super::{between, limits, schema, sugar};
use crate::model::id::Kind;

/// JSON Schema 2020-12 of a document.
pub fn json_schema(kind: Kind) -> Value {
    let mut document = schema::document(kind);
    open_scalars(&mut document);
    narrow(kind, &mut document["properties"]["spec"]);
    whole_sizes(kind, &mut document["properties"]["spec"]["properties"]);
    open_lists(kind, &mut document["properties"]["spec"]["properties"], &|list, map| json!({"anyOf": [list, map]}));
    for name in sugar::answer_only(kind) {
        let ignored = json!({"description": "Only part of ECS's answers: ignored.", "deprecated": true});
        document["properties"]["spec"]["properties"][name] = ignored;
    }
    document["properties"]["spec"]["allOf"] = between::rules(kind).into();
    document["properties"]["metadata"]["properties"]["annotations"]["allOf"] = json!([between::annotations()]);
    open_nulls(&mut document);
    titled(document, kind.as_str())
}

/// JSON Schema 2020-12 of the configuration.
pub fn config_schema() -> Value {
    let mut document = schema::config();
    open_scalars(&mut document);
    document["properties"]["aws"]["properties"]["accountId"]["type"] = json!(["string", "integer"]);
    document["properties"]["aws"]["properties"]["accountId"]["allOf"] = json!([config_rules::account()]);
    document["properties"]["source"]["properties"]["git"]["properties"]["url"]["allOf"] =
        json!([config_rules::address()]);
    document["properties"]["source"]["properties"]["git"]["properties"]["verify"]["allOf"] =
        json!([between::signers()]);
    titled(document, schema::CONFIG)
}

/// The CustomResourceDefinition of a kind. Its schema is structural: unknown fields are pruned rather than refused, and
/// what can be written in two forms is left open.
pub fn crd(kind: Kind) -> Value {
    let mut spec = schema::spec(kind);
    open_lists(kind, &mut spec["properties"], &|_, _| json!({"x-kubernetes-preserve-unknown-fields": true}));
    for size in ["cpu", "memory"].into_iter().filter(|_| kind == Kind::TaskDefinition) {
        spec["properties"][size] = json!({"x-kubernetes-int-or-string": true});
    }
    structural(&mut spec);
    if let Value::Array(rules) = rules(kind)
        && !rules.is_empty()
    {
        spec["x-kubernetes-validations"] = rules.into();
    }
    let plural = plural(kind);
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.evenkeel.dev")},
        "spec": {
            "group": "evenkeel.dev",
            "names": {
                "kind": kind.as_str(),
                "listKind": format!("{kind}List"),
                "plural": plural,
                "singular": kind.as_str().to_ascii_lowercase(),
                "categories": ["evenkeel"],
            },
            "scope": "Namespaced",
            "versions": [{
                "name": "v1alpha1",
                "served": true,
                "storage": true,
                "subresources": {"status": {}},
                "additionalPrinterColumns": [
                    column("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
                    column("Reason", ".status.conditions[?(@.type==\"Ready\")].reason"),
                    column("Revision", ".status.observedRevision"),
                    json!({"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}),
                ],
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "required": ["spec"],
                    "properties": {"spec": spec, "status": status()},
                }},
            }],
        },
    })
}

/// Narrows texts of the published schemas alone: `check` says more of them than a pattern could.
fn narrow(kind: Kind, spec: &mut Value) {
    for (path, condition) in between::texts(kind) {
        let pointer = limits::pointer(path);
        let text = if path.ends_with(".valueFrom") { format!("{pointer}/anyOf/0") } else { pointer };
        debug_assert!(spec.pointer(&text).is_some(), "{path} is no text of {kind}");
        if let Some(Value::Object(text)) = spec.pointer_mut(&text)
            && let Value::Array(all) = text.entry("allOf").or_insert_with(|| json!([]))
        {
            all.push(condition);
        }
    }
}

fn titled(mut document: Value, kind: &str) -> Value {
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    document["title"] = format!("evenkeel {kind}").into();
    document
}

fn column(name: &str, path: &str) -> Value {
    json!({"name": name, "type": "string", "jsonPath": path})
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Secret => "secrets",
        Kind::ExecutionRole => "executionroles",
        Kind::TaskDefinition => "taskdefinitions",
        Kind::Service => "services",
    }
}

/// Constraints between fields, and over time, in Kubernetes' own language.
fn rules(kind: Kind) -> Value {
    match kind {
        Kind::Secret => json!([
            immutable("secretName"),
            {"rule": "!has(self.value) || [has(self.value.generate), has(self.value.encrypted), has(self.value.external)].filter(x, x).size() == 1",
             "message": "value takes exactly one source"},
        ]),
        Kind::TaskDefinition => json!([
            {"rule": "!(has(self.executionRoleRef) && has(self.executionRoleArn))",
             "message": "executionRoleRef and executionRoleArn exclude each other"},
            {"rule": "!has(self.requiresCompatibilities) || !('FARGATE' in self.requiresCompatibilities) || (has(self.networkMode) && self.networkMode == 'awsvpc' && has(self.cpu) && has(self.memory))",
             "message": "Fargate needs networkMode awsvpc, cpu and memory"},
        ]),
        Kind::ExecutionRole => json!([
            immutable("roleName"),
            {"rule": "!has(self.mode) || self.mode == 'ManageRole' || !(has(self.permissionsBoundary) || has(self.managedPolicyArns))",
             "message": "permissionsBoundary and managedPolicyArns need mode ManageRole"},
            {"rule": "!has(self.mode) || self.mode != 'Observe' || !(has(self.grants) || has(self.narrow))",
             "message": "grants and narrow have no effect with mode Observe"},
        ]),
        Kind::Service => json!([
            immutable("serviceName"),
            immutable("cluster"),
            immutable("launchType"),
            immutable("schedulingStrategy"),
            {"rule": "!(has(self.launchType) && has(self.capacityProviderStrategy) && size(self.capacityProviderStrategy) > 0)",
             "message": "launchType and capacityProviderStrategy exclude each other"},
            {"rule": "!has(self.deploymentController) || self.deploymentController.type == 'ECS'",
             "message": "evenkeel drives services whose deployment controller is ECS"},
        ]),
    }
}

/// Once it is set, it stays.
fn immutable(field: &str) -> Value {
    json!({
        "rule": format!("!has(oldSelf.{field}) || (has(self.{field}) && self.{field} == oldSelf.{field})"),
        "message": format!("{field} is immutable"),
    })
}

/// Conditions as Kubernetes knows them.
fn status() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "properties": {
            "observedGeneration": {"type": "integer"},
            "observedRevision": text,
            "conditions": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
                "items": {
                    "type": "object",
                    "required": ["type", "status", "reason", "message", "lastTransitionTime"],
                    "properties": {
                        "type": text,
                        "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
                        "reason": text,
                        "message": text,
                        "observedGeneration": {"type": "integer"},
                        "lastTransitionTime": {"type": "string", "format": "date-time"},
                    },
                },
            },
        },
    })
}

/// A member that need not be there may be null. What a map of texts, or of sources of secrets, holds may not: whoever writes
/// its name wants it there.
fn open_nulls(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(open_nulls);
            let required = map.get("required").cloned().unwrap_or_default();
            let is_required = |name: &str| required.as_array().is_some_and(|names| names.iter().any(|n| n == name));
            if map.get("additionalProperties").is_some()
                && let Some(Value::Object(properties)) = map.get_mut("properties")
            {
                properties.iter_mut().filter(|(name, _)| !is_required(name)).for_each(|(_, member)| or_null(member));
                let names: Vec<String> = properties.keys().cloned().collect();
                if map.get("maxProperties").is_some_and(|most| *most == 1) {
                    map.retain(|name, _| name != "minProperties" && name != "maxProperties");
                    map.insert("oneOf".to_owned(), names.iter().map(String::as_str).map(there).collect());
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(open_nulls),
        _ => {}
    }
}

fn or_null(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    if let Some(Value::Array(words)) = map.get_mut("enum") {
        words.push(Value::Null);
    }
    if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
        choices.push(json!({"type": "null"}));
    }
    match map.get_mut("type") {
        Some(Value::Array(types)) if types.iter().any(|name| name == "null") => {}
        Some(Value::Array(types)) => types.push("null".into()),
        Some(one) => *one = json!([one.take(), "null"]),
        None => {}
    }
}

/// Where ECS wants text, a number or a boolean is quoted. Of some texts no number can be one.
fn open_scalars(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let pattern = map.get("pattern").and_then(Value::as_str);
            let has_letters =
                pattern.is_some_and(|pattern| [Period::PATTERN, REGION, LISTEN, QUEUE].contains(&pattern));
            if map.get("type").is_some_and(|kind| kind == "string") && !map.contains_key("enum") && !has_letters {
                map.insert("type".to_owned(), json!(["string", "number", "boolean"]));
            }
            map.values_mut().for_each(open_scalars);
        }
        Value::Array(list) => list.iter_mut().for_each(open_scalars),
        _ => {}
    }
}

/// The size of a task is a text with a number in it, which can be written as a whole one.
fn whole_sizes(kind: Kind, spec: &mut Value) {
    for size in ["cpu", "memory"].into_iter().filter(|_| kind == Kind::TaskDefinition) {
        spec[size]["type"] = json!(["string", "integer"]);
        spec[size]["minimum"] = 0.into();
    }
}

/// Lists of names and values can be written as maps.
fn open_lists(kind: Kind, spec: &mut Value, both: &dyn Fn(Value, Value) -> Value) {
    let texts = json!({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}});
    if matches!(kind, Kind::TaskDefinition | Kind::Service) {
        let list = spec["tags"].take();
        let tag = &list["items"]["properties"];
        let map = json!({
            "type": "object",
            "maxProperties": list["maxItems"],
            "propertyNames": tag["key"],
            "additionalProperties": tag["value"],
        });
        spec["tags"] = both(list, map);
    }
    if kind == Kind::Service {
        let connect = &mut spec["serviceConnectConfiguration"]["properties"];
        open_secrets(&mut connect["logConfiguration"]["properties"]["secretOptions"], both);
    }
    if kind != Kind::TaskDefinition {
        return;
    }
    let container = &mut spec["containerDefinitions"]["items"]["properties"];
    container["environment"] = both(container["environment"].take(), texts);
    open_secrets(&mut container["secrets"], both);
    open_secrets(&mut container["logConfiguration"]["properties"]["secretOptions"], both);
}

/// `{A: {secretRef: …}}` or `{A: {valueFrom: …}}`; in a list, `secretRef` may stand beside `name`.
fn open_secrets(place: &mut Value, both: &dyn Fn(Value, Value) -> Value) {
    let mut list = place.take();
    let source = list["items"]["properties"]["valueFrom"].clone();
    if source.is_null() {
        return;
    }
    let reference = source["anyOf"][1]["properties"]["secretRef"].clone();
    let short = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "secretRef"],
        "properties": {"name": {"type": "string"}, "secretRef": reference},
    });
    let entry = json!({"anyOf": [
        {"type": "object", "additionalProperties": false, "required": ["secretRef"], "properties": {"secretRef": reference}},
        {"type": "object", "additionalProperties": false, "required": ["valueFrom"], "properties": {"valueFrom": source}},
        source["anyOf"][0],
    ]});
    list["items"] = json!({"anyOf": [list["items"].take(), short]});
    *place = both(list, json!({"type": "object", "additionalProperties": entry}));
}

/// A structural schema has a type everywhere, and no `additionalProperties` beside `properties`.
fn structural(schema: &mut Value) {
    let Value::Object(map) = schema else {
        *schema = json!({"x-kubernetes-preserve-unknown-fields": true});
        return;
    };
    if map.contains_key("anyOf") || map.is_empty() {
        *map = Map::from_iter([("x-kubernetes-preserve-unknown-fields".to_owned(), true.into())]);
        return;
    }
    for unknown in [WORDS, "propertyNames"] {
        map.remove(unknown);
    }
    // Kubernetes refuses a definition with `uniqueItems: true`: it has a kind of list for that.
    if map.remove("uniqueItems").is_some_and(|unique| unique == true) {
        map.insert("x-kubernetes-list-type".to_owned(), "set".into());
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(structural);
        map.remove("additionalProperties");
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(inner) {
            structural(inner);
        }
    }
    if map.get("required").is_some_and(|required| *required == json!([])) {
        map.remove("required");
    }
}
