//! Spellings of rotation schedules and resource policies: examples, where there is nothing to generate.

use evenkeel::model::arn::Scope;
use evenkeel::model::id::{AccountId, Partition, Region};
use evenkeel::model::secret_policy::{Grantee, ResourcePolicy};
use evenkeel::model::secret_rotation::{BadSchedule, Schedule, Window};
use serde_json::{Value, json};

#[test]
fn a_schedule_has_one_spelling() {
    for (written, canonical) in [
        ("rate(30 days)", "rate(30 days)"),
        (" Rate( 30   day )", "rate(30 days)"),
        ("rate(1 days)", "rate(1 day)"),
        ("rate(12 hour)", "rate(12 hours)"),
        ("cron(0  8 ? * sun#1  *)", "cron(0 8 ? * SUN#1 *)"),
    ] {
        assert_eq!(Schedule::parse(written).unwrap().as_str(), canonical);
        assert_eq!(Schedule::parse(canonical).unwrap().as_str(), canonical);
    }
    assert_eq!(Schedule::days(30), Schedule::stated("rate(30 days)"));
    assert_ne!(Schedule::days(1), Schedule::stated("rate(24 hours)"), "their windows differ");
}

#[test]
fn a_schedule_that_secrets_manager_refuses_is_refused() {
    for (text, wrong) in [
        ("daily", BadSchedule::Form),
        ("rate(30 weeks)", BadSchedule::Form),
        ("rate(3 hours)", BadSchedule::TooOften),
        ("rate(0 days)", BadSchedule::Days),
        ("rate(1000 days)", BadSchedule::Days),
        ("cron(30 8 * * ? *)", BadSchedule::Cron),
        ("cron(0 8 * * ? 2027)", BadSchedule::Cron),
        ("cron(0 8 * * ?)", BadSchedule::Form),
        ("cron(0 * * * ? *)", BadSchedule::TooOften),
        ("cron(0 0/3 * * ? *)", BadSchedule::TooOften),
        ("cron(0 1,8,11 * * ? *)", BadSchedule::TooOften),
        ("cron(0 / * * ? *)", BadSchedule::Hours),
        ("cron(0 /3 * * ? *)", BadSchedule::TooOften),
        ("cron(0 99 * * ? *)", BadSchedule::Hours),
        ("cron(0 24 * * ? *)", BadSchedule::Hours),
        ("cron(0 8-4 * * ? *)", BadSchedule::Hours),
        ("cron(0 8/0 * * ? *)", BadSchedule::Hours),
        ("cron(0 8, * * ? *)", BadSchedule::Hours),
        ("cron(0 +8 * * ? *)", BadSchedule::Hours),
        ("cron(0 4 * * * *)", BadSchedule::TwoDays),
        ("cron(0 4 ? * ? *)", BadSchedule::TwoDays),
        ("cron(0 4 1 * MON *)", BadSchedule::TwoDays),
        ("cron(0 4 32 * ? *)", BadSchedule::DaysOfMonth),
        ("cron(0 4 15W * ? *)", BadSchedule::DaysOfMonth),
        ("cron(0 4 * 13 ? *)", BadSchedule::Months),
        ("cron(0 4 * MAI ? *)", BadSchedule::Months),
        ("cron(0 4 ? * 8 *)", BadSchedule::Weekdays),
        ("cron(0 4 ? * SUN#6 *)", BadSchedule::Weekdays),
        ("cron(0 0 31 2 ? *)", BadSchedule::Never),
        ("cron(0 0 31 FEB,JUN ? *)", BadSchedule::Never),
    ] {
        assert_eq!(Schedule::parse(text), Err(wrong), "{text}");
    }
}

#[test]
fn a_schedule_that_secrets_manager_takes_is_taken() {
    for fields in [
        "0 8 * * ? *",
        "0 8/8 * * ? *",
        "0 2/10 * * ? *",
        "0 */6 * * ? *",
        "0 0,4,20 * * ? *",
        "0 8 1/7 * ? *",
        "0 0 1 */3 ? *",
        "0 0 15 jan,jul ? *",
        "0 16 L * ? *",
        "0 0 29 2 ? *",
        "0 0 30-31 FEB-MAR ? *",
        "0 0 ? * SUN#1 *",
        "0 /8 * * ? *",
        "0 0 /10 /3 ? *",
        "0 0 SUNL * ? *",
        "0 0 ? * 5L *",
        "0 0 ? * L *",
        "0 9 ? * MON-FRI *",
    ] {
        let text = format!("cron({fields})");
        assert!(Schedule::parse(&text).is_ok(), "{text}: {:?}", Schedule::parse(&text));
    }
}

