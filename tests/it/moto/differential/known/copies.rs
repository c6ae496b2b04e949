//! Secrets Manager: copies in other Regions, and rotation.

use super::{After, Known};

pub(super) const KNOWN: &[Known] = &[
    Known::member("M15", "*", "ReplicationStatus[].StatusMessage", ["-", "Replication succeeded"]),
    Known::refusal(
        "M15",
        "ReplicateSecretToRegions",
        ["InvalidParameterException: Invalid replica region.", "-"],
        After::Apart,
    ),
    Known::refusal(
        "M76",
        "ReplicateSecretToRegions",
        ["InvalidRequestException: *marked for deletion.", "*"],
        After::Apart,
    ),
    Known::refusal(
        "M76",
        "RemoveRegionsFromReplication",
        ["InvalidRequestException: *marked for deletion.", "-"],
        After::Apart,
    ),
    Known::member("M120", "ReplicateSecretToRegions", "ReplicationStatus[].Status", ["InProgress", "InSync"]),
    Known::refusal(
        "M121",
        "RemoveRegionsFromReplication",
        ["InvalidParameterException: The secret has no replica in *", "-"],
        After::Same,
    ),
    Known::refusal(
        "M122",
        "RotateSecret",
        ["InvalidRequestException: No Lambda rotation function *", "-"],
        After::Apart,
    ),
    Known::refusal("M123", "RotateSecret", ["ValidationException: *", "InvalidParameterException"], After::Same),
    Known::refusal("M123", "RotateSecret", ["ValidationException: *", "ResourceNotFoundException"], After::Same),
    Known::refusal("M123", "RotateSecret", ["ValidationException: *", "InvalidRequestException"], After::Same),
    Known::member("M124", "RotateSecret", "VersionId", ["-", "*"]),
    Known::refusal(
        "M126",
        "RotateSecret",
        ["InvalidRequestException: A previous rotation isn't complete*", "-"],
        After::Apart,
    ),
    Known::member("M127", "PutSecretValue", "ReplicationStatus", ["-", "*"]),
    Known::member("M127", "RotateSecret", "ReplicationStatus", ["-", "*"]),
    Known::member("M127", "CancelRotateSecret", "ReplicationStatus", ["-", "*"]),
    Known::member("M127", "ListSecrets", "SecretList[].ReplicationStatus", ["-", "*"]),
    Known::member("M128", "DescribeSecret", "PrimaryRegion", ["eu-west-1", "-"]),
    Known::member("M128", "ListSecrets", "SecretList[].PrimaryRegion", ["eu-west-1", "-"]),
];
