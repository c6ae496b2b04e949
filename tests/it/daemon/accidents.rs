//! Accidents, one test each: whatever happens to the manifests, nothing is deleted that anybody could still want.
//!
//! Everywhere prune is on, with the usual largest part (law 11) where nothing else is said. Beside these: a path that a
//! commit does not have, a rewritten history and a commit without manifests in `source/fetching.rs`, another account in
//! `cli/settings.rs`, a folder that is still being filled in `filling.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::daemon::Rules;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::source::SourceError;
use evenkeel::execute::Silent;
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Commit, Installation};
use evenkeel::model::inventory::PruneRules;
use evenkeel::plan::action::Call;
use evenkeel::plan::held::Because;
use evenkeel::plan::step::Plan;
use evenkeel::sandbox::Service;
use serde_json::json;

use super::running::{Running, beside, beside_with, edit, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time, shop};

/// Prune is on, and so large a part may go, in millionths.
pub(super) fn pruning(max_millionths: u32) -> Rules {
    let mut rules = rules();
    rules.policy.prune = PruneRules { enabled: true, max_millionths };
    rules
}

const USUAL: u32 = 200_000;
pub(super) const ALL: u32 = 1_000_000;

/// Every call so far that took something away, in order.
pub(super) fn deleted(lab: &Lab) -> Vec<String> {
    let takes = |operation: &String| ["Delete", "Deregister", "Detach"].iter().any(|verb| operation.starts_with(verb));
    lab.written().into_iter().filter(takes).collect()
}

pub(super) fn remove(folder: &Folder, names: &[&str]) {
    for name in names {
        std::fs::remove_file(folder.join("manifests").join(name)).unwrap();
    }
}

/// Why things are held, in the last plan that the daemon has published.
pub(super) fn held(running: &Running<'_>) -> BTreeSet<String> {
    let plan: serde_json::Value = serde_json::from_str(&running.board.said().plan.unwrap()).unwrap();
    let line = |held: &serde_json::Value| format!("{} {}", held["resource"], held["because"]).replace('"', "");
    plan["held"].as_array().unwrap().iter().map(line).collect()
}

/// The control of all of these: what was taken out on purpose is deleted, the service first.
#[test]
fn what_is_taken_out_of_the_manifests_is_deleted_in_reverse_order_of_the_chain() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, pruning(600_000), async |running| {
            running.minutes(5).await;
            remove(running.folder, &["worker.yaml"]);
            running.minutes(30).await;
            let order = ["DeleteService", "DeregisterTaskDefinition", "DeleteRolePolicy", "DeleteRole"];
            assert_eq!(deleted(&lab), order, "{:#?}", running.calls());
            let of_worker = |line: &&String| line.contains("/worker ") && line.contains("NoLongerDesired done");
            assert_eq!(running.calls().iter().filter(of_worker).count(), 4, "{:#?}", running.calls());
            assert_eq!(held(&running), BTreeSet::new());
            let writes = lab.writes();
            running.minutes(60).await;
            assert_eq!(lab.writes(), writes);
        })
        .await;
    });
}

#[test]
fn an_empty_folder() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, pruning(ALL), async |running| {
            running.minutes(5).await;
            let writes = lab.writes();
            remove(running.folder, &["database.yaml", "web.yaml", "worker.yaml"]);
            running.minutes(30).await;
            std::fs::write(running.folder.join("manifests/empty.yaml"), "# nothing yet\n").unwrap();
            running.minutes(30).await;
            assert_eq!((lab.writes(), deleted(&lab)), (writes, Vec::new()));
            assert!(held(&running).contains("Service/web ForbiddenByPolicy"), "{:?}", held(&running));
        })
        .await;
    });
}

/// The path of another application: everything of this one looks unwanted.
#[test]
fn a_wrong_path() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, pruning(USUAL), async |running| {
            running.minutes(5).await;
            let writes = lab.writes();
            let path = running.folder.join("manifests/web.yaml");
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, text.replace("web", "stranger")).unwrap();
            remove(running.folder, &["worker.yaml"]);
            running.minutes(60).await;
            // What the other one brings is made, and that is all.
            let making = ["CreateRole", "PutRolePolicy", "TagRole", "RegisterTaskDefinition", "CreateService"];
            assert_eq!(lab.written()[writes..], making);
            let expected = ["Service/web", "Service/worker", "ExecutionRole/web", "TaskDefinition/worker"];
            let held = held(&running);
            for id in expected {
                assert!(held.contains(&format!("{id} ForbiddenByPolicy")), "{id}: {held:?}");
            }
        })
        .await;
    });
}

