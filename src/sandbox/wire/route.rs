//! Who is asked, and what for: the part of a request that stands in HTTP.
//!
//! No signature is checked, but there must be one: its credential scope says
//! which Region is meant and, for the query protocols, which service.
//!
//! Ledger: W8.

use serde_json::Value;

use super::{Request, Response, Service, cbor, query};

/// The part of HTTP that says what is asked.
#[derive(Clone, Copy)]
pub(crate) struct Routed<'a> {
    pub(crate) path: &'a str,
    pub(crate) target: Option<&'a str>,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

/// Splits a request from HTTP, or answers for the front of AWS's house. Says, too, whether CBOR was spoken, and is to
/// be answered in.
pub(crate) fn route(http: Routed<'_>) -> Result<(Request, bool), Response> {
    let Routed { path, target, authorization, body } = http;
    let Some((region, signed_for)) = authorization.and_then(credential_scope) else {
        return Err(refusal(403, "MissingAuthenticationTokenException"));
    };
    let asked = match (by_path(path), target) {
        (Some(asked), _) => Some((asked, true)),
        (None, Some(target)) => by_target(target).map(|asked| (asked, false)),
        (None, None) => by_action(signed_for, body).map(|asked| (asked, false)),
    };
    let ((service, operation), in_cbor) = asked.ok_or_else(|| refusal(400, "UnknownOperationException"))?;
    let body = match (in_cbor, body) {
        (false, body) => body.to_vec(),
        (true, []) => Vec::new(),
        (true, body) => {
            let value: Value = cbor::decode(body).ok_or_else(|| refusal(400, "SerializationException"))?;
            value.to_string().into_bytes()
        }
    };
    Ok((Request { service, operation, region: region.to_owned(), body }, in_cbor))
}

/// rpcv2Cbor: `/service/PREFIX/operation/OPERATION`.
fn by_path(path: &str) -> Option<(Service, String)> {
    let (prefix, operation) = path.strip_prefix("/service/")?.split_once("/operation/")?;
    Some((Service::by_target(prefix)?, operation.to_owned()))
}

/// awsJson: `x-amz-target: PREFIX.OPERATION`.
fn by_target(target: &str) -> Option<(Service, String)> {
    let (prefix, operation) = target.split_once('.')?;
    Some((Service::by_target(prefix)?, operation.to_owned()))
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
