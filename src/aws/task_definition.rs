//! Task-definition revisions: described once each, registered never twice.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_ecs::operation::describe_task_definition::DescribeTaskDefinitionOutput;
use aws_sdk_ecs::operation::register_task_definition::builders::RegisterTaskDefinitionInputBuilder;
use aws_sdk_ecs::types::{Tag, TaskDefinitionField};
use serde_json::Value;

use super::{Aws, lock, receipt};
use crate::cloud::Receipt;
use crate::cloud::fault::{Fault, FaultKind};
use crate::model::arn::Arn;
use crate::model::id::Family;
use crate::model::observed::Seen;
use crate::model::revision::Revision;
use crate::model::shapes;
use crate::model::tags::Tags;
use crate::model::task_definition::ObservedRevision;
use crate::plan::STALE;

/// So long an exact look believes what an earlier one read of a revision: the passes of one `apply` do not ask again.
const BELIEVED: Duration = Duration::from_mins(5);

impl Aws {
    /// A revision, from the cache where it was read before: an exact look does not believe for long what can change.
    pub(super) async fn revision(&self, arn: &Arn, closely: bool) -> Seen<ObservedRevision> {
        let cached = lock(&self.memory.revisions).get(arn, self.clock.now()).cloned();
        if let Some((read, revision)) = cached
            && !(closely && !self.is_sweep() && self.clock.now().since(read) >= BELIEVED)
        {
            return Seen::Present(revision);
        }
        self.revision_now(arn).await
    }

    /// A revision as it is now: its tags may have changed since it was read.
    pub(super) async fn revision_now(&self, arn: &Arn) -> Seen<ObservedRevision> {
        match self.describe_revision(arn.as_str()).await {
            Seen::Present((_, revision)) => Seen::Present(revision),
            Seen::Absent => Seen::Absent,
            Seen::Unreadable(why) => Seen::Unreadable(why),
        }
    }

    /// The newest ACTIVE revision of a family.
    pub(super) async fn newest_revision(&self, family: &Family) -> Seen<(Arn, ObservedRevision)> {
        match self.describe_revision(family.as_str()).await {
            Seen::Present((_, revision)) if !revision.is_active() => Seen::Absent,
            other => other,
        }
    }

    async fn describe_revision(&self, id: &str) -> Seen<(Arn, ObservedRevision)> {
        let call = self.clients.ecs.describe_task_definition().task_definition(id).include(TaskDefinitionField::Tags);
        match call.send().await {
            Ok(answer) => {
                let Some((arn, revision)) = read(&answer) else {
                    let unclear = self.unclear("ecs:DescribeTaskDefinition", "the answer has no task definition in it");
                    return Seen::Unreadable(unclear.in_full());
                };
                if !self.is_fresh(&arn) {
                    let now = self.clock.now();
                    lock(&self.memory.revisions).insert(arn.clone(), (now, revision.clone()), now);
                }
                Seen::Present((arn, revision))
            }
            Err(error) => {
                let fault = self.fault("ecs:DescribeTaskDefinition", &error);
                // ECS has no code of its own for this.
                let gone =
                    fault.message.as_deref().is_some_and(|text| text.contains("Unable to describe task definition"));
                if gone { Seen::Absent } else { Seen::Unreadable(fault.in_full()) }
            }
        }
    }

    pub(super) async fn register(
        &self,
        family: &Family,
        revision: &Revision<Arn>,
        tags: &Tags,
    ) -> Result<Receipt, Fault> {
        const OPERATION: &str = "ecs:RegisterTaskDefinition";
        let request = request(revision).map_err(|why| self.unsendable(OPERATION, why))?;
        let request = request
            .family(family.as_str())
            .set_execution_role_arn(revision.execution_role.as_ref().map(Arn::to_string))
            .set_tags(Some(super::service::to_sdk(tags)));
        let answer = request.send_with(&self.clients.ecs_once).await.map_err(|error| self.fault(OPERATION, &error))?;
        let arn = answer.task_definition().and_then(|td| td.task_definition_arn()).map(Arn::new);
        Ok(Receipt { arn, ..receipt(&answer) })
    }

    /// Changes the only part of a revision that can be changed: it has to be read again.
    pub(super) async fn tag_revision(&self, revision: &Arn, tags: &Tags) -> Result<Receipt, Fault> {
        let receipt = self.tag(revision, tags).await;
        self.forget(revision);
        receipt
    }

    pub(super) async fn untag_revision(&self, revision: &Arn, keys: &BTreeSet<String>) -> Result<Receipt, Fault> {
        let receipt = self.untag(revision, keys).await;
        self.forget(revision);
        receipt
    }

    /// Of what was just written, so that no read that may be older is remembered.
    pub(super) fn forget(&self, revision: &Arn) {
        lock(&self.memory.tagged).insert(revision.clone(), self.clock.now());
        lock(&self.memory.revisions).remove(revision);
    }

    /// Were its tags written so lately that a read may not show it?
    fn is_fresh(&self, revision: &Arn) -> bool {
        let mut tagged = lock(&self.memory.tagged);
        tagged.retain(|_, at| *at + STALE > self.clock.now());
        tagged.contains_key(revision)
    }

    /// A request that cannot even be built: the manifest's checks missed something.
    pub(super) fn unsendable(&self, operation: &str, why: String) -> Fault {
        Fault {
            kind: FaultKind::Invalid,
            operation: operation.to_owned(),
            code: None,
            message: Some(why),
            request_id: None,
            identity: Some(self.identity.to_string()),
            before: Vec::new(),
            mark: false,
        }
    }
}

fn request(revision: &Revision<Arn>) -> Result<RegisterTaskDefinitionInputBuilder, String> {
    let content: shapes::TaskDefinitionContent =
        serde_json::from_value(revision.write()).map_err(|error| error.to_string())?;
    content.try_into().map_err(|error: aws_sdk_ecs::error::BuildError| error.to_string())
}

fn read(answer: &DescribeTaskDefinitionOutput) -> Option<(Arn, ObservedRevision)> {
    let td = answer.task_definition()?;
    let arn = Arn::new(td.task_definition_arn()?);
    let content: Value = serde_json::to_value(shapes::TaskDefinitionContent::from(td)).ok()?;
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    let revision = ObservedRevision {
        family: Family::new(td.family()?),
        status: td.status()?.as_str().to_owned(),
        revision: Revision::read(content, td.execution_role_arn().map(Arn::new)),
        tags: answer.tags().iter().filter_map(pair).collect(),
    };
    Some((arn, revision))
}
