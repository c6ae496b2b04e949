//! `ListSecrets`: pages, filters, order, and its delay.

use std::time::Duration;

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, ReplicaRegionType, SortByType, SortOrderType, Tag};

use crate::sandbox::support::{Aws, code, pass};

async fn names(aws: &Aws) -> Vec<String> {
    let list =
        aws.secrets.list_secrets().sort_by(SortByType::Name).sort_order(SortOrderType::Asc).send().await.unwrap();
    list.secret_list().iter().filter_map(|entry| entry.name.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn pages_hold_at_most_a_hundred_and_no_secret_is_lost_between_them() {
    let aws = Aws::new();
    for number in 0..120 {
        aws.secrets.create_secret().name(format!("s{number:03}")).send().await.unwrap();
    }
    let first = aws.secrets.list_secrets().send().await.unwrap();
    assert_eq!(first.secret_list().len(), 100);
    let token = first.next_token().unwrap();
    aws.secrets.create_secret().name("newer").send().await.unwrap();
    let second = aws.secrets.list_secrets().next_token(token).send().await.unwrap();
    let mut seen: Vec<&str> = first.secret_list().iter().chain(second.secret_list()).filter_map(|s| s.name()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.iter().filter(|name| name.starts_with('s')).count(), 120);
    assert_eq!(second.next_token(), None);
    assert_eq!(code(aws.secrets.list_secrets().max_results(101).send().await), "ValidationException");
    assert_eq!(code(aws.secrets.list_secrets().next_token("forged").send().await), "InvalidNextTokenException");
}

#[tokio::test(start_paused = true)]
async fn an_entry_shows_tags_and_labelled_versions_but_no_value() {
    let aws = Aws::new();
    let tag = Tag::builder().key("team").value("orders").build();
    let made = aws.secrets.create_secret().name("db").secret_string("v").tags(tag.clone()).send().await.unwrap();
    let list = aws.secrets.list_secrets().send().await.unwrap();
    let [entry] = list.secret_list() else { panic!("one secret") };
    assert_eq!(entry.tags(), [tag]);
    let stages = entry.secret_versions_to_stages().unwrap();
    assert_eq!(stages[made.version_id().unwrap()], ["AWSCURRENT"]);
}

#[tokio::test(start_paused = true)]
async fn planned_deletions_are_hidden_unless_asked_for() {
    let aws = Aws::new();
    aws.secret("a", "v").await;
    aws.secret("b", "v").await;
    aws.secrets.delete_secret().secret_id("a").send().await.unwrap();
    assert_eq!(names(&aws).await, ["b"]);
    let all = aws.secrets.list_secrets().include_planned_deletion(true).send().await.unwrap();
    assert_eq!(all.secret_list().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_newest_secret_comes_first_unless_told_otherwise() {
    let aws = Aws::new();
    for name in ["a", "c", "b"] {
        aws.secret(name, "v").await;
        pass(1).await;
    }
    let list = aws.secrets.list_secrets().send().await.unwrap();
    let found: Vec<_> = list.secret_list().iter().filter_map(|entry| entry.name()).collect();
    assert_eq!(found, ["b", "c", "a"]);
    assert_eq!(names(&aws).await, ["a", "b", "c"]);
}

/// Secrets to be found: one in use, one of another service, one with a copy.
async fn to_be_found(aws: &Aws) {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let make = |name: &str, description: &str| aws.secrets.create_secret().name(name).description(description);
    make("prod/ordersDb", "The Orders database").tags(tag("team", "Blue")).send().await.unwrap();
    let copy = ReplicaRegionType::builder().region("eu-central-1").build();
    make("prod/users", "Database of users").tags(tag("owner", "me")).add_replica_regions(copy).send().await.unwrap();
    make("test/orders", "").tags(tag("Team", "blue")).send().await.unwrap();
    aws.secret("rds-cluster", "v").await;
    aws.sandbox.with_world(|world| {
        world.secrets.get_mut("rds-cluster").unwrap().owning_service = Some("rds".to_owned());
    });
}

#[tokio::test(start_paused = true)]
async fn each_filter_matches_as_its_key_says_values_are_alternatives_and_all_filters_must_match() {
    let aws = Aws::new();
    to_be_found(&aws).await;
    let filter = |key: &str, values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Filter::builder().key(FilterNameStringType::from(key)).set_values(Some(values)).build()
    };
    let found = async |filters: Vec<Filter>| -> Vec<String> {
        let list = aws.secrets.list_secrets().set_filters(Some(filters)).sort_by(SortByType::Name);
        let list = list.sort_order(SortOrderType::Asc).send().await.unwrap();
        list.secret_list().iter().filter_map(|entry| entry.name.clone()).collect()
    };
    let (orders, users, test, rds) = ("prod/ordersDb", "prod/users", "test/orders", "rds-cluster");
    let cases: [(&str, &[&str], &[&str]); 23] = [
        ("name", &["prod/"], &[orders, users]),
        ("name", &["orders"], &[]),
        ("name", &["Prod/"], &[]),
        ("name", &["!prod/"], &[rds, test]),
        ("name", &["test", "rds"], &[rds, test]),
        ("description", &["the orders"], &[orders]),
        ("description", &["database"], &[users]),
        ("description", &["DATABASE", "the"], &[orders, users]),
        ("tag-key", &["team"], &[orders]),
        ("tag-key", &["own", "Te"], &[users, test]),
        ("tag-value", &["blue"], &[test]),
        ("tag-value", &["Bl", "m"], &[orders, users]),
        ("primary-region", &["eu-"], &[users]),
        ("primary-region", &["EU-"], &[]),
        ("owning-service", &["rd"], &[rds]),
        ("owning-service", &["RDS"], &[]),
        ("all", &["prod/db"], &[orders, users]),
        ("all", &["BLUE"], &[orders, test]),
        ("all", &["ORDERS"], &[orders, test]),
        ("all", &["order"], &[]),
        ("all", &["ordersDb"], &[orders, test]),
        ("all", &["me", "cluster"], &[users, rds]),
        ("all", &["!orders"], &[users, rds]),
    ];
    for (key, values, expected) in cases {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found(vec![filter(key, values)]).await, expected, "{key} {values:?}");
    }
    let both = vec![filter("tag-key", &["owner", "team"]), filter("name", &["test", "prod/u"])];
    assert_eq!(found(both).await, [users]);
}

#[tokio::test(start_paused = true)]
async fn with_a_lag_the_list_is_behind_and_describe_is_not() {
    let aws = Aws::new();
    aws.secret("old", "v").await;
    aws.sandbox.with_world(|world| world.secrets.set_list_lag(Duration::from_mins(5)));
    let (_, first) = aws.secret("new", "v").await;
    assert_eq!(names(&aws).await, ["old"]);
    assert!(aws.secrets.describe_secret().secret_id("new").send().await.is_ok());
    pass(200).await;
    aws.secrets.put_secret_value().secret_id("new").secret_string("w").send().await.unwrap();
    aws.secrets.delete_secret().secret_id("old").force_delete_without_recovery(true).send().await.unwrap();
    pass(100).await;
    // What was true 300 s ago: created, not yet changed; the other not yet deleted.
    assert_eq!(names(&aws).await, ["new", "old"]);
    let list =
        aws.secrets.list_secrets().sort_by(SortByType::Name).sort_order(SortOrderType::Asc).send().await.unwrap();
    assert_eq!(list.secret_list()[0].secret_versions_to_stages().unwrap()[&first], ["AWSCURRENT"]);
    pass(202).await;
    assert_eq!(names(&aws).await, ["new"]);
    let list = aws.secrets.list_secrets().send().await.unwrap();
    assert_eq!(list.secret_list()[0].secret_versions_to_stages().unwrap()[&first], ["AWSPREVIOUS"]);
}
