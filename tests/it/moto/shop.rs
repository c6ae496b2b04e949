//! Manifests: the shop of the examples, and as many small applications as a test wants.

use std::path::Path;

/// The example, with one image tag of the web service.
pub(crate) fn shop(tag: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples/shop");
    let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let files = ["database.yaml", "web.yaml", "worker.yaml"].map(file);
    files.join("---\n").replace("shop-web:2.0.0", &format!("shop-web:{tag}"))
}

/// An application of one secret, one role, one task definition and one service.
pub(crate) fn application(name: &str, secret: &str, pinning: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {{name: {name}}}
spec: {{secretName: {secret}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {{name: {name}}}
spec: {{}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {{name: {name}}}
spec:
  executionRoleRef: {{name: {name}}}
  secretPinning: {pinning}
  cpu: 256
  memory: 512
  networkMode: awsvpc
  requiresCompatibilities: [FARGATE]
  containerDefinitions:
    - name: main
      image: public.ecr.aws/docker/library/busybox:1.37
      secrets: {{PASSWORD: {{secretRef: {{name: {name}, key: password}}}}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Service
metadata: {{name: {name}}}
spec:
  cluster: shop
  taskDefinitionRef: {{name: {name}}}
  launchType: FARGATE
  desiredCount: 1
  networkConfiguration: {{awsvpcConfiguration: {{subnets: [subnet-a], securityGroups: [sg-web]}}}}
---
"
    )
}
