//! KMS and the parameters of Systems Manager, and what tasks see of them.

use serde_json::{Value, json};

use super::raw::{Raw, texts};
use super::support::{ACCOUNT, Aws, allow, pass};

fn key(raw: &mut Raw) -> String {
    raw.ask("kms:CreateKey", &json!({}))["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

#[test]
fn a_ciphertext_is_opened_by_its_key_and_its_context_alone() {
    let mut raw = Raw::new();
    let (own, other) = (key(&mut raw), key(&mut raw));
    let sealed = raw.ask(
        "kms:Encrypt",
        &json!({"KeyId": own, "Plaintext": "aHVudGVyMg==", "EncryptionContext": {"a": "b", "c": "d"}}),
    );
    let blob = sealed["CiphertextBlob"].as_str().unwrap().to_owned();
    assert!(!blob.contains("aHVudGVyMg"));
    let open = |context: Value| json!({"CiphertextBlob": blob, "EncryptionContext": context});
    let opened = raw.ask("kms:Decrypt", &open(json!({"c": "d", "a": "b"})));
    assert_eq!(opened["Plaintext"], "aHVudGVyMg==");
    for context in [json!({}), json!({"a": "b"}), json!({"a": "b", "c": "e"}), json!({"ab": "", "c": "d"})] {
        assert_eq!(raw.refused("kms:Decrypt", &open(context)), "InvalidCiphertextException");
    }
    let mut wrong = open(json!({"a": "b", "c": "d"}));
    wrong["KeyId"] = json!(other);
    assert_eq!(raw.refused("kms:Decrypt", &wrong), "IncorrectKeyException");
    let again = raw.ask(
        "kms:Encrypt",
        &json!({"KeyId": own, "Plaintext": "aHVudGVyMg==", "EncryptionContext": {"a": "b", "c": "d"}}),
    );
    assert_ne!(again["CiphertextBlob"], sealed["CiphertextBlob"], "never twice the same");
}

#[test]
fn a_symmetric_key_is_not_used_with_an_algorithm_of_asymmetric_ones() {
    let mut raw = Raw::new();
    let own = key(&mut raw);
    let sealed = raw.ask("kms:Encrypt", &json!({"KeyId": own, "Plaintext": "aHVudGVyMg=="}));
    for algorithm in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"] {
        let seal = json!({"KeyId": own, "Plaintext": "aHVudGVyMg==", "EncryptionAlgorithm": algorithm});
        assert_eq!(raw.refused("kms:Encrypt", &seal), "InvalidKeyUsageException", "{algorithm}");
        let open = json!({"KeyId": own, "CiphertextBlob": sealed["CiphertextBlob"], "EncryptionAlgorithm": algorithm});
        assert_eq!(raw.refused("kms:Decrypt", &open), "InvalidKeyUsageException", "{algorithm}");
    }
}

#[test]
fn a_data_key_comes_open_and_sealed() {
    let mut raw = Raw::new();
    let own = key(&mut raw);
    let made = raw.ask("kms:GenerateDataKey", &json!({"KeyId": own, "NumberOfBytes": 20}));
    let opened = raw.ask("kms:Decrypt", &json!({"CiphertextBlob": made["CiphertextBlob"]}));
    assert_eq!(opened["Plaintext"], made["Plaintext"]);
    assert_eq!(opened["Plaintext"].as_str().unwrap().len(), 28, "20 bytes in base64");
    assert_eq!(raw.refused("kms:GenerateDataKey", &json!({"KeyId": own})), "ValidationException");
}

#[test]
fn keys_are_found_by_id_arn_alias_and_the_aliass_arn() {
    let mut raw = Raw::new();
    let own = key(&mut raw);
    raw.ask("kms:CreateAlias", &json!({"AliasName": "alias/own", "TargetKeyId": own}));
    let arn = format!("arn:aws:kms:eu-west-1:123456789012:key/{own}");
    for id in [own.as_str(), &arn, "alias/own", "arn:aws:kms:eu-west-1:123456789012:alias/own"] {
        assert_eq!(raw.ask("kms:DescribeKey", &json!({"KeyId": id}))["KeyMetadata"]["Arn"], json!(arn));
    }
    for id in ["alias/none", "arn:aws:kms:eu-west-1:999999999999:key/1", "1"] {
        assert_eq!(raw.refused("kms:DescribeKey", &json!({"KeyId": id})), "NotFoundException");
    }
    let aws = raw.ask("kms:DescribeKey", &json!({"KeyId": "alias/aws/secretsmanager"}));
    assert_eq!(aws["KeyMetadata"]["KeyManager"], "AWS");
    let again = raw.ask("kms:DescribeKey", &json!({"KeyId": "alias/aws/secretsmanager"}));
    assert_eq!(aws, again);
    let reserved = json!({"AliasName": "alias/aws/own", "TargetKeyId": own});
    assert_eq!(raw.refused("kms:CreateAlias", &reserved), "NotAuthorizedException");
}

#[test]
fn a_parameter_keeps_its_versions_and_hides_what_is_secure() {
    let mut raw = Raw::new();
    let mut put = json!({"Name": "/a/b", "Value": "one", "Type": "SecureString"});
    raw.ask("ssm:PutParameter", &put);
    assert_eq!(raw.refused("ssm:PutParameter", &put), "ParameterAlreadyExists");
    put["Value"] = json!("two");
    put["Overwrite"] = json!(true);
    assert_eq!(raw.ask("ssm:PutParameter", &put)["Version"], 2);
    let get = |name: &str, open: bool| json!({"Name": name, "WithDecryption": open});
    let open = raw.ask("ssm:GetParameter", &get("/a/b", true));
    assert_eq!(open["Parameter"]["Value"], "two");
    let sealed = raw.ask("ssm:GetParameter", &get("/a/b", false));
    assert!(!["one", "two"].contains(&sealed["Parameter"]["Value"].as_str().unwrap()));
    assert_eq!(raw.ask("ssm:GetParameter", &get("/a/b:1", true))["Parameter"]["Value"], "one");
    assert_eq!(raw.refused("ssm:GetParameter", &get("/a/b:3", true)), "ParameterVersionNotFound");
    let list = raw.ask("ssm:GetParameters", &json!({"Names": ["/a/b", "/c"]}));
    assert_eq!(texts(&list, "Parameters", "Name"), ["/a/b"]);
    assert_eq!(list["InvalidParameters"], json!(["/c"]));
    put["Type"] = json!("String");
    assert_eq!(raw.refused("ssm:PutParameter", &put), "HierarchyTypeMismatchException");
    raw.ask("ssm:DeleteParameter", &json!({"Name": "/a/b"}));
    assert_eq!(raw.refused("ssm:GetParameter", &get("/a/b", true)), "ParameterNotFound");
    assert_eq!(raw.refused("ssm:DeleteParameter", &json!({"Name": "/a/b"})), "ParameterNotFound");
}

#[test]
fn parameters_have_names_and_sizes_that_aws_takes() {
    let mut raw = Raw::new();
    for (name, value, code) in [
        ("/aws/x", "v".to_owned(), "ValidationException"),
        ("a/b", "v".to_owned(), "ValidationException"),
        ("/a b", "v".to_owned(), "ValidationException"),
        ("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "v".to_owned(), "HierarchyLevelLimitExceededException"),
        ("/large", "v".repeat(4097), "ValidationException"),
    ] {
        let put = json!({"Name": name, "Value": value, "Type": "String"});
        assert_eq!(raw.refused("ssm:PutParameter", &put), code, "{name}");
    }
    for number in 0..3 {
        raw.ask("ssm:PutParameter", &json!({"Name": format!("/n/{number}"), "Value": "v", "Type": "String"}));
    }
    let first = raw.ask("ssm:DescribeParameters", &json!({"MaxResults": 2}));
    assert_eq!(texts(&first, "Parameters", "Name"), ["/n/0", "/n/1"]);
    let second = raw.ask("ssm:DescribeParameters", &json!({"MaxResults": 2, "NextToken": first["NextToken"]}));
    assert_eq!(texts(&second, "Parameters", "Name"), ["/n/2"]);
}

#[tokio::test(start_paused = true)]
async fn a_task_reads_a_parameter_with_the_key_of_its_alias() {
    let aws = Aws::new();
    let key = aws.sandbox.with_world(|world| {
        let mut raw = Raw { now: world.now(), world: world.clone() };
        let key = raw.ask("kms:CreateKey", &json!({}))["KeyMetadata"].clone();
        raw.ask("kms:CreateAlias", &json!({"AliasName": "alias/own", "TargetKeyId": key["KeyId"]}));
        let put = json!({"Name": "/a/token", "Value": "v", "Type": "SecureString", "KeyId": "alias/own"});
        raw.ask("ssm:PutParameter", &put);
        *world = raw.world;
        key["Arn"].as_str().unwrap().to_owned()
    });
    let parameter = format!("arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a/token");
    let read = allow(&["ssm:GetParameters"], &[&parameter]);
    let role = aws.role("exec", &read).await;
    let revision = aws.register("web", "web:1", Some(&role), &[("TOKEN", "/a/token")]).await;
    aws.create("web", &revision, 1).await;
    pass(25).await;
    let reasons = aws.stopped_reasons("web");
    assert!(reasons[0].contains("kms:Decrypt") && reasons[0].contains(&key), "{reasons:?}");
    aws.put_policy("exec", &allow(&["ssm:GetParameters", "kms:Decrypt"], &[&parameter, &key])).await;
    pass(600).await;
    let read = aws.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("default", "web");
        tasks.iter().rev().find(|task| task.is_running()).map(|task| task.secrets[0].source.clone())
    });
    assert_eq!(read, Some(parameter));
}

