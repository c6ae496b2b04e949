//! The refusals of EC2.
//!
//! Ledger: O14.

use crate::sandbox::wire::AwsError;

pub(super) fn not_found(code: &'static str, what: &str, id: &str) -> AwsError {
    AwsError::new(code, format!("The {what} '{id}' does not exist"))
}

pub(super) fn invalid_filter(name: &str) -> AwsError {
    AwsError::new("InvalidParameterValue", format!("The filter '{name}' is invalid"))
}

pub(super) fn invalid_token() -> AwsError {
    AwsError::new("InvalidNextToken", "The token is not valid")
}

pub(super) fn ids_and_pages() -> AwsError {
    let message = "The parameter MaxResults cannot be used with the parameter that names resources";
    AwsError::new("InvalidParameterCombination", message)
}
