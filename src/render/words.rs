//! What a plan says, in words.

use super::value;
use crate::cloud::Outcome;
use crate::model::arn::Scope;
use crate::plan::action::Call;
use crate::plan::step::{Risk, Step, Why};

/// What happens to a resource, in a few words.
pub(super) fn what(steps: &[&Step], scope: &Scope) -> String {
    let mut words: Vec<String> = Vec::new();
    for step in steps {
        let word = match &step.action.call {
            Call::CreateSecret { .. } => "create".to_owned(),
            Call::PutSecretValue { .. } => "write a new version".to_owned(),
            Call::UpdateSecretVersionStage { stage, .. } => format!("move {stage} to a version that is there"),
            Call::CreateRole { role, .. } => format!("create the role {role}"),
            Call::RegisterTaskDefinition { family, .. } => format!("register a revision of {family}"),
            Call::CreateService { cluster, service, .. } => format!("create the service {service} in {cluster}"),
            Call::UpdateService { task_definition: Some(_), from, .. } => {
                format!("deploy, instead of {}", value::short(from.as_str(), scope))
            }
            Call::StopServiceDeployment { .. } => "stop the rollout, and go back".to_owned(),
            Call::UpdateService { .. } if step.risk.contains(&Risk::Redeploy) => "update and deploy".to_owned(),
            Call::PutRolePolicy { .. } if words.iter().any(|word| word.starts_with("create the role")) => continue,
            Call::PutRolePolicy { .. } => "set permissions".to_owned(),
            Call::TagRole { .. }
            | Call::TagSecret { .. }
            | Call::TagTaskDefinition { .. }
            | Call::TagService { .. } => "tag".to_owned(),
            Call::UntagSecret { .. } | Call::UntagTaskDefinition { .. } | Call::UntagService { .. } => {
                "untag".to_owned()
            }
            Call::UpdateService { .. } | Call::UpdateSecret { .. } => "update".to_owned(),
            Call::DeleteService { cluster, service, .. } => format!("delete the service {service} in {cluster}"),
            Call::DeregisterTaskDefinition { .. } => "deregister old revisions".to_owned(),
            Call::DeleteRole { role, .. } => format!("delete the role {role}"),
            Call::DeleteSecret { days, .. } => format!("schedule its deletion in {days} days"),
            Call::RestoreSecret { .. } => "take its deletion back".to_owned(),
            Call::RotateSecret { immediately: true, .. } => "set rotation, and rotate now".to_owned(),
            Call::RotateSecret { .. } => "set rotation".to_owned(),
            Call::CancelRotateSecret { .. } => "turn rotation off".to_owned(),
            Call::UpdateReplica { region, .. } => format!("update the copy in {region}"),
            Call::ReplicateSecretToRegions { .. } => "copy to other Regions".to_owned(),
            Call::RemoveRegionsFromReplication { .. } => "remove copies".to_owned(),
            Call::PutResourcePolicy { .. } => "set the resource policy".to_owned(),
            Call::DeleteResourcePolicy { .. } => "delete the resource policy".to_owned(),
            Call::UpdateAssumeRolePolicy { .. } => "set who may assume it".to_owned(),
            Call::PutRolePermissionsBoundary { .. } => "set the boundary".to_owned(),
            Call::AttachRolePolicy { .. } => "attach policies".to_owned(),
            Call::DetachRolePolicy { .. } => "detach policies".to_owned(),
            Call::DeleteRolePolicy { policy, .. } => format!("delete the inline policy {policy}"),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}

/// Why a step is taken.
pub(super) fn why(why: &Why) -> String {
    match why {
        Why::Missing => "it does not exist".to_owned(),
        Why::Changed => "the manifest changed".to_owned(),
        Why::Drifted => "it was changed by hand".to_owned(),
        Why::SecretRotated(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("Secret/{name}")).collect();
            format!("{} {} a new version", names.join(", "), if names.len() == 1 { "has" } else { "have" })
        }
        Why::Retried => "it failed before, and is tried again".to_owned(),
        Why::Overdue => "its rollout takes longer than it may, and no circuit breaker would end it".to_owned(),
        Why::NoLongerDesired => "nothing wants or uses it any longer".to_owned(),
        Why::Adopted => "it is to be taken over".to_owned(),
    }
}

/// What a risk means for what runs.
pub(super) fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::Redeploy => "replaces running tasks",
        Risk::Delete => "takes something away",
        Risk::WidensAccess => "widens access",
        Risk::ImageMayChange => "the image's tag is resolved again, and may name another image by now",
        Risk::ZeroHealthy => "may leave no task running for a while",
    }
}

/// A risk in a word or two, for tables.
pub(super) fn brief(risk: Risk) -> &'static str {
    match risk {
        Risk::Redeploy => "redeploys",
        Risk::Delete => "takes away",
        Risk::WidensAccess => "widens access",
        Risk::ImageMayChange => "image may change",
        Risk::ZeroHealthy => "may leave no task running",
    }
}

/// What became of a step.
pub(super) fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done(_) => "done",
        Outcome::Failed(_) => "failed",
        Outcome::Skipped { .. } => "skipped",
        Outcome::Deferred => "later",
        Outcome::NotStarted => "not begun",
    }
}
