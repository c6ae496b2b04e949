//! What of a configuration no single field says.

use serde_json::{Value, json};

use super::diagnostic::Diagnostic;
use super::explain::WORDS;
use super::node::Node;

/// Where to listen, as far as a pattern says it: the numbers of an address may still be too large.
pub(super) const LISTEN: &str = concat!(
    r"^(localhost|([0-9]{1,3}\.){3}[0-9]{1,3}|\[[0-9A-Fa-f:.]+(%[0-9]+)?\]):",
    "0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$",
);

/// The URL of a queue of SQS: its path ends in the account and the name (SQS developer guide, queue identifiers). The host is
/// AWS's, an endpoint's in a VPC, or that of whoever plays SQS.
pub(super) const QUEUE: &str = r"^https?://[^/@\s]+(/[^/@\s]+)*/[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?$";

/// An account as a number, in a schema: without the zeros that it begins with, which `check` reads as they are written.
/// Three of them are allowed for, and nothing but zeros, which some who play AWS are.
pub(super) fn account() -> Value {
    let too_few = json!({"type": "integer", "minimum": 1, "maximum": 99_999_999});
    json!({"not": too_few, "minimum": 0, "maximum": 999_999_999_999_u64})
}

/// Where a repository is, in a schema: `daemon::source` reads addresses, and says more of them.
pub(super) fn address() -> Value {
    json!({
        "type": "string",
        "pattern": r"^((https?|ssh)://[^/\s]|[^/:\s]+:([^/:\s]|/([^/\s]|$)))",
        WORDS: "begins with https:// or ssh://, or is user@host:path",
    })
}

pub(super) fn check(file: &str, document: &Node, out: &mut Vec<Diagnostic>) {
    for verify in document.at("source.git.verify") {
        signers(file, verify, out);
    }
}

/// Signatures are believed of somebody.
fn signers(file: &str, verify: &Node, out: &mut Vec<Diagnostic>) {
    let Some(mode) = verify.get("mode").and_then(Node::text).filter(|mode| ["Head", "EveryCommit"].contains(mode))
    else {
        return;
    };
    let given = ["allowedSigners", "allowedSignersEnv"].into_iter().filter(|name| verify.get(name).is_some()).count();
    let (message, help) = match given {
        0 => (format!("`verify` with the mode {mode} needs allowedSigners or allowedSignersEnv"), "add one of them"),
        1 => return,
        _ => ("`verify` takes one of allowedSigners and allowedSignersEnv".to_owned(), "take the other away"),
    };
    out.push(Diagnostic::error(file, &verify.span, message).help(help));
}
