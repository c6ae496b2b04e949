//! Unknown is not absent: a failed, denied or partial read creates, replaces and deletes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::ecs::Behaviour;
use serde_json::json;

use crate::rollouts::with_mail;
use crate::support::lab::{Lab, in_virtual_time, in_virtual_time_unlogged, shop};
use crate::sweeps::scenarios;
use evenkeel::sandbox::chaos::Fate;

/// The reads of a look. Where AWS says that there is no such thing, the first group means it: it is absent.
const READS: [&str; 14] = [
    "DescribeSecret",
    "GetRole",
    "ListSecretVersionIds",
    "DescribeServices",
    "DescribeTaskDefinition",
    "ListServiceDeployments",
    "DescribeServiceDeployments",
    "DescribeServiceRevisions",
    "ListTaskDefinitions",
    "ListTasks",
    "DescribeTasks",
    "ListRolePolicies",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
];
const ABSENT: usize = 2;

/// The reads that name what they could not find.
const BATCHES: [&str; 4] =
    ["DescribeServices", "DescribeServiceDeployments", "DescribeServiceRevisions", "DescribeTasks"];

/// What can become of a read and leaves it unknown what there is.
fn fates_of(read: &str) -> Vec<Fate> {
    let mut fates = vec![Fate::Denied, Fate::ServerError, Fate::Lost];
    if !READS[..ABSENT].contains(&read) {
        fates.push(Fate::NotFound);
    }
    if BATCHES.contains(&read) {
        fates.push(Fate::OneFails);
    }
    if BATCHES.contains(&read) || read == "ListServiceDeployments" {
        fates.push(Fate::OneForgotten);
    }
    fates
}

/// What a look met: reads and fates.
type Met = BTreeSet<(String, String)>;

fn met(lab: &Lab) -> impl Iterator<Item = (String, String)> + use<> {
    lab.chaos.disturbed().into_iter().map(|(_, read, fate)| (read, format!("{fate:?}")))
}

#[derive(Clone, Copy, Debug)]
enum Scenario {
    NothingDiffers,
    Rotated,
    Released,
    /// A release that was rolled back is still wanted.
    Failed,
    /// The role may lose what nothing uses any more.
    Narrowed,
    /// The role may lose nothing yet: a task still uses it.
    Kept,
}

#[test]
fn law_2_a_read_that_fails_adds_no_step() {
    use Scenario::{Failed, Kept, Narrowed, NothingDiffers, Released, Rotated};
    let mut reached = Met::new();
    for scenario in [NothingDiffers, Rotated, Released, Failed, Narrowed, Kept] {
        reached.extend(in_virtual_time_unlogged(adds_no_step(scenario)));
    }
    let all = READS.into_iter().flat_map(|read| fates_of(read).into_iter().map(move |fate| (read, fate)));
    let never: Vec<_> = all.filter(|(read, fate)| !reached.contains(&((*read).into(), format!("{fate:?}")))).collect();
    assert!(never.is_empty(), "in no scenario {never:?}");
}

/// Which reads met what.
async fn adds_no_step(scenario: Scenario) -> Met {
    let (mut lab, desired) = prepare(scenario).await;
    let full = steps(&lab, &desired).await;
    let mut reached = Met::new();
    for read in READS {
        for fate in fates_of(read) {
            // Revisions are remembered; another process does not know them.
            lab.restart().await;
            // Where the bulk read is denied, single reads take its place: both must fail.
            lab.chaos.set(move |_, operation| match operation {
                "GetAccountAuthorizationDetails" => Fate::Denied,
                _ if operation == read => fate,
                _ => Fate::Pass,
            });
            let degraded = steps(&lab, &desired).await;
            reached.extend(met(&lab));
            let extra: Vec<_> = degraded.difference(&full).collect();
            assert!(extra.is_empty(), "{scenario:?}, {read} {fate:?}: {extra:?}");
        }
    }
    reached
}

