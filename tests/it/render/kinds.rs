//! Each kind of change has a golden plan among the cases, and that plan shows it.

use std::collections::BTreeSet;

use evenkeel::plan::held::Because;
use evenkeel::plan::step::{Risk, Why};
use evenkeel::render::style::Style;

use super::{CASES, case, held, shown};

/// A kind of change, the case that shows it, and words that the golden plan has for it.
const KINDS: [(&str, &str, &[&str]); 21] = [
    ("create", "create-all", &["+ Service/web", "3 to create"]),
    ("update without a deployment", "service-configuration", &["~ Service/web", "update ", "+ propagateTags"]),
    ("redeploy", "image-changed", &["deploy, instead of shop-web:7", "replaces running tasks"]),
    ("role widened", "role-widen", &["+ may secretsmanager:GetSecretValue", "widens access"]),
    ("role narrowed", "role-narrow", &["- may secretsmanager:GetSecretValue"]),
    ("drift", "service-drift", &["≠ Service/web", "changed by hand"]),
    ("deferred step", "create-all", &["later  Settling"]),
    ("long text", "text-inside", &["- ./migrate", "+ ./migrate --wait", "lines are alike"]),
    ("JSON leaf", "text-inside", &["environment[ROUTES]  in its JSON", "routes[api].to", "+ trace"]),
    ("JSON in another layout", "text-inside", &["laid out in another way"]),
    ("argument", "list-elements", &["command", "[4]"]),
    ("list element added", "list-elements", &["+ portMappings[9090]"]),
    ("list element removed", "container-removed", &["containerDefinitions[xray]", "- image public.ecr.aws/xray"]),
    ("list element renamed", "container-renamed", &["containerDefinitions[app]", "containerDefinitions[web]"]),
    ("tags", "service-tags", &["tags[team]  web → shop", "- tags[old]"]),
    ("secret's version", "rotate-version-id", &["secrets[DB_PASSWORD].version  11111111… → 22222222…"]),
    ("known after another step", "image-changed", &["(known after TaskDefinition/web)"]),
    ("image may change", "rotate-shared", &["may name another image by now"]),
    ("no task may be left", "service-zero-healthy", &["may leave no task running"]),
    ("taken over", "service-adopt", &["tags[evenkeel.dev/resource]", "it is to be taken over"]),
    ("another attempt", "failed-retry", &["it failed before, and is tried again"]),
];

#[test]
fn every_kind_of_change_is_shown_by_a_golden_plan() {
    for (kind, name, words) in KINDS {
        let text = std::fs::read_to_string(case(name).folder.join("plan.txt")).unwrap();
        for word in words {
            let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let wanted = word.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(squeezed.contains(&wanted), "{kind}: {name} does not show `{word}`:\n{text}");
        }
    }
}

#[test]
fn a_mark_that_is_repaired_is_no_difference() {
    let quiet = case("mark-stale");
    assert!(!quiet.plan.repairs().is_empty());
    assert_eq!(shown(quiet, Style::plain()), "");
}

/// One of each variant. What is left out does not compile: the pattern would not match everything.
macro_rules! every {
    ($of:ident: $($variant:ident $(($($tuple:tt)*))? $({$($field:tt)*})?),* $(,)?) => {{
        let _: fn(&$of) = |($($of::$variant { .. })|*)| ();
        [$($of::$variant $(($($tuple)*))? $({$($field)*})?),*]
    }};
}

/// The variants of [`Because`]; the schema of the JSON object refuses one that is not known there either.
pub(crate) fn all_reasons() -> BTreeSet<&'static str> {
    let name = |because: Because| because.name();
    let (text, none) = (String::new, evenkeel::model::time::Timestamp::default());
    let root = || case("base").desired.services.keys().next().map(|web| service(web.as_str())).unwrap();
    let all = every!(
        Because:
        Unreadable(text()),
        NotOurs(None),
        WaitingOn(root()),
        InvalidManifest,
        RolloutInProgress(text()),
        RolloutFailed { failure: evenkeel::model::failure::Failure::overdue(), what: text() },
        CoolingDown { until: none },
        Debouncing { until: none },
        WaitingForSlot(1),
        BackingOff { until: evenkeel::model::time::Timestamp::from_millis(0), why: text() },
        WaitingForWave(root()),
        Settling { until: None },
        Suspended,
        DriftDetected,
        SecretChangeHeld,
        PinnedVersionDeprecated(text()),
        OutsideEnvelope(text()),
        SecretUnusable(text()),
        NotFound(text()),
        NewerCommitApplied(text()),
        ForbiddenByPolicy(text()),
        RotationInProgress,
        TooManyVersions { until: none, why: text() },
        ReplicationFailed(text()),
        InUse(text()),
        Immutable(text()),
        Unsupported(text()),
    );
    all.into_iter().map(name).collect()
}

fn service(name: &str) -> evenkeel::model::id::ResourceId {
    evenkeel::model::id::ResourceId::parse(&format!("Service/{name}")).unwrap()
}

#[test]
fn every_reason_for_a_hold_has_a_golden_plan_that_names_it() {
    let shown: BTreeSet<&str> = CASES.iter().flat_map(|case| held(&case.plan)).collect();
    let missing: BTreeSet<&str> = all_reasons().difference(&shown).copied().collect();
    assert_eq!(missing, BTreeSet::new());
    for case in CASES.iter() {
        let text = std::fs::read_to_string(case.folder.join("plan.txt")).unwrap();
        for because in held(&case.plan) {
            assert!(text.contains(&format!("held: {because}")), "{} does not name {because}", case.name);
        }
    }
}

#[test]
fn every_risk_is_shown_by_some_golden_plan() {
    for risk in every!(Risk: Redeploy, Delete, WidensAccess, ImageMayChange, ZeroHealthy) {
        let has = CASES.iter().any(|case| case.plan.steps().any(|(_, step)| step.risk.contains(&risk)));
        assert!(has, "{}", risk.name());
    }
}

#[test]
fn every_reason_for_a_step_is_shown_by_some_golden_plan() {
    let rotated = BTreeSet::new;
    let all = every!(
        Why: Missing, Changed, Drifted, SecretRotated(rotated()), Retried, Overdue, NoLongerDesired, Adopted,
    );
    for why in all {
        let has = CASES.iter().any(|case| case.plan.steps().any(|(_, step)| step.why.reason() == why.reason()));
        assert!(has, "{}", why.reason());
    }
}
