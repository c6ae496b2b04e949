//! KMS.

use serde_json::Value;

use super::{After, Known, Scene};

pub(super) const KNOWN: &[Known] = &[
    Known::member("M130", "*Key", "KeyMetadata.KeyUsage", ["ENCRYPT_DECRYPT", "-"]),
    Known::member("M130", "*Key", "KeyMetadata.MultiRegion", ["false", "-"]),
    Known::member("M130", "*crypt", "EncryptionAlgorithm", ["SYMMETRIC_DEFAULT", "-"]),
    Known::refusal("M131", "CreateAlias", ["NotAuthorizedException: *", "-"], After::Apart),
    Known {
        row: "M132",
        operation: "ListAliases",
        member: "Aliases",
        sandbox: "*",
        moto: "*alias/aws/*",
        after: After::Same,
        when: lists_those_of_aws_besides,
    },
    Known::refusal("M133", "Decrypt", ["IncorrectKeyException: *", "AccessDeniedException"], After::Same),
    Known::refusal("M133", "Decrypt", ["IncorrectKeyException: *", "InvalidCiphertextException"], After::Same),
    Known::refusal("M136", "GetKeyPolicy", ["-", "NotFoundException"], After::Same),
    Known::refusal("M137", "*", ["DisabledException: *", "*"], After::Same),
    Known::refusal("M138", "GenerateDataKey", ["ValidationException: *", "NotFoundException"], After::Same),
    Known::refusal("M134", "PutKeyPolicy", ["MalformedPolicyDocumentException: *", "-"], After::Apart),
    Known::refusal("M135", "CreateAlias", ["ValidationException: *Not aliases", "NotFoundException"], After::Same),
];

/// Of the others both say the same.
fn lists_those_of_aws_besides(scene: &Scene<'_>) -> bool {
    let is_other = |alias: &&Value| !alias["AliasName"].as_str().is_some_and(|name| name.starts_with("alias/aws/"));
    let others =
        |side: &Value| -> Vec<Value> { side.as_array().into_iter().flatten().filter(is_other).cloned().collect() };
    others(&scene.difference.sandbox) == others(&scene.difference.moto)
}
