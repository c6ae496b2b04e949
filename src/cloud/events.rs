//! The seam through which changes are heard of. Knows neither queues nor what a message says.

use super::fault::Fault;

/// Hears of changes. A message that is not deleted comes again.
pub trait Events {
    /// Waits for messages, for as long as the service lets one wait: at most ten, possibly none.
    fn receive(&self) -> impl Future<Output = Result<Vec<Message>, Fault>> + Send;

    /// These have been dealt with, at most ten. Says how many come again all the same.
    fn delete(&self, messages: &[Handle]) -> impl Future<Output = Result<usize, Fault>> + Send;
}

/// What came, once: the same may come again under another handle.
#[derive(Clone)]
pub struct Message {
    /// What the service calls it.
    pub id: String,
    /// With what it is deleted.
    pub handle: Handle,
    /// What it says. Anyone may have written it.
    pub body: String,
}

/// What a message is deleted with.
#[derive(Clone)]
pub struct Handle(pub String);
