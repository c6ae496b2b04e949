//! A service by itself: where its tasks run, what routes to them. Source: API model, CreateService.

use super::super::kinds::Period;
use super::super::node::Node;
use super::{Findings, again, key_span};

/// The capacity providers that every account has.
const FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    capacity(spec, found);
    grace(spec, found);
    placement(spec, found);
    controller(spec, found);
    load_balancers(spec, found);
    for timeout in spec.at("rollout.timeout") {
        if timeout.text().and_then(Period::parse).is_some_and(|period| period.0.is_zero()) {
            let help = "write how long a rollout may take, such as 15m";
            found.wrong(&timeout.span, "with a `timeout` of nothing every rollout has failed before it begins", help);
        }
    }
    for registry in spec.at("serviceRegistries[]") {
        if let (Some(_), Some(port)) = (registry.get("containerPort"), registry.key("port")) {
            let help = "keep one of them: `port`, or `containerName` with `containerPort`";
            found.wrong(&port.span, "`port` and `containerPort` exclude each other", help);
        }
    }
    let connect = spec.at("serviceConnectConfiguration.services[]");
    for (first, second) in again(connect, "portName") {
        let text = second.text().unwrap_or_default();
        let help = format!("it is first given in line {}", first.span.line);
        found.wrong(&second.span, format!("the port `{text}` is given twice"), help);
    }
    for volume in spec.at("volumeConfigurations[].managedEBSVolume") {
        if volume.get("sizeInGiB").is_none() && volume.get("snapshotId").is_none() {
            let help = "give `sizeInGiB`, or a `snapshotId` whose size it takes";
            found.wrong(&volume.span, "an EBS volume needs a size or a snapshot", help);
        }
    }
}

/// ECS was seen to refuse it; what else than a load balancer may come to count is not known.
fn grace(spec: &Node, found: &mut Findings<'_>) {
    let checked = ["loadBalancers[]", "vpcLatticeConfigurations[]"].iter().any(|path| !spec.at(path).is_empty());
    let Some(grace) = spec.get("healthCheckGracePeriodSeconds").filter(|_| !checked) else { return };
    if grace.number().is_some_and(|seconds| seconds > 0) {
        let help = "leave it out, and give the container's `healthCheck` a `startPeriod`";
        found.doubt(&grace.span, "the grace period is for load balancers, and the service has none", help);
    }
}

fn capacity(spec: &Node, found: &mut Findings<'_>) {
    let providers = spec.at("capacityProviderStrategy[]");
    let launch = spec.get("launchType");
    if let (Some(_), Some(_)) = (launch, providers.first()) {
        let place = key_span(spec, "capacityProviderStrategy");
        found.wrong(place, "`launchType` and `capacityProviderStrategy` exclude each other", "keep one of them");
    }
    if let Some(place) = launch.filter(|node| node.text() == Some("MANAGED_INSTANCES")) {
        let help = "leave `launchType` out, and name the capacity provider in `capacityProviderStrategy`";
        found.wrong(&place.span, "managed instances are chosen by a capacity provider", help);
    }
    let number = |node: &Node, member: &str| node.get(member).and_then(Node::number).unwrap_or(0);
    if providers.len() > 1 && providers.iter().all(|provider| number(provider, "weight") == 0) {
        let place = key_span(spec, "capacityProviderStrategy");
        found.wrong(place, "no capacity provider has a weight", "give at least one a `weight` of 1 or more");
    }
    let mut based = providers.iter().filter(|provider| number(provider, "base") > 0);
    if let (Some(first), Some(second)) = (based.next(), based.next()) {
        let help = format!("the other is in line {}", first.span.line);
        found.wrong(key_span(second, "base"), "only one capacity provider can have a base", help);
    }
    for (first, second) in again(providers, "capacityProvider") {
        let text = second.text().unwrap_or_default();
        let help = format!("it is first given in line {}", first.span.line);
        found.wrong(&second.span, format!("the capacity provider `{text}` is given twice"), help);
    }
    let names = spec.at("capacityProviderStrategy[].capacityProvider");
    let (of_fargate, others): (Vec<&Node>, Vec<&Node>) =
        names.into_iter().partition(|node| node.text().is_some_and(|text| FARGATE.contains(&text)));
    if let (Some(_), Some(other)) = (of_fargate.first(), others.first()) {
        let message = "a strategy has capacity providers of Fargate or of instances, not both";
        found.wrong(&other.span, message, "keep `FARGATE` and `FARGATE_SPOT`, or those of instances");
    }
    let elsewhere = launch.and_then(Node::text).filter(|launch| ["EC2", "EXTERNAL"].contains(launch));
    if let (Some(launch), Some(version)) = (elsewhere, spec.get("platformVersion")) {
        let message = format!("a platform version is for Fargate, and the service runs on {launch}");
        found.wrong(&version.span, message, "leave `platformVersion` out");
    }
    let address = spec.at("networkConfiguration.awsvpcConfiguration.assignPublicIp");
    let public = address.into_iter().find(|address| address.text() == Some("ENABLED"));
    if let (Some(launch), Some(public)) = (elsewhere, public) {
        let message = format!("tasks have public addresses on Fargate, and the service runs on {launch}");
        found.wrong(&public.span, message, "write `DISABLED`, or leave it out");
    }
}

