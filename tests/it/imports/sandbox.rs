//! On the sandbox: the whole corpus, and what is said of what cannot be imported.

use std::path::{Path, PathBuf};
use std::process::Command;

use evenkeel::sandbox::{Request, Sandbox, Service, StateError, World, stopped_clock};
use serde_json::{Value, json};

use super::corpus::{Account, CLUSTER, folder, furnish};
use super::program::{Ran, import_and_adopt, run};
use super::served::Served;
use crate::golden::Golden;
use crate::sandbox::support::{ACCOUNT, REGION, START, TRUST};
use crate::support::folder::Folder;
use crate::support::leaks::CANARY;
use crate::support::program::evenkeel;
use crate::support::query::query;

/// A sandbox in a file, so that programs can work on it one after the other.
pub(super) struct Kept {
    file: PathBuf,
    pub(super) folder: Folder,
}

impl Kept {
    pub(super) fn new() -> Self {
        let folder = Folder::new();
        let kept = Self { file: folder.join("state.json"), folder };
        kept.ecs("CreateCluster", &json!({"clusterName": CLUSTER}));
        kept
    }

    pub(super) fn program(&self) -> Command {
        let mut command = evenkeel(&[&format!("--sandbox={}", self.file.display())]);
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        run(self.program(), arguments)
    }

    pub(super) fn manifests(&self) -> PathBuf {
        self.folder.join("manifests")
    }

    /// A service of this installation whose rollout failed, and its manifests.
    pub(super) fn failed(&self, installation: &str) -> String {
        let role = self.role("common-exec");
        let file = self.folder.join("made.yaml");
        let made = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: web}}\nspec:\n  \
             executionRoleArn: {role}\n  memory: \"512\"\n  \
             containerDefinitions: [{{name: app, image: \"web:1\", secrets: {{A: nobody}}}}]\n---\n\
             apiVersion: evenkeel.dev/v1alpha1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  cluster: {CLUSTER}\n  \
             taskDefinitionRef: {{name: web}}\n  launchType: EC2\n  desiredCount: 1\n  \
             deploymentConfiguration: {{deploymentCircuitBreaker: {{enable: true, rollback: false}}}}\n"
        );
        std::fs::write(&file, made).unwrap();
        let file = file.display().to_string();
        let apply = ["apply", "-f", &file, "--installation", installation, "--yes", "--wait", "--speed", "600"];
        let applied = self.run(&apply);
        assert_eq!(applied.exit, Some(4), "{}", applied.err);
        file
    }

    /// A service of the family of its name.
    pub(super) fn service(&self, name: &str, container: &Value) {
        let mut container = container.clone();
        container["name"] = "app".into();
        container["memory"] = 64.into();
        let body = json!({"family": name, "executionRoleArn": self.role_once(), "containerDefinitions": [container]});
        let registered = self.ecs("RegisterTaskDefinition", &body);
        let arn = &registered["taskDefinition"]["taskDefinitionArn"];
        let body = json!({"cluster": CLUSTER, "serviceName": name, "taskDefinition": arn, "desiredCount": 0, "launchType": "EC2"});
        self.ecs("CreateService", &body);
    }

    fn role_once(&self) -> String {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/common-exec");
        let state = std::fs::read_to_string(&self.file).unwrap_or_default();
        if state.contains("common-exec") { arn } else { self.role("common-exec") }
    }
}

impl Sandboxed for Kept {
    fn call(&self, service: Service, operation: &str, body: String) -> String {
        call(&self.file, service, operation, body)
    }
}

/// A sandbox, wherever it is.
pub(super) trait Sandboxed {
    /// A call as another tool would make it; it must work.
    fn call(&self, service: Service, operation: &str, body: String) -> String;
}

impl<S: Sandboxed> Account for S {
    fn ecs(&self, operation: &str, body: &Value) -> Value {
        serde_json::from_str(&self.call(Service::Ecs, operation, body.to_string())).unwrap()
    }

    fn secret(&self, name: &str) -> (String, String) {
        let value = json!({"username": CANARY, "password": CANARY, "token": CANARY}).to_string();
        let token = format!("{:0>40}", name.replace(['/', '_'], "-"));
        let body = json!({"Name": name, "SecretString": value, "ClientRequestToken": token}).to_string();
        let made: Value = serde_json::from_str(&self.call(Service::SecretsManager, "CreateSecret", body)).unwrap();
        (made["ARN"].as_str().unwrap().to_owned(), made["VersionId"].as_str().unwrap().to_owned())
    }

