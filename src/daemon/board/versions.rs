//! The current version of every secret, as looks found it: since when, and where it is another than before. Pure: it is told
//! the time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::daemon::Pass;
use crate::model::id::{Name, Stage, VersionId};
use crate::model::observed::Seen;
use crate::model::time::Timestamp;

/// What looks found. A secret that cannot be read keeps what was found last; one without a manifest is forgotten.
#[derive(Default)]
pub(super) struct Versions(BTreeMap<Name, Known>);

struct Known {
    version: VersionId,
    since: Timestamp,
}

/// What a look found.
pub(super) struct Found {
    /// How old the current versions are that it saw.
    pub(super) ages: Vec<(Name, Duration)>,
    /// Those that are others than before. What was there at the first look is not among them.
    pub(super) new: BTreeSet<Name>,
}

impl Versions {
    /// Takes in a look. AWS says when a version was made only where it is asked for it, which is where one has changed.
    pub(super) fn saw(&mut self, now: Timestamp, pass: &Pass<'_>) -> Found {
        let (mut ages, mut new) = (Vec::new(), BTreeSet::new());
        for (name, secret) in &pass.observed.secrets {
            let Some(secret) = secret.present() else { continue };
            let Some(version) = secret.stages.get(&Stage::current()) else { continue };
            let made = pass.observed.version_dates.get(name).and_then(Seen::present).copied();
            let before = self.0.get(name);
            let known = before.filter(|known| known.version == *version).map(|known| known.since);
            if before.is_some() && known.is_none() {
                new.insert(name.clone());
            }
            // Where a rotation makes the versions, the last one made this.
            let rotated = secret.last_rotated.filter(|_| secret.rotation.is_some());
            let since = made.or(known).or(rotated).unwrap_or(now);
            ages.push((name.clone(), now.since(since)));
            self.0.insert(name.clone(), Known { version: version.clone(), since });
        }
        self.0.retain(|name, _| pass.wanted.desired.secrets.contains_key(name));
        Found { ages, new }
    }

    /// The current version that was found last.
    pub(super) fn current(&self, name: &Name) -> Option<&VersionId> {
        self.0.get(name).map(|known| &known.version)
    }
}
