//! The history of a world as text: calls and notes, what services said, how
//! tasks ended. Two worlds that went the same way have the same log.
//!
//! Holds names, ids and error codes. Never a value.

use std::fmt::Write as _;

use super::clock::Millis;
use super::journal::{Call, What};
use super::world::World;

impl World {
    /// All that is still kept, oldest first, one line each ([W5]).
    pub fn log(&self) -> String {
        let mut lines: Vec<(Millis, String)> = Vec::new();
        for entry in self.journal.entries() {
            let text = match &entry.what {
                What::Call(Call { service, operation, subject, effect: _, error }) => {
                    let subject = subject.as_deref().unwrap_or("-");
                    let ended = error.as_deref().unwrap_or("ok");
                    format!("{}:{operation} {subject}: {ended}", service.signing_name())
                }
                What::Note(note) => format!("note: {note}"),
            };
            lines.push((entry.at, format!("{:>8} {text}", entry.number)));
        }
        for (key, service) in self.ecs.services() {
            let events = service.events.iter().rev();
            lines.extend(events.map(|event| (event.at, format!("{key}: {}", event.message))));
        }
        for task in self.ecs.tasks().values() {
            lines.push((task.created, format!("task {} of {}", task.id, task.service)));
            if let (Some(stop), Some(at)) = (&task.stop, task.stopped) {
                lines.push((at, format!("task {} stopped: {:?}: {}", task.id, stop.code, stop.reason)));
            }
        }
        // Stable: what happened at one moment stays in its own order.
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().fold(String::new(), |mut log, (at, line)| {
            // Writing to a String cannot fail.
            let _ = writeln!(log, "{} {line}", at.0);
            log
        })
    }
}
