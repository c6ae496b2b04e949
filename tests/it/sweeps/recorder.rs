//! A door that keeps a copy of the world before and after each call.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use evenkeel::sandbox::{Door, Sandbox, World};

/// The worlds around one call.
pub(super) struct Taken {
    pub(super) before: World,
    pub(super) after: World,
}

/// What it kept, in the order of the calls.
pub(super) type Tape = Arc<Mutex<Vec<Taken>>>;

#[derive(Clone)]
pub(super) struct Recorder {
    sandbox: Sandbox,
    inner: Door,
    tape: Tape,
}

impl Recorder {
    pub(super) fn before(sandbox: &Sandbox, tape: &Tape) -> Self {
        Self { sandbox: sandbox.clone(), inner: sandbox.http_client(), tape: Arc::clone(tape) }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl HttpClient for Recorder {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            let before = this.sandbox.with_world(|world| world.clone());
            let answer = this.inner.call(request).await;
            let after = this.sandbox.with_world(|world| world.clone());
            this.tape.lock().unwrap().push(Taken { before, after });
            answer
        })
    }
}
