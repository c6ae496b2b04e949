//! EventBridge: patterns, and what comes to a queue of what secrets and services tell.

use std::time::Duration;

use serde_json::{Value, json};

use super::raw::{Raw, texts};

const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:q";

/// A world with a queue that gets every event of `pattern`.
fn listening(pattern: &Value) -> (Raw, String) {
    let mut raw = Raw::new();
    let policy = json!({"Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:events:eu-west-1:123456789012:rule/r"}},
    }]});
    let attributes = json!({"Policy": policy.to_string(), "VisibilityTimeout": "43200"});
    let made = raw.ask("sqs:CreateQueue", &json!({"QueueName": "q", "Attributes": attributes}));
    raw.ask("events:PutRule", &json!({"Name": "r", "EventPattern": pattern.to_string()}));
    raw.ask("events:PutTargets", &json!({"Rule": "r", "Targets": [{"Id": "t", "Arn": QUEUE}]}));
    (raw, made["QueueUrl"].as_str().unwrap().to_owned())
}

/// Everything that has come, oldest first.
fn heard(raw: &mut Raw, url: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let found = raw.ask("sqs:ReceiveMessage", &json!({"QueueUrl": url, "MaxNumberOfMessages": 10}));
        let bodies = texts(&found, "Messages", "Body");
        if bodies.is_empty() {
            return all;
        }
        all.extend(bodies.iter().map(|body| serde_json::from_str::<Value>(body).unwrap()));
    }
}

#[test]
fn a_label_that_moves_is_told_in_the_documented_shape() {
    let (mut raw, url) = listening(&json!({"source": ["aws.secretsmanager"]}));
    let made = raw.ask("secretsmanager:CreateSecret", &json!({"Name": "prod/db", "SecretString": "one"}));
    raw.pass(1);
    let event = heard(&mut raw, &url).remove(0);
    assert_eq!(
        event,
        json!({
            "version": "0",
            "id": event["id"],
            "detail-type": "Secret Label Updated",
            "source": "aws.secretsmanager",
            "account": "123456789012",
            "time": "2026-01-01T00:00:00Z",
            "region": "eu-west-1",
            "resources": [made["ARN"]],
            "detail": {"name": "prod/db", "labelUpdated": "AWSCURRENT", "versionId": made["VersionId"]},
        })
    );
    assert_eq!(event["id"].as_str().unwrap().len(), 36);
}

#[test]
fn only_labels_that_move_are_told_and_neither_previous_nor_pending() {
    let (mut raw, url) = listening(&json!({"source": ["aws.secretsmanager"]}));
    raw.ask("secretsmanager:CreateSecret", &json!({"Name": "a", "SecretString": "one"}));
    let pending = json!({"SecretId": "a", "SecretString": "two", "VersionStages": ["AWSPENDING"]});
    raw.ask("secretsmanager:PutSecretValue", &pending);
    let own = json!({"SecretId": "a", "SecretString": "three", "VersionStages": ["BLUE"]});
    let own = raw.ask("secretsmanager:PutSecretValue", &own);
    raw.ask("secretsmanager:TagResource", &json!({"SecretId": "a", "Tags": [{"Key": "k", "Value": "v"}]}));
    raw.ask("secretsmanager:PutSecretValue", &json!({"SecretId": "a", "SecretString": "four"}));
    raw.pass(1);
    let events = heard(&mut raw, &url);
    let labels: Vec<&str> = events.iter().map(|event| event["detail"]["labelUpdated"].as_str().unwrap()).collect();
    assert_eq!(labels, ["AWSCURRENT", "BLUE", "AWSCURRENT"]);
    assert_eq!(events[1]["detail"]["versionId"], own["VersionId"]);
}

