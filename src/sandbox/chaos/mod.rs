//! Faults on the wire: between the SDK and whatever answers it.
//!
//! [`Chaos`] is an HTTP client before another one. A rule says of every call
//! what becomes of it: a closure, or [`Faults`], which knows operations,
//! indices and probabilities. The same seed and the same calls meet the same
//! faults.
//!
//! It knows the outside of AWS's protocols and nothing of the world behind.
//! What the world itself does late (lists, IAM, services) is the world's.
//!
//! Ledger: W6, W7.

mod answer;
mod fate;
mod faults;
mod memory;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use tokio::sync::Notify;

use super::clock::Clock;
use answer::{Answer, Wire};
pub use fate::Fate;
pub use faults::Faults;
use memory::Memory;

/// An HTTP client that asks a rule about every call. Cheap to clone; all
/// clones are one.
#[derive(Clone)]
pub struct Chaos {
    inner: SharedHttpClient,
    clock: Clock,
    state: Arc<Mutex<State>>,
    dead: Arc<Notify>,
}

type Rule = Box<dyn FnMut(usize, &str) -> Fate + Send>;

/// Hears of operations and what became of them.
type Listener = Box<dyn FnMut(&str, Fate) + Send>;

/// A call and its fate.
#[derive(Clone, Copy)]
struct Met {
    index: usize,
    fate: Fate,
}

struct State {
    rule: Rule,
    told: Listener,
    seen: Vec<(String, Fate)>,
    /// The process is dead: what it still calls in its last moment is not heard.
    is_dead: bool,
    memory: Memory,
}

impl Chaos {
    /// Every call goes through, until [`Self::set`] says otherwise. `clock` is
    /// the one of the world behind: it says how old a stale answer is.
    pub fn new(inner: SharedHttpClient, clock: Clock) -> Self {
        let state = State {
            rule: Box::new(|_, _| Fate::Pass),
            told: Box::new(|_, _| ()),
            seen: Vec::new(),
            is_dead: false,
            memory: Memory::default(),
        };
        Self { inner, clock, state: Arc::new(Mutex::new(state)), dead: Arc::default() }
    }

    /// Begins to count anew, under another rule: index, from 0, and operation,
    /// such as `UpdateService`, of each call.
    pub fn set(&self, rule: impl FnMut(usize, &str) -> Fate + Send + 'static) {
        let mut state = self.lock();
        state.rule = Box::new(rule);
        state.seen.clear();
        state.is_dead = false;
    }

    /// [`Self::set`], by a table.
    pub fn follow(&self, mut faults: Faults) {
        self.set(move |index, operation| faults.fate(index, operation));
    }

    /// From now on `told` hears of each call that does not just go through: its operation and its fate, as
    /// [`Self::disturbed`] has them.
    pub fn tell(&self, told: impl FnMut(&str, Fate) + Send + 'static) {
        self.lock().told = Box::new(told);
    }

    /// The operations of all calls since the rule was set.
    pub fn seen(&self) -> Vec<String> {
        self.lock().seen.iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// The calls since then that did not just go through: index, operation, fate. A page that cannot be smaller, an answer
    /// that nobody remembers, and one of which nothing can be left out or said otherwise, do.
    pub fn disturbed(&self) -> Vec<(usize, String, Fate)> {
        let state = self.lock();
        let disturbed = state.seen.iter().enumerate().filter(|(_, (_, fate))| *fate != Fate::Pass);
        disturbed.map(|(index, (operation, fate))| (index, operation.clone(), *fate)).collect()
    }

    /// Resolves when a rule has let the process die: nothing that it calls goes through any more. Who calls afterwards is
    /// another one.
    pub async fn death(&self) {
        self.dead.notified().await;
        self.lock().is_dead = false;
    }

    fn die(&self) {
        self.lock().is_dead = true;
        self.dead.notify_one();
    }

    /// What the rule says, where it can come about, asked for where that is a small page; and the answer, where that is an
    /// old one.
    fn fate(&self, wire: &Wire, request: &mut HttpRequest) -> (Met, Option<Answer>) {
        let now = (self.clock)();
        let mut state = self.lock();
        let index = state.seen.len();
        let fate = (state.rule)(index, &wire.operation);
        let question = wire.question(request).filter(|_| fate == Fate::Stale);
        let old = question.and_then(|question| state.memory.recall(now, &question));
        let smaller = if fate == Fate::SmallPage { wire.for_a_small_page(request) } else { None };
        let is_possible = match fate {
            Fate::Stale => old.is_some(),
            Fate::SmallPage => smaller.is_some(),
            _ => true,
        };
        if let Some(smaller) = smaller {
            // The length is the connector's business; the signature is nobody's here.
            *request.body_mut() = SdkBody::from(smaller);
        }
        let fate = if is_possible { fate } else { Fate::Pass };
        if fate != Fate::Pass && !fate.is_of_the_answer() {
            (state.told)(&wire.operation, fate);
        }
        state.seen.push((wire.operation.clone(), fate));
        (Met { index, fate }, old)
    }

    /// What was to become of an answer came about, or could not.
    fn came_about(&self, met: Met, wire: &Wire, did: bool) {
        let Met { index, fate } = met;
        let mut state = self.lock();
        if did {
            (state.told)(&wire.operation, fate);
        } else if let Some(seen) = state.seen.get_mut(index).filter(|seen| **seen == (wire.operation.clone(), fate)) {
            // Another rule may have begun to count anew in between.
            seen.1 = Fate::Pass;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says nothing of what it remembers: answers can hold values.
impl fmt::Debug for Chaos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chaos").finish_non_exhaustive()
    }
}

impl Chaos {
    /// The same before a connector, which needs no client.
    pub fn before(&self, inner: impl HttpConnector + 'static) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { inner: SharedHttpConnector::new(inner), chaos: self.clone() })
    }
}

impl HttpClient for Chaos {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, chaos: self.clone() })
    }
}

