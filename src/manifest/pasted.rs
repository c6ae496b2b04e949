//! Answers of AWS that are pasted as a whole: what to write of them. One level too deep, or in the words of a service that has
//! others than a manifest, they make one mistake and not one of each line.

use super::node::Node;

/// What to do, where this member of a map with these fields shows that an answer is pasted as a whole.
pub(super) fn as_a_whole(node: &Node, member: &str, known: &[&str]) -> Option<String> {
    let inside = node.get(member)?;
    let first = inside.elements().first().unwrap_or(inside);
    let of = |field: &str| known.contains(&field) && first.get(field).is_some();
    let has = |field: &str| first.get(field).is_some();
    match member {
        "taskDefinition" if of("containerDefinitions") => {
            Some("take `taskDefinition` out, and write what is in it straight into `spec`".to_owned())
        }
        "service" | "services" if of("serviceName") || of("desiredCount") => {
            let help = match inside.elements() {
                [_, _, ..] => "write a manifest for each of `services`: what is in it straight into `spec`".to_owned(),
                _ => format!("take `{member}` out, and write what is in it straight into `spec`"),
            };
            Some(help + ", with `taskDefinitionRef: {name: …}` in the place of `taskDefinition`")
        }
        // DescribeSecret, and a list of such.
        "ARN" if known.contains(&"secretName") && node.get("Name").is_some() => Some(OF_A_SECRET.to_owned()),
        "SecretList" if known.contains(&"secretName") && has("ARN") => Some(OF_A_SECRET.to_owned()),
        // GetRole, and a list of such.
        "Role" | "Roles" if known.contains(&"roleName") && has("RoleName") => Some(OF_A_ROLE.to_owned()),
        "RoleName" if known.contains(&"roleName") && node.get("Arn").is_some() => Some(OF_A_ROLE.to_owned()),
        _ => None,
    }
}

const OF_A_SECRET: &str = "a manifest has other words than Secrets Manager: write `secretName` for its `Name`, and of the rest what evenkeel is to manage, such as `description`, `kmsKeyId`, `tags` and `rotation`";

const OF_A_ROLE: &str = "a manifest has other words than IAM: write `roleName`, and of the rest what evenkeel is to manage, such as `path` and `managedPolicyArns`; its policy is derived";
