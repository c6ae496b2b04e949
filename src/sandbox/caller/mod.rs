//! May the caller do this? Only asked where [`World::caller`] names a role:
//! then every call is judged by its policies, its boundary and the policy of
//! the resource, as AWS would, before anything is looked up ([I19]).
//!
//! Which action, resource and condition keys a call is about is the service's.

mod around;
mod ecs;
mod iam;
mod keys;
mod kms;
mod secrets_manager;

use serde_json::Value;

use super::iam::{Ask, Context, Guard, context_of, refusal};
use super::wire::{AwsError, Protocol, Service};
use super::world::World;
pub(crate) use keys::may_use_key;

/// One thing that a call needs to be allowed.
struct Asked<'a> {
    action: String,
    resource: String,
    /// Condition keys in any case.
    extra: Vec<(String, Vec<String>)>,
    guard: Option<Guard<'a>>,
    /// The policy of a key of KMS, without which the caller's own count for nothing.
    key_policy: Option<Value>,
}

/// Refuses what the caller may not do.
pub(super) fn check(world: &mut World, service: Service, operation: &str, input: &Value) -> Result<(), AwsError> {
    let Some(caller) = world.caller.clone() else { return Ok(()) };
    let mut notes = Vec::new();
    let outcome = judge(world, &caller, service, operation, input, &mut notes);
    let now = world.now();
    for note in notes {
        world.journal.note(now, format!("{operation}: {note}"));
    }
    outcome
}

fn judge(
    world: &World,
    caller: &str,
    service: Service,
    operation: &str,
    input: &Value,
    notes: &mut Vec<String>,
) -> Result<(), AwsError> {
    for asked in asked(world, service, operation, input) {
        let Asked { action, resource, extra, guard, key_policy } = asked;
        let mut context: Context = context_of(world.place(), world.iam.late_role(caller, world.now()), world.now());
        context.insert("aws:sourceip".to_owned(), vec![std::net::Ipv4Addr::LOCALHOST.to_string()]);
        context.extend(extra.into_iter().map(|(key, values)| (key.to_ascii_lowercase(), values)));
        let ask = Ask { action: &action, resource: &resource, context: &context };
        let judged = match &key_policy {
            Some(policy) => world.iam.may_use_key(caller, ask, policy, world.now(), notes),
            None => world.iam.authorise(caller, ask, guard, world.now(), notes),
        };
        if let Err(denial) = judged {
            let message = refusal(&world.caller_arn(), &action, &resource, denial);
            return Err(match service.protocol() {
                Protocol::Query { .. } => AwsError::new("AccessDenied", message).with_status(403),
                Protocol::Ec2 { .. } => {
                    let message = format!("You are not authorized to perform this operation. {message}");
                    AwsError::new("UnauthorizedOperation", message).with_status(403)
                }
                Protocol::Json { .. } => AwsError::new("AccessDeniedException", message),
            });
        }
    }
    Ok(())
}

/// All that a call needs. `GetCallerIdentity` needs nothing.
fn asked<'a>(world: &'a World, service: Service, operation: &str, input: &Value) -> Vec<Asked<'a>> {
    match service {
        Service::SecretsManager => secrets_manager::asked(world, operation, input),
        Service::Iam => iam::asked(world, operation, input),
        Service::Ecs => ecs::asked(world, operation, input),
        Service::Kms => kms::asked(world, operation, input),
        Service::Sqs => around::sqs(world, operation, input),
        Service::Events => around::events(world, operation, input),
        Service::Ssm => around::ssm(world, operation, input),
        Service::Logs => around::logs(world, operation, input),
        Service::Ecr => around::ecr(world, operation, input),
        // Signed for as `tagging`, and called `tag` in policies.
        Service::Tagging => vec![Asked::on(&format!("tag:{operation}"), "*")],
        Service::Ec2 => vec![Asked::on(&format!("ec2:{operation}"), "*")],
        Service::Sts => Vec::new(),
    }
}

impl Asked<'_> {
    fn on(action: &str, resource: &str) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.to_owned(),
            extra: Vec::new(),
            guard: None,
            key_policy: None,
        }
    }

    /// With a condition key of one value.
    fn with(mut self, key: impl Into<String>, value: &str) -> Self {
        self.extra.push((key.into(), vec![value.to_owned()]));
        self
    }

    /// With the tags that the request brings: `aws:RequestTag/…`, `aws:TagKeys`.
    fn with_request_tags(mut self, tags: &[(String, String)]) -> Self {
        self.extra.extend(tags.iter().map(|(key, value)| (format!("aws:RequestTag/{key}"), vec![value.clone()])));
        if !tags.is_empty() {
            self.extra.push(("aws:TagKeys".to_owned(), tags.iter().map(|(key, _)| key.clone()).collect()));
        }
        self
    }

    /// With the tags that the resource has: `aws:ResourceTag/…`, and the service's own key.
    fn with_resource_tags(mut self, service: &str, tags: &super::tags::Tags) -> Self {
        let own = format!("{service}:ResourceTag");
        for tag in tags {
            self.extra.extend(["aws:ResourceTag", &own].map(|of| super::tags::condition(of, tag)));
        }
        self
    }
}

/// Who makes something with tags needs to be allowed to tag it.
fn with_tagging<'a>(main: Asked<'a>, action: &str, tags: &[(String, String)]) -> Vec<Asked<'a>> {
    if tags.is_empty() {
        return vec![main];
    }
    let tag = Asked::on(action, &main.resource).with_request_tags(tags);
    vec![main, tag]
}

/// The tags of a request, or the keys that it takes away.
fn request_tags(input: &Value) -> Vec<(String, String)> {
    let member = |names: [&str; 2]| names.iter().find_map(|name| input.get(*name)).and_then(Value::as_array).cloned();
    // KMS has its own spelling of a tag.
    let text = |tag: &Value, names: [&str; 3]| {
        names.iter().find_map(|name| tag.get(*name)?.as_str()).unwrap_or_default().to_owned()
    };
    let tags = member(["tags", "Tags"]).unwrap_or_default();
    let keys = member(["tagKeys", "TagKeys"]).unwrap_or_default();
    let tags = tags.iter().map(|tag| (text(tag, ["key", "Key", "TagKey"]), text(tag, ["value", "Value", "TagValue"])));
    tags.chain(keys.iter().filter_map(|key| Some((key.as_str()?.to_owned(), String::new())))).collect()
}

fn given<'a>(input: &'a Value, member: &str) -> Option<&'a str> {
    input.get(member)?.as_str()
}
