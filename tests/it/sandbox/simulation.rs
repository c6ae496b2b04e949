//! IAM's simulator.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PermissionsBoundaryDecisionDetail};

use super::support::{ACCOUNT, Aws, allow, code};

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf";
const READ: &str = "secretsmanager:GetSecretValue";

fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/exec")
}

fn decision(results: &[EvaluationResult]) -> (String, Option<bool>, Vec<String>) {
    let found = &results[0].resource_specific_results()[0];
    let bounds = found
        .permissions_boundary_decision_detail()
        .map(PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary);
    (found.eval_resource_decision().as_str().to_owned(), bounds, found.missing_context_values().to_vec())
}

async fn ask(aws: &Aws, added: &[&str], context: &[(&str, &str)]) -> (String, Option<bool>, Vec<String>) {
    let call = aws.iam.simulate_principal_policy().policy_source_arn(role()).action_names(READ).resource_arns(SECRET);
    let call = added.iter().fold(call, |call, policy| call.policy_input_list(*policy));
    let call = context.iter().fold(call, |call, (key, value)| {
        let entry = ContextEntry::builder().context_key_name(*key).context_key_values(*value);
        call.context_entries(entry.context_key_type(ContextKeyTypeEnum::String).build())
    });
    decision(call.send().await.unwrap().evaluation_results())
}

#[tokio::test(start_paused = true)]
async fn the_simulator_judges_a_roles_policies_its_boundary_and_what_is_added() {
    let aws = Aws::new();
    aws.role("exec", &allow(&["s3:ListBucket"], &["*"])).await;
    assert_eq!(ask(&aws, &[], &[]).await, ("implicitDeny".to_owned(), None, Vec::new()));
    let may = allow(&[READ], &[SECRET]);
    assert_eq!(ask(&aws, &[&may], &[]).await.0, "allowed");
    let deny = may.replace("Allow", "Deny");
    assert_eq!(ask(&aws, &[&may, &deny], &[]).await.0, "explicitDeny");
    let tagged = may.replace(
        "\"Resource\"",
        r#""Condition":{"StringEquals":{"secretsmanager:ResourceTag/team":"shop"}},"Resource""#,
    );
    aws.put_policy("exec", &tagged).await;
    let missing = vec!["secretsmanager:resourcetag/team".to_owned()];
    assert_eq!(ask(&aws, &[], &[]).await, ("implicitDeny".to_owned(), None, missing));
    let tag = [("secretsmanager:ResourceTag/team", "shop")];
    assert_eq!(ask(&aws, &[], &tag).await, ("allowed".to_owned(), None, Vec::new()));

    let made = aws.iam.create_policy().policy_name("bound").policy_document(allow(&["logs:*"], &["*"]));
    let boundary = made.send().await.unwrap().policy.unwrap().arn.unwrap();
    let put = aws.iam.put_role_permissions_boundary().role_name("exec").permissions_boundary(&boundary);
    put.send().await.unwrap();
    assert_eq!(ask(&aws, &[], &tag).await, ("implicitDeny".to_owned(), Some(false), Vec::new()));

    let call = aws.iam.simulate_principal_policy().policy_source_arn(role()).action_names(READ);
    assert_eq!(code(call.resource_policy(&may).send().await), "InvalidInput");
    let nobody = aws.iam.simulate_principal_policy().policy_source_arn(format!("{}s", role())).action_names(READ);
    assert_eq!(code(nobody.send().await), "NoSuchEntity");
}

#[tokio::test(start_paused = true)]
async fn policies_alone_are_judged_without_a_role_and_managed_ones_are_read_by_version() {
    let aws = Aws::new();
    let custom = |policy: &str, boundary: &str| {
        let call = aws.iam.simulate_custom_policy().policy_input_list(policy).action_names(READ).resource_arns(SECRET);
        call.permissions_boundary_policy_input_list(boundary).send()
    };
    let (may, wide, narrow) = (allow(&[READ], &["*"]), allow(&["*"], &["*"]), allow(&["logs:*"], &["*"]));
    let answer = custom(&may, &wide).await.unwrap();
    assert_eq!(decision(answer.evaluation_results()), ("allowed".to_owned(), Some(true), Vec::new()));
    let answer = custom(&may, &narrow).await.unwrap();
    assert_eq!(decision(answer.evaluation_results()), ("implicitDeny".to_owned(), Some(false), Vec::new()));

    let made = aws.iam.create_policy().policy_name("bound").policy_document(&narrow).send().await.unwrap();
    let arn = made.policy.unwrap().arn.unwrap();
    let version = |id: &str| aws.iam.get_policy_version().policy_arn(&arn).version_id(id).send();
    let found = version("v1").await.unwrap().policy_version.unwrap();
    let document = percent_encoding::percent_decode_str(found.document().unwrap()).decode_utf8().unwrap().into_owned();
    assert_eq!(document, narrow);
    assert_eq!(code(version("v2").await), "NoSuchEntity");
}