#[tokio::test(start_paused = true)]
async fn a_task_is_judged_by_the_tags_of_the_parameter_that_it_reads_however_it_is_named() {
    let aws = Aws::new();
    aws.sandbox.with_world(|world| {
        let mut raw = Raw { now: world.now(), world: world.clone() };
        let tags = json!([{"Key": "team", "Value": "shop"}]);
        raw.ask("ssm:PutParameter", &json!({"Name": "/a/token", "Value": "v", "Type": "String", "Tags": tags}));
        *world = raw.world;
    });
    let parameter = format!("arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a/token");
    let mut document: Value = serde_json::from_str(&allow(&["ssm:GetParameters"], &[&parameter])).unwrap();
    document["Statement"][0]["Condition"] = json!({"StringEquals": {"ssm:resourceTag/team": "shop"}});
    let role = aws.role("exec", &document.to_string()).await;
    for (service, named) in [("by-arn", parameter.as_str()), ("by-name", "/a/token"), ("bare", "a/token")] {
        let revision = aws.register(service, "web:1", Some(&role), &[("TOKEN", named)]).await;
        aws.create(service, &revision, 1).await;
        pass(60).await;
        let runs =
            aws.sandbox.with_world(|world| world.ecs.tasks_of("default", service).iter().any(|task| task.is_running()));
        assert!(runs, "{named}: {:?}", aws.stopped_reasons(service));
    }
    let revision = aws.register("version", "web:1", Some(&role), &[("TOKEN", "/a/token:1")]).await;
    aws.create("version", &revision, 1).await;
    pass(60).await;
    assert!(aws.stopped_reasons("version")[0].contains("invalid parameters: /a/token:1"));
}

