//! Secrets that are read and not watched: nobody should be surprised by that.

use std::collections::BTreeMap;

use super::draft::Draft;
use crate::model::id::ResourceId;
use crate::model::secret_source::Slot;
use crate::model::task_definition::{Pinning, SecretUse, TaskDefinition};

/// Says which places read a secret whose new versions redeploy nothing, and why.
pub(super) fn note(draft: &mut Draft<'_>, target: &ResourceId, definition: &TaskDefinition) {
    let unwatched = |slot: &Slot, used: &SecretUse| match used {
        SecretUse::Raw(_) => Some("no Secret declares it"),
        SecretUse::Declared { pin, .. } if definition.pins(slot, *pin, Pinning::Current) == Pinning::Unwatched => {
            Some("its pinning is Unwatched")
        }
        SecretUse::Declared { .. } => None,
    };
    let mut paths: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (slot, used) in &definition.secrets {
        if let Some(why) = unwatched(slot, used) {
            paths.entry(why).or_default().push(slot.path().to_string());
        }
    }
    for (why, paths) in paths {
        draft.note(target, format!("not watched, as {why}: {}", paths.join(", ")));
    }
}
