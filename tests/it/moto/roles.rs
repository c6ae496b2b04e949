//! The scenes of a role, on moto.

use super::lab::{Lab, in_real_time};
use crate::role_scenes::{SCENES, Scene, make_policies};

#[test]
fn a_role_is_set_changed_put_back_and_left_alone_on_moto() {
    in_real_time(async {
        let lab = Lab::shop().await;
        make_policies(&lab.iam).await;
        for (number, scene) in (1_u32..).zip(&SCENES) {
            scene.hand.play(&lab.iam, &lab.account).await;
            let desired = lab.desired(&scene.manifests(&lab.account));
            let aws = lab.hours_later(number).await;
            let plans = lab.apply(&aws, &desired).await;
            assert_eq!(Scene::steps_of(plans.first()), scene.steps, "scene {number}");
            scene.assert_state(&lab.iam, &lab.account).await;
            let (_, plan) = lab.look(&aws, &desired).await;
            assert!(plan.is_empty(), "scene {number}: {plan:#?}");
        }
    });
}
