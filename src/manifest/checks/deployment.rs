//! How a service is deployed: bounds that let nothing move, and settings of another strategy.

use super::super::node::Node;
use super::{Findings, is_default, key_span};
use crate::model::rules::{SERVICE, deployment_bounds};

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    rebalancing(spec, found);
    let Some(configuration) = spec.get("deploymentConfiguration") else { return };
    let strategy = configuration.get("strategy").and_then(Node::text).unwrap_or("ROLLING");
    if strategy == "ROLLING" {
        bounds(spec, configuration, found);
    }
    // API model, DeploymentConfiguration: each is valid with its own strategy alone.
    for (member, of) in [("linearConfiguration", "LINEAR"), ("canaryConfiguration", "CANARY")] {
        let other = configuration
            .get(member)
            .filter(|node| strategy != of && !is_default(&SERVICE, &format!("deploymentConfiguration.{member}"), node));
        if let (Some(key), Some(_)) = (configuration.key(member), other) {
            let message = format!("`{member}` is for `strategy: {of}`, and this is {strategy}");
            found.wrong(&key.span, message, "leave it out, or change the strategy");
        }
    }
    if strategy == "BLUE_GREEN" && configuration.get("bakeTimeInMinutes").is_none() {
        let help = "write `bakeTimeInMinutes`; 0 where both revisions need not run together";
        let message = "the API reference asks for `bakeTimeInMinutes` with BLUE_GREEN";
        found.doubt(key_span(configuration, "strategy"), message, help);
    }
    for hook in configuration.at("lifecycleHooks[]") {
        let pause = hook.get("targetType").and_then(Node::text) == Some("PAUSE");
        match (pause, hook.key("hookTargetArn")) {
            (false, None) => {
                found.wrong(
                    &hook.span,
                    "a hook without a target does nothing",
                    "write `hookTargetArn: arn:…` of the function",
                );
            }
            (true, Some(target)) => found.doubt(&target.span, "a PAUSE hook has no target", "leave it out"),
            _ => {}
        }
    }
}

/// Rebalancing over zones starts a task before it stops one. ECS refuses it with a `maximumPercent` of 100 and of DAEMON
/// services (V103); the other two the developer guide excludes (service-rebalancing.html), and that ECS refuses them is
/// UNCONFIRMED.
fn rebalancing(spec: &Node, found: &mut Findings<'_>) {
    let Some(place) = spec.get("availabilityZoneRebalancing").filter(|node| node.text() == Some("ENABLED")) else {
        return;
    };
    let help = "write `availabilityZoneRebalancing: DISABLED`";
    let most = spec.at("deploymentConfiguration.maximumPercent").into_iter().find_map(Node::number);
    if spec.get("schedulingStrategy").and_then(Node::text) == Some("DAEMON") {
        return found.wrong(&place.span, "a DAEMON service is not rebalanced over zones", help);
    }
    if most.is_some_and(|most| most <= 100) {
        let message = "rebalancing over zones needs room for another task: a `maximumPercent` above 100";
        return found.wrong(&place.span, message, help);
    }
    if !spec.at("loadBalancers[].loadBalancerName").is_empty() {
        return found.doubt(&place.span, "behind a Classic Load Balancer tasks are not rebalanced over zones", help);
    }
    let by_zone = |node: &&Node| node.text().is_some_and(|text| text.contains("attribute:ecs.availability-zone"));
    if spec.at("placementConstraints[].expression").iter().any(by_zone) {
        found.doubt(&place.span, "with a placement constraint on zones tasks are not rebalanced over them", help);
    }
}

/// A rolling deployment needs room to start a task, or leave to stop one. Source: API model,
/// DeploymentConfiguration (rounding down and up); DOC deployment-type-ecs.md (the deployment that is stuck).
fn bounds(spec: &Node, configuration: &Node, found: &mut Findings<'_>) {
    let daemon = spec.get("schedulingStrategy").and_then(Node::text) == Some("DAEMON");
    let (low, high) = deployment_bounds(daemon);
    let number = |member: &str| configuration.get(member).and_then(Node::number);
    let low = number("minimumHealthyPercent").unwrap_or(low);
    let high = number("maximumPercent").unwrap_or(high);
    let member = if configuration.key("maximumPercent").is_some() { "maximumPercent" } else { "minimumHealthyPercent" };
    let place = configuration.get(member).map_or(&configuration.span, |node| &node.span);
    if low >= 100 && high <= 100 {
        let message = format!("nothing can ever be deployed: at least {low} % must run, and at most {high} % may");
        let help = "raise `maximumPercent` above 100, or lower `minimumHealthyPercent` below 100";
        return found.wrong(place, message, help);
    }
    let Some(count) = spec.get("desiredCount").and_then(Node::number).filter(|count| *count > 0) else { return };
    let (may, must) = (count.saturating_mul(high) / 100, count.saturating_mul(low).saturating_add(99) / 100);
    if may <= count && must >= count {
        let message = format!("{count} tasks must run and {may} may during a deployment, so none can start or stop");
        let help = format!("ECS rounds {high} % of {count} down and {low} % up: widen one of them");
        found.doubt(place, message, help);
    }
}
