//! Can a task start? It can where its execution role is trusted, and everything it needs is there and allowed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::estate::{Estate, Key, Role, Secret, items, text};
use super::iam::{Question, allows, lets_in, trusts};
use super::needs::{self, Need};

impl Estate {
    /// Why tasks of what services run, bring up, or would go back to cannot start. Empty: all can.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (service, state) in &self.services {
            for arn in &state.startable {
                let faults_of = self.faults_of(&self.revisions[arn]["taskDefinition"]);
                faults.extend(faults_of.into_iter().map(|fault| format!("{service} at {arn}: {fault}")));
            }
        }
        faults
    }

    fn faults_of(&self, revision: &Value) -> Vec<String> {
        let needs = needs::of(revision, &self.account, &self.region);
        let Some(arn) = revision["executionRoleArn"].as_str() else {
            return if needs.is_empty() { Vec::new() } else { vec![format!("no execution role for {needs:?}")] };
        };
        let Some(role) = self.roles.get(arn) else { return vec![format!("{arn} does not exist")] };
        let task = format!("arn:aws:ecs:{}:{}:task/cluster/0123456789abcdef", self.region, self.account);
        let source = [("aws:sourceaccount", self.account.as_str()), ("aws:sourcearn", task.as_str())];
        if !trusts(&role.trust, "ecs-tasks.amazonaws.com", context(&source)) {
            return vec![format!("{arn} is not trusted to ECS")];
        }
        needs.iter().filter_map(|need| self.unmet(arn, role, need)).collect()
    }

    /// What is in the way of a need.
    fn unmet(&self, arn: &str, role: &Role, need: &Need) -> Option<String> {
        match need {
            Need::Permission(action, resource) => {
                let question = Question { action, resource, context: BTreeMap::new() };
                let allowed = self.allows(arn, role, None, &question);
                (!allowed).then(|| format!("{arn} may not {action} on {resource}"))
            }
            Need::Secret { arn: secret, key, stage, version } => {
                let Some(held) = self.secrets.get(secret) else { return Some(format!("{secret} does not exist")) };
                if !held.described["DeletedDate"].is_null() {
                    return Some(format!("{secret} is going to be deleted"));
                }
                self.unreadable(arn, role, secret, held).or_else(|| unfit(secret, held, key, stage, version))
            }
        }
    }

    /// Why the role may not read the secret.
    fn unreadable(&self, arn: &str, role: &Role, secret: &str, held: &Secret) -> Option<String> {
        let mut about = context(&[("secretsmanager:secretid", secret)]);
        for tag in items(&held.described["Tags"]) {
            for prefix in ["aws", "secretsmanager"] {
                let name = format!("{prefix}:resourcetag/{}", text(&tag["Key"]).to_lowercase());
                about.insert(name, vec![text(&tag["Value"])]);
            }
        }
        let question = Question { action: "secretsmanager:GetSecretValue", resource: secret, context: about };
        if !self.allows(arn, role, held.policy.as_ref(), &question) {
            return Some(format!("{arn} may not read {secret}"));
        }
        let Key { arn: key, aliases, state, policy } = self.keys.get(held.described["KmsKeyId"].as_str()?)?;
        // The account's own key for secrets asks nothing of those who may read the secret.
        if aliases.iter().any(|alias| alias == "alias/aws/secretsmanager") {
            return None;
        }
        if state != "Enabled" {
            return Some(format!("{key} of {secret} is {state}"));
        }
        let via = format!("secretsmanager.{}.amazonaws.com", self.region);
        let mut about = context(&[("kms:viaservice", &via), ("kms:encryptioncontext:secretarn", secret)]);
        about.insert("kms:calleraccount".to_owned(), vec![self.account.clone()]);
        about.insert("kms:resourcealiases".to_owned(), aliases.clone());
        let question = Question { action: "kms:Decrypt", resource: key, context: about };
        let allowed = lets_in(arn, policy, &question) && self.allows(arn, role, Some(policy), &question);
        (!allowed).then(|| format!("{arn} may not decrypt {secret} with {key}"))
    }

    fn allows(&self, arn: &str, role: &Role, on_resource: Option<&Value>, question: &Question<'_>) -> bool {
        let managed = role.attached.iter().map(|policy| &self.policies[policy]);
        let policies: Vec<&Value> = role.inline.values().chain(managed).collect();
        let boundary = role.boundary.as_ref().map(|boundary| &self.policies[boundary]);
        let mut context = question.context.clone();
        for (key, value) in &role.tags {
            context.insert(format!("aws:principaltag/{}", key.to_lowercase()), vec![value.clone()]);
        }
        context.insert("aws:principalarn".to_owned(), vec![arn.to_owned()]);
        context.insert("aws:principalaccount".to_owned(), vec![self.account.clone()]);
        context.insert("aws:securetransport".to_owned(), vec!["true".to_owned()]);
        let Question { action, resource, context: _ } = *question;
        allows(arn, &policies, boundary, on_resource, &Question { action, resource, context })
    }
}

/// Why the version that is asked for is not there, or lacks the key.
fn unfit(secret: &str, held: &Secret, key: &str, stage: &str, version: &str) -> Option<String> {
    let stage = if stage.is_empty() { "AWSCURRENT" } else { stage };
    let mut versions = held.described["VersionIdsToStages"].as_object().into_iter().flatten();
    let found =
        versions.find(
            |(id, stages)| {
                if version.is_empty() { items(stages).iter().any(|held| held == stage) } else { *id == version }
            },
        );
    let Some((id, _)) = found else { return Some(format!("{secret} has no version {stage} {version}")) };
    let Some(keys) = held.keys.get(id) else { return Some(format!("version {id} of {secret} has no value")) };
    let has = key.is_empty() || keys.as_ref().is_some_and(|keys| keys.iter().any(|held| held == key));
    (!has).then(|| format!("version {id} of {secret} has no key {key}"))
}

fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()])).collect()
}
