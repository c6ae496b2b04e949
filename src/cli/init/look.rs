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
use crate::model::observed::{Observed, Seen, seen};
use crate::model::role::{ExecutionRole, ObservedRole};
use crate::model::secret::{ObservedSecret, Secret};
use crate::model::service::{ObservedService, Service, ServiceFields};
use crate::model::task_definition::ObservedRevision;

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
        let asked = asked_for.iter().any(|(c, n)| (c, n) == (cluster, name));
        match judged(&observed, &numbered(index), asked) {
            Ok(Some((service, revision))) => found.push(LiveService {
                cluster: cluster.clone(),
                name: name.clone(),
                service: service.clone(),
                revision: revision.clone(),
            }),
            Ok(None) => {}
            Err((why, exit)) => refused.push(Refused { service: format!("{cluster}/{name}"), why, exit }),
        }
    }
    found
}

/// A service and what it runs, or why it is refused; neither where a list still had what nobody asked for and nobody has.
fn judged<'o>(
    observed: &'o Observed,
    name: &Name,
    asked: bool,
) -> Result<Option<(&'o ObservedService, &'o ObservedRevision)>, (String, Exit)> {
    let service = match seen(&observed.services, name) {
        Ok(Some(service)) => service,
        Ok(None) if asked => return Err(("does not exist".to_owned(), Exit::No)),
        Ok(None) => return Ok(None),
        Err(why) => return Err((format!("could not be read: {why}"), Exit::Failed)),
    };
    if let Some(why) = unsupported(service) {
        return Err((why, Exit::No));
    }
    let runs = &service.task_definition;
    match seen(&observed.revisions, runs) {
        Ok(Some(revision)) => Ok(Some((service, revision))),
        Ok(None) => Err((format!("runs {runs}, which does not exist"), Exit::No)),
        Err(why) => Err((format!("runs {runs}, which could not be read: {why}"), Exit::Failed)),
    }
}

/// What no manifest can ask for.
fn unsupported(service: &ObservedService) -> Option<String> {
    let foreign = service.fields.foreign_controller().map(|controller| {
        format!("has the deployment controller {controller}: someone else drives its rollouts, and evenkeel does not manage it")
    });
    let leaving = || service.is_draining().then(|| "is being deleted: its last tasks are draining".to_owned());
    foreign.or_else(leaving)
}

/// The roles and secrets that the services name.
async fn named(
    aws: &Aws,
    nothing: &Desired,
    roles: BTreeSet<RoleName>,
    secrets: BTreeSet<Arn>,
) -> (BTreeMap<RoleName, Seen<ObservedRole>>, BTreeMap<Arn, Seen<ObservedSecret>>) {
    let mut desired = nothing.clone();
    let role = |name: &RoleName| ExecutionRole::observed(name.clone());
    desired.roles = roles.iter().enumerate().map(|(index, name)| (numbered(index), role(name))).collect();
    let reference = |arn: &Arn| Secret::reference(SecretName::new(arn.as_str()));
    desired.secrets = secrets.iter().enumerate().map(|(index, arn)| (numbered(index), reference(arn))).collect();
    let mut observed = aws.observe(&desired).await;
    // What was not looked at has no entry, which is read as unreadable.
    let roles = roles.into_iter().enumerate();
    let roles = roles.filter_map(|(index, name)| Some((name, observed.roles.remove(&numbered(index))?)));
    let secrets = secrets.into_iter().enumerate();
    let secrets = secrets.filter_map(|(index, arn)| Some((arn, observed.secrets.remove(&numbered(index))?)));
    (roles.collect(), secrets.collect())
}

/// A manifest that nobody wrote, for a service that is to be read.
fn stub(cluster: &ClusterName, name: &ServiceName, fields: &ServiceFields) -> Service {
    Service::new(name.clone(), cluster.clone(), numbered(0), fields.clone())
}

fn numbered(index: usize) -> Name {
    match Name::parse(&format!("n{index}")) {
        Some(name) => name,
        None => unreachable!("a letter and digits are a name"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arn::Scope;
    use crate::model::id::{AccountId, Partition, Region};
    use crate::model::time::Timestamp;

    #[test]
    fn what_was_not_looked_at_is_refused_as_unreadable() {
        let scope = Scope {
            partition: Partition::new("aws"),
            account: AccountId::new("123456789012"),
            region: Region::new("eu-west-1"),
        };
        let mut observed = Observed::nothing(Timestamp::from_millis(0), scope);
        let unseen = |what: &str| Err((format!("{what}could not be read: it was not looked at"), Exit::Failed));
        assert_eq!(judged(&observed, &numbered(0), false), unseen(""));
        let service = ObservedService {
            arn: Arn::new("arn:web"),
            status: "ACTIVE".to_owned(),
            task_definition: Arn::new("arn:web:1"),
            fields: ServiceFields::default(),
            tags: BTreeMap::new(),
            deployments: Vec::new(),
            lacks: None,
        };
        observed.services.insert(numbered(0), Seen::Present(service));
        assert_eq!(judged(&observed, &numbered(0), false), unseen("runs arn:web:1, which "));
    }
}
