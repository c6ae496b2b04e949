//! What an installation has left on its objects, also where no manifest names them any more.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::Aws;
use crate::cloud::fault::FaultKind;
use crate::cloud::{Recall, Recalled};
use crate::model::id::{Commit, Installation};
use crate::model::role::applied_from;
use crate::model::tags::Tags;

impl Recall for Aws {
    async fn recall(&self, installation: &Installation) -> Result<Recalled, String> {
        let mut commits: BTreeSet<Commit> = BTreeSet::new();
        let marks = |tags: &Tags| applied_from(tags, installation).collect::<BTreeSet<_>>();
        let listed = self.tagged(installation, &["ecs:service", "secretsmanager:secret"], |_, tags| {
            commits.extend(marks(tags));
            ControlFlow::Continue(())
        });
        listed.await.map_err(|unlisted| unlisted.why)?;
        if !commits.is_empty() {
            return Ok(Recalled { commits, without_roles: false });
        }
        let mut without_roles = !self.bulk_roles;
        if self.bulk_roles
            && let Err(fault) = self.each_role(|_, tags| commits.extend(marks(tags))).await
        {
            // Then roles are read one by one.
            without_roles = fault.kind == FaultKind::Denied;
            if !without_roles {
                return Err(fault.in_full());
            }
        }
        if commits.is_empty() {
            // Each has the mark that it was registered with: the first says enough.
            let listed = self.tagged(installation, &["ecs:task-definition"], |_, tags| {
                commits = marks(tags);
                if commits.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            listed.await.map_err(|unlisted| unlisted.why)?;
        }
        Ok(Recalled { commits, without_roles })
    }
}
