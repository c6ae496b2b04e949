//! A service that is yet to be made and says nothing of where its tasks run: the cluster's default says it, or nobody.

use evenkeel::preflight::finding::{Code, Report};

use super::answers::{codes, told};

/// No way out of the subnet, and no launch type; the cluster's default strategy is as given.
fn without_launch_type(strategy: &'static str) -> Report {
    let replace = [("  launchType: FARGATE\n", ""), ("subnet-private", "subnet-isolated")];
    told(&replace, "[]", move |asked, answer| {
        let (none, given) = (r#""defaultCapacityProviderStrategy":[]"#, "defaultCapacityProviderStrategy");
        let edited = answer.replace(none, &format!(r#""{given}":{strategy}"#));
        asked.contains("DescribeClusters").then_some(edited)
    })
}

fn open(report: &Report) -> Vec<&str> {
    report
        .unverified
        .iter()
        .filter(|open| open.what == "whether tasks get to AWS")
        .map(|open| open.why.as_str())
        .collect()
}

#[test]
fn the_clusters_default_strategy_says_that_tasks_run_on_fargate() {
    let report = without_launch_type(r#"[{"capacityProvider":"FARGATE_SPOT","weight":1}]"#);
    assert_eq!((codes(&report), open(&report)), (vec![Code::NoPath], Vec::new()));
}

#[test]
fn the_clusters_default_strategy_says_that_tasks_run_on_instances() {
    let report = without_launch_type(r#"[{"capacityProvider":"ours","weight":1}]"#);
    assert_eq!(codes(&report), Vec::new());
    assert!(matches!(open(&report).as_slice(), [why] if why.contains("outside Fargate")), "{report:#?}");
}

#[test]
fn where_nobody_says_it_it_is_open_and_no_finding() {
    let report = without_launch_type("[]");
    assert_eq!(codes(&report), Vec::new());
    assert!(
        matches!(open(&report).as_slice(), [why] if why.contains("neither the service nor its cluster")),
        "{report:#?}"
    );
}
