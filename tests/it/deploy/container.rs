//! The container's recipe, which no test builds: what stands in it fits what else there is.

use std::path::Path;

use serde_json::{Value, json};

use super::stack::tool;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What the last instruction of this name says.
fn instruction(recipe: &str, name: &str) -> String {
    let mut lines = recipe.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    lines.next_back().unwrap_or_else(|| panic!("no {name}")).to_owned()
}

#[test]
fn the_recipe_is_slim_without_root_and_fits_the_task_that_runs_it() {
    let recipe = read("deploy/container/Dockerfile");
    assert!(instruction(&recipe, "FROM").ends_with("-slim"));
    let user: u32 = instruction(&recipe, "USER").parse().expect("a number, which needs no look-up");
    assert!(user > 0 && recipe.contains(&format!("--uid {user} ")));
    let (_, last) = recipe.rsplit_once("\nFROM ").unwrap();
    for needed in ["git", "openssh-client", "ca-certificates"] {
        assert!(last.split_whitespace().any(|word| word == needed), "{needed}");
    }
    assert!(recipe.contains("--no-default-features --features aws"), "no sandbox where AWS is meant");
    assert!(read("Cargo.toml").contains("\naws = ["), "a feature that there is");

    let output = tool("python").args(["tests/deploy/same.py", "deploy"]).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let container = &said["terraform"]["container"];
    let program: Value = serde_json::from_str(&instruction(&recipe, "ENTRYPOINT")).unwrap();
    let volume = instruction(&recipe, "VOLUME");
    assert_eq!(container["healthCheck"]["command"], json!(["CMD", program[0], "healthcheck"]));
    assert_eq!(container["mountPoints"][0]["containerPath"], volume);
    assert_eq!(container["readonlyRootFilesystem"], true);
    assert_eq!(container["command"], serde_json::from_str::<Value>(&instruction(&recipe, "CMD")).unwrap());
    let state = instruction(&recipe, "ENV");
    let (name, folder) = state.split_once('=').unwrap();
    assert!(read("src/cli/args.rs").contains(&format!("\"{name}\"")), "{name} is known");
    assert!(folder.starts_with(&volume), "all that is written is in the volume");
}
