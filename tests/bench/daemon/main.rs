//! What the daemon costs at rest, and how fast it is. `make bench` prints it; no test depends on it.
//!
//! The first half is in virtual time, with the production code in this process; the second starts the program on a sandbox
//! that listens on loopback, in real time.
#![expect(clippy::expect_used, reason = "a bench fails by panicking")]

mod process;
mod virtually;

use std::fmt::Write as _;

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    let sizes: &[usize] = if cfg!(debug_assertions) { &[10, 100] } else { &[10, 100, 1000] };
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
    println!("{:>6} {:>12} {:>10} {:>10} {:>12}", "apps", "CPU ms/min", "MiB", "peak MiB", "SIGTERM ms");
    for apps in sizes.iter().copied() {
        let process::Idle { cpu_ms_a_minute, mib, peak_mib, sigterm_ms } = process::idle(apps);
        println!("{apps:>6} {cpu_ms_a_minute:>12.0} {mib:>10} {peak_mib:>10} {sigterm_ms:>12.0}");
    }
}

/// One secret, role, task definition and service each, fifty applications a file.
fn manifests(apps: usize) -> Vec<(String, String)> {
    let numbers: Vec<usize> = (0..apps).collect();
    let file = |(index, numbers): (usize, &[usize])| {
        let text = numbers.iter().fold(String::new(), |mut text, app| {
            write!(text, "{}", app_text(*app)).expect("memory");
            text
        });
        (format!("{index:03}.yaml"), text)
    };
    numbers.chunks(50).enumerate().map(file).collect()
}

fn app_text(app: usize) -> String {
    format!(
        r#"---
apiVersion: evenkeel.dev/v1alpha1
kind: Secret
metadata: {{name: app-{app}}}
spec: {{secretName: bench/{app}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ExecutionRole
metadata: {{name: app-{app}}}
spec: {{roleName: bench-{app}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: TaskDefinition
metadata: {{name: app-{app}}}
spec:
  executionRoleRef: {{name: app-{app}}}
  cpu: "256"
  memory: "512"
  networkMode: awsvpc
  requiresCompatibilities: [FARGATE]
  containerDefinitions:
    - name: app
      image: public.ecr.aws/nginx/nginx:1
      secrets: {{TOKEN: {{secretRef: {{name: app-{app}}}}}}}
---
apiVersion: evenkeel.dev/v1alpha1
kind: Service
metadata: {{name: app-{app}}}
spec:
  cluster: bench
  taskDefinitionRef: {{name: app-{app}}}
  launchType: FARGATE
  rollout: {{debounce: 0s}}
  networkConfiguration: {{awsvpcConfiguration: {{subnets: [subnet-a]}}}}
"#
    )
}
