//! Where the causes of holds lie: what waits for something that waits itself has the root of that.

use std::collections::{BTreeMap, BTreeSet};

use super::held::Held;
use super::step::Plan;
use crate::model::id::ResourceId;

impl Plan {
    /// Follows every hold to where its cause lies.
    pub(super) fn find_roots(&mut self) {
        let (own, waiting): (Vec<&Held>, Vec<&Held>) = self.held.iter().partition(|held| held.root == held.target);
        let own: BTreeSet<ResourceId> = own.into_iter().map(|held| held.target.clone()).collect();
        let next: BTreeMap<ResourceId, ResourceId> =
            waiting.into_iter().rev().map(|held| (held.target.clone(), held.root.clone())).collect();
        for held in &mut self.held {
            let mut visited = BTreeSet::from([held.target.clone()]);
            while !own.contains(&held.root) && visited.insert(held.root.clone()) {
                let Some(root) = next.get(&held.root) else { break };
                held.root = root.clone();
            }
        }
    }
}
