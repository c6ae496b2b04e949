//! Whether the policy that will be derived for a role can fit at all, as far as that is known without AWS.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::Document;
use super::super::node::Node;
use super::{Findings, key_span};
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::policy_size::MOST_INLINE as INLINE;

/// The least that the ARN of a secret has before its name and after it: the shortest partition and Region.
const AROUND: usize = "\"arn:aws:secretsmanager:us-east-1:123456789012:secret:-??????\",".len();

/// Counts the secrets and parameters that each role must name.
pub(in super::super) fn policy_sizes(documents: &BTreeMap<ResourceId, Document>) -> Vec<(&ResourceId, Findings<'_>)> {
    let mut named: BTreeMap<ResourceId, BTreeSet<String>> = BTreeMap::new();
    for (_, document) in documents.iter().filter(|(id, _)| id.kind == Kind::TaskDefinition) {
        let Some(spec) = document.node.get("spec") else { continue };
        let role = spec.at("executionRoleRef.name").first().and_then(|node| Name::parse(node.text()?));
        let Some(role) = role.map(|name| ResourceId::new(Kind::ExecutionRole, &name)) else { continue };
        named.entry(role).or_default().extend(secrets(spec, documents));
    }
    let mut out = Vec::new();
    for (id, names) in &named {
        let Some((id, document)) = documents.get_key_value(id) else { continue };
        let least: usize = names.iter().map(|name| name.len() + AROUND).sum();
        if least > INLINE {
            let mut found = Findings::new(&document.file);
            let message =
                format!("the role must name {} secrets, at least {least} characters: IAM takes {INLINE}", names.len());
            let help = "give some of the task definitions another role, or keep more keys in one secret";
            let place = document.node.get("spec").map_or(&document.name_span, |spec| key_span(spec, "roleName"));
            found.wrong(place, message, help);
            out.push((id, found));
        }
    }
    out
}

/// The names of the secrets that a task definition reads by their manifests.
fn secrets(spec: &Node, documents: &BTreeMap<ResourceId, Document>) -> BTreeSet<String> {
    let name = |manifest: &str| {
        let id = ResourceId::new(Kind::Secret, &Name::parse(manifest)?);
        let written = documents.get(&id).and_then(|document| document.node.at("spec.secretName").first()?.text());
        Some(written.unwrap_or(manifest).to_owned()).filter(|name| !name.starts_with("arn:"))
    };
    let places = spec.at("containerDefinitions[].secrets[].valueFrom.secretRef.name");
    places.into_iter().filter_map(|place| name(place.text()?)).collect()
}
