//! `deploy/self`: evenkeel's own service, applied by a person, and out of reach of the controller.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evenkeel::manifest::config::ConfigSpec;
use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::ResourceId;
use evenkeel::plan::held::Because;
use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::policies::{denials, policy};
use super::stack::tool;
use crate::sandbox::support::TRUST;
use crate::support::lab::{Lab, in_virtual_time};

const CONTROLLER: &str = "evenkeel-prod";
const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/evenkeel-prod-tasks";

fn read(path: &str) -> SourceFile {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    SourceFile { name: path.to_owned(), text }
}

fn under(config: &ConfigSpec) -> Desired {
    let files = ["token", "evenkeel"].map(|name| read(&format!("deploy/self/manifests/{name}.yaml")));
    let loaded = load(config.installation(), &files);
    assert_eq!(loaded.checked.found, [], "no problems");
    Desired { policy: config.policy(), ..loaded.desired }
}

/// As a person applies it.
fn by_a_person() -> Desired {
    under(&ConfigSpec::read(&read("deploy/self/evenkeel.yaml")).unwrap())
}

/// A manifest.
fn document(kind: &str) -> Value {
    let text = read("deploy/self/manifests/evenkeel.yaml").text;
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    documents.into_iter().find(|document| document["kind"] == kind).unwrap()
}

/// The container, as the manifests have it.
fn container() -> Value {
    document("TaskDefinition")["spec"]["containerDefinitions"][0].clone()
}

/// The configuration that the daemon makes of what it is told.
fn of_the_daemon() -> ConfigSpec {
    let told: BTreeMap<String, String> = serde_json::from_value(container()["environment"].clone()).unwrap();
    let list =
        |name: &str| told[name].split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let config = json!({
        "apiVersion": "evenkeel.dev/v1alpha1", "kind": "Config",
        "installation": told["EVENKEEL_INSTALLATION"],
        "envelope": {
            "clusters": list("EVENKEEL_ENVELOPE_CLUSTERS"), "secretNames": list("EVENKEEL_ENVELOPE_SECRET_NAMES"),
            "rolePaths": list("EVENKEEL_ENVELOPE_ROLE_PATHS"), "passRoles": list("EVENKEEL_ENVELOPE_PASS_ROLES"),
            "kmsKeys": list("EVENKEEL_ENVELOPE_KMS_KEYS"), "parameters": list("EVENKEEL_ENVELOPE_PARAMETERS"),
            "permissionsBoundary": told["EVENKEEL_ENVELOPE_PERMISSIONS_BOUNDARY"],
        },
    });
    let config = SourceFile { name: "told.yaml".to_owned(), text: config.to_string() };
    ConfigSpec::read(&config).unwrap()
}

/// An account after step 1 of the bootstrap.
async fn account() -> Lab {
    let lab = Lab::new().await;
    lab.call(Service::Ecs, "CreateCluster", &json!({"clusterName": "prod"}));
    lab.create_secret("evenkeel/token", 1);
    let places =
        [("Installation", "prod"), ("Cluster", "prod"), ("Boundary", BOUNDARY), ("ControllerRole", CONTROLLER)];
    let boundary = json!({"PolicyName": "evenkeel-prod-tasks", "PolicyDocument": policy("boundary.json", &places)});
    lab.form("CreatePolicy", &boundary);
    lab.form("CreateRole", &json!({"RoleName": CONTROLLER, "AssumeRolePolicyDocument": TRUST}));
    let put = json!({"RoleName": CONTROLLER, "PolicyName": "controller", "PolicyDocument": policy("controller.json", &places)});
    lab.form("PutRolePolicy", &put);
    lab
}

