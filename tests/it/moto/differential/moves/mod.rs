//! Chance plays: operations that both sides claim, on few names, so that they meet.

mod around;
mod call;
mod copies;
mod keys;
mod parameters;
mod queues;
mod revisions;
mod roles;
mod rules;
mod secrets;
mod services;

use fastrand::Rng;
use serde_json::{Value, json};

pub(super) use call::{Move, Names};

/// In an input: the account in which the move is made.
pub(super) const ACCOUNT: &str = "ACCOUNT";

/// What an episode is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Secrets,
    Roles,
    Revisions,
    Services,
    Parameters,
    Copies,
    Keys,
    Queues,
    Rules,
    Around,
}

/// Long enough for a secret to be made, changed, deleted and restored.
const LENGTH: usize = 40;

impl Kind {
    /// Secrets and services have the most to get wrong.
    const ORDER: [Self; 12] = [
        Self::Secrets,
        Self::Services,
        Self::Keys,
        Self::Roles,
        Self::Queues,
        Self::Secrets,
        Self::Revisions,
        Self::Rules,
        Self::Services,
        Self::Copies,
        Self::Parameters,
        Self::Around,
    ];

    fn of(seed: u64) -> Self {
        let order = u64::try_from(Self::ORDER.len()).unwrap_or(1);
        Self::ORDER[usize::try_from(seed % order).unwrap_or_default()]
    }
}

/// The moves of an episode: what it begins with, chance, and a look at everything at the end.
pub(super) fn episode(seed: u64) -> Vec<Move> {
    let mut chance = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut between = |next: fn(&mut Rng) -> Move| std::iter::repeat_with(|| next(&mut chance)).take(LENGTH).collect();
    let parts: [Vec<Move>; 3] = match Kind::of(seed) {
        Kind::Secrets => [Vec::new(), between(secrets::next), secrets::closing()],
        Kind::Roles => [roles::opening(), between(roles::next), roles::closing()],
        Kind::Revisions => [Vec::new(), between(revisions::next), revisions::closing()],
        Kind::Services => [services::opening(), between(services::next), services::closing()],
        Kind::Parameters => [Vec::new(), between(parameters::next), parameters::closing()],
        Kind::Copies => [copies::opening(), between(copies::next), copies::closing()],
        Kind::Keys => [keys::opening(), between(keys::next), keys::closing()],
        Kind::Queues => [queues::opening(), between(queues::next), queues::closing()],
        Kind::Rules => [Vec::new(), between(rules::next), rules::closing()],
        Kind::Around => [around::opening(), between(around::next), around::closing()],
    };
    parts.concat()
}

/// An input with more members.
fn with(mut input: Value, more: Value) -> Value {
    let (Value::Object(into), Value::Object(more)) = (&mut input, more) else { unreachable!("two objects") };
    into.extend(more);
    input
}

/// `a` or `b` or …, each as likely as the others.
fn one_of<T: Copy>(chance: &mut Rng, of: &[T]) -> T {
    of[chance.usize(0..of.len())]
}

/// Tags in the spelling of ECS, or with capitals.
fn tag(name: [&str; 2], key: &str, value: &str) -> Value {
    json!({name[0]: key, name[1]: value})
}
