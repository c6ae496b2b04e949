//! `SimulatePrincipalPolicy`, `SimulateCustomPolicy`: may someone do this, without doing it?
//!
//! No policies of resources and of organisations, no list of what is left out.
//!
//! Ledger: I100, I101.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Kind, Statement};
use super::evaluate::{Ask, Context, Verdict, judge};
use super::{fault, listed};
use crate::sandbox::place::Arn;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    policy_source_arn: Option<String>,
    #[serde(default)]
    policy_input_list: Vec<String>,
    #[serde(default)]
    permissions_boundary_policy_input_list: Vec<String>,
    action_names: Vec<String>,
    #[serde(default)]
    resource_arns: Vec<String>,
    #[serde(default)]
    context_entries: Vec<Entry>,
    resource_policy: Option<String>,
    #[serde(default)]
    policy_exclusion_list: Vec<Value>,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    context_key_name: String,
    #[serde(default)]
    context_key_values: Vec<String>,
}

pub(super) fn simulate_principal_policy(world: &mut World, input: &Value) -> Outcome {
    let input: Input = parse(input)?;
    let source = input.policy_source_arn.clone().unwrap_or_default();
    let name = Arn::parse(&source).and_then(|arn| arn.resource.strip_prefix("role/")?.rsplit('/').next());
    let role = name.and_then(|name| world.iam.role(name)).filter(|role| role.arn == source);
    let role = role.ok_or_else(|| fault::no_such_entity(format!("The Entity with arn {source} cannot be found.")))?;
    let statements = world.iam.identity_statements(role);
    let boundary = role.boundary.as_deref().map(|arn| world.iam.managed_statements(arn));
    simulate(&input, statements, boundary)
}

pub(super) fn simulate_custom_policy(_: &mut World, input: &Value) -> Outcome {
    simulate(&parse(input)?, Vec::new(), None)
}

fn simulate(input: &Input, mut statements: Vec<Statement>, mut boundary: Option<Vec<Statement>>) -> Outcome {
    if input.resource_policy.is_some() || !input.policy_exclusion_list.is_empty() {
        return Err(fault::invalid_input("Simulation of resource-based policies isn't supported for IAM roles."));
    }
    for text in &input.policy_input_list {
        statements.extend(read(text)?);
    }
    for text in &input.permissions_boundary_policy_input_list {
        boundary = Some(read(text)?);
    }
    let values = |entry: &Entry| (entry.context_key_name.to_ascii_lowercase(), entry.context_key_values.clone());
    let context: Context = input.context_entries.iter().map(values).collect();
    let everything = ["*".to_owned()];
    let resources = if input.resource_arns.is_empty() { everything.as_slice() } else { &input.resource_arns };
    let results = input.action_names.iter().map(|action| {
        let of = |resource: &String| {
            let result = decide(&statements, boundary.as_deref(), Ask { action, resource, context: &context });
            (resource.clone(), result)
        };
        view(action, &resources.iter().map(of).collect::<Vec<_>>(), boundary.is_some())
    });
    let entries = results.enumerate().map(|(number, result)| (format!("{number:05}"), result));
    listed("Simulate", "EvaluationResults", entries, input.marker.as_deref(), input.max_items)
}

fn read(text: &str) -> Result<Vec<Statement>, AwsError> {
    document::read(Kind::Identity, text).map_err(|error| fault::invalid_input(error.message))
}

struct Decided {
    decision: &'static str,
    within_boundary: bool,
    missing: BTreeSet<String>,
}

fn decide(statements: &[Statement], boundary: Option<&[Statement]>, ask: Ask<'_>) -> Decided {
    let mut notes = Vec::new();
    let verdict = judge(statements, ask, &mut notes);
    let bounds = boundary.map_or(Verdict::Allow, |boundary| judge(boundary, ask, &mut notes));
    let decision = match (verdict, bounds) {
        (Verdict::Deny, _) | (_, Verdict::Deny) => "explicitDeny",
        (Verdict::Allow, Verdict::Allow) => "allowed",
        _ => "implicitDeny",
    };
    let about = statements.iter().chain(boundary.into_iter().flatten());
    let keys = about.filter(|statement| statement.is_about(ask)).flat_map(Statement::keys);
    let missing = keys.filter(|key| !ask.context.contains_key(*key)).map(str::to_owned).collect();
    Decided { decision, within_boundary: bounds == Verdict::Allow, missing }
}

/// The strictest decision stands for all; each resource has its own.
fn view(action: &str, results: &[(String, Decided)], bounded: bool) -> Value {
    let rank = |decision: &str| ["allowed", "implicitDeny", "explicitDeny"].iter().position(|it| *it == decision);
    let decisions = results.iter().map(|(_, decided)| decided.decision);
    let strictest = decisions.max_by_key(|decision| rank(decision)).unwrap_or("implicitDeny");
    let each = results.iter().map(|(resource, Decided { decision, within_boundary, missing })| {
        let mut view = json!({
            "EvalResourceName": resource,
            "EvalResourceDecision": decision,
            "MatchedStatements": [],
            "MissingContextValues": missing,
        });
        if bounded {
            view["PermissionsBoundaryDecisionDetail"] = json!({"AllowedByPermissionsBoundary": within_boundary});
        }
        view
    });
    json!({
        "EvalActionName": action,
        "EvalResourceName": "*",
        "EvalDecision": strictest,
        "MatchedStatements": [],
        "MissingContextValues": [],
        "ResourceSpecificResults": each.collect::<Vec<_>>(),
    })
}
