//! A source that has to know what was applied before: it is told, and nothing is carried out before it has looked again.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::cloud::{Recall as _, Recalled};
use evenkeel::daemon::board::Board;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::record::Record;
use evenkeel::daemon::source::applied::Applied;
use evenkeel::daemon::source::{CommitInfo, FolderSource, Looked, Snapshot, Source};
use evenkeel::daemon::{Daemon, Ended};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Commit, Installation};
use evenkeel::sandbox::chaos::Fate;
use evenkeel::status::condition::Condition;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::running::{edit, rules, shop_folder};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time, manifests, shop};
use crate::support::world::deployments;

/// Manifests as of a commit.
fn from(desired: Desired, commit: &str) -> Desired {
    Desired { commit: Some(Commit::new(commit)), lineage: [Commit::new(commit)].into(), ..desired }
}

fn commits<const N: usize>(names: [&str; N]) -> BTreeSet<Commit> {
    names.map(Commit::new).into()
}

/// The manifests of a folder, as a commit after two others; `asks` or not.
async fn snapshot(folder: &Folder, asks: Option<Applied>) -> Event {
    let looked = Source::Folder(FolderSource::new(folder.join("manifests"))).look().await.unwrap();
    let Looked::Moved(snapshot) = looked else { panic!("manifests are new") };
    let commit = Some(CommitInfo { id: Commit::new("cccc"), author: "Ann".into(), subject: "Three".into() });
    let lineage = commits(["aaaa", "bbbb", "cccc"]);
    Event::SourceMoved(Ok(Some(Box::new(Snapshot { commit, lineage, verified: true, asks, ..snapshot }))))
}

/// A daemon that begins with a folder whose source asks.
async fn asked(lab: &Lab, folder: &Folder, story: impl AsyncFnOnce(mpsc::Sender<Event>, Board, Applied)) {
    let (tell, events) = mpsc::channel(8);
    let (_rules, in_force) = watch::channel(rules());
    let board = Board::new(lab.clock, lab.aws.traffic(), false);
    let record = (Record::new(lab.clock, Box::new(|_| {})), board.clone());
    let daemon = Daemon::new(lab.aws.clone(), lab.clock, in_force, record, 7).run(events);
    let story = async {
        let asks = Applied::default();
        tell.send(snapshot(folder, Some(asks.clone())).await).await.unwrap();
        story(tell.clone(), board, asks).await;
        tell.send(Event::Shutdown).await.unwrap();
    };
    assert_eq!(Box::pin(async { tokio::join!(daemon, story).0 }).await, Ended::Asked);
}

/// What the status says of the source.
fn source(board: &Board) -> Vec<String> {
    let text = |Condition { status, reason, message, .. }: &Condition| format!("{status:?} {reason} {message}");
    board.said().status.unwrap().source.conditions.iter().map(text).collect()
}

async fn minutes(minutes: u64) {
    tokio::time::sleep(Duration::from_mins(minutes)).await;
}

