//! A source that has to know what was applied before: it is told, and nothing is carried out before it has looked again.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::cloud::{Recall as _, Recalled};
use evenkeel::daemon::board::Board;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::record::Record;
use evenkeel::daemon::source::applied::Applied;
use evenkeel::daemon::source::{CommitInfo, FolderSource, Looked, Snapshot, Source, SourceError};
use evenkeel::daemon::{Daemon, Ended};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{Commit, Installation};
use evenkeel::model::time::Timestamp;
use evenkeel::render::style::Style;
use evenkeel::render::table;
use evenkeel::sandbox::Service;
use evenkeel::sandbox::chaos::Fate;
use evenkeel::status::condition::Condition;
use serde_json::json;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{mpsc, oneshot, watch};

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
    let looked =
        Source::Folder(FolderSource::new(folder.join("manifests"))).look(Timestamp::from_millis(0)).await.unwrap();
    let Looked::Moved(snapshot) = looked else { panic!("manifests are new") };
    let commit = Some(CommitInfo { id: Commit::new("cccc"), author: "Ann".into(), subject: "Three".into() });
    let lineage = commits(["aaaa", "bbbb", "cccc"]);
    Event::SourceMoved(Ok(Some(Box::new(Snapshot { commit, lineage, verified: true, asks, ..snapshot }))))
}

/// A daemon that begins with a folder whose source asks for any commit.
async fn asked(lab: &Lab, folder: &Folder, story: impl AsyncFnOnce(mpsc::Sender<Event>, Board, Applied)) {
    asked_for(Applied::default(), lab, folder, story).await;
}

/// A daemon that begins with a folder whose source asks this.
async fn asked_for(
    asks: Applied,
    lab: &Lab,
    folder: &Folder,
    story: impl AsyncFnOnce(mpsc::Sender<Event>, Board, Applied),
) {
    let (tell, events) = mpsc::channel(8);
    let (_rules, in_force) = watch::channel(rules());
    let board = Board::new(lab.clock, lab.aws.traffic(), false);
    let record = (Record::new(lab.clock, Box::new(|_| {})), board.clone());
    let daemon = Daemon::new(lab.aws.clone(), lab.clock, in_force, record, 7).run(events);
    let story = async {
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
            let said = source(&board).concat();
            assert!(said.starts_with("Unknown AppliedUnknown") && said.contains("being compared"), "{said}");
            assert_eq!(lab.writes(), writes);
            assert!(board.said().plan.unwrap().contains("2.1.0"), "what would be done is shown");
            assert_eq!(board.missing(), ["no commit is in force yet"]);
            tell.send(snapshot(&folder, None).await).await.unwrap();
            minutes(10).await;
            assert_eq!(board.missing(), [""; 0]);
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
            assert!(source(&board)[0].starts_with("Unknown AppliedUnknown"), "{:?}", source(&board));
        })
        .await;
    });
}

/// The roles have the mark of one commit, and the services that of the next; what shows that of services cannot be read.
async fn in_part() -> (Lab, Folder) {
    let (mut lab, folder) = (Lab::with_shop().await, shop_folder());
    lab.converge(&from(shop("2.0.0"), "aaaa")).await;
    let newer = from(shop("2.1.0"), "bbbb");
    lab.converge(&Desired { lineage: commits(["aaaa", "bbbb"]), ..newer }).await;
    lab.restart().await;
    let unread = ["DescribeServices", "GetResources", "ListTaskDefinitions", "DescribeTaskDefinition"];
    lab.chaos.set(move |_, operation| if unread.contains(&operation) { Fate::Throttled } else { Fate::Pass });
    (lab, folder)
}

