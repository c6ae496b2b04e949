//! What deployments are told to watch or to wait for, and are not held up by here.

use serde_json::{Value, json};

use super::raw::Raw;

/// A world with a service that is deployed with this configuration.
fn deployed(configuration: &Value) -> Raw {
    let mut aws = Raw::new();
    let container = json!({"name": "web", "image": "web:1", "memory": 64});
    aws.ask("ecs:RegisterTaskDefinition", &json!({"family": "web", "containerDefinitions": [container]}));
    aws.ask(
        "ecs:CreateService",
        &json!({
            "serviceName": "web",
            "taskDefinition": "web",
            "desiredCount": 1,
            "deploymentConfiguration": configuration,
        }),
    );
    aws
}

/// The newest deployment of that service.
fn newest(aws: &mut Raw) -> Value {
    let listed = aws.ask("ecs:ListServiceDeployments", &json!({"service": "web"}));
    let arn = &listed["serviceDeployments"][0]["serviceDeploymentArn"];
    aws.ask("ecs:DescribeServiceDeployments", &json!({"serviceDeploymentArns": [arn]}))["serviceDeployments"][0].clone()
}

#[test]
fn alarms_are_watched_until_the_deployment_is_over_and_none_goes_off_by_itself() {
    let mut aws = deployed(&json!({"alarms": {"alarmNames": ["errors"], "enable": true, "rollback": true}}));
    let watched = |status: &str| json!({"status": status, "alarmNames": ["errors"], "triggeredAlarmNames": []});
    aws.pass(3);
    let deployment = newest(&mut aws);
    assert_eq!((&deployment["status"], &deployment["alarms"]), (&json!("IN_PROGRESS"), &watched("MONITORING")));
    aws.pass(600);
    let deployment = newest(&mut aws);
    assert_eq!((&deployment["status"], &deployment["alarms"]), (&json!("SUCCESSFUL"), &watched("MONITORING_COMPLETE")));

    let mut aws = deployed(&json!({"alarms": {"alarmNames": ["errors"], "enable": false, "rollback": false}}));
    aws.pass(600);
    let off = json!({"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []});
    assert_eq!(newest(&mut aws)["alarms"], off);
}

#[test]
fn hooks_of_a_deployment_are_kept_and_neither_called_nor_waited_for() {
    let lambda = "arn:aws:lambda:eu-west-1:123456789012:function:approve";
    let mut aws = deployed(&json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, "lifecycleHooks": [
        {"targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"]},
        {"hookTargetArn": lambda, "roleArn": "arn:aws:iam::123456789012:role/hook", "lifecycleStages": ["POST_SCALE_UP"]},
    ]}));
    aws.pass(600);
    let deployment = newest(&mut aws);
    assert_eq!(deployment["status"], "SUCCESSFUL");
    assert_eq!(deployment["deploymentConfiguration"]["lifecycleHooks"][1]["hookTargetArn"], lambda);
    assert_eq!(deployment.get("lifecycleHookDetails"), None);
}
