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

/// A set-up that answers every kind of question: a customer's key, an old version that is pinned, a private registry, an image
/// that comes through a cache, and a role that the next apply makes, with a managed policy.
const MORE: &str = r#"[{call: "kms:CreateKey", input: {}},
    {call: "kms:CreateAlias", input: {AliasName: alias/shop, TargetKeyId: "<key>"}},
    {call: "secretsmanager:UpdateSecret", input: {SecretId: prod/db, KmsKeyId: alias/shop}},
    {call: "secretsmanager:CreateSecret", input: {Name: prod/pinned, SecretString: "<canary>",
        ClientRequestToken: "1111111111111111111111111111111111111111"}},
    {call: "secretsmanager:PutSecretValue", input: {SecretId: prod/pinned, SecretString: "<canary>",
        ClientRequestToken: "2222222222222222222222222222222222222222"}},
    {call: "secretsmanager:PutSecretValue", input: {SecretId: prod/pinned, SecretString: "<canary>",
        ClientRequestToken: "3333333333333333333333333333333333333333"}},
    {call: "ecr:CreatePullThroughCacheRule", input: {ecrRepositoryPrefix: hub, upstreamRegistryUrl: registry-1.docker.io}},
    {call: "iam:CreatePolicy", input: {PolicyName: more, PolicyDocument: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Action: "s3:ListBucket", Resource: "*"}]}}}]"#;

fn more() -> String {
    let pinned = "        PINNED: {valueFrom: \"<arn of prod/pinned>:::1111111111111111111111111111111111111111\"}\n        FLAG:";
    let policy = "spec: {grants: [{pullThrough: hub}], managedPolicyArns: [arn:aws:iam::123456789012:policy/more]}";
    let role =
        format!("---\napiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\nmetadata: {{name: web}}\n{policy}\n");
    let raw = "executionRoleArn: arn:aws:iam::123456789012:role/web-exec";
    base()
        .replace("        FLAG:", pinned)
        .replace(raw, "executionRoleRef: {name: web}")
        .replace("/web:1", "/hub/web:1")
        + &role
}

/// The operations that a preflight calls, each denied in turn.
fn denied_in_turn(text: &str, events: &str, quiet: &[&str], expected: &[&str]) {
    let events: Vec<super::case::Event> = serde_saphyr::from_str(events).unwrap();
    in_virtual_time(async {
        let lab = setting::up(&events).await;
        let report = preflight(&lab, &manifests(&setting::filled(&lab, text)), true).await;
        assert!(report.findings.is_empty() && !report.is_incomplete(), "{report:#?}");
        let calls: Vec<String> = lab.aws.calls().into_keys().filter(|call| !call.starts_with("sts:")).collect();
        assert!(expected.iter().all(|call| calls.iter().any(|made| made == call)), "{calls:?}");
        let buckets = BUCKETS.iter().chain(SURVEY_BUCKETS).flat_map(|bucket| bucket.operations);
        let limited: BTreeSet<&str> = buckets.copied().collect();
        assert!(calls.iter().all(|call| limited.contains(call.as_str())), "{calls:?}");
        for denied in calls {
            let lab = setting::up(&events).await;
            let desired = manifests(&setting::filled(&lab, text));
            let operation = denied.split_once(':').unwrap().1.to_owned();
            let fates = move |_: usize, called: &str| {
                if called.ends_with(&operation) { Fate::Denied } else { Fate::Pass }
            };
            lab.chaos.set(fates);
            let report = preflight(&lab, &desired, true).await;
            assert!(report.findings.is_empty(), "{denied}: {:#?}", report.findings);
            assert!(
                quiet.contains(&denied.as_str()) || report.is_incomplete(),
                "{denied} is denied, and nobody says so"
            );
        }
    });
}

/// What the family has registered before, and what nobody wants any more, is the planner's business alone.
const QUIET: [&str; 2] = ["ecs:DescribeTaskDefinition", "tag:GetResources"];

#[test]
fn whatever_read_is_denied_the_rest_is_told_and_nothing_is_called_missing() {
    let expected =
        ["ecs:DescribeClusters", "ssm:DescribeParameters", "iam:SimulatePrincipalPolicy", "ec2:DescribeSubnets"];
    denied_in_turn(&base(), "[]", &QUIET, &expected);
}

#[test]
fn whatever_read_is_denied_of_keys_versions_and_planned_roles_nothing_is_called_missing() {
    let expected = [
        "ecr:DescribePullThroughCacheRules",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:SimulateCustomPolicy",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:ListAliases",
        "secretsmanager:ListSecretVersionIds",
        "secretsmanager:GetResourcePolicy",
    ];
    // Roles are read one by one then.
    let quiet = [QUIET.as_slice(), &["iam:GetAccountAuthorizationDetails"]].concat();
    denied_in_turn(&more(), MORE, &quiet, &expected);
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
fn what_comes_in_small_pages_is_read_to_its_end() {
    in_virtual_time(async {
        let desired = manifests(&base());
        let lab = setting::up(&[]).await;
        let whole = preflight(&lab, &desired, true).await;
        let lab = setting::up(&[]).await;
        lab.chaos.set(|_, _| Fate::SmallPage);
        let paged = preflight(&lab, &desired, true).await;
        assert!(whole.findings.is_empty() && paged.findings.is_empty(), "{:#?}", paged.findings);
        assert!(!paged.is_incomplete());
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
