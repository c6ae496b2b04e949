//! What a task needs to start, as its manifests say it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Inquiry;
use super::draft::Draft;
use super::finding::Site;
use super::reference::{self, Reference, Source, Wanted};
use crate::model::arn::Arn;
use crate::model::connect_secrets;
use crate::model::document::Document;
use crate::model::grant::Grant;
use crate::model::id::{Kind, Name, ResourceId};
use crate::model::observed::seen;
use crate::model::path::{Path, Segment};
use crate::model::revision::{Container, Revision};
use crate::model::rules::TASK_DEFINITION;
use crate::model::secret_source::{SecretSource, Version};
use crate::model::service::Service;
use crate::model::task_definition::{SecretUse, TaskDefinition};
use crate::plan::derive::{self, Derived};
use crate::plan::step::Ref;
use crate::plan::{self, Unread};

/// One task definition, and who runs it.
pub(super) struct Startup<'a> {
    pub(super) target: ResourceId,
    pub(super) definition: &'a TaskDefinition,
    /// Its content, less execution role; what someone else owns is as it is. Of the secrets those whose ARN is known.
    pub(super) revision: Revision<Ref<Arn>>,
    pub(super) references: Vec<Reference>,
    /// What ECS does with the execution role.
    pub(super) demands: Vec<Demand>,
    pub(super) services: Vec<Running<'a>>,
    /// The services as those that a finding is about.
    pub(super) affected: Vec<ResourceId>,
    /// Why it is not known what others own of it: its content is less that.
    unread: Option<String>,
}

/// A service that runs it.
pub(super) struct Running<'a> {
    pub(super) target: ResourceId,
    pub(super) name: &'a Name,
    pub(super) service: &'a Service,
}

/// One thing that ECS does with the execution role, and for which field.
pub(super) struct Demand {
    pub(super) site: Site,
    pub(super) grant: Grant<Ref<Arn>>,
}

/// All task definitions without errors.
pub(super) fn all(inquiry: Inquiry<'_>) -> Vec<Startup<'_>> {
    inquiry.desired.task_definitions.iter().map(|(name, definition)| one(inquiry, name, definition)).collect()
}

fn one<'a>(inquiry: Inquiry<'a>, name: &Name, definition: &'a TaskDefinition) -> Startup<'a> {
    let target = ResourceId::new(Kind::TaskDefinition, name);
    let users = inquiry.desired.services.iter().filter(|(_, service)| service.task_definition == *name);
    let services: Vec<Running<'_>> =
        users.map(|(name, service)| Running { target: ResourceId::new(Kind::Service, name), name, service }).collect();
    let affected: Vec<ResourceId> = services.iter().map(|service| service.target.clone()).collect();
    let (content, unread) = content(inquiry, name, definition);
    let secrets = definition.secrets.iter().filter_map(|(slot, used)| Some((slot.clone(), source(inquiry, used)?)));
    let revision = Revision { content, execution_role: None, secrets: secrets.collect() };
    let demands = demands(inquiry, &target, &affected, &revision, &services);
    let mut references = reference::of_slots(inquiry, &target, &affected, definition);
    references.extend(services.iter().flat_map(|running| reference::of_connect(inquiry, running)));
    for demand in &demands {
        references.extend(reference::of_demand(&inquiry.observed.scope, demand, &references));
    }
    Startup { target, definition, revision, references, demands, services, affected, unread }
}

/// Where something is written.
pub(super) fn site(inquiry: Inquiry<'_>, resource: &ResourceId, path: Path, services: &[ResourceId]) -> Site {
    let at = inquiry.desired.origins.find(resource, &path).cloned();
    Site { resource: resource.clone(), path, at, services: services.to_vec() }
}

/// As it would be registered; where that is not known, less what is not, and why.
fn content(inquiry: Inquiry<'_>, name: &Name, definition: &TaskDefinition) -> (Document, Option<String>) {
    let why = match plan::content(inquiry.desired, inquiry.observed, name, definition) {
        Ok(content) => return (content, None),
        Err(Unread::Service(service, why)) => format!("Service/{service}: {why}"),
        Err(Unread::Newest) => "the newest revision of its family was not found out".to_owned(),
        Err(Unread::Revision(revision, why)) => format!("{revision}: {why}"),
    };
    let manifest = definition.content.clone();
    let less = definition.ignore.iter().fold(manifest, |content, path| content.with(path, None, &TASK_DEFINITION));
    (less, Some(why))
}

/// What a place reads, as far as its ARN is known.
fn source(inquiry: Inquiry<'_>, used: &SecretUse) -> Option<SecretSource<Ref<Arn>>> {
    let source = match used {
        SecretUse::Raw(text) => SecretSource::parse(text, None),
        SecretUse::Declared { secret, .. } => {
            let arn = arn(inquiry, secret)?;
            SecretSource::Secret { arn, key: None, stage: None, version: Version::Follows(None) }
        }
    };
    let Ok(source) = source.try_map(|arn| Ok::<_, std::convert::Infallible>(Ref::Known(arn.clone())));
    Some(source)
}

fn arn(inquiry: Inquiry<'_>, secret: &Name) -> Option<Arn> {
    seen(&inquiry.observed.secrets, secret).ok().flatten().map(|live| live.arn.clone())
}

/// The keys of secrets are judged as they are, and not as they were granted.
fn demands(
    inquiry: Inquiry<'_>,
    target: &ResourceId,
    affected: &[ResourceId],
    revision: &Revision<Ref<Arn>>,
    services: &[Running<'_>],
) -> Vec<Demand> {
    let scope = &inquiry.observed.scope;
    let without_keys = |_: &Ref<Arn>| BTreeSet::new();
    let demand = |target: &ResourceId, affected: &[ResourceId], Derived { at, grant }| Demand {
        site: site(inquiry, target, at, affected),
        grant,
    };
    let of_tasks = derive::of_revision(revision, scope, without_keys).into_iter();
    let mut all: Vec<Demand> = of_tasks.map(|derived| demand(target, affected, derived)).collect();
    for running in services {
        let fields = connect_secrets::named(&running.service.fields, |secret| arn(inquiry, secret));
        let of_agent = derive::of_service(&fields, scope, without_keys).into_iter();
        let services = std::slice::from_ref(&running.target);
        all.extend(of_agent.map(|derived| demand(&running.target, services, derived)));
    }
    all
}

impl Startup<'_> {
    /// Says what of it is not known.
    pub(super) fn note(&self, draft: &mut Draft<'_>) {
        for path in self.definition.ignore.iter().filter(|_| self.unread.is_some()) {
            let site = draft.site(&self.target, path.clone(), &self.affected);
            draft.unread(&site, &format!("what others have set {path} to"), self.unread.as_deref().unwrap_or_default());
        }
    }

    /// The secrets, with their places.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&Reference, &Wanted)> {
        self.references.iter().filter_map(|reference| match &reference.source {
            Source::Secret(wanted) => Some((reference, wanted)),
            Source::Parameter { .. } => None,
        })
    }

    /// The parameters, with their places.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&Site, &str)> {
        self.references.iter().filter_map(|reference| match &reference.source {
            Source::Secret(_) => None,
            Source::Parameter { text } => Some((&reference.site, text.as_str())),
        })
    }

    /// The container that a field is of.
    pub(super) fn container(&self, path: &Path) -> Option<Container<'_>> {
        let [Segment::Member(list), Segment::Element(name), ..] = path.segments() else { return None };
        self.revision.containers().find(|container| list == "containerDefinitions" && container.name() == name)
    }

    /// An outermost member of the content, as text.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.revision.content.member(member).and_then(Value::as_str)
    }
}