#[test]
fn a_window_ends_with_its_day_and_before_the_next_begins() {
    assert_eq!(Window::parse("03h"), Window::parse("3h"));
    assert_eq!((Window::parse("0h"), Window::parse("25h"), Window::parse("3")), (None, None, None));
    assert!(!Window::parse("5h").unwrap().fits(&Schedule::stated("rate(4 hours)")));
    assert!(Window::parse("24h").unwrap().fits(&Schedule::days(1)));
    for (schedule, longest) in [
        ("cron(0 20 * * ? *)", 4),
        ("cron(0 0 1 * ? *)", 24),
        ("cron(0 4/6 * * ? *)", 2),
        ("cron(0 0/6 * * ? *)", 6),
        ("cron(0 0,4,20 * * ? *)", 4),
    ] {
        let schedule = Schedule::parse(schedule).unwrap();
        let fits = |hours: u8| Window::parse(&format!("{hours}h")).unwrap().fits(&schedule);
        let found = (1..=24).filter(|hours| fits(*hours)).max();
        assert_eq!(found, Some(longest), "{}", schedule.as_str());
    }
}

fn policy(principal: &Value) -> ResourcePolicy {
    let action = "secretsmanager:GetSecretValue";
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"});
    ResourcePolicy::read(&json!({"Version": "2012-10-17", "Statement": statement}))
}

#[test]
fn spellings_of_the_same_principal_are_equal() {
    let account = policy(&json!({"AWS": "123456789012"}));
    assert_eq!(account, policy(&json!({"AWS": ["arn:aws:iam::123456789012:root"]})));
    assert_eq!(account, policy(&json!({"AWS": 123_456_789_012_i64})));
    assert_eq!(policy(&json!("*")), policy(&json!({"AWS": "*"})));
    assert_ne!(account, policy(&json!({"AWS": "210987654321"})));
    assert_ne!(account, policy(&json!({"AWS": "arn:aws:iam::123456789012:role/root"})));
}

#[test]
fn the_version_of_a_policy_is_content_and_an_identifier_is_not() {
    let allow = json!([{"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "a:b", "Resource": "*"}]);
    let mut other = allow.clone();
    other[0]["Sid"] = "B".into();
    let of =
        |version: &str, statement: &Value| ResourcePolicy::read(&json!({"Version": version, "Statement": statement}));
    assert_eq!(of("2012-10-17", &allow), of("2012-10-17", &other));
    assert_ne!(of("2012-10-17", &allow), of("2008-10-17", &allow));
    assert_eq!(of("2008-10-17", &allow), ResourcePolicy::read(&json!({"Statement": allow})));
}

#[test]
fn what_is_sent_of_a_policy_holds_texts_alone() {
    let sent = policy(&json!({"AWS": 123_456_789_012_i64})).to_json();
    assert!(sent.contains(r#""AWS":"123456789012""#), "{sent}");
}

#[test]
fn whoever_a_policy_lets_in_is_found_however_it_is_said() {
    assert_eq!(policy(&json!({"AWS": ["*"]})).grantees(), [Grantee::Everyone].into());
    let statement = json!({"Effect": "Allow", "NotPrincipal": {"AWS": "123456789012"}, "Action": "*", "Resource": "*"});
    assert_eq!(ResourcePolicy::read(&json!({"Statement": statement})).grantees(), [Grantee::Others].into());
    let many =
        json!({"AWS": ["123456789012", "arn:aws:sts::123456789012:assumed-role/a/b"], "Service": "rds.amazonaws.com"});
    assert_eq!(policy(&many).grantees().len(), 3);
    let mut denied = json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"});
    assert!(ResourcePolicy::read(&json!({"Statement": denied})).grantees().is_empty());
    denied["Effect"] = "Allow".into();
    assert!(!ResourcePolicy::read(&json!({"Statement": denied})).grantees().is_empty());
}

#[test]
fn only_who_is_of_the_account_and_partition_is_of_the_scope() {
    let scope = Scope {
        partition: Partition::new("aws"),
        account: AccountId::new("123456789012"),
        region: Region::new("eu-west-1"),
    };
    for (principal, ours) in [
        (json!({"AWS": "123456789012"}), true),
        (json!({"AWS": "arn:aws:iam::123456789012:role/x"}), true),
        (json!({"AWS": "arn:aws:sts::123456789012:assumed-role/x/y"}), true),
        (json!({"AWS": "arn:aws-cn:iam::123456789012:role/x"}), false),
        (json!({"AWS": "arn:aws:iam::*:role/x"}), false),
        (json!({"AWS": "arn:aws:iam::123456789013:role/123456789012"}), false),
        (json!({"AWS": "AROAEXAMPLEEXAMPLE123"}), false),
        (json!({"Service": "lambda.amazonaws.com"}), false),
        (json!({"Federated": "arn:aws:iam::123456789012:saml-provider/x"}), false),
        (json!("*"), false),
    ] {
        let grantees = policy(&principal).grantees();
        assert_eq!(grantees.first().unwrap().is_of(&scope), ours, "{principal}");
    }
}
