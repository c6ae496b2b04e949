//! The ledger, the sandbox and its tests speak of the same things.

#[cfg(feature = "sandbox")]
mod operations;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[cfg(feature = "sandbox")]
use evenkeel::sandbox::Reading;

use crate::files::below;

/// The sections whose rows the sandbox models.
const OF_THE_SANDBOX: [&str; 9] = [
    "Secrets Manager",
    "IAM",
    "ECS: task definitions",
    "ECS: services and rollouts",
    "ECS: tasks",
    "Events",
    "Services around",
    "All services",
    "The sandbox itself",
];

/// The section whose last column names files.
const OF_MISTAKES: &str = "What `check` refuses";

/// Files that hold a shape or a means, and behave in no way of their own.
const NO_BEHAVIOUR: [&str; 8] = [
    "agenda.rs",    // what is due, by time
    "handle.rs",    // the world behind a lock
    "mod.rs",       // names
    "place.rs",     // account and Region
    "plaintext.rs", // a value
    "random.rs",    // chance
    "tags.rs",      // which services refuse what is theirs
    "wire/mod.rs",  // types
];

struct Row {
    section: String,
    id: String,
    /// The second column: what is so.
    #[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "only the sandbox has operations to name"))]
    fact: String,
    /// All of it.
    #[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "only the sandbox has readings to name"))]
    line: String,
    /// The last column, as it stands.
    held: String,
    tests: Vec<String>,
}

#[test]
fn every_row_has_an_id_of_its_own() {
    let mut seen = BTreeSet::new();
    let twice: Vec<String> = rows().into_iter().map(|row| row.id).filter(|id| !seen.insert(id.clone())).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(seen.len() > 150, "the ledger was not read");
}

