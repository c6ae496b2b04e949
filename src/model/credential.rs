//! What a credential looks like, for guards wherever one may stand by mistake: in the place of its name, of its path, in an
//! address, in a repository. Opens none and keeps none.

/// What stands in every private key, whatever its case: identities of age and of its plugins, PEM and OpenSSH (RFC 7468,
/// 3), OpenPGP (RFC 9580, 6.2).
const PRIVATE: [&str; 4] = ["AGE-SECRET-KEY-", "AGE-PLUGIN-", "PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"];

/// How tokens begin: GitHub's, GitLab's and Bitbucket's, as their manuals have them.
const TOKENS: [&str; 15] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "gldt-",
    "glrt-",
    "gloas-",
    "glcbt-",
    "glptt-",
    "glft-",
    "ATBB",
    "ATCTT3",
];

/// Does the text hold a private key, or a part of one that says so?
pub fn is_private_key(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    PRIVATE.iter().any(|mark| upper.contains(mark))
}

/// Does the text hold what says by itself that it is a private key or a token? A password says nothing.
pub fn is_one(text: &str) -> bool {
    let of_a_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let is_token = |word: &str| TOKENS.iter().any(|begin| word.len() > begin.len() && word.starts_with(begin));
    is_private_key(text) || text.split(|c| !of_a_word(c)).any(is_token)
}

/// Does the text begin as a public key does that age encrypts for? Such a one may be shown.
pub fn is_public_key(text: &str) -> bool {
    ["age1", "ssh-"].iter().any(|begin| text.starts_with(begin)) && !is_one(text)
}

/// Does an address hold what it signs in with: a password, a user where servers take a token for one, a query?
///
/// All before the last `@` counts as the user's, since a password may have a `/` that nobody escaped.
pub fn signs_in(address: &str) -> bool {
    let (scheme, rest) = address.split_once("://").map_or((None, address), |(scheme, rest)| (Some(scheme), rest));
    let user = rest.rsplit_once('@').map(|(user, _)| user);
    match scheme {
        Some("ssh") | None => user.is_some_and(|user| user.contains(':')),
        Some(_) => user.is_some() || rest.contains('?'),
    }
}

/// A path as it may be shown: in its place may stand the credential that its file should hold, and that is on several
/// lines, or has no `/`, or says what it is.
pub fn path(text: &str) -> Option<&str> {
    let is_path = text.contains('/') && !text.contains(['\n', '\r']) && !is_one(text) && !signs_in(text);
    is_path.then_some(text)
}

/// How the names of encrypted files end.
const ENDINGS: [&str; 10] = ["age", "kms", "sops", "json", "yaml", "yml", "enc", "asc", "txt", "env"];

/// The path of an encrypted file as it may be shown: in its place may stand the value that the file should hold. What has no
/// ending of such a file, or any sign that few file names have, is not repeated.
pub fn encrypted_file(text: &str) -> Option<&str> {
    let of_a_path = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-', '/'].contains(&c);
    let ends = text.rsplit_once('.').is_some_and(|(_, end)| ENDINGS.contains(&end));
    (ends && text.chars().all(of_a_path) && !is_one(text)).then_some(text)
}