#[test]
fn a_key_waits_for_its_deletion_and_can_be_kept() {
    let mut raw = Raw::new();
    let own = key(&mut raw);
    raw.ask("kms:CreateAlias", &json!({"AliasName": "alias/own", "TargetKeyId": own}));
    let id = json!({"KeyId": own});
    assert_eq!(raw.refused("kms:CancelKeyDeletion", &id), "KMSInvalidStateException", "nobody asked for it");
    let planned = raw.ask("kms:ScheduleKeyDeletion", &json!({"KeyId": own, "PendingWindowInDays": 7}));
    assert_eq!((&planned["KeyState"], &planned["PendingWindowInDays"]), (&json!("PendingDeletion"), &json!(7)));
    let described = raw.ask("kms:DescribeKey", &json!({"KeyId": "alias/own"}))["KeyMetadata"].clone();
    assert_eq!((&described["KeyState"], &described["Enabled"]), (&json!("PendingDeletion"), &json!(false)));
    assert_eq!(described["DeletionDate"], planned["DeletionDate"]);
    for (call, input) in [
        ("kms:Encrypt", json!({"KeyId": own, "Plaintext": "aHVudGVyMg=="})),
        ("kms:GenerateDataKey", json!({"KeyId": own, "KeySpec": "AES_256"})),
        ("kms:EnableKey", id.clone()),
        ("kms:DisableKey", id.clone()),
        ("kms:ScheduleKeyDeletion", id.clone()),
        ("kms:CreateAlias", json!({"AliasName": "alias/two", "TargetKeyId": own})),
    ] {
        assert_eq!(raw.refused(call, &input), "KMSInvalidStateException", "{call}");
    }
    raw.ask("kms:CancelKeyDeletion", &id);
    raw.pass(8 * 24 * 3600);
    assert_eq!(raw.ask("kms:DescribeKey", &id)["KeyMetadata"]["KeyState"], "Disabled", "kept, and not enabled");
    raw.ask("kms:EnableKey", &id);
    raw.ask("kms:Encrypt", &json!({"KeyId": "alias/own", "Plaintext": "aHVudGVyMg=="}));

    raw.ask("kms:ScheduleKeyDeletion", &id);
    raw.pass(30 * 24 * 3600 - 1);
    raw.ask("kms:DescribeKey", &id);
    raw.pass(1);
    for id in [own.as_str(), "alias/own"] {
        assert_eq!(
            raw.refused("kms:DescribeKey", &json!({"KeyId": id})),
            "NotFoundException",
            "its aliases go with it"
        );
    }
    for days in [6, 31] {
        let other = key(&mut raw);
        let asked = json!({"KeyId": other, "PendingWindowInDays": days});
        assert_eq!(raw.refused("kms:ScheduleKeyDeletion", &asked), "ValidationException", "{days}");
    }
    let of_aws = raw.ask("kms:DescribeKey", &json!({"KeyId": "alias/aws/ssm"}))["KeyMetadata"]["KeyId"].clone();
    assert_eq!(raw.refused("kms:ScheduleKeyDeletion", &json!({"KeyId": of_aws})), "AccessDeniedException");
}

