//! Hears of new versions through a queue, and tells the loop. A message is deleted when the pass that it caused is over, and
//! not before: whatever ends in between, it comes again.
//!
//! Only ever hastens what a sweep would find: the queue may be away, late, wrong or flooded, and nothing else suffers.

mod notice;

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::{mpsc, oneshot};

use super::backoff::Backoff;
use super::board::Board;
use super::chance::Chance;
use super::event::Event;
use crate::cloud::clock::Clock;
use crate::cloud::events::{Events, Handle, Message};
use crate::cloud::fault::{Fault, FaultKind};
use crate::model::time::Timestamp;
use notice::Notice;

/// Messages whose pass is not over; with more, none is fetched.
const MOST: usize = 1_000;

/// As many as are deleted at once.
const BATCH: usize = 10;

/// After nothing but messages that stay where they are: they must not be fetched as fast as they come back.
const PAUSE: Duration = Duration::from_secs(10);

/// Ids of messages that were complained about.
const REMEMBERED: usize = 1_000;

/// Listens until nobody wants to know any more.
pub async fn listen<E: Events>(queue: E, clock: Clock, seed: u64, board: Board, events: mpsc::Sender<Event>) {
    let ear = Ear { queue, clock, board: board.clone() };
    let mut state = State { chance: Chance::new(seed), failing: None, poison: BTreeSet::new() };
    let mut under_way: FuturesUnordered<Pin<Box<dyn Future<Output = Followed>>>> = FuturesUnordered::new();
    let mut in_hand = 0;
    let mut wait = Duration::ZERO;
    let mut receiving = None;
    // Until there is something to want no pass follows: the queue keeps its messages best.
    tokio::select! {
        () = board.loaded() => {}
        () = events.closed() => return,
    }
    loop {
        // Never given up half-way: what was received and not read would be away until it becomes visible again.
        if receiving.is_none() && in_hand < MOST {
            receiving = Some(Box::pin(ear.receive(wait)));
        }
        let received = async {
            match receiving.as_mut() {
                Some(receiving) => receiving.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = events.closed() => return,
            Some(followed) = under_way.next() => {
                in_hand -= followed.handles.len();
                ear.followed(followed).await;
            }
            answer = received => {
                receiving = None;
                let messages;
                (messages, wait) = state.answered(&ear.board, answer);
                let (heard, stay) = state.read(&ear, messages);
                if heard.handles.is_empty() && stay > 0 {
                    wait = PAUSE;
                }
                if let Some((secrets, followed)) = heard.ask() {
                    in_hand += followed.handles.len();
                    let (done, told) = oneshot::channel();
                    under_way.push(Box::pin(async move { Followed { over: told.await.is_ok(), ..followed } }));
                    if secrets.is_empty() {
                        // Nothing to look at: it is done already.
                        let _listening = done.send(());
                    } else if events.send(Event::SecretChanged { secrets, done }).await.is_err() {
                        return;
                    }
                }
            }
        }
        ear.board.figures().depth(in_hand);
    }
}

/// What is the same from message to message.
struct Ear<E> {
    queue: E,
    clock: Clock,
    board: Board,
}

/// What the task remembers.
struct State {
    chance: Chance,
    failing: Option<(FaultKind, Backoff)>,
    poison: BTreeSet<String>,
}

/// Messages that came together and can be dealt with.
#[derive(Default)]
struct Heard {
    secrets: BTreeSet<String>,
    handles: Vec<Handle>,
    since: Vec<Timestamp>,
}

/// Messages whose pass is over, or will not come.
struct Followed {
    over: bool,
    handles: Vec<Handle>,
    since: Vec<Timestamp>,
}

impl<E: Events> Ear<E> {
    async fn receive(&self, wait: Duration) -> Result<Vec<Message>, Fault> {
        self.clock.sleep(wait).await;
        self.queue.receive().await
    }

    /// What could not be deleted comes again, and is one more look.
    async fn followed(&self, Followed { over, handles, since }: Followed) {
        if !over {
            return;
        }
        for since in since {
            self.board.figures().followed(self.clock.now().since(since));
        }
        for batch in handles.chunks(BATCH) {
            match self.queue.delete(batch).await {
                Ok(0) => {}
                Ok(left) => tracing::warn!(left, "messages could not be deleted"),
                Err(fault) => tracing::warn!(error = %fault, "messages could not be deleted"),
            }
        }
    }
}

impl State {
    /// The queue works or fails, and how long to wait before it is asked again.
    fn answered(&mut self, board: &Board, answer: Result<Vec<Message>, Fault>) -> (Vec<Message>, Duration) {
        match answer {
            Ok(messages) => {
                if self.failing.take().is_some() {
                    tracing::info!("queue good");
                }
                board.queue(None);
                (messages, Duration::ZERO)
            }
            Err(fault) => {
                let known = self.failing.take();
                if known.as_ref().is_none_or(|(kind, _)| *kind != fault.kind) {
                    tracing::warn!(error = %fault, help = fault.advice(), "queue failing");
                }
                board.queue(Some(&fault));
                let mut backoff = known.map_or_else(Backoff::new, |(_, backoff)| backoff);
                let wait = backoff.next(&mut self.chance);
                self.failing = Some((fault.kind, backoff));
                (Vec::new(), wait)
            }
        }
    }

    /// What messages say. Those that say nothing stay where they are, until the queue's own rule sets them aside.
    fn read<E>(&mut self, ear: &Ear<E>, messages: Vec<Message>) -> (Heard, usize) {
        let mut heard = Heard::default();
        let mut stay = 0;
        for Message { id, handle, body } in messages {
            let result = match notice::read(&body) {
                Notice::Secret { secrets, version, at } => {
                    heard.secrets.extend(secrets);
                    heard.since.extend(at);
                    if let Some(version) = &version {
                        ear.board.told(version);
                    }
                    "secret"
                }
                Notice::Other => "other",
                Notice::Poison => {
                    stay += 1;
                    self.complain(id);
                    ear.board.figures().message("poison");
                    continue;
                }
            };
            heard.handles.push(handle);
            ear.board.figures().message(result);
        }
        (heard, stay)
    }

    /// Once for each message. Its id is all that is repeated of it.
    fn complain(&mut self, id: String) {
        if self.poison.len() >= REMEMBERED {
            self.poison.clear();
        }
        if !self.poison.contains(&id) {
            tracing::warn!(message_id = id, "a message is no event");
            self.poison.insert(id);
        }
    }
}

impl Heard {
    /// The secrets to look at, and what follows from it; `None` where there is nothing to follow.
    fn ask(self) -> Option<(BTreeSet<String>, Followed)> {
        let Self { secrets, handles, since } = self;
        (!handles.is_empty()).then_some((secrets, Followed { over: false, handles, since }))
    }
}
