//! The KMS key of a secret: what it takes to write and to read under it, and what is left when it cannot be used.

use evenkeel::sandbox::World;
use serde_json::{Value, json};

use super::raw::Raw;
use super::support::{Aws, TRUST, allow, pass};

const ONE: &str = "11111111-1111-4111-8111-111111111111";
const TWO: &str = "22222222-2222-4222-8222-222222222222";
const THREE: &str = "33333333-3333-4333-8333-333333333333";
const WEEK: u64 = 7 * 24 * 3600;

fn key(raw: &mut Raw) -> Value {
    raw.ask("kms:CreateKey", &json!({}))["KeyMetadata"].clone()
}

/// Ways in which a key cannot be used.
fn broken(raw: &mut Raw, key: &Value, how: &str) {
    let key = json!({"KeyId": key["KeyId"]});
    match how {
        "disabled" => drop(raw.ask("kms:DisableKey", &key)),
        "pending deletion" => drop(raw.ask("kms:ScheduleKeyDeletion", &key)),
        _ => {
            raw.ask("kms:ScheduleKeyDeletion", &json!({"KeyId": key["KeyId"], "PendingWindowInDays": 7}));
            raw.pass(WEEK);
        }
    }
}

/// Code and text of a refusal.
fn refusal(raw: &mut Raw, call: &str, input: &Value) -> (String, String) {
    let (status, answer) = raw.send(call, &input.to_string());
    assert_eq!(status, 400, "{call} {input}: {answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    (answer["__type"].as_str().unwrap().to_owned(), answer["message"].as_str().unwrap_or_default().to_owned())
}

fn put(token: &str, value: &str) -> Value {
    json!({"SecretId": "db", "SecretString": value, "ClientRequestToken": token})
}

#[test]
fn under_a_key_that_cannot_be_used_no_value_is_read_and_none_written() {
    for how in ["disabled", "pending deletion", "missing"] {
        let mut raw = Raw::new();
        let key = key(&mut raw);
        let id = &key["Arn"];
        let made = json!({"Name": "db", "SecretString": "v", "KmsKeyId": id, "ClientRequestToken": ONE});
        raw.ask("secretsmanager:CreateSecret", &made);
        raw.ask("secretsmanager:GetSecretValue", &json!({"SecretId": "db"}));
        broken(&mut raw, &key, how);
        let held = raw.ask("secretsmanager:DescribeSecret", &json!({"SecretId": "db"}));
        for (call, input, code) in [
            ("GetSecretValue", json!({"SecretId": "db"}), "DecryptionFailure"),
            ("GetSecretValue", json!({"SecretId": "db", "VersionId": ONE}), "DecryptionFailure"),
            // The value of the token is compared.
            ("PutSecretValue", put(ONE, "v"), "DecryptionFailure"),
            ("CreateSecret", made.clone(), "DecryptionFailure"),
            ("PutSecretValue", put(TWO, "w"), "EncryptionFailure"),
            ("UpdateSecret", put(TWO, "w"), "EncryptionFailure"),
            ("CreateSecret", json!({"Name": "new", "SecretString": "v", "KmsKeyId": id}), "EncryptionFailure"),
            // What has a label is encrypted anew.
            ("UpdateSecret", json!({"SecretId": "db", "KmsKeyId": ""}), "DecryptionFailure"),
        ] {
            let (said, text) = refusal(&mut raw, &format!("secretsmanager:{call}"), &input);
            assert_eq!(said, code, "{how}: {call}: {text}");
            assert!(text.contains("using the provided KMS key"), "{text}");
        }
        // Neither is the key asked for anything, nor is anything changed.
        assert_eq!(raw.ask("secretsmanager:DescribeSecret", &json!({"SecretId": "db"})), held, "{how}");
        raw.ask("secretsmanager:CreateSecret", &json!({"Name": "empty", "KmsKeyId": id}));
        raw.ask("secretsmanager:UpdateSecret", &json!({"SecretId": "db", "Description": "d"}));
        if how != "missing" {
            if how == "pending deletion" {
                raw.ask("kms:CancelKeyDeletion", &json!({"KeyId": id}));
                assert_eq!(
                    raw.refused("secretsmanager:GetSecretValue", &json!({"SecretId": "db"})),
                    "DecryptionFailure"
                );
            }
            raw.ask("kms:EnableKey", &json!({"KeyId": id}));
            assert_eq!(raw.ask("secretsmanager:GetSecretValue", &json!({"SecretId": "db"}))["SecretString"], "v");
        }
    }
}

#[test]
fn in_a_closed_world_a_key_that_nobody_made_is_missing() {
    for (closed, code) in [(false, None), (true, Some("EncryptionFailure"))] {
        let mut raw = Raw::new();
        raw.world.closed = closed;
        for (name, key) in [("a", "alias/none"), ("b", "11111111-1111-4111-8111-111111111111")] {
            let made = json!({"Name": name, "SecretString": "v", "KmsKeyId": key});
            match code {
                Some(code) => assert_eq!(raw.refused("secretsmanager:CreateSecret", &made), code),
                None => drop(raw.ask("secretsmanager:CreateSecret", &made)),
            }
        }
        raw.ask("secretsmanager:CreateSecret", &json!({"Name": "c", "SecretString": "v"}));
        let elsewhere = "arn:aws:kms:eu-west-1:999999999999:key/11111111-1111-4111-8111-111111111111";
        raw.ask("secretsmanager:CreateSecret", &json!({"Name": "d", "SecretString": "v", "KmsKeyId": elsewhere}));
    }
}

/// A world whose caller has this policy, and a key with that.
fn called_by(identity: &str, of_the_key: Option<&Value>) -> (Raw, Value) {
    let mut raw = Raw::new();
    let key = key(&mut raw);
    for role in ["caller", "other"] {
        let form = |fields: &[(&str, &str)]| {
            let encode = |text: &str| {
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
            };
            fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
        };
        let (status, _) = raw.send("iam:CreateRole", &form(&[("RoleName", role), ("AssumeRolePolicyDocument", TRUST)]));
        assert_eq!(status, 200);
        let inline = form(&[("RoleName", role), ("PolicyName", "p"), ("PolicyDocument", identity)]);
        assert_eq!(raw.send("iam:PutRolePolicy", &inline).0, 200);
    }
    raw.ask(
        "secretsmanager:CreateSecret",
        &json!({"Name": "db", "SecretString": "v", "KmsKeyId": key["KeyId"], "ClientRequestToken": ONE}),
    );
    if let Some(policy) = of_the_key {
        raw.ask("kms:PutKeyPolicy", &json!({"KeyId": key["KeyId"], "Policy": policy.to_string()}));
    }
    raw.world.caller = Some("caller".to_owned());
    (raw, key)
}

#[test]
fn a_key_whose_policy_or_whose_callers_does_not_say_so_is_not_used() {
    let only = |role: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Sid": "not for IAM!", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Principal": {"AWS": format!("arn:aws:iam::123456789012:role/{role}")}}]})
    };
    let all = allow(&["secretsmanager:*", "kms:*"], &["*"]);
    let without = allow(&["secretsmanager:*"], &["*"]);
    let reads = allow(&["secretsmanager:*", "kms:Decrypt"], &["*"]);
    for (identity, policy, may_read, may_write) in [
        (&all, None, true, true),
        (&without, None, false, false),
        (&reads, None, true, false),
        // Its policy names someone else, and leaves nothing to the account.
        (&all, Some(only("other")), false, false),
        // Its policy is enough by itself.
        (&without, Some(only("caller")), true, true),
    ] {
        let (mut raw, key) = called_by(identity, policy.as_ref());
        for (call, input, may) in [
            ("GetSecretValue", json!({"SecretId": "db"}), may_read),
            ("PutSecretValue", put(TWO, "w"), may_write),
            ("UpdateSecret", put(THREE, "w"), may_write),
            ("CreateSecret", json!({"Name": "new", "SecretString": "v", "KmsKeyId": key["Arn"]}), may_write),
        ] {
            let call = format!("secretsmanager:{call}");
            if may {
                raw.ask(&call, &input);
            } else {
                let denied = ("AccessDeniedException".to_owned(), "Access to KMS is not allowed".to_owned());
                assert_eq!(refusal(&mut raw, &call, &input), denied, "{policy:?}");
            }
        }
    }
}

