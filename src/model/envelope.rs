//! The operator's envelope: what evenkeel may touch. Once given, what it leaves out is forbidden.

use std::collections::BTreeSet;

use super::arn::Arn;

/// What may be granted, passed and written. Patterns know `*` and `?`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Names of secrets.
    pub secret_names: Vec<String>,
    /// Names of SSM parameters.
    pub parameters: Vec<String>,
    /// KMS keys and aliases.
    pub kms_keys: Vec<String>,
    /// S3 buckets.
    pub buckets: Vec<String>,
    /// Repositories that ECR may make and fill through a pull-through cache.
    pub pull_through: Vec<String>,
    /// Paths of roles that may be managed.
    pub role_paths: Vec<String>,
    /// Roles that are not managed and may be passed.
    pub pass_roles: Vec<String>,
    /// The boundary that every managed role must have.
    pub permissions_boundary: Option<Arn>,
    /// Policies that may be attached.
    pub managed_policy_arns: BTreeSet<Arn>,
    /// Who a secret's resource policy may name.
    pub secret_policy_principals: Vec<String>,
    /// The clusters.
    pub clusters: Vec<String>,
}

/// Does any of the patterns match the whole text?
pub fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

/// Does the pattern match the whole text? `*` stands for any characters, `?` for one, as in IAM's policies.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // The usual two-pointer walk: at a mismatch, let the last star take one more.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&sign) if sign == '?' || sign == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|sign| *sign == '*')
}
