//! What Secrets Manager would refuse of a resource policy, as far as the policy grammar says, and a policy that is for
//! everyone. The text of a policy is never repeated: messages name members and places alone.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::diagnostic::closest;
use super::policy_operators;
use crate::model::secret_policy::is_account;

/// Something that is wrong with a policy.
pub(super) struct Mistake {
    /// Where in the policy, as a JSON pointer; the last part may be what is missing.
    pub(super) place: String,
    pub(super) message: String,
    pub(super) help: String,
}

/// Everything that is wrong with a policy; nothing is wrong with `{}`.
pub(super) fn mistakes(document: &Value) -> Vec<Mistake> {
    let mut found = Found(Vec::new());
    let members = document.as_object().into_iter().flatten();
    let names: Vec<&str> = members.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return found.0;
    }
    let policy = Place { words: "the policy".to_owned(), pointer: String::new() };
    found.nothing("", document);
    found.unknown(&policy, &names, &POLICY);
    if let Some(version) = document.get("Version")
        && !VERSIONS.iter().any(|known| version == known)
    {
        found.wrong(&policy, "/Version", "the policy's `Version` is 2012-10-17 or 2008-10-17", "write \"2012-10-17\"");
    }
    let statement = |words: String, pointer: &str| Place { words, pointer: format!("/Statement{pointer}") };
    match document.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => {
            for (index, one) in statements.iter().enumerate() {
                found.statement(&statement(format!("statement {}", index + 1), &format!("/{index}")), one);
            }
        }
        Some(one @ Value::Object(_)) => found.statement(&statement("the statement".to_owned(), ""), one),
        _ => {
            let message = "the policy has no `Statement`; `resourcePolicy: {}` removes the policy";
            found.wrong(&policy, "/Statement", message, "write `Statement: [{Effect: Allow, …}]`");
        }
    }
    // Of a member without a value nothing else need be said.
    let mut seen = BTreeSet::new();
    let empty: BTreeSet<String> =
        found.0.iter().filter(|it| it.message == NOTHING).map(|it| it.place.clone()).collect();
    found.0.retain(|mistake| !empty.contains(&mistake.place) || seen.insert(mistake.place.clone()));
    found.0
}

const NOTHING: &str = "a member of the policy has no value";

/// Of a policy.
pub(super) const POLICY: [&str; 3] = ["Version", "Id", "Statement"];

pub(super) const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

/// Kinds of principals.
pub(super) const PRINCIPALS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// Of a statement.
pub(super) const MEMBERS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// A part of the policy: for people, and as a pointer.
struct Place {
    words: String,
    pointer: String,
}

struct Found(Vec<Mistake>);

impl Found {
    fn wrong(&mut self, at: &Place, inside: &str, message: impl Into<String>, help: impl Into<String>) {
        let place = format!("{}{inside}", at.pointer);
        self.0.push(Mistake { place, message: message.into(), help: help.into() });
    }

