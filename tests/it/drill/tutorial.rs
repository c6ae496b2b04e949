//! `docs/tutorial.md`: first in the sandbox, then, from its heading on, on moto instead of an account.

use std::path::Path;

use super::shell::Shell;
use super::{held, page, play, play_all, with_free_ports};

/// Where the page turns to an account.
const ACCOUNT: &str = "\n## On AWS\n";

/// What a person has who has an account; moto stands for it.
fn account(port: &str) -> [String; 2] {
    let moto = format!(r#"python "$src/tests/tutorial/server.py" -p {port} > moto.log 2>&1 &"#);
    let place = "AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1";
    let credentials = "AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret";
    [moto, format!("export AWS_ENDPOINT_URL=http://127.0.0.1:{port} {place} {credentials}")]
}

#[test]
fn the_tutorial_goes_as_its_page_tells_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/tutorial.md")).unwrap();
    let (text, ports) = with_free_ports(text);
    let sandbox = text[..text.find(ACCOUNT).unwrap()].lines().count();
    let mut shell = Shell::start(root);
    let acts = page::acts(&text);
    let (rehearsal, real): (Vec<_>, Vec<_>) = acts.into_iter().partition(|act| act.line <= sandbox);
    assert!(rehearsal.len() > 10 && real.len() > 10);
    let before = held(&mut shell);
    play_all(&mut shell, &rehearsal);
    assert_eq!(held(&mut shell), before, "the account is not to be taken for the sandbox");
    for command in account(&ports[1]) {
        shell.run(&command, super::PATIENCE);
    }
    let up = page::acts("```console\n$ aws cloudformation list-stacks --query StackSummaries --output text\n```\n");
    play(&mut shell, &up[0]);
    play_all(&mut shell, &real);
}
