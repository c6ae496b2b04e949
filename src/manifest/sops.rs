//! Reads files of SOPS, YAML or JSON. What is not supported is refused by its name.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{self, Node, Tree as Value};
use crate::model::arn::Arn;
use crate::model::sops::{Leaf, Pattern, Piece, Rule, SopsFile, Tree, WrappedKey};
use crate::model::tags::Digest;

/// What SOPS itself leaves unsealed where no rule is written.
const DEFAULT_SUFFIX: &str = "_unencrypted";

/// The lists of keys that a file can have, and by whom they are held.
const OTHER_KEYS: [(&str, &str); 5] = [
    ("pgp", "PGP"),
    ("gcp_kms", "Google Cloud KMS"),
    ("azure_kv", "Azure Key Vault"),
    ("hc_vault", "HashiCorp Vault"),
    ("hckms", "Huawei Cloud KMS"),
];

/// Why a text is no file of SOPS that can be used, in words that follow its name; else the file.
pub(super) fn read(name: &str, text: &str) -> Result<SopsFile, String> {
    let mut documents = node::parse(name, text).map_err(|_| "is neither YAML nor JSON that a file of SOPS can be")?;
    let (Some(document), true) = (documents.pop(), documents.is_empty()) else {
        return Err("has several documents, and a secret has one value".to_owned());
    };
    let about = document.get("sops").ok_or("is not encrypted by SOPS: it has no `sops`")?;
    let text = |key: &str| about.get(key).and_then(Node::text).filter(|text| !text.is_empty()).map(str::to_owned);
    for comments in ["encrypted_comment_regex", "unencrypted_comment_regex"] {
        if text(comments).is_some() {
            return Err(format!("uses `{comments}`, which is not supported"));
        }
    }
    if about.get("key_groups").is_some_and(|groups| !groups.elements().is_empty()) {
        return Err("divides its data key among key groups, which is not supported".to_owned());
    }
    let rule = rule(&text)?;
    let members = members(&document, &mut Vec::new(), &rule)?;
    let members: Vec<_> = members.into_iter().filter(|(key, _)| key != "sops").collect();
    if members.is_empty() {
        return Err("holds no value".to_owned());
    }
    Ok(SopsFile {
        members,
        rule,
        mac_only_encrypted: about.get("mac_only_encrypted").is_some_and(Node::is_true),
        mac: text("mac").ok_or("has no MAC")?,
        last_modified: text("lastmodified")
            .ok_or("does not say when it was changed last, and its MAC depends on it")?,
        keys: keys(about)?,
    })
}

/// Of the value alone, with all that makes up its JSON: other keys, or another time, are no other value.
pub(super) fn digest(file: &SopsFile) -> Digest {
    let shown = |piece| match piece {
        Piece::Map => "{".to_owned(),
        Piece::MapEnd => "}".to_owned(),
        Piece::List => "[".to_owned(),
        Piece::ListEnd => "]".to_owned(),
        Piece::Key(key) => format!("key {key}"),
        Piece::Leaf(_, Leaf::Null) => "null".to_owned(),
        Piece::Leaf(_, Leaf::Text(text)) => format!("text {text}"),
        Piece::Leaf(_, Leaf::Bool(value)) => format!("bool {value}"),
        Piece::Leaf(_, Leaf::Number(number)) => format!("number {number}"),
    };
    let pieces: Vec<String> = file.pieces().into_iter().map(shown).collect();
    Digest::of(&("sops", pieces))
}

/// The keys of the JSON object that the value will be.
pub(super) fn names(file: &SopsFile) -> BTreeSet<String> {
    file.members.iter().map(|(key, _)| key.clone()).collect()
}