    fn role(&self, name: &str) -> String {
        self.call(Service::Iam, "CreateRole", new_role(name));
        format!("arn:aws:iam::{ACCOUNT}:role/{name}")
    }
}

/// What docs/guides/import.md works on: a service that someone made by hand.
pub(crate) fn furnish_for_the_guide() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".evenkeel");
    let _none = std::fs::remove_dir_all(folder.join("manifests"));
    let file = folder.join("prod.json");
    let _none = std::fs::remove_file(&file);
    let call = |service: Service, operation: &str, body: String| call(&file, service, operation, body);
    let ecs = |operation: &str, body: &Value| -> Value {
        serde_json::from_str(&call(Service::Ecs, operation, body.to_string())).unwrap()
    };
    ecs("CreateCluster", &json!({"clusterName": "prod"}));
    let body = json!({"Name": "prod/orders/db", "SecretString": json!({"username": "orders", "password": CANARY}).to_string()});
    let secret: Value = serde_json::from_str(&call(Service::SecretsManager, "CreateSecret", body.to_string())).unwrap();
    call(Service::Iam, "CreateRole", new_role("orders-exec"));
    let valued = |key: &str| format!("{}:{key}::", secret["ARN"].as_str().unwrap());
    let body = json!({
        "family": "orders", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
        "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/orders-exec"),
        "containerDefinitions": [{
            "name": "web", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:1.9.0", "essential": true,
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": "LOG_LEVEL", "value": "info"}],
            "secrets": [{"name": "DB_USER", "valueFrom": valued("username")}, {"name": "DB_PASSWORD", "valueFrom": valued("password")}],
        }],
    });
    let arn = ecs("RegisterTaskDefinition", &body)["taskDefinition"]["taskDefinitionArn"].clone();
    let body = json!({
        "cluster": "prod", "serviceName": "orders", "taskDefinition": arn, "desiredCount": 0, "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"], "securityGroups": ["sg-web"]}},
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": true, "rollback": true}},
    });
    ecs("CreateService", &body);
}

fn new_role(name: &str) -> String {
    query("CreateRole", &json!({"RoleName": name, "AssumeRolePolicyDocument": TRUST}))
}

/// A call of a sandbox in a file, as another tool would make it; it must work.
/// A request to a sandbox in a file, past every program; its answer.
pub(crate) fn call(file: &Path, service: Service, operation: &str, body: String) -> String {
    let open = || Sandbox::open(file, stopped_clock(START), || World::new(ACCOUNT, REGION, 7, START));
    // A program that another test starts at this moment has the lock too, until it is a program.
    let mut opened = open();
    while matches!(opened, Err(StateError::InUse { .. })) {
        std::thread::yield_now();
        opened = open();
    }
    answer(&opened.unwrap(), service, operation, body)
}

/// The same, of a sandbox that is open.
pub(super) fn answer(sandbox: &Sandbox, service: Service, operation: &str, body: String) -> String {
    let request = Request { service, operation: operation.into(), region: REGION.into(), body: body.into_bytes() };
    let response = sandbox.call(&request).unwrap();
    let text = String::from_utf8(response.body).unwrap();
    assert_eq!(response.status, 200, "{operation}: {text}");
    text
}

