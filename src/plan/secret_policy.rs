//! The resource policy of a secret: what it should say against what it says, permission by permission.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::action::Call;
use super::draft::Draft;
use super::held::Because;
use super::question::Question;
use super::secret::Subject;
use super::secret_steps::{NewCall, Part};
use super::step::{Change, Risk, Shown, StepId};
use crate::model::arn::Scope;
use crate::model::id::{Kind, ResourceId};
use crate::model::observed::Seen;
use crate::model::path::Path;
use crate::model::policy::{NOT, Permission, Policy};
use crate::model::secret_policy::{Grantee, ResourcePolicy};

/// What is to be done about the policy; an error where it could not be read.
pub(super) fn part(draft: &mut Draft<'_>, subject: &Subject<'_>) -> Result<Part, Because> {
    let Subject { target, name, secret, live, .. } = subject;
    let Some(wanted) = &secret.resource_policy else { return Ok(Part::Same) };
    let nothing = ResourcePolicy::default();
    let has = draft.ask(Question::ResourcePolicy((*name).clone()), &draft.observed.resource_policies)?;
    let has = has.unwrap_or(&nothing);
    if has == wanted {
        return Ok(Part::Same);
    }
    let changes = changes(draft, target, has, wanted);
    let risk = widens(has, wanted).then_some(Risk::WidensAccess);
    if wanted.is_empty() {
        let call = Call::DeleteResourcePolicy { secret: live.arn.clone() };
        return Ok(Part::Calls(vec![NewCall { risk, ..NewCall::new(call, changes) }]));
    }
    let roles = match roles(draft, subject, wanted) {
        Ok(roles) => roles,
        Err(because) => return Ok(Part::Held(because, changes)),
    };
    let call = Call::PutResourcePolicy { secret: live.arn.clone(), policy: wanted.to_json() };
    Ok(Part::Calls(vec![NewCall { settles: !roles.is_empty(), after: roles, risk, ..NewCall::new(call, changes) }]))
}

/// The steps that make the roles that the policy names: Secrets Manager refuses a policy for someone who does not exist.
fn roles(draft: &Draft<'_>, subject: &Subject<'_>, wanted: &ResourcePolicy) -> Result<Vec<StepId>, Because> {
    let grantees = wanted.grantees();
    let mut making = Vec::new();
    for (name, outlook) in subject.roles {
        let arn = outlook.arn.as_ref().and_then(|arn| arn.known());
        if !arn.is_some_and(|arn| grantees.contains(&Grantee::Aws(arn.as_str().to_owned()))) {
            continue;
        }
        if let Some(until) = outlook.settling(draft) {
            return Err(Because::Settling { until: Some(until) });
        }
        if matches!(draft.observed.roles.get(name), Some(Seen::Absent)) {
            match &outlook.blocked {
                Some(_) => return Err(Because::WaitingOn(ResourceId::new(Kind::ExecutionRole, name))),
                None => making.extend(&outlook.granting),
            }
        }
    }
    Ok(making)
}

/// May anyone be allowed more than before? Less denied is more allowed, and another version makes variables of texts. In
/// doubt it says yes.
fn widens(before: &ResourcePolicy, after: &ResourcePolicy) -> bool {
    let (old, new) = (before.permissions(), after.permissions());
    let any = |policy: &Policy, effect: &str| policy.permissions().iter().any(|permission| permission.effect == effect);
    let reread = before.version() != after.version() && !new.is_empty() && !before.is_empty();
    any(&new.without(old), "Allow") || any(&old.without(new), "Deny") || reread
}

fn changes(draft: &Draft<'_>, target: &ResourceId, before: &ResourcePolicy, after: &ResourcePolicy) -> Vec<Change> {
    let policy = Path::of("resourcePolicy");
    let mut out = Vec::new();
    let version = |policy: &ResourcePolicy| Some(Shown::Value(policy.version().into()));
    if !before.is_empty() && !after.is_empty() && before.version() != after.version() {
        out.push(draft.change(target, policy.member("Version"), version(before), version(after)));
    }
    out.extend(decided(draft, target, &policy, before.permissions(), after.permissions()));
    out
}

/// What two policies decide otherwise, each under who does what.
pub(super) fn decided(
    draft: &Draft<'_>,
    target: &ResourceId,
    place: &Path,
    before: &Policy,
    after: &Policy,
) -> Vec<Change> {
    let mut out = Vec::new();
    let scope = &draft.observed.scope;
    let (old, new) = (decisions(before, scope), decisions(after, scope));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let shown = |decisions: Option<&BTreeSet<String>>| {
            decisions.map(|each| Shown::Value(each.iter().map(String::as_str).collect::<Vec<_>>().join(", ").into()))
        };
        let (old, new) = (shown(old.get(key)), shown(new.get(key)));
        if old != new {
            out.push(draft.change(target, place.element(key), old, new));
        }
    }
    out
}

/// What is decided of who does what: `GetSecretValue for role/report` is `Allow if StringEquals aws:sourcevpc vpc-1`.
fn decisions(policy: &Policy, scope: &Scope) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Permission { effect, principal, action, resource, condition } in policy.permissions() {
        let mut key = format!("{} for {}", said(action.as_str()), names(principal, scope));
        // The policy is of one secret or role, and says nothing of any other.
        if !["*", ""].contains(&resource.as_str()) {
            let _ = write!(key, " on {}", said(resource));
        }
        out.entry(key).or_default().insert(format!("{effect}{}", conditions(condition)));
    }
    out
}

/// ` if StringEquals aws:sourcevpc vpc-1`; nothing where there is none.
pub(super) fn conditions(condition: &str) -> String {
    let mut out = String::new();
    let Ok(Value::Object(operators)) = serde_json::from_str(condition) else { return out };
    for (operator, keys) in &operators {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let word = if out.is_empty() { "if" } else { "and" };
            let _ = write!(out, " {word} {operator} {key} {}", listed(values));
        }
    }
    out
}

/// An action or a resource, or all but those of a list.
fn said(text: &str) -> String {
    let short = |text: &str| text.strip_prefix("secretsmanager:").unwrap_or(text).to_owned();
    match text.strip_prefix(NOT).map(serde_json::from_str::<Vec<String>>) {
        Some(Ok(list)) => format!("all but {}", list.iter().map(|each| short(each)).collect::<Vec<_>>().join(", ")),
        _ => short(text),
    }
}

/// `123456789012`, `role/report` for one of this account, `Service lambda.amazonaws.com`, `*`.
fn names(principal: &str, scope: &Scope) -> String {
    let Some(start) = principal.find('{') else { return principal.to_owned() };
    let (not, kinds) = principal.split_at(start);
    let Ok(Value::Object(kinds)) = serde_json::from_str(kinds) else { return principal.to_owned() };
    let own = scope.iam("");
    let each = kinds.iter().map(|(kind, name)| match kind.as_str() {
        "AWS" => listed(name).replace(own.as_str(), ""),
        other => format!("{other} {}", listed(name)),
    });
    format!("{}{}", if not.is_empty() { "" } else { "all but " }, each.collect::<Vec<_>>().join(", "))
}

fn listed(value: &Value) -> String {
    match value {
        Value::Array(values) => values.iter().map(listed).collect::<Vec<_>>().join(" or "),
        other => crate::model::document::scalar(other),
    }
}
