//! Within the limits: each bucket lets its burst pass at once and then its rate, for all its operations together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use evenkeel::aws::limits::{BUCKETS, Limits, SURVEY_BUCKETS};
use evenkeel::cloud::clock::Clock;
use evenkeel::model::time::Timestamp;

use crate::files::below;
use crate::support::lab::in_virtual_time_unlogged;

/// What AWS documents: ECS developer guide, request throttling; Secrets Manager user guide, quotas.
const DOCUMENTED: [(&str, u32, u32); 19] = [
    ("ecs:RegisterTaskDefinition", 20, 1),
    ("ecs:DescribeTaskDefinition", 50, 20),
    ("ecs:ListTaskDefinitions", 50, 20),
    ("ecs:CreateService", 50, 5),
    ("ecs:UpdateService", 50, 5),
    ("ecs:DescribeServices", 100, 20),
    ("ecs:ListClusters", 50, 20),
    ("ecs:TagResource", 20, 10),
    ("ecs:UntagResource", 20, 10),
    ("ecs:ListTasks", 100, 20),
    ("ecs:DescribeTasks", 100, 20),
    ("ecs:ListServiceDeployments", 50, 20),
    ("ecs:DescribeServiceDeployments", 50, 20),
    ("ecs:DescribeServiceRevisions", 50, 20),
    ("secretsmanager:DescribeSecret", 10_000, 10_000),
    ("secretsmanager:ListSecrets", 50, 50),
    ("secretsmanager:ListSecretVersionIds", 50, 50),
    ("secretsmanager:UpdateSecret", 50, 50),
    ("secretsmanager:TagResource", 50, 50),
];

#[test]
fn law_15_the_buckets_are_those_that_aws_documents() {
    let buckets: BTreeMap<&str, (u32, u32)> = BUCKETS
        .iter()
        .flat_map(|bucket| bucket.operations.iter().map(|operation| (*operation, (bucket.burst, bucket.per_second))))
        .collect();
    for (operation, burst, per_second) in DOCUMENTED {
        assert_eq!(buckets.get(operation), Some(&(burst, per_second)), "{operation}");
    }
}

#[test]
fn law_15_a_burst_passes_at_once_and_what_follows_at_the_buckets_rate() {
    for bucket in BUCKETS.iter().chain(SURVEY_BUCKETS) {
        for scale in [1.0, 0.5] {
            in_virtual_time_unlogged(async {
                let limits = Limits::new(scale, Clock::starting_at(Timestamp::from_millis(0), 1));
                let begun = tokio::time::Instant::now();
                let mut operations = bucket.operations.iter().cycle();
                let scaled = |number: u32| if scale < 1.0 { (number / 2).max(1) } else { number };
                for _ in 0..scaled(bucket.burst) {
                    limits.wait(operations.next().unwrap()).await;
                }
                assert_eq!(begun.elapsed(), Duration::ZERO, "{:?}: the burst waits", bucket.operations);
                for _ in 0..10 * bucket.per_second {
                    limits.wait(operations.next().unwrap()).await;
                }
                let expected = 10.0 / scale;
                let took = begun.elapsed().as_secs_f64();
                assert!((took - expected).abs() < 0.02 * expected, "{:?} × {scale}: {took} s", bucket.operations);
            });
        }
    }
}

#[test]
fn law_15_a_scale_of_nothing_is_no_limit_and_one_of_almost_nothing_is_no_panic() {
    in_virtual_time_unlogged(async {
        let clock = Clock::starting_at(Timestamp::from_millis(0), 1);
        let begun = tokio::time::Instant::now();
        let free = Limits::new(0.0, clock);
        for _ in 0..1000 {
            free.wait("ecs:RegisterTaskDefinition").await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        let slow = Limits::new(1e-300, clock);
        for _ in 0..2 {
            slow.wait("ecs:RegisterTaskDefinition").await;
        }
        assert_eq!(begun.elapsed().as_secs(), 1000);
    });
}

#[test]
fn law_15_every_operation_that_is_called_has_a_bucket() {
    let buckets = BUCKETS.iter().chain(SURVEY_BUCKETS);
    let limited: BTreeSet<&str> = buckets.flat_map(|bucket| bucket.operations).copied().collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws");
    let mut called = BTreeSet::new();
    for file in below(&folder, "rs").into_iter().filter(|file| !file.ends_with("limits.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        for service in ["ecs", "iam", "kms", "secretsmanager"] {
            for rest in text.split(&format!("\"{service}:")).skip(1) {
                let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                // In lowercase it is a type of things, as the list of tags has it.
                if name.starts_with(|first: char| first.is_ascii_uppercase()) {
                    called.insert(format!("{service}:{name}"));
                }
            }
        }
    }
    // The name of a condition, not of a call.
    called.remove("kms:ResourceAliases");
    assert!(called.len() > 20, "{called:?}");
    let unlimited: Vec<&String> = called.iter().filter(|operation| !limited.contains(operation.as_str())).collect();
    assert!(unlimited.is_empty(), "{unlimited:?}");
}