#[test]
fn evenkeels_own_service_is_applied_by_a_person_converges_and_is_quiet() {
    in_virtual_time(async {
        let lab = account().await;
        let desired = by_a_person();
        lab.converge(&desired).await;
        let writes = lab.writes();
        let (plan, _) = lab.pass(&desired).await;
        assert!(plan.is_empty() && plan.held().is_empty(), "{plan:#?}");
        assert_eq!(lab.writes(), writes);
        let listed = json!({"cluster": "prod", "services": [CONTROLLER]});
        let service = lab.call(Service::Ecs, "DescribeServices", &listed)["services"][0].clone();
        assert_eq!((&service["runningCount"], &service["desiredCount"]), (&json!(1), &json!(1)));
        // The token is renewed: the task that reads it is replaced.
        lab.rotate("evenkeel/token", 2);
        tokio::time::sleep(std::time::Duration::from_mins(2)).await;
        lab.converge(&desired).await;
        let after = lab.call(Service::Ecs, "DescribeServices", &listed)["services"][0].clone();
        assert_ne!(after["taskDefinition"], service["taskDefinition"]);
    });
}

#[test]
fn the_controller_holds_its_own_service_and_could_not_change_it() {
    in_virtual_time(async {
        let lab = account().await;
        let made = lab.writes();
        lab.sandbox.with_world(|world| world.caller = Some(CONTROLLER.into()));
        let (_, plan) = lab.look(&under(&of_the_daemon())).await;
        assert!(plan.is_empty(), "{plan:#?}");
        let because = |name: &str| {
            let target = ResourceId::parse(name).unwrap();
            &plan.held().iter().find(|held| held.target == target).unwrap().because
        };
        assert!(
            matches!(because("TaskDefinition/evenkeel"), Because::OutsideEnvelope(what) if what.contains(CONTROLLER))
        );
        assert!(matches!(because("Service/evenkeel"), Because::WaitingOn(_)));
        assert_eq!(lab.writes(), made);
        // Even were its envelope forgotten, AWS would not let it.
        let open = Desired { policy: evenkeel::model::desired::Policy::default(), ..by_a_person() };
        for _ in 0..3 {
            let _pass = lab.pass(&open).await;
        }
        let denied = denials(&lab);
        assert!(denied.iter().any(|operation| operation == "CreateRole"), "outside its path: {denied:?}");
        assert!(!lab.written().contains(&"RegisterTaskDefinition".to_owned()), "{:?}", lab.written());
        let container = json!([{"name": "x", "image": "x:1", "memory": 64}]);
        let own = format!("arn:aws:iam::123456789012:role/{CONTROLLER}");
        let register = json!({"family": "x", "containerDefinitions": container, "taskRoleArn": own});
        let request = evenkeel::sandbox::Request {
            service: Service::Ecs,
            operation: "RegisterTaskDefinition".into(),
            region: "eu-west-1".into(),
            body: register.to_string().into_bytes(),
        };
        let said = String::from_utf8(lab.sandbox.call(&request).unwrap().body).unwrap();
        assert!(said.contains("AccessDenied") && said.contains("iam:PassRole"), "{said}");
    });
}

#[test]
fn the_manifests_tell_the_container_what_the_stack_tells_it() {
    let output = tool("python").args(["tests/deploy/same.py", "deploy"]).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stack = &said["cloudformation"]["container"];
    let own = container();
    let told = own["environment"].as_object().unwrap().keys().map(String::as_str);
    let names = stack["environment"].as_array().unwrap().iter().map(|pair| pair["name"].as_str().unwrap());
    assert_eq!(told.collect::<BTreeSet<_>>(), names.collect::<BTreeSet<_>>());
    for member in ["command", "readonlyRootFilesystem", "stopTimeout", "linuxParameters", "mountPoints", "healthCheck"]
    {
        assert_eq!(own[member], stack[member], "{member}");
    }
}

/// The default of ECS may start a second one before the first is gone, for a balance that one task cannot have.
#[test]
fn nothing_rebalances_the_one_task() {
    let output = tool("python").args(["tests/deploy/same.py", "deploy"]).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    for stack in ["cloudformation", "terraform"] {
        let service = said[stack]["service"].as_array().unwrap();
        assert!(service.contains(&json!("DISABLED")), "{stack}: {service:?}");
    }
    let service = document("Service");
    assert_eq!(service["spec"]["availabilityZoneRebalancing"], "DISABLED", "{service}");
}
