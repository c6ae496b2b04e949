//! Rotation, copies and restoration of secrets, against moto. Whom a secret is shared with: `secrets_policies.rs`.

use aws_sdk_secretsmanager::types::{ReplicaRegionType, RotationRulesType, StatusType};
use evenkeel::aws::Look;
use evenkeel::model::desired::Desired;
use serde_json::json;

use super::front::Counts;
use super::http::{Message, exchange};
use super::lab::{Lab, REGION, ask, held, in_real_time, steps};
use super::server;
use super::shop::shop;

/// A manifest of the secret `shop/db` with these fields, which takes it over.
pub(super) fn secret(fields: &str) -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\n\
         metadata: {{name: db, annotations: {{evenkeel.dev/adopt: \"true\"}}}}\nspec:\n  secretName: shop/db\n{fields}"
    )
}

/// The writes of a pass, without `secretsmanager:`.
pub(super) fn writes(lab: &Lab) -> Vec<String> {
    let counts: Counts = lab.front.writes();
    counts.into_iter().map(|(operation, count)| format!("{operation} {count}").replace("secretsmanager:", "")).collect()
}

impl Lab {
    /// A Lambda function that always does well; gives its ARN.
    pub(super) fn function(&self, name: &str) -> String {
        function(&self.account, name)
    }

    async fn rotates(&self) -> (Option<bool>, Option<i64>) {
        let described = self.secrets.describe_secret().secret_id("shop/db").send().await.unwrap();
        let days = described.rotation_rules().and_then(RotationRulesType::automatically_after_days);
        (described.rotation_enabled(), days)
    }

    /// The copies of the secret, and how far they are.
    async fn copies(&self) -> Vec<(String, StatusType)> {
        let described = self.secrets.describe_secret().secret_id("shop/db").send().await.unwrap();
        let each = described.replication_status().iter();
        each.map(|copy| (copy.region().unwrap().to_owned(), copy.status().unwrap().clone())).collect()
    }
}

/// A Lambda function of an account that always does well; gives its ARN. Moto starts no container for it.
pub(super) fn function(account: &str, name: &str) -> String {
    let config = json!({"lambda": {"use_docker": false}}).to_string();
    let head = format!("POST /moto-api/config HTTP/1.1\r\nhost: moto\r\ncontent-length: {}", config.len());
    let told = exchange(server::port(), &Message { head, body: config.into_bytes() }).unwrap();
    assert!(told.head.starts_with("HTTP/1.1 201"), "{}", told.text());
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
    let form = format!("Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument={trust}");
    let headers = "content-type: application/x-www-form-urlencoded";
    let made = exchange(server::port(), &Message::call((account, "us-east-1"), "iam", headers, &form)).unwrap();
    assert!(made.is_ok(), "{}", made.text());
    let body = json!({
        "FunctionName": name, "Runtime": "python3.13", "Role": format!("arn:aws:iam::{account}:role/{name}"),
        "Handler": "rotate.main", "Code": {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
    });
    let call = Message::call((account, REGION), "lambda", "content-type: application/json", &body.to_string());
    let head = call.head.replace("POST / ", "POST /2015-03-31/functions ");
    let answer = exchange(server::port(), &Message { head, body: call.body }).unwrap();
    assert!(answer.head.starts_with("HTTP/1.1 201"), "{}", answer.text());
    format!("arn:aws:lambda:{REGION}:{account}:function:{name}")
}

fn rotation(function: &str, schedule: &str) -> String {
    secret(&format!("  rotation: {{lambdaArn: \"{function}\", schedule: \"{schedule}\"}}\n"))
}

/// An hour later, by the clock of the next process, one pass does this and then it is quiet.
async fn corrected(lab: &Lab, desired: &Desired, expected: &[&str]) {
    let later = lab.an_hour_later().await;
    let plans = lab.apply(&later, desired).await;
    assert_eq!((plans.len(), steps(&plans[0])), (1, expected.iter().map(ToString::to_string).collect()));
    lab.assert_quiet(&later, desired).await;
}

#[test]
fn rotation_is_turned_on_without_a_rotation_and_a_number_of_days_is_its_schedule() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let function = lab.function("rotate");
        let desired = lab.desired(&rotation(&function, "rate(30 days)"));
        let aws = lab.connect().await;
        let before = lab.secrets.describe_secret().secret_id("shop/db").send().await.unwrap();
        lab.front.reset();
        let plans = lab.apply(&aws, &desired).await;
        assert_eq!(steps(&plans[0]), ["Secret/db tagResource Adopted", "Secret/db rotateSecret Adopted"]);
        assert_eq!(writes(&lab), ["RotateSecret 1", "TagResource 2"], "the tags, the settings, the mark");
        let sent = &lab.front.sent("secretsmanager:RotateSecret")[0];
        let expected = json!({"ScheduleExpression": "rate(30 days)"});
        assert_eq!((&sent["RotationRules"], &sent["RotateImmediately"]), (&expected, &json!(false)));
        assert_eq!(sent["ClientRequestToken"].as_str().map(str::len), Some(64));
        // Moto keeps days alone: that they say the same is why it is quiet.
        assert_eq!(lab.rotates().await, (Some(true), Some(30)));
        let after = lab.secrets.describe_secret().secret_id("shop/db").send().await.unwrap();
        let current = |stated: &aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput| {
            let stages = stated.version_ids_to_stages().unwrap().clone();
            stages.into_iter().find(|(_, labels)| labels.contains(&"AWSCURRENT".to_owned())).map(|(id, _)| id)
        };
        assert_eq!(current(&before), current(&after), "nothing was rotated");
        lab.assert_quiet(&aws, &desired).await;
        lab.assert_quiet(&aws.with_look(Look::Sweep), &desired).await;
    });
}

