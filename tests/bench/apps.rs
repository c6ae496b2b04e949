//! Applications as a bench has them, many and all alike, and what the benches share.

use std::fmt::Write as _;

use evenkeel::sandbox::{Request, Sandbox, Service};
use serde_json::{Value, json};

/// When a bench's world begins.
pub(crate) const START: i64 = 1_767_225_600_000;

/// Is it `cargo bench` that runs this? Tests do too, only to see that it works.
pub(crate) fn is_to_measure() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// What the manifests refer to: a cluster, and secrets of someone else.
pub(crate) fn furnish(sandbox: &Sandbox, apps: usize) {
    call(sandbox, Service::Ecs, "CreateCluster", &json!({"clusterName": "bench"}));
    for app in 0..apps {
        let body = json!({"Name": format!("bench/{app}"), "SecretString": "x"});
        call(sandbox, Service::SecretsManager, "CreateSecret", &body);
    }
}

pub(crate) fn call(sandbox: &Sandbox, service: Service, operation: &str, body: &Value) {
    let body = body.to_string().into_bytes();
    let request = Request { service, operation: operation.into(), region: "eu-west-1".into(), body };
    let response = sandbox.call(&request).expect("no state file");
    assert_eq!(response.status, 200, "{operation}");
}

/// Memory of a process in MiB, by its name in `/proc/<id>/status`; 0 where there is no such file.
pub(crate) fn memory(id: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Names and texts of files: one secret, role, task definition and service an application, fifty applications a file.
pub(crate) fn manifests(apps: usize) -> Vec<(String, String)> {
    let numbers: Vec<usize> = (0..apps).collect();
    let file = |(index, numbers): (usize, &[usize])| {
        let text = numbers.iter().fold(String::new(), |mut text, app| {
            write!(text, "{}", self::text(*app)).expect("memory");
            text
        });
        (format!("{index:03}.yaml"), text)
    };
    numbers.chunks(50).enumerate().map(file).collect()
}

/// A new version is rolled out at once.
fn text(app: usize) -> String {
    format!(
        r#"---
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {{name: app-{app}}}
spec: {{secretName: bench/{app}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {{name: app-{app}}}
spec: {{roleName: bench-{app}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {{name: app-{app}}}
spec:
  executionRoleRef: {{name: app-{app}}}
  cpu: "256"
  memory: "512"
  networkMode: awsvpc
  requiresCompatibilities: [FARGATE]
  containerDefinitions:
    - name: app
      image: public.ecr.aws/nginx/nginx:1
      secrets: {{TOKEN: {{secretRef: {{name: app-{app}}}}}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Service
metadata: {{name: app-{app}}}
spec:
  cluster: bench
  taskDefinitionRef: {{name: app-{app}}}
  launchType: FARGATE
  rollout: {{debounce: 0s}}
  networkConfiguration: {{awsvpcConfiguration: {{subnets: [subnet-a]}}}}
"#
    )
}
