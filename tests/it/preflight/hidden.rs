//! What may be a value at the wrong place is repeated nowhere: not what it names, nor what AWS says of it.

use evenkeel::sandbox::chaos::Fate;
use serde_json::json;

use super::{preflight, setting};
use crate::support::lab::{in_virtual_time, manifests};

/// It has the letters of a parameter's name, and of a secret's.
const MISPLACED: &str = "S3cr3tValue";

fn base() -> String {
    std::fs::read_to_string(super::case::root().join("base.yaml")).unwrap()
}

#[test]
fn law_5_a_value_in_place_of_a_parameters_name_is_not_repeated_of_service_connect_either() {
    let connect = format!(
        "  serviceConnectConfiguration:\n    enabled: true\n    namespace: shop\n    logConfiguration:\n      logDriver: splunk\n      \
         options: {{splunk-url: \"https://example.com\"}}\n      \
         secretOptions: [{{name: splunk-token, valueFrom: {MISPLACED}}}]\n"
    );
    told(&(base() + &connect));
}

/// What a preflight says where nothing is allowed, and where each call is denied in turn.
fn told(text: &str) {
    in_virtual_time(async {
        let desired = manifests(text);
        let lab = setting::up(&[]).await;
        lab.form("DeleteRolePolicy", &json!({"RoleName": "web-exec", "PolicyName": "start"}));
        let report = preflight(&lab, &desired, true).await;
        assert!(!report.findings.is_empty(), "{report:?}");
        assert!(!format!("{report:?}").contains(MISPLACED), "{report:#?}");
        for denied in lab.aws.calls().into_keys() {
            let lab = setting::up(&[]).await;
            let operation = denied.split_once(':').unwrap().1.to_owned();
            let fates =
                move |_: usize, called: &str| if called.ends_with(&operation) { Fate::Denied } else { Fate::Pass };
            lab.chaos.set(fates);
            let report = preflight(&lab, &desired, true).await;
            assert!(!format!("{report:?}").contains(MISPLACED), "{denied}: {report:#?}");
        }
    });
}

#[test]
fn law_5_a_value_in_place_of_a_parameters_name_is_not_repeated() {
    told(&base().replace("valueFrom: /shop/flag", &format!("valueFrom: {MISPLACED}")));
}

#[test]
fn law_5_a_value_in_place_of_a_registrys_secret_is_not_repeated() {
    let credentials = format!("      repositoryCredentials: {{credentialsParameter: {MISPLACED}}}\n      secrets:\n");
    told(&base().replace("      secrets:\n", &credentials));
}
