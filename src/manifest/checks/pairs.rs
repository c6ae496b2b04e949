//! A service beside its task definition: what one names of the other, and what they need of each other.

use std::collections::BTreeMap;

use super::super::document::Document;
use super::super::node::Node;
use super::{Findings, connect, containers, fargate, key_span, name, partitions, platform, suggest};
use crate::model::id::{Kind, Name, ResourceId};

/// Looks at every service whose task definition is there; what is wrong is the service's.
pub(in super::super) fn pairs(documents: &BTreeMap<ResourceId, Document>) -> Vec<(&ResourceId, Findings<'_>)> {
    let mut out = Vec::new();
    for (id, document) in documents.iter().filter(|(id, _)| id.kind == Kind::Service) {
        let Some(service) = document.node.get("spec") else { continue };
        let wanted = service.at("taskDefinitionRef.name").first().and_then(|node| Name::parse(node.text()?));
        let of = wanted.map(|name| ResourceId::new(Kind::TaskDefinition, &name));
        let Some(task) = of.and_then(|of| documents.get(&of)?.node.get("spec")) else { continue };
        let mut found = Findings::new(&document.file);
        containers_and_ports(service, task, &mut found);
        volumes(service, task, &mut found);
        network(service, task, &mut found);
        on_fargate(service, task, documents, &mut found);
        out.push((id, found));
    }
    out.extend(connect::check(documents));
    out.extend(partitions::check(documents));
    out
}

/// Source: API model, LoadBalancer, ServiceRegistry, ServiceConnectService, VpcLatticeConfiguration.
fn containers_and_ports(service: &Node, task: &Node, found: &mut Findings<'_>) {
    let all = containers(task);
    for user in service.at("loadBalancers[]").into_iter().chain(service.at("serviceRegistries[]")) {
        let Some((place, wanted)) = user.get("containerName").and_then(|place| Some((place, place.text()?))) else {
            continue;
        };
        let Some(container) = all.iter().find(|container| name(container) == Some(wanted)) else {
            let help = suggest(wanted, all.iter().filter_map(name));
            found.wrong(&place.span, format!("the task definition has no container `{wanted}`"), help);
            continue;
        };
        let Some((place, port)) = user.get("containerPort").and_then(|place| Some((place, place.number()?))) else {
            continue;
        };
        let mappings = container.at("portMappings[]");
        if !mappings.iter().any(|mapping| maps(mapping, port)) {
            let known: Vec<String> = mappings
                .iter()
                .filter_map(|mapping| mapping.get("containerPort")?.number())
                .map(|port| port.to_string())
                .collect();
            let help = match known.as_slice() {
                [] => format!("add `portMappings: [{{containerPort: {port}}}]` to it"),
                known => format!("it maps {}", known.join(", ")),
            };
            found.wrong(&place.span, format!("the container `{wanted}` maps no port {port}"), help);
        }
    }
    let ports = || all.iter().flat_map(|container| container.at("portMappings[].name")).filter_map(Node::text);
    let users = ["serviceConnectConfiguration.services[].portName", "vpcLatticeConfigurations[].portName"];
    for place in users.iter().flat_map(|path| service.at(path)) {
        let wanted = place.text().unwrap_or_default();
        if !ports().any(|port| port == wanted) {
            found.wrong(
                &place.span,
                format!("no port of the task definition is named `{wanted}`"),
                suggest(wanted, ports()),
            );
        }
    }
}

/// Source: API model, ServiceVolumeConfiguration, and Volume.configuredAtLaunch: "specify a volumeConfigurations object".
fn volumes(service: &Node, task: &Node, found: &mut Findings<'_>) {
    let launch = || {
        task.at("volumes[]")
            .into_iter()
            .filter(|volume| volume.get("configuredAtLaunch").is_some_and(Node::is_true))
            .filter_map(name)
    };
    // Absent means not managed, which is right for a service that is there already.
    let configured = service.get("volumeConfigurations").filter(|list| list.elements().is_empty());
    if let (Some(_), Some(volume)) = (configured, launch().next()) {
        let message = format!("the volume `{volume}` is configured at launch, and nothing configures it");
        let help = format!("add `volumeConfigurations: [{{name: {volume}, managedEBSVolume: {{…}}}}]`");
        found.doubt(key_span(service, "volumeConfigurations"), message, help);
    }
    for place in service.at("volumeConfigurations[].name") {
        let wanted = place.text().unwrap_or_default();
        if !launch().any(|volume| volume == wanted) {
            let help = "give that volume `configuredAtLaunch: true` in the task definition";
            found.wrong(
                &place.span,
                format!("the task definition has no volume `{wanted}` that is configured at launch"),
                help,
            );
        }
    }
}

