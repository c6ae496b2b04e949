//! Sources of manifests: folders, and Git over HTTP from a real server.

mod addresses;
mod fetching;
mod folders;
pub(crate) mod remote;
mod signatures;
mod ssh;

use evenkeel::daemon::source::git::GitSource;
use evenkeel::daemon::source::{Looked, Snapshot, SourceError};

/// One look that finds something new.
pub(crate) fn moved(looked: Result<Looked, SourceError>) -> Snapshot {
    match looked.unwrap() {
        Looked::Moved(snapshot) => snapshot,
        Looked::Unchanged | Looked::Settling | Looked::Settled => panic!("nothing was new"),
    }
}

fn names(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.files.read.iter().map(|file| file.name.as_str()).collect()
}

/// A variable of the test's own process: programs are found by it.
#[expect(clippy::disallowed_methods, reason = "tests run the system's programs")]
pub(crate) fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// Git is a process of its own: time is real here.
#[expect(clippy::unwrap_in_result, reason = "a test without a runtime has failed")]
pub(crate) fn look(source: &mut GitSource) -> Result<Looked, SourceError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(source.look())
}
