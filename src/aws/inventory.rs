//! What carries this installation's tags, in lists; and each thing that no manifest names, read for itself.
//!
//! Design note 0006 says why these lists.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use aws_sdk_ecs::types::ServiceField;
use aws_sdk_resourcegroupstagging::types::TagFilter;

use super::look::all;
use super::{Aws, lock};
use crate::cloud::fault::{Fault, FaultKind};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Family, Installation, ResourceId, RoleName, SecretName, ServiceName};
use crate::model::inventory::{Inventory, Named, Remnant, resource_of};
use crate::model::observed::{Observed, Seen};
use crate::model::service::ObservedService;
use crate::model::tags::{INSTALLATION, Tags, is_ours};
use crate::model::task_definition::ObservedRevision;

/// Things on one page.
const PAGE: i32 = 100;

/// Pages that are read at most: 20,000 things.
const PAGES: usize = 200;

impl Aws {
    /// The inventory. A sweep has that of the last exact look, less what was found to be gone.
    pub(super) async fn inventory(&self, desired: &Desired) -> Option<Inventory> {
        let enabled = desired.policy.prune.enabled;
        if self.is_sweep() {
            let known = lock(&self.memory.inventory).clone();
            return known.filter(|_| enabled).map(|inventory| Inventory { fresh: false, ..inventory });
        }
        // Where nothing would be deleted, it is only counted: that is worth no second try.
        if !enabled && *lock(&self.memory.listing) == Listing::GivenUp {
            return None;
        }
        let installation = &desired.installation;
        let mut inventory = Inventory { fresh: true, ..Inventory::default() };
        let roles = async { if enabled { self.list_owned_roles(installation).await } else { Ok(BTreeMap::new()) } };
        let (tagged, roles) = tokio::join!(self.list_tagged(installation, enabled), roles);
        {
            let mut listing = lock(&self.memory.listing);
            *listing = listing.after(tagged.as_ref().err());
        }
        if tagged.is_err() && !enabled {
            return None;
        }
        let tagged = tagged.map_err(|unlisted| unlisted.why);
        for (what, listed) in [("services, revisions and secrets", tagged), ("roles", roles)] {
            match listed {
                Ok(owned) => inventory.owned.extend(owned),
                Err(why) => inventory.unlisted.push(format!("{what} without a manifest: {why}")),
            }
        }
        Some(inventory)
    }

    /// What a sweep looks at again: what the exact look has found to be there.
    pub(super) fn remember_inventory(&self, observed: &Observed) {
        let Some(inventory) = observed.inventory.as_ref().filter(|inventory| inventory.fresh) else { return };
        let is_there = |arn: &Arn| match Named::of(arn) {
            Some(Named::Revision(family, _)) => {
                !matches!(observed.active.get(&family), Some(Seen::Present(active)) if active.is_empty())
            }
            _ => !matches!(observed.remnants.get(arn), Some(Seen::Absent)),
        };
        let mut known = inventory.clone();
        known.owned.retain(|arn, _| is_there(arn));
        *lock(&self.memory.inventory) = Some(known);
    }

    async fn list_tagged(
        &self,
        installation: &Installation,
        revisions: bool,
    ) -> Result<BTreeMap<Arn, Option<ResourceId>>, Unlisted> {
        let mut kinds = vec!["ecs:service", "secretsmanager:secret"];
        kinds.extend(revisions.then_some("ecs:task-definition"));
        let mut owned = BTreeMap::new();
        let listed = self.tagged(installation, &kinds, |arn, tags| {
            owned.insert(arn, resource_of(tags));
        });
        listed.await?;
        Ok(owned)
    }

