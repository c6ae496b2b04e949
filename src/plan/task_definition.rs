//! Task definitions: what their next revision is to be, and whether it exists already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::action::Call;
use super::diff;
use super::draft::{Draft, NewStep, id};
use super::envelope;
use super::held::Because;
use super::live;
use super::question::Question;
use super::revision_tags;
use super::role::Roles;
use super::secret::Secrets;
use super::secret_change::secret_change;
use super::secret_use::{Obstacle, source};
use super::step::{Change, Ref, Shown, StepId, Why};
use super::unwatched;
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::document::Document;
use crate::model::id::{Kind, Name, ResourceId, VersionId};
use crate::model::observed::{Seen, seen};
use crate::model::path::Path;
use crate::model::revision::Revision;
use crate::model::rules::TASK_DEFINITION;
use crate::model::secret_source::{SecretSource, Slot, Version};
use crate::model::tags::{APPLIED, Digest};
use crate::model::task_definition::{ObservedRevision, Pinning, RoleUse, SecretUse, TaskDefinition};

/// ECS takes a role by its name too, and states it by its ARN: so it is sent and compared.
const TASK_ROLE: &str = "taskRoleArn";

/// A task definition with its secrets looked up; what could not be looked up is left out.
pub(super) struct Resolved {
    /// As it should be registered, but for the execution role where evenkeel manages that.
    pub(super) revision: Revision<Ref<Arn>>,
    /// It cannot be registered: because of this resource.
    pub(super) blocked: Option<ResourceId>,
}

/// Looks up the secrets of every task definition.
pub(super) fn resolve_all(draft: &mut Draft<'_>, secrets: &Secrets) -> BTreeMap<Name, Resolved> {
    let desired = draft.desired;
    let each = |(name, td)| (Name::clone(name), resolve(draft, name, td, secrets));
    desired.task_definitions.iter().map(each).collect()
}

fn resolve(draft: &mut Draft<'_>, name: &Name, td: &TaskDefinition, secrets: &Secrets) -> Resolved {
    let mut blocked = None;
    let mut sources = BTreeMap::new();
    for (slot, used) in &td.secrets {
        match source(draft.desired, td, slot, used, secrets) {
            Ok(source) => drop(sources.insert(slot.clone(), source)),
            Err(Obstacle::Held(root)) => blocked = blocked.or(Some(root)),
            Err(Obstacle::NoSuchStage(secret, stage)) => {
                let target = id(Kind::TaskDefinition, name);
                let why = format!("no version of Secret/{secret} has the stage {stage}");
                draft.hold(&target, Because::SecretUnusable(why), Vec::new());
                blocked = blocked.or(Some(target));
            }
        }
    }
    let mut content = td.content.clone();
    let task_role = Path::of(TASK_ROLE);
    if let Some(role) = content.get(&task_role, &TASK_DEFINITION).and_then(serde_json::Value::as_str) {
        let arn = draft.observed.scope.role(role);
        content = content.with(&task_role, Some(arn.as_str().into()), &TASK_DEFINITION);
    }
    match live::ignored(draft, name, td) {
        Ok(live) => content = live::merged(content, td, live),
        Err(root) => blocked = blocked.or(Some(root)),
    }
    let execution_role = match &td.execution_role {
        Some(RoleUse::Raw(arn)) => Some(Ref::Known(draft.observed.scope.role(arn.as_str()))),
        Some(RoleUse::Declared(_)) | None => None,
    };
    Resolved { revision: Revision { content, execution_role, secrets: sources }, blocked }
}

/// A task definition, ready to be compared with what a service runs.
pub(super) struct Wanted<'a> {
    pub(super) target: ResourceId,
    pub(super) name: Name,
    pub(super) definition: &'a TaskDefinition,
    pub(super) revision: Revision<Ref<Arn>>,
    /// Steps that must come before the registration.
    needs: Vec<StepId>,
    secrets: &'a Secrets,
    pub(super) registered: Option<Ref<Arn>>,
    /// The revision that the registration's changes are shown against.
    shown_against: Option<Arn>,
}

