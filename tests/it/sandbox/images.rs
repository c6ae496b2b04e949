//! ECR, what tasks of a closed world find, and what a service revision holds fast of its images.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_ecs::types::ServiceDeploymentStatus;
use evenkeel::sandbox::ecs::{Behaviour, Task};
use evenkeel::sandbox::{Request, Sandbox, Service, World, tokio_clock};
use serde_json::{Value, json};

use super::raw::{Raw, texts};
use super::support::{ACCOUNT, Aws, REGION, START, allow, breaker, pass};

#[test]
fn images_are_found_by_tag_and_digest_and_a_tag_moves() {
    let mut raw = Raw::new();
    let asked = json!({"repositoryName": "web", "imageIds": [{"imageTag": "1"}]});
    assert_eq!(raw.refused("ecr:DescribeImages", &asked), "RepositoryNotFoundException");
    let made = raw.ask("ecr:CreateRepository", &json!({"repositoryName": "web"}));
    assert_eq!(made["repository"]["repositoryUri"], "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web");
    assert_eq!(
        raw.refused("ecr:CreateRepository", &json!({"repositoryName": "web"})),
        "RepositoryAlreadyExistsException"
    );
    assert_eq!(raw.refused("ecr:DescribeImages", &asked), "ImageNotFoundException");
    let put = |manifest: &str| json!({"repositoryName": "web", "imageManifest": manifest, "imageTag": "1"});
    let first = raw.ask("ecr:PutImage", &put("{}"))["image"]["imageId"]["imageDigest"].as_str().unwrap().to_owned();
    let second =
        raw.ask("ecr:PutImage", &put("{\"a\":1}"))["image"]["imageId"]["imageDigest"].as_str().unwrap().to_owned();
    assert_eq!(texts(&raw.ask("ecr:DescribeImages", &asked), "imageDetails", "imageDigest"), [second]);
    let by_digest = json!({"repositoryName": "web", "imageIds": [{"imageDigest": first}]});
    assert_eq!(raw.ask("ecr:DescribeImages", &by_digest)["imageDetails"][0]["imageTags"], json!([]));
    let elsewhere = json!({"registryId": "999999999999", "repositoryName": "web"});
    assert_eq!(raw.refused("ecr:DescribeImages", &elsewhere), "RepositoryNotFoundException");
}

#[test]
fn rules_of_pull_through_caches_are_told_by_their_prefix() {
    let mut raw = Raw::new();
    for (prefix, url) in [("quay", "quay.io"), ("ecr-public/", "public.ecr.aws")] {
        let rule = json!({"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url});
        assert_eq!(raw.ask("ecr:CreatePullThroughCacheRule", &rule)["upstreamRegistryUrl"], url);
        assert_eq!(raw.refused("ecr:CreatePullThroughCacheRule", &rule), "PullThroughCacheRuleAlreadyExistsException");
    }
    let prefixes = |asked: Value, raw: &mut Raw| {
        texts(&raw.ask("ecr:DescribePullThroughCacheRules", &asked), "pullThroughCacheRules", "ecrRepositoryPrefix")
    };
    assert_eq!(prefixes(json!({}), &mut raw), ["ecr-public/", "quay"]);
    assert_eq!(prefixes(json!({"ecrRepositoryPrefixes": ["quay"]}), &mut raw), ["quay"]);
    let none = json!({"ecrRepositoryPrefixes": ["none"]});
    assert_eq!(raw.refused("ecr:DescribePullThroughCacheRules", &none), "PullThroughCacheRuleNotFoundException");
}

#[test]
fn an_image_that_is_there_with_its_tag_is_not_pushed_again() {
    let mut raw = Raw::new();
    raw.ask("ecr:CreateRepository", &json!({"repositoryName": "web"}));
    let put = |tag: &str| json!({"repositoryName": "web", "imageManifest": "{}", "imageTag": tag});
    raw.ask("ecr:PutImage", &put("1"));
    assert_eq!(raw.refused("ecr:PutImage", &put("1")), "ImageAlreadyExistsException");
    let without = json!({"repositoryName": "web", "imageManifest": "{}"});
    assert_eq!(raw.refused("ecr:PutImage", &without), "ImageAlreadyExistsException");
    raw.ask("ecr:PutImage", &put("2"));
    let all = raw.ask("ecr:DescribeImages", &json!({"repositoryName": "web"}));
    assert_eq!(all["imageDetails"][0]["imageTags"], json!(["1", "2"]));
}

/// The digests of a service's newest task, of a revision's images, and of the tag in ECR.
fn digests(aws: &Aws) -> [String; 2] {
    let tasks = aws.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("default", "web");
        let newest = tasks.into_iter().filter(|task| task.is_running()).max_by_key(|task| task.created).unwrap();
        newest.containers[0].digest.clone().unwrap()
    });
    let asked = json!({"repositoryName": "web", "imageIds": [{"imageTag": "1"}]});
    let described = call(aws, "DescribeImages", &asked);
    [tasks, described["imageDetails"][0]["imageDigest"].as_str().unwrap().to_owned()]
}