impl<'a> Running<'a> {
    /// A field of the service: as the manifest has it, else as it is; why that is not known.
    pub(super) fn field(&self, inquiry: Inquiry<'a>, name: &str) -> Result<Option<&'a Value>, &'a str> {
        let written = match self.written(name) {
            Some(written) => Some(written),
            // Without its cluster there is no service.
            None if inquiry.surveyed.cluster(&self.service.cluster) == Ok(None) => None,
            None => seen(&inquiry.observed.services, self.name)?.and_then(|live| live.fields.written(name)),
        };
        Ok(written.filter(|value| !value.is_null()))
    }

    fn written(&self, name: &str) -> Option<&'a Value> {
        self.service.fields.written(name)
    }

    /// Where its tasks run.
    pub(super) fn capacity(&self, inquiry: Inquiry<'a>, startup: &Startup<'_>) -> Result<Capacity, &'a str> {
        let (strategy, launch) = ("capacityProviderStrategy", "launchType");
        let told = |strategy: Option<&Value>, launch: Option<&Value>| {
            let strategy = strategy.and_then(Value::as_array).filter(|strategy| !strategy.is_empty());
            let providers = |strategy: &Vec<Value>| {
                Capacity::of(strategy.iter().filter_map(|item| item.get("capacityProvider")?.as_str()))
            };
            strategy.map(providers).or_else(|| Some(Capacity::of([launch?.as_str()?])))
        };
        if let Some(told) = told(self.written(strategy), self.written(launch)) {
            return Ok(told);
        }
        if let Some(told) = told(self.field(inquiry, strategy)?, self.field(inquiry, launch)?) {
            return Ok(told);
        }
        // A service that is yet to be made, and names neither: the cluster has a default, or not.
        let defaults = inquiry.surveyed.cluster(&self.service.cluster)?.map_or(&[][..], |cluster| &cluster.providers);
        let compatible = startup.revision.content.member("requiresCompatibilities").and_then(Value::as_array);
        let for_fargate_alone = compatible.is_some_and(|all| all.len() == 1 && all[0] == "FARGATE");
        Ok(match defaults {
            [] if for_fargate_alone => Capacity::Undecided,
            [] => Capacity::Instances,
            defaults => Capacity::of(defaults.iter().map(String::as_str)),
        })
    }
}

/// Where tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capacity {
    Fargate,
    /// Of one's own, with a network of their own.
    Instances,
    /// Neither the service nor its cluster says it, and the task definition is for Fargate alone.
    Undecided,
}

/// Why that is open.
pub(super) const UNDECIDED: &str =
    "neither the service nor its cluster names a launch type or capacity providers; ECS would take EC2";

impl Capacity {
    /// Of launch types, or of providers: those of Fargate are named after it, and a service has no others beside them.
    fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        if names.into_iter().any(|name| name.starts_with("FARGATE")) { Self::Fargate } else { Self::Instances }
    }
}
