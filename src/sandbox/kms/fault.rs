//! The refusals of KMS, in its own words.
//!
//! Ledger: O7, O8, O101, O60.

use crate::sandbox::tags::TagFault;
use crate::sandbox::wire::AwsError;

pub(super) fn no_key(arn: &str) -> AwsError {
    AwsError::new("NotFoundException", format!("Key '{arn}' does not exist"))
}

pub(super) fn no_key_id(given: &str) -> AwsError {
    AwsError::new("NotFoundException", format!("Invalid keyId {given}"))
}

pub(super) fn no_alias(arn: &str) -> AwsError {
    AwsError::new("NotFoundException", format!("Alias {arn} is not found."))
}

pub(super) fn validation(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationException", message)
}

pub(super) fn unsupported(what: &str) -> AwsError {
    AwsError::new("UnsupportedOperationException", format!("the sandbox does not offer {what}"))
}

/// KMS says no more than this.
pub(super) fn invalid_ciphertext() -> AwsError {
    AwsError::new("InvalidCiphertextException", "")
}

pub(super) fn invalid_state(message: impl Into<String>) -> AwsError {
    AwsError::new("KMSInvalidStateException", message)
}

pub(super) fn check_not_pending(key: &super::Key) -> Result<(), AwsError> {
    match key.deletion {
        Some(_) => Err(invalid_state(format!("{} is pending deletion.", key.arn))),
        None => Ok(()),
    }
}

pub(super) fn check_enabled(key: &super::Key) -> Result<(), AwsError> {
    check_not_pending(key)?;
    if key.disabled {
        return Err(AwsError::new("DisabledException", format!("{} is disabled.", key.arn)));
    }
    Ok(())
}

pub(super) fn tags(fault: &TagFault) -> AwsError {
    AwsError::new("TagException", fault.to_string())
}
