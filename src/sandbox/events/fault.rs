//! The refusals of EventBridge.
//!
//! Ledger: B6.

use crate::sandbox::wire::AwsError;

pub(super) fn no_rule(name: &str) -> AwsError {
    let message = format!("Rule {name} does not exist on EventBus default.");
    AwsError::new("ResourceNotFoundException", message)
}

pub(super) fn no_bus(name: &str) -> AwsError {
    AwsError::new("ResourceNotFoundException", format!("Event bus {name} does not exist."))
}

pub(super) fn validation(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationException", message)
}

pub(super) fn invalid_pattern(reason: &str) -> AwsError {
    AwsError::new("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}"))
}
