//! awsJson 1.0 and 1.1, with the header that services which once spoke awsQuery add to an error.
//!
//! Ledger: W1.

use serde_json::{Map, Value, json};

use super::{AwsError, Outcome, Response};

/// Reads a body. Members that are null count as absent, as AWS has it.
pub(crate) fn decode(body: &[u8]) -> Result<Value, AwsError> {
    let fault = |message| AwsError::new("SerializationException", message);
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| fault("the body is not JSON"))?;
    match without_nulls(value) {
        Value::Object(members) => Ok(Value::Object(members)),
        _ => Err(fault("the body is not a JSON object")),
    }
}

pub(super) fn respond(content_type: &str, outcome: &Outcome, request_id: &str) -> Response {
    let mut headers = vec![("content-type", content_type.to_owned()), ("x-amzn-requestid", request_id.to_owned())];
    match outcome {
        Ok(output) => Response { status: 200, headers, body: output.to_string().into_bytes() },
        Err(error) => {
            headers.push(("x-amzn-errortype", error.code.to_owned()));
            if let Some(code) = error.query_code {
                let blame = if error.status < 500 { "Sender" } else { "Receiver" };
                headers.push(("x-amzn-query-error", format!("{code};{blame}")));
            }
            let body = json!({"__type": error.code, "message": error.message});
            Response { status: error.status, headers, body: body.to_string().into_bytes() }
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