#[test]
fn everything_is_imported_without_a_difference_and_taken_over_by_tags_alone() {
    let served = Served::new();
    let written_to = Folder::new();
    let made = furnish(&served, false);
    assert!(made.task_definitions >= 30 && made.services.len() >= 30, "{}", made.task_definitions);
    let written = import_and_adopt(&served, &made, &written_to.join("manifests"), || served.program());
    let mut golden = Golden::new();
    for (name, text) in &written {
        golden.check(name, &folder().join("written").join(name), &made.named(text));
    }
    let mut known: Vec<String> = std::fs::read_dir(folder().join("written"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    known.sort();
    assert_eq!(known, written.keys().cloned().collect::<Vec<_>>(), "a golden file of nothing");
    golden.finish();
    // The secrets are described, and nothing asks for a value.
    assert!(served.calls("DescribeSecret") > 0);
    assert_eq!(served.calls("GetSecretValue"), 0);
}

#[test]
fn what_looks_like_a_secret_is_named_and_its_value_is_not() {
    let kept = Kept::new();
    let variables = json!([{"name": "API_TOKEN", "value": "plain-as-day"}, {"name": "DB", "value": "postgres://u:pw@db/x"},
        {"name": "TOKEN_TTL", "value": "60"}, {"name": "PASSWORD_FILE", "value": "/run/password"}, {"name": "SECRET", "value": ""}]);
    kept.service("web", &json!({"image": "web:1", "environment": variables}));
    let ran = kept.run(&["init", "service", "shop/web"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.err);
    let warned: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("warning:")).collect();
    assert_eq!(warned.len(), 2, "{warned:?}");
    assert!(warned[0].contains("containerDefinitions[app].environment[API_TOKEN]"), "{warned:?}");
    assert!(warned[1].contains("environment[DB]"), "{warned:?}");
    assert!(!ran.err.contains("plain-as-day") && !ran.err.contains("pw@db"), "{}", ran.err);
}

#[test]
fn nothing_is_written_over_but_where_that_is_asked_for() {
    let kept = Kept::new();
    kept.service("web", &json!({"image": "web:1"}));
    let folder = kept.manifests();
    let here = folder.to_str().unwrap();
    let init = ["init", "service", "shop/web", "-d", here];
    assert_eq!(kept.run(&init).exit, Some(0));
    let file = folder.join("web.yaml");
    std::fs::write(&file, "# mine\n").unwrap();
    let refused = kept.run(&init);
    assert_eq!(refused.exit, Some(2), "{}", refused.err);
    assert!(refused.err.contains("web.yaml is there already"), "{}", refused.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\n");
    let forced = kept.run(&[&init[..], &["--force"]].concat());
    assert_eq!(forced.exit, Some(0), "{}", forced.err);
    assert!(std::fs::read_to_string(&file).unwrap().contains("kind: Service"));
    assert_eq!(kept.run(&["diff", "-f", here]).exit, Some(0));
}

#[test]
fn a_second_import_uses_what_the_first_one_declared() {
    let kept = Kept::new();
    let (secret, _) = kept.secret("shop/db");
    let secrets = json!([{"name": "DB", "valueFrom": secret}]);
    kept.service("web", &json!({"image": "web:1", "secrets": secrets}));
    kept.service("mail", &json!({"image": "mail:1", "secrets": secrets}));
    let folder = kept.manifests();
    let here = folder.to_str().unwrap();
    for service in ["shop/web", "shop/mail"] {
        let ran = kept.run(&["init", "service", service, "-d", here]);
        assert_eq!(ran.exit, Some(0), "{}", ran.err);
    }
    let text = std::fs::read_to_string(folder.join("mail.yaml")).unwrap();
    assert!(!text.contains("kind: Secret") && !text.contains("kind: ExecutionRole"), "{text}");
    let diff = kept.run(&["diff", "-f", here]);
    assert_eq!((diff.exit, diff.out.as_str()), (Some(0), ""), "{}", diff.err);
    // Once more it is there already, under another file's name too.
    std::fs::rename(folder.join("mail.yaml"), folder.join("post.yaml")).unwrap();
    let twice = kept.run(&["init", "service", "shop/mail", "-d", here]);
    assert_eq!(twice.exit, Some(1), "{}", twice.err);
    assert!(twice.err.contains("are both for"), "{}", twice.err);
    assert!(!folder.join("mail.yaml").exists());
}

#[test]
fn what_is_not_there_is_said_and_the_rest_is_written() {
    let kept = Kept::new();
    kept.service("web", &json!({"image": "web:1"}));
    let ran = kept.run(&["init", "service", "shop/web", "shop/wbe"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.err);
    assert!(ran.err.contains("shop/wbe does not exist"), "{}", ran.err);
    assert!(ran.out.contains("serviceName: web"), "{}", ran.out);
    let nowhere = kept.run(&["init", "service", "--all", "shpo"]);
    assert_eq!((nowhere.exit, nowhere.out.as_str()), (Some(1), ""), "{}", nowhere.err);
    assert_eq!(kept.run(&["init", "service"]).exit, Some(2));
    assert_eq!(kept.run(&["init", "service", "web"]).exit, Some(2));
}

#[test]
fn what_no_manifest_can_say_is_to_be_changed_in_ecs_and_the_rest_is_written() {
    let kept = Kept::new();
    kept.service("web", &json!({"image": "web:1"}));
    let twice = json!([{"name": "LEVEL", "value": "info"}, {"name": "LEVEL", "value": "debug"}]);
    kept.service("mail", &json!({"image": "mail:1", "environment": twice}));
    let folder = kept.manifests();
    let ran = kept.run(&["init", "service", "--all", CLUSTER, "-d", folder.to_str().unwrap()]);
    assert_eq!(ran.exit, Some(1), "{}", ran.err);
    let refused = "shop/mail cannot be written as a manifest: the variable `LEVEL` is given twice: change it in ECS";
    assert!(ran.err.contains(refused) && ran.err.contains("register a revision without it"), "{}", ran.err);
    assert!(!ran.err.contains(" line "), "of a file that is not there: {}", ran.err);
    assert!(folder.join("web.yaml").exists() && !folder.join("mail.yaml").exists());
}

/// What is held is no difference: what was written is what is there, and its rollout failed all the same.
#[test]
fn a_service_whose_rollout_failed_is_written_without_a_difference() {
    let kept = Kept::new();
    kept.failed("default");
    let ran = kept.run(&["init", "service", "shop/web"]);
    assert!(!ran.err.contains("what was written differs"), "{}", ran.err);
    assert!(ran.err.contains("nothing differs, and 1 resource is held"), "{}", ran.err);
    assert!(ran.err.contains("held: RolloutFailed"), "{}", ran.err);
    assert_eq!(ran.exit, Some(0), "{}", ran.err);
    let json = kept.run(&["init", "service", "shop/web", "-o", "json"]);
    let object: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&object["differences"], &object["held"]), (&json!(0), &json!(1)));
}

#[test]
fn as_json_there_is_one_object_with_the_texts() {
    let kept = Kept::new();
    kept.service("web", &json!({"image": "web:1"}));
    let ran = kept.run(&["init", "service", "shop/web", "-o", "json"]);
    let object: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&object["differences"], &object["refused"]), (&json!(0), &json!([])));
    assert_eq!(object["files"][0]["name"], "web.yaml");
    assert_eq!(
        object["files"][0]["resources"],
        json!(["ExecutionRole/common-exec", "TaskDefinition/web", "Service/web"])
    );
    assert!(object["files"][0]["text"].as_str().unwrap().contains("family: web"));
}