    /// Left out, an empty `Condition` would let more in than is meant.
    fn nothing(&mut self, at: &str, value: &Value) {
        let inside = |part: &str| format!("{at}/{}", escaped(part));
        match value {
            Value::Null => {
                let help = "write its value, or take it out";
                self.0.push(Mistake { place: at.to_owned(), message: NOTHING.to_owned(), help: help.to_owned() });
            }
            Value::Object(members) => members.iter().for_each(|(name, value)| self.nothing(&inside(name), value)),
            Value::Array(elements) => {
                elements.iter().enumerate().for_each(|(index, value)| self.nothing(&inside(&index.to_string()), value));
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn statement(&mut self, at: &Place, statement: &Value) {
        let words = &at.words;
        let Some(members) = statement.as_object() else {
            let help = "write `{Effect: …, Principal: …, Action: …, Resource: …}`";
            return self.wrong(at, "", format!("{words} of the policy is a map"), help);
        };
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        self.unknown(at, &names, &MEMBERS);
        if !members.get("Effect").is_some_and(|effect| effect == "Allow" || effect == "Deny") {
            let message = format!("{words} of the policy needs an `Effect`: Allow or Deny");
            self.wrong(at, "/Effect", message, "write `Effect: Allow` or `Effect: Deny`");
        }
        for member in ["Principal", "Action", "Resource"] {
            let not = format!("Not{member}");
            let given = [member, &not].iter().filter(|name| members.contains_key(**name)).count();
            if given != 1 {
                let message = format!("{words} of the policy takes exactly one of `{member}` and `{not}`");
                let help = if given == 0 { format!("add `{member}: …`") } else { "keep one of them".to_owned() };
                self.wrong(at, &format!("/{member}"), message, help);
            }
        }
        for member in ["Principal", "NotPrincipal"] {
            if let Some(principal) = members.get(member) {
                let words = format!("the principal of {words}");
                self.principal(&Place { words, pointer: format!("{}/{member}", at.pointer) }, principal);
            }
        }
        for member in ["Action", "NotAction"] {
            self.actions(at, member, members.get(member));
        }
        if let Some(condition) = members.get("Condition") {
            self.conditions(at, condition);
        }
        if let Some(member) = lets_everyone_in(members) {
            let message = format!("{words} of the policy lets everyone in, which evenkeel has Secrets Manager block");
            let help = "name who may: `Principal: {AWS: …}`; or add a `Condition` that bounds them, such as `aws:PrincipalOrgID`";
            self.wrong(at, &format!("/{member}"), message, help);
        }
    }

    fn principal(&mut self, at: &Place, principal: &Value) {
        let words = &at.words;
        let kinds = match principal {
            Value::Object(kinds) if !kinds.is_empty() => kinds,
            Value::String(all) if all == "*" => return,
            _ => {
                let message = format!("{words} is `*` or a map such as {{AWS: …}}");
                return self.wrong(at, "", message, "write `{AWS: \"123456789012\"}` for an account");
            }
        };
        let names: Vec<&str> = kinds.keys().map(String::as_str).collect();
        self.unknown(at, &names, &PRINCIPALS);
        for name in kinds.get("AWS").map(several).unwrap_or_default() {
            let text = crate::model::document::scalar(name);
            // A number that begins with 0 has lost it when it is read without quotes.
            let is_id = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            if text != "*" && !is_account(&text) && !text.starts_with("arn:") && !is_id {
                let of = words.trim_start_matches("the principal of ");
                let message = format!("an `AWS` principal of {of} is no ARN and no account of 12 digits (in quotes)");
                self.wrong(at, "/AWS", message, "write `\"123456789012\"` or `arn:aws:iam::123456789012:role/NAME`");
            }
        }
    }

    /// What Secrets Manager takes is its own: a policy with other actions is refused as a whole (S43).
    fn actions(&mut self, at: &Place, member: &str, actions: Option<&Value>) {
        let Some(actions) = actions else { return };
        for (index, action) in several(actions).iter().enumerate() {
            let Some(action) = action.as_str() else { continue };
            let service = action.split_once(':').map(|(service, _)| service.to_ascii_lowercase());
            // Whether a pattern can stand for a service is not documented: it passes.
            let is_pattern = |text: &str| text.contains(['*', '?']);
            let passes = match &service {
                Some(service) => service == "secretsmanager" || is_pattern(service),
                None => is_pattern(action),
            };
            if passes {
                continue;
            }
            let message = format!("an action of {} of the policy is none of Secrets Manager's", at.words);
            let help = match service {
                None => "write it with its service, as in `secretsmanager:GetSecretValue`",
                Some(_) => {
                    "take it out: such a policy is about its secret alone, as in `secretsmanager:GetSecretValue`"
                }
            };
            let element = if actions.is_array() { format!("/{index}") } else { String::new() };
            self.wrong(at, &format!("/{member}{element}"), message, help);
        }
    }

    fn conditions(&mut self, at: &Place, condition: &Value) {
        for operator in condition.as_object().into_iter().flatten().map(|(name, _)| name) {
            if !policy_operators::is_one(operator) {
                let message =
                    format!("a condition of {} of the policy has an operator that IAM does not have", at.words);
                let near = policy_operators::nearest(operator).map(|near| format!("did you mean `{near}`?"));
                let help = near.unwrap_or_else(|| "write one of IAM's, such as `StringEquals` or `ArnLike`".to_owned());
                self.wrong(at, &format!("/Condition/{}", escaped(operator)), message, help);
            }
        }
        if !condition.is_object() && !condition.is_null() {
            let help = "write `Condition: {StringEquals: {…}}`";
            self.wrong(
                at,
                "/Condition",
                format!("the condition of {} of the policy is a map of operators", at.words),
                help,
            );
        }
    }

    fn unknown(&mut self, at: &Place, names: &[&str], known: &[&str]) {
        for name in names.iter().filter(|name| !known.contains(name)) {
            let near = closest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("known: {}", known.join(", ")));
            let pointer = format!("/{}", escaped(name));
            self.wrong(at, &pointer, format!("{} has no member `{name}`", at.words), help);
        }
    }
}

/// The member by which a statement allows everyone something, or everyone but some, and on no condition. Which conditions
/// bound a policy enough is Secrets Manager's to say (S42).
fn lets_everyone_in(statement: &Map<String, Value>) -> Option<&'static str> {
    let bounded = statement.get("Condition").and_then(Value::as_object).is_some_and(|keys| !keys.is_empty());
    if bounded || statement.get("Effect").is_none_or(|effect| effect != "Allow") {
        return None;
    }
    let everyone = |names: &Value| several(names).iter().any(|name| *name == "*");
    match statement.get("Principal") {
        Some(principal) if principal == "*" || principal.get("AWS").is_some_and(everyone) => Some("Principal"),
        _ => statement.contains_key("NotPrincipal").then_some("NotPrincipal"),
    }
}

/// A part of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// One, or the elements of a list.
fn several(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}
