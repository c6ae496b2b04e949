//! What a request leaves out.
//!
//! Ledger: O11.

use serde::Deserialize;

use crate::sandbox::place::Arn;
use crate::sandbox::tags::Tags;

/// A tag: any of the values, or with none any value.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagFilter {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

impl TagFilter {
    pub(super) fn passes(&self, tags: &Tags) -> bool {
        tags.get(&self.key).is_some_and(|value| self.values.is_empty() || self.values.contains(value))
    }
}

/// `service`, or `service:type` with the type as ARNs have it: `ecs:service`, `secretsmanager:secret`.
pub(super) fn is_of_type(arn: &str, wanted: &str) -> bool {
    let Some(parsed) = Arn::parse(arn) else { return false };
    let (service, kind) = wanted.split_once(':').map_or((wanted, None), |(service, kind)| (service, Some(kind)));
    let held = parsed.resource.split(['/', ':']).next().filter(|held| held.len() < parsed.resource.len());
    // The ARN of a queue has no type in it.
    service == parsed.service && kind.is_none_or(|kind| held.is_some_and(|held| held == kind))
}
