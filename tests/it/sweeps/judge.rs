//! The oracle, asked about a copy of a world: asking changes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::sandbox::{Request, Sandbox, Service, World};
use serde_json::json;

use crate::oracle::{Answers, Estate};
use crate::support::lab::{Lab, in_virtual_time_unlogged, shop};

/// A world that answers.
struct Told(World);

impl Answers for Told {
    #[expect(clippy::unwrap_in_result, reason = "an answer that is no text is a failed test")]
    fn answer(&mut self, call: &str, input: &str) -> Result<String, String> {
        let (service, operation) = call.split_once(':').unwrap();
        let service = Service::ALL.into_iter().find(|known| known.signing_name() == service).unwrap();
        let region = self.0.place().region.clone();
        let request = Request { service, operation: operation.to_owned(), region, body: input.as_bytes().to_vec() };
        let now = self.0.now();
        let answer = self.0.call(now, &request);
        let body = String::from_utf8(answer.body).unwrap();
        if answer.status == 200 { Ok(body) } else { Err(body) }
    }
}

/// What a world says of itself.
pub(super) fn estate(world: &World) -> Estate {
    let place = world.place();
    Estate::read(&mut Told(world.clone()), &place.account, &place.region)
}

/// The tasks that never ran, because ECS could not get what they need. (Not those whose containers ended.)
pub(super) fn refused(world: &World) -> BTreeSet<String> {
    let stopped = world.ecs.tasks().values().filter_map(|task| Some((task, task.stop.as_ref()?)));
    let refused = stopped.filter(|(_, stop)| {
        ["ResourceInitializationError", "CannotPull", "ECS was unable to assume"]
            .iter()
            .any(|start| stop.reason.starts_with(start))
    });
    refused.map(|(task, stop)| format!("{}: {}", task.id, stop.reason)).collect()
}

/// The control of all sweeps: what keeps tasks from starting is seen by the oracle, and is what the sandbox's tasks meet.
#[test]
fn the_oracle_and_the_tasks_of_the_sandbox_agree_on_what_cannot_start() {
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#;
    let broken: [(&str, &str, serde_json::Value); 7] = [
        ("ecs", "ListClusters", json!({})),
        ("secretsmanager", "DescribeSecret", json!({"SecretId": "shop/db"})),
        ("iam", "DeleteRolePolicy", json!({"RoleName": "shop-web-exec", "PolicyName": "evenkeel-default"})),
        ("iam", "UpdateAssumeRolePolicy", json!({"RoleName": "shop-web-exec", "PolicyDocument": trust})),
        ("secretsmanager", "DeleteSecret", json!({"SecretId": "shop/db", "RecoveryWindowInDays": 7})),
        ("secretsmanager", "PutResourcePolicy", json!({"SecretId": "shop/db", "ResourcePolicy": deny})),
        (
            "secretsmanager",
            "PutSecretValue",
            json!({"SecretId": "shop/db", "SecretString": "{\"username\": \"u\"}",
            "ClientRequestToken": "00000000-0000-4000-8000-000000000009"}),
        ),
    ];
    let running = in_virtual_time_unlogged(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.sandbox.with_world(|world| world.clone())
    });
    let sound = estate(&running).picture();
    for (number, (service, operation, input)) in broken.into_iter().enumerate() {
        in_virtual_time_unlogged(async {
            let lab = Lab::at(running.clone(), Sandbox::http_client).await;
            let service = Service::ALL.into_iter().find(|known| known.signing_name() == service).unwrap();
            match service {
                Service::Iam => drop(lab.form(operation, &input)),
                service => drop(lab.call(service, operation, &input)),
            }
            let again = json!({"cluster": "shop", "service": "shop-web", "forceNewDeployment": true});
            lab.call(Service::Ecs, "UpdateService", &again);
            tokio::time::sleep(Duration::from_mins(2)).await;
            lab.sandbox.with_world(|world| {
                let (estate, refused) = (estate(world), refused(world));
                assert_eq!(estate.faults().is_empty(), refused.is_empty(), "{operation}: {refused:#?}");
                assert_eq!(refused.is_empty(), number < 2, "{operation}");
                assert_ne!(estate.picture(), sound, "{operation}: another deployment is another picture");
            });
        });
    }
}
