//! Secrets: names, creation, tags, deletion.

use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types::Tag;

use crate::sandbox::support::{ACCOUNT, Aws, START, code, pass, refusal};

const TOKEN: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

#[tokio::test(start_paused = true)]
async fn an_arn_ends_in_six_random_letters_or_digits() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("prod/orders/db", "v").await;
    let (front, suffix) = arn.rsplit_once('-').unwrap();
    assert_eq!(front, format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:prod/orders/db"));
    assert!(suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_found_by_name_by_full_arn_and_by_arn_without_suffix() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("db", "v").await;
    let partial = arn.rsplit_once('-').unwrap().0.to_owned();
    for id in ["db", &arn, &partial] {
        let found = aws.secrets.describe_secret().secret_id(id).send().await.unwrap();
        assert_eq!(found.arn(), Some(arn.as_str()), "{id}");
    }
    let wrong = format!("{partial}-AAAAAA");
    for id in ["d", wrong.as_str(), "arn:aws:secretsmanager:eu-west-1:999999999999:secret:db"] {
        let refused = refusal(aws.secrets.describe_secret().secret_id(id).send().await);
        let expected = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
        assert_eq!((refused.0.as_str(), refused.1.as_str()), expected, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_partial_arn_that_ends_like_a_suffix_is_not_found() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("db-backup", "v").await;
    let partial = arn.rsplit_once('-').unwrap().0;
    assert_eq!(code(aws.secrets.describe_secret().secret_id(partial).send().await), "ResourceNotFoundException");
    assert!(aws.secrets.describe_secret().secret_id("db-backup").send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn names_outside_the_grammar_are_refused() {
    let aws = Aws::new();
    for name in ["a b", "ä", "a!b", "a*"] {
        assert_eq!(code(aws.secrets.create_secret().name(name).send().await), "ValidationException", "{name}");
    }
    assert!(aws.secrets.create_secret().name("a/_+=.@-Z9").send().await.is_ok());
    let odd = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf#password";
    assert_eq!(code(aws.secrets.describe_secret().secret_id(odd).send().await), "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn creating_again_with_the_same_token_and_value_changes_nothing() {
    let aws = Aws::new();
    let create = |token: &str, value: &str| {
        aws.secrets.create_secret().name("db").client_request_token(token).secret_string(value).send()
    };
    let first = create(TOKEN, "v").await.unwrap();
    let again = create(TOKEN, "v").await.unwrap();
    assert_eq!((first.arn(), first.version_id()), (again.arn(), again.version_id()));
    assert_eq!(first.version_id(), Some(TOKEN));
    assert_eq!(code(create(TOKEN, "w").await), "ResourceExistsException");
    assert_eq!(code(create(OTHER, "v").await), "ResourceExistsException");
}

#[tokio::test(start_paused = true)]
async fn a_secret_can_be_created_without_a_value() {
    let aws = Aws::new();
    let made = aws.secrets.create_secret().name("db").send().await.unwrap();
    assert_eq!(made.version_id(), None);
    assert_eq!(code(aws.secrets.get_secret_value().secret_id("db").send().await), "ResourceNotFoundException");
    let put = aws.secrets.put_secret_value().secret_id("db").secret_string("v").version_stages("MINE").send().await;
    // The first version gets AWSCURRENT whatever is asked.
    assert_eq!(put.unwrap().version_stages(), ["AWSCURRENT", "MINE"]);
}

#[tokio::test(start_paused = true)]
async fn the_accounts_own_key_is_not_shown() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let key = |aws: &Aws| aws.secrets.describe_secret().secret_id("db").send();
    assert_eq!(key(&aws).await.unwrap().kms_key_id(), None);
    let update = |key: &str| aws.secrets.update_secret().secret_id("db").kms_key_id(key).send();
    update("alias/orders").await.unwrap();
    assert_eq!(key(&aws).await.unwrap().kms_key_id(), Some("alias/orders"));
    update("").await.unwrap();
    assert_eq!(key(&aws).await.unwrap().kms_key_id(), None);
}

#[tokio::test(start_paused = true)]
async fn a_value_has_at_most_65_536_bytes_not_characters() {
    let aws = Aws::new();
    aws.secret("db", &"x".repeat(65_536)).await;
    let long = aws.secrets.put_secret_value().secret_id("db").secret_string("ä".repeat(32_769)).send().await;
    assert_eq!(code(long), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn binary_values_come_back_as_they_were_given() {
    let aws = Aws::new();
    let bytes = vec![0, 159, 146, 150];
    let made = aws.secrets.create_secret().name("blob").secret_binary(Blob::new(bytes.clone())).send().await;
    assert!(made.is_ok());
    let got = aws.secrets.get_secret_value().secret_id("blob").send().await.unwrap();
    assert_eq!(got.secret_binary().map(|blob| blob.as_ref().to_vec()), Some(bytes));
    assert_eq!(got.secret_string(), None);
}

#[tokio::test(start_paused = true)]
async fn tags_merge_and_fifty_are_enough() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("db", "v").await;
    let put = |tags: Vec<Tag>| aws.secrets.tag_resource().secret_id(&arn).set_tags(Some(tags)).send();
    put(vec![tag("a", "1"), tag("b", "2")]).await.unwrap();
    put(vec![tag("b", "3")]).await.unwrap();
    aws.secrets.untag_resource().secret_id(&arn).tag_keys("a").tag_keys("zzz").send().await.unwrap();
    assert_eq!(aws.secrets.describe_secret().secret_id("db").send().await.unwrap().tags(), [tag("b", "3")]);
    let many = (0..50).map(|number| tag(&format!("k{number}"), "v")).collect();
    assert_eq!(code(put(many).await), "InvalidParameterException");
    assert_eq!(code(put(vec![tag("aws:x", "v")]).await), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_waits_for_deletion_is_only_described() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("db", "v").await;
    let deleted = aws.secrets.delete_secret().secret_id("db").recovery_window_in_days(7).send().await.unwrap();
    assert_eq!(deleted.deletion_date().unwrap().secs(), START.0 / 1000 + 7 * 86_400);
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!(described.deleted_date().unwrap().secs(), START.0 / 1000);

    let marked = "You can't perform this operation on the secret because it was marked for deletion.";
    for refused in [
        refusal(aws.secrets.get_secret_value().secret_id(&arn).send().await),
        refusal(aws.secrets.put_secret_value().secret_id(&arn).secret_string("w").send().await),
        refusal(aws.secrets.update_secret().secret_id(&arn).description("d").send().await),
        refusal(aws.secrets.tag_resource().secret_id(&arn).tags(tag("a", "b")).send().await),
    ] {
        assert_eq!((refused.0.as_str(), refused.1.as_str()), ("InvalidRequestException", marked));
    }
    let (kind, message) = refusal(aws.secrets.create_secret().name("db").secret_string("v").send().await);
    assert_eq!(kind, "InvalidRequestException");
    assert!(message.contains("is already scheduled for deletion."), "{message}");

    assert_eq!(code(aws.secrets.delete_secret().secret_id("db").send().await), "InvalidRequestException");
    aws.secrets.restore_secret().secret_id("db").send().await.unwrap();
    assert!(aws.secrets.get_secret_value().secret_id(&arn).send().await.is_ok());
    pass(8 * 86_400).await;
    assert!(aws.secrets.get_secret_value().secret_id(&arn).send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_gone_when_its_window_ends_and_comes_back_with_another_arn() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("db", "v").await;
    for days in [6, 31] {
        let bad = aws.secrets.delete_secret().secret_id("db").recovery_window_in_days(days).send().await;
        assert_eq!(code(bad), "InvalidParameterException");
    }
    aws.secrets.delete_secret().secret_id("db").send().await.unwrap();
    pass(30 * 86_400 - 1).await;
    assert!(aws.secrets.describe_secret().secret_id("db").send().await.is_ok());
    pass(1).await;
    assert_eq!(code(aws.secrets.describe_secret().secret_id("db").send().await), "ResourceNotFoundException");
    assert_ne!(aws.secret("db", "v").await.0, arn);
}

#[tokio::test(start_paused = true)]
async fn a_forced_deletion_takes_a_moment_in_which_the_name_is_not_free() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let force = |id: &str| aws.secrets.delete_secret().secret_id(id).force_delete_without_recovery(true);
    let both = force("db").recovery_window_in_days(7).send().await;
    assert_eq!(code(both), "InvalidParameterException");
    force("db").send().await.unwrap();
    assert_eq!(code(aws.secrets.create_secret().name("db").send().await), "InvalidRequestException");
    assert_eq!(code(aws.secrets.restore_secret().secret_id("db").send().await), "ResourceNotFoundException");
    pass(5).await;
    assert!(aws.secrets.create_secret().name("db").send().await.is_ok());
    assert!(force("never-there").send().await.is_ok());
    assert_eq!(code(aws.secrets.delete_secret().secret_id("never-there").send().await), "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn a_secret_of_another_service_can_be_read_but_not_written() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("db", "v").await;
    aws.sandbox.with_world(|world| {
        world.secrets.get_mut("db").unwrap().owning_service = Some("rds".to_owned());
    });
    let described = aws.secrets.describe_secret().secret_id(&arn).send().await.unwrap();
    assert_eq!(described.owning_service(), Some("rds"));
    assert!(aws.secrets.get_secret_value().secret_id(&arn).send().await.is_ok());
    for (code, message) in [
        refusal(aws.secrets.put_secret_value().secret_id(&arn).secret_string("w").send().await),
        refusal(aws.secrets.update_secret().secret_id(&arn).description("d").send().await),
        refusal(aws.secrets.delete_secret().secret_id(&arn).send().await),
    ] {
        assert_eq!(code, "InvalidRequestException");
        assert!(message.contains("managed by another service"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn any_change_moves_the_date_of_the_last_change() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let changed = async || {
        let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
        described.last_changed_date().unwrap().secs() - START.0 / 1000
    };
    pass(10).await;
    aws.secrets.tag_resource().secret_id("db").tags(tag("a", "b")).send().await.unwrap();
    assert_eq!(changed().await, 10);
    pass(10).await;
    aws.secrets.get_secret_value().secret_id("db").send().await.unwrap();
    assert_eq!(changed().await, 10);
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    // A read shows as a day.
    assert_eq!(described.last_accessed_date().unwrap().secs(), START.0 / 1000);
    assert_eq!(described.created_date().unwrap().secs(), START.0 / 1000);
}
