//! What Secrets Manager would refuse of a resource policy, as far as the policy grammar says. The text of a policy is never
//! repeated: messages name members and places alone.

use serde_json::Value;

use super::diagnostic::closest;
use crate::model::secret_policy::is_account;

/// Everything that is wrong with a policy; nothing is wrong with `{}`.
pub(super) fn mistakes(document: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let members = document.as_object().into_iter().flatten();
    let names: Vec<&str> = members.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return out;
    }
    unknown("the policy", &names, &["Version", "Id", "Statement"], &mut out);
    if let Some(version) = document.get("Version")
        && !["2012-10-17", "2008-10-17"].iter().any(|known| version == known)
    {
        out.push("the policy's `Version` is 2012-10-17 or 2008-10-17".to_owned());
    }
    match document.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => {
            for (index, statement) in statements.iter().enumerate() {
                statement_mistakes(&format!("statement {}", index + 1), statement, &mut out);
            }
        }
        Some(statement @ Value::Object(_)) => statement_mistakes("the statement", statement, &mut out),
        _ => out.push("the policy has no `Statement`; `resourcePolicy: {}` removes the policy".to_owned()),
    }
    out
}

const MEMBERS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn statement_mistakes(place: &str, statement: &Value, out: &mut Vec<String>) {
    let Some(members) = statement.as_object() else {
        return out.push(format!("{place} of the policy is a map"));
    };
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    unknown(place, &names, &MEMBERS, out);
    if !members.get("Effect").is_some_and(|effect| effect == "Allow" || effect == "Deny") {
        out.push(format!("{place} of the policy needs an `Effect`: Allow or Deny"));
    }
    for member in ["Principal", "Action", "Resource"] {
        let given =
            [member.to_owned(), format!("Not{member}")].iter().filter(|name| members.contains_key(*name)).count();
        if given != 1 {
            out.push(format!("{place} of the policy takes exactly one of `{member}` and `Not{member}`"));
        }
    }
    for member in ["Principal", "NotPrincipal"] {
        if let Some(principal) = members.get(member) {
            principal_mistakes(place, principal, out);
        }
    }
}

fn principal_mistakes(place: &str, principal: &Value, out: &mut Vec<String>) {
    let kinds = match principal {
        Value::Object(kinds) if !kinds.is_empty() => kinds,
        Value::String(all) if all == "*" => return,
        _ => return out.push(format!("the principal of {place} is `*` or a map such as {{AWS: …}}")),
    };
    let names: Vec<&str> = kinds.keys().map(String::as_str).collect();
    unknown(&format!("the principal of {place}"), &names, &["AWS", "Service", "Federated", "CanonicalUser"], out);
    let names = kinds.get("AWS").map(|names| names.as_array().map_or(std::slice::from_ref(names), Vec::as_slice));
    for name in names.unwrap_or_default() {
        let text = crate::model::document::scalar(name);
        // A number that begins with 0 has lost it when it is read without quotes.
        let is_id = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if text != "*" && !is_account(&text) && !text.starts_with("arn:") && !is_id {
            out.push(format!("an `AWS` principal of {place} is no ARN and no account of 12 digits (in quotes)"));
        }
    }
}

fn unknown(place: &str, names: &[&str], known: &[&str], out: &mut Vec<String>) {
    for name in names.iter().filter(|name| !known.contains(name)) {
        let near = closest(name, known.iter().copied()).map(|near| format!(": did you mean `{near}`?"));
        out.push(format!("{place} has no member `{name}`{}", near.unwrap_or_default()));
    }
}
