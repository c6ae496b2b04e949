//! Every field of a kind in one list, as `docs/spec/` shows it: type, bounds, default, what a change does.
//!
//! All of it is read off what checks and compares manifests: the schema, the tables of canonical form, and the lists
//! of what deploys. Knows no Markdown.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::config::{AgeSpec, ConfigSpec, GitSpec, HttpSpec, SweepSpec};
use super::schema;
use super::write::password;
use crate::model::deletion::DeletionPolicy;
use crate::model::desired::Policy;
use crate::model::document::Rules;
use crate::model::id::Kind;
use crate::model::password::PasswordRules;
use crate::model::rules::{SERVICE, TASK_DEFINITION, deployment_bounds};
use crate::model::secret_value::{FIRST_GENERATION, WritePolicy};
use crate::model::service::{Rollout, is_immutable, reaches_only_later, triggers_deployment};

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it stands in `spec`; `[]` is any element, `{}` any key.
    pub path: String,
    /// Must it be there?
    pub required: bool,
    /// What it is: `text`, `whole number`, `list`, …
    pub kind: String,
    /// What it may be.
    pub bounds: String,
    /// What an absent one means, where that is certain.
    pub default: Option<String>,
    /// What a change of it does.
    pub change: &'static str,
    /// evenkeel's own words; ECS's fields are explained by ECS.
    pub about: String,
}

/// The fields of `spec` of a kind.
pub fn fields(kind: Kind) -> Vec<Field> {
    let mut found = Vec::new();
    walk(&schema::spec(kind), "", &mut found);
    let defaults = defaults(kind);
    for field in &mut found {
        field.default = defaults.get(field.path.as_str()).cloned();
        field.change = change(kind, &field.path);
    }
    found
}

/// The keys of the configuration. evenkeel reads them when it starts.
pub fn config() -> Vec<Field> {
    let mut found = Vec::new();
    walk(&schema::config(), "", &mut found);
    found.retain(|field| !["apiVersion", "kind"].contains(&field.path.as_str()));
    let default = ConfigSpec::default();
    let Policy { settle, max_concurrent, envelope: _, prune } = default.policy();
    let defaults = BTreeMap::from([
        ("installation", default.installation().to_string()),
        ("source.git.interval", minutes(GitSpec::INTERVAL)),
        ("sweep.interval", minutes(SweepSpec::INTERVAL)),
        ("sweep.full", minutes(SweepSpec::FULL)),
        ("age.identityEnv", AgeSpec::IDENTITY_ENV.to_owned()),
        ("http.listen", HttpSpec::LISTEN.to_owned()),
        ("rollouts.maxConcurrent", max_concurrent.to_string()),
        ("rollouts.settle", format!("{}s", settle.as_secs())),
        ("limits.scale", format!("{:.1}", default.scale())),
        ("prune.enabled", prune.enabled.to_string()),
        ("prune.maxFraction", prune.max_fraction().to_string()),
        ("limits.bulkRoles", default.bulk_roles().to_string()),
    ]);
    for field in &mut found {
        field.default = defaults.get(field.path.as_str()).map(|default| format!("`{default}`"));
    }
    found
}

fn minutes(time: Duration) -> String {
    format!("{}m", time.as_secs() / 60)
}

fn walk(schema: &Value, at: &str, out: &mut Vec<Field>) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        out.push(Field {
            required: required.contains(&name.as_str()),
            kind: kind_of(member),
            bounds: bounds(member),
            default: None,
            change: "",
            about: member["description"].as_str().unwrap_or_default().replace('\n', " "),
            path: path.clone(),
        });
        inside(member, &path, out);
    }
}

fn inside(schema: &Value, path: &str, out: &mut Vec<Field>) {
    walk(schema, path, out);
    if schema["items"].is_object() {
        inside(&schema["items"], &format!("{path}[]"), out);
    }
    if schema["additionalProperties"].is_object() {
        inside(&schema["additionalProperties"], &format!("{path}{{}}"), out);
    }
    for choice in schema["anyOf"].as_array().into_iter().flatten() {
        inside(choice, path, out);
    }
}

fn kind_of(schema: &Value) -> String {
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().map(kind_of).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str().unwrap_or_default() {
        "string" => "text".into(),
        "integer" => "whole number".into(),
        "number" => "number".into(),
        "boolean" => "true or false".into(),
        "array" => format!("list of {}", several(&kind_of(&schema["items"]))),
        "object" => match &schema["additionalProperties"] {
            inner @ Value::Object(_) => format!("map to {}", kind_of(inner)),
            _ => "map".into(),
        },
        _ => "anything".into(),
    }
}

fn several(kind: &str) -> String {
    match kind {
        "text" => "texts".into(),
        "map" => "maps".into(),
        other => other.into(),
    }
}

