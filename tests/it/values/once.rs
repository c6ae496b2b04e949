//! A value is made once: AWS is the record, whoever asks, and however often.

use std::time::Duration;

use evenkeel::cloud::fault::FaultKind;
use evenkeel::cloud::{Apply as _, Inspect as _};
use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::arn::Arn;
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Installation;
use evenkeel::model::observed::Seen;
use evenkeel::plan::action::Action;
use evenkeel::plan::held::Because;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::chaos::Fate;
use serde_json::{Value, json};

use crate::support::lab::{Lab, in_virtual_time, manifests};
use crate::support::leaks::CANARY;

const GENERATED: &str = "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db}
spec:
  secretName: shop/new
  value: {generate: {json: {template: {username: shop}, key: password}}}
";

const DATABASE: &str = "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db}
spec: {secretName: shop/db}
";

fn versions(lab: &Lab) -> Vec<Value> {
    let input = json!({"SecretId": "shop/new", "IncludeDeprecated": true});
    lab.call(Service::SecretsManager, "ListSecretVersionIds", &input)["Versions"].as_array().unwrap().clone()
}

fn value(lab: &Lab) -> String {
    let answer = lab.call(Service::SecretsManager, "GetSecretValue", &json!({"SecretId": "shop/new"}));
    answer["SecretString"].as_str().unwrap().to_owned()
}

#[test]
fn a_generated_value_is_a_canary_that_nothing_shows() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&manifests(GENERATED)).await;
        let value: Value = serde_json::from_str(&value(&lab)).unwrap();
        assert_eq!(value["username"], "shop");
        assert!(value["password"].as_str().unwrap().starts_with(CANARY));
        // The laboratory has searched every plan, observation, fault and log for it.
        assert!(!lab.chaos.seen().iter().any(|call| call.contains("GetSecretValue")), "nothing was read");
    });
}

#[test]
fn a_value_is_made_once_for_each_generation() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        lab.converge(&manifests(GENERATED)).await;
        let first = value(&lab);
        lab.restart().await;
        lab.converge(&manifests(GENERATED)).await;
        let longer = GENERATED.replace("generate: {", "generate: {length: 64, ");
        lab.converge(&manifests(&longer)).await;
        assert_eq!((versions(&lab).len(), value(&lab)), (1, first.clone()), "a rule alone makes nothing");
        let next = longer.replace("generate: {", "generate: {generation: 2, ");
        lab.converge(&manifests(&next)).await;
        let second = value(&lab);
        assert_ne!(second, first);
        lab.converge(&manifests(&longer)).await;
        assert_eq!((versions(&lab).len(), value(&lab)), (2, second), "a lower generation makes nothing");
    });
}

/// A version that is not seen would be made a second time.
#[test]
fn all_versions_of_a_secret_are_looked_at_however_many_there_are() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        for version in 2..=250 {
            lab.rotate("shop/db", version);
        }
        let Seen::Present(secret) = lab.look(&manifests(DATABASE)).await.0.secrets.into_values().next().unwrap() else {
            panic!("it can be read")
        };
        let versions = lab.aws.versions(&secret).await;
        assert_eq!(versions.present().unwrap().len(), 250);
        lab.chaos.set(|_, call| if call == "ListSecretVersionIds" { Fate::SmallPage } else { Fate::Pass });
        assert_eq!(lab.aws.versions(&secret).await, versions, "in pages of two");
    });
}

#[test]
fn a_generated_secret_that_was_deleted_for_good_is_made_anew() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&manifests(GENERATED)).await;
        let first = value(&lab);
        let gone = json!({"SecretId": "shop/new", "ForceDeleteWithoutRecovery": true});
        lab.call(Service::SecretsManager, "DeleteSecret", &gone);
        tokio::time::sleep(Duration::from_mins(1)).await;
        lab.converge(&manifests(GENERATED)).await;
        assert_ne!(value(&lab), first);
        assert_eq!(versions(&lab).len(), 1);
    });
}

#[test]
fn a_secret_that_may_be_deleted_one_day_is_made_with_one_call() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = manifests(&GENERATED.replace("spec:", "spec:\n  deletionPolicy: ScheduleDeletion"));
        lab.converge(&desired).await;
        assert_eq!(lab.written(), ["CreateCluster", "CreateSecret", "CreateSecret"], "the first two make the shop");
    });
}

/// Both have looked before either has written.
#[test]
fn law_9_two_controllers_at_once_make_one_value() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let other = lab.another().await;
        for generation in 1..=2 {
            let text = GENERATED.replace("generate: {", &format!("generate: {{generation: {generation}, "));
            let desired = manifests(&text);
            let (_, plan) = lab.look(&desired).await;
            let (_, step) = plan.steps().next().unwrap();
            let action = step.action.try_map(|arn| arn.known().cloned().ok_or(())).unwrap();
            let (ours, theirs) = (lab.aws.apply(&action).await.unwrap(), other.apply(&action).await.unwrap());
            assert_eq!(ours.arn, theirs.arn, "each knows where it is");
            lab.converge(&desired).await;
            assert_eq!(versions(&lab).len(), generation, "one version each");
        }
    });
}

