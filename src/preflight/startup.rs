//! What a task needs to start, as its manifests say it.

use serde_json::Value;

use super::draft::Draft;
use super::{Inquiry, words};
use crate::model::arn::Arn;
use crate::model::document::Document;
use crate::model::id::{Kind, Name, ResourceId, SecretName, Stage, VersionId};
use crate::model::observed::{Observed, seen};
use crate::model::revision::Revision;
use crate::model::rules::TASK_DEFINITION;
use crate::model::secret::ObservedSecret;
use crate::model::secret_source::{Place, SecretSource, Slot, Version};
use crate::model::service::Service;
use crate::model::task_definition::{Pinning, SecretUse, TaskDefinition};
use crate::plan::{self, Unread};

/// One task definition, and who runs it.
pub(super) struct Startup<'a> {
    pub(super) target: ResourceId,
    pub(super) definition: &'a TaskDefinition,
    /// Its content, less secrets and execution role; what someone else owns is as it is.
    pub(super) revision: Revision<Arn>,
    pub(super) references: Vec<Reference>,
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

/// A place that names a secret or a parameter.
pub(super) struct Reference {
    pub(super) slot: Slot,
    pub(super) source: Source,
}

/// What a place names.
pub(super) enum Source {
    Secret(Wanted),
    /// Name and Region of a parameter; absent where it is of another account.
    Parameter {
        text: String,
    },
}

/// A version of a secret, or a part of it.
pub(super) struct Wanted {
    /// How it is named: by its manifest, or as it is written.
    pub(super) manifest: Option<Name>,
    pub(super) id: SecretName,
    pub(super) key: Option<String>,
    pub(super) stage: Option<Stage>,
    pub(super) version: Option<VersionId>,
    /// Will a version be named that is known only when the revision is registered?
    pub(super) pinned: bool,
}

/// All task definitions without errors.
pub(super) fn all(inquiry: Inquiry<'_>) -> Vec<Startup<'_>> {
    let desired = inquiry.desired;
    let chosen = |id: &ResourceId| desired.only.as_ref().is_none_or(|only| only.contains(id));
    let startups = desired.task_definitions.iter().map(|(name, definition)| {
        let users = desired.services.iter().filter(|(_, service)| service.task_definition == *name);
        let services: Vec<Running<'_>> = users
            .map(|(name, service)| Running { target: ResourceId::new(Kind::Service, name), name, service })
            .collect();
        let affected = services.iter().map(|service| service.target.clone()).collect();
        let (content, unread) = content(inquiry, name, definition);
        Startup {
            unread,
            target: ResourceId::new(Kind::TaskDefinition, name),
            definition,
            revision: Revision { content, execution_role: None, secrets: std::collections::BTreeMap::new() },
            references: references(inquiry, definition),
            services,
            affected,
        }
    });
    startups.filter(|startup| chosen(&startup.target)).collect()
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

fn references(inquiry: Inquiry<'_>, definition: &TaskDefinition) -> Vec<Reference> {
    let reference = |(slot, used): (&Slot, &SecretUse)| {
        let source = match used {
            SecretUse::Raw(text) => raw(slot, text),
            SecretUse::Declared { secret, key, stage, pin } => {
                let id = inquiry.desired.secrets.get(secret)?.secret_name.clone();
                let pinned = pin.or(definition.pinning) == Some(Pinning::VersionId) && slot.place != Place::Registry;
                Source::Secret(Wanted {
                    manifest: Some(secret.clone()),
                    id,
                    key: key.clone().filter(|_| slot.place != Place::Registry),
                    stage: stage.clone().filter(|stage| *stage != Stage::current()),
                    version: None,
                    pinned,
                })
            }
        };
        Some(Reference { slot: slot.clone(), source })
    };
    definition.secrets.iter().filter_map(reference).collect()
}

fn raw(slot: &Slot, text: &str) -> Source {
    match SecretSource::parse(text, None) {
        SecretSource::Secret { arn, key, stage, version } => {
            let version = match version {
                Version::Pinned(id) => Some(id),
                Version::Follows(_) => None,
            };
            let id = SecretName::new(arn.as_str());
            Source::Secret(Wanted { manifest: None, id, key, stage, version, pinned: false })
        }
        // Only the credentials of a registry may be named without an ARN.
        SecretSource::Other(text) if slot.place == Place::Registry => {
            let id = SecretName::new(text);
            Source::Secret(Wanted { manifest: None, id, key: None, stage: None, version: None, pinned: false })
        }
        SecretSource::Other(text) => Source::Parameter { text },
    }
}

impl Wanted {
    /// What the IAM of the reader sees as the secret: the ARN that is sent.
    pub(super) fn sent(&self, live: &ObservedSecret) -> Arn {
        match Arn::parse(self.id.as_str()).filter(|_| self.manifest.is_none()) {
            Some(arn) => arn,
            None => live.arn.clone(),
        }
    }

    /// Does it name more than the whole secret?
    pub(super) fn is_partial(&self) -> bool {
        self.pinned || self.key.is_some() || self.stage.is_some() || self.version.is_some()
    }

    /// The secret as people know it.
    pub(super) fn shown(&self) -> String {
        match &self.manifest {
            Some(name) if name.as_str() != self.id.as_str() => format!("{} (Secret/{name})", self.id),
            Some(_) => self.id.to_string(),
            None => words::shown(self.id.as_str()).to_owned(),
        }
    }
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
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&Slot, &Wanted)> {
        self.references.iter().filter_map(|reference| match &reference.source {
            Source::Secret(wanted) => Some((&reference.slot, wanted)),
            Source::Parameter { .. } => None,
        })
    }

    /// The parameters, with their places.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&Slot, &String)> {
        self.references.iter().filter_map(|reference| match &reference.source {
            Source::Secret(_) => None,
            Source::Parameter { text } => Some((&reference.slot, text)),
        })
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

    /// Do its tasks run on Fargate?
    pub(super) fn is_on_fargate(&self, inquiry: Inquiry<'a>, startup: &Startup<'_>) -> Result<bool, &'a str> {
        let (strategy, launch) = ("capacityProviderStrategy", "launchType");
        let told = |strategy: Option<&Value>, launch: Option<&Value>| {
            let strategy = strategy.and_then(Value::as_array).filter(|strategy| !strategy.is_empty());
            let is_fargate = |provider: &Value| {
                let name = provider.get("capacityProvider").and_then(Value::as_str);
                name.is_some_and(|name| name.starts_with("FARGATE"))
            };
            let by_strategy = strategy.map(|strategy| strategy.iter().any(is_fargate));
            by_strategy.or_else(|| Some(launch?.as_str()? == "FARGATE"))
        };
        if let Some(told) = told(self.written(strategy), self.written(launch)) {
            return Ok(told);
        }
        if let Some(told) = told(self.field(inquiry, strategy)?, self.field(inquiry, launch)?) {
            return Ok(told);
        }
        let compatible = startup.revision.content.member("requiresCompatibilities").and_then(Value::as_array);
        Ok(compatible.is_some_and(|all| all.len() == 1 && all[0] == "FARGATE"))
    }
}
