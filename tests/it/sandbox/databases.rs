//! Rotations with a consequence: databases, functions, and containers that are not let in.

use std::time::Duration;

use aws_sdk_secretsmanager::types::RotationRulesType;
use evenkeel::sandbox::ecs::{Behaviour, Given};
use evenkeel::sandbox::secrets_manager::RotationFunction;
use evenkeel::sandbox::{Database, Request, Service};
use serde_json::{Value, json};

use crate::sandbox::support::{Aws, REGION, START, allow, pass};

const LAMBDA: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotate";
const DAY: u64 = 86_400;

/// A service of two tasks, each of which needs `main` with what its secret says; pinned to the version of its first
/// start, or following the current one.
async fn service(database: Database, function: RotationFunction, pinned: bool, again: Option<Duration>) -> Aws {
    let aws = Aws::new();
    let (secret, version) = aws.secret("db", r#"{"username":"app","password":"first"}"#).await;
    aws.sandbox.with_world(|world| {
        let mut database = database;
        database.set_password("app", "first");
        world.surroundings.databases.insert("main".into(), database);
        world.surroundings.functions.insert(LAMBDA.into(), function);
        let needing = Behaviour::needing("main", Given::Variable("DB_USER".into()), "DB_PASSWORD", again);
        world.surroundings.images.set("web:1", needing);
    });
    let role = aws.role("exec", &allow(&["secretsmanager:GetSecretValue"], &[&secret])).await;
    let of = |key: &str| if pinned { format!("{secret}:{key}::{version}") } else { format!("{secret}:{key}::") };
    let (user, password) = (of("username"), of("password"));
    let definition = aws.register("web", "web:1", Some(&role), &[("DB_USER", &user), ("DB_PASSWORD", &password)]).await;
    aws.create("web", &definition, 2).await;
    pass(120).await;
    assert_eq!(aws.describe("web").await.running_count(), 2, "both were let in");
    aws
}

fn single_user() -> RotationFunction {
    RotationFunction::SingleUser { database: "main".into() }
}

async fn rotate(aws: &Aws) {
    aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).send().await.unwrap();
    pass(10).await;
}

/// A task dies for a reason of its own; does the next one live?
async fn survives_a_replacement(aws: &Aws) -> bool {
    aws.sandbox.with_world(|world| {
        let id = world.ecs.tasks_of("default", "web").into_iter().find(|task| task.is_running()).unwrap().id.clone();
        world.crash_task(&id);
    });
    pass(180).await;
    let exited: Vec<i32> = aws.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("default", "web");
        tasks.iter().flat_map(|task| &task.containers).filter_map(|container| container.exit_code).collect()
    });
    assert!(exited.iter().all(|code| *code == 1), "{exited:?}");
    exited.is_empty()
}

