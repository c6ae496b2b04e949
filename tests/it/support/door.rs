//! A door before an HTTP client: a function sees each request on its way, and decides what becomes of it.

#[cfg(feature = "sandbox")]
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
#[cfg(feature = "sandbox")]
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
#[cfg(feature = "sandbox")]
use aws_smithy_runtime_api::http::StatusCode;
#[cfg(feature = "sandbox")]
use aws_smithy_types::body::SdkBody;

/// A client whose requests `pass` sees first; it is given the way on.
pub(crate) fn before<C, F>(to: C, pass: F) -> impl HttpClient + Clone + 'static
where
    C: HttpClient + Clone + 'static,
    F: Fn(&SharedHttpConnector, HttpRequest) -> HttpConnectorFuture + Clone + Send + Sync + 'static,
{
    Before { to, pass }
}

/// A client whose requests are heard, and go on as they are.
#[cfg(feature = "sandbox")]
pub(crate) fn listening<C, F>(to: C, hear: F) -> impl HttpClient + Clone + 'static
where
    C: HttpClient + Clone + 'static,
    F: Fn(&HttpRequest) + Clone + Send + Sync + 'static,
{
    before(to, move |to, request| {
        hear(&request);
        to.call(request)
    })
}

/// A client some of whose answers are other ones: `edit` sees the target and the body of the request, with a space between
/// them, and the body of the answer. Text with a `__type` in it is an error.
#[cfg(feature = "sandbox")]
pub(crate) fn editing<C, F>(to: C, edit: F) -> impl HttpClient + Clone + 'static
where
    C: HttpClient + Clone + 'static,
    F: FnMut(&str, &str) -> Option<String> + Send + 'static,
{
    let edit = Arc::new(Mutex::new(edit));
    before(to, move |to, request| {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let asked = format!("{} {body}", target(&request));
        let (answer, edit) = (to.call(request), edit.clone());
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let body = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default()).into_owned();
            let edited = (edit.lock().unwrap())(&asked, &body);
            Ok(edited.map_or(answer, |text| {
                let status = if text.contains("__type") { 400 } else { 200 };
                HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(text))
            }))
        })
    })
}

/// What the JSON protocols call the operation: its name behind a dot.
#[cfg(feature = "sandbox")]
fn target(request: &HttpRequest) -> &str {
    request.headers().get("x-amz-target").unwrap_or_default()
}

/// The name of the operation, as it stands in each protocol.
#[cfg(feature = "sandbox")]
pub(crate) fn operation(request: &HttpRequest) -> &str {
    if let Some((_, operation)) = request.uri().split_once("/operation/") {
        return operation;
    }
    let form = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.unwrap_or_else(|| target(request).rsplit('.').next().unwrap_or_default())
}

#[derive(Clone)]
struct Before<C, F> {
    to: C,
    pass: F,
}

impl<C: HttpClient, F> HttpClient for Before<C, F>
where
    F: Fn(&SharedHttpConnector, HttpRequest) -> HttpConnectorFuture + Clone + Send + Sync + 'static,
{
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        let to = self.to.http_connector(settings, parts);
        SharedHttpConnector::new(Before { to, pass: self.pass.clone() })
    }
}

impl<F> HttpConnector for Before<SharedHttpConnector, F>
where
    F: Fn(&SharedHttpConnector, HttpRequest) -> HttpConnectorFuture + Send + Sync,
{
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        (self.pass)(&self.to, request)
    }
}

impl<C, F> std::fmt::Debug for Before<C, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Before").finish_non_exhaustive()
    }
}
