//! What `check` finds wrong with task definitions and services, ECS refuses too: each of the mistakes, in ECS's own form,
//! beside what the sandbox says of it. What the sandbox takes stands in a list, with the reason.

mod reasons;
mod several;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Mistake, all, folder};
use crate::golden::Golden;
use crate::sandbox::raw::Raw;
use reasons::REASONS;
use several::{SEVERAL, Several};

/// Fields that are evenkeel's own: no request has them.
const OURS: [&str; 10] = [
    "driftPolicy",
    "executionRoleRef",
    "ignoreDifferences",
    "keepRevisions",
    "rollout",
    "secretPinning",
    "suspend",
    "tags",
    "taskDefinitionRef",
    "taskRoleRef",
];

#[test]
fn what_check_refuses_the_sandbox_refuses_or_a_reason_says_why_not() {
    let (mut text, mut wrong) = (String::new(), Vec::new());
    let mut refused = 0;
    for mistake in all().iter().filter(|mistake| mistake.finds.contains("error")) {
        let Some(said) = documents(mistake).and_then(|documents| sent(&documents)) else { continue };
        let said = said.map_err(|Refused { document, words }| {
            if !wrong_documents(mistake).contains(&document) {
                wrong.push(format!("{}: what is refused is right: {words}", mistake.name));
            }
            words
        });
        let reason = REASONS.iter().find(|(_, names)| names.contains(&mistake.name.as_str())).map(|(why, _)| *why);
        match (&said, reason) {
            (Err(words), None) => {
                refused += 1;
                writeln!(text, "{}: {words}", mistake.name).unwrap();
            }
            (Ok(()), Some(why)) => writeln!(text, "{}: taken, {why}", mistake.name).unwrap(),
            (Ok(()), None) => wrong.push(format!("{}: the sandbox takes it, and nothing says why", mistake.name)),
            (Err(words), Some(_)) => wrong.push(format!("{}: has a reason, and is refused: {words}", mistake.name)),
        }
    }
    let named = REASONS.iter().flat_map(|(_, names)| names.iter());
    let known = |name: &str| text.lines().any(|line| line.split(':').next() == Some(name));
    wrong.extend(named.filter(|name| !known(name)).map(|name| format!("{name}: a reason for what was not taken")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut golden = Golden::new();
    golden.check("what the sandbox says", &folder().join("sandbox/said.txt"), &text);
    golden.finish();
    assert!(refused >= 90, "only {refused} are refused");
}

/// Of several mistakes the first refusal would hide the rest: one is mended after the other, and each is refused.
#[test]
fn each_of_several_mistakes_is_refused_until_all_are_mended() {
    let mut wrong = Vec::new();
    let mut walked = BTreeSet::new();
    for mistake in all() {
        let errors = mistake.finds.matches("error").count();
        let Some(mut documents) = documents(&mistake).filter(|_| errors > 1) else { continue };
        if !matches!(sent(&documents), Some(Err(_))) {
            continue;
        }
        let name = mistake.name.as_str();
        let Some(Several { name: known, ours, mends }) = SEVERAL.iter().find(|several| several.name == name) else {
            wrong.push(format!("{name}: has {errors} errors, and nothing says how each is mended"));
            continue;
        };
        walked.insert(*known);
        if ours + mends.len() != errors {
            wrong.push(format!("{name}: has {errors} errors, and {} are mended", mends.len()));
        }
        for (words, patches) in *mends {
            match sent(&documents) {
                Some(Err(said)) if said.words.starts_with(words) => {}
                other => wrong.push(format!("{name}: `{words}` is expected, and it is {other:?}")),
            }
            patches.iter().for_each(|patch| lay(&mut documents, patch));
        }
        if let Some(Err(said)) = sent(&documents) {
            wrong.push(format!("{name}: all is mended, and it is refused: {}", said.words));
        }
    }
    let unknown = SEVERAL.iter().map(|several| several.name).filter(|name| !walked.contains(name));
    wrong.extend(unknown.map(|name| format!("{name}: is no refused file with several errors")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn lay(documents: &mut [Value], (pointer, text): &(&str, &str)) {
    let (number, pointer) = pointer.split_once('/').unwrap();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let parent = documents[number.parse::<usize>().unwrap()].pointer_mut(&format!("/{parent}")).unwrap();
    match (parent, serde_json::from_str(text).unwrap()) {
        (Value::Object(map), Value::Null) => drop(map.remove(member).unwrap()),
        (Value::Object(map), value) => drop(map.insert(member.to_owned(), value)),
        (Value::Array(list), value) => list[member.parse::<usize>().unwrap()] = value,
        (other, _) => panic!("{other} has no members"),
    }
}

/// A refusal, and the number of its document in the file.
#[derive(Debug)]
struct Refused {
    document: usize,
    words: String,
}

fn documents(mistake: &Mistake) -> Option<Vec<Value>> {
    serde_saphyr::from_multiple(&mistake.text).ok()
}

/// The numbers of the documents in which errors are found.
fn wrong_documents(mistake: &Mistake) -> BTreeSet<usize> {
    let errors = mistake.finds.split(", ").filter_map(|found| found.strip_prefix("error "));
    let lines = errors.map(|place| place.split(':').next().unwrap().parse::<usize>().unwrap());
    lines.map(|line| mistake.text.lines().take(line).filter(|line| *line == "---").count()).collect()
}

/// What the sandbox says of task definitions and services; `None` where there are none.
fn sent(documents: &[Value]) -> Option<Result<(), Refused>> {
    let of = |kind: &str| -> Vec<(usize, &Value)> {
        documents.iter().enumerate().filter(|(_, document)| document["kind"] == kind).collect()
    };
    let (definitions, services) = (of("TaskDefinition"), of("Service"));
    if definitions.is_empty() && services.is_empty() {
        return None;
    }
    let mut aws = Raw::new();
    for (document, definition) in definitions {
        if let Err(words) = answer(&mut aws, "ecs:RegisterTaskDefinition", &of_task_definition(definition)) {
            return Some(Err(Refused { document, words }));
        }
    }
    for (document, service) in services {
        let request = of_service(service);
        let cluster = request["cluster"].as_str().unwrap_or("default").rsplit('/').next().unwrap_or_default();
        aws.send("ecs:CreateCluster", &json!({"clusterName": cluster}).to_string());
        if let Err(words) = answer(&mut aws, "ecs:CreateService", &request) {
            return Some(Err(Refused { document, words }));
        }
    }
    Some(Ok(()))
}

fn answer(aws: &mut Raw, call: &str, request: &Value) -> Result<(), String> {
    let (status, answer) = aws.send(call, &request.to_string());
    if status == 200 {
        return Ok(());
    }
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    let words = answer.get("message").or(answer.get("Message")).and_then(Value::as_str);
    Err(words.or(answer["__type"].as_str()).unwrap_or_default().to_owned())
}

fn of_task_definition(document: &Value) -> Value {
    let mut request = request_of(document, "family");
    if document["spec"].get("executionRoleRef").is_some() {
        request["executionRoleArn"] = json!("arn:aws:iam::123456789012:role/web");
    }
    for size in ["cpu", "memory"] {
        texts(request.get_mut(size));
    }
    for container in request.get_mut("containerDefinitions").and_then(Value::as_array_mut).into_iter().flatten() {
        for (list, member) in [("environment", "value"), ("secrets", "valueFrom")] {
            if let Some(found) = container.get_mut(list) {
                *found = pairs(found.take(), member);
            }
        }
        options(container);
        if let Some(credentials) = container.pointer_mut("/repositoryCredentials/credentialsParameter") {
            *credentials = source(credentials);
        }
        let options = container.get_mut("logConfiguration").and_then(|log| log.get_mut("options"));
        options.and_then(Value::as_object_mut).into_iter().flatten().for_each(|(_, value)| texts(Some(value)));
    }
    request
}

fn options(of: &mut Value) {
    if let Some(options) = of.pointer_mut("/logConfiguration/secretOptions") {
        *options = pairs(options.take(), "valueFrom");
    }
}

fn of_service(document: &Value) -> Value {
    let mut request = request_of(document, "serviceName");
    let spec = &document["spec"];
    let named = spec.pointer("/taskDefinitionRef/name").cloned().unwrap_or_else(|| json!("web"));
    request["taskDefinition"] = named;
    request.get_mut("serviceConnectConfiguration").map(options);
    // A count of a daemon service is never sent.
    match spec["schedulingStrategy"].as_str() {
        Some("DAEMON") => request["desiredCount"] = Value::Null,
        _ if spec.get("desiredCount").is_none() => request["desiredCount"] = json!(1),
        _ => {}
    }
    request
}

fn request_of(document: &Value, name: &str) -> Value {
    let spec: Map<String, Value> = document["spec"].as_object().cloned().unwrap_or_default();
    let tags = spec.get("tags").map(|tags| match tags {
        Value::Object(tags) => tags.iter().map(|(key, value)| json!({"key": key, "value": text(value)})).collect(),
        list => list.clone(),
    });
    let mut request: Map<String, Value> =
        spec.into_iter().filter(|(member, _)| !OURS.contains(&member.as_str())).collect();
    request.entry(name).or_insert_with(|| document["metadata"]["name"].clone());
    if let Some(tags) = tags {
        request.insert("tags".to_owned(), tags);
    }
    Value::Object(request)
}

/// A map of variables or secrets as ECS's list; a reference as the ARN of what it means.
fn pairs(found: Value, member: &str) -> Value {
    let one = |value: &Value| if member == "valueFrom" { source(value) } else { text(value) };
    match found {
        Value::Object(map) => map.iter().map(|(name, value)| json!({"name": name, member: one(value)})).collect(),
        Value::Array(list) => {
            let value = |pair: &Value| pair.get(member).or(pair.get("secretRef").map(|_| pair)).map(one);
            list.iter()
                .map(|pair| match (pair.get("name"), value(pair)) {
                    (Some(name), Some(value)) => json!({"name": name, member: value}),
                    _ => pair.clone(),
                })
                .collect()
        }
        other => other,
    }
}

/// A reference as the ARN of the secret that it means.
fn source(value: &Value) -> Value {
    match value.get("valueFrom") {
        Some(Value::String(text)) => json!(text),
        _ if value.is_object() => json!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"),
        _ => text(value),
    }
}

fn texts(value: Option<&mut Value>) {
    if let Some(value) = value {
        *value = text(value);
    }
}

/// Numbers and booleans as texts.
fn text(value: &Value) -> Value {
    match value {
        Value::Number(_) | Value::Bool(_) => json!(value.to_string()),
        other => other.clone(),
    }
}
