//! Exit codes of the real program, and what it does at each of them.

use serde_json::{Value, json};

use super::front::Counts;
use super::lab::{Lab, in_real_time};
use super::shop::shop;

/// The program ends so, after writing nothing, and says this on one of its streams.
fn check(lab: &Lab, verb: &[&str], manifests: &str, exit: i32, says: &str) {
    lab.front.reset();
    refuse(lab, verb, manifests, exit, says);
}

/// The same, under the rule that the door has.
fn refuse(lab: &Lab, verb: &[&str], manifests: &str, exit: i32, says: &str) {
    let ran = lab.evenkeel(verb, manifests);
    assert_eq!(ran.exit, Some(exit), "{verb:?}: {}", ran.err);
    assert!(ran.out.contains(says) || ran.err.contains(says), "{verb:?}: {} {}", ran.out, ran.err);
    assert_eq!(lab.front.writes(), Counts::new(), "{verb:?}");
}

#[test]
fn diff_says_with_its_code_whether_there_is_anything_to_do() {
    in_real_time(async {
        let lab = Lab::shop().await;
        check(&lab, &["diff"], &shop("2.0.0"), 1, "6 to create");
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        check(&lab, &["diff"], &shop("2.0.0"), 0, "no differences: all 7 resources are as they should be");
    });
}

#[test]
fn bad_manifests_flags_and_places_are_2_and_aws_is_not_asked_about_manifests() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let misspelt = shop("2.0.0").replace("desiredCount: 2", "desireCount: 2");
        for verb in [&["diff"][..], &["apply", "--yes"]] {
            check(&lab, verb, &misspelt, 2, "desiredCount");
            assert_eq!(lab.front.calls(), Counts::new());
        }
        check(&lab, &["diff", "--only", "Service/nobody"], &shop("2.0.0"), 2, "Service/nobody");
        check(&lab, &["diff", "--sideways"], &shop("2.0.0"), 2, "--sideways");
        let elsewhere = ["apply", "--yes", "--aws-account-id", "999999999999"];
        check(&lab, &elsewhere, &shop("2.0.0"), 2, "the configuration allows account 999999999999");
    });
}

#[test]
fn without_valid_credentials_it_is_3() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.front.deny(&["sts:GetCallerIdentity"]);
        refuse(&lab, &["apply", "--yes"], &shop("2.0.0"), 3, "could not ask AWS who the credentials belong to");
    });
}

#[test]
fn without_a_yes_or_a_terminal_it_is_5() {
    in_real_time(async {
        let lab = Lab::shop().await;
        check(&lab, &["apply"], &shop("2.0.0"), 5, "needs --yes");
    });
}

#[test]
fn what_is_unreadable_weighs_more_than_what_is_not_ours() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        let other = ["apply", "--yes", "--installation", "other"];
        check(&lab, &other, &shop("2.1.0"), 5, "is managed by the installation `default`");
        lab.front.deny(&["ecs:DescribeServices"]);
        refuse(&lab, &other, &shop("2.1.0"), 3, "ecs:DescribeServices is not allowed");
    });
}

#[test]
fn only_what_is_chosen_and_what_that_needs_is_made() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let verb = ["apply", "--yes", "--rollouts-settle", "0s", "--only", "Service/worker"];
        let ran = lab.evenkeel(&verb, &shop("2.0.0"));
        assert_eq!(ran.exit, Some(0), "{}", ran.err);
        let once =
            ["ecs:CreateService", "ecs:RegisterTaskDefinition", "iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"];
        assert_eq!(lab.front.writes(), once.map(|operation| (operation.to_owned(), 1)).into());
        let services = lab.ecs.list_services().cluster("shop").send().await.unwrap().service_arns.unwrap();
        assert!(services.len() == 1 && services[0].ends_with("/shop-worker"), "{services:?}");
        check(&lab, &["diff", "--only", "Service/worker"], &shop("2.0.0"), 0, "");
        check(&lab, &["diff"], &shop("2.0.0"), 1, "3 to create");
    });
}

/// Law 12. Which secrets and permissions the bad one wants is not known, so nothing is taken away for it.
#[test]
fn one_bad_manifest_harms_only_itself_where_asked_to_go_on() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let bad = shop("2.0.0").replace("desiredCount: 1", "desiredCount: one");
        let verb = ["apply", "--yes", "--keep-going", "--rollouts-settle", "0s", "-o", "json"];
        let ran = lab.evenkeel(&verb, &bad);
        assert_eq!(ran.exit, Some(1), "{}", ran.out);
        let last: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
        let held: Vec<_> =
            last["held"].as_array().unwrap().iter().map(|held| (&held["resource"], &held["because"])).collect();
        assert!(held.contains(&(&json!("Service/worker"), &json!("InvalidManifest"))), "{held:?}");
        assert_eq!(lab.front.writes()["ecs:CreateService"], 1);
        assert_eq!(lab.service("shop-web").await.desired_count(), 2);
    });
}

#[test]
fn a_mark_that_cannot_be_written_again_is_a_warning_and_ends() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let manifests = shop("2.0.0");
        lab.apply(&lab.connect().await, &lab.desired(&manifests)).await;
        let stale = iam_tag("evenkeel.dev/applied", "v1:0000000000000000:-:1700000000");
        lab.iam.tag_role().role_name("shop-web-exec").tags(stale).send().await.unwrap();
        lab.front.deny(&["iam:TagRole"]);
        let ran = lab.evenkeel(&["apply", "--yes"], &manifests);
        assert_eq!(ran.exit, Some(0), "{}", ran.err);
        assert_eq!(ran.err.matches("its mark could not be written again").count(), 1, "{}", ran.err);
        assert_eq!(lab.front.calls()["iam:TagRole"], 1);
    });
}

#[test]
fn what_failed_is_left_behind_and_everything_else_goes_on() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let manifests = shop("2.0.0")
            + "---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {name: extra}
spec:
  roleName: extra-exec
  managedPolicyArns: [\"arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy\"]
";
        lab.front.deny(&["iam:AttachRolePolicy"]);
        let ran = lab.evenkeel(&["apply", "--yes", "--rollouts-settle", "2s"], &manifests);
        assert_eq!(ran.exit, Some(3), "{}", ran.err);
        assert_eq!(ran.err.matches("error: ExecutionRole/extra").count(), 1, "said once: {}", ran.err);
        let services = lab.ecs.list_services().cluster("shop").send().await.unwrap();
        assert_eq!(services.service_arns().len(), 2, "{}", ran.err);
    });
}

#[test]
fn a_lost_reply_that_was_made_up_for_is_no_failure() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        lab.front.lose_first_reply("ecs:RegisterTaskDefinition");
        let ran = lab.evenkeel(&["apply", "--yes"], &shop("2.1.0"));
        assert_eq!(ran.exit, Some(0), "{}", ran.err);
        assert!(ran.err.contains("converged"), "{}", ran.err);
    });
}

fn iam_tag(key: &str, value: &str) -> aws_sdk_iam::types::Tag {
    aws_sdk_iam::types::Tag::builder().key(key).value(value).build().unwrap()
}
