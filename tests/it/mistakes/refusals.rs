//! What ECS refuses of a task definition or of a new service, `check` finds before: each refusal of the sandbox's ECS, which
//! knows nothing of `check`, beside what `check` says of a manifest with the same fields.

mod parts;
mod settings;
mod table;

use std::path::Path;

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::id::Installation;
use serde_json::{Value, json};

use crate::sandbox::raw::Raw;
use parts::PARTS;
use settings::SETTINGS;
use table::{DEFINITIONS, NO_NETWORK, SERVICES};

/// Where the sandbox's refusals are written.
const SOURCES: [&str; 22] = [
    "task_definitions/bounds.rs",
    "task_definitions/check.rs",
    "task_definitions/dependencies.rs",
    "task_definitions/limits.rs",
    "task_definitions/linux.rs",
    "task_definitions/network.rs",
    "task_definitions/offered.rs",
    "task_definitions/parts.rs",
    "task_definitions/ports.rs",
    "task_definitions/resources.rs",
    "task_definitions/sizes.rs",
    "task_definitions/spelt.rs",
    "task_definitions/fargate.rs",
    "task_definitions/references.rs",
    "task_definitions/defaults.rs",
    "task_definitions/volumes.rs",
    "services/capacity.rs",
    "services/check.rs",
    "services/named.rs",
    "services/network.rs",
    "services/placement.rs",
    "services/strategy.rs",
];

#[test]
fn what_registration_refuses_is_an_error_of_check() {
    assert_eq!(found(&[("TaskDefinition", definition(&[]))]), (0, 0), "the fields that are taken");
    for (words, fields) in DEFINITIONS.iter().chain(PARTS) {
        let definition = definition(fields);
        let said = registered(&mut Raw::new(), &definition).unwrap_err();
        assert!(said.starts_with(words), "{words}: {said}");
        assert_ne!(found(&[("TaskDefinition", definition)]).0, 0, "{words}");
    }
    for (words, definition) in large() {
        let said = registered(&mut Raw::new(), &definition).unwrap_err();
        assert!(said.starts_with(words), "{words}: {said}");
        assert_ne!(found(&[("TaskDefinition", definition)]).0, 0, "{words}");
    }
}

#[test]
fn what_is_refused_of_a_new_service_is_an_error_of_check() {
    let (whole, of) = service(&[]);
    assert_eq!(created(&whole, &of), Ok(()), "the fields that are taken");
    assert_eq!(found(&[("TaskDefinition", of), ("Service", whole)]), (0, 0), "the fields that are taken");
    for (words, fields) in SERVICES.iter().chain(SETTINGS) {
        let (service, definition) = service(fields);
        let said = created(&service, &definition).unwrap_err();
        assert!(said.starts_with(words), "{words}: {said}");
        let (errors, warnings) = found(&[("TaskDefinition", definition), ("Service", service)]);
        assert_eq!((errors > 0, warnings > 0), (*words != NO_NETWORK, *words == NO_NETWORK), "{words}");
    }
}

/// A refusal that is new to the sandbox fails here until it stands above.
#[test]
fn no_refusal_of_the_sandbox_is_left_out() {
    let large = large();
    let said = || {
        let small = DEFINITIONS.iter().chain(PARTS).map(|(_, fields)| definition(fields));
        let definitions = small.chain(large.iter().map(|(_, definition)| definition.clone()));
        definitions.map(|definition| registered(&mut Raw::new(), &definition).unwrap_err())
    };
    let of_services = SERVICES.iter().chain(SETTINGS).map(|(_, fields)| {
        let (service, definition) = service(fields);
        created(&service, &definition).unwrap_err()
    });
    let said: Vec<String> = said().chain(of_services).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox/ecs");
    let written: Vec<String> =
        SOURCES.iter().flat_map(|file| phrases(&std::fs::read_to_string(folder.join(file)).unwrap())).collect();
    assert!(written.len() > 25, "{written:#?}");
    let unmet: Vec<&String> =
        written.iter().filter(|phrase| !said.iter().any(|said| said.contains(phrase.as_str()))).collect();
    assert!(unmet.is_empty(), "refused by the sandbox, and not held against `check`: {unmet:#?}");
}

