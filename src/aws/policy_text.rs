//! Policy documents as IAM answers them: JSON, mostly URL-encoded.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::model::policy::Policy;

/// Reads a policy document. IAM encodes it (RFC 3986); a stand-in may not, and JSON never begins with a percent sign.
pub(super) fn read(text: &str) -> Result<Policy, String> {
    let decoded = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        percent_decode_str(text).decode_utf8().map_err(|_| "the policy document is not UTF-8".to_owned())?.into_owned()
    };
    let document: Value = serde_json::from_str(&decoded).map_err(|_| "the policy document is not JSON".to_owned())?;
    Ok(Policy::read(&document))
}
