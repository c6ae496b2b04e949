//! Law 9: two daemons at once, of one installation, on one state of the source and on two.

use std::time::Duration;

use evenkeel::model::id::Commit;
use evenkeel::sandbox::Service;
use serde_json::json;

use super::running::{beside, beside_with, edit, rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time, shop};
use crate::support::world::{deployments, revisions};

fn running(lab: &Lab, service: &str) -> usize {
    lab.sandbox
        .with_world(|world| world.ecs.tasks_of("shop", service).into_iter().filter(|task| task.stop.is_none()).count())
}

#[test]
fn law_9_two_daemons_on_one_source_waste_calls_and_do_no_damage() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let other = lab.another().await;
        beside(&lab, &folder, rules(), async |first| {
            Box::pin(beside_with(other, &lab, &folder, rules(), async |_| {
                first.minutes(20).await;
                assert_eq!((deployments(&lab, "shop-web"), deployments(&lab, "shop-worker")), (1, 1));
                lab.rotate("shop/db", 2);
                first.minutes(20).await;
                edit(first.folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
                first.minutes(20).await;
                let writes = lab.writes();
                first.minutes(60).await;
                assert_eq!(lab.writes(), writes, "both are quiet in the end");
            }))
            .await;
        })
        .await;
        // One for the release and one for the rotation; a lost race may cost one more each, and never a task.
        for (service, changes, tasks) in [("shop-web", 3, 2), ("shop-worker", 2, 1)] {
            let had = deployments(&lab, service);
            assert!((changes..=2 * changes - 1).contains(&had), "{service}: {had} deployments");
            assert!(revisions(&lab, service) <= 2 * changes, "{service}: {} revisions", revisions(&lab, service));
            assert_eq!(running(&lab, service), tasks);
        }
        let stopped = json!({"cluster": "shop", "desiredStatus": "STOPPED"});
        assert_eq!(lab.call(Service::Ecs, "ListTasks", &stopped)["taskArns"], json!([]), "within the last hour");
    });
}

#[test]
fn law_9_a_daemon_on_an_older_commit_leaves_what_a_newer_one_applied() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        let at = |tag: &str, commit: &str, contains: &[&str]| {
            let mut desired = shop(tag);
            desired.commit = Some(Commit::new(commit));
            desired.lineage = contains.iter().map(|commit| Commit::new(*commit)).collect();
            desired
        };
        let (old, new) = (at("2.0.0", "aaaa", &["aaaa"]), at("2.1.0", "bbbb", &["aaaa", "bbbb"]));
        lab.converge(&old).await;
        lab.converge(&new).await;
        lab.restart().await;
        let writes = lab.writes();
        for _ in 0..5 {
            let (plan, _) = lab.pass(&old).await;
            assert!(plan.held().iter().any(|held| held.because.name() == "NewerCommitApplied"), "{plan:#?}");
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        assert_eq!(lab.writes(), writes);
        // A revert is a newer commit, and is applied.
        lab.converge(&at("2.0.0", "cccc", &["aaaa", "bbbb", "cccc"])).await;
        assert_eq!(deployments(&lab, "shop-web"), 3);
    });
}
