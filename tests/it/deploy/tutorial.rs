//! What the tutorial's service stands on: without a finding of cfn-lint, and the same in CloudFormation and Terraform.
//!
//! The stack is made on moto by the tutorial itself: `drill::tutorial`. Terraform is not run.

use serde_json::Value;

use super::stack::tool;

const FOLDER: &str = "deploy/examples/rds-web";

#[test]
fn the_tutorials_template_has_no_finding() {
    let output = tool("cfn-lint").arg(format!("{FOLDER}/cloudformation.yaml")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_tutorials_terraform_says_what_its_template_says() {
    let output = tool("python").args(["tests/tutorial/same.py", FOLDER]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let template = said["cloudformation"].as_object().unwrap();
    assert!(template.len() >= 7 && template["kinds"].as_object().unwrap().len() >= 16);
    for (part, said_there) in template {
        assert_eq!(said_there, &said["terraform"][part], "{part}");
    }
}
