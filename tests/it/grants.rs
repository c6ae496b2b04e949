//! What is written for a grant is known again as of a grant: else the narrowing of a role would pass for drift.

use evenkeel::model::arn::{Arn, Scope};
use evenkeel::model::grant::{Grant, PolicyBody, is_of_a_grant};
use evenkeel::model::id::{AccountId, KeyId, Partition, Region};
use evenkeel::model::policy::{Permission, Policy};
use serde_json::json;

fn arn(rest: &str) -> Arn {
    Arn::new(format!("arn:aws:{rest}"))
}

fn region() -> Region {
    Region::new("eu-west-1")
}

/// One grant of each kind. A new kind does not compile before it has its place here.
fn next(grant: &Grant<Arn>) -> Option<Grant<Arn>> {
    Some(match grant {
        Grant::ReadSecret(_) => Grant::ReadParameter(arn("ssm:eu-west-1:123456789012:parameter/shop/flags")),
        Grant::ReadParameter(_) => Grant::Decrypt(KeyId::new("alias/shop"), region()),
        Grant::Decrypt(..) => Grant::DecryptParameter(KeyId::new("0a1b2c3d-0000-4000-8000-000000000000"), region()),
        Grant::DecryptParameter(..) => Grant::Login,
        Grant::Login => Grant::PullImage(arn("ecr:eu-west-1:123456789012:repository/shop")),
        Grant::PullImage(_) => Grant::ImportImage(arn("ecr:eu-west-1:123456789012:repository/docker-hub/shop")),
        Grant::ImportImage(_) => Grant::WriteLogs(arn("logs:eu-west-1:123456789012:log-group:/ecs/shop")),
        Grant::WriteLogs(_) => Grant::CreateLogGroup(arn("logs:eu-west-1:123456789012:log-group:/ecs/shop")),
        Grant::CreateLogGroup(_) => Grant::ReadFile(arn("s3:::shop-config/prod.env")),
        Grant::ReadFile(_) => Grant::LocateBucket(arn("s3:::shop-config")),
        Grant::LocateBucket(_) => Grant::DescribeFileSystems,
        Grant::DescribeFileSystems => return None,
    })
}

#[test]
fn what_is_written_for_any_grant_is_known_again() {
    let scope = Scope { partition: Partition::new("aws"), account: AccountId::new("123456789012"), region: region() };
    let named = Grant::ReadSecret(arn("secretsmanager:eu-west-1:123456789012:secret:shop/db-??????"));
    let exact = Grant::ReadSecret(arn("secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf"));
    let every = std::iter::successors(Some(exact), next).chain([named]);
    for grant in every {
        let body = PolicyBody { grants: [grant.clone()].into(), kept: [].into() };
        let policy = body.to_policy(&scope);
        assert!(!policy.permissions().is_empty());
        for permission in policy.permissions() {
            assert!(is_of_a_grant(permission), "{grant:?}: {permission:?}");
        }
    }
}

#[test]
fn what_no_grant_gives_is_not_taken_for_one() {
    let key = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000";
    let others = json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
         "Resource": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/*"},
        {"Effect": "Allow", "Action": "secretsmanager:DeleteSecret",
         "Resource": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key},
        {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"},
        {"Effect": "Deny", "Action": "ssm:GetParameters",
         "Resource": "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/flags"},
    ]);
    let policy = Policy::read(&json!({"Version": "2012-10-17", "Statement": others}));
    let taken: Vec<&Permission> = policy.permissions().iter().filter(|permission| is_of_a_grant(permission)).collect();
    assert_eq!((policy.permissions().len(), taken), (7, Vec::new()));
}