/// The step that makes the secret, as a look of this installation plans it.
async fn first_step(lab: &Lab, installation: &str) -> (Desired, Action<Arn>) {
    let file = SourceFile { name: "test.yaml".into(), text: GENERATED.to_owned() };
    let desired = load(Installation::new(installation), &[file]).desired;
    let (_, plan) = lab.look(&desired).await;
    let (_, step) = plan.steps().next().unwrap();
    (desired, step.action.try_map(|arn| arn.known().cloned().ok_or(())).unwrap())
}

#[test]
fn law_9_a_secret_that_another_installation_made_meanwhile_is_not_taken_for_ours() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let other = lab.another().await;
        let ((desired, ours), (_, theirs)) = (first_step(&lab, "default").await, first_step(&lab, "other").await);
        other.apply(&theirs).await.unwrap();
        let refused = lab.aws.apply(&ours).await.unwrap_err();
        assert_eq!(refused.kind, FaultKind::Conflict, "{refused}");
        assert!(refused.to_string().contains("someone else has made a secret of this name"), "{refused}");
        let (_, plan) = lab.look(&desired).await;
        assert_eq!(plan.held()[0].because, Because::NotOurs(Some("other".to_owned())));
        assert_eq!(versions(&lab).len(), 1);
    });
}

#[test]
fn law_2_a_secret_that_is_there_and_cannot_be_read_is_neither_ours_nor_someone_elses() {
    in_virtual_time(async {
        for fate in [Fate::Denied, Fate::NotFound] {
            let mut lab = Lab::with_shop().await;
            let (desired, action) = first_step(&lab, "default").await;
            let other = lab.another().await;
            other.apply(&action).await.unwrap();
            lab.chaos.set(move |_, call| if call == "DescribeSecret" { fate } else { Fate::Pass });
            let fault = lab.aws.apply(&action).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Ambiguous, "{fault}");
            let made = value(&lab);
            lab.restart().await;
            lab.converge(&desired).await;
            assert_eq!((versions(&lab).len(), value(&lab)), (1, made));
        }
    });
}

#[test]
fn a_value_whose_tag_could_not_be_written_is_remembered_as_written() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        lab.converge(&manifests(GENERATED)).await;
        tokio::time::sleep(Duration::from_mins(5)).await;
        let desired = manifests(&GENERATED.replace("generate: {", "generate: {generation: 2, "));
        lab.chaos.set(|_, call| if call == "TagResource" { Fate::Denied } else { Fate::Pass });
        let (plan, execution) = lab.pass(&desired).await;
        let (_, step) = plan.steps().next().unwrap();
        assert_eq!(step.action.call.name(), "putSecretValue");
        assert_eq!(execution.failures().count(), 1);
        let put = step.action.try_map(|arn| arn.known().cloned().ok_or(())).unwrap();
        let (observed, _) = lab.look(&desired).await;
        assert!(observed.written.contains_key(&put.call.key()), "until reads must show it, it is not sent again");
        let made = value(&lab);
        lab.restart().await;
        lab.converge(&desired).await;
        assert_eq!((versions(&lab).len(), value(&lab)), (2, made));
    });
}

#[test]
fn a_value_whose_reply_was_lost_is_not_made_again_by_a_new_process() {
    in_virtual_time(async {
        for operation in ["CreateSecret", "PutSecretValue"] {
            let mut lab = Lab::with_shop().await;
            let mut text = GENERATED.to_owned();
            if operation == "PutSecretValue" {
                lab.converge(&manifests(GENERATED)).await;
                text = text.replace("generate: {", "generate: {generation: 2, ");
                tokio::time::sleep(Duration::from_mins(5)).await;
            }
            lab.chaos.set(move |_, call| if call.contains(operation) { Fate::CrashAfter } else { Fate::Pass });
            let desired = manifests(&text);
            tokio::select! {
                _ = lab.converge(&desired) => panic!("{operation} was never called"),
                () = lab.chaos.death() => {}
            }
            let made = value(&lab);
            lab.restart().await;
            lab.converge(&desired).await;
            assert_eq!(value(&lab), made, "{operation}");
            let generation = if operation == "CreateSecret" { 1 } else { 2 };
            assert_eq!(versions(&lab).len(), generation, "{operation}: one version for each generation");
            let described = lab.call(Service::SecretsManager, "DescribeSecret", &json!({"SecretId": "shop/new"}));
            let record =
                described["Tags"].as_array().unwrap().iter().find(|tag| tag["Key"] == "evenkeel.dev/generation");
            assert_eq!(record.unwrap()["Value"], generation.to_string());
        }
    });
}
