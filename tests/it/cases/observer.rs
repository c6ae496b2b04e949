//! Looks at the world of a case as production looks at AWS: what the planner asks for is read, and nothing else.

use std::collections::BTreeSet;

use evenkeel::model::desired::Desired;
use evenkeel::model::observed::Observed;
use evenkeel::plan::question::Question;
use evenkeel::plan::questions;

use super::fixture::Fixture;

/// As often as `aws::look` asks.
const ROUNDS: usize = 6;

/// What was seen, and which questions led there, round by round.
pub(crate) struct Look {
    pub(crate) observed: Observed,
    pub(crate) asked: Vec<BTreeSet<Question>>,
    /// Questions that nothing in the fixture answers, or for which no round was left.
    pub(crate) open: BTreeSet<Question>,
}

/// One look.
pub(crate) fn observe(desired: &Desired, fixture: &Fixture) -> Look {
    let world = &fixture.world;
    let mut observed = world.clone();
    observed.newest.clear();
    observed.in_use.clear();
    observed.version_dates.clear();
    observed.versions.clear();
    observed.resource_policies.clear();
    observed.keys_of_copies.clear();
    observed.histories.clear();
    observed.stopped_tasks.clear();
    observed.remnants.clear();
    observed.active.clear();
    observed.uses = None;
    observed.startable = None;
    let mut asked: Vec<BTreeSet<Question>> = Vec::new();
    for _ in 0..ROUNDS {
        let known = |question: &Question| asked.iter().any(|round| round.contains(question));
        let round: BTreeSet<Question> = questions(desired, &observed).into_iter().filter(|q| !known(q)).collect();
        if round.is_empty() {
            break;
        }
        for question in &round {
            answer(fixture, &mut observed, question);
        }
        asked.push(round);
    }
    let open = questions(desired, &observed);
    Look { observed, asked, open }
}

fn answer(Fixture { world, exactly, written: _ }: &Fixture, observed: &mut Observed, question: &Question) {
    macro_rules! reveal {
        ($from:expr, $to:ident, $key:expr) => {
            if let Some(seen) = $from.get($key) {
                observed.$to.insert($key.clone(), seen.clone());
            }
        };
    }
    match question {
        Question::ExactSecret(name) => reveal!(exactly, secrets, name),
        Question::VersionDate(name) => reveal!(world.version_dates, version_dates, name),
        Question::Versions(name) => reveal!(world.versions, versions, name),
        Question::ResourcePolicy(name) => reveal!(world.resource_policies, resource_policies, name),
        Question::KeyOfCopy(copy) => reveal!(world.keys_of_copies, keys_of_copies, copy),
        Question::InUse(name) => reveal!(world.in_use, in_use, name),
        Question::Newest(name) => reveal!(world.newest, newest, name),
        Question::History(name) => reveal!(world.histories, histories, name),
        Question::StoppedTasks(name) => reveal!(world.stopped_tasks, stopped_tasks, name),
        Question::Remnant(arn) => reveal!(world.remnants, remnants, arn),
        Question::Active(family) => reveal!(world.active, active, family),
        Question::Uses(_) => observed.uses.clone_from(&world.uses),
        Question::Startable => observed.startable.clone_from(&world.startable),
    }
}