/// How a live revision differs from the wanted one.
pub(super) enum Difference {
    /// ECS would treat them alike.
    None,
    /// Only versions of these secrets.
    Versions(BTreeSet<Name>),
    /// Anything else.
    Content,
}

/// Fills in the execution role; the error is the resource that it waits for.
pub(super) fn wanted<'a>(
    draft: &mut Draft<'a>,
    name: &Name,
    resolved: &Resolved,
    roles: &Roles,
    secrets: &'a Secrets,
) -> Result<Wanted<'a>, ResourceId> {
    let target = id(Kind::TaskDefinition, name);
    let desired = draft.desired;
    let Some(definition) = desired.task_definitions.get(name) else {
        return Err(target);
    };
    let content = &resolved.revision.content;
    if let Some(what) = envelope::forbids_task_definition(desired, &draft.observed.scope, definition, content) {
        draft.hold(&target, Because::OutsideEnvelope(what), Vec::new());
        return Err(target);
    }
    if let Some(root) = &resolved.blocked {
        return Err(root.clone());
    }
    let mut revision = resolved.revision.clone();
    let mut needs = Vec::new();
    if let Some(RoleUse::Declared(role)) = &definition.execution_role {
        let Some(outlook) = roles.get(role) else { return Err(id(Kind::ExecutionRole, role)) };
        if let Some(root) = &outlook.blocked {
            return Err(root.clone());
        }
        let passed = outlook.arn.as_ref().and_then(Ref::known);
        if let Some(what) = passed.and_then(|role| envelope::forbids_passing(desired, role)) {
            draft.hold(&target, Because::OutsideEnvelope(what), Vec::new());
            return Err(target);
        }
        revision.execution_role.clone_from(&outlook.arn);
        needs.clone_from(&outlook.granting);
    }
    let read = definition.secrets.values().filter_map(|used| match used {
        SecretUse::Declared { secret, .. } => secrets.get(secret)?.as_ref()?.made,
        SecretUse::Raw(_) => None,
    });
    needs.extend(read);
    needs.sort_unstable();
    needs.dedup();
    Ok(Wanted {
        target,
        name: name.clone(),
        definition,
        revision,
        needs,
        secrets,
        registered: None,
        shown_against: None,
    })
}

