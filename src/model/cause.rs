//! Why a task did not come up, read from the words that ECS has for it.
//!
//! ECS gives no codes for this: the texts are those of its agents and of the services that they call. A text that nothing
//! here knows is passed on as it is; nothing is guessed.

use std::fmt;

use super::task::Task;

/// What a task stopped of, as far as its texts say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A permission is missing; of the role that is named, where one is.
    Denied {
        /// The role.
        role: Option<String>,
        /// For example `secretsmanager:GetSecretValue`.
        action: String,
        /// ARN, or what ECS says in its place.
        resource: Option<String>,
    },
    /// A secret, or the version of it that is asked for, is not there.
    NoSecret {
        /// Its ARN.
        secret: Option<String>,
        /// The stage or version that it lacks, where the secret itself is there.
        version: Option<String>,
    },
    /// A secret waits for its deletion.
    SecretDeleted {
        /// Its ARN.
        secret: Option<String>,
    },
    /// A secret's JSON lacks a key.
    NoKey {
        /// The key.
        key: String,
    },
    /// Parameters of Systems Manager are not there.
    NoParameter {
        /// Their names.
        names: String,
    },
    /// An image is not there.
    NoImage {
        /// The image.
        image: String,
    },
    /// A log group is not there.
    NoLogGroup,
    /// Something that ECS needs at the start of a task does not answer.
    Unreachable {
        /// What was asked for: `secrets`, `image`, …
        what: &'static str,
    },
    /// A container ran out of memory.
    OutOfMemory {
        /// Its name.
        container: String,
    },
    /// A container ended.
    Exited {
        /// Its name.
        container: String,
        /// Its exit code.
        code: i64,
    },
    /// A health check failed.
    Unhealthy {
        /// Whose.
        check: &'static str,
    },
    /// ECS's own words.
    Other(String),
}

/// Why a task stopped; `None` for one that stopped because it was to.
pub fn of(task: &Task) -> Option<Cause> {
    let reason = task.stopped_reason.as_deref().unwrap_or_default();
    if task.status != "STOPPED" && task.stop_code.is_none() && reason.is_empty() {
        return None;
    }
    // Said of tasks that a deployment replaces and that a service needs no longer.
    if reason.starts_with("Scaling activity initiated by") || task.stop_code.as_deref() == Some("UserInitiated") {
        return None;
    }
    let details = task.containers.iter().filter_map(|container| container.reason.as_deref());
    details.chain([reason]).find_map(|text| of_text(text, task)).or_else(|| of_containers(task)).or_else(|| {
        let words = reason.trim_end_matches('.');
        (!words.is_empty()).then(|| Cause::Other(words.to_owned()))
    })
}

fn of_text(text: &str, task: &Task) -> Option<Cause> {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if let Some(denied) = denied(text) {
        return Some(denied);
    }
    if let Some((_, key)) = text.split_once("did not contain json key ") {
        return Some(Cause::NoKey { key: first_word(key).to_owned() });
    }
    if let Some((_, names)) = text.split_once("invalid parameters: ") {
        return Some(Cause::NoParameter { names: names.trim().to_owned() });
    }
    let secret = || arn_of(text, ":secretsmanager:");
    for (words, of) in [("for staging label: ", "stage "), ("for VersionId: ", "version ")] {
        if let Some((_, version)) = text.split_once(words) {
            return Some(Cause::NoSecret { secret: secret(), version: Some(format!("{of}{}", first_word(version))) });
        }
    }
    if has(&["marked for deletion"]) {
        return Some(Cause::SecretDeleted { secret: secret() });
    }
    if has(&["can't find the specified secret", "The task can't retrieve the secret with ARN"]) {
        return Some(Cause::NoSecret { secret: secret(), version: None });
    }
    if has(&["log group does not exist", "cannot find the Amazon CloudWatch log group"]) {
        return Some(Cause::NoLogGroup);
    }
    if has(&["OutOfMemory"]) {
        let container = task.containers.iter().find(|container| container.reason.as_deref() == Some(text));
        return Some(Cause::OutOfMemory { container: container.map(|c| c.name.clone()).unwrap_or_default() });
    }
    if has(&["i/o timeout", "context deadline exceeded", "Client.Timeout", "no route to host", "connection refused"]) {
        // Every one of these texts may begin with "unable to pull secrets or registry auth".
        let what = if has(&["CannotPull", "retrieve ecr registry auth"]) {
            "the image registry"
        } else if has(&["from asm", "from secrets manager", "from AWS Secrets Manager"]) {
            "Secrets Manager"
        } else if has(&["from ssm", "Systems Manager"]) {
            "Systems Manager"
        } else if has(&["log"]) {
            "CloudWatch Logs"
        } else {
            "a service that it needs"
        };
        return Some(Cause::Unreachable { what });
    }
    if has(&["CannotPullContainer"]) && has(&["not found", "manifest unknown", "does not exist"]) {
        return Some(Cause::NoImage { image: image(text, task) });
    }
    if has(&["failed container health checks"]) {
        return Some(Cause::Unhealthy { check: "the container's own" });
    }
    if has(&["failed ELB health checks"]) {
        return Some(Cause::Unhealthy { check: "the load balancer's" });
    }
    None
}

