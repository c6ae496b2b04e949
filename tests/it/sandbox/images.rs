//! ECR, and what tasks of a closed world find.

use evenkeel::sandbox::{Sandbox, World, tokio_clock};
use serde_json::json;

use super::raw::{Raw, texts};
use super::support::{ACCOUNT, Aws, REGION, START, allow, pass};

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

/// In another world tasks find what nobody made.
#[tokio::test(start_paused = true)]
async fn in_a_closed_world_only_what_was_made_exists() {
    let mut closed = World::new(ACCOUNT, REGION, 7, START);
    closed.closed = true;
    let aws = Aws::on(Sandbox::new(closed, tokio_clock(START, 1)));
    aws.role("exec", &allow(&["*"], &["*"])).await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exec");
    let image = format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web:1");
    let revision = aws.register("web", &image, Some(&role), &[]).await;
    let create = aws.create_with("web", &revision, 1, aws_sdk_ecs::types::DeploymentConfiguration::builder().build());
    let refused = super::support::refusal(create.send().await);
    assert!(refused.1.contains("The subnet ID 'subnet-a' does not exist"), "{refused:?}");
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
    aws.create("web", &revision, 1).await;
    pass(60).await;
    let reasons = aws.stopped_reasons("web");
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| reason.contains("not found")), "{reasons:?}");
}
