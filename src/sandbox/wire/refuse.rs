//! What is refused before anyone knows which operation is asked for, in the form that the caller reads.
//!
//! Ledger: W8.

use super::{Response, cbor, query};

/// How a request says what it wants, and an answer what it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `x-amz-target`.
    Json,
    /// `/service/PREFIX/operation/OPERATION`.
    Cbor,
    /// `Action=OPERATION` in a form.
    Query,
    /// Method and path.
    Rest,
}

impl Form {
    pub(super) fn of(path: &str, target: Option<&str>, signed_for: &str, body: &[u8]) -> Self {
        let has_action = || query::form(body).is_ok_and(|form| form.contains_key("Action"));
        if path.starts_with("/service/") && path.contains("/operation/") {
            Self::Cbor
        } else if target.is_some() {
            Self::Json
        } else if !IN_XML.contains(&signed_for) && has_action() {
            Self::Query
        } else {
            Self::Rest
        }
    }
}

/// The services whose operations are paths and whose answers are XML.
const IN_XML: [&str; 3] = ["s3", "cloudfront", "route53"];

const JSON: &str = "application/x-amz-json-1.1";
/// Longer than any name of AWS's.
const LONGEST: usize = 64;

/// Nobody here offers it. What is no name is not said again.
pub(super) fn not_offered(form: Form, service: &str, operation: Option<String>) -> Response {
    let is_name = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !name.is_empty() && name.len() <= LONGEST && name.bytes().all(allowed)
    };
    let service = if is_name(service) { service } else { "this service" };
    let message = match operation.filter(|name| is_name(name)) {
        Some(operation) => format!("the sandbox does not offer {service}:{operation}"),
        None => format!("the sandbox does not offer {service}, or not what is asked of it"),
    };
    match form {
        Form::Cbor => cbor::transcribed(in_json(400, "UnknownOperationException", &message)),
        Form::Query => {
            let error =
                format!("<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{message}</Message></Error>");
            in_xml("text/xml", format!("<ErrorResponse>{error}<RequestId>{NOBODY}</RequestId></ErrorResponse>"))
        }
        Form::Rest if IN_XML.contains(&service) => {
            let error = format!("<Error><Code>UnknownOperation</Code><Message>{message}</Message></Error>");
            in_xml("application/xml", error)
        }
        Form::Json | Form::Rest => in_json(400, "UnknownOperationException", &message),
    }
}

/// The id of a request that nobody got.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Whose request is it?
pub(super) fn unsigned() -> Response {
    in_json(403, "MissingAuthenticationTokenException", "the request is not signed, so nobody knows who is asked")
}

/// It cannot be read.
pub(super) fn unreadable() -> Response {
    in_json(400, "SerializationException", "the body is not CBOR that can be read")
}

/// It is no operation of anyone here.
pub(super) fn another_method() -> Response {
    in_json(405, "SandboxException", "the sandbox offers services whose every operation is a POST")
}

fn in_json(status: u16, code: &str, message: &str) -> Response {
    let body = format!(r#"{{"__type":"{code}","message":"{message}"}}"#);
    let headers = vec![("content-type", JSON.to_owned()), ("x-amzn-errortype", code.to_owned())];
    Response { status, headers, body: body.into_bytes() }
}

fn in_xml(kind: &str, body: String) -> Response {
    Response { status: 400, headers: vec![("content-type", kind.to_owned())], body: body.into_bytes() }
}
