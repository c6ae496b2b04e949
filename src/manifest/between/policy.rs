//! The policy of a secret, as far as its grammar says it without the names of actions, conditions and principals.

use serde_json::{Value, json};

use super::{none, rule};
use crate::manifest::explain::WORDS;
use crate::manifest::secret_policy::{MEMBERS, POLICY, PRINCIPALS, VERSIONS};

/// `{}` removes the policy.
pub(super) fn of_a_secret() -> Value {
    let one = statement();
    let several = json!({"minItems": 1, "items": one});
    let filled = json!({
        "required": ["Statement"],
        "propertyNames": {"enum": POLICY},
        "properties": {
            "Version": {"enum": VERSIONS},
            "Statement": {"if": {"type": "array"}, "then": several, "else": one},
        },
    });
    rule(&json!({"type": "object", "minProperties": 1}), &filled)
}

fn statement() -> Value {
    let value = json!({"not": none()});
    let values = json!({"not": none(), "items": value, "additionalProperties": value});
    let one_of = |member: &str| json!({"oneOf": [{"required": [member]}, {"required": [format!("Not{member}")]}]});
    let principal = principal();
    let action = json!({
        "pattern": "^[^:]*[*?]|^[sS][eE][cC][rR][eE][tT][sS][mM][aA][nN][aA][gG][eE][rR]:",
        WORDS: "is an action of Secrets Manager, such as secretsmanager:GetSecretValue",
    });
    let actions = json!({"allOf": [action], "items": action});
    json!({
        "type": "object",
        "required": ["Effect"],
        "allOf": [
            {"propertyNames": {"enum": MEMBERS}, "additionalProperties": values},
            {"properties": {
                "Effect": {"enum": ["Allow", "Deny"]},
                "Principal": principal,
                "NotPrincipal": principal,
                "Action": actions,
                "NotAction": actions,
                "Condition": {"type": "object"},
            }},
            one_of("Principal"),
            one_of("Action"),
            one_of("Resource"),
            for_everyone(),
        ],
    })
}

fn principal() -> Value {
    let id = json!({
        "pattern": r"^(\*|arn:.*|[0-9]{12}|[A-Z0-9]{16,})$",
        WORDS: "is an ARN or an account of 12 digits, in quotes",
    });
    let named = json!({
        "type": "object",
        "minProperties": 1,
        "allOf": [
            {"propertyNames": {"enum": PRINCIPALS}},
            {"properties": {"AWS": {"allOf": [id], "items": id}}},
        ],
    });
    json!({"anyOf": [{"const": "*"}, named]})
}

/// Everyone may be let in on a condition alone.
fn for_everyone() -> Value {
    let bounded =
        json!({"required": ["Condition"], "properties": {"Condition": {"type": "object", "minProperties": 1}}});
    let allowed = json!({"required": ["Effect"], "properties": {"Effect": {"const": "Allow"}}});
    let everyone = json!({"anyOf": [{"const": "*"}, {"type": "array", "contains": {"const": "*"}}]});
    rule(
        &json!({"allOf": [allowed, {"not": bounded}]}),
        &json!({
            "not": {"required": ["NotPrincipal"]},
            "properties": {"Principal": {"not": {"const": "*"}, "properties": {"AWS": {"not": everyone}}}},
        }),
    )
}
