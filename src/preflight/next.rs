//! A secret by the time that tasks start: as it is, with what the next apply does to it.

use std::collections::BTreeMap;

use super::Inquiry;
use super::draft::{Draft, Known};
use super::finding::Site;
use super::reference::Wanted;
use super::secret;
use crate::model::arn::Arn;
use crate::model::id::{Kind, Region, ResourceId, Stage, VersionId};
use crate::model::policy::Policy;
use crate::model::secret::{ObservedSecret, Secret, label};
use crate::model::survey::Question;
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
    let Some(mut next) = Next::of(draft.inquiry, wanted, live) else { return Known::Gone };
    if let (None, None, Some(home)) = (&next.live, &next.policy, &next.secret.primary_region) {
        // A copy has the policy of its primary.
        let primary = next.secret.arn.in_region(home);
        let what = format!("the resource policy of {primary}");
        let question = Question::ResourcePolicy(primary.clone());
        next.policy = match draft.look(site, &what, question, |seen| seen.resource_policy(&primary)) {
            Known::There(policy) => Some(policy.permissions().clone()),
            Known::Gone => Some(Policy::default()),
            Known::Nothing => return Known::Nothing,
        };
    }
    Known::There(next)
}

/// Is a call about this copy?
fn is_about(call: &Call<Ref<Arn>>, copy: &Arn) -> bool {
    let region = Region::new(copy.region());
    let (primary, is_named) = match call {
        Call::UpdateReplica { secret, region: named, .. } => (secret, *named == region),
        Call::RemoveRegionsFromReplication { secret, regions } => (secret, regions.contains(&region)),
        Call::ReplicateSecretToRegions { secret, replicas } => (secret, replicas.contains_key(&region)),
        _ => return false,
    };
    is_named && primary.in_region(&region) == *copy
}

/// Does the next apply take this copy away?
pub(super) fn is_removed(inquiry: Inquiry<'_>, copy: &str) -> bool {
    let removes = |call: &Call<Ref<Arn>>| {
        matches!(call, Call::RemoveRegionsFromReplication { .. }) && is_about(call, &Arn::new(copy))
    };
    inquiry.plan.steps().any(|(_, step)| removes(&step.action.call))
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
        // What is done to a copy is a step of the secret that it is a copy of.
        let copy = live.map(|live| live.arn.clone()).or_else(|| Arn::parse(wanted.id.as_str()));
        let concerns = |call: &Call<Ref<Arn>>| copy.as_ref().is_some_and(|copy| is_about(call, copy));
        let steps = inquiry
            .plan
            .steps()
            .filter(|(_, step)| Some(&step.target) == target.as_ref() || concerns(&step.action.call));
        steps.fold(live.map(as_it_is), |next, (_, step)| match (next, &step.action.call) {
            (Some(next), Call::RemoveRegionsFromReplication { .. })
                if is_about(&step.action.call, &next.secret.arn) =>
            {
                None
            }
            (Some(next), call) => Some(next.after(call, declared)),
            (None, call @ Call::ReplicateSecretToRegions { .. }) => Self::copied(inquiry, copy.as_ref()?, call),
            (None, call) => Self::made(inquiry, declared?, call),
        })
    }

    /// A copy that the next apply makes: it has what its primary has, but for the key.
    fn copied(inquiry: Inquiry<'_>, copy: &Arn, call: &Call<Ref<Arn>>) -> Option<Self> {
        let Call::ReplicateSecretToRegions { secret: primary, replicas } = call else { return None };
        let (region, key) = replicas.iter().find(|(region, _)| primary.in_region(region) == *copy)?;
        let (name, live) = inquiry
            .observed
            .secrets
            .iter()
            .find_map(|(name, seen)| Some((name, seen.present().filter(|live| live.arn == *primary)?)))?;
        let secret = ObservedSecret {
            arn: primary.in_region(region),
            kms_key_id: key.clone(),
            rotation: None,
            primary_region: Some(Region::new(primary.region())),
            replicas: BTreeMap::new(),
            ..live.clone()
        };
        let declared = inquiry.desired.secrets.get(name);
        let policy = declared.and_then(|declared| Some(declared.resource_policy.as_ref()?.permissions().clone()));
        Some(Self { secret, live: None, planned: true, policy })
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
            Call::UpdateReplica { kms_key_id, .. } if is_about(call, &secret.arn) => {
                secret.kms_key_id = Some(kms_key_id.clone());
            }
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
