//! Members that AWS acts on and the sandbox does not: refused by name, unless they say what is so anyway.
//!
//! Ledger: W10.

use serde_json::Value;

use super::validate::violation_code;
use crate::sandbox::wire::{AwsError, Service};

/// Operation, member, and the text that says what is so without it.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("CreateSecret", "Type", ""),
    ("CreateSecret", "CrossAccountPrimaryARN", ""),
    ("UpdateSecret", "Type", ""),
    ("PutSecretValue", "RotationToken", ""),
    ("RotateSecret", "ExternalSecretRotationMetadata", ""),
    ("RotateSecret", "ExternalSecretRotationRoleArn", ""),
    ("DeleteResourcePolicy", "PolicyName", ""),
    ("GetResourcePolicy", "PolicyName", ""),
    ("PutResourcePolicy", "PolicyName", ""),
    ("CreateCluster", "capacityProviders", ""),
    ("CreateCluster", "configuration", ""),
    ("CreateCluster", "defaultCapacityProviderStrategy", ""),
    ("CreateCluster", "serviceConnectDefaults", ""),
    ("CreateCluster", "settings", ""),
    ("ListServices", "resourceManagementType", "CUSTOMER"),
    ("ListTasks", "daemonName", ""),
    ("CreateKey", "CustomKeyStoreId", ""),
    ("CreateKey", "XksKeyId", ""),
    ("Decrypt", "DryRunModifiers", ""),
    ("Decrypt", "GrantTokens", ""),
    ("Decrypt", "Recipient", ""),
    ("DescribeKey", "GrantTokens", ""),
    ("Encrypt", "GrantTokens", ""),
    ("GenerateDataKey", "GrantTokens", ""),
    ("GenerateDataKey", "Recipient", ""),
    ("CreateLogGroup", "deletionProtectionEnabled", ""),
    ("CreateLogGroup", "logGroupClass", "STANDARD"),
    ("DescribeLogGroups", "accountIdentifiers", ""),
    ("DescribeLogGroups", "includeLinkedAccounts", ""),
    ("DescribeLogGroups", "logGroupClass", "STANDARD"),
    ("DescribeLogGroups", "logGroupIdentifiers", ""),
    ("PutParameter", "DataType", "text"),
    ("DescribeParameters", "Shared", ""),
    ("SimulateCustomPolicy", "CallerArn", ""),
    ("SimulateCustomPolicy", "OrderedOrganizationPolicyInputList", ""),
    ("SimulateCustomPolicy", "ResourceHandlingOption", ""),
    ("SimulateCustomPolicy", "ResourceOwner", ""),
    ("SimulatePrincipalPolicy", "CallerArn", ""),
    ("SimulatePrincipalPolicy", "ResourceHandlingOption", ""),
    ("SimulatePrincipalPolicy", "ResourceOwner", ""),
    ("PutEvents", "EndpointId", ""),
    ("PutRule", "RoleArn", ""),
    ("CreateRepository", "encryptionConfiguration", ""),
    ("CreateRepository", "imageScanningConfiguration", ""),
    ("CreateRepository", "imageTagMutability", "MUTABLE"),
    ("CreateRepository", "imageTagMutabilityExclusionFilters", ""),
    ("DescribeImages", "filter", ""),
    ("ReceiveMessage", "ReceiveRequestAttemptId", ""),
    ("SendMessage", "MessageSystemAttributes", ""),
];

/// The refusal of the first member that is not played.
pub(crate) fn refuse(service: Service, operation: &str, input: &Value) -> Result<(), AwsError> {
    let mut given = LEFT_OUT.iter().filter(|(of, _, _)| *of == operation);
    let asked = given.find(|(_, member, usual)| input.get(member).is_some_and(|value| !says_nothing(value, usual)));
    asked.map_or(Ok(()), |(_, member, _)| {
        let message = format!("the sandbox does not offer {member} of {operation}");
        Err(AwsError::new(violation_code(service), message))
    })
}

fn says_nothing(value: &Value, usual: &str) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(_) => false,
        Value::String(text) => text.is_empty() || text == usual,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}
