//! Someone changes secrets and roles by hand: it is found, called drift, corrected, and then it is quiet.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::types::Tag;
use evenkeel::model::desired::Desired;
use serde_json::json;

use super::front::Counts;
use super::lab::{Lab, held, in_real_time, steps};
use super::shop::shop;

/// A secret whose metadata is managed, beside the shop.
pub(super) const MAIL: &str = "---
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: mail, annotations: {evenkeel.dev/adopt: \"true\"}}
spec: {secretName: shop/mail, description: Mail, tags: {team: shop}}
";

/// The shop and the other secret, applied.
pub(super) async fn applied() -> (Lab, Desired) {
    let lab = Lab::shop().await;
    lab.create_secret("shop/mail");
    let desired = lab.desired(&(shop("2.0.0") + MAIL));
    lab.apply(&lab.connect().await, &desired).await;
    (lab, desired)
}

/// After that hand, the plan has these steps; nothing else is written, and then it is quiet.
///
/// Within 30 seconds of evenkeel's own last write a difference may be a read from before it, so it is held (law 14). An
/// hour later, by the clock of the next process, that is over.
pub(super) async fn check(lab: &Lab, desired: &Desired, expected: &[&str], writes: &[(&str, usize)]) {
    let (_, plan) = Box::pin(lab.look(&lab.connect().await, desired)).await;
    let subject = expected.last().unwrap().split(' ').next().unwrap();
    assert!(steps(&plan).is_empty() && held(&plan).contains(&format!("{subject} CoolingDown")), "{plan:#?}");
    let later = lab.an_hour_later().await;
    lab.front.reset();
    let plans = Box::pin(lab.apply(&later, desired)).await;
    assert_eq!((plans.len(), steps(&plans[0])), (1, expected.iter().map(ToString::to_string).collect()));
    let writes: Counts = writes.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect();
    assert_eq!(lab.front.writes(), writes);
    Box::pin(lab.assert_quiet(&later, desired)).await;
}

#[test]
fn the_description_of_a_secret_changed_by_hand_is_put_back() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        lab.secrets.update_secret().secret_id("shop/mail").description("Post").send().await.unwrap();
        let writes = [("secretsmanager:TagResource", 1), ("secretsmanager:UpdateSecret", 1)];
        check(&lab, &desired, &["Secret/mail updateSecret Drifted"], &writes).await;
        let secret = lab.secrets.describe_secret().secret_id("shop/mail").send().await.unwrap();
        assert_eq!(secret.description(), Some("Mail"));
    });
}

#[test]
fn the_key_of_a_secret_changed_by_hand_is_put_back() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.create_secret("shop/mail");
        let desired = lab.desired(&(shop("2.0.0") + &MAIL.replace("description: Mail", "kmsKeyId: alias/mail")));
        lab.apply(&lab.connect().await, &desired).await;
        lab.secrets.update_secret().secret_id("shop/mail").kms_key_id("alias/post").send().await.unwrap();
        let writes = [("secretsmanager:TagResource", 1), ("secretsmanager:UpdateSecret", 1)];
        check(&lab, &desired, &["Secret/mail updateSecret Drifted"], &writes).await;
        let secret = lab.secrets.describe_secret().secret_id("shop/mail").send().await.unwrap();
        assert_eq!(secret.kms_key_id(), Some("alias/mail"));
    });
}

#[test]
fn the_tags_of_a_secret_changed_by_hand_are_put_back() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        let tags = Some(vec![tag("team", "mail"), tag("by", "hand")]);
        lab.secrets.tag_resource().secret_id("shop/mail").set_tags(tags).send().await.unwrap();
        let expected = ["Secret/mail tagResource Drifted", "Secret/mail untagResource Drifted"];
        let writes = [("secretsmanager:TagResource", 2), ("secretsmanager:UntagResource", 1)];
        check(&lab, &desired, &expected, &writes).await;
        let secret = lab.secrets.describe_secret().secret_id("shop/mail").send().await.unwrap();
        let tags: BTreeMap<_, _> = secret.tags().iter().map(|tag| (tag.key().unwrap(), tag.value().unwrap())).collect();
        assert_eq!((tags.get("team"), tags.get("by")), (Some(&"shop"), None));
    });
}

#[test]
fn an_inline_policy_changed_by_hand_is_put_back() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        let before = lab.inline_policy("shop-web-exec", "evenkeel-default").await;
        put_policy(&lab, &json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])).await;
        let writes = [("iam:PutRolePolicy", 1), ("iam:TagRole", 2)];
        check(&lab, &desired, &["ExecutionRole/web putRolePolicy Drifted"], &writes).await;
        assert_eq!(lab.inline_policy("shop-web-exec", "evenkeel-default").await, before);
    });
}

/// No grant could have given it.
#[test]
fn a_permission_added_by_hand_is_taken_away_once_nothing_in_use_needs_it() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        let before = lab.inline_policy("shop-web-exec", "evenkeel-default").await;
        let mut more = before["Statement"].clone();
        more.as_array_mut().unwrap().push(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
        put_policy(&lab, &more).await;
        let writes = [("iam:PutRolePolicy", 1), ("iam:TagRole", 1)];
        check(&lab, &desired, &["ExecutionRole/web putRolePolicy Drifted"], &writes).await;
        assert_eq!(lab.inline_policy("shop-web-exec", "evenkeel-default").await, before);
    });
}

#[test]
fn a_trust_policy_changed_by_hand_is_put_back() {
    in_real_time(async {
        let (lab, desired) = applied().await;
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "sts:AssumeRole"
        }]});
        let call = lab.iam.update_assume_role_policy().role_name("shop-web-exec");
        call.policy_document(trust.to_string()).send().await.unwrap();
        let writes = [("iam:TagRole", 1), ("iam:UpdateAssumeRolePolicy", 1)];
        check(&lab, &desired, &["ExecutionRole/web updateAssumeRolePolicy Drifted"], &writes).await;
    });
}

async fn put_policy(lab: &Lab, statements: &serde_json::Value) {
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let call = lab.iam.put_role_policy().role_name("shop-web-exec").policy_name("evenkeel-default");
    call.policy_document(document).send().await.unwrap();
}
