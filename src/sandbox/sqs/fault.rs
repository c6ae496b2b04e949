//! The refusals of SQS: each with the code of the protocol that SDKs once spoke, which they still show.
//!
//! Ledger: O2, O5.

use crate::sandbox::wire::AwsError;

pub(super) fn no_such_queue() -> AwsError {
    AwsError::new("QueueDoesNotExist", "The specified queue does not exist.")
        .with_query_code("AWS.SimpleQueueService.NonExistentQueue")
}

pub(super) fn exists(attribute: &str) -> AwsError {
    let message = format!("A queue already exists with the same name and a different value for attribute {attribute}");
    AwsError::new("QueueNameExists", message).with_query_code("QueueAlreadyExists")
}

pub(super) fn deleted_recently() -> AwsError {
    let message = "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
    AwsError::new("QueueDeletedRecently", message).with_query_code("AWS.SimpleQueueService.QueueDeletedRecently")
}

pub(super) fn unknown_attribute(name: &str) -> AwsError {
    AwsError::new("InvalidAttributeName", format!("Unknown Attribute {name}."))
}

pub(super) fn invalid_attribute(name: &str) -> AwsError {
    AwsError::new("InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterValueException", message).with_query_code("InvalidParameterValue")
}

pub(super) fn invalid_contents() -> AwsError {
    AwsError::new("InvalidMessageContents", "The message contains characters outside the allowed set.")
}

pub(super) fn bad_receipt() -> AwsError {
    AwsError::new("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
}

pub(super) fn not_in_flight() -> AwsError {
    let message = "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available \
                   for visibility timeout change.";
    AwsError::new("MessageNotInflight", message).with_query_code("AWS.SimpleQueueService.MessageNotInflight")
}

pub(super) fn unsupported(what: &str) -> AwsError {
    AwsError::new("UnsupportedOperation", format!("the sandbox does not offer {what}"))
        .with_query_code("AWS.SimpleQueueService.UnsupportedOperation")
}
