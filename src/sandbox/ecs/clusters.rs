//! `CreateCluster`, `DescribeClusters` and `ListClusters`.
//!
//! Ledger: V46, W12.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault;
use super::names::cluster_name;
use super::paging::{Wanted, listed};
use super::services::ServiceStatus;
use super::tagging::tag_list;
use crate::sandbox::page::Order;
use crate::sandbox::tags::{self, Tag, Tags};
use crate::sandbox::wire::{Outcome, parse};
use crate::sandbox::world::World;

/// BC DescribeClusters.
const MOST_CLUSTERS: usize = 100;

/// A cluster. There is room for any task in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// Name, unique in the Region.
    pub name: String,
    /// ARN.
    pub arn: String,
    /// Tags.
    pub tags: Tags,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Creation {
    cluster_name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    clusters: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(super) fn create_cluster(world: &mut World, input: &Value) -> Outcome {
    let input: Creation = parse(input)?;
    let name = input.cluster_name.unwrap_or_else(|| "default".to_owned());
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.is_empty() || name.len() > 255 || !name.bytes().all(is_name) {
        return Err(fault::invalid("Cluster name must match ^[a-zA-Z0-9\\-_]{1,255}$."));
    }
    // An existing cluster is given back as it is.
    if !world.ecs.clusters.contains_key(&name) {
        let most = world.quotas.clusters;
        if world.ecs.clusters.len() >= most {
            return Err(fault::client(format!("The account has reached its limit of {most} clusters.")));
        }
        let tags = tags::merged(&Tags::new(), &input.tags).map_err(|fault| fault::tags(&fault))?;
        let arn = world.place().arn("ecs", &format!("cluster/{name}"));
        world.ecs.clusters.insert(name.clone(), Cluster { name: name.clone(), arn, tags });
    }
    let cluster = world.ecs.clusters.get(&name).ok_or_else(fault::no_such_cluster)?;
    Ok(json!({"cluster": view(world, cluster, true)}))
}

pub(super) fn describe_clusters(world: &mut World, input: &Value) -> Outcome {
    let input: Description = parse(input)?;
    if input.clusters.len() > MOST_CLUSTERS {
        return Err(fault::invalid(format!("Clusters list cannot exceed {MOST_CLUSTERS} clusters.")));
    }
    let asked = if input.clusters.is_empty() { vec!["default".to_owned()] } else { input.clusters };
    let with_tags = input.include.iter().any(|field| field == "TAGS");
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for id in &asked {
        let name = cluster_name(Some(id));
        if let Some(cluster) = world.ecs.clusters.get(name) {
            clusters.push(view(world, cluster, with_tags));
        } else {
            let arn = world.place().arn("ecs", &format!("cluster/{name}"));
            failures.push(json!({"arn": arn, "reason": "MISSING"}));
        }
    }
    Ok(json!({"clusters": clusters, "failures": failures}))
}

pub(super) fn list_clusters(world: &mut World, input: &Value) -> Outcome {
    let input: Listing = parse(input)?;
    let entries = world.ecs.clusters.values().map(|cluster| (cluster.name.clone(), json!(cluster.arn)));
    let token = input.next_token.as_deref();
    let wanted = Wanted { order: Order::Ascending, token, size: input.max_results, usual_size: 100 };
    listed("ListClusters", "clusterArns", entries, &wanted)
}

fn view(world: &World, cluster: &Cluster, with_tags: bool) -> Value {
    let services = world.ecs.services.values().filter(|service| service.key.cluster() == cluster.name);
    let tasks = world.ecs.tasks.values().filter(|task| task.service.cluster() == cluster.name);
    json!({
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": tasks.clone().filter(|task| task.is_running()).count(),
        "pendingTasksCount": tasks.filter(|task| task.is_pending()).count(),
        "activeServicesCount": services.filter(|service| service.status == ServiceStatus::Active).count(),
        "statistics": [],
        "tags": if with_tags { tag_list(&cluster.tags) } else { Vec::new() },
        "settings": [],
        "capacityProviders": [],
        "defaultCapacityProviderStrategy": [],
    })
}
