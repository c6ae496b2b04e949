//! What the planner derives for a role is what a preflight asks for: neither knows of anything that the other does not.

use std::collections::BTreeSet;

use evenkeel::model::desired::Desired;
use evenkeel::plan::action::Call;
use evenkeel::preflight::finding::Code;
use serde_json::json;

use super::{case, preflight, setting};
use crate::support::lab::{Lab, in_virtual_time, manifests};

const CONTAINERS: &str = r#"      environmentFiles: [{type: s3, value: "arn:aws:s3:::files/web.env"}]
      credentialSpecs: ["credentialspecdomainless:arn:aws:s3:::specs/gmsa.json"]
      firelensConfiguration: {type: fluentbit, options: {config-file-type: s3, config-file-value: "arn:aws:s3:::logs/router.conf"}}
    - name: sidecar
      image: registry.example.com/sidecar:1
      credentialSpecs: ["credentialspec:arn:aws:ssm:eu-west-1:123456789012:parameter/shop/gmsa"]
      logConfiguration:
        logDriver: awslogs
        options: {awslogs-group: /ecs/made, awslogs-region: eu-west-1, awslogs-stream-prefix: s, awslogs-create-group: "true"}
        secretOptions: [{name: token, valueFrom: "<arn of prod/log>"}]
  volumes:
    - name: files
      fsxWindowsFileServerVolumeConfiguration:
        fileSystemId: fs-12345678
        rootDirectory: share
        authorizationConfig: {credentialsParameter: "<arn of prod/files>", domain: example.com}
"#;
const CONNECT: &str = r#"  serviceConnectConfiguration:
    enabled: true
    namespace: shop
    logConfiguration:
      logDriver: awslogs
      options: {awslogs-group: /ecs/connect, awslogs-region: eu-west-1, awslogs-stream-prefix: c}
      secretOptions: [{name: a, valueFrom: {secretRef: {name: db}}}, {name: b, valueFrom: "<arn of prod/connect>"}]
"#;
const ROLE: &str = "---\napiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\nmetadata: {name: made}\nspec: {}\n";

/// The base with everything in it that ECS reads with the role, which is named in this way.
async fn everything(role: &str) -> (Lab, Desired) {
    let secret = |name: &str| {
        format!(r#"{{call: "secretsmanager:CreateSecret", input: {{Name: {name}, SecretString: "{{}}"}}}}"#)
    };
    let events = format!("[{}]", ["prod/log", "prod/files", "prod/connect"].map(secret).join(", "));
    let events: Vec<case::Event> = serde_saphyr::from_str(&events).unwrap();
    let lab = setting::up(&events).await;
    let base = std::fs::read_to_string(case::root().join("base.yaml")).unwrap();
    let end = "awslogs-stream-prefix: web}\n";
    let text = base.replace("requiresCompatibilities: [FARGATE]", "requiresCompatibilities: [EC2]");
    let text = text.replace("launchType: FARGATE", "launchType: EC2").replace(end, &format!("{end}{CONTAINERS}"));
    let text = text.replace("executionRoleArn: arn:aws:iam::123456789012:role/web-exec", role) + CONNECT + ROLE;
    let desired = manifests(&setting::filled(&lab, &text));
    (lab, desired)
}

/// What the policy of a role that is to be made allows.
async fn derived() -> BTreeSet<String> {
    let made = "executionRoleRef: {name: made}";
    let (lab, desired) = everything(made).await;
    let (observed, plan) = lab.look(&desired).await;
    let written = plan.steps().find_map(|(_, step)| match &step.action.call {
        Call::PutRolePolicy { body, .. } => Some(evenkeel::plan::expected(body, |_| None).to_policy(&observed.scope)),
        _ => None,
    });
    written.unwrap().permissions().iter().map(|permission| permission.action.to_string()).collect()
}

#[test]
fn a_role_that_may_do_nothing_lacks_just_what_would_be_derived_for_it() {
    in_virtual_time(async {
        let (lab, desired) = everything("executionRoleArn: arn:aws:iam::123456789012:role/web-exec").await;
        lab.form("DeleteRolePolicy", &json!({"RoleName": "web-exec", "PolicyName": "start"}));
        let report = preflight(&lab, &desired, true).await;
        let lacks = report.findings.iter().filter(|finding| finding.code == Code::PermissionMissing);
        let lacks: Vec<(String, String)> = lacks
            .map(|finding| {
                let (_, rest) = finding.message.split_once(" may not do ").unwrap();
                (rest.split_once(" on ").unwrap().0.to_owned(), finding.site.path.to_string())
            })
            .collect();
        let asked: BTreeSet<String> =
            lacks.iter().flat_map(|(actions, _)| actions.split(", ").map(str::to_owned)).collect();
        assert_eq!(asked, derived().await);
        let at = |action: &str| -> Vec<&str> {
            lacks.iter().filter(|(actions, _)| actions.contains(action)).map(|(_, path)| path.as_str()).collect()
        };
        let mut secrets = at("secretsmanager:GetSecretValue");
        secrets.sort_unstable();
        let files = "volumes[files].fsxWindowsFileServerVolumeConfiguration.authorizationConfig.credentialsParameter";
        assert_eq!(
            secrets,
            [
                "containerDefinitions[sidecar].logConfiguration.secretOptions[token]",
                "containerDefinitions[web].secrets[DB_PASSWORD]",
                "serviceConnectConfiguration.logConfiguration.secretOptions[a]",
                "serviceConnectConfiguration.logConfiguration.secretOptions[b]",
                files,
            ]
        );
        assert_eq!(at("fsx:DescribeFileSystems"), [files]);
        let (router, spec) = ("firelensConfiguration.options.config-file-value", "credentialSpecs");
        for (path, action) in
            [("environmentFiles", "s3:GetObject"), (router, "s3:GetBucketLocation"), (spec, "s3:GetObject")]
        {
            let path = format!("containerDefinitions[web].{path}");
            assert!(at(action).contains(&path.as_str()), "{action} for {path}: {lacks:#?}");
        }
        assert!(at("ssm:GetParameters").contains(&"containerDefinitions[sidecar].credentialSpecs"));
        assert!(
            at("logs:CreateLogStream").contains(&"serviceConnectConfiguration.logConfiguration.options.awslogs-group")
        );
        assert_eq!(at("logs:CreateLogGroup").len(), 1);
        assert!(report.findings.iter().all(|finding| finding.site.at.is_some()), "{:#?}", report.findings);
    });
}