#[test]
fn a_disabled_key_seals_and_opens_nothing() {
    let mut raw = Raw::new();
    let own = key(&mut raw);
    let sealed = raw.ask("kms:Encrypt", &json!({"KeyId": own, "Plaintext": "aHVudGVyMg=="}));
    raw.ask("kms:DisableKey", &json!({"KeyId": own}));
    assert_eq!(raw.ask("kms:DescribeKey", &json!({"KeyId": own}))["KeyMetadata"]["KeyState"], "Disabled");
    let refused = raw.refused("kms:Encrypt", &json!({"KeyId": own, "Plaintext": "aHVudGVyMg=="}));
    assert_eq!(refused, "DisabledException");
    assert_eq!(raw.refused("kms:Decrypt", &json!({"CiphertextBlob": sealed["CiphertextBlob"]})), "DisabledException");
}

/// The words of a refusal, of a task whose role may use the key as far as the role's own policy goes.
async fn words_of_a_key(policy: &Value) -> String {
    let aws = Aws::new();
    let key = aws.sandbox.with_world(|world| {
        let mut raw = Raw { now: world.now(), world: world.clone() };
        let key = raw.ask("kms:CreateKey", &json!({}))["KeyMetadata"].clone();
        raw.ask("kms:PutKeyPolicy", &json!({"KeyId": key["KeyId"], "Policy": policy.to_string()}));
        let put = json!({"Name": "/a/token", "Value": "v", "Type": "SecureString", "KeyId": key["KeyId"]});
        raw.ask("ssm:PutParameter", &put);
        *world = raw.world;
        key["Arn"].as_str().unwrap().to_owned()
    });
    let parameter = format!("arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a/token");
    let role = aws.role("exec", &allow(&["ssm:GetParameters", "kms:Decrypt"], &[&parameter, &key])).await;
    let revision = aws.register("web", "web:1", Some(&role), &[("TOKEN", "/a/token")]).await;
    aws.create("web", &revision, 1).await;
    pass(25).await;
    let reason = aws.stopped_reasons("web")[0].clone();
    assert!(
        reason.contains("is not authorized to perform: kms:Decrypt on resource: ") && reason.contains(&key),
        "{reason}"
    );
    reason
}

#[tokio::test(start_paused = true)]
async fn a_key_that_its_own_policy_closes_says_so_in_awss_words() {
    let owner = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let account = json!({"Effect": "Allow", "Principal": owner, "Action": "kms:*", "Resource": "*"});
    let denied = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"});
    let words = words_of_a_key(&json!({"Statement": [account, denied]})).await;
    assert!(words.ends_with("with an explicit deny in a resource-based policy"), "{words}");
    let other = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/somebody")});
    let other = json!({"Effect": "Allow", "Principal": other, "Action": "kms:*", "Resource": "*"});
    let words = words_of_a_key(&json!({"Statement": [other]})).await;
    assert!(words.ends_with("because no resource-based policy allows the kms:Decrypt action"), "{words}");
}

#[test]
fn what_is_done_to_a_key_itself_names_it_by_id_or_arn() {
    let mut raw = Raw::new();
    let made = raw.ask("kms:CreateKey", &json!({}));
    let [id, arn] = ["KeyId", "Arn"].map(|name| made["KeyMetadata"][name].clone());
    raw.ask("kms:CreateAlias", &json!({"AliasName": "alias/orders", "TargetKeyId": id}));
    for call in ["kms:GetKeyPolicy", "kms:ListAliases", "kms:DisableKey"] {
        for alias in ["alias/orders", "arn:aws:kms:eu-west-1:123456789012:alias/orders"] {
            assert_eq!(raw.refused(call, &json!({"KeyId": alias})), "NotFoundException", "{call} {alias}");
        }
        raw.ask(call, &json!({"KeyId": arn}));
    }
}

#[test]
fn the_name_of_an_alias_begins_with_its_kind() {
    let mut raw = Raw::new();
    let made = raw.ask("kms:CreateKey", &json!({}));
    let target = &made["KeyMetadata"]["KeyId"];
    for name in ["orders", "alias/"] {
        let input = json!({"AliasName": name, "TargetKeyId": target});
        assert_eq!(raw.refused("kms:CreateAlias", &input), "ValidationException", "{name}");
    }
}
