//! Values that evenkeel writes: made once, changed, moved back, and never where someone else writes.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Installation, SecretName};
use evenkeel::values::kms::{context, encrypt};
use serde_json::{Value, json};

use super::lab::{Lab, held, in_real_time, steps};
use crate::support::leaks::{CANARY, FILED};
use crate::support::values::{age_files, desired, encrypted, plaintext};

const GENERATED: &str = "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: made}
spec:
  secretName: shop/made
  description: Made by evenkeel
  tags: {team: shop}
  value: {generate: {json: {template: {username: shop}, key: password}, generation: 1}}
";

fn kept(file: &str, more: &str) -> Desired {
    beside("shop/kept", "age", &std::fs::read(age_files().join(file)).unwrap(), more)
}

fn beside(secret: &str, format: &str, ciphertext: &[u8], more: &str) -> Desired {
    let more = format!(", secretName: {secret}{more}");
    let mut desired = desired("default", &encrypted("kept", &format!("kept.{format}"), format, &more), ciphertext);
    desired.policy.settle = Duration::ZERO;
    desired
}

/// Read past the SDK, whose log is searched for values.
fn value(lab: &Lab, name: &str) -> Value {
    lab.read_value(name)
}

async fn versions(lab: &Lab, name: &str) -> usize {
    let listed = lab.secrets.list_secret_version_ids().secret_id(name).include_deprecated(true).send().await.unwrap();
    listed.versions().len()
}

#[test]
fn a_generated_secret_is_made_with_everything_that_it_has_and_then_quiet() {
    in_real_time(async {
        let lab = Lab::new().await;
        let aws = lab.connect().await;
        let desired = lab.desired(GENERATED);
        let plans = lab.apply(&aws, &desired).await;
        assert_eq!((plans.len(), steps(&plans[0])), (1, vec!["Secret/made createSecret Missing".to_owned()]));
        lab.assert_quiet(&aws, &desired).await;
        let described = lab.secrets.describe_secret().secret_id("shop/made").send().await.unwrap();
        let tag = |key: &str| described.tags().iter().find(|tag| tag.key() == Some(key)).and_then(|tag| tag.value());
        assert_eq!((described.description(), tag("team")), (Some("Made by evenkeel"), Some("shop")));
        assert_eq!(tag("evenkeel.dev/generation"), Some("1"));
        let first = value(&lab, "shop/made");
        assert!(first["username"] == "shop" && first["password"].as_str().unwrap().starts_with(CANARY));
        let next = lab.desired(&GENERATED.replace("generation: 1", "generation: 2"));
        lab.apply(&lab.an_hour_later().await, &next).await;
        lab.assert_quiet(&aws, &next).await;
        assert_ne!(value(&lab, "shop/made")["password"], first["password"]);
        assert_eq!(versions(&lab, "shop/made").await, 2);
    });
}

#[test]
fn another_ciphertext_is_written_and_one_that_comes_back_is_not() {
    in_real_time(async {
        let lab = Lab::new().await;
        let (first, second) = (kept("json.age", ""), kept("json-next.age", ""));
        for (hours, (desired, password, versioned)) in
            [(&first, "1", 1), (&second, "2", 2), (&first, "1", 2)].into_iter().enumerate()
        {
            let aws = lab.hours_later(u32::try_from(hours).unwrap()).await;
            lab.front.reset();
            lab.apply(&aws, desired).await;
            let moved = lab.front.writes().get("secretsmanager:UpdateSecretVersionStage").copied().unwrap_or(0);
            assert_eq!(moved, usize::from(hours == 2));
            lab.assert_quiet(&aws, desired).await;
            assert_eq!(value(&lab, "shop/kept")["password"], format!("{FILED}{password}"));
            assert_eq!(versions(&lab, "shop/kept").await, versioned);
        }
    });
}

#[test]
fn a_value_that_was_put_by_hand_is_taken_back_and_a_seed_is_not() {
    in_real_time(async {
        let lab = Lab::new().await;
        let (enforced, seed) = (kept("json.age", ""), kept("json.age", ", writePolicy: Seed"));
        lab.apply(&lab.connect().await, &seed).await;
        lab.rotate("shop/kept");
        lab.assert_quiet(&lab.an_hour_later().await, &seed).await;
        assert_eq!(value(&lab, "shop/kept")["password"], format!("{CANARY}2"));
        lab.apply(&lab.hours_later(2).await, &enforced).await;
        assert_eq!(value(&lab, "shop/kept")["password"], format!("{FILED}1"));
    });
}

