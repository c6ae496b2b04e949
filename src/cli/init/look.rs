//! What `init` looks at: services, the revisions that they run, and the roles and secrets that those name.
//!
//! Looks with the same reads as `diff`, for manifests that are made up for it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::args::InitServiceArgs;
use super::super::exit::Exit;
use super::Refused;
use crate::aws::Aws;
use crate::cloud::{Browse as _, Observe as _};
use crate::manifest::import::{LiveService, references};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{ClusterName, Name, RoleName, SecretName, ServiceName};
use crate::model::observed::Seen;
use crate::model::role::{ExecutionRole, ObservedRole, RoleMode};
use crate::model::secret::{ObservedSecret, Secret};
use crate::model::service::{DriftPolicy, ObservedService, Rollout, Service, ServiceFields};

/// What was seen.
pub(super) struct Looked {
    pub(super) services: Vec<LiveService>,
    pub(super) refused: Vec<Refused>,
    pub(super) roles: BTreeMap<RoleName, Seen<ObservedRole>>,
    pub(super) secrets: BTreeMap<Arn, Seen<ObservedSecret>>,
}

/// Looks at everything that the arguments name.
pub(super) async fn look(aws: &Aws, nothing: &Desired, args: &InitServiceArgs) -> Looked {
    let mut wanted: BTreeSet<(ClusterName, ServiceName)> = args.services.iter().cloned().collect();
    let mut refused = Vec::new();
    for cluster in &args.all {
        let cluster = ClusterName::new(cluster.rsplit('/').next().unwrap_or_default());
        match aws.services_of(&cluster).await {
            Seen::Present(names) => wanted.extend(names.into_iter().map(|name| (cluster.clone(), name))),
            Seen::Absent => refused.push(Refused {
                service: format!("{cluster}/*"),
                why: "cannot be listed: there is no such cluster".to_owned(),
                exit: Exit::No,
            }),
            Seen::Unreadable(why) => {
                let why = format!("cannot be listed: {why}");
                refused.push(Refused { service: format!("{cluster}/*"), why, exit: Exit::Failed });
            }
        }
    }
    let services = services(aws, nothing, wanted, &args.services, &mut refused).await;
    let (roles, secrets) = references(aws.scope(), &services);
    let (roles, secrets) = named(aws, nothing, roles, secrets).await;
    Looked { services, refused, roles, secrets }
}

async fn services(
    aws: &Aws,
    nothing: &Desired,
    wanted: BTreeSet<(ClusterName, ServiceName)>,
    asked_for: &[(ClusterName, ServiceName)],
    refused: &mut Vec<Refused>,
) -> Vec<LiveService> {
    // What only a service revision states is not worth losing the rest for.
    let whole = ["gatewayConnectors", "monitoring"].map(|name| (name.to_owned(), serde_json::json!([])));
    let stubs = |fields: &ServiceFields, numbers: &BTreeSet<usize>| {
        let mut desired = nothing.clone();
        let chosen = wanted.iter().enumerate().filter(|(index, _)| numbers.contains(index));
        desired.services =
            chosen.map(|(index, (cluster, name))| (numbered(index), stub(cluster, name, fields))).collect();
        desired
    };
    let all: BTreeSet<usize> = (0..wanted.len()).collect();
    let mut observed = aws.observe(&stubs(&ServiceFields::new(whole.into_iter().collect()), &all)).await;
    let unread: BTreeSet<usize> = all
        .into_iter()
        .filter(|index| matches!(observed.services.get(&numbered(*index)), Some(Seen::Unreadable(_))))
        .collect();
    if !unread.is_empty() {
        let again = aws.observe(&stubs(&ServiceFields::default(), &unread)).await;
        observed.services.extend(again.services);
        observed.revisions.extend(again.revisions);
    }
    let mut found = Vec::new();
    for (index, (cluster, name)) in wanted.iter().enumerate() {
        let mut refuse = |why: String, exit: Exit| {
            refused.push(Refused { service: format!("{cluster}/{name}"), why, exit });
        };
        let service = match observed.services.get(&numbered(index)) {
            Some(Seen::Present(service)) => service,
            // A list may still have what was deleted long ago.
            Some(Seen::Absent) if !asked_for.iter().any(|(c, n)| (c, n) == (cluster, name)) => continue,
            Some(Seen::Absent) => {
                refuse("does not exist".to_owned(), Exit::No);
                continue;
            }
            Some(Seen::Unreadable(why)) => {
                refuse(format!("could not be read: {why}"), Exit::Failed);
                continue;
            }
            None => continue,
        };
        if let Some(why) = unsupported(service) {
            refuse(why, Exit::No);
            continue;
        }
        match observed.revisions.get(&service.task_definition) {
            Some(Seen::Present(revision)) => found.push(LiveService {
                cluster: cluster.clone(),
                name: name.clone(),
                service: service.clone(),
                revision: revision.clone(),
            }),
            Some(Seen::Unreadable(why)) => {
                refuse(format!("runs {}, which could not be read: {why}", service.task_definition), Exit::Failed);
            }
            Some(Seen::Absent) | None => {
                refuse(format!("runs {}, which does not exist", service.task_definition), Exit::No);
            }
        }
    }
    found
}

