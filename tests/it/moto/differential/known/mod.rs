//! The differences that are known, each with its row in `docs/aws-behaviour.md`: what each side answers to what input.

mod around;
mod copies;
mod ecs;
mod keys;
mod parameters;
mod queues;
mod roles;
mod rules;
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
    all().map(|known| known.row).chain([
        taint::CURRENT,
        taint::LABELS,
        taint::TO_ITSELF,
        taint::ROTATED,
        taint::TESTED,
        taint::RECEIPT,
    ])
}

fn all() -> impl Iterator<Item = &'static Known> {
    let tables = [
        secrets::KNOWN,
        copies::KNOWN,
        roles::KNOWN,
        ecs::KNOWN,
        parameters::KNOWN,
        keys::KNOWN,
        queues::KNOWN,
        rules::KNOWN,
        around::KNOWN,
    ];
    tables.into_iter().flatten()
}

impl Known {
    /// Another answer, whatever the member says.
    const fn member(
        row: &'static str,
        operation: &'static str,
        member: &'static str,
        sides: [&'static str; 2],
    ) -> Self {
        let [sandbox, moto] = sides;
        Self { row, operation, member, sandbox, moto, after: After::Same, when: always }
    }

    /// Another refusal, or one where there is none.
    const fn refusal(row: &'static str, operation: &'static str, sides: [&'static str; 2], after: After) -> Self {
        let [sandbox, moto] = sides;
        Self { row, operation, member: "error", sandbox, moto, after, when: always }
    }

    fn is(&self, scene: &Scene<'_>) -> bool {
        let Difference { operation, member, sandbox, moto } = scene.difference;
        // moto's messages are its own.
        let moto =
            if member == "error" { shown(moto).split(':').next().unwrap_or_default().to_owned() } else { shown(moto) };
        fits(self.operation, operation)
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
