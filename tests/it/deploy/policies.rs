//! The controller's policies, evaluated by the sandbox's IAM.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use evenkeel::cloud::Browse as _;
use evenkeel::manifest::SourceFile;
use evenkeel::model::deletion::DeletionPolicy;
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{ClusterName, Installation, Name, SecretName};
use evenkeel::model::inventory::PruneRules;
use evenkeel::model::observed::Seen;
use evenkeel::sandbox::{Request, Service};
use evenkeel::values::kms::{context, encrypt};
use serde_json::{Value, json};

use super::forbidden::{forbidden, own_key};
use crate::sandbox::support::TRUST;
use crate::support::lab::{Lab, desired, in_virtual_time};
use crate::support::leaks::CANARY;
use crate::support::query::query;
use crate::support::values;

pub(super) const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/evenkeel-tasks";

/// A policy of `deploy/policies`, for the lab's account.
pub(super) fn of_the_shop(name: &str) -> String {
    let places = [
        ("Installation", "default"),
        ("Cluster", "shop"),
        ("Boundary", BOUNDARY),
        ("ControllerRole", "evenkeel"),
        ("RotationFunctions", "rotate-*"),
    ];
    policy(name, &places)
}

/// The same for another installation.
pub(super) fn policy(name: &str, places: &[(&str, &str)]) -> String {
    filled(name, &of_this_account(places))
}

/// What stands for the names, with those of the account and what the templates say where nobody says anything.
pub(crate) fn of_this_account<'p>(places: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    let account = [
        ("Partition", "aws"),
        ("DnsSuffix", "amazonaws.com"),
        ("AccountId", "123456789012"),
        ("Region", "eu-west-1"),
        ("RolePath", "/evenkeel/"),
        ("SecretNames", "*"),
        ("SopsKeyId", "none"),
        ("RotationFunctions", "none"),
    ];
    places.iter().copied().chain(account).collect()
}

/// A policy of `deploy/policies` with something in the place of every name.
pub(crate) fn filled(name: &str, places: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/policies").join(name);
    let mut text = std::fs::read_to_string(path).unwrap();
    for (name, value) in places {
        text = text.replace(&format!("${{{name}}}"), value);
    }
    assert!(!text.contains("${"), "{text}");
    text
}

