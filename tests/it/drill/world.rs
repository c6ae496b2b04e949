//! The worlds in which pages are played, as state files of the sandbox in `docs/examples/`: `drill.json`, and `rotation.json` of
//! the guide to rotation.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use evenkeel::sandbox::ecs::{Behaviour, Given, LogIn, Pace};
use evenkeel::sandbox::secrets_manager::RotationFunction;
use evenkeel::sandbox::{Database, Millis, Request, Sandbox, Service, World};
use serde_json::{Value, json};

use crate::support::folder::Folder;

/// 2026-01-01T00:00:00Z; who opens it later goes on from the time of day.
const START: i64 = 1_767_225_600_000;
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotate-";
const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/";

/// Ten times as fast as Fargate, or more: nobody learns from waiting.
fn pace() -> Pace {
    let millis = Duration::from_millis;
    Pace {
        deployment: millis(200),
        rollback: millis(1_000),
        provision: millis(200),
        pull: millis(300),
        start: millis(100),
        healthy: millis(1_500),
        settle: millis(1_500),
        unhealthy: millis(5_000),
        drain: millis(300),
        retry: millis(500),
        retry_at_most: millis(4_000),
        ..Pace::default()
    }
}

/// A world of a page.
struct Stage {
    file: &'static str,
    furnish: fn(&mut World),
    calls: fn() -> Vec<(Service, &'static str, Value)>,
}

const STAGES: [Stage; 2] = [
    Stage { file: "docs/examples/drill.json", furnish: shop, calls: calls_of_the_shop },
    Stage { file: "docs/examples/rotation.json", furnish: rotations, calls: calls_of_rotations },
];

/// A database that lets in who has the password, the function that rotates it, and images that need it.
fn shop(world: &mut World) {
    let mut database = Database::with_one_password();
    database.set_password("shop", "first");
    world.surroundings.databases.insert("shop".into(), database);
    let rotates = RotationFunction::SingleUser { database: "shop".into() };
    world.surroundings.functions.insert(format!("{FUNCTION}shop-db"), rotates);
    for name in ["web", "worker"] {
        let needing = Behaviour::needing("shop", Given::Text("shop".into()), "DB_PASSWORD", None);
        world.surroundings.images.set(&format!("{IMAGE}shop-{name}:*"), soon(needing));
    }
}

fn calls_of_the_shop() -> Vec<(Service, &'static str, Value)> {
    vec![cluster("shop"), secret("shop/db", "shop")]
}

/// What is rotated: its name, what lets in, and the function. `deploy/examples/rotation/` has the readers.
fn rotated() -> [(&'static str, Database, RotationFunction); 3] {
    let single = |name: &str| RotationFunction::SingleUser { database: name.to_owned() };
    let alternating = RotationFunction::AlternatingUsers { database: "alternating-users".into() };
    [
        ("single-user", Database::with_one_password(), single("single-user")),
        ("alternating-users", Database::with_one_password(), alternating),
        ("two-keys", Database::with_two_passwords(), single("two-keys")),
    ]
}

/// Three of them, and images that log in anew each second.
fn rotations(world: &mut World) {
    for (name, mut database, function) in rotated() {
        database.set_password("app", "first");
        world.surroundings.databases.insert(name.into(), database);
        world.surroundings.functions.insert(format!("{FUNCTION}{name}"), function);
        let (user, again) = (Given::Variable("APP_USER".into()), Some(Duration::from_secs(1)));
        let needing = Behaviour::needing(name, user, "APP_PASSWORD", again);
        world.surroundings.images.set(&format!("{IMAGE}needs-{name}:*"), soon(needing));
    }
}

fn calls_of_rotations() -> Vec<(Service, &'static str, Value)> {
    let secrets = rotated().map(|(name, ..)| secret(&format!("rotation/{name}"), "app"));
    std::iter::once(cluster("rotation")).chain(secrets).collect()
}

fn soon(needing: Behaviour) -> Behaviour {
    let log_in = needing.logs_in.map(|log_in| LogIn { after: Duration::from_millis(300), ..log_in });
    Behaviour { logs_in: log_in, ..needing }
}

fn cluster(name: &str) -> (Service, &'static str, Value) {
    (Service::Ecs, "CreateCluster", json!({"clusterName": name}))
}

fn secret(name: &str, user: &str) -> (Service, &'static str, Value) {
    let value = json!({"username": user, "password": "first"}).to_string();
    let secret = json!({"Name": name, "SecretString": value, "ClientRequestToken": "0".repeat(40)});
    (Service::SecretsManager, "CreateSecret", secret)
}

/// Makes it anew, in a file.
fn make(stage: &Stage, path: &Path) {
    let world = || World::new("123456789012", "eu-west-1", 3, Millis(START));
    let sandbox = Sandbox::open(path, Arc::new(|| Millis(START)), world).unwrap();
    sandbox.with_world(|world| {
        world.ecs.pace = pace();
        (stage.furnish)(world);
    });
    for (service, operation, body) in (stage.calls)() {
        let request = Request {
            service,
            operation: operation.into(),
            region: "eu-west-1".into(),
            body: body.to_string().into_bytes(),
        };
        assert_eq!(sandbox.call(&request).unwrap().status, 200);
    }
    sandbox.save().unwrap();
}

#[test]
fn the_worlds_of_pages_have_databases_that_refuse_and_readers_that_need_them() {
    let read = |path: &Path| -> Value { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
    for stage in &STAGES {
        let folder = Folder::new();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(stage.file);
        let made = folder.join("world.json");
        make(stage, &made);
        #[expect(clippy::disallowed_methods, reason = "golden files are written anew when asked for")]
        if std::env::var_os("BLESS").is_some() {
            std::fs::copy(&made, &file).unwrap();
        }
        // Its other parts are as the sandbox writes them; a test that plays in it shows that they can be read.
        for part in ["/format", "/world/surroundings", "/world/ecs/pace", "/world/ecs/clusters"] {
            assert_eq!(read(&file).pointer(part), read(&made).pointer(part), "{} {part}", stage.file);
        }
    }
}
