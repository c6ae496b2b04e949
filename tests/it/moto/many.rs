//! Many applications, each with a secret, a role, a task definition and a service: made, looked at, and one secret rotated.

use evenkeel::aws::{Aws, Look};
use evenkeel::model::desired::Desired;

use super::front::Counts;
use super::lab::{Lab, held, in_real_time, steps};
use super::shop::application;

const APPLICATIONS: usize = 200;

fn counts(calls: &[(&str, usize)]) -> Counts {
    calls.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect()
}

#[test]
fn many_applications_are_made_with_the_fewest_calls_and_a_rotated_secret_reaches_its_readers_alone() {
    in_real_time(async {
        let (lab, desired) = made().await;
        let all = APPLICATIONS;

        // A look with nothing to do, from nothing and again: the lower bound of calls.
        let identity = ("sts:GetCallerIdentity", 1);
        let services = ("ecs:DescribeServices", all.div_ceil(10));
        let revisions = ("ecs:DescribeTaskDefinition", all);
        let secrets = ("secretsmanager:DescribeSecret", all);
        let list = ("secretsmanager:ListSecrets", all.div_ceil(100));
        let roles = ("iam:GetAccountAuthorizationDetails", all.div_ceil(1000));
        lab.front.reset();
        let exact = lab.connect().await;
        quiet(&lab, &exact, &desired, &[identity, services, revisions, secrets, roles]).await;
        quiet(&lab, &exact, &desired, &[services, secrets, roles]).await;
        quiet(&lab, &exact.with_look(Look::Sweep), &desired, &[services, list, roles]).await;

        // One secret, two readers.
        lab.rotate("app-000");
        let later = lab.an_hour_later().await;
        lab.front.reset();
        let plans = lab.apply(&later, &desired).await;
        let expected = [
            "TaskDefinition/app-000 registerTaskDefinition SecretRotated",
            "Service/app-000 updateService SecretRotated",
            "TaskDefinition/app-001 registerTaskDefinition SecretRotated",
            "Service/app-001 updateService SecretRotated",
        ];
        assert_eq!((plans.len(), steps(&plans[0])), (1, expected.map(str::to_owned).into()));
        let writes = [("ecs:RegisterTaskDefinition", 2), ("ecs:TagResource", 2), ("ecs:UpdateService", 2)];
        assert_eq!(lab.front.writes(), counts(&writes));
        lab.assert_quiet(&later, &desired).await;
    });
}

/// All of them, made by one apply, each object with the calls that it takes.
async fn made() -> (Lab, Desired) {
    let lab = Lab::new().await;
    let names: Vec<String> = (0..APPLICATIONS).map(|number| format!("app-{number:03}")).collect();
    for name in &names {
        lab.create_secret(name);
    }
    let manifests: String = names.iter().map(|name| application(name, name, "Current")).collect();
    let own = "{secretRef: {name: app-001, key: password}}";
    let both = format!("{own}, SHARED: {{secretRef: {{name: app-000, key: password}}}}");
    let desired = lab.desired(&manifests.replace(own, &both));
    lab.front.reset();
    let plans = lab.apply(&lab.connect().await, &desired).await;
    assert_eq!(plans.len(), 1, "{:#?}", plans.get(1));
    let each =
        ["ecs:CreateService", "ecs:RegisterTaskDefinition", "iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"];
    assert_eq!(lab.front.writes(), counts(&each.map(|operation| (operation, names.len()))));
    (lab, desired)
}

async fn quiet(lab: &Lab, aws: &Aws, desired: &Desired, calls: &[(&str, usize)]) {
    let (_, plan) = lab.look(aws, desired).await;
    assert_eq!((steps(&plan), held(&plan), plan.repairs().len()), (Vec::new(), Vec::new(), 0));
    assert_eq!(lab.front.calls(), counts(calls));
    lab.front.reset();
}
