//! Does Fargate's platform know JSON keys, stages and versions? They came with 1.4.0.

use serde_json::Value;

use super::draft::{Because, Draft};
use super::finding::Code;
use super::startup::{Running, Startup};
use super::words;
use crate::model::observed::seen;
use crate::model::path::Path;

const OLD: [&str; 4] = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"];

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>, running: &Running<'a>) {
    let observed = draft.inquiry.observed;
    let windows = startup
        .revision
        .content
        .get(&Path::of("runtimePlatform").member("operatingSystemFamily"), &crate::model::rules::TASK_DEFINITION);
    let is_windows = windows.and_then(Value::as_str).is_some_and(|family| family.starts_with("WINDOWS"));
    let site = draft.site(&running.target, Path::of("platformVersion"), std::slice::from_ref(&running.target));
    let no_cluster = draft.inquiry.surveyed.cluster(&running.service.cluster) == Ok(None);
    if running.service.fields.written("platformVersion").is_none() && !no_cluster {
        // Then the service keeps the one that it has.
        let read = seen(&observed.services, running.name);
        draft.known(&site, "what the service is like now", read);
    }
    let version = running.field(observed, "platformVersion").and_then(Value::as_str);
    let Some(version) = version.filter(|version| OLD.contains(version) && !is_windows) else { return };
    let partial = startup.secrets().find(|(_, wanted)| wanted.is_partial());
    let Some((slot, wanted)) = partial.filter(|_| running.is_on_fargate(observed, startup)) else { return };
    let because = Because {
        message: format!(
            "the service runs on platform version {version}, which knows no JSON keys, stages and versions of secrets: {}",
            slot.path()
        ),
        ecs: words::secret(
            wanted.id.as_str(),
            "ValidationException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
             following: -/_+=.@!",
        ),
        help: "set platformVersion: LATEST".to_owned(),
    };
    draft.find(&site, Code::PlatformTooOld, false, because);
}