/// IAM says who may not do what: `User: … is not authorized to perform: … on resource: … because …`.
fn denied(text: &str) -> Option<Cause> {
    if let Some((before, after)) = text.split_once("is not authorized to perform: ") {
        let action = first_word(after).to_owned();
        let resource = after.split_once("on resource: ").map(|(_, resource)| first_word(resource).to_owned());
        let role = before.split_once("assumed-role/").and_then(|(_, role)| role.split('/').next()).map(str::to_owned);
        return Some(Cause::Denied { role, action, resource });
    }
    if text.contains("Access to KMS is not allowed") {
        let resource = arn_of(text, ":secretsmanager:").map(|secret| format!("the key of {secret}"));
        return Some(Cause::Denied { role: None, action: "kms:Decrypt".to_owned(), resource });
    }
    let refused = ["AccessDenied", "403 Forbidden", "pull access denied"].iter().any(|word| text.contains(word));
    refused.then(|| {
        let action = if text.contains("CannotPull") && text.contains(".dkr.ecr.") {
            "ecr:BatchGetImage"
        } else if text.contains("CannotPull") {
            // Other registries do not tell an image that is private from one that is not there.
            return Cause::Other(text.trim_end_matches('.').to_owned());
        } else if text.contains("env file") || text.contains("environment file") {
            "s3:GetObject"
        } else if text.contains("asm") || text.contains("secretsmanager") {
            "secretsmanager:GetSecretValue"
        } else {
            return Cause::Other(text.trim_end_matches('.').to_owned());
        };
        Cause::Denied { role: None, action: action.to_owned(), resource: arn_of(text, ":secretsmanager:") }
    })
}

/// ECS states no order in which containers ended. One that it stopped because another had ended ends of SIGTERM or, when it
/// does not heed that, of SIGKILL: those come after all that ended otherwise.
fn of_containers(task: &Task) -> Option<Cause> {
    const KILLED: i64 = 128 + 9;
    const TERMINATED: i64 = 128 + 15;
    let is_essential = task.stop_code.as_deref() == Some("EssentialContainerExited");
    let rank = |code: i64| match code {
        0 => is_essential.then_some(2),
        KILLED => Some(1),
        TERMINATED => Some(3),
        _ => Some(0),
    };
    let ended = task.containers.iter().filter_map(|container| {
        let code = container.exit_code?;
        Some((rank(code)?, container, code))
    });
    let (_, container, code) = ended.min_by_key(|(rank, ..)| *rank)?;
    Some(Cause::Exited { container: container.name.clone(), code })
}

fn image(text: &str, task: &Task) -> String {
    let named = text.split_once("failed to resolve ref ").map(|(_, image)| first_word(image).trim_end_matches(':'));
    named.map(str::to_owned).or_else(|| task.containers.first()?.image.clone()).unwrap_or_default()
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default().trim_end_matches(['.', ',', ';', '\'', '"'])
}

/// The first ARN of a service in a text.
fn arn_of(text: &str, service: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ','));
    let mut arns = words.filter(|word| word.starts_with("arn:") && word.contains(service));
    arns.next().map(|arn| arn.trim_end_matches(['.', ':', ';']).to_owned())
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { role, action, resource } => {
                match role {
                    Some(role) => write!(f, "the role {role} may not {action}")?,
                    None => write!(f, "its execution role may not {action}")?,
                }
                resource.as_ref().map_or(Ok(()), |resource| write!(f, " on {resource}"))
            }
            Self::NoSecret { secret, version: None } => write!(f, "there is no {}", named("secret", secret.as_ref())),
            Self::NoSecret { secret, version: Some(version) } => {
                write!(f, "the {} has no {version}", named("secret", secret.as_ref()))
            }
            Self::SecretDeleted { secret } => {
                write!(f, "the {} waits for its deletion", named("secret", secret.as_ref()))
            }
            Self::NoKey { key } => write!(f, "the secret's JSON has no key {key}"),
            Self::NoParameter { names } => write!(f, "there is no parameter {names}"),
            Self::NoImage { image } => write!(f, "there is no image {image}"),
            Self::NoLogGroup => f.write_str("its log group does not exist"),
            Self::Unreachable { what } => write!(f, "{what} cannot be reached from its network"),
            Self::OutOfMemory { container } => write!(f, "container {container} ran out of memory"),
            Self::Exited { container, code } => write!(f, "container {container} ended with exit code {code}"),
            Self::Unhealthy { check } => write!(f, "{check} health check failed"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

fn named(what: &str, name: Option<&String>) -> String {
    name.map_or_else(|| what.to_owned(), |name| format!("{what} {name}"))
}

impl Cause {
    /// What a person can do about it.
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Denied { .. } => {
                "a managed ExecutionRole grants what its task definitions use; otherwise allow it in the role's policies, \
                 and look at its boundary and at the resource's own policy"
            }
            Self::NoSecret { .. } => "create the secret or that version of it, or correct the reference",
            Self::SecretDeleted { .. } => "restore it (aws secretsmanager restore-secret), or refer to another",
            Self::NoKey { .. } => "correct `key`, or put a value with that key",
            Self::NoParameter { .. } => "create it, or correct its name",
            Self::NoImage { .. } => "push the image, or correct its name and tag",
            Self::NoLogGroup => "create it, or set awslogs-create-group",
            Self::Unreachable { .. } => "check its subnets' route or VPC endpoints, and its security groups",
            Self::OutOfMemory { .. } => "give the task more memory",
            Self::Exited { .. } => "look at the container's log",
            Self::Unhealthy { .. } => "look at the container's log, and at the check's path, port and grace period",
            Self::Other(_) => return None,
        })
    }
}
