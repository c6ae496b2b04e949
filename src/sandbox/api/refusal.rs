//! Which codes a refusal may have: those that the API model lists for the operation, and those of any operation.
//!
//! Ledger: W59, I25.

use super::Model;
use crate::sandbox::wire::{AwsError, Protocol, Service};

/// What any operation of a JSON service may answer with: "Common Errors" in each API reference, and what a request that
/// cannot be read is refused with before an operation is looked at.
const COMMON_JSON: [&str; 7] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "InternalFailure",
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
    "ValidationException",
];

/// The same of the older protocols.
const COMMON_QUERY: [&str; 7] = [
    "AccessDenied",
    "ExpiredToken",
    "InternalFailure",
    "InvalidAction",
    "MalformedInput",
    "Throttling",
    "ValidationError",
];

/// What the models leave out, and the services answer with all the same: "Common Errors" of the two, and public reports.
const OF_A_SERVICE: [(Service, &str); 2] = [
    // An alias that begins with `alias/aws/`.
    (Service::Kms, "NotAuthorizedException"),
    // A redrive policy whose queue is not there.
    (Service::Sqs, "InvalidParameterValueException"),
];

/// The same of single operations. A boundary that is not there: [I25].
const OF_AN_OPERATION: [(Service, &str, &str); 1] = [(Service::Iam, "CreateRole", "NoSuchEntity")];

/// Is that an error of this operation?
pub(crate) fn is_known(service: Service, model: &Model, operation: &str, error: &AwsError) -> bool {
    let common = match service.protocol() {
        _ if OF_A_SERVICE.contains(&(service, error.code)) => true,
        _ if OF_AN_OPERATION.contains(&(service, operation, error.code)) => true,
        Protocol::Json { .. } => COMMON_JSON.contains(&error.code),
        Protocol::Query { .. } => COMMON_QUERY.contains(&error.code),
        // The model of EC2 lists no error of any operation.
        Protocol::Ec2 { .. } => true,
    };
    let listed = model.errors.get(operation).and_then(|codes| codes.get(error.code));
    common || listed.is_some_and(|status| status.is_none_or(|status| status == error.status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::api::model;

    fn known(service: Service, operation: &str, error: &AwsError) -> bool {
        is_known(service, model(service), operation, error)
    }

    #[test]
    fn a_code_that_is_not_of_the_operation_is_seen() {
        let missing = AwsError::new("ResourceNotFoundException", "");
        assert!(known(Service::SecretsManager, "DescribeSecret", &missing));
        assert!(!known(Service::SecretsManager, "ListSecrets", &missing));
        assert!(!known(Service::Ecs, "ListTagsForResource", &AwsError::new("ServiceNotFoundException", "")));
        assert!(known(Service::Ecs, "ListTagsForResource", &AwsError::new("ThrottlingException", "")));
        assert!(!known(Service::Iam, "GetRole", &AwsError::new("ThrottlingException", "")));
    }

    #[test]
    fn a_status_that_is_not_of_the_code_is_seen() {
        let missing = AwsError::new("NoSuchEntity", "");
        assert!(!known(Service::Iam, "GetRole", &missing));
        assert!(known(Service::Iam, "GetRole", &missing.with_status(404)));
    }
}
