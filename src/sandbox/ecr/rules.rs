//! Pull-through cache rules: prefixes below which ECR fills repositories from another registry. What that has nobody asks:
//! below a rule every image is there, and nothing is kept of it.
//!
//! Ledger: O127, O128.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::clock::Millis;
use crate::sandbox::page::{Order, page};
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

/// Stands for the whole registry, in the place of a prefix.
const WHOLE_REGISTRY: &str = "ROOT";

/// The rules of the registry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CacheRules {
    /// By the prefix.
    rules: BTreeMap<String, Rule>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    upstream_registry_url: String,
    created: Millis,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    others: BTreeMap<String, Value>,
}

/// What comes back as it was given.
const AS_GIVEN: [&str; 4] = ["upstreamRegistry", "credentialArn", "customRoleArn", "upstreamRepositoryPrefix"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(default)]
    ecr_repository_prefix: String,
    #[serde(default)]
    upstream_registry_url: String,
    ecr_repository_prefixes: Option<Vec<String>>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl CacheRules {
    /// Does a rule fill the repository?
    pub(crate) fn fill(&self, repository: &str) -> bool {
        let below = |rest: &str| rest.len() > 1 && rest.starts_with('/');
        let is_below = |prefix: &String| {
            prefix == WHOLE_REGISTRY || repository.strip_prefix(prefix.trim_end_matches('/')).is_some_and(below)
        };
        self.rules.keys().any(is_below)
    }
}

pub(super) fn create(world: &mut World, input: &Value) -> Outcome {
    let Input { ecr_repository_prefix: prefix, upstream_registry_url, .. } = parse(input)?;
    let (account, created) = (world.place().account.clone(), world.now());
    if world.cache_rules.rules.contains_key(&prefix) {
        let message = format!(
            "A pull through cache rule with the prefix '{prefix}' already exists in the registry with id '{account}'"
        );
        return Err(AwsError::new("PullThroughCacheRuleAlreadyExistsException", message));
    }
    let given = |name: &str| Some((name.to_owned(), input.get(name)?.clone()));
    let others = AS_GIVEN.into_iter().filter_map(given).collect();
    let rule = Rule { upstream_registry_url, created, others };
    let view = view(&prefix, &rule, &account);
    world.cache_rules.rules.insert(prefix, rule);
    Ok(view)
}

pub(super) fn describe(world: &mut World, input: &Value) -> Outcome {
    let Input { ecr_repository_prefixes, max_results, next_token, .. } = parse(input)?;
    let account = &world.place().account;
    let rules = &world.cache_rules.rules;
    let named: Vec<&String> = match &ecr_repository_prefixes {
        None => rules.keys().collect(),
        Some(prefixes) => prefixes.iter().collect(),
    };
    let one = |prefix: &String| {
        let rule = rules.get(prefix).ok_or_else(|| {
            let message = format!(
                "The pull through cache rule with the prefix '{prefix}' does not exist in the registry with id '{account}'"
            );
            AwsError::new("PullThroughCacheRuleNotFoundException", message)
        })?;
        Ok((prefix.clone(), view(prefix, rule, account)))
    };
    let entries = named.into_iter().map(one).collect::<Result<Vec<_>, AwsError>>()?;
    let most = max_results.unwrap_or(100);
    let page = page("DescribePullThroughCacheRules", entries, Order::Ascending, next_token.as_deref(), most)
        .map_err(|_| AwsError::new("InvalidParameterException", "Invalid parameter at 'nextToken'"))?;
    let mut output = json!({"pullThroughCacheRules": page.items});
    if let Some(next) = page.next {
        output["nextToken"] = json!(next);
    }
    Ok(output)
}

fn view(prefix: &str, rule: &Rule, account: &str) -> Value {
    let Rule { upstream_registry_url, created, others } = rule;
    let mut view = json!({
        "ecrRepositoryPrefix": prefix,
        "upstreamRegistryUrl": upstream_registry_url,
        "createdAt": created.epoch_seconds(),
        "registryId": account,
    });
    for (name, value) in others {
        view[name] = value.clone();
    }
    view
}
