//! Someone wants the program to stop: heard once, known everywhere. Knows nothing of what has to be finished first.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;

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

/// Ctrl-C, or what a supervisor sends in its place.
pub(super) async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _asked = tokio::signal::ctrl_c().await;
}
