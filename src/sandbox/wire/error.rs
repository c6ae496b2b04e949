//! AWS's refusals.
//!
//! Ledger: I3.

/// A refusal: AWS's error code, its message, and the HTTP status it comes with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct AwsError {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) status: u16,
    /// The code of the service's earlier protocol, where it has another: SDKs show that one.
    pub(crate) query_code: Option<&'static str>,
}

impl AwsError {
    /// HTTP 400, which is nearly all of them.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), status: 400, query_code: None }
    }

    pub(crate) fn with_query_code(self, code: &'static str) -> Self {
        Self { query_code: Some(code), ..self }
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}