#[test]
fn a_schedule_changed_by_hand_is_put_back_and_an_empty_rotation_turns_it_off() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let function = lab.function("rotate");
        let desired = lab.desired(&rotation(&function, "rate(30 days)"));
        let aws = lab.connect().await;
        lab.apply(&aws, &desired).await;
        let rules = RotationRulesType::builder().automatically_after_days(90).build();
        let by_hand = lab.secrets.rotate_secret().secret_id("shop/db").rotation_lambda_arn(&function);
        by_hand.rotation_rules(rules).rotate_immediately(false).send().await.unwrap();
        lab.unpend().await;
        corrected(&lab, &desired, &["Secret/db rotateSecret Drifted"]).await;
        assert_eq!(lab.rotates().await, (Some(true), Some(30)));

        let off = lab.desired(&secret("  rotation: {}\n"));
        let later = lab.an_hour_later().await;
        let plans = lab.apply(&later, &off).await;
        assert_eq!(steps(&plans[0]), ["Secret/db cancelRotateSecret Changed"]);
        assert_eq!(lab.rotates().await, (Some(false), Some(30)), "AWS still shows the rules");
        lab.assert_quiet(&later, &off).await;
        let absent = lab.desired(&secret("  description: The database\n"));
        lab.apply(&later, &absent).await;
        assert_eq!(lab.rotates().await, (Some(false), Some(30)), "what is absent is not managed");
    });
}

impl Lab {
    /// Takes the label off that moto leaves on the version of a test (M14).
    async fn unpend(&self) {
        let described = self.secrets.describe_secret().secret_id("shop/db").send().await.unwrap();
        let stages = described.version_ids_to_stages().unwrap().clone();
        for (id, _) in stages.into_iter().filter(|(_, labels)| labels.contains(&"AWSPENDING".to_owned())) {
            let call = self.secrets.update_secret_version_stage().secret_id("shop/db").version_stage("AWSPENDING");
            call.remove_from_version_id(id).send().await.unwrap();
        }
    }
}

#[test]
fn a_lost_reply_to_rotate_secret_leaves_one_setting_and_is_marked_the_next_time() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let function = lab.function("rotate");
        let desired = lab.desired(&rotation(&function, "rate(7 days)"));
        let aws = lab.connect().await;
        lab.front.lose_first_reply("secretsmanager:RotateSecret");
        let (plan, _) = lab.pass(&aws, &desired).await;
        assert_eq!(steps(&plan).last().unwrap(), "Secret/db rotateSecret Adopted");
        let sent = lab.front.sent("secretsmanager:RotateSecret");
        let tokens: Vec<_> = sent.iter().map(|sent| sent["ClientRequestToken"].clone()).collect();
        assert!(tokens.iter().all(|token| *token == tokens[0]), "a repetition carries the token: {tokens:?}");
        lab.front.reset();
        let later = lab.an_hour_later().await;
        lab.apply(&later, &desired).await;
        assert!(!lab.front.writes().contains_key("secretsmanager:RotateSecret"), "{:?}", writes(&lab));
        assert_eq!(lab.rotates().await, (Some(true), Some(7)));
        lab.assert_quiet(&later, &desired).await;
    });
}

