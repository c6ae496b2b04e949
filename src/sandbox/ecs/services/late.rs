//! Services as a reader sees them who is late: without what calls have changed
//! within the lag ([V44]). What the scheduler does by itself shows at once.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Service;
use crate::sandbox::clock::Millis;
use crate::sandbox::ecs::Ecs;
use crate::sandbox::ecs::names::ServiceKey;

/// What services were before each call of the last `lag`, oldest first.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::sandbox::ecs) struct Late {
    lag: Duration,
    before: VecDeque<(Millis, BTreeMap<ServiceKey, Service>)>,
}

impl Ecs {
    /// Makes `DescribeServices` and `ListServices` show what calls change only
    /// after `lag`. ECS is eventually consistent and gives no time (facts 4.5).
    pub fn set_service_lag(&mut self, lag: Duration) {
        self.late = Late { lag, before: VecDeque::new() };
    }

    /// A call is about to change something.
    pub(crate) fn before_a_write(&mut self, now: Millis) {
        if self.late.lag.is_zero() {
            return;
        }
        let horizon = now - self.late.lag;
        while self.late.before.front().is_some_and(|(at, _)| *at <= horizon) {
            self.late.before.pop_front();
        }
        self.late.before.push_back((now, self.services.clone()));
    }

    /// The services as a late reader sees them.
    pub(super) fn seen_services(&self, now: Millis) -> &BTreeMap<ServiceKey, Service> {
        let horizon = now - self.late.lag;
        let unseen = self.late.before.iter().find(|(at, _)| *at > horizon);
        unseen.map_or(&self.services, |(_, before)| before)
    }
}
