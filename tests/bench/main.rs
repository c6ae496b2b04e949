//! What a look costs: calls beside their lower bound, and time. `make bench` prints it; no test depends on it.
//!
//! The world's time is virtual and stands still while anything is measured, so a warm look is warm however long it takes.
#![expect(clippy::expect_used, reason = "a bench fails by panicking")]

mod apps;

use std::collections::BTreeMap;
use std::sync::Arc;

use apps::{START, furnish, is_to_measure, manifests, memory};
use evenkeel::aws::{ANSWER_WITHIN, Aws, Settings, SharedHttpClient};
use evenkeel::cloud::Observe as _;
use evenkeel::cloud::clock::Clock;
use evenkeel::execute::{Silent, execute};
use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::Installation;
use evenkeel::model::time::Timestamp;
use evenkeel::render::style::Style;
use evenkeel::render::summary::Summary;
use evenkeel::render::text;
use evenkeel::sandbox::{Millis, Sandbox, World};

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    println!(
        "{:>6} {:>6} {:>6} {:>6} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "apps", "bound", "cold", "warm", "cold ms", "warm ms", "plan ms", "diff ms", "box MiB", "peak MiB"
    );
    // Ever more: the peak of memory is that of the process so far.
    let sizes: &[usize] = if is_to_measure() { &[1, 10, 100, 1000, 10_000] } else { &[1, 10, 100] };
    for apps in sizes.iter().copied() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let Measured { cold, warm, cold_ms, warm_ms, plan_ms, diff_ms, before_mib, peak_mib } =
            runtime.block_on(measure(apps));
        println!(
            "{apps:>6} {:>6} {cold:>6} {warm:>6} {cold_ms:>10.1} {warm_ms:>10.1} {plan_ms:>10.2} {diff_ms:>10.1} \
             {before_mib:>10} {peak_mib:>10}",
            bound(apps)
        );
    }
}

struct Measured {
    cold: u64,
    warm: u64,
    cold_ms: f64,
    warm_ms: f64,
    plan_ms: f64,
    /// From manifests to a rendered plan, as `diff` does it: cold.
    diff_ms: f64,
    /// What the sandbox and what came before hold already.
    before_mib: u64,
    peak_mib: u64,
}

/// Design section 9, for an exact and cold look: secrets, bulk roles, services, revisions; and one call to say who we are.
fn bound(apps: usize) -> usize {
    apps + apps.div_ceil(1000) + apps.div_ceil(10) + apps
}

async fn measure(apps: usize) -> Measured {
    let clock = Clock::starting_at(Timestamp::from_millis(START), 1);
    let mut world = World::new("123456789012", "eu-west-1", 1, Millis(START));
    // More than an account gets without asking.
    (world.quotas.roles, world.quotas.services_per_cluster) = (apps.max(1_000), apps.max(5_000));
    let sandbox = Sandbox::new(world, Arc::new(move || Millis(clock.now().as_millis())));
    furnish(&sandbox, apps);
    let desired = self::desired(apps);
    let first = connect(&sandbox, clock).await;
    for pass in 0.. {
        assert!(pass < 60, "the world never comes to rest");
        let observed = first.observe(&desired).await;
        let plan = evenkeel::plan::plan(&desired, &observed);
        let rolling = observed
            .services
            .values()
            .filter_map(|seen| seen.present()?.primary())
            .any(evenkeel::model::service::Deployment::is_in_progress);
        if plan.is_empty() && plan.held().is_empty() && !rolling {
            break;
        }
        execute(&plan, &first, &Silent, || false).await;
        clock.sleep(std::time::Duration::from_mins(1)).await;
    }
    let aws = connect(&sandbox, clock).await;
    let before = total(&aws.calls());
    let (cold_ms, observed) = timed(aws.observe(&desired)).await;
    let middle = total(&aws.calls());
    let (warm_ms, _) = timed(aws.observe(&desired)).await;
    let after = total(&aws.calls());
    let (plan_ms, plan) = timed(async { evenkeel::plan::plan(&desired, &observed) }).await;
    assert!(plan.is_empty(), "the look is not a no-op");
    let third = connect(&sandbox, clock).await;
    let before_mib = memory(std::process::id(), "VmRSS");
    let (diff_ms, shown) = timed(async {
        let desired = self::desired(apps);
        let observed = third.observe(&desired).await;
        let plan = evenkeel::plan::plan(&desired, &observed);
        text::plan(&plan, &Summary::of(&desired, &plan), &observed.scope, Style::plain())
    })
    .await;
    assert_eq!(shown, "");
    let peak_mib = memory(std::process::id(), "VmHWM");
    Measured { cold: middle - before, warm: after - middle, cold_ms, warm_ms, plan_ms, diff_ms, before_mib, peak_mib }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
async fn timed<T>(work: impl Future<Output = T>) -> (f64, T) {
    let start = std::time::Instant::now();
    let value = work.await;
    (start.elapsed().as_secs_f64() * 1000.0, value)
}

async fn connect(sandbox: &Sandbox, clock: Clock) -> Aws {
    let stand_in = Some(SharedHttpClient::new(sandbox.http_client()));
    let settings = Settings {
        clock,
        scale: 0.0,
        answer_within: ANSWER_WITHIN,
        bulk_roles: true,
        installation: Installation::new("bench"),
        region: Some("eu-west-1".into()),
        values: std::sync::Arc::new(evenkeel::values::Vault::default()),
        stand_in,
    };
    Aws::connect(settings).await.expect("the sandbox answers")
}

fn total(calls: &BTreeMap<String, u64>) -> u64 {
    calls.values().sum()
}

/// One secret, role, task definition and service each.
fn desired(apps: usize) -> Desired {
    let file = |(name, text): (String, String)| SourceFile { name, text };
    let files: Vec<SourceFile> = manifests(apps).into_iter().map(file).collect();
    let loaded = load(Installation::new("bench"), &files);
    assert!(!loaded.checked.has_errors(), "{:?}", loaded.checked.found.first());
    let mut desired = loaded.desired;
    desired.policy.max_concurrent = apps;
    desired
}
