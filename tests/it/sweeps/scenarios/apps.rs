//! Applications of one role, one family and one service each, made of words.

use std::time::Duration;

use evenkeel::model::desired::Desired;

use crate::support::lab::{Lab, manifests};

/// A document.
pub(super) fn document(kind: &str, name: &str, annotations: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec: {{{spec}}}\n"
    )
}

/// A secret that someone else writes.
pub(super) fn secret(name: &str) -> String {
    document("Secret", name, "", "")
}

pub(super) fn role(name: &str) -> String {
    document("ExecutionRole", name, "", "")
}

/// A revision of one container; `secrets` in flow style.
pub(super) fn family(name: &str, tag: &str, secrets: &str, more: &str) -> String {
    let image = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/{name}:{tag}");
    let container = format!("{{name: main, image: \"{image}\", secrets: {{{secrets}}}}}");
    let size = "cpu: \"256\", memory: \"512\", networkMode: awsvpc, requiresCompatibilities: [FARGATE]";
    let spec = format!("executionRoleRef: {{name: {name}}}, {size}, containerDefinitions: [{container}]{more}");
    document("TaskDefinition", name, "", &spec)
}

pub(super) fn service(name: &str, family: &str, more: &str) -> String {
    let breaker = "deploymentConfiguration: {deploymentCircuitBreaker: {enable: true, rollback: true}}";
    let network = "networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-a], securityGroups: [sg-a]}}";
    let spec = format!(
        "cluster: shop, taskDefinitionRef: {{name: {family}}}, launchType: FARGATE, {breaker}, {network}{more}"
    );
    document("Service", name, "", &spec)
}

/// A role, a family and a service of one name.
pub(super) fn app(name: &str, tag: &str, secrets: &str) -> String {
    role(name) + &family(name, tag, secrets, "") + &service(name, name, "")
}

pub(super) const DB: &str = "DB: {secretRef: {name: db, key: password}}";

/// A lab with a cluster and these secrets, where all of that runs.
pub(super) async fn running(secrets: &[&str], text: &str) -> Lab {
    let lab = Lab::with_shop().await;
    lab.sandbox.with_world(|world| world.iam.set_propagation_lag(Duration::from_secs(10)));
    for name in secrets {
        lab.create_secret(name, 1);
    }
    lab.converge(&manifests(text)).await;
    lab
}

async fn rotated(lab: Lab, text: &str) -> (Lab, Desired) {
    lab.rotate("db", 2);
    tokio::time::sleep(Duration::from_mins(1)).await;
    (lab, manifests(text))
}

pub(super) async fn rotation_pinned() -> (Lab, Desired) {
    let text = secret("db")
        + &role("orders")
        + &family("orders", "1", DB, ", secretPinning: VersionId")
        + &service("orders", "orders", "");
    rotated(running(&["db"], &text).await, &text).await
}

pub(super) async fn shared_secret() -> (Lab, Desired) {
    let text = secret("db") + &app("one", "1", DB) + &app("two", "1", DB) + &app("three", "1", DB);
    rotated(running(&["db"], &text).await, &text).await
}

pub(super) async fn one_family() -> (Lab, Desired) {
    let text = |tag| {
        secret("db")
            + &role("orders")
            + &family("orders", tag, DB, "")
            + &service("blue", "orders", "")
            + &service("green", "orders", "")
    };
    (running(&["db"], &text("1")).await, manifests(&text("2")))
}

/// Of two services the second waits for the first.
fn in_waves(tag: &str) -> String {
    let wave = |name, wave| {
        role(name) + &family(name, tag, DB, "") + &service(name, name, &format!(", rollout: {{wave: {wave}}}"))
    };
    secret("db") + &wave("first", 0) + &wave("second", 1)
}

pub(super) async fn waves() -> (Lab, Desired) {
    (running(&["db"], &in_waves("1")).await, manifests(&in_waves("2")))
}

pub(super) async fn wave_install() -> (Lab, Desired) {
    (running(&["db"], &role("unused")).await, manifests(&(in_waves("1") + &role("unused"))))
}

pub(super) async fn sizes() -> (Lab, Desired) {
    let text = |group: &str, count| {
        let service = service("orders", "orders", &format!(", desiredCount: {count}"));
        secret("db") + &role("orders") + &family("orders", "1", DB, "") + &service.replace("sg-a", group)
    };
    (running(&["db"], &text("sg-a", 1)).await, manifests(&text("sg-b", 2)))
}

/// Some of these start a deployment, some do not.
pub(super) async fn members() -> (Lab, Desired) {
    let text = |more: &str| {
        let family =
            family("orders", "1", DB, "").replace("name: main,", "name: main, portMappings: [{containerPort: 80}],");
        secret("db") + &role("orders") + &family + &service("orders", "orders", more)
    };
    let group = |name: &str| {
        let arn = format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{name}/0123456789abcdef");
        format!("loadBalancers: [{{targetGroupArn: \"{arn}\", containerName: main, containerPort: 80}}]")
    };
    let registry =
        "serviceRegistries: [{registryArn: \"arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1\"}]";
    let before = format!(", {}, healthCheckGracePeriodSeconds: 10, platformVersion: LATEST", group("old"));
    let after = format!(
        ", {}, {registry}, healthCheckGracePeriodSeconds: 30, platformVersion: \"1.4.0\", enableExecuteCommand: true, \
         propagateTags: SERVICE, enableECSManagedTags: true, availabilityZoneRebalancing: DISABLED",
        group("new")
    );
    (running(&["db"], &text(&before)).await, manifests(&text(&after)))
}