#[test]
fn copies_are_made_and_removed_and_one_removed_by_hand_is_made_again() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let with = |regions: &str| lab.desired(&secret(&format!("  replicas: [{regions}]\n")));
        let both = with("{region: eu-central-1, kmsKeyId: alias/shop}, {region: us-east-1}");
        let (_, execution) = lab.pass(&lab.connect().await, &both).await;
        assert_eq!((execution.done(), execution.failures().count()), (2, 0), "the tags and the copies");
        let sent = &lab.front.sent("secretsmanager:ReplicateSecretToRegions")[0];
        let regions = json!([{"Region": "eu-central-1", "KmsKeyId": "alias/shop"}, {"Region": "us-east-1"}]);
        assert_eq!((&sent["AddReplicaRegions"], &sent["ForceOverwriteReplicaSecret"]), (&regions, &json!(false)));
        let in_sync = |regions: &[&str]| -> Vec<_> {
            regions.iter().map(|region| ((*region).to_owned(), StatusType::InSync)).collect()
        };
        assert_eq!(lab.copies().await, in_sync(&["eu-central-1", "us-east-1"]));

        // Moto forgets the key of a copy (M15), so from here on it is not managed.
        let both = with("{region: eu-central-1}, {region: us-east-1}");
        let aws = lab.connect().await;
        lab.apply(&aws, &both).await;
        lab.assert_quiet(&aws, &both).await;
        let by_hand = lab.secrets.remove_regions_from_replication().secret_id("shop/db");
        by_hand.remove_replica_regions("us-east-1").send().await.unwrap();
        corrected(&lab, &both, &["Secret/db replicateSecretToRegions Drifted"]).await;
        assert_eq!(lab.copies().await.len(), 2);

        let one = with("{region: us-east-1}");
        let plans = lab.apply(&lab.an_hour_later().await, &one).await;
        assert_eq!(steps(&plans[0]), ["Secret/db removeRegionsFromReplication Changed"]);
        assert_eq!(lab.copies().await, in_sync(&["us-east-1"]));
        lab.apply(&lab.an_hour_later().await, &with("")).await;
        assert_eq!(lab.copies().await, []);
    });
}

#[test]
fn a_copy_is_never_put_over_a_secret_that_has_its_name_and_the_failure_is_told_once_a_pass() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let theirs = lab.create_secret_in("us-east-1", "shop/db");
        let desired = lab.desired(&secret("  replicas: [{region: us-east-1}]\n"));
        let aws = lab.connect().await;
        let (plan, _) = lab.pass(&aws, &desired).await;
        assert_eq!(steps(&plan).last().unwrap(), "Secret/db replicateSecretToRegions Adopted");
        for aws in [aws, lab.an_hour_later().await] {
            lab.front.reset();
            let (plan, _) = lab.pass(&aws, &desired).await;
            assert_eq!((steps(&plan), held(&plan)), (vec![], vec!["Secret/db ReplicationFailed".to_owned()]));
            let message = plan.held()[0].because.to_string();
            assert!(message.contains("us-east-1: ") && message.contains("already exists in region"), "{message}");
            assert_eq!(writes(&lab), Vec::<String>::new());
        }
        let none = lab.desired(&secret("  replicas: []\n"));
        lab.apply(&lab.an_hour_later().await, &none).await;
        assert_eq!(lab.copies().await, []);
        let there = lab.describe_in("us-east-1", "shop/db");
        assert_eq!((&there["ARN"], &there["PrimaryRegion"]), (&json!(theirs), &json!(null)), "it is as it was");
    });
}

impl Lab {
    fn describe_in(&self, region: &str, name: &str) -> serde_json::Value {
        let headers = "content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.DescribeSecret";
        let body = json!({"SecretId": name}).to_string();
        serde_json::from_str(&ask(&Message::call((&self.account, region), "secretsmanager", headers, &body))).unwrap()
    }
}

