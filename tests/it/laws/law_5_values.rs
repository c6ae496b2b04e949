//! Values stay out: nobody who reads what evenkeel writes can learn one, and it does not even ask for them.

use evenkeel::sandbox::Service;
use serde_json::json;

use crate::support::lab::{Lab, in_virtual_time, shop};
use crate::support::leaks::{assert_clean, assert_visible};

#[test]
fn law_5_no_call_ever_reads_a_value() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.rotate("shop/db", 2);
        lab.converge(&shop("2.1.0")).await;
        let seen = lab.chaos.seen();
        assert!(seen.len() > 40);
        assert!(!seen.iter().any(|operation| operation.contains("SecretValue")), "{seen:?}");
    });
}

#[test]
fn law_5_the_scanner_sees_what_a_leak_would_look_like() {
    // The laboratory scans every plan, observation, fault and the whole log at TRACE. It would see a value there, as it
    // stands in a body that carries one: JSON within JSON.
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let answer = lab.call(Service::SecretsManager, "GetSecretValue", &json!({"SecretId": "shop/db"}));
        assert_visible(&answer.to_string());
        assert_visible(answer["SecretString"].as_str().unwrap());
        // Others escape what is not ASCII.
        assert_visible(&answer.to_string().replace('Ü', "\\u00dc"));
    });
}

#[test]
fn law_5_a_panic_in_the_planner_would_show_no_value() {
    // What a panic message can hold is what Debug shows, and nouns hold no value to show.
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let (observed, plan) = lab.look(&shop("2.0.0")).await;
        assert_clean("Debug of everything", &format!("{observed:#?}{plan:#?}{:#?}", shop("2.0.0")));
    });
}
