//! The keys of copies of declared secrets, for who reads a copy in its own Region, by its ARN.
//!
//! A copy is under the key that its own Region states; what its primary states of it may be the key that it was made with
//! (E12 of the ledger). So that is asked, and only of copies that someone reads.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, id};
use super::held::Because;
use crate::model::arn::Arn;
use crate::model::id::{KeyId, Kind, Region};
use crate::model::observed::seen;

/// What is known of the keys of copies.
#[derive(Default)]
pub(super) struct Copies {
    /// The customer's keys that a copy has and that its manifest gives it.
    pub(super) keys: BTreeMap<Arn, BTreeSet<KeyId>>,
    /// Those of which it was read which one they have.
    pub(super) read: BTreeSet<Arn>,
    /// Those of which it could not be read, and why.
    pub(super) unread: BTreeMap<Arn, Because>,
}

impl Copies {
    /// `named`: by which ARNs secrets are read.
    pub(super) fn look(draft: &mut Draft<'_>, named: BTreeSet<Arn>) -> Self {
        let (desired, observed) = (draft.desired, draft.observed);
        let mut copies = Self::default();
        let (mut declared, mut anywhere, mut unreadable) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        for (name, secret) in &desired.secrets {
            match seen(&observed.secrets, name) {
                Ok(Some(live)) => {
                    for (region, key) in secret.replicas.iter().flatten() {
                        let key = key.iter().filter(|key| key.is_customers()).cloned();
                        copies.keys.entry(live.arn.in_region(region)).or_default().extend(key);
                    }
                    declared.insert(&live.arn);
                    anywhere.insert(without_region(&live.arn));
                }
                Ok(None) => {}
                Err(_) => {
                    let called = secret.arn().map(|arn| arn.secret_name().to_owned());
                    unreadable.insert(called.unwrap_or_else(|| secret.secret_name.to_string()), name);
                }
            }
        }
        for arn in named.into_iter().filter(|arn| !declared.contains(arn)) {
            if anywhere.contains(&without_region(&arn)) {
                match draft.key_of_copy(&arn) {
                    Ok(Some(key)) => {
                        let key = key.iter().filter(|key| key.is_customers()).cloned();
                        copies.keys.entry(arn.clone()).or_default().extend(key);
                        copies.read.insert(arn);
                    }
                    Ok(None) => {}
                    Err(because) => drop(copies.unread.insert(arn, because)),
                }
            } else if let Some(name) = unreadable.get(arn.secret_name()) {
                // It may be a copy of that one.
                copies.unread.insert(arn, Because::WaitingOn(id(Kind::Secret, name)));
            }
        }
        copies
    }
}

/// What a secret and its copies have in common.
fn without_region(arn: &Arn) -> Arn {
    arn.in_region(&Region::new(""))
}
