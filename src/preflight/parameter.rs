//! Is the parameter there?

use super::draft::{Because, Draft, Known};
use super::finding::Code;
use super::startup::Startup;
use super::words;
use crate::model::arn::Scope;
use crate::model::parameter::ParameterName;
use crate::model::survey::Question;

/// The ARN of a parameter as people may see it.
pub(super) fn shown(text: &str, named: &ParameterName, scope: &Scope) -> String {
    if is_open(text) { named.arn.to_string() } else { scope.arn("ssm", "parameter/…").to_string() }
}

/// May the name be repeated?
fn is_open(text: &str) -> bool {
    words::shown(text) == text
}

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for (site, text) in startup.parameters() {
        let scope = &draft.inquiry.observed.scope;
        let what = format!("the parameter {}", words::shown(text));
        let Some(ParameterName { name, region, arn }) = ParameterName::read(text, scope) else {
            draft.unsure(site, &what, "it is neither a secret nor a parameter");
            continue;
        };
        if arn.account() != scope.account.as_str() {
            draft.unsure(site, &what, "it is of another account");
            continue;
        }
        if name.starts_with("/aws/") {
            draft.unsure(site, &what, "DescribeParameters does not list what AWS publishes, nor references to secrets");
            continue;
        }
        let question = Question::Parameter(name.clone(), region.clone());
        if let Known::Gone = draft.look(site, &what, question, |seen| seen.parameter(&name, &region)) {
            let (named, help) = if is_open(text) {
                (name.as_str(), "create it, or correct valueFrom")
            } else {
                // That is how people name a secret, too.
                let help = "create it, or correct valueFrom: a secret is named by secretRef or by its ARN, and a name \
                            alone is an SSM parameter";
                ("…", help)
            };
            let because = Because {
                message: format!("the parameter {} does not exist", words::shown(text)),
                ecs: words::parameter(&format!("invalid parameters: {named}")),
                help: help.to_owned(),
            };
            draft.find(site, Code::ParameterMissing, false, because);
        }
    }
}
