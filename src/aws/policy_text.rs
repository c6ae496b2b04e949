//! Policy documents as IAM answers them: JSON, mostly URL-encoded.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::model::policy::Policy;

/// Reads a policy document. IAM encodes it (RFC 3986); a stand-in may not, and JSON never begins with a percent sign.
pub(super) fn read(text: &str) -> Result<Policy, String> {
    let decoded = decode(text)?;
    let document: Value = serde_json::from_str(&decoded).map_err(|_| "the policy document is not JSON".to_owned())?;
    Ok(Policy::read(&document))
}

/// The document as JSON text.
pub(super) fn decode(text: &str) -> Result<String, String> {
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.map_err(|_| "the policy document is not UTF-8".to_owned())?.into_owned())
}
