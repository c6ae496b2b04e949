//! The scenes of a role, on the sandbox.

use std::time::Duration;

use evenkeel::cloud::Observe as _;
use evenkeel::execute::{Silent, execute};
use evenkeel::model::observed::Seen;
use evenkeel::model::policy_size::{MOST_INLINE, length, size};
use evenkeel::sandbox::chaos::Fate;
use serde_json::json;

use crate::role_scenes::{SCENES, Scene, make_policies};
use crate::sandbox::support::{ACCOUNT, Aws};
use crate::support::lab::{Lab, in_virtual_time, manifests};

#[test]
fn a_role_is_set_changed_put_back_and_left_alone_on_the_sandbox() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let hands = Aws::on(lab.sandbox.clone());
        make_policies(&hands.iam).await;
        for (number, scene) in SCENES.iter().enumerate() {
            tokio::time::sleep(Duration::from_hours(1)).await;
            scene.hand.play(&hands.iam, ACCOUNT).await;
            let desired = manifests(&scene.manifests(ACCOUNT));
            let (plan, execution) = lab.pass(&desired).await;
            assert_eq!(Scene::steps_of(Some(&plan)), scene.steps, "scene {number}: {:#?}", plan.held());
            assert_eq!(execution.failures().count(), 0);
            scene.assert_state(&hands.iam, ACCOUNT).await;
            tokio::time::sleep(Duration::from_hours(1)).await;
            let (_, plan) = lab.look(&desired).await;
            assert!(plan.is_empty() && plan.held().is_empty(), "scene {number}: {plan:#?}");
        }
    });
}

/// White space is not counted; whatever the policy says twice is.
#[test]
fn the_size_of_a_policy_is_that_of_its_text_in_bulk_and_alone() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let statement = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bücket/*"}"#;
        let text = format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{statement}, {statement}]\n}}");
        let trust = evenkeel::model::grant::trust(lab.aws.scope()).to_string();
        lab.form("CreateRole", &json!({"RoleName": "theirs", "AssumeRolePolicyDocument": trust}));
        lab.form("PutRolePolicy", &json!({"RoleName": "theirs", "PolicyName": "twice", "PolicyDocument": text}));
        let role =
            "apiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\nmetadata: {name: theirs}\nspec: {mode: Observe}\n";
        let desired = manifests(role);
        let counted = text.chars().filter(|sign| !sign.is_whitespace()).count();
        for operation in ["iam:GetAccountAuthorizationDetails", "iam:GetRolePolicy"] {
            let before = lab.aws.calls().get(operation).copied().unwrap_or_default();
            if operation == "iam:GetRolePolicy" {
                lab.chaos.set(
                    |_, called| {
                        if called == "GetAccountAuthorizationDetails" { Fate::Denied } else { Fate::Pass }
                    },
                );
            }
            let observed = lab.aws.observe(&desired).await;
            let seen = observed.roles.values().next().and_then(Seen::present).expect("the role is there");
            let sizes: Vec<_> = seen.inline.iter().map(|(name, inline)| (name.as_str(), inline.written)).collect();
            assert_eq!(sizes, [("twice", counted)], "{operation}");
            assert!(lab.aws.calls().get(operation).copied().unwrap_or_default() > before, "{operation}");
        }
    });
}

/// IAM counts what others have written, and takes no more than 10,240 characters in all.
#[test]
fn a_policy_that_has_little_room_beside_those_of_others_is_written_briefly() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let trust = evenkeel::model::grant::trust(lab.aws.scope()).to_string();
        lab.form("CreateRole", &json!({"RoleName": "shared", "AssumeRolePolicyDocument": trust}));
        let theirs = |bucket: &str| {
            let resource = format!("arn:aws:s3:::{bucket}/*");
            json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
            ]})
        };
        let put = |characters: usize| {
            let theirs = theirs(&"x".repeat(characters - size(&theirs(""))));
            lab.form("PutRolePolicy", &json!({"RoleName": "shared", "PolicyName": "theirs", "PolicyDocument": theirs}));
        };
        let manifest = "apiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\nmetadata: {name: shared}\nspec:\n  \
                        mode: ManagePolicy\n  grants: [{parameter: /shop/flag}, {parameter: /shop/other}]\n";
        let desired = manifests(manifest);
        let written =
            || lab.sandbox.with_world(|world| world.iam.role("shared").unwrap().inline["evenkeel-default"].clone());
        put(1_000);
        lab.converge(&desired).await;
        let readable = written();
        assert!(readable.contains("Sid"), "{readable}");
        lab.form("DeleteRolePolicy", &json!({"RoleName": "shared", "PolicyName": "evenkeel-default"}));
        put(MOST_INLINE - length(&readable) + 1);
        tokio::time::sleep(Duration::from_mins(1)).await;
        lab.converge(&desired).await;
        assert!(!written().contains("Sid"), "{}", written());
    });
}

/// Each call that makes or changes a role fails once, its marks too. What was left half done is then the manifest's change,
/// and nobody's hand; where something was changed by hand before, as in [`SCENES`], it stays that.
#[test]
fn a_role_that_was_changed_half_way_was_not_changed_by_hand() {
    let role = |spec: &str| {
        let spec = spec.replace("POLICY", &format!("arn:aws:iam::{ACCOUNT}:policy"));
        manifests(&format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: ExecutionRole\nmetadata: {{name: web}}\nspec: {spec}\n"
        ))
    };
    let first = role("{managedPolicyArns: [POLICY/one, POLICY/two], grants: [{parameter: /a}]}");
    let second = role(
        "{permissionsBoundary: POLICY/boundary, managedPolicyArns: [POLICY/other, POLICY/boundary], \
         grants: [{parameter: /b}]}",
    );
    let bare = role("{managedPolicyArns: []}");
    for (what, before, wanted, calls) in
        [("made", None, &first, 5), ("changed", Some(&first), &second, 8), ("emptied", Some(&first), &bare, 4)]
    {
        let mut failed = 0;
        for call in 0.. {
            let disturbed = in_virtual_time(async {
                let lab = Lab::with_shop().await;
                make_policies(&Aws::on(lab.sandbox.clone()).iam).await;
                if let Some(before) = before {
                    lab.converge(before).await;
                }
                tokio::time::sleep(Duration::from_hours(1)).await;
                let (_, plan) = lab.look(wanted).await;
                let mut writes = 0;
                lab.chaos.set(move |_, called| {
                    let fate = if writes == call && writing(called) { Fate::Denied } else { Fate::Pass };
                    writes += usize::from(writing(called));
                    fate
                });
                let _partly = execute(&plan, &lab.aws, &Silent, || false).await;
                let disturbed = lab.chaos.disturbed();
                lab.chaos.set(|_, _| Fate::Pass);
                tokio::time::sleep(Duration::from_hours(1)).await;
                let (_, plan) = lab.look(wanted).await;
                let said: Vec<_> = plan.steps().map(|(_, step)| (step.action.call.name(), step.why.reason())).collect();
                let by_hand = said.iter().any(|(_, why)| *why == "Drifted");
                assert!(!by_hand, "{what}, and failed at {disturbed:?}: {said:?}");
                lab.converge(wanted).await;
                disturbed
            });
            if disturbed.is_empty() {
                break;
            }
            failed += 1;
        }
        assert_eq!(failed, calls, "{what}");
    }
}

/// Is it one of the calls that change a role?
fn writing(operation: &str) -> bool {
    !["Get", "List"].iter().any(|reading| operation.starts_with(reading))
}
