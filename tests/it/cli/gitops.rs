//! The whole way from a commit to a deployment: `run` on a Git server, on a sandbox that is fast.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::{Place, SHOP, code, program, run, stderr};
use crate::source::remote::Remote;
use crate::support::program::signal;

#[test]
fn a_commit_becomes_a_deployment_and_the_audit_names_it() {
    let place = Place::new("gitops");
    let sandbox = place.sandbox();
    assert_eq!(code(&run(&["diff", "-f", SHOP, &sandbox])), 1);
    let remote = Remote::new("ghp-canary-token-7d1f");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(SHOP);
    for name in ["database.yaml", "web.yaml", "worker.yaml"] {
        remote.write(&format!("shop/{name}"), &std::fs::read_to_string(root.join(name)).unwrap());
    }
    let first = remote.push("Install the shop", None);
    let url = remote.url();
    let arguments = ["run", &sandbox, "--speed", "60", "--source-git-url", &url, "--source-git-path", "shop"];
    let state = place.0.join("git").display().to_string();
    let mut daemon = program(&arguments)
        .args(["--source-git-auth-token-env", "GIT_TOKEN", "--state-dir", &state, "--http-listen", "127.0.0.1:0"])
        .env("GIT_TOKEN", "ghp-canary-token-7d1f")
        .env("PATH", crate::source::variable("PATH").unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(daemon.stdout.take().unwrap()).lines();
    // The marks beside the calls are left out.
    let mut next = move || -> Value {
        let mut entries = lines.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        entries.find(|entry| entry["mark"] == false).unwrap()
    };
    for _ in 0..8 {
        let entry = next();
        assert_eq!((&entry["commit"], &entry["author"]), (&first.to_string().into(), &"Ann <ann@example.com>".into()));
    }
    let web = std::fs::read_to_string(root.join("web.yaml")).unwrap();
    remote.write("shop/web.yaml", &web.replace("shop-web:2.0.0", "shop-web:2.1.0"));
    let second = remote.push("Release 2.1.0", None);
    let (registered, updated) = (next(), next());
    assert_eq!(
        (&registered["operation"], &registered["commit"]),
        (&"ecs:RegisterTaskDefinition".into(), &second.to_string().into())
    );
    assert_eq!((&updated["operation"], &updated["why"]), (&"ecs:UpdateService".into(), &"Changed".into()));
    signal(&daemon, "-TERM");
    let ended = daemon.wait_with_output().unwrap();
    assert_eq!(code(&ended), 0, "{}", stderr(&ended));
    assert!(!stderr(&ended).contains("canary-token"), "{}", stderr(&ended));
}
