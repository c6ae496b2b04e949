//! Policies of things: who may become a role, who may use a secret, a key. IAM's simulator does not judge those for roles.
//!
//! Three answers: yes, no, and "nobody can tell", for conditions on what is only known when a task starts.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::arn::Arn;
use crate::model::envelope::matches as covers;
use crate::model::policy::{NOT, Permission, Policy};

/// Why nobody can tell.
pub(super) const CONDITIONS: &str = "it depends on what is only known when a task starts";
const NAMES: &str = "it depends on whom a statement with NotPrincipal is about, which AWS leaves open";

/// What to do where a statement with NotPrincipal denies something to a role because that has a permissions boundary (I73).
pub(super) const IN_VAIN: &str = "NotPrincipal spares no role that has a permissions boundary: take the boundary away, or deny \
                                  with a condition on aws:PrincipalArn (ArnNotEquals) in place of NotPrincipal";

/// What a condition can hold against: keys in lower case.
pub(super) type Context = BTreeMap<String, Vec<String>>;

/// Yes, no, or nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tri {
    Yes,
    No,
    Unsure,
}

impl Tri {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unsure, _) | (_, Self::Unsure) => Self::Unsure,
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unsure, _) | (_, Self::Unsure) => Self::Unsure,
            (Self::No, Self::No) => Self::No,
        }
    }
}

/// Who asks.
#[derive(Clone, Copy)]
pub(super) enum Who<'a> {
    /// A role, and whether it has a permissions boundary.
    Role(&'a Arn, bool),
    /// An AWS service.
    Service(&'a str),
}

/// What is asked.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) who: Who<'a>,
    pub(super) action: &'a str,
    /// Absent in trust policies.
    pub(super) resource: Option<&'a str>,
    pub(super) context: &'a Context,
}

/// What a policy says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// It denies it.
    pub(super) denies: Tri,
    /// It allows it, to the one who asks or to everyone.
    pub(super) allows: Tri,
    /// It leaves it to the account of the one who asks.
    pub(super) delegates: Tri,
    /// It denies it for one reason alone: no name spares a role with a permissions boundary.
    pub(super) in_vain: bool,
    /// Is it open whom a statement is about?
    by_name: bool,
}

impl Said {
    pub(super) const NOTHING: Self = Self::to_all(Tri::No);
    /// Of a policy that was not read.
    pub(super) const UNREAD: Self = Self::to_all(Tri::Unsure);

    const fn to_all(said: Tri) -> Self {
        Self { denies: said, allows: said, delegates: said, in_vain: false, by_name: false }
    }

    /// Why nobody can tell, where that is so.
    pub(super) fn why(self) -> &'static str {
        if self.by_name { NAMES } else { CONDITIONS }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    It,
    Account,
    /// It, for it has a permissions boundary: else nobody could tell.
    Bounded,
    Others,
    /// It or others: nobody can tell.
    Open,
}

pub(super) fn judge(policy: &Policy, request: Request<'_>) -> Said {
    let mut said = Said::NOTHING;
    // Without the statements that name it in vain.
    let mut denied = Tri::No;
    for permission in policy.permissions() {
        let allows = permission.effect == "Allow";
        let means = means(&permission.principal, allows, request.who);
        if means == Means::Others {
            continue;
        }
        let mut applies = applies(permission, request);
        if means == Means::Open && applies != Tri::No {
            applies = Tri::Unsure;
            said.by_name = true;
        }
        match (allows, means) {
            (true, Means::Account) => said.delegates = said.delegates.or(applies),
            (true, _) => said.allows = said.allows.or(applies),
            (false, Means::Bounded) => said.denies = said.denies.or(applies),
            (false, _) => {
                said.denies = said.denies.or(applies);
                denied = denied.or(applies);
            }
        }
    }
    said.in_vain = said.denies == Tri::Yes && denied != Tri::Yes;
    said
}

fn means(principal: &str, allows: bool, who: Who<'_>) -> Means {
    if let Some(rest) = principal.strip_prefix(NOT) {
        let kinds: Value = serde_json::from_str(rest).unwrap_or_default();
        let listed = kinds.as_object().into_iter().flatten();
        let names = listed.flat_map(|(kind, names)| {
            let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
            names.map(move |name| (one(kind, name, who), kind == "AWS" && name == "*"))
        });
        return all_but(&names.collect::<Vec<_>>(), allows, who);
    }
    match serde_json::from_str::<BTreeMap<String, String>>(principal) {
        Ok(kinds) => kinds.iter().next().map_or(Means::Others, |(kind, name)| one(kind, name, who)),
        Err(_) if principal == "*" => Means::It,
        Err(_) => Means::Others,
    }
}

