//! One clock and one seed drive everything.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::sandbox::chaos::Faults;
use evenkeel::sandbox::ecs::Behaviour;
use evenkeel::sandbox::{Delivery, Effect, Millis, Request, Service, World};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::sandbox::support::{ACCOUNT, REGION, START};
use crate::support::lab::{Lab, in_virtual_time_unlogged, shop};

/// An installation, a rotation, a release that fails and one that mends it, on a bad day, and what two queues heard of
/// it late, twice or not at all.
struct Course {
    /// Everything that was called and that happened, as text.
    log: String,
    /// All that the world holds in the end.
    world: String,
    /// Time and id of the events that came to each queue, in their order.
    heard: Vec<Vec<(String, String)>>,
}

fn course_of(seed: u64) -> Course {
    in_virtual_time_unlogged(async {
        let lab = Lab::seeded(seed).await;
        listen(&lab);
        lab.call(Service::Ecs, "CreateCluster", &json!({"clusterName": "shop"}));
        lab.create_secret("shop/db", 1);
        let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-web:2.9.0";
        let exits = Behaviour::exiting(1, Duration::from_secs(5));
        lab.sandbox.with_world(|world| world.surroundings.images.set(image, exits));
        lab.chaos.follow(Faults::bad_day(seed));
        lab.converge(&shop("2.0.0")).await;
        lab.rotate("shop/db", 2);
        tokio::time::sleep(Duration::from_mins(1)).await;
        for release in ["2.0.0", "2.9.0", "2.1.1"] {
            lab.converge(&shop(release)).await;
        }
        lab.sandbox.with_world(|world| {
            let queues = world.sqs.queues().values();
            let event = |body: &str| {
                let event: Value = serde_json::from_str(body).unwrap();
                (event["time"].as_str().unwrap().to_owned(), event["id"].as_str().unwrap().to_owned())
            };
            let heard = queues.map(|queue| queue.messages().map(|message| event(&message.body)).collect()).collect();
            Course { log: world.log(), world: serde_json::to_string(world).unwrap(), heard }
        })
    })
}

