//! awsQuery and ec2Query responses: a JSON-shaped output, written as XML.
//!
//! Objects become elements, the items of an array become `<member>`s, and
//! `<item>`s for EC2.
//!
//! Ledger: I1.

use serde_json::{Value, json};

use super::{Outcome, Response, Service};

pub(super) fn respond(
    service: Service,
    version: &str,
    operation: &str,
    outcome: &Outcome,
    request_id: &str,
) -> Response {
    let namespace = format!("https://{}.amazonaws.com/doc/{version}/", service.signing_name());
    let mut xml = Xml::new("member");
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
    Response { status, headers, body: xml.text.into_bytes() }
}

/// EC2 has no wrapper round its outputs, and another form of errors.
pub(super) fn respond_ec2(version: &str, operation: &str, outcome: &Outcome, request_id: &str) -> Response {
    let mut xml = Xml::new("item");
    let status = match outcome {
        Ok(output) => {
            xml.open_with(&format!("{operation}Response"), &format!("http://ec2.amazonaws.com/doc/{version}/"));
            xml.text_element("requestId", request_id);
            for (name, member) in output.as_object().into_iter().flatten() {
                xml.element(name, member);
            }
            xml.close(&format!("{operation}Response"));
            200
        }
        Err(error) => {
            let fault = json!({"Errors": {"Error": {"Code": error.code, "Message": error.message}}});
            xml.open("Response");
            for (name, member) in fault.as_object().into_iter().flatten() {
                xml.element(name, member);
            }
            xml.text_element("RequestID", request_id);
            xml.close("Response");
            error.status
        }
    };
    let headers =
        vec![("content-type", "text/xml;charset=UTF-8".to_owned()), ("x-amzn-requestid", request_id.to_owned())];
    Response { status, headers, body: xml.text.into_bytes() }
}

struct Xml {
    text: String,
    /// What an item of a list is called.
    item: &'static str,
}

impl Xml {
    fn new(item: &'static str) -> Self {
        Self { text: String::new(), item }
    }

    fn element(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(flag) => self.text_element(name, if *flag { "true" } else { "false" }),
            Value::Number(number) => self.text_element(name, &number.to_string()),
            Value::String(text) => self.text_element(name, text),
            Value::Array(items) => {
                self.open(name);
                for item in items {
                    self.element(self.item, item);
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
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
    }

    fn open_with(&mut self, name: &str, namespace: &str) {
        self.open(&format!("{name} xmlns=\"{namespace}\""));
    }

    fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    fn text_element(&mut self, name: &str, text: &str) {
        self.open(name);
        for character in text.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#xD;"),
                other => self.text.push(other),
            }
        }
        self.close(name);
    }
}