#[test]
fn a_rollout_is_told_from_its_first_task_to_the_steady_state() {
    let (mut raw, url) = listening(&json!({"source": ["aws.ecs"]}));
    let container = json!({"name": "web", "image": "web:1"});
    let mut definition = json!({"family": "web", "containerDefinitions": [container], "memory": "512"});
    definition["networkMode"] = json!("bridge");
    raw.ask("ecs:RegisterTaskDefinition", &definition);
    let create = json!({"serviceName": "web", "taskDefinition": "web", "desiredCount": 1, "launchType": "EC2"});
    let service = raw.ask("ecs:CreateService", &create)["service"]["serviceArn"].clone();
    raw.pass(600);
    let events = heard(&mut raw, &url);
    let named = |kind: &str| -> Vec<String> {
        let of_kind = events.iter().filter(|event| event["detail-type"] == kind);
        of_kind.map(|event| event["detail"]["eventName"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let rollout = named("ECS Deployment State Change");
    assert_eq!(rollout, ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"]);
    assert_eq!(named("ECS Service Action"), ["SERVICE_STEADY_STATE"]);
    let tasks = events.iter().filter(|event| event["detail-type"] == "ECS Task State Change");
    let tasks: Vec<(&str, u64)> = tasks
        .map(|event| (event["detail"]["lastStatus"].as_str().unwrap(), event["detail"]["version"].as_u64().unwrap()))
        .collect();
    assert_eq!(tasks, [("PROVISIONING", 1), ("PENDING", 2), ("RUNNING", 3)]);
    let action = events.iter().find(|event| event["detail-type"] == "ECS Service Action").unwrap();
    assert_eq!(action["resources"], json!([service]));
    assert_eq!(action["detail"]["clusterArn"], "arn:aws:ecs:eu-west-1:123456789012:cluster/default");
    let task = events.iter().find(|event| event["detail"]["lastStatus"] == "RUNNING").unwrap();
    assert_eq!(task["detail"]["group"], "service:web");
    assert!(task["detail"]["startedAt"].as_str().unwrap().ends_with('Z'), "dates are texts");
    raw.ask("ecs:UpdateService", &json!({"service": "web", "desiredCount": 2}));
    raw.pass(600);
    let events = heard(&mut raw, &url);
    let actions = events.iter().filter_map(|event| event["detail"]["eventName"].as_str());
    assert_eq!(actions.collect::<Vec<_>>(), ["SERVICE_DESIRED_COUNT_UPDATED", "SERVICE_STEADY_STATE"]);
}

#[test]
fn a_queue_whose_policy_does_not_say_so_gets_nothing() {
    let (mut raw, url) = listening(&json!({"source": ["aws.secretsmanager"]}));
    for policy in [
        json!({"Statement": []}),
        json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": QUEUE, "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:events:eu-west-1:123456789012:rule/x"}}}]}),
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}),
    ] {
        let set = json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}});
        raw.ask("sqs:SetQueueAttributes", &set);
        let name = format!("s{}", raw.now.0);
        raw.ask("secretsmanager:CreateSecret", &json!({"Name": name, "SecretString": "v"}));
        raw.pass(1);
        assert!(heard(&mut raw, &url).is_empty(), "{policy}");
    }
    assert!(raw.world.journal.notes().all(|note| note.contains("policy")) && raw.world.journal.notes().count() == 3);
}

