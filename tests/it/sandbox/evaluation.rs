//! What an execution role may do, seen from tasks that start or do not.

use std::time::Duration;

use crate::sandbox::support::{ACCOUNT, Aws, TRUST, allow, pass};

const GET: &str = "secretsmanager:GetSecretValue";

/// A service whose one task reads the secret `prod/db`; `None` when it runs,
/// else why it does not.
struct Case {
    aws: Aws,
    secret: String,
    role: String,
    runs: u32,
}

impl Case {
    async fn new() -> Self {
        let aws = Aws::new();
        let (secret, _) = aws.secret("prod/db", r#"{"password":"p"}"#).await;
        let role = aws.role("exec", &allow(&["s3:ListBucket"], &["*"])).await;
        Self { aws, secret, role, runs: 0 }
    }

    async fn outcome_of(&mut self, policy: &str) -> Option<String> {
        self.aws.put_policy("exec", policy).await;
        self.outcome().await
    }

    async fn outcome(&mut self) -> Option<String> {
        self.runs += 1;
        let name = format!("s{}", self.runs);
        let definition = self.aws.register(&name, "web:1", Some(&self.role), &[("P", &self.secret)]).await;
        self.aws.create(&name, &definition, 1).await;
        pass(25).await;
        let reason = self.aws.stopped_reasons(&name).into_iter().next();
        self.aws.ecs.delete_service().service(&name).force(true).send().await.unwrap();
        reason
    }

    fn statements(&self, statements: &str) -> String {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        text.replace("SECRET", &self.secret).replace("GET", GET)
    }
}

const ALLOW: &str = r#"{"Effect":"Allow","Action":"GET","Resource":"SECRET"}"#;

#[tokio::test(start_paused = true)]
async fn what_no_policy_allows_is_denied_in_awss_words() {
    let mut case = Case::new().await;
    let reason = case.outcome().await.unwrap();
    let secret = case.secret.clone();
    assert!(reason.starts_with("ResourceInitializationError: unable to pull secrets or registry auth: "), "{reason}");
    assert!(reason.contains(&format!("User: arn:aws:sts::{ACCOUNT}:assumed-role/exec/")), "{reason}");
    let end = format!(
        "is not authorized to perform: {GET} on resource: {secret} because no identity-based policy allows the {GET} action"
    );
    assert!(reason.ends_with(&end), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn wildcards_cover_actions_in_any_case_and_resources_to_the_letter() {
    let mut case = Case::new().await;
    let prefix = case.secret.rsplit_once('-').unwrap().0.to_owned();
    for (action, resource, runs) in [
        (GET, case.secret.clone(), true),
        ("SecretsManager:getsecret*", "*".to_owned(), true),
        ("*", format!("{prefix}-??????"), true),
        (GET, format!("{prefix}-?????"), false),
        (GET, format!("{prefix}*"), true),
        (GET, prefix.clone(), false),
        (GET, case.secret.replace("prod", "PROD"), false),
        ("secretsmanager:DescribeSecret", "*".to_owned(), false),
    ] {
        let reason = case.outcome_of(&allow(&[action], &[&resource])).await;
        assert_eq!(reason.is_none(), runs, "{action} on {resource}: {reason:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_explicit_deny_wins() {
    let mut case = Case::new().await;
    let deny = r#"{"Effect":"Deny","Action":"secretsmanager:*","Resource":"*"}"#;
    let policy = case.statements(&format!("{ALLOW},{deny}"));
    let reason = case.outcome_of(&policy).await.unwrap();
    assert!(reason.ends_with("with an explicit deny in an identity-based policy"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn not_action_and_not_resource_turn_a_statement_round() {
    let mut case = Case::new().await;
    for (statement, runs) in [
        (r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#, true),
        (r#"{"Effect":"Allow","NotAction":"secretsmanager:Get*","Resource":"*"}"#, false),
        (r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::*"}"#, true),
        (r#"{"Effect":"Allow","Action":"*","NotResource":"SECRET"}"#, false),
    ] {
        let policy = case.statements(statement);
        assert_eq!(case.outcome_of(&policy).await.is_none(), runs, "{statement}");
    }
}

#[tokio::test(start_paused = true)]
async fn conditions_decide_on_what_the_request_is_about() {
    let mut case = Case::new().await;
    let tag = aws_sdk_secretsmanager::types::Tag::builder().key("team").value("orders").build();
    case.aws.secrets.tag_resource().secret_id("prod/db").tags(tag).send().await.unwrap();
    for (condition, runs) in [
        (r#""StringEquals":{"aws:ResourceTag/team":"orders"}"#, true),
        (r#""StringEquals":{"secretsmanager:resourcetag/team":["x","orders"]}"#, true),
        (r#""StringEquals":{"aws:ResourceTag/team":"Orders"}"#, false),
        (r#""StringEqualsIgnoreCase":{"aws:ResourceTag/team":"Orders"}"#, true),
        (r#""StringNotEquals":{"aws:ResourceTag/team":"orders"}"#, false),
        (r#""StringNotEquals":{"aws:ResourceTag/none":"orders"}"#, true),
        (r#""StringLike":{"aws:ResourceTag/team":"ord*"}"#, true),
        (r#""StringLike":{"aws:ResourceTag/none":"*"}"#, false),
        (r#""StringLikeIfExists":{"aws:ResourceTag/none":"x"}"#, true),
        (r#""ArnLike":{"secretsmanager:SecretId":"arn:aws:secretsmanager:*:*:secret:prod/*"}"#, true),
        (r#""ArnLike":{"secretsmanager:SecretId":"arn:*:secret:prod/*"}"#, false),
        (r#""Null":{"secretsmanager:VersionStage":"true"}"#, true),
        (r#""Null":{"secretsmanager:VersionStage":false}"#, false),
        (r#""Bool":{"aws:SecureTransport":"true"}"#, true),
        (r#""Bool":{"aws:ViaAWSService":true}"#, false),
        (r#""ForAnyValue:StringEquals":{"aws:ResourceTag/none":"x"}"#, false),
        (r#""ForAllValues:StringEquals":{"aws:ResourceTag/none":"x"}"#, true),
        // Breaks plain references, which name no stage (facts 2.1).
        (r#""StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}"#, false),
        (r#""StringEqualsIfExists":{"secretsmanager:VersionStage":"AWSCURRENT"}"#, true),
        (r#""StringEquals":{"aws:ResourceTag/team":"orders"},"Bool":{"aws:SecureTransport":"false"}"#, false),
    ] {
        let statement =
            format!(r#"{{"Effect":"Allow","Action":"GET","Resource":"SECRET","Condition":{{{condition}}}}}"#);
        let policy = case.statements(&statement);
        let reason = case.outcome_of(&policy).await;
        assert_eq!(reason.is_none(), runs, "{condition}: {reason:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn conditions_on_numbers_dates_and_addresses_decide() {
    let mut case = Case::new().await;
    let tag = aws_sdk_secretsmanager::types::Tag::builder().key("tier").value("3").build();
    case.aws.secrets.tag_resource().secret_id("prod/db").tags(tag).send().await.unwrap();
    for (condition, runs) in [
        (r#""NumericEquals":{"aws:ResourceTag/tier":"3"}"#, true),
        (r#""NumericEquals":{"aws:ResourceTag/tier":3}"#, true),
        (r#""NumericNotEquals":{"aws:ResourceTag/tier":["1","2"]}"#, true),
        (r#""NumericLessThan":{"aws:ResourceTag/tier":"10"}"#, true),
        (r#""NumericLessThanEquals":{"aws:ResourceTag/tier":"2"}"#, false),
        (r#""NumericGreaterThan":{"aws:ResourceTag/tier":"2.5"}"#, true),
        (r#""NumericGreaterThanEquals":{"aws:ResourceTag/none":"1"}"#, false),
        (r#""NumericGreaterThanEqualsIfExists":{"aws:ResourceTag/none":"1"}"#, true),
        (r#""NumericEquals":{"aws:ResourceTag/tier":"three"}"#, false),
        // The world begins with 2026.
        (r#""DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}"#, true),
        (r#""DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}"#, false),
        (r#""DateLessThanEquals":{"aws:CurrentTime":"2026-01-02"}"#, true),
        (r#""DateGreaterThanEquals":{"aws:EpochTime":"1767225600"}"#, true),
        (r#""DateEquals":{"aws:CurrentTime":"2020-01-01"}"#, false),
        (r#""DateNotEquals":{"aws:CurrentTime":"2020-01-01"}"#, true),
        (r#""DateLessThanIfExists":{"aws:TokenIssueTime":"2020-01-01"}"#, true),
        (r#""NumericGreaterThan":{"aws:EpochTime":"1767225599"}"#, true),
        // Where a task calls from is not known.
        (r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#, false),
        (r#""NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#, false),
    ] {
        let statement =
            format!(r#"{{"Effect":"Allow","Action":"GET","Resource":"SECRET","Condition":{{{condition}}}}}"#);
        let policy = case.statements(&statement);
        let reason = case.outcome_of(&policy).await;
        assert_eq!(reason.is_none(), runs, "{condition}: {reason:?}");
    }
    case.aws.sandbox.with_world(|world| {
        let notes: Vec<&str> = world.journal.notes().collect();
        assert!(notes.iter().any(|note| note.contains("(NotIpAddress)")), "{notes:?}");
    });
}

#[tokio::test(start_paused = true)]
async fn what_the_sandbox_cannot_decide_grants_nothing_denies_and_is_noted() {
    let mut case = Case::new().await;
    let undecided = r#""Condition":{"BinaryEquals":{"aws:PrincipalAccount":"QmluYXJ5"}}"#;
    let grant = format!(r#"{{"Effect":"Allow","Action":"GET","Resource":"*",{undecided}}}"#);
    let policy = case.statements(&grant);
    assert!(case.outcome_of(&policy).await.is_some());
    let policy = case.statements(&format!(r#"{ALLOW},{{"Effect":"Deny","Action":"*","Resource":"*",{undecided}}}"#));
    assert!(case.outcome_of(&policy).await.unwrap().contains("explicit deny"));
    let variable =
        r#"{"Effect":"Allow","Action":"GET","Resource":"arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}*"}"#;
    let policy = case.statements(variable);
    assert!(case.outcome_of(&policy).await.is_some());
    case.aws.sandbox.with_world(|world| {
        let notes: Vec<&str> = world.journal.notes().collect();
        assert!(notes.iter().any(|note| note.contains("BinaryEquals")), "{notes:?}");
        assert!(notes.iter().any(|note| note.contains("${aws:PrincipalTag/team}")), "{notes:?}");
    });
}

#[tokio::test(start_paused = true)]
async fn a_boundary_must_allow_it_too() {
    let mut case = Case::new().await;
    let policy = case.statements(ALLOW);
    let boundary = async |case: &Case, name: &str, document: String| {
        let made = case.aws.iam.create_policy().policy_name(name).policy_document(document).send().await.unwrap();
        let arn = made.policy.unwrap().arn.unwrap();
        case.aws.iam.put_role_permissions_boundary().role_name("exec").permissions_boundary(arn).send().await.unwrap();
    };
    boundary(&case, "narrow", allow(&["logs:*"], &["*"])).await;
    let reason = case.outcome_of(&policy).await.unwrap();
    assert!(reason.contains("because no permissions boundary allows"), "{reason}");
    boundary(&case, "wide", allow(&["secretsmanager:*"], &["*"])).await;
    assert_eq!(case.outcome_of(&policy).await, None);
}

#[tokio::test(start_paused = true)]
async fn attached_policies_count_as_inline_ones_do() {
    let mut case = Case::new().await;
    let document = case.statements(ALLOW);
    let made = case.aws.iam.create_policy().policy_name("p").policy_document(document).send().await.unwrap();
    let arn = made.policy.unwrap().arn.unwrap();
    case.aws.iam.attach_role_policy().role_name("exec").policy_arn(arn).send().await.unwrap();
    assert_eq!(case.outcome().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_policy_takes_effect_after_the_propagation_lag() {
    let mut case = Case::new().await;
    case.aws.sandbox.with_world(|world| world.iam.set_propagation_lag(Duration::from_mins(1)));
    let policy = case.statements(ALLOW);
    // The task starts about 20 s after the policy was put.
    assert!(case.outcome_of(&policy).await.is_some());
    pass(60).await;
    assert_eq!(case.outcome().await, None);
    let got = case.aws.iam.get_role_policy().role_name("exec").policy_name("inline").send().await;
    assert!(got.is_ok(), "reads do not lag");
    case.aws.put_policy("exec", &allow(&["s3:ListBucket"], &["*"])).await;
    assert_eq!(case.outcome().await, None, "a revocation lags as well");
}

#[tokio::test(start_paused = true)]
async fn tags_and_the_end_of_a_role_take_effect_after_the_propagation_lag() {
    let mut case = Case::new().await;
    let tagged = r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"shop"}}}"#;
    let policy = case.statements(&ALLOW.replace('}', tagged));
    case.aws.put_policy("exec", &policy).await;
    pass(60).await;
    case.aws.sandbox.with_world(|world| world.iam.set_propagation_lag(Duration::from_mins(1)));
    let tag = aws_sdk_iam::types::Tag::builder().key("team").value("shop").build().unwrap();
    case.aws.iam.tag_role().role_name("exec").tags(tag).send().await.unwrap();
    assert!(case.outcome().await.is_some(), "the tag is not seen yet");
    pass(60).await;
    assert_eq!(case.outcome().await, None);
    case.aws.iam.delete_role_policy().role_name("exec").policy_name("inline").send().await.unwrap();
    case.aws.iam.delete_role().role_name("exec").send().await.unwrap();
    assert!(case.aws.iam.get_role().role_name("exec").send().await.is_err(), "reads do not lag");
    assert_eq!(case.outcome().await, None, "the role still works");
    pass(60).await;
    let reason = case.outcome().await.unwrap();
    assert!(reason.starts_with("ECS was unable to assume the role"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_caller_has_its_tags_as_they_have_spread() {
    let policy = allow(&["secretsmanager:ListSecrets"], &["*"]);
    let policy =
        policy.replace(r#""Effect""#, r#""Condition":{"StringEquals":{"aws:PrincipalTag/team":"shop"}},"Effect""#);
    let aws = Aws::new();
    aws.role("caller", &policy).await;
    aws.sandbox.with_world(|world| world.iam.set_propagation_lag(Duration::from_mins(1)));
    let tag = aws_sdk_iam::types::Tag::builder().key("team").value("shop").build().unwrap();
    aws.iam.tag_role().role_name("caller").tags(tag).send().await.unwrap();
    aws.sandbox.with_world(|world| world.caller = Some("caller".into()));
    aws.secrets.list_secrets().send().await.unwrap_err();
    pass(60).await;
    aws.secrets.list_secrets().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_role_must_exist_and_trust_ecs_tasks() {
    let mut case = Case::new().await;
    let policy = case.statements(ALLOW);
    let guard = r#","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-west-1:123456789012:*"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}}"#;
    for (trust, runs) in [
        (TRUST.to_owned(), true),
        (TRUST.replace("ecs-tasks", "ec2"), false),
        (TRUST.replace("}}", guard), true),
        (TRUST.replace("}}", &guard.replace("123456789012", "999999999999")), false),
    ] {
        let update = case.aws.iam.update_assume_role_policy().role_name("exec").policy_document(&trust);
        update.send().await.unwrap();
        let reason = case.outcome_of(&policy).await;
        assert_eq!(reason.is_none(), runs, "{trust}: {reason:?}");
        if let Some(reason) = reason {
            assert!(reason.starts_with("ECS was unable to assume the role"), "{reason}");
        }
    }
    case.aws.iam.delete_role_policy().role_name("exec").policy_name("inline").send().await.unwrap();
    case.aws.iam.delete_role().role_name("exec").send().await.unwrap();
    assert!(case.outcome().await.unwrap().starts_with("ECS was unable to assume the role"));
}
