//! IAM's wildcards: `*` is any run of characters, `?` any one.
//!
//! Ledger: I12.

/// Does `pattern` cover the whole of `text`?
pub(crate) fn covers(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on if the last star has to take one character more.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t + 1));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, resume)) => {
                    (p, t) = (after_star, resume);
                    retry = Some((after_star, resume + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

/// Like [`covers`], field by field of an ARN: a star does not reach past a
/// colon, except in the last field.
pub(super) fn covers_arn(pattern: &str, text: &str) -> bool {
    let patterns: Vec<&str> = pattern.splitn(6, ':').collect();
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    patterns.len() == fields.len() && patterns.iter().zip(&fields).all(|(pattern, field)| covers(pattern, field))
}
