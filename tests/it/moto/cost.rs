//! What a look costs that finds nothing to do: the calls of section 9 of the design, by operation.

use evenkeel::aws::{Aws, Look};
use evenkeel::model::desired::Desired;

use super::front::Counts;
use super::lab::{Lab, in_real_time};
use super::shop::application;

/// So many applications, each of one secret, role, task definition and service.
fn check(applications: usize) {
    in_real_time(async move {
        let lab = Lab::new().await;
        let names: Vec<String> = (0..applications).map(|number| format!("app-{number:02}")).collect();
        for name in &names {
            lab.create_secret(name);
        }
        let manifests: String = names.iter().map(|name| application(name, name, "Current")).collect();
        let desired = lab.desired(&manifests);
        lab.apply(&lab.connect().await, &desired).await;

        let identity = ("sts:GetCallerIdentity", 1);
        let services = ("ecs:DescribeServices", applications.div_ceil(10));
        let revisions = ("ecs:DescribeTaskDefinition", applications);
        let secrets = ("secretsmanager:DescribeSecret", applications);
        let list = ("secretsmanager:ListSecrets", applications.div_ceil(100));
        // moto gives all roles of the account at once, AWS at most 1,000 (M5).
        let roles = ("iam:GetAccountAuthorizationDetails", applications.div_ceil(1000));

        lab.front.reset();
        let exact = lab.connect().await;
        let sweep = exact.with_look(Look::Sweep);
        costs(&lab, &exact, &desired, &[identity, services, revisions, secrets, roles]).await;
        costs(&lab, &exact, &desired, &[services, secrets, roles]).await;
        costs(&lab, &sweep, &desired, &[services, list, roles]).await;
        let cold = lab.connect().await.with_look(Look::Sweep);
        costs(&lab, &cold, &desired, &[identity, services, revisions, list, roles]).await;
    });
}

/// A look that finds nothing to do makes these calls, with those that were made since the last one.
async fn costs(lab: &Lab, aws: &Aws, desired: &Desired, calls: &[(&str, usize)]) {
    let (_, plan) = lab.look(aws, desired).await;
    assert!(plan.is_empty() && plan.held().is_empty() && plan.repairs().is_empty(), "{plan:#?}");
    let expected: Counts = calls.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect();
    assert_eq!(lab.front.calls(), expected);
    lab.front.reset();
}

#[test]
fn a_look_at_one_application_costs_the_lower_bound() {
    check(1);
}

#[test]
fn a_look_at_ten_applications_costs_the_lower_bound() {
    check(10);
}

#[test]
fn a_look_at_fifty_applications_costs_the_lower_bound() {
    check(50);
}
