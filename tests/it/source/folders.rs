//! A folder as a source, in real time: changes are heard of.

use std::time::Duration;

use evenkeel::cloud::clock::Clock;
use evenkeel::daemon::event::Event;
use evenkeel::daemon::feed;
use evenkeel::daemon::source::{FolderSource, Looked, Source, SourceError};
use evenkeel::model::time::Timestamp;
use tokio::sync::mpsc;

use crate::support::folder::Folder;

#[test]
fn a_change_is_heard_of_before_its_time_and_a_folder_that_went_is_said_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = Folder::new();
        std::fs::create_dir(folder.join("manifests")).unwrap();
        std::fs::write(folder.join("manifests/a.yaml"), "one\n").unwrap();
        let source = Source::Folder(FolderSource::new(folder.join("manifests")).watched());
        let (tell, mut events) = mpsc::channel(8);
        // An hour passes before anyone would look by himself.
        let feed =
            feed::follow(source, Duration::from_hours(1), Clock::starting_at(Timestamp::from_millis(0), 1), 7, tell);
        let story = async {
            let mut texts = Vec::new();
            for text in ["two\n", "three\n"] {
                let Some(Event::SourceMoved(Ok(Some(snapshot)))) = events.recv().await else { panic!("no snapshot") };
                texts.push(snapshot.files.read[0].text.clone());
                std::fs::write(folder.join("manifests/a.yaml"), text).unwrap();
            }
            let Some(Event::SourceMoved(Ok(Some(snapshot)))) = events.recv().await else { panic!("no snapshot") };
            texts.push(snapshot.files.read[0].text.clone());
            assert_eq!(texts, ["one\n", "two\n", "three\n"]);
            std::fs::remove_dir_all(folder.join("manifests")).unwrap();
            let Some(Event::SourceMoved(Err(error))) = events.recv().await else { panic!("no error") };
            assert!(matches!(error, SourceError::Folder { .. }), "{error}");
        };
        tokio::select! {
            () = feed => panic!("it ended"),
            () = story => {}
        }
    });
}

/// Whoever copies a folder has its files away for a moment, and with prune on what they name would go.
#[test]
fn a_file_that_is_gone_for_a_moment_was_never_gone() {
    let folder = Folder::new();
    let file = |name: &str| folder.join(name);
    for name in ["a.yaml", "b.yaml", "c.yaml"] {
        std::fs::write(file(name), "one\n").unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut source = Source::Folder(FolderSource::new(folder.join("")));
    let mut at = |seconds: i64| runtime.block_on(source.look(Timestamp::from_millis(1000 * seconds))).unwrap();
    assert!(matches!(at(-10), Looked::Moved(_)));
    assert_eq!(at(0), Looked::Settled);
    std::fs::remove_file(file("b.yaml")).unwrap();
    assert_eq!(at(1), Looked::Settling);
    assert_eq!(at(10), Looked::Settling);
    std::fs::write(file("b.yaml"), "one\n").unwrap();
    assert_eq!(at(11), Looked::Unchanged);
    // Another file is gone: its ten seconds begin.
    std::fs::remove_file(file("b.yaml")).unwrap();
    assert_eq!(at(12), Looked::Settling);
    std::fs::remove_file(file("c.yaml")).unwrap();
    assert_eq!(at(21), Looked::Settling, "more are going");
    assert_eq!(at(30), Looked::Settling);
    let Looked::Moved(snapshot) = at(31) else { panic!("it is gone by now") };
    assert_eq!((snapshot.files.read.len(), snapshot.settled), (1, true));
}

/// What comes is told of at once; that it is all, when nothing has come or gone for ten seconds.
#[test]
fn a_folder_that_grows_is_not_whole_before_it_has_stood_still() {
    let folder = Folder::new();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("a.yaml", "one\n");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut source = Source::Folder(FolderSource::new(folder.join("")));
    let mut at = |seconds: i64| runtime.block_on(source.look(Timestamp::from_millis(1000 * seconds))).unwrap();
    let found = |looked: Looked| match looked {
        Looked::Moved(snapshot) => (snapshot.files.read.len(), snapshot.settled),
        other => panic!("{other:?}"),
    };
    assert_eq!(found(at(0)), (1, false), "a start");
    assert_eq!(at(9), Looked::Settling);
    write("b.yaml", "one\n");
    assert_eq!(found(at(10)), (2, false), "more has come");
    write("a.yaml", "two\n");
    assert_eq!(found(at(15)), (2, false), "the same files, with something else in one of them");
    assert_eq!(at(19), Looked::Settling);
    assert_eq!(at(20), Looked::Settled);
    assert_eq!(at(21), Looked::Unchanged);
    write("a.yaml", "three\n");
    assert_eq!(found(at(22)), (2, true));
    write("c.yaml", "one\n");
    assert_eq!(found(at(23)), (3, false));
    // What has come and is gone again.
    std::fs::remove_file(folder.join("c.yaml")).unwrap();
    assert_eq!(at(24), Looked::Settling);
    assert_eq!(found(at(34)), (2, true));
}

/// What cannot be read in between has not stood still.
#[test]
fn a_look_that_fails_begins_the_ten_seconds_anew() {
    let folder = Folder::new();
    let file = |name: &str| folder.join(name);
    for name in ["a.yaml", "b.yaml"] {
        std::fs::write(file(name), "one\n").unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut source = Source::Folder(FolderSource::new(folder.join("")));
    let mut at = |seconds: i64| runtime.block_on(source.look(Timestamp::from_millis(1000 * seconds)));
    assert!(matches!(at(0), Ok(Looked::Moved(_))));
    std::fs::remove_file(file("b.yaml")).unwrap();
    assert_eq!(at(1), Ok(Looked::Settling));
    std::fs::remove_file(file("a.yaml")).unwrap();
    assert!(matches!(at(5), Err(SourceError::NoManifests(_))));
    std::fs::write(file("a.yaml"), "one\n").unwrap();
    assert_eq!(at(12), Ok(Looked::Settling));
    assert!(matches!(at(22), Ok(Looked::Moved(_))));
    // And where nothing is gone in the end.
    std::fs::write(file("b.yaml"), "one\n").unwrap();
    assert!(matches!(at(30), Ok(Looked::Moved(_))));
    for name in ["a.yaml", "b.yaml"] {
        std::fs::remove_file(file(name)).unwrap();
    }
    assert!(matches!(at(35), Err(SourceError::NoManifests(_))));
    for name in ["a.yaml", "b.yaml"] {
        std::fs::write(file(name), "one\n").unwrap();
    }
    assert_eq!(at(36), Ok(Looked::Settling));
    assert_eq!(at(45), Ok(Looked::Settling));
    assert_eq!(at(46), Ok(Looked::Settled));
}