#[derive(Clone, Debug)]
struct Connector {
    inner: SharedHttpConnector,
    chaos: Chaos,
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        if this.chaos.lock().is_dead {
            return HttpConnectorFuture::new(std::future::pending());
        }
        let wire = Wire::of(&request);
        match self.chaos.fate(&wire, &mut request) {
            (_, Some(old)) => HttpConnectorFuture::ready(old),
            (met, None) => HttpConnectorFuture::new(async move { this.meet(met, &wire, request).await }),
        }
    }
}

impl Connector {
    async fn meet(&self, met: Met, wire: &Wire, request: HttpRequest) -> Answer {
        match met.fate {
            // What is stale was answered already.
            Fate::Pass | Fate::Stale => self.pass(wire, request).await,
            Fate::Denied => wire.refusal(&answer::DENIED),
            Fate::Expired => wire.refusal(&answer::EXPIRED),
            Fate::NotFound => wire.refusal(&answer::NOT_FOUND),
            Fate::ServerError => wire.refusal(&answer::SERVER_ERROR),
            Fate::Throttled => wire.refusal(&answer::THROTTLED),
            Fate::OneFails => {
                self.altered(met, wire, request, |whole| answer::less(whole, Some("ACCESS_DENIED"))).await
            }
            Fate::OneForgotten => self.altered(met, wire, request, |whole| answer::less(whole, None)).await,
            Fate::ShortArns => self.altered(met, wire, request, answer::with_short_arns).await,
            Fate::SmallPage => self.inner.call(request).await,
            Fate::Lost => Err(ConnectorError::timeout("the request was lost".into())),
            Fate::ReplyLost => {
                let _applied = self.pass(wire, request).await;
                Err(ConnectorError::io("the reply was lost".into()))
            }
            Fate::NeverAnswers => {
                let _applied = self.pass(wire, request).await;
                std::future::pending().await
            }
            Fate::CrashBefore => {
                self.chaos.die();
                std::future::pending().await
            }
            Fate::CrashAfter => {
                let _applied = self.pass(wire, request).await;
                self.chaos.die();
                std::future::pending().await
            }
        }
    }

    /// Goes through, and is answered otherwise where that is possible.
    async fn altered(
        &self,
        met: Met,
        wire: &Wire,
        request: HttpRequest,
        alter: impl FnOnce(&HttpResponse) -> Option<Answer>,
    ) -> Answer {
        let whole = self.pass(wire, request).await;
        let altered = whole.as_ref().ok().and_then(alter);
        self.chaos.came_about(met, wire, altered.is_some());
        altered.unwrap_or(whole)
    }

    /// Goes through, and is remembered as it was answered.
    async fn pass(&self, wire: &Wire, request: HttpRequest) -> Answer {
        let question = wire.question(&request);
        let response = self.inner.call(request).await?;
        if let Some(question) = question.filter(|_| response.status().is_success()) {
            let now = (self.chaos.clock)();
            self.chaos.lock().memory.keep(now, question, &response);
        }
        Ok(response)
    }
}
