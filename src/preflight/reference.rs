//! What a task reads at its start by a reference: secrets and parameters, and where the manifests name them.

use serde_json::Value;

use super::finding::Site;
use super::startup::{Demand, Running, site};
use super::{Inquiry, words};
use crate::model::arn::{Arn, Scope};
use crate::model::connect_secrets::options;
use crate::model::grant::Grant;
use crate::model::id::{Name, ResourceId, SecretName, Stage, VersionId};
use crate::model::path::Path;
use crate::model::secret::ObservedSecret;
use crate::model::secret_source::{Place, SecretSource, Slot, Version};
use crate::model::task_definition::{Pinning, SecretUse, TaskDefinition};
use crate::plan::derive::ANY_SIX;
use crate::plan::step::Ref;

/// A place that names a secret or a parameter.
pub(super) struct Reference {
    pub(super) site: Site,
    /// Is it the secret of a private registry?
    pub(super) is_registry: bool,
    pub(super) source: Source,
}

/// What a place names.
pub(super) enum Source {
    Secret(Wanted),
    /// Name or ARN of a parameter.
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

/// Those of the containers.
pub(super) fn of_slots(
    inquiry: Inquiry<'_>,
    target: &ResourceId,
    services: &[ResourceId],
    definition: &TaskDefinition,
) -> Vec<Reference> {
    let reference = |(slot, used): (&Slot, &SecretUse)| {
        let is_registry = slot.place == Place::Registry;
        let source = match used {
            SecretUse::Raw(text) => raw(text, is_registry),
            SecretUse::Declared { secret, key, stage, pin } => {
                let declared = inquiry.desired.secrets.get(secret)?;
                Source::Secret(Wanted {
                    manifest: Some(secret.clone()),
                    id: declared.secret_name.clone(),
                    key: key.clone().filter(|_| !is_registry),
                    stage: stage.clone().filter(|stage| *stage != Stage::current()),
                    version: None,
                    pinned: definition.pins(slot, *pin, declared.pinning()) == Pinning::VersionId,
                })
            }
        };
        Some(Reference { site: site(inquiry, target, slot.path(), services), is_registry, source })
    };
    definition.secrets.iter().filter_map(reference).collect()
}

/// Those of Service Connect's agent: options of its log driver.
pub(super) fn of_connect(inquiry: Inquiry<'_>, running: &Running<'_>) -> Vec<Reference> {
    let reference = |(path, option): (Path, &Value)| {
        let text = |pointer: &str| option.pointer(pointer).and_then(Value::as_str);
        let source = match text("/valueFrom/secretRef/name") {
            None => raw(text("/valueFrom")?, false),
            Some(name) => {
                let name = Name::parse(name)?;
                let stage = text("/valueFrom/secretRef/stage").map(Stage::new);
                Source::Secret(Wanted {
                    id: inquiry.desired.secrets.get(&name)?.secret_name.clone(),
                    manifest: Some(name),
                    key: text("/valueFrom/secretRef/key").map(str::to_owned),
                    stage: stage.filter(|stage| *stage != Stage::current()),
                    version: None,
                    pinned: false,
                })
            }
        };
        let site = site(inquiry, &running.target, path, std::slice::from_ref(&running.target));
        Some(Reference { site, is_registry: false, source })
    };
    options(&running.service.fields).filter_map(reference).collect()
}

/// What else is read, for all that the permissions say: credentials of a file server, a credential spec, a secret that a
/// parameter stands for.
pub(super) fn of_demand(scope: &Scope, demand: &Demand, known: &[Reference]) -> Option<Reference> {
    let Demand { site, grant } = demand;
    let source = match grant {
        Grant::ReadSecret(Ref::Known(arn)) => match arn.as_str().strip_suffix(ANY_SIX) {
            None => raw(arn.as_str(), false),
            // A parameter stands for it.
            Some(named) => raw(named.strip_prefix(scope.arn("secretsmanager", "secret:").as_str())?, true),
        },
        Grant::ReadParameter(arn) => Source::Parameter { text: arn.to_string() },
        _ => return None,
    };
    let is_known = known.iter().any(|reference| {
        reference.site == *site && std::mem::discriminant(&reference.source) == std::mem::discriminant(&source)
    });
    (!is_known).then(|| Reference { site: site.clone(), is_registry: false, source })
}

/// A secret that a parameter stands for, and that is not of this account and Region.
pub(super) fn elsewhere<'g>(scope: &Scope, grant: &'g Grant<Ref<Arn>>) -> Option<&'g Arn> {
    let Grant::ReadSecret(Ref::Known(arn)) = grant else { return None };
    let named = arn.as_str().strip_suffix(ANY_SIX)?;
    (!named.starts_with(scope.arn("secretsmanager", "secret:").as_str())).then_some(arn)
}

fn raw(text: &str, is_registry: bool) -> Source {
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
        SecretSource::Other(text) if is_registry => {
            let id = SecretName::new(text);
            Source::Secret(Wanted { manifest: None, id, key: None, stage: None, version: None, pinned: false })
        }
        SecretSource::Other(text) => Source::Parameter { text },
    }
}

impl Reference {
    /// The text that stands there; none where a manifest is named.
    pub(super) fn written(&self) -> &str {
        match &self.source {
            Source::Parameter { text } => text,
            Source::Secret(Wanted { manifest: None, id, .. }) => id.as_str(),
            Source::Secret(_) => "",
        }
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
