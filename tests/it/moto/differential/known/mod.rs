//! The differences that are known, each with its row in `docs/aws-behaviour.md`: what each side answers to what input.

mod ecs;
mod parameters;
mod roles;
mod secrets;
pub(super) mod taint;

use evenkeel::sandbox::World;
use serde_json::Value;

use super::{Difference, shown};

/// How the two stand to each other after a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum After {
    /// They hold the same.
    Same,
    /// Only the sandbox has done it, and undoes it.
    OnlyHere,
    /// They hold different things.
    Apart,
}

/// A difference, exactly. In patterns `*` is any run of characters, and `-` what is not there.
pub(super) struct Known {
    /// The row of the ledger.
    pub(super) row: &'static str,
    operation: &'static str,
    member: &'static str,
    sandbox: &'static str,
    moto: &'static str,
    pub(super) after: After,
    /// What else is so, of the input and of the world after the move.
    when: fn(&Scene<'_>) -> bool,
}

/// A difference, and what it stands in.
struct Scene<'a> {
    difference: &'a Difference,
    input: &'a Value,
    world: &'a World,
}

/// The known difference that this is.
pub(super) fn find(difference: &Difference, input: &Value, world: &World) -> Option<&'static Known> {
    let scene = Scene { difference, input, world };
    all().find(|known| known.is(&scene))
}

/// The rows of all.
pub(super) fn rows() -> impl Iterator<Item = &'static str> {
    all().map(|known| known.row).chain([taint::CURRENT, taint::LABELS, taint::TO_ITSELF])
}

fn all() -> impl Iterator<Item = &'static Known> {
    secrets::KNOWN.iter().chain(roles::KNOWN).chain(ecs::KNOWN).chain(parameters::KNOWN)
}

impl Known {
    fn is(&self, scene: &Scene<'_>) -> bool {
        let Difference { operation, member, sandbox, moto } = scene.difference;
        // moto's messages are its own.
        let moto =
            if member == "error" { shown(moto).split(':').next().unwrap_or_default().to_owned() } else { shown(moto) };
        self.operation == *operation
            && fits(self.member, member)
            && fits(self.sandbox, &shown(sandbox))
            && fits(self.moto, &moto)
            && (self.when)(scene)
    }
}

/// No more needs to be so.
fn always(_: &Scene<'_>) -> bool {
    true
}

/// A text as a pattern has it: `*` is any run of characters.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        if index + 1 == parts.len() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}
