//! One bad manifest harms only itself and what depends on it. All errors of all files are reported at once.

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::id::Installation;
use evenkeel::sandbox::Service;
use serde_json::json;

use crate::support::lab::{Lab, in_virtual_time, shop};

#[test]
fn law_12_a_broken_task_definition_leaves_the_other_service_alone() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        let files = broken("web.yaml", "image:", "imagee:");
        let loaded = load(Installation::new("default"), &files);
        assert!(loaded.checked.has_errors());
        lab.rotate("shop/db", 2);
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        let (_, plan) = lab.look(&loaded.desired).await;
        let stepped: Vec<String> = plan.steps().map(|(_, step)| step.target.to_string()).collect();
        assert_eq!(stepped, ["TaskDefinition/worker", "Service/worker"]);
        let held: Vec<String> =
            plan.held().iter().map(|held| format!("{} {} {}", held.target, held.because.name(), held.root)).collect();
        assert_eq!(
            held,
            ["TaskDefinition/web InvalidManifest TaskDefinition/web", "Service/web WaitingOn TaskDefinition/web"]
        );
    });
}

#[test]
fn law_12_a_role_is_not_narrowed_while_a_task_definition_is_broken() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        // Nothing else keeps the permission: no service stands on it, no task runs, no revision is ACTIVE.
        let gone = json!({"cluster": "shop", "service": "shop-web", "force": true});
        lab.call(Service::Ecs, "DeleteService", &gone);
        lab.call(Service::Ecs, "DeregisterTaskDefinition", &json!({"taskDefinition": "shop-web:1"}));
        tokio::time::sleep(std::time::Duration::from_hours(2)).await;
        let loaded = load(Installation::new("default"), &broken("web.yaml", "image:", "imagee:"));
        let before = lab.writes();
        let (plan, _) = lab.pass(&loaded.desired).await;
        assert!(plan.is_empty(), "{plan:#?}");
        assert_eq!(lab.writes(), before);
        // Control: it is the broken manifest alone that keeps it.
        let mut whole = loaded.desired;
        whole.broken.clear();
        let (_, plan) = lab.look(&whole).await;
        let narrowed = plan.steps().any(|(_, step)| step.target.to_string() == "ExecutionRole/web");
        assert!(narrowed, "{plan:#?}");
    });
}

#[test]
fn law_12_all_errors_of_all_files_are_reported_at_once() {
    let mut files = broken("web.yaml", "image:", "imagee:");
    for file in &mut files {
        file.text = file.text.replace("cluster: shop", "clutser: shop").replace("secretName", "secretNam");
    }
    let loaded = load(Installation::new("default"), &files);
    let found: Vec<String> =
        loaded.checked.found.iter().map(|found| format!("{}: {}", found.file, found.message)).collect();
    assert_eq!(
        found,
        [
            "database.yaml: unknown field `secretNam`",
            "web.yaml: unknown field `imagee`",
            "web.yaml: unknown field `clutser`",
            "worker.yaml: unknown field `clutser`",
        ]
    );
}

fn broken(name: &str, from: &str, to: &str) -> Vec<SourceFile> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples/shop");
    let read = |file: &str| {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        SourceFile { name: file.to_owned(), text: if file == name { text.replace(from, to) } else { text } }
    };
    ["database.yaml", "web.yaml", "worker.yaml"].map(read).into()
}

#[test]
fn law_12_a_task_definition_of_a_broken_service_is_not_taken_for_one_without_services() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        lab.converge(&shop("2.0.0")).await;
        lab.rotate("shop/db", 2);
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        let loaded = load(Installation::new("default"), &broken("web.yaml", "cluster: shop", "clutser: shop"));
        let (_, plan) = lab.look(&loaded.desired).await;
        let stepped: Vec<String> = plan.steps().map(|(_, step)| step.target.to_string()).collect();
        assert_eq!(stepped, ["TaskDefinition/worker", "Service/worker"]);
    });
}