fn placement(spec: &Node, found: &mut Findings<'_>) {
    let providers = spec.at("capacityProviderStrategy[].capacityProvider");
    let mut chosen = providers.into_iter().chain(spec.get("launchType")).filter_map(Node::text);
    let fargate = chosen.any(|word| FARGATE.contains(&word));
    let constraints = spec.at("placementConstraints[]");
    if fargate && !constraints.is_empty() {
        let place = key_span(spec, "placementConstraints");
        found.wrong(
            place,
            "Fargate has no placement constraints",
            "leave them out: tasks are spread over the subnets' zones",
        );
    }
    let strategies = spec.at("placementStrategy[]");
    if fargate && !strategies.is_empty() {
        let help = "leave it out: tasks are spread over the subnets' zones";
        found.wrong(key_span(spec, "placementStrategy"), "Fargate has no placement strategies", help);
    }
    for constraint in constraints {
        let distinct = constraint.get("type").and_then(Node::text) == Some("distinctInstance");
        if let (true, Some(expression)) = (distinct, constraint.key("expression")) {
            found.wrong(
                &expression.span,
                "`distinctInstance` takes no expression",
                "leave it out, or write `memberOf`",
            );
        }
    }
    let daemon = spec.get("schedulingStrategy").filter(|node| node.text() == Some("DAEMON"));
    if let (Some(place), true) = (daemon, fargate) {
        found.wrong(&place.span, "Fargate has no DAEMON services", "write `REPLICA`, or leave it out");
    }
    if daemon.is_some() {
        on_every_instance(spec, found);
    }
}

/// What ECS refuses of a DAEMON service (PUB); it states a desired count of one all the same, which comes along with a
/// pasted answer and is never sent.
fn on_every_instance(spec: &Node, found: &mut Findings<'_>) {
    let help = "leave it out, or write `schedulingStrategy: REPLICA`";
    for (member, what) in
        [("placementStrategy", "placement strategy"), ("capacityProviderStrategy", "capacity provider strategy")]
    {
        if !spec.at(&format!("{member}[]")).is_empty() {
            found.wrong(key_span(spec, member), format!("a DAEMON service has no {what}"), help);
        }
    }
    let most = spec.at("deploymentConfiguration.maximumPercent");
    if let Some(most) = most.into_iter().find(|most| most.number().is_some_and(|most| most > 100)) {
        let message = "a DAEMON service runs one task on an instance: its `maximumPercent` is 100";
        found.wrong(&most.span, message, "write 100, or leave it out");
    }
    if let Some(count) = spec.key("desiredCount") {
        found.doubt(&count.span, "a DAEMON service has no desired count: ECS counts the instances", help);
    }
}

/// Design, section 2: such services are never driven.
fn controller(spec: &Node, found: &mut Findings<'_>) {
    for place in spec.at("deploymentController.type") {
        if let Some(other) = place.text().filter(|text| ["CODE_DEPLOY", "EXTERNAL"].contains(text)) {
            let message = format!("evenkeel does not drive services whose deployment controller is {other}");
            found.wrong(&place.span, message, "write `ECS`, or leave the service to what drives it");
        }
    }
}

fn load_balancers(spec: &Node, found: &mut Findings<'_>) {
    let balancers = spec.at("loadBalancers[]");
    for balancer in &balancers {
        for member in ["containerName", "containerPort"].into_iter().filter(|member| balancer.get(member).is_none()) {
            let help = format!("name the container and the port that traffic goes to: `{member}: …`");
            found.wrong(&balancer.span, format!("the load balancer has no `{member}`"), help);
        }
        match (balancer.get("targetGroupArn"), balancer.key("loadBalancerName")) {
            (Some(_), Some(name)) => {
                let help = "keep `targetGroupArn`; a name is for a Classic Load Balancer";
                found.doubt(&name.span, "a load balancer with a target group is not given by its name too", help);
            }
            (None, None) => {
                found.wrong(&balancer.span, "the load balancer is not named", "write `targetGroupArn: arn:…`");
            }
            _ => {}
        }
    }
    // No source says that ECS refuses it.
    let mut known: Vec<(Option<&str>, Option<&str>, Option<i64>)> = Vec::new();
    for balancer in &balancers {
        let text = |member: &str| balancer.get(member).and_then(Node::text);
        let port = balancer.get("containerPort").and_then(Node::number);
        let Some(group) = balancer.get("targetGroupArn").filter(|group| group.text().is_some()) else { continue };
        let this = (group.text(), text("containerName"), port);
        if known.contains(&this) {
            let help = "keep one of them";
            found.doubt(&group.span, "the same port of the same container is in this target group already", help);
        }
        known.push(this);
    }
    if let (Some(role), true) = (spec.key("role"), balancers.is_empty()) {
        let help = "leave `role` out: ECS has a service-linked role";
        found.wrong(&role.span, "`role` is for a service with a load balancer", help);
    }
}
