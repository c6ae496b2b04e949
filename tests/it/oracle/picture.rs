//! An account as it matters in the end: without times, and without names and numbers that chance or order gives.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::estate::{Estate, Secret, items, text};

/// Members that say when, how far, or which number.
const PASSING: [&str; 7] =
    ["taskDefinitionArn", "revision", "registeredAt", "registeredBy", "requiresAttributes", "deregisteredAt", "status"];

/// The same of a service; its deployments, its tags and what it runs are pictured for themselves.
const PASSING_OF_SERVICES: [&str; 9] = [
    "deployments",
    "taskDefinition",
    "tags",
    "events",
    "createdAt",
    "createdBy",
    "currentServiceDeployment",
    "currentServiceRevisions",
    "taskSets",
];

/// And of a deployment.
const PASSING_OF_DEPLOYMENTS: [&str; 6] =
    ["id", "createdAt", "updatedAt", "taskDefinition", "rolloutStateReason", "failedTasks"];

impl Estate {
    /// Equal pictures are equal worlds: what runs, what is allowed, which versions there are; and how many deployments
    /// each service had, and how many ACTIVE revisions each family has.
    pub(crate) fn picture(&self) -> BTreeMap<String, Value> {
        let mut picture = BTreeMap::new();
        for service in self.services.values() {
            let described = &service.described;
            let name = text(&described["serviceName"]);
            let deployments: Vec<_> = service.deployments.iter().map(|one| &one["status"]).collect();
            let revision = &self.revisions[&text(&described["taskDefinition"])];
            let current = items(&described["deployments"]).iter().map(|one| without(one, &PASSING_OF_DEPLOYMENTS));
            let state = json!({
                "runs": self.content(revision), "is": self.stable(&without(described, &PASSING_OF_SERVICES)),
                "current": self.stable(&current.collect()), "tags": self.tags(&described["tags"]),
                "deployments": deployments,
            });
            picture.insert(format!("service {name}"), state);
        }
        for revision in self.revisions.values().filter(|one| one["taskDefinition"]["status"] == "ACTIVE") {
            let family = format!("family {}", text(&revision["taskDefinition"]["family"]));
            let count = picture.get(&family).and_then(Value::as_u64).unwrap_or_default();
            picture.insert(family, (count + 1).into());
        }
        for (arn, role) in &self.roles {
            let inline: BTreeMap<_, _> = role.inline.iter().map(|(name, policy)| (name, self.stable(policy))).collect();
            let tags: BTreeMap<_, _> = role.tags.iter().filter(|(key, _)| !is_mark(key)).collect();
            let state = json!({
                "trust": role.trust, "inline": inline, "attached": role.attached, "boundary": role.boundary, "tags": tags,
            });
            picture.insert(format!("role {arn}"), state);
        }
        for (arn, policy) in &self.policies {
            picture.insert(format!("policy {arn}"), self.stable(policy));
        }
        for secret in self.secrets.values() {
            picture.insert(format!("secret {}", text(&secret.described["Name"])), self.secret(secret));
        }
        picture
    }

    /// How many versions of secrets, ACTIVE revisions, and deployments there are.
    pub(crate) fn counts(&self) -> [usize; 3] {
        let versions = self.secrets.values().map(|secret| secret.described["VersionIdsToStages"].as_object());
        let active = self.revisions.values().filter(|one| one["taskDefinition"]["status"] == "ACTIVE");
        let deployments = self.services.values().map(|service| service.deployments.len());
        [versions.flatten().map(serde_json::Map::len).sum(), active.count(), deployments.sum()]
    }

    fn secret(&self, secret: &Secret) -> Value {
        let described = &secret.described;
        let versions: BTreeMap<_, _> = described["VersionIdsToStages"].as_object().into_iter().flatten().collect();
        let replicas: BTreeMap<String, Value> = items(&described["ReplicationStatus"])
            .iter()
            .map(|copy| (text(&copy["Region"]), json!([copy["KmsKeyId"], copy["Status"]])))
            .collect();
        json!({
            "description": described["Description"], "key": described["KmsKeyId"], "tags": self.tags(&described["Tags"]),
            "versions": versions, "keys": secret.keys, "replicas": replicas, "rotation": described["RotationEnabled"],
            "rules": described["RotationRules"], "function": described["RotationLambdaARN"],
            "policy": secret.policy.as_ref().map(|policy| self.stable(policy)),
            "deleted": !described["DeletedDate"].is_null(),
        })
    }

    /// What a revision says, and its tags.
    fn content(&self, revision: &Value) -> Value {
        let content = without(&revision["taskDefinition"], &PASSING);
        json!([self.stable(&content), self.tags(&revision["tags"])])
    }

    fn tags(&self, tags: &Value) -> BTreeMap<String, String> {
        let either =
            |tag: &Value, lower: &str, upper: &str| tag[lower].as_str().or(tag[upper].as_str()).map(str::to_owned);
        let pairs =
            items(tags).iter().filter_map(|tag| Some((either(tag, "key", "Key")?, either(tag, "value", "Value")?)));
        pairs.filter(|(key, _)| !is_mark(key)).map(|(key, value)| (key, self.named(&value))).collect()
    }

    fn stable(&self, value: &Value) -> Value {
        serde_json::from_str(&self.named(&value.to_string())).expect("still JSON")
    }

    /// The six characters after a secret's name are chance's.
    fn named(&self, text: &str) -> String {
        self.secrets.keys().fold(text.to_owned(), |text, arn| text.replace(arn, &arn[..arn.len() - 6]))
    }
}

/// All members but these.
fn without(whole: &Value, passing: &[&str]) -> Value {
    let members = whole.as_object().expect("an object").iter();
    members
        .filter(|(name, _)| !passing.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The mark of a change holds its time; a crash may keep it from being written, and then it waits for the next change.
fn is_mark(key: &str) -> bool {
    key.ends_with("/applied") || key.contains("/applied.")
}
