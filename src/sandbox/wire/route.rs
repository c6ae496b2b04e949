//! Who is asked, and what for: the part of a request that stands in HTTP.
//!
//! No signature is checked, but there must be one: its credential scope says
//! which Region is meant and, for the query protocol, which service.
//!
//! Ledger: W8.

use super::{Request, Response, Service, query};

/// Splits a request from HTTP, or answers for the front of AWS's house.
pub(crate) fn route(target: Option<&str>, authorization: Option<&str>, body: &[u8]) -> Result<Request, Response> {
    let Some((region, signed_for)) = authorization.and_then(credential_scope) else {
        return Err(refusal(403, "MissingAuthenticationTokenException"));
    };
    let asked = match target {
        Some(target) => by_target(target),
        None => by_action(signed_for, body),
    };
    let (service, operation) = asked.ok_or_else(|| refusal(400, "UnknownOperationException"))?;
    Ok(Request { service, operation, region: region.to_owned(), body: body.to_vec() })
}

/// awsJson: `x-amz-target: PREFIX.OPERATION`.
fn by_target(target: &str) -> Option<(Service, String)> {
    let (prefix, operation) = target.split_once('.')?;
    let service = match prefix {
        "secretsmanager" => Service::SecretsManager,
        "AmazonEC2ContainerServiceV20141113" => Service::Ecs,
        _ => return None,
    };
    Some((service, operation.to_owned()))
}

/// awsQuery: `Action=OPERATION` in the form, the service in the scope.
fn by_action(signed_for: &str, body: &[u8]) -> Option<(Service, String)> {
    let service = Service::ALL.into_iter().find(|service| service.signing_name() == signed_for)?;
    Some((service, query::form(body).ok()?.remove("Action")?))
}

/// Region and service of `… Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
fn credential_scope(authorization: &str) -> Option<(&str, &str)> {
    let credential = authorization.split_once("Credential=")?.1.split([',', ' ']).next()?;
    let mut parts = credential.split('/').skip(2);
    Some((parts.next()?, parts.next()?))
}

fn refusal(status: u16, code: &str) -> Response {
    let body = format!(r#"{{"__type":"{code}","message":"the sandbox does not know what is asked"}}"#);
    let headers = vec![("content-type", "application/x-amz-json-1.1".to_owned())];
    Response { status, headers, body: body.into_bytes() }
}
