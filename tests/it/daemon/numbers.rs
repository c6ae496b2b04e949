//! Every number that the daemon shows is described in docs/operations.md, and nothing else is.

use std::collections::BTreeSet;
use std::path::Path;

/// The names in the source, as they are registered.
fn registered() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/daemon/board");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let literals = text.split("\"evenkeel_").skip(1).filter_map(|rest| rest.split('"').next());
        names.extend(literals.map(|rest| format!("evenkeel_{rest}")));
    }
    assert!(names.len() > 25, "{names:?}");
    names
}

/// The names in the table of the documentation, with their labels taken off.
fn described() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `evenkeel_")?.split(" | ").next());
    let cells = rows.flat_map(|cell| format!("`evenkeel_{cell}").split(", ").map(str::to_owned).collect::<Vec<_>>());
    cells.map(|cell| cell.trim_matches('`').split('{').next().unwrap().to_owned()).collect()
}

#[test]
fn every_number_is_described_and_every_description_is_of_a_number() {
    let (registered, described) = (registered(), described());
    // A counter's name ends with `_total` and an info's with `_info` where they are read, not where they are registered.
    let is_shown_as = |name: &str, shown: &str| {
        shown == name || ["_total", "_info"].iter().any(|end| shown.strip_suffix(end) == Some(name))
    };
    for name in &registered {
        assert!(described.iter().any(|shown| is_shown_as(name, shown)), "{name} is not described: {described:#?}");
    }
    for shown in &described {
        assert!(registered.iter().any(|name| is_shown_as(name, shown)), "there is no {shown}");
    }
}