/// What policies may ask of a key, and whether it is so of one whose tag is `team: shop`.
const OF_A_TAGGED_KEY: [(&str, bool); 4] = [
    (r#"{"StringEquals": {"aws:ResourceTag/team": "shop"}}"#, true),
    (r#"{"StringEquals": {"aws:ResourceTag/team": "other"}}"#, false),
    (r#"{"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "SecretARN"}}"#, true),
    (r#"{"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "other"}}"#, false),
];

fn tagged(raw: &mut Raw) -> Value {
    let tags = json!([{"TagKey": "team", "TagValue": "shop"}]);
    raw.ask("kms:CreateKey", &json!({"Tags": tags}))["KeyMetadata"].clone()
}

fn where_so(condition: &str) -> String {
    let condition: Value = serde_json::from_str(condition).unwrap();
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": condition},
    ]})
    .to_string()
}

#[test]
fn what_a_policy_asks_of_a_key_is_the_same_for_who_calls_kms_and_who_calls_secrets_manager() {
    for (condition, may) in OF_A_TAGGED_KEY {
        let (mut raw, _) = called_by(&where_so(condition), None);
        raw.world.caller = None;
        let key = tagged(&mut raw);
        let secret = json!({"Name": "own", "SecretString": "v", "KmsKeyId": key["KeyId"]});
        raw.ask("secretsmanager:CreateSecret", &secret);
        let context = json!({"SecretARN": "any"});
        let plain = json!({"KeyId": key["KeyId"], "Plaintext": "dg==", "EncryptionContext": context});
        let sealed = raw.ask("kms:Encrypt", &plain)["CiphertextBlob"].clone();
        raw.world.caller = Some("caller".to_owned());
        for (call, input) in [
            ("kms:Decrypt", json!({"CiphertextBlob": sealed, "EncryptionContext": context})),
            ("secretsmanager:GetSecretValue", json!({"SecretId": "own"})),
        ] {
            let (status, answer) = raw.send(call, &input.to_string());
            assert_eq!(status == 200, may, "{call} where {condition}: {answer}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn and_for_a_task_that_starts() {
    for (condition, may) in OF_A_TAGGED_KEY {
        let aws = Aws::new();
        let key = aws.sandbox.with_world(|world| {
            let mut raw = Raw { now: world.now(), world: world.clone() };
            let key = tagged(&mut raw);
            *world = raw.world;
            key["KeyId"].as_str().unwrap().to_owned()
        });
        let make = aws.secrets.create_secret().name("own").secret_string("v").kms_key_id(key);
        let secret = make.send().await.unwrap().arn.unwrap();
        let role = aws.role("exec", &where_so(condition)).await;
        let revision = aws.register("web", "web:1", Some(&role), &[("DB", &secret)]).await;
        aws.create("web", &revision, 1).await;
        pass(60).await;
        assert_eq!(aws.stopped_reasons("web").is_empty(), may, "{condition}");
    }
}

/// The keys that versions are under, by id.
fn keys_of_versions(raw: &mut Raw) -> Vec<(String, Value)> {
    let list = raw.ask("secretsmanager:ListSecretVersionIds", &json!({"SecretId": "db", "IncludeDeprecated": true}));
    let versions = list["Versions"].as_array().unwrap().iter();
    let mut keys: Vec<(String, Value)> = versions
        .map(|version| (version["VersionId"].as_str().unwrap().to_owned(), version["KmsKeyIds"][0].clone()))
        .collect();
    keys.sort_by(|(a, _), (b, _)| a.cmp(b));
    keys
}

#[test]
fn another_key_encrypts_anew_what_has_a_label_of_awss_and_leaves_the_rest() {
    let mut raw = Raw::new();
    let (old, new) = (key(&mut raw), key(&mut raw));
    raw.ask(
        "secretsmanager:CreateSecret",
        &json!({"Name": "db", "SecretString": "1", "KmsKeyId": old["Arn"], "ClientRequestToken": ONE}),
    );
    for (token, value) in [(TWO, "2"), (THREE, "3")] {
        raw.ask("secretsmanager:PutSecretValue", &put(token, value));
    }
    raw.ask("secretsmanager:UpdateSecret", &json!({"SecretId": "db", "KmsKeyId": new["Arn"]}));
    let under = |id: &str, key: &Value| (id.to_owned(), key["Arn"].clone());
    assert_eq!(keys_of_versions(&mut raw), [under(ONE, &old), under(TWO, &new), under(THREE, &new)]);
    raw.ask("kms:DisableKey", &json!({"KeyId": old["KeyId"]}));
    let get = |id: &str| json!({"SecretId": "db", "VersionId": id});
    assert_eq!(raw.ask("secretsmanager:GetSecretValue", &get(THREE))["SecretString"], "3");
    assert_eq!(raw.refused("secretsmanager:GetSecretValue", &get(ONE)), "DecryptionFailure");
    raw.ask("secretsmanager:UpdateSecret", &json!({"SecretId": "db", "KmsKeyId": ""}));
    assert_eq!(keys_of_versions(&mut raw)[2], (THREE.to_owned(), json!("DefaultEncryptionKey")));
}

#[test]
fn a_caller_who_may_not_encrypt_under_the_new_key_leaves_versions_under_the_old_one() {
    let identity = allow(&["secretsmanager:*", "kms:GenerateDataKey", "kms:Decrypt"], &["*"]);
    let (mut raw, old) = called_by(&identity, None);
    raw.world.caller = None;
    let new = key(&mut raw);
    raw.world.caller = Some("caller".to_owned());
    raw.ask("secretsmanager:UpdateSecret", &json!({"SecretId": "db", "KmsKeyId": new["Arn"]}));
    assert_eq!(keys_of_versions(&mut raw), [(ONE.to_owned(), old["Arn"].clone())]);
    raw.ask("secretsmanager:PutSecretValue", &put(TWO, "w"));
    assert_eq!(keys_of_versions(&mut raw)[1], (TWO.to_owned(), new["Arn"].clone()));
    // A reader who has the new key alone does not get at it.
    let only = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}}]});
    raw.world.caller = None;
    raw.ask("kms:PutKeyPolicy", &json!({"KeyId": old["KeyId"], "Policy": only.to_string()}));
    raw.world.caller = Some("caller".to_owned());
    raw.ask("secretsmanager:GetSecretValue", &json!({"SecretId": "db"}));
    let (code, text) = refusal(&mut raw, "secretsmanager:GetSecretValue", &json!({"SecretId": "db", "VersionId": ONE}));
    assert_eq!(code, "AccessDeniedException");
    assert!(text.ends_with("This version of secret is not encrypted with the current KMS key."), "{text}");
}

