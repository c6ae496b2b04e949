//! Unknown is not absent, page by page: a list is read to its end, so a list in pages of two gives the same look.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::model::inventory::PruneRules;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::chaos::Fate;
use serde_json::json;

use super::law_6_in_use::within;
use crate::rollouts::with_mail;
use crate::sandbox::support::TRUST;
use crate::support::lab::{Lab, in_virtual_time_unlogged};

/// The lists of a look that are longer than two here. Not among them: the versions of a secret, which only a pinned one is
/// asked for.
const LISTS: [&str; 8] = [
    "GetAccountAuthorizationDetails",
    "GetResources",
    "ListAttachedRolePolicies",
    "ListClusters",
    "ListRolePolicies",
    "ListServiceDeployments",
    "ListTaskDefinitions",
    "ListTasks",
];

#[test]
fn law_2_a_list_in_pages_of_two_is_the_same_list() {
    in_virtual_time_unlogged(async {
        let (mut lab, desired) = crowded().await;
        let mut short = Vec::new();
        for list in LISTS {
            // Roles are read one by one where they may not be read in bulk.
            let denied = move |operation: &str| operation == "GetAccountAuthorizationDetails" && operation != list;
            let mut looks = Vec::new();
            for fate in [Fate::Pass, Fate::SmallPage] {
                lab.restart().await;
                lab.chaos.set(move |_, operation| match operation {
                    _ if operation == list => fate,
                    _ if denied(operation) => Fate::Denied,
                    _ => Fate::Pass,
                });
                let (observed, plan) = lab.look(&desired).await;
                let calls = lab.chaos.seen().into_iter().filter(|called| called == list).count();
                looks.push((calls, serde_json::to_value(&observed).unwrap(), format!("{plan:?}")));
            }
            let [(whole, observed, plan), (paged, again, plan_again)] = looks.try_into().unwrap();
            if whole == 0 || paged <= whole {
                short.push(format!("{list}: {whole} calls, and {paged} for pages of two"));
            }
            assert_eq!(again, observed, "{list}");
            assert_eq!(plan_again, plan, "{list}");
        }
        assert!(short.is_empty(), "not longer than a page: {short:#?}");
    });
}

/// A shop with three and more of everything, of which a look wants to know all: the role of the web service may lose what
/// nothing in use needs, the service is to be changed, and what nobody wants is looked for.
async fn crowded() -> (Lab, Desired) {
    let lab = Lab::with_shop().await;
    lab.create_secret("shop/mail", 1);
    for name in ["one", "two"] {
        lab.call(Service::Ecs, "CreateCluster", &json!({"clusterName": name}));
    }
    lab.converge(&with_mail()).await;
    let permission = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]});
    for name in ["a", "b", "c"] {
        lab.form("CreateRole", &json!({"RoleName": name, "AssumeRolePolicyDocument": TRUST}));
        let put = json!({"RoleName": "shop-web-exec", "PolicyName": name, "PolicyDocument": permission.to_string()});
        lab.form("PutRolePolicy", &put);
        let made = json!({"PolicyName": name, "PolicyDocument": permission.to_string()});
        lab.form("CreatePolicy", &made);
        let arn = format!("arn:aws:iam::123456789012:policy/{name}");
        lab.form("AttachRolePolicy", &json!({"RoleName": "shop-web-exec", "PolicyArn": arn}));
    }
    for version in 2..5 {
        lab.rotate("shop/db", version);
        tokio::time::sleep(Duration::from_mins(5)).await;
        lab.converge(&with_mail()).await;
    }
    lab.call(Service::Ecs, "UpdateService", &json!({"cluster": "shop", "service": "shop-web", "desiredCount": 5}));
    tokio::time::sleep(Duration::from_hours(2)).await;
    let mut desired = within(&["*"]);
    desired.policy.prune = PruneRules { enabled: true, max_millionths: 1_000_000 };
    (lab, desired)
}
