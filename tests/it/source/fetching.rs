//! What is fetched, what is read of it, and what becomes of a server that fails.

use std::collections::BTreeSet;
use std::process::Command;

use evenkeel::daemon::source::git::{GitSettings, GitSource, TokenFrom, Wanted};
use evenkeel::daemon::source::{Looked, SourceError};
use evenkeel::model::id::Commit;

use super::remote::{Remote, run};
use super::{look, moved, names, variable};

const TOKEN: &str = "ghp-canary-token-7d1f";

#[test]
fn files_are_read_from_the_head_of_a_branch_and_only_when_it_moves() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "kind: Service\n");
    remote.write("shop/deep/db.yml", "kind: Secret\n");
    remote.write("shop/.hidden/x.yaml", "kind: Secret\n");
    remote.write("shop/README.md", "no manifest\n");
    remote.write("other/x.yaml", "kind: Secret\n");
    let first = remote.push("First \u{1b}[31mred", None);
    let mut source = remote.source();
    let snapshot = moved(look(&mut source));
    assert_eq!(names(&snapshot), ["shop/deep/db.yml", "shop/web.yaml"]);
    assert_eq!(snapshot.files.read[1].text, "kind: Service\n");
    let commit = snapshot.commit.unwrap();
    assert_eq!((commit.id, commit.author.as_str()), (first.clone(), "Ann <ann@example.com>"));
    assert_eq!(commit.subject, "First [31mred", "no control character reaches anyone");
    assert_eq!(snapshot.lineage, BTreeSet::from([first.clone()]));
    assert_eq!(look(&mut source), Ok(Looked::Unchanged));

    remote.write("shop/web.yaml", "kind: Service # two\n");
    let second = remote.push("Second", None);
    let snapshot = moved(look(&mut source));
    assert_eq!(snapshot.lineage, BTreeSet::from([first, second]));
    assert_eq!(snapshot.files.read[1].text, "kind: Service # two\n");
}

#[test]
fn the_same_file_twice_is_read_twice_and_one_that_is_too_large_is_said_to_be() {
    let remote = Remote::new("");
    remote.write("shop/a.yaml", "kind: Secret\n");
    remote.write("shop/b.yaml", "kind: Secret\n");
    remote.write("shop/large.yaml", &"# 23456789\n".repeat(100_000));
    remote.write("shop/none.yaml", "");
    std::fs::write(remote.folder.join("work/shop/latin.yaml"), b"name: caf\xe9\n").unwrap();
    remote.push("Files", None);
    let snapshot = moved(look(&mut remote.source()));
    assert_eq!(names(&snapshot), ["shop/a.yaml", "shop/b.yaml", "shop/large.yaml", "shop/none.yaml"]);
    assert_eq!(snapshot.files.read[0].text, snapshot.files.read[1].text);
    assert!(snapshot.files.read[2].text.len() > evenkeel::manifest::MAX_BYTES);
    let unread: Vec<_> = snapshot.files.unread.iter().map(|found| found.file.as_str()).collect();
    assert_eq!(unread, ["shop/latin.yaml"]);
}

#[test]
fn only_manifests_are_fetched_and_a_server_that_cannot_filter_is_as_good() {
    for filter in ["true", "false"] {
        let remote = Remote::new("");
        run(&remote.folder.join("served/shop.git"), &["config", "uploadpack.allowFilter", filter]);
        remote.write("shop/web.yaml", "kind: Service\n");
        remote.write("film.bin", &"x".repeat(100_000));
        remote.push("Files", None);
        let film = remote.git(&["rev-parse", "HEAD:film.bin"]);
        assert_eq!(names(&moved(look(&mut remote.source()))), ["shop/web.yaml"]);
        let has_film = Command::new("git")
            .env("GIT_NO_LAZY_FETCH", "1")
            .arg("--git-dir")
            .arg(remote.folder.join("cache/source.git"))
            .args(["cat-file", "-e", &film])
            .output()
            .unwrap()
            .status
            .success();
        assert_eq!(has_film, filter == "false");
    }
}

