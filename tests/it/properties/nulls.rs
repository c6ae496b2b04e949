//! A member that is null is absent, to `check` and to the published schemas alike.

use std::collections::BTreeMap;
use std::path::Path;

use evenkeel::manifest::{SourceFile, load, published};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Installation, Kind, Name};
use evenkeel::model::role::ExecutionRole;
use evenkeel::model::secret::Secret;
use evenkeel::model::secret_value::ValueSource;
use evenkeel::model::service::Service;
use evenkeel::model::task_definition::TaskDefinition;
use serde_json::{Map, Value};

#[test]
fn a_null_for_every_member_that_can_be_left_out_changes_nothing() {
    let mut added = 0;
    for (file, documents) in good() {
        let nulls: Vec<Value> = documents
            .iter()
            .map(|document| {
                let kind = Kind::parse(document["kind"].as_str().unwrap()).unwrap();
                let schema = published::json_schema(kind);
                let written = with_nulls(document, &schema, &mut added);
                let validator = jsonschema::draft202012::new(&schema).unwrap();
                let said: Vec<String> =
                    validator.iter_errors(&written).map(|e| format!("{e} at {}", e.instance_path())).collect();
                assert_eq!(said, Vec::<String>::new(), "{file}");
                written
            })
            .collect();
        assert_eq!(desired(&file, &nulls), desired(&file, &documents), "{file}");
    }
    assert!(added > 500, "{added}");
}

#[test]
fn a_null_for_what_must_be_there_or_is_not_known_is_refused_by_both() {
    let refused = [
        r#"{"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"taskDefinitionRef": null}}"#,
        r#"{"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Secret", "metadata": {"name": null}, "spec": {}}"#,
        r#"{"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Secret", "metadata": {"name": "db"}, "spec": {"secretNam": null}}"#,
        r#"{"apiVersion": "evenkeel.dev/v1alpha1", "kind": "ExecutionRole", "metadata": {"name": "web"}, "spec": {"managedPolicyArns": [null]}}"#,
        r#"{"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Secret", "metadata": {"name": "db"}, "spec": {"value": {"external": null}}}"#,
    ];
    for text in refused {
        let document: Value = serde_json::from_str(text).unwrap();
        let kind = Kind::parse(document["kind"].as_str().unwrap()).unwrap();
        let validator = jsonschema::draft202012::new(&published::json_schema(kind)).unwrap();
        let file = SourceFile { name: "one.json".into(), text: text.into() };
        let checked = load(Installation::new("default"), &[file]).checked;
        assert_eq!((validator.is_valid(&document), checked.has_errors()), (false, true), "{text}");
    }
}

#[test]
fn where_any_json_can_stand_null_is_a_value() {
    let details = r#"{"nothing": null, "list": [null, 9007199254740993], "empty": {}}"#;
    let texts = [
        format!(
            r#"{{"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Service", "metadata": {{"name": "web"}}, "spec": {{"taskDefinitionRef": {{"name": "web"}}, "deploymentConfiguration": {{"lifecycleHooks": [{{"hookTargetArn": "arn:aws:lambda:eu-west-1:123456789012:function:check", "roleArn": "arn:aws:iam::123456789012:role/hooks", "lifecycleStages": ["POST_SCALE_UP"], "hookDetails": {details}}}]}}}}}}"#
        ),
        format!(
            r#"{{"apiVersion": "evenkeel.dev/v1alpha1", "kind": "Secret", "metadata": {{"name": "db"}}, "spec": {{"value": {{"generate": {{"json": {{"template": {details}, "key": "password"}}}}}}}}}}"#
        ),
        r#"{"apiVersion": "evenkeel.dev/v1alpha1", "kind": "TaskDefinition", "metadata": {"name": "web"}, "spec": {"memory": "512", "containerDefinitions": [{"name": "web", "image": "web"}]}}"#.to_owned(),
    ];
    let documents: Vec<Value> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let (secrets, _, _, services) = desired("any.json", &documents);
    let details: Value = serde_json::from_str(details).unwrap();
    let sent = &services.values().next().unwrap().fields.all_written()["deploymentConfiguration"];
    assert_eq!(sent["lifecycleHooks"][0]["hookDetails"], details);
    let Some(ValueSource::Generate(generate)) = &secrets.values().next().unwrap().value else {
        panic!("a generated value")
    };
    assert_eq!(Value::Object(generate.json.clone().unwrap().members), details);
}

type Nouns =
    (BTreeMap<Name, Secret>, BTreeMap<Name, ExecutionRole>, BTreeMap<Name, TaskDefinition>, BTreeMap<Name, Service>);

/// The documents of everything that `check` finds right.
fn good() -> Vec<(String, Vec<Value>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes/good");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let documents: Vec<Value> = serde_saphyr::from_multiple(&std::fs::read_to_string(&path).unwrap()).unwrap();
        (path.display().to_string(), documents.into_iter().filter(|document| !document.is_null()).collect())
    };
    files.map(read).collect()
}

fn desired(file: &str, documents: &[Value]) -> Nouns {
    let texts: Vec<String> = documents.iter().map(Value::to_string).collect();
    let source = SourceFile { name: "test.yaml".into(), text: texts.join("\n---\n") };
    let loaded = load(Installation::new("default"), &[source]);
    assert!(!loaded.checked.has_errors(), "{file}: {:#?}", loaded.checked.found);
    let Desired { secrets, roles, task_definitions, services, .. } = loaded.desired;
    (secrets, roles, task_definitions, services)
}

/// The same, with null for each member that the schema knows, does not ask for, and is not there.
fn with_nulls(value: &Value, schema: &Value, added: &mut usize) -> Value {
    let schema = alternative(value, schema);
    match value {
        Value::Object(members) => {
            let none = Map::new();
            let known = schema["properties"].as_object().unwrap_or(&none);
            let inside = |name: &String| known.get(name).unwrap_or(&schema["additionalProperties"]);
            let mut out: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), with_nulls(value, inside(name), added))).collect();
            let required =
                |name: &String| schema["required"].as_array().is_some_and(|all| all.iter().any(|n| n == name));
            for name in known.keys().filter(|name| !required(name)) {
                out.entry(name.clone()).or_insert_with(|| {
                    *added += 1;
                    Value::Null
                });
            }
            out.into()
        }
        Value::Array(elements) => elements.iter().map(|element| with_nulls(element, &schema["items"], added)).collect(),
        leaf => leaf.clone(),
    }
}

/// Of several forms the one that the value has.
fn alternative<'s>(value: &Value, schema: &'s Value) -> &'s Value {
    let Some(choices) = schema["anyOf"].as_array() else { return schema };
    choices.iter().find(|choice| jsonschema::draft202012::is_valid(choice, value)).unwrap_or(schema)
}
