//! Does a variable's value look as if it should be a secret? Says so of the name alone.

/// Parts of names that are given to secrets.
const TELLING: [&str; 14] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "CREDENTIAL",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "AUTH_KEY",
    "_PWD",
];

/// Ends of names that only lead to a secret, or say something of one.
const HARMLESS: [&str; 16] = [
    "_FILE",
    "_PATH",
    "_DIR",
    "_ARN",
    "_NAME",
    "_ID",
    "_TTL",
    "_URL",
    "_URI",
    "_ENDPOINT",
    "_HOST",
    "_ISSUER",
    "_LENGTH",
    "_EXPIRY",
    "_ENABLED",
    "_TYPE",
];

/// How values begin that are secrets whatever they are called.
const PREFIXES: [&str; 12] = [
    "AKIA",
    "ASIA",
    "-----BEGIN",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "rk_live_",
    "eyJ",
];

/// Should the variable perhaps be a secret?
pub(super) fn is_suspicious(name: &str, value: &str) -> bool {
    if PREFIXES.iter().any(|prefix| value.len() >= 16 && value.starts_with(prefix)) || has_password(value) {
        return true;
    }
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let telling = TELLING.iter().any(|part| name.contains(part)) && !HARMLESS.iter().any(|end| name.ends_with(end));
    telling && !is_plain(value)
}

/// A switch, a number, a path, a name in AWS: no secret.
fn is_plain(value: &str) -> bool {
    let word = ["true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled"];
    value.len() < 4
        || word.iter().any(|word| value.eq_ignore_ascii_case(word))
        || value.parse::<f64>().is_ok()
        || value.starts_with(['/', '$'])
        || ["arn:", "http://", "https://", "file:"].iter().any(|scheme| value.starts_with(scheme))
}

/// `scheme://user:password@host`.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
    password.is_some_and(|password| !password.is_empty() && !password.starts_with('$'))
}
