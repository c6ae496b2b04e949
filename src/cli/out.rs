//! The only place that prints: data on stdout, everything else on stderr.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use crate::render::style::Style;
use crate::render::told;

/// Why data did not get to stdout: the first time that it did not. A full disk behind `>` is nobody who has seen enough.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

/// Where output goes, and how it may look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    /// For stdout.
    pub(crate) style: Style,
    /// For stderr.
    pub(crate) aside: Style,
    /// Can a person be asked?
    pub(crate) interactive: bool,
    /// Can stderr be drawn on again and again?
    pub(crate) live: bool,
    /// Where everything goes that is no data.
    pub(crate) telling: Telling,
}

/// Where everything goes that is no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Beside the data, so that a pipe gets the data alone.
    Stderr,
    /// Among the data: where the telling is the point.
    #[cfg(feature = "sandbox")]
    Stdout,
}

impl Out {
    /// Looks at the terminal and at `NO_COLOR`.
    pub(crate) fn detect(no_color: bool, full: bool) -> Self {
        let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)).clamp(60, 200);
        let live = err_is_drawable();
        let color = |choice: anstream::ColorChoice| !no_color && choice != anstream::ColorChoice::Never;
        let (out, err) = (std::io::stdout(), std::io::stderr());
        let style = Style { color: color(anstream::AutoStream::choice(&out)), width, full };
        let aside = Style { color: color(anstream::AutoStream::choice(&err)), width, full };
        Self {
            style,
            aside,
            interactive: std::io::stdin().is_terminal() && err.is_terminal(),
            live,
            telling: Telling::Stderr,
        }
    }

    /// A log on the same terminal would stand in the middle of what is drawn.
    pub(crate) fn beside_a_log(self, is_there: bool) -> Self {
        Self { live: self.live && !is_there, ..self }
    }

    /// The columns and lines of the terminal behind stderr, as they are now.
    pub(crate) fn size() -> (usize, usize) {
        let size = terminal_size::terminal_size_of(std::io::stderr());
        size.map_or((80, 24), |(width, height)| (usize::from(width.0), usize::from(height.0)))
    }

    /// Characters for stderr as they are, all at once.
    pub(crate) fn draw(text: &str) {
        let mut err = std::io::stderr().lock();
        let _gone = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// The same, telling everything on stdout.
    #[cfg(feature = "sandbox")]
    pub(crate) fn on_stdout(self) -> Self {
        Self { aside: self.style, telling: Telling::Stdout, live: false, ..self }
    }

    /// Data.
    pub(crate) fn data(text: &str) {
        let mut out = std::io::stdout().lock();
        let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) else { return };
        // A reader that has gone away has seen enough.
        if error.kind() != ErrorKind::BrokenPipe {
            LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Why not all of the data could be written; once.
    pub(crate) fn lost() -> Option<io::Error> {
        LOST.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Everything else.
    pub(crate) fn say(self, line: &str) {
        let _gone = match self.telling {
            Telling::Stderr => writeln!(std::io::stderr(), "{line}"),
            #[cfg(feature = "sandbox")]
            Telling::Stdout => writeln!(std::io::stdout(), "{line}"),
        };
    }

    /// Everything else, no wider than the reader's window.
    pub(crate) fn tell(self, text: &str) {
        for line in told::sentences(text, self.aside) {
            self.say(&line);
        }
    }

    /// The same, of what need not be read.
    pub(crate) fn mention(self, text: &str) {
        for line in told::aside(text, self.aside) {
            self.say(&line);
        }
    }

    /// Asks a person; anything but yes is no.
    pub(crate) fn ask(question: &str) -> bool {
        let _gone = write!(std::io::stderr(), "{question} [y/N] ");
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }
}

/// A terminal that says of itself that it is dumb cannot move its cursor.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn err_is_drawable() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}
