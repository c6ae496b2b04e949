//! Members inside the members of a request: what no code of the service names stands in a list, and each has a reason.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::members::{names, sources};
use crate::golden::Golden;

/// Operation, how the path of the member begins, and why it may be taken without a look at it.
const REASONS: [(&str, &str, &str); 9] = [
    ("CreateService", "", "kept whole and stated"),
    ("UpdateService", "", "kept whole and stated"),
    ("RegisterTaskDefinition", "", "kept whole and stated"),
    ("PutTargets", "Targets.RetryPolicy", "kept whole and stated"),
    ("PutTargets", "Targets", "refused but for the members that are offered"),
    ("SendMessage", "MessageAttributes", "reserved for future use, says the API"),
    ("SimulateCustomPolicy", "ContextEntries", "the condition says how values are compared"),
    ("SimulatePrincipalPolicy", "ContextEntries", "the condition says how values are compared"),
    ("SimulatePrincipalPolicy", "PolicyExclusionList", "refused where it is not empty"),
];

#[test]
fn what_stands_inside_a_member_is_named_by_the_code_or_by_the_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sandbox = root.join("src/sandbox");
    let refused = std::fs::read_to_string(sandbox.join("api/left_out.rs")).unwrap();
    // Read for all services in one place.
    let tags = std::fs::read_to_string(sandbox.join("tags.rs")).unwrap();
    let (mut listed, mut without, mut looked_at) = (String::new(), Vec::new(), 0);
    let mut models: Vec<_> =
        std::fs::read_dir(sandbox.join("api")).unwrap().map(|entry| entry.unwrap().path()).collect();
    models.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    models.sort();
    for path in models {
        let service = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let folder = match service.as_str() {
            "secretsmanager" => "secrets_manager",
            "resourcegroupstaggingapi" => "tagging",
            other => other,
        };
        let code: String = sources(&sandbox.join(folder)).into_values().chain([tags.clone()]).collect();
        let model: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for (operation, shape) in model["operations"].as_object().unwrap() {
            let is_refused = |member: &str| {
                let named = |line: &str| line.contains(&format!("\"{operation}\", \"{member}\""));
                refused.lines().any(named)
            };
            let mut inside = Inside { model: &model, seen: BTreeSet::new(), found: Vec::new() };
            inside.walk(shape.as_str().unwrap(), "");
            for member in inside.found {
                looked_at += 1;
                let (outermost, _) = member.split_once('.').unwrap();
                let last = member.rsplit('.').next().unwrap();
                if is_refused(outermost) || names(&code, last) {
                    continue;
                }
                let reason = REASONS.iter().find(|(of, begins, _)| of == operation && member.starts_with(begins));
                match reason {
                    Some((.., why)) => writeln!(listed, "{service} {operation} {member}: {why}").unwrap(),
                    None => without.push(format!("{service} {operation} {member}")),
                }
            }
        }
    }
    assert!(without.is_empty(), "taken, and named neither by code nor by a reason: {without:#?}");
    assert!(looked_at > 500, "{looked_at}: the models were not read");
    let mut golden = Golden::new();
    golden.check("members inside members", &root.join("tests/sandbox/inside.txt"), &listed);
    golden.finish();
}

/// The members below those of a request, by their path; a shape that stands in itself is entered once.
struct Inside<'m> {
    model: &'m Value,
    seen: BTreeSet<String>,
    found: Vec<String>,
}

impl Inside<'_> {
    fn walk(&mut self, shape: &str, path: &str) {
        let model = self.model;
        let described = &model["shapes"][shape];
        for kind in ["member", "value"] {
            if let Some(inner) = described[kind].as_str() {
                self.walk(inner, path);
            }
        }
        let entry = format!("{path} {shape}");
        let is_inside_itself = path.split('.').count() > 12;
        if is_inside_itself || !self.seen.insert(entry) {
            return;
        }
        for (member, inner) in described["members"].as_object().into_iter().flatten() {
            let place = if path.is_empty() { member.clone() } else { format!("{path}.{member}") };
            if !path.is_empty() {
                self.found.push(place.clone());
            }
            self.walk(inner.as_str().unwrap_or_default(), &place);
        }
    }
}