fn call(aws: &Aws, operation: &str, input: &Value) -> Value {
    let body = input.to_string().into_bytes();
    let request = Request { service: Service::Ecr, operation: operation.into(), region: REGION.into(), body };
    let answer = aws.sandbox.call(&request).unwrap();
    assert_eq!(answer.status, 200, "{operation}");
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_digest_of_a_tag_is_the_one_that_ecr_has_until_it_is_pushed_again_and_deployed_again() {
    let aws = Aws::new();
    aws.role("exec", &allow(&["*"], &["*"])).await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    let push = |manifest: &str| {
        let image = json!({"repositoryName": "web", "imageManifest": manifest, "imageTag": "1"});
        call(&aws, "PutImage", &image)["image"]["imageId"]["imageDigest"].as_str().unwrap().to_owned()
    };
    call(&aws, "CreateRepository", &json!({"repositoryName": "web"}));
    let first = push("{}");
    let image = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web:1");
    let definition = aws.register("web", &image, Some(&role), &[]).await;
    aws.create("web", &definition, 1).await;
    pass(600).await;
    assert_eq!(digests(&aws), [first.clone(), first.clone()]);
    let second = push("{\"a\":1}");
    aws.ecs.update_service().service("web").desired_count(2).send().await.unwrap();
    pass(600).await;
    assert_eq!(digests(&aws), [first, second.clone()], "who scales out gets the image of before");
    aws.ecs.update_service().service("web").force_new_deployment(true).send().await.unwrap();
    pass(600).await;
    assert_eq!(digests(&aws), [second.clone(), second]);
}

fn closed() -> Aws {
    let mut closed = World::new(ACCOUNT, REGION, 7, START);
    closed.closed = true;
    Aws::on(Sandbox::new(closed, tokio_clock(START, 1)))
}

/// Gives a closed world the network of the services of these tests.
fn connect(aws: &Aws) {
    aws.sandbox.with_world(|world| {
        let subnet = world.network.subnets.values().next().unwrap().clone();
        let group = world.network.security_groups.values().next().unwrap().clone();
        world.network.subnets.insert("subnet-a".to_owned(), subnet.clone());
        world.network.subnets.insert("subnet-b".to_owned(), subnet);
        world.network.security_groups.insert("sg-a".to_owned(), group);
        for table in world.network.route_tables.values_mut() {
            table.routes.iter_mut().for_each(|route| route.target = route.target.replace("igw-", "nat-"));
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_task_pulls_through_a_cache_with_the_permission_to_import_alone() {
    let pull = [
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
    ];
    let (import, create) = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository");
    let image = |prefix: &str| format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{prefix}/library/nginx:1");
    for (prefix, repository_is_there, more, fails_with) in [
        ("hub", false, vec![import, create], None),
        ("hub", false, vec![import], Some(create)),
        ("hub", false, vec![create], Some(import)),
        ("hub", true, vec![import], None),
        ("hubs", false, vec![import, create], Some("not found")),
    ] {
        let aws = closed();
        connect(&aws);
        call(&aws, "CreatePullThroughCacheRule", &json!({"ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "hub"}));
        if repository_is_there {
            call(&aws, "CreateRepository", &json!({"repositoryName": "hub/library/nginx"}));
        }
        aws.role("exec", &allow(&[&pull[..], &more].concat(), &["*"])).await;
        let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
        let revision = aws.register("web", &image(prefix), Some(&role), &[]).await;
        aws.create("web", &revision, 1).await;
        pass(300).await;
        let reasons = aws.stopped_reasons("web");
        match fails_with {
            None => assert_eq!((aws.describe("web").await.running_count(), reasons.len()), (1, 0), "{reasons:?}"),
            Some(words) => assert!(reasons.iter().any(|reason| reason.contains(words)), "{words}: {reasons:?}"),
        }
    }
}

/// In another world tasks find what nobody made.
#[tokio::test(start_paused = true)]
async fn in_a_closed_world_only_what_was_made_exists() {
    let aws = closed();
    aws.role("exec", &allow(&["*"], &["*"])).await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    let image = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web:1");
    let revision = aws.register("web", &image, Some(&role), &[]).await;
    let create = aws.create_with("web", &revision, 1, aws_sdk_ecs::types::DeploymentConfiguration::builder().build());
    let refused = super::support::refusal(create.send().await);
    assert!(refused.1.contains("The subnet ID 'subnet-a' does not exist"), "{refused:?}");
    connect(&aws);
    aws.create("web", &revision, 1).await;
    pass(60).await;
    let reasons = aws.stopped_reasons("web");
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| reason.contains("not found")), "{reasons:?}");
}

/// AWS runs the digest that a service revision has fixed, whatever becomes of its tag.
#[tokio::test(start_paused = true)]
async fn a_tag_that_is_overwritten_breaks_no_task_of_the_revision_before() {
    let aws = Aws::new();
    let definition = aws.register("web", "web:1", None, &[]).await;
    aws.create_with("web", &definition, 2, breaker(true)).send().await.unwrap();
    pass(600).await;
    let exits = Behaviour::exiting(1, Duration::from_secs(5));
    aws.sandbox.with_world(|world| world.surroundings.images.set("web:1", exits));
    aws.ecs.update_service().service("web").desired_count(3).send().await.unwrap();
    pass(120).await;
    assert_eq!(aws.describe("web").await.running_count(), 3, "who scales out gets the image of before");
    aws.sandbox.with_world(|world| {
        let id = world.ecs.tasks_of("default", "web").into_iter().find(|task| task.is_running()).unwrap().id.clone();
        world.crash_task(&id);
    });
    pass(120).await;
    assert_eq!(aws.describe("web").await.running_count(), 3, "and so does who is replaced");
    assert_eq!(aws.stopped_reasons("web").len(), 1, "of what it was told, and of nothing else");

    aws.ecs.update_service().service("web").force_new_deployment(true).send().await.unwrap();
    pass(600).await;
    let deployment = aws.deployment("web").await;
    assert_eq!(deployment.status().map(ServiceDeploymentStatus::as_str), Some("ROLLBACK_SUCCESSFUL"));
    assert_eq!(aws.describe("web").await.running_count(), 3);
    let (runs, ended): (BTreeSet<_>, BTreeSet<_>) = aws.sandbox.with_world(|world| {
        let tasks = world.ecs.tasks_of("default", "web");
        let digests = |is: fn(&Task) -> bool| {
            tasks.iter().filter(|task| is(task)).filter_map(|task| task.containers[0].digest.clone()).collect()
        };
        (digests(Task::is_running), digests(|task| task.containers[0].exit_code == Some(1)))
    });
    assert_eq!((runs.len(), ended.len()), (1, 1), "{runs:?} {ended:?}");
    assert_ne!(runs, ended, "what does something else has another digest");
}