/// Two queues get every event: some late, some twice, some never.
fn listen(lab: &Lab) {
    lab.sandbox.with_world(|world| {
        let (delay, jitter) = (Duration::from_millis(500), Duration::from_secs(20));
        world.events.delivery = Delivery { delay, jitter, duplicated: 100, lost: 100 };
    });
    let pattern = json!({"source": [{"prefix": "aws."}]}).to_string();
    lab.call(Service::Events, "PutRule", &json!({"Name": "all", "EventPattern": pattern}));
    for name in ["one", "two"] {
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}");
        let statement = json!({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        lab.call(Service::Sqs, "CreateQueue", &json!({"QueueName": name, "Attributes": {"Policy": policy}}));
        lab.call(Service::Events, "PutTargets", &json!({"Rule": "all", "Targets": [{"Id": name, "Arn": arn}]}));
    }
}

#[test]
fn the_same_seed_gives_the_same_log_byte_for_byte() {
    let Course { log: first, world, heard } = course_of(11);
    assert!(first.lines().count() > 100, "{first}");
    assert!(first.contains("(service shop-web) has reached a steady state."), "{first}");
    let again = course_of(11);
    for (line, (a, b)) in first.lines().zip(again.log.lines()).enumerate() {
        assert_eq!(a, b, "line {line}");
    }
    assert!(first == again.log, "one log is longer");
    let differs = world.bytes().zip(again.world.bytes()).position(|(a, b)| a != b);
    let around = differs.map(|at| (&world[at.saturating_sub(200)..at], &again.world[at.saturating_sub(200)..=at]));
    assert_eq!(around, None, "what the world holds in the end");
    assert_eq!(world.len(), again.world.len());
    let other = course_of(12);
    assert_ne!(first, other.log, "another seed, another log");
    assert_ne!(heard, other.heard, "and other events");

    // Chance did all of what it was told to.
    let ids = |queue: &[(String, String)]| queue.iter().map(|(_, id)| id.clone()).collect::<BTreeSet<_>>();
    let [one, two] = heard.as_slice() else { panic!("{} queues", heard.len()) };
    assert!(one.len() > 50 && two.len() > 50, "{} {}", one.len(), two.len());
    assert!(ids(one).len() < one.len(), "nothing came twice");
    assert!(ids(one).difference(&ids(two)).next().is_some(), "nothing was lost");
    assert!(!one.is_sorted_by_key(|(time, _)| time.clone()), "nothing was overtaken");
}

fn call(world: &mut World, now: Millis, service: Service, operation: &str, body: &Value) -> Value {
    let request =
        Request { service, operation: operation.into(), region: REGION.into(), body: body.to_string().into_bytes() };
    let response = world.call(now, &request);
    let text = String::from_utf8(response.body).unwrap();
    assert_eq!(response.status, 200, "{operation}: {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

const DAY: Duration = Duration::from_hours(24);

/// Ten services for 365 days: each secret is rotated every week and its service redeployed, each service gets a
/// release every second week, every tenth of which breaks and is rolled back, and a task crashes every day.
#[test]
#[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "real time is what is measured, and told")]
fn a_year_with_ten_services_passes_in_less_than_a_minute() {
    let begun = std::time::Instant::now();
    let mut world = World::new(ACCOUNT, REGION, 7, START);
    let trust = crate::sandbox::support::TRUST;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    let form = |pairs: &[(&str, &str)]| {
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
    };
    let policy = crate::sandbox::support::allow(&["secretsmanager:GetSecretValue"], &["*"]);
    for (operation, pairs) in [
        ("CreateRole", vec![("RoleName", "exec"), ("AssumeRolePolicyDocument", trust)]),
        ("PutRolePolicy", vec![("RoleName", "exec"), ("PolicyName", "read"), ("PolicyDocument", policy.as_str())]),
    ] {
        let body = format!("Action={operation}&Version=2010-05-08&{}", form(&pairs)).into_bytes();
        let request = Request { service: Service::Iam, operation: operation.into(), region: REGION.into(), body };
        assert_eq!(world.call(START, &request).status, 200, "{operation}");
    }
    world.surroundings.images.set("broken*", Behaviour::exiting(1, Duration::from_secs(3)));
    let register = |world: &mut World, now, name: &str, image: &str, secret: &str| {
        let definition = json!({
            "family": name, "executionRoleArn": role, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
            "requiresCompatibilities": ["FARGATE"],
            "containerDefinitions": [{"name": "web", "image": image, "secrets": [{"name": "DB", "valueFrom": secret}]}],
        });
        let made = call(world, now, Service::Ecs, "RegisterTaskDefinition", &definition);
        made["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned()
    };
    let mut secrets = Vec::new();
    for service in 0..10 {
        let name = format!("s{service}");
        let made = call(
            &mut world,
            START,
            Service::SecretsManager,
            "CreateSecret",
            &json!({"Name": name, "SecretString": "0"}),
        );
        let arn = made["ARN"].as_str().unwrap().to_owned();
        let definition = register(&mut world, START, &name, "web:0", &arn);
        let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
        let create = json!({
            "serviceName": name, "taskDefinition": definition, "desiredCount": 2, "launchType": "FARGATE",
            "deploymentConfiguration": breaker,
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
        });
        call(&mut world, START, Service::Ecs, "CreateService", &create);
        secrets.push(arn);
    }
    let (mut rollouts, mut rotations, mut crashes) = (0, 0, 0);
    for day in 1..=365_u32 {
        let now = START + DAY * day;
        world.advance(now);
        for (service, secret) in (0_u32..).zip(&secrets) {
            let name = format!("s{service}");
            let (rotates, releases) = ((day + service).is_multiple_of(7), (day + service).is_multiple_of(14));
            if rotates {
                let put = json!({"SecretId": secret, "SecretString": day.to_string()});
                call(&mut world, now, Service::SecretsManager, "PutSecretValue", &put);
                rotations += 1;
            }
            if releases {
                let image = if day.is_multiple_of(10) { "broken:1".to_owned() } else { format!("web:{day}") };
                let definition = register(&mut world, now, &name, &image, secret);
                call(
                    &mut world,
                    now,
                    Service::Ecs,
                    "UpdateService",
                    &json!({"service": name, "taskDefinition": definition}),
                );
                rollouts += 1;
            } else if rotates {
                call(
                    &mut world,
                    now,
                    Service::Ecs,
                    "UpdateService",
                    &json!({"service": name, "forceNewDeployment": true}),
                );
                rollouts += 1;
            } else {
                let victim = world.ecs.tasks_of("default", &name).into_iter().find(|task| task.is_running());
                let victim = victim.map(|task| task.id.clone()).expect("a task runs");
                world.crash_task(&victim);
                crashes += 1;
            }
        }
    }
    world.advance(START + DAY * 366);
    for service in 0..10 {
        let name = format!("s{service}");
        let tasks = world.ecs.tasks_of("default", &name);
        assert_eq!(tasks.iter().filter(|task| task.is_running()).count(), 2, "{name}");
    }
    assert!(world.journal.written() > 1000);
    assert!(rollouts > 500 && rotations > 500 && crashes > 2500, "{rollouts} {rotations} {crashes}");
    let taken = begun.elapsed();
    eprintln!("a year: {rollouts} rollouts, {rotations} rotations, {crashes} crashes in {taken:?}");
    assert!(taken < Duration::from_mins(1), "{taken:?}");
    assert!(world.journal.calls().all(|call| call.error.is_none() || call.effect == Effect::Reads));
}
