//! IAM's policy evaluation logic within one account: an explicit deny anywhere ends it; then something must allow it, a
//! policy of the role or one of the resource that names the role; then the boundary must allow it too.
//!
//! Source: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements: Condition operators".

use std::collections::BTreeMap;

use serde_json::Value;

/// What is to be done, to what, and the condition keys in lower case.
pub(crate) struct Question<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

#[derive(PartialEq)]
enum Says {
    Nothing,
    Allow,
    Deny,
}

/// May the role, whose own policies these are? `on_resource`: the resource's policy.
pub(crate) fn allows(
    role: &str,
    policies: &[&Value],
    boundary: Option<&Value>,
    on_resource: Option<&Value>,
    question: &Question<'_>,
) -> bool {
    let own = say(policies.iter().copied(), question, |_| true);
    let there = say(on_resource.into_iter(), question, |statement| is_principal(role, statement));
    let limit = boundary.map_or(Says::Allow, |boundary| say([boundary].into_iter(), question, |_| true));
    let denied = [&own, &there, &limit].into_iter().any(|said| *said == Says::Deny);
    !denied && (own == Says::Allow || there == Says::Allow) && limit == Says::Allow
}

/// Does the policy of a key let the role in, by itself or by leaving it to the account? What it does with neither, no policy
/// of the account can do (KMS Developer Guide, "Key policies in AWS KMS").
pub(super) fn lets_in(role: &str, policy: &Value, question: &Question<'_>) -> bool {
    let account = role.split(':').nth(4).unwrap_or_default();
    let root = format!("arn:aws:iam::{account}:root");
    let names = |statement: &Value| {
        is_principal(role, statement)
            || list(&statement["Principal"]["AWS"]).iter().any(|name| name == account || *name == root)
    };
    say([policy].into_iter(), question, names) == Says::Allow
}

/// Does the trust policy let a service become the role?
pub(super) fn trusts(trust: &Value, service: &str, context: BTreeMap<String, Vec<String>>) -> bool {
    let question = Question { action: "sts:AssumeRole", resource: "*", context };
    let named = |statement: &Value| list(&statement["Principal"]["Service"]).iter().any(|name| name == service);
    let mut said = Says::Nothing;
    for statement in objects(&trust["Statement"]).into_iter().filter(|statement| named(statement)) {
        // A trust policy has no Resource: it is about the role that it stands on.
        if matches(&statement["Action"], |pattern| is_action(pattern, question.action)) && holds(statement, &question) {
            said = if statement["Effect"] == "Deny" { return false } else { Says::Allow };
        }
    }
    said == Says::Allow
}

fn say<'a>(
    policies: impl Iterator<Item = &'a Value>,
    question: &Question<'_>,
    concerns: impl Fn(&Value) -> bool,
) -> Says {
    let mut said = Says::Nothing;
    for statement in policies.flat_map(|policy| objects(&policy["Statement"])) {
        let action = either(statement, "Action", "NotAction", |pattern| is_action(pattern, question.action));
        let resource = either(statement, "Resource", "NotResource", |pattern| like(pattern, question.resource));
        if concerns(statement) && action && resource && holds(statement, question) {
            if statement["Effect"] == "Deny" {
                return Says::Deny;
            }
            said = Says::Allow;
        }
    }
    said
}

/// Is the role, or for a deny its whole account, named? An allow for the account lets the account decide: nothing yet.
fn is_principal(role: &str, statement: &Value) -> bool {
    let account = role.split(':').nth(4).unwrap_or_default();
    let root = format!("arn:aws:iam::{account}:root");
    let principal = &statement["Principal"];
    let named = if principal == "*" { vec!["*".to_owned()] } else { list(&principal["AWS"]) };
    let denies = statement["Effect"] == "Deny";
    named.iter().any(|name| name == "*" || name == role || (denies && (name == account || *name == root)))
}

fn either(statement: &Value, element: &str, negated: &str, fits: impl Fn(&str) -> bool) -> bool {
    match (&statement[element], &statement[negated]) {
        (Value::Null, Value::Null) => panic!("a statement has neither {element} nor {negated}"),
        (Value::Null, without) => !matches(without, fits),
        (with, _) => matches(with, fits),
    }
}

fn matches(patterns: &Value, fits: impl Fn(&str) -> bool) -> bool {
    list(patterns).iter().any(|pattern| fits(pattern))
}

