//! Resource policies: whom a statement is about, and what it says to a role
//! of the same account ([I18], [I73], [I74]).

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{self, Kind, Statement};
use super::evaluate::{Ask, Verdict, judge};
use super::role::Role;

/// A resource policy, as far as it decides.
#[derive(Clone, Copy)]
pub(crate) struct Guard<'a> {
    /// The document.
    pub(crate) document: &'a Value,
    /// The ids of the roles that it names, by ARN: a role that was made again
    /// is another one.
    pub(crate) roles: &'a BTreeMap<String, String>,
}

/// How closely a statement means a role.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    /// By its ARN, or everyone: an Allow is enough.
    It,
    /// As one of its account: an Allow leaves it to the identity's policies.
    ItsAccount,
    NotIt,
}

impl Guard<'_> {
    pub(super) fn verdict(&self, role: &Role, ask: Ask<'_>, notes: &mut Vec<String>) -> Verdict {
        let statements = document::read(Kind::Resource, &self.document.to_string()).unwrap_or_default();
        let about_it = statements.into_iter().filter(|statement| match self.means(statement, role) {
            Means::It => true,
            Means::ItsAccount => !statement.allows,
            Means::NotIt => false,
        });
        judge(&about_it.collect::<Vec<_>>(), ask, notes)
    }

    /// Does the resource leave it to the policies of its account's identities? Keys must ([O102]).
    pub(super) fn leaves_it_to_the_account(&self, role: &Role, ask: Ask<'_>, notes: &mut Vec<String>) -> bool {
        let statements = document::read(Kind::Resource, &self.document.to_string()).unwrap_or_default();
        let about = statements
            .into_iter()
            .filter(|statement| statement.allows && self.means(statement, role) == Means::ItsAccount);
        judge(&about.collect::<Vec<_>>(), ask, notes) == Verdict::Allow
    }

    fn means(&self, statement: &Statement, role: &Role) -> Means {
        let account = role.arn.split(':').nth(4).unwrap_or_default();
        let root = format!("arn:aws:iam::{account}:root");
        let names = &statement.principals.patterns;
        let is_it = names
            .iter()
            .any(|name| name == "*" || (*name == role.arn && self.roles.get(name).is_none_or(|id| *id == role.id)));
        let is_account = names.iter().any(|name| *name == root || name == account);
        // Of a Deny the account alone spares none of its roles, and no name one with a boundary ([I73]); an Allow is for nobody
        // who is named, and for no role of an account that is ([I74]).
        let is_named = if statement.allows { is_it || is_account } else { is_it && role.boundary.is_none() };
        let is_spared = is_named || names.iter().any(|name| name == "*");
        match (statement.principals.inverted, is_it, is_account) {
            (true, _, _) if is_spared => Means::NotIt,
            (false, true, _) | (true, _, _) => Means::It,
            (false, false, true) => Means::ItsAccount,
            (false, false, false) => Means::NotIt,
        }
    }
}
