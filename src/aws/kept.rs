//! What was read once and need not be read again, as long as anyone asks for it.
//!
//! Revisions come and go for as long as a daemon runs: what nobody has asked for in a day is forgotten, and costs a call if
//! someone does. It knows nothing of what it keeps.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::arn::Arn;
use crate::model::time::Timestamp;

/// What nobody asks for in so long is forgotten. Every exact look asks for each revision that is in use.
const UNUSED: Duration = Duration::from_hours(24);

/// Things by ARN.
pub(super) struct Kept<T> {
    things: BTreeMap<Arn, Thing<T>>,
    /// When what was unused was forgotten last.
    cleared: Timestamp,
}

struct Thing<T> {
    content: T,
    used: Timestamp,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { things: BTreeMap::new(), cleared: Timestamp::default() }
    }
}

impl<T> Kept<T> {
    pub(super) fn get(&mut self, arn: &Arn, now: Timestamp) -> Option<&T> {
        let thing = self.things.get_mut(arn)?;
        thing.used = now;
        Some(&thing.content)
    }

    pub(super) fn insert(&mut self, arn: Arn, content: T, now: Timestamp) {
        if now.since(self.cleared) >= UNUSED {
            self.things.retain(|_, thing| now.since(thing.used) < UNUSED);
            self.cleared = now;
        }
        self.things.insert(arn, Thing { content, used: now });
    }

    pub(super) fn remove(&mut self, arn: &Arn) {
        self.things.remove(arn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_asked_for_in_a_day_is_forgotten_and_what_is_asked_for_stays() {
        let at = |hours: u64| Timestamp::from_secs(0) + Duration::from_hours(hours);
        let [old, used, new] = ["old", "used", "new"].map(Arn::new);
        let mut kept = Kept::default();
        kept.insert(old.clone(), 1, at(24));
        kept.insert(used.clone(), 2, at(24));
        assert_eq!(kept.get(&used, at(47)), Some(&2));
        assert_eq!(kept.things.len(), 2);
        kept.insert(new.clone(), 3, at(48));
        assert_eq!(kept.get(&old, at(48)), None);
        assert_eq!(kept.get(&used, at(48)), Some(&2));
        assert_eq!(kept.get(&new, at(48)), Some(&3));
        kept.remove(&new);
        assert_eq!(kept.get(&new, at(48)), None);
    }
}
