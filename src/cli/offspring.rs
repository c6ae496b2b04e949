//! A program that was started, and what that has started in its turn: told to end, and ended. Knows of the latter by `/proc`;
//! where there is none, only the program itself is.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::Child;
use tokio::signal::unix::SignalKind;
use tokio::time::{sleep, timeout};

/// How long whoever is told to end has to put away what is open.
const MOMENT: Duration = Duration::from_secs(1);

/// Between two looks at who is left.
const LOOK: Duration = Duration::from_millis(20);

/// Passes a signal on to a child and to what it has started, and a moment later ends those who are left.
pub(super) async fn end(child: &mut Child, signal: SignalKind) {
    let Some(root) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else { return };
    let all = family(root);
    if let Some(signal) = Signal::from_named_raw(signal.as_raw_value()) {
        tell(&all, signal);
    }
    if timeout(MOMENT, ended(child, &all)).await.is_err() {
        // The number of one whose end was waited for may be another's by now.
        let left = all.into_iter().filter(|pid| *pid != root || child.id().is_some());
        let left: Vec<Pid> = left.flat_map(family).collect();
        tell(&left, Signal::KILL);
        let _late = timeout(MOMENT, ended(child, &left)).await;
    }
}

async fn ended(child: &mut Child, all: &[Pid]) {
    let _status = child.wait().await;
    while all.iter().any(|pid| test_kill_process(*pid).is_ok()) {
        sleep(LOOK).await;
    }
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
