//! What a manifest named before is told once on each look: in the plan where that is shown, else beside it.

use evenkeel::sandbox::Service;

use super::{Place, code, run, stderr, stdout};

fn manifests(cluster: &str, idle: &str) -> String {
    let service = |name: &str, cluster: &str, more: &str| {
        format!(
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n  cluster: {cluster}\n  \
             taskDefinitionRef: {{name: web}}\n  launchType: FARGATE\n  {more}\n  \
             networkConfiguration: {{awsvpcConfiguration: {{subnets: [subnet-a], securityGroups: [sg-a]}}}}\n"
        )
    };
    let task = "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {name: web}\nspec:\n  cpu: \"256\"\n  \
                memory: \"512\"\n  networkMode: awsvpc\n  requiresCompatibilities: [FARGATE]\n  \
                containerDefinitions: [{name: web, image: \"example.com/web:1\"}]\n";
    format!("{task}{}{}", service("web", cluster, "desiredCount: 1"), service("idle", "shop", idle))
}

#[test]
fn apply_says_once_what_a_manifest_named_before_where_it_shows_the_plan_for_what_is_held() {
    let place = Place::new("left");
    let file = place.0.join("web.yaml");
    let write = |cluster: &str, idle: &str| std::fs::write(&file, manifests(cluster, idle)).unwrap();
    let (sandbox, name) = (place.sandbox(), file.display().to_string());
    let apply = || run(&["apply", "-f", &name, "--yes", &sandbox]);
    write("shop", "desiredCount: 1");
    let first = apply();
    assert_eq!(code(&first), 0, "{}{}", stdout(&first), stderr(&first));
    let other = r#"{"clusterName": "other"}"#.to_owned();
    crate::imports::call(&place.0.join("state.json"), Service::Ecs, "CreateCluster", other);
    write("other", "desiredCount: 2\n  suspend: true");
    let moved = apply();
    let (shown, said) = (stdout(&moved), stderr(&moved));
    assert_eq!(code(&moved), 1, "{shown}{said}");
    let told = "which Service/web named before, and stays";
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&shown).contains(told) && shown.contains("held: Suspended"), "{shown}");
    assert!(!words(&said).contains(told), "{said}");
    // Without a plan to stand in it stands beside.
    write("other", "desiredCount: 1");
    let quiet = apply();
    assert_eq!(code(&quiet), 0, "{}{}", stdout(&quiet), stderr(&quiet));
    assert_eq!(words(&stderr(&quiet)).matches(told).count(), 1, "{}", stderr(&quiet));
}
