//! Which commits are believed: real signatures, made and checked by the system's own programs.

use evenkeel::daemon::source::git::{Allowed, GitSettings, GitSource, Mode, Signers};
use evenkeel::daemon::source::{Looked, Snapshot, SourceError};
use evenkeel::model::id::Commit;

use super::remote::Remote;
use super::{look, moved};

fn is_unsigned(error: &SourceError, commit: &Commit) -> bool {
    matches!(error, SourceError::NotSigned { commit: named, .. } if named == commit)
}

#[test]
fn a_head_that_no_allowed_signer_signed_is_not_believed_and_the_next_good_one_is() {
    let remote = Remote::new("");
    let (ann, eve) = (remote.key("ann"), remote.key("eve"));
    let mut source = remote.signed_source(Signers { mode: Mode::Head, allowed: remote.allow(&[&ann]) });
    remote.write("shop/web.yaml", "one\n");
    let unsigned = remote.push("Unsigned", None);
    let error = look(&mut source).unwrap_err();
    assert!(is_unsigned(&error, &unsigned), "{error}");
    assert!(error.to_string().ends_with(": it has no signature"), "{error}");
    let foreign = remote.push("Signed by a stranger", Some(&eve));
    let error = look(&mut source).unwrap_err();
    assert!(is_unsigned(&error, &foreign), "{error}");
    // Whoever signs the head answers for all that is in it.
    let good = remote.push("Signed", Some(&ann));
    assert_eq!(moved(look(&mut source)).commit.unwrap().id, good);
    let unsigned = remote.push("Unsigned again", None);
    assert!(is_unsigned(&look(&mut source).unwrap_err(), &unsigned));
    let good = remote.push("Signed again", Some(&ann));
    assert_eq!(moved(look(&mut source)).commit.unwrap().id, good);
}

#[test]
fn every_commit_since_the_one_in_force_is_signed() {
    let remote = Remote::new("");
    let (ann, bob) = (remote.key("ann"), remote.key("bob"));
    let mut source = remote.signed_source(Signers { mode: Mode::EveryCommit, allowed: remote.allow(&[&ann, &bob]) });
    remote.write("shop/web.yaml", "one\n");
    let first = remote.push("One", Some(&ann));
    assert_eq!(settled(&mut source, &[]).unwrap().commit.unwrap().id, first);
    remote.commit("Two", Some(&bob));
    let third = remote.push("Three", Some(&ann));
    assert_eq!(moved(look(&mut source)).commit.unwrap().id, third);
    let smuggled = remote.commit("Smuggled in", None);
    let head = remote.push("Signed, on top of it", Some(&ann));
    let error = look(&mut source).unwrap_err();
    assert!(is_unsigned(&error, &smuggled), "{error} of {head}");
}

/// After a start: the source asks what was applied before, and looks again.
fn settled(source: &mut GitSource, applied: &[&Commit]) -> Result<Snapshot, SourceError> {
    let provisional = moved(look(source));
    let asks = provisional.asks.expect("it does not know what was applied");
    assert_eq!(look(source), Ok(Looked::Unchanged), "nobody has answered yet");
    asks.tell(applied.iter().copied().cloned().collect());
    let again = look(source)?;
    let Looked::Moved(snapshot) = again else { panic!("it has not looked again") };
    assert_eq!((&snapshot.commit, &snapshot.asks), (&provisional.commit, &None));
    assert_eq!(look(source), Ok(Looked::Unchanged));
    Ok(snapshot)
}

/// A restart must not let in what was refused before it.
#[test]
fn after_a_start_every_commit_since_those_that_were_applied_last_is_signed() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    let signers = || Signers { mode: Mode::EveryCommit, allowed: remote.allow(&[&ann]) };
    remote.write("shop/web.yaml", "one\n");
    let before = remote.push("Before anyone signed", None);
    let first = remote.push("One", Some(&ann));
    let second = remote.push("Two", Some(&ann));
    // Marks of long ago are as good as new ones: the newest counts.
    settled(&mut remote.signed_source(signers()), &[&before, &first]).unwrap();
    settled(&mut remote.signed_source(signers()), &[&second]).unwrap();
    let smuggled = remote.push("Smuggled in", None);
    let head = remote.push("Signed, on top of it", Some(&ann));
    let refused = settled(&mut remote.signed_source(signers()), &[&before, &first]).unwrap_err();
    assert!(is_unsigned(&refused, &smuggled), "{refused}");
    // It is refused for as long as it is so, and a commit that nobody here knows says nothing.
    let mut source = remote.signed_source(signers());
    let foreign = Commit::new("1".repeat(40));
    assert!(settled(&mut source, &[&foreign, &second]).is_err());
    let refused = look(&mut source).unwrap_err();
    assert!(is_unsigned(&refused, &smuggled), "{refused}");
    // What was applied from the head itself was let in once.
    settled(&mut remote.signed_source(signers()), &[&first, &head]).unwrap();
    let rewind_from = [second.clone()].into();
    let settings = GitSettings { signers: Some(signers()), rewind_from, ..remote.settings() };
    settled(&mut GitSource::new(settings), &[&second]).unwrap();
}

