//! Two daemons at once make one value, and rotate it once for each generation; neither needs to read one.

use evenkeel::sandbox::Service;
use serde_json::{Value, json};

use super::running::{beside, beside_with, edit, rules};
use crate::support::folder::Folder;
use crate::support::lab::{Lab, in_virtual_time};
use crate::support::values::age_files;

const SECRETS: &str = "apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: made}
spec: {secretName: shop/made, value: {generate: {json: {key: password}, generation: 1}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {name: kept}
spec: {secretName: shop/kept, value: {encrypted: {file: kept.age, format: age}}}
";

fn versions(lab: &Lab, secret: &str) -> usize {
    let input = json!({"SecretId": secret, "IncludeDeprecated": true});
    let listed: Value = lab.call(Service::SecretsManager, "ListSecretVersionIds", &input);
    listed["Versions"].as_array().unwrap().len()
}

#[test]
fn law_9_two_daemons_make_each_value_once() {
    in_virtual_time(async {
        let (lab, folder) = (Lab::with_shop().await, Folder::new());
        std::fs::create_dir(folder.join("manifests")).unwrap();
        std::fs::write(folder.join("manifests/secrets.yaml"), SECRETS).unwrap();
        std::fs::copy(age_files().join("json.age"), folder.join("manifests/kept.age")).unwrap();
        let other = lab.another().await;
        beside(&lab, &folder, rules(), async |first| {
            Box::pin(beside_with(other, &lab, &folder, rules(), async |_| {
                first.minutes(20).await;
                assert_eq!((versions(&lab, "shop/made"), versions(&lab, "shop/kept")), (1, 1));
                edit(first.folder, "secrets.yaml", "generation: 1", "generation: 2");
                std::fs::copy(age_files().join("json-next.age"), first.folder.join("manifests/kept.age")).unwrap();
                first.minutes(20).await;
                assert_eq!((versions(&lab, "shop/made"), versions(&lab, "shop/kept")), (2, 2));
                std::fs::copy(age_files().join("json.age"), first.folder.join("manifests/kept.age")).unwrap();
                first.minutes(20).await;
                assert_eq!((versions(&lab, "shop/made"), versions(&lab, "shop/kept")), (2, 2), "A, B, A");
                let writes = lab.writes();
                first.minutes(60).await;
                assert_eq!(lab.writes(), writes, "both are quiet in the end");
            }))
            .await;
        })
        .await;
        assert!(!lab.chaos.seen().iter().any(|call| call.contains("GetSecretValue")));
    });
}
