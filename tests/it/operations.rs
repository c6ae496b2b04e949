//! The operator's page has every number, reason and exit code, each with what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evenkeel::status::reason::Reason;

use crate::files;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn page() -> String {
    text(&root().join("docs/operations.md"))
}

/// The rows of the tables under a heading that begins so, cell by cell.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let page = page();
    let sections = page.split("\n## ").filter(|section| section.starts_with(heading));
    let rows = sections.flat_map(str::lines).filter(|line| line.starts_with('|') && !line.starts_with("| ---"));
    rows.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands in backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The rows of all tables by the names of their first cell; what to do is the last.
fn advice() -> BTreeMap<String, String> {
    let mut advice = BTreeMap::new();
    for row in rows("") {
        let what_to_do = row.last().filter(|_| row.len() > 1).cloned().unwrap_or_default();
        for name in quoted(&row[0]) {
            advice.insert(name.to_owned(), what_to_do.clone());
        }
    }
    advice
}

#[test]
fn every_number_of_the_daemon_stands_in_the_page_with_what_to_do_and_no_other() {
    let texts: Vec<String> = files::below(&root().join("src/daemon"), "rs").iter().map(|path| text(path)).collect();
    let is_name = |text: &&str| {
        text.strip_prefix("evenkeel_")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    let registered: BTreeSet<&str> =
        texts.iter().flat_map(|text| text.split('"').skip(1).step_by(2)).filter(is_name).collect();
    assert!(registered.len() >= 20, "{registered:?}");
    let documented = advice();
    let documented: BTreeMap<&str, &String> = documented
        .iter()
        .filter(|(name, _)| name.starts_with("evenkeel_"))
        .map(|(name, advice)| (name.split('{').next().unwrap(), advice))
        .collect();
    // A counter is served with `_total` at its end, an info with `_info`.
    let served = |name: &str| ["", "_total", "_info"].map(|end| format!("{name}{end}"));
    let missing: Vec<&&str> = registered
        .iter()
        .filter(|name| served(name).iter().all(|name| !documented.contains_key(name.as_str())))
        .collect();
    assert!(missing.is_empty(), "not in the page: {missing:?}");
    let known: BTreeSet<String> = registered.iter().flat_map(|name| served(name)).collect();
    let unknown: Vec<&&str> = documented.keys().filter(|name| !known.contains(**name)).collect();
    assert!(unknown.is_empty(), "only in the page: {unknown:?}");
    let silent: Vec<&&str> = documented.iter().filter(|(_, advice)| advice.is_empty()).map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "without what to do: {silent:?}");
}

#[test]
fn every_reason_stands_in_a_table_with_what_to_do() {
    let documented = advice();
    let missing: Vec<&str> = Reason::ALL
        .iter()
        .map(|reason| reason.as_str())
        .filter(|name| documented.get(*name).is_none_or(String::is_empty))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let rows = rows("What a hold means").into_iter().chain(rows("What a condition means"));
    let names: Vec<String> =
        rows.skip(1).flat_map(|row| quoted(&row[0]).into_iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    let unknown: Vec<&String> = names.iter().filter(|name| Reason::parse(name).is_none()).collect();
    assert!(names.len() > 40 && unknown.is_empty(), "no reasons: {unknown:?}");
}

#[test]
fn every_exit_code_stands_in_the_page_with_what_to_do() {
    let source = text(&root().join("src/cli/exit.rs"));
    let (_, code) = source.split_once("fn code(self) -> u8").unwrap();
    let codes: BTreeSet<u8> = code
        .split_once("\n    }\n")
        .unwrap()
        .0
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').rsplit_once("=> ")?.1.parse().ok())
        .collect();
    assert_eq!(codes.len(), 7, "{codes:?}");
    let documented: BTreeMap<u8, Vec<String>> =
        rows("Exit codes").into_iter().filter_map(|row| Some((row[0].parse().ok()?, row))).collect();
    assert_eq!(documented.keys().copied().collect::<BTreeSet<u8>>(), codes);
    for (code, row) in documented {
        assert!(row.len() == 3 && row.iter().all(|cell| !cell.is_empty()), "{code}: {row:?}");
    }
}

#[test]
fn the_sections_that_an_operator_looks_for_are_there() {
    let page = page();
    for heading in ["Install on Fargate", "Upgrade", "Tune", "Health and numbers", "Exit codes"] {
        assert!(page.contains(&format!("\n## {heading}\n")), "{heading}");
    }
    // What is set in the table is a key of the configuration, or a field of a manifest.
    let keys = text(&root().join("src/cli/config_args.rs"));
    let fields = text(&root().join("crds/schemas/Service.json"));
    let mut seen = 0;
    for row in rows("Tune").into_iter().skip(1) {
        for name in quoted(&row[1]) {
            let name = name.split(':').next().unwrap();
            let is_key = keys.contains(&format!("\"{name}\""));
            let is_field = name.split('.').all(|part| fields.contains(&format!("\"{part}\"")));
            assert!(is_key || is_field, "{name} is nothing that can be set");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn every_file_that_the_pages_link_to_is_there() {
    let mut seen = 0;
    for page in ["README.md", "docs/operations.md", "docs/drill.md", "deploy/self/README.md", "deploy/github/README.md"]
    {
        let path = root().join(page);
        for link in text(&path).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            assert!(path.parent().unwrap().join(file).exists(), "{page}: {link}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
}
