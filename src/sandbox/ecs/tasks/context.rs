//! A task as the execution role: what it may do, and AWS's words when not.
//!
//! Ledger: I17.

use serde_json::Value;

use super::reach::{self, Lost, To};
use crate::sandbox::clock::Millis;
use crate::sandbox::ecs::names::TaskId;
use crate::sandbox::iam::{Ask, Context, Denial, Guard, context_of, refusal, session_arn};
use crate::sandbox::place::Arn;
use crate::sandbox::readings::Reading;
use crate::sandbox::world::World;

/// The execution role in the hands of one task.
pub(super) struct Session<'a> {
    pub(super) world: &'a World,
    /// Name of the role.
    role: &'a str,
    task: &'a TaskId,
    now: Millis,
    /// What the sandbox could not decide.
    pub(super) notes: Vec<String>,
    /// Log groups that are made at the start.
    pub(super) groups_made: Vec<String>,
}

impl<'a> Session<'a> {
    /// Assumes the role as ECS does for a task.
    pub(super) fn assume(
        world: &'a World,
        role_arn: &'a str,
        task: &'a TaskId,
        task_arn: &str,
    ) -> Result<Self, String> {
        let role = Arn::parse(role_arn).and_then(|arn| arn.resource.rsplit('/').next()).unwrap_or(role_arn);
        let mut session = Self { world, role, task, now: world.now(), notes: Vec::new(), groups_made: Vec::new() };
        let mut context: Context = context_of(world.place(), None, session.now);
        if !world.readings.is_other(Reading::SourceOfExecutionRole) {
            context.insert("aws:sourcearn".to_owned(), vec![task_arn.to_owned()]);
            context.insert("aws:sourceaccount".to_owned(), vec![world.place().account.clone()]);
        }
        // A role that was deleted and made again under another path has another ARN.
        let is_it = world.iam.late_role(role, session.now).is_some_and(|held| held.arn == role_arn);
        let service = "ecs-tasks.amazonaws.com";
        if is_it && world.iam.trusts(role, service, &context, session.now, &mut session.notes) {
            return Ok(session);
        }
        Err(format!(
            "ECS was unable to assume the role '{role_arn}' that was provided for this task. Please verify that the \
             role being passed has the proper trust relationship and permissions and that your IAM user has \
             permissions to pass this role."
        ))
    }

    /// Fargate before 1.4.0, as the service says.
    pub(super) fn platform_is_before_1_4(&self) -> bool {
        let version = || {
            let task = self.world.ecs.tasks.get(self.task)?;
            self.world.ecs.services.get(&task.service)?.setting("platformVersion")
        };
        version().is_some_and(|version| ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].contains(&version))
    }

    /// Does the task get there?
    pub(super) fn reach(&self, to: To<'_>) -> Result<(), Lost> {
        self.world.ecs.tasks.get(self.task).map_or(Ok(()), |task| reach::check(self.world, task, to))
    }

    /// `kms:Decrypt` under the policy of a key. If not, AWS's own message.
    pub(super) fn allow_key(
        &mut self,
        key: &str,
        policy: &Value,
        extra: &[(String, Vec<String>)],
    ) -> Result<(), String> {
        let context = self.context(key, extra);
        let ask = Ask { action: "kms:Decrypt", resource: key, context: &context };
        let judged = self.world.iam.may_use_key(self.role, ask, policy, self.now, &mut self.notes);
        judged.map_err(|denial| self.refused(ask, denial))
    }

    /// May the role do this? If not, AWS's own message.
    pub(super) fn allow(
        &mut self,
        action: &str,
        resource: &str,
        extra: &[(String, Vec<String>)],
    ) -> Result<(), String> {
        self.allow_guarded(action, resource, extra, None)
    }

    /// [`Self::allow`], of something that may have a policy of its own.
    pub(super) fn allow_guarded(
        &mut self,
        action: &str,
        resource: &str,
        extra: &[(String, Vec<String>)],
        guard: Option<Guard<'_>>,
    ) -> Result<(), String> {
        let context = self.context(resource, extra);
        let ask = Ask { action, resource, context: &context };
        let judged = self.world.iam.authorise(self.role, ask, guard, self.now, &mut self.notes);
        judged.map_err(|denial| self.refused(ask, denial))
    }

    fn context(&self, resource: &str, extra: &[(String, Vec<String>)]) -> Context {
        let role = self.world.iam.late_role(self.role, self.now);
        let mut context = context_of(self.world.place(), role, self.now);
        // What stands in another Region is asked for there.
        if let Some(region) = Arn::parse(resource).map(|arn| arn.region).filter(|region| !region.is_empty()) {
            context.insert("aws:requestedregion".to_owned(), vec![region.to_owned()]);
        }
        context.extend(extra.iter().map(|(key, values)| (key.to_ascii_lowercase(), values.clone())));
        context
    }

    fn refused(&self, ask: Ask<'_>, denial: Denial) -> String {
        let user = session_arn(self.world.place(), self.role, &self.task.to_string());
        format!("AccessDeniedException: {}", refusal(&user, ask.action, ask.resource, denial))
    }
}
