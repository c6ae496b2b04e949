//! The CloudFormation template: without a finding of cfn-lint, made on moto, and with the policy that was proved.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::policies::{filled, of_this_account};

const TEMPLATE: &str = "deploy/cloudformation/evenkeel.yaml";

pub(super) fn tool(name: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join(".venv/bin").join(name));
    command.env_clear().env("AWS_DEFAULT_REGION", "eu-west-1").current_dir(root);
    command
}

/// The services whose actions a policy allows.
fn prefixes(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().unwrap().iter().filter(|statement| statement["Effect"] == "Allow");
    let actions = statements.flat_map(|statement| match &statement["Action"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    });
    actions.map(|action| action.as_str().unwrap().split(':').next().unwrap().to_owned()).collect()
}

/// The variable of a part of the envelope.
fn variable(part: &str) -> String {
    let words = part.chars().flat_map(|letter| letter.is_ascii_uppercase().then_some('_').into_iter().chain([letter]));
    format!("EVENKEEL_ENVELOPE_{}", words.collect::<String>().to_ascii_uppercase())
}

#[test]
fn the_template_has_no_finding() {
    let output = tool("cfn-lint").arg(TEMPLATE).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_stack_is_made_with_the_policy_that_was_proved_and_with_settings_that_are_known() {
    let output = tool("python").args(["-W", "ignore", "tests/deploy/stack.py", TEMPLATE]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let stack: Value = serde_json::from_str(last).unwrap();
    assert_eq!(stack["status"], "CREATE_COMPLETE");
    for kind in ["AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::Events::Rule", "AWS::SQS::Queue"] {
        assert!(stack["resources"].as_array().unwrap().iter().any(|made| made == kind), "{kind}");
    }
    let boundary = "arn:aws:iam::123456789012:policy/evenkeel-prod-tasks";
    let places =
        [("Installation", "prod"), ("Cluster", "prod"), ("Boundary", boundary), ("ControllerRole", "evenkeel-prod")];
    for (made, file) in
        [("ControllerPolicy", "controller.json"), ("ReadOnlyPolicy", "read-only.json"), ("Boundary", "boundary.json")]
    {
        let proved: Value = serde_json::from_str(&filled(file, &of_this_account(&places))).unwrap();
        assert_eq!(stack["policies"][made], proved, "{made}");
    }
    let services = ["ecr.api", "ecr.dkr", "ecs", "logs", "s3", "secretsmanager", "sqs", "sts"];
    assert_eq!(stack["endpoints"], json!(services.map(|name| format!("com.amazonaws.eu-west-1.{name}"))));
    // For whatever else the controller may call, the page says that a way out is needed.
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).unwrap();
    let ways = page.lines().find(|line| line.contains("`EndpointClients`")).unwrap();
    for prefix in
        prefixes(&stack["policies"]["ControllerPolicy"]).iter().filter(|name| !services.contains(&name.as_str()))
    {
        let name = match prefix.as_str() {
            "iam" => "IAM",
            "kms" => "KMS",
            "tag" => "Resource Groups Tagging",
            // Secrets Manager asks for it, and calls.
            "lambda" => continue,
            other => panic!("{other} has neither an endpoint nor a name"),
        };
        assert!(ways.contains(name), "{name}: {ways}");
    }
    assert_eq!(stack["readonly"], true);
    let named = |name: &str| format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:evenkeel/{name}-AbCdEf");
    let (token, age) = (named("token"), named("age-identity"));
    let both = json!([{"GIT_TOKEN": token, "EVENKEEL_AGE_IDENTITY": age}, [token, age]]);
    assert_eq!(stack["secrets"], both);
    assert_eq!(stack["withoutAge"], json!([{"GIT_TOKEN": token}, [token]]));

    // Nobody is let in to the status who is not named, and it is shown to nobody else either.
    let doors = &stack["doors"];
    assert_eq!(doors["closed"], json!([[], "127.0.0.1:8080"]));
    for (parameter, who) in [("StatusClients", "10.0.0.0/16"), ("StatusSecurityGroupId", "bastion")] {
        assert_eq!(doors[parameter], json!([[["tcp", 8080, 8080, who]], "0.0.0.0:8080"]), "{parameter}");
    }

    // Whatever the container is told is a key that the program knows, with a value that it takes.
    let told = stack["environment"].as_object().unwrap();
    let told = told.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let checked = Command::new(env!("CARGO_BIN_EXE_evenkeel"))
        .env_clear()
        .envs(told.filter(|(name, _)| *name != "EVENKEEL_SOURCE_GIT_AUTH_TOKEN_ENV"))
        .args(["run", "--sandbox=/dev/null/none", "--source-git-auth-token-env", "NONE"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(said.contains("the variable NONE holds no token"), "{said}");

    // No part of the envelope is left out, and what a parameter names is in it.
    let schema =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("crds/schemas/Config.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let parts = schema["properties"]["envelope"]["properties"].as_object().unwrap().keys();
    let parts: BTreeSet<String> = parts.map(|part| variable(part)).collect();
    let told = |name: &str| {
        let all = stack[name].as_object().unwrap().iter();
        let of_it = all.filter(|(name, _)| name.starts_with("EVENKEEL_ENVELOPE_"));
        of_it.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(told("environment").into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), parts);
    let narrow = told("environment");
    let wider: Vec<_> = told("wider").into_iter().filter(|pair| !narrow.contains(pair)).collect();
    let named = |name: &str, value: &str| (format!("EVENKEEL_ENVELOPE_{name}"), value.to_owned());
    let mut wanted = [
        named("KMS_KEYS", "alias/orders,alias/web"),
        named("PARAMETERS", "/orders/*"),
        named("BUCKETS", "orders-config"),
        named("PULL_THROUGH", "ecr-public/*"),
        named("MANAGED_POLICY_ARNS", "arn:aws:iam::123456789012:policy/tracing"),
        named("SECRET_POLICY_PRINCIPALS", "arn:aws:iam::123456789012:role/reporting"),
    ];
    wanted.sort();
    assert_eq!(wider, wanted);
    assert!(wanted.iter().all(|(name, _)| narrow.contains(&(name.clone(), String::new()))), "{narrow:?}");

    // With signatures too: it starts, and would listen. Without signers it would not.
    let signed = &stack["signed"];
    let signers: Vec<&str> = stack["signers"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(signed["ALLOWED_SIGNERS"], signers.join("\n"));
    let told = signed.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let told: Vec<(&str, &str)> = told.filter(|(name, _)| *name != "EVENKEEL_HTTP_LISTEN").collect();
    for (left_out, says) in
        [("", "http.listen"), ("ALLOWED_SIGNERS", "the variable ALLOWED_SIGNERS holds no allowed signers")]
    {
        let checked = Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .env_clear()
            .envs(told.iter().copied().filter(|(name, _)| *name != left_out))
            .env("GIT_TOKEN", "ghp-none")
            .args(["run", "--sandbox=/dev/null/none", "--http-listen", "999.0.0.1:8080"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(said.contains(says), "{said}");
    }
}
