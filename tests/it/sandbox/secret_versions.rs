//! Versions of a secret and the labels on them.

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;

use crate::sandbox::support::{Aws, START, code, pass, refusal};

const ONE: &str = "11111111-1111-4111-8111-111111111111";
const TWO: &str = "22222222-2222-4222-8222-222222222222";
const THREE: &str = "33333333-3333-4333-8333-333333333333";

async fn put(aws: &Aws, token: &str, value: &str) -> Result<(), String> {
    let put = aws.secrets.put_secret_value().secret_id("db").client_request_token(token).secret_string(value);
    let outcome = put.send().await;
    if outcome.is_ok() { Ok(()) } else { Err(code(outcome)) }
}

async fn describe(aws: &Aws) -> DescribeSecretOutput {
    aws.secrets.describe_secret().secret_id("db").send().await.unwrap()
}

/// The labels of a version, sorted; `None` when it is not shown.
async fn labels(aws: &Aws, version: &str) -> Option<Vec<String>> {
    let mut labels = describe(aws).await.version_ids_to_stages()?.get(version)?.clone();
    labels.sort();
    Some(labels)
}

async fn value(aws: &Aws, stage: &str) -> String {
    let got = aws.secrets.get_secret_value().secret_id("db").version_stage(stage).send().await;
    got.unwrap().secret_string.unwrap()
}

async fn with_versions(tokens: &[&str]) -> Aws {
    let aws = Aws::new();
    aws.secrets.create_secret().name("db").send().await.unwrap();
    for token in tokens {
        put(&aws, token, &format!("value of {token}")).await.unwrap();
        pass(1).await;
    }
    aws
}

fn only(label: &str) -> [String; 1] {
    [label.to_owned()]
}

#[tokio::test(start_paused = true)]
async fn the_token_becomes_the_version_id_and_the_current_label_moves() {
    let aws = with_versions(&[ONE, TWO, THREE]).await;
    assert_eq!(labels(&aws, THREE).await.unwrap(), only("AWSCURRENT"));
    assert_eq!(labels(&aws, TWO).await.unwrap(), only("AWSPREVIOUS"));
    assert_eq!(labels(&aws, ONE).await, None);
    assert_eq!(value(&aws, "AWSPREVIOUS").await, format!("value of {TWO}"));
}

