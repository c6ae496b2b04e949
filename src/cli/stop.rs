//! Someone wants the program to stop: heard once, known everywhere. Knows nothing of what has to be finished first.

use std::cell::Cell;
use std::rc::Rc;

use tokio::signal::unix::{Signal, SignalKind, signal};
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
    let mut either = Either::heard(SignalKind::terminate(), SignalKind::interrupt())?;
    Ok(async move {
        either.come().await;
    })
}

/// All that ends a command which has something to put away first. From here on none of them ends the process by itself.
pub(super) struct Signals {
    /// SIGTERM and SIGHUP: a supervisor's, and those of a terminal that is gone.
    pub(super) others: Either,
    /// SIGINT and SIGQUIT, which a terminal sends to everyone who runs in it.
    pub(super) keyboard: Either,
}

/// One of two signals.
pub(super) struct Either([(SignalKind, Signal); 2]);

impl Signals {
    /// # Errors
    /// The system lets nobody hear of them.
    pub(super) fn heard() -> Result<Self, CliError> {
        Ok(Self {
            others: Either::heard(SignalKind::terminate(), SignalKind::hangup())?,
            keyboard: Either::heard(SignalKind::interrupt(), SignalKind::quit())?,
        })
    }

    /// Whichever comes first.
    pub(super) async fn any(&mut self) {
        tokio::select! {
            _ = self.others.come() => {}
            _ = self.keyboard.come() => {}
        }
    }
}

impl Either {
    fn heard(one: SignalKind, other: SignalKind) -> Result<Self, CliError> {
        let heard = |kind| Ok((kind, signal(kind).map_err(CliError::Start)?));
        Ok(Self([heard(one)?, heard(other)?]))
    }

    /// Which of them came.
    pub(super) async fn come(&mut self) -> SignalKind {
        let Self([(one, first), (other, second)]) = self;
        tokio::select! {
            _ = first.recv() => *one,
            _ = second.recv() => *other,
        }
    }
}
