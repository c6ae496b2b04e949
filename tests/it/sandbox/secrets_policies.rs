//! Resource policies of secrets: what is accepted, and what comes back.

use serde_json::{Value, json};

use crate::sandbox::support::{Aws, allow, code};

fn policy(principal: &Value, more: &Value) -> String {
    let mut statement = json!({
        "Effect": "Allow", "Principal": principal, "Action": "secretsmanager:GetSecretValue", "Resource": "*",
    });
    statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

async fn stated(aws: &Aws) -> Option<Value> {
    let answer = aws.secrets.get_resource_policy().secret_id("db").send().await.unwrap();
    answer.resource_policy().map(|text| serde_json::from_str(text).unwrap())
}

async fn put(aws: &Aws, text: &str) -> String {
    let sent = aws.secrets.put_resource_policy().secret_id("db").resource_policy(text).block_public_policy(true);
    match sent.send().await {
        Ok(_) => "accepted".to_owned(),
        refused => code(refused),
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_comes_back_in_other_words() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    assert_eq!(stated(&aws).await, None);
    let actions = ["secretsmanager:PutSecretValue", "secretsmanager:GetSecretValue"];
    let text = policy(&json!({"AWS": ["999988887777"]}), &json!({"Action": actions, "Resource": ["*"]}));
    assert_eq!(put(&aws, &text).await, "accepted");
    let statement = stated(&aws).await.unwrap()["Statement"][0].clone();
    assert_eq!(statement["Principal"], json!({"AWS": "arn:aws:iam::999988887777:root"}));
    assert_eq!(statement["Action"], json!(["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]));
    assert_eq!(statement["Resource"], "*");
    aws.secrets.delete_resource_policy().secret_id("db").send().await.unwrap();
    assert_eq!(stated(&aws).await, None);
    aws.secrets.delete_resource_policy().secret_id("db").send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_role_of_the_account_must_exist_and_shows_by_its_id_when_it_is_gone() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let arn = "arn:aws:iam::123456789012:role/report";
    let text = policy(&json!({"AWS": arn}), &json!({}));
    assert_eq!(put(&aws, &text).await, "MalformedPolicyDocumentException");
    aws.role("report", &allow(&["s3:GetObject"], &["*"])).await;
    assert_eq!(put(&aws, &text).await, "accepted");
    assert_eq!(stated(&aws).await.unwrap()["Statement"][0]["Principal"]["AWS"], arn);
    aws.iam.delete_role_policy().role_name("report").policy_name("inline").send().await.unwrap();
    aws.iam.delete_role().role_name("report").send().await.unwrap();
    aws.role("report", &allow(&["s3:GetObject"], &["*"])).await;
    let principal = stated(&aws).await.unwrap()["Statement"][0]["Principal"]["AWS"].as_str().unwrap().to_owned();
    assert!(principal.starts_with("AROA"), "{principal}: the role that has the name now is another one");
}

#[tokio::test(start_paused = true)]
async fn a_public_policy_is_blocked_on_request() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let public = policy(&json!("*"), &json!({}));
    assert_eq!(put(&aws, &public).await, "PublicPolicyException");
    assert_eq!(put(&aws, &policy(&json!({"AWS": "*"}), &json!({}))).await, "PublicPolicyException");
    let loose = json!({"Condition": {"StringLike": {"aws:UserAgent": "x"}}});
    assert_eq!(put(&aws, &policy(&json!("*"), &loose)).await, "PublicPolicyException");
    let bounded = json!({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}});
    assert_eq!(put(&aws, &policy(&json!("*"), &bounded)).await, "accepted");
    assert_eq!(put(&aws, &policy(&json!("*"), &json!({"Effect": "Deny"}))).await, "accepted");
    let unblocked = aws.secrets.put_resource_policy().secret_id("db").resource_policy(&public).send().await;
    assert!(unblocked.is_ok(), "by default public policies are not blocked");
}

#[tokio::test(start_paused = true)]
async fn a_policy_with_syntax_errors_is_refused() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let account = json!({"AWS": "999988887777"});
    for text in [
        "no JSON".to_owned(),
        "{}".to_owned(),
        json!({"Statement": []}).to_string(),
        policy(&account, &json!({"Effect": "Permit"})),
        policy(&account, &json!({"NotAction": "secretsmanager:*"})),
        policy(&account, &json!({"Action": "s3:GetObject"})),
        policy(&account, &json!({"Subject": "me"})),
        policy(&json!({"AWS": 999_988_887_777_i64}), &json!({})),
        policy(&json!({"AWS": "someone"}), &json!({})),
        policy(&account, &json!({})).replace("2012-10-17", "2013-01-01"),
    ] {
        assert_eq!(put(&aws, &text).await, "MalformedPolicyDocumentException", "{text}");
    }
    assert_eq!(put(&aws, &" ".repeat(20_481)).await, "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn a_policy_with_an_operator_that_iam_does_not_have_is_refused() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let account = json!({"AWS": "999988887777"});
    let with = |operator: &str| policy(&account, &json!({"Condition": {operator: {"aws:PrincipalTag/team": "shop"}}}));
    for operator in ["StringEquals", "ForAnyValue:StringLikeIfExists", "ArnNotLike", "Null", "BinaryEquals"] {
        assert_eq!(put(&aws, &with(operator)).await, "accepted", "{operator}");
    }
    for operator in ["StringMatches", "stringequals", "ForSomeValues:StringEquals", "NullIfExists", "IfExists", ""] {
        assert_eq!(put(&aws, &with(operator)).await, "MalformedPolicyDocumentException", "{operator}");
    }
}
