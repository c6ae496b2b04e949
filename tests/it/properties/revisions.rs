//! Revisions and their secrets: what is written is what is read.

use evenkeel::model::arn::Arn;
use evenkeel::model::id::{Stage, VersionId};
use evenkeel::model::revision::Revision;
use evenkeel::model::secret_source::{Place, SecretSource, Slot, Version};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::trees::content;

proptest! {
    #![proptest_config(super::times(1))]

    #[test]
    fn what_is_written_of_a_revision_is_what_is_read(tree in content(), used in vec((place(), source()), 0..6)) {
        let mut revision = Revision::read(tree, Some(Arn::new("arn:aws:iam::1:role/r")));
        let containers: Vec<String> = revision.containers().map(|container| container.name().to_owned()).collect();
        for (index, (place, source)) in used.into_iter().enumerate() {
            let container = containers[index % containers.len()].clone();
            revision.secrets.insert(Slot { container, place }, source);
        }
        let read = Revision::read(revision.write(), revision.execution_role.clone());
        prop_assert_eq!(read, revision);
    }

    #[test]
    fn what_is_printed_of_a_source_is_what_is_parsed(source in source()) {
        let recorded = match &source {
            SecretSource::Secret { version: Version::Follows(id), .. } => id.clone(),
            _ => None,
        };
        prop_assert_eq!(SecretSource::parse(&source.to_string(), recorded), source);
    }

    #[test]
    fn any_text_is_some_source_and_stays_it(text in "(arn:aws:secretsmanager:)?[a-z:/-]{0,30}") {
        let source = SecretSource::parse(&text, None);
        prop_assert_eq!(SecretSource::parse(&source.to_string(), None), source);
    }

    #[test]
    fn a_slot_is_its_path(container in "[a-z]{1,5}", place in place()) {
        let slot = Slot { container, place };
        let text = serde_json::to_string(&slot).unwrap();
        prop_assert_eq!(serde_json::from_str::<Slot>(&text).unwrap(), slot);
    }
}

/// Also names that could be taken for something else in the label.
fn place() -> impl Strategy<Value = Place> {
    let name = prop_oneof![
        "[A-Z_]{1,6}",
        select(vec!["registry", "log", "a b", "a=b", "a%b", "log/token"]).prop_map(str::to_owned)
    ];
    prop_oneof![name.clone().prop_map(Place::Environment), name.prop_map(Place::LogOption), Just(Place::Registry),]
}

#[test]
fn sizes_of_a_task_are_numbers_however_they_are_written() {
    let written = |cpu: &str, memory: &str| Revision::written(json!({"cpu": cpu, "memory": memory}));
    for (cpu, memory) in [("0256", "0512"), (".25 vCPU", "0.5GB"), ("0.25vcpu", ".5 gb")] {
        assert_eq!(written(cpu, memory), written("256", "512"), "{cpu} {memory}");
    }
}

fn source() -> impl Strategy<Value = SecretSource<Arn>> {
    let arn = "[a-z/]{1,8}-[A-Za-z]{6}"
        .prop_map(|name| Arn::new(format!("arn:aws:secretsmanager:eu-west-1:1:secret:{name}")));
    let id = || "[0-9a-f]{8}-[0-9a-f]{8}".prop_map(VersionId::new);
    let version = prop_oneof![id().prop_map(Version::Pinned), option::of(id()).prop_map(Version::Follows)];
    let stage = option::of(select(vec!["AWSPREVIOUS", "blue"]).prop_map(Stage::new));
    let secret = (arn, option::of("[a-z.]{1,5}"), stage, version)
        .prop_map(|(arn, key, stage, version)| SecretSource::Secret { arn, key, stage, version });
    prop_oneof![secret, "[a-z/]{1,8}".prop_map(SecretSource::Other)]
}
