//! Taking over what exists: the tags that say whose it is, and nothing else.
//!
//! Each object is one call by itself, so a crash in between leaves some taken over and the rest as it was.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Call;
use super::draft::{Draft, NewStep, id};
use super::envelope;
use super::gate::{foreign_controller, leaving};
use super::held::Because;
use super::role::Wanted;
use super::secret::tag_differences;
use super::step::{Plan, Ref, Why};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{Installation, Kind, Name, ResourceId};
use crate::model::observed::{Observed, Seen, seen};
use crate::model::role::RoleMode;
use crate::model::tags::{self, ADOPTED, APPLIED, Digest, Tags};

/// The calls that take these resources over, and why some are not. What another installation owns is taken from the one
/// that is named alone.
pub fn adoption(
    desired: &Desired,
    observed: &Observed,
    chosen: &BTreeSet<ResourceId>,
    from: Option<&Installation>,
) -> Plan {
    let mut adoption = Adoption { draft: Draft::new(desired, observed), from };
    for target in chosen {
        if desired.broken.contains_key(target) {
            adoption.draft.hold(target, Because::InvalidManifest, Vec::new());
            continue;
        }
        match target.kind {
            Kind::Secret => adoption.secret(target),
            Kind::ExecutionRole => adoption.role(target),
            Kind::TaskDefinition => {
                let why = "needs no adoption: a family belongs to nobody, and a new revision changes none that exists";
                adoption.draft.note(target, why.to_owned());
            }
            Kind::Service => adoption.service(target),
        }
    }
    adoption.draft.finish().0
}

/// Everything that is there and not this installation's, or cannot be read, and that would have to be to be changed.
pub fn candidates(desired: &Desired, observed: &Observed) -> BTreeSet<ResourceId> {
    let Desired { secrets, roles, services, installation, .. } = desired;
    let secrets = secrets.iter().filter(|(name, secret)| {
        !secret.is_reference() && is_theirs(seen(&observed.secrets, name), |live| &live.tags, installation)
    });
    let roles = roles.iter().filter(|(name, role)| {
        role.mode == RoleMode::ManageRole && is_theirs(seen(&observed.roles, name), |live| &live.tags, installation)
    });
    let services =
        services.keys().filter(|name| is_theirs(seen(&observed.services, name), |live| &live.tags, installation));
    let secrets = secrets.map(|(name, _)| id(Kind::Secret, name));
    let roles = roles.map(|(name, _)| id(Kind::ExecutionRole, name));
    secrets.chain(roles).chain(services.map(|name| id(Kind::Service, name))).collect()
}

/// Is it there and not this installation's, or unreadable?
fn is_theirs<T>(seen: Result<Option<&T>, &str>, tags: impl Fn(&T) -> &Tags, installation: &Installation) -> bool {
    match seen {
        Ok(Some(live)) => !tags::is_ours(tags(live), installation),
        Ok(None) => false,
        Err(_) => true,
    }
}

/// Services that are as they should be, and nobody's: nothing holds them, and nothing would keep them so.
pub fn waiting(desired: &Desired, observed: &Observed, plan: &Plan) -> BTreeSet<ResourceId> {
    let mut waiting = candidates(desired, observed);
    waiting.retain(|id| id.kind == Kind::Service);
    for (_, step) in plan.steps() {
        waiting.remove(&step.target);
    }
    for held in plan.held() {
        waiting.remove(&held.target);
    }
    waiting
}

/// What would be seen once these calls are made.
#[must_use]
pub fn adopted(observed: &Observed, plan: &Plan) -> Observed {
    fn put<T>(seen: &mut BTreeMap<Name, Seen<T>>, name: &Name, new: &Tags, tags: impl Fn(&mut T) -> &mut Tags) {
        if let Some(Seen::Present(thing)) = seen.get_mut(name) {
            tags(thing).extend(new.clone());
        }
    }
    let mut after = observed.clone();
    for (_, step) in plan.steps() {
        let mark = step.action.stamp.as_ref().map(|stamp| (stamp.tag.clone(), stamp.at(observed.at).to_string()));
        let with_mark = |tags: &Tags| -> Tags { tags.clone().into_iter().chain(mark.clone()).collect() };
        let name = &step.target.name;
        match &step.action.call {
            Call::TagSecret { tags, .. } => {
                put(&mut after.secrets, name, &with_mark(tags), |secret| &mut secret.tags);
            }
            Call::TagRole { tags, .. } => put(&mut after.roles, name, &with_mark(tags), |role| &mut role.tags),
            Call::TagService { tags, .. } => {
                put(&mut after.services, name, &with_mark(tags), |service| &mut service.tags);
            }
            _ => {}
        }
    }
    after
}

struct Adoption<'d> {
    draft: Draft<'d>,
    from: Option<&'d Installation>,
}

