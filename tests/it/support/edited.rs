//! A door before AWS behind which answers are edited: they say less than they should.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

/// What becomes of an answer: the request's body and the answer's, and what is answered in its place.
pub(crate) type Edit = Arc<Mutex<dyn FnMut(&str, &str) -> Option<String> + Send>>;

/// A door behind which answers are edited.
#[derive(Clone)]
pub(crate) struct Editor<C> {
    pub(crate) to: C,
    pub(crate) edit: Edit,
}

impl<C> std::fmt::Debug for Editor<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Editor").finish_non_exhaustive()
    }
}

impl<C: HttpConnector + Clone + 'static> HttpClient for Editor<C> {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl<C: HttpConnector + Clone + 'static> HttpConnector for Editor<C> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let (this, asked) = (self.clone(), target + " " + &body);
        HttpConnectorFuture::new(async move {
            let response = this.to.call(request).await?;
            let answer = String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned();
            let edited = (this.edit.lock().unwrap())(&asked, &answer);
            Ok(match edited {
                Some(text) => {
                    let status = if text.contains("__type") { 400 } else { 200 };
                    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(text))
                }
                None => response,
            })
        })
    }
}
