//! What the sandbox does not offer is refused by name, in the form that the caller reads.

use super::limits::{Port, status};

/// A signed request for a service, as its clients send it.
fn request(method: &str, path: &str, service: &str, headers: &str, body: &str) -> String {
    let scope = format!("Credential=A/20260101/eu-west-1/{service}/aws4_request");
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: AWS4-HMAC-SHA256 {scope}\r\n\
         {headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test(start_paused = true)]
async fn a_service_or_operation_that_is_not_there_is_refused_by_name_in_the_callers_protocol() {
    let port = Port::open().await;
    let form = "content-type: application/x-www-form-urlencoded; charset=utf-8\r\n";
    let (xml, json, cbor) = ("text/xml", "application/x-amz-json", "application/cbor");
    let target = |target: &str| format!("x-amz-target: {target}\r\n");
    let cases = [
        (
            request("POST", "/", "sns", form, "Action=ListTopics&Version=2010-03-31"),
            xml,
            "InvalidAction",
            "sns:ListTopics",
        ),
        (
            request("POST", "/", "iam", form, "Action=ListUsers&Version=2010-05-08"),
            xml,
            "InvalidAction",
            "iam:ListUsers",
        ),
        (request("POST", "/", "ec2", form, "Action=RunInstances"), xml, "InvalidAction", "ec2:RunInstances"),
        (
            request("POST", "/", "dynamodb", &target("DynamoDB_20120810.ListTables"), "{}"),
            json,
            "UnknownOperationException",
            "dynamodb:ListTables",
        ),
        (
            request("POST", "/", "ecs", &target("AmazonEC2ContainerServiceV20141113.RunTask"), "{}"),
            json,
            "UnknownOperationException",
            "ecs:RunTask",
        ),
        (
            request("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", "monitoring", "", ""),
            cbor,
            "UnknownOperationException",
            "monitoring:ListMetrics",
        ),
        (
            request("GET", "/2015-03-31/functions/", "lambda", "", ""),
            json,
            "UnknownOperationException",
            "does not offer lambda",
        ),
        (
            request("POST", "/v1/describejobqueues", "batch", "", "{}"),
            json,
            "UnknownOperationException",
            "does not offer batch",
        ),
        (
            request("GET", "/bucket?list-type=2", "s3", "", ""),
            "application/xml",
            "UnknownOperation",
            "does not offer s3",
        ),
        // What is no name is not said again.
        (request("POST", "/", "sns", form, "Action=%3Cb%3Esecret"), xml, "InvalidAction", "does not offer sns"),
    ];
    for (sent, kind, code, said) in cases {
        let answer = port.say_bytes(&sent).await;
        let answer = String::from_utf8_lossy(&answer);
        assert_eq!(status(&answer), 400, "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-type: {kind}")), "{answer}");
        assert!(body.contains(code) && body.contains(said) && !body.contains("secret"), "{answer}");
        if kind.ends_with("xml") {
            assert!(body.contains(&format!("<Code>{code}</Code>")), "{answer}");
        }
    }
}
