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
use super::wire::{Response, route};

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
            let headers = request.headers();
            let body = request.body().bytes().unwrap_or_default();
            let answer = match route(headers.get("x-amz-target"), headers.get("authorization"), body) {
                Ok(request) => door.sandbox.call(&request).map_err(|error| ConnectorError::other(error.into(), None)),
                Err(fault) => Ok(fault),
            };
            if !door.latency.is_zero() {
                tokio::time::sleep(door.latency).await;
            }
            http(answer?)
        })
    }
}

fn http(response: Response) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(response.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut http = HttpResponse::new(status, SdkBody::from(response.body));
    for (name, value) in response.headers {
        http.headers_mut().insert(name, value);
    }
    Ok(http)
}
