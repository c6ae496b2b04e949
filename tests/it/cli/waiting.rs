//! `apply --wait` where a service was never made: nothing of it failed, and what holds it says how the program ends.

use super::{Place, SHOP, code, run, shop_with, stderr};

/// The shop, its web service suspended.
fn suspended(place: &Place) -> String {
    let held = "  suspend: true\n  serviceName: shop-web\n";
    shop_with(place, "manifests", "  serviceName: shop-web\n", held)
}

#[test]
fn what_is_refused_for_good_is_told_once_and_what_needs_it_is_not_waited_for() {
    let place = Place::new("refused");
    let boundary = "  permissionsBoundary: arn:aws:iam::999999999999:policy/NoSuchPolicy\n  roleName: shop-web-exec ";
    let folder = shop_with(&place, "manifests", "  roleName: shop-web-exec ", boundary);
    let output = run(&["apply", "-f", &folder, "--yes", "--speed", "600", &place.sandbox()]);
    let said = stderr(&output);
    assert_eq!(code(&output), 3, "{said}");
    let about = |words: &str| said.lines().filter(|line| line.contains(words)).count();
    assert_eq!(about("error: ExecutionRole/web: iam:CreateRole found nothing"), 1, "{said}");
    assert!(about("iam:CreateRole              shop-web-exec") <= 6, "{said}");
}

#[test]
fn a_rollout_that_was_begun_is_followed_though_another_service_cannot_be_read() {
    let place = Place::new("beside");
    let sandbox = place.sandbox();
    assert_eq!(code(&run(&["apply", "-f", SHOP, &sandbox, "--yes", "--speed", "600"])), 0);
    let folder = shop_with(&place, "manifests", "shop-web:2.0.0", "shop-web:2.0.1");
    let elsewhere = "apiVersion: evenkeel.dev/v1alpha1\nkind: Service\nmetadata: {name: elsewhere}\nspec:\n  \
                     cluster: not-there\n  taskDefinitionRef: {name: web}\n  launchType: FARGATE\n  desiredCount: 1\n  \
                     networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-a], securityGroups: [sg-web]}}\n";
    std::fs::write(place.0.join("manifests/elsewhere.yaml"), elsewhere).unwrap();
    let verb = ["apply", "-f", folder.as_str(), &sandbox, "--yes", "--rollouts-settle", "0s", "--wait"];
    let output = run(&[verb.as_slice(), &["--speed", "600"]].concat());
    let said = stderr(&output);
    assert_eq!(code(&output), 3, "{said}");
    let told = |words: &[&str]| said.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(told(&["Service/web", "shop-web:2 2/2 running"]), "{said}");
    assert!(told(&["failed: Service/elsewhere: it cannot be followed"]), "{said}");
    // Where nothing was begun, nothing is followed.
    let again = run(&[verb.as_slice(), &["--speed", "600"]].concat());
    let said = stderr(&again);
    assert_eq!(code(&again), 3, "{said}");
    assert!(!said.contains("cannot be followed"), "{said}");
}

#[test]
fn a_service_that_was_never_made_is_not_followed_and_what_holds_it_counts() {
    let place = Place::new("unmade");
    let folder = suspended(&place);
    let config = place.0.join("evenkeel.yaml");
    // An envelope that leaves the cluster out.
    let envelope = "envelope: {secretNames: [\"*\"], rolePaths: [\"/\"], clusters: [other]}";
    std::fs::write(
        &config,
        format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: default\n{envelope}\n"),
    )
    .unwrap();
    let config = config.display().to_string();
    let verb = ["apply", "--yes", "--rollouts-settle", "0s", "--wait", "--speed", "600"];
    for (name, more, ends, says) in [
        ("suspended", vec!["-f", folder.as_str()], 1, "Suspended"),
        ("in-time", vec!["-f", folder.as_str(), "--timeout", "5m"], 1, "Suspended"),
        ("outside", vec!["-f", SHOP, "--config", config.as_str()], 5, "OutsideEnvelope"),
    ] {
        let place = Place::new(name);
        let sandbox = place.sandbox();
        let output = run(&[verb.as_slice(), &more, &[sandbox.as_str()]].concat());
        let said = stderr(&output) + &super::stdout(&output);
        assert_eq!(code(&output), ends, "{name}: {said}");
        assert!(said.contains(says), "{name}: {said}");
        let web = said.lines().filter(|line| line.contains("Service/web"));
        let followed = web.filter(|line| ["failed", "gone", "in force"].iter().any(|word| line.contains(word)));
        assert_eq!(followed.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}: {said}");
    }
}
