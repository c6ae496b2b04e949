//! Is the log group there, or is it made at the start?

use serde_json::Value;

use super::draft::{Because, Draft, Known};
use super::finding::Code;
use super::startup::Startup;
use super::words;
use crate::model::arn::{Arn, Scope};
use crate::model::id::Region;
use crate::model::path::Path;
use crate::model::revision::Container;
use crate::model::survey::Question;

/// What the awslogs driver is told.
pub(super) struct Logs {
    pub(super) group: String,
    pub(super) region: Region,
    /// A stream as one of the container would be called, by its beginning.
    pub(super) stream: String,
    pub(super) makes_group: bool,
    pub(super) arn: Arn,
}

pub(super) fn of(container: Container<'_>, scope: &Scope) -> Option<Logs> {
    let log = container.log_configuration()?;
    let option = |name: &str| log.get("options")?.get(name)?.as_str();
    let group = option("awslogs-group").filter(|_| log.get("logDriver").and_then(Value::as_str) == Some("awslogs"))?;
    let region = option("awslogs-region").map_or_else(|| scope.region.clone(), Region::new);
    let home = Scope { region: region.clone(), ..scope.clone() };
    let arn = home.arn("logs", &format!("log-group:{group}"));
    let stream = format!("{}/{}/0", option("awslogs-stream-prefix").unwrap_or("ecs"), container.name());
    let makes_group = option("awslogs-create-group").is_some_and(is_yes);
    Some(Logs { group: group.to_owned(), region, stream, makes_group, arn })
}

pub(super) fn path(container: Container<'_>) -> Path {
    let container = Path::of("containerDefinitions").element(container.name());
    container.member("logConfiguration").member("options").member("awslogs-group")
}

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for container in startup.revision.containers() {
        let Some(logs) = of(container, &draft.inquiry.observed.scope) else { continue };
        if logs.makes_group {
            continue;
        }
        let site = draft.site(&startup.target, path(container), &startup.affected);
        let Logs { group, region, .. } = logs;
        let what = format!("the log group {group}");
        let question = Question::LogGroup(region.clone(), group.clone());
        if let Known::Gone = draft.look(&site, &what, question, |seen| seen.log_group(&region, &group)) {
            let because = Because {
                message: format!("there is no log group {group} in {region}"),
                ecs: words::logs("ResourceNotFoundException: The specified log group does not exist."),
                help: format!(
                    "create it (aws logs create-log-group --log-group-name {group}), or set awslogs-create-group: \"true\""
                ),
            };
            draft.find(&site, Code::LogGroupMissing, false, because);
        }
    }
}

/// As the log driver reads a flag: what Go's `strconv.ParseBool` takes for true.
fn is_yes(text: &str) -> bool {
    ["1", "t", "T", "true", "TRUE", "True"].contains(&text)
}
