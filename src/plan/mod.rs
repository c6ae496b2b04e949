//! The decision: what has to be done to get from what is to what should be. Pure, synchronous, infallible, deterministic.
//!
//! `diff` shows the plan, `apply` and the daemon carry it out, tests compare it. Knows no clock, no AWS client, no text
//! format: the time is in [`Observed`], and what was not looked at is asked for with [`questions`].

pub mod action;
pub mod adopt;
pub mod check;
pub mod derive;
pub mod held;
pub mod question;
pub mod step;

mod connect_secrets;
mod copies;
mod denied;
mod diff;
mod draft;
mod envelope;
mod gate;
mod granted;
mod live;
mod only;
mod overdue;
mod prune;
mod readers;
mod revision_tags;
mod role;
mod role_policy;
mod role_put;
mod rollout;
mod root;
mod secret;
mod secret_change;
mod secret_policy;
mod secret_replicas;
mod secret_rotation;
mod secret_steps;
mod secret_use;
mod secret_value;
mod service;
mod service_fields;
mod service_update;
mod task_definition;
mod turn;
mod unwatched;
mod users;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::desired::Desired;
use crate::model::id::{Kind, Name};
use crate::model::observed::Observed;
use crate::model::tags::{APPLIED, Mark};
use draft::{Draft, id};

pub use draft::STALE;
pub use granted::{Needed, granted};
pub use live::{Unread, content};
pub use role_policy::expected;
pub use rollout::patience;
pub use secret::same_key;
pub use secret_value::next_version;

use held::Because;
use question::Question;
use readers::Readership;
use role_policy::Coverage;
use secret::Secrets;
use step::{Plan, Why};
use task_definition::{Resolved, Wanted};
use turn::Turn;

/// What has to be done, and what is held.
pub fn plan(desired: &Desired, observed: &Observed) -> Plan {
    weigh(desired, observed).0
}

/// What should be read before [`plan`] is asked: reads that are only worth their calls where the plan depends on them.
pub fn questions(desired: &Desired, observed: &Observed) -> BTreeSet<Question> {
    weigh(desired, observed).1
}

fn weigh(desired: &Desired, observed: &Observed) -> (Plan, BTreeSet<Question>) {
    let desired = &*connect_secrets::resolved(desired, observed);
    let mut draft = Draft::new(desired, observed);
    hold_broken(&mut draft);
    let secrets = secret::look(&mut draft);
    let resolved = task_definition::resolve_all(&mut draft, &secrets);
    let coverage = Coverage::new(&mut draft, &secrets, &resolved);
    let roles = role::plan_roles(&mut draft, &resolved, &coverage);
    secret::plan_metadata(&mut draft, &Readership::new(&roles, &secrets, &resolved, &coverage));
    let wanted = wanted(&mut draft, &resolved, &roles, &secrets);
    plan_services(&mut draft, &roles, wanted, &resolved);
    prune::plan_prune(&mut draft);
    draft.finish()
}

/// A manifest with errors says nothing about what should be.
fn hold_broken(draft: &mut Draft<'_>) {
    for broken in draft.desired.broken.keys() {
        draft.hold(broken, Because::InvalidManifest, Vec::new());
    }
}

type AllWanted<'a> = BTreeMap<Name, Result<Wanted<'a>, crate::model::id::ResourceId>>;

fn wanted<'a>(
    draft: &mut Draft<'a>,
    resolved: &BTreeMap<Name, Resolved>,
    roles: &role::Roles,
    secrets: &'a Secrets,
) -> AllWanted<'a> {
    let each = |(name, resolved)| (Name::clone(name), task_definition::wanted(draft, name, resolved, roles, secrets));
    resolved.iter().map(each).collect()
}

fn plan_services(
    draft: &mut Draft<'_>,
    roles: &role::Roles,
    mut wanted: AllWanted<'_>,
    resolved: &BTreeMap<Name, Resolved>,
) {
    let desired = draft.desired;
    let mut turn = Turn::new(desired, draft.observed);
    for (name, service) in turn::in_waves(&desired.services) {
        let target = id(Kind::Service, name);
        let td = match wanted.get_mut(&service.task_definition) {
            Some(Ok(td)) => Ok(td),
            Some(Err(root)) => Err(root.clone()),
            None => Err(id(Kind::TaskDefinition, &service.task_definition)),
        };
        if !connect_secrets::hold_unnamed(draft, name, service) {
            service::plan_service(draft, name, service, service::Context { roles, wanted: td, turn: &mut turn });
        }
        let rolling = observed_rolling(draft, name);
        if rolling || draft.is_unfinished(&target) {
            turn.unfinished(service, &target);
        }
    }
    for (name, td) in &mut wanted {
        let users: Vec<&Name> = draft.users.services(name).map(|(user, _)| user).collect();
        let broken = desired.broken.iter().find(|(_, named)| named.contains(&id(Kind::TaskDefinition, name)));
        match td {
            Ok(td) if users.is_empty() => match broken {
                None => register_unused(draft, td),
                Some((user, _)) => draft.hold(&td.target, Because::WaitingOn(user.clone()), Vec::new()),
            },
            Ok(td) => wait_for_services(draft, td, &users),
            Err(root) => {
                let target = id(Kind::TaskDefinition, name);
                let own_trouble = resolved.get(name).is_some_and(|resolved| resolved.blocked.as_ref() == Some(&target));
                if *root != target && !own_trouble {
                    draft.hold(&target, Because::WaitingOn(root.clone()), Vec::new());
                }
            }
        }
        if let Ok(td) = td {
            revision_tags::plan_tags(draft, td);
        }
    }
}

fn observed_rolling(draft: &Draft<'_>, name: &Name) -> bool {
    let live = crate::model::observed::seen(&draft.observed.services, name).ok().flatten();
    live.is_some_and(crate::model::service::ObservedService::is_rolling)
}

/// A family that no service runs, for scheduled tasks and the like: its newest ACTIVE revision is the live one.
fn register_unused(draft: &mut Draft<'_>, td: &mut Wanted<'_>) {
    let target = td.target.clone();
    let newest = match td.newest(draft) {
        Ok(newest) => newest,
        Err(because) => return draft.hold(&target, because, Vec::new()),
    };
    let why = match newest.map(|newest| td.difference(newest)) {
        Some(task_definition::Difference::None) => return,
        Some(task_definition::Difference::Versions(names)) => Why::SecretRotated(names),
        Some(task_definition::Difference::Content) => Why::Changed,
        None => Why::Missing,
    };
    let mark = newest.and_then(|newest| Mark::read(&newest.tags, APPLIED));
    if let Err(because) = draft.is_behind(mark.as_ref()).map_or_else(|| td.register(draft, &why), Err) {
        draft.hold(&target, because, Vec::new());
    }
}

/// A revision is registered when a service may run it; until then it waits for that service.
fn wait_for_services(draft: &mut Draft<'_>, td: &Wanted<'_>, users: &[&Name]) {
    let waits = |name: &&&Name| draft.touches(&id(Kind::Service, name)) && !service::runs_it(draft, name, td);
    let waiting = users.iter().find(waits).map(|name| id(Kind::Service, name));
    let target = td.target.clone();
    let Some(service) = waiting.filter(|_| !draft.touches(&target)) else { return };
    match td.is_missing(draft) {
        Ok(true) => draft.hold(&target, Because::WaitingOn(service), Vec::new()),
        Ok(false) => {}
        Err(because) => draft.hold(&target, because, Vec::new()),
    }
}