fn rule(text: &impl Fn(&str) -> Option<String>) -> Result<Rule, String> {
    let pattern = |name: &str| match text(name) {
        None => Ok(None),
        Some(written) => match Pattern::parse(&written) {
            Some(pattern) => Ok(Some(pattern)),
            None => Err(format!("has an `{name}` that is no regular expression, or none that is supported")),
        },
    };
    let mut rules = [
        text("unencrypted_suffix").map(Rule::UnencryptedSuffix),
        text("encrypted_suffix").map(Rule::EncryptedSuffix),
        pattern("unencrypted_regex")?.map(Rule::UnencryptedRegex),
        pattern("encrypted_regex")?.map(Rule::EncryptedRegex),
    ]
    .into_iter()
    .flatten();
    match (rules.next(), rules.next()) {
        (Some(_), Some(_)) => Err("has more than one rule of what is encrypted".to_owned()),
        (rule, _) => Ok(rule.unwrap_or_else(|| Rule::UnencryptedSuffix(DEFAULT_SUFFIX.to_owned()))),
    }
}

fn keys(about: &Node) -> Result<Vec<WrappedKey>, String> {
    let mut keys = Vec::new();
    for key in about.at("age[]") {
        keys.extend(key.get("enc").and_then(Node::text).map(|enc| WrappedKey::Age(enc.to_owned())));
    }
    let mut assumed = false;
    for key in about.at("kms[]") {
        let text = |name: &str| key.get(name).and_then(Node::text).filter(|text| !text.is_empty());
        if text("role").is_some() {
            assumed = true;
            continue;
        }
        let context: BTreeMap<String, String> = key
            .get("context")
            .into_iter()
            .flat_map(Node::entries)
            .filter_map(|(name, value)| Some((name.text.clone(), value.text()?.to_owned())))
            .collect();
        let (Some(arn), Some(wrapped)) = (text("arn").and_then(Arn::parse), text("enc")) else { continue };
        keys.push(WrappedKey::Kms { arn, context, wrapped: wrapped.to_owned() });
    }
    if !keys.is_empty() {
        return Ok(keys);
    }
    let others: Vec<&str> = OTHER_KEYS
        .into_iter()
        .filter(|(list, _)| about.get(list).is_some_and(|keys| !keys.elements().is_empty()))
        .map(|(_, name)| name)
        .collect();
    Err(match others.as_slice() {
        [] if assumed => "is for keys of AWS KMS under another role, which is not supported".to_owned(),
        [] => "has no keys".to_owned(),
        others => format!("is for keys of {} alone: add one of age or AWS KMS", others.join(" and ")),
    })
}

fn members<'n>(node: &'n Node, path: &mut Vec<&'n str>, rule: &Rule) -> Result<Vec<(String, Tree)>, String> {
    let Value::Map(entries) = &node.tree else { return Err("is no map".to_owned()) };
    let mut seen = BTreeSet::new();
    let mut members = Vec::new();
    for (key, value) in entries {
        if !seen.insert(&key.text) {
            return Err(format!("has the key `{}` twice", key.text));
        }
        path.push(&key.text);
        members.push((key.text.clone(), tree(value, path, rule)?));
        path.pop();
    }
    Ok(members)
}

fn tree<'n>(node: &'n Node, path: &mut Vec<&'n str>, rule: &Rule) -> Result<Tree, String> {
    Ok(match &node.tree {
        Value::Map(_) => Tree::Map(members(node, path, rule)?),
        Value::List(elements) => {
            let sealed = rule.covers(path);
            let kept = elements.iter().filter(|element| !(sealed && is_comment(element)));
            Tree::List(kept.map(|element| tree(element, path, rule)).collect::<Result<_, _>>()?)
        }
        Value::Null => Tree::Leaf(Leaf::Null),
        Value::Bool(value) => Tree::Leaf(Leaf::Bool(*value)),
        Value::Text(text) => Tree::Leaf(Leaf::Text(text.clone())),
        Value::Number(number) => Tree::Leaf(Leaf::Number(match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(other)) => other.to_string(),
            (None, None) => number.to_string(),
        })),
    })
}

/// SOPS seals a comment in a list as an element of it, which `sops decrypt` leaves out. It is no part of the value, and under no
/// MAC: an element that is only said to be a comment is missing from the MAC.
fn is_comment(element: &Node) -> bool {
    element.text().is_some_and(|text| text.starts_with("ENC[AES256_GCM,") && text.ends_with(",type:comment]"))
}
