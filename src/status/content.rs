//! What a manifest says, as a digest: another digest is another generation.

use crate::model::desired::Desired;
use crate::model::id::{Kind, ResourceId};
use crate::model::tags::Digest;

/// `None` for a manifest with errors, and for one that is not there.
///
/// The text that `Debug` makes of a noun has every field of it, in one order, and lives no longer than the process.
pub(super) fn of(desired: &Desired, id: &ResourceId) -> Option<Digest> {
    let name = &id.name;
    let text = match id.kind {
        Kind::Secret => format!("{:?}", desired.secrets.get(name)?),
        Kind::ExecutionRole => format!("{:?}", desired.roles.get(name)?),
        Kind::TaskDefinition => format!("{:?}", desired.task_definitions.get(name)?),
        Kind::Service => format!("{:?}", desired.services.get(name)?),
    };
    Some(Digest::of(&text))
}
