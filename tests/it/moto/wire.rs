//! How this process reaches a port of this machine with the SDK: requests keep everything but where they go.

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpClient};

use crate::support::door::before;

/// An HTTP client that sends everything to one port, for one account. The scope of the signature stays, so moto knows
/// service and Region; the account is that of the header, where the access key belongs to none.
pub(crate) fn to(port: u16, account: &str) -> SharedHttpClient {
    let (uri, account) = (format!("http://127.0.0.1:{port}/"), account.to_owned());
    SharedHttpClient::new(before(aws_smithy_http_client::Builder::new().build_http(), move |to, mut request| {
        request.set_uri(uri.as_str()).expect("a URI");
        request.headers_mut().insert("x-moto-account-id", account.clone());
        to.call(request)
    }))
}