/// The marks of some objects may be readable later than those of others: what was accepted long ago is not refused for long.
#[test]
fn after_a_start_more_can_become_known_of_what_was_applied() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    let mut source = remote.signed_source(Signers { mode: Mode::EveryCommit, allowed: remote.allow(&[&ann]) });
    remote.write("shop/web.yaml", "one\n");
    let old = remote.push("Of the object that can be read", None);
    let unsigned = remote.push("Before anyone signed", None);
    let newest = remote.push("Of the object that cannot", Some(&ann));
    let asks = moved(look(&mut source)).asks.unwrap();
    asks.tell([old].into());
    let refused = look(&mut source).unwrap_err();
    assert!(is_unsigned(&refused, &unsigned), "{refused}");
    asks.tell([newest.clone()].into());
    let snapshot = moved(look(&mut source));
    assert_eq!((snapshot.commit.unwrap().id, snapshot.asks), (newest, None));
}

/// Nothing says from where on it had to be signed.
#[test]
fn after_a_start_a_history_without_any_commit_that_was_applied_is_a_rewritten_one() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    let signers = || Signers { mode: Mode::EveryCommit, allowed: remote.allow(&[&ann]) };
    remote.write("shop/web.yaml", "one\n");
    let applied = remote.push("One", Some(&ann));
    remote.git(&["checkout", "-q", "--orphan", "other"]);
    remote.commit("Smuggled in", None);
    let head = remote.push("Signed, on top of it", Some(&ann));
    let refused = settled(&mut remote.signed_source(signers()), &[&applied]);
    assert_eq!(refused, Err(SourceError::Rewritten { from: applied.clone(), to: head.clone() }));
    let settings = GitSettings { signers: Some(signers()), rewind_from: [applied.clone()].into(), ..remote.settings() };
    assert_eq!(settled(&mut GitSource::new(settings), &[&applied]).unwrap().commit.unwrap().id, head);
}

/// Which of them was in force is not known then: what was applied from a later one is held, since the lineage lacks that.
#[test]
fn after_a_start_a_history_that_goes_back_to_a_commit_that_was_applied_is_accepted_with_all_since_signed() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    let signers = || Signers { mode: Mode::EveryCommit, allowed: remote.allow(&[&ann]) };
    remote.write("shop/web.yaml", "one\n");
    let earlier = remote.push("One", Some(&ann));
    let later = remote.push("Two", Some(&ann));
    let mut running = remote.signed_source(signers());
    settled(&mut running, &[&earlier, &later]).unwrap();
    remote.git(&["reset", "-q", "--hard", earlier.as_str()]);
    remote.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    assert_eq!(look(&mut running), Err(SourceError::Rewritten { from: later.clone(), to: earlier.clone() }));
    let snapshot = settled(&mut remote.signed_source(signers()), &[&earlier, &later]).unwrap();
    assert_eq!((snapshot.commit.unwrap().id, snapshot.lineage), (earlier.clone(), [earlier.clone()].into()));
    let smuggled = remote.push("Smuggled in", None);
    remote.push("Signed, on top of it", Some(&ann));
    let refused = settled(&mut remote.signed_source(signers()), &[&earlier, &later]).unwrap_err();
    assert!(is_unsigned(&refused, &smuggled), "{refused}");
}

