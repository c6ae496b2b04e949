//! Looks at the source again and again, and tells the loop what is new: also that it fails, and that it works.

use std::time::Duration;

use tokio::sync::mpsc;

use super::backoff::Backoff;
use super::chance::Chance;
use super::event::Event;
use super::source::{Looked, SETTLED, Source, SourceError};
use crate::cloud::clock::Clock;

/// Looks until nobody listens any more.
pub async fn follow(mut source: Source, interval: Duration, clock: Clock, seed: u64, events: mpsc::Sender<Event>) {
    let mut chance = Chance::new(seed);
    let mut failing: Option<(SourceError, Backoff)> = None;
    loop {
        let mut settling = false;
        let news = match source.look(clock.now()).await {
            Ok(Looked::Moved(snapshot)) => {
                (failing, settling) = (None, !snapshot.settled);
                Some(Event::SourceMoved(Ok(Some(Box::new(snapshot)))))
            }
            Ok(Looked::Unchanged) => {
                failing = None;
                Some(Event::SourceMoved(Ok(None)))
            }
            Ok(Looked::Settling) => {
                (failing, settling) = (None, true);
                Some(Event::SourceMoved(Ok(None)))
            }
            Ok(Looked::Settled) => {
                failing = None;
                Some(Event::SourceSettled)
            }
            Err(error) => {
                let known = failing.as_ref().is_some_and(|(before, _)| *before == error);
                // Another trouble, or another commit, is worth as many looks as the first one.
                let same = |(before, _): &(SourceError, Backoff)| before.is_like(&error);
                let backoff = failing.take().filter(same).map_or_else(Backoff::new, |(_, backoff)| backoff);
                failing = Some((error.clone(), backoff));
                (!known).then_some(Event::SourceMoved(Err(error)))
            }
        };
        if let Some(news) = news
            && events.send(news).await.is_err()
        {
            return;
        }
        let wait = match &mut failing {
            // Never more often than when it works.
            Some((_, backoff)) => backoff.next(&mut chance).max(interval),
            None if settling => SETTLED.min(interval),
            None => interval + chance.up_to(interval / 10),
        };
        tokio::select! {
            () = clock.sleep(wait) => {}
            () = source.heard() => {}
            () = events.closed() => return,
        }
    }
}
