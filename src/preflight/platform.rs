//! Does Fargate's platform know JSON keys, stages and versions? They came with 1.4.0.

use serde_json::Value;

use super::draft::{Because, Draft, Known};
use super::finding::Code;
use super::startup::{Capacity, Running, Startup, UNDECIDED};
use super::words;
use crate::model::path::Path;

const OLD: [&str; 4] = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"];

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>, running: &Running<'a>) {
    let windows = startup
        .revision
        .content
        .get(&Path::of("runtimePlatform").member("operatingSystemFamily"), &crate::model::rules::TASK_DEFINITION);
    let is_windows = windows.and_then(Value::as_str).is_some_and(|family| family.starts_with("WINDOWS"));
    let Some((reference, wanted)) = startup.secrets().find(|(_, wanted)| wanted.is_partial() && !is_windows) else {
        return;
    };
    let site = draft.site(&running.target, Path::of("platformVersion"), std::slice::from_ref(&running.target));
    let what = "on which platform its tasks run";
    match running.capacity(draft.inquiry, startup) {
        Ok(Capacity::Fargate) => {}
        Ok(Capacity::Instances) => return,
        Ok(Capacity::Undecided) => return draft.unsure(&site, what, UNDECIDED),
        Err(why) => return draft.unread(&site, what, why),
    }
    // What the manifest leaves out the service keeps.
    let read = running.field(draft.inquiry, "platformVersion");
    let Known::There(version) = draft.known(&site, what, read) else { return };
    let Some(version) = version.as_str().filter(|version| OLD.contains(version)) else { return };
    let because = Because {
        message: format!(
            "the service runs on platform version {version}, which knows no JSON keys, stages and versions of secrets: {}",
            reference.site.path
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
