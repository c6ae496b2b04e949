//! ARNs of one partition: an account is in one, and so is an installation.

use std::collections::BTreeMap;

use super::super::document::Document;
use super::super::node::Node;
use super::{Findings, arns};
use crate::model::id::{Kind, ResourceId};
use crate::model::partition;

/// Where ARNs stand besides, of more than one thing.
const OTHERS: [(Kind, &str); 10] = [
    (Kind::Secret, "kmsKeyId"),
    (Kind::Secret, "replicas[].kmsKeyId"),
    (Kind::ExecutionRole, "grants[].decrypt.key"),
    (Kind::Secret, "rotation.lambdaArn"),
    (Kind::TaskDefinition, "taskRoleArn"),
    (Kind::TaskDefinition, "executionRoleArn"),
    (Kind::TaskDefinition, "containerDefinitions[].secrets[].valueFrom"),
    (Kind::TaskDefinition, "containerDefinitions[].logConfiguration.secretOptions[].valueFrom"),
    (Kind::TaskDefinition, "containerDefinitions[].repositoryCredentials.credentialsParameter"),
    (Kind::Service, "serviceConnectConfiguration.logConfiguration.secretOptions[].valueFrom"),
];

/// Looks at all ARNs of the set; those of the partition that fewer have are wrong. Source: IAM user guide, reference-arns,
/// "Each AWS account is scoped to one partition".
pub(super) fn check(documents: &BTreeMap<ResourceId, Document>) -> Vec<(&ResourceId, Findings<'_>)> {
    let mut all: Vec<(&ResourceId, &Document, &Node, &str)> = Vec::new();
    for (id, document) in documents {
        let Some(spec) = document.node.get("spec") else { continue };
        let others = OTHERS.iter().filter(|(kind, _)| *kind == id.kind).map(|(_, path)| *path);
        for place in arns::places(id.kind).map(|(path, _)| path).chain(others).flat_map(|path| spec.at(path)) {
            let named = place.text().and_then(|text| text.strip_prefix("arn:")?.split(':').next());
            // What is no partition at all is found wrong by itself.
            all.extend(named.filter(|it| partition::is_one(it)).map(|partition| (id, document, place, partition)));
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (.., partition) in &all {
        *counts.entry(partition).or_default() += 1;
    }
    let Some(usual) = all.iter().rev().map(|(.., partition)| *partition).max_by_key(|it| counts.get(it)) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (id, document, place, partition) in all.iter().filter(|(.., partition)| *partition != usual) {
        let mut found = Findings::new(&document.file);
        let message = format!("this is of the partition `{partition}`, and others of these manifests are of `{usual}`");
        let help = "an installation works in one account, which is in one partition: name what is there";
        found.wrong(&place.span, message, help);
        out.push((*id, found));
    }
    out
}
