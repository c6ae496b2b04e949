//! What `secret get` reads: text or bytes, of any version, or AWS's reason why not.

use evenkeel::aws::{Value, Which};
use evenkeel::cloud::fault::FaultKind;
use evenkeel::sandbox::{Millis, Service, World};
use serde_json::json;

use crate::support::door::editing;
use crate::support::lab::{Lab, in_virtual_time, token};
use crate::support::leaks::CANARY;

fn which(stage: &str) -> Which {
    Which { stage: Some(stage.to_owned()), version: None }
}

#[test]
fn text_and_bytes_are_told_apart_and_every_version_can_be_read() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let binary = json!({"Name": "binary", "SecretBinary": "/wAB", "ClientRequestToken": token("binary", 1)});
        lab.call(Service::SecretsManager, "CreateSecret", &binary);
        let read = lab.aws.read_value("binary", &Which::default()).await.unwrap();
        assert!(matches!(read, Value::Binary(bytes) if *bytes == [0xff, 0, 1]));
        lab.rotate("shop/db", 2);
        for (which, version) in [
            (Which::default(), 2),
            (which("AWSCURRENT"), 2),
            (which("AWSPREVIOUS"), 1),
            (Which { stage: None, version: Some(token("shop/db", 1)) }, 1),
        ] {
            let Value::Text(text) = lab.aws.read_value("shop/db", &which).await.unwrap() else { panic!("it is text") };
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(value["password"] == format!("{CANARY}{version}"), "another version was read");
        }
        for (secret, which) in [("none", Which::default()), ("shop/db", which("NEXT"))] {
            let fault = lab.aws.read_value(secret, &which).await.err().unwrap();
            assert_eq!(fault.kind, FaultKind::NotFound, "{secret}");
        }
    });
}

#[test]
fn an_answer_without_a_value_is_no_empty_value() {
    let world = World::new("123456789012", "eu-west-1", 7, Millis(1_767_225_600_000));
    let lacks = |asked: &str, answer: &str| {
        let of_value = asked.contains("GetSecretValue");
        of_value.then(|| answer.replace("SecretString", "Nothing"))
    };
    in_virtual_time(async {
        let lab = Lab::at(world, |sandbox| editing(sandbox.http_client(), lacks)).await;
        lab.create_secret("shop/db", 1);
        let fault = lab.aws.read_value("shop/db", &Which::default()).await.err().unwrap();
        assert_eq!(fault.kind, FaultKind::Ambiguous);
        assert!(fault.to_string().contains("the answer has no value in it"), "{fault}");
    });
}
