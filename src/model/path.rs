//! Paths into a document: members by name, elements of lists by their key, never by index.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A member of a map.
    Member(String),
    /// An element of a list, by its key.
    Element(String),
}

/// Where something stands in a document: `containerDefinitions[web].environment[LOG_LEVEL]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The document itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of one member.
    pub fn of(member: &str) -> Self {
        Self::root().member(member)
    }

    /// This path, one member deeper.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        self.then(Segment::Member(name.to_owned()))
    }

    /// This path, one element deeper.
    #[must_use]
    pub fn element(&self, key: &str) -> Self {
        self.then(Segment::Element(key.to_owned()))
    }

    fn then(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// The steps, outermost first.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The path without its last step; `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// This path and all that it stands in, the outermost first.
    pub fn from_the_outside(&self) -> impl Iterator<Item = Self> {
        (1..=self.0.len()).map(|length| Self(self.0[..length].to_vec()))
    }

    /// The outermost member.
    pub fn head(&self) -> Option<&str> {
        match self.0.first()? {
            Segment::Member(name) => Some(name),
            Segment::Element(_) => None,
        }
    }

    /// Is this path `other`, or inside it?
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The members alone, elements as `[]`: what rules about lists and defaults are written for.
    pub fn pattern(&self) -> String {
        self.0.iter().fold(String::new(), |text, segment| match segment {
            Segment::Member(name) if text.is_empty() => name.clone(),
            Segment::Member(name) => format!("{text}.{name}"),
            Segment::Element(_) => format!("{text}[]"),
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Member(name) if index == 0 => f.write_str(name)?,
                Segment::Member(name) => write!(f, ".{name}")?,
                Segment::Element(key) => write!(f, "[{key}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let mut path = Self::root();
        let mut rest = text;
        while !rest.is_empty() {
            let (segment, after) = next(rest).ok_or_else(|| BadPath(text.to_owned()))?;
            path.0.push(segment);
            rest = match after.strip_prefix('.') {
                Some(rest) if rest.is_empty() || rest.starts_with('[') => return Err(BadPath(text.to_owned())),
                Some(member) => member,
                None if after.is_empty() || after.starts_with('[') => after,
                None => return Err(BadPath(text.to_owned())),
            };
        }
        if path.0.is_empty() { Err(BadPath(text.to_owned())) } else { Ok(path) }
    }
}

fn next(text: &str) -> Option<(Segment, &str)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (key, after) = inner.split_once(']')?;
        return (!key.is_empty()).then(|| (Segment::Element(key.to_owned()), after));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (!name.is_empty() && !name.contains(']')).then(|| (Segment::Member(name.to_owned()), after))
}

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path such as `containerDefinitions[web].image`")]
pub struct BadPath(String);

impl Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
