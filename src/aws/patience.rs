//! How long the looks of a daemon wait for an answer. What is not answered is given up at once, and asked again by the next
//! look, which waits for it briefly until it answers: one endpoint that is silent keeps nobody else waiting.
//!
//! No end is set to a look as a whole: its reads follow from each other, and wait for their turn, so that what is asked last
//! would be given up because of what was asked first.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use crate::model::time::Timestamp;

/// Of what is waited for otherwise: whoever was silent is waited for so much of it.
const PART: u32 = 6;

/// After that, what was silent is waited for as long as anything: it may just be slow.
const FORGOTTEN: Duration = Duration::from_mins(10);

tokio::task_local! {
    /// Is this one of those looks?
    static BRIEFLY: ();
}

/// In there nobody is waited for twice.
pub(super) async fn briefly<T>(look: impl Future<Output = T>) -> T {
    BRIEFLY.scope((), look).await
}

/// Is this said within such a look?
pub(super) fn is_brief() -> bool {
    BRIEFLY.try_with(|()| ()).is_ok()
}

/// Who was silent when they were asked last. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Patience(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    /// When an endpoint answered last.
    heard: BTreeMap<String, Timestamp>,
    /// Since when there has been silence.
    silent: BTreeMap<Asked, Timestamp>,
}

/// Who is asked, and for what.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Endpoint(String),
    Request(u64),
}

/// One question of such a look.
pub(super) struct Question {
    endpoint: String,
    request: u64,
}

impl Question {
    /// What a request asks: the same one again is the same question.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let uri = request.uri();
        let endpoint = uri.split('/').nth(2).unwrap_or(uri).to_owned();
        let mut hasher = DefaultHasher::new();
        (uri, request.headers().get("x-amz-target"), request.body().bytes()).hash(&mut hasher);
        Self { endpoint, request: hasher.finish() }
    }

    fn both(&self) -> [Asked; 2] {
        [Asked::Endpoint(self.endpoint.clone()), Asked::Request(self.request)]
    }
}

impl Patience {
    /// How long to wait for the answer, where anyone else is waited for so long.
    pub(super) fn with(&self, question: &Question, now: Timestamp, usual: Duration) -> Duration {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.silent.retain(|_, since| *since + FORGOTTEN > now);
        let is_silent = question.both().iter().any(|asked| memory.silent.contains_key(asked));
        if is_silent { usual / PART } else { usual }
    }

    /// It was answered, in whatever way.
    pub(super) fn answered(&self, question: &Question, now: Timestamp) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.heard.insert(question.endpoint.clone(), now);
        for asked in question.both() {
            memory.silent.remove(&asked);
        }
    }

    /// It was not, since it was sent. An endpoint that answered others meanwhile is not silent.
    pub(super) fn silent(&self, question: &Question, sent: Timestamp, now: Timestamp) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [endpoint, request] = question.both();
        memory.silent.entry(request).or_insert(now);
        if memory.heard.get(&question.endpoint).is_none_or(|heard| *heard < sent) {
            memory.silent.entry(endpoint).or_insert(now);
        }
    }
}
