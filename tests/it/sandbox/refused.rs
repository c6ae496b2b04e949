//! Where what ECS refuses begins: the last that is taken, and the first that is not.

use serde_json::{Value, json};

use super::raw::Raw;

fn container(over: &Value) -> Value {
    let mut container = json!({"name": "web", "image": "web:1", "memory": 128});
    container.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
    json!({"family": "web", "memory": "256", "containerDefinitions": [container]})
}

fn service(over: &Value) -> Value {
    let mut service = json!({"serviceName": "web", "taskDefinition": "web", "desiredCount": 0});
    service.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
    service
}

/// A world with a revision that services can run.
fn world() -> Raw {
    let mut aws = Raw::new();
    aws.ask("ecs:RegisterTaskDefinition", &container(&json!({})));
    aws
}

#[test]
fn numbers_at_their_bounds_are_taken() {
    let mut aws = Raw::new();
    let check = |member: &str, number: i64| json!({"healthCheck": {"command": ["CMD", "true"], member: number}});
    for (member, least, most) in [("interval", 5, 300), ("timeout", 2, 60), ("retries", 1, 10), ("startPeriod", 0, 300)]
    {
        for (number, is_taken) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            let (status, answer) =
                aws.send("ecs:RegisterTaskDefinition", &container(&check(member, number)).to_string());
            assert_eq!(status == 200, is_taken, "{member} {number}: {answer}");
        }
    }
    for (over, is_taken) in [
        (json!({"memory": 4}), true),
        (json!({"memory": 3}), false),
        (json!({"memory": 256, "memoryReservation": 256}), true),
        (json!({"memory": 257}), false),
        (json!({"memory": 128, "memoryReservation": 129}), false),
        (json!({"portMappings": [{"containerPort": 65_535, "hostPort": 0}]}), true),
        (json!({"portMappings": [{"containerPort": 65_536}]}), false),
        (
            json!({"resourceRequirements": [{"type": "GPU", "value": "", "sharingStrategy": {"nvidiaMps": {"memory": 1}}}]}),
            true,
        ),
        (
            json!({"linuxParameters": {"tmpfs": [{"containerPath": "/run", "size": 1, "mountOptions": ["mode=1777"]}]}}),
            true,
        ),
    ] {
        let (status, answer) = aws.send("ecs:RegisterTaskDefinition", &container(&over).to_string());
        assert_eq!(status == 200, is_taken, "{over}: {answer}");
    }
}

#[test]
fn a_client_token_has_up_to_36_visible_characters() {
    let mut aws = world();
    for token in ["x".repeat(37), "a b".to_owned(), "é".to_owned()] {
        let refused = aws.refused("ecs:CreateService", &service(&json!({"clientToken": token})));
        assert_eq!(refused, "InvalidParameterException", "{token}");
    }
    aws.ask("ecs:CreateService", &service(&json!({"clientToken": "~".repeat(36)})));
}

