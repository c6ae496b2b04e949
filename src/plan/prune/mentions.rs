//! Does anything that could still be started, or that a manifest wants, name a role or a secret? In doubt it does.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::draft::Draft;
use super::super::held::Because;
use super::{short, startable};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{Family, Kind, ResourceId};
use crate::model::inventory::{Named, Remnant};
use crate::model::observed::{Seen, seen};
use crate::model::revision::Revision;
use crate::model::secret_policy::ResourcePolicy;
use crate::model::secret_source::SecretSource;
use crate::model::service::ObservedService;
use crate::model::task_definition::{RoleUse, SecretUse};

/// What is looked for.
#[derive(Clone, Copy)]
pub(super) enum Thing<'t> {
    /// A role, also by its name alone, with its path or without.
    Role(&'t Arn, &'t str),
    /// A secret, also without its random characters, as a parameter, and by its name in a variable.
    Secret(&'t Arn),
}

impl Thing<'_> {
    /// Does a text name it? `member` is what the text is the value of.
    fn is(self, member: &str, text: &str) -> bool {
        match self {
            Self::Role(arn, name) => {
                let by_name = || text == name || arn.resource().strip_prefix("role/") == Some(text);
                text == arn.as_str() || (member.to_ascii_lowercase().contains("role") && by_name())
            }
            Self::Secret(arn) => {
                let partial = arn.without_random_characters();
                let after = text.strip_prefix(partial);
                let parameter = format!("/aws/reference/secretsmanager/{}", arn.secret_name());
                // What an application is told in a variable, it reads by itself.
                let told = member == "value" && text == arn.secret_name();
                told || text.contains(arn.as_str())
                    || after.is_some_and(|after| after.is_empty() || after.starts_with(':'))
                    || text.ends_with(&parameter)
            }
        }
    }

    fn is_in(self, member: &str, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is(member, text),
            Value::Array(elements) => elements.iter().any(|element| self.is_in(member, element)),
            Value::Object(members) => members.iter().any(|(member, value)| self.is_in(member, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn is_named_by(self, revision: &Revision<Arn>) -> bool {
        let source = |source: &SecretSource<Arn>| match source {
            SecretSource::Secret { arn, .. } => self.is("", arn.as_str()),
            SecretSource::Other(text) => self.is("", text),
        };
        revision.execution_role.as_ref().is_some_and(|role| self.is("", role.as_str()))
            || revision.secrets.values().any(source)
            || self.is_in("", &revision.content.to_value())
    }

    fn is_named_by_service(self, live: &ObservedService) -> bool {
        self.is_in("", &Value::Object(live.fields.all_written().clone()))
    }

    /// Who needs it still, if anyone.
    pub(super) fn user(self, draft: &mut Draft<'_>, families: &BTreeSet<Family>) -> Result<Option<String>, Because> {
        if let Some(id) = self.wanted_by(draft.desired) {
            return Ok(Some(format!("{id} names it")));
        }
        let observed = draft.observed;
        for name in draft.desired.services.keys() {
            let live = seen(&observed.services, name);
            let live = live.map_err(|why| Because::Unreadable(format!("Service/{name}: {why}")))?;
            if live.is_some_and(|live| self.is_named_by_service(live)) {
                return Ok(Some(format!("Service/{name} names it")));
            }
        }
        for (arn, remnant) in &observed.remnants {
            match remnant {
                Seen::Present(Remnant::Service(live)) if self.is_named_by_service(live) => {
                    return Ok(Some(format!("the service {} names it", short(arn))));
                }
                Seen::Unreadable(why) if matches!(Named::of(arn), Some(Named::Service(..))) => {
                    return Err(Because::Unreadable(format!("the service {}: {why}", short(arn))));
                }
                Seen::Present(_) | Seen::Absent | Seen::Unreadable(_) => {}
            }
        }
        for arn in startable(draft, families)? {
            let revision =
                seen(&observed.revisions, arn).map_err(|why| Because::Unreadable(format!("{arn}: {why}")))?;
            if revision.is_some_and(|revision| self.is_named_by(&revision.revision)) {
                return Ok(Some(format!("{} names it, and could be started", short(arn))));
            }
        }
        Ok(None)
    }

    fn wanted_by(self, desired: &Desired) -> Option<ResourceId> {
        let td = desired.task_definitions.iter().find(|(_, td)| {
            let role = matches!(&td.execution_role, Some(RoleUse::Raw(arn)) if self.is("role", arn.as_str()));
            let raw = |used: &SecretUse| matches!(used, SecretUse::Raw(text) if self.is("", text));
            role || td.secrets.values().any(raw) || self.is_in("", &td.content.to_value())
        });
        let service = desired
            .services
            .iter()
            .find(|(_, service)| self.is_in("", &Value::Object(service.fields.all_written().clone())));
        // Secrets Manager takes no policy that names a role which is not there.
        let admits =
            |policy: &ResourcePolicy| matches!(self, Self::Role(arn, _) if policy.to_json().contains(arn.as_str()));
        let secret = desired.secrets.iter().find(|(_, secret)| secret.resource_policy.as_ref().is_some_and(admits));
        td.map(|(name, _)| ResourceId::new(Kind::TaskDefinition, name))
            .or_else(|| service.map(|(name, _)| ResourceId::new(Kind::Service, name)))
            .or_else(|| secret.map(|(name, _)| ResourceId::new(Kind::Secret, name)))
    }
}
