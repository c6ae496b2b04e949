//! The world in which the drill is played: `docs/examples/drill.json`, a state file of the sandbox.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use evenkeel::sandbox::ecs::{Behaviour, Given, LogIn, Pace};
use evenkeel::sandbox::secrets_manager::RotationFunction;
use evenkeel::sandbox::{Database, Millis, Request, Sandbox, Service, World};
use serde_json::{Value, json};

use crate::support::folder::Folder;

const FILE: &str = "docs/examples/drill.json";
/// 2026-01-01T00:00:00Z; who opens it later goes on from the time of day.
const START: i64 = 1_767_225_600_000;
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotate-shop-db";

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

/// A database that lets in who has the password, the function that rotates it, and images that need it.
fn furnish(world: &mut World) {
    world.ecs.pace = pace();
    let mut database = Database::with_one_password();
    database.set_password("shop", "first");
    world.surroundings.databases.insert("shop".into(), database);
    let rotates = RotationFunction::SingleUser { database: "shop".into() };
    world.surroundings.functions.insert(FUNCTION.into(), rotates);
    for name in ["web", "worker"] {
        let needing = Behaviour::needing("shop", Given::Text("shop".into()), "DB_PASSWORD", None);
        let log_in = needing.logs_in.map(|log_in| LogIn { after: Duration::from_millis(300), ..log_in });
        let image = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-{name}:*");
        world.surroundings.images.set(&image, Behaviour { logs_in: log_in, ..Behaviour::well() });
    }
}

/// Makes it anew, in a file.
fn make(path: &Path) {
    let world = || World::new("123456789012", "eu-west-1", 3, Millis(START));
    let sandbox = Sandbox::open(path, Arc::new(|| Millis(START)), world).unwrap();
    sandbox.with_world(furnish);
    let value = json!({"username": "shop", "password": "first"}).to_string();
    let secret = json!({"Name": "shop/db", "SecretString": value, "ClientRequestToken": "0".repeat(40)});
    for (service, operation, body) in [
        (Service::Ecs, "CreateCluster", json!({"clusterName": "shop"})),
        (Service::SecretsManager, "CreateSecret", secret),
    ] {
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
fn the_drills_world_has_a_database_that_refuses_and_a_shop_that_needs_it() {
    let folder = Folder::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let made = folder.join("world.json");
    make(&made);
    #[expect(clippy::disallowed_methods, reason = "golden files are written anew when asked for")]
    if std::env::var_os("BLESS").is_some() {
        std::fs::copy(&made, &file).unwrap();
    }
    let read = |path: &Path| -> Value { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
    // Its other parts are as the sandbox writes them; a test that plays in it shows that they can be read.
    for part in ["/format", "/world/surroundings", "/world/ecs/pace", "/world/ecs/clusters"] {
        assert_eq!(read(&file).pointer(part), read(&made).pointer(part), "{part}");
    }
}