/// The shop, with roles under a path and within a boundary, a secret whose metadata is managed, its key too in the end, and
/// one that is made under a customer's key.
fn shop(tag: &str) -> Desired {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples/shop");
    let file = |name: &str| {
        let text =
            std::fs::read_to_string(folder.join(name)).unwrap().replace("shop-web:2.0.0", &format!("shop-web:{tag}"));
        let role = format!("spec:\n  path: /evenkeel/\n  permissionsBoundary: {BOUNDARY}\n  roleName:");
        SourceFile { name: name.to_owned(), text: text.replace("spec:\n  roleName:", &role) }
    };
    let mail = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: mail, annotations: {evenkeel.dev/adopt: \"true\"}}\nspec: {secretName: shop/mail, description: Mail, tags: {team: shop}, replicas: [COPY]KEY}\n";
    let (key, copy) = if tag == "2.0.0" { ("", "") } else { (", kmsKeyId: alias/shop", ", kmsKeyId: alias/shop") };
    let mail = mail.replace("COPY", &format!("{{region: eu-central-1{copy}}}")).replace("KEY", key);
    let mail = SourceFile { name: "mail.yaml".to_owned(), text: mail };
    let made = "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: made}\nspec: {secretName: shop/made, kmsKeyId: alias/shop, value: {generate: {generation: GENERATION}}}\n";
    let made = made.replace("GENERATION", if tag == "2.0.0" { "1" } else { "2" });
    let made = SourceFile { name: "made.yaml".to_owned(), text: made };
    desired(&[file("database.yaml"), file("web.yaml"), file("worker.yaml"), mail, made])
}

/// A secret whose value stands in Git, as `secret encrypt --format kms` makes that.
async fn sealed(lab: &Lab) -> Desired {
    let context = context(&Installation::new("default"), &SecretName::new("shop/sealed"));
    let key = as_a_person(lab, lab.aws.new_data_key("alias/shop", &context)).await.unwrap();
    let file = encrypt(&values::plaintext(CANARY), &key, &context).unwrap();
    let manifest = values::encrypted("sealed", "sealed.kms", "kms", ", secretName: shop/sealed");
    values::desired("default", &manifest, file.as_bytes())
}

/// Something that is not the controller's to do.
async fn as_a_person<T>(lab: &Lab, doing: impl Future<Output = T>) -> T {
    let before = lab.sandbox.with_world(|world| world.caller.take());
    let done = doing.await;
    lab.sandbox.with_world(|world| world.caller = before);
    done
}

async fn lab_under(name: &str) -> Lab {
    let lab = Lab::with_shop().await;
    let key = lab.call(Service::Kms, "CreateKey", &json!({}));
    let key = json!({"AliasName": "alias/shop", "TargetKeyId": key["KeyMetadata"]["KeyId"]});
    lab.call(Service::Kms, "CreateAlias", &key);
    lab.create_secret("shop/mail", 1);
    let may = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let made = json!({"PolicyName": "evenkeel-tasks", "PolicyDocument": may.to_string()});
    lab.form("CreatePolicy", &made);
    lab.form("CreateRole", &json!({"RoleName": "evenkeel", "AssumeRolePolicyDocument": TRUST}));
    lab.form("CreateRole", &json!({"RoleName": "admin", "AssumeRolePolicyDocument": TRUST}));
    let put = json!({"RoleName": "evenkeel", "PolicyName": "controller", "PolicyDocument": of_the_shop(name)});
    lab.form("PutRolePolicy", &put);
    lab.sandbox.with_world(|world| world.caller = Some("evenkeel".into()));
    lab
}

pub(super) fn denials(lab: &Lab) -> Vec<String> {
    lab.sandbox.with_world(|world| {
        let denied = |error: &Option<String>| error.as_deref().is_some_and(|error| error.starts_with("AccessDenied"));
        world.journal.calls().filter(|call| denied(&call.error)).map(|call| call.operation.clone()).collect()
    })
}

/// The actions that a statement of a kind names.
fn actions(policy: &Value) -> BTreeSet<String> {
    let allowing = policy["Statement"].as_array().unwrap().iter().filter(|statement| statement["Effect"] == "Allow");
    let listed = allowing.flat_map(|statement| match &statement["Action"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    });
    listed.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// The table of what evenkeel needs is what people write policies of their own from.
#[test]
fn the_controllers_policy_allows_what_the_page_lists_and_nothing_else() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).unwrap();
    let (_, table) = page.split_once("| service | reads | writes |").unwrap();
    let mut listed = BTreeSet::new();
    for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let service = row.split('|').nth(1).unwrap().trim();
        let prefix = match service {
            "Secrets Manager" => "secretsmanager",
            "IAM" => "iam",
            "ECS" => "ecs",
            "STS" => "sts",
            "Resource Groups Tagging" => "tag",
            "KMS, through Secrets Manager" => "kms",
            "SQS" => "sqs",
            other => panic!("{other}"),
        };
        let is_action = |text: &&str| {
            let name = text.rsplit(':').next().unwrap();
            name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let quoted = row.split('`').skip(1).step_by(2).filter(is_action).filter(|text| *text != "EveryCommit");
        listed.extend(quoted.map(|name| if name.contains(':') { name.to_owned() } else { format!("{prefix}:{name}") }));
    }
    let allowed = actions(&serde_json::from_str(&of_the_shop("controller.json")).unwrap());
    assert_eq!(allowed.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new(), "allowed and not listed");
    assert_eq!(listed.difference(&allowed).collect::<Vec<_>>(), Vec::<&String>::new(), "listed and not allowed");
}

