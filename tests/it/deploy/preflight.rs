//! `check --aws` under the policies that it is given, evaluated by the sandbox's IAM.

use evenkeel::preflight::{Inquiry, check};
use evenkeel::survey::survey;
use serde_json::json;

use super::policies::{denials, filled, of_this_account};
use crate::sandbox::support::TRUST;
use crate::support::lab::{Lab, in_virtual_time, shop};

const READER: &str = "reader";

fn grant(lab: &Lab, name: &str, document: &str) {
    lab.form("PutRolePolicy", &json!({"RoleName": READER, "PolicyName": name, "PolicyDocument": document}));
}

#[test]
fn the_read_only_policy_and_that_of_check_are_enough_to_check_and_read_no_value() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.form("CreateRole", &json!({"RoleName": READER, "AssumeRolePolicyDocument": TRUST}));
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
            let reads: std::collections::BTreeSet<String> = denials(&lab).into_iter().collect();
            let expected: &[&str] = if values { &["GetSecretValue"] } else { &[] };
            assert_eq!(reads.iter().map(String::as_str).collect::<Vec<_>>(), expected);
        }
    });
}
