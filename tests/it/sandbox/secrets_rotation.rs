//! Rotation: settings, the pending version, and what is refused.

use aws_sdk_secretsmanager::types::RotationRulesType;

use crate::sandbox::support::{Aws, START, code, pass, refusal};

const LAMBDA: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotate";
const TOKEN: &str = "33333333-3333-4333-8333-333333333333";
const DAY: i64 = 86_400;

fn schedule(expression: &str) -> RotationRulesType {
    RotationRulesType::builder().schedule_expression(expression).build()
}

#[tokio::test(start_paused = true)]
async fn rotation_settings_come_back_with_a_number_of_days_that_nobody_set() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!((described.rotation_enabled(), described.rotation_rules()), (None, None), "never set up");
    let rotate = || aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).rotate_immediately(false);
    rotate().rotation_rules(schedule("rate(36 hours)")).send().await.unwrap();
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    let rules = described.rotation_rules().unwrap();
    assert_eq!((rules.schedule_expression(), rules.automatically_after_days()), (Some("rate(36 hours)"), Some(2)));
    assert_eq!((described.rotation_enabled(), described.rotation_lambda_arn()), (Some(true), Some(LAMBDA)));
    assert_eq!(described.next_rotation_date().unwrap().secs(), START.0 / 1000 + 36 * 3600);

    let days = RotationRulesType::builder().automatically_after_days(30).duration("3h").build();
    rotate().rotation_rules(days).send().await.unwrap();
    let listed = aws.secrets.list_secrets().send().await.unwrap();
    let rules = listed.secret_list()[0].rotation_rules().unwrap();
    assert_eq!((rules.schedule_expression(), rules.automatically_after_days()), (None, Some(30)));
    assert_eq!((rules.duration(), listed.secret_list()[0].rotation_enabled()), (Some("3h"), Some(true)));
    assert_eq!(listed.secret_list()[0].next_rotation_date().unwrap().secs(), START.0 / 1000 + 30 * DAY);
}

#[tokio::test(start_paused = true)]
async fn an_immediate_rotation_stays_pending_until_somebody_does_what_a_function_does() {
    let aws = Aws::new();
    let (_, first) = aws.secret("db", "v").await;
    let rotate = || aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA);
    let begun = rotate().client_request_token(TOKEN).rotation_rules(schedule("rate(1 day)")).send().await.unwrap();
    assert_eq!(begun.version_id(), Some(TOKEN));
    let again = rotate().client_request_token(TOKEN).send().await.unwrap();
    assert_eq!(again.version_id(), Some(TOKEN), "the same token is the same rotation");
    let (kind, message) = refusal(rotate().send().await);
    assert_eq!(kind, "InvalidRequestException");
    assert!(message.starts_with("A previous rotation isn't complete."), "{message}");
    let pending = aws.secrets.get_secret_value().secret_id("db").version_stage("AWSPENDING").send().await;
    assert_eq!(code(pending), "ResourceNotFoundException", "the version is named and empty");

    pass(60).await;
    let put = aws.secrets.put_secret_value().secret_id("db").client_request_token(TOKEN).secret_string("w");
    put.version_stages("AWSPENDING").send().await.unwrap();
    let finish = aws.secrets.update_secret_version_stage().secret_id("db").version_stage("AWSCURRENT");
    finish.move_to_version_id(TOKEN).remove_from_version_id(&first).send().await.unwrap();
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!(described.last_rotated_date().unwrap().secs(), START.0 / 1000 + 60);
    assert_eq!(described.next_rotation_date().unwrap().secs(), START.0 / 1000 + 60 + DAY);
    assert!(rotate().send().await.is_ok(), "AWSPENDING beside AWSCURRENT is no rotation under way");
}

#[tokio::test(start_paused = true)]
async fn rotation_that_is_turned_off_still_shows_its_settings() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let cancel = || aws.secrets.cancel_rotate_secret().secret_id("db").send();
    assert_eq!(code(cancel().await), "InvalidRequestException", "it was never set up");
    let rotate = aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).rotate_immediately(false);
    rotate.rotation_rules(schedule("rate(7 days)")).send().await.unwrap();
    cancel().await.unwrap();
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!((described.rotation_enabled(), described.rotation_lambda_arn()), (Some(false), Some(LAMBDA)));
    assert_eq!(described.rotation_rules().unwrap().schedule_expression(), Some("rate(7 days)"));
    assert_eq!(described.next_rotation_date(), None);
}