/// Whom a statement means that is about everyone but those who are named. A role has a name of its own, that of its account and
/// one for each session, which nobody knows before a task starts: which of them spare it of a Deny is open, but for a role with a
/// boundary, which no name spares (I73). An Allow like that is not supported (I74).
fn all_but(named: &[(Means, bool)], allows: bool, who: Who<'_>) -> Means {
    let is_named = named.iter().any(|(means, _)| *means != Means::Others);
    match who {
        _ if named.iter().any(|(_, everyone)| *everyone) => Means::Others,
        _ if allows => Means::Open,
        _ if !is_named => Means::It,
        Who::Service(_) => Means::Others,
        Who::Role(_, true) => Means::Bounded,
        Who::Role(_, false) => Means::Open,
    }
}

fn one(kind: &str, name: &str, who: Who<'_>) -> Means {
    match (kind, who) {
        ("AWS", _) if name == "*" => Means::It,
        ("AWS", Who::Role(role, _)) if name == role.as_str() => Means::It,
        ("AWS", Who::Role(role, _)) if name == role.account() => Means::Account,
        ("Service", Who::Service(service)) if name == service => Means::It,
        _ => Means::Others,
    }
}

fn applies(permission: &Permission, request: Request<'_>) -> Tri {
    let action = selected(permission.action.as_str(), |pattern| {
        Tri::of(covers(&pattern.to_ascii_lowercase(), &request.action.to_ascii_lowercase()))
    });
    let resource = match request.resource {
        None => Tri::Yes,
        Some(resource) => selected(&permission.resource, |pattern| {
            if pattern.contains("${") { Tri::Unsure } else { Tri::of(covers(pattern, resource)) }
        }),
    };
    action.and(resource).and(conditions(&permission.condition, request.context))
}

/// One pattern, or everything but a list of them.
fn selected(text: &str, covers: impl Fn(&str) -> Tri) -> Tri {
    let Some(list) = text.strip_prefix(NOT) else { return covers(text) };
    let patterns: Vec<String> = serde_json::from_str(list).unwrap_or_default();
    match patterns.iter().fold(Tri::No, |any, pattern| any.or(covers(pattern))) {
        Tri::Yes => Tri::No,
        Tri::No => Tri::Yes,
        Tri::Unsure => Tri::Unsure,
    }
}

fn conditions(text: &str, context: &Context) -> Tri {
    let block: BTreeMap<String, BTreeMap<String, Vec<String>>> = match serde_json::from_str(text) {
        Ok(block) => block,
        Err(_) if text.is_empty() => return Tri::Yes,
        Err(_) => return Tri::Unsure,
    };
    let each = block.iter().flat_map(|(operator, keys)| keys.iter().map(move |(key, wanted)| (operator, key, wanted)));
    each.fold(Tri::Yes, |all, (operator, key, wanted)| all.and(holds(operator, wanted, context.get(key))))
}

/// What has no value here may have one when the task starts: nobody can tell.
fn holds(operator: &str, wanted: &[String], given: Option<&Vec<String>>) -> Tri {
    let Some(given) = given else { return Tri::Unsure };
    if wanted.iter().any(|value| value.contains("${")) {
        return Tri::Unsure;
    }
    let (any, operator) = match operator.split_once(':') {
        Some(("ForAnyValue", rest)) => (true, rest),
        Some((_, rest)) => (false, rest),
        None => (false, operator),
    };
    let bare = operator.strip_suffix("IfExists").unwrap_or(operator);
    if bare == "Null" {
        return Tri::of(wanted.iter().any(|value| value.eq_ignore_ascii_case("false")));
    }
    let positive = bare.replace("Not", "");
    let test: fn(&str, &str) -> bool = match positive.as_str() {
        "StringEquals" => |pattern, value| pattern == value,
        "StringEqualsIgnoreCase" | "Bool" => str::eq_ignore_ascii_case,
        "StringLike" => covers,
        "ArnEquals" | "ArnLike" => covers_arn,
        _ => return Tri::Unsure,
    };
    let negated = positive != bare;
    let passes = |value: &String| wanted.iter().any(|pattern| test(pattern, value)) != negated;
    Tri::of(if any { given.iter().any(passes) } else { given.iter().all(passes) })
}

