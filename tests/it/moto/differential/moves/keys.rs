//! Two keys of KMS, two aliases, and what is sealed with them.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{ACCOUNT, Move, one_of, with};

const KEYS: [&str; 2] = ["<key-0>", "<key-1>"];
const ALIASES: [&str; 2] = ["alias/diff-0", "alias/diff-1"];
/// Nobody's.
const NO_KEY: &str = "12345678-1234-4234-8234-123456789012";
/// `one` and `two`.
const PLAIN: [&str; 2] = ["b25l", "dHdv"];

const KEY: &[&str] = &[
    "KeyMetadata.AWSAccountId",
    "KeyMetadata.KeyId",
    "KeyMetadata.Arn",
    "KeyMetadata.Enabled",
    "KeyMetadata.Description",
    "KeyMetadata.KeyUsage",
    "KeyMetadata.KeyState",
    "KeyMetadata.Origin",
    "KeyMetadata.KeyManager",
    "KeyMetadata.CustomerMasterKeySpec",
    "KeyMetadata.KeySpec",
    "KeyMetadata.EncryptionAlgorithms",
    "KeyMetadata.MultiRegion",
];
const SEALED: &[&str] = &["KeyId", "EncryptionAlgorithm"];

pub(super) fn opening() -> Vec<Move> {
    let create = |description: &str| ask("CreateKey", json!({"Description": description})).showing(KEY);
    let seal = |key| ask("Encrypt", json!({"KeyId": key, "Plaintext": PLAIN[0]})).showing(SEALED);
    vec![
        create("first").keeping("key-0", "/KeyMetadata/KeyId"),
        create("second").keeping("key-1", "/KeyMetadata/KeyId"),
        seal(KEYS[0]).keeping("sealed-0", "/CiphertextBlob"),
        seal(KEYS[1]).keeping("sealed-1", "/CiphertextBlob"),
    ]
}

pub(super) fn next(chance: &mut Rng) -> Move {
    let key = one_of(chance, &KEYS);
    let alias = one_of(chance, &ALIASES);
    let id = json!({"KeyId": named(chance, key, alias)});
    let sealed = one_of(chance, &[("sealed-0", "<sealed-0>"), ("sealed-1", "<sealed-1>")]);
    let context = match chance.u8(0..3) {
        0 => json!({"EncryptionContext": {"for": one_of(chance, &["a", "b"])}}),
        _ => json!({}),
    };
    let plain = json!({"Plaintext": one_of(chance, &PLAIN)});
    match chance.u8(0..40) {
        0..=4 => ask("CreateAlias", json!({"AliasName": alias, "TargetKeyId": key})),
        5 => ask("CreateAlias", json!({"AliasName": alias, "TargetKeyId": one_of(chance, &[NO_KEY, ALIASES[0]])})),
        6 => ask("CreateAlias", json!({"AliasName": one_of(chance, &["alias/aws/diff", "diff"]), "TargetKeyId": key})),
        7..=9 => ask("DeleteAlias", json!({"AliasName": alias})),
        10..=14 => ask("DescribeKey", id).showing(KEY),
        15 => ask("ListAliases", json!({"KeyId": key})),
        16 => ask("ListAliases", json!({})),
        17 => ask("DisableKey", json!({"KeyId": one_of(chance, &[key, KEYS[1], NO_KEY])})),
        18..=21 => ask("Encrypt", with(with(id, plain), context)).showing(SEALED).keeping(sealed.0, "/CiphertextBlob"),
        22..=27 => ask("Decrypt", with(json!({"CiphertextBlob": sealed.1}), context)),
        28..=30 => ask("Decrypt", with(with(json!({"CiphertextBlob": sealed.1}), context), id)),
        31 => ask("Decrypt", json!({"CiphertextBlob": PLAIN[0]})),
        32..=34 => {
            let size =
                one_of(chance, &[json!({"KeySpec": "AES_256"}), json!({"NumberOfBytes": 16})].each_ref()).clone();
            ask("GenerateDataKey", with(with(id, size), context)).showing(SEALED)
        }
        35 => ask("GenerateDataKey", id),
        36..=37 => ask("GetKeyPolicy", id),
        38 => ask(
            "PutKeyPolicy",
            json!({"KeyId": key, "PolicyName": "default", "Policy": policy(one_of(chance, &["a", "b"]))}),
        ),
        _ => ask("PutKeyPolicy", json!({"KeyId": key, "PolicyName": "default", "Policy": "no JSON"})),
    }
}

pub(super) fn closing() -> Vec<Move> {
    let of = |key: &&str| {
        let id = json!({"KeyId": key});
        [ask("DescribeKey", id.clone()).showing(KEY), ask("GetKeyPolicy", id.clone()), ask("ListAliases", id)]
    };
    KEYS.iter().flat_map(of).collect()
}

/// By id, ARN, alias or alias' ARN; sometimes of no key at all.
fn named(chance: &mut Rng, key: &str, alias: &str) -> String {
    let arn = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:");
    match chance.u8(0..12) {
        0..=4 => key.to_owned(),
        5..=6 => format!("{arn}key/{key}"),
        7..=9 => alias.to_owned(),
        10 => format!("{arn}{alias}"),
        _ => NO_KEY.to_owned(),
    }
}

/// One that lets everyone of the account in.
fn policy(sid: &str) -> String {
    let account = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let statement = json!({"Sid": sid, "Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn ask(operation: &'static str, input: Value) -> Move {
    Move::new(Service::Kms, operation, input)
}
