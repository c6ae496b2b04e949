//! Names that permissions are derived from: of one with `*`, `?` or `$` IAM would make a pattern, so it would never be granted.
//! Secrets and parameters have none such. An object in S3 may have, and another policy may let the role read it.
//! Source: CloudWatch Logs, CreateLogGroup (the name of a group); IAM user guide, "Using wildcards in ARNs"; S3 user guide,
//! "Naming Amazon S3 objects".

use super::super::node::Node;
use super::{Findings, containers};

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    let is_ours = spec.at("executionRoleArn").is_empty();
    for container in containers(spec) {
        let is_awslogs = |log: &&Node| log.get("logDriver").and_then(Node::text) == Some("awslogs");
        let logs = container.get("logConfiguration").filter(is_awslogs);
        for group in logs.into_iter().flat_map(|log| log.at("options.awslogs-group")) {
            if group.text().is_some_and(|name| !is_log_group(name)) {
                let help = "write it with 1 to 512 letters, digits and any of ._-/#";
                found.wrong(&group.span, "this is no name of a log group", help);
            }
        }
        let files = container.at("environmentFiles[].value").into_iter();
        let routed = container.at("firelensConfiguration.options.config-file-value").into_iter();
        let specs = container.at("credentialSpecs[]").into_iter().chain(container.at("dockerSecurityOptions[]"));
        for file in files.chain(routed).chain(specs) {
            match file.text() {
                Some(arn) if arn.contains(":s3:::") && is_ours && is_pattern(arn) => {
                    let message =
                        "no permission for this object is derived: IAM would take `*`, `?` or `$` for a pattern";
                    found.doubt(
                        &file.span,
                        message,
                        "give the object a name without them, or the role a policy of its own",
                    );
                }
                Some(arn) if arn.contains(":ssm:") => named(file, "parameter", found),
                _ => {}
            }
        }
        for secret in container.at("repositoryCredentials.credentialsParameter") {
            named(secret, "secret", found);
        }
    }
}

fn named(node: &Node, what: &str, found: &mut Findings<'_>) {
    if node.text().is_some_and(is_pattern) {
        let message = format!(
            "the role can be given no permission for this {what}: IAM would take `*`, `?` or `$` for a pattern"
        );
        found.wrong(&node.span, message, format!("give the {what} a name without them"));
    }
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '$'])
}

fn is_log_group(name: &str) -> bool {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "._-/#".contains(c);
    (1..=512).contains(&name.len()) && name.chars().all(may_stand)
}
