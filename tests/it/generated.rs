//! Files that are written from types: `BLESS=1` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evenkeel::manifest::published;
use evenkeel::model::id::Kind;
use serde_json::Value;

use crate::files::below;
use crate::golden::Golden;

#[test]
fn the_json_schemas_are_those_of_the_types() {
    let mut golden = Golden::new();
    let schemas = root().join("crds/schemas");
    for kind in Kind::ALL {
        golden.check(kind.as_str(), &schemas.join(format!("{kind}.json")), &pretty(&published::json_schema(kind)));
    }
    golden.check("Config", &schemas.join("Config.json"), &pretty(&published::config_schema()));
    golden.finish();
}

#[test]
fn the_custom_resource_definitions_are_those_of_the_types() {
    let mut golden = Golden::new();
    for kind in Kind::ALL {
        let yaml = serde_saphyr::to_string(&published::crd(kind)).unwrap();
        let text = format!("# Generated from the types of evenkeel; see CONTRIBUTING.md.\n{yaml}");
        golden.check(kind.as_str(), &root().join(format!("crds/{kind}.yaml")), &text);
    }
    golden.finish();
}

#[test]
fn every_type_of_a_custom_resource_definition_is_structural() {
    for kind in Kind::ALL {
        let crd = published::crd(kind);
        walk(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], kind.as_str());
    }
}

#[test]
fn every_field_that_a_rule_of_a_custom_resource_names_is_one() {
    let mut rules = 0;
    for kind in Kind::ALL {
        let crd = published::crd(kind);
        let spec = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        for rule in spec["x-kubernetes-validations"].as_array().into_iter().flatten() {
            rules += 1;
            for named in
                rule["rule"].as_str().unwrap().to_lowercase().replace("oldself.", "self.").split("self.").skip(1)
            {
                let name: String = named.chars().take_while(char::is_ascii_alphanumeric).collect();
                let known = spec["properties"].as_object().unwrap().keys().any(|known| known.to_lowercase() == name);
                assert!(known, "{kind}: {name} in {rule}");
            }
        }
    }
    assert!(rules > 10);
}

#[test]
fn the_custom_resource_definitions_take_every_example() {
    let validators: BTreeMap<Kind, jsonschema::Validator> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let crd = published::crd(kind);
            let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
            (kind, jsonschema::draft202012::new(schema).unwrap())
        })
        .collect();
    let mut taken = BTreeSet::new();
    for file in below(&root().join("deploy/examples"), "yaml") {
        let text = std::fs::read_to_string(&file).unwrap();
        if !text.contains("apiVersion: evenkeel.dev/") {
            continue;
        }
        // `<Names>` are to be filled in.
        let filled = text.replace("<Subnet", "subnet-").replace("<TaskGroup", "sg-tasks").replace(['<', '>'], "");
        for document in serde_saphyr::from_multiple::<Value>(&filled).unwrap() {
            let Some(kind) = document["kind"].as_str().and_then(Kind::parse) else { continue };
            let said: Vec<String> =
                validators[&kind].iter_errors(&document).map(|e| format!("{e} at {}", e.instance_path())).collect();
            assert_eq!(said, Vec::<String>::new(), "{}: {kind}", file.display());
            taken.insert(kind);
        }
    }
    assert_eq!(taken, BTreeSet::from(Kind::ALL), "an example of each kind");
}

/// What a structural schema may say. Kubernetes refuses a definition with `uniqueItems: true`, with a reference, and with
/// what is no part of its schemas; in its own language a minimum is exclusive by a second word.
const SAID: [&str; 23] = [
    "additionalProperties",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

fn walk(schema: &Value, at: &str) {
    let open = ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"].map(|word| schema[word] == true);
    assert!(schema["type"].is_string() || open.contains(&true), "{at} has no type: {schema}");
    for word in schema.as_object().unwrap().keys() {
        assert!(SAID.contains(&word.as_str()), "{at}: a structural schema may not say {word}");
    }
    let is_set = schema["x-kubernetes-list-type"] == "set";
    assert!(!is_set || schema["items"]["type"] == "string", "{at}: a set is of scalars");
    assert!(
        schema["properties"].is_null() || schema["additionalProperties"].is_null(),
        "{at} has both kinds of members"
    );
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, &format!("{at}.{name}"));
    }
    for (inner, end) in [("items", "[]"), ("additionalProperties", "{}")] {
        if schema[inner].is_object() {
            walk(&schema[inner], &format!("{at}{end}"));
        }
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
