//! A door that keeps a copy of the world before and after each call.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector as _, HttpConnectorFuture};
use evenkeel::sandbox::{Sandbox, World};

use crate::support::door;

/// The worlds around one call.
pub(super) struct Taken {
    pub(super) before: World,
    pub(super) after: World,
}

/// What it kept, in the order of the calls.
pub(super) type Tape = Arc<Mutex<Vec<Taken>>>;

/// A way into the sandbox that is recorded.
pub(super) fn recording(sandbox: &Sandbox, tape: &Tape) -> impl HttpClient + use<> {
    let (world_of, tape) = (sandbox.clone(), Arc::clone(tape));
    door::before(sandbox.http_client(), move |to, request| {
        let (world_of, tape, to) = (world_of.clone(), Arc::clone(&tape), to.clone());
        HttpConnectorFuture::new(async move {
            let before = world_of.with_world(|world| world.clone());
            let answer = to.call(request).await;
            let after = world_of.with_world(|world| world.clone());
            tape.lock().unwrap().push(Taken { before, after });
            answer
        })
    })
}
