//! A mark that is written again changes nothing, and is no plan that anyone has seen.

use evenkeel::sandbox::Service;
use serde_json::json;

use super::{Place, code, run, stderr, stdout};

const MANIFESTS: &str = "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db}
spec: {value: {generate: {}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {name: web}
spec: {}
---
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {name: web}
spec:
  executionRoleRef: {name: web}
  cpu: \"256\"
  memory: \"512\"
  networkMode: awsvpc
  requiresCompatibilities: [FARGATE]
  containerDefinitions: [{name: web, image: \"example.com/web:1\", secrets: {PASSWORD: {secretRef: {name: db}}}}]
---
apiVersion: evenkeel.dev/v1alpha1
kind: Service
metadata: {name: web}
spec:
  taskDefinitionRef: {name: web}
  launchType: FARGATE
  desiredCount: 1
  networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-a], securityGroups: [sg-a]}}
  rollout: {debounce: 0s}
";

/// A change of a secret alone waits for the rollout that runs; meanwhile there is only a mark to be written.
#[test]
fn apply_shows_the_plan_before_its_first_call_although_a_mark_was_written_before_that() {
    let place = Place::new("repaired");
    let (file, state) = (place.0.join("web.yaml"), place.0.join("state.json"));
    std::fs::write(&file, MANIFESTS).unwrap();
    let (name, sandbox) = (file.display().to_string(), place.sandbox());
    let apply =
        |speed: &str| run(&["apply", "-f", &name, "--yes", "--rollouts-settle", "0s", "--speed", speed, &sandbox]);
    let first = apply("1");
    assert_eq!(code(&first), 0, "{}{}", stdout(&first), stderr(&first));
    let call = |operation: &str, body: &serde_json::Value| {
        crate::imports::call(&state, Service::SecretsManager, operation, body.to_string());
    };
    let token = "1".repeat(32);
    call("PutSecretValue", &json!({"SecretId": "db", "SecretString": "another", "ClientRequestToken": token}));
    let mark = json!({"Key": "evenkeel.dev/applied", "Value": format!("v1:{}:-:1700000000", "0".repeat(64))});
    call("TagResource", &json!({"SecretId": "db", "Tags": [mark]}));
    let second = apply("30");
    let (shown, said) = (stdout(&second), stderr(&second));
    assert_eq!(code(&second), 0, "{shown}{said}");
    assert!(said.contains("waiting up to") && said.contains("Service/web"), "{said}");
    assert!(shown.contains("register a revision of web"), "{shown}{said}");
}