#[test]
fn an_alias_that_leads_elsewhere_changes_nothing_for_what_was_written() {
    let mut raw = Raw::new();
    let (old, new) = (key(&mut raw), key(&mut raw));
    raw.ask("kms:CreateAlias", &json!({"AliasName": "alias/db", "TargetKeyId": old["KeyId"]}));
    raw.ask(
        "secretsmanager:CreateSecret",
        &json!({"Name": "db", "SecretString": "v", "KmsKeyId": "alias/db", "ClientRequestToken": ONE}),
    );
    raw.ask("kms:DeleteAlias", &json!({"AliasName": "alias/db"}));
    raw.ask("secretsmanager:GetSecretValue", &json!({"SecretId": "db"}));
    assert_eq!(raw.refused("secretsmanager:PutSecretValue", &put(TWO, "w")), "EncryptionFailure", "the alias is gone");
    raw.ask("kms:CreateAlias", &json!({"AliasName": "alias/db", "TargetKeyId": new["KeyId"]}));
    raw.ask("kms:DisableKey", &json!({"KeyId": old["KeyId"]}));
    assert_eq!(raw.refused("secretsmanager:GetSecretValue", &json!({"SecretId": "db"})), "DecryptionFailure");
    raw.ask("secretsmanager:PutSecretValue", &put(TWO, "w"));
    assert_eq!(raw.ask("secretsmanager:GetSecretValue", &json!({"SecretId": "db"}))["SecretString"], "w");
}

