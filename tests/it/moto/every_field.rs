//! Law 1 on manifests with many fields: what AWS gives back of them means the same, so one apply is enough.

use super::front::Counts;
use super::lab::{Lab, in_real_time};

/// All but `serviceConnectConfiguration` and `volumeConfigurations`: AWS states those of a deployment, moto nowhere (M6).
const ORDERS: &str = r#"
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db, annotations: {evenkeel.dev/adopt: "true"}}
spec: {secretName: orders/db, description: The orders' database, kmsKeyId: alias/orders, tags: {cost-center: "42"}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: logs}
spec: {secretName: orders/logs}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: registry}
spec: {secretName: orders/registry}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {name: orders}
spec:
  roleName: orders-exec
  path: /evenkeel/
  permissionsBoundary: arn:aws:iam::ACCOUNT:policy/boundary
  managedPolicyArns: [arn:aws:iam::ACCOUNT:policy/more]
  grants:
    - parameter: /orders/feature-flags
    - envFile: {bucket: orders-config, key: prod.env}
---
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {name: orders}
spec:
  family: orders
  executionRoleRef: {name: orders}
  taskRoleArn: arn:aws:iam::ACCOUNT:role/orders-task
  cpu: .5 vCPU
  memory: 1GB
  networkMode: awsvpc
  requiresCompatibilities: [FARGATE]
  runtimePlatform: {cpuArchitecture: ARM64, operatingSystemFamily: LINUX}
  ephemeralStorage: {sizeInGiB: 30}
  tags: [{key: team, value: orders}]
  volumes:
    - name: scratch
    - name: files
      efsVolumeConfiguration: {fileSystemId: fs-1, transitEncryption: ENABLED, authorizationConfig: {iam: ENABLED}}
  containerDefinitions:
    - name: web
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:0000000000000000000000000000000000000000000000000000000000000000
      portMappings: [{containerPort: 8080, name: http, appProtocol: http}, {containerPort: 9090, protocol: udp}]
      environment: {LOG_LEVEL: info, EMPTY: "", NUMBER: 8080, FLAG: true}
      environmentFiles: [{type: s3, value: "arn:aws:s3:::orders-config/prod.env"}]
      dockerLabels: {tier: front}
      command: [serve, --verbose]
      entryPoint: [/orders]
      dependsOn: [{containerName: log, condition: START}]
      healthCheck: {command: [CMD-SHELL, curl -f localhost:8080/health]}
      linuxParameters: {initProcessEnabled: true}
      mountPoints: [{sourceVolume: scratch, containerPath: /tmp}, {sourceVolume: files, containerPath: /files, readOnly: true}]
      ulimits: [{name: nofile, softLimit: 1024, hardLimit: 4096}]
      readonlyRootFilesystem: true
      stopTimeout: 60
      secrets:
        DB_USER: {secretRef: {name: db, key: username, pin: VersionId}}
        DB_PASSWORD: {secretRef: {name: db, key: password}}
        FLAGS: {valueFrom: /orders/feature-flags}
      logConfiguration:
        logDriver: awslogs
        options: {awslogs-group: /ecs/orders, awslogs-region: eu-west-1, awslogs-stream-prefix: web, awslogs-create-group: "true"}
    - name: log
      image: registry.example.com/log:3
      essential: false
      cpu: 64
      memoryReservation: 128
      repositoryCredentials: {credentialsParameter: {secretRef: {name: registry}}}
      logConfiguration:
        logDriver: splunk
        options: {splunk-url: "https://splunk.example.com"}
        secretOptions: {splunk-token: {secretRef: {name: logs, key: password}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Service
metadata: {name: orders}
spec:
  serviceName: orders
  cluster: shop
  taskDefinitionRef: {name: orders}
  capacityProviderStrategy: [{capacityProvider: FARGATE_SPOT, weight: 2}, {capacityProvider: FARGATE, base: 1}]
  platformVersion: LATEST
  enableExecuteCommand: true
  enableECSManagedTags: true
  propagateTags: SERVICE
  availabilityZoneRebalancing: ENABLED
  healthCheckGracePeriodSeconds: 0
  tags: [{key: team, value: orders}]
  networkConfiguration:
    awsvpcConfiguration: {subnets: [subnet-b, subnet-a], securityGroups: [sg-worker, sg-web], assignPublicIp: DISABLED}
  loadBalancers:
    - {targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/1", containerName: web, containerPort: 8080}
  serviceRegistries: [{registryArn: "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1"}]
  deploymentConfiguration:
    deploymentCircuitBreaker: {enable: true, rollback: true}
    alarms: {alarmNames: [orders-5xx], enable: true, rollback: true}
  deploymentController: {type: ECS}
"#;

#[test]
fn what_many_fields_come_back_as_means_the_same() {
    in_real_time(async {
        let lab = Lab::new().await;
        for secret in ["orders/db", "orders/logs", "orders/registry"] {
            lab.create_secret(secret);
        }
        for policy in ["boundary", "more"] {
            let document =
                r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
            lab.iam.create_policy().policy_name(policy).policy_document(document).send().await.unwrap();
        }
        let desired = lab.desired(&ORDERS.replace("ACCOUNT", &lab.account));
        let aws = lab.connect().await;
        let plans = lab.apply(&aws, &desired).await;
        assert_eq!(plans.len(), 1, "{:#?}", plans.get(1));
        lab.assert_quiet(&aws, &desired).await;
        let later = lab.an_hour_later().await;
        lab.front.reset();
        lab.apply(&later, &desired).await;
        assert_eq!(lab.front.writes(), Counts::new());
    });
}
