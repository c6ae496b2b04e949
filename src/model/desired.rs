//! Everything that the manifests ask for, at one state of their source.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::envelope::Envelope;
use super::id::{Commit, Installation, Kind, Name, ResourceId};
use super::inventory::PruneRules;
use super::path::Path;
use super::role::ExecutionRole;
use super::secret::Secret;
use super::service::Service;
use super::task_definition::TaskDefinition;

/// What should be. Maps are ordered: the order is part of the contract that equal input gives equal plans.
#[derive(Clone, Debug)]
pub struct Desired {
    /// Whose objects these are.
    pub installation: Installation,
    /// The commit that they come from; absent for folders.
    pub commit: Option<Commit>,
    /// Every commit that this one contains, itself included, and those that count as if.
    pub lineage: BTreeSet<Commit>,
    /// The operator's rules.
    pub policy: Policy,
    /// The secrets, by manifest name.
    pub secrets: BTreeMap<Name, Secret>,
    /// The execution roles, by manifest name.
    pub roles: BTreeMap<Name, ExecutionRole>,
    /// The task definitions, by manifest name.
    pub task_definitions: BTreeMap<Name, TaskDefinition>,
    /// The services, by manifest name.
    pub services: BTreeMap<Name, Service>,
    /// Resources whose manifests have errors, and the manifests that they name as far as that can be read. Nothing else is
    /// known of what they should be.
    pub broken: BTreeMap<ResourceId, BTreeSet<ResourceId>>,
    /// Are there documents of which not even kind and name can be read? Then nobody knows all that is wanted.
    pub unknown: bool,
    /// May files that were not there yet be on their way? Then what no manifest names may still be wanted.
    pub unsettled: bool,
    /// Where each field is written.
    pub origins: Origins,
    /// A person's choice: only these, and what they need. Lifts `onSecretChange: Hold` for them.
    pub only: Option<BTreeSet<ResourceId>>,
}

impl Desired {
    /// Nothing desired yet.
    pub fn empty(installation: Installation) -> Self {
        Self {
            installation,
            commit: None,
            lineage: BTreeSet::new(),
            policy: Policy::default(),
            secrets: BTreeMap::new(),
            roles: BTreeMap::new(),
            task_definitions: BTreeMap::new(),
            services: BTreeMap::new(),
            broken: BTreeMap::new(),
            unknown: false,
            unsettled: false,
            origins: Origins::default(),
            only: None,
        }
    }

    /// Everything that has a manifest without errors.
    pub fn ids(&self) -> impl Iterator<Item = ResourceId> {
        let Self { secrets, roles, task_definitions, services, .. } = self;
        let secrets = secrets.keys().map(|name| ResourceId::new(Kind::Secret, name));
        let roles = roles.keys().map(|name| ResourceId::new(Kind::ExecutionRole, name));
        let families = task_definitions.keys().map(|name| ResourceId::new(Kind::TaskDefinition, name));
        let services = services.keys().map(|name| ResourceId::new(Kind::Service, name));
        secrets.chain(roles).chain(families).chain(services)
    }

    /// Has it a manifest without errors?
    pub fn declares(&self, id: &ResourceId) -> bool {
        match id.kind {
            Kind::Secret => self.secrets.contains_key(&id.name),
            Kind::ExecutionRole => self.roles.contains_key(&id.name),
            Kind::TaskDefinition => self.task_definitions.contains_key(&id.name),
            Kind::Service => self.services.contains_key(&id.name),
        }
    }
}

/// The operator's rules, from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long tasks wait after their role was widened.
    pub settle: Duration,
    /// How many services may be redeployed at once.
    pub max_concurrent: usize,
    /// What may be touched; absent: everything.
    pub envelope: Option<Envelope>,
    /// Whether what nobody wants any more is deleted.
    pub prune: PruneRules,
}

impl Default for Policy {
    fn default() -> Self {
        Self { settle: Duration::from_secs(15), max_concurrent: 5, envelope: None, prune: PruneRules::default() }
    }
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The file, as it was named on the command line or in the repository.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Where each field of each resource is written.
#[derive(Clone, Debug, Default)]
pub struct Origins(BTreeMap<ResourceId, BTreeMap<Path, Origin>>);

impl Origins {
    /// Remembers where a field stands.
    pub fn insert(&mut self, resource: &ResourceId, path: Path, origin: Origin) {
        self.0.entry(resource.clone()).or_default().insert(path, origin);
    }

    /// Where a field stands, or the nearest thing around it that is written.
    pub fn find(&self, resource: &ResourceId, path: &Path) -> Option<&Origin> {
        let fields = self.0.get(resource)?;
        let mut at = Some(path.clone());
        while let Some(path) = at {
            if let Some(origin) = fields.get(&path) {
                return Some(origin);
            }
            at = path.parent();
        }
        None
    }
}
