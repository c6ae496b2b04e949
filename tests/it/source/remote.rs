//! A repository on a real server: Git's own http-backend on loopback.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::Permissions;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use evenkeel::daemon::source::git::{Address, Allowed, GitSettings, GitSource, Signers, Token, TokenFrom, Wanted};
use evenkeel::model::id::Commit;

use super::variable;
use crate::support::folder::Folder;

/// A work tree, the bare repository that it is pushed to, and a server for that.
pub(crate) struct Remote {
    pub(crate) folder: Folder,
    server: Option<Child>,
    port: u16,
    token: String,
}

impl Remote {
    /// Serves an empty repository.
    pub(crate) fn new(token: &str) -> Self {
        let folder = Folder::new();
        let mut remote = Self { folder, server: None, port: 0, token: token.to_owned() };
        run(Path::new("/"), &["init", "-q", "--bare", "-b", "main", &remote.path("served/shop.git")]);
        for key in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
            run(&remote.folder.join("served/shop.git"), &["config", key, "true"]);
        }
        run(Path::new("/"), &["clone", "-q", &remote.path("served/shop.git"), &remote.path("work")]);
        remote.start();
        remote
    }

    pub(crate) fn start(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/git/server.py");
        let mut server = Command::new("python3")
            .arg(script)
            .args([&self.path("served"), &self.token, &self.port.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.port = line.trim().parse().unwrap();
        self.server = Some(server);
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/shop.git", self.port)
    }

    /// Runs Git in the work tree.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        run(&self.folder.join("work"), args)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.join("work").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything in the work tree and pushes it.
    pub(crate) fn push(&self, message: &str, signed_with: Option<&Path>) -> Commit {
        let commit = self.commit(message, signed_with);
        self.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
        commit
    }

    pub(crate) fn commit(&self, message: &str, signed_with: Option<&Path>) -> Commit {
        self.git(&["add", "-A"]);
        match signed_with {
            None => self.git(&["commit", "-q", "--allow-empty", "-m", message]),
            Some(key) => {
                let key = format!("user.signingkey={}", key.display());
                self.git(&["-c", "gpg.format=ssh", "-c", &key, "commit", "-q", "-S", "--allow-empty", "-m", message])
            }
        };
        Commit::new(self.git(&["rev-parse", "HEAD"]))
    }

    /// A new key pair; the private one's file.
    pub(crate) fn key(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
            .arg(&path)
            .status()
            .unwrap();
        assert!(made.success());
        path
    }

    /// A file that allows these keys to sign.
    pub(crate) fn allow(&self, keys: &[&Path]) -> Allowed {
        let line = |key: &&Path| {
            let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
            format!("ann@example.com namespaces=\"git\" {public}")
        };
        let path = self.folder.join("allowed_signers");
        std::fs::write(&path, keys.iter().map(line).collect::<String>()).unwrap();
        Allowed::File(path)
    }

    /// What a source of this repository needs, for its `main` branch.
    pub(crate) fn settings(&self) -> GitSettings {
        let environment = ["PATH", "HOME"].into_iter().filter_map(|name| Some((name.to_owned(), variable(name)?)));
        let token = (!self.token.is_empty())
            .then(|| TokenFrom::Variable { name: "GIT_TOKEN".to_owned(), token: Token::new(&self.token).unwrap() });
        GitSettings {
            address: Address::parse(&self.url()).unwrap(),
            wanted: Wanted::Branch(Some("main".to_owned())),
            path: "shop".to_owned(),
            token,
            rewind_from: BTreeSet::new(),
            signers: None,
            cache: self.folder.join("cache"),
            environment: environment.collect::<Vec<(String, OsString)>>(),
        }
    }

    /// Has a script run in the place of a program.
    pub(crate) fn stand_in(&self, settings: &mut GitSettings, program: &str, script: &str) {
        let bin = self.folder.join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join(program), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(bin.join(program), Permissions::from_mode(0o755)).unwrap();
        for (_, value) in settings.environment.iter_mut().filter(|(name, _)| name == "PATH") {
            let paths = std::iter::once(bin.clone()).chain(std::env::split_paths(value)).collect::<Vec<_>>();
            *value = std::env::join_paths(paths).unwrap();
        }
    }

    pub(crate) fn source(&self) -> GitSource {
        GitSource::new(self.settings())
    }

    pub(crate) fn signed_source(&self, signers: Signers) -> GitSource {
        GitSource::new(GitSettings { signers: Some(signers), ..self.settings() })
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs Git in a folder.
pub(crate) fn run(folder: &Path, args: &[&str]) -> String {
    let path = variable("PATH").unwrap();
    let done = Command::new("git")
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "protocol.file.allow=always"])
        .args(args)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}
