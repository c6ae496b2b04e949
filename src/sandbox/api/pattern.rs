//! The regular expressions of AWS's API models, matched whole.
//!
//! Covers what the models use: literals, escapes, classes, groups,
//! alternatives and the repeats `*`, `+`, `?`. Time is linear in the text for
//! each repeat, whatever the text.
//!
//! Ledger: W1.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

/// Does the whole of `text` match `pattern`?
///
/// A pattern beyond this module's means matches everything: better to accept
/// a request than to refuse it for the sandbox's own ignorance.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let bare = pattern.strip_prefix('^').unwrap_or(pattern);
    let bare = bare.strip_suffix('$').unwrap_or(bare);
    let mut rest = bare.chars().peekable();
    let Some(node) = alternatives(&mut rest) else {
        return true;
    };
    let text: Vec<char> = text.chars().collect();
    node.ends(&text, &BTreeSet::from([0])).contains(&text.len())
}

enum Node {
    One(Class),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat { node: Box<Node>, least: usize, most: Option<usize> },
}

struct Class {
    negated: bool,
    ranges: Vec<Range>,
}

enum Range {
    Span(char, char),
    Letter,
    Separator,
    Number,
    Word,
    Any,
}

impl Node {
    /// Where a match can end that begins at any of `starts`.
    fn ends(&self, text: &[char], starts: &BTreeSet<usize>) -> BTreeSet<usize> {
        match self {
            Self::One(class) => {
                starts.iter().filter(|&&at| text.get(at).is_some_and(|&c| class.has(c))).map(|at| at + 1).collect()
            }
            Self::Sequence(nodes) => nodes.iter().fold(starts.clone(), |at, node| node.ends(text, &at)),
            Self::Either(nodes) => nodes.iter().flat_map(|node| node.ends(text, starts)).collect(),
            Self::Repeat { node, least, most } => {
                let mut frontier = starts.clone();
                for _ in 0..*least {
                    frontier = node.ends(text, &frontier);
                }
                let mut reached = frontier.clone();
                let mut rounds = *least;
                while !frontier.is_empty() && most.is_none_or(|most| rounds < most) {
                    frontier = node.ends(text, &frontier).difference(&reached).copied().collect();
                    reached.extend(&frontier);
                    rounds += 1;
                }
                reached
            }
        }
    }
}

impl Class {
    fn has(&self, c: char) -> bool {
        self.ranges.iter().any(|range| range.has(c)) != self.negated
    }
}

impl Range {
    fn has(&self, c: char) -> bool {
        match self {
            Self::Span(from, to) => (*from..=*to).contains(&c),
            Self::Letter => c.is_alphabetic(),
            Self::Separator => c.is_whitespace() && !c.is_control(),
            Self::Number => c.is_numeric(),
            Self::Word => c.is_ascii_alphanumeric() || c == '_',
            Self::Any => true,
        }
    }
}

type Rest<'a> = Peekable<Chars<'a>>;

fn alternatives(rest: &mut Rest<'_>) -> Option<Node> {
    let mut branches = vec![sequence(rest)?];
    while rest.next_if_eq(&'|').is_some() {
        branches.push(sequence(rest)?);
    }
    Some(Node::Either(branches))
}

fn sequence(rest: &mut Rest<'_>) -> Option<Node> {
    let mut nodes = Vec::new();
    while let Some(&c) = rest.peek() {
        if c == '|' || c == ')' {
            break;
        }
        let node = atom(rest)?;
        nodes.push(repeated(rest, node));
    }
    Some(Node::Sequence(nodes))
}

fn atom(rest: &mut Rest<'_>) -> Option<Node> {
    let one = |range| Node::One(Class { negated: false, ranges: vec![range] });
    match rest.next()? {
        '(' => {
            let inner = alternatives(rest)?;
            rest.next_if_eq(&')')?;
            Some(inner)
        }
        '[' => class(rest).map(Node::One),
        '\\' => escape(rest).map(one),
        '.' => Some(one(Range::Any)),
        '*' | '+' | '?' | '{' | '^' | '$' => None,
        literal => Some(one(Range::Span(literal, literal))),
    }
}

fn repeated(rest: &mut Rest<'_>, node: Node) -> Node {
    let (least, most) = match rest.peek() {
        Some('*') => (0, None),
        Some('+') => (1, None),
        Some('?') => (0, Some(1)),
        _ => return node,
    };
    rest.next();
    Node::Repeat { node: Box::new(node), least, most }
}

fn class(rest: &mut Rest<'_>) -> Option<Class> {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let range = match rest.next()? {
            ']' => return Some(Class { negated, ranges }),
            '\\' => escape(rest)?,
            literal => Range::Span(literal, literal),
        };
        ranges.push(spanned(rest, range)?);
    }
}

/// Joins `a-z`; a `-` before the closing bracket stands for itself.
fn spanned(rest: &mut Rest<'_>, range: Range) -> Option<Range> {
    let Range::Span(from, _) = range else {
        return Some(range);
    };
    let mut ahead = rest.clone();
    if ahead.next() != Some('-') || ahead.peek() == Some(&']') {
        return Some(range);
    }
    rest.next();
    let to = match rest.next()? {
        '\\' => escape(rest)?,
        literal => Range::Span(literal, literal),
    };
    match to {
        Range::Span(to, _) => Some(Range::Span(from, to)),
        _ => None,
    }
}

fn escape(rest: &mut Rest<'_>) -> Option<Range> {
    match rest.next()? {
        'w' => Some(Range::Word),
        'd' => Some(Range::Span('0', '9')),
        'u' => {
            let digits: String = rest.by_ref().take(4).collect();
            let c = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)?;
            Some(Range::Span(c, c))
        }
        'p' => match rest.by_ref().take(3).collect::<String>().as_str() {
            "{L}" => Some(Range::Letter),
            "{Z}" => Some(Range::Separator),
            "{N}" => Some(Range::Number),
            _ => None,
        },
        letter if letter.is_ascii_alphanumeric() => None,
        symbol => Some(Range::Span(symbol, symbol)),
    }
}
