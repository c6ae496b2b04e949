//! A task as the execution role: what it may do, and AWS's words when not.

use crate::sandbox::clock::Millis;
use crate::sandbox::ecs::names::TaskId;
use crate::sandbox::iam::{Ask, Context};
use crate::sandbox::place::Arn;
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
        let mut session = Self { world, role, task, now: world.now(), notes: Vec::new() };
        let context = Context::from([
            ("aws:sourcearn".to_owned(), vec![task_arn.to_owned()]),
            ("aws:sourceaccount".to_owned(), vec![world.place().account.clone()]),
        ]);
        // A role that was deleted and made again under another path has another ARN.
        let is_it = world.iam.role(role).is_some_and(|held| held.arn == role_arn);
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

    /// May the role do this? If not, AWS's own message.
    pub(super) fn allow(
        &mut self,
        action: &str,
        resource: &str,
        extra: &[(String, Vec<String>)],
    ) -> Result<(), String> {
        let place = self.world.place();
        let role = self.world.iam.role(self.role);
        let mut context = Context::from([
            ("aws:principalaccount".to_owned(), vec![place.account.clone()]),
            ("aws:requestedregion".to_owned(), vec![place.region.clone()]),
            ("aws:securetransport".to_owned(), vec!["true".to_owned()]),
            ("aws:viaawsservice".to_owned(), vec!["false".to_owned()]),
        ]);
        if let Some(role) = role {
            context.insert("aws:principalarn".to_owned(), vec![role.arn.clone()]);
            let tags = role.tags.iter();
            context.extend(
                tags.map(|(key, value)| {
                    (format!("aws:principaltag/{}", key.to_ascii_lowercase()), vec![value.clone()])
                }),
            );
        }
        context.extend(extra.iter().map(|(key, values)| (key.to_ascii_lowercase(), values.clone())));
        let ask = Ask { action, resource, context: &context };
        let denial = match self.world.iam.authorise(self.role, ask, self.now, &mut self.notes) {
            Ok(()) => return Ok(()),
            Err(denial) => denial,
        };
        let user = place.global_arn("sts", &format!("assumed-role/{}/{}", self.role, self.task));
        let because = denial.because(action);
        Err(format!(
            "AccessDeniedException: User: {user} is not authorized to perform: {action} on resource: {resource} {because}"
        ))
    }
}
