//! Is the secret there, to be read, and does it have the version?

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::next::{self, Next};
use super::reference::{Reference, Wanted, elsewhere};
use super::startup::{Demand, Startup};
use super::words;
use crate::model::id::Stage;
use crate::model::observed::seen;
use crate::model::secret::ObservedSecret;
use crate::model::survey::Question;

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for (Reference { site, .. }, wanted) in startup.secrets() {
        match next::of(draft, site, wanted) {
            Known::There(next) => version(draft, site, wanted, &next),
            Known::Gone => missing(draft, site, wanted),
            Known::Nothing => {}
        }
    }
    for Demand { site, grant } in &startup.demands {
        let scope = &draft.inquiry.observed.scope;
        if let Some(arn) = elsewhere(scope, grant) {
            let (account, region) = (arn.account(), arn.region());
            let what = format!("the secret that a parameter stands for, in account {account} and {region}");
            draft.unsure(site, &what, "a secret of another account or Region can only be looked up by its whole ARN");
        }
    }
}

/// The secret as it is.
pub(super) fn live<'a>(draft: &mut Draft<'a>, site: &Site, wanted: &Wanted) -> Known<&'a ObservedSecret> {
    let what = format!("the secret {}", wanted.shown());
    match &wanted.manifest {
        Some(name) => {
            let read = seen(&draft.inquiry.observed.secrets, name);
            draft.known(site, &what, read)
        }
        None => draft.look(site, &what, Question::Secret(wanted.id.clone()), |seen| seen.secret(&wanted.id)),
    }
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
    let removed = next::is_removed(draft.inquiry, id.as_str());
    let (message, help) = if removed {
        let help = "keep its Region among the `replicas` of the secret, or read the secret itself";
        (format!("{} is a copy that the next apply removes", wanted.shown()), help)
    } else {
        (format!("there is no secret {}", wanted.shown()), help)
    };
    let because = Because {
        message,
        ecs: words::secret(named, "ResourceNotFoundException: Secrets Manager can't find the specified secret."),
        help: help.to_owned(),
    };
    draft.find(site, Code::SecretMissing, removed, because);
}

fn version(draft: &mut Draft<'_>, site: &Site, wanted: &Wanted, next: &Next) {
    let Next { secret, planned, .. } = next;
    let arn = secret.arn.as_str();
    if secret.deleted.is_some() {
        let why = "InvalidRequestException: You can't perform this operation on the secret because it was marked for \
                   deletion.";
        let because = Because {
            message: format!("the secret {} is scheduled for deletion", wanted.shown()),
            ecs: words::secret(arn, why),
            help: format!("take the deletion back: aws secretsmanager restore-secret --secret-id {arn}"),
        };
        return draft.find(site, Code::SecretPendingDeletion, *planned, because);
    }
    if let Some(version) = &wanted.version {
        if secret.is_labelled(version) {
            return;
        }
        let what = format!("the versions of {}", wanted.shown());
        let question = Question::Versions(secret.arn.clone());
        if let Known::There(versions) = draft.look(site, &what, question, |seen| seen.versions(&secret.arn))
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
    if secret.stages.contains_key(&stage) {
        return;
    }
    let why = format!(
        "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: {stage}"
    );
    let has: Vec<&str> = secret.stages.keys().map(Stage::as_str).collect();
    let help = match has.as_slice() {
        [] => "give it a value: aws secretsmanager put-secret-value".to_owned(),
        has => format!("it has {}: correct the stage, or put it on a version", has.join(", ")),
    };
    let because = Because {
        message: format!("no version of the secret {} has the stage {stage}", wanted.shown()),
        ecs: words::secret(arn, &why),
        help,
    };
    draft.find(site, Code::StageMissing, *planned, because);
}
