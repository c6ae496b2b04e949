//! The door: an HTTP client for the AWS SDK that leads into the sandbox.
//!
//! With `chaos`, which stands before it, and the socket, which leads here, a
//! room with async and tokio.
//!
//! Ledger: X5.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::handle::Sandbox;
use super::wire::{Request, Response, Routed, cbor, route};

/// An HTTP client whose other end is a [`Sandbox`].
#[derive(Clone, Debug)]
pub struct Door {
    sandbox: Sandbox,
    latency: Duration,
}

impl Door {
    pub(super) fn new(sandbox: Sandbox, latency: Duration) -> Self {
        Self { sandbox, latency }
    }
}

impl HttpClient for Door {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Door {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let door = self.clone();
        HttpConnectorFuture::new(async move {
            let answer = match route(asked(&request)) {
                Ok((request, in_cbor)) => {
                    door.wait_for(&request).await;
                    let answer = door.sandbox.call(&request);
                    let answer = answer.map_err(|error| ConnectorError::other(error.into(), None))?;
                    if in_cbor { cbor::transcribed(answer) } else { answer }
                }
                Err(fault) => fault,
            };
            if !door.latency.is_zero() {
                tokio::time::sleep(door.latency).await;
            }
            http(answer)
        })
    }
}

/// How often a long poll looks. AWS tells nobody how often it does.
const LOOK_EVERY: Duration = Duration::from_millis(50);

impl Door {
    /// Waits, for as long as the request itself allows, until there is something to answer with.
    async fn wait_for(&self, request: &Request) {
        let mut left = self.sandbox.with_world(|world| world.patience(request));
        let until = left.map(|patience| self.sandbox.now() + patience);
        while left.is_some() && until.is_some_and(|until| self.sandbox.now() < until) {
            tokio::time::sleep(LOOK_EVERY).await;
            left = self.sandbox.with_world(|world| world.patience(request));
        }
    }
}

/// What stands in HTTP of what is asked.
pub(super) fn asked(request: &HttpRequest) -> Routed<'_> {
    let headers = request.headers();
    Routed {
        method: request.method(),
        path: path_of(request.uri()),
        target: headers.get("x-amz-target"),
        authorization: headers.get("authorization"),
        body: request.body().bytes().unwrap_or_default(),
    }
}

/// An answer as HTTP.
pub(super) fn http(response: Response) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(response.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut http = HttpResponse::new(status, SdkBody::from(response.body));
    for (name, value) in response.headers {
        http.headers_mut().insert(name, value);
    }
    Ok(http)
}

/// The path of a whole URI, or of a path alone.
fn path_of(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    rest.split('?').next().unwrap_or(rest)
}
