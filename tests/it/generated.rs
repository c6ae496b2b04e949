//! Files that are written from types: `BLESS=1` writes them anew.

use std::path::Path;

use evenkeel::manifest::published;
use evenkeel::model::id::Kind;
use serde_json::Value;

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

fn walk(schema: &Value, at: &str) {
    let open = schema["x-kubernetes-preserve-unknown-fields"] == true;
    assert!(schema["type"].is_string() || open, "{at} has no type: {schema}");
    assert!(
        schema["properties"].is_null() || schema["additionalProperties"].is_null(),
        "{at} has both kinds of members"
    );
    assert!(schema["anyOf"].is_null() && schema["const"].is_null(), "{at} has alternatives");
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, &format!("{at}.{name}"));
    }
    if schema["items"].is_object() {
        walk(&schema["items"], &format!("{at}[]"));
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