#[test]
fn no_link_submodule_hook_or_filter_is_followed() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "kind: Service\n");
    remote.write(".gitattributes", "*.yaml filter=evil\n");
    remote.write("hooks/post-checkout", "#!/bin/sh\ntouch evil\n");
    std::os::unix::fs::symlink("/etc/hostname", remote.folder.join("work/shop/link.yaml")).unwrap();
    remote.git(&["add", "-A"]);
    let submodule = format!("160000,{},shop/sub.yaml", "1".repeat(40));
    remote.git(&["update-index", "--add", "--cacheinfo", &submodule]);
    remote.git(&["commit", "-q", "-m", "Traps"]);
    remote.git(&["push", "-q", "origin", "HEAD:main"]);
    let snapshot = moved(look(&mut remote.source()));
    assert_eq!(names(&snapshot), ["shop/web.yaml"]);
    assert_eq!(snapshot.files.unread.len(), 1);
    assert!(snapshot.files.unread[0].message.contains("no link is followed"), "{:?}", snapshot.files.unread);
}

#[test]
fn a_tag_or_a_commit_stays_where_it_is() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    let first = remote.push("One", None);
    remote.git(&["tag", "-a", "v1", "-m", "v1"]);
    remote.git(&["push", "-q", "origin", "v1"]);
    remote.write("shop/web.yaml", "two\n");
    remote.push("Two", None);
    for wanted in [Wanted::Tag("v1".to_owned()), Wanted::Commit(first.clone())] {
        let mut source = GitSource::new(GitSettings { wanted, ..remote.settings() });
        let snapshot = moved(look(&mut source));
        assert_eq!((snapshot.commit.unwrap().id, snapshot.files.read[0].text.as_str()), (first.clone(), "one\n"));
    }
}

#[test]
fn what_is_not_there_is_named() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    let commit = remote.push("One", None);
    let url = remote.url();
    let with = |settings: GitSettings| look(&mut GitSource::new(settings)).unwrap_err();
    let no_ref = |wanted: &str| SourceError::NoSuchRef { url: url.clone(), wanted: wanted.to_owned() };
    let gone = Wanted::Branch(Some("gone".to_owned()));
    assert_eq!(with(GitSettings { wanted: gone, ..remote.settings() }), no_ref("branch gone"));
    let gone = Wanted::Commit(Commit::new("1".repeat(40)));
    assert_eq!(
        with(GitSettings { wanted: gone, ..remote.settings() }),
        no_ref("commit 1111111111111111111111111111111111111111")
    );
    for path in ["nowhere", "shop/web.yaml", "../shop"] {
        let found = with(GitSettings { path: path.to_owned(), ..remote.settings() });
        assert_eq!(found, SourceError::NoSuchPath { commit: commit.clone(), path: path.to_owned() });
    }
}

/// Has a line of a script run before each `git`.
fn put_before_git(remote: &Remote, settings: &mut GitSettings, line: &str) {
    let real = std::env::split_paths(&variable("PATH").unwrap()).find(|folder| folder.join("git").exists());
    remote.stand_in(settings, "git", &format!("{line}\nexec {}/git \"$@\"", real.unwrap().display()));
}

#[test]
fn files_are_asked_for_by_name_and_no_commit_is_offered_for_them() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    remote.push("One", None);
    let (commits, files) = (remote.folder.join("commits"), remote.folder.join("files"));
    let mut settings = remote.settings();
    let (of_files, of_commits) = (files.display(), commits.display());
    let line = format!(
        "case \"$*\" in *--stdin*) export GIT_TRACE_PACKET={of_files};; *' fetch '*) export GIT_TRACE_PACKET={of_commits};; esac"
    );
    put_before_git(&remote, &mut settings, &line);
    let mut source = GitSource::new(settings);
    moved(look(&mut source));
    remote.write("shop/web.yaml", "two\n");
    remote.push("Two", None);
    assert_eq!(moved(look(&mut source)).files.read[0].text, "two\n");
    let offers = |trace| std::fs::read_to_string(trace).unwrap().contains("fetch> have ");
    assert_eq!((offers(commits), offers(files.clone())), (true, false));
    assert!(std::fs::read_to_string(files).unwrap().contains("fetch> want "));
}

