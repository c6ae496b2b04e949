//! What is in use keeps its permissions, wherever in the envelope it runs; and finding it out costs one look.

use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::model::envelope::Envelope;
use evenkeel::sandbox::Service;
use serde_json::json;

use crate::rollouts::with_mail;
use crate::support::lab::{Lab, in_virtual_time, manifests, shop};
use evenkeel::sandbox::chaos::Fate;

#[test]
fn law_6_a_task_of_another_cluster_of_the_envelope_keeps_its_permissions() {
    in_virtual_time(async {
        let lab = with_a_batch_elsewhere().await;
        // Control: where the operator has not named the cluster, nobody looks there.
        assert_eq!(plan(&lab, &within(&["shop"])).await, ["putRolePolicy ExecutionRole/web"]);
        for clusters in [&["shop", "other"] as &[_], &["*"], &["shop", "oth?r"], &["shop", "other", "nowhere"]] {
            assert_eq!(plan(&lab, &within(clusters)).await, [""; 0], "{clusters:?}");
        }
    });
}

#[test]
fn law_6_clusters_that_cannot_be_listed_let_nothing_be_taken_away() {
    in_virtual_time(async {
        let lab = with_a_batch_elsewhere().await;
        lab.chaos.set(|_, operation| if operation == "ListClusters" { Fate::Denied } else { Fate::Pass });
        let desired = within(&["*"]);
        let (_, plan) = lab.look(&desired).await;
        assert!(plan.is_empty(), "{plan:#?}");
        let held: Vec<_> = plan.held().iter().map(|held| (held.target.to_string(), held.because.name())).collect();
        assert_eq!(held, [("ExecutionRole/web".to_owned(), "Unreadable")]);
        // Exact names need no list.
        assert_eq!(self::plan(&lab, &within(&["shop", "other"])).await, [""; 0]);
    });
}

#[test]
fn law_6_tasks_that_are_not_described_let_nothing_be_taken_away() {
    in_virtual_time(async {
        let lab = with_a_batch_elsewhere().await;
        for fate in [Fate::OneFails, Fate::OneForgotten] {
            lab.chaos.set(move |_, operation| if operation == "DescribeTasks" { fate } else { Fate::Pass });
            assert_eq!(plan(&lab, &within(&["shop"])).await, [""; 0], "{fate:?}");
        }
    });
}

/// Twenty roles, each of which keeps a permission that only an old revision uses.
#[test]
fn law_15_twenty_kept_grants_cost_what_one_costs_and_a_list_for_each_family() {
    in_virtual_time(async {
        let mut lab = Lab::with_shop().await;
        let app = |number: usize, extra: &str| {
            format!(
                r#"
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {{name: app-{number}}}
spec: {{}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {{name: app-{number}}}
spec:
  executionRoleRef: {{name: app-{number}}}
  cpu: "256"
  memory: "512"
  networkMode: awsvpc
  requiresCompatibilities: [FARGATE]
  containerDefinitions:
    - name: web
      image: example.com/app:1
      secrets: {{A: {{secretRef: {{name: one}}}}{extra}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Service
metadata: {{name: app-{number}}}
spec:
  cluster: shop
  taskDefinitionRef: {{name: app-{number}}}
  launchType: FARGATE
  desiredCount: 1
  networkConfiguration: {{awsvpcConfiguration: {{subnets: [subnet-a], securityGroups: [sg-a]}}}}
---"#
            )
        };
        let secret = |name: &str| {
            format!("\napiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {{name: {name}}}\nspec: {{}}\n---")
        };
        let apps = |extra: &str| (0..20).map(|number| app(number, extra)).collect::<String>();
        lab.create_secret("one", 1);
        lab.create_secret("two", 1);
        let before = manifests(&(secret("one") + &secret("two") + &apps(", B: {secretRef: {name: two}}")));
        lab.converge(&before).await;
        let desired = manifests(&(secret("one") + &secret("two") + &apps("")));
        lab.converge(&desired).await;
        lab.restart().await;
        let (_, plan) = lab.look(&desired).await;
        assert!(plan.is_empty() && plan.held().is_empty(), "{plan:#?}");
        let calls = lab.aws.calls();
        let expected = [
            ("ecs:DescribeServices", 2),
            ("ecs:DescribeTaskDefinition", 40),
            ("ecs:DescribeTasks", 1),
            ("ecs:ListTaskDefinitions", 20),
            ("ecs:ListTasks", 1),
            ("iam:GetAccountAuthorizationDetails", 1),
            ("secretsmanager:DescribeSecret", 2),
            ("sts:GetCallerIdentity", 1),
            ("tag:GetResources", 1),
        ];
        assert_eq!(calls, expected.map(|(operation, count)| (operation.to_owned(), count)).into());
    });
}

/// A shop that reads its mail no more, whose role someone's batch in the cluster `other` uses for just that.
async fn with_a_batch_elsewhere() -> Lab {
    let lab = Lab::with_shop().await;
    lab.create_secret("shop/mail", 1);
    lab.converge(&with_mail()).await;
    let family = json!({"familyPrefix": "shop-web"});
    let listed = lab.call(Service::Ecs, "ListTaskDefinitions", &family);
    let old = listed["taskDefinitionArns"][0].clone();
    let described = lab.call(Service::Ecs, "DescribeTaskDefinition", &json!({"taskDefinition": old}));
    let old_content = &described["taskDefinition"];
    let mut batch = json!({"family": "batch"});
    for member in ["executionRoleArn", "cpu", "memory", "networkMode", "requiresCompatibilities"] {
        batch[member] = old_content[member].clone();
    }
    let container = &old_content["containerDefinitions"][0];
    batch["containerDefinitions"] =
        json!([{"name": "batch", "image": container["image"], "secrets": container["secrets"]}]);
    lab.call(Service::Ecs, "RegisterTaskDefinition", &batch);
    lab.call(Service::Ecs, "CreateCluster", &json!({"clusterName": "other"}));
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-a"]}});
    let service = json!({"cluster": "other", "serviceName": "batch", "taskDefinition": "batch", "desiredCount": 1,
        "launchType": "FARGATE", "networkConfiguration": network});
    lab.call(Service::Ecs, "CreateService", &service);
    lab.converge(&shop("2.0.0")).await;
    lab.call(Service::Ecs, "DeregisterTaskDefinition", &json!({"taskDefinition": old}));
    tokio::time::sleep(Duration::from_hours(2)).await;
    lab
}

/// The shop, within an envelope that allows all of it in these clusters.
pub(super) fn within(clusters: &[&str]) -> Desired {
    let all = || vec!["*".to_owned()];
    let mut desired = shop("2.0.0");
    desired.policy.envelope = Some(Envelope {
        secret_names: all(),
        parameters: all(),
        kms_keys: all(),
        buckets: all(),
        role_paths: vec!["/".to_owned()],
        pass_roles: all(),
        clusters: clusters.iter().map(|name| (*name).to_owned()).collect(),
        ..Envelope::default()
    });
    desired
}

async fn plan(lab: &Lab, desired: &Desired) -> Vec<String> {
    let (_, plan) = lab.look(desired).await;
    plan.steps().map(|(_, step)| format!("{} {}", step.action.call.name(), step.target)).collect()
}
