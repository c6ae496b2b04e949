//! Who may import whom: the table of docs/architecture.md, read from the source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::files::below;

/// What each module may import besides itself, as the table says: names in the last column. `cli`, which may import
/// everything, has none there.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let text = std::fs::read_to_string(page).unwrap();
    let rows = text.lines().skip_while(|line| !line.starts_with("| module |")).skip(2);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<String>>();
        let module = names(cells[1]).pop_first().unwrap();
        (module, names(cells[4]))
    };
    let mut table: BTreeMap<_, _> = rows.take_while(|line| line.starts_with('|')).map(row).collect();
    assert_eq!(table.remove("cli"), Some(BTreeSet::new()));
    assert_eq!(table.len(), 14, "{table:?}");
    table
}

#[test]
fn no_module_imports_what_the_table_forbids() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for file in sources() {
        let module = module_of(&file);
        let Some(may) = allowed.get(module.as_str()) else { continue };
        for imported in imports(&std::fs::read_to_string(&file).unwrap()) {
            if imported != module && !may.contains(imported.as_str()) {
                wrong.push(format!("{} imports crate::{imported}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_stands_in_the_table() {
    let known: BTreeSet<String> = allowed().into_keys().chain(["cli", "main", "lib"].map(str::to_owned)).collect();
    let found: BTreeSet<String> = sources().iter().map(|file| module_of(file)).collect();
    assert_eq!(found.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_pure_modules_know_no_clock_no_environment_no_logging_no_async_and_no_chance() {
    let banned = ["tokio", "async ", "tracing", "std::env", "std::fs", "std::net", "fastrand", "rand::", "HashMap"];
    let mut wrong = Vec::new();
    for file in sources() {
        if !["model", "manifest", "plan", "preflight", "status", "render"].contains(&module_of(&file).as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let found = banned.iter().filter(|word| line.contains(**word));
            wrong.extend(found.map(|word| format!("{}: {word}: {}", file.display(), line.trim())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sdk_is_known_to_one_module() {
    let uses = |line: &str| line.contains("aws_sdk_") && line.contains("::");
    let named = |file: &PathBuf| std::fs::read_to_string(file).unwrap().lines().any(uses);
    let modules: BTreeSet<String> = sources().iter().filter(|file| named(file)).map(|file| module_of(file)).collect();
    assert_eq!(modules, BTreeSet::from(["aws".to_owned()]));
}

#[test]
fn no_room_is_larger_than_400_lines() {
    let mut wrong = Vec::new();
    for file in sources() {
        let text = std::fs::read_to_string(&file).unwrap();
        if text.lines().count() > 400 && !text.starts_with("// @generated") {
            wrong.push(format!("{}: {} lines", file.display(), text.lines().count()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_that_touches_aws_formats_anything_with_debug() {
    let mut wrong = Vec::new();
    for file in sources() {
        if !["aws", "cli", "daemon", "execute", "values"].contains(&module_of(&file).as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        // In a format, and as a field of an event or a span.
        let shows = |line: &&str| {
            let field = line.split_once("= ?").is_some_and(|(_, value)| value.starts_with(char::is_alphabetic));
            let short = line.split(['(', ',']).any(|word| word.trim_start().starts_with('?'));
            line.contains(":?") || line.contains(":#?") || field || short
        };
        wrong.extend(text.lines().filter(shows).map(|line| format!("{}: {line}", file.display())));
    }
    assert!(wrong.is_empty(), "the SDK's Debug prints whole responses:\n{}", wrong.join("\n"));
}

/// The SDK traces requests and responses with their bodies.
#[test]
fn nobody_hears_a_call_that_carries_a_value_or_a_key() {
    let carries = [
        ".get_secret_value()",
        ".batch_get_secret_value()",
        ".put_secret_value()",
        ".create_secret()",
        ".secret_string(",
        ".secret_binary(",
        "\"Decrypt\"",
        "\"Encrypt\"",
        "\"GenerateDataKey\"",
    ];
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for file in sources().iter().filter(|file| module_of(file) == "aws") {
        let text = std::fs::read_to_string(file).unwrap();
        for function in text.split("fn ").filter(|function| carries.iter().any(|word| function.contains(word))) {
            seen += 1;
            let calls = [".send()", ".read("].map(|call| function.matches(call).count()).iter().sum::<usize>();
            if calls == 0 || function.matches("unheard(").count() != calls {
                wrong.push(format!("{}: {}", file.display(), function.lines().next().unwrap_or_default()));
            }
        }
    }
    assert!(wrong.is_empty(), "in the trace of the SDK stands what is called by\n{}", wrong.join("\n"));
    assert_eq!(seen, 6, "two that write a value, two that read one, two of KMS");
}

/// One task tree: whatever ends, or panics, ends the process.
#[test]
fn the_daemon_and_what_starts_it_spawn_no_task() {
    let spawns = ["tokio::spawn", "task::spawn", "spawn_local", "spawn_blocking", "thread::spawn", "JoinSet"];
    let mut wrong = Vec::new();
    for file in sources() {
        let name = file.display().to_string();
        let is_run = ["run.rs", "reload.rs", "stop.rs", "source.rs", "world.rs"]
            .iter()
            .any(|own| name.ends_with(&format!("cli/{own}")));
        if module_of(&file) == "daemon" || module_of(&file) == "aws" || is_run {
            let text = std::fs::read_to_string(&file).unwrap();
            wrong.extend(spawns.iter().filter(|word| text.contains(**word)).map(|word| format!("{name}: {word}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn sources() -> Vec<PathBuf> {
    let files = below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "rs");
    assert!(files.len() > 50, "the sources were not found");
    files
}

/// The outermost module that a file belongs to.
fn module_of(file: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = file.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The modules named as `crate::…`, in imports and in paths.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, word)| code[at..].split_at(word.len())) {
        found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
    }
    found
}