#[test]
fn a_token_opens_the_door_and_stays_out_of_arguments_and_errors() {
    let remote = Remote::new(TOKEN);
    remote.write("shop/web.yaml", "one\n");
    remote.push("One", None);
    let record = remote.folder.join("arguments");
    let mut settings = remote.settings();
    put_before_git(&remote, &mut settings, &format!("echo \"$@\" >> {}", record.display()));
    // Whatever would make Git talkative, or send it elsewhere, is not passed on.
    settings.environment.extend([
        ("GIT_TRACE_CURL".to_owned(), remote.folder.join("trace").into()),
        ("GIT_CONFIG_PARAMETERS".to_owned(), "'core.sshCommand=touch x'".into()),
    ]);
    assert_eq!(names(&moved(look(&mut GitSource::new(settings)))), ["shop/web.yaml"]);
    let arguments = std::fs::read_to_string(record).unwrap();
    assert!(arguments.contains("fetch") && !arguments.contains(TOKEN) && !arguments.contains("Authorization"));
    assert!(!remote.folder.join("trace").exists());

    let file = remote.folder.join("token");
    let mut source = GitSource::new(GitSettings { token: Some(TokenFrom::File(file.clone())), ..remote.settings() });
    let missing = look(&mut source).unwrap_err();
    assert!(matches!(&missing, SourceError::NoToken { from, .. } if *from == file.display().to_string()), "{missing}");
    for mistaken in
        ["canary-91aa", "deep/ghp_canary-91aa", "on/several\nlines-canary-91aa", "https://canary-91aa@host/"]
    {
        let token = Some(TokenFrom::File(mistaken.into()));
        let refused = look(&mut GitSource::new(GitSettings { token, ..remote.settings() })).unwrap_err();
        assert!(refused.to_string().contains("the file that source.git.auth.tokenFile names"), "{refused}");
        assert!(!refused.to_string().contains("canary"), "{refused}");
    }
    std::fs::write(&file, "ghp-wrong-canary-91aa\n").unwrap();
    let refused = look(&mut source).unwrap_err();
    assert!(matches!(refused, SourceError::Unreachable { .. }), "{refused}");
    assert!(!refused.to_string().contains("canary"), "{refused}");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    assert_eq!(names(&moved(look(&mut source))), ["shop/web.yaml"], "a file is read for each fetch");
}

#[test]
fn a_server_that_is_away_is_named_and_found_again() {
    let mut remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    remote.push("One", None);
    let mut source = remote.source();
    moved(look(&mut source));
    remote.stop();
    let error = look(&mut source).unwrap_err();
    assert!(matches!(&error, SourceError::Unreachable { url, .. } if *url == remote.url()), "{error}");
    remote.start();
    assert_eq!(look(&mut source), Ok(Looked::Unchanged));
    remote.write("shop/web.yaml", "two\n");
    remote.push("Two", None);
    assert_eq!(moved(look(&mut source)).files.read[0].text, "two\n");
}

/// Law 9: what was applied is not taken back because someone pushed with force.
#[test]
fn a_rewritten_history_is_refused_until_it_is_accepted_by_name() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    let first = remote.push("One", None);
    remote.write("shop/web.yaml", "two\n");
    let second = remote.push("Two", None);
    let mut source = remote.source();
    moved(look(&mut source));
    remote.git(&["reset", "-q", "--hard", first.as_str()]);
    remote.write("shop/web.yaml", "other\n");
    let other = remote.push("Other", None);
    for _ in 0..2 {
        let refused = SourceError::Rewritten { from: second.clone(), to: other.clone() };
        assert_eq!(look(&mut source), Err(refused));
    }
    let settings = GitSettings { rewind_from: [second.clone()].into(), ..remote.settings() };
    let mut source = GitSource::new(settings);
    let snapshot = moved(look(&mut source));
    assert_eq!(snapshot.files.read[0].text, "other\n");
    assert_eq!(snapshot.lineage, BTreeSet::from([first, second, other]));
}

/// What was good stays in force, and is not forgotten: the next commit is one after it.
#[test]
fn a_commit_without_any_manifest_is_no_state() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    let first = remote.push("One", None);
    let mut source = remote.source();
    moved(look(&mut source));
    std::fs::remove_file(remote.folder.join("work/shop/web.yaml")).unwrap();
    remote.write("shop/README.md", "moved away\n");
    let empty = remote.push("Nothing left", None);
    for _ in 0..2 {
        assert_eq!(look(&mut source), Err(SourceError::NoManifests(format!("commit {empty}"))));
    }
    remote.git(&["reset", "-q", "--hard", first.as_str()]);
    remote.write("shop/web.yaml", "two\n");
    remote.push("Two, without the empty one", None);
    assert_eq!(moved(look(&mut source)).files.read[0].text, "two\n");
}

