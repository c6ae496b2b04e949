//! The console blocks of a page: commands, and what they show. `...` is any lines, `[..]` any text in a line.

/// A command, as it is typed.
pub(super) struct Act {
    pub(super) command: String,
    /// `? N` after the command; 0 where nothing stands there.
    pub(super) status: i32,
    pub(super) output: Vec<String>,
    pub(super) line: usize,
}

impl Act {
    /// May it be repeated? It asks, and changes nothing.
    pub(super) fn only_looks(&self) -> bool {
        let asks =
            ["evenkeel get", "evenkeel explain", "evenkeel tree", "evenkeel diff", "curl ", "grep ", "aws sts get-"];
        let lists = ["describe-", "list-"].iter().any(|verb| self.command.contains(&format!(" {verb}")));
        asks.iter().any(|asks| self.command.starts_with(asks)) || (self.command.starts_with("aws ") && lists)
    }
}

pub(super) fn acts(page: &str) -> Vec<Act> {
    let (mut acts, mut inside) = (Vec::new(), false);
    for (index, line) in page.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            take(&mut acts, line, index + 1);
        }
    }
    for act in &mut acts {
        while act.output.last().is_some_and(String::is_empty) {
            act.output.pop();
        }
    }
    acts
}

/// A line of a block: a command, more of one, its exit code, or what it shows.
fn take(acts: &mut Vec<Act>, text: &str, line: usize) {
    if let Some(command) = text.strip_prefix("$ ") {
        acts.push(Act { command: command.to_owned(), status: 0, output: Vec::new(), line });
    } else if let Some(act) = acts.last_mut() {
        let is_begun = !act.output.is_empty();
        if let (Some(more), false) = (text.strip_prefix("> "), is_begun) {
            act.command = format!("{}\n{more}", act.command);
        } else if let (Some(status), false) = (text.strip_prefix("? "), is_begun) {
            act.status = status.parse().unwrap();
        } else {
            act.output.push(text.to_owned());
        }
    }
}

/// Is this what the page says?
pub(super) fn shows(expected: &[String], shown: &[String]) -> bool {
    match expected.split_first() {
        None => shown.is_empty(),
        Some((first, rest)) if first == "..." => (0..=shown.len()).any(|from| shows(rest, &shown[from..])),
        Some((first, rest)) => match shown.split_first() {
            Some((line, others)) => is_like(first, line) && shows(rest, others),
            None => false,
        },
    }
}

fn is_like(pattern: &str, line: &str) -> bool {
    let Some((start, rest)) = pattern.split_once("[..]") else { return pattern == line };
    let Some(after) = line.strip_prefix(start) else { return false };
    let ends = after.char_indices().map(|(at, _)| at).chain([after.len()]);
    ends.into_iter().any(|at| is_like(rest, &after[at..]))
}
