//! The oracle, asked about a copy of a world: asking changes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use evenkeel::sandbox::{Request, Sandbox, Service, World};
use serde_json::{Value, json};

use super::scenarios::access::{self, ALL_NEEDED, BOUNDARY, boundary};
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

/// What somebody does to a world by hand, and whether tasks can start after it.
struct Broken {
    call: (Service, &'static str),
    input: Value,
    starts: bool,
}

/// `service:Operation`, and what it is asked.
fn broken(call: &'static str, input: Value, starts: bool) -> Broken {
    let (service, operation) = call.split_once(':').unwrap();
    let service = Service::ALL.into_iter().find(|known| known.signing_name() == service).unwrap();
    Broken { call: (service, operation), input, starts }
}

/// The control of all sweeps: what keeps tasks from starting is seen by the oracle, and is what the sandbox's tasks meet.
#[test]
fn the_oracle_and_the_tasks_of_the_sandbox_agree_on_what_cannot_start() {
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
    }});
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#;
    let cases = [
        broken("ecs:ListClusters", json!({}), true),
        broken("secretsmanager:DescribeSecret", json!({"SecretId": "shop/db"}), true),
        broken("iam:DeleteRolePolicy", json!({"RoleName": "shop-web-exec", "PolicyName": "evenkeel-default"}), false),
        broken(
            "iam:UpdateAssumeRolePolicy",
            json!({"RoleName": "shop-web-exec", "PolicyDocument": trust.to_string()}),
            false,
        ),
        broken("secretsmanager:DeleteSecret", json!({"SecretId": "shop/db", "RecoveryWindowInDays": 7}), false),
        broken("secretsmanager:PutResourcePolicy", json!({"SecretId": "shop/db", "ResourcePolicy": deny}), false),
        broken(
            "secretsmanager:PutSecretValue",
            json!({"SecretId": "shop/db", "SecretString": "{\"username\": \"u\"}",
            "ClientRequestToken": "00000000-0000-4000-8000-000000000009"}),
            false,
        ),
    ];
    let running = in_virtual_time_unlogged(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.sandbox.with_world(|world| world.clone())
    });
    agree(&running, "shop-web", cases);
}

/// The same where a customer's key and a permissions boundary stand between the tasks and the secret.
#[test]
fn the_oracle_and_the_tasks_agree_on_what_a_key_and_a_boundary_forbid() {
    let running = in_virtual_time_unlogged(async {
        let (lab, wanted) = access::key().await;
        lab.converge(&wanted).await;
        lab.sandbox.with_world(|world| world.clone())
    });
    let key = running.kms.keys().values().find(|key| !key.of_aws).unwrap().id.clone();
    let bounded = |actions: &[&str]| {
        let made = json!({"PolicyName": "narrow", "PolicyDocument": boundary(actions).to_string()});
        broken("iam:CreatePolicy", made, true)
    };
    let narrow = BOUNDARY.replace("boundary", "narrow");
    let bound = || {
        broken("iam:PutRolePermissionsBoundary", json!({"RoleName": "orders", "PermissionsBoundary": narrow}), false)
    };
    for missing in ALL_NEEDED {
        let rest: Vec<&str> = ALL_NEEDED.into_iter().filter(|needed| *needed != missing).collect();
        agree_after(&running, "orders", &[bounded(&rest), bound()]);
    }
    agree_after(&running, "orders", &[bounded(&ALL_NEEDED), Broken { starts: true, ..bound() }]);
    let own = boundary(&["secretsmanager:GetSecretValue", "ecr:*"]);
    let own = json!({"RoleName": "orders", "PolicyName": "evenkeel-default", "PolicyDocument": own.to_string()});
    let of_the_key = |principal: &str| {
        let account = json!({"AWS": format!("arn:aws:iam::123456789012:{principal}")});
        let statement = json!({"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        json!({"KeyId": key, "PolicyName": "default", "Policy": policy})
    };
    let cases = [
        broken("iam:PutRolePolicy", own, false),
        broken("iam:DeleteRolePermissionsBoundary", json!({"RoleName": "orders"}), true),
        broken("kms:PutKeyPolicy", of_the_key("root"), true),
        broken("kms:PutKeyPolicy", of_the_key("role/orders"), true),
        broken("kms:PutKeyPolicy", of_the_key("role/another"), false),
        broken("kms:DisableKey", json!({"KeyId": key}), false),
    ];
    agree(&running, "orders", cases);
}

/// Each in a world of its own.
fn agree(running: &World, service: &str, cases: impl IntoIterator<Item = Broken>) {
    for case in cases {
        agree_after(running, service, &[case]);
    }
}

/// After all of it, and another deployment: the last one says whether tasks start.
fn agree_after(running: &World, service: &str, done: &[Broken]) {
    let sound = estate(running).picture();
    let Broken { call: (_, last), starts, .. } = done.last().unwrap();
    in_virtual_time_unlogged(async {
        let lab = Lab::at(running.clone(), Sandbox::http_client).await;
        for Broken { call: (service, operation), input, .. } in done {
            match service {
                Service::Iam => drop(lab.form(operation, input)),
                service => drop(lab.call(*service, operation, input)),
            }
        }
        // What is changed in IAM is so after a while.
        tokio::time::sleep(Duration::from_mins(1)).await;
        let again = json!({"cluster": "shop", "service": service, "forceNewDeployment": true});
        lab.call(Service::Ecs, "UpdateService", &again);
        tokio::time::sleep(Duration::from_mins(2)).await;
        lab.sandbox.with_world(|world| {
            let (estate, refused) = (estate(world), refused(world));
            assert_eq!(estate.faults().is_empty(), refused.is_empty(), "{last}: {refused:#?}\n{:#?}", estate.faults());
            assert_eq!(refused.is_empty(), *starts, "{last}: {refused:#?}");
            assert_ne!(estate.picture(), sound, "{last}: another deployment is another picture");
        });
    });
}
