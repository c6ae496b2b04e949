//! A manifest changes: exactly that is written.

use std::collections::BTreeMap;

use super::lab::{Lab, in_real_time, steps};
use super::shop::shop;

/// The shop, and a secret whose metadata is managed.
fn tagged(service: &str, secret: &str) -> String {
    let worker = "metadata: {name: worker}\nspec:\n  serviceName";
    let with_tags = worker.replace("  serviceName", &format!("  tags: [{service}]\n  serviceName"));
    shop("2.0.0").replace(worker, &with_tags)
        + &format!(
            "---
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {{name: mail, annotations: {{evenkeel.dev/adopt: \"true\"}}}}
spec: {{secretName: shop/mail, tags: {{{secret}}}}}
"
        )
}

impl Lab {
    /// The tags of people, on the worker and on the mail's secret.
    async fn tags_of_people(&self) -> [BTreeMap<String, String>; 2] {
        let service = self.service("shop-worker").await.tags.unwrap_or_default();
        let secret = self.secrets.describe_secret().secret_id("shop/mail").send().await.unwrap().tags.unwrap();
        let service = service.into_iter().map(|tag| (tag.key.unwrap(), tag.value.unwrap()));
        let secret = secret.into_iter().map(|tag| (tag.key.unwrap(), tag.value.unwrap()));
        let people = |tags: BTreeMap<String, String>| {
            tags.into_iter().filter(|(key, _)| !key.starts_with("evenkeel.dev/")).collect()
        };
        [people(service.collect()), people(secret.collect())]
    }
}

#[test]
fn tags_of_people_come_and_go_with_the_manifest() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.create_secret("shop/mail");
        let before =
            lab.desired(&tagged("{key: team, value: shop}, {key: tier, value: back}", "team: shop, tier: back"));
        lab.apply(&lab.connect().await, &before).await;
        let two: BTreeMap<String, String> =
            [("team", "shop"), ("tier", "back")].map(|(k, v)| (k.into(), v.into())).into();
        assert_eq!(lab.tags_of_people().await, [two.clone(), two]);
        let after =
            lab.desired(&tagged("{key: team, value: mail}, {key: cost, value: \"42\"}", "team: mail, cost: \"42\""));
        let later = lab.an_hour_later().await;
        lab.front.reset();
        let plans = lab.apply(&later, &after).await;
        let expected = [
            "Secret/mail tagResource Changed",
            "Secret/mail untagResource Changed",
            "Service/worker tagResource Changed",
            "Service/worker untagResource Changed",
        ];
        assert_eq!(steps(&plans[0]), expected);
        assert!(lab.front.writes().keys().all(|operation| operation.ends_with("agResource")), "no redeploy");
        let other: BTreeMap<String, String> =
            [("team", "mail"), ("cost", "42")].map(|(k, v)| (k.into(), v.into())).into();
        assert_eq!(lab.tags_of_people().await, [other.clone(), other]);
        lab.assert_quiet(&later, &after).await;
    });
}

#[test]
fn tags_that_no_manifest_manages_are_left_alone() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let desired = lab.desired(&shop("2.0.0"));
        lab.apply(&lab.connect().await, &desired).await;
        let arn = lab.service("shop-worker").await.service_arn.unwrap();
        let tag = aws_sdk_ecs::types::Tag::builder().key("by").value("hand").build();
        lab.ecs.tag_resource().resource_arn(arn).tags(tag).send().await.unwrap();
        lab.assert_quiet(&lab.an_hour_later().await, &desired).await;
        let tags = lab.service("shop-worker").await.tags.unwrap();
        assert!(tags.iter().any(|tag| tag.key() == Some("by")));
    });
}