/// Files come one after the other: the last of them is cut off, and those after it are not there yet. However much may go,
/// nothing does.
#[test]
fn half_a_clone() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, pruning(ALL), async |running| {
            running.minutes(5).await;
            let file = |name: &str| running.folder.join("manifests").join(name);
            let [web, worker] = ["web.yaml", "worker.yaml"].map(|name| std::fs::read_to_string(file(name)).unwrap());
            let writes = lab.writes();
            remove(running.folder, &["worker.yaml"]);
            let service = web.find("kind: Service").unwrap();
            for cut in [service / 2, service + 20, web.len() - 60] {
                std::fs::write(file("web.yaml"), &web[..cut]).unwrap();
                running.minutes(15).await;
                assert_eq!((lab.writes(), deleted(&lab)), (writes, Vec::new()), "cut at {cut}");
                assert!(held(&running).contains("Service/worker ForbiddenByPolicy"), "{cut}: {:?}", held(&running));
            }
            // The rest comes.
            std::fs::write(file("web.yaml"), web).unwrap();
            std::fs::write(file("worker.yaml"), worker).unwrap();
            running.minutes(30).await;
            assert_eq!((held(&running), lab.writes()), (BTreeSet::new(), writes));
        })
        .await;
    });
}

/// Sweeps between the exact looks neither forget that something is held, nor act on it.
#[test]
fn a_file_of_two_that_is_not_there_for_a_while() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, pruning(USUAL), async |running| {
            running.minutes(5).await;
            let worker = std::fs::read_to_string(running.folder.join("manifests/worker.yaml")).unwrap();
            let writes = lab.writes();
            remove(running.folder, &["worker.yaml"]);
            for _ in 0..30 {
                running.minutes(1).await;
                let held = held(&running);
                assert!(held.contains("Service/worker ForbiddenByPolicy"), "{held:?}");
            }
            // The other half comes.
            std::fs::write(running.folder.join("manifests/worker.yaml"), worker).unwrap();
            running.minutes(30).await;
            assert_eq!((held(&running), lab.writes()), (BTreeSet::new(), writes));
        })
        .await;
    });
}

/// One broken manifest: nobody knows what it would have said.
#[test]
fn a_file_with_an_error_beside_one_that_is_gone() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, pruning(ALL), async |running| {
            running.minutes(5).await;
            let writes = lab.writes();
            edit(running.folder, "web.yaml", "kind: Service", "kind: Servce");
            remove(running.folder, &["worker.yaml"]);
            running.minutes(30).await;
            assert_eq!((lab.writes(), deleted(&lab)), (writes, Vec::new()));
            assert!(held(&running).contains("Service/worker ForbiddenByPolicy"), "{:?}", held(&running));
        })
        .await;
    });
}

/// Whoever writes a file anew empties it first.
#[test]
fn a_file_that_is_empty_while_it_is_written() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, pruning(ALL), async |running| {
            running.minutes(5).await;
            let writes = lab.writes();
            std::fs::write(running.folder.join("manifests/worker.yaml"), "").unwrap();
            running.minutes(30).await;
            assert_eq!((lab.writes(), deleted(&lab)), (writes, Vec::new()));
        })
        .await;
    });
}

/// What is there belongs to others: some of it has no tags, some has those of another installation.
#[test]
fn a_wrong_account() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let other = Rules { installation: Installation::new("theirs"), ..rules() };
        beside(&lab, &folder, other, async |running| running.minutes(5).await).await;
        lab.create_secret("by-hand", 1);
        remove(&folder, &["worker.yaml"]);
        let (another, writes) = (lab.another().await, lab.writes());
        beside_with(another, &lab, &folder, pruning(ALL), async |running| {
            running.minutes(60).await;
            assert_eq!((lab.writes(), deleted(&lab)), (writes, Vec::new()));
            assert!(held(&running).contains("Service/web NotOurs"), "{:?}", held(&running));
        })
        .await;
    });
}

#[test]
fn a_renamed_repository() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        beside(&lab, &folder, pruning(ALL), async |running| {
            running.minutes(5).await;
            let writes = lab.writes();
            let url = "https://git.example.com/shop.git".to_owned();
            let gone = SourceError::Unreachable { url, why: "not found".to_owned() };
            running.tell.send(Event::SourceMoved(Err(gone))).await.unwrap();
            running.minutes(60).await;
            assert_eq!((lab.writes(), deleted(&lab)), (writes, Vec::new()), "what was last good stays in force");
        })
        .await;
    });
}

/// Manifests at a commit, which contains others.
fn at(mut desired: Desired, commit: &str, contains: &[&str]) -> Desired {
    desired.commit = Some(Commit::new(commit));
    desired.lineage = contains.iter().map(|commit| Commit::new(*commit)).collect();
    desired.policy.prune = PruneRules { enabled: true, max_millionths: ALL };
    desired
}

pub(super) fn without_worker(mut desired: Desired) -> Desired {
    let worker = |name: &evenkeel::model::id::Name| name.as_str() == "worker";
    desired.services.retain(|name, _| !worker(name));
    desired.task_definitions.retain(|name, _| !worker(name));
    desired.roles.retain(|name, _| !worker(name));
    desired
}

