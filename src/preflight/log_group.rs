//! Is the log group there, or is it made at the start?

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::startup::{Demand, Startup};
use super::words;
use crate::model::arn::Arn;
use crate::model::grant::Grant;
use crate::model::id::Region;
use crate::model::survey::Question;

/// The name of a group.
pub(super) fn name(group: &Arn) -> &str {
    group.resource().strip_prefix("log-group:").unwrap_or_default()
}

/// Is there none yet? Whoever makes groups at the start makes none that is there.
pub(super) fn is_to_be_made(draft: &mut Draft<'_>, site: &Site, arn: &Arn) -> bool {
    matches!(look(draft, site, arn), Known::Gone)
}

fn look<'a>(draft: &mut Draft<'a>, site: &Site, arn: &Arn) -> Known<&'a ()> {
    let (group, region) = (name(arn), Region::new(arn.region()));
    let question = Question::LogGroup(region.clone(), group.to_owned());
    draft.look(site, &format!("the log group {group}"), question, |seen| seen.log_group(&region, group))
}

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for Demand { site, grant } in &startup.demands {
        let Grant::WriteLogs(arn) = grant else { continue };
        let is_made =
            |other: &Demand| other.site == *site && matches!(&other.grant, Grant::CreateLogGroup(made) if made == arn);
        if startup.demands.iter().any(is_made) {
            continue;
        }
        if let Known::Gone = look(draft, site, arn) {
            let (group, region) = (name(arn), arn.region());
            let because = Because {
                message: format!("there is no log group {group} in {region}"),
                ecs: words::logs("ResourceNotFoundException: The specified log group does not exist."),
                help: format!(
                    "create it (aws logs create-log-group --log-group-name {group}), or set awslogs-create-group: \"true\""
                ),
            };
            draft.find(site, Code::LogGroupMissing, false, because);
        }
    }
}
