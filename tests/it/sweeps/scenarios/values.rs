//! Values that evenkeel writes itself, each beside a service that reads it.

use std::time::Duration;

use evenkeel::manifest::files::Files;
use evenkeel::manifest::{SourceFile, load_files};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Installation;

use super::apps::{DB, app, document, running};
use crate::support::lab::{Lab, manifests};
use crate::support::values::age_files;

fn generated(more: &str) -> String {
    let json = "json: {template: {username: orders}, key: password}";
    document("Secret", "db", "", &format!("value: {{generate: {{length: 24, {json}{more}}}}}"))
        + &app("orders", "1", DB)
}

/// A secret that does not exist, and everything that reads it.
pub(super) async fn generate() -> (Lab, Desired) {
    let lab = Lab::with_shop().await;
    lab.sandbox.with_world(|world| world.iam.set_propagation_lag(Duration::from_secs(10)));
    (lab, manifests(&generated("")))
}

/// The next value of a secret that was generated.
pub(super) async fn next_generation() -> (Lab, Desired) {
    let lab = running(&[], &generated("")).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    (lab, manifests(&generated(", generation: 2")))
}

/// The next value, with settings that are changed in the same commit.
pub(super) async fn generation_and_settings() -> (Lab, Desired) {
    let lab = running(&[], &generated("")).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    let text = generated(", generation: 2").replacen(
        "spec: {value",
        "spec: {description: Orders, tags: {team: orders}, replicas: [{region: us-east-1}], value",
        1,
    );
    (lab, manifests(&text))
}

/// A value that stands in Git, and the service that reads it. Debian's age has encrypted it.
fn encrypted(file: &str) -> Desired {
    let text =
        document("Secret", "db", "", "value: {encrypted: {file: db.age, format: age}}") + &app("orders", "1", DB);
    let read = vec![SourceFile { name: "test.yaml".into(), text }];
    let mut files = Files { read, ..Files::default() };
    files.set_apart(|_| Ok(std::fs::read(age_files().join(file)).unwrap()));
    let loaded = load_files(Installation::new("default"), files);
    assert!(!loaded.checked.has_errors(), "{:#?}", loaded.checked.found);
    loaded.desired
}

/// A secret that does not exist, of a ciphertext.
pub(super) async fn decrypt() -> (Lab, Desired) {
    (Lab::with_shop().await, encrypted("json.age"))
}

/// Another ciphertext.
pub(super) async fn next_ciphertext() -> (Lab, Desired) {
    let lab = Lab::with_shop().await;
    lab.converge(&encrypted("json.age")).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    (lab, encrypted("json-next.age"))
}

/// The ciphertext of before, whose version is there still.
pub(super) async fn back() -> (Lab, Desired) {
    let (lab, next) = next_ciphertext().await;
    lab.converge(&next).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    (lab, encrypted("json.age"))
}
