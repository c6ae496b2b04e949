//! A secret by the time that tasks start: as it is, with what the next apply does to it.

use std::collections::BTreeMap;

use super::Inquiry;
use super::draft::{Draft, Known};
use super::finding::Site;
use super::reference::Wanted;
use super::secret;
use crate::model::arn::Arn;
use crate::model::id::{Kind, ResourceId, Stage, VersionId};
use crate::model::policy::Policy;
use crate::model::secret::{ObservedSecret, Secret, label};
use crate::model::tags::of_the_user;
use crate::plan::action::Call;
use crate::plan::derive::{ANY_SIX, to_come};
use crate::plan::step::Ref;
use crate::plan::{next_version, same_key};

/// A secret as the next apply leaves it.
pub(super) struct Next {
    /// The ARN of one that is yet to be made ends in what stands for six characters that nobody knows.
    pub(super) secret: ObservedSecret,
    /// As it is; absent where the next apply makes it.
    pub(super) live: Option<ObservedSecret>,
    /// Does the next apply do anything to it that its readers notice?
    pub(super) planned: bool,
    /// Its resource policy, where the next apply says it.
    pub(super) policy: Option<Policy>,
}

/// The secret that a place names.
pub(super) fn of(draft: &mut Draft<'_>, site: &Site, wanted: &Wanted) -> Known<Next> {
    let live = match secret::live(draft, site, wanted) {
        Known::There(live) => Some(live),
        Known::Gone => None,
        Known::Nothing => return Known::Nothing,
    };
    Next::of(draft.inquiry, wanted, live).map_or(Known::Gone, Known::There)
}

/// What the simulator is asked about: an ARN as one could be, for it takes no pattern.
pub(super) fn concrete(arn: &Arn) -> String {
    arn.as_str().replace(ANY_SIX, "-zzzzzz")
}

impl Next {
    fn of(inquiry: Inquiry<'_>, wanted: &Wanted, live: Option<&ObservedSecret>) -> Option<Self> {
        let as_it_is = |live: &ObservedSecret| {
            let (secret, live) = (live.clone(), Some(live.clone()));
            Self { secret, live, planned: false, policy: None }
        };
        let target = wanted.manifest.as_ref().map(|name| ResourceId::new(Kind::Secret, name));
        let declared = wanted.manifest.as_ref().and_then(|name| inquiry.desired.secrets.get(name));
        let steps = inquiry.plan.steps().filter(|(_, step)| Some(&step.target) == target.as_ref());
        steps.fold(live.map(as_it_is), |next, (_, step)| match next {
            Some(next) => Some(next.after(&step.action.call, declared)),
            None => Self::made(inquiry, declared?, &step.action.call),
        })
    }

    fn made(inquiry: Inquiry<'_>, declared: &Secret, call: &Call<Ref<Arn>>) -> Option<Self> {
        let Call::CreateSecret { name, description, kms_key_id, tags, value: _, version } = call else { return None };
        let secret = ObservedSecret {
            arn: to_come(name, &inquiry.observed.scope),
            description: description.clone(),
            kms_key_id: kms_key_id.clone(),
            tags: tags.clone(),
            stages: [(Stage::current(), version.clone())].into(),
            deleted: None,
            owning_service: None,
            partner: None,
            rotation: None,
            last_rotated: None,
            next_rotation: None,
            primary_region: None,
            replicas: BTreeMap::new(),
            exact: true,
        };
        Some(Self { secret, live: None, planned: true, policy: Some(Policy::default()) }.settled(declared))
    }

    /// With what the same apply sets in a later pass, once the secret is there to be changed.
    fn settled(mut self, declared: &Secret) -> Self {
        let Self { secret, live: _, planned: _, policy } = &mut self;
        if let Some(version) = next_version(declared, secret) {
            label(&mut secret.stages, &Stage::current(), &version);
        }
        if let Some(key) = declared.kms_key_id.as_ref().filter(|key| !same_key(key, secret.kms_key_id.as_ref())) {
            secret.kms_key_id = Some(key.clone());
        }
        if let Some(tags) = &declared.tags {
            let before = of_the_user(&secret.tags);
            secret.tags.retain(|key, _| !before.contains_key(key));
            secret.tags.extend(tags.clone());
        }
        if let Some(wanted) = &declared.resource_policy {
            *policy = Some(wanted.permissions().clone());
        }
        self
    }

    fn after(mut self, call: &Call<Ref<Arn>>, declared: Option<&Secret>) -> Self {
        let before = self.planned;
        let Self { secret, live: _, planned, policy } = &mut self;
        *planned = true;
        match call {
            Call::PutSecretValue { version, .. } => label(&mut secret.stages, &Stage::current(), version),
            Call::UpdateSecretVersionStage { stage, to, .. } => label(&mut secret.stages, stage, to),
            Call::UpdateSecret { kms_key_id: Some(key), .. } => secret.kms_key_id = Some(key.clone()),
            Call::TagSecret { tags, .. } => secret.tags.extend(tags.clone()),
            Call::UntagSecret { keys, .. } => secret.tags.retain(|key, _| !keys.contains(key)),
            Call::RestoreSecret { .. } => {
                secret.deleted = None;
                return declared.into_iter().fold(self, Self::settled);
            }
            Call::PutResourcePolicy { policy: text, .. } => {
                *policy = Some(Policy::read(&serde_json::from_str(text).unwrap_or_default()));
            }
            Call::DeleteResourcePolicy { .. } => *policy = Some(Policy::default()),
            _ => *planned = before,
        }
        self
    }

    /// Is its deletion taken back?
    pub(super) fn is_restored(&self) -> bool {
        self.secret.deleted.is_none() && self.live.as_ref().is_some_and(|live| live.deleted.is_some())
    }

    /// The version that is wanted of it.
    pub(super) fn version<'n>(&'n self, wanted: &'n Wanted) -> Option<&'n VersionId> {
        let stage = wanted.stage.clone().unwrap_or_else(Stage::current);
        wanted.version.as_ref().or_else(|| self.secret.stages.get(&stage))
    }

    /// Is that version encrypted anew when the secret gets another key? Those with a label of Secrets Manager's own are.
    pub(super) fn is_encrypted_anew(&self, wanted: &Wanted) -> bool {
        let [current, pending, previous] = [Stage::current(), Stage::pending(), Stage::previous()];
        let labels = [current, pending, previous].map(|stage| self.secret.stages.get(&stage));
        self.version(wanted).is_some_and(|version| labels.contains(&Some(version)))
    }

    /// Is that version one that the next apply writes?
    pub(super) fn is_written(&self, wanted: &Wanted) -> bool {
        let is_there = |version| self.live.as_ref().is_some_and(|live| live.is_labelled(version));
        wanted.version.is_none() && self.version(wanted).is_some_and(|version| !is_there(version))
    }
}
