//! The MD5 digests that SQS answers with, for clients that check what arrived.
//!
//! Ledger: O4.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use serde_json::Value;

/// Of a body.
pub(super) fn of_text(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

/// Of message attributes: sorted by name; of each name, type and value, lengths before texts (BC:sqs, developer guide).
pub(super) fn of_attributes(attributes: &BTreeMap<String, Value>) -> String {
    let mut bytes = Vec::new();
    for (name, attribute) in attributes {
        add(&mut bytes, name.as_bytes());
        add(&mut bytes, attribute["DataType"].as_str().unwrap_or_default().as_bytes());
        match (&attribute["StringValue"], &attribute["BinaryValue"]) {
            (Value::String(text), _) => {
                bytes.push(1);
                add(&mut bytes, text.as_bytes());
            }
            (_, base64) => {
                bytes.push(2);
                let value = aws_smithy_types::base64::decode(base64.as_str().unwrap_or_default());
                add(&mut bytes, &value.unwrap_or_default());
            }
        }
    }
    hex(&Md5::digest(&bytes))
}

fn add(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(part);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
