//! Whether the policy that will be derived for a role can fit at all, as far as that is known without AWS.

use std::collections::BTreeMap;

use super::super::document::Document;
use super::super::node::Node;
use super::{Findings, key_span};
use crate::model::arn::Arn;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::policy_size::MOST_INLINE as INLINE;

/// Quotes and a comma.
const MARKS: usize = 3;
/// The least that the ARN of a secret has before its name and after it: the shortest partition and Region.
const AROUND_SECRET: usize = "arn:aws:secretsmanager:us-east-1:123456789012:secret:-??????".len() + MARKS;
/// The same of a parameter.
const AROUND_PARAMETER: usize = "arn:aws:ssm:us-east-1:123456789012:parameter/".len() + MARKS;

/// What a role must name, and how many characters of its policy that takes at least. One secret may be named by its manifest
/// and by its ARN, which the policy names once: so it is known by its name here.
type Named = BTreeMap<(Sort, String), usize>;

/// Of what there is to read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Secret,
    Parameter,
}

/// Where a task definition names secrets and parameters that its execution role must read.
const PLACES: [&str; 3] = [
    "containerDefinitions[].secrets[].valueFrom",
    "containerDefinitions[].logConfiguration.secretOptions[].valueFrom",
    REGISTRY,
];
/// Here a text that is no ARN is the name of a secret.
const REGISTRY: &str = "containerDefinitions[].repositoryCredentials.credentialsParameter";

/// Counts the secrets and parameters that each role must name.
pub(in super::super) fn policy_sizes(documents: &BTreeMap<ResourceId, Document>) -> Vec<(&ResourceId, Findings<'_>)> {
    let mut all: BTreeMap<ResourceId, Named> = BTreeMap::new();
    for (_, document) in documents.iter().filter(|(id, _)| id.kind == Kind::TaskDefinition) {
        let Some(spec) = document.node.get("spec") else { continue };
        let role = spec.at("executionRoleRef.name").first().and_then(|node| Name::parse(node.text()?));
        let Some(role) = role.map(|name| ResourceId::new(Kind::ExecutionRole, &name)) else { continue };
        let named = all.entry(role).or_default();
        for path in PLACES {
            for (what, length) in spec.at(path).into_iter().filter_map(|place| read(place, path, documents)) {
                named.entry(what).and_modify(|least| *least = length.min(*least)).or_insert(length);
            }
        }
    }
    let mut out = Vec::new();
    for (id, named) in &all {
        let Some((id, document)) = documents.get_key_value(id) else { continue };
        let least: usize = named.values().sum();
        // Of a role that is only looked at, someone else writes the policy, in patterns perhaps.
        let observed = document.node.at("spec.mode").iter().any(|mode| mode.text() == Some("Observe"));
        if least > INLINE && !observed {
            let mut found = Findings::new(&document.file);
            let of = |kind| named.keys().filter(|(other, _)| *other == kind).count();
            let what = match (of(Sort::Secret), of(Sort::Parameter)) {
                (secrets, 0) => format!("{secrets} secrets"),
                (0, parameters) => format!("{parameters} parameters"),
                (secrets, parameters) => format!("{secrets} secrets and {parameters} parameters"),
            };
            let message = format!("the role must name {what}, at least {least} characters: IAM takes {INLINE}");
            let help = "give some of the task definitions another role, or keep more keys in one secret";
            let place = document.node.get("spec").map_or(&document.name_span, |spec| key_span(spec, "roleName"));
            found.wrong(place, message, help);
            out.push((id, found));
        }
    }
    out
}

/// What one place names; nothing where that is no name, or one of which IAM would make a pattern.
fn read(place: &Node, path: &str, documents: &BTreeMap<ResourceId, Document>) -> Option<((Sort, String), usize)> {
    let Some(text) = place.text() else {
        let manifest = place.at("secretRef.name").first()?.text()?;
        let id = ResourceId::new(Kind::Secret, &Name::parse(manifest)?);
        let written = documents.get(&id).and_then(|document| document.node.at("spec.secretName").first()?.text());
        let name = written.unwrap_or(manifest);
        return match Arn::parse(name) {
            Some(arn) => Some(secret(&arn)),
            None => Some(by_name(name)),
        };
    };
    if text.is_empty() || text.contains(['*', '?', '$']) {
        return None;
    }
    let Some(arn) = Arn::parse(text) else {
        if path == REGISTRY {
            return Some(by_name(text));
        }
        let name = text.trim_start_matches('/');
        return Some(((Sort::Parameter, name.to_owned()), name.len() + AROUND_PARAMETER));
    };
    match arn.service() {
        "secretsmanager" => Some(secret(&arn)),
        "ssm" => {
            let name = arn.resource().strip_prefix("parameter/")?;
            Some(((Sort::Parameter, name.to_owned()), text.len() + MARKS))
        }
        _ => None,
    }
}

fn by_name(name: &str) -> ((Sort, String), usize) {
    ((Sort::Secret, name.to_owned()), name.len() + AROUND_SECRET)
}

/// A secret by its ARN, less the fields behind it that say which part and version of it is read.
fn secret(arn: &Arn) -> ((Sort, String), usize) {
    let whole: Vec<&str> = arn.as_str().split(':').take(7).collect();
    let whole = Arn::new(whole.join(":"));
    ((Sort::Secret, whole.secret_name().to_owned()), whole.as_str().len() + MARKS)
}