#[test]
fn a_value_under_a_key_of_kms_is_written_for_its_own_secret_alone() {
    in_real_time(async {
        let lab = Lab::new().await;
        let aws = lab.connect().await;
        let key = lab.call("kms", "TrentService.CreateKey", &json!({}));
        let context = context(&Installation::new("default"), &SecretName::new("shop/kept"));
        let key = key["KeyMetadata"]["KeyId"].as_str().unwrap();
        let data_key = aws.new_data_key(key, &context).await.unwrap();
        let text = json!({"password": CANARY}).to_string();
        let file = encrypt(&plaintext(&text), &data_key, &context).unwrap();
        let desired = beside("shop/kept", "kms", file.as_bytes(), "");
        lab.apply(&aws, &desired).await;
        lab.assert_quiet(&aws, &desired).await;
        assert_eq!(value(&lab, "shop/kept")["password"], CANARY);
        let (_, execution) = lab.pass(&aws, &beside("shop/other", "kms", file.as_bytes(), "")).await;
        let faults: Vec<String> = execution.failures().map(|(_, fault)| fault.to_string()).collect();
        assert!(faults.len() == 1 && faults[0].contains("kms:Decrypt"), "{faults:?}");
    });
}

#[test]
fn a_file_that_another_program_wrote_with_a_data_key_of_kms_is_written_and_then_quiet() {
    in_real_time(async {
        let lab = Lab::new().await;
        let aws = lab.connect().await;
        let key = lab.call("kms", "TrentService.CreateKey", &json!({}));
        let id = &key["KeyMetadata"]["KeyId"];
        let pairs = json!({"evenkeel-installation": "default", "evenkeel-secret": "shop/kept"});
        let asked = json!({"KeyId": id, "KeySpec": "AES_256", "EncryptionContext": pairs});
        let data_key = lab.call("kms", "TrentService.GenerateDataKey", &asked);
        let sealing = json!({
            "installation": "default", "secret": "shop/kept", "keyId": data_key["KeyId"],
            "wrapped": data_key["CiphertextBlob"], "dataKey": data_key["Plaintext"],
            "value": json!({"password": CANARY}).to_string(),
        });
        let desired = beside("shop/kept", "kms", &written(&sealing), "");
        lab.apply(&aws, &desired).await;
        lab.assert_quiet(&aws, &desired).await;
        assert_eq!(value(&lab, "shop/kept")["password"], CANARY);
    });
}

/// What the writer of `tests/kms/` makes of this.
fn written(sealing: &Value) -> Vec<u8> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut writer = Command::new(root.join(".venv/bin/python"))
        .arg(root.join("tests/kms/write.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writer.stdin.take().unwrap().write_all(sealing.to_string().as_bytes()).unwrap();
    let done = writer.wait_with_output().unwrap();
    assert!(done.status.success());
    done.stdout
}

#[test]
fn a_file_of_sops_is_written_and_then_quiet() {
    in_real_time(async {
        let lab = Lab::new().await;
        let aws = lab.connect().await;
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sops/rich.yaml");
        let desired = beside("shop/kept", "sops", &std::fs::read(file).unwrap(), "");
        lab.apply(&aws, &desired).await;
        lab.assert_quiet(&aws, &desired).await;
        assert_eq!(value(&lab, "shop/kept")["username"], FILED);
    });
}

#[test]
fn a_generated_secret_whose_deletion_was_scheduled_by_hand_is_brought_back_with_its_value() {
    in_real_time(async {
        let lab = Lab::new().await;
        let desired = lab.desired(GENERATED);
        lab.apply(&lab.connect().await, &desired).await;
        let first = value(&lab, "shop/made");
        lab.secrets.delete_secret().secret_id("shop/made").recovery_window_in_days(7).send().await.unwrap();
        let aws = lab.an_hour_later().await;
        lab.apply(&aws, &desired).await;
        lab.assert_quiet(&aws, &desired).await;
        assert_eq!((value(&lab, "shop/made"), versions(&lab, "shop/made").await), (first, 1));
    });
}

#[test]
fn a_rotated_secret_is_left_alone() {
    in_real_time(async {
        let lab = Lab::new().await;
        lab.apply(&lab.connect().await, &kept("json.age", "")).await;
        let rules = aws_sdk_secretsmanager::types::RotationRulesType::builder().automatically_after_days(30).build();
        let rotate = lab.secrets.rotate_secret().secret_id("shop/kept").rotation_rules(rules);
        rotate.rotate_immediately(false).client_request_token("0".repeat(36)).send().await.unwrap();
        let (plan, _) = lab.pass(&lab.an_hour_later().await, &kept("json-next.age", "")).await;
        assert!(steps(&plan).is_empty(), "{plan:#?}");
        assert!(
            ["Secret/kept Unsupported", "Secret/kept RotationInProgress"].contains(&held(&plan)[0].as_str()),
            "{:?}",
            held(&plan)
        );
        assert_eq!(value(&lab, "shop/kept")["password"], format!("{FILED}1"));
    });
}
