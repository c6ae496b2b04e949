//! The SDK's errors, turned into faults without ever formatting one with Debug: that prints whole responses.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::cloud::fault::{Fault, FaultKind};

/// The fault behind an SDK error.
pub(super) fn fault<E>(operation: &str, identity: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let mut fault = Fault {
        kind: FaultKind::Ambiguous,
        operation: operation.to_owned(),
        code: None,
        message: None,
        request_id: None,
        identity: (!identity.is_empty()).then(|| identity.to_owned()),
        before: Vec::new(),
        mark: false,
    };
    match error {
        SdkError::ServiceError(context) => {
            let meta = context.err().meta();
            fault.code = meta.code().map(str::to_owned);
            fault.message = meta.message().map(str::to_owned);
            fault.request_id = meta.extra("aws_request_id").map(str::to_owned);
            fault.kind = kind(meta.code().unwrap_or_default(), context.raw().status().as_u16());
        }
        SdkError::ConstructionFailure(_) => {
            fault.kind = FaultKind::Invalid;
            fault.message = Some(chain(error));
        }
        other => {
            if is_about_credentials(other) {
                fault.kind = FaultKind::Credentials;
            } else if matches!(other, SdkError::DispatchFailure(failure) if failure.is_user()) {
                fault.kind = FaultKind::Configuration;
            } else if is_about_connecting(other) {
                fault.kind = FaultKind::Unreachable;
            }
            fault.message = Some(chain(other));
        }
    }
    fault
}

/// The code in an error's body: a member in the JSON protocols, an element in the query protocol. No other text of a body
/// has that form.
pub(super) fn code(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let code = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => json.get("__type")?.as_str()?.rsplit('#').next()?.to_owned(),
        Err(_) => text.split("<Code>").nth(1)?.split("</Code>").next()?.to_owned(),
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    (!code.is_empty() && code.len() <= 80 && code.chars().all(is_word)).then_some(code)
}

pub(super) fn kind(code: &str, status: u16) -> FaultKind {
    match code {
        "ResourceNotFoundException"
        | "NoSuchEntity"
        | "ServiceNotFoundException"
        | "ServiceNotActiveException"
        | "ClusterNotFoundException"
        | "QueueDoesNotExist"
        | "NotFoundException"
        | "RepositoryNotFoundException"
        | "ImageNotFoundException"
        | "AWS.SimpleQueueService.NonExistentQueue" => FaultKind::NotFound,
        "AccessDeniedException"
        | "AccessDenied"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "KMSAccessDeniedException" => FaultKind::Denied,
        "ExpiredToken"
        | "ExpiredTokenException"
        // EC2 says so of expired credentials too.
        | "RequestExpired"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => FaultKind::Credentials,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown" => FaultKind::Throttled,
        // What was absent when the plan was made is there: someone else made it, or we did and the reply was lost.
        "EntityAlreadyExists"
        | "ResourceExistsException"
        | "ConcurrentModification"
        | "DeleteConflict"
        | "ConflictException"
        | "UpdateInProgressException" => FaultKind::Conflict,
        _ if status >= 500 => FaultKind::Ambiguous,
        _ => FaultKind::Invalid,
    }
}

fn is_about_credentials(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(<dyn Error>::is::<CredentialsError>)
}

/// Was no connection made, so that nothing was sent? Neither error has a type that is public: these are their words.
fn is_about_connecting(error: &(dyn Error + 'static)) -> bool {
    causes(error)
        .map(ToString::to_string)
        .any(|text| text.starts_with("client error (Connect)") || text.starts_with("HTTP connect timeout"))
}

/// The causes on one line. Display of the SDK's errors says what happened to the connection, never what was sent.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}
