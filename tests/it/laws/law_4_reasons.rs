//! Every step says why; everything not done says because.

use std::collections::BTreeSet;

use crate::support::lab::{Lab, in_virtual_time, shop};
use evenkeel::plan::step::{Plan, Why};
use evenkeel::sandbox::chaos::Fate;

#[test]
fn law_4_whatever_would_be_done_is_done_or_held_with_a_reason() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let full = targets(&lab.look(&shop("2.0.0")).await.1);
        assert_eq!(full.len(), 6);
        for read in [
            "DescribeSecret",
            "GetAccountAuthorizationDetails",
            "GetRole",
            "DescribeServices",
            "DescribeTaskDefinition",
        ] {
            lab.chaos.set(move |_, operation| {
                let roles = read == "GetRole" && operation == "GetAccountAuthorizationDetails";
                if operation == read || roles { Fate::Denied } else { Fate::Pass }
            });
            let (_, plan) = lab.look(&shop("2.0.0")).await;
            let mut accounted = targets(&plan);
            accounted.extend(plan.held().iter().map(|held| held.target.to_string()));
            let silent: Vec<_> = full.difference(&accounted).collect();
            assert!(silent.is_empty(), "without {read}, nothing is said about {silent:?}");
        }
    });
}

#[test]
fn law_4_the_reason_of_a_step_is_the_true_one() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        assert!(whys(&lab, "2.0.0").await.iter().all(|why| *why == Why::Missing));
        lab.converge(&shop("2.0.0")).await;
        assert!(whys(&lab, "2.1.0").await.iter().all(|why| *why == Why::Changed));
        lab.rotate("shop/db", 2);
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        assert!(
            whys(&lab, "2.0.0").await.iter().all(|why| matches!(why, Why::SecretRotated(names) if names.len() == 1))
        );
    });
}

async fn whys(lab: &Lab, tag: &str) -> Vec<Why> {
    let (_, plan) = lab.look(&shop(tag)).await;
    assert!(!plan.is_empty());
    plan.steps().map(|(_, step)| step.why.clone()).collect()
}

fn targets(plan: &Plan) -> BTreeSet<String> {
    plan.steps().map(|(_, step)| step.target.to_string()).collect()
}
