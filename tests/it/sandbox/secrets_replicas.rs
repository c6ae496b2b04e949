//! Copies of a secret in other Regions.

use aws_sdk_secretsmanager::types::{ReplicaRegionType, StatusType};

use crate::sandbox::support::{Aws, START, code, pass, refusal};

fn region(name: &str) -> ReplicaRegionType {
    ReplicaRegionType::builder().region(name).build()
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_in_progress_and_then_in_sync_and_has_the_regions_own_key() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!((described.replication_status().len(), described.primary_region()), (0, None));
    let with_key = ReplicaRegionType::builder().region("us-east-1").kms_key_id("alias/orders").build();
    let call = aws.secrets.replicate_secret_to_regions().secret_id("db").add_replica_regions(region("eu-central-1"));
    let begun = call.add_replica_regions(with_key).send().await.unwrap();
    assert!(begun.replication_status().iter().all(|copy| copy.status() == Some(&StatusType::InProgress)));
    pass(10).await;
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    let copies = described.replication_status();
    let keys: Vec<_> = copies.iter().map(|copy| (copy.region().unwrap(), copy.kms_key_id().unwrap())).collect();
    assert_eq!(keys, [("eu-central-1", "alias/aws/secretsmanager"), ("us-east-1", "alias/orders")]);
    assert!(copies.iter().all(|copy| copy.status() == Some(&StatusType::InSync)));
    assert_eq!(described.primary_region(), Some("eu-west-1"));

    let removed = aws.secrets.remove_regions_from_replication().secret_id("db").remove_replica_regions("us-east-1");
    assert_eq!(removed.clone().send().await.unwrap().replication_status().len(), 1);
    assert_eq!(code(removed.send().await), "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_fails_says_why_and_may_be_tried_again() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let why = "Secret with this name already exists in this region";
    aws.sandbox.with_world(|world| world.secrets.replication_failures.insert("us-east-1".into(), why.into()));
    let replicate =
        || aws.secrets.replicate_secret_to_regions().secret_id("db").add_replica_regions(region("us-east-1"));
    replicate().send().await.unwrap();
    assert_eq!(code(replicate().send().await), "InvalidParameterException", "it is being made");
    pass(10).await;
    let status = async || {
        let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
        let copy = &described.replication_status()[0];
        (copy.status().cloned().unwrap(), copy.status_message().map(str::to_owned))
    };
    assert_eq!(status().await, (StatusType::Failed, Some(why.to_owned())));
    aws.sandbox.with_world(|world| world.secrets.replication_failures.clear());
    replicate().send().await.unwrap();
    pass(10).await;
    assert_eq!(status().await, (StatusType::InSync, None));
}

#[tokio::test(start_paused = true)]
async fn a_copy_takes_no_key_of_another_region() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let key = |region: &str| format!("arn:aws:kms:{region}:123456789012:key/11111111-2222-3333-4444-555555555555");
    let replicate = |of: &str| {
        let copy = ReplicaRegionType::builder().region("eu-central-1").kms_key_id(key(of)).build();
        aws.secrets.replicate_secret_to_regions().secret_id("db").add_replica_regions(copy)
    };
    assert_eq!(code(replicate("eu-west-1").send().await), "InvalidParameterException");
    let begun = replicate("eu-central-1").send().await.unwrap();
    assert_eq!(begun.replication_status()[0].kms_key_id(), Some(key("eu-central-1").as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_secret_has_no_copy_in_its_own_region_and_none_twice() {
    let aws = Aws::new();
    aws.secret("db", "v").await;
    let replicate = || aws.secrets.replicate_secret_to_regions().secret_id("db");
    assert_eq!(code(replicate().add_replica_regions(region("eu-west-1")).send().await), "InvalidParameterException");
    let twice = replicate().add_replica_regions(region("us-east-1")).add_replica_regions(region("us-east-1"));
    assert_eq!(code(twice.send().await), "InvalidParameterException");
    assert_eq!(code(replicate().add_replica_regions(region("nowhere")).send().await), "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn a_secret_with_copies_is_not_deleted_and_may_be_made_with_them() {
    let aws = Aws::new();
    let made = aws.secrets.create_secret().name("db").secret_string("v").add_replica_regions(region("us-east-1"));
    assert_eq!(made.send().await.unwrap().replication_status().len(), 1);
    let (kind, message) = refusal(aws.secrets.delete_secret().secret_id("db").send().await);
    assert_eq!(kind, "InvalidParameterException");
    assert!(message.contains("still has replica regions [us-east-1]"), "{message}");
    end_copy(&aws).await;
    assert!(aws.secrets.delete_secret().secret_id("db").send().await.is_ok());
}

/// Its copy is no more.
async fn end_copy(aws: &Aws) {
    let remove = aws.secrets.remove_regions_from_replication().secret_id("db");
    remove.remove_replica_regions("us-east-1").send().await.unwrap();
}

fn there(aws: &Aws) -> Aws {
    Aws::in_region(aws.sandbox.clone(), "us-east-1")
}

async fn copied() -> (Aws, Aws) {
    let aws = Aws::new();
    let made = aws.secrets.create_secret().name("db").secret_string("v1").client_request_token("1".repeat(32));
    let with_key = ReplicaRegionType::builder().region("us-east-1").kms_key_id("alias/there").build();
    made.add_replica_regions(with_key).send().await.unwrap();
    let copy = there(&aws);
    let early = copy.secrets.describe_secret().secret_id("db").send().await;
    assert_eq!(code(early), "ResourceNotFoundException", "it is being made");
    pass(10).await;
    (aws, copy)
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_read_in_its_region_follows_its_primary_and_is_not_written() {
    let (aws, copy) = copied().await;
    let primary = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    let arn = primary.arn().unwrap().replace("eu-west-1", "us-east-1");
    let put = aws.secrets.put_secret_value().secret_id("db").secret_string("v2").client_request_token("2".repeat(32));
    put.send().await.unwrap();
    let described = copy.secrets.describe_secret().secret_id(&arn).send().await.unwrap();
    assert_eq!(described.arn(), Some(arn.as_str()));
    assert_eq!((described.primary_region(), described.kms_key_id()), (Some("eu-west-1"), Some("alias/there")));
    assert_eq!((described.replication_status().len(), described.last_accessed_date()), (0, None));
    let listed = copy.secrets.list_secrets().send().await.unwrap();
    assert_eq!(listed.secret_list()[0].arn(), Some(arn.as_str()));
    assert_eq!(copy.secrets.get_secret_value().secret_id("db").send().await.unwrap().secret_string(), Some("v2"));
    let previous = copy.secrets.get_secret_value().secret_id(&arn).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.version_id(), Some("1".repeat(32).as_str()));

    let refused = "Operation not permitted on a replica secret. Call must be made in primary secret's region.";
    let outcomes = [
        refusal(copy.secrets.put_secret_value().secret_id("db").secret_string("v3").send().await),
        refusal(copy.secrets.update_secret().secret_id("db").description("d").send().await),
        refusal(copy.secrets.delete_secret().secret_id("db").send().await),
        refusal(copy.secrets.untag_resource().secret_id(&arn).tag_keys("a").send().await),
        refusal(copy.secrets.delete_resource_policy().secret_id("db").send().await),
    ];
    for outcome in outcomes {
        assert_eq!(outcome, ("InvalidParameterException".to_owned(), refused.to_owned()));
    }
    copy.secrets.update_secret().secret_id("db").kms_key_id("alias/other").send().await.unwrap();
    let status = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!(status.replication_status()[0].kms_key_id(), Some("alias/other"), "but for its key");
    // The day on which it was read is told in both Regions, and is not the primary's.
    let day = status.replication_status()[0].last_accessed_date().unwrap().secs();
    assert_eq!(day, START.0 / 1000);
    let described = copy.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!(described.last_accessed_date().map(aws_smithy_types::DateTime::secs), Some(day));
    assert_eq!(status.last_accessed_date(), None);

    end_copy(&aws).await;
    assert_eq!(code(copy.secrets.describe_secret().secret_id(&arn).send().await), "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_was_promoted_stands_alone_and_no_copy_takes_its_place_unless_told_so() {
    let (aws, copy) = copied().await;
    let stop = |clients: &Aws, id: &str| clients.secrets.stop_replication_to_replica().secret_id(id).send();
    assert_eq!(code(stop(&aws, "db").await), "InvalidRequestException", "a primary is no copy");
    assert_eq!(code(stop(&copy, "none").await), "ResourceNotFoundException");
    let arn = stop(&copy, "db").await.unwrap().arn.unwrap();
    assert!(arn.contains(":us-east-1:"), "{arn}");
    assert_eq!(code(stop(&copy, "db").await), "InvalidRequestException", "no more");
    let status = async || aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!((status().await.replication_status().len(), status().await.primary_region()), (0, None));
    let alone = copy.secrets.describe_secret().secret_id("db").send().await.unwrap();
    assert_eq!((alone.primary_region(), alone.kms_key_id()), (None, Some("alias/there")));
    aws.secrets.put_secret_value().secret_id("db").secret_string("v2").send().await.unwrap();
    let value = async || copy.secrets.get_secret_value().secret_id("db").send().await.unwrap().secret_string;
    assert_eq!(value().await.as_deref(), Some("v1"), "it follows nobody");

    let replicate = |forced: bool| {
        let call = aws.secrets.replicate_secret_to_regions().secret_id("db").force_overwrite_replica_secret(forced);
        call.add_replica_regions(region("us-east-1")).send()
    };
    replicate(true).await.unwrap();
    let removed = aws.secrets.remove_regions_from_replication().secret_id("db").remove_replica_regions("us-east-1");
    removed.send().await.unwrap();
    pass(10).await;
    assert_eq!(value().await.as_deref(), Some("v1"), "a copy that was taken back in time puts nothing in its place");
    replicate(false).await.unwrap();
    pass(10).await;
    let failed = status().await;
    assert_eq!(failed.replication_status()[0].status(), Some(&StatusType::Failed));
    let why = "Secret with this name already exists in this region";
    assert_eq!(failed.replication_status()[0].status_message(), Some(why));
    assert_eq!(value().await.as_deref(), Some("v1"));
    replicate(true).await.unwrap();
    pass(10).await;
    assert_eq!(status().await.replication_status()[0].status(), Some(&StatusType::InSync));
    assert_eq!(value().await.as_deref(), Some("v2"));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_decrypted_is_not_copied() {
    let aws = Aws::new();
    aws.sandbox.with_world(|world| world.closed = true);
    let created = aws.secrets.create_secret().name("db").secret_string("v");
    created.send().await.unwrap();
    aws.sandbox.with_world(|world| {
        let version = world.secrets.get_mut("db").unwrap().versions.values_mut().next().unwrap();
        version.key = Some("alias/gone".to_owned());
    });
    let call = aws.secrets.replicate_secret_to_regions().secret_id("db").add_replica_regions(region("us-east-1"));
    call.send().await.unwrap();
    pass(10).await;
    let described = aws.secrets.describe_secret().secret_id("db").send().await.unwrap();
    let copy = &described.replication_status()[0];
    assert_eq!(
        (copy.status(), copy.status_message()),
        (Some(&StatusType::Failed), Some("The KMS key is disabled or not found"))
    );
}
