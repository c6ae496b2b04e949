//! Values that keys of KMS protect, on the sandbox's: bound to the installation and the secret, and to nothing else.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evenkeel::cloud::{Context, DataKey, Keys, Later, Values as _};
use evenkeel::model::id::{Installation, Region, SecretName};
use evenkeel::model::kms::KmsFile;
use evenkeel::sandbox::Service;
use evenkeel::values::Vault;
use evenkeel::values::kms::{KmsError, context, encrypt, open};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::support::lab::{Lab, in_virtual_time};
use crate::support::leaks::{CANARY, FILED};
use crate::support::values::{desired, encrypted, plaintext};

fn manifest(name: &str) -> String {
    encrypted(name, "db.kms", "kms", "")
}

async fn with_key() -> Lab {
    let lab = Lab::with_shop().await;
    let key = lab.call(Service::Kms, "CreateKey", &json!({"Description": "values"}));
    let id = key["KeyMetadata"]["KeyId"].as_str().unwrap();
    lab.call(Service::Kms, "CreateAlias", &json!({"AliasName": "alias/values", "TargetKeyId": id}));
    lab
}

/// As `secret encrypt --format kms` makes it.
async fn sealed(lab: &Lab, secret: &str, value: &str) -> String {
    let context = context(&Installation::new("default"), &SecretName::new(secret));
    let key = lab.aws.new_data_key("alias/values", &context).await.unwrap();
    encrypt(&plaintext(value), &key, &context).unwrap()
}

fn value(lab: &Lab, secret: &str) -> String {
    let read = lab.call(Service::SecretsManager, "GetSecretValue", &json!({"SecretId": secret}));
    read["SecretString"].as_str().unwrap().to_owned()
}

#[test]
fn a_value_is_decrypted_by_kms_for_its_own_secret() {
    in_virtual_time(async {
        let lab = with_key().await;
        let file = sealed(&lab, "db", CANARY).await;
        assert!(file.contains("\"format\": \"evenkeel.dev/kms/v1\"") && file.contains("arn:aws:kms:"), "{file}");
        lab.converge(&desired("default", &manifest("db"), file.as_bytes())).await;
        assert_eq!(value(&lab, "db"), CANARY);
    });
}

/// `tests/kms/README.md` says who made them.
#[test]
fn files_that_another_program_wrote_are_opened_for_their_own_secret_alone() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../../kms/vectors.json")).unwrap();
    for vector in &vectors {
        let text = |member: &str| vector[member].as_str().unwrap();
        let file = KmsFile::parse(&vector["file"].to_string()).ok().unwrap();
        let data_key = STANDARD.decode(text("dataKey")).unwrap();
        let opened = |installation: &str, secret: &str| {
            let context = context(&Installation::new(installation), &SecretName::new(secret));
            open(&file, &data_key, &context)
        };
        let value = opened(text("installation"), text("secret")).unwrap();
        assert_eq!(value.reveal(), text("value"));
        assert_eq!(opened("another", text("secret")).err(), Some(KmsError::Unopened));
        assert_eq!(opened(text("installation"), "another").err(), Some(KmsError::Unopened));
        assert_eq!(serde_json::from_str::<Value>(&file.to_text()).unwrap(), vector["file"], "one form");
    }
    assert_eq!(vectors.len(), 3);
}

#[test]
fn a_ciphertext_cannot_be_moved_to_another_secret_or_installation_nor_changed() {
    in_virtual_time(async {
        let lab = with_key().await;
        let file = sealed(&lab, "db", CANARY).await;
        let mut changed: Value = serde_json::from_str(&file).unwrap();
        changed["ciphertext"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into();
        for (name, text, words) in [
            ("other", file.clone(), "is of another secret or installation"),
            ("db", changed.to_string(), "it was changed"),
        ] {
            let (_, execution) = lab.pass(&desired("default", &manifest(name), text.as_bytes())).await;
            let faults: Vec<String> = execution.failures().map(|(_, fault)| fault.to_string()).collect();
            assert!(faults.iter().any(|fault| fault.contains(words)), "{name}: {faults:?}");
        }
        let wanted = desired("other", &manifest("db"), file.as_bytes());
        let source = wanted.secrets.values().next().unwrap().value.clone().unwrap();
        for (whose, opens) in [("default", true), ("other", false)] {
            let revealed = Vault::default().reveal(&source, &Installation::new(whose), &lab.aws).await;
            assert_eq!(revealed.is_ok(), opens, "of {whose}");
        }
    });
}

/// A KMS that unwraps every data key, whatever it is used with, and notes that down.
struct Lenient(Mutex<Vec<Context>>);

const KEY: [u8; 32] = [7; 32];

impl Keys for Lenient {
    fn unwrap<'k>(
        &'k self,
        wrapped: &'k [u8],
        context: &'k Context,
        region: Option<&'k Region>,
    ) -> Later<'k, Zeroizing<Vec<u8>>> {
        assert_eq!((wrapped, region), (&b"wrapped"[..], None));
        self.0.lock().unwrap().push(context.clone());
        Box::pin(std::future::ready(Ok(Zeroizing::new(KEY.to_vec()))))
    }
}

