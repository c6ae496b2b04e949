//! Law 1 over generated chains, from secret to service, on the sandbox. On moto: `moto/chains.rs`.

use std::time::Duration;

use proptest::prelude::*;

use super::law_1_generated::{assert_quiet, explore, read};
use crate::generated_chains::{Chain, World, chains};
use crate::role_scenes::make_policies;
use crate::sandbox::support::{ACCOUNT, Aws};
use crate::support::lab::{Lab, in_virtual_time_unlogged};

/// Chains in one world.
const TOGETHER: usize = 6;

const WORLD: World<'_> = World { account: ACCOUNT, function: "arn:aws:lambda:eu-west-1:123456789012:function:rotate" };

#[test]
fn law_1_what_is_generated_from_secret_to_service_is_quiet_however_it_is_written() {
    explore(11, &proptest::collection::vec(chains(), TOGETHER), |world| check(&world));
}

fn check(world: &[Chain]) -> Result<(), TestCaseError> {
    in_virtual_time_unlogged(async {
        let mut lab = Lab::with_shop().await;
        let hands = Aws::on(lab.sandbox.clone());
        make_policies(&hands.iam).await;
        let name = |index: usize| format!("app{index}");
        for (index, chain) in world.iter().enumerate() {
            lab.create_secret(&format!("{}/secret", name(index)), 1);
            chain.prepare(&name(index), &hands.iam).await;
        }
        let all = |write: fn(&Chain, &str, &World<'_>) -> Vec<serde_json::Value>| {
            let each = |(index, chain): (usize, &Chain)| write(chain, &name(index), &WORLD);
            read(world.iter().enumerate().flat_map(each).collect())
        };
        let desired = all(Chain::manifests)?;
        lab.converge(&desired).await;
        // Copies come about, and marks grow old.
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_quiet("applied", &lab, &desired).await?;
        lab.restart().await;
        assert_quiet("after a restart", &lab, &desired).await?;
        assert_quiet("written otherwise", &lab, &all(Chain::otherwise)?).await
    })
}
