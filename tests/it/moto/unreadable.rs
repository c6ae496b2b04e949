//! What could not be read is unknown, not absent: nothing is made because of it, and the program says who may not do what.

use serde_json::Value;

use super::front::Counts;
use super::lab::{Lab, in_real_time, steps};
use super::program::ROLE;
use super::shop::shop;

const APPLY: [&str; 6] = ["apply", "--yes", "--rollouts-settle", "0s", "-o", "json"];

/// Without these rights `resource` is unreadable: from nothing, only what `made` says is made; of what exists, nothing is
/// changed; with the rights, all is made.
fn check(denied: &'static [&'static str], resource: &str, made: &[&str]) {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.front.deny(denied);
        let ran = lab.evenkeel(&APPLY, &shop("2.0.0"));
        assert_eq!(ran.exit, Some(3), "{}", ran.err);
        let last: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
        assert_eq!(last["complete"], false);
        let held = last["held"].as_array().unwrap();
        let held = held.iter().find(|held| held["because"] == "Unreadable" && held["resource"] == resource);
        let held = held.unwrap_or_else(|| panic!("{last:#}"));
        let message = held["message"].as_str().unwrap();
        let identity = format!("arn:aws:sts::{}:assumed-role/{ROLE}/test", lab.account);
        let operation = denied.last().unwrap();
        assert!(message.contains(&format!("{operation} is not allowed as {identity}")), "{message}");
        let to_do = format!("allow `{operation}` to {identity}, in its policies and in those of the resource");
        assert!(message.contains(&to_do), "{message}");
        assert!(held["at"].as_str().unwrap().starts_with("<stdin>:"), "{held}");
        let expected: Counts = made.iter().map(|operation| ((*operation).to_owned(), 2)).collect();
        assert_eq!(lab.front.writes(), expected);

        lab.front.reset();
        let ran = lab.evenkeel(&APPLY, &shop("2.0.0"));
        assert_eq!(ran.exit, Some(0), "{}", ran.err);
        assert_eq!(lab.front.writes()["ecs:CreateService"], 2);

        lab.front.deny(denied);
        let ran = lab.evenkeel(&["diff"], &shop("2.1.0"));
        assert!(ran.exit == Some(3) && ran.out.contains(operation) && ran.out.contains(&identity), "{}", ran.out);
        says_all(&ran.out, resource, &to_do);
        let ran = lab.evenkeel(&["apply", "--yes"], &shop("2.1.0"));
        assert_eq!(ran.exit, Some(3), "{}", ran.err);
        says_all(&ran.out, resource, &to_do);
        let ran = lab.evenkeel(&APPLY, &shop("2.1.0"));
        assert_eq!((ran.exit, lab.front.writes()), (Some(3), Counts::new()), "{}", ran.out);
    });
}

/// The text names the resource, its place and what to do, which goes on in further lines.
fn says_all(text: &str, resource: &str, help: &str) {
    let is_heading = |line: &&str| line.starts_with(&format!("= {resource} ")) && line.contains("held: Unreadable");
    let heading = text.lines().find(is_heading).unwrap_or_else(|| panic!("{text}"));
    assert!(heading.contains("<stdin>:"), "{heading}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(help), "{text}");
}

#[test]
fn a_refused_call_says_of_which_resource_it_is_who_made_it_and_what_to_do() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.front.deny(&["ecs:CreateService"]);
        let identity = format!("arn:aws:sts::{}:assumed-role/{ROLE}/test", lab.account);
        let error = format!("ecs:CreateService is not allowed as {identity}");
        let help = format!("allow `ecs:CreateService` to {identity}, in its policies and in those of the resource");
        let ran = lab.evenkeel(&APPLY[..4], &shop("2.0.0"));
        assert_eq!(ran.exit, Some(3), "{}", ran.err);
        assert!(ran.err.contains(&format!("error: Service/web: {error}")), "{}", ran.err);
        assert!(ran.err.contains(&format!("help: {help}")), "{}", ran.err);

        let ran = lab.evenkeel(&APPLY, &shop("2.0.0"));
        let objects = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let steps = objects.flat_map(|object| object["steps"].as_array().unwrap().clone());
        let failed: Vec<Value> = steps.filter(|step| step["outcome"]["result"] == "failed").collect();
        assert!(failed.iter().any(|step| step["resource"] == "Service/web"), "{failed:#?}");
        for step in failed {
            assert!(step["outcome"]["error"].as_str().unwrap().starts_with(&error), "{step:#}");
            assert_eq!(step["outcome"]["help"], help);
        }

        let ran = lab.evenkeel(&["apply", "--yes", "-o", "markdown"], &shop("2.0.0"));
        assert!(ran.out.contains("; allow &#96;ecs&#58;CreateService&#96; to "), "{}", ran.out);
    });
}

/// What is made where nothing but the task definitions and services has to wait.
const ROLES: [&str; 3] = ["iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"];

#[test]
fn a_secret_that_may_not_be_described_is_unknown_and_its_readers_wait() {
    check(&["secretsmanager:DescribeSecret"], "Secret/shop-db", &ROLES);
}

#[test]
fn roles_that_may_not_be_read_are_unknown_and_none_is_made() {
    check(&["iam:GetAccountAuthorizationDetails", "iam:GetRole"], "ExecutionRole/web", &[]);
}

#[test]
fn services_that_may_not_be_described_are_unknown_and_none_is_made() {
    check(&["ecs:DescribeServices"], "Service/web", &ROLES);
}

#[test]
fn without_a_look_at_its_family_no_revision_is_registered() {
    check(&["ecs:DescribeTaskDefinition"], "Service/web", &ROLES);
}

#[test]
fn a_cluster_that_does_not_exist_is_named_and_its_services_are_unknown() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let manifests = shop("2.0.0").replace("cluster: shop", "cluster: shed");
        let ran = lab.evenkeel(&APPLY, &manifests);
        assert!(ran.exit == Some(3) && ran.out.contains("the cluster shed does not exist"), "{}", ran.out);
        assert_eq!(lab.front.writes(), ROLES.map(|operation| (operation.to_owned(), 2)).into());
    });
}

#[test]
fn roles_are_read_one_by_one_where_the_bulk_read_is_denied() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shop("2.0.0"));
        let aws = lab.connect().await;
        lab.apply(&aws, &desired).await;
        lab.front.deny(&["iam:GetAccountAuthorizationDetails"]);
        let (_, plan) = lab.look(&lab.connect().await, &desired).await;
        assert_eq!((steps(&plan), plan.held()), (vec![], &[] as &[_]));
        let single = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];
        let calls = lab.front.calls();
        assert!(single.iter().all(|operation| calls[*operation] == 2), "{calls:?}");
    });
}
