//! Golden files: compared with what is there now, or written anew with `BLESS=1`.

use std::path::Path;

use snapbox::Data;
use snapbox::report::{Palette, write_diff};

/// Collects everything that differs, so that one run shows it all.
pub(crate) struct Golden {
    bless: bool,
    wrong: Vec<String>,
}

impl Golden {
    /// Compares, unless the environment asks for new files.
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so in the environment")]
    pub(crate) fn new() -> Self {
        Self { bless: std::env::var("BLESS").is_ok_and(|bless| bless == "1"), wrong: Vec::new() }
    }

    /// Holds a text against its file.
    pub(crate) fn check(&mut self, name: &str, file: &Path, actual: &str) {
        let expected = std::fs::read_to_string(file).unwrap_or_default();
        if expected == actual {
            return;
        }
        if self.bless {
            std::fs::write(file, actual).unwrap();
            return;
        }
        let mut diff = String::new();
        let (expected, actual) = (Data::text(expected), Data::text(actual));
        write_diff(&mut diff, &expected, &actual, Some(&"golden"), Some(&"now"), Palette::plain())
            .expect("a text takes any text");
        self.wrong(name, &diff);
    }

    /// Remembers something that is wrong.
    pub(crate) fn wrong(&mut self, name: &str, what: &str) {
        self.wrong.push(format!("{name}\n{what}"));
    }

    /// Fails where anything was wrong.
    pub(crate) fn finish(self) {
        let Self { bless: _, wrong } = self;
        assert!(wrong.is_empty(), "{} wrong (BLESS=1 writes them anew):\n\n{}", wrong.len(), wrong.join("\n"));
    }
}
