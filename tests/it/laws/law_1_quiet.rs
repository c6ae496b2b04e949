//! After convergence, a pass makes zero writes, and `diff` prints nothing.

use evenkeel::render::style::Style;
use evenkeel::render::summary::Summary;
use evenkeel::render::text;

use crate::support::lab::{Lab, in_virtual_time, manifests, shop};
use crate::support::leaks::CANARY;

#[test]
fn law_1_a_converged_shop_is_quiet() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        lab.converge(&desired).await;
        let before = lab.writes();
        let (observed, plan) = lab.look(&desired).await;
        let (_, execution) = lab.pass(&desired).await;
        assert_eq!(execution.done(), 0);
        assert_eq!(lab.writes(), before);
        assert_eq!(text::plan(&plan, &Summary::of(&desired, &plan), &observed.scope, Style::plain()), "");
    });
}

/// Everything at once that ECS fills in, reorders or rewrites.
const KITCHEN_SINK: &str = r#"
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db}
spec: {secretName: shop/db, description: The database, tags: {team: shop, cost-center: "42"}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {name: sink}
spec:
  path: /evenkeel/
  managedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy]
  grants: [{parameter: /sink/flags}, {envFile: {bucket: config, key: sink.env}}]
---
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {name: sink}
spec:
  executionRoleRef: {name: sink}
  taskRoleArn: arn:aws:iam::123456789012:role/sink
  cpu: 1 vCPU
  memory: 2 GB
  networkMode: awsvpc
  requiresCompatibilities: [FARGATE]
  runtimePlatform: {cpuArchitecture: ARM64, operatingSystemFamily: LINUX}
  ephemeralStorage: {sizeInGiB: 30}
  secretPinning: VersionId
  volumes:
    - {name: data, efsVolumeConfiguration: {fileSystemId: fs-1, rootDirectory: /, transitEncryption: ENABLED}}
    - name: scratch
  tags: [{key: team, value: shop}]
  containerDefinitions:
    - name: web
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/sink:1
      cpu: 0
      essential: true
      command: [serve, --port, "8080"]
      environment: {ZETA: last, ALPHA: first, EMPTY: "", PORT: 8080, DEBUG: false}
      portMappings: [{containerPort: 9090, protocol: udp}, {containerPort: 8080, hostPort: 8080, name: http}]
      secrets:
        Z_PASSWORD: {secretRef: {name: db, key: password}}
        A_USER: {secretRef: {name: db, key: username, pin: Current}}
        FLAG: {valueFrom: /sink/flags}
      healthCheck: {command: [CMD-SHELL, "true"]}
      dependsOn: [{containerName: init, condition: SUCCESS}]
      mountPoints: [{containerPath: /data, sourceVolume: data}, {containerPath: /tmp, sourceVolume: scratch, readOnly: false}]
      linuxParameters: {capabilities: {drop: [ALL]}, initProcessEnabled: true}
      ulimits: [{name: nofile, softLimit: 1024, hardLimit: 2048}]
      dockerLabels: {owner: shop}
      environmentFiles: [{type: s3, value: "arn:aws:s3:::config/sink.env"}]
      logConfiguration:
        logDriver: awslogs
        options: {awslogs-group: /ecs/sink, awslogs-region: eu-west-1, awslogs-stream-prefix: s, awslogs-create-group: "true"}
    - name: init
      image: public.ecr.aws/docker/library/busybox:1
      essential: false
---
apiVersion: evenkeel.dev/v1alpha1
kind: Service
metadata: {name: sink}
spec:
  cluster: shop
  taskDefinitionRef: {name: sink}
  capacityProviderStrategy: [{capacityProvider: FARGATE_SPOT, weight: 3}, {capacityProvider: FARGATE, weight: 1, base: 1}]
  desiredCount: 2
  propagateTags: SERVICE
  enableECSManagedTags: true
  enableExecuteCommand: false
  healthCheckGracePeriodSeconds: 0
  platformVersion: LATEST
  availabilityZoneRebalancing: ENABLED
  networkConfiguration:
    awsvpcConfiguration: {subnets: [subnet-c, subnet-a, subnet-b], securityGroups: [sg-2, sg-1], assignPublicIp: DISABLED}
  deploymentConfiguration: {minimumHealthyPercent: 50}
  tags: {team: shop}
  loadBalancers:
    - {targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/b/1", containerName: web, containerPort: 8080}
"#;

#[test]
fn law_1_nothing_that_ecs_fills_in_reorders_or_rewrites_ever_shows() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        let value = evenkeel::sandbox::Plaintext::Text(CANARY.to_owned());
        let parameter = evenkeel::sandbox::Parameter { value, kms_key_id: None };
        lab.sandbox.with_world(|world| drop(world.surroundings.parameters.insert("/sink/flags".into(), parameter)));
        lab.adopt_secret("shop/db");
        let desired = manifests(KITCHEN_SINK);
        lab.converge(&desired).await;
        lab.restart().await;
        let before = lab.writes();
        let (plan, _) = lab.pass(&desired).await;
        assert!(plan.is_empty() && plan.held().is_empty() && plan.repairs().is_empty(), "{plan:#?}");
        assert_eq!(lab.writes(), before);
    });
}

#[test]
fn law_1_a_field_that_is_taken_out_of_a_nested_map_goes_back_to_the_default_and_is_quiet() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        let mut desired = shop("2.0.0");
        for service in desired.services.values_mut() {
            let mut fields = service.fields.all_written().clone();
            fields.insert("deploymentConfiguration".into(), serde_json::json!({"minimumHealthyPercent": 50}));
            service.fields = evenkeel::model::service::ServiceFields::new(fields);
        }
        let (_, plan) = lab.look(&desired).await;
        assert_eq!(plan.steps().count(), 2, "the breaker and the bounds differ");
        lab.converge(&desired).await;
        let before = lab.writes();
        let (plan, _) = lab.pass(&desired).await;
        assert!(plan.is_empty());
        assert_eq!(lab.writes(), before);
    });
}