impl Adoption<'_> {
    fn secret(&mut self, target: &ResourceId) {
        let (desired, observed) = (self.draft.desired, self.draft.observed);
        let Some(secret) = desired.secrets.get(&target.name) else { return };
        if secret.is_reference() {
            let why = "needs no adoption: it is only referred to, and neither written nor tagged";
            return self.draft.note(target, why.to_owned());
        }
        if let Some(because) = envelope::forbids_secret(desired, &observed.scope, secret) {
            return self.draft.hold(target, because, Vec::new());
        }
        let Some(live) = self.present(target, seen(&observed.secrets, &target.name)) else { return };
        let unsupported = if live.deleted.is_some() {
            Some("it is scheduled for deletion: restore it first".to_owned())
        } else if let Some(service) = &live.owning_service {
            Some(format!("it is managed by the AWS service {service}: remove the fields that would change it"))
        } else {
            live.copied_from().map(|primary| format!("it is a copy of the secret in {primary}: adopt that one, there"))
        };
        if let Some(why) = unsupported {
            return self.draft.hold(target, Because::Unsupported(why), Vec::new());
        }
        let arn = live.arn.clone();
        self.take(target, &live.tags, Tags::new(), |tags| Call::TagSecret { secret: arn, tags });
    }

    fn role(&mut self, target: &ResourceId) {
        let (desired, observed) = (self.draft.desired, self.draft.observed);
        let Some(role) = desired.roles.get(&target.name) else { return };
        let why = match role.mode {
            RoleMode::ManageRole => None,
            RoleMode::ManagePolicy => Some("needs no adoption: one inline policy of it is managed, and nothing else"),
            RoleMode::Observe => Some("needs no adoption: it is looked at, and nothing else"),
        };
        if let Some(why) = why {
            return self.draft.note(target, why.to_owned());
        }
        let Some(live) = self.present(target, seen(&observed.roles, &target.name)) else { return };
        let nothing = Wanted { grants: BTreeSet::new(), complete: true };
        if let Some(what) = envelope::forbids_role(desired, &observed.scope, role, Some(live), &nothing) {
            return self.draft.hold(target, Because::OutsideEnvelope(what), Vec::new());
        }
        // What it may do already is not taken away but where its manifest says so.
        let more = Tags::from([(ADOPTED.to_owned(), "true".to_owned())]);
        self.take(target, &live.tags, more, |tags| Call::TagRole { role: role.role_name.clone(), tags });
    }

    fn service(&mut self, target: &ResourceId) {
        let (desired, observed) = (self.draft.desired, self.draft.observed);
        let Some(service) = desired.services.get(&target.name) else { return };
        if let Some(because) = envelope::forbids_service(desired, &observed.scope, service) {
            return self.draft.hold(target, because, Vec::new());
        }
        let Some(live) = self.present(target, seen(&observed.services, &target.name)) else { return };
        let because = foreign_controller(&live.fields).or_else(|| leaving(live).map(Because::Unsupported));
        if let Some(because) = because {
            return self.draft.hold(target, because, Vec::new());
        }
        let arn = live.arn.clone();
        self.take(target, &live.tags, Tags::new(), |tags| Call::TagService { service: arn, tags });
    }

    fn present<'o, T>(&mut self, target: &ResourceId, seen: Result<Option<&'o T>, &str>) -> Option<&'o T> {
        let because = match seen {
            Ok(Some(live)) => return Some(live),
            Ok(None) => Because::NotFound("it does not exist, so there is nothing to take over".to_owned()),
            Err(why) => Because::Unreadable(why.to_owned()),
        };
        self.draft.hold(target, because, Vec::new());
        None
    }

    /// The one call, unless the object is ours already or somebody else's.
    fn take(&mut self, target: &ResourceId, live: &Tags, more: Tags, call: impl FnOnce(Tags) -> Call<Ref<Arn>>) {
        let installation = &self.draft.desired.installation;
        let owner = tags::owner(live);
        if tags::is_ours(live, installation) {
            return self.draft.note(target, "is this installation's already".to_owned());
        }
        if let Some(owner) = owner.filter(|owner| self.from.is_none_or(|from| from.as_str() != owner.as_str())) {
            return self.draft.hold(target, Because::NotOurs(Some(owner.clone())), Vec::new());
        }
        let new: Tags = tags::ownership(installation, target).into_iter().chain(more).collect();
        let (changes, _) = tag_differences(&self.draft, target, live, &new, &BTreeSet::new());
        let step = NewStep { call: call(new), why: Why::Adopted, changes, needs: Vec::new() };
        let pushed = self.draft.push(target, step);
        if pushed.is_some() && live.contains_key(APPLIED) {
            // The mark that is there says what another installation applied, and from a commit that nobody here knows.
            let stamp = self.draft.new_stamp(APPLIED, Digest::unknown());
            self.draft.stamp(target, &stamp);
        }
    }
}
