//! May a role do this? And may a service become the role?
//!
//! Identity policies, a resource policy, and a permissions boundary ([I11],
//! [I18]). No organisation policies, no session policies. Policy variables are
//! not resolved ([I15]).

use std::collections::BTreeMap;

use super::condition::{Holds, has_variable};
use super::document::{self, Kind, Set, Statement};
use super::glob::covers;
use super::guard::Guard;
use super::{Iam, Role};
use crate::sandbox::clock::Millis;

/// What a role wants to do.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) context: &'a Context,
}

/// Condition keys in lower case, each with its values.
pub(crate) type Context = BTreeMap<String, Vec<String>>;

/// Why not. The words are those at the end of AWS's own messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    NoRole,
    ExplicitInIdentity,
    NotInIdentity,
    ExplicitInResource,
    NotInResource,
    ExplicitInBoundary,
    NotInBoundary,
}

/// What a set of statements says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allow,
    Deny,
    Silence,
}

impl Denial {
    /// `because …`, as AWS ends an access-denied message.
    pub(crate) fn because(self, action: &str) -> String {
        match self {
            Self::NoRole | Self::NotInIdentity => {
                format!("because no identity-based policy allows the {action} action")
            }
            Self::ExplicitInIdentity => "with an explicit deny in an identity-based policy".to_owned(),
            Self::ExplicitInResource => "with an explicit deny in a resource-based policy".to_owned(),
            Self::NotInResource => format!("because no resource-based policy allows the {action} action"),
            Self::NotInBoundary => {
                format!("because no permissions boundary allows the {action} action")
            }
            Self::ExplicitInBoundary => "with an explicit deny in a permissions boundary".to_owned(),
        }
    }
}

impl Iam {
    /// Judges `ask` by the role's policies as they have spread by `now`, and
    /// by the policy of the resource, where it has one. `notes` gets what the
    /// sandbox could not decide.
    pub(crate) fn authorise(
        &self,
        role: &str,
        ask: Ask<'_>,
        guard: Option<Guard<'_>>,
        now: Millis,
        notes: &mut Vec<String>,
    ) -> Result<(), Denial> {
        let role = self.roles.late_get(role, now).ok_or(Denial::NoRole)?;
        let granted_there = match guard.map_or(Verdict::Silence, |guard| guard.verdict(role, ask, notes)) {
            Verdict::Deny => return Err(Denial::ExplicitInResource),
            Verdict::Silence => false,
            Verdict::Allow => true,
        };
        match judge(&self.identity_statements(role), ask, notes) {
            Verdict::Deny => return Err(Denial::ExplicitInIdentity),
            Verdict::Silence if !granted_there => return Err(Denial::NotInIdentity),
            Verdict::Silence | Verdict::Allow => {}
        }
        let Some(boundary) = &role.boundary else {
            return Ok(());
        };
        match judge(&self.managed_statements(boundary), ask, notes) {
            Verdict::Allow => Ok(()),
            Verdict::Deny => Err(Denial::ExplicitInBoundary),
            Verdict::Silence => Err(Denial::NotInBoundary),
        }
    }

    /// Judges the use of a key of KMS: the role's policies count only where the key's policy leaves it to the account.
    pub(crate) fn may_use_key(
        &self,
        role: &str,
        ask: Ask<'_>,
        policy: &serde_json::Value,
        now: Millis,
        notes: &mut Vec<String>,
    ) -> Result<(), Denial> {
        let guard = Guard { document: policy, roles: &BTreeMap::new() };
        let held = self.roles.late_get(role, now).ok_or(Denial::NoRole)?;
        let named = guard.verdict(held, ask, notes) == Verdict::Allow;
        if !named && !guard.leaves_it_to_the_account(held, ask, notes) {
            return Err(Denial::NotInResource);
        }
        self.authorise(role, ask, Some(guard), now, notes)
    }

