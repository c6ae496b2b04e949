//! What other people see and do in the account: the raw SDK, past the door.

use aws_sdk_ecs::types::{Service, ServiceField, Tag, TaskDefinition, TaskDefinitionField};
use evenkeel::model::tags::{APPLIED, INSTALLATION, RESOURCE};
use serde_json::Value;

use super::lab::Lab;

impl Lab {
    pub(crate) async fn secret_arn(&self, name: &str) -> String {
        self.secrets.describe_secret().secret_id(name).send().await.unwrap().arn.unwrap()
    }

    /// An inline policy, decoded.
    pub(crate) async fn inline_policy(&self, role: &str, policy: &str) -> Value {
        let answer = self.iam.get_role_policy().role_name(role).policy_name(policy).send().await.unwrap();
        let text = percent_encoding::percent_decode_str(answer.policy_document()).decode_utf8().unwrap().into_owned();
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn service(&self, name: &str) -> Service {
        let call = self.ecs.describe_services().cluster("shop").services(name).include(ServiceField::Tags);
        call.send().await.unwrap().services.unwrap().remove(0)
    }

    /// The revision that a service runs, and its tags.
    pub(crate) async fn revision(&self, service: &str) -> (TaskDefinition, Vec<Tag>) {
        let arn = self.service(service).await.task_definition.unwrap();
        let call = self.ecs.describe_task_definition().task_definition(arn).include(TaskDefinitionField::Tags);
        let answer = call.send().await.unwrap();
        (answer.task_definition.unwrap(), answer.tags.unwrap())
    }

    /// Lets the mark of a service be an hour old, for the real program, which has the real time: within 30 seconds of its
    /// own write it takes any difference for a stale read (law 14).
    pub(crate) async fn age_mark(&self, service: &str) {
        let service = self.service(service).await;
        let mark = service.tags().iter().find(|tag| tag.key() == Some(APPLIED)).unwrap().value().unwrap();
        let (rest, seconds) = mark.rsplit_once(':').unwrap();
        let old = format!("{rest}:{}", seconds.parse::<i64>().unwrap() - 3600);
        let tag = Tag::builder().key(APPLIED).value(old).build();
        self.ecs.tag_resource().resource_arn(service.service_arn().unwrap()).tags(tag).send().await.unwrap();
    }
}

/// The three tags of an object that evenkeel made, and no others.
pub(crate) fn assert_marked<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>, resource: &str) {
    let mut tags: Vec<(&str, &str)> = tags.collect();
    tags.sort_unstable();
    let [(APPLIED, mark), (INSTALLATION, "default"), (RESOURCE, marked)] = tags[..] else { panic!("{tags:?}") };
    assert_eq!(marked, resource);
    assert!(mark.starts_with("v1:") && mark.contains(":-:"), "{mark}");
}
