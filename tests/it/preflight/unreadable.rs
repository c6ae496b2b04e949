//! What cannot be read is told, and nothing is found for want of it; values are read on request alone.

use std::collections::BTreeSet;

use evenkeel::aws::limits::{BUCKETS, SURVEY_BUCKETS};
use evenkeel::cloud::{Observe as _, Survey as _};
use evenkeel::model::survey::Surveyed;
use evenkeel::preflight::{Inquiry, check, questions};
use evenkeel::sandbox::chaos::Fate;

use super::{preflight, setting};
use crate::support::lab::{in_virtual_time, manifests};

fn base() -> String {
    std::fs::read_to_string(super::case::root().join("base.yaml")).unwrap()
}

/// The operations that a preflight of the base calls, each denied in turn.
#[test]
fn whatever_read_is_denied_the_rest_is_told_and_nothing_is_called_missing() {
    in_virtual_time(async {
        let desired = manifests(&base());
        let lab = setting::up(&[]).await;
        preflight(&lab, &desired, true).await;
        let calls: Vec<String> = lab.aws.calls().into_keys().filter(|call| !call.starts_with("sts:")).collect();
        assert!(calls.len() > 12, "{calls:?}");
        let buckets = BUCKETS.iter().chain(SURVEY_BUCKETS).flat_map(|bucket| bucket.operations);
        let limited: BTreeSet<&str> = buckets.copied().collect();
        assert!(calls.iter().all(|call| limited.contains(call.as_str())), "{calls:?}");
        for denied in calls {
            let lab = setting::up(&[]).await;
            let operation = denied.split_once(':').unwrap().1.to_owned();
            let fates = move |_: usize, called: &str| {
                if called.ends_with(&operation) { Fate::Denied } else { Fate::Pass }
            };
            lab.chaos.set(fates);
            let report = preflight(&lab, &desired, true).await;
            assert!(report.findings.is_empty(), "{denied}: {:#?}", report.findings);
            // What the family has registered before, and what nobody wants any more, is the planner's business alone.
            let quiet = ["ecs:DescribeTaskDefinition", "tag:GetResources"].contains(&denied.as_str());
            assert!(quiet || report.is_incomplete(), "{denied} is denied, and nobody says so");
        }
    });
}

/// A service has what its manifest leaves out, which nobody knows here.
#[test]
fn law_2_a_service_that_cannot_be_read_is_not_one_without_a_network() {
    in_virtual_time(async {
        let (without, network) =
            base().split_once("  networkConfiguration:").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert!(network.contains("subnet-private"));
        for text in [without.clone(), without.replace("  launchType: FARGATE\n", "")] {
            let desired = manifests(&text);
            let lab = setting::up(&[]).await;
            lab.chaos.set(|_, called| if called == "DescribeServices" { Fate::Denied } else { Fate::Pass });
            let report = preflight(&lab, &desired, true).await;
            assert_eq!(report.findings, Vec::new());
            let open = |of: &str| report.unverified.iter().any(|open| open.unreadable && open.what.contains(of));
            assert!(open("the network of the service") && open("on which platform"), "{report:#?}");
        }
    });
}

/// Whoever answers may leave questions out, or lead to ever new ones.
#[test]
fn law_2_what_nobody_answers_is_open() {
    in_virtual_time(async {
        let desired = manifests(&base());
        let lab = setting::up(&[]).await;
        let observed = lab.aws.observe(&desired).await;
        let plan = evenkeel::plan::plan(&desired, &observed);
        let mut surveyed = Surveyed::default();
        for round in 0.. {
            let inquiry =
                Inquiry { desired: &desired, observed: &observed, plan: &plan, surveyed: &surveyed, values: true };
            let (asked, report) = (questions(inquiry), check(inquiry));
            assert_eq!(report.findings, Vec::new(), "round {round}");
            assert_eq!(report.is_incomplete(), !asked.is_empty(), "round {round}: {report:#?}");
            // One answer at a time, so that every state between is seen.
            let Some(first) = asked.into_iter().next() else { break };
            for (question, answer) in lab.aws.survey(&[first].into()).await {
                surveyed.insert(question, answer);
            }
        }
    });
}

#[test]
fn no_value_is_read_unless_that_was_asked_for_and_nothing_is_written() {
    in_virtual_time(async {
        let desired = manifests(&base());
        let lab = setting::up(&[]).await;
        let before = lab.writes();
        let report = preflight(&lab, &desired, false).await;
        let calls = lab.aws.calls();
        let values = ["secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "kms:Decrypt"];
        assert!(values.iter().all(|call| !calls.contains_key(*call)), "{calls:?}");
        assert!(report.unverified.iter().any(|open| open.why.contains("--values") && !open.unreadable));
        let report = preflight(&lab, &desired, true).await;
        assert!(lab.aws.calls().contains_key("secretsmanager:GetSecretValue"));
        assert!(!report.unverified.iter().any(|open| open.why.contains("--values")));
        assert_eq!(lab.writes(), before);
    });
}