    /// Does the role trust `service`, as its trust policy has spread by `now`?
    pub(crate) fn trusts(
        &self,
        role: &str,
        service: &str,
        context: &Context,
        now: Millis,
        notes: &mut Vec<String>,
    ) -> bool {
        let Some(role) = self.roles.late_get(role, now) else {
            return false;
        };
        let statements = document::read(Kind::Trust, &role.trust).unwrap_or_default();
        let about_service: Vec<Statement> = statements
            .into_iter()
            .filter(|statement| statement.services.iter().any(|name| name == service || name == "*"))
            .collect();
        let ask = Ask { action: "sts:AssumeRole", resource: &role.arn, context };
        judge(&about_service, ask, notes) == Verdict::Allow
    }

    pub(super) fn identity_statements(&self, role: &Role) -> Vec<Statement> {
        let inline = role.inline.values().flat_map(|text| statements(text));
        let attached = role.attached.iter().flat_map(|arn| self.managed_statements(arn));
        inline.chain(attached).collect()
    }

    pub(super) fn managed_statements(&self, arn: &str) -> Vec<Statement> {
        self.policies.get(arn).map(|policy| statements(&policy.document)).unwrap_or_default()
    }
}

/// A document that was poked in and cannot be read says nothing.
fn statements(text: &str) -> Vec<Statement> {
    document::read(Kind::Identity, text).unwrap_or_default()
}

/// An explicit deny wins over any allow.
pub(super) fn judge(statements: &[Statement], ask: Ask<'_>, notes: &mut Vec<String>) -> Verdict {
    let mut verdict = Verdict::Silence;
    for statement in statements {
        let applies = match statement.applies(ask) {
            Holds::Yes => true,
            Holds::No => false,
            Holds::Unknown => {
                let counts_as = if statement.allows { "not met (Allow)" } else { "met (Deny)" };
                notes.push(format!(
                    "cannot decide a statement on {} ({}): it counts as {counts_as}",
                    ask.action,
                    statement.undecided(ask).join(", "),
                ));
                // The safe side: grant nothing, deny what might be denied.
                !statement.allows
            }
        };
        match (applies, statement.allows) {
            (true, false) => return Verdict::Deny,
            (true, true) => verdict = Verdict::Allow,
            (false, _) => {}
        }
    }
    verdict
}

impl Statement {
    fn applies(&self, ask: Ask<'_>) -> Holds {
        let resources = if self.resources.patterns.iter().any(|pattern| has_variable(pattern)) {
            Holds::Unknown
        } else {
            Holds::from(self.resources.has(|pattern| covers(pattern, ask.resource)))
        };
        let conditions = self.conditions.iter().map(|condition| condition.holds(ask.context));
        conditions.chain([Holds::from(self.covers_action(ask)), resources]).fold(Holds::Yes, |all, one| {
            match (all, one) {
                (Holds::No, _) | (_, Holds::No) => Holds::No,
                (Holds::Unknown, _) | (_, Holds::Unknown) => Holds::Unknown,
                (Holds::Yes, Holds::Yes) => Holds::Yes,
            }
        })
    }

    /// Does it speak of the action and the resource, whatever its conditions?
    pub(super) fn is_about(&self, ask: Ask<'_>) -> bool {
        self.covers_action(ask) && self.resources.has(|pattern| covers(pattern, ask.resource))
    }

    /// Action names ignore case (facts 2.3); ARNs do not.
    fn covers_action(&self, ask: Ask<'_>) -> bool {
        let action = ask.action.to_ascii_lowercase();
        self.actions.has(|pattern| covers(&pattern.to_ascii_lowercase(), &action))
    }

    /// The keys of its conditions, in lower case.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().map(super::condition::Condition::key)
    }

    /// What keeps the sandbox from deciding: operators, or a policy variable.
    fn undecided(&self, ask: Ask<'_>) -> Vec<&str> {
        let operators = self.conditions.iter().filter(|condition| condition.holds(ask.context) == Holds::Unknown);
        let resources = self.resources.patterns.iter().filter(|pattern| has_variable(pattern));
        operators.map(|condition| condition.operator.as_str()).chain(resources.map(String::as_str)).collect()
    }
}

impl Set {
    fn has(&self, covered: impl Fn(&str) -> bool) -> bool {
        self.patterns.iter().any(|pattern| covered(pattern)) != self.inverted
    }
}