/// Field by field: a star does not reach over a colon of the first five.
fn covers_arn(pattern: &str, arn: &str) -> bool {
    let fields = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (wanted, given) = (fields(pattern), fields(arn));
    wanted.len() == given.len() && wanted.iter().zip(&given).all(|(pattern, field)| covers(pattern, field))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(statement: &Value) -> Said {
        said_to(statement, false)
    }

    fn said_to(statement: &Value, bounded: bool) -> Said {
        let policy = Policy::read(&json!({"Statement": statement}));
        let role = Arn::new("arn:aws:iam::123456789012:role/web");
        let context = Context::from([("aws:sourceaccount".to_owned(), vec!["123456789012".to_owned()])]);
        let resource = Some("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf");
        let who = Who::Role(&role, bounded);
        judge(&policy, Request { who, action: "secretsmanager:GetSecretValue", resource, context: &context })
    }

    #[test]
    fn a_statement_is_about_the_role_its_account_everyone_or_others() {
        let of = |principal: Value| {
            said(&json!({"Effect": "Allow", "Principal": principal, "Action": "secretsmanager:*", "Resource": "*"}))
        };
        let role = "arn:aws:iam::123456789012:role/web";
        for (principal, allows, delegates) in [
            (json!({"AWS": role}), Tri::Yes, Tri::No),
            (json!("*"), Tri::Yes, Tri::No),
            (json!({"AWS": "arn:aws:iam::123456789012:root"}), Tri::No, Tri::Yes),
            (json!({"AWS": "arn:aws:iam::123456789012:role/other"}), Tri::No, Tri::No),
            (json!({"Service": "ecs-tasks.amazonaws.com"}), Tri::No, Tri::No),
        ] {
            let said = of(principal.clone());
            assert_eq!((said.allows, said.delegates), (allows, delegates), "{principal}");
        }
    }

    fn all_but(effect: &str, named: &[&str]) -> Value {
        json!({"Effect": effect, "NotPrincipal": {"AWS": named}, "Action": "*", "Resource": "*"})
    }

    /// I73.
    #[test]
    fn everyone_but_those_who_are_named_is_denied() {
        let account = "arn:aws:iam::123456789012:root";
        let (role, other) = ("arn:aws:iam::123456789012:role/web", "arn:aws:iam::123456789012:role/other");
        let session = "arn:aws:sts::123456789012:assumed-role/web/session";
        for (named, denies) in [
            (&[role, account][..], Tri::Unsure),
            (&[session, role, account], Tri::Unsure),
            (&[other, account], Tri::Unsure),
            (&[account], Tri::Unsure),
            (&[role], Tri::Unsure),
            (&[other], Tri::Yes),
            (&[session], Tri::Yes),
            (&["*"], Tri::No),
        ] {
            let but = all_but("Deny", named);
            let said = said(&but);
            assert_eq!((said.denies, said.why() == NAMES), (denies, denies == Tri::Unsure), "{named:?}");
            let bounded = said_to(&but, true);
            let expected = if denies == Tri::Unsure { (Tri::Yes, true) } else { (denies, false) };
            assert_eq!((bounded.denies, bounded.in_vain), expected, "with a boundary: {named:?}");
        }
        // Where another statement denies it too, more than the boundary is in the way.
        let too = json!({"Effect": "Deny", "Principal": {"AWS": role}, "Action": "*", "Resource": "*"});
        assert!(!said_to(&json!([all_but("Deny", &[role, account]), too]), true).in_vain);
    }

    /// I74.
    #[test]
    fn an_allow_for_everyone_but_those_who_are_named_allows_nothing_for_sure() {
        let (account, role) = ("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/web");
        for (named, allows) in [
            (&[role, account][..], Tri::Unsure),
            (&[role], Tri::Unsure),
            (&[account], Tri::Unsure),
            (&["arn:aws:iam::123456789012:role/other"], Tri::Unsure),
            (&["*"], Tri::No),
        ] {
            for bounded in [false, true] {
                let said = said_to(&all_but("Allow", named), bounded);
                assert_eq!((said.allows, said.delegates, said.denies), (allows, Tri::No, Tri::No), "{named:?}");
            }
        }
    }

    #[test]
    fn conditions_hold_do_not_or_cannot_be_told() {
        let of = |condition: Value| {
            said(&json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}))
                .denies
        };
        for (condition, denies) in [
            (json!({"StringEquals": {"aws:SourceAccount": "123456789012"}}), Tri::Yes),
            (json!({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}), Tri::No),
            (json!({"StringNotLike": {"aws:SourceAccount": ["9*", "8*"]}}), Tri::Yes),
            (json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), Tri::Unsure),
            (json!({"IpAddress": {"aws:SourceAccount": "10.0.0.0/8"}}), Tri::Unsure),
        ] {
            assert_eq!(of(condition.clone()), denies, "{condition}");
        }
    }

    #[test]
    fn stars_cover_and_stop_at_the_colons_of_an_arn() {
        assert!(covers("a*c?e", "abbcde") && covers("*", "") && !covers("a", "ab") && !covers("?", ""));
        assert!(covers_arn("arn:aws:ecs:*:1:*", "arn:aws:ecs:eu-west-1:1:task/a/b"));
        assert!(!covers_arn("arn:aws:ecs:*", "arn:aws:ecs:eu-west-1:1:task/a/b"));
    }
}
