//! The refusals of Systems Manager.
//!
//! Ledger: O9.

use crate::sandbox::wire::AwsError;

/// AWS says no more than the code.
pub(super) fn not_found() -> AwsError {
    AwsError::new("ParameterNotFound", "")
}

pub(super) fn validation(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationException", message)
}
