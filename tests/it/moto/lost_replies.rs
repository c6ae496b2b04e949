//! A call takes effect and its answer is lost: it converges, and nothing is there twice.

use evenkeel::cloud::fault::FaultKind;

use super::lab::{Lab, held, in_real_time, steps};
use super::shop::shop;

#[test]
fn a_lost_reply_to_create_service_leaves_one_service() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shop("2.0.0"));
        let aws = lab.connect().await;
        lab.front.lose_first_reply("ecs:CreateService");
        lab.apply(&aws, &desired).await;
        // AWS knows the second call by its token and gives the first service back; moto makes it anew (M3).
        let sent = lab.front.sent("ecs:CreateService");
        let mut tokens: Vec<_> =
            sent.iter().map(|call| (call["serviceName"].clone(), call["clientToken"].clone())).collect();
        tokens.sort_by_key(|(name, _)| name.to_string());
        tokens.dedup();
        assert_eq!((sent.len(), tokens.len()), (3, 2), "the call is repeated with its token");
        let services = lab.ecs.list_services().cluster("shop").send().await.unwrap();
        assert_eq!(services.service_arns().len(), 2);
        lab.assert_quiet(&aws, &desired).await;
    });
}

#[test]
fn a_lost_reply_to_register_task_definition_leaves_one_revision_which_is_found_and_used() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        let desired = lab.desired(&shop("2.1.0"));
        let aws = lab.connect().await;
        lab.front.lose_first_reply("ecs:RegisterTaskDefinition");
        let (_, execution) = lab.pass(&aws, &desired).await;
        let faults: Vec<_> = execution.failures().map(|(_, fault)| fault.kind).collect();
        assert_eq!(faults, [FaultKind::Ambiguous]);
        let plans = lab.apply(&aws, &desired).await;
        assert_eq!((plans.len(), steps(&plans[0])), (1, vec!["Service/web updateService Changed".to_owned()]));
        assert_eq!(lab.front.writes()["ecs:RegisterTaskDefinition"], 1, "never repeated blindly");
        assert_eq!(lab.front.calls()["ecs:ListServiceDeployments"], 2, "has this content failed before?");
        let revisions = lab.ecs.list_task_definitions().family_prefix("shop-web").send().await.unwrap();
        assert_eq!(revisions.task_definition_arns().len(), 2);
        assert_eq!(lab.revision("shop-web").await.0.revision(), 2);
        lab.assert_quiet(&aws, &desired).await;
    });
}

#[test]
fn a_lost_reply_to_update_service_is_no_second_deployment() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        let desired = lab.desired(&shop("2.1.0"));
        let aws = lab.connect().await;
        lab.front.lose_first_reply("ecs:UpdateService");
        let (_, execution) = lab.pass(&aws, &desired).await;
        assert_eq!(execution.failures().count(), 1);
        let plans = lab.apply(&aws, &desired).await;
        assert!(plans.iter().all(evenkeel::plan::step::Plan::is_empty), "only the mark is missing: {plans:#?}");
        assert_eq!(lab.front.writes()["ecs:UpdateService"], 1);
        lab.assert_quiet(&aws, &desired).await;
    });
}

/// The SDK repeats the call, and IAM says that the role exists: another pass sees it. Its mark says no more than when it was
/// made, as the policy was still to come.
#[test]
fn a_lost_reply_to_create_role_is_worth_another_pass_which_completes_the_role() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shop("2.0.0"));
        let aws = lab.connect().await;
        lab.front.lose_first_reply("iam:CreateRole");
        let (first, execution) = lab.pass(&aws, &desired).await;
        let faults: Vec<_> = execution.failures().map(|(_, fault)| (fault.kind, fault.code.as_deref())).collect();
        assert_eq!(faults, [(FaultKind::Conflict, Some("EntityAlreadyExists"))]);
        // Of two roles that are made at once either can be the first.
        let (failed, _) = execution.failures().next().unwrap();
        let hit = first.step(failed).unwrap().target.name.clone();
        let (_, plan) = lab.look(&aws, &desired).await;
        let rest = ["putRolePolicy Changed", "registerTaskDefinition Missing", "createService Missing"];
        let rest = ["ExecutionRole", "TaskDefinition", "Service"].into_iter().zip(rest);
        assert_eq!(
            steps(&plan),
            rest.map(|(kind, step)| format!("{kind}/{hit} {step}")).collect::<Vec<_>>(),
            "{:?}",
            held(&plan)
        );
        lab.apply(&aws, &desired).await;
        lab.assert_quiet(&aws, &desired).await;
    });
}
