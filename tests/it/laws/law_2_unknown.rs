//! Unknown is not absent: a failed, denied or partial read creates, replaces and deletes nothing.

use std::collections::BTreeSet;

use crate::support::chaos::Fate;
use crate::support::lab::{Lab, in_virtual_time, shop};

/// The reads of a look.
const READS: [&str; 8] = [
    "DescribeSecret",
    "GetAccountAuthorizationDetails",
    "GetRole",
    "DescribeServices",
    "DescribeTaskDefinition",
    "ListSecretVersionIds",
    "ListServiceDeployments",
    "DescribeServiceRevisions",
];

#[test]
fn law_2_a_read_that_fails_adds_no_step() {
    in_virtual_time(async {
        for (what, rotate, tag) in
            [("nothing differs", false, "2.0.0"), ("rotated", true, "2.0.0"), ("released", false, "2.1.0")]
        {
            let lab = Lab::with_shop().await;
            lab.converge(&shop("2.0.0")).await;
            if rotate {
                lab.rotate("shop/db", 2);
                tokio::time::sleep(std::time::Duration::from_mins(1)).await;
            }
            let desired = shop(tag);
            let full = steps(&lab, tag).await;
            for read in READS {
                for fate in [Fate::Denied, Fate::ServerError, Fate::Lost] {
                    // Where the bulk read is denied, single reads take its place: both must fail.
                    lab.chaos.set(move |_, operation| {
                        let roles = read == "GetRole" && operation == "GetAccountAuthorizationDetails";
                        if operation == read || roles { fate } else { Fate::Pass }
                    });
                    let degraded = steps(&lab, tag).await;
                    let extra: Vec<_> = degraded.difference(&full).collect();
                    assert!(extra.is_empty(), "{what}, {read} {fate:?}: {extra:?}");
                }
            }
            drop(desired);
        }
    });
}

#[test]
fn law_2_what_cannot_be_read_is_held_and_its_readers_wait() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.chaos.set(|_, operation| if operation == "DescribeSecret" { Fate::Denied } else { Fate::Pass });
        let (_, plan) = lab.look(&shop("2.0.0")).await;
        let held: BTreeSet<String> =
            plan.held().iter().map(|held| format!("{} {}", held.target, held.because.name())).collect();
        let expected = [
            "Secret/shop-db Unreadable",
            "Service/web WaitingOn",
            "Service/worker WaitingOn",
            "TaskDefinition/web WaitingOn",
            "TaskDefinition/worker WaitingOn",
        ];
        assert_eq!(held, expected.map(str::to_owned).into());
        let message = plan.held().iter().find(|held| held.because.name() == "Unreadable").unwrap().because.to_string();
        assert!(message.contains("secretsmanager:DescribeSecret"), "{message}");
        assert!(message.contains("assumed-role/sandbox"), "{message}");
    });
}

#[test]
fn law_2_a_role_that_loses_a_policy_while_it_is_read_is_not_absent() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        for operation in ["ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies"] {
            let missing = move |called: &str| match called {
                "GetAccountAuthorizationDetails" => Fate::Denied,
                _ if called == operation => Fate::NotFound,
                _ => Fate::Pass,
            };
            lab.chaos.set(move |_, called| missing(called));
            let (_, plan) = lab.look(&shop("2.0.0")).await;
            assert!(plan.is_empty(), "{operation}: {plan:#?}");
            let unreadable = plan.held().iter().filter(|held| held.because.name() == "Unreadable");
            let roles: BTreeSet<String> = unreadable.map(|held| held.target.to_string()).collect();
            assert_eq!(roles, ["ExecutionRole/web", "ExecutionRole/worker"].map(str::to_owned).into(), "{operation}");
            // Where it was a race, the second look finds everything.
            let mut left = 2;
            lab.chaos.set(move |_, called| match missing(called) {
                Fate::NotFound if left == 0 => Fate::Pass,
                fate => {
                    left -= usize::from(fate == Fate::NotFound);
                    fate
                }
            });
            let (_, plan) = lab.look(&shop("2.0.0")).await;
            assert!(plan.is_empty() && plan.held().is_empty(), "{operation}: {plan:#?}");
        }
    });
}

async fn steps(lab: &Lab, tag: &str) -> BTreeSet<String> {
    let (_, plan) = lab.look(&shop(tag)).await;
    plan.steps().map(|(_, step)| format!("{} {}", step.target, step.action.call.name())).collect()
}
