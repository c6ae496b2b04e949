//! Copies of a secret in other Regions.

use aws_sdk_secretsmanager::types::{ReplicaRegionType, StatusType};

use crate::sandbox::support::{Aws, code, pass, refusal};

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
    aws.secrets
        .remove_regions_from_replication()
        .secret_id("db")
        .remove_replica_regions("us-east-1")
        .send()
        .await
        .unwrap();
    assert!(aws.secrets.delete_secret().secret_id("db").send().await.is_ok());
}
