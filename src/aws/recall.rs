//! What an installation has left on its objects, also where no manifest names them any more.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::Aws;
use crate::cloud::fault::FaultKind;
use crate::cloud::{Recall, Recalled};
use crate::model::id::{Commit, Installation};
use crate::model::role::applied_from;

impl Recall for Aws {
    async fn recall(&self, installation: &Installation, whole: bool) -> Result<Recalled, String> {
        let mut commits: BTreeSet<Commit> = BTreeSet::new();
        let is_enough = |commits: &BTreeSet<Commit>| !whole && !commits.is_empty();
        let listed = self.tagged(installation, &["ecs:service", "secretsmanager:secret"], |_, tags| {
            commits.extend(applied_from(tags, installation));
        });
        let listed = listed.await;
        if is_enough(&commits) {
            return Ok(Recalled { commits, without_roles: false });
        }
        listed.map_err(|unlisted| unlisted.why)?;
        let mut without_roles = !self.bulk_roles;
        if self.bulk_roles {
            let listed = self.each_role(|_, role| {
                commits.extend(applied_from(&super::role::tags(role.tags()), installation));
                ControlFlow::Continue(())
            });
            match listed.await {
                // Then roles are read one by one.
                Err(fault) if fault.kind == FaultKind::Denied => without_roles = true,
                Err(fault) if !is_enough(&commits) => return Err(fault.in_full()),
                Ok(()) | Err(_) => {}
            }
        }
        if !is_enough(&commits) {
            let listed = self.tagged(installation, &["ecs:task-definition"], |_, tags| {
                commits.extend(applied_from(tags, installation));
            });
            let listed = listed.await;
            if !is_enough(&commits) {
                listed.map_err(|unlisted| unlisted.why)?;
            }
        }
        Ok(Recalled { commits, without_roles })
    }
}
