//! A region at the end of a terminal that is drawn again in place: which characters do that. Writes none of them.

use super::row::columns;

/// What stands in the region now.
#[derive(Clone, Debug, Default)]
pub struct Region {
    /// The columns of its lines.
    drawn: Vec<usize>,
    hidden: bool,
}

/// The terminal shows what comes in between at once, so that nothing flickers; those that do not know it ignore it.
const BEGIN: &str = "\u{1b}[?2026h";
const END: &str = "\u{1b}[?2026l";
const HIDE: &str = "\u{1b}[?25l";
const SHOW: &str = "\u{1b}[?25h";

impl Region {
    /// Draws these lines where the last ones stand, in a terminal that is now so wide; `above` is put before them, and
    /// stays.
    pub fn draw(&mut self, above: &[String], lines: &[String], width: usize) -> String {
        let mut out = format!("{BEGIN}{HIDE}{}", self.back(width));
        self.hidden = true;
        for line in above.iter().chain(lines) {
            out.push_str(line);
            // Nothing of a longer line stays.
            out.push_str("\u{1b}[K\n");
        }
        self.drawn = lines.iter().map(|line| visible(line)).collect();
        out + "\u{1b}[J" + END
    }

    /// Leaves what stands there, and shows the cursor.
    pub fn finish(&mut self) -> &'static str {
        self.drawn.clear();
        if std::mem::take(&mut self.hidden) { SHOW } else { "" }
    }

    /// To the beginning of the region. In a terminal that has become narrower its lines take more rows than they did.
    fn back(&self, width: usize) -> String {
        let rows: usize = self.drawn.iter().map(|columns| columns.div_ceil(width.max(1)).max(1)).sum();
        if rows == 0 { "\r".to_owned() } else { format!("\u{1b}[{rows}A\r") }
    }
}

/// The columns of a line, less its colours.
fn visible(line: &str) -> usize {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().map_or(0, columns);
    first + parts.filter_map(|part| part.split_once('m')).map(|(_, text)| columns(text)).sum::<usize>()
}
