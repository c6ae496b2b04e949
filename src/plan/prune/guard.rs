//! What forbids any deletion at all: a set that is not known whole, or is empty, or too large a part to go at once.

use super::super::draft::Draft;
use super::orphans::Orphans;
use crate::model::desired::Desired;
use crate::model::id::Family;
use crate::model::inventory::{Inventory, Named};
use crate::model::observed::Seen;
use crate::model::tags;

/// Why nothing may be deleted now.
pub(super) fn forbids(draft: &Draft<'_>, inventory: &Inventory, orphans: &Orphans<'_>) -> Option<String> {
    let found = orphans.all().len();
    if found == 0 {
        return None;
    }
    // What could not be looked at is as unwanted.
    let unwanted = found + orphans.unread.len();
    let Desired { secrets, roles, task_definitions, services, broken, unknown, unsettled, policy, .. } = draft.desired;
    if *unknown || !broken.is_empty() {
        let text = "is in no manifest any more, and stays for now: there are manifests with errors, and nothing is deleted \
                    before every one can be read";
        return Some(text.to_owned());
    }
    if *unsettled {
        let text = "is in no manifest any more, and stays for now: files may still be on their way, and nothing is \
                    deleted before the folder has had the same ones for some seconds";
        return Some(text.to_owned());
    }
    if secrets.is_empty() && roles.is_empty() && task_definitions.is_empty() && services.is_empty() {
        let text =
            "is in no manifest any more, and stays: there is no manifest at all, and that is taken for a mistake";
        return Some(text.to_owned());
    }
    let all = unwanted + wanted(draft, inventory);
    (!policy.prune.allow(unwanted, all)).then(|| {
        format!(
            "is in no manifest any more, and stays: {unwanted} of {all} objects would be deleted, and prune.maxFraction \
             allows {}; to have it so, raise that for once",
            policy.prune.max_fraction()
        )
    })
}

/// How many objects of ours are there that manifests name: of a kind whose others could not be listed none is counted.
fn wanted(draft: &Draft<'_>, inventory: &Inventory) -> usize {
    let (desired, observed) = (draft.desired, draft.observed);
    let ours = |tags: &tags::Tags| tags::is_ours(tags, &desired.installation);
    let secrets = observed.secrets.iter().filter(|(name, _)| desired.secrets.contains_key(*name));
    let secrets = secrets.filter_map(|(_, seen)| seen.present()).filter(|secret| ours(&secret.tags));
    let roles = observed.roles.values().filter_map(Seen::present);
    let roles = roles.filter(|role| inventory.unlisted.is_empty() && ours(&role.tags));
    let services = observed.services.values().filter_map(Seen::present).filter(|service| ours(&service.tags));
    let listed = |family: &Family| {
        inventory
            .owned
            .keys()
            .filter_map(Named::of)
            .any(|named| matches!(named, Named::Revision(of, _) if of == *family))
    };
    let families = desired.task_definitions.values().filter(|wanted| listed(&wanted.family));
    secrets.count() + roles.count() + services.count() + families.count()
}
