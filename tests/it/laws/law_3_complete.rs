//! Nothing is chosen at execution time: equal input gives equal plans, and what is called is what the plan says.

use evenkeel::cloud::Observe as _;
use evenkeel::plan::plan;
use evenkeel::render::json;
use evenkeel::render::summary::Summary;

use crate::support::lab::{Lab, in_virtual_time, shop};

#[test]
fn law_3_the_same_input_gives_the_same_bytes() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        let observed = lab.aws.observe(&desired).await;
        let bytes = || {
            let plan = plan(&desired, &observed);
            let summary = Summary::of(&desired, &plan);
            let calls = std::collections::BTreeMap::new();
            let report = json::Report {
                desired: &desired,
                observed: &observed,
                plan: &plan,
                summary: &summary,
                calls: &calls,
                execution: None,
            };
            json::report(&report)
        };
        assert!(bytes().len() > 1000);
        assert_eq!(bytes(), bytes());
    });
}

#[test]
fn law_3_two_looks_at_one_world_give_one_plan() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        let (_, first) = lab.look(&desired).await;
        let (_, second) = lab.look(&desired).await;
        let calls = |plan: &evenkeel::plan::step::Plan| {
            plan.steps().map(|(_, step)| format!("{:?} {:?}", step.target, step.changes)).collect::<Vec<_>>()
        };
        assert_eq!(calls(&first), calls(&second));
    });
}

#[test]
fn law_3_the_executor_calls_what_the_plan_says_and_nothing_else_but_marks() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let desired = shop("2.0.0");
        for _ in 0..4 {
            let before = lab.written().len();
            let (plan, _) = lab.pass(&desired).await;
            let mut planned: Vec<String> = plan
                .steps()
                .filter(|(_, step)| step.deferred.is_none())
                .map(|(_, step)| step.action.call.operation().1.to_owned())
                .collect();
            let mut called: Vec<String> = lab.written().split_off(before);
            called.retain(|operation| operation != "TagRole" && operation != "TagResource");
            planned.retain(|operation| operation != "TagRole" && operation != "TagResource");
            planned.sort();
            called.sort();
            assert_eq!(called, planned);
            tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        }
    });
}
