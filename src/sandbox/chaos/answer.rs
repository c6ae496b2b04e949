//! Requests and answers as bytes: what is asked, refusals, answers with less in them.
//!
//! Ledger: W6.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::memory::Question;
use crate::sandbox::api::{self, Shape};
use crate::sandbox::door;
use crate::sandbox::wire::{AwsError, Protocol, Service, cbor, respond, route};

pub(super) type Answer = Result<HttpResponse, ConnectorError>;

/// What a request asks for, and in which protocol.
pub(super) struct Wire {
    /// The operation alone, for example `UpdateService`; nothing where it is not known.
    pub(super) operation: String,
    /// Who is asked, in which Region; `None` where that is nobody whom the sandbox plays.
    asked: Option<(Service, String)>,
    /// Whether CBOR is spoken for JSON.
    in_cbor: bool,
}

/// What AWS says for itself, whatever the operation: status and code in each protocol.
pub(super) struct Refusal {
    json: (u16, &'static str),
    query: (u16, &'static str),
    ec2: (u16, &'static str),
    message: &'static str,
}

pub(super) const DENIED: Refusal = Refusal {
    json: (400, "AccessDeniedException"),
    query: (403, "AccessDenied"),
    ec2: (403, "UnauthorizedOperation"),
    message: "the caller is not authorized to do this",
};
pub(super) const EXPIRED: Refusal = Refusal {
    json: (400, "ExpiredTokenException"),
    query: (403, "ExpiredToken"),
    ec2: (400, "RequestExpired"),
    message: "The security token included in the request is expired",
};
pub(super) const NOT_FOUND: Refusal = Refusal {
    json: (400, "ResourceNotFoundException"),
    query: (404, "NoSuchEntity"),
    ec2: (400, "InvalidVpcID.NotFound"),
    message: "there is no such thing",
};
pub(super) const SERVER_ERROR: Refusal = Refusal {
    json: (500, "InternalFailure"),
    query: (500, "InternalFailure"),
    ec2: (500, "InternalError"),
    message: "internal error",
};
pub(super) const THROTTLED: Refusal = Refusal {
    json: (400, "ThrottlingException"),
    query: (400, "Throttling"),
    ec2: (503, "RequestLimitExceeded"),
    message: "Rate exceeded",
};

const SMALL: u32 = 2;

/// The members that say how much may be on a page.
const PAGE_SIZES: [&str; 6] = ["maxResults", "MaxResults", "MaxItems", "Limit", "limit", "ResourcesPerPage"];

/// The members that name single things: with them there are no pages.
const NAMED: [&str; 2] = ["imageIds", "ResourceARNList"];

/// Of an answer that nobody gave.
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

impl Wire {
    pub(super) fn of(request: &HttpRequest) -> Self {
        match route(door::asked(request)) {
            Ok((asked, in_cbor)) => {
                Self { operation: asked.operation, asked: Some((asked.service, asked.region)), in_cbor }
            }
            Err(_) => Self { operation: String::new(), asked: None, in_cbor: false },
        }
    }

    /// The question that a read asks.
    pub(super) fn question(&self, request: &HttpRequest) -> Option<Question> {
        let is_read = ["Describe", "Get", "List"].iter().any(|verb| self.operation.starts_with(verb));
        let (service, region) = self.asked.clone().filter(|_| is_read)?;
        let body = request.body().bytes().unwrap_or_default().to_vec();
        Some(Question { service, region, operation: self.operation.clone(), body })
    }

    /// A refusal in the words and with the status of its protocol.
    pub(super) fn refusal(&self, refusal: &Refusal) -> Answer {
        let Refusal { json, query, ec2, message } = *refusal;
        // The front of AWS's house, which knows no service yet, speaks JSON.
        let service = self.asked.as_ref().map_or(Service::SecretsManager, |(service, _)| *service);
        let (status, code) = match service.protocol() {
            Protocol::Json { .. } => json,
            Protocol::Query { .. } => query,
            Protocol::Ec2 { .. } => ec2,
        };
        let outcome = Err(AwsError::new(code, message).with_status(status));
        let refused = respond(service, &self.operation, &outcome, REQUEST_ID);
        door::http(if self.in_cbor { cbor::transcribed(refused) } else { refused })
    }

    /// The body with which it asks for a page of two at most, as AWS may put less on a page than is asked for; `None` where
    /// there are no pages. A page of EC2 holds five at the least.
    pub(super) fn for_a_small_page(&self, request: &HttpRequest) -> Option<Vec<u8>> {
        let (service, _) = self.asked.as_ref()?;
        let Some(Shape::Structure { members, .. }) = api::model(*service).input(&self.operation) else { return None };
        let member = PAGE_SIZES.into_iter().find(|member| members.contains_key(*member))?;
        let body = request.body().bytes().unwrap_or_default();
        match service.protocol() {
            Protocol::Ec2 { .. } => None,
            Protocol::Query { .. } => {
                let form = String::from_utf8_lossy(body);
                let rest: Vec<&str> = form.split('&').filter(|pair| !pair.starts_with(&format!("{member}="))).collect();
                Some(format!("{}&{member}={SMALL}", rest.join("&")).into_bytes())
            }
            Protocol::Json { .. } => {
                let empty = || Some(json!({}));
                let parsed = || if self.in_cbor { cbor::decode(body) } else { serde_json::from_slice(body).ok() };
                let mut input = if body.is_empty() { empty() } else { parsed() }?;
                // Who names what is wanted gets all of it.
                let is_named = |names: &&str| input[*names].as_array().is_some_and(|names| !names.is_empty());
                if !input.is_object() || NAMED.iter().any(is_named) {
                    return None;
                }
                input[member] = json!(SMALL);
                Some(if self.in_cbor { cbor::encode(&input) } else { input.to_string().into_bytes() })
            }
        }
    }
}

/// A batch answer with one thing less, which may stand among its failures; `None` where there is nothing to leave out.
pub(super) fn less(whole: &HttpResponse, failure: Option<&str>) -> Option<Answer> {
    let mut answer: Value = serde_json::from_slice(whole.body().bytes()?).ok()?;
    let batches = ["services", "serviceDeployments", "serviceRevisions", "tasks"];
    batches.iter().find_map(|batch| answer.get_mut(batch)?.as_array_mut()?.pop())?;
    if let Some(reason) = failure {
        let failed = json!({"arn": "arn:aws:ecs:eu-west-1:123456789012:some/thing", "reason": reason});
        answer.get_mut("failures")?.as_array_mut()?.push(failed);
    }
    let headers = [("content-type", "application/x-amz-json-1.1")];
    Some(response(whole.status().as_u16(), headers, answer.to_string().into_bytes()))
}

/// `service/NAME` for `service/CLUSTER/NAME`, as ARNs once were; `None` where none is longer.
pub(super) fn with_short_arns(whole: &HttpResponse) -> Option<Answer> {
    let text = String::from_utf8_lossy(whole.body().bytes()?);
    let mut parts = text.split(":service/");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find('"').unwrap_or(part.len());
        let (arn, rest) = part.split_at(end);
        short.push_str(":service/");
        short.push_str(arn.rsplit('/').next().unwrap_or(arn));
        short.push_str(rest);
    }
    (short != text).then(|| response(whole.status().as_u16(), whole.headers().iter(), short.into_bytes()))
}

/// A response of these parts.
pub(super) fn response<'a>(
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: Vec<u8>,
) -> Answer {
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in headers {
        response.headers_mut().insert(name.to_owned(), value.to_owned());
    }
    Ok(response)
}
