//! A file of SOPS as it stands in Git: its leaves, sealed one by one, and what it says of its keys and rules. Opens nothing.

use std::collections::BTreeMap;

use regex::Regex;

use super::arn::Arn;
use super::path::Path;

/// A file. No Debug: what SOPS leaves in the clear is part of a value too.
#[derive(Clone, PartialEq, Eq)]
pub struct SopsFile {
    /// The members, in the order of the file: the MAC depends on it.
    pub members: Vec<(String, Tree)>,
    /// Which of them are sealed.
    pub rule: Rule,
    /// Does the MAC cover only what is sealed?
    pub mac_only_encrypted: bool,
    /// The MAC, sealed itself.
    pub mac: String,
    /// When it was changed last, as it is written: the MAC is bound to it.
    pub last_modified: String,
    /// The data key, wrapped by each of these.
    pub keys: Vec<WrappedKey>,
}

/// A value of the file.
#[derive(Clone, PartialEq, Eq)]
pub enum Tree {
    /// A map, in the order of the file.
    Map(Vec<(String, Tree)>),
    /// A list.
    List(Vec<Tree>),
    /// Anything else.
    Leaf(Leaf),
}

/// A scalar as it is written.
#[derive(Clone, PartialEq, Eq)]
pub enum Leaf {
    /// Nothing: neither sealed nor part of the MAC.
    Null,
    /// A text; of what is sealed, `ENC[AES256_GCM,…]`.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A number, as Go writes it.
    Number(String),
}

/// Which members are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// All but those under a key that ends so.
    UnencryptedSuffix(String),
    /// Those under a key that ends so.
    EncryptedSuffix(String),
    /// All but those under a key that matches.
    UnencryptedRegex(Pattern),
    /// Those under a key that matches.
    EncryptedRegex(Pattern),
}

/// A regular expression; the same as another one where it is written so.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

/// The data key, wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrappedKey {
    /// By age, in its form for texts.
    Age(String),
    /// By a key of KMS.
    Kms {
        /// The key.
        arn: Arn,
        /// What it is used with.
        context: BTreeMap<String, String>,
        /// In base64.
        wrapped: String,
    },
}

impl Rule {
    /// Is the leaf sealed to which these keys lead?
    pub fn covers(&self, path: &[&str]) -> bool {
        let any = |is: &dyn Fn(&str) -> bool| path.iter().any(|key| is(key));
        match self {
            Self::UnencryptedSuffix(suffix) => !any(&|key| key.ends_with(suffix.as_str())),
            Self::EncryptedSuffix(suffix) => any(&|key| key.ends_with(suffix.as_str())),
            Self::UnencryptedRegex(Pattern(regex)) => !any(&|key| regex.is_match(key)),
            Self::EncryptedRegex(Pattern(regex)) => any(&|key| regex.is_match(key)),
        }
    }
}

impl Pattern {
    /// `None` for what is no regular expression.
    pub fn parse(text: &str) -> Option<Self> {
        Regex::new(text).ok().map(Self)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

/// What stands in a file, from its beginning to its end. No Debug, as the file has none.
pub enum Piece<'f> {
    /// A map begins.
    Map,
    /// A map is over.
    MapEnd,
    /// A list begins.
    List,
    /// A list is over.
    ListEnd,
    /// A member of a map: what follows is its value.
    Key(&'f str),
    /// A leaf, with the keys that lead to it. Elements of a list have no key of their own.
    Leaf(Vec<&'f str>, &'f Leaf),
}

impl SopsFile {
    /// Everything in the file, in its order.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        map(&self.members, &mut Vec::new(), &mut pieces);
        pieces
    }
}

fn map<'f>(members: &'f [(String, Tree)], path: &mut Vec<&'f str>, out: &mut Vec<Piece<'f>>) {
    out.push(Piece::Map);
    for (key, tree) in members {
        out.push(Piece::Key(key));
        path.push(key);
        walk(tree, path, out);
        path.pop();
    }
    out.push(Piece::MapEnd);
}

fn walk<'f>(tree: &'f Tree, path: &mut Vec<&'f str>, out: &mut Vec<Piece<'f>>) {
    match tree {
        Tree::Map(members) => map(members, path, out),
        Tree::List(elements) => {
            out.push(Piece::List);
            for element in elements {
                walk(element, path, out);
            }
            out.push(Piece::ListEnd);
        }
        Tree::Leaf(leaf) => out.push(Piece::Leaf(path.clone(), leaf)),
    }
}

/// Where a leaf stands, for people.
pub fn place(path: &[&str]) -> Path {
    path.iter().fold(Path::root(), |place, key| place.member(key))
}
