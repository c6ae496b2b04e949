//! Sandboxes that outlive their process, and worlds that can be had again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use evenkeel::sandbox::ecs::Behaviour;
use evenkeel::sandbox::{Millis, Sandbox, StateError, World, stopped_clock, tokio_clock};

use crate::sandbox::support::{ACCOUNT, Aws, REGION, START, allow, pass};

/// A folder of its own that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sandbox-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("below/sandbox.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn world() -> World {
    World::new(ACCOUNT, REGION, 7, START)
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_is_as_it_was_left_and_time_has_gone_on() {
    let folder = Folder::new("as-left");
    let task = {
        let aws = Aws::on(Sandbox::open(&folder.file(), tokio_clock(START, 1), world).unwrap());
        aws.secret("db", "v").await;
        let definition = aws.register("web", "web:1", None, &[]).await;
        aws.create("web", &definition, 1).await;
        aws.secrets.delete_secret().secret_id("db").recovery_window_in_days(7).send().await.unwrap();
        definition
    };
    let mode = fs::metadata(folder.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let later = Millis(START.0 + 8 * 86_400_000);
    let aws = Aws::on(Sandbox::open(&folder.file(), stopped_clock(later), || panic!("there is one")).unwrap());
    let service = aws.describe("web").await;
    assert_eq!((service.task_definition(), service.running_count()), (Some(task.as_str()), 1));
    drop(aws);
    let text = fs::read_to_string(folder.file()).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        kept["world"]["secrets"]["secrets"]["newest"],
        serde_json::json!({}),
        "what time did is kept on opening"
    );
}

#[tokio::test(start_paused = true)]
async fn one_process_at_a_time() {
    let folder = Folder::new("one-at-a-time");
    let first = Sandbox::open(&folder.file(), stopped_clock(START), world).unwrap();
    let second = Sandbox::open(&folder.file(), stopped_clock(START), world);
    assert!(matches!(second, Err(StateError::InUse { .. })));
    drop(first);
    assert!(Sandbox::open(&folder.file(), stopped_clock(START), world).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_file_of_another_kind_is_refused_and_left_alone() {
    let folder = Folder::new("another-kind");
    drop(Sandbox::open(&folder.file(), stopped_clock(START), world).unwrap());
    for (text, expected) in [
        ("", "does not hold a sandbox: line 1, column 0"),
        ("{\"format\":2,\"world\":{\"CANARY\":\"CANARY\"}}", "does not hold a sandbox"),
        ("{\"format\":1,\"world\":{}}", "holds a sandbox of format 1; this version reads format 2"),
        ("{\"format\":99}", "holds a sandbox of format 99; this version reads format 2"),
    ] {
        fs::write(folder.file(), text).unwrap();
        let error = Sandbox::open(&folder.file(), stopped_clock(START), world).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(expected), "{message}");
        assert!(!format!("{error:?}").contains("CANARY"));
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
    }
}

/// A day of everything, with clients whose tokens are fixed.
async fn a_day(seed: u64) -> String {
    let sandbox = Sandbox::new(World::new(ACCOUNT, REGION, seed, START), tokio_clock(START, 1));
    let mut aws = Aws::on(sandbox);
    let config = aws.secrets.config().to_builder();
    aws.secrets = aws_sdk_secretsmanager::Client::from_conf(
        config.idempotency_token_provider("00000000-0000-4000-8000-000000000000").build(),
    );
    aws.sandbox.with_world(|world| world.surroundings.images.set("web:2", Behaviour::missing()));
    let (secret, _) = aws.secret("db", "v").await;
    let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue"], &["*"])).await;
    let first = aws.register("web", "web:1", Some(&role), &[("A", &secret)]).await;
    let second = aws.register("web", "web:2", Some(&role), &[("A", &secret)]).await;
    aws.create("web", &first, 3).await;
    pass(600).await;
    aws.update("web", &second).await;
    pass(80_000).await;
    aws.sandbox.with_world(|world| serde_json::to_string(world).unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_calls_give_the_same_bytes() {
    let (one, two, other) = (a_day(1).await, a_day(1).await, a_day(2).await);
    assert_eq!(one, two);
    assert_ne!(one, other);
}

#[tokio::test(start_paused = true)]
async fn a_world_read_back_goes_on_as_if_nothing_had_been() {
    let text = a_day(1).await;
    let mut one: World = serde_json::from_str(&text).unwrap();
    let mut two = one.clone();
    let later = Millis(one.now().0 + 3 * 86_400_000);
    one.advance(later);
    // In a thousand steps, or in one.
    for step in 1..=1_000 {
        two.advance(Millis(two.now().0.max(later.0 - 259_200 * (1_000 - step))));
    }
    assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&two).unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_year_in_which_nothing_happens_costs_nothing() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    aws.create("web", &definition, 3).await;
    pass(3_600).await;
    aws.sandbox.with_world(|world| assert_eq!(world.next_event(), None));
    pass(365 * 86_400).await;
    assert_eq!(aws.describe("web").await.running_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_value_is_in_no_text_but_the_state_file() {
    let canary = "CANARY-s3cr3t-7f2e";
    let aws = Aws::new();
    let (arn, _) = aws.secret("db", &format!(r#"{{"password":"{canary}"}}"#)).await;
    let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue"], &["*"])).await;
    for (name, key) in [("good", "password"), ("bad", "none")] {
        let definition = aws.register(name, "web:1", Some(&role), &[("A", &format!("{arn}:{key}::"))]).await;
        aws.create(name, &definition, 1).await;
    }
    pass(300).await;
    let mut texts = vec![format!("{:?}", aws.sandbox)];
    aws.sandbox.with_world(|world| {
        texts.push(serde_json::to_string(&world.journal).unwrap());
        texts.push(serde_json::to_string(&world.ecs).unwrap());
        for name in ["good", "bad"] {
            texts.push(format!("{:?}", world.ecs.service("default", name)));
            texts.push(format!("{:?}", world.ecs.tasks_of("default", name)));
        }
        assert!(serde_json::to_string(world).unwrap().contains(canary));
    });
    for text in texts {
        assert!(!text.contains(canary));
    }
}
