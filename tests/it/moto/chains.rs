//! Law 1 over generated chains, on moto: what a server that we did not write keeps of them. On the sandbox:
//! `laws/law_1_chains.rs`.

use evenkeel::model::desired::Desired;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::lab::{Lab, REGION, held, in_real_time, steps};
use crate::generated_chains::{Chain, World, chains};
use crate::role_scenes::make_policies;

/// Chains in the one account of this test.
const TOGETHER: usize = 12;

#[test]
fn law_1_what_is_generated_from_secret_to_service_is_quiet_on_moto() {
    in_real_time(async {
        let lab = Lab::new().await;
        let function = lab.function("rotate");
        make_policies(&lab.iam).await;
        let world = World { account: &lab.account, function: &function };
        // The same chains every time.
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[13; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let all: Vec<(String, Chain)> =
            (0..TOGETHER).map(|n| (format!("app{n}"), chains().new_tree(&mut runner).unwrap().current())).collect();
        for (name, chain) in &all {
            lab.create_secret_in(REGION, &format!("{name}/secret"));
            chain.prepare(name, &lab.iam).await;
        }
        let written = |write: fn(&Chain, &str, &World<'_>) -> Vec<Value>| {
            read(&lab, &all.iter().flat_map(|(name, chain)| write(chain, name, &world)).collect::<Vec<_>>())
        };
        let desired = written(Chain::manifests);
        lab.apply(&lab.connect().await, &desired).await;
        let later = lab.an_hour_later().await;
        lab.assert_quiet(&later, &desired).await;
        // Marks alone are set to what is written now.
        let otherwise = written(Chain::otherwise);
        let (_, plan) = lab.look(&later, &otherwise).await;
        assert_eq!((steps(&plan), held(&plan)), (Vec::new(), Vec::new()), "{:#?}", plan.steps().collect::<Vec<_>>());
    });
}

fn read(lab: &Lab, manifests: &[Value]) -> Desired {
    let documents: Vec<String> = manifests.iter().map(|manifest| known_here(manifest).to_string()).collect();
    let mut desired = lab.desired(&documents.join("\n---\n"));
    desired.policy.max_concurrent = usize::MAX;
    desired
}

/// Two subnets and two groups are all that the account has; and M17: moto takes no service without groups.
fn known_here(manifest: &Value) -> Value {
    let mut manifest = manifest.clone();
    // M6 and M18: what moto forgets.
    for forgotten in ["serviceConnectConfiguration", "enableFaultInjection"] {
        manifest["spec"].as_object_mut().unwrap().remove(forgotten);
    }
    let network = &mut manifest["spec"]["networkConfiguration"]["awsvpcConfiguration"];
    if let Some(Value::Array(subnets)) = network.get_mut("subnets") {
        subnets.retain(|subnet| subnet != "subnet-c");
        if subnets.is_empty() {
            subnets.push("subnet-a".into());
        }
        if network["securityGroups"].is_null() {
            network["securityGroups"] = serde_json::json!(["sg-web"]);
        }
    } else if let Value::Object(spec) = &mut manifest["spec"] {
        spec.remove("networkConfiguration");
    }
    let text = manifest.to_string().replace("\"sg-1\"", "\"sg-web\"").replace("\"sg-2\"", "\"sg-worker\"");
    serde_json::from_str(&text).unwrap()
}
