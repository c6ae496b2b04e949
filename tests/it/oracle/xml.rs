//! As much of XML as the answers of IAM and EC2 have: elements and text. Lists are elements named `member`, of EC2 `item`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The answer as JSON: an element with elements in it is an object, with only `member`s or `item`s in it a list, else a text.
pub(crate) fn read(text: &str) -> Value {
    element(&mut text.split('<').skip(1).peekable())
}

/// The content of one element, up to the end tag that closes it.
fn element<'a>(parts: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Value {
    let mut children: Vec<(String, Value)> = Vec::new();
    let mut text = String::new();
    while let Some(part) = parts.next() {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        if tag.starts_with('/') {
            break;
        }
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_suffix('/') {
            children.push((name.trim().to_owned(), Value::String(String::new())));
            continue;
        }
        let name = tag.split_whitespace().next().unwrap_or_default().to_owned();
        let inner = match element(parts) {
            Value::Null => Value::String(unescaped(rest)),
            inner => inner,
        };
        children.push((name, inner));
        text.clear();
    }
    match children.as_slice() {
        [] => Value::Null,
        _ if children.iter().all(|(name, _)| name == "member" || name == "item") => {
            Value::Array(children.into_iter().map(|(_, value)| value).collect())
        }
        _ => Value::Object(children.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect::<Map<_, _>>()),
    }
}

fn unescaped(text: &str) -> String {
    let entities = [("&quot;", "\""), ("&#34;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

#[test]
fn lists_objects_and_texts_are_told_apart() {
    let xml = "<?xml version=\"1.0\"?><A xmlns=\"x\"><L><member><N>a &amp; b</N></member><member><N>c</N></member></L><E/></A>";
    let expected = serde_json::json!({"A": {"L": [{"N": "a & b"}, {"N": "c"}], "E": ""}});
    assert_eq!(read(xml), expected);
}
