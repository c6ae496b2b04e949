//! What a person sees of rollouts as they go: a table that stays in its place on a terminal, a line for each thing that
//! happens everywhere else.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use super::out::Out;
use crate::cloud::clock::Clock;
use crate::follow::{Rollouts, Viewer};
use crate::model::cause::Cause;
use crate::model::id::Name;
use crate::model::time::Timestamp;
use crate::render::region::Region;
use crate::render::rollouts::{frame, happening};
use crate::render::style::Style;
use crate::status::rollout::{Event, Rollout, State};

/// Between two drawings: what changes in between are times alone.
const TICK: Duration = Duration::from_secs(1);

/// Stopped tasks of one cause that are told one by one.
const TOLD: usize = 3;

/// Shows rollouts. When it goes, the cursor is there again.
pub(super) struct Live {
    out: Out,
    clock: Clock,
    rollouts: RefCell<Rollouts>,
    told: RefCell<BTreeMap<Name, Vec<String>>>,
    above: RefCell<Vec<String>>,
    region: RefCell<Region>,
}

impl Live {
    pub(super) fn new(out: Out, clock: Clock) -> Self {
        Self {
            out,
            clock,
            rollouts: RefCell::default(),
            told: RefCell::default(),
            above: RefCell::default(),
            region: RefCell::default(),
        }
    }

    /// Draws once a second, for ever; where nothing is drawn, does nothing.
    pub(super) async fn tick(&self) {
        loop {
            self.clock.sleep(TICK).await;
            self.draw();
        }
    }

    /// Tells what would have been told of a rollout that failed while nobody looked.
    pub(super) fn found(&self, name: &Name, rollout: &Rollout, events: &[Event], now: Timestamp) {
        let mut told: BTreeMap<&Cause, usize> = BTreeMap::new();
        for event in events {
            if let Event::TaskStopped(_, cause) = event {
                let count = told.entry(cause).or_default();
                *count += 1;
                if *count > TOLD {
                    continue;
                }
            }
            self.tell(name, rollout, event, now);
        }
    }

    fn tell(&self, name: &Name, rollout: &Rollout, event: &Event, now: Timestamp) {
        let lines = happening(name, rollout, event, now, self.out.aside);
        if self.out.live {
            // The table shows where everything is: only what it will not show any more stands above it.
            let stays = match event {
                Event::TaskStopped(..) | Event::Superseded(_) => true,
                Event::Entered => matches!(rollout.state, State::RollingBack | State::Gone),
                Event::Progress => false,
            };
            if stays {
                self.above.borrow_mut().extend(lines);
            }
            return;
        }
        if self.told.borrow_mut().insert(name.clone(), lines.clone()).as_ref() != Some(&lines) {
            self.out.say(&lines.join("\n"));
        }
    }

    /// Takes the table away, so that something else can be said; the next drawing is below that.
    pub(super) fn clear(&self) {
        if self.out.live && !self.rollouts.borrow().is_empty() {
            let above = self.above.take();
            let mut region = self.region.borrow_mut();
            Out::draw(&region.draw(&above, &[], Out::size().0));
            Out::draw(region.finish());
        }
    }

    /// Leaves the table where it is.
    pub(super) fn leave(&self) {
        Out::draw(self.region.borrow_mut().finish());
    }

    /// Draws it as it was seen last.
    pub(super) fn draw(&self) {
        if !self.out.live || self.rollouts.borrow().is_empty() {
            return;
        }
        let (width, height) = Out::size();
        let style = Style { width, ..self.out.aside };
        let lines = frame(&self.rollouts.borrow(), self.clock.now(), style, height);
        let above = self.above.take();
        Out::draw(&self.region.borrow_mut().draw(&above, &lines, width));
    }
}

impl Viewer for Live {
    fn wants_tasks(&self) -> bool {
        self.out.live
    }

    fn happened(&self, name: &Name, rollout: &Rollout, event: &Event, now: Timestamp) {
        if matches!(event, Event::TaskStopped(_, cause) if rollout.causes.get(cause).is_some_and(|count| *count > TOLD))
        {
            return;
        }
        self.tell(name, rollout, event, now);
    }

    fn seen(&self, rollouts: &Rollouts, _: Timestamp) {
        self.rollouts.borrow_mut().clone_from(rollouts);
        self.draw();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.leave();
    }
}
