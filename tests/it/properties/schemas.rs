//! Schemas for editors: what they say of what people write.

use evenkeel::manifest::{SourceFile, load, published};
use evenkeel::model::id::{Installation, Kind};
use serde_json::Value;

#[test]
fn every_schema_accepts_the_shop_as_it_is_written() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples/shop");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let wrong: Vec<String> = files.flat_map(|text| wrong(&text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_schema_accepts_the_short_forms() {
    let text = "
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {name: web}
spec:
  cpu: 256
  memory: 512
  executionRoleArn: arn:aws:iam::123456789012:role/web
  tags: {team: 42}
  containerDefinitions:
    - name: web
      image: web
      environment: {PORT: 8080, DEBUG: true}
      secrets:
        A: {secretRef: {name: db}}
        B: {valueFrom: {secretRef: {name: db}}}
        C: /a/parameter
      logConfiguration:
        logDriver: splunk
        secretOptions: [{name: token, secretRef: {name: db, key: token}}]
";
    assert_eq!(wrong(text), Vec::<String>::new());
}

#[test]
fn a_schema_refuses_what_nobody_should_write() {
    let refused = [
        "{apiVersion: evenkeel.dev/v1, kind: Secret, metadata: {name: db}, spec: {}}",
        "{apiVersion: evenkeel.dev/v1alpha1, kind: Secret, metadata: {name: DB}, spec: {}}",
        "{apiVersion: evenkeel.dev/v1alpha1, kind: Secret, metadata: {name: db}, spec: {secretNam: x}}",
        "{apiVersion: evenkeel.dev/v1alpha1, kind: Service, metadata: {name: web}, spec: {}}",
    ];
    let accepted: Vec<&str> = refused.into_iter().filter(|text| wrong(text).is_empty()).collect();
    assert_eq!(accepted, Vec::<&str>::new());
}

#[test]
fn a_size_is_a_whole_number_to_check_and_to_the_schema_however_it_is_written() {
    let text = |cpu: &str, memory: &str| {
        format!(
            "{{apiVersion: evenkeel.dev/v1alpha1, kind: TaskDefinition, metadata: {{name: web}}, spec: {{cpu: {cpu}, memory: {memory}, containerDefinitions: [{{name: web, image: web}}]}}}}"
        )
    };
    for (cpu, memory) in [
        ("256", "512"),
        ("256.0", "512.0"),
        ("0x100", "5.12e2"),
        ("\"256\"", "512"),
        ("0.25 vCPU", "0.5 GB"),
        ("~", "512"),
    ] {
        let text = text(cpu, memory);
        assert_eq!(wrong(&text), Vec::<String>::new(), "{text}");
        let loaded = load(Installation::new("test"), &[SourceFile { name: "web.yaml".into(), text: text.clone() }]);
        assert!(!loaded.checked.has_errors(), "{text}: {:#?}", loaded.checked.found);
        let content = &loaded.desired.task_definitions.values().next().unwrap().content;
        assert_eq!(content.member("memory"), Some(&"512".into()), "{text}");
        assert_eq!(content.member("cpu").cloned(), (cpu != "~").then(|| "256".into()), "{text}");
    }
    for (cpu, memory) in [("256.5", "512"), ("256", "-512"), ("true", "512"), ("\"256.0\"", "512"), ("[256]", "512")] {
        let text = text(cpu, memory);
        assert_ne!(wrong(&text), Vec::<String>::new(), "{text}");
        let loaded = load(Installation::new("test"), &[SourceFile { name: "web.yaml".into(), text: text.clone() }]);
        assert!(loaded.checked.has_errors(), "{text}");
    }
}

/// What the schemas say of the documents of a text.
fn wrong(text: &str) -> Vec<String> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap();
    let check = |document: Value| {
        let kind = Kind::parse(document["kind"].as_str().unwrap()).unwrap();
        let validator = jsonschema::draft202012::new(&published::json_schema(kind)).unwrap();
        let said = |error: jsonschema::ValidationError<'_>| format!("{kind}: {error} at {}", error.instance_path());
        validator.iter_errors(&document).map(said).collect::<Vec<_>>()
    };
    assert!(!documents.is_empty());
    documents.into_iter().flat_map(check).collect()
}
