//! The wire: validation, errors, Regions, rates, latency.

use std::time::Duration;

use evenkeel::sandbox::{Effect, Request, Sandbox, Service, World, stopped_clock};

use crate::sandbox::support::{ACCOUNT, Aws, REGION, START, code, pass};

/// Calls without an SDK; status and body.
fn raw(world: &mut World, service: Service, operation: &str, body: &str) -> (u16, String) {
    let request =
        Request { service, operation: operation.to_owned(), region: REGION.to_owned(), body: body.as_bytes().to_vec() };
    let response = world.call(START, &request);
    (response.status, String::from_utf8(response.body).unwrap())
}

fn world() -> World {
    World::new(ACCOUNT, REGION, 7, START)
}

#[tokio::test(start_paused = true)]
async fn every_offered_operation_has_a_shape_and_no_other_is_answered() {
    let mut world = world();
    for service in Service::ALL {
        for operation in World::offers(service) {
            let (_, body) = raw(&mut world, service, operation, "");
            assert!(!body.contains("does not offer"), "{operation}: {body}");
        }
        let (status, body) = raw(&mut world, service, "Nonsense", "");
        assert!(status == 400 && body.contains("does not offer"), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn json_requests_are_held_against_their_shapes() {
    let mut world = world();
    for (service, operation, body, code, what) in [
        (Service::SecretsManager, "CreateSecret", "{", "SerializationException", "not JSON"),
        (Service::SecretsManager, "CreateSecret", "[]", "SerializationException", "not a JSON object"),
        (Service::SecretsManager, "CreateSecret", "{}", "ValidationException", "'Name'"),
        (Service::SecretsManager, "CreateSecret", r#"{"Name":null}"#, "ValidationException", "'Name'"),
        (Service::SecretsManager, "CreateSecret", r#"{"Name":"a","Nmae":"b"}"#, "SerializationException", "Nmae"),
        (Service::SecretsManager, "CreateSecret", r#"{"Name":7}"#, "SerializationException", "Name must be a string"),
        (
            Service::SecretsManager,
            "CreateSecret",
            r#"{"Name":""}"#,
            "ValidationException",
            "greater than or equal to 1",
        ),
        (
            Service::SecretsManager,
            "CreateSecret",
            r#"{"Name":"a","ClientRequestToken":"short"}"#,
            "ValidationException",
            "'ClientRequestToken'",
        ),
        (
            Service::SecretsManager,
            "CreateSecret",
            r#"{"Name":"a","Tags":[{"Key":""}]}"#,
            "ValidationException",
            "'Tags[0].Key'",
        ),
        (
            Service::SecretsManager,
            "CreateSecret",
            r#"{"Name":"a","Tags":[{"Keys":"x"}]}"#,
            "SerializationException",
            "Tags[0].Keys",
        ),
        (Service::SecretsManager, "ListSecrets", r#"{"MaxResults":1.5}"#, "SerializationException", "MaxResults"),
        (
            Service::SecretsManager,
            "ListSecrets",
            r#"{"Filters":[{"Key":"colour"}]}"#,
            "ValidationException",
            "enum value set",
        ),
        (
            Service::Ecs,
            "CreateService",
            r#"{"serviceName":"a","launchType":"MOON"}"#,
            "InvalidParameterException",
            "'launchType'",
        ),
        (
            Service::Ecs,
            "CreateService",
            r#"{"serviceName":"a","enableECSManagedTags":"yes"}"#,
            "SerializationException",
            "true or false",
        ),
        (
            Service::Ecs,
            "TagResource",
            r#"{"resourceArn":"a","tags":[{"key":"a;b"}]}"#,
            "InvalidParameterException",
            "regular expression",
        ),
        (
            Service::Ecs,
            "RegisterTaskDefinition",
            r#"{"family":"a","containerDefinitions":[{"dockerLabels":{"a":1}}]}"#,
            "SerializationException",
            "containerDefinitions[0].dockerLabels.a",
        ),
    ] {
        let (status, text) = raw(&mut world, service, operation, body);
        assert_eq!(status, 400, "{body}");
        assert!(text.contains(code) && text.contains(what), "{body} gives {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn form_requests_are_held_against_their_shapes() {
    let mut world = world();
    let trust = "AssumeRolePolicyDocument=%7B%7D";
    for (operation, body, code, what) in [
        ("GetRole", "Action=GetRole&Version=2010-05-08", "ValidationError", "'RoleName'"),
        ("GetRole", "RoleName=a%2Fb", "ValidationError", "regular expression"),
        ("GetRole", "RoleName=a&Rolename=b", "MalformedInput", "unknown parameter Rolename"),
        ("GetRole", "RoleName=a&RoleName=b", "MalformedInput", "twice"),
        ("GetRole", "RoleName.member.1=a", "MalformedInput", "RoleName"),
        ("TagRole", "RoleName=a&Tags.1.Key=k&Tags.1.Value=v", "MalformedInput", "Tags.member.1"),
        (
            "TagRole",
            "RoleName=a&Tags.member.2.Key=k&Tags.member.2.Value=v",
            "MalformedInput",
            "Tags.member.1 is missing",
        ),
        ("TagRole", "RoleName=a&Tags.member.1.Key=k", "ValidationError", "'Tags[0].Value'"),
        ("ListRolePolicies", "RoleName=a&MaxItems=many", "MalformedInput", "whole number"),
        ("CreateRole", &format!("RoleName=a&{trust}&Path=x"), "ValidationError", "'Path'"),
        ("CreateRole", &format!("RoleName=a&{trust}&MaxSessionDuration=5"), "ValidationError", "3600"),
    ] {
        let (status, text) = raw(&mut world, Service::Iam, operation, body);
        assert_eq!(status, 400, "{body}");
        let code = format!("<Code>{code}</Code>");
        assert!(text.contains(&code) && text.contains(what), "{body} gives {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_never_quotes_what_was_sent() {
    let mut world = world();
    let canary = "CANARY".repeat(12_000);
    for body in [
        format!(r#"{{"SecretId":"{canary}","SecretString":"x"}}"#),
        format!(r#"{{"SecretId":"db","SecretString":"{canary}"}}"#),
        format!(r#"{{"SecretId":"db","SecretString":["{canary}"]}}"#),
        r#"{"SecretId":"db","SecretString":"CANARY","ClientRequestToken":"CANARY"}"#.to_owned(),
        "{\"SecretId\":\"db\",\"SecretString\":\"CANARY\"".to_owned(),
    ] {
        let (status, text) = raw(&mut world, Service::SecretsManager, "PutSecretValue", &body);
        assert_eq!(status, 400);
        assert!(!text.contains("CANARY"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_region_is_empty_and_stays_so() {
    let aws = Aws::new();
    let (arn, _) = aws.secret("db", "v").await;
    let there = Aws::in_region(aws.sandbox.clone(), "eu-central-1");
    assert_eq!(there.secrets.list_secrets().send().await.unwrap().secret_list(), []);
    assert_eq!(code(there.secrets.describe_secret().secret_id(&arn).send().await), "ResourceNotFoundException");
    assert_eq!(code(there.ecs.describe_services().services("web").send().await), "ClusterNotFoundException");
    assert_eq!(code(there.secrets.create_secret().name("x").send().await), "AccessDeniedException");
    assert_eq!(there.sts.get_caller_identity().send().await.unwrap().account(), Some(ACCOUNT));
    aws.role("r", &crate::sandbox::support::allow(&["s3:GetObject"], &["*"])).await;
    assert!(there.iam.get_role().role_name("r").send().await.is_ok(), "IAM has no Regions");
    assert_eq!(aws.sandbox.with_world(|world| world.secrets.all().len()), 1);
}

#[tokio::test(start_paused = true)]
async fn rates_are_those_of_aws_once_they_are_switched_on() {
    let aws = Aws::new();
    let burst = async |call: &dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = Option<String>>>>| {
        let mut passed = 0;
        while call().await.is_none() {
            passed += 1;
            if passed == 300 {
                break;
            }
        }
        passed
    };
    let ecs = aws.ecs.clone();
    let describe = move || -> std::pin::Pin<Box<dyn Future<Output = Option<String>>>> {
        let call = ecs.describe_services().services("web").send();
        Box::pin(async { call.await.err().map(|error| code::<(), _, _>(Err(error))) })
    };
    assert_eq!(burst(&describe).await, 300, "off at first");
    aws.sandbox.with_world(|world| world.throttling = true);
    assert_eq!(burst(&describe).await, 100);
    assert_eq!(describe().await.as_deref(), Some("ThrottlingException"));
    pass(2).await;
    assert_eq!(burst(&describe).await, 40, "20 a second");
    pass(3_600).await;
    assert_eq!(burst(&describe).await, 100, "never more than the burst");
    for name in 0..50 {
        aws.secrets.create_secret().name(format!("s{name}")).send().await.unwrap();
    }
    assert_eq!(code(aws.secrets.create_secret().name("one-more").send().await), "ThrottlingException");
    assert!(aws.secrets.list_secrets().send().await.is_ok(), "another bucket");
    for _ in 0..25 {
        aws.ecs.list_clusters().send().await.unwrap();
        aws.ecs.describe_clusters().send().await.unwrap();
    }
    assert_eq!(code(aws.ecs.list_clusters().send().await), "ThrottlingException", "they share one");
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_as_long_as_the_latency_says() {
    let aws = Aws::new();
    let slow = Aws::on(aws.sandbox.with_latency(Duration::from_millis(250)));
    let before = tokio::time::Instant::now();
    slow.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_millis(250));
    aws.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(before.elapsed(), Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn a_clock_can_run_faster_than_the_real_one() {
    let clock = evenkeel::sandbox::tokio_clock(START, 60);
    let sandbox = Sandbox::new(world(), clock);
    pass(2).await;
    assert_eq!(sandbox.with_world(|world| world.now().0 - START.0), 120_000);
    let stopped = Sandbox::new(world(), stopped_clock(START));
    pass(2).await;
    assert_eq!(stopped.with_world(|world| world.now()), START);
}

#[tokio::test(start_paused = true)]
async fn time_never_runs_backwards() {
    let mut world = world();
    world.advance(evenkeel::sandbox::Millis(START.0 + 5_000));
    world.advance(START);
    assert_eq!(world.now().0, START.0 + 5_000);
}

#[tokio::test(start_paused = true)]
async fn the_journal_tells_calls_and_writes_apart() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    code(aws.secrets.create_secret().name("db").send().await);
    aws.sandbox.with_world(|world| {
        let calls: Vec<_> =
            world.journal.calls().map(|call| (call.operation.as_str(), call.effect, call.error.clone())).collect();
        let expected = [
            ("CreateSecret", Effect::Writes, None),
            ("DescribeSecret", Effect::Reads, None),
            ("CreateSecret", Effect::Writes, Some("ResourceExistsException".to_owned())),
        ];
        assert_eq!(calls, expected);
        assert_eq!(world.journal.writes().count(), 1);
        assert!(world.journal.calls().all(|call| call.subject.as_deref() == Some("db")));
        world.journal.clear();
        assert_eq!((world.journal.entries().count(), world.journal.written()), (0, 3));
    });
}

/// The check that every test stands on: in a build without debug assertions it is off, and this fails.
#[test]
fn an_answer_that_aws_could_not_give_is_a_fault_of_the_sandbox() {
    let mut world = world();
    let body = r#"{"family": "web", "networkMode": "host", "containerDefinitions": [{"name": "a", "image": "a", "memory": 64}]}"#;
    let look = r#"{"taskDefinition": "web"}"#;
    assert_eq!(raw(&mut world, Service::Ecs, "RegisterTaskDefinition", body).0, 200);
    assert_eq!(raw(&mut world, Service::Ecs, "DescribeTaskDefinition", look).0, 200);
    let altered = serde_json::to_string(&world).unwrap().replace(r#""host""#, r#""moon""#);
    let mut world: World = serde_json::from_str(&altered).unwrap();
    let (status, text) = raw(&mut world, Service::Ecs, "DescribeTaskDefinition", look);
    assert!(status == 500 && text.contains("does not fit the API") && text.contains("networkMode"), "{status}: {text}");
}