#[tokio::test(start_paused = true)]
async fn putting_the_same_value_with_the_same_token_does_nothing() {
    let aws = with_versions(&[ONE, TWO]).await;
    put(&aws, ONE, &format!("value of {ONE}")).await.unwrap();
    assert_eq!(labels(&aws, TWO).await.unwrap(), only("AWSCURRENT"));
    assert_eq!(put(&aws, ONE, "another").await, Err("ResourceExistsException".to_owned()));
    let short = put(&aws, &"x".repeat(31), "v").await;
    assert_eq!(short, Err("ValidationException".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn updating_with_a_token_that_is_taken_fails_even_for_the_same_value() {
    let aws = with_versions(&[ONE]).await;
    let update = |token: &str| aws.secrets.update_secret().secret_id("db").client_request_token(token);
    let again = update(ONE).secret_string(format!("value of {ONE}")).send().await;
    assert_eq!(code(again), "ResourceExistsException");
    assert_eq!(code(update(ONE).description("d").send().await), "ResourceExistsException");
    let made = update(TWO).secret_string("new").send().await.unwrap();
    assert_eq!(made.version_id(), Some(TWO));
    assert_eq!(labels(&aws, ONE).await.unwrap(), only("AWSPREVIOUS"));
    let described = update(THREE).description("d").send().await.unwrap();
    assert_eq!(described.version_id(), None);
    assert_eq!(describe(&aws).await.description(), Some("d"));
}

#[tokio::test(start_paused = true)]
async fn a_staged_value_leaves_the_current_one_alone() {
    let aws = with_versions(&[ONE]).await;
    let put = aws.secrets.put_secret_value().secret_id("db").client_request_token(TWO).secret_string("next");
    put.version_stages("AWSPENDING").send().await.unwrap();
    assert_eq!(value(&aws, "AWSCURRENT").await, format!("value of {ONE}"));
    assert_eq!(value(&aws, "AWSPENDING").await, "next");
}

#[tokio::test(start_paused = true)]
async fn moving_the_current_label_is_a_compare_and_swap_and_serves_the_other_value() {
    let aws = with_versions(&[ONE, TWO]).await;
    let move_current = || aws.secrets.update_secret_version_stage().secret_id("db").version_stage("AWSCURRENT");
    let (code_, message) = refusal(move_current().move_to_version_id(ONE).send().await);
    assert_eq!(code_, "InvalidParameterException");
    assert!(message.contains(TWO), "{message}");
    let wrong = move_current().move_to_version_id(ONE).remove_from_version_id(ONE).send().await;
    assert_eq!(code(wrong), "InvalidParameterException");
    let missing = move_current().move_to_version_id(THREE).remove_from_version_id(TWO).send().await;
    assert_eq!(code(missing), "ResourceNotFoundException");

    move_current().move_to_version_id(ONE).remove_from_version_id(TWO).send().await.unwrap();
    assert_eq!(value(&aws, "AWSCURRENT").await, format!("value of {ONE}"));
    assert_eq!(labels(&aws, ONE).await.unwrap(), only("AWSCURRENT"));
    assert_eq!(labels(&aws, TWO).await.unwrap(), only("AWSPREVIOUS"));
    assert_eq!(code(move_current().remove_from_version_id(ONE).send().await), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn own_labels_stay_where_they_are_and_twenty_are_enough() {
    let aws = with_versions(&[ONE]).await;
    let label = |label: String| {
        let stage = aws.secrets.update_secret_version_stage().secret_id("db").version_stage(label);
        stage.move_to_version_id(ONE).send()
    };
    label("BLUE".to_owned()).await.unwrap();
    put(&aws, TWO, "two").await.unwrap();
    assert_eq!(labels(&aws, ONE).await.unwrap(), ["AWSPREVIOUS", "BLUE"]);
    for number in 0..17 {
        label(format!("L{number}")).await.unwrap();
    }
    assert_eq!(code(label("L17".to_owned()).await), "LimitExceededException");
    let removed = aws.secrets.update_secret_version_stage().secret_id("db").version_stage("BLUE");
    removed.remove_from_version_id(ONE).send().await.unwrap();
    assert!(!labels(&aws, ONE).await.unwrap().contains(&"BLUE".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_version_without_labels_is_listed_only_on_request() {
    let aws = with_versions(&[ONE, TWO, THREE]).await;
    let list =
        |deprecated: bool| aws.secrets.list_secret_version_ids().secret_id("db").include_deprecated(deprecated).send();
    assert_eq!(list(false).await.unwrap().versions().len(), 2);
    let all = list(true).await.unwrap();
    let oldest = all.versions().iter().find(|version| version.version_id() == Some(ONE)).unwrap();
    assert_eq!(oldest.version_stages(), [] as [&str; 0]);
    let newest = all.versions().iter().find(|version| version.version_id() == Some(THREE)).unwrap();
    assert_eq!(newest.created_date().unwrap().secs(), START.0 / 1000 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_version_is_read_by_id_and_a_label_must_agree() {
    let aws = with_versions(&[ONE, TWO, THREE]).await;
    let get = |id: &str| aws.secrets.get_secret_value().secret_id("db").version_id(id);
    // Deprecated, and still readable.
    assert_eq!(get(ONE).send().await.unwrap().secret_string(), Some(format!("value of {ONE}").as_str()));
    assert_eq!(code(get(TWO).version_stage("AWSCURRENT").send().await), "InvalidRequestException");
    assert!(get(TWO).version_stage("AWSPREVIOUS").send().await.is_ok());
    assert_eq!(code(get(&"9".repeat(32)).send().await), "ResourceNotFoundException");
    let stage = aws.secrets.get_secret_value().secret_id("db").version_stage("NONE").send().await;
    assert_eq!(code(stage), "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn old_versions_without_labels_go_when_there_are_more_than_a_hundred() {
    let aws = with_versions(&[]).await;
    let count = async || aws.sandbox.with_world(|world| world.secrets.get("db").unwrap().versions.len());
    for number in 0..110 {
        put(&aws, &format!("{number:032}"), "v").await.unwrap();
    }
    assert_eq!(count().await, 110, "none is a day old");
    pass(25 * 3600).await;
    put(&aws, &format!("{:032}", 110), "v").await.unwrap();
    assert_eq!(count().await, 100);
    assert!(labels(&aws, &format!("{:032}", 109)).await.is_some());
}