#[test]
fn what_is_managed_already_keeps_the_names_of_its_manifests() {
    let kept = Kept::new();
    kept.secret("shop/db");
    let applied = kept.run(&["apply", "-f", "deploy/examples/shop", "--yes", "--rollouts-settle", "0s"]);
    assert_eq!(applied.exit, Some(0), "{}", applied.err);
    let ran = kept.run(&["init", "service", "--all", CLUSTER]);
    assert_eq!(ran.exit, Some(0), "{}", ran.err);
    assert!(ran.err.contains("2 services in 3 files: nothing differs"), "{}", ran.err);
    for document in ["kind: Service\nmetadata: {name: web}", "kind: TaskDefinition\nmetadata: {name: worker}"] {
        assert!(ran.out.contains(document), "{}", ran.out);
    }
}

#[test]
fn a_role_that_is_gone_is_not_said_to_be_unreadable() {
    let kept = Kept::new();
    kept.service("web", &json!({"image": "web:1"}));
    let form = "Action=DeleteRole&Version=2010-05-08&RoleName=common-exec";
    kept.call(Service::Iam, "DeleteRole", form.to_owned());
    let ran = kept.run(&["init", "service", "shop/web"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.err);
    let said = "  # There is no such role, so new tasks cannot start.\n  executionRoleArn: ";
    assert!(ran.out.contains(said), "{}", ran.out);
}

/// What is watched from then on is rolled out once, to record the versions, and then at each rotation.
#[test]
fn without_the_line_that_says_unwatched_the_versions_are_recorded_with_one_deployment() {
    let kept = Kept::new();
    let (secret, _) = kept.secret("shop/db");
    kept.service("web", &json!({"image": "web:1", "secrets": [{"name": "DB", "valueFrom": secret}]}));
    let folder = kept.manifests();
    let here = folder.to_str().unwrap();
    assert_eq!(kept.run(&["init", "service", "shop/web", "-d", here]).exit, Some(0));
    let file = folder.join("web.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\n  secretPinning: Unwatched\n"), "{text}");
    let token = "00000000-1111-2222-3333-444444444444";
    let body = json!({"SecretId": "shop/db", "SecretString": CANARY, "ClientRequestToken": token}).to_string();
    kept.call(Service::SecretsManager, "PutSecretValue", body);
    assert_eq!(kept.run(&["diff", "-f", here]).out, "", "a rotation is nobody's business yet");
    let watched = text.replace("\n  secretPinning: Unwatched\n", "\n");
    write(&file, &watched.replace("\n  launchType: EC2", "\n  launchType: EC2\n  rollout: {debounce: 0s}"));
    assert_eq!(kept.run(&["adopt", "Service/web", "-f", here, "--yes"]).exit, Some(0));
    let diff = kept.run(&["diff", "-f", here]);
    assert_eq!(diff.exit, Some(1), "{}{}", diff.out, diff.err);
    assert!(diff.out.contains("secrets[DB].version") && diff.out.contains("replaces running tasks"), "{}", diff.out);
}

pub(super) fn write(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
}
