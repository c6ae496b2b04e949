//! What forbids any deletion at all: a set that is not known whole, or is empty, or too large a part to go at once.

use super::super::draft::Draft;
use super::orphans::Orphans;
use crate::model::desired::Desired;
use crate::model::id::Family;
use crate::model::inventory::Named;
use crate::model::observed::Seen;
use crate::model::tags;

/// Why nothing may be deleted now.
pub(super) fn forbids(draft: &Draft<'_>, orphans: &Orphans<'_>) -> Option<String> {
    let unwanted = orphans.all().len();
    if unwanted == 0 {
        return None;
    }
    let Desired { secrets, roles, task_definitions, services, broken, unknown, policy, .. } = draft.desired;
    if *unknown || !broken.is_empty() {
        let text = "is in no manifest any more, and stays for now: there are manifests with errors, and nothing is deleted \
                    before every one can be read";
        return Some(text.to_owned());
    }
    if secrets.is_empty() && roles.is_empty() && task_definitions.is_empty() && services.is_empty() {
        let text =
            "is in no manifest any more, and stays: there is no manifest at all, and that is taken for a mistake";
        return Some(text.to_owned());
    }
    let all = unwanted + wanted(draft);
    (!policy.prune.allow(unwanted, all)).then(|| {
        format!(
            "is in no manifest any more, and stays: {unwanted} of {all} objects would be deleted, and prune.maxFraction \
             allows {}; to have it so, raise that for once",
            policy.prune.max_fraction()
        )
    })
}

/// How many objects of ours are there that manifests name.
fn wanted(draft: &Draft<'_>) -> usize {
    let (desired, observed) = (draft.desired, draft.observed);
    let ours = |tags: &tags::Tags| tags::is_ours(tags, &desired.installation);
    let secrets = observed.secrets.iter().filter(|(name, _)| desired.secrets.contains_key(*name));
    let secrets = secrets.filter_map(|(_, seen)| seen.present()).filter(|secret| ours(&secret.tags));
    let roles = observed.roles.values().filter_map(Seen::present).filter(|role| ours(&role.tags));
    let services = observed.services.values().filter_map(Seen::present).filter(|service| ours(&service.tags));
    let listed = |family: &Family| {
        let owned = observed.inventory.iter().flat_map(|inventory| inventory.owned.keys());
        owned.filter_map(Named::of).any(|named| matches!(named, Named::Revision(of, _) if of == *family))
    };
    let families = desired.task_definitions.values().filter(|wanted| listed(&wanted.family));
    secrets.count() + roles.count() + services.count() + families.count()
}