/// Naming a commit accepts the history that came instead of it, and not whatever is pushed on top of that.
#[test]
fn while_a_rewritten_history_is_accepted_all_that_came_since_it_was_applied_is_signed() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    let allowed = remote.allow(&[&ann]);
    let restarted = |rewind_from: &[&Commit]| {
        let signers = Some(Signers { mode: Mode::EveryCommit, allowed: allowed.clone() });
        let rewind_from = rewind_from.iter().copied().cloned().collect();
        GitSource::new(GitSettings { signers, rewind_from, ..remote.settings() })
    };
    remote.write("shop/web.yaml", "one\n");
    let before = remote.push("Before the histories part", Some(&ann));
    let gone = remote.push("Goes away", Some(&ann));
    remote.git(&["reset", "-q", "--hard", before.as_str()]);
    let unsigned = remote.commit("Unsigned", None);
    let instead = remote.push("Came instead", Some(&ann));
    settled(&mut restarted(&[&gone]), &[&gone]).unwrap();
    // What the commit that went away contained is not known any more: it may as well be of this history.
    let refused = settled(&mut restarted(&[&gone]), &[&before, &gone]).unwrap_err();
    assert!(is_unsigned(&refused, &unsigned), "{refused}");
    settled(&mut restarted(&[&before, &gone]), &[&before, &gone]).unwrap();
    let smuggled = remote.push("Smuggled in", None);
    remote.push("Signed, on top of it", Some(&ann));
    // Something still has the mark of what went away.
    let refused = settled(&mut restarted(&[&before, &gone]), &[&before, &gone, &instead]).unwrap_err();
    assert!(is_unsigned(&refused, &smuggled), "{refused}");
}

#[test]
fn where_only_the_head_is_signed_nothing_is_asked() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    remote.write("shop/web.yaml", "one\n");
    remote.push("One", Some(&ann));
    let allowed = remote.allow(&[&ann]);
    assert_eq!(moved(look(&mut remote.signed_source(Signers { mode: Mode::Head, allowed }))).asks, None);
    assert_eq!(moved(look(&mut remote.source())).asks, None);
}

#[test]
fn a_key_that_may_sign_other_things_may_not_sign_commits() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    let allowed = remote.allow(&[&ann]);
    let Allowed::File(file) = &allowed else { panic!("{allowed:?}") };
    let line = std::fs::read_to_string(file).unwrap().replace("\"git\"", "\"file\"");
    std::fs::write(file, line).unwrap();
    remote.write("shop/web.yaml", "one\n");
    let commit = remote.push("One", Some(&ann));
    let error = look(&mut remote.signed_source(Signers { mode: Mode::Head, allowed })).unwrap_err();
    assert!(is_unsigned(&error, &commit), "{error}");
}

#[test]
fn a_file_of_signers_that_is_not_there_lets_nothing_in() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    remote.write("shop/web.yaml", "one\n");
    remote.push("One", Some(&ann));
    let allowed = Allowed::File(remote.folder.join("nobody"));
    let error = look(&mut remote.signed_source(Signers { mode: Mode::Head, allowed })).unwrap_err();
    assert!(matches!(error, SourceError::NotSigned { .. }), "{error}");
}

/// A container's root is read-only, and what is not would be `/tmp` of everyone.
#[test]
fn what_is_checked_is_written_down_in_the_folder_of_the_source_alone() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    remote.write("shop/web.yaml", "one\n");
    remote.push("One", Some(&ann));
    let signers = Signers { mode: Mode::Head, allowed: remote.allow(&[&ann]) };
    let mut settings = GitSettings { signers: Some(signers), ..remote.settings() };
    settings.environment.push(("TMPDIR".to_owned(), "/dev/null/read-only".into()));
    let (path, log) = (super::variable("PATH").unwrap(), remote.folder.join("asked"));
    let script = format!("echo \"$@\" >> '{}'\nPATH='{}' exec ssh-keygen \"$@\"", log.display(), path.display());
    remote.stand_in(&mut settings, "ssh-keygen", &script);
    let cache = settings.cache.display().to_string();
    moved(look(&mut GitSource::new(settings)));
    let asked = std::fs::read_to_string(log).unwrap();
    let written: Vec<&str> = asked.split_whitespace().filter(|word| word.contains("git_vtag")).collect();
    assert!(!written.is_empty() && written.iter().all(|file| file.starts_with(&cache)), "{asked}");
}

/// A task has no file that its template did not make: its signers stand in a variable.
#[test]
fn lines_of_allowed_signers_are_as_good_as_a_file_of_them() {
    let remote = Remote::new("");
    let (ann, bob, eve) = (remote.key("ann"), remote.key("bob"), remote.key("eve"));
    let Allowed::File(file) = remote.allow(&[&ann, &bob]) else { panic!("it makes a file") };
    let lines = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    std::fs::remove_file(file).unwrap();
    let mut source = remote.signed_source(Signers { mode: Mode::Head, allowed: Allowed::Lines(lines) });
    remote.write("shop/web.yaml", "one\n");
    for key in [&ann, &bob] {
        let good = remote.push("Signed", Some(key));
        assert_eq!(moved(look(&mut source)).commit.unwrap().id, good);
    }
    let foreign = remote.push("Signed by a stranger", Some(&eve));
    let error = look(&mut source).unwrap_err();
    assert!(is_unsigned(&error, &foreign), "{error}");
}