#[test]
fn rebalancing_is_off_where_it_cannot_be_and_stays_in_the_way_of_an_update() {
    let mut aws = world();
    let full = json!({"deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}});
    let made = aws.ask("ecs:CreateService", &service(&full));
    assert_eq!(made["service"]["availabilityZoneRebalancing"], "DISABLED");
    let other = json!({"serviceName": "mail"});
    let made = aws.ask("ecs:CreateService", &service(&other));
    assert_eq!(made["service"]["availabilityZoneRebalancing"], "ENABLED");
    let mut update = full;
    update["service"] = json!("mail");
    let (_, answer) = aws.send("ecs:UpdateService", &update.to_string());
    let words = "The service couldn't be updated because Availability Zone Rebalancing does not support maximumPercent";
    assert!(answer.contains(words), "{answer}");
    update["availabilityZoneRebalancing"] = json!("DISABLED");
    aws.ask("ecs:UpdateService", &update);
}

/// What the strategy before had stays behind, and is nobody's any more.
#[test]
fn an_update_is_held_against_what_it_says_and_not_against_what_another_one_left() {
    let mut aws = Raw::new();
    let container = json!({"name": "web", "image": "web:1"});
    aws.ask(
        "ecs:RegisterTaskDefinition",
        &json!({
            "family": "web",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container],
        }),
    );
    let linear = json!({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 50.0}});
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-a"]}});
    let of_fargate =
        json!({"launchType": "FARGATE", "networkConfiguration": network, "deploymentConfiguration": linear});
    aws.ask("ecs:CreateService", &service(&of_fargate));
    for (update, is_taken) in [
        (json!({"deploymentConfiguration": {"strategy": "ROLLING"}}), true),
        (json!({"deploymentConfiguration": {"linearConfiguration": {"stepPercent": 10.0}}}), false),
        (json!({"platformVersion": "1.4.0"}), true),
        (json!({"placementConstraints": [{"type": "distinctInstance"}]}), false),
        (
            json!({"capacityProviderStrategy": [
                {"capacityProvider": "FARGATE", "weight": 1}, {"capacityProvider": "big", "weight": 1},
            ]}),
            false,
        ),
        (json!({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}), true),
    ] {
        let mut request = update.clone();
        request["service"] = json!("web");
        let (status, answer) = aws.send("ecs:UpdateService", &request.to_string());
        assert_eq!(status == 200, is_taken, "{update}: {answer}");
    }
}

#[test]
fn batches_are_no_larger_than_the_api_says() {
    let mut aws = Raw::new();
    let many = |number: usize| (0..number).map(|number| format!("s{number}")).collect::<Vec<_>>();
    let event = |bytes: usize| {
        let detail = json!({"text": "x".repeat(bytes)}).to_string();
        json!({"Entries": [{"Source": "shop", "DetailType": "Order", "Detail": detail}]})
    };
    // An entry is its source, its type and its detail, which has eleven characters around the text.
    let full = (1 << 20) - "shop".len() - "Order".len() - 11;
    for (call, taken, refused) in [
        ("ecs:DescribeClusters", json!({"clusters": many(100)}), json!({"clusters": many(101)})),
        ("tagging:GetResources", json!({"ResourceTypeFilters": many(100)}), json!({"ResourceTypeFilters": many(101)})),
        ("events:PutEvents", event(full - 1), event(full)),
    ] {
        aws.ask(call, &taken);
        let code = aws.refused(call, &refused);
        assert!(["InvalidParameterException", "ValidationException"].contains(&code.as_str()), "{call}: {code}");
    }
}

#[test]
fn a_parameter_of_the_advanced_tier_stays_one() {
    let mut aws = Raw::new();
    let put = |tier: &str| json!({"Name": "flag", "Value": "on", "Type": "String", "Tier": tier, "Overwrite": true});
    aws.ask("ssm:PutParameter", &put("Standard"));
    aws.ask("ssm:PutParameter", &put("Advanced"));
    assert_eq!(aws.refused("ssm:PutParameter", &put("Standard")), "ValidationException");
    aws.ask("ssm:PutParameter", &put("Advanced"));
}

#[test]
fn an_attribute_of_a_message_is_a_string_a_number_or_binary_whatever_stands_behind_the_dot() {
    let mut aws = Raw::new();
    let queue = aws.ask("sqs:CreateQueue", &json!({"QueueName": "q"}))["QueueUrl"].clone();
    let send = |kind: &str| {
        let attributes = json!({"kind": {"DataType": kind, "StringValue": "1"}});
        json!({"QueueUrl": queue, "MessageBody": "a", "MessageAttributes": attributes})
    };
    for kind in ["String", "Number", "Number.int"] {
        aws.ask("sqs:SendMessage", &send(kind));
    }
    for kind in ["Foo", "string", ""] {
        assert_eq!(aws.refused("sqs:SendMessage", &send(kind)), "InvalidParameterValueException", "{kind}");
    }
}
