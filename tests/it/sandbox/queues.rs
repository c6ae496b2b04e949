//! SQS: visibility, receipts, redrive, retention, long polls.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use evenkeel::sandbox::{Sandbox, tokio_clock};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::raw::{Raw, texts};
use super::support::{START, pass};

fn queue(raw: &mut Raw, name: &str, attributes: &Value) -> String {
    let made = raw.ask("sqs:CreateQueue", &json!({"QueueName": name, "Attributes": attributes}));
    made["QueueUrl"].as_str().unwrap().to_owned()
}

fn receive(raw: &mut Raw, url: &str) -> Vec<(String, String)> {
    let found = raw.ask("sqs:ReceiveMessage", &json!({"QueueUrl": url, "MaxNumberOfMessages": 10}));
    texts(&found, "Messages", "Body").into_iter().zip(texts(&found, "Messages", "ReceiptHandle")).collect()
}

fn bodies(raw: &mut Raw, url: &str) -> Vec<String> {
    receive(raw, url).into_iter().map(|(body, _)| body).collect()
}

#[test]
fn a_received_message_is_hidden_until_its_time_is_over() {
    let mut raw = Raw::new();
    let url = queue(&mut raw, "q", &json!({"VisibilityTimeout": "30"}));
    for body in ["a", "b"] {
        raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": body}));
    }
    assert_eq!(bodies(&mut raw, &url), ["a", "b"]);
    raw.pass(29);
    assert!(receive(&mut raw, &url).is_empty());
    raw.pass(1);
    assert_eq!(bodies(&mut raw, &url), ["a", "b"], "the oldest comes first");
}

#[test]
fn only_the_newest_receipt_deletes_and_hides_longer() {
    let mut raw = Raw::new();
    let url = queue(&mut raw, "q", &json!({}));
    raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": "a"}));
    let (_, first) = receive(&mut raw, &url).remove(0);
    raw.pass(30);
    let (_, second) = receive(&mut raw, &url).remove(0);
    raw.ask("sqs:DeleteMessage", &json!({"QueueUrl": url, "ReceiptHandle": first}));
    let longer = |receipt: &str| json!({"QueueUrl": url, "ReceiptHandle": receipt, "VisibilityTimeout": 100});
    assert_eq!(raw.refused("sqs:ChangeMessageVisibility", &longer(&first)), "MessageNotInflight");
    raw.ask("sqs:ChangeMessageVisibility", &longer(&second));
    raw.pass(99);
    assert!(receive(&mut raw, &url).is_empty());
    raw.pass(1);
    let (_, third) = receive(&mut raw, &url).remove(0);
    raw.ask("sqs:DeleteMessage", &json!({"QueueUrl": url, "ReceiptHandle": third}));
    raw.pass(1000);
    assert!(receive(&mut raw, &url).is_empty());
    let broken = json!({"QueueUrl": url, "ReceiptHandle": "?"});
    assert_eq!(raw.refused("sqs:DeleteMessage", &broken), "ReceiptHandleIsInvalid");
    raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": "b"}));
    let (_, receipt) = receive(&mut raw, &url).remove(0);
    let entries = json!([{"Id": "good", "ReceiptHandle": receipt}, {"Id": "bad", "ReceiptHandle": "?"}]);
    let answer = raw.ask("sqs:DeleteMessageBatch", &json!({"QueueUrl": url, "Entries": entries}));
    assert_eq!(
        (texts(&answer, "Successful", "Id"), texts(&answer, "Failed", "Id")),
        (vec!["good".into()], vec!["bad".into()])
    );
    raw.pass(1000);
    assert!(receive(&mut raw, &url).is_empty());
}

#[test]
fn what_is_received_too_often_goes_to_the_dead_letter_queue() {
    let mut raw = Raw::new();
    let dead = queue(&mut raw, "dead", &json!({}));
    let arn = "arn:aws:sqs:eu-west-1:123456789012:dead";
    let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": 2}).to_string();
    let url = queue(&mut raw, "q", &json!({"RedrivePolicy": policy, "VisibilityTimeout": "10"}));
    raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": "poison"}));
    for _ in 0..2 {
        assert_eq!(bodies(&mut raw, &url), ["poison"]);
        raw.pass(10);
    }
    assert!(receive(&mut raw, &dead).is_empty());
    assert!(receive(&mut raw, &url).is_empty());
    assert_eq!(bodies(&mut raw, &dead), ["poison"]);
    let nowhere = json!({"deadLetterTargetArn": arn.replace("dead", "none"), "maxReceiveCount": 2}).to_string();
    let set = json!({"QueueUrl": url, "Attributes": {"RedrivePolicy": nowhere}});
    assert_eq!(raw.refused("sqs:SetQueueAttributes", &set), "InvalidParameterValueException");
}

