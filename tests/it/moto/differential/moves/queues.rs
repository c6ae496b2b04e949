//! Two queues, of which the second takes what the first could not get rid of, and what is sent and received.

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{ACCOUNT, Move, one_of, with};

const NAMES: [&str; 2] = ["diff-0", "diff-1"];
/// Of the names of their authors, each side's.
const SENT: &[&str] = &["MD5OfMessageBody", "MD5OfMessageAttributes"];
const RECEIVED: &[&str] = &[
    "Messages.Body",
    "Messages.MD5OfBody",
    "Messages.MD5OfMessageAttributes",
    "Messages.MessageAttributes",
    "Messages.Attributes.ApproximateReceiveCount",
];

pub(super) fn opening() -> Vec<Move> {
    vec![ask("CreateQueue", json!({"QueueName": NAMES[1]})), ask("CreateQueue", json!({"QueueName": NAMES[0]}))]
}

pub(super) fn next(chance: &mut Rng) -> Move {
    let name = one_of(chance, &[NAMES[0], NAMES[0], NAMES[0], NAMES[0], NAMES[1], NAMES[1], "none"]);
    let queue = json!({"QueueUrl": url(name)});
    let receipt = one_of(chance, &[("receipt-0", "<receipt-0>"), ("receipt-1", "<receipt-1>")]);
    let body = one_of(chance, &["one", "two", "three"]);
    match chance.u8(0..36) {
        0..=5 => ask("SendMessage", with(queue, json!({"MessageBody": body}))).showing(SENT),
        6 => {
            let attributes = json!({"kind": {"DataType": "String", "StringValue": body}});
            ask("SendMessage", with(queue, json!({"MessageBody": body, "MessageAttributes": attributes}))).showing(SENT)
        }
        7 => {
            let delay = json!({"MessageBody": body, "DelaySeconds": one_of(chance, &[900, 901])});
            ask("SendMessage", with(queue, delay)).showing(SENT)
        }
        8..=15 => receive(queue, json!({"MaxNumberOfMessages": one_of(chance, &[1, 1, 1, 2, 10])}), receipt.0),
        16 => receive(queue, json!({"VisibilityTimeout": one_of(chance, &[0, 600, 43_201])}), receipt.0),
        17 => receive(queue, json!({"MaxNumberOfMessages": one_of(chance, &[0, 11])}), receipt.0),
        18..=20 => ask("DeleteMessage", with(queue, json!({"ReceiptHandle": receipt.1}))),
        21 => {
            let entries =
                json!([{"Id": "a", "ReceiptHandle": "<receipt-0>"}, {"Id": "b", "ReceiptHandle": "<receipt-1>"}]);
            ask("DeleteMessageBatch", with(queue, json!({"Entries": entries}))).showing(&["Successful", "Failed.Id"])
        }
        22 => {
            let entries =
                json!([{"Id": "a", "ReceiptHandle": "<receipt-0>"}, {"Id": "a", "ReceiptHandle": "<receipt-1>"}]);
            let entries = if chance.bool() { entries } else { json!([]) };
            ask("DeleteMessageBatch", with(queue, json!({"Entries": entries})))
        }
        23..=26 => {
            let timeout = one_of(chance, &[0, 0, 0, 600, 43_201]);
            let input = json!({"ReceiptHandle": receipt.1, "VisibilityTimeout": timeout});
            ask("ChangeMessageVisibility", with(queue, input))
        }
        27..=28 => ask("GetQueueAttributes", with(queue, json!({"AttributeNames": ["All"]}))),
        29 => {
            let name = one_of(chance, &["VisibilityTimeout", "QueueArn", "Policy", "Colour"]);
            ask("GetQueueAttributes", with(queue, json!({"AttributeNames": [name]})))
        }
        30..=31 => ask("SetQueueAttributes", with(queue, json!({"Attributes": attribute(chance)}))),
        32 => ask("CreateQueue", json!({"QueueName": name, "Attributes": attribute(chance)})),
        33 => ask("CreateQueue", json!({"QueueName": one_of(chance, &[name, "diff 0"])})),
        34 => ask("GetQueueUrl", json!({"QueueName": name})),
        _ => ask("DeleteQueue", queue),
    }
}

pub(super) fn closing() -> Vec<Move> {
    let of = |name: &&str| {
        let queue = json!({"QueueUrl": url(name)});
        let all = json!({"AttributeNames": ["All"]});
        [
            ask("GetQueueAttributes", with(queue.clone(), all)),
            receive(queue, json!({"MaxNumberOfMessages": 10}), "receipt-0"),
        ]
    };
    NAMES.iter().flat_map(of).collect()
}

fn receive(queue: Value, more: Value, receipt: &'static str) -> Move {
    let asked = json!({"AttributeNames": ["ApproximateReceiveCount"], "MessageAttributeNames": ["All"]});
    let input = with(with(queue, asked), more);
    ask("ReceiveMessage", input).showing(RECEIVED).keeping(receipt, "/Messages/0/ReceiptHandle")
}

fn attribute(chance: &mut Rng) -> Value {
    let dead = format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:{}", one_of(chance, &["diff-1", "diff-1", "diff-1", "none"]));
    match chance.u8(0..10) {
        0..=3 => json!({"RedrivePolicy": json!({"deadLetterTargetArn": dead, "maxReceiveCount": 2}).to_string()}),
        4 => json!({"RedrivePolicy": json!({"deadLetterTargetArn": dead}).to_string()}),
        5 => json!({"RedrivePolicy": ""}),
        6..=7 => json!({"VisibilityTimeout": one_of(chance, &["30", "600", "43201"])}),
        8 => json!({"DelaySeconds": one_of(chance, &["0", "901"])}),
        _ => json!({"Colour": "red"}),
    }
}

fn url(name: &str) -> String {
    format!("https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/{name}")
}

fn ask(operation: &'static str, input: Value) -> Move {
    Move::new(Service::Sqs, operation, input)
}
