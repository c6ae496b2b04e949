//! What the daemon costs at rest, and how fast it is. `make bench` prints it; no test depends on it.
//!
//! The first half is in virtual time, with the production code in this process; the second starts the program on a sandbox
//! that listens on loopback, in real time, and only for `cargo bench`: it watches for minutes.
#![expect(clippy::expect_used, reason = "a bench fails by panicking")]

#[path = "../apps.rs"]
mod apps;
mod process;
mod virtually;

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    let sizes: &[usize] = if apps::is_to_measure() { &[10, 100, 1000] } else { &[10] };
    println!("{:>6} {:>14} {:>14}  by operation", "apps", "calls an hour", "passes an hour");
    for apps in sizes.iter().copied() {
        let virtually::Hour { calls, passes, by_operation } = virtually::hour(apps);
        println!("{apps:>6} {calls:>14} {passes:>14}  {by_operation}");
    }
    let virtually::Speed { by_event, by_sweep, by_late_list, storm } = virtually::speed();
    println!(
        "from a new version to UpdateService, in virtual time without debounce: {by_event} s by an event, {by_sweep} s by the sweep, {by_late_list} s by the sweep of a list that is five minutes behind"
    );
    println!("a storm of 1,000 events: {storm} passes");
    if !apps::is_to_measure() {
        return;
    }
    println!("{:>6} {:>12} {:>10} {:>10} {:>12}", "apps", "CPU ms/min", "MiB", "peak MiB", "SIGTERM ms");
    for apps in sizes.iter().copied() {
        let process::Idle { cpu_ms_a_minute, mib, peak_mib, sigterm_ms } = process::idle(apps);
        println!("{apps:>6} {cpu_ms_a_minute:>12.0} {mib:>10} {peak_mib:>10} {sigterm_ms:>12.0}");
    }
}
