//! What `secret get` reads: text or bytes, of any version, or AWS's reason why not.

use evenkeel::aws::{Value, Which};
use evenkeel::cloud::fault::FaultKind;
use evenkeel::sandbox::Service;
use serde_json::json;

use crate::support::lab::{Lab, in_virtual_time_unlogged, token};

fn which(stage: &str) -> Which {
    Which { stage: Some(stage.to_owned()), version: None }
}

#[test]
fn text_and_bytes_are_told_apart_and_every_version_can_be_read() {
    in_virtual_time_unlogged(async {
        let lab = Lab::with_shop().await;
        let binary = json!({"Name": "binary", "SecretBinary": "/wAB", "ClientRequestToken": token("binary", 1)});
        lab.call(Service::SecretsManager, "CreateSecret", &binary);
        let read = lab.aws.read_value("binary", &Which::default()).await.unwrap();
        assert_eq!(read.id.as_str(), token("binary", 1));
        assert!(matches!(read.value, Value::Binary(bytes) if *bytes == [0xff, 0, 1]));
        lab.rotate("shop/db", 2);
        for (which, version) in [
            (Which::default(), 2),
            (which("AWSCURRENT"), 2),
            (which("AWSPREVIOUS"), 1),
            (Which { stage: None, version: Some(token("shop/db", 1)) }, 1),
        ] {
            let read = lab.aws.read_value("shop/db", &which).await.unwrap();
            assert_eq!(read.id.as_str(), token("shop/db", version));
            assert!(read.secret.as_str().contains(":secret:shop/db-"));
            assert!(matches!(read.value, Value::Text(text) if text.contains("password")));
        }
        for (secret, which) in [("none", Which::default()), ("shop/db", which("NEXT"))] {
            let fault = lab.aws.read_value(secret, &which).await.err().unwrap();
            assert_eq!(fault.kind, FaultKind::NotFound, "{secret}");
        }
    });
}
