//! How plans look: in every width and colour, as text, Markdown and JSON. The plans are those of `tests/cases`.

mod json;
pub(crate) mod kinds;
mod markdown;
mod status;
mod told;
mod width;

use std::path::PathBuf;

use evenkeel::plan::step::Plan;
use evenkeel::render::style::Style;
use evenkeel::render::summary::Summary;
use evenkeel::render::text;

use crate::cases::{CASES, Case};

/// Plans with something of everything.
const RICH: [&str; 6] =
    ["create-all", "text-inside", "list-elements", "role-widen-and-narrow", "service-drift", "wave-waits"];

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"))
}

fn shown(case: &Case, style: Style) -> String {
    let Case { desired, look, plan, .. } = case;
    text::plan(plan, &Summary::of(desired, plan), &look.observed.scope, style)
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/render").join(name)
}

fn held(plan: &Plan) -> impl Iterator<Item = &'static str> {
    plan.held().iter().map(|held| held.because.name())
}

#[test]
fn a_summary_counts_what_was_done_by_hand_among_what_it_says() {
    let mut away = 0;
    for Case { name, desired, plan, .. } in CASES.iter() {
        let Summary { update, delete, redeploy, drifted, drifted_away, .. } = Summary::of(desired, plan);
        assert!(drifted <= update, "{name}: {drifted} of {update} to change");
        assert!(drifted_away <= delete, "{name}: {drifted_away} of {delete} to delete");
        assert!(redeploy <= update, "{name}: {redeploy} of {update} to change");
        away += drifted_away;
    }
    assert!(away > 0, "no case takes away what was given by hand");
}
