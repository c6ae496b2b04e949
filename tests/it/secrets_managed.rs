//! Secrets whose settings are managed: production code on the sandbox, in virtual time.

use std::time::Duration;

use evenkeel::aws::Look;
use evenkeel::cloud::Observe as _;
use evenkeel::model::desired::Desired;
use evenkeel::model::envelope::Envelope;
use evenkeel::plan::held::Because;
use evenkeel::plan::step::Plan;
use evenkeel::sandbox::{ReadAs, Reading, Service};
use serde_json::{Value, json};

use crate::support::lab::{Lab, in_virtual_time, in_virtual_time_unlogged, manifests, token};
use evenkeel::sandbox::chaos::Fate;

const LAMBDA: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotate";

/// Every setting of a secret, in words that AWS answers otherwise, and a role that its policy names.
const EVERYTHING: &str = r#"
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db, annotations: {evenkeel.dev/adopt: "true"}}
spec:
  secretName: shop/db
  description: The database
  kmsKeyId: alias/shop
  tags: {team: shop}
  rotation: {lambdaArn: "arn:aws:lambda:eu-west-1:123456789012:function:rotate", schedule: "rate( 36  Hour )", window: 03h}
  replicas: [{region: us-east-1}, {region: eu-central-1, kmsKeyId: alias/shop}]
  resourcePolicy:
    Version: "2012-10-17"
    Statement:
      - Effect: Allow
        Principal: {AWS: ["arn:aws:iam::123456789012:role/report", "123456789012"]}
        Action: [secretsmanager:getsecretvalue, secretsmanager:DescribeSecret]
        Resource: ["*"]
        Condition: {Bool: {"aws:SecureTransport": true}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {name: report}
spec: {}
"#;

/// Longer than a copy takes to come about.
const COPYING: Duration = Duration::from_mins(1);

/// The settings of the secret as the sandbox has them.
fn settings(lab: &Lab) -> Value {
    lab.sandbox.with_world(|world| {
        let secret = world.secrets.get("shop/db").unwrap();
        let mut tags = secret.tags.clone();
        // A mark that a crash has kept from being written waits for the next change.
        tags.remove("evenkeel.dev/applied");
        json!({
            "description": secret.description, "key": secret.kms_key_id, "tags": tags, "versions": secret.versions.len(),
            "rotation": secret.rotation.as_ref().map(|rotation| (&rotation.rules, rotation.enabled)),
            "replicas": secret.replicas, "policy": secret.policy.as_ref().map(|policy| &policy.document),
        })
    })
}

async fn with_secret() -> Lab {
    let lab = Lab::new().await;
    lab.create_secret("shop/db", 1);
    lab
}

/// A manifest of the secret with these fields.
fn secret(annotations: &str, fields: &str) -> Desired {
    manifests(&format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\n\
         metadata: {{name: db, annotations: {{evenkeel.dev/adopt: \"true\"{annotations}}}}}\n\
         spec:\n  secretName: shop/db\n{fields}"
    ))
}

fn held(plan: &Plan) -> Vec<&'static str> {
    plan.held().iter().map(|held| held.because.name()).collect()
}

#[test]
fn every_setting_of_a_secret_reaches_aws_and_is_quiet_then() {
    in_virtual_time(async {
        let mut lab = with_secret().await;
        let desired = manifests(EVERYTHING);
        let (plan, _) = lab.pass(&desired).await;
        let deferred: Vec<_> = plan.steps().filter(|(_, step)| step.deferred.is_some()).collect();
        assert!(deferred.len() == 1 && plan.held().is_empty(), "the policy names a role that is being made: {plan:#?}");
        lab.converge(&desired).await;
        let settings = settings(&lab);
        let rules = json!({"AutomaticallyAfterDays": null, "ScheduleExpression": "rate(36 hours)", "Duration": "3h"});
        assert_eq!(settings["rotation"], json!([rules, true]));
        assert_eq!(settings["replicas"]["eu-central-1"]["kmsKeyId"], "alias/shop");
        assert_eq!(settings["policy"]["Statement"][0]["Condition"]["Bool"]["aws:SecureTransport"], "true");
        assert_eq!(settings["versions"], 1, "nothing was rotated");
        lab.restart().await;
        let before = lab.writes();
        let (plan, _) = lab.pass(&desired).await;
        assert!(plan.is_empty() && plan.held().is_empty() && plan.repairs().is_empty(), "{plan:#?}");
        let swept = lab.aws.with_look(Look::Sweep).observe(&desired).await;
        let plan = evenkeel::plan::plan(&desired, &swept);
        assert!(plan.is_empty() && plan.held().is_empty() && plan.repairs().is_empty(), "{plan:#?}");
        assert_eq!(lab.writes(), before);
    });
}

#[test]
fn empty_settings_take_everything_away_again() {
    in_virtual_time(async {
        let lab = with_secret().await;
        lab.converge(&manifests(EVERYTHING)).await;
        let desired = secret("", "  tags: {}\n  rotation: {}\n  replicas: []\n  resourcePolicy: {}\n");
        lab.converge(&desired).await;
        let settings = settings(&lab);
        assert_eq!((&settings["replicas"], &settings["policy"]), (&json!({}), &json!(null)));
        assert_eq!(settings["rotation"][1], false);
        assert_eq!(settings["description"], "The database", "what is absent is not managed");
        let (_, plan) = lab.look(&desired).await;
        assert!(plan.is_empty() && plan.repairs().is_empty(), "{plan:#?}");
    });
}

#[test]
fn a_crash_or_a_lost_reply_at_any_call_ends_with_the_same_settings() {
    let prepare = async || (with_secret().await, manifests(EVERYTHING));
    let (expected, calls) = in_virtual_time(async {
        let (lab, desired) = prepare().await;
        lab.chaos.set(|_, _| Fate::Pass);
        lab.converge(&desired).await;
        let calls = lab.chaos.seen();
        tokio::time::sleep(COPYING).await;
        (settings(&lab), calls)
    });
    assert!(calls.len() > 15, "{calls:?}");
    for (index, call) in calls.iter().enumerate() {
        for fate in [Fate::CrashBefore, Fate::CrashAfter, Fate::Lost, Fate::ReplyLost, Fate::ServerError] {
            in_virtual_time_unlogged(async {
                let (mut lab, desired) = prepare().await;
                lab.chaos.set(move |at, _| if at == index { fate } else { Fate::Pass });
                tokio::select! {
                    _ = lab.converge(&desired) => {}
                    () = lab.chaos.death() => {
                        lab.restart().await;
                        lab.converge(&desired).await;
                    }
                }
                tokio::time::sleep(COPYING).await;
                assert_eq!(settings(&lab), expected, "{fate:?} at call {index}, {call}");
            });
        }
    }
}

#[test]
fn what_aws_refuses_of_settings_is_told_in_its_words_and_leaves_no_mark() {
    in_virtual_time(async {
        let lab = with_secret().await;
        // A condition that bounds nobody: `check` leaves it to Secrets Manager to say so.
        let statement = "{Effect: Allow, Principal: \"*\", Action: secretsmanager:GetSecretValue, Resource: \"*\", \
             Condition: {Bool: {\"aws:SecureTransport\": \"true\"}}}";
        let mut desired = secret("", &format!("  resourcePolicy: {{Statement: {statement}}}\n"));
        let everyone = vec!["*".to_owned()];
        desired.policy.envelope = Some(Envelope {
            secret_names: everyone.clone(),
            secret_policy_principals: everyone,
            ..Envelope::default()
        });
        let said = async |desired: &Desired| {
            let (_, execution) = lab.pass(desired).await;
            execution.failures().map(|(_, fault)| fault.to_string()).collect::<Vec<_>>().join("\n")
        };
        let refused = said(&desired).await;
        assert!(refused.contains("secretsmanager:PutResourcePolicy was refused"), "{refused}");
        assert!(refused.contains("PublicPolicyException: The BlockPublicPolicy parameter is set"), "{refused}");

        let rotation = format!("  rotation: {{lambdaArn: \"{LAMBDA}\", schedule: rate(7 days)}}\n");
        lab.sandbox.with_world(|world| world.surroundings.missing_functions.insert(LAMBDA.to_owned()));
        let refused = said(&secret("", &rotation)).await;
        assert!(refused.contains("Secrets Manager cannot invoke the specified Lambda function"), "{refused}");
        let marked = lab
            .sandbox
            .with_world(|world| world.secrets.get("shop/db").unwrap().tags.contains_key("evenkeel.dev/applied"));
        assert!(!marked);
    });
}

#[test]
fn a_copy_that_fails_is_told_and_tried_again_only_where_the_annotation_asks() {
    in_virtual_time(async {
        let lab = with_secret().await;
        let why = "Secret with this name already exists in this region";
        lab.sandbox.with_world(|world| world.secrets.replication_failures.insert("us-east-1".into(), why.into()));
        let copies = "  replicas: [{region: us-east-1}, {region: eu-central-1}]\n";
        let desired = secret("", copies);
        let (_, execution) = lab.pass(&desired).await;
        assert_eq!(execution.failures().count(), 0, "the request is accepted; the copy fails later");
        let attempts = || lab.written().iter().filter(|call| *call == "ReplicateSecretToRegions").count();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_mins(10)).await;
            let (plan, _) = lab.pass(&desired).await;
            assert_eq!((plan.is_empty(), held(&plan)), (true, vec!["ReplicationFailed"]));
            let Because::ReplicationFailed(what) = &plan.held()[0].because else { panic!("{plan:#?}") };
            assert_eq!(what, &format!("us-east-1: {why}"));
        }
        assert_eq!(attempts(), 1);
        lab.sandbox.with_world(|world| world.secrets.replication_failures.clear());
        let retry = secret(", evenkeel.dev/retry: \"2026-01-01T00:20:00Z\"", copies);
        lab.converge(&retry).await;
        assert_eq!(attempts(), 2);
        assert_eq!(settings(&lab)["replicas"]["us-east-1"]["status"], "InSync");
    });
}

#[test]
fn the_key_of_a_copy_is_changed_in_its_region_and_stays() {
    in_virtual_time(async {
        let lab = with_secret().await;
        let with = |key: &str| {
            secret("", &format!("  replicas: [{{region: eu-central-1, kmsKeyId: {key}}}, {{region: us-east-1}}]\n"))
        };
        lab.converge(&with("alias/a")).await;
        for key in ["alias/b", "alias/a"] {
            tokio::time::sleep(COPYING).await;
            let before = lab.written().len();
            let (plan, execution) = lab.pass(&with(key)).await;
            assert_eq!((plan.steps().count(), execution.failures().count()), (1, 0), "{plan:#?}");
            assert_eq!(lab.written()[before..], ["UpdateSecret", "TagResource"], "the mark stands on the primary");
            let replicas = settings(&lab)["replicas"].clone();
            assert_eq!(replicas["eu-central-1"]["kmsKeyId"], key);
            assert_eq!(replicas["us-east-1"]["kmsKeyId"], "alias/aws/secretsmanager", "that one is not managed");
            tokio::time::sleep(COPYING).await;
            let (plan, _) = lab.pass(&with(key)).await;
            assert!(plan.is_empty() && plan.held().is_empty() && plan.repairs().is_empty(), "{plan:#?}");
        }
    });
}

#[test]
fn a_copy_whose_primary_states_another_key_is_left_alone() {
    in_virtual_time(async {
        let lab = with_secret().await;
        lab.sandbox.with_world(|world| world.readings.set(ReadAs { reading: Reading::KeyOfACopy, other: true }));
        let with = |key: &str| secret("", &format!("  replicas: [{{region: eu-central-1, kmsKeyId: {key}}}]\n"));
        lab.converge(&with("alias/a")).await;
        for key in ["alias/b", "alias/a"] {
            tokio::time::sleep(COPYING).await;
            let (plan, execution) = lab.pass(&with(key)).await;
            assert_eq!((plan.steps().count(), execution.failures().count()), (1, 0), "{plan:#?}");
            let replica = settings(&lab)["replicas"]["eu-central-1"].clone();
            assert_eq!((&replica["ownKey"], &replica["kmsKeyId"]), (&json!(key), &json!("alias/a")));
            for _ in 0..2 {
                tokio::time::sleep(COPYING).await;
                let before = lab.writes();
                let (plan, _) = lab.pass(&with(key)).await;
                assert!(plan.is_empty() && plan.held().is_empty() && plan.repairs().is_empty(), "{plan:#?}");
                assert_eq!(lab.writes(), before);
            }
        }
    });
}

#[test]
fn while_a_rotation_is_under_way_its_settings_wait_and_end_as_wanted() {
    in_virtual_time(async {
        let lab = with_secret().await;
        let rotation = |schedule: &str| {
            format!("  rotation: {{lambdaArn: \"{LAMBDA}\", schedule: {schedule}, rotateImmediately: true}}\n")
        };
        lab.converge(&secret("", &rotation("rate(7 days)"))).await;
        let pending = lab.sandbox.with_world(|world| {
            world.secrets.get("shop/db").unwrap().with_label("AWSPENDING").map(|(id, _)| id.to_owned())
        });
        let pending = pending.expect("it rotates at once");
        tokio::time::sleep(Duration::from_mins(10)).await;
        let changed = secret("", &rotation("rate(14 days)"));
        let (plan, _) = lab.pass(&changed).await;
        assert_eq!((plan.is_empty(), held(&plan)), (true, vec!["RotationInProgress"]));

        // What the function does.
        let value = json!({
            "SecretId": "shop/db", "ClientRequestToken": pending, "SecretString": "{}", "VersionStages": ["AWSPENDING"],
        });
        lab.call(Service::SecretsManager, "PutSecretValue", &value);
        let from = token("shop/db", 1);
        let label = json!({
            "SecretId": "shop/db", "VersionStage": "AWSCURRENT", "MoveToVersionId": pending, "RemoveFromVersionId": from,
        });
        lab.call(Service::SecretsManager, "UpdateSecretVersionStage", &label);
        let (plan, execution) = lab.pass(&changed).await;
        assert_eq!((plan.steps().count(), execution.failures().count()), (1, 0), "{plan:#?}");
        let rules = settings(&lab)["rotation"][0].clone();
        assert_eq!(rules["ScheduleExpression"], "rate(14 days)");
        assert_eq!(settings(&lab)["versions"], 3, "the settings changed twice, and each time it rotated once");
    });
}
