//! Points: one call of a scenario and what becomes of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evenkeel::model::desired::Desired;
use evenkeel::model::secret_value::ValueSource;
use evenkeel::sandbox::chaos::Fate;
use evenkeel::sandbox::{Sandbox, World};
use serde_json::Value;

use super::judge::{estate, refused};
use super::recorder::{Taken, Tape, recording};
use super::scenarios::Scenario;
use super::{proving, tell};
use crate::support::lab::{Lab, PAUSE, in_virtual_time_unlogged};

/// Longer than a copy of a secret takes to come about, or a task to be stopped.
const AFTERWARDS: Duration = Duration::from_mins(2);

/// Of so many points in a row one death is played.
const DEATHS_PLAYED: usize = 7;

/// A scenario, prepared, and how it goes when nothing disturbs it.
pub(crate) struct Course {
    name: &'static str,
    before: World,
    wanted: Desired,
    /// Between passes.
    pause: Duration,
    /// The operation of each call.
    pub(crate) calls: Vec<String>,
    /// How many calls the sandbox says that it was asked, by its own journal.
    answered: usize,
    /// The worlds before and after each call.
    tape: Vec<Taken>,
    expected: Ending,
}

/// How a run ends.
#[derive(PartialEq)]
struct Ending {
    picture: BTreeMap<String, Value>,
    /// Versions of secrets, ACTIVE revisions, deployments.
    counts: [usize; 3],
}

impl Course {
    /// Plays the scenario once.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        Self::with(scenario, PAUSE)
    }

    /// The same, with so much time between passes.
    pub(crate) fn with(scenario: &Scenario, pause: Duration) -> Self {
        let Scenario { name, prepare, is_long: _ } = scenario;
        let tape = Tape::default();
        let (before, wanted) = in_virtual_time_unlogged(async {
            let (lab, wanted) = prepare().await;
            (lab.sandbox.with_world(|world| world.clone()), wanted)
        });
        let (calls, answered, tape, expected) = in_virtual_time_unlogged(async {
            let lab = Lab::at(before.clone(), |sandbox| recording(sandbox, &tape)).await;
            lab.chaos.set(|_, _| Fate::Pass);
            lab.sandbox.with_world(|world| world.journal.clear());
            // Of a new process nothing has been asked yet.
            tape.lock().unwrap().clear();
            lab.converge_with(&wanted, pause).await;
            let calls = lab.chaos.seen();
            let answered = lab.sandbox.with_world(|world| world.journal.calls().count());
            let kept: Option<Vec<Taken>> = tape.lock().unwrap().drain(..).collect();
            let expected = Ending::of(&lab, &wanted, &before).await;
            (calls, answered, kept.expect("every call has ended"), expected)
        });
        assert!(calls.len() >= 8, "{name}: too few calls to be the scenario: {calls:?}");
        let kept: Vec<&String> = tape.iter().map(|taken| &taken.operation).collect();
        assert_eq!(kept, calls.iter().collect::<Vec<_>>(), "{name}: the tape is out of step with the calls");
        let changed = tape.iter().any(|taken| state(&taken.before) != state(&taken.after));
        assert!(changed, "{name}: nothing was to be done");
        Self { name, before, wanted, pause, calls, answered, tape, expected }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn before(&self) -> &World {
        &self.before
    }

    pub(crate) fn wanted(&self) -> &Desired {
        &self.wanted
    }

    /// Before and after each call the process dies and another one starts, with nothing remembered; and the reply of each
    /// call is lost. Of the deaths, which leave nothing but a world, some are played and the others begin in that world.
    pub(super) fn sweep(&self) {
        let mut tally = Tally::default();
        let mut failures = Vec::new();
        // Processes that remember nothing, and start at one moment in one world, go one way.
        let mut gone: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (index, call) in self.calls.iter().enumerate() {
            for fate in [Fate::CrashBefore, Fate::CrashAfter, Fate::ReplyLost] {
                let is_played = fate == Fate::ReplyLost || proving() || tally.points % DEATHS_PLAYED == 0;
                tally.points += 1;
                let failure = if is_played {
                    tally.runs += 1;
                    let Disturbed { wrong, met } = self.disturbed(&[(index, fate)]);
                    tally.covered += usize::from(met.first() == Some(&(index, call.clone(), fate)));
                    wrong
                } else {
                    // The tape has the worlds around each call (`Course::of`): the process begins in one of them.
                    tally.covered += 1;
                    let world = self.left(index, fate);
                    let again = gone.entry(state(world));
                    let runs = &mut tally.runs;
                    again
                        .or_insert_with(|| {
                            *runs += 1;
                            self.restarted(world)
                        })
                        .clone()
                };
                failures.extend(failure.map(|why| format!("{fate:?} at call {index}, {call}: {why}")));
            }
        }
        let (covered, points) = tally.added();
        tell(&format!("sweep of {}: {tally}; {covered} of {points} so far", self.name));
        assert!(failures.is_empty(), "{}: {} points\n{}", self.name, failures.len(), failures.join("\n"));
        assert_eq!(tally.points, 3 * self.answered, "{}: not every call has its three points", self.name);
        assert_eq!(tally.covered, tally.points, "{}: a call did not meet what it was to meet", self.name);
    }

    /// The world that a death at a call leaves.
    fn left(&self, index: usize, fate: Fate) -> &World {
        let Taken { operation: _, before, after } = &self.tape[index];
        if fate == Fate::CrashBefore { before } else { after }
    }

    /// What two runs leave alike: a value that is generated is another one each time.
    fn left_behind(&self, world: &World) -> String {
        let mut left = lasting(world);
        for secret in
            self.wanted.secrets.values().filter(|secret| matches!(secret.value, Some(ValueSource::Generate(_))))
        {
            let versions = &mut left["secrets"]["secrets"]["newest"][secret.secret_name.as_str()]["versions"];
            for version in versions.as_object_mut().into_iter().flat_map(|versions| versions.values_mut()) {
                version["value"].take();
            }
            // Tasks may have it in theirs.
            left["ecs"]["environments"].take();
        }
        left.to_string()
    }

    /// Plays it again with one or two calls disturbed.
    pub(crate) fn disturbed(&self, faults: &[(usize, Fate)]) -> Disturbed {
        let met = RefCell::default();
        let wrong = self.ends(async {
            let mut lab = Lab::at(self.before.clone(), Sandbox::http_client).await;
            let table = faults.to_vec();
            lab.chaos
                .set(move |at, _| table.iter().find(|(index, _)| *index == at).map_or(Fate::Pass, |(_, fate)| *fate));
            tokio::select! {
                _ = lab.converge_with(&self.wanted, self.pause) => met.replace(lab.chaos.disturbed()),
                () = lab.chaos.death() => {
                    let before = met.replace(lab.chaos.disturbed());
                    if let [(index, fate)] = faults {
                        // What justifies that others begin in the world of the tape.
                        let left = lab.sandbox.with_world(|world| self.left_behind(world));
                        let taped = self.left_behind(self.left(*index, *fate));
                        assert!(left == taped, "it left another world than is on the tape");
                    }
                    lab.restart().await;
                    lab.converge_with(&self.wanted, self.pause).await;
                    before
                }
            };
            // What may not be looked at is held until somebody runs the program again.
            if faults.iter().any(|(_, fate)| matches!(fate, Fate::Denied | Fate::Expired)) {
                lab.converge_with(&self.wanted, self.pause).await;
            }
            lab
        });
        Disturbed { wrong, met: met.into_inner() }
    }

    /// A new process goes on in a world that another one left.
    fn restarted(&self, world: &World) -> Option<String> {
        self.ends(async {
            let lab = Lab::at(world.clone(), Sandbox::http_client).await;
            lab.converge_with(&self.wanted, self.pause).await;
            lab
        })
    }

    fn ends(&self, run: impl Future<Output = Lab>) -> Option<String> {
        let end = || in_virtual_time_unlogged(async { Ending::of(&run.await, &self.wanted, &self.before).await });
        match catch_unwind(AssertUnwindSafe(end)) {
            Ok(ending) => self.expected.differs(&ending),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                Some(text.chars().take(1500).collect())
            }
        }
    }
}

