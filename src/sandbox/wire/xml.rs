//! awsQuery responses: a JSON-shaped output, written as XML.
//!
//! Objects become elements, the items of an array become `<member>`s.
//!
//! Ledger: I1.

use serde_json::Value;

use super::{Outcome, Response, Service};

pub(super) fn respond(
    service: Service,
    version: &str,
    operation: &str,
    outcome: &Outcome,
    request_id: &str,
) -> Response {
    let namespace = format!("https://{}.amazonaws.com/doc/{version}/", service.signing_name());
    let mut xml = Xml(String::new());
    let status = match outcome {
        Ok(output) => {
            xml.open_with(&format!("{operation}Response"), &namespace);
            if output.as_object().is_some_and(|members| !members.is_empty()) {
                xml.element(&format!("{operation}Result"), output);
            }
            xml.open("ResponseMetadata");
            xml.text_element("RequestId", request_id);
            xml.close("ResponseMetadata");
            xml.close(&format!("{operation}Response"));
            200
        }
        Err(error) => {
            xml.open_with("ErrorResponse", &namespace);
            xml.open("Error");
            xml.text_element("Type", if error.status < 500 { "Sender" } else { "Receiver" });
            xml.text_element("Code", error.code);
            xml.text_element("Message", &error.message);
            xml.close("Error");
            xml.text_element("RequestId", request_id);
            xml.close("ErrorResponse");
            error.status
        }
    };
    let headers = vec![("content-type", "text/xml".to_owned()), ("x-amzn-requestid", request_id.to_owned())];
    Response { status, headers, body: xml.0.into_bytes() }
}

struct Xml(String);

impl Xml {
    fn element(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(flag) => self.text_element(name, if *flag { "true" } else { "false" }),
            Value::Number(number) => self.text_element(name, &number.to_string()),
            Value::String(text) => self.text_element(name, text),
            Value::Array(items) => {
                self.open(name);
                for item in items {
                    self.element("member", item);
                }
                self.close(name);
            }
            Value::Object(members) => {
                self.open(name);
                for (name, member) in members {
                    self.element(name, member);
                }
                self.close(name);
            }
        }
    }

    fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }

    fn open_with(&mut self, name: &str, namespace: &str) {
        self.open(&format!("{name} xmlns=\"{namespace}\""));
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    fn text_element(&mut self, name: &str, text: &str) {
        self.open(name);
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\r' => self.0.push_str("&#xD;"),
                other => self.0.push(other),
            }
        }
        self.close(name);
    }
}
