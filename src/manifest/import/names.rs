//! Names for manifests: made of what things are called in AWS, each used once.

use std::collections::BTreeSet;

use crate::model::id::{Kind, Name, ResourceId};

/// As long as a DNS-1123 label may be.
const LONGEST: usize = 63;

/// The names that are taken.
#[derive(Default)]
pub(super) struct Names(BTreeSet<ResourceId>);

impl Names {
    /// Beside these.
    pub(super) fn beside(taken: impl IntoIterator<Item = ResourceId>) -> Self {
        Self(taken.into_iter().collect())
    }

    /// The first of the texts that makes a name which is free; where none does, the first with a number.
    pub(super) fn take(&mut self, kind: Kind, texts: &[&str]) -> Name {
        let labels: Vec<String> = texts.iter().map(|text| label(text)).collect();
        let first = labels.first().cloned().unwrap_or_else(|| "x".to_owned());
        let numbered = (2_usize..).map(|number| {
            let end = format!("-{number}");
            format!("{}{end}", cut(&first, LONGEST - end.len()))
        });
        let mut free = labels.into_iter().chain(numbered).filter_map(|text| {
            let name = Name::parse(&text)?;
            self.0.insert(ResourceId::new(kind, &name)).then_some(name)
        });
        match free.next() {
            Some(name) => name,
            None => unreachable!("numbers do not end"),
        }
    }
}

/// `prod/Orders_DB` is `prod-orders-db`, and `ecsTaskRole` is `ecs-task-role`.
fn label(text: &str) -> String {
    let mut label = String::new();
    let mut lower = false;
    for c in text.chars() {
        let letter = c.is_ascii_alphanumeric();
        let begins = !letter || (lower && c.is_ascii_uppercase());
        if begins && !label.is_empty() && !label.ends_with('-') {
            label.push('-');
        }
        label.extend(letter.then(|| c.to_ascii_lowercase()));
        lower = c.is_ascii_lowercase();
    }
    let label = cut(&label, LONGEST);
    if label.is_empty() { "x".to_owned() } else { label }
}

fn cut(label: &str, length: usize) -> String {
    label.chars().take(length).collect::<String>().trim_end_matches('-').to_owned()
}
