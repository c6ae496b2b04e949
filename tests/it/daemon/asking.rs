//! A source that has to know what was applied before: it is told, and nothing is carried out before it has looked again.

use std::collections::BTreeSet;

use evenkeel::daemon::board::Board;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::record::Record;
use evenkeel::daemon::source::applied::Applied;
use evenkeel::daemon::source::{CommitInfo, FolderSource, Looked, Snapshot, Source};
use evenkeel::daemon::{Daemon, Ended};
use evenkeel::model::id::Commit;
use evenkeel::sandbox::chaos::Fate;
use tokio::sync::{mpsc, watch};

use super::running::{edit, rules, shop_folder};
use crate::support::lab::{Lab, in_virtual_time, shop};
use crate::support::world::deployments;

/// The shop at a release, as a commit after two others; `asks` or not.
async fn snapshot(tag: &str, asks: Option<Applied>) -> Event {
    let folder = shop_folder();
    edit(&folder, "web.yaml", "shop-web:2.0.0", &format!("shop-web:{tag}"));
    let looked = Source::Folder(FolderSource::new(folder.join("manifests"))).look().await.unwrap();
    let Looked::Moved(snapshot) = looked else { panic!("manifests are new") };
    let commit = Some(CommitInfo { id: Commit::new("cccc"), author: "Ann".into(), subject: "Three".into() });
    let lineage = ["aaaa", "bbbb", "cccc"].map(Commit::new).into();
    Event::SourceMoved(Ok(Some(Box::new(Snapshot { commit, lineage, verified: true, asks, ..snapshot }))))
}

#[test]
fn until_the_source_has_been_told_and_has_looked_again_nothing_is_changed() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        let mut applied = shop("2.0.0");
        (applied.commit, applied.lineage) = (Some(Commit::new("aaaa")), BTreeSet::from([Commit::new("aaaa")]));
        lab.converge(&applied).await;
        lab.restart().await;
        let writes = lab.writes();
        let (tell, events) = mpsc::channel(8);
        let (_rules, in_force) = watch::channel(rules());
        let board = Board::new(lab.clock, lab.aws.traffic(), false);
        let record = (Record::new(lab.clock, Box::new(|_| {})), board.clone());
        let daemon = Daemon::new(lab.aws.clone(), lab.clock, in_force, record, 7).run(events);
        let story = async {
            let asks = Applied::default();
            // The marks cannot be read: that nothing was applied is not known.
            lab.chaos.set(|_, operation| if operation.starts_with("Create") { Fate::Pass } else { Fate::Denied });
            tell.send(snapshot("2.1.0", Some(asks.clone())).await).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_mins(30)).await;
            assert_eq!(asks.commits(), None);
            lab.chaos.set(|_, _| Fate::Pass);
            tokio::time::sleep(std::time::Duration::from_mins(30)).await;
            assert_eq!(asks.commits(), Some(BTreeSet::from([Commit::new("aaaa")])));
            assert_eq!(lab.writes(), writes);
            assert!(board.said().plan.unwrap().contains("2.1.0"), "what would be done is shown");
            tell.send(snapshot("2.1.0", None).await).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_mins(10)).await;
            assert_eq!(deployments(&lab, "shop-web"), 2);
            tell.send(Event::Shutdown).await.unwrap();
        };
        assert_eq!(Box::pin(async { tokio::join!(daemon, story).0 }).await, Ended::Asked);
    });
}
