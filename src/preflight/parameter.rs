//! Is the parameter there?

use super::draft::{Because, Draft, Known};
use super::finding::Code;
use super::startup::Startup;
use super::words;
use crate::model::arn::{Arn, Scope};
use crate::model::id::Region;
use crate::model::survey::Question;

/// A parameter: how SSM and IAM know it.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) region: Region,
    pub(super) arn: Arn,
    /// The ARN as people may see it.
    pub(super) shown: String,
}

/// A text that is no ARN is the name of a parameter of this account and Region; `/a/b` and `a` are both names.
pub(super) fn named(text: &str, scope: &Scope) -> Option<Named> {
    match Arn::parse(text) {
        None => {
            let arn = scope.arn("ssm", &format!("parameter/{}", text.trim_start_matches('/')));
            let open = words::shown(text) == text;
            let shown = if open { arn.to_string() } else { scope.arn("ssm", "parameter/…").to_string() };
            Some(Named { name: text.to_owned(), region: scope.region.clone(), arn, shown })
        }
        Some(arn) if arn.service() == "ssm" => {
            let path = arn.resource().strip_prefix("parameter")?;
            // Only a name with further slashes begins with one.
            let name =
                if path.get(1..).is_some_and(|rest| rest.contains('/')) { path } else { path.trim_start_matches('/') };
            let shown = arn.to_string();
            Some(Named { name: name.to_owned(), region: Region::new(arn.region()), arn, shown })
        }
        Some(_) => None,
    }
}

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for (slot, text) in startup.parameters() {
        let site = draft.site(&startup.target, slot.path(), &startup.affected);
        let scope = &draft.inquiry.observed.scope;
        let what = format!("the parameter {}", words::shown(text));
        let Some(Named { name, region, arn, shown: _ }) = named(text, scope) else {
            draft.unsure(&site, &what, "it is neither a secret nor a parameter");
            continue;
        };
        if arn.account() != scope.account.as_str() {
            draft.unsure(&site, &what, "it is of another account");
            continue;
        }
        if name.starts_with("/aws/") {
            draft.unsure(&site, &what, "DescribeParameters does not list what AWS publishes, nor references to secrets");
            continue;
        }
        let question = Question::Parameter(name.clone(), region.clone());
        if let Known::Gone = draft.look(&site, &what, question, |seen| seen.parameter(&name, &region)) {
            let because = Because {
                message: format!("the parameter {} does not exist", words::shown(text)),
                ecs: words::parameter(&format!("invalid parameters: {}", words::shown(&name))),
                help: "create it, or correct valueFrom".to_owned(),
            };
            draft.find(&site, Code::ParameterMissing, false, because);
        }
    }
}