fn bounds(schema: &Value) -> String {
    let mut said = Vec::new();
    if let Some(words) = schema["enum"].as_array() {
        said.push(words.iter().map(super::text_of).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "));
    }
    let end = |name: &str| schema.get(name).filter(|end| end.is_number() && !schema::is_end_of_a_type(end));
    let range = |least: &str, most: &str, unit: &str| match (end(least), end(most)) {
        (None, None) => None,
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
    };
    said.extend(range("minLength", "maxLength", " characters"));
    said.extend(range("minimum", "maximum", ""));
    said.extend(range("minItems", "maxItems", " elements"));
    said.extend(schema["pattern"].as_str().map(|pattern| format!("`{pattern}`")));
    said.join("; ")
}

fn defaults(kind: Kind) -> BTreeMap<String, String> {
    let own = match kind {
        Kind::Secret => of_a_secret(),
        Kind::ExecutionRole => vec![
            ("roleName", "`metadata.name`".to_owned()),
            ("mode", "`ManageRole`".to_owned()),
            ("path", "`/`".to_owned()),
            ("narrow", "`false`".to_owned()),
        ],
        Kind::TaskDefinition => vec![("family", "`metadata.name`".to_owned())],
        Kind::Service => {
            let Rollout { on_secret_change, debounce, timeout, wave, retry } = Rollout::default();
            let bound = |of: fn((i64, i64)) -> i64| {
                format!("`{}`, of a DAEMON service `{}`", of(deployment_bounds(false)), of(deployment_bounds(true)))
            };
            vec![
                ("serviceName", "`metadata.name`".to_owned()),
                ("desiredCount", "`1` at creation".to_owned()),
                // What an absent one means of a service that is there is no default of a new one.
                ("availabilityZoneRebalancing", "`ENABLED` at creation".to_owned()),
                ("deploymentConfiguration.minimumHealthyPercent", bound(|(low, _)| low)),
                ("deploymentConfiguration.maximumPercent", bound(|(_, high)| high)),
                ("cluster", "`default`".to_owned()),
                ("rollout.onSecretChange", format!("`{on_secret_change:?}`")),
                ("rollout.debounce", format!("`{}s`", debounce.as_secs())),
                ("rollout.timeout", format!("`{}m`", timeout.as_secs() / 60)),
                ("rollout.wave", format!("`{wave}`")),
                ("rollout.retry", format!("`{retry}`")),
                ("driftPolicy", "`Correct`".to_owned()),
                ("suspend", "`false`".to_owned()),
            ]
        }
    };
    let rules: Option<&Rules> = match kind {
        Kind::TaskDefinition => Some(&TASK_DEFINITION),
        Kind::Service => Some(&SERVICE),
        Kind::Secret | Kind::ExecutionRole => None,
    };
    let password = password(&PasswordRules::default()).into_iter().filter(|_| kind == Kind::Secret);
    let password = password.map(|(name, default)| (format!("value.generate.{name}"), format!("`{default}`")));
    let ecs = rules.into_iter().flat_map(|rules| rules.defaults);
    let ecs = ecs.map(|(path, default)| ((*path).to_owned(), format!("`{}`", default.trim_matches('"'))));
    ecs.chain(password).chain(own.into_iter().map(|(path, default)| (path.to_owned(), default))).collect()
}

fn of_a_secret() -> Vec<(&'static str, String)> {
    vec![
        ("secretName", "`metadata.name`".to_owned()),
        ("value", "`external: {}`".to_owned()),
        ("value.generate.generation", format!("`{FIRST_GENERATION}`")),
        ("writePolicy", format!("`{:?}`", WritePolicy::default())),
        ("rotation.rotateImmediately", "`false`".to_owned()),
        ("deletionPolicy", "`Retain`".to_owned()),
        ("recoveryWindowDays", format!("`{}`, with `ScheduleDeletion`", DeletionPolicy::USUAL_WINDOW)),
    ]
}

fn change(kind: Kind, path: &str) -> &'static str {
    let member = path.split(['.', '[', '{']).next().unwrap_or_default();
    match (kind, member) {
        (Kind::Secret, "secretName") | (Kind::ExecutionRole, "path") => "refused",
        (Kind::Secret, "value") => of_value(path),
        (Kind::Secret, "writePolicy") => "to `Enforce`: writes the version of Git where another is current",
        (Kind::ExecutionRole, "roleName") => "another role",
        (Kind::TaskDefinition, "family") => "another family",
        (Kind::TaskDefinition, "keepRevisions" | "ignoreDifferences" | "tags") => "no deployment",
        (Kind::TaskDefinition, _) => "new revision, deploys",
        (Kind::Service, "serviceName" | "cluster") => "another service",
        (Kind::Service, "rollout" | "driftPolicy" | "suspend" | "ignoreDifferences") => "no call",
        (Kind::Service, "taskDefinitionRef") => "deploys",
        (Kind::Service, "desiredCount") => "starts or stops tasks",
        (Kind::Service, name) if triggers_deployment(name) => "deploys",
        (Kind::Service, name) if is_immutable(name) => "refused",
        (Kind::Service, name) if reaches_only_later(name) => "later tasks and rollouts",
        (Kind::Secret | Kind::ExecutionRole | Kind::Service, _) => "no deployment",
    }
}

/// Versions have ids of what makes them up: what leads to the same id makes none.
fn of_value(path: &str) -> &'static str {
    match path {
        "value" => "to a source other than `external`: new version, deploys its readers",
        "value.external" => "no deployment",
        "value.generate" => "new version, deploys its readers",
        "value.generate.generation" => "to a higher one: new version, deploys its readers",
        _ if path.starts_with("value.generate.") => "with the next generation",
        _ => "with another ciphertext: new version, deploys its readers",
    }
}