#[test]
fn a_message_has_the_characters_of_xml_alone() {
    let mut raw = Raw::new();
    let url = queue(&mut raw, "q", &json!({}));
    for (text, taken) in
        [("\t\r\n \u{d7ff}\u{e000}\u{fffd}\u{10000}", true), ("a\u{1}", false), ("\u{ffff}", false), ("\0", false)]
    {
        let input = json!({"QueueUrl": url, "MessageBody": text});
        if taken {
            raw.ask("sqs:SendMessage", &input);
        } else {
            assert_eq!(raw.refused("sqs:SendMessage", &input), "InvalidMessageContents", "{text:?}");
        }
    }
    assert_eq!(bodies(&mut raw, &url).len(), 1);
}

#[test]
fn delays_retention_and_counts_are_kept() {
    let mut raw = Raw::new();
    let url = queue(&mut raw, "q", &json!({"DelaySeconds": "5", "MessageRetentionPeriod": "60"}));
    raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": "a"}));
    raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": "b", "DelaySeconds": 0}));
    assert_eq!(bodies(&mut raw, &url), ["b"]);
    let counts = raw.ask("sqs:GetQueueAttributes", &json!({"QueueUrl": url, "AttributeNames": ["All"]}));
    let count = |name: &str| counts["Attributes"][name].as_str().unwrap().to_owned();
    assert_eq!(count("ApproximateNumberOfMessagesDelayed"), "1");
    assert_eq!(count("ApproximateNumberOfMessagesNotVisible"), "1");
    assert_eq!(count("ApproximateNumberOfMessages"), "0");
    raw.pass(5);
    assert_eq!(bodies(&mut raw, &url), ["a"]);
    raw.pass(60);
    assert!(receive(&mut raw, &url).is_empty(), "both are too old");
}

#[test]
fn a_queue_is_made_once_and_its_name_rests_for_a_minute_after_it() {
    let mut raw = Raw::new();
    let url = queue(&mut raw, "q", &json!({"VisibilityTimeout": "7"}));
    assert_eq!(queue(&mut raw, "q", &json!({})), url);
    let other = json!({"QueueName": "q", "Attributes": {"VisibilityTimeout": "8"}});
    assert_eq!(raw.refused("sqs:CreateQueue", &other), "QueueNameExists");
    assert_eq!(queue(&mut raw, "q", &json!({"RedrivePolicy": "", "VisibilityTimeout": "7"})), url, "empty is none");
    raw.ask("sqs:DeleteQueue", &json!({"QueueUrl": url}));
    assert_eq!(raw.refused("sqs:GetQueueUrl", &json!({"QueueName": "q"})), "QueueDoesNotExist");
    raw.pass(59);
    assert_eq!(raw.refused("sqs:CreateQueue", &json!({"QueueName": "q"})), "QueueDeletedRecently");
    raw.pass(1);
    queue(&mut raw, "q", &json!({}));
    for (attributes, code) in [
        (json!({"VisibilityTimeout": "43201"}), "InvalidAttributeValue"),
        (json!({"QueueArn": "arn"}), "InvalidAttributeName"),
        (json!({"FifoQueue": "true"}), "UnsupportedOperation"),
    ] {
        let create = json!({"QueueName": "x", "Attributes": attributes});
        assert_eq!(raw.refused("sqs:CreateQueue", &create), code);
    }
}