#[test]
fn until_the_source_has_been_told_and_has_looked_again_nothing_is_changed() {
    in_virtual_time(async {
        let (mut lab, folder) = (Lab::with_shop().await, shop_folder());
        lab.converge(&from(shop("2.0.0"), "aaaa")).await;
        lab.restart().await;
        let writes = lab.writes();
        edit(&folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
        // The marks cannot be read: that nothing was applied is not known.
        lab.chaos.set(|_, operation| if operation.starts_with("Create") { Fate::Pass } else { Fate::Denied });
        asked(&lab, &folder, async |tell, board, asks| {
            minutes(30).await;
            assert_eq!(asks.commits(), None);
            let said = source(&board).concat();
            assert!(said.starts_with("False AppliedUnknown") && said.contains("tag:GetResources"), "{said}");
            lab.chaos.set(|_, _| Fate::Pass);
            minutes(30).await;
            assert_eq!(asks.commits(), Some(commits(["aaaa"])));
            assert_eq!(source(&board), ["True Succeeded "]);
            assert_eq!(lab.writes(), writes);
            assert!(board.said().plan.unwrap().contains("2.1.0"), "what would be done is shown");
            tell.send(snapshot(&folder, None).await).await.unwrap();
            minutes(10).await;
            assert_eq!(deployments(&lab, "shop-web"), 2);
        })
        .await;
    });
}

/// Else a commit that nobody signed could make all of it new, and a signed one on top of it would let it in.
#[test]
fn what_was_applied_is_known_although_every_object_has_another_name() {
    in_virtual_time(async {
        let (mut lab, folder) = (Lab::with_shop().await, shop_folder());
        lab.converge(&from(shop("2.0.0"), "aaaa")).await;
        lab.restart().await;
        edit(&folder, "web.yaml", "shop-web", "shop-front");
        edit(&folder, "worker.yaml", "shop-worker", "shop-post");
        asked(&lab, &folder, async |_, _, asks| {
            minutes(1).await;
            assert_eq!(asks.commits(), Some(commits(["aaaa"])));
        })
        .await;
    });
}

#[test]
fn what_can_have_no_mark_and_cannot_be_read_keeps_no_new_installation_waiting() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        lab.chaos.set(|_, operation| if operation.ends_with("Secret") { Fate::Denied } else { Fate::Pass });
        asked(&lab, &folder, async |_, board, asks| {
            minutes(1).await;
            assert_eq!(asks.commits(), Some(commits([])));
            assert_eq!(source(&board), ["True Succeeded "]);
        })
        .await;
    });
}

#[test]
fn a_mark_that_one_look_does_not_see_is_told_by_a_later_one() {
    in_virtual_time(async {
        let (mut lab, folder) = (Lab::with_shop().await, shop_folder());
        lab.converge(&from(shop("2.0.0"), "aaaa")).await;
        let newer = from(shop("2.1.0"), "bbbb");
        lab.converge(&Desired { lineage: commits(["aaaa", "bbbb"]), ..newer }).await;
        lab.restart().await;
        let unread = ["DescribeServices", "GetResources", "ListTaskDefinitions", "DescribeTaskDefinition"];
        lab.chaos.set(move |_, operation| if unread.contains(&operation) { Fate::Throttled } else { Fate::Pass });
        asked(&lab, &folder, async |_, _, asks| {
            minutes(1).await;
            assert_eq!(asks.commits(), Some(commits(["aaaa"])), "of the roles");
            lab.chaos.set(|_, _| Fate::Pass);
            minutes(3).await;
            assert_eq!(asks.commits(), Some(commits(["aaaa", "bbbb"])));
        })
        .await;
    });
}

const ROLE: &str = "
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {name: theirs}
spec: {roleName: theirs, mode: ManagePolicy, grants: [{parameter: /shop/flags}]}
";

const BATCH: &str = "
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {name: batch}
spec: {family: batch, cpu: '256', memory: '512', networkMode: awsvpc, requiresCompatibilities: [FARGATE],
  containerDefinitions: [{name: batch, image: public.ecr.aws/shop/batch:1}]}
";

#[test]
fn roles_in_either_mode_and_revisions_count_where_nothing_else_has_a_mark() {
    in_virtual_time(async {
        for (text, without_roles) in [(ROLE, false), (BATCH, false), (BATCH, true)] {
            let lab = Lab::new().await;
            let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
            lab.form("CreateRole", &json!({"RoleName": "theirs", "AssumeRolePolicyDocument": trust.to_string()}));
            let installation = Installation::new("default");
            assert_eq!(lab.aws.recall(&installation).await, Ok(Recalled::default()));
            lab.converge(&from(manifests(text), "aaaa")).await;
            lab.chaos.set(move |_, operation| match operation {
                "GetAccountAuthorizationDetails" if without_roles => Fate::Denied,
                _ => Fate::Pass,
            });
            let commits = commits(["aaaa"]);
            assert_eq!(lab.aws.recall(&installation).await, Ok(Recalled { commits, without_roles }));
            assert_eq!(lab.aws.recall(&Installation::new("other")).await.unwrap().commits, BTreeSet::new());
        }
    });
}
