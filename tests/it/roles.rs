//! The scenes of a role, on the sandbox.

use std::time::Duration;

use crate::role_scenes::{SCENES, Scene, make_policies};
use crate::sandbox::support::{ACCOUNT, Aws};
use crate::support::lab::{Lab, in_virtual_time, manifests};

#[test]
fn a_role_is_set_changed_put_back_and_left_alone_on_the_sandbox() {
    in_virtual_time(async {
        let lab = Lab::with_shop().await;
        let hands = Aws::on(lab.sandbox.clone());
        make_policies(&hands.iam).await;
        for (number, scene) in SCENES.iter().enumerate() {
            tokio::time::sleep(Duration::from_hours(1)).await;
            scene.hand.play(&hands.iam, ACCOUNT).await;
            let desired = manifests(&scene.manifests(ACCOUNT));
            let (plan, execution) = lab.pass(&desired).await;
            assert_eq!(Scene::steps_of(Some(&plan)), scene.steps, "scene {number}: {:#?}", plan.held());
            assert_eq!(execution.failures().count(), 0);
            scene.assert_state(&hands.iam, ACCOUNT).await;
            tokio::time::sleep(Duration::from_hours(1)).await;
            let (_, plan) = lab.look(&desired).await;
            assert!(plan.is_empty() && plan.held().is_empty(), "scene {number}: {plan:#?}");
        }
    });
}
