//! Pages whose every command is typed into a shell, and shows what the page says: `docs/drill.md`, the tutorial, and the
//! guides to rotation and values.

mod page;
mod shell;
mod tutorial;
mod values;
mod world;

use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use page::Act;
use shell::Shell;

/// A command that only looks is asked again until it shows what stands in the page.
const PATIENCE: Duration = Duration::from_mins(2);

/// The ports of the page, in place of which any that are free are taken.
const PORTS: [&str; 3] = ["4566", "8080", "8081"];

/// Ports that nobody listens at. They are below those that the system hands out, so that nobody gets one meanwhile;
/// each page looks from another one on.
fn free_ports() -> Vec<String> {
    static PAGES: AtomicU16 = AtomicU16::new(0);
    let page = PAGES.fetch_add(100, Ordering::Relaxed);
    let first = 20_000 + page + u16::try_from(std::process::id() % 10_000).unwrap();
    let free = (first..32_000).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.take(PORTS.len()).map(|port| port.to_string()).collect()
}

/// A page with ports that are free; and these.
fn with_free_ports(mut text: String) -> (String, Vec<String>) {
    let free = free_ports();
    for (port, free) in PORTS.iter().zip(&free) {
        text =
            text.replace(&format!(":{port}"), &format!(":{free}")).replace(&format!(" {port} "), &format!(" {free} "));
    }
    (text, free)
}

#[test]
fn the_night_goes_as_the_page_tells_it() {
    let (root, acts) = read("docs/drill.md");
    let kills = acts.iter().filter(|act| act.command.starts_with("kill -KILL $daemon")).count();
    assert_eq!(kills, 2, "the daemon is killed twice");
    play_and_leave(root, &acts);
}

#[test]
fn rotations_go_as_the_guide_tells_it() {
    let (root, acts) = read("docs/guides/rotation.md");
    let rotations = acts.iter().filter(|act| act.command.contains("rotate-secret")).count();
    assert_eq!(rotations, 2, "one, and then the second");
    play_and_leave(root, &acts);
}

/// Whoever goes on in the shell has nothing of the page in it.
fn play_and_leave(root: &Path, acts: &[Act]) {
    let mut shell = Shell::start(root);
    let before = held(&mut shell);
    play_all(&mut shell, acts);
    assert_eq!(held(&mut shell), before, "what the page leaves behind");
}

/// What a shell holds that commands see: what runs behind it, and the variables that it exports.
fn held(shell: &mut Shell) -> Vec<String> {
    let (status, held) = shell.run("jobs -pr; compgen -e | grep -v -e '^OLDPWD$' -e '^_$'", PATIENCE);
    assert_eq!(status, 0, "{held:?}");
    held
}

/// The checkout, and what is typed.
fn read(page: &str) -> (&'static Path, Vec<Act>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(page)).unwrap();
    (root, page::acts(&with_free_ports(text).0))
}

fn play_all(shell: &mut Shell, acts: &[Act]) {
    for act in acts {
        play(shell, act);
    }
}

fn play(shell: &mut Shell, act: &Act) {
    let until = shell::deadline(PATIENCE);
    loop {
        let (status, shown) = shell.run(&act.command, PATIENCE);
        if status == act.status && page::shows(&act.output, &shown) {
            return;
        }
        let failed = || {
            let expected = act.output.join("\n");
            format!(
                "line {}: $ {}\nexit code {status} instead of {}\n--- the page\n{expected}\n--- shown\n{}\n--- logs\n{}",
                act.line,
                act.command,
                act.status,
                shown.join("\n"),
                shell.logs()
            )
        };
        assert!(act.only_looks() && !shell::is_over(until), "{}", failed());
    }
}

#[test]
fn a_page_that_tells_something_else_is_noticed() {
    let text =
        "```console\n$ echo one; \\\n>     echo two\none\n[..]w[..]\n\n$ false\n? 1\n$ seq 9\n1\n...\n8\n9\n```\n";
    let acts = page::acts(text);
    let commands: Vec<&str> = acts.iter().map(|act| act.command.as_str()).collect();
    assert_eq!(commands, ["echo one; \\\n    echo two", "false", "seq 9"]);
    let mut shell = Shell::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    play_all(&mut shell, &acts);
    let (status, shown) = shell.run("echo one; echo three; (exit 7)", PATIENCE);
    assert_eq!((status, shown.len()), (7, 2));
    assert!(!page::shows(&acts[0].output, &shown));
    assert!(!page::shows(&["1".to_owned()], &["1".to_owned(), "2".to_owned()]));
    assert!(!page::shows(&["1".to_owned(), "...".to_owned(), "3".to_owned()], &["1".to_owned(), "2".to_owned()]));
}
