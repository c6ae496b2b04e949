//! `Secret Label Updated`: told to EventBridge for every label that has moved.
//!
//! All labels but `AWSPENDING` and `AWSPREVIOUS` (facts 5.1). A label that is
//! taken off is on no version, and no event says so.
//!
//! Ledger: B1, B2.

use std::collections::BTreeMap;

use serde_json::json;

use super::secret::{PENDING, PREVIOUS, Secret};
use crate::sandbox::events::{Told, emit};
use crate::sandbox::world::World;

/// Tells what has changed since the last time, however it came about.
pub(crate) fn announce(world: &mut World) {
    while let Some(name) = world.secrets.touched.pop_first() {
        let Some(secret) = world.secrets.secrets.poke(&name) else { continue };
        for told in secret.moved_labels() {
            emit(world, &told);
        }
    }
}

impl Secret {
    /// Events for the labels that are elsewhere than when this was last asked.
    fn moved_labels(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        let held = self.labels();
        for (label, id) in &held {
            let is_told = label != PENDING && label != PREVIOUS;
            if is_told && self.told_labels.get(label) != Some(id) {
                told.push(Told {
                    source: "aws.secretsmanager".to_owned(),
                    detail_type: "Secret Label Updated".to_owned(),
                    resources: vec![self.arn.clone()],
                    detail: json!({"name": self.name, "labelUpdated": label, "versionId": id}),
                });
            }
        }
        self.told_labels = held;
        told
    }

    /// As if all had been told.
    pub(super) fn say_nothing_of_its_labels(&mut self) {
        self.told_labels = self.labels();
    }

    /// Every label and the version that has it.
    fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.versions.iter().flat_map(|(id, version)| version.stages.iter().map(move |label| (label, id)));
        labels.map(|(label, id)| (label.clone(), id.clone())).collect()
    }
}
