//! SSH as the system's Git does it: a stand-in for `ssh` runs here what it was to run on the server.

use evenkeel::daemon::source::SourceError;
use evenkeel::daemon::source::git::{Address, GitSettings, GitSource};

use super::remote::Remote;
use super::{look, moved, names};

/// A source of the repository by SSH; the script stands for `ssh`, and writes down its arguments.
fn source(remote: &Remote, script: &str) -> GitSource {
    let mut settings = remote.settings();
    let arguments = remote.folder.join("arguments");
    remote.stand_in(&mut settings, "ssh", &format!("echo \"$@\" >> {}\n{script}", arguments.display()));
    let address = format!("ssh://git@git.example.com{}", remote.folder.join("served/shop.git").display());
    GitSource::new(GitSettings { address: Address::parse(&address).unwrap(), token: None, ..settings })
}

#[test]
fn a_repository_is_fetched_by_ssh_without_any_question() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    let commit = remote.push("One", None);
    let mut source = source(&remote, "for last; do :; done\nexec sh -c \"$last\"");
    let snapshot = moved(look(&mut source));
    assert_eq!(names(&snapshot), ["shop/web.yaml"]);
    assert_eq!(snapshot.commit.map(|commit| commit.id), Some(commit));
    let arguments = std::fs::read_to_string(remote.folder.join("arguments")).unwrap();
    for line in arguments.lines() {
        assert!(line.starts_with("-oBatchMode=yes ") && line.contains("git@git.example.com git-upload-pack"), "{line}");
    }
    assert!(!arguments.is_empty());
}

#[test]
fn what_ssh_says_when_it_is_not_let_in_is_the_reason() {
    let remote = Remote::new("");
    let mut source = source(&remote, "echo 'Host key verification failed.' >&2\nexit 255");
    let error = look(&mut source).unwrap_err();
    let SourceError::Unreachable { url, why } = &error else { panic!("{error}") };
    assert!(url.starts_with("ssh://git@git.example.com/") && why.contains("Host key verification failed."), "{error}");
}