/// A branch that was set back: nothing of what the later commit brought is deleted. A revert, which is a commit of its own,
/// takes it away again.
#[test]
fn a_reverted_commit() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        lab.converge(&at(without_worker(shop("2.0.0")), "aaaa", &["aaaa"])).await;
        lab.converge(&at(shop("2.0.0"), "bbbb", &["aaaa", "bbbb"])).await;
        lab.restart().await;
        let writes = lab.writes();
        for _ in 0..5 {
            let (plan, _) = lab.pass(&at(without_worker(shop("2.0.0")), "aaaa", &["aaaa"])).await;
            assert!(plan.held().iter().any(|held| matches!(held.because, Because::NewerCommitApplied(_))), "{plan:#?}");
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
        assert_eq!(lab.writes(), writes);
        lab.converge(&at(without_worker(shop("2.0.0")), "cccc", &["aaaa", "bbbb", "cccc"])).await;
        assert_eq!(deleted(&lab).len(), 4, "{:?}", deleted(&lab));
    });
}

#[test]
fn two_installations_in_one_account() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let theirs = Folder::new();
        std::fs::create_dir(theirs.join("manifests")).unwrap();
        for name in ["database.yaml", "worker.yaml"] {
            std::fs::copy(folder.join("manifests").join(name), theirs.join("manifests").join(name)).unwrap();
        }
        remove(&folder, &["worker.yaml"]);
        let other = Rules { installation: Installation::new("theirs"), ..pruning(ALL) };
        let another = lab.another().await;
        beside(&lab, &folder, pruning(ALL), async |running| {
            Box::pin(beside_with(another, &lab, &theirs, other, async |second| {
                running.minutes(60).await;
                assert_eq!((held(&running), held(&second)), (BTreeSet::new(), BTreeSet::new()));
            }))
            .await;
        })
        .await;
        assert_eq!(deleted(&lab), Vec::<String>::new());
        let services = lab.call(Service::Ecs, "ListServices", &json!({"cluster": "shop"}));
        assert_eq!(services["serviceArns"].as_array().unwrap().len(), 2);
    });
}

/// The older one does not know what the newer one has brought (law 9).
#[test]
fn two_controllers_on_different_commits() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let (old, new) =
            (at(without_worker(shop("2.0.0")), "aaaa", &["aaaa"]), at(shop("2.0.0"), "bbbb", &["aaaa", "bbbb"]));
        lab.converge(&old).await;
        for _ in 0..10 {
            let (_, execution) = lab.pass(&new).await;
            assert_eq!(execution.failures().count(), 0);
            drop(lab.pass(&old).await);
            tokio::time::sleep(Duration::from_secs(40)).await;
        }
        assert_eq!(deleted(&lab), Vec::<String>::new());
        let writes = lab.writes();
        drop(lab.pass(&new).await);
        drop(lab.pass(&old).await);
        assert_eq!(lab.writes(), writes);
    });
}

/// Tags that were taken off between the look and the calls: nothing at all is sent.
#[test]
fn a_service_that_is_given_away_between_the_look_and_the_call_stays() {
    for tag in ["evenkeel.dev/installation", "evenkeel.dev/resource"] {
        in_virtual_time(async {
            let lab = Lab::with_shop().await;
            lab.converge(&shop("2.0.0")).await;
            let (_, plan) = lab.look(&pruned_of_worker()).await;
            let service = "arn:aws:ecs:eu-west-1:123456789012:service/shop/shop-worker";
            lab.call(Service::Ecs, "UntagResource", &json!({"resourceArn": service, "tagKeys": [tag]}));
            is_refused(&lab, &plan).await;
        });
    }
}

/// A role goes in several calls, and none of them may leave one that is not ours without permissions.
#[test]
fn a_role_that_is_given_away_between_the_look_and_the_call_keeps_its_permissions() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        let policy = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
        lab.form("AttachRolePolicy", &json!({"RoleName": "shop-worker-exec", "PolicyArn": policy}));
        let goes = |plan: &Plan| plan.steps().any(|(_, step)| matches!(step.action.call, Call::DeleteRole { .. }));
        let mut plan = lab.look(&pruned_of_worker()).await.1;
        for _ in 0..20 {
            if goes(&plan) {
                break;
            }
            let execution = evenkeel::execute::execute(&plan, &lab.aws, &Silent, || false).await;
            assert_eq!(execution.failures().count(), 0, "{plan:#?}");
            tokio::time::sleep(Duration::from_secs(40)).await;
            plan = lab.look(&pruned_of_worker()).await.1;
        }
        assert!(goes(&plan), "{plan:#?}");
        let keys = json!({"RoleName": "shop-worker-exec", "TagKeys.member.1": "evenkeel.dev/installation"});
        lab.form("UntagRole", &keys);
        is_refused(&lab, &plan).await;
    });
}

/// The plan's calls fail, for the tag is gone, and change nothing.
async fn is_refused(lab: &Lab, plan: &Plan) {
    let writes = lab.writes();
    let execution = evenkeel::execute::execute(plan, &lab.aws, &Silent, || false).await;
    let faults: Vec<String> = execution.failures().map(|(_, fault)| fault.to_string()).collect();
    assert!(!faults.is_empty() && faults.iter().all(|fault| fault.contains("does not carry the tag")), "{faults:?}");
    assert_eq!(lab.writes(), writes, "{:?}", lab.written());
}

fn pruned_of_worker() -> Desired {
    let mut wanted = without_worker(shop("2.0.0"));
    wanted.policy.prune = PruneRules { enabled: true, max_millionths: ALL };
    wanted
}
