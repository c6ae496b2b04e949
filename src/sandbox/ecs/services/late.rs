//! Services as a reader sees them who is late: without what calls have changed
//! within the lag ([V44]). What the scheduler does by itself shows at once.
//!
//! A call that begins a deployment changes which deployments there are; how
//! far each of them is, is the scheduler's.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Service, ServiceStatus};
use crate::sandbox::clock::Millis;
use crate::sandbox::ecs::Ecs;
use crate::sandbox::ecs::deployments::Deployment;
use crate::sandbox::ecs::names::ServiceKey;
use crate::sandbox::lagged::History;
use crate::sandbox::tags::Tags;

/// What calls have changed of late.
pub(in crate::sandbox::ecs) type Late = History<Change>;

/// A call has changed a service.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::sandbox::ecs) struct Change {
    key: ServiceKey,
    was: Was,
}

/// What a call has changed, as it was before.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Was {
    /// There was no service, or one that is INACTIVE.
    Another(Option<Box<Service>>),
    Otherwise(Box<Members>),
}

/// The members of a service that calls change; `None` where this one did not.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    status: Option<ServiceStatus>,
    desired_count: Option<usize>,
    task_definition: Option<String>,
    settings: Option<Map<String, Value>>,
    tags: Option<Tags>,
    moves: Option<Moves>,
}

/// Which deployments there are, and the service deployment that is not over.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Moves {
    deployments: Vec<Deployment>,
    ongoing: Option<String>,
}

impl Ecs {
    /// Makes `DescribeServices` and `ListServices` show what calls change only
    /// after `lag`. ECS is eventually consistent and gives no time (facts 4.5).
    pub fn set_service_lag(&mut self, lag: Duration) {
        self.late.set_lag(lag);
    }

    /// How late they are.
    pub fn service_lag(&self) -> Duration {
        self.late.lag()
    }

    /// What a call that is about to change something may change: `None` where
    /// nobody is late.
    pub(crate) fn before_a_write(&self) -> Option<BTreeMap<ServiceKey, Service>> {
        self.late.is_kept().then(|| self.services.clone())
    }

    /// The call has succeeded.
    pub(crate) fn after_a_write(&mut self, before: &BTreeMap<ServiceKey, Service>, now: Millis) {
        for (key, service) in &self.services {
            if let Some(was) = changed(before.get(key), service) {
                self.late.remember(now, Change { key: key.clone(), was });
            }
        }
    }

    /// A service as a late reader sees it.
    pub(super) fn seen_service(&self, key: &ServiceKey, now: Millis) -> Option<Cow<'_, Service>> {
        let unseen = self.late.unseen(now).filter(|change| change.key == *key);
        unseen.fold(self.services.get(key).map(Cow::Borrowed), |seen, change| match (&change.was, seen) {
            (Was::Another(was), _) => was.as_deref().map(Cow::Borrowed),
            (Was::Otherwise(was), Some(seen)) => Some(Cow::Owned(was.on(seen.into_owned()))),
            (Was::Otherwise(_), None) => None,
        })
    }

    /// The services as a late reader sees them.
    pub(super) fn seen_services(&self, now: Millis) -> impl Iterator<Item = Cow<'_, Service>> {
        self.services.keys().filter_map(move |key| self.seen_service(key, now))
    }
}

/// What a call has changed of a service.
fn changed(was: Option<&Service>, service: &Service) -> Option<Was> {
    let Some(was) = was.filter(|was| was.created == service.created) else {
        return Some(Was::Another(was.cloned().map(Box::new)));
    };
    let newest = |service: &Service| service.primary().map(|primary| primary.revision.clone());
    let begun = newest(was) != newest(service) || was.status != service.status;
    let members = Members {
        status: other(&was.status, &service.status),
        desired_count: other(&was.desired_count, &service.desired_count),
        task_definition: other(&was.task_definition, &service.task_definition),
        settings: other(&was.settings, &service.settings),
        tags: other(&was.tags, &service.tags),
        moves: begun.then(|| Moves { deployments: was.deployments.clone(), ongoing: was.ongoing.clone() }),
    };
    (members != Members::default()).then(|| Was::Otherwise(Box::new(members)))
}

fn other<T: Clone + PartialEq>(was: &T, is: &T) -> Option<T> {
    (was != is).then(|| was.clone())
}

impl Members {
    /// A service without the change.
    fn on(&self, mut service: Service) -> Service {
        let Self { status, desired_count, task_definition, settings, tags, moves } = self.clone();
        service.status = status.unwrap_or(service.status);
        service.desired_count = desired_count.unwrap_or(service.desired_count);
        service.task_definition = task_definition.unwrap_or(service.task_definition);
        service.settings = settings.unwrap_or(service.settings);
        service.tags = tags.unwrap_or(service.tags);
        if let Some(Moves { deployments, ongoing }) = moves {
            service.ongoing = ongoing;
            let now = service.deployments;
            let newest = |was: Deployment| now.iter().find(|now| now.revision == was.revision).cloned().unwrap_or(was);
            service.deployments = deployments.into_iter().map(newest).collect();
        }
        service
    }
}
