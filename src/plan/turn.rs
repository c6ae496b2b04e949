//! Whose turn it is: waves and slots.

use std::collections::BTreeMap;

use super::held::Because;
use super::rollout;
use crate::model::desired::Desired;
use crate::model::id::{Name, ResourceId};
use crate::model::observed::{Observed, seen};
use crate::model::service::{ObservedService, Service};

/// What the services planned so far have taken. Services come in the order of their waves.
pub(super) struct Turn {
    redeploying: usize,
    /// The lowest wave that is not done, and a service of it.
    unfinished: Option<(u32, ResourceId)>,
}

impl Turn {
    /// Rollouts that are under way and not overdue have their slots already. What cannot be read may be one.
    pub(super) fn new(desired: &Desired, observed: &Observed) -> Self {
        let under_way = desired.services.iter().filter(|(name, service)| match seen(&observed.services, name) {
            Ok(Some(live)) => live.primary().is_some_and(|primary| {
                primary.is_in_progress() && observed.at.since(primary.created_at) <= rollout::patience(service, live)
            }),
            Ok(None) => false,
            Err(_) => true,
        });
        Self { redeploying: under_way.count(), unfinished: None }
    }

    /// Why a service of this wave has to wait, if so.
    pub(super) fn wave(&self, service: &Service) -> Option<Because> {
        let (wave, root) = self.unfinished.as_ref()?;
        (*wave < service.rollout.wave).then(|| Because::WaitingForWave(root.clone()))
    }

    /// Why no further service can be redeployed now, if so. One that replaces its own rollout keeps its slot.
    pub(super) fn slot(&self, live: &ObservedService, limit: usize) -> Option<Because> {
        (!live.is_rolling() && self.redeploying >= limit).then_some(Because::WaitingForSlot(limit))
    }

    /// A redeployment of this plan takes a slot.
    pub(super) fn redeploys(&mut self, live: &ObservedService) {
        self.redeploying += usize::from(!live.is_rolling());
    }

    /// Higher waves wait for this service.
    pub(super) fn unfinished(&mut self, service: &Service, target: &ResourceId) {
        let wave = service.rollout.wave;
        if self.unfinished.as_ref().is_none_or(|(lowest, _)| wave < *lowest) {
            self.unfinished = Some((wave, target.clone()));
        }
    }
}

/// Service names by wave, lower waves first.
pub(super) fn in_waves(services: &BTreeMap<Name, Service>) -> Vec<(&Name, &Service)> {
    let mut ordered: Vec<_> = services.iter().collect();
    ordered.sort_by_key(|(name, service)| (service.rollout.wave, (*name).clone()));
    ordered
}
