//! ECS's own words for what goes wrong when a task starts (`docs/aws-behaviour.md`, K3 and K100 to K104).

use crate::model::arn::Arn;

/// How most of them begin.
pub(super) const PULLING: &str = "ResourceInitializationError: unable to pull secrets or registry auth:";

const RETRIED: &str = "execution resource retrieval failed: unable to retrieve secret from asm: service call has been \
                       retried 1 time(s):";

/// What a manifest names a parameter or a secret by. Without a slash in front, and no ARN, it may be a value that someone
/// put in the wrong place: it is not repeated.
pub(super) fn shown(text: &str) -> &str {
    if text.starts_with('/') || text.starts_with("arn:") { text } else { "that is named here" }
}

/// The text without such names, the longest first: another may be a part of it.
pub(super) fn without_all<'t>(text: &str, names: impl IntoIterator<Item = &'t String>) -> String {
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort_by_key(|name| (std::cmp::Reverse(name.len()), *name));
    names.into_iter().fold(text.to_owned(), |text, name| without(&text, name))
}

/// The text without such a name. A short one that stands inside another word is no more than a part of that.
fn without(text: &str, name: &str) -> String {
    const LONG: usize = 8;
    let (mut out, mut at) = (String::new(), 0);
    while let Some(first) = text[at..].chars().next() {
        let after = text[at..].strip_prefix(name).filter(|_| !name.is_empty());
        let is_part = |after: &str| is_within_word(&text[..at]) || after.starts_with(char::is_alphanumeric);
        if after.is_some_and(|after| name.len() >= LONG || !is_part(after)) {
            out.push('…');
            at += name.len();
        } else {
            out.push(first);
            at += first.len_utf8();
        }
    }
    out
}

/// An escape (`%2F`, `\n`, `\u0022`) ends a word, whatever it is written with.
fn is_within_word(before: &str) -> bool {
    let less = |count: usize| before.split_at_checked(before.len().checked_sub(count)?);
    let less_digits = |count| {
        let is_hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        less(count).filter(|(_, digits)| is_hex(digits)).map_or("", |(start, _)| start)
    };
    // What is escaped twice begins with `%25`.
    let in_address = less_digits(2).trim_end_matches("25").ends_with('%');
    let in_text = [(2, "\\x"), (4, "\\u"), (8, "\\U")].iter().any(|(count, mark)| less_digits(*count).ends_with(mark));
    let is_escape = in_address || in_text || less(1).is_some_and(|(start, _)| start.ends_with('\\'));
    before.ends_with(char::is_alphanumeric) && !is_escape
}

/// A secret that cannot be had.
pub(super) fn secret(arn: &str, why: &str) -> String {
    format!("{PULLING} {RETRIED} failed to fetch secret {arn} from secrets manager: {why}")
}

/// A value that does not have what is wanted.
pub(super) fn key(key: &str) -> String {
    format!("{PULLING} {RETRIED} retrieved secret from Secrets Manager did not contain json key {key}")
}

/// A parameter that cannot be had.
pub(super) fn parameter(why: &str) -> String {
    format!(
        "{PULLING} execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been \
         retried 1 time(s): {why}"
    )
}

/// A role that cannot be assumed.
pub(super) fn role(arn: &str) -> String {
    format!(
        "ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role being \
         passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this \
         role."
    )
}

/// An image that cannot be had.
pub(super) fn image(image: &str, why: &str) -> String {
    format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: \
         {image}: {why}"
    )
}

/// A log stream that cannot be made.
pub(super) fn logs(why: &str) -> String {
    format!(
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to \
         create Cloudwatch log stream: {why} : exit status 1"
    )
}

/// A file in S3 that cannot be had.
pub(super) fn file(why: &str) -> String {
    format!(
        "ResourceInitializationError: failed to download env files: file download command: non empty error stream: {why}"
    )
}

/// A configuration of a log router that cannot be had.
pub(super) fn router(object: &Arn, why: &str) -> String {
    let (bucket, key) = object.resource().split_once('/').unwrap_or_default();
    format!(
        "ResourceInitializationError: Unable to download firelens s3 config file: unable to download s3 config {key} from \
         bucket {bucket}: {why}"
    )
}

/// A login that is not given.
pub(super) fn login(why: &str) -> String {
    format!("{PULLING} execution resource retrieval failed: unable to retrieve ecr registry auth: {why}")
}

/// Where ECS's own words are not known: the agent passes on what AWS says.
pub(super) fn agent(why: &str) -> String {
    format!("the task does not start: {why}")
}

/// What AWS says to a role that may not do something.
pub(super) fn denied(role: &Arn, action: &str, resource: &str) -> String {
    let (partition, account) = (role.partition(), role.account());
    let name = role.resource().rsplit('/').next().unwrap_or_default();
    let user = format!("arn:{partition}:sts::{account}:assumed-role/{name}/…");
    format!("AccessDeniedException: User: {user} is not authorized to perform: {action} on resource: {resource}")
}

#[cfg(test)]
mod tests {
    use super::{without, without_all};

    #[test]
    fn a_hidden_name_is_cut_out_where_it_stands_alone_and_a_long_one_everywhere() {
        for (text, name, left) in [
            ("arn:parameter/pass is not yours", "pass", "arn:parameter/… is not yours"),
            ("bypass of pass, passwords, pass", "pass", "bypass of …, passwords, …"),
            ("passpass", "pass", "passpass"),
            ("xS3cr3tValue-1", "S3cr3tValue", "x…-1"),
            ("nothing", "", "nothing"),
            // The second stands alone, and begins within the first, which does not.
            ("xa-a-a b", "a-a", "xa-… b"),
            ("päß-pä", "pä", "päß-…"),
            (r"/a%2Fpass and /a%252Fpass", "pass", "/a%2F… and /a%252F…"),
            (r"\npass, \u0022pass, \x22pass%22", "pass", r"\n…, \u0022…, \x22…%22"),
            ("2Fpass, u0022pass, npass", "pass", "2Fpass, u0022pass, npass"),
        ] {
            assert_eq!(without(text, name), left, "{name} in {text}");
        }
    }

    #[test]
    fn of_two_hidden_names_the_longer_goes_first() {
        for (text, names, left) in [
            ("no parameter pass-word-1", ["pass", "pass-word-1"], "no parameter …"),
            ("no parameter S3cr3tValue-and-more", ["S3cr3tValue", "S3cr3tValue-and-more"], "no parameter …"),
            ("a and b", ["a", "b"], "… and …"),
        ] {
            assert_eq!(without_all(text, &names.map(str::to_owned)), left, "{names:?} in {text}");
        }
    }
}