impl Ending {
    /// Of a lab that has converged. It stays as it is, and every task could start.
    async fn of(lab: &Lab, wanted: &Desired, before: &World) -> Self {
        let writes = lab.writes();
        let (plan, _) = lab.pass(wanted).await;
        assert!(plan.is_empty() && lab.writes() == writes, "not quiet: {plan:#?}");
        tokio::time::sleep(AFTERWARDS).await;
        let world = lab.sandbox.with_world(|world| world.clone());
        let refused: Vec<_> = refused(&world).difference(&refused(before)).cloned().collect();
        assert!(refused.is_empty(), "tasks could not start: {refused:#?}");
        let estate = estate(&world);
        assert_eq!(estate.faults(), Vec::<String>::new());
        Self { picture: estate.picture(), counts: estate.counts() }
    }

    fn differs(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        let keys: std::collections::BTreeSet<_> = self.picture.keys().chain(other.picture.keys()).collect();
        let differing = keys.into_iter().filter(|key| self.picture.get(*key) != other.picture.get(*key));
        let lines: Vec<String> = differing
            .map(|key| {
                format!("{key}:\n  expected {:?}\n  found    {:?}", self.picture.get(key), other.picture.get(key))
            })
            .collect();
        Some(format!("counts {:?}, expected {:?}\n{}", other.counts, self.counts, lines.join("\n")))
    }
}

/// How a disturbed run went.
pub(crate) struct Disturbed {
    /// What is wrong with how it ended.
    pub(crate) wrong: Option<String>,
    /// The calls that met a fate, until the first process died: index, operation, fate.
    pub(crate) met: Vec<(usize, String, Fate)>,
}

#[derive(Default)]
struct Tally {
    points: usize,
    covered: usize,
    runs: usize,
}

impl Tally {
    /// The sums of all sweeps that have ended: covered, enumerated.
    fn added(&self) -> (usize, usize) {
        static COVERED: AtomicUsize = AtomicUsize::new(0);
        static POINTS: AtomicUsize = AtomicUsize::new(0);
        let add = |sum: &AtomicUsize, more| sum.fetch_add(more, Ordering::Relaxed) + more;
        (add(&COVERED, self.covered), add(&POINTS, self.points))
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { points, covered, runs } = self;
        write!(f, "{covered} of {points} points covered, in {runs} runs")
    }
}

/// A world without the history of who called.
fn state(world: &World) -> String {
    lasting(world).to_string()
}

fn lasting(world: &World) -> Value {
    let mut value = serde_json::to_value(world).unwrap();
    let members = value.as_object_mut().unwrap();
    assert!(members.remove("journal").is_some() && members.remove("requests").is_some());
    value
}