#[test]
fn a_repository_that_was_damaged_is_fetched_anew() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    remote.push("One", None);
    let mut source = remote.source();
    moved(look(&mut source));
    std::fs::remove_dir_all(remote.folder.join("cache/source.git/objects")).unwrap();
    remote.write("shop/web.yaml", "two\n");
    remote.push("Two", None);
    let found = (0..3).find_map(|_| match look(&mut source) {
        Ok(Looked::Moved(snapshot)) => Some(snapshot.files.read[0].text.clone()),
        _ => None,
    });
    assert_eq!(found.as_deref(), Some("two\n"));
}

/// What a git that was ended half-way leaves behind: nobody else works on the repository.
#[test]
fn what_a_git_left_behind_that_was_ended_is_no_obstacle_and_no_ballast() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    remote.push("One", None);
    let mut source = remote.source();
    moved(look(&mut source));
    let repository = remote.folder.join("cache/source.git");
    let left =
        ["refs/evenkeel/head.lock", "packed-refs.lock", "objects/pack/tmp_pack_AbCdEf", "objects/tmp_obj_AbCdEf"];
    for name in left {
        std::fs::write(repository.join(name), "half").unwrap();
    }
    remote.write("shop/web.yaml", "two\n");
    remote.push("Two", None);
    let error = look(&mut source).unwrap_err();
    assert!(error.to_string().contains("head.lock"), "{error}");
    assert_eq!(moved(look(&mut source)).files.read[0].text, "two\n");
    assert_eq!(left.map(|name| repository.join(name).exists()), [false; 4]);
}

/// A fetch is a pack, or two, and a daemon runs for months.
#[test]
fn many_commits_are_not_as_many_packs() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    let first = remote.push("One", None);
    let mut source = remote.source();
    moved(look(&mut source));
    let folder = remote.folder.join("cache/source.git/objects/pack");
    let files = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let packs = || files().iter().filter(|path| path.extension().is_some_and(|kind| kind == "pack")).count();
    // Git goes by their names, and does not mind what is in two of them.
    for path in files() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for number in 0..60 {
            std::fs::copy(&path, folder.join(name.replacen("pack-", &format!("pack-{number:04x}"), 1))).unwrap();
        }
    }
    assert!(packs() > 100);
    remote.write("shop/web.yaml", "two\n");
    let second = remote.push("Two", None);
    let snapshot = moved(look(&mut source));
    assert_eq!((snapshot.files.read[0].text.as_str(), snapshot.lineage), ("two\n", [first, second].into()));
    assert!(packs() < 10, "{:?}", files());
    remote.write("shop/deep/db.yaml", "three\n");
    remote.push("Three", None);
    assert_eq!(names(&moved(look(&mut source))), ["shop/deep/db.yaml", "shop/web.yaml"]);
}

/// A folder of something else, by mistake, must not take the memory of the task: what was good stays in force.
#[test]
fn manifests_that_are_too_much_together_are_no_state_and_not_fetched_again_and_again() {
    let remote = Remote::new("");
    remote.write("shop/web.yaml", "one\n");
    let first = remote.push("One", None);
    let asked = remote.folder.join("asked");
    let mut settings = remote.settings();
    put_before_git(&remote, &mut settings, &format!("echo \"$*\" >> {}", asked.display()));
    let mut source = GitSource::new(settings);
    moved(look(&mut source));
    for number in 0..40 {
        remote.write(&format!("shop/lock-{number}.json"), &format!("# {number}\n").repeat(200_000));
    }
    let much = remote.push("Everything", None);
    for _ in 0..3 {
        let Err(error) = look(&mut source) else { panic!("it was taken") };
        assert_eq!(error.reason().as_str(), "TooMuch", "{error}");
        assert!(error.to_string().contains(much.as_str()), "{error}");
    }
    let said = std::fs::read_to_string(asked).unwrap();
    assert_eq!(said.matches(" init ").count(), 1, "fetched anew");
    remote.git(&["reset", "-q", "--hard", first.as_str()]);
    remote.write("shop/web.yaml", "two\n");
    remote.push("Two", None);
    assert_eq!(moved(look(&mut source)).files.read[0].text, "two\n");
}
