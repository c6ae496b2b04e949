//! `check --aws` as people run it.

use serde_json::Value;

use super::{Place, SHOP, code, run, stderr, stdout};

#[test]
fn check_aws_on_a_sandbox_finds_nothing_wrong_with_the_shop_before_and_after_it_is_applied() {
    let place = Place::new("preflight-shop");
    for round in ["before", "after"] {
        let text = run(&["check", "--aws", "-f", SHOP, &place.sandbox()]);
        assert_eq!(code(&text), 0, "{round}: {}{}", stdout(&text), stderr(&text));
        assert!(stdout(&text).starts_with("no problems\n\nnot verified:\n"), "{}", stdout(&text));
        assert!(stdout(&text).contains("no value is read without --values"));
        let json = run(&["check", "--aws", "--values", "-o", "json", "-f", SHOP, &place.sandbox()]);
        assert_eq!(code(&json), 0, "{round}: {}", stdout(&json));
        let document: Value = serde_json::from_str(&stdout(&json)).unwrap();
        assert_eq!((&document["complete"], &document["values"]), (&Value::Bool(true), &Value::Bool(true)));
        assert_eq!(document["findings"], Value::Array(Vec::new()));
        assert_eq!(document["summary"]["services"], 2);
        if round == "before" {
            let applied = run(&["apply", "--yes", "--wait", "-f", SHOP, &place.sandbox(), "--speed", "100"]);
            assert_eq!(code(&applied), 0, "{}", stderr(&applied));
        }
    }
}

#[test]
fn a_finding_is_exit_1_with_its_place_and_ecss_own_message_and_a_mistake_beside_it_is_2() {
    let place = Place::new("preflight-broken");
    let folder = place.0.join("manifests");
    std::fs::create_dir_all(&folder).unwrap();
    let shop = std::fs::read_to_string(format!("{}/{SHOP}/web.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let gone = "valueFrom: \"arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/gone-AbCdEf\"";
    let broken = shop.replace("secretRef: {name: shop-db, key: password}", gone);
    let broken = broken.replace("secretRef: {name: shop-db, key: username}", gone);
    assert_ne!(shop, broken);
    std::fs::write(folder.join("web.yaml"), &broken).unwrap();
    let files = folder.to_str().unwrap();
    let text = run(&["check", "--aws", "-f", files, &place.sandbox()]);
    assert_eq!(code(&text), 1, "{}{}", stdout(&text), stderr(&text));
    for part in ["SecretMissing", "web.yaml:24:", "ECS: ResourceInitializationError", "also at", "help:", "1 error"] {
        assert!(stdout(&text).contains(part), "{part}: {}", stdout(&text));
    }
    let github = run(&["check", "--aws", "-o", "github", "-f", files, &place.sandbox()]);
    assert_eq!(code(&github), 1);
    assert!(stdout(&github).starts_with("::error file="), "{}", stdout(&github));
    assert!(stdout(&github).contains("line=24,"), "{}", stdout(&github));
    let json = run(&["check", "--aws", "-o", "json", "-f", files, &place.sandbox()]);
    let document: Value = serde_json::from_str(&stdout(&json)).unwrap();
    let finding = &document["findings"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&"SecretMissing".into(), &"error".into()));
    assert_eq!((&finding["judged"], &finding["services"][0]), (&"live".into(), &"Service/web".into()));
    assert!(finding["ecs"].as_str().unwrap().contains("Secrets Manager can't find the specified secret."));

    std::fs::write(folder.join("more.yaml"), "apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {name: a}\n")
        .unwrap();
    let both = run(&["check", "--aws", "-f", files, &place.sandbox()]);
    assert_eq!(code(&both), 2, "{}", stdout(&both));
    assert!(stdout(&both).contains("SecretMissing") && stdout(&both).contains("more.yaml"), "{}", stdout(&both));
    let alone = run(&["check", "--values", "-f", files]);
    assert_eq!(code(&alone), 2);
    assert!(stderr(&alone).contains("--aws"), "{}", stderr(&alone));
}
