//! What is in use keeps its permissions; finding it out costs one look.

use crate::support::lab::{Lab, in_virtual_time, manifests};

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
        ];
        assert_eq!(calls, expected.map(|(operation, count)| (operation.to_owned(), count)).into());
    });
}
