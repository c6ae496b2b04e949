//! One application: a family, the services that run it, and what those need. Each choice is the one that changes nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::secrets::{self, Secrets, Verdict};
use super::{Doubt, File, Import, LiveService, fields, role_name, suspicious};
use crate::model::arn::Arn;
use crate::model::id::{Family, Kind, Name, ResourceId, RoleName, SecretName};
use crate::model::observed::Seen;
use crate::model::path::Path;
use crate::model::role::{ExecutionRole, ObservedRole, RoleMode, policy_name};
use crate::model::secret::Secret;
use crate::model::secret_source::{Place, Slot};
use crate::model::service::Service;
use crate::model::tags::{self, Tags};
use crate::model::task_definition::{ObservedRevision, Pinning, RoleUse, SecretUse, TaskDefinition};

impl Import<'_> {
    pub(super) fn application(&mut self, family: &Family, services: &[&LiveService]) -> File {
        let newest = services.iter().max_by_key(|live| live.service.task_definition.revision());
        let ours = newest.and_then(|newest| self.own_name(Kind::TaskDefinition, &newest.revision.tags));
        let name = self.names.take(Kind::TaskDefinition, &first(ours.as_ref(), &[family.as_str()]));
        let id = ResourceId::new(Kind::TaskDefinition, &name);
        if let Some(newest) = newest {
            self.task_definition(&name, &newest.revision);
        }
        let mut resources = vec![id];
        for live in services {
            let service = self.service(&name, live);
            if newest.is_some_and(|newest| newest.revision.revision != live.revision.revision) {
                let text = "runs another revision than the newest of its family's services, and they share a task definition: the next apply would bring it to the same";
                self.doubt(&service, text);
            }
            resources.push(service);
        }
        File { name, resources }
    }

    fn task_definition(&mut self, name: &Name, live: &ObservedRevision) {
        let id = ResourceId::new(Kind::TaskDefinition, name);
        let ObservedRevision { family, status: _, revision, tags } = live;
        let judge = Secrets { scope: self.live.scope, live: self.live.secrets };
        let verdicts: BTreeMap<Slot, Verdict> =
            revision.secrets.iter().map(|(slot, source)| (slot.clone(), judge.judge(slot, source))).collect();
        let pinning = secrets::common(&verdicts);
        if pinning == Some(Pinning::Unwatched) {
            self.say(&id, Path::of("secretPinning"), UNWATCHED);
        }
        let mut uses: BTreeMap<Slot, SecretUse> = BTreeMap::new();
        for (slot, verdict) in &verdicts {
            match verdict {
                Verdict::Declared { secret, .. } => self.secret(name, secret),
                Verdict::Raw(_, Some(why)) => {
                    let place = match slot.place {
                        Place::Registry => slot.path().member("credentialsParameter"),
                        Place::Environment(_) | Place::LogOption(_) => slot.path(),
                    };
                    self.say(&id, place, why.clone());
                }
                Verdict::Raw(_, None) => {}
            }
            let named = |secret: &Arn| {
                let name = self.secrets.get(&SecretName::new(secret.secret_name()))?;
                Some((name.clone(), self.existing.secrets.get(name).map_or(Pinning::Current, Secret::pinning)))
            };
            uses.extend(secrets::used(verdict, pinning, named).map(|used| (slot.clone(), used)));
        }
        let execution_role = revision.execution_role.as_ref().map(|arn| self.role(name, arn));
        self.suspect(&id, &revision.content.to_value());
        let definition = TaskDefinition {
            family: family.clone(),
            execution_role,
            pinning,
            content: fields::content(&revision.content),
            secrets: uses,
            tags: tags::of_the_user(tags),
            ignore: Vec::new(),
            keep_revisions: None,
            adopt: false,
        };
        self.imported.desired.task_definitions.insert(name.clone(), definition);
    }

    /// Declares a secret, where nothing does yet.
    fn secret(&mut self, user: &Name, arn: &Arn) {
        let secret_name = SecretName::new(arn.secret_name());
        let declared = self.secrets.get(&secret_name).cloned();
        let name = declared.unwrap_or_else(|| {
            let name = self.names.take(Kind::Secret, &[secret_name.as_str()]);
            self.secrets.insert(secret_name.clone(), name.clone());
            self.imported.desired.secrets.insert(name.clone(), Secret::reference(secret_name));
            name
        });
        self.used_by.entry(ResourceId::new(Kind::Secret, &name)).or_default().insert(user.clone());
    }

    /// Declares a role, where nothing does yet; one that cannot be seen is named by its ARN.
    fn role(&mut self, user: &Name, arn: &Arn) -> RoleUse {
        let raw = RoleUse::Raw(arn.clone());
        let Some(role_name) = role_name(self.live.scope, arn) else { return raw };
        let role = match self.live.roles.get(&role_name) {
            Some(Seen::Present(role)) => role,
            unseen => {
                let text = match unseen {
                    Some(Seen::Absent) => "There is no such role, so new tasks cannot start.",
                    _ => "The role could not be read, so nothing is known of it here.",
                };
                self.say(&ResourceId::new(Kind::TaskDefinition, user), Path::of("executionRoleArn"), text);
                return raw;
            }
        };
        if role.arn != *arn {
            return raw;
        }
        let declared = self.roles.get(&role_name).cloned();
        let name = declared.unwrap_or_else(|| {
            let ours = self.own_name(Kind::ExecutionRole, &role.tags);
            let name = self.names.take(Kind::ExecutionRole, &first(ours.as_ref(), &[role_name.as_str()]));
            self.roles.insert(role_name.clone(), name.clone());
            let noun = self.role_noun(&name, &role_name, role);
            self.imported.desired.roles.insert(name.clone(), noun);
            name
        });
        self.used_by.entry(ResourceId::new(Kind::ExecutionRole, &name)).or_default().insert(user.clone());
        RoleUse::Declared(name)
    }

    /// What this installation manages already stays managed; everything else is looked at and left alone.
    fn role_noun(&mut self, name: &Name, role_name: &RoleName, live: &ObservedRole) -> ExecutionRole {
        let installation = self.live.installation;
        let mode = if self.live.observe_only.contains(role_name) {
            RoleMode::Observe
        } else if tags::is_ours(&live.tags, installation) {
            RoleMode::ManageRole
        } else if live.inline.contains_key(&policy_name(installation)) {
            RoleMode::ManagePolicy
        } else {
            RoleMode::Observe
        };
        if mode == RoleMode::Observe {
            self.say(&ResourceId::new(Kind::ExecutionRole, name), Path::of("mode"), OBSERVED);
        }
        let observed = ExecutionRole::observed(role_name.clone());
        match mode {
            RoleMode::ManageRole => ExecutionRole {
                mode,
                path: live.path.clone(),
                permissions_boundary: live.permissions_boundary.clone(),
                managed_policy_arns: Some(live.attached.clone()).filter(|attached| !attached.is_empty()),
                ..observed
            },
            RoleMode::ManagePolicy | RoleMode::Observe => ExecutionRole { mode, ..observed },
        }
    }

    fn service(&mut self, task_definition: &Name, live: &LiveService) -> ResourceId {
        let LiveService { cluster, name: service_name, service, revision: _ } = live;
        let both = format!("{cluster}-{service_name}");
        let ours = self.own_name(Kind::Service, &service.tags);
        let name = self.names.take(Kind::Service, &first(ours.as_ref(), &[service_name.as_str(), &both]));
        let id = ResourceId::new(Kind::Service, &name);
        if !service.fields.is_daemon() {
            let count = service.desired_count();
            let text = format!(
                "desiredCount is {count} now, and left to autoscaling and people: written here, evenkeel keeps it."
            );
            self.say(&id, Path::of("taskDefinitionRef"), text);
        }
        if service.is_rolling() {
            self.doubt(&id, "is being deployed: what is written is what that deployment brings");
        }
        let judge = Secrets { scope: self.live.scope, live: self.live.secrets };
        let fields = fields::service(service);
        let fields = fields::refer(&fields, |slot, source| match judge.judge(slot, source) {
            Verdict::Declared { secret, key, stage, pin: Pinning::Unwatched } => {
                self.secret(task_definition, &secret);
                let name = self.secrets.get(&SecretName::new(secret.secret_name()))?;
                Some((name.clone(), key, stage))
            }
            Verdict::Declared { .. } | Verdict::Raw(..) => None,
        });
        let own: Tags = tags::of_the_user(&service.tags);
        let noun = Service {
            tags: Some(own).filter(|tags| !tags.is_empty()),
            ..Service::new(service_name.clone(), cluster.clone(), task_definition.clone(), fields)
        };
        self.imported.desired.services.insert(name, noun);
        id
    }

    /// What the manifest is called of what this installation manages already: another name would be a difference.
    fn own_name(&self, kind: Kind, tags: &Tags) -> Option<Name> {
        let resource = ResourceId::parse(tags.get(tags::RESOURCE)?)?;
        (tags::is_ours(tags, self.live.installation) && resource.kind == kind).then_some(resource.name)
    }

    /// Variables that look as if they should be secrets: their names.
    fn suspect(&mut self, id: &ResourceId, content: &Value) {
        let containers = content.get("containerDefinitions").and_then(Value::as_array).into_iter().flatten();
        for container in containers {
            let text =
                |value: &Value, member: &str| value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
            let at = Path::of("containerDefinitions").element(&text(container, "name")).member("environment");
            let variables = container.get("environment").and_then(Value::as_array).into_iter().flatten();
            for variable in variables {
                let name = text(variable, "name");
                if suspicious::is_suspicious(&name, &text(variable, "value")) {
                    let place = at.element(&name);
                    self.doubt(
                        id,
                        format!("{place} looks like a secret in plain text: a Secret would keep it out of Git"),
                    );
                    self.say(id, place, SUSPICIOUS);
                }
            }
        }
    }

    fn say(&mut self, of: &ResourceId, at: Path, text: impl Into<String>) {
        self.imported.remarks.say(of, at, text);
    }

    fn doubt(&mut self, about: &ResourceId, text: impl Into<String>) {
        self.imported.doubts.push(Doubt { about: about.clone(), text: text.into() });
    }
}

fn first<'n>(ours: Option<&'n Name>, others: &[&'n str]) -> Vec<&'n str> {
    ours.map(Name::as_str).into_iter().chain(others.iter().copied()).collect()
}

const UNWATCHED: &str = "Unwatched: as before, tasks read these secrets when they start, and a new version redeploys nothing. \
     Without this line the next apply redeploys once, to record the versions; from then on every new version is rolled out.";

const OBSERVED: &str = "Observe: the role is looked at, and left as it is. ManagePolicy would own one inline policy with what the \
     task definitions need, beside those that are there; ManageRole the whole role, once it is adopted.";

const SUSPICIOUS: &str = "Looks like a secret in plain text: a Secret and `secrets` would keep it out of Git.";
