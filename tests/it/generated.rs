//! Files that are written from types: `BLESS=1` writes them anew.

use std::path::{Path, PathBuf};

use evenkeel::manifest::published;
use evenkeel::model::id::Kind;
use serde_json::Value;

#[test]
fn the_json_schemas_are_those_of_the_types() {
    for kind in Kind::ALL {
        compare(&format!("crds/schemas/{kind}.json"), &pretty(&published::json_schema(kind)));
    }
    compare("crds/schemas/Config.json", &pretty(&published::config_schema()));
}

#[test]
fn the_custom_resource_definitions_are_those_of_the_types() {
    for kind in Kind::ALL {
        let yaml = serde_saphyr::to_string(&published::crd(kind)).unwrap();
        compare(
            &format!("crds/{kind}.yaml"),
            &format!("# Generated from the types of evenkeel; see CONTRIBUTING.md.\n{yaml}"),
        );
    }
}

#[test]
fn the_published_schemas_accept_the_shop_as_it_is_written() {
    for file in ["database.yaml", "web.yaml", "worker.yaml"] {
        let text = std::fs::read_to_string(root().join("deploy/examples/shop").join(file)).unwrap();
        for document in serde_saphyr::from_multiple::<Value>(&text).unwrap() {
            let kind = Kind::parse(document["kind"].as_str().unwrap()).unwrap();
            let validator = jsonschema::draft202012::new(&published::json_schema(kind)).unwrap();
            let errors: Vec<String> = validator.iter_errors(&document).map(|error| format!("{error}")).collect();
            assert!(errors.is_empty(), "{file}: {errors:#?}");
        }
    }
}

#[test]
fn every_type_of_a_custom_resource_definition_is_structural() {
    for kind in Kind::ALL {
        let crd = published::crd(kind);
        walk(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], kind.as_str());
    }
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

#[expect(clippy::disallowed_methods, reason = "golden files are blessed by a variable")]
fn compare(file: &str, wanted: &str) {
    let path = root().join(file);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{file} is not up to date: run `make bless` and read the difference");
}
