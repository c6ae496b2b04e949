//! May the role read the secret? The role's policies and the secret's decide together.

use std::collections::BTreeMap;

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::next::{self, Next};
use super::permission::{self, Need, Own, UNREAD};
use super::policy::{CONDITIONS, IN_VAIN, Said, Tri};
use super::reference::Wanted;
use super::role::Judged;
use super::words;
use crate::model::survey::Question;

const RESTORED: &str = "its resource policy cannot be read before the next apply takes the deletion back";

/// In one account either grants, across accounts both must.
pub(super) fn check(draft: &mut Draft<'_>, site: &Site, role: &Judged, wanted: &Wanted, next: &Next) {
    let Next { secret, live: _, planned, policy } = next;
    let (made, planned) = (*planned, *planned || role.planned);
    let arn = wanted.sent(secret);
    let resource = next::concrete(&arn);
    let mut context = BTreeMap::from([("secretsmanager:SecretId".to_owned(), vec![resource.clone()])]);
    context
        .extend(wanted.stage.iter().map(|stage| ("secretsmanager:VersionStage".to_owned(), vec![stage.to_string()])));
    context.extend(wanted.version.iter().map(|id| ("secretsmanager:VersionId".to_owned(), vec![id.to_string()])));
    for (tag, value) in &secret.tags {
        context.insert(format!("secretsmanager:ResourceTag/{tag}"), vec![value.clone()]);
        context.insert(format!("aws:ResourceTag/{tag}"), vec![value.clone()]);
    }
    let actions = vec!["secretsmanager:GetSecretValue"];
    let what = format!("to read the secret {}", wanted.shown());
    let (site_of, shown) = (site.clone(), arn.to_string());
    let need = Need { site: site_of, actions, resource, shown, context, what, planned: made };
    let (said, unread) = match policy {
        Some(policy) => (permission::judge(policy, &need, role), None),
        None => policy_of(draft, &need, role, wanted, next),
    };
    let own = permission::ask(draft, role, &need);
    let ecs = words::secret(arn.as_str(), &words::denied(&role.arn, need.actions[0], arn.as_str()));
    if said.denies == Tri::Yes {
        let message =
            format!("the resource policy of {} denies {} to the role {}", wanted.shown(), need.actions[0], role.arn);
        let help = if said.in_vain { IN_VAIN } else { "take the role out of what its resource policy denies" };
        return draft.find(site, Code::ResourcePolicyDenies, planned, Because { message, ecs, help: help.to_owned() });
    }
    let same_account = secret.arn.account() == role.arn.account();
    if !same_account && said.allows == Tri::No && said.delegates == Tri::No {
        let message =
            format!("{} is of another account, and its resource policy does not let in {}", wanted.shown(), role.arn);
        let help =
            "allow secretsmanager:GetSecretValue to the role, or to its account, in the secret's resource policy";
        return draft.find(site, Code::ResourcePolicyDenies, planned, Because { message, ecs, help: help.to_owned() });
    }
    let lets_in = same_account && said.allows == Tri::Yes;
    // What cannot be read is told already.
    let may_keep_out = said.denies == Tri::Unsure && unread.is_none();
    match own {
        Some(Own::Allowed | Own::Silent(_)) if may_keep_out && (lets_in || own == Some(Own::Allowed)) => {
            let what = format!("whether the resource policy of {} keeps {} out", wanted.shown(), role.arn);
            draft.unsure(site, &what, said.why());
        }
        Some(Own::Silent(_)) if lets_in => {}
        // Law 2: its resource policy may let the role in.
        Some(Own::Silent(_)) if same_account && said.allows == Tri::Unsure => {
            permission::unsure(draft, role, &need, unread.unwrap_or(said.why()));
        }
        Some(said @ (Own::Denied(_) | Own::Silent(_))) => {
            if !secret.arn.as_str().starts_with(&format!("{arn}-")) {
                return permission::refuse(draft, role, &need, said, ecs);
            }
            let message = format!(
                "{arn} lacks the six characters at the end of the secret's ARN, so no permission on {} covers it",
                secret.arn
            );
            let help = format!("name the whole ARN, {}, or use a Secret manifest", secret.arn);
            draft.find(site, Code::PermissionMissing, planned, Because { message, ecs, help });
        }
        Some(Own::Unsure) => permission::unsure(draft, role, &need, CONDITIONS),
        Some(Own::Allowed)
            if !same_account && said.allows != Tri::Yes && said.delegates != Tri::Yes && unread.is_none() =>
        {
            let what = format!("whether the resource policy of {} lets in {}", wanted.shown(), role.arn);
            draft.unsure(site, &what, said.why());
        }
        Some(Own::Allowed) | None => {}
    }
}

/// What the secret's resource policy says to the role, as it is; and why it was not read, where that is so.
fn policy_of(
    draft: &mut Draft<'_>,
    need: &Need,
    role: &Judged,
    wanted: &Wanted,
    next: &Next,
) -> (Said, Option<&'static str>) {
    let arn = &next.secret.arn;
    let what = format!("the resource policy of {}", wanted.shown());
    if next.is_restored() {
        draft.unsure(&need.site, &what, "it cannot be read before the next apply takes the deletion back");
        return (Said::UNREAD, Some(RESTORED));
    }
    let question = Question::ResourcePolicy(arn.clone());
    match draft.look(&need.site, &what, question, |seen| seen.resource_policy(arn)) {
        Known::There(policy) => (permission::judge(policy.permissions(), need, role), None),
        Known::Gone => (Said::NOTHING, None),
        Known::Nothing => (Said::UNREAD, Some(UNREAD)),
    }
}
