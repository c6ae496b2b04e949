//! What a rotation costs: the seconds in which a password is refused, as `docs/guides/rotation.md` states them.

use std::time::Duration;

use evenkeel::sandbox::secrets_manager::RotationFunction;
use evenkeel::sandbox::{Database, Service};
use serde_json::{Value, json};

use super::hearing::shop;
use super::running::{edit, hearing};
use crate::support::lab::{Lab, in_virtual_time};

const LAMBDA: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotate";

/// Seconds after one rotation, with a daemon that hears of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Refused {
    /// In which a task runs with a password that would be refused, if it logged in anew.
    running: u32,
    /// In which a task that starts then gets such a password.
    starting: u32,
}

fn single_user() -> RotationFunction {
    RotationFunction::SingleUser { database: "main".into() }
}

fn alternating_users() -> RotationFunction {
    RotationFunction::AlternatingUsers { database: "main".into() }
}

/// User and password of a version; of the current one where it has no name.
fn credentials(lab: &Lab, version: &str) -> (String, String) {
    let mut asked = json!({"SecretId": "shop/db"});
    if !version.is_empty() {
        asked["VersionId"] = json!(version);
    }
    let value = lab.call(Service::SecretsManager, "GetSecretValue", &asked);
    let value: Value = serde_json::from_str(value["SecretString"].as_str().unwrap()).unwrap();
    (value["username"].as_str().unwrap().to_owned(), value["password"].as_str().unwrap().to_owned())
}

fn is_let_in(lab: &Lab, version: &str) -> bool {
    let (user, password) = credentials(lab, version);
    lab.sandbox.with_world(|world| world.surroundings.databases["main"].accepts(&user, &password))
}

/// The versions that the web service's running tasks got.
fn in_use(lab: &Lab) -> Vec<String> {
    lab.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks().values().filter(|task| task.is_running() && task.stop.is_none());
        let tasks = tasks.filter(|task| task.task_definition.contains("task-definition/shop-web:"));
        let secrets = tasks.flat_map(|task| &task.secrets).filter(|secret| secret.name == "DB_PASSWORD");
        secrets.filter_map(|secret| secret.version.clone()).collect()
    })
}

/// The version that a task gets which starts now; without a name it is whichever is current.
fn given(lab: &Lab) -> String {
    let services = lab.call(Service::Ecs, "DescribeServices", &json!({"cluster": "shop", "services": ["shop-web"]}));
    let revision = &services["services"][0]["taskDefinition"];
    let revision = lab.call(Service::Ecs, "DescribeTaskDefinition", &json!({"taskDefinition": revision}));
    let secrets = revision["taskDefinition"]["containerDefinitions"][0]["secrets"].as_array().unwrap();
    let password = secrets.iter().find(|secret| secret["name"] == "DB_PASSWORD").unwrap();
    password["valueFrom"].as_str().unwrap().splitn(10, ':').nth(9).unwrap_or_default().to_owned()
}

/// Of two rotations, an hour apart, each number of the worse one.
fn measure(function: &RotationFunction, pinning: &str) -> Refused {
    in_virtual_time(async {
        let (lab, folder, url) = shop().await;
        edit(&folder, "web.yaml", "rollout: {debounce: 0s}\n  ", "");
        edit(&folder, "web.yaml", "family: shop-web\n", &format!("family: shop-web\n  secretPinning: {pinning}\n"));
        let (user, password) = credentials(&lab, "");
        let mut database = Database::with_one_password();
        database.set_password(&user, &password);
        lab.sandbox.with_world(|world| {
            world.surroundings.databases.insert("main".into(), database);
            world.surroundings.functions.insert(LAMBDA.into(), function.clone());
        });
        hearing(&lab, &folder, &url, async |running| {
            let mut worst = Refused::default();
            for _ in 0..2 {
                let mut refused = Refused::default();
                running.minutes(60).await;
                assert_eq!(in_use(&lab).len(), 2);
                assert!(in_use(&lab).iter().all(|version| is_let_in(&lab, version)), "quiet before a rotation");
                let rotate = json!({"SecretId": "shop/db", "RotationLambdaARN": LAMBDA});
                lab.call(Service::SecretsManager, "RotateSecret", &rotate);
                for _ in 0..200 {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    refused.running += u32::from(!in_use(&lab).iter().all(|version| is_let_in(&lab, version)));
                    refused.starting += u32::from(!is_let_in(&lab, &given(&lab)));
                }
                let Refused { running, starting } = refused;
                worst = Refused { running: worst.running.max(running), starting: worst.starting.max(starting) };
            }
            worst
        })
        .await
    })
}

#[test]
fn the_guide_states_how_long_a_password_is_refused_for_each_way_of_rotating_and_pinning() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/rotation.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let rows = [("single user", single_user()), ("alternating users", alternating_users())].map(|(name, function)| {
        ["VersionId", "Current"].map(|pinning| {
            let Refused { running, starting } = measure(&function, pinning);
            format!("| {name} | `{pinning}` | {running} s | {starting} s |")
        })
    });
    let missing: Vec<_> = rows.iter().flatten().filter(|row| !guide.contains(*row)).collect();
    assert!(missing.is_empty(), "the guide should say:\n{}", rows.concat().join("\n"));
}
