//! Rules between the fields of a secret.

use serde_json::{Value, json};

use super::{is, none, policy, rule, tags, text, there, with, without};

pub(super) fn rules() -> Vec<Value> {
    let sources = ["generate", "encrypted", "external"].map(there);
    let named = |pattern: &str| {
        let name = text(pattern, "is of this kind");
        json!({"required": ["secretName"], "properties": {"secretName": name}})
    };
    let managed = ["description", "kmsKeyId", "tags", "rotation", "replicas", "resourcePolicy"];
    let of_a_service = ["writePolicy", "deletionPolicy", "recoveryWindowDays"];
    let referred = json!({"allOf": [
        without(&managed),
        {"properties": {"value": {"properties": {"generate": none(), "encrypted": none()}}}},
    ]});
    let turned_on = ["lambdaArn", "schedule", "window", "rotateImmediately"].map(there);
    let whole = ["lambdaArn", "schedule"].map(there);
    let rotation = rule(&json!({"anyOf": turned_on}), &json!({"allOf": whole}));
    let written_out = json!({"allOf": [with("value", "generate"), is("writePolicy", "Enforce")]});
    let rotated = json!({"allOf": [with("rotation", "lambdaArn"), with("value", "encrypted")]});
    let elsewhere = text(r"(^|/)\.[^/]|\\|//|^/|/$", "leaves the manifest's own folder, or is hidden");
    vec![
        json!({"properties": {"value": {"if": {"type": "object"}, "then": {"oneOf": sources}}}}),
        json!({"properties": {"value": {"properties": {"generate": {"allOf": passwords()}}}}}),
        json!({"properties": {"rotation": rotation, "resourcePolicy": policy::of_a_secret()}}),
        rule(&there("writePolicy"), &json!({"anyOf": [with("value", "encrypted"), written_out]})),
        rule(&rotated, &is("writePolicy", "Seed")),
        rule(&named("^arn:"), &referred),
        rule(&named("^[^:]*!"), &json!({"allOf": [without(&managed), without(&of_a_service)]})),
        json!({"properties": {"value": {"properties": {"encrypted": {"properties": {"file": {"not": elsewhere}}}}}}}),
        tags(),
    ]
}

/// Rules of a password by which none can be made, where constants say so.
fn passwords() -> [Value; 3] {
    let types = ["excludeLowercase", "excludeUppercase", "excludeNumbers", "excludePunctuation"];
    let excluded = |name: &str| json!({"required": [name], "properties": {name: {"const": true}}});
    let each = json!({"not": {"required": ["requireEachIncludedType"], "properties": {
        "requireEachIncludedType": {"const": false},
    }}});
    let digits: Vec<Value> = ('0'..='9').map(|digit| text(&digit.to_string(), "leaves this digit out")).collect();
    let no_digit = json!({"required": ["excludeCharacters"], "properties": {"excludeCharacters": {"allOf": digits}}});
    [
        rule(&json!({"allOf": types.map(excluded)}), &excluded("includeSpace")),
        rule(
            &json!({"allOf": [each, {"not": {"anyOf": types.map(excluded)}}]}),
            &json!({"properties": {
                "length": {"minimum": types.len()},
            }}),
        ),
        rule(&json!({"allOf": [each, no_digit]}), &excluded("excludeNumbers")),
    ]
}