#[test]
fn the_copy_of_another_region_is_left_alone() {
    in_real_time(async {
        let lab = Lab::new().await;
        lab.create_secret_in("us-east-1", "shop/db");
        let headers =
            "content-type: application/x-amz-json-1.1\r\nx-amz-target: secretsmanager.ReplicateSecretToRegions";
        let body = json!({"SecretId": "shop/db", "AddReplicaRegions": [{"Region": REGION}]}).to_string();
        ask(&Message::call((&lab.account, "us-east-1"), "secretsmanager", headers, &body));
        let desired = lab.desired(&secret("  description: The database\n"));
        let (plan, _) = lab.pass(&lab.connect().await, &desired).await;
        assert_eq!((steps(&plan), held(&plan)), (vec![], vec!["Secret/db Unsupported".to_owned()]));
        assert!(plan.held()[0].because.to_string().contains("a copy of the secret in us-east-1"));
        assert_eq!(writes(&lab), Vec::<String>::new());
        let region = ReplicaRegionType::builder().region(REGION).build();
        let promoted = lab.secrets.replicate_secret_to_regions().secret_id("shop/db").add_replica_regions(region);
        assert!(promoted.send().await.is_err(), "moto refuses what AWS refuses: it is no primary");
    });
}

#[test]
fn a_secret_of_ours_that_is_scheduled_for_deletion_is_restored_and_then_read_again() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let managed = shop("2.0.0")
            .replace(
                "metadata: {name: shop-db}",
                "metadata: {name: shop-db, annotations: {evenkeel.dev/adopt: \"true\"}}",
            )
            .replace("secretName: shop/db\n", "secretName: shop/db\n  description: The database\n");
        let desired = lab.desired(&managed);
        lab.apply(&lab.connect().await, &desired).await;
        lab.secrets.delete_secret().secret_id("shop/db").recovery_window_in_days(7).send().await.unwrap();
        let later = lab.an_hour_later().await;
        lab.front.reset();
        let (plan, execution) = lab.pass(&later, &desired).await;
        assert_eq!(
            (steps(&plan), execution.failures().count()),
            (vec!["Secret/shop-db restoreSecret Drifted".to_owned()], 0)
        );
        assert!(held(&plan).iter().all(|held| held.ends_with("WaitingOn")), "{:?}", held(&plan));
        assert_eq!(writes(&lab), ["RestoreSecret 1"]);
        let described = lab.secrets.describe_secret().secret_id("shop/db").send().await.unwrap();
        assert_eq!(described.deleted_date(), None);
        lab.assert_quiet(&later, &desired).await;
    });
}

#[test]
fn what_is_read_of_settings_is_only_what_manifests_manage() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.create_secret("shop/mail");
        let policy = "  resourcePolicy: {}\n  replicas: []\n";
        let other = secret("  description: Mail\n").replace("name: db", "name: mail").replace("shop/db", "shop/mail");
        let desired = lab.desired(&format!("{}---\n{other}", secret(policy)));
        let aws = lab.connect().await;
        lab.apply(&aws, &desired).await;
        lab.front.reset();
        let (_, plan) = lab.look(&aws, &desired).await;
        assert!(plan.is_empty() && plan.held().is_empty(), "{plan:#?}");
        let reads = |lab: &Lab| {
            let calls = lab.front.calls();
            ["DescribeSecret", "GetResourcePolicy", "ListSecrets"]
                .map(|operation| calls.get(&format!("secretsmanager:{operation}")).copied().unwrap_or_default())
        };
        assert_eq!(reads(&lab), [2, 1, 0], "an exact look: each secret, and the one policy that is managed");
        lab.front.reset();
        let sweep = aws.with_look(Look::Sweep);
        let (_, plan) = lab.look(&sweep, &desired).await;
        assert!(plan.is_empty() && plan.held().is_empty(), "{plan:#?}");
        assert_eq!(reads(&lab), [0, 0, 1], "a sweep: the list alone");
        let changed = lab
            .desired(&format!("{}---\n{other}", secret("  resourcePolicy: {}\n  replicas: [{region: us-east-1}]\n")));
        lab.front.reset();
        let (_, plan) = lab.look(&sweep, &changed).await;
        assert_eq!(steps(&plan), ["Secret/db replicateSecretToRegions Changed"]);
        assert_eq!(reads(&lab), [1, 1, 1], "where the manifest changed, that secret is looked at");
    });
}