#[tokio::test(start_paused = true)]
async fn with_one_password_a_pinned_task_that_starts_after_a_rotation_is_not_let_in() {
    let aws = service(Database::with_one_password(), single_user(), true, None).await;
    rotate(&aws).await;
    assert_eq!(aws.describe("web").await.running_count(), 2, "who is in stays in");
    assert!(!survives_a_replacement(&aws).await);
    assert_eq!(aws.describe("web").await.running_count(), 1);
    assert!(aws.stopped_reasons("web").iter().all(|reason| reason == "Essential container in task exited"));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_follows_the_current_version_is_let_in_after_a_rotation() {
    let aws = service(Database::with_one_password(), single_user(), false, None).await;
    rotate(&aws).await;
    assert!(survives_a_replacement(&aws).await);
}

#[tokio::test(start_paused = true)]
async fn with_two_passwords_a_pinned_task_is_let_in_until_the_second_rotation() {
    let aws = service(Database::with_two_passwords(), single_user(), true, None).await;
    rotate(&aws).await;
    assert!(survives_a_replacement(&aws).await);
    rotate(&aws).await;
    assert!(!survives_a_replacement(&aws).await);
}

#[tokio::test(start_paused = true)]
async fn alternating_users_leave_the_password_in_use_alone() {
    let function = RotationFunction::AlternatingUsers { database: "main".into() };
    let aws = service(Database::with_one_password(), function, true, None).await;
    for expected in ["app_clone", "app"] {
        rotate(&aws).await;
        let value = aws.secrets.get_secret_value().secret_id("db").send().await.unwrap();
        let value: Value = serde_json::from_str(value.secret_string().unwrap()).unwrap();
        assert_eq!(value["username"], expected);
        assert_eq!(survives_a_replacement(&aws).await, expected == "app_clone", "the turn of {expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_logs_in_anew_is_locked_out_by_a_rotation_at_once() {
    let aws = service(Database::with_one_password(), single_user(), true, Some(Duration::from_secs(30))).await;
    rotate(&aws).await;
    pass(40).await;
    let ended = aws.stopped_reasons("web");
    assert_eq!(ended, ["Essential container in task exited"; 2]);
}

#[tokio::test(start_paused = true)]
async fn between_its_two_halves_a_rotation_has_locked_out_the_current_version() {
    let aws = service(Database::with_one_password(), single_user(), true, None).await;
    aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).send().await.unwrap();
    pass(3).await;
    aws.sandbox.with_world(|world| {
        let database = &world.surroundings.databases["main"];
        assert!(!database.accepts("app", "first"));
    });
    let value = aws.secrets.get_secret_value().secret_id("db").send().await.unwrap();
    assert!(value.secret_string().unwrap().contains("first"));
    pass(3).await;
    let value = aws.secrets.get_secret_value().secret_id("db").send().await.unwrap();
    assert!(!value.secret_string().unwrap().contains("first"));
}

#[tokio::test(start_paused = true)]
async fn a_scripted_rotation_happens_by_itself_when_it_is_due_and_a_value_put_by_hand_puts_it_off() {
    let aws = service(Database::with_one_password(), single_user(), false, None).await;
    let daily = RotationRulesType::builder().schedule_expression("rate(1 day)").build();
    let rotate = aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).rotation_rules(daily);
    rotate.rotate_immediately(false).send().await.unwrap();
    let versions = async || {
        let listed = aws.secrets.list_secret_version_ids().secret_id("db").include_deprecated(true).send().await;
        listed.unwrap().versions().len()
    };
    for days in 1..=3 {
        pass(DAY + 10).await;
        assert_eq!(versions().await, 1 + days);
    }
    pass(DAY / 2).await;
    let put = aws.secrets.put_secret_value().secret_id("db").secret_string(r#"{"username":"app","password":"mine"}"#);
    put.send().await.unwrap();
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    let now = aws.sandbox.with_world(|world| world.now());
    assert_eq!(described.next_rotation_date().unwrap().secs(), now.0 / 1000 + i64::try_from(DAY).unwrap());
    assert!(now > START);
    pass(DAY - 10).await;
    assert_eq!(versions().await, 5, "not before a day after that");
    pass(30).await;
    assert_eq!(versions().await, 6);
}

#[tokio::test(start_paused = true)]
async fn a_scripted_rotation_happens_when_the_window_of_its_cron_schedule_opens() {
    let aws = service(Database::with_one_password(), single_user(), false, None).await;
    let weekly = RotationRulesType::builder().schedule_expression("cron(0 6 ? * MON *)").duration("2h").build();
    let rotate = aws.secrets.rotate_secret().secret_id("db").rotation_lambda_arn(LAMBDA).rotation_rules(weekly);
    rotate.rotate_immediately(false).send().await.unwrap();
    let state = async || {
        let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
        let listed = aws.secrets.list_secret_version_ids().secret_id("db").include_deprecated(true).send().await;
        (described.next_rotation_date().unwrap().secs() - START.0 / 1000, listed.unwrap().versions().len())
    };
    let day = i64::try_from(DAY).unwrap();
    // A Thursday: the first Monday is four days away.
    let (monday, now) = (4 * DAY + 6 * 3600, aws.sandbox.with_world(|world| world.now().since(START).as_secs()));
    pass(monday - now - 1).await;
    assert_eq!(state().await, (4 * day + 8 * 3600, 1), "until eight, and not before six");
    pass(10).await;
    assert_eq!(state().await, (11 * day + 8 * 3600, 2));
    pass(7 * DAY).await;
    assert_eq!(state().await, (18 * day + 8 * 3600, 3));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_leaves_an_empty_version_pending() {
    let aws = service(Database::with_one_password(), RotationFunction::Fails, false, None).await;
    rotate(&aws).await;
    aws.sandbox.with_world(|world| {
        let secret = world.secrets.get("db").unwrap();
        let (id, pending) = secret.with_label("AWSPENDING").unwrap();
        assert!(pending.value.is_none() && Some(id) != secret.current());
        assert!(world.journal.notes().any(|note| note == "the function of db failed"));
    });
    assert!(survives_a_replacement(&aws).await);
}

#[tokio::test(start_paused = true)]
async fn who_logs_in_anew_does_so_with_the_values_of_its_start_whatever_becomes_of_the_secret() {
    let aws = service(Database::with_one_password(), single_user(), false, Some(Duration::from_secs(30))).await;
    let stays = async |after: &str| {
        pass(100).await;
        assert_eq!(aws.describe("web").await.running_count(), 2, "{after}");
        assert_eq!(aws.stopped_reasons("web"), [] as [&str; 0], "{after}");
    };
    let put = aws.secrets.put_secret_value().secret_id("db").secret_string(r#"{"username":"app","password":"other"}"#);
    put.send().await.unwrap();
    stays("a value that the database does not know").await;
    aws.secrets.delete_secret().secret_id("db").force_delete_without_recovery(true).send().await.unwrap();
    stays("no secret").await;
    aws.secret("db", r#"{"username":"app","password":"another"}"#).await;
    stays("another secret of that name").await;
    let held = aws.sandbox.with_world(|world| serde_json::to_string(&world.ecs).unwrap());
    assert_eq!(held.matches("first").count(), 2, "one for each task");
    aws.ecs.update_service().service("web").desired_count(0).send().await.unwrap();
    pass(100).await;
    let held = aws.sandbox.with_world(|world| serde_json::to_string(&world.ecs).unwrap());
    assert!(!held.contains("first"), "and no longer than it lives");
}

#[tokio::test(start_paused = true)]
async fn a_container_logs_in_with_a_parameter_as_it_was_at_its_start() {
    let aws = Aws::new();
    let put = |value: &str| {
        let body = json!({"Name": "/db/password", "Value": value, "Type": "String", "Overwrite": true}).to_string();
        let request = Request {
            service: Service::Ssm,
            operation: "PutParameter".into(),
            region: REGION.into(),
            body: body.into_bytes(),
        };
        aws.sandbox.with_world(|world| assert_eq!(world.call(world.now(), &request).status, 200));
    };
    put("first");
    aws.sandbox.with_world(|world| {
        let mut database = Database::with_one_password();
        database.set_password("app", "first");
        world.surroundings.databases.insert("main".into(), database);
        let again = Some(Duration::from_secs(30));
        let needing = Behaviour::needing("main", Given::Text("app".into()), "DB_PASSWORD", again);
        world.surroundings.images.set("web:1", needing);
    });
    let role = aws.role("exec", &allow(&["ssm:GetParameters"], &["*"])).await;
    let definition = aws.register("web", "web:1", Some(&role), &[("DB_PASSWORD", "/db/password")]).await;
    aws.create("web", &definition, 1).await;
    pass(120).await;
    assert_eq!((aws.describe("web").await.running_count(), aws.stopped_reasons("web").len()), (1, 0));
    put("second");
    pass(120).await;
    assert_eq!((aws.describe("web").await.running_count(), aws.stopped_reasons("web").len()), (1, 0));
    aws.sandbox.with_world(|world| {
        world.surroundings.databases.get_mut("main").unwrap().set_password("app", "second");
    });
    pass(120).await;
    assert_eq!((aws.describe("web").await.running_count(), aws.stopped_reasons("web").len()), (1, 1));
}
