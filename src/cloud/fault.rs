//! Why a call to AWS did not work: typed, so that callers can decide, and worded, so that people can act.

use std::fmt;

use super::Sent;

/// A call that failed. Holds no part of a request: a request may hold a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of failure.
    pub kind: FaultKind,
    /// The service and operation, for example `ecs:UpdateService`.
    pub operation: String,
    /// AWS's error code, where it gave one.
    pub code: Option<String>,
    /// AWS's words, where the operation carries no value that they could repeat.
    pub message: Option<String>,
    /// AWS's id of the request.
    pub request_id: Option<String>,
    /// Who made the call.
    pub identity: Option<String>,
    /// What had worked before it of the same action: a call whose mark could not be written.
    pub before: Vec<Sent>,
    /// Was it the mark beside a call, and not that call or what it needs?
    pub mark: bool,
}

/// What a caller needs to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The thing does not exist.
    NotFound,
    /// The caller may not do that.
    Denied,
    /// The credentials are missing, wrong or expired.
    Credentials,
    /// AWS asked to slow down, more often than retries allow.
    Throttled,
    /// Something changed between the plan and the call.
    Conflict,
    /// AWS does not accept the request.
    Invalid,
    /// It was never sent: nothing listens there, or no such host is known.
    Unreachable,
    /// It was never sent: the settings do not allow it.
    Configuration,
    /// No answer came, or none that says whether the call took effect.
    Ambiguous,
}

impl Fault {
    /// All of it on one line: the operation, who asked, what came of it, and what a person can do about it. For places that
    /// hold one text.
    pub fn in_full(&self) -> String {
        format!("{}; {}", self.to_string().trim_end_matches('.'), self.advice())
    }

    /// What a person can do about it.
    pub fn advice(&self) -> String {
        let operation = &self.operation;
        match self.kind {
            FaultKind::NotFound => "create it, or correct its name in the manifest".to_owned(),
            FaultKind::Denied => {
                let who = self.identity.as_deref().unwrap_or("the identity that evenkeel runs as");
                format!("allow `{operation}` to {who}, in its policies and in those of the resource")
            }
            FaultKind::Credentials => {
                "check AWS_PROFILE and the credentials behind it; `aws sts get-caller-identity` must work".to_owned()
            }
            FaultKind::Throttled => {
                "other callers use up the account's rate: run again later, or lower limits.scale".to_owned()
            }
            FaultKind::Conflict => "look at what changed, then run again".to_owned(),
            FaultKind::Invalid if self.is_of_a_quota() => {
                "make room, or ask for a higher quota in Service Quotas, then run again".to_owned()
            }
            // Many a refusal is about another thing than a manifest says: a policy that is gone, a service that is draining.
            FaultKind::Invalid if self.code.is_some() => {
                "correct what AWS names, in the manifest or in AWS, then run again".to_owned()
            }
            FaultKind::Invalid => "correct the manifest".to_owned(),
            FaultKind::Unreachable => "check the network, AWS_ENDPOINT_URL and the Region; nothing was sent".to_owned(),
            FaultKind::Configuration => "correct the settings; nothing was sent".to_owned(),
            FaultKind::Ambiguous if self.is_read() => "run again".to_owned(),
            FaultKind::Ambiguous => {
                "nothing is known of its effect: run again, which looks first and repeats nothing that was done"
                    .to_owned()
            }
        }
    }

    /// `LimitExceeded` of IAM, `LimitExceededException` of ECS, Secrets Manager and KMS (API references, errors).
    fn is_of_a_quota(&self) -> bool {
        self.code.as_deref().is_some_and(|code| code.starts_with("LimitExceeded"))
    }

    /// Does the operation only read? A data key is made for its caller, and nothing is kept of it.
    fn is_read(&self) -> bool {
        let name = self.operation.rsplit(':').next().unwrap_or_default();
        ["BatchGet", "Decrypt", "Describe", "GenerateDataKey", "Get", "List", "Simulate"]
            .iter()
            .any(|verb| name.starts_with(verb))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, operation, code, message, request_id, identity, before: _, mark: _ } = self;
        write!(f, "{operation} ")?;
        match kind {
            FaultKind::NotFound => f.write_str("found nothing")?,
            FaultKind::Denied => f.write_str("is not allowed")?,
            FaultKind::Credentials => f.write_str("was made without valid credentials")?,
            FaultKind::Throttled => f.write_str("was throttled")?,
            FaultKind::Conflict => f.write_str("found another state than planned")?,
            FaultKind::Invalid => f.write_str("was refused")?,
            FaultKind::Unreachable => f.write_str("could not be sent")?,
            FaultKind::Configuration => f.write_str("was not sent")?,
            FaultKind::Ambiguous => f.write_str("got no usable answer")?,
        }
        if let Some(identity) = identity {
            write!(f, " as {identity}")?;
        }
        match (code, message) {
            (Some(code), Some(message)) => write!(f, ": {code}: {message}")?,
            (Some(only), None) | (None, Some(only)) => write!(f, ": {only}")?,
            (None, None) => {}
        }
        if let Some(id) = request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_effect_nothing_is_said_where_an_operation_only_reads() {
        for (operation, reads) in [
            ("ecs:DescribeServices", true),
            ("iam:GetRole", true),
            ("iam:SimulatePrincipalPolicy", true),
            ("kms:Decrypt", true),
            ("kms:GenerateDataKey", true),
            ("ecr:BatchGetImage", true),
            ("ecs:UpdateService", false),
            ("ecs:DeregisterTaskDefinition", false),
            ("sqs:ReceiveMessage", false),
        ] {
            let fault = fault(FaultKind::Ambiguous, operation, None);
            assert_eq!(!fault.advice().contains("its effect"), reads, "{operation}");
        }
    }

    #[test]
    fn the_manifest_alone_is_blamed_only_where_nobody_but_evenkeel_refused() {
        for (code, advice) in [
            (None, "correct the manifest"),
            (Some("LimitExceeded"), "make room, or ask for a higher quota in Service Quotas, then run again"),
            (Some("LimitExceededException"), "make room, or ask for a higher quota in Service Quotas, then run again"),
            (Some("ClientException"), "correct what AWS names, in the manifest or in AWS, then run again"),
            (Some("UnmodifiableEntity"), "correct what AWS names, in the manifest or in AWS, then run again"),
        ] {
            assert_eq!(fault(FaultKind::Invalid, "iam:CreateRole", code).advice(), advice);
        }
    }

    fn fault(kind: FaultKind, operation: &str, code: Option<&str>) -> Fault {
        Fault {
            kind,
            operation: operation.to_owned(),
            code: code.map(str::to_owned),
            message: None,
            request_id: None,
            identity: None,
            before: Vec::new(),
            mark: false,
        }
    }
}