/// What no manifest can ask for.
fn unsupported(service: &ObservedService) -> Option<String> {
    let controller =
        service.fields.written("deploymentController").and_then(|controller| controller.get("type")?.as_str());
    match controller {
        Some(other) if other != "ECS" => Some(format!(
            "has the deployment controller {other}: someone else drives its rollouts, and evenkeel does not manage it"
        )),
        _ if service.status == "DRAINING" => Some("is being deleted: its last tasks are draining".to_owned()),
        _ => None,
    }
}

/// The roles and secrets that the services name.
async fn named(
    aws: &Aws,
    nothing: &Desired,
    roles: BTreeSet<RoleName>,
    secrets: BTreeSet<Arn>,
) -> (BTreeMap<RoleName, Seen<ObservedRole>>, BTreeMap<Arn, Seen<ObservedSecret>>) {
    let mut desired = nothing.clone();
    let observed_role = |role_name: &RoleName| ExecutionRole {
        role_name: role_name.clone(),
        mode: RoleMode::Observe,
        path: "/".to_owned(),
        permissions_boundary: None,
        managed_policy_arns: None,
        narrow: false,
        grants: Vec::new(),
        adopt: false,
    };
    desired.roles = roles.iter().enumerate().map(|(index, name)| (numbered(index), observed_role(name))).collect();
    let reference = |arn: &Arn| Secret::reference(SecretName::new(arn.as_str()));
    desired.secrets = secrets.iter().enumerate().map(|(index, arn)| (numbered(index), reference(arn))).collect();
    let mut observed = aws.observe(&desired).await;
    let unseen = || "it was not looked at".to_owned();
    let roles = roles.into_iter().enumerate().map(|(index, name)| {
        let seen = observed.roles.remove(&numbered(index)).unwrap_or_else(|| Seen::Unreadable(unseen()));
        (name, seen)
    });
    let roles = roles.collect();
    let secrets = secrets.into_iter().enumerate().map(|(index, arn)| {
        let seen = observed.secrets.remove(&numbered(index)).unwrap_or_else(|| Seen::Unreadable(unseen()));
        (arn, seen)
    });
    (roles, secrets.collect())
}

/// A manifest that nobody wrote, for a service that is to be read.
fn stub(cluster: &ClusterName, name: &ServiceName, fields: &ServiceFields) -> Service {
    Service {
        service_name: name.clone(),
        cluster: cluster.clone(),
        cluster_arn: None,
        task_definition: numbered(0),
        fields: fields.clone(),
        tags: None,
        rollout: Rollout::default(),
        drift_policy: DriftPolicy::default(),
        suspend: false,
        ignore: Vec::new(),
        adopt: false,
        retry_after: None,
    }
}

fn numbered(index: usize) -> Name {
    match Name::parse(&format!("n{index}")) {
        Some(name) => name,
        None => unreachable!("a letter and digits are a name"),
    }
}
