//! What evenkeel did not make is not touched, until a manifest says that it may take it over.

use serde_json::{Value, json};

use super::front::Counts;
use super::lab::{Lab, held, in_real_time, steps};
use super::shop::shop;

/// Someone has a role and a service under the names of the web shop.
async fn foreign() -> Lab {
    let lab = Lab::shop().await;
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"
    }]});
    let create = lab.iam.create_role().role_name("shop-web-exec").assume_role_policy_document(trust.to_string());
    create.send().await.unwrap();
    let theirs = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    ]});
    let put = lab.iam.put_role_policy().role_name("shop-web-exec").policy_name("theirs");
    put.policy_document(theirs.to_string()).send().await.unwrap();
    let container =
        aws_sdk_ecs::types::ContainerDefinition::builder().name("web").image("shop-web:1").memory(64).build();
    lab.ecs.register_task_definition().family("shop-web").container_definitions(container).send().await.unwrap();
    let create = lab.ecs.create_service().cluster("shop").service_name("shop-web").task_definition("shop-web:1");
    let create = create.launch_type(aws_sdk_ecs::types::LaunchType::Fargate).desired_count(3);
    create.send().await.unwrap();
    lab
}

/// The shop, in which the web shop's role and service may be taken over.
fn adopting() -> String {
    let adopt = "metadata: {name: web, annotations: {evenkeel.dev/adopt: \"true\"}}";
    let role = "kind: ExecutionRole\nmetadata: {name: web}";
    let service = "kind: Service\nmetadata: {name: web}";
    [role, service].iter().fold(shop("2.0.0"), |text, head| {
        assert!(text.contains(head));
        text.replace(head, &head.replace("metadata: {name: web}", adopt))
    })
}

#[test]
fn a_role_and_a_service_of_someone_else_are_not_touched() {
    in_real_time(async {
        let lab = foreign().await;
        let before = (lab.service("shop-web").await, lab.role("shop-web-exec").await);
        let ran = lab.evenkeel(&["apply", "--yes", "--rollouts-settle", "0s", "-o", "json"], &shop("2.0.0"));
        assert_eq!(ran.exit, Some(5), "{}", ran.out);
        let last: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
        let because = |resource: &str| {
            let held = last["held"].as_array().unwrap().iter().find(|held| held["resource"] == resource).unwrap();
            (held["because"].as_str().unwrap().to_owned(), held["root"].as_str().unwrap().to_owned())
        };
        assert_eq!(because("ExecutionRole/web"), ("NotOurs".into(), "ExecutionRole/web".into()));
        assert_eq!(because("Service/web"), ("WaitingOn".into(), "ExecutionRole/web".into()));
        assert_eq!((lab.service("shop-web").await, lab.role("shop-web-exec").await), before);
        let worker =
            ["ecs:CreateService", "ecs:RegisterTaskDefinition", "iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"];
        let once: Counts = worker.map(|operation| (operation.to_owned(), 1)).into();
        assert_eq!(lab.front.writes(), once, "the worker is made, the web shop is left");
    });
}

#[test]
fn a_service_of_someone_else_is_held_although_its_role_is_ours() {
    in_real_time(async {
        let lab = foreign().await;
        lab.iam.delete_role_policy().role_name("shop-web-exec").policy_name("theirs").send().await.unwrap();
        lab.iam.delete_role().role_name("shop-web-exec").send().await.unwrap();
        let desired = lab.desired(&shop("2.0.0"));
        let before = lab.service("shop-web").await;
        let aws = lab.connect().await;
        let (_, _) = lab.pass(&aws, &desired).await;
        let (_, plan) = lab.look(&aws, &desired).await;
        assert!(held(&plan).contains(&"Service/web NotOurs".to_owned()), "{:?}", held(&plan));
        assert_eq!(lab.service("shop-web").await, before);
        assert_eq!(lab.front.writes()["ecs:RegisterTaskDefinition"], 1, "the worker's alone");
    });
}

#[test]
fn a_role_and_a_service_are_adopted_where_the_manifest_says_so_and_nothing_is_taken_from_them() {
    in_real_time(async {
        let lab = foreign().await;
        let desired = lab.desired(&adopting());
        let aws = lab.connect().await;
        let plans = lab.apply(&aws, &desired).await;
        let adopted: Vec<String> = steps(&plans[0]).into_iter().filter(|step| step.ends_with("Adopted")).collect();
        let expected = [
            "ExecutionRole/web tagRole Adopted",
            "ExecutionRole/web putRolePolicy Adopted",
            "Service/web tagResource Adopted",
            "TaskDefinition/web registerTaskDefinition Adopted",
            "Service/web updateService Adopted",
        ];
        assert_eq!(adopted, expected);
        let mut policies = lab.iam.list_role_policies().role_name("shop-web-exec").send().await.unwrap().policy_names;
        policies.sort_unstable();
        assert_eq!(policies, ["evenkeel-default", "theirs"]);
        let service = lab.service("shop-web").await;
        assert!(service.task_definition.unwrap().ends_with("shop-web:2"));
        assert_eq!(service.desired_count, 2);
        lab.assert_quiet(&aws, &desired).await;
    });
}

#[test]
fn of_a_role_in_the_mode_manage_policy_one_inline_policy_is_ours_and_nothing_else() {
    in_real_time(async {
        let lab = foreign().await;
        lab.ecs.delete_service().cluster("shop").service("shop-web").force(true).send().await.unwrap();
        let mode = "roleName: shop-web-exec\n  mode: ManagePolicy";
        let desired = lab.desired(&shop("2.0.0").replace("roleName: shop-web-exec", mode));
        let aws = lab.connect().await;
        let before = lab.role("shop-web-exec").await;
        let plans = lab.apply(&aws, &desired).await;
        assert_eq!(steps(&plans[0])[0], "ExecutionRole/web putRolePolicy Changed");
        let role = lab.role("shop-web-exec").await;
        let [tag] = role.tags() else { panic!("{:?}", role.tags()) };
        assert_eq!(tag.key(), "evenkeel.dev/applied.default");
        assert_eq!(role.assume_role_policy_document(), before.assume_role_policy_document());
        lab.inline_policy("shop-web-exec", "theirs").await;
        lab.assert_quiet(&aws, &desired).await;
    });
}

#[test]
fn what_another_installation_made_is_not_touched() {
    in_real_time(async {
        let lab = Lab::shop().await;
        lab.apply(&lab.connect().await, &lab.desired(&shop("2.0.0"))).await;
        lab.front.reset();
        let verb = ["apply", "--yes", "--installation", "staging"];
        let ran = lab.evenkeel(&verb, &shop("3.0.0"));
        assert_eq!((ran.exit, lab.front.writes()), (Some(5), Counts::new()), "{}", ran.out);
        assert!(ran.out.contains("is managed by the installation `default`"), "{}", ran.out);
    });
}

impl Lab {
    async fn role(&self, name: &str) -> aws_sdk_iam::types::Role {
        self.iam.get_role().role_name(name).send().await.unwrap().role.unwrap()
    }
}
