//! A door that keeps a copy of the world before and after each call.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector as _, HttpConnectorFuture};
use evenkeel::sandbox::{Sandbox, World};

use crate::support::door;

/// One call and the worlds around it.
pub(super) struct Taken {
    pub(super) operation: String,
    pub(super) before: World,
    pub(super) after: World,
}

/// What it keeps, in the order in which the calls begin; one that has not ended is not there yet.
pub(super) type Tape = Arc<Mutex<Vec<Option<Taken>>>>;

/// A way into the sandbox that is recorded.
pub(super) fn recording(sandbox: &Sandbox, tape: &Tape) -> impl HttpClient + use<> {
    let (world_of, tape) = (sandbox.clone(), Arc::clone(tape));
    door::before(sandbox.http_client(), move |to, request| {
        let (world_of, tape, to) = (world_of.clone(), Arc::clone(&tape), to.clone());
        let operation = door::operation(&request).to_owned();
        let place = {
            let mut kept = tape.lock().unwrap();
            kept.push(None);
            kept.len() - 1
        };
        HttpConnectorFuture::new(async move {
            let before = world_of.with_world(|world| world.clone());
            let answer = to.call(request).await;
            let after = world_of.with_world(|world| world.clone());
            tape.lock().unwrap()[place] = Some(Taken { operation, before, after });
            answer
        })
    })
}
