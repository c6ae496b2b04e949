//! From a document that follows its schema to a noun: what no schema can say is checked here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::diagnostic::Diagnostic;
use super::document::{Annotations, Noun};
use super::kinds::{IgnoreSpec, ModelText, ServiceSpec, TagSpec, TaskDefinitionSpec};
use super::node::Node;
use super::role_kinds::{DecryptSpec, EnvFileSpec, ExecutionRoleSpec, GrantSpec};
use super::{advice, secret_use};
use crate::model::arn::Arn;
use crate::model::id::{ClusterName, Family, KeyId, Kind, Name, ResourceId, RoleName, ServiceName};
use crate::model::path::Path;
use crate::model::revision::Revision;
use crate::model::role::{ExecutionRole, ExtraGrant, RoleMode};
use crate::model::service::{Rollout, Service, ServiceFields};
use crate::model::shapes::{SERVICE_CONTENT_MEMBERS, SERVICE_UPDATE_MEMBERS, TASK_DEFINITION_CONTENT_MEMBERS};
use crate::model::tags::Tags;
use crate::model::task_definition::{RoleUse, TaskDefinition};

/// Encrypted files by name, or why they cannot be read.
pub(super) type Encrypted = BTreeMap<String, Result<Vec<u8>, String>>;

/// Reads the nouns from documents that follow their schema.
pub(super) struct Reader<'r> {
    pub(super) file: &'r str,
    pub(super) node: &'r Node,
    pub(super) id: &'r ResourceId,
    pub(super) annotations: Annotations,
    pub(super) encrypted: &'r Encrypted,
    pub(super) out: &'r mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// What the document asks for; `None` where something is wrong with it.
    pub(super) fn noun(&mut self, spec: Value) -> Option<Noun> {
        Some(match self.id.kind {
            Kind::Secret => {
                let spec = self.decode(spec)?;
                Noun::Secret(self.secret(spec)?)
            }
            Kind::ExecutionRole => {
                let spec = self.decode(spec)?;
                Noun::Role(self.role(spec)?)
            }
            Kind::TaskDefinition => {
                let (own, content) = split(spec, &[TASK_DEFINITION_CONTENT_MEMBERS]);
                let own = self.decode(own)?;
                Noun::TaskDefinition(self.task_definition(own, content)?)
            }
            Kind::Service => {
                let (own, fields) = split(spec, &[SERVICE_CONTENT_MEMBERS, SERVICE_UPDATE_MEMBERS]);
                let own = self.decode(own)?;
                Noun::Service(self.service(own, fields)?)
            }
        })
    }

    fn decode<T: serde::de::DeserializeOwned>(&mut self, value: Value) -> Option<T> {
        match serde_json::from_value(value) {
            Ok(decoded) => Some(decoded),
            Err(error) => {
                let help = "`evenkeel schema KIND` prints what each field takes";
                self.out.push(Diagnostic::error(self.file, &self.node.span, error.to_string()).help(help));
                None
            }
        }
    }

    /// Reports something about a member of `spec`.
    pub(super) fn wrong(&mut self, member: &str, message: impl Into<String>) -> Diagnostic {
        let spec = self.node.get("spec");
        let key = spec.and_then(|spec| spec.key(member)).map(|key| &key.span);
        Diagnostic::error(self.file, key.unwrap_or(&self.node.span), message)
    }

    pub(super) fn own_name(&self, written: Option<String>) -> String {
        written.unwrap_or_else(|| self.id.name.to_string())
    }

    fn role(&mut self, spec: ExecutionRoleSpec) -> Option<ExecutionRole> {
        let ExecutionRoleSpec { role_name, mode, path, permissions_boundary, managed_policy_arns, narrow, grants } =
            spec;
        let mut extra = Vec::new();
        for grant in grants.into_iter().flatten() {
            let GrantSpec { parameter, env_file, pull_through, decrypt } = grant;
            let each = [
                parameter.map(ExtraGrant::Parameter),
                env_file.map(|EnvFileSpec { bucket, key }| ExtraGrant::EnvFile { bucket, key }),
                pull_through.map(ExtraGrant::PullThrough),
                decrypt.map(|DecryptSpec { key, through: ModelText(through) }| ExtraGrant::Decrypt {
                    key: KeyId::new(key),
                    through,
                }),
            ];
            let mut given = each.into_iter().flatten();
            let (Some(one), None) = (given.next(), given.next()) else {
                let message = "a grant takes exactly one of `parameter`, `envFile`, `pullThrough` and `decrypt`";
                let found = self.wrong("grants", message);
                self.out.push(found.help("write a grant for each"));
                return None;
            };
            extra.push(one);
        }
        let mode = mode.map(|mode| mode.0).unwrap_or_default();
        let whole = [
            ("permissionsBoundary", permissions_boundary.is_some()),
            ("managedPolicyArns", managed_policy_arns.is_some()),
        ];
        for (member, _) in whole.into_iter().filter(|(_, given)| *given && mode != RoleMode::ManageRole) {
            let found = self.wrong(member, format!("`{member}` needs `mode: ManageRole`"));
            self.out.push(found.help("leave it out, or let evenkeel manage the whole role"));
        }
        Some(ExecutionRole {
            role_name: RoleName::new(self.own_name(role_name)),
            mode,
            path: path.unwrap_or_else(|| "/".to_owned()),
            permissions_boundary: permissions_boundary.map(Arn::new),
            managed_policy_arns: managed_policy_arns.map(|arns| arns.into_iter().map(Arn::new).collect()),
            narrow: narrow.unwrap_or(false),
            grants: extra,
            adopt: self.annotations.adopt,
        })
    }

    fn task_definition(&mut self, own: TaskDefinitionSpec, mut content: Map<String, Value>) -> Option<TaskDefinition> {
        let TaskDefinitionSpec {
            family,
            execution_role_ref,
            execution_role_arn,
            secret_pinning,
            keep_revisions,
            tags,
            ignore_differences,
        } = own;
        if execution_role_ref.is_some() && execution_role_arn.is_some() {
            let found = self.wrong("executionRoleArn", "`executionRoleRef` and `executionRoleArn` exclude each other");
            let help = "keep `executionRoleRef` for an ExecutionRole of these manifests, `executionRoleArn` for any other role";
            self.out.push(found.help(help));
        }
        let named = execution_role_ref.map(|reference| self.name(&reference.name)).transpose().ok()?;
        let raw = execution_role_arn.map(|arn| RoleUse::Raw(Arn::new(arn)));
        let tags = self.listed_tags(tags).ok()?.unwrap_or_default();
        let ignore = self.ignored(ignore_differences)?;
        let secrets = secret_use::take(&mut content);
        for (slot, used) in &secrets {
            if let Err(message) = used {
                let found = self.wrong("containerDefinitions", format!("{}: {message}", slot.path()));
                self.out.push(found.help("write `{secretRef: {name: …}}`, or `{valueFrom: …}`"));
            }
        }
        let secrets =
            secrets.into_iter().map(|(slot, used)| Some((slot, used.ok()?))).collect::<Option<BTreeMap<_, _>>>()?;
        Some(TaskDefinition {
            family: Family::new(self.own_name(family)),
            execution_role: named.map(RoleUse::Declared).or(raw),
            pinning: secret_pinning.map(|pinning| pinning.0),
            keep_revisions,
            content: Revision::written(Value::Object(content)),
            secrets,
            tags,
            ignore,
            adopt: self.annotations.adopt,
        })
    }

    fn service(&mut self, own: ServiceSpec, fields: Map<String, Value>) -> Option<Service> {
        let ServiceSpec {
            service_name,
            cluster,
            task_definition_ref,
            rollout,
            drift_policy,
            suspend,
            tags,
            ignore_differences,
        } = own;
        let default = Rollout::default();
        let rollout = match rollout {
            None => default,
            Some(written) => Rollout {
                on_secret_change: written.on_secret_change.map_or(default.on_secret_change, |word| word.0),
                debounce: written.debounce.map_or(default.debounce, |period| period.0),
                timeout: written.timeout.map_or(default.timeout, |period| period.0),
                wave: written.wave.unwrap_or(default.wave),
                retry: written.retry.unwrap_or(default.retry),
            },
        };
        let cluster = cluster.unwrap_or_else(|| "default".to_owned());
        Some(Service {
            service_name: ServiceName::new(self.own_name(service_name)),
            cluster: ClusterName::new(cluster.rsplit('/').next().unwrap_or_default()),
            cluster_arn: Arn::parse(&cluster),
            task_definition: self.name(&task_definition_ref.name).ok()?,
            fields: ServiceFields::new(fields),
            tags: self.listed_tags(tags).ok()?,
            rollout,
            drift_policy: drift_policy.map(|word| word.0).unwrap_or_default(),
            suspend: suspend.unwrap_or(false),
            ignore: self.ignored(ignore_differences)?,
            adopt: self.annotations.adopt,
            retry_after: self.annotations.retry,
        })
    }

    fn name(&mut self, text: &str) -> Result<Name, ()> {
        Name::parse(text).ok_or_else(|| {
            let message = format!("`{text}` is no name of a manifest");
            let help = format!("a name {}", advice::LABEL);
            self.out.push(Diagnostic::error(self.file, &self.node.span, message).help(help));
        })
    }

    fn listed_tags(&mut self, tags: Option<Vec<TagSpec>>) -> Result<Option<Tags>, ()> {
        let pairs = tags.map(|tags| tags.into_iter().map(|TagSpec { key, value }| (key, value.unwrap_or_default())));
        pairs.map(|pairs| self.tags(pairs)).transpose()
    }

    pub(super) fn tags(&mut self, pairs: impl Iterator<Item = (String, String)>) -> Result<Tags, ()> {
        let mut tags = Tags::new();
        for (key, value) in pairs {
            if key.starts_with("aws:") || key.starts_with("evenkeel.dev/") {
                let message = format!("the tag `{key}` is reserved");
                let found = self.wrong("tags", message);
                self.out.push(found.help("use another prefix"));
                return Err(());
            }
            tags.insert(key, value);
        }
        Ok(tags)
    }

    fn ignored(&mut self, written: Option<Vec<IgnoreSpec>>) -> Option<Vec<Path>> {
        let mut paths = BTreeSet::new();
        for IgnoreSpec { path } in written.into_iter().flatten() {
            match path.parse() {
                Ok(path) => drop(paths.insert(path)),
                Err(error) => {
                    let error: crate::model::path::BadPath = error;
                    let found = self.wrong("ignoreDifferences", error.to_string());
                    self.out.push(found.help("write it as in `containerDefinitions[web].image`"));
                    return None;
                }
            }
        }
        Some(paths.into_iter().collect())
    }
}

/// evenkeel's own members, and ECS's.
fn split(spec: Value, ecs: &[&[&str]]) -> (Value, Map<String, Value>) {
    let members = if let Value::Object(members) = spec { members } else { Map::new() };
    let is_ecs = |name: &str| ecs.iter().any(|names| names.contains(&name));
    let (theirs, own): (Map<_, _>, Map<_, _>) = members.into_iter().partition(|(name, _)| is_ecs(name));
    (Value::Object(own), theirs)
}