#[test]
fn every_row_of_the_sandbox_has_a_test_and_a_file_that_models_it() {
    let modelled: BTreeSet<String> = sources().into_values().flat_map(|text| named(&text)).collect();
    let modules = modules();
    let rows = rows();
    let of_the_sandbox = rows.iter().filter(|row| OF_THE_SANDBOX.contains(&row.section.as_str()));
    let mut wrong = Vec::new();
    for Row { id, tests, .. } in of_the_sandbox {
        if !tests.iter().any(|test| is_test(&modules, test)) {
            wrong.push(format!("{id} names no test"));
        }
        if !modelled.contains(id) {
            wrong.push(format!("{id} is named by no file of src/sandbox: a line `Ledger: {id}.` in the module's doc"));
        }
    }
    let known: BTreeSet<&String> = rows.iter().map(|row| &row.id).collect();
    wrong.extend(modelled.iter().filter(|id| !known.contains(id)).map(|id| format!("{id} has no row in the ledger")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_says_what_holds_it() {
    let bare = rows().into_iter().filter(|row| row.held.is_empty() || row.held == "-").map(|row| row.id);
    assert_eq!(bare.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_file_of_the_sandbox_names_the_rows_that_it_models() {
    let silent = sources().into_iter().filter(|(path, text)| {
        let name = path.to_string_lossy();
        !NO_BEHAVIOUR.contains(&name.as_ref()) && named(text).is_empty()
    });
    let silent: Vec<String> = silent.map(|(path, _)| path.display().to_string()).collect();
    assert!(silent.is_empty(), "without `Ledger: …` in the module's doc: {silent:#?}");
}

#[test]
fn every_test_of_the_sandbox_holds_a_row() {
    let held: BTreeSet<String> = rows().into_iter().flat_map(|row| row.tests).collect();
    let mut unknown = Vec::new();
    for path in below(&root().join("tests/it/sandbox"), "rs") {
        let module = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                let function = lines.find(|line| line.contains("fn ")).unwrap();
                let name = function.split("fn ").nth(1).unwrap().split('(').next().unwrap();
                unknown.extend(Some(format!("{module}::{name}")).filter(|name| !held.contains(name)));
            }
        }
    }
    assert!(unknown.is_empty(), "named by no row of the ledger: {unknown:#?}");
}

#[cfg(feature = "sandbox")]
#[test]
fn every_unconfirmed_row_names_its_reading_or_why_there_is_none() {
    let known: BTreeMap<&str, Reading> = Reading::ALL.iter().map(|reading| (reading.name(), *reading)).collect();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    let rows = rows();
    for Row { id, line, .. } in &rows {
        let reasons = line.split("no reading: ").skip(1).filter(|reason| reason.split_whitespace().count() > 2).count();
        let readings: Vec<&str> = line.split("reading").skip(1).flat_map(named_in).collect();
        for name in &readings {
            if !known.contains_key(name) {
                wrong.push(format!("{id}: `{name}` is no reading"));
            }
        }
        let unsettled = line.matches("UNCONFIRMED").count();
        if unsettled > reasons + readings.len() {
            wrong.push(format!(
                "{id} says neither which reading is its other one nor, after `no reading: `, why there is none"
            ));
        }
        if unsettled == 0 && id != "W9" && !readings.is_empty() {
            wrong.push(format!("{id} has a reading and is not UNCONFIRMED"));
        }
        named.extend(readings.iter().filter(|name| known.get(*name).is_some_and(|reading| reading.row() == id)));
    }
    wrong.extend(
        known.keys().filter(|name| !named.contains(*name)).map(|name| format!("{name}: its row does not name it")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names behind `reading` or `readings`: `` `a`, `b` ``.
#[cfg(feature = "sandbox")]
fn named_in(rest: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = rest.strip_prefix('s').unwrap_or(rest);
    while let Some((name, after)) = rest.strip_prefix(" `").and_then(|rest| rest.split_once('`')) {
        names.push(name);
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    names
}

#[test]
fn every_test_that_a_row_names_exists() {
    let modules = modules();
    let mut wrong = Vec::new();
    let mut named = 0;
    for Row { section, id, held, .. } in rows() {
        let mut missing = |what: &str| wrong.push(format!("{id} names {what}, which is not there"));
        if section == OF_MISTAKES || held.starts_with("case ") || held.starts_with("cases ") {
            let (folder, ending) =
                if section == OF_MISTAKES { ("tests/mistakes", ".yaml") } else { ("tests/cases", "") };
            let list = held.trim_start_matches("cases ").trim_start_matches("case ");
            for name in list.split(", ").filter(|name| *name != "-") {
                named += 1;
                if !is_in_folder(folder, &format!("{name}{ending}")) {
                    missing(name);
                }
            }
            continue;
        }
        for word in held.split_whitespace() {
            let is_code = word.contains('`');
            let word = word.trim_matches([',', ':', ';', '.', '`', '(', ')']);
            if let Some((module, function)) = word.rsplit_once("::") {
                named += 1;
                let module = module.rsplit("::").next().unwrap_or(module).to_lowercase();
                let is_code = is_code && modules.get(&module).is_some_and(|module| module.functions.contains(function));
                let there = is_code || is_test(&modules, word);
                if !there {
                    missing(word);
                }
            } else if Path::new(word).extension().is_some_and(|end| end == "rs") {
                named += 1;
                if !["", "tests/it", "tests/it/sandbox"].iter().any(|folder| root().join(folder).join(word).is_file()) {
                    missing(word);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(named > 300, "{named}: the ledger was not read");
}

/// Is it a test, `module::function` or all of a module, or a file of tests?
fn is_test(modules: &BTreeMap<String, Module>, word: &str) -> bool {
    if let Some((module, function)) = word.rsplit_once("::") {
        let module = module.rsplit("::").next().unwrap_or(module).to_lowercase();
        let Some(module) = modules.get(&module) else { return false };
        return if function == "*" { !module.tests.is_empty() } else { module.tests.contains(function) };
    }
    let paths = ["tests/it", "tests/it/sandbox"].map(|folder| root().join(folder).join(word));
    paths.iter().any(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("#[test]")))
}

/// The functions of the files of one name, wherever they are.
#[derive(Default)]
struct Module {
    functions: BTreeSet<String>,
    /// Those that are tests.
    tests: BTreeSet<String>,
}

/// Everything in `tests/it` and `src`, by the file's name; a `mod.rs` has its folder's.
fn modules() -> BTreeMap<String, Module> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for path in ["tests/it", "src"].into_iter().flat_map(|folder| below(&root().join(folder), "rs")) {
        let stem = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
        let name = if path.ends_with("mod.rs") { stem(path.parent().unwrap()) } else { stem(&path) };
        let module = modules.entry(name).or_default();
        let mut is_test = false;
        for line in std::fs::read_to_string(&path).unwrap().lines().map(str::trim_start) {
            if let Some(function) = function_of(line) {
                module.functions.insert(function.to_owned());
                if std::mem::take(&mut is_test) {
                    module.tests.insert(function.to_owned());
                }
            }
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        }
    }
    modules
}

/// `name` of `pub async fn name(…`.
fn function_of(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let modifiers = before.split_whitespace().all(|word| word.starts_with("pub") || ["async", "const"].contains(&word));
    modifiers.then(|| after.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next())?
}

/// Is there a file of this name in the folder? `*` stands for anything.
fn is_in_folder(folder: &str, name: &str) -> bool {
    let Some((before, after)) = name.split_once('*') else { return root().join(folder).join(name).exists() };
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .any(|entry| entry.starts_with(before) && entry.ends_with(after))
}

/// The rows in order; a test column that says `same` holds what the row before does.
fn rows() -> Vec<Row> {
    let ledger = std::fs::read_to_string(root().join("docs/aws-behaviour.md")).unwrap();
    let mut rows: Vec<Row> = Vec::new();
    let mut section = String::new();
    for line in ledger.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut section);
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", id, fact, .., held, ""] = cells.as_slice() else { continue };
        if !is_id(id) {
            continue;
        }
        let words = held.split_whitespace().map(|word| word.trim_end_matches([',', ':', ';', '.']));
        // A whole module of tests stands by its path.
        let mut tests: Vec<String> =
            words.filter(|word| word.contains("::") || word.contains(".rs")).map(str::to_owned).collect();
        if held.starts_with("same") {
            tests.extend(rows.last().map(|row| row.tests.clone()).unwrap_or_default());
        }
        let [id, fact, held] = [id, fact, held].map(|cell| (*cell).to_owned());
        rows.push(Row { section: section.clone(), id, fact, line: line.to_owned(), held, tests });
    }
    rows
}

/// The rows that a source file names: `Ledger: S1, S2.` in its module's doc, or `[S1]` where it happens.
fn named(text: &str) -> BTreeSet<String> {
    let comments = text.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
    let mut found = BTreeSet::new();
    for line in comments {
        let listed = line.split_once("Ledger: ").map(|(_, list)| list.trim_end_matches('.').split(", "));
        found.extend(listed.into_iter().flatten().map(str::to_owned));
        let bracketed = line.split('[').skip(1).filter_map(|rest| rest.split(']').next());
        found.extend(bracketed.filter(|id| is_id(id)).map(str::to_owned));
    }
    found
}

/// A capital letter and a number.
fn is_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    let numbered = bytes.next().is_some_and(|first| first.is_ascii_uppercase()) && bytes.len() > 0;
    numbered && bytes.all(|byte| byte.is_ascii_digit())
}

/// The files of the sandbox, by their path in it.
fn sources() -> BTreeMap<PathBuf, String> {
    let folder = root().join("src/sandbox");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(&folder).unwrap().to_owned(), text)
    };
    below(&folder, "rs").into_iter().map(read).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
