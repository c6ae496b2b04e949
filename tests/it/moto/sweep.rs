//! The daemon's look: bulk to suspect, exact to confirm.

use evenkeel::aws::{Aws, Look};
use evenkeel::model::desired::Desired;

use super::front::Counts;
use super::lab::{Lab, in_real_time, steps};
use super::shop::application;

/// Three applications, applied; a process an hour later, which sweeps; and what they should be.
async fn swept() -> (Lab, Aws, Desired) {
    let lab = Lab::new().await;
    let names = ["a", "b", "c"];
    for name in names {
        lab.create_secret(name);
    }
    let desired = lab.desired(&names.map(|name| application(name, name, "Current")).concat());
    lab.apply(&lab.connect().await, &desired).await;
    let aws = lab.an_hour_later().await.with_look(Look::Sweep);
    let (_, plan) = lab.look(&aws, &desired).await;
    assert!(plan.is_empty(), "{plan:#?}");
    (lab, aws, desired)
}

/// Calls of Secrets Manager since the rule was set.
fn asked(lab: &Lab) -> Counts {
    lab.front.calls().into_iter().filter(|(operation, _)| operation.starts_with("secretsmanager:")).collect()
}

fn counts(calls: &[(&str, usize)]) -> Counts {
    calls.iter().map(|(operation, count)| (format!("secretsmanager:{operation}"), *count)).collect()
}

#[test]
fn a_sweep_lists_and_describes_no_secret() {
    in_real_time(async {
        let (lab, aws, desired) = swept().await;
        lab.front.reset();
        let (_, plan) = lab.look(&aws, &desired).await;
        assert_eq!((steps(&plan), plan.held()), (vec![], &[] as &[_]));
        assert_eq!(asked(&lab), counts(&[("ListSecrets", 1)]));
    });
}

#[test]
fn a_difference_seen_in_the_list_is_confirmed_by_describing_that_secret_alone() {
    in_real_time(async {
        let (lab, aws, desired) = swept().await;
        lab.rotate("b");
        lab.front.reset();
        let (_, plan) = lab.look(&aws, &desired).await;
        let expected =
            ["TaskDefinition/b registerTaskDefinition SecretRotated", "Service/b updateService SecretRotated"];
        assert_eq!(steps(&plan), expected);
        assert_eq!(asked(&lab), counts(&[("DescribeSecret", 1), ("ListSecretVersionIds", 1), ("ListSecrets", 1)]));
        assert_eq!(lab.front.sent("secretsmanager:DescribeSecret")[0]["SecretId"], "b");
    });
}

/// AWS's lists are up to five minutes behind; moto's never are, so the door gives the one of before (M4).
#[test]
fn a_difference_that_only_an_old_list_shows_is_none() {
    in_real_time(async {
        let (lab, aws, desired) = swept().await;
        lab.rotate("b");
        lab.apply(&aws.with_look(Look::Exact), &desired).await;
        lab.front.lag("secretsmanager:ListSecrets");
        let (_, plan) = lab.look(&aws, &desired).await;
        assert_eq!((steps(&plan), plan.held()), (vec![], &[] as &[_]));
        assert_eq!(asked(&lab), counts(&[("DescribeSecret", 1), ("ListSecrets", 1)]));
    });
}

#[test]
fn a_secret_that_an_old_list_does_not_show_is_described_before_anyone_calls_it_missing() {
    in_real_time(async {
        let (lab, aws, _) = swept().await;
        lab.create_secret("d");
        let desired = lab.desired(&["a", "b", "c", "d"].map(|name| application(name, name, "Current")).concat());
        lab.front.lag("secretsmanager:ListSecrets");
        let plans = lab.apply(&aws, &desired).await;
        assert_eq!(steps(&plans[0]).last().unwrap(), "Service/d createService Missing");
        let described = lab.front.sent("secretsmanager:DescribeSecret");
        assert!(described.iter().all(|call| call["SecretId"] == "d"), "{described:?}");
    });
}
