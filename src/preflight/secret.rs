//! Is the secret there, to be read, and does it have the version?

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::reference::{Reference, Wanted};
use super::startup::Startup;
use super::words;
use crate::model::id::{Kind, ResourceId, Stage};
use crate::model::observed::seen;
use crate::model::secret::ObservedSecret;
use crate::model::survey::Question;
use crate::plan::action::Call;

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for (Reference { site, .. }, wanted) in startup.secrets() {
        match live(draft, site, wanted) {
            Known::There(live) => version(draft, site, wanted, live),
            Known::Gone if is_to_come(draft, wanted) => {}
            Known::Gone => missing(draft, site, wanted),
            Known::Nothing => {}
        }
    }
}

/// The secret as it is.
pub(super) fn live<'a>(draft: &mut Draft<'a>, site: &Site, wanted: &Wanted) -> Known<'a, ObservedSecret> {
    let what = format!("the secret {}", wanted.shown());
    match &wanted.manifest {
        Some(name) => {
            let read = seen(&draft.inquiry.observed.secrets, name);
            draft.known(site, &what, read)
        }
        None => draft.look(site, &what, Question::Secret(wanted.id.clone()), |seen| seen.secret(&wanted.id)),
    }
}

/// Does the next apply make it?
pub(super) fn is_to_come(draft: &Draft<'_>, wanted: &Wanted) -> bool {
    let Some(name) = &wanted.manifest else { return false };
    let target = ResourceId::new(Kind::Secret, name);
    draft.inquiry.plan.steps().any(|(_, step)| step.target == target)
}

/// Does the next apply make another version current, so that what is read now is not what tasks get?
pub(super) fn is_written(draft: &Draft<'_>, wanted: &Wanted) -> bool {
    let Some(name) = &wanted.manifest else { return false };
    let target = ResourceId::new(Kind::Secret, name);
    let writes = |call: &Call<_>| {
        matches!(call, Call::CreateSecret { .. } | Call::PutSecretValue { .. } | Call::UpdateSecretVersionStage { .. })
    };
    draft.inquiry.plan.steps().any(|(_, step)| step.target == target && writes(&step.action.call))
}

fn missing(draft: &mut Draft<'_>, site: &Site, wanted: &Wanted) {
    let id = &wanted.id;
    let named = if wanted.manifest.is_some() { id.as_str() } else { words::shown(id.as_str()) };
    let help = if id.as_str().starts_with("arn:") {
        "a secret that was made again has another ARN, with six other characters at its end: name it by its name, with a \
         Secret manifest"
    } else {
        "create it, or correct spec.secretName"
    };
    let because = Because {
        message: format!("there is no secret {}", wanted.shown()),
        ecs: words::secret(named, "ResourceNotFoundException: Secrets Manager can't find the specified secret."),
        help: help.to_owned(),
    };
    draft.find(site, Code::SecretMissing, false, because);
}

fn version<'a>(draft: &mut Draft<'a>, site: &Site, wanted: &Wanted, live: &'a ObservedSecret) {
    let arn = live.arn.as_str();
    if live.deleted.is_some() {
        let why = "InvalidRequestException: You can't perform this operation on the secret because it was marked for \
                   deletion.";
        let because = Because {
            message: format!("the secret {} is scheduled for deletion", wanted.shown()),
            ecs: words::secret(arn, why),
            help: format!("take the deletion back: aws secretsmanager restore-secret --secret-id {arn}"),
        };
        return draft.find(site, Code::SecretPendingDeletion, false, because);
    }
    if let Some(version) = &wanted.version {
        if live.stages.values().any(|labelled| labelled == version) {
            return;
        }
        let what = format!("the versions of {}", wanted.shown());
        let question = Question::Versions(live.arn.clone());
        if let Known::There(versions) = draft.look(site, &what, question, |seen| seen.versions(&live.arn))
            && !versions.contains(version)
        {
            let why = format!(
                "ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: {version}"
            );
            let because = Because {
                message: format!("the secret {} has no version {version}", wanted.shown()),
                ecs: words::secret(arn, &why),
                help: "name a version that it has: aws secretsmanager list-secret-version-ids".to_owned(),
            };
            draft.find(site, Code::VersionMissing, false, because);
        }
        return;
    }
    let stage = wanted.stage.clone().unwrap_or_else(Stage::current);
    let has = |stage: &Stage| live.stages.contains_key(stage);
    // What is current now is then the previous one.
    let comes = stage == Stage::current() || stage == Stage::previous() && has(&Stage::current());
    if has(&stage) || comes && is_written(draft, wanted) {
        return;
    }
    let why = format!(
        "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: {stage}"
    );
    let has: Vec<&str> = live.stages.keys().map(Stage::as_str).collect();
    let help = match has.as_slice() {
        [] => "give it a value: aws secretsmanager put-secret-value".to_owned(),
        has => format!("it has {}: correct the stage, or put it on a version", has.join(", ")),
    };
    let because = Because {
        message: format!("no version of the secret {} has the stage {stage}", wanted.shown()),
        ecs: words::secret(arn, &why),
        help,
    };
    draft.find(site, Code::StageMissing, false, because);
}
