//! Who is asked, and what for: the part of a request that stands in HTTP.
//!
//! No signature is checked, but there must be one: its credential scope says
//! which Region is meant and, for the query protocols, which service.
//!
//! Ledger: W8.

use serde_json::Value;

use super::refuse::{self, Form};
use super::{Request, Response, Service, cbor, query};

/// The part of HTTP that says what is asked.
#[derive(Clone, Copy)]
pub(crate) struct Routed<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) target: Option<&'a str>,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

/// Splits a request from HTTP, or answers for the front of AWS's house. Says, too, whether CBOR was spoken, and is to
/// be answered in.
pub(crate) fn route(http: Routed<'_>) -> Result<(Request, bool), Response> {
    let Routed { method, path, target, authorization, body } = http;
    let signed = authorization.and_then(credential_scope);
    let offered = signed.is_some_and(|(_, service)| Service::by_signing_name(service).is_some());
    if method != "POST" && (offered || signed.is_none()) {
        return Err(refuse::another_method());
    }
    let Some((region, signed_for)) = signed else {
        return Err(refuse::unsigned());
    };
    let form = Form::of(path, target, signed_for, body);
    let asked = match form {
        Form::Cbor => by_path(path),
        Form::Json => target.and_then(by_target),
        Form::Query => by_action(signed_for, body),
        Form::Rest => None,
    };
    let Some((service, operation)) = asked else {
        return Err(refuse::not_offered(form, signed_for, named(form, http)));
    };
    let in_cbor = form == Form::Cbor;
    let body = match (in_cbor, body) {
        (false, body) => body.to_vec(),
        (true, []) => Vec::new(),
        (true, body) => {
            let value: Value = cbor::decode(body).ok_or_else(refuse::unreadable)?;
            value.to_string().into_bytes()
        }
    };
    Ok((Request { service, operation, region: region.to_owned(), body }, in_cbor))
}

/// The operation that is asked for, whoever is asked. Where the path says it, only who offers it can tell.
fn named(form: Form, http: Routed<'_>) -> Option<String> {
    match form {
        Form::Cbor => http.path.rsplit_once('/').map(|(_, operation)| operation.to_owned()),
        Form::Json => http.target?.rsplit_once('.').map(|(_, operation)| operation.to_owned()),
        Form::Query => query::form(http.body).ok()?.remove("Action"),
        Form::Rest => None,
    }
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
    let service = Service::by_signing_name(signed_for)?;
    Some((service, query::form(body).ok()?.remove("Action")?))
}

/// Region and service of `… Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
fn credential_scope(authorization: &str) -> Option<(&str, &str)> {
    let credential = authorization.split_once("Credential=")?.1.split([',', ' ']).next()?;
    let mut parts = credential.split('/').skip(2);
    Some((parts.next()?, parts.next()?))
}
