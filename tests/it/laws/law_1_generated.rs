//! Law 1 over generated manifests: many fields at once, in random orders, written in ECS's form or in ours, numbers as
//! numbers or as text. What is applied is quiet, for this process and for one just started, and so is what AWS states of
//! it, pasted into a manifest.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Installation;
use evenkeel::sandbox::Service;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::generated_manifests::{Written, manifests};
use crate::support::lab::{Lab, in_virtual_time_unlogged};
use crate::sweeps::proving;

/// As many worlds in `make test`; ten times as many, and others each time, in `make prove`.
const WORLDS: u32 = 6;

/// Plays the worlds again that a failure of `make prove` names.
const SEED: &str = "EVENKEEL_LAW_1_SEED";

/// Applications in one world.
const TOGETHER: usize = 6;

#[test]
fn law_1_what_is_generated_and_applied_is_quiet_however_it_is_written() {
    explore(7, &proptest::collection::vec(manifests(), TOGETHER), |world| check(&world));
}

/// Checks worlds: the same ones in every run of `make test`, so that a run says something of what changed.
pub(super) fn explore<S: Strategy>(usual: u8, world: &S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so in the environment")]
    let asked = std::env::var(SEED).ok().map(|seed| seed.parse::<u64>().expect("a seed is a number"));
    let seed = match asked {
        Some(seed) => seed,
        None if proving() => RandomState::new().hash_one(usual),
        None => u64::from_le_bytes([usual; 8]),
    };
    let cases = if asked.is_some() || proving() { 10 * WORLDS } else { WORLDS };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed.to_le_bytes().repeat(4));
    match TestRunner::new_with_rng(config, rng).run(world, check) {
        Ok(()) => {}
        // What is generated is long, and its part is in the reason.
        Err(TestError::Fail(reason, _)) => panic!("{reason}\nthe same worlds again: {SEED}={seed}"),
        Err(error) => panic!("{error}\nthe same worlds again: {SEED}={seed}"),
    }
}

fn check(world: &[Written]) -> Result<(), TestCaseError> {
    in_virtual_time_unlogged(async {
        let mut lab = Lab::with_shop().await;
        let name = |index: usize| format!("app{index}");
        let all = |write: fn(&Written, &str) -> Vec<Value>| {
            let each = |(index, app): (usize, &Written)| write(app, &name(index));
            read(world.iter().enumerate().flat_map(each).collect())
        };
        let desired = all(Written::manifests)?;
        lab.converge(&desired).await;
        assert_quiet("applied", &lab, &desired).await?;
        lab.restart().await;
        assert_quiet("after a restart", &lab, &desired).await?;
        assert_quiet("written otherwise", &lab, &all(Written::otherwise)?).await?;
        let pasted = world.iter().enumerate().flat_map(|(index, _)| pasted(&lab, &name(index)));
        assert_quiet("pasted", &lab, &read(pasted.collect())?).await
    })
}

pub(super) fn read(manifests: Vec<Value>) -> Result<Desired, TestCaseError> {
    let file = |(index, text): (usize, Value)| SourceFile { name: format!("{index}.json"), text: text.to_string() };
    let files: Vec<SourceFile> = manifests.into_iter().enumerate().map(file).collect();
    let mut loaded = load(Installation::new("default"), &files);
    let errors: Vec<_> = loaded.checked.found.iter().filter(|found| found.is_error()).collect();
    prop_assert!(errors.is_empty(), "{errors:#?}\n{}", files.iter().map(|f| f.text.as_str()).collect::<String>());
    loaded.desired.policy.max_concurrent = usize::MAX;
    Ok(loaded.desired)
}

pub(super) async fn assert_quiet(when: &str, lab: &Lab, desired: &Desired) -> Result<(), TestCaseError> {
    let before = lab.writes();
    let (plan, execution) = lab.pass(desired).await;
    let steps: Vec<String> = plan.steps().map(|(_, step)| format!("{} {:?}", step.target, step.changes)).collect();
    prop_assert!(steps.is_empty() && plan.held().is_empty(), "{when}: {steps:#?} {:#?}", plan.held());
    // What is pasted or written otherwise has another digest; marks are no change of anything.
    prop_assert_eq!(execution.done(), 0, "{}", when);
    prop_assert!(plan.repairs().len() >= lab.writes() - before, "{when}: more than marks was written");
    Ok(())
}

/// What AWS states of a service and its task definition, as manifests.
fn pasted(lab: &Lab, name: &str) -> Vec<Value> {
    let described = lab.call(Service::Ecs, "DescribeServices", &json!({"cluster": "shop", "services": [name]}));
    let service = described["services"][0].clone();
    let arn = service["taskDefinition"].clone();
    let described = lab.call(Service::Ecs, "DescribeTaskDefinition", &json!({"taskDefinition": arn}));
    let mut spec = object(service);
    spec.remove("taskDefinition");
    spec.insert("taskDefinitionRef".into(), json!({"name": name}));
    spec.insert("cluster".into(), "shop".into());
    let manifest = |kind: &str, spec: Map<String, Value>| json!({"apiVersion": "evenkeel.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec});
    vec![manifest("TaskDefinition", object(described["taskDefinition"].clone())), manifest("Service", spec)]
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}