/// Asks through the door, where long polls wait.
async fn poll(sandbox: &Sandbox, url: &str) -> Value {
    let body = json!({"QueueUrl": url, "WaitTimeSeconds": 20}).to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").unwrap();
    let scope = "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/sqs/aws4_request";
    request.headers_mut().insert("authorization", scope);
    request.headers_mut().insert("x-amz-target", "AmazonSQS.ReceiveMessage");
    let answer = sandbox.http_client().call(request).await.unwrap();
    serde_json::from_slice(answer.body().bytes().unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_waits_for_a_message_and_not_for_ever() {
    let mut raw = Raw::new();
    let url = queue(&mut raw, "q", &json!({}));
    let sandbox = Sandbox::new(raw.world, tokio_clock(START, 1));
    let begun = Instant::now();
    assert_eq!(poll(&sandbox, &url).await, json!({}));
    assert!(begun.elapsed() >= Duration::from_secs(20) && begun.elapsed() < Duration::from_secs(21));
    let begun = Instant::now();
    let send = async {
        pass(7).await;
        sandbox.with_world(|world| {
            let mut raw = Raw { now: world.now(), world: world.clone() };
            raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": "at last"}));
            *world = raw.world;
        });
    };
    let (found, ()) = tokio::join!(poll(&sandbox, &url), send);
    assert_eq!(texts(&found, "Messages", "Body"), ["at last"]);
    assert!(begun.elapsed() >= Duration::from_secs(7) && begun.elapsed() < Duration::from_secs(8));
    let polls =
        sandbox.with_world(|world| world.journal.calls().filter(|call| call.operation == "ReceiveMessage").count());
    assert_eq!(polls, 2, "looking is no call");
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_waits_though_a_message_is_due_for_the_dead_letter_queue() {
    let mut raw = Raw::new();
    let dead = queue(&mut raw, "dead", &json!({}));
    let redrive = json!({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead", "maxReceiveCount": 1});
    let url = queue(&mut raw, "q", &json!({"RedrivePolicy": redrive.to_string(), "VisibilityTimeout": "0"}));
    raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": "poison"}));
    assert_eq!(bodies(&mut raw, &url), ["poison"]);
    let sandbox = Sandbox::new(raw.world, tokio_clock(START, 1));
    let begun = Instant::now();
    let look = async {
        pass(1).await;
        poll(&sandbox, &dead).await
    };
    let (found, buried) = tokio::join!(poll(&sandbox, &url), look);
    assert_eq!((found, texts(&buried, "Messages", "Body")), (json!({}), vec!["poison".to_owned()]));
    assert!(begun.elapsed() >= Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn attributes_of_messages_are_asked_for_by_the_older_member_too() {
    let mut raw = Raw::new();
    let url = queue(&mut raw, "q", &json!({}));
    raw.ask("sqs:SendMessage", &json!({"QueueUrl": url, "MessageBody": "a"}));
    for member in ["AttributeNames", "MessageSystemAttributeNames"] {
        let input = json!({"QueueUrl": url, member: ["ApproximateReceiveCount"], "VisibilityTimeout": 0});
        let found = raw.ask("sqs:ReceiveMessage", &input);
        assert!(found["Messages"][0]["Attributes"]["ApproximateReceiveCount"].is_string(), "{member}: {found}");
    }
    assert_eq!(
        raw.refused("sqs:ReceiveMessage", &json!({"QueueUrl": url, "AttributeNames": ["RedrivePolicy"]})),
        "InvalidParameterValueException"
    );
}

#[test]
fn a_receipt_of_another_queue_is_none() {
    let mut raw = Raw::new();
    let (one, other) = (queue(&mut raw, "q", &json!({})), queue(&mut raw, "p", &json!({})));
    raw.ask("sqs:SendMessage", &json!({"QueueUrl": one, "MessageBody": "a"}));
    let [(_, receipt)] = receive(&mut raw, &one).try_into().unwrap();
    let elsewhere = json!({"QueueUrl": other, "ReceiptHandle": receipt});
    assert_eq!(raw.refused("sqs:DeleteMessage", &elsewhere), "ReceiptHandleIsInvalid");
    let hidden = json!({"QueueUrl": other, "ReceiptHandle": receipt, "VisibilityTimeout": 0});
    assert_eq!(raw.refused("sqs:ChangeMessageVisibility", &hidden), "ReceiptHandleIsInvalid");
    raw.ask("sqs:DeleteMessage", &json!({"QueueUrl": one, "ReceiptHandle": receipt}));
}

#[test]
fn attributes_of_queues_are_refused_in_the_words_of_sqs() {
    let mut raw = Raw::new();
    let url = queue(&mut raw, "q", &json!({}));
    let asked = json!({"QueueUrl": url, "AttributeNames": ["Colour"]});
    assert_eq!(raw.refused("sqs:GetQueueAttributes", &asked), "InvalidAttributeName");
    let set = |attributes: Value| json!({"QueueUrl": url, "Attributes": attributes});
    assert_eq!(raw.refused("sqs:SetQueueAttributes", &set(json!({"Colour": "red"}))), "InvalidAttributeName");
    assert_eq!(
        raw.refused("sqs:SetQueueAttributes", &set(json!({"VisibilityTimeout": "43201"}))),
        "InvalidAttributeValue"
    );
    let arn = "arn:aws:sqs:eu-west-1:123456789012:q";
    for (policy, reason) in [
        ("no JSON".to_owned(), "not a valid JSON map"),
        ("{}".to_owned(), "does not contain mandatory attribute: maxReceiveCount."),
        ("{\"maxReceiveCount\":3}".to_owned(), "does not contain mandatory attribute: deadLetterTargetArn."),
        (json!({"maxReceiveCount": 0, "deadLetterTargetArn": arn}).to_string(), "from 1 to 1000"),
        (json!({"maxReceiveCount": 3, "deadLetterTargetArn": format!("{arn}-none")}).to_string(), "does not exist."),
    ] {
        let (status, text) = raw.send("sqs:SetQueueAttributes", &set(json!({"RedrivePolicy": policy})).to_string());
        assert!(status == 400 && text.contains("InvalidParameterValueException") && text.contains(reason), "{text}");
    }
}