#[tokio::test(start_paused = true)]
async fn rotation_settings_that_make_no_sense_are_refused() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let rotate = || aws.secrets.rotate_secret().secret_id("db");
    let (kind, message) = refusal(rotate().rotation_rules(schedule("rate(7 days)")).send().await);
    let expected = ("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.");
    assert_eq!((kind.as_str(), message.as_str()), expected);
    let with = |rules: RotationRulesType| rotate().rotation_lambda_arn(LAMBDA).rotation_rules(rules).send();
    let both = RotationRulesType::builder().automatically_after_days(7).schedule_expression("rate(7 days)").build();
    let long = RotationRulesType::builder().schedule_expression("rate(4 hours)").duration("5h").build();
    for rules in [both, long, schedule("rate(3 hours)"), schedule("rate(1000 days)"), schedule("cron(30 8 * * ? *)")] {
        let what = format!("{rules:?}");
        assert_eq!(code(with(rules).await), "InvalidParameterException", "{what}");
    }
    assert_eq!(code(with(schedule("every day!")).await), "ValidationException");
    let role = rotate().rotation_lambda_arn("arn:aws:iam::123456789012:role/rotate").send().await;
    assert_eq!(code(role), "InvalidParameterException");
    aws.sandbox.with_world(|world| world.surroundings.missing_functions.insert(LAMBDA.to_owned()));
    let (kind, message) = refusal(with(schedule("rate(7 days)")).await);
    assert_eq!(kind, "AccessDeniedException");
    assert!(message.contains("cannot invoke the specified Lambda function"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_cron_schedule_states_the_end_of_its_next_window() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    // A Thursday at midnight; dates in hours from then.
    for (expression, duration, closes, seconds) in [
        // Days: until the day's last second.
        ("cron(0 8 * * ? *)", None, 24, -1),
        ("cron(0 8 * * ? *)", Some("3h"), 8 + 3, 0),
        ("cron(0 0 * * ? *)", None, 24 + 24, -1),
        ("cron(0 8 1 * ? *)", Some("1h"), 8 + 1, 0),
        ("cron(0 0 ? * SUN#1 *)", None, 3 * 24 + 24, -1),
        ("cron(0 16 L * ? *)", Some("8h"), 30 * 24 + 24, 0),
        // Hours: for an hour.
        ("cron(0 4/12 * * ? *)", None, 4 + 1, 0),
        ("cron(0 4/12 * * ? *)", Some("8h"), 4 + 8, 0),
    ] {
        let rules = RotationRulesType::builder().schedule_expression(expression);
        let rules = rules.set_duration(duration.map(str::to_owned)).build();
        let rotate = aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).rotation_rules(rules);
        rotate.rotate_immediately(false).send().await.unwrap();
        let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
        let next = described.next_rotation_date().unwrap().secs() - START.0 / 1000;
        assert_eq!(next, closes * 3600 + seconds, "{expression} {duration:?}");
        let rules = described.rotation_rules().unwrap();
        assert_eq!((rules.schedule_expression(), rules.automatically_after_days()), (Some(expression), None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cron_schedule_that_makes_no_sense_is_refused() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    for (expression, duration) in [
        ("cron(0 8 * * * *)", None),
        ("cron(0 25 * * ? *)", None),
        ("cron(0 8 31 2 ? *)", None),
        // Every three hours, and a window into the next one and into the next day.
        ("cron(0 */3 * * ? *)", None),
        ("cron(0 0/6 * * ? *)", Some("7h")),
        ("cron(0 20 * * ? *)", Some("5h")),
    ] {
        let rules = RotationRulesType::builder().schedule_expression(expression);
        let rules = rules.set_duration(duration.map(str::to_owned)).build();
        let rotate = aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).rotation_rules(rules);
        assert_eq!(code(rotate.send().await), "InvalidParameterException", "{expression} {duration:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_by_update_secret_puts_the_next_rotation_off_and_a_description_does_not() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let rotate = aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).rotate_immediately(false);
    rotate.rotation_rules(schedule("rate(10 days)")).send().await.unwrap();
    let next = async || {
        let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
        described.next_rotation_date().unwrap().secs() - START.0 / 1000
    };
    pass(3600).await;
    aws.secrets.update_secret().secret_id("db").description("orders").send().await.unwrap();
    assert_eq!(next().await, 10 * DAY);
    aws.secrets.update_secret().secret_id("db").secret_string("w").send().await.unwrap();
    assert_eq!(next().await, 10 * DAY + 3600);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_deletion_or_is_of_another_service_is_not_rotated_copied_or_shared() {
    let aws = Aws::new();
    aws.secret("gone", "v").await;
    aws.secrets.delete_secret().secret_id("gone").send().await.unwrap();
    aws.secret("rds", "v").await;
    aws.sandbox.with_world(|world| world.secrets.get_mut("rds").unwrap().owning_service = Some("rds".into()));
    let region = aws_sdk_secretsmanager::types::ReplicaRegionType::builder().region("us-east-1").build();
    for id in ["gone", "rds"] {
        let codes = [
            code(aws.secrets.rotate_secret().secret_id(id).rotation_lambda_arn(LAMBDA).send().await),
            code(aws.secrets.cancel_rotate_secret().secret_id(id).send().await),
            code(
                aws.secrets
                    .replicate_secret_to_regions()
                    .secret_id(id)
                    .add_replica_regions(region.clone())
                    .send()
                    .await,
            ),
            code(
                aws.secrets
                    .remove_regions_from_replication()
                    .secret_id(id)
                    .remove_replica_regions("us-east-1")
                    .send()
                    .await,
            ),
            code(aws.secrets.put_resource_policy().secret_id(id).resource_policy("{}").send().await),
            code(aws.secrets.delete_resource_policy().secret_id(id).send().await),
        ];
        assert!(codes.iter().all(|code| code == "InvalidRequestException"), "{id}: {codes:?}");
    }
    assert_eq!(code(aws.secrets.get_resource_policy().secret_id("gone").send().await), "InvalidRequestException");
    assert!(aws.secrets.get_resource_policy().secret_id("rds").send().await.is_ok());
}
