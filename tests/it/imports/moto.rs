//! On moto: those that it supports, and a service whose rollouts someone else drives.

use serde_json::{Value, json};

use super::corpus::{Account, CLUSTER, furnish};
use super::program::{import_and_adopt, run};
use crate::moto::http::Message;
use crate::moto::lab::{Lab, REGION, ask, in_real_time};
use crate::support::folder::Folder;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;

struct Account_<'l>(&'l Lab);

impl Account for Account_<'_> {
    fn ecs(&self, operation: &str, body: &Value) -> Value {
        let headers = format!(
            "content-type: application/x-amz-json-1.1\r\nx-amz-target: AmazonEC2ContainerServiceV20141113.{operation}"
        );
        let call = Message::call((&self.0.account, REGION), "ecs", &headers, &body.to_string());
        serde_json::from_str(&ask(&call)).unwrap()
    }

    fn secret(&self, name: &str) -> (String, String) {
        (self.0.create_secret_in(REGION, name), crate::moto::lab::version_id(name, 1))
    }

    fn role(&self, name: &str) -> String {
        let trust = percent_encoding::utf8_percent_encode(TRUST, percent_encoding::NON_ALPHANUMERIC);
        let form = format!("Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument={trust}");
        let kind = "content-type: application/x-www-form-urlencoded";
        ask(&Message::call((&self.0.account, REGION), "iam", kind, &form));
        format!("arn:aws:iam::{}:role/{name}", self.0.account)
    }

    fn placed(&self, text: String) -> String {
        self.0.placed(&text)
    }
}

#[test]
fn what_moto_supports_is_imported_without_a_difference_and_taken_over_by_tags_alone() {
    in_real_time(async {
        let lab = Lab::new().await;
        let made = furnish(&Account_(&lab), true);
        assert!(made.task_definitions >= 30, "{}", made.task_definitions);
        let folder = Folder::new();
        import_and_adopt(&Account_(&lab), &made, &folder.join("manifests"), || lab.program());
        let values = lab.front.calls().into_keys().filter(|operation| operation.ends_with("GetSecretValue"));
        assert_eq!(values.count(), 0);
    });
}

#[test]
fn a_service_whose_rollouts_someone_else_drives_is_refused_in_clear_words() {
    in_real_time(async {
        let lab = Lab::new().await;
        let account = Account_(&lab);
        let body = json!({"family": "web", "containerDefinitions": [{"name": "web", "image": "web:1", "memory": 64}]});
        let arn = account.ecs("RegisterTaskDefinition", &body)["taskDefinition"]["taskDefinitionArn"].clone();
        for (name, controller) in [("blue", "CODE_DEPLOY"), ("own", "EXTERNAL"), ("plain", "ECS")] {
            let body = json!({"cluster": CLUSTER, "serviceName": name, "taskDefinition": arn, "desiredCount": 1,
                "deploymentController": {"type": controller}});
            account.ecs("CreateService", &body);
        }
        let ran = run(lab.program(), &["init", "service", "--all", CLUSTER]);
        assert_eq!(ran.exit, Some(1), "{}", ran.err);
        for said in
            ["shop/blue has the deployment controller CODE_DEPLOY", "shop/own has the deployment controller EXTERNAL"]
        {
            assert!(ran.err.contains(said), "{}", ran.err);
        }
        assert!(ran.out.contains("serviceName: plain") && !ran.out.contains("serviceName: blue"), "{}", ran.out);
    });
}
