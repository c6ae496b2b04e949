//! From what is there to nouns that ask for exactly that, so that nothing differs: what `evenkeel init` writes.
//!
//! Pure: whoever calls has looked. Where something could be written in more than one way, the one that changes nothing is
//! chosen, and a remark says which others there are.

mod application;
mod fields;
mod names;
mod secrets;
mod suspicious;

use std::collections::{BTreeMap, BTreeSet};

use super::write::Remarks;
use crate::model::arn::{Arn, Scope};
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Family, Installation, Kind, Name, ResourceId, RoleName, SecretName, ServiceName};
use crate::model::observed::Seen;
use crate::model::role::ObservedRole;
use crate::model::secret::ObservedSecret;
use crate::model::secret_source::SecretSource;
use crate::model::service::ObservedService;
use crate::model::task_definition::ObservedRevision;
use names::Names;

/// A service as it is, with the revision that it runs.
#[derive(Clone, Debug)]
pub struct LiveService {
    /// Its cluster.
    pub cluster: ClusterName,
    /// Its name.
    pub name: ServiceName,
    /// What ECS says of it.
    pub service: ObservedService,
    /// What it runs.
    pub revision: ObservedRevision,
}

/// Everything that manifests are to be written for.
pub struct Live<'l> {
    /// Where.
    pub scope: &'l Scope,
    /// Whose manifests they become.
    pub installation: &'l Installation,
    /// The services.
    pub services: &'l [LiveService],
    /// The roles that they start with, by name.
    pub roles: &'l BTreeMap<RoleName, Seen<ObservedRole>>,
    /// The secrets that they name, by ARN.
    pub secrets: &'l BTreeMap<Arn, Seen<ObservedSecret>>,
    /// Roles that are only to be looked at, whatever their tags say.
    pub observe_only: &'l BTreeSet<RoleName>,
}

/// The manifests, as nouns.
pub struct Imported {
    /// What they ask for.
    pub desired: Desired,
    /// What is to be said beside it.
    pub remarks: Remarks,
    /// One for each application, and one for what several share.
    pub files: Vec<File>,
    /// What a person should know.
    pub doubts: Vec<Doubt>,
}

/// The documents of one file, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder and an extension.
    pub name: Name,
    /// What stands in it.
    pub resources: Vec<ResourceId>,
}

/// Something that a person should look at. Never a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// What it is about.
    pub about: ResourceId,
    /// What is doubtful.
    pub text: String,
}

/// The roles and the secrets that should be read before manifests can be written.
pub fn references(scope: &Scope, services: &[LiveService]) -> (BTreeSet<RoleName>, BTreeSet<Arn>) {
    let roles = services.iter().filter_map(|live| role_name(scope, live.revision.revision.execution_role.as_ref()?));
    let of_tasks = services.iter().flat_map(|live| live.revision.revision.secrets.values().cloned());
    let of_services = services.iter().flat_map(|live| fields::log_secrets(live.service.fields.canonical()));
    let secrets = of_tasks.chain(of_services).filter_map(|source| match source {
        SecretSource::Secret { arn, .. } => Some(arn),
        SecretSource::Other(_) => None,
    });
    let here = |arn: &Arn| arn.account() == scope.account.as_str() && arn.region() == scope.region.as_str();
    (roles.collect(), secrets.filter(here).collect())
}

/// The name of a role of this account.
fn role_name(scope: &Scope, arn: &Arn) -> Option<RoleName> {
    let name = arn.resource().strip_prefix("role/")?.rsplit('/').next()?;
    (arn.service() == "iam" && arn.account() == scope.account.as_str()).then(|| RoleName::new(name))
}

/// Writes the nouns. What `existing` manifests declare already is used as it is, and their names are not taken again.
pub fn import<'l>(live: &'l Live<'l>, existing: &'l Desired) -> Imported {
    let mut taken: BTreeSet<ResourceId> = existing.broken.keys().cloned().collect();
    taken.extend(existing.ids());
    let mut import = Import {
        live,
        existing,
        names: Names::beside(taken),
        secrets: existing.secrets.iter().map(|(name, secret)| (secret.secret_name.clone(), name.clone())).collect(),
        roles: existing.roles.iter().map(|(name, role)| (role.role_name.clone(), name.clone())).collect(),
        used_by: BTreeMap::new(),
        imported: Imported {
            desired: Desired::empty(live.installation.clone()),
            remarks: Remarks::default(),
            files: Vec::new(),
            doubts: Vec::new(),
        },
    };
    let mut families: BTreeMap<&Family, Vec<&LiveService>> = BTreeMap::new();
    for service in live.services {
        families.entry(&service.revision.family).or_default().push(service);
    }
    let applications: Vec<File> =
        families.iter().map(|(family, services)| import.application(family, services)).collect();
    import.finish(applications)
}

struct Import<'l> {
    live: &'l Live<'l>,
    /// What is declared elsewhere.
    existing: &'l Desired,
    names: Names,
    /// The manifests of what is declared so far, here or elsewhere.
    secrets: BTreeMap<SecretName, Name>,
    roles: BTreeMap<RoleName, Name>,
    /// Which task definitions use what was written here.
    used_by: BTreeMap<ResourceId, BTreeSet<Name>>,
    imported: Imported,
}

impl Import<'_> {
    /// What one application alone uses stands in its file; what several do, in one of its own.
    fn finish(mut self, mut applications: Vec<File>) -> Imported {
        let mut shared = Vec::new();
        for (id, users) in std::mem::take(&mut self.used_by) {
            let written = self.imported.desired.secrets.contains_key(&id.name) && id.kind == Kind::Secret
                || self.imported.desired.roles.contains_key(&id.name) && id.kind == Kind::ExecutionRole;
            let only = users.first().filter(|_| users.len() == 1);
            match applications.iter_mut().find(|file| Some(&file.name) == only) {
                _ if !written => {}
                Some(file) => file.resources.push(id),
                None => shared.push(id),
            }
        }
        for file in &mut applications {
            file.resources.sort();
        }
        if !shared.is_empty() {
            let taken = applications.iter().map(|file| ResourceId::new(Kind::TaskDefinition, &file.name));
            let name = Names::beside(taken).take(Kind::TaskDefinition, &["shared"]);
            applications.push(File { name, resources: shared });
        }
        self.imported.files = applications;
        self.imported.doubts.sort();
        self.imported
    }
}
