//! `check --aws` under the policies that it is given, evaluated by the sandbox's IAM.

use evenkeel::preflight::{Inquiry, check};
use evenkeel::survey::survey;
use serde_json::json;

use super::policies::{filled, of_this_account};
use crate::support::lab::{Lab, in_virtual_time, shop};

const READER: &str = "reader";

fn grant(lab: &Lab, name: &str, document: &str) {
    let escaped = percent_encoding::utf8_percent_encode(document, percent_encoding::NON_ALPHANUMERIC);
    lab.form("PutRolePolicy", &format!("RoleName={READER}&PolicyName={name}&PolicyDocument={escaped}"));
}

fn denied(lab: &Lab) -> Vec<String> {
    lab.sandbox.with_world(|world| {
        let denied = |error: &Option<String>| error.as_deref().is_some_and(|error| error.starts_with("AccessDenied"));
        world.journal.calls().filter(|call| denied(&call.error)).map(|call| call.operation.clone()).collect()
    })
}

#[test]
fn the_read_only_policy_and_that_of_check_are_enough_to_check_and_read_no_value() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]});
        let trust =
            percent_encoding::utf8_percent_encode(&trust.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string();
        lab.form("CreateRole", &format!("RoleName={READER}&AssumeRolePolicyDocument={trust}"));
        lab.converge(&shop("2.0.0")).await;
        let places = of_this_account(&[("Cluster", "shop")]);
        grant(&lab, "read-only", &filled("read-only.json", &places));
        grant(&lab, "check", &filled("check.json", &places));
        lab.sandbox.with_world(|world| world.caller = Some(READER.into()));
        let desired = shop("2.1.0");
        for values in [false, true] {
            let (observed, plan) = lab.look(&desired).await;
            let surveyed = survey(&desired, &observed, &plan, values, &lab.aws).await;
            let (desired, observed, plan, surveyed) = (&desired, &observed, &plan, &surveyed);
            let report = check(Inquiry { desired, observed, plan, surveyed, values });
            assert_eq!(report.is_incomplete(), values, "{:#?}", report.unverified);
            let reads: std::collections::BTreeSet<String> = denied(&lab).into_iter().collect();
            let expected: &[&str] = if values { &["GetSecretValue"] } else { &[] };
            assert_eq!(reads.iter().map(String::as_str).collect::<Vec<_>>(), expected);
        }
    });
}

/// A managed policy has at most 6,144 characters, white space not counted.
#[test]
fn the_policy_of_check_fits_into_one_managed_policy() {
    let document: serde_json::Value = serde_json::from_str(&filled("check.json", &of_this_account(&[]))).unwrap();
    assert!(document.to_string().len() <= 6_144);
}
