//! How this process reaches a port of this machine with the SDK: requests keep everything but where they go.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// An HTTP client that sends everything to one port, for one account. The scope of the signature stays, so moto knows
/// service and Region; the account is that of the header, where the access key belongs to none.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    inner: SharedHttpClient,
    uri: String,
    account: String,
}

impl Wire {
    pub(crate) fn to(port: u16, account: &str) -> SharedHttpClient {
        let inner = aws_smithy_http_client::Builder::new().build_http();
        SharedHttpClient::new(Self { inner, uri: format!("http://127.0.0.1:{port}/"), account: account.to_owned() })
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Redirected { inner, wire: self.clone() })
    }
}

#[derive(Debug)]
struct Redirected {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for Redirected {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        request.set_uri(self.wire.uri.as_str()).expect("a URI");
        request.headers_mut().insert("x-moto-account-id", self.wire.account.clone());
        self.inner.call(request)
    }
}
