//! Every request says whose installation it is, so that CloudTrail's records of it can be found.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use evenkeel::aws::{Aws, Settings, SharedHttpClient};
use evenkeel::cloud::Observe as _;
use evenkeel::daemon::Rules;
use evenkeel::model::id::Installation;
use evenkeel::survey::survey;

use super::running::{beside_with, rules, shop_folder};
use crate::support::door::listening;
use crate::support::lab::{Lab, in_virtual_time, settings, shop};

/// How many requests went out, by the application that they name.
type Named = Arc<Mutex<BTreeMap<String, usize>>>;

async fn connect(lab: &Lab, installation: &str, named: &Named) -> Aws {
    let named = named.clone();
    let door = listening(lab.sandbox.http_client(), move |request| {
        let agent = request.headers().get("user-agent").unwrap_or_default();
        let app = agent.split_whitespace().find_map(|word| word.strip_prefix("app/")).unwrap_or("nobody");
        *named.lock().unwrap().entry(app.to_owned()).or_default() += 1;
    });
    let settings = settings(SharedHttpClient::new(door), lab.clock);
    Aws::connect(Settings { installation: Installation::new(installation), ..settings }).await.unwrap()
}

#[test]
fn every_request_of_the_daemon_names_its_installation() {
    in_virtual_time(async {
        let (lab, folder, named) = (Lab::with_shop().await, shop_folder(), Named::default());
        let aws = connect(&lab, "prod", &named).await;
        let rules = Rules { installation: Installation::new("prod"), ..rules() };
        beside_with(aws.clone(), &lab, &folder, rules, async |running| {
            running.minutes(10).await;
            assert!(running.calls().iter().any(|call| call.contains("ecs:CreateService")));
        })
        .await;
        let sent: u64 = aws.calls().values().sum();
        let named = named.lock().unwrap();
        assert_eq!(named.keys().collect::<Vec<_>>(), ["evenkeel-prod"]);
        assert_eq!(named["evenkeel-prod"] as u64, sent);
    });
}

/// Services without a client of the SDK included.
#[test]
fn every_request_of_a_preflight_names_its_installation_too() {
    in_virtual_time(async {
        let (lab, named, desired) = (Lab::with_shop().await, Named::default(), shop("2.0.0"));
        let aws = connect(&lab, "prod", &named).await;
        let observed = aws.observe(&desired).await;
        let plan = evenkeel::plan::plan(&desired, &observed);
        survey(&desired, &observed, &plan, false, &aws).await;
        assert!(aws.calls().contains_key("ec2:DescribeSubnets") && aws.calls().contains_key("logs:DescribeLogGroups"));
        assert_eq!(named.lock().unwrap().keys().collect::<Vec<_>>(), ["evenkeel-prod"]);
    });
}

/// The SDK takes fifty characters, and a name may be longer.
#[test]
fn a_long_name_is_cut() {
    in_virtual_time(async {
        let (lab, named) = (Lab::with_shop().await, Named::default());
        connect(&lab, &"a".repeat(60), &named).await;
        let expected = format!("evenkeel-{}", "a".repeat(41));
        assert_eq!(named.lock().unwrap().keys().collect::<Vec<_>>(), [&expected]);
    });
}