#[test]
fn a_rotation_function_that_cannot_use_the_key_leaves_an_empty_version_pending() {
    let mut raw = Raw::new();
    let key = key(&mut raw);
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:rotate";
    let scripted = evenkeel::sandbox::secrets_manager::RotationFunction::SingleUser { database: "orders".to_owned() };
    raw.world.surroundings.functions.insert(function.to_owned(), scripted);
    raw.world.surroundings.databases.insert("orders".to_owned(), evenkeel::sandbox::Database::with_one_password());
    let value = json!({"username": "app", "password": "p"}).to_string();
    raw.ask("secretsmanager:CreateSecret", &json!({"Name": "db", "SecretString": value, "KmsKeyId": key["Arn"]}));
    raw.ask("kms:DisableKey", &json!({"KeyId": key["KeyId"]}));
    let rotate =
        json!({"SecretId": "db", "RotationLambdaARN": function, "RotationRules": {"AutomaticallyAfterDays": 30}});
    raw.ask("secretsmanager:RotateSecret", &rotate);
    raw.pass(60);
    let pending = |world: &World| {
        world.secrets.get("db").unwrap().with_label("AWSPENDING").map(|(_, version)| version.value.is_some())
    };
    assert_eq!(pending(&raw.world), Some(false));
    assert!(raw.world.journal.notes().any(|note| note.contains("cannot use the key")));
}

