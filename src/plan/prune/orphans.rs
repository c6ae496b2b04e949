//! Which objects are in no manifest any more. Told by what they are in AWS, not by the name of a manifest: a renamed manifest
//! still wants its object.

use std::collections::{BTreeMap, BTreeSet};

use super::super::draft::Draft;
use super::super::question::Question;
use super::super::step::{Left, Stays};
use crate::model::arn::{Arn, Scope};
use crate::model::deletion::DeletionPolicy;
use crate::model::desired::Desired;
use crate::model::id::{Family, Kind, Name, ResourceId};
use crate::model::inventory::{Inventory, Named, Remnant, resource_of};
use crate::model::observed::{Seen, seen};
use crate::model::policy::Permission;
use crate::model::role::ObservedRole;
use crate::model::secret::ObservedSecret;
use crate::model::service::ObservedService;
use crate::model::tags::{self, Tags};
use crate::model::task_definition::ObservedRevision;

/// What a look at each thing confirmed.
#[derive(Default)]
pub(super) struct Orphans<'o> {
    pub(super) services: BTreeMap<ResourceId, &'o ObservedService>,
    pub(super) families: BTreeMap<ResourceId, Orphaned<'o>>,
    pub(super) roles: BTreeMap<ResourceId, &'o ObservedRole>,
    pub(super) secrets: BTreeMap<ResourceId, &'o ObservedSecret>,
    /// Families in question, whether anything of them is there still or not.
    pub(super) suspected: BTreeSet<Family>,
    /// What could not be looked at, and why.
    pub(super) unread: Vec<(ResourceId, String)>,
}

/// A family, and those of its ACTIVE revisions that carry this installation's tags.
pub(super) struct Orphaned<'o> {
    pub(super) family: Family,
    pub(super) revisions: BTreeMap<Arn, &'o ObservedRevision>,
}

impl<'o> Orphans<'o> {
    pub(super) fn find(draft: &mut Draft<'o>, inventory: &'o Inventory) -> Self {
        let (desired, observed) = (draft.desired, draft.observed);
        let mut orphans = Self::default();
        let mut labels = Names { desired, taken: BTreeSet::new() };
        for (arn, stated) in &inventory.owned {
            let Some(named) = Named::of(arn).filter(|named| !is_wanted(desired, &observed.scope, arn, named)) else {
                continue;
            };
            // A manifest with errors may still want it.
            if stated.as_ref().is_some_and(|id| desired.broken.contains_key(id)) {
                continue;
            }
            let (kind, name) = match &named {
                Named::Revision(family, _) if !orphans.suspected.insert(family.clone()) => continue,
                Named::Revision(family, _) => (Kind::TaskDefinition, family.to_string()),
                Named::Service(_, service) => (Kind::Service, service.to_string()),
                Named::Secret => (Kind::Secret, arn.secret_name().to_owned()),
                Named::Role(role) => (Kind::ExecutionRole, role.clone()),
            };
            let id = labels.pick(kind, stated.as_ref(), &name);
            if let Named::Revision(family, _) = named {
                orphans.family(draft, id, family);
                continue;
            }
            match observed.remnants.get(arn) {
                None => drop(draft.confirm(Question::Remnant(arn.clone()))),
                Some(Seen::Unreadable(why)) => orphans.unread.push((id, why.clone())),
                Some(Seen::Present(Remnant::Role(role))) if is_elsewhere(&observed.scope, role) => {}
                Some(Seen::Present(remnant)) if is_ours(desired, remnant.tags(), kind) && !remnant.is_gone() => {
                    match remnant {
                        Remnant::Service(service) => drop(orphans.services.insert(id, service)),
                        Remnant::Role(role) => drop(orphans.roles.insert(id, role)),
                        Remnant::Secret(secret) => drop(orphans.secrets.insert(id, secret)),
                    }
                }
                Some(Seen::Absent | Seen::Present(_)) => {}
            }
        }
        orphans
    }

    fn family(&mut self, draft: &mut Draft<'o>, id: ResourceId, family: Family) {
        match active(draft, &family) {
            Ok(revisions) if revisions.is_empty() => {}
            Ok(revisions) => drop(self.families.insert(id, Orphaned { family, revisions })),
            Err(Some(why)) => self.unread.push((id, why)),
            Err(None) => {}
        }
    }

    /// Everything, with its ARN and tags; of a family those of its newest revision.
    pub(super) fn all(&self) -> Vec<(ResourceId, Arn, &'o Tags)> {
        let Self { services, families, roles, secrets, suspected: _, unread: _ } = self;
        let newest = |orphaned: &Orphaned<'o>| {
            let (arn, live) = orphaned.revisions.iter().max_by_key(|(arn, _)| arn.revision())?;
            let live: &'o ObservedRevision = live;
            Some((arn.clone(), &live.tags))
        };
        let mut all: Vec<(ResourceId, Arn, &'o Tags)> = Vec::new();
        all.extend(secrets.iter().map(|(id, secret)| (id.clone(), secret.arn.clone(), &secret.tags)));
        all.extend(roles.iter().map(|(id, role)| (id.clone(), role.arn.clone(), &role.tags)));
        let families = families.iter().filter_map(|(id, orphaned)| Some((id, newest(orphaned)?)));
        all.extend(families.map(|(id, (arn, tags))| (id.clone(), arn, tags)));
        all.extend(services.iter().map(|(id, service)| (id.clone(), service.arn.clone(), &service.tags)));
        all
    }