#[test]
fn the_controllers_policy_allows_everything_that_evenkeel_does() {
    in_virtual_time(async {
        let lab = lab_under("controller.json").await;
        let encrypted = sealed(&lab).await;
        let shop = |tag: &str| {
            let mut shop = shop(tag);
            shop.secrets.extend(encrypted.secrets.clone());
            shop
        };
        lab.converge(&shop("2.0.0")).await;
        lab.converge(&shop("2.1.0")).await;
        as_a_person(&lab, async { lab.rotate("shop/db", 2) }).await;
        tokio::time::sleep(Duration::from_mins(2)).await;
        lab.converge(&shop("2.1.0")).await;
        let mut tagged = shop("2.1.0");
        for td in tagged.task_definitions.values_mut() {
            td.tags.insert("team".to_owned(), "shop".to_owned());
        }
        lab.converge(&tagged).await;
        // A service that lost its tags is adopted anew.
        let web = "arn:aws:ecs:eu-west-1:123456789012:service/shop/shop-web";
        let untag = json!({"resourceArn": web, "tagKeys": ["evenkeel.dev/installation", "evenkeel.dev/resource"]});
        as_a_person(&lab, async { lab.call(Service::Ecs, "UntagResource", &untag) }).await;
        tagged.services.values_mut().for_each(|service| service.adopt = true);
        lab.converge(&tagged).await;
        let held = json!({"resourceArn": web});
        let held = as_a_person(&lab, async { lab.call(Service::Ecs, "ListTagsForResource", &held) }).await.to_string();
        assert!(held.contains("Service/web"), "{held}");
        assert_eq!(denials(&lab), Vec::<String>::new());
        let written: std::collections::BTreeSet<String> = lab.written().into_iter().collect();
        for operation in [
            "CreateRole",
            "PutRolePolicy",
            "RegisterTaskDefinition",
            "CreateService",
            "UpdateService",
            "TagResource",
            "UpdateSecret",
            "CreateSecret",
            "PutSecretValue",
        ] {
            assert!(written.contains(operation), "{operation} is not among {written:?}");
        }
        assert!(lab.aws.calls().contains_key("kms:Decrypt"), "a value of Git was decrypted");
        let copy =
            lab.sandbox.with_world(|world| world.secrets.get("shop/mail").unwrap().replicas["eu-central-1"].clone());
        assert_eq!((copy.kms_key_id.as_str(), copy.status.as_str()), ("alias/shop", "InSync"));
        // With `kms:Encrypt` too: without it what is there would stay under the old key, which its readers may lose.
        lab.sandbox.with_world(|world| world.caller = None);
        for secret in ["shop/made", "shop/mail"] {
            let listed = lab.call(Service::SecretsManager, "ListSecretVersionIds", &json!({"SecretId": secret}));
            let current = listed["Versions"]
                .as_array()
                .unwrap()
                .iter()
                .find(|version| version["VersionStages"].as_array().unwrap().contains(&json!("AWSCURRENT")));
            let keys = current.unwrap()["KmsKeyIds"].to_string();
            assert!(keys.contains("alias/shop") || keys.contains(&own_key(&lab)), "{secret}: {keys}");
        }
    });
}

#[test]
fn the_controller_sets_up_rotations_by_the_functions_that_are_named_and_by_no_others() {
    in_virtual_time(async {
        let lab = lab_under("controller.json").await;
        let made = |rotation: &str| {
            let mut shop = shop("2.0.0");
            let text = format!(
                "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {{name: turned}}\nspec: {{secretName: shop/turned, value: {{generate: {{}}}}{rotation}}}\n"
            );
            shop.secrets.extend(desired(&[SourceFile { name: "turned.yaml".to_owned(), text }]).secrets);
            shop
        };
        let by = |name: &str| {
            made(&format!(
                ", rotation: {{lambdaArn: \"arn:aws:lambda:eu-west-1:123456789012:function:{name}\", schedule: rate(30 days), rotateImmediately: false}}"
            ))
        };
        lab.converge(&made("")).await;
        lab.converge(&by("rotate-db")).await;
        assert_eq!(denials(&lab), Vec::<String>::new());
        assert!(lab.written().contains(&"RotateSecret".to_owned()), "{:?}", lab.written());
        let (_, execution) = lab.pass(&by("other")).await;
        assert_eq!((execution.done(), denials(&lab)), (0, vec!["RotateSecret".to_owned()]));
    });
}