#[test]
fn events_are_late_twice_or_lost_as_told_and_the_same_for_the_same_seed() {
    let run = |duplicated: u32, lost: u32| {
        let (mut raw, url) = listening(&json!({"source": ["aws.secretsmanager"]}));
        raw.world.events.delivery.duplicated = duplicated;
        raw.world.events.delivery.lost = lost;
        raw.world.events.delivery.jitter = Duration::from_mins(1);
        for number in 0..100 {
            let create = json!({"Name": format!("s{number}"), "SecretString": "v", "ClientRequestToken": format!("{number:032}")});
            raw.ask("secretsmanager:CreateSecret", &create);
        }
        assert!(heard(&mut raw, &url).is_empty(), "it takes half a second at least");
        raw.pass(61);
        heard(&mut raw, &url)
    };
    let names = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| event["detail"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = run(0, 0);
    assert_eq!(all.len(), 100);
    let mut sorted = names(&all);
    sorted.sort();
    assert_ne!(names(&all), sorted, "some have overtaken others");
    assert_eq!(run(1000, 0).len(), 200);
    assert!(run(0, 1000).is_empty());
    let some = run(200, 200);
    assert!((80..120).contains(&some.len()), "{}", some.len());
    assert_eq!(some, run(200, 200));
}

#[test]
fn every_operator_of_a_pattern_decides() {
    let mut raw = Raw::new();
    let event = json!({
        "id": "1", "account": "1", "source": "my.app", "time": "2026-01-01T00:00:00Z", "region": "x",
        "resources": ["arn:a", "arn:b"], "detail-type": "t",
        "detail": {"name": "prod/db", "count": 300, "on": true, "none": null, "ip": "10.0.7.9", "empty": "",
            "list": [{"a": 1}, {"a": 2, "b": 3}]},
    });
    let mut wants = |pattern: Value, expected: bool| {
        let test = json!({"EventPattern": pattern.to_string(), "Event": event.to_string()});
        assert_eq!(raw.ask("events:TestEventPattern", &test)["Result"], expected, "{pattern}");
    };
    wants(json!({"source": ["my.app", "x"]}), true);
    wants(json!({"source": ["other"]}), false);
    wants(json!({"resources": ["arn:b"]}), true);
    let detail = [
        (json!({"name": [{"prefix": "prod/"}]}), true),
        (json!({"name": [{"prefix": {"equals-ignore-case": "PROD/"}}]}), true),
        (json!({"name": [{"suffix": "/db"}]}), true),
        (json!({"name": [{"suffix": {"equals-ignore-case": "/DB"}}]}), true),
        (json!({"name": [{"suffix": "/DB"}]}), false),
        (json!({"name": [{"equals-ignore-case": "PROD/db"}]}), true),
        (json!({"name": [{"wildcard": "p*/d*"}]}), true),
        (json!({"name": [{"wildcard": "p?od/db"}]}), false),
        (json!({"name": [{"anything-but": "prod/db"}]}), false),
        (json!({"name": [{"anything-but": ["a", "b"]}]}), true),
        (json!({"name": [{"anything-but": {"prefix": "prod/"}}]}), false),
        (json!({"name": [{"anything-but": {"suffix": ["x", "y"]}}]}), true),
        (json!({"name": [{"anything-but": {"wildcard": "*db"}}]}), false),
        (json!({"name": [{"anything-but": {"equals-ignore-case": "PROD/DB"}}]}), false),
        (json!({"gone": [{"anything-but": "x"}]}), false),
        (json!({"count": [{"numeric": [">", 299, "<=", 300]}]}), true),
        (json!({"count": [{"numeric": ["=", 301]}]}), false),
        (json!({"count": [300.0]}), true),
        (json!({"count": ["300"]}), false),
        (json!({"ip": [{"cidr": "10.0.0.0/21"}]}), true),
        (json!({"ip": [{"cidr": "10.0.0.0/22"}]}), false),
        (json!({"gone": [{"exists": false}], "name": [{"exists": true}]}), true),
        (json!({"name": [{"exists": false}]}), false),
        (json!({"deep": {"gone": [{"exists": false}]}}), true),
        (json!({"none": [null], "empty": [""], "on": [true]}), true),
        (json!({"list": {"a": [2]}}), true),
        (json!({"list": {"a": [7]}}), false),
        (json!({"$or": [{"count": [1]}, {"name": [{"prefix": "prod"}]}]}), true),
        (json!({"$or": [{"count": [1]}, {"name": ["x"]}]}), false),
    ];
    for (pattern, expected) in detail {
        wants(json!({"detail": pattern}), expected);
    }
    for broken in [
        "[]",
        "{}",
        "x",
        r#"{"a":"b"}"#,
        r#"{"a":[]}"#,
        r#"{"a":[{"prefix":1}]}"#,
        r#"{"a":[{"nonsense":1}]}"#,
        r#"{"a":[{"prefix":"a","suffix":"b"}]}"#,
        r#"{"a":[{"cidr":"10.0.0.0/33"}]}"#,
        r#"{"a":[{"numeric":["!",1]}]}"#,
    ] {
        let put = json!({"Name": "r", "EventPattern": broken});
        assert_eq!(raw.refused("events:PutRule", &put), "InvalidEventPatternException", "{broken}");
    }
}

#[test]
fn a_rule_that_is_put_again_keeps_its_targets_and_is_not_deleted_before_them() {
    let (mut raw, _) = listening(&json!({"source": ["aws.ecs"]}));
    let other = json!({"source": ["aws.secretsmanager"]}).to_string();
    raw.ask("events:PutRule", &json!({"Name": "r", "EventPattern": other, "State": "DISABLED"}));
    let described = raw.ask("events:DescribeRule", &json!({"Name": "r"}));
    assert_eq!((&described["EventPattern"], &described["State"]), (&json!(other), &json!("DISABLED")));
    let listed = raw.ask("events:ListTargetsByRule", &json!({"Rule": "r"}));
    assert_eq!(texts(&listed, "Targets", "Arn"), [QUEUE]);
    assert_eq!(texts(&raw.ask("events:ListRules", &json!({"NamePrefix": "r"})), "Rules", "Name"), ["r"]);
    assert_eq!(raw.refused("events:DeleteRule", &json!({"Name": "r"})), "ValidationException");
    let removed = raw.ask("events:RemoveTargets", &json!({"Rule": "r", "Ids": ["t", "never"]}));
    assert_eq!((&removed["FailedEntryCount"], &removed["FailedEntries"][0]["TargetId"]), (&json!(1), &json!("never")));
    raw.ask("events:DeleteRule", &json!({"Name": "r"}));
    assert_eq!(raw.refused("events:DescribeRule", &json!({"Name": "r"})), "ResourceNotFoundException");
    raw.ask("events:DeleteRule", &json!({"Name": "r"}));
}

#[test]
fn what_cannot_be_delivered_goes_to_the_targets_own_dead_letter_queue() {
    let (mut raw, url) = listening(&json!({"source": ["my.app"]}));
    let gone = "arn:aws:sqs:eu-west-1:123456789012:gone";
    let target = json!({"Id": "t", "Arn": gone, "DeadLetterConfig": {"Arn": QUEUE}, "InputPath": "$.detail"});
    raw.ask("events:PutTargets", &json!({"Rule": "r", "Targets": [target]}));
    raw.ask("events:PutEvents", &json!({"Entries": [{"Source": "my.app", "DetailType": "t", "Detail": "{\"a\":1}"}]}));
    raw.pass(1);
    assert_eq!(heard(&mut raw, &url), [json!({"a": 1})]);
}

/// Where AWS would try for a day, the dead-letter queue has it at once.
#[test]
fn a_retry_policy_is_kept_and_stated_and_nothing_is_delivered_twice_for_it() {
    let (mut raw, url) = listening(&json!({"source": ["my.app"]}));
    let gone = "arn:aws:sqs:eu-west-1:123456789012:gone";
    let policy = json!({"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400});
    let target = json!({"Id": "t", "Arn": gone, "DeadLetterConfig": {"Arn": QUEUE}, "RetryPolicy": policy});
    raw.ask("events:PutTargets", &json!({"Rule": "r", "Targets": [target]}));
    assert_eq!(raw.ask("events:ListTargetsByRule", &json!({"Rule": "r"}))["Targets"][0]["RetryPolicy"], policy);
    raw.ask("events:PutEvents", &json!({"Entries": [{"Source": "my.app", "DetailType": "t", "Detail": "{}"}]}));
    raw.pass(1);
    assert_eq!(heard(&mut raw, &url).len(), 1);
    raw.pass(36_000);
    assert_eq!(heard(&mut raw, &url).len(), 0);
}