async fn prepare(scenario: Scenario) -> (Lab, Desired) {
    let lab = Lab::with_shop().await;
    lab.create_secret("shop/mail", 1);
    lab.converge(&shop("2.0.0")).await;
    match scenario {
        Scenario::NothingDiffers => (lab, shop("2.0.0")),
        Scenario::Released => (lab, shop("2.1.0")),
        Scenario::Rotated => {
            lab.rotate("shop/db", 2);
            tokio::time::sleep(Duration::from_mins(1)).await;
            (lab, shop("2.0.0"))
        }
        Scenario::Failed => {
            let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.1.0";
            let exits = Behaviour::exiting(1, Duration::from_secs(5));
            lab.sandbox.with_world(|world| world.surroundings.images.set(image, exits));
            lab.converge(&shop("2.1.0")).await;
            (lab, shop("2.1.0"))
        }
        Scenario::Narrowed | Scenario::Kept => {
            lab.converge(&with_mail()).await;
            if matches!(scenario, Scenario::Narrowed) {
                lab.converge(&shop("2.0.0")).await;
            }
            let old = json!({"taskDefinition": "shop-web:2"});
            lab.call(Service::Ecs, "DeregisterTaskDefinition", &old);
            tokio::time::sleep(Duration::from_hours(2)).await;
            (lab, shop("2.0.0"))
        }
    }
}

#[test]
fn law_2_what_cannot_be_read_is_held_and_its_readers_wait() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.chaos.set(|_, operation| if operation == "DescribeSecret" { Fate::Denied } else { Fate::Pass });
        let (_, plan) = lab.look(&shop("2.0.0")).await;
        let held: BTreeSet<String> =
            plan.held().iter().map(|held| format!("{} {}", held.target, held.because.name())).collect();
        let expected = [
            "Secret/shop-db Unreadable",
            "Service/web WaitingOn",
            "Service/worker WaitingOn",
            "TaskDefinition/web WaitingOn",
            "TaskDefinition/worker WaitingOn",
        ];
        assert_eq!(held, expected.map(str::to_owned).into());
        let message = plan.held().iter().find(|held| held.because.name() == "Unreadable").unwrap().because.to_string();
        assert!(message.contains("secretsmanager:DescribeSecret"), "{message}");
        assert!(message.contains("assumed-role/sandbox"), "{message}");
    });
}

#[test]
fn law_2_a_role_that_loses_a_policy_while_it_is_read_is_not_absent() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        for operation in ["ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies"] {
            let missing = move |called: &str| match called {
                "GetAccountAuthorizationDetails" => Fate::Denied,
                _ if called == operation => Fate::NotFound,
                _ => Fate::Pass,
            };
            lab.chaos.set(move |_, called| missing(called));
            let (_, plan) = lab.look(&shop("2.0.0")).await;
            assert!(plan.is_empty(), "{operation}: {plan:#?}");
            let unreadable = plan.held().iter().filter(|held| held.because.name() == "Unreadable");
            let roles: BTreeSet<String> = unreadable.map(|held| held.target.to_string()).collect();
            assert_eq!(roles, ["ExecutionRole/web", "ExecutionRole/worker"].map(str::to_owned).into(), "{operation}");
            // Where it was a race, the second look finds everything.
            let mut left = 2;
            lab.chaos.set(move |_, called| match missing(called) {
                Fate::NotFound if left == 0 => Fate::Pass,
                fate => {
                    left -= usize::from(fate == Fate::NotFound);
                    fate
                }
            });
            let (_, plan) = lab.look(&shop("2.0.0")).await;
            assert!(plan.is_empty() && plan.held().is_empty(), "{operation}: {plan:#?}");
        }
    });
}

/// Reads of which prune alone depends on whole lists.
const LISTS: [&str; 3] = ["GetResources", "GetAccountAuthorizationDetails", "ListServices"];

