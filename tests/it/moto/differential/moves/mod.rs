//! Chance plays: operations that both sides claim, on few names, so that they meet.

mod parameters;
mod revisions;
mod roles;
mod secrets;
mod services;

use std::fmt;

use evenkeel::sandbox::Service;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::support::query::query;

/// In an input: the account in which the move is made.
pub(super) const ACCOUNT: &str = "ACCOUNT";

/// One call.
#[derive(Clone)]
pub(super) struct Move {
    pub(super) service: Service,
    pub(super) operation: &'static str,
    pub(super) input: Value,
    /// The members of the answer to compare; none: all.
    pub(super) shown: &'static [&'static str],
}

/// What an episode is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Secrets,
    Roles,
    Revisions,
    Services,
    Parameters,
}

/// Long enough for a secret to be made, changed, deleted and restored.
const LENGTH: usize = 40;

impl Kind {
    /// Secrets and services have the most to get wrong.
    const ORDER: [Self; 8] = [
        Self::Secrets,
        Self::Services,
        Self::Roles,
        Self::Secrets,
        Self::Revisions,
        Self::Services,
        Self::Secrets,
        Self::Parameters,
    ];

    fn of(seed: u64) -> Self {
        Self::ORDER[usize::try_from(seed % 8).unwrap_or_default()]
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
    };
    parts.concat()
}

impl Move {
    fn new(service: Service, operation: &'static str, input: Value) -> Self {
        Self { service, operation, input, shown: &[] }
    }

    fn showing(self, shown: &'static [&'static str]) -> Self {
        Self { shown, ..self }
    }

    /// The input of an account.
    pub(super) fn input_in(&self, account: &str) -> Value {
        let text = self.input.to_string().replace(ACCOUNT, account);
        serde_json::from_str(&text).unwrap()
    }

    /// As the service wants it: JSON, or IAM's form.
    pub(super) fn body_in(&self, account: &str) -> String {
        let input = self.input_in(account);
        if self.service == Service::Iam { query(self.operation, &input) } else { input.to_string() }
    }
}

/// One line of a report, from which a person can make the call.
impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.service.signing_name(), self.operation, self.input)
    }
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
