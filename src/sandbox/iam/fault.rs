//! The refusals of IAM, in its own words.
//!
//! Ledger: I3.

use crate::sandbox::tags::TagFault;
use crate::sandbox::wire::AwsError;

pub(super) fn no_such_role(name: &str) -> AwsError {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

pub(super) fn no_such_entity(message: impl Into<String>) -> AwsError {
    AwsError::new("NoSuchEntity", message).with_status(404)
}

pub(super) fn already_exists(message: impl Into<String>) -> AwsError {
    AwsError::new("EntityAlreadyExists", message).with_status(409)
}

pub(super) fn delete_conflict(message: impl Into<String>) -> AwsError {
    AwsError::new("DeleteConflict", message).with_status(409)
}

pub(super) fn limit_exceeded(message: impl Into<String>) -> AwsError {
    AwsError::new("LimitExceeded", message).with_status(409)
}

pub(super) fn malformed_policy(message: impl Into<String>) -> AwsError {
    AwsError::new("MalformedPolicyDocument", message)
}

pub(super) fn invalid_input(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidInput", message)
}

/// The model lists no other error of most listings.
pub(super) fn invalid_marker() -> AwsError {
    AwsError::new("ValidationError", "Invalid Marker.")
}

pub(super) fn tags(fault: &TagFault) -> AwsError {
    match fault {
        TagFault::Reserved(_) => invalid_input(fault.to_string()),
        TagFault::Duplicate(_) => {
            invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        TagFault::TooMany => limit_exceeded("The number of tags has reached the maximum limit."),
    }
}