/// Why a task with a secret under a key does not start.
async fn starts(how: &str) -> Vec<String> {
    let aws = Aws::new();
    let in_raw = |play: &dyn Fn(&mut Raw) -> Value| {
        aws.sandbox.with_world(|world| {
            let mut raw = Raw { now: world.now(), world: world.clone() };
            let out = play(&mut raw);
            *world = raw.world;
            out
        })
    };
    let made = in_raw(&|raw| key(raw));
    let create = aws.secrets.create_secret().name("db").secret_string("v").kms_key_id(made["Arn"].as_str().unwrap());
    let secret = create.send().await.unwrap().arn.unwrap();
    if how == "missing" {
        in_raw(&|raw| raw.ask("kms:ScheduleKeyDeletion", &json!({"KeyId": made["KeyId"], "PendingWindowInDays": 7})));
        pass(WEEK).await;
    } else if how != "enabled" {
        in_raw(&|raw| {
            broken(raw, &made, how);
            Value::Null
        });
    }
    let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue", "kms:Decrypt"], &["*"])).await;
    let revision = aws.register("web", "web:1", Some(&role), &[("DB", &secret)]).await;
    aws.create("web", &revision, 1).await;
    pass(60).await;
    aws.stopped_reasons("web")
}

#[tokio::test(start_paused = true)]
async fn a_task_whose_secret_is_under_a_key_that_cannot_be_used_does_not_start() {
    assert_eq!(starts("enabled").await, [] as [&str; 0]);
    for how in ["disabled", "pending deletion", "missing"] {
        let reasons = starts(how).await;
        let reason = reasons.first().unwrap_or_else(|| panic!("{how}: it started"));
        assert!(reason.starts_with("ResourceInitializationError: unable to pull secrets or registry auth"), "{reason}");
        let end =
            "DecryptionFailure: Secrets Manager can't decrypt the protected secret text using the provided KMS key.";
        assert!(reason.contains(end), "{how}: {reason}");
    }
}