/// At every stage of a deletion: whichever read fails, always or only the first or second time, nothing more goes than goes
/// where all is known.
#[test]
fn law_2_a_read_that_fails_deletes_nothing_more() {
    let scenario = scenarios::ALL.iter().find(|scenario| scenario.name == "what leaves the manifests").unwrap();
    in_virtual_time_unlogged(async {
        let (mut lab, wanted) = (scenario.prepare)().await;
        let (mut stages, mut reached, mut read_at_all) = (Vec::new(), Met::new(), BTreeSet::new());
        loop {
            let full = steps(&lab, &wanted).await;
            for read in READS.into_iter().chain(LISTS) {
                let fates: Vec<Fate> = fates_while_deleting(read).collect();
                let always = fates.iter().map(|fate| (*fate, None));
                let once = fates.iter().filter(|fate| matches!(fate, Fate::Denied | Fate::OneForgotten));
                let once = once.flat_map(|fate| [(*fate, Some(1)), (*fate, Some(2))]);
                for (fate, only) in always.chain(once) {
                    lab.restart().await;
                    let mut called = 0;
                    lab.chaos.set(move |_, operation| {
                        called += usize::from(operation == read);
                        let fails = operation == read && only.is_none_or(|only| only == called);
                        if fails { fate } else { Fate::Pass }
                    });
                    let degraded = steps(&lab, &wanted).await;
                    reached.extend(met(&lab));
                    read_at_all.extend((called_by(&lab, read) > 0).then_some(read));
                    let extra: Vec<_> = degraded.difference(&full).collect();
                    assert!(extra.is_empty(), "{full:?}: {read} {fate:?} {only:?}: {extra:?}");
                }
            }
            lab.restart().await;
            drop(lab.pass(&wanted).await);
            tokio::time::sleep(Duration::from_mins(2)).await;
            if full.is_empty() {
                break;
            }
            stages.push(full);
        }
        assert_eq!(stages.len(), 4, "the service, its family, its role, its secret: {stages:#?}");
        assert!(LISTS.iter().all(|list| read_at_all.contains(list)), "{read_at_all:?}");
        for read in read_at_all {
            let never: Vec<Fate> = fates_while_deleting(read)
                .filter(|fate| !reached.contains(&(read.to_owned(), format!("{fate:?}"))))
                .collect();
            assert!(never.is_empty(), "{read} met no {never:?}");
        }
    });
}

/// Errors that pass are as good as denied there.
fn fates_while_deleting(read: &str) -> impl Iterator<Item = Fate> + use<> {
    fates_of(read).into_iter().filter(|fate| !matches!(fate, Fate::ServerError | Fate::Lost))
}

fn called_by(lab: &Lab, read: &str) -> usize {
    lab.chaos.seen().into_iter().filter(|seen| *seen == read).count()
}

/// An answer about one service that holds neither it nor a failure says nothing.
#[test]
fn law_2_a_service_that_the_answer_forgets_is_not_gone() {
    let scenario = scenarios::ALL.iter().find(|scenario| scenario.name == "what leaves the manifests").unwrap();
    in_virtual_time_unlogged(async {
        let (lab, wanted) = (scenario.prepare)().await;
        for fate in [Fate::OneForgotten, Fate::OneFails] {
            lab.chaos.set(move |_, operation| if operation == "DescribeServices" { fate } else { Fate::Pass });
            let (_, plan) = lab.look(&wanted).await;
            let mut of_the_mailer = plan.held().iter().filter(|held| held.target.to_string() == "Service/mailer");
            assert!(of_the_mailer.any(|held| held.because.name() == "Unreadable"), "{fate:?}: {:#?}", plan.held());
        }
    });
}

async fn steps(lab: &Lab, desired: &Desired) -> BTreeSet<String> {
    let (_, plan) = lab.look(desired).await;
    plan.steps().map(|(_, step)| format!("{} {}", step.target, step.action.call.name())).collect()
}
