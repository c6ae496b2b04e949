//! A secret whose value evenkeel writes, declared already: readers are pinned by id where nothing says otherwise, so what is
//! imported beside it says where it is otherwise.

use super::corpus::{Account, CLUSTER};
use super::sandbox::Kept;

const SECRET: &str = "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: db}
spec: {secretName: shop/db, value: {generate: {json: {key: password}}}}
";

#[test]
fn a_service_beside_a_secret_of_our_own_is_imported_as_it_is_pinned() {
    for pinning in ["VersionId", "Current", "Unwatched"] {
        let kept = Kept::new();
        let folder = |name: &str| {
            let folder = kept.folder.join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("secret.yaml"), SECRET).unwrap();
            folder
        };
        let first = folder("first");
        let role = kept.role("app-exec");
        let app = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: app}}\nspec:\n  executionRoleArn: {role}\n  secretPinning: {pinning}\n  \
             containerDefinitions: [{{name: app, image: \"app:1\", memory: 64, secrets: {{PASSWORD: {{secretRef: {{name: db, key: password}}}}}}}}]\n\
             ---\napiVersion: evenkeel.dev/v1alpha1\nkind: Service\nmetadata: {{name: app}}\nspec: {{cluster: {CLUSTER}, taskDefinitionRef: {{name: app}}, launchType: EC2, desiredCount: 0}}\n"
        );
        std::fs::write(first.join("app.yaml"), app).unwrap();
        let applied = kept.run(&["apply", "-f", first.to_str().unwrap(), "--yes"]);
        assert_eq!(applied.exit, Some(0), "{}{}", applied.out, applied.err);
        let second = folder("second");
        let here = second.to_str().unwrap();
        let init = kept.run(&["init", "service", &format!("{CLUSTER}/app"), "-d", here]);
        assert_eq!(init.exit, Some(0), "{pinning}: {}{}", init.out, init.err);
        assert!(init.err.contains(": nothing differs"), "{pinning}: {}", init.err);
        let written = std::fs::read_to_string(init.out.lines().next().unwrap()).unwrap();
        assert!(!written.contains("kind: Secret"), "it is declared already: {written}");
        assert!(written.contains(pinning), "{pinning}: {written}");
        let diff = kept.run(&["diff", "-f", here]);
        assert_eq!((diff.exit, diff.out.as_str()), (Some(0), ""), "{pinning}: {}", diff.err);
    }
}