/// The longest part without a placeholder of each text of a source file that is a sentence.
fn phrases(source: &str) -> Vec<String> {
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let texts = code.split('"').skip(1).step_by(2).filter(|text| text.contains(' '));
    let longest = |text: &str| text.split(['{', '}', '\\']).max_by_key(|part| part.len()).map(str::to_owned);
    texts.filter_map(longest).map(|phrase| phrase.trim().to_owned()).filter(|phrase| phrase.len() > 11).collect()
}

/// What is too large to be written down: the refusal, and the definition.
fn large() -> Vec<(&'static str, Value)> {
    let container = |number: usize| json!({"name": format!("web{number}"), "image": "web"});
    let mut long = definition(&[]);
    long["containerDefinitions"][0]["command"] = json!(["x".repeat(70_000)]);
    let mut many = definition(&[]);
    many["containerDefinitions"] = (0..11).map(container).collect();
    let mut files = definition(&[]);
    let file = |number: usize| json!({"type": "s3", "value": format!("arn:aws:s3:::config/{number}.env")});
    files["containerDefinitions"][0]["environmentFiles"] = (0..11).map(file).collect();
    vec![
        ("Actual length: ", long),
        ("A task definition can have 10 containers.", many),
        ("The maximum number of environment files was exceeded. Specify ten or less and try again.", files),
    ]
}

fn laid(mut fields: Value, over: &[(&str, &str)]) -> Value {
    for (pointer, text) in over {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let map = fields.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match serde_json::from_str(text).unwrap() {
            Value::Null => drop(map.remove(name)),
            value => drop(map.insert(name.to_owned(), value)),
        }
    }
    fields
}

fn definition(over: &[(&str, &str)]) -> Value {
    let fields = json!({
        "family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/web",
        "containerDefinitions": [{"name": "web", "image": "web:1", "portMappings": [{"containerPort": 80}]}],
    });
    laid(fields, over)
}

/// A service and the task definition that it names; what is laid over the latter stands below `/definition`.
fn service(over: &[(&str, &str)]) -> (Value, Value) {
    let fields = json!({
        "serviceName": "web", "desiredCount": 1, "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
        "definition": definition(&[]),
    });
    let mut fields = laid(fields, over);
    let definition = fields.as_object_mut().unwrap().remove("definition").unwrap();
    fields["taskDefinitionRef"] = json!({"name": "web"});
    (fields, definition)
}

fn registered(aws: &mut Raw, definition: &Value) -> Result<(), String> {
    sent(aws, "ecs:RegisterTaskDefinition", definition)
}

fn created(service: &Value, definition: &Value) -> Result<(), String> {
    let mut aws = Raw::new();
    aws.ask("ecs:CreateCluster", &json!({"clusterName": "default"}));
    registered(&mut aws, definition)?;
    let mut request = service.clone();
    request.as_object_mut().unwrap().remove("taskDefinitionRef");
    request["taskDefinition"] = json!("web");
    sent(&mut aws, "ecs:CreateService", &request)
}

fn sent(aws: &mut Raw, call: &str, input: &Value) -> Result<(), String> {
    let (status, answer) = aws.send(call, &input.to_string());
    let message = || serde_json::from_str::<Value>(&answer).unwrap()["message"].as_str().unwrap().to_owned();
    if status == 200 { Ok(()) } else { Err(message()) }
}

/// How many errors and warnings `check` has of these manifests.
fn found(specs: &[(&str, Value)]) -> (usize, usize) {
    let manifest = |(kind, spec): &(&str, Value)| json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": kind, "metadata": {"name": "web"}, "spec": spec});
    let file = |one: &(&str, Value)| SourceFile { name: format!("{}.json", one.0), text: manifest(one).to_string() };
    let files: Vec<SourceFile> = specs.iter().map(file).collect();
    let checked = load(Installation::new("default"), &files).checked;
    let errors = checked.found.iter().filter(|found| found.is_error()).count();
    (errors, checked.found.len() - errors)
}
