//! What is in force of each kind, as lines of a sheet.

use std::fmt::Write as _;

use super::ago::when;
use super::counted::counted;
use super::explain::{applied, done_at};
use super::row::Ink;
use super::sheet::Sheet;
use crate::model::id::{ResourceId, Stage};
use crate::model::time::Timestamp;
use crate::status::detail_role::{GrantDetail, RoleDetail};
use crate::status::detail_secret::{SecretDetail, VersionDetail};
use crate::status::detail_service::{DeploymentDetail, SecretRead, ServiceDetail};
use crate::status::detail_task_definition::TaskDefinitionDetail;

/// Deployments of before that are shown.
const PAST: usize = 5;

/// Versions without a label that are shown.
const OLD: usize = 3;

pub(super) fn service(sheet: &mut Sheet<'_>, service: &ServiceDetail, now: Timestamp) {
    applied(sheet, service.applied.as_ref(), now);
    sheet.say("in ECS", &format!("{} in cluster {}", service.service_name, service.cluster));
    for deployment in &service.deployments {
        let DeploymentDetail { id, status, rollout_state, revision, desired, running, pending, failed, began } =
            deployment;
        let label = if status == "PRIMARY" { "runs" } else { "still runs" };
        let mut text = format!("{revision}, ");
        if *desired > 0 || *running > 0 {
            let _ = write!(text, "{running} of {desired} tasks");
            for (count, word) in [(pending, "starting"), (failed, "failed")] {
                if *count > 0 {
                    let _ = write!(text, ", {count} {word}");
                }
            }
            text += ", ";
        }
        let state = rollout_state.as_deref().unwrap_or(status).replace('_', " ").to_lowercase();
        sheet.say(label, &format!("{text}{state}, since {} ({id})", when(*began, now)));
    }
    for read in &service.secrets {
        secret_read(sheet, read, now);
    }
    for past in service.past.iter().flatten().take(PAST) {
        let reason = past.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let ink = if past.status == "SUCCESSFUL" { Ink::Plain } else { Ink::Warn };
        sheet.say_in(
            "deployments",
            &format!("{}  {}  {}{reason}", when(past.began, now), past.revision, past.status),
            ink,
        );
    }
    if let Some(why) = &service.past_unreadable {
        let older = if service.past.is_some() { "; these were seen before" } else { "" };
        sheet.say_in("deployments", &format!("could not be read: {why}{older}"), Ink::Warn);
    }
    for stopped in &service.stopped {
        let (tasks, revision, cause) = (counted(stopped.tasks, "task"), &stopped.revision, &stopped.cause);
        let advice = stopped.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        sheet.say_in("stopped", &format!("{tasks} of {revision}: {cause}{advice}"), Ink::Bad);
    }
}

fn secret_read(sheet: &mut Sheet<'_>, read: &SecretRead, now: Timestamp) {
    let SecretRead { secret, source, place, key, stage, version, pinned, current, current_since } = read;
    let name = secret.as_ref().map_or_else(|| source.clone(), ResourceId::to_string);
    let key = key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
    sheet.say("reads", &format!("{name}{key}, into {place}"));
    let label = stage.as_ref().map_or(Stage::CURRENT, Stage::as_str);
    let how = if *pinned { "by its id" } else { "by that label" };
    let since = current_since.map(|since| format!(", made {}", when(since, now))).unwrap_or_default();
    let text = match (version, current) {
        (Some(version), Some(current)) if version == current => {
            format!("  version {version}, which is {label}{since}; read {how}")
        }
        (Some(version), Some(current)) if *pinned => {
            format!("  version {version}, read {how}; {label} is {current} by now{since}")
        }
        (Some(version), Some(current)) => {
            format!("  made for version {version}; {label} is {current} by now{since}, and new tasks read that")
        }
        (Some(version), None) => format!("  version {version}, read {how}"),
        (None, _) if secret.is_none() => "  not watched: it has no manifest".to_owned(),
        (None, _) => format!("  {label}; the revision does not say for which version it was made"),
    };
    sheet.say_in("reads", &text, if read.up_to_date() == Some(false) { Ink::Warn } else { Ink::Plain });
}