fn is_action(pattern: &str, action: &str) -> bool {
    like(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// All operators, and of each all keys.
fn holds(statement: &Value, question: &Question<'_>) -> bool {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        let keys = keys.as_object().expect("a condition has keys");
        keys.iter().all(|(key, values)| condition(operator, &list(values), question.context.get(&key.to_lowercase())))
    })
}

fn condition(operator: &str, wanted: &[String], present: Option<&Vec<String>>) -> bool {
    if operator == "Null" {
        return wanted.iter().any(|value| value == "true") == present.is_none();
    }
    let (any, operator) = match operator.split_once(':') {
        Some(("ForAnyValue", operator)) => (true, operator),
        Some(other) => panic!("the oracle does not know {other:?}"),
        None => (false, operator),
    };
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let (operator, negated) = match operator {
        "StringNotEquals" => ("StringEquals", true),
        "StringNotLike" => ("StringLike", true),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
        operator => (operator, false),
    };
    let Some(present) = present else { return !any && (if_exists || negated) };
    let fits = |value: &String| {
        negated
            != wanted.iter().any(|wanted| match operator {
                "StringEquals" => wanted == value,
                "StringEqualsIgnoreCase" | "Bool" => wanted.eq_ignore_ascii_case(value),
                "StringLike" | "ArnLike" | "ArnEquals" => like(wanted, value),
                other => panic!("the oracle does not know {other}"),
            })
    };
    if any { present.iter().any(fits) } else { present.iter().all(fits) }
}

/// `*` is any run of characters, `?` any one.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // What can be reached in the text with the pattern read so far.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for sign in pattern {
        let before = reached.clone();
        reached[0] = before[0] && sign == '*';
        for at in 0..text.len() {
            reached[at + 1] = match sign {
                '*' => before[at + 1] || reached[at],
                '?' => before[at],
                sign => before[at] && text[at] == sign,
            };
        }
    }
    reached[text.len()]
}

fn objects(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |all| all.iter().collect())
}

fn list(value: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Null => Vec::new(),
        Value::Array(all) => all.iter().map(word).collect(),
        one => vec![word(one)],
    }
}

#[test]
fn a_deny_wins_a_boundary_limits_and_conditions_count() {
    use serde_json::json;
    let question = |action| Question {
        action,
        resource: "arn:aws:s3:::b/key",
        context: [("aws:k".to_owned(), vec!["one".to_owned()])].into(),
    };
    let allow = json!({"Statement": {"Effect": "Allow", "Action": "s3:get*", "Resource": "arn:aws:s3:::b/*"}});
    let deny = json!({"Statement": [{"Effect": "Deny", "NotAction": "s3:List*", "Resource": "*"}]});
    let nothing = json!({"Statement": []});
    let role = "arn:aws:iam::123456789012:role/r";
    let judge = |policies: &[&Value], boundary, on_resource| {
        allows(role, policies, boundary, on_resource, &question("s3:GetObject"))
    };
    assert!(judge(&[&allow], None, None));
    assert!(!judge(&[], None, None));
    assert!(!judge(&[&allow, &deny], None, None));
    assert!(!judge(&[&allow], Some(&nothing), None));
    let closed = json!({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]});
    assert!(!judge(&[&allow], None, Some(&closed)));
    let mut conditional = allow.clone();
    for (condition, expected) in [
        (json!({"StringEquals": {"AWS:k": ["one", "two"]}}), true),
        (json!({"StringEquals": {"aws:other": "one"}}), false),
        (json!({"StringNotEquals": {"aws:other": "one"}}), true),
        (json!({"Null": {"aws:k": "true"}}), false),
        (json!({"ForAnyValue:StringLike": {"aws:k": "o?e"}}), true),
        (json!({"StringLike": {"aws:k": "t*"}}), false),
    ] {
        conditional["Statement"]["Condition"] = condition.clone();
        assert_eq!(judge(&[&conditional], None, None), expected, "{condition}");
    }
}

#[test]
fn a_key_lets_in_whom_it_names_or_leaves_it_to_the_account_and_nobody_else() {
    use serde_json::json;
    let role = "arn:aws:iam::123456789012:role/r";
    let question = Question { action: "kms:Decrypt", resource: "arn:aws:kms:r:1:key/k", context: BTreeMap::new() };
    for (principal, expected) in [
        ("arn:aws:iam::123456789012:root", true),
        ("123456789012", true),
        (role, true),
        ("arn:aws:iam::123456789012:role/other", false),
        ("arn:aws:iam::999999999999:root", false),
    ] {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"});
        assert_eq!(lets_in(role, &json!({"Statement": [statement]}), &question), expected, "{principal}");
    }
}
