//! Someone wants the program to stop: heard once, known everywhere. Knows nothing of what has to be finished first.

use std::cell::Cell;
use std::rc::Rc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use super::CliError;

/// Someone asked to stop.
#[derive(Clone, Default)]
pub(super) struct Stop {
    asked: Rc<Cell<bool>>,
    bell: Rc<Notify>,
}

impl Stop {
    pub(super) fn is_set(&self) -> bool {
        self.asked.get()
    }

    pub(super) async fn happens(&self) {
        self.bell.notified().await;
    }

    pub(super) fn set(&self) {
        self.asked.set(true);
        self.bell.notify_one();
    }
}

/// Ctrl-C, or what a supervisor sends in its place; heard from the call on, not only once it is waited for.
///
/// # Errors
/// The system lets nobody hear of it.
pub(super) fn asked_to_stop() -> Result<impl Future<Output = ()>, CliError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Start)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
