//! Permissions of callers, and policies of secrets.

use serde_json::{Value, json};

use crate::sandbox::support::{ACCOUNT, Aws, allow, code, pass, refusal};
use crate::support::lab::{Lab, in_virtual_time, shop};

/// A world in which a role with one policy makes all further calls.
async fn called_by(policy: &str) -> Aws {
    let aws = Aws::new();
    aws.secret("prod/db", "value").await;
    aws.secret("test/db", "value").await;
    aws.role("caller", policy).await;
    aws.sandbox.with_world(|world| world.caller = Some("caller".into()));
    aws
}

fn statement(effect: &str, action: &str, resource: &str, condition: &Value) -> Value {
    json!({"Effect": effect, "Action": action, "Resource": resource, "Condition": condition})
}

fn policy(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_do_what_its_role_allows_and_hears_the_rest_in_awss_words() {
    let aws = called_by(&allow(&["secretsmanager:Describe*"], &["arn:aws:secretsmanager:*:*:secret:prod/*"])).await;
    let who = aws.sts.get_caller_identity().send().await.unwrap();
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/caller/sandbox");
    assert_eq!(who.arn(), Some(session.as_str()), "which needs no permission");
    aws.secrets.describe_secret().secret_id("prod/db").send().await.unwrap();
    let (kind, message) = refusal(aws.secrets.describe_secret().secret_id("test/db").send().await);
    assert_eq!(kind, "AccessDeniedException");
    let begin = format!(
        "User: {session} is not authorized to perform: secretsmanager:DescribeSecret on resource: \
         arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:test/db-"
    );
    assert!(message.starts_with(&begin), "{message}");
    let because = "because no identity-based policy allows the secretsmanager:DescribeSecret action";
    assert!(message.ends_with(because), "{message}");
    let missing = aws.secrets.describe_secret().secret_id("test/none").send().await;
    assert_eq!(code(missing), "AccessDeniedException", "before anything is looked up");
    assert_eq!(code(aws.iam.get_role().role_name("caller").send().await), "AccessDenied");
    assert_eq!(code(aws.ecs.list_clusters().send().await), "AccessDeniedException");
}

#[tokio::test(start_paused = true)]
async fn tags_of_the_request_and_of_the_resource_count() {
    let ours = "evenkeel.dev/installation";
    let rules = policy(&[
        statement(
            "Allow",
            "secretsmanager:*",
            "*",
            &json!({"StringEquals": {(format!("aws:RequestTag/{ours}")): "prod"}}),
        ),
        statement(
            "Allow",
            "secretsmanager:UpdateSecret",
            "*",
            &json!({"StringEquals": {(format!("aws:ResourceTag/{ours}")): "prod"}}),
        ),
        statement(
            "Deny",
            "secretsmanager:DeleteSecret",
            "*",
            &json!({"Null": {(format!("aws:ResourceTag/{ours}")): "true"}}),
        ),
    ]);
    let aws = called_by(&rules).await;
    let tag = |value: &str| aws_sdk_secretsmanager::types::Tag::builder().key(ours).value(value).build();
    let create = |name: &str, value: &str| aws.secrets.create_secret().name(name).secret_string("v").tags(tag(value));
    create("ours", "prod").send().await.unwrap();
    assert_eq!(code(create("theirs", "test").send().await), "AccessDeniedException");
    aws.secrets.update_secret().secret_id("ours").description("d").send().await.unwrap();
    assert_eq!(
        code(aws.secrets.update_secret().secret_id("prod/db").description("d").send().await),
        "AccessDeniedException"
    );
    let (_, message) = refusal(aws.secrets.delete_secret().secret_id("prod/db").send().await);
    assert!(message.ends_with("with an explicit deny in an identity-based policy"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_role_is_passed_only_with_permission_and_only_to_ecs() {
    let pass_role = |service: &str| {
        policy(&[
            statement("Allow", "ecs:*", "*", &json!({})),
            statement("Allow", "iam:PassRole", "*", &json!({"StringEquals": {"iam:PassedToService": service}})),
        ])
    };
    for (service, may) in [("ecs-tasks.amazonaws.com", true), ("lambda.amazonaws.com", false)] {
        let aws = called_by(&pass_role(service)).await;
        let container =
            aws_sdk_ecs::types::ContainerDefinition::builder().name("web").image("web:1").memory(64).build();
        let register = aws.ecs.register_task_definition().family("web").container_definitions(container);
        let registered = register.execution_role_arn(format!("arn:aws:iam::{ACCOUNT}:role/caller")).send().await;
        if may {
            registered.unwrap();
        } else {
            let (kind, message) = refusal(registered);
            assert_eq!(kind, "AccessDeniedException");
            assert!(
                message.contains(&format!("iam:PassRole on resource: arn:aws:iam::{ACCOUNT}:role/caller")),
                "{message}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_customers_key_is_used_through_secrets_manager_with_the_callers_permission() {
    let via = |service: &str| {
        let condition = json!({"StringEquals": {"kms:ViaService": format!("{service}.eu-west-1.amazonaws.com")}});
        policy(&[statement("Allow", "secretsmanager:*", "*", &json!({})), statement("Allow", "kms:*", "*", &condition)])
    };
    for (service, may) in [("secretsmanager", true), ("ssm", false)] {
        let aws = called_by(&via(service)).await;
        let create = aws.secrets.create_secret().name("keyed").secret_string("v").kms_key_id("alias/orders");
        assert_eq!(create.send().await.is_ok(), may, "{service}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_boundary_bounds_callers_too() {
    let aws = Aws::new();
    let all = aws.iam.create_policy().policy_name("b").policy_document(allow(&["iam:*"], &["*"])).send().await.unwrap();
    aws.role("caller", &allow(&["*"], &["*"])).await;
    let arn = all.policy.unwrap().arn.unwrap();
    aws.iam.put_role_permissions_boundary().role_name("caller").permissions_boundary(arn).send().await.unwrap();
    aws.sandbox.with_world(|world| world.caller = Some("caller".into()));
    aws.iam.get_role().role_name("caller").send().await.unwrap();
    let (_, message) = refusal(aws.secrets.list_secrets().send().await);
    assert!(
        message.ends_with("because no permissions boundary allows the secretsmanager:ListSecrets action"),
        "{message}"
    );
}

/// A task of `web` with a secret; the stopped reasons once it has tried to start.
async fn starts_with(identity: &str, resource_policy: &Value) -> Result<(), String> {
    starts(identity, resource_policy, false).await
}

async fn starts(identity: &str, resource_policy: &Value, bounded: bool) -> Result<(), String> {
    let aws = Aws::new();
    let (secret, _) = aws.secret("db", "value").await;
    let role = aws.role("exec", identity).await;
    aws.role("other", identity).await;
    if bounded {
        let policy = aws.iam.create_policy().policy_name("all").policy_document(allow(&["*"], &["*"])).send();
        let arn = policy.await.unwrap().policy.unwrap().arn.unwrap();
        let put = aws.iam.put_role_permissions_boundary().role_name("exec").permissions_boundary(arn);
        put.send().await.unwrap();
    }
    let put = aws.secrets.put_resource_policy().secret_id("db").resource_policy(resource_policy.to_string());
    put.send().await.unwrap();
    let definition = aws.register("web", "web:1", Some(&role), &[("DB", &secret)]).await;
    aws.create("web", &definition, 1).await;
    pass(60).await;
    aws.stopped_reasons("web").into_iter().next().map_or(Ok(()), Err)
}

fn about(effect: &str, principal: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Principal": principal, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]})
}

#[tokio::test(start_paused = true)]
async fn a_secrets_own_policy_can_deny_and_can_grant_to_a_role_that_it_names() {
    let role = |name: &str| json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/{name}")});
    let account = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let may = allow(&["secretsmanager:GetSecretValue"], &["*"]);
    let may_not = allow(&["ecs:*"], &["*"]);
    let denied = "with an explicit deny in a resource-based policy";
    let silent = "because no identity-based policy allows the secretsmanager:GetSecretValue action";
    for (identity, policy, end) in [
        (&may, about("Deny", &role("exec")), Some(denied)),
        (&may, about("Deny", &json!("*")), Some(denied)),
        (&may, about("Deny", &account), Some(denied)),
        (&may, about("Deny", &role("other")), None),
        (&may_not, about("Allow", &role("exec")), None),
        (&may_not, about("Allow", &role("other")), Some(silent)),
        (&may_not, about("Allow", &account), Some(silent)),
    ] {
        match (starts_with(identity, &policy).await, end) {
            (Ok(()), None) => {}
            (Err(reason), Some(end)) => assert!(reason.ends_with(end), "{policy}: {reason}"),
            (outcome, _) => panic!("{policy}: {outcome:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn everyone_but_those_who_are_named_is_denied() {
    let [exec, other] = ["exec", "other"].map(|name| format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    let may = allow(&["secretsmanager:GetSecretValue"], &["*"]);
    for (named, bounded, spared) in [
        (vec![&exec, &account], false, true),
        (vec![&exec], false, true),
        (vec![&other, &account], false, false),
        (vec![&account], false, false),
        (vec![&other], false, false),
        (vec![&exec, &account], true, false),
    ] {
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "NotPrincipal": {"AWS": named},
            "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]});
        let started = starts(&may, &policy, bounded).await;
        let denied = |reason: &String| reason.ends_with("with an explicit deny in a resource-based policy");
        assert_eq!(started.is_ok(), spared, "{policy}, {bounded}: {started:?}");
        assert!(started.as_ref().err().is_none_or(denied), "{started:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_allow_for_everyone_but_those_who_are_named_is_for_none_of_them() {
    let [exec, other] = ["exec", "other"].map(|name| format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    let may_not = allow(&["ecs:*"], &["*"]);
    for (named, allowed) in [(&other, true), (&exec, false), (&account, false)] {
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotPrincipal": {"AWS": named},
            "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]});
        let started = starts(&may_not, &policy, false).await;
        assert_eq!(started.is_ok(), allowed, "{policy}: {started:?}");
    }
    // A boundary makes nobody of it either.
    let everything = allow(&["*"], &["*"]);
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "NotPrincipal": {"AWS": exec}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]});
    assert!(starts(&may_not, &policy, true).await.is_err());
    assert!(starts(&everything, &policy, true).await.is_ok(), "its own policies allow it");
}

/// The actions of docs/operations.md.
fn of_the_controller() -> Vec<String> {
    let page =
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).unwrap();
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let service = match *cells.get(1)? {
            "Secrets Manager" => "secretsmanager",
            "IAM" => "iam",
            "ECS" => "ecs",
            "Resource Groups Tagging" => "tag",
            _ => return None,
        };
        let names = cells[2..].join(" ");
        let names: Vec<String> = names.split('`').skip(1).step_by(2).map(|name| format!("{service}:{name}")).collect();
        Some(names)
    });
    rows.flatten().collect()
}

#[test]
fn evenkeel_needs_the_actions_that_its_documentation_names_and_each_group_of_them() {
    let actions = of_the_controller();
    assert!(actions.len() > 20, "{actions:?}");
    let converges = |actions: &[String]| {
        in_virtual_time(async {
            let lab = Lab::with_shop().await;
            let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
            Aws::on(lab.sandbox.clone()).role("evenkeel", &allow(&actions, &["*"])).await;
            lab.sandbox.with_world(|world| world.caller = Some("evenkeel".into()));
            let desired = shop("2.0.0");
            for _ in 0..12 {
                let _pass = lab.pass(&desired).await;
                tokio::time::sleep(std::time::Duration::from_secs(40)).await;
            }
            let (_, plan) = lab.look(&desired).await;
            lab.sandbox.with_world(|world| {
                let denied: Vec<String> = world
                    .journal
                    .calls()
                    .filter(|call| call.error.as_deref().is_some_and(|error| error.starts_with("AccessDenied")))
                    .map(|call| call.operation.clone())
                    .collect();
                (plan.is_empty() && world.ecs.services().len() == 2, denied)
            })
        })
    };
    assert_eq!(converges(&actions), (true, Vec::new()));
    let without: Vec<String> = actions.iter().filter(|action| *action != "iam:PassRole").cloned().collect();
    let (done, denied) = converges(&without);
    assert!(!done && denied.iter().all(|operation| operation == "RegisterTaskDefinition"), "{denied:?}");
    assert!(!denied.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_caller_is_on_this_machine_and_its_numbers_count() {
    let rules = policy(&[
        statement(
            "Allow",
            "secretsmanager:DeleteSecret",
            "*",
            &json!({"NumericGreaterThanEquals": {"secretsmanager:RecoveryWindowInDays": "14"}}),
        ),
        statement(
            "Allow",
            "secretsmanager:DescribeSecret",
            "*",
            &json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
        ),
        statement(
            "Allow",
            "secretsmanager:GetSecretValue",
            "*",
            &json!({"NotIpAddress": {"aws:SourceIp": "127.0.0.1"}}),
        ),
    ]);
    let aws = called_by(&rules).await;
    let delete = |days| aws.secrets.delete_secret().secret_id("test/db").recovery_window_in_days(days).send();
    assert_eq!(code(delete(7).await), "AccessDeniedException");
    let forced = aws.secrets.delete_secret().secret_id("test/db").force_delete_without_recovery(true).send().await;
    assert_eq!(code(forced), "AccessDeniedException", "which names no window");
    delete(14).await.unwrap();
    aws.secrets.describe_secret().secret_id("prod/db").send().await.unwrap();
    assert_eq!(code(aws.secrets.get_secret_value().secret_id("prod/db").send().await), "AccessDeniedException");
}

#[tokio::test(start_paused = true)]
async fn a_rotation_is_set_up_only_by_who_may_invoke_its_function() {
    let function = |name: &str| format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}");
    let rules = policy(&[
        statement("Allow", "secretsmanager:RotateSecret", "*", &json!({})),
        statement("Allow", "lambda:InvokeFunction", &function("rotate-*"), &json!({})),
    ]);
    let aws = called_by(&rules).await;
    let monthly = aws_sdk_secretsmanager::types::RotationRulesType::builder().automatically_after_days(30).build();
    let rotate = |name: &str| {
        let call = aws.secrets.rotate_secret().secret_id("prod/db").rotation_lambda_arn(function(name));
        call.rotation_rules(monthly.clone()).rotate_immediately(false)
    };
    let (kind, message) = refusal(rotate("other").send().await);
    assert!(kind == "AccessDeniedException" && message.contains("lambda:InvokeFunction"), "{kind}: {message}");
    rotate("rotate-db").send().await.unwrap();
    // What is set up already rotates without: the request names no function.
    aws.secrets.rotate_secret().secret_id("prod/db").rotate_immediately(false).send().await.unwrap();
}
