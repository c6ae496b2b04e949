//! A secret gets a new version: its readers move, each in the way that its task definition asks for.

use std::time::Duration;

use super::front::Counts;
use super::lab::{Lab, held, in_real_time, steps, version_id};
use super::shop::{application, shop};

#[test]
fn a_rotation_moves_the_readers_of_the_secret_and_nobody_else() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.create_secret("other");
        let desired = lab.desired(&(shop("2.0.0") + "---\n" + &application("other", "other", "Current")));
        lab.apply(&lab.connect().await, &desired).await;
        let unrelated = lab.service("other").await;
        lab.rotate("shop/db");
        let later = lab.an_hour_later().await;
        lab.front.reset();
        let plans = lab.apply(&later, &desired).await;
        let expected = [
            "TaskDefinition/web registerTaskDefinition SecretRotated",
            "Service/web updateService SecretRotated",
            "TaskDefinition/worker registerTaskDefinition SecretRotated",
            "Service/worker updateService SecretRotated",
        ];
        assert_eq!((plans.len(), steps(&plans[0])), (1, expected.map(str::to_owned).into()));
        let twice = ["ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UpdateService"];
        assert_eq!(lab.front.writes(), twice.map(|operation| (operation.to_owned(), 2)).into());
        assert_eq!(lab.service("other").await, unrelated);
        for name in ["shop-web", "shop-worker"] {
            assert!(lab.service(name).await.task_definition.unwrap().ends_with(&format!("{name}:2")));
        }
        lab.assert_quiet(&later, &desired).await;
    });
}

#[test]
fn a_pinned_version_stands_in_value_from_and_moves_with_the_secret() {
    check("VersionId", |arn, id| (format!("{arn}:password::{id}"), None));
}

#[test]
fn a_followed_version_stands_in_the_docker_label_and_value_from_stays() {
    check("Current", |arn, id| (format!("{arn}:password::"), Some(format!("PASSWORD={id}"))));
}

/// Before and after a rotation, a revision reads its secret from such a `valueFrom` and has such a label.
fn check(pinning: &str, expected: impl Fn(&str, &str) -> (String, Option<String>)) {
    in_real_time(async {
        let lab = Lab::new().await;
        lab.create_secret("app/db");
        let desired = lab.desired(&application("app", "app/db", pinning));
        let arn = lab.secret_arn("app/db").await;
        let reads = async || {
            let (revision, _) = lab.revision("app").await;
            let [main] = revision.container_definitions() else { panic!("one container") };
            let label = main.docker_labels().and_then(|labels| labels.get("evenkeel.dev/secret-versions").cloned());
            (main.secrets()[0].value_from().to_owned(), label)
        };
        lab.apply(&lab.connect().await, &desired).await;
        assert_eq!(reads().await, expected(&arn, &version_id("app/db", 1)));
        let rotated = lab.rotate("app/db");
        let later = lab.an_hour_later().await;
        lab.apply(&later, &desired).await;
        assert_eq!(reads().await, expected(&arn, &rotated));
        lab.assert_quiet(&later, &desired).await;
    });
}

#[test]
fn a_rotation_waits_for_its_debounce_and_then_redeploys_once() {
    in_real_time(async {
        let lab = Lab::new().await;
        lab.create_secret("app/db");
        let mut desired = lab.desired(&application("app", "app/db", "Current"));
        desired.services.values_mut().for_each(|service| service.rollout.debounce = Duration::from_mins(10));
        let aws = lab.connect().await;
        lab.apply(&aws, &desired).await;
        lab.rotate("app/db");
        lab.front.reset();
        let (plan, _) = lab.pass(&aws, &desired).await;
        assert_eq!((steps(&plan), held(&plan)[0].as_str()), (vec![], "Service/app Debouncing"));
        assert_eq!(lab.front.writes(), Counts::new());
        assert_eq!(lab.front.calls()["secretsmanager:ListSecretVersionIds"], 1, "the age of the version is looked up");
        let later = lab.an_hour_later().await;
        lab.apply(&later, &desired).await;
        assert_eq!(lab.front.writes()["ecs:UpdateService"], 1);
    });
}