#[test]
fn a_mark_that_one_look_does_not_see_is_told_by_a_later_one() {
    in_virtual_time(async {
        let (lab, folder) = in_part().await;
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

/// Else the mark of a history that was given up would be taken for all that was ever applied.
#[test]
fn where_all_commits_are_asked_for_some_of_them_are_no_answer() {
    in_virtual_time(async {
        let (lab, folder) = in_part().await;
        asked_for(Applied::of_all(), &lab, &folder, async |_, board, asks| {
            minutes(30).await;
            assert_eq!(asks.commits(), None);
            let said = source(&board).concat();
            assert!(said.starts_with("False AppliedUnknown") && said.contains("tag:GetResources"), "{said}");
            lab.chaos.set(|_, _| Fate::Pass);
            minutes(30).await;
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
            assert_eq!(lab.aws.recall(&installation, false).await, Ok(Recalled::default()));
            lab.converge(&from(manifests(text), "aaaa")).await;
            lab.chaos.set(move |_, operation| match operation {
                "GetAccountAuthorizationDetails" if without_roles => Fate::Denied,
                _ => Fate::Pass,
            });
            let commits = commits(["aaaa"]);
            assert_eq!(lab.aws.recall(&installation, false).await, Ok(Recalled { commits, without_roles }));
            assert_eq!(lab.aws.recall(&Installation::new("other"), false).await.unwrap().commits, BTreeSet::new());
        }
    });
}

/// The newest of them says from where on all must be signed, and in a list it may be the last.
#[test]
fn of_revisions_every_mark_counts() {
    in_virtual_time(async {
        let lab = Lab::new().await;
        lab.converge(&from(manifests(BATCH), "aaaa")).await;
        let newer = from(manifests(&BATCH.replace("batch:1", "batch:2")), "bbbb");
        lab.converge(&Desired { lineage: commits(["aaaa", "bbbb"]), ..newer }).await;
        let recalled = lab.aws.recall(&Installation::new("default"), false).await.unwrap();
        assert_eq!(recalled.commits, commits(["aaaa", "bbbb"]));
    });
}

#[test]
fn what_was_found_before_a_list_broke_off_counts_unless_all_of_it_is_asked_for() {
    in_virtual_time(async {
        let lab = Lab::new().await;
        let tags = [("installation", "default"), ("resource", "Secret/db"), ("applied", "v1:1:aaaa:1")];
        let tags = tags.map(|(key, value)| json!({"Key": format!("evenkeel.dev/{key}"), "Value": value}));
        // More than one page.
        for number in 0..101 {
            let body = json!({"Name": format!("shop/{number}"), "Tags": tags});
            lab.call(Service::SecretsManager, "CreateSecret", &body);
        }
        let mut pages = 0;
        lab.chaos.set(move |_, operation| {
            pages += usize::from(operation == "GetResources");
            if pages > 1 { Fate::Denied } else { Fate::Pass }
        });
        let installation = Installation::new("default");
        let found = Ok(Recalled { commits: commits(["aaaa"]), without_roles: false });
        assert_eq!(lab.aws.recall(&installation, false).await, found);
        let refused = lab.aws.recall(&installation, true).await.unwrap_err();
        assert!(refused.contains("tag:GetResources"), "{refused}");
    });
}

/// What a start finds refused is shown, and is not what is in force: nobody is told to carry it out by hand.
#[test]
fn a_head_that_is_refused_after_a_start_is_not_in_force() {
    in_virtual_time(async {
        let (mut lab, folder) = (Lab::with_shop().await, shop_folder());
        lab.converge(&from(shop("2.0.0"), "aaaa")).await;
        lab.restart().await;
        edit(&folder, "web.yaml", "shop-web:2.0.0", "shop-web:2.1.0");
        asked(&lab, &folder, async |tell, board, _| {
            minutes(5).await;
            assert!(source(&board)[0].starts_with("Unknown AppliedUnknown"), "{:?}", source(&board));
            let refused = SourceError::NotSigned { commit: Commit::new("bbbb"), why: "it has no signature".into() };
            tell.send(Event::SourceMoved(Err(refused))).await.unwrap();
            lab.rotate("shop/db", 2);
            let writes = lab.writes();
            minutes(30).await;
            assert_eq!(lab.writes(), writes);
            let report = board.said().status.unwrap();
            assert_eq!(report.source.commit, None);
            let line = table::source(&report, Style::plain()).unwrap();
            assert!(line.contains("NotSigned") && line.contains("nothing is carried out"), "{line}");
            assert!(!line.contains("stays in force"), "{line}");
            assert!(!board.numbers().contains("evenkeel_source_info{"), "{}", board.numbers());
            for id in ["Service/web", "Service/worker", "TaskDefinition/web"] {
                let status = report.resources.iter().find(|status| status.resource.to_string() == id).unwrap();
                let ready = status.ready().unwrap();
                assert_eq!(ready.reason.as_str(), "WaitingForSource", "{id}: {ready:?}");
                assert!(ready.message.contains("commit cccc, which is not in force"), "{id}: {ready:?}");
                assert!(!ready.reason.advice().contains("apply"), "{id}: {ready:?}");
            }
            tell.send(snapshot(&folder, None).await).await.unwrap();
            minutes(10).await;
            assert!(board.numbers().contains("evenkeel_source_info{commit=\"cccc\""));
            assert_eq!(board.said().status.unwrap().source.commit.as_ref().unwrap().id, Commit::new("cccc"));
        })
        .await;
    });
}

/// Its message would be deleted, though nobody has looked.
#[test]
fn whoever_waits_for_a_pass_waits_until_there_is_something_to_want() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, shop_folder());
        let (tell, events) = mpsc::channel(8);
        let (_rules, in_force) = watch::channel(rules());
        let record = Record::new(lab.clock, Box::new(|_| {}));
        let daemon = Daemon::new(lab.aws.clone(), lab.clock, in_force, record, 7).run(events);
        let story = async {
            let (done, mut answer) = oneshot::channel();
            let secrets = BTreeSet::from(["shop/db".to_owned()]);
            tell.send(Event::SecretChanged { secrets, done }).await.unwrap();
            minutes(30).await;
            assert_eq!(answer.try_recv(), Err(TryRecvError::Empty));
            tell.send(snapshot(&folder, None).await).await.unwrap();
            minutes(10).await;
            assert_eq!(answer.try_recv(), Ok(()));
            tell.send(Event::Shutdown).await.unwrap();
        };
        assert_eq!(Box::pin(async { tokio::join!(daemon, story).0 }).await, Ended::Asked);
    });
}
