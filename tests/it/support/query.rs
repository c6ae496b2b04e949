//! A call of the query protocol, as the sandbox and IAM read it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The body of this call of IAM, with these members.
pub(crate) fn query(operation: &str, members: &Value) -> String {
    let members = members.as_object().into_iter().flatten().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("&{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC))
    });
    format!("Action={operation}&Version=2010-05-08{}", members.collect::<String>())
}