    /// Less what is not deleted by rule: that is told of, and is no failure.
    pub(super) fn without_those_that_stay(mut self, draft: &mut Draft<'_>) -> Self {
        let mut stays = |id: &ResourceId, arn: &Arn, tags: &Tags, because| {
            leave(draft, id, arn.clone(), tags, because);
            false
        };
        self.secrets.retain(|id, secret| {
            DeletionPolicy::read(&secret.tags) != DeletionPolicy::Retain
                || stays(id, &secret.arn, &secret.tags, Stays::Retained)
        });
        self.roles.retain(|id, role| {
            !role.tags.contains_key(tags::ADOPTED) || stays(id, &role.arn, &role.tags, Stays::Adopted)
        });
        self
    }
}

/// Says of it that it stays, and whether its manifest names something else by now.
pub(super) fn leave(draft: &mut Draft<'_>, id: &ResourceId, arn: Arn, tags: &Tags, because: Stays) {
    let heir = heir(draft.desired, tags, id.kind);
    let unsure = draft.desired.unknown || !draft.desired.broken.is_empty();
    draft.leave(Left { target: id.clone(), arn, because, heir, unsure });
}

/// The manifest that what carries these tags had, where that names something else by now.
pub(super) fn heir(desired: &Desired, tags: &Tags, kind: Kind) -> Option<ResourceId> {
    resource_of(tags).filter(|heir| heir.kind == kind && desired.declares(heir))
}

/// The ACTIVE revisions of a family that are ours; the error is why they cannot be read, where that was tried.
pub(super) fn active<'o>(
    draft: &mut Draft<'o>,
    family: &Family,
) -> Result<BTreeMap<Arn, &'o ObservedRevision>, Option<String>> {
    let observed = draft.observed;
    let arns = match observed.active.get(family) {
        Some(Seen::Present(arns)) => arns,
        Some(Seen::Absent) => return Ok(BTreeMap::new()),
        Some(Seen::Unreadable(why)) => return Err(Some(why.clone())),
        None => {
            let _asked = draft.confirm(Question::Active(family.clone()));
            return Err(None);
        }
    };
    let mut ours = BTreeMap::new();
    for arn in arns {
        let revision = seen(&observed.revisions, arn).map_err(|why| Some(format!("{arn}: {why}")))?;
        let revision = revision.filter(|revision| revision.is_active());
        let revision = revision.filter(|revision| is_ours(draft.desired, &revision.tags, Kind::TaskDefinition));
        ours.extend(revision.map(|revision| (arn.clone(), revision)));
    }
    Ok(ours)
}

/// Roles belong to no Region: one that only ECS of another may assume is of the same installation there, and its manifest too.
fn is_elsewhere(scope: &Scope, role: &ObservedRole) -> bool {
    let here = scope.arn("ecs", "");
    let elsewhere = |permission: &Permission| {
        permission.condition.contains("aws:sourcearn") && !permission.condition.contains(here.as_str())
    };
    let allowing = || role.trust.permissions().iter().filter(|permission| permission.effect == "Allow");
    allowing().next().is_some() && allowing().all(elsewhere)
}

/// Both of this installation's tags, as a read of the thing itself states them.
fn is_ours(desired: &Desired, tags: &Tags, kind: Kind) -> bool {
    tags::is_ours(tags, &desired.installation) && resource_of(tags).is_some_and(|id| id.kind == kind)
}

/// Does a manifest name it, in whatever way? What is elsewhere is none of ours to delete.
fn is_wanted(desired: &Desired, scope: &Scope, arn: &Arn, named: &Named) -> bool {
    let elsewhere =
        arn.account() != scope.account.as_str() || !(arn.region().is_empty() || arn.region() == scope.region.as_str());
    elsewhere
        || match named {
            Named::Service(cluster, name) => {
                desired.services.values().any(|wanted| wanted.cluster == *cluster && wanted.service_name == *name)
            }
            Named::Revision(family, _) => desired.task_definitions.values().any(|wanted| wanted.family == *family),
            Named::Role(name) => {
                // Names of roles differ in more than case.
                desired.roles.values().any(|wanted| wanted.role_name.as_str().eq_ignore_ascii_case(name))
            }
            Named::Secret => desired.secrets.values().any(|wanted| {
                let wanted = wanted.secret_name.as_str();
                [arn.as_str(), arn.without_random_characters(), arn.secret_name()].contains(&wanted)
            }),
        }
}

/// Names for what has no manifest: that of the manifest that it had, unless another object has taken it over by now.
struct Names<'d> {
    desired: &'d Desired,
    taken: BTreeSet<ResourceId>,
}

impl Names<'_> {
    fn pick(&mut self, kind: Kind, stated: Option<&ResourceId>, aws_name: &str) -> ResourceId {
        let label = label(aws_name);
        let mut next = stated.filter(|id| id.kind == kind).cloned();
        let mut number = 0_usize;
        loop {
            if let Some(id) = next.filter(|id| !self.is_taken(id)) {
                self.taken.insert(id.clone());
                return id;
            }
            number += 1;
            let text = if number == 1 { label.clone() } else { format!("{label}-{number}") };
            next = Name::parse(&text).map(|name| ResourceId::new(kind, &name));
        }
    }

    fn is_taken(&self, id: &ResourceId) -> bool {
        self.desired.declares(id) || self.desired.broken.contains_key(id) || self.taken.contains(id)
    }
}

/// An AWS name as a label: room is left for a number.
fn label(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.chars().map(letter).take(50).collect();
    let text = text.trim_matches('-');
    if text.is_empty() { "unnamed".to_owned() } else { text.to_owned() }
}
