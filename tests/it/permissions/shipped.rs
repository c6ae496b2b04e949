//! The boundary that is shipped leaves to a role what is derived for it, in every partition, with keys of other Regions too;
//! and the controller's policy leaves it the keys that secrets are written under.

use std::collections::{BTreeMap, BTreeSet};

use evenkeel::model::arn::Arn;
use evenkeel::model::grant::{Grant, PolicyBody};
use evenkeel::model::id::{KeyId, Region};
use serde_json::{Value, json};

use super::scope;
use super::wish::{ACCOUNT, HOMES, Home};
use crate::deploy::filled;
use crate::oracle::iam::{Question, allows};

/// A policy of `deploy/policies` for an installation at home there.
fn shipped(name: &str, home: &Home) -> Value {
    let places = [
        ("Partition", home.partition),
        ("DnsSuffix", home.domain),
        ("AccountId", ACCOUNT),
        ("Region", home.region),
        ("Installation", "prod"),
        ("Cluster", "prod"),
        ("RolePath", "/evenkeel/"),
        ("SecretNames", "*"),
        ("SopsKeyId", "0f0f0f0f-1111-2222-3333-555555555555"),
        ("RotationFunctions", "rotate-*"),
        ("Boundary", "arn:aws:iam::123456789012:policy/tasks"),
        ("ControllerRole", "evenkeel"),
    ];
    serde_json::from_str(&filled(name, &places)).unwrap()
}

/// May it, through this service of a Region?
fn may(home: &Home, policy: &Value, boundary: Option<&Value>, action: &str, service: &str, region: &str) -> bool {
    let role = format!("arn:{}:iam::{ACCOUNT}:role/exec", home.partition);
    let key = format!("arn:{}:kms:{region}:{ACCOUNT}:key/0f0f0f0f-1111-2222-3333-444444444444", home.partition);
    let through = vec![format!("{service}.{region}.{}", home.domain)];
    let context = BTreeMap::from([("kms:viaservice".to_owned(), through)]);
    allows(&role, &[policy], boundary, None, &Question { action, resource: &key, context })
}

#[test]
fn the_boundary_lets_a_role_use_the_keys_that_are_derived_for_it_in_every_partition() {
    for home in &HOMES {
        let boundary = shipped("boundary.json", home);
        let everything = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        for region in [home.region, home.elsewhere] {
            let key = format!("arn:{}:kms:{region}:{ACCOUNT}:key/0f0f0f0f-1111-2222-3333-444444444444", home.partition);
            let grant: Grant<Arn> = Grant::Decrypt(KeyId::new(key), Region::new(region));
            let body = PolicyBody { grants: BTreeSet::from([grant]), kept: BTreeSet::new() };
            let derived = body.to_json(&scope(home));
            assert!(may(home, &derived, None, "kms:Decrypt", "secretsmanager", region), "{home:?}: {derived:#}");
            assert!(
                may(home, &derived, Some(&boundary), "kms:Decrypt", "secretsmanager", region),
                "{home:?}, {region}"
            );
            assert!(may(home, &everything, Some(&boundary), "kms:Decrypt", "ssm", region), "{home:?}, {region}");
            assert!(!may(home, &everything, Some(&boundary), "kms:Decrypt", "s3", region), "{home:?}, {region}");
        }
    }
}

#[test]
fn the_controller_decrypts_files_of_sops_where_their_keys_policy_lets_it_and_the_key_is_named() {
    for home in &HOMES {
        let controller = shipped("controller.json", home);
        let may = |action: &str, key: &str| {
            let role = format!("arn:{}:iam::{ACCOUNT}:role/evenkeel", home.partition);
            let key = format!("arn:{}:kms:{}:{ACCOUNT}:key/0f0f0f0f-1111-2222-3333-{key}", home.partition, home.region);
            // A context of its own, as `sops --encryption-context` gives it.
            let context = BTreeMap::from([("kms:encryptioncontext:app".to_owned(), vec!["shop".to_owned()])]);
            let principal = json!({"AWS": role});
            let policy = json!({"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"});
            let policy = json!({"Statement": [policy]});
            allows(&role, &[&controller], None, Some(&policy), &Question { action, resource: &key, context })
        };
        assert!(may("kms:Decrypt", "555555555555"), "{home:?}");
        assert!(!may("kms:Decrypt", "444444444444") && !may("kms:Encrypt", "555555555555"), "{home:?}");
    }
}

#[test]
fn the_controllers_policy_is_within_what_iam_takes_with_long_names_too() {
    const MOST: usize = 6_144;
    for home in &HOMES {
        let text = shipped("controller.json", home).to_string().replace("prod", "production");
        assert!(text.len() <= MOST, "{home:?}: {} characters", text.len());
    }
}

#[test]
fn the_controller_writes_under_keys_through_secrets_manager_alone_in_every_partition() {
    for home in &HOMES {
        let controller = shipped("controller.json", home);
        for region in [home.region, home.elsewhere] {
            for action in ["kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt"] {
                let through = |service: &str| may(home, &controller, None, action, service, region);
                assert!(through("secretsmanager") && !through("ssm"), "{home:?}, {region}: {action}");
            }
        }
    }
}
