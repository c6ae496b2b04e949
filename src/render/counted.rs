//! How many of something, in words.

/// More names than these are counted.
const NAMED: usize = 5;

/// `1 task`, `2 tasks`.
pub fn counted(number: usize, thing: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{end}")
}

/// Names, as far as there is room for them: `a, b`, or `a, b, c, d, e and 2 more`.
pub fn named<T: ToString>(things: impl ExactSizeIterator<Item = T>) -> String {
    let more = things.len().saturating_sub(NAMED);
    let names: Vec<String> = things.take(NAMED).map(|thing| thing.to_string()).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(", ") + &more
}