#[test]
fn the_installation_and_the_secret_stand_under_the_seal_too() {
    let key = DataKey { key_id: "arn".into(), plain: Zeroizing::new(KEY.to_vec()), wrapped: b"wrapped".to_vec() };
    let file =
        encrypt(&plaintext(CANARY), &key, &context(&Installation::new("default"), &SecretName::new("db"))).unwrap();
    let lenient = Lenient(Mutex::default());
    let opened = |installation: &str, name: &str| {
        let wanted = desired(installation, &manifest(name), file.as_bytes());
        let source = wanted.secrets.values().next().unwrap().value.clone().unwrap();
        let (vault, whose) = (Vault::default(), Installation::new(installation));
        let value = vault.reveal(&source, &whose, &lenient).now_or_never().unwrap();
        value.map(|value| value.reveal().to_owned()).map_err(|fault| fault.to_string())
    };
    assert_eq!(opened("default", "db").as_deref(), Ok(CANARY));
    for (installation, name) in [("default", "other"), ("other", "db")] {
        let error = opened(installation, name).unwrap_err();
        assert!(error.contains("is of another secret or installation"), "{error}");
    }
    let pairs = |installation: &str, secret: &str| {
        let pairs = [("evenkeel-installation", installation), ("evenkeel-secret", secret)];
        Context::from(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())))
    };
    let asked = lenient.0.into_inner().unwrap();
    assert_eq!(asked, [pairs("default", "db"), pairs("default", "other"), pairs("other", "db")]);
}

#[test]
fn a_file_of_sops_for_a_key_of_kms_is_opened_with_its_context() {
    in_virtual_time(async {
        let lab = with_key().await;
        // What `sops` made for age, with the data key wrapped by the sandbox's KMS instead.
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let text = std::fs::read_to_string(folder.join("sops/simple.json")).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let wrapped = file["sops"]["age"][0]["enc"].as_str().unwrap().to_owned();
        let identity = evenkeel::values::age::IdentitiesFrom::File(folder.join("age/debian/x25519.key"));
        let data_key = evenkeel::values::age::open("simple", wrapped.as_bytes(), &[identity]).ok().unwrap();
        let input = json!({"KeyId": "alias/values", "Plaintext": STANDARD.encode(&*data_key), "EncryptionContext": {"app": "shop"}});
        let made = lab.call(Service::Kms, "Encrypt", &input);
        let key = json!({"arn": made["KeyId"], "context": {"app": "shop"}, "enc": made["CiphertextBlob"], "created_at": "2026-01-01T00:00:00Z", "aws_profile": ""});
        // The order of the members is part of the MAC, so only this list is replaced.
        let (before, after) = text.split_once("\"age\": [").unwrap();
        let (_, after) = after.split_once("],").unwrap();
        let text = format!("{before}\"kms\": [{key}],{after}");
        lab.converge(&desired("default", &encrypted("db", "simple.json", "sops", ""), text.as_bytes())).await;
        let read: Value = serde_json::from_str(&value(&lab, "db")).unwrap();
        assert_eq!(read["password"], format!("{FILED}1"));
        let wrong = text.replace("\"app\":\"shop\"", "\"app\":\"other\"");
        let next = desired("default", &encrypted("two", "simple.json", "sops", ""), wrong.as_bytes());
        let (_, execution) = lab.pass(&next).await;
        assert_eq!(execution.failures().count(), 1, "the context is part of it");
        let context = [("app".to_owned(), "shop".to_owned())].into();
        assert!(lab.aws.unwrap(b"no ciphertext", &context, None).await.is_err());
    });
}