fn maps(mapping: &Node, port: i64) -> bool {
    let range = mapping.get("containerPortRange").and_then(|node| node.text()?.split_once('-'));
    let inside = range.and_then(|(low, high)| Some((low.parse::<i64>().ok()?, high.parse::<i64>().ok()?)));
    let single = mapping.get("containerPort").and_then(Node::number) == Some(port);
    single || inside.is_some_and(|(low, high)| (low..=high).contains(&port))
}

/// Source: API model, CreateService.networkConfiguration, role and loadBalancers ("Classic Load Balancers aren't supported"),
/// ServiceRegistry.containerName ("you must specify"; that ECS refuses it otherwise is UNCONFIRMED).
fn network(service: &Node, task: &Node, found: &mut Findings<'_>) {
    let mode = task.get("networkMode").and_then(Node::text).unwrap_or("bridge");
    let place = key_span(service, "networkConfiguration");
    match service.get("networkConfiguration") {
        Some(network) if mode != "awsvpc" && network.entries().next().is_some() => {
            let message =
                format!("`networkConfiguration` is for tasks with `networkMode: awsvpc`, and these have {mode}");
            found.wrong(place, message, "leave it out, or change the task definition's `networkMode`");
        }
        // Absent means not managed, which is right for a service that is there already.
        None if mode == "awsvpc" => {
            let help = "add `networkConfiguration: {awsvpcConfiguration: {subnets: […]}}`";
            let message = "without a `networkConfiguration` the service cannot be created, only adopted";
            found.doubt(key_span(service, "taskDefinitionRef"), message, help);
        }
        _ => {}
    }
    for balancer in service.at("loadBalancers[]") {
        if let (Some(name), None, "awsvpc") = (balancer.key("loadBalancerName"), balancer.get("targetGroupArn"), mode) {
            let help = "write `targetGroupArn`, of an Application or a Network Load Balancer";
            found.wrong(&name.span, "tasks with `networkMode: awsvpc` have no Classic Load Balancer", help);
        }
    }
    for registry in service.at("serviceRegistries[]") {
        let members = ["containerName", "containerPort"];
        let missing = members.into_iter().find(|member| registry.get(member).is_none());
        if let (Some(missing), "bridge" | "host") = (missing, mode) {
            let message = format!("with `networkMode: {mode}` a service registry needs `{missing}`");
            found.doubt(&registry.span, message, "write `containerName` and `containerPort` of a port mapping");
        }
    }
    if let (Some(role), "awsvpc") = (service.key("role"), mode) {
        let help = "leave `role` out: ECS has a service-linked role";
        found.wrong(&role.span, "`role` has no place with `networkMode: awsvpc`", help);
    }
}

fn on_fargate(service: &Node, task: &Node, documents: &BTreeMap<ResourceId, Document>, found: &mut Findings<'_>) {
    let launch = service.get("launchType").filter(|node| node.text() == Some("FARGATE"));
    let provider = service.at("capacityProviderStrategy[].capacityProvider");
    let provider = provider.into_iter().find(|node| node.text().is_some_and(|text| text.starts_with("FARGATE")));
    let Some(place) = launch.or(provider) else { return };
    // Where the task definition says that it is for Fargate, its own rules have looked already.
    if !fargate::wanted(task) {
        let other = task.get("requiresCompatibilities").is_some_and(|node| !node.elements().is_empty());
        let network = task.get("networkMode").and_then(Node::text) == Some("awsvpc");
        let sizes = task.get("cpu").is_some() && task.get("memory").is_some() && fargate::has_size(task);
        let help = "give it `requiresCompatibilities: [FARGATE]`, `networkMode: awsvpc`, `cpu` and `memory`";
        if !network || !sizes {
            found.wrong(&place.span, "the task definition is not for Fargate", help);
        } else if other {
            // ECS works out for itself what a task definition is for (T15).
            found.doubt(&place.span, "the task definition does not say that it is for Fargate", help);
        }
    }
    let windows = task.at("runtimePlatform.operatingSystemFamily").iter().any(|os| os.text() != Some("LINUX"));
    let version = service.get("platformVersion").filter(|_| !windows);
    let Some((version, has)) = version.and_then(|node| Some((node, platform::version(node.text()?)?))) else { return };
    if let Some((what, since)) = platform::lacking(task, documents, has) {
        let message = format!("this platform version has no {what}, which the task definition uses");
        let message = message.replace("no a ", "no ").replace("no an ", "no ");
        found.wrong(&version.span, message, format!("write `{since}` or later, or `LATEST`"));
    }
}
