//! The refusals of ECS, in its own words.
//!
//! Ledger: V6, V8.

use crate::sandbox::tags::TagFault;
use crate::sandbox::wire::AwsError;

pub(super) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}

pub(super) fn client(message: impl Into<String>) -> AwsError {
    AwsError::new("ClientException", message)
}

pub(super) fn limit(message: impl Into<String>) -> AwsError {
    AwsError::new("LimitExceededException", message)
}

pub(super) fn no_such_cluster() -> AwsError {
    AwsError::new("ClusterNotFoundException", "Cluster not found.")
}

pub(super) fn no_such_service() -> AwsError {
    AwsError::new("ServiceNotFoundException", "Service not found.")
}

pub(super) fn service_not_active() -> AwsError {
    AwsError::new("ServiceNotActiveException", "Service was not ACTIVE.")
}

pub(super) fn no_such_resource() -> AwsError {
    invalid("The specified resource could not be found.")
}

pub(super) fn bad_token() -> AwsError {
    invalid("Invalid token")
}

pub(super) fn tags(fault: &TagFault) -> AwsError {
    invalid(fault.to_string())
}

pub(super) fn no_count_for_daemons() -> AwsError {
    invalid(
        "The daemon scheduling strategy does not support a desired count for services. \
         Remove the desired count value and try again.",
    )
}
