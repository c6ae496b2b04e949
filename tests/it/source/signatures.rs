//! Which commits are believed: real signatures, made and checked by the system's own programs.

use evenkeel::daemon::source::SourceError;
use evenkeel::daemon::source::git::{Mode, Signers};

use super::remote::Remote;
use super::{look, moved};

fn is_unsigned(error: &SourceError, commit: &evenkeel::model::id::Commit) -> bool {
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
    assert_eq!(moved(look(&mut source)).commit.unwrap().id, first);
    remote.commit("Two", Some(&bob));
    let third = remote.push("Three", Some(&ann));
    assert_eq!(moved(look(&mut source)).commit.unwrap().id, third);
    let smuggled = remote.commit("Smuggled in", None);
    let head = remote.push("Signed, on top of it", Some(&ann));
    let error = look(&mut source).unwrap_err();
    assert!(is_unsigned(&error, &smuggled), "{error} of {head}");
}

#[test]
fn a_key_that_may_sign_other_things_may_not_sign_commits() {
    let remote = Remote::new("");
    let ann = remote.key("ann");
    let allowed = remote.allow(&[&ann]);
    let line = std::fs::read_to_string(&allowed).unwrap().replace("\"git\"", "\"file\"");
    std::fs::write(&allowed, line).unwrap();
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
    let allowed = remote.folder.join("nobody");
    let error = look(&mut remote.signed_source(Signers { mode: Mode::Head, allowed })).unwrap_err();
    assert!(matches!(error, SourceError::NotSigned { .. }), "{error}");
}
