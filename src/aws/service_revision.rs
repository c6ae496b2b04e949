//! Service revisions: what of a service ECS states nowhere else.
//!
//! Read only where a manifest manages such a field. They never change, so each is read once.

use std::collections::BTreeMap;

use aws_sdk_ecs::types as sdk;

use super::{Aws, lock};
use crate::model::arn::Arn;
use crate::model::id::{Name, ServiceName};
use crate::model::service::{Service, is_stated_of_revisions_alone};
use crate::model::shapes::ServiceContent;

/// ECS describes at most twenty in one call.
const BATCH: usize = 20;

impl Aws {
    /// The revision in force of those services whose manifest manages what only revisions state; or why it cannot be read.
    pub(super) async fn revisions_of(
        &self,
        batch: &[(&Name, &Service)],
        found: &[sdk::Service],
    ) -> BTreeMap<Name, Result<ServiceContent, String>> {
        let asks = |service: &Service| service.fields.names().into_iter().any(is_stated_of_revisions_alone);
        let found = |name: &ServiceName| found.iter().find(|found| found.service_name() == Some(name.as_str()));
        let asking = batch.iter().filter(|(_, service)| asks(service));
        let wanted: BTreeMap<&Name, Option<Arn>> =
            asking.filter_map(|(name, service)| Some((*name, in_force(found(&service.service_name)?)))).collect();
        let missing: Vec<&Arn> = {
            let mut known = lock(&self.memory.service_revisions);
            wanted.values().flatten().filter(|arn| known.get(arn, self.clock.now()).is_none()).collect()
        };
        let mut failed = None;
        for arns in missing.chunks(BATCH) {
            let arns = arns.iter().map(ToString::to_string).collect();
            let call = self.clients.ecs.describe_service_revisions().set_service_revision_arns(Some(arns));
            match call.send().await {
                Ok(answer) => {
                    let mut known = lock(&self.memory.service_revisions);
                    for revision in answer.service_revisions() {
                        if let Some(arn) = revision.service_revision_arn() {
                            known.insert(Arn::new(arn), revision.into(), self.clock.now());
                        }
                    }
                }
                Err(error) => failed = Some(self.fault("ecs:DescribeServiceRevisions", &error).in_full()),
            }
        }
        let mut known = lock(&self.memory.service_revisions);
        let mut read = |arn: Option<Arn>| {
            let nameless = || self.unclear("ecs:DescribeServices", "no service revision is said to be in force");
            let arn = arn.ok_or_else(|| nameless().in_full())?;
            let left_out = || self.unclear("ecs:DescribeServiceRevisions", format!("{arn} was left out")).in_full();
            let why = || failed.clone().unwrap_or_else(left_out);
            known.get(&arn, self.clock.now()).cloned().ok_or_else(why)
        };
        wanted.into_iter().map(|(name, arn)| (name.clone(), read(arn))).collect()
    }
}

/// The revision of the PRIMARY deployment: they have one number.
fn in_force(service: &sdk::Service) -> Option<Arn> {
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"))?;
    let number = primary.id()?.strip_prefix("ecs-svc/")?;
    let revisions: Vec<&str> =
        service.current_service_revisions().iter().filter_map(|revision| revision.arn()).collect();
    match revisions.as_slice() {
        [only] => Some(Arn::new(*only)),
        several => several.iter().find(|arn| arn.ends_with(&format!("/{number}"))).map(|arn| Arn::new(*arn)),
    }
}
