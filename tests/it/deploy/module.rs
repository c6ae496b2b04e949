//! The Terraform module: HCL that says what the CloudFormation template says, with the policies that were proved.
//!
//! Terraform itself is not run: its provider is fetched from a registry.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::stack::tool;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What both say, in the same words.
fn both() -> (Value, Value) {
    let output = tool("python").args(["tests/deploy/same.py", "deploy"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut said: Value = serde_json::from_slice(&output.stdout).unwrap();
    (said["cloudformation"].take(), said["terraform"].take())
}

#[test]
fn terraform_says_what_cloudformation_says() {
    let (template, module) = both();
    let parts = template.as_object().unwrap();
    assert!(parts.len() >= 15, "{:?}", parts.keys());
    for (part, said) in parts {
        assert_eq!(said, &module[part], "{part}");
    }
    assert_eq!(module["status"].as_array().unwrap().len(), 2, "two ways to be let in: {}", module["status"]);
    assert_eq!(module["policies"].as_object().unwrap().len(), 3);
    let deny = module["policies"]["evenkeel-<Installation>"]["Statement"].as_array().unwrap();
    let itself = deny.iter().find(|statement| statement["Sid"] == "NeverItself").unwrap();
    let own = "arn:<Partition>:iam::<AccountId>:role/evenkeel-<Installation>";
    assert_eq!(itself["Resource"], serde_json::json!([own, "<Boundary.Arn>"]));
    assert_eq!(module["controller"][0], "evenkeel-<Installation>", "the role that the Deny names");
}

#[test]
fn the_modules_policies_are_files_and_stand_nowhere_else() {
    let text = read("deploy/terraform/policies.tf");
    for name in ["controller.json", "read-only.json", "boundary.json"] {
        assert!(text.contains(&format!("templatefile(\"${{path.module}}/../policies/{name}\"")), "{name}");
    }
    assert!(!text.contains("Statement"), "{text}");
}

#[test]
fn the_boundary_lets_through_every_action_that_is_ever_derived() {
    let boundary: Value = serde_json::from_str(&read("deploy/policies/boundary.json")).unwrap();
    let statements = boundary["Statement"].as_array().unwrap();
    let listed = |statement: &Value| match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        one => vec![one.clone()],
    };
    let allowed: BTreeSet<String> =
        statements.iter().flat_map(listed).map(|action| action.as_str().unwrap().to_owned()).collect();
    let is_action = |text: &&str| {
        text.split_once(':').is_some_and(|(service, name)| {
            service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                && name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric())
        })
    };
    let source = read("src/model/grant.rs");
    // The actions of grants; `kms:ViaService` and the like are keys of conditions, and `sts:` is of the trust.
    let derived: BTreeSet<String> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(is_action)
        .filter(|text| *text == "kms:Decrypt" || !["aws:", "kms:", "sts:"].iter().any(|other| text.starts_with(other)))
        .map(str::to_owned)
        .collect();
    assert!(derived.len() >= 10, "{derived:?}");
    assert_eq!(derived.difference(&allowed).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(allowed.difference(&derived).collect::<Vec<_>>(), Vec::<&String>::new());
}