pub(super) fn secret(sheet: &mut Sheet<'_>, secret: &SecretDetail, now: Timestamp) {
    applied(sheet, secret.applied.as_ref(), now);
    sheet.say("in AWS", secret.arn.as_str());
    if let Some(deleted) = secret.deleted {
        sheet.say_in("deleted", &format!("its deletion was asked for {}", when(deleted, now)), Ink::Bad);
    }
    let (labelled, old): (Vec<&VersionDetail>, Vec<&VersionDetail>) =
        secret.versions.iter().partition(|version| !version.stages.is_empty());
    let hidden = old.len().saturating_sub(OLD);
    for version in labelled.into_iter().chain(old.into_iter().take(OLD)) {
        let stages: Vec<&str> = version.stages.iter().map(Stage::as_str).collect();
        let stages = if stages.is_empty() { "no label any more".to_owned() } else { stages.join(", ") };
        let made = version.created.map(|made| format!(", made {}", when(made, now))).unwrap_or_default();
        sheet.say("versions", &format!("{}  {stages}{made}", &version.id));
    }
    if hidden > 0 {
        sheet.say("versions", &format!("and {hidden} older ones without a label"));
    }
    if let Some(why) = &secret.versions_unreadable {
        sheet.say_in("versions", &format!("could not be listed: {why}"), Ink::Warn);
    }
    for reader in &secret.readers {
        let version = match (&reader.version, reader.up_to_date) {
            (Some(version), Some(true)) => format!("made for {version}, the current one"),
            (Some(version), _) => format!("made for {version}"),
            (None, _) => "which does not say for which version it was made".to_owned(),
        };
        let text = format!("{} with {}, {version}, into {}", reader.service, reader.revision, reader.place);
        sheet.say_in("read by", &text, if reader.up_to_date == Some(false) { Ink::Warn } else { Ink::Plain });
    }
    if secret.readers.is_empty() {
        sheet.say("read by", "no service of these manifests, as far as can be seen");
    }
    match &secret.rotation {
        Some(rotation) if rotation.enabled => {
            let schedule = rotation.schedule.as_deref().unwrap_or("by whoever owns it");
            sheet.say("rotation", schedule);
        }
        _ => sheet.say("rotation", "off"),
    }
    if let Some(last) = secret.last_rotated {
        sheet.say("rotation", &format!("last {}", when(last, now)));
    }
    if let Some(next) = secret.next_rotation {
        sheet.say("rotation", &format!("next {}", when(next, now)));
    }
}

pub(super) fn role(sheet: &mut Sheet<'_>, role: &RoleDetail, now: Timestamp) {
    applied(sheet, role.applied.as_ref(), now);
    sheet.say("in IAM", role.arn.as_str());
    if let Some(boundary) = &role.permissions_boundary {
        sheet.say("boundary", boundary.as_str());
    }
    for grant in &role.grants {
        let GrantDetail { effect, actions, resource, condition, because, missing } = grant;
        let may = if effect == "Deny" { "may not" } else { "may" };
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        let condition = condition.as_ref().map(|condition| format!(" if {condition}")).unwrap_or_default();
        let label = if *missing { "lacks" } else { "grants" };
        sheet.say_in(
            label,
            &format!("{may} {} on {resource}{condition}", actions.join(", ")),
            if *missing { Ink::Warn } else { Ink::Plain },
        );
        let because: Vec<String> = because.iter().map(ToString::to_string).collect();
        let because = if because.is_empty() {
            "  no manifest needs it; it stays while anything in use may, and in an adopted role until `narrow: true`"
                .to_owned()
        } else {
            format!("  because of {}", because.join(", "))
        };
        sheet.say_in(label, &because, Ink::Dim);
    }
    if !role.others.is_empty() {
        sheet.say("beside it", &role.others.join(", "));
    }
}

pub(super) fn task_definition(sheet: &mut Sheet<'_>, definition: &TaskDefinitionDetail, now: Timestamp) {
    sheet.say("family", definition.family.as_str());
    for revision in &definition.revisions {
        let services: Vec<String> = revision.services.iter().map(ToString::to_string).collect();
        let used = if services.is_empty() {
            "run by no service of these manifests".to_owned()
        } else {
            format!("run by {}", services.join(", "))
        };
        sheet.say("in force", &format!("{}, {used}", revision.revision));
        for (container, image) in &revision.images {
            sheet.say("in force", &format!("  {container}: {image}"));
        }
        if let Some(role) = &revision.execution_role {
            sheet.say("in force", &format!("  started with {role}"));
        }
        match &revision.applied {
            Some(by_us) => sheet.say("in force", &format!("  registered {}", done_at(by_us, now))),
            None => sheet.say("in force", "  registered without a mark of this installation"),
        }
    }
}
