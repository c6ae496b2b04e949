//! Sends HTTP requests to others than AWS, with the SDK's own connector: one TLS for everything.

use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::cloud::host;

/// It needs a runtime of tokio around it, as the SDK does.
#[derive(Debug)]
pub struct Post(Connector);

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// It would leave this machine unencrypted.
    #[error("{0} is not encrypted and leads to another machine: use https, or a collector on this one")]
    PlainText(String),
    /// The request or the answer makes no sense.
    #[error("the message cannot be put into words")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nobody answered in time.
    #[error("there is no answer")]
    Unanswered(#[source] Box<dyn std::error::Error + Send + Sync>),
}

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

impl Post {
    /// Nothing is connected yet.
    pub fn new() -> Self {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_WITHIN).read_timeout(ANSWER_WITHIN);
        let connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .connector_settings(settings.build())
            .sleep_impl(TokioSleep::new());
        Self(connector.build())
    }

    /// One request, and all of its answer: the status and the body.
    ///
    /// # Errors
    /// There is no answer; one with any status is.
    pub async fn send<'h>(
        &self,
        uri: &str,
        headers: impl Iterator<Item = (&'h str, &'h str)>,
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), PostError> {
        if host::is_exposed(uri) {
            // What else stands in an address may be a token.
            return Err(PostError::PlainText(host::of_uri(uri).to_owned()));
        }
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").map_err(|error| PostError::Malformed(error.into()))?;
        request.set_uri(uri).map_err(|error| PostError::Malformed(error.into()))?;
        for (name, value) in headers {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        let answer = self.0.call(request).await.map_err(|error| PostError::Unanswered(error.into()))?;
        let status = answer.status().as_u16();
        let body = ByteStream::new(answer.into_body()).collect().await;
        Ok((status, body.map_err(|error| PostError::Unanswered(error.into()))?.to_vec()))
    }
}

impl Default for Post {
    fn default() -> Self {
        Self::new()
    }
}
