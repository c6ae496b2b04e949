//! What can wake the daemon. Closed: there is nothing else.

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use super::source::{Snapshot, SourceError};

/// Something that says "look again". Many of them are one pass: nothing in them is believed but that.
pub enum Event {
    /// The source was looked at and has something new; `None` where nothing is. Or it fails, in another way than before.
    SourceMoved(Result<Option<Box<Snapshot>>, SourceError>),
    /// What the source had last is all that there is: more was thought to be on its way.
    SourceSettled,
    /// Secrets may have new versions.
    SecretChanged {
        /// Their names or ARNs.
        secrets: BTreeSet<String>,
        /// Is told when the pass that this caused is over.
        done: oneshot::Sender<()>,
    },
    /// Look now, whatever the schedule says.
    WakeUp,
    /// Finish what is under way, and end.
    Shutdown,
}