impl Wanted<'_> {
    /// Digest of the manifest and of the names that it refers to, not of the versions of its secrets.
    pub(super) fn digest(desired: &Desired, definition: &TaskDefinition) -> Digest {
        let TaskDefinition {
            family,
            execution_role,
            pinning,
            content,
            secrets,
            tags,
            ignore,
            keep_revisions: _,
            adopt: _,
        } = definition;
        let role = execution_role.as_ref().and_then(|role| match role {
            RoleUse::Declared(name) => desired.roles.get(name).map(|role| (&role.path, &role.role_name)),
            RoleUse::Raw(_) => None,
        });
        // How a secret is pinned is part of it only where its value is ours: digests of before stay as they were.
        let name = |used: &SecretUse| match used {
            SecretUse::Declared { secret, .. } => desired.secrets.get(secret).map(|secret| match secret.pinning() {
                Pinning::VersionId => json!([secret.secret_name, "VersionId"]),
                Pinning::Current | Pinning::Unwatched => json!(secret.secret_name),
            }),
            SecretUse::Raw(_) => None,
        };
        let secrets: Vec<_> = secrets.iter().map(|(slot, used)| (slot, used, name(used))).collect();
        Digest::of(&(family, (execution_role, role), pinning, content, secrets, tags, ignore))
    }

    /// How a revision differs from the wanted one.
    pub(super) fn difference(&self, live: &ObservedRevision) -> Difference {
        let Ok(has) = live.revision.try_map(|arn| Ok::<_, std::convert::Infallible>(Ref::Known(arn.clone())));
        if live.family != self.definition.family {
            return Difference::Content;
        }
        if has == self.revision {
            return Difference::None;
        }
        // A secret that was deleted and made again has another ARN, and nothing else about it is new but its versions.
        let same = |slot: &Slot, ours: &Ref<Arn>, theirs: &Ref<Arn>| {
            let (Some(name), Some(theirs)) = (self.declared(slot), theirs.known()) else { return false };
            match (ours.known(), self.secrets.get(&name).and_then(Option::as_ref)) {
                (Some(ours), _) => ours.without_random_characters() == theirs.without_random_characters(),
                // One that this plan makes has no ARN yet.
                (None, Some(made)) => {
                    let made = format!(":secret:{}", made.name);
                    theirs.without_random_characters().ends_with(&made)
                }
                (None, None) => false,
            }
        };
        if self.revision.with_versions_of(&has, same) != has {
            return Difference::Content;
        }
        Difference::Versions(self.moved(Some(live)))
    }

    /// Does a revision name the very secrets that are wanted, in whatever version?
    pub(super) fn same_secrets(&self, live: &ObservedRevision) -> bool {
        self.revision.secrets.iter().all(|(slot, ours)| match (ours, live.revision.secrets.get(slot)) {
            (SecretSource::Secret { arn: ours, .. }, Some(SecretSource::Secret { arn: theirs, .. })) => {
                ours.known() == Some(theirs)
            }
            _ => true,
        })
    }

    /// The declared secrets that another revision, or none, reads in another way or in another version.
    fn moved(&self, live: Option<&ObservedRevision>) -> BTreeSet<Name> {
        let has = |slot: &Slot| live.and_then(|live| live.revision.secrets.get(slot));
        let same = |ours: &SecretSource<Ref<Arn>>, theirs: &SecretSource<Arn>| {
            ours.try_map(|arn| arn.known().cloned().ok_or(())).is_ok_and(|ours| ours == *theirs)
        };
        let moved =
            self.revision.secrets.iter().filter(|(slot, ours)| !has(slot).is_some_and(|theirs| same(ours, theirs)));
        moved.filter_map(|(slot, _)| self.declared(slot)).collect()
    }

    fn declared(&self, slot: &Slot) -> Option<Name> {
        match self.definition.secrets.get(slot)? {
            SecretUse::Declared { secret, .. } => Some(secret.clone()),
            SecretUse::Raw(_) => None,
        }
    }

    /// Asks for an exact read of those of the secrets that were seen in a list only; why that is waited for, if so.
    pub(super) fn confirm(&self, draft: &mut Draft<'_>, names: &BTreeSet<Name>) -> Option<Because> {
        let inexact = |name: &&Name| self.secrets.get(*name).and_then(Option::as_ref).is_some_and(|s| !s.exact);
        let asked = names.iter().filter(inexact).map(|name| draft.confirm(Question::ExactSecret(name.clone())));
        asked.fold(None, |first, because| first.or(Some(because)))
    }

    /// Does this plan make the version of that secret?
    pub(super) fn is_made(&self, name: &Name) -> bool {
        self.secrets.get(name).and_then(Option::as_ref).is_some_and(|secret| secret.made.is_some())
    }

    /// Pinned versions of the live revision that have lost their last stage.
    pub(super) fn deprecated(&self, live: &ObservedRevision) -> Option<Name> {
        self.revision.secrets.keys().find_map(|slot| {
            let name = self.declared(slot)?;
            let SecretSource::Secret { arn, version: Version::Pinned(id), .. } = live.revision.secrets.get(slot)?
            else {
                return None;
            };
            let secret = self.secrets.get(&name)?.as_ref()?;
            let labelled = |id: &VersionId| secret.stages.values().any(|version| version == id);
            (secret.arn.known() == Some(arn) && !labelled(id)).then_some(name)
        })
    }

    /// The newest ACTIVE revision of the family.
    pub(super) fn newest<'o>(&self, draft: &mut Draft<'o>) -> Result<Option<&'o ObservedRevision>, Because> {
        let observed = draft.observed;
        let Some(arn) = draft.ask(Question::Newest(self.name.clone()), &observed.newest)? else { return Ok(None) };
        seen(&observed.revisions, arn).map_err(|why| Because::Unreadable(format!("{arn}: {why}")))
    }

    /// The revision to run, if it is registered already: where the newest ACTIVE one of the family is as wanted.
    pub(super) fn existing(&self, draft: &mut Draft<'_>) -> Result<Option<Arn>, Because> {
        let same = self.newest(draft)?.is_some_and(|r| r.is_active() && matches!(self.difference(r), Difference::None));
        Ok(self.newest_arn(draft).filter(|_| same))
    }

    pub(super) fn newest_arn(&self, draft: &Draft<'_>) -> Option<Arn> {
        draft.observed.newest.get(&self.name).and_then(Seen::present).cloned()
    }

    /// What a service's move to this revision changes, where the registration does not show that already.
    pub(super) fn changes_unshown(
        &self,
        draft: &Draft<'_>,
        from: &Arn,
        running: Option<&ObservedRevision>,
    ) -> Vec<Change> {
        if self.shown_against.as_ref() == Some(from) { Vec::new() } else { self.changes(draft, running) }
    }

    /// The revision to run: registered already, or by a step of this plan. `why` is what its service is changed for.
    pub(super) fn register(&mut self, draft: &mut Draft<'_>, why: &Why) -> Result<Ref<Arn>, Because> {
        if let Some(done) = &self.registered {
            return Ok(done.clone());
        }
        if let Some(arn) = self.existing(draft)? {
            let done = Ref::Known(arn);
            self.registered = Some(done.clone());
            return Ok(done);
        }
        let live = match live::arn(draft, &self.name) {
            Some(arn) => Some(arn),
            None => self.newest_arn(draft),
        };
        let content = live.as_ref().and_then(|arn| seen(&draft.observed.revisions, arn).ok().flatten());
        if let Some(because) = self.confirm(draft, &self.moved(content)) {
            return Err(because);
        }
        let why = match (content.map(|content| self.difference(content)), why) {
            (None, _) => Why::Missing,
            (Some(Difference::Versions(names)), Why::Missing) => Why::SecretRotated(names),
            (Some(_), Why::Missing) => Why::Changed,
            (Some(_), why) => why.clone(),
        };
        let target = self.target.clone();
        let changes = self.changes(draft, content);
        let TaskDefinition { family, tags: user, .. } = self.definition;
        let tags = revision_tags::all(draft.desired, &target, user);
        let call = Call::RegisterTaskDefinition { family: family.clone(), revision: self.revision.clone(), tags };
        let needs = self.needs.clone();
        let Some(step) = draft.push(&target, NewStep { call, why, changes, needs }) else {
            return Err(Because::WaitingOn(target));
        };
        let stamp = draft.new_stamp(APPLIED, Self::digest(draft.desired, self.definition));
        draft.stamp(&target, &stamp);
        unwatched::note(draft, &self.target, self.definition);
        self.shown_against = live;
        self.registered = Some(Ref::From(step));
        Ok(Ref::From(step))
    }

    /// Is it still to be registered?
    pub(super) fn is_missing(&self, draft: &mut Draft<'_>) -> Result<bool, Because> {
        Ok(self.registered.is_none() && self.existing(draft)?.is_none())
    }

    /// What the registration changes, field by field.
    pub(super) fn changes(&self, draft: &Draft<'_>, live: Option<&ObservedRevision>) -> Vec<Change> {
        let target = &self.target;
        let before = live.map(|live| &live.revision);
        let empty = Document::default();
        let content = diff::documents(before.map_or(&empty, |b| &b.content), &self.revision.content, &TASK_DEFINITION);
        let shown = |value: Option<serde_json::Value>| value.map(Shown::Value);
        let mut changes: Vec<Change> =
            content.into_iter().map(|(path, old, new)| draft.change(target, path, shown(old), shown(new))).collect();
        let old_role = before.and_then(|b| b.execution_role.as_ref()).map(|arn| Shown::from(&Ref::Known(arn.clone())));
        let new_role = self.revision.execution_role.as_ref().map(Shown::from);
        if old_role != new_role {
            changes.push(draft.change(target, Path::of("executionRoleArn"), old_role, new_role));
        }
        let none = BTreeMap::new();
        let had = before.map_or(&none, |b| &b.secrets);
        let slots: BTreeSet<&Slot> = had.keys().chain(self.revision.secrets.keys()).collect();
        for slot in slots {
            changes.extend(secret_change(draft, target, slot, had.get(slot), self.revision.secrets.get(slot)));
        }
        changes.extend(revision_tags::changes(draft, self, live));
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        changes
    }
}