    /// What of these kinds carries the installation's tag, each with all of its tags.
    pub(super) async fn tagged(
        &self,
        installation: &Installation,
        kinds: &[&str],
        mut each: impl FnMut(Arn, &Tags) + Send,
    ) -> Result<(), Unlisted> {
        let filter = TagFilter::builder().key(INSTALLATION).values(installation.as_str()).build();
        let call = self.clients.tagging.get_resources().tag_filters(filter).resources_per_page(PAGE);
        let kinds = kinds.iter().map(ToString::to_string).collect();
        let mut pages = call.set_resource_type_filters(Some(kinds)).into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += 1;
            if count > PAGES {
                let why = self.unclear("tag:GetResources", format!("there are more than {PAGES} pages of them"));
                return Err(Unlisted { why: why.in_full(), hope: Hope::None });
            }
            let page = page.map_err(|error| Unlisted::from(&self.fault("tag:GetResources", &error)))?;
            for mapping in page.resource_tag_mapping_list() {
                let Some(arn) = mapping.resource_arn().map(Arn::new) else { continue };
                let tags = mapping.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
                each(arn, &tags);
            }
        }
        Ok(())
    }

    /// IAM's roles are in no list of tags; what is not ours is dropped as it comes.
    async fn list_owned_roles(&self, installation: &Installation) -> Result<BTreeMap<Arn, Option<ResourceId>>, String> {
        if !self.bulk_roles {
            return Err("limits.bulkRoles is false, and nothing else lists the tags of roles".to_owned());
        }
        let mut owned = BTreeMap::new();
        let listed = self.each_role(|_, role| {
            let tags = super::role::tags(role.tags());
            if let Some(arn) = role.arn().filter(|_| is_ours(&tags, installation)) {
                owned.insert(Arn::new(arn), resource_of(&tags));
            }
            ControlFlow::Continue(())
        });
        listed.await.map_err(|fault| fault.in_full())?;
        Ok(owned)
    }

    /// The thing itself.
    pub(super) async fn remnant(&self, arn: &Arn) -> Seen<Remnant> {
        match Named::of(arn) {
            Some(Named::Service(cluster, service)) => {
                map(self.describe_service(&cluster, &service).await, Remnant::Service)
            }
            Some(Named::Role(role)) => map(self.read_role(&RoleName::new(role)).await, Remnant::Role),
            Some(Named::Secret) => map(self.describe_secret(&SecretName::new(arn.as_str())).await, Remnant::Secret),
            Some(Named::Revision(..)) | None => Seen::Unreadable(format!("{arn} is nothing that evenkeel makes")),
        }
    }

    /// One service, with its tags.
    pub(super) async fn describe_service(&self, cluster: &ClusterName, service: &ServiceName) -> Seen<ObservedService> {
        let call = self.clients.ecs.describe_services().cluster(cluster.as_str()).services(service.as_str());
        let answer = match call.include(ServiceField::Tags).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let fault = self.fault("ecs:DescribeServices", &error);
                // With its cluster everything in it is gone.
                return match fault.kind {
                    FaultKind::NotFound => Seen::Absent,
                    _ => Seen::Unreadable(fault.in_full()),
                };
            }
        };
        match answer.services().first() {
            Some(found) if found.status() == Some("INACTIVE") => Seen::Absent,
            Some(found) => self.observed(found, None),
            None if answer.failures().iter().any(|failure| failure.reason() == Some("MISSING")) => Seen::Absent,
            None => Seen::Unreadable(self.unclear("ecs:DescribeServices", "ECS reports a failure").in_full()),
        }
    }

    /// The ACTIVE revisions of a family, each read again: tags can change.
    pub(super) async fn active(&self, family: &Family) -> Seen<BTreeMap<Arn, Seen<ObservedRevision>>> {
        let arns: BTreeSet<Arn> = match self.active_revisions(family).await {
            Ok(arns) => arns,
            Err(why) => return Seen::Unreadable(why),
        };
        let reads = arns.into_iter().map(|arn| async move {
            let revision = self.revision_now(&arn).await;
            (arn, revision)
        });
        Seen::Present(all(reads.collect()).await.into_iter().collect())
    }
}

/// What has become of the lists so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Listing {
    /// None has worked yet, and none is past hope.
    #[default]
    Untried,
    /// One has worked: there is a way there.
    Works,
    /// A later one would fare no better.
    GivenUp,
}

impl Listing {
    fn after(self, unlisted: Option<&Unlisted>) -> Self {
        match unlisted.map(|unlisted| unlisted.hope) {
            None => Self::Works,
            Some(Hope::None) => Self::GivenUp,
            Some(Hope::IfThereIsAWay) if self != Self::Works => Self::GivenUp,
            Some(Hope::IfThereIsAWay | Hope::Some) => self,
        }
    }
}

/// Why there is no list.
pub(super) struct Unlisted {
    pub(super) why: String,
    hope: Hope,
}

/// Could a later call fare better?
#[derive(Clone, Copy)]
enum Hope {
    Some,
    /// Where one has worked: nothing is there to be reached for good in a network without a way there.
    IfThereIsAWay,
    None,
}

impl From<&Fault> for Unlisted {
    fn from(fault: &Fault) -> Self {
        let hope = match fault.kind {
            FaultKind::Throttled | FaultKind::Ambiguous | FaultKind::Credentials | FaultKind::Conflict => Hope::Some,
            FaultKind::Unreachable | FaultKind::Configuration | FaultKind::NotFound => Hope::IfThereIsAWay,
            FaultKind::Denied | FaultKind::Invalid => Hope::None,
        };
        Self { why: fault.in_full(), hope }
    }
}

fn map<T>(seen: Seen<T>, into: impl FnOnce(T) -> Remnant) -> Seen<Remnant> {
    match seen {
        Seen::Present(thing) => Seen::Present(into(thing)),
        Seen::Absent => Seen::Absent,
        Seen::Unreadable(why) => Seen::Unreadable(why),
    }
}
