//! The refusals of Secrets Manager, in its own words.
//!
//! Ledger: S3, S24, S60, S63, W61.

use crate::sandbox::tags::TagFault;
use crate::sandbox::wire::AwsError;

pub(super) fn not_found() -> AwsError {
    AwsError::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

/// Facts 3.1: ASCII letters, digits and `/_+=.@-`.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte)
}

pub(super) fn invalid_name() -> AwsError {
    let message = "Invalid name. Must be a valid name containing alphanumeric characters, \
                   or any of the following: -/_+=.@!";
    AwsError::new("ValidationException", message)
}

pub(super) fn no_such_version(which: &str) -> AwsError {
    let message = format!("Secrets Manager can't find the specified secret value for {which}");
    AwsError::new("ResourceNotFoundException", message)
}

pub(super) fn marked_for_deletion() -> AwsError {
    invalid_request("You can't perform this operation on the secret because it was marked for deletion.")
}

pub(super) fn managed_by_another_service() -> AwsError {
    invalid_request("You can't perform this operation on the secret because it is managed by another service.")
}

/// The text is the API model's.
pub(super) fn not_encrypted() -> AwsError {
    let message = "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the \
                   KMS key is available, enabled, and not in an invalid state.";
    AwsError::new("EncryptionFailure", message)
}

/// The text is the API model's.
pub(crate) fn not_decrypted() -> AwsError {
    let message = "Secrets Manager can't decrypt the protected secret text using the provided KMS key.";
    AwsError::new("DecryptionFailure", message)
}

pub(super) fn key_denied() -> AwsError {
    AwsError::new("AccessDeniedException", "Access to KMS is not allowed")
}

/// [`key_denied`], of a version that is under another key than the secret has by now.
pub(super) fn another_key_denied() -> AwsError {
    let message = "Access to KMS is not allowed. This version of secret is not encrypted with the current KMS key.";
    AwsError::new("AccessDeniedException", message)
}

/// What is written is written where the primary is.
pub(super) fn of_a_replica() -> AwsError {
    invalid_parameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.")
}

pub(super) fn invalid_request(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidRequestException", message)
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}

/// The text is the API model's: what AWS answers with it was not seen.
pub(super) fn public_policy() -> AwsError {
    let message = "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad \
                   access to the secret.";
    AwsError::new("PublicPolicyException", message)
}

pub(super) fn malformed_policy(message: &str) -> AwsError {
    AwsError::new("MalformedPolicyDocumentException", message)
}

pub(super) fn exists(message: impl Into<String>) -> AwsError {
    AwsError::new("ResourceExistsException", message)
}

pub(super) fn limit(message: impl Into<String>) -> AwsError {
    AwsError::new("LimitExceededException", message)
}

pub(super) fn tags(fault: &TagFault) -> AwsError {
    // The model lists no LimitExceededException of TagResource.
    invalid_parameter(fault.to_string())
}
