//! Values stay out: nobody who reads what evenkeel writes can learn one, and it does not even ask for them.

use crate::support::lab::{Lab, in_virtual_time, shop};

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
    // The laboratory scans every plan, observation, fault and the whole log at TRACE. It would see a value there:
    let leaked = format!("before {} after", crate::support::leaks::CANARY);
    let caught = std::panic::catch_unwind(|| crate::support::leaks::assert_clean("a plan", &leaked));
    assert!(caught.is_err());
}

#[test]
fn law_5_a_panic_in_the_planner_would_show_no_value() {
    // What a panic message can hold is what Debug shows, and nouns hold no value to show.
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let (observed, plan) = lab.look(&shop("2.0.0")).await;
        crate::support::leaks::assert_clean(
            "Debug of everything",
            &format!("{observed:#?}{plan:#?}{:#?}", shop("2.0.0")),
        );
    });
}