/// Of a revision nothing can be changed but its tags: that needs no other revision, and no deployment.
#[test]
fn tags_of_a_task_definition_reach_the_revision_that_runs() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let with = |tags: &str| {
            let worker = "kind: TaskDefinition\nmetadata: {name: worker}\nspec:\n";
            assert!(shop("2.0.0").contains(worker));
            lab.desired(&shop("2.0.0").replace(worker, &format!("{worker}  tags: {tags}\n")))
        };
        let aws = lab.connect().await;
        lab.apply(&aws, &with("{team: shop, tier: back}")).await;
        lab.assert_quiet(&aws, &with("{team: shop, tier: back}")).await;
        lab.front.reset();
        let plans = lab.apply(&aws, &with("{team: mail}")).await;
        let expected = ["TaskDefinition/worker tagResource Changed", "TaskDefinition/worker untagResource Changed"];
        assert_eq!(steps(&plans[0]), expected);
        assert!(lab.front.writes().keys().all(|operation| operation.ends_with("agResource")), "no redeploy");
        let tags = lab.ecs.list_tags_for_resource();
        let running = lab.service("shop-worker").await.task_definition.unwrap();
        let tags = tags.resource_arn(running).send().await.unwrap().tags.unwrap();
        let people: Vec<_> = tags.iter().filter(|tag| !tag.key().unwrap().starts_with("evenkeel.dev/")).collect();
        assert_eq!(
            people.iter().map(|tag| (tag.key().unwrap(), tag.value().unwrap())).collect::<Vec<_>>(),
            [("team", "mail")]
        );
        lab.assert_quiet(&aws, &with("{team: mail}")).await;
    });
}

/// The service's own step holds nothing else: the revision that it runs is the wanted one.
#[test]
fn a_change_of_a_service_alone_leaves_its_task_definition_out_of_it() {
    in_real_time(async {
        let lab = Lab::shop().await;
        let manifests = shop("2.0.0");
        lab.apply(&lab.connect().await, &lab.desired(&manifests)).await;
        let desired = lab.desired(&manifests.replace("desiredCount: 2", "desiredCount: 3"));
        lab.front.reset();
        let (plan, _) = lab.pass(&lab.connect().await, &desired).await;
        assert_eq!((steps(&plan), plan.held()), (vec!["Service/web updateService Changed".to_owned()], &[] as &[_]));
        let writes = [("ecs:TagResource", 1), ("ecs:UpdateService", 1)];
        assert_eq!(lab.front.writes(), writes.map(|(operation, count)| (operation.to_owned(), count)).into());
    });
}

#[test]
fn a_new_image_is_one_revision_and_one_redeployment() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        let desired = lab.desired(&shop("2.1.0"));
        let aws = lab.connect().await;
        lab.front.reset();
        let plans = lab.apply(&aws, &desired).await;
        let expected = ["TaskDefinition/web registerTaskDefinition Changed", "Service/web updateService Changed"];
        assert_eq!((plans.len(), steps(&plans[0])), (1, expected.map(str::to_owned).into()));
        let once = ["ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UpdateService"];
        assert_eq!(lab.front.writes(), once.map(|operation| (operation.to_owned(), 1)).into());
        let change = &plans[0].steps().next().unwrap().1.changes[0];
        assert_eq!(change.path.to_string(), "containerDefinitions[web].image");
        lab.assert_quiet(&aws, &desired).await;
    });
}

/// Law 6: the old revision could still be started, by a rollback or by hand.
#[test]
fn a_permission_goes_only_when_no_active_revision_needs_it() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        let reads = "      secrets:\n        DB_PASSWORD: {secretRef: {name: shop-db, key: password}}\n";
        assert_eq!(shop("2.0.0").matches(reads).count(), 1, "the worker's alone");
        let desired = lab.desired(&shop("2.0.0").replace(reads, ""));
        let aws = lab.connect().await;
        let plans = lab.apply(&aws, &desired).await;
        let expected = ["TaskDefinition/worker registerTaskDefinition Changed", "Service/worker updateService Changed"];
        assert_eq!(steps(&plans[0]), expected);
        let may_read = async || {
            let policy = lab.inline_policy("shop-worker-exec", "evenkeel-default").await;
            policy.to_string().contains("secretsmanager:GetSecretValue")
        };
        assert!(may_read().await);
        lab.assert_quiet(&aws, &desired).await;
        lab.ecs.deregister_task_definition().task_definition("shop-worker:1").send().await.unwrap();
        let later = lab.an_hour_later().await;
        let plans = lab.apply(&later, &desired).await;
        assert_eq!(steps(&plans[0]), ["ExecutionRole/worker putRolePolicy NoLongerDesired"]);
        assert!(!may_read().await);
        lab.assert_quiet(&later, &desired).await;
    });
}
