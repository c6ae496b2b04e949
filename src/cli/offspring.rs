//! A program that was started, and what that has started in its turn: told to end, and ended. Knows of the latter by `/proc`;
//! where there is none, only the program itself is.

use std::fs;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::Child;
use tokio::signal::unix::SignalKind;
use tokio::time::{sleep, timeout};

/// How long whoever is told to end has to put away what is open.
const MOMENT: Duration = Duration::from_secs(1);

/// Between two looks at who is left.
const LOOK: Duration = Duration::from_millis(20);

/// Passes a signal on to a child and to what it has started, and a moment later ends those who are left. Who is there all
/// the same in the end: whoever belongs to another user, as under `sudo`, hears nobody but that one.
pub(super) async fn end(child: &mut Child, signal: SignalKind) -> Vec<Pid> {
    let Some(root) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else { return Vec::new() };
    let all = family(root);
    if let Some(signal) = Signal::from_named_raw(signal.as_raw_value()) {
        tell(&all, signal);
    }
    if timeout(MOMENT, ended(child, &all)).await.is_ok() {
        return Vec::new();
    }
    // The number of one whose end was waited for may be another's by now.
    let left = all.into_iter().filter(|pid| *pid != root || child.id().is_some());
    let left: Vec<Pid> = left.flat_map(family).collect();
    tell(&left, Signal::KILL);
    let _late = timeout(MOMENT, ended(child, &left)).await;
    left.into_iter().filter(|pid| is_there(*pid)).collect()
}

async fn ended(child: &mut Child, all: &[Pid]) {
    let _status = child.wait().await;
    while all.iter().any(|pid| is_there(*pid)) {
        sleep(LOOK).await;
    }
}

/// Does it still run?
fn is_there(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).ok();
    runs(test_kill_process(pid), stat.as_deref())
}

/// Who may not be signalled is there too; whose end nobody has asked for yet is not.
fn runs(asked: Result<(), Errno>, stat: Option<&str>) -> bool {
    // The name stands before it, and may have anything in it.
    let state = stat.and_then(|stat| stat.rsplit_once(')')?.1.trim_start().chars().next());
    asked != Err(Errno::SRCH) && !matches!(state, Some('Z' | 'X'))
}

fn tell(all: &[Pid], signal: Signal) {
    for pid in all {
        let _gone = kill_process(*pid, signal);
    }
}

/// A process and all that it has started, as far as they are there.
fn family(root: Pid) -> Vec<Pid> {
    let mut all = vec![root];
    let mut next = 0;
    while let Some(pid) = all.get(next) {
        let started = children(*pid);
        all.extend(started.into_iter().filter(|pid| !all.contains(pid)).collect::<Vec<_>>());
        next += 1;
    }
    all
}

/// Each thread has its own.
fn children(pid: Pid) -> Vec<Pid> {
    let threads = fs::read_dir(format!("/proc/{}/task", pid.as_raw_pid())).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let numbers = |list: String| list.split_whitespace().filter_map(|number| number.parse().ok()).collect::<Vec<_>>();
    lists.flat_map(numbers).filter_map(Pid::from_raw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_belongs_to_another_user_is_there_and_whoever_has_ended_is_not() {
        let stat = |state: &str| format!("41 (sudo) Z) {state} 1 41 41 0");
        for (asked, stat, there) in [
            (Ok(()), Some(stat("S")), true),
            (Err(Errno::PERM), Some(stat("S")), true),
            (Err(Errno::PERM), None, true),
            (Ok(()), Some(stat("Z")), false),
            (Err(Errno::PERM), Some(stat("Z")), false),
            (Err(Errno::SRCH), None, false),
        ] {
            assert_eq!(runs(asked, stat.as_deref()), there, "{}", stat.unwrap_or_default());
        }
    }
}