/// The worker leaves, and with it a secret whose manifest asked for that.
#[test]
fn the_controllers_policy_allows_to_delete_what_is_its_own_and_nothing_for_good() {
    in_virtual_time(async {
        let lab = lab_under("controller.json").await;
        let mut all = shop("2.0.0");
        for secret in all.secrets.values_mut().filter(|secret| !secret.is_reference()) {
            secret.deletion_policy = DeletionPolicy::ScheduleDeletion { days: 7 };
            // One with copies is not deleted.
            secret.replicas = None;
        }
        lab.converge(&all).await;
        let force = json!({"SecretId": "shop/mail", "ForceDeleteWithoutRecovery": true});
        let request = Request {
            service: Service::SecretsManager,
            operation: "DeleteSecret".into(),
            region: "eu-west-1".into(),
            body: force.to_string().into_bytes(),
        };
        let said = String::from_utf8(lab.sandbox.call(&request).unwrap().body).unwrap();
        assert!(said.contains("AccessDenied"), "{said}");
        let denied = denials(&lab);
        let stays = |kind: &Name| kind.as_str() != "worker" && kind.as_str() != "mail";
        all.services.retain(|name, _| stays(name));
        all.task_definitions.retain(|name, _| stays(name));
        all.roles.retain(|name, _| stays(name));
        all.secrets.retain(|name, _| stays(name));
        all.policy.prune = PruneRules { enabled: true, max_millionths: 600_000 };
        lab.converge(&all).await;
        assert_eq!(denials(&lab), denied, "nothing else was denied");
        let written: std::collections::BTreeSet<String> = lab.written().into_iter().collect();
        let deletes = ["DeleteService", "DeregisterTaskDefinition", "DeleteRolePolicy", "DeleteRole", "DeleteSecret"];
        for operation in deletes {
            assert!(written.contains(operation), "{operation} is not among {written:?}");
        }
    });
}

#[test]
fn the_read_only_policy_is_enough_to_look_and_for_nothing_else() {
    in_virtual_time(async {
        let lab = lab_under("read-only.json").await;
        let (_, plan) = lab.look(&shop("2.0.0")).await;
        assert!(plan.held().is_empty() && !plan.is_empty(), "{plan:#?}");
        // What `init` asks beside that.
        let listed = lab.aws.services_of(&ClusterName::new("shop")).await;
        assert!(matches!(listed, Seen::Present(_)), "{listed:?}");
        assert_eq!(denials(&lab), Vec::<String>::new());
        let (_, execution) = lab.pass(&shop("2.0.0")).await;
        assert_eq!(execution.done(), 0);
    });
}

#[test]
fn at_least_fifty_things_that_the_controller_must_not_do_are_denied() {
    in_virtual_time(async {
        let lab = lab_under("controller.json").await;
        let all = forbidden(&lab);
        assert!(all.len() >= 50, "{} are tried", all.len());
        let mut allowed = Vec::new();
        for (service, operation, body) in all {
            let sent = if service == Service::Iam { query(operation, &body) } else { body.to_string() };
            let request =
                Request { service, operation: operation.into(), region: "eu-west-1".into(), body: sent.into_bytes() };
            let said = String::from_utf8(lab.sandbox.call(&request).unwrap().body).unwrap();
            if !said.contains("AccessDenied") {
                allowed.push(format!("{operation} {body}: {said}"));
            }
        }
        assert!(allowed.is_empty(), "{allowed:#?}");
    });
}

/// A managed policy has at most 6,144 characters, white space not counted.
#[test]
fn each_policy_fits_into_one_managed_policy_and_names_no_action_twice() {
    for name in ["controller.json", "read-only.json", "boundary.json", "check.json"] {
        let document: Value = serde_json::from_str(&of_the_shop(name)).unwrap();
        let length = document.to_string().len();
        assert!(length <= 6_144, "{name} has {length} characters");
        for statement in document["Statement"].as_array().unwrap() {
            let actions: Vec<&Value> = statement["Action"].as_array().into_iter().flatten().collect();
            let twice = actions.iter().enumerate().find(|(n, action)| actions[..*n].contains(action));
            assert!(twice.is_none(), "{name}: {twice:?} stands there twice");
        }
    }
}
