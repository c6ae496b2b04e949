//! EC2's XML as a tree: elements are members, an element of `<item>`s is a list, everything else is text.

use serde_json::{Map, Value};
use xmlparser::{ElementEnd, Token, Tokenizer};

/// The content of the outermost element; `None` of what is no XML.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut open: Vec<Element> = Vec::new();
    for token in Tokenizer::from(text) {
        match token.ok()? {
            Token::ElementStart { local, .. } => open.push(Element::new(local.as_str())),
            Token::ElementEnd { end: ElementEnd::Empty | ElementEnd::Close(..), .. } => {
                let element = open.pop()?;
                match open.last_mut() {
                    Some(outer) => outer.children.push((element.name.clone(), element.value())),
                    None => return Some(element.value()),
                }
            }
            Token::Text { text } | Token::Cdata { text, .. } => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(text.as_str());
                }
            }
            _ => {}
        }
    }
    None
}

/// The items of a list; EC2 writes an empty one as an empty element.
pub(super) fn items<'v>(value: &'v Value, list: &str) -> impl Iterator<Item = &'v Value> {
    value.get(list).and_then(Value::as_array).into_iter().flatten()
}

/// An element that is being read.
struct Element {
    name: String,
    text: String,
    children: Vec<(String, Value)>,
}

impl Element {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), text: String::new(), children: Vec::new() }
    }

    fn value(self) -> Value {
        let Self { name: _, text, children } = self;
        if children.is_empty() {
            return Value::String(unescaped(&text));
        }
        if children.iter().all(|(name, _)| name == "item") {
            return children.into_iter().map(|(_, value)| value).collect();
        }
        children.into_iter().collect::<Map<String, Value>>().into()
    }
}

fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#xD;", "\r"), ("&amp;", "&")];
    named.iter().fold(text.trim().to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_lists_and_texts_are_told_apart() {
        let text = r#"<?xml version="1.0"?><A xmlns="x"><set><item><id>1 &amp; 2</id></item><item/></set><none/></A>"#;
        assert_eq!(read(text), Some(json!({"set": [{"id": "1 & 2"}, ""], "none": ""})));
        assert_eq!(items(&read(text).unwrap(), "none").count(), 0);
        assert_eq!(read("<A><B></A>"), None);
        assert_eq!(read("nonsense"), None);
    }
}
